use std::collections::{BTreeMap, BTreeSet};

use tokio::sync::oneshot;

use super::CallError;

/// What a call's answer is for.
#[derive(Debug)]
pub(super) enum Waiter {
    /// A caller of the session's handle, who gets the answer's body.
    Caller(oneshot::Sender<Result<String, CallError>>),
    /// The login of the link.
    Login,
    /// The heartbeat.
    Heartbeat,
    /// The goodbye before the link is closed.
    Logout,
    /// A page of `tern_sync.pull`.
    SyncPage,
}

/// What becomes of a call when its link is lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnLoss {
    /// It fails: whether it was done is unknown.
    Fail,
    /// It is sent again on the next link: its command gives a repeat the first answer.
    Resend,
}

#[derive(Debug)]
pub(super) struct Call {
    pub(super) servcmd: &'static str,
    pub(super) body: String,
    pub(super) waiter: Waiter,
    pub(super) on_loss: OnLoss,
    /// On the clock's `mono_ms`.
    pub(super) give_up_at_ms: i64,
}

/// Calls by number, in the order in which they were made; a part of them is on the wire.
#[derive(Debug, Default)]
pub(super) struct Pending {
    last_seq: u64,
    calls: BTreeMap<u64, Call>,
    unsent: BTreeSet<u64>,
    deadlines: BTreeSet<(i64, u64)>,
}

impl Pending {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.calls.is_empty()
    }

    pub(super) fn in_flight(&self) -> usize {
        self.calls.len() - self.unsent.len()
    }

    pub(super) fn has_unsent(&self) -> bool {
        !self.unsent.is_empty()
    }

    pub(super) fn add(&mut self, call: Call) {
        self.last_seq += 1;
        self.deadlines.insert((call.give_up_at_ms, self.last_seq));
        self.unsent.insert(self.last_seq);
        self.calls.insert(self.last_seq, call);
    }

    /// Adds a call that is written at once, before everything that waits.
    pub(super) fn add_sent(&mut self, call: Call) -> u64 {
        self.add(call);
        self.unsent.remove(&self.last_seq);
        self.last_seq
    }

    /// The oldest call that is not on the wire; it counts as sent from now on.
    pub(super) fn next_unsent(&mut self) -> Option<(u64, &Call)> {
        let seq = self.unsent.pop_first()?;
        self.calls.get(&seq).map(|call| (seq, call))
    }

    /// Takes the call that an answer belongs to; an answer that nobody waits for any more is nobody's.
    pub(super) fn take(&mut self, seq: u64) -> Option<Call> {
        let call = self.calls.remove(&seq)?;
        self.unsent.remove(&seq);
        self.deadlines.remove(&(call.give_up_at_ms, seq));
        Some(call)
    }

    pub(super) fn due(&self) -> Option<i64> {
        self.deadlines.first().map(|(at_ms, _)| *at_ms)
    }

    /// Calls whose time is over.
    pub(super) fn take_overdue(&mut self, now_ms: i64) -> Vec<Call> {
        let mut overdue = Vec::new();
        while let Some(&(at_ms, seq)) = self.deadlines.first() {
            if at_ms > now_ms {
                break;
            }
            match self.take(seq) {
                Some(call) => overdue.push(call),
                None => {
                    self.deadlines.remove(&(at_ms, seq));
                }
            }
        }
        overdue
    }

    /// The link is gone: calls that may be repeated wait for the next one in their old order, the others are handed back.
    /// Calls that were never written are handed back only when they may not wait.
    pub(super) fn link_lost(&mut self) -> Vec<Call> {
        let lost: Vec<u64> = self.calls.iter().filter(|(_, call)| call.on_loss == OnLoss::Fail).map(|(seq, _)| *seq).collect();
        let failed = lost.into_iter().filter_map(|seq| self.take(seq)).collect();
        self.unsent = self.calls.keys().copied().collect();
        failed
    }

    pub(super) fn take_all(&mut self) -> Vec<Call> {
        self.unsent.clear();
        self.deadlines.clear();
        std::mem::take(&mut self.calls).into_values().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Call, OnLoss, Pending, Waiter};

    fn call(body: &str, on_loss: OnLoss, give_up_at_ms: i64) -> Call {
        Call { servcmd: "a.b", body: body.to_owned(), waiter: Waiter::Heartbeat, on_loss, give_up_at_ms }
    }

    fn bodies(calls: &[Call]) -> Vec<&str> {
        calls.iter().map(|call| call.body.as_str()).collect()
    }

    #[test]
    fn a_lost_link_fails_what_may_not_be_repeated_and_keeps_the_order_of_the_rest() {
        let mut pending = Pending::default();
        for (body, on_loss) in [("1", OnLoss::Resend), ("2", OnLoss::Fail), ("3", OnLoss::Resend)] {
            pending.add(call(body, on_loss, 100));
        }
        let first = pending.next_unsent().unwrap().0;
        pending.next_unsent().unwrap();
        assert_eq!((pending.in_flight(), pending.len()), (2, 3));
        assert_eq!(bodies(&pending.link_lost()), ["2"]);
        assert_eq!(pending.in_flight(), 0);
        assert_eq!(pending.next_unsent().map(|(seq, call)| (seq, call.body.clone())), Some((first, "1".to_owned())));
        assert_eq!(pending.next_unsent().unwrap().1.body, "3");
        assert!(pending.next_unsent().is_none());
    }

    #[test]
    fn calls_are_given_up_at_their_time_and_late_answers_are_nobodys() {
        let mut pending = Pending::default();
        pending.add(call("late", OnLoss::Resend, 50));
        pending.add(call("later", OnLoss::Resend, 60));
        let (seq, _) = pending.next_unsent().unwrap();
        assert_eq!(pending.due(), Some(50));
        assert!(pending.take_overdue(49).is_empty());
        assert_eq!(bodies(&pending.take_overdue(50)), ["late"]);
        assert!(pending.take(seq).is_none());
        assert_eq!(pending.due(), Some(60));
        assert_eq!(bodies(&pending.take_all()), ["later"]);
        assert!(pending.is_empty() && pending.due().is_none() && !pending.has_unsent());
    }
}
