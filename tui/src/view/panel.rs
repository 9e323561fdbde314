//! The panel: entries under a title that somebody else feeds.

use super::layout::Areas;
use super::put_text;
use crate::state::State;
use crate::text::wrap;
use ratatui::buffer::Buffer;

/// Draws the newest lines, the last at the bottom.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let (area, Some(panel)) = (areas.panel, &state.panel) else { return };
    if area.height < 3 || area.width < 8 {
        return;
    }
    let theme = &state.settings.theme;
    let beside = area.y == 0;
    if beside {
        for y in area.top()..area.bottom() {
            put_text(buffer, area.x, y, "│", 1, theme.border);
        }
    }
    let (x, room) = if beside { (area.x + 2, area.width - 3) } else { (area.x + 1, area.width - 2) };
    put_text(buffer, x, area.y, &panel.title, room, theme.accent);
    let rule_y = area.y + 1;
    for x in area.left()..area.right() {
        put_text(buffer, x, rule_y, if beside && x == area.x { "┼" } else { "─" }, 1, theme.border);
    }
    let rows = usize::from(area.height - 2);
    if panel.entries.is_empty() {
        for (row, range) in wrap(&panel.empty, usize::from(room)).into_iter().take(rows).enumerate() {
            put_text(buffer, x, area.y + 2 + row as u16, panel.empty[range].trim_end(), room, theme.dim);
        }
        return;
    }
    // From the newest upwards, whole entries as long as they fit.
    let mut shown: Vec<(String, bool)> = Vec::new();
    for line in panel.entries.iter().map(|entry| &entry.text).rev() {
        let parts: Vec<String> =
            wrap(line, usize::from(room.saturating_sub(2))).into_iter().map(|range| line[range].trim_end().to_owned()).collect();
        if shown.len() + parts.len() > rows && !shown.is_empty() {
            break;
        }
        // The newest one is cut at its end, where the lesser facts stand.
        let parts = parts.into_iter().take(rows).collect::<Vec<_>>();
        for (n, part) in parts.into_iter().enumerate().rev() {
            shown.push((part, n == 0));
        }
    }
    for (row, (text, first)) in shown.iter().rev().enumerate() {
        let y = area.y + 2 + row as u16;
        if *first {
            put_text(buffer, x, y, "▪", 1, theme.accent);
        }
        put_text(buffer, x + 2, y, text, room.saturating_sub(2), theme.text);
    }
}
