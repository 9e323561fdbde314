//! `group_open_http_svc.import_group_msg`: group messages of another system (`contract/rest-api.md` section 13). Nobody is told; members
//! find them in the history, read.

use super::{Context, Family, MessageError, check, locate};
use crate::service::Outcome;
use crate::service::group::permission;
use crate::store::account;
use crate::store::conversation::{self, Advance, Ends, Thread};
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use crate::store::message::{self, Extra, NewMessage, flag};
use tern_protocol::api::group_member::{GroupMsgsImported, ImportGroupMsg, ImportMsgResult, ImportedMessage};
use tern_protocol::model::group::GroupKind;
use tern_protocol::model::message::BodyError;
use tern_protocol::{ErrorCode, limits};

/// Messages in one request.
const MESSAGES: usize = 20;

/// `group_open_http_svc.import_group_msg`
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: ImportGroupMsg) -> Result<Outcome<GroupMsgsImported>, MessageError> {
    let group = locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    if !permission::storage::kept(group.kind).import {
        return Err(MessageError::GroupForbidden("messages cannot be imported into groups of this type"));
    }
    let (field, code) = ("MsgList", ErrorCode::GROUP_BAD_PARAMETER);
    if request.msg_list.is_empty() {
        return Err(MessageError::Field { field, what: "is missing", code });
    }
    if request.msg_list.len() > MESSAGES {
        return Err(MessageError::Field { field, what: "has more than 20 messages", code });
    }
    // In communities the list of conversations is not moved.
    let moves_up = request.recent_contact_flag == Some(1) && group.kind != GroupKind::Community;
    let mut run = Run::begin(tx, group, moves_up)?;
    let mut results = Vec::with_capacity(request.msg_list.len());
    for item in request.msg_list {
        let msg_time = item.send_time.unwrap_or_default();
        let (result, msg_seq) = match run.put(tx, cx, item)? {
            Ok(msg_seq) => (ErrorCode::OK, msg_seq),
            Err(code) => (code, 0),
        };
        results.push(ImportMsgResult { msg_seq, msg_time, result: result.0 });
    }
    if results.iter().all(|item| item.result == ErrorCode::CONTENT_TOO_LONG.0) {
        return Err(MessageError::Refused("a message to import is too long", ErrorCode::GROUP_MESSAGE_TOO_LONG));
    }
    if let Some(thread) = run.last {
        conversation::all_have_read(tx, thread.id)?;
        if moves_up && thread.has_hidden {
            conversation::bring_back_all(tx, thread.id, thread.rev)?;
        }
    }
    Ok(Outcome::reply(GroupMsgsImported { results }))
}

/// Messages of one request, in their order.
struct Run {
    group: GroupRow,
    moves_up: bool,
    /// Unix seconds before which nothing may be put.
    from: i64,
    /// The thread after the last message that was put.
    last: Option<Thread>,
}

impl Run {
    fn begin(tx: &Tx<'_>, group: GroupRow, moves_up: bool) -> Result<Self, MessageError> {
        let mut from = group.created_at;
        if let Some(thread) = conversation::find(tx, Ends::Group(group.no))? {
            let last_ms = message::time_at(tx, thread.id, thread.last_pos)?.unwrap_or_default();
            // Whole seconds: what was said within this one is not before it.
            from = from.max(last_ms.div_euclid(1000) + i64::from(last_ms.rem_euclid(1000) > 0));
        }
        Ok(Self { group, moves_up, from, last: None })
    }

    /// Puts one message; its place, or the code of its refusal.
    fn put(&mut self, tx: &Tx<'_>, cx: &Context, item: ImportedMessage) -> Result<Result<u64, ErrorCode>, MessageError> {
        let sent_at = item.send_time.unwrap_or_default();
        if sent_at < self.from || sent_at > cx.now_seconds() {
            return Ok(Err(ErrorCode::GROUP_BAD_PARAMETER));
        }
        let Ok(random) = check::number(item.random, "Random", ErrorCode::GROUP_BAD_PARAMETER) else {
            return Ok(Err(ErrorCode::GROUP_BAD_PARAMETER));
        };
        let body = match check::body(item.msg_body, item.cloud_custom_data.as_deref(), Family::Group) {
            Ok(body) if body.get().len() <= limits::MESSAGE_BYTES => body,
            Ok(_) | Err(MessageError::Body { error: BodyError::TooLong(_), .. }) => return Ok(Err(ErrorCode::CONTENT_TOO_LONG)),
            Err(_) => return Ok(Err(ErrorCode::GROUP_BAD_PARAMETER)),
        };
        let name = item.from_account.unwrap_or_default();
        let Some(from) = account::find(tx, cx.app.id, &name)? else { return Ok(Err(ErrorCode::GROUP_ACCOUNT_NOT_FOUND)) };
        let step = Advance { sender: from.tiny_id, time: sent_at, counts: true, moves_up: self.moves_up };
        let thread = conversation::advance(tx, Ends::Group(self.group.no), step)?;
        let extra = Extra::default();
        let new = NewMessage {
            thread: thread.id,
            pos: thread.last_pos,
            sender: from.tiny_id,
            seq: 0,
            random: random.unwrap_or_else(|| u64::from(cx.random.u32())),
            time_ms: sent_at.saturating_mul(1000),
            client_time: sent_at,
            // Normal priority.
            flags: 2 << flag::PRIORITY_SHIFT,
            body: body.get(),
            custom: item.cloud_custom_data.as_deref().filter(|text| !text.is_empty()),
            extra: &extra,
            rev: thread.rev,
        };
        message::insert(tx, new)?;
        let place = thread.last_pos.cast_unsigned();
        self.from = sent_at;
        self.last = Some(thread);
        Ok(Ok(place))
    }
}
