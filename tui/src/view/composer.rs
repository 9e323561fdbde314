//! Where one writes.

use super::layout::{Areas, PROMPT};
use super::put_text;
use crate::state::{Focus, State};
use crate::text::counted;
use ratatui::buffer::Buffer;
use ratatui::layout::Position;

/// The first row of the text that is seen: the caret stays in sight.
pub(crate) fn first_row(caret_row: usize, rows: usize, count: usize) -> usize {
    caret_row.saturating_sub(rows.saturating_sub(1)).min(count.saturating_sub(rows))
}

/// Draws the text; returns the caret's place when the composer has the keys.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) -> Option<Position> {
    let area = areas.composer;
    if area.is_empty() {
        return None;
    }
    let theme = &state.settings.theme;
    if let Some(marks) = &state.marks {
        let text = format!("{} picked", counted(marks.len() as u64, "message"));
        put_text(buffer, area.x, area.y, "☑", 1, theme.marker);
        put_text(buffer, area.x + PROMPT, area.y, &text, area.width.saturating_sub(PROMPT), theme.title);
        return None;
    }
    let focused = state.focus == Focus::Composer;
    let prompt = if focused { theme.marker } else { theme.dim };
    put_text(buffer, area.x, area.y, "›", 1, prompt);
    let columns = areas.composer_columns();
    let (caret_row, caret_column) = state.composer.caret_at(columns);
    let rows = state.composer.rows(columns);
    let first = first_row(caret_row, usize::from(area.height), rows.len());
    let text_x = area.x + PROMPT;
    let room = area.width.saturating_sub(PROMPT);
    if state.composer.text().is_empty()
        && let Some(chat) = &state.open
    {
        match crate::update::mute_says(state, chat) {
            Some(muted) => put_text(buffer, text_x, area.y, &format!("Nothing can be written: {muted}"), room, theme.warn),
            None => put_text(buffer, text_x, area.y, &format!("Message {}", state.name_of(chat)), room, theme.placeholder),
        }
    }
    for (row, range) in rows.iter().enumerate().skip(first).take(usize::from(area.height)) {
        let text = state.composer.text()[range.clone()].trim_end_matches(' ');
        put_text(buffer, text_x, area.y + (row - first) as u16, text, room, theme.text);
    }
    focused.then(|| Position::new(text_x + caret_column as u16, area.y + caret_row.saturating_sub(first) as u16))
}

/// Row and column of the text under the pointer.
pub(crate) fn place_at(state: &State, areas: &Areas, at: Position) -> (usize, usize) {
    let columns = areas.composer_columns();
    let (caret_row, _) = state.composer.caret_at(columns);
    let first = first_row(caret_row, usize::from(areas.composer.height), state.composer.rows(columns).len());
    let row = first + usize::from(at.y.saturating_sub(areas.composer.y));
    (row, usize::from(at.x.saturating_sub(areas.composer.x + PROMPT)))
}
