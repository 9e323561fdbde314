//! tern-server, the bundled server: `transport` turns bytes into typed requests, `service` decides over one transaction, `store`
//! holds all SQL; what takes longer than a writer may wait (the index of search) follows the commits in a second pass. `media` keeps
//! files on disk, `expiry` takes away what is over, `upkeep` groups that nobody uses and members long absent, `live_room` does what
//! is due in live rooms. [`app`] wires them; [`app::start`] is the entry for programs that run a server inside themselves.
//!
//! Invariants: an answer is sent only after its transaction is durable; a service knows no socket and no SQL; time and randomness
//! are passed in; everything belongs to one application; no map or queue grows because a stranger wants it to.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

pub mod app;
pub mod application;
mod bus;
mod cli;
pub mod config;
mod expiry;
mod history_file;
mod live_room;
mod media;
mod metrics;
mod service;
mod session;
mod store;
#[cfg(test)]
mod testing;
mod transport;
mod upkeep;

pub use cli::main;
