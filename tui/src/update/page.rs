//! Pages of messages: what is inside a merged message, and a thread with where one writes in it.

use super::{acting, composer, jump, timeline};
use crate::act::{Act, Wanted};
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::Refusal;
use crate::keymap::Key;
use crate::state::composer::over_limit;
use crate::state::conversation::ChatId;
use crate::state::message::Message;
use crate::state::modal::Modal;
use crate::state::page::{Page, ThreadPage};
use crate::state::relay::{Inside, messages, record};
use crate::state::reply::{Answering, sent_at};
use crate::state::timeline::{Goal, Scroll, Timeline};
use crate::state::{State, Tone};
use crate::view::page as shown;
use rand::Rng;
use tern_protocol::api::message::Message as WireMessage;

/// Merged messages that are open inside each other (`contract/client-semantics.md` 3.2).
const LAYERS: usize = 100;

/// The topmost page.
fn top(state: &mut State) -> Option<&mut Page> {
    match state.modals.last_mut() {
        Some(Modal::Page(page)) => Some(page),
        _ => None,
    }
}

fn by_number(state: &mut State, number: u64) -> Option<&mut Page> {
    state.modals.iter_mut().find_map(|modal| match modal {
        Modal::Page(page) if page.number == number => Some(&mut **page),
        _ => None,
    })
}

fn new_page(state: &mut State, title: String, thread: Option<ThreadPage>) -> Option<Page> {
    let chat = state.open.clone()?;
    let number = state.rng.random();
    // A record is read from its beginning.
    Some(Page { number, title, chat, timeline: Timeline::default(), busy: false, trouble: None, thread })
}

/// Opens the selected merged message, or the thread of the selected message.
pub(crate) fn open(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let Some(message) = state.open_timeline().and_then(|timeline| timeline.selected_row()).cloned() else { return };
    match action {
        Action::OpenRecord => open_record(state, &message, out),
        _ => open_thread(state, &message, out),
    }
}

fn open_record(state: &mut State, message: &Message, out: &mut Vec<Effect>) {
    let Some(record) = record(message) else {
        state.say(Tone::Neutral, "This message holds no others");
        return;
    };
    if state.modals.len() >= LAYERS {
        state.say(Tone::Bad, "Messages inside messages are opened 100 deep at most");
        return;
    }
    let Some(mut page) = new_page(state, record.title, None) else { return };
    match record.inside {
        Inside::Here(list) => page.show(messages(&list, &state.me.user)),
        Inside::Key(key) => {
            page.busy = true;
            out.push(Effect::Ask(Ask::Act(Act::Relay { key, page: page.number })));
        }
    }
    state.modals.push(Modal::Page(Box::new(page)));
    show_from_start(state);
}

/// A record is read from its beginning.
fn show_from_start(state: &mut State) {
    if let Some(scroll) = shown::scroll_to_start(state)
        && let Some(page) = top(state)
    {
        page.timeline.scroll = scroll;
    }
}

/// The server sent what is inside a merged message, or cannot.
pub(crate) fn relay(state: &mut State, number: u64, result: Result<String, Refusal>) {
    let me = state.me.user.clone();
    let Some(page) = by_number(state, number) else { return };
    page.busy = false;
    match result {
        Ok(list) => {
            page.show(messages(&list, &me));
            show_from_start(state);
        }
        Err(refusal) => page.trouble = Some(refusal.to_string()),
    }
}

fn open_thread(state: &mut State, message: &Message, out: &mut Vec<Effect>) {
    let source = message.source.as_ref();
    let root = source.and_then(|source| source.reply.as_ref()).and_then(|reply| reply.root.clone());
    if root.is_none() && source.is_none_or(|source| source.replies.is_empty()) {
        state.say(Tone::Neutral, "Nobody has replied to this message");
        return;
    }
    let root_id = root.unwrap_or_else(|| message.msg_id.clone());
    let Some(page) = new_page(state, "Replies".into(), Some(ThreadPage::new(root_id))) else { return };
    let number = page.number;
    state.modals.push(Modal::Page(Box::new(page)));
    refresh(state);
    fetch_missing(state, number, out);
}

/// Asks for what of a thread is not here.
fn fetch_missing(state: &mut State, number: u64, out: &mut Vec<Effect>) {
    let rows: Vec<Message> = state.open_timeline().map(|timeline| timeline.rows().to_vec()).unwrap_or_default();
    let online = state.online();
    let Some(page) = by_number(state, number) else { return };
    let Some(thread) = &page.thread else { return };
    let wanted: Vec<Wanted> = thread
        .missing(&rows)
        .into_iter()
        .filter_map(|msg_id| Some(Wanted { time_s: sent_at(&msg_id)?, place: None, msg_id }))
        .collect();
    if wanted.is_empty() {
        return;
    }
    if online {
        page.busy = true;
        let chat = page.chat.clone();
        out.push(Effect::Ask(Ask::Act(Act::Find { chat, wanted, page: number })));
    }
}

/// The messages of a thread that were looked for.
pub(crate) fn found(state: &mut State, number: u64, result: Result<Vec<WireMessage>, Refusal>, out: &mut Vec<Effect>) {
    let me = state.me.user.clone();
    let Some(page) = by_number(state, number) else { return };
    page.busy = false;
    let Some(thread) = &mut page.thread else { return };
    match result {
        Ok(found) => {
            let had_root = thread.root(&[]).is_some();
            thread.take(found.iter().filter(|wire| Message::is_there(wire)).map(|wire| Message::from_wire(wire, &me)).collect());
            // With the root its list of replies is known.
            let learnt = !had_root && thread.root(&[]).is_some();
            refresh(state);
            if learnt {
                fetch_missing(state, number, out);
            }
        }
        Err(refusal) => page.trouble = Some(refusal.to_string()),
    }
}

/// Brings the open thread up to what its conversation has now.
pub(crate) fn refresh(state: &mut State) {
    let Some(Modal::Page(page)) = state.modals.last() else { return };
    let Some(thread) = page.thread.as_ref().filter(|_| state.open.as_ref() == Some(&page.chat)) else { return };
    let rows = state.open_timeline().map(|timeline| timeline.rows()).unwrap_or_default();
    let messages = thread.messages(rows);
    if messages != page.timeline.rows()
        && let Some(page) = top(state)
    {
        page.show(messages);
        keep_in_sight(state);
    }
}

/// The action that a key means in a page without a place to write.
pub(crate) fn key(state: &State, key: Key) -> Option<Action> {
    match state.modals.last() {
        Some(Modal::Page(page)) if page.thread.is_none() => {}
        _ => return None,
    }
    match state.settings.keymap.find(&[crate::action::Context::Timeline], key)? {
        Action::MessageUp => Some(Action::ItemUp),
        Action::MessageDown => Some(Action::ItemDown),
        Action::BackToComposer => Some(Action::Cancel),
        action @ (Action::MessageFirst
        | Action::MessageLast
        | Action::Copy
        | Action::OpenRecord
        | Action::ViewMedia
        | Action::OpenMedia
        | Action::SaveMedia
        | Action::DownloadMedia
        | Action::CopyUrl
        | Action::OpenLink
        | Action::CopyLink) => Some(action),
        _ => None,
    }
}

/// Runs an action that a key of the message view asked for in a page.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::MessageFirst => step(state, isize::MIN / 2),
        Action::MessageLast => step(state, isize::MAX / 2),
        Action::Copy => copy(state, out),
        Action::OpenRecord => confirm(state, out),
        action => super::run(state, action, "", out),
    }
}

fn copy(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(text) = top(state).and_then(|page| page.selected()).map(Message::plain_text) {
        out.push(Effect::Copy(text));
        state.say(Tone::Good, "Copied");
    }
}

/// Moves the selection of the topmost page.
pub(crate) fn step(state: &mut State, step: isize) {
    if let Some(page) = top(state) {
        page.step(step);
    }
    keep_in_sight(state);
}

fn keep_in_sight(state: &mut State) {
    if let Some(scroll) = shown::scroll_to_selected(state)
        && let Some(page) = top(state)
    {
        page.timeline.scroll = scroll;
    }
}

/// Scrolls the topmost page by lines.
pub(crate) fn scroll(state: &mut State, lines: isize) {
    if let Some(scroll) = shown::scrolled(state, lines)
        && let Some(page) = top(state)
    {
        page.timeline.scroll = scroll;
    }
}

/// Enter: in a record opens what the selected message holds; in a thread sends what is written, or goes to the selected message.
pub(crate) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Page(page)) = state.modals.last() else { return };
    let selected = page.selected().cloned();
    match &page.thread {
        None => {
            if let Some(message) = selected {
                open_record(state, &message, out);
            }
        }
        Some(thread) if thread.editor.is_blank() => {
            let chat = page.chat.clone();
            if let Some(place) = selected.and_then(|message| message.place) {
                state.modals.pop();
                jump::go(state, &chat, Goal::Place(place), out);
            }
        }
        Some(thread) => {
            let (chat, root_id, text) = (page.chat.clone(), thread.root_id.clone(), thread.editor.text().trim_end().to_owned());
            send_reply(state, &chat, &root_id, &text, out);
        }
    }
}

fn send_reply(state: &mut State, chat: &ChatId, root_id: &str, text: &str, out: &mut Vec<Effect>) {
    let rows = state.open_timeline().map(|timeline| timeline.rows()).unwrap_or_default();
    let Some(Modal::Page(page)) = state.modals.last() else { return };
    let root = page.thread.as_ref().and_then(|thread| thread.root(rows)).or_else(|| page.timeline.rows().first()).cloned();
    let Some(root) = root else {
        state.say(Tone::Bad, "The message that this answers is not here yet");
        return;
    };
    let mut answering = Answering::reply(&root, &acting::name_for_others(state, &root));
    if root.msg_id != root_id {
        answering.to.root = Some(root_id.to_owned());
    }
    let mut letter = acting::letter(state, chat, text, Some(answering));
    letter.ats = composer::mentioned(state, chat, text);
    if let Some((bytes, limit)) = over_limit(text, letter.custom.as_deref()) {
        state.say(Tone::Bad, format!("Too long: {bytes} bytes of {limit}. Send it in parts"));
        return;
    }
    if let Some(thread) = top(state).and_then(|page| page.thread.as_mut()) {
        thread.editor.set("");
    }
    composer::post(state, chat, letter, out);
    refresh(state);
    if let Some(page) = top(state) {
        page.timeline.scroll = Scroll::Tail;
        page.step(isize::MAX / 2);
    }
    timeline::settle(state, out);
}

#[cfg(test)]
mod tests;
