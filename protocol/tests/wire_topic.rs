//! Golden JSON of topics: their event, their place in a message, both forms of `From_Account`.

use serde_json::{Value, json};
use tern_protocol::api::message::Message;
use tern_protocol::api::topic::{CreateTopic, DestroyResult, GetTopic, SyncTopic, SyncTopicSelf, TopicsDestroyed};
use tern_protocol::event::Event;

const TOPIC: &str = "@TGS#_club@TOPIC#_news";

fn value(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn a_topic_as_devices_keep_it() {
    let topic = SyncTopic {
        topic_id: TOPIC.into(),
        group_id: "@TGS#_club".into(),
        topic_name: "news".into(),
        rev: 7,
        custom_string: Some("{}".into()),
        mute_all: Some(1),
        create_time: Some(1_700_000_000),
        own: Some(SyncTopicSelf { msg_flag: "Discard".into(), inherits: 0, shut_up_until: 5 }),
        ..SyncTopic::default()
    };
    assert_eq!(
        value(&Event::Topic(topic).encode().unwrap()),
        json!({"Event":9006,"TernTopic":[{"TopicId":TOPIC,"GroupId":"@TGS#_club","TopicName":"news","FaceUrl":"","Rev":7,"CustomString":"{}","MuteAll":1,
            "CreateTime":1_700_000_000,"SelfInfo":{"MsgFlag":"Discard","Inherits":0,"ShutUpUntil":5}}]})
    );
}

#[test]
fn a_topics_message_names_the_community_and_the_topic() {
    let message =
        Message { to_group_id: Some("@TGS#_club".into()), topic_id: Some(TOPIC.into()), msg_seq: 3, ..Message::default() };
    let text = serde_json::to_value(&message).unwrap();
    assert_eq!((&text["ToGroupId"], &text["TopicId"]), (&json!("@TGS#_club"), &json!(TOPIC)));
    assert_eq!((message.chat_id().map(String::as_str), message.place()), (Some(TOPIC), Some(3)));
    let plain = Message { topic_id: None, ..message };
    assert_eq!(plain.chat_id().map(String::as_str), Some("@TGS#_club"));
}

#[test]
fn the_contracts_commands() {
    for from in [json!("ann"), json!(5)] {
        let made: CreateTopic = serde_json::from_value(json!({"GroupId":"g","TopicName":"n","From_Account":from})).unwrap();
        assert_eq!(made.from_account, Some(from));
    }
    let asked: GetTopic = serde_json::from_value(json!({"GroupId":"g","TopicIdList":null,"ResponseFilter":["TopicName"]})).unwrap();
    assert_eq!((asked.topic_id_list, asked.response_filter), (None, Some(vec!["TopicName".into()])));
    let ended =
        TopicsDestroyed { items: vec![DestroyResult { topic_id: TOPIC.into(), error_code: 110_003, error_info: "x".into() }] };
    assert_eq!(
        serde_json::to_value(&ended).unwrap(),
        json!({"DestroyResultItem":[{"TopicId":TOPIC,"ErrorCode":110_003,"ErrorInfo":"x"}]})
    );
}
