//! `usersig gen` and `usersig verify`: by a given key, or by that of an application in the data folder.

use super::Failure;
use super::manage::{in_database, out};
use crate::application::Application;
use crate::store;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use tern_protocol::clock::{Clock as _, SystemClock};
use tern_protocol::usersig::{VerifyKey, generate, verify};
use tern_protocol::{SdkAppId, UserId, limits};

#[derive(Debug, Subcommand)]
pub(super) enum Usersig {
    /// Print a UserSig and nothing else.
    Gen {
        #[command(flatten)]
        of: Of,
        /// Seconds it lives.
        #[arg(long, value_name = "SECONDS", default_value_t = limits::USER_SIG_EXPIRE_SECONDS)]
        expire: u64,
    },
    /// Say whether a UserSig is good, and if not, why, by the contract's code.
    Verify {
        #[command(flatten)]
        of: Of,
        /// The UserSig.
        #[arg(allow_hyphen_values = true)]
        usersig: String,
    },
}

#[derive(Args, Debug)]
pub(super) struct Of {
    /// UserID.
    #[arg(long, value_name = "ID")]
    user: String,
    /// Application [default: the first in the data folder].
    #[arg(long, value_name = "N")]
    sdkappid: Option<SdkAppId>,
    /// Its secret key [default: from the data folder].
    #[arg(long, requires = "sdkappid")]
    key: Option<String>,
}

impl Of {
    fn user(&self) -> Result<UserId, Failure> {
        UserId::parse(self.user.clone()).map_err(|error| Failure::Misused(format!("--user {:?}: {error}", self.user)))
    }
}

/// `tern-server usersig ...`; the data folder is looked for only when no key is given.
pub(super) fn execute(folder: impl FnOnce() -> Result<PathBuf, Failure>, verb: Usersig) -> Result<(), Failure> {
    let now = SystemClock::new().wall_seconds();
    match verb {
        Usersig::Gen { of, expire } => {
            let user = of.user()?;
            let (app, key) = match (of.sdkappid, of.key) {
                (Some(app), Some(key)) => (app, key),
                (app, _) => {
                    let application = application(folder()?, app)?;
                    let key = application.settings.keys.secret.first().cloned();
                    (application.id, key.ok_or_else(|| Failure::failed("this application has no secret key to sign with"))?)
                }
            };
            out(&generate(app, &key, user.as_str(), expire, None, now))
        }
        Usersig::Verify { of, usersig } => {
            let user = of.user()?;
            let (app, keys) = match (of.sdkappid, of.key) {
                (Some(app), Some(key)) => (app, vec![VerifyKey::Hmac(key)]),
                (app, _) => {
                    let application = application(folder()?, app)?;
                    (application.id, application.verify_keys())
                }
            };
            let mut verdict = None;
            for key in keys {
                match verify(usersig.trim(), app, user.as_str(), &key, now, 0) {
                    Ok(good) => {
                        let until = good.issued_at.saturating_add(good.expire_seconds);
                        return out(&format!(
                            "good: SDKAppID {app}, UserID {user}, issued {}, lives {} s, expires {until}",
                            good.issued_at, good.expire_seconds
                        ));
                    }
                    Err(error) => verdict = Some(error),
                }
            }
            let error = verdict.map_or_else(|| "no key".to_owned(), |error| format!("{}: {error}", error.code()));
            Err(Failure::failed(error))
        }
    }
}

fn application(folder: PathBuf, wanted: Option<SdkAppId>) -> Result<Application, Failure> {
    let all = in_database(&folder, |tx| Ok(store::app::list(tx)?))?;
    let found = match wanted {
        Some(id) => all.into_iter().find(|application| application.id == id),
        None => all.into_iter().next(),
    };
    found.ok_or_else(|| {
        Failure::failed(format!("there is no application {} in {}", wanted.unwrap_or(SdkAppId(0)), folder.display()))
    })
}
