use crate::effect::GroupAsk;
use crate::event::{Answer, Event, GroupTold, RoomAnswer};
use crate::state::State;
use crate::update::room_tests::{in_room, talk};
use crate::view::tests::{key, screen};
use crossterm::event::{KeyCode, KeyModifiers};
use serde_json::json;
use tern_protocol::api::message::Message;
use tern_protocol::event::{Event as ServerEvent, raw};

fn say(state: &mut State, message: Message) {
    state.now.mono_ms += 5;
    let now = state.now;
    crate::update::update(state, Event::Server(ServerEvent::GroupMessage(message)), now);
}

fn flooded() -> State {
    let mut state = in_room("me");
    let answer = RoomAnswer::Counted { group: "live".into(), result: Ok(12_345) };
    let now = state.now;
    crate::update::update(&mut state, Event::Answer(Answer::Room(answer)), now);
    let mut tip = talk("li", 1, "");
    tip.msg_body = Some(raw(&json!({"OpType": 1, "Operator_Account": "li", "List_Account": ["li"], "MemberNum": 12_346})).unwrap());
    crate::update::update(&mut state, Event::Server(ServerEvent::GroupTip(tip)), now);
    for n in 2..420 {
        let text = ["what a song", "louder!", "is this the new one? I have not heard it before, who wrote it and when was that?"];
        say(&mut state, talk(["bob", "li", "cy"][n % 3], n as u64, text[n % 3]));
        if n == 410 {
            let gift = json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": "{\"businessID\":\"gift\"}", "Desc": "gives roses", "Ext": ""}}]);
            let body = Some(raw(&gift).unwrap());
            say(&mut state, Message { msg_priority: Some(1), msg_body: body, ..talk("bob", 420, "") });
        }
    }
    state
}

#[test]
fn a_room_under_a_flood_at_80_by_24() {
    insta::assert_snapshot!(screen(&flooded()).backend());
}

#[test]
fn a_paused_room_at_200_by_50() {
    let mut state = flooded();
    state.size = (200, 50);
    key(&mut state, KeyCode::PageUp, KeyModifiers::NONE);
    say(&mut state, talk("bob", 500, "later"));
    insta::assert_snapshot!(screen(&state).backend());
}

#[test]
fn who_keeps_order_is_known_by_it_and_the_banned_stand_on_the_page() {
    let mut state = flooded();
    let tell = |state: &mut State, ask: GroupAsk, told: GroupTold| {
        let now = state.now;
        crate::update::update(state, Event::Answer(Answer::Group { ask, result: Ok(told) }), now);
    };
    let group = || "live".to_owned();
    let admins = GroupTold::RoomAdmins(vec![("bob".into(), "Bob Brown".into())]);
    tell(&mut state, GroupAsk::RoomAdmins { group: group() }, admins);
    insta::assert_snapshot!("room_with_an_administrator", screen(&state).backend());
    key(&mut state, KeyCode::Char('i'), KeyModifiers::ALT);
    let until_s = state.server_now_s() + 7_500;
    tell(&mut state, GroupAsk::Banned { group: group() }, GroupTold::Banned(vec![("troll".into(), until_s)]));
    key(&mut state, KeyCode::Right, KeyModifiers::NONE);
    insta::assert_snapshot!("room_page", screen(&state).backend());
}

#[test]
fn the_menu_of_a_line_offers_what_the_owner_may() {
    let mut state = flooded();
    key(&mut state, KeyCode::Up, KeyModifiers::NONE);
    key(&mut state, KeyCode::Up, KeyModifiers::NONE);
    key(&mut state, KeyCode::Enter, KeyModifiers::NONE);
    insta::assert_snapshot!(screen(&state).backend());
}
