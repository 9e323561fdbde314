//! The database: closures run over a narrow [`Tx`] on threads of their own, many of them under one commit.
//!
//! - [`Db::write`] and [`Db::submit`] queue a closure for the one writer thread. The writer takes what is queued, runs each closure
//!   in a savepoint (an error or a panic undoes that one alone), commits them together and hands the finished batch to one task
//!   ([`Finisher`]), which answers in commit order: nothing is answered before it is durable.
//! - [`Db::read`] runs a closure on a reader thread over one consistent snapshot.
//! - Checkpoints run on a thread and connection of their own.
//! - A [`SecondPass`] follows the commits on one more thread, into a file of its own, which readers see too: nothing of it is on the
//!   writer's way, and all of it can be made again from the database.
//!
//! Statements are written in what SQLite and PostgreSQL share, with `?1`, `?2`. No type of the engine below leaves this module.

mod folder;
mod readers;
mod schema;
mod second_pass;
mod sqlite;
mod value;
mod writer;

pub(crate) use folder::{Folder, OpenError};
pub(crate) use readers::ReadJob;
pub(crate) use schema::Migration;
pub(crate) use second_pass::{Progress, SecondPass};
pub(crate) use value::{Param, Row, Value, params};
pub(crate) use writer::{Finisher, Verdict, WriteJob};

use parking_lot::Mutex;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs that may wait for the writer; one more is refused with [`StoreError::Busy`].
const WRITE_QUEUE: usize = 4_096;
/// Reader threads.
const READERS: usize = 2;

/// What can go wrong below the rules.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum StoreError {
    /// The queue of the writer or of the readers is full.
    #[error("the database has too much to do")]
    Busy,
    /// The disk is full; nothing was written.
    #[error("the disk is full")]
    Full,
    /// The file is damaged.
    #[error("the database file is damaged: {0}")]
    Corrupt(String),
    /// A UNIQUE, NOT NULL or CHECK rule of a table.
    #[error("a rule of a table refused the row: {0}")]
    Constraint(String),
    /// A column has another type than the caller expects.
    #[error("column {column} is not {wanted}")]
    Column {
        /// Place in the row, from 0.
        column: usize,
        /// What the caller asked for.
        wanted: &'static str,
    },
    /// A write inside `Db::read`.
    #[error("a write was tried where only reading is allowed")]
    ReadOnly,
    /// The closure panicked; what it wrote was undone.
    #[error("the request failed inside the server")]
    Panicked,
    /// The transaction was lost together with its neighbours, or the commit failed.
    #[error("the transaction was not committed: {0}")]
    NotCommitted(String),
    /// The server is ending.
    #[error("the database is closed")]
    Closed,
    /// Everything else the engine says.
    #[error("database: {0}")]
    Engine(String),
}

/// What runs statements: implemented per engine.
pub(crate) trait Statements {
    /// Runs a statement that answers no rows; the number of rows it changed.
    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError>;
    /// Runs a statement and hands each row to `each` until it answers `false`.
    fn query(&self, sql: &str, params: &[Param<'_>], each: &mut dyn FnMut(Row) -> bool) -> Result<(), StoreError>;
}

/// One transaction. Rules live above, statements go through here.
pub(crate) struct Tx<'a> {
    statements: &'a dyn Statements,
    revs: Option<&'a Revs>,
    rev: i64,
}

impl Tx<'_> {
    /// Runs a statement that answers no rows; the number of rows it changed.
    pub(crate) fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        if self.revs.is_none() {
            return Err(StoreError::ReadOnly);
        }
        self.statements.execute(sql, params)
    }

    /// All rows of an answer. Also for statements that end in RETURNING.
    pub(crate) fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let mut rows = Vec::new();
        self.statements.query(sql, params, &mut |row| {
            rows.push(row);
            true
        })?;
        Ok(rows)
    }

    /// The first row of an answer.
    pub(crate) fn query_one(&self, sql: &str, params: &[Param<'_>]) -> Result<Option<Row>, StoreError> {
        let mut first = None;
        // A statement with RETURNING must be run to its end, or its change is not done: all rows are stepped over.
        self.statements.query(sql, params, &mut |row| {
            first.get_or_insert(row);
            true
        })?;
        Ok(first)
    }

    /// The next number of change, for the column `rev` of a synchronised row. Rises over the whole life of the database.
    pub(crate) fn next_rev(&self) -> i64 {
        self.revs.map_or(self.rev, Revs::next)
    }

    /// The number up to which this transaction sees all changes.
    pub(crate) fn rev(&self) -> i64 {
        self.revs.map_or(self.rev, Revs::last)
    }
}

/// Numbers of change. A block is reserved in the database ahead of use, so that no number comes twice after a crash.
#[derive(Debug)]
pub(crate) struct Revs {
    last: AtomicI64,
}

impl Revs {
    fn next(&self) -> i64 {
        self.last.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn last(&self) -> i64 {
        self.last.load(Ordering::Relaxed)
    }
}

/// What the engine counts, for `/metrics` and the load program.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Commits that wrote something.
    pub(crate) commits: AtomicU64,
    /// Calls of fsync, those of checkpoints included.
    pub(crate) syncs: AtomicU64,
    /// Closures that ran on the writer.
    pub(crate) jobs: AtomicU64,
    /// Passive checkpoints by the thread of its own.
    pub(crate) checkpoints: AtomicU64,
    /// Times the writer itself had to start the log afresh.
    pub(crate) log_restarts: AtomicU64,
    /// Times a long read kept the log from being started afresh.
    pub(crate) log_restarts_blocked: AtomicU64,
    /// Pages in the log after the last commit.
    pub(crate) log_pages: AtomicU64,
}

impl Counters {
    fn add(counter: &AtomicU64, n: u64) {
        counter.fetch_add(n, Ordering::Relaxed);
    }
}

/// Handle of an open database; cheap to clone. The database closes when [`Db::close`] is called or the last handle is dropped.
#[derive(Clone)]
pub(crate) struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    write_queue: Mutex<Option<mpsc::Sender<Box<dyn WriteJob>>>>,
    sender: mpsc::WeakSender<Box<dyn WriteJob>>,
    readers: readers::Readers,
    counters: Arc<Counters>,
    answered_rev: Arc<AtomicI64>,
    closed: Mutex<Option<oneshot::Receiver<()>>>,
}

impl Db {
    /// Opens the database of a folder, brings its tables up to date and starts its threads.
    /// The caller spawns [`Finisher::run`]; without it no write is ever answered.
    pub(crate) fn open(
        folder: Folder,
        migrations: &[Migration],
        second: Option<SecondPass>,
    ) -> Result<(Self, Finisher), OpenError> {
        let path = folder.database_path();
        let counters = Arc::new(Counters::default());
        let committed_rev = Arc::new(AtomicI64::new(0));
        let answered_rev = Arc::new(AtomicI64::new(0));
        let (committed, answered) = (committed_rev.clone(), answered_rev.clone());
        let plan = writer::Plan { migrations, second, queue_length: WRITE_QUEUE };
        let started = writer::start(&path, folder, &plan, counters.clone(), committed, answered)?;
        let beside = second.map(|second| second.path(&path));
        let readers = readers::Readers::start(&path, beside.as_deref(), READERS, committed_rev)?;
        let inner = Inner {
            sender: started.queue.downgrade(),
            write_queue: Mutex::new(Some(started.queue)),
            readers,
            counters,
            answered_rev,
            closed: Mutex::new(Some(started.closed)),
        };
        Ok((Self { inner: Arc::new(inner) }, started.finisher))
    }

    /// Queues a job for the writer without waiting for it. A refused job comes back with the reason.
    pub(crate) fn submit(&self, job: Box<dyn WriteJob>) -> Result<(), (StoreError, Box<dyn WriteJob>)> {
        let Some(queue) = self.inner.sender.upgrade() else { return Err((StoreError::Closed, job)) };
        queue.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(job) => (StoreError::Busy, job),
            mpsc::error::TrySendError::Closed(job) => (StoreError::Closed, job),
        })
    }

    /// Queues a job for the writer, waiting for a place in the queue. Comes back only when the database is closed.
    pub(crate) async fn submit_waiting(&self, job: Box<dyn WriteJob>) -> Result<(), Box<dyn WriteJob>> {
        let Some(queue) = self.inner.sender.upgrade() else { return Err(job) };
        queue.send(job).await.map_err(|closed| closed.0)
    }

    /// Runs a closure on the writer; answers after the commit. An `Err` undoes all the closure wrote.
    pub(crate) async fn write<T, E>(&self, closure: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job = writer::OneShot { closure: Some(closure), result: None, reply };
        if let Err((reason, _)) = self.submit(Box::new(job)) {
            return Err(reason.into());
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Closed.into()))
    }

    /// Runs a closure on a reader over one snapshot of what is committed.
    pub(crate) async fn read<T, E>(&self, closure: impl FnOnce(&Tx<'_>) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let (reply, answer) = oneshot::channel();
        let job: ReadJob = Box::new(move |tx| {
            // The caller may have gone.
            let _ = reply.send(tx.map_err(E::from).and_then(closure));
        });
        if let Err((reason, job)) = self.submit_read(job) {
            job(Err(reason));
        }
        answer.await.unwrap_or_else(|_| Err(StoreError::Panicked.into()))
    }

    /// Queues a closure for a reader without waiting for it. A refused one comes back with the reason, to be called with it.
    pub(crate) fn submit_read(&self, job: ReadJob) -> Result<(), (StoreError, ReadJob)> {
        self.inner.readers.submit(job)
    }

    /// The number of change up to which all answers were given and all effects carried out.
    pub(crate) fn answered_rev(&self) -> i64 {
        self.inner.answered_rev.load(Ordering::Acquire)
    }

    /// What was counted so far.
    pub(crate) fn counters(&self) -> &Counters {
        &self.inner.counters
    }

    /// Takes no more work, finishes what is queued and gives the folder free. The [`Finisher`] must still be running.
    pub(crate) async fn close(&self) {
        self.inner.write_queue.lock().take();
        self.inner.readers.stop();
        let closed = self.inner.closed.lock().take();
        if let Some(closed) = closed {
            // An error means that the thread has ended already.
            let _ = closed.await;
        }
    }
}

/// A connection beside a server that may be running: for the program's own subcommands, which read or write a few rows and end.
/// It takes no lock of the folder, waits for its turn at most five seconds, and may not stamp changes.
pub(crate) struct Beside {
    connection: sqlite::Connection,
    revs: Revs,
}

impl Beside {
    /// Opens the database of a folder, brings its tables up to date unless a server is at work there.
    pub(crate) fn open(folder: &Path, migrations: &[Migration]) -> Result<Self, OpenError> {
        let path = folder::prepare(folder)?;
        let mut connection = sqlite::Connection::open_writer(&path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        schema::migrate(&mut connection, migrations)?;
        Ok(Self { connection, revs: Revs { last: AtomicI64::new(0) } })
    }

    /// Runs a closure in a transaction of its own; durable when it returns.
    pub(crate) fn write<T, E: From<StoreError>>(&self, closure: impl FnOnce(&Tx<'_>) -> Result<T, E>) -> Result<T, E> {
        self.connection.begin_immediate()?;
        let tx = Tx { statements: &self.connection, revs: Some(&self.revs), rev: 0 };
        match closure(&tx) {
            Ok(value) => self.connection.commit().map(|()| value).map_err(E::from),
            Err(error) => {
                self.connection.rollback();
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests;
