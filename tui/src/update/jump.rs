//! Jumps: to a place, a time, a message, where reading goes on, the next mention; and the older stretch that is shown then.
//! The local database is asked first, the server for what is not there.

use super::{save, timeline};
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::message::Message;
use crate::state::timeline::{Fetch, Goal, RowKey, Source, WindowAt};
use crate::state::{Focus, State, Tone};
use crate::view::timeline as shown;
use jiff::civil::{Date, DateTime, Time};
use jiff::{Timestamp, ToSpan};
use tern_protocol::api::conversation::HistoryPage;
use tern_protocol::api::message::Message as WireMessage;

/// Messages of a piece of the local database.
const PIECE: usize = 60;
/// Pages that are read to find where somebody was mentioned.
const MENTION_PAGES: u32 = 40;

/// Opens a conversation at a goal.
pub(crate) fn go(state: &mut State, chat: &ChatId, goal: Goal, out: &mut Vec<Effect>) {
    if state.open.as_ref() != Some(chat) {
        timeline::open(state, chat, out);
    }
    let Some(timeline) = state.open_timeline_mut() else { return };
    (timeline.trouble, timeline.landing) = (None, None);
    let at = match &goal {
        Goal::Place(place) if timeline.shows_or_holds(*place) => return land(state, &goal, out),
        Goal::Unread(place) if timeline.shows_or_holds(place + 1) => return land(state, &goal, out),
        Goal::Id(id) if timeline.rows().iter().any(|row| row.msg_id == *id) => return land(state, &goal, out),
        Goal::Place(place) => WindowAt::Around(*place),
        Goal::Unread(place) => WindowAt::After(*place),
        Goal::Time(time_s) => WindowAt::AroundTime(*time_s),
        Goal::Id(id) => match client_time_s(id) {
            Some(time_s) => WindowAt::AroundTime(time_s),
            None => return lost(state, "That message cannot be found"),
        },
        Goal::Mention { .. } => match (timeline.mentions.first().copied(), timeline.mentioned_above) {
            (Some(place), _) => return go(state, chat, Goal::Place(place), out),
            (None, Some(above)) => WindowAt::After(above),
            (None, None) => return state.say(Tone::Neutral, "Nobody mentioned you here"),
        },
    };
    fetch(state, chat, at, Some(goal), out);
}

/// The time in a message's ID `<TinyId>-<MsgClientTime>-<MsgRandom>`, seconds.
fn client_time_s(id: &str) -> Option<i64> {
    id.split('-').nth(1).and_then(|text| text.parse().ok()).filter(|time_s| *time_s > 0)
}

fn fetch(state: &mut State, chat: &ChatId, at: WindowAt, goal: Option<Goal>, out: &mut Vec<Effect>) {
    if let Some(timeline) = state.timeline_mut(chat) {
        timeline.fetch = Some(Fetch { at, source: Source::Local, goal });
        out.push(Effect::Store(StoreOp::LoadWindow { chat: chat.clone(), at, limit: PIECE }));
    }
}

/// What the older stretch lacks when its ends come into sight.
pub(super) fn settle(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    let (oldest_near, newest_near) = (shown::oldest_is_near(state), shown::newest_is_near(state));
    let first_place = state.conversations.get(chat).map_or(0, |conversation| conversation.first_place);
    let Some(timeline) = state.timeline_mut(chat) else { return };
    let Some(up_to) = timeline.read_up_to() else { return };
    if timeline.fetch.is_some() || timeline.trouble.is_some() {
        return;
    }
    if newest_near {
        fetch(state, chat, WindowAt::After(up_to), None, out);
    } else if oldest_near && !timeline.at_start {
        if timeline.read_down_to <= first_place.max(1) {
            timeline.at_start = true;
        } else {
            let at = WindowAt::Before(timeline.read_down_to);
            fetch(state, chat, at, None, out);
        }
    }
}

/// The fetch that an answer belongs to; later jumps make earlier answers worthless.
fn awaited(state: &mut State, chat: &ChatId, at: WindowAt, source: Source) -> Option<Fetch> {
    let timeline = state.timeline_mut(chat)?;
    timeline.fetch.take_if(|fetch| fetch.at == at && fetch.source == source)
}

/// A piece of the local database, or that it is not there.
pub(super) fn local_window(
    state: &mut State,
    chat: &ChatId,
    at: WindowAt,
    messages: &[WireMessage],
    range: Option<(u64, u64)>,
    out: &mut Vec<Effect>,
) {
    let Some(fetch) = awaited(state, chat, at, Source::Local) else { return };
    match range {
        Some(range) => arrived(state, chat, fetch, messages, range, false, out),
        None => ask_server(state, chat, fetch, out),
    }
}

fn ask_server(state: &mut State, chat: &ChatId, fetch: Fetch, out: &mut Vec<Effect>) {
    if state.online() {
        let at = fetch.at;
        if let Some(timeline) = state.timeline_mut(chat) {
            timeline.fetch = Some(Fetch { source: Source::Server, ..fetch });
            out.push(Effect::Ask(Ask::Window { chat: chat.clone(), at }));
        }
    } else if fetch.goal.is_some() {
        lost(state, "That part of the history is not on this host, and there is no link to the server");
    } else if let Some(timeline) = state.timeline_mut(chat) {
        timeline.trouble = Some("there is no link to the server".into());
    }
}

fn lost(state: &mut State, text: &str) {
    state.say(Tone::Bad, text);
}

/// A piece of the server's history. It is kept, whether anybody still waits for it or not.
pub(super) fn server_window(
    state: &mut State,
    chat: &ChatId,
    at: WindowAt,
    result: Result<Box<HistoryPage>, Refusal>,
    out: &mut Vec<Effect>,
) {
    let fetch = awaited(state, chat, at, Source::Server);
    let page = match (result, fetch.as_ref().map(|fetch| fetch.goal.is_some())) {
        (Ok(page), _) => timeline::sane(page),
        (Err(refusal), Some(true)) => return lost(state, &format!("The history did not come: {refusal}")),
        (Err(refusal), Some(false)) => {
            if let Some(timeline) = state.timeline_mut(chat) {
                timeline.trouble = Some(refusal.to_string());
            }
            return;
        }
        (Err(_), None) => return,
    };
    for wire in &page.msg_list {
        super::composer::found(state, chat, &wire.msg_id(), out);
    }
    let from = if page.at_start == 1 { 1 } else { page.from_place };
    let range = (page.to_place >= from && from > 0).then_some((from, page.to_place));
    if state.conversations.get(chat).is_some() {
        state.conversations.change(chat, |conversation| {
            conversation.peer_read_place = conversation.peer_read_place.max(page.peer_read_place.unwrap_or(0));
            if page.at_end == 1 {
                conversation.last_place = conversation.last_place.max(page.to_place);
            }
        });
        save(state, chat, out);
    }
    if !page.msg_list.is_empty() || range.is_some() {
        out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: page.msg_list.clone(), held: range }));
    }
    if let (Some((from, to)), Some(timeline)) = (range, state.timeline_mut(chat)) {
        timeline.held.add(from, to);
    }
    let Some(fetch) = fetch else { return };
    match range {
        Some(range) => arrived(state, chat, fetch, &page.msg_list, range, page.at_end == 1, out),
        None if fetch.goal.is_some() => lost(state, "There are no messages there any more"),
        None => {
            // The end of what can be read.
            if let Some(timeline) = state.timeline_mut(chat) {
                timeline.at_start |= page.at_start == 1;
            }
        }
    }
}

fn arrived(
    state: &mut State,
    chat: &ChatId,
    fetch: Fetch,
    messages: &[WireMessage],
    (from, to): (u64, u64),
    at_end: bool,
    out: &mut Vec<Effect>,
) {
    let me = state.me.user.clone();
    let last_place = state.conversations.get(chat).map_or(0, |conversation| conversation.last_place);
    let rows: Vec<Message> =
        messages.iter().filter(|wire| Message::is_there(wire)).map(|wire| Message::from_wire(wire, &me)).collect();
    let places: Vec<u64> = rows.iter().filter_map(|row| row.place).collect();
    super::attached::load(chat, &places, out);
    let Some(timeline) = state.timeline_mut(chat) else { return };
    match &fetch.goal {
        None => {
            timeline.grow(from, to, rows);
            return match timeline.landing.take().filter(|_| state.open.as_ref() == Some(chat)) {
                Some(goal) => land(state, &goal, out),
                None => timeline::settle(state, out),
            };
        }
        Some(Goal::Mention { pages }) => {
            let mentions: Vec<u64> = rows.iter().filter(|row| row.at_type != 0 && !row.mine).filter_map(|row| row.place).collect();
            if let Some(place) = mentions.first().copied() {
                (timeline.mentions, timeline.mentioned_above) = (mentions, None);
                return go(state, chat, Goal::Place(place), out);
            }
            if at_end || to >= last_place || *pages >= MENTION_PAGES {
                timeline.mentioned_above = None;
                return lost(state, "The message that mentioned you is not there any more");
            }
            return self::fetch(state, chat, WindowAt::After(to), Some(Goal::Mention { pages: pages + 1 }), out);
        }
        Some(Goal::Id(id)) if !rows.iter().any(|row| row.msg_id == *id) => {
            return match fetch.source {
                Source::Local => ask_server(state, chat, fetch, out),
                Source::Server => lost(state, "That message is not there any more"),
            };
        }
        Some(_) => timeline.show_stretch(from, to, rows),
    }
    if state.open.as_ref() == Some(chat)
        && let Some(goal) = fetch.goal
    {
        land(state, &goal, out);
    }
}

/// Scrolls to the goal, which is in the stretch that is shown.
fn land(state: &mut State, goal: &Goal, out: &mut Vec<Effect>) {
    let Some(timeline) = state.open_timeline_mut() else { return };
    let last = timeline.rows().len().checked_sub(1);
    let found = match goal {
        Goal::Place(place) => timeline.row_from(*place),
        Goal::Unread(place) => timeline.row_from(place + 1),
        Goal::Id(id) => timeline.rows().iter().position(|row| row.msg_id == *id),
        Goal::Time(time_s) => timeline.rows().iter().position(|row| row.place.is_some() && row.time_s >= *time_s),
        Goal::Mention { .. } => None,
    };
    let Some(index) = found.or(last) else {
        return lost(state, "There are no messages there any more");
    };
    let key = timeline.key(index);
    let gone = matches!(goal, Goal::Place(place) if key != Some(RowKey::Place(*place)));
    if !matches!(goal, Goal::Unread(_)) {
        timeline.selected = key;
        state.focus = Focus::Timeline;
    }
    let lead = if matches!(goal, Goal::Unread(_)) { 0 } else { 3 };
    let scroll = shown::scroll_to_row(state, index, lead);
    if let (Some((scroll, exact)), Some(timeline)) = (scroll, state.open_timeline_mut()) {
        timeline.scroll = scroll;
        // The first row in memory loses its headings once there are rows above it.
        timeline.landing = ((!exact || index == 0) && timeline.is_detached()).then(|| goal.clone());
    }
    if gone {
        state.say(Tone::Neutral, "That message is not there any more; this is the next one");
    }
    timeline::after_scroll(state, out);
}

/// What was mentioned above the read position, once those messages are in memory.
pub(super) fn resolve_mentions(state: &mut State, chat: &ChatId) {
    let Some(timeline) = state.timeline_mut(chat) else { return };
    let Some(above) = timeline.mentioned_above else { return };
    if timeline.read_down_to == 0 || timeline.read_down_to > above + 1 || timeline.is_detached() {
        return;
    }
    timeline.mentioned_above = None;
    timeline.mentions = timeline
        .rows()
        .iter()
        .filter(|row| row.at_type != 0 && !row.mine)
        .filter_map(|row| row.place)
        .filter(|place| *place > above)
        .collect();
}

/// Mentions in sight are seen.
pub(super) fn see_mentions(state: &mut State) {
    if state.open_timeline().is_none_or(|timeline| timeline.mentions.is_empty()) {
        return;
    }
    if let (Some((first, last)), true) = (shown::places_in_sight(state), state.in_front)
        && let Some(timeline) = state.open_timeline_mut()
    {
        timeline.mentions.retain(|place| !(first..=last).contains(place));
    }
}

/// `/goto`: a day, a time, both, or a place.
pub(crate) fn goto(state: &mut State, text: &str, out: &mut Vec<Effect>) -> Result<(), String> {
    let Some(chat) = state.open.clone() else { return Err("No conversation is open".into()) };
    let text = text.trim();
    match text.strip_prefix('#').and_then(|number| number.parse::<u64>().ok()) {
        Some(place) => timeline::jump(state, &chat, place.max(1), out),
        None if moment(state, text).is_none() && client_time_s(text).is_some() => {
            timeline::jump_to_id(state, &chat, text, out);
        }
        None => {
            let told = "A day (2026-11-24, yesterday), a time (14:02), both, a number (#120) or a message ID";
            go(state, &chat, moment(state, text).ok_or(told)?, out);
        }
    }
    Ok(())
}

/// A moment as a person writes it, in the person's own zone.
fn moment(state: &State, text: &str) -> Option<Goal> {
    let zone = &state.settings.zone;
    let today = Timestamp::from_millisecond(state.now.wall_ms).ok()?.to_zoned(zone.clone()).date();
    let moment = |date: Date, time: Time| {
        let zoned = DateTime::from_parts(date, time).to_zoned(zone.clone()).ok()?;
        Some(Goal::Time(zoned.timestamp().as_second()))
    };
    let day = |word: &str| match word {
        "today" => Some(today),
        "yesterday" => today.checked_sub(1.day()).ok(),
        word => word.parse::<Date>().ok(),
    };
    let clock = |word: &str| {
        let (hour, minute) = word.split_once(':')?;
        Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
    };
    let mut words = text.split_whitespace();
    match (words.next(), words.next(), words.next()) {
        (Some(word), None, _) => match (day(word), clock(word)) {
            (Some(date), _) => moment(date, Time::midnight()),
            (None, Some(time)) => moment(today, time),
            (None, None) => None,
        },
        (Some(date), Some(time), None) => moment(day(date)?, clock(time)?),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
