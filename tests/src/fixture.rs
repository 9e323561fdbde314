//! Builders of what stories send.

use serde_json::{Value, json};
use tern_protocol::api::message::{Message, RawJson, SendGroupMsg, SendMsg};

/// `MsgBody` of one text.
pub fn text_body(text: &str) -> Value {
    json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}])
}

/// JSON as requests carry it.
///
/// # Panics
/// Never: a [`Value`] always serialises.
pub fn raw(value: &Value) -> RawJson {
    serde_json::value::to_raw_value(value).unwrap()
}

/// A text to a person.
pub fn text_to(user: &str, text: &str) -> SendMsg {
    SendMsg { to_account: Some(user.to_owned()), msg_body: Some(raw(&text_body(text))), ..SendMsg::default() }
}

/// A text to a group.
pub fn text_to_group(group: &str, text: &str) -> SendGroupMsg {
    SendGroupMsg { group_id: Some(group.to_owned()), msg_body: Some(raw(&text_body(text))), ..SendGroupMsg::default() }
}

/// The first element's text of a message; empty when it has none.
pub fn text_of(message: &Message) -> String {
    let body: Option<Value> = message.msg_body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok());
    body.as_ref().and_then(|body| body[0]["MsgContent"]["Text"].as_str()).unwrap_or_default().to_owned()
}
