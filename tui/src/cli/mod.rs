//! The command line: no verb opens the client, a verb each in its file.

pub(crate) mod export;
pub(crate) mod login;
pub(crate) mod send;
pub(crate) mod side_session;
pub(crate) mod tail;
mod tail_event;

use crate::app::{self, AppError};
use crate::config::{COMMENTED_DEFAULTS, Config, ConfigError, Flags};
use crate::edge::profile::{ProfileError, ProfileFolder};
use clap::{Parser, Subcommand};
use rand::SeedableRng;
use rand::rngs::StdRng;
use std::os::unix::fs::OpenOptionsExt;
use std::process::ExitCode;
use std::sync::Arc;
use tern_protocol::clock::{Clock, SystemClock};
use tern_protocol::model::saved_profile::SavedProfile;
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

/// What was asked for is wrong.
const WRONG_USE: u8 = 2;

#[derive(Debug, Parser)]
#[command(
    name = "tern",
    version,
    about = "A terminal client for the Tencent Cloud Chat model",
    subcommand_precedence_over_arg = true
)]
struct Cli {
    #[command(flatten)]
    flags: Flags,
    /// Write the commented settings to standard output, to start a tern.toml with
    #[arg(long)]
    print_config: bool,
    #[command(subcommand)]
    verb: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Save a login, once the server has taken it
    Login(login::LoginArgs),
    /// Send one message; ends with 0 only after the server has it
    Send(send::SendArgs),
    /// Write messages as they come, a line each
    Tail(tail::TailArgs),
    /// Write the history of one conversation to a file
    Export(export::ExportArgs),
    /// Try everything out here: a server, a push bridge, phones and people who answer, with nothing to set up
    #[cfg(feature = "demo")]
    Demo(crate::demo::Options),
}

/// Why a verb could not do its work, as a sentence.
#[derive(Debug, thiserror::Error)]
enum CliError {
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error(transparent)]
    Profile(#[from] ProfileError),
    #[error(transparent)]
    App(#[from] AppError),
    #[error(transparent)]
    Login(#[from] login::LoginError),
    #[error(transparent)]
    Send(#[from] send::SendError),
    #[error(transparent)]
    Tail(#[from] tail::TailError),
    #[error(transparent)]
    Export(#[from] export::ExportError),
    #[cfg(feature = "demo")]
    #[error(transparent)]
    Demo(#[from] crate::demo::DemoError),
    #[error("nobody is logged in under the profile {0}: run tern login first")]
    NoLogin(String),
    #[error("the runtime cannot start: {0}")]
    Runtime(std::io::Error),
}

impl CliError {
    fn exit_code(&self) -> ExitCode {
        match self {
            Self::Config(_) | Self::NoLogin(_) | Self::App(AppError::NoTerminal) => ExitCode::from(WRONG_USE),
            Self::Profile(ProfileError::Name(_)) => ExitCode::from(WRONG_USE),
            Self::Login(error) => ExitCode::from(error.exit_code()),
            Self::Send(error) => error.exit_code(),
            Self::Export(error) if error.is_wrong_use() => ExitCode::from(WRONG_USE),
            #[cfg(feature = "demo")]
            Self::Demo(error) => error.exit_code(),
            Self::Profile(_) | Self::App(_) | Self::Tail(_) | Self::Export(_) | Self::Runtime(_) => ExitCode::FAILURE,
        }
    }
}

/// Runs the program with the process's arguments.
pub(crate) fn main() -> ExitCode {
    let cli = Cli::parse();
    // Every TLS connection needs it; a second call in one process finds the first.
    let _ = rustls::crypto::ring::default_provider().install_default();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tern: {error}");
            error.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<(), CliError> {
    if cli.print_config {
        print!("{COMMENTED_DEFAULTS}");
        return Ok(());
    }
    let config = Config::load(&cli.flags, std::env::var_os("NO_COLOR").as_deref())?;
    #[cfg(feature = "demo")]
    if let Some(Verb::Demo(options)) = cli.verb {
        return Ok(crate::demo::run(&options, config)?);
    }
    let folder = ProfileFolder::new(&config.data, &config.profile)?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    // One thread is enough, and wakes nobody else.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(CliError::Runtime)?;
    let mut rng = StdRng::from_rng(&mut rand::rng());
    match cli.verb {
        None => {
            if !crate::edge::terminal::is_there() {
                return Err(AppError::NoTerminal.into());
            }
            folder.create()?;
            log_to_file(&folder);
            let stop = CancellationToken::new();
            let start = app::Start { folder, config, clock, login: None, panel: None, info: None, stop };
            Ok(runtime.block_on(app::run(start))?)
        }
        #[cfg(feature = "demo")]
        Some(Verb::Demo(_)) => Ok(()),
        Some(Verb::Login(args)) => {
            log_to_stderr();
            Ok(runtime.block_on(login::run(args, &folder, clock))?)
        }
        Some(Verb::Send(args)) => {
            log_to_stderr();
            let profile = saved(&folder)?;
            Ok(runtime.block_on(send::run(&args, &profile, clock, &mut rng, &mut std::io::stdin()))?)
        }
        Some(Verb::Export(args)) => {
            log_to_stderr();
            let profile = saved(&folder)?;
            let database = folder.database();
            let mut stdout = std::io::stdout().lock();
            Ok(runtime.block_on(export::run(&args, &database, &profile, clock, &mut rng, &mut stdout))?)
        }
        Some(Verb::Tail(args)) => {
            log_to_stderr();
            let profile = saved(&folder)?;
            let stop = CancellationToken::new();
            Ok(runtime.block_on(async {
                let ended = stop.clone();
                tokio::spawn(async move {
                    if tokio::signal::ctrl_c().await.is_ok() {
                        ended.cancel();
                    }
                });
                tail::run(&args, &profile, clock, &mut rng, &mut std::io::stdout(), stop).await
            })?)
        }
    }
}

fn saved(folder: &ProfileFolder) -> Result<SavedProfile, CliError> {
    let profile = folder.read()?.filter(|profile| !profile.user_sig.is_empty());
    profile.ok_or_else(|| CliError::NoLogin(folder.name().to_owned()))
}

fn filter() -> EnvFilter {
    EnvFilter::try_from_env("TERN_LOG").unwrap_or_else(|_| EnvFilter::new("warn"))
}

/// The screen is no place for a log.
pub(crate) fn log_to_file(folder: &ProfileFolder) {
    let opened = std::fs::OpenOptions::new().create(true).append(true).mode(0o600).open(folder.log());
    if let Ok(file) = opened {
        let log = tracing_subscriber::fmt().with_env_filter(filter()).with_ansi(false).with_writer(std::sync::Mutex::new(file));
        let _ = log.try_init();
    }
}

fn log_to_stderr() {
    let _ = tracing_subscriber::fmt().with_env_filter(filter()).with_writer(std::io::stderr).try_init();
}
