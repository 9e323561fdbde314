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

/// A UserSig of two kilobytes that would inflate to a quarter of a megabyte: zlib of zeros in the alphabet of UserSigs.
pub fn inflating_user_sig() -> String {
    use base64::Engine as _;
    // A stored zlib stream would be as long as its content, so a deflate stream of zeros is written down:
    // header, one block with fixed codes: a literal 0, then matches of length 258 at distance 1.
    let mut bits = BitWriter::default();
    bits.put(1, 1);
    bits.put(1, 2);
    bits.put_code(0b0011_0000, 8);
    for _ in 0..1000 {
        bits.put_code(0b1100_0101, 8);
        bits.put_code(0, 5);
    }
    bits.put_code(0, 7);
    let mut bytes = vec![0x78, 0x9c];
    bytes.extend(bits.bytes);
    base64::engine::general_purpose::STANDARD.encode(bytes).replace('+', "*").replace('/', "-").replace('=', "_")
}

/// Bits as deflate packs them: values from their lowest bit, codes from their highest.
#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    used: u32,
}

impl BitWriter {
    fn put(&mut self, value: u32, count: u32) {
        for at in 0..count {
            if self.used.is_multiple_of(8) {
                self.bytes.push(0);
            }
            if let Some(last) = self.bytes.last_mut() {
                *last |= u8::try_from((value >> at) & 1).unwrap_or(0) << (self.used % 8);
            }
            self.used += 1;
        }
    }

    fn put_code(&mut self, code: u32, count: u32) {
        (0..count).rev().for_each(|at| self.put((code >> at) & 1, 1));
    }
}
