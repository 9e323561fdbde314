//! Taking messages back (`contract/client-semantics.md` 3.3, `contract/rest-api.md` sections 5 and 13).
//!
//! The row stays with its place, its content is gone. Unread counts are corrected where they are computed, so a recall costs the same
//! in a group of two and of a hundred thousand.

use super::{Caller, Context, Family, MessageError, locate};
use crate::service::account::ensure;
use crate::service::group::live_room;
use crate::service::group::permission::{Action, Standing, allows};
use crate::service::group::rights;
use crate::service::{Audience, Effect, Outcome, push_outbox};
use crate::store::account::AccountRow;
use crate::store::conversation::{self, Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::message::{self, Stored, flag};
use crate::store::{TinyId, account, message_attached, message_change};
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::message_change::{
    AdminMsgWithdraw, DeleteGroupMsgBySender, GroupMsgRecall, MsgWithdraw, RecallResult, RecallResults,
};
use tern_protocol::event::{Event, RecalledC2c, RecalledGroup};
use tern_protocol::{ErrorCode, MessageKey};

/// Messages in one `group_msg_recall`.
const GROUP_RECALLS: usize = 10;
/// Messages that `delete_group_msg_by_sender` looks at.
const BY_SENDER_LOOKED_AT: i64 = 1_000;
/// Bytes of a reason.
const REASON_BYTES: usize = 256;

/// Who recalls, and why.
struct Recaller<'a> {
    tiny_id: TinyId,
    user_id: &'a str,
    reason: Option<String>,
}

fn reason(text: Option<String>) -> Result<Option<String>, MessageError> {
    match text {
        Some(text) if text.len() > REASON_BYTES => {
            let (field, what) = ("Reason", "is longer than 256 bytes");
            Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST })
        }
        text => Ok(text.filter(|text| !text.is_empty())),
    }
}

/// `openim.admin_msgwithdraw`
pub(crate) fn admin_withdraw(tx: &Tx<'_>, cx: &Context, request: AdminMsgWithdraw) -> Result<Outcome<Empty>, MessageError> {
    let (from, to) = locate::ends(tx, cx, request.from_account.as_deref(), request.to_account.as_deref())?;
    let key = locate::key(request.msg_key.as_deref())?;
    let Some(name) = cx.caller.user_id() else { return Err(MessageError::NotYourself(Family::Rest)) };
    let admin = ensure(tx, &cx.app, name, cx.now_seconds())?;
    let by = Recaller { tiny_id: admin.tiny_id, user_id: &admin.user_id, reason: None };
    let (thread, stored) = pair_message(tx, &from, &to, key)?;
    recall_pair(tx, cx, &thread, &stored, &from, &to, &by).map(|effects| Outcome::done().then_all(effects))
}

/// `openim.msgwithdraw`: of the sender's client, within the application's window.
pub(crate) fn withdraw(tx: &Tx<'_>, cx: &Context, request: MsgWithdraw) -> Result<Outcome<Empty>, MessageError> {
    let info = request.msg_info;
    let reason = reason(request.reason)?;
    let (from, to) = locate::ends(tx, cx, Some(&info.from_account), Some(&info.to_account))?;
    if cx.caller.person().is_none_or(|person| person.tiny_id != from.tiny_id) {
        return Err(MessageError::NotYourself(Family::Client));
    }
    let missing = MessageError::Refused("there is no such message", ErrorCode::MESSAGE_TO_RECALL_NOT_FOUND);
    let (Ok(seq), Ok(random)) = (u32::try_from(info.msg_seq), u32::try_from(info.msg_random)) else { return Err(missing) };
    let key = MessageKey { seq, random, time: info.msg_time_stamp };
    let (thread, stored) = pair_message(tx, &from, &to, key)?;
    if cx.now_ms - stored.time_ms > cx.app.settings.recall_seconds.saturating_mul(1000) {
        return Err(MessageError::Refused("the message is too old to be recalled", ErrorCode::MESSAGE_RECALL_WINDOW_PASSED));
    }
    let by = Recaller { tiny_id: from.tiny_id, user_id: &from.user_id, reason };
    recall_pair(tx, cx, &thread, &stored, &from, &to, &by).map(|effects| Outcome::done().then_all(effects))
}

fn pair_message(tx: &Tx<'_>, from: &AccountRow, to: &AccountRow, key: MessageKey) -> Result<(Thread, Stored), MessageError> {
    let missing = || MessageError::Refused("there is no such message", ErrorCode::MESSAGE_TO_RECALL_NOT_FOUND);
    let thread = conversation::find(tx, Ends::Pair(from.tiny_id, to.tiny_id))?.ok_or_else(missing)?;
    let stored = locate::by_key(tx, &thread, Some(from.tiny_id), key)?.ok_or_else(missing)?;
    match stored.has(flag::RECALLED) {
        true => Err(MessageError::Refused("the message is recalled already", ErrorCode::MESSAGE_ALREADY_RECALLED)),
        false => Ok((thread, stored)),
    }
}

fn recall_pair(
    tx: &Tx<'_>,
    cx: &Context,
    thread: &Thread,
    stored: &Stored,
    from: &AccountRow,
    to: &AccountRow,
    by: &Recaller<'_>,
) -> Result<Vec<Effect>, MessageError> {
    let rev = take_back(tx, stored, by)?;
    let recalled = RecalledC2c {
        from_account: from.user_id.clone(),
        to_account: to.user_id.clone(),
        msg_seq: stored.seq,
        msg_random: stored.random,
        pos: Some(stored.pos.cast_unsigned()),
        rev: Some(rev.cast_unsigned()),
        revoker: Some(by.user_id.to_owned()),
        reason: by.reason.clone(),
    };
    let audience = match from.tiny_id == to.tiny_id {
        true => Audience::User(from.tiny_id),
        false => Audience::Pair(from.tiny_id, to.tiny_id),
    };
    let mut effects = vec![Effect::tell_others(audience, Event::RecalledC2c(recalled), &cx.caller)];
    let id = ConversationId::c2c(&from.user_id);
    effects.extend(push_outbox::cancel_message(tx, cx, thread, stored.pos, Some((to.tiny_id, &to.user_id)), id)?);
    Ok(effects)
}

fn take_back(tx: &Tx<'_>, stored: &Stored, by: &Recaller<'_>) -> Result<i64, StoreError> {
    let rev = message_change::recall(tx, stored, by.tiny_id, by.reason.as_deref())?;
    message_attached::forget(tx, stored.thread, stored.pos)?;
    Ok(rev)
}

/// `group_open_http_svc.group_msg_recall`: each message has its own code.
pub(crate) fn group_recall(tx: &Tx<'_>, cx: &Context, request: GroupMsgRecall) -> Result<Outcome<RecallResults>, MessageError> {
    let refuse = |field, what| MessageError::Field { field, what, code: ErrorCode::GROUP_BAD_PARAMETER };
    let group = locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    let reason = reason(request.reason)?;
    if !group.kind.stores_messages() {
        let what = "messages of groups of this type cannot be recalled";
        return Err(MessageError::Refused(what, ErrorCode::GROUP_GROUP_TYPE_DOES_NOT));
    }
    match request.msg_seq_list.len() {
        0 => return Err(refuse("MsgSeqList", "is empty")),
        n if n > GROUP_RECALLS => return Err(refuse("MsgSeqList", "names more than 10 messages")),
        _ => {}
    }
    let (by, standing) = group_caller(tx, cx, &group)?;
    let by = Recaller { tiny_id: by.tiny_id, user_id: &by.user_id, reason };
    let thread = conversation::find(tx, Ends::Group(group.no))?;
    let mut results = Vec::with_capacity(request.msg_seq_list.len());
    let mut told = Told::default();
    for item in &request.msg_seq_list {
        let code = match may_recall(tx, cx, &group, thread.as_ref(), standing, by.tiny_id, item.msg_seq)? {
            Err(code) => code,
            Ok(stored) => {
                told.recall(tx, &group, &stored, &by)?;
                ErrorCode::OK
            }
        };
        results.push(RecallResult { msg_seq: item.msg_seq, ret_code: code.0 });
    }
    let mut effects = told.effects(&group, &cx.caller);
    if let Some(thread) = &thread {
        for result in results.iter().filter(|result| result.ret_code == 0) {
            let id = ConversationId::group(&group.group_id);
            effects.extend(push_outbox::cancel_message(tx, cx, thread, result.msg_seq.cast_signed(), None, id)?);
        }
    }
    let reply = RecallResults { results: results.clone(), recall_ret_list: results };
    Ok(Outcome::reply(reply).then_all(effects))
}

/// The account that acts in a group, and what it is there. Clients must be members.
fn group_caller(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<(AccountRow, Standing), MessageError> {
    match &cx.caller {
        Caller::Admin(admin) => Ok((ensure(tx, &cx.app, &admin.user_id, cx.now_seconds())?, Standing::AppAdmin)),
        Caller::User(person) => {
            let forbidden = MessageError::GroupForbidden("only members may recall messages");
            let role = match group.kind.stores_messages() {
                true => group::role(tx, group.no, person.tiny_id)?,
                false => live_room::role_of_caller(tx, cx, group)?,
            };
            let role = role.ok_or(forbidden)?;
            let row = account::by_number(tx, person.tiny_id)?;
            let row = row.ok_or_else(|| MessageError::SenderUnknown(person.user_id.to_string(), Family::Group))?;
            Ok((row, rights::standing(tx, group, person.tiny_id, role)?))
        }
        Caller::Bridge(_) | Caller::Server => Err(MessageError::NotYourself(Family::Group)),
    }
}

/// The message if it may be recalled, or why not.
fn may_recall(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    thread: Option<&Thread>,
    standing: Standing,
    by: TinyId,
    seq: u64,
) -> Result<Result<Stored, ErrorCode>, StoreError> {
    let (Some(thread), Ok(pos)) = (thread, i64::try_from(seq)) else { return Ok(Err(ErrorCode::GROUP_MESSAGE_RECALL_DOES_NOT)) };
    let stored = message::at(tx, thread.id, pos)?.filter(|stored| stored.pos > thread.start_pos);
    let Some(stored) = stored else { return Ok(Err(ErrorCode::GROUP_MESSAGE_RECALL_DOES_NOT)) };
    if stored.has(flag::TIP | flag::RECALLED) {
        return Ok(Err(ErrorCode::GROUP_MESSAGE_CANNOT_BE_RECALLED));
    }
    if standing != Standing::AppAdmin {
        // Of an equal or higher role nobody recalls; who has left counts as a member. Where permission groups decide, the right does.
        let above = || match standing {
            Standing::Inside(role) => Ok(group::role(tx, group.no, stored.sender)?.is_none_or(|sender| role > sender)),
            _ => Ok::<_, StoreError>(true),
        };
        if stored.sender != by && !(allows(group.kind, Action::RecallOthers, standing) && above()?) {
            return Ok(Err(ErrorCode::GROUP_PERMISSION_DENIED));
        }
        if cx.now_ms - stored.time_ms > cx.app.settings.recall_seconds.saturating_mul(1000) {
            return Ok(Err(ErrorCode::GROUP_RECALL_WINDOW_PASSED));
        }
    }
    Ok(Ok(stored))
}

/// Recalls of one request, told in as few events as there are audiences.
#[derive(Default)]
struct Told {
    all: Vec<RecalledGroup>,
    some: Vec<(Vec<TinyId>, RecalledGroup)>,
}

impl Told {
    fn recall(&mut self, tx: &Tx<'_>, group: &GroupRow, stored: &Stored, by: &Recaller<'_>) -> Result<(), StoreError> {
        let rev = take_back(tx, stored, by)?;
        let from = account::by_number(tx, stored.sender)?.map(|row| row.user_id);
        let recalled = RecalledGroup {
            group_id: group.group_id.clone(),
            msg_seq: stored.pos.cast_unsigned(),
            from_account: from.unwrap_or_default(),
            rev: Some(rev.cast_unsigned()),
            revoker: Some(by.user_id.to_owned()),
            reason: by.reason.clone(),
        };
        match super::few_readers(stored) {
            None => self.all.push(recalled),
            Some(readers) => self.some.push((readers, recalled)),
        }
        Ok(())
    }

    fn effects(self, group: &GroupRow, cause: &Caller) -> Vec<Effect> {
        let mut effects = Vec::new();
        if !self.all.is_empty() {
            effects.push(Effect::tell_others(Audience::Group(group.no), Event::RecalledGroup(self.all), cause));
        }
        for (readers, recalled) in self.some {
            effects.push(Effect::tell_others(Audience::Users(readers), Event::RecalledGroup(vec![recalled]), cause));
        }
        effects
    }
}

/// `group_open_http_svc.delete_group_msg_by_sender`: nobody is told; devices learn when they synchronise.
pub(crate) fn delete_by_sender(tx: &Tx<'_>, cx: &Context, request: DeleteGroupMsgBySender) -> Result<Outcome<Empty>, MessageError> {
    let group = locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    if !group.kind.stores_messages() {
        return Err(MessageError::Refused("groups of this type keep no messages", ErrorCode::GROUP_AVCHATROOM_BCHATROOM_DO_NOT));
    }
    let name = request.sender_account.as_deref().filter(|name| !name.is_empty()).ok_or(MessageError::Field {
        field: "Sender_Account",
        what: "is missing",
        code: ErrorCode::GROUP_BAD_PARAMETER,
    })?;
    let sender = account::find(tx, cx.app.id, name)?;
    let sender = sender.ok_or_else(|| MessageError::SenderUnknown(super::shown(name), Family::Group))?;
    let (by, _) = group_caller(tx, cx, &group)?;
    let by = Recaller { tiny_id: by.tiny_id, user_id: &by.user_id, reason: None };
    let Some(thread) = conversation::find(tx, Ends::Group(group.no))? else { return Ok(Outcome::done()) };
    let low = (thread.last_pos - BY_SENDER_LOOKED_AT).max(thread.start_pos) + 1;
    for stored in message::newest_first(tx, thread.id, low, thread.last_pos, BY_SENDER_LOOKED_AT)? {
        if stored.sender == sender.tiny_id && !stored.has(flag::TIP | flag::RECALLED) {
            take_back(tx, &stored, &by)?;
        }
    }
    Ok(Outcome::done())
}
