//! Answers about groups.

use super::group_form::{close, name, refused};
use super::group_page::{refresh, want_members, with_page};
use super::{group, group_news, room, session};
use crate::effect::{Effect, GroupAsk, GroupField};
use crate::event::{GroupTold, Refusal};
use crate::state::group_page::{GroupFacts, GroupTab, noun};
use crate::state::modal::Member;
use crate::state::{State, Tone};
use crate::text::{clean, clean_line, counted};
use tern_protocol::api::group::{GroupProfile, MemberResult};

/// Takes what the server says.
pub(super) fn answered(state: &mut State, ask: GroupAsk, result: Result<GroupTold, Refusal>, out: &mut Vec<Effect>) {
    let told = match result {
        Ok(told) => told,
        Err(refusal) => return failed(state, &ask, &refusal),
    };
    match (ask, told) {
        (GroupAsk::Facts { group }, GroupTold::Facts(profile)) => facts(state, &group, &profile, out),
        (GroupAsk::Members { group, .. }, GroupTold::Members(page)) => members(state, &group, &page, out),
        (GroupAsk::Admins { group }, GroupTold::Members(list)) => {
            let (admins, _) = group::read_page(&state.people, &list, 0);
            with_page(state, |page| {
                if page.group == group {
                    page.admins = admins;
                }
            });
        }
        (GroupAsk::FindMembers { group, words }, GroupTold::Found(found)) => {
            close(state);
            let people = &state.people;
            let read = |found: &tern_protocol::api::search::FoundMember| {
                let names = [clean_line(&found.name_card), clean_line(&found.nick)];
                let name = names.into_iter().find(|name| !name.is_empty());
                let name = name.unwrap_or_else(|| people.name(&found.user_id).to_owned());
                Member { name, user: found.user_id.clone(), card: found.name_card.clone(), ..Member::default() }
            };
            let found: Vec<Member> = found.members.iter().map(read).collect();
            with_page(state, |page| {
                if page.group == group {
                    // Their roles, where they are known.
                    let known = |mut member: Member| {
                        if let Some(known) = page.members.iter().find(|known| known.user == member.user) {
                            member = known.clone();
                        }
                        member
                    };
                    page.found = Some(found.into_iter().map(known).collect());
                    page.query = words;
                    page.tab = GroupTab::Members;
                    page.chosen = 0;
                }
            });
        }
        (GroupAsk::Muted { group }, GroupTold::Muted(list)) => {
            with_page(state, |page| {
                if page.group == group {
                    page.muted = list;
                }
            });
        }
        (GroupAsk::Banned { group }, GroupTold::Banned(list)) => {
            with_page(state, |page| {
                if page.group == group {
                    page.banned = list;
                }
            });
        }
        (GroupAsk::RoomAdmins { group }, GroupTold::RoomAdmins(list)) => room::admins(state, &group, list, out),
        (GroupAsk::Add { group, .. }, GroupTold::Added(results)) => added(state, &group, &results, out),
        (GroupAsk::Requests, GroupTold::Requests(list)) => state.requests.take(&list),
        (ask, GroupTold::Done) => done(state, ask, out),
        _ => {}
    }
}

fn failed(state: &mut State, ask: &GroupAsk, refusal: &Refusal) {
    let text = clean_line(&refusal.to_string());
    match ask {
        GroupAsk::Facts { group } => {
            with_page(state, |page| {
                if page.group == *group {
                    page.error = Some(text);
                }
            });
        }
        GroupAsk::Members { group, .. } => {
            with_page(state, |page| {
                if page.group == *group {
                    page.members.fail(text);
                }
            });
        }
        GroupAsk::Admins { .. }
        | GroupAsk::RoomAdmins { .. }
        | GroupAsk::Muted { .. }
        | GroupAsk::Banned { .. }
        | GroupAsk::Requests
        | GroupAsk::RequestsSeen { .. } => {
            tracing::info!(%text, "about a group");
        }
        GroupAsk::Decide { .. } if refusal.code == 10024 => refused(state, "Somebody has decided this already (code 10024)".into()),
        _ => refused(state, text),
    }
}

fn facts(state: &mut State, group: &str, profile: &GroupProfile, out: &mut Vec<Effect>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let own = profile.self_info.clone().unwrap_or_default();
    let known = GroupFacts {
        introduction: clean(&text(&profile.introduction)).into_owned(),
        notification: clean(&text(&profile.notification)).into_owned(),
        face_url: clean_line(&text(&profile.face_url)),
        owner: text(&profile.owner_account),
        created_s: profile.create_time.unwrap_or(0),
        most_members: profile.max_member_num.unwrap_or(0),
        join: text(&profile.apply_join_option),
        invite: text(&profile.invite_join_option),
        mute_all: profile.mute_all_member.as_deref() == Some("On"),
        name_card: clean_line(&text(&own.name_card)),
    };
    group_news::change_group(state, group, out, |row| {
        if let Some(name) = &profile.name {
            row.name = clean_line(name);
        }
        row.notification = clean_line(&known.notification);
        if let Some(count) = profile.member_num {
            row.member_num = count;
        }
        if let Some(role) = own.role.filter(|role| !role.is_empty()) {
            row.role = role;
        }
    });
    with_page(state, |page| {
        if page.group == group {
            page.facts = Some(known);
            page.error = None;
        }
    });
}

fn members(state: &mut State, group: &str, page: &tern_protocol::api::group::GroupMembers, out: &mut Vec<Effect>) {
    let mut known = 0;
    with_page(state, |open| known = open.members.before() + open.members.len());
    let (list, next) = group::read_page(&state.people, page, known);
    for member in &page.member_list {
        let user = member.member_account.as_deref().unwrap_or_default();
        session::learn(state, user, member.nick.as_deref().unwrap_or_default(), out);
    }
    if page.member_num > 0 {
        group_news::change_group(state, group, out, |row| row.member_num = page.member_num);
    }
    with_page(state, |open| {
        if open.group == group {
            let moved = open.members.take(list, next);
            if open.tab == GroupTab::Members && open.found.is_none() {
                open.chosen = open.chosen.saturating_add_signed(moved);
            }
        }
    });
    want_members(state, out);
}

/// The list of members is read from its beginning.
fn read_anew(state: &mut State, group: &str, out: &mut Vec<Effect>) {
    with_page(state, |page| {
        if page.group == group {
            page.members = crate::state::member_list::MemberList::start();
            (page.found, page.chosen) = (None, if page.tab == GroupTab::Members { 0 } else { page.chosen });
        }
    });
    want_members(state, out);
}

/// What became of each that was invited (`contract/client-semantics.md` 7.3).
fn added(state: &mut State, group: &str, results: &[MemberResult], out: &mut Vec<Effect>) {
    close(state);
    let line = |result: &MemberResult| {
        let user = clean_line(&result.member_account);
        match result.result {
            1 => (format!("{user} is in the group now"), true),
            2 => (format!("{user} is in the group already"), true),
            3 => (format!("{user} was asked; the group or they decide"), true),
            4 => (format!("{user} is in too many groups"), false),
            _ => (format!("{user} could not be added"), false),
        }
    };
    let lines: Vec<(String, bool)> = results.iter().map(line).collect();
    if let [(text, good)] = &lines[..] {
        state.say(if *good { Tone::Good } else { Tone::Bad }, text.clone());
    } else {
        let good = results.iter().filter(|result| result.result == 1).count();
        state.say(Tone::Neutral, format!("{} added", counted(good as u64, "member")));
        with_page(state, |page| page.results = lines);
    }
    read_anew(state, group, out);
    refresh(state, group, out);
    session::pull(state, out);
}

fn done(state: &mut State, ask: GroupAsk, out: &mut Vec<Effect>) {
    close(state);
    match ask {
        GroupAsk::Change { group, field, text } => changed(state, &group, field, &text, out),
        GroupAsk::Remove { group, users, .. } => {
            with_page(state, |page| {
                users.iter().for_each(|user| page.forget(user));
                page.picked.clear();
            });
            let text = match &users[..] {
                [one] => format!("{} is out of the {}", state.people.name(one), state.groups.get(&group).map_or("group", noun)),
                several => format!("{} removed", counted(several.len() as u64, "member")),
            };
            state.say(Tone::Good, text);
            refresh(state, &group, out);
        }
        GroupAsk::Unban { group, user } => {
            let who = state.people.name(&user).to_owned();
            state.say(Tone::Good, format!("{who} may come in again"));
            refresh(state, &group, out);
        }
        GroupAsk::SetAdmin { group, user, on } | GroupAsk::SetRoomAdmin { group, user, on } => {
            group_news::set_role(state, &group, &user, if on { "Admin" } else { "Member" });
            room::admin_set(state, &group, &user, on);
            let word = if on { "is an administrator now" } else { "is no administrator any more" };
            let who = state.people.name(&user).to_owned();
            state.say(Tone::Good, format!("{who} {word}"));
            refresh(state, &group, out);
        }
        GroupAsk::NameCard { group, user, text } => {
            group_news::name_card(state, &group, &user, &text);
            state.say(Tone::Good, "The name card is changed");
            refresh(state, &group, out);
        }
        GroupAsk::Mute { group, user, seconds } => {
            let until_s = if seconds == 0 { 0 } else { state.server_now_s() + seconds };
            group_news::set_mute(state, &group, &user, until_s);
            let who = state.people.name(&user).to_owned();
            state.say(Tone::Good, if seconds == 0 { format!("{who} may speak again") } else { format!("{who} is muted") });
            refresh(state, &group, out);
        }
        GroupAsk::Transfer { group, user } => {
            let me = state.me.user.clone();
            group_news::set_role(state, &group, &user, "Owner");
            group_news::set_role(state, &group, &me, "Member");
            group_news::change_group(state, &group, out, |row| row.role = "Member".into());
            let text = format!("{} belongs to {} now", name(state, &group), state.people.name(&user));
            state.say(Tone::Good, text);
            refresh(state, &group, out);
            session::pull(state, out);
        }
        GroupAsk::Disband { group } => {
            let text = format!("{} was disbanded", name(state, &group));
            group_news::out_of(state, &group, out);
            state.say(Tone::Good, text);
            session::pull(state, out);
        }
        GroupAsk::Decide { request, agree, .. } => {
            let word = if agree { "Agreed" } else { "Declined" };
            state.say(Tone::Good, format!("{word}: {}", request.says()));
            super::request::ask(state, out);
            refresh(state, &request.group, out);
        }
        _ => {}
    }
}

fn changed(state: &mut State, group: &str, field: GroupField, text: &str, out: &mut Vec<Effect>) {
    match field {
        GroupField::Name => group_news::rename(state, group, text, out),
        GroupField::Notification => group_news::change_group(state, group, out, |row| row.notification = clean_line(text)),
        _ => {}
    }
    let says = match (field, text) {
        (GroupField::MuteAll, "On") => "Everybody is muted but the owner and administrators",
        (GroupField::MuteAll, _) => "Everybody may speak again",
        _ => "",
    };
    let noun = state.groups.get(group).map_or("group", noun);
    state.say(Tone::Good, if says.is_empty() { format!("The {noun} is changed") } else { says.into() });
    refresh(state, group, out);
}
