//! Uploads whose bytes are coming in: one writer for each, few for each person, a bounded number in all.

use crate::store::TinyId;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

/// Uploads of one person that may come in at once.
const PER_PERSON: usize = 4;
/// Uploads that may come in at once.
const ALL: usize = 128;
/// Requests for one upload that may be open at once, each displaced by the next.
const PER_UPLOAD: usize = 4;

/// All uploads that are open.
#[derive(Debug, Default)]
pub(crate) struct Active {
    by_object: Arc<Mutex<HashMap<String, Slot>>>,
}

#[derive(Debug)]
struct Slot {
    owner: TinyId,
    requests: usize,
    /// Cancelled when a newer request comes.
    newest: CancellationToken,
    turn: Arc<tokio::sync::Mutex<()>>,
}

/// A request's place, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    by_object: Arc<Mutex<HashMap<String, Slot>>>,
    object: String,
    /// Cancelled when a newer request has come for the same upload.
    pub(crate) displaced: CancellationToken,
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Active {
    /// Takes a place for a request and displaces the one before. `None`: too many are open.
    pub(crate) fn enter(&self, object: &str, owner: TinyId) -> Option<Place> {
        let mut open = self.by_object.lock();
        let displaced = CancellationToken::new();
        let turn = match open.get_mut(object) {
            Some(slot) if slot.requests >= PER_UPLOAD => return None,
            Some(slot) => {
                slot.requests += 1;
                std::mem::replace(&mut slot.newest, displaced.clone()).cancel();
                slot.turn.clone()
            }
            None => {
                let own = open.values().filter(|slot| slot.owner == owner).count();
                if open.len() >= ALL || own >= PER_PERSON {
                    return None;
                }
                let turn = Arc::<tokio::sync::Mutex<()>>::default();
                let slot = Slot { owner, requests: 1, newest: displaced.clone(), turn: turn.clone() };
                open.insert(object.to_owned(), slot);
                turn
            }
        };
        Some(Place { by_object: self.by_object.clone(), object: object.to_owned(), displaced, turn })
    }

    /// Ends the request that is open for an upload.
    pub(crate) fn displace(&self, object: &str) {
        if let Some(slot) = self.by_object.lock().get(object) {
            slot.newest.cancel();
        }
    }

    /// How many are open.
    pub(crate) fn count(&self) -> usize {
        self.by_object.lock().len()
    }
}

impl Place {
    /// Waits until the request before has ended. `None`: a newer one has come.
    pub(crate) async fn turn(&self) -> Option<OwnedMutexGuard<()>> {
        tokio::select! {
            biased;
            () = self.displaced.cancelled() => None,
            turn = self.turn.clone().lock_owned() => Some(turn),
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.by_object.lock();
        if let Some(slot) = open.get_mut(&self.object) {
            slot.requests -= 1;
            if slot.requests == 0 {
                open.remove(&self.object);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_newer_request_displaces_the_older_and_waits_for_its_end() {
        let active = Active::default();
        let first = active.enter("a", TinyId(1)).unwrap();
        let turn = first.turn().await.unwrap();
        let second = active.enter("a", TinyId(1)).unwrap();
        assert!(first.displaced.is_cancelled() && !second.displaced.is_cancelled());
        let third = active.enter("a", TinyId(1)).unwrap();
        assert!(second.turn().await.is_none(), "displaced while it waited");
        drop(turn);
        assert!(third.turn().await.is_some());
        drop((first, second, third));
        assert_eq!(active.count(), 0);
    }

    #[test]
    fn a_person_and_the_server_have_a_bounded_number_open() {
        let active = Active::default();
        let own: Vec<_> = (0..PER_PERSON).map(|n| active.enter(&n.to_string(), TinyId(1)).unwrap()).collect();
        assert!(active.enter("more", TinyId(1)).is_none());
        let others: Vec<_> = (PER_PERSON..ALL).map(|n| active.enter(&n.to_string(), TinyId(n as u64 + 9)).unwrap()).collect();
        assert!(active.enter("more", TinyId(2)).is_none(), "{} are open", active.count());
        drop((own, others));
        assert!(active.enter("more", TinyId(1)).is_some());
    }
}
