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
/// Characters stay where they are put, in terminals that would order text from right to left themselves (ECMA-48, BDSM);
/// and as it was before.
pub(crate) const EXPLICIT_ORDER: &str = "\x1b[8l";
pub(crate) const IMPLICIT_ORDER: &str = "\x1b[8h";

/// A desktop notice (OSC 9): terminals that do not know it show nothing.
pub(crate) fn notice(title: &str, text: &str) -> String {
    format!("\x1b]9;{}: {}\x1b\\", clean_line(title), clean_line(text))
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
    }
}
