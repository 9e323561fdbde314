//! Follows the commits on a thread of its own and makes from them what takes longer than a writer may wait: it reads the database and
//! writes a file beside it. What is in the file can be made again, so a missing, damaged or older one is made anew.

use super::folder::OpenError;
use super::sqlite::Connection;
use super::writer::{OneShot, WriteJob};
use super::{Revs, StoreError, Tx};
use parking_lot::{Condvar, Mutex};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};

/// How long commits are gathered before they are followed: many small steps would cost more than a large one.
const GATHER: Duration = Duration::from_millis(200);
/// How long a step that failed is not tried again.
const AFTER_FAILURE: Duration = Duration::from_secs(5);

/// What follows the commits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SecondPass {
    /// Name of its file in the data folder.
    pub(crate) file: &'static str,
    /// Number of its form; a file of another one is made anew.
    pub(crate) version: i64,
    /// Statements that make its tables.
    pub(crate) tables: &'static str,
    /// Follows a bounded part of what was committed. Own tables stand in the schema `main`, those of the database in `first`.
    pub(crate) step: fn(&Tx<'_>) -> Result<Progress, StoreError>,
    /// Forgets in the database, on the writer, what a step has settled.
    pub(crate) settle: fn(&Tx<'_>, i64) -> Result<(), StoreError>,
}

/// How far a step came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// There may be more to follow at once.
    pub(crate) more: bool,
    /// What `settle` may forget, when the step is committed.
    pub(crate) settled: Option<i64>,
}

impl SecondPass {
    /// Where its file lies beside a database.
    pub(super) fn path(&self, database: &Path) -> PathBuf {
        database.with_file_name(self.file)
    }

    /// Opens the file, made anew if it is not as it should be.
    fn open(&self, database: &Path) -> Result<Connection, StoreError> {
        let path = self.path(database);
        match Connection::open_second(&path, database) {
            Ok(connection) if connection.schema_number().is_ok_and(|number| number == self.version) => return Ok(connection),
            // The connection is closed here, before its file goes.
            Ok(_) | Err(_) => {}
        }
        for end in ["", "-wal", "-shm"] {
            let mut name = path.clone().into_os_string();
            name.push(end);
            // What is not there need not go.
            let _ = std::fs::remove_file(name);
        }
        let connection = Connection::open_second(&path, database)?;
        connection.begin_immediate()?;
        connection.run_script(self.tables)?;
        connection.set_schema_number(self.version)?;
        connection.commit()?;
        Ok(connection)
    }
}

#[derive(Default)]
struct Shared {
    asked: AtomicBool,
    stopped: AtomicBool,
    lock: Mutex<()>,
    changed: Condvar,
}

impl Shared {
    fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Acquire)
    }

    /// Waits until something was committed; `false`: the end.
    fn next(&self) -> bool {
        let mut guard = self.lock.lock();
        while !self.asked.load(Ordering::Acquire) && !self.is_stopped() {
            self.changed.wait(&mut guard);
        }
        drop(guard);
        self.pause(GATHER);
        // From here on a commit asks again.
        self.asked.store(false, Ordering::Release);
        !self.is_stopped()
    }

    /// Waits, unless the end comes.
    fn pause(&self, duration: Duration) {
        let mut guard = self.lock.lock();
        let _ = self.changed.wait_while_for(&mut guard, |_| !self.is_stopped(), duration);
    }
}

/// A second pass at work.
pub(super) struct Following {
    shared: Arc<Shared>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Following {
    pub(super) fn start(pass: SecondPass, database: &Path, writer: mpsc::WeakSender<Box<dyn WriteJob>>) -> Result<Self, OpenError> {
        let connection = pass.open(database)?;
        // What was committed before the last end is followed first.
        let shared = Arc::new(Shared { asked: AtomicBool::new(true), ..Shared::default() });
        let work = {
            let shared = shared.clone();
            move || follow(pass, &connection, &shared, &writer)
        };
        let thread = std::thread::Builder::new().name("tern-second".into()).spawn(work).map_err(OpenError::Thread)?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Something was committed.
    pub(super) fn ask(&self) {
        if !self.shared.asked.swap(true, Ordering::AcqRel) {
            let _guard = self.shared.lock.lock();
            self.shared.changed.notify_all();
        }
    }

    pub(super) fn stop(&mut self) {
        self.shared.stopped.store(true, Ordering::Release);
        {
            let _guard = self.shared.lock.lock();
            self.shared.changed.notify_all();
        }
        if let Some(thread) = self.thread.take() {
            // It has reported its panic, if it had one.
            let _ = thread.join();
        }
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Where the processor is short, those go first who are waited for. (Elsewhere than on Linux it would be the whole process.)
fn step_back() {
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::nice(5) {
        tracing::debug!(%error, "the second pass runs like the others");
    }
}

fn follow(pass: SecondPass, connection: &Connection, shared: &Shared, writer: &mpsc::WeakSender<Box<dyn WriteJob>>) {
    step_back();
    // Said once until it works again: a full disk may stay full for days.
    let mut trouble = String::new();
    while shared.next() {
        loop {
            let progress = match step(pass, connection) {
                Ok(progress) => {
                    trouble.clear();
                    progress
                }
                Err(error) => {
                    let text = error.to_string();
                    if trouble != text {
                        tracing::error!(%error, file = pass.file, "what was committed could not be followed");
                        trouble = text;
                    }
                    shared.pause(AFTER_FAILURE);
                    shared.asked.store(true, Ordering::Release);
                    break;
                }
            };
            if let Some(upto) = progress.settled {
                settle(pass, writer, upto);
            }
            if !progress.more || shared.is_stopped() {
                break;
            }
        }
    }
}

fn step(pass: SecondPass, connection: &Connection) -> Result<Progress, StoreError> {
    connection.begin_read()?;
    let revs = Revs { last: AtomicI64::new(0) };
    let tx = Tx { statements: connection, revs: Some(&revs), rev: 0 };
    let done = (pass.step)(&tx).and_then(|progress| connection.commit().map(|()| progress));
    if done.is_err() {
        connection.rollback();
    }
    done
}

/// Never waits: what is not forgotten now is settled again, and forgotten then.
fn settle(pass: SecondPass, writer: &mpsc::WeakSender<Box<dyn WriteJob>>, upto: i64) {
    let Some(queue) = writer.upgrade() else { return };
    let (reply, _) = oneshot::channel::<Result<(), StoreError>>();
    let closure = move |tx: &Tx<'_>| (pass.settle)(tx, upto);
    let _ = queue.try_send(Box::new(OneShot { closure: Some(closure), result: None, reply }));
}
