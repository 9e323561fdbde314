//! `openim.importmsg`: messages of another system (`contract/rest-api.md` section 5).
//!
//! A place is taken at the end of the conversation, because places that were given out never move. What was sent before the newest
//! message keeps its own time, by which clients sort one-to-one messages.

use super::view::{self, Names, Where};
use super::{Context, Family, MessageError, check, locate};
use crate::service::{Audience, Outcome};
use crate::store::TinyId;
use crate::store::conversation::{self, Advance, Ends, ThreadId};
use crate::store::engine::{StoreError, Tx};
use crate::store::message::{self, Extra, NewMessage, flag};
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::message_change::ImportMsg;
use tern_protocol::event::Event;

/// Live: counts as unread and is delivered. Older public SDKs write 1.
const LIVE: [i64; 2] = [5, 1];
/// History: read, not delivered.
const PAST: i64 = 2;

/// `openim.importmsg`
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: ImportMsg) -> Result<Outcome<Empty>, MessageError> {
    let live = match request.sync_from_old_system {
        Some(kind) if LIVE.contains(&kind) => true,
        Some(PAST) => false,
        _ => {
            let (field, what) = ("SyncFromOldSystem", "must be 2 or 5");
            return Err(MessageError::Field { field, what, code: ErrorCode::MSG_REST_SYNCFROMOLDSYSTEM_MISSING_NOT_INTEGER });
        }
    };
    let seq = check::number(request.msg_seq, "MsgSeq", ErrorCode::MSG_SEQ_INVALID)?;
    let random = check::random(request.msg_random, "MsgRandom", ErrorCode::MSG_RANDOM_INVALID)?;
    let (field, code) = ("MsgTimeStamp", ErrorCode::MSG_TIMESTAMP_INVALID);
    let sent_at = request.msg_time_stamp.ok_or(MessageError::Field { field, what: "is missing", code })?;
    // A clock that is a little ahead is no mistake.
    if !(1..=cx.now_seconds() + 300).contains(&sent_at) {
        return Err(MessageError::Field { field, what: "is no time in the past", code });
    }
    let body = check::body(request.msg_body, request.cloud_custom_data.as_deref(), Family::Rest)?;
    let from = locate::named(tx, cx, request.from_account.as_deref(), "From_Account", ErrorCode::FROM_ACCOUNT_INVALID)?;
    let to = locate::named(tx, cx, request.to_account.as_deref(), "To_Account", ErrorCode::TO_ACCOUNT_NOT_REGISTERED)?;
    let ends = Ends::Pair(from.tiny_id, to.tiny_id);
    let mut last_ms = 0;
    if let Some(thread) = conversation::find(tx, ends)? {
        if let Some(seq) = seq
            && is_known(tx, thread.id, [from.tiny_id, to.tiny_id], seq, random, sent_at)?
        {
            return Ok(Outcome::done());
        }
        last_ms = message::time_at(tx, thread.id, thread.last_pos)?.unwrap_or_default();
    }
    let time_ms = sent_at.saturating_mul(1000).min(cx.now_ms).max(last_ms);
    let step = Advance { sender: from.tiny_id, time: sent_at, counts: live, moves_up: true };
    let thread = conversation::advance(tx, ends, step)?;
    if thread.last_pos == 1 {
        conversation::open(tx, to.tiny_id, thread.id, thread.rev)?;
        conversation::open(tx, from.tiny_id, thread.id, thread.rev)?;
    }
    if thread.has_hidden && live {
        conversation::bring_back(tx, thread.id, &[from.tiny_id, to.tiny_id], thread.rev)?;
    }
    let extra = Extra { sent_at: (time_ms.div_euclid(1000) != sent_at).then_some(sent_at), ..Extra::default() };
    let new = NewMessage {
        thread: thread.id,
        pos: thread.last_pos,
        sender: from.tiny_id,
        seq: seq.unwrap_or_else(|| u64::from(cx.random.u32())),
        random,
        time_ms,
        client_time: sent_at,
        flags: if live { 0 } else { flag::NO_UNREAD },
        body: body.get(),
        custom: request.cloud_custom_data.as_deref().filter(|text| !text.is_empty()),
        extra: &extra,
        rev: thread.rev,
    };
    message::insert(tx, new)?;
    if !live {
        return Ok(Outcome::done());
    }
    let Some(stored) = message::at(tx, thread.id, thread.last_pos)? else { return Ok(Outcome::done()) };
    let message = view::message(&mut Names::new(tx), Where::Pair(from.tiny_id, to.tiny_id), &stored)?;
    let audience = match from.tiny_id == to.tiny_id {
        true => Audience::User(to.tiny_id),
        false => Audience::Pair(from.tiny_id, to.tiny_id),
    };
    Ok(Outcome::done().tell(audience, Event::C2cMessage(message)))
}

/// Whether a message of either direction has these numbers and this time.
fn is_known(tx: &Tx<'_>, thread: ThreadId, ends: [TinyId; 2], seq: u64, random: u64, sent_at: i64) -> Result<bool, StoreError> {
    for sender in ends {
        let found = message::earlier(tx, sender, random, sent_at)?;
        if found.iter().any(|earlier| earlier.thread == thread && earlier.seq == seq && earlier.client_time == sent_at) {
            return Ok(true);
        }
    }
    Ok(false)
}
