//! A question with several answers.

use super::layout::window;
use super::modal::frame;
use super::{columns, put_text};
use crate::state::State;
use crate::state::modal::Choose;
use crate::text::wrap;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Columns of the widest question.
const COLUMNS: u16 = 72;

fn says_rows(choose: &Choose, inside: u16) -> u16 {
    if choose.says.is_empty() { 0 } else { wrap(&choose.says, usize::from(inside.max(1))).len() as u16 + 1 }
}

/// Width and height of the dialog.
pub(crate) fn size(choose: &Choose, screen: Rect) -> (u16, u16) {
    let widest = choose
        .answers
        .iter()
        .map(|(text, _)| columns(text))
        .max()
        .unwrap_or(0)
        .max(columns(&choose.title) + 2)
        .max(columns(&choose.says).min(56));
    let wide = (widest + 6).min(COLUMNS).min(screen.width);
    (wide, (choose.answers.len() as u16 + 2 + says_rows(choose, wide.saturating_sub(4))).min(screen.height))
}

/// Where the answers are.
pub(crate) fn list(choose: &Choose, inside: Rect) -> Rect {
    let above = says_rows(choose, inside.width).min(inside.height);
    Rect::new(inside.x, inside.y + above, inside.width, inside.height - above)
}

/// Draws the dialog.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, choose: &Choose, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, &choose.title, area);
    let list = list(choose, inside);
    if !choose.says.is_empty() {
        for (row, range) in wrap(&choose.says, usize::from(inside.width.max(1))).into_iter().enumerate() {
            let y = inside.y + row as u16;
            if y < list.y {
                put_text(buffer, inside.x, y, choose.says[range].trim_end(), inside.width, theme.text);
            }
        }
    }
    let rows = usize::from(list.height);
    let first = window(choose.answers.len(), choose.chosen, rows);
    for (row, (index, (text, _))) in choose.answers.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(list.x, list.y + row as u16, list.width, 1);
        let chosen = index == choose.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        put_text(buffer, line.x + 1, line.y, text, line.width.saturating_sub(2), if chosen { theme.selected } else { theme.text });
    }
}
