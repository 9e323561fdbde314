//! Without a subcommand: the server itself.

use super::Failure;
use crate::app::{self, Ready, Running, Time};
use crate::config::{Config, ConfigError};
use std::io::{IsTerminal as _, Write as _};
use tern_protocol::clock::{SystemClock, VirtualClock};
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// Runs until SIGTERM or SIGINT.
pub(super) fn run(config: Config, ready_json: bool) -> Result<(), Failure> {
    start_log(&config.log)?;
    raise_descriptor_limit();
    let runtime = runtime(config.io_threads).map_err(|error| Failure::failed(format!("threads cannot be started: {error}")))?;
    let result = runtime.block_on(async {
        let stop = CancellationToken::new();
        end_on_signals(&stop).map_err(|error| Failure::failed(format!("signals cannot be watched: {error}")))?;
        let time = match config.virtual_clock {
            true => Time::from(VirtualClock::starting_now()),
            false => Time::from(SystemClock::new()),
        };
        let listener = app::bind(config.address).await.map_err(Failure::failed)?;
        let running = app::start(listener, config, time, stop).await.map_err(Failure::failed)?;
        announce(&running, ready_json)?;
        running.finished().await;
        Ok(())
    });
    // What is still open after the drain ends with the process.
    runtime.shutdown_background();
    result
}

fn runtime(io_threads: usize) -> std::io::Result<Runtime> {
    let mut builder = match io_threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if io_threads > 1 {
        builder.worker_threads(io_threads);
    }
    builder.enable_all().build()
}

/// To stderr; a program that runs a server inside itself may have a log already.
fn start_log(filter: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(filter).map_err(|error| ConfigError(format!("log filter {filter:?}: {error}")))?;
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_ansi(colour);
    // Somebody else's log is as good.
    let _ = log.try_init();
    Ok(())
}

/// Each link needs a descriptor; the usual soft limit of 1,024 is far below what the machine allows.
fn raise_descriptor_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let wanted = rustix::process::Rlimit { current: limit.maximum, ..limit };
    if let Err(error) = setrlimit(Resource::Nofile, wanted) {
        tracing::warn!(%error, "the limit on open descriptors could not be raised");
    }
}

fn end_on_signals(stop: &CancellationToken) -> std::io::Result<()> {
    for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
        let (mut signals, stop) = (signal(kind)?, stop.clone());
        tokio::spawn(async move {
            signals.recv().await;
            tracing::info!("asked to end");
            stop.cancel();
        });
    }
    Ok(())
}

fn announce(running: &Running, ready_json: bool) -> Result<(), Failure> {
    let Ready { address, sdkappid, tls_address, tls_ca, data, .. } = &running.ready;
    tracing::info!(%address, %sdkappid, data = %data.display(), "listening");
    if let Some(address) = tls_address {
        tracing::info!(%address, "listening with TLS");
    }
    if let Some(ca) = tls_ca {
        tracing::info!("clients of the TLS port must trust the certificate {}", ca.display());
    }
    if ready_json {
        let line = serde_json::to_string(&running.ready).map_err(Failure::failed)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "{line}").and_then(|()| out.flush()).map_err(|error| Failure::failed(format!("stdout: {error}")))?;
    }
    Ok(())
}
