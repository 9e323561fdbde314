//! Behaviours of every component (`contract/uikit-parity.md` section 11): clock skew, and what is read when one leaves.

use super::update;
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::{Event, LinkEvent, LocalEvent};
use crate::state::conversation::ChatId;
use crate::state::fixture::{lively, text};
use crate::state::message::{Body, Message};
use crate::state::{Now, State};
use tern_protocol::event::Event as ServerEvent;

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    update(state, event, moment)
}

#[test]
fn recall_and_writing_anew_end_by_the_servers_clock_and_window() {
    let mut state = lively();
    let bob = ChatId::user("bob");
    crate::update::open_chat(&mut state, &bob, &mut Vec::new());
    // This host's clock is ten minutes slow, and the server allows a minute.
    let server = LinkEvent::Server { offset_ms: 600_000, recall_s: Some(60), custom_status: String::new() };
    happen(&mut state, Event::Link(server));
    let sent_s = state.server_now_s() - 59;
    let row = Message { mine: true, place: Some(9), time_s: sent_s, body: Body::Parts(Vec::new()), ..Message::default() };
    let offers = |state: &State, row: &Message| crate::state::menu::offered(state, row).contains(&Action::Recall);
    assert!(offers(&state, &row));
    state.retracted.keep(&bob, 9, sent_s, "one".into());
    let gone = Message { body: Body::Recalled, ..row.clone() };
    assert!(crate::state::menu::may_re_edit(&state, &gone));
    // The screen wakes by itself when that ends.
    let wakes_ms = state.wake_at().unwrap();
    assert!((1_000..=2_000).contains(&(wakes_ms - state.now.mono_ms)), "{wakes_ms}");
    let later = Now { wall_ms: state.now.wall_ms + 2_000, mono_ms: state.now.mono_ms + 2_000 };
    update(&mut state, Event::Woke, later);
    assert!(!offers(&state, &row) && !crate::state::menu::may_re_edit(&state, &gone));
}

#[test]
fn what_was_seen_is_told_before_one_leaves_and_what_comes_after_counts() {
    let mut state = lively();
    let bob = ChatId::user("bob");
    crate::update::open_chat(&mut state, &bob, &mut Vec::new());
    let page = LocalEvent::Page { chat: bob.clone(), messages: vec![text("bob", "bob", 4, 900, "hi")], held: vec![(4, 4)] };
    happen(&mut state, Event::Local(page));
    let told = happen(&mut state, Event::Server(ServerEvent::C2cMessage(text("bob", "me", 5, 0, "one"))));
    assert!(told.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Read { place: 5, .. }))), "{told:?}");
    crate::update::open_chat(&mut state, &ChatId::group("rust"), &mut Vec::new());
    let told = happen(&mut state, Event::Server(ServerEvent::C2cMessage(text("bob", "me", 6, 0, "two"))));
    assert!(!told.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Read { .. }))));
    let row = state.conversations.get(&bob).unwrap();
    assert_eq!((row.read_place, row.unread), (5, 1));
}
