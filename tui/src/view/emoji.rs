//! Any emoji, by its name.

use super::layout::window;
use super::modal::{draw_field, frame, palette_list};
use super::put_text;
use crate::state::State;
use crate::state::modal::{EmojiPicker, Field};
use crate::text::emoji;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Draws the list; returns the caret's place.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, picker: &EmojiPicker, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "Emoji", area);
    if inside.height < 3 {
        return None;
    }
    put_text(buffer, inside.x, inside.y, "›", 1, theme.marker);
    let field = Field { editor: picker.editor.clone(), ..Field::text("", "its name: heart, cat, thumbsup", "") };
    let column = draw_field(buffer, state, &field, inside.x + 2, inside.y, inside.width.saturating_sub(2));
    let list = palette_list(inside);
    if picker.found.is_empty() {
        put_text(buffer, list.x, list.y, "No emoji is called like that", list.width, theme.dim);
    }
    let rows = usize::from(list.height);
    let first = window(picker.found.len(), picker.chosen, rows);
    for (row, (index, found)) in picker.found.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == picker.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        put_text(buffer, line.x + 1, line.y, found.as_str(), 2, if chosen { theme.selected } else { theme.text });
        let name = format!(":{}:  {}", emoji::name(found), if found.shortcode().is_some() { found.name() } else { "" });
        put_text(buffer, line.x + 5, line.y, &name, line.width.saturating_sub(6), if chosen { theme.selected } else { theme.text });
    }
    Some(Position::new(inside.x + 2 + column, inside.y))
}
