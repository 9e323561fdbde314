//! ternd, the push daemon.

pub mod channel;
pub mod config;
pub mod render;
pub mod sandbox;

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    eprintln!("nothing is built here yet");
    ExitCode::FAILURE
}
