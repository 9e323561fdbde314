//! What a person does with conversations: filters, picking several, marks, receive options, reading, hiding, folding, deleting.

use super::{save, timeline};
use crate::action::{Action, Context};
use crate::effect::{Arrange, Ask, Effect, Setting, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::{ChatId, Conversation, Receive, mark};
use crate::state::filter::Filter;
use crate::state::menu::Menu;
use crate::state::modal::{Confirm, Confirmed, Modal};
use crate::state::{Focus, State, Tab, Tone};
use crate::text::counted;
use tern_protocol::api::conversation::Conversation as WireConversation;

/// Runs an action on the picked conversations, the chosen one, or the open one.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::FilterNext => return turn(state, 1),
        Action::FilterPrevious => return turn(state, -1),
        Action::ShowHidden => return show(state, Filter::Hidden),
        Action::Pick => return pick(state),
        Action::ChatMenu => return open_menu(state),
        Action::ReadAll => return read_all(state, out),
        _ => {}
    }
    let chats = state.acted_on();
    if chats.first().is_some_and(ChatId::is_folded_row) {
        return on_folded_row(state, action);
    }
    let listed = |chat: &ChatId| state.conversations.get(chat).is_some_and(|conversation| !conversation.gone);
    let chats: Vec<ChatId> = chats.into_iter().filter(listed).collect();
    let Some(first) = chats.first().and_then(|chat| state.conversations.get(chat)).cloned() else {
        state.say(Tone::Neutral, "There is no conversation yet");
        return;
    };
    match action {
        Action::Pin => set(state, &chats, Setting::Pinned(!first.pinned), out),
        Action::Mute => {
            let receive = if first.muted { Receive::Notify } else { Receive::Silent };
            set(state, &chats, Setting::Receive(receive), out);
        }
        Action::ReceiveMenu => receive_menu(state, &first),
        Action::ReceiveNotify => set(state, &chats, Setting::Receive(Receive::Notify), out),
        Action::ReceiveSilent => set(state, &chats, Setting::Receive(Receive::Silent), out),
        Action::ReceiveMentions => set(state, &chats, Setting::Receive(Receive::Mentions), out),
        Action::ReceiveBlock => set(state, &chats, Setting::Receive(Receive::Block), out),
        Action::Star => set(state, &chats, Setting::Mark { bit: mark::STAR, on: !first.has(mark::STAR) }, out),
        Action::Hide => set(state, &chats, Setting::Mark { bit: mark::HIDDEN, on: !first.has(mark::HIDDEN) }, out),
        Action::Fold => fold(state, &chats, &first, out),
        Action::MarkRead => chats.iter().for_each(|chat| read(state, chat, out)),
        Action::MarkUnread => {
            chats.iter().for_each(|chat| read(state, chat, out));
            set(state, &chats, Setting::Mark { bit: mark::UNREAD, on: true }, out);
        }
        Action::DeleteChat => {
            let question = match &chats[..] {
                [one] => format!("Delete {}?", state.name_of(one)),
                several => format!("Delete {}?", counted(several.len() as u64, "conversation")),
            };
            let detail = "The messages go too, for you alone. The next message brings the conversation back.".into();
            ask(state, question, detail, "Delete", Confirmed::DeleteChats(chats));
        }
        Action::ClearChat => {
            let question = format!("Clear the messages with {}?", state.name_of(&first.id));
            let detail = "All messages so far go, for you alone. The conversation stays.".into();
            ask(state, question, detail, "Clear", Confirmed::ClearChat(first.id));
        }
        _ => {}
    }
    if !matches!(action, Action::ReceiveMenu | Action::DeleteChat | Action::ClearChat) {
        state.picked.clear();
    }
}

fn ask(state: &mut State, question: String, detail: String, yes: &'static str, then: Confirmed) {
    state.modals.push(Modal::Confirm(Confirm { question, detail, yes, then }));
}

/// Shows the conversations of a filter.
pub(crate) fn show(state: &mut State, filter: Filter) {
    state.tab = Tab::Chats;
    state.filter = filter;
    state.focus = Focus::List;
    state.picked.clear();
}

fn turn(state: &mut State, step: isize) {
    let filters = state.filters();
    let now = filters.iter().position(|filter| *filter == state.filter).unwrap_or(0) as isize;
    let next = (now + step).rem_euclid(filters.len().max(1) as isize) as usize;
    show(state, filters.get(next).copied().unwrap_or_default());
}

/// From picking, folded or hidden conversations back to the list. False: there is nothing to leave.
pub(crate) fn step_back(state: &mut State) -> bool {
    if !state.picked.is_empty() {
        state.picked.clear();
    } else if matches!(state.filter, Filter::Folded | Filter::Hidden) {
        state.filter = Filter::All;
    } else {
        return false;
    }
    true
}

fn pick(state: &mut State) {
    if state.tab != Tab::Chats {
        return;
    }
    let entries = state.entries();
    let index = state.chosen_index(&entries);
    if let Some(chat) = entries.get(index).filter(|chat| !chat.is_folded_row()) {
        if !state.picked.remove(chat) {
            state.picked.insert(chat.clone());
        }
        state.choose(entries.get(index + 1).unwrap_or(chat).clone());
    }
}

/// The row of folded groups can only be hidden, until the next message there.
fn on_folded_row(state: &mut State, action: Action) {
    match action {
        Action::Hide => {
            state.folded_row_hidden_s = state.newest_folded().map_or(0, Conversation::moment);
            state.say(Tone::Neutral, "Hidden until the next message there; /hidden and the filters show the rest");
        }
        _ => state.say(Tone::Neutral, "Enter shows the groups that were folded away"),
    }
}

/// What can be done with the chosen conversation, in the kits' order.
pub(crate) fn open_menu(state: &mut State) {
    if state.tab == Tab::Community && state.focus == Focus::List {
        return super::community::open_menu(state);
    }
    let chats = state.acted_on();
    let Some(chat) = chats.first().cloned() else { return };
    let actions = match state.conversations.get(&chat) {
        _ if chat.is_folded_row() => vec![Action::ListOpen, Action::Hide],
        Some(conversation) if !conversation.gone => {
            let mut actions = vec![Action::Pin];
            actions.push(if conversation.is_unread() { Action::MarkRead } else { Action::MarkUnread });
            if conversation.is_folded() || (conversation.muted && chat.is_group()) {
                actions.push(Action::Fold);
            }
            actions.extend([
                Action::Hide,
                Action::ReceiveMenu,
                Action::Star,
                Action::LabelPage,
                Action::ClearChat,
                Action::DeleteChat,
            ]);
            if state.groups.get(chat.id()).is_some_and(|_| chat.is_group()) {
                actions.push(Action::GroupInfo);
            }
            actions
        }
        _ => vec![Action::ListOpen],
    };
    let title = match chats.len() {
        _ if chat.is_folded_row() => "Minimized Groups".to_owned(),
        1 => state.name_of(&chat).to_owned(),
        n => counted(n as u64, "conversation"),
    };
    state.modals.push(Modal::Menu(Menu { title, context: Context::List, actions, chosen: 0 }));
}

fn receive_menu(state: &mut State, conversation: &Conversation) {
    let mut actions = vec![Action::ReceiveNotify, Action::ReceiveSilent];
    let mut options = vec![Receive::Notify, Receive::Silent];
    if conversation.id.is_group() {
        actions.push(Action::ReceiveMentions);
        options.push(Receive::Mentions);
    }
    actions.push(Action::ReceiveBlock);
    options.push(Receive::Block);
    let chosen = options.iter().position(|option| *option == conversation.receive).unwrap_or(0);
    state.modals.push(Modal::Menu(Menu { title: "New messages".into(), context: Context::List, actions, chosen }));
}

fn fold(state: &mut State, chats: &[ChatId], first: &Conversation, out: &mut Vec<Effect>) {
    let on = !first.is_folded();
    if chats.iter().any(|chat| !chat.is_group()) {
        state.say(Tone::Neutral, "Only groups can be folded away");
    } else if on && !first.muted {
        state.say(Tone::Neutral, "Only a muted group is folded away: m mutes it");
    } else {
        set(state, chats, Setting::Mark { bit: mark::FOLDED, on }, out);
    }
}

fn set(state: &mut State, chats: &[ChatId], setting: Setting, out: &mut Vec<Effect>) {
    if state.online() {
        out.extend(chats.iter().map(|chat| Effect::Ask(Ask::Set { chat: chat.clone(), setting })));
    } else {
        no_link(state);
    }
}

fn no_link(state: &mut State) {
    state.say(Tone::Bad, "There is no link to the server now");
}

/// The server keeps a setting, or does not.
pub(crate) fn set_answered(state: &mut State, chat: &ChatId, setting: Setting, result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    let name = state.name_of(chat).to_owned();
    if let Err(refusal) = result {
        state.say(Tone::Bad, format!("{name}: {refusal}"));
        return;
    }
    let word = match setting {
        Setting::Pinned(true) => "is pinned",
        Setting::Pinned(false) => "is not pinned any more",
        Setting::Receive(Receive::Notify) => "rings again",
        Setting::Receive(Receive::Silent) => "is muted",
        Setting::Receive(Receive::Mentions) => "rings for mentions only",
        Setting::Receive(Receive::Block) => "is not received any more; its history has what comes",
        Setting::Mark { bit: mark::STAR, on: true } => "has a star",
        Setting::Mark { bit: mark::STAR, on: false } => "has no star any more",
        Setting::Mark { bit: mark::FOLDED, on: true } => "is folded away",
        Setting::Mark { bit: mark::FOLDED, on: false } => "is in the list again",
        Setting::Mark { bit: mark::HIDDEN, on: true } => "is hidden until its next message; /hidden shows it",
        Setting::Mark { bit: mark::HIDDEN, on: false } => "is in the list again",
        Setting::Mark { .. } => "",
    };
    let was = state.conversations.get(chat).map_or(0, |conversation| conversation.marks);
    state.conversations.change(chat, |conversation| match setting {
        Setting::Pinned(on) => conversation.pinned = on,
        Setting::Receive(receive) => conversation.set_receive(receive),
        Setting::Mark { bit, on } => conversation.set_mark(bit, on),
    });
    save(state, chat, out);
    let silent = matches!(setting, Setting::Mark { bit, on } if (was >> bit & 1 == 1) == on);
    if !word.is_empty() && !silent {
        state.say(Tone::Good, format!("{name} {word}"));
    }
}

/// A message came or goes: a hidden conversation is back, and one that was marked unread says so by itself now.
pub(crate) fn touched(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    clear_mark(state, chat, mark::HIDDEN, out);
    clear_mark(state, chat, mark::UNREAD, out);
}

/// The conversation is looked at.
pub(crate) fn entered(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    clear_mark(state, chat, mark::UNREAD, out);
}

fn clear_mark(state: &mut State, chat: &ChatId, bit: u8, out: &mut Vec<Effect>) {
    if state.conversations.get(chat).is_some_and(|conversation| conversation.has(bit)) {
        state.conversations.change(chat, |conversation| conversation.set_mark(bit, false));
        save(state, chat, out);
        if state.online() {
            out.push(Effect::Ask(Ask::Set { chat: chat.clone(), setting: Setting::Mark { bit, on: false } }));
        }
    }
}

/// Everything so far is read here. Returns the place and time to report, when something was unread.
fn read_here(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) -> Option<(u64, i64)> {
    let report = state.conversations.change(chat, |conversation| {
        if conversation.unread == 0 && conversation.read_place >= conversation.last_place {
            return None;
        }
        conversation.read_place = conversation.last_place;
        conversation.unread = 0;
        conversation.at_type = 0;
        Some((conversation.read_place, conversation.last.as_ref().map_or(0, |last| last.time_s)))
    });
    if report.is_some() {
        save(state, chat, out);
    }
    report
}

fn read(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    if let Some((place, time_s)) = read_here(state, chat, out)
        && state.online()
    {
        out.push(Effect::Ask(Ask::Read { chat: chat.clone(), place, time_s }));
    }
    clear_mark(state, chat, mark::UNREAD, out);
}

fn read_all(state: &mut State, out: &mut Vec<Effect>) {
    if !state.online() {
        return no_link(state);
    }
    let unread: Vec<ChatId> = state.conversations.all().filter(|row| row.is_unread()).map(|row| row.id.clone()).collect();
    if unread.is_empty() {
        state.say(Tone::Neutral, "Nothing is unread");
        return;
    }
    for chat in &unread {
        read_here(state, chat, out);
        clear_mark(state, chat, mark::UNREAD, out);
    }
    arrange(state, Arrange::ReadAll, out);
}

/// Asks the server for something that is not a setting of one conversation.
pub(crate) fn arrange(state: &mut State, what: Arrange, out: &mut Vec<Effect>) {
    if state.online() {
        out.push(Effect::Ask(Ask::Arrange(what)));
    } else {
        no_link(state);
    }
}

/// The server did it, or refused.
pub(crate) fn arranged(state: &mut State, what: Arrange, result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    if let Err(refusal) = result {
        let word = match &what {
            Arrange::Delete(_) => "Not deleted",
            Arrange::Clear(_) => "Not cleared",
            Arrange::ReadAll => "Not marked as read",
            _ => "The conversation groups were not changed",
        };
        super::label::failed(state, &what, &refusal);
        state.say(Tone::Bad, format!("{word}: {refusal}"));
        return;
    }
    match what {
        Arrange::Delete(chats) => {
            for chat in &chats {
                clear(state, chat, out);
                state.conversations.change(chat, |conversation| {
                    conversation.gone = true;
                    conversation.pinned = false;
                    conversation.draft.clear();
                });
                save(state, chat, out);
                if state.open.as_ref() == Some(chat) {
                    super::roster::close_chat(state, out);
                }
                state.drop_timeline(chat);
            }
            state.picked.clear();
            state.say(Tone::Good, format!("{} deleted", counted(chats.len() as u64, "conversation")));
        }
        Arrange::Clear(chat) => {
            clear(state, &chat, out);
            state.say(Tone::Good, "Cleared");
        }
        Arrange::ReadAll => {
            let read: Vec<ChatId> = state.conversations.all().map(|row| row.id.clone()).collect();
            for chat in read {
                state
                    .conversations
                    .change(&chat, |row| row.read_reported = row.read_reported.max(row.read_place.min(row.last_place)));
            }
            state.say(Tone::Good, "Everything is read");
        }
        other => super::label::arranged(state, &other, out),
    }
}

/// What was said so far goes, and is read.
fn clear(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    read_here(state, chat, out);
    let below = state.conversations.change(chat, |conversation| {
        conversation.active_s = conversation.moment();
        conversation.last = None;
        conversation.first_place = conversation.first_place.max(conversation.last_place + 1);
        conversation.read_reported = conversation.read_reported.max(conversation.last_place);
        conversation.first_place
    });
    save(state, chat, out);
    drop_below(state, chat, below, out);
}

fn drop_below(state: &mut State, chat: &ChatId, place: u64, out: &mut Vec<Effect>) {
    out.push(Effect::Store(StoreOp::DropBelow { chat: chat.clone(), place }));
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.drop_below(place);
    }
    timeline::settle(state, out);
}

/// Another device of this person cleared a conversation: what was said goes here too. (When messages expire, nobody tells.)
pub(crate) fn cleared_elsewhere(state: &mut State, wire: &WireConversation, out: &mut Vec<Effect>) {
    let Some(chat) = ChatId::from_wire(&wire.id) else { return };
    let Some(known) = state.conversations.get(&chat) else { return };
    if wire.first_place > wire.last_place && wire.first_place > known.first_place {
        let active_s = known.moment();
        state.conversations.change(&chat, |conversation| {
            conversation.last = None;
            conversation.active_s = active_s;
        });
        drop_below(state, &chat, wire.first_place, out);
    }
}

/// Gives the open conversation a colour, or takes it away; known on this host alone.
pub(super) fn colour(state: &mut State, word: &str, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else { return state.say(Tone::Neutral, "No conversation is open") };
    let word = word.trim().to_lowercase();
    if !word.is_empty() && !crate::view::theme::chat_colours().any(|known| known == word) {
        let known: Vec<&str> = crate::view::theme::chat_colours().collect();
        return state.say(Tone::Bad, format!("There is no colour {word}: {}", known.join(", ")));
    }
    state.conversations.change(&chat, |conversation| conversation.colour = word);
    super::save(state, &chat, out);
}

#[cfg(test)]
mod tests;
