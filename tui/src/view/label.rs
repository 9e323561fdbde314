//! The page of conversation groups.

use super::layout::window;
use super::modal::frame;
use super::{columns, put_text};
use crate::state::State;
use crate::state::filter::Filter;
use crate::state::label::LabelPage;
use crate::text::counted;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// Where the groups stand inside the box.
pub(crate) fn list(inside: Rect) -> Rect {
    Rect::new(inside.x, inside.y + 2, inside.width, inside.height.saturating_sub(4))
}

/// Draws the page.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, page: &LabelPage, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "Conversation groups", area);
    if inside.height < 4 {
        return;
    }
    let chats: Vec<_> = state.acted_on().into_iter().filter(|chat| !chat.is_folded_row()).collect();
    let about = match &chats[..] {
        [] => "No conversation is chosen".to_owned(),
        [one] => format!("Enter puts {} in or takes it out", state.name_of(one)),
        several => format!("Enter puts {} in or takes them out", counted(several.len() as u64, "conversation")),
    };
    put_text(buffer, inside.x, inside.y, &about, inside.width, theme.dim);
    let list = list(inside);
    if state.labels.is_empty() {
        put_text(buffer, list.x, list.y, "There is none yet: n makes one", list.width, theme.dim);
    }
    let rows = usize::from(list.height);
    let first = window(state.labels.len(), page.chosen, rows);
    for (row, (index, label)) in state.labels.iter().enumerate().skip(first).take(rows).enumerate() {
        let y = list.y + row as u16;
        let chosen = index == page.chosen;
        if chosen {
            buffer.set_style(Rect::new(list.x, y, list.width, 1), theme.selected);
        }
        let style = if chosen { theme.selected } else { theme.text };
        let inside = |chat| state.conversations.get(chat).is_some_and(|row| row.labels.contains(&label.id));
        let sign = match chats.iter().filter(|chat| inside(chat)).count() {
            0 => "[ ]",
            n if n == chats.len() => "[x]",
            _ => "[-]",
        };
        let count = state.conversations.listed().filter(|row| Filter::Label(label.id).shows(row)).count();
        let hidden = if label.hidden { "hidden · " } else { "" };
        let right = format!("{hidden}{count}");
        let right_x = list.right().saturating_sub(columns(&right) + 1);
        put_text(buffer, right_x, y, &right, columns(&right), if chosen { theme.selected } else { theme.dim });
        let text = format!("{sign} {}", label.shown());
        put_text(buffer, list.x, y, &text, right_x.saturating_sub(list.x + 1), style);
    }
    let help = "n new · e rename · d delete · h hide · K J move · Esc close";
    put_text(buffer, inside.x, inside.bottom() - 1, help, inside.width, theme.dim);
}
