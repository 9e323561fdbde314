//! Tabs and list: chats, contacts, groups.

use super::layout::{Areas, row_height, window};
use super::{columns, put_text, time};
use crate::state::conversation::{ChatId, Conversation, Receive, mark};
use crate::state::filter::Filter;
use crate::state::live::Presence;
use crate::state::{Focus, State, Tab, composer::Outgoing};
use crate::text::{clean_line, counted, fit, width};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};
use ratatui::style::Style;

/// Draws tabs and list.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    if areas.list.width == 0 {
        return;
    }
    let theme = &state.settings.theme;
    for (tab, area, text) in tabs(state, areas.tabs) {
        let style = if tab == state.tab { theme.accent.patch(theme.title) } else { theme.dim };
        put_text(buffer, area.x, area.y, &text, area.width, style);
    }
    for (filter, area, text) in filters(state, areas.filters) {
        let style = if filter == state.filter { theme.accent.patch(theme.title) } else { theme.dim };
        put_text(buffer, area.x, area.y, &text, area.width, style);
    }
    let entries = state.entries();
    if entries.is_empty() {
        empty(buffer, state, areas.list);
        return;
    }
    let rows = areas.list_rows();
    let chosen = state.chosen_index(&entries);
    let height = row_height(state.tab);
    for (row, (index, chat)) in entries.iter().enumerate().skip(window(entries.len(), chosen, rows)).take(rows).enumerate() {
        let area = Rect::new(areas.list.x, areas.list.y + row as u16 * height, areas.list.width, height);
        entry(buffer, state, area, chat, index == chosen && state.focus == Focus::List);
    }
}

/// The tabs with their places; chats tell how many messages are unread, groups how many requests wait.
fn tabs(state: &State, area: Rect) -> Vec<(Tab, Rect, String)> {
    let mut x = area.x + 1;
    let mut placed = Vec::new();
    // Whoever is in no community has nothing to see there.
    let shown = |tab: &Tab| *tab != Tab::Community || state.tab == Tab::Community || !state.groups.communities().is_empty();
    let tabs: Vec<Tab> = Tab::ALL.into_iter().filter(shown).collect();
    let text_of = |tab: Tab, short: bool| {
        let title = if short && tab != state.tab { &tab.title()[..if tab == Tab::Chats { 4 } else { 3 }] } else { tab.title() };
        let unread = match tab {
            Tab::Chats => state.conversations.total_unread(),
            Tab::Community => state.topics_unread(),
            Tab::Groups => state.requests_waiting(),
            Tab::Contacts => 0,
        };
        if unread > 0 { format!("{title} {}", count(unread)) } else { title.to_owned() }
    };
    let wide: u16 = tabs.iter().map(|tab| columns(&text_of(*tab, false)) + 1).sum();
    for tab in tabs {
        let text = text_of(tab, wide > area.width);
        let width = columns(&text).min(area.right().saturating_sub(x));
        placed.push((tab, Rect::new(x, area.y, width, area.height), text));
        x = x.saturating_add(width).saturating_add(1);
    }
    placed
}

/// The tab under the pointer.
pub(crate) fn tab_at(state: &State, at: Position) -> Option<Tab> {
    tabs(state, Areas::of(state).tabs).into_iter().find(|(_, area, _)| area.contains(at)).map(|(tab, ..)| tab)
}

/// The filters with their places, so that the current one is among them.
fn filters(state: &State, area: Rect) -> Vec<(Filter, Rect, String)> {
    if area.is_empty() {
        return Vec::new();
    }
    let filters = state.filters();
    let texts: Vec<String> = filters
        .iter()
        .map(|filter| match state.filter_unread(*filter) {
            unread if unread > 0 && *filter != Filter::Hidden => format!("{} {}", state.filter_name(*filter), count(unread)),
            _ => state.filter_name(*filter),
        })
        .collect();
    let current = filters.iter().position(|filter| *filter == state.filter).unwrap_or(0);
    let room = area.width.saturating_sub(1);
    let wide = |from: usize| texts[from..=current].iter().map(|text| columns(text) + 1).sum::<u16>();
    let first = (0..=current).find(|from| wide(*from) <= room).unwrap_or(current);
    let mut x = area.x + 1;
    let mut placed = Vec::new();
    for (filter, text) in filters.into_iter().zip(texts).skip(first) {
        let width = columns(&text).min(area.right().saturating_sub(x));
        if width == 0 {
            break;
        }
        placed.push((filter, Rect::new(x, area.y, width, 1), text));
        x = x.saturating_add(width).saturating_add(1);
    }
    placed
}

/// The filter under the pointer.
pub(crate) fn filter_at(state: &State, at: Position) -> Option<Filter> {
    filters(state, Areas::of(state).filters).into_iter().find(|(_, area, _)| area.contains(at)).map(|(filter, ..)| filter)
}

/// The entry under the pointer.
pub(crate) fn index_at(state: &State, entries: &[ChatId], at: Position) -> Option<usize> {
    let areas = Areas::of(state);
    let row = usize::from(at.y.checked_sub(areas.list.y)? / row_height(state.tab));
    let index = window(entries.len(), state.chosen_index(entries), areas.list_rows()) + row;
    (index < entries.len()).then_some(index)
}

/// Where the chosen entry is.
pub(crate) fn chosen_area(state: &State) -> Option<Rect> {
    let (areas, entries) = (Areas::of(state), state.entries());
    let chosen = state.chosen_index(&entries);
    let row = chosen.checked_sub(window(entries.len(), chosen, areas.list_rows()))? as u16;
    let height = row_height(state.tab);
    let area = Rect::new(areas.list.x, areas.list.y + row * height, areas.list.width, height);
    (!entries.is_empty() && areas.list.height > 0).then_some(area)
}

/// `99+` from a hundred on.
fn count(unread: u64) -> String {
    if unread > 99 { "99+".into() } else { unread.to_string() }
}

fn empty(buffer: &mut Buffer, state: &State, area: Rect) {
    let theme = &state.settings.theme;
    let lines: &[(&str, bool)] = match state.tab {
        Tab::Chats if state.filter != Filter::All => &[("Nothing here", false), ("", false), ("f  next filter", true)],
        Tab::Chats => &[
            ("No chats yet", false),
            ("", false),
            ("n  write to somebody", true),
            ("J  join a group", true),
            ("N  make a group", true),
        ],
        Tab::Contacts => &[
            ("No contacts yet", false),
            ("", false),
            ("People you chat with", false),
            ("appear here.", false),
            ("n  write to somebody", true),
        ],
        Tab::Community => &[("No communities yet", false), ("", false), ("J  join one by its ID", true), ("N  make one", true)],
        Tab::Groups => &[("No groups yet", false), ("", false), ("J  join one by its ID", true), ("N  make one", true)],
    };
    for (row, (text, key)) in lines.iter().enumerate() {
        let y = area.y + 1 + row as u16;
        if y >= area.bottom() {
            return;
        }
        put_text(buffer, area.x + 2, y, text, area.width.saturating_sub(2), theme.dim);
        if *key {
            put_text(buffer, area.x + 2, y, &text[..1], 1, theme.key);
        }
    }
}

fn entry(buffer: &mut Buffer, state: &State, area: Rect, chat: &ChatId, chosen: bool) {
    let theme = &state.settings.theme;
    let open = state.open.as_ref() == Some(chat);
    let plain = |style: Style| if chosen { theme.selected } else { style };
    if chosen {
        buffer.set_style(area, theme.selected);
    }
    if open {
        for y in area.top()..area.bottom() {
            put_text(buffer, area.x, y, "▌", 1, plain(theme.marker));
        }
    }
    let x = area.x + 1;
    let right = area.right().saturating_sub(1);
    match state.tab {
        Tab::Chats if chat.is_folded_row() => folded_entry(buffer, state, area, &plain),
        Tab::Chats => {
            if let Some(conversation) = state.conversations.get(chat) {
                chat_entry(buffer, state, area, conversation, &plain);
            }
        }
        Tab::Community => super::rail::entry(buffer, state, area, chat, &plain),
        Tab::Contacts => {
            let name = state.people.name(chat.id());
            put_text(buffer, x, area.y, name, right.saturating_sub(x), plain(theme.text));
            if name != chat.id() {
                let used = columns(name) + 2;
                put_text(buffer, x + used, area.y, chat.id(), right.saturating_sub(x + used), plain(theme.dim));
            }
        }
        Tab::Groups => {
            if let Some(group) = state.groups.get(chat.id()) {
                let waiting = state.requests_in(&group.id) as u64;
                let badge = if waiting > 0 { format!(" {} ", count(waiting)) } else { String::new() };
                let badge_x = right.saturating_sub(columns(&badge));
                put_text(buffer, badge_x, area.y, &badge, columns(&badge), theme.badge);
                let room = badge_x.saturating_sub(x + u16::from(waiting > 0));
                put_text(buffer, x, area.y, &format!("# {}", group.shown_name()), room, plain(theme.text));
                let role = if group.role == "Member" { String::new() } else { format!(" · {}", group.role.to_lowercase()) };
                let members =
                    if group.member_num > 0 { format!(" · {}", counted(group.member_num, "member")) } else { String::new() };
                let detail = format!("  {}{role}{members}", group.kind_word());
                put_text(buffer, x, area.y + 1, &detail, right.saturating_sub(x), plain(theme.dim));
            }
        }
    }
}

/// The row behind which folded groups are: the newest of them, and a dot while something is unread there.
fn folded_entry(buffer: &mut Buffer, state: &State, area: Rect, plain: &dyn Fn(Style) -> Style) {
    let theme = &state.settings.theme;
    let (x, right) = (area.x + 1, area.right().saturating_sub(1));
    put_text(buffer, x, area.y, "▸ Minimized Groups", right.saturating_sub(x), plain(theme.text));
    let Some(newest) = state.newest_folded() else { return };
    let when = time::short(newest.moment(), state.now.seconds(), &state.settings.zone);
    let when_x = right.saturating_sub(columns(&when));
    put_text(buffer, when_x, area.y, &when, columns(&when), plain(theme.dim));
    put_text(buffer, x + 1, area.y + 1, state.name_of(&newest.id), right.saturating_sub(x + 5), plain(theme.dim));
    let unread = state.conversations.listed().any(|row| Filter::Folded.shows(row) && row.is_unread());
    if unread {
        put_text(buffer, right.saturating_sub(3), area.y + 1, " • ", 3, theme.badge_muted);
    }
}

fn chat_entry(buffer: &mut Buffer, state: &State, area: Rect, conversation: &Conversation, plain: &dyn Fn(Style) -> Style) {
    let theme = &state.settings.theme;
    let x = area.x + 1;
    let right = area.right().saturating_sub(1);
    // First row: name and time.
    let when = conversation.last.as_ref().map_or(conversation.active_s, |last| last.time_s);
    let when = time::short(when, state.now.seconds(), &state.settings.zone);
    let when_x = right.saturating_sub(columns(&when));
    put_text(buffer, when_x, area.y, &when, columns(&when), plain(theme.dim));
    let mut name_x = x;
    if state.picked.contains(&conversation.id) {
        put_text(buffer, name_x, area.y, "✔ ", 2, plain(theme.marker));
        name_x += 2;
    }
    if conversation.has(mark::STAR) {
        put_text(buffer, name_x, area.y, "★ ", 2, plain(theme.accent));
        name_x += 2;
    }
    if conversation.pinned {
        put_text(buffer, name_x, area.y, "⚑ ", 2, plain(theme.accent));
        name_x += 2;
    }
    if state.live.presence(conversation.id.id()) == Some(Presence::Online) && !conversation.id.is_group() {
        put_text(buffer, name_x, area.y, "● ", 2, plain(theme.good));
        name_x += 2;
    }
    if conversation.id.is_group() {
        put_text(buffer, name_x, area.y, "# ", 2, plain(theme.dim));
        name_x += 2;
    }
    let style = if conversation.counted() > 0 { theme.unread } else { theme.text };
    let name = state.name_of(&conversation.id);
    let muted = if conversation.muted { 2 } else { 0 };
    let room = when_x.saturating_sub(name_x + 1 + muted);
    put_text(buffer, name_x, area.y, name, room, plain(theme.of_chat(style, &conversation.colour)));
    if conversation.muted {
        let sign = if conversation.receive == Receive::Block { " ⊗" } else { " ⊘" };
        put_text(buffer, name_x + columns(name).min(room), area.y, sign, 2, plain(theme.dim));
    }
    // Second row: the last line and the badge.
    let y = area.y + 1;
    let mut badge_x = right;
    if conversation.is_unread() {
        // Muted ones show a dot, and their number in front of the last line.
        let dot = conversation.muted || conversation.unread == 0;
        let text = if dot { " • ".to_owned() } else { format!(" {} ", count(conversation.unread)) };
        badge_x = right.saturating_sub(columns(&text));
        let style = match (conversation.at_type != 0, conversation.muted) {
            (true, _) => theme.badge_mention,
            (_, true) => theme.badge_muted,
            _ => theme.badge,
        };
        put_text(buffer, badge_x, y, &text, columns(&text), style);
        badge_x = badge_x.saturating_sub(1);
    }
    let (text, style) = last_line(state, conversation);
    put_text(buffer, x + 1, y, &text, badge_x.saturating_sub(x + 1), plain(style));
}

/// Columns of a sender's name in front of the last line: there is little room for what was said.
const SENDER_COLUMNS: usize = 12;

/// A long name's first word.
fn short_name(name: &str) -> std::borrow::Cow<'_, str> {
    let short = if width(name) > SENDER_COLUMNS { name.split_whitespace().next().unwrap_or(name) } else { name };
    fit(short, SENDER_COLUMNS)
}

/// The second row of a chat: draft, failed or waiting own message, or the newest message with its sender.
fn last_line(state: &State, conversation: &Conversation) -> (String, Style) {
    let theme = &state.settings.theme;
    let open = state.open.as_ref() == Some(&conversation.id);
    if !conversation.draft.is_empty() && !open {
        return (format!("[Draft] {}", fit(&clean_line(&conversation.draft), 120)), theme.warn);
    }
    let key = conversation.id.key();
    let unsent: Option<&Outgoing> = state.outbox.iter().rev().find(|outgoing| outgoing.chat == key);
    let mark = match unsent {
        Some(Outgoing { failed: Some(_), .. }) => "✗ ",
        Some(outgoing) if outgoing.created_ms + crate::state::WAITING_SHOWN_MS <= state.now.wall_ms => "… ",
        _ => "",
    };
    let at = match conversation.at_type {
        0 => "",
        1 => "[@you] ",
        2 => "[@all] ",
        _ => "[@you, all] ",
    };
    let Some(last) = &conversation.last else { return ("Nothing said yet".into(), theme.placeholder) };
    let sender = if last.sender.is_empty() {
        String::new()
    } else if last.sender == state.me.user {
        "You: ".into()
    } else if conversation.id.is_group() {
        format!("{}: ", short_name(state.people.name(&last.sender)))
    } else {
        String::new()
    };
    let style = if mark == "✗ " { theme.bad } else { theme.dim };
    let waiting = match conversation.unread {
        1.. if conversation.muted => format!("[{}] ", counted(conversation.unread.min(9_999), "message")),
        _ => String::new(),
    };
    (format!("{mark}{waiting}{at}{sender}{}", last.text), style)
}
