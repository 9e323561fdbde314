//! The list above what is written: people and emoji that are offered.

use super::layout::{Areas, PROMPT, window};
use super::{columns, make_room, put_text};
use crate::state::completion::Offered;
use crate::state::{Focus, State};
use crate::text::emoji;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Offers that are seen at once.
const ROWS: u16 = 8;

fn words(offer: &Offered) -> (String, String) {
    match offer {
        Offered::All => ("@All".into(), "everybody in the group".into()),
        Offered::Person { user, name } => (format!("@{name}"), if user == name { String::new() } else { user.clone() }),
        Offered::Emoji(emoji) => (emoji.as_str().to_owned(), format!(":{}:", emoji::name(emoji))),
    }
}

/// Where the list is: right above the composer.
fn area(state: &State, areas: &Areas) -> Option<Rect> {
    let open = state.completing.open.as_ref().filter(|_| state.modals.is_empty() && state.focus == Focus::Composer)?;
    let above = if areas.answering.is_empty() { areas.composer_rule } else { areas.answering };
    let bottom = if above.is_empty() { areas.composer.y } else { above.y };
    let room = bottom.saturating_sub(areas.timeline.y);
    let high = (open.offers.len() as u16).min(ROWS).min(room);
    let wide = open.offers.iter().map(words).map(|(left, right)| columns(&left) + columns(&right) + 4).max().unwrap_or(0);
    let wide = wide.clamp(20, 60).min(areas.composer.width.saturating_sub(PROMPT));
    (high > 0 && wide > 6).then(|| Rect::new(areas.composer.x + PROMPT, bottom - high, wide, high))
}

/// Draws the list.
pub(crate) fn draw(buffer: &mut Buffer, state: &State, areas: &Areas) {
    let (Some(area), Some(open)) = (area(state, areas), &state.completing.open) else { return };
    let theme = &state.settings.theme;
    make_room(buffer, state, area);
    let rows = usize::from(area.height);
    let first = window(open.offers.len(), open.chosen, rows);
    for (row, (index, offer)) in open.offers.iter().enumerate().skip(first).take(rows).enumerate() {
        let line = Rect::new(area.x, area.y + row as u16, area.width, 1);
        let chosen = index == open.chosen;
        if chosen {
            buffer.set_style(line, theme.selected);
        }
        let (left, right) = words(offer);
        put_text(buffer, line.x, line.y, "▎", 1, theme.border_focus);
        let style = if chosen { theme.selected } else { theme.text };
        put_text(buffer, line.x + 1, line.y, &left, line.width.saturating_sub(2), style);
        let x = line.x + 3 + columns(&left);
        let style = if chosen { theme.selected } else { theme.dim };
        put_text(buffer, x, line.y, &right, line.right().saturating_sub(x + 1), style);
    }
}

/// The offer under the pointer.
pub(crate) fn offer_at(state: &State, areas: &Areas, at: Position) -> Option<usize> {
    let (area, open) = (area(state, areas).filter(|area| area.contains(at))?, state.completing.open.as_ref()?);
    Some(window(open.offers.len(), open.chosen, usize::from(area.height)) + usize::from(at.y - area.y))
}

#[cfg(test)]
mod tests {
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{group_text, lively};
    use crate::view::tests::{key, open, screen};
    use crossterm::event::{KeyCode, KeyModifiers};

    #[test]
    fn people_are_offered_above_what_is_written() {
        let mut state = lively();
        let messages = vec![group_text("li", "rust", 39, 90, "one 👍🏽"), group_text("bob", "rust", 40, 60, "two")];
        open(&mut state, ChatId::group("rust"), messages);
        for c in "hey @".chars() {
            key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
        }
        insta::assert_snapshot!("people_are_offered", screen(&state).backend());
        key(&mut state, KeyCode::Down, KeyModifiers::NONE);
        key(&mut state, KeyCode::Enter, KeyModifiers::NONE);
        for c in ":par".chars() {
            key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
        }
        insta::assert_snapshot!("emoji_are_offered", screen(&state).backend());
        key(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        key(&mut state, KeyCode::Char('e'), KeyModifiers::ALT);
        for c in "cat".chars() {
            key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
        }
        insta::assert_snapshot!("the_emoji_picker", screen(&state).backend());
    }
}
