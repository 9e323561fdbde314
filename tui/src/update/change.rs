//! Messages that changed after they were sent: recalled, modified, deleted for oneself; live, and what was missed while away.

use super::session::line_of;
use super::{pin, save};
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::State;
use crate::state::attached::Annotation;
use crate::state::conversation::{ChatId, Conversation};
use crate::state::message::{Body, Message};
use crate::text::clean_line;
use std::sync::Arc;
use tern_protocol::api::conversation::{ChangedMessageList, Conversation as WireConversation};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{DeletedMessages, RecalledC2c, RecalledGroup};

/// Conversations whose changes are read at once, and how many of the newest are read without being opened.
const AT_ONCE: usize = 2;
const UNOPENED: usize = 50;

/// Who took a message back, and why.
#[derive(Clone, Copy, Debug, Default)]
struct Revoked<'a> {
    /// Who sent it; `None`: not known.
    of: Option<&'a str>,
    by: Option<&'a str>,
    reason: Option<&'a str>,
}

/// A one-to-one message was taken back.
pub(super) fn recalled_c2c(state: &mut State, recalled: &RecalledC2c, out: &mut Vec<Effect>) {
    let peer = if recalled.from_account == state.me.user { &recalled.to_account } else { &recalled.from_account };
    let chat = ChatId::user(peer);
    // Without a place, as other servers tell it, the row is known by its numbers.
    let by_numbers = || {
        let timeline = state.timeline(&chat)?;
        let same = |row: &&Message| row.seq == recalled.msg_seq && row.random == recalled.msg_random;
        timeline.rows().iter().find(same).and_then(|row| row.place)
    };
    let of = Some(recalled.from_account.as_str());
    let revoked = Revoked { of, by: recalled.revoker.as_deref(), reason: recalled.reason.as_deref() };
    if let Some(place) = recalled.pos.or_else(by_numbers) {
        recall(state, &chat, place, revoked, out);
    }
}

/// Group messages were taken back.
pub(super) fn recalled_group(state: &mut State, list: &[RecalledGroup], out: &mut Vec<Effect>) {
    for recalled in list {
        let of = Some(recalled.from_account.as_str());
        let revoked = Revoked { of, by: recalled.revoker.as_deref(), reason: recalled.reason.as_deref() };
        recall(state, &ChatId::group(&recalled.group_id), recalled.msg_seq, revoked, out);
    }
}

/// This person took a message back.
pub(super) fn recalled_here(state: &mut State, chat: &ChatId, place: u64, out: &mut Vec<Effect>) {
    let me = state.me.user.clone();
    recall(state, chat, place, Revoked { of: None, by: Some(&me), reason: None }, out);
}

/// A message is not shown any more.
fn recall(state: &mut State, chat: &ChatId, place: u64, revoked: Revoked<'_>, out: &mut Vec<Effect>) {
    let revoker = revoked.by.map(str::to_owned);
    let reason = revoked.reason.map(str::to_owned);
    out.push(Effect::Store(StoreOp::Recall { chat: chat.clone(), place, revoker, reason }));
    let me = state.me.user.clone();
    let (mut was_recalled, mut mine) = (false, revoked.of == Some(&*me));
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.change(place, |message| {
            was_recalled = matches!(message.body, Body::Recalled);
            mine |= message.mine;
            message.body = Body::Recalled;
            message.source = None;
            message.revoker = revoked.by.map(Arc::from);
            message.revoke_reason = revoked.reason.map(clean_line).unwrap_or_default();
            message.attached = Default::default();
            message.reacted = false;
        });
    }
    pin::gone(state, chat, &[place], out);
    if state.conversations.get(chat).is_none() {
        return;
    }
    state.conversations.change(chat, |conversation| {
        // What was not read yet will not be.
        if place > conversation.read_place && !mine && !was_recalled {
            conversation.unread = conversation.unread.saturating_sub(1);
        }
        if let Some(last) = conversation.last.as_mut().filter(|last| last.place == place) {
            if let Some(by) = revoked.by.filter(|by| !by.is_empty()) {
                last.sender = by.to_owned();
            }
            last.text = if last.sender == me { "You recalled a message".into() } else { "recalled a message".into() };
        }
    });
    save(state, chat, out);
}

/// A message has another text now: at its place, with a greater version.
pub(super) fn modified(state: &mut State, wire: WireMessage, out: &mut Vec<Effect>) {
    let message = Message::from_wire(&wire, &state.me.user);
    let group = wire.chat_id().map(String::as_str).filter(|group| !group.is_empty());
    let peer = if message.mine { wire.to_account.as_deref().unwrap_or_default() } else { wire.from_account.as_str() };
    let chat = group.map_or_else(|| ChatId::user(peer), ChatId::group);
    let Some(place) = message.place else { return };
    let line = line_of(&message);
    let is_last = |conversation: &Conversation| conversation.last.as_ref().is_some_and(|last| last.place == place);
    if state.conversations.get(&chat).is_some_and(is_last) {
        state.conversations.change(&chat, |conversation| conversation.last = Some(line));
        save(state, &chat, out);
    }
    apply(state, &chat, vec![wire], out);
}

/// Messages as they are now, where they are here: in memory, in the database, among the pins.
fn apply(state: &mut State, chat: &ChatId, wires: Vec<WireMessage>, out: &mut Vec<Effect>) {
    let me = state.me.user.clone();
    state.live.looked = None;
    for wire in &wires {
        let message = Message::from_wire(wire, &me);
        let Some(place) = message.place else { continue };
        match message.body {
            Body::Recalled => {
                let (revoker, reason) = (wire.revoker.clone(), wire.revoke_reason.clone());
                out.push(Effect::Store(StoreOp::Recall { chat: chat.clone(), place, revoker, reason }));
                pin::gone(state, chat, &[place], out);
            }
            _ => pin::edited(state, chat, place, &message.abstract_line(), out),
        }
        if !message.reacted {
            let annotation = Annotation::Reactions { list: Vec::new(), rev: message.rev };
            out.push(Effect::Store(StoreOp::Annotate { chat: chat.clone(), place, annotation }));
        }
        if let Some(timeline) = state.timeline_mut(chat) {
            timeline.change(place, |known| {
                if message.version >= known.version {
                    let (attached, known_rev) = (std::mem::take(&mut known.attached), known.rev);
                    *known = message;
                    if !matches!(known.body, Body::Recalled) {
                        known.keep_attached(attached, known_rev);
                    }
                }
            });
        }
    }
    if !wires.is_empty() {
        out.push(Effect::Store(StoreOp::Changed { chat: chat.clone(), messages: wires }));
    }
}

/// Messages that this person deleted for itself on another device.
pub(super) fn deleted(state: &mut State, deleted: &DeletedMessages, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&deleted.id) else { return };
    if let Some(timeline) = state.timeline_mut(&chat) {
        timeline.remove_places(&deleted.places);
    }
    pin::gone(state, &chat, &deleted.places, out);
    out.push(Effect::Store(StoreOp::Delete { chat, places: deleted.places.clone() }));
}

/// A conversation changed while away: messages of it that are here may have changed too, and its pins.
pub(super) fn note(state: &mut State, wire: &WireConversation, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&wire.id) else { return };
    let known_rev = state.sync.rev;
    let had_messages = state.conversations.get(&chat).is_some_and(|known| known.last_place > 0 && known.changes_from == 0);
    if known_rev == 0 || !had_messages {
        return;
    }
    state.conversations.change(&chat, |conversation| conversation.changes_from = known_rev);
    state.live.ask_again(&chat);
    save(state, &chat, out);
}

/// Reads what changed in conversations that are here: the open one, then the newest of the list, a few at a time. Others
/// follow when they are opened.
pub(super) fn catch_up(state: &mut State, out: &mut Vec<Effect>) {
    if !state.online() {
        return;
    }
    while state.live.changing.len() < AT_ONCE {
        let due = |conversation: &&Conversation| {
            let id = &conversation.id;
            conversation.changes_from > 0 && !state.live.changing.contains(id) && !state.live.failed.contains(id)
        };
        let open = state.open_conversation().filter(due);
        let Some(next) = open.or_else(|| state.conversations.listed().take(UNOPENED).find(due)) else { return };
        let (chat, rev) = (next.id.clone(), next.changes_from);
        state.live.changing.push(chat.clone());
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Changes { chat, rev })));
    }
}

/// A page of what changed in a conversation.
pub(super) fn caught_up(state: &mut State, chat: &ChatId, result: Result<Box<ChangedMessageList>, Refusal>, out: &mut Vec<Effect>) {
    state.live.changing.retain(|other| other != chat);
    let Ok(page) = result else {
        // Tried again after the next login, so that a refusal is no loop.
        state.live.failed.insert(chat.clone());
        catch_up(state, out);
        return;
    };
    let page = *page;
    apply(state, chat, page.msg_list, out);
    for range in page.deleted.into_iter().flatten() {
        if let Some(timeline) = state.timeline_mut(chat) {
            timeline.remove_range(range.first, range.last);
        }
        out.push(Effect::Store(StoreOp::DeleteRange { chat: chat.clone(), first: range.first, last: range.last }));
    }
    let asked_from = state.conversations.get(chat).map_or(0, |conversation| conversation.changes_from);
    // An answer that does not go on is the last one.
    let goes_on = page.complete != 1 && page.rev > asked_from;
    if state.conversations.get(chat).is_some() {
        state.conversations.change(chat, |conversation| conversation.changes_from = if goes_on { page.rev } else { 0 });
        save(state, chat, out);
    }
    catch_up(state, out);
}
