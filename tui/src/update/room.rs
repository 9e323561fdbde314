//! Live rooms: entering, reading along, saying something, keeping order, leaving. Nothing of it is kept in the local database.

mod order;

pub(crate) use order::Order;
pub(super) use order::{admin_set, admins, keep, offered};

use super::{group_news, group_page, mute, timeline};
use crate::action::Action;
use crate::effect::{Ask, Effect, GroupAsk, RoomAsk};
use crate::event::{Delivered, Event, Refusal, RoomAnswer};
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::message::{Body, Message, body_from_json};
use crate::state::room::{Inside, LINE_CHARACTERS, LineKind, Room, RoomLine, Sent};
use crate::state::roster::Group;
use crate::state::{Focus, State, Tone};
use crate::text::{clean_line, fit};
use crate::view::layout::Areas;
use rand::Rng;
use ratatui::layout::Position;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{Event as ServerEvent, GroupNotice, GroupTip, notice, tip};

/// The word of the type on the wire.
pub(crate) const KIND: &str = "AVChatRoom";
/// The number of people is asked for this often while the room is on the screen (milliseconds).
const COUNT_EVERY_MS: i64 = 10_000;
/// High priority, as clients write it.
const HIGH: i64 = 1;
/// Bytes of a gift's name.
const GIFT_BYTES: usize = 60;

/// Comes into a room; one that one is in is left first (one at a time, `contract/client-semantics.md` 7.3).
pub(crate) fn enter(state: &mut State, group: &Group, owner: &str, out: &mut Vec<Effect>) {
    if let Some(old) = state.room.take().filter(|old| old.group != group.id) {
        state.groups.set(&old.group, None);
        out.push(Effect::Ask(Ask::Room(RoomAsk::Leave { group: old.group })));
    }
    state.groups.set(&group.id, Some(group.clone()));
    out.push(Effect::Ask(Ask::Room(RoomAsk::Enter { group: group.id.clone() })));
    let mut room = Room::new(&group.id);
    owner.clone_into(&mut room.owner);
    state.room = Some(room);
    timeline::open(state, &ChatId::group(&group.id), out);
}

/// Shows the room in the place of messages.
pub(super) fn show(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    if state.open.as_ref() != Some(chat) {
        timeline::leave(state, out);
        state.open = Some(chat.clone());
    }
    if let Some(room) = &mut state.room {
        room.chosen = None;
        room.show_newest();
    }
}

/// Goes out of the room, by hand or because the program ends.
pub(crate) fn leave(state: &mut State, out: &mut Vec<Effect>) {
    let on_screen = state.open_room().is_some();
    let Some(room) = state.room.take() else { return };
    state.groups.set(&room.group, None);
    if on_screen {
        state.open = None;
        state.composer = crate::state::editor::Editor::default();
        state.focus = Focus::List;
    }
    if room.inside == Inside::In {
        out.push(Effect::Ask(Ask::Room(RoomAsk::Leave { group: room.group })));
    }
}

/// There is a link again: in again.
pub(super) fn link_back(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(room) = state.room.as_mut().filter(|room| matches!(room.inside, Inside::Away | Inside::In | Inside::Entering)) {
        room.inside = Inside::Entering;
        room.forget_seq();
        out.push(Effect::Ask(Ask::Room(RoomAsk::Enter { group: room.group.clone() })));
    }
}

/// The link is gone, and with it the place in the room.
pub(super) fn link_lost(state: &mut State) {
    if let Some(room) = state.room.as_mut().filter(|room| !matches!(room.inside, Inside::Out(_))) {
        room.inside = Inside::Away;
    }
}

/// Whether an event is nothing but talk in a live room: the screen may wait a moment with it.
pub(crate) fn is_talk(state: &State, event: &Event) -> bool {
    matches!(event, Event::Server(ServerEvent::GroupMessage(wire) | ServerEvent::GroupTip(wire)) if is_of_room(state, wire))
}

fn is_of_room(state: &State, wire: &WireMessage) -> bool {
    let kind = wire.group_info.as_ref().map(|info| info.group_type.as_str());
    kind == Some(KIND) || state.room.as_ref().is_some_and(|room| wire.to_group_id.as_deref() == Some(&room.group))
}

/// Takes what was said in a room.
pub(crate) fn talk(state: &mut State, event: Event, out: &mut Vec<Effect>) {
    let Event::Server(ServerEvent::GroupMessage(wire) | ServerEvent::GroupTip(wire)) = event else { return };
    let now_ms = state.now.mono_ms;
    let chat = ChatId::group(wire.to_group_id.as_deref().unwrap_or_default());
    if state.room_of(&chat).is_none() {
        return;
    }
    let message = Message::from_wire(&wire, &state.me.user);
    let tip = matches!(message.body, Body::Tip(_));
    if tip {
        mute::told(state, &chat, &wire);
        happened(state, &chat, &wire, out);
    }
    let members = if tip { member_num(&wire) } else { None };
    let Some(room) = &mut state.room else { return };
    if members.is_some() {
        room.online = members;
    }
    let important = wire.msg_priority == Some(HIGH) || message.at_type != 0;
    let line = RoomLine {
        user: if tip { String::new() } else { wire.from_account.clone() },
        name: fit(&message.sender_name, 40).into_owned(),
        text: cut(&message.abstract_line()),
        kind: match (tip, important) {
            (true, _) => LineKind::Tip,
            (_, true) => LineKind::Important,
            _ => LineKind::Said,
        },
        mine: message.mine,
        ..RoomLine::default()
    };
    // A tip's number is none of the room's.
    room.take(line, if tip { 0 } else { wire.msg_seq }, now_ms);
}

/// What a tip says of the room holds from now on.
fn happened(state: &mut State, chat: &ChatId, wire: &WireMessage, out: &mut Vec<Effect>) {
    let told = wire.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupTip>(body.get()).ok());
    match told.map(|told| told.op_type) {
        Some(tip::GROUP_INFO | tip::SET_ADMIN | tip::CANCEL_ADMIN) => group_news::tip(state, chat, wire, out),
        Some(tip::BAN | tip::UNBAN | tip::MEMBER_INFO) => group_page::refresh(state, chat.id(), out),
        _ => {}
    }
}

fn cut(text: &str) -> String {
    text.chars().take(LINE_CHARACTERS).collect()
}

fn member_num(wire: &WireMessage) -> Option<u64> {
    let body: serde_json::Value = serde_json::from_str(wire.msg_body.as_ref()?.get()).ok()?;
    body.get("MemberNum").and_then(serde_json::Value::as_u64)
}

/// A notice about the room: put out, or the room ended. False: it is not about it.
pub(super) fn notice(state: &mut State, wire: &WireMessage, told: &GroupNotice) -> bool {
    let Some(group) = wire.to_group_id.as_deref() else { return false };
    let Some(room) = state.room.as_mut().filter(|room| room.group == group) else { return false };
    let why = match told.report_type {
        notice::KICKED => "you were removed",
        BANNED => "you were banned",
        notice::DISMISSED => "the room has ended",
        notice::ADMIN_SET | notice::ADMIN_REMOVED => {
            let on = told.report_type == notice::ADMIN_SET;
            order::appointed(state, on);
            return true;
        }
        _ => return true,
    };
    room.inside = Inside::Out(why.into());
    room.say(format!("Out of the room: {why}"));
    state.say(Tone::Bad, format!("Out of the room: {why}"));
    true
}

/// `ReportType` of a ban in a live room (`contract/client-semantics.md` 7.7).
const BANNED: i64 = 21;

/// The number of people is asked for while somebody looks.
pub(super) fn settle(state: &mut State, out: &mut Vec<Effect>) {
    let (now_ms, online) = (state.now.mono_ms, state.online());
    if let Some(room) = state.open_room_mut()
        && online
        && room.inside == Inside::In
        && now_ms >= room.asked_ms.saturating_add(COUNT_EVERY_MS)
    {
        room.asked_ms = now_ms;
        out.push(Effect::Ask(Ask::Room(RoomAsk::Count { group: room.group.clone() })));
    }
}

/// When the number of people is asked for next (mono milliseconds).
pub(crate) fn wake_at(state: &State) -> Option<i64> {
    let room = state.open_room().filter(|room| room.inside == Inside::In && state.online())?;
    Some(room.asked_ms.saturating_add(COUNT_EVERY_MS))
}

/// An answer about a room.
pub(super) fn answered(state: &mut State, answer: RoomAnswer, out: &mut Vec<Effect>) {
    match answer {
        RoomAnswer::Entered { group, result } => {
            let Some(room) = state.room.as_mut().filter(|room| room.group == group) else { return };
            match result {
                Ok(()) => {
                    room.inside = Inside::In;
                    room.asked_ms = i64::MIN / 2;
                    out.push(Effect::Ask(Ask::Group(GroupAsk::RoomAdmins { group: group.clone() })));
                    state.live.ask_again(&ChatId::group(&group));
                }
                // The next link tries again.
                Err(refusal) if refusal.code == 0 => room.inside = Inside::Away,
                Err(refusal) => {
                    let why = clean_line(&refusal.text);
                    room.inside = Inside::Out(why.clone());
                    state.say(Tone::Bad, format!("Not let into the room: {why} (code {})", refusal.code));
                }
            }
            settle(state, out);
        }
        RoomAnswer::Left => {}
        RoomAnswer::Counted { group, result } => {
            if let (Some(room), Ok(count)) = (state.room.as_mut().filter(|room| room.group == group), result) {
                room.online = Some(count);
            }
        }
        RoomAnswer::Said { group, key, result } => said(state, &group, &key, result),
        RoomAnswer::Kept { says, result } => match result {
            Ok(()) => state.say(Tone::Good, says),
            Err(refusal) => state.say(Tone::Bad, clean_line(&format!("Not done: {refusal}"))),
        },
    }
}

fn said(state: &mut State, group: &str, key: &str, result: Result<Delivered, Refusal>) {
    let Some(room) = state.room.as_mut().filter(|room| room.group == group) else { return };
    match result {
        Ok(delivered) => {
            room.own_seq(delivered.place.unwrap_or(0));
            room.sent(key, Sent::There);
        }
        Err(refusal) => {
            let text = super::says::refused(&refusal);
            room.sent(key, Sent::Failed(text.clone()));
            state.say(Tone::Bad, format!("Not sent: {text}"));
        }
    }
}

/// Why nothing goes into a room that one is not in.
pub(super) const OUTSIDE: &str = "Not sent: you are not in the room now";

/// A room is on the screen, and nothing can be said there now.
pub(super) fn is_outside(state: &State) -> bool {
    state.open_room().is_some_and(|room| room.inside != Inside::In || !state.online())
}

/// Says a text in the room.
pub(super) fn say(state: &mut State, text: &str, ats: Vec<String>, out: &mut Vec<Effect>) {
    let body = serde_json::json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]);
    send(state, body.to_string(), false, ats, out);
}

/// A message of another kind; files are kept, which a room does not.
pub(super) fn post(state: &mut State, content: Outgoing, out: &mut Vec<Effect>) {
    if content.file.is_some() || content.relay_list.is_some() {
        state.say(Tone::Bad, "Files and long lists are not sent into a live room");
        return;
    }
    send(state, content.body_json(), false, content.ats, out);
}

/// A like or a gift: a custom message, a gift of high priority, as live kits send them.
fn give(state: &mut State, business: &str, name: &str, out: &mut Vec<Effect>) {
    let desc = if business == "like" { "♥".to_owned() } else { format!("gives {name}") };
    let data = serde_json::json!({"businessID": business, "version": 1, "name": name});
    let content = serde_json::json!({"Data": data.to_string(), "Desc": desc, "Ext": ""});
    let body = serde_json::json!([{"MsgType": "TIMCustomElem", "MsgContent": content}]);
    send(state, body.to_string(), business == "gift", Vec::new(), out);
}

fn send(state: &mut State, body: String, high: bool, ats: Vec<String>, out: &mut Vec<Effect>) {
    let random: u32 = state.rng.random();
    let (now_ms, client_time_s) = (state.now.mono_ms, state.now.seconds());
    let text = Message { body: body_from_json(&body), ..Message::default() }.abstract_line();
    let Some(chat) = state.room.as_ref().map(Room::chat) else { return };
    if let Some(says) = mute::says(state, &chat) {
        state.say(Tone::Bad, format!("Not sent: {says}"));
        return;
    }
    if is_outside(state) {
        state.say(Tone::Bad, OUTSIDE);
        return;
    }
    let user = state.me.user.clone();
    let Some(room) = &mut state.room else { return };
    let key = format!("{client_time_s}-{random}");
    let kind = if high { LineKind::Important } else { LineKind::Said };
    let line = RoomLine { user, text: cut(&text), kind, mine: true, key: key.clone(), sent: Sent::Waiting, ..RoomLine::default() };
    room.show_newest();
    room.take(line, 0, now_ms);
    out.push(Effect::Ask(Ask::Room(RoomAsk::Say { group: room.group.clone(), key, body, high, ats, random, client_time_s })));
}

/// Runs an action where a room is on the screen. False: it means there what it means everywhere.
pub(super) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) -> bool {
    if state.open_room().is_none() {
        return match action {
            Action::Like | Action::Gift => {
                state.say(Tone::Neutral, "Only a live room takes likes and gifts");
                true
            }
            _ => false,
        };
    }
    let page = i64::from(Areas::of(state).timeline.height.saturating_sub(2).max(1));
    let (manages, other) = (order::manages(state), order::chosen_other(state));
    let above = other.as_ref().is_some_and(|(user, _)| order::is_above(state, user));
    let Some(room) = state.room.as_mut() else { return false };
    match action {
        Action::ScrollUp => room.scroll(-page),
        Action::ScrollDown => room.scroll(page),
        Action::ScrollTop => room.scroll(i64::MIN / 2),
        Action::ScrollBottom => room.show_newest(),
        Action::SelectMessages => {
            if room.choose(0) {
                state.focus = Focus::Timeline;
            }
        }
        Action::MessageUp => drop(room.choose(-1)),
        Action::MessageDown if !room.choose(1) => back(state),
        Action::MessageDown => {}
        Action::MessageFirst => drop(room.choose(i64::from(i32::MIN))),
        Action::MessageLast => room.chosen = None,
        Action::BackToComposer => back(state),
        Action::Copy => {
            if let Some(text) = room.chosen_line().map(|line| line.text.clone()) {
                out.push(Effect::Copy(text));
                state.say(Tone::Good, "Copied");
            }
        }
        Action::MessageMenu => order::menu(state),
        Action::RoomAdmin => order::set_admin(state, out),
        Action::RoomMention => mention(state),
        Action::RoomMute | Action::RoomUnmute | Action::RoomBan if !manages => {
            state.say(Tone::Neutral, "Only the room's owner and administrators can do that");
        }
        Action::RoomMute | Action::RoomUnmute | Action::RoomBan if other.is_some() && !above => {
            state.say(Tone::Neutral, "Not this one: the owner and other administrators are not below you");
        }
        Action::RoomMute => order::ask_time(state, Order::Mute),
        Action::RoomBan => order::ask_time(state, Order::Ban),
        Action::RoomUnmute => {
            if let Some((user, _)) = order::chosen_other(state) {
                keep(state, Order::Mute, &user, 0, out);
            }
        }
        Action::Like => give(state, "like", "", out),
        Action::Gift => match argument.trim() {
            "" => state.say(Tone::Neutral, "Which gift? /gift rose"),
            name if name.len() > GIFT_BYTES => state.say(Tone::Bad, format!("At most {GIFT_BYTES} bytes name a gift")),
            name => give(state, "gift", &clean_line(name), out),
        },
        Action::LeaveGroup | Action::CloseChat => {
            leave(state, out);
            state.say(Tone::Neutral, "You left the live room");
        }
        Action::Pins | Action::Goto | Action::Find | Action::Attach | Action::SendAsFile | Action::Pin | Action::Mute => {
            state.say(Tone::Neutral, "A live room keeps nothing: that is not there");
        }
        Action::Invite => state.say(Tone::Neutral, "Nobody is invited into a live room: others enter by its ID"),
        _ => return false,
    }
    true
}

/// Chooses the line under the pointer; false: nobody said anything there.
pub(super) fn choose_at(state: &mut State, at: Position) -> bool {
    let Some(no) = crate::view::room::line_at(state, at) else { return false };
    let chosen = state.open_room_mut().is_some_and(|room| room.choose_line(no));
    if chosen {
        state.focus = Focus::Timeline;
    }
    chosen
}

fn back(state: &mut State) {
    state.focus = Focus::Composer;
    if let Some(room) = &mut state.room {
        room.chosen = None;
        room.show_newest();
    }
}

fn mention(state: &mut State) {
    if let Some((user, _)) = order::chosen_other(state) {
        back(state);
        for c in format!("@{user} ").chars() {
            state.composer.insert(c);
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
