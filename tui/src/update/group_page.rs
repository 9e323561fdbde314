//! The page of a group: opening it, its keys, and what its rows and menus do.

use super::{group_form, timeline};
use crate::action::Action;
use crate::effect::{Ask, Effect, GroupAsk, GroupField};
use crate::state::conversation::ChatId;
use crate::state::group_page::{GroupPage, GroupTab, MemberAct, MemberMenu, PageRow, Pick, RowAct, rows};
use crate::state::modal::{Choose, Chosen, Confirm, Confirmed, GroupForm, Member, Modal};
use crate::state::rights::Right;
use crate::state::{Focus, State, Tone};
use crate::text::counted;
use crate::view::layout::Areas;
use tern_protocol::limits;

/// For ever, as the contract writes it (seconds).
pub(crate) const FOR_EVER_S: i64 = 0xFFFF_FFFF;

/// How long a mute may last: the word, and seconds.
const MUTE_TIMES: &[(&str, i64)] = &[
    ("10 minutes", 600),
    ("1 hour", 3_600),
    ("12 hours", 43_200),
    ("1 day", 86_400),
    ("7 days", 604_800),
    ("For ever", FOR_EVER_S),
];

/// Runs an action that opens the page or belongs to it.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::GroupInfo => open(state, GroupTab::Details, out),
        Action::Members if page(state).is_some() => go_to(state, GroupTab::Members, out),
        Action::Members => open(state, GroupTab::Members, out),
        Action::GroupNotice => {
            open(state, GroupTab::Details, out);
            if let Some(page) = page(state) {
                let page = page.clone();
                let notice = rows(state, &page).iter().position(|row| row.label == "Notice");
                with_page(state, |page| page.chosen = notice.unwrap_or(0));
            }
        }
        Action::Invite => {
            if page(state).is_none() {
                open(state, GroupTab::Members, out);
            }
            group_form::open_add(state, argument, out);
        }
        Action::MemberFind => {
            if let Some(group) = page(state).map(|page| page.group.clone()) {
                with_page(state, |page| (page.tab, page.chosen) = (GroupTab::Members, 0));
                group_form::open(state, GroupForm::Find { group }, "");
            }
        }
        Action::MemberPick => pick(state, out),
        Action::MemberMention => {
            let member = page(state).and_then(|page| page.chosen_member()).cloned();
            if let Some(member) = member.filter(|member| member.user != state.me.user) {
                perform(state, &member, MemberAct::Mention, out);
            }
        }
        _ => {}
    }
}

/// The page, when it is the topmost dialog.
pub(super) fn page(state: &State) -> Option<&GroupPage> {
    match state.modals.last() {
        Some(Modal::Group(page)) => Some(page),
        _ => None,
    }
}

/// Changes the page, wherever it lies.
pub(super) fn with_page(state: &mut State, change: impl FnOnce(&mut GroupPage)) {
    let found = state.modals.iter_mut().rev().find_map(|modal| match modal {
        Modal::Group(page) => Some(page),
        _ => None,
    });
    if let Some(page) = found {
        change(page);
    }
}

/// The group that actions are about: the open one, or with the keys in the list the chosen one.
fn group_at_hand(state: &State) -> Option<String> {
    let chat = if state.focus == Focus::List { state.acted_on().into_iter().next() } else { state.open.clone() };
    match chat.or_else(|| state.open.clone())? {
        ChatId::Group(group) => Some(group.to_string()),
        ChatId::User(_) => None,
    }
}

fn open(state: &mut State, tab: GroupTab, out: &mut Vec<Effect>) {
    let Some(group) = group_at_hand(state) else {
        state.say(Tone::Neutral, "Open a group first");
        return;
    };
    if state.groups.get(&group).is_none() {
        state.say(Tone::Neutral, "You are no member of this group");
        return;
    }
    state.picked.clear();
    let mut page = GroupPage::new(&group, tab);
    if !state.online() {
        page.error = Some("There is no link to the server now; this is what is known here".into());
    }
    state.modals.push(Modal::Group(Box::new(page)));
    refresh(state, &group, out);
    want_members(state, out);
}

/// Reads anew what may have changed, when the page of this group is open.
pub(super) fn refresh(state: &mut State, group: &str, out: &mut Vec<Effect>) {
    let shown = |modal: &Modal| matches!(modal, Modal::Group(page) if page.group == group);
    if !state.online() || !state.modals.iter().any(shown) || state.groups.get(group).is_none() {
        return;
    }
    out.push(Effect::Ask(Ask::Group(GroupAsk::Facts { group: group.to_owned() })));
    let Some(Modal::Group(page)) = state.modals.iter().find(|modal| shown(modal)) else { return };
    if page.may(state, Right::Admins) {
        out.push(Effect::Ask(Ask::Group(GroupAsk::Admins { group: group.to_owned() })));
    }
    if page.may(state, Right::Mute) {
        out.push(Effect::Ask(Ask::Group(GroupAsk::Muted { group: group.to_owned() })));
    }
}

/// Asks for the members that are looked at and not here.
pub(super) fn want_members(state: &mut State, out: &mut Vec<Effect>) {
    let online = state.online();
    let rooms: Vec<String> =
        state.groups.listed().iter().filter(|group| group.kind == "AVChatRoom").map(|group| group.id.clone()).collect();
    with_page(state, |page| {
        // What the details show needs the first page alone.
        let first = page.tab != GroupTab::Members && page.members.len() > 0;
        if !online || first || page.found.is_some() || rooms.contains(&page.group) {
            return;
        }
        let chosen = if page.tab == GroupTab::Members { page.chosen } else { 0 };
        if let Some(from) = page.members.want(chosen) {
            out.push(Effect::Ask(Ask::Group(GroupAsk::Members { group: page.group.clone(), from })));
        }
    });
}

/// Asks the server; false where there is no link.
pub(super) fn ask(state: &mut State, ask: GroupAsk, out: &mut Vec<Effect>) -> bool {
    if state.online() {
        out.push(Effect::Ask(Ask::Group(ask)));
        return true;
    }
    state.say(Tone::Bad, "There is no link to the server now");
    false
}

/// What an action does on the page; false: it does what it always does.
pub(super) fn dialog(state: &mut State, action: Action, out: &mut Vec<Effect>) -> bool {
    if page(state).is_none() {
        return false;
    }
    let rows_in_sight = isize::try_from(Areas::of(state).screen.height.saturating_sub(8)).unwrap_or(1).max(1);
    match action {
        Action::ItemUp => step(state, -1, out),
        Action::ItemDown => step(state, 1, out),
        Action::ItemPageUp => step(state, -rows_in_sight, out),
        Action::ItemPageDown => step(state, rows_in_sight, out),
        Action::ChoiceNext => turn(state, 1, out),
        Action::ChoicePrevious => turn(state, -1, out),
        Action::Confirm => confirm(state, out),
        Action::RemoveItem => remove(state),
        Action::Cancel => return back(state),
        _ => return false,
    }
    true
}

/// Out of what lies over the page; false: the page itself closes.
fn back(state: &mut State) -> bool {
    let mut was = true;
    with_page(state, |page| {
        if !page.results.is_empty() {
            page.results.clear();
        } else if page.menu.take().is_some() {
        } else if page.pick.take().is_some() {
            page.tab = GroupTab::Manage;
            page.chosen = 0;
        } else if !page.picked.is_empty() {
            page.picked.clear();
        } else if page.found.take().is_some() {
            page.query.clear();
            page.chosen = 0;
        } else {
            was = false;
        }
    });
    was
}

fn step(state: &mut State, step: isize, out: &mut Vec<Effect>) {
    let Some(page) = page(state).cloned() else { return };
    let moved = |chosen: usize, count: usize| chosen.saturating_add_signed(step).min(count.saturating_sub(1));
    if let Some(menu) = &page.menu {
        let chosen = moved(menu.chosen, page.member_acts(state, &menu.member).len());
        with_page(state, |page| {
            if let Some(menu) = &mut page.menu {
                menu.chosen = chosen;
            }
        });
        return;
    }
    if page.tab == GroupTab::Members {
        let chosen = moved(page.chosen, page.shown().count());
        with_page(state, |page| page.chosen = chosen);
        want_members(state, out);
        return;
    }
    let chosen = over_headings(&rows(state, &page), page.chosen, step);
    with_page(state, |page| page.chosen = chosen);
}

/// Headings are stepped over.
fn over_headings(rows: &[PageRow], chosen: usize, step: isize) -> usize {
    let last = rows.len().saturating_sub(1);
    let mut at = chosen.saturating_add_signed(step).min(last);
    while rows.get(at).is_some_and(PageRow::is_heading) {
        let next = at.saturating_add_signed(step.signum());
        if next == at || next > last {
            return chosen;
        }
        at = next;
    }
    at
}

fn turn(state: &mut State, by: isize, out: &mut Vec<Effect>) {
    let Some(page) = page(state).filter(|page| page.menu.is_none() && page.pick.is_none()) else { return };
    let tabs = page.tabs(state);
    let now = tabs.iter().position(|tab| *tab == page.tab).unwrap_or(0) as isize;
    let tab = tabs[(now + by).rem_euclid(tabs.len() as isize) as usize];
    go_to(state, tab, out);
}

pub(crate) fn go_to(state: &mut State, tab: GroupTab, out: &mut Vec<Effect>) {
    with_page(state, |page| {
        page.tab = tab;
        page.chosen = 0;
        page.results.clear();
    });
    settle(state);
    want_members(state, out);
}

/// Keeps the page within what the person may see now: roles change while it is open.
pub(super) fn settle(state: &mut State) {
    let Some(page) = page(state) else { return };
    if state.groups.get(&page.group).is_none() {
        return;
    }
    let page = page.clone();
    let tab = if page.tabs(state).contains(&page.tab) { page.tab } else { GroupTab::Details };
    let pick = page.pick.filter(|pick| page.may(state, needs(*pick)));
    let rows = rows(state, &GroupPage { tab, ..page.clone() });
    let count = if tab == GroupTab::Members { page.shown().count() } else { rows.len() };
    let mut chosen = held_row(&page, tab, &rows).unwrap_or(page.chosen).min(count.saturating_sub(1));
    if rows.get(chosen).is_some_and(PageRow::is_heading) {
        chosen += 1;
    }
    let held = rows.get(chosen).map(|row| (tab, chosen, row.label.clone()));
    let acts = page.menu.as_ref().map_or(0, |menu| page.member_acts(state, &menu.member).len());
    with_page(state, |page| {
        (page.tab, page.chosen, page.held, page.pick) = (tab, chosen, held, pick);
        if let Some(menu) = &mut page.menu {
            menu.chosen = menu.chosen.min(acts.saturating_sub(1));
        }
    });
}

/// Where the chosen row stands now, when the person did not move since and rows came or went above it.
fn held_row(page: &GroupPage, tab: GroupTab, rows: &[PageRow]) -> Option<usize> {
    let (held_tab, at, label) = page.held.as_ref()?;
    let moved = *held_tab != tab || *at != page.chosen || rows.get(*at).is_some_and(|row| row.label == *label);
    if moved { None } else { rows.iter().position(|row| row.label == *label) }
}

const fn needs(pick: Pick) -> Right {
    match pick {
        Pick::Admin => Right::Admins,
        Pick::Mute => Right::Mute,
        Pick::Owner => Right::Transfer,
    }
}

/// The row or member under the pointer is chosen; or the entry of the menu over them.
pub(super) fn choose(state: &mut State, item: usize) {
    with_page(state, |page| match &mut page.menu {
        Some(menu) => menu.chosen = item,
        None => page.chosen = item,
    });
}

fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(page) = page(state).cloned() else { return };
    if !page.results.is_empty() {
        with_page(state, |page| page.results.clear());
        return;
    }
    if let Some(menu) = &page.menu {
        let act = page.member_acts(state, &menu.member).get(menu.chosen).copied();
        with_page(state, |page| page.menu = None);
        if let Some(act) = act {
            perform(state, &menu.member, act, out);
        }
        return;
    }
    if page.tab != GroupTab::Members {
        if let Some(row) = rows(state, &page).into_iter().nth(page.chosen) {
            act(state, &page, row.act, out);
        }
        return;
    }
    let Some(member) = page.chosen_member().cloned() else { return };
    match page.pick {
        Some(_) => match page.pick_act(state, &member) {
            Some(act) => {
                with_page(state, |page| page.pick = None);
                perform(state, &member, act, out);
            }
            None => state.say(Tone::Neutral, "Not this one: only who stands below you, and is not it already"),
        },
        None => with_page(state, |page| page.menu = Some(MemberMenu { member, chosen: 0 })),
    }
}

fn act(state: &mut State, page: &GroupPage, act: RowAct, out: &mut Vec<Effect>) {
    let group = page.group.clone();
    match act {
        RowAct::Nothing => {}
        RowAct::Edit(field) => {
            let facts = page.facts.clone().unwrap_or_default();
            let text = match field {
                GroupField::Name => state.groups.get(&group).map_or(String::new(), |group| group.name.clone()),
                GroupField::Introduction => facts.introduction,
                GroupField::Notification => facts.notification,
                _ => facts.face_url,
            };
            group_form::open(state, GroupForm::Edit { group, field }, &text);
        }
        RowAct::EditNameCard => {
            let text = page.facts.as_ref().map_or(String::new(), |facts| facts.name_card.clone());
            let user = state.me.user.clone();
            group_form::open(state, GroupForm::NameCard { group, user }, &text);
        }
        RowAct::Copy(text) => {
            out.push(Effect::Copy(text));
            state.say(Tone::Good, "Copied");
        }
        RowAct::Run(Action::Find) => {
            state.modals.pop();
            timeline::open(state, &ChatId::group(&group), out);
            super::run(state, Action::Find, "", out);
        }
        RowAct::Run(action) => super::run(state, action, "", out),
        RowAct::Tab(tab) => go_to(state, tab, out),
        RowAct::Pick(pick) => {
            with_page(state, |page| page.pick = Some(pick));
            go_to(state, GroupTab::Members, out);
        }
        RowAct::Ask(what) => {
            ask(state, what, out);
        }
        RowAct::ChooseJoin => choose_option(state, &group, GroupField::Join),
        RowAct::ChooseInvite => choose_option(state, &group, GroupField::Invite),
        RowAct::Member(user) => {
            if let Some(member) = page.admins.iter().find(|member| member.user == user).cloned() {
                with_page(state, |page| page.menu = Some(MemberMenu { member, chosen: 0 }));
            }
        }
        RowAct::Unmute(user) => {
            ask(state, GroupAsk::Mute { group, user, seconds: 0 }, out);
        }
        RowAct::Leave => super::group::ask_leave(state, &group),
        RowAct::Disband => {
            let name = state.name_of(&ChatId::group(&group)).to_owned();
            let question = format!("Disband {name}?");
            let detail = "Everybody is out of the group and nobody can write into it any more. This cannot be undone.".into();
            question_about(state, question, detail, "Disband", GroupAsk::Disband { group });
        }
    }
}

fn question_about(state: &mut State, question: String, detail: String, yes: &'static str, then: GroupAsk) {
    state.modals.push(Modal::Confirm(Confirm { question, detail, yes, then: Confirmed::Group(then) }));
}

fn choose_option(state: &mut State, group: &str, field: GroupField) {
    let (title, forbid) = match field {
        GroupField::Join => ("Who may join?", ("Nobody", "DisableApply")),
        _ => ("Whom may members bring in?", ("Nobody", "DisableInvite")),
    };
    let options = [forbid, ("After an administrator's approval", "NeedPermission"), ("Everybody", "FreeAccess")];
    let ask = |text: &str| Chosen::Group(GroupAsk::Change { group: group.to_owned(), field, text: text.to_owned() });
    let answers = options.into_iter().map(|(word, option)| (word.to_owned(), ask(option))).collect();
    state.modals.push(Modal::Choose(Choose { title: title.into(), says: String::new(), answers, chosen: 0 }));
}

/// Does something with a member of the page's group.
fn perform(state: &mut State, member: &Member, act: MemberAct, out: &mut Vec<Effect>) {
    let Some(group) = page(state).map(|page| page.group.clone()) else { return };
    let (user, name) = (member.user.clone(), member.shown().to_owned());
    match act {
        MemberAct::Message => {
            state.modals.pop();
            timeline::open(state, &ChatId::user(&user), out);
        }
        MemberAct::Mention => {
            state.modals.pop();
            timeline::open(state, &ChatId::group(&group), out);
            if state.composer.mentions().len() >= limits::GROUP_AT {
                state.say(Tone::Bad, format!("A message mentions {} at most", limits::GROUP_AT));
                return;
            }
            let caret = state.composer.caret();
            state.composer.mention(caret..caret, &format!("@{name} "), &user);
        }
        MemberAct::CopyId => {
            out.push(Effect::Copy(user));
            state.say(Tone::Good, "Copied");
        }
        MemberAct::NameCard => group_form::open(state, GroupForm::NameCard { group, user }, &member.card),
        MemberAct::Appoint => _ = ask(state, GroupAsk::SetAdmin { group, user, on: true }, out),
        MemberAct::Dismiss => _ = ask(state, GroupAsk::SetAdmin { group, user, on: false }, out),
        MemberAct::Unmute => _ = ask(state, GroupAsk::Mute { group, user, seconds: 0 }, out),
        MemberAct::Mute => {
            let time = |seconds: i64| Chosen::Group(GroupAsk::Mute { group: group.clone(), user: user.clone(), seconds });
            let mut answers: Vec<_> = MUTE_TIMES.iter().map(|(word, seconds)| ((*word).to_owned(), time(*seconds))).collect();
            answers.push(("Another time …".into(), Chosen::MuteFor { group: group.clone(), user: user.clone() }));
            let title = format!("How long shall {name} be silent?");
            state.modals.push(Modal::Choose(Choose { title, says: String::new(), answers, chosen: 0 }));
        }
        MemberAct::Transfer => {
            let question = format!("Make {name} the owner?");
            let detail = "The group is theirs then, and you become an ordinary member.".into();
            question_about(state, question, detail, "Transfer", GroupAsk::Transfer { group, user });
        }
        MemberAct::Remove => ask_removal(state, group, vec![user], &name),
    }
}

fn ask_removal(state: &mut State, group: String, users: Vec<String>, name: &str) {
    let question = match users.len() {
        1 => format!("Remove {name}?"),
        n => format!("Remove {}?", counted(n as u64, "member")),
    };
    let detail = "They are told, get no more of the group's messages and cannot write there.".into();
    question_about(state, question, detail, "Remove", GroupAsk::Remove { group, users, reason: String::new() });
}

/// The picked members, or the chosen one.
fn remove(state: &mut State) {
    let Some(page) = page(state).filter(|page| page.tab == GroupTab::Members && page.menu.is_none()).cloned() else { return };
    let removable = |member: &&Member| page.member_acts(state, member).contains(&MemberAct::Remove);
    let picked = page.shown().filter(|member| page.picked.contains(&member.user));
    let members: Vec<Member> = if page.picked.is_empty() {
        page.chosen_member().into_iter().filter(removable).cloned().collect()
    } else {
        picked.filter(removable).cloned().collect()
    };
    match members.first() {
        Some(first) => {
            let name = first.shown().to_owned();
            let group = page.group.clone();
            ask_removal(state, group, members.into_iter().map(|member| member.user).collect(), &name);
        }
        None => state.say(Tone::Neutral, "Only the owner removes administrators, and administrators remove members"),
    }
}

fn pick(state: &mut State, out: &mut Vec<Effect>) {
    let Some(user) = page(state)
        .filter(|page| page.tab == GroupTab::Members && page.menu.is_none())
        .and_then(|page| page.chosen_member().map(|member| member.user.clone()))
    else {
        return;
    };
    with_page(state, |page| {
        if !page.picked.remove(&user) {
            page.picked.insert(user);
        }
    });
    step(state, 1, out);
}

#[cfg(test)]
pub(crate) mod tests;
