//! Runs `tern`, `ternd` or `tern-server` by the first argument, so that tests can start the real programs.

use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, ExitCode};

/// The program becomes itself again under the wanted name, so that the program's own command line is what it would be.
fn main() -> ExitCode {
    let mut arguments = std::env::args_os();
    let own_name = arguments.next().unwrap_or_default();
    match Path::new(&own_name).file_name().and_then(|name| name.to_str()) {
        Some("tern") => return tern::main(),
        Some("ternd") => return tern_daemon::main(),
        Some("tern-server") => return tern_server_lite::main(),
        _ => {}
    }
    let wanted = arguments.next().unwrap_or_default();
    if !["tern", "ternd", "tern-server"].iter().any(|name| wanted == *name) {
        eprintln!("programs: the first argument must be tern, ternd or tern-server, not {wanted:?}");
        return ExitCode::from(2);
    }
    let error = match std::env::current_exe() {
        Ok(own_path) => Command::new(own_path).arg0(&wanted).args(arguments).exec(),
        Err(error) => error,
    };
    eprintln!("programs: cannot become {wanted:?}: {error}");
    ExitCode::FAILURE
}
