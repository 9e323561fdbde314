//! Quotes and replies as the product's kits write them into `CloudCustomData` (`contract/client-semantics.md` 16.1 and 16.2).

use super::message::Message;
use crate::text::{clean_line, fit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// Columns of an abstract that travels with a quote.
const ABSTRACT_COLUMNS: usize = 100;
/// Replies that a root message lists; more are not shown.
const REPLIES: usize = 300;

/// What a message answers: `messageReply`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReplyTo {
    /// ID of the message that is answered.
    pub(crate) message_id: String,
    /// Its sender's name or UserID, cleaned.
    pub(crate) sender: String,
    /// What it says in one line, cleaned; only where the message itself cannot be found.
    pub(crate) text: String,
    /// Number of its first element (`contract/client-semantics.md` section 20, native).
    pub(crate) kind: i64,
    /// Its server time, seconds.
    pub(crate) time_s: i64,
    /// Its `MsgSeq`: in groups its place.
    pub(crate) sequence: u64,
    /// A reply belongs to this message's thread; `None`: a quote.
    pub(crate) root: Option<String>,
}

/// An entry of a root message's `messageReplies`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ReplyEntry {
    pub(crate) message_id: String,
    pub(crate) text: String,
    pub(crate) sender: String,
}

/// What is written answers a message: kept with the draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answering {
    pub(crate) to: ReplyTo,
    /// Of a reply: where its root is.
    pub(crate) thread: Option<Thread>,
}

/// A root message to be changed: found by its ID near its place or time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thread {
    pub(crate) root_id: String,
    pub(crate) place: Option<u64>,
    /// Seconds.
    pub(crate) time_s: i64,
}

/// What of a message travels beside its sender and time: repeated when it is forwarded, kept when it is modified.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Source {
    /// `MsgBody` as it came.
    pub(crate) body: Box<str>,
    /// `CloudCustomData` as it came.
    pub(crate) custom: Option<Box<str>>,
    pub(crate) reply: Option<ReplyTo>,
    /// Replies to it, the earliest first.
    pub(crate) replies: Vec<ReplyEntry>,
}

impl Source {
    /// Of a message's body and custom data.
    pub(crate) fn new(body: &str, custom: Option<&str>) -> Self {
        let custom = custom.filter(|custom| !custom.is_empty());
        let fields = custom.filter(|custom| custom.contains("messageRepl")).and_then(object).unwrap_or_default();
        Self { body: body.into(), custom: custom.map(Into::into), reply: read_reply(&fields), replies: read_replies(&fields) }
    }

    /// The kind of its first element.
    pub(crate) fn first_kind(&self) -> Option<String> {
        let elements: Vec<Value> = serde_json::from_str(&self.body).ok()?;
        Some(elements.first()?.get("MsgType")?.as_str()?.to_owned())
    }
}

/// `CloudCustomData` as fields; `None`: it is something else.
fn object(custom: &str) -> Option<Map<String, Value>> {
    match serde_json::from_str(custom).ok()? {
        Value::Object(fields) => Some(fields),
        // Some kits write the object as a text once more.
        _ => None,
    }
}

fn text(fields: &Value, key: &str) -> String {
    let text = fields.get(key).and_then(Value::as_str).unwrap_or_default();
    fit(&clean_line(text), ABSTRACT_COLUMNS * 2).into_owned()
}

/// A number, or digits as a text: kits write both.
fn number(fields: &Value, key: &str) -> i64 {
    let value = fields.get(key);
    let text = || value.and_then(Value::as_str).and_then(|text| text.parse().ok());
    value.and_then(|value| value.as_i64().or_else(|| value.as_f64().map(|number| number as i64))).or_else(text).unwrap_or(0)
}

/// An ID: it is compared, never shown.
fn id(fields: &Value, key: &str) -> String {
    fields.get(key).and_then(Value::as_str).unwrap_or_default().chars().take(128).collect()
}

fn read_reply(fields: &Map<String, Value>) -> Option<ReplyTo> {
    let reply = fields.get("messageReply").filter(|reply| reply.is_object())?;
    let message_id = id(reply, "messageID");
    Some(ReplyTo {
        message_id,
        sender: text(reply, "messageSender"),
        text: text(reply, "messageAbstract"),
        kind: number(reply, "messageType"),
        time_s: number(reply, "messageTime"),
        sequence: u64::try_from(number(reply, "messageSequence")).unwrap_or(0),
        root: Some(id(reply, "messageRootID")).filter(|root| !root.is_empty()),
    })
}

fn read_replies(fields: &Map<String, Value>) -> Vec<ReplyEntry> {
    let list = fields.get("messageReplies").and_then(|replies| replies.get("replies")).and_then(Value::as_array);
    let entries = list.into_iter().flatten().map(|entry| ReplyEntry {
        message_id: id(entry, "messageID"),
        text: text(entry, "messageAbstract"),
        sender: text(entry, "messageSender"),
    });
    entries.filter(|entry| !entry.message_id.is_empty()).take(REPLIES).collect()
}

/// Number of an element's kind as native kits count.
fn native_kind(kind: &str) -> i64 {
    const KINDS: [&str; 10] = [
        "TIMTextElem",
        "TIMCustomElem",
        "TIMImageElem",
        "TIMSoundElem",
        "TIMVideoFileElem",
        "TIMFileElem",
        "TIMLocationElem",
        "TIMFaceElem",
        "TIMGroupTipElem",
        "TIMRelayElem",
    ];
    KINDS.iter().position(|known| *known == kind).map_or(0, |index| index as i64 + 1)
}

impl ReplyTo {
    /// Names a stored message; `sender` is its sender's name.
    pub(crate) fn of(message: &Message, sender: &str) -> Self {
        let kind = message.source.as_ref().and_then(|source| source.first_kind()).map_or(0, |kind| native_kind(&kind));
        Self {
            message_id: message.msg_id.clone(),
            sender: sender.to_owned(),
            text: fit(&message.abstract_line(), ABSTRACT_COLUMNS).into_owned(),
            kind,
            time_s: message.time_s,
            sequence: message.seq,
            root: None,
        }
    }

    /// The message among those in memory, by its place or near its time.
    pub(crate) fn find<'a>(&self, rows: &'a [Message], group: bool) -> Option<&'a Message> {
        if group && self.sequence > 0 {
            let at = rows.partition_point(|row| row.place.is_some_and(|place| place < self.sequence));
            return rows.get(at).filter(|row| row.place == Some(self.sequence));
        }
        let stored = rows.partition_point(|row| row.place.is_some());
        let from = rows[..stored].partition_point(|row| row.time_s < self.time_s);
        rows[from..stored].iter().take_while(|row| row.time_s == self.time_s).find(|row| row.msg_id == self.message_id)
    }

    fn to_json(&self) -> Value {
        let mut reply = json!({
            "messageID": self.message_id,
            "messageAbstract": self.text,
            "messageSender": self.sender,
            "messageType": self.kind,
            "messageTime": self.time_s,
            "messageSequence": self.sequence,
            "version": 1,
        });
        if let (Some(root), Some(fields)) = (&self.root, reply.as_object_mut()) {
            fields.insert("messageRootID".into(), Value::String(root.clone()));
        }
        reply
    }
}

impl Answering {
    /// A quote of a message.
    pub(crate) fn quote(message: &Message, sender: &str) -> Self {
        Self { to: ReplyTo::of(message, sender), thread: None }
    }

    /// A reply in the thread of a message, or of the one that it answers itself.
    pub(crate) fn reply(message: &Message, sender: &str) -> Self {
        let mut to = ReplyTo::of(message, sender);
        let of_thread = message.source.as_ref().and_then(|source| source.reply.as_ref()).filter(|reply| reply.root.is_some());
        let thread = match of_thread.and_then(|reply| reply.root.clone().map(|root| (reply, root))) {
            Some((reply, root_id)) => {
                let direct = reply.message_id == root_id;
                let time_s = if direct { reply.time_s } else { sent_at(&root_id).unwrap_or(message.time_s) };
                Thread { root_id, place: None, time_s }
            }
            None => Thread { root_id: message.msg_id.clone(), place: message.place, time_s: message.time_s },
        };
        to.root = Some(thread.root_id.clone());
        Self { to, thread: Some(thread) }
    }
}

/// The sender's time in a message ID, seconds.
pub(crate) fn sent_at(message_id: &str) -> Option<i64> {
    message_id.split('-').nth(1)?.parse().ok()
}

/// `CloudCustomData` of a message that is sent: the kits put a feature into every one-to-one message.
pub(crate) fn custom_data(one_to_one: bool, answers: Option<&ReplyTo>) -> Option<String> {
    let mut fields = Map::new();
    if one_to_one {
        fields.insert("messageFeature".into(), json!({"needTyping": 1, "version": 1}));
    }
    if let Some(reply) = answers {
        fields.insert("messageReply".into(), reply.to_json());
    }
    (!fields.is_empty()).then(|| Value::Object(fields).to_string())
}

/// A root's `CloudCustomData` with one more reply; everything else in it stays. `None`: it is there, or the data is no object.
pub(crate) fn with_reply(custom: Option<&str>, entry: &ReplyEntry) -> Option<String> {
    let mut fields = match custom.filter(|custom| !custom.trim().is_empty()) {
        Some(custom) => object(custom)?,
        None => Map::new(),
    };
    let replies = fields.entry("messageReplies").or_insert_with(|| json!({"replies": [], "version": 1})).as_object_mut()?;
    let list = replies.entry("replies").or_insert_with(|| json!([])).as_array_mut()?;
    let known = list.iter().any(|known| known.get("messageID").and_then(Value::as_str) == Some(&entry.message_id));
    if known {
        return None;
    }
    list.push(json!({"messageID": entry.message_id, "messageAbstract": entry.text, "messageSender": entry.sender}));
    Some(Value::Object(fields).to_string())
}

/// A root's `CloudCustomData` without a reply. `None`: it is not there.
pub(crate) fn without_reply(custom: Option<&str>, message_id: &str) -> Option<String> {
    let mut fields = object(custom?)?;
    let list = fields.get_mut("messageReplies")?.get_mut("replies")?.as_array_mut()?;
    let before = list.len();
    list.retain(|entry| entry.get("messageID").and_then(Value::as_str) != Some(message_id));
    (list.len() < before).then(|| Value::Object(fields).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{group_text, text as one_to_one};

    fn entry(id: &str) -> ReplyEntry {
        ReplyEntry { message_id: id.into(), text: "yes".into(), sender: "Ann".into() }
    }

    #[test]
    fn a_quote_names_its_message_as_the_kits_do() {
        let message = Message::from_wire(&group_text("bob", "rust", 7, 60, "shall we?"), "me");
        let quote = Answering::quote(&message, "Bob Brown");
        let custom: Value = serde_json::from_str(&custom_data(false, Some(&quote.to)).unwrap()).unwrap();
        let expected = json!({"messageReply": {
            "messageID": message.msg_id, "messageAbstract": "shall we?", "messageSender": "Bob Brown",
            "messageType": 1, "messageTime": message.time_s, "messageSequence": 7, "version": 1,
        }});
        assert_eq!(custom, expected);
        let read = Source::new("[]", Some(&expected.to_string()));
        assert_eq!(read.reply, Some(quote.to));
    }

    #[test]
    fn a_reply_to_a_reply_joins_the_thread_of_its_root() {
        let root = Message::from_wire(&one_to_one("bob", "bob", 1, 600, "who comes?"), "me");
        let first = Answering::reply(&root, "Bob");
        assert_eq!(first.to.root.as_deref(), Some(root.msg_id.as_str()));
        assert_eq!(first.thread.as_ref().unwrap().place, Some(1));
        let mut wire = one_to_one("bob", "bob", 2, 500, "I do");
        wire.cloud_custom_data = custom_data(true, Some(&first.to));
        let second = Answering::reply(&Message::from_wire(&wire, "me"), "Bob");
        assert_eq!(second.to.root, first.to.root);
        assert_ne!(second.to.message_id, first.to.message_id, "it answers the reply itself");
        let thread = second.thread.unwrap();
        assert_eq!((thread.root_id, thread.time_s), (root.msg_id, root.time_s));
    }

    #[test]
    fn the_roots_list_grows_and_shrinks_and_foreign_keys_stay() {
        let before = r#"{"mine":{"a":1},"messageReplies":{"version":1,"note":"x","replies":[{"messageID":"1","extra":2}]}}"#;
        let with = with_reply(Some(before), &entry("2")).unwrap();
        let value: Value = serde_json::from_str(&with).unwrap();
        assert_eq!((&value["mine"]["a"], &value["messageReplies"]["note"]), (&json!(1), &json!("x")));
        assert_eq!(value["messageReplies"]["replies"][0]["extra"], 2);
        assert_eq!(value["messageReplies"]["replies"][1], json!({"messageID":"2","messageAbstract":"yes","messageSender":"Ann"}));
        assert_eq!(with_reply(Some(&with), &entry("2")), None, "once");
        assert_eq!(
            serde_json::from_str::<Value>(&without_reply(Some(&with), "2").unwrap()).unwrap(),
            serde_json::from_str::<Value>(before).unwrap()
        );
        assert_eq!(without_reply(Some(before), "9"), None);
        assert_eq!(with_reply(Some("not json"), &entry("2")), None, "what is no object is left alone");
        assert!(with_reply(None, &entry("2")).is_some());
    }

    #[test]
    fn custom_data_of_strangers_is_read_with_care() {
        let odd = r#"{"messageReply":{"messageID":5,"messageAbstract":"\u001b[31mred","messageTime":"170","messageSequence":-3},"messageReplies":{"replies":"no"}}"#;
        let source = Source::new("[]", Some(odd));
        let reply = source.reply.unwrap();
        assert_eq!((reply.message_id.as_str(), reply.text.as_str(), reply.time_s, reply.sequence), ("", "␛[31mred", 170, 0));
        assert!(source.replies.is_empty());
        assert_eq!(Source::new("[]", Some("[1,2]")).reply, None);
        assert_eq!(Source::new("[]", Some("messageReply")).reply, None);
    }
}
