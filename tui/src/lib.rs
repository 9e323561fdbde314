//! tern, the terminal client: event → update → view, with input and output at the edge only.
//!
//! ```text
//! edge/{terminal,session,store} ──Event──► update (pure) ──Effect──► edge
//!                                             │
//!                                           State ──► view (pure) ──► screen
//! ```
//!
//! - `state`: plain data and questions about it. `update`: state and event to effects, an area per file. `view`: state to
//!   cells; only what is in sight is laid out, and the same geometry serves drawing, scrolling and clicks.
//! - `action`: the one registry of what a person can ask for; keys, palette, slash commands, status line and help read it.
//! - `text`: cleaning, widths, wrapping, emphasis, addresses, emoji, direction of writing.
//! - `edge`: the terminal, the session, files and pictures, the local database (one writing thread, whoever holds the profile's lock;
//!   one that reads it for searches), the profile.
//! - `app`: the loop. `cli`: the command line, a verb per file. `demo`: everything in one process (feature `demo`).
//!
//! **Invariants.** Update and view read no clock, socket or file: time comes with each event. No timer runs while nothing moves
//! (`State::wake_at` is the only one). Text of others is cleaned when it is parsed, so nothing that drives a terminal is drawn.
//! A message is in the outbox before it is sent, and keeps its name until the server has it.

mod act;
mod action;
mod app;
#[doc(hidden)]
pub mod bench;
mod cli;
mod config;
#[cfg(feature = "demo")]
mod demo;
mod edge;
mod effect;
mod event;
mod keymap;
mod sample;
mod state;
mod text;
mod update;
mod view;

pub use sample::fill_profile;

use std::process::ExitCode;

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    cli::main()
}
