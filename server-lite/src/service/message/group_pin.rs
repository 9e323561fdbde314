//! Pinned messages of a group (`contract/client-semantics.md` 3.9): any member pins, up to ten.

use super::history::{Opened, open};
use super::view::{self, Names, Where};
use super::{Context, Family, MessageError, locate};
use crate::service::{Audience, Effect, Outcome, Person};
use crate::store::conversation::Thread;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::message::{self, Stored, flag};
use crate::store::message_attached::{self as store, PinRow};
use crate::store::message_change;
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::annotation::{Pin, PinList, PinMessage, Pins};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::message::Message;
use tern_protocol::api::web_sdk::PinnedMessages;
use tern_protocol::event::{Event, PinNotice, pin};

/// Pinned messages of one group.
const PINS_MOST: usize = 10;

fn missing() -> MessageError {
    MessageError::Refused("there is no such message", ErrorCode::GROUP_MESSAGE_RECALL_DOES_NOT)
}

/// The group's conversation as the member sees it.
fn opened(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<(GroupRow, Opened), MessageError> {
    let group = locate::group(tx, cx, group_id)?;
    if !group.kind.stores_messages() {
        return Err(MessageError::GroupForbidden("groups of this type have no pinned messages"));
    }
    if !cx.app.settings.features.message_extras {
        return Err(MessageError::Refused("pinned messages are off in this application", ErrorCode::GROUP_PLAN_REQUIRED));
    }
    let opened = open(tx, cx, &ConversationId::group(&group.group_id))?;
    Ok((group, opened))
}

fn person(cx: &Context) -> Result<&Person, MessageError> {
    Ok(cx.caller.person().ok_or(MessageError::NotYourself(Family::Group))?)
}

fn message_at<'a>(tx: &Tx<'_>, opened: &'a Opened, seq: Option<u64>) -> Result<(&'a Thread, Stored), MessageError> {
    let thread = opened.thread.as_ref().ok_or_else(missing)?;
    let pos = seq.and_then(|seq| i64::try_from(seq).ok()).ok_or_else(missing)?;
    let stored = message::at(tx, thread.id, pos)?.filter(|stored| opened.shows(stored)).ok_or_else(missing)?;
    match stored.has(flag::TIP | flag::RECALLED | flag::TARGETED) {
        true => Err(missing()),
        false => Ok((thread, stored)),
    }
}

/// `group_open_http_svc.pin_message`
pub(crate) fn pin_message(tx: &Tx<'_>, cx: &Context, request: PinMessage) -> Result<Outcome<Empty>, MessageError> {
    let person = person(cx)?;
    let (group, opened) = opened(tx, cx, request.group_id.as_deref())?;
    let (thread, stored) = message_at(tx, &opened, request.msg_seq)?;
    let pinned = store::pins(tx, thread.id)?;
    if pinned.iter().any(|pin| pin.pos == stored.pos) {
        return Err(MessageError::Refused("the message is pinned already", ErrorCode::GROUP_MESSAGE_PINNED_ALREADY));
    }
    if pinned.len() >= PINS_MOST {
        return Err(MessageError::Refused("the group has ten pinned messages", ErrorCode::GROUP_TOO_MANY_PINNED_MESSAGES));
    }
    let row = PinRow { pos: stored.pos, pinner: person.tiny_id, pinned_ms: cx.now_ms };
    store::pin(tx, thread.id, row)?;
    changed(tx, thread)?;
    let shown = shown(&mut Names::new(tx), &group, &stored, row)?;
    Ok(Outcome::done().then(tell(cx, &group, pin::PINNED, person, shown)))
}

/// Devices that are away learn it with the conversation.
fn changed(tx: &Tx<'_>, thread: &Thread) -> Result<(), StoreError> {
    let rev = tx.next_rev();
    store::set_pin_rev(tx, thread.id, rev)?;
    message_change::touch_thread(tx, thread.id, rev)
}

fn shown(names: &mut Names<'_>, group: &GroupRow, stored: &Stored, row: PinRow) -> Result<Pin, StoreError> {
    let message = view::message(names, Where::Group(group), stored)?;
    let pinner = names.of(row.pinner)?.user_id.clone();
    Ok(Pin { message, pinner, time: row.pinned_ms.div_euclid(1000) })
}

fn tell(cx: &Context, group: &GroupRow, op_type: i64, person: &Person, pin: Pin) -> Effect {
    let notice = PinNotice { group_id: group.group_id.clone(), op_type, operator: person.user_id.to_string(), pin };
    Effect::tell_others(Audience::Group(group.no), Event::Pin(notice), &cx.caller)
}

/// `tern_message.unpin`
pub(crate) fn unpin_message(tx: &Tx<'_>, cx: &Context, request: PinMessage) -> Result<Outcome<Empty>, MessageError> {
    let person = person(cx)?;
    let (group, opened) = opened(tx, cx, request.group_id.as_deref())?;
    let thread = opened.thread.as_ref().ok_or_else(missing)?;
    let pos = request.msg_seq.and_then(|seq| i64::try_from(seq).ok()).ok_or_else(missing)?;
    if !store::unpin(tx, thread.id, pos)? {
        let (field, what) = ("MsgSeq", "names no pinned message");
        return Err(MessageError::Field { field, what, code: ErrorCode::GROUP_BAD_PARAMETER });
    }
    changed(tx, thread)?;
    let (group_id, topic_id) = view::wire_group(&group);
    let key = Message { to_group_id: Some(group_id), topic_id, msg_seq: pos.cast_unsigned(), ..Message::default() };
    let pin = Pin { message: key, ..Pin::default() };
    Ok(Outcome::done().then(tell(cx, &group, pin::UNPINNED, person, pin)))
}

/// `group_open_http_svc.get_pinned_messages`: as `tern_message.pins`, in the form of the product's Web SDK.
pub(crate) fn pinned_messages(tx: &Tx<'_>, cx: &Context, request: Pins) -> Result<Outcome<PinnedMessages>, MessageError> {
    let list = pins(tx, cx, request)?.reply.pins.into_iter().map(|pin| pin.message).collect();
    Ok(Outcome::reply(PinnedMessages { list }))
}

/// `tern_message.pins`
pub(crate) fn pins(tx: &Tx<'_>, cx: &Context, request: Pins) -> Result<Outcome<PinList>, MessageError> {
    let (group, opened) = opened(tx, cx, Some(request.group_id.as_str()))?;
    let mut list = PinList::default();
    let Some(thread) = &opened.thread else { return Ok(Outcome::reply(list)) };
    let mut names = Names::new(tx);
    for row in store::pins(tx, thread.id)? {
        if let Some(stored) = message::at(tx, thread.id, row.pos)?.filter(|stored| opened.shows(stored)) {
            list.pins.push(shown(&mut names, &group, &stored, row)?);
        }
    }
    Ok(Outcome::reply(list))
}
