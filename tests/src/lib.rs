//! Harness for stories over the real programs.
//!
//! A story starts a [`World`](world::World) (server, bridge and gateways in this process, under one clock that the story moves) or a
//! [`ServerProcess`](server::ServerProcess) to kill, and acts through the public APIs only: [`User`](user::User) over the client
//! library, [`Link`](link::Link) over bare frames, [`Rest`](rest::Rest) over plain HTTP.

pub mod daemon;
pub mod fixture;
pub mod gateway;
pub mod link;
pub mod proxy;
pub mod rest;
pub mod screen;
pub mod server;
pub mod user;
pub mod wait;
pub mod world;
