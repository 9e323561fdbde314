//! Messages of live rooms: numbered, sent to who is inside, never stored (`contract/rest-api.md` section 13).

use super::group::{Draft, answer, dropped, message_event};
use super::{MessageError, Sender};
use crate::service::group::live_room;
use crate::service::{Audience, Context, Effect, Outcome, Weight};
use crate::store::conversation::ThreadId;
use crate::store::engine::Tx;
use crate::store::group::{GroupRow, MemberRow};
use crate::store::message::Earlier;
use tern_protocol::api::message::{GroupMsgSent, SendGroupMsg};
use tern_protocol::event::Event;
use tern_protocol::limits;
use tern_protocol::model::group::Role;

/// What a live room does not know.
pub(super) fn check(request: &SendGroupMsg) -> Result<(), MessageError> {
    match request.online_only_flag {
        Some(1) => Err(MessageError::GroupForbidden("live rooms know no online-only messages: none of theirs is stored")),
        _ => Ok(()),
    }
}

/// Who is inside by this session may speak, unless muted, alone or with everybody; the owner and admins of the room always.
pub(super) fn may_send(tx: &Tx<'_>, cx: &Context, group: &GroupRow, row: Option<&MemberRow>) -> Result<(), MessageError> {
    if cx.caller.is_admin() {
        return Ok(());
    }
    if !live_room::is_inside(cx, group.no) {
        return Err(MessageError::GroupForbidden("only those who are inside may send to this room"));
    }
    let is_muted = row.is_some_and(|row| row.muted_until > cx.now_seconds());
    if !is_muted && !group.mute_all {
        return Ok(());
    }
    let role = live_room::role_of_caller(tx, cx, group)?.unwrap_or(Role::Member);
    match () {
        () if is_muted && role < Role::Owner => Err(MessageError::Muted("the sender is muted in this room")),
        () if group.mute_all && role < Role::Admin => Err(MessageError::Muted("everybody is muted in this room")),
        () => Ok(()),
    }
}

/// The weight of a message of a priority, 1 to 4.
fn weight(priority: i64) -> Weight {
    match priority {
        1 => Weight::High,
        2 => Weight::Normal,
        3 => Weight::Low,
        _ => Weight::Lowest,
    }
}

/// Numbers a message and sends it to who is inside.
pub(super) fn deliver(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    from: &Sender,
    member: Option<&MemberRow>,
    draft: &Draft,
) -> Result<Outcome<GroupMsgSent>, MessageError> {
    let client_time = draft.client_time.unwrap_or_else(|| cx.now_seconds());
    let mut placed = Earlier { thread: ThreadId(0), pos: 0, seq: draft.client_seq, time_ms: cx.now_ms, client_time, rev: 0 };
    if let Some((seq, time_ms)) = cx.rooms.repeated(group.no, from.tiny_id, draft.random, cx.now_ms) {
        (placed.pos, placed.time_ms) = (seq.cast_signed(), time_ms);
        return Ok(Outcome::reply(answer(from, draft, &placed, false)));
    }
    if !cx.frequency.admit(group.no, draft.priority, cx.app.settings.group_messages_per_second, cx.now_ms) {
        return Ok(Outcome::reply(dropped(cx, from, draft, client_time)));
    }
    placed.pos = live_room::next_seq(tx, cx, group.no)?.cast_signed();
    let message = message_event(group, from, member, draft, &placed, false);
    let keep = cx.app.settings.live_room_history.min(limits::ROOM_HISTORY);
    cx.rooms.remember(group.no, from.tiny_id, &message, usize::try_from(keep).unwrap_or(0), cx.now_ms);
    let audience = Audience::Room(group.no, weight(draft.priority));
    let told = Effect::tell_others(audience, Event::GroupMessage(message), &cx.caller);
    Ok(Outcome::reply(answer(from, draft, &placed, false)).then(told))
}
