//! Whether one may write: a mute of oneself or of everybody in a group (`contract/client-semantics.md` 7.5).

use crate::effect::{Ask, AttachedAsk, Effect};
use crate::event::{Muted, Refusal};
use crate::state::conversation::ChatId;
use crate::state::group_page::noun;
use crate::state::{Link, State, Tone, sane_s};
use crate::view::time;
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::event::{GroupTip, tip};
use tern_protocol::model::permission::TopicRight;

/// Why nothing can be written into a conversation, if so.
pub(crate) fn says(state: &State, chat: &ChatId) -> Option<String> {
    let ChatId::Group(group) = chat else { return None };
    // Before the first synchronisation nobody knows, and topics belong to their community.
    let known = state.sync.rev > 0 && !state.sync.pulling && state.link == Link::Online { syncing: false };
    if known && state.groups.get(group).is_none() && state.room_of(chat).is_none() && !group.contains("@TOPIC#_") {
        return Some("you are no member of this group".into());
    }
    let muted = in_topic(state, group, state.live.muted(chat));
    let place = match state.groups.get(group) {
        Some(row) if row.place.topic.is_some() && holds_here(state, group) => "topic",
        Some(row) => noun(row),
        None => "group",
    };
    let now_s = state.server_now_s();
    if muted.until_s > now_s {
        // Longer than ten years is for ever.
        if muted.until_s - now_s > 10 * 365 * 86_400 {
            return Some(format!("you are muted in this {place}"));
        }
        let zone = &state.settings.zone;
        let here_s = muted.until_s - state.server_offset_ms.div_euclid(1000);
        let day = if time::date(here_s, zone) == time::date(state.now.seconds(), zone) {
            String::new()
        } else {
            format!("{}, ", time::day(here_s, state.now.seconds(), zone))
        };
        return Some(format!("you are muted until {day}{}", time::clock(here_s, zone)));
    }
    let decided =
        chat.community().and_then(|community| state.groups.get(community)).is_some_and(|group| group.place.rights.is_some());
    let manages = match decided {
        true => state.may_in_topic(group, TopicRight::TopicMuteMember),
        false => state.groups.get(group).is_some_and(|group| matches!(group.role.as_str(), "Owner" | "Admin")),
    };
    if muted.all && !manages {
        return Some(format!("everybody is muted in this {place}"));
    }
    (decided && !state.may_in_topic(group, TopicRight::SendTopicMessage)).then(|| "you may not write in this topic".into())
}

/// A mute of a topic holds with that of its community.
fn in_topic(state: &State, group: &str, muted: Muted) -> Muted {
    let Some(topic) = state.groups.get(group).and_then(|group| group.place.topic.as_ref()) else { return muted };
    let above = state.live.muted(&ChatId::group(&topic.community));
    Muted { until_s: muted.until_s.max(topic.muted_until_s).max(above.until_s), all: muted.all || topic.mute_all || above.all }
}

/// A topic itself mutes this person or everybody, besides what its community does.
fn holds_here(state: &State, topic: &str) -> bool {
    let topic = state.groups.get(topic).and_then(|group| group.place.topic.as_ref());
    topic.is_some_and(|topic| topic.muted_until_s > state.server_now_s() || topic.mute_all)
}

/// Whether the open conversation's input takes this character: a muted one takes commands only.
pub(crate) fn takes(state: &State, c: char) -> bool {
    let muted = state.open.as_ref().is_some_and(|chat| says(state, chat).is_some());
    !muted || c == '/' || state.composer.text().starts_with('/')
}

/// Says why nothing can be written.
pub(super) fn refuse(state: &mut State) {
    if let Some(text) = state.open.clone().and_then(|chat| says(state, &chat)) {
        state.say(Tone::Neutral, format!("Nothing can be written: {text}"));
    }
}

/// Asks how far one may write in a group that was opened; what a topic says of itself is known, what holds in all of them is not.
pub(super) fn ask(state: &State, chat: &ChatId, out: &mut Vec<Effect>) {
    if let ChatId::Group(group) = chat
        && state.groups.get(group).is_some()
    {
        let group = chat.community().unwrap_or(group).to_owned();
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Muted { group })));
    }
}

/// A group as it is for oneself: with the end of one's own mute.
pub(super) fn own(state: &mut State, wire: &SyncGroup) {
    let chat = ChatId::group(&wire.group_id);
    let known = state.live.muted(&chat);
    let all = wire.mute_all_member.as_deref().map_or(known.all, |word| word == "On");
    let muted = Muted { until_s: sane_s(wire.mute_until.unwrap_or(0)), all };
    if muted != known {
        state.live.set_muted(&chat, muted);
    }
}

/// Whether everybody is muted: `On` or `Off`; `None`: as it was.
pub(super) fn all(state: &mut State, chat: &ChatId, word: Option<&str>) {
    let known = state.live.muted(chat);
    let muted = Muted { all: word.map_or(known.all, |word| word == "On"), ..known };
    if muted != known {
        state.live.set_muted(chat, muted);
    }
}

/// How far one may write, as the server has it.
pub(super) fn known(state: &mut State, group: &str, result: Result<Muted, Refusal>) {
    if let Ok(muted) = result {
        state.live.set_muted(&ChatId::group(group), muted);
    }
}

/// A message was refused: where that was a mute, how long it lasts is asked for.
pub(super) fn refused(state: &State, chat: Option<&ChatId>, code: i32, out: &mut Vec<Effect>) {
    if let (Some(chat), 10017) = (chat, code) {
        ask(state, chat, out);
    }
}

/// A tip may tell of a mute.
pub(super) fn told(state: &mut State, chat: &ChatId, wire: &WireMessage) {
    let Some(told) = wire.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupTip>(body.get()).ok()) else { return };
    let mut muted = state.live.muted(chat);
    match told.op_type {
        tip::MEMBER_INFO => {
            let own = told.member_info.iter().flatten().find(|info| info.account == state.me.user);
            let Some(own) = own else { return };
            muted.until_s = if own.shutup_time > 0 { sane_s(wire.msg_time_stamp.saturating_add(own.shutup_time)) } else { 0 };
        }
        tip::GROUP_INFO => match told.new_info.and_then(|info| info.shutup_all).as_deref() {
            Some("On") => muted.all = true,
            Some("Off") => muted.all = false,
            _ => return,
        },
        _ => return,
    }
    state.live.set_muted(chat, muted);
}
