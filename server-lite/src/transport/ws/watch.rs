//! Ends what nothing is heard of: links that are silent, and phones that have been away for seven days. One timer for all of each.

use super::Links;
use crate::service::{Caller, Context, presence};
use crate::session::{Closing, SessionId};
use crate::store::engine::{StoreError, Tx};
use crate::store::presence as rows;
use crate::transport::dispatch::Task;
use parking_lot::Mutex;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use tern_protocol::clock;
use tern_protocol::model::presence::PUSH_ONLINE_MS;
use tokio::sync::Notify;

/// Links by the moment (`mono_ms`) at which they have been silent too long, unless they are heard before.
#[derive(Default)]
pub(super) struct Watch {
    due: Mutex<BinaryHeap<Reverse<Due>>>,
    earlier: Notify,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at_ms: i64,
    session: SessionId,
    silence_ms: i64,
}

impl Watch {
    /// A link that was just heard.
    pub(super) fn add(&self, session: SessionId, now_ms: i64, silence_ms: i64) {
        let due = Due { at_ms: now_ms + silence_ms, session, silence_ms };
        let mut heap = self.due.lock();
        let is_first = heap.peek().is_none_or(|first| due < first.0);
        heap.push(Reverse(due));
        drop(heap);
        if is_first {
            self.earlier.notify_one();
        }
    }

    fn first(&self) -> Option<i64> {
        self.due.lock().peek().map(|due| due.0.at_ms)
    }

    fn take_due(&self, now_ms: i64) -> Option<Due> {
        let mut heap = self.due.lock();
        match heap.peek() {
            Some(due) if due.0.at_ms <= now_ms => heap.pop().map(|due| due.0),
            _ => None,
        }
    }
}

/// Closes links that are silent, until the server ends.
pub(super) async fn run(links: Arc<Links>) {
    let clock = links.clock().clone();
    loop {
        let first = links.watch.first();
        let wait = async {
            match first {
                Some(at_ms) => clock.sleep_until(at_ms).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = links.watch.earlier.notified() => continue,
            () = links.server.stop.cancelled() => return,
        }
        let now_ms = clock.mono_ms();
        while let Some(due) = links.watch.take_due(now_ms) {
            // A link that ended is not known any more.
            let Some(session) = links.server.sessions.session(due.session) else { continue };
            let silent_at = session.heard_mono_ms() + due.silence_ms;
            if silent_at > now_ms {
                links.watch.due.lock().push(Reverse(Due { at_ms: silent_at, ..due }));
            } else {
                session.close_holding(Closing::Silent, clock.hold());
            }
        }
    }
}

/// Makes phones unreachable that have been away for seven days, until the server ends.
pub(super) async fn expire_phones(links: Arc<Links>) {
    let clock = links.clock().clone();
    let presence = links.server.dispatcher.presence().clone();
    loop {
        let oldest = links.server.db.read(rows::oldest_away).await.unwrap_or_default();
        let wait = async {
            match oldest {
                Some(heard_ms) => clock::sleep(&*clock, heard_ms + PUSH_ONLINE_MS - clock.wall_ms()).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = presence.phone_left() => continue,
            () = links.server.stop.cancelled() => return,
        }
        let Some(app) = links.server.applications.all().into_iter().next() else { continue };
        let expire = |tx: &Tx<'_>, cx: &Context| -> Result<_, StoreError> { presence::expire(tx, cx) };
        let task = Task { app, caller: Caller::Server, work: Box::new(expire), hold: Some(clock.hold()) };
        if let Err(error) = links.server.dispatcher.run(task).await {
            tracing::error!(%error, "phones that were away too long could not be marked");
            // Not again at once: what failed now fails in the next moment too.
            clock::sleep(&*clock, 60_000).await;
        }
    }
}
