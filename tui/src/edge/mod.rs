//! Input and output: the terminal, the network, the local database, the profile's files.

pub(crate) mod acting;
pub(crate) mod arrange;
pub(crate) mod graphics;
pub(crate) mod hyperlink;
pub(crate) mod input;
mod keys;
pub(crate) mod media;
pub(crate) mod notify;
pub(crate) mod outside;
pub(crate) mod probe;
pub(crate) mod profile;
pub(crate) mod search;
pub(crate) mod session;
pub(crate) mod store;
pub(crate) mod terminal;
