//! Everything a story needs, in this process, under one clock.

use tern_protocol::clock::VirtualClock;
use tern_server_lite::config::Config;

use crate::link::Link;
use crate::rest::Rest;
use crate::server::{Access, TestServer};
use crate::user::User;

/// A server with a fresh database, and a clock that stands still until the story moves it.
pub struct World {
    /// The story's clock.
    pub clock: VirtualClock,
    /// How to reach the server.
    pub access: Access,
    _server: TestServer,
}

impl World {
    /// Starts a server.
    pub async fn start() -> Self {
        let clock = VirtualClock::starting_now();
        let server = TestServer::start(clock.clone()).await;
        Self { clock, access: server.access.clone(), _server: server }
    }

    /// Starts a server whose application has these settings beside its defaults.
    ///
    /// # Panics
    /// When `settings` is no JSON object, or the server does not start.
    pub async fn with_settings(settings: serde_json::Value) -> Self {
        let app_settings = settings.as_object().cloned().unwrap();
        let clock = VirtualClock::starting_now();
        let config = Config { app_settings, ..Config::for_test() };
        let server = TestServer::start_with(config, clock.clone()).await;
        Self { clock, access: server.access.clone(), _server: server }
    }

    /// Moves the time of server, clients and daemons on; returns when all that became due is done.
    pub async fn advance_seconds(&self, seconds: i64) {
        self.clock.advance(seconds * 1000).await;
    }

    /// REST as the application's admin.
    pub fn rest(&self) -> Rest {
        self.access.rest()
    }

    /// Somebody at a terminal.
    pub async fn user(&self, name: &str) -> User {
        User::log_in(&self.access, name).await
    }

    /// Two people at terminals who may write to each other.
    pub async fn friends(&self, one: &str, other: &str) -> (User, User) {
        (self.user(one).await, self.user(other).await)
    }

    /// Somebody's bare link, as a Web client.
    pub async fn link(&self, name: &str) -> Link {
        Link::log_in(&self.access, name, serde_json::json!({"State": "Online"})).await
    }

    /// A group of people who exist, made by the backend.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn group(&self, owner: &str, kind: &str, members: &[&str]) -> String {
        let list: Vec<_> = members.iter().map(|member| serde_json::json!({"Member_Account": member})).collect();
        let body = serde_json::json!({"Owner_Account": owner, "Type": kind, "Name": "group", "MemberList": list});
        let created = self.rest().must("group_open_http_svc/create_group", body).await;
        created["GroupId"].as_str().unwrap().to_owned()
    }
}
