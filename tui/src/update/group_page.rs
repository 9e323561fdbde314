//! The page of a group: opening it and its keys; what its rows and menus do stands in [`act`].

mod act;

pub(crate) use act::FOR_EVER_S;

use super::group_form;
use crate::action::Action;
use crate::effect::{Ask, Effect, GroupAsk};
use crate::state::group_page::{GroupPage, GroupTab, MemberAct, MemberMenu, PageRow, Pick, rows};
use crate::state::modal::{GroupForm, Modal};
use crate::state::rights::Right;
use crate::state::{State, Tone};
use crate::view::layout::Areas;

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
                act::perform(state, &member, MemberAct::Mention, out);
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

fn open(state: &mut State, tab: GroupTab, out: &mut Vec<Effect>) {
    let Some(group) = state.group_at_hand() else {
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
    if state.groups.get(group).is_some_and(|group| group.kind == super::room::KIND) {
        out.push(Effect::Ask(Ask::Group(GroupAsk::RoomAdmins { group: group.to_owned() })));
        if page.may(state, Right::Ban) {
            out.push(Effect::Ask(Ask::Group(GroupAsk::Banned { group: group.to_owned() })));
        }
    } else if page.may(state, Right::Admins) {
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
        Action::RemoveItem => act::remove(state),
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
        let acts = page.member_acts(state, &menu.member);
        let now = acts.iter().position(|act| *act == menu.chosen).unwrap_or(0);
        choose(state, moved(now, acts.len()));
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
    let menu = page.menu.as_ref().map(|menu| settled(state, &page, menu));
    with_page(state, |page| (page.tab, page.chosen, page.held, page.pick, page.menu) = (tab, chosen, held, pick, menu));
}

/// The menu with the member as known now; what is chosen stays so for as long as it may be done.
fn settled(state: &State, page: &GroupPage, menu: &MemberMenu) -> MemberMenu {
    let member = page.known(&menu.member.user).unwrap_or(&menu.member).clone();
    let acts = page.member_acts(state, &member);
    let chosen = if acts.contains(&menu.chosen) { menu.chosen } else { acts.first().copied().unwrap_or(MemberAct::CopyId) };
    MemberMenu { member, chosen }
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

/// The row or member of this number is chosen; or the entry of the menu over them.
pub(super) fn choose(state: &mut State, item: usize) {
    let Some(page) = page(state) else { return };
    let act = page.menu.as_ref().and_then(|menu| page.member_acts(state, &menu.member).get(item).copied());
    with_page(state, |page| match (&mut page.menu, act) {
        (Some(menu), Some(act)) => menu.chosen = act,
        (Some(_), None) => {}
        (None, _) => page.chosen = item,
    });
}

fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(page) = page(state).cloned() else { return };
    if !page.results.is_empty() {
        with_page(state, |page| page.results.clear());
        return;
    }
    if let Some(menu) = &page.menu {
        with_page(state, |page| page.menu = None);
        if page.member_acts(state, &menu.member).contains(&menu.chosen) {
            act::perform(state, &menu.member, menu.chosen, out);
        }
        return;
    }
    if page.tab != GroupTab::Members {
        if let Some(row) = rows(state, &page).into_iter().nth(page.chosen) {
            act::act(state, &page, row.act, out);
        }
        return;
    }
    let Some(member) = page.chosen_member().cloned() else { return };
    match page.pick {
        Some(_) => match page.pick_act(state, &member) {
            Some(act) => {
                with_page(state, |page| page.pick = None);
                act::perform(state, &member, act, out);
            }
            None => state.say(Tone::Neutral, "Not this one: only who stands below you, and is not it already"),
        },
        None => act::open_menu(state, member),
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
