//! Pasting: into the field in focus; what is large, or the path of a file, is asked about.

use super::{completion, forward, media, modal, reaction, roster};
use crate::effect::Effect;
use crate::state::editor::Lines;
use crate::state::modal::{Choose, Chosen, Modal};
use crate::state::{Focus, Screen, State, Tone};
use crate::text;
use tern_protocol::limits;

/// Bytes that are taken from a paste at all.
const PASTE_BYTES: usize = 8 * 1024 * 1024;
/// Bytes that a paste into a one-line field may have.
const FIELD_BYTES: usize = 64 * 1024;
/// Bytes that the composer takes without slowing down; more can only be sent as a file.
const COMPOSER_BYTES: usize = 64 * 1024;

/// Takes a paste.
pub(crate) fn take(state: &mut State, pasted: &str, out: &mut Vec<Effect>) {
    let in_chat = state.modals.is_empty() && matches!(state.screen, Screen::Main);
    if pasted.len() > if in_chat { PASTE_BYTES } else { FIELD_BYTES } {
        state.say(Tone::Bad, format!("{} is too much to paste: a message holds 12 KB", text::bytes(pasted.len() as i64)));
        return;
    }
    if let Some(dialog) = state.modals.last_mut() {
        match dialog {
            Modal::Form(form) => modal::paste(form, pasted),
            Modal::Palette(palette) => {
                palette.editor.paste(pasted, Lines::One);
                roster::offer(state);
            }
            Modal::Page(page) => {
                if let Some(thread) = &mut page.thread {
                    thread.editor.paste(pasted, Lines::Many);
                }
            }
            Modal::Forward(picker) => {
                picker.editor.paste(pasted, Lines::One);
                forward::offer(state);
            }
            Modal::Search(page) => {
                page.editor.paste(pasted, Lines::One);
                super::search::changed(state, out);
            }
            Modal::React(bar) => {
                bar.editor.paste(pasted, Lines::One);
                reaction::offer(state);
            }
            Modal::Emoji(picker) => {
                picker.editor.paste(pasted, Lines::One);
                super::emoji::find(state);
            }
            _ => {}
        }
        modal::suggest(state);
    } else if let Screen::Login(form) = &mut state.screen {
        modal::paste(form, pasted);
    } else if state.open.is_some() {
        state.focus = Focus::Composer;
        let lines = pasted.trim_end().lines().count();
        if lines > state.settings.text.paste_lines || pasted.len() > limits::MESSAGE_BYTES {
            ask(state, pasted, lines);
            return;
        }
        insert(state, pasted, out);
        media::pasted(state, pasted, out);
    }
}

/// Puts a text where the caret is.
pub(crate) fn insert(state: &mut State, pasted: &str, out: &mut Vec<Effect>) {
    state.composer.paste(pasted, Lines::Many);
    completion::refresh(state, out);
}

fn ask(state: &mut State, pasted: &str, lines: usize) {
    let size = text::bytes(pasted.len() as i64);
    let fits = pasted.len() <= limits::MESSAGE_BYTES;
    let says = if fits { format!("{lines} lines, {size}.") } else { format!("{lines} lines, {size}: a message holds 12 KB.") };
    let mut answers = Vec::new();
    if pasted.len() <= COMPOSER_BYTES {
        let text = if fits { "Put it into the message" } else { "Put it into the message, to shorten it" };
        answers.push((text.to_owned(), Chosen::PasteAsText(pasted.to_owned())));
        answers.push(("Change it in the editor first".to_owned(), Chosen::PasteToEditor(pasted.to_owned())));
    }
    answers.push(("Send it as a file".to_owned(), Chosen::PasteAsFile(pasted.to_owned())));
    answers.push(("Forget it".to_owned(), Chosen::Nothing));
    state.modals.push(Modal::Choose(Choose { title: "A large paste".into(), says, answers, chosen: 0 }));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;
    use crate::state::conversation::ChatId;
    use crate::state::fixture::lively;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn happen(state: &mut State, event: Event) -> Vec<Effect> {
        let now = state.now;
        crate::update::update(state, event, now)
    }

    fn chat() -> State {
        let mut state = lively();
        crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut Vec::new());
        state
    }

    #[test]
    fn a_large_paste_is_asked_about_and_goes_where_the_person_says() {
        let mut state = chat();
        let long = "line\n".repeat(21);
        happen(&mut state, Event::Paste(long.clone()));
        assert_eq!(state.composer.text(), "", "nothing is written before the answer");
        happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        assert_eq!(state.composer.text(), long);
        assert!(state.outbox.is_empty());
        let mut state = chat();
        happen(&mut state, Event::Paste(long.clone()));
        happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Down, KeyModifiers::NONE)));
        let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        assert!(matches!(&effects[..], [Effect::EditOutside(text)] if *text == long));
        let mut state = chat();
        happen(&mut state, Event::Paste(long));
        happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE)));
        assert!(state.modals.is_empty() && state.composer.text().is_empty());
    }

    #[test]
    fn a_paste_of_a_few_lines_is_just_written() {
        let mut state = chat();
        happen(&mut state, Event::Paste("one\ntwo\x1b[A\n".into()));
        assert_eq!((state.composer.text(), state.modals.len()), ("one\ntwo␛[A\n", 0));
    }

    #[test]
    fn what_no_message_holds_is_said_before_it_is_sent_and_kept() {
        let mut state = chat();
        happen(&mut state, Event::Paste("x".repeat(13_000)));
        assert!(matches!(state.modals.last(), Some(Modal::Choose(choose)) if choose.says.contains("12 KB")));
        happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Enter, KeyModifiers::NONE)));
        assert!(state.outbox.is_empty() && state.composer.text().len() == 13_000);
        assert!(state.toast.as_ref().is_some_and(|toast| toast.text.starts_with("Too long")));
        happen(&mut state, Event::Paste("x".repeat(9 << 20)));
        assert!(state.toast.as_ref().is_some_and(|toast| toast.text.contains("too much to paste")));
    }
}
