//! `tern demo`.

mod clock;
mod director;
mod persona;
mod script;
mod world;
