//! What becomes of messages after they were sent: recall, modification, deletion, clearing.

use rstest::rstest;
use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

async fn say(link: &mut Link, to: &str, random: u32, text: &str) -> Value {
    link.must("openim.sendmsg", json!({"To_Account": to, "MsgRandom": random, "MsgBody": text_body(text)})).await
}

async fn say_to_group(link: &mut Link, group: &str, random: u32, text: &str) -> u64 {
    let body = json!({"GroupId": group, "Random": random, "MsgBody": text_body(text)});
    link.must("group_open_http_svc.send_group_msg", body).await["MsgSeq"].as_u64().unwrap()
}

/// The conversation as a person's synchronisation tells it.
async fn conversation(link: &mut Link, id: &Value) -> Value {
    let page = link.must("tern_sync.pull", json!({"Rev": 0})).await;
    let all = page["Conversations"].as_array().unwrap().clone();
    all.into_iter().find(|conversation| &conversation["Id"] == id).unwrap_or_else(|| panic!("no {id} in {page}"))
}

async fn history(link: &mut Link, id: &Value) -> Vec<Value> {
    link.must("tern_sync.history", json!({"Id": id, "Limit": 50})).await["MsgList"].as_array().unwrap().clone()
}

fn texts(messages: &[Value]) -> Vec<&str> {
    messages.iter().map(|message| message["MsgBody"][0]["MsgContent"]["Text"].as_str().unwrap_or("")).collect()
}

fn c2c(user: &str) -> Value {
    json!({"Type": 1, "To_Account": user})
}

fn in_group(group: &str) -> Value {
    json!({"Type": 2, "GroupId": group})
}

/// What `openim.msgwithdraw` names a message by.
fn withdrawn(sent: &Value, from: &str, to: &str, random: u32) -> Value {
    json!({"MsgInfo": {"From_Account": from, "To_Account": to, "MsgSeq": sent["MsgSeq"], "MsgRandom": random, "MsgTimeStamp": sent["MsgTime"]}})
}

#[tokio::test]
async fn a_recalled_message_keeps_its_row_loses_its_content_and_is_unread_no_more() {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    let mut phone = Link::phone(&world.access, "ann", "Android").await;
    say(&mut ann, "bob", 1, "one").await;
    let sent = say(&mut ann, "bob", 2, "two").await;
    let before = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!(before["Unread"], 2);
    ann.must("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 2)).await;

    for link in [&mut bob, &mut phone] {
        let notify = link.event_with("C2cNotifyMsgArray").await;
        let recalled = &notify[0]["WithdrawC2cMsgNotify"]["C2cWithdrawInfoArray"][0];
        assert_eq!(
            (&recalled["From_Account"], &recalled["To_Account"], &recalled["MsgSeq"], &recalled["MsgRandom"], &recalled["TernPos"]),
            (&json!("ann"), &json!("bob"), &sent["MsgSeq"], &json!(2), &json!(2))
        );
    }
    let after = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!(
        (&after["Unread"], &after["LastMsg"]["MsgFlagBits"], &after["LastMsg"]["MsgBody"]),
        (&json!(1), &json!(8), &json!([]))
    );
    assert_eq!(after["LastMsg"]["TernRevoker"], "ann");
    let changed = bob.must("tern_sync.messages", json!({"Id": c2c("ann"), "Rev": before["Rev"]})).await;
    assert_eq!((changed["MsgList"].as_array().unwrap().len(), &changed["MsgList"][0]["MsgFlagBits"]), (1, &json!(8)));
    let again = ann.call("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 2)).await;
    assert_eq!(again["ErrorCode"], 20023, "{again}");
    bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann"}]}})).await;
    say(&mut ann, "bob", 3, "three").await;
    assert_eq!(
        conversation(&mut bob, &c2c("ann")).await["Unread"],
        1,
        "what was recalled before reading is counted no second time"
    );
}

#[tokio::test]
async fn a_recall_after_reading_changes_no_count() {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    let sent = say(&mut ann, "bob", 1, "one").await;
    bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann"}]}})).await;
    say(&mut ann, "bob", 2, "two").await;
    ann.must("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 1)).await;
    assert_eq!(conversation(&mut bob, &c2c("ann")).await["Unread"], 1);
}

#[tokio::test]
async fn only_the_sender_recalls_within_two_minutes_and_the_backend_at_any_time() {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    let sent = say(&mut ann, "bob", 1, "one").await;
    assert_eq!(bob.call("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 1)).await["ErrorCode"], 90009);
    assert_eq!(ann.call("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 9)).await["ErrorCode"], 20022);
    world.advance_seconds(121).await;
    let mut ann = world.link("ann").await;
    assert_eq!(ann.call("openim.msgwithdraw", withdrawn(&sent, "ann", "bob", 1)).await["ErrorCode"], 20016);
    let rest = world.rest();
    let key = |key: &str| json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": key});
    assert_eq!(rest.post("openim/admin_msgwithdraw", key("nonsense")).await["ErrorCode"], 90054);
    assert_eq!(rest.post("openim/admin_msgwithdraw", key("1_2_3")).await["ErrorCode"], 20022);
    let nobody = json!({"From_Account": "nobody", "To_Account": "bob", "MsgKey": sent["MsgKey"]});
    assert_eq!(rest.post("openim/admin_msgwithdraw", nobody).await["ErrorCode"], 90008);
    rest.must("openim/admin_msgwithdraw", key(sent["MsgKey"].as_str().unwrap())).await;
    let list = history(&mut ann, &c2c("bob")).await;
    assert_eq!((&list[0]["MsgFlagBits"], &list[0]["TernRevoker"]), (&json!(8), &json!(world.access.admin)));
    assert_eq!(rest.post("openim/admin_msgwithdraw", key(sent["MsgKey"].as_str().unwrap())).await["ErrorCode"], 20023);
}

#[tokio::test]
async fn in_a_group_senders_recall_their_own_and_admins_those_of_members() {
    let world = World::start().await;
    let (mut cat, mut bob, mut ann) = (world.link("cat").await, world.link("bob").await, world.link("ann").await);
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    let of_ann = say_to_group(&mut ann, &group, 1, "a").await;
    let of_bob = say_to_group(&mut bob, &group, 2, "b").await;
    let too_late = say_to_group(&mut bob, &group, 3, "c").await;
    let unread = conversation(&mut cat, &in_group(&group)).await["Unread"].as_u64().unwrap();
    let recall = |seqs: &[u64]| {
        let list: Vec<_> = seqs.iter().map(|seq| json!({"MsgSeq": seq})).collect();
        json!({"GroupId": group, "MsgSeqList": list, "Reason": "rude"})
    };
    let command = "group_open_http_svc.group_msg_recall";
    let answer = cat.must(command, recall(&[of_bob, 99])).await;
    assert_eq!(answer["RecallRetList"], json!([{"MsgSeq": of_bob, "RetCode": 10007}, {"MsgSeq": 99, "RetCode": 10030}]));
    assert_eq!(bob.must(command, recall(&[of_ann])).await["RecallRetList"][0]["RetCode"], 10007);
    let answer = ann.must(command, recall(&[of_bob])).await;
    assert_eq!((&answer["RecallRetList"][0]["RetCode"], &answer["Results"]), (&json!(0), &answer["RecallRetList"]));
    loop {
        let tips = cat.event_with("GroupTips").await;
        let list = &tips[0]["MsgBody"]["GroupWithdrawInfoArray"];
        if list.is_array() {
            assert_eq!((&list[0]["MsgSeq"], &list[0]["From_Account"]), (&json!(of_bob), &json!("bob")));
            assert_eq!((&list[0]["TernRevoker"], &list[0]["TernRevokeReason"]), (&json!("ann"), &json!("rude")));
            break;
        }
    }
    assert_eq!(conversation(&mut cat, &in_group(&group)).await["Unread"], unread - 1);
    assert_eq!(ann.must(command, recall(&[of_bob])).await["RecallRetList"][0]["RetCode"], 10032, "recalled already");
    assert_eq!(ann.call(command, recall(&[])).await["ErrorCode"], 10004);
    assert_eq!(ann.call(command, recall(&[1; 11])).await["ErrorCode"], 10004);
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call(command, recall(&[of_ann])).await["ErrorCode"], 10007);

    world.advance_seconds(121).await;
    let (mut bob, mut cat) = (world.link("bob").await, world.link("cat").await);
    assert_eq!(bob.must(command, recall(&[too_late])).await["RecallRetList"][0]["RetCode"], 10031);
    let rest = world.rest().must("group_open_http_svc/group_msg_recall", recall(&[too_late])).await;
    assert_eq!(rest["RecallRetList"][0]["RetCode"], 0);
    let page = cat.must("group_open_http_svc.group_msg_get", json!({"GroupId": group, "ReqMsgNumber": 10})).await;
    let marks: Vec<_> = page["RspMsgList"].as_array().unwrap().iter().map(|message| &message["IsPlaceMsg"]).collect();
    assert_eq!(marks[..3], [&json!(2), &json!(2), &json!(0)], "{page}");
    let live = world.group("ann", "AVChatRoom", &[]).await;
    let refused =
        world.rest().post("group_open_http_svc/group_msg_recall", json!({"GroupId": live, "MsgSeqList": [{"MsgSeq": 1}]})).await;
    assert_eq!(refused["ErrorCode"], 10033, "{refused}");
}

#[tokio::test]
async fn the_backend_recalls_everything_of_one_sender_silently() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    say_to_group(&mut ann, &group, 1, "kept").await;
    for random in 2..5 {
        say_to_group(&mut bob, &group, random, "spam").await;
    }
    let rev = conversation(&mut ann, &in_group(&group)).await["Rev"].clone();
    let command = "group_open_http_svc/delete_group_msg_by_sender";
    world.rest().must(command, json!({"GroupId": group, "Sender_Account": "bob"})).await;
    let changed = ann.must("tern_sync.messages", json!({"Id": in_group(&group), "Rev": rev})).await;
    assert_eq!(changed["MsgList"].as_array().unwrap().len(), 3);
    let list = history(&mut ann, &in_group(&group)).await;
    let shown: Vec<_> = texts(&list).into_iter().filter(|text| !text.is_empty()).collect();
    assert_eq!(shown, ["kept"]);
    let nobody = json!({"GroupId": group, "Sender_Account": "nobody"});
    assert_eq!(world.rest().post(command, nobody).await["ErrorCode"], 10019);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    assert_eq!(world.rest().post(command, json!({"GroupId": live, "Sender_Account": "bob"})).await["ErrorCode"], 10035);
}

#[tokio::test]
async fn both_sides_modify_a_message_and_who_knows_an_old_version_is_told_the_new_one() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let sent = say(&mut ann, "bob", 1, "one").await;
    let change = |text: &str, version: i64| {
        json!({"From_Account": "ann", "To_Account": "bob", "MsgSeq": sent["MsgSeq"], "MsgRandom": 1, "MsgTime": sent["MsgTime"],
            "MsgVersion": version, "MsgBody": text_body(text), "CloudCustomData": "{\"k\":1}"})
    };
    let answer = bob.must("openim.modify_c2c_msg", change("two", 0)).await;
    assert_eq!(answer["MsgVersion"], 1);
    let told = &ann.event_with("C2cMsgModNotifys").await[0];
    assert_eq!(texts(std::slice::from_ref(told)), ["two"]);
    assert_eq!(
        (&told["MsgVersion"], &told["MsgRandom"], &told["CloudCustomData"], &told["MsgTimeStamp"]),
        (&json!(1), &json!(1), &json!("{\"k\":1}"), &sent["MsgTime"])
    );
    let late = ann.call("openim.modify_c2c_msg", change("three", 0)).await;
    assert_eq!((&late["ErrorCode"], &late["MsgVersion"]), (&json!(20027), &json!(1)), "{late}");
    assert_eq!(texts(std::slice::from_ref(&late["TernMessage"])), ["two"]);
    assert_eq!(ann.must("openim.modify_c2c_msg", change("three", 1)).await["MsgVersion"], 2);
    let page = history(&mut bob, &c2c("ann")).await;
    assert_eq!((texts(&page), &page[0]["MsgVersion"]), (vec!["three"], &json!(2)));
}

#[tokio::test]
async fn the_backend_modifies_by_key_and_each_fault_has_its_code() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let sent = say(&mut ann, "bob", 1, "one").await;
    let base = json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": sent["MsgKey"]});
    let with = |more: Value| {
        let mut body = base.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let rest = world.rest();
    rest.must("openim/modify_c2c_msg", with(json!({"CloudCustomData": "c"}))).await;
    let told = &bob.event_with("C2cMsgModNotifys").await[0];
    assert_eq!((texts(std::slice::from_ref(told)), &told["CloudCustomData"]), (vec!["one"], &json!("c")), "the body stays");
    for (more, code) in [
        (json!({}), 20001),
        (json!({"MsgBody": {}}), 90007),
        (json!({"MsgBody": [{"MsgType": "TIMPollElem", "MsgContent": {}}]}), 90002),
        (json!({"MsgBody": text_body("x"), "MsgKey": "1_2_3"}), 20026),
        (json!({"MsgBody": text_body("x"), "From_Account": "nobody"}), 90008),
        (json!({"MsgBody": text_body(&"x".repeat(13_000))}), 93000),
    ] {
        let answer = rest.post("openim/modify_c2c_msg", with(more.clone())).await;
        assert_eq!(answer["ErrorCode"], code, "{more}: {answer}");
    }
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call("openim.modify_c2c_msg", with(json!({"MsgBody": text_body("x")}))).await["ErrorCode"], 90009);
}

#[tokio::test]
async fn members_modify_group_messages_and_others_do_not() {
    let world = World::start().await;
    let (mut bob, mut ann, mut eve) = (world.link("bob").await, world.link("ann").await, world.link("eve").await);
    let group = world.group("ann", "Work", &["bob"]).await;
    let seq = say_to_group(&mut ann, &group, 1, "one").await;
    let change = json!({"GroupId": group, "MsgSeq": seq, "MsgBody": text_body("two")});
    assert_eq!(eve.call("openim.modify_group_msg", change.clone()).await["ErrorCode"], 10007);
    bob.must("openim.modify_group_msg", change).await;
    let told = &ann.event_with("GroupMsgModNotifys").await[0];
    assert_eq!((texts(std::slice::from_ref(told)), &told["MsgSeq"], &told["MsgVersion"]), (vec!["two"], &json!(seq), &json!(1)));
    world.rest().must("openim/modify_group_msg", json!({"GroupId": group, "MsgSeq": seq, "CloudCustomData": "c"})).await;
    let page = history(&mut bob, &in_group(&group)).await;
    let last = page.last().unwrap();
    assert_eq!((texts(std::slice::from_ref(last)), &last["CloudCustomData"]), (vec!["two"], &json!("c")));
    let nowhere = json!({"GroupId": group, "MsgSeq": 999, "MsgBody": text_body("x")});
    assert_eq!(bob.call("openim.modify_group_msg", nowhere).await["ErrorCode"], 20026);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    let refused =
        world.rest().post("openim/modify_group_msg", json!({"GroupId": live, "MsgSeq": 1, "MsgBody": text_body("x")})).await;
    assert_eq!(refused["ErrorCode"], 10007, "{refused}");
}

#[tokio::test]
async fn what_one_person_deletes_is_gone_for_it_alone() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    for (random, text) in (1..).zip(["one", "two", "three", "four"]) {
        say(&mut ann, "bob", random, text).await;
    }
    let before = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!(before["Unread"], 4);
    bob.must("tern_message.delete", json!({"Id": c2c("ann"), "Places": [2, 4, 4, 99]})).await;
    assert_eq!(phone.event_with("TernDeleted").await, json!({"Id": c2c("ann"), "Places": [2, 4]}));
    let told = &phone.event_with("TernConv").await[0];
    assert_eq!((&told["Unread"], texts(std::slice::from_ref(&told["LastMsg"]))), (&json!(2), vec!["three"]));

    let after = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!((&after["Unread"], texts(std::slice::from_ref(&after["LastMsg"]))), (&json!(2), vec!["three"]));
    assert_eq!(texts(&history(&mut bob, &c2c("ann")).await), ["one", "three"]);
    assert_eq!(texts(&history(&mut ann, &c2c("bob")).await), ["one", "two", "three", "four"]);
    let roam = |who: &str, peer: &str| json!({"Operator_Account": who, "Peer_Account": peer, "MaxCnt": 20, "MinTime": 0, "MaxTime": 4_000_000_000_u64});
    assert_eq!(world.rest().must("openim/admin_getroammsg", roam("bob", "ann")).await["MsgCnt"], 2);
    assert_eq!(world.rest().must("openim/admin_getroammsg", roam("ann", "bob")).await["MsgCnt"], 4);
    let changed = phone.must("tern_sync.messages", json!({"Id": c2c("ann"), "Rev": before["Rev"]})).await;
    assert_eq!(changed["Deleted"], json!([{"First": 2, "Last": 2}, {"First": 4, "Last": 4}]));

    bob.must("tern_message.delete", json!({"Id": c2c("ann"), "Places": [3]})).await;
    let changed = phone.must("tern_sync.messages", json!({"Id": c2c("ann"), "Rev": before["Rev"]})).await;
    assert_eq!(changed["Deleted"], json!([{"First": 2, "Last": 4}]), "neighbours grow together");
    bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann"}]}})).await;
    say(&mut ann, "bob", 9, "five").await;
    assert_eq!(conversation(&mut bob, &c2c("ann")).await["Unread"], 1);
}

#[tokio::test]
async fn messages_are_deleted_by_key_by_the_backend_and_by_clients() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let one = say(&mut ann, "bob", 1, "one").await;
    let two = say(&mut bob, "ann", 2, "two").await;
    let rest = world.rest();
    let command = "openim/delete_c2c_msg_ramble";
    rest.must(command, json!({"Operator_Account": "bob", "Peer_Account": "ann", "MsgKeyList": [one["MsgKey"]]})).await;
    assert_eq!(texts(&history(&mut bob, &c2c("ann")).await), ["two"]);
    bob.must("openim.delete_c2c_msg_ramble", json!({"From_Account": "bob", "To_Account": "ann", "MsgKeyList": [two["MsgKey"]]}))
        .await;
    assert!(history(&mut bob, &c2c("ann")).await.is_empty());
    assert_eq!(texts(&history(&mut ann, &c2c("bob")).await), ["one", "two"]);
    let many = |n: usize| json!({"Operator_Account": "bob", "Peer_Account": "ann", "MsgKeyList": vec!["1_2_3"; n]});
    assert_eq!(rest.post(command, many(31)).await["ErrorCode"], 90010);
    rest.must(command, many(30)).await;
    assert_eq!(
        rest.post(command, json!({"Operator_Account": "x", "Peer_Account": "ann", "MsgKeyList": ["1_2_3"]})).await["ErrorCode"],
        90008
    );
    assert_eq!(
        rest.post(command, json!({"Operator_Account": "bob", "Peer_Account": "ann", "MsgKeyList": ["x"]})).await["ErrorCode"],
        90054
    );
    let of_others = json!({"From_Account": "ann", "To_Account": "bob", "MsgKeyList": [one["MsgKey"]]});
    assert_eq!(bob.call("openim.delete_c2c_msg_ramble", of_others).await["ErrorCode"], 90009);
    let too_many = json!({"Id": c2c("ann"), "Places": (1..=51).collect::<Vec<_>>()});
    assert_eq!(bob.call("tern_message.delete", too_many).await["ErrorCode"], 20001);
}

#[tokio::test]
async fn a_cleared_history_is_gone_for_oneself_and_the_next_message_counts() {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    say(&mut ann, "bob", 1, "one").await;
    say(&mut ann, "bob", 2, "two").await;
    bob.must("tern_message.clear", json!({"Id": c2c("ann")})).await;
    let cleared = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!(
        (&cleared["Unread"], &cleared["FirstPlace"], &cleared["LastMsg"]),
        (&json!(0), &json!(3), &Value::Null),
        "{cleared}"
    );
    assert!(history(&mut bob, &c2c("ann")).await.is_empty());
    assert_eq!(texts(&history(&mut ann, &c2c("bob")).await), ["one", "two"]);
    let peer = ann.must("openim.get_peer_read_time", json!({"To_Account": ["bob"]})).await;
    assert_eq!(peer["ReadTime"], json!([0]), "clearing is no reading");
    say(&mut ann, "bob", 3, "three").await;
    let after = conversation(&mut bob, &c2c("ann")).await;
    assert_eq!((&after["Unread"], texts(std::slice::from_ref(&after["LastMsg"]))), (&json!(1), vec!["three"]));
}

#[rstest]
#[case::all(None, 0, &[])]
#[case::up_to_the_second(Some(2), 1, &["three"])]
#[tokio::test]
async fn a_group_is_cleared_for_everybody(#[case] up_to: Option<u64>, #[case] unread: u64, #[case] left: &[&str]) {
    let world = World::start().await;
    let (mut bob, mut ann) = (world.link("bob").await, world.link("ann").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let first = say_to_group(&mut ann, &group, 1, "one").await;
    say_to_group(&mut ann, &group, 2, "two").await;
    say_to_group(&mut ann, &group, 3, "three").await;
    let mut body = json!({"GroupId": group});
    if let Some(nth) = up_to {
        body["MsgSeq"] = (first + nth - 1).into();
    }
    world.rest().must("group_open_http_svc/clear_group_msg", body).await;
    for link in [&mut ann, &mut bob] {
        assert_eq!(texts(&history(link, &in_group(&group)).await), left);
    }
    let seen = conversation(&mut bob, &in_group(&group)).await;
    assert_eq!(seen["Unread"], unread, "{seen}");
    say_to_group(&mut ann, &group, 4, "four").await;
    assert_eq!(conversation(&mut bob, &in_group(&group)).await["Unread"], unread + 1);
    let live = world.group("ann", "AVChatRoom", &[]).await;
    assert_eq!(world.rest().post("group_open_http_svc/clear_group_msg", json!({"GroupId": live})).await["ErrorCode"], 10035);
}
