//! Topics of communities: made, changed and ended, messages of their own, unread counts, options, what devices keep.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::wait::eventually;
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

#[tokio::test]
async fn who_comes_later_has_unread_from_there_and_reads_what_was_before() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, quiet) = (topic(&rest, "news").await, topic(&rest, "quiet").await);
    for n in 1..=3 {
        say(&rest, &news, "ann", "before", n).await;
    }
    say(&rest, &quiet, "ann", "before", 9).await;
    world.advance_seconds(10).await;
    rest.must("group_open_http_svc/add_group_member", json!({"GroupId": COMMUNITY, "MemberList": [{"Member_Account": "dan"}]}))
        .await;
    say(&rest, &news, "ann", "after", 4).await;
    let later = topic(&rest, "later").await;
    say(&rest, &later, "ann", "first", 5).await;
    let mut dan = world.link("dan").await;
    let pulled = pull(&mut dan, 0).await;
    let unread = |id: &str| conversation(&pulled, id).unwrap()["Unread"].as_u64().unwrap();
    assert_eq!((unread(&news), unread(&quiet), unread(&later)), (1, 0, 1));
    assert_eq!(conversation(&pulled, &news).unwrap()["FirstPlace"], 1, "a community's history is open to who comes later");
    let page = dan.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": news}, "Limit": 50})).await;
    assert_eq!(page["MsgList"].as_array().unwrap().len(), 4);
    // His own words are not unread to him, and reading up to a place counts from there.
    say(&rest, &news, "dan", "own", 6).await;
    say(&rest, &news, "ann", "more", 7).await;
    let pulled = pull(&mut dan, 0).await;
    assert_eq!(conversation(&pulled, &news).unwrap()["Unread"], 2);
    dan.must("group_open_http_svc.msg_read_report", json!({"GroupId": news, "MsgReadedSeq": 5})).await;
    let pulled = pull(&mut dan, 0).await;
    assert_eq!(conversation(&pulled, &news).unwrap()["Unread"], 1);
    // Members from the beginning have everything to read, without a row of their own.
    let mut cat = world.link("cat").await;
    let pulled = pull(&mut cat, 0).await;
    assert_eq!(conversation(&pulled, &news).unwrap()["Unread"], 6);
    dan.must("openim.read_all_unread_msg", json!({"GroupReadInfo": [], "TernGroupReadAll": 1})).await;
    let pulled = pull(&mut dan, 0).await;
    assert!([&news, &quiet, &later].iter().all(|id| conversation(&pulled, id).unwrap()["Unread"] == 0), "{pulled}");
}

#[tokio::test]
async fn leaving_a_community_ends_its_topics_and_so_does_its_end() {
    let world = World::start().await;
    let rest = club(&world).await;
    let news = topic(&rest, "news").await;
    say(&rest, &news, "ann", "one", 1).await;
    let mut bob = world.link("bob").await;
    let mut cat = world.link("cat").await;
    let rev = pull(&mut bob, 0).await["Rev"].as_u64().unwrap();
    bob.must("tern_group.leave", json!({"GroupId": COMMUNITY})).await;
    say(&rest, &news, "ann", "unheard", 2).await;
    for refused in [
        json!({"GroupId": news, "Random": 3, "MsgBody": text_body("x")}),
        json!({"GroupId": COMMUNITY, "TopicId": news, "Random": 3, "MsgBody": text_body("x")}),
    ] {
        assert_eq!(bob.call("group_open_http_svc.send_group_msg", refused).await["ErrorCode"], 10007);
    }
    assert_eq!(bob.call("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": news}})).await["ErrorCode"], 10007);
    let since = pull(&mut bob, rev).await;
    assert_eq!(since["Groups"][0]["Gone"], 1);
    assert!(pull(&mut bob, 0).await.get("Topics").is_none());
    // Back again: unread counts from there.
    rest.must("group_open_http_svc/add_group_member", json!({"GroupId": COMMUNITY, "MemberList": [{"Member_Account": "bob"}]}))
        .await;
    let pulled = pull(&mut bob, 0).await;
    assert_eq!((&conversation(&pulled, &news).unwrap()["Unread"], pulled["Topics"].as_array().unwrap().len()), (&json!(0), 1));

    let rev = pull(&mut cat, 0).await["Rev"].as_u64().unwrap();
    rest.must("group_open_http_svc/destroy_group", json!({"GroupId": COMMUNITY})).await;
    let since = pull(&mut cat, rev).await;
    assert_eq!((&since["Groups"][0]["GroupId"], &since["Groups"][0]["Gone"]), (&json!(COMMUNITY), &json!(1)));
    assert_eq!(pull(&mut cat, 0).await["Conversations"], json!([]));
    let gone = json!({"GroupId": COMMUNITY, "TopicId": news, "Random": 4, "MsgBody": text_body("x")});
    assert_eq!(rest.post("group_open_http_svc/send_group_msg", gone).await["ErrorCode"], 10010);
    assert_eq!(
        rest.post("million_group_open_http_svc/get_topic", json!({"GroupId": COMMUNITY, "From_Account": "ann"})).await["ErrorCode"],
        10010
    );
    // The ID is free again.
    club(&world).await;
    topic(&rest, "news").await;
    assert_eq!(say(&rest, &news, "ann", "anew", 5).await["MsgSeq"], 1);
}

#[tokio::test]
async fn a_topic_that_ended_is_told_to_devices_that_were_away() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = world.link("bob").await;
    let rev = pull(&mut bob, 0).await["Rev"].as_u64().unwrap();
    rest.must("million_group_open_http_svc/destroy_topic", json!({"GroupId": COMMUNITY, "TopicIdList": [talk]})).await;
    rest.must("million_group_open_http_svc/modify_topic", json!({"GroupId": COMMUNITY, "TopicId": news, "CustomString": "{}"}))
        .await;
    let since = pull(&mut bob, rev).await;
    assert_eq!((&kept(&since, &talk).unwrap()["Gone"], &conversation(&since, &talk).unwrap()["Gone"]), (&json!(1), &json!(1)));
    assert_eq!(kept(&since, &news).unwrap()["CustomString"], "{}");
    assert!(conversation(&since, &news).unwrap().get("LastMsg").is_none(), "a change of the CustomString leaves no tip");
    assert!(kept(&pull(&mut bob, 0).await, &talk).is_none());
}

#[tokio::test]
async fn a_topic_has_a_receive_option_of_its_own_or_its_communitys() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = world.link("bob").await;
    let id = |id: &str| json!({"Type": 2, "GroupId": id});
    let option = async |bob: &mut Link, of: &str, word: &str| {
        bob.must("tern_conversation.set", json!({"Id": id(of), "MsgFlag": word})).await
    };
    let flags = |pulled: &Value| {
        [&news, &talk].map(|topic| {
            let own = &kept(pulled, topic).unwrap()["SelfInfo"];
            let word = own["MsgFlag"].as_str().unwrap().to_owned();
            assert_eq!(conversation(pulled, topic).unwrap()["MsgFlag"], word);
            (word, own["Inherits"] == 1)
        })
    };
    let is = |word: &str, inherits: bool| (word.to_owned(), inherits);
    option(&mut bob, &news, "Discard").await;
    assert_eq!(flags(&pull(&mut bob, 0).await), [is("Discard", false), is("AcceptAndNotify", true)]);
    // What is discarded is not delivered; the other topic is.
    say(&rest, &news, "ann", "unheard", 1).await;
    say(&rest, &talk, "ann", "heard", 2).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["TopicId"], talk);
    // The community's option holds where none is set, and a topic's is stronger.
    option(&mut bob, COMMUNITY, "Discard").await;
    option(&mut bob, &news, "AcceptNotNotify").await;
    assert_eq!(flags(&pull(&mut bob, 0).await), [is("AcceptNotNotify", false), is("Discard", true)]);
    say(&rest, &talk, "ann", "unheard", 3).await;
    say(&rest, &news, "ann", "heard", 4).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("heard"));
    drop(bob);
    let mut bob = Link::phone(&world.access, "bob", "Android").await;
    say(&rest, &talk, "ann", "unheard", 5).await;
    say(&rest, &news, "ann", "heard again", 6).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("heard again"), "a new login knows the options");
    option(&mut bob, &news, "Inherit").await;
    assert_eq!(flags(&pull(&mut bob, 0).await), [is("Discard", true), is("Discard", true)]);
    option(&mut bob, COMMUNITY, "AcceptAndNotify").await;
    say(&rest, &news, "ann", "all again", 7).await;
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("all again"));
    let wrong = json!({"Id": id(&news), "MsgFlag": "Loud"});
    assert_eq!(bob.call("tern_conversation.set", wrong).await["ErrorCode"], 50002);
    assert_eq!(
        bob.call("tern_conversation.set", json!({"Id": id("@TGS#_club@TOPIC#_none"), "MsgFlag": "Discard"})).await["ErrorCode"],
        51007
    );
}

#[tokio::test]
async fn nobody_but_owner_and_admins_speaks_where_everybody_is_muted() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    let code = async |link: &mut Link, topic: &str, random: u64| {
        let body = json!({"GroupId": COMMUNITY, "TopicId": topic, "Random": random, "MsgBody": text_body("x")});
        link.call("group_open_http_svc.send_group_msg", body).await["ErrorCode"].as_i64().unwrap()
    };
    let mute = async |topic: &str, word: &str| {
        rest.must(
            "million_group_open_http_svc/modify_topic",
            json!({"GroupId": COMMUNITY, "TopicId": topic, "MuteAllMember": word}),
        )
        .await
    };
    mute(&news, "On").await;
    assert_eq!((code(&mut bob, &news, 1).await, code(&mut bob, &talk, 2).await, code(&mut ann, &news, 3).await), (10017, 0, 0));
    mute(&news, "Off").await;
    assert_eq!(code(&mut bob, &news, 4).await, 0);
    rest.must("group_open_http_svc/modify_group_base_info", json!({"GroupId": COMMUNITY, "MuteAllMember": "On"})).await;
    assert_eq!((code(&mut bob, &news, 5).await, code(&mut bob, &talk, 6).await, code(&mut ann, &talk, 7).await), (10017, 10017, 0));
}

#[tokio::test]
async fn what_is_attached_marked_and_searched_knows_topics() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = world.link("bob").await;
    let body = json!({"GroupId": COMMUNITY, "TopicId": news, "From_Account": "ann", "Random": 1, "SupportMessageExtension": 1,
        "MsgBody": text_body("hippopotamus"), "GroupAtInfo": [{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}]});
    rest.must("group_open_http_svc/send_group_msg", body).await;
    let told = bob.event_with("GroupMsgArray").await;
    assert_eq!(told[0]["TopicId"], news);
    let id = json!({"Type": 2, "GroupId": news});
    bob.must("group_open_http_svc.pin_message", json!({"GroupId": news, "MsgSeq": 1})).await;
    let pins = bob.must("tern_message.pins", json!({"GroupId": news})).await;
    assert_eq!((&pins["Pins"][0]["Message"]["TopicId"], &pins["Pins"][0]["Pinner_Account"]), (&json!(news), &json!("bob")));
    assert_eq!(bob.must("tern_message.pins", json!({"GroupId": talk})).await["Pins"], json!([]));
    bob.must("tern_message.react", json!({"Id": id, "Place": 1, "Reaction": "up", "Operation": 1})).await;
    let reactions = bob.must("tern_message.reactions", json!({"Id": id, "Places": [1]})).await;
    assert_eq!(reactions["Messages"][0]["Reactions"][0]["Count"], 1);
    let pairs = json!({"GroupId": news, "MsgSeq": 1, "OperateType": 1, "ExtensionList": [{"Key": "k", "Value": "v", "Seq": 0}]});
    bob.must("openim_msg_ext_http_svc.group_set_key_values", pairs).await;
    bob.must(
        "recentcontact.top",
        json!({"From_Account": "bob", "OperationType": 1, "RecentContactItem": [{"Type": 2, "ToGroupId": news}]}),
    )
    .await;
    let pulled = pull(&mut bob, 0).await;
    let row = conversation(&pulled, &news).unwrap();
    assert_eq!((&row["AtType"], &row["TopFlag"]), (&json!(1), &json!(1)), "{row}");
    assert!(kept(&pulled, &news).unwrap()["PinRev"].as_u64().unwrap() > 0);
    let list = rest
        .must("recentcontact/get_list", json!({"From_Account": "bob", "TimeStamp": 0, "StartIndex": 0, "TopTimeStamp": 0, "TopStartIndex": 0, "AssistFlags": 7}))
        .await;
    let named: Vec<_> = list["SessionItem"].as_array().unwrap().iter().map(|item| item["GroupId"].clone()).collect();
    assert_eq!(named, [json!(news)], "neither the community nor a topic without messages: {list}");
    let searching = tokio::sync::Mutex::new(&mut bob);
    let found = eventually("the index to have the message", async || {
        let query = json!({"KeywordList": ["hippopotamus"], "Limit": 10});
        let found = searching.lock().await.must("tern_search.messages", query).await;
        (found["TotalCount"] == 1).then_some(found)
    })
    .await;
    assert_eq!(found["ItemList"][0]["Id"]["GroupId"], news);
    // Deleting the conversation of one topic leaves the others; the next message brings it back.
    rest.must("recentcontact/delete", json!({"From_Account": "bob", "Type": 2, "ToGroupid": news})).await;
    assert_eq!(conversation(&pull(&mut bob, 0).await, &news).unwrap()["Gone"], 1);
    say(&rest, &news, "ann", "back", 2).await;
    let pulled = pull(&mut bob, 0).await;
    let row = conversation(&pulled, &news).unwrap();
    assert_eq!((row.get("Gone"), &row["Unread"]), (None, &json!(1)), "{row}");
}

#[tokio::test]
async fn topics_are_imported_and_clients_list_their_communities() {
    let world = World::start().await;
    let rest = club(&world).await;
    let mut bob = world.link("bob").await;
    let import =
        json!({"GroupId": COMMUNITY, "TopicName": "old", "TopicId": NEWS, "Type": "Community", "CreateTime": 1_500_000_000});
    assert_eq!(rest.must("group_open_http_svc/import_topic", import).await["TopicId"], NEWS);
    assert_eq!(bob.event_with("TernTopic").await[0]["CreateTime"], 1_500_000_000);
    let got = rest.must("million_group_open_http_svc/get_topic", json!({"GroupId": COMMUNITY, "From_Account": "bob"})).await;
    assert_eq!(got["TopicAndSelfInfo"][0]["TopicInfo"]["CreateTime"], 1_500_000_000);
    for (body, code) in [
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "Type": "Public"}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "CreateTime": 4_000_000_000_u64}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "CreateTime": -5}), 10004),
        (json!({"GroupId": COMMUNITY, "TopicName": "x", "TopicId": NEWS}), 10025),
    ] {
        assert_eq!(rest.post("group_open_http_svc/import_topic", body.clone()).await["ErrorCode"], code, "{body}");
    }
    let listed = bob.must("million_group_open_http_svc.get_joined_group_list", json!({"Member_Account": "bob"})).await;
    assert_eq!((&listed["TotalCount"], &listed["GroupIdList"][0]["GroupId"]), (&json!(1), &json!(COMMUNITY)));
    // A topic is no group: commands about groups do not take its ID, and it counts as none.
    for (command, body) in [
        ("destroy_group", json!({"GroupId": NEWS})),
        ("get_group_member_info", json!({"GroupId": NEWS})),
        ("modify_group_base_info", json!({"GroupId": NEWS, "Name": "x"})),
    ] {
        let answer = rest.post(&format!("group_open_http_svc/{command}"), body).await;
        assert_eq!(answer["ErrorCode"], 10015, "{command}: {answer}");
    }
    let found = bob.must("tern_search.groups", json!({"KeywordList": [NEWS], "Limit": 10})).await;
    assert_eq!(found["GroupList"], json!([]));
}

#[tokio::test]
async fn a_member_is_muted_in_one_topic_and_the_backend_sets_its_unread_count() {
    let world = World::start().await;
    let rest = club(&world).await;
    let (news, talk) = (topic(&rest, "news").await, topic(&rest, "talk").await);
    let mut bob = Link::phone(&world.access, "bob", "Android").await;
    let mute = json!({"GroupId": COMMUNITY, "TopicId": news, "Members_Account": ["bob"], "MuteTime": 60});
    rest.must("group_open_http_svc/forbid_send_msg", mute).await;
    let told = bob.event_with("TernTopic").await;
    let until = told[0]["SelfInfo"]["ShutUpUntil"].as_i64().unwrap();
    let code = async |link: &mut Link, topic: &str, random: u64| {
        let body = json!({"GroupId": topic, "Random": random, "MsgBody": text_body("x")});
        link.call("group_open_http_svc.send_group_msg", body).await["ErrorCode"].as_i64().unwrap()
    };
    assert_eq!((code(&mut bob, &news, 1).await, code(&mut bob, &talk, 2).await), (10017, 0));
    let muted = rest.must("group_open_http_svc/get_group_muted_account", json!({"GroupId": COMMUNITY, "TopicId": news})).await;
    assert_eq!(muted["MutedAccountList"], json!([{"Member_Account": "bob", "MutedUntil": until}]));
    let muted = rest.must("group_open_http_svc/get_group_muted_account", json!({"GroupId": COMMUNITY})).await;
    assert_eq!(muted["MutedAccountList"], json!([]), "the community's list is another");
    let got = rest
        .must("million_group_open_http_svc/get_topic", json!({"GroupId": COMMUNITY, "From_Account": "bob", "TopicIdList": [news]}))
        .await;
    assert_eq!(got["TopicAndSelfInfo"][0]["SelfInfo"]["ShutUpTime"], until);
    world.advance_seconds(61).await;
    assert_eq!(code(&mut bob, &news, 3).await, 0);

    for n in 10..15 {
        say(&rest, &news, "ann", "x", n).await;
    }
    let set = json!({"GroupId": COMMUNITY, "TopicId": news, "Member_Account": "bob", "UnreadMsgNum": 2});
    rest.must("group_open_http_svc/set_unread_msg_num", set).await;
    assert_eq!(conversation(&pull(&mut bob, 0).await, &news).unwrap()["Unread"], 2);
    let wrong = json!({"GroupId": COMMUNITY, "TopicId": "@TGS#_club@TOPIC#_none", "Members_Account": ["bob"], "MuteTime": 60});
    assert_eq!(rest.post("group_open_http_svc/forbid_send_msg", wrong).await["ErrorCode"], 10010);
}
