//! Keys: to the text that is edited, or through the keymap to an action.

use crate::action::{Action, Context};
use crate::effect::Effect;
use crate::keymap::{Key, typed};
use crate::state::editor::Edit;
use crate::state::modal::Modal;
use crate::state::{Focus, Screen, State, Tone};
use crossterm::event::{KeyEvent, KeyEventKind};

/// Where keys go now, the first that knows a key wins.
pub(crate) fn contexts(state: &State) -> &'static [Context] {
    match state.modals.last() {
        Some(Modal::Form(_)) => return &[Context::Form, Context::Text],
        Some(Modal::Labels(_)) => return &[Context::Labels, Context::Panel],
        Some(Modal::Forward(_)) => return &[Context::Picker, Context::Panel, Context::Text],
        Some(Modal::Page(page)) if page.thread.is_some() => return &[Context::Thread, Context::Panel, Context::Text],
        Some(Modal::Search(_)) => return &[Context::Search, Context::Panel, Context::Text],
        Some(Modal::Palette(_) | Modal::React(_) | Modal::Emoji(_)) => return &[Context::Panel, Context::Text],
        Some(Modal::Reactors(_) | Modal::Readers(_)) => return &[Context::Tabs, Context::Panel],
        Some(Modal::Group(_)) => return &[Context::Group, Context::Tabs, Context::Panel],
        Some(Modal::Requests(_)) => return &[Context::Requests, Context::Panel],
        Some(Modal::Pins(_)) => return &[Context::Pinned, Context::Panel],
        Some(Modal::Ballot(_)) => return &[Context::Ballot, Context::Panel],
        Some(Modal::Listing(_)) => return &[Context::Listing, Context::Panel],
        Some(Modal::Viewer(_)) => return &[Context::Viewer],
        Some(_) => return &[Context::Panel],
        None => {}
    }
    if matches!(state.screen, Screen::Login(_)) {
        return &[Context::Form, Context::Text];
    }
    match state.focus {
        Focus::List => &[Context::List, Context::Everywhere],
        Focus::Composer if state.completing.open.is_some() => {
            &[Context::Offers, Context::Composer, Context::Text, Context::Everywhere]
        }
        Focus::Composer if state.answering.is_some() => {
            &[Context::Answering, Context::Composer, Context::Text, Context::Everywhere]
        }
        Focus::Composer => &[Context::Composer, Context::Text, Context::Everywhere],
        Focus::Timeline if state.open_room().is_some() => &[Context::Room, Context::Everywhere],
        Focus::Timeline if state.marks.is_some() => &[Context::Marking, Context::Timeline, Context::Everywhere],
        Focus::Timeline => &[Context::Timeline, Context::Everywhere],
    }
}

/// Handles a key.
pub(crate) fn press(state: &mut State, event: KeyEvent, out: &mut Vec<Effect>) {
    if event.kind == KeyEventKind::Release {
        return;
    }
    let contexts = contexts(state);
    let key = Key::of(event);
    if contexts.contains(&Context::Text)
        && let Some(c) = typed(event)
    {
        type_character(state, c, out);
        return;
    }
    let mut action = state.settings.keymap.find(contexts, key);
    if action.is_none()
        && let Some(action) = super::page::key(state, key)
    {
        super::page::run(state, action, out);
        return;
    }
    if action.is_none()
        && let Some(action) = super::menu::key(state, key)
    {
        super::menu::run_by_key(state, action, out);
        return;
    }
    // These work in dialogs and on the login screen too.
    if action.is_none() {
        action = state.settings.keymap.find(&[Context::Everywhere], key).filter(|action| {
            matches!(action, Action::Quit | Action::Interrupt | Action::Suspend | Action::Redraw)
                || (*action == Action::Help && !matches!(state.modals.last(), Some(Modal::Help { .. })))
        });
    }
    match action {
        Some(action) => super::run(state, action, "", out),
        // In lists and questions a letter that means nothing does nothing; on a message it starts an answer.
        None if state.modals.is_empty() && state.focus == Focus::Timeline => {
            if let Some(c) = typed(event) {
                super::timeline::leave_messages(state);
                type_character(state, c, out);
            }
        }
        None => {}
    }
}

fn type_character(state: &mut State, c: char, out: &mut Vec<Effect>) {
    if state.modals.is_empty() && matches!(state.screen, Screen::Main) && !super::mute::takes(state, c) {
        super::mute::refuse(state);
        return;
    }
    match state.modals.last_mut() {
        Some(Modal::Form(_)) => {
            super::modal::type_character(state, c);
        }
        Some(Modal::Palette(palette)) => {
            palette.editor.insert(c);
            super::roster::offer(state);
        }
        Some(Modal::Forward(picker)) => {
            picker.editor.insert(c);
            super::forward::offer(state);
        }
        Some(Modal::Page(page)) => {
            if let Some(thread) = &mut page.thread {
                thread.editor.insert(c);
            }
        }
        Some(Modal::React(_)) => super::reaction::type_character(state, c, out),
        Some(Modal::Emoji(picker)) => {
            picker.editor.insert(c);
            super::emoji::find(state);
        }
        Some(Modal::Search(_)) => super::search::type_character(state, c, out),
        Some(_) => {}
        None if matches!(state.screen, Screen::Login(_)) => super::modal::type_character(state, c),
        None if state.open.is_some() => {
            state.composer.insert(c);
            super::completion::typed(state, c, out);
        }
        None => {}
    }
}

/// Ctrl-C: clears what is written; with nothing written, twice quits.
pub(crate) fn interrupt(state: &mut State) {
    if state.modals.pop().is_some() {
        return;
    }
    if matches!(state.screen, Screen::Main) && !state.composer.text().is_empty() {
        state.composer.set("");
        state.completing.open = None;
        state.say(Tone::Neutral, "Cleared; Ctrl-_ brings it back");
        return;
    }
    if state.answering.take().is_some() {
        return;
    }
    if state.interrupted_ms >= state.now.mono_ms {
        state.quitting = true;
    } else {
        state.interrupted_ms = state.now.mono_ms + 2000;
        state.say(Tone::Neutral, "Ctrl-C again quits");
    }
}

/// An edit that the focused text gets; up and down leave it where it has no row more.
pub(crate) fn edit(state: &mut State, edit: Edit, out: &mut Vec<Effect>) {
    match state.modals.last_mut() {
        Some(Modal::Form(_)) => super::modal::edit_field(state, edit),
        Some(Modal::Search(_)) => super::search::edit(state, edit, out),
        Some(Modal::Palette(palette)) => {
            palette.editor.apply(edit, usize::MAX);
            super::roster::offer(state);
        }
        Some(Modal::Forward(picker)) => {
            picker.editor.apply(edit, usize::MAX);
            super::forward::offer(state);
        }
        Some(Modal::Page(page)) => {
            if let Some(thread) = &mut page.thread {
                thread.editor.apply(edit, usize::MAX);
            }
        }
        Some(Modal::React(bar)) => {
            bar.editor.apply(edit, usize::MAX);
            super::reaction::offer(state);
        }
        Some(Modal::Emoji(picker)) => {
            picker.editor.apply(edit, usize::MAX);
            super::emoji::find(state);
        }
        Some(_) => {}
        None if matches!(state.screen, Screen::Login(_)) => super::modal::edit_field(state, edit),
        None if state.open.is_none() => {}
        None => {
            let columns = crate::view::layout::Areas::of(state).composer_columns();
            let moved = state.composer.apply(edit, columns);
            super::completion::refresh(state, out);
            if edit == Edit::Up && !moved {
                super::run(state, Action::SelectMessages, "", out);
            }
        }
    }
}
