//! The server's push outbox over a bridge's link: leases jobs, commits them to the ledger, acknowledges, and reports what became of
//! them. What the server withdraws, or would withdraw had the link not been lost, is not sent.

use super::Link;
use crate::channel::real_time_limit;
use crate::job::{State, conversation_id, conversation_key};
use crate::ledger::Held;
use crate::pipeline::{Pipeline, Taken};
use std::{pin::Pin, sync::Arc, time::Duration};
use tern_protocol::{
    api::{
        Command,
        command::{PushAck, PushPull, PushReport, PushState},
        push,
    },
    client::{CallError, ClientEvent, End, Session},
    clock::{self, Clock},
    event::Event,
};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// Jobs leased at once.
const PULL: u64 = 250;
/// Results reported at once.
const REPORT: usize = 250;
/// Held pushes asked about at once.
const ASK: usize = 500;
/// `TernPushReady` may be lost; jobs that another bridge leased and did not keep are not announced again.
const POLL_MS: i64 = 120_000;
/// Pushes held at most: above that jobs stay with the server.
const MOST_HELD: u64 = 100_000;
/// Between two fetches that did not fill a pull.
const GATHER: Duration = Duration::from_millis(40);
/// After a fault of ledger or server.
const RETRY_MS: i64 = 2_000;
/// For the last report at the end.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// What is held goes out without the server's word when the link does not come back within this time: a push too many is better
/// than none.
const GRACE_MS: i64 = 60_000;

/// The bridge's end of the link.
pub(crate) struct Bridge {
    pub(crate) pipeline: Pipeline,
    pub(crate) session: Session,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) link: Link,
}

impl Bridge {
    /// Runs until the session is over or `stop`.
    pub(crate) async fn run(self, events: mpsc::Receiver<ClientEvent>, stop: CancellationToken) -> Result<(), End> {
        let (logins, seen_logins) = watch::channel(0_u64);
        let jobs_wait = Notify::new();
        // Dropped with this task: whoever ends first ends the others.
        let result = tokio::select! {
            () = stop.cancelled() => Ok(()),
            ended = self.follow(events, &logins, &jobs_wait) => ended,
            () = self.fetch(seen_logins.clone(), &jobs_wait) => Ok(()),
            () = self.tell(seen_logins) => Ok(()),
        };
        if stop.is_cancelled() {
            // What was under way has its answers now; what cannot be told is told after the next start.
            self.pipeline.ended().await;
            real_time_limit(LAST_WORDS, self.tell_all()).await;
        }
        result
    }

    /// Takes the session's events at once: one that waits too long would cost the link.
    async fn follow(
        &self,
        mut events: mpsc::Receiver<ClientEvent>,
        logins: &watch::Sender<u64>,
        jobs_wait: &Notify,
    ) -> Result<(), End> {
        let mut open_at_mono_ms = Some(self.clock.mono_ms() + GRACE_MS);
        loop {
            let grace = async {
                match open_at_mono_ms {
                    Some(mono_ms) => self.clock.sleep_until(mono_ms).await,
                    None => std::future::pending().await,
                }
            };
            let event = tokio::select! {
                event = events.recv() => event,
                () = grace => {
                    open_at_mono_ms = None;
                    tracing::warn!("the server is away for a minute: what is held goes out without its word");
                    self.pipeline.set_gate(true);
                    continue;
                }
            };
            let now_ms = self.clock.wall_ms();
            match event {
                None => return Err(End::Closed),
                Some(ClientEvent::Connecting { .. }) => self.link.set("connecting", "", now_ms),
                Some(ClientEvent::Online(info)) => {
                    tracing::info!(pending = info.pending_pushes, "logged in");
                    self.link.set("online", "", now_ms);
                    open_at_mono_ms = None;
                    logins.send_modify(|count| *count += 1);
                }
                Some(ClientEvent::Offline { reason, retry_in_ms }) => {
                    tracing::warn!("link lost: {reason}; next attempt in {} s", retry_in_ms / 1000);
                    self.link.set("offline", &reason, now_ms);
                    self.pipeline.set_gate(false);
                    open_at_mono_ms.get_or_insert(self.clock.mono_ms() + GRACE_MS);
                }
                Some(ClientEvent::Ended(end)) => {
                    self.link.set("ended", &end.to_string(), now_ms);
                    return Err(end);
                }
                Some(ClientEvent::Event(event)) => self.on_event(*event, jobs_wait).await,
                Some(ClientEvent::SyncPage(_) | ClientEvent::SyncDone { .. } | ClientEvent::SyncFailed { .. }) => {}
            }
        }
    }

    async fn on_event(&self, event: Event, jobs_wait: &Notify) {
        let withdrawn = match event {
            Event::PushReady(_) => return jobs_wait.notify_one(),
            Event::PushCancel(cancel) => {
                let places = cancel.up_to_place.map(|up_to| cancel.from_place.unwrap_or(0)..=up_to);
                let scope = cancel.conversation.as_ref().map(|id| (conversation_key(id), places));
                self.pipeline.withdraw(cancel.sdk_app_id, &cancel.to_account, scope, &cancel.reason).await
            }
            Event::PushPresence(person) if person.status == "Online" => {
                self.pipeline.withdraw(person.sdk_app_id, &person.to_account, None, "Online").await
            }
            _ => return,
        };
        match withdrawn {
            Ok(0) => {}
            Ok(pushes) => tracing::debug!("{pushes} pushes withdrawn"),
            Err(error) => tracing::error!("{error}"),
        }
    }

    /// After each login settles what is held; then fetches whenever jobs wait.
    async fn fetch(&self, mut logins: watch::Receiver<u64>, jobs_wait: &Notify) {
        let mut settled = 0;
        let mut gather = None;
        loop {
            let login = *logins.borrow_and_update();
            let fetched = match login {
                0 => Ok(()),
                login => match if login == settled { Ok(()) } else { self.settle().await } {
                    Ok(()) => {
                        settled = login;
                        self.pipeline.set_gate(true);
                        self.fetch_all(&mut gather).await
                    }
                    error => error,
                },
            };
            let wait_ms = match &fetched {
                Ok(()) => POLL_MS,
                Err(fault) => {
                    tracing::warn!("{fault}");
                    RETRY_MS
                }
            };
            tokio::select! {
                changed = logins.changed() => if changed.is_err() { return },
                () = jobs_wait.notified() => {}
                () = clock::sleep(&*self.clock, wait_ms) => {}
            }
        }
    }

    /// What came before the link was lost: the server is told again what was not acknowledged, and asked what is still wanted.
    async fn settle(&self) -> Result<(), Fault> {
        loop {
            let (job_ids, taken) = self.pipeline.unacknowledged(ASK).await?;
            if job_ids.is_empty() {
                break;
            }
            self.acknowledge(job_ids, taken).await?;
        }
        let mut after: Option<Held> = None;
        loop {
            let page = self.pipeline.held(after, ASK).await?;
            let Some(last) = page.last() else { return Ok(()) };
            let items = page.iter().map(|held| push::PushStateItem {
                sdk_app_id: held.app,
                to_account: held.user.clone(),
                conversation: conversation_id(&held.conversation),
                place: held.place,
            });
            let answer = self.session.call::<PushState>(&push::PushStateQuery { items: items.collect() }).await?;
            self.pipeline.withdraw_unwanted(&page, &answer.states).await?;
            after = Some(last.clone());
        }
    }

    async fn fetch_all(&self, gather: &mut Option<Pin<Box<tokio::time::Sleep>>>) -> Result<(), Fault> {
        let _hold = self.clock.hold();
        while self.pipeline.waiting(State::Queued) < MOST_HELD {
            if let Some(moment) = gather.take() {
                moment.await;
            }
            let answer = self.session.call::<PushPull>(&push::PushPull { max: PULL }).await?;
            if answer.jobs.is_empty() {
                return Ok(());
            }
            if (answer.jobs.len() as u64) < PULL {
                *gather = Some(Box::pin(moment()));
            }
            let taken = self.pipeline.take(&answer.jobs).await?;
            let job_ids = answer.jobs.into_iter().map(|job| job.job_id).collect();
            self.acknowledge(job_ids, taken).await?;
        }
        Err(Fault::Full)
    }

    /// A refusal means that the lease is over and another bridge may have the jobs: both then make the same push ids, so the phone
    /// shows one notification. Without an answer the rows wait for the next login.
    async fn acknowledge(&self, job_ids: Vec<String>, taken: Taken) -> Result<(), Fault> {
        match self.session.call::<PushAck>(&push::PushAck { job_ids }).await {
            Ok(_) => {}
            Err(CallError::Refused { code, info }) => tracing::warn!("acknowledgement refused ({}): {info}", code.0),
            Err(error) => return Err(error.into()),
        }
        Ok(self.pipeline.release(taken).await?)
    }

    /// Tells the server what became of pushes, in order.
    async fn tell(&self, mut logins: watch::Receiver<u64>) {
        loop {
            let told = if *logins.borrow_and_update() == 0 { Ok(()) } else { self.tell_all().await };
            let retry = async {
                match told {
                    Ok(()) => std::future::pending().await,
                    Err(fault) => {
                        tracing::debug!("report: {fault}");
                        clock::sleep(&*self.clock, RETRY_MS).await;
                    }
                }
            };
            tokio::select! {
                changed = logins.changed() => if changed.is_err() { return },
                () = self.pipeline.reports.notified() => {}
                () = retry => {}
            }
        }
    }

    async fn tell_all(&self) -> Result<(), Fault> {
        let _hold = self.clock.hold();
        loop {
            let reports = self.pipeline.ledger.reports(REPORT).await?;
            let Some((up_to, _)) = reports.last() else { return Ok(()) };
            let results: Vec<_> = reports.iter().map(|(_, result)| result.as_str()).collect();
            let body = format!("{{\"Results\":[{}]}}", results.join(","));
            match self.session.call_json(PushReport::NAME, body).await {
                Ok(_) => {}
                // Asked again it would be refused again.
                Err(CallError::Refused { code, info }) => tracing::error!("report refused ({}): {info}", code.0),
                Err(error) => return Err(error.into()),
            }
            self.pipeline.ledger.reported(*up_to);
            if reports.len() < REPORT {
                return Ok(());
            }
        }
    }
}

/// Under load a moment's jobs are fetched together, and share commits, frames and wake-ups. Who has not fetched for a while does
/// not wait. In real time: a story under a moved clock should not have to move it for this.
#[expect(clippy::disallowed_methods, reason = "a moment of real time")]
fn moment() -> tokio::time::Sleep {
    tokio::time::sleep(GATHER)
}

/// Why the bridge waits a little.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Ledger(#[from] crate::ledger::LedgerError),
    #[error("server: {0}")]
    Call(#[from] CallError),
    #[error("{MOST_HELD} pushes are held: further jobs stay with the server")]
    Full,
}
