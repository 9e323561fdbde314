use rand::{Rng, RngCore};

/// How long to wait before the next attempt to connect: doubling, capped, and spread so that a server that comes back is not met
/// by all its clients at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait before the first attempt after a loss, in milliseconds.
    pub first_ms: i64,
    /// Longest wait of all, in milliseconds.
    pub longest_ms: i64,
}

impl Default for Backoff {
    fn default() -> Self {
        Self { first_ms: 500, longest_ms: 30_000 }
    }
}

impl Backoff {
    /// The wait before attempt `attempt` (0 for the first): between half and all of its longest.
    pub(crate) fn delay_ms(self, attempt: u32, rng: &mut dyn RngCore) -> i64 {
        let longest = self.first_ms.max(1).saturating_mul(1_i64.checked_shl(attempt.min(32)).unwrap_or(i64::MAX));
        let longest = longest.min(self.longest_ms).max(1);
        rng.random_range(longest / 2..=longest)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{prop_assert, proptest};
    use rand::{SeedableRng, rngs::StdRng};

    use super::Backoff;

    proptest! {
        #[test]
        fn a_delay_is_spread_over_the_upper_half_and_never_above_the_cap(attempt: u32, seed: u64) {
            let mut rng = StdRng::seed_from_u64(seed);
            let delay = Backoff::default().delay_ms(attempt, &mut rng);
            let longest = if attempt < 6 { 500 << attempt } else { 30_000 };
            prop_assert!(delay >= longest / 2 && delay <= longest);
        }
    }

    #[test]
    fn two_clients_do_not_come_back_together() {
        let mut rng = StdRng::seed_from_u64(1);
        let delays: std::collections::BTreeSet<_> = (0..20).map(|_| Backoff::default().delay_ms(6, &mut rng)).collect();
        assert!(delays.len() > 15);
    }
}
