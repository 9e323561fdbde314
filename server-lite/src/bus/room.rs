//! Events of live rooms: several that come soon after each other go to each session in one frame, and so share one wake and one write.
//!
//! The first event after a quiet moment goes out at once; what comes within the window after it waits for the window's end. Only rooms
//! with many sessions do so: in small ones nothing is saved. In real time: it is about system calls, not about the product's rules.

use crate::service::Weight;
use crate::session::{Level, Outgoing, SessionId, Sessions};
use crate::store::GroupNo;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tern_protocol::clock::{Clock as _, SystemClock, sleep};
use tern_protocol::frame;
use tokio::runtime::Handle;

/// Sessions from which on a room's events wait for each other.
const MANY: usize = 200;
/// Items and bytes that wait; then they go out at once.
const ITEMS: usize = 64;
const BYTES: usize = 192 * 1024;

/// Milliseconds in which the events of a room wait for each other by default.
pub(crate) const WINDOW_MS: u64 = 100;

/// An event of a room on its way: its JSON, once for all.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) text: String,
    pub(super) weight: Weight,
    /// Gets no echo.
    pub(super) except: Option<SessionId>,
}

#[derive(Debug, Default)]
struct Pipe {
    items: Vec<Item>,
    bytes: usize,
    /// `mono_ms` of the last frame.
    sent_ms: i64,
    is_due: bool,
}

/// Where the events of rooms wait.
#[derive(Debug)]
pub(super) struct Pipes {
    sessions: Arc<Sessions>,
    window_ms: i64,
    clock: SystemClock,
    runtime: Option<Handle>,
    pipes: Mutex<HashMap<GroupNo, Pipe>>,
}

impl Pipes {
    pub(super) fn new(sessions: Arc<Sessions>, window_ms: u64) -> Self {
        let window_ms = i64::try_from(window_ms).unwrap_or(0);
        Self { sessions, window_ms, clock: SystemClock::new(), runtime: Handle::try_current().ok(), pipes: Mutex::default() }
    }

    /// Sends an event to a room, now or within the window.
    pub(super) fn send(self: &Arc<Self>, group: GroupNo, item: Item) {
        let waits = self.window_ms > 0 && self.runtime.is_some() && self.sessions.count_of_group(group) >= MANY;
        let mut pipes = self.pipes.lock();
        if !waits {
            let mut items = pipes.remove(&group).map(|pipe| pipe.items).unwrap_or_default();
            items.push(item);
            return self.deliver(group, &items);
        }
        let now_ms = self.clock.mono_ms();
        let window_ms = self.window_ms;
        let pipe = pipes.entry(group).or_insert_with(|| Pipe { sent_ms: now_ms - window_ms, ..Pipe::default() });
        pipe.bytes += item.text.len();
        pipe.items.push(item);
        let wait_ms = pipe.sent_ms + window_ms - now_ms;
        if wait_ms <= 0 || pipe.items.len() >= ITEMS || pipe.bytes >= BYTES {
            pipe.sent_ms = now_ms;
            pipe.bytes = 0;
            let items = std::mem::take(&mut pipe.items);
            return self.deliver(group, &items);
        }
        if !pipe.is_due
            && let Some(runtime) = &self.runtime
        {
            pipe.is_due = true;
            let pipes = Arc::clone(self);
            runtime.spawn(async move {
                sleep(&pipes.clock, wait_ms).await;
                pipes.window_ends(group);
            });
        }
    }

    /// Sends what waits: something that must not overtake it comes next.
    pub(super) fn flush(&self, group: GroupNo) {
        let mut pipes = self.pipes.lock();
        let Some(pipe) = pipes.get_mut(&group) else { return };
        pipe.bytes = 0;
        let items = std::mem::take(&mut pipe.items);
        self.deliver(group, &items);
    }

    fn window_ends(&self, group: GroupNo) {
        let mut pipes = self.pipes.lock();
        let Some(pipe) = pipes.get_mut(&group) else { return };
        (pipe.is_due, pipe.bytes) = (false, 0);
        pipe.sent_ms = self.clock.mono_ms();
        let items = std::mem::take(&mut pipe.items);
        if items.is_empty() {
            pipes.remove(&group);
            return;
        }
        self.deliver(group, &items);
    }

    /// One frame for each session. Called under the lock of the pipes, so that two batches of a room keep their order.
    fn deliver(&self, group: GroupNo, items: &[Item]) {
        if items.is_empty() {
            return;
        }
        let mut batch = Batch { items, shared: Default::default(), dropped: [0; 4], delivered: 0, frames: 0 };
        self.sessions.each_of_group(group, None, |session| session.send_by_room(|level| batch.frame(session.id, level)));
        let events = &self.sessions.room_events;
        for (counter, dropped) in events.dropped.iter().zip(batch.dropped) {
            counter.fetch_add(dropped, Ordering::Relaxed);
        }
        events.delivered.fetch_add(batch.delivered, Ordering::Relaxed);
        events.frames.fetch_add(batch.frames, Ordering::Relaxed);
    }
}

/// Events that go out together: one frame for all sessions that get the same of them.
struct Batch<'a> {
    items: &'a [Item],
    /// Of everything, from Normal on, from High on.
    shared: [Option<Outgoing>; 3],
    dropped: [u64; 4],
    delivered: u64,
    frames: u64,
}

impl Batch<'_> {
    /// The frame for one session; `None`: it gets nothing of this.
    fn frame(&mut self, session: SessionId, level: Level) -> Option<Outgoing> {
        let is_own = |item: &Item| item.except == Some(session);
        if level != Level::All {
            for item in self.items.iter().filter(|item| !is_own(item) && !level.takes(item.weight)) {
                self.dropped[item.weight as usize] += 1;
            }
        }
        let count = self.items.iter().filter(|item| !is_own(item) && level.takes(item.weight)).count();
        if count == 0 {
            return None;
        }
        self.delivered += count as u64;
        self.frames += 1;
        if self.items.iter().any(is_own) {
            return Some(self.make(|item| !is_own(item) && level.takes(item.weight)));
        }
        let place = match level {
            Level::All => 0,
            Level::From(Weight::High) => 2,
            Level::From(_) | Level::Nothing => 1,
        };
        if self.shared[place].is_none() {
            self.shared[place] = Some(self.make(|item| level.takes(item.weight)));
        }
        self.shared[place].clone()
    }

    fn make(&self, wanted: impl Fn(&Item) -> bool) -> Outgoing {
        let texts: Vec<_> = self.items.iter().filter(|item| wanted(item)).map(|item| item.text.as_str()).collect();
        Outgoing { text: frame::event_frame(&texts).into(), binary: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::{Owner, QUEUE_FRAMES, Session};
    use crate::store::TinyId;

    const ROOM: GroupNo = GroupNo(7);

    fn item(text: &str, weight: Weight) -> Item {
        Item { text: format!("\"{text}\""), weight, except: None }
    }

    fn room(people: u64) -> (Arc<Sessions>, Vec<Arc<Session>>) {
        let sessions = Arc::new(Sessions::default());
        let links = (0..people).map(|user| {
            let link = Session::new(sessions.next_id(), Owner::User(TinyId(user)), None, 0);
            sessions.add(&link, Vec::new());
            sessions.enter_room(ROOM, link.id);
            link
        });
        let links = links.collect();
        (sessions, links)
    }

    fn texts(link: &Session) -> Vec<String> {
        link.take_rest().iter().map(|frame| frame.text.to_string()).collect()
    }

    #[tokio::test]
    async fn a_large_rooms_events_share_frames_and_keep_their_order() {
        let (sessions, links) = room(300);
        let pipes = Arc::new(Pipes::new(sessions, 20));
        for at in 0..5 {
            let except = (at == 3).then_some(links[1].id);
            pipes.send(ROOM, Item { except, ..item(&at.to_string(), Weight::Normal) });
        }
        assert_eq!(texts(&links[0]).len(), 1, "the first goes at once");
        sleep(&SystemClock::new(), 60).await;
        let frames = texts(&links[0]);
        assert_eq!(frames.len(), 1, "the others together");
        let places: Vec<_> = (1..5).map(|at| frames[0].find(&format!("\"{at}\"")).unwrap()).collect();
        assert!(places.is_sorted(), "{frames:?}");
        let own = texts(&links[1]);
        assert!(own.len() == 2 && !own[1].contains("\"3\"") && own[1].contains("\"4\""), "no echo: {own:?}");
    }

    #[test]
    fn a_session_that_reads_slowly_loses_the_lightest_first_and_is_never_closed_by_a_room() {
        let (sessions, links) = room(1);
        let pipes = Arc::new(Pipes::new(sessions.clone(), 0));
        for _ in 0..QUEUE_FRAMES {
            for weight in [Weight::Lowest, Weight::Low, Weight::Normal, Weight::High] {
                pipes.send(ROOM, item(&format!("{weight:?}"), weight));
            }
        }
        let got = texts(&links[0]);
        let count = |name: &str| got.iter().filter(|text| text.contains(&format!("\"{name}\""))).count();
        assert!(got.len() < QUEUE_FRAMES, "room is left for what must come");
        assert!(
            count("Lowest") == count("Low") && count("Low") < count("Normal") && count("Normal") < count("High"),
            "{}",
            got.len()
        );
        let dropped: u64 = sessions.room_events.dropped.iter().map(|count| count.load(Ordering::Relaxed)).sum();
        assert_eq!(dropped + got.len() as u64, 4 * QUEUE_FRAMES as u64, "all are accounted for");
    }
}
