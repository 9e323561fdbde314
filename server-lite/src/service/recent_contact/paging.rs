//! Pages of `recentcontact.get_list`: newest first, by time and by how many of that second were told already, so that a message in
//! between repeats nothing and loses nothing.

use crate::store::conversation::Listed;
use std::cmp::Reverse;
use tern_protocol::api::conversation::{RecentContactPage, RecentContacts};
use tern_protocol::limits;

/// Bits of `AssistFlags`.
mod assist {
    /// Pinned conversations are in the answer.
    pub(super) const PINNED: i64 = 1;
    /// Conversations without a message are too.
    pub(super) const EMPTY: i64 = 1 << 1;
    /// Pinned ones come in pages; otherwise all of them with the first page.
    pub(super) const PAGE_PINNED: i64 = 1 << 2;
}

/// Where one of the two lists goes on: `TimeStamp` and `StartIndex`, both 0 at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Cursor {
    time: i64,
    index: i64,
}

impl Cursor {
    fn is_start(self) -> bool {
        self == Self::default()
    }

    /// The part of a sorted list that was not told yet.
    fn rest<T>(self, sorted: &[(i64, T)]) -> &[(i64, T)] {
        if self.is_start() {
            return sorted;
        }
        let from = sorted.partition_point(|(time, _)| *time > self.time);
        let same = sorted[from..].partition_point(|(time, _)| *time == self.time);
        let skip = usize::try_from(self.index).unwrap_or(0).min(same);
        &sorted[from + skip..]
    }

    /// After telling the first `told` of what [`Cursor::rest`] gave.
    fn after<T>(self, told: &[(i64, T)]) -> Self {
        let Some((time, _)) = told.last() else { return self };
        let of_second = told.iter().rev().take_while(|(other, _)| other == time).count();
        let before = if *time == self.time && of_second == told.len() { self.index } else { 0 };
        Self { time: *time, index: before + i64::try_from(of_second).unwrap_or(0) }
    }
}

/// The conversations of a page, pinned ones first, with the paging values for the next one.
pub(crate) fn page(all: Vec<Listed>, request: &RecentContacts, kept: usize) -> (Vec<Listed>, RecentContactPage) {
    let flags = request.assist_flags.unwrap_or(assist::PINNED);
    let mut all: Vec<(i64, Listed)> = all
        .into_iter()
        .filter(|listed| !listed.own.hidden && (listed.thread.last_time > 0 || flags & assist::EMPTY != 0))
        .map(|listed| (listed.thread.last_time, listed))
        .collect();
    all.sort_by_key(|(time, listed)| Reverse((listed.own.pinned_ms > 0, *time, listed.thread.id)));
    all.truncate(kept);
    let split = all.partition_point(|(_, listed)| listed.own.pinned_ms > 0);
    let (pinned, ordinary) = all.split_at(split);
    let cursor = |time: Option<i64>, index: Option<i64>| Cursor { time: time.unwrap_or(0), index: index.unwrap_or(0) };
    let start = cursor(request.time_stamp, request.start_index);
    let top_start = cursor(request.top_time_stamp, request.top_start_index);

    let pinned = match (flags & assist::PINNED != 0, flags & assist::PAGE_PINNED != 0) {
        (false, _) => &[],
        (true, true) => top_start.rest(pinned),
        (true, false) if start.is_start() => pinned,
        (true, false) => &[],
    };
    let ordinary = start.rest(ordinary);
    let pinned_told = if flags & assist::PAGE_PINNED != 0 { pinned.len().min(limits::RECENT_CONTACT_PAGE) } else { pinned.len() };
    let room = limits::RECENT_CONTACT_PAGE.saturating_sub(pinned_told);
    let told = ordinary.len().min(room);
    let mut page = RecentContactPage::default();
    if pinned_told == pinned.len() && told == ordinary.len() {
        page.complete_flag = 1;
    } else {
        let next = start.after(&ordinary[..told]);
        (page.time_stamp, page.start_index) = (next.time, next.index);
        let next = top_start.after(&pinned[..pinned_told]);
        (page.top_time_stamp, page.top_start_index) = (next.time, next.index);
    }
    let items = pinned[..pinned_told].iter().chain(&ordinary[..told]).map(|(_, listed)| listed.clone()).collect();
    (items, page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn times(list: &[(i64, u8)]) -> Vec<u8> {
        list.iter().map(|(_, name)| *name).collect()
    }

    #[rstest]
    #[case(1)]
    #[case(2)]
    #[case(3)]
    #[case(7)]
    fn pages_of_any_size_tell_each_once_though_seconds_repeat(#[case] size: usize) {
        let list: Vec<(i64, u8)> = [9, 7, 7, 7, 5, 0, 0].into_iter().zip(1..).collect();
        let (mut cursor, mut told) = (Cursor::default(), Vec::new());
        loop {
            let rest = cursor.rest(&list);
            let part = &rest[..rest.len().min(size)];
            if part.is_empty() {
                break;
            }
            told.extend(times(part));
            cursor = cursor.after(part);
        }
        assert_eq!(told, times(&list));
    }

    #[test]
    fn what_moves_up_between_two_pages_shifts_nothing() {
        let list: Vec<(i64, u8)> = vec![(9, 1), (7, 2), (5, 3), (3, 4)];
        let cursor = Cursor::default().after(&list[..2]);
        let moved: Vec<(i64, u8)> = vec![(11, 4), (9, 1), (7, 2), (5, 3)];
        assert_eq!(times(cursor.rest(&moved)), [3]);
    }
}
