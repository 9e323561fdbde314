//! Large communities: one row a message, pushes expanded later in pages, tips that nothing keeps, lists.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const COMMUNITY: &str = "@TGS#_town";
const NEWS: &str = "@TGS#_town@TOPIC#_news";

/// A community with one topic; `names` are its members, the first its owner.
async fn town(world: &World, names: &[String]) -> Rest {
    let rest = world.rest();
    for some in names.chunks(100) {
        rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": some})).await;
    }
    let made = json!({"Owner_Account": names[0], "Type": "Community", "GroupId": COMMUNITY, "Name": "town", "SupportTopic": 1});
    rest.must("group_open_http_svc/create_group", made).await;
    for some in names[1..].chunks(300) {
        let list: Vec<_> = some.iter().map(|name| json!({"Member_Account": name})).collect();
        rest.must("group_open_http_svc/add_group_member", json!({"GroupId": COMMUNITY, "MemberList": list, "Silence": 1})).await;
    }
    let topic = json!({"GroupId": COMMUNITY, "TopicName": "news", "TopicId": NEWS, "From_Account": names[0]});
    rest.must("million_group_open_http_svc/create_topic", topic).await;
    rest
}

fn people(count: usize) -> Vec<String> {
    (0..count).map(|at| format!("m{at}")).collect()
}

/// A phone that is away and wants pushes.
async fn put_away(world: &World, name: &str) {
    let mut phone = Link::phone(&world.access, name, "iPhone").await;
    phone.must("tern_push.set_token", json!({"CertId": 1, "Token": format!("token of {name}")})).await;
    assert!(phone.call("tern_push.background", json!({"Unread": 0})).await["ErrorCode"] == 0);
    drop(phone);
}

async fn bridge(world: &World) -> Link {
    let mut link = Link::open(&world.access.address).await;
    link.must("tern_push.login", json!({"Token": world.access.bridge, "Name": "story"})).await;
    link
}

async fn say(rest: &Rest, random: u64) -> Value {
    let body = json!({"GroupId": COMMUNITY, "TopicId": NEWS, "From_Account": "m0", "Random": random, "MsgBody": text_body("hear")});
    rest.must("group_open_http_svc/send_group_msg", body).await
}

fn receivers(pulled: &Value) -> Vec<String> {
    pulled["Jobs"].as_array().unwrap().iter().map(|job| job["To_Account"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_message_leaves_one_row_for_pushes_which_name_the_topic_and_follow_its_option() {
    let world = World::start().await;
    let rest = town(&world, &people(210)).await;
    for name in ["m1", "m2", "m3", "m4"] {
        put_away(&world, name).await;
    }
    let id = json!({"Type": 2, "GroupId": NEWS});
    let mut options = Link::log_in(&world.access, "m2", json!({"State": "Online", "TernPlatform": "Web"})).await;
    options.must("tern_conversation.set", json!({"Id": id, "MsgFlag": "AcceptNotNotify"})).await;
    let mut options = Link::log_in(&world.access, "m3", json!({"State": "Online", "TernPlatform": "Web"})).await;
    options.must("tern_conversation.set", json!({"Id": {"Type": 2, "GroupId": COMMUNITY}, "MsgFlag": "Discard"})).await;
    let mut options = Link::log_in(&world.access, "m4", json!({"State": "Online", "TernPlatform": "Web"})).await;
    options.must("tern_conversation.set", json!({"Id": {"Type": 2, "GroupId": COMMUNITY}, "MsgFlag": "Discard"})).await;
    options.must("tern_conversation.set", json!({"Id": id, "MsgFlag": "AcceptAndNotify"})).await;
    let mut bridge = bridge(&world).await;
    say(&rest, 1).await;
    say(&rest, 2).await;
    let ready = bridge.event_with("TernPushReady").await;
    assert_eq!(ready["Pending"], 1, "one row, however many members");
    let pulled = bridge.must("tern_push.pull", json!({"Max": 100})).await;
    assert_eq!(receivers(&pulled), ["m1", "m4", "m1", "m4"]);
    let job = &pulled["Jobs"][0];
    assert_eq!((&job["Conversation"]["GroupId"], &job["GroupName"], &job["Place"]), (&json!(NEWS), &json!("news"), &json!(1)));
    assert_eq!((&job["MsgFlag"], &job["UnreadTotal"]), (&json!("AcceptAndNotify"), &json!(2)));
    // Reading the topic withdraws its pushes.
    let mut reader = Link::log_in(&world.access, "m1", json!({"State": "Online", "TernPlatform": "Web"})).await;
    reader.must("group_open_http_svc.msg_read_report", json!({"GroupId": NEWS, "MsgReadedSeq": 2})).await;
    let cancel = bridge.event_with("TernPushCancel").await;
    assert_eq!((&cancel[0]["To_Account"], &cancel[0]["Conversation"]["GroupId"]), (&json!("m1"), &json!(NEWS)));
}

#[tokio::test]
async fn pushes_are_expanded_in_pages_that_hold_up_no_message() {
    const MEMBERS: usize = 4_100;
    let world = World::start().await;
    let rest = town(&world, &people(MEMBERS)).await;
    for name in ["m1", "m2050", "m4099"] {
        put_away(&world, name).await;
    }
    let mut bridge = bridge(&world).await;
    let mut reader = world.link("m5").await;
    say(&rest, 1).await;
    let mut seen = Vec::new();
    for round in 0..3_u64 {
        let pulled = bridge.must("tern_push.pull", json!({"Max": 100})).await;
        seen.push(receivers(&pulled));
        assert_eq!(say(&rest, 2 + round).await["MsgSeq"], 2 + round, "a page of members holds up no message");
        assert_eq!(reader.event_with("GroupMsgArray").await[0]["MsgSeq"], 1 + round);
    }
    assert!(seen[0].contains(&"m1".to_owned()) && !seen[0].contains(&"m4099".to_owned()), "{seen:?}");
    let all: Vec<_> = seen.concat();
    for name in ["m2050", "m4099"] {
        assert!(all.iter().any(|seen| seen == name), "{name} of {all:?}");
    }
    let info = rest.must("group_open_http_svc/get_group_info", json!({"GroupIdList": [COMMUNITY]})).await;
    assert_eq!(info["GroupInfo"][0]["MemberNum"], MEMBERS);
}

#[tokio::test]
async fn tips_of_a_community_with_topics_are_told_and_not_kept_and_a_rush_is_thinned() {
    let world = World::with_settings(json!({"group_messages_per_second": 5})).await;
    let rest = town(&world, &people(3)).await;
    let mut watcher = world.link("m1").await;
    let names: Vec<String> = (0..8).map(|at| format!("late{at}")).collect();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
    for name in &names {
        rest.must("group_open_http_svc/add_group_member", json!({"GroupId": COMMUNITY, "MemberList": [{"Member_Account": name}]}))
            .await;
    }
    say(&rest, 1).await;
    world.advance_seconds(2).await;
    let body = json!({"GroupId": COMMUNITY, "TopicId": NEWS, "From_Account": "m0", "Random": 9, "MsgBody": text_body("end")});
    rest.must("group_open_http_svc/send_group_msg", body).await;
    let mut tips = 0;
    loop {
        let event = watcher.event().await;
        if let Some(tip) = event["GroupTips"].get(0) {
            assert_eq!(
                (&tip["MsgBody"]["OpType"], &tip["ToGroupId"], &tip["OnlineOnlyFlag"]),
                (&json!(1), &json!(COMMUNITY), &json!(1))
            );
            tips += 1;
        }
        if event["GroupMsgArray"][0]["MsgBody"] == text_body("end") {
            break;
        }
    }
    assert!((1..=5).contains(&tips), "{tips} tips of 8 joins in one second");
    let info = rest.must("group_open_http_svc/get_group_info", json!({"GroupIdList": [COMMUNITY]})).await;
    assert_eq!(
        (&info["GroupInfo"][0]["MemberNum"], &info["GroupInfo"][0]["NextMsgSeq"]),
        (&json!(11), &json!(1)),
        "nothing is kept"
    );
}

#[tokio::test]
async fn communities_with_topics_have_a_list_of_their_own() {
    let world = World::start().await;
    let rest = town(&world, &people(2)).await;
    let plain = world.group("m0", "Community", &["m1"]).await;
    let ids = |answer: &Value| {
        answer["GroupIdList"].as_array().unwrap().iter().map(|row| row["GroupId"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let mut link = world.link("m1").await;
    let own = link.must("group_open_http_svc.get_joined_group_list", json!({"Member_Account": "m1"})).await;
    assert_eq!(ids(&own), std::slice::from_ref(&plain));
    let own = link.must("million_group_open_http_svc.get_joined_group_list", json!({"Member_Account": "m1"})).await;
    assert_eq!(ids(&own), [COMMUNITY]);
    let all = rest.must("group_open_http_svc/get_joined_group_list", json!({"Member_Account": "m1"})).await;
    assert_eq!(ids(&all).len(), 2);
    for (support_topic, wanted) in [(1, COMMUNITY), (0, plain.as_str())] {
        let some = json!({"Member_Account": "m1", "GroupType": "Community", "SupportTopic": support_topic});
        assert_eq!(ids(&rest.must("group_open_http_svc/get_joined_group_list", some).await), [wanted]);
    }
}
