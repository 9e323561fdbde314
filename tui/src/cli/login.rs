//! `tern login`: saves a login after the server took it.

use crate::edge::profile::{ProfileError, ProfileFolder};
use crate::edge::session::user_sig_of;
use clap::Args;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::io::{BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use tern_protocol::client::{AddressError, ClientEvent, End, Identity, ServerAddress, Session, SessionConfig, Trust};
use tern_protocol::clock::{self, Clock};
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

/// How long the server may take.
const LIMIT_MS: i64 = 15_000;

/// Arguments of `tern login`.
#[derive(Args, Clone, Debug)]
pub(crate) struct LoginArgs {
    /// The server's address, such as http://127.0.0.1:8640
    #[arg(long, value_name = "URL")]
    server: String,
    /// The application's number
    #[arg(long, value_name = "N")]
    sdkappid: u32,
    /// Who logs in
    #[arg(long, value_name = "ID")]
    user: String,
    /// The UserSig; without it, it is asked for or read from standard input
    #[arg(long, value_name = "USERSIG", conflicts_with_all = ["usersig_file", "key"])]
    usersig: Option<String>,
    /// A file that holds the UserSig
    #[arg(long, value_name = "FILE", conflicts_with = "key")]
    usersig_file: Option<PathBuf>,
    /// The application's key, to make a UserSig here (for development: the key belongs on a server)
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// A PEM file with the CA that signed the server's certificate
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
}

/// Why nobody is logged in, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    #[error("{0:?} is no user ID: {1}")]
    User(String, tern_protocol::id::IdError),
    #[error(transparent)]
    Address(#[from] AddressError),
    #[error("the UserSig cannot be read from {from}: {source}")]
    Unreadable { from: String, source: std::io::Error },
    #[error("there is no UserSig: give it with --usersig, --usersig-file or on standard input, or make one with --key")]
    Empty,
    #[error("--key takes the application's key: 64 hexadecimal digits")]
    Key,
    #[error(transparent)]
    Ended(End),
    #[error("the server was not reached within {seconds} s{last}")]
    NotReached { seconds: i64, last: String },
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

impl LoginError {
    /// 2: what was asked for is wrong; 1: it did not work.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::User(..) | Self::Address(_) | Self::Unreadable { .. } | Self::Empty | Self::Key => 2,
            Self::Ended(_) | Self::NotReached { .. } | Self::Profile(_) => 1,
        }
    }
}

/// Tries the login, saves it, and says so.
pub(crate) async fn run(args: LoginArgs, folder: &ProfileFolder, clock: Arc<dyn Clock>) -> Result<(), LoginError> {
    let user = UserId::parse(args.user.as_str()).map_err(|error| LoginError::User(args.user.clone(), error))?;
    let server = ServerAddress::parse(&args.server)?;
    let sdk_app_id = SdkAppId(args.sdkappid);
    let user_sig = user_sig(&args, sdk_app_id, &user, clock.as_ref())?;
    // The install stays when the same profile logs in again: it is the same client.
    let before = folder.read().ok().flatten();
    let install = before.map_or_else(|| uuid::Uuid::new_v4().to_string(), |before| before.install);
    let ca_file = args.ca.as_ref().map(|file| std::path::absolute(file).unwrap_or_else(|_| file.clone()));
    let ca_file = ca_file.map(|file| file.display().to_string());
    let profile = SavedProfile { server: server.http_url(), sdk_app_id, user, user_sig, install, ca_file };
    try_login(server, &profile, clock).await?;
    folder.write(&profile)?;
    println!("{} is logged in at {}; tern opens it, the profile is {}", profile.user, profile.server, folder.name());
    Ok(())
}

fn user_sig(args: &LoginArgs, app: SdkAppId, user: &UserId, clock: &dyn Clock) -> Result<String, LoginError> {
    if let Some(key) = &args.key {
        let made = user_sig_of(key, app, user.as_str(), clock);
        return if made == *key { Err(LoginError::Key) } else { Ok(made) };
    }
    let text = match (&args.usersig, &args.usersig_file) {
        (Some(text), _) => text.clone(),
        (None, Some(file)) => {
            std::fs::read_to_string(file).map_err(|source| LoginError::Unreadable { from: file.display().to_string(), source })?
        }
        (None, None) => prompt().map_err(|source| LoginError::Unreadable { from: "standard input".into(), source })?,
    };
    let text = text.trim();
    if text.is_empty() { Err(LoginError::Empty) } else { Ok(text.to_owned()) }
}

/// Asks for the UserSig without showing it; reads a line where nobody can be asked.
fn prompt() -> std::io::Result<String> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        let mut line = String::new();
        stdin.lock().read_line(&mut line)?;
        return Ok(line);
    }
    let mut err = std::io::stderr();
    write!(err, "UserSig: ")?;
    err.flush()?;
    crossterm::terminal::enable_raw_mode()?;
    let typed = read_hidden();
    crossterm::terminal::disable_raw_mode()?;
    writeln!(err)?;
    typed
}

fn read_hidden() -> std::io::Result<String> {
    use crossterm::event::{Event, KeyCode, KeyModifiers, read};
    let mut text = String::new();
    loop {
        match read()? {
            Event::Key(key) => match key.code {
                KeyCode::Enter => return Ok(text),
                KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(String::new()),
                KeyCode::Backspace => {
                    text.pop();
                }
                KeyCode::Char(c) => text.push(c),
                _ => {}
            },
            Event::Paste(pasted) => text.push_str(&pasted),
            _ => {}
        }
    }
}

/// Logs in once, in mode `command`, so that a running `tern` is not displaced.
async fn try_login(server: ServerAddress, profile: &SavedProfile, clock: Arc<dyn Clock>) -> Result<(), LoginError> {
    let identity = Identity::User {
        sdk_app_id: profile.sdk_app_id,
        user: profile.user.clone(),
        user_sig: profile.user_sig.clone(),
        platform: Platform::of_this_host(),
        install: uuid::Uuid::new_v4().to_string(),
        mode: LoginMode::Command,
    };
    let mut config = SessionConfig::new(server, identity);
    if let Some(file) = &profile.ca_file {
        config.trust = Trust::CaFile(PathBuf::from(file));
    }
    let (session, mut told) = Session::start(config, Arc::clone(&clock), StdRng::from_rng(&mut rand::rng()));
    let mut last = String::new();
    let outcome = clock::timeout(clock.as_ref(), LIMIT_MS, async {
        while let Some(event) = told.recv().await {
            match event {
                ClientEvent::Online(_) => return Ok(()),
                ClientEvent::Ended(end) => return Err(LoginError::Ended(end)),
                ClientEvent::Offline { reason, .. } => last = format!(": {reason}"),
                _ => {}
            }
        }
        Err(LoginError::Ended(End::Closed))
    })
    .await;
    match outcome {
        Ok(Ok(())) => {
            let _ = clock::timeout(clock.as_ref(), 1_000, session.close()).await;
            Ok(())
        }
        Ok(Err(error)) => Err(error),
        Err(_) => Err(LoginError::NotReached { seconds: LIMIT_MS / 1000, last }),
    }
}
