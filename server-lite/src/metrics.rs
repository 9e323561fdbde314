//! What is counted, for `/metrics` and the load program.

use crate::media::Numbers;
use crate::session::Sessions;
use crate::store::engine::Db;
use parking_lot::Mutex;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _, text};
use prometheus_client::metrics::counter::{ConstCounter, Counter};
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tern_protocol::ErrorCode;

/// The server's counters; cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Metrics {
    registry: Arc<Mutex<Registry>>,
    rest_calls: Counter,
    /// By code: the contract's numbers are few, strangers cannot add any.
    rest_refusals: Family<[(&'static str, String); 1], Counter>,
}

impl Metrics {
    /// Counters of a server; what the database and the sessions count is read when somebody asks.
    pub(crate) fn new(db: Db, sessions: Arc<Sessions>, media: &Numbers) -> Self {
        let mut registry = Registry::with_prefix("tern");
        let (rest_calls, rest_refusals) = (Counter::default(), Family::default());
        registry.register("rest_calls", "REST calls that were answered", rest_calls.clone());
        registry.register("rest_refusals", "REST calls that were refused, by ErrorCode", Family::clone(&rest_refusals));
        media.register(&mut registry);
        registry.register_collector(Box::new(Below { db, sessions }));
        Self { registry: Arc::new(Mutex::new(registry)), rest_calls, rest_refusals }
    }

    /// Counts an answered REST call.
    pub(crate) fn rest(&self, code: ErrorCode) {
        self.rest_calls.inc();
        if code != ErrorCode::OK {
            self.rest_refusals.get_or_create(&[("code", code.to_string())]).inc();
        }
    }

    /// Everything in the text format.
    pub(crate) fn text(&self) -> Result<String, std::fmt::Error> {
        let mut out = String::new();
        text::encode(&mut out, &self.registry.lock())?;
        Ok(out)
    }
}

struct Below {
    db: Db,
    sessions: Arc<Sessions>,
}

impl std::fmt::Debug for Below {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Below")
    }
}

impl Collector for Below {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let counters = self.db.counters();
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        for (name, help, value) in [
            ("commits", "Commits that wrote something", read(&counters.commits)),
            ("disk_syncs", "Calls of fsync, those of checkpoints included", read(&counters.syncs)),
            ("store_jobs", "Requests that ran on the writer", read(&counters.jobs)),
            ("checkpoints", "Checkpoints beside the writer", read(&counters.checkpoints)),
            ("log_restarts", "Times the writer started the log afresh", read(&counters.log_restarts)),
            ("log_restarts_blocked", "Times a long read kept the log from that", read(&counters.log_restarts_blocked)),
        ] {
            let metric = ConstCounter::new(value);
            let typed = prometheus_client::metrics::MetricType::Counter;
            metric.encode(encoder.encode_descriptor(name, help, None, typed)?)?;
        }
        let rooms = &self.sessions.room_events;
        let [lowest, low, normal, high] = &rooms.dropped;
        for (name, help, value) in [
            ("room_events", "Events of live rooms handed to sessions", read(&rooms.delivered)),
            ("room_frames", "Frames that these came in", read(&rooms.frames)),
            ("room_dropped_high", "Events of live rooms of priority High left out for slow readers", read(high)),
            ("room_dropped_normal", "The same of priority Normal", read(normal)),
            ("room_dropped_low", "The same of priority Low, and who comes and leaves", read(low)),
            ("room_dropped_lowest", "The same of priority Lowest", read(lowest)),
        ] {
            let metric = ConstCounter::new(value);
            let typed = prometheus_client::metrics::MetricType::Counter;
            metric.encode(encoder.encode_descriptor(name, help, None, typed)?)?;
        }
        let sessions = i64::try_from(self.sessions.count()).unwrap_or(i64::MAX);
        let pages = i64::try_from(read(&counters.log_pages)).unwrap_or(i64::MAX);
        let roster = i64::try_from(self.sessions.roster_bytes()).unwrap_or(i64::MAX);
        for (name, help, value) in [
            ("sessions", "Links that are logged in", sessions),
            ("roster_bytes", "Memory of who is connected in which group", roster),
            ("log_pages", "Pages in the log after the last commit", pages),
        ] {
            let metric = ConstGauge::new(value);
            let typed = prometheus_client::metrics::MetricType::Gauge;
            metric.encode(encoder.encode_descriptor(name, help, None, typed)?)?;
        }
        Ok(())
    }
}
