//! The list, its tabs, the palette, and starting chats.

use super::{group, save, timeline};
use crate::action::{Action, REGISTRY};
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::{ChatId, Conversation};
use crate::state::filter::Filter;
use crate::state::modal::{Field, Form, FormKind, Modal, Offer, Palette};
use crate::state::{Focus, State, Tab, Tone};
use crate::view::layout::Areas;
use tern_protocol::id::UserId;

/// Offers that the palette keeps.
const OFFERS: usize = 50;

/// Runs an action of the list.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    let page = Areas::of(state).list_rows().max(1) as isize;
    match action {
        Action::ListUp => step(state, -1),
        Action::ListDown => step(state, 1),
        Action::ListPageUp => step(state, -page),
        Action::ListPageDown => step(state, page),
        Action::ListFirst => step(state, isize::MIN / 2),
        Action::ListLast => step(state, isize::MAX / 2),
        Action::ListOpen => {
            let entries = state.entries();
            match entries.get(state.chosen_index(&entries)) {
                Some(chat) if state.tab == Tab::Community => super::community::open_row(state, chat, out),
                Some(chat) if chat.is_folded_row() => super::conversation::show(state, Filter::Folded),
                Some(chat) => timeline::open(state, chat, out),
                None => {}
            }
        }
        Action::TabNext => turn(state, 1),
        Action::TabPrevious => turn(state, Tab::ALL.len() - 1),
        Action::TabChats => show(state, Tab::Chats),
        Action::TabContacts => show(state, Tab::Contacts),
        Action::TabGroups => show(state, Tab::Groups),
        Action::TabCommunity => show(state, Tab::Community),
        Action::FocusChat if super::conversation::step_back(state) => {}
        Action::FocusChat if state.open.is_some() => state.focus = Focus::Composer,
        Action::FocusList => state.focus = Focus::List,
        Action::NextChat => neighbour(state, 1, out),
        Action::PreviousChat => neighbour(state, -1, out),
        Action::NextUnread => next_unread(state, out),
        Action::CloseChat => close_chat(state, out),
        Action::NewChat => new_chat(state, argument, out),
        _ => {}
    }
}

fn step(state: &mut State, step: isize) {
    let entries = state.entries();
    let Some(last) = entries.len().checked_sub(1) else { return };
    let index = state.chosen_index(&entries).saturating_add_signed(step).min(last);
    state.choose(entries[index].clone());
}

fn turn(state: &mut State, by: usize) {
    let now = Tab::ALL.iter().position(|tab| *tab == state.tab).unwrap_or(0);
    show(state, Tab::ALL[(now + by) % Tab::ALL.len()]);
}

fn show(state: &mut State, tab: Tab) {
    state.tab = tab;
    state.picked.clear();
    state.focus = Focus::List;
}

fn neighbour(state: &mut State, step: isize, out: &mut Vec<Effect>) {
    let shown = |conversation: &&Conversation| state.filter.shows(conversation);
    let chats: Vec<ChatId> = state.conversations.listed().filter(shown).map(|conversation| conversation.id.clone()).collect();
    let now = chats.iter().position(|chat| state.open.as_ref() == Some(chat));
    // Round and round: from the last to the first.
    let next = now.map_or(0, |index| (index as isize + step).rem_euclid(chats.len().max(1) as isize) as usize);
    if let Some(chat) = chats.get(next) {
        timeline::open(state, chat, out);
    }
}

fn next_unread(state: &mut State, out: &mut Vec<Effect>) {
    let wanted = |row: &&Conversation| Filter::Unread.shows(row) && state.open.as_ref() != Some(&row.id);
    let unread = state.conversations.listed().find(wanted);
    match unread.map(|conversation| conversation.id.clone()) {
        Some(chat) => timeline::open(state, &chat, out),
        None => state.say(Tone::Neutral, "Nothing is unread"),
    }
}

/// Lets go of the open conversation; the list has the keys.
pub(crate) fn close_chat(state: &mut State, out: &mut Vec<Effect>) {
    timeline::leave(state, out);
    state.focus = Focus::List;
    out.push(Effect::Store(StoreOp::Opened(None)));
}

fn new_chat(state: &mut State, argument: &str, out: &mut Vec<Effect>) {
    let fields = vec![Field::text("User ID", "whom to write to", argument)];
    let form = Form::new(FormKind::NewChat, "New chat", "Whom do you want to write to?", fields);
    state.modals.push(Modal::Form(form));
    super::modal::suggest(state);
    if !argument.is_empty() {
        super::run(state, Action::Confirm, "", out);
    }
}

/// The new-chat form was filled in.
pub(crate) fn submit_new_chat(state: &mut State, user: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    UserId::parse(user).map_err(|error| format!("This is no user ID: {error}"))?;
    if user == state.me.user {
        return Err("This is you".into());
    }
    let known = state.people.all().any(|(other, _)| other == user);
    if known || !state.online() {
        // Offline nobody can be looked up; the first message tells whether the person exists.
        timeline::open(state, &ChatId::user(user), out);
        return Ok(Submitted::Done);
    }
    out.push(Effect::Ask(Ask::FindPerson { user: user.to_owned() }));
    Ok(Submitted::Asked)
}

/// What became of a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Submitted {
    Done,
    Asked,
}

/// The server knows the person of the new-chat form, or does not.
pub(crate) fn person_found(state: &mut State, user: &str, result: Result<Option<String>, Refusal>, out: &mut Vec<Effect>) {
    let waiting = matches!(state.modals.last(), Some(Modal::Form(form)) if form.kind == FormKind::NewChat && form.busy);
    match result {
        Ok(nick) => {
            super::session::learn(state, user, nick.as_deref().unwrap_or_default(), out);
            if waiting {
                state.modals.pop();
                timeline::open(state, &ChatId::user(user), out);
            }
        }
        Err(refusal) if waiting => group::form_failed(state, &refusal),
        Err(_) => {}
    }
}

/// Opens the palette with everything in it.
pub(crate) fn open_palette(state: &mut State) {
    state.modals.push(Modal::Palette(Palette::default()));
    offer(state);
}

/// Finds what the palette's text may mean: conversations first, then people, then commands.
pub(crate) fn offer(state: &mut State) {
    let Some(Modal::Palette(palette)) = state.modals.last() else { return };
    let wanted = palette.editor.text().trim().to_lowercase();
    let mut offers: Vec<(i64, Offer)> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for (rank, conversation) in state.conversations.listed().enumerate() {
        let name = state.name_of(&conversation.id).to_owned();
        if let Some(score) = best(&wanted, &[&name, conversation.id.id()]) {
            seen.insert(conversation.id.clone());
            offers.push((
                score * 8 + 4 - (rank as i64).min(3),
                Offer::Chat { chat: conversation.id.clone(), name, unread: conversation.unread },
            ));
        }
    }
    if !wanted.is_empty() {
        let others = crate::state::roster::contact_chats(&state.people, &state.me.user);
        let groups = state.groups.listed().into_iter().map(|group| ChatId::group(&group.id));
        for chat in others.into_iter().chain(groups).filter(|chat| !seen.contains(chat)).collect::<Vec<_>>() {
            let name = state.name_of(&chat).to_owned();
            if let Some(score) = best(&wanted, &[&name, chat.id()]) {
                offers.push((score * 8, Offer::Chat { chat, name, unread: 0 }));
            }
        }
    }
    let commands = REGISTRY.iter().filter(|row| row.listed && row.action.is_there(state.info.is_some(), state.panel.is_some()));
    for row in commands.filter(|row| row.action != Action::Palette) {
        // A sentence holds the letters of nearly everything: there only what stands together counts.
        let told = row.says.to_lowercase().contains(&wanted).then_some(4);
        if let Some(score) = score(&wanted, row.name).max(told) {
            offers.push((score * 8 - if wanted.is_empty() { 1_000 } else { 1 }, Offer::Action(row.action)));
        }
    }
    offers.sort_by_key(|(score, _)| -score);
    if let Some(Modal::Palette(palette)) = state.modals.last_mut() {
        palette.offers = offers.into_iter().take(OFFERS).map(|(_, offer)| offer).collect();
        palette.chosen = 0;
    }
}

fn best(wanted: &str, texts: &[&str]) -> Option<i64> {
    texts.iter().filter_map(|text| score(wanted, text)).max()
}

/// How well `wanted` (lower case) fits a text: all its characters in order; starts of words and runs count more.
pub(crate) fn score(wanted: &str, text: &str) -> Option<i64> {
    let mut total = 0;
    let mut rest = wanted.chars().filter(|c| !c.is_whitespace()).peekable();
    let (mut run, mut at_start, mut place) = (0, true, 0);
    for c in text.chars().flat_map(char::to_lowercase) {
        let Some(next) = rest.peek() else { break };
        if c == *next {
            rest.next();
            run += 1;
            total += run * run * 2 + if at_start { 6 } else { 0 } + if place == 0 { 4 } else { 0 };
        } else {
            run = 0;
        }
        at_start = !c.is_alphanumeric();
        place += 1;
    }
    rest.peek().is_none().then_some(total)
}

/// Takes the palette's choice.
pub(crate) fn choose_offer(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Palette(palette)) = state.modals.pop() else { return };
    match palette.offers.get(palette.chosen) {
        Some(Offer::Chat { chat, .. }) => timeline::open(state, chat, out),
        Some(Offer::Action(action)) => super::run(state, *action, "", out),
        None => {}
    }
}

/// A conversation's row is kept with what changed.
pub(crate) fn save_named(state: &mut State, chat: &ChatId, name: &str, out: &mut Vec<Effect>) {
    state.conversations.change(chat, |conversation| {
        if !name.is_empty() {
            conversation.name = crate::text::clean_line(name);
        }
    });
    save(state, chat, out);
}

#[cfg(test)]
mod tests {
    use super::score;

    #[test]
    fn starts_of_words_and_runs_fit_best() {
        assert_eq!(score("xyz", "abc"), None);
        assert!(score("bb", "Bob Brown") > score("bb", "abba x"), "word starts win");
        assert!(score("bob", "Bob Brown") > score("bob", "b o b"), "runs win");
        assert!(score("", "anything").is_some());
        assert!(score("newch", "chat Start a new chat").is_some());
    }
}
