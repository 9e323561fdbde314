//! Finds the stored message that a request names.

use super::{Context, Family, MessageError};
use crate::store::TinyId;
use crate::store::account::{self, AccountRow};
use crate::store::conversation::{Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::message::{self, Stored};
use tern_protocol::{ErrorCode, MessageKey};

/// A `MsgKey`.
pub(super) fn key(text: Option<&str>) -> Result<MessageKey, MessageError> {
    let refused = MessageError::Field { field: "MsgKey", what: "is none of this service's", code: ErrorCode::MSG_KEY_INVALID };
    text.and_then(|text| text.parse().ok()).ok_or(refused)
}

/// The message of a pair under a key; `sender` as far as it is known.
pub(super) fn by_key(tx: &Tx<'_>, thread: &Thread, sender: Option<TinyId>, key: MessageKey) -> Result<Option<Stored>, StoreError> {
    let fits = |stored: &Stored| {
        stored.seq == u64::from(key.seq)
            && stored.random == u64::from(key.random)
            && stored.time() == key.time
            && sender.is_none_or(|sender| stored.sender == sender)
    };
    let mut high = message::last_pos_at(tx, thread.id, thread.last_pos, key.time)?;
    let low = message::last_pos_at(tx, thread.id, high, key.time - 1)?;
    while high > low {
        let page = message::newest_first(tx, thread.id, low + 1, high, 100)?;
        let Some(last) = page.last() else { break };
        high = last.pos - 1;
        if let Some(found) = page.into_iter().find(fits) {
            return Ok(Some(found));
        }
    }
    // An imported message stands where it was imported, not where its time would put it.
    let Ends::Pair(one, other) = thread.ends else { return Ok(None) };
    for from in [one, other] {
        for earlier in message::earlier(tx, from, u64::from(key.random), key.time)? {
            if earlier.thread == thread.id
                && let Some(found) = message::at(tx, thread.id, earlier.pos)?.filter(fits)
            {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

/// An account that a field names.
pub(crate) fn named(
    tx: &Tx<'_>,
    cx: &Context,
    name: Option<&str>,
    field: &'static str,
    code: ErrorCode,
) -> Result<AccountRow, MessageError> {
    let name = name.filter(|name| !name.is_empty()).ok_or(MessageError::Field { field, what: "is missing", code })?;
    account::find(tx, cx.app.id, name)?.ok_or(MessageError::Field { field, what: "names no account", code })
}

/// Both ends of a one-to-one request: any two over REST; of a client, itself must be one. In the order `From_Account`, `To_Account`.
pub(super) fn ends(
    tx: &Tx<'_>,
    cx: &Context,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(AccountRow, AccountRow), MessageError> {
    let codes = match cx.caller.is_admin() {
        true => (ErrorCode::FROM_ACCOUNT_INVALID, ErrorCode::TO_ACCOUNT_INVALID),
        false => (ErrorCode::MESSAGE_ACCOUNT_NOT_FOUND, ErrorCode::MESSAGE_ACCOUNT_NOT_FOUND),
    };
    let from = named(tx, cx, from, "From_Account", codes.0)?;
    let to = named(tx, cx, to, "To_Account", codes.1)?;
    match cx.caller.person() {
        Some(person) if from.tiny_id != person.tiny_id && to.tiny_id != person.tiny_id => {
            Err(MessageError::NotYourself(Family::Client))
        }
        _ => Ok((from, to)),
    }
}

/// The group that a request names.
pub(crate) fn group(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<GroupRow, MessageError> {
    let (field, what, code) = ("GroupId", "is missing", ErrorCode::GROUP_BAD_PARAMETER);
    let id = group_id.filter(|id| !id.is_empty()).ok_or(MessageError::Field { field, what, code })?;
    group::find(tx, cx.app.id, id)?.ok_or_else(|| MessageError::GroupUnknown(id.chars().take(96).collect()))
}
