//! Changing what was sent (`contract/client-semantics.md` 3.4): by whoever may see it; who knows an old version is told the new one.

use super::view::{self, Names, Where};
use super::{Caller, Context, Family, MessageError, check, locate};
use crate::service::{Audience, Effect, Outcome};
use crate::store::conversation::{self, Ends};
use crate::store::engine::Tx;
use crate::store::message::{self, Extra, Stored, flag};
use crate::store::{group, message_change};
use serde_json::value::RawValue;
use tern_protocol::api::ActionStatus;
use tern_protocol::api::message::{Message, RawJson};
use tern_protocol::api::message_change::{ModifyC2cMsg, ModifyGroupMsg, MsgModified};
use tern_protocol::event::Event;
use tern_protocol::model::message::check_body;
use tern_protocol::{ErrorCode, MessageKey};

/// New content of a message; what is absent stays.
struct Change {
    body: Option<RawJson>,
    custom: Option<String>,
    /// The version that the caller knows.
    version: Option<i64>,
}

fn missing() -> MessageError {
    MessageError::Refused("there is no such message", ErrorCode::MESSAGE_TO_MODIFY_NOT_FOUND)
}

/// `openim.modify_c2c_msg`
pub(crate) fn c2c(tx: &Tx<'_>, cx: &Context, request: ModifyC2cMsg) -> Result<Outcome<MsgModified>, MessageError> {
    let family = Family::of(&cx.caller);
    let (from, to) = locate::ends(tx, cx, request.from_account.as_deref(), request.to_account.as_deref())?;
    let key = match (request.msg_key.as_deref(), request.msg_seq, request.msg_random, request.msg_time) {
        (None | Some(""), Some(seq), Some(random), Some(time)) => {
            let (Ok(seq), Ok(random)) = (u32::try_from(seq), u32::try_from(random)) else { return Err(missing()) };
            MessageKey { seq, random, time }
        }
        (key, ..) => locate::key(key)?,
    };
    let thread = conversation::find(tx, Ends::Pair(from.tiny_id, to.tiny_id))?.ok_or_else(missing)?;
    let stored = locate::by_key(tx, &thread, Some(from.tiny_id), key)?.ok_or_else(missing)?;
    let change = Change { body: request.msg_body, custom: request.cloud_custom_data, version: request.msg_version };
    let place = Where::Pair(from.tiny_id, to.tiny_id);
    let audience = match from.tiny_id == to.tiny_id {
        true => Audience::User(from.tiny_id),
        false => Audience::Pair(from.tiny_id, to.tiny_id),
    };
    apply(tx, cx, place, stored, change, family, |message| (audience, Event::ModifiedC2c(message)))
}

/// `openim.modify_group_msg`
pub(crate) fn group(tx: &Tx<'_>, cx: &Context, request: ModifyGroupMsg) -> Result<Outcome<MsgModified>, MessageError> {
    let group = locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    if !group.kind.stores_messages() {
        return Err(MessageError::GroupForbidden("messages of groups of this type cannot be modified"));
    }
    let thread = conversation::find(tx, Ends::Group(group.no))?;
    let seq = request.msg_seq.and_then(|seq| i64::try_from(seq).ok());
    let stored = match (&thread, seq) {
        (Some(thread), Some(pos)) if pos > thread.start_pos => message::at(tx, thread.id, pos)?,
        _ => None,
    };
    if let Caller::User(person) = &cx.caller {
        if group::role(tx, group.no, person.tiny_id)?.is_none() {
            return Err(MessageError::GroupForbidden("only members may modify messages"));
        }
        if stored.as_ref().is_some_and(|stored| !stored.is_for(person.tiny_id)) {
            return Err(missing());
        }
    }
    let stored = stored.filter(|stored| !stored.has(flag::TIP)).ok_or_else(missing)?;
    let audience = super::few_readers(&stored).map_or(Audience::Group(group.no), Audience::Users);
    let change = Change { body: request.msg_body, custom: request.cloud_custom_data, version: request.msg_version };
    let tell = |message: Message| {
        let group_id = message.to_group_id.clone();
        (audience, Event::ModifiedGroup(Message { group_id, ..message }))
    };
    apply(tx, cx, Where::Group(&group), stored, change, Family::Group, tell)
}

fn apply(
    tx: &Tx<'_>,
    cx: &Context,
    place: Where<'_>,
    mut stored: Stored,
    change: Change,
    family: Family,
    tell: impl FnOnce(Message) -> (Audience, Event),
) -> Result<Outcome<MsgModified>, MessageError> {
    if stored.has(flag::RECALLED) {
        return Err(missing());
    }
    if change.body.is_none() && change.custom.is_none() {
        let what = "MsgBody or CloudCustomData must say what changes";
        return Err(MessageError::Refused(what, ErrorCode::MESSAGE_BAD_REQUEST));
    }
    let mut names = Names::new(tx);
    if change.version.is_some_and(|version| version != stored.extra.version) {
        let message = view::message(&mut names, place, &stored)?;
        let reply = MsgModified { message: Some(message.clone()), ..modified(&stored, &message) };
        let info = "somebody else has modified the message; the answer says how it stands";
        return Ok(Outcome::reply(reply).partial(ActionStatus::Fail, ErrorCode::MESSAGE_MESSAGE_VERSION_CONFLICT, info));
    }
    let custom = change.custom.or_else(|| stored.custom.clone()).filter(|text| !text.is_empty());
    let mut edited = stored.extra.edited;
    match change.body {
        Some(body) => {
            let body = check::body(Some(body), custom.as_deref(), family)?.get().to_owned();
            edited |= is_other(&stored.body, &body);
            stored.body = body;
        }
        None => {
            let body = RawValue::from_string(stored.body.clone()).map_err(|_| missing())?;
            check_body(&body, custom.as_deref()).map_err(|error| MessageError::Body { error, family })?;
        }
    }
    stored.custom = custom;
    stored.extra = Extra { version: stored.extra.version + 1, edited, ..stored.extra };
    stored.changed_rev =
        message_change::modify(tx, stored.thread, stored.pos, &stored.body, stored.custom.as_deref(), &stored.extra)?;
    let message = view::message(&mut names, place, &stored)?;
    let reply = modified(&stored, &message);
    let (audience, event) = tell(message);
    Ok(Outcome::reply(reply).then(Effect::tell_others(audience, event, &cx.caller)))
}

/// Whether two bodies say different things, however they are written.
fn is_other(before: &str, after: &str) -> bool {
    let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    before != after && read(before) != read(after)
}

fn modified(stored: &Stored, message: &Message) -> MsgModified {
    MsgModified {
        msg_version: stored.extra.version,
        msg_body: message.msg_body.clone(),
        cloud_custom_data: message.cloud_custom_data.clone(),
        message: None,
    }
}
