//! Messages that changed after they were sent: recalled, modified, deleted for oneself.

use super::save;
use super::session::line_of;
use crate::effect::{Effect, StoreOp};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{DeletedMessages, RecalledC2c, RecalledGroup};

/// A one-to-one message was taken back.
pub(super) fn recalled_c2c(state: &mut State, recalled: &RecalledC2c, out: &mut Vec<Effect>) {
    let peer = if recalled.from_account == state.me.user { &recalled.to_account } else { &recalled.from_account };
    if let Some(place) = recalled.pos {
        recall(state, &ChatId::user(peer), place, out);
    }
}

/// Group messages were taken back.
pub(super) fn recalled_group(state: &mut State, list: &[RecalledGroup], out: &mut Vec<Effect>) {
    for recalled in list {
        recall(state, &ChatId::group(&recalled.group_id), recalled.msg_seq, out);
    }
}

/// A message is not shown any more.
pub(super) fn recall(state: &mut State, chat: &ChatId, place: u64, out: &mut Vec<Effect>) {
    out.push(Effect::Store(StoreOp::Recall { chat: chat.clone(), place }));
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.change(place, |message| {
            message.body = Body::Recalled;
            message.source = None;
        });
    }
    let me = state.me.user.clone();
    if state.conversations.get(chat).is_none() {
        return;
    }
    state.conversations.change(chat, |conversation| {
        // What was not read yet will not be.
        if place > conversation.read_place {
            conversation.unread = conversation.unread.saturating_sub(1);
        }
        if place == conversation.last_place
            && let Some(last) = &mut conversation.last
        {
            last.text = if last.sender == me { "You recalled a message".into() } else { "recalled a message".into() };
        }
    });
    save(state, chat, out);
}

/// A message has another text now: at its place, with a greater version.
pub(super) fn modified(state: &mut State, wire: WireMessage, out: &mut Vec<Effect>) {
    let message = Message::from_wire(&wire, &state.me.user);
    let group = wire.to_group_id.as_deref().filter(|group| !group.is_empty());
    let peer = if message.mine { wire.to_account.as_deref().unwrap_or_default() } else { wire.from_account.as_str() };
    let chat = group.map_or_else(|| ChatId::user(peer), ChatId::group);
    let Some(place) = message.place else { return };
    let line = line_of(&message);
    if state.conversations.get(&chat).is_some_and(|conversation| conversation.last_place == place) {
        state.conversations.change(&chat, |conversation| conversation.last = Some(line));
        save(state, &chat, out);
    }
    out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: vec![wire], held: None }));
    if let Some(timeline) = state.timeline_mut(&chat) {
        timeline.change(place, |known| {
            if message.version >= known.version {
                *known = message;
            }
        });
    }
}

/// Messages that this person deleted for itself on another device.
pub(super) fn deleted(state: &mut State, deleted: &DeletedMessages, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&deleted.id) else { return };
    if let Some(timeline) = state.timeline_mut(&chat) {
        timeline.remove_places(&deleted.places);
    }
    out.push(Effect::Store(StoreOp::Delete { chat, places: deleted.places.clone() }));
}
