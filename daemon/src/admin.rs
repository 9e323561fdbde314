//! What the daemon shows of itself over HTTP: `/healthz` and `/metrics` for machines, `/status` behind a token for `ternd status`.

use crate::job::State;
use crate::lane::LaneStatus;
use crate::ledger::Trouble;
use crate::pipeline::Pipeline;
use crate::source::{Link, LinkStatus};
use axum::{
    Json, Router,
    extract::{Query, State as AxumState},
    http::{HeaderMap, StatusCode, header},
    routing::get,
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use prometheus_client::{
    encoding::text::encode,
    metrics::{counter::ConstCounter, family::Family, gauge::Gauge},
    registry::Registry,
};
use ring::{digest, rand::SecureRandom};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fs, io, io::Write, net::SocketAddr, os::unix::fs::OpenOptionsExt, path::Path, sync::Arc};
use tern_protocol::{
    api::{command::PushPresence, push},
    client::Session,
    clock::Clock,
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// File of the data folder that tells `ternd status` where to ask and with which token.
pub(crate) const STATUS_FILE: &str = "status.json";
/// People listed at most.
const PEOPLE: usize = 2_000;
/// Pushes that did not arrive, listed at most.
const TROUBLE: usize = 20;

/// What is shown.
#[derive(Clone)]
pub(crate) struct Inside {
    pub(crate) role: &'static str,
    pub(crate) server: String,
    pub(crate) pipeline: Pipeline,
    pub(crate) link: Link,
    /// A bridge asks the server for everybody's state.
    pub(crate) session: Session,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) started_ms: i64,
}

/// What `ternd status` prints.
#[derive(Debug, Serialize)]
pub struct Status {
    role: &'static str,
    server: String,
    started_ms: i64,
    time_ms: i64,
    link: LinkStatus,
    /// How many people are Online, PushOnline, Offline; bridges only.
    people: BTreeMap<String, u64>,
    presence: Vec<push::PushPresenceItem>,
    /// Whether more people exist than are listed.
    presence_truncated: bool,
    /// Pushes that wait.
    queue: BTreeMap<&'static str, u64>,
    /// Pushes that came to an end, by state and reason.
    ended: BTreeMap<&'static str, BTreeMap<String, u64>>,
    channels: Vec<LaneStatus>,
    /// The last that did not arrive, newest first.
    did_not_arrive: Vec<Trouble>,
}

impl Inside {
    /// Everything at once; people and troubles of one user only, if named.
    pub(crate) async fn status(&self, user: Option<String>) -> Status {
        let (presence, presence_truncated) = self.presence().await;
        let mut people = BTreeMap::new();
        for person in &presence {
            *people.entry(person.status.clone()).or_default() += 1;
        }
        let presence = presence.into_iter().filter(|person| user.as_ref().is_none_or(|user| *user == person.to_account));
        let mut ended: BTreeMap<_, BTreeMap<_, _>> = BTreeMap::new();
        for ((state, word), count) in self.pipeline.totals() {
            ended.entry(state.name()).or_default().insert(word, count);
        }
        Status {
            role: self.role,
            server: self.server.clone(),
            started_ms: self.started_ms,
            time_ms: self.clock.wall_ms(),
            link: self.link.get(),
            people,
            presence: presence.collect(),
            presence_truncated,
            queue: [State::Received, State::Queued].map(|state| (state.name(), self.pipeline.waiting(state))).into(),
            ended,
            channels: self.pipeline.lane_status(),
            did_not_arrive: self.pipeline.trouble(user, TROUBLE).await.unwrap_or_default(),
        }
    }

    async fn presence(&self) -> (Vec<push::PushPresenceItem>, bool) {
        let (mut people, mut cursor) = (Vec::new(), None);
        if self.role != "bridge" || self.link.get().state != "online" {
            return (people, false);
        }
        loop {
            let page = self.session.call::<PushPresence>(&push::PushPresence { limit: 1_000, cursor }).await;
            let Ok(page) = page else { return (people, true) };
            people.extend(page.items);
            match page.cursor {
                None => return (people, false),
                Some(_) if people.len() >= PEOPLE => return (people, true),
                next => cursor = next,
            }
        }
    }

    fn metrics(&self) -> Result<String, std::fmt::Error> {
        let mut registry = Registry::with_prefix("ternd");
        let waiting = Family::<[(&'static str, String); 1], Gauge>::default();
        registry.register("pushes_waiting", "Pushes that wait, by state", waiting.clone());
        for state in [State::Received, State::Queued] {
            let count = self.pipeline.waiting(state).try_into().unwrap_or(i64::MAX);
            waiting.get_or_create(&[("state", state.name().to_owned())]).set(count);
        }
        let ended = Family::<[(&'static str, String); 2], prometheus_client::metrics::counter::Counter>::default();
        registry.register("pushes_ended", "Pushes that came to an end, by state and reason", ended.clone());
        for ((state, word), count) in self.pipeline.totals() {
            ended.get_or_create(&[("state", state.name().to_owned()), ("reason", word)]).inc_by(count);
        }
        let channels = Family::<[(&'static str, String); 2], Gauge>::default();
        registry.register("channel_up", "1 while a channel works, 0 while it rests or is stopped", channels.clone());
        let in_flight = Family::<[(&'static str, String); 2], Gauge>::default();
        registry.register("pushes_in_flight", "Pushes handed to a provider and not answered", in_flight.clone());
        for lane in self.pipeline.lane_status() {
            let labels = [("credential", lane.credential), ("channel", lane.channel)];
            channels.get_or_create(&labels).set(i64::from(lane.state == "ok"));
            in_flight.get_or_create(&labels).set(lane.in_flight.try_into().unwrap_or(i64::MAX));
        }
        registry.register("link_up", "1 while logged in to the server", {
            let gauge: Gauge = Gauge::default();
            gauge.set(i64::from(self.link.get().state == "online"));
            gauge
        });
        registry.register("uptime_seconds", "Since the start", {
            ConstCounter::new(((self.clock.wall_ms() - self.started_ms) / 1000).max(0).unsigned_abs())
        });
        let mut text = String::new();
        encode(&mut text, &registry)?;
        Ok(text)
    }
}

#[derive(Clone)]
struct Shown {
    inside: Inside,
    token: Arc<str>,
}

#[derive(Deserialize)]
struct Wish {
    user: Option<String>,
}

/// Binds the address and writes [`STATUS_FILE`].
pub(crate) async fn bind(address: SocketAddr, data: &Path) -> io::Result<(TcpListener, SocketAddr, String)> {
    let listener = TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("status address {address} cannot be listened on: {error}")))?;
    let address = listener.local_addr()?;
    let mut random = [0; 24];
    ring::rand::SystemRandom::new().fill(&mut random).map_err(|_| io::Error::other("the system gives no randomness"))?;
    let token = URL_SAFE_NO_PAD.encode(random);
    fs::create_dir_all(data)?;
    let path = data.join(STATUS_FILE);
    let _ = fs::remove_file(&path);
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
    write!(file, "{}", serde_json::json!({"address": address.to_string(), "token": token}))?;
    Ok((listener, address, token))
}

/// Serves until `stop`.
pub(crate) async fn serve(listener: TcpListener, token: String, inside: Inside, stop: CancellationToken) {
    let app = Router::new()
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/metrics", get(metrics))
        .route("/status", get(status))
        .with_state(Shown { inside, token: token.into() });
    let served = axum::serve(listener, app).with_graceful_shutdown(stop.cancelled_owned());
    if let Err(error) = served.await {
        tracing::error!("status address: {error}");
    }
}

async fn metrics(AxumState(shown): AxumState<Shown>) -> Result<([(header::HeaderName, &'static str); 1], String), StatusCode> {
    let text = shown.inside.metrics().map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    Ok(([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text))
}

async fn status(
    AxumState(shown): AxumState<Shown>,
    Query(wish): Query<Wish>,
    headers: HeaderMap,
) -> Result<Json<Status>, StatusCode> {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let given = given.strip_prefix("Bearer ").unwrap_or_default();
    // Digests compare in a time that says nothing of the token.
    let same = |text: &str| digest::digest(&digest::SHA256, text.as_bytes());
    if same(given).as_ref() != same(&shown.token).as_ref() {
        return Err(StatusCode::UNAUTHORIZED);
    }
    Ok(Json(shown.inside.status(wish.user).await))
}
