//! A clock whose wall time can be set back while history is written; windows run on as ever.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tern_protocol::clock::{Clock, Sleep, SystemClock};

/// The system's clock with a wall time that lies behind by a settable distance. Clones share the distance.
#[derive(Clone, Debug)]
pub(crate) struct ShiftedClock {
    system: Arc<SystemClock>,
    behind_ms: Arc<AtomicI64>,
}

impl ShiftedClock {
    /// Shows the system's time.
    pub(crate) fn new() -> Self {
        Self { system: Arc::new(SystemClock::new()), behind_ms: Arc::new(AtomicI64::new(0)) }
    }

    /// Sets the wall time; it runs on from there.
    pub(crate) fn set_wall_ms(&self, wall_ms: i64) {
        self.behind_ms.store(self.system.wall_ms() - wall_ms, Ordering::SeqCst);
    }

    /// Back to the present.
    pub(crate) fn catch_up(&self) {
        self.behind_ms.store(0, Ordering::SeqCst);
    }
}

impl Clock for ShiftedClock {
    fn wall_ms(&self) -> i64 {
        self.system.wall_ms() - self.behind_ms.load(Ordering::SeqCst)
    }

    fn mono_ms(&self) -> i64 {
        self.system.mono_ms()
    }

    fn sleep_until(&self, mono_ms: i64) -> Sleep {
        self.system.sleep_until(mono_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_wall_time_moves_and_it_comes_back() {
        let clock = ShiftedClock::new();
        let (mono, wall) = (clock.mono_ms(), clock.wall_ms());
        clock.clone().set_wall_ms(1_000_000);
        assert!((1_000_000..1_060_000).contains(&clock.wall_ms()));
        assert!(clock.mono_ms() - mono < 60_000);
        clock.catch_up();
        assert!(clock.wall_ms() >= wall);
    }
}
