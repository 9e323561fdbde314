//! A text editor for the composer and for the fields of dialogs: it moves and deletes by grapheme, never by code point.

use crate::text;
use serde::{Deserialize, Serialize};
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;

/// What can be done to a text at its caret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Edit {
    Left,
    Right,
    WordLeft,
    WordRight,
    LineStart,
    LineEnd,
    Up,
    Down,
    TextStart,
    TextEnd,
    Backspace,
    Delete,
    DeleteWordLeft,
    DeleteWordRight,
    DeleteToLineStart,
    DeleteToLineEnd,
    PutBack,
    Undo,
    Newline,
}

/// A stretch of the text that names somebody: it moves with the text, goes as a whole, and changed by hand it names nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mention {
    /// Bytes of the text, the blank behind the name included.
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// UserID, or the word for everybody.
    pub(crate) user: String,
}

/// How many steps back the editor remembers.
const UNDO_STEPS: usize = 100;

/// A text with a caret. The caret is always at a grapheme's border.
#[derive(Clone, Debug, Default)]
pub(crate) struct Editor {
    text: String,
    caret: usize,
    /// The column that Up and Down aim at while they follow each other.
    aim: Option<usize>,
    removed: String,
    undo: Vec<Step>,
    mentions: Vec<Mention>,
    /// The last change was typing, which undo takes back as one step.
    typing: bool,
}

/// What undo brings back.
#[derive(Clone, Debug)]
struct Step {
    text: String,
    caret: usize,
    mentions: Vec<Mention>,
}

impl Editor {
    /// An editor that holds `text`, its caret at the end.
    pub(crate) fn with_text(text: &str) -> Self {
        Self { text: text.to_owned(), caret: text.len(), ..Self::default() }
    }

    /// The whole text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// A text with its mentions, as a draft keeps them.
    pub(crate) fn with_mentions(text: &str, mentions: &[Mention]) -> Self {
        let fits = |mention: &&Mention| mention.start < mention.end && text.get(mention.start..mention.end).is_some();
        Self { mentions: mentions.iter().filter(fits).cloned().collect(), ..Self::with_text(text) }
    }

    /// Whom the text names, in order.
    pub(crate) fn mentions(&self) -> &[Mention] {
        &self.mentions
    }

    /// Puts a text in place of a part, as one step; the caret goes behind it.
    pub(crate) fn replace(&mut self, range: Range<usize>, text: &str) {
        let (Some(_), cleaned) = (self.text.get(range.clone()), text::clean(text)) else { return };
        self.remember(false);
        self.text.replace_range(range.clone(), &cleaned);
        self.shift(&range, cleaned.len());
        self.caret = self.border_at_or_after(range.start + cleaned.len());
        self.aim = None;
    }

    /// Puts a name in place of a part; deleting from it takes all of it away.
    pub(crate) fn mention(&mut self, range: Range<usize>, name: &str, user: &str) {
        let start = range.start;
        self.replace(range, name);
        if self.caret > start {
            self.mentions.push(Mention { start, end: self.caret, user: user.to_owned() });
            self.mentions.sort_by_key(|mention| mention.start);
        }
    }

    /// Replaces the text by one that was made from it elsewhere: mentions whose name is still there stay.
    pub(crate) fn set_edited(&mut self, text: &str) {
        let cleaned = text::clean(text).into_owned();
        let mut at = 0;
        let mut kept = Vec::new();
        for mention in &self.mentions {
            let name = self.text[mention.start..mention.end].trim_end();
            if let Some(found) = cleaned[at..].find(name).filter(|_| !name.is_empty()) {
                let start = at + found;
                at = start + name.len();
                kept.push(Mention { start, end: at, user: mention.user.clone() });
            }
        }
        self.set(&cleaned);
        self.mentions = kept;
    }

    /// Moves the mentions behind a change; those that it touches are none any more.
    fn shift(&mut self, changed: &Range<usize>, inserted: usize) {
        self.mentions.retain_mut(|mention| {
            if mention.end <= changed.start {
                return true;
            }
            let behind = mention.start >= changed.end;
            if behind {
                mention.start = mention.start - changed.len() + inserted;
                mention.end = mention.end - changed.len() + inserted;
            }
            behind
        });
    }

    /// Bytes before the caret.
    pub(crate) fn caret(&self) -> usize {
        self.caret
    }

    /// Nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        self.text.trim().is_empty()
    }

    /// Replaces the text; the caret goes to its end.
    pub(crate) fn set(&mut self, text: &str) {
        self.remember(false);
        self.text = text.to_owned();
        self.mentions.clear();
        self.caret = self.text.len();
        self.aim = None;
    }

    /// Takes the text out.
    pub(crate) fn take(&mut self) -> String {
        let text = std::mem::take(&mut self.text);
        *self = Self { removed: std::mem::take(&mut self.removed), ..Self::default() };
        text
    }

    /// Types one character.
    pub(crate) fn insert(&mut self, c: char) {
        let cleaned = if c == '\n' { "\n".to_owned() } else { text::clean(c.encode_utf8(&mut [0; 4])).into_owned() };
        if cleaned.is_empty() {
            return;
        }
        self.remember(!c.is_whitespace());
        self.put(&cleaned);
    }

    /// Inserts pasted text, cleaned; without its newlines where the field has one line.
    pub(crate) fn paste(&mut self, pasted: &str, lines: Lines) {
        let cleaned = text::clean(pasted);
        let cleaned = match lines {
            Lines::Many => cleaned.into_owned(),
            Lines::One => cleaned.trim().replace('\n', " "),
        };
        if !cleaned.is_empty() {
            self.remember(false);
            self.put(&cleaned);
        }
    }

    fn put(&mut self, text: &str) {
        self.text.insert_str(self.caret, text);
        self.shift(&(self.caret..self.caret), text.len());
        // What was typed may join with what follows into one grapheme (a combining mark, a flag's second half).
        self.caret = self.border_at_or_after(self.caret + text.len());
        self.aim = None;
    }

    /// Applies an edit; Up and Down go by the rows of a field of `columns`. False: the caret could not move or nothing changed.
    pub(crate) fn apply(&mut self, edit: Edit, columns: usize) -> bool {
        let before = (self.caret, self.text.len());
        if !matches!(edit, Edit::Up | Edit::Down) {
            self.aim = None;
        }
        let start_of_line = self.text[..self.caret].rfind('\n').map_or(0, |at| at + 1);
        let end_of_line = self.text[self.caret..].find('\n').map_or(self.text.len(), |at| self.caret + at);
        match edit {
            Edit::Left => self.caret = self.previous(),
            Edit::Right => self.caret = self.next(),
            Edit::WordLeft => self.caret = self.word_left(),
            Edit::WordRight => self.caret = self.word_right(),
            Edit::LineStart => self.caret = start_of_line,
            Edit::LineEnd => self.caret = end_of_line,
            Edit::TextStart => self.caret = 0,
            Edit::TextEnd => self.caret = self.text.len(),
            Edit::Up => self.vertical(columns, |row| row.checked_sub(1)),
            Edit::Down => self.vertical(columns, |row| Some(row + 1)),
            Edit::Backspace => self.cut(self.previous()..self.caret, Keep::No),
            Edit::Delete => self.cut(self.caret..self.next(), Keep::No),
            Edit::DeleteWordLeft => self.cut(self.word_left()..self.caret, Keep::Yes),
            Edit::DeleteWordRight => self.cut(self.caret..self.word_right(), Keep::Yes),
            Edit::DeleteToLineStart => self.cut(start_of_line..self.caret, Keep::Yes),
            Edit::DeleteToLineEnd => {
                // At a line's end the newline itself goes, so that repeating the key goes on.
                let end = if end_of_line == self.caret { self.next() } else { end_of_line };
                self.cut(self.caret..end, Keep::Yes);
            }
            Edit::PutBack => {
                let removed = self.removed.clone();
                if !removed.is_empty() {
                    self.remember(false);
                    self.put(&removed);
                }
            }
            Edit::Undo => return self.undo(),
            Edit::Newline => self.insert('\n'),
        }
        if !matches!(edit, Edit::Newline) {
            self.typing = false;
        }
        before != (self.caret, self.text.len())
    }

    fn undo(&mut self) -> bool {
        self.typing = false;
        let Some(step) = self.undo.pop() else { return false };
        self.text = step.text;
        self.caret = step.caret;
        self.mentions = step.mentions;
        true
    }

    fn remember(&mut self, typing: bool) {
        if !(typing && self.typing) {
            if self.undo.len() == UNDO_STEPS {
                self.undo.remove(0);
            }
            self.undo.push(Step { text: self.text.clone(), caret: self.caret, mentions: self.mentions.clone() });
        }
        self.typing = typing;
    }

    fn cut(&mut self, mut range: Range<usize>, keep: Keep) {
        if range.is_empty() {
            return;
        }
        self.remember(false);
        for mention in &self.mentions {
            if range.start < mention.end && mention.start < range.end {
                range = range.start.min(mention.start)..range.end.max(mention.end);
            }
        }
        let removed = self.text[range.clone()].to_owned();
        self.text.replace_range(range.clone(), "");
        self.shift(&range, 0);
        self.caret = self.border_at_or_after(range.start);
        if keep == Keep::Yes {
            self.removed = removed;
        }
    }

    fn previous(&self) -> usize {
        self.borders().take_while(|at| *at < self.caret).last().unwrap_or(0)
    }

    fn next(&self) -> usize {
        self.borders().find(|at| *at > self.caret).unwrap_or(self.text.len())
    }

    fn border_at_or_after(&self, place: usize) -> usize {
        self.borders().find(|at| *at >= place).unwrap_or(self.text.len())
    }

    fn borders(&self) -> impl Iterator<Item = usize> + '_ {
        self.text.grapheme_indices(true).map(|(at, _)| at).chain(std::iter::once(self.text.len()))
    }

    fn word_left(&self) -> usize {
        let words = self.text.split_word_bound_indices().filter(|(_, word)| !word.trim().is_empty());
        words.map(|(at, _)| at).take_while(|at| *at < self.caret).last().map_or(0, |at| self.border_at_or_after(at).min(self.caret))
    }

    fn word_right(&self) -> usize {
        let words = self.text.split_word_bound_indices().filter(|(_, word)| !word.trim().is_empty());
        let end = words.map(|(at, word)| at + word.len()).find(|end| *end > self.caret);
        end.map_or(self.text.len(), |end| self.border_at_or_after(end))
    }

    /// The rows that a field of `columns` shows.
    pub(crate) fn rows(&self, columns: usize) -> Vec<Range<usize>> {
        text::wrap(&self.text, columns)
    }

    /// The caret's row and column in a field of `columns`. A column can equal `columns`: fields keep one free for the caret.
    pub(crate) fn caret_at(&self, columns: usize) -> (usize, usize) {
        let rows = self.rows(columns);
        let row = rows.iter().rposition(|range| range.start <= self.caret).unwrap_or(0);
        let start = rows.get(row).map_or(0, |range| range.start);
        (row, text::width(&self.text[start..self.caret]).min(columns))
    }

    fn vertical(&mut self, columns: usize, to: impl Fn(usize) -> Option<usize>) {
        let (row, column) = self.caret_at(columns);
        let aim = self.aim.unwrap_or(column);
        let rows = self.rows(columns);
        let Some(range) = to(row).and_then(|row| rows.get(row)) else { return };
        self.caret = self.place_at(range, aim, to(row).is_some_and(|row| row + 1 == rows.len()));
        self.aim = Some(aim);
    }

    fn place_at(&self, range: &Range<usize>, column: usize, last: bool) -> usize {
        let mut used = 0;
        let mut end = range.start;
        for (at, grapheme) in self.text[range.clone()].grapheme_indices(true) {
            let wide = text::width(grapheme);
            let after = range.start + at + grapheme.len();
            // The end of a soft-wrapped row is the next row's start: stay before its last grapheme.
            let soft_end = after == range.end && !last && self.text.as_bytes().get(range.end) != Some(&b'\n');
            if used + wide > column || soft_end {
                return range.start + at;
            }
            used += wide;
            end = after;
        }
        end
    }

    /// Puts the caret at a place of the text, or at the next border of a grapheme.
    pub(crate) fn set_caret(&mut self, place: usize) {
        self.caret = self.border_at_or_after(place);
        self.aim = None;
    }

    /// Puts the caret where a click in a field of `columns` points at.
    pub(crate) fn click(&mut self, row: usize, column: usize, columns: usize) {
        let rows = self.rows(columns);
        let row = row.min(rows.len().saturating_sub(1));
        if let Some(range) = rows.get(row) {
            self.caret = self.place_at(range, column, row + 1 == rows.len());
            self.aim = None;
        }
    }
}

/// Whether removed text can be put back.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Keep {
    Yes,
    No,
}

/// How many lines a field may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lines {
    One,
    Many,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("👩‍👩‍👧")]
    #[case("🇩🇪")]
    #[case("👍🏽")]
    #[case("e\u{301}")]
    fn backspace_takes_a_whole_grapheme(#[case] grapheme: &str) {
        let mut editor = Editor::with_text(&format!("a{grapheme}"));
        editor.apply(Edit::Backspace, 40);
        assert_eq!(editor.text(), "a");
    }

    #[test]
    fn typing_a_flag_leaves_the_caret_behind_it() {
        let mut editor = Editor::default();
        for c in "🇩🇪x".chars() {
            editor.insert(c);
        }
        assert_eq!(editor.text(), "🇩🇪x");
        editor.apply(Edit::Left, 40);
        editor.apply(Edit::Left, 40);
        assert_eq!(editor.caret(), 0);
    }

    #[test]
    fn words_and_lines_are_removed_and_put_back() {
        let mut editor = Editor::with_text("send the parcel\ntomorrow");
        editor.apply(Edit::DeleteWordLeft, 40);
        assert_eq!(editor.text(), "send the parcel\n");
        editor.apply(Edit::PutBack, 40);
        assert_eq!(editor.text(), "send the parcel\ntomorrow");
        editor.apply(Edit::DeleteToLineStart, 40);
        editor.apply(Edit::Up, 40);
        editor.apply(Edit::LineEnd, 40);
        editor.apply(Edit::WordLeft, 40);
        editor.apply(Edit::DeleteToLineEnd, 40);
        assert_eq!(editor.text(), "send the \n");
    }

    #[test]
    fn up_and_down_go_by_what_is_seen_and_keep_their_column() {
        let mut editor = Editor::with_text("0123456789 abc\nx\n消息队列很快");
        assert_eq!(editor.caret_at(11), (4, 2), "{:?}", editor.rows(11));
        editor.apply(Edit::Up, 11);
        assert_eq!(editor.caret_at(11), (3, 2));
        editor.apply(Edit::Up, 11);
        assert_eq!(editor.caret_at(11), (2, 1), "the short line ends here");
        editor.apply(Edit::Up, 11);
        assert_eq!(editor.caret_at(11), (1, 2), "the column comes back");
        editor.apply(Edit::Up, 11);
        assert!(!editor.apply(Edit::Up, 11), "the first row has none above");
    }

    #[test]
    fn undo_takes_back_a_word_at_a_time() {
        let mut editor = Editor::default();
        for c in "hello world".chars() {
            editor.insert(c);
        }
        editor.apply(Edit::Undo, 40);
        assert_eq!(editor.text(), "hello ");
        editor.apply(Edit::Undo, 40);
        editor.apply(Edit::Undo, 40);
        assert_eq!(editor.text(), "");
        assert!(!editor.apply(Edit::Undo, 40));
    }

    #[test]
    fn a_paste_brings_its_lines_but_no_controls() {
        let mut editor = Editor::default();
        editor.paste("one\r\ntwo\x1b[A", Lines::Many);
        assert_eq!(editor.text(), "one\ntwo␛[A");
        let mut field = Editor::default();
        field.paste(" a\nb\n", Lines::One);
        assert_eq!(field.text(), "a b");
    }

    #[test]
    fn a_mention_moves_with_the_text_and_goes_as_a_whole() {
        let mut editor = Editor::with_text("hi @b");
        editor.mention(3..5, "@Bob Brown ", "bob");
        editor.insert('!');
        editor.apply(Edit::TextStart, 40);
        editor.paste("oh, ", Lines::Many);
        let mention = editor.mentions()[0].clone();
        assert_eq!((&editor.text()[mention.start..mention.end], mention.user.as_str()), ("@Bob Brown ", "bob"));
        editor.apply(Edit::TextEnd, 40);
        editor.apply(Edit::Backspace, 40);
        assert_eq!(editor.mentions().len(), 1);
        editor.apply(Edit::Backspace, 40);
        assert_eq!((editor.text(), editor.mentions()), ("oh, hi ", &[][..]));
        editor.apply(Edit::Undo, 40);
        assert_eq!((editor.text(), editor.mentions().len()), ("oh, hi @Bob Brown ", 1));
        editor.apply(Edit::Left, 40);
        editor.apply(Edit::Left, 40);
        editor.insert('x');
        assert_eq!(
            (editor.text(), editor.mentions()),
            ("oh, hi @Bob Brow xn ".replace(" xn", "xn").as_str(), &[][..]),
            "a changed name names nobody"
        );
    }

    #[test]
    fn a_text_edited_elsewhere_keeps_the_mentions_that_are_still_there() {
        let mut editor = Editor::with_text("");
        editor.mention(0..0, "@Ann ", "ann");
        editor.mention(5..5, "@Bob ", "bob");
        editor.set_edited("well, @Bob: hi\x1b[A");
        assert_eq!(editor.text(), "well, @Bob: hi␛[A");
        assert_eq!(editor.mentions(), [Mention { start: 6, end: 10, user: "bob".into() }]);
    }

    fn any_edit() -> impl Strategy<Value = Edit> {
        use Edit::*;
        proptest::sample::select(vec![
            Left,
            Right,
            WordLeft,
            WordRight,
            LineStart,
            LineEnd,
            Up,
            Down,
            TextStart,
            TextEnd,
            Backspace,
            Delete,
            DeleteWordLeft,
            DeleteWordRight,
            DeleteToLineStart,
            DeleteToLineEnd,
            PutBack,
            Undo,
            Newline,
        ])
    }

    proptest! {
        #[test]
        fn a_mention_is_its_name_or_gone(
            steps in proptest::collection::vec((any_edit(), proptest::option::of("[a 息]"), proptest::option::of(0usize..40)), 0..60),
        ) {
            let mut editor = Editor::with_text("one two ");
            editor.mention(8..8, "@Bob ", "bob");
            editor.mention(4..4, "@李 ", "li");
            for (edit, typed, at) in steps {
                editor.apply(edit, 9);
                for c in typed.iter().flat_map(|text| text.chars()) {
                    editor.insert(c);
                }
                if let Some(at) = at {
                    editor.click(at / 9, at % 9, 9);
                }
                let mut last = 0;
                for mention in editor.mentions() {
                    prop_assert!(mention.start >= last);
                    let name = if mention.user == "bob" { "@Bob " } else { "@李 " };
                    prop_assert_eq!(&editor.text()[mention.start..mention.end], name);
                    last = mention.end;
                }
            }
        }

        #[test]
        fn the_caret_stays_at_a_grapheme_border(
            text in "[ab 消é\u{301}\u{200d}👩👧🇩🇪🏽\n]{0,30}",
            steps in proptest::collection::vec((any_edit(), proptest::option::of("[a 息\u{301}🇩👍🏽]")), 0..40),
            columns in 1usize..12,
        ) {
            let mut editor = Editor::with_text(&text);
            for (edit, typed) in steps {
                editor.apply(edit, columns);
                for c in typed.iter().flat_map(|text| text.chars()) {
                    editor.insert(c);
                }
                let caret = editor.caret();
                prop_assert!(editor.borders().any(|at| at == caret), "caret {caret} in {:?}", editor.text());
                let (row, column) = editor.caret_at(columns);
                prop_assert!(row < editor.rows(columns).len() && column <= columns);
            }
        }

        #[test]
        fn left_and_right_visit_every_grapheme(text in "[ab 消é👩‍👧🇩🇪]{0,20}") {
            let mut editor = Editor::with_text(&text);
            let graphemes = text.graphemes(true).count();
            let mut steps = 0;
            while editor.apply(Edit::Left, 10) { steps += 1; }
            prop_assert_eq!(steps, graphemes);
            while editor.apply(Edit::Right, 10) { steps -= 1; }
            prop_assert_eq!(steps, 0);
        }
    }
}
