//! Time, passed in: the system's, or one that a test or `--virtual-clock` moves.
//!
//! Windows (400 s, 7 days, a lease) are measured on [`Clock::mono_ms`] and waited for with [`Clock::sleep_until`], [`sleep`] or
//! [`timeout`]; timestamps and UserSigs use [`Clock::wall_ms`]. Feature `clock` adds [`SystemClock`] and [`VirtualClock`].

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

#[cfg(feature = "clock")]
mod system;
#[cfg(feature = "clock")]
mod virtual_clock;

#[cfg(feature = "clock")]
pub use system::SystemClock;
#[cfg(feature = "clock")]
pub use virtual_clock::VirtualClock;

/// A wait that ends when the clock has reached its moment. Dropping it takes it off the clock.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where time comes from. Millisecond values; a caller never asks the system.
pub trait Clock: Send + Sync + std::fmt::Debug + 'static {
    /// Milliseconds since the Unix epoch: for timestamps and UserSigs.
    fn wall_ms(&self) -> i64;

    /// Milliseconds since some fixed moment, never going back: for windows.
    fn mono_ms(&self) -> i64;

    /// Waits until [`Clock::mono_ms`] is at least `mono_ms`; a moment that has passed is ready at the first poll.
    fn sleep_until(&self, mono_ms: i64) -> Sleep;

    /// Says that work which time set off is still under way, until the value is dropped. [`VirtualClock::advance`] waits for it
    /// before it moves on; the system's clock waits for nobody, so there it costs nothing.
    ///
    /// Take it in the task that woke up, before its next `.await`, and keep it while the work is somewhere the clock cannot see:
    /// in a database thread, on a socket.
    fn hold(&self) -> Hold {
        Hold(None)
    }

    /// Whole seconds since the Unix epoch.
    fn wall_seconds(&self) -> i64 {
        self.wall_ms().div_euclid(1000)
    }
}

/// Work under way that time set off; see [`Clock::hold`].
#[must_use = "the work counts as done when this is dropped"]
#[derive(Debug)]
pub struct Hold(Option<Arc<dyn HoldRelease>>);

/// What a clock that waits for holders is told when one ends.
trait HoldRelease: Send + Sync + std::fmt::Debug {
    fn release(&self);
}

impl Drop for Hold {
    fn drop(&mut self) {
        if let Some(clock) = self.0.take() {
            clock.release();
        }
    }
}

/// The time of [`timeout`] was over before the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("timed out")]
pub struct Elapsed;

/// Waits `duration_ms` from now; zero and less are over at once.
pub fn sleep(clock: &dyn Clock, duration_ms: i64) -> Sleep {
    clock.sleep_until(clock.mono_ms().saturating_add(duration_ms))
}

/// Runs `work` for at most `duration_ms`. Work that is ready in the same moment as the limit wins.
pub async fn timeout<T>(clock: &dyn Clock, duration_ms: i64, work: impl Future<Output = T>) -> Result<T, Elapsed> {
    let mut limit = sleep(clock, duration_ms);
    let mut work = pin!(work);
    poll_fn(move |cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Ok(done));
        }
        limit.as_mut().poll(cx).map(|()| Err(Elapsed))
    })
    .await
}
