//! "Typing" of one-to-one conversations (`contract/client-semantics.md` 2.10): told and shown, always for a short while.

use crate::effect::{Ask, AttachedAsk, Effect};
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message};
use crate::state::{Focus, State};
use rand::Rng;

/// The other side is told again at most so often (milliseconds).
const RENEWED_MS: i64 = 4_000;
/// How long a peer is shown as typing without being told again (milliseconds).
const SHOWN_MS: i64 = 5_000;
/// Only somebody who wrote within this time is told (seconds).
const FRESH_S: i64 = 30;

/// A peer types, or not any more.
pub(super) fn told(state: &mut State, chat: &ChatId, on: bool) {
    if on && state.conversations.get(chat).is_some() {
        let now_ms = state.now.mono_ms;
        state.live.set_typing(chat, now_ms + SHOWN_MS, now_ms);
    } else {
        state.live.stop_typing(chat);
    }
}

/// What was written before an event: only a change of it is typing.
#[derive(Debug)]
pub(super) struct Before {
    chat: ChatId,
    text: String,
}

/// Notes what is written to the open person.
pub(super) fn before(state: &State) -> Option<Before> {
    let chat = state.open.clone().filter(|chat| !chat.is_group())?;
    Some(Before { chat, text: state.composer.text().to_owned() })
}

/// Tells the peer that one types, or has stopped.
pub(super) fn settle(state: &mut State, before: Option<&Before>, out: &mut Vec<Effect>) {
    if let Some((chat, _)) = state.live.told_typing.clone() {
        let writes = state.open.as_ref() == Some(&chat) && state.focus == Focus::Composer && state.in_front;
        if !writes || state.composer.is_blank() {
            state.live.told_typing = None;
            tell(state, &chat, false, out);
        }
    }
    let Some(before) = before.filter(|before| state.open.as_ref() == Some(&before.chat)) else { return };
    let text = state.composer.text();
    if text == before.text || state.composer.is_blank() || text.starts_with('/') || !wants(state) {
        return;
    }
    let renewed = state.live.told_typing.as_ref().is_none_or(|(_, at_ms)| at_ms + RENEWED_MS <= state.now.mono_ms);
    if renewed {
        let chat = before.chat.clone();
        state.live.told_typing = Some((chat.clone(), state.now.mono_ms));
        tell(state, &chat, true, out);
    }
}

/// The peer's client shows it, and the peer is there: the last message is of just now.
fn wants(state: &State) -> bool {
    let of_peer = |row: &&Message| !row.mine && matches!(row.body, Body::Parts(_));
    let last = state.open_timeline().and_then(|timeline| timeline.rows().iter().rev().find(of_peer));
    last.is_some_and(|row| row.shows_typing && state.server_now_s() - row.time_s < FRESH_S)
}

fn tell(state: &mut State, chat: &ChatId, on: bool, out: &mut Vec<Effect>) {
    if let (ChatId::User(user), true) = (chat, state.online()) {
        let random = state.rng.random();
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Typing { user: user.to_string(), on, random })));
    }
}
