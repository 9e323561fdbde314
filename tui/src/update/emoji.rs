//! Finding an emoji by its name.

use super::completion;
use crate::effect::Effect;
use crate::state::editor::Editor;
use crate::state::modal::{EmojiPicker, Modal};
use crate::state::{Focus, State, Tone};
use crate::text::emoji;

/// Emoji in the list.
const FOUND: usize = 200;

/// Opens the list, filtered by `wanted`.
pub(crate) fn open(state: &mut State, wanted: &str, out: &mut Vec<Effect>) {
    if state.open.is_none() {
        state.say(Tone::Neutral, "No conversation is open");
        return;
    }
    state.completing.open = None;
    state.modals.push(Modal::Emoji(EmojiPicker { editor: Editor::with_text(wanted), ..EmojiPicker::default() }));
    find(state);
    super::timeline::see_open(state, out);
}

/// Finds what fits; without a word, those that were used last come first.
pub(crate) fn find(state: &mut State) {
    let Some(Modal::Emoji(picker)) = state.modals.last_mut() else { return };
    let mut found: Vec<&'static emojis::Emoji> = Vec::new();
    if picker.editor.is_blank() {
        found.extend(state.emoji_used.iter().filter_map(|used| emojis::get(used)));
    }
    for emoji in emoji::search(picker.editor.text(), FOUND) {
        if !found.contains(&emoji) {
            found.push(emoji);
        }
    }
    picker.found = found;
    picker.chosen = 0;
}

/// Writes the chosen one.
pub(crate) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Emoji(picker)) = state.modals.pop() else { return };
    state.focus = Focus::Composer;
    if let Some(emoji) = picker.found.get(picker.chosen) {
        let caret = state.composer.caret();
        state.composer.replace(caret..caret, emoji.as_str());
        completion::used(state, emoji.as_str(), out);
    }
    completion::refresh(state, out);
    super::timeline::see_open(state, out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::lively;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn press(state: &mut State, code: KeyCode, held: KeyModifiers) -> Vec<Effect> {
        let now = state.now;
        crate::update::update(state, Event::Key(KeyEvent::new(code, held)), now)
    }

    #[test]
    fn an_emoji_is_found_by_its_name_and_comes_first_the_next_time() {
        let mut state = lively();
        crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut Vec::new());
        press(&mut state, KeyCode::Char('h'), KeyModifiers::NONE);
        press(&mut state, KeyCode::Char('e'), KeyModifiers::ALT);
        for c in "rocket".chars() {
            press(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
        }
        press(&mut state, KeyCode::Enter, KeyModifiers::NONE);
        assert_eq!(state.composer.text(), "h🚀");
        press(&mut state, KeyCode::Char('e'), KeyModifiers::ALT);
        let Some(Modal::Emoji(picker)) = state.modals.last() else { panic!() };
        assert_eq!(picker.found[0].as_str(), "🚀");
        press(&mut state, KeyCode::Esc, KeyModifiers::NONE);
        assert!(state.modals.is_empty() && state.composer.text() == "h🚀");
    }
}
