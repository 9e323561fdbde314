//! Flags and subcommands. Whatever is wrong with them is one sentence on stderr and exit status 2; what fails later, status 1.

mod status;

use crate::channel::SettingsError;
use crate::config::{AgentConfig, BridgeConfig, Settings};
use crate::sandbox::{Sandbox, SandboxConfig};
use clap::{Parser, Subcommand};
use std::{io::IsTerminal, net::SocketAddr, path::PathBuf, process::ExitCode, sync::Arc, time::Duration};
use tern_protocol::clock::SystemClock;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Exit status for wrong flags, variables or files.
const MISUSED: u8 = 2;
/// What is under way at the end is given this long.
const END_LIMIT: Duration = Duration::from_secs(5);

#[derive(Debug, Parser)]
#[command(
    name = "ternd",
    version,
    about = "The push daemon of tern: tells phones and desktops about messages to people who are away"
)]
struct Arguments {
    /// Config file [default: ternd.toml in the config folder].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Beside a server: forwards messages to people who are away to APNs, FCM and so on.
    Bridge(Settings),
    /// On a person's host: shows desktop notifications while tern is closed.
    Agent(Settings),
    /// Local gateways that judge pushes as Apple and Google would, and keep what a phone would have got.
    Sandbox(SandboxFlags),
    /// Who is online, what waits, and why a push did not arrive.
    Status(status::Flags),
    /// Prints the commented default settings.
    Config,
}

#[derive(Debug, clap::Args)]
struct SandboxFlags {
    /// Folder for the CA, the keys and a ready ternd.toml.
    #[arg(long, value_name = "DIR")]
    dir: PathBuf,
    /// Address of the APNs gateway.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8643")]
    apns: SocketAddr,
    /// Address of the FCM gateway.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8644")]
    fcm: SocketAddr,
    /// Bundle id that may be pushed to; may be repeated.
    #[arg(long, value_name = "BUNDLE", default_value = "dev.tern.demo")]
    topic: Vec<String>,
    /// Print one line of JSON to stdout when both listen.
    #[arg(long)]
    ready_json: bool,
}

/// What ends the program badly.
#[derive(Debug)]
enum Failure {
    Misused(String),
    Failed(String),
}

impl From<SettingsError> for Failure {
    fn from(error: SettingsError) -> Self {
        Self::Misused(error.to_string())
    }
}

/// Runs the program with the process's arguments.
pub fn main() -> ExitCode {
    // A second call in one process finds the provider installed, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match Arguments::try_parse_from(arguments()) {
        Ok(arguments) => match execute(arguments) {
            Ok(()) => ExitCode::SUCCESS,
            Err(Failure::Misused(sentence)) => say(&sentence, ExitCode::from(MISUSED)),
            Err(Failure::Failed(sentence)) => say(&sentence, ExitCode::FAILURE),
        },
        Err(error) if error.use_stderr() && error.kind() != clap::error::ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            say(&one_sentence(&error), ExitCode::from(MISUSED))
        }
        Err(help) => {
            let _ = help.print();
            if help.use_stderr() { ExitCode::from(MISUSED) } else { ExitCode::SUCCESS }
        }
    }
}

/// A program that runs several others puts the name of this one in front.
fn arguments() -> Vec<std::ffi::OsString> {
    let mut arguments: Vec<_> = std::env::args_os().collect();
    if arguments.get(1).is_some_and(|name| name == "ternd") {
        arguments.remove(0);
    }
    arguments
}

fn say(sentence: &str, code: ExitCode) -> ExitCode {
    eprintln!("ternd: {sentence}");
    code
}

fn one_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let end = text.find("\n\nUsage:").or_else(|| text.find("\n\nFor more")).unwrap_or(text.len());
    text[..end].trim_start_matches("error: ").split_whitespace().collect::<Vec<_>>().join(" ")
}

fn env(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn execute(arguments: Arguments) -> Result<(), Failure> {
    let file = arguments.config.as_deref();
    match arguments.verb {
        Verb::Bridge(flags) => {
            let settings = Settings::layered(flags, file, &env)?;
            start_log(settings.log.as_deref())?;
            let config = BridgeConfig::from_settings(settings)?;
            run(async move |clock, stop| crate::run_bridge(config, clock, stop).await.map_err(failed))
        }
        Verb::Agent(flags) => {
            let settings = Settings::layered(flags, file, &env)?;
            start_log(settings.log.as_deref())?;
            let config = AgentConfig::from_settings(&settings)?;
            run(async move |clock, stop| crate::run_agent(config, clock, stop).await.map_err(failed))
        }
        Verb::Sandbox(flags) => {
            start_log(None)?;
            run(async move |clock, stop| sandbox(flags, clock, stop).await)
        }
        Verb::Status(flags) => {
            let settings = Settings::layered(Settings::default(), file, &env)?;
            run(async move |clock, _| status::print(flags, &settings, &*clock).await)
        }
        Verb::Config => {
            print!("{}", crate::config::DEFAULT_FILE);
            Ok(())
        }
    }
}

fn failed(error: crate::DaemonError) -> Failure {
    match error {
        crate::DaemonError::Settings(error) => Failure::Misused(error.to_string()),
        error => Failure::Failed(error.to_string()),
    }
}

async fn sandbox(flags: SandboxFlags, clock: Arc<SystemClock>, stop: CancellationToken) -> Result<(), Failure> {
    let config =
        SandboxConfig { dir: Some(flags.dir), apns: flags.apns, fcm: flags.fcm, topics: flags.topic, ..SandboxConfig::default() };
    let failed = |error: crate::sandbox::SandboxError| Failure::Failed(error.to_string());
    let sandbox = Sandbox::start(config, clock).await.map_err(failed)?;
    let config = sandbox.write_config().map_err(failed)?;
    if flags.ready_json {
        println!(
            "{}",
            serde_json::json!({"apns": sandbox.apns_url(), "fcm": sandbox.fcm_url(), "config": config.display().to_string()})
        );
    } else {
        eprintln!("APNs gateway {}, FCM gateway {}", sandbox.apns_url(), sandbox.fcm_url());
        eprintln!("a bridge that pushes here: ternd bridge --config {}", config.display());
    }
    let mut taken = sandbox.taken();
    let mut shown = 0;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            changed = taken.changed() => if changed.is_err() { break },
        }
        let count = *taken.borrow_and_update();
        let new = usize::try_from(count - shown).unwrap_or(usize::MAX);
        shown = count;
        let deliveries = sandbox.deliveries();
        for pushed in deliveries.iter().skip(deliveries.len().saturating_sub(new)) {
            let (title, text) = pushed.shown();
            tracing::info!(gateway = pushed.gateway, token = %short(&pushed.token), title, text, "a phone got");
        }
    }
    sandbox.stop().await;
    Ok(())
}

fn short(token: &str) -> String {
    token.chars().take(12).collect()
}

/// To stderr; a program that runs a daemon inside itself may have a log already.
fn start_log(filter: Option<&str>) -> Result<(), Failure> {
    let filter = filter.unwrap_or("info");
    let parsed = tracing_subscriber::EnvFilter::try_new(filter);
    let filter = parsed.map_err(|error| Failure::Misused(format!("log filter {filter:?}: {error}")))?;
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let _ = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour).try_init();
    Ok(())
}

/// Runs work until it ends, or until a signal and 5 s more.
fn run(work: impl AsyncFnOnce(Arc<SystemClock>, CancellationToken) -> Result<(), Failure>) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Failure::Failed(format!("no runtime: {error}")))?;
    let result = runtime.block_on(async {
        let stop = CancellationToken::new();
        end_on_signals(&stop).map_err(|error| Failure::Failed(format!("signals: {error}")))?;
        let hurry = async {
            stop.cancelled().await;
            crate::channel::real_time_limit(END_LIMIT, std::future::pending::<()>()).await;
        };
        tokio::select! {
            result = work(Arc::new(SystemClock::new()), stop.clone()) => result,
            () = hurry => Err(Failure::Failed("what was under way did not end within 5 s; it waits in the ledger".into())),
        }
    });
    runtime.shutdown_background();
    result
}

fn end_on_signals(stop: &CancellationToken) -> std::io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut signals, stop) = (signal(kind)?, stop.clone());
        tokio::spawn(async move {
            signals.recv().await;
            stop.cancel();
        });
    }
    Ok(())
}
