use super::*;
use crate::event::{Answer, AttachedAnswer, Event};
use crate::state::fixture::{group_text, lively};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{Event as ServerEvent, raw};

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    crate::update::update(state, event, moment)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn poll(multiple: bool) -> Ballot {
    let options = vec!["tea".into(), "coffee".into()];
    Ballot { title: "What?".into(), asked: Asked::Poll { options, multiple, anonymous: false } }
}

fn note() -> Ballot {
    Ballot { title: "Dinner".into(), asked: Asked::Note { details: String::new() } }
}

fn carrying(ballot: &Ballot, from: &str) -> WireMessage {
    let body: serde_json::Value = serde_json::from_str(&crate::update::more::custom_body(&ballot.data(), "")).unwrap();
    WireMessage { msg_body: Some(raw(&body).unwrap()), ..group_text(from, "rust", 40, 60, "") }
}

/// The group with one message, whose extensions were asked for.
fn opened(ballot: &Ballot, from: &str) -> State {
    let mut state = lively();
    let rust = ChatId::group("rust");
    crate::update::open_chat(&mut state, &rust, &mut Vec::new());
    let messages = vec![carrying(ballot, from)];
    let page = crate::event::LocalEvent::Page { chat: rust, messages, held: vec![(40, 40)] };
    let effects = happen(&mut state, Event::Local(page));
    let asked = |effect: &&Effect| matches!(effect, Effect::Ask(Ask::Attached(AttachedAsk::Extensions { place: 40, .. })));
    assert_eq!(effects.iter().filter(asked).count(), 1, "{effects:?}");
    state
}

fn answer(state: &mut State, list: &[(&str, &str, u64)]) {
    let list = list.iter().map(|(key, value, seq)| Extension { key: (*key).into(), value: (*value).into(), seq: *seq });
    let answer = AttachedAnswer::Extensions { group: "rust".into(), place: 40, result: Ok(list.collect()) };
    happen(state, Event::Answer(Answer::Attached(answer)));
}

fn tell(state: &mut State, operate_type: i64, pair: (&str, &str, u64)) {
    let notice = ExtensionNotice {
        id: ConversationId::group("rust"),
        place: 40,
        operate_type,
        extensions: vec![Extension { key: pair.0.into(), value: pair.1.into(), seq: pair.2 }],
        operator: pair.0.into(),
    };
    happen(state, Event::Server(ServerEvent::Extension(notice)));
}

fn asked(effects: &[Effect]) -> (String, Option<String>, u64) {
    let found = effects.iter().find_map(|effect| match effect {
        Effect::Ask(Ask::Attached(AttachedAsk::SetExtension { key, value, seq, .. })) => Some((key.clone(), value.clone(), *seq)),
        _ => None,
    });
    found.unwrap_or_else(|| panic!("{effects:?}"))
}

fn screen(state: &State) -> String {
    crate::view::tests::screen(state).backend().to_string()
}

fn open_page(state: &mut State) {
    press(state, KeyCode::Up);
    press(state, KeyCode::Char('b'));
    assert!(matches!(state.modals.last(), Some(Modal::Ballot(_))));
}

#[test]
fn a_vote_names_the_version_that_is_known_and_others_votes_appear_at_once() {
    let mut state = opened(&poll(false), "li");
    answer(&mut state, &[("me", r#"{"options":[1]}"#, 3), ("bob", r#"{"options":[0]}"#, 1)]);
    assert!(screen(&state).contains("2 voted"), "{}", screen(&state));
    open_page(&mut state);
    press(&mut state, KeyCode::Char(' '));
    let (key, value, seq) = asked(&press(&mut state, KeyCode::Enter));
    assert_eq!((key.as_str(), seq), ("me", 3));
    assert!(value.unwrap().contains(r#""options":[0]"#));
    assert!(press(&mut state, KeyCode::Enter).is_empty(), "once at a time");
    tell(&mut state, 1, ("li", r#"{"options":[0]}"#, 1));
    assert_eq!(state.live.votes(&ChatId::group("rust"), 40).unwrap().tally(2).1, 3);
    insta::assert_snapshot!(screen(&state));
}

#[test]
fn several_answers_are_picked_and_taking_all_back_withdraws() {
    let mut state = opened(&poll(true), "li");
    answer(&mut state, &[("me", r#"{"options":[0]}"#, 1)]);
    open_page(&mut state);
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Char(' '));
    assert!(asked(&press(&mut state, KeyCode::Enter)).1.unwrap().contains(r#""options":[0,1]"#));
    let done = Extension { key: "me".into(), value: r#"{"options":[0,1]}"#.into(), seq: 2 };
    let answer = AttachedAnswer::ExtensionSet { group: "rust".into(), place: 40, removed: false, result: Ok(done) };
    happen(&mut state, Event::Answer(Answer::Attached(answer)));
    press(&mut state, KeyCode::Char(' '));
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char(' '));
    assert_eq!(asked(&press(&mut state, KeyCode::Enter)), ("me".into(), None, 2));
}

#[test]
fn who_started_it_ends_it_and_then_nobody_answers() {
    let mut state = opened(&poll(false), "li");
    answer(&mut state, &[]);
    open_page(&mut state);
    assert!(press(&mut state, KeyCode::Char('c')).is_empty(), "it is another's");
    tell(&mut state, 1, (CLOSED, "1", 1));
    assert!(press(&mut state, KeyCode::Enter).is_empty());
    assert!(screen(&state).contains("This poll is closed"));

    let mut state = opened(&poll(false), "me");
    answer(&mut state, &[]);
    open_page(&mut state);
    assert_eq!(asked(&press(&mut state, KeyCode::Char('c'))).0, CLOSED);
}

#[test]
fn a_line_is_written_into_a_note_and_the_lines_are_shown_in_their_order() {
    let mut state = opened(&note(), "li");
    answer(&mut state, &[("li", r#"{"text":"salad","time":2}"#, 1), ("bob", r#"{"text":"bread","time":1}"#, 1)]);
    open_page(&mut state);
    press(&mut state, KeyCode::Enter);
    for c in "wine".chars() {
        press(&mut state, KeyCode::Char(c));
    }
    let (key, value, seq) = asked(&press(&mut state, KeyCode::Enter));
    assert_eq!((key.as_str(), seq), ("me", 0));
    assert!(value.unwrap().contains(r#""text":"wine""#));
    insta::assert_snapshot!(screen(&state));
}

#[test]
fn a_message_that_takes_no_answers_says_so() {
    let mut state = opened(&poll(false), "li");
    let refusal = Refusal { code: 23002, text: "no".into() };
    let answer = AttachedAnswer::Extensions { group: "rust".into(), place: 40, result: Err(refusal) };
    happen(&mut state, Event::Answer(Answer::Attached(answer)));
    open_page(&mut state);
    assert!(press(&mut state, KeyCode::Enter).iter().all(|effect| !matches!(effect, Effect::Ask(_))));
    assert!(screen(&state).contains("this message takes no answers"));
}
