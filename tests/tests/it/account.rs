//! Who gets in, and who does not.

use rstest::rstest;
use serde_json::json;
use tern_protocol::usersig;
use tern_tests::link::Link;
use tern_tests::user::User;
use tern_tests::world::World;

#[tokio::test]
async fn a_first_login_makes_the_account_and_its_number_stays() {
    let world = World::start().await;
    let before = world.rest().must("im_open_login_svc/account_check", json!({"CheckItem": [{"UserID": "ann"}]})).await;
    assert_eq!(before["ResultItem"][0]["AccountStatus"], "NotImported");
    let first = world.user("ann").await;
    let info = first.session.online().await.unwrap();
    first.log_out().await;
    let second = world.user("ann").await;
    assert_eq!(second.session.online().await.unwrap().tiny_id, info.tiny_id);
    let after = world.rest().must("im_open_login_svc/account_check", json!({"CheckItem": [{"UserID": "ann"}]})).await;
    assert_eq!(after["ResultItem"][0]["AccountStatus"], "Imported");
}

#[rstest]
#[case::expired(70001)]
#[case::empty(70002)]
#[case::garbage(70003)]
#[case::wrong_key(70009)]
#[case::foreign_user(70013)]
#[case::foreign_application(70014)]
#[case::unknown_application(70020)]
#[tokio::test]
async fn a_login_that_proves_nothing_gets_the_code_of_its_fault(#[case] code: i32) {
    let world = World::start().await;
    let app = world.access.sdk_app_id;
    let now = world.access.clock.wall_seconds();
    let own = |app, key: &str, user: &str, at| usersig::generate(app, key, user, 3600, None, at);
    let key = world.access.key.as_str();
    let (sdk_app_id, user_sig) = match code {
        70001 => (app.0, own(app, key, "ann", now - 3601)),
        70002 => (app.0, String::new()),
        70003 => (app.0, "eJyrVkrKzC9SslIqTi0qSy1SqgUAQyYGTg__".to_owned()),
        70009 => (app.0, own(app, &"0".repeat(64), "ann", now)),
        70013 => (app.0, own(app, key, "bob", now)),
        70014 => (app.0, own(tern_protocol::SdkAppId(app.0 + 1), key, "ann", now)),
        _ => (app.0 + 1, own(app, key, "ann", now)),
    };
    let mut link = Link::open(&world.access.address).await;
    let answer = link.log_in_with(sdk_app_id, "ann", &user_sig, json!({"State": "Online"})).await;
    assert_eq!((&answer["ErrorCode"], &answer["ActionStatus"]), (&json!(code), &json!("FAIL")), "{answer}");
}

#[tokio::test]
async fn a_link_that_never_logs_in_is_closed_after_ten_seconds() {
    let world = World::start().await;
    let link = Link::open(&world.access.address).await;
    let mut busy = world.link("ann").await;
    world.advance_seconds(11).await;
    assert!(link.is_closed_by_server().await);
    busy.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn a_session_ends_with_its_signature() {
    let world = World::start().await;
    let log_in = async || {
        let (app, now) = (world.access.sdk_app_id, world.access.clock.wall_seconds());
        let short = usersig::generate(app, &world.access.key, "ann", 30, None, now);
        let mut link = Link::open(&world.access.address).await;
        let body = json!({"State": "Online", "TernMode": "command"});
        assert_eq!(link.log_in_with(app.0, "ann", &short, body).await["ErrorCode"], 0);
        link
    };
    let (mut talks, mut leaves) = (log_in().await, log_in().await);
    world.advance_seconds(30).await;
    talks.must("heartbeat.alive", json!({})).await;
    world.advance_seconds(1).await;
    let answer = talks.call("heartbeat.alive", json!({})).await;
    assert_eq!(answer["ErrorCode"], 70001, "{answer}");
    assert!(talks.is_closed_by_server().await);
    leaves.must("im_open_status.wslogout", json!({})).await;
}

#[tokio::test]
async fn before_the_login_nothing_else_is_answered() {
    let world = World::start().await;
    world.user("bob").await;
    let mut link = Link::open(&world.access.address).await;
    link.send(r#"{"head":{"servcmd":"openim.sendmsg","seq":1},"body":{"To_Account":"bob"}}"#).await;
    if let Some(message) = link.next().await {
        let frame: serde_json::Value = serde_json::from_slice(&message.into_data()).unwrap();
        assert_ne!(frame["body"]["ErrorCode"], 0, "{frame}");
    }
}

#[tokio::test]
async fn a_person_speaks_for_nobody_else() {
    let world = World::start().await;
    world.user("bob").await;
    let mut ann = world.link("ann").await;
    let message = json!({"From_Account": "eve", "To_Account": "bob", "MsgRandom": 1, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    let answer = ann.call("openim.sendmsg", message).await;
    assert_eq!(answer["ActionStatus"], "FAIL", "{answer}");
    let answer = ann.call("im_open_login_svc.account_import", json!({"UserID": "eve"})).await;
    assert_eq!(answer["ActionStatus"], "FAIL", "{answer}");
}

#[tokio::test]
async fn a_rest_kick_ends_the_session_and_every_signature_made_before() {
    let world = World::start().await;
    let old_sig = world.access.user_sig("ann");
    let mut ann = world.link("ann").await;
    world.advance_seconds(2).await;
    world.rest().must("im_open_login_svc/kick", json!({"UserID": "ann"})).await;
    assert_eq!(ann.event_with("TernKickout").await["KickType"], 3);
    assert!(ann.is_closed_by_server().await);
    let mut again = Link::open(&world.access.address).await;
    let answer = again.log_in_with(world.access.sdk_app_id.0, "ann", &old_sig, json!({"State": "Online"})).await;
    assert_eq!(answer["ErrorCode"], 70001, "{answer}");
    world.advance_seconds(2).await;
    User::log_in(&world.access, "ann").await;
    let unknown = world.rest().post("im_open_login_svc/kick", json!({"UserID": "nobody"})).await;
    assert_eq!(unknown["ErrorCode"], 70107);
}

#[tokio::test]
async fn a_deleted_account_is_gone_from_the_server() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    drop(ann);
    let answer = world
        .rest()
        .must("im_open_login_svc/account_delete", json!({"DeleteItem": [{"UserID": "ann"}, {"UserID": "nobody"}]}))
        .await;
    let codes: Vec<_> = answer["ResultItem"].as_array().unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect();
    assert_eq!(codes, [0, 70107]);
    let check = world.rest().must("im_open_login_svc/account_check", json!({"CheckItem": [{"UserID": "ann"}]})).await;
    assert_eq!(check["ResultItem"][0]["AccountStatus"], "NotImported");
}
