//! Bytes of a terminal as events, for the moments in which its answers are among them. What it does not know it swallows:
//! no part of an answer ever becomes text.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

/// Bytes of a sequence, or of a paste, that may be open.
const OPEN_BYTES: usize = 1 << 20;

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Parsed {
    Event(Event),
    /// Where the cursor is, from 1.
    Cursor {
        row: u16,
        column: u16,
    },
    /// What the terminal is: its answer to the last question.
    Attributes {
        /// It draws pictures by sixels.
        sixel: bool,
    },
    /// Its name and version, as it writes them.
    Version(String),
}

/// Reads bytes as they come; a sequence may come in parts.
#[derive(Debug, Default)]
pub(crate) struct Parser {
    bytes: Vec<u8>,
}

/// What the first bytes are.
enum Head {
    /// So many bytes, and what they mean.
    Whole(usize, Option<Parsed>),
    /// More has to come.
    Part,
}

impl Parser {
    /// Nothing is open.
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Reads more bytes. A lone escape at their end is the key: the rest of a sequence comes with its start.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> Vec<Parsed> {
        self.bytes.extend_from_slice(bytes);
        let mut out = Vec::new();
        let mut at = 0;
        while at < self.bytes.len() {
            match head(&self.bytes[at..]) {
                Head::Whole(count, parsed) => {
                    at += count.max(1);
                    out.extend(parsed);
                }
                Head::Part => break,
            }
        }
        self.bytes.drain(..at);
        if self.bytes == [0x1b] {
            self.bytes.clear();
            out.push(key(KeyCode::Esc, KeyModifiers::NONE));
        }
        if self.bytes.len() > OPEN_BYTES {
            self.bytes.clear();
        }
        out
    }

    /// What is left open when nothing more comes: a paste without an end is a paste; anything else is swallowed.
    pub(crate) fn rest(self) -> Option<Event> {
        let pasted = self.bytes.strip_prefix(PASTE_START)?;
        Some(Event::Paste(String::from_utf8_lossy(pasted).into_owned()))
    }
}

/// The attribute of terminals that draw pictures by sixels.
const SIXEL: u16 = 4;
/// How the answer to the question for a version begins.
const VERSION: &[u8] = b">|";
const PASTE_START: &[u8] = b"\x1b[200~";
const PASTE_END: &[u8] = b"\x1b[201~";

fn key(code: KeyCode, held: KeyModifiers) -> Parsed {
    Parsed::Event(Event::Key(KeyEvent::new(code, held)))
}

fn head(bytes: &[u8]) -> Head {
    match bytes {
        [0x1b, b'[', rest @ ..] => csi(bytes, rest),
        [0x1b, b'O'] => Head::Part,
        [0x1b, b'O', end, ..] => Head::Whole(3, arrow(*end, KeyModifiers::NONE)),
        // Strings of the terminal (DCS, OSC, APC, PM) up to their end.
        [0x1b, start @ (b'P' | b']' | b'_' | b'^'), rest @ ..] => match string_end(rest) {
            Some(end) => {
                let version = rest[..end].strip_prefix(VERSION).filter(|_| *start == b'P');
                let text = version.map(|text| String::from_utf8_lossy(text).trim_end_matches(['\u{1b}', '\\', '\u{7}']).to_owned());
                Head::Whole(2 + end, text.map(Parsed::Version))
            }
            None => Head::Part,
        },
        [0x1b, 0x1b, ..] => Head::Whole(1, Some(key(KeyCode::Esc, KeyModifiers::NONE))),
        [0x1b, rest @ ..] if !rest.is_empty() => match head(rest) {
            Head::Whole(count, Some(Parsed::Event(Event::Key(event)))) => {
                Head::Whole(count + 1, Some(key(event.code, event.modifiers | KeyModifiers::ALT)))
            }
            Head::Whole(count, _) => Head::Whole(count + 1, None),
            Head::Part => Head::Part,
        },
        [0x1b] => Head::Part,
        [byte, ..] if *byte < 0x20 || *byte == 0x7f => Head::Whole(1, Some(control(*byte))),
        _ => character(bytes),
    }
}

fn string_end(rest: &[u8]) -> Option<usize> {
    rest.iter().enumerate().find_map(|(at, byte)| match byte {
        0x07 => Some(at + 1),
        0x1b if rest.get(at + 1) == Some(&b'\\') => Some(at + 2),
        _ => None,
    })
}

fn control(byte: u8) -> Parsed {
    match byte {
        b'\r' => key(KeyCode::Enter, KeyModifiers::NONE),
        b'\t' => key(KeyCode::Tab, KeyModifiers::NONE),
        0x7f => key(KeyCode::Backspace, KeyModifiers::NONE),
        0 => key(KeyCode::Char(' '), KeyModifiers::CONTROL),
        1..=26 => key(KeyCode::Char(char::from(byte - 1 + b'a')), KeyModifiers::CONTROL),
        _ => key(KeyCode::Char(char::from(byte - 0x1c + b'4')), KeyModifiers::CONTROL),
    }
}

fn character(bytes: &[u8]) -> Head {
    let wanted = match bytes[0] {
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf7 => 4,
        _ => 1,
    };
    let whole = bytes.get(..wanted).unwrap_or(bytes);
    match std::str::from_utf8(whole) {
        Ok(text) => Head::Whole(wanted, text.chars().next().map(typed)),
        Err(error) if error.error_len().is_none() && bytes.len() < wanted => Head::Part,
        Err(_) => Head::Whole(1, None),
    }
}

fn typed(c: char) -> Parsed {
    key(KeyCode::Char(c), if c.is_uppercase() { KeyModifiers::SHIFT } else { KeyModifiers::NONE })
}

/// `ESC [`, numbers, and a letter.
fn csi(bytes: &[u8], rest: &[u8]) -> Head {
    if bytes.starts_with(PASTE_START) {
        let inside = &bytes[PASTE_START.len()..];
        return match inside.windows(PASTE_END.len()).position(|window| window == PASTE_END) {
            Some(end) => {
                let text = String::from_utf8_lossy(&inside[..end]).into_owned();
                Head::Whole(PASTE_START.len() + end + PASTE_END.len(), Some(Parsed::Event(Event::Paste(text))))
            }
            None => Head::Part,
        };
    }
    // The Linux console's function keys.
    if let [b'[', rest @ ..] = rest {
        return match rest {
            [letter @ b'A'..=b'E', ..] => Head::Whole(4, Some(key(KeyCode::F(letter - b'A' + 1), KeyModifiers::NONE))),
            [_, ..] => Head::Whole(4, None),
            [] => Head::Part,
        };
    }
    let Some(end) = rest.iter().position(|byte| (0x40..=0x7e).contains(byte)) else {
        return if rest.iter().all(|byte| (0x20..0x40).contains(byte)) { Head::Part } else { Head::Whole(2, None) };
    };
    let count = 2 + end + 1;
    let private = rest.first().copied().filter(|byte| matches!(byte, b'<' | b'=' | b'>' | b'?'));
    let parameters = std::str::from_utf8(&rest[usize::from(private.is_some())..end]).unwrap_or_default();
    let numbers: Vec<u16> = parameters.split([';', ':']).map(|number| number.parse().unwrap_or(0)).collect();
    Head::Whole(count, meaning(private, &numbers, rest[end]))
}

fn meaning(private: Option<u8>, numbers: &[u16], end: u8) -> Option<Parsed> {
    let held = numbers.get(1).map_or(KeyModifiers::NONE, |number| modifiers(*number));
    match (private, end) {
        // The first number is its class.
        (Some(b'?'), b'c') => Some(Parsed::Attributes { sixel: numbers.iter().skip(1).any(|number| *number == SIXEL) }),
        (Some(b'<'), b'M' | b'm') => mouse(numbers, end == b'M'),
        (Some(_), _) => None,
        // With one of the first numbers 1 it could be F3 with a modifier; nobody presses that in the first second.
        (None, b'R') if numbers.len() == 2 => Some(Parsed::Cursor { row: numbers[0], column: numbers[1] }),
        (None, b'I') => Some(Parsed::Event(Event::FocusGained)),
        (None, b'O') => Some(Parsed::Event(Event::FocusLost)),
        (None, b'Z') => Some(key(KeyCode::BackTab, KeyModifiers::SHIFT)),
        (None, b'~') => tilde(numbers.first().copied().unwrap_or(0)).map(|code| key(code, held)),
        (None, end) => arrow(end, held),
    }
}

fn arrow(end: u8, held: KeyModifiers) -> Option<Parsed> {
    let code = match end {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'H' => KeyCode::Home,
        b'F' => KeyCode::End,
        b'P'..=b'S' => KeyCode::F(end - b'P' + 1),
        b'M' => KeyCode::Enter,
        _ => return None,
    };
    Some(key(code, held))
}

fn tilde(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F((number - 10) as u8),
        17..=21 => KeyCode::F((number - 11) as u8),
        23..=26 => KeyCode::F((number - 12) as u8),
        _ => return None,
    })
}

/// A terminal counts what is held from 1: 1 shift, 2 alt, 4 control.
fn modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)] {
        if bits & bit != 0 {
            held |= modifier;
        }
    }
    held
}

fn mouse(numbers: &[u16], down: bool) -> Option<Parsed> {
    let [button, column, row] = numbers else { return None };
    let pressed = match button & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (button & 0x40 != 0, button & 3, down) {
        (true, 0, _) => MouseEventKind::ScrollUp,
        (true, 1, _) => MouseEventKind::ScrollDown,
        (true, ..) => return None,
        (false, _, true) if button & 0x20 != 0 => MouseEventKind::Drag(pressed),
        (false, _, true) => MouseEventKind::Down(pressed),
        (false, ..) => MouseEventKind::Up(pressed),
    };
    let mut held = KeyModifiers::NONE;
    for (bit, modifier) in [(4, KeyModifiers::SHIFT), (8, KeyModifiers::ALT), (16, KeyModifiers::CONTROL)] {
        if button & bit != 0 {
            held |= modifier;
        }
    }
    let event = MouseEvent { kind, column: column.saturating_sub(1), row: row.saturating_sub(1), modifiers: held };
    Some(Parsed::Event(Event::Mouse(event)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rstest::rstest;

    fn parsed(bytes: &[u8]) -> Vec<Parsed> {
        Parser::default().take(bytes)
    }

    #[rstest]
    #[case(b"a", KeyCode::Char('a'), KeyModifiers::NONE)]
    #[case(b"A", KeyCode::Char('A'), KeyModifiers::SHIFT)]
    #[case("消".as_bytes(), KeyCode::Char('消'), KeyModifiers::NONE)]
    #[case(b"\r", KeyCode::Enter, KeyModifiers::NONE)]
    #[case(b"\n", KeyCode::Char('j'), KeyModifiers::CONTROL)]
    #[case(b"\x0b", KeyCode::Char('k'), KeyModifiers::CONTROL)]
    #[case(b"\x1f", KeyCode::Char('7'), KeyModifiers::CONTROL)]
    #[case(b"\x7f", KeyCode::Backspace, KeyModifiers::NONE)]
    #[case(b"\x1b", KeyCode::Esc, KeyModifiers::NONE)]
    #[case(b"\x1bx", KeyCode::Char('x'), KeyModifiers::ALT)]
    #[case(b"\x1b\r", KeyCode::Enter, KeyModifiers::ALT)]
    #[case(b"\x1b[A", KeyCode::Up, KeyModifiers::NONE)]
    #[case(b"\x1bOB", KeyCode::Down, KeyModifiers::NONE)]
    #[case(b"\x1b[1;5C", KeyCode::Right, KeyModifiers::CONTROL)]
    #[case(b"\x1b[Z", KeyCode::BackTab, KeyModifiers::SHIFT)]
    #[case(b"\x1b[5~", KeyCode::PageUp, KeyModifiers::NONE)]
    #[case(b"\x1b[3;5~", KeyCode::Delete, KeyModifiers::CONTROL)]
    #[case(b"\x1bOP", KeyCode::F(1), KeyModifiers::NONE)]
    #[case(b"\x1b[15~", KeyCode::F(5), KeyModifiers::NONE)]
    #[case(b"\x1b[24~", KeyCode::F(12), KeyModifiers::NONE)]
    #[case(b"\x1b[[B", KeyCode::F(2), KeyModifiers::NONE)]
    fn keys_are_read(#[case] bytes: &[u8], #[case] code: KeyCode, #[case] held: KeyModifiers) {
        assert_eq!(parsed(bytes), [key(code, held)]);
    }

    #[test]
    fn answers_are_told_from_keys_and_never_typed() {
        let bytes = b"h\x1b[24;3Ri\x1b[?62;4c\x1bP>|term 1.0\x1b\\\x1b_Gi=31;OK\x1b\\\x1b]11;rgb:0/0/0\x07\x1b[6;20;10t!";
        let cursor = Parsed::Cursor { row: 24, column: 3 };
        assert_eq!(
            parsed(bytes),
            [typed('h'), cursor, typed('i'), Parsed::Attributes { sixel: true }, Parsed::Version("term 1.0".into()), typed('!')]
        );
    }

    #[test]
    fn a_sequence_may_come_in_parts() {
        let mut parser = Parser::default();
        assert_eq!(parser.take(b"\x1b[2"), []);
        assert_eq!(parser.take(b"4;3"), []);
        assert_eq!(parser.take(b"R"), [Parsed::Cursor { row: 24, column: 3 }]);
        assert_eq!(parser.take(&"消".as_bytes()[..2]), []);
        assert_eq!(parser.take(&"消".as_bytes()[2..]), [typed('消')]);
        assert!(parser.is_empty());
    }

    #[test]
    fn a_paste_is_one_event_with_its_escapes_inside() {
        let mut parser = Parser::default();
        assert_eq!(parser.take(b"\x1b[200~one\r\x1b[A"), []);
        assert_eq!(parser.take(b" two\x1b[201~x"), [Parsed::Event(Event::Paste("one\r\x1b[A two".into())), typed('x')]);
        let mut parser = Parser::default();
        parser.take(b"\x1b[200~no end");
        assert_eq!(parser.rest(), Some(Event::Paste("no end".into())));
    }

    #[test]
    fn clicks_and_the_wheel_are_read() {
        let event = |bytes| match parsed(bytes).as_slice() {
            [Parsed::Event(Event::Mouse(event))] => *event,
            other => panic!("{other:?}"),
        };
        assert_eq!((event(b"\x1b[<0;3;5M").kind, event(b"\x1b[<0;3;5M").column), (MouseEventKind::Down(MouseButton::Left), 2));
        assert_eq!(event(b"\x1b[<2;3;5M").kind, MouseEventKind::Down(MouseButton::Right));
        assert_eq!(event(b"\x1b[<65;1;1M").kind, MouseEventKind::ScrollDown);
        assert_eq!(event(b"\x1b[<0;3;5m").kind, MouseEventKind::Up(MouseButton::Left));
    }

    proptest! {
        #[test]
        fn no_bytes_upset_it(chunks in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..12), 0..20)) {
            let mut parser = Parser::default();
            for chunk in chunks {
                for parsed in parser.take(&chunk) {
                    if let Parsed::Event(Event::Key(event)) = parsed && let KeyCode::Char(c) = event.code {
                        let allowed = !c.is_control() || ('\u{80}'..='\u{9f}').contains(&c);
                        prop_assert!(allowed);
                    }
                }
            }
        }

        #[test]
        fn text_is_read_however_it_is_cut(text in "[a-zA-Z0-9 消é👍]{0,20}", cut in 1usize..6) {
            let mut parser = Parser::default();
            let parsed: Vec<Parsed> = text.as_bytes().chunks(cut).flat_map(|chunk| parser.take(chunk)).collect();
            prop_assert_eq!(parsed, text.chars().map(typed).collect::<Vec<_>>());
        }
    }
}
