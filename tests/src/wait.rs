//! Waiting for a condition, with a limit in real time: a story never sleeps for a fixed while.

use std::future::Future;
use std::time::{Duration, Instant};

/// How long a story waits for what must happen soon. Generous, because the machine may be busy; a story that passes rarely waits.
pub const LIMIT: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_millis(5);

/// Asks again and again until there is something; fails the story with `what` after [`LIMIT`].
///
/// # Panics
/// When the limit is over.
#[expect(clippy::disallowed_methods, reason = "a limit in real time")]
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut ask: impl FnMut() -> F) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Fails the story with `what` when `work` is not done within [`LIMIT`].
///
/// # Panics
/// When the limit is over.
#[expect(clippy::disallowed_methods, reason = "a limit in real time")]
pub async fn soon<T>(what: &str, work: impl Future<Output = T>) -> T {
    match tokio::time::timeout(LIMIT, work).await {
        Ok(done) => done,
        Err(_) => panic!("waited in vain for {what}"),
    }
}

/// Like [`eventually`], for threads without a runtime.
///
/// # Panics
/// When the limit is over.
#[expect(clippy::disallowed_methods, reason = "a limit in real time")]
pub fn eventually_blocking<T>(what: &str, mut ask: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = ask() {
            return found;
        }
        assert!(start.elapsed() < LIMIT, "waited in vain for {what}");
        std::thread::sleep(PAUSE);
    }
}
