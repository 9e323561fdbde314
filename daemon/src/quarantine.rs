//! Tokens held aside (`contract/push-providers.md` section 0.1), in memory beside the ledger's table, for policy to ask.

use parking_lot::Mutex;
use std::collections::HashMap;

/// Tokens held per lane at most; above that a mismatch drops its push and nothing more.
const TOKENS: usize = 100_000;

#[derive(Clone, Copy, Debug)]
struct Entry {
    registered_at_ms: i64,
    since_ms: i64,
}

/// Which tokens are held aside, by lane.
#[derive(Debug, Default)]
pub(crate) struct Quarantine(Mutex<HashMap<String, HashMap<String, Entry>>>);

impl Quarantine {
    pub(crate) fn add(&self, lane: &str, token: &str, registered_at_ms: i64, since_ms: i64) {
        let mut lanes = self.0.lock();
        let tokens = lanes.entry(lane.to_owned()).or_default();
        if tokens.len() < TOKENS || tokens.contains_key(token) {
            tokens.insert(token.to_owned(), Entry { registered_at_ms, since_ms });
        }
    }

    /// Whether it was there.
    pub(crate) fn remove(&self, lane: &str, token: &str) -> bool {
        self.0.lock().get_mut(lane).is_some_and(|tokens| tokens.remove(token).is_some())
    }

    /// Whether a token is held, and was not registered again since.
    pub(crate) fn holds(&self, lane: &str, token: &str, registered_at_ms: i64) -> bool {
        self.0.lock().get(lane).and_then(|tokens| tokens.get(token)).is_some_and(|entry| registered_at_ms <= entry.registered_at_ms)
    }

    pub(crate) fn count(&self, lane: &str) -> usize {
        self.0.lock().get(lane).map_or(0, HashMap::len)
    }

    /// Tokens held since before a moment.
    pub(crate) fn held_since(&self, lane: &str, before_ms: i64) -> Vec<String> {
        let lanes = self.0.lock();
        let tokens = lanes.get(lane).into_iter().flatten();
        tokens.filter(|(_, entry)| entry.since_ms <= before_ms).map(|(token, _)| token.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_held_until_it_is_registered_again() {
        let quarantine = Quarantine::default();
        quarantine.add("a", "t", 10, 100);
        assert!(quarantine.holds("a", "t", 10) && !quarantine.holds("a", "t", 11) && !quarantine.holds("b", "t", 10));
        assert_eq!((quarantine.held_since("a", 99), quarantine.held_since("a", 100)), (vec![], vec!["t".to_owned()]));
        assert!(quarantine.remove("a", "t") && !quarantine.remove("a", "t"));
    }
}
