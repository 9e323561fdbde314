//! Searching: here while one types, at the server when asked; opening what was found.

use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::editor::{Edit, Editor};
use crate::state::modal::Modal;
use crate::state::search::{self, FEW, Found, Hit, LocalQuery, PAGE, Query, Row, Search, Section};
use crate::state::{State, Tone};

/// A question to the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CloudQuery {
    pub(crate) serial: u64,
    pub(crate) section: Section,
    pub(crate) query: Query,
    pub(crate) cursor: Option<String>,
}

/// Runs an action of the page, or opens it.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::Search => open(state, None, argument, out),
        Action::Find => match state.open.clone() {
            Some(chat) => open(state, Some(chat), argument, out),
            None => open(state, None, argument, out),
        },
        Action::SearchWhere => switch(state, out),
        _ => {}
    }
}

fn page(state: &mut State) -> Option<&mut Search> {
    match state.modals.last_mut() {
        Some(Modal::Search(search)) => Some(search),
        _ => None,
    }
}

fn open(state: &mut State, only: Option<ChatId>, words: &str, out: &mut Vec<Effect>) {
    let levels = only.iter().cloned().map(Section::Chat).collect();
    let search = Search { editor: Editor::with_text(words), only, levels, ..Search::default() };
    state.modals.push(Modal::Search(Box::new(search)));
    changed(state, out);
}

/// A key for the text.
pub(crate) fn type_character(state: &mut State, c: char, out: &mut Vec<Effect>) {
    if let Some(search) = page(state) {
        search.editor.insert(c);
        changed(state, out);
    }
}

/// An edit of the text.
pub(crate) fn edit(state: &mut State, edit: Edit, out: &mut Vec<Effect>) {
    if let Some(search) = page(state) {
        search.editor.apply(edit, usize::MAX);
        changed(state, out);
    }
}

/// Here or at the server.
fn switch(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(search) = page(state) {
        search.cloud ^= true;
        search.asked.clear();
        start(state, out);
    }
}

/// The text has changed: what is here is looked through at once, the server when Enter asks for it.
pub(crate) fn changed(state: &mut State, out: &mut Vec<Effect>) {
    let Some(search) = page(state) else { return };
    if search.editor.text() == search.asked {
        return;
    }
    if search.cloud {
        forget(search);
    } else {
        start(state, out);
    }
}

fn forget(search: &mut Search) {
    search.serial += 1;
    (search.chosen, search.awaited, search.error) = (0, 0, None);
    search.people = Default::default();
    search.groups = Default::default();
    search.members = Default::default();
    search.history = Default::default();
    search.messages = Default::default();
    if search.only.is_none() {
        search.levels.clear();
    }
}

/// Looks for what is typed.
fn start(state: &mut State, out: &mut Vec<Effect>) {
    let Some(search) = page(state) else { return };
    forget(search);
    let typed = search.editor.text().to_owned();
    let (cloud, only) = (search.cloud, search.only.clone());
    search.asked.clone_from(&typed);
    let query = search::read(state, &typed);
    let (mut people, mut groups) = Default::default();
    if only.is_none() && !cloud && is_plain(&query) {
        (people, groups) = (search::contacts(state, &query.words), search::groups(state, &query.words));
    }
    let Some(search) = page(state) else { return };
    search.query = query.clone();
    if let Some(wrong) = &query.wrong {
        search.error = Some(format!("{wrong} is no filter: from:NAME type:image after:2026-11-01 before:2026-11-24 on:2026-11-24"));
        return;
    }
    (search.people.total, search.groups.total) = (people.len() as u64, groups.len() as u64);
    (search.people.list, search.groups.list) = (people, groups);
    let nothing = query.words.is_empty() && is_plain(&query);
    if nothing {
        return;
    }
    match only {
        Some(chat) => ask(state, Section::Chat(chat), None, out),
        None => {
            if cloud && !query.words.is_empty() && is_plain(&query) {
                for section in [Section::People, Section::Groups, Section::Members] {
                    ask(state, section, None, out);
                }
            }
            ask(state, Section::History, None, out);
        }
    }
}

/// Without filters, which are about messages alone.
fn is_plain(query: &Query) -> bool {
    query.senders.is_empty() && query.kinds.is_empty() && query.from_s == 0 && query.to_s == 0
}

/// Asks for a page of a section.
fn ask(state: &mut State, section: Section, cursor: Option<String>, out: &mut Vec<Effect>) {
    let online = state.online();
    let Some(search) = page(state) else { return };
    let (serial, query) = (search.serial, search.query.clone());
    if search.cloud {
        if !online {
            search.error = Some("There is no link to the server now".into());
            return;
        }
        search.awaited += 1;
        out.push(Effect::Ask(Ask::Search(CloudQuery { serial, section, query, cursor })));
        return;
    }
    let chat = match &section {
        Section::Chat(chat) => Some(chat.clone()),
        Section::History => None,
        // All of them are here already.
        _ => return,
    };
    search.awaited += 1;
    let offset = cursor.and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    out.push(Effect::Find { serial, section, query: LocalQuery { query, chat, offset, limit: PAGE } });
}

/// Something was found, or not.
pub(crate) fn found(state: &mut State, serial: u64, section: Section, result: Result<Found, Refusal>) {
    let Some(search) = page(state).filter(|search| search.serial == serial) else { return };
    search.awaited = search.awaited.saturating_sub(1);
    match result {
        Ok(found) => {
            let hits = search::taken(state, &section, found);
            if let Some(search) = page(state) {
                let known = search.hits(&section);
                known.list.extend(hits.list);
                (known.next, known.total) = (hits.next, hits.total.max(known.total));
                settle_choice(search);
            }
        }
        Err(refusal) => search.error = Some(refusal.to_string()),
    }
}

/// A heading cannot be chosen.
fn settle_choice(search: &mut Search) {
    let rows = search.rows();
    search.chosen = search.chosen.min(rows.len().saturating_sub(1));
    if matches!(rows.get(search.chosen), Some(Row::Heading(_))) {
        search.chosen += 1;
    }
}

/// Moves the choice; near the end of a section the next page is asked for.
pub(crate) fn step(state: &mut State, step: isize, out: &mut Vec<Effect>) {
    let Some(search) = page(state) else { return };
    let rows = search.rows();
    let last = rows.len().saturating_sub(1);
    let target = search.chosen.saturating_add_signed(step).min(last);
    search.chosen = target;
    if matches!(rows.get(target), Some(Row::Heading(_))) {
        search.chosen = if step < 0 && target > 0 { target - 1 } else { (target + 1).min(last) };
    }
    if matches!(rows.get(search.chosen), Some(Row::More(_))) && !search.levels.is_empty() && search.awaited == 0 {
        more(state, out);
    }
}

fn more(state: &mut State, out: &mut Vec<Effect>) {
    let Some(search) = page(state) else { return };
    let Some(section) = search.levels.last().cloned() else { return };
    let hits = search.hits(&section);
    if let Some(cursor) = hits.next.take() {
        ask(state, section, Some(cursor), out);
    }
}

/// One level back. False: there is none, the page closes.
pub(crate) fn back(state: &mut State) -> bool {
    let Some(search) = page(state) else { return false };
    let least = usize::from(search.only.is_some());
    if search.levels.len() <= least {
        return false;
    }
    search.levels.pop();
    search.messages = Default::default();
    search.serial += 1;
    (search.chosen, search.awaited) = (0, 0);
    settle_choice(search);
    true
}

/// Chooses a row by a click.
pub(crate) fn choose(state: &mut State, index: usize) {
    if let Some(search) = page(state) {
        search.chosen = index;
        settle_choice(search);
    }
}

/// Opens what is chosen; at the server, asks when what is typed has not been asked for yet.
pub(crate) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(search) = page(state) else { return };
    if search.asked != search.editor.text() {
        return start(state, out);
    }
    match search.rows().into_iter().nth(search.chosen) {
        Some(Row::More(section)) if search.levels.is_empty() => {
            let chosen = FEW;
            search.levels.push(section);
            search.chosen = chosen;
            settle_choice(search);
        }
        Some(Row::More(_)) => more(state, out),
        Some(Row::Hit(hit)) => open_hit(state, hit, out),
        Some(Row::Heading(_)) | None => {}
    }
}

fn open_hit(state: &mut State, hit: Hit, out: &mut Vec<Effect>) {
    match hit {
        Hit::Person { user, .. } => {
            state.modals.pop();
            timeline::open(state, &ChatId::user(&user), out);
        }
        Hit::Group { group, .. } if state.groups.get(&group).is_some() => {
            state.modals.pop();
            timeline::open(state, &ChatId::group(&group), out);
        }
        Hit::Group { group, name, .. } => {
            state.modals.pop();
            state.say(Tone::Neutral, format!("You are no member of {name}"));
            super::join::open(state, &group, out);
        }
        Hit::Chat { chat, place: Some(place), .. } | Hit::Message { chat, place, .. } => {
            state.modals.pop();
            timeline::jump(state, &chat, place, out);
        }
        Hit::Chat { chat, .. } => {
            let Some(search) = page(state) else { return };
            search.levels.push(Section::Chat(chat.clone()));
            search.chosen = 0;
            ask(state, Section::Chat(chat), None, out);
        }
    }
}

#[cfg(test)]
mod tests;
