//! Who is in which live room: in memory alone, changed on the writer thread alone, so that a handler that writes sees it in commit order.
//!
//! A place in a room is a session's. A person with several sessions inside counts once, and is gone with the last of them. A session
//! whose link broke keeps its places for a while: the next link of the same client may take them over.

use super::tips::{Coming, Crowd, Tips};
use crate::session::SessionId;
use crate::store::{GroupNo, TinyId};
use parking_lot::Mutex;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use tern_protocol::SdkAppId;
use tern_protocol::api::message::Message;
use tern_protocol::limits;
use tokio::sync::Notify;

/// A room that somebody is in, or spoke in since the server started.
#[derive(Debug)]
struct Room {
    app: SdkAppId,
    inside: HashMap<TinyId, Inside>,
    /// By the stamp of coming, which is unique in the room.
    order: BTreeMap<u64, TinyId>,
    /// The next message's number and below which it is reserved; `None`: not looked up yet.
    seq: Option<Reserved>,
    tips: Tips,
    recent: VecDeque<Message>,
    sent: Sent,
    /// The number of people as it was told last, and when (`mono_ms`).
    counted: Option<(i64, u64)>,
}

/// Somebody inside.
#[derive(Debug, Default)]
struct Inside {
    stamp: u64,
    joined_at: i64,
    links: Vec<Link>,
    /// Few have any.
    marks: Vec<i64>,
    /// `mono_ms` until which one who is marked to be kept stays without a link; 0: a link is there.
    kept_until_ms: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Link {
    session: SessionId,
    /// `mono_ms` until which the place of a broken link is held; 0: it lives.
    held_until_ms: i64,
}

/// Numbers of a room's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reserved {
    /// The next one.
    pub(super) next: u64,
    /// Those from this one on are not reserved in the database.
    pub(super) below: u64,
}

/// Messages that were sent lately, by sender and random number, so that a repeat is not sent again.
#[derive(Debug, Default)]
struct Sent {
    known: HashMap<(TinyId, u64), (u64, i64)>,
    order: VecDeque<(TinyId, u64, i64)>,
}

/// Messages that are remembered: five minutes at 50 a second.
const SENT_MOST: usize = 15_000;

impl Sent {
    fn forget_old(&mut self, now_ms: i64) {
        while let Some((sender, random, at_ms)) = self.order.front().copied() {
            if self.order.len() <= SENT_MOST && now_ms - at_ms < limits::GROUP_DUPLICATE_WINDOW_MS {
                return;
            }
            self.order.pop_front();
            self.known.remove(&(sender, random));
        }
    }
}

/// Something that becomes due, by `mono_ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    /// Tips that were held back are to be sent.
    Tips(GroupNo),
    /// A place that was held is to be given up.
    Place(GroupNo, TinyId),
}

/// All rooms of this node.
#[derive(Debug, Default)]
pub(crate) struct Rooms {
    state: Mutex<State>,
    earlier: Notify,
}

#[derive(Debug, Default)]
struct State {
    rooms: HashMap<GroupNo, Room>,
    /// Where the sessions of a person are.
    places: HashMap<TinyId, Vec<(SessionId, GroupNo)>>,
    due: BTreeSet<(i64, Due)>,
}

/// How a session came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Entered {
    /// The person was not inside.
    New,
    /// The person was inside by another session.
    Beside,
    /// This session was inside.
    Already,
}

/// The list of who is inside, a page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Listed {
    /// Who.
    pub(super) user: TinyId,
    /// Unix seconds.
    pub(super) joined_at: i64,
    /// Marks.
    pub(super) marks: Vec<i64>,
    /// For the next page.
    pub(super) stamp: u64,
}

/// What is due in an application's rooms.
#[derive(Debug, Default)]
pub(super) struct DueNow {
    /// Tips to send.
    pub(super) tips: Vec<(GroupNo, Crowd)>,
    /// People whose last place was given up.
    pub(super) gone: Vec<(GroupNo, TinyId)>,
}

/// Why marks are not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MarkFault {
    /// Too many kinds in the room.
    Kinds,
    /// Too many members with one mark.
    Members,
}

impl State {
    fn room(&mut self, group: GroupNo, app: SdkAppId) -> &mut Room {
        self.rooms.entry(group).or_insert_with(|| Room {
            app,
            inside: HashMap::new(),
            order: BTreeMap::new(),
            seq: None,
            tips: Tips::default(),
            recent: VecDeque::new(),
            sent: Sent::default(),
            counted: None,
        })
    }

    fn forget_place(&mut self, user: TinyId, session: SessionId, group: GroupNo) {
        if let Some(places) = self.places.get_mut(&user) {
            places.retain(|place| *place != (session, group));
            if places.is_empty() {
                self.places.remove(&user);
            }
        }
    }

    /// Takes one session's place away; `true`: the person is not inside any more.
    fn take_place(&mut self, group: GroupNo, user: TinyId, session: SessionId, now_ms: i64) -> bool {
        self.forget_place(user, session, group);
        let Some(room) = self.rooms.get_mut(&group) else { return false };
        let Some(inside) = room.inside.get_mut(&user) else { return false };
        inside.links.retain(|link| link.session != session);
        if !inside.links.is_empty() {
            return false;
        }
        if inside.marks.contains(&limits::ROOM_MARK_KEPT) {
            inside.kept_until_ms = now_ms + limits::ROOM_KEPT_MS;
            self.due.insert((inside.kept_until_ms, Due::Place(group, user)));
            return false;
        }
        room.put_out(user);
        true
    }
}

impl Room {
    fn put_out(&mut self, user: TinyId) -> Option<Inside> {
        let inside = self.inside.remove(&user)?;
        self.order.remove(&inside.stamp);
        if self.inside.is_empty() {
            // Nobody could get a repeat, and memory is for rooms in use.
            self.sent = Sent::default();
            self.inside.shrink_to_fit();
        }
        Some(inside)
    }

    fn is_hidden(&self, user: TinyId) -> bool {
        self.inside.get(&user).is_some_and(|inside| inside.marks.contains(&limits::ROOM_MARK_HIDDEN))
    }
}

impl Rooms {
    /// A session comes in.
    pub(super) fn enter(&self, app: SdkAppId, group: GroupNo, user: TinyId, session: SessionId, now_ms: i64) -> Entered {
        let mut state = self.state.lock();
        let places = state.places.entry(user).or_default();
        if places.contains(&(session, group)) {
            return Entered::Already;
        }
        places.push((session, group));
        let room = state.room(group, app);
        let link = Link { session, held_until_ms: 0 };
        if let Some(inside) = room.inside.get_mut(&user) {
            inside.links.push(link);
            inside.kept_until_ms = 0;
            return Entered::Beside;
        }
        let last = room.order.last_key_value().map_or(0, |(stamp, _)| *stamp);
        let stamp = u64::try_from(now_ms.max(0)).unwrap_or(0).saturating_mul(1_000).max(last + 1);
        let joined_at = now_ms.div_euclid(1_000);
        room.order.insert(stamp, user);
        room.inside.insert(user, Inside { stamp, joined_at, links: vec![link], ..Inside::default() });
        Entered::New
    }

    /// A session leaves; `None`: it was not inside; `true`: the person is not inside any more.
    pub(super) fn quit(&self, group: GroupNo, user: TinyId, session: SessionId, mono_ms: i64) -> Option<bool> {
        let mut state = self.state.lock();
        let is_inside = state.places.get(&user).is_some_and(|places| places.contains(&(session, group)));
        if !is_inside {
            return None;
        }
        // One who leaves of its own will is not kept.
        if let Some(inside) = state.rooms.get_mut(&group).and_then(|room| room.inside.get_mut(&user))
            && inside.links.len() == 1
        {
            inside.marks.clear();
        }
        Some(state.take_place(group, user, session, mono_ms))
    }

    /// Puts a person out with all sessions; those that were inside.
    pub(super) fn put_out(&self, group: GroupNo, user: TinyId) -> Option<Vec<SessionId>> {
        let mut state = self.state.lock();
        let inside = state.rooms.get_mut(&group)?.put_out(user)?;
        for link in &inside.links {
            state.forget_place(user, link.session, group);
        }
        Some(inside.links.iter().map(|link| link.session).collect())
    }

    /// A link ended: its places go, or are held until a moment. The rooms in which the person is not any more.
    pub(super) fn link_ended(&self, user: TinyId, session: SessionId, held_ms: Option<i64>, mono_ms: i64) -> Vec<GroupNo> {
        let mut state = self.state.lock();
        let places = state.places.get(&user).cloned().unwrap_or_default();
        let groups: Vec<_> = places.into_iter().filter(|place| place.0 == session).map(|place| place.1).collect();
        let Some(held_ms) = held_ms.filter(|held_ms| *held_ms > 0) else {
            return groups.into_iter().filter(|group| state.take_place(*group, user, session, mono_ms)).collect();
        };
        let until = mono_ms + held_ms;
        for group in groups {
            let inside = state.rooms.get_mut(&group).and_then(|room| room.inside.get_mut(&user));
            let link = inside.and_then(|inside| inside.links.iter_mut().find(|link| link.session == session));
            if let Some(link) = link {
                link.held_until_ms = until;
                state.due.insert((until, Due::Place(group, user)));
            }
        }
        drop(state);
        self.earlier.notify_one();
        Vec::new()
    }

    /// A new link takes over what an earlier one held. `earlier` `None`: whatever link of the person is held. The rooms.
    pub(super) fn take_over(&self, user: TinyId, earlier: Option<SessionId>, session: SessionId) -> Vec<GroupNo> {
        let mut state = self.state.lock();
        let State { rooms, places, .. } = &mut *state;
        let mut taken = Vec::new();
        for place in places.get_mut(&user).into_iter().flatten() {
            let inside = rooms.get_mut(&place.1).and_then(|room| room.inside.get_mut(&user));
            let Some(inside) = inside else { continue };
            let held = |link: &&mut Link| link.session == place.0 && (link.held_until_ms > 0 || earlier.is_some());
            let wanted = earlier.is_none_or(|earlier| earlier == place.0) && place.0 != session;
            if let Some(link) = inside.links.iter_mut().find(held).filter(|_| wanted)
                && !taken.contains(&place.1)
            {
                *link = Link { session, held_until_ms: 0 };
                place.0 = session;
                taken.push(place.1);
            }
        }
        taken
    }

    /// Nobody is in a room any more: it ended.
    pub(crate) fn forget(&self, group: GroupNo) {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.remove(&group) else { return };
        for (user, inside) in room.inside {
            for link in inside.links {
                state.forget_place(user, link.session, group);
            }
        }
        state.due.retain(|(_, due)| !matches!(due, Due::Tips(other) | Due::Place(other, _) if *other == group));
    }

    /// Somebody came or left: whether a tip says so at once. Else it is told later, together with others.
    pub(super) fn may_tell(&self, group: GroupNo, user: TinyId, coming: Coming, most: u32, mono_ms: i64) -> bool {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return true };
        let due = match room.tips.note(user, coming, most, mono_ms) {
            Some(due) => due,
            None => return true,
        };
        let is_new = state.due.insert((due, Due::Tips(group)));
        drop(state);
        if is_new {
            self.earlier.notify_one();
        }
        false
    }

    /// When something is due next, by `mono_ms`.
    pub(crate) fn next_due(&self) -> Option<i64> {
        self.state.lock().due.first().map(|(at, _)| *at)
    }

    /// Waits until something may be due earlier than it was.
    pub(crate) async fn due_earlier(&self) {
        self.earlier.notified().await;
    }

    /// Applications in whose rooms something is due.
    pub(crate) fn apps_due(&self, mono_ms: i64) -> Vec<SdkAppId> {
        let mut state = self.state.lock();
        let mut apps = Vec::new();
        while let Some((at, due)) = state.due.first().copied().filter(|(at, _)| *at <= mono_ms) {
            let (Due::Tips(group) | Due::Place(group, _)) = due;
            match state.rooms.get(&group) {
                Some(room) => {
                    let app = room.app;
                    let others = state.due.iter().take_while(|(at, _)| *at <= mono_ms);
                    apps.extend(others.filter_map(|(_, due)| {
                        let (Due::Tips(group) | Due::Place(group, _)) = due;
                        state.rooms.get(group).map(|room| room.app)
                    }));
                    apps.push(app);
                    break;
                }
                None => {
                    state.due.remove(&(at, due));
                }
            }
        }
        apps.sort_unstable();
        apps.dedup();
        apps
    }

    /// Takes what is due in an application's rooms.
    pub(super) fn take_due(&self, app: SdkAppId, mono_ms: i64) -> DueNow {
        let mut state = self.state.lock();
        let all: Vec<_> = state.due.iter().take_while(|(at, _)| *at <= mono_ms).copied().collect();
        let mut now = DueNow::default();
        for entry @ (_, due) in all {
            let (Due::Tips(group) | Due::Place(group, _)) = due;
            if state.rooms.get(&group).is_none_or(|room| room.app != app) {
                continue;
            }
            state.due.remove(&entry);
            match due {
                Due::Tips(group) => {
                    let crowd = state.rooms.get_mut(&group).map(|room| room.tips.take(mono_ms)).unwrap_or_default();
                    now.tips.push((group, crowd));
                }
                Due::Place(group, user) => {
                    if state.give_up(group, user, mono_ms) {
                        now.gone.push((group, user));
                    }
                }
            }
        }
        now
    }

    /// People in a room.
    pub(crate) fn count(&self, group: GroupNo) -> u64 {
        self.state.lock().rooms.get(&group).map_or(0, |room| room.inside.len() as u64)
    }

    /// People in a room as clients are told: small rooms as they are, larger ones as they were up to ten seconds ago.
    pub(super) fn told_count(&self, group: GroupNo, mono_ms: i64, fresh: impl FnOnce() -> u64) -> u64 {
        /// Below this the number is always fresh.
        const SMALL: u64 = 300;
        const KEPT_MS: i64 = 10_000;
        let mut state = self.state.lock();
        if let Some(room) = state.rooms.get(&group)
            && let Some((at, count)) = room.counted
            && count >= SMALL
            && mono_ms - at < KEPT_MS
        {
            return count;
        }
        drop(state);
        let count = fresh();
        state = self.state.lock();
        if let Some(room) = state.rooms.get_mut(&group) {
            room.counted = Some((mono_ms, count));
        }
        count
    }

    /// Whether a person is in a room.
    pub(crate) fn is_inside(&self, group: GroupNo, user: TinyId) -> bool {
        self.state.lock().rooms.get(&group).is_some_and(|room| room.inside.contains_key(&user))
    }

    /// Whether a person is in a room by this session.
    pub(super) fn has_session(&self, group: GroupNo, user: TinyId, session: SessionId) -> bool {
        self.state.lock().places.get(&user).is_some_and(|places| places.contains(&(session, group)))
    }

    /// How many rooms a session is in.
    pub(super) fn places_of(&self, user: TinyId, session: SessionId) -> usize {
        self.state.lock().places.get(&user).map_or(0, |places| places.iter().filter(|place| place.0 == session).count())
    }

    /// When a person came (Unix seconds), if inside.
    pub(super) fn joined_at(&self, group: GroupNo, user: TinyId) -> Option<i64> {
        Some(self.state.lock().rooms.get(&group)?.inside.get(&user)?.joined_at)
    }

    /// The rooms that a person is in.
    pub(crate) fn of_user(&self, user: TinyId) -> Vec<GroupNo> {
        let state = self.state.lock();
        let mut groups: Vec<_> = state.places.get(&user).into_iter().flatten().map(|place| place.1).collect();
        groups.sort_unstable();
        groups.dedup();
        groups
    }

    /// The rooms with somebody inside, of an application.
    pub(crate) fn in_use(&self, app: SdkAppId) -> Vec<GroupNo> {
        let state = self.state.lock();
        let rooms = state.rooms.iter().filter(|(_, room)| room.app == app && !room.inside.is_empty());
        rooms.map(|(group, _)| *group).collect()
    }

    /// Who came last, a page of at most `limit` among the newest `newest`; before a stamp, 0: from the newest. Who is hidden is left out.
    pub(super) fn list(&self, group: GroupNo, mark: Option<i64>, before: u64, newest: usize, limit: usize) -> Vec<Listed> {
        let state = self.state.lock();
        let Some(room) = state.rooms.get(&group) else { return Vec::new() };
        let shown = room.order.iter().rev().filter(|(_, user)| !room.is_hidden(**user)).take(newest);
        let page = shown.filter(|(stamp, _)| before == 0 || **stamp < before).filter_map(|(stamp, user)| {
            let inside = room.inside.get(user)?;
            let wanted = mark.is_none_or(|mark| inside.marks.contains(&mark));
            wanted.then(|| Listed { user: *user, joined_at: inside.joined_at, marks: inside.marks.clone(), stamp: *stamp })
        });
        page.take(limit).collect()
    }

    /// Sets or takes away marks of one who is inside; the marks afterwards, `None`: not inside.
    pub(super) fn mark(&self, group: GroupNo, user: TinyId, marks: &[i64], set: bool) -> Result<Option<Vec<i64>>, MarkFault> {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return Ok(None) };
        if !room.inside.contains_key(&user) {
            return Ok(None);
        }
        if set {
            let mut known: BTreeMap<i64, usize> = BTreeMap::new();
            room.inside.values().flat_map(|inside| &inside.marks).for_each(|mark| *known.entry(*mark).or_default() += 1);
            let own = room.inside.get(&user).map(|inside| inside.marks.clone()).unwrap_or_default();
            for mark in marks.iter().filter(|mark| !own.contains(mark)) {
                let count = known.entry(*mark).or_default();
                *count += 1;
                if *count > limits::ROOM_MARKED {
                    return Err(MarkFault::Members);
                }
            }
            if known.len() > limits::ROOM_MARKS {
                return Err(MarkFault::Kinds);
            }
        }
        let Some(inside) = room.inside.get_mut(&user) else { return Ok(None) };
        inside.marks.retain(|mark| !marks.contains(mark));
        if set {
            inside.marks.extend(marks);
            inside.marks.sort_unstable();
            inside.marks.dedup();
        }
        Ok(Some(inside.marks.clone()))
    }

    /// One who was kept without a link, and is not marked so any more.
    pub(super) fn let_go(&self, group: GroupNo, user: TinyId) -> bool {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return false };
        let is_kept = room.inside.get(&user).is_some_and(|inside| inside.links.is_empty());
        is_kept && room.put_out(user).is_some()
    }

    /// The next number of a room's messages; what `reserve` answers when the numbers at hand are used up: those that it has reserved
    /// from a number on (0: whatever comes next).
    pub(super) fn next_seq<E>(
        &self,
        app: SdkAppId,
        group: GroupNo,
        reserve: impl FnOnce(Option<Reserved>) -> Result<Reserved, E>,
    ) -> Result<u64, E> {
        let mut state = self.state.lock();
        let room = state.room(group, app);
        let reserved = match room.seq {
            Some(reserved) if reserved.next % RESERVE_EVERY != 0 && reserved.next < reserved.below => reserved,
            reserved => reserve(reserved)?,
        };
        room.seq = Some(Reserved { next: reserved.next + 1, ..reserved });
        Ok(reserved.next)
    }

    /// The number that a room's next message will have, if it is known.
    pub(super) fn peek_seq(&self, group: GroupNo) -> Option<u64> {
        self.state.lock().rooms.get(&group)?.seq.map(|reserved| reserved.next)
    }

    /// The number and second of a message that was sent already.
    pub(crate) fn repeated(&self, group: GroupNo, sender: TinyId, random: u64, now_ms: i64) -> Option<(u64, i64)> {
        let mut state = self.state.lock();
        let sent = &mut state.rooms.get_mut(&group)?.sent;
        sent.forget_old(now_ms);
        sent.known.get(&(sender, random)).copied()
    }

    /// Remembers a message: that it was sent, and the newest `keep` for newcomers.
    pub(crate) fn remember(&self, group: GroupNo, sender: TinyId, message: &Message, keep: usize, now_ms: i64) {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return };
        if room.sent.known.insert((sender, message.msg_random), (message.msg_seq, now_ms)).is_none() {
            room.sent.order.push_back((sender, message.msg_random, now_ms));
            room.sent.forget_old(now_ms);
        }
        if keep > 0 {
            room.recent.push_back(message.clone());
        }
        while room.recent.len() > keep {
            room.recent.pop_front();
        }
    }

    /// The newest messages of a room, the oldest first.
    pub(super) fn recent(&self, group: GroupNo, most: usize) -> Vec<Message> {
        let state = self.state.lock();
        let Some(room) = state.rooms.get(&group) else { return Vec::new() };
        room.recent.iter().skip(room.recent.len().saturating_sub(most)).cloned().collect()
    }
}

/// Numbers after which it is looked again whether enough are reserved.
pub(super) const RESERVE_EVERY: u64 = 256;

impl State {
    /// Gives up places that were held too long; `true`: the person is not inside any more.
    fn give_up(&mut self, group: GroupNo, user: TinyId, mono_ms: i64) -> bool {
        let Some(inside) = self.rooms.get_mut(&group).and_then(|room| room.inside.get_mut(&user)) else { return false };
        if inside.links.is_empty() {
            let is_over = inside.kept_until_ms <= mono_ms;
            return is_over && self.rooms.get_mut(&group).is_some_and(|room| room.put_out(user).is_some());
        }
        let over = |link: &Link| link.held_until_ms > 0 && link.held_until_ms <= mono_ms;
        let ended: Vec<_> = inside.links.iter().copied().filter(over).map(|link| link.session).collect();
        let mut is_gone = false;
        for session in ended {
            is_gone |= self.take_place(group, user, session, mono_ms);
        }
        is_gone
    }
}
