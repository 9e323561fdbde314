//! Addresses that a terminal lets one click on (OSC 8). The cells of an address are written once more after the frame, between
//! the two halves of the sequence: cells and cursor end as they were, so the layout cannot move, whatever the terminal knows.

use crate::view::rich::LinkCells;
use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};
use std::fmt::Write;

/// Bytes of an address that terminals take; a longer one is opened by tern only.
const URL_BYTES: usize = 2000;

/// What is written after a frame. Empty when nothing on it opens an address.
pub(crate) fn paint(buffer: &Buffer, links: &[LinkCells]) -> String {
    let mut out = String::new();
    for link in links.iter().filter(|link| link.url.len() <= URL_BYTES && link.url.bytes().all(|byte| matches!(byte, b'!'..=b'~')))
    {
        if out.is_empty() {
            out.push_str("\x1b7");
        }
        let _ = write!(out, "\x1b[{};{}H\x1b]8;id={};{}\x1b\\", link.y + 1, link.x + 1, link.id, link.url);
        for x in link.x..link.x + link.width {
            let Some(cell) = buffer.cell((x, link.y)) else { break };
            // The second half of a wide character has nothing to write.
            if x > link.x && buffer.cell((x - 1, link.y)).is_some_and(|before| crate::text::width(before.symbol()) > 1) {
                continue;
            }
            out.push_str(&painted(cell));
        }
        out.push_str("\x1b]8;;\x1b\\");
    }
    if !out.is_empty() {
        out.push_str("\x1b[0m\x1b8");
    }
    out
}

/// A cell with its looks, wherever the cursor is.
pub(super) fn painted(cell: &Cell) -> String {
    let mut out = String::from("\x1b[0");
    modifiers(&mut out, cell.modifier);
    colour(&mut out, cell.fg, 38);
    colour(&mut out, cell.bg, 48);
    out.push('m');
    out.push_str(cell.symbol());
    out
}

fn modifiers(out: &mut String, modifier: Modifier) {
    const CODES: [(Modifier, u8); 7] = [
        (Modifier::BOLD, 1),
        (Modifier::DIM, 2),
        (Modifier::ITALIC, 3),
        (Modifier::UNDERLINED, 4),
        (Modifier::REVERSED, 7),
        (Modifier::HIDDEN, 8),
        (Modifier::CROSSED_OUT, 9),
    ];
    for (_, code) in CODES.iter().filter(|(flag, _)| modifier.contains(*flag)) {
        let _ = write!(out, ";{code}");
    }
}

/// `kind`: 38 the letters, 48 the ground.
fn colour(out: &mut String, colour: Color, kind: u8) {
    let number = match colour {
        Color::Reset => return,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
        Color::Indexed(number) => number,
        Color::Rgb(red, green, blue) => {
            let _ = write!(out, ";{kind};2;{red};{green};{blue}");
            return;
        }
    };
    let _ = write!(out, ";{kind};5;{number}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    fn cells(url: &str) -> LinkCells {
        LinkCells { x: 2, y: 1, width: 4, url: url.into(), id: 7 }
    }

    #[test]
    fn the_cells_of_an_address_are_written_once_more_in_place() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 10, 3));
        buffer.set_string(2, 1, "a消b", Style::new().fg(Color::Blue).add_modifier(Modifier::UNDERLINED));
        let out = paint(&buffer, &[cells("https://a.b/")]);
        let shown = "\x1b7\x1b[2;3H\x1b]8;id=7;https://a.b/\x1b\\\x1b[0;4;38;5;4ma\x1b[0;4;38;5;4m消\x1b[0;4;38;5;4mb\x1b]8;;\x1b\\\x1b[0m\x1b8";
        assert_eq!(out, shown);
        assert_eq!(paint(&buffer, &[]), "");
    }

    #[test]
    fn an_address_cannot_end_its_sequence() {
        let buffer = Buffer::empty(Rect::new(0, 0, 10, 3));
        for evil in ["https://a.b/\x1b\\\x1b]0;owned\x07", "https://a.b/ü", "https://a.b/ x", &"https://a.b/".repeat(300)] {
            assert_eq!(paint(&buffer, &[cells(evil)]), "", "{evil}");
        }
    }
}
