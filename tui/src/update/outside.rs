//! Writing in another editor.

use crate::effect::Effect;
use crate::state::{Focus, State, Tone};

/// Hands what is written to the editor outside.
pub(crate) fn edit(state: &mut State, out: &mut Vec<Effect>) {
    if state.open.is_none() {
        state.say(Tone::Neutral, "No conversation is open");
        return;
    }
    state.completing.open = None;
    out.push(Effect::EditOutside(state.composer.text().to_owned()));
}

/// What came back: one newline at the end is the editor's, not the person's.
pub(crate) fn edited(state: &mut State, result: Result<String, String>) {
    match result {
        Ok(text) => {
            let text = text.strip_suffix('\n').unwrap_or(&text);
            if state.open.is_some() && crate::text::clean(text) != state.composer.text() {
                state.composer.set_edited(text);
                state.focus = Focus::Composer;
            }
        }
        Err(why) => state.say(Tone::Bad, why),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, LocalEvent};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::lively;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn a_text_goes_to_the_editor_and_comes_back_cleaned() {
        let mut state = lively();
        crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut Vec::new());
        state.composer.set("dear Bob");
        let now = state.now;
        let key = Event::Key(KeyEvent::new(KeyCode::Char('o'), KeyModifiers::CONTROL));
        let effects = crate::update::update(&mut state, key, now);
        assert!(matches!(&effects[..], [Effect::EditOutside(text)] if text == "dear Bob"));
        crate::update::update(&mut state, Event::Local(LocalEvent::Edited(Ok("dear Bob,\n\nlong\x1b story\n".into()))), now);
        assert_eq!(state.composer.text(), "dear Bob,\n\nlong␛ story");
        crate::update::update(&mut state, Event::Local(LocalEvent::Edited(Err("no editor".into()))), now);
        assert_eq!(state.composer.text(), "dear Bob,\n\nlong␛ story", "a failed editor loses nothing");
    }
}
