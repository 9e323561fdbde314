//! The nouns that commands and events carry.

pub mod group;
pub mod message;
pub mod permission;
pub mod presence;
pub mod saved_profile;
