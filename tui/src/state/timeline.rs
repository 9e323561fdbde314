//! The messages of one conversation that are in memory: a stretch without holes up to the newest, then what is not sent yet;
//! or, after a jump, an older stretch, while the newest one waits (`window`).

mod window;

use super::held::Held;
use super::message::Message;
use super::pins::Pins;

pub(crate) use window::{Fetch, Goal, Source, WindowAt};

/// A row, named so that it stays the same while others come and go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowKey {
    Place(u64),
    Unsent(String),
}

/// What part of the timeline is seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Scroll {
    /// The newest; new messages appear.
    #[default]
    Tail,
    /// The last line seen is `below` lines above the end of `row`'s block.
    At { row: RowKey, below: usize },
}

/// What is being fetched for the timeline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Loading {
    #[default]
    Nothing,
    /// From the local database.
    Local,
    /// From the server, going back.
    Older,
    /// From the server, what is missing at the end.
    Newest,
}

/// One conversation's messages.
#[derive(Clone, Debug, Default)]
pub(crate) struct Timeline {
    /// Stored ones by place, then unsent ones in the order they were written.
    rows: Vec<Message>,
    pub(crate) held: Held,
    pub(crate) scroll: Scroll,
    pub(crate) loading: Loading,
    /// The local database was read.
    pub(crate) loaded: bool,
    /// From this place on, everything that the local database has is in memory; 0: nothing was read yet.
    pub(crate) read_down_to: u64,
    /// Nothing older exists.
    pub(crate) at_start: bool,
    /// Why older messages did not come, until it is tried again.
    pub(crate) trouble: Option<String>,
    /// Messages above this place were unread when the conversation was opened.
    pub(crate) divider: Option<u64>,
    /// Messages that came while the end was out of sight.
    pub(crate) below: usize,
    /// The message that actions are about.
    pub(crate) selected: Option<RowKey>,
    /// The newest stretch while another one is shown.
    parked: Option<window::Parked>,
    /// Of a stretch that is not the newest: up to this place everything is in memory.
    read_up_to: u64,
    /// What is being fetched for a jump, or for a stretch that is not the newest.
    pub(crate) fetch: Option<Fetch>,
    /// A jump for whose place in the view rows around it are still missing.
    pub(crate) landing: Option<Goal>,
    /// Mentions of this person that were not seen when they came: their places, rising.
    pub(crate) mentions: Vec<u64>,
    /// Somebody was mentioned above this place before the conversation was opened; where is not known yet.
    pub(crate) mentioned_above: Option<u64>,
    /// Pinned messages of the group.
    pub(crate) pins: Pins,
}

impl Timeline {
    /// The messages from the oldest to the newest.
    pub(crate) fn rows(&self) -> &[Message] {
        &self.rows
    }

    /// The name of a row.
    pub(crate) fn key(&self, index: usize) -> Option<RowKey> {
        let row = self.rows.get(index)?;
        Some(row.place.map_or_else(|| RowKey::Unsent(row.msg_id.clone()), RowKey::Place))
    }

    /// Where a named row is now.
    pub(crate) fn index(&self, key: &RowKey) -> Option<usize> {
        match key {
            RowKey::Place(place) => self.rows[..self.stored()].binary_search_by_key(place, |row| row.place.unwrap_or(0)).ok(),
            RowKey::Unsent(id) => self.rows.iter().position(|row| row.place.is_none() && row.msg_id == *id),
        }
    }

    /// The selected message.
    pub(crate) fn selected_row(&self) -> Option<&Message> {
        self.selected.as_ref().and_then(|key| self.index(key)).and_then(|index| self.rows.get(index))
    }

    /// The message at a place, if it is in memory.
    pub(crate) fn at(&self, place: u64) -> Option<&Message> {
        self.index(&RowKey::Place(place)).and_then(|index| self.rows.get(index))
    }

    /// How many rows the server has stored.
    fn stored(&self) -> usize {
        stored(&self.rows)
    }

    /// The oldest place in memory.
    pub(crate) fn oldest_place(&self) -> Option<u64> {
        self.rows.first().and_then(|row| row.place)
    }

    /// Whom the message at a place names, if it is in memory.
    pub(crate) fn at_type_of(&self, place: u64) -> Option<i64> {
        self.index(&RowKey::Place(place)).and_then(|index| self.rows.get(index)).map(|row| row.at_type)
    }

    /// The newest place in memory.
    pub(crate) fn newest_place(&self) -> Option<u64> {
        self.on_newest_rows(|rows| stored(rows).checked_sub(1).and_then(|index| rows[index].place))
    }

    /// Takes a message in: at its place, or at the end while it has none. A known one is replaced unless it is newer here.
    /// What belongs to no stretch in memory is left to the database.
    pub(crate) fn insert(&mut self, message: Message) -> Inserted {
        let in_older = |place: u64| self.read_up_to().is_some_and(|to| (self.read_down_to..=to).contains(&place));
        match message.place {
            Some(place) if in_older(place) => self.insert_stored(message),
            Some(place) if self.is_detached() => self.with_newest(|newest| match place < newest.read_down_to {
                true => Inserted::New,
                false => newest.insert_newest(message),
            }),
            None if self.is_detached() => self.with_newest(|newest| newest.insert_newest(message)),
            _ => self.insert_newest(message),
        }
    }

    fn insert_newest(&mut self, message: Message) -> Inserted {
        if let Some(at) = self.rows.iter().position(|row| row.place.is_none() && row.msg_id == message.msg_id) {
            if message.place.is_none() {
                self.rows[at] = message;
                return Inserted::Replaced;
            }
            let was_selected = self.selected == self.key(at);
            self.rows.remove(at);
            if was_selected {
                self.selected = message.place.map(RowKey::Place);
            }
            self.insert_stored(message);
            return Inserted::Replaced;
        }
        match message.place {
            Some(_) => self.insert_stored(message),
            None => {
                self.rows.push(message);
                Inserted::New
            }
        }
    }

    fn insert_stored(&mut self, message: Message) -> Inserted {
        let stored = self.stored();
        let place = message.place.unwrap_or(u64::MAX);
        match self.rows[..stored].binary_search_by_key(&place, |row| row.place.unwrap_or(0)) {
            Ok(at) => {
                if message.version >= self.rows[at].version {
                    let attached = std::mem::take(&mut self.rows[at].attached);
                    let known_rev = self.rows[at].rev;
                    self.rows[at] = message;
                    self.rows[at].keep_attached(attached, known_rev);
                }
                Inserted::Replaced
            }
            Err(at) => {
                self.rows.insert(at, message);
                Inserted::New
            }
        }
    }

    /// Changes the message at a place, if it is in memory.
    pub(crate) fn change(&mut self, place: u64, change: impl FnOnce(&mut Message)) {
        let parked = self.parked.as_mut().map(|parked| &mut parked.rows);
        for rows in [Some(&mut self.rows), parked].into_iter().flatten() {
            let stored = stored(rows);
            if let Ok(index) = rows[..stored].binary_search_by_key(&place, |row| row.place.unwrap_or(0)) {
                return change(&mut rows[index]);
            }
        }
    }

    /// Takes stored messages out.
    pub(crate) fn remove_places(&mut self, places: &[u64]) {
        let parked = self.parked.as_mut().map(|parked| &mut parked.rows);
        for rows in [Some(&mut self.rows), parked].into_iter().flatten() {
            rows.retain(|row| row.place.is_none_or(|place| !places.contains(&place)));
        }
    }

    /// Takes stored messages between two places out, both included.
    pub(crate) fn remove_range(&mut self, first: u64, last: u64) {
        let parked = self.parked.as_mut().map(|parked| &mut parked.rows);
        for rows in [Some(&mut self.rows), parked].into_iter().flatten() {
            rows.retain(|row| row.place.is_none_or(|place| !(first..=last).contains(&place)));
        }
    }

    /// Changes every message that is in memory.
    pub(crate) fn change_all(&mut self, mut change: impl FnMut(&mut Message)) {
        let parked = self.parked.as_mut().map(|parked| &mut parked.rows);
        for rows in [Some(&mut self.rows), parked].into_iter().flatten() {
            rows.iter_mut().for_each(&mut change);
        }
    }

    /// An unsent message by its ID.
    pub(crate) fn unsent_mut(&mut self, msg_id: &str) -> Option<&mut Message> {
        let rows = self.parked.as_mut().map_or(&mut self.rows, |parked| &mut parked.rows);
        rows.iter_mut().find(|row| row.place.is_none() && row.msg_id == msg_id)
    }

    /// Takes an unsent message out.
    pub(crate) fn remove_unsent(&mut self, msg_id: &str) {
        let rows = self.parked.as_mut().map_or(&mut self.rows, |parked| &mut parked.rows);
        rows.retain(|row| row.place.is_some() || row.msg_id != msg_id);
    }

    /// Drops rows that are apart from the newest stretch: they are in the database and come back when one scrolls to them.
    pub(crate) fn keep_newest_stretch(&mut self) {
        if let Some((from, _)) = self.newest_place().and_then(|place| self.held.around(place)) {
            self.rows.retain(|row| row.place.is_none_or(|place| place >= from));
            self.read_down_to = self.read_down_to.max(from);
        }
    }

    /// Selects the row `step` rows away; the newest when none is selected. False: there is none.
    pub(crate) fn select(&mut self, step: isize) -> bool {
        let now = self.selected.as_ref().and_then(|key| self.index(key));
        let next = match now {
            Some(index) => index.checked_add_signed(step).filter(|index| *index < self.rows.len()),
            None => self.rows.len().checked_sub(1),
        };
        let Some(next) = next else { return false };
        self.selected = self.key(next);
        true
    }
}

/// How many of these rows the server has stored: they come first.
fn stored(rows: &[Message]) -> usize {
    rows.partition_point(|row| row.place.is_some())
}

/// What became of a message that was taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inserted {
    New,
    Replaced,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn message(id: &str, place: Option<u64>) -> Message {
        Message { msg_id: id.into(), place, sender: "ann".into(), ..Message::default() }
    }

    #[test]
    fn an_acknowledged_message_moves_to_its_place_and_stays_selected() {
        let mut timeline = Timeline::default();
        timeline.insert(message("mine", None));
        timeline.select(0);
        timeline.insert(message("other", Some(7)));
        assert_eq!(timeline.insert(message("mine", Some(6))), Inserted::Replaced);
        let order: Vec<&str> = timeline.rows().iter().map(|row| row.msg_id.as_str()).collect();
        assert_eq!(order, ["mine", "other"]);
        assert_eq!(timeline.selected, Some(RowKey::Place(6)));
    }

    #[test]
    fn a_repeat_is_one_row_and_an_older_version_does_not_win() {
        let mut timeline = Timeline::default();
        timeline.insert(Message { version: 2, time_s: 5, ..message("a", Some(1)) });
        assert_eq!(timeline.insert(message("a", Some(1))), Inserted::Replaced);
        assert_eq!((timeline.rows().len(), timeline.rows()[0].version), (1, 2));
    }

    #[test]
    fn rows_apart_from_the_newest_stretch_leave_memory() {
        let mut timeline = Timeline { held: Held::from_ranges([(1, 3), (8, 9)]), ..Timeline::default() };
        for place in [1, 2, 3, 8, 9] {
            timeline.insert(message(&place.to_string(), Some(place)));
        }
        timeline.insert(message("unsent", None));
        timeline.keep_newest_stretch();
        let places: Vec<Option<u64>> = timeline.rows().iter().map(|row| row.place).collect();
        assert_eq!(places, [Some(8), Some(9), None]);
    }

    proptest! {
        #[test]
        fn rows_are_in_order_without_repeats(places in proptest::collection::vec(proptest::option::of(1u64..20), 0..60)) {
            let mut timeline = Timeline::default();
            for (n, place) in places.iter().enumerate() {
                let id = place.map_or_else(|| format!("unsent{}", n % 5), |place| place.to_string());
                timeline.insert(message(&id, *place));
            }
            let stored: Vec<u64> = timeline.rows().iter().filter_map(|row| row.place).collect();
            prop_assert!(stored.windows(2).all(|pair| pair[0] < pair[1]));
            let first_unsent = timeline.rows().iter().position(|row| row.place.is_none()).unwrap_or(timeline.rows().len());
            prop_assert!(timeline.rows()[first_unsent..].iter().all(|row| row.place.is_none()));
            for index in 0..timeline.rows().len() {
                let key = timeline.key(index).unwrap();
                prop_assert_eq!(timeline.index(&key), Some(index));
            }
        }
    }
}
