//! Polls and group notes: their pages, and what people attach to them.

use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect};
use crate::event::Refusal;
use crate::state::ballot::{Asked, Ballot, BallotPage, CLOSED};
use crate::state::conversation::ChatId;
use crate::state::modal::{Field, Form, FormKind, Modal};
use crate::state::{State, Tone};
use tern_protocol::api::annotation::Extension;
use tern_protocol::event::ExtensionNotice;

/// Bytes of an extension's value.
const VALUE_BYTES: usize = 1_000;

/// Asks what was attached to the polls and notes in sight, where that is not known.
pub(super) fn ask(state: &mut State, chat: &ChatId, shown: &[u64], out: &mut Vec<Effect>) {
    let ChatId::Group(group) = chat else { return };
    let Some(timeline) = state.timeline(chat) else { return };
    let rows = timeline.rows().iter().filter(|row| row.ballot().is_some());
    let places: Vec<u64> = rows.filter_map(|row| row.place).filter(|place| shown.contains(place)).collect();
    for place in places {
        if state.live.ask_votes(chat, place) {
            out.push(Effect::Ask(Ask::Attached(AttachedAsk::Extensions { group: group.to_string(), place })));
        }
    }
}

/// What is attached to a message.
pub(super) fn known(state: &mut State, group: &str, place: u64, result: Result<Vec<Extension>, Refusal>) {
    let Some(votes) = state.live.votes_mut(&ChatId::group(group), place) else { return };
    match result {
        Ok(list) => {
            votes.take(list);
            votes.loaded = true;
            votes.trouble = None;
        }
        Err(refusal) => votes.trouble = Some(super::says::refused(&refusal)),
    }
    pick_own(state);
}

/// Somebody answered, took it back, or ended it.
pub(super) fn told(state: &mut State, notice: ExtensionNotice) {
    let Some(chat) = ChatId::from_wire(&notice.id) else { return };
    let Some(votes) = state.live.votes_mut(&chat, notice.place) else { return };
    match notice.operate_type {
        1 => votes.take(notice.extensions),
        2 => votes.remove(notice.extensions.into_iter().map(|pair| pair.key)),
        _ => votes.clear(),
    }
    if notice.operator == state.me.user {
        pick_own(state);
    }
}

/// The open page shows what one chose before.
fn pick_own(state: &mut State) {
    let Some(Modal::Ballot(page)) = state.modals.last() else { return };
    let own = state.live.votes(&ChatId::group(&page.group), page.place).map(|votes| votes.chosen_by(&state.me.user));
    if let (Some(own), Some(Modal::Ballot(page))) = (own, state.modals.last_mut()) {
        page.picked = own;
    }
}

/// Runs an action about polls and notes.
pub(super) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Vote => open(state, out),
        Action::BallotPick => pick(state),
        Action::BallotClose => close(state, out),
        _ => {}
    }
}

fn open(state: &mut State, out: &mut Vec<Effect>) {
    let selected = state.open_timeline().and_then(|timeline| timeline.selected_row());
    let found = selected.and_then(|row| Some((row.ballot()?.clone(), row.place?, row.mine)));
    let (Some((ballot, place, mine)), Some(ChatId::Group(group))) = (found, state.open.clone()) else {
        return state.say(Tone::Neutral, "Pick a poll or a group note first (Alt-M)");
    };
    let chat = ChatId::Group(group.clone());
    let failed = state.live.votes(&chat, place).is_some_and(|votes| votes.trouble.is_some());
    if state.online() && (state.live.ask_votes(&chat, place) || failed) {
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Extensions { group: group.to_string(), place })));
    }
    let picked = state.live.votes(&chat, place).map(|votes| votes.chosen_by(&state.me.user)).unwrap_or_default();
    let page = BallotPage { group: group.to_string(), place, ballot, mine, chosen: 0, picked, busy: false, error: None };
    state.modals.push(Modal::Ballot(Box::new(page)));
}

fn pick(state: &mut State) {
    let Some(Modal::Ballot(page)) = state.modals.last_mut() else { return };
    let Asked::Poll { multiple, .. } = page.ballot.asked else { return };
    if !page.picked.remove(&page.chosen) {
        if !multiple {
            page.picked.clear();
        }
        page.picked.insert(page.chosen);
    }
}

/// Moves on the page.
pub(super) fn step(state: &mut State, step: isize) {
    let Some(Modal::Ballot(page)) = state.modals.last() else { return };
    let rows = match &page.ballot.asked {
        Asked::Poll { options, .. } => options.len(),
        Asked::Note { .. } => state.live.votes(&ChatId::group(&page.group), page.place).map_or(0, |votes| votes.entries().len()),
    };
    if let Some(Modal::Ballot(page)) = state.modals.last_mut() {
        page.chosen = page.chosen.saturating_add_signed(step).min(rows.saturating_sub(1));
    }
}

/// Why nothing can be sent from the open page now.
fn barred(state: &State, page: &BallotPage) -> Option<String> {
    let votes = state.live.votes(&ChatId::group(&page.group), page.place);
    if !state.online() {
        return Some("There is no link to the server".into());
    }
    match votes {
        Some(votes) if votes.is_closed() => Some(format!("This {} is closed", page.ballot.word().to_lowercase())),
        Some(votes) if votes.trouble.is_some() => votes.trouble.clone(),
        Some(votes) if votes.loaded => None,
        _ => Some("What others answered is still being read".into()),
    }
}

/// Enter: sends what is picked, or asks for one's line of a note.
pub(super) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Ballot(page)) = state.modals.last() else { return };
    if page.busy {
        return;
    }
    let (page, me) = ((**page).clone(), state.me.user.clone());
    if let Some(why) = barred(state, &page) {
        return set_error(state, why);
    }
    let chat = ChatId::group(&page.group);
    let answered = state.live.votes(&chat, page.place).is_some_and(|votes| votes.has(&me));
    match page.ballot.asked {
        Asked::Note { .. } => {
            let entries = state.live.votes(&chat, page.place).map(|votes| votes.entries()).unwrap_or_default();
            let own = entries.into_iter().find(|entry| entry.user == me).map(|entry| entry.text).unwrap_or_default();
            let field = Field::text("Line", "what you write under the note; nothing takes it back", &own);
            let kind = FormKind::NoteEntry(Box::new((page.group, page.place)));
            state.modals.push(Modal::Form(Form::new(kind, "Your line", page.ballot.title, vec![field])));
        }
        Asked::Poll { .. } => {
            let mut picked = page.picked.clone();
            if picked.is_empty() && !answered {
                picked.insert(page.chosen);
            }
            let value = serde_json::json!({"options": picked, "time": state.server_now_s()}).to_string();
            send(state, &page.group, page.place, &me, if picked.is_empty() { None } else { Some(value) }, out);
        }
    }
}

/// The line of a note was written.
pub(super) fn submit_entry(state: &mut State, group: &str, place: u64, text: &str, out: &mut Vec<Effect>) -> Result<(), String> {
    let (text, me) = (text.trim(), state.me.user.clone());
    let value = serde_json::json!({"text": text, "time": state.server_now_s()}).to_string();
    if value.len() > VALUE_BYTES {
        return Err("The line is too long".into());
    }
    let answered = state.live.votes(&ChatId::group(group), place).is_some_and(|votes| votes.has(&me));
    if text.is_empty() && !answered {
        return Err("There is nothing to write".into());
    }
    send(state, group, place, &me, (!text.is_empty()).then_some(value), out);
    Ok(())
}

fn close(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Ballot(page)) = state.modals.last() else { return };
    let page = (**page).clone();
    if !page.mine {
        return set_error(state, format!("Only who started the {} ends it", page.ballot.word().to_lowercase()));
    }
    if let Some(why) = barred(state, &page) {
        return set_error(state, why);
    }
    send(state, &page.group, page.place, CLOSED, Some("1".into()), out);
}

fn set_error(state: &mut State, why: String) {
    if let Some(Modal::Ballot(page)) = state.modals.last_mut() {
        page.error = Some(why);
    }
}

fn page_of<'a>(state: &'a mut State, group: &str, place: u64) -> Option<&'a mut BallotPage> {
    state.modals.iter_mut().find_map(|modal| match modal {
        Modal::Ballot(page) if page.group == group && page.place == place => Some(&mut **page),
        _ => None,
    })
}

/// `value`: `None` takes the extension back.
fn send(state: &mut State, group: &str, place: u64, key: &str, value: Option<String>, out: &mut Vec<Effect>) {
    let seq = state.live.votes(&ChatId::group(group), place).map_or(0, |votes| votes.seq(key));
    if let Some(page) = page_of(state, group, place) {
        page.busy = true;
        page.error = None;
    }
    let ask = AttachedAsk::SetExtension { group: group.to_owned(), place, key: key.to_owned(), value, seq };
    out.push(Effect::Ask(Ask::Attached(ask)));
}

/// The server has it, or not. `removed`: it was taken back.
pub(super) fn set(state: &mut State, group: &str, place: u64, removed: bool, result: Result<Extension, Refusal>) {
    let error = match result {
        Ok(pair) => {
            let says = match (pair.key.as_str(), removed) {
                (CLOSED, _) => "Closed: nobody can answer any more",
                (_, true) => "Your answer is taken back",
                _ => "Your answer counts",
            };
            if let Some(votes) = state.live.votes_mut(&ChatId::group(group), place) {
                match removed {
                    true => votes.remove([pair.key.clone()]),
                    false => votes.take(vec![pair.clone()]),
                }
            }
            state.say(Tone::Good, says);
            None
        }
        Err(refusal) => Some(super::says::refused(&refusal)),
    };
    match page_of(state, group, place) {
        Some(page) => {
            page.busy = false;
            page.error = error;
        }
        None => {
            if let Some(error) = error {
                state.say(Tone::Bad, error);
            }
        }
    }
    pick_own(state);
}

/// The extension's message for a new poll or note, into the outbox.
pub(super) fn post(state: &mut State, chat: &ChatId, ballot: &Ballot, out: &mut Vec<Effect>) {
    let desc = format!("[{}] {}", ballot.word(), ballot.title);
    let body = super::more::custom_body(&ballot.data(), &desc);
    let outgoing = crate::state::composer::Outgoing { body: Some(body), extensible: true, ..Default::default() };
    super::composer::post(state, chat, outgoing, out);
}

#[cfg(test)]
mod tests;
