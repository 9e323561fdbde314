//! Takes away in the background what applications do not keep any longer: messages after their days of roaming, lists of merged
//! messages that nobody sent since, and files of an hour's messages.
//!
//! A pass looks at the oldest message of each thread on a reader, and hands what has expired to the writer in small batches, so that
//! nobody's message waits for long. What is taken away makes room inside the database file for what comes next. People learn it as
//! a conversation's new first place.

use crate::app::Server;
use crate::application::Application;
use crate::history_file;
use crate::store::conversation::ThreadId;
use crate::store::engine::StoreError;
use crate::store::expiry::{self as store, Oldest};
use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tern_protocol::clock;

/// Threads looked at in one read.
const LOOK_PAGE: i64 = 1_000;
/// Messages taken away in one transaction.
const BATCH: i64 = 200;
/// Milliseconds between two passes at most: nothing expires sooner than a day after it came, but old messages may be imported.
const PASS_MOST_MS: i64 = 6 * 3_600_000;
/// Milliseconds between two passes at least, and more for each thread, so that looking stays a small part of the server's work.
const PASS_LEAST_MS: i64 = 60_000;
const PASS_PER_THREAD_MS: i64 = 10;
const DAY_MS: i64 = 24 * 3_600_000;

/// Works until the server ends.
pub(crate) async fn run(server: Arc<Server>) {
    repeat(server, PASS_LEAST_MS, "old messages", |server| async move { pass(&server).await }).await;
}

/// Passes one after the other until the server ends; each says in how many milliseconds the next one is due, and one that failed is
/// made again after `least_ms`. `what` is to be taken away, as the log names it.
pub(crate) async fn repeat<F: Future<Output = Result<i64, StoreError>>>(
    server: Arc<Server>,
    least_ms: i64,
    what: &str,
    pass: impl Fn(Arc<Server>) -> F,
) {
    let clock = server.clock().clone();
    let mut wait_ms = least_ms;
    loop {
        tokio::select! {
            () = clock::sleep(&*clock, wait_ms) => {}
            () = server.stop.cancelled() => return,
        }
        // A clock that is moved waits until the pass is over.
        let _hold = clock.hold();
        wait_ms = match pass(Arc::clone(&server)).await {
            Ok(wait_ms) => wait_ms,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!(%error, "{what} could not be taken away");
                least_ms
            }
        };
    }
}

/// Takes away what has expired; milliseconds until the next pass.
async fn pass(server: &Arc<Server>) -> Result<i64, StoreError> {
    let now_ms = server.clock().wall_ms();
    let mut apps: HashMap<SdkAppId, Option<Arc<Application>>> = HashMap::new();
    let (mut after, mut threads, mut next_ms) = (ThreadId(0), 0i64, i64::MAX);
    loop {
        let page = server.db.read(move |tx| store::oldest_after(tx, after, LOOK_PAGE)).await?;
        let Some((last, _)) = page.last() else { break };
        after = *last;
        threads += i64::try_from(page.len()).unwrap_or(0);
        for oldest in page.into_iter().filter_map(|(_, oldest)| oldest) {
            let app = match apps.entry(oldest.app) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(server.application(oldest.app).await?),
            };
            let Some(app) = app else { continue };
            let due_ms = oldest.time_ms + kept_ms(app);
            if due_ms > now_ms {
                next_ms = next_ms.min(due_ms);
            } else {
                empty(server, app, oldest, now_ms).await?;
            }
            if server.stop.is_cancelled() {
                return Err(StoreError::Closed);
            }
        }
    }
    for app in server.applications.all() {
        let (id, before) = (app.id, (now_ms - kept_ms(&app)).div_euclid(1_000));
        while server.db.write(move |tx| store::take_relays(tx, id, before, BATCH)).await? > 0 {}
    }
    history_file::take_expired(server).await?;
    let least = PASS_LEAST_MS.max(threads.saturating_mul(PASS_PER_THREAD_MS)).min(PASS_MOST_MS);
    Ok(next_ms.saturating_sub(now_ms).saturating_add(1).clamp(least, PASS_MOST_MS))
}

/// How long an application keeps messages; never less than a day.
fn kept_ms(app: &Application) -> i64 {
    i64::from(app.limits().roaming_days.max(1)) * DAY_MS
}

/// Takes away a thread's expired messages, a batch at a time.
async fn empty(server: &Server, app: &Application, oldest: Oldest, now_ms: i64) -> Result<(), StoreError> {
    let before_ms = now_ms - kept_ms(app) + 1;
    loop {
        let taken = server.db.write(move |tx| store::take(tx, oldest.thread, before_ms, BATCH)).await?;
        let is_full = taken.is_some_and(|taken| i64::try_from(taken.messages).unwrap_or(0) >= BATCH && !taken.is_empty);
        if !is_full {
            return Ok(());
        }
    }
}
