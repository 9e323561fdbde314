//! `app` and `bridge`: short work on the data folder, alone or beside a running server. A connection of its own waits for its turn; a
//! running server finds new applications when they are first asked for, changed ones within seconds, and bridges at their login.

use super::Failure;
use crate::app::{make_first_application, token_hash};
use crate::application::{AppKeys, AppSettings, Application, Features, random_hex_64};
use crate::store::engine::{Beside, StoreError, Tx};
use crate::store::{self, MIGRATIONS};
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use tern_protocol::SdkAppId;
use tern_protocol::clock::{Clock as _, SystemClock};
use tern_protocol::limits::Edition;
use tern_protocol::model::presence::LoginPolicy;
use tern_protocol::usersig::VerifyKey;

#[derive(Debug, Subcommand)]
pub(super) enum App {
    /// Show all applications with their keys.
    List {
        /// As JSON, one application a line.
        #[arg(long)]
        json: bool,
    },
    /// Make an application; prints its number and key.
    Create(CreateApp),
    /// Change settings of an application; a server that runs takes them over within seconds.
    Set {
        /// Its number.
        #[arg(value_name = "SDKAPPID", value_parser = clap::value_parser!(u32).range(1..))]
        sdkappid: u32,
        /// What differs, as a JSON object with the names of --app-settings.
        #[arg(value_name = "JSON")]
        settings: String,
        /// Print all its settings, without the keys, as JSON.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Args, Debug)]
pub(super) struct CreateApp {
    /// What people call it.
    #[arg(long)]
    name: String,
    /// Developer, Standard or Premium.
    #[arg(long, default_value = "Developer")]
    edition: Edition,
    /// Its number [default: the next free one].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    sdkappid: Option<u32>,
    /// Its secret key [default: 64 random hexadecimal characters].
    #[arg(long, conflicts_with = "public_key")]
    key: Option<String>,
    /// PEM file with the P-256 public key of an application that uses legacy UserSigs.
    #[arg(long, value_name = "FILE")]
    public_key: Option<PathBuf>,
    /// Switch the edition's paid features on.
    #[arg(long)]
    all_features: bool,
    /// As JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
pub(super) enum Bridge {
    /// Make a credential; prints its token, which is shown only once.
    Add {
        /// What people call it.
        name: String,
        /// An application it may serve; may be given several times [default: all].
        #[arg(long = "app", value_name = "N")]
        apps: Vec<SdkAppId>,
    },
    /// Show all credentials.
    List,
    /// Remove a credential; a bridge that is connected stays until its link ends.
    Remove {
        /// Its name.
        name: String,
    },
}

/// Does something in the database of a folder. The default application is there afterwards, as if a server had been started once.
pub(super) fn in_database<T>(folder: &Path, work: impl FnOnce(&Tx<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    let database = Beside::open(folder, MIGRATIONS).map_err(Failure::failed)?;
    database.write(|tx| {
        if store::app::list(tx)?.is_empty() {
            make_first_application(tx, SystemClock::new().wall_seconds(), LoginPolicy::default())?;
        }
        work(tx)
    })
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::failed(error)
    }
}

/// `tern-server app ...`
pub(super) fn app(folder: &Path, verb: App) -> Result<(), Failure> {
    match verb {
        App::List { json } => {
            for application in in_database(folder, |tx| Ok(store::app::list(tx)?))? {
                print(&application, json)?;
            }
            Ok(())
        }
        App::Create(create) => {
            let json = create.json;
            print(&create_app(folder, create)?, json)
        }
        App::Set { sdkappid, settings, json } => {
            let changed = set_app(folder, SdkAppId(sdkappid), &settings)?;
            if json { out(&shown(&changed)?) } else { print(&changed, false) }
        }
    }
}

fn create_app(folder: &Path, create: CreateApp) -> Result<Application, Failure> {
    if create.name.trim().is_empty() || create.name.len() > 100 {
        return Err(Failure::Misused("--name must have 1 to 100 bytes".into()));
    }
    let keys = keys(create.key, create.public_key.as_deref())?;
    let features = if create.all_features { Features::all_paid() } else { Features::default() };
    in_database(folder, |tx| {
        let id = match create.sdkappid {
            Some(id) if store::app::get(tx, SdkAppId(id))?.is_some() => {
                return Err(Failure::failed(format!("application {id} exists already")));
            }
            Some(id) => SdkAppId(id),
            None => store::app::next_id(tx)?,
        };
        let application = Application {
            id,
            name: create.name,
            edition: create.edition,
            created_at: SystemClock::new().wall_seconds(),
            settings: AppSettings { keys, features, ..AppSettings::default() },
        };
        store::app::put(tx, &application)?;
        Ok(application)
    })
}

fn set_app(folder: &Path, id: SdkAppId, settings: &str) -> Result<Application, Failure> {
    let wrong = |error: serde_json::Error| Failure::Misused(format!("the settings cannot be used: {error}"));
    let changes: serde_json::Map<_, _> = serde_json::from_str(settings).map_err(wrong)?;
    in_database(folder, |tx| {
        let known = store::app::get(tx, id)?.ok_or_else(|| Failure::failed(format!("there is no application {id}")))?;
        let changed = Application { settings: known.settings.with(&changes).map_err(wrong)?, ..known };
        store::app::put(tx, &changed)?;
        Ok(changed)
    })
}

/// All settings but the keys.
fn shown(application: &Application) -> Result<String, Failure> {
    let mut settings = serde_json::to_value(&application.settings).map_err(Failure::failed)?;
    if let Some(fields) = settings.as_object_mut() {
        fields.remove("keys");
    }
    Ok(settings.to_string())
}

fn keys(secret: Option<String>, public: Option<&Path>) -> Result<AppKeys, Failure> {
    if let Some(path) = public {
        let pem = std::fs::read_to_string(path).map_err(|error| Failure::Misused(format!("{}: {error}", path.display())))?;
        if VerifyKey::from_public_pem(&pem).is_err() {
            return Err(Failure::Misused(format!("{} holds no P-256 public key in PEM (SPKI)", path.display())));
        }
        return Ok(AppKeys { secret: Vec::new(), public_pem: Some(pem) });
    }
    let secret = match secret {
        Some(key) if key.len() < 16 || !key.bytes().all(|byte| byte.is_ascii_graphic()) => {
            return Err(Failure::Misused("--key must have at least 16 printable characters".into()));
        }
        Some(key) => key,
        None => random_hex_64().map_err(|_| Failure::failed("the system gives no random numbers"))?,
    };
    Ok(AppKeys { secret: vec![secret], public_pem: None })
}

fn print(application: &Application, json: bool) -> Result<(), Failure> {
    let key = application.settings.keys.secret.first().map_or("(public key)", String::as_str);
    let text = match json {
        true => {
            let admins = &application.settings.admins;
            let line = serde_json::json!({
                "sdkappid": application.id, "name": application.name, "edition": application.edition.name(), "key": key,
                "admins": admins, "created_at": application.created_at,
            });
            line.to_string()
        }
        false => {
            let Application { id, name, edition, .. } = application;
            format!("{id}  {:<9}  {key}  admin {}  {name}", edition.name(), application.first_admin())
        }
    };
    out(&text)
}

/// Prints a line; a closed pipe is no reason to panic.
pub(super) fn out(line: &str) -> Result<(), Failure> {
    use std::io::Write as _;
    writeln!(std::io::stdout(), "{line}").map_err(|error| Failure::failed(format!("stdout: {error}")))
}

/// `tern-server bridge ...`
pub(super) fn bridge(folder: &Path, verb: Bridge) -> Result<(), Failure> {
    match verb {
        Bridge::Add { name, apps } => {
            if name.trim().is_empty() || name.len() > 100 {
                return Err(Failure::Misused("a bridge's name must have 1 to 100 bytes".into()));
            }
            let token = random_hex_64().map_err(|_| Failure::failed("the system gives no random numbers"))?;
            let apps = (!apps.is_empty()).then_some(apps);
            let now = SystemClock::new().wall_seconds();
            let added = in_database(folder, |tx| Ok(store::bridge::add(tx, &name, &token_hash(&token), apps.as_deref(), now)?))?;
            if added { out(&token) } else { Err(Failure::failed(format!("a bridge named {name:?} exists already"))) }
        }
        Bridge::List => {
            for row in in_database(folder, |tx| Ok(store::bridge::list(tx)?))? {
                let apps = match row.apps {
                    None => "all applications".to_owned(),
                    Some(apps) => apps.iter().map(SdkAppId::to_string).collect::<Vec<_>>().join(","),
                };
                out(&format!("{}  {apps}", row.name))?;
            }
            Ok(())
        }
        Bridge::Remove { name } => match in_database(folder, |tx| Ok(store::bridge::remove(tx, &name)?))? {
            true => Ok(()),
            false => Err(Failure::failed(format!("there is no bridge named {name:?}"))),
        },
    }
}
