//! How others are, asked for and told by people's own sessions.

use serde_json::{Value, json};
use tern_tests::link::Link;
use tern_tests::wait::eventually;
use tern_tests::world::World;

async fn status_event(link: &mut Link) -> (String, i64, Option<String>) {
    let list = link.event_with("UserStatusList").await;
    let entry = &list[0];
    let custom = entry["TernCustomStatus"].as_str().map(str::to_owned);
    (entry["To_Account"].as_str().unwrap().to_owned(), entry["Status"].as_i64().unwrap(), custom)
}

#[tokio::test]
async fn a_subscriber_sees_people_come_and_go_and_what_they_say_of_themselves() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    let answer = ann.must("tern_presence.subscribe", json!({"To_Account": ["bob", "ann", "nobody"]})).await;
    assert_eq!(answer["QueryResult"], json!([{"To_Account": "bob", "Status": "Online", "State": "Online", "TernStatus": 1}]));
    assert_eq!(answer["ErrorList"], json!([{"To_Account": "nobody", "ErrorCode": 70107}]), "oneself is left out");

    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "at lunch"})).await;
    assert_eq!(status_event(&mut ann).await, ("bob".into(), 1, Some("at lunch".into())));
    drop(bob);
    assert_eq!(status_event(&mut ann).await, ("bob".into(), 2, None), "a closed link is no logout");

    let mut bob = Link::open(&world.access.address).await;
    let login = bob.log_in_with(world.access.sdk_app_id.0, "bob", &world.access.user_sig("bob"), json!({})).await;
    assert_eq!(login["TernCustomStatus"], "at lunch", "it outlives the link");
    assert_eq!(status_event(&mut ann).await, ("bob".into(), 1, None));
    bob.must("im_open_status.wslogout", json!({})).await;
    assert_eq!(status_event(&mut ann).await, ("bob".into(), 3, None));
    let asked = ann.must("openim.query_online_status", json!({"To_Account": ["bob"]})).await;
    assert_eq!((&asked["QueryResult"][0]["TernStatus"], &asked["QueryResult"][0]["Status"]), (&json!(3), &json!("Offline")));
    assert_eq!(asked["QueryResult"][0]["TernCustomStatus"], "at lunch");
}

#[tokio::test]
async fn a_phone_that_still_rings_is_offline_and_never_logged_in_is_logged_out() {
    let world = World::start().await;
    world.rest().must("im_open_login_svc/account_import", json!({"UserID": "eve"})).await;
    let phone = Link::phone(&world.access, "bob", "iPhone").await;
    let mut ann = world.link("ann").await;
    let answer = ann.must("tern_presence.subscribe", json!({"To_Account": ["bob", "eve"]})).await;
    assert_eq!(numbers(&answer), [1, 3]);
    drop(phone);
    assert_eq!(status_event(&mut ann).await, ("bob".into(), 2, None));
    let asked = ann.must("openim.query_online_status", json!({"To_Account": ["bob", "eve"]})).await;
    assert_eq!(numbers(&asked), [2, 3]);
    assert_eq!(asked["QueryResult"][0]["Status"], "PushOnline");
}

fn numbers(answer: &Value) -> Vec<i64> {
    answer["QueryResult"].as_array().unwrap().iter().map(|state| state["TernStatus"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn subscriptions_end_by_unsubscribing_and_with_the_session() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    let _eve = world.link("eve").await;
    ann.must("tern_presence.subscribe", json!({"To_Account": ["bob", "eve"]})).await;
    ann.must("tern_presence.unsubscribe", json!({"To_Account": ["bob"]})).await;
    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "here"})).await;
    drop(_eve);
    assert_eq!(status_event(&mut ann).await.0, "eve", "of bob nothing is told any more");
    ann.must("tern_presence.subscribe", json!({"To_Account": ["bob"]})).await;
    ann.must("tern_presence.unsubscribe", json!({})).await;
    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "gone"})).await;

    // The same person's next session has no subscriptions of the old one.
    ann.must("tern_presence.subscribe", json!({"To_Account": ["bob"]})).await;
    assert_eq!(ann.must("im_open_status.wslogout", json!({})).await["ErrorCode"], 0);
    let mut again = world.link("ann").await;
    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "back"})).await;
    again.must("tern_presence.subscribe", json!({"To_Account": ["bob"]})).await;
    bob.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": ""})).await;
    assert_eq!(status_event(&mut again).await, ("bob".into(), 1, Some(String::new())), "the first that is told of");
}

#[tokio::test]
async fn ones_own_devices_learn_the_custom_status_and_limits_have_their_codes() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut phone = Link::phone(&world.access, "ann", "iPhone").await;
    phone.must("im_open_status.ws_set_custom_status", json!({"CustomStatus": "x".repeat(100)})).await;
    assert_eq!(status_event(&mut ann).await, ("ann".into(), 1, Some("x".repeat(100))));
    let code = |answer: Value| answer["ErrorCode"].as_i64().unwrap();
    let long = json!({"CustomStatus": "x".repeat(101)});
    assert_eq!(code(ann.call("im_open_status.ws_set_custom_status", long).await), 20001);
    let many = |n: usize| json!({"To_Account": (0..n).map(|n| format!("u{n}")).collect::<Vec<_>>()});
    assert_eq!(code(ann.call("tern_presence.subscribe", many(101)).await), 90011);
    assert_eq!(code(ann.call("tern_presence.subscribe", many(0)).await), 90003);
    assert_eq!(code(ann.call("openim.query_online_status", many(501)).await), 90011);
    assert_eq!(code(ann.call("openim.query_online_status", many(500)).await), 0);
}

#[tokio::test]
async fn an_application_that_shows_no_states_says_so() {
    let world = World::with_settings(json!({"features": {"user_status": false}})).await;
    let mut ann = world.link("ann").await;
    for command in ["openim.query_online_status", "tern_presence.subscribe", "tern_presence.unsubscribe"] {
        assert_eq!(ann.call(command, json!({"To_Account": ["bob"]})).await["ErrorCode"], 72001, "{command}");
    }
    // The backend sees them in any case.
    let of = json!({"To_Account": ["ann"]});
    eventually("ann to be online", async || {
        let answer = world.rest().must("openim/query_online_status", of.clone()).await;
        (answer["QueryResult"][0]["Status"] == "Online").then_some(())
    })
    .await;
    let answer = world.rest().must("openim/query_online_status", of).await;
    assert!(answer["QueryResult"][0].get("TernStatus").is_none(), "the backend's answer is the contract's: {answer}");
}
