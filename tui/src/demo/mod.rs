//! `tern demo`: server, bridge, push gateways and a few scripted people in one process, and the client on top of it.
//!
//! ```text
//! assets/demo ─► world, script, persona ─► director (pure: who says what, when) ─► people ──sessions──► server
//!                        └─► populate, groups, marks (history, at the time it was said; media: files)      │ jobs
//! app (the client) ◄─ panel ─ phones ◄─ sandbox gateways ◄──────────────────── bridge ◄───────────────────┘
//! ```
//!
//! The only place that names the server and the daemon. Everything talks over loopback sockets, as separate programs would.

mod clock;
mod director;
mod groups;
mod info;
mod marks;
mod media;
mod people;
mod persona;
mod phones;
mod populate;
mod script;
mod show;
mod stage;
mod world;

#[cfg(test)]
mod acting_tests;
#[cfg(test)]
mod tests;

use crate::app::{self, AppError};
use crate::config::Config;
use crate::edge::profile::{ProfileError, ProfileFolder};
use crate::state::{InfoPage, Panel, PanelEntry};
use jiff::tz::TimeZone;
use phones::Shown;
use show::Show;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tern_protocol::client::CallError;
use tern_protocol::clock::SystemClock;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Threads for everything but the screen.
const THREADS: usize = 2;
/// Pushes that wait for the screen.
const ENTRIES: usize = 64;

/// Arguments of `tern demo`.
#[derive(clap::Args, Clone, Debug, Default)]
pub(crate) struct Options {
    /// Keep the demo's data in this folder, and go on with it the next time
    #[arg(long, value_name = "DIR")]
    pub(crate) keep: Option<PathBuf>,
    /// Write addresses, keys and a curl line to this file as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) info: Option<PathBuf>,
    /// Port of the demo's server; 0 takes any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
}

/// Why the demo cannot run, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DemoError {
    #[error("tern demo needs a terminal: start it in one")]
    NoTerminal,
    #[error("the demo's world is wrong: {0}")]
    World(String),
    #[error("{user} of the demo cannot log in: {reason}")]
    Login { user: String, reason: String },
    #[error("the demo's world cannot be built: {what}: {error}")]
    Populate { what: String, error: CallError },
    #[error("{name} of the demo cannot be sent: {reason}")]
    File { name: String, reason: String },
    #[error("{path}: {source}", path = .path.display())]
    Files { path: PathBuf, source: std::io::Error },
    #[error("{path} holds something else, or a demo that was cut short at its first start: name an empty folder", path = .0.display())]
    NotOurs(PathBuf),
    #[error("the demo's server does not start: {0}")]
    Server(#[from] tern_server_lite::app::StartError),
    #[error("the demo's push bridge does not start: {0}")]
    Bridge(#[from] tern_daemon::DaemonError),
    #[error("the demo's push gateways do not start: {0}")]
    Sandbox(#[from] tern_daemon::sandbox::SandboxError),
    #[error("the demo's threads cannot start: {0}")]
    Runtime(std::io::Error),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    App(#[from] AppError),
}

impl From<world::WorldError> for DemoError {
    fn from(error: world::WorldError) -> Self {
        Self::World(error.0)
    }
}

impl DemoError {
    fn files(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Files { path, source }
    }

    /// 2: it was started where it cannot run; 1: it did not work.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NoTerminal | Self::NotOurs(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

/// Runs the demo until its client is quit.
pub(crate) fn run(options: &Options, config: Config) -> Result<(), DemoError> {
    if !crate::edge::terminal::is_there() {
        return Err(DemoError::NoTerminal);
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(THREADS).enable_all().build().map_err(DemoError::Runtime)?;
    let result = runtime.block_on(play(options, config));
    // Whatever still hangs must not keep the terminal waiting.
    runtime.shutdown_background();
    result
}

async fn play(options: &Options, config: Config) -> Result<(), DemoError> {
    let mut show = Show::start(options).await?;
    let folder = ProfileFolder::new(&show.info.folder, &show.world.me.id)?;
    folder.create()?;
    folder.write(&show.profile)?;
    crate::cli::log_to_file(&folder);
    let (entries, panel_entries) = mpsc::channel(ENTRIES);
    let pushes = std::mem::replace(&mut show.pushes, mpsc::channel(1).1);
    let forwarder = tokio::spawn(forward(pushes, entries));
    let start = app::Start {
        folder,
        config,
        clock: Arc::new(SystemClock::new()),
        login: Some(show.profile.clone()),
        panel: Some((panel(), panel_entries)),
        info: Some(info_page(&show)),
        stop: CancellationToken::new(),
    };
    let ended = app::run(start).await;
    forwarder.abort();
    show.end().await;
    Ok(ended?)
}

fn panel() -> Panel {
    Panel {
        title: "Phones".into(),
        empty: "Your iPhone and your Android are in your bag. What they would buzz with comes here.".into(),
        ..Panel::default()
    }
}

fn info_page(show: &Show) -> InfoPage {
    InfoPage {
        title: "This demo (Enter copies the curl line)".into(),
        lines: show.info.page(&show.world),
        copies: show.info.curl.clone(),
    }
}

/// Hands pushes on as entries of the panel.
async fn forward(mut pushes: mpsc::Receiver<Shown>, entries: mpsc::Sender<PanelEntry>) {
    let zone = TimeZone::system();
    while let Some(shown) = pushes.recv().await {
        if entries.send(entry(&shown, &zone)).await.is_err() {
            return;
        }
    }
}

/// As the panel shows a push: when and where, what, and what else the phone does; behind it the payloads as JSON.
fn entry(shown: &Shown, zone: &TimeZone) -> PanelEntry {
    let said = if shown.title.is_empty() { shown.body.clone() } else { format!("{}: {}", shown.title, shown.body) };
    let text = format!("{} {}\n{said}\n{}", shown.clock_text(zone), shown.phones.join(" + "), shown.facts.join(" · "));
    let details = shown.payloads.iter().flat_map(|(gateway, payload)| {
        let json = serde_json::to_string_pretty(payload).unwrap_or_default();
        std::iter::once(gateway.clone()).chain(json.lines().map(str::to_owned).collect::<Vec<_>>())
    });
    PanelEntry { text, details: details.collect() }
}
