//! What acting on a message does.

use crate::act::{Act, Acted};
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::{Answer, Delivered, Event, LocalEvent, Refusal};
use crate::state::conversation::ChatId;
use crate::state::fixture::{NOW_S, group_text, lively, text};
use crate::state::message::Body;
use crate::state::modal::Modal;
use crate::state::timeline::{RowKey, WindowAt};
use crate::state::{Focus, State};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use serde_json::Value;
use tern_protocol::api::message::Message as WireMessage;

pub(crate) fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    crate::update::update(state, event, moment)
}

pub(crate) fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

pub(crate) fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c))).collect()
}

pub(crate) fn open(state: &mut State, chat: &ChatId, messages: Vec<WireMessage>) {
    crate::update::open_chat(state, chat, &mut Vec::new());
    let places: Vec<u64> = messages.iter().filter_map(WireMessage::place).collect();
    let held = places.iter().min().zip(places.iter().max()).map(|(from, to)| (*from, *to)).into_iter().collect();
    happen(state, Event::Local(LocalEvent::Page { chat: chat.clone(), messages, held }));
}

pub(crate) fn acts(effects: &[Effect]) -> Vec<&Act> {
    effects.iter().filter_map(|effect| if let Effect::Ask(Ask::Act(act)) = effect { Some(act) } else { None }).collect()
}

fn bob() -> ChatId {
    ChatId::user("bob")
}

fn chat_with_bob() -> State {
    let mut state = lively();
    open(&mut state, &bob(), vec![text("bob", "bob", 1, 900, "shall we?"), text("me", "bob", 2, 60, "tomorrow")]);
    state
}

fn group_of(role: &str) -> State {
    let mut state = lively();
    let mut group = state.groups.get("rust").unwrap().clone();
    group.role = role.into();
    state.groups.set("rust", Some(group));
    let messages = vec![group_text("li", "rust", 1, 900, "one"), group_text("me", "rust", 2, 800, "two")];
    open(&mut state, &ChatId::group("rust"), messages);
    state
}

fn custom(state: &State) -> Value {
    serde_json::from_str(state.outbox[0].custom.as_deref().unwrap()).unwrap()
}

#[test]
fn a_quote_goes_with_the_next_text_and_only_with_that() {
    let mut state = chat_with_bob();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Char('q')] {
        press(&mut state, code);
    }
    assert_eq!(state.focus, Focus::Composer);
    typed(&mut state, "yes");
    press(&mut state, KeyCode::Enter);
    let quoted = state.open_timeline().unwrap().rows()[0].msg_id.clone();
    let custom = custom(&state);
    assert_eq!(custom["messageReply"]["messageID"], Value::String(quoted));
    assert_eq!(custom["messageReply"]["messageSender"], "Bob Brown");
    assert!(custom["messageReply"].get("messageRootID").is_none() && state.outbox[0].thread.is_none(), "a quote has no thread");
    assert_eq!(custom["messageFeature"]["needTyping"], 1);
    let row = state.open_timeline().unwrap().rows().last().unwrap().clone();
    assert_eq!(row.source.unwrap().reply.as_ref().unwrap().text, "shall we?", "it shows at once");
    typed(&mut state, "and");
    press(&mut state, KeyCode::Enter);
    assert!(!state.outbox[1].custom.as_deref().unwrap().contains("messageReply"));
}

#[test]
fn a_reply_names_its_root_and_joins_its_list_and_survives_a_restart() {
    let mut state = chat_with_bob();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Char('a')] {
        press(&mut state, code);
    }
    typed(&mut state, "yes");
    let effects = press(&mut state, KeyCode::Enter);
    let root = state.open_timeline().unwrap().rows()[0].msg_id.clone();
    assert_eq!(custom(&state)["messageReply"]["messageRootID"], Value::String(root.clone()));
    let kept = effects.iter().find_map(|effect| if let Effect::Store(StoreOp::Outgoing(row)) = effect { Some(row) } else { None });
    let restored: crate::state::composer::Outgoing = serde_json::from_str(&serde_json::to_string(kept.unwrap()).unwrap()).unwrap();
    let (thread, entry) = restored.thread.clone().unwrap();
    assert_eq!((thread.root_id, thread.place), (root, Some(1)));
    assert_eq!((entry.message_id, entry.text.as_str(), entry.sender.as_str()), (restored.msg_id("144"), "yes", "Me"));
}

#[test]
fn what_is_answered_waits_with_the_draft_and_esc_lets_go_of_it() {
    let mut state = chat_with_bob();
    for code in [KeyCode::Up, KeyCode::Up, KeyCode::Char('q')] {
        press(&mut state, code);
    }
    typed(&mut state, "half");
    let mut out = Vec::new();
    crate::update::open_chat(&mut state, &ChatId::user("li"), &mut out);
    assert!(state.answering.is_none());
    let kept = |effect: &Effect| matches!(effect, Effect::Store(StoreOp::Conversation(row)) if row.draft_answers.is_some());
    assert!(out.iter().any(kept));
    crate::update::open_chat(&mut state, &bob(), &mut Vec::new());
    assert_eq!(state.answering.as_ref().unwrap().to.text, "shall we?");
    press(&mut state, KeyCode::Esc);
    assert!(state.answering.is_none());
    assert_eq!((state.focus, state.composer.text()), (Focus::Composer, "half"), "the text stays");
}

#[test]
fn an_own_message_is_taken_back_by_its_names_and_can_be_written_anew() {
    let mut state = chat_with_bob();
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('u'));
    let [Act::Recall { message, thread: None, .. }] = acts(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((message.place, message.random, message.time_s, message.sender.as_str()), (2, 2, NOW_S - 60, "me"));
    happen(&mut state, Event::Answer(Answer::Acted(Acted::Recalled { chat: bob(), place: 2, result: Ok(()), root: None })));
    assert_eq!(state.open_timeline().unwrap().rows()[1].body, Body::Recalled);
    press(&mut state, KeyCode::Char('e'));
    assert_eq!((state.composer.text(), state.focus), ("tomorrow", Focus::Composer));
    state.composer.set("");
    state.now.wall_ms += 61_000;
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('e'));
    assert_eq!(state.composer.text(), "", "two minutes after it was sent it is over");
}

#[test]
fn a_refused_recall_says_why_with_its_code_and_changes_nothing() {
    let mut state = chat_with_bob();
    let result = Err(Refusal { code: 20016, text: "x".into() });
    happen(&mut state, Event::Answer(Answer::Acted(Acted::Recalled { chat: bob(), place: 2, result, root: None })));
    assert!(state.toast.as_ref().unwrap().text.contains("too old to be taken back (code 20016)"));
    assert!(matches!(state.open_timeline().unwrap().rows()[1].body, Body::Parts(_)));
}

#[test]
fn owner_and_administrators_take_back_what_others_said_and_members_do_not() {
    for (role, count) in [("Owner", 1), ("Admin", 1), ("Member", 0)] {
        let mut state = group_of(role);
        press(&mut state, KeyCode::Up);
        press(&mut state, KeyCode::Up);
        assert_eq!(acts(&press(&mut state, KeyCode::Char('u'))).len(), count, "{role}");
    }
    let mut state = chat_with_bob();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    assert!(press(&mut state, KeyCode::Char('u')).is_empty(), "one to one nobody takes back what the other said");
}

#[test]
fn a_deleted_message_goes_after_a_question_and_the_list_shows_what_is_left() {
    let mut state = chat_with_bob();
    state.conversations.change(&bob(), |conversation| {
        conversation.last_place = 2;
        conversation.last.iter_mut().for_each(|last| last.place = 2);
    });
    press(&mut state, KeyCode::Up);
    assert!(press(&mut state, KeyCode::Char('x')).is_empty(), "it asks first");
    assert!(matches!(state.modals.last(), Some(Modal::Confirm(_))));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(acts(&effects)[..], [Act::Delete { places, .. }] if places == &[2]));
    let effects = happen(&mut state, Event::Answer(Answer::Acted(Acted::Deleted { chat: bob(), places: vec![2], result: Ok(()) })));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Delete { places, .. }) if places == &[2])));
    assert_eq!(state.open_timeline().unwrap().rows().len(), 1);
    assert_eq!(state.open_conversation().unwrap().last.as_ref().unwrap().text, "shall we?");
}

#[test]
fn one_jumps_to_what_is_quoted_in_memory_or_asks_the_server_for_it() {
    let mut state = lively();
    let first = group_text("li", "rust", 1, 900, "one");
    let quote = |sequence: u64| {
        let mut wire = group_text("bob", "rust", 2, 800, "two");
        let reply =
            format!(r#"{{"messageReply":{{"messageID":"{}","messageSequence":{sequence},"messageTime":5}}}}"#, first.msg_id());
        wire.cloud_custom_data = Some(reply);
        wire
    };
    open(&mut state, &ChatId::group("rust"), vec![first.clone(), quote(1)]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('Q'));
    assert_eq!(state.open_timeline().unwrap().selected, Some(RowKey::Place(1)));
    let mut state = lively();
    open(&mut state, &ChatId::group("rust"), vec![quote(1)]);
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('Q'));
    let looked_for = |effect: &Effect| matches!(effect, Effect::Store(StoreOp::LoadWindow { at: WindowAt::Around(1), .. }));
    assert!(effects.iter().any(looked_for), "{effects:?}");
}

#[test]
fn a_sent_one_to_one_message_has_the_number_it_went_out_with() {
    let mut state = chat_with_bob();
    typed(&mut state, "hi");
    press(&mut state, KeyCode::Enter);
    let (key, seq) = (state.outbox[0].key(), state.outbox[0].seq());
    let result = Ok(Delivered { time_s: NOW_S, place: Some(3) });
    happen(&mut state, Event::Answer(Answer::Delivered { key, result }));
    assert_eq!(state.open_timeline().unwrap().rows().last().unwrap().seq, u64::from(seq), "so it can be taken back");
}
