//! Topics of communities: made, changed and ended, messages of their own, unread counts, options, what devices keep.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const COMMUNITY: &str = "@TGS#_club";
const NEWS: &str = "@TGS#_club@TOPIC#_news";

/// A community with topics: ann owns it, bob and cat are in it, dan exists.
async fn club(world: &World) -> Rest {
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": ["ann", "bob", "cat", "dan"]})).await;
    let members = json!([{"Member_Account": "bob"}, {"Member_Account": "cat"}]);
    rest.must(
        "group_open_http_svc/create_group",
        json!({"Owner_Account": "ann", "Type": "Community", "GroupId": COMMUNITY, "Name": "club", "SupportTopic": 1, "MemberList": members}),
    )
    .await;
    rest
}

async fn topic(rest: &Rest, part: &str) -> String {
    let id = format!("{COMMUNITY}@TOPIC#_{part}");
    let made = rest
        .must(
            "million_group_open_http_svc/create_topic",
            json!({"GroupId": COMMUNITY, "TopicName": part, "TopicId": id, "From_Account": "ann"}),
        )
        .await;
    made["TopicId"].as_str().unwrap().to_owned()
}

async fn say(rest: &Rest, topic: &str, from: &str, text: &str, random: u64) -> Value {
    let body = json!({"GroupId": COMMUNITY, "TopicId": topic, "From_Account": from, "Random": random, "MsgBody": text_body(text)});
    rest.must("group_open_http_svc/send_group_msg", body).await
}

async fn pull(link: &mut Link, rev: u64) -> Value {
    link.must("tern_sync.pull", json!({"Rev": rev, "Limit": 500})).await
}

/// A topic's conversation among what was pulled.
fn conversation<'a>(pulled: &'a Value, id: &str) -> Option<&'a Value> {
    pulled["Conversations"].as_array().unwrap().iter().find(|row| row["Id"]["GroupId"] == id)
}

fn kept<'a>(pulled: &'a Value, id: &str) -> Option<&'a Value> {
    pulled["Topics"].as_array()?.iter().find(|row| row["TopicId"] == id)
}

#[tokio::test]
async fn a_topic_is_made_read_changed_and_ended_and_everybody_learns_it() {
    let world = World::start().await;
    let rest = club(&world).await;
    let mut bob = world.link("bob").await;
    let made = rest
        .must(
            "million_group_open_http_svc/create_topic",
            json!({"GroupId": COMMUNITY, "TopicName": "talk", "From_Account": "ann", "CustomString": "{\"category\":\"a\"}", "Introduction": "i"}),
        )
        .await;
    let made = made["TopicId"].as_str().unwrap().to_owned();
    assert!(made.starts_with("@TGS#_club@TOPIC#_@TOPIC#"), "{made}");
    let notice = bob.event_with("GroupTips").await;
    assert_eq!(
        (&notice[0]["ToGroupId"], &notice[0]["TopicId"], &notice[0]["MsgBody"]["ReportType"]),
        (&json!(COMMUNITY), &json!(made), &json!(17))
    );
    let told = bob.event_with("TernTopic").await;
    assert_eq!(
        (&told[0]["TopicId"], &told[0]["GroupId"], &told[0]["TopicName"]),
        (&json!(made), &json!(COMMUNITY), &json!("talk"))
    );
    assert_eq!(told[0]["CustomString"], "{\"category\":\"a\"}");

    let change = json!({"GroupId": COMMUNITY, "TopicId": made, "TopicName": "talks", "Notification": "n", "MuteAllMember": "On", "From_Account": "ann"});
    rest.must("million_group_open_http_svc/modify_topic", change).await;
    let told = bob.event_with("TernTopic").await;
    assert_eq!((&told[0]["TopicName"], &told[0]["MuteAll"]), (&json!("talks"), &json!(1)));
    let tip = bob.event_with("GroupTips").await;
    assert_eq!(
        (&tip[0]["MsgBody"]["OpType"], &tip[0]["TopicId"], &tip[0]["MsgBody"]["Operator_Account"]),
        (&json!(8), &json!(made), &json!("ann"))
    );
    assert_eq!(tip[0]["MsgBody"]["MsgGroupNewInfo"]["GroupName"], "talks");

    let got = rest.must("million_group_open_http_svc/get_topic", json!({"GroupId": COMMUNITY, "From_Account": "bob"})).await;
    let item = &got["TopicAndSelfInfo"][0];
    assert_eq!(
        (&item["ErrorCode"], &item["TopicInfo"]["TopicName"], &item["TopicInfo"]["GroupID"]),
        (&json!(0), &json!("talks"), &json!(COMMUNITY))
    );
    assert_eq!(
        (&item["TopicInfo"]["MuteAllMember"], &item["TopicInfo"]["NextMsgSeq"]),
        (&json!("On"), &json!(2)),
        "the tip was stored: {item}"
    );
    assert_eq!(item["SelfInfo"], json!({"ShutUpTime": 0, "MsgSeq": 0, "MsgFlag": "AcceptAndNotify"}));
    let some = json!({"GroupId": COMMUNITY, "From_Account": "dan", "TopicIdList": [made, NEWS], "ResponseFilter": ["TopicName"]});
    let got = rest.must("million_group_open_http_svc/get_topic", some).await;
    assert_eq!(got["TopicAndSelfInfo"][0]["TopicInfo"], json!({"TopicId": made, "TopicName": "talks"}));
    assert!(got["TopicAndSelfInfo"][0].get("SelfInfo").is_none(), "dan is no member: {got}");
    assert_eq!(got["TopicAndSelfInfo"][1]["ErrorCode"], 10010);

    let list = json!({"GroupId": COMMUNITY, "TopicIdList": [made, made, NEWS]});
    let ended = rest.must("million_group_open_http_svc/destroy_topic", list).await;
    let codes: Vec<_> = ended["DestroyResultItem"].as_array().unwrap().iter().map(|item| item["ErrorCode"].clone()).collect();
    assert_eq!(codes, [0, 110003, 110002]);
    let notice = bob.event_with("GroupTips").await;
    assert_eq!((&notice[0]["MsgBody"]["ReportType"], &notice[0]["TopicId"]), (&json!(18), &json!(made)));
    assert_eq!(bob.event_with("TernTopic").await[0]["Gone"], 1);
    let refused = json!({"GroupId": COMMUNITY, "TopicId": made, "Random": 1, "MsgBody": text_body("x")});
    assert_eq!(rest.post("group_open_http_svc/send_group_msg", refused).await["ErrorCode"], 10010);
}

#[tokio::test]
async fn each_fault_of_a_topic_command_has_its_code() {
    let world = World::start().await;
    let rest = club(&world).await;
    let plain = world.group("ann", "Community", &[]).await;
    let public = world.group("ann", "Public", &[]).await;
    topic(&rest, "news").await;
    let long = |n: usize| "n".repeat(n);
    let id = |part: &str| format!("{COMMUNITY}@TOPIC#_{part}");
    for (body, code) in [
        (json!({"TopicName": "x"}), 10004),
        (json!({"GroupId": "@TGS#_none", "TopicName": "x"}), 10010),
        (json!({"GroupId": plain, "TopicName": "x"}), 11000),
        (json!({"GroupId": public, "TopicName": "x"}), 10007),
        (json!({"GroupId": NEWS, "TopicName": "x"}), 10015),
        (json!({"GroupId": COMMUNITY}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": 5}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": long(151)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "\u{5b89}".repeat(51)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "Introduction": long(401)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "Notification": long(401)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "FaceUrl": long(501)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "CustomString": long(3001)}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "From_Account": "nobody"}), 10019),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "From_Account": []}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": "news"}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": "@TGS#_other@TOPIC#_x"}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": id("@TOPIC#x")}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": id(&long(79))}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": NEWS, "From_Account": "bob"}), 10021),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": NEWS, "From_Account": "ann"}), 10025),
    ] {
        let answer = rest.post("million_group_open_http_svc/create_topic", body.clone()).await;
        assert_eq!(answer["ErrorCode"], code, "{body}: {answer}");
    }
    for (body, code) in [
        (json!({"GroupId": COMMUNITY, "TopicName": "x"}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicId": id("none"), "TopicName": "x"}), 10010),
        (json!({"GroupId": COMMUNITY, "TopicId": "none", "TopicName": "x"}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicId": NEWS, "MuteAllMember": "Maybe"}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicId": NEWS, "TopicName": long(151)}), 10004),
    ] {
        let answer = rest.post("million_group_open_http_svc/modify_topic", body.clone()).await;
        assert_eq!(answer["ErrorCode"], code, "{body}: {answer}");
    }
    for (command, body, code) in [
        ("get_topic", json!({"GroupId": COMMUNITY}), 10004),
        ("get_topic", json!({"GroupId": COMMUNITY, "From_Account": "nobody"}), 10019),
        ("destroy_topic", json!({"GroupId": COMMUNITY, "TopicIdList": []}), 10004),
        ("destroy_topic", json!({"GroupId": COMMUNITY, "TopicIdList": "x"}), 10004),
    ] {
        let answer = rest.post(&format!("million_group_open_http_svc/{command}"), body.clone()).await;
        assert_eq!(answer["ErrorCode"], code, "{command} {body}: {answer}");
    }
    // Messages name a community's topic, and one that is its own.
    for (body, code) in [
        (json!({"GroupId": COMMUNITY}), 10007),
        (json!({"GroupId": COMMUNITY, "TopicId": id("none")}), 10010),
        (json!({"GroupId": plain, "TopicId": NEWS}), 10015),
        (json!({"GroupId": COMMUNITY, "TopicId": "none"}), 10015),
    ] {
        let mut body = body;
        (body["Random"], body["MsgBody"]) = (json!(1), text_body("x"));
        let answer = rest.post("group_open_http_svc/send_group_msg", body.clone()).await;
        assert_eq!(answer["ErrorCode"], code, "{body}: {answer}");
    }
    let mut bob = world.link("bob").await;
    let mine = json!({"GroupId": COMMUNITY, "TopicName": "mine"});
    assert_eq!(bob.call("million_group_open_http_svc.create_topic", mine).await["ErrorCode"], 10007);
    let change = json!({"GroupId": COMMUNITY, "TopicId": NEWS, "TopicName": "mine"});
    assert_eq!(bob.call("million_group_open_http_svc.modify_topic", change).await["ErrorCode"], 10007);
    let end = json!({"GroupId": COMMUNITY, "TopicIdList": [NEWS]});
    assert_eq!(bob.call("million_group_open_http_svc.destroy_topic", end.clone()).await["ErrorCode"], 10007);
    let mut ann = world.link("ann").await;
    let ended = ann.must("million_group_open_http_svc.destroy_topic", end).await;
    assert_eq!(ended["DestroyResultItem"][0]["ErrorCode"], 0, "the owner may: {ended}");
}

#[tokio::test]
async fn a_community_has_two_hundred_topics_at_most() {
    let world = World::start().await;
    let rest = club(&world).await;
    for n in 0..200 {
        topic(&rest, &format!("t{n}")).await;
    }
    let one_more = json!({"GroupId": COMMUNITY, "TopicName": "x"});
    assert_eq!(rest.post("million_group_open_http_svc/create_topic", one_more.clone()).await["ErrorCode"], 10037);
    rest.must(
        "million_group_open_http_svc/destroy_topic",
        json!({"GroupId": COMMUNITY, "TopicIdList": [format!("{COMMUNITY}@TOPIC#_t7")]}),
    )
    .await;
    rest.must("million_group_open_http_svc/create_topic", one_more).await;
    let mut bob = world.link("bob").await;
    let pulled = pull(&mut bob, 0).await;
    assert_eq!(pulled["Topics"].as_array().unwrap().len(), 200);
}

#[tokio::test]
async fn a_topics_messages_reach_the_community_and_are_the_topics_own() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    assert_eq!(say(&rest, &news, "ann", "one", 1).await["MsgSeq"], 1);
    assert_eq!(say(&rest, &talk, "ann", "other", 2).await["MsgSeq"], 1, "each topic has its own sequence");
    let got = bob.event_with("GroupMsgArray").await;
    assert_eq!((&got[0]["ToGroupId"], &got[0]["TopicId"], &got[0]["MsgSeq"]), (&json!(COMMUNITY), &json!(news), &json!(1)));
    assert_eq!((&got[0]["GroupInfo"]["GroupName"], &got[0]["GroupInfo"]["GroupType"]), (&json!("news"), &json!("Community")));
    // A session names the topic beside the community, or alone.
    let body = json!({"GroupId": news, "Random": 3, "MsgBody": text_body("two")});
    assert_eq!(bob.must("group_open_http_svc.send_group_msg", body).await["MsgSeq"], 2);
    for query in [json!({"GroupId": COMMUNITY, "TopicId": news}), json!({"GroupId": news})] {
        let mut query = query;
        query["ReqMsgNumber"] = json!(10);
        let got = rest.must("group_open_http_svc/group_msg_get_simple", query.clone()).await;
        let texts: Vec<_> = got["RspMsgList"].as_array().unwrap().iter().map(|row| row["MsgBody"].clone()).collect();
        assert_eq!(texts, [text_body("two"), text_body("one")], "{query}");
        assert_eq!((&got["GroupId"], &got["RspMsgList"][0]["TopicId"]), (&json!(COMMUNITY), &json!(news)));
    }
    let page = ann.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": news}})).await;
    assert_eq!(page["MsgList"].as_array().unwrap().len(), 2);
    let refused = json!({"GroupId": COMMUNITY, "ReqMsgNumber": 10});
    assert_eq!(rest.post("group_open_http_svc/group_msg_get_simple", refused).await["ErrorCode"], 10007);

    let pulled = pull(&mut bob, 0).await;
    assert!(conversation(&pulled, COMMUNITY).is_none(), "the community itself is no conversation");
    assert_eq!(
        (&conversation(&pulled, &news).unwrap()["Unread"], &conversation(&pulled, &talk).unwrap()["Unread"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(conversation(&pulled, &news).unwrap()["LastMsg"]["TopicId"], news);
    assert_eq!(kept(&pulled, &news).unwrap()["SelfInfo"], json!({"MsgFlag": "AcceptAndNotify", "Inherits": 1, "ShutUpUntil": 0}));
    assert_eq!(pulled["Groups"].as_array().unwrap().iter().filter(|row| row["GroupId"] == COMMUNITY).count(), 1);

    // Reading one topic leaves the other, and the other device hears of it.
    let mut bob_too = Link::phone(&world.access, "bob", "Android").await;
    bob.must("group_open_http_svc.msg_read_report", json!({"GroupId": COMMUNITY, "TopicId": news, "MsgReadedSeq": 2})).await;
    let read = bob_too.event_with("GroupTips").await;
    assert_eq!(read[0]["MsgBody"]["GroupReadInfoArray"][0], json!({"GroupId": news, "LastReadMsgSeq": 2, "TernUnread": 0}));
    let since = pull(&mut bob, pulled["Rev"].as_u64().unwrap()).await;
    assert_eq!(conversation(&since, &news).unwrap()["Unread"], 0);
    assert!(conversation(&since, &talk).is_none());

    // Recall and modification over both ways of naming.
    let recall = json!({"GroupId": COMMUNITY, "TopicId": news, "MsgSeqList": [{"MsgSeq": 1}]});
    assert_eq!(rest.must("group_open_http_svc/group_msg_recall", recall).await["RecallRetList"][0]["RetCode"], 0);
    let told = bob_too.event_with("GroupTips").await;
    assert_eq!(told[0]["MsgBody"]["GroupWithdrawInfoArray"][0]["GroupId"], news);
    let change = json!({"GroupId": COMMUNITY, "TopicId": news, "MsgSeq": 2, "MsgBody": text_body("changed")});
    rest.must("openim/modify_group_msg", change).await;
    let told = bob_too.event_with("GroupMsgModNotifys").await;
    assert_eq!((&told[0]["TopicId"], &told[0]["MsgBody"]), (&json!(news), &text_body("changed")));
    rest.must(
        "group_open_http_svc/delete_group_msg_by_sender",
        json!({"GroupId": COMMUNITY, "TopicId": talk, "Sender_Account": "ann"}),
    )
    .await;
    let got = rest.must("group_open_http_svc/group_msg_get_simple", json!({"GroupId": talk, "ReqMsgNumber": 5})).await;
    assert_eq!(got["RspMsgList"][0]["IsPlaceMsg"], 2);
    rest.must("group_open_http_svc/clear_group_msg", json!({"GroupId": COMMUNITY, "TopicId": news})).await;
    let got = rest.must("group_open_http_svc/group_msg_get_simple", json!({"GroupId": news, "ReqMsgNumber": 5})).await;
    assert_eq!(got["RspMsgList"], json!([]));
    rest.must(
        "group_open_http_svc/send_group_system_notification",
        json!({"GroupId": COMMUNITY, "TopicId": news, "Content": "hear"}),
    )
    .await;
    let told = bob_too.event_with("GroupTips").await;
    assert_eq!((&told[0]["MsgBody"]["UserDefinedField"], &told[0]["TopicId"]), (&json!("hear"), &json!(news)));
}
