//! Clicks and the wheel: what is under the pointer decides.

use super::{roster, run, timeline};
use crate::action::Action;
use crate::effect::Effect;
use crate::state::modal::Modal;
use crate::state::{Focus, Screen, State, Tab};
use crate::view::layout::Areas;
use crate::view::{conversation_list, group_page, modal, question, status_bar, timeline as shown};
use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};
use ratatui::layout::Position;

/// Lines that one notch of the wheel scrolls.
const WHEEL_LINES: isize = 3;

/// Handles a mouse event.
pub(crate) fn act(state: &mut State, event: MouseEvent, out: &mut Vec<Effect>) {
    let at = Position::new(event.column, event.row);
    match event.kind {
        MouseEventKind::ScrollUp => wheel(state, at, -1, out),
        MouseEventKind::ScrollDown => wheel(state, at, 1, out),
        MouseEventKind::Down(MouseButton::Left) => click(state, at, out),
        MouseEventKind::Down(MouseButton::Right) => right_click(state, at, out),
        _ => {}
    }
}

fn wheel(state: &mut State, at: Position, notch: isize, out: &mut Vec<Effect>) {
    if !state.modals.is_empty() {
        let action = if notch < 0 { Action::ItemUp } else { Action::ItemDown };
        if matches!(state.modals.last(), Some(Modal::Page(_))) {
            super::page::scroll(state, notch * WHEEL_LINES);
        } else if !matches!(state.modals.last(), Some(Modal::Form(_))) {
            run(state, action, "", out);
        }
        return;
    }
    if !matches!(state.screen, Screen::Main) {
        return;
    }
    let areas = Areas::of(state);
    if areas.list.contains(at) {
        roster::run(state, if notch < 0 { Action::ListUp } else { Action::ListDown }, "", out);
    } else if areas.timeline.contains(at) {
        timeline::scroll(state, notch * WHEEL_LINES, out);
    }
}

fn click(state: &mut State, at: Position, out: &mut Vec<Effect>) {
    if let Some(action) = status_bar::action_at(state, at) {
        run(state, action, "", out);
        return;
    }
    if !state.modals.is_empty() {
        click_modal(state, at, out);
        return;
    }
    if matches!(state.screen, Screen::Login(_)) {
        if let Some(field) = modal::field_at(state, at)
            && let Screen::Login(form) = &mut state.screen
        {
            form.focus = field;
        }
        return;
    }
    let areas = Areas::of(state);
    if let Some(offer) = crate::view::completion::offer_at(state, &areas, at) {
        if let Some(open) = &mut state.completing.open {
            open.chosen = offer;
        }
        super::completion::take(state, out);
    } else if areas.tabs.contains(at) {
        if let Some(tab) = conversation_list::tab_at(state, at) {
            let action = match tab {
                Tab::Chats => Action::TabChats,
                Tab::Contacts => Action::TabContacts,
                Tab::Groups => Action::TabGroups,
                Tab::Community => Action::TabCommunity,
            };
            run(state, action, "", out);
        }
    } else if areas.filters.contains(at) {
        if let Some(filter) = conversation_list::filter_at(state, at) {
            super::conversation::show(state, filter);
        }
    } else if areas.list.contains(at) {
        state.focus = Focus::List;
        let entries = state.entries();
        if let Some(chat) = conversation_list::index_at(state, &entries, at).and_then(|index| entries.get(index)).cloned() {
            state.choose(chat);
            run(state, Action::ListOpen, "", out);
        }
    } else if crate::view::answering::closes(&areas, at) {
        state.answering = None;
    } else if areas.composer.contains(at) && state.open.is_some() {
        timeline::leave_messages(state);
        let columns = areas.composer_columns();
        let (row, column) = crate::view::composer::place_at(state, &areas, at);
        match crate::view::composer::ordered_place_at(state, &areas, at) {
            Some(place) => state.composer.set_caret(place),
            None => state.composer.click(row, column, columns),
        }
        super::completion::refresh(state, out);
    } else if areas.requests.contains(at) {
        run(state, Action::Requests, "", out);
    } else if areas.header.contains(at) && state.open.as_ref().is_some_and(crate::state::conversation::ChatId::is_group) {
        state.focus = Focus::Composer;
        run(state, Action::GroupInfo, "", out);
    } else if areas.timeline.contains(at) && state.open_room().is_some() {
        if crate::view::room::asks_newest(state, at) {
            run(state, Action::ScrollBottom, "", out);
        } else {
            super::room::choose_at(state, at);
        }
    } else if areas.timeline.contains(at) && state.open.is_some() {
        match shown::hit(state, at) {
            Some(shown::Hit::Row(row)) => timeline::select(state, row),
            Some(shown::Hit::Reaction { place, kind }) => super::reaction::click(state, place, &kind, out),
            Some(shown::Hit::ToTail) => timeline::to_tail(state, out),
            Some(shown::Hit::ToUnread) => timeline::to_unread(state, out),
            Some(shown::Hit::ToMention) => timeline::to_mention(state, out),
            None => {}
        }
    } else if areas.banner.contains(at) {
        run(state, Action::Pins, "", out);
    }
}

/// The menu of the message, the line of a live room, or the conversation under the pointer.
fn right_click(state: &mut State, at: Position, out: &mut Vec<Effect>) {
    if !state.modals.is_empty() || !matches!(state.screen, Screen::Main) {
        return;
    }
    let areas = Areas::of(state);
    if areas.timeline.contains(at) && state.open_room().is_some() {
        if super::room::choose_at(state, at) {
            run(state, Action::MessageMenu, "", out);
        }
    } else if areas.timeline.contains(at) {
        if let Some(shown::Hit::Row(row)) = shown::hit(state, at) {
            timeline::select(state, row);
            super::menu::open_message(state);
        }
    } else if areas.list.contains(at) {
        let entries = state.entries();
        if let Some(chat) = conversation_list::index_at(state, &entries, at).and_then(|index| entries.get(index)).cloned() {
            state.focus = Focus::List;
            state.choose(chat);
            super::conversation::open_menu(state);
        }
    }
}

fn click_modal(state: &mut State, at: Position, out: &mut Vec<Effect>) {
    if !modal::area(state).contains(at) {
        if !matches!(state.modals.last(), Some(Modal::Ended(_))) {
            run(state, Action::Cancel, "", out);
        }
        return;
    }
    if let Some(field) = modal::field_at(state, at) {
        if let Some(Modal::Form(form)) = state.modals.last_mut() {
            form.focus = field;
        }
        return;
    }
    let answer = state.modals.last().and_then(|modal| question::action_at(modal, modal::area(state), at));
    if let Some(action) = answer {
        run(state, action, "", out);
        return;
    }
    if let Some(tab) = group_page::tab_at(state, at) {
        super::group_page::go_to(state, tab, out);
        return;
    }
    let Some(item) = modal::item_at(state, at) else { return };
    match state.modals.last_mut() {
        Some(Modal::Palette(palette)) => palette.chosen = item,
        Some(Modal::Group(_)) => super::group_page::choose(state, item),
        Some(Modal::Requests(page)) => page.chosen = item,
        Some(Modal::Emoji(picker)) => picker.chosen = item,
        Some(Modal::Choose(choose)) => choose.chosen = item,
        Some(Modal::React(bar)) => bar.chosen = item,
        Some(Modal::Pins(list)) => list.chosen = item,
        Some(Modal::Menu(menu)) => menu.chosen = item,
        Some(Modal::Search(_)) => super::search::choose(state, item),
        Some(Modal::Labels(page)) => page.chosen = item,
        Some(Modal::Listing(listing)) => listing.chosen = item,
        Some(Modal::Forward(picker)) => {
            picker.chosen = item;
            run(state, Action::MarkTarget, "", out);
            return;
        }
        Some(Modal::Page(page)) => {
            let again = page.timeline.selected == page.timeline.key(item);
            page.timeline.selected = page.timeline.key(item);
            // A second click opens what it holds.
            if !again || page.thread.is_some() {
                return;
            }
        }
        _ => return,
    }
    run(state, Action::Confirm, "", out);
}
