//! Text that is read from right to left. Most terminals put characters where they are told; so each row is brought into the
//! order of the screen here, its brackets are turned, and Arabic letters get the form that their neighbours ask for.
//! Every name and every row is ordered by itself: one written from right to left cannot pull its surroundings along.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::atomic::{AtomicU8, Ordering};
use unicode_bidi::BidiInfo;
use unicode_segmentation::UnicodeSegmentation;

/// What the terminal does with text by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ByTerminal {
    /// Every character stays where it is put.
    Nothing,
    /// The letters of a word are turned and joined, and words stay where they are put (kitty).
    Words,
    /// It orders all text.
    All,
}

/// Set once, before the first frame.
static BY_TERMINAL: AtomicU8 = AtomicU8::new(ByTerminal::Nothing as u8);

/// Says what the terminal does.
pub(crate) fn leave_to_terminal(what: ByTerminal) {
    BY_TERMINAL.store(what as u8, Ordering::Relaxed);
}

fn is_left_to_terminal(what: ByTerminal) -> bool {
    BY_TERMINAL.load(Ordering::Relaxed) == what as u8
}

/// True when a text has characters of a script that is read from right to left, and it is to be ordered here.
pub(crate) fn has_rtl(text: &str) -> bool {
    // Such scripts begin at U+0590, which takes two bytes from 0xD6 on.
    text.bytes().any(|byte| byte >= 0xd6) && !is_left_to_terminal(ByTerminal::All) && text.chars().any(is_rtl)
}

fn is_rtl(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

/// A grapheme at its place on the screen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Glyph<'a> {
    /// Bytes of the line.
    pub(crate) range: Range<usize>,
    /// Read from right to left.
    pub(crate) rtl: bool,
    pub(crate) shown: Cow<'a, str>,
}

/// A row in the order of the screen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Row<'a> {
    pub(crate) glyphs: Vec<Glyph<'a>>,
    /// The line is read from right to left as a whole.
    pub(crate) rtl: bool,
}

/// Brings a part of a line into the order of the screen. A line has no newline.
pub(crate) fn order(line: &str, row: Range<usize>) -> Row<'_> {
    order_for(line, row, is_left_to_terminal(ByTerminal::Words))
}

fn order_for(line: &str, row: Range<usize>, turns_words: bool) -> Row<'_> {
    let info = BidiInfo::new(line, None);
    let Some(paragraph) = info.paragraphs.first().filter(|_| !row.is_empty()) else {
        return Row { glyphs: Vec::new(), rtl: info.paragraphs.first().is_some_and(|paragraph| paragraph.level.is_rtl()) };
    };
    let (levels, runs) = info.visual_runs(paragraph, row.clone());
    let mut glyphs = Vec::new();
    for run in runs {
        let rtl = levels.get(run.start).is_some_and(|level| level.is_rtl());
        let first = glyphs.len();
        for (at, grapheme) in line[run.clone()].grapheme_indices(true) {
            let from = run.start + at;
            let shown = if rtl { turned(line, from, grapheme) } else { Cow::Borrowed(grapheme) };
            glyphs.push(Glyph { range: from..from + grapheme.len(), rtl, shown });
        }
        if rtl {
            glyphs[first..].reverse();
        }
        if rtl && turns_words {
            leave_words(line, &mut glyphs[first..]);
        }
    }
    Row { glyphs, rtl: paragraph.level.is_rtl() }
}

/// Turns the words of a run back, with their letters as they are: the terminal turns and joins them.
fn leave_words<'a>(line: &'a str, run: &mut [Glyph<'a>]) {
    let is_letter = |glyph: &Glyph<'_>| line[glyph.range.clone()].chars().next().is_some_and(is_rtl);
    for word in run.chunk_by_mut(|one, next| is_letter(one) == is_letter(next)) {
        if word.first().is_some_and(is_letter) {
            word.reverse();
            for glyph in word {
                glyph.shown = Cow::Borrowed(&line[glyph.range.clone()]);
            }
        }
    }
}

/// A text of one line in the order of the screen, by itself.
pub(crate) fn visual(text: &str) -> Cow<'_, str> {
    if !has_rtl(text) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(order(text, 0..text.len()).glyphs.iter().map(|glyph| &*glyph.shown).collect())
}

/// A grapheme as it looks from right to left: brackets turned, Arabic letters joined.
fn turned<'a>(line: &str, at: usize, grapheme: &'a str) -> Cow<'a, str> {
    let mut chars = grapheme.chars();
    let Some(first) = chars.next() else { return Cow::Borrowed(grapheme) };
    let other = mirrored(first).or_else(|| joined(line, at, first));
    match other {
        Some(other) => Cow::Owned(std::iter::once(other).chain(chars).collect()),
        None => Cow::Borrowed(grapheme),
    }
}

fn mirrored(c: char) -> Option<char> {
    const PAIRS: [(char, char); 8] =
        [('(', ')'), ('[', ']'), ('{', '}'), ('<', '>'), ('«', '»'), ('‹', '›'), ('≤', '≥'), ('⟨', '⟩')];
    PAIRS.iter().find_map(|(open, close)| {
        if c == *open {
            Some(*close)
        } else if c == *close {
            Some(*open)
        } else {
            None
        }
    })
}

/// Arabic letters: the letter, its form alone, and whether it joins on both sides. The forms stand in the order
/// alone, last, and for those that join on both sides first and middle.
#[rustfmt::skip]
const FORMS: &[(char, u32, bool)] = &[
    ('ء', 0xfe80, false), ('آ', 0xfe81, false), ('أ', 0xfe83, false), ('ؤ', 0xfe85, false), ('إ', 0xfe87, false), ('ئ', 0xfe89, true),
    ('ا', 0xfe8d, false), ('ب', 0xfe8f, true), ('ة', 0xfe93, false), ('ت', 0xfe95, true), ('ث', 0xfe99, true), ('ج', 0xfe9d, true),
    ('ح', 0xfea1, true), ('خ', 0xfea5, true), ('د', 0xfea9, false), ('ذ', 0xfeab, false), ('ر', 0xfead, false), ('ز', 0xfeaf, false),
    ('س', 0xfeb1, true), ('ش', 0xfeb5, true), ('ص', 0xfeb9, true), ('ض', 0xfebd, true), ('ط', 0xfec1, true), ('ظ', 0xfec5, true),
    ('ع', 0xfec9, true), ('غ', 0xfecd, true), ('ف', 0xfed1, true), ('ق', 0xfed5, true), ('ك', 0xfed9, true), ('ل', 0xfedd, true),
    ('م', 0xfee1, true), ('ن', 0xfee5, true), ('ه', 0xfee9, true), ('و', 0xfeed, false), ('ى', 0xfeef, false), ('ي', 0xfef1, true),
    ('پ', 0xfb56, true), ('چ', 0xfb7a, true), ('ژ', 0xfb8a, false), ('ک', 0xfb8e, true), ('گ', 0xfb92, true), ('ی', 0xfbfc, true),
];

fn form(c: char) -> Option<(u32, bool)> {
    FORMS.iter().find(|row| row.0 == c).map(|row| (row.1, row.2))
}

/// Marks that a letter's neighbours see through.
fn is_transparent(c: &char) -> bool {
    matches!(c, '\u{610}'..='\u{61a}' | '\u{64b}'..='\u{65f}' | '\u{670}' | '\u{6d6}'..='\u{6dc}' | '\u{6df}'..='\u{6e4}' | '\u{6e7}' | '\u{6e8}' | '\u{6ea}'..='\u{6ed}')
}

/// The form of an Arabic letter between its neighbours.
fn joined(line: &str, at: usize, c: char) -> Option<char> {
    let (alone, both) = form(c)?;
    if c == 'ء' {
        return None;
    }
    let before = line[..at].chars().rev().find(|c| !is_transparent(c));
    let behind = line[at + c.len_utf8()..].chars().find(|c| !is_transparent(c));
    let gives_hand = |c: char| c == 'ـ' || c == '\u{200d}' || form(c).is_some_and(|(_, both)| both);
    let takes_hand = |c: char| c == 'ـ' || c == '\u{200d}' || form(c).is_some_and(|_| c != 'ء');
    let to_before = before.is_some_and(gives_hand);
    let to_behind = both && behind.is_some_and(takes_hand);
    let step = match (to_before, to_behind) {
        (false, false) => return None,
        (true, false) => 1,
        (false, true) => 2,
        (true, true) => 3,
    };
    char::from_u32(alone + step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain", "plain")]
    #[case("שלום", "םולש")]
    #[case("שלום bob", "bob םולש")]
    #[case("hi שלום bob", "hi םולש bob")]
    #[case("שלום (עולם)", "(םלוע) םולש")]
    #[case("room 12 שלום 34", "room 12 34 םולש")]
    #[case("שלום 34 עולם", "םלוע 34 םולש")]
    #[case("שָׁלוֹם", "םוֹלשָׁ")]
    fn a_row_is_in_the_order_of_the_screen(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(visual(text), shown);
    }

    #[rstest]
    #[case("שלום", "שלום")]
    #[case("שלום (עולם)", "(עולם) שלום")]
    #[case("hi שלום, עולם bob", "hi עולם ,שלום bob")]
    #[case("سلام 12", "12 سلام")]
    fn a_terminal_that_turns_words_gets_them_whole(#[case] text: &str, #[case] shown: &str) {
        let row = order_for(text, 0..text.len(), true);
        assert_eq!(row.glyphs.iter().map(|glyph| &*glyph.shown).collect::<String>(), shown);
    }

    #[test]
    fn arabic_letters_are_joined() {
        // س ل ا م: first, middle, last, and alone behind a letter that gives no hand.
        assert_eq!(visual("سلام"), "\u{645}\u{fe8e}\u{fee0}\u{feb3}");
        assert_eq!(visual("باب"), "\u{628}\u{fe8e}\u{fe91}");
        assert_eq!(visual("ب ب"), "ب ب");
        assert_eq!(visual("بَب"), "\u{fe90}\u{fe91}\u{64e}", "a vowel mark does not part two letters");
        assert_eq!(visual("می\u{200c}خواهم").chars().filter(|c| *c == '\u{200c}').count(), 1);
    }

    #[test]
    fn every_letter_has_forms() {
        for (letter, alone, both) in FORMS {
            for step in 0..if *both { 4 } else { 2 } {
                if *letter != 'ء' {
                    assert!(
                        char::from_u32(alone + step).is_some_and(|form| crate::text::width(form.encode_utf8(&mut [0; 4])) == 1),
                        "{letter}"
                    );
                }
            }
        }
    }

    proptest! {
        #[test]
        fn a_row_holds_every_grapheme_once(text in "[ab 1(אבגשمرحبا,消é\u{301}👍]{0,30}", from in 0usize..10, to in 0usize..40) {
            let borders: Vec<usize> = text.grapheme_indices(true).map(|(at, _)| at).chain([text.len()]).collect();
            let (from, to) = (borders[from.min(borders.len() - 1)], borders[to.min(borders.len() - 1)]);
            let row = from.min(to)..from.max(to);
            let ordered = order(&text, row.clone());
            let mut ranges: Vec<Range<usize>> = ordered.glyphs.iter().map(|glyph| glyph.range.clone()).collect();
            ranges.sort_by_key(|range| range.start);
            let mut at = row.start;
            for range in ranges {
                prop_assert_eq!(range.start, at);
                at = range.end;
            }
            prop_assert!(at == row.end || row.is_empty());
            let width: usize = ordered.glyphs.iter().map(|glyph| crate::text::width(&glyph.shown)).sum();
            prop_assert_eq!(width, crate::text::width(&text[row]));
        }

        #[test]
        fn text_from_left_to_right_is_not_touched(text in "[a-z 0-9消é👍,.!]{0,40}") {
            prop_assert_eq!(visual(&text), text.as_str());
        }
    }
}
