//! What comes to messages after they were sent: routes events and answers to their areas, and asks for what the screen lacks.

use super::{ballot, change, mute, pin, presence, reaction, receipt};
use crate::action::Action;
use crate::effect::{Effect, StoreOp};
use crate::event::{AttachedAnswer, LocalEvent};
use crate::state::State;
use crate::state::attached::{Annotation, Attached};
use crate::state::conversation::ChatId;
use crate::state::live::Looked;
use crate::state::message::Message;
use crate::state::modal::Modal;
use crate::state::pins::Pins;

/// Routes an answer to its area.
pub(super) fn answered(state: &mut State, answer: AttachedAnswer, out: &mut Vec<Effect>) {
    match answer {
        AttachedAnswer::Changes { chat, result } => change::caught_up(state, &chat, result, out),
        AttachedAnswer::Reactions { chat, places, result } => reaction::known(state, &chat, &places, result, out),
        AttachedAnswer::Reacted { chat, place, kind, add, result } => reaction::done(state, &chat, place, &kind, add, result, out),
        AttachedAnswer::Receipts { chat, result } => receipt::known(state, &chat, result, out),
        AttachedAnswer::Seen { chat, places, result } => receipt::told(state, &chat, &places, result, out),
        AttachedAnswer::Readers { group, place, read, result } => receipt::readers(state, &group, place, read, result),
        AttachedAnswer::Pins { group, result } => pin::known(state, &group, result, out),
        AttachedAnswer::MessagePinned { group, place, on, result } => pin::done(state, &group, place, on, result, out),
        AttachedAnswer::Muted { group, result } => mute::known(state, &group, result),
        AttachedAnswer::Extensions { group, place, result } => ballot::known(state, &group, place, result),
        AttachedAnswer::ExtensionSet { group, place, removed, result } => ballot::set(state, &group, place, removed, result),
        AttachedAnswer::Watched { users, result } => presence::known(state, &users, result),
        AttachedAnswer::CustomStatusSet { text, result } => presence::custom_status_set(state, &text, result),
        AttachedAnswer::TypingTold => {}
    }
}

/// Changes what is attached to a message: in memory where it is, and in the database.
pub(super) fn annotate(state: &mut State, chat: &ChatId, place: u64, annotation: Annotation, out: &mut Vec<Effect>) {
    state.live.looked = None;
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.change(place, |message| message.attached.apply(&annotation));
    }
    out.push(Effect::Store(StoreOp::Annotate { chat: chat.clone(), place, annotation }));
}

/// A page of messages came from somewhere: what the database has beside them is wanted.
pub(super) fn load(chat: &ChatId, messages: &[u64], out: &mut Vec<Effect>) {
    if let (Some(from), Some(to)) = (messages.iter().min(), messages.iter().max()) {
        out.push(Effect::Store(StoreOp::LoadAttached { chat: chat.clone(), from: *from, to: *to }));
    }
}

/// What the database has beside messages.
pub(super) fn loaded(state: &mut State, chat: &ChatId, rows: Vec<(u64, Attached)>, pins: Pins) {
    state.live.looked = None;
    let Some(timeline) = state.timeline_mut(chat) else { return };
    for (place, mut attached) in rows {
        timeline.change(place, |message| {
            // The message that is here may be newer: without reactions by now.
            if !message.reacted && attached.reactions_rev > 0 && message.rev > attached.reactions_rev {
                attached.reactions.clear();
            }
            // What was told since this was read counts.
            if message.attached.is_empty() && message.is_shown_message() {
                message.attached = Attached { asked: message.attached.asked, ..attached };
            }
        });
    }
    if timeline.pins.list().is_empty() {
        timeline.pins = pins;
    }
}

/// The first frame's share of [`loaded`].
pub(crate) fn restore_attached(state: &mut State, event: LocalEvent) {
    if let LocalEvent::Attached { chat, rows, pins } = event {
        loaded(state, &chat, rows, pins);
    }
}

/// A new login: what was asked before may never be answered, and what was known may have changed.
pub(super) fn renewed(state: &mut State) {
    state.live.renew();
    for chat in state.timeline_ids() {
        if let Some(timeline) = state.timeline_mut(&chat) {
            timeline.change_all(|message| message.attached.asked = Default::default());
        }
    }
}

/// What an action does in a dialog about reactions, readers or pins; false: it is none of them, or does what it always does.
pub(super) fn dialog(state: &mut State, action: Action, out: &mut Vec<Effect>) -> bool {
    let step = match action {
        Action::ItemUp => -1,
        Action::ItemDown => 1,
        Action::ItemPageUp => -10,
        Action::ItemPageDown => 10,
        _ => 0,
    };
    let moved = |chosen: usize, count: usize| chosen.saturating_add_signed(step).min(count.saturating_sub(1));
    let kinds = reaction::kinds(state);
    let pinned = state.open_timeline().map_or(0, |timeline| timeline.pins.list().len());
    match (state.modals.last_mut(), action) {
        (Some(Modal::React(_)), Action::Confirm) => reaction::choose(state, out),
        (Some(Modal::Reactors(_)), Action::Confirm) => reaction::choose_reactor(state, out),
        (Some(Modal::Pins(_)), Action::Confirm) => pin::jump(state, out),
        (Some(Modal::Pins(_)), Action::RemoveItem) => pin::remove(state, out),
        (Some(Modal::React(bar)), _) if step != 0 => bar.chosen = moved(bar.chosen, bar.offers.len()),
        (Some(Modal::Pins(list)), _) if step != 0 => list.chosen = moved(list.chosen, pinned),
        (Some(Modal::Reactors(dialog)), Action::ChoiceNext) => dialog.tab = (dialog.tab + 1) % kinds.max(1),
        (Some(Modal::Reactors(dialog)), Action::ChoicePrevious) => dialog.tab = (dialog.tab + kinds.max(1) - 1) % kinds.max(1),
        (Some(Modal::Readers(readers)), Action::ChoiceNext | Action::ChoicePrevious) => {
            readers.read_tab = !readers.read_tab;
            readers.chosen = 0;
        }
        (Some(Modal::Readers(readers)), _) if step != 0 => {
            readers.chosen = moved(readers.chosen, readers.list(readers.read_tab).users.len());
            receipt::more_readers(state, out);
        }
        (Some(Modal::Readers(_)), Action::Confirm) => {
            state.modals.pop();
            super::timeline::see_open(state, out);
        }
        _ => return false,
    }
    true
}

/// Asks for what the messages on the screen lack, and tells their senders that they are read.
pub(super) fn settle(state: &mut State, out: &mut Vec<Effect>) {
    presence::settle(state, out);
    let Some(chat) = state.open.clone().filter(|_| state.online()) else { return };
    if state.live.ask_once(&chat) {
        if state.open_room().is_none() {
            pin::ask(state, &chat, out);
        }
        mute::ask(state, &chat, out);
    }
    let Some(timeline) = state.timeline(&chat).filter(|timeline| timeline.loaded) else { return };
    let receipts = state.receipts;
    let looked = Looked {
        chat: chat.clone(),
        scroll: timeline.scroll.clone(),
        places: (timeline.oldest_place(), timeline.newest_place()),
        size: state.size,
        seen: state.in_front && state.modals.is_empty(),
        receipts,
    };
    let unread_votes = |row: &Message| row.ballot().is_some() && state.live.lacks_votes(&chat, row.place.unwrap_or(0));
    let lacks =
        |row: &Message| row.lacks_reactions() || (receipts && row.lacks_receipt()) || row.owes_receipt() || unread_votes(row);
    // Laying the screen out costs more than looking whether it is needed.
    if state.live.looked.as_ref() == Some(&looked) || !timeline.rows().iter().any(lacks) {
        return;
    }
    let Some((first, last)) = crate::view::timeline::places_in_sight(state) else { return };
    let places = timeline.rows().iter().filter_map(|row| row.place);
    let shown: Vec<u64> = places.filter(|place| (first..=last).contains(place)).collect();
    reaction::ask(state, &chat, &shown, out);
    ballot::ask(state, &chat, &shown, out);
    receipt::ask(state, &chat, &shown, out);
    receipt::tell(state, &chat, &shown, out);
    state.live.looked = Some(looked);
}

#[cfg(test)]
mod tests;
