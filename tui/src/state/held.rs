//! Which places of a conversation are here: ranges without holes that still could be filled.

/// Ranges of places, both ends included, rising and apart from each other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held(Vec<(u64, u64)>);

impl Held {
    /// From stored ranges, in any order.
    pub(crate) fn from_ranges(ranges: impl IntoIterator<Item = (u64, u64)>) -> Self {
        let mut held = Self::default();
        for (from, to) in ranges {
            held.add(from, to);
        }
        held
    }

    /// Everything readable from `from` to `to` is here now; touching ranges become one. Returns the joined range.
    pub(crate) fn add(&mut self, from: u64, to: u64) -> (u64, u64) {
        if from > to {
            return (from, to);
        }
        let (mut low, mut high) = (from, to);
        self.0.retain(|&(start, end)| {
            let touches = start <= high.saturating_add(1) && low <= end.saturating_add(1);
            if touches {
                low = low.min(start);
                high = high.max(end);
            }
            !touches
        });
        let at = self.0.partition_point(|range| range.0 < low);
        self.0.insert(at, (low, high));
        (low, high)
    }

    /// The range with the newest places.
    pub(crate) fn newest(&self) -> Option<(u64, u64)> {
        self.0.last().copied()
    }

    /// The range that a place is in.
    pub(crate) fn around(&self, place: u64) -> Option<(u64, u64)> {
        self.0.iter().copied().find(|range| (range.0..=range.1).contains(&place))
    }

    /// All ranges.
    pub(crate) fn ranges(&self) -> &[(u64, u64)] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn touching_ranges_become_one() {
        let mut held = Held::from_ranges([(1, 5), (10, 12)]);
        assert_eq!(held.add(13, 13), (10, 13));
        assert_eq!(held.add(6, 9), (1, 13));
        assert_eq!(held.ranges(), [(1, 13)]);
        assert_eq!(held.add(9, 3), (9, 3), "an empty range adds nothing");
    }

    proptest! {
        #[test]
        fn ranges_hold_exactly_what_was_added(adds in proptest::collection::vec((0u64..60, 0u64..8), 0..20)) {
            let mut held = Held::default();
            let mut places = BTreeSet::new();
            for (from, length) in adds {
                held.add(from, from + length);
                places.extend(from..=from + length);
            }
            let told: BTreeSet<u64> = held.ranges().iter().flat_map(|range| range.0..=range.1).collect();
            prop_assert_eq!(told, places);
            prop_assert!(held.ranges().windows(2).all(|pair| pair[0].1 + 1 < pair[1].0), "{held:?}");
        }
    }
}
