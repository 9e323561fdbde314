//! Book-keeping of messages on their way: each has a number, which travels as `MsgRandom`.

use crate::probe::Stopwatch;
use crate::report::{Latencies, Report, per, round};
use crate::target::Reading;

/// Numbers start here, so that none is short and none collides with a small number elsewhere in a frame.
pub(crate) const FIRST_RANDOM: u64 = 1_000_000_000;

#[derive(Clone, Copy, Debug)]
struct Entry {
    from_us: u64,
    acknowledged: bool,
    refused: bool,
    deliveries: u32,
}

/// All messages of a run.
#[derive(Debug)]
pub(crate) struct Ledger {
    clock: Stopwatch,
    entries: Vec<Entry>,
    /// How often each message must arrive.
    receivers: u32,
    /// Whether what is done now counts.
    measuring: bool,
    done: u64,
    delivered: u64,
    open: u64,
    duplicated: u64,
    latencies: Latencies,
    acknowledgements: Latencies,
}

impl Ledger {
    pub(crate) fn new(clock: Stopwatch, receivers: u32) -> Self {
        Self {
            clock,
            entries: Vec::new(),
            receivers,
            measuring: false,
            done: 0,
            delivered: 0,
            open: 0,
            duplicated: 0,
            latencies: Latencies::default(),
            acknowledgements: Latencies::default(),
        }
    }

    pub(crate) fn measure(&mut self, measuring: bool) {
        self.measuring = measuring;
    }

    /// A new message whose latency counts from `from_us`; its number.
    pub(crate) fn begin(&mut self, from_us: u64) -> u64 {
        self.entries.push(Entry { from_us, acknowledged: false, refused: false, deliveries: 0 });
        self.open += 1;
        FIRST_RANDOM + self.entries.len() as u64 - 1
    }

    /// The server has answered; true when the message is done with it.
    pub(crate) fn acknowledged(&mut self, number: u64, ok: bool) -> bool {
        let now_us = self.clock.us();
        let Some(entry) = self.entry(number) else { return false };
        let first = !std::mem::replace(&mut entry.acknowledged, true);
        entry.refused |= !ok;
        let from_us = entry.from_us;
        if self.measuring && first {
            self.acknowledgements.add(now_us.saturating_sub(from_us));
        }
        first && self.finish_if_done(number, now_us)
    }

    /// A receiver has it; true when the message is done with it.
    pub(crate) fn delivered(&mut self, number: u64) -> bool {
        self.delivered_to(number, 1)
    }

    pub(crate) fn delivered_to(&mut self, number: u64, count: u32) -> bool {
        let now_us = self.clock.us();
        let (measuring, receivers) = (self.measuring, self.receivers);
        let Some(entry) = self.entry(number) else { return false };
        let was_done = entry.deliveries >= receivers;
        entry.deliveries += count;
        let surplus = entry.deliveries.saturating_sub(receivers);
        if was_done {
            self.duplicated += u64::from(count);
        } else {
            self.duplicated += u64::from(surplus);
        }
        if measuring {
            self.delivered += u64::from(count);
        }
        !was_done && self.finish_if_done(number, now_us)
    }

    /// Messages of the whole run, and how often they arrived.
    pub(crate) fn total(&self) -> u64 {
        self.entries.len() as u64
    }

    pub(crate) fn total_delivered(&self) -> u64 {
        self.entries.iter().map(|entry| u64::from(entry.deliveries)).sum()
    }

    pub(crate) fn open(&self) -> u64 {
        self.open
    }

    fn entry(&mut self, number: u64) -> Option<&mut Entry> {
        let at = usize::try_from(number.checked_sub(FIRST_RANDOM)?).ok()?;
        self.entries.get_mut(at)
    }

    fn finish_if_done(&mut self, number: u64, now_us: u64) -> bool {
        let receivers = self.receivers;
        let Some(entry) = self.entry(number) else { return false };
        let is_done = entry.acknowledged && (entry.deliveries >= receivers || entry.refused);
        let from_us = entry.from_us;
        if is_done {
            self.open -= 1;
            if self.measuring {
                self.done += 1;
                self.latencies.add(now_us.saturating_sub(from_us));
            }
        }
        is_done
    }

    /// Writes what was counted into the report.
    pub(crate) fn finish(&mut self, report: &mut Report, before: &Reading, after: &Reading) {
        let refused = self.entries.iter().filter(|entry| entry.refused).count() as u64;
        if refused > 0 {
            eprintln!("load: the server refused {refused} messages");
        }
        let cpu_us = after.cpu_us_since(before);
        report.messages = Some(self.done);
        report.deliveries = Some(self.delivered);
        report.rate_per_s = Some(round(self.done as f64 / after.seconds_since(before)));
        report.p50_ms = self.latencies.percentile_ms(50);
        report.p99_ms = self.latencies.percentile_ms(99);
        report.ack_p99_ms = self.acknowledgements.percentile_ms(99);
        report.driver_cpu_cores = Some(after.driver_cores_since(before));
        if cpu_us > 0.0 {
            report.server_cpu_us_per_message = per(cpu_us, self.done);
            report.server_cpu_us_per_delivery = per(cpu_us, self.delivered);
            report.disk_syncs_per_message = per(after.disk_syncs_since(before), self.done);
        }
        report.lost = Some(self.open + refused);
        report.duplicated = Some(self.duplicated);
    }
}

#[cfg(test)]
mod tests {
    use super::Ledger;
    use crate::probe::Stopwatch;

    #[test]
    fn a_message_is_done_when_acknowledged_and_delivered_to_all_in_any_order() {
        let mut ledger = Ledger::new(Stopwatch::start(), 2);
        let number = ledger.begin(0);
        assert!(!ledger.delivered(number) && !ledger.acknowledged(number, true));
        assert!(ledger.delivered(number));
        let other = ledger.begin(0);
        assert!(!ledger.delivered_to(other, 2));
        assert!(ledger.acknowledged(other, true));
        assert_eq!((ledger.open(), ledger.duplicated), (0, 0));
        assert!(!ledger.delivered(other));
        assert_eq!(ledger.duplicated, 1);
        assert!(!ledger.delivered(5) && !ledger.acknowledged(u64::MAX, true));
    }

    #[test]
    fn a_refused_message_is_done_without_a_delivery() {
        let mut ledger = Ledger::new(Stopwatch::start(), 1);
        let number = ledger.begin(0);
        assert!(ledger.acknowledged(number, false));
        assert_eq!(ledger.open(), 0);
    }
}
