//! Pure: state to cells of the screen. Only what is in sight is laid out.

pub(crate) mod answering;
pub(crate) mod ballot;
mod choose;
pub(crate) mod completion;
pub(crate) mod composer;
pub(crate) mod conversation_list;
pub(crate) mod emoji;
pub(crate) mod forward;
pub(crate) mod group_page;
mod header;
pub(crate) mod label;
pub(crate) mod layout;
pub(crate) mod listing;
pub(crate) mod login;
pub(crate) mod media;
pub(crate) mod menu;
pub(crate) mod modal;
pub(crate) mod page;
pub(crate) mod panel;
pub(crate) mod pin;
pub(crate) mod question;
pub(crate) mod rail;
pub(crate) mod reaction;
pub(crate) mod receipt;
pub(crate) mod request;
pub(crate) mod rich;
pub(crate) mod room;
pub(crate) mod search;
pub(crate) mod status_bar;
pub(crate) mod theme;
pub(crate) mod time;
pub(crate) mod timeline;
pub(crate) mod viewer;

use crate::state::{Focus, Screen, State};
use crate::text::{bidi, fit, width};
use layout::Areas;
use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use ratatui::widgets::{Clear, Widget};

/// Draws everything and puts the real cursor at the caret.
pub(crate) fn draw(frame: &mut Frame<'_>, state: &State) {
    draw_linked(frame, state);
}

/// The same, and says which cells open an address.
pub(crate) fn draw_linked(frame: &mut Frame<'_>, state: &State) -> Vec<rich::LinkCells> {
    let areas = Areas::of(state);
    let buffer = frame.buffer_mut();
    buffer.set_style(areas.screen, state.settings.theme.text);
    let mut caret = None;
    match &state.screen {
        Screen::Login(form) => caret = login::draw(buffer, state, form),
        Screen::Main => {
            conversation_list::draw(buffer, state, &areas);
            frames(buffer, state, &areas);
            match state.open_room() {
                Some(room) => room::draw(buffer, state, room, &areas),
                None => timeline::draw(buffer, state, &areas),
            }
            request::draw_banner(buffer, state, &areas);
            pin::draw_banner(buffer, state, &areas);
            if state.open.is_some() {
                answering::draw(buffer, state, &areas);
                caret = composer::draw(buffer, state, &areas);
            }
            panel::draw(buffer, state, &areas);
            completion::draw(buffer, state, &areas);
        }
    }
    status_bar::draw(buffer, state, &areas);
    if !state.modals.is_empty() {
        caret = modal::draw(buffer, state);
    }
    let links = rich::take_links(frame.buffer_mut(), state);
    state.settings.text.glyphs.settle(frame.buffer_mut());
    if let Some(caret) = caret.filter(|caret| areas.screen.contains(*caret)) {
        frame.set_cursor_position(caret);
    }
    links
}

/// Empties a part of the screen for what lies over the rest.
fn make_room(buffer: &mut Buffer, state: &State, area: Rect) {
    // A wide character that begins left of it would lie over its first column.
    for y in area.top()..area.bottom() {
        if let Some(cell) = area.x.checked_sub(1).and_then(|x| buffer.cell_mut((x, y)))
            && columns(cell.symbol()) > 1
        {
            cell.set_symbol(" ");
        }
    }
    Clear.render(area, buffer);
    buffer.set_style(area, state.settings.theme.text);
}

/// The lines between the parts, and the header.
fn frames(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let theme = &state.settings.theme;
    for x in areas.rule.left()..areas.rule.right() {
        buffer.set_string(x, areas.rule.y, "─", theme.border);
    }
    for y in areas.fence.top()..areas.fence.bottom() {
        let joint = y == areas.rule.y && areas.rule.height > 0;
        buffer.set_string(areas.fence.x, y, if joint { "┼" } else { "│" }, theme.border);
    }
    let focused = if state.focus == Focus::List { theme.border } else { theme.border_focus };
    for x in areas.composer_rule.left()..areas.composer_rule.right() {
        buffer.set_string(x, areas.composer_rule.y, "─", focused);
    }
    if areas.composer_rule.height > 0 && areas.fence.width > 0 {
        buffer.set_string(areas.fence.x, areas.composer_rule.y, "├", theme.border);
    }
    header::draw(buffer, state, areas);
}

/// Writes a line into an area's row, cut at its end.
fn put(buffer: &mut Buffer, area: Rect, row: u16, line: &Line<'_>) {
    if row < area.height {
        buffer.set_line(area.x, area.y + row, line, area.width);
    }
}

/// Writes a text at a place, cut to `columns` with an ellipsis.
fn put_text(buffer: &mut Buffer, x: u16, y: u16, text: &str, columns: u16, style: Style) {
    if columns > 0 && buffer.area.contains(Position::new(x, y)) {
        let shown = fit(text, usize::from(columns));
        // Each piece is ordered by itself: a name written from right to left cannot pull its row along.
        let shown = bidi::visual(&shown);
        buffer.set_stringn(x, y, shown.as_ref(), usize::from(columns), style.underline_color(Color::Reset));
    }
}

/// Columns of a text, as the screen counts them.
fn columns(text: &str) -> u16 {
    u16::try_from(width(text)).unwrap_or(u16::MAX)
}

#[cfg(test)]
pub(crate) mod tests;
