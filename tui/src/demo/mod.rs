//! `tern demo`.

mod clock;
mod director;
mod info;
mod people;
mod persona;
mod phones;
mod populate;
mod script;
mod stage;
mod world;

use tern_protocol::client::CallError;

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
}

impl From<world::WorldError> for DemoError {
    fn from(error: world::WorldError) -> Self {
        Self::World(error.0)
    }
}
