//! Popups of actions: opening one, and running what it offers.

use crate::action::{Action, Context};
use crate::effect::Effect;
use crate::keymap::Key;
use crate::state::menu::{Menu, offered};
use crate::state::modal::Modal;
use crate::state::{Focus, State, Tab, Tone};
use crate::text::fit;

/// Columns of a menu's title.
const TITLE_COLUMNS: usize = 40;

/// Opens the menu of the selected message.
pub(crate) fn open_message(state: &mut State) {
    let Some(message) = state.open_timeline().and_then(|timeline| timeline.selected_row()) else {
        state.say(Tone::Neutral, "No message is selected");
        return;
    };
    let actions = offered(state, message);
    if actions.is_empty() {
        state.say(Tone::Neutral, "Nothing can be done with this line");
        return;
    }
    let title = fit(&format!("{}: {}", state.sender_name(message), message.abstract_line()), TITLE_COLUMNS).into_owned();
    state.focus = Focus::Timeline;
    state.modals.push(Modal::Menu(Menu { title, context: Context::Timeline, actions, chosen: 0 }));
}

/// Brings the open menu up to what may be done now: roles, and what it is about, change while it is open.
pub(super) fn refresh(state: &mut State) {
    let Some(Modal::Menu(menu)) = state.modals.last() else { return };
    let actions = match menu.context {
        Context::Timeline => {
            let message = state.open_timeline().and_then(|timeline| timeline.selected_row());
            message.map(|message| offered(state, message))
        }
        Context::Room => super::room::offered(state),
        // The menu of a receive option has no row of its own.
        Context::List if state.tab == Tab::Community && !menu.actions.contains(&Action::ReceiveNotify) => {
            super::community::offered(state).map(|(_, actions)| actions)
        }
        _ => return,
    };
    let actions = actions.unwrap_or_default();
    if actions.is_empty() {
        state.modals.pop();
    } else if let Some(Modal::Menu(menu)) = state.modals.last_mut()
        && menu.actions != actions
    {
        let kept = menu.actions.get(menu.chosen).and_then(|chosen| actions.iter().position(|action| action == chosen));
        menu.chosen = kept.unwrap_or(0);
        menu.actions = actions;
    }
}

/// The action that a key means in the open menu: one of those it offers, or a step.
pub(crate) fn key(state: &State, key: Key) -> Option<Action> {
    let Some(Modal::Menu(menu)) = state.modals.last() else { return None };
    match state.settings.keymap.find(&[menu.context], key)? {
        Action::MessageUp | Action::ListUp => Some(Action::ItemUp),
        Action::MessageDown | Action::ListDown => Some(Action::ItemDown),
        Action::MessageMenu => Some(Action::Cancel),
        action => menu.actions.contains(&action).then_some(action),
    }
}

/// Runs what is chosen.
pub(crate) fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(Modal::Menu(menu)) = state.modals.pop()
        && let Some(action) = menu.actions.get(menu.chosen)
    {
        super::run(state, *action, "", out);
    }
}

/// Closes the menu and runs one of its actions, which its key asked for.
pub(crate) fn run_by_key(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if matches!(state.modals.last(), Some(Modal::Menu(menu)) if menu.actions.contains(&action)) {
        state.modals.pop();
    }
    super::run(state, action, "", out);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::effect::StoreOp;
    use crate::event::{Answer, Event, LocalEvent, Refusal};
    use crate::state::conversation::ChatId;
    use crate::state::fixture::{lively, text};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

    fn happen(state: &mut State, event: Event) -> Vec<Effect> {
        let moment = state.now;
        crate::update::update(state, event, moment)
    }

    fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
        happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
    }

    fn chat() -> State {
        let mut state = lively();
        let bob = ChatId::user("bob");
        crate::update::open_chat(&mut state, &bob, &mut Vec::new());
        let messages = vec![text("bob", "bob", 1, 900, "one"), text("me", "bob", 2, 800, "two")];
        happen(&mut state, Event::Local(LocalEvent::Page { chat: bob, messages, held: vec![(1, 2)] }));
        state
    }

    fn menu(state: &State) -> &Menu {
        match state.modals.last() {
            Some(Modal::Menu(menu)) => menu,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn enter_on_a_message_offers_what_can_be_done_with_it_and_enter_does_it() {
        let mut state = chat();
        press(&mut state, KeyCode::Up);
        press(&mut state, KeyCode::Enter);
        assert!(menu(&state).actions.contains(&Action::Copy));
        assert!(!menu(&state).actions.contains(&Action::Resend), "a stored message needs no resend");
        press(&mut state, KeyCode::Down);
        let effects = press(&mut state, KeyCode::Enter);
        assert!(state.modals.is_empty());
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(text) if text == "two")));
    }

    #[test]
    fn the_keys_of_the_actions_work_in_the_menu_and_others_do_nothing() {
        let mut state = chat();
        press(&mut state, KeyCode::Up);
        press(&mut state, KeyCode::Char('.'));
        assert!(press(&mut state, KeyCode::Char('r')).is_empty());
        assert_eq!(menu(&state).chosen, 0, "what is not offered does nothing");
        press(&mut state, KeyCode::Char('j'));
        assert_eq!(menu(&state).chosen, 1);
        assert!(press(&mut state, KeyCode::Char('y')).iter().any(|effect| matches!(effect, Effect::Copy(_))));
        assert!(state.modals.is_empty());
        press(&mut state, KeyCode::Char('.'));
        press(&mut state, KeyCode::Char('.'));
        assert!(state.modals.is_empty(), "the same key closes it");
    }

    #[test]
    fn a_failed_message_is_offered_to_be_sent_again_or_thrown_away() {
        let mut state = chat();
        crate::update::send(&mut state, &ChatId::user("bob"), "three".into(), &mut Vec::new());
        let key = state.outbox[0].key();
        let refusal = Refusal { code: 20012, text: "muted".into() };
        happen(&mut state, Event::Answer(Answer::Delivered { key, result: Err(refusal) }));
        press(&mut state, KeyCode::Up);
        press(&mut state, KeyCode::Enter);
        assert!([Action::Resend, Action::Discard].iter().all(|action| menu(&state).actions.contains(action)));
        let effects = press(&mut state, KeyCode::Char('d'));
        assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::OutgoingGone(_)))));
    }

    #[test]
    fn a_right_click_opens_the_menu_of_the_message_under_the_pointer() {
        let mut state = chat();
        let areas = crate::view::layout::Areas::of(&state);
        let (column, row) = (areas.timeline.x + 10, areas.timeline.bottom() - 1);
        let kind = MouseEventKind::Down(MouseButton::Right);
        happen(&mut state, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }));
        assert_eq!(menu(&state).title, "You: two");
    }
}
