//! Several devices of one person: policy `dual`, which a new application starts with.

use serde_json::json;
use tern_protocol::client::{ClientEvent, End};
use tern_protocol::model::presence::{KickType, LoginMode, Platform};
use tern_tests::link::Link;
use tern_tests::user::{Device, User};
use tern_tests::world::World;

async fn end_of(user: &mut User) -> End {
    user.wait_for(|event| if let ClientEvent::Ended(end) = event { Some(end.clone()) } else { None }).await
}

fn kick_type(end: &End) -> Option<KickType> {
    match end {
        End::Kicked(kick) => kick.kick_type,
        _ => None,
    }
}

#[tokio::test]
async fn a_second_device_of_a_class_displaces_the_first_and_the_web_stays() {
    let world = World::start().await;
    let mut terminal = User::log_in_on(&world.access, "ann", Device::new(Platform::Linux, "home")).await;
    let mut page = User::log_in_on(&world.access, "ann", Device::new(Platform::Web, "page")).await;
    let mut office = User::log_in_on(&world.access, "ann", Device::new(Platform::Linux, "office")).await;
    assert_eq!(kick_type(&end_of(&mut terminal).await), Some(KickType::MultipleAccount));
    let mut phone = Link::phone(&world.access, "ann", "iPhone").await;
    let end = end_of(&mut office).await;
    assert_eq!(kick_type(&end), Some(KickType::MultipleDevice));
    assert!(end.to_string().contains("iPhone"), "{end}");
    // A kicked session stays away.
    world.advance_seconds(300).await;
    phone.must("heartbeat.alive", json!({})).await;
    assert!(!page.drain().iter().any(|event| matches!(event, ClientEvent::Ended(_))));
}

#[tokio::test]
async fn the_same_install_replaces_its_own_link_without_a_kick() {
    let world = World::start().await;
    let mut old = Link::phone(&world.access, "ann", "Android").await;
    let mut new = Link::phone(&world.access, "ann", "Android").await;
    let mut kicked = false;
    while let Some(item) = old.try_event().await {
        kicked |= item.get("TernKickout").is_some();
    }
    assert!(!kicked);
    new.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn commands_and_agents_displace_nobody_and_a_rest_kick_ends_them_all() {
    let world = World::start().await;
    let mut terminal = world.user("ann").await;
    let device = |mode, install: &str| Device { mode, ..Device::new(Platform::Linux, install) };
    let mut command = User::log_in_on(&world.access, "ann", device(LoginMode::Command, "one")).await;
    let mut agent = User::log_in_on(&world.access, "ann", device(LoginMode::Push, "two")).await;
    terminal.send("ann", "to myself").await;
    assert!(!terminal.drain().iter().any(|event| matches!(event, ClientEvent::Ended(_))));
    world.advance_seconds(2).await;
    world.rest().must("im_open_login_svc/kick", json!({"UserID": "ann"})).await;
    for user in [&mut terminal, &mut command, &mut agent] {
        assert_eq!(kick_type(&end_of(user).await), Some(KickType::RestApi));
    }
}

#[tokio::test]
async fn a_ninth_command_of_one_person_is_refused_or_replaces_the_oldest() {
    let world = World::start().await;
    let mut links = Vec::new();
    for at in 0..9 {
        let mut link = Link::open(&world.access.address).await;
        let body = json!({"State": "Online", "TernPlatform": "Linux", "TernInstall": format!("c{at}"), "TernMode": "command"});
        let answer = link.log_in_with(world.access.sdk_app_id.0, "ann", &world.access.user_sig("ann"), body).await;
        links.push((answer["ErrorCode"].as_i64(), link));
    }
    let admitted = links.iter().filter(|(code, _)| *code == Some(0)).count();
    if admitted == 9 {
        let (_, oldest) = links.remove(0);
        assert!(oldest.is_closed_by_server().await);
    } else {
        assert_eq!(admitted, 8);
    }
}
