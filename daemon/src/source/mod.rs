//! Where pushes come from: a server's outbox (bridge), or the messages of one person (agent).

pub(crate) mod agent;
pub(crate) mod bridge;
#[cfg(test)]
mod tests;

use parking_lot::Mutex;
use serde::Serialize;
use std::sync::Arc;

/// How the link to the server stands, for people.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LinkStatus {
    /// `connecting`, `online`, `offline` or `ended`.
    pub(crate) state: String,
    pub(crate) why: String,
    /// Since when, wall clock milliseconds.
    pub(crate) since_ms: i64,
}

/// The link's state, shared with those who show it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Link(Arc<Mutex<LinkStatus>>);

impl Link {
    pub(crate) fn set(&self, state: &str, why: &str, now_ms: i64) {
        let mut status = self.0.lock();
        if status.state != state || status.why != why {
            *status = LinkStatus { state: state.into(), why: why.into(), since_ms: now_ms };
        }
    }

    pub(crate) fn get(&self) -> LinkStatus {
        self.0.lock().clone()
    }
}
