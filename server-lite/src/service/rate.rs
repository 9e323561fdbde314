//! Calls per window of those commands that have a limit of their own, whoever calls.

use parking_lot::Mutex;
use std::collections::HashMap;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Counted {
    /// Writes of a group's attributes, by the group's number.
    AttributeWrites,
    /// A client's reads of counters, by its account's number.
    CounterReads,
    /// A client's writes of counters, by its account's number.
    CounterWrites,
    /// Broadcasts to live rooms, by the application's number.
    Broadcasts,
    /// Changes of members that all members are told, by the group's number.
    MemberNews,
}

/// Entries that are kept before those whose window is over are forgotten.
const SWEEP_AT: usize = 1_024;
/// No window is longer.
const LONGEST_MS: i64 = 5_000;

#[derive(Clone, Copy, Debug)]
struct Window {
    from_ms: i64,
    calls: u32,
}

/// Windows that are open: at most as many as there were callers in the longest, and twice that for a moment.
#[derive(Debug, Default)]
pub(crate) struct Rates {
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    windows: HashMap<(Counted, u64), Window>,
    sweep_at: usize,
}

impl Rates {
    /// Counts a call; `false`: there were `most` already in this window, which began with its first call. `now_ms` of `mono_ms`.
    pub(crate) fn admit(&self, what: Counted, whose: u64, most: u32, window_ms: i64, now_ms: i64) -> bool {
        let mut open = self.open.lock();
        if open.windows.len() >= open.sweep_at.max(SWEEP_AT) {
            open.windows.retain(|_, window| now_ms - window.from_ms < LONGEST_MS);
            open.sweep_at = 2 * open.windows.len();
        }
        let window = open.windows.entry((what, whose)).or_insert(Window { from_ms: now_ms, calls: 0 });
        if now_ms - window.from_ms >= window_ms.min(LONGEST_MS) {
            *window = Window { from_ms: now_ms, calls: 0 };
        }
        let has_room = window.calls < most;
        window.calls += u32::from(has_room);
        has_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_takes_its_number_of_calls_and_the_next_one_again() {
        let rates = Rates::default();
        let call = |whose, now_ms| rates.admit(Counted::AttributeWrites, whose, 5, 1_000, now_ms);
        assert_eq!((0..7).filter(|_| call(1, 10)).count(), 5);
        assert!(call(2, 10), "others have their own");
        assert!(!call(1, 1_009) && call(1, 1_010));
    }

    #[test]
    fn callers_of_the_past_are_forgotten() {
        let rates = Rates::default();
        for whose in 0..10_000 {
            assert!(rates.admit(Counted::CounterReads, whose, 1, 5_000, i64::try_from(whose).unwrap_or(0) * 10));
        }
        assert!(rates.open.lock().windows.len() <= 2 * SWEEP_AT);
    }
}
