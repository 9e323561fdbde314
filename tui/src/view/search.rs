//! The search page.

use super::layout::window;
use super::modal::{draw_field, frame};
use super::{columns, put_text, time};
use crate::state::State;
use crate::state::modal::Field;
use crate::state::search::{Hit, Row, Search, Section};
use crate::text::words::marked;
use crate::text::{counted, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;
use unicode_segmentation::UnicodeSegmentation;

/// Size of the page.
pub(crate) fn size(screen: Rect) -> (u16, u16) {
    (screen.width.saturating_sub(4).min(100), screen.height.saturating_sub(2).min(36))
}

/// Where the rows stand inside the box.
pub(crate) fn list(inside: Rect) -> Rect {
    Rect::new(inside.x, inside.y + 3, inside.width, inside.height.saturating_sub(3))
}

/// Draws the page; returns the caret's place.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, search: &Search, area: Rect) -> Option<Position> {
    let theme = &state.settings.theme;
    let title = match (search.levels.last(), &search.only) {
        (_, Some(chat)) => format!("Search in {}", state.name_of(chat)),
        (Some(Section::Chat(chat)), _) => format!("Search · {}", state.name_of(chat)),
        (Some(Section::People), _) => "Search · Contacts".into(),
        (Some(Section::Groups), _) => "Search · Group Chats".into(),
        (Some(Section::Members), _) => "Search · Group Members".into(),
        (Some(Section::History), _) => "Search · Chat History".into(),
        (None, _) => "Search".into(),
    };
    let inside = frame(buffer, state, &title, area);
    if inside.height < 5 {
        return None;
    }
    put_text(buffer, inside.x, inside.y, "›", 1, theme.marker);
    let field =
        Field { editor: search.editor.clone(), ..Field::text("", "words, from:NAME type:image after:2026-11-01 before:…", "") };
    let column = draw_field(buffer, state, &field, inside.x + 2, inside.y, inside.width.saturating_sub(2));
    tabs(buffer, state, search, inside);
    let list = list(inside);
    let rows = search.rows();
    if rows.is_empty() {
        let (text, style) = empty(search);
        put_text(buffer, list.x, list.y, &text, list.width, if style { theme.bad } else { theme.dim });
    }
    let height = usize::from(list.height);
    for (line, (index, row)) in rows.iter().enumerate().skip(window(rows.len(), search.chosen, height)).take(height).enumerate() {
        let area = Rect::new(list.x, list.y + line as u16, list.width, 1);
        draw_row(buffer, state, search, row, index == search.chosen, area);
    }
    Some(Position::new(inside.x + 2 + column, inside.y))
}

fn tabs(buffer: &mut Buffer, state: &State, search: &Search, inside: Rect) {
    let theme = &state.settings.theme;
    let mut x = inside.x;
    for (word, on) in [("Here", !search.cloud), ("Server", search.cloud)] {
        put_text(buffer, x, inside.y + 1, word, 8, if on { theme.accent } else { theme.dim });
        x += columns(word) + 2;
    }
    put_text(buffer, x, inside.y + 1, "Tab", 3, theme.key);
    let told = match search.levels.last() {
        Some(Section::Chat(_)) if search.messages.total > 0 => counted(search.messages.total, "message"),
        None | Some(Section::History) if search.history.total > 0 => {
            format!("messages in {}", counted(search.history.total, "conversation"))
        }
        _ => String::new(),
    };
    let told = if search.awaited > 0 { "searching …".to_owned() } else { told };
    put_text(buffer, inside.right().saturating_sub(columns(&told)), inside.y + 1, &told, columns(&told), theme.dim);
}

/// What an empty page says, and whether something is wrong.
fn empty(search: &Search) -> (String, bool) {
    if let Some(error) = &search.error {
        return (error.clone(), true);
    }
    let typed = search.editor.text().trim();
    let text = if typed.is_empty() {
        "Words are found by their beginnings, 两个字 anywhere. Filters: from:NAME type:file on:2026-11-24"
    } else if search.cloud && search.asked != search.editor.text() {
        "Enter searches at the server"
    } else if search.awaited > 0 {
        ""
    } else if search.only.is_some() {
        "No messages found"
    } else {
        "No conversations, contacts, or messages found"
    };
    (text.into(), false)
}

fn draw_row(buffer: &mut Buffer, state: &State, search: &Search, row: &Row, chosen: bool, area: Rect) {
    let theme = &state.settings.theme;
    if chosen {
        buffer.set_style(area, theme.selected);
    }
    let plain = |style: Style| if chosen { theme.selected } else { style };
    let words = &search.query.words;
    match row {
        Row::Heading(text) => put_text(buffer, area.x, area.y, text, area.width, theme.title),
        Row::More(section) => {
            let total = match section {
                Section::People => search.people.total,
                Section::Groups => search.groups.total,
                Section::History => search.history.total,
                Section::Members | Section::Chat(_) => 0,
            };
            let text = if total > 0 { format!("More ({total})") } else { "More".to_owned() };
            put_text(buffer, area.x + 2, area.y, &text, area.width.saturating_sub(2), plain(theme.link));
        }
        Row::Hit(hit) => {
            let (name, text, right) = parts(state, hit);
            let right_x = area.right().saturating_sub(columns(&right) + 1);
            put_text(buffer, right_x, area.y, &right, columns(&right), plain(theme.dim));
            let room = right_x.saturating_sub(area.x + 3);
            let name_columns = columns(&name).min(room.min(if text.is_empty() { room } else { 24 }));
            marked_text(buffer, (area.x + 2, area.y), &name, name_columns, words, (plain(theme.text), plain(theme.accent)));
            let x = area.x + 2 + name_columns + 2;
            let room = right_x.saturating_sub(x + 1);
            marked_text(buffer, (x, area.y), &text, room, words, (plain(theme.dim), plain(theme.accent)));
        }
    }
}

/// Name, text and what stands at the right end.
fn parts(state: &State, hit: &Hit) -> (String, String, String) {
    let when = |time_s: i64| time::short(time_s, state.now.seconds(), &state.settings.zone);
    match hit {
        Hit::Person { name, why, .. } => (name.clone(), if why == name { String::new() } else { why.clone() }, String::new()),
        Hit::Group { name, why, .. } => (format!("# {name}"), why.clone(), String::new()),
        Hit::Chat { chat, name, count, text, time_s, .. } => {
            let sign = if chat.is_group() { "# " } else { "" };
            let text = if text.is_empty() { format!("{count} message(s)") } else { text.clone() };
            (format!("{sign}{name}"), text, when(*time_s))
        }
        Hit::Message { sender, text, time_s, .. } => (sender.clone(), text.clone(), when(*time_s)),
    }
}

/// A text with the words looked for set apart; it begins near the first of them where the room is short.
fn marked_text(buffer: &mut Buffer, at: (u16, u16), text: &str, room: u16, words: &str, (plain, hit): (Style, Style)) {
    let ranges = marked(text, words);
    let mut from = 0;
    if let Some(first) = ranges.first().filter(|_| columns(text) > room) {
        // A third of the room for what stands before.
        let before = usize::from(room / 3);
        let mut wide = 0;
        from = first.start;
        for (start, grapheme) in text[..first.start].grapheme_indices(true).rev() {
            wide += width(grapheme);
            if wide > before {
                break;
            }
            from = start;
        }
    }
    let (mut x, y) = at;
    let end = at.0 + room;
    if from > 0 {
        put_text(buffer, x, y, "…", 1, plain);
        x += 1;
    }
    let mut put = |part: &str, style: Style| {
        if x < end && !part.is_empty() {
            put_text(buffer, x, y, part, end - x, style);
            x = x.saturating_add(columns(part));
        }
    };
    let mut done = from;
    for range in ranges.iter().filter(|range| range.start >= from) {
        put(&text[done..range.start], plain);
        put(&text[range.clone()], hit);
        done = range.end;
    }
    put(&text[done..], plain);
}
