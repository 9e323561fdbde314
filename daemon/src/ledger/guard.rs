//! The mass-invalidation guard (`contract/push-providers.md` section 0.1): a wrong topic, environment or key makes every token look
//! bad, and must not delete them all.

use crate::config::GuardConfig;
use std::collections::{HashMap, VecDeque};

/// Distinct devices remembered, as a multiple of the sample.
const WINDOW: usize = 2;

/// What a provider said last about a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Said {
    Good,
    Bad,
}

/// The last answers about distinct devices of one channel. Pure: time is passed in.
#[derive(Debug)]
pub(crate) struct Guard {
    config: GuardConfig,
    order: VecDeque<u64>,
    said: HashMap<u64, Said>,
    bad: usize,
    last_good_ms: Option<i64>,
}

impl Guard {
    pub(crate) fn new(config: GuardConfig) -> Self {
        Self { config, order: VecDeque::new(), said: HashMap::new(), bad: 0, last_good_ms: None }
    }

    /// Notes an answer about a token, given by its hash.
    pub(crate) fn note(&mut self, token: u64, said: Said, now_ms: i64) {
        if said == Said::Good {
            self.last_good_ms = Some(now_ms);
        }
        match self.said.insert(token, said) {
            None => self.order.push_back(token),
            Some(before) => self.bad -= usize::from(before == Said::Bad),
        }
        self.bad += usize::from(said == Said::Bad);
        if self.order.len() > self.config.sample * WINDOW
            && let Some(oldest) = self.order.pop_front()
            && self.said.remove(&oldest) == Some(Said::Bad)
        {
            self.bad -= 1;
        }
    }

    /// Whether too many devices were refused for it to be their own fault.
    pub(crate) fn tripped(&self) -> bool {
        let seen = self.order.len();
        seen >= self.config.sample && self.bad * 100 > seen * self.config.percent as usize
    }

    /// Whether the channel has worked within the last `window_ms`.
    pub(crate) fn worked_within(&self, window_ms: i64, now_ms: i64) -> bool {
        self.last_good_ms.is_some_and(|good| now_ms.saturating_sub(good) < window_ms)
    }

    /// What it has seen, for people.
    pub(crate) fn sentence(&self) -> String {
        format!("{} of the last {} devices were refused", self.bad, self.order.len())
    }

    /// The cause was put right: what was seen before counts no more.
    pub(crate) fn reset(&mut self) {
        self.order.clear();
        self.said.clear();
        self.bad = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_trips_above_20_percent_of_at_least_50_devices() {
        let mut guard = Guard::new(GuardConfig::default());
        (0..49).for_each(|token| guard.note(token, Said::Bad, 0));
        assert!(!guard.tripped(), "49 devices are no sample");
        guard.note(49, Said::Bad, 0);
        assert!(guard.tripped());
        let mut guard = Guard::new(GuardConfig::default());
        (0..40).for_each(|token| guard.note(token, Said::Good, 0));
        (40..50).for_each(|token| guard.note(token, Said::Bad, 0));
        assert!(!guard.tripped(), "20 % is allowed");
        guard.note(50, Said::Bad, 0);
        assert!(guard.tripped());
    }

    #[test]
    fn one_device_counts_once_and_by_its_last_answer() {
        let mut guard = Guard::new(GuardConfig { sample: 10, percent: 20 });
        (0..100).for_each(|_| guard.note(1, Said::Bad, 0));
        assert!(!guard.tripped());
        (0..10).for_each(|token| guard.note(token, Said::Bad, 0));
        assert!(guard.tripped());
        (0..10).for_each(|token| guard.note(token, Said::Good, 5));
        assert!(!guard.tripped());
        assert!(guard.worked_within(10, 14) && !guard.worked_within(10, 15));
    }

    #[test]
    fn old_answers_are_forgotten() {
        let mut guard = Guard::new(GuardConfig { sample: 10, percent: 20 });
        (0..10).for_each(|token| guard.note(token, Said::Bad, 0));
        (10..40).for_each(|token| guard.note(token, Said::Good, 0));
        assert!(!guard.tripped());
        assert_eq!((guard.order.len(), guard.said.len(), guard.bad), (20, 20, 0));
    }
}
