//! tern, the terminal client.

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    eprintln!("nothing is built here yet");
    ExitCode::FAILURE
}
