//! A connection as the rest of the server sees it, with its bounded queue out; who is connected stands in [`Sessions`].

mod registry;
mod subscriptions;

pub(crate) use registry::Sessions;

use crate::service::Weight;
use crate::store::{GroupNo, TinyId};
use axum::extract::ws::Utf8Bytes;
use futures_util::task::AtomicWaker;
use parking_lot::Mutex;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64, Ordering};
use std::task::Poll;
use tern_protocol::SdkAppId;
use tern_protocol::clock::Hold;
use tern_protocol::event::Kickout;

/// Frames that may wait for a reader. A reader that is slower is disconnected and catches up by sequence.
pub(crate) const QUEUE_FRAMES: usize = 256;
/// Bytes of the frames that may wait: a page of history is the answer to each request that may be under way.
const QUEUE_BYTES: usize = 48 * 1024 * 1024;

/// What of a live room's events still goes to a session, by how many frames wait for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Everything.
    All,
    /// What has at least this weight.
    From(Weight),
    /// Nothing.
    Nothing,
}

impl Level {
    /// The level of a queue.
    const fn at(waiting: usize) -> Self {
        const QUARTER: usize = QUEUE_FRAMES / 4;
        match waiting / QUARTER {
            0 => Self::All,
            1 => Self::From(Weight::Normal),
            2 => Self::From(Weight::High),
            _ => Self::Nothing,
        }
    }

    /// Whether something of a weight goes.
    pub(crate) fn takes(self, weight: Weight) -> bool {
        match self {
            Self::All => true,
            Self::From(least) => weight >= least,
            Self::Nothing => false,
        }
    }
}

/// What was done for live rooms, for `/metrics`.
#[derive(Debug, Default)]
pub(crate) struct RoomEvents {
    /// Events left out for sessions that read too slowly, by [`Weight`].
    pub(crate) dropped: [AtomicU64; 4],
    /// Events handed to sessions.
    pub(crate) delivered: AtomicU64,
    /// Frames that they came in.
    pub(crate) frames: AtomicU64,
}

/// A link's number, `InstId` of a login's answer. Never used twice while the server runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct SessionId(pub(crate) u64);

/// A frame on its way out; the bytes are shared by all who get the same event.
#[derive(Clone, Debug)]
pub(crate) struct Outgoing {
    /// JSON text.
    pub(crate) text: Utf8Bytes,
    /// An answer goes out in the kind of its request, an event (`None`) in the kind of the login.
    pub(crate) binary: Option<bool>,
}

/// Why the server closes a link.
#[derive(Clone, Debug)]
pub(crate) enum Closing {
    /// Its queue is full.
    SlowReader,
    /// Told to go; the frame that says so is sent first.
    Kicked(Box<Kickout>),
    /// The same installation logged in again.
    Replaced,
    /// It logged out; the answer is sent first.
    LoggedOut,
    /// Its UserSig has come to its end; the answer that says so is sent first.
    SigExpired,
    /// Nothing was heard for too long.
    Silent,
    /// The server ends.
    ServerEnds,
}

/// Whose link it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A person's.
    User(TinyId),
    /// A push bridge's.
    Bridge,
}

/// What others must know of a link, and the queue of what goes out over it.
#[derive(Debug)]
pub(crate) struct Session {
    /// Its number.
    pub(crate) id: SessionId,
    /// Whose it is.
    pub(crate) owner: Owner,
    outbox: Mutex<Outbox>,
    /// The connection's task, when it waits.
    connection: AtomicWaker,
    heard_mono_ms: AtomicI64,
    in_flight: AtomicU32,
    groups: Mutex<Vec<GroupNo>>,
    /// Applications a bridge serves; `None`: all, or no bridge.
    bridge_apps: Option<Vec<SdkAppId>>,
}

/// Nothing is allocated while nothing waits: idle links are many.
#[derive(Debug, Default)]
struct Outbox {
    frames: VecDeque<Outgoing>,
    /// Of all frames together.
    bytes: usize,
    closing: Option<Closing>,
    hold: Option<Hold>,
}

impl Outbox {
    fn push(&mut self, frame: Outgoing) {
        self.bytes += frame.text.len();
        self.frames.push_back(frame);
    }

    fn take(&mut self) -> VecDeque<Outgoing> {
        self.bytes = 0;
        std::mem::take(&mut self.frames)
    }
}

impl Session {
    /// A link that is logged in but not yet known to others.
    pub(crate) fn new(id: SessionId, owner: Owner, bridge_apps: Option<Vec<SdkAppId>>, now_mono_ms: i64) -> Arc<Self> {
        Arc::new(Self {
            id,
            owner,
            outbox: Mutex::default(),
            connection: AtomicWaker::new(),
            heard_mono_ms: AtomicI64::new(now_mono_ms),
            in_flight: AtomicU32::new(0),
            groups: Mutex::new(Vec::new()),
            bridge_apps,
        })
    }

    /// Queues a frame; a full queue closes the link, and wakes it so that it sees that. Never waits.
    pub(crate) fn send(&self, frame: Outgoing) {
        let mut outbox = self.outbox.lock();
        let waiting = outbox.frames.len();
        let wakes = match waiting < QUEUE_FRAMES && outbox.bytes + frame.text.len() <= QUEUE_BYTES {
            true => {
                outbox.push(frame);
                waiting == 0
            }
            false => {
                let is_first = outbox.closing.is_none();
                outbox.closing.get_or_insert(Closing::SlowReader);
                is_first
            }
        };
        drop(outbox);
        if wakes {
            self.connection.wake();
        }
    }

    /// Queues the frame of a live room that `pick` makes for a level: the fuller the queue, the more is left out. A room never fills a
    /// queue to its end, so that what must come has its place.
    pub(crate) fn send_by_room(&self, pick: impl FnOnce(Level) -> Option<Outgoing>) {
        let mut outbox = self.outbox.lock();
        let waiting = outbox.frames.len();
        let Some(frame) = pick(Level::at(waiting)) else { return };
        outbox.push(frame);
        drop(outbox);
        if waiting == 0 {
            self.connection.wake();
        }
    }

    /// Ends the link from outside and wakes its task. The first reason stands.
    pub(crate) fn close(&self, why: Closing) {
        self.end(why, None);
    }

    /// As [`Session::close`]; the clock waits until the connection has [taken](Session::take_hold) the hold and is done with it.
    pub(crate) fn close_holding(&self, why: Closing, hold: Hold) {
        self.end(why, Some(hold));
    }

    fn end(&self, why: Closing, hold: Option<Hold>) {
        let mut outbox = self.outbox.lock();
        outbox.closing.get_or_insert(why);
        if hold.is_some() {
            outbox.hold = hold;
        }
        drop(outbox);
        self.connection.wake();
    }

    /// What keeps the clock waiting for this link's end.
    pub(crate) fn take_hold(&self) -> Option<Hold> {
        self.outbox.lock().hold.take()
    }

    /// Waits for frames to send, all that are queued; or for the reason to end, which comes first.
    /// Only the connection's own task may wait.
    pub(crate) async fn outgoing(&self) -> Result<VecDeque<Outgoing>, Closing> {
        poll_fn(|cx| {
            self.connection.register(cx.waker());
            let mut outbox = self.outbox.lock();
            match (&outbox.closing, outbox.frames.is_empty()) {
                (Some(why), _) => Poll::Ready(Err(why.clone())),
                (None, false) => Poll::Ready(Ok(outbox.take())),
                (None, true) => Poll::Pending,
            }
        })
        .await
    }

    /// Waits for the reason to end alone, while frames are being written.
    pub(crate) async fn closed(&self) -> Closing {
        poll_fn(|cx| {
            self.connection.register(cx.waker());
            self.outbox.lock().closing.clone().map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }

    /// What is still queued when the link ends.
    pub(crate) fn take_rest(&self) -> VecDeque<Outgoing> {
        self.outbox.lock().take()
    }

    /// A request was queued. Its answer wakes the connection, which then looks at [`Session::in_flight`] again.
    pub(crate) fn request_begins(&self) {
        self.in_flight.fetch_add(1, Ordering::Relaxed);
    }

    /// A request is answered.
    pub(crate) fn answer(&self, frame: Outgoing) {
        self.in_flight.fetch_sub(1, Ordering::Relaxed);
        self.send(frame);
    }

    /// Requests that are not answered yet.
    pub(crate) fn in_flight(&self) -> u32 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Bytes came over the link.
    pub(crate) fn heard(&self, mono_ms: i64) {
        self.heard_mono_ms.store(mono_ms, Ordering::Relaxed);
    }

    /// When bytes last came, on the clock's `mono_ms`.
    pub(crate) fn heard_mono_ms(&self) -> i64 {
        self.heard_mono_ms.load(Ordering::Relaxed)
    }
}
