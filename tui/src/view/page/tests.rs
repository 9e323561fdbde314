//! Pages of messages as they are drawn.

use super::super::tests::{key, open, screen};
use crate::state::conversation::ChatId;
use crate::state::fixture::{lively, text};
use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::{Value, json};
use tern_protocol::event::raw;

fn element(kind: &str, content: Value) -> Value {
    json!([{"MsgType": kind, "MsgContent": content}])
}

#[test]
fn every_kind_of_message_is_shown_inside_a_merged_one() {
    let bodies = [
        element("TIMTextElem", json!({"Text": "see https://example.org\nand a second line"})),
        element(
            "TIMImageElem",
            json!({"ImageInfoArray": [{"Type": 1, "Size": 2048, "Width": 640, "Height": 480, "URL": "http://h/cat.jpg"}]}),
        ),
        element("TIMSoundElem", json!({"Second": 7, "Size": 10_000})),
        element("TIMVideoFileElem", json!({"VideoSecond": 61, "VideoSize": 1_048_576})),
        element("TIMFileElem", json!({"FileName": "report.pdf", "FileSize": 5})),
        element("TIMFaceElem", json!({"Index": 1, "Data": "tt00"})),
        element("TIMLocationElem", json!({"Desc": "here", "Latitude": 1.5, "Longitude": 2.5})),
        element("TIMCustomElem", json!({"Data": "{\"businessID\":\"text_link\",\"text\":\"Docs\",\"link\":\"http://d\"}"})),
        element("TIMRelayElem", json!({"Title": "Deeper", "MsgNum": 1, "AbstractList": ["x"], "MsgList": [{}]})),
        element("TIMNewElem", json!({})),
    ];
    let list: Vec<Value> = bodies
        .iter()
        .enumerate()
        .map(|(n, body)| json!({"From_Account": if n % 4 == 0 { "li" } else { "bob" }, "From_AccountNick": "", "MsgTimeStamp": 1_795_520_000 + n * 60, "MsgBody": body}))
        .collect();
    let content = json!({"Title": "Group Chat History", "MsgNum": list.len(), "AbstractList": ["李小龙:see", "Bob:[Image]"], "MsgList": list});
    let mut wire = text("bob", "bob", 1, 60, "");
    wire.msg_body = Some(raw(&element("TIMRelayElem", content)).unwrap());
    for (size, name) in [((80, 24), "record_80x24"), ((200, 50), "record_200x50")] {
        let mut state = lively();
        state.size = size;
        open(&mut state, ChatId::user("bob"), vec![wire.clone()]);
        for code in [KeyCode::Up, KeyCode::Char('m'), KeyCode::Down] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        insta::assert_snapshot!(name, screen(&state).backend());
    }
}

#[test]
fn a_thread_with_what_is_written_in_it() {
    let mut state = lively();
    let mut root = text("bob", "bob", 1, 900, "Who comes to the station?");
    let mut reply = text("me", "bob", 2, 800, "I do");
    reply.cloud_custom_data = Some(
        json!({"messageReply": {"messageID": root.msg_id(), "messageTime": root.msg_time_stamp, "messageRootID": root.msg_id()}})
            .to_string(),
    );
    root.cloud_custom_data =
        Some(json!({"messageReplies": {"replies": [{"messageID": reply.msg_id(), "messageAbstract": "I do"}]}}).to_string());
    open(&mut state, ChatId::user("bob"), vec![root, reply]);
    for code in [KeyCode::Up, KeyCode::Char('A'), KeyCode::Char('o'), KeyCode::Char('k')] {
        key(&mut state, code, KeyModifiers::NONE);
    }
    insta::assert_snapshot!(screen(&state).backend());
}
