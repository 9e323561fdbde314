//! Messages per second and group (`contract/rest-api.md` section 13): what is more is dropped, the lowest priority first.
//!
//! Nobody knows what the rest of a second will bring, so each priority keeps room for the higher ones: as much as they used in the
//! second before, or have used already. Forty messages of one priority alone all pass.

use crate::store::GroupNo;
use parking_lot::Mutex;
use std::collections::HashMap;

/// Priorities: High, Normal, Low, Lowest.
const PRIORITIES: usize = 4;
/// Groups that are kept before those that have been silent are forgotten.
const SWEEP_AT: usize = 1_024;

/// Messages of two neighbouring seconds by priority.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Window {
    second: i64,
    now: [u32; PRIORITIES],
    before: [u32; PRIORITIES],
}

impl Window {
    /// The window of a later second.
    fn at(self, second: i64) -> Self {
        match second - self.second {
            0 => self,
            1 => Self { second, now: [0; PRIORITIES], before: self.now },
            _ => Self { second, ..Self::default() },
        }
    }

    /// Whether one more of a priority (from 0, the highest) has room.
    fn has_room(&self, priority: usize, limit: u32) -> bool {
        let higher = self.now.iter().zip(&self.before).take(priority).map(|(now, before)| *now.max(before));
        let others = self.now.iter().skip(priority).copied();
        higher.chain(others).sum::<u32>() < limit
    }
}

/// The groups that spoke lately; as many as there were messages in two seconds, at most twice that for a moment.
#[derive(Debug, Default)]
pub(crate) struct Frequency {
    groups: Mutex<Groups>,
}

#[derive(Debug, Default)]
struct Groups {
    windows: HashMap<GroupNo, Window>,
    sweep_at: usize,
}

impl Frequency {
    /// Takes a place in the second of `wall_ms` for a message of a priority from 1 (High) to 4 (Lowest); `false`: it is to be dropped.
    /// `limit` 0: any number. Wall time, as messages are dated by it: a second is the same second in the history; a step of the clock
    /// only begins the count anew.
    pub(crate) fn admit(&self, group: GroupNo, priority: i64, limit: u32, wall_ms: i64) -> bool {
        if limit == 0 {
            return true;
        }
        let second = wall_ms.div_euclid(1_000);
        let priority = usize::try_from(priority - 1).unwrap_or(0).min(PRIORITIES - 1);
        let mut groups = self.groups.lock();
        groups.sweep(second);
        let window = groups.windows.entry(group).or_default();
        *window = window.at(second);
        let room = window.has_room(priority, limit);
        window.now[priority] += u32::from(room);
        room
    }
}

impl Groups {
    /// Forgets the silent when there are many; the next time is when as many again have come.
    fn sweep(&mut self, second: i64) {
        if self.windows.len() < self.sweep_at.max(SWEEP_AT) {
            return;
        }
        self.windows.retain(|_, window| window.second >= second - 1);
        if self.windows.capacity() > 4 * self.windows.len().max(SWEEP_AT) {
            self.windows.shrink_to_fit();
        }
        self.sweep_at = 2 * self.windows.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const GROUP: GroupNo = GroupNo(1);
    const LIMIT: u32 = 40;

    /// How many of `wanted` messages pass.
    fn send(frequency: &Frequency, second: i64, priority: i64, wanted: usize) -> usize {
        (0..wanted).filter(|_| frequency.admit(GROUP, priority, LIMIT, second * 1_000 + 500)).count()
    }

    #[rstest]
    #[case(1)]
    #[case(2)]
    #[case(3)]
    #[case(4)]
    fn forty_of_any_priority_alone_pass_and_no_more(#[case] priority: i64) {
        let frequency = Frequency::default();
        assert_eq!(send(&frequency, 10, priority, 50), 40);
        assert_eq!(send(&frequency, 11, priority, 50), 40, "and again in the next second");
    }

    #[test]
    fn the_lowest_make_room_for_what_the_higher_used_in_the_second_before() {
        let frequency = Frequency::default();
        assert_eq!(send(&frequency, 10, 1, 30), 30);
        // In the next second the low ones come first and yet leave room.
        assert_eq!(send(&frequency, 11, 3, 40), 10);
        assert_eq!(send(&frequency, 11, 1, 40), 30);
        assert_eq!(send(&frequency, 11, 2, 40), 0);
    }

    #[test]
    fn a_silent_second_takes_the_reserve_away() {
        let frequency = Frequency::default();
        assert_eq!(send(&frequency, 10, 1, 40), 40);
        assert_eq!(send(&frequency, 12, 4, 50), 40);
    }

    #[test]
    fn the_higher_use_their_reserve_once() {
        let frequency = Frequency::default();
        send(&frequency, 10, 1, 10);
        assert_eq!(send(&frequency, 11, 1, 10), 10);
        assert_eq!(send(&frequency, 11, 2, 40), 30, "ten are used, none are kept on top");
    }

    #[test]
    fn groups_do_not_share_and_the_silent_are_forgotten() {
        let frequency = Frequency::default();
        for no in 0..10_000 {
            assert!(frequency.admit(GroupNo(no), 2, 1, i64::try_from(no).unwrap_or(0) * 2_000));
        }
        assert!(frequency.groups.lock().windows.len() <= 2 * SWEEP_AT);
        assert!(frequency.admit(GROUP, 4, 0, 0), "no limit");
    }
}
