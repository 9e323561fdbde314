//! Which sessions want to know how which people are. Nothing is kept of who watches nobody, and of whom nobody watches.

use super::{Session, SessionId};
use crate::store::TinyId;
use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use tern_protocol::limits;

/// Watchers by person, and people by watcher, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    watchers: HashMap<TinyId, HashMap<SessionId, Arc<Session>>>,
    watched: HashMap<SessionId, VecDeque<TinyId>>,
}

impl Subscriptions {
    /// A session watches more people; above the bound the oldest give way. Who is watched already becomes the newest.
    pub(super) fn add(&mut self, session: &Arc<Session>, users: &[TinyId]) {
        let own = self.watched.entry(session.id).or_default();
        for user in users {
            if self.watchers.entry(*user).or_default().insert(session.id, session.clone()).is_some() {
                own.retain(|known| known != user);
            }
            own.push_back(*user);
        }
        let surplus = own.len().saturating_sub(limits::STATUS_SUBSCRIPTIONS);
        let evicted: Vec<TinyId> = own.drain(..surplus).collect();
        if own.is_empty() {
            self.watched.remove(&session.id);
        }
        evicted.into_iter().for_each(|user| self.leave(user, session.id));
    }

    /// A session watches some people no more.
    pub(super) fn remove(&mut self, session: SessionId, users: &[TinyId]) {
        let Some(own) = self.watched.get_mut(&session) else { return };
        own.retain(|known| !users.contains(known));
        if own.is_empty() {
            self.watched.remove(&session);
        }
        users.iter().for_each(|user| self.leave(*user, session));
    }

    /// A session watches nobody.
    pub(super) fn forget(&mut self, session: SessionId) {
        for user in self.watched.remove(&session).unwrap_or_default() {
            self.leave(user, session);
        }
    }

    /// Sessions that watch a person.
    pub(super) fn of(&self, user: TinyId) -> impl Iterator<Item = &Arc<Session>> {
        self.watchers.get(&user).into_iter().flat_map(HashMap::values)
    }

    fn leave(&mut self, user: TinyId, session: SessionId) {
        if let Some(watchers) = self.watchers.get_mut(&user) {
            watchers.remove(&session);
            if watchers.is_empty() {
                self.watchers.remove(&user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Owner;

    fn session(id: u64) -> Arc<Session> {
        Session::new(SessionId(id), Owner::User(TinyId(id)), None, 0)
    }

    #[test]
    fn the_oldest_give_way_and_nothing_is_left_of_who_goes() {
        let mut all = Subscriptions::default();
        let ann = session(1);
        let people: Vec<TinyId> = (10..10 + limits::STATUS_SUBSCRIPTIONS as u64).map(TinyId).collect();
        all.add(&ann, &people);
        // The oldest is asked for again, and becomes the newest: the second gives way to one more.
        all.add(&ann, &[TinyId(10)]);
        all.add(&ann, &[TinyId(9)]);
        let watches = |all: &Subscriptions, user: u64| all.of(TinyId(user)).count() == 1;
        assert!(watches(&all, 10) && watches(&all, 9) && watches(&all, 12) && !watches(&all, 11));
        assert_eq!(all.watched[&ann.id].len(), limits::STATUS_SUBSCRIPTIONS);
        all.remove(ann.id, &[TinyId(9)]);
        assert!(!watches(&all, 9) && watches(&all, 10));
        all.forget(ann.id);
        assert!(all.watchers.is_empty() && all.watched.is_empty());
    }
}
