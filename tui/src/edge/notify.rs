//! What the terminal is told besides cells: bell, desktop notice, title. Made here so that no text can break out of them.

use crate::text::clean_line;

/// The bell.
pub(crate) const BELL: &str = "\x07";
/// Keeps the window's title on the terminal's stack, and brings it back.
pub(crate) const TITLE_PUSH: &str = "\x1b[22;0t";
pub(crate) const TITLE_POP: &str = "\x1b[23;0t";
/// Clicks and the wheel, with places beyond column 223; not the pointer's every move, which would wake the program for nothing.
pub(crate) const MOUSE_ON: &str = "\x1b[?1000h\x1b[?1006h";
pub(crate) const MOUSE_OFF: &str = "\x1b[?1006l\x1b[?1000l";
/// Alt with a letter comes as Escape and the letter, in terminals that would make another letter of it (xterm); and as it was.
pub(crate) const ALT_ESCAPES: &str = "\x1b[?1036;1039s\x1b[?1036;1039h";
pub(crate) const ALT_AS_BEFORE: &str = "\x1b[?1036;1039r";
/// Characters stay where they are put, in terminals that would order text from right to left themselves (ECMA-48, BDSM);
/// and as it was before.
pub(crate) const EXPLICIT_ORDER: &str = "\x1b[8l";
pub(crate) const IMPLICIT_ORDER: &str = "\x1b[8h";

/// A desktop notice (OSC 9): terminals that do not know it show nothing. A number in front would be another order there.
pub(crate) fn notice(title: &str, text: &str) -> String {
    let title = clean_line(title);
    let before = if title.starts_with(|c: char| c.is_ascii_digit()) { " " } else { "" };
    format!("\x1b]9;{before}{title}: {}\x1b\\", clean_line(text))
}

/// The window's title.
pub(crate) fn title(text: &str) -> String {
    format!("\x1b]2;{}\x1b\\", clean_line(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_cannot_end_its_sequence() {
        let evil = "x\x07\x1b\\\x1b]2;owned\u{9c}";
        let inside = notice("t", evil);
        let inside = inside.strip_prefix("\x1b]9;").unwrap().strip_suffix("\x1b\\").unwrap();
        assert!(inside.chars().all(|c| !c.is_control()), "{inside:?}");
        assert!(notice("4;1;50", "x").starts_with("\x1b]9; 4;1;50: x"), "no progress bar");
    }
}
