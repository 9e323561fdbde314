//! Acting on stored messages: quote, reply, take back, write anew, delete, jump to what is quoted.

use super::{change, jump, save, session, timeline};
use crate::act::{Act, Acted, Named};
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::Refusal;
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message, Part};
use crate::state::modal::{Confirm, Confirmed, Modal};
use crate::state::reply::{Answering, ReplyEntry, Thread, custom_data, sent_at};
use crate::state::timeline::{Goal, RowKey};
use crate::state::{State, Tone};
use crate::text::fit;
use tern_protocol::event::DeletedMessages;

/// Runs an action on the selected message.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if action == Action::CancelAnswer {
        state.answering = None;
        return;
    }
    let Some(message) = state.open_timeline().and_then(|timeline| timeline.selected_row()).cloned() else { return };
    if !crate::state::menu::applies(state, action, &message) {
        state.say(Tone::Neutral, why_not(action));
        return;
    }
    match action {
        Action::Quote => answer(state, Answering::quote(&message, &name_for_others(state, &message))),
        Action::Reply => answer(state, Answering::reply(&message, &name_for_others(state, &message))),
        Action::Recall => recall(state, &message, out),
        Action::ReEdit => re_edit(state, &message),
        Action::DeleteMessage => ask_delete(state, message.place.into_iter().collect()),
        Action::JumpQuoted => jump_quoted(state, &message, out),
        _ => {}
    }
}

/// Why an action does nothing on a message that it does not apply to.
fn why_not(action: Action) -> &'static str {
    match action {
        Action::Quote | Action::Reply => "Only a message that was sent can be answered",
        Action::Recall => "Only one's own message can be taken back; in a group its owner and administrators take back any",
        Action::ReEdit => "Only one's own text that was taken back just now can be written anew",
        Action::DeleteMessage => "Only a message that was sent can be deleted",
        Action::JumpQuoted => "This message quotes nothing",
        _ => "This cannot be done with this message",
    }
}

/// A sender's name as it travels: one's own is not "You" to others.
pub(crate) fn name_for_others(state: &State, message: &Message) -> String {
    if message.mine { state.people.name(&state.me.user).to_owned() } else { state.sender_name(message).to_owned() }
}

fn answer(state: &mut State, answering: Answering) {
    state.answering = Some(answering);
    timeline::leave_messages(state);
}

/// A text as it goes out: with what it answers.
pub(crate) fn letter(state: &State, chat: &ChatId, text: &str, answering: Option<Answering>) -> Outgoing {
    let custom = custom_data(!chat.is_group(), answering.as_ref().map(|answering| &answering.to));
    let entry = || ReplyEntry {
        message_id: String::new(),
        text: fit(&crate::text::clean_line(text), 100).into_owned(),
        sender: state.people.name(&state.me.user).to_owned(),
    };
    let thread = answering.and_then(|answering| answering.thread).map(|thread| (thread, entry()));
    Outgoing { text: text.to_owned(), custom, thread, ..Outgoing::default() }
}

/// The thread that a reply stands in.
fn thread_of(message: &Message) -> Option<Thread> {
    let reply = message.source.as_ref()?.reply.as_ref()?;
    let root_id = reply.root.clone()?;
    let direct = reply.message_id == root_id;
    let time_s = if direct { reply.time_s } else { sent_at(&root_id).unwrap_or(message.time_s) };
    Some(Thread { root_id, place: None, time_s })
}

fn recall(state: &mut State, message: &Message, out: &mut Vec<Effect>) {
    let (Some(chat), Some(named)) = (state.open.clone(), Named::of(message)) else { return };
    if !state.online() {
        state.say(Tone::Bad, "There is no link to the server now");
        return;
    }
    out.push(Effect::Ask(Ask::Act(Act::Recall { chat, message: named, thread: thread_of(message) })));
}

fn re_edit(state: &mut State, message: &Message) {
    let (Some(chat), Some(place)) = (state.open.clone(), message.place) else { return };
    let Some(text) = state.retracted.text(&chat, place, state.server_now_s()).map(str::to_owned) else { return };
    let before = if state.composer.is_blank() { String::new() } else { format!("{}\n", state.composer.text()) };
    state.composer.set(&format!("{before}{text}"));
    timeline::leave_messages(state);
}

/// Deleting is asked for once more.
pub(crate) fn ask_delete(state: &mut State, places: Vec<u64>) {
    let Some(chat) = state.open.clone().filter(|_| !places.is_empty()) else { return };
    let question = match places.len() {
        1 => "Delete this message?".to_owned(),
        n => format!("Delete {n} messages?"),
    };
    let detail = "It goes from this and your other devices; everybody else keeps it.".to_owned();
    let then = Confirmed::DeleteMessages { chat, places };
    state.modals.push(Modal::Confirm(Confirm { question, detail, yes: "Delete", then }));
}

/// Deletes messages for this person alone.
pub(crate) fn delete(state: &mut State, chat: ChatId, places: Vec<u64>, out: &mut Vec<Effect>) {
    if state.online() {
        out.push(Effect::Ask(Ask::Act(Act::Delete { chat, places })));
    } else {
        state.say(Tone::Bad, "There is no link to the server now");
    }
}

fn jump_quoted(state: &mut State, message: &Message, out: &mut Vec<Effect>) {
    let (Some(chat), Some(reply)) = (state.open.clone(), message.source.as_ref().and_then(|source| source.reply.as_ref())) else {
        return;
    };
    let known = state.open_timeline().and_then(|timeline| reply.find(timeline.rows(), chat.is_group())?.place);
    let by_sequence = (chat.is_group() && reply.sequence > 0).then_some(reply.sequence);
    let goal = known.or(by_sequence).map_or_else(|| Goal::Id(reply.message_id.clone()), Goal::Place);
    jump::go(state, &chat, goal, out);
}

/// The server answered.
pub(crate) fn answered(state: &mut State, acted: Acted, out: &mut Vec<Effect>) {
    match acted {
        Acted::Recalled { chat, place, result, root } => {
            recalled(state, &chat, place, result, out);
            if let Some(root) = root {
                change::modified(state, *root, out);
            }
        }
        Acted::Deleted { chat, places, result } => match result {
            Ok(()) => {
                let count = places.len();
                gone(state, &chat, places, out);
                state.marks = None;
                state.say(Tone::Good, if count == 1 { "Deleted".to_owned() } else { format!("{count} messages deleted") });
            }
            Err(refusal) => state.say(Tone::Bad, format!("Not deleted: {refusal}")),
        },
        Acted::Found { page, result } => super::page::found(state, page, result, out),
        Acted::Relay { page, result } => super::page::relay(state, page, result),
    }
}

fn recalled(state: &mut State, chat: &ChatId, place: u64, result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    if let Err(refusal) = result {
        state.say(Tone::Bad, format!("Not taken back: {}", recall_refused(&refusal)));
        return;
    }
    let row = state.timeline_mut(chat).and_then(|timeline| {
        let index = timeline.index(&RowKey::Place(place))?;
        timeline.rows().get(index).cloned()
    });
    if let Some(row) = row.filter(|row| row.mine)
        && let Body::Parts(parts) = &row.body
        && parts.iter().all(|part| matches!(part, Part::Text(_)))
    {
        state.retracted.keep(chat, place, row.time_s, row.plain_text());
    }
    change::recalled_here(state, chat, place, out);
}

/// A refused recall in words (`contract/client-semantics.md` section 18).
fn recall_refused(refusal: &Refusal) -> String {
    match refusal.code {
        20016 | 10031 | 6223 => format!("it is too old to be taken back (code {})", refusal.code),
        20022 | 10030 => format!("there is no such message any more (code {})", refusal.code),
        20023 => "it was taken back already (code 20023)".into(),
        10032 => "messages of this kind cannot be taken back (code 10032)".into(),
        10033 => "messages of such a group cannot be taken back (code 10033)".into(),
        10007 => "only its sender, the owner and administrators take back a message (code 10007)".into(),
        _ => refusal.to_string(),
    }
}

/// Messages are deleted for this person: the list shows the newest one that is left.
fn gone(state: &mut State, chat: &ChatId, places: Vec<u64>, out: &mut Vec<Effect>) {
    let last = state.conversations.get(chat).and_then(|conversation| conversation.last.as_ref());
    let was_last = last.is_some_and(|last| places.contains(&last.place));
    change::deleted(state, &DeletedMessages { id: chat.to_wire(), places }, out);
    if !was_last {
        return;
    }
    let line =
        state.timeline_mut(chat).and_then(|timeline| timeline.rows().iter().rfind(|row| row.place.is_some()).map(session::line_of));
    state.conversations.change(chat, |conversation| {
        // The row keeps its place in the list.
        let time_s = conversation.last.as_ref().map_or(0, |last| last.time_s);
        conversation.active_s = conversation.active_s.max(time_s);
        conversation.last = line;
    });
    save(state, chat, out);
}

#[cfg(test)]
pub(crate) mod tests;
