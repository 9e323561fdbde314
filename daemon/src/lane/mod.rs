//! One lane per credential: takes what is due from the ledger, sends it, and does with message, token and channel what the answer
//! means. The ledger is the queue; a lane holds only what is under way.

mod rest;

use crate::channel::{
    Channel, Delivery,
    outcome::{Answer, Attempt, ChannelStep, MessageStep, Outcome, Reach, TokenStep, judge},
};
use crate::config::GuardConfig;
use crate::job::State;
use crate::ledger::{
    Ended, Finish, Ledger, LedgerError, Quarantined, Row,
    guard::{Guard, Said},
};
use crate::quarantine::Quarantine;
use futures_util::{
    FutureExt, StreamExt,
    future::{BoxFuture, Either},
    stream::FuturesUnordered,
};
use parking_lot::Mutex;
use rand::{Rng, rngs::StdRng};
use rest::{PROBE_FIRST_MS, Rest};
use serde::Serialize;
use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
    sync::Arc,
    time::Duration,
};
use tern_protocol::{
    api::push::PushResult,
    clock::{Clock, Hold},
};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

/// A token is held aside for this long before it can be called dead,
const QUARANTINE_MS: i64 = 10 * 60_000;
/// and only when the channel has worked within this time.
const WORKED_MS: i64 = 3_600_000;
/// Devices held back by a throttle at most; above that the oldest rule of all applies: try.
const HELD_DEVICES: usize = 10_000;
/// A wall clock that went away from the steady one by more than this has jumped.
const JUMP_MS: i64 = 5_000;
/// How long pushes under way may take to be answered at the end.
const DRAIN: Duration = Duration::from_secs(3);
const DAY_MS: i64 = 24 * 3_600_000;

/// How a lane stands, for status and metrics.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct LaneStatus {
    pub(crate) credential: String,
    pub(crate) channel: String,
    /// `ok`, `paused` or `stopped`.
    pub(crate) state: String,
    pub(crate) why: String,
    pub(crate) in_flight: usize,
}

/// What others hold of a lane.
#[derive(Clone)]
pub(crate) struct LaneHandle {
    pub(crate) key: Arc<str>,
    pub(crate) wake: Arc<Notify>,
    pub(crate) status: Arc<Mutex<LaneStatus>>,
}

/// What a lane is made of.
pub(crate) struct LaneParts {
    pub(crate) channel: Arc<dyn Channel>,
    pub(crate) ledger: Ledger,
    pub(crate) quarantine: Arc<Quarantine>,
    pub(crate) guard: GuardConfig,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) rng: StdRng,
    /// Closed while the server has not said what is still wanted.
    pub(crate) gate: watch::Receiver<bool>,
    /// Told when there is something to report.
    pub(crate) reports: Arc<Notify>,
}

type Loaded = Result<(Vec<Row>, Option<i64>), LedgerError>;
type Saving = BoxFuture<'static, (Arc<Vec<Finish>>, Result<(), LedgerError>)>;

struct Sent {
    row: Row,
    answer: Answer,
    renewed: bool,
}

pub(crate) struct Lane {
    handle: LaneHandle,
    parts: LaneParts,
    guard: Guard,
    in_hand: HashSet<i64>,
    /// Device tokens that a throttle holds back, and until when (wall clock milliseconds).
    held_devices: HashMap<String, i64>,
    rest: Rest,
    /// When tokens held aside are looked at next, on the steady clock.
    sweep_at_mono_ms: i64,
    /// Something may be due that is not in hand.
    more: bool,
    next_due_ms: Option<i64>,
    /// Wall clock minus steady clock when it was looked at last.
    offset_ms: i64,
    hold: Option<Hold>,
}

impl Lane {
    pub(crate) fn new(handle: LaneHandle, parts: LaneParts) -> Self {
        let offset_ms = parts.clock.wall_ms() - parts.clock.mono_ms();
        Self {
            handle,
            guard: Guard::new(parts.guard),
            in_hand: HashSet::new(),
            held_devices: HashMap::new(),
            rest: Rest::new(),
            sweep_at_mono_ms: parts.clock.mono_ms() + QUARANTINE_MS,
            more: true,
            next_due_ms: None,
            offset_ms,
            hold: None,
            parts,
        }
    }

    /// Runs until `stop`, and then until what is under way was answered and written down, or 3 s have passed.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        let channel = self.parts.channel.clone();
        let mut in_flight: FuturesUnordered<BoxFuture<'_, Sent>> = FuturesUnordered::new();
        // One commit under way; what is answered meanwhile goes into the next.
        let mut saving: Option<Saving> = None;
        let mut finished: Vec<Finish> = Vec::new();
        let mut loading: Option<(usize, BoxFuture<'static, Loaded>)> = None;
        let mut retry_at_mono_ms = None;
        let wake = self.handle.wake.clone();
        loop {
            self.note_jump().await;
            let slots = self.slots(in_flight.len());
            if saving.is_none() && !finished.is_empty() && retry_at_mono_ms.is_none() {
                saving = Some(self.save(Arc::new(std::mem::take(&mut finished))));
            }
            if loading.is_none() && self.more && slots > 0 && retry_at_mono_ms.is_none() {
                let (ledger, key) = (self.parts.ledger.clone(), self.handle.key.clone());
                let in_hand = self.in_hand.clone();
                loading = Some((slots, async move { ledger.due(key, slots, in_hand).await }.boxed()));
                self.more = false;
                let now_ms = self.parts.clock.wall_ms();
                self.next_due_ms = self.next_due_ms.filter(|due_ms| *due_ms > now_ms);
            }
            self.show(in_flight.len());
            let busy = !in_flight.is_empty() || saving.is_some() || loading.is_some();
            self.hold = busy.then(|| self.hold.take().unwrap_or_else(|| self.parts.clock.hold()));
            let timer = match self.next_moment(retry_at_mono_ms) {
                Some(mono_ms) => Either::Left(self.parts.clock.sleep_until(mono_ms)),
                None => Either::Right(std::future::pending()),
            };
            let load = async {
                match &mut loading {
                    Some((asked, load)) => (*asked, load.await),
                    None => std::future::pending().await,
                }
            };
            let save = async {
                match &mut saving {
                    Some(save) => save.await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                () = wake.notified() => self.more = true,
                changed = self.parts.gate.changed() => {
                    if changed.is_err() {
                        break;
                    }
                    self.more = true;
                }
                (asked, loaded) = load => {
                    loading = None;
                    match loaded {
                        Ok((rows, next)) => {
                            // A push put off meanwhile is not in this answer: the earlier moment stays.
                            self.note_due(next);
                            // The channel may have come to rest since the ledger was asked.
                            let allowed = self.slots(in_flight.len());
                            self.more |= rows.len() >= asked || rows.len() > allowed;
                            self.start(rows.into_iter().take(allowed), &channel, &in_flight, &mut finished);
                        }
                        Err(error) => retry_at_mono_ms = Some(self.after_ledger_fault(&error)),
                    }
                }
                Some(first) = in_flight.next() => {
                    let mut next = Some(first);
                    while let Some(sent) = next {
                        finished.push(self.judge(sent).await);
                        next = in_flight.next().now_or_never().flatten();
                    }
                    self.more = true;
                }
                (results, saved) = save => {
                    saving = None;
                    match saved {
                        Ok(()) => self.saved(&results),
                        Err(error) => {
                            retry_at_mono_ms = Some(self.after_ledger_fault(&error));
                            finished.extend(results.iter().cloned());
                        }
                    }
                }
                () = timer => {
                    self.more = true;
                    let now = self.parts.clock.mono_ms();
                    if retry_at_mono_ms.is_some_and(|at| at <= now) {
                        retry_at_mono_ms = None;
                    }
                    if self.sweep_at_mono_ms <= now {
                        self.sweep_at_mono_ms = now + QUARANTINE_MS;
                        self.sweep().await;
                    }
                }
            }
        }
        drop(loading);
        let drain = async {
            while let Some(sent) = in_flight.next().await {
                finished.push(self.judge(sent).await);
            }
        };
        crate::channel::real_time_limit(DRAIN, drain).await;
        let last = self.save(Arc::new(finished));
        for save in saving.into_iter().chain([last]) {
            if let (_, Err(error)) = save.await {
                tracing::error!("{} could not write down what was sent: {error}", self.handle.key);
            }
        }
    }

    /// How many more pushes may go out now; few are not worth a look into the ledger while others are under way.
    fn slots(&self, in_flight: usize) -> usize {
        if !*self.parts.gate.borrow() {
            return 0;
        }
        let most = self.rest.most(self.parts.clock.mono_ms(), self.parts.channel.in_flight());
        let free = most.saturating_sub(in_flight);
        if in_flight > 0 && free < most / 4 { 0 } else { free }
    }

    fn next_moment(&self, retry_at_mono_ms: Option<i64>) -> Option<i64> {
        let clock = &self.parts.clock;
        let (wall, mono) = (clock.wall_ms(), clock.mono_ms());
        // While it rests, nothing that is due can go.
        let rest = self.rest.until(mono);
        let due = self.next_due_ms.filter(|_| rest.is_none()).map(|due| mono + (due - wall).max(0));
        let sweep = (self.parts.quarantine.count(&self.handle.key) > 0).then_some(self.sweep_at_mono_ms);
        [rest, due, sweep, retry_at_mono_ms].into_iter().flatten().min()
    }

    fn start<'a>(
        &mut self,
        rows: impl Iterator<Item = Row>,
        channel: &'a Arc<dyn Channel>,
        in_flight: &FuturesUnordered<BoxFuture<'a, Sent>>,
        finished: &mut Vec<Finish>,
    ) {
        let now = self.parts.clock.wall_ms();
        for row in rows {
            self.in_hand.insert(row.id);
            if row.expires_at_ms <= now {
                finished.push(too_old(&row));
            } else if let Some(until_ms) = self.held_devices.get(&row.token).filter(|until_ms| **until_ms > now) {
                let reason = "the device is throttled".to_owned();
                finished.push(Finish::Again { id: row.id, due_at_ms: *until_ms, attempts: row.attempts, reason });
            } else {
                in_flight.push(send(channel, row).boxed());
            }
        }
    }

    fn save(&self, results: Arc<Vec<Finish>>) -> Saving {
        let ledger = self.parts.ledger.clone();
        async move {
            let saved = ledger.finish(results.clone()).await;
            (results, saved)
        }
        .boxed()
    }

    fn saved(&mut self, results: &[Finish]) {
        let mut ended = false;
        for result in results {
            match result {
                Finish::End { id, .. } => {
                    self.in_hand.remove(id);
                    ended = true;
                }
                Finish::Again { id, due_at_ms, .. } => {
                    self.in_hand.remove(id);
                    self.note_due(Some(*due_at_ms));
                }
            }
        }
        if ended {
            // What stood behind them is due now.
            self.more = true;
            self.parts.reports.notify_one();
        }
    }

    fn note_due(&mut self, due_ms: Option<i64>) {
        self.next_due_ms = [self.next_due_ms, due_ms].into_iter().flatten().min();
    }

    fn after_ledger_fault(&mut self, error: &LedgerError) -> i64 {
        tracing::error!("{} waits a second: {error}", self.handle.key);
        self.more = true;
        self.parts.clock.mono_ms() + 1_000
    }

    /// What an answer means for message, token and channel.
    async fn judge(&mut self, sent: Sent) -> Finish {
        let Sent { row, answer, renewed } = sent;
        let now_ms = self.parts.clock.wall_ms();
        self.note_answer(&row, &answer, now_ms).await;
        let attempts = row.attempts + 1;
        let attempt = Attempt {
            now_ms,
            received_at_ms: row.received_at_ms,
            expires_at_ms: row.expires_at_ms,
            next_day_ms: now_ms - now_ms.rem_euclid(DAY_MS) + DAY_MS,
            attempts,
            renewed,
        };
        let mut verdict = judge(&answer, attempt, self.parts.channel.backoff(), &mut self.parts.rng);
        let blames_token = matches!(verdict.token, TokenStep::Invalidate { .. } | TokenStep::Quarantine);
        if blames_token && self.guard.tripped() {
            // Not the token's fault: the push waits with the others until a person has put it right.
            let why =
                format!("{}, the last with {:?}: are endpoint, topic and key the app's own?", self.guard.sentence(), answer.reason);
            self.stop(&why);
            let due_at_ms = now_ms + PROBE_FIRST_MS;
            verdict.message = MessageStep::Again { due_at_ms, counts: false };
            verdict.token = TokenStep::Keep;
        }
        self.apply_to_channel(verdict.channel, &answer, now_ms);
        if let TokenStep::Hold { until_ms } = verdict.token {
            if self.held_devices.len() >= HELD_DEVICES {
                self.held_devices.retain(|_, until_ms| *until_ms > now_ms);
            }
            if self.held_devices.len() < HELD_DEVICES {
                self.held_devices.insert(row.token.clone(), until_ms);
            }
        }
        match verdict.message {
            MessageStep::Done => end(&row, State::Sent, &answer, now_ms, None),
            MessageStep::Drop => {
                let since_ms = match verdict.token {
                    TokenStep::Invalidate { since_ms } => since_ms,
                    _ => None,
                };
                let quarantine = (verdict.token == TokenStep::Quarantine).then(|| self.set_aside(&row, &answer, now_ms));
                let mut finish = end(&row, State::Failed, &answer, now_ms, since_ms);
                if let Finish::End { quarantine: slot, .. } = &mut finish {
                    *slot = quarantine;
                }
                finish
            }
            MessageStep::Again { due_at_ms, counts } => {
                let attempts = if counts { attempts } else { row.attempts };
                Finish::Again { id: row.id, due_at_ms, attempts, reason: answer.reason }
            }
            MessageStep::Renew => Finish::Again { id: row.id, due_at_ms: now_ms, attempts: row.attempts, reason: answer.reason },
        }
    }

    async fn note_answer(&mut self, row: &Row, answer: &Answer, now_ms: i64) {
        let said = match answer.outcome {
            Outcome::Accepted { .. } => Said::Good,
            Outcome::TokenInvalid { .. } | Outcome::TokenMismatch => Said::Bad,
            _ => return,
        };
        let mut hasher = DefaultHasher::new();
        row.token.hash(&mut hasher);
        self.guard.note(hasher.finish(), said, now_ms);
        if said == Said::Good && self.parts.quarantine.remove(&self.handle.key, &row.token) {
            let released = self.parts.ledger.release(self.handle.key.clone(), vec![row.token.clone()], Ended::LetGo).await;
            if let Err(error) = released {
                tracing::warn!("{error}");
            }
        }
    }

    fn set_aside(&mut self, row: &Row, answer: &Answer, now_ms: i64) -> Quarantined {
        if self.parts.quarantine.count(&self.handle.key) == 0 {
            self.sweep_at_mono_ms = self.parts.clock.mono_ms() + QUARANTINE_MS;
        }
        self.parts.quarantine.add(&self.handle.key, &row.token, row.registered_at_ms, now_ms);
        // Should it be called dead later, then by this report; a token registered since then is another matter.
        let since_ms = Some(now_ms);
        Quarantined {
            lane: self.handle.key.clone(),
            token: row.token.clone(),
            registered_at_ms: row.registered_at_ms,
            since_ms: now_ms,
            result: result(row, "TokenInvalid", &answer.reason, now_ms, since_ms),
        }
    }

    fn apply_to_channel(&mut self, step: ChannelStep, answer: &Answer, now_ms: i64) {
        let mono = self.parts.clock.mono_ms();
        match step {
            ChannelStep::Keep => {}
            ChannelStep::Healthy => {
                if self.rest.healthy(mono) {
                    tracing::info!("{} works again", self.handle.key);
                    self.guard.reset();
                }
            }
            ChannelStep::Strike => {
                let unreachable = answer.reach == Reach::Unreachable;
                self.rest.strike(unreachable, &answer.reason, mono, &mut self.parts.rng);
            }
            ChannelStep::Pause { until_ms } => self.rest.pause(mono + (until_ms - now_ms).max(0), &answer.reason),
            ChannelStep::Fatal => self.stop(&answer.reason),
        }
    }

    fn stop(&mut self, why: &str) {
        if self.rest.stop(why, self.parts.clock.mono_ms()) {
            tracing::error!("{} is stopped until a person puts it right: {why}", self.handle.key);
        }
    }

    fn show(&self, in_flight: usize) {
        let (state, why) = self.rest.shown(self.parts.clock.mono_ms());
        let mut status = self.handle.status.lock();
        status.in_flight = in_flight;
        if status.state != state || status.why != why {
            if state == "paused" {
                tracing::warn!("{} rests: {why}", self.handle.key);
            }
            status.state = state.into();
            status.why = why.into();
        }
    }

    /// Calls tokens dead that were held aside long enough, when the channel works for others.
    async fn sweep(&mut self) {
        let now_ms = self.parts.clock.wall_ms();
        if self.guard.tripped() || self.rest.stopped() || !self.guard.worked_within(WORKED_MS, now_ms) {
            return;
        }
        let tokens = self.parts.quarantine.held_since(&self.handle.key, now_ms - QUARANTINE_MS);
        if tokens.is_empty() {
            return;
        }
        match self.parts.ledger.release(self.handle.key.clone(), tokens.clone(), Ended::Dead).await {
            Ok(()) => {
                tokens.iter().for_each(|token| {
                    self.parts.quarantine.remove(&self.handle.key, token);
                });
                self.parts.reports.notify_one();
            }
            Err(error) => tracing::warn!("{error}"),
        }
    }

    /// Moments in the ledger are of the wall clock; when that jumps, what waits moves with it.
    async fn note_jump(&mut self) {
        let before = self.parts.clock.mono_ms();
        let offset_ms = self.parts.clock.wall_ms() - before;
        if self.parts.clock.mono_ms() - before > JUMP_MS / 2 {
            return; // time itself moved between the two looks
        }
        let jump_ms = offset_ms - self.offset_ms;
        if jump_ms.abs() < JUMP_MS {
            return;
        }
        self.offset_ms = offset_ms;
        tracing::warn!("the clock jumped by {} s", jump_ms / 1000);
        self.held_devices.values_mut().for_each(|until_ms| *until_ms += jump_ms);
        self.next_due_ms = self.next_due_ms.map(|due_ms| due_ms + jump_ms);
        if let Err(error) = self.parts.ledger.shift(self.handle.key.clone(), jump_ms).await {
            tracing::warn!("{error}");
        }
    }
}

async fn send(channel: &Arc<dyn Channel>, row: Row) -> Sent {
    let delivery = Delivery {
        push_id: row.push_id.clone(),
        user_id: row.user.clone(),
        token: row.token.clone(),
        notification: row.notification.clone(),
        expires_at_ms: row.expires_at_ms,
    };
    let answer = channel.send(delivery.clone()).await;
    if answer.outcome != Outcome::AuthRefresh {
        return Sent { row, answer, renewed: false };
    }
    let answer = match channel.renew().await {
        Ok(()) => channel.send(delivery).await,
        Err(answer) => answer,
    };
    Sent { row, answer, renewed: true }
}

fn end(row: &Row, state: State, answer: &Answer, now_ms: i64, since_ms: Option<i64>) -> Finish {
    let word = answer.outcome.name();
    let provider_id = match &answer.outcome {
        Outcome::Accepted { id } => id.clone().unwrap_or_default(),
        _ => String::new(),
    };
    Finish::End {
        id: row.id,
        state,
        word,
        reason: answer.reason.clone(),
        provider_id,
        attempts: row.attempts + 1,
        result: result(row, word, &answer.reason, now_ms, since_ms),
        quarantine: None,
    }
}

/// No provider said anything about it: there is no report.
fn too_old(row: &Row) -> Finish {
    Finish::End {
        id: row.id,
        state: State::Failed,
        word: "Expired",
        reason: "the message is too old".into(),
        provider_id: String::new(),
        attempts: row.attempts,
        result: String::new(),
        quarantine: None,
    }
}

/// A result of `tern_push.report`, as JSON.
fn result(row: &Row, outcome: &str, reason: &str, now_ms: i64, since_ms: Option<i64>) -> String {
    let result = PushResult {
        push_id: row.push_id.clone(),
        sdk_app_id: row.app,
        to_account: row.user.clone(),
        install: row.install.clone(),
        cert_id: row.cert_id,
        token: row.token.clone(),
        outcome: outcome.to_owned(),
        detail: reason.to_owned(),
        time_ms: now_ms,
        since_ms,
    };
    serde_json::to_string(&result).unwrap_or_default()
}

/// A generator of its own for a lane.
pub(crate) fn seeded(rng: &mut impl Rng) -> StdRng {
    rand::SeedableRng::seed_from_u64(rng.random())
}
