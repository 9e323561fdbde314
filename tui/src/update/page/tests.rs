//! What pages of messages do.

use crate::act::{Act, Acted};
use crate::effect::{Ask, Effect};
use crate::event::{Answer, Event, Refusal};
use crate::state::State;
use crate::state::conversation::ChatId;
use crate::state::fixture::{lively, text};
use crate::state::modal::Modal;
use crate::state::page::Page;
use crate::state::timeline::RowKey;
use crate::update::acting::tests::{acts, happen, open, press, typed};
use crossterm::event::KeyCode;
use serde_json::json;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{Event as ServerEvent, raw};

fn bob() -> ChatId {
    ChatId::user("bob")
}

fn page(state: &State) -> &Page {
    match state.modals.last() {
        Some(Modal::Page(page)) => page,
        other => panic!("{other:?}"),
    }
}

fn lines(state: &State) -> Vec<String> {
    page(state).timeline.rows().iter().map(crate::state::message::Message::abstract_line).collect()
}

fn merged(content: serde_json::Value) -> WireMessage {
    let mut wire = text("bob", "bob", 1, 60, "");
    wire.msg_body = Some(raw(&json!([{"MsgType": "TIMRelayElem", "MsgContent": content}])).unwrap());
    wire
}

fn inner(words: &str) -> serde_json::Value {
    json!({"From_Account": "cy", "MsgTimeStamp": 5, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": words}}]})
}

#[test]
fn a_merged_message_opens_and_the_one_inside_it_too_and_esc_goes_back() {
    let mut state = lively();
    let nested = json!({"From_Account": "cy", "MsgTimeStamp": 6, "MsgBody": [{"MsgType": "TIMRelayElem",
        "MsgContent": {"Title": "Deeper", "MsgNum": 1, "AbstractList": ["x"], "MsgList": [inner("deep")]}}]});
    let content =
        json!({"Title": "Group Chat History", "MsgNum": 2, "AbstractList": ["cy:one"], "MsgList": [inner("one"), nested]});
    open(&mut state, &bob(), vec![merged(content)]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('m'));
    assert_eq!((page(&state).title.as_str(), lines(&state)[0].as_str()), ("Group Chat History", "one"));
    press(&mut state, KeyCode::Down);
    press(&mut state, KeyCode::Enter);
    assert_eq!((page(&state).title.as_str(), lines(&state)), ("Deeper", vec!["deep".to_owned()]));
    let effects = press(&mut state, KeyCode::Char('y'));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Copy(text) if text == "deep")));
    assert!(press(&mut state, KeyCode::Char('u')).is_empty() && state.outbox.is_empty(), "inside nothing is taken back");
    press(&mut state, KeyCode::Esc);
    assert_eq!(page(&state).title, "Group Chat History");
    press(&mut state, KeyCode::Esc);
    assert!(state.modals.is_empty());
}

#[test]
fn a_picture_inside_a_merged_message_is_looked_at_saved_and_fetched() {
    use crate::effect::MediaOp;
    use crate::state::picture::{Graphics, Protocol};
    let mut state = lively();
    state.media.pictures.graphics = Some(Graphics { protocol: Protocol::HalfBlock { true_colour: true }, cell: (10, 20) });
    let size = json!({"Type": 1, "Size": 9, "Width": 40, "Height": 30, "URL": "http://127.0.0.1:8640/media/1400000001/ab/cat.png?e=1&s=2"});
    let picture = json!({"From_Account": "cy", "MsgTimeStamp": 6, "MsgBody": [{"MsgType": "TIMImageElem",
        "MsgContent": {"UUID": "u", "ImageFormat": 3, "ImageInfoArray": [size]}}]});
    let content = json!({"Title": "Cats", "MsgNum": 2, "AbstractList": ["a"], "MsgList": [inner("look"), picture]});
    open(&mut state, &bob(), vec![merged(content)]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('m'));
    press(&mut state, KeyCode::End);
    let fetched = |effects: &[Effect]| effects.iter().any(|effect| matches!(effect, Effect::Media(MediaOp::Download(_))));
    assert!(fetched(&press(&mut state, KeyCode::Char('v'))));
    assert!(matches!(state.modals.last(), Some(Modal::Viewer(_))));
    press(&mut state, KeyCode::Esc);
    assert_eq!(page(&state).title, "Cats");
    press(&mut state, KeyCode::Char('s'));
    assert!(matches!(state.modals.last(), Some(Modal::Form(_))), "asks where to");
}

#[test]
fn what_is_too_large_to_travel_inside_is_fetched_by_its_key() {
    let mut state = lively();
    open(&mut state, &bob(), vec![merged(json!({"Title": "Big", "MsgNum": 300, "AbstractList": ["a"], "JsonMsgKey": "k1"}))]);
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('m'));
    let [Act::Relay { key, page: number }] = acts(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((key.as_str(), page(&state).busy), ("k1", true));
    let number = *number;
    let list = json!((0..300).map(|n| inner(&format!("m{n}"))).collect::<Vec<_>>()).to_string();
    happen(&mut state, Event::Answer(Answer::Acted(Acted::Relay { page: number, result: Ok(list) })));
    assert_eq!((lines(&state).len(), page(&state).busy), (300, false));
    assert_eq!(page(&state).timeline.selected, Some(RowKey::Unsent("inside-0".into())), "it is read from its beginning");
    press(&mut state, KeyCode::Char('G'));
    assert_eq!(page(&state).timeline.selected, Some(RowKey::Unsent("inside-299".into())));
    press(&mut state, KeyCode::Esc);
    // An answer for a page that was closed is nobody's.
    happen(&mut state, Event::Answer(Answer::Acted(Acted::Relay { page: number, result: Ok("[]".into()) })));
    press(&mut state, KeyCode::Char('m'));
    let number = page(&state).number;
    let result = Err(Refusal { code: 20001, text: "there is no such list".into() });
    happen(&mut state, Event::Answer(Answer::Acted(Acted::Relay { page: number, result })));
    assert!(page(&state).trouble.as_deref().unwrap().contains("20001"));
}

/// A root at place 1 with two replies: one in memory, one that is not.
fn thread() -> (State, WireMessage) {
    let mut state = lively();
    let mut root = text("bob", "bob", 1, 900, "who comes?");
    let reply = |place: u64, words: &str, root: &WireMessage| {
        let mut wire = text("bob", "bob", place, 800 - place.cast_signed(), words);
        wire.cloud_custom_data =
            Some(json!({"messageReply": {"messageID": root.msg_id(), "messageTime": root.msg_time_stamp, "messageRootID": root.msg_id()}}).to_string());
        wire
    };
    let (here, away) = (reply(2, "I do", &root), reply(3, "me too", &root));
    let entry =
        |wire: &WireMessage, words: &str| json!({"messageID": wire.msg_id(), "messageAbstract": words, "messageSender": "bob"});
    root.cloud_custom_data =
        Some(json!({"messageReplies": {"replies": [entry(&here, "I do"), entry(&away, "as it was")]}}).to_string());
    open(&mut state, &bob(), vec![root, here, text("bob", "bob", 4, 100, "something else")]);
    (state, away)
}

#[test]
fn a_thread_shows_its_root_and_all_replies_also_those_that_are_far_away() {
    let (mut state, away) = thread();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    let effects = press(&mut state, KeyCode::Char('A'));
    assert_eq!(lines(&state), ["who comes?", "I do", "as it was"], "until it is found, its line in the root's list stands for it");
    let [Act::Find { wanted, page: number, .. }] = acts(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((wanted.len(), &wanted[0].msg_id, wanted[0].time_s), (1, &away.msg_id(), away.msg_client_time));
    let found = Acted::Found { page: *number, result: Ok(vec![away]) };
    happen(&mut state, Event::Answer(Answer::Acted(found)));
    assert_eq!(lines(&state), ["who comes?", "I do", "me too"]);
}

#[test]
fn what_is_written_in_a_thread_joins_it_and_so_does_what_comes_meanwhile() {
    let (mut state, _) = thread();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('A'));
    typed(&mut state, "and I");
    let effects = press(&mut state, KeyCode::Enter);
    let root = state.open_timeline().unwrap().rows()[0].msg_id.clone();
    let sent =
        effects.iter().find_map(|effect| if let Effect::Ask(Ask::Deliver(sent)) = effect { Some(sent) } else { None }).unwrap();
    assert_eq!(sent.thread.as_ref().unwrap().0.root_id, root);
    assert_eq!(lines(&state).last().unwrap(), "and I");
    let mut next = text("bob", "bob", 5, 0, "great");
    next.cloud_custom_data = Some(json!({"messageReply": {"messageID": root, "messageRootID": root}}).to_string());
    happen(&mut state, Event::Server(ServerEvent::C2cMessage(next)));
    assert!(lines(&state).contains(&"great".to_owned()));
    press(&mut state, KeyCode::Esc);
    assert!(state.modals.is_empty());
}

#[test]
fn enter_with_nothing_written_goes_to_the_message_in_the_conversation() {
    let (mut state, _) = thread();
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('A'));
    for _ in 0..5 {
        press(&mut state, KeyCode::Up);
    }
    press(&mut state, KeyCode::Enter);
    assert!(state.modals.is_empty());
    assert_eq!(state.open_timeline().unwrap().selected, Some(RowKey::Place(1)));
}

#[test]
fn an_address_inside_a_merged_message_opens_and_not_one_of_the_conversation_behind() {
    let mut state = lively();
    let content = json!({"Title": "Links", "MsgNum": 1, "AbstractList": ["x"], "MsgList": [inner("see https://inside.example/a")]});
    let behind = text("bob", "bob", 2, 30, "https://behind.example");
    open(&mut state, &bob(), vec![merged(content), behind]);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Up);
    press(&mut state, KeyCode::Char('m'));
    let effects = press(&mut state, KeyCode::Char('l'));
    assert!(matches!(&effects[..], [Effect::Open(url)] if url == "https://inside.example/a"), "{effects:?}");
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
    let mut links = Vec::new();
    terminal
        .draw(|frame| {
            crate::view::draw(frame, &state);
            links = crate::view::rich::take_links(frame.buffer_mut(), &state);
        })
        .unwrap();
    assert!(links.is_empty(), "{links:?}");
}
