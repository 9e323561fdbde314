//! Who is connected: sessions by person, by group and by number, and the bounded queue out of each.
//!
//! The maps are changed by the task that answers after commits, in commit order, and by a connection that ends.

mod subscriptions;

use crate::service::Weight;
use crate::store::{GroupNo, TinyId};
use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::{Mutex, RwLock};
use std::collections::{HashMap, HashSet, VecDeque};
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;
use subscriptions::Subscriptions;
use tern_protocol::SdkAppId;
use tern_protocol::clock::Hold;
use tern_protocol::event::Kickout;

/// Frames that may wait for a reader. A reader that is slower is disconnected and catches up by sequence.
pub(crate) const QUEUE_FRAMES: usize = 256;

/// What of a live room's events still goes to a session, by how many frames wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Everything.
    All,
    /// What has at least this weight.
    From(Weight),
    /// Nothing.
    Nothing,
}

impl Level {
    /// The level of a queue.
    const fn at(waiting: usize) -> Self {
        const QUARTER: usize = QUEUE_FRAMES / 4;
        match waiting / QUARTER {
            0 => Self::All,
            1 => Self::From(Weight::Normal),
            2 => Self::From(Weight::High),
            _ => Self::Nothing,
        }
    }

    /// Whether something of a weight goes.
    pub(crate) fn takes(self, weight: Weight) -> bool {
        match self {
            Self::All => true,
            Self::From(least) => weight >= least,
            Self::Nothing => false,
        }
    }
}

/// What was done for live rooms, for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct RoomEvents {
    /// Events left out for sessions that read too slowly, by [`Weight`].
    pub(crate) dropped: [AtomicU64; 4],
    /// Events handed to sessions.
    pub(crate) delivered: AtomicU64,
    /// Frames that they came in.
    pub(crate) frames: AtomicU64,
}

/// A link's number, `InstId` of a login's answer. Never used twice while the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u64);

/// A frame on its way out; the bytes are shared by all who get the same event.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// JSON text.
    pub(crate) text: Utf8Bytes,
    /// An answer goes out in the kind of its request, an event (`None`) in the kind of the login.
    pub(crate) binary: Option<bool>,
}

/// Why the server closes a link.
#[derive(Clone, Debug)]
pub(crate) enum Closing {
    /// Its queue is full.
    SlowReader,
    /// Told to go; the frame that says so is sent first.
    Kicked(Box<Kickout>),
    /// The same installation logged in again.
    Replaced,
    /// It logged out; the answer is sent first.
    LoggedOut,
    /// Nothing was heard for too long.
    Silent,
    /// The server ends.
    ServerEnds,
}

/// Whose link it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A person's.
    User(TinyId),
    /// A push bridge's.
    Bridge,
}

/// What others must know of a link, and the queue of what goes out over it.
#[derive(Debug)]
pub(crate) struct Session {
    /// Its number.
    pub(crate) id: SessionId,
    /// Whose it is.
    pub(crate) owner: Owner,
    outbox: Mutex<Outbox>,
    /// The connection's task, when it waits.
    connection: AtomicWaker,
    heard_mono_ms: AtomicI64,
    in_flight: AtomicU32,
    groups: Mutex<Vec<GroupNo>>,
    /// Applications a bridge serves; `None`: all, or no bridge.
    bridge_apps: Option<Vec<SdkAppId>>,
}

/// Nothing is allocated while nothing waits: idle links are many.
#[derive(Debug, Default)]
struct Outbox {
    frames: VecDeque<Outgoing>,
    closing: Option<Closing>,
    hold: Option<Hold>,
}

impl Session {
    /// A link that is logged in but not yet known to others.
    pub(crate) fn new(id: SessionId, owner: Owner, bridge_apps: Option<Vec<SdkAppId>>, now_mono_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            id,
            owner,
            outbox: Mutex::default(),
            connection: AtomicWaker::new(),
            heard_mono_ms: AtomicI64::new(now_mono_ms),
            in_flight: AtomicU32::new(0),
            groups: Mutex::new(Vec::new()),
            bridge_apps,
        })
    }

    /// Queues a frame; a full queue closes the link, and wakes it so that it sees that. Never waits.
    pub(crate) fn send(&self, frame: Outgoing) {
        let mut outbox = self.outbox.lock();
        let wakes = match outbox.frames.len() {
            QUEUE_FRAMES.. => outbox.closing.replace(Closing::SlowReader).is_none(),
            waiting => {
                outbox.frames.push_back(frame);
                waiting == 0
            }
        };
        drop(outbox);
        if wakes {
            self.connection.wake();
        }
    }

    /// Queues the frame of a live room that `pick` makes for a level: the fuller the queue, the more is left out. A room never fills a
    /// queue to its end, so that what must come has its place.
    pub(crate) fn send_by_room(&self, pick: impl FnOnce(Level) -> Option<Outgoing>) {
        let mut outbox = self.outbox.lock();
        let waiting = outbox.frames.len();
        let Some(frame) = pick(Level::at(waiting)) else { return };
        outbox.frames.push_back(frame);
        drop(outbox);
        if waiting == 0 {
            self.connection.wake();
        }
    }

    /// Ends the link from outside and wakes its task. The first reason stands.
    pub(crate) fn close(&self, why: Closing) {
        self.end(why, None);
    }

    /// As [`Session::close`]; the clock waits until the connection has [taken](Session::take_hold) the hold and is done with it.
    pub(crate) fn close_holding(&self, why: Closing, hold: Hold) {
        self.end(why, Some(hold));
    }

    fn end(&self, why: Closing, hold: Option<Hold>) {
        let mut outbox = self.outbox.lock();
        outbox.closing.get_or_insert(why);
        if hold.is_some() {
            outbox.hold = hold;
        }
        drop(outbox);
        self.connection.wake();
    }

    /// What keeps the clock waiting for this link's end.
    pub(crate) fn take_hold(&self) -> Option<Hold> {
        self.outbox.lock().hold.take()
    }

    /// Waits for frames to send, all that are queued; or for the reason to end, which comes first.
    /// Only the connection's own task may wait.
    pub(crate) async fn outgoing(&self) -> Result<VecDeque<Outgoing>, Closing> {
        poll_fn(|cx| {
            self.connection.register(cx.waker());
            let mut outbox = self.outbox.lock();
            match (&outbox.closing, outbox.frames.is_empty()) {
                (Some(why), _) => Poll::Ready(Err(why.clone())),
                (None, false) => Poll::Ready(Ok(std::mem::take(&mut outbox.frames))),
                (None, true) => Poll::Pending,
            }
        })
        .await
    }

    /// Waits for the reason to end alone, while frames are being written.
    pub(crate) async fn closed(&self) -> Closing {
        poll_fn(|cx| {
            self.connection.register(cx.waker());
            self.outbox.lock().closing.clone().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// What is still queued when the link ends.
    pub(crate) fn take_rest(&self) -> VecDeque<Outgoing> {
        std::mem::take(&mut self.outbox.lock().frames)
    }

    /// A request was queued. Its answer wakes the connection, which then looks at [`Session::in_flight`] again.
    pub(crate) fn request_begins(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request is answered.
    pub(crate) fn answer(&self, frame: Outgoing) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.send(frame);
    }

    /// Requests that are not answered yet.
    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Bytes came over the link.
    pub(crate) fn heard(&self, mono_ms: i64) {
        self.heard_mono_ms.store(mono_ms, Ordering::Relaxed);
    }

    /// When bytes last came, on the clock's `mono_ms`.
    pub(crate) fn heard_mono_ms(&self) -> i64 {
        self.heard_mono_ms.load(Ordering::Relaxed)
    }
}

/// All links of this node.
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    next_id: AtomicU64,
    maps: RwLock<Maps>,
    /// Locked after the maps.
    subscriptions: RwLock<Subscriptions>,
    /// What rooms did.
    pub(crate) room_events: RoomEvents,
}

#[derive(Debug, Default)]
struct Maps {
    by_id: HashMap<SessionId, Arc<Session>>,
    users: HashMap<TinyId, Vec<Arc<Session>>>,
    /// Links of the connected members, by rising number: eight bytes each.
    groups: HashMap<GroupNo, Vec<Arc<Session>>>,
    /// Topics that some hear, or do not, whatever their community.
    topics: HashMap<GroupNo, Topic>,
    bridges: Vec<Arc<Session>>,
}

/// Who hears a topic otherwise than its community.
#[derive(Debug, Default)]
struct Topic {
    /// Whatever the community.
    hear: Vec<Arc<Session>>,
    /// Not, though they hear the community.
    deaf: HashSet<SessionId>,
}

/// Puts a link among others that stand by their numbers; `false`: it was there. New links have the highest numbers.
fn put(links: &mut Vec<Arc<Session>>, session: &Arc<Session>) -> bool {
    match links.binary_search_by_key(&session.id, |link| link.id) {
        Ok(_) => false,
        Err(at) => {
            links.insert(at, session.clone());
            true
        }
    }
}

/// Takes a link out.
fn take(links: &mut Vec<Arc<Session>>, id: SessionId) {
    if let Ok(at) = links.binary_search_by_key(&id, |link| link.id) {
        links.remove(at);
        // After a rush the room is given back, half of it at a time.
        if links.capacity() > 64 && links.len() < links.capacity() / 4 {
            links.shrink_to(links.len() * 2);
        }
    }
}

impl Sessions {
    /// A number for a new link.
    pub(crate) fn next_id(&self) -> SessionId {
        SessionId(self.next_id.fetch_add(1, Ordering::Relaxed) + 1)
    }

    /// Links that are logged in, bridges included.
    pub(crate) fn count(&self) -> usize {
        self.maps.read().by_id.len()
    }

    /// Bytes that the knowledge of who is connected in which group takes: the lists by group, and each link's own list of groups.
    pub(crate) fn roster_bytes(&self) -> usize {
        const LINK: usize = size_of::<Arc<Session>>();
        const GROUP: usize = size_of::<GroupNo>() + size_of::<Vec<Arc<Session>>>() + 1;
        let maps = self.maps.read();
        let lists: usize = maps.groups.values().map(|links| links.capacity() * LINK).sum();
        let topics: usize = maps.topics.values().map(|topic| topic.hear.capacity() * LINK + topic.deaf.capacity() * LINK).sum();
        let own: usize = maps.by_id.values().map(|session| session.groups.lock().capacity() * size_of::<GroupNo>()).sum();
        lists + topics + own + (maps.groups.capacity() + maps.topics.capacity()) * GROUP
    }

    /// Makes a link known: events reach it from now on. `groups` are those its person is a member of.
    pub(crate) fn add(&self, session: &Arc<Session>, groups: Vec<GroupNo>) {
        let mut maps = self.maps.write();
        maps.by_id.insert(session.id, session.clone());
        match session.owner {
            Owner::User(user) => {
                let own = maps.users.entry(user).or_default();
                // Most people have one link: room for four would be wasted on each.
                own.reserve_exact(1);
                own.push(session.clone());
            }
            Owner::Bridge => maps.bridges.push(session.clone()),
        }
        for group in &groups {
            put(maps.groups.entry(*group).or_default(), session);
        }
        *session.groups.lock() = groups;
    }

    /// Forgets a link that ended.
    pub(crate) fn remove(&self, session: &Session) {
        let mut maps = self.maps.write();
        if maps.by_id.remove(&session.id).is_none() {
            return;
        }
        match session.owner {
            Owner::User(user) => {
                if let Some(own) = maps.users.get_mut(&user) {
                    own.retain(|other| other.id != session.id);
                    if own.is_empty() {
                        maps.users.remove(&user);
                    }
                }
            }
            Owner::Bridge => maps.bridges.retain(|other| other.id != session.id),
        }
        self.subscriptions.write().forget(session.id);
        for group in std::mem::take(&mut *session.groups.lock()) {
            maps.leave_group(group, session.id);
        }
    }

    /// A person's links hear a group from now on.
    pub(crate) fn join_group(&self, group: GroupNo, member: TinyId) {
        let mut maps = self.maps.write();
        for session in maps.users.get(&member).cloned().unwrap_or_default() {
            if put(maps.groups.entry(group).or_default(), &session) {
                session.groups.lock().push(group);
            }
        }
    }

    /// A person's links hear a group no more.
    pub(crate) fn leave_group(&self, group: GroupNo, member: TinyId) {
        let mut maps = self.maps.write();
        for session in maps.users.get(&member).cloned().unwrap_or_default() {
            session.groups.lock().retain(|own| *own != group);
            maps.leave_group(group, session.id);
        }
    }

    /// Whether a person's links hear a topic otherwise than its community from now on; `None`: as the community.
    pub(crate) fn hear_topic(&self, topic: GroupNo, member: TinyId, hears: Option<bool>) {
        let links = self.maps.read().users.get(&member).cloned().unwrap_or_default();
        links.iter().for_each(|session| self.hear_topic_on(session, topic, hears));
    }

    /// As [`Sessions::hear_topic`], of one link.
    pub(crate) fn hear_topic_on(&self, session: &Arc<Session>, topic: GroupNo, hears: Option<bool>) {
        let mut maps = self.maps.write();
        if !maps.by_id.contains_key(&session.id) {
            return;
        }
        session.groups.lock().retain(|own| *own != topic);
        maps.leave_group(topic, session.id);
        let Some(hears) = hears else { return };
        let own = maps.topics.entry(topic).or_default();
        match hears {
            true => drop(put(&mut own.hear, session)),
            false => drop(own.deaf.insert(session.id)),
        }
        session.groups.lock().push(topic);
    }

    /// A person's links hear a group no more, nor a community's topics.
    pub(crate) fn quit_group(&self, community: GroupNo, member: TinyId) {
        self.leave_group(community, member);
        let mut maps = self.maps.write();
        for session in maps.users.get(&member).cloned().unwrap_or_default() {
            let of_community = |own: &GroupNo| own.is_topic() && own.roster() == community;
            let topics: Vec<_> = session.groups.lock().iter().copied().filter(of_community).collect();
            session.groups.lock().retain(|own| !of_community(own));
            for topic in topics {
                maps.leave_group(topic, session.id);
            }
        }
    }

    /// One link hears a live room from now on.
    pub(crate) fn enter_room(&self, room: GroupNo, session: SessionId) {
        let mut maps = self.maps.write();
        let Some(session) = maps.by_id.get(&session).cloned() else { return };
        if put(maps.groups.entry(room).or_default(), &session) {
            session.groups.lock().push(room);
        }
    }

    /// One link hears a live room no more.
    pub(crate) fn leave_room(&self, room: GroupNo, session: SessionId) {
        let mut maps = self.maps.write();
        if let Some(session) = maps.by_id.get(&session) {
            session.groups.lock().retain(|own| *own != room);
        }
        maps.leave_group(room, session);
    }

    /// Links that hear a group.
    pub(crate) fn count_of_group(&self, group: GroupNo) -> usize {
        self.maps.read().groups.get(&group).map_or(0, Vec::len)
    }

    /// Different people behind the links that hear a group.
    pub(crate) fn people_of_group(&self, group: GroupNo) -> usize {
        let maps = self.maps.read();
        let owners = maps.groups.get(&group).into_iter().flatten().filter_map(|session| match session.owner {
            Owner::User(user) => Some(user),
            Owner::Bridge => None,
        });
        owners.collect::<HashSet<_>>().len()
    }

    /// Nobody hears a group any more.
    pub(crate) fn forget_group(&self, group: GroupNo) {
        let mut maps = self.maps.write();
        let gone: Vec<_> = maps.topics.keys().copied().filter(|topic| *topic == group || topic.roster() == group).collect();
        let mut members = maps.groups.remove(&group).unwrap_or_default();
        for topic in gone {
            let Some(own) = maps.topics.remove(&topic) else { continue };
            members.extend(own.deaf.iter().filter_map(|id| maps.by_id.get(id).cloned()));
            members.extend(own.hear);
        }
        for session in members {
            session.groups.lock().retain(|own| *own != group && !(own.is_topic() && own.roster() == group));
        }
    }

    /// A link is told of people's states from now on; one that ended meanwhile is not.
    pub(crate) fn subscribe(&self, session: SessionId, users: &[TinyId]) {
        let maps = self.maps.read();
        if let Some(session) = maps.by_id.get(&session) {
            self.subscriptions.write().add(session, users);
        }
    }

    /// A link is told no more of some people, or of anybody.
    pub(crate) fn unsubscribe(&self, session: SessionId, users: Option<&[TinyId]>) {
        let mut subscriptions = self.subscriptions.write();
        match users {
            Some(users) => subscriptions.remove(session, users),
            None => subscriptions.forget(session),
        }
    }

    /// Calls `each` for the links that are told of a person's state.
    pub(crate) fn each_watcher(&self, user: TinyId, mut each: impl FnMut(&Session)) {
        self.subscriptions.read().of(user).for_each(|session| each(session));
    }

    /// A link by its number.
    pub(crate) fn session(&self, id: SessionId) -> Option<Arc<Session>> {
        self.maps.read().by_id.get(&id).cloned()
    }

    /// Calls `each` for all links of a person but one.
    pub(crate) fn each_of_user(&self, user: TinyId, except: Option<SessionId>, mut each: impl FnMut(&Session)) {
        let maps = self.maps.read();
        let links = maps.users.get(&user).into_iter().flatten();
        links.filter(|session| Some(session.id) != except).for_each(|session| each(session));
    }

    /// Calls `each` for the links of a group's connected members but one.
    pub(crate) fn each_of_group(&self, group: GroupNo, except: Option<SessionId>, mut each: impl FnMut(&Session)) {
        let maps = self.maps.read();
        let links = maps.groups.get(&group.roster()).map_or(&[][..], Vec::as_slice);
        let links = links.iter().filter(|session| Some(session.id) != except);
        let Some(topic) = maps.topics.get(&group) else {
            links.for_each(|session| each(session));
            return;
        };
        let is_in = |id: SessionId| topic.hear.binary_search_by_key(&id, |link| link.id).is_ok();
        links.filter(|session| !topic.deaf.contains(&session.id) && !is_in(session.id)).for_each(|session| each(session));
        topic.hear.iter().filter(|session| Some(session.id) != except).for_each(|session| each(session));
    }

    /// Calls `each` for the bridges that serve an application.
    pub(crate) fn each_bridge(&self, app: SdkAppId, mut each: impl FnMut(&Session)) {
        let maps = self.maps.read();
        let serves = |session: &&Arc<Session>| session.bridge_apps.as_ref().is_none_or(|apps| apps.contains(&app));
        maps.bridges.iter().filter(serves).for_each(|session| each(session));
    }

    /// Ends all links of the node.
    pub(crate) fn close_all(&self) {
        for session in self.maps.read().by_id.values() {
            session.close(Closing::ServerEnds);
        }
    }
}

impl Maps {
    fn leave_group(&mut self, group: GroupNo, session: SessionId) {
        if let Some(members) = self.groups.get_mut(&group) {
            take(members, session);
            if members.is_empty() {
                self.groups.remove(&group);
            }
        }
        if let Some(topic) = self.topics.get_mut(&group) {
            topic.deaf.remove(&session);
            take(&mut topic.hear, session);
            if topic.deaf.is_empty() && topic.hear.is_empty() {
                self.topics.remove(&group);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame() -> Outgoing {
        Outgoing { text: Utf8Bytes::from_static("{}"), binary: None }
    }

    fn link(sessions: &Sessions, user: u64, groups: &[u64]) -> Arc<Session> {
        let session = Session::new(sessions.next_id(), Owner::User(TinyId(user)), None, 0);
        sessions.add(&session, groups.iter().copied().map(GroupNo).collect());
        session
    }

    #[test]
    fn a_group_reaches_its_connected_members_and_nobody_else() {
        let sessions = Sessions::default();
        let (ann, bob, eve) = (link(&sessions, 1, &[7]), link(&sessions, 2, &[7, 8]), link(&sessions, 3, &[8]));
        sessions.each_of_group(GroupNo(7), Some(ann.id), |link| link.send(frame()));
        let got = |link: &Session| link.take_rest().len();
        assert_eq!((got(&ann), got(&bob), got(&eve)), (0, 1, 0), "no echo to the session that caused it");
        sessions.join_group(GroupNo(7), TinyId(3));
        sessions.leave_group(GroupNo(7), TinyId(2));
        sessions.each_of_group(GroupNo(7), None, |link| link.send(frame()));
        assert_eq!((got(&ann), got(&bob), got(&eve)), (1, 0, 1));
    }

    #[test]
    fn a_topic_reaches_its_community_but_for_those_who_chose_otherwise() {
        let sessions = Sessions::default();
        let community = GroupNo(7);
        let topic = GroupNo(community.topics().1.cast_unsigned());
        let (ann, bob, eve) = (link(&sessions, 1, &[7]), link(&sessions, 2, &[7]), link(&sessions, 3, &[]));
        let heard = |of: GroupNo| {
            sessions.each_of_group(of, None, |link| link.send(frame()));
            [&ann, &bob, &eve].map(|link| link.take_rest().len())
        };
        assert_eq!(heard(topic), [1, 1, 0]);
        sessions.hear_topic(topic, TinyId(2), Some(false));
        sessions.hear_topic(topic, TinyId(3), Some(true));
        sessions.hear_topic(topic, TinyId(1), Some(true));
        assert_eq!((heard(topic), heard(community)), ([1, 0, 1], [1, 1, 0]));
        sessions.hear_topic(topic, TinyId(2), None);
        assert_eq!(heard(topic), [1, 1, 1]);
        sessions.hear_topic(topic, TinyId(2), Some(false));
        sessions.forget_group(topic);
        assert_eq!(heard(topic), [1, 1, 0]);
        for (user, link) in [(1, &ann), (2, &bob), (3, &eve)] {
            sessions.hear_topic(topic, TinyId(user), Some(user != 2));
            sessions.quit_group(community, TinyId(user));
            assert!(link.groups.lock().is_empty(), "{user}");
        }
        assert!(sessions.maps.read().topics.is_empty());
    }

    #[test]
    fn a_link_that_ended_leaves_nothing_behind() {
        let sessions = Sessions::default();
        let ann = link(&sessions, 1, &[7]);
        sessions.remove(&ann);
        let maps = sessions.maps.read();
        assert!(maps.by_id.is_empty() && maps.users.is_empty() && maps.groups.is_empty() && maps.topics.is_empty());
    }

    #[tokio::test]
    async fn a_reader_that_lets_its_queue_fill_is_woken_to_close() {
        let sessions = Sessions::default();
        let slow = link(&sessions, 1, &[]);
        let waiting = tokio::spawn({
            let slow = slow.clone();
            async move { slow.closed().await }
        });
        tokio::task::yield_now().await;
        for _ in 0..=QUEUE_FRAMES {
            sessions.each_of_user(TinyId(1), None, |link| link.send(frame()));
        }
        assert!(matches!(waiting.await.unwrap(), Closing::SlowReader));
        assert_eq!(slow.take_rest().len(), QUEUE_FRAMES, "and the queue did not grow further");
    }

    #[tokio::test]
    async fn frames_come_in_their_order_and_the_end_comes_first() {
        let sessions = Sessions::default();
        let link = link(&sessions, 1, &[]);
        link.send(frame());
        link.send(Outgoing { binary: Some(true), ..frame() });
        let got = link.outgoing().await.unwrap();
        assert_eq!(got.iter().map(|frame| frame.binary).collect::<Vec<_>>(), [None, Some(true)]);
        link.send(frame());
        link.close(Closing::LoggedOut);
        link.close(Closing::Replaced);
        assert!(matches!(link.outgoing().await, Err(Closing::LoggedOut)), "the first reason stands");
        assert_eq!(link.take_rest().len(), 1);
    }
}
