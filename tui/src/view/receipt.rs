//! How far an own message has come, and who has read it.

use super::layout::{centred, window};
use super::modal::frame;
use super::{columns, put_text};
use crate::state::attached::Counts;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Delivery, Message};
use crate::state::readers::Readers;
use crate::state::{State, WAITING_SHOWN_MS};
use crate::text::{clean_line, counted, fit};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// The mark behind an own message, or its label where it asked who has read it (`contract/client-semantics.md` 5.2).
pub(crate) fn mark(state: &State, chat: &ChatId, message: &Message) -> Option<(String, Style)> {
    let theme = &state.settings.theme;
    if !message.mine {
        return None;
    }
    let mark = |text: &str, style: Style| Some((text.to_owned(), style));
    match &message.delivery {
        Delivery::Failed { .. } => mark("✗", theme.bad),
        Delivery::Waiting { since_ms } if since_ms + WAITING_SHOWN_MS <= state.now.wall_ms => mark("…", theme.warn),
        Delivery::Waiting { .. } => None,
        Delivery::Stored if !matches!(message.body, Body::Parts(_)) => None,
        Delivery::Stored if chat.is_group() => match message.attached.receipt.filter(|_| message.asks_receipt && state.receipts) {
            // Nobody else was in the group.
            Some(counts) if counts == Counts::default() => mark("✓", theme.mark),
            Some(counts) if counts.unread == 0 => mark("all read", theme.mark_read),
            Some(counts) if counts.read == 0 => mark("unread", theme.mark),
            Some(counts) => mark(&format!("{} read", counts.read), theme.mark_read),
            None => mark("✓", theme.mark),
        },
        Delivery::Stored if is_read(state, chat, message) => mark("✓✓", theme.mark_read),
        Delivery::Stored => mark("✓", theme.mark),
    }
}

/// The other side of a one-to-one conversation has read it.
fn is_read(state: &State, chat: &ChatId, message: &Message) -> bool {
    message.attached.receipt.is_some_and(|counts| counts.read > 0)
        || state.conversations.get(chat).is_some_and(|conversation| {
            message.place.is_some_and(|place| place <= conversation.peer_read_place)
                || message.time_s <= conversation.peer_read_time_s
        })
}

/// Where the read detail is.
pub(crate) fn readers_area(readers: &Readers, screen: Rect) -> Rect {
    let count = readers.list(true).users.len().max(readers.list(false).users.len());
    let most = screen.height.saturating_sub(2).max(8);
    centred(screen, 56, u16::try_from(count + 5).unwrap_or(u16::MAX).clamp(8, most))
}

/// Draws who has read a message, and who has not.
pub(crate) fn draw_readers(buffer: &mut Buffer, state: &State, readers: &Readers, area: Rect) {
    let theme = &state.settings.theme;
    let title = fit(&readers.title, usize::from(area.width.saturating_sub(6))).into_owned();
    let inside = frame(buffer, state, &title, area);
    if inside.height < 3 {
        return;
    }
    let message = state.timeline(&readers.chat).and_then(|timeline| timeline.at(readers.place));
    let ChatId::Group(_) = &readers.chat else {
        let read = message.is_some_and(|message| is_read(state, &readers.chat, message));
        let says = if read { "has read it" } else { "has not read it yet; the server has it" };
        let text = format!("{} {says}", state.name_of(&readers.chat));
        put_text(buffer, inside.x, inside.y + 1, &text, inside.width, if read { theme.good } else { theme.text });
        return;
    };
    let counts = message.and_then(|message| message.attached.receipt);
    let mut x = inside.x;
    for read in [true, false] {
        let known = readers.list(read).users.len() as u64;
        let count = counts.map_or(known, |counts| if read { counts.read } else { counts.unread }).max(known);
        let text = format!(" {} {count} ", if read { "Read" } else { "Unread" });
        let style = if read == readers.read_tab { theme.selected } else { theme.dim };
        put_text(buffer, x, inside.y, &text, inside.right().saturating_sub(x), style);
        x += columns(&text) + 1;
    }
    let list = readers.list(readers.read_tab);
    let room = Rect::new(inside.x, inside.y + 2, inside.width, inside.height.saturating_sub(2));
    if let Some(error) = &list.error {
        put_text(buffer, room.x, room.y, error, room.width, theme.bad);
        return;
    }
    if list.users.is_empty() {
        let text = match (list.busy, readers.read_tab) {
            (true, _) => "One moment …",
            (false, true) => "Nobody has read it yet",
            (false, false) => "Everybody has read it",
        };
        put_text(buffer, room.x, room.y, text, room.width, theme.dim);
        return;
    }
    let rows = usize::from(room.height);
    let first = window(list.users.len(), readers.chosen, rows);
    for (row, (index, user)) in list.users.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(room.x, room.y + row as u16, room.width, 1);
        let chosen = index == readers.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let name = clean_line(state.people.name(user));
        put_text(buffer, line.x + 1, line.y, &name, line.width.saturating_sub(2), if chosen { theme.selected } else { theme.text });
    }
    if first + rows < list.users.len() {
        let more = counted((list.users.len() - first - rows) as u64, "more name");
        put_text(
            buffer,
            area.right().saturating_sub(columns(&more) + 3),
            area.bottom() - 1,
            &format!(" {more} "),
            columns(&more) + 2,
            theme.dim,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open, screen};
    use super::*;
    use crate::event::{Answer, AttachedAnswer, Event, ReadersPage};
    use crate::state::attached::Annotation;
    use crate::state::fixture::{group_text, lively, now};
    use crate::update::update;
    use crossterm::event::{KeyCode, KeyModifiers};
    use tern_protocol::api::message::Message as WireMessage;

    fn asking(place: u64, ago_s: i64, text: &str) -> WireMessage {
        WireMessage { need_read_receipt: Some(1), ..group_text("me", "rust", place, ago_s, text) }
    }

    fn state() -> State {
        let mut state = lively();
        state.receipts = true;
        let long = "a text that fills its row to the end, so that";
        let messages = vec![
            asking(37, 3_640, "read by all"),
            asking(38, 3_630, "by some"),
            asking(39, 3_620, long),
            asking(40, 3_610, "by none"),
        ];
        open(&mut state, ChatId::group("rust"), messages);
        let timeline = state.open_timeline_mut().unwrap();
        for (place, read, unread) in [(37, 11, 0), (38, 3, 8), (39, 10, 1), (40, 0, 11)] {
            let counts = Annotation::Receipt(Counts { read, unread });
            timeline.change(place, |message| message.attached.apply(&counts));
        }
        state
    }

    #[test]
    fn a_label_says_how_many_have_read_it() {
        insta::assert_snapshot!(screen(&state()).backend());
    }

    #[test]
    fn without_the_setting_no_label_is_shown() {
        let mut state = state();
        state.receipts = false;
        let chat = ChatId::group("rust");
        let row = state.timeline(&chat).unwrap().at(38).unwrap();
        assert_eq!(mark(&state, &chat, row).unwrap().0, "✓");
    }

    #[test]
    fn the_read_detail_has_two_pages() {
        let mut state = state();
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Up, KeyCode::Char('I')] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        for (read, users) in [(true, vec!["bob", "li", "cy"]), (false, vec!["dan"])] {
            let users = users.into_iter().map(str::to_owned).collect();
            let page = ReadersPage { users, next: None };
            let answer = AttachedAnswer::Readers { group: "rust".into(), place: 38, read, result: Ok(page) };
            update(&mut state, Event::Answer(Answer::Attached(answer)), now());
        }
        insta::assert_snapshot!(screen(&state).backend());
    }
}
