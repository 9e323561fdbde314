//! Pinned messages: the banner at the top of a group's messages, and their list.

use super::layout::{Areas, centred, window};
use super::modal::frame;
use super::{columns, put_text, time};
use crate::state::State;
use crate::state::pins::{Pin, PinList};
use crate::text::{clean_line, fit};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

fn sender(state: &State, pin: &Pin) -> String {
    if pin.sender == state.me.user {
        "You".into()
    } else if pin.sender_name.is_empty() {
        clean_line(state.people.name(&pin.sender))
    } else {
        pin.sender_name.clone()
    }
}

/// The newest pinned message, and how many there are.
pub(crate) fn draw_banner(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let area = areas.banner;
    let Some(pins) = state.open_timeline().map(|timeline| timeline.pins.list()).filter(|_| !area.is_empty()) else { return };
    let Some(newest) = pins.first() else { return };
    let theme = &state.settings.theme;
    let count = if pins.len() > 1 { format!("{} pinned", pins.len()) } else { String::new() };
    let count_x = area.right().saturating_sub(columns(&count) + 1);
    put_text(buffer, area.x + 1, area.y, "⚑", 1, theme.accent);
    let text = format!("{}: {}", sender(state, newest), newest.text);
    put_text(buffer, area.x + 3, area.y, &text, count_x.saturating_sub(area.x + 5), theme.quote);
    put_text(buffer, count_x, area.y, &count, columns(&count), theme.dim);
}

/// Where the list of pinned messages is.
pub(crate) fn list_area(state: &State, screen: Rect) -> Rect {
    let count = state.open_timeline().map_or(0, |timeline| timeline.pins.list().len()) as u16;
    centred(screen, screen.width.saturating_sub(8).min(90), (count * 2 + 4).clamp(6, screen.height.max(6)))
}

fn rows(area: Rect) -> Rect {
    Rect::new(area.x + 2, area.y + 1, area.width.saturating_sub(4), area.height.saturating_sub(3))
}

/// The pin under the pointer.
pub(crate) fn pin_at(state: &State, list: &PinList, area: Rect, at: Position) -> Option<usize> {
    let room = rows(area);
    let count = state.open_timeline().map_or(0, |timeline| timeline.pins.list().len());
    let index = window(count, list.chosen, usize::from(room.height / 2)) + usize::from(at.y.checked_sub(room.y)? / 2);
    (room.contains(at) && index < count).then_some(index)
}

/// Draws the pinned messages with who pinned them.
pub(crate) fn draw_list(buffer: &mut Buffer, state: &State, list: &PinList, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, "Pinned messages", area);
    let Some(pins) = state.timeline(&list.chat).map(|timeline| timeline.pins.list()).filter(|_| inside.height > 2) else { return };
    if pins.is_empty() {
        put_text(buffer, inside.x, inside.y, "Nothing is pinned any more", inside.width, theme.dim);
    }
    let room = rows(area);
    let shown = usize::from(room.height / 2);
    let first = window(pins.len(), list.chosen, shown);
    for (row, (index, pin)) in pins.iter().enumerate().skip(first).take(shown).enumerate() {
        let line = Rect::new(room.x, room.y + 2 * row as u16, room.width, 2);
        let chosen = index == list.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let plain = |style| if chosen { theme.selected } else { style };
        let name = fit(&sender(state, pin), 20).into_owned();
        put_text(buffer, line.x + 1, line.y, &name, line.width.saturating_sub(2), plain(theme.name(&pin.sender)));
        let x = line.x + 3 + columns(&name);
        put_text(buffer, x, line.y, &pin.text, line.right().saturating_sub(x + 1), plain(theme.text));
        let who = if pin.pinner == state.me.user { "you".to_owned() } else { clean_line(state.people.name(&pin.pinner)) };
        let when = time::short(pin.time_s, state.now.seconds(), &state.settings.zone);
        put_text(
            buffer,
            line.x + 3,
            line.y + 1,
            &format!("pinned by {who} · {when}"),
            line.width.saturating_sub(4),
            plain(theme.dim),
        );
    }
    let may = crate::update::may_pin(state, &list.chat);
    let keys = if may { "Enter goes to it   d lets it go" } else { "Enter goes to it" };
    put_text(buffer, inside.x, inside.bottom() - 1, keys, inside.width, theme.dim);
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open, screen};
    use super::*;
    use crate::event::{Answer, AttachedAnswer, Event, Muted};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{NOW_S, group_text, lively, now};
    use crate::update::update;
    use crossterm::event::{KeyCode, KeyModifiers};
    use tern_protocol::api::annotation::Pin as WirePin;

    fn state() -> State {
        let mut state = lively();
        open(&mut state, ChatId::group("rust"), vec![group_text("li", "rust", 40, 3_600, "read chapter 4 until Monday")]);
        let pin = |place: u64, from: &str, words: &str, pinner: &str| WirePin {
            message: group_text(from, "rust", place, 9_000, words),
            pinner: pinner.into(),
            time: NOW_S - 600,
        };
        let pins = vec![
            pin(40, "li", "read chapter 4 until Monday", "me"),
            pin(7, "bob", "the rules of this group: be kind, and 读 the book", "li"),
        ];
        let answer = AttachedAnswer::Pins { group: "rust".into(), result: Ok(pins) };
        update(&mut state, Event::Answer(Answer::Attached(answer)), now());
        state
    }

    #[test]
    fn the_newest_pin_stands_above_the_messages_and_a_mute_in_the_input() {
        let mut state = state();
        let muted = Muted { until_s: NOW_S + 3_600, all: false };
        let answer = AttachedAnswer::Muted { group: "rust".into(), result: Ok(muted) };
        update(&mut state, Event::Answer(Answer::Attached(answer)), now());
        insta::assert_snapshot!(screen(&state).backend());
    }

    #[test]
    fn the_pinned_messages_are_listed_with_who_pinned_them() {
        let mut state = state();
        key(&mut state, KeyCode::Char('p'), KeyModifiers::ALT);
        insta::assert_snapshot!(screen(&state).backend());
    }
}
