//! The local gateways that stand in for Apple's and Google's.

use std::sync::atomic::{AtomicU64, Ordering};

use tern_daemon::sandbox::{Pushed, Sandbox};

use crate::wait::{LIMIT, soon};

/// Certificate that bridges of these gateways use for APNs.
pub const APNS: i64 = 1;
/// Certificate for FCM.
pub const FCM: i64 = 2;

/// Both gateways, and which of their pushes a story has seen.
pub struct Gateway {
    /// The gateways.
    pub sandbox: Sandbox,
    seen: AtomicU64,
}

impl Gateway {
    /// Watches gateways from their start.
    pub fn new(sandbox: Sandbox) -> Self {
        Self { sandbox, seen: AtomicU64::new(0) }
    }

    /// The next push that a gateway takes.
    ///
    /// # Panics
    /// When none comes.
    pub async fn next_push(&self) -> Pushed {
        let seen = self.seen.fetch_add(1, Ordering::SeqCst);
        match soon("a push", self.sandbox.next_after(seen, LIMIT)).await {
            Some(push) => push,
            None => panic!("no push came; refused were {:?}", self.sandbox.refusals()),
        }
    }

    /// How many pushes the gateways took that the story has not seen.
    pub fn unseen(&self) -> u64 {
        *self.sandbox.taken().borrow() - self.seen.load(Ordering::SeqCst)
    }
}
