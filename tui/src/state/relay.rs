//! Merged messages: made of chosen ones, and read back (`contract/rest-api.md` section 2, `contract/client-semantics.md` 3.2).

use super::message::{Body, Delivery, Message};
use crate::text::fit;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::limits;

/// Lines that a merged message shows of those inside.
const ABSTRACTS: usize = 3;
/// Columns of such a line.
const ABSTRACT_COLUMNS: usize = 100;
/// What is left of a frame's size for everything but the list.
const FRAME_ROOM: usize = 4 * 1024;

/// A message that can be sent anew: its `MsgBody`, and the list that must be stored first where it is too large.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Copy {
    pub(crate) body: String,
    pub(crate) relay_list: Option<String>,
}

/// Whether a message can be forwarded: stored, said by somebody, not taken back.
pub(crate) fn can_forward(message: &Message) -> bool {
    message.place.is_some()
        && message.source.is_some()
        && matches!(message.body, Body::Parts(_))
        && !matches!(message.delivery, Delivery::Failed { .. })
}

/// The message alone: what it answered stays behind.
pub(crate) fn single(message: &Message) -> Option<Copy> {
    let source = message.source.as_ref().filter(|_| can_forward(message))?;
    Some(Copy { body: source.body.to_string(), relay_list: None })
}

/// An inner message with what it needs to be read by itself.
fn inner(message: &Message, name: &str, to: &To<'_>) -> Option<Value> {
    let source = message.source.as_ref()?;
    let body: Value = serde_json::from_str(&source.body).ok()?;
    let mut item = json!({
        "From_Account": &*message.sender,
        "From_AccountNick": name,
        "MsgSeq": message.seq,
        "MsgRandom": message.random,
        "MsgTimeStamp": message.time_s,
        "MsgBody": body,
    });
    let fields = item.as_object_mut()?;
    match to {
        To::Group(group) => fields.insert("GroupId".into(), json!(group)),
        To::Pair { me, peer } => {
            let receiver = if message.mine { peer } else { me };
            fields.insert("To_Account".into(), json!(receiver))
        }
    };
    if let Some(custom) = &source.custom {
        fields.insert("CloudCustomData".into(), json!(custom));
    }
    Some(item)
}

/// Where the messages of a merged one were said.
#[derive(Clone, Copy, Debug)]
pub(crate) enum To<'a> {
    Pair { me: &'a str, peer: &'a str },
    Group(&'a str),
}

/// Why messages cannot be combined, as a sentence.
pub(crate) fn merged(messages: &[(Message, String)], title: &str, to: &To<'_>) -> Result<Copy, String> {
    if messages.len() > limits::RELAY_MESSAGES {
        return Err(format!("At most {} messages can be combined", limits::RELAY_MESSAGES));
    }
    let list: Vec<Value> = messages.iter().filter_map(|(message, name)| inner(message, name, to)).collect();
    if list.is_empty() {
        return Err("There is nothing to combine".into());
    }
    let line =
        |(message, name): &(Message, String)| fit(&format!("{name}:{}", message.abstract_line()), ABSTRACT_COLUMNS).into_owned();
    let lines: Vec<String> = messages.iter().take(ABSTRACTS).map(line).collect();
    let mut content = json!({
        "Title": fit(title, ABSTRACT_COLUMNS),
        "MsgNum": list.len(),
        "CompatibleText": "This version cannot show a chat history",
        "AbstractList": lines,
    });
    let list_text = Value::Array(list.clone()).to_string();
    if let Some(fields) = content.as_object_mut()
        && list_text.len() + fields_len(fields) <= limits::MESSAGE_BYTES
    {
        fields.insert("MsgList".into(), Value::Array(list));
        return Ok(Copy { body: element(&content), relay_list: None });
    }
    if list_text.len() > limits::FRAME_BYTES - FRAME_ROOM {
        return Err(format!("These messages hold {}: too much to combine", crate::text::bytes(list_text.len() as i64)));
    }
    Ok(Copy { body: element(&content), relay_list: Some(list_text) })
}

fn fields_len(fields: &serde_json::Map<String, Value>) -> usize {
    // The element around it, and the key of the list.
    Value::Object(fields.clone()).to_string().len() + 80
}

fn element(content: &Value) -> String {
    json!([{"MsgType": "TIMRelayElem", "MsgContent": content}]).to_string()
}

/// Where the messages inside a merged one are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    /// A JSON array.
    Here(String),
    /// At the server, under this key.
    Key(String),
}

/// A merged message that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) title: String,
    pub(crate) inside: Inside,
}

/// The merged message in a body, if there is one.
pub(crate) fn record(message: &Message) -> Option<Record> {
    let source = message.source.as_ref().filter(|source| source.body.contains("TIMRelayElem"))?;
    let elements: Vec<Value> = serde_json::from_str(&source.body).ok()?;
    let content = elements.iter().find(|element| element["MsgType"] == "TIMRelayElem")?.get("MsgContent")?;
    let inside = match (content.get("JsonMsgKey").and_then(Value::as_str).filter(|key| !key.is_empty()), content.get("MsgList")) {
        (_, Some(list @ Value::Array(items))) if !items.is_empty() => Inside::Here(list.to_string()),
        (Some(key), _) => Inside::Key(key.to_owned()),
        _ => return None,
    };
    let title = crate::text::clean_line(content.get("Title").and_then(Value::as_str).unwrap_or_default());
    Some(Record { title: if title.is_empty() { "Chat History".into() } else { title }, inside })
}

/// Reads the messages of a merged one; one that cannot be read keeps its line.
pub(crate) fn messages(list: &str, me: &str) -> Vec<Message> {
    let items: Vec<Box<RawValue>> = serde_json::from_str(list).unwrap_or_default();
    let read = |(number, item): (usize, Box<RawValue>)| {
        let wire = serde_json::from_str::<WireMessage>(item.get()).unwrap_or_default();
        // Inside there are no places, and numbers may repeat.
        Message { place: None, msg_id: format!("inside-{number}"), version: 0, at_type: 0, ..Message::from_wire(&wire, me) }
    };
    items.into_iter().take(limits::RELAY_MESSAGES).enumerate().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{group_text, text};
    use tern_protocol::model::message::check_body;

    fn said(words: &str) -> (Message, String) {
        (Message::from_wire(&text("bob", "bob", 7, 60, words), "me"), "Bob Brown".into())
    }

    const PAIR: To<'_> = To::Pair { me: "me", peer: "bob" };

    #[test]
    fn a_few_messages_travel_inside_and_read_back() {
        let mine = (Message::from_wire(&text("me", "bob", 8, 50, "ok"), "me"), "Me".to_owned());
        let copy = merged(&[said("shall we?"), mine], "Chat History of Me and Bob Brown", &PAIR).unwrap();
        assert_eq!(copy.relay_list, None);
        check_body(&RawValue::from_string(copy.body.clone()).unwrap(), None).unwrap();
        let content = &serde_json::from_str::<Value>(&copy.body).unwrap()[0]["MsgContent"];
        assert_eq!(content["AbstractList"], json!(["Bob Brown:shall we?", "Me:ok"]));
        assert_eq!((&content["MsgNum"], &content["MsgList"][0]["To_Account"]), (&json!(2), &json!("me")));
        assert_eq!(content["MsgList"][1]["To_Account"], "bob");
        let outer = Message { source: Some(super::super::reply::Source::new(&copy.body, None).into()), ..Message::default() };
        let Some(Record { inside: Inside::Here(list), title }) = record(&outer) else { panic!() };
        assert_eq!(title, "Chat History of Me and Bob Brown");
        let inside = messages(&list, "me");
        let lines: Vec<_> = inside.iter().map(|row| (row.sender_name.as_str(), row.abstract_line(), row.mine)).collect();
        assert_eq!(lines, [("Bob Brown", "shall we?".to_owned(), false), ("Me", "ok".to_owned(), true)]);
    }

    #[test]
    fn what_is_above_twelve_kilobytes_is_stored_first() {
        let many: Vec<_> = (0..300).map(|n| said(&format!("{n} {}", "a".repeat(200)))).collect();
        let copy = merged(&many, "Group Chat History", &To::Group("rust")).unwrap();
        let list: Vec<Value> = serde_json::from_str(copy.relay_list.as_deref().unwrap()).unwrap();
        assert_eq!((list.len(), &list[0]["GroupId"]), (300, &json!("rust")));
        assert!(copy.body.len() < limits::MESSAGE_BYTES && !copy.body.contains("MsgList"));
        let too_many: Vec<_> = (0..301).map(|_| said("a")).collect();
        assert!(merged(&too_many, "", &PAIR).unwrap_err().contains("300"));
        let too_much: Vec<_> = (0..300).map(|_| said(&"a".repeat(11_000))).collect();
        assert!(merged(&too_much, "", &PAIR).unwrap_err().contains("too much"));
    }

    #[test]
    fn only_what_was_said_and_stored_is_forwarded() {
        let stored = said("hi").0;
        assert!(single(&stored).is_some());
        assert!(single(&Message { place: None, ..stored.clone() }).is_none());
        assert!(single(&Message { body: Body::Recalled, ..stored.clone() }).is_none());
        let mut tip = group_text("bob", "rust", 1, 5, "");
        tip.msg_body = Some(tern_protocol::event::raw(&json!({"OpType": 1})).unwrap());
        assert!(single(&Message::from_wire(&tip, "me")).is_none());
    }

    #[test]
    fn a_strangers_list_is_read_with_care() {
        assert!(messages("{}", "me").is_empty());
        let odd = messages(
            r#"[5, {"MsgBody": "x"}, {"From_Account": "a\u001b", "MsgBody": [{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi"}}]}]"#,
            "me",
        );
        assert_eq!(odd.len(), 3);
        assert_eq!((&odd[0].body, odd[2].abstract_line().as_str()), (&Body::Unknown, "hi"));
        let none = Message {
            source: Some(
                super::super::reply::Source::new(r#"[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t"}}]"#, None).into(),
            ),
            ..Message::default()
        };
        assert_eq!(record(&none), None);
    }
}
