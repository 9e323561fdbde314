//! tern-server, the bundled server.

#![expect(dead_code, reason = "the services that use the engine are on their way")]

use std::process::ExitCode;

pub mod application;
mod bus;
pub mod config;
mod service;
mod session;
mod store;
pub mod transport;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    eprintln!("nothing is built here yet");
    ExitCode::FAILURE
}
