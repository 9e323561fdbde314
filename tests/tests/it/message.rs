//! One message's way, one to one and in groups.

use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::model::presence::Platform;
use tern_tests::fixture::{text_body, text_of};
use tern_tests::link::Link;
use tern_tests::user::{Device, User};
use tern_tests::world::World;

#[tokio::test]
async fn two_people_talk() {
    let world = World::start().await;
    let (mut ann, mut bob) = world.friends("ann", "bob").await;
    let sent = ann.send("bob", "hello").await;
    let got = bob.next_message().await;
    assert_eq!((text_of(&got).as_str(), got.from_account.as_str(), got.to_account.as_deref()), ("hello", "ann", Some("bob")));
    assert_eq!((got.msg_id(), got.pos), (sent.msg_id, sent.pos));
    bob.send("ann", "hi ann").await;
    assert_eq!(ann.next_text().await, "hi ann");
}

#[tokio::test]
async fn a_senders_other_device_gets_a_copy_and_the_sending_one_does_not() {
    let world = World::start().await;
    let (mut ann, mut bob) = world.friends("ann", "bob").await;
    let mut page = User::log_in_on(&world.access, "ann", Device::new(Platform::Web, "page")).await;
    ann.send("bob", "one").await;
    assert_eq!(page.next_text().await, "one");
    page.send("bob", "two").await;
    assert_eq!(ann.next_text().await, "two");
    assert_eq!((bob.next_text().await, bob.next_text().await), ("one".into(), "two".into()));
}

fn elements() -> Vec<Value> {
    vec![
        json!({"MsgType": "TIMTextElem", "MsgContent": {"Text": "grüße 你好 👩‍👩‍👧"}}),
        json!({"MsgType": "TIMLocationElem", "MsgContent": {"Desc": "here", "Latitude": 29.34, "Longitude": 116.77}}),
        json!({"MsgType": "TIMFaceElem", "MsgContent": {"Index": 6, "Data": "abc"}}),
        json!({"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{}", "Desc": "d", "Ext": "e", "Sound": "s"}}),
        json!({"MsgType": "TIMSoundElem", "MsgContent": {"Url": "https://x/1", "UUID": "u", "Size": 62351, "Second": 1, "Download_Flag": 2}}),
        json!({"MsgType": "TIMImageElem", "MsgContent": {"UUID": "u", "ImageFormat": 1, "ImageInfoArray": [
            {"Type": 1, "Size": 1_853_095, "Width": 2448, "Height": 3264, "URL": "https://x/1"},
            {"Type": 2, "Size": 2565, "Width": 0, "Height": 0, "URL": "https://x/2"},
            {"Type": 3, "Size": 2565, "Width": 0, "Height": 0, "URL": "https://x/3"}]}}),
        json!({"MsgType": "TIMFileElem", "MsgContent": {"Url": "https://x/f", "UUID": "u", "FileSize": 1773, "FileName": "f.txt", "Download_Flag": 2}}),
        json!({"MsgType": "TIMVideoFileElem", "MsgContent": {"VideoUrl": "https://x/v", "VideoUUID": "u", "VideoSize": 1194, "VideoSecond": 5,
            "VideoFormat": "mp4", "VideoDownloadFlag": 2, "ThumbUrl": "https://x/t", "ThumbUUID": "t", "ThumbSize": 13907, "ThumbWidth": 720,
            "ThumbHeight": 1280, "ThumbFormat": "JPG", "ThumbDownloadFlag": 2}}),
        json!({"MsgType": "TIMRelayElem", "MsgContent": {"Title": "t", "MsgNum": 2, "CompatibleText": "c", "AbstractList": ["a", "b"],
            "MsgList": [{"From_Account": "u", "MsgTimeStamp": 1, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]}]}}),
    ]
}

#[tokio::test]
async fn every_element_arrives_as_it_was_sent_with_the_fields_that_nobody_knows() {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    for (at, element) in elements().into_iter().enumerate() {
        let mut element = element;
        element["MsgContent"]["FieldOfTomorrow"] = json!({"deep": [1, null]});
        let message = json!({"To_Account": "bob", "MsgRandom": 100 + at, "MsgBody": [element], "CloudCustomData": "cloud"});
        ann.must("openim.sendmsg", message).await;
        let got = &bob.event_with("C2cMsgArray").await[0];
        assert_eq!((&got["MsgBody"][0], &got["CloudCustomData"]), (&element, &json!("cloud")));
    }
    let history = ann.must("openim.getroammsg", json!({"Peer_Account": "bob", "MaxCnt": 20, "LastMsgTime": 0, "MsgKey": ""})).await;
    assert_eq!(history["MsgList"].as_array().unwrap().len(), elements().len());
}

#[rstest]
#[case::no_such_person(json!({"To_Account": "nobody"}), 20003)]
#[case::too_long(json!({"MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x".repeat(12_300)}}]}), 80002)]
#[case::two_custom(json!({"MsgBody": [{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "1"}}, {"MsgType": "TIMCustomElem", "MsgContent": {"Data": "2"}}]}), 90010)]
#[case::empty_body(json!({"MsgBody": []}), 90002)]
#[case::body_is_no_list(json!({"MsgBody": {}}), 90007)]
#[tokio::test]
async fn a_message_that_may_not_be_is_refused_with_its_code(#[case] change: Value, #[case] code: i32) {
    let world = World::start().await;
    let _bob = world.link("bob").await;
    let mut ann = world.link("ann").await;
    let mut message =
        json!({"To_Account": "bob", "MsgRandom": 7, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    message.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let answer = ann.call("openim.sendmsg", message).await;
    assert_eq!(answer["ErrorCode"], code, "{answer}");
    ann.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn a_binary_frame_is_answered_by_a_binary_one() {
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    ann.send_binary(br#"{"head":{"servcmd":"heartbeat.alive","seq":77},"body":{}}"#.to_vec()).await;
    assert!(ann.next().await.unwrap().is_binary());
    ann.send(r#"{"head":{"servcmd":"heartbeat.alive","seq":78},"body":{}}"#).await;
    assert!(ann.next().await.unwrap().is_text());
}

#[rstest]
#[case::no_json("{")]
#[case::no_object("[1,2]")]
#[case::no_head(r#"{"body":{}}"#)]
#[case::unknown_command(r#"{"head":{"servcmd":"no.such","seq":5},"body":{}}"#)]
#[case::body_is_text(r#"{"head":{"servcmd":"openim.sendmsg","seq":5},"body":"x"}"#)]
#[tokio::test]
async fn a_malformed_frame_does_no_harm(#[case] frame: &str) {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let mut eve = world.link("eve").await;
    eve.send(frame).await;
    if let Some(message) = eve.next().await {
        let answer: Value = serde_json::from_slice(&message.into_data()).unwrap();
        assert_eq!(answer["body"]["ActionStatus"], "FAIL", "{answer}");
    }
    bob.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn a_group_hears_each_message_once_in_the_order_of_its_numbers() {
    let world = World::start().await;
    let (mut ann, mut bob) = world.friends("ann", "bob").await;
    let mut cat = world.user("cat").await;
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    for at in 1..=5 {
        let sent = if at % 2 == 0 {
            ann.send_to_group(&group, &at.to_string()).await
        } else {
            bob.send_to_group(&group, &at.to_string()).await
        };
        assert!(sent.msg_seq > 0);
    }
    let mut seqs = Vec::new();
    for at in 1..=5 {
        let got = cat.next_message().await;
        assert_eq!((text_of(&got), got.to_group_id.as_deref()), (at.to_string(), Some(group.as_str())));
        seqs.push(got.msg_seq);
    }
    assert!(seqs.windows(2).all(|pair| pair[1] == pair[0] + 1), "{seqs:?}");
    assert_eq!((ann.next_text().await, bob.next_text().await), ("1".to_owned(), "2".to_owned()));
}

#[tokio::test]
async fn who_is_no_member_neither_speaks_nor_hears() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    let group = world.group("ann", "Public", &[]).await;
    let mut eve = world.link("eve").await;
    let message = json!({"GroupId": group, "Random": 5, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    assert_eq!(eve.call("group_open_http_svc.send_group_msg", message.clone()).await["ErrorCode"], 10007);
    let mut nowhere = message;
    nowhere["GroupId"] = "@TGS#none".into();
    assert_eq!(eve.call("group_open_http_svc.send_group_msg", nowhere).await["ErrorCode"], 10010);
    ann.send_to_group(&group, "secret").await;
    let answer = eve.call("group_open_http_svc.group_msg_get", json!({"GroupId": group, "ReqMsgNumber": 10})).await;
    assert_eq!(answer["ActionStatus"], "FAIL", "{answer}");
}

#[tokio::test]
async fn people_make_join_invite_and_leave_groups_by_themselves() {
    let world = World::start().await;
    let mut bob = world.link("bob").await;
    let _cat = world.link("cat").await;
    let mut ann = world.link("ann").await;
    let created = ann
        .must("group_open_http_svc.create_group", json!({"Type": "Public", "Name": "Book club", "ApplyJoinOption": "FreeAccess"}))
        .await;
    let group = created["GroupId"].clone();
    let joined = bob.must("group_open_http_svc.apply_join_group", json!({"GroupId": group, "ApplyMsg": "hi"})).await;
    assert_eq!(joined["JoinedStatus"], "JoinedSuccess", "{joined}");
    let mut dan = Link::log_in(&world.access, "dan", json!({"State": "Online"})).await;
    let list = dan.call("group_open_http_svc.get_group_member_info", json!({"GroupId": group})).await;
    let own = ann.must("group_open_http_svc.get_group_member_info", json!({"GroupId": group})).await;
    assert_eq!(own["MemberNum"], 2, "{own}");
    assert!(list["ErrorCode"] != 0 || list["MemberNum"] == 2, "{list}");
    bob.must("tern_group.leave", json!({"GroupId": group})).await;
    let after = ann.must("group_open_http_svc.get_group_member_info", json!({"GroupId": group})).await;
    assert_eq!(after["MemberNum"], 1);
    let text = json!({"GroupId": group, "Random": 5, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
    assert_eq!(bob.call("group_open_http_svc.send_group_msg", text).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn many_signals_that_are_not_to_be_shown_leave_a_conversations_last_message() {
    let world = World::start().await;
    world.user("ann").await;
    let mut bob = world.link("bob").await;
    let rest = world.rest();
    let say = async |random: u32, control: &[&str]| {
        let body = text_body(&format!("line {random}"));
        let message = json!({
            "From_Account": "ann", "To_Account": "bob", "MsgRandom": random, "SendMsgControl": control, "MsgBody": body,
        });
        rest.must("openim/sendmsg", message).await;
    };
    say(1, &[]).await;
    for random in 2..60 {
        say(random, &["NoUnread", "NoLastMsg"]).await;
    }
    let list = bob.must("tern_sync.pull", json!({"Rev": 0, "Limit": 10})).await;
    let row = &list["Conversations"][0];
    assert_eq!((&row["LastMsg"]["MsgRandom"], &row["Unread"], &row["LastPlace"]), (&json!(1), &json!(1), &json!(59)), "{row}");
}
