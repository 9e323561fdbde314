//! Fields of a message that are checked the same way whoever sends it, before anything is stored.

use super::{Context, Family, MessageError};
use crate::store::message::flag;
use serde_json::value::RawValue;
use tern_protocol::api::message::RawJson;
use tern_protocol::model::message::{BodyError, OfflinePushInfo, check_body};
use tern_protocol::{ErrorCode, limits};

/// The body, checked but kept as it was written.
pub(super) fn body(body: Option<RawJson>, custom: Option<&str>, family: Family) -> Result<RawJson, MessageError> {
    let refused = |error| MessageError::Body { error, family };
    let body = body.ok_or_else(|| refused(BodyError::NotArray))?;
    check_body(&body, custom).map_err(refused)?;
    Ok(body)
}

/// `OfflinePushInfo`, checked but kept as it was written.
pub(super) fn push_info(info: Option<&RawValue>, code: ErrorCode) -> Result<(), MessageError> {
    match info.map(|info| serde_json::from_str::<OfflinePushInfo>(info.get())) {
        None | Some(Ok(_)) => Ok(()),
        Some(Err(_)) => Err(MessageError::Field { field: "OfflinePushInfo", what: "is malformed", code }),
    }
}

/// A 32-bit number of the sender; absent: `None`.
pub(super) fn number(value: Option<i64>, field: &'static str, code: ErrorCode) -> Result<Option<u64>, MessageError> {
    match value.map(u32::try_from) {
        None => Ok(None),
        Some(Ok(number)) => Ok(Some(u64::from(number))),
        Some(Err(_)) => Err(MessageError::Field { field, what: "must be a whole number of 32 bits", code }),
    }
}

/// `MsgRandom` or `Random`.
pub(super) fn random(value: Option<i64>, field: &'static str, code: ErrorCode) -> Result<u64, MessageError> {
    number(value, field, code)?.ok_or(MessageError::Field { field, what: "is missing", code })
}

/// `SendMsgControl` as bits; words that are not known are for other versions.
pub(super) fn control(words: Option<&[String]>) -> i64 {
    let bit = |word: &String| match word.as_str() {
        "NoUnread" => flag::NO_UNREAD,
        "NoLastMsg" => flag::NO_LAST,
        _ => 0,
    };
    words.unwrap_or_default().iter().map(bit).fold(0, |all, bit| all | bit)
}

/// A bit for an option that is 1 or absent.
pub(super) fn option(value: Option<i64>, bit: i64) -> i64 {
    if value == Some(1) { bit } else { 0 }
}

/// Seconds for which a one-to-one message may wait for its receiver; 0: only who is connected gets it.
pub(super) fn life_time(value: Option<i64>) -> Result<i64, MessageError> {
    let field = "MsgLifeTime";
    match value {
        None => Ok(limits::MSG_LIFE_TIME_SECONDS),
        Some(n) if n < 0 => Err(MessageError::Field { field, what: "may not be negative", code: ErrorCode::MSG_LIFE_TIME_INVALID }),
        Some(n) if n > limits::MSG_LIFE_TIME_SECONDS => {
            Err(MessageError::Field { field, what: "is above 604800", code: ErrorCode::MSG_LIFE_TIME_TOO_LONG })
        }
        Some(n) => Ok(n),
    }
}

/// The client's own time that makes the message ID: only a session's is believed, and only if it could be one.
pub(super) fn client_time(cx: &Context, value: Option<i64>) -> Option<i64> {
    let seconds = value?;
    (cx.caller.person().is_some() && (1..=i64::from(u32::MAX)).contains(&seconds)).then_some(seconds)
}
