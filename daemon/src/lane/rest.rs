//! Circuit breaker of a channel: works, rests for a while, or is stopped until a person has put it right. Pure: time is passed in,
//! milliseconds of the steady clock.

use crate::channel::outcome::Backoff;
use rand::Rng;

/// Failures in a row that open the breaker.
const STRIKES: u32 = 5;
const PAUSE: Backoff = Backoff { floor_ms: 500, first_ms: 1_000, ceiling_ms: 60_000, give_up_ms: None, throttle_ms: 0 };
/// How long a stopped channel waits before one push is tried; doubles with each that fails.
pub(super) const PROBE_FIRST_MS: i64 = 60_000;
const PROBE_CEILING_MS: i64 = 15 * 60_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Works,
    /// Nothing goes out until then.
    Paused {
        until_ms: i64,
    },
    /// One push is tried then.
    Stopped {
        probe_ms: i64,
        probes: u32,
    },
}

/// How a channel may be used.
#[derive(Debug)]
pub(super) struct Rest {
    state: State,
    strikes: u32,
    pauses: u32,
    why: String,
}

impl Rest {
    pub(super) fn new() -> Self {
        Self { state: State::Works, strikes: 0, pauses: 0, why: String::new() }
    }

    /// How many pushes may be under way at once. After failures it is one, until one is taken.
    pub(super) fn most(&self, now_ms: i64, capacity: usize) -> usize {
        match self.state {
            _ if self.until(now_ms).is_some() => 0,
            State::Works | State::Paused { .. } if self.strikes < STRIKES => capacity,
            _ => 1,
        }
    }

    /// When something may go out again, if nothing may now.
    pub(super) fn until(&self, now_ms: i64) -> Option<i64> {
        match self.state {
            State::Works => None,
            State::Paused { until_ms } => Some(until_ms),
            State::Stopped { probe_ms, .. } => Some(probe_ms),
        }
        .filter(|at_ms| *at_ms > now_ms)
    }

    /// `ok`, `paused` or `stopped`, and why.
    pub(super) fn shown(&self, now_ms: i64) -> (&'static str, &str) {
        match self.state {
            State::Stopped { .. } => ("stopped", &self.why),
            State::Paused { .. } if self.most(now_ms, 2) < 2 => ("paused", &self.why),
            State::Works | State::Paused { .. } => ("ok", ""),
        }
    }

    /// One more failure; of a provider that cannot be reached one is enough.
    pub(super) fn strike(&mut self, unreachable: bool, why: &str, now_ms: i64, rng: &mut impl Rng) {
        self.strikes += 1;
        if self.until(now_ms).is_none() && (unreachable || self.strikes >= STRIKES) {
            self.pauses += 1;
            self.strikes = self.strikes.max(STRIKES);
            self.pause(now_ms + PAUSE.delay_ms(self.pauses, rng), why);
        }
    }

    /// Nothing goes out until then, unless it already rests for longer.
    pub(super) fn pause(&mut self, until_ms: i64, why: &str) {
        let longer = match self.state {
            State::Works => true,
            State::Paused { until_ms: before } => before < until_ms,
            State::Stopped { .. } => false,
        };
        if longer {
            self.state = State::Paused { until_ms };
            self.why = why.into();
        }
    }

    /// A fault that a person must put right. Whether it is news.
    pub(super) fn stop(&mut self, why: &str, now_ms: i64) -> bool {
        let probes = match self.state {
            // What was under way when it stopped says nothing new.
            State::Stopped { probe_ms, .. } if now_ms < probe_ms => return false,
            State::Stopped { probes, .. } => probes + 1,
            State::Works | State::Paused { .. } => 0,
        };
        let wait_ms = PROBE_FIRST_MS.saturating_mul(1 << probes.min(10)).min(PROBE_CEILING_MS);
        self.state = State::Stopped { probe_ms: now_ms + wait_ms, probes };
        self.why = why.into();
        probes == 0
    }

    /// A push was taken. Whether the channel was stopped and works again.
    pub(super) fn healthy(&mut self, now_ms: i64) -> bool {
        self.strikes = 0;
        self.pauses = 0;
        match self.state {
            // Only the probe proves that it was put right, and a provider's pause lasts as long as it said.
            State::Stopped { probe_ms, .. } if now_ms < probe_ms => false,
            State::Paused { until_ms } if now_ms < until_ms => false,
            was => {
                self.state = State::Works;
                matches!(was, State::Stopped { .. })
            }
        }
    }

    pub(super) fn stopped(&self) -> bool {
        matches!(self.state, State::Stopped { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{SeedableRng, rngs::StdRng};

    fn rng() -> StdRng {
        StdRng::seed_from_u64(1)
    }

    #[test]
    fn five_failures_in_a_row_pause_it_and_one_success_opens_it_again() {
        let mut rest = Rest::new();
        (0..4).for_each(|_| rest.strike(false, "500", 0, &mut rng()));
        assert_eq!((rest.most(0, 100), rest.shown(0)), (100, ("ok", "")));
        rest.strike(false, "500", 0, &mut rng());
        let until_ms = rest.until(0).unwrap();
        assert!((500..=1_500).contains(&until_ms));
        assert_eq!((rest.most(0, 100), rest.shown(0)), (0, ("paused", "500")));
        assert_eq!(rest.most(until_ms, 100), 1, "one push is tried");
        rest.strike(false, "500", until_ms, &mut rng());
        assert!(rest.until(until_ms).is_some(), "it failed too: another pause");
        let later = rest.until(until_ms).unwrap();
        rest.healthy(later);
        assert_eq!((rest.most(later, 100), rest.shown(later)), (100, ("ok", "")));
    }

    #[test]
    fn an_unreachable_provider_pauses_it_at_once_and_a_hundred_faults_of_one_moment_count_once() {
        let mut rest = Rest::new();
        (0..100).for_each(|_| rest.strike(true, "refused", 0, &mut rng()));
        assert!(rest.until(0).unwrap() <= 1_500, "the pause of the first failure");
    }

    #[test]
    fn pauses_grow_to_a_minute() {
        let (mut rest, mut now) = (Rest::new(), 0);
        for _ in 0..30 {
            rest.strike(true, "refused", now, &mut rng());
            let until_ms = rest.until(now).unwrap();
            assert!(until_ms - now <= 60_000);
            now = until_ms;
        }
    }

    #[test]
    fn a_throttle_lasts_as_long_as_the_provider_said() {
        let mut rest = Rest::new();
        rest.pause(30_000, "429");
        rest.pause(10_000, "429");
        rest.healthy(5_000);
        assert_eq!((rest.most(29_999, 100), rest.most(30_000, 100)), (0, 100), "afterwards it works fully");
    }

    #[test]
    fn a_stopped_channel_is_probed_at_growing_intervals_and_only_the_probe_counts() {
        let mut rest = Rest::new();
        assert!(rest.stop("403", 0));
        assert!(!rest.stop("403", 5) && !rest.healthy(5), "answers of what was under way");
        assert_eq!((rest.until(5), rest.most(60_000, 100), rest.shown(60_000)), (Some(60_000), 1, ("stopped", "403")));
        assert!(!rest.stop("403", 60_000), "no news");
        assert_eq!(rest.until(60_000), Some(180_000));
        assert!(rest.healthy(180_000));
        assert_eq!((rest.most(180_000, 100), rest.stopped()), (100, false));
    }
}
