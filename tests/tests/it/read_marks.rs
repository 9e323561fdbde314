//! Read marks by the backend and of several conversations, unread counts over REST, imported messages.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

async fn say(link: &mut Link, to: &str, random: u32, text: &str) -> Value {
    link.must("openim.sendmsg", json!({"To_Account": to, "MsgRandom": random, "MsgBody": text_body(text)})).await
}

async fn unread(world: &World, user: &str) -> Value {
    world.rest().must("openim/get_c2c_unread_msg_num", json!({"To_Account": user})).await["AllC2CUnreadMsgNum"].clone()
}

#[tokio::test]
async fn the_backend_reads_unread_counts_of_all_and_of_some() {
    let world = World::start().await;
    let (mut ann, mut cat, _bob) = (world.link("ann").await, world.link("cat").await, world.link("bob").await);
    say(&mut ann, "bob", 1, "one").await;
    say(&mut ann, "bob", 2, "two").await;
    say(&mut cat, "bob", 3, "three").await;
    assert_eq!(unread(&world, "bob").await, 3);
    let rest = world.rest();
    let some = json!({"To_Account": "bob", "Peer_Account": ["ann", "nobody", "cat"]});
    let answer = rest.must("openim/get_c2c_unread_msg_num", some).await;
    assert_eq!(
        answer["C2CUnreadMsgNumList"],
        json!([{"Peer_Account": "ann", "C2CUnreadMsgNum": 2}, {"Peer_Account": "cat", "C2CUnreadMsgNum": 1}])
    );
    assert_eq!(answer["ErrorList"], json!([{"Peer_Account": "nobody", "ErrorCode": 70107}]));
    assert!(answer.get("AllC2CUnreadMsgNum").is_none(), "{answer}");
    assert_eq!(rest.post("openim/get_c2c_unread_msg_num", json!({"To_Account": "nobody"})).await["ErrorCode"], 90008);
    let many = json!({"To_Account": "bob", "Peer_Account": vec!["ann"; 11]});
    assert_eq!(rest.post("openim/get_c2c_unread_msg_num", many).await["ErrorCode"], 90010);
}

#[tokio::test]
async fn the_backend_reads_for_somebody_and_both_sides_learn_it() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let first = say(&mut ann, "bob", 1, "one").await;
    world.advance_seconds(10).await;
    say(&mut ann, "bob", 2, "two").await;
    let rest = world.rest();
    let up_to = json!({"Report_Account": "bob", "Peer_Account": "ann", "MsgReadTime": first["MsgTime"]});
    rest.must("openim/admin_set_msg_read", up_to).await;
    assert_eq!(unread(&world, "bob").await, 1);
    let own = bob.event_with("C2cNotifyMsgArray").await;
    assert_eq!(own[0]["ReadC2cMsgNotify"]["UinPairReadArray"][0]["TernUnread"], 1, "{own}");
    let peer = ann.event_with("C2cNotifyMsgArray").await;
    assert_eq!(peer[0]["C2cReadedReceipt"]["UinPairReadArray"][0]["LastReadTime"], first["MsgTime"]);
    rest.must("openim/admin_set_msg_read", json!({"Report_Account": "bob", "Peer_Account": "ann"})).await;
    assert_eq!(unread(&world, "bob").await, 0, "without a time all is read");
    let nobody = json!({"Report_Account": "nobody", "Peer_Account": "ann"});
    assert_eq!(rest.post("openim/admin_set_msg_read", nobody).await["ErrorCode"], 90008);
}

#[tokio::test]
async fn everything_is_read_at_once_on_all_devices() {
    let world = World::start().await;
    let (mut ann, mut cat, mut bob) = (world.link("ann").await, world.link("cat").await, world.link("bob").await);
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    say(&mut ann, "bob", 1, "one").await;
    say(&mut cat, "bob", 2, "two").await;
    let to_group = json!({"GroupId": group, "Random": 3, "MsgBody": text_body("three")});
    let seq = ann.must("group_open_http_svc.send_group_msg", to_group).await["MsgSeq"].clone();
    bob.must("openim.read_all_unread_msg", json!({"C2CReadAllMsg": 1, "GroupReadInfo": [{"GroupId": group, "MsgSeq": seq}]})).await;
    loop {
        let item = phone.event().await;
        if item["Event"] == 14 {
            assert_eq!(item, json!({"Event": 14, "C2CReadAllMsg": 1, "GroupReadInfo": [{"GroupId": group, "MsgSeq": seq}]}));
            break;
        }
    }
    for link in [&mut ann, &mut cat] {
        let peer = link.event_with("C2cNotifyMsgArray").await;
        assert_eq!(peer[0]["C2cReadedReceipt"]["To_Account"], "bob");
    }
    let page = bob.must("tern_sync.pull", json!({"Rev": 0})).await;
    assert!(page["Conversations"].as_array().unwrap().iter().all(|conversation| conversation["Unread"] == 0), "{page}");
    let foreign = json!({"GroupReadInfo": [{"GroupId": group, "MsgSeq": 1}]});
    assert_eq!(cat.call("openim.read_all_unread_msg", foreign).await["ErrorCode"], 10007);

    let again = json!({"GroupId": group, "Random": 4, "MsgBody": text_body("four")});
    ann.must("group_open_http_svc.send_group_msg", again).await;
    bob.must("openim.read_all_unread_msg", json!({"TernGroupReadAll": 1})).await;
    let page = bob.must("tern_sync.pull", json!({"Rev": page["Rev"]})).await;
    assert_eq!(page["Conversations"][0]["Unread"], 0, "{page}");
}

fn import(kind: i64, random: u32, at: i64, text: &str) -> Value {
    json!({"SyncFromOldSystem": kind, "From_Account": "ann", "To_Account": "bob", "MsgSeq": 7, "MsgRandom": random, "MsgTimeStamp": at,
        "MsgBody": text_body(text), "CloudCustomData": "c"})
}

#[tokio::test]
async fn imported_messages_are_history_or_live_and_come_once() {
    let world = World::start().await;
    let (_ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let now = world.access.clock.wall_seconds();
    let rest = world.rest();
    rest.must("openim/importmsg", import(2, 1, now - 86_400, "old")).await;
    assert_eq!(unread(&world, "bob").await, 0, "history is read");
    rest.must("openim/importmsg", import(5, 2, now - 60, "live")).await;
    let got = &bob.event_with("C2cMsgArray").await[0];
    assert_eq!(
        (&got["MsgTimeStamp"], &got["MsgKey"], &got["CloudCustomData"]),
        (&json!(now - 60), &json!(format!("7_2_{}", now - 60)), &json!("c")),
        "the first event is the live one"
    );
    assert_eq!(unread(&world, "bob").await, 1);
    rest.must("openim/importmsg", import(1, 2, now - 60, "the older word for live")).await;
    let mut turned = import(5, 2, now - 60, "turned");
    (turned["From_Account"], turned["To_Account"]) = (json!("bob"), json!("ann"));
    rest.must("openim/importmsg", turned).await;
    rest.must("openim/importmsg", import(2, 3, now - 90_000, "older still")).await;
    let roam = json!({"Operator_Account": "bob", "Peer_Account": "ann", "MaxCnt": 20, "MinTime": 0, "MaxTime": now});
    let page = rest.must("openim/admin_getroammsg", roam).await;
    let mut seen: Vec<_> = page["MsgList"]
        .as_array()
        .unwrap()
        .iter()
        .map(|m| (m["MsgTimeStamp"].as_i64().unwrap() - now, m["MsgRandom"].clone()))
        .collect();
    seen.sort_by_key(|(time, _)| *time);
    assert_eq!(seen, [(-90_000, json!(3)), (-86_400, json!(1)), (-60, json!(2))]);
    let key = format!("7_3_{}", now - 90_000);
    rest.must("openim/admin_msgwithdraw", json!({"From_Account": "ann", "To_Account": "bob", "MsgKey": key})).await;

    for (change, code) in [
        (json!({"SyncFromOldSystem": 3}), 90030),
        (json!({"SyncFromOldSystem": "5"}), 90030),
        (json!({"MsgRandom": null}), 90005),
        (json!({"MsgTimeStamp": null}), 90006),
        (json!({"MsgTimeStamp": now + 86_400}), 90006),
        (json!({"MsgSeq": -1}), 90004),
        (json!({"From_Account": "nobody"}), 90008),
        (json!({"To_Account": "nobody"}), 90012),
        (json!({"MsgBody": {}}), 90007),
        (json!({"MsgBody": text_body(&"x".repeat(13_000))}), 93000),
    ] {
        let mut body = import(5, 9, now, "x");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let answer = rest.post("openim/importmsg", body).await;
        assert_eq!(answer["ErrorCode"], code, "{change}: {answer}");
    }
}
