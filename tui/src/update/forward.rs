//! Picking messages, and forwarding them one by one or combined.

use super::{acting, composer, roster, timeline};
use crate::action::Action;
use crate::effect::Effect;
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::forward::{Picker, Section, Target};
use crate::state::marks::{Marks, ONE_BY_ONE};
use crate::state::message::Message;
use crate::state::modal::{Confirm, Confirmed, Modal};
use crate::state::relay::{Copy, To, merged, single};
use crate::state::reply::custom_data;
use crate::state::{State, Tone};
use crate::text::fit;
use std::collections::HashSet;
use tern_protocol::UserId;

/// Targets that the page keeps.
const TARGETS: usize = 200;
/// Targets that are marked at once.
const MARKED: usize = 50;

/// Runs an action of picking and forwarding.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::Mark => mark(state),
        Action::StopMarking => state.marks = None,
        Action::Forward => {
            if let Some(message) = state.open_timeline().and_then(|timeline| timeline.selected_row()).cloned() {
                one_by_one(state, &[message]);
            }
        }
        Action::ForwardEach => {
            if let Some(messages) = marked(state) {
                one_by_one(state, &messages);
            }
        }
        Action::ForwardCombined => {
            if let Some(messages) = marked(state) {
                combined(state, messages);
            }
        }
        Action::DeleteMarked => {
            if let Some(messages) = marked(state) {
                acting::ask_delete(state, messages.iter().filter_map(|message| message.place).collect());
            }
        }
        Action::MarkTarget => mark_target(state),
        Action::NewTarget => return super::run(state, Action::NewGroup, "", out),
        _ => {}
    }
    timeline::settle(state, out);
}

fn mark(state: &mut State) {
    let Some(message) = state.open_timeline().and_then(|timeline| timeline.selected_row()).cloned() else { return };
    let marks = state.marks.get_or_insert_with(Marks::default);
    let result = marks.toggle(&message);
    if marks.len() == 0 {
        state.marks = None;
    }
    if let Err(why) = result {
        state.say(Tone::Bad, why);
    }
}

fn marked(state: &State) -> Option<Vec<Message>> {
    state.marks.as_ref().filter(|marks| marks.len() > 0).map(|marks| marks.messages().cloned().collect())
}

fn one_by_one(state: &mut State, messages: &[Message]) {
    if messages.len() > ONE_BY_ONE {
        state.say(Tone::Bad, format!("More than {ONE_BY_ONE} messages can only be combined: press c"));
        return;
    }
    let copies: Vec<Copy> = messages.iter().filter_map(single).collect();
    if copies.len() < messages.len() {
        state.say(Tone::Bad, "Only messages that somebody wrote and that were sent can be forwarded");
        return;
    }
    let what = match messages {
        [message] => fit(&message.abstract_line(), 60).into_owned(),
        _ => format!("{} messages, one by one", messages.len()),
    };
    open_picker(state, what, copies);
}

/// The title of a merged message, as the kits write it.
fn history_title(state: &State, chat: &ChatId) -> String {
    match chat {
        ChatId::User(_) => format!("Chat History of {} and {}", state.people.name(&state.me.user), state.name_of(chat)),
        ChatId::Group(_) => "Group Chat History".into(),
    }
}

fn combined(state: &mut State, messages: Vec<Message>) {
    let Some(chat) = state.open.clone() else { return };
    let name = |message: &Message| match message.mine {
        true => state.people.name(&state.me.user).to_owned(),
        false => state.sender_name(message).to_owned(),
    };
    let named: Vec<(Message, String)> = messages.into_iter().map(|message| (message.clone(), name(&message))).collect();
    let to = match &chat {
        ChatId::User(peer) => To::Pair { me: &state.me.user, peer },
        ChatId::Group(group) => To::Group(group),
    };
    match merged(&named, &history_title(state, &chat), &to) {
        Ok(copy) => {
            let what = format!("{} combined into one", crate::text::counted(named.len() as u64, "message"));
            open_picker(state, what, vec![copy]);
        }
        Err(why) => state.say(Tone::Bad, why),
    }
}

fn open_picker(state: &mut State, what: String, copies: Vec<Copy>) {
    state.modals.push(Modal::Forward(Box::new(Picker { what, copies, ..Picker::default() })));
    offer(state);
}

/// Finds whom the typed text may mean: recent chats, then contacts, then groups, then a new chat.
pub(crate) fn offer(state: &mut State) {
    let Some(Modal::Forward(picker)) = state.modals.last() else { return };
    let typed = picker.editor.text().trim().to_owned();
    let wanted = typed.to_lowercase();
    let recent = state.conversations.listed().map(|row| (row.id.clone(), Section::Recent));
    let contacts =
        crate::state::roster::contact_chats(&state.people, &state.me.user).into_iter().map(|chat| (chat, Section::Contact));
    let groups = state.groups.listed().into_iter().map(|group| (ChatId::group(&group.id), Section::Group));
    let mut seen = HashSet::new();
    let mut found: Vec<(i64, Target)> = Vec::new();
    for (chat, section) in recent.chain(contacts).chain(groups) {
        let name = state.name_of(&chat).to_owned();
        let score = roster::score(&wanted, &name).max(roster::score(&wanted, chat.id()));
        if let Some(score) = score.filter(|_| seen.insert(chat.clone())) {
            found.push((score, Target { chat, name, section }));
        }
    }
    if !wanted.is_empty() {
        found.sort_by_key(|(score, _)| -score);
    }
    let mut targets: Vec<Target> = found.into_iter().take(TARGETS).map(|(_, target)| target).collect();
    let stranger = ChatId::user(&typed);
    if UserId::parse(typed.as_str()).is_ok() && typed != state.me.user && !seen.contains(&stranger) {
        targets.push(Target { chat: stranger, name: typed, section: Section::New });
    }
    if let Some(Modal::Forward(picker)) = state.modals.last_mut() {
        picker.targets = targets;
        picker.chosen = 0;
    }
}

/// Marks the chosen target, or lets it go; what was typed to find it is done with.
pub(crate) fn mark_target(state: &mut State) {
    let Some(Modal::Forward(picker)) = state.modals.last_mut() else { return };
    let Some(target) = picker.targets.get(picker.chosen).cloned() else { return };
    let before = picker.marked.len();
    picker.marked.retain(|marked| marked.chat != target.chat);
    if picker.marked.len() == before {
        if before >= MARKED {
            state.say(Tone::Bad, format!("{MARKED} are marked: no more can be"));
            return;
        }
        picker.marked.push(target);
    }
    if !picker.editor.text().is_empty() {
        picker.editor.set("");
        offer(state);
    }
}

/// A group that was made from the page is marked there. False: the page is not open.
pub(crate) fn mark_new_group(state: &mut State, group: &str, name: &str) -> bool {
    let Some(Modal::Forward(picker)) = state.modals.last_mut() else { return false };
    let target = Target { chat: ChatId::group(group), name: crate::text::clean_line(name), section: Section::Group };
    picker.marked.push(target);
    offer(state);
    true
}

/// The choice is asked for once more.
pub(crate) fn ask(state: &mut State) {
    let Some(Modal::Forward(picker)) = state.modals.last() else { return };
    let receivers = picker.receivers();
    if receivers.is_empty() {
        return;
    }
    let names: Vec<String> = receivers.iter().map(|target| target.name.clone()).collect();
    let question = match &names[..] {
        [name] => format!("Forward to {}?", fit(name, 40)),
        _ => format!("Forward to {} chats?", names.len()),
    };
    let to = if names.len() > 1 { format!("To {}.", names.join(", ")) } else { String::new() };
    let detail = fit(&format!("{}. {to}", picker.what), 400).into_owned();
    state.modals.push(Modal::Confirm(Confirm { question, detail, yes: "Forward", then: Confirmed::Forward }));
}

/// Sends everything to everybody that was chosen.
pub(crate) fn send(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Forward(picker)) = state.modals.pop() else { return };
    let receivers = picker.receivers();
    for target in &receivers {
        for copy in &picker.copies {
            let content = Outgoing {
                body: Some(copy.body.clone()),
                custom: custom_data(!target.chat.is_group(), None),
                relay_list: copy.relay_list.clone(),
                ..Outgoing::default()
            };
            composer::post(state, &target.chat, content, out);
        }
    }
    state.marks = None;
    let to = match &receivers[..] {
        [one] => one.name.clone(),
        many => format!("{} chats", many.len()),
    };
    let later = if state.online() { "" } else { ", once the link is back" };
    state.say(Tone::Good, format!("Forwarded to {to}{later}"));
}

#[cfg(test)]
mod tests;
