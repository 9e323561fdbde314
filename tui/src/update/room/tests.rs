use crate::action::Action;
use crate::effect::{Ask, Effect, GroupAsk, RoomAsk, StoreOp};
use crate::event::{Answer, Delivered, Event, GroupFacts, GroupTold, LinkEvent, Refusal, RoomAnswer};
use crate::state::conversation::ChatId;
use crate::state::create::NewGroup;
use crate::state::fixture::{group_text, lively};
use crate::state::modal::Modal;
use crate::state::pace::Weight;
use crate::state::room::{Inside, LINES, LineKind, Office, Room, Sent};
use crate::state::{Focus, Now, State};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use serde_json::json;
use tern_protocol::api::message::{GroupInfo, Message};
use tern_protocol::event::{Event as ServerEvent, raw};

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let now = state.now;
    crate::update::update(state, event, now)
}

fn press(state: &mut State, code: KeyCode) -> Vec<Effect> {
    happen(state, Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

fn typed(state: &mut State, text: &str) {
    text.chars().for_each(|c| drop(press(state, KeyCode::Char(c))));
}

fn asked(effects: &[Effect]) -> Vec<&RoomAsk> {
    effects.iter().filter_map(|effect| if let Effect::Ask(Ask::Room(ask)) = effect { Some(ask) } else { None }).collect()
}

fn stored(effects: &[Effect]) -> Vec<&StoreOp> {
    effects.iter().filter_map(|effect| if let Effect::Store(op) = effect { Some(op) } else { None }).collect()
}

/// A message of the room.
pub(crate) fn talk(user: &str, seq: u64, text: &str) -> Message {
    let info = GroupInfo { group_name: "Concert".into(), group_type: "AVChatRoom".into(), ..GroupInfo::default() };
    Message { group_info: Some(info), ..group_text(user, "live", seq, 0, text) }
}

fn say(state: &mut State, message: Message) -> Vec<Effect> {
    happen(state, Event::Server(ServerEvent::GroupMessage(message)))
}

/// Somebody in a room that belongs to `owner`.
pub(crate) fn in_room(owner: &str) -> State {
    let mut state = lively();
    press(&mut state, KeyCode::Char('J'));
    typed(&mut state, "live");
    press(&mut state, KeyCode::Enter);
    let facts = GroupFacts {
        id: "live".into(),
        name: "Concert".into(),
        kind: "AVChatRoom".into(),
        owner: owner.into(),
        ..GroupFacts::default()
    };
    happen(&mut state, Event::Answer(Answer::LookedUp { group: "live".into(), result: Ok(facts) }));
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [RoomAsk::Enter { group }] if group == "live"), "{effects:?}");
    entered(&mut state);
    state
}

fn entered(state: &mut State) -> Vec<Effect> {
    happen(state, Event::Answer(Answer::Room(RoomAnswer::Entered { group: "live".into(), result: Ok(()) })))
}

fn room(state: &State) -> &Room {
    state.room.as_ref().unwrap()
}

fn texts(state: &State) -> Vec<String> {
    room(state).lines().map(|line| line.text.clone()).collect()
}

#[test]
fn a_room_opens_asks_for_its_people_and_keeps_nothing() {
    let mut state = in_room("bob");
    assert_eq!((state.open.clone(), room(&state).inside.clone()), (Some(ChatId::group("live")), Inside::In));
    let mut all = say(&mut state, talk("li", 1, "hello"));
    typed(&mut state, "hi there");
    all.extend(press(&mut state, KeyCode::Enter));
    state.now.mono_ms += 10_000;
    let effects = happen(&mut state, Event::Woke);
    assert!(matches!(asked(&effects)[..], [RoomAsk::Count { .. }]), "{effects:?}");
    all.extend(effects);
    all.extend(happen(&mut state, Event::Answer(Answer::Room(RoomAnswer::Counted { group: "live".into(), result: Ok(1_234) }))));
    assert_eq!((texts(&state), room(&state).online), (vec!["hello".to_owned(), "hi there".to_owned()], Some(1_234)));
    all.extend(press(&mut state, KeyCode::Esc));
    crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut all);
    let kept = stored(&all).into_iter().filter(|op| format!("{op:?}").contains("live")).count();
    assert_eq!(kept, 0, "nothing of the room goes to the local database");
    assert!(state.conversations.get(&ChatId::group("live")).is_none() && state.outbox.is_empty());
    assert_eq!(state.conversations.total_unread(), 3, "a room counts nothing as unread");
}

fn admins(state: &mut State, names: &[&str]) {
    let list = names.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    let ask = GroupAsk::RoomAdmins { group: "live".into() };
    happen(state, Event::Answer(Answer::Group { ask, result: Ok(GroupTold::RoomAdmins(list)) }));
}

/// The menu of the line that was said last.
fn menu_of_last(state: &mut State) -> Vec<Action> {
    press(state, KeyCode::Up);
    press(state, KeyCode::Enter);
    let Some(Modal::Menu(menu)) = state.modals.last() else { panic!("{:?}", state.modals.last()) };
    menu.actions.clone()
}

#[test]
fn a_rooms_administrators_are_known_and_may_what_they_may() {
    let mut state = in_room("bob");
    let effects = entered(&mut state);
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Group(GroupAsk::RoomAdmins { .. })))));
    admins(&mut state, &["me", "cy"]);
    assert_eq!((state.groups.get("live").unwrap().role.as_str(), room(&state).office("bob")), ("Admin", Some(Office::Owner)));
    say(&mut state, talk("li", 1, "hello"));
    assert!(menu_of_last(&mut state).contains(&Action::RoomBan));
    // Dismissed, the open menu loses it; the notice says so.
    let told = |kind: i64| Message {
        msg_body: Some(raw(&json!({"ReportType": kind, "Operator_Account": "bob"})).unwrap()),
        ..talk("@TIM#SYSTEM", 0, "")
    };
    happen(&mut state, Event::Server(ServerEvent::GroupNotice(told(10))));
    assert!(matches!(state.modals.last(), Some(Modal::Menu(menu)) if !menu.actions.contains(&Action::RoomBan)));
    state.modals.clear();
    press(&mut state, KeyCode::Esc);
    happen(&mut state, Event::Server(ServerEvent::GroupNotice(told(9))));
    assert_eq!(state.groups.get("live").unwrap().role, "Admin");
    // Nobody acts on the owner, nor on another administrator.
    for (seq, user) in [(2, "cy"), (3, "bob")] {
        say(&mut state, talk(user, seq, "hello"));
        assert!(!menu_of_last(&mut state).contains(&Action::RoomMute), "{user}");
        state.modals.clear();
        press(&mut state, KeyCode::Char('b'));
        assert!(state.modals.is_empty(), "the key neither");
        press(&mut state, KeyCode::Esc);
    }
}

#[test]
fn a_line_is_chosen_and_its_menu_opened_by_the_mouse() {
    let mut state = in_room("me");
    say(&mut state, talk("li", 1, "hello"));
    say(&mut state, talk("bob", 2, "good evening"));
    let area = crate::view::layout::Areas::of(&state).timeline;
    let click = |state: &mut State, button, up: u16| {
        let (kind, row) = (MouseEventKind::Down(button), area.bottom() - up);
        happen(state, Event::Mouse(MouseEvent { kind, column: area.x + 4, row, modifiers: KeyModifiers::NONE }))
    };
    click(&mut state, MouseButton::Left, 2);
    assert_eq!((room(&state).chosen_line().unwrap().text.as_str(), state.focus), ("hello", Focus::Timeline));
    click(&mut state, MouseButton::Right, 1);
    assert!(matches!(state.modals.last(), Some(Modal::Menu(menu)) if menu.title.contains("good evening")));
    state.modals.clear();
    click(&mut state, MouseButton::Right, 5);
    assert!(state.modals.is_empty(), "nothing is said there");
}

#[test]
fn what_is_written_before_one_is_in_stays() {
    let mut state = in_room("bob");
    happen(&mut state, Event::Link(LinkEvent::Lost { reason: "gone".into() }));
    typed(&mut state, "hello?");
    assert!(asked(&press(&mut state, KeyCode::Enter)).is_empty());
    assert_eq!(state.composer.text(), "hello?");
}

#[test]
fn banned_people_are_listed_on_the_rooms_page_and_let_in_again() {
    let mut state = in_room("me");
    let effects = happen(&mut state, Event::Key(KeyEvent::new(KeyCode::Char('i'), KeyModifiers::ALT)));
    let asks = |effects: &[Effect]| -> Vec<GroupAsk> {
        let ask = |effect: &Effect| if let Effect::Ask(Ask::Group(ask)) = effect { Some(ask.clone()) } else { None };
        effects.iter().filter_map(ask).collect()
    };
    let banned = GroupAsk::Banned { group: "live".into() };
    assert!(asks(&effects).contains(&banned));
    let until_s = state.server_now_s() + 7_000;
    let list = GroupTold::Banned(vec![("troll".into(), until_s)]);
    happen(&mut state, Event::Answer(Answer::Group { ask: banned.clone(), result: Ok(list) }));
    press(&mut state, KeyCode::Right);
    let labels = |state: &State| -> Vec<String> {
        let Some(Modal::Group(page)) = state.modals.last() else { panic!() };
        crate::state::group_page::rows(state, page).into_iter().map(|row| row.label).collect()
    };
    assert!(labels(&state).iter().any(|label| label == "troll"), "{:?}", labels(&state));
    press(&mut state, KeyCode::PageDown);
    let effects = press(&mut state, KeyCode::Enter);
    let unban = GroupAsk::Unban { group: "live".into(), user: "troll".into() };
    assert_eq!(asks(&effects), std::slice::from_ref(&unban));
    let effects = happen(&mut state, Event::Answer(Answer::Group { ask: unban, result: Ok(GroupTold::Done) }));
    assert!(asks(&effects).contains(&banned), "the list is read anew");
}

#[test]
fn an_own_line_is_marked_until_it_is_there_and_when_it_is_refused() {
    let mut state = in_room("bob");
    typed(&mut state, "one");
    let effects = press(&mut state, KeyCode::Enter);
    let [RoomAsk::Say { key, body, high: false, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert!(body.contains("\"Text\":\"one\""));
    assert_eq!(room(&state).lines().last().unwrap().sent, Sent::Waiting);
    let said = |key: &str, result| Event::Answer(Answer::Room(RoomAnswer::Said { group: "live".into(), key: key.into(), result }));
    happen(&mut state, said(key, Ok(Delivered { time_s: 1, place: Some(1) })));
    assert_eq!(room(&state).lines().last().unwrap().sent, Sent::There);
    typed(&mut state, "two");
    let effects = press(&mut state, KeyCode::Enter);
    let [RoomAsk::Say { key, .. }] = asked(&effects)[..] else { panic!() };
    happen(&mut state, said(key, Err(Refusal { code: 10017, text: "muted".into() })));
    assert!(matches!(&room(&state).lines().last().unwrap().sent, Sent::Failed(text) if text.contains("muted")));
}

#[test]
fn gifts_go_first_and_likes_go_along() {
    let mut state = in_room("bob");
    typed(&mut state, "/gift rose");
    let effects = press(&mut state, KeyCode::Enter);
    let [RoomAsk::Say { body, high: true, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
    assert!(body.contains("TIMCustomElem") && body.contains("gives rose"));
    assert_eq!(room(&state).lines().last().unwrap().kind, LineKind::Important);
    typed(&mut state, "/like");
    let effects = press(&mut state, KeyCode::Enter);
    assert!(matches!(asked(&effects)[..], [RoomAsk::Say { body, high: false, .. }] if body.contains("♥")));
    say(&mut state, Message { msg_priority: Some(1), ..talk("li", 3, "important") });
    assert_eq!(room(&state).lines().last().unwrap().kind, LineKind::Important);
}

#[test]
fn a_flood_is_bounded_counted_and_drawn_at_a_readable_pace() {
    let mut state = in_room("bob");
    let event = Event::Server(ServerEvent::GroupMessage(talk("li", 1, "x")));
    assert_eq!(crate::update::weight(&state, &event), Weight::Passing);
    for n in 1..=8_000_u64 {
        state.now = Now { mono_ms: state.now.mono_ms + 5, ..state.now };
        let message = talk(&format!("user{}", n % 50), n, "what a song, really");
        let effects = say(&mut state, message);
        assert!(effects.is_empty());
    }
    assert_eq!((room(&state).lines().len(), room(&state).per_second), (LINES, 200));
    assert!(room(&state).hidden > 5_000);
    let mut all = Vec::new();
    crate::update::open_chat(&mut state, &ChatId::user("bob"), &mut all);
    assert_eq!(crate::update::weight(&state, &event), Weight::Unseen, "what is not on the screen is not drawn");
}

#[test]
fn scrolling_back_stops_the_flow_and_counts_what_comes() {
    let mut state = in_room("bob");
    for n in 1..=200 {
        state.now.mono_ms += 100;
        say(&mut state, talk("li", n, &format!("line {n}")));
    }
    press(&mut state, KeyCode::PageUp);
    let held = room(&state).held;
    assert!(held.is_some());
    state.now.mono_ms += 100;
    say(&mut state, talk("li", 201, "later"));
    assert_eq!((room(&state).held, room(&state).below), (held, 1));
    crate::update::run(&mut state, Action::ScrollBottom, "", &mut Vec::new());
    assert_eq!((room(&state).held, room(&state).below), (None, 0));
}

#[test]
fn the_owner_mutes_and_bans_and_others_cannot() {
    for (owner, may) in [("me", true), ("bob", false)] {
        let mut state = in_room(owner);
        say(&mut state, talk("li", 1, "spam"));
        press(&mut state, KeyCode::Up);
        assert_eq!(state.focus, Focus::Timeline);
        press(&mut state, KeyCode::Enter);
        let Some(Modal::Menu(menu)) = state.modals.last() else { panic!() };
        assert_eq!(menu.actions.contains(&Action::RoomBan), may);
        let effects = press(&mut state, KeyCode::Char('m'));
        if !may {
            continue;
        }
        assert!(asked(&effects).is_empty());
        let effects = press(&mut state, KeyCode::Enter);
        let [RoomAsk::Keep { user, seconds: 600, .. }] = asked(&effects)[..] else { panic!("{effects:?}") };
        assert_eq!(user, "li");
        press(&mut state, KeyCode::Up);
        press(&mut state, KeyCode::Char('b'));
        press(&mut state, KeyCode::Down);
        let effects = press(&mut state, KeyCode::Enter);
        assert!(matches!(asked(&effects)[..], [RoomAsk::Keep { order: crate::update::Order::Ban, seconds: 3_600, .. }]));
    }
}

#[test]
fn one_comes_back_in_after_a_lost_link_and_goes_out_at_the_end() {
    let mut state = in_room("bob");
    say(&mut state, talk("li", 5, "before"));
    happen(&mut state, Event::Link(LinkEvent::Lost { reason: "gone".into() }));
    assert_eq!(room(&state).inside, Inside::Away);
    typed(&mut state, "lost?");
    assert!(asked(&press(&mut state, KeyCode::Enter)).is_empty(), "nothing is sent into the void");
    let effects = happen(&mut state, Event::Link(LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None }));
    assert!(matches!(asked(&effects)[..], [RoomAsk::Enter { .. }]));
    entered(&mut state);
    say(&mut state, talk("li", 90, "after"));
    assert_eq!(room(&state).hidden, 0, "what was said while one was away is not missing");
    let effects = happen(&mut state, Event::Terminate);
    assert!(matches!(asked(&effects)[..], [RoomAsk::Leave { group }] if group == "live"));
}

#[test]
fn one_is_in_one_room_at_a_time() {
    let mut state = in_room("bob");
    let group = Box::new(NewGroup { name: "Mine".into(), kind: "AVChatRoom".into(), ..NewGroup::default() });
    let effects = happen(&mut state, Event::Answer(Answer::GroupCreated { group, result: Ok("mine".into()) }));
    assert!(
        matches!(asked(&effects)[..], [RoomAsk::Leave { group: old }, RoomAsk::Enter { group: new }] if old == "live" && new == "mine")
    );
    assert!(stored(&effects).iter().all(|op| !format!("{op:?}").contains("mine")));
    assert!(state.groups.get("live").is_none());
    let effects = {
        let mut out = Vec::new();
        crate::update::run(&mut state, Action::LeaveGroup, "", &mut out);
        out
    };
    assert_eq!((state.room.is_none(), state.open.is_none(), asked(&effects).len()), (true, true, 0), "it was not even entered yet");
}

#[test]
fn a_ban_and_the_end_of_the_room_are_told() {
    for (kind, says) in [(21, "banned"), (5, "ended"), (4, "removed")] {
        let mut state = in_room("bob");
        let mut message = talk("admin", 0, "");
        message.msg_body = Some(raw(&serde_json::json!({"ReportType": kind, "Operator_Account": "bob"})).unwrap());
        happen(&mut state, Event::Server(ServerEvent::GroupNotice(message)));
        assert!(matches!(&room(&state).inside, Inside::Out(why) if why.contains(says)), "{kind}");
        typed(&mut state, "hello?");
        assert!(asked(&press(&mut state, KeyCode::Enter)).is_empty());
        let effects = happen(&mut state, Event::Link(LinkEvent::Online { tiny_id: "144".into(), rev: None, me: None }));
        assert!(asked(&effects).is_empty(), "nobody goes back where one was put out");
    }
}
