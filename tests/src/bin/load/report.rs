//! The one line of JSON that a run prints.

use serde::Serialize;

/// What was measured; what does not apply to a scenario is left out.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Report {
    pub(crate) scenario: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) messages: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) deliveries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) rate_per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ack_p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_message: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_delivery: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_login: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_rss_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_rss_start_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_rss_middle_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_cores: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expected_deliveries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) all_deliveries: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_start_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) bytes_per_connection: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk_syncs_per_message: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk_sync_p50_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) disk_sync_p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) driver_cpu_cores: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) daemon_cpu_us_per_push: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) first_frame_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) key_to_frame_p99_ms: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) client_rss_bytes: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) wakeups_per_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) members: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) online: Option<usize>,
    /// Of a message to the community with nobody else online: what it costs up to the sender's answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_send: Option<f64>,
    /// The same of a community with a thousand members.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_send_of_1000: Option<f64>,
    /// At four messages a second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) server_cpu_us_per_delivery_low_rate: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message_rows_per_message: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) outbox_rows_per_message: Option<f64>,
    /// What the server keeps of who is online in which group, over the members online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roster_bytes_per_online_member: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) roster_bytes_per_member: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lost: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) duplicated: Option<u64>,
}

impl Report {
    pub(crate) fn print(&self) -> anyhow::Result<()> {
        println!("{}", serde_json::to_string(self)?);
        Ok(())
    }
}

/// Durations in microseconds, to ask for percentiles of.
#[derive(Debug, Default)]
pub(crate) struct Latencies(Vec<u32>);

impl Latencies {
    pub(crate) fn add(&mut self, us: u64) {
        self.0.push(u32::try_from(us).unwrap_or(u32::MAX));
    }

    /// In milliseconds; `None` when nothing was measured.
    pub(crate) fn percentile_ms(&mut self, percent: usize) -> Option<f64> {
        self.0.sort_unstable();
        let last = self.0.len().checked_sub(1)?;
        let at = (self.0.len() * percent / 100).min(last);
        self.0.get(at).map(|us| round(f64::from(*us) / 1000.0))
    }
}

/// Three digits behind the point are all that means something.
pub(crate) fn round(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// `total` over `count`; `None` when nothing was counted.
pub(crate) fn per(total: f64, count: u64) -> Option<f64> {
    (count > 0).then(|| round(total / count as f64))
}

#[cfg(test)]
mod tests {
    use super::{Latencies, per};

    #[test]
    fn percentiles_are_of_the_sorted_values() {
        let mut latencies = Latencies::default();
        assert_eq!(latencies.percentile_ms(50), None);
        (1..=100).rev().for_each(|ms| latencies.add(ms * 1000));
        assert_eq!((latencies.percentile_ms(50), latencies.percentile_ms(99)), (Some(51.0), Some(100.0)));
        assert_eq!(per(1.0, 0), None);
    }
}
