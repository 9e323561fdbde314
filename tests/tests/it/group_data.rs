//! Attributes and counters of groups.

use serde_json::{Value, json};
use tern_tests::link::Link;
use tern_tests::world::World;

const SET: &str = "group_open_http_svc/set_group_attr";
const MODIFY: &str = "group_open_http_svc/modify_group_attr";
const DELETE: &str = "group_open_http_svc/delete_group_attr";
const CLEAR: &str = "group_open_http_svc/clear_group_attr";
const GET: &str = "group_open_attr_http_svc/get_group_attr";
const COUNT: &str = "group_open_http_svc/update_group_counter";
const COUNTERS: &str = "group_open_http_svc/get_group_counter";
const DELETE_COUNTERS: &str = "group_open_http_svc/delete_group_counter";

/// A Public group of ann and bob, with both of their links.
async fn crew(world: &World) -> (String, Link, Link) {
    let (ann, bob) = (world.link("ann").await, world.link("bob").await);
    (world.group("ann", "Public", &["bob"]).await, ann, bob)
}

fn attr(list: &[(&str, &str)]) -> Value {
    list.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// Attributes as `key=value`, in the answer's order.
fn pairs(attributes: &Value) -> Vec<String> {
    let list = attributes.as_array().unwrap().iter();
    list.map(|one| format!("{}={}", one["key"].as_str().unwrap(), one["value"].as_str().unwrap())).collect()
}

async fn read(world: &World, group: &str) -> Vec<String> {
    pairs(&world.rest().must(GET, json!({"GroupId": group})).await["GroupAttrAry"])
}

#[tokio::test]
async fn attributes_are_written_replaced_deleted_and_cleared_and_members_are_told_the_whole_map() {
    let world = World::start().await;
    let rest = world.rest();
    let (group, mut ann, mut bob) = crew(&world).await;
    rest.must(SET, json!({"GroupId": group, "GroupAttr": attr(&[("room", "12"), ("topic", "boats")])})).await;
    let told = bob.event_with("TernGroupAttr").await;
    assert_eq!((told["GroupId"].as_str(), told["AttrMainSeq"].as_u64()), (Some(group.as_str()), Some(1)));
    assert_eq!(pairs(&told["GroupAttrAry"]), ["room=12", "topic=boats"]);

    bob.must(
        "group_open_http_svc.modify_group_attr",
        json!({"GroupId": group, "GroupAttr": attr(&[("room", "13"), ("by", "bob")])}),
    )
    .await;
    let told = ann.event_with("TernGroupAttr").await;
    assert_eq!(pairs(&told["GroupAttrAry"]), ["room=12", "topic=boats"], "the first write reached ann too");
    let told = ann.event_with("TernGroupAttr").await;
    assert_eq!(
        (pairs(&told["GroupAttrAry"]), told["AttrMainSeq"].as_u64()),
        (vec!["by=bob".into(), "room=13".into(), "topic=boats".into()], Some(2))
    );
    assert_eq!(told["Operator_Account"], "bob");

    rest.must(DELETE, json!({"GroupId": group, "GroupAttr": [{"key": "by"}]})).await;
    assert_eq!(read(&world, &group).await, ["room=13", "topic=boats"]);
    world.advance_seconds(1).await;
    rest.must(SET, json!({"GroupId": group, "GroupAttr": attr(&[("only", "one")])})).await;
    assert_eq!(read(&world, &group).await, ["only=one"]);
    rest.must(CLEAR, json!({"GroupId": group})).await;
    let get = "group_open_attr_http_svc.get_group_attr";
    let answer = bob.must(get, json!({"GroupId": group})).await;
    assert_eq!((&answer["GroupAttrAry"], &answer["AttrMainSeq"]), (&json!([]), &json!(5)));
}

#[tokio::test]
async fn a_backend_reads_the_contracts_fields_alone_and_its_writes_answer_nothing() {
    let world = World::start().await;
    let rest = world.rest();
    let (group, mut ann, _bob) = crew(&world).await;
    let names = |answer: &Value| answer.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let envelope = ["ActionStatus", "ErrorCode", "ErrorInfo"];
    let written = rest.must(SET, json!({"GroupId": group, "GroupAttr": attr(&[("k", "v")])})).await;
    assert_eq!(names(&written), envelope);
    let read = rest.must(GET, json!({"GroupId": group})).await;
    assert_eq!(names(&read), ["ActionStatus", "ErrorCode", "ErrorInfo", "GroupAttrAry"]);
    assert_eq!(read["GroupAttrAry"], json!([{"key": "k", "value": "v"}]));
    let seen = ann.must("group_open_attr_http_svc.get_group_attr", json!({"GroupId": group})).await;
    assert_eq!((&seen["GroupAttrAry"][0]["seq"], &seen["AttrMainSeq"]), (&json!(1), &json!(1)));
}

#[tokio::test]
async fn a_client_that_saw_an_older_state_must_read_again() {
    let world = World::start().await;
    let (group, mut ann, mut bob) = crew(&world).await;
    let write = |value: &str, seen: u64| json!({"GroupId": group, "GroupAttr": attr(&[("k", value)]), "AttrMainSeq": seen});
    let command = "group_open_http_svc.modify_group_attr";
    assert_eq!(ann.must(command, write("a", 0)).await["AttrMainSeq"], 1);
    assert_eq!(bob.call(command, write("b", 0)).await["ErrorCode"], 10056);
    let seen = bob.must("group_open_attr_http_svc.get_group_attr", json!({"GroupId": group})).await;
    assert_eq!((&seen["AttrMainSeq"], &seen["GroupAttrAry"]), (&json!(1), &json!([{"key": "k", "value": "a", "seq": 1}])));
    assert_eq!(bob.must(command, write("b", 1)).await["AttrMainSeq"], 2);
    assert_eq!(read(&world, &group).await, ["k=b"]);
    // By the attribute alone.
    let stale = json!({"GroupId": group, "GroupAttr": [{"key": "k", "value": "c", "seq": 1}]});
    assert_eq!(ann.call(command, stale).await["ErrorCode"], 10056);
}

#[tokio::test]
async fn attributes_have_their_limits_each_with_its_code() {
    let world = World::start().await;
    let rest = world.rest();
    let (group, mut ann, _bob) = crew(&world).await;
    let mut eve = world.link("eve").await;
    let refused = async |command: &str, list: Value| {
        rest.post(command, json!({"GroupId": group, "GroupAttr": list})).await["ErrorCode"].clone()
    };
    let long = "é".repeat(16) + "x";
    assert_eq!(refused(MODIFY, attr(&[(&long, "v")])).await, 10045, "33 bytes, 17 characters");
    assert_eq!(refused(MODIFY, attr(&[("k", &"v".repeat(4_001))])).await, 10046);
    let many: Vec<String> = (0..17).map(|at| format!("k{at}")).collect();
    let many: Vec<_> = many.iter().map(|key| (key.as_str(), "v")).collect();
    assert_eq!(refused(MODIFY, attr(&many)).await, 10047);
    let heavy = "v".repeat(4_000);
    let five: Vec<_> = ["a", "b", "c", "d", "e"].map(|key| (key, heavy.as_str())).to_vec();
    assert_eq!(refused(SET, attr(&five)).await, 10048);
    assert_eq!(refused(DELETE, attr(&[("none", "")])).await, 10050);
    assert_eq!(refused(SET, json!([])).await, 10004);
    assert_eq!(refused(SET, json!([{"key": "", "value": "v"}])).await, 10004);
    assert_eq!(refused(SET, json!([{"key": "k", "value": 5}])).await, 10004);
    assert_eq!(rest.post(GET, json!({"GroupId": "@TGS#none"})).await["ErrorCode"], 10010);
    let write = json!({"GroupId": group, "GroupAttr": attr(&[("k", "v")])});
    assert_eq!(eve.call("group_open_http_svc.modify_group_attr", write.clone()).await["ErrorCode"], 10007);
    assert_eq!(eve.call("group_open_attr_http_svc.get_group_attr", json!({"GroupId": group})).await["ErrorCode"], 10007);
    assert_eq!(read(&world, &group).await, Vec::<String>::new(), "nothing of what was refused stands");
    // Five in a second, whoever writes.
    world.advance_seconds(1).await;
    for at in 0..5 {
        rest.must(MODIFY, json!({"GroupId": group, "GroupAttr": attr(&[("k", &at.to_string())])})).await;
    }
    assert_eq!(ann.call("group_open_http_svc.modify_group_attr", write.clone()).await["ErrorCode"], 10049);
    world.advance_seconds(1).await;
    ann.must("group_open_http_svc.modify_group_attr", write).await;
}

#[tokio::test]
async fn every_type_has_attributes_and_a_community_is_not_cleared() {
    let world = World::start().await;
    let rest = world.rest();
    let _ann = world.link("ann").await;
    for kind in ["Private", "Public", "ChatRoom", "AVChatRoom", "Community"] {
        let group = world.group("ann", kind, &[]).await;
        rest.must(SET, json!({"GroupId": group, "GroupAttr": attr(&[("k", "v")])})).await;
        assert_eq!(read(&world, &group).await, ["k=v"], "{kind}");
        let wanted = if kind == "Community" { 10007 } else { 0 };
        assert_eq!(rest.post(CLEAR, json!({"GroupId": group})).await["ErrorCode"], wanted, "{kind}");
    }
}

fn counter(list: &[(&str, i64)]) -> Value {
    list.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
}

#[tokio::test]
async fn counters_are_set_raised_and_lowered_and_members_are_told() {
    let world = World::start().await;
    let rest = world.rest();
    let (group, _ann, mut bob) = crew(&world).await;
    let update = |mode: &str, list: &[(&str, i64)]| json!({"GroupId": group, "Mode": mode, "GroupCounter": counter(list)});
    let answer = rest.must(COUNT, update("Increase", &[("likes", 3), ("gifts", 1)])).await;
    assert_eq!(answer["GroupCounter"], counter(&[("likes", 3), ("gifts", 1)]), "a missing one starts at 0");
    assert_eq!(bob.event_with("TernGroupCounter").await["GroupCounter"], counter(&[("likes", 3), ("gifts", 1)]));
    let answer = bob.must("group_open_http_svc.update_group_counter", update("Decrease", &[("likes", 5)])).await;
    assert_eq!(answer["GroupCounter"], counter(&[("likes", -2)]));
    rest.must(COUNT, update("Set", &[("likes", 40)])).await;
    let tip = bob.event_with("GroupTips").await;
    assert_eq!((&tip[0]["ToGroupId"], &tip[0]["MsgBody"]["GroupCounterInfo"]), (&json!(group), &counter(&[("likes", 40)])));
    let some = rest.must(COUNTERS, json!({"GroupId": group, "GroupCounterKeys": ["likes", "none"]})).await;
    assert_eq!(some["GroupCounter"], counter(&[("likes", 40)]));
    rest.must(DELETE_COUNTERS, json!({"GroupId": group, "GroupCounterKeys": ["likes"]})).await;
    assert_eq!(rest.must(COUNTERS, json!({"GroupId": group})).await["GroupCounter"], counter(&[("gifts", 1)]));
    rest.must(DELETE_COUNTERS, json!({"GroupId": group})).await;
    assert_eq!(rest.must(COUNTERS, json!({"GroupId": group})).await["GroupCounter"], json!([]));
}

#[tokio::test]
async fn counters_have_their_limits_each_with_its_code() {
    let world = World::start().await;
    let rest = world.rest();
    let (group, mut ann, _bob) = crew(&world).await;
    let update = |mode: &str, list: Value| json!({"GroupId": group, "Mode": mode, "GroupCounter": list});
    let code = async |mode: &str, list: Value| rest.post(COUNT, update(mode, list)).await["ErrorCode"].clone();
    let keys: Vec<String> = (0..21).map(|at| format!("k{at}")).collect();
    let many: Vec<_> = keys.iter().map(|key| (key.as_str(), 1)).collect();
    assert_eq!(code("Set", counter(&many)).await, 10063);
    assert_eq!(code("Set", counter(&many[..20])).await, 0);
    assert_eq!(code("Increase", counter(&many[20..])).await, 10063, "the twenty-first");
    assert_eq!(code("Set", counter(&[("k".repeat(129).as_str(), 1)])).await, 10004);
    assert_eq!(code("Double", counter(&many[..1])).await, 10004);
    assert_eq!(code("Set", json!([])).await, 10004);
    assert_eq!(code("Set", json!([{"Key": "k0", "Value": 1.5}])).await, 10004);
    // At the ends of the range nothing of the request is done.
    assert_eq!(code("Set", counter(&[("k0", i64::MAX), ("k1", i64::MIN)])).await, 0);
    assert_eq!(code("Increase", counter(&[("k2", 1), ("k0", 1)])).await, 10004);
    assert_eq!(code("Decrease", counter(&[("k1", 1)])).await, 10004);
    let now = rest.must(COUNTERS, json!({"GroupId": group, "GroupCounterKeys": ["k0", "k1", "k2"]})).await;
    assert_eq!(now["GroupCounter"], counter(&[("k0", i64::MAX), ("k1", i64::MIN), ("k2", 1)]));
    let community = world.group("ann", "Community", &[]).await;
    assert_eq!(rest.post(COUNTERS, json!({"GroupId": community})).await["ErrorCode"], 10007);
    // A client may ask twenty times in five seconds; the backend as often as it likes.
    for _ in 0..20 {
        ann.must("group_open_http_svc.get_group_counter", json!({"GroupId": group})).await;
    }
    assert_eq!(ann.call("group_open_http_svc.get_group_counter", json!({"GroupId": group})).await["ErrorCode"], 10006);
    ann.must("group_open_http_svc.update_group_counter", update("Set", counter(&many[..1]))).await;
    rest.must(COUNTERS, json!({"GroupId": group})).await;
    world.advance_seconds(5).await;
    ann.must("group_open_http_svc.get_group_counter", json!({"GroupId": group})).await;
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call("group_open_http_svc.get_group_counter", json!({"GroupId": group})).await["ErrorCode"], 10007);
}
