//! Text on a terminal: what may reach it, how wide it is, where it breaks, how it is cut; and in files of their own what a
//! message's text means (`rich`, `link`, `emoji`), how it is ordered (`bidi`) and what a terminal can draw (`glyph`).

pub(crate) mod bidi;
pub(crate) mod emoji;
pub(crate) mod glyph;
pub(crate) mod link;
pub(crate) mod rich;
pub(crate) mod words;

use std::borrow::Cow;
use std::ops::Range;
use unicode_segmentation::UnicodeSegmentation;
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns that a grapheme or a text takes, counted as the terminal library counts them.
pub(crate) fn width(text: &str) -> usize {
    text.graphemes(true).map(UnicodeWidthStr::width).sum()
}

/// True for what must never reach a terminal: controls, and marks that reorder or hide the text around them.
pub(crate) fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0001}')
}

/// Marks without a width of their own that may follow each other: more of them only paint over the lines around.
const MARKS_IN_A_ROW: usize = 16;

/// True when more marks are piled up on a character than any script needs.
fn is_piled_up(text: &str) -> bool {
    let mut row = 0;
    text.chars().any(|c| {
        row = if is_mark(c) { row + 1 } else { 0 };
        row > MARKS_IN_A_ROW
    })
}

fn is_mark(c: char) -> bool {
    c > '\u{2ff}' && c.width() == Some(0)
}

/// Text of several lines without anything that could drive the terminal; a tab becomes four blanks.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(|c| is_unsafe(c) && c != '\n') && !is_piled_up(text) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    let mut marks = 0;
    while let Some(c) = chars.next() {
        marks = if is_mark(c) { marks + 1 } else { 0 };
        match c {
            '\r' => {
                chars.next_if_eq(&'\n');
                out.push('\n');
            }
            '\n' | '\u{2028}' | '\u{2029}' => out.push('\n'),
            '\t' => out.push_str("    "),
            '\u{1b}' => out.push('␛'),
            c if is_unsafe(c) || marks > MARKS_IN_A_ROW => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Text for one line: cleaned, and every run of white space is one blank.
pub(crate) fn clean_line(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(256));
    for word in clean(text).split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// The text cut to `columns`, with an ellipsis when something was left out.
pub(crate) fn fit(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    if columns == 0 {
        return Cow::Borrowed("");
    }
    let mut used = 0;
    let mut end = 0;
    for (at, grapheme) in text.grapheme_indices(true) {
        let wide = grapheme.width();
        if used + wide > columns - 1 {
            break;
        }
        used += wide;
        end = at + grapheme.len();
    }
    Cow::Owned(format!("{}…", text[..end].trim_end()))
}

/// Marks that begin no row, and such that end none, beside characters that break anywhere.
const CLOSING: &str = ")]}>,.;:!?…%”’»、。，．：；！？）］｝〉》」』】〕〗・ー々％";
const OPENING: &str = "([{<“‘«（［｛〈《「『【〔〖";

/// Breaks a text into the rows of a column: words stay whole where they fit, wide characters may break anywhere but before a
/// closing mark and behind an opening one, blanks at a row's end hang over it. The rows together are the text, apart from its newlines; there is always at least one.
pub(crate) fn wrap(text: &str, columns: usize) -> Vec<Range<usize>> {
    let columns = columns.max(1);
    let mut rows = Vec::new();
    let mut line_start = 0;
    for line in text.split('\n') {
        wrap_line(line, line_start, columns, &mut rows);
        line_start += line.len() + 1;
    }
    rows
}

fn wrap_line(line: &str, offset: usize, columns: usize, rows: &mut Vec<Range<usize>>) {
    let (mut start, mut used) = (0, 0);
    // Where the row may end, and the columns used up to there.
    let mut may_break: Option<(usize, usize)> = None;
    let (mut after_wide, mut after_opening) = (false, false);
    for (at, grapheme) in line.grapheme_indices(true) {
        let wide = grapheme.width();
        let blank = grapheme == " ";
        if at > start && (wide > 1 || after_wide) && !after_opening && !CLOSING.contains(grapheme) {
            may_break = Some((at, used));
        }
        if used + wide > columns && !blank && at > start {
            let (end, before) = may_break.filter(|place| place.0 > start).unwrap_or((at, used));
            rows.push(offset + start..offset + end);
            start = end;
            used -= before;
            may_break = None;
        }
        used += wide;
        after_wide = wide > 1;
        after_opening = OPENING.contains(grapheme);
        if blank {
            may_break = Some((at + grapheme.len(), used));
        }
    }
    rows.push(offset + start..offset + line.len());
}

/// `1 member`, `12 members`.
pub(crate) fn counted(n: u64, word: &str) -> String {
    if n == 1 { format!("1 {word}") } else { format!("{n} {word}s") }
}

/// A size as a person reads it: `812 B`, `4.2 KB`, `28 MB`.
pub(crate) fn bytes(n: i64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if n < 1024 {
        return format!("{} B", n.max(0));
    }
    let mut value = n as f64 / 1024.0;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// A length of sound or video: `0:07`, `12:30`, `1:02:03`.
pub(crate) fn duration(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    #[rstest]
    #[case("plain", "plain")]
    #[case("a\x1b[31mred\x07", "a␛[31mred")]
    #[case("one\r\ntwo\rthree", "one\ntwo\nthree")]
    #[case("a\tb", "a    b")]
    #[case("\u{9b}31m\u{202e}evil", "31mevil")]
    #[case("👩‍👩‍👧 family", "👩‍👩‍👧 family")]
    #[case("\u{8}\u{7f}\u{85}\u{9d}8;;http://x\u{9c}", "8;;http://x")]
    #[case("\x1b]8;;http://x\x1b\\y", "␛]8;;http://x␛\\y")]
    #[case("\u{2066}a\u{2069}\u{61c}b\u{200f}\u{202b}c\u{2028}d\u{ad}", "abc\nd")]
    #[case("\u{feff}\u{2060}\u{206a}\u{fff9}x\u{180e}", "x")]
    #[case("می\u{200c}خواهم", "می\u{200c}خواهم")]
    fn nothing_that_drives_the_terminal_is_left(#[case] text: &str, #[case] clean_text: &str) {
        assert_eq!(clean(text), clean_text);
    }

    #[test]
    fn marks_that_paint_over_other_lines_are_cut() {
        let piled = format!("a{}b", "\u{301}".repeat(500));
        assert_eq!(clean(&piled), format!("a{}b", "\u{301}".repeat(MARKS_IN_A_ROW)));
        for good in ["e\u{301}\u{323}", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "ก็ที่สุด", "👨‍👩‍👧‍👦"] {
            assert_eq!(clean(good), good);
        }
    }

    #[rstest]
    #[case("hello", 5, "hello")]
    #[case("hello", 4, "hel…")]
    #[case("消息队列", 5, "消息…")]
    #[case("消息队列", 4, "消…")]
    #[case("ab", 1, "…")]
    #[case("ab", 0, "")]
    #[case("one two", 5, "one…")]
    fn a_cut_text_says_so(#[case] text: &str, #[case] columns: usize, #[case] shown: &str) {
        assert_eq!(fit(text, columns), shown);
    }

    fn rows(text: &str, columns: usize) -> Vec<&str> {
        wrap(text, columns).into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn words_stay_whole_and_wide_characters_break_anywhere() {
        assert_eq!(rows("the quick brown fox", 10), ["the quick ", "brown fox"]);
        assert_eq!(rows("a-very-long-word", 6), ["a-very", "-long-", "word"]);
        assert_eq!(rows("消息队列很快", 5), ["消息", "队列", "很快"]);
        assert_eq!(rows("see 消息队列", 8), ["see 消息", "队列"]);
        assert_eq!(rows("消息，队列", 4), ["消", "息，", "队列"]);
        assert_eq!(rows("消息「队列」", 6), ["消息", "「队", "列」"]);
        assert_eq!(rows("friends 🥾): hi", 10), ["friends ", "🥾): hi"]);
        assert_eq!(rows("！！！！！", 4), ["！！", "！！", "！"]);
        assert_eq!(rows("", 5), [""]);
        assert_eq!(rows("a\n\nb", 5), ["a", "", "b"]);
        assert_eq!(rows("abc   def", 4), ["abc   ", "def"]);
    }

    #[rstest]
    #[case(0, "0 B")]
    #[case(1023, "1023 B")]
    #[case(1024, "1.0 KB")]
    #[case(29_360_128, "28 MB")]
    fn sizes_read_well(#[case] n: i64, #[case] text: &str) {
        assert_eq!(bytes(n), text);
    }

    proptest! {
        #[test]
        fn wrapped_rows_are_the_text_and_fit(text in "[a-z 消息é👩‍👧🇩🇪\n-]{0,80}", columns in 1usize..20) {
            let ranges = wrap(&text, columns);
            let mut at = 0;
            for range in &ranges {
                prop_assert!(range.start == at || (range.start == at + 1 && text.as_bytes()[at] == b'\n'));
                let row = text[range.clone()].trim_end_matches(' ');
                prop_assert!(width(row) <= columns || row.graphemes(true).count() == 1, "{row:?}");
                at = range.end;
            }
            prop_assert_eq!(at, text.len());
        }

        #[test]
        fn a_fitted_text_fits(text in "\\PC{0,40}", columns in 0usize..30) {
            prop_assert!(width(&fit(&text, columns)) <= columns);
        }

        #[test]
        fn a_cleaned_text_holds_no_control(text in "[\\x00-\\x9f\u{202e}a消]{0,40}") {
            prop_assert!(clean(&text).chars().all(|c| c == '\n' || !is_unsafe(c)));
            prop_assert!(!clean_line(&text).contains('\n'));
        }
    }
}
