//! Groups: making, reading, changing and ending them, and who is in.

pub(crate) mod member;
pub(crate) mod permission;
