//! Online, PushOnline, Offline, seen over REST while the clock is moved.

use rstest::rstest;
use serde_json::{Value, json};
use tern_tests::link::Link;
use tern_tests::wait::eventually;
use tern_tests::world::World;

const SEVEN_DAYS: i64 = 7 * 86_400;

async fn state_of(world: &World, user: &str) -> String {
    let answer = world.rest().must("openim/query_online_status", json!({"To_Account": [user]})).await;
    answer["QueryResult"][0]["Status"].as_str().unwrap_or("none").to_owned()
}

async fn becomes(world: &World, user: &str, state: &str) {
    eventually(&format!("{user} to be {state}"), async || (state_of(world, user).await == state).then_some(())).await;
}

#[rstest]
#[case("Android", "PushOnline")]
#[case("iPhone", "PushOnline")]
#[case("iPad", "PushOnline")]
#[case("Windows", "Offline")]
#[case("Mac", "Offline")]
#[case("Linux", "Offline")]
#[case("Web", "Offline")]
#[tokio::test]
async fn when_the_link_closes_only_phones_stay_reachable(#[case] platform: &str, #[case] then: &str) {
    let world = World::start().await;
    let link = Link::phone(&world.access, "ann", platform).await;
    assert_eq!(state_of(&world, "ann").await, "Online");
    drop(link);
    becomes(&world, "ann", then).await;
}

#[rstest]
#[case("iPhone", 399, 2, "PushOnline")]
#[case("Linux", 399, 2, "Offline")]
#[case("Web", 59, 2, "Offline")]
#[tokio::test]
async fn a_silent_link_is_lost_at_its_time(#[case] platform: &str, #[case] alive_s: i64, #[case] more_s: i64, #[case] then: &str) {
    let world = World::start().await;
    let _link = Link::phone(&world.access, "ann", platform).await;
    world.advance_seconds(alive_s).await;
    assert_eq!(state_of(&world, "ann").await, "Online");
    world.advance_seconds(more_s).await;
    assert_eq!(state_of(&world, "ann").await, then);
}

#[tokio::test]
async fn a_heartbeat_keeps_a_link_for_hours() {
    let world = World::start().await;
    let _ann = world.user("ann").await;
    world.advance_seconds(3 * 3600).await;
    assert_eq!(state_of(&world, "ann").await, "Online");
}

#[tokio::test]
async fn a_phone_that_nobody_opens_is_offline_after_seven_days() {
    let world = World::start().await;
    let phone = Link::phone(&world.access, "ann", "Android").await;
    drop(phone);
    becomes(&world, "ann", "PushOnline").await;
    world.advance_seconds(SEVEN_DAYS - 60).await;
    assert_eq!(state_of(&world, "ann").await, "PushOnline");
    world.advance_seconds(120).await;
    assert_eq!(state_of(&world, "ann").await, "Offline");
}

#[tokio::test]
async fn a_logout_leaves_a_phone_offline() {
    let world = World::start().await;
    let mut phone = Link::phone(&world.access, "ann", "iPhone").await;
    phone.must("im_open_status.wslogout", json!({})).await;
    becomes(&world, "ann", "Offline").await;
}

#[tokio::test]
async fn details_name_each_platform_and_unknown_people_are_listed_as_errors() {
    let world = World::start().await;
    let phone = Link::phone(&world.access, "ann", "iPhone").await;
    drop(phone);
    becomes(&world, "ann", "PushOnline").await;
    let _page = world.link("ann").await;
    let body = json!({"To_Account": ["ann", "nobody"], "IsNeedDetail": 1});
    let answer = world.rest().must("openim/query_online_status", body.clone()).await;
    assert_eq!(answer["QueryResult"][0]["Status"], "Online");
    let mut detail: Vec<_> = answer["QueryResult"][0]["Detail"].as_array().unwrap().iter().map(Value::to_string).collect();
    detail.sort();
    assert_eq!(detail, [r#"{"Platform":"Web","Status":"Online"}"#, r#"{"Platform":"iPhone","Status":"PushOnline"}"#]);
    assert_eq!(answer["ErrorList"][0]["To_Account"], "nobody");
    assert_eq!(answer["ErrorList"][0]["ErrorCode"], 70107);
    let old = world.rest().must("openim/querystate", json!({"To_Account": ["ann"]})).await;
    assert_eq!(old["QueryResult"][0]["State"], "Online");
}

#[tokio::test]
async fn an_agent_shows_push_online_and_a_command_shows_nothing() {
    let world = World::start().await;
    let command = Link::log_in(
        &world.access,
        "ann",
        json!({"State": "Online", "TernPlatform": "Linux", "TernInstall": "c", "TernMode": "command"}),
    )
    .await;
    assert_eq!(state_of(&world, "ann").await, "Offline");
    let agent = Link::log_in(
        &world.access,
        "ann",
        json!({"State": "Online", "TernPlatform": "Linux", "TernInstall": "a", "TernMode": "push"}),
    )
    .await;
    assert_eq!(state_of(&world, "ann").await, "PushOnline");
    drop(agent);
    becomes(&world, "ann", "Offline").await;
    drop(command);
}
