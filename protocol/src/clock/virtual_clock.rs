use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;
use std::{future::Future, pin::Pin};

use tokio::sync::Notify;

use super::{Clock, Hold, HoldRelease, Sleep, SystemClock};

/// How often in a row a look at the sleepers must find nothing to do before a moment counts as handled.
const QUIET_LOOKS: u32 = 48;
/// Real time that [`VirtualClock::advance`] waits for a woken task to look at its timer, and for holders to finish: a task that
/// hangs must not hang the clock.
const WOKEN_LIMIT: Duration = Duration::from_secs(1);
const HOLD_LIMIT: Duration = Duration::from_secs(5);

/// A clock that stands still until [`VirtualClock::advance`] moves it. Clones show the same time.
#[derive(Clone, Debug)]
pub struct VirtualClock {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    /// Something that `advance` waits for has ended.
    changed: Notify,
    /// One `advance` at a time.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    mono_ms: i64,
    wall_offset_ms: i64,
    next_id: u64,
    /// By due time, then by age. A sleeper without a waker was woken and has not looked yet.
    sleepers: BTreeMap<(i64, u64), Option<Waker>>,
    woken: usize,
    holds: usize,
}

impl VirtualClock {
    /// A clock whose wall time is `wall_ms` and whose [`Clock::mono_ms`] is 0.
    pub fn new(wall_ms: i64) -> Self {
        let state = State { mono_ms: 0, wall_offset_ms: wall_ms, next_id: 0, sleepers: BTreeMap::new(), woken: 0, holds: 0 };
        let shared = Shared { state: Mutex::new(state), changed: Notify::new(), turn: tokio::sync::Mutex::new(()) };
        Self { shared: Arc::new(shared) }
    }

    /// A clock that shows the system's wall time of this moment and stands still from now on.
    pub fn starting_now() -> Self {
        Self::new(SystemClock::new().wall_ms())
    }

    /// Moves time on by `duration_ms` and returns when all that became due on the way has been handled.
    ///
    /// Steps from due time to due time: each sleeper wakes at its own moment, in order, and what it does (a new timer within the
    /// window too) is done before time goes on. A task's work counts as done when the task waits for something, unless
    /// it keeps a [`Clock::hold`]. Several callers take turns.
    pub async fn advance(&self, duration_ms: i64) {
        let _turn = self.shared.turn.lock().await;
        let end = self.mono_ms().saturating_add(duration_ms.max(0));
        // What was set off before the move belongs to the present, so it may still set timers within the window.
        self.settle().await;
        while self.shared.wake_next(end) {
            self.settle().await;
        }
        self.settle().await;
    }

    /// Returns when what was set off so far is done, without moving the clock.
    pub async fn settle(&self) {
        let patience = SystemClock::new();
        let mut quiet = 0;
        while quiet < QUIET_LOOKS {
            let busy_for = Duration::from_millis(u64::try_from(patience.mono_ms()).unwrap_or(0));
            let (woken, holds) = {
                let state = self.shared.lock();
                (state.woken, state.holds)
            };
            if (woken == 0 || busy_for > WOKEN_LIMIT) && (holds == 0 || busy_for > HOLD_LIMIT) {
                quiet += 1;
                tokio::task::yield_now().await;
            } else {
                quiet = 0;
                self.wait_for_change().await;
            }
        }
    }

    /// How many sleepers wait on this clock: a test's way to see a timer that was left behind.
    pub fn sleepers(&self) -> usize {
        self.shared.lock().sleepers.len()
    }

    /// Sets the wall time without touching windows, as when a person or NTP corrects the system's clock.
    pub fn set_wall_ms(&self, wall_ms: i64) {
        let mut state = self.shared.lock();
        state.wall_offset_ms = wall_ms.saturating_sub(state.mono_ms);
    }

    #[expect(clippy::disallowed_methods, reason = "a limit in real time on the wait for other tasks")]
    async fn wait_for_change(&self) {
        let _ = tokio::time::timeout(Duration::from_millis(2), self.shared.changed.notified()).await;
    }
}

impl Clock for VirtualClock {
    fn wall_ms(&self) -> i64 {
        let state = self.shared.lock();
        state.wall_offset_ms.saturating_add(state.mono_ms)
    }

    fn mono_ms(&self) -> i64 {
        self.shared.lock().mono_ms
    }

    fn sleep_until(&self, mono_ms: i64) -> Sleep {
        Box::pin(VirtualSleep { shared: Arc::clone(&self.shared), due_ms: mono_ms, id: None })
    }

    fn hold(&self) -> Hold {
        self.shared.lock().holds += 1;
        Hold(Some(Arc::clone(&self.shared) as Arc<dyn HoldRelease>))
    }
}

impl Shared {
    /// A panic elsewhere leaves the numbers as they were: every change here is one assignment or map operation.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes to the next due time up to `end_ms` and wakes who waits for it; with nobody left goes to `end_ms` and says false.
    fn wake_next(&self, end_ms: i64) -> bool {
        let mut wakers = Vec::new();
        {
            let mut state = self.lock();
            let next = state.sleepers.iter().find(|(_, waker)| waker.is_some()).map(|((due, _), _)| *due);
            let Some(due) = next.filter(|due| *due <= end_ms) else {
                state.mono_ms = state.mono_ms.max(end_ms);
                return false;
            };
            state.mono_ms = state.mono_ms.max(due);
            for (_, waker) in state.sleepers.range_mut(..=(due, u64::MAX)) {
                wakers.extend(waker.take());
            }
            state.woken += wakers.len();
        }
        wakers.into_iter().for_each(Waker::wake);
        true
    }
}

impl HoldRelease for Shared {
    fn release(&self) {
        self.lock().holds -= 1;
        self.changed.notify_one();
    }
}

struct VirtualSleep {
    shared: Arc<Shared>,
    due_ms: i64,
    /// Its place among the sleepers since its first poll.
    id: Option<u64>,
}

impl VirtualSleep {
    fn leave(&mut self) {
        let Some(id) = self.id.take() else { return };
        let mut state = self.shared.lock();
        if let Some(None) = state.sleepers.remove(&(self.due_ms, id)) {
            state.woken -= 1;
            drop(state);
            self.shared.changed.notify_one();
        }
    }
}

impl Future for VirtualSleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let shared = Arc::clone(&self.shared);
        let mut state = shared.lock();
        if state.mono_ms >= self.due_ms {
            drop(state);
            self.leave();
            return Poll::Ready(());
        }
        let id = *self.id.get_or_insert_with(|| {
            state.next_id += 1;
            state.next_id
        });
        state.sleepers.insert((self.due_ms, id), Some(cx.waker().clone()));
        Poll::Pending
    }
}

impl Drop for VirtualSleep {
    fn drop(&mut self) {
        self.leave();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::{ProptestConfig, prop_assert_eq, proptest};

    use super::super::{Elapsed, sleep, timeout};
    use super::VirtualClock;
    use crate::clock::Clock;

    fn runtime() -> tokio::runtime::Runtime {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn sleepers_wake_in_the_order_of_their_moments_and_see_them(delays in proptest::collection::vec(0_i64..500, 1..20), step in 1_i64..700) {
            let woken = runtime().block_on(async {
                let clock = VirtualClock::new(1_000_000);
                let woken = Arc::new(Mutex::new(Vec::new()));
                for delay in delays.clone() {
                    let (clock, woken) = (clock.clone(), Arc::clone(&woken));
                    tokio::spawn(async move {
                        sleep(&clock, delay).await;
                        woken.lock().unwrap().push((delay, clock.mono_ms()));
                    });
                }
                while clock.mono_ms() < 500 {
                    clock.advance(step).await;
                }
                assert_eq!(clock.sleepers(), 0);
                woken.lock().unwrap().clone()
            });
            let mut expected = delays;
            expected.sort_unstable();
            prop_assert_eq!(woken, expected.into_iter().map(|delay| (delay, delay)).collect::<Vec<_>>());
        }
    }

    #[tokio::test]
    async fn a_timer_that_sets_the_next_one_runs_through_the_whole_window() {
        let clock = VirtualClock::new(0);
        let beats = Arc::new(Mutex::new(Vec::new()));
        let task = tokio::spawn({
            let (clock, beats) = (clock.clone(), Arc::clone(&beats));
            async move {
                loop {
                    sleep(&clock, 120_000).await;
                    beats.lock().unwrap().push(clock.wall_ms());
                }
            }
        });
        clock.advance(400_000).await;
        assert_eq!(*beats.lock().unwrap(), [120_000, 240_000, 360_000]);
        assert_eq!(clock.wall_ms(), 400_000);
        task.abort();
    }

    #[tokio::test]
    async fn time_waits_for_work_in_another_thread_that_holds_it() {
        let clock = VirtualClock::new(0);
        let (seen, sent) = tokio::sync::oneshot::channel();
        tokio::spawn({
            let clock = clock.clone();
            async move {
                sleep(&clock, 10).await;
                let hold = clock.hold();
                let at = tokio::task::spawn_blocking({
                    let clock = clock.clone();
                    move || {
                        (0..200).for_each(|_| std::thread::yield_now());
                        clock.mono_ms()
                    }
                });
                let _ = seen.send(at.await.unwrap());
                drop(hold);
            }
        });
        clock.advance(1_000).await;
        assert_eq!(sent.await.unwrap(), 10);
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_dropped_wait_leaves_nothing_on_the_clock() {
        let clock = VirtualClock::new(0);
        assert_eq!(timeout(&clock, 50, async { 7 }).await, Ok(7));
        let slow = tokio::spawn({
            let clock = clock.clone();
            async move { timeout(&clock, 50, std::future::pending::<()>()).await }
        });
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(50).await;
        assert_eq!(slow.await.unwrap(), Err(Elapsed));
        assert_eq!(clock.sleepers(), 0);
    }

    #[tokio::test]
    async fn correcting_the_wall_time_moves_no_window() {
        let clock = VirtualClock::new(5_000);
        clock.advance(100).await;
        clock.set_wall_ms(1_000);
        assert_eq!((clock.wall_ms(), clock.mono_ms()), (1_000, 100));
        clock.advance(10).await;
        assert_eq!((clock.wall_ms(), clock.mono_ms()), (1_010, 110));
    }
}
