//! How often a room is told who comes and leaves: the first of a second at once, the rest in one tip at the second's end. A room that
//! thousands enter at a time would else hear of each of them thousands of times.

use crate::store::TinyId;

/// People named in one tip; more are only in its count.
const NAMED: usize = 100;
/// Milliseconds for which tips are held back.
const WINDOW_MS: i64 = 1_000;

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coming {
    /// Comes in.
    Joins,
    /// Leaves.
    Leaves,
}

/// People whose tips were held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Crowd {
    /// Came, at most a hundred of them.
    pub(super) joined: Vec<TinyId>,
    /// Left, at most a hundred of them.
    pub(super) left: Vec<TinyId>,
}

/// A room's tips of the current second.
#[derive(Debug, Default)]
pub(super) struct Tips {
    from_ms: i64,
    told: u32,
    held: Crowd,
    is_due: bool,
}

impl Tips {
    /// Notes that somebody came or left. `None`: tell it at once; else when (`mono_ms`) what is held back is due.
    pub(super) fn note(&mut self, user: TinyId, coming: Coming, most: u32, mono_ms: i64) -> Option<i64> {
        if !self.is_due && mono_ms - self.from_ms >= WINDOW_MS {
            (self.from_ms, self.told) = (mono_ms, 0);
        }
        if !self.is_due && self.told < most {
            self.told += 1;
            return None;
        }
        self.is_due = true;
        let (own, other) = match coming {
            Coming::Joins => (&mut self.held.joined, &mut self.held.left),
            Coming::Leaves => (&mut self.held.left, &mut self.held.joined),
        };
        match other.iter().position(|held| *held == user) {
            // Who came and left unseen, or the other way round, is not told of.
            Some(at) => drop(other.remove(at)),
            None if own.len() < NAMED => own.push(user),
            None => {}
        }
        Some(self.from_ms + WINDOW_MS)
    }

    /// What was held back. The next second has no tips of its own for single people: the crowd is not over yet.
    pub(super) fn take(&mut self, mono_ms: i64) -> Crowd {
        (self.from_ms, self.is_due) = (mono_ms, false);
        std::mem::take(&mut self.held)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_second_are_told_at_once_and_the_rest_together() {
        let mut tips = Tips::default();
        let told: Vec<_> = (0..150).map(|at| tips.note(TinyId(at), Coming::Joins, 5, 10_000).is_none()).collect();
        assert_eq!(told.iter().filter(|at_once| **at_once).count(), 5);
        assert_eq!(tips.note(TinyId(7), Coming::Leaves, 5, 10_900), Some(11_000), "seven was held back: it came and left unseen");
        let crowd = tips.take(11_000);
        assert_eq!((crowd.joined.len(), crowd.left.len()), (99, 0));
        assert!(!crowd.joined.contains(&TinyId(7)));
        assert_eq!(tips.note(TinyId(1), Coming::Leaves, 5, 11_500), Some(12_000), "the crowd's next second");
        tips.take(12_000);
        assert_eq!(tips.note(TinyId(2), Coming::Leaves, 5, 13_000), None, "quiet again");
    }
}
