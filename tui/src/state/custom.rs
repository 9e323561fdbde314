//! Custom messages that the product's own kits send (`contract/client-semantics.md` 16.3 and 14.4); others by their description.

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
        "quick_tap" => plain("tickled you"),
        "group_poll" => vec![card("Poll", first(&fields, &["title", "content"]), &[])],
        "group_note" => vec![card("Group note", first(&fields, &["title", "content"]), &[])],
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

/// A call's signal: what happened, as the rows of a chat tell it.
fn call(signal: &Value) -> Part {
    // The signal's own data is JSON in a text, or stands here already.
    let inner = signal.get("data").and_then(Value::as_str).and_then(|text| serde_json::from_str::<Value>(text).ok());
    let inner = inner.as_ref().unwrap_or(signal);
    let kind = if inner.get("call_type").and_then(Value::as_i64) == Some(2) { "Video call" } else { "Voice call" };
    let cmd = inner.pointer("/data/cmd").and_then(Value::as_str).unwrap_or_default();
    let busy = inner.get("line_busy").is_some() || inner.pointer("/data/message").and_then(Value::as_str) == Some("lineBusy");
    let text = match (signal.get("actionType").and_then(Value::as_i64).unwrap_or(1), cmd) {
        (1, "hangup") => match inner.get("call_end").and_then(Value::as_i64) {
            Some(seconds) if seconds > 0 => format!("Duration: {}", duration(seconds)),
            _ => "Ended".into(),
        },
        (1, "switchToAudio") => "Switched to voice".into(),
        (1, _) => "Started".into(),
        (2, _) => "Canceled".into(),
        (3, _) => "Accepted".into(),
        (4, _) if busy => "Line busy".into(),
        (4, _) => "Declined".into(),
        (5, _) => "Not answered".into(),
        _ => String::new(),
    };
    card(kind, text, &[])
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

    #[test]
    fn an_address_can_be_opened() {
        let data = json!({"businessID": "text_link", "text": "Docs", "link": "https://d.example/x"}).to_string();
        let message = Message { body: Body::Parts(parts(&data, "")), ..Message::default() };
        assert_eq!(message.links().len(), 1);
    }
}
