//! What picking and forwarding do.

use crate::act::Act;
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::{Answer, Event};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::create::NewGroup;
use crate::state::fixture::{lively, text};
use crate::state::modal::Modal;
use crate::update::acting::tests::{acts, happen, open, press, typed};
use crossterm::event::KeyCode;
use serde_json::Value;

fn long_chat(count: u64) -> State {
    let mut state = lively();
    let messages = (1..=count).map(|place| text("bob", "bob", place, 3000 - place.cast_signed(), &format!("m{place}"))).collect();
    open(&mut state, &ChatId::user("bob"), messages);
    state
}

/// Picks the newest `count` messages.
fn pick(state: &mut State, count: u64) {
    for _ in 0..count {
        press(state, KeyCode::Up);
        press(state, KeyCode::Char(' '));
    }
}

fn sent(effects: &[Effect]) -> Vec<(String, Value)> {
    effects
        .iter()
        .filter_map(|effect| match effect {
            Effect::Ask(Ask::Deliver(outgoing)) => {
                Some((outgoing.chat.clone(), serde_json::from_str(&outgoing.body_json()).unwrap()))
            }
            _ => None,
        })
        .collect()
}

fn picker(state: &State) -> &crate::state::forward::Picker {
    match state.modals.last() {
        Some(Modal::Forward(picker)) => picker,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_message_goes_to_several_chats_with_the_same_body_and_without_what_it_answered() {
    let mut state = lively();
    let body = r#"[{"MsgType":"TIMFileElem","MsgContent":{"FileName":"a.pdf","FileSize":5,"Url":"http://h/a","Download_Flag":2}}]"#;
    let mut wire = text("bob", "bob", 1, 60, "");
    wire.msg_body = Some(serde_json::value::RawValue::from_string(body.into()).unwrap());
    wire.cloud_custom_data = Some(r#"{"messageReply":{"messageID":"x"}}"#.into());
    open(&mut state, &ChatId::user("bob"), vec![wire]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('f'));
    typed(&mut state, "rust");
    press(&mut state, KeyCode::Tab);
    typed(&mut state, "cy");
    press(&mut state, KeyCode::Tab);
    assert!(press(&mut state, KeyCode::Enter).is_empty(), "it asks first");
    assert!(matches!(state.modals.last(), Some(Modal::Confirm(confirm)) if confirm.question == "Forward to 2 chats?"));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(state.modals.is_empty());
    let expected: Value = serde_json::from_str(body).unwrap();
    assert_eq!(sent(&effects), [("group_rust".into(), expected.clone()), ("c2c_cy".into(), expected)]);
    let kept = effects.iter().filter(|effect| matches!(effect, Effect::Store(StoreOp::Outgoing(_)))).count();
    assert_eq!(kept, 2, "a restart or a lost link loses none");
    assert!(state.outbox.iter().all(|row| !row.custom.as_deref().unwrap_or_default().contains("messageReply")));
    assert_ne!(state.outbox[0].msg_id("144"), state.outbox[1].msg_id("144"), "they are new messages");
}

#[test]
fn picked_messages_go_one_by_one_in_their_order_and_more_than_thirty_only_combined() {
    let mut state = long_chat(40);
    pick(&mut state, 3);
    press(&mut state, KeyCode::Char('f'));
    press(&mut state, KeyCode::Enter);
    let texts: Vec<String> = sent(&press(&mut state, KeyCode::Enter))
        .iter()
        .map(|(_, body)| body[0]["MsgContent"]["Text"].as_str().unwrap().into())
        .collect();
    assert_eq!(texts, ["m38", "m39", "m40"]);
    assert!(state.marks.is_none(), "done");
    let mut state = long_chat(40);
    pick(&mut state, 31);
    press(&mut state, KeyCode::Char('f'));
    assert!(state.modals.is_empty() && state.toast.as_ref().unwrap().text.contains("only be combined"));
    press(&mut state, KeyCode::Char('c'));
    press(&mut state, KeyCode::Enter);
    let effects = press(&mut state, KeyCode::Enter);
    let [(_, body)] = &sent(&effects)[..] else { panic!() };
    let content = &body[0]["MsgContent"];
    assert_eq!((content["MsgNum"].as_i64(), body[0]["MsgType"].as_str()), (Some(31), Some("TIMRelayElem")));
    assert_eq!(content["Title"], "Chat History of Me and Bob Brown");
    assert_eq!(content["MsgList"][0]["MsgBody"][0]["MsgContent"]["Text"], "m10", "the oldest first");
}

#[test]
fn what_failed_or_was_taken_back_is_not_picked_and_esc_lets_go_of_all() {
    let mut state = lively();
    let mut gone = text("bob", "bob", 2, 50, "");
    gone.is_place_msg = Some(2);
    open(&mut state, &ChatId::user("bob"), vec![text("bob", "bob", 1, 60, "hi"), gone]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char(' '));
    assert!(state.marks.is_none() && state.toast.is_some());
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char(' '));
    assert_eq!(state.marks.as_ref().unwrap().len(), 1);
    press(&mut state, KeyCode::Esc);
    assert!(state.marks.is_none());
    assert!(state.open_timeline().unwrap().selected.is_some(), "one stays on the message");
}

#[test]
fn picked_messages_are_deleted_together_after_a_question() {
    let mut state = long_chat(5);
    pick(&mut state, 2);
    press(&mut state, KeyCode::Char('x'));
    assert!(matches!(state.modals.last(), Some(Modal::Confirm(confirm)) if confirm.question == "Delete 2 messages?"));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(acts(&effects)[..], [Act::Delete { places, .. }] if places == &[4, 5]));
}

#[test]
fn the_page_finds_recent_chats_contacts_groups_and_somebody_new() {
    let mut state = long_chat(2);
    state.people.learn("dora", "Dora");
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('f'));
    let words: Vec<&str> = picker(&state).targets.iter().map(|target| target.section.word()).collect();
    assert!(words.iter().filter(|word| **word == "recent").count() == 4 && words.contains(&"contact"));
    typed(&mut state, "dor");
    assert_eq!(picker(&state).targets[0].name, "Dora");
    for _ in 0..3 {
        press(&mut state, KeyCode::Backspace);
    }
    typed(&mut state, "newcomer");
    let target = picker(&state).targets.last().unwrap();
    assert_eq!((target.chat.clone(), target.section.word()), (ChatId::user("newcomer"), "new chat"));
    press(&mut state, KeyCode::Esc);
    assert!(state.modals.is_empty());
}

#[test]
fn a_no_goes_back_to_the_choice() {
    let mut state = long_chat(2);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('f'));
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Esc);
    assert!(!picker(&state).targets.is_empty() && state.outbox.is_empty());
}

#[test]
fn forwarding_to_many_chats_leaves_the_open_one_on_the_screen() {
    let mut state = long_chat(2);
    for n in 0..10 {
        state.people.learn(&format!("p{n}"), &format!("Person {n}"));
    }
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('f'));
    for n in 0..10 {
        typed(&mut state, &format!("Person {n}"));
        press(&mut state, KeyCode::Tab);
    }
    press(&mut state, KeyCode::Enter);
    press(&mut state, KeyCode::Enter);
    assert_eq!(state.outbox.len(), 10);
    assert_eq!(state.open_timeline().map(|timeline| timeline.rows().len()), Some(2));
}

#[test]
fn a_group_that_is_made_for_it_is_forwarded_to() {
    let mut state = long_chat(2);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('f'));
    let key = crossterm::event::KeyEvent::new(KeyCode::Char('n'), crossterm::event::KeyModifiers::ALT);
    happen(&mut state, Event::Key(key));
    press(&mut state, KeyCode::Enter);
    typed(&mut state, "Trip");
    for _ in 0..5 {
        press(&mut state, KeyCode::Enter);
    }
    let group = Box::new(NewGroup { name: "Trip".into(), kind: "Private".into(), ..NewGroup::default() });
    let answer = Answer::GroupCreated { group, result: Ok("@TGS#1".into()) };
    happen(&mut state, Event::Answer(answer));
    assert_eq!(picker(&state).marked[0].chat, ChatId::group("@TGS#1"));
    press(&mut state, KeyCode::Enter);
    let effects = press(&mut state, KeyCode::Enter);
    assert_eq!(sent(&effects)[0].0, "group_@TGS#1");
}
