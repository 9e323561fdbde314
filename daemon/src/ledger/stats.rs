//! Counts by state: what waits now, and what ever became of pushes.

use crate::job::State;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, Ordering};

/// Counts that are right after every commit.
#[derive(Debug, Default)]
pub(crate) struct Stats {
    waiting: [AtomicI64; 2],
    totals: Mutex<BTreeMap<(State, String), u64>>,
}

/// Changes of one batch: they count when it is committed.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(super) waiting: [i64; 2],
    pub(super) totals: BTreeMap<(State, String), u64>,
}

impl Changes {
    /// A push came into a state.
    pub(super) fn enter(&mut self, state: State, word: &str) {
        match state {
            State::Received | State::Queued => self.waiting[state as usize] += 1,
            State::Sent | State::Skipped | State::Failed => *self.totals.entry((state, word.to_owned())).or_default() += 1,
        }
    }

    /// Pushes left a state in which they waited.
    pub(super) fn leave(&mut self, state: State, pushes: i64) {
        if let State::Received | State::Queued = state {
            self.waiting[state as usize] -= pushes;
        }
    }
}

impl Stats {
    pub(super) fn load(&self, waiting: [i64; 2], totals: BTreeMap<(State, String), u64>) {
        for (slot, count) in self.waiting.iter().zip(waiting) {
            slot.store(count, Ordering::Relaxed);
        }
        *self.totals.lock() = totals;
    }

    pub(super) fn apply(&self, changes: Changes) {
        for (slot, change) in self.waiting.iter().zip(changes.waiting) {
            slot.fetch_add(change, Ordering::Relaxed);
        }
        let mut totals = self.totals.lock();
        for (key, count) in changes.totals {
            *totals.entry(key).or_default() += count;
        }
    }

    /// Pushes that wait in a state now.
    pub(crate) fn waiting(&self, state: State) -> u64 {
        match state {
            State::Received | State::Queued => self.waiting[state as usize].load(Ordering::Relaxed).try_into().unwrap_or(0),
            State::Sent | State::Skipped | State::Failed => 0,
        }
    }

    /// Pushes that ever came to an end, by state and word.
    pub(crate) fn totals(&self) -> BTreeMap<(State, String), u64> {
        self.totals.lock().clone()
    }
}
