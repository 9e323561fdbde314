//! Sequences that terminals draw differently: what this one can, and what stands in for what it cannot.
//! The stand-in is as wide as the sequence is counted, so nothing else on the screen moves.

use super::width;
use ratatui::buffer::Buffer;
use serde::{Deserialize, Serialize};

/// What a terminal draws as wide as it is counted. Until it was asked, nothing doubtful is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Glyphs {
    /// ❤️: a sign with the mark that makes it an emoji.
    pub(crate) signs: bool,
    /// 👨‍👩‍👧: several joined to one.
    pub(crate) joined: bool,
    /// 👍🏽
    pub(crate) skin_tones: bool,
    /// 🇩🇪
    pub(crate) flags: bool,
    /// 1️⃣
    pub(crate) keycaps: bool,
    /// Lines and dots such as │ · … take one column; terminals set up for Chinese, Japanese or Korean may take two.
    pub(crate) narrow_lines: bool,
}

impl Default for Glyphs {
    fn default() -> Self {
        Self { signs: false, joined: false, skin_tones: false, flags: false, keycaps: false, narrow_lines: true }
    }
}

/// One question to the terminal: what is drawn, and how wide it is when it can.
pub(crate) const PROBES: [(&str, u16); 6] =
    [("❤\u{fe0f}", 2), ("👨\u{200d}👩\u{200d}👧", 2), ("👍\u{1f3fd}", 2), ("🇩🇪", 2), ("1\u{fe0f}\u{20e3}", 2), ("│", 1)];

impl Glyphs {
    /// A terminal that draws all of it.
    pub(crate) const ALL: Self =
        Self { signs: true, joined: true, skin_tones: true, flags: true, keycaps: true, narrow_lines: true };

    /// From the columns that each of the probes took.
    pub(crate) fn measured(columns: &[u16; PROBES.len()]) -> Self {
        let [signs, joined, skin_tones, flags, keycaps, narrow_lines] = std::array::from_fn(|n| columns[n] == PROBES[n].1);
        Self { signs, joined, skin_tones, flags, keycaps, narrow_lines }
    }

    /// What is drawn in place of a grapheme; `None`: itself.
    pub(crate) fn stand_in(&self, grapheme: &str) -> Option<String> {
        let first = grapheme.chars().next().filter(|c| !c.is_ascii() || grapheme.len() > 1)?;
        if !self.narrow_lines
            && let Some(plain) = plain_line(first)
        {
            return Some(plain.to_string());
        }
        let is_flag = |c: char| matches!(c, '\u{1f1e6}'..='\u{1f1ff}');
        let mut shown = grapheme.to_owned();
        // A sign within a joined one takes the sign's mark along: without it the parts would stand beside each other.
        if grapheme.contains('\u{200d}') && (!self.joined || (!self.signs && grapheme.contains('\u{fe0f}'))) {
            shown = grapheme.split('\u{200d}').next().unwrap_or_default().to_owned();
        }
        if is_flag(first) {
            if self.flags && grapheme.chars().count() == 2 {
                return None;
            }
            shown = grapheme
                .chars()
                .filter(|c| is_flag(*c))
                .filter_map(|c| char::from_u32(c as u32 - 0x1f1e6 + u32::from('A')))
                .collect();
        } else if !self.flags && grapheme.chars().any(|c| matches!(c, '\u{e0020}'..='\u{e007f}')) {
            shown = first.to_string();
        }
        if !self.skin_tones {
            let bare: String = shown.chars().filter(|c| !matches!(c, '\u{1f3fb}'..='\u{1f3ff}')).collect();
            // A swatch of a skin tone by itself is one character and harmless.
            if !bare.is_empty() {
                shown = bare;
            }
        }
        if grapheme.contains('\u{20e3}') {
            if !self.keycaps {
                shown = first.to_string();
            }
        } else if !self.signs {
            shown.retain(|c| c != '\u{fe0f}');
        }
        if shown == grapheme {
            return None;
        }
        let (wanted, got) = (width(grapheme), width(&shown));
        match got <= wanted {
            true => shown.push_str(&" ".repeat(wanted - got)),
            false => shown = "?".repeat(wanted),
        }
        Some(shown)
    }

    /// Puts the stand-ins into what is about to be drawn.
    pub(crate) fn settle(&self, buffer: &mut Buffer) {
        if *self == Self::ALL {
            return;
        }
        for cell in &mut buffer.content {
            if cell.symbol().len() > 1
                && let Some(shown) = self.stand_in(cell.symbol())
            {
                cell.set_symbol(&shown);
            }
        }
    }
}

/// An ASCII sign for a line, a corner or a dot.
fn plain_line(c: char) -> Option<char> {
    Some(match c {
        '─' | '━' | '═' | '—' | '–' => '-',
        '│' | '┃' | '║' | '▏' | '▌' | '▎' | '▍' | '▐' => '|',
        '┼' | '├' | '┤' | '┬' | '┴' | '╭' | '╮' | '╰' | '╯' | '┌' | '┐' | '└' | '┘' | '╔' | '╗' | '╚' | '╝' => {
            '+'
        }
        '…' | '·' | '‥' => '.',
        '•' | '●' | '★' | '☆' | '■' | '▪' | '◆' | '○' => '*',
        '›' | '→' | '»' | '▸' | '▶' => '>',
        '‹' | '←' | '«' | '◂' | '◀' => '<',
        '✓' | '✔' => 'v',
        '✗' | '✘' | '×' => 'x',
        '↑' | '▲' => '^',
        '↓' | '▼' => 'v',
        '█' | '▓' | '▒' | '░' | '▇' | '▆' | '▅' | '▄' | '▃' | '▂' | '▁' => '#',
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;
    use unicode_segmentation::UnicodeSegmentation;

    #[rstest]
    #[case("❤️", "❤ ")]
    #[case("👨‍👩‍👧", "👨")]
    #[case("🏳️‍🌈", "🏳 ")]
    #[case("👍🏽", "👍")]
    #[case("🧑🏽‍🚀", "🧑")]
    #[case("🇩🇪", "DE")]
    #[case("1️⃣", "1 ")]
    #[case("🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴")]
    fn what_a_terminal_cannot_draw_has_a_stand_in_of_the_same_width(#[case] grapheme: &str, #[case] shown: &str) {
        assert_eq!(Glyphs::default().stand_in(grapheme).as_deref(), Some(shown));
        assert_eq!(width(shown), width(grapheme));
        assert_eq!(Glyphs::ALL.stand_in(grapheme), None);
    }

    #[rstest]
    #[case("a")]
    #[case("é")]
    #[case("消")]
    #[case("👍")]
    #[case("│")]
    fn what_every_terminal_draws_stays(#[case] grapheme: &str) {
        assert_eq!(Glyphs::default().stand_in(grapheme), None);
    }

    #[test]
    fn a_joined_sign_is_drawn_by_its_first_part_where_signs_are_not() {
        let glyphs = Glyphs { signs: false, ..Glyphs::ALL };
        assert_eq!(glyphs.stand_in("❤️‍🔥").as_deref(), Some("❤ "));
        assert_eq!(glyphs.stand_in("👩‍❤️‍👨").as_deref(), Some("👩"));
        assert_eq!(glyphs.stand_in("👨‍👩‍👧"), None);
    }

    #[test]
    fn wide_lines_are_drawn_in_ascii() {
        let glyphs = Glyphs { narrow_lines: false, ..Glyphs::ALL };
        assert_eq!(glyphs.stand_in("│").as_deref(), Some("|"));
        assert_eq!(glyphs.stand_in("消"), None);
    }

    #[test]
    fn each_probe_decides_its_own_kind() {
        assert_eq!(Glyphs::measured(&[2, 2, 2, 2, 2, 1]), Glyphs::ALL);
        let old = Glyphs::measured(&[1, 6, 4, 2, 1, 1]);
        assert_eq!(old, Glyphs { flags: true, ..Glyphs::default() });
        assert!(!Glyphs::measured(&[2, 2, 2, 2, 2, 2]).narrow_lines);
    }

    proptest! {
        #[test]
        fn a_stand_in_is_as_wide_and_needs_none_itself(text in "[a1#❤☺👨👩👍🏳🇩🇪🏴\u{fe0f}\u{200d}\u{1f3fd}\u{20e3}\u{e0067}\u{e007f}]{1,8}", bits in 0u8..32) {
            let glyphs = Glyphs { signs: bits & 1 > 0, joined: bits & 2 > 0, skin_tones: bits & 4 > 0, flags: bits & 8 > 0, keycaps: bits & 16 > 0, narrow_lines: true };
            for grapheme in text.graphemes(true) {
                if let Some(shown) = glyphs.stand_in(grapheme) {
                    prop_assert_eq!(width(&shown), width(grapheme), "{:?} for {:?}", shown, grapheme);
                }
            }
        }
    }
}
