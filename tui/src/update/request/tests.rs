//! Requests, as they come and are decided.

use super::*;
use crate::event::{Answer, Event, GroupTold, Refusal};
use crate::update::group_page::tests::{answer, asks, happen, notice, opened, press};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tern_protocol::api::group_application::{Application, Applications};
use tern_protocol::event::{ApplicationHandled, Event as ServerEvent};

fn application(group: &str, kind: i64, from: &str) -> Application {
    Application {
        group_id: group.into(),
        group_name: "Rust study".into(),
        apply_type: kind,
        from_account: from.into(),
        message: "please let me in".into(),
        add_time: crate::state::fixture::NOW_S - 600,
        ..Application::default()
    }
}

fn list(applications: Vec<Application>) -> GroupTold {
    GroupTold::Requests(Box::new(Applications { unread_num: applications.len() as u64, applications }))
}

fn with_requests(role: &str) -> State {
    let mut state = opened(role);
    press(&mut state, KeyCode::Esc);
    answer(&mut state, GroupAsk::Requests, list(vec![application("rust", 0, "dan"), application("sailors", 1, "eve")]));
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::ALT)));
    state
}

#[test]
fn an_application_is_told_counted_and_let_in() {
    let mut state = opened("Owner");
    press(&mut state, KeyCode::Esc);
    let effects = happen(&mut state, notice(1, "dan"));
    assert_eq!(asks(&effects), [&GroupAsk::Requests]);
    answer(&mut state, GroupAsk::Requests, list(vec![application("rust", 0, "dan")]));
    assert_eq!(state.requests.waiting_in("rust"), 1);
    let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::ALT)));
    assert!(asks(&effects).iter().any(|ask| matches!(ask, GroupAsk::RequestsSeen { .. })));
    assert_eq!(state.requests.unread, 0);
    press(&mut state, KeyCode::Enter);
    let effects = press(&mut state, KeyCode::Enter);
    let asked = asks(&effects)[0].clone();
    assert!(matches!(&asked, GroupAsk::Decide { request, agree: true, .. } if request.applicant() == "dan"));
    let effects = answer(&mut state, asked, GroupTold::Done);
    assert!(asks(&effects).contains(&&GroupAsk::Requests), "the list is read anew");
}

#[test]
fn one_is_declined_with_a_reason_and_what_somebody_else_decided_is_said() {
    let mut state = with_requests("Admin");
    for code in [KeyCode::Enter, KeyCode::Down, KeyCode::Down, KeyCode::Enter] {
        press(&mut state, code);
    }
    for c in "full".chars() {
        press(&mut state, KeyCode::Char(c));
    }
    let effects = press(&mut state, KeyCode::Enter);
    let asked = asks(&effects)[0].clone();
    assert!(matches!(&asked, GroupAsk::Decide { agree: false, words, .. } if words == "full"));
    let refusal = Refusal { code: 10024, text: "handled".into() };
    happen(&mut state, Event::Answer(Answer::Group { ask: asked, result: Err(refusal) }));
    let Some(Modal::Form(form)) = state.modals.last() else { panic!("the form says it") };
    assert!(form.error.as_deref().is_some_and(|error| error.contains("decided this already")));
}

#[test]
fn a_member_decides_nothing_but_an_invitation_to_oneself() {
    let mut state = with_requests("Member");
    assert!(asks(&press(&mut state, KeyCode::Char('a'))).is_empty(), "not a member's to decide");
    press(&mut state, KeyCode::Esc);
    state.open = None;
    happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('r'), KeyModifiers::ALT)));
    press(&mut state, KeyCode::Down);
    let effects = press(&mut state, KeyCode::Char('a'));
    assert!(matches!(asks(&effects)[..], [GroupAsk::Decide { request, agree: true, .. }] if request.group == "sailors"));
}

#[test]
fn what_waits_counts_on_the_tab_until_somebody_has_decided_it() {
    let mut state = with_requests("Owner");
    assert_eq!((state.requests_in("rust"), state.requests_waiting()), (1, 2), "an application, and an invitation of one's own");
    let handled = ApplicationHandled { group_id: "rust".into(), applicant: "dan".into(), ..ApplicationHandled::default() };
    let effects = happen(&mut state, Event::Server(ServerEvent::ApplicationHandled(handled)));
    assert!(asks(&effects).contains(&&GroupAsk::Requests), "another administrator decided: the list is read anew");
    let decided = Application { handle_status: 1, ..application("rust", 0, "dan") };
    answer(&mut state, GroupAsk::Requests, list(vec![decided, application("sailors", 1, "eve")]));
    assert_eq!((state.requests_in("rust"), state.requests_waiting()), (0, 1));
    // What is not this person's to decide counts nowhere.
    let state = with_requests("Member");
    assert_eq!((state.requests_in("rust"), state.requests_waiting()), (0, 1));
}
