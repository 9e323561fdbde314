//! Wiring: store, services and transport of one server, from start to a graceful end. Many can run in one process.

use crate::application::{AppKeys, AppSettings, Application, Applications, Features, random_hex_64};
use crate::bus::Bus;
use crate::config::{Config, DataFolder};
use crate::expiry;
use crate::history_file::HistoryFiles;
use crate::live_room;
use crate::media::{self, Media};
use crate::metrics::Metrics;
use crate::service::Random;
use crate::session::Sessions;
use crate::store::engine::{Db, Folder, OpenError, StoreError, Tx};
use crate::store::{self, MIGRATIONS};
use crate::transport::caller::SigChecker;
use crate::transport::dispatch::Dispatcher;
use crate::transport::tls::{self, Tls, TlsError};
use crate::transport::{self, listen};
use crate::upkeep;
use parking_lot::RwLock;
use ring::digest;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tern_protocol::clock::{Clock, SystemClock, VirtualClock, sleep, timeout};
use tern_protocol::limits::Edition;
use tern_protocol::model::presence::LoginPolicy;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// File in the data folder with the first bridge's token (mode 0600).
pub const BRIDGE_TOKEN_FILE: &str = "bridge.token";
/// File in the data folder with the control API's token (mode 0600).
pub const CONTROL_TOKEN_FILE: &str = "control.token";
/// Name of the bridge credential that the first start makes.
const FIRST_BRIDGE: &str = "default";
/// Real milliseconds between two looks at the applications' settings.
const SETTINGS_MS: i64 = 3_000;
/// Real milliseconds that open requests and links get to finish when the server ends; the database gets the rest of five seconds.
const DRAIN_MS: i64 = 3_500;

/// Why a server does not start: one sentence.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct StartError(String);

impl StartError {
    fn new(what: impl std::fmt::Display) -> Self {
        Self(what.to_string())
    }
}

impl From<OpenError> for StartError {
    fn from(error: OpenError) -> Self {
        Self::new(error)
    }
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::new(error)
    }
}

impl From<TlsError> for StartError {
    fn from(error: TlsError) -> Self {
        Self::new(error)
    }
}

/// The server's time, and whether the control API may move it.
#[derive(Clone, Debug)]
pub struct Time {
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) movable: Option<VirtualClock>,
}

impl From<SystemClock> for Time {
    fn from(clock: SystemClock) -> Self {
        Self { clock: Arc::new(clock), movable: None }
    }
}

impl From<Arc<dyn Clock>> for Time {
    /// A clock of the caller's own, which the control API does not move.
    fn from(clock: Arc<dyn Clock>) -> Self {
        Self { clock, movable: None }
    }
}

impl From<VirtualClock> for Time {
    fn from(clock: VirtualClock) -> Self {
        Self { clock: Arc::new(clock.clone()), movable: Some(clock) }
    }
}

/// What a listening server tells who started it; also the line of `--ready-json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Ready {
    /// Where REST and WebSocket listen.
    pub address: SocketAddr,
    /// The first application.
    pub sdkappid: SdkAppId,
    /// Its secret key; empty: it has none (legacy format).
    pub key: String,
    /// Its first admin.
    pub admin: String,
    /// Token for a push bridge; empty: `bridge.token` was removed by hand.
    pub bridge: String,
    /// Token of the control API, if it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub control: Option<String>,
    /// Where TLS listens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_address: Option<SocketAddr>,
    /// The made authority's certificate, which clients have to trust.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_ca: Option<PathBuf>,
    /// The data folder.
    pub data: PathBuf,
}

/// What all connections of a server share.
pub(crate) struct Server {
    pub(crate) config: Config,
    pub(crate) time: Time,
    pub(crate) db: Db,
    pub(crate) applications: Applications,
    pub(crate) credentials: SigChecker,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) dispatcher: Dispatcher,
    pub(crate) metrics: Metrics,
    pub(crate) history_files: HistoryFiles,
    pub(crate) media: Media,
    pub(crate) control_token: Option<String>,
    /// Asks everything to end.
    pub(crate) stop: CancellationToken,
    /// Connections and sessions, so that the end can wait for them. Spawn with it whatever outlives a request.
    pub(crate) tasks: TaskTracker,
    admins_not_before: RwLock<HashMap<(SdkAppId, String), i64>>,
}

impl Server {
    /// The server's clock.
    pub(crate) fn clock(&self) -> &Arc<dyn Clock> {
        &self.time.clock
    }

    /// An application. One that is not known yet is looked up, because `app create` works beside a running server.
    pub(crate) async fn application(&self, id: SdkAppId) -> Result<Option<Arc<Application>>, StoreError> {
        if let Some(known) = self.applications.get(id) {
            return Ok(Some(known));
        }
        let found = self.db.read(move |tx| store::app::get(tx, id)).await?;
        Ok(found.map(|found| self.applications.put(found)))
    }

    /// An application as it is now.
    pub(crate) fn current(&self, app: &Arc<Application>) -> Arc<Application> {
        self.applications.get(app.id).unwrap_or_else(|| Arc::clone(app))
    }

    /// Unix seconds before which an admin's UserSig must not have been issued. Kept in memory, for REST asks with each call.
    pub(crate) async fn admin_not_before(&self, app: SdkAppId, admin: &str) -> Result<i64, StoreError> {
        let key = (app, admin.to_owned());
        if let Some(known) = self.admins_not_before.read().get(&key) {
            return Ok(*known);
        }
        let name = key.1.clone();
        let found = self.db.read(move |tx| store::account::find(tx, app, &name)).await?;
        let not_before = found.map_or(0, |account| account.not_before);
        self.admins_not_before.write().insert(key, not_before);
        Ok(not_before)
    }

    /// A kick or a deletion may have concerned an admin.
    pub(crate) fn forget_not_before(&self) {
        self.admins_not_before.write().clear();
    }
}

/// A server that listens.
#[derive(Debug)]
pub struct Running {
    /// How to reach it.
    pub ready: Ready,
    task: JoinHandle<()>,
}

impl Running {
    /// Waits for its end, which the token given to [`start`] asks for.
    pub async fn finished(self) {
        // A panic of that task was reported when it happened.
        let _ = self.task.await;
    }
}

/// Starts a server on a listener that the caller bound. It ends within five seconds after `stop`.
pub async fn start(
    listener: TcpListener,
    config: Config,
    time: impl Into<Time>,
    stop: CancellationToken,
) -> Result<Running, StartError> {
    let time = time.into();
    let address = listener.local_addr().map_err(|error| StartError::new(format!("the listener has no address: {error}")))?;
    let folder = match &config.data {
        DataFolder::Path(path) => Folder::lock(path)?,
        DataFolder::Ephemeral => Folder::ephemeral()?,
    };
    let path = folder.path().to_owned();
    let now = time.clock.wall_seconds();
    let tls = match &config.tls {
        None => None,
        Some(tls) => {
            let prepared = tls::prepare(tls, &path, now)?;
            Some((bind(tls.address).await?, prepared))
        }
    };
    let (db, finisher) = Db::open(folder, MIGRATIONS, Some(store::search::SEARCH))?;
    let finisher = tokio::spawn(finisher.run());
    let applications = first_application(&db, now, &config).await?;
    let bridge = first_bridge(&db, &path, now).await?;
    let control_token = match config.control {
        true => Some(new_token(&path.join(CONTROL_TOKEN_FILE))?),
        false => None,
    };
    let base = config.public_url.clone().unwrap_or_else(|| media::base_of(address));
    let history_files = HistoryFiles::new(&path, base);
    let ready = ready(&applications, address, bridge, control_token.clone(), tls.as_ref(), path)?;
    let media = open_media(&config, &ready)?;
    let sessions = Arc::new(Sessions::default());
    let bus = Bus::new(Arc::clone(&sessions), config.room_window_ms);
    let server = Arc::new(Server {
        dispatcher: Dispatcher::new(db.clone(), bus, Arc::clone(&time.clock), Random::from_system(), Arc::clone(&media.depot)),
        metrics: Metrics::new(db.clone(), Arc::clone(&sessions), &media.numbers),
        media,
        config,
        time,
        db,
        applications: Applications::default(),
        credentials: SigChecker::default(),
        sessions,
        history_files,
        control_token,
        stop,
        tasks: TaskTracker::new(),
        admins_not_before: RwLock::default(),
    });
    for application in applications {
        server.applications.put(application);
    }
    if !address.ip().is_loopback() && tls.is_none() {
        tracing::warn!(%address, "listening beyond this machine without TLS: UserSigs and messages travel in clear text");
    }
    let links = transport::ws::Links::start(Arc::clone(&server)).await?;
    server.tasks.spawn(expiry::run(Arc::clone(&server)));
    server.tasks.spawn(upkeep::run(Arc::clone(&server)));
    server.tasks.spawn(media::expiry::run(Arc::clone(&server)));
    server.tasks.spawn(live_room::run(Arc::clone(&server)));
    server.tasks.spawn(follow_settings(Arc::clone(&server)));
    let task = tokio::spawn(serve(server, links, listener, tls, finisher));
    Ok(Running { ready, task })
}

/// [`start`], then waits for the end.
pub async fn run(listener: TcpListener, config: Config, time: impl Into<Time>, stop: CancellationToken) -> Result<(), StartError> {
    start(listener, config, time, stop).await?.finished().await;
    Ok(())
}

/// Takes over what `app set` changed beside the server. In real time: the person at the command waits.
async fn follow_settings(server: Arc<Server>) {
    let clock = SystemClock::new();
    loop {
        tokio::select! {
            () = sleep(&clock, SETTINGS_MS) => {}
            () = server.stop.cancelled() => return,
        }
        match server.db.read(store::app::list).await {
            Ok(stored) => stored.into_iter().for_each(|stored| server.applications.take_over(stored)),
            Err(StoreError::Closed) => return,
            Err(error) => tracing::warn!(%error, "changed settings could not be read"),
        }
    }
}

/// Listens on an address.
pub async fn bind(address: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(address).await.map_err(|error| StartError::new(format!("cannot listen on {address}: {error}")))
}

async fn serve(
    server: Arc<Server>,
    links: Arc<transport::ws::Links>,
    listener: TcpListener,
    tls: Option<(TcpListener, Tls)>,
    finisher: JoinHandle<()>,
) {
    let router = transport::router(Arc::clone(&server), links);
    if let Some((listener, tls)) = tls {
        server.tasks.spawn(listen::tls(Arc::clone(&server), listener, tls.server, router.clone()));
    }
    listen::plain(Arc::clone(&server), listener, router).await;
    server.sessions.close_all();
    server.tasks.close();
    if timeout(&SystemClock::new(), DRAIN_MS, server.tasks.wait()).await.is_err() {
        tracing::warn!(open = server.tasks.len(), "connections were still open when the server ended");
    }
    server.db.close().await;
    finisher.abort();
}

fn ready(
    applications: &[Application],
    address: SocketAddr,
    bridge: String,
    control: Option<String>,
    tls: Option<&(TcpListener, Tls)>,
    data: PathBuf,
) -> Result<Ready, StartError> {
    let first = applications.first().ok_or_else(|| StartError::new("the database holds no application"))?;
    Ok(Ready {
        address,
        sdkappid: first.id,
        key: first.settings.keys.secret.first().cloned().unwrap_or_default(),
        admin: first.first_admin().to_owned(),
        bridge,
        control,
        tls_address: tls.and_then(|(listener, _)| listener.local_addr().ok()),
        tls_ca: tls.and_then(|(_, tls)| tls.authority.clone()),
        data,
    })
}

/// All applications; the first is made with the database and takes what the configuration says of it.
async fn first_application(db: &Db, now: i64, config: &Config) -> Result<Vec<Application>, StartError> {
    let mut known = db.read(store::app::list).await?;
    if known.is_empty() {
        let login_policy = config.login_policy;
        known.push(db.write(move |tx| make_first_application(tx, now, login_policy)).await?);
    }
    let changes = &config.app_settings;
    if let Some(first) = known.first_mut().filter(|_| !changes.is_empty()) {
        let settings = first.settings.with(changes).map_err(|error| StartError::new(format!("app_settings: {error}")))?;
        if settings != first.settings {
            first.settings = settings;
            let changed = first.clone();
            db.write(move |tx| store::app::put(tx, &changed)).await?;
        }
    }
    Ok(known)
}

/// The application that a new database has: edition Premium, every paid feature on, limits that only hinder a developer off.
pub(crate) fn make_first_application(tx: &Tx<'_>, now: i64, login_policy: LoginPolicy) -> Result<Application, StoreError> {
    let secret = random_hex_64().map_err(|_| StoreError::Engine("the system gives no random numbers".into()))?;
    let application = Application {
        id: store::app::next_id(tx)?,
        name: "default".into(),
        edition: Edition::Premium,
        created_at: now,
        settings: AppSettings {
            keys: AppKeys { secret: vec![secret], public_pem: None },
            features: Features::all_paid(),
            login_policy,
            reimport_wait_days: 0,
            ..AppSettings::default()
        },
    };
    store::app::put(tx, &application)?;
    Ok(application)
}

/// The files of a data folder, and the key that signs their addresses: made once, so that addresses outlive the process.
fn open_media(config: &Config, ready: &Ready) -> Result<Media, StartError> {
    let path = ready.data.join(media::KEY_FILE);
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    let key = match known.trim() {
        "" => new_token(&path)?,
        known => known.to_owned(),
    };
    let address = ready.address;
    if config.public_url.is_none() && address.ip().is_unspecified() {
        tracing::warn!(%address, "addresses of files name this machine only; --public-url says by which one others reach this server");
    }
    let base = config.public_url.clone().unwrap_or_else(|| media::base_of(address));
    Media::open(&ready.data, base, &key, config.media_reserve_bytes, Random::from_system())
        .map_err(|error| StartError::new(format!("the folder for files cannot be used: {error}")))
}

/// Makes a token and writes it to a file that only its owner may read.
fn new_token(path: &Path) -> Result<String, StartError> {
    let token = random_hex_64().map_err(|_| StartError::new("the system gives no random numbers"))?;
    tls::write_private(path, &token)?;
    Ok(token)
}

/// What the server keeps of a bridge's token.
pub(crate) fn token_hash(token: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, token.as_bytes()).as_ref().to_vec()
}

/// The first bridge's token, made with the database. A file that an operator changed or removed is left so.
async fn first_bridge(db: &Db, folder: &Path, now: i64) -> Result<String, StartError> {
    let path = folder.join(BRIDGE_TOKEN_FILE);
    let known = db.read(store::bridge::list).await?;
    if path.exists() || known.iter().any(|bridge| bridge.name == FIRST_BRIDGE) {
        return Ok(std::fs::read_to_string(&path).unwrap_or_default().trim().to_owned());
    }
    let token = new_token(&path)?;
    let hash = token_hash(&token);
    db.write(move |tx| store::bridge::add(tx, FIRST_BRIDGE, &hash, None, now)).await?;
    Ok(token)
}
