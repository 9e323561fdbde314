//! ternd, the push daemon: source -> policy -> render -> channel -> ledger.
//!
//! ```text
//! source/bridge ──jobs──► policy ─► render ─► ledger (SQLite: the queue) ──due──► lane ──► channel ──► APNs, FCM, ...
//! source/agent  ──┘                             ▲                                   │
//!                                               └───── what became of it ◄──────────┘ ──► tern_push.report
//! ```
//!
//! **Invariants.** A job is acknowledged to the server only after it is durable in the ledger. The ledger is the only queue:
//! lanes hold what is under way and nothing else. A channel sends and says what the answer means ([`channel::outcome`]); what
//! follows from it is one table. `render` sends nothing; `policy` knows no socket. No token is called dead while the channel
//! itself may be at fault. Nothing here sleeps by the wall clock.

#![cfg_attr(not(test), warn(clippy::unwrap_used))]

mod admin;
pub mod channel;
mod cli;
pub mod config;
mod job;
mod lane;
mod ledger;
mod pipeline;
mod policy;
mod quarantine;
pub mod render;
mod run;
pub mod sandbox;
mod source;

pub use admin::Status;
pub use cli::main;
pub use config::{AgentConfig, BridgeConfig, Common, Credential};
pub use ledger::LedgerError;
pub use run::{DaemonError, Running, run_agent, run_bridge, start_agent, start_bridge};
