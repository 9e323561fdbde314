//! Local gateways that judge each push as the providers would, and keep what a phone would have got
//! (`contract/push-providers.md` section 11). Tests, `tern demo` and `ternd sandbox` use them.

mod apns;
mod control;
mod fault;
mod fcm;
mod files;
mod http;
mod jwt;

pub use fault::Fault;
pub use files::ApnsAccount;

use crate::channel::SettingsError;
use crate::config::Credential;
use fault::Faults;
use files::Keys;
use parking_lot::Mutex;
use serde::Serialize;
use std::{collections::VecDeque, io, net::SocketAddr, path::Path, path::PathBuf, sync::Arc, time::Duration};
use tern_protocol::clock::Clock;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::{sync::CancellationToken, sync::DropGuard, task::TaskTracker};

/// Pushes and refusals kept at most; older ones go.
const KEPT: usize = 10_000;
/// Bytes of a request body read at most.
const BODY_BYTES: usize = 64 * 1024;

/// How the gateways are set up. The default is one pair on free ports of the loopback, with everything in a temporary folder.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// Where the CA, the keys and the bridge's settings are written and found again; `None`: a temporary folder.
    pub dir: Option<PathBuf>,
    /// Address of the APNs gateway.
    pub apns: SocketAddr,
    /// Address of the FCM gateway.
    pub fcm: SocketAddr,
    /// Apps that may be pushed to (`apns-topic`).
    pub topics: Vec<String>,
    /// Life of an FCM access token, seconds.
    pub fcm_token_seconds: i64,
    /// `SETTINGS_MAX_CONCURRENT_STREAMS` of the APNs gateway.
    pub streams: u32,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Self { dir: None, apns: any, fcm: any, topics: vec!["dev.tern.demo".into()], fcm_token_seconds: 3599, streams: 200 }
    }
}

/// A push that a gateway took: what the phone got.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pushed {
    /// `apns` or `fcm`.
    pub gateway: &'static str,
    /// The device.
    pub token: String,
    /// The payload (APNs) or the message (FCM).
    pub payload: serde_json::Value,
    /// The `apns-...` headers; empty for FCM.
    pub headers: std::collections::BTreeMap<String, String>,
    /// `apns-id`, or the message's name at FCM.
    pub id: String,
    /// When it came, wall clock milliseconds.
    pub time_ms: i64,
}

impl Pushed {
    /// Title and text as the phone shows them; the title may be empty.
    pub fn shown(&self) -> (&str, &str) {
        match self.gateway {
            "apns" => {
                let alert = &self.payload["aps"]["alert"];
                match alert.as_str() {
                    Some(text) => ("", text),
                    None => (alert["title"].as_str().unwrap_or_default(), alert["body"].as_str().unwrap_or_default()),
                }
            }
            _ => {
                let notification = &self.payload["notification"];
                (notification["title"].as_str().unwrap_or_default(), notification["body"].as_str().unwrap_or_default())
            }
        }
    }
}

/// A request that a gateway refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refused {
    /// `apns` or `fcm`.
    pub gateway: &'static str,
    /// The device, if the request named one.
    pub token: String,
    /// HTTP status.
    pub status: u16,
    /// The provider's word.
    pub reason: String,
    /// When it came, wall clock milliseconds.
    pub time_ms: i64,
}

/// What both gateways share.
struct Shared {
    clock: Arc<dyn Clock>,
    config: SandboxConfig,
    keys: Keys,
    pushed: Mutex<VecDeque<Pushed>>,
    refused: Mutex<VecDeque<Refused>>,
    /// Pushes taken since the start.
    taken: watch::Sender<u64>,
    faults: Faults,
    /// What a client did against the rules without being refused for it.
    rudeness: Mutex<Vec<String>>,
    fcm: fcm::Tokens,
    apns_tokens: apns::SeenTokens,
}

impl Shared {
    fn push(&self, pushed: Pushed) {
        let mut list = self.pushed.lock();
        if list.len() == KEPT {
            list.pop_front();
        }
        list.push_back(pushed);
        // Under the lock, so that the count and the list agree.
        self.taken.send_modify(|count| *count += 1);
    }

    fn refuse(&self, gateway: &'static str, token: &str, status: u16, reason: &str) {
        let mut list = self.refused.lock();
        if list.len() == KEPT {
            list.pop_front();
        }
        let (token, reason) = (token.to_owned(), reason.to_owned());
        list.push_back(Refused { gateway, token, status, reason, time_ms: self.clock.wall_ms() });
    }

    fn rude(&self, what: String) {
        let mut list = self.rudeness.lock();
        if list.len() < 100 {
            list.push(what);
        }
    }
}

/// Running gateways. Dropping the last clone stops them.
#[derive(Clone)]
pub struct Sandbox {
    shared: Arc<Shared>,
    apns: SocketAddr,
    fcm: SocketAddr,
    dir: PathBuf,
    tasks: TaskTracker,
    stop: CancellationToken,
    _running: Arc<Running>,
}

struct Running {
    _stop: DropGuard,
    _folder: Option<tempfile::TempDir>,
}

/// Why the gateways could not start.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A port or the folder.
    #[error("sandbox: {0}")]
    Io(#[from] io::Error),
    /// A key or certificate.
    #[error("sandbox: {0}")]
    Keys(String),
}

impl Sandbox {
    /// Binds both gateways and makes or finds their keys.
    pub async fn start(config: SandboxConfig, clock: Arc<dyn Clock>) -> Result<Self, SandboxError> {
        let (dir, folder) = match &config.dir {
            // Absolute, because the bridge's settings name files in it.
            Some(dir) => (std::path::absolute(dir)?, None),
            None => {
                let folder = tempfile::Builder::new().prefix("tern-sandbox-").tempdir()?;
                (folder.path().to_owned(), Some(folder))
            }
        };
        let apns_listener = bind(config.apns).await?;
        let fcm_listener = bind(config.fcm).await?;
        let (apns, fcm) = (apns_listener.local_addr()?, fcm_listener.local_addr()?);
        let keys = Keys::open(&dir, fcm)?;
        let tls = keys.tls_config()?;
        let stop = CancellationToken::new();
        let tasks = TaskTracker::new();
        let shared = Arc::new(Shared {
            clock,
            config,
            keys,
            pushed: Mutex::default(),
            refused: Mutex::default(),
            taken: watch::Sender::new(0),
            faults: Faults::default(),
            rudeness: Mutex::default(),
            fcm: fcm::Tokens::default(),
            apns_tokens: apns::SeenTokens::default(),
        });
        tasks.spawn(apns::serve(apns_listener, tls.clone(), shared.clone(), tasks.clone(), stop.clone()));
        tasks.spawn(fcm::serve(fcm_listener, tls, shared.clone(), tasks.clone(), stop.clone()));
        let running = Arc::new(Running { _stop: stop.clone().drop_guard(), _folder: folder });
        Ok(Self { shared, apns, fcm, dir, tasks, stop, _running: running })
    }

    /// Address of the APNs gateway, as a bridge's `endpoint`.
    pub fn apns_url(&self) -> String {
        format!("https://{}", self.apns)
    }

    /// Address of the FCM gateway, as a bridge's `endpoint`.
    pub fn fcm_url(&self) -> String {
        format!("https://{}", self.fcm)
    }

    /// The folder of the CA, the keys and the bridge's settings.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Credentials for a bridge: certificate 1 is APNs, 2 is FCM, for every application.
    pub fn credentials(&self) -> Vec<Credential> {
        let topic = self.shared.config.topics.first().cloned().unwrap_or_default();
        files::credentials(&self.dir, &self.apns_url(), &self.fcm_url(), &topic, &self.shared.keys.apns)
    }

    /// Writes `ternd.toml` with these credentials into the folder; returns its path.
    pub fn write_config(&self) -> Result<PathBuf, SandboxError> {
        Ok(files::write_config(&self.dir, &self.credentials())?)
    }

    /// What phones have got, oldest first.
    pub fn deliveries(&self) -> Vec<Pushed> {
        self.shared.pushed.lock().iter().cloned().collect()
    }

    /// Takes what phones have got since this was last called, oldest first: for counting more than is kept.
    pub fn take_deliveries(&self) -> Vec<Pushed> {
        std::mem::take(&mut *self.shared.pushed.lock()).into()
    }

    /// What was refused, oldest first.
    pub fn refusals(&self) -> Vec<Refused> {
        self.shared.refused.lock().iter().cloned().collect()
    }

    /// What a client did against the rules without being refused for it.
    pub fn rudeness(&self) -> Vec<String> {
        self.shared.rudeness.lock().clone()
    }

    /// FCM access tokens given out since the start.
    pub fn exchanges(&self) -> u64 {
        self.shared.fcm.given()
    }

    /// A count that rises with each push taken: await its changes instead of looking.
    pub fn taken(&self) -> watch::Receiver<u64> {
        self.shared.taken.subscribe()
    }

    /// Waits until `count` pushes were taken since the start, at most `limit` of real time; whether they were.
    pub async fn wait_for(&self, count: u64, limit: Duration) -> bool {
        let mut taken = self.taken();
        let wait = taken.wait_for(|taken| *taken >= count);
        crate::channel::real_time_limit(limit, wait).await.is_some_and(|waited| waited.is_ok())
    }

    /// The push that comes after the first `seen` ones, at most `limit` of real time later.
    pub async fn next_after(&self, seen: u64, limit: Duration) -> Option<Pushed> {
        if !self.wait_for(seen + 1, limit).await {
            return None;
        }
        let kept = self.shared.pushed.lock();
        let gone = *self.shared.taken.borrow() - kept.len() as u64;
        kept.get(usize::try_from(seen.checked_sub(gone)?).ok()?).cloned()
    }

    /// The next requests fail in these ways, in order; those whose token begins with `prefix` only.
    pub fn fail_next(&self, prefix: &str, faults: impl IntoIterator<Item = Fault>) {
        self.shared.faults.add(prefix, faults);
    }

    /// Faults that still wait are forgotten.
    pub fn fail_no_more(&self) {
        self.shared.faults.clear();
    }

    /// Ends both gateways; returns when their connections are closed.
    pub async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox").field("apns", &self.apns).field("fcm", &self.fcm).finish_non_exhaustive()
    }
}

async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .map_err(|error| io::Error::new(error.kind(), format!("{address} cannot be listened on: {error}")))
}

impl From<SettingsError> for SandboxError {
    fn from(error: SettingsError) -> Self {
        Self::Keys(error.0)
    }
}
