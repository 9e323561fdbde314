//! Questions with yes and no.

use super::modal::frame;
use super::{columns, put_text};
use crate::action::Action;
use crate::state::State;
use crate::state::modal::{Confirm, Ended, Modal};
use crate::text::wrap;
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// What is asked: the question, more about it, the words of yes and no.
fn asked(modal: &Modal) -> Option<(&str, String, &str, &str)> {
    match modal {
        Modal::Confirm(Confirm { question, detail, yes, .. }) => Some((question, detail.clone(), yes, "No")),
        Modal::Ended(why) => {
            let (question, yes) = match why {
                Ended::Kicked { .. } => ("Logged out", "Log in again"),
                Ended::SigExpired => ("UserSig expired", "Enter a new UserSig"),
            };
            Some((question, crate::update::ended_text(why), yes, "Stay offline"))
        }
        _ => None,
    }
}

/// Where yes and no stand.
fn answers(yes: &str, no: &str, area: Rect) -> (Rect, Rect) {
    let (x, right, y) = (area.x + 2, area.right().saturating_sub(2), area.bottom().saturating_sub(2));
    let wide = |x: u16, word: &str, key: u16| (key + columns(word)).min(right.saturating_sub(x));
    let first = Rect::new(x, y, wide(x, yes, 6), 1);
    let next = first.right() + 3;
    (first, Rect::new(next, y, wide(next, no, 4), 1))
}

/// Draws the question.
pub(super) fn draw(buffer: &mut Buffer, state: &State, modal: &Modal, area: Rect) {
    let Some((question, detail, yes, no)) = asked(modal) else { return };
    let theme = &state.settings.theme;
    let inside = frame(buffer, state, question, area);
    if inside.is_empty() {
        return;
    }
    for (row, range) in wrap(&detail, usize::from(inside.width)).into_iter().enumerate() {
        let y = inside.y + 1 + row as u16;
        if y < inside.bottom() {
            put_text(buffer, inside.x, y, detail[range].trim_end(), inside.width, theme.text);
        }
    }
    let (first, second) = answers(yes, no, area);
    for (answer, key, word) in [(first, "Enter", yes), (second, "Esc", no)] {
        let at = columns(key) + 1;
        put_text(buffer, answer.x, answer.y, key, answer.width, theme.key);
        put_text(buffer, answer.x + at, answer.y, word, answer.width.saturating_sub(at), theme.text);
    }
}

/// What a click on the question means.
pub(crate) fn action_at(modal: &Modal, area: Rect, at: Position) -> Option<Action> {
    let (_, _, yes, no) = asked(modal)?;
    let (first, second) = answers(yes, no, area);
    let yes = first.contains(at).then_some(Action::Confirm);
    yes.or(second.contains(at).then_some(Action::Cancel))
}

#[cfg(test)]
mod tests {
    use super::super::modal::area;
    use super::*;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{lively, now};
    use crate::state::modal::Confirmed;
    use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

    #[test]
    fn yes_and_no_are_clicked_on() {
        for (word, asked) in [("Clear", true), ("No", false)] {
            let mut state = lively();
            let then = Confirmed::ClearChat(ChatId::user("bob"));
            let confirm = Confirm { question: "Clear?".into(), detail: "All of it.".into(), yes: "Clear", then };
            state.modals.push(Modal::Confirm(confirm));
            let (first, second) = answers("Clear", "No", area(&state));
            let place = if word == "No" { second } else { first };
            let kind = MouseEventKind::Down(MouseButton::Left);
            let click = MouseEvent { kind, column: place.right() - 1, row: place.y, modifiers: KeyModifiers::NONE };
            let effects = crate::update::update(&mut state, crate::event::Event::Mouse(click), now());
            assert_eq!((state.modals.len(), effects.is_empty()), (0, !asked), "{word}: {effects:?}");
        }
    }
}
