//! Reactions: the ones that are told, one's own, and who reacted.

use super::attached::annotate;
use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::attached::{Annotation, Reaction};
use crate::state::conversation::ChatId;
use crate::state::editor::Editor;
use crate::state::modal::Modal;
use crate::state::reaction::{React, Reactors, offers};
use crate::state::{State, Tone};
use tern_protocol::api::annotation::ReactionList;
use tern_protocol::event::ReactionNotice;

/// Messages in one request for reactions.
const PLACES_MOST: usize = 20;
/// Reactions that are remembered as used.
const USED: usize = 16;

/// Somebody reacted, or took it back.
pub(super) fn told(state: &mut State, notice: &ReactionNotice, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&notice.id) else { return };
    let by_me = (notice.user == state.me.user).then_some(notice.operation == 1);
    let change = Reaction::from_wire(&notice.reaction);
    annotate(state, &chat, notice.place, Annotation::Reaction { change, by_me }, out);
}

/// Asks for reactions of messages in sight that are not known.
pub(super) fn ask(state: &mut State, chat: &ChatId, shown: &[u64], out: &mut Vec<Effect>) {
    let Some(timeline) = state.timeline_mut(chat) else { return };
    let mut places = Vec::new();
    for place in shown.iter().rev() {
        timeline.change(*place, |message| {
            if message.lacks_reactions() && places.len() < PLACES_MOST {
                message.attached.asked.reactions = true;
                places.push(*place);
            }
        });
    }
    if !places.is_empty() {
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Reactions { chat: chat.clone(), places })));
    }
}

/// Reactions as the server has them; what it does not name has none.
pub(super) fn known(
    state: &mut State,
    chat: &ChatId,
    places: &[u64],
    result: Result<ReactionList, Refusal>,
    out: &mut Vec<Effect>,
) {
    let Ok(answer) = result else { return };
    for place in places {
        let found = answer.messages.iter().find(|message| message.place == *place);
        let list = found.map(|message| message.reactions.iter().map(Reaction::from_wire).collect()).unwrap_or_default();
        let Some(rev) = state.timeline(chat).and_then(|timeline| timeline.at(*place)).map(|row| row.rev) else { continue };
        annotate(state, chat, *place, Annotation::Reactions { list, rev }, out);
    }
}

/// Sets one's own reaction, or takes it back: seen at once, put right if the server refuses.
pub(super) fn toggle(state: &mut State, chat: &ChatId, place: u64, kind: &str, out: &mut Vec<Effect>) {
    if !state.online() {
        state.say(Tone::Neutral, "Reactions need the link to the server; there is none now");
        return;
    }
    let me = state.me.user.clone();
    let Some(row) = state.timeline(chat).and_then(|timeline| timeline.at(place)).filter(|row| row.is_shown_message()) else {
        return;
    };
    let change = row.attached.toggled(kind, &me);
    let add = change.mine;
    if add {
        state.reactions_used.retain(|used| used != kind);
        state.reactions_used.insert(0, kind.to_owned());
        state.reactions_used.truncate(USED);
        out.push(Effect::Store(StoreOp::Set { name: "reactions", value: state.reactions_used.join("\n") }));
    }
    annotate(state, chat, place, Annotation::Reaction { change, by_me: Some(add) }, out);
    let (chat, kind) = (chat.clone(), kind.to_owned());
    out.push(Effect::Ask(Ask::Attached(AttachedAsk::React { chat, place, kind, add })));
}

/// The server took a reaction, or did not.
pub(super) fn done(
    state: &mut State,
    chat: &ChatId,
    place: u64,
    kind: &str,
    add: bool,
    result: Result<(), Refusal>,
    out: &mut Vec<Effect>,
) {
    let Err(refusal) = result else { return };
    let row = state.timeline(chat).and_then(|timeline| timeline.at(place));
    // Back to what it was, unless the person has changed it again.
    if let Some(change) = row.map(|row| row.attached.toggled(kind, &state.me.user)).filter(|change| change.mine != add) {
        annotate(state, chat, place, Annotation::Reaction { by_me: Some(change.mine), change }, out);
    }
    // Whatever the server has now is read anew.
    state.live.looked = None;
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.change(place, |message| {
            message.attached.reactions_rev = 0;
            message.attached.asked.reactions = false;
            message.reacted = true;
        });
    }
    let says = match refusal.code {
        23004 => "the message is not there any more".to_owned(),
        23005 => "a message takes ten kinds of reactions".to_owned(),
        23006 => "a hundred people have reacted so already".to_owned(),
        23007..=23009 => return,
        _ => refusal.to_string(),
    };
    state.say(Tone::Bad, format!("No reaction: {says}"));
}

/// Runs an action on the reactions of the selected message.
pub(super) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    let newest = || {
        let timeline = state.open_timeline()?;
        let newest = timeline.rows().iter().rev().find(|row| row.is_shown_message())?;
        Some((state.open.clone()?, newest.place?))
    };
    // `/react thumbsup` is about the newest message where none is picked.
    let picked = super::selected_place(state).or_else(|| newest().filter(|_| !argument.is_empty()));
    let Some((chat, place)) = picked else {
        state.say(Tone::Neutral, "Pick a message first (Alt-M)");
        return;
    };
    let Some(row) = state.timeline(&chat).and_then(|timeline| timeline.at(place)) else { return };
    if !row.is_shown_message() {
        state.say(Tone::Neutral, "This message takes no reactions");
        return;
    }
    match action {
        Action::React if !argument.is_empty() => match offers(&state.reactions_used, argument).into_iter().next() {
            Some(kind) => toggle(state, &chat, place, &kind, out),
            None => state.say(Tone::Bad, format!("There is no emoji called {argument:?}")),
        },
        Action::React => {
            let offers = offers(&state.reactions_used, "");
            state.modals.push(Modal::React(React { chat, place, editor: Editor::default(), offers, chosen: 0 }));
        }
        Action::Reactions if row.attached.reactions.is_empty() => state.say(Tone::Neutral, "Nobody has reacted to this message"),
        Action::Reactions => state.modals.push(Modal::Reactors(Reactors { chat, place, tab: 0 })),
        _ => {}
    }
}

/// The bar's offers for what is typed now.
pub(super) fn offer(state: &mut State) {
    if let Some(Modal::React(bar)) = state.modals.last_mut() {
        bar.offers = offers(&state.reactions_used, bar.editor.text());
        bar.chosen = 0;
    }
}

/// Types into the bar; a digit takes one of the most used at once.
pub(super) fn type_character(state: &mut State, c: char, out: &mut Vec<Effect>) {
    let Some(Modal::React(bar)) = state.modals.last_mut() else { return };
    let number =
        c.to_digit(10).and_then(|digit| usize::try_from(digit).ok()).filter(|digit| (1..=bar.offers.len()).contains(digit));
    match number.filter(|_| bar.editor.is_blank()) {
        Some(number) => {
            bar.chosen = number - 1;
            choose(state, out);
        }
        None => {
            bar.editor.insert(c);
            offer(state);
        }
    }
}

/// Takes the chosen emoji of the bar.
pub(super) fn choose(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::React(bar)) = state.modals.last() else { return };
    let Some(kind) = bar.offers.get(bar.chosen).cloned() else { return };
    let (chat, place) = (bar.chat.clone(), bar.place);
    state.modals.pop();
    toggle(state, &chat, place, &kind, out);
    timeline::see_open(state, out);
}

/// Kinds of reactions in the list of who reacted.
pub(super) fn kinds(state: &State) -> usize {
    let Some(Modal::Reactors(dialog)) = state.modals.last() else { return 0 };
    state.timeline(&dialog.chat).and_then(|timeline| timeline.at(dialog.place)).map_or(0, |row| row.attached.reactions.len())
}

/// In the list of who reacted: takes one's own reaction of the shown kind back, or sets it.
pub(super) fn choose_reactor(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Reactors(dialog)) = state.modals.last() else { return };
    let (chat, place, tab) = (dialog.chat.clone(), dialog.place, dialog.tab);
    let Some(row) = state.timeline(&chat).and_then(|timeline| timeline.at(place)) else { return };
    let Some(kind) = row.attached.reactions.get(tab).map(|reaction| reaction.kind.clone()) else { return };
    toggle(state, &chat, place, &kind, out);
    let left = state.timeline(&chat).and_then(|timeline| timeline.at(place)).map_or(0, |row| row.attached.reactions.len());
    match state.modals.last_mut() {
        Some(Modal::Reactors(_)) if left == 0 => {
            state.modals.pop();
            timeline::see_open(state, out);
        }
        Some(Modal::Reactors(dialog)) => dialog.tab = dialog.tab.min(left - 1),
        _ => {}
    }
}

/// A click on a chip of a message.
pub(crate) fn click(state: &mut State, place: u64, kind: &str, out: &mut Vec<Effect>) {
    if let Some(chat) = state.open.clone() {
        toggle(state, &chat, place, kind, out);
    }
}
