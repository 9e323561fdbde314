//! Who may write to whom, and how often: block lists, friends, messages per second and group.

use serde_json::{Value, json};
use tern_protocol::api::command;
use tern_protocol::api::message::SendMsg;
use tern_tests::fixture::{text_body, text_to};
use tern_tests::link::Link;
use tern_tests::world::World;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

/// A text as a bare client sends it.
fn text(to: &str) -> SendMsg {
    SendMsg { msg_random: Some(5), ..text_to(to, "x") }
}

async fn texts(link: &mut Link, peer: &str) -> Vec<Value> {
    let page = link.must("tern_sync.history", json!({"Id": {"Type": 1, "To_Account": peer}, "Limit": 50})).await;
    page["MsgList"].as_array().unwrap().iter().map(|message| message["MsgBody"][0]["MsgContent"]["Text"].clone()).collect()
}

#[tokio::test]
async fn a_blocked_sender_sees_success_and_the_blocker_nothing() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "bob", "cat"]).await;
    let ann = world.user("ann").await;
    let mut ann_web = world.link("ann").await;
    let mut bob = world.link("bob").await;
    let cat = world.user("cat").await;
    bob.must("sns.black_list_add", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    let sent = ann.send("bob", "swallowed").await;
    assert!(sent.msg_time > 0 && sent.pos == Some(1));
    cat.send("bob", "heard").await;
    assert_eq!(bob.event_with("C2cMsgArray").await[0]["From_Account"], "cat");
    assert_eq!(texts(&mut ann_web, "bob").await, ["swallowed"], "the sender keeps it");
    assert_eq!(texts(&mut bob, "ann").await, Vec::<Value>::new());
    let list = rest
        .must("recentcontact/get_list", json!({"From_Account": "bob", "TimeStamp": 0, "StartIndex": 0, "TopTimeStamp": 0, "TopStartIndex": 0, "AssistFlags": 7}))
        .await;
    assert_eq!(list["SessionItem"].as_array().unwrap().len(), 1, "{list}");

    // The other direction is open, and after the block both are.
    bob.must("openim.sendmsg", json!({"To_Account": "ann", "MsgRandom": 1, "MsgBody": text_body("from bob")})).await;
    assert_eq!(ann_web.event_with("C2cMsgArray").await[0]["MsgBody"], text_body("swallowed"));
    assert_eq!(ann_web.event_with("C2cMsgArray").await[0]["MsgBody"], text_body("from bob"));
    bob.must("sns.black_list_delete", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    ann.send("bob", "heard again").await;
    let heard = bob.event_with("C2cMsgArray").await;
    assert_eq!(heard[0]["MsgBody"], text_body("heard again"));
    assert_eq!(texts(&mut bob, "ann").await, ["from bob", "heard again"]);
    let pulled = bob.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await;
    let row = pulled["Conversations"].as_array().unwrap().iter().find(|row| row["Id"]["To_Account"] == "ann").unwrap();
    assert_eq!(row["Unread"], 1, "{row}");

    // A backend's messages pass every list.
    bob.must("sns.black_list_add", json!({"To_Account": ["ann"]})).await;
    let body = json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": 2, "MsgBody": text_body("by the backend")});
    rest.must("openim/sendmsg", body).await;
    assert_eq!(bob.event_with("C2cMsgArray").await[0]["MsgBody"], text_body("by the backend"));
}

#[tokio::test]
async fn a_blocked_sender_is_told_where_the_application_wants_that() {
    let world = World::with_settings(json!({"features": {"tell_blocked": true}})).await;
    people(&world, &["bob"]).await;
    let ann = world.user("ann").await;
    world.rest().must("sns/black_list_add", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    assert_eq!(ann.refused::<command::SendMsg>(text("bob")).await, 20007);
}

#[tokio::test]
async fn only_friends_may_write_where_the_application_wants_that() {
    let world = World::with_settings(json!({"features": {"friends_only": true}})).await;
    let rest = world.rest();
    people(&world, &["ann", "bob"]).await;
    let ann = world.user("ann").await;
    let befriend = async |who: &str, whom: &str| {
        let friend = json!({"To_Account": whom, "AddSource": "AddSource_Type_Import", "Remark": "r", "GroupName": ["crew"]});
        rest.must("sns/friend_import", json!({"From_Account": who, "AddFriendItem": [friend]})).await
    };
    assert_eq!(ann.refused::<command::SendMsg>(text("bob")).await, 20009);
    befriend("ann", "bob").await;
    assert_eq!(ann.refused::<command::SendMsg>(text("bob")).await, 20010, "bob does not have ann");
    befriend("bob", "ann").await;
    ann.send("bob", "now it goes").await;
    rest.must("sns/black_list_add", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    rest.must("sns/black_list_delete", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    assert_eq!(ann.refused::<command::SendMsg>(text("bob")).await, 20009, "blocking ended the friendship both ways");
    befriend("bob", "ann").await;
    assert_eq!(ann.refused::<command::SendMsg>(text("bob")).await, 20011, "ann does not have bob");
}

#[tokio::test]
async fn a_block_list_is_read_checked_and_told_to_ones_other_devices() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "cat", "dan"]).await;
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let mut bob = world.link("bob").await;
    let added = bob.must("sns.black_list_add", json!({"To_Account": ["ann", "cat", "nobody", "bob"]})).await;
    let codes: Vec<_> = added["ResultItem"].as_array().unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect();
    assert_eq!((codes, &added["Fail_Account"]), (vec![0, 0, 30003, 30001], &json!(["nobody", "bob"])));
    assert_eq!(phone.event_with("FriendListMod").await, json!([{"PushType": 5, "BlackListAdd_Account": ["ann", "cat"]}]));
    let again = rest.must("sns/black_list_add", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    assert_eq!(again["ResultItem"][0]["ResultCode"], 30001, "already blocked");
    let first =
        rest.must("sns/black_list_get", json!({"From_Account": "bob", "StartIndex": 0, "MaxLimited": 1, "LastSequence": 0})).await;
    assert_eq!((&first["BlackListItem"][0]["To_Account"], &first["StartIndex"]), (&json!("ann"), &json!(1)));
    assert!(first["CurruentSequence"].as_i64().unwrap() > 0);
    let second =
        rest.must("sns/black_list_get", json!({"From_Account": "bob", "StartIndex": 1, "MaxLimited": 1, "LastSequence": 0})).await;
    assert_eq!((&second["BlackListItem"][0]["To_Account"], &second["StartIndex"]), (&json!("cat"), &json!(0)));
    rest.must("sns/black_list_add", json!({"From_Account": "cat", "To_Account": ["bob"]})).await;
    rest.must("sns/black_list_add", json!({"From_Account": "dan", "To_Account": ["bob"]})).await;
    let check = |kind: &str| json!({"From_Account": "bob", "To_Account": ["ann", "cat", "dan"], "CheckType": kind});
    let relations = |answer: Value| -> Vec<String> {
        let items = answer["BlackListCheckItem"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["Relation"].as_str().unwrap().trim_start_matches("BlackCheckResult_Type_").to_owned())
            .collect()
    };
    let both = rest.must("sns/black_list_check", check("BlackCheckResult_Type_Both")).await;
    assert_eq!(relations(both), ["AWithB", "BothWay", "BWithA"]);
    let single = bob.must("sns.black_list_check", check("BlackCheckResult_Type_Single")).await;
    assert_eq!(relations(single), ["AWithB", "AWithB", "NO"]);
    assert_eq!(rest.post("sns/black_list_check", check("x")).await["ErrorCode"], 30001);
    let foreign = bob.call("sns.black_list_add", json!({"From_Account": "ann", "To_Account": ["cat"]})).await;
    assert_eq!(foreign["ErrorCode"], 30004);
    bob.must("sns.black_list_delete", json!({"To_Account": ["ann"]})).await;
    assert_eq!(phone.event_with("FriendListMod").await, json!([{"PushType": 6, "BlackListDel_Account": ["ann"]}]));
    let many: Vec<String> = (0..1_001).map(|at| format!("m{at}")).collect();
    assert_eq!(rest.post("sns/black_list_add", json!({"From_Account": "bob", "To_Account": many})).await["ErrorCode"], 30001);
}

#[tokio::test]
async fn imported_friends_have_their_limits_each_with_its_result() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "bob"]).await;
    let good = json!({"To_Account": "ann", "AddSource": "AddSource_Type_Web", "CustomItem": [{"Tag": "Tag_SNS_Custom_Pet", "Value": "cat"}]});
    let with = |name: &str, value: Value| {
        let mut item = good.clone();
        item[name] = value;
        item
    };
    let groups: Vec<String> = (0..33).map(|at| format!("g{at}")).collect();
    let items = json!([
        good,
        with("AddSource", json!("Web")),
        with("Remark", json!("r".repeat(97))),
        with("AddWording", json!("w".repeat(257))),
        with("GroupName", json!([""])),
        with("GroupName", json!(groups)),
        with("CustomItem", json!([{"Tag": "Tag_Other", "Value": "x"}])),
        with("To_Account", json!("nobody")),
        with("To_Account", json!("bob")),
    ]);
    let answer = rest.must("sns/friend_import", json!({"From_Account": "bob", "AddFriendItem": items})).await;
    let codes: Vec<_> = answer["ResultItem"].as_array().unwrap().iter().map(|item| item["ResultCode"].as_i64().unwrap()).collect();
    assert_eq!(codes, [0, 30001, 30001, 30001, 30001, 30011, 30001, 30003, 30001], "{answer}");
    assert_eq!(
        rest.post("sns/friend_import", json!({"From_Account": "nobody", "AddFriendItem": [good]})).await["ErrorCode"],
        30003
    );
}

/// Sends `count` messages to a group in the same second; how many were dropped.
async fn burst(world: &World, group: &str, priority: &str, count: usize) -> usize {
    let mut dropped = 0;
    for _ in 0..count {
        let body = json!({"From_Account": "ann", "GroupId": group, "Random": rand::random::<u32>(), "MsgPriority": priority, "MsgBody": text_body("x")});
        let answer = world.rest().must("group_open_http_svc/send_group_msg", body).await;
        match answer["MsgDropReason"].as_str() {
            None => assert!(answer["MsgSeq"].as_u64().unwrap() > 0),
            Some(reason) => {
                assert_eq!((reason, answer["MsgSeq"].as_u64()), ("MsgFreqCtrl", Some(0)));
                dropped += 1;
            }
        }
    }
    dropped
}

#[tokio::test]
async fn forty_messages_a_second_go_to_a_group_and_the_lowest_are_dropped_first() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    let mut bob = world.link("bob").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    let other = world.group("ann", "Public", &["bob"]).await;
    world.advance_seconds(2).await;
    assert_eq!(burst(&world, &group, "Normal", 45).await, 5, "forty alone all pass");
    assert_eq!(burst(&world, &other, "Normal", 3).await, 0, "groups do not share");
    let history = bob.must("group_open_http_svc.group_msg_get", json!({"GroupId": group, "ReqMsgNumber": 50})).await;
    let stored = history["RspMsgList"].as_array().unwrap().iter().filter(|message| message["IsSystemMsg"] != 1).count();
    assert_eq!(stored, 40, "what was dropped is not stored");
    world.advance_seconds(1).await;
    assert_eq!(burst(&world, &group, "Lowest", 5).await, 5, "forty Normal in the second before leave no room");
    assert_eq!(burst(&world, &group, "High", 10).await, 0);
    world.advance_seconds(1).await;
    assert_eq!(burst(&world, &group, "Low", 35).await, 5, "room for ten High is kept");
    assert_eq!(burst(&world, &group, "High", 12).await, 2);
    // A client sees success.
    let body = json!({"GroupId": group, "Random": 77, "MsgPriority": 4, "MsgBody": text_body("too much")});
    let answer = bob.must("group_open_http_svc.send_group_msg", body).await;
    assert_eq!((&answer["MsgSeq"], &answer["MsgDropReason"]), (&json!(0), &Value::Null), "{answer}");
}

#[tokio::test]
async fn zero_messages_a_second_means_any_number() {
    let world = World::with_settings(json!({"group_messages_per_second": 0})).await;
    people(&world, &["ann"]).await;
    let group = world.group("ann", "Public", &[]).await;
    assert_eq!(burst(&world, &group, "Lowest", 60).await, 0);
}

#[tokio::test]
async fn who_blocks_a_group_is_told_neither_that_he_is_mentioned_nor_what_is_said_to_him_alone() {
    let world = World::start().await;
    let rest = world.rest();
    people(&world, &["ann", "bob"]).await;
    let group = json!({"GroupId": "club", "Type": "Public", "Name": "club", "Owner_Account": "ann", "MemberList": [{"Member_Account": "bob"}]});
    rest.must("group_open_http_svc/create_group", group).await;
    let mut bob = world.link("bob").await;
    bob.must("tern_conversation.set", json!({"Id": {"Type": 2, "GroupId": "club"}, "MsgFlag": "Discard"})).await;
    let say = async |random: u32, more: Value| {
        let mut message = json!({"GroupId": "club", "From_Account": "ann", "Random": random, "MsgBody": text_body("x")});
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        rest.must("group_open_http_svc/send_group_msg", message).await;
    };
    say(1, json!({"GroupAtInfo": [{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}]})).await;
    say(2, json!({"To_Account": ["bob"]})).await;
    let marker = json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": 3, "MsgBody": text_body("heard")});
    rest.must("openim/sendmsg", marker).await;
    let first = bob.event().await;
    assert_eq!(first["C2cMsgArray"][0]["MsgBody"], text_body("heard"), "{first}");
    let history = bob.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": "club"}, "Limit": 10})).await;
    let list = history["MsgList"].as_array().unwrap();
    assert_eq!(list.iter().filter(|message| message["MsgBody"] == text_body("x")).count(), 2, "the history has both: {history}");
}
