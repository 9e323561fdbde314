//! Starting and ending a bridge or an agent: in a program of its own, or several in one process.

use crate::admin::{self, Inside, Status};
use crate::channel::{Channel, SettingsError, desktop::Desktop};
use crate::config::{AgentConfig, BridgeConfig, Common, Credential};
use crate::ledger::LedgerError;
use crate::pipeline::{LaneSpec, Pipeline};
use crate::source::{
    Link,
    agent::{Agent, DESKTOP_CERT, Person},
    bridge::Bridge,
};
use rand::{SeedableRng, rngs::StdRng};
use std::{io, net::SocketAddr, path::PathBuf, sync::Arc};
use tern_protocol::{
    client::{CatchUp, ClientEvent, End, Identity, ServerAddress, Session, SessionConfig, Trust},
    clock::Clock,
    model::{
        presence::{LoginMode, Platform},
        saved_profile::SavedProfile,
    },
};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use uuid::Uuid;

/// Why a daemon did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A setting or a file it names.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// The status address.
    #[error("{0}")]
    Status(#[from] io::Error),
    /// The server does not want it.
    #[error("{0}")]
    Ended(#[from] End),
}

/// A running bridge or agent.
pub struct Running {
    inside: Inside,
    status_address: Option<SocketAddr>,
    source: JoinHandle<Result<(), End>>,
    tasks: TaskTracker,
    stop: CancellationToken,
    status_file: Option<PathBuf>,
}

impl Running {
    /// Where status, health and numbers are shown.
    pub fn status_address(&self) -> Option<SocketAddr> {
        self.status_address
    }

    /// What `ternd status` would print.
    pub async fn status(&self) -> Status {
        self.inside.status(None).await
    }

    /// Waits until it is logged in to the server.
    pub async fn online(&self) -> Result<(), DaemonError> {
        Ok(self.inside.session.online().await.map(|_| ())?)
    }

    /// Waits until it has ended: after its stop, or because the server does not want it. Nothing is lost: what was not sent waits
    /// in the ledger.
    pub async fn ended(self) -> Result<(), DaemonError> {
        let ended = self.source.await.unwrap_or(Err(End::Closed));
        self.stop.cancel();
        self.inside.pipeline.ended().await;
        self.inside.session.close().await;
        self.tasks.close();
        self.tasks.wait().await;
        if let Some(path) = self.status_file {
            let _ = std::fs::remove_file(path);
        }
        match ended {
            Err(End::Closed) | Ok(()) => Ok(()),
            Err(end) => Err(end.into()),
        }
    }
}

/// Runs a bridge until `stop`.
pub async fn run_bridge(config: BridgeConfig, clock: Arc<dyn Clock>, stop: CancellationToken) -> Result<(), DaemonError> {
    start_bridge(config, clock, stop).await?.ended().await
}

/// Runs an agent until `stop`.
pub async fn run_agent(config: AgentConfig, clock: Arc<dyn Clock>, stop: CancellationToken) -> Result<(), DaemonError> {
    let desktop = Arc::new(Desktop::new());
    start_agent(config, desktop, clock, stop).await?.ended().await
}

/// Starts a bridge: every credential is opened and the ledger is there before anything is fetched.
pub async fn start_bridge(config: BridgeConfig, clock: Arc<dyn Clock>, stop: CancellationToken) -> Result<Running, DaemonError> {
    std::fs::create_dir_all(&config.common.data)
        .map_err(|error| SettingsError(format!("data folder {}: {error}", config.common.data.display())))?;
    let open = |credential: &Credential| {
        let channel = credential.open(&config.common.data, clock.clone())?;
        Ok(LaneSpec { key: credential.key(), channel })
    };
    let lanes = config.credentials.iter().map(open).collect::<Result<Vec<_>, SettingsError>>()?;
    if lanes.is_empty() {
        tracing::warn!("no [[credential]] is configured: no push can go out");
    }
    let identity = Identity::Bridge { token: config.token.clone(), name: config.name.clone() };
    let session = session_config(&config.server, config.server_ca.clone(), identity)?;
    let parts = Parts::start("bridge", config.server, &config.common, lanes, session, clock, stop).await?;
    let bridge = Bridge {
        pipeline: parts.inside.pipeline.clone(),
        session: parts.inside.session.clone(),
        clock: parts.inside.clock.clone(),
        link: parts.inside.link.clone(),
    };
    let source = tokio::spawn(bridge.run(parts.events, parts.stop.clone()));
    Ok(Running {
        inside: parts.inside,
        status_address: parts.status_address,
        source,
        tasks: parts.tasks,
        stop: parts.stop,
        status_file: parts.status_file,
    })
}

/// Starts an agent whose notices go out through `desktop`.
pub async fn start_agent(
    config: AgentConfig,
    desktop: Arc<dyn Channel>,
    clock: Arc<dyn Clock>,
    stop: CancellationToken,
) -> Result<Running, DaemonError> {
    let profile = read_profile(&config)?;
    let identity = Identity::User {
        sdk_app_id: profile.sdk_app_id,
        user: profile.user.clone(),
        user_sig: profile.user_sig.clone(),
        platform: Platform::of_this_host(),
        // An install of its own: with tern's it would take tern's place.
        install: Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{}/agent", profile.install).as_bytes()).to_string(),
        mode: LoginMode::Push,
    };
    let mut session = session_config(&profile.server, profile.ca_file.clone().map(PathBuf::from), identity)?;
    session.catch_up = Some(CatchUp::default());
    let lanes = vec![LaneSpec { key: Credential { cert_id: DESKTOP_CERT, ..Credential::default() }.key(), channel: desktop }];
    let parts = Parts::start("agent", profile.server.clone(), &config.common, lanes, session, clock, stop).await?;
    let agent = Agent {
        pipeline: parts.inside.pipeline.clone(),
        clock: parts.inside.clock.clone(),
        link: parts.inside.link.clone(),
        person: Person::new(profile.sdk_app_id.0, profile.user.as_str()),
    };
    let source = tokio::spawn(agent.run(parts.events, parts.stop.clone()));
    Ok(Running {
        inside: parts.inside,
        status_address: parts.status_address,
        source,
        tasks: parts.tasks,
        stop: parts.stop,
        status_file: parts.status_file,
    })
}

fn read_profile(config: &AgentConfig) -> Result<SavedProfile, SettingsError> {
    let path = config.profile.display();
    let text = std::fs::read(&config.profile)
        .map_err(|error| SettingsError(format!("no saved profile at {path} ({error}): log in once with `tern login`")))?;
    // The parser's own words could quote the UserSig.
    serde_json::from_slice(&text).map_err(|error| {
        SettingsError(format!("the saved profile {path} cannot be read (line {}): log in again with `tern login`", error.line()))
    })
}

fn session_config(server: &str, ca_file: Option<PathBuf>, identity: Identity) -> Result<SessionConfig, SettingsError> {
    let server = ServerAddress::parse(server).map_err(|error| SettingsError(error.to_string()))?;
    let mut config = SessionConfig::new(server, identity);
    config.trust = ca_file.map_or(Trust::System, Trust::CaFile);
    Ok(config)
}

/// What bridge and agent start alike.
struct Parts {
    inside: Inside,
    events: mpsc::Receiver<ClientEvent>,
    status_address: Option<SocketAddr>,
    status_file: Option<PathBuf>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl Parts {
    async fn start(
        role: &'static str,
        server: String,
        common: &Common,
        lanes: Vec<LaneSpec>,
        session: SessionConfig,
        clock: Arc<dyn Clock>,
        stop: CancellationToken,
    ) -> Result<Self, DaemonError> {
        // Jitter needs no secret; the seed is all the randomness there is.
        let mut rng = StdRng::from_os_rng();
        let stop = stop.child_token();
        let listener = match common.status {
            Some(address) => Some(admin::bind(address, &common.data).await?),
            None => None,
        };
        let pipeline = Pipeline::start(common, lanes, clock.clone(), crate::lane::seeded(&mut rng), stop.clone()).await?;
        let (session, events) = Session::start(session, clock.clone(), rng);
        let started_ms = clock.wall_ms();
        let link = Link::default();
        link.set("connecting", "", started_ms);
        let inside = Inside { role, server, pipeline, link, session, clock, started_ms };
        let tasks = TaskTracker::new();
        let (mut status_address, mut status_file) = (None, None);
        if let Some((listener, address, token)) = listener {
            tasks.spawn(admin::serve(listener, token, inside.clone(), stop.clone()));
            tracing::info!(%address, "status, /healthz and /metrics");
            status_address = Some(address);
            status_file = Some(common.data.join(admin::STATUS_FILE));
        }
        Ok(Self { inside, events, status_address, status_file, tasks, stop })
    }
}
