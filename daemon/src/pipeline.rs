//! source -> policy -> render -> ledger -> lanes: joins the steps, and owns what they share.

use crate::channel::Channel;
use crate::config::{Common, Credential};
use crate::job::State;
use crate::lane::{Lane, LaneHandle, LaneParts, LaneStatus, seeded};
use crate::ledger::{Held, Ledger, LedgerError, Scope, Trouble};
use crate::policy::{self, Surroundings};
use crate::quarantine::Quarantine;
use parking_lot::Mutex;
use rand::rngs::StdRng;
use std::{collections::BTreeMap, collections::HashMap, ops::RangeInclusive, sync::Arc};
use tern_protocol::{api::push::PushJob, clock, clock::Clock};
use tokio::sync::{Notify, watch};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// Between two rounds of cleaning.
const CLEAN_EVERY_MS: i64 = 6 * 3_600_000;
/// A wait longer than this comes from a clock that was wrong.
const LONGEST_WAIT_MS: i64 = 26 * 3_600_000;

/// A lane to be: its key and its way out.
pub(crate) struct LaneSpec {
    /// `<application or *>/<certificate>`.
    pub(crate) key: String,
    pub(crate) channel: Arc<dyn Channel>,
}

/// Jobs that are in the ledger, not yet known to the server as the bridge's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    rows: RangeInclusive<i64>,
}

/// The daemon's inside: clones share it.
#[derive(Clone)]
pub(crate) struct Pipeline {
    pub(crate) ledger: Ledger,
    lanes: Arc<HashMap<String, LaneHandle>>,
    quarantine: Arc<Quarantine>,
    clock: Arc<dyn Clock>,
    gate: watch::Sender<bool>,
    /// Told when there is something to report.
    pub(crate) reports: Arc<Notify>,
    tasks: TaskTracker,
}

impl Pipeline {
    /// Opens the ledger and starts the lanes; nothing goes out before [`Pipeline::set_gate`] opens them.
    pub(crate) async fn start(
        common: &Common,
        specs: Vec<LaneSpec>,
        clock: Arc<dyn Clock>,
        mut rng: StdRng,
        stop: CancellationToken,
    ) -> Result<Self, LedgerError> {
        let ledger = Ledger::open(&common.data, clock.clone())?;
        ledger.limit_waits(LONGEST_WAIT_MS).await?;
        let quarantine = Arc::new(Quarantine::default());
        for held in ledger.quarantine().await? {
            quarantine.add(&held.lane, &held.token, held.registered_at_ms, held.since_ms);
        }
        let (gate, gate_open) = watch::channel(false);
        let (reports, tasks) = (Arc::new(Notify::new()), TaskTracker::new());
        let mut lanes = HashMap::new();
        for spec in specs {
            let status = LaneStatus {
                credential: spec.key.clone(),
                channel: spec.channel.name().into(),
                state: "ok".into(),
                ..LaneStatus::default()
            };
            let handle = LaneHandle {
                key: Arc::from(spec.key.as_str()),
                wake: Arc::new(Notify::new()),
                status: Arc::new(Mutex::new(status)),
            };
            let parts = LaneParts {
                channel: spec.channel,
                ledger: ledger.clone(),
                quarantine: quarantine.clone(),
                guard: common.guard,
                clock: clock.clone(),
                rng: seeded(&mut rng),
                gate: gate_open.clone(),
                reports: reports.clone(),
            };
            tasks.spawn(Lane::new(handle.clone(), parts).run(stop.clone()));
            lanes.insert(spec.key, handle);
        }
        let pipeline = Self { ledger, lanes: Arc::new(lanes), quarantine, clock, gate, reports, tasks };
        pipeline.tasks.spawn(pipeline.clone().keep_clean(common.retention_ms, stop));
        pipeline.tasks.close();
        Ok(pipeline)
    }

    /// Decides about jobs and commits them to the ledger. From then on they are safe, and may be acknowledged.
    pub(crate) async fn take(&self, jobs: &[PushJob]) -> Result<Taken, LedgerError> {
        let now_ms = self.clock.wall_ms();
        let pushes = jobs.iter().flat_map(|job| policy::decide(job, now_ms, self)).collect();
        Ok(Taken { rows: self.ledger.insert(pushes).await?.rows })
    }

    /// The server knows that they are the bridge's: they may go.
    pub(crate) async fn release(&self, taken: Taken) -> Result<(), LedgerError> {
        if taken.rows.is_empty() {
            return Ok(());
        }
        self.ledger.acknowledge(taken.rows, || self.wake()).await
    }

    /// Jobs of an earlier run that the server may not know to be the bridge's.
    pub(crate) async fn unacknowledged(&self, limit: usize) -> Result<(Vec<String>, Taken), LedgerError> {
        let (jobs, rows) = self.ledger.unacknowledged(limit).await?;
        Ok((jobs, Taken { rows }))
    }

    /// Opens or closes the way out of every lane.
    pub(crate) fn set_gate(&self, open: bool) {
        self.gate.send_if_modified(|is_open| std::mem::replace(is_open, open) != open);
    }

    fn wake(&self) {
        self.lanes.values().for_each(|lane| lane.wake.notify_one());
    }

    /// Stops the pushes to a receiver that wait: all, or those of one conversation or of some of its places. No receiver: to everybody.
    pub(crate) async fn withdraw(&self, app: u32, user: &str, scope: Option<Scope>, reason: &str) -> Result<usize, LedgerError> {
        let stopped = self.ledger.withdraw(app, user.to_owned(), scope, word(reason)).await?;
        if stopped > 0 {
            // What stood behind them may be due.
            self.wake();
        }
        Ok(stopped)
    }

    /// A page of what is held.
    pub(crate) async fn held(&self, after: Option<Held>, limit: usize) -> Result<Vec<Held>, LedgerError> {
        self.ledger.held(after, limit).await
    }

    /// Stops those of a page that are not wanted any more; `states` in its order.
    pub(crate) async fn withdraw_unwanted(&self, page: &[Held], states: &[String]) -> Result<(), LedgerError> {
        let unwanted = page.iter().zip(states).filter(|(_, state)| *state != "Push");
        let rows: Vec<_> = unwanted.map(|(held, state)| (held.id, word(state))).collect();
        if !rows.is_empty() {
            self.ledger.withdraw_rows(rows).await?;
            self.wake();
        }
        Ok(())
    }

    /// Pushes that wait in a state.
    pub(crate) fn waiting(&self, state: State) -> u64 {
        self.ledger.stats().waiting(state)
    }

    /// Pushes that came to an end, by state and word.
    pub(crate) fn totals(&self) -> BTreeMap<(State, String), u64> {
        self.ledger.stats().totals()
    }

    /// How each lane stands, by its key.
    pub(crate) fn lane_status(&self) -> Vec<LaneStatus> {
        let mut list: Vec<_> = self.lanes.values().map(|lane| lane.status.lock().clone()).collect();
        list.sort_by(|a, b| a.credential.cmp(&b.credential));
        list
    }

    /// The last pushes that did not arrive, newest first.
    pub(crate) async fn trouble(&self, user: Option<String>, limit: usize) -> Result<Vec<Trouble>, LedgerError> {
        self.ledger.trouble(user, limit).await
    }

    /// Months of running must not fill the disk.
    async fn keep_clean(self, retention_ms: i64, stop: CancellationToken) {
        loop {
            loop {
                match self.ledger.clean(self.clock.wall_ms().saturating_sub(retention_ms)).await {
                    Ok(true) if !stop.is_cancelled() => tokio::task::yield_now().await,
                    Ok(_) => break,
                    Err(error) => {
                        tracing::warn!("{error}");
                        break;
                    }
                }
            }
            // What stood behind something too old is due.
            self.wake();
            tokio::select! {
                () = stop.cancelled() => return,
                () = clock::sleep(&*self.clock, CLEAN_EVERY_MS) => {}
            }
        }
    }

    /// Waits until the lanes have ended after their stop.
    pub(crate) async fn ended(&self) {
        self.tasks.wait().await;
    }
}

impl Surroundings for Pipeline {
    fn lane(&self, app: u32, cert_id: i64) -> Option<Arc<str>> {
        let own = Credential { sdk_app_id: Some(app), cert_id, ..Credential::default() }.key();
        let any = Credential { cert_id, ..Credential::default() }.key();
        self.lanes.get(&own).or_else(|| self.lanes.get(&any)).map(|lane| lane.key.clone())
    }

    fn quarantined(&self, lane: &str, token: &str, registered_at_ms: i64) -> bool {
        self.quarantine.holds(lane, token, registered_at_ms)
    }
}

/// Label of counters for a withdrawal's reason.
fn word(reason: &str) -> &'static str {
    match reason {
        "Online" => "Online",
        "Read" => "Read",
        _ => "Gone",
    }
}
