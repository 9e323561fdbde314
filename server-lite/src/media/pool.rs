//! Makes smaller sizes of pictures on one thread of its own, off the way of messages: however many pictures come, one is decoded at a
//! time, and a few wait.

use super::picture::{self, Sizes};
use super::sniff::Format;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use tokio::sync::{mpsc, oneshot};

/// Pictures that may wait; who has one more waits for a place with its upload.
const QUEUE: usize = 16;

struct Job {
    path: PathBuf,
    format: Format,
    reply: oneshot::Sender<Sizes>,
}

/// Handle of the thread; the thread ends with it.
#[derive(Debug)]
pub(crate) struct Pool {
    queue: mpsc::Sender<Job>,
}

impl Pool {
    /// Starts the thread.
    pub(crate) fn start() -> io::Result<Self> {
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        std::thread::Builder::new().name("tern-pictures".into()).spawn(move || {
            while let Some(job) = jobs.blocking_recv() {
                if job.reply.is_closed() {
                    continue;
                }
                // The uploader may have gone.
                let _ = job.reply.send(guarded(|| picture::sizes(&job.path, job.format)));
            }
        })?;
        Ok(Self { queue })
    }

    /// Sizes of a picture; whatever happens to it, at least an empty answer.
    pub(crate) async fn sizes(&self, path: PathBuf, format: Format) -> Sizes {
        let (reply, answer) = oneshot::channel();
        if self.queue.send(Job { path, format, reply }).await.is_err() {
            return Sizes::default();
        }
        answer.await.unwrap_or_default()
    }
}

/// A decoder that panics over a picture must not take the thread with it.
fn guarded(work: impl FnOnce() -> Sizes) -> Sizes {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| {
        tracing::error!("a picture's decoder panicked; the picture keeps its original");
        Sizes::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_over_a_picture_ends_in_an_empty_answer() {
        assert_eq!(guarded(|| panic!("hostile picture")), Sizes::default());
    }

    #[tokio::test]
    async fn what_is_no_picture_gets_an_answer_and_the_thread_goes_on() {
        let pool = Pool::start().unwrap();
        for _ in 0..3 {
            assert_eq!(pool.sizes("/nowhere".into(), Format::Png).await, Sizes::default());
        }
    }
}
