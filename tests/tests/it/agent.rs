//! `ternd agent`: notices on a person's own screen while no client is open.

use std::sync::Arc;

use tern_daemon::channel::record::Record;
use tern_daemon::{AgentConfig, Common, Running};
use tern_protocol::UserId;
use tern_protocol::model::presence::Platform;
use tern_protocol::model::saved_profile::SavedProfile;
use tern_tests::user::{Device, User};
use tern_tests::wait::{eventually, soon};
use tern_tests::world::World;
use tokio_util::sync::{CancellationToken, DropGuard};

struct Agent {
    running: Running,
    screen: Arc<Record>,
    _stop: DropGuard,
    _folder: tempfile::TempDir,
}

/// An agent for somebody, whose screen only remembers.
async fn agent(world: &World, name: &str) -> Agent {
    let folder = tempfile::tempdir().unwrap();
    let profile = SavedProfile {
        server: format!("http://{}", world.access.address),
        sdk_app_id: world.access.sdk_app_id,
        user: UserId::parse(name).unwrap(),
        user_sig: world.access.user_sig(name),
        install: format!("{name}-terminal"),
        ca_file: None,
    };
    let path = folder.path().join("profile.json");
    std::fs::write(&path, serde_json::to_string(&profile).unwrap()).unwrap();
    let config = AgentConfig { common: Common::in_folder(folder.path().join("agent")), profile: path };
    let (clock, stop) = (world.access.clock.clone(), CancellationToken::new());
    let screen = Arc::new(Record::new(None, clock.clone()));
    let running = tern_daemon::start_agent(config, screen.clone(), clock, stop.clone()).await.unwrap();
    soon("the agent's login", running.online()).await.unwrap();
    Agent { running, screen, _stop: stop.drop_guard(), _folder: folder }
}

impl Agent {
    /// Title and text of the notices so far.
    fn shown(&self) -> Vec<(String, String)> {
        self.screen
            .kept()
            .iter()
            .map(|kept| (kept.notification.title_or_speaker().to_owned(), kept.notification.body.clone()))
            .collect()
    }

    async fn shows(&self, count: usize) -> Vec<(String, String)> {
        eventually("a notice", async || (self.shown().len() >= count).then(|| self.shown())).await
    }
}

#[tokio::test]
async fn a_message_to_somebody_without_a_client_is_shown_once() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    let bobs = agent(&world, "bob").await;
    ann.send("bob", "hi").await;
    ann.send("bob", "there").await;
    assert_eq!(bobs.shows(2).await, [("ann".to_owned(), "hi".to_owned()), ("ann".into(), "there".into())]);
}

#[tokio::test]
async fn the_agent_is_silent_while_the_person_sits_at_a_client_and_does_not_displace_it() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    let bobs = agent(&world, "bob").await;
    let mut bob = world.user("bob").await;
    ann.send("bob", "read at the terminal").await;
    assert_eq!(bob.next_text().await, "read at the terminal");
    bob.go_offline().await;
    ann.send("bob", "shown on the screen").await;
    assert_eq!(bobs.shows(1).await, [("ann".to_owned(), "shown on the screen".to_owned())]);
}

#[tokio::test]
async fn a_client_that_was_displaced_keeps_the_agent_silent_no_longer_than_the_one_that_did_it() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    let bobs = agent(&world, "bob").await;
    let _home = User::log_in_on(&world.access, "bob", Device::new(Platform::Linux, "home")).await;
    let mut office = User::log_in_on(&world.access, "bob", Device::new(Platform::Linux, "office")).await;
    ann.send("bob", "read at the office").await;
    assert_eq!(office.next_text().await, "read at the office");
    office.go_offline().await;
    ann.send("bob", "shown on the screen").await;
    assert_eq!(bobs.shows(1).await, [("ann".to_owned(), "shown on the screen".to_owned())]);
}

#[tokio::test]
async fn an_agent_that_starts_beside_an_open_client_is_silent() {
    let world = World::start().await;
    let (ann, mut bob) = world.friends("ann", "bob").await;
    let bobs = agent(&world, "bob").await;
    ann.send("bob", "one").await;
    assert_eq!(bob.next_text().await, "one");
    bob.go_offline().await;
    ann.send("bob", "two").await;
    assert_eq!(bobs.shows(1).await, [("ann".to_owned(), "two".to_owned())], "nothing was shown while the client was open");
    drop(bobs.running);
}
