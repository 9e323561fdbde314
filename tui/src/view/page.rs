//! Pages of messages over the conversation: drawn like it, in a box.

use super::layout::PROMPT;
use super::modal::frame;
use super::put_text;
use super::timeline::Sheet;
use crate::state::State;
use crate::state::modal::Modal;
use crate::state::page::Page;
use crate::state::timeline::Scroll;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Columns of a page, borders included.
const COLUMNS: u16 = 100;
/// Rows of a thread's place to write.
const WRITING_ROWS: u16 = 3;

/// Where a page is.
pub(crate) fn area(screen: Rect) -> Rect {
    super::layout::centred(screen, COLUMNS.min(screen.width), screen.height)
}

/// Inside a page: its messages, the line under them, where one writes.
struct Parts {
    messages: Rect,
    rule: Rect,
    writing: Rect,
}

fn parts(page: &Page, area: Rect) -> Parts {
    let inside = Rect::new(area.x + 1, area.y + 1, area.width.saturating_sub(2), area.height.saturating_sub(2));
    let Some(thread) = &page.thread else { return Parts { messages: inside, rule: Rect::default(), writing: Rect::default() } };
    let columns = usize::from(inside.width.saturating_sub(PROMPT + 2).max(1));
    let rows = (thread.editor.rows(columns).len() as u16).clamp(1, WRITING_ROWS).min(inside.height.saturating_sub(2));
    let high = inside.height.saturating_sub(rows + 1);
    Parts {
        messages: Rect { height: high, ..inside },
        rule: Rect::new(inside.x, inside.y + high, inside.width, u16::from(rows > 0)),
        writing: Rect::new(inside.x, inside.y + high + 1, inside.width, rows),
    }
}

fn top(state: &State) -> Option<(&Page, Parts)> {
    let Some(Modal::Page(page)) = state.modals.last() else { return None };
    let area = super::modal::area(state);
    Some((page, parts(page, area)))
}

fn sheet<'a>(state: &'a State, page: &'a Page, area: Rect) -> Sheet<'a> {
    Sheet::of_page(state, &page.chat, &page.timeline, area, page.thread.is_none())
}

/// Draws a page; returns the caret's place in a thread.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, page: &Page, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let title = if page.busy { format!("{} · coming …", page.title) } else { page.title.clone() };
    frame(buffer, state, &title, area);
    let parts = parts(page, area);
    let lines = sheet(state, page, parts.messages).visible();
    let text = match (&page.trouble, lines.is_empty(), page.busy) {
        (Some(trouble), true, _) => Some((format!("The messages did not come: {trouble}"), theme.bad)),
        (None, true, true) => Some(("Messages are coming …".to_owned(), theme.dim)),
        (None, true, false) => Some(("There is nothing inside".to_owned(), theme.dim)),
        _ => None,
    };
    if let Some((text, style)) = text {
        put_text(buffer, parts.messages.x + 1, parts.messages.y, &text, parts.messages.width.saturating_sub(2), style);
    }
    for (row, (_, line)) in lines.iter().enumerate() {
        super::put(buffer, parts.messages, row as u16, line);
    }
    let thread = page.thread.as_ref().filter(|_| !parts.writing.is_empty())?;
    for x in parts.rule.left()..parts.rule.right() {
        put_text(buffer, x, parts.rule.y, "─", 1, theme.border);
    }
    put_text(buffer, parts.writing.x, parts.writing.y, "›", 1, theme.marker);
    let columns = usize::from(parts.writing.width.saturating_sub(PROMPT + 2).max(1));
    let (caret_row, caret_column) = thread.editor.caret_at(columns);
    let rows = thread.editor.rows(columns);
    let first = super::composer::first_row(caret_row, usize::from(parts.writing.height), rows.len());
    let (x, room) = (parts.writing.x + PROMPT, parts.writing.width.saturating_sub(PROMPT));
    if thread.editor.text().is_empty() {
        put_text(buffer, x, parts.writing.y, "Reply in this thread", room, theme.placeholder);
    }
    for (row, range) in rows.iter().enumerate().skip(first).take(usize::from(parts.writing.height)) {
        let text = thread.editor.text()[range.clone()].trim_end_matches(' ');
        put_text(buffer, x, parts.writing.y + (row - first) as u16, text, room, theme.text);
    }
    Some(Position::new(x + caret_column as u16, parts.writing.y + caret_row.saturating_sub(first) as u16))
}

/// The nearest scroll position of the topmost page that shows what is selected, if another one is needed.
pub(crate) fn scroll_to_selected(state: &State) -> Option<Scroll> {
    let (page, parts) = top(state)?;
    sheet(state, page, parts.messages).to_selected()
}

/// The scroll position of the topmost page `lines` further.
pub(crate) fn scrolled(state: &State, lines: isize) -> Option<Scroll> {
    let (page, parts) = top(state)?;
    sheet(state, page, parts.messages).further(lines)
}

/// The scroll position of the topmost page that shows its beginning.
pub(crate) fn scroll_to_start(state: &State) -> Option<Scroll> {
    scrolled(state, isize::MIN / 2)
}

/// The message of the topmost page under the pointer.
pub(crate) fn index_at(state: &State, at: Position) -> Option<usize> {
    let (page, parts) = top(state)?;
    if !parts.messages.contains(at) {
        return None;
    }
    let lines = sheet(state, page, parts.messages).visible();
    lines.get(usize::from(at.y - parts.messages.y)).map(|(index, _)| *index)
}

#[cfg(test)]
mod tests;
