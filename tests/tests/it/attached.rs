//! What is attached to messages: receipts, reactions, pins, extensions.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

/// Sends to a person; `more` adds fields.
async fn say(link: &mut Link, to: &str, random: u32, more: Value) -> Value {
    let mut body = json!({"To_Account": to, "MsgRandom": random, "MsgBody": text_body("text")});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    link.must("openim.sendmsg", body).await
}

fn to_group(group: &str, random: u32, more: Value) -> Value {
    let mut body = json!({"GroupId": group, "Random": random, "MsgBody": text_body("text")});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

async fn say_to_group(link: &mut Link, group: &str, random: u32, more: Value) -> u64 {
    link.must("group_open_http_svc.send_group_msg", to_group(group, random, more)).await["MsgSeq"].as_u64().unwrap()
}

fn c2c(user: &str) -> Value {
    json!({"Type": 1, "To_Account": user})
}

fn in_group(group: &str) -> Value {
    json!({"Type": 2, "GroupId": group})
}

#[tokio::test]
async fn a_one_to_one_receipt_reaches_the_sender_and_changes_no_unread_count() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let asked = say(&mut ann, "bob", 1, json!({"IsNeedReadReceipt": 1})).await;
    let plain = say(&mut ann, "bob", 2, json!({})).await;
    let state = ann.must("tern_message.receipts", json!({"Id": c2c("bob"), "Places": [1, 2]})).await;
    assert_eq!(state["Receipts"], json!([{"Place": 1, "ReadNum": 0, "UnreadNum": 1}]));
    let info = |sent: &Value| json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": sent["MsgKey"]});
    let both = json!({"Peer_Account": "ann", "C2CMsgInfo": [info(&asked), info(&plain)]});
    bob.must("openim.c2c_msg_read_receipt", both.clone()).await;
    let told = ann.event_with("TernReceipt").await;
    assert_eq!(told, json!([{"Id": c2c("bob"), "Receipts": [{"Place": 1, "ReadNum": 1, "UnreadNum": 0}]}]));
    let state = ann.must("tern_message.receipts", json!({"Id": c2c("bob"), "Places": [1]})).await;
    assert_eq!(state["Receipts"], json!([{"Place": 1, "ReadNum": 1, "UnreadNum": 0}]));
    let page = bob.must("tern_sync.pull", json!({"Rev": 0})).await;
    assert_eq!(page["Conversations"][0]["Unread"], 2);
    let own = bob.must("tern_message.receipts", json!({"Id": c2c("ann"), "Places": [1]})).await;
    assert_eq!(own["Receipts"], json!([]), "only the sender asks");

    let rest = world.rest();
    let second = say(&mut ann, "bob", 3, json!({"IsNeedReadReceipt": 1})).await;
    let by_admin = json!({"Operator_Account": "bob", "Peer_Account": "ann", "C2CMsgInfo": [info(&second)]});
    rest.must("openim/c2c_msg_read_receipt", by_admin).await;
    assert_eq!(ann.event_with("TernReceipt").await[0]["Receipts"][0]["Place"], 3);
    let nobody = json!({"Operator_Account": "nobody", "Peer_Account": "ann", "C2CMsgInfo": [info(&second)]});
    assert_eq!(rest.post("openim/c2c_msg_read_receipt", nobody).await["ErrorCode"], 90008);
    let for_other = json!({"Operator_Account": "ann", "Peer_Account": "bob", "C2CMsgInfo": [info(&second)]});
    assert_eq!(bob.call("openim.c2c_msg_read_receipt", for_other).await["ErrorCode"], 90009);
}

#[tokio::test]
async fn group_receipts_count_who_was_there_and_name_them() {
    let world = World::start().await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    let mut late = world.link("late").await;
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    let seq = say_to_group(&mut ann, &group, 1, json!({"NeedReadReceipt": 1})).await;
    let plain = say_to_group(&mut ann, &group, 2, json!({})).await;
    world
        .rest()
        .must("group_open_http_svc/add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "late"}]}))
        .await;
    let receipt = json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": seq}, {"MsgSeq": plain}]});
    let counts = ann.must("group_open_http_svc.get_group_msg_receipt", receipt.clone()).await;
    assert_eq!(
        counts["GroupMsgReceiptList"],
        json!([{"Code": 0, "MsgSeq": seq, "ReadNum": 0, "UnreadNum": 2}, {"Code": 10062, "MsgSeq": plain, "ReadNum": 0, "UnreadNum": 0}])
    );
    bob.must("group_open_http_svc.group_msg_receipt", receipt.clone()).await;
    let told = ann.event_with("TernReceipt").await;
    assert_eq!(told, json!([{"Id": in_group(&group), "Receipts": [{"Place": seq, "ReadNum": 1, "UnreadNum": 1}]}]));
    bob.must("group_open_http_svc.group_msg_receipt", receipt.clone()).await;
    assert_eq!(late.call("group_open_http_svc.group_msg_receipt", receipt.clone()).await["ErrorCode"], 10062, "came afterwards");
    let of_plain = json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": plain}]});
    assert_eq!(cat.call("group_open_http_svc.group_msg_receipt", of_plain).await["ErrorCode"], 10062);

    let detail = |filter: i64, cursor: &str, count: i64| json!({"GroupId": group, "MsgSeq": seq, "Filter": filter, "Cursor": cursor, "Count": count});
    let command = "group_open_http_svc/get_group_msg_receipt_detail";
    let rest = world.rest();
    let read = rest.must(command, detail(0, "", 200)).await;
    assert_eq!((&read["ReadList"], &read["IsFinish"]), (&json!([{"Read_Account": "bob"}]), &json!(1)));
    let unread = rest.must(command, detail(1, "", 200)).await;
    assert_eq!(unread["UnreadList"], json!([{"Unread_Account": "cat"}]));
    rest.must(
        "group_open_http_svc/group_msg_receipt",
        json!({"GroupId": group, "From_Account": "cat", "MsgSeqList": [{"MsgSeq": seq}]}),
    )
    .await;
    let first = rest.must(command, detail(0, "", 1)).await;
    assert_eq!((&first["ReadList"], &first["IsFinish"]), (&json!([{"Read_Account": "bob"}]), &json!(0)));
    let second = rest.must(command, detail(0, first["Cursor"].as_str().unwrap(), 1)).await;
    assert_eq!(second["ReadList"], json!([{"Read_Account": "cat"}]));
    for (body, code) in [(detail(2, "", 10), 10004), (detail(0, "", 201), 10004), (detail(0, "x", 10), 10004)] {
        assert_eq!(rest.post(command, body.clone()).await["ErrorCode"], code, "{body}");
    }
    let mut none = detail(0, "", 10);
    none["MsgSeq"] = json!(plain);
    assert_eq!(rest.post(command, none).await["ErrorCode"], 10062);
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call("group_open_http_svc.get_group_msg_receipt", receipt.clone()).await["ErrorCode"], 10007);
    let of_others = cat.must("group_open_http_svc.get_group_msg_receipt", receipt).await;
    assert_eq!(of_others["GroupMsgReceiptList"][0]["Code"], 10062, "only the sender asks");
}

#[tokio::test]
async fn receipts_are_for_small_groups_and_stored_messages() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let group = world.group("ann", "Public", &[]).await;
    let online = to_group(&group, 1, json!({"NeedReadReceipt": 1, "OnlineOnlyFlag": 1}));
    assert_eq!(ann.call("group_open_http_svc.send_group_msg", online).await["ErrorCode"], 10061);
    let rest = world.rest();
    for batch in 0..2 {
        let names: Vec<_> = (0..100).map(|n| format!("user-{batch}-{n}")).collect();
        rest.must(
            "im_open_login_svc/multiaccount_import",
            json!({"AccountList": names.iter().map(|name| json!({"UserID": name})).collect::<Vec<_>>()}),
        )
        .await;
        let members: Vec<_> = names.iter().map(|name| json!({"Member_Account": name})).collect();
        rest.must("group_open_http_svc/add_group_member", json!({"GroupId": group, "Silence": 1, "MemberList": members})).await;
    }
    let large = to_group(&group, 2, json!({"NeedReadReceipt": 1}));
    assert_eq!(ann.call("group_open_http_svc.send_group_msg", large).await["ErrorCode"], 10060);
    let ask = json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": 1}]});
    assert_eq!(rest.post("group_open_http_svc/get_group_msg_receipt", ask).await["ErrorCode"], 10060);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    let ask = json!({"GroupId": live, "MsgSeqList": [{"MsgSeq": 1}]});
    assert_eq!(rest.post("group_open_http_svc/get_group_msg_receipt", ask).await["ErrorCode"], 10007);
}

fn react(id: Value, place: u64, reaction: &str, operation: i64) -> Value {
    json!({"Id": id, "Place": place, "Reaction": reaction, "Operation": operation})
}

#[tokio::test]
async fn reactions_are_seen_by_both_sides_and_go_again() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let mut page = Link::phone(&world.access, "bob", "Android").await;
    say(&mut ann, "bob", 1, json!({})).await;
    let rev = ann.must("tern_sync.pull", json!({"Rev": 0})).await["Rev"].clone();
    bob.must("tern_message.react", react(c2c("ann"), 1, "heart", 1)).await;
    let told = ann.event_with("TernReaction").await;
    assert_eq!(
        told,
        json!([{"Id": c2c("bob"), "Place": 1, "Reaction": {"Reaction": "heart", "Count": 1, "Users": ["bob"], "Mine": 0}, "User": "bob", "Operation": 1}])
    );
    assert_eq!(page.event_with("TernReaction").await[0]["Id"], c2c("ann"), "the own other device, too");
    ann.must("tern_message.react", react(c2c("bob"), 1, "heart", 1)).await;
    ann.must("tern_message.react", react(c2c("bob"), 1, "fire", 1)).await;
    let list = ann.must("tern_message.reactions", json!({"Id": c2c("bob"), "Places": [1, 2]})).await;
    assert_eq!(
        list["Messages"],
        json!([{"Place": 1, "Reactions": [{"Reaction": "heart", "Count": 2, "Users": ["bob", "ann"], "Mine": 1},
            {"Reaction": "fire", "Count": 1, "Users": ["ann"], "Mine": 1}]}])
    );
    let changed = ann.must("tern_sync.messages", json!({"Id": c2c("bob"), "Rev": rev})).await;
    assert_eq!(changed["MsgList"][0]["TernReacted"], 1, "{changed}");
    assert_eq!(ann.call("tern_message.react", react(c2c("bob"), 1, "fire", 1)).await["ErrorCode"], 23007);
    assert_eq!(ann.call("tern_message.react", react(c2c("bob"), 1, "cake", 2)).await["ErrorCode"], 23008);
    assert_eq!(bob.call("tern_message.react", react(c2c("ann"), 1, "fire", 2)).await["ErrorCode"], 23009);
    assert_eq!(bob.call("tern_message.react", react(c2c("ann"), 9, "fire", 1)).await["ErrorCode"], 23004);
    assert_eq!(bob.call("tern_message.react", react(c2c("ann"), 1, "", 1)).await["ErrorCode"], 20001);
    ann.must("tern_message.react", react(c2c("bob"), 1, "fire", 2)).await;
    ann.must("tern_message.react", react(c2c("bob"), 1, "heart", 2)).await;
    bob.must("tern_message.react", react(c2c("ann"), 1, "heart", 2)).await;
    loop {
        let told = ann.event_with("TernReaction").await;
        if told[0]["Operation"] == 2 {
            assert_eq!(told[0]["Reaction"], json!({"Reaction": "heart", "Count": 0, "Users": [], "Mine": 0}));
            break;
        }
    }
    let history = ann.must("tern_sync.history", json!({"Id": c2c("bob")})).await;
    assert!(history["MsgList"][0].get("TernReacted").is_none(), "{history}");
    for kind in 0..10 {
        ann.must("tern_message.react", react(c2c("bob"), 1, &kind.to_string(), 1)).await;
    }
    assert_eq!(ann.call("tern_message.react", react(c2c("bob"), 1, "eleventh", 1)).await["ErrorCode"], 23005);
}

#[tokio::test]
async fn a_hundred_people_react_alike_and_a_recall_takes_all_reactions() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let names: Vec<_> = (0..100).map(|n| format!("user-{n}")).collect();
    let list: Vec<_> = names.iter().map(|name| json!({"UserID": name})).collect();
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"AccountList": list})).await;
    let members: Vec<_> = names.iter().map(String::as_str).collect();
    let group = world.group("ann", "Public", &members).await;
    let seq = say_to_group(&mut ann, &group, 1, json!({})).await;
    for name in &names {
        world.link(name).await.must("tern_message.react", react(in_group(&group), seq, "heart", 1)).await;
    }
    assert_eq!(ann.call("tern_message.react", react(in_group(&group), seq, "heart", 1)).await["ErrorCode"], 23006);
    let list = ann.must("tern_message.reactions", json!({"Id": in_group(&group), "Places": [seq]})).await;
    let heart = &list["Messages"][0]["Reactions"][0];
    assert_eq!((&heart["Count"], heart["Users"].as_array().unwrap().len(), &heart["Mine"]), (&json!(100), 10, &json!(0)));
    let recall = json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": seq}]});
    ann.must("group_open_http_svc.group_msg_recall", recall).await;
    let list = ann.must("tern_message.reactions", json!({"Id": in_group(&group), "Places": [seq]})).await;
    assert_eq!(list["Messages"], json!([]));
    assert_eq!(ann.call("tern_message.react", react(in_group(&group), seq, "heart", 1)).await["ErrorCode"], 23004);
}

#[tokio::test]
async fn members_pin_ten_messages_of_a_group() {
    let world = World::start().await;
    let (mut ann, mut bob, mut eve) = (world.link("ann").await, world.link("bob").await, world.link("eve").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let mut seqs = Vec::new();
    for random in 1..=11 {
        seqs.push(say_to_group(&mut ann, &group, random, json!({})).await);
    }
    let at = |seq: u64| json!({"GroupId": group, "MsgSeq": seq});
    let (pin, unpin, pins) = ("group_open_http_svc.pin_message", "tern_message.unpin", "tern_message.pins");
    bob.must(pin, at(seqs[0])).await;
    let told = ann.event_with("TernPin").await;
    assert_eq!(
        (&told["OpType"], &told["Operator_Account"], &told["Pin"]["Message"]["MsgSeq"]),
        (&json!(16), &json!("bob"), &json!(seqs[0]))
    );
    assert_eq!(ann.call(pin, at(seqs[0])).await["ErrorCode"], 10071);
    assert_eq!(ann.call(pin, at(999)).await["ErrorCode"], 10030);
    assert_eq!(eve.call(pin, at(seqs[1])).await["ErrorCode"], 10007);
    for seq in &seqs[1..10] {
        world.advance_seconds(1).await;
        ann.must(pin, at(*seq)).await;
    }
    assert_eq!(ann.call(pin, at(seqs[10])).await["ErrorCode"], 10070);
    let list = bob.must(pins, json!({"GroupId": group})).await;
    let pinned: Vec<_> = list["Pins"].as_array().unwrap().iter().map(|pin| pin["Message"]["MsgSeq"].as_u64().unwrap()).collect();
    assert_eq!(pinned, seqs[..10].iter().rev().copied().collect::<Vec<_>>(), "the newest pin first");
    assert_eq!(list["Pins"][9]["Pinner_Account"], "bob");
    ann.must("group_open_http_svc.group_msg_recall", json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": seqs[9]}]})).await;
    ann.must(pin, at(seqs[10])).await;
    bob.must(unpin, at(seqs[10])).await;
    loop {
        let told = ann.event_with("TernPin").await;
        if told["OpType"] == 17 {
            assert_eq!((&told["Pin"]["Message"]["MsgSeq"], &told["Pin"]["Message"]["MsgBody"]), (&json!(seqs[10]), &Value::Null));
            break;
        }
    }
    assert_eq!(bob.call(unpin, at(seqs[10])).await["ErrorCode"], 10004);
    assert_eq!(bob.must(pins, json!({"GroupId": group})).await["Pins"].as_array().unwrap().len(), 9);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    assert_eq!(ann.call(pin, json!({"GroupId": live, "MsgSeq": 1})).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn extensions_have_versions_and_who_is_late_is_told_what_stands() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let sent = say(&mut ann, "bob", 1, json!({"SupportMessageExtension": 1})).await;
    let plain = say(&mut ann, "bob", 2, json!({})).await;
    let of = |sent: &Value, more: Value| {
        let mut body = json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": sent["MsgKey"]});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let (set, get) = ("openim_msg_ext_http_svc.set_key_values", "openim_msg_ext_http_svc.get_key_values");
    let pair = |key: &str, value: &str, seq: u64| json!({"Key": key, "Value": value, "Seq": seq});
    let write = |list: Value| of(&sent, json!({"OperateType": 1, "ExtensionList": list}));
    let answer = bob.must(set, write(json!([pair("a", "1", 0), pair("b", "1", 0)]))).await;
    assert_eq!(
        answer["ExtensionList"],
        json!([{"ErrorCode": 0, "Extension": pair("a", "1", 1)}, {"ErrorCode": 0, "Extension": pair("b", "1", 1)}])
    );
    let told = ann.event_with("TernExtension").await;
    assert_eq!(
        (&told["Id"], &told["Place"], &told["OperateType"], &told["Operator_Account"]),
        (&c2c("bob"), &json!(1), &json!(1), &json!("bob"))
    );
    let late = ann.must(set, write(json!([pair("a", "2", 0)]))).await;
    assert_eq!(late["ExtensionList"], json!([{"ErrorCode": 23001, "Extension": pair("a", "1", 1)}]));
    let good = ann.must(set, write(json!([pair("a", "2", 1)]))).await;
    assert_eq!(good["ExtensionList"][0]["Extension"], pair("a", "2", 2));
    let rest = world.rest();
    let by_admin = rest.must("openim_msg_ext_http_svc/set_key_values", write(json!([pair("a", "3", 0)]))).await;
    assert_eq!(by_admin["ExtensionList"], json!([{"ErrorCode": 0, "Extension": pair("a", "3", 3)}]), "an admin needs no version");
    let all = rest.must("openim_msg_ext_http_svc/get_key_values", of(&sent, json!({}))).await;
    assert_eq!(
        (&all["ExtensionList"], &all["CompleteFlag"], &all["LatestSeq"], &all["ClearSeq"]),
        (&json!([pair("b", "1", 1), pair("a", "3", 3)]), &json!(1), &json!(3), &json!(0))
    );
    let newer = ann.must(get, of(&sent, json!({"StartSeq": 2}))).await;
    assert_eq!(newer["ExtensionList"], json!([pair("a", "3", 3)]));
    let delete = of(&sent, json!({"OperateType": 2, "ExtensionList": [pair("b", "", 1), pair("zz", "", 0)]}));
    let answer = ann.must(set, delete).await;
    assert_eq!((&answer["ExtensionList"][0]["ErrorCode"], &answer["ExtensionList"][1]["ErrorCode"]), (&json!(0), &json!(23004)));
    ann.must(set, of(&sent, json!({"OperateType": 3}))).await;
    let cleared = ann.must(get, of(&sent, json!({}))).await;
    assert_eq!((&cleared["ExtensionList"], &cleared["ClearSeq"]), (&json!([]), &json!(3)));
    let fresh = ann.must(set, write(json!([pair("a", "4", 0)]))).await;
    assert_eq!(fresh["ExtensionList"][0]["Extension"]["Seq"], 4, "above what was cleared");

    let one = json!({"OperateType": 1, "ExtensionList": [pair("a", "1", 0)]});
    assert_eq!(ann.call(set, of(&plain, one.clone())).await["ErrorCode"], 23002);
    assert_eq!(ann.call(set, of(&json!({"MsgKey": "1_2_3"}), one.clone())).await["ErrorCode"], 23004);
    assert_eq!(ann.call(set, of(&sent, json!({"OperateType": 9}))).await["ErrorCode"], 20001);
    for list in [
        json!([]),
        Value::Array((0..21).map(|n| pair(&n.to_string(), "", 0)).collect()),
        json!([pair(&"k".repeat(101), "", 0)]),
        json!([pair("k", &"v".repeat(1_001), 0)]),
    ] {
        assert_eq!(ann.call(set, write(list)).await["ErrorCode"], 20001);
    }
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call(get, of(&sent, json!({}))).await["ErrorCode"], 90009);
}

#[tokio::test]
async fn a_group_message_holds_three_hundred_pairs_and_two_hundred_writes_a_minute() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_to_group(&mut ann, &group, 1, json!({"SupportMessageExtension": 1})).await;
    let (set, get) = ("openim_msg_ext_http_svc.group_set_key_values", "openim_msg_ext_http_svc.group_get_key_values");
    let write = |list: Vec<Value>| json!({"GroupId": group, "MsgSeq": seq, "OperateType": 1, "ExtensionList": list});
    let key = |n: usize| json!({"Key": format!("k{n:03}"), "Value": "v", "Seq": 0});
    for batch in 0..15 {
        bob.must(set, write((batch * 20..batch * 20 + 20).map(key).collect())).await;
    }
    let full = bob.must(set, write(vec![key(300)])).await;
    assert_eq!(full["ExtensionList"][0]["ErrorCode"], 20001, "{full}");
    let page = ann.must(get, json!({"GroupId": group, "MsgSeq": seq})).await;
    assert_eq!(
        (page["ExtensionList"].as_array().unwrap().len(), &page["CompleteFlag"]),
        (300, &json!(1)),
        "one version is not parted"
    );
    assert_eq!(ann.event_with("TernExtension").await["Id"], in_group(&group));
    for _ in 16..200 {
        bob.must(set, write(vec![key(300)])).await;
    }
    assert_eq!(bob.call(set, write(vec![key(300)])).await["ErrorCode"], 23003);
    world.advance_seconds(60).await;
    let (mut bob, mut eve) = (world.link("bob").await, world.link("eve").await);
    bob.must(set, write(vec![key(300)])).await;
    assert_eq!(eve.call(get, json!({"GroupId": group, "MsgSeq": seq})).await["ErrorCode"], 10007);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    let refused = world.rest().post("openim_msg_ext_http_svc/group_get_key_values", json!({"GroupId": live, "MsgSeq": 1})).await;
    assert_eq!(refused["ErrorCode"], 10007, "{refused}");
}

#[tokio::test]
async fn who_was_away_learns_that_the_pinned_messages_changed() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_to_group(&mut ann, &group, 1, json!({})).await;
    let pulled = async |bob: &mut Link, rev: &Value| -> (Value, Value) {
        let page = bob.must("tern_sync.pull", json!({"Rev": rev, "Limit": 500})).await;
        (page["Groups"][0]["PinRev"].clone(), page["Rev"].clone())
    };
    let (before, rev) = pulled(&mut bob, &json!(0)).await;
    assert_eq!(before, Value::Null, "nothing was ever pinned");
    drop(bob);
    ann.must("group_open_http_svc.pin_message", json!({"GroupId": group, "MsgSeq": seq})).await;
    let mut bob = world.link("bob").await;
    let (pinned, rev) = pulled(&mut bob, &rev).await;
    assert!(pinned.is_u64(), "{pinned}");
    drop(bob);
    ann.must("tern_message.unpin", json!({"GroupId": group, "MsgSeq": seq})).await;
    let mut bob = world.link("bob").await;
    let (unpinned, _) = pulled(&mut bob, &rev).await;
    assert!(unpinned.as_u64() > pinned.as_u64(), "{unpinned} after {pinned}");
    assert_eq!(pulled(&mut bob, &json!(0)).await.0, unpinned);
}
