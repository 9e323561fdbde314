//! Applications and invitations: the page of them, and the line above a group's messages.

use super::layout::{Areas, centred, window};
use super::modal::frame;
use super::{columns, put_text, time};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::request::RequestPage;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Rows of one entry.
const ENTRY: u16 = 2;

/// Joining requests that wait in the open group, for who decides them.
pub(crate) fn waiting(state: &State) -> usize {
    let Some(ChatId::Group(group)) = &state.open else { return 0 };
    state.requests_in(group)
}

/// Draws the line above the messages (`contract/uikit-parity.md` 2.20).
pub(crate) fn draw_banner(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.requests;
    if area.is_empty() {
        return;
    }
    let theme = &state.settings.theme;
    let count = waiting(state);
    let word = if count == 1 { "request" } else { "requests" };
    let key = " Alt-R ";
    let text = format!("{count} group joining {word} – open to process");
    let key_x = area.right().saturating_sub(columns(key));
    put_text(buffer, area.x + 1, area.y, &text, key_x.saturating_sub(area.x + 2), theme.warn);
    put_text(buffer, key_x, area.y, key, columns(key), theme.key);
}

/// Where the page is.
pub(crate) fn area(state: &State, page: &RequestPage, screen: Rect) -> Rect {
    let count = page.rows(&state.requests).len() as u16;
    let most = screen.height.saturating_sub(2).max(8);
    centred(screen, 76, (count.saturating_mul(ENTRY) + 4).clamp(8, most))
}

fn list(area: Rect) -> Rect {
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(4))
}

/// Draws the page.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, page: &RequestPage, area: Rect) {
    let theme = &state.settings.theme;
    let title = match &page.group {
        Some(group) => format!("Requests · {}", state.name_of(&ChatId::group(group))),
        None => "Requests and invitations".to_owned(),
    };
    let inside = frame(buffer, state, &title, area);
    if inside.height < 4 {
        return;
    }
    let rows = page.rows(&state.requests);
    let list = list(area);
    if rows.is_empty() {
        put_text(buffer, list.x, list.y, "Nobody waits", list.width, theme.dim);
    }
    let high = usize::from(list.height / ENTRY);
    let first = window(rows.len(), page.chosen, high);
    for (row, (index, request)) in rows.iter().enumerate().skip(first).take(high).enumerate() {
        let line = Rect::new(list.x, list.y + ENTRY * row as u16, list.width, ENTRY);
        let chosen = index == page.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let plain = |style: Style| if chosen { theme.selected } else { style };
        let (word, style) = match (request.waits(), request.agreed) {
            (true, _) => ("waits", theme.warn),
            (false, true) => ("agreed", theme.good),
            (false, false) => ("declined", theme.dim),
        };
        let right_x = line.right().saturating_sub(columns(word) + 1);
        put_text(buffer, right_x, line.y, word, columns(word), plain(style));
        put_text(buffer, line.x + 1, line.y, &request.says(), right_x.saturating_sub(line.x + 2), plain(theme.text));
        let when = time::short(request.time_s, state.now.seconds(), &state.settings.zone);
        let words = if request.words.is_empty() { when } else { format!("{when} · {}", request.words) };
        put_text(buffer, line.x + 3, line.y + 1, &words, line.width.saturating_sub(4), plain(theme.dim));
    }
    let keys = "Enter details · a agree · d decline · Esc close";
    put_text(buffer, inside.x, inside.bottom() - 1, keys, inside.width, theme.dim);
}

/// The entry under the pointer.
pub(crate) fn item_at(state: &State, page: &RequestPage, area: Rect, at: Position) -> Option<usize> {
    let list = list(area);
    let count = page.rows(&state.requests).len();
    let index = window(count, page.chosen, usize::from(list.height / ENTRY)) + usize::from(at.y.checked_sub(list.y)? / ENTRY);
    (list.contains(at) && index < count).then_some(index)
}

#[cfg(test)]
mod tests;
