//! What the server tells of groups unasked: tips and notices; roles, names and membership follow at once.

use super::{group_page, menu, mute, roster, save, session};
use crate::effect::{Effect, StoreOp};
use crate::state::conversation::ChatId;
use crate::state::group_page::GroupPage;
use crate::state::modal::{Member, Modal};
use crate::state::roster::Group;
use crate::state::{State, Tone, sane_s};
use crate::text::clean_line;
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{GroupNotice, GroupTip, MembersChange, notice, tip};

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
        tip::SET_ADMIN | tip::CANCEL_ADMIN => {
            let word = if told.op_type == tip::SET_ADMIN { "Admin" } else { "Member" };
            if concerns_me {
                role(state, group, word, out);
            }
            for user in told.accounts.iter().flatten() {
                set_role(state, group, user, word);
                super::room::admin_set(state, group, user, word == "Admin");
            }
        }
        tip::MEMBER_INFO => {
            for info in told.member_info.iter().flatten() {
                let until_s = if info.shutup_time > 0 { wire.msg_time_stamp.saturating_add(info.shutup_time) } else { 0 };
                set_mute(state, group, &info.account, sane_s(until_s));
            }
        }
        tip::JOIN | tip::QUIT | tip::KICKED => {
            if told.op_type != tip::JOIN {
                let left = told
                    .accounts
                    .iter()
                    .flatten()
                    .chain([&told.operator])
                    .filter(|user| told.op_type == tip::QUIT || **user != told.operator);
                left.for_each(|user| gone(state, group, user));
            }
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

/// The profile of a group is another one, for all its members.
pub(super) fn profile(state: &mut State, wire: &SyncGroup, out: &mut Vec<Effect>) {
    let group = &wire.group_id;
    if state.groups.get(group).is_none() {
        return;
    }
    if !wire.name.is_empty() {
        rename(state, group, &wire.name, out);
    }
    change_group(state, group, out, |row| {
        row.member_num = wire.member_num;
        if let Some(text) = &wire.notification {
            row.notification = clean_line(text);
        }
    });
    mute::all(state, &ChatId::group(group), wire.mute_all_member.as_deref());
    super::community::community_changed(state, group, out);
    group_page::refresh(state, group, out);
}

/// Somebody is no member any more.
fn gone(state: &mut State, group: &str, user: &str) {
    with_page_of(state, group, |page| page.forget(user));
}

/// Changes what is known of a joined group.
pub(super) fn change_group(state: &mut State, group: &str, out: &mut Vec<Effect>, change: impl FnOnce(&mut Group)) {
    let Some(before) = state.groups.get(group) else { return };
    let mut row = before.clone();
    change(&mut row);
    if row != *before {
        state.groups.set(group, Some(row.clone()));
        // Nothing of a live room is kept.
        if row.kind != super::room::KIND {
            out.push(Effect::Store(StoreOp::Group { id: group.to_owned(), group: Some(row) }));
        }
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

/// The page of this group, wherever it lies.
fn with_page_of(state: &mut State, group: &str, change: impl FnOnce(&mut GroupPage)) {
    group_page::with_page(state, |page| {
        if page.group == group {
            change(page);
        }
    });
}

/// Members are not what they were: role, name card and mute as they are now.
pub(super) fn members_changed(state: &mut State, change: &MembersChange, out: &mut Vec<Effect>) {
    let group = &change.group_id;
    for member in &change.members {
        let user = &member.account;
        name_card(state, group, user, &member.name_card);
        set_role(state, group, user, &member.role);
        set_mute(state, group, user, sane_s(member.mute_until));
        if *user == state.me.user && !member.role.is_empty() {
            role(state, group, &member.role, out);
        }
    }
}

/// A member has another role: the page of the group shows it, and what may be done follows.
pub(super) fn set_role(state: &mut State, group: &str, user: &str, role: &str) {
    let name = state.people.name(user).to_owned();
    with_page_of(state, group, |page| {
        page.each_mut(user).for_each(|member| member.role = role.to_owned());
        let known = page.known(user).cloned();
        page.admins.retain(|admin| admin.user != user || role == "Admin");
        if role == "Admin" && !page.admins.iter().any(|admin| admin.user == user) {
            let new = Member { user: user.to_owned(), name, role: role.to_owned(), ..Member::default() };
            page.admins.push(known.unwrap_or(new));
        }
    });
}

/// A member may not speak before this moment; 0: at once.
pub(super) fn set_mute(state: &mut State, group: &str, user: &str, until_s: i64) {
    with_page_of(state, group, |page| {
        page.each_mut(user).for_each(|member| member.muted_until_s = until_s);
        page.muted.retain(|(muted, _)| muted != user);
        if until_s > 0 {
            page.muted.push((user.to_owned(), until_s));
        }
    });
}

/// Somebody has another name card in a group: rows in sight show it.
pub(super) fn name_card(state: &mut State, group: &str, user: &str, card: &str) {
    let card = clean_line(card);
    let usual = state.people.name(user).to_owned();
    let name = if card.is_empty() { usual } else { card.clone() };
    let mine = *user == *state.me.user;
    let chats = state.timeline_ids();
    for chat in chats.into_iter().filter(|chat| *chat == ChatId::group(group) || chat.community() == Some(group)) {
        if let Some(timeline) = state.timeline_mut(&chat) {
            timeline.pins.rename(user, None, &name);
            timeline.change_all(|message| {
                if *message.sender == *user {
                    message.sender_name.clone_from(&name);
                    message.by_card = !card.is_empty();
                }
            });
        }
    }
    with_page_of(state, group, |page| {
        for member in page.each_mut(user) {
            member.name.clone_from(&name);
            member.card.clone_from(&card);
        }
        if let Some(facts) = page.facts.as_mut().filter(|_| mine) {
            facts.name_card.clone_from(&card);
        }
    });
}

/// Somebody has another nick than `old`: what shows members without name cards shows it; messages look it up.
pub(super) fn nick(state: &mut State, user: &str, old: &str) {
    let name = state.people.name(user).to_owned();
    for chat in state.timeline_ids() {
        if let Some(timeline) = state.timeline_mut(&chat) {
            timeline.pins.rename(user, Some(old), &name);
        }
    }
    group_page::with_page(state, |page| {
        page.each_mut(user).filter(|member| member.card.is_empty()).for_each(|member| member.name.clone_from(&name));
    });
}
