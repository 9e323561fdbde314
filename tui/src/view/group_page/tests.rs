//! The page of a group as it is drawn.

use super::super::tests::screen;
use crate::state::State;
use crate::update::group_page_fixture as fixture;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

fn press(state: &mut State, code: KeyCode) {
    let now = crate::state::fixture::now();
    crate::update::update(state, crate::event::Event::Key(KeyEvent::new(code, KeyModifiers::NONE)), now);
}

#[test]
fn the_owners_details_at_80_by_24() {
    insta::assert_snapshot!(screen(&fixture("Owner")).backend());
}

#[test]
fn the_members_with_a_menu_at_80_by_24() {
    let mut state = fixture("Owner");
    for code in [KeyCode::Right, KeyCode::Down, KeyCode::Down, KeyCode::Enter] {
        press(&mut state, code);
    }
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn the_management_at_120_by_40() {
    let mut state = fixture("Owner");
    state.size = (120, 40);
    press(&mut state, KeyCode::Right);
    press(&mut state, KeyCode::Right);
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn a_members_details_at_200_by_50() {
    let mut state = fixture("Member");
    state.size = (200, 50);
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn a_form_says_how_much_a_text_has() {
    let mut state = fixture("Owner");
    press(&mut state, KeyCode::Enter);
    insta::assert_snapshot!(screen(&state).backend());
}
