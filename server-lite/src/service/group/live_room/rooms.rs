//! Who is in which live room: in memory alone, changed on the writer thread alone, so that a handler that writes sees it in commit order.
//!
//! A place in a room is a session's. A person with several sessions inside counts once, and is gone with the last of them. A session
//! whose link broke keeps its places for a while: the next link of the same client may take them over.

mod due;
mod members;
mod messages;

pub(super) use due::DueNow;
pub(super) use members::{Listed, MarkFault};
pub(super) use messages::{RESERVE_EVERY, Reserved};

use super::tips::Tips;
use crate::session::SessionId;
use crate::store::{GroupNo, TinyId};
use due::Due;
use messages::Sent;
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
    /// Unix seconds of the last message since the server started; 0: none.
    last_time: i64,
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

impl State {
    fn room(&mut self, group: GroupNo, app: SdkAppId) -> &mut Room {
        self.rooms.entry(group).or_insert_with(|| Room {
            app,
            inside: HashMap::new(),
            order: BTreeMap::new(),
            seq: None,
            last_time: 0,
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
}
