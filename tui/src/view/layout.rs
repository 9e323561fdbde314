//! Where things are on the screen: from the state alone, so that drawing, scrolling and clicks agree.

use crate::state::{Focus, State, Tab};
use ratatui::layout::Rect;

/// From this width on, list and conversation stand side by side.
const TWO_PANES: u16 = 60;
/// From this width on, the panel has a column of its own.
const THREE_PANES: u16 = 120;
/// From this height of the message view on, the newest pinned message has a row of it.
const BANNER_ROWS_LEFT: u16 = 5;
/// Columns before a message's text: a mark, the time, a blank.
pub(crate) const GUTTER: u16 = 7;
/// Columns behind a message's text: a blank and the delivery mark.
pub(crate) const MARKS: u16 = 3;
/// Columns of the composer's prompt.
pub(crate) const PROMPT: u16 = 2;
/// Columns of a dialog's text field.
pub(crate) const FIELD_COLUMNS: u16 = 44;

/// The parts of the main screen; a part that is not shown has no area.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Areas {
    pub(crate) screen: Rect,
    pub(crate) tabs: Rect,
    /// The line under tabs and header.
    pub(crate) rule: Rect,
    /// The filters of the chats.
    pub(crate) filters: Rect,
    pub(crate) list: Rect,
    /// The line between list and conversation.
    pub(crate) fence: Rect,
    pub(crate) header: Rect,
    /// Joining requests that wait.
    pub(crate) requests: Rect,
    /// The newest pinned message of a group.
    pub(crate) banner: Rect,
    pub(crate) timeline: Rect,
    /// The line above the composer.
    pub(crate) composer_rule: Rect,
    /// What is answered, above what is written.
    pub(crate) answering: Rect,
    pub(crate) composer: Rect,
    pub(crate) panel: Rect,
    pub(crate) status: Rect,
    row_height: u16,
}

impl Areas {
    /// Of the main screen as it is now.
    pub(crate) fn of(state: &State) -> Self {
        let (width, height) = state.size;
        let mut areas = Self { screen: Rect::new(0, 0, width, height), row_height: row_height(state.tab), ..Self::default() };
        if width == 0 || height == 0 {
            return areas;
        }
        areas.status = Rect::new(0, height - 1, width, 1);
        let body = height - 1;
        let top = body.min(2);
        areas.rule = Rect::new(0, 1.min(body), width, top.saturating_sub(1));
        let below = |x: u16, columns: u16| Rect::new(x, top, columns, body - top);
        let mut chat_x = 0;
        let mut chat_columns = width;
        let mut column = Rect::default();
        if width >= TWO_PANES {
            let list = (width / 3).clamp(26, 44);
            areas.tabs = Rect::new(0, 0, list, body.min(1));
            column = below(0, list);
            areas.fence = Rect::new(list, 0, 1, body);
            chat_x = list + 1;
            chat_columns = width - chat_x;
        } else if state.focus == Focus::List || state.open.is_none() {
            areas.tabs = Rect::new(0, 0, width, body.min(1));
            column = below(0, width);
            chat_columns = 0;
        }
        areas.list = column;
        if state.panel.is_some() {
            if width >= THREE_PANES {
                let columns = (width / 4).clamp(32, 50);
                chat_columns -= columns;
                areas.panel = Rect::new(chat_x + chat_columns, 0, columns, body);
            } else if column.height >= 12 {
                let rows = (column.height / 3).clamp(5, 12);
                areas.list.height -= rows;
                areas.panel = Rect::new(column.x, column.y + areas.list.height, column.width, rows);
            }
        }
        if state.shows_filters() && areas.list.height > 4 {
            areas.filters = Rect::new(areas.list.x, areas.list.y, areas.list.width, 1);
            areas.list = Rect::new(areas.list.x, areas.list.y + 1, areas.list.width, areas.list.height - 1);
        }
        if chat_columns > 0 {
            areas.header = Rect::new(chat_x, 0, chat_columns, body.min(1));
            let mut chat = below(chat_x, chat_columns);
            if state.open.is_some() {
                let text_columns = usize::from(chat_columns.saturating_sub(PROMPT + 2).max(1));
                let most = (chat.height / 3).clamp(1, 10);
                let rows = (state.composer.rows(text_columns).len() as u16).clamp(1, most);
                let rows = rows.min(chat.height.saturating_sub(1));
                chat.height -= rows;
                areas.composer = Rect::new(chat_x, chat.bottom(), chat_columns, rows);
                if chat.height > 1 && state.answering.is_some() {
                    chat.height -= 1;
                    areas.answering = Rect::new(chat_x, chat.bottom(), chat_columns, 1);
                }
                if chat.height > 0 {
                    chat.height -= 1;
                    areas.composer_rule = Rect::new(chat_x, chat.bottom(), chat_columns, 1);
                }
            }
            if chat.height >= BANNER_ROWS_LEFT && super::request::waiting(state) > 0 {
                areas.requests = Rect::new(chat.x, chat.y, chat.width, 1);
                chat = Rect::new(chat.x, chat.y + 1, chat.width, chat.height - 1);
            }
            let pinned = state.open_timeline().is_some_and(|timeline| !timeline.pins.list().is_empty());
            if pinned && chat.height >= BANNER_ROWS_LEFT {
                areas.banner = Rect::new(chat.x, chat.y, chat.width, 1);
                chat = Rect::new(chat.x, chat.y + 1, chat.width, chat.height - 1);
            }
            areas.timeline = chat;
        }
        areas
    }

    /// Columns that the composer's text wraps at; one more is kept free for the caret.
    pub(crate) fn composer_columns(&self) -> usize {
        usize::from(self.composer.width.saturating_sub(PROMPT + 2).max(1))
    }

    /// Entries that the list can show.
    pub(crate) fn list_rows(&self) -> usize {
        usize::from(self.list.height / self.row_height.max(1))
    }

    /// Columns of a message's text.
    pub(crate) fn text_columns(&self) -> usize {
        usize::from(self.timeline.width.saturating_sub(GUTTER + MARKS).max(1))
    }
}

/// Screen rows of one entry of the list.
pub(crate) fn row_height(tab: Tab) -> u16 {
    match tab {
        Tab::Chats | Tab::Groups => 2,
        Tab::Contacts | Tab::Community => 1,
    }
}

/// The first entry of `count` that is shown when `chosen` stays in sight and, where it can, in the middle.
pub(crate) fn window(count: usize, chosen: usize, rows: usize) -> usize {
    chosen.saturating_sub(rows / 2).min(count.saturating_sub(rows))
}

/// A box of this size in the middle of the screen.
pub(crate) fn centred(screen: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(screen.width), height.min(screen.height));
    Rect::new(screen.x + (screen.width - width) / 2, screen.y + (screen.height - height) / 2, width, height)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::conversation::ChatId;
    use crate::state::{Panel, fixture};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn no_part_leaves_the_screen_or_covers_another(width in 0u16..220, height in 0u16..60, open: bool, panel: bool, filtered: bool, answering: bool, text in "[a\n]{0,40}") {
            let mut state = fixture::state();
            state.size = (width, height);
            if open {
                state.open = Some(ChatId::user("bob"));
                state.composer.set(&text);
                state.answering = answering.then(|| crate::state::reply::Answering { to: Default::default(), thread: None });
            }
            state.panel = panel.then(Panel::default);
            if filtered {
                state.filter = crate::state::filter::Filter::Unread;
            }
            if open && panel {
                let pin = crate::state::pins::Pin { place: 1, ..Default::default() };
                state.make_timeline(&ChatId::user("bob")).pins.apply(&crate::state::pins::PinChange::Pinned(pin));
            }
            let areas = Areas::of(&state);
            let parts = [areas.tabs, areas.filters, areas.list, areas.fence, areas.header, areas.requests, areas.banner, areas.timeline, areas.composer_rule, areas.answering, areas.composer, areas.panel, areas.status];
            for (n, part) in parts.iter().enumerate() {
                prop_assert!(part.is_empty() || areas.screen.union(*part) == areas.screen, "{n} {part:?}");
                for other in parts.iter().skip(n + 1) {
                    prop_assert!(part.intersection(*other).is_empty(), "{part:?} {other:?}");
                }
            }
        }

        #[test]
        fn the_chosen_entry_is_in_sight(count in 1usize..100, chosen in 0usize..100, rows in 1usize..30) {
            let chosen = chosen.min(count - 1);
            let first = window(count, chosen, rows);
            prop_assert!(first <= chosen && chosen < first + rows);
        }
    }
}
