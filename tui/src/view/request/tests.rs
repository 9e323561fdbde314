//! Requests as they are drawn.

use super::super::tests::{key, screen};
use crate::effect::GroupAsk;
use crate::event::{Answer, Event, GroupTold};
use crate::state::fixture::{NOW_S, now};
use crate::update::{group_page_fixture, update};
use crossterm::event::{KeyCode, KeyModifiers};
use tern_protocol::api::group_application::{Application, Applications};

fn state() -> crate::state::State {
    let mut state = group_page_fixture("Owner");
    key(&mut state, KeyCode::Esc, KeyModifiers::NONE);
    let application = |from: &str, nick: &str, ago_s: i64, message: &str, handle_status: i64| Application {
        group_id: "rust".into(),
        group_name: "Rust study".into(),
        from_account: from.into(),
        from_nick: nick.into(),
        add_time: NOW_S - ago_s,
        message: message.into(),
        handle_status,
        handle_result: handle_status.min(1),
        ..Application::default()
    };
    let applications = vec![
        application("dan", "Dan Dare", 120, "Bob told me of you: I read chapters 1 to 3 already", 0),
        application("eve", "", 4_000, "", 0),
        application("fay", "Fay", 90_000, "hi", 1),
    ];
    let list = Applications { unread_num: 2, applications };
    let answer = Answer::Group { ask: GroupAsk::Requests, result: Ok(GroupTold::Requests(Box::new(list))) };
    update(&mut state, Event::Answer(answer), now());
    state
}

#[test]
fn those_who_wait_stand_above_the_messages() {
    insta::assert_snapshot!(screen(&state()).backend());
}

#[test]
fn they_count_on_the_tab_of_groups_and_on_the_groups_row() {
    let mut state = state();
    key(&mut state, KeyCode::Esc, KeyModifiers::NONE);
    key(&mut state, KeyCode::Char('3'), KeyModifiers::NONE);
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn the_page_lists_them_and_enter_shows_the_whole() {
    let mut state = state();
    key(&mut state, KeyCode::Char('r'), KeyModifiers::ALT);
    insta::assert_snapshot!("requests", screen(&state).backend());
    key(&mut state, KeyCode::Enter, KeyModifiers::NONE);
    insta::assert_snapshot!("request_detail", screen(&state).backend());
}
