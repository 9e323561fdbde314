//! tern-server, the bundled server.

use std::process::ExitCode;

pub mod application;
pub mod config;
pub mod transport;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    eprintln!("nothing is built here yet");
    ExitCode::FAILURE
}
