//! Lists over the main screen whose rows say what they are.

use super::modal::frame;
use super::{columns, put_text};
use crate::state::State;
use crate::state::listing::{Listing, ListingRow};
use crate::text::wrap;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Columns of the list, borders included.
const COLUMNS: u16 = 72;
/// Columns in front of what is said about a row.
const INDENT: u16 = 4;

fn below(row: &ListingRow, inside: u16) -> Vec<String> {
    let room = usize::from(inside.saturating_sub(INDENT).max(1));
    if row.below.is_empty() {
        return Vec::new();
    }
    wrap(&row.below, room).into_iter().map(|range| row.below[range].trim_end().to_owned()).collect()
}

fn lines_of(row: &ListingRow, inside: u16) -> u16 {
    1 + below(row, inside).len() as u16
}

/// Lines above the rows.
fn above(listing: &Listing, inside: u16) -> u16 {
    let says = if listing.says.is_empty() { 0 } else { wrap(&listing.says, usize::from(inside.max(1))).len() as u16 + 1 };
    says + u16::from(listing.error.is_some())
}

/// Width and height of the dialog.
pub(crate) fn size(listing: &Listing, screen: Rect) -> (u16, u16) {
    let wide = COLUMNS.min(screen.width);
    let inside = wide.saturating_sub(4);
    let rows: u16 = listing.rows.iter().map(|row| lines_of(row, inside)).fold(0, u16::saturating_add);
    (wide, (rows.max(1).saturating_add(2 + above(listing, inside))).min(screen.height))
}

/// The first row in sight, so that the chosen one is.
fn first(listing: &Listing, area: Rect) -> usize {
    let mut first = listing.chosen.min(listing.rows.len().saturating_sub(1));
    let mut used = listing.rows.get(first).map_or(0, |row| lines_of(row, area.width));
    // Half of the room stays for what comes behind it, where something does.
    let behind: u16 = listing.rows.iter().skip(first + 1).map(|row| lines_of(row, area.width)).fold(0, u16::saturating_add);
    let kept = behind.min(area.height / 2);
    while let Some(row) = first.checked_sub(1).and_then(|before| listing.rows.get(before)) {
        used = used.saturating_add(lines_of(row, area.width));
        if used > area.height.saturating_sub(kept) {
            break;
        }
        first -= 1;
    }
    first
}

/// Where the rows stand.
fn placed(listing: &Listing, inside: Rect) -> Vec<(usize, Rect)> {
    let top = above(listing, inside.width).min(inside.height);
    let area = Rect::new(inside.x, inside.y + top, inside.width, inside.height - top);
    let mut y = area.y;
    let mut rows = Vec::new();
    for (index, row) in listing.rows.iter().enumerate().skip(first(listing, area)) {
        if y >= area.bottom() {
            break;
        }
        let high = lines_of(row, area.width).min(area.bottom() - y);
        rows.push((index, Rect::new(area.x, y, area.width, high)));
        y += high;
    }
    rows
}

/// The row under the pointer.
pub(crate) fn row_at(listing: &Listing, inside: Rect, at: Position) -> Option<usize> {
    placed(listing, inside).into_iter().find(|(_, area)| area.contains(at)).map(|(index, _)| index)
}

/// Draws the dialog.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, listing: &Listing, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, &listing.title, area);
    let mut y = inside.y;
    if !listing.says.is_empty() {
        for range in wrap(&listing.says, usize::from(inside.width.max(1))) {
            put_text(buffer, inside.x, y, listing.says[range].trim_end(), inside.width, theme.dim);
            y += 1;
        }
        y += 1;
    }
    if let Some(error) = &listing.error {
        put_text(buffer, inside.x, y, error, inside.width, theme.bad);
        y += 1;
    }
    if listing.rows.is_empty() {
        let text = if listing.busy { "One moment …" } else { "Nothing here yet" };
        put_text(buffer, inside.x, y.min(inside.bottom()), text, inside.width, theme.dim);
        return;
    }
    for (index, area) in placed(listing, inside) {
        let row = &listing.rows[index];
        let chosen = index == listing.chosen;
        if chosen {
            buffer.set_style(area, theme.selected);
        }
        let plain = |style| if chosen { theme.selected } else { style };
        let right_x = area.right().saturating_sub(columns(&row.right));
        put_text(buffer, right_x, area.y, &row.right, columns(&row.right), plain(theme.dim));
        let sign = match row.on {
            Some(true) => "[x] ",
            Some(false) => "[ ] ",
            None => "",
        };
        let left = format!("{sign}{}", row.left);
        put_text(buffer, area.x + 1, area.y, &left, right_x.saturating_sub(area.x + 2), plain(theme.text));
        for (line, text) in below(row, area.width).iter().enumerate() {
            let y = area.y + 1 + line as u16;
            if y < area.bottom() {
                put_text(buffer, area.x + INDENT, y, text, area.width.saturating_sub(INDENT), plain(theme.dim));
            }
        }
    }
}
