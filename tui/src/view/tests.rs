//! Screens as they are drawn.

use super::draw;
use crate::event::{Event, LocalEvent};
use crate::state::conversation::ChatId;
use crate::state::fixture::{group_text, lively, now, state, text};
use crate::state::modal::{Ended, Modal};
use crate::state::{Focus, InfoPage, Link, Panel, PanelEntry, Screen, State, Tab, Tone};
use crate::update::{login_form, update};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::raw;

pub(crate) fn screen(state: &State) -> Terminal<TestBackend> {
    let (width, height) = state.size;
    let mut terminal = Terminal::new(TestBackend::new(width, height)).unwrap();
    terminal.draw(|frame| draw(frame, state)).unwrap();
    terminal
}

pub(super) fn open(state: &mut State, chat: ChatId, messages: Vec<WireMessage>) {
    let mut out = Vec::new();
    crate::update::open_chat(state, &chat, &mut out);
    let places: Vec<u64> = messages.iter().filter_map(WireMessage::place).collect();
    let held = places.iter().min().zip(places.iter().max()).map(|(from, to)| (*from, *to)).into_iter().collect();
    update(state, Event::Local(LocalEvent::Page { chat, messages, held }), now());
}

pub(super) fn key(state: &mut State, code: KeyCode, held: KeyModifiers) {
    update(state, Event::Key(KeyEvent::new(code, held)), now());
}

pub(super) fn bob() -> Vec<WireMessage> {
    let image = r#"[{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[{"Type":1,"Size":204800,"Width":1280,"Height":720,"URL":"http://h/cat.jpg"}]}}]"#;
    let mut picture = text("bob", "bob", 3, 500, "");
    picture.msg_body = Some(serde_json::value::RawValue::from_string(image.into()).unwrap());
    vec![
        text("bob", "bob", 1, 90_000, "Hello! Are you there?"),
        text(
            "me",
            "bob",
            2,
            89_990,
            "Yes. What is the matter with the very long sentence that has to be broken into several rows of text?",
        ),
        picture,
        text("bob", "bob", 4, 430, "see https://example.org/cats, it is funny"),
        text("me", "bob", 5, 60, "see you tomorrow at the usual place"),
    ]
}

pub(super) fn open_bob(state: &mut State) {
    open(state, ChatId::user("bob"), bob());
}

#[test]
fn a_chat_at_80_by_24() {
    let mut state = lively();
    open_bob(&mut state);
    state.conversations.change(&ChatId::user("bob"), |conversation| conversation.peer_read_place = 2);
    for c in "fine, 明天见".chars() {
        key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
    }
    let mut terminal = screen(&state);
    insta::assert_snapshot!(terminal.backend());
    // The caret stands behind three wide characters.
    terminal.backend_mut().assert_cursor_position((26 + 1 + 2 + 12, 22));
}

#[test]
fn a_chat_at_200_by_50() {
    let mut state = lively();
    state.size = (200, 50);
    open_bob(&mut state);
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn a_group_with_unread_messages_tips_and_a_failed_one() {
    let mut state = lively();
    let mut tip = group_text("bob", "rust", 38, 3_700, "");
    tip.msg_body = Some(raw(&serde_json::json!({"OpType":1,"Operator_Account":"bob","List_Account":["bob"]})).unwrap());
    let messages = vec![
        group_text("li", "rust", 36, 3_900, "第四章"),
        group_text("li", "rust", 37, 3_890, "> a quotation\nand an answer"),
        tip,
        group_text("bob", "rust", 39, 3_650, "hi all\x1b[31m"),
        group_text("li", "rust", 40, 3_600, "has anyone tried the new borrow checker?"),
    ];
    open(&mut state, ChatId::group("rust"), messages);
    let mut out = Vec::new();
    crate::update::send(&mut state, &ChatId::group("rust"), "Not yet".into(), &mut out);
    let key = state.outbox[0].key();
    let refusal = crate::event::Refusal { code: 10017, text: "you are muted in this group".into() };
    let answer = crate::event::Answer::Delivered { key, result: Err(refusal) };
    update(&mut state, Event::Answer(answer), now());
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn the_list_has_the_keys() {
    let mut state = lively();
    state.toast = None;
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn a_first_start_says_what_to_do() {
    let mut state = state();
    insta::assert_snapshot!("first_start_chats", screen(&state).backend());
    state.tab = Tab::Groups;
    state.link = Link::Waiting { reason: "connection refused".into() };
    insta::assert_snapshot!("first_start_groups_offline", screen(&state).backend());
}

#[test]
fn an_empty_chat_says_what_to_do() {
    let mut state = lively();
    open(&mut state, ChatId::user("cy"), Vec::new());
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.loading = crate::state::timeline::Loading::Nothing;
        timeline.at_start = true;
    }
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn a_narrow_terminal_shows_one_part_at_a_time() {
    let mut state = lively();
    state.size = (40, 16);
    insta::assert_snapshot!("narrow_list", screen(&state).backend());
    open_bob(&mut state);
    insta::assert_snapshot!("narrow_chat", screen(&state).backend());
}

#[test]
fn contacts_and_groups() {
    let mut state = lively();
    state.tab = Tab::Contacts;
    insta::assert_snapshot!("contacts", screen(&state).backend());
    state.tab = Tab::Groups;
    insta::assert_snapshot!("groups", screen(&state).backend());
}

#[test]
fn the_login_screen() {
    let mut state = state();
    state.link = Link::Down;
    let mut form = login_form(&state.me, "Welcome. Your administrator gives you these.");
    form.error = Some("UserSig expired (code 70001)".into());
    state.screen = Screen::Login(form);
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn dialogs() {
    let mut state = lively();
    key(&mut state, KeyCode::Char('n'), KeyModifiers::NONE);
    key(&mut state, KeyCode::Char('b'), KeyModifiers::NONE);
    insta::assert_snapshot!("dialog_new_chat", screen(&state).backend());
    state.modals.clear();
    key(&mut state, KeyCode::Char('N'), KeyModifiers::SHIFT);
    insta::assert_snapshot!("dialog_group_types", screen(&state).backend());
    key(&mut state, KeyCode::Down, KeyModifiers::NONE);
    key(&mut state, KeyCode::Enter, KeyModifiers::NONE);
    key(&mut state, KeyCode::Down, KeyModifiers::NONE);
    key(&mut state, KeyCode::Down, KeyModifiers::NONE);
    insta::assert_snapshot!("dialog_new_group", screen(&state).backend());
    state.modals.clear();
    key(&mut state, KeyCode::Char('k'), KeyModifiers::CONTROL);
    for c in "ru".chars() {
        key(&mut state, KeyCode::Char(c), KeyModifiers::NONE);
    }
    insta::assert_snapshot!("dialog_palette", screen(&state).backend());
    state.modals.clear();
    key(&mut state, KeyCode::Char('?'), KeyModifiers::NONE);
    insta::assert_snapshot!("dialog_help", screen(&state).backend());
    state.modals = vec![Modal::Ended(Ended::Kicked { kick_type: 1, platform: "Linux".into() })];
    insta::assert_snapshot!("dialog_kicked", screen(&state).backend());
}

#[test]
fn the_demos_panel_and_page() {
    let mut state = lively();
    state.panel = Some(Panel {
        title: "What a phone got".into(),
        empty: "Nothing yet: write to somebody who is away".into(),
        ..Panel::default()
    });
    state.info = Some(InfoPage {
        title: "This demo".into(),
        lines: vec!["REST     http://127.0.0.1:40001".into(), "SDKAppID 1400000001".into()],
        copies: "curl".into(),
    });
    open_bob(&mut state);
    insta::assert_snapshot!("panel_below_the_list", screen(&state).backend());
    state.size = (140, 30);
    for line in ["Bob's iPhone · Me: hello", "Bob's Pixel · Rust study · 李小龙: has anyone tried the new borrow checker?"] {
        let entry = PanelEntry { text: line.into(), details: vec![r#"{"aps":{"alert":"hello"}}"#.into()] };
        update(&mut state, Event::Panel(entry), now());
    }
    insta::assert_snapshot!("panel_beside", screen(&state).backend());
    key(&mut state, KeyCode::F(2), KeyModifiers::NONE);
    insta::assert_snapshot!("info_page", screen(&state).backend());
    key(&mut state, KeyCode::Esc, KeyModifiers::NONE);
    key(&mut state, KeyCode::F(3), KeyModifiers::NONE);
    insta::assert_snapshot!("panel_details", screen(&state).backend());
}

#[test]
fn new_messages_while_scrolled_up_are_announced_and_nothing_jumps() {
    let mut state = lively();
    let messages = (1..=60).map(|place| text("bob", "bob", place, 4_000 - place as i64 * 50, &format!("line {place}"))).collect();
    open(&mut state, ChatId::user("bob"), messages);
    key(&mut state, KeyCode::PageUp, KeyModifiers::NONE);
    let before = screen(&state);
    let live = tern_protocol::event::Event::C2cMessage(text("bob", "bob", 61, 0, "a new one"));
    update(&mut state, Event::Server(live), now());
    state.toast = None;
    let after = screen(&state);
    insta::assert_snapshot!(after.backend());
    let rows = |terminal: &Terminal<TestBackend>| {
        let text = terminal.backend().to_string();
        // All but the rows of the list and the announcement.
        text.lines().skip(2).take(18).map(|row| row.chars().skip(28).take(30).collect::<String>()).collect::<Vec<_>>()
    };
    assert_eq!(rows(&before), rows(&after));
}

#[test]
fn a_word_at_the_bottom_has_its_moment() {
    let mut state = lively();
    state.say(Tone::Bad, "Too long: 13000 bytes of 12288. Send it in parts");
    assert!(screen(&state).backend().to_string().contains("Too long: 13000 bytes"));
    let mut later = now();
    later.mono_ms += 9_000;
    assert!(state.wake_at().is_some());
    update(&mut state, Event::Woke, later);
    assert!(!screen(&state).backend().to_string().contains("Too long"));
    assert_eq!(state.wake_at(), None, "no timer runs when nothing moves");
}

#[test]
fn every_size_can_be_drawn() {
    for modal in
        [None, Some(Modal::Help { scroll: 0 }), Some(Modal::Palette(Default::default())), Some(Modal::Ended(Ended::SigExpired))]
    {
        for width in [0, 1, 2, 5, 20, 59, 60, 61, 80, 119, 120] {
            for height in [0, 1, 2, 3, 4, 6, 11, 24] {
                let mut state = lively();
                state.size = (width, height);
                state.panel = Some(Panel::default());
                open_bob(&mut state);
                state.modals.extend(modal.clone());
                for focus in [Focus::List, Focus::Composer, Focus::Timeline] {
                    state.focus = focus;
                    screen(&state);
                }
                state.screen = Screen::Login(login_form(&state.me, "x"));
                screen(&state);
            }
        }
    }
}

#[test]
fn nothing_that_drives_a_terminal_is_drawn() {
    let mut state = lively();
    let evil = "a\x1b]0;title\x07b\u{9b}2Jc\u{202e}d\u{2067}e\u{90}f\u{200f}";
    open(&mut state, ChatId::user("bob"), vec![text("bob", "bob", 1, 60, evil)]);
    let mut named = text("eve", "eve", 1, 30, evil);
    named.nick = Some(evil.into());
    update(&mut state, Event::Server(tern_protocol::event::Event::C2cMessage(named)), now());
    // A file's name, a location, a custom message, a tip, and a group's name and notice.
    let elements = serde_json::json!([
        {"MsgType": "TIMFileElem", "MsgContent": {"FileName": evil, "FileSize": 5, "Url": format!("http://h/{evil}")}},
        {"MsgType": "TIMLocationElem", "MsgContent": {"Desc": evil, "Latitude": 1.0, "Longitude": 2.0}},
        {"MsgType": "TIMCustomElem", "MsgContent": {"Data": serde_json::json!({"businessID": "text_link", "text": evil, "link": evil}).to_string()}},
        {"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1, "Data": evil}},
    ]);
    let mut named = group_text("eve", "rust", 41, 20, "");
    named.nick = Some(evil.into());
    named.msg_body = Some(raw(&elements).unwrap());
    let mut tip = group_text("eve", "rust", 42, 10, "");
    tip.msg_body = Some(raw(&serde_json::json!({"OpType": 1, "Operator_Account": evil, "List_Account": [evil]})).unwrap());
    let of_bob = screen(&state);
    open(&mut state, ChatId::group("rust"), vec![named, tip]);
    for drawn in [of_bob, screen(&state)] {
        let cells: String = drawn.backend().buffer().content().iter().map(|cell| cell.symbol()).collect();
        assert!(cells.chars().all(|c| !crate::text::is_unsafe(c)), "{cells:?}");
    }
}
