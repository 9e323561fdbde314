//! `tern demo`.

mod clock;
mod director;
mod info;
mod people;
mod persona;
mod phones;
mod populate;
mod script;
mod show;
mod stage;
mod world;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use tern_protocol::client::CallError;

/// Arguments of `tern demo`.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Options {
    /// Keep the demo's data in this folder, and go on with it the next time.
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Write addresses, keys and a curl line to this file as JSON.
    #[arg(long, value_name = "FILE")]
    pub(crate) info: Option<PathBuf>,
    /// Port of the demo's server; 0 takes any free one.
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
}

/// Why the demo cannot run, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("the demo's world is wrong: {0}")]
    World(String),
    #[error("{user} of the demo cannot log in: {reason}")]
    Login { user: String, reason: String },
    #[error("the demo's world cannot be built: {what}: {error}")]
    Populate { what: String, error: CallError },
    #[error("the demo's folder cannot be used: {0}")]
    Folder(std::io::Error),
    #[error("{path} holds something else, or a demo that was cut short at its first start: name an empty folder", path = .0.display())]
    NotOurs(PathBuf),
    #[error("the demo's server does not start: {0}")]
    Server(#[from] tern_server_lite::app::StartError),
    #[error("the demo's push bridge does not start: {0}")]
    Bridge(#[from] tern_daemon::DaemonError),
    #[error("the demo's push gateways do not start: {0}")]
    Sandbox(#[from] tern_daemon::sandbox::SandboxError),
}

impl From<world::WorldError> for DemoError {
    fn from(error: world::WorldError) -> Self {
        Self::World(error.0)
    }
}
