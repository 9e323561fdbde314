//! Runs `tern`, `ternd` or `tern-server` by the first argument, so that tests can start the real programs.

use std::process::ExitCode;

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("tern") => tern::main(),
        Some("ternd") => tern_daemon::main(),
        Some("tern-server") => tern_server_lite::main(),
        other => {
            eprintln!("programs: first argument must be tern, ternd or tern-server, not {other:?}");
            ExitCode::from(2)
        }
    }
}
