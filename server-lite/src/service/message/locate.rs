//! Finds the stored message that a request names.

use super::{Context, Family, MessageError};
use crate::store::TinyId;
use crate::store::account::{self, AccountRow};
use crate::store::conversation::{Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::message::{self, Stored};
use tern_protocol::{ErrorCode, GroupId, MessageKey};

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

/// The group that a request names; a community with topics has no messages itself.
pub(crate) fn group(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<GroupRow, MessageError> {
    chat(tx, cx, group_id, None)
}

/// Where a request about messages means: `GroupId` of a group, `GroupId` of a community with a `TopicId` of it, or a topic's ID as
/// `GroupId`. Everything that reads, writes or changes messages of groups comes through here.
pub(crate) fn chat(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>, topic_id: Option<&str>) -> Result<GroupRow, MessageError> {
    let (what, code) = ("is missing", ErrorCode::GROUP_BAD_PARAMETER);
    let id = group_id.filter(|id| !id.is_empty()).ok_or(MessageError::Field { field: "GroupId", what, code })?;
    let unknown = |id: &str| MessageError::GroupUnknown(id.chars().take(96).collect());
    let Some(topic_id) = topic_id.filter(|topic| !topic.is_empty()) else {
        let found = group::find(tx, cx.app.id, id)?.ok_or_else(|| unknown(id))?;
        return match found.support_topic {
            true => Err(MessageError::GroupForbidden("the messages of this community stand in its topics; name one by TopicId")),
            false => Ok(found),
        };
    };
    if GroupId::community_of(topic_id) != Some(id) && topic_id != id {
        let what = "names no topic of this group";
        return Err(MessageError::Field { field: "TopicId", what, code: ErrorCode::GROUP_ID_INVALID });
    }
    group::find(tx, cx.app.id, topic_id)?.filter(|topic| topic.no.is_topic()).ok_or_else(|| unknown(topic_id))
}
