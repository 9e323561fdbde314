//! Faults on demand.

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Faults waiting at most.
const WAITING: usize = 10_000;

/// How a gateway fails a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fault {
    /// This status with this word of the provider.
    Answer {
        /// HTTP status.
        status: u16,
        /// `reason` of APNs, `errorCode` of FCM.
        reason: String,
        /// `Retry-After`, in either form.
        #[serde(default)]
        retry_after: Option<String>,
    },
    /// This status with this body, whatever it is.
    Raw {
        /// HTTP status.
        status: u16,
        /// The body as sent.
        body: String,
    },
    /// The push is taken, and the connection told to end (GOAWAY).
    GoAway,
    /// The connection is cut before the request is read.
    CutBefore,
    /// The push is taken, and the connection cut before the answer.
    CutAfter,
    /// The push is taken, and the answer comes after this many milliseconds of real time.
    Slow {
        /// Milliseconds.
        ms: u64,
    },
}

impl Fault {
    /// An answer of status and word.
    pub fn answer(status: u16, reason: &str) -> Self {
        Self::Answer { status, reason: reason.into(), retry_after: None }
    }
}

/// Faults that wait for their request.
#[derive(Default)]
pub(super) struct Faults(Mutex<VecDeque<(String, Fault)>>);

impl Faults {
    pub(super) fn add(&self, prefix: &str, faults: impl IntoIterator<Item = Fault>) {
        let mut waiting = self.0.lock();
        for fault in faults.into_iter().take(WAITING) {
            if waiting.len() == WAITING {
                waiting.pop_front();
            }
            waiting.push_back((prefix.to_owned(), fault));
        }
    }

    pub(super) fn clear(&self) {
        self.0.lock().clear();
    }

    /// The fault of a request to this device.
    pub(super) fn take(&self, token: &str) -> Option<Fault> {
        let mut waiting = self.0.lock();
        let at = waiting.iter().position(|(prefix, _)| token.starts_with(prefix.as_str()))?;
        waiting.remove(at).map(|(_, fault)| fault)
    }
}
