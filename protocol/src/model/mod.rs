//! The nouns that commands and events carry.

pub mod message;
pub mod saved_profile;
