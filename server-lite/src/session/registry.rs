//! Who is connected: sessions by person, by group and by number.
//!
//! The maps are changed by the task that answers after commits, in commit order, and by a connection that ends.

use super::subscriptions::Subscriptions;
use super::{Closing, Owner, RoomEvents, Session, SessionId};
use crate::store::{GroupNo, TinyId};
use parking_lot::RwLock;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tern_protocol::SdkAppId;

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
    use super::super::{Outgoing, QUEUE_FRAMES};
    use super::*;
    use axum::extract::ws::Utf8Bytes;

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
    async fn a_few_long_answers_that_nobody_reads_end_a_link_too() {
        let sessions = Sessions::default();
        let slow = link(&sessions, 1, &[]);
        let long = Outgoing { text: "x".repeat(5 << 20).into(), binary: None };
        (0..9).for_each(|_| slow.send(long.clone()));
        assert_eq!(slow.outgoing().await.unwrap().len(), 9);
        (0..10).for_each(|_| slow.send(long.clone()));
        assert!(matches!(slow.outgoing().await, Err(Closing::SlowReader)));
        assert_eq!(slow.take_rest().len(), 9);
    }

    #[tokio::test]
    async fn who_is_told_to_go_is_told_so_though_its_queue_is_full() {
        let sessions = Sessions::default();
        let slow = link(&sessions, 1, &[]);
        slow.close(Closing::Replaced);
        (0..=QUEUE_FRAMES).for_each(|_| slow.send(frame()));
        assert!(matches!(slow.outgoing().await, Err(Closing::Replaced)));
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
