//! Writing, sending, and the outbox.

use super::{acting, key, media, save, timeline};
use crate::action::{Action, by_name};
use crate::effect::{Ask, Effect, MediaOp, StoreOp};
use crate::event::{Delivered, Refusal};
use crate::state::composer::{GIVE_UP_HOURS, Outgoing, Written, over_limit, read};
use crate::state::conversation::{ChatId, LastLine};
use crate::state::editor::Editor;
use crate::state::message::{Delivery, Message};
use crate::state::timeline::Scroll;
use crate::state::{Focus, State, Tone};
use rand::Rng;
use serde_json::value::RawValue;
use tern_protocol::ErrorCode;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::limits;

/// Runs an action on what is written or unsent.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Send => send_written(state, out),
        Action::Edit(edit) => key::edit(state, edit, out),
        Action::Resend => resend(state, out),
        Action::Discard => discard(state, out),
        _ => {}
    }
}

fn send_written(state: &mut State, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else { return };
    let written = state.composer.text().to_owned();
    match read(&written) {
        Written::Blank => {}
        Written::Text(_) if super::mute::says(state, &chat).is_some() => {
            let says = super::mute::says(state, &chat).unwrap_or_default();
            state.say(Tone::Bad, format!("Not sent: {says}"));
        }
        // What is written stays: one is in again in a moment.
        Written::Text(_) if super::room::is_outside(state) => state.say(Tone::Bad, super::room::OUTSIDE),
        Written::Command { name, argument } => command(state, name, argument, out),
        Written::Text(text) if state.open_room().is_some() => {
            let ats = mentioned(state, &chat, text);
            match over_limit(text, None) {
                Some((bytes, limit)) => state.say(Tone::Bad, format!("Too long: {bytes} bytes of {limit}")),
                None => {
                    state.composer.take();
                    super::room::say(state, text, ats, out);
                }
            }
        }
        Written::Text(text) => {
            let mut letter = acting::letter(state, &chat, text, state.answering.clone());
            letter.ats = mentioned(state, &chat, text);
            if letter.ats.len() > limits::GROUP_AT {
                state.say(Tone::Bad, format!("{} people are mentioned, {} are allowed", letter.ats.len(), limits::GROUP_AT));
                return;
            }
            if let Some((bytes, limit)) = over_limit(text, letter.custom.as_deref()) {
                state.say(Tone::Bad, format!("Too long: {bytes} bytes of {limit}. Send it in parts, or as a file"));
                return;
            }
            state.composer.take();
            state.answering = None;
            post(state, &chat, letter, out);
        }
    }
}

/// Whom a text mentions, in its order, each once: those that were chosen, and members whose UserID was written behind an `@`.
pub(super) fn mentioned(state: &State, chat: &ChatId, text: &str) -> Vec<String> {
    let ChatId::Group(group) = chat else { return Vec::new() };
    let mut found: Vec<(usize, &str)> =
        state.composer.mentions().iter().map(|mention| (mention.start, mention.user.as_str())).collect();
    let members = Some(&state.completing.members).filter(|members| *members.group == **group);
    let chosen = |at: usize| state.composer.mentions().iter().any(|mention| (mention.start..mention.end).contains(&at));
    let whole = state.composer.text();
    for (at, _) in whole.match_indices('@').filter(|(at, _)| text.contains('@') && !chosen(*at)) {
        let inside_word = whole[..at].chars().next_back().is_some_and(char::is_alphanumeric);
        let word = whole[at + 1..].split(char::is_whitespace).next().unwrap_or_default();
        let member = |word: &str| members.and_then(|members| members.list.iter().find(|member| member.user == word));
        let spoke = |word: &str| state.open_timeline().and_then(|timeline| timeline.rows().iter().find(|row| *row.sender == *word));
        for user in [word, word.trim_end_matches(['.', ',', ':', ';', '!', '?'])]
            .into_iter()
            .filter(|user| !user.is_empty() && !inside_word)
        {
            if *user != state.me.user && (member(user).is_some() || spoke(user).is_some()) {
                found.push((at, user));
                break;
            }
        }
    }
    found.sort_by_key(|(at, _)| *at);
    let mut users: Vec<String> = Vec::new();
    for (_, user) in found {
        if !users.iter().any(|known| known == user) {
            users.push(user.to_owned());
        }
    }
    users
}

fn command(state: &mut State, name: &str, argument: &str, out: &mut Vec<Effect>) {
    match by_name(name).filter(|row| row.listed) {
        Some(row) if !argument.is_empty() && row.argument.is_empty() => {
            state.say(Tone::Bad, format!("/{name} takes nothing behind it; // sends a text that starts with a slash"));
        }
        Some(row) => {
            state.composer.take();
            super::run(state, row.action, argument, out);
        }
        None => state
            .say(Tone::Bad, format!("There is no command /{name}: Ctrl-K lists them, // sends a text that starts with a slash")),
    }
}

/// Sends a text.
#[cfg(test)]
pub(crate) fn send(state: &mut State, chat: &ChatId, text: String, out: &mut Vec<Effect>) {
    let custom = crate::state::reply::custom_data(!chat.is_group(), None);
    post(state, chat, Outgoing { text, custom, ..Outgoing::default() }, out);
}

/// Puts a message into the outbox under a new name and, when there is a link, on its way.
pub(crate) fn post(state: &mut State, chat: &ChatId, content: Outgoing, out: &mut Vec<Effect>) {
    if state.room_of(chat).is_some() {
        super::room::post(state, content, out);
        return;
    }
    let mut outgoing = Outgoing {
        chat: chat.key(),
        client_time_s: state.now.seconds(),
        random: state.rng.random(),
        created_ms: state.now.wall_ms,
        failed: None,
        receipt: super::receipt::asks(state, chat),
        ..content
    };
    let msg_id = outgoing.msg_id(&state.me.tiny_id);
    if let Some((_, entry)) = &mut outgoing.thread {
        entry.message_id = msg_id;
    }
    let message = outgoing.as_message(&state.me.user, &state.me.tiny_id);
    state.conversations.change(chat, |conversation| {
        conversation.last = Some(super::session::line_of(&message));
        conversation.gone = false;
        conversation.draft.clear();
        conversation.draft_answers = None;
        conversation.draft_mentions.clear();
        conversation.draft_s = 0;
    });
    super::conversation::touched(state, chat, out);
    save(state, chat, out);
    let is_open = state.open.as_ref() == Some(chat);
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.insert(message);
        if is_open {
            timeline.scroll = Scroll::Tail;
            timeline.below = 0;
            timeline.divider = None;
        }
    }
    out.push(Effect::Store(StoreOp::Outgoing(outgoing.clone())));
    state.outbox.push(outgoing);
    deliver_all(state, out);
    timeline::see_open(state, out);
}

/// Messages that the session works on at once.
const IN_FLIGHT: usize = 16;

/// Files that go to the server at once.
const UPLOADS: usize = 2;

/// Hands to the session what waits and is not with it yet, in the order it was written. It keeps it through losses of the link.
pub(crate) fn deliver_all(state: &mut State, out: &mut Vec<Effect>) {
    if !state.online() {
        return;
    }
    let is_uploading = |outgoing: &&Outgoing| outgoing.needs_upload() && state.in_flight.contains(&outgoing.key());
    let mut uploading = state.outbox.iter().filter(is_uploading).count();
    for outgoing in state.outbox.iter().filter(|outgoing| outgoing.failed.is_none()) {
        let key = outgoing.key();
        if state.in_flight.len() < IN_FLIGHT && !state.in_flight.contains(&key) {
            if outgoing.needs_upload() {
                if uploading >= UPLOADS {
                    continue;
                }
                uploading += 1;
                out.push(Effect::Media(MediaOp::Upload(Box::new(outgoing.clone()))));
            } else {
                out.push(Effect::Ask(Ask::Deliver(outgoing.clone())));
            }
            state.in_flight.push(key);
        }
    }
}

/// The server has the message, or refused it.
pub(crate) fn delivered(state: &mut State, key: &str, result: Result<Delivered, Refusal>, out: &mut Vec<Effect>) {
    state.in_flight.retain(|other| other != key);
    let Some(at) = state.outbox.iter().position(|outgoing| outgoing.key() == key) else { return };
    match result {
        Ok(delivered) if was_dropped(state, &state.outbox[at], &delivered) => {
            let text = "the group has too many messages at this moment: send it again a little later";
            fail(state, at, ErrorCode::GROUP_MESSAGE_RATE_EXCEEDED.0, text.into(), out);
        }
        Ok(delivered) => {
            let outgoing = state.outbox.remove(at);
            out.push(Effect::Store(StoreOp::OutgoingGone(key.to_owned())));
            media::let_go(state, &outgoing, out);
            stored(state, &outgoing, &delivered, out);
        }
        Err(refusal) => {
            let chat = state.outbox[at].chat_id();
            fail(state, at, refusal.code, super::says::refused(&refusal), out);
            super::mute::refused(state, chat.as_ref(), refusal.code, out);
        }
    }
    deliver_all(state, out);
}

/// Groups that keep messages give each a place: one without was dropped, which the server answers with success
/// (`contract/client-semantics.md` 2.5).
fn was_dropped(state: &State, outgoing: &Outgoing, delivered: &Delivered) -> bool {
    let Some(ChatId::Group(group)) = outgoing.chat_id() else { return false };
    let keeps = state.groups.get(&group).is_none_or(|group| group.kind != "AVChatRoom");
    delivered.place.is_none() && keeps
}

/// The session ended while it worked on a message: it goes out again under the same name over the next one.
pub(crate) fn delivery_lost(state: &mut State, key: &str, out: &mut Vec<Effect>) {
    state.in_flight.retain(|other| other != key);
    deliver_all(state, out);
}

fn stored(state: &mut State, outgoing: &Outgoing, delivered: &Delivered, out: &mut Vec<Effect>) {
    let Some(chat) = outgoing.chat_id() else { return };
    let wire = as_stored(state, outgoing, delivered, &chat);
    let message = Message::from_wire(&wire, &state.me.user);
    let Some(place) = delivered.place else {
        // Taken but not kept (a group over its rate): it stays on this screen only.
        if let Some(timeline) = state.timeline_mut(&chat)
            && let Some(row) = timeline.unsent_mut(&message.msg_id)
        {
            row.delivery = Delivery::Stored;
            row.time_s = delivered.time_s;
        }
        return;
    };
    let line = super::session::line_of(&message);
    state.conversations.change(&chat, |conversation| {
        if place > conversation.last_place {
            // One's own message leaves nothing unread behind when everything before it was read.
            if conversation.read_place >= conversation.last_place {
                conversation.read_place = place;
                conversation.read_reported = conversation.read_reported.max(place);
            }
            conversation.last_place = place;
            conversation.last = Some(LastLine { time_s: delivered.time_s, ..line });
        }
    });
    out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: vec![wire], held: Some((place, place)) }));
    timeline::take_live(state, &chat, message, out);
    save(state, &chat, out);
}

/// The message as the server stored it.
fn as_stored(state: &State, outgoing: &Outgoing, delivered: &Delivered, chat: &ChatId) -> WireMessage {
    let mut wire = WireMessage {
        from_account: state.me.user.clone(),
        msg_random: u64::from(outgoing.random),
        msg_time_stamp: delivered.time_s,
        msg_client_time: outgoing.client_time_s,
        tiny_id: state.me.tiny_id.clone(),
        msg_body: RawValue::from_string(outgoing.body_json()).ok(),
        cloud_custom_data: outgoing.custom.clone(),
        need_read_receipt: outgoing.receipt.then_some(1),
        ..WireMessage::default()
    };
    match chat {
        ChatId::User(user) => {
            wire.to_account = Some(user.to_string());
            wire.pos = delivered.place;
            wire.msg_seq = u64::from(outgoing.seq());
        }
        ChatId::Group(group) => {
            wire.to_group_id = Some(group.to_string());
            wire.group_at_info = outgoing.group_at_info();
            wire.msg_seq = delivered.place.unwrap_or(0);
        }
    }
    wire
}

/// A message from the server is one of the outbox: its acknowledgement was lost, or another answer came first.
pub(crate) fn found(state: &mut State, chat: &ChatId, msg_id: &str, out: &mut Vec<Effect>) {
    let tiny_id = state.me.tiny_id.clone();
    let Some(at) = state.outbox.iter().position(|outgoing| outgoing.msg_id(&tiny_id) == msg_id) else { return };
    let outgoing = state.outbox.remove(at);
    state.in_flight.retain(|key| *key != outgoing.key());
    out.push(Effect::Store(StoreOp::OutgoingGone(outgoing.key())));
    media::let_go(state, &outgoing, out);
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.remove_unsent(msg_id);
    }
}

pub(super) fn fail(state: &mut State, at: usize, code: i32, text: String, out: &mut Vec<Effect>) {
    let tiny_id = state.me.tiny_id.clone();
    let Some(outgoing) = state.outbox.get_mut(at) else { return };
    outgoing.failed = Some((code, text.clone()));
    let outgoing = outgoing.clone();
    if let Some(chat) = outgoing.chat_id() {
        if let Some(timeline) = state.timeline_mut(&chat)
            && let Some(row) = timeline.unsent_mut(&outgoing.msg_id(&tiny_id))
        {
            row.delivery = Delivery::Failed { code, text: text.clone() };
        }
        let says = match code {
            0 => format!("Not sent to {}: {text}", state.name_of(&chat)),
            code => format!("Not sent to {}: {text} (code {code})", state.name_of(&chat)),
        };
        state.say(Tone::Bad, says);
    }
    out.push(Effect::Store(StoreOp::Outgoing(outgoing)));
}

/// Gives up what could not be sent for a day.
pub(crate) fn give_up(state: &mut State, out: &mut Vec<Effect>) {
    while let Some(at) = state.outbox.iter().position(|row| row.failed.is_none() && row.given_up_ms() <= state.now.wall_ms) {
        let key = state.outbox[at].key();
        state.in_flight.retain(|other| *other != key);
        fail(state, at, 0, format!("the server was not reached for {GIVE_UP_HOURS} hours"), out);
    }
}

/// The outbox row of the selected message, if that failed.
fn selected_failed(state: &State) -> Option<usize> {
    let row = state.open_timeline()?.selected_row().filter(|row| matches!(row.delivery, Delivery::Failed { .. }))?;
    state.outbox.iter().position(|outgoing| outgoing.msg_id(&state.me.tiny_id) == row.msg_id)
}

fn resend(state: &mut State, out: &mut Vec<Effect>) {
    let Some(at) = selected_failed(state) else {
        state.say(Tone::Neutral, "This message was sent");
        return;
    };
    // The same name: had the server taken the first attempt after all, this is answered like it.
    let mut outgoing = state.outbox.remove(at);
    outgoing.failed = None;
    outgoing.created_ms = state.now.wall_ms;
    let message = outgoing.as_message(&state.me.user, &state.me.tiny_id);
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.remove_unsent(&message.msg_id);
        timeline.insert(message);
        timeline.scroll = Scroll::Tail;
        timeline.selected = None;
    }
    state.focus = Focus::Composer;
    out.push(Effect::Store(StoreOp::Outgoing(outgoing.clone())));
    state.outbox.push(outgoing);
    if !state.online() {
        state.say(Tone::Neutral, "It goes out when the link is back");
    }
    deliver_all(state, out);
}

fn discard(state: &mut State, out: &mut Vec<Effect>) {
    let Some(at) = selected_failed(state) else {
        state.say(Tone::Neutral, "Only a message that was not sent can be thrown away");
        return;
    };
    let outgoing = state.outbox.remove(at);
    let msg_id = outgoing.msg_id(&state.me.tiny_id);
    out.push(Effect::Store(StoreOp::OutgoingGone(outgoing.key())));
    media::let_go(state, &outgoing, out);
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.remove_unsent(&msg_id);
        timeline.selected = None;
    }
    // Its text can be changed and sent anew.
    if state.composer.is_blank() {
        state.composer = Editor::with_text(&outgoing.text);
    }
    state.focus = Focus::Composer;
}
