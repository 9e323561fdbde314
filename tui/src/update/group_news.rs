//! What the server tells of groups unasked: tips and notices; roles, names and membership follow at once.

use super::{group_page, menu, roster, save, session};
use crate::effect::{Effect, StoreOp};
use crate::state::conversation::ChatId;
use crate::state::modal::Modal;
use crate::state::roster::Group;
use crate::state::{State, Tone};
use crate::text::clean_line;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{GroupNotice, GroupTip, notice, tip};

/// Notices that the table of types has besides (`contract/client-semantics.md` 7.7).
const RECYCLED: i64 = 11;
const ASKED: i64 = 12;
const INVITEE_AGREED: i64 = 13;
const INVITEE_REFUSED: i64 = 14;

/// A notice to this person.
pub(super) fn notice(state: &mut State, wire: &WireMessage, out: &mut Vec<Effect>) {
    let Some(told) = wire.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupNotice>(body.get()).ok()) else { return };
    let Some(group) = wire.to_group_id.as_deref().filter(|group| !group.is_empty()) else { return };
    if super::room::notice(state, wire, &told) {
        return;
    }
    let info_name = wire.group_info.as_ref().map(|info| clean_line(&info.group_name)).filter(|name| !name.is_empty());
    let name = info_name.unwrap_or_else(|| state.name_of(&ChatId::group(group)).to_owned());
    let out_of_it = matches!(told.report_type, notice::KICKED | notice::DISMISSED | notice::QUIT | RECYCLED);
    if out_of_it {
        out_of(state, group, out);
    }
    match told.report_type {
        notice::ADMIN_SET => role(state, group, "Admin", out),
        notice::ADMIN_REMOVED => role(state, group, "Member", out),
        notice::APPLY | ASKED | INVITEE_AGREED | INVITEE_REFUSED => super::request::ask(state, out),
        _ => {}
    }
    let (tone, text) = sentence(state, &told, &name);
    if !text.is_empty() {
        state.say(tone, text);
    }
    group_page::refresh(state, group, out);
    // Groups and conversations came or went: one small pull says how.
    session::pull(state, out);
}

fn sentence(state: &State, told: &GroupNotice, name: &str) -> (Tone, String) {
    let who = state.people.name(&told.operator).to_owned();
    let words = clean_line(told.remark.as_deref().unwrap_or_default());
    let because = |text: String| if words.is_empty() { text } else { format!("{text}: {words}") };
    match told.report_type {
        notice::APPLY => (Tone::Neutral, because(format!("{who} asks to join {name}"))),
        notice::ACCEPTED => (Tone::Good, because(format!("You are in {name} now"))),
        notice::REFUSED => (Tone::Bad, because(format!("{name} did not let you in"))),
        notice::KICKED => (Tone::Bad, format!("{who} removed you from {name}")),
        notice::DISMISSED => (Tone::Bad, format!("{name} was dismissed")),
        RECYCLED => (Tone::Bad, format!("{name} was taken back by the server")),
        notice::INVITED => (Tone::Good, format!("{who} added you to {name}")),
        notice::ADMIN_SET => (Tone::Good, format!("You are an administrator of {name} now")),
        notice::ADMIN_REMOVED => (Tone::Neutral, format!("You are no administrator of {name} any more")),
        ASKED => (Tone::Neutral, format!("{who} invites you to {name}: /requests")),
        INVITEE_AGREED => (Tone::Good, format!("{who} accepted your invitation to {name}")),
        INVITEE_REFUSED => (Tone::Neutral, format!("{who} declined your invitation to {name}")),
        notice::CUSTOM => (Tone::Neutral, clean_line(told.user_defined.as_deref().unwrap_or_default())),
        // The person's own doing, here or on another device.
        _ => (Tone::Neutral, String::new()),
    }
}

/// A tip in a group: what it says of the group holds from now on.
pub(super) fn tip(state: &mut State, chat: &ChatId, wire: &WireMessage, out: &mut Vec<Effect>) {
    let ChatId::Group(group) = chat else { return };
    let Some(told) = wire.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupTip>(body.get()).ok()) else { return };
    let me = state.me.user.clone();
    let concerns_me = told.accounts.iter().flatten().any(|user| *user == me);
    match told.op_type {
        tip::SET_ADMIN if concerns_me => role(state, group, "Admin", out),
        tip::CANCEL_ADMIN if concerns_me => role(state, group, "Member", out),
        tip::JOIN | tip::QUIT | tip::KICKED => {
            if let Some(count) = told.member_num.filter(|count| *count > 0) {
                change_group(state, group, out, |row| row.member_num = count);
            }
        }
        tip::GROUP_INFO => {
            let new = told.new_info.unwrap_or_default();
            if let Some(name) = new.group_name.as_deref().filter(|name| !name.is_empty()) {
                rename(state, group, name, out);
            }
            if let Some(text) = &new.notification {
                let text = clean_line(text);
                change_group(state, group, out, |row| row.notification.clone_from(&text));
                if told.operator != me && state.open.as_ref() == Some(chat) && !text.is_empty() {
                    state.say(Tone::Neutral, format!("New notice: {text}"));
                }
            }
            match new.owner.as_deref() {
                Some(owner) if owner == me => role(state, group, "Owner", out),
                Some(_) if state.groups.get(group).is_some_and(|row| row.role == "Owner") => role(state, group, "Member", out),
                _ => {}
            }
        }
        _ => {}
    }
    group_page::refresh(state, group, out);
}

/// Changes what is known of a joined group.
pub(super) fn change_group(state: &mut State, group: &str, out: &mut Vec<Effect>, change: impl FnOnce(&mut Group)) {
    let Some(before) = state.groups.get(group) else { return };
    let mut row = before.clone();
    change(&mut row);
    if row != *before {
        state.groups.set(group, Some(row.clone()));
        out.push(Effect::Store(StoreOp::Group { id: group.to_owned(), group: Some(row) }));
    }
}

fn role(state: &mut State, group: &str, role: &str, out: &mut Vec<Effect>) {
    change_group(state, group, out, |row| row.role = role.to_owned());
    menu::refresh(state);
}

/// The group has another name.
pub(super) fn rename(state: &mut State, group: &str, name: &str, out: &mut Vec<Effect>) {
    let name = clean_line(name);
    change_group(state, group, out, |row| row.name.clone_from(&name));
    let chat = ChatId::group(group);
    if state.conversations.get(&chat).is_some() {
        state.conversations.change(&chat, |conversation| conversation.name = name);
        save(state, &chat, out);
    }
}

/// This person is no member any more: the conversation closes, nothing can be written, what was said stays readable.
pub(super) fn out_of(state: &mut State, group: &str, out: &mut Vec<Effect>) {
    let chat = ChatId::group(group);
    state.groups.set(group, None);
    out.push(Effect::Store(StoreOp::Group { id: group.to_owned(), group: None }));
    super::community::community_changed(state, group, out);
    state.modals.retain(|modal| !matches!(modal, Modal::Group(page) if page.group == group));
    if state.open.as_ref() == Some(&chat) {
        roster::close_chat(state, out);
    }
}

/// Somebody has another name card in a group: rows in sight show it.
pub(super) fn name_card(state: &mut State, group: &str, user: &str, card: &str) {
    let card = clean_line(card);
    let usual = state.people.name(user).to_owned();
    let name = if card.is_empty() { usual } else { card.clone() };
    if let Some(timeline) = state.timeline_mut(&ChatId::group(group)) {
        timeline.change_all(|message| {
            if *message.sender == *user {
                message.sender_name.clone_from(&name);
            }
        });
    }
    group_page::with_page(state, |page| {
        let found = page.found.iter_mut().flatten();
        for member in page.members.iter_mut().chain(found).chain(page.admins.iter_mut()).filter(|member| member.user == user) {
            member.name.clone_from(&name);
            member.card.clone_from(&card);
        }
    });
}

/// Somebody has another nick: rows that showed the old one show it.
pub(super) fn nick(state: &mut State, user: &str, old: &str, new: &str) {
    let new = clean_line(new);
    if new.is_empty() || old == new {
        return;
    }
    for chat in state.timeline_ids() {
        if let Some(timeline) = state.timeline_mut(&chat) {
            timeline.change_all(|message| {
                if *message.sender == *user && (message.sender_name == old || message.sender_name.is_empty()) {
                    message.sender_name.clone_from(&new);
                }
            });
        }
    }
    group_page::with_page(state, |page| {
        for member in page.members.iter_mut().filter(|member| member.user == user && member.card.is_empty()) {
            member.name.clone_from(&new);
        }
    });
}
