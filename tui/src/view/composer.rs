//! Where one writes.

use super::layout::{Areas, PROMPT};
use super::put_text;
use crate::state::{Focus, State};
use crate::text::{bidi, counted, width};
use ratatui::buffer::Buffer;
use ratatui::layout::Position;
use std::ops::Range;

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
    let mut caret_column = caret_column;
    for (row, range) in rows.iter().enumerate().skip(first).take(usize::from(area.height)) {
        let y = area.y + (row - first) as u16;
        if let Some(ordered) = Ordered::of(state.composer.text(), range, columns) {
            let shown: String = ordered.row.glyphs.iter().map(|glyph| &*glyph.shown).collect();
            buffer.set_stringn(text_x + ordered.from as u16, y, shown, usize::from(room).saturating_sub(ordered.from), theme.text);
            if row == caret_row {
                caret_column = ordered.column(state.composer.caret());
            }
            continue;
        }
        let text = state.composer.text()[range.clone()].trim_end_matches(' ');
        put_text(buffer, text_x, y, text, room, theme.text);
    }
    focused.then(|| Position::new(text_x + caret_column as u16, area.y + caret_row.saturating_sub(first) as u16))
}

/// A row of the text in the order of the screen, where it is read from right to left in part. A line that is so as a whole
/// ends at the right, with a column for the caret at its left end.
struct Ordered<'a> {
    /// Where its line begins in the text.
    line: usize,
    row: bidi::Row<'a>,
    /// Its first column.
    from: usize,
}

impl<'a> Ordered<'a> {
    fn of(text: &'a str, range: &Range<usize>, columns: usize) -> Option<Self> {
        let start = text[..range.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[range.start..].find('\n').map_or(text.len(), |at| range.start + at);
        let line = &text[start..end];
        if !bidi::has_rtl(line) {
            return None;
        }
        // Blanks that hang over a row's end are not seen.
        let mut shown = &text[range.clone()];
        while width(shown) > columns && shown.ends_with(' ') {
            shown = &shown[..shown.len() - 1];
        }
        let row = bidi::order(line, range.start - start..range.start - start + shown.len());
        let wide: usize = row.glyphs.iter().map(|glyph| width(&glyph.shown)).sum();
        let from = if row.rtl { (columns + 1).saturating_sub(wide) } else { 0 };
        Some(Self { line: start, row, from })
    }

    /// The caret's column: on the character that it stands before, or behind the last one as that is read.
    fn column(&self, caret: usize) -> usize {
        let mut column = self.from;
        for glyph in &self.row.glyphs {
            if self.line + glyph.range.start == caret {
                return column;
            }
            column += width(&glyph.shown);
        }
        if self.row.rtl { self.from.saturating_sub(1) } else { column }
    }

    /// The character at a column, or where the text goes on behind it.
    fn place(&self, column: usize) -> usize {
        let mut at = self.from;
        for glyph in &self.row.glyphs {
            at += width(&glyph.shown);
            if column < at && column >= self.from {
                return self.line + glyph.range.start;
            }
        }
        let first = self.row.glyphs.iter().map(|glyph| glyph.range.start).min().unwrap_or(0);
        let last = self.row.glyphs.iter().map(|glyph| glyph.range.end).max().unwrap_or(0);
        self.line + if self.row.rtl == (column < self.from) { last } else { first }
    }
}

/// The place in the text under the pointer, where its row is not in the order of the text.
pub(crate) fn ordered_place_at(state: &State, areas: &Areas, at: Position) -> Option<usize> {
    let (row, column) = place_at(state, areas, at);
    let columns = areas.composer_columns();
    let rows = state.composer.rows(columns);
    Ordered::of(state.composer.text(), rows.get(row)?, columns).map(|ordered| ordered.place(column))
}

/// Row and column of the text under the pointer.
pub(crate) fn place_at(state: &State, areas: &Areas, at: Position) -> (usize, usize) {
    let columns = areas.composer_columns();
    let (caret_row, _) = state.composer.caret_at(columns);
    let first = first_row(caret_row, usize::from(areas.composer.height), state.composer.rows(columns).len());
    let row = first + usize::from(at.y.saturating_sub(areas.composer.y));
    (row, usize::from(at.x.saturating_sub(areas.composer.x + PROMPT)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::lively;
    use crate::view::tests::{open, screen};

    fn writing(text: &str) -> State {
        let mut state = lively();
        open(&mut state, ChatId::user("bob"), Vec::new());
        state.composer.set(text);
        state
    }

    #[test]
    fn a_line_from_right_to_left_is_written_from_the_right() {
        let state = writing("שלום");
        let mut terminal = screen(&state);
        let row: String = (0..80).map(|x| terminal.backend().buffer()[(x, 22)].symbol().to_owned()).collect();
        assert!(row.trim_end().ends_with("םולש"), "{row}");
        let last = row.trim_end().chars().count() as u16 - 1;
        terminal.backend_mut().assert_cursor_position((last - 4, 22));
    }

    #[test]
    fn a_word_from_right_to_left_stands_in_a_line_from_left_to_right() {
        let mut state = writing("hi שלום you");
        let areas = Areas::of(&state);
        let x = areas.composer.x + PROMPT;
        let mut terminal = screen(&state);
        let row: String = (x..x + 11).map(|x| terminal.backend().buffer()[(x, 22)].symbol().to_owned()).collect();
        assert_eq!(row, "hi םולש you");
        terminal.backend_mut().assert_cursor_position((x + 11, 22));
        // The first letter of the word is at its right end.
        assert_eq!(ordered_place_at(&state, &areas, Position::new(x + 6, 22)), Some(3));
        state.composer.set_caret(3);
        screen(&state).backend_mut().assert_cursor_position((x + 6, 22));
    }

    proptest::proptest! {
        #[test]
        fn the_caret_is_within_the_field(text in "[ab שלום\n消]{0,40}", at in 0usize..60) {
            let mut state = writing(&text);
            state.composer.set_caret(at);
            let areas = Areas::of(&state);
            let mut terminal = screen(&state);
            let caret = terminal.get_cursor_position().unwrap();
            proptest::prop_assert!(areas.composer.contains(caret), "{caret:?} in {:?}", areas.composer);
            proptest::prop_assert!(caret.x >= areas.composer.x + PROMPT);
        }
    }
}
