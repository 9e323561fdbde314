//! Custom messages that the product's own kits send (`contract/client-semantics.md` 16.3 and 14.4); others by their description.

use super::ballot::Ballot;
use super::message::{Part, card};
use crate::text::{clean, clean_line, duration};
use serde_json::Value;

/// What stands for a custom message that says nothing a person can read.
const NAMELESS: &str = "[Custom Messages]";

fn plain(text: impl Into<String>) -> Vec<Part> {
    vec![Part::Text(text.into().into())]
}

/// A heading with its address under it, which can be opened like any.
fn linked(mut parts: Vec<Part>, link: &str) -> Vec<Part> {
    let link = clean_line(link);
    if !link.is_empty() {
        parts.push(Part::Text(link.into()));
    }
    parts
}

/// A text, or a number written as one.
fn words(fields: &Value, name: &str) -> String {
    match fields.get(name) {
        Some(Value::String(text)) => clean_line(text),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    }
}

/// What a custom element shows.
pub(super) fn parts(data: &str, desc: &str) -> Vec<Part> {
    let fields: Value = serde_json::from_str(data).unwrap_or_default();
    let field = |name: &str| words(&fields, name);
    if let Some(ballot) = Ballot::read(&fields) {
        return vec![Part::Ballot(Box::new(ballot))];
    }
    match field("businessID").as_str() {
        "text_link" => linked(vec![card("Link", field("text"), &[])], &field("link")),
        "order" => linked(vec![card("Order", field("title"), &[field("description"), field("price")])], &field("link")),
        "evaluation" => {
            let score = Some(field("score")).filter(|score| !score.is_empty()).map(|score| format!("{score} of 5"));
            vec![card("Evaluation", score.unwrap_or_default(), &[field("comment")])]
        }
        "group_create" => {
            let who = Some(field("opUser")).filter(|who| !who.is_empty()).unwrap_or_else(|| "Somebody".into());
            // The kits' own words are no sentence.
            let what = Some(field("content")).filter(|what| !what.is_empty() && what != "Create Group");
            let what = what.unwrap_or_else(|| "created a group".into());
            plain(format!("{who} {what}"))
        }
        "local_tips" => plain(clean(fields.get("tips").and_then(Value::as_str).unwrap_or_default()).into_owned()),
        "user_card" => {
            let (name, user) = (first(&fields, &["nick", "userID"]), field("userID"));
            let id = if name == user { String::new() } else { user };
            vec![card("Contact", name, &[id])]
        }
        "quick_tap" => plain("tickled you"),
        "group_poll" => vec![card("Poll", first(&fields, &["title", "content"]), &[])],
        "group_note_tips" | "group_room_message" => {
            let text = first(&fields, &["content", "tips", "title"]);
            plain(if text.is_empty() { NAMELESS.to_owned() } else { text })
        }
        "user_typing_status" => plain("is typing"),
        "customerServicePlugin" | "chatbotPlugin" => {
            plain(Some(first(&fields, &["content", "text"])).filter(|text| !text.is_empty()).unwrap_or_else(|| NAMELESS.into()))
        }
        "av_call" | "rtc_call" | "1" => vec![call(&fields)],
        "gift" | "like" if !desc.is_empty() => plain(clean_line(desc)),
        _ if !desc.is_empty() => vec![card("Custom", desc, &[])],
        // The old rule for reading: what has a text and perhaps a link.
        _ if !field("text").is_empty() => linked(vec![card("Custom", field("text"), &[])], &field("link")),
        _ => plain(NAMELESS),
    }
}

fn first(fields: &Value, names: &[&str]) -> String {
    names.iter().map(|name| words(fields, name)).find(|text| !text.is_empty()).unwrap_or_default()
}

/// A call's signal: whose call it was is worded once one knows who reads it.
fn call(signal: &Value) -> Part {
    Part::Call(Box::new(Call::read(signal)))
}

/// What a call's signal says (`contract/client-semantics.md` 13 and 14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Call {
    video: bool,
    /// Of a group: its rows are tips.
    group: bool,
    /// Who called; empty: not said.
    pub(crate) inviter: String,
    invitees: Vec<String>,
    happened: Happened,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Happened {
    #[default]
    Other,
    Started,
    Switched,
    Ended(i64),
    Canceled,
    Accepted,
    Busy,
    Declined,
    Unanswered,
}

impl Call {
    fn read(signal: &Value) -> Self {
        // The signal's own data is JSON in a text, or stands here already.
        let inner = signal.get("data").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
        let inner = inner.as_ref().unwrap_or(signal);
        let cmd = inner.pointer("/data/cmd").and_then(Value::as_str).unwrap_or_default();
        let message = inner.pointer("/data/message").and_then(Value::as_str);
        let busy = inner.get("line_busy").is_some() || message == Some("lineBusy");
        let happened = match (signal.get("actionType").and_then(Value::as_i64).unwrap_or(1), cmd) {
            (1, "hangup") => Happened::Ended(inner.get("call_end").and_then(Value::as_i64).unwrap_or(0)),
            (1, "switchToAudio") => Happened::Switched,
            (1, _) => Happened::Started,
            (2, _) => Happened::Canceled,
            (3, _) => Happened::Accepted,
            (4, _) if busy => Happened::Busy,
            (4, _) => Happened::Declined,
            (5, _) => Happened::Unanswered,
            _ => Happened::Other,
        };
        // The call's inviter; the signal's own is whoever hangs up.
        let inviter = Some(inner.pointer("/data/inviter").and_then(Value::as_str).map(clean_line).unwrap_or_default());
        let invitees = signal.get("inviteeList").and_then(Value::as_array);
        Self {
            video: inner.get("call_type").and_then(Value::as_i64) == Some(2),
            group: !words(signal, "groupID").is_empty(),
            inviter: inviter.filter(|inviter| !inviter.is_empty()).unwrap_or_else(|| words(signal, "inviter")),
            invitees: invitees.into_iter().flatten().filter_map(Value::as_str).map(clean_line).take(9).collect(),
            happened,
        }
    }

    /// What it was, in a word.
    pub(crate) fn kind(&self) -> &'static str {
        if self.video { "Video call" } else { "Voice call" }
    }

    /// How it went, as the row of a one-to-one chat says it to who called, or to who was called.
    pub(crate) fn outcome(&self, called_by_me: bool) -> String {
        match (self.happened, called_by_me) {
            (Happened::Other, _) => String::new(),
            (Happened::Started, _) => "Started".into(),
            (Happened::Switched, _) => "Switched to voice".into(),
            (Happened::Ended(seconds), _) if seconds > 0 => format!("Duration: {}", duration(seconds)),
            (Happened::Ended(_), _) => "Ended".into(),
            (Happened::Canceled, true) => "Canceled".into(),
            (Happened::Canceled, false) => "Call canceled by caller".into(),
            (Happened::Accepted, _) => "Accepted".into(),
            (Happened::Busy, _) => "Line busy".into(),
            (Happened::Declined, true) => "Call declined by user".into(),
            (Happened::Declined, false) => "Declined".into(),
            (Happened::Unanswered, true) => "Call wasn't answered".into(),
            (Happened::Unanswered, false) => "Call timeout".into(),
        }
    }

    /// The tip of a group chat; `sender` is who sent the signal.
    pub(crate) fn tip(&self, sender: &str) -> Option<String> {
        let who = || if self.invitees.is_empty() { sender.to_owned() } else { self.invitees.join(", ") };
        self.group.then(|| match self.happened {
            Happened::Started => format!("{sender} initiated a group call"),
            Happened::Ended(_) => "End group call".into(),
            Happened::Unanswered => format!("“{}” no answer", who()),
            Happened::Busy => format!("“{}” Line busy", who()),
            Happened::Declined => format!("“{}” declined the group call", who()),
            Happened::Canceled => format!("{sender} canceled the group call"),
            Happened::Accepted => format!("“{}” answered", who()),
            Happened::Switched | Happened::Other => "Group call".into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::{Body, Message};
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn line(data: &Value, desc: &str) -> String {
        Message { body: Body::Parts(parts(&data.to_string(), desc)), ..Message::default() }.abstract_line()
    }

    #[rstest]
    #[case(json!({"businessID": "text_link", "text": "Docs", "link": "https://d.example"}), "[Link] Docs https://d.example")]
    #[case(json!({"businessID": "order", "title": "Tea", "description": "green", "price": "5 €", "link": ""}), "[Order] Tea")]
    #[case(json!({"businessID": "evaluation", "score": 4, "comment": "quick"}), "[Evaluation] 4 of 5")]
    #[case(json!({"businessID": "evaluation", "score": "4"}), "[Evaluation] 4 of 5")]
    #[case(json!({"businessID": "group_create", "opUser": "Ann\u{1b}", "content": "created a group"}), "Ann␛ created a group")]
    #[case(json!({"businessID": "group_create"}), "Somebody created a group")]
    #[case(json!({"businessID": "group_create", "version": 4, "opUser": "Ann", "content": "Create Group", "cmd": 1}), "Ann created a group")]
    #[case(json!({"businessID": "local_tips", "tips": "You are friends now"}), "You are friends now")]
    #[case(json!({"businessID": "group_poll", "title": "When?"}), "[Poll] When?")]
    #[case(json!({"businessID": "av_call", "call_type": 2, "data": {"cmd": "videoCall"}}), "[Video call] Started")]
    #[case(json!({"businessID": 1, "actionType": 1, "data": "{\"call_type\":1,\"call_end\":61,\"data\":{\"cmd\":\"hangup\"}}"}), "[Voice call] Duration: 1:01")]
    #[case(json!({"businessID": 1, "actionType": 4, "data": "{\"call_type\":1,\"line_busy\":\"line_busy\"}"}), "[Voice call] Line busy")]
    #[case(json!({"businessID": "of_another_kit"}), "[Custom Messages]")]
    #[case(json!({"text": "old", "link": "https://o.example"}), "[Custom] old https://o.example")]
    #[case(json!([1, 2]), "[Custom Messages]")]
    fn each_kind_has_its_line(#[case] data: Value, #[case] text: &str) {
        assert_eq!(line(&data, ""), text);
    }

    #[test]
    fn others_are_told_by_their_description_and_no_json_is_no_trouble() {
        assert_eq!(line(&json!({"businessID": "mine"}), "A gift"), "[Custom] A gift");
        assert_eq!(parts("{broken", ""), plain(NAMELESS));
    }

    fn row(signal: &Value, from: &str, me: &str) -> Message {
        let element = json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": signal.to_string(), "Desc": "", "Ext": ""}}]);
        let wire = tern_protocol::api::message::Message {
            from_account: from.into(),
            msg_body: serde_json::value::RawValue::from_string(element.to_string()).ok(),
            ..Default::default()
        };
        Message::from_wire(&wire, me)
    }

    fn signal(action: i64, group: &str, inner: &Value) -> Value {
        json!({"businessID": 1, "actionType": action, "groupID": group, "inviter": "ann", "inviteeList": ["bob"],
            "data": inner.to_string()})
    }

    #[rstest]
    #[case(2, json!({"call_type": 1}), "[Voice call] Canceled", "[Voice call] Call canceled by caller")]
    #[case(4, json!({"call_type": 2}), "[Video call] Call declined by user", "[Video call] Declined")]
    #[case(5, json!({"call_type": 1}), "[Voice call] Call wasn't answered", "[Voice call] Call timeout")]
    #[case(4, json!({"call_type": 1, "line_busy": "line_busy"}), "[Voice call] Line busy", "[Voice call] Line busy")]
    #[case(1, json!({"call_type": 1, "call_end": 61, "data": {"cmd": "hangup", "inviter": "ann"}}), "[Voice call] Duration: 1:01", "[Voice call] Duration: 1:01")]
    fn a_call_is_the_callers_row_worded_for_who_reads_it(
        #[case] action: i64,
        #[case] inner: Value,
        #[case] caller: &str,
        #[case] callee: &str,
    ) {
        // Whoever sent the signal: here the one who was called.
        let signal = signal(action, "", &inner);
        let (of_ann, of_bob) = (row(&signal, "bob", "ann"), row(&signal, "bob", "bob"));
        assert_eq!((of_ann.abstract_line().as_str(), of_ann.mine), (caller, true));
        assert_eq!((of_bob.abstract_line().as_str(), of_bob.mine, &*of_bob.sender), (callee, false, "ann"));
    }

    #[rstest]
    #[case(1, json!({"data": {"cmd": "audioCall"}}), "ann initiated a group call")]
    #[case(1, json!({"call_end": 0, "data": {"cmd": "hangup"}}), "End group call")]
    #[case(5, json!({}), "“bob” no answer")]
    #[case(4, json!({"line_busy": "line_busy"}), "“bob” Line busy")]
    fn a_group_call_is_a_tip(#[case] action: i64, #[case] inner: Value, #[case] tip: &str) {
        assert_eq!(row(&signal(action, "g", &inner), "ann", "bob").body, Body::Tip(tip.into()));
    }

    #[test]
    fn an_address_can_be_opened() {
        let data = json!({"businessID": "text_link", "text": "Docs", "link": "https://d.example/x"}).to_string();
        let message = Message { body: Body::Parts(parts(&data, "")), ..Message::default() };
        assert_eq!(message.links().len(), 1);
    }
}
