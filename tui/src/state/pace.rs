//! When the screen is drawn: at once, but what only passes by in a live room ten times a second.

/// The shortest time between two frames that only show what passes by (milliseconds).
const FRAME_MS: i64 = 100;

/// What an event means to the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Weight {
    /// To be seen at once.
    Urgent,
    /// One of many lines that pass by.
    Passing,
    /// Nothing of it is on the screen.
    Unseen,
}

/// What was drawn, and what waits for it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pace {
    drawn_ms: i64,
    urgent: bool,
    passing: bool,
}

impl Pace {
    /// Something happened.
    pub(crate) fn note(&mut self, weight: Weight) {
        match weight {
            Weight::Urgent => self.urgent = true,
            Weight::Passing => self.passing = true,
            Weight::Unseen => {}
        }
    }

    /// Whether a frame is drawn now (mono milliseconds); if so, it counts as drawn.
    pub(crate) fn draws(&mut self, now_ms: i64) -> bool {
        let draws = self.urgent || (self.passing && now_ms >= self.drawn_ms + FRAME_MS);
        if draws {
            *self = Self { drawn_ms: now_ms, urgent: false, passing: false };
        }
        draws
    }

    /// When a frame is due that waits (mono milliseconds).
    pub(crate) fn due_ms(&self) -> Option<i64> {
        self.passing.then_some(self.drawn_ms + FRAME_MS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_drawn_ten_times_a_second_and_a_key_at_once() {
        let mut pace = Pace::default();
        let frames = (0..1_000)
            .filter(|at| {
                pace.note(Weight::Passing);
                pace.draws(1_000 + at * 5)
            })
            .count();
        assert_eq!(frames, 50, "five seconds at 200 events a second");
        pace.note(Weight::Urgent);
        assert!(pace.draws(6_001));
        assert!(!pace.draws(6_002), "nothing has happened since");
        pace.note(Weight::Unseen);
        assert!(!pace.draws(9_000) && pace.due_ms().is_none());
    }

    #[test]
    fn the_last_of_a_flood_is_drawn_when_its_frame_is_due() {
        let mut pace = Pace::default();
        pace.note(Weight::Urgent);
        assert!(pace.draws(500));
        pace.note(Weight::Passing);
        assert!(!pace.draws(510));
        assert_eq!(pace.due_ms(), Some(600));
        assert!(pace.draws(600));
    }
}
