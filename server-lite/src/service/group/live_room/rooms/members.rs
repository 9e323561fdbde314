//! Who is in a live room, newest first, and the marks of members.

use super::Rooms;
use crate::store::{GroupNo, TinyId};
use std::collections::BTreeMap;
use tern_protocol::limits;

/// The list of who is inside, a page of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listed {
    /// Who.
    pub(crate) user: TinyId,
    /// Unix seconds.
    pub(crate) joined_at: i64,
    /// Marks.
    pub(crate) marks: Vec<i64>,
    /// For the next page.
    pub(crate) stamp: u64,
}

/// Why marks are not set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MarkFault {
    /// Too many kinds in the room.
    Kinds,
    /// Too many members with one mark.
    Members,
}

impl Rooms {
    /// Who came last, a page of at most `limit` among the newest `newest`; before a stamp, 0: from the newest. Who is hidden is left out.
    pub(crate) fn list(&self, group: GroupNo, mark: Option<i64>, before: u64, newest: usize, limit: usize) -> Vec<Listed> {
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
    pub(crate) fn mark(&self, group: GroupNo, user: TinyId, marks: &[i64], set: bool) -> Result<Option<Vec<i64>>, MarkFault> {
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
    pub(crate) fn let_go(&self, group: GroupNo, user: TinyId) -> bool {
        let mut state = self.state.lock();
        let Some(room) = state.rooms.get_mut(&group) else { return false };
        let is_kept = room.inside.get(&user).is_some_and(|inside| inside.links.is_empty());
        is_kept && room.put_out(user).is_some()
    }
}
