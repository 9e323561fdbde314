//! The message view: opening, filling, scrolling, reading.

use super::{jump, keep_draft, save};
use crate::action::Action;
use crate::effect::{Ask, Effect, Page, StoreOp};
use crate::event::{LocalEvent, Refusal};
use crate::state::conversation::ChatId;
use crate::state::editor::Editor;
use crate::state::held::Held;
use crate::state::message::Message;
use crate::state::timeline::{Goal, Inserted, Loading, RowKey, Scroll, Source};
use crate::state::{Focus, State, Tone, sane_count};
use crate::view::layout::Areas;
use crate::view::timeline as shown;
use tern_protocol::api::conversation::HistoryPage;
use tern_protocol::api::message::Message as WireMessage;

/// Messages that are read from the local database at once.
pub(crate) const LOCAL_PAGE: usize = 60;

/// Opens a conversation and goes to writing.
pub(crate) fn open(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    state.focus = Focus::Composer;
    state.choose(chat.clone());
    if state.room_of(chat).is_some() {
        super::room::show(state, chat, out);
        return;
    }
    state.choose_chat(chat.clone());
    if state.open.as_ref() == Some(chat) {
        settle(state, out);
        return;
    }
    leave(state, out);
    let group_name = match chat {
        ChatId::Group(group) => state.groups.get(group).map(|group| group.name.clone()),
        ChatId::User(user) => Some(state.people.name(user)).filter(|name| *name != &**user).map(str::to_owned),
    };
    // A conversation that only exists here gets its place in the list with its first message or draft.
    if state.conversations.get(chat).is_none() {
        state.conversations.change(chat, |conversation| {
            conversation.name = group_name.unwrap_or_default();
            conversation.gone = true;
        });
    }
    let mentions = state.conversations.get(chat).map(|conversation| conversation.draft_mentions.clone()).unwrap_or_default();
    let answering = state.conversations.get(chat).and_then(|conversation| conversation.draft_answers.clone());
    let (draft, divider, mentioned) = state
        .conversations
        .get(chat)
        .map(|conversation| {
            let divider = (conversation.unread > 0).then_some(conversation.read_place);
            (conversation.draft.clone(), divider, (conversation.at_type != 0).then_some(conversation.read_place))
        })
        .unwrap_or_default();
    state.open = Some(chat.clone());
    state.composer = Editor::with_mentions(&draft, &mentions);
    state.completing.open = None;
    state.completing.refused = None;
    state.answering = answering;
    out.push(Effect::Store(StoreOp::Opened(Some(chat.clone()))));
    let (me, outbox) = (state.me.clone(), state.outbox.clone());
    let timeline = state.make_timeline(chat);
    timeline.rest();
    timeline.divider = divider;
    timeline.mentioned_above = mentioned;
    timeline.trouble = None;
    if !timeline.loaded && timeline.loading == Loading::Nothing {
        for outgoing in outbox.iter().filter(|outgoing| outgoing.chat_id().as_ref() == Some(chat)) {
            timeline.insert(outgoing.as_message(&me.user, &me.tiny_id));
        }
        timeline.loading = Loading::Local;
        out.push(Effect::Store(StoreOp::LoadPage { chat: chat.clone(), before: None, limit: LOCAL_PAGE }));
    }
    super::change::catch_up(state, out);
    settle(state, out);
    see_open(state, out);
}

/// Opens the conversation that was open last, with its page of the local database, for the first frame.
pub(crate) fn restore(state: &mut State, chat: &ChatId, page: LocalEvent) {
    let mut out = Vec::new();
    let front = std::mem::replace(&mut state.in_front, false);
    open(state, chat, &mut out);
    if let LocalEvent::Page { chat, messages, held } = page {
        local_page(state, &chat, &messages, held, &mut out);
    }
    // Nothing runs these effects yet: what they ask for is asked for again once there is a link.
    state.in_front = front;
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.loading = Loading::Nothing;
    }
}

/// Keeps what is written and lets go of the open conversation.
pub(crate) fn leave(state: &mut State, out: &mut Vec<Effect>) {
    keep_draft(state, out);
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.rest();
    }
    state.open = None;
    state.composer = Editor::default();
    state.completing.open = None;
    state.answering = None;
    state.marks = None;
}

/// What was asked over a link that is gone will not be answered.
pub(crate) fn link_changed(state: &mut State) {
    for chat in state.timeline_ids() {
        if let Some(timeline) = state.timeline_mut(&chat) {
            if matches!(timeline.loading, Loading::Older | Loading::Newest) {
                timeline.loading = Loading::Nothing;
            }
            timeline.fetch.take_if(|fetch| fetch.source == Source::Server);
            timeline.trouble = None;
        }
    }
}

/// Asks for what the open conversation lacks: the newest messages, or others when they come into sight.
pub(crate) fn settle(state: &mut State, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else { return };
    jump::resolve_mentions(state, &chat);
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.keep_at_end();
        timeline.join();
        timeline.trim();
    }
    settle_newest(state, &chat, out);
    jump::settle(state, &chat, out);
    jump::see_mentions(state);
}

fn settle_newest(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    let chat = chat.clone();
    let online = state.online();
    let (last_place, first_place) =
        state.open_conversation().map_or((0, 0), |conversation| (conversation.last_place, conversation.first_place));
    let old_in_sight = shown::oldest_is_near(state);
    let Some(timeline) = state.timeline_mut(&chat) else { return };
    if !timeline.loaded || timeline.loading != Loading::Nothing || timeline.trouble.is_some() {
        return;
    }
    let newest = timeline.held.newest();
    let at_start = timeline.with_newest(|newest| newest.at_start);
    if online && newest.is_none_or(|range| range.1 < last_place) && (last_place > 0 || newest.is_none()) && !at_start {
        timeline.loading = Loading::Newest;
        out.push(Effect::Ask(Ask::History { chat, page: Page::Newest }));
        return;
    }
    if !old_in_sight || timeline.at_start || timeline.is_detached() {
        return;
    }
    let Some((from, _)) = newest else { return };
    if timeline.read_down_to > from {
        timeline.loading = Loading::Local;
        let before = Some(timeline.read_down_to);
        out.push(Effect::Store(StoreOp::LoadPage { chat, before, limit: LOCAL_PAGE }));
    } else if from <= first_place.max(1) {
        timeline.at_start = true;
    } else if online {
        timeline.loading = Loading::Older;
        out.push(Effect::Ask(Ask::History { chat, page: Page::Before(from) }));
    }
}

/// A page of the local database.
pub(crate) fn local_page(state: &mut State, chat: &ChatId, messages: &[WireMessage], held: Vec<(u64, u64)>, out: &mut Vec<Effect>) {
    let me = state.me.user.clone();
    let Some(timeline) = state.timeline_mut(chat) else { return };
    if timeline.loading == Loading::Local {
        timeline.loading = Loading::Nothing;
    }
    let first = !timeline.loaded;
    timeline.loaded = true;
    if first {
        // Messages that came while it was read are in both.
        let mut all = Held::from_ranges(held);
        for range in timeline.held.ranges() {
            all.add(range.0, range.1);
        }
        timeline.held = all;
    }
    let places: Vec<u64> = messages.iter().filter_map(WireMessage::place).collect();
    let oldest = places.iter().min().copied();
    timeline.with_newest(|timeline| {
        for wire in messages.iter().filter(|wire| Message::is_there(wire)) {
            timeline.insert(Message::from_wire(wire, &me));
        }
        let from = timeline.held.newest().map_or(1, |range| range.0);
        timeline.read_down_to = match oldest {
            Some(oldest) if messages.len() >= LOCAL_PAGE => oldest.max(from),
            _ => from,
        };
        timeline.keep_newest_stretch();
    });
    super::attached::load(chat, &places, out);
    settle(state, out);
}

/// A page with places that one can reckon with.
pub(super) fn sane(mut page: Box<HistoryPage>) -> Box<HistoryPage> {
    (page.from_place, page.to_place) = (sane_count(page.from_place), sane_count(page.to_place));
    page.peer_read_place = page.peer_read_place.map(sane_count);
    page
}

/// A page of the server's history.
pub(crate) fn history(state: &mut State, chat: &ChatId, result: Result<Box<HistoryPage>, Refusal>, out: &mut Vec<Effect>) {
    let me = state.me.user.clone();
    let page = match result {
        Ok(page) => sane(page),
        Err(refusal) => {
            if let Some(timeline) = state.timeline_mut(chat) {
                timeline.loading = Loading::Nothing;
                timeline.trouble = Some(refusal.to_string());
            }
            return;
        }
    };
    let from = if page.at_start == 1 { 1 } else { page.from_place };
    let held = (page.to_place >= from && from > 0).then_some((from, page.to_place));
    for wire in &page.msg_list {
        super::composer::found(state, chat, &wire.msg_id(), out);
    }
    let mut newest_first = page.msg_list.iter().rev().filter(|wire| Message::is_there(wire));
    let newest = newest_first.find(|wire| wire.no_last_msg != Some(1)).map(|wire| Message::from_wire(wire, &me));
    if state.conversations.get(chat).is_some() {
        state.conversations.change(chat, |conversation| {
            if page.at_end == 1 {
                conversation.last_place = page.to_place;
                if let Some(message) = newest.filter(|message| message.place.is_some()) {
                    conversation.last = Some(super::session::line_of(&message));
                    conversation.gone = false;
                }
            }
            conversation.peer_read_place = conversation.peer_read_place.max(page.peer_read_place.unwrap_or(0));
        });
        save(state, chat, out);
    }
    if !page.msg_list.is_empty() || held.is_some() {
        out.push(Effect::Store(StoreOp::Messages { chat: chat.clone(), messages: page.msg_list.clone(), held }));
    }
    super::attached::load(chat, &page.msg_list.iter().filter_map(WireMessage::place).collect::<Vec<_>>(), out);
    if let Some(timeline) = state.timeline_mut(chat) {
        let older = timeline.loading == Loading::Older;
        timeline.loading = Loading::Nothing;
        timeline.with_newest(|timeline| {
            for wire in page.msg_list.iter().filter(|wire| Message::is_there(wire)) {
                timeline.insert(Message::from_wire(wire, &me));
            }
            match held {
                Some((from, to)) => {
                    timeline.held.add(from, to);
                    if older || timeline.read_down_to == 0 || timeline.read_down_to > from {
                        timeline.read_down_to = from;
                    }
                }
                // Nothing is there at all.
                None if page.at_start == 1 => timeline.at_start = true,
                None => {}
            }
            timeline.keep_newest_stretch();
        });
    }
    settle(state, out);
    see_open(state, out);
}

/// Takes a live message into its timeline, if that is in memory.
pub(crate) fn take_live(state: &mut State, chat: &ChatId, message: Message, out: &mut Vec<Effect>) -> Inserted {
    let is_open = state.open.as_ref() == Some(chat);
    let counts = !message.mine;
    let mentions = counts && message.at_type != 0;
    let place = message.place.unwrap_or(0);
    let online = state.online();
    let Some(timeline) = state.timeline_mut(chat) else { return Inserted::New };
    let gap = timeline.held.newest().is_some_and(|range| place > range.1.saturating_add(1));
    let inserted = timeline.insert(message);
    timeline.held.add(place, place);
    if inserted == Inserted::New && counts && timeline.scroll != Scroll::Tail && is_open {
        timeline.below += 1;
        if mentions {
            timeline.mentions.push(place);
        }
    }
    if gap && online && timeline.loaded && timeline.loading != Loading::Newest {
        timeline.loading = Loading::Newest;
        out.push(Effect::Ask(Ask::History { chat: chat.clone(), page: Page::Newest }));
    }
    if !is_open {
        timeline.trim();
    }
    inserted
}

/// Marks the open conversation read when the person looks at its end.
pub(crate) fn see_open(state: &mut State, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone() else { return };
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.keep_at_end();
    }
    if !state.sees(&chat) {
        return;
    }
    super::conversation::entered(state, &chat, out);
    let online = state.online();
    let report = state.conversations.change(&chat, |conversation| {
        if conversation.unread == 0 && conversation.read_place >= conversation.last_place {
            return None;
        }
        conversation.read_place = conversation.last_place;
        conversation.unread = 0;
        conversation.at_type = 0;
        Some((conversation.read_place, conversation.last.as_ref().map_or(0, |last| last.time_s)))
    });
    if let Some((place, time_s)) = report {
        save(state, &chat, out);
        if online {
            out.push(Effect::Ask(Ask::Read { chat, place, time_s }));
        }
    }
}

/// The server knows a read position now, or could not be told: then the next catching up tells it.
pub(crate) fn read_reported(state: &mut State, chat: &ChatId, place: u64, ok: bool, out: &mut Vec<Effect>) {
    if !ok || state.conversations.get(chat).is_none() {
        return;
    }
    let is_behind = state.conversations.change(chat, |conversation| {
        conversation.read_reported = conversation.read_reported.max(place);
        conversation.unread > 0 && place < conversation.last_place
    });
    save(state, chat, out);
    if is_behind {
        // The count was told before the server knew how far one had read.
        super::session::pull(state, out);
    }
}

/// Runs an action on the message view.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if state.open.is_none() {
        state.say(Tone::Neutral, "No conversation is open");
        return;
    }
    let page = usize::from(Areas::of(state).timeline.height).saturating_sub(2).max(1);
    match action {
        Action::ScrollUp => scroll(state, -(page as isize), out),
        Action::ScrollDown => scroll(state, page as isize, out),
        Action::ScrollTop => scroll(state, isize::MIN / 2, out),
        Action::ScrollBottom => to_tail(state, out),
        Action::ScrollUnread => to_unread(state, out),
        Action::ScrollMention => to_mention(state, out),
        Action::SelectMessages => {
            if let Some(timeline) = state.open_timeline_mut()
                && timeline.select(0)
            {
                state.focus = Focus::Timeline;
                keep_selected_in_sight(state, out);
            }
        }
        Action::MessageUp => step(state, -1, out),
        Action::MessageDown => step(state, 1, out),
        Action::MessageFirst => step(state, isize::MIN / 2, out),
        Action::MessageLast => {
            if let Some(timeline) = state.open_timeline_mut() {
                timeline.attach();
            }
            step(state, isize::MAX / 2, out);
        }
        Action::Copy => {
            if let Some(text) = state.open_timeline().and_then(|timeline| timeline.selected_row()).map(Message::plain_text) {
                out.push(Effect::Copy(text));
                state.say(Tone::Good, "Copied");
            }
        }
        Action::BackToComposer => leave_messages(state),
        _ => {}
    }
}

/// From the messages back to writing.
pub(crate) fn leave_messages(state: &mut State) {
    state.focus = Focus::Composer;
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.selected = None;
    }
}

fn step(state: &mut State, step: isize, out: &mut Vec<Effect>) {
    let Some(timeline) = state.open_timeline_mut() else { return };
    let now = timeline.selected.as_ref().and_then(|key| timeline.index(key));
    let last = timeline.rows().len().saturating_sub(1);
    // Down from the last message is back to writing.
    if step == 1 && now == Some(last) && !timeline.is_detached() {
        leave_messages(state);
        return;
    }
    let target = now.map_or(last, |index| index.saturating_add_signed(step).min(last));
    timeline.selected = timeline.key(target);
    keep_selected_in_sight(state, out);
}

fn keep_selected_in_sight(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(scroll) = shown::scroll_to_selected(state)
        && let Some(timeline) = state.open_timeline_mut()
    {
        timeline.scroll = scroll;
        after_scroll(state, out);
    }
}

/// Scrolls by lines; negative goes to older messages.
pub(crate) fn scroll(state: &mut State, lines: isize, out: &mut Vec<Effect>) {
    if let Some(room) = state.open_room_mut() {
        room.scroll(lines as i64);
        return;
    }
    let scroll = shown::scrolled(state, lines);
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.landing = None;
        timeline.scroll = scroll;
    }
    after_scroll(state, out);
}

/// Selects the message that a click points at.
pub(crate) fn select(state: &mut State, row: RowKey) {
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.selected = Some(row);
        state.focus = Focus::Timeline;
    }
}

/// Shows the newest messages again.
pub(crate) fn to_tail(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.attach();
        timeline.scroll = Scroll::Tail;
        timeline.trouble = None;
        timeline.fetch = None;
    }
    after_scroll(state, out);
}

/// Shows the first message that was unread at opening.
pub(crate) fn to_unread(state: &mut State, out: &mut Vec<Effect>) {
    let divider = state.open_timeline().and_then(|timeline| timeline.divider);
    match (divider, state.open.clone()) {
        (Some(divider), Some(chat)) => jump::go(state, &chat, Goal::Unread(divider), out),
        _ => state.say(Tone::Neutral, "Nothing was new when you opened this conversation"),
    }
}

/// Shows the next message that mentions this person.
pub(crate) fn to_mention(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(chat) = state.open.clone() {
        jump::go(state, &chat, Goal::Mention { pages: 0 }, out);
    }
}

/// Opens a conversation at the message of a place, which is selected. What is not here is fetched.
pub(crate) fn jump(state: &mut State, chat: &ChatId, place: u64, out: &mut Vec<Effect>) {
    jump::go(state, chat, Goal::Place(place), out);
}

/// Opens a conversation at a message, by its ID.
pub(crate) fn jump_to_id(state: &mut State, chat: &ChatId, msg_id: &str, out: &mut Vec<Effect>) {
    jump::go(state, chat, Goal::Id(msg_id.to_owned()), out);
}

/// What comes into sight is fetched, what is seen is read.
pub(super) fn after_scroll(state: &mut State, out: &mut Vec<Effect>) {
    if let Some(timeline) = state.open_timeline_mut()
        && timeline.scroll == Scroll::Tail
        && !timeline.is_detached()
    {
        timeline.below = 0;
    }
    settle(state, out);
    see_open(state, out);
}
