//! Pinned messages of groups (`contract/client-semantics.md` 3.9).

use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::modal::Modal;
use crate::state::pins::{Pin, PinChange, PinList, Pins};
use crate::state::{State, Tone};
use tern_protocol::api::annotation::Pin as WirePin;
use tern_protocol::event::{PinNotice, pin as op};

/// A message was pinned or unpinned.
pub(super) fn told(state: &mut State, notice: &PinNotice, out: &mut Vec<Effect>) {
    let chat = ChatId::group(&notice.group_id);
    let change = if notice.op_type == op::PINNED {
        Pin::from_wire(&notice.pin, &state.me.user).map(PinChange::Pinned)
    } else {
        Some(PinChange::Unpinned(notice.pin.message.msg_seq))
    };
    let Some(change) = change else { return };
    apply(state, &chat, change, out);
    if state.open.as_ref() == Some(&chat) {
        let who = state.people.name(&notice.operator).to_owned();
        let did = if notice.op_type == op::PINNED { "pinned" } else { "unpinned" };
        state.say(Tone::Neutral, format!("{who} {did} a message"));
    }
}

fn apply(state: &mut State, chat: &ChatId, change: PinChange, out: &mut Vec<Effect>) {
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.pins.apply(&change);
    }
    clamp(state);
    out.push(Effect::Store(StoreOp::Pins { chat: chat.clone(), change }));
}

/// The open list chooses something that is there.
fn clamp(state: &mut State) {
    let count = state.open_timeline().map_or(0, |timeline| timeline.pins.list().len());
    if let Some(Modal::Pins(list)) = state.modals.last_mut() {
        list.chosen = list.chosen.min(count.saturating_sub(1));
    }
}

/// Messages that cannot be read any more are pinned no longer.
pub(super) fn gone(state: &mut State, chat: &ChatId, places: &[u64], out: &mut Vec<Effect>) {
    if !chat.is_group() {
        return;
    }
    let pinned = |place: &&u64| state.timeline(chat).is_none_or(|timeline| timeline.pins.has(**place));
    for place in places.iter().filter(pinned).copied().collect::<Vec<_>>() {
        apply(state, chat, PinChange::Unpinned(place), out);
    }
}

/// A message says something else now.
pub(super) fn edited(state: &mut State, chat: &ChatId, place: u64, text: &str, out: &mut Vec<Effect>) {
    if state.timeline(chat).is_some_and(|timeline| timeline.pins.has(place)) {
        apply(state, chat, PinChange::Text { place, text: crate::text::fit(text, 200).into_owned() }, out);
    }
}

/// Asks for the pins of a group that was opened.
pub(super) fn ask(state: &State, chat: &ChatId, out: &mut Vec<Effect>) {
    if let ChatId::Group(group) = chat
        && state.groups.get(group).is_some_and(|group| group.kind != "AVChatRoom")
    {
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Pins { group: group.to_string() })));
    }
}

/// The pins as the server has them.
pub(super) fn known(state: &mut State, group: &str, result: Result<Vec<WirePin>, Refusal>, out: &mut Vec<Effect>) {
    let Ok(list) = result else { return };
    let pins = Pins::new(list.iter().filter_map(|pin| Pin::from_wire(pin, &state.me.user)).collect());
    apply(state, &ChatId::group(group), PinChange::All(pins), out);
}

/// Whether this person may pin in a group: the kits offer it to owner and administrators.
pub(crate) fn may_pin(state: &State, chat: &ChatId) -> bool {
    let ChatId::Group(group) = chat else { return false };
    state.groups.get(group).is_some_and(|group| group.kind != "AVChatRoom" && matches!(group.role.as_str(), "Owner" | "Admin"))
}

/// Runs an action about pins.
pub(super) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::PinMessage => {
            let Some((chat, place)) = super::selected_place(state) else {
                state.say(Tone::Neutral, "Pick a message first (Alt-M)");
                return;
            };
            let can = state.timeline(&chat).and_then(|timeline| timeline.at(place)).is_some_and(|row| row.is_shown_message());
            if !chat.is_group() || !can {
                state.say(Tone::Neutral, "Only messages of groups can be pinned");
                return;
            }
            set(state, &chat, place, out);
        }
        Action::Pins => {
            let count = state.open_timeline().map_or(0, |timeline| timeline.pins.list().len());
            match state.open.clone() {
                Some(chat) if count > 0 => state.modals.push(Modal::Pins(PinList { chat, chosen: 0 })),
                Some(ChatId::Group(_)) => state.say(Tone::Neutral, "Nothing is pinned in this group"),
                _ => state.say(Tone::Neutral, "Open a group first: its pinned messages are listed here"),
            }
        }
        _ => {}
    }
}

/// Pins a message, or lets it go.
fn set(state: &mut State, chat: &ChatId, place: u64, out: &mut Vec<Effect>) {
    let ChatId::Group(group) = chat else { return };
    if !may_pin(state, chat) {
        state.say(Tone::Bad, "Only the group's owner and administrators pin messages");
        return;
    }
    if !state.online() {
        state.say(Tone::Neutral, "Pinning needs the link to the server; there is none now");
        return;
    }
    let on = !state.timeline(chat).is_some_and(|timeline| timeline.pins.has(place));
    out.push(Effect::Ask(Ask::Attached(AttachedAsk::PinMessage { group: group.to_string(), place, on })));
}

/// The server pinned or unpinned a message, or did not.
pub(super) fn done(state: &mut State, group: &str, place: u64, on: bool, result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    let chat = ChatId::group(group);
    if let Err(refusal) = result {
        let says = match refusal.code {
            10030 => "the message is not there any more".to_owned(),
            10070 => "a group keeps ten pinned messages; let one go first".to_owned(),
            10071 => "it is pinned already".to_owned(),
            _ => refusal.to_string(),
        };
        state.say(Tone::Bad, format!("Not {}: {says}", if on { "pinned" } else { "unpinned" }));
        ask(state, &chat, out);
        return;
    }
    if !on {
        apply(state, &chat, PinChange::Unpinned(place), out);
        state.say(Tone::Good, "Unpinned");
        return;
    }
    let row = state.timeline(&chat).and_then(|timeline| timeline.at(place));
    let pin = row.map(|row| Pin {
        place,
        sender: row.sender.to_string(),
        sender_name: row.sender_name.clone(),
        text: crate::text::fit(&row.abstract_line(), 200).into_owned(),
        pinner: state.me.user.clone(),
        time_s: state.server_now_s(),
    });
    if let Some(pin) = pin {
        apply(state, &chat, PinChange::Pinned(pin), out);
    }
    state.say(Tone::Good, "Pinned for everybody in the group");
}

fn chosen(state: &State) -> Option<(ChatId, u64)> {
    let Some(Modal::Pins(list)) = state.modals.last() else { return None };
    let pin = state.timeline(&list.chat)?.pins.list().get(list.chosen)?;
    Some((list.chat.clone(), pin.place))
}

/// Jumps to the chosen pinned message.
pub(super) fn jump(state: &mut State, out: &mut Vec<Effect>) {
    let Some((chat, place)) = chosen(state) else { return };
    state.modals.pop();
    timeline::jump(state, &chat, place, out);
}

/// Lets the chosen pinned message go.
pub(super) fn remove(state: &mut State, out: &mut Vec<Effect>) {
    if let Some((chat, place)) = chosen(state) {
        set(state, &chat, place, out);
    }
}
