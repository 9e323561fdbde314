//! The words that `tern`, `ternd` and `tern-server` share: identifiers, error codes, limits, UserSig, commands, events.
//!
//! No input or output happens here. The specification is in `contract/`; doc comments name its sections.

pub mod api;
#[cfg(feature = "client")]
pub mod client;
pub mod clock;
pub mod error;
pub mod event;
pub mod frame;
mod hex;
pub mod id;
pub mod limits;
pub mod model;
pub mod usersig;

pub use error::ErrorCode;
pub use hex::hex;
pub use id::{GroupId, MessageKey, PermissionGroupId, SdkAppId, UserId};
