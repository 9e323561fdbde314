//! The writer thread: one commit for all that waits, and the task that answers afterwards.

use super::folder::{Folder, OpenError};
use super::second_pass::{Following, SecondPass};
use super::sqlite::Connection;
use super::{Counters, Migration, Param, Revs, Statements as _, StoreError, Tx, schema};
use parking_lot::{Condvar, Mutex};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// Jobs under one commit.
const BATCH: usize = 256;
/// Finished batches that may wait for the answering task; then the writer waits for it.
const FINISHED_BATCHES: usize = 8;
/// Jobs answered before other tasks of the thread get their turn.
const ANSWERS_PER_TURN: usize = 32;
/// Log pages after which the checkpoint thread is told, once per step.
const CHECKPOINT_PAGES: u64 = 1_000;
/// Log pages after which the writer starts the log afresh: a passive checkpoint beside a busy writer never empties it.
const RESTART_PAGES: u64 = 4_000;
/// Log pages after which the writer waits for the checkpoint thread, so that the log stays bounded on a slow disk.
const STALL_PAGES: u64 = 8_000;
/// Log pages after which that is tried again: a reader, or the checkpoint thread, held the log.
const RETRY_PAGES: u64 = 250;
/// Numbers of change reserved ahead in the database.
const REV_BLOCK: i64 = 1_000_000;

/// What a job says of its own writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// They shall be committed.
    Keep,
    /// They shall be undone; the job's answer says why.
    Undo,
}

/// A piece of work for the writer: runs in a savepoint of its own, is answered after the commit.
pub(crate) trait WriteJob: Send {
    /// Runs on the writer thread: statements only, nothing slow.
    fn run(&mut self, tx: &Tx<'_>) -> Verdict;
    /// Runs on the answering task, in commit order. An error says that nothing of this job is stored,
    /// whatever `run` thought.
    fn finish(self: Box<Self>, committed: Result<(), StoreError>);
}

/// A closure whose caller waits.
pub(super) struct OneShot<F, T, E> {
    pub(super) closure: Option<F>,
    pub(super) result: Option<Result<T, E>>,
    pub(super) reply: oneshot::Sender<Result<T, E>>,
}

impl<F, T, E> WriteJob for OneShot<F, T, E>
where
    F: FnOnce(&Tx<'_>) -> Result<T, E> + Send,
    T: Send,
    E: From<StoreError> + Send,
{
    fn run(&mut self, tx: &Tx<'_>) -> Verdict {
        let result = match self.closure.take() {
            Some(closure) => closure(tx),
            None => Err(StoreError::Panicked.into()),
        };
        let verdict = if result.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.result = Some(result);
        verdict
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::Panicked.into()),
            // A refusal of the job itself stands, whatever became of its neighbours.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(error.into()),
        };
        // The caller may have gone.
        let _ = self.reply.send(result);
    }
}

type Answered = Vec<(Box<dyn WriteJob>, Result<(), StoreError>)>;

struct Finished {
    jobs: Answered,
    /// The last number of change when the batch was committed.
    rev: i64,
}

/// The task that answers after each commit.
pub(crate) struct Finisher {
    batches: mpsc::Receiver<Finished>,
    answered_rev: Arc<AtomicI64>,
}

impl Finisher {
    /// Answers until the database is closed and its last batch is answered.
    pub(crate) async fn run(mut self) {
        while let Some(batch) = self.batches.recv().await {
            for (n, (job, committed)) in batch.jobs.into_iter().enumerate() {
                if n % ANSWERS_PER_TURN == ANSWERS_PER_TURN - 1 {
                    tokio::task::yield_now().await;
                }
                if catch_unwind(AssertUnwindSafe(|| job.finish(committed))).is_err() {
                    tracing::error!("answering a committed request panicked");
                }
            }
            self.answered_rev.store(batch.rev, Ordering::Release);
        }
    }
}

pub(super) struct Started {
    pub(super) queue: mpsc::Sender<Box<dyn WriteJob>>,
    pub(super) finisher: Finisher,
    pub(super) closed: oneshot::Receiver<()>,
}

/// What is opened.
pub(super) struct Plan<'a> {
    pub(super) migrations: &'a [Migration],
    pub(super) second: Option<SecondPass>,
    pub(super) queue_length: usize,
}

pub(super) fn start(
    path: &Path,
    folder: Folder,
    plan: &Plan<'_>,
    counters: Arc<Counters>,
    committed_rev: Arc<AtomicI64>,
    answered_rev: Arc<AtomicI64>,
) -> Result<Started, OpenError> {
    let mut connection = Connection::open_writer(path)?;
    schema::migrate(&mut connection, plan.migrations)?;
    let log_pages = Arc::new(AtomicU64::new(0));
    connection.watch_log(log_pages.clone())?;
    let reserved = reserved_revs(&connection)?;
    committed_rev.store(reserved, Ordering::Release);
    answered_rev.store(reserved, Ordering::Release);
    let checkpoints = Checkpoints::start(path, counters.clone())?;
    let (queue, jobs) = mpsc::channel(plan.queue_length);
    let (finished, batches) = mpsc::channel(FINISHED_BATCHES);
    let (tell_closed, closed) = oneshot::channel();
    let second = plan.second.map(|second| Following::start(second, path, queue.downgrade())).transpose()?;
    let writer = Writer {
        connection,
        revs: Revs { last: AtomicI64::new(reserved) },
        reserved,
        committed_rev,
        counters,
        log_pages,
        told_step: 0,
        restart_at: RESTART_PAGES,
        log_restarted: false,
        checkpoints,
        second,
    };
    let work = move || {
        writer.work(jobs, finished);
        // The lock ends, and an ephemeral folder goes, before anybody hears that the database is closed.
        drop(folder);
        let _ = tell_closed.send(());
    };
    std::thread::Builder::new().name("tern-write".into()).spawn(work).map_err(OpenError::Thread)?;
    Ok(Started { queue, finisher: Finisher { batches, answered_rev }, closed })
}

fn reserved_revs(connection: &Connection) -> Result<i64, StoreError> {
    let mut reserved = 0;
    connection.query("SELECT value FROM engine_meta WHERE key = 'rev_reserved'", &[], &mut |row| {
        reserved = row.int(0).unwrap_or(0);
        true
    })?;
    Ok(reserved)
}

struct Writer {
    connection: Connection,
    revs: Revs,
    reserved: i64,
    committed_rev: Arc<AtomicI64>,
    counters: Arc<Counters>,
    log_pages: Arc<AtomicU64>,
    told_step: u64,
    restart_at: u64,
    log_restarted: bool,
    checkpoints: Checkpoints,
    second: Option<Following>,
}

impl Writer {
    fn work(mut self, mut jobs: mpsc::Receiver<Box<dyn WriteJob>>, finished: mpsc::Sender<Finished>) {
        let mut batch = Vec::new();
        // No timer: an idle writer commits at once, a busy one finds the batch waiting.
        while jobs.blocking_recv_many(&mut batch, BATCH) > 0 {
            Counters::add(&self.counters.jobs, batch.len() as u64);
            let jobs = self.commit_batch(std::mem::take(&mut batch));
            let rev = self.revs.last();
            if finished.blocking_send(Finished { jobs, rev }).is_err() {
                tracing::warn!("nobody is left to answer after a commit");
            }
            self.look_after_the_log();
        }
        if let Some(second) = &mut self.second {
            second.stop();
        }
        self.checkpoints.stop();
        let _ = self.connection.checkpoint_restart();
    }

    fn commit_batch(&mut self, batch: Vec<Box<dyn WriteJob>>) -> Answered {
        let changes_before = self.connection.total_changes();
        let reserve = self.revs.last() + REV_BLOCK / 2 > self.reserved;
        if let Err(error) = self.begin(reserve) {
            self.connection.rollback();
            return batch.into_iter().map(|job| (job, Err(error.clone()))).collect();
        }
        let alone = batch.len() == 1;
        let mut done: Answered = Vec::with_capacity(batch.len());
        // Jobs before this place were undone together with a transaction that was lost.
        let mut lost_before = 0;
        for mut job in batch {
            let outcome = match alone {
                true => self.run_alone(job.as_mut()),
                false => self.run_in_savepoint(job.as_mut()),
            };
            done.push((job, outcome));
            if !self.connection.in_transaction() {
                if !alone {
                    lost_before = done.len();
                }
                if let Err(error) = self.connection.begin_immediate() {
                    tracing::error!(%error, "no new transaction after one was lost");
                }
            }
        }
        let committed = self.connection.commit();
        if let Err(error) = &committed {
            tracing::error!(%error, "a commit failed");
            self.connection.rollback();
        } else if self.connection.total_changes() != changes_before {
            self.count_commit(reserve && lost_before == 0);
        }
        let lost = StoreError::NotCommitted("its transaction was undone".into());
        for (place, (_, outcome)) in done.iter_mut().enumerate() {
            match (&committed, &outcome) {
                (Err(error), Ok(())) => *outcome = Err(error.clone()),
                (Ok(()), Ok(())) if place < lost_before => *outcome = Err(lost.clone()),
                _ => {}
            }
        }
        done
    }

    fn begin(&self, reserve: bool) -> Result<(), StoreError> {
        self.connection.begin_immediate()?;
        if reserve {
            let upto = self.revs.last() + 2 * REV_BLOCK;
            let sql = "INSERT INTO engine_meta (key, value) VALUES ('rev_reserved', ?1) ON CONFLICT (key) DO UPDATE SET value = excluded.value";
            self.connection.execute(sql, &[Param::Int(upto)])?;
        }
        Ok(())
    }

    fn count_commit(&mut self, reserved: bool) {
        if reserved {
            self.reserved = self.revs.last() + REV_BLOCK;
        }
        self.committed_rev.store(self.revs.last(), Ordering::Release);
        if let Some(second) = &self.second {
            second.ask();
        }
        Counters::add(&self.counters.commits, 1);
        // The first commit after the log was started afresh syncs the log's new header too.
        Counters::add(&self.counters.syncs, if std::mem::take(&mut self.log_restarted) { 2 } else { 1 });
    }

    /// A batch of one needs no savepoint: undoing it is undoing all.
    fn run_alone(&self, job: &mut dyn WriteJob) -> Result<(), StoreError> {
        let verdict = self.guarded(job);
        if verdict != Ok(Verdict::Keep) {
            self.connection.rollback();
        }
        verdict.map(|_| ())
    }

    fn run_in_savepoint(&self, job: &mut dyn WriteJob) -> Result<(), StoreError> {
        self.connection.savepoint()?;
        let verdict = self.guarded(job);
        if !self.connection.in_transaction() {
            return verdict.and(Err(StoreError::NotCommitted("its transaction was undone".into())));
        }
        match verdict {
            Ok(Verdict::Keep) => self.connection.release()?,
            Ok(Verdict::Undo) | Err(_) => self.connection.rollback_to_savepoint()?,
        }
        verdict.map(|_| ())
    }

    fn guarded(&self, job: &mut dyn WriteJob) -> Result<Verdict, StoreError> {
        let tx = Tx { statements: &self.connection, revs: Some(&self.revs), rev: 0 };
        catch_unwind(AssertUnwindSafe(|| job.run(&tx))).map_err(|_| {
            tracing::error!("a write panicked; what it wrote was undone");
            StoreError::Panicked
        })
    }

    fn look_after_the_log(&mut self) {
        let pages = self.log_pages.load(Ordering::Relaxed);
        self.counters.log_pages.store(pages, Ordering::Relaxed);
        let step = pages / CHECKPOINT_PAGES;
        if pages >= self.restart_at {
            self.restart_log(pages);
        } else if step > self.told_step {
            self.checkpoints.ask();
        }
        self.told_step = step;
    }

    fn restart_log(&mut self, pages: u64) {
        if pages >= STALL_PAGES {
            // A slow disk: the log may not outgrow it.
            self.checkpoints.wait();
        }
        match self.connection.checkpoint_restart() {
            Ok(done) if !done.blocked => {
                self.log_restarted = true;
                self.restart_at = RESTART_PAGES;
                Counters::add(&self.counters.log_restarts, 1);
                Counters::add(&self.counters.syncs, 2);
                return;
            }
            Ok(_) => Counters::add(&self.counters.log_restarts_blocked, 1),
            Err(error) => tracing::warn!(%error, "the log could not be started afresh"),
        }
        self.restart_at = pages + RETRY_PAGES;
    }
}

/// The checkpoint thread: copies log pages into the database file beside the writer.
struct Checkpoints {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    asked: bool,
    busy: bool,
    stopped: bool,
}

impl Checkpoints {
    fn start(path: &Path, counters: Arc<Counters>) -> Result<Self, OpenError> {
        let connection = Connection::open_writer(path)?;
        connection.busy_timeout(Duration::ZERO)?;
        let shared = Arc::new(Shared::default());
        let work = {
            let shared = shared.clone();
            move || {
                while shared.next() {
                    match connection.checkpoint_passive() {
                        Ok(_) => {
                            Counters::add(&counters.checkpoints, 1);
                            Counters::add(&counters.syncs, 2);
                        }
                        Err(error) => tracing::debug!(%error, "a checkpoint was put off"),
                    }
                }
            }
        };
        let thread = std::thread::Builder::new().name("tern-checkpoint".into()).spawn(work).map_err(OpenError::Thread)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    fn ask(&self) {
        self.shared.state.lock().asked = true;
        self.shared.changed.notify_all();
    }

    /// Waits until no checkpoint runs.
    fn wait(&self) {
        let mut state = self.shared.state.lock();
        state.asked = false;
        while state.busy {
            self.shared.changed.wait(&mut state);
        }
    }

    fn stop(&mut self) {
        self.shared.state.lock().stopped = true;
        self.shared.changed.notify_all();
        if let Some(thread) = self.thread.take() {
            // It has reported its panic, if it had one.
            let _ = thread.join();
        }
    }
}

impl Shared {
    /// Waits until a checkpoint is asked for; `false`: the end.
    fn next(&self) -> bool {
        let mut state = self.state.lock();
        state.busy = false;
        self.changed.notify_all();
        while !state.asked && !state.stopped {
            self.changed.wait(&mut state);
        }
        state.busy = std::mem::take(&mut state.asked) && !state.stopped;
        state.busy
    }
}
