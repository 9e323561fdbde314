use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::{Clock, Sleep};

/// Ten years: a longer wait is as good as for ever, and cannot overflow the timer.
const LONGEST_SLEEP_MS: i64 = 10 * 366 * 24 * 3_600_000;

/// The system's clock. Sleeping needs a tokio runtime with its timer on.
#[derive(Clone, Debug)]
pub struct SystemClock {
    start: Instant,
}

impl SystemClock {
    /// A clock whose [`Clock::mono_ms`] starts at 0 now.
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    #[expect(clippy::new_without_default, reason = "a default value should not depend on when it was made")]
    pub fn new() -> Self {
        Self { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system for the time")]
    fn wall_ms(&self) -> i64 {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(after) => i64::try_from(after.as_millis()).unwrap_or(i64::MAX),
            Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |ms| -ms),
        }
    }

    fn mono_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn sleep_until(&self, mono_ms: i64) -> Sleep {
        let latest = self.mono_ms().saturating_add(LONGEST_SLEEP_MS);
        let due = self.start + Duration::from_millis(u64::try_from(mono_ms.min(latest)).unwrap_or(0));
        Box::pin(tokio::time::sleep_until(due.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Elapsed, sleep, timeout};
    use super::SystemClock;
    use crate::clock::Clock;

    #[tokio::test]
    async fn a_sleep_ends_not_before_its_moment() {
        let clock = SystemClock::new();
        let start = clock.mono_ms();
        sleep(&clock, 15).await;
        assert!(clock.mono_ms() >= start + 15);
        assert!(clock.wall_ms() > 1_700_000_000_000);
    }

    #[tokio::test]
    async fn moments_of_the_past_and_of_the_far_future_are_accepted() {
        let clock = SystemClock::new();
        clock.sleep_until(i64::MIN).await;
        assert_eq!(timeout(&clock, 1, clock.sleep_until(i64::MAX)).await, Err(Elapsed));
    }
}
