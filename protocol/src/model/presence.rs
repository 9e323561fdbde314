//! Who can be reached how: a pure machine per device, aggregated per person (`contract/client-semantics.md` sections 1.3, 1.4).
//!
//! The server applies it to its sessions, the push bridge to the events it reads. Nothing here asks for the time or sends anything:
//! an [`Input`] and a [`Moment`] go in, a [`Change`] comes out, and [`Device::due`] says when time alone would change something.

mod device;
mod person;
mod platform;
mod policy;

pub use device::{Change, Connection, Device, Due, Input, Moment, Reason};
pub use person::{Person, PersonChange, PushLinks};
pub use platform::{LoginMode, Platform, UnknownLoginMode, UnknownPlatform};
pub use policy::{Instances, KickType, Login, LoginPolicy, displaced};

use serde::{Deserialize, Serialize};

/// A native client's link counts as lost after this silence.
pub const NATIVE_SILENCE_MS: i64 = 400_000;
/// A Web page's or mini program's link counts as lost after this silence.
pub const WEB_SILENCE_MS: i64 = 60_000;
/// A phone that nobody logs in on stops being reachable by push after this time.
pub const PUSH_ONLINE_MS: i64 = 7 * 24 * 3_600_000;
/// A client's own heartbeat.
pub const HEARTBEAT_MS: i64 = 120_000;

/// The product's three states of a device and of a person, from least to most reachable.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Status {
    /// Logged out, never logged in, or away too long: neither messages nor pushes arrive.
    #[default]
    Offline,
    /// No link, but pushes arrive.
    PushOnline,
    /// A link is alive.
    Online,
}

impl Status {
    /// The word that REST answers and our events carry.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Offline => "Offline",
            Self::PushOnline => "PushOnline",
            Self::Online => "Online",
        }
    }

    /// Reads [`Status::as_str`].
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Offline, Self::PushOnline, Self::Online].into_iter().find(|status| status.as_str() == text)
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
