//! Flags and subcommands. Whatever is wrong with them is one sentence on stderr and exit status 2; what fails later, status 1.

mod manage;
mod run;
mod usersig;

use crate::config::{self, Config, DataFolder, Settings, clap_sentence};
use clap::error::ErrorKind;
use clap::{Parser, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// Exit status for wrong flags, variables or files.
const MISUSED: u8 = 2;

#[derive(Debug, Parser)]
#[command(
    name = "tern-server",
    version,
    about = "A light chat server that speaks the Tencent Cloud Chat model",
    args_conflicts_with_subcommands = false
)]
struct Arguments {
    /// Config file [default: tern-server.toml in the config folder].
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Print one line of JSON to stdout when the server listens.
    #[arg(long)]
    ready_json: bool,
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Verb>,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Applications: list, create.
    #[command(subcommand)]
    App(manage::App),
    /// UserSigs: gen, verify.
    #[command(subcommand)]
    Usersig(usersig::Usersig),
    /// Credentials of push bridges: add, list, remove.
    #[command(subcommand)]
    Bridge(manage::Bridge),
}

/// What ends a subcommand badly.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Wrong flags, variables or files.
    Misused(String),
    /// Everything else.
    Failed(String),
}

impl Failure {
    /// What failed, for those that are no misuse.
    pub(crate) fn failed(what: impl std::fmt::Display) -> Self {
        Self::Failed(what.to_string())
    }
}

impl From<config::ConfigError> for Failure {
    fn from(error: config::ConfigError) -> Self {
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
        Err(error) if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) => {
            // Nothing can be done when stdout is closed.
            let _ = error.print();
            ExitCode::SUCCESS
        }
        Err(error) => say(&clap_sentence(&error), ExitCode::from(MISUSED)),
    }
}

/// The arguments from the program's own name on: a program that holds several may have been given this one's name first.
fn arguments() -> impl Iterator<Item = std::ffi::OsString> {
    let mut all = std::env::args_os().peekable();
    let program = all.next();
    let own = all.next_if(|first| first == "tern-server").or(program);
    own.into_iter().chain(all)
}

fn say(sentence: &str, status: ExitCode) -> ExitCode {
    eprintln!("tern-server: {sentence}");
    status
}

fn execute(arguments: Arguments) -> Result<(), Failure> {
    let Arguments { config, ready_json, settings, command } = arguments;
    let settings = Settings::layered(settings, config.as_deref(), |name| std::env::var(name).ok())?;
    match command {
        None => run::run(Config::from_settings(settings)?, ready_json),
        Some(Verb::App(app)) => manage::app(&data_folder(settings)?, app),
        Some(Verb::Bridge(bridge)) => manage::bridge(&data_folder(settings)?, bridge),
        Some(Verb::Usersig(verb)) => usersig::execute(|| data_folder(settings), verb),
    }
}

/// The folder that a subcommand works in, beside a running server or alone.
fn data_folder(settings: Settings) -> Result<PathBuf, Failure> {
    match Config::from_settings(settings)?.data {
        DataFolder::Path(path) => Ok(path),
        DataFolder::Ephemeral => Err(Failure::Misused("an ephemeral server's folder is gone with it; name one with --data".into())),
    }
}
