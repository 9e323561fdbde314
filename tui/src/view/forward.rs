//! The page that asks whom to forward to.

use super::layout::window;
use super::modal::{draw_field, frame};
use super::{columns, put_text};
use crate::state::State;
use crate::state::forward::Picker;
use crate::state::modal::Field;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// The targets' rows: under what is typed and the marked ones, above the keys.
pub(crate) fn list(inside: Rect) -> Rect {
    Rect::new(inside.x, inside.y + 3, inside.width, inside.height.saturating_sub(4))
}

/// Draws the page; returns the caret's place.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, picker: &Picker, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "Forward to", area);
    if inside.height < 6 {
        return None;
    }
    put_text(buffer, inside.x, inside.y, &picker.what, inside.width, theme.quote);
    put_text(buffer, inside.x, inside.y + 1, "›", 1, theme.marker);
    let field = Field { editor: picker.editor.clone(), ..Field::text("", "type to find a chat, a contact, a group", "") };
    let column = draw_field(buffer, state, &field, inside.x + 2, inside.y + 1, inside.width.saturating_sub(2));
    let names: Vec<&str> = picker.marked.iter().map(|target| target.name.as_str()).collect();
    let marked = if names.is_empty() { String::new() } else { format!("{} marked: {}", names.len(), names.join(", ")) };
    put_text(buffer, inside.x, inside.y + 2, &marked, inside.width, theme.accent);
    let list = list(inside);
    if picker.targets.is_empty() {
        put_text(buffer, list.x, list.y, "Nobody is called like that", list.width, theme.dim);
    }
    let rows = usize::from(list.height);
    let first = window(picker.targets.len(), picker.chosen, rows);
    for (row, (index, target)) in picker.targets.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == picker.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let style = |plain| if chosen { theme.selected } else { plain };
        let is_marked = picker.marked.iter().any(|marked| marked.chat == target.chat);
        let sign = if target.chat.is_group() { "# " } else { "" };
        let word = target.section.word();
        let right_x = line.right().saturating_sub(columns(word) + 1);
        put_text(buffer, right_x, line.y, word, columns(word), style(theme.dim));
        put_text(buffer, line.x, line.y, if is_marked { "[x]" } else { "[ ]" }, 3, style(theme.accent));
        let name = format!("{sign}{}", target.name);
        put_text(buffer, line.x + 4, line.y, &name, right_x.saturating_sub(line.x + 5), style(theme.text));
    }
    Some(Position::new(inside.x + 2 + column, inside.y + 1))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open_bob, screen};
    use crate::state::fixture::lively;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn messages_are_picked_and_somebody_to_forward_them_to() {
        let mut state = lively();
        open_bob(&mut state);
        for code in [KeyCode::Up, KeyCode::Char(' '), KeyCode::Up, KeyCode::Char(' ')] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        insta::assert_snapshot!("marking", screen(&state).backend());
        for code in [KeyCode::Char('c'), KeyCode::Down, KeyCode::Tab] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        insta::assert_snapshot!("forward_to", screen(&state).backend());
    }
}
