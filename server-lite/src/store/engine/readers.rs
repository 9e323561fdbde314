//! Reader threads: each closure sees one snapshot of what is committed.

use super::folder::OpenError;
use super::sqlite::Connection;
use super::{StoreError, Tx};
use parking_lot::{Condvar, Mutex};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Closures that may wait; one more is refused.
const READ_QUEUE: usize = 4_096;

/// A closure that reads and passes its result on by itself.
pub(crate) type ReadJob = Box<dyn FnOnce(Result<&Tx<'_>, StoreError>) + Send>;

pub(super) struct Readers {
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

#[derive(Default)]
struct Queue {
    jobs: VecDeque<ReadJob>,
    stopped: bool,
}

impl Readers {
    pub(super) fn start(
        path: &Path,
        beside: Option<&Path>,
        threads: usize,
        committed_rev: Arc<AtomicI64>,
    ) -> Result<Self, OpenError> {
        let shared = Arc::new(Shared::default());
        for n in 0..threads {
            let connection = Connection::open_reader(path, beside)?;
            let (shared, committed_rev) = (shared.clone(), committed_rev.clone());
            let name = format!("tern-read-{n}");
            let thread = std::thread::Builder::new().name(name).spawn(move || work(&connection, &shared, &committed_rev));
            thread.map_err(OpenError::Thread)?;
        }
        Ok(Self { shared })
    }

    pub(super) fn submit(&self, job: ReadJob) -> Result<(), (StoreError, ReadJob)> {
        let mut queue = self.shared.queue.lock();
        if queue.stopped {
            return Err((StoreError::Closed, job));
        }
        if queue.jobs.len() >= READ_QUEUE {
            return Err((StoreError::Busy, job));
        }
        queue.jobs.push_back(job);
        self.shared.wake.notify_one();
        Ok(())
    }

    pub(super) fn stop(&self) {
        self.shared.queue.lock().stopped = true;
        self.shared.wake.notify_all();
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    fn next(&self) -> Option<ReadJob> {
        let mut queue = self.queue.lock();
        loop {
            if let Some(job) = queue.jobs.pop_front() {
                return Some(job);
            }
            if queue.stopped {
                return None;
            }
            self.wake.wait(&mut queue);
        }
    }
}

fn work(connection: &Connection, shared: &Shared, committed_rev: &AtomicI64) {
    while let Some(job) = shared.next() {
        // Read before the snapshot begins: everything up to this number is then in the snapshot.
        let rev = committed_rev.load(Ordering::Acquire);
        let ran = catch_unwind(AssertUnwindSafe(|| match connection.begin_read() {
            Ok(()) => job(Ok(&Tx { statements: connection, revs: None, rev })),
            Err(error) => job(Err(error)),
        }));
        if ran.is_err() {
            tracing::error!("a read panicked");
        }
        connection.rollback();
    }
}
