//! Popups of actions, beside what they are about.

use super::layout::{Areas, GUTTER, centred, window};
use super::modal::frame;
use super::{columns, put_text, timeline};
use crate::action::{Action, Context, REGISTRY};
use crate::state::State;
use crate::state::menu::Menu;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// The word of an action in a menu: what it does, and its key.
fn words(state: &State, context: Context, action: Action) -> (&'static str, String) {
    let found = REGISTRY.iter().enumerate().find(|(_, row)| row.action == action && row.context == context);
    let found = found.or_else(|| REGISTRY.iter().enumerate().find(|(_, row)| row.action == action));
    found.map_or(("", String::new()), |(index, row)| (row.says, state.settings.keymap.keys_of(index).next().unwrap_or_default()))
}

/// Where the popup is: under what it is about, or above it where there is no room.
pub(crate) fn area(state: &State, menu: &Menu, screen: Rect) -> Rect {
    let rows = menu.actions.iter().map(|action| words(state, menu.context, *action));
    let wide = rows.map(|(says, key)| columns(says) + columns(&key) + 3).max().unwrap_or(0);
    let wide = (wide.max(columns(&menu.title) + 2) + 4).min(screen.width);
    let high = (menu.actions.len() as u16 + 2).min(screen.height);
    let beside = match menu.context {
        Context::Timeline => timeline::selected_area(state),
        Context::List => super::conversation_list::chosen_area(state),
        _ => None,
    };
    let Some(beside) = beside else { return centred(screen, wide, high) };
    let x = if menu.context == Context::List { beside.x + 2 } else { Areas::of(state).timeline.x + GUTTER };
    let x = x.min(screen.right().saturating_sub(wide)).max(screen.x);
    let y = if beside.bottom() + high <= screen.bottom() { beside.bottom() } else { beside.y.saturating_sub(high) };
    let y = y.min(screen.bottom().saturating_sub(high));
    Rect::new(x, y, wide, high)
}

/// Draws the popup.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, menu: &Menu, area: Rect) {
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, &menu.title, area);
    let rows = usize::from(inside.height);
    let first = window(menu.actions.len(), menu.chosen, rows);
    for (row, (index, action)) in menu.actions.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(inside.x, inside.y + row as u16, inside.width, 1);
        let chosen = index == menu.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let (says, key) = words(state, menu.context, *action);
        let key_x = line.right().saturating_sub(columns(&key));
        put_text(buffer, key_x, line.y, &key, columns(&key), if chosen { theme.selected } else { theme.key });
        put_text(buffer, line.x, line.y, says, key_x.saturating_sub(line.x + 1), if chosen { theme.selected } else { theme.text });
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{key, open_bob, screen};
    use crate::state::fixture::lively;
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn the_menu_stands_at_its_message() {
        let mut state = lively();
        open_bob(&mut state);
        for code in [KeyCode::Up, KeyCode::Up, KeyCode::Enter] {
            key(&mut state, code, KeyModifiers::NONE);
        }
        insta::assert_snapshot!(screen(&state).backend());
    }
}
