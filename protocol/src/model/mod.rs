//! The nouns that commands and events carry.

pub mod message;
