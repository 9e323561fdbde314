//! Merged messages that are too large for their element: the list is stored apart and named by a key
//! (`contract/rest-api.md` section 2, `contract/client-semantics.md` section 3.2). Who knows the key may read the list.

use super::{Context, MessageError};
use crate::service::Outcome;
use crate::store::engine::{StoreError, Tx};
use crate::store::relay as store;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeSet;
use tern_protocol::api::message::RawJson;
use tern_protocol::api::relay::{RelayKey, RelayList, RelayPut};
use tern_protocol::model::message::check_body;
use tern_protocol::{ErrorCode, limits};

/// Lists that one sent message keeps alive.
const KEPT_ALIVE: usize = 1_000;

/// A message of the list, as far as it is checked.
#[derive(Deserialize)]
struct Inner<'a> {
    #[serde(rename = "MsgBody", borrow)]
    body: &'a RawValue,
    #[serde(rename = "CloudCustomData", default)]
    custom: Option<String>,
}

fn refuse(what: &'static str, code: ErrorCode) -> MessageError {
    MessageError::Field { field: "MsgList", what, code }
}

/// `tern_message.relay_put`
pub(crate) fn put(tx: &Tx<'_>, cx: &Context, request: RelayPut) -> Result<Outcome<RelayKey>, MessageError> {
    let list = request.msg_list.ok_or_else(|| refuse("is missing", ErrorCode::MESSAGE_BAD_REQUEST))?;
    let inner = check(&list)?;
    let key = format!("{:016x}{:016x}", cx.random.u64(), cx.random.u64());
    let inner = serde_json::to_string(&inner).map_err(|error| StoreError::Engine(error.to_string()))?;
    store::put(tx, cx.app.id, &key, cx.now_seconds(), &inner, list.get())?;
    Ok(Outcome::reply(RelayKey { json_msg_key: key }))
}

/// Checks each message as if it were sent; the keys of further lists that they name.
fn check(list: &RawValue) -> Result<BTreeSet<String>, MessageError> {
    let broken = || refuse("must be an array of messages with MsgBody", ErrorCode::MESSAGE_BAD_REQUEST);
    let messages: Vec<Inner<'_>> = serde_json::from_str(list.get()).map_err(|_| broken())?;
    match messages.len() {
        0 => return Err(refuse("holds no message", ErrorCode::MESSAGE_BAD_REQUEST)),
        n if n > limits::RELAY_MESSAGES => return Err(refuse("holds more than 300 messages", ErrorCode::MESSAGE_BAD_REQUEST)),
        _ => {}
    }
    let mut keys = BTreeSet::new();
    for message in &messages {
        check_body(message.body, message.custom.as_deref())
            .map_err(|error| MessageError::Body { error, family: super::Family::Client })?;
        if message.body.get().contains("TIMRelayElem") {
            let body: Value = serde_json::from_str(message.body.get()).map_err(|_| broken())?;
            find_keys(&body, &mut keys);
        }
    }
    Ok(keys)
}

/// Keys of lists anywhere inside a body.
fn find_keys(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| find_keys(item, keys)),
        Value::Object(fields) => {
            if let Some(key) = fields.get("JsonMsgKey").and_then(Value::as_str).filter(|key| !key.is_empty()) {
                keys.insert(key.to_owned());
            }
            fields.values().for_each(|field| find_keys(field, keys));
        }
        _ => {}
    }
}

/// `tern_message.relay_get`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: RelayKey) -> Result<Outcome<RelayList>, MessageError> {
    let Some(list) = store::get(tx, cx.app.id, &request.json_msg_key)? else {
        let (field, what) = ("JsonMsgKey", "names no list, or one that has expired");
        return Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST });
    };
    let list = RawValue::from_string(list).map_err(|error| StoreError::Corrupt(format!("merged message: {error}")))?;
    Ok(Outcome::reply(RelayList { msg_list: Some(list) }))
}

/// A message is being stored: the lists that it names, and those inside them, live as long as it does.
pub(super) fn keep_alive(tx: &Tx<'_>, cx: &Context, body: &RawJson) -> Result<(), MessageError> {
    // Nearly no message names one, and none pays for more than this look.
    if !body.get().contains("JsonMsgKey") {
        return Ok(());
    }
    let mut keys = BTreeSet::new();
    let body: Value = serde_json::from_str(body.get()).unwrap_or_default();
    find_keys(&body, &mut keys);
    let (mut open, mut kept): (Vec<String>, usize) = (keys.into_iter().collect(), 0);
    while let Some(key) = open.pop() {
        kept += 1;
        if kept > KEPT_ALIVE {
            break;
        }
        if let Some(inner) = store::touch(tx, cx.app.id, &key, cx.now_seconds())? {
            open.extend(serde_json::from_str::<Vec<String>>(&inner).unwrap_or_default());
        }
    }
    Ok(())
}
