//! A live room: compact lines, the newest below, what matters set apart.

use super::layout::Areas;
use super::{columns, put, put_text};
use crate::state::State;
use crate::state::room::{Inside, LineKind, Office, Room, RoomLine, Sent};
use crate::text::{counted, wrap};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};
use ratatui::widgets::{Clear, Widget};

/// Rows of one message at most.
const ROWS: usize = 3;

/// What the header says of a room.
pub(super) fn facts(room: &Room, me: &str) -> Vec<String> {
    let mut facts = vec!["live".to_owned()];
    match &room.inside {
        Inside::In => {}
        Inside::Entering => facts.push("entering …".into()),
        Inside::Away => facts.push("away".into()),
        Inside::Out(why) => facts.push(format!("out: {why}")),
    }
    if let Some(online) = room.online {
        facts.push(format!("{} online", thousands(online)));
    }
    if room.per_second > crate::state::room::SHOWN_PER_SECOND {
        facts.push(format!("{}/s", room.per_second));
    }
    match room.office(me) {
        Some(Office::Owner) => facts.push("your room".into()),
        Some(Office::Admin) => facts.push("you are admin".into()),
        None => {}
    }
    facts
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Draws the room in the place of messages.
pub(super) fn draw(buffer: &mut Buffer, state: &State, room: &Room, areas: &Areas) {
    let area = areas.timeline;
    let theme = &state.settings.theme;
    let lines = in_sight(state, room, area);
    if lines.is_empty() {
        let text = match &room.inside {
            Inside::In => "You are in. What is said from now on passes by here; nothing of it is kept.",
            Inside::Out(_) => "You are not in this room any more.",
            _ => "Entering the room …",
        };
        let rows = wrap(text, usize::from(area.width.saturating_sub(4).max(1)));
        for (row, range) in rows.into_iter().enumerate() {
            put_text(
                buffer,
                area.x + 2,
                area.y + area.height / 2 + row as u16,
                text[range].trim_end(),
                area.width.saturating_sub(4),
                theme.dim,
            );
        }
        return;
    }
    let first = area.height.saturating_sub(lines.len() as u16);
    for (row, (no, line)) in lines.iter().enumerate() {
        let y = first + row as u16;
        if room.chosen.is_some() && room.chosen == *no {
            buffer.set_style(Rect::new(area.x, area.y + y, area.width, 1), theme.selected);
        }
        put(buffer, area, y, line);
    }
    if let Some((chip, text)) = chip(room, area) {
        Clear.render(chip, buffer);
        put_text(buffer, chip.x, chip.y, &text, chip.width, theme.badge);
    }
}

/// The place to click on to see the newest again.
fn chip(room: &Room, area: Rect) -> Option<(Rect, String)> {
    room.held?;
    let text = match room.below {
        0 => " paused, newest ↓ ".to_owned(),
        n => format!(" paused, {} new ↓ ", thousands(n)),
    };
    let wide = columns(&text).min(area.width);
    Some((Rect::new(area.right() - wide, area.bottom().saturating_sub(1), wide, 1), text))
}

/// Whether a click asks for the newest.
pub(crate) fn asks_newest(state: &State, at: Position) -> bool {
    let area = Areas::of(state).timeline;
    state.open_room().and_then(|room| chip(room, area)).is_some_and(|(chip, _)| chip.contains(at))
}

/// The number of the line under the pointer.
pub(crate) fn line_at(state: &State, at: Position) -> Option<u64> {
    let area = Areas::of(state).timeline;
    let rows = in_sight(state, state.open_room()?, area);
    let first = area.bottom().saturating_sub(rows.len() as u16);
    rows.get(usize::from(at.y.checked_sub(first)?))?.0
}

/// The rows that are in sight, from the top: each with the number of its line.
fn in_sight<'a>(state: &'a State, room: &'a Room, area: Rect) -> Vec<(Option<u64>, Line<'a>)> {
    let mut rows = Vec::new();
    let lowest = room.held.unwrap_or(u64::MAX);
    // What is chosen is in sight: the view goes up with it.
    let lowest = room.chosen.map_or(lowest, |chosen| lowest.min(chosen + u64::from(area.height / 2)));
    for line in room.lines().rev().filter(|line| line.no <= lowest) {
        for row in rows_of(state, line, area.width).into_iter().rev() {
            rows.push((Some(line.no), row));
        }
        if rows.len() >= usize::from(area.height) {
            break;
        }
    }
    rows.truncate(usize::from(area.height));
    rows.reverse();
    rows
}

fn rows_of<'a>(state: &'a State, line: &'a RoomLine, wide: u16) -> Vec<Line<'a>> {
    let theme = &state.settings.theme;
    let room = usize::from(wide.saturating_sub(3).max(1));
    match line.kind {
        LineKind::Hidden(count) => {
            let text = format!("  · {} not shown ·", counted(count, "message"));
            vec![Line::styled(text, theme.divider)]
        }
        LineKind::Tip => wrapped(&line.text, room, |text| Line::styled(format!("  {text}"), theme.tip)),
        LineKind::Said | LineKind::Important => {
            let name = match (line.mine, line.name.is_empty()) {
                (true, _) => "You",
                (_, true) => state.people.name(&line.user),
                _ => &line.name,
            };
            let important = line.kind == LineKind::Important;
            let (sign, style) = match (&line.sent, important) {
                (Sent::Waiting, _) => ("… ", theme.dim),
                (Sent::Failed(_), _) => ("✗ ", theme.bad),
                (_, true) => ("★ ", theme.accent),
                _ => ("  ", theme.text),
            };
            let name_style = if line.mine { theme.own_name } else { theme.name(&line.user) };
            // Who keeps order there is known by it.
            let office = state.open_room().and_then(|room| room.office(&line.user));
            let named = office.map(|office| format!("{name} ({})", office.word()));
            let name = named.as_deref().unwrap_or(name);
            said(name, &line.text, sign, room, style, name_style)
        }
    }
}

fn said<'a>(name: &str, text: &str, sign: &'static str, room: usize, style: Style, name_style: Style) -> Vec<Line<'a>> {
    let whole = format!("{name}: {text}");
    let mut rows = Vec::new();
    for (row, range) in wrap(&whole, room).into_iter().take(ROWS).enumerate() {
        let part = whole[range.clone()].trim_end();
        if row == 0 {
            let cut = (name.len() + 1).min(part.len());
            let spans = vec![
                Span::styled(sign, style),
                Span::styled(part[..cut].to_owned(), name_style),
                Span::styled(part[cut..].to_owned(), style),
            ];
            rows.push(Line::from(spans));
        } else {
            rows.push(Line::from(vec![Span::raw("  "), Span::styled(part.to_owned(), style)]));
        }
    }
    rows
}

fn wrapped<'a>(text: &str, room: usize, line: impl Fn(&str) -> Line<'a>) -> Vec<Line<'a>> {
    wrap(text, room).into_iter().take(ROWS).map(|range| line(text[range].trim_end())).collect()
}

#[cfg(test)]
mod tests;
