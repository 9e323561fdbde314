//! How long messages are kept, what expiry moves, and merged messages that live apart.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::wait::eventually;
use tern_tests::world::World;

const DAY: i64 = 86_400;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn say(world: &World, from: &str, to: &str, text: &str) {
    let random = rand::random::<u32>();
    let body = json!({"From_Account": from, "To_Account": to, "MsgRandom": random, "MsgBody": text_body(text)});
    world.rest().must("openim/sendmsg", body).await;
}

async fn pulled(link: &mut Link, rev: &Value, other: &str) -> Value {
    let page = link.must("tern_sync.pull", json!({"Rev": rev, "Limit": 500})).await;
    let is_it = |row: &&Value| row["Id"]["To_Account"] == other || row["Id"]["GroupId"] == other;
    page["Conversations"].as_array().unwrap().iter().find(is_it).cloned().unwrap_or(Value::Null)
}

async fn history(link: &mut Link, id: Value) -> Value {
    link.must("tern_sync.history", json!({"Id": id, "Limit": 50})).await
}

fn places(page: &Value, field: &str) -> Vec<i64> {
    page["MsgList"].as_array().unwrap().iter().map(|message| message[field].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn messages_expire_after_the_applications_days_and_the_first_place_moves() {
    let world = World::with_settings(json!({"roaming_days": 7})).await;
    people(&world, &["ann"]).await;
    {
        let _bob = world.link("bob").await;
    }
    for at in 0..250 {
        say(&world, "ann", "bob", &format!("old {at}")).await;
    }
    world.advance_seconds(3 * DAY).await;
    for at in 0..5 {
        say(&world, "ann", "bob", &format!("young {at}")).await;
    }
    let mut bob = world.link("bob").await;
    let before = pulled(&mut bob, &json!(0), "ann").await;
    assert_eq!((&before["FirstPlace"], &before["Unread"]), (&json!(1), &json!(250)), "the cache counts up to 250");
    drop(bob);
    world.advance_seconds(4 * DAY - 60).await;
    let mut bob = world.link("bob").await;
    assert_eq!(pulled(&mut bob, &json!(0), "ann").await["FirstPlace"], 1, "a minute too early");
    let rev = bob.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await["Rev"].clone();
    drop(bob);
    world.advance_seconds(300).await;
    let mut bob = world.link("bob").await;
    let after = pulled(&mut bob, &rev, "ann").await;
    assert_eq!((&after["FirstPlace"], &after["LastPlace"]), (&json!(251), &json!(255)), "{after}");
    assert_eq!(after["Unread"], 5, "what expired unread is unread no more");
    let page = history(&mut bob, json!({"Type": 1, "To_Account": "ann"})).await;
    assert_eq!((places(&page, "TernPos"), &page["AtStart"]), ((251..=255).collect(), &json!(1)));
    bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann", "TernPos": 253}]}})).await;
    assert_eq!(pulled(&mut bob, &json!(0), "ann").await["Unread"], 2);
}

#[tokio::test]
async fn a_conversation_leaves_the_list_with_its_last_message() {
    let world = World::with_settings(json!({"roaming_days": 1})).await;
    people(&world, &["ann", "bob"]).await;
    say(&world, "ann", "bob", "old").await;
    world.advance_seconds(DAY + 300).await;
    let list =
        json!({"From_Account": "bob", "TimeStamp": 0, "StartIndex": 0, "TopTimeStamp": 0, "TopStartIndex": 0, "AssistFlags": 1});
    let page = world.rest().must("recentcontact/get_list", list.clone()).await;
    assert_eq!(page["SessionItem"], json!([]));
    let mut bob = world.link("bob").await;
    let gone = pulled(&mut bob, &json!(0), "ann").await;
    assert_eq!((&gone["Gone"], &gone["Unread"]), (&json!(1), &json!(0)), "{gone}");
    say(&world, "ann", "bob", "new").await;
    let back = pulled(&mut bob, &json!(0), "ann").await;
    assert_eq!((&back["Gone"], &back["Unread"], &back["FirstPlace"]), (&Value::Null, &json!(1), &json!(2)), "{back}");
    assert_eq!(world.rest().must("recentcontact/get_list", list).await["SessionItem"][0]["To_Account"], "ann");
}

#[tokio::test]
async fn a_groups_messages_expire_for_all_and_sequences_go_on() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    {
        let _bob = world.link("bob").await;
    }
    let group = world.group("ann", "Public", &["bob"]).await;
    let send = async |text: &str| {
        let body = json!({"From_Account": "ann", "GroupId": group, "Random": rand::random::<u32>(), "MsgBody": text_body(text)});
        world.rest().must("group_open_http_svc/send_group_msg", body).await["MsgSeq"].as_i64().unwrap()
    };
    for _ in 0..3 {
        send("old").await;
    }
    // The default application is of edition Premium: thirty days.
    world.advance_seconds(30 * DAY - 3_600).await;
    let young = send("young").await;
    world.advance_seconds(2 * 3_600).await;
    let mut bob = world.link("bob").await;
    let row = pulled(&mut bob, &json!(0), &group).await;
    assert_eq!((&row["FirstPlace"], &row["Unread"]), (&json!(young), &json!(1)), "{row}");
    let page = history(&mut bob, json!({"Type": 2, "GroupId": group})).await;
    assert_eq!(places(&page, "MsgSeq"), [young]);
    let old =
        bob.must("group_open_http_svc.group_msg_get", json!({"GroupId": group, "ReqMsgNumber": 5, "ReqMsgSeq": young - 1})).await;
    assert_eq!((&old["RspMsgList"], &old["IsFinished"]), (&json!([]), &json!(2)), "all of that has expired");
    assert_eq!(send("next").await, young + 1);
}

#[tokio::test]
async fn the_peers_read_time_is_known_of_several_peers_at_once() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    people(&world, &["cat"]).await;
    say(&world, "ann", "bob", "read me").await;
    say(&world, "ann", "cat", "never read").await;
    let at = world
        .rest()
        .must(
            "openim/admin_getroammsg",
            json!({"Operator_Account": "ann", "Peer_Account": "bob", "MaxCnt": 1, "MinTime": 0, "MaxTime": 9_999_999_999_i64}),
        )
        .await["LastMsgTime"]
        .clone();
    bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann", "LastedMsgTime": at}]}})).await;
    let answer = ann.must("openim.get_peer_read_time", json!({"To_Account": ["cat", "bob", "nobody"]})).await;
    assert_eq!(answer["ReadTime"], json!([0, at, 0]));
}

fn merged(key: &Value) -> Value {
    json!([{"MsgType": "TIMRelayElem", "MsgContent": {"Title": "Chat History", "MsgNum": 300, "CompatibleText": "update", "AbstractList": ["ann: 1"], "JsonMsgKey": key}}])
}

fn inner(body: Value) -> Value {
    json!({"From_Account": "ann", "To_Account": "bob", "MsgSeq": 1, "MsgRandom": 2, "MsgTimeStamp": 3, "MsgBody": body, "CloudCustomData": "c", "Later": 1})
}

#[tokio::test]
async fn a_large_merged_message_is_put_sent_and_read_back_also_nested() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut bob = world.link("bob").await;
    let list: Vec<Value> = (0..300).map(|at| inner(text_body(&format!("{at} {}", "x".repeat(200))))).collect();
    let first = ann.must("tern_message.relay_put", json!({"MsgList": list})).await["JsonMsgKey"].clone();
    let outer = json!([inner(merged(&first)), inner(text_body("beside it"))]);
    let second = ann.must("tern_message.relay_put", json!({"MsgList": outer})).await["JsonMsgKey"].clone();
    ann.must("openim.sendmsg", json!({"To_Account": "bob", "MsgRandom": 1, "MsgBody": merged(&second)})).await;
    let got = bob.event_with("C2cMsgArray").await;
    let key = got[0]["MsgBody"][0]["MsgContent"]["JsonMsgKey"].clone();
    let read = bob.must("tern_message.relay_get", json!({"JsonMsgKey": key})).await;
    assert_eq!(read["MsgList"], outer, "unknown fields too");
    let key = read["MsgList"][0]["MsgBody"][0]["MsgContent"]["JsonMsgKey"].clone();
    let read = bob.must("tern_message.relay_get", json!({"JsonMsgKey": key})).await;
    assert_eq!(read["MsgList"].as_array().unwrap().len(), 300);

    let long: Vec<Value> = (0..301).map(|_| inner(text_body("x"))).collect();
    for wrong in [json!(long), json!([]), json!([{"From_Account": "ann"}]), json!("text"), Value::Null] {
        assert_eq!(ann.call("tern_message.relay_put", json!({"MsgList": wrong})).await["ErrorCode"], 20001);
    }
    assert_eq!(bob.call("tern_message.relay_get", json!({"JsonMsgKey": "none"})).await["ErrorCode"], 20001);
}

#[tokio::test]
async fn a_merged_list_lives_as_long_as_the_last_message_that_names_it() {
    let world = World::with_settings(json!({"roaming_days": 2})).await;
    let mut ann = world.link("ann").await;
    people(&world, &["bob"]).await;
    let inside = ann.must("tern_message.relay_put", json!({"MsgList": [inner(text_body("deep"))]})).await["JsonMsgKey"].clone();
    let unused = ann.must("tern_message.relay_put", json!({"MsgList": [inner(text_body("unused"))]})).await["JsonMsgKey"].clone();
    let outer = ann.must("tern_message.relay_put", json!({"MsgList": [inner(merged(&inside))]})).await["JsonMsgKey"].clone();
    world.advance_seconds(DAY).await;
    let random = rand::random::<u32>();
    world
        .rest()
        .must("openim/sendmsg", json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": random, "MsgBody": merged(&outer)}))
        .await;
    world.advance_seconds(DAY + 7 * 3_600).await;
    let mut bob = world.link("bob").await;
    eventually("the unused list to go", async || {
        let answer = world.rest().post("tern_message/relay_get", json!({"JsonMsgKey": unused})).await;
        (answer["ErrorCode"] == 20001).then_some(())
    })
    .await;
    for key in [&outer, &inside] {
        bob.must("tern_message.relay_get", json!({"JsonMsgKey": key})).await;
    }
}

#[tokio::test]
async fn a_targeted_message_counts_for_nobody_and_only_its_targets_see_it() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    let mut bob = world.link("bob").await;
    let mut cat = world.link("cat").await;
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    let before = pulled(&mut bob, &json!(0), &group).await["Unread"].as_i64().unwrap_or(0);
    let body =
        json!({"From_Account": "ann", "GroupId": group, "Random": 9, "MsgBody": text_body("for bob"), "To_Account": ["bob"]});
    world.rest().must("group_open_http_svc/send_group_msg", body).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("for bob"));
    let (of_bob, of_cat) = (pulled(&mut bob, &json!(0), &group).await, pulled(&mut cat, &json!(0), &group).await);
    assert_eq!((of_bob["Unread"].as_i64(), of_cat["Unread"].as_i64()), (Some(before), Some(before)));
    assert_eq!(of_bob["LastMsg"]["MsgBody"], text_body("for bob"));
    assert_ne!(of_cat["LastMsg"]["MsgBody"], text_body("for bob"));
    let seen = history(&mut cat, json!({"Type": 2, "GroupId": group})).await;
    assert!(!seen.to_string().contains("for bob"));
    let at = json!({"From_Account": "ann", "GroupId": group, "Random": 10, "MsgBody": text_body("x"), "To_Account": ["bob"],
        "GroupAtInfo": [{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}]});
    assert_eq!(world.rest().post("group_open_http_svc/send_group_msg", at).await["ErrorCode"], 10004, "no mention in it");
}
