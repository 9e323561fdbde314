//! Messages of live rooms: their numbers, those that were sent lately, those that newcomers are given.

use super::Rooms;
use crate::store::{GroupNo, TinyId};
use std::collections::{HashMap, VecDeque};
use tern_protocol::SdkAppId;
use tern_protocol::api::message::Message;
use tern_protocol::limits;

/// Numbers after which it is looked again whether enough are reserved.
pub(crate) const RESERVE_EVERY: u64 = 256;

/// Numbers of a room's messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Reserved {
    /// The next one.
    pub(crate) next: u64,
    /// Those from this one on are not reserved in the database.
    pub(crate) below: u64,
}

/// Messages that were sent lately, by sender and random number, so that a repeat is not sent again.
#[derive(Debug, Default)]
pub(super) struct Sent {
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

impl Rooms {
    /// The number of a message that a room has now (Unix seconds); what `reserve` answers when the numbers at hand are used up: those that it has reserved
    /// from a number on (0: whatever comes next).
    pub(crate) fn next_seq<E>(
        &self,
        app: SdkAppId,
        group: GroupNo,
        now: i64,
        reserve: impl FnOnce(Option<Reserved>) -> Result<Reserved, E>,
    ) -> Result<u64, E> {
        let mut state = self.state.lock();
        let room = state.room(group, app);
        let reserved = match room.seq {
            Some(reserved) if reserved.next % RESERVE_EVERY != 0 && reserved.next < reserved.below => reserved,
            reserved => reserve(reserved)?,
        };
        room.seq = Some(Reserved { next: reserved.next + 1, ..reserved });
        room.last_time = now;
        Ok(reserved.next)
    }

    /// The number that a room's next message will have, if it is known, and the time (Unix seconds) of the last one.
    pub(crate) fn newest(&self, group: GroupNo) -> Option<(u64, i64)> {
        let state = self.state.lock();
        let room = state.rooms.get(&group)?;
        room.seq.map(|reserved| (reserved.next, room.last_time))
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
    pub(crate) fn recent(&self, group: GroupNo, most: usize) -> Vec<Message> {
        let state = self.state.lock();
        let Some(room) = state.rooms.get(&group) else { return Vec::new() };
        room.recent.iter().skip(room.recent.len().saturating_sub(most)).cloned().collect()
    }
}
