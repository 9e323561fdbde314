//! Stretches of a conversation that are not the newest: what a jump shows, and how memory stays bounded while one scrolls.

use super::{RowKey, Scroll, Timeline, stored};
use crate::state::message::Message;

/// Rows kept in memory on either side of what is seen.
const KEPT_ROWS: usize = 300;
/// Rows from which on memory is tidied.
const MOST_ROWS: usize = 2 * KEPT_ROWS + 200;

/// A piece of a conversation, named by where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WindowAt {
    /// Both sides of a place.
    Around(u64),
    /// Both sides of the first message at or after this server time, seconds.
    AroundTime(i64),
    /// Below a place.
    Before(u64),
    /// Above a place.
    After(u64),
}

/// Who is asked for a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Local,
    Server,
}

/// Where a jump leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Goal {
    /// The message at a place.
    Place(u64),
    /// The message with this ID.
    Id(String),
    /// The first message at or after this server time, seconds.
    Time(i64),
    /// The first message above a place, at the top of the view: where reading goes on.
    Unread(u64),
    /// The next mention of this person; so many pages were read already.
    Mention { pages: u32 },
}

/// A piece that is being fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fetch {
    pub(crate) at: WindowAt,
    pub(crate) source: Source,
    /// `None`: the stretch that is shown grows.
    pub(crate) goal: Option<Goal>,
}

/// The newest stretch while another one is shown.
#[derive(Clone, Debug, Default)]
pub(super) struct Parked {
    pub(super) rows: Vec<Message>,
    read_down_to: u64,
    at_start: bool,
}

impl Timeline {
    /// An older stretch is shown: new messages do not appear until its end is reached.
    pub(crate) fn is_detached(&self) -> bool {
        self.parked.is_some()
    }

    /// The place up to which an older stretch is in memory.
    pub(crate) fn read_up_to(&self) -> Option<u64> {
        self.is_detached().then_some(self.read_up_to)
    }

    /// Works on the newest stretch, whichever is shown.
    pub(crate) fn with_newest<R>(&mut self, work: impl FnOnce(&mut Self) -> R) -> R {
        let Some(parked) = self.parked.take() else { return work(self) };
        let shown = self.swap(parked);
        let answer = work(self);
        let parked = self.swap(shown);
        self.parked = Some(parked);
        answer
    }

    /// Looks at the rows of the newest stretch.
    pub(super) fn on_newest_rows<R>(&self, look: impl FnOnce(&[Message]) -> R) -> R {
        look(self.parked.as_ref().map_or(&self.rows, |parked| &parked.rows))
    }

    fn swap(&mut self, other: Parked) -> Parked {
        Parked {
            rows: std::mem::replace(&mut self.rows, other.rows),
            read_down_to: std::mem::replace(&mut self.read_down_to, other.read_down_to),
            at_start: std::mem::replace(&mut self.at_start, other.at_start),
        }
    }

    /// Shows the stretch `from..=to`, which has these messages, by rising place.
    pub(crate) fn show_stretch(&mut self, from: u64, to: u64, rows: Vec<Message>) {
        let newest = self.swap(Parked { rows, read_down_to: from, at_start: false });
        self.parked.get_or_insert(newest);
        self.read_up_to = to;
        self.join();
    }

    /// The shown older stretch reaches from `from` to `to` too.
    pub(crate) fn grow(&mut self, from: u64, to: u64, messages: Vec<Message>) {
        if !self.is_detached() || from > self.read_up_to.saturating_add(1) || to.saturating_add(1) < self.read_down_to {
            return;
        }
        for message in messages {
            self.insert_stored(message);
        }
        self.read_down_to = self.read_down_to.min(from);
        self.read_up_to = self.read_up_to.max(to);
        self.join();
    }

    /// The older stretch has reached the newest one: they are one from now on.
    pub(crate) fn join(&mut self) {
        let Some(parked) = &self.parked else { return };
        if parked.read_down_to == 0 || self.read_up_to.saturating_add(1) < parked.read_down_to {
            return;
        }
        if let Some(parked) = self.parked.take() {
            let at_start = self.at_start || (parked.at_start && parked.read_down_to <= self.read_down_to);
            self.read_down_to = self.read_down_to.min(parked.read_down_to);
            self.at_start = at_start;
            for message in parked.rows {
                self.insert_newest(message);
            }
        }
    }

    /// Back to the newest stretch.
    pub(crate) fn attach(&mut self) {
        if let Some(parked) = self.parked.take() {
            self.swap(parked);
            self.selected = None;
        }
    }

    /// The stretch that a place is in, of those in memory: it is shown then. False: it has to be fetched.
    pub(crate) fn shows_or_holds(&mut self, place: u64) -> bool {
        let last = if self.is_detached() { self.read_up_to } else { self.newest_place().unwrap_or(0) };
        if self.read_down_to > 0 && (self.read_down_to..=last).contains(&place) {
            return true;
        }
        let in_newest = self.parked.as_ref().is_some_and(|parked| {
            let last = stored(&parked.rows).checked_sub(1).and_then(|index| parked.rows[index].place).unwrap_or(0);
            parked.read_down_to > 0 && (parked.read_down_to..=last).contains(&place)
        });
        if in_newest {
            self.attach();
        }
        in_newest
    }

    /// Where a named row is, or the one that has come into its place.
    pub(crate) fn index_near(&self, key: &RowKey) -> Option<usize> {
        self.index(key).or_else(|| match key {
            RowKey::Place(place) => self.row_from(*place),
            RowKey::Unsent(_) => None,
        })
    }

    /// The first stored row at a place or above it.
    pub(crate) fn row_from(&self, place: u64) -> Option<usize> {
        let at = self.rows.partition_point(|row| row.place.is_some_and(|other| other < place));
        (at < self.rows.len()).then_some(at)
    }

    /// Drops rows far from what is seen: they are in the database and come back when one scrolls to them.
    pub(crate) fn trim(&mut self) {
        if self.rows.len() <= MOST_ROWS {
            return;
        }
        let stored = self.stored();
        let seen = match &self.scroll {
            Scroll::Tail => stored,
            Scroll::At { row, .. } => self.index_near(row).unwrap_or(stored).min(stored),
        };
        let (first, end) = (seen.saturating_sub(KEPT_ROWS), (seen + KEPT_ROWS).min(stored));
        if end < stored {
            if self.is_detached() {
                self.rows.truncate(end);
            } else {
                self.park(end);
            }
            self.read_up_to = self.rows.last().and_then(|row| row.place).unwrap_or(self.read_up_to);
        }
        if first > 0 {
            self.rows.drain(..first);
            self.at_start = false;
            self.read_down_to = self.oldest_place().unwrap_or(self.read_down_to);
        }
    }

    /// Splits the newest stretch: what is seen stays, its end waits, and what lies between is left to the database.
    fn park(&mut self, end: usize) {
        let from = end.max(self.stored().saturating_sub(KEPT_ROWS));
        let rows = self.rows.split_off(from);
        self.rows.truncate(end);
        let read_down_to = rows.first().and_then(|row| row.place).unwrap_or(0);
        self.parked = Some(Parked { rows, read_down_to, at_start: false });
    }

    /// Takes out what is stored below a place.
    pub(crate) fn drop_below(&mut self, place: u64) {
        self.attach();
        self.rows.retain(|row| row.place.is_none_or(|other| other >= place));
        (self.scroll, self.selected, self.divider) = (Scroll::Tail, None, None);
    }

    /// Whoever scrolled to the end wants the newest.
    pub(crate) fn keep_at_end(&mut self) {
        if self.scroll == Scroll::Tail {
            self.attach();
        }
    }

    /// Only what is seen first when the conversation is opened again stays.
    pub(crate) fn rest(&mut self) {
        self.attach();
        self.scroll = Scroll::Tail;
        self.selected = None;
        self.below = 0;
        self.divider = None;
        (self.fetch, self.landing) = (None, None);
        self.mentions.clear();
        self.mentioned_above = None;
        self.trim();
    }
}
