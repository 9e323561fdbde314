//! What the client does when something happens.

use super::{send, update};
use crate::effect::{Ask, Effect, MediaOp, Page, StoreOp};
use crate::event::{Answer, Delivered, Event, GroupFacts, LinkEvent, LocalEvent, Refusal};
use crate::state::conversation::ChatId;
use crate::state::fixture::{NOW_S, lively, now, state, text};
use crate::state::message::Delivery;
use crate::state::modal::{Ended, Modal};
use crate::state::timeline::Scroll;
use crate::state::{Focus, Link, Now, Screen, State, Tab};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use rstest::rstest;
use tern_protocol::api::conversation::{Conversation, ConversationId, HistoryPage, Synced};
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{Event as ServerEvent, Kickout, PeerRead};

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    update(state, event, moment)
}

fn later(state: &mut State, ms: i64) -> Vec<Effect> {
    let moment = Now { wall_ms: state.now.wall_ms + ms, mono_ms: state.now.mono_ms + ms };
    update(state, Event::Woke, moment)
}

fn press(state: &mut State, code: KeyCode, held: KeyModifiers) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, held)))
}

fn typed(state: &mut State, text: &str) -> Vec<Effect> {
    text.chars().flat_map(|c| press(state, KeyCode::Char(c), KeyModifiers::NONE)).collect()
}

fn enter(state: &mut State) -> Vec<Effect> {
    press(state, KeyCode::Enter, KeyModifiers::NONE)
}

fn bob() -> ChatId {
    ChatId::user("bob")
}

/// Opens a chat with stored messages at these places.
fn open(state: &mut State, chat: &ChatId, places: std::ops::RangeInclusive<u64>) -> Vec<Effect> {
    let mut out = Vec::new();
    super::open_chat(state, chat, &mut out);
    let messages = places.clone().map(|place| text("bob", chat.id(), place, 1000, &format!("m{place}"))).collect();
    let held = vec![(*places.start(), *places.end())];
    out.extend(happen(state, Event::Local(LocalEvent::Page { chat: chat.clone(), messages, held })));
    out
}

fn asked(effects: &[Effect]) -> Vec<&Ask> {
    effects.iter().filter_map(|effect| if let Effect::Ask(ask) = effect { Some(ask) } else { None }).collect()
}

fn delivered_asks(effects: &[Effect]) -> Vec<String> {
    asked(effects)
        .into_iter()
        .filter_map(|ask| if let Ask::Deliver(outgoing) = ask { Some(outgoing.text.clone()) } else { None })
        .collect()
}

fn live(state: &mut State, message: WireMessage) -> Vec<Effect> {
    happen(state, Event::Server(ServerEvent::C2cMessage(message)))
}

fn online(state: &mut State) -> Vec<Effect> {
    happen(state, Event::Link(LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None }))
}

fn lost(state: &mut State) -> Vec<Effect> {
    happen(state, Event::Link(LinkEvent::Lost { reason: "connection reset".into() }))
}

#[test]
fn a_sent_message_is_kept_before_it_goes_and_has_its_place_afterwards() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "hello");
    let effects = enter(&mut state);
    let kept = effects.iter().position(|effect| matches!(effect, Effect::Store(StoreOp::Outgoing(_)))).unwrap();
    let sent = effects.iter().position(|effect| matches!(effect, Effect::Ask(Ask::Deliver(_)))).unwrap();
    assert!(kept < sent, "the outbox comes first");
    assert_eq!(state.composer.text(), "");

    let key = state.outbox[0].key();
    let result = Ok(Delivered { time_s: NOW_S + 1, place: Some(5) });
    let effects = happen(&mut state, Event::Answer(Answer::Delivered { key, result }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::OutgoingGone(_)))));
    assert!(state.outbox.is_empty());
    let row = state.open_timeline().unwrap().rows().last().unwrap();
    assert_eq!((row.place, &row.delivery), (Some(5), &Delivery::Stored));
    assert_eq!(state.open_conversation().unwrap().unread, 0);
    assert!(
        !effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Read { .. }))),
        "one's own message needs no read report"
    );
}

#[test]
fn what_is_written_without_a_link_goes_out_once_there_is_one_in_order() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    lost(&mut state);
    for words in ["one", "two"] {
        typed(&mut state, words);
        assert!(delivered_asks(&enter(&mut state)).is_empty());
    }
    assert_eq!(delivered_asks(&online(&mut state)), ["one", "two"]);
    lost(&mut state);
    assert!(delivered_asks(&online(&mut state)).is_empty(), "the session keeps what it has through a lost link");
    let key = state.outbox[0].key();
    let effects = happen(&mut state, Event::Answer(Answer::DeliveryLost { key }));
    assert_eq!(delivered_asks(&effects), ["one"], "what an ended session gives back goes out again");
}

#[test]
fn the_name_of_a_message_stays_the_same_through_a_resend() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "hello");
    enter(&mut state);
    let name = state.outbox[0].msg_id("144");
    let key = state.outbox[0].key();
    let refusal = Refusal { code: 20012, text: "muted".into() };
    happen(&mut state, Event::Answer(Answer::Delivered { key, result: Err(refusal) }));
    assert!(matches!(state.open_timeline().unwrap().rows().last().unwrap().delivery, Delivery::Failed { code: 20012, .. }));
    press(&mut state, KeyCode::Up, KeyModifiers::NONE);
    assert_eq!(state.focus, Focus::Timeline, "up in the first row picks a message");
    let effects = typed(&mut state, "r");
    assert_eq!(delivered_asks(&effects), ["hello"]);
    assert_eq!(state.outbox[0].msg_id("144"), name);
}

#[test]
fn a_failed_message_that_is_thrown_away_can_be_written_anew() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "hello");
    enter(&mut state);
    let key = state.outbox[0].key();
    happen(&mut state, Event::Answer(Answer::Delivered { key, result: Err(Refusal { code: 80002, text: "too long".into() }) }));
    press(&mut state, KeyCode::Up, KeyModifiers::NONE);
    typed(&mut state, "d");
    assert!(state.outbox.is_empty());
    assert_eq!((state.composer.text(), state.focus), ("hello", Focus::Composer));
}

#[test]
fn after_a_day_the_outbox_gives_up_and_says_so() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    lost(&mut state);
    typed(&mut state, "hello");
    enter(&mut state);
    later(&mut state, 24 * 3_600_000 - 1);
    assert!(state.outbox[0].failed.is_none());
    assert!(state.wake_at().is_some_and(|at| at <= state.now.mono_ms + 1));
    later(&mut state, 1);
    assert!(state.outbox[0].failed.is_some());
    assert!(state.toast.as_ref().unwrap().text.contains("24 hours"));
    assert!(delivered_asks(&online(&mut state)).is_empty());
}

#[test]
fn an_answer_that_was_lost_is_made_up_for_by_the_message_itself() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "hello");
    enter(&mut state);
    let outgoing = state.outbox[0].clone();
    let mut echo = text("me", "bob", 5, 0, "hello");
    echo.msg_client_time = outgoing.client_time_s;
    echo.msg_random = u64::from(outgoing.random);
    live(&mut state, echo);
    assert!(state.outbox.is_empty());
    let rows = state.open_timeline().unwrap().rows();
    assert_eq!(rows.iter().filter(|row| row.msg_id == outgoing.msg_id("144")).count(), 1);
}

#[test]
fn a_message_on_the_screen_is_read_at_once_and_rings_no_bell() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    let effects = live(&mut state, text("bob", "bob", 5, 0, "hi"));
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::Read { place: 5, .. })));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Bell)));
    assert_eq!(state.open_conversation().unwrap().unread, 0);
}

#[test]
fn a_message_of_another_chat_counts_rings_once_and_is_told() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    let effects = live(&mut state, text("li", "li", 1, 0, "在吗"));
    assert_eq!(effects.iter().filter(|effect| matches!(effect, Effect::Bell)).count(), 1);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Title(title) if title == "(4) tern")));
    assert_eq!(state.toast.as_ref().unwrap().text, "李小龙: 在吗");
    let effects = live(&mut state, text("li", "li", 2, 0, "在吗"));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Bell)), "a burst rings once");
    assert_eq!(state.conversations.get(&ChatId::user("li")).unwrap().unread, 2);
    let effects = live(&mut state, text("cy", "cy", 3, 0, "muted"));
    assert!(effects.iter().all(|effect| !matches!(effect, Effect::Bell | Effect::Notice { .. })));
}

#[test]
fn a_window_in_the_background_reads_nothing_until_it_comes_to_the_front() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    happen(&mut state, Event::Front(false));
    let effects = live(&mut state, text("bob", "bob", 5, 0, "hi"));
    assert!(asked(&effects).is_empty());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Notice { .. })));
    assert_eq!(state.open_conversation().unwrap().unread, 1);
    let effects = happen(&mut state, Event::Front(true));
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::Read { place: 5, .. })));
}

#[test]
fn a_repeated_message_is_there_once_and_counts_once() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    for _ in 0..2 {
        live(&mut state, text("li", "li", 9, 0, "twice"));
        live(&mut state, text("bob", "bob", 5, 0, "twice"));
    }
    assert_eq!(state.conversations.get(&ChatId::user("li")).unwrap().unread, 1);
    assert_eq!(state.open_timeline().unwrap().rows().len(), 5);
}

#[test]
fn a_gap_is_filled_from_the_server_and_only_once() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    let effects = live(&mut state, text("bob", "bob", 9, 0, "m9"));
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::History { page: Page::Newest, .. })));
    let effects = live(&mut state, text("bob", "bob", 10, 0, "m10"));
    assert!(!asked(&effects).iter().any(|ask| matches!(ask, Ask::History { .. })), "one request at a time");
    // 7 was deleted: the server says that nothing is missing between 5 and 10 all the same.
    let list = [5, 6, 8, 9, 10].map(|place| text("bob", "bob", place, 0, &format!("m{place}"))).to_vec();
    let page = HistoryPage { msg_list: list, from_place: 5, to_place: 10, at_start: 0, at_end: 1, peer_read_place: None };
    let effects = happen(&mut state, Event::Answer(Answer::History { chat: bob(), result: Ok(Box::new(page)) }));
    assert!(
        !asked(&effects).iter().any(|ask| matches!(ask, Ask::History { .. })),
        "a hole that cannot be filled is not asked for again"
    );
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Messages { held: Some((5, 10)), .. }))));
    let places: Vec<u64> = state.open_timeline().unwrap().rows().iter().filter_map(|row| row.place).collect();
    assert_eq!(places, [1, 2, 3, 4, 5, 6, 8, 9, 10]);
}

#[test]
fn scrolling_up_reads_the_local_database_then_the_server_then_stops() {
    let mut state = lively();
    open(&mut state, &bob(), 101..=160);
    let page_up = |state: &mut State| (0..20).flat_map(|_| press(state, KeyCode::PageUp, KeyModifiers::NONE)).collect::<Vec<_>>();
    let effects = page_up(&mut state);
    let history: Vec<&Ask> = asked(&effects).into_iter().filter(|ask| matches!(ask, Ask::History { .. })).collect();
    assert!(matches!(history[..], [Ask::History { page: Page::Before(101), .. }]), "{history:?}");
    let answer = |from: u64, to: u64, at_start: i64| {
        let msg_list = (from..=to).map(|place| text("bob", "bob", place, 2000, &format!("m{place}"))).collect();
        let page = HistoryPage { msg_list, from_place: from, to_place: to, at_start, at_end: 0, peer_read_place: None };
        Event::Answer(Answer::History { chat: bob(), result: Ok(Box::new(page)) })
    };
    happen(&mut state, answer(51, 100, 0));
    page_up(&mut state);
    let effects = happen(&mut state, answer(1, 50, 1));
    page_up(&mut state);
    assert!(state.open_timeline().unwrap().at_start);
    assert!(asked(&effects).is_empty());
    assert_eq!(state.open_timeline().unwrap().rows().len(), 160);
}

#[test]
fn without_a_link_older_messages_are_asked_for_when_it_is_back() {
    let mut state = lively();
    lost(&mut state);
    let effects = open(&mut state, &bob(), 3..=4);
    assert!(asked(&effects).is_empty());
    let effects = online(&mut state);
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::History { page: Page::Before(3), .. })));
}

#[test]
fn catching_up_brings_names_unread_and_the_last_line_and_keeps_its_number_at_the_end() {
    let mut state = state();
    let conversation = Conversation {
        id: ConversationId::c2c("bob"),
        unread: 2,
        last_place: 7,
        read_place: 5,
        top_flag: 1,
        show_name: "Bob Brown".into(),
        last_msg: Some(text("bob", "bob", 7, 0, "are you there?")),
        ..Conversation::default()
    };
    let page = Synced { rev: 90, complete: 1, conversations: vec![conversation], ..Synced::default() };
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncPage(Box::new(page))));
    assert!(!effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Rev(_)))), "only when all pages are here");
    let row = state.conversations.get(&bob()).unwrap();
    assert_eq!((row.unread, row.pinned, state.name_of(&bob())), (2, true, "Bob Brown"));
    assert_eq!(row.last.as_ref().unwrap().text, "are you there?");
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 90 }));
    assert!(matches!(effects[0], Effect::Store(StoreOp::Rev(90))));
    assert_eq!(state.link, Link::Online { syncing: false });
}

#[test]
fn what_was_read_without_a_link_is_told_after_catching_up() {
    let mut state = lively();
    lost(&mut state);
    let chat = ChatId::group("rust");
    open(&mut state, &chat, 1..=40);
    assert_eq!(state.conversations.get(&chat).unwrap().unread, 0);
    online(&mut state);
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 1 }));
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::Read { place: 40, .. })));
    happen(&mut state, Event::Answer(Answer::ReadReported { chat, place: 40, ok: true }));
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 2 }));
    assert!(!asked(&effects).iter().any(|ask| matches!(ask, Ask::Read { place: 40, .. })), "once is enough");
}

#[rstest]
#[case(Some(5), "144")]
#[case(None, "999")]
fn a_server_with_another_database_starts_anew(#[case] rev: Option<u64>, #[case] tiny_id: &str) {
    let mut state = lively();
    state.sync.rev = 10;
    let effects = happen(&mut state, Event::Link(LinkEvent::Online { tiny_id: tiny_id.into(), rev, me: None }));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Forget))));
    assert!(asked(&effects).iter().any(|ask| matches!(ask, Ask::Pull { rev: 0, before: None })));
    assert_eq!(state.conversations.listed().len(), 0);
    // What the session reads from the old number on does not count as everything.
    happen(&mut state, Event::Link(LinkEvent::SyncDone { rev: 5 }));
    assert_eq!(state.sync.rev, 0);
}

#[test]
fn the_peers_reading_is_kept_and_never_goes_back() {
    let mut state = lively();
    for pos in [4, 2] {
        let read = PeerRead { to_account: "bob".into(), last_read_time: NOW_S, pos: Some(pos) };
        happen(&mut state, Event::Server(ServerEvent::PeerRead(read)));
    }
    assert_eq!(state.conversations.get(&bob()).unwrap().peer_read_place, 4);
}

#[test]
fn being_kicked_asks_and_does_not_come_back_by_itself() {
    let mut state = lively();
    let kick = Kickout { kick_type: 1, platform: "Linux".into(), inst_id: 1 };
    let effects = happen(&mut state, Event::Server(ServerEvent::Kickout(kick)));
    assert!(effects.is_empty());
    happen(&mut state, Event::Link(LinkEvent::Kicked { kick_type: 1, platform: "Linux".into() }));
    assert_eq!(state.modals.len(), 1, "one dialog, however it is told");
    assert!(matches!(state.modals[0], Modal::Ended(Ended::Kicked { .. })));
    let effects = enter(&mut state);
    assert!(matches!(effects[..], [Effect::LogInAgain { user_sig: None, .. }]));
}

#[test]
fn an_expired_user_sig_asks_for_a_new_one() {
    let mut state = lively();
    happen(&mut state, Event::Link(LinkEvent::SigExpired));
    enter(&mut state);
    typed(&mut state, "eJnewsig");
    let effects = enter(&mut state);
    assert!(matches!(&effects[..], [Effect::LogInAgain { user_sig: Some(sig), .. }] if sig == "eJnewsig"));
    online(&mut state);
    assert!(state.modals.is_empty());
}

#[test]
fn the_login_screen_checks_before_it_asks_and_shows_the_servers_code() {
    let mut state = state();
    state.link = Link::Down;
    state.screen = Screen::Login(super::login_form(&state.me, ""));
    let error = |state: &State| match &state.screen {
        Screen::Login(form) => form.error.clone(),
        Screen::Main => None,
    };
    // The first empty field has the keys; the others are known.
    let effects = enter(&mut state);
    assert!(effects.is_empty());
    assert!(error(&state).unwrap().contains("UserSig"));
    typed(&mut state, "eJsig");
    let effects = enter(&mut state);
    assert!(matches!(&effects[..], [Effect::LogIn(request)] if request.user == "me" && request.secret == "eJsig"));
    assert!(enter(&mut state).is_empty(), "one attempt at a time");
    happen(&mut state, Event::Link(LinkEvent::Refused(Refusal { code: 70001, text: "UserSig expired".into() })));
    assert_eq!(error(&state).unwrap(), "UserSig expired (code 70001)");
    online(&mut state);
    assert!(matches!(state.screen, Screen::Main));
}

#[test]
fn a_slash_runs_a_command_and_two_send_one() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "/groups");
    assert!(delivered_asks(&enter(&mut state)).is_empty());
    assert_eq!(state.tab, Tab::Groups);
    state.focus = Focus::Composer;
    typed(&mut state, "/nonsense");
    assert!(delivered_asks(&enter(&mut state)).is_empty());
    assert!(state.toast.as_ref().unwrap().text.contains("/nonsense"));
    assert_eq!(state.composer.text(), "/nonsense", "what was written stays");
    state.composer.set("//shrug");
    assert_eq!(delivered_asks(&enter(&mut state)), ["/shrug"]);
}

#[test]
fn a_text_over_the_limit_is_not_sent_and_stays() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    state.composer.set(&"x".repeat(13_000));
    assert!(delivered_asks(&enter(&mut state)).is_empty());
    assert_eq!(state.composer.text().len(), 13_000);
    assert!(state.toast.as_ref().unwrap().text.contains("12288"));
}

#[test]
fn a_draft_waits_in_its_conversation() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "half a tho");
    let effects = press(&mut state, KeyCode::Char('n'), KeyModifiers::CONTROL);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Conversation(row)) if row.draft == "half a tho")));
    assert_eq!(state.composer.text(), "");
    press(&mut state, KeyCode::Char('p'), KeyModifiers::CONTROL);
    assert_eq!((state.open.clone(), state.composer.text()), (Some(bob()), "half a tho"));
}

#[test]
fn quitting_keeps_the_draft() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "half");
    let effects = press(&mut state, KeyCode::Char('q'), KeyModifiers::CONTROL);
    assert!(state.quitting);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Conversation(row)) if row.draft == "half")));
}

#[test]
fn a_new_chat_finds_people_and_asks_the_server_about_strangers() {
    let mut state = lively();
    typed(&mut state, "n");
    typed(&mut state, "bro");
    press(&mut state, KeyCode::Tab, KeyModifiers::NONE);
    enter(&mut state);
    assert_eq!(state.open, Some(bob()), "Tab takes who was found by name");
    state.focus = Focus::List;
    typed(&mut state, "n");
    typed(&mut state, "zoe");
    let effects = enter(&mut state);
    assert!(matches!(asked(&effects)[..], [Ask::FindPerson { user }] if user == "zoe"));
    let refusal = Refusal { code: 40003, text: "no such user".into() };
    happen(&mut state, Event::Answer(Answer::PersonFound { user: "zoe".into(), result: Err(refusal) }));
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if form.error.as_deref() == Some("no such user (code 40003)")));
    enter(&mut state);
    happen(&mut state, Event::Answer(Answer::PersonFound { user: "zoe".into(), result: Ok(Some("Zoë".into())) }));
    assert_eq!(state.open, Some(ChatId::user("zoe")));
    assert_eq!(state.name_of(&ChatId::user("zoe")), "Zoë");
    assert!(position(&state, &ChatId::user("zoe")).is_none(), "an empty chat is not listed yet");
    let mut out = Vec::new();
    send(&mut state, &ChatId::user("zoe"), "hi".into(), &mut out);
    assert_eq!(position(&state, &ChatId::user("zoe")), Some(1), "it is, below the pinned one, once something was said");
}

#[test]
fn groups_are_joined_and_left() {
    let mut state = lively();
    typed(&mut state, "J");
    typed(&mut state, "other");
    enter(&mut state);
    let facts = GroupFacts { id: "other".into(), name: "Others".into(), kind: "ChatRoom".into(), ..GroupFacts::default() };
    happen(&mut state, Event::Answer(Answer::LookedUp { group: "other".into(), result: Ok(facts) }));
    let effects = enter(&mut state);
    assert!(matches!(asked(&effects)[..], [Ask::JoinGroup { group, .. }] if group == "other"), "{effects:?}");
    happen(&mut state, Event::Answer(Answer::GroupJoined { group: "other".into(), result: Ok("JoinedSuccess".into()) }));
    assert_eq!(state.open, Some(ChatId::group("other")));

    typed(&mut state, "/leave");
    enter(&mut state);
    let effects = enter(&mut state);
    assert!(matches!(asked(&effects)[..], [Ask::LeaveGroup { group }] if group == "other"));
    happen(&mut state, Event::Answer(Answer::GroupLeft { group: "other".into(), result: Ok(()) }));
    assert_eq!(state.open, None);
    assert!(position(&state, &ChatId::group("other")).is_none());
}

#[test]
fn a_lost_link_frees_the_dialog_that_waits() {
    let mut state = lively();
    typed(&mut state, "J");
    typed(&mut state, "team");
    enter(&mut state);
    enter(&mut state);
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if form.busy));
    lost(&mut state);
    assert!(matches!(state.modals.last(), Some(Modal::Form(form)) if !form.busy && form.error.is_some()));
}

#[test]
fn the_mouse_opens_selects_and_scrolls() {
    let mut state = lively();
    let mouse = |state: &mut State, kind, column, row| {
        happen(state, Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
    };
    let click = MouseEventKind::Down(MouseButton::Left);
    mouse(&mut state, click, 5, 4);
    assert_eq!(state.open, Some(bob()), "the second entry");
    let messages = (1..=60).map(|place| text("bob", "bob", place, 1000, "x")).collect();
    happen(&mut state, Event::Local(LocalEvent::Page { chat: bob(), messages, held: vec![(1, 60)] }));
    mouse(&mut state, MouseEventKind::ScrollUp, 40, 10);
    assert_ne!(state.open_timeline().unwrap().scroll, Scroll::Tail);
    mouse(&mut state, click, 76, 20);
    assert_eq!(state.open_timeline().unwrap().scroll, Scroll::Tail, "the chip leads back");
    mouse(&mut state, click, 40, 10);
    assert_eq!(state.focus, Focus::Timeline);
    assert!(state.open_timeline().unwrap().selected.is_some());
    mouse(&mut state, click, 40, 22);
    assert_eq!(state.focus, Focus::Composer);
    mouse(&mut state, click, 9, 0);
    assert_eq!(state.tab, Tab::Contacts);
}

#[test]
fn ctrl_c_clears_then_asks_then_quits() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    typed(&mut state, "oops");
    let interrupt = |state: &mut State| press(state, KeyCode::Char('c'), KeyModifiers::CONTROL);
    interrupt(&mut state);
    assert_eq!(state.composer.text(), "");
    interrupt(&mut state);
    assert!(!state.quitting);
    later(&mut state, 3_000);
    interrupt(&mut state);
    assert!(!state.quitting, "too late for a second one");
    interrupt(&mut state);
    assert!(state.quitting);
}

#[test]
fn nothing_is_done_and_no_timer_runs_when_nothing_happens() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    state.toast = None;
    let effects = happen(&mut state, Event::Woke);
    assert!(effects.is_empty());
    assert_eq!(state.wake_at(), None);
    assert_eq!(update(&mut state, Event::Resize(100, 30), now()).len(), 0);
}

#[test]
fn the_first_new_message_is_one_key_away() {
    let mut state = lively();
    state.conversations.change(&bob(), |row| {
        row.read_place = 10;
        row.last_place = 60;
        row.unread = 50;
    });
    open(&mut state, &bob(), 1..=60);
    let drawn = |state: &State| {
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
        terminal.draw(|frame| crate::view::draw(frame, state)).unwrap();
        terminal.backend().to_string()
    };
    assert!(drawn(&state).contains(" 50 new ↑ "));
    press(&mut state, KeyCode::Char('j'), KeyModifiers::ALT);
    let screen = drawn(&state);
    let rows: Vec<&str> = screen.lines().collect();
    assert!(rows[2].contains("─ new ─"), "the divider is the first row: {}", rows[2]);
    assert!(rows.iter().any(|row| row.contains("m11")) && !screen.contains("new ↑"));
}

#[test]
fn recalled_modified_and_deleted_messages_change_where_they_stand() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    let recalled = tern_protocol::event::RecalledC2c {
        from_account: "bob".into(),
        to_account: "me".into(),
        pos: Some(4),
        ..Default::default()
    };
    happen(&mut state, Event::Server(ServerEvent::RecalledC2c(recalled)));
    let rows = state.open_timeline().unwrap().rows();
    assert_eq!(rows[3].body, crate::state::message::Body::Recalled);
    assert_eq!(state.open_conversation().unwrap().last.as_ref().unwrap().text, "You recalled a message", "me said the last line");
    let mut newer = text("bob", "bob", 2, 1000, "better words");
    newer.msg_version = Some(3);
    happen(&mut state, Event::Server(ServerEvent::ModifiedC2c(newer)));
    let mut older = text("bob", "bob", 2, 1000, "old words");
    older.msg_version = Some(1);
    happen(&mut state, Event::Server(ServerEvent::ModifiedC2c(older)));
    assert_eq!(state.open_timeline().unwrap().rows()[1].plain_text(), "better words");
    let deleted = tern_protocol::event::DeletedMessages { id: ConversationId::c2c("bob"), places: vec![1, 3] };
    happen(&mut state, Event::Server(ServerEvent::Deleted(deleted)));
    let places: Vec<u64> = state.open_timeline().unwrap().rows().iter().filter_map(|row| row.place).collect();
    assert_eq!(places, [2, 4]);
}

#[test]
fn pinning_asks_the_server_first() {
    let mut state = lively();
    press(&mut state, KeyCode::Down, KeyModifiers::NONE);
    let effects = typed(&mut state, "p");
    let [Ask::Set { chat, setting }] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert_eq!((chat, setting), (&bob(), &crate::effect::Setting::Pinned(true)));
    assert!(!state.conversations.get(&bob()).unwrap().pinned);
    let answer = Answer::ConversationSet { chat: bob(), setting: *setting, result: Ok(()) };
    happen(&mut state, Event::Answer(answer));
    assert!(state.conversations.get(&bob()).unwrap().pinned);
}

#[test]
fn a_paste_of_a_book_can_only_be_sent_as_a_file() {
    let mut state = lively();
    open(&mut state, &bob(), 1..=4);
    happen(&mut state, Event::Paste("x".repeat(1_000_000)));
    assert_eq!(state.composer.text(), "");
    let Some(Modal::Choose(choose)) = state.modals.last() else { panic!() };
    assert!(choose.says.contains("977 KB") && choose.answers[0].0 == "Send it as a file");
    let effects = enter(&mut state);
    assert!(matches!(&effects[..], [Effect::Media(MediaOp::KeepText { text, .. })] if text.len() == 1_000_000));
}

/// The place of a conversation in the list.
fn position(state: &State, chat: &ChatId) -> Option<usize> {
    state.conversations.listed().position(|conversation| conversation.id == *chat)
}
