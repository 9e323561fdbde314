//! The durable queue: every push is in SQLite before the server is told that the bridge has it, until it came to an end.
//!
//! One thread owns the database. It takes what is queued, commits it together (WAL, `synchronous=FULL` where it matters), then
//! answers all of it.

pub(crate) mod guard;
mod queue;
pub(crate) mod stats;

pub(crate) use queue::{Ended, Finish, Held, Quarantined, Row, Scope, Trouble};

use crate::job::NewPush;
use rusqlite::{Connection, OpenFlags};
use stats::{Changes, Stats};
use std::{
    collections::HashSet,
    fs::{self, File},
    path::Path,
    sync::Arc,
    sync::atomic::{AtomicI64, Ordering},
};
use tern_protocol::clock::Clock;
use tokio::sync::{mpsc, oneshot};

/// The migrations, one per schema version.
const MIGRATIONS: &[&str] = &[include_str!("../../migrations/0001_push.sql"), include_str!("../../migrations/0002_order.sql")];
/// Requests that wait for the thread: callers wait when it is full.
const REQUESTS: usize = 1_024;
/// Requests committed together at most.
const BATCH: usize = 256;

/// Why the ledger did not do it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("ledger: {0}")]
pub struct LedgerError(pub String);

impl From<rusqlite::Error> for LedgerError {
    fn from(error: rusqlite::Error) -> Self {
        Self(error.to_string())
    }
}

/// An open transaction and what it changes of the counts.
pub(crate) struct Tx<'a> {
    conn: &'a Connection,
    changes: Changes,
    /// Reports up to here were taken by the server.
    told: i64,
}

/// What a batch owes to the disk: the most that one of its requests asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Care {
    /// Nothing is written.
    Read,
    /// A power failure may undo it: it would be done again. A crash of the program undoes nothing.
    Soft,
    /// On the disk before the answer.
    Durable,
}

type Reply = Box<dyn FnOnce(Option<LedgerError>) + Send>;
type Work = Box<dyn FnOnce(&mut Tx<'_>) -> (Option<LedgerError>, Reply) + Send>;

struct Request {
    care: Care,
    work: Work,
}

/// A handle on the ledger; clones share it. The thread ends when the last one is dropped and all is written.
#[derive(Clone)]
pub(crate) struct Ledger {
    requests: mpsc::Sender<Request>,
    stats: Arc<Stats>,
    /// Reports up to here were taken by the server; they are deleted with the next results.
    told: Arc<AtomicI64>,
    clock: Arc<dyn Clock>,
}

impl Ledger {
    /// Opens the ledger of a folder; one process per folder.
    pub(crate) fn open(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, LedgerError> {
        let lock = lock(folder)?;
        let path = folder.join("ledger.sqlite3");
        let named = |error: rusqlite::Error| LedgerError(format!("{}: {error}", path.display()));
        let mut conn = Connection::open_with_flags(&path, OpenFlags::default() | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(named)?;
        restrict(&path);
        set_up(&mut conn, &path)?;
        let stats = Arc::new(Stats::default());
        queue::load_stats(&conn, &stats).map_err(named)?;
        let (requests, inbox) = mpsc::channel(REQUESTS);
        let told = Arc::new(AtomicI64::new(0));
        let (thread_stats, thread_told) = (stats.clone(), told.clone());
        std::thread::Builder::new()
            .name("ledger".into())
            .spawn(move || {
                write_loop(&conn, inbox, &thread_stats, &thread_told);
                drop(lock);
            })
            .map_err(|error| LedgerError(format!("its thread cannot be started: {error}")))?;
        Ok(Self { requests, stats, told, clock })
    }

    /// Counts by state.
    pub(crate) fn stats(&self) -> &Stats {
        &self.stats
    }

    /// Does work and answers after the commit. Work is done in the order of the calls.
    async fn run<T: Send + 'static>(
        &self,
        care: Care,
        work: impl FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, LedgerError> {
        let _hold = self.clock.hold();
        self.queue(care, work).await?.await.map_err(|_| closed())?
    }

    /// Puts work in the queue; what is queued afterwards finds it done.
    async fn queue<T: Send + 'static>(
        &self,
        care: Care,
        work: impl FnOnce(&mut Tx<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<oneshot::Receiver<Result<T, LedgerError>>, LedgerError> {
        let (sender, answer) = oneshot::channel();
        let work: Work = Box::new(move |tx| {
            let result = work(tx).map_err(LedgerError::from);
            let error = result.as_ref().err().cloned();
            let reply: Reply = Box::new(move |failed| {
                let _ = sender.send(match failed {
                    Some(error) => Err(error),
                    None => result,
                });
            });
            (error, reply)
        });
        self.requests.send(Request { care, work }).await.map_err(|_| closed())?;
        Ok(answer)
    }

    /// Takes pushes in: `Received`, or at once `Skipped`. One that is there already changes nothing. Returns the range of new rows.
    pub(crate) async fn insert(&self, pushes: Vec<NewPush>) -> Result<queue::Inserted, LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Durable, move |tx| queue::insert(tx, &pushes, now_ms)).await
    }

    /// The server knows that these are the bridge's: `Received` becomes `Queued`. `queued` is called as soon as whoever asks
    /// for what is due finds them.
    pub(crate) async fn acknowledge(&self, rows: std::ops::RangeInclusive<i64>, queued: impl FnOnce()) -> Result<(), LedgerError> {
        let _hold = self.clock.hold();
        let answer = self.queue(Care::Soft, move |tx| queue::acknowledge(tx, &rows)).await?;
        queued();
        answer.await.map_err(|_| closed())?
    }

    /// Jobs of an earlier run that the server may not know to be the bridge's: their ids, and the range of their rows.
    pub(crate) async fn unacknowledged(&self, limit: usize) -> Result<(Vec<String>, std::ops::RangeInclusive<i64>), LedgerError> {
        self.run(Care::Read, move |tx| queue::unacknowledged(tx, limit)).await
    }

    /// What is due on a lane and not in hand, oldest moment first, and the next moment after now. Of a device's pushes only the first
    /// is due, until it has its end.
    pub(crate) async fn due(
        &self,
        lane: Arc<str>,
        limit: usize,
        in_hand: HashSet<i64>,
    ) -> Result<(Vec<Row>, Option<i64>), LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Read, move |tx| queue::due(tx, &lane, now_ms, limit, &in_hand)).await
    }

    /// Writes down what became of pushes that were sent.
    pub(crate) async fn finish(&self, results: Arc<Vec<Finish>>) -> Result<(), LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Durable, move |tx| queue::finish(tx, &results, now_ms)).await
    }

    /// Stops the pushes to a receiver that wait: all, or those of one conversation up to a place. How many.
    pub(crate) async fn withdraw(
        &self,
        app: u32,
        user: String,
        scope: Option<Scope>,
        word: &'static str,
    ) -> Result<usize, LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Durable, move |tx| queue::withdraw(tx, app, &user, scope, word, now_ms)).await
    }

    /// What the bridge holds, page by page: the one after a row.
    pub(crate) async fn held(&self, after: Option<Held>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        self.run(Care::Read, move |tx| queue::held(tx, after, limit)).await
    }

    /// Stops these rows.
    pub(crate) async fn withdraw_rows(&self, rows: Vec<(i64, &'static str)>) -> Result<(), LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Durable, move |tx| queue::withdraw_rows(tx, &rows, now_ms)).await
    }

    /// What the server is still to be told, oldest first.
    pub(crate) async fn reports(&self, limit: usize) -> Result<Vec<(i64, String)>, LedgerError> {
        self.run(Care::Read, move |tx| queue::reports(tx, limit)).await
    }

    /// The server was told up to here. After a crash it may be told again.
    pub(crate) fn reported(&self, up_to: i64) {
        self.told.fetch_max(up_to, Ordering::Relaxed);
    }

    /// Tokens held aside on all lanes.
    pub(crate) async fn quarantine(&self) -> Result<Vec<Quarantined>, LedgerError> {
        self.run(Care::Read, queue::quarantine).await
    }

    /// Ends the quarantine of tokens of a lane: reported as dead, or let go.
    pub(crate) async fn release(&self, lane: Arc<str>, tokens: Vec<String>, ended: Ended) -> Result<(), LedgerError> {
        self.run(Care::Durable, move |tx| queue::release(tx, &lane, &tokens, ended)).await
    }

    /// The last pushes that did not arrive, newest first; of one receiver if named.
    pub(crate) async fn trouble(&self, user: Option<String>, limit: usize) -> Result<Vec<Trouble>, LedgerError> {
        self.run(Care::Read, move |tx| queue::trouble(tx, user.as_deref(), limit)).await
    }

    /// Ends what is too old on any lane, and forgets what ended before `before_ms`. Whether more is left to forget.
    pub(crate) async fn clean(&self, before_ms: i64) -> Result<bool, LedgerError> {
        let now_ms = self.clock.wall_ms();
        self.run(Care::Durable, move |tx| queue::clean(tx, now_ms, before_ms)).await
    }

    /// The wall clock jumped: what waits on a lane moves with it.
    pub(crate) async fn shift(&self, lane: Arc<str>, by_ms: i64) -> Result<(), LedgerError> {
        self.run(Care::Durable, move |tx| queue::shift(tx, &lane, by_ms)).await
    }

    /// Nothing waits longer than this after a start, whatever the clock was before.
    pub(crate) async fn limit_waits(&self, most_ms: i64) -> Result<(), LedgerError> {
        let latest_ms = self.clock.wall_ms().saturating_add(most_ms);
        self.run(Care::Durable, move |tx| queue::limit_waits(tx, latest_ms)).await
    }
}

fn closed() -> LedgerError {
    LedgerError("it is closed".into())
}

fn lock(folder: &Path) -> Result<File, LedgerError> {
    let named = |error: &dyn std::fmt::Display| LedgerError(format!("folder {}: {error}", folder.display()));
    fs::create_dir_all(folder).map_err(|error| named(&error))?;
    let path = folder.join("ledger.lock");
    let file = File::options().create(true).truncate(false).write(true).open(path).map_err(|error| named(&error))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive).map_err(|error| match error {
        rustix::io::Errno::WOULDBLOCK => named(&"is in use by another ternd"),
        error => named(&error),
    })?;
    Ok(file)
}

/// Messages stand in it.
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
        tracing::warn!("{} could not be made private: {error}", path.display());
    }
}

fn set_up(conn: &mut Connection, path: &Path) -> Result<(), LedgerError> {
    let named = |error: rusqlite::Error| LedgerError(format!("{}: {error}", path.display()));
    conn.set_prepared_statement_cache_capacity(64);
    conn.pragma_update(None, "auto_vacuum", "INCREMENTAL").map_err(named)?;
    conn.pragma_update(None, "journal_mode", "WAL").map_err(named)?;
    conn.pragma_update(None, "synchronous", "FULL").map_err(named)?;
    conn.pragma_update(None, "temp_store", "MEMORY").map_err(named)?;
    conn.pragma_update(None, "journal_size_limit", 16 * 1024 * 1024).map_err(named)?;
    let version: i64 = conn.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(named)?;
    let version = usize::try_from(version).unwrap_or(0);
    if version > MIGRATIONS.len() {
        let (path, known) = (path.display(), MIGRATIONS.len());
        return Err(LedgerError(format!("{path} has schema {version}, made by a newer ternd; this one knows {known}")));
    }
    for (at, sql) in MIGRATIONS.iter().enumerate().skip(version) {
        let tx = conn.transaction().map_err(named)?;
        tx.execute_batch(sql).map_err(named)?;
        tx.pragma_update(None, "user_version", (at + 1) as i64).map_err(named)?;
        tx.commit().map_err(named)?;
    }
    Ok(())
}

fn write_loop(conn: &Connection, mut inbox: mpsc::Receiver<Request>, stats: &Stats, told: &AtomicI64) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut synchronous = Care::Durable;
    while inbox.blocking_recv_many(&mut batch, BATCH) > 0 {
        let care = batch.iter().map(|request| request.care).max().unwrap_or(Care::Read);
        if care != Care::Read && care != synchronous {
            // In a write-ahead log NORMAL leaves out the sync of a commit and nothing else.
            let level = if care == Care::Durable { "FULL" } else { "NORMAL" };
            match conn.pragma_update(None, "synchronous", level) {
                Ok(()) => synchronous = care,
                Err(error) => tracing::error!("ledger: {error}"),
            }
        }
        let mut replies: Vec<Reply> = Vec::with_capacity(batch.len());
        match commit(conn, batch.drain(..), &mut replies, told.load(Ordering::Relaxed)) {
            Ok(changes) => {
                stats.apply(changes);
                replies.into_iter().for_each(|reply| reply(None));
            }
            Err(error) => {
                tracing::error!("{error}");
                replies.into_iter().for_each(|reply| reply(Some(error.clone())));
            }
        }
    }
    if let Err(error) = queue::forget_all_told(conn, told.load(Ordering::Relaxed)) {
        tracing::warn!("ledger: {error}");
    }
}

/// All or nothing: a fault here is the disk's or the file's, and concerns everybody.
fn commit(
    conn: &Connection,
    batch: impl Iterator<Item = Request>,
    replies: &mut Vec<Reply>,
    told: i64,
) -> Result<Changes, LedgerError> {
    let mut first_error = conn.execute_batch("BEGIN").err().map(LedgerError::from);
    let mut tx = Tx { conn, changes: Changes::default(), told };
    for request in batch {
        let (error, reply) = (request.work)(&mut tx);
        replies.push(reply);
        first_error = first_error.or(error);
    }
    if first_error.is_none() {
        first_error = queue::save_tally(&tx).and_then(|()| conn.execute_batch("COMMIT")).err().map(LedgerError::from);
    }
    match first_error {
        None => Ok(tx.changes),
        Some(error) => {
            if !conn.is_autocommit() {
                let _ = conn.execute_batch("ROLLBACK");
            }
            Err(error)
        }
    }
}

#[cfg(test)]
mod tests;
