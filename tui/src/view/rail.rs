//! A row of the rail: a community, a category, or a topic, with what is unread there.

use super::{columns, put_text};
use crate::state::State;
use crate::state::community::{RailRow, rail_row};
use crate::state::conversation::ChatId;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

/// Draws a row.
pub(super) fn entry(buffer: &mut Buffer, state: &State, area: Rect, chat: &ChatId, plain: &dyn Fn(Style) -> Style) {
    let theme = &state.settings.theme;
    let row = rail_row(chat);
    let sign = if state.collapsed.contains(chat) { "▸" } else { "▾" };
    let (indent, text, style) = match &row {
        RailRow::Community(_) => (0, format!("{sign} {}", state.name_of(chat)), theme.title),
        RailRow::Category { name, .. } => (2, format!("{sign} {name}"), theme.dim),
        RailRow::Topic(id) => {
            let topic = state.groups.get(id).and_then(|group| group.place.topic.as_ref());
            let inside = topic.is_some_and(|topic| !topic.category().is_empty());
            let style = if state.rail_unread(&row) > 0 { theme.unread } else { theme.text };
            (if inside { 4 } else { 2 }, format!("# {}", state.name_of(chat)), style)
        }
    };
    let mut right = area.right().saturating_sub(1);
    let conversation = state.conversations.get(chat);
    let shows = matches!(row, RailRow::Topic(_)) || state.collapsed.contains(chat);
    let unread = state.rail_unread(&row);
    let badge = match conversation {
        _ if !shows => String::new(),
        Some(conversation) if conversation.is_unread() && unread == 0 => " • ".into(),
        _ if unread > 99 => " 99+ ".into(),
        _ if unread > 0 => format!(" {unread} "),
        _ => String::new(),
    };
    if !badge.is_empty() {
        right = right.saturating_sub(columns(&badge));
        let style = match conversation {
            Some(conversation) if conversation.at_type != 0 => theme.badge_mention,
            Some(conversation) if conversation.muted => theme.badge_muted,
            _ => theme.badge,
        };
        // The bar of the chosen row is whole.
        put_text(buffer, right, area.y, &badge, columns(&badge), plain(style));
    }
    if conversation.is_some_and(|conversation| conversation.at_type != 0) {
        right = right.saturating_sub(2);
        put_text(buffer, right, area.y, "@", 1, plain(theme.mention_me));
    }
    let x = area.x + 1 + indent;
    let muted = conversation.is_some_and(|conversation| conversation.muted);
    let room = right.saturating_sub(x + if muted { 3 } else { 1 });
    put_text(buffer, x, area.y, &text, room, plain(style));
    if muted {
        put_text(buffer, x + columns(&text).min(room), area.y, " ⊘", 2, plain(theme.dim));
    }
}

#[cfg(test)]
mod tests {
    use crate::update::community_tests::{choose, press, with_permission_groups, with_topics};
    use crate::view::tests::{key, screen};
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn the_rail_at_80_by_24() {
        let mut state = with_topics("Owner");
        choose(&mut state, 3);
        insta::assert_snapshot!(screen(&state).backend());
    }

    #[test]
    fn the_rail_at_200_by_50_with_a_topic_open() {
        let mut state = with_topics("Owner");
        state.size = (200, 50);
        choose(&mut state, 3);
        press(&mut state, KeyCode::Enter);
        insta::assert_snapshot!(screen(&state).backend());
    }

    #[test]
    fn the_communitys_own_page() {
        let mut state = with_topics("Owner");
        choose(&mut state, 3);
        press(&mut state, KeyCode::Enter);
        key(&mut state, KeyCode::Char('i'), KeyModifiers::ALT);
        insta::assert_snapshot!(screen(&state).backend());
    }

    #[test]
    fn a_topics_page_and_the_permission_groups() {
        let mut state = with_topics("Owner");
        choose(&mut state, 3);
        press(&mut state, KeyCode::Char('I'));
        insta::assert_snapshot!("topic_page", screen(&state).backend());
        let mut state = with_permission_groups();
        insta::assert_snapshot!("permission_groups", screen(&state).backend());
        press(&mut state, KeyCode::Enter);
        insta::assert_snapshot!("permission_group", screen(&state).backend());
    }
}
