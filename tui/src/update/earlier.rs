//! Bringing back what one wrote earlier in this conversation, as shells do: the own messages in memory are the list.

use crate::action::Action;
use crate::state::State;
use crate::state::composer::Earlier;
use crate::state::message::{Body, Message, Part};

/// Puts an earlier text, or a later one, into the composer; behind the last stands what was being written.
pub(super) fn run(state: &mut State, action: Action) {
    let written = state.composer.text();
    // A text that was changed since is a new draft.
    let (back, draft) = match state.earlier.take() {
        Some(Earlier { back, draft, shown }) if shown == written => (back, draft),
        _ => (0, written.to_owned()),
    };
    let texts = own_texts(state);
    let wanted = match action {
        Action::WrittenEarlier => (back + 1).min(texts.len()),
        _ => back.saturating_sub(1),
    };
    let shown = wanted.checked_sub(1).and_then(|at| texts.get(at)).cloned().unwrap_or_else(|| draft.clone());
    if wanted != back {
        state.composer.set(&shown);
    }
    state.earlier = (wanted > 0).then_some(Earlier { back: wanted, draft, shown });
}

/// The newest first, each once in a row.
fn own_texts(state: &State) -> Vec<String> {
    let mut texts: Vec<String> = match (state.open_room(), state.open_timeline()) {
        (Some(room), _) => room.lines().rev().filter(|line| line.mine).map(|line| line.text.clone()).collect(),
        (None, Some(timeline)) => timeline.rows().iter().rev().filter(|row| row.mine).filter_map(text_of).collect(),
        (None, None) => Vec::new(),
    };
    texts.dedup();
    texts
}

fn text_of(message: &Message) -> Option<String> {
    match &message.body {
        Body::Parts(parts) if matches!(parts.as_slice(), [Part::Text(_)]) => Some(message.plain_text()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::{open_chat, update};
    use super::*;
    use crate::event::{Event, LocalEvent};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{lively, text};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn press_with(state: &mut State, code: KeyCode, held: KeyModifiers) {
        let now = state.now;
        update(state, Event::Key(KeyEvent::new(code, held)), now);
    }

    /// A chat with Bob in which one wrote this, and he answered.
    fn wrote(texts: &[&str]) -> State {
        let (mut state, chat, mut out) = (lively(), ChatId::user("bob"), Vec::new());
        open_chat(&mut state, &chat, &mut out);
        let said = texts.iter().map(|text| ("me", *text)).chain([("bob", "no")]);
        let messages = said.zip(1..).map(|((who, words), place)| text(who, "bob", place, 1000, words)).collect();
        let held = vec![(1, texts.len() as u64 + 1)];
        let now = state.now;
        update(&mut state, Event::Local(LocalEvent::Page { chat, messages, held }), now);
        state
    }

    #[test]
    fn texts_come_back_one_by_one_and_the_draft_after_them() {
        let mut state = wrote(&["first", "second", "second"]);
        state.composer.set("half a th");
        let steps = [
            (KeyCode::Up, "second"),
            (KeyCode::Up, "first"),
            (KeyCode::Up, "first"),
            (KeyCode::Down, "second"),
            (KeyCode::Down, "half a th"),
            (KeyCode::Down, "half a th"),
        ];
        for (code, wanted) in steps {
            press_with(&mut state, code, KeyModifiers::CONTROL);
            assert_eq!(state.composer.text(), wanted);
        }
        press_with(&mut state, KeyCode::Up, KeyModifiers::CONTROL);
        state.composer.insert('!');
        press_with(&mut state, KeyCode::Up, KeyModifiers::CONTROL);
        assert_eq!(state.composer.text(), "second", "a changed text is a draft of its own");
        press_with(&mut state, KeyCode::Down, KeyModifiers::CONTROL);
        assert_eq!(state.composer.text(), "second!");
    }
}
