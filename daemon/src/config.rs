//! Settings: flag > environment (`TERND_...`) > file > default; and `[[credential]]`, whose values may name a variable as `${NAME}`.

use crate::channel::{
    Channel, SettingsError,
    apns::{self, Apns, ApnsSettings},
    endpoint::Endpoint,
    fcm::{self, Fcm, FcmSettings},
    record::Record,
};
use serde::{Deserialize, Serialize};
use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};
use tern_protocol::clock::Clock;

/// The commented defaults, as shipped in `assets/config/ternd.toml`.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config/ternd.toml");
const FILE_NAME: &str = "ternd.toml";
const ENV_PREFIX: &str = "TERND_";
/// Where a server of the same host listens.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:8640";
/// Where a bridge shows its status.
pub const BRIDGE_STATUS: &str = "127.0.0.1:8641";
/// Where an agent shows its status.
pub const AGENT_STATUS: &str = "127.0.0.1:8642";

/// A certificate of the integrator: where its pushes go and with which secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Credential {
    /// The application; absent: every application.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdk_app_id: Option<u32>,
    /// The number that devices register with (`CertId`).
    pub cert_id: i64,
    /// `apns`, `fcm` or `record`.
    pub channel: String,
    /// Another address than the provider's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoint: Option<String>,
    /// PEM file, trusted beside the system's roots.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
    /// APNs: the `.p8` file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_file: Option<String>,
    /// APNs: 10-character key id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// APNs: 10-character team id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// APNs: bundle id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// APNs: `tern` (default) or `a2`, the crate of that name, where it was built in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// APNs: connections at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub connections: Option<usize>,
    /// FCM: the service-account file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service_account: Option<String>,
    /// Record: a file of JSON lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
}

impl Credential {
    /// How sentences and the ledger name it.
    pub(crate) fn key(&self) -> String {
        match self.sdk_app_id {
            Some(app) => format!("{app}/{}", self.cert_id),
            None => format!("*/{}", self.cert_id),
        }
    }

    fn expand(&mut self, env: &dyn Fn(&str) -> Option<String>) -> Result<(), SettingsError> {
        let fields = [
            &mut self.endpoint,
            &mut self.ca_file,
            &mut self.key_file,
            &mut self.key_id,
            &mut self.team_id,
            &mut self.topic,
            &mut self.service_account,
            &mut self.file,
        ];
        for value in fields.into_iter().flatten() {
            *value = expand(value, env)?;
        }
        Ok(())
    }

    /// Opens the channel; a bad file or value is one sentence that names it.
    pub fn open(&self, data: &Path, clock: Arc<dyn Clock>) -> Result<Arc<dyn Channel>, SettingsError> {
        let named = |error: SettingsError| SettingsError(format!("credential {} ({}): {error}", self.key(), self.channel));
        self.open_channel(data, clock).map_err(named)
    }

    fn open_channel(&self, data: &Path, clock: Arc<dyn Clock>) -> Result<Arc<dyn Channel>, SettingsError> {
        let need = |name: &str, value: &Option<String>| {
            value.clone().filter(|value| !value.is_empty()).ok_or_else(|| SettingsError(format!("{name} is missing")))
        };
        let endpoint = |default: &str| Endpoint::parse(self.endpoint.as_deref().unwrap_or(default));
        let ca_file = self.ca_file.as_ref().map(PathBuf::from);
        match self.channel.as_str() {
            "apns" if self.client.as_deref() == Some("a2") => self.open_a2(clock),
            "apns" => {
                if let Some(other) = self.client.as_deref().filter(|client| *client != "tern") {
                    return Err(SettingsError(format!("client {other:?} is unknown: tern or a2")));
                }
                let (key_id, team_id) = (need("key_id", &self.key_id)?, need("team_id", &self.team_id)?);
                let topic = need("topic", &self.topic)?;
                apns::settings::check_ids(&key_id, &team_id, &topic)?;
                let settings = ApnsSettings {
                    endpoint: endpoint(apns::settings::PRODUCTION)?,
                    ca_file,
                    key: apns::settings::read_key(Path::new(&need("key_file", &self.key_file)?))?,
                    token_file: Some(data.join(format!("apns-{team_id}-{key_id}.token"))),
                    key_id,
                    team_id,
                    topic,
                    connections: self.connections.unwrap_or(2).clamp(1, 64),
                };
                Ok(Arc::new(Apns::new(settings, clock)?))
            }
            "fcm" => {
                let account = fcm::settings::read_account(Path::new(&need("service_account", &self.service_account)?))?;
                let settings = FcmSettings { endpoint: endpoint(fcm::settings::PRODUCTION)?, ca_file, account };
                Ok(Arc::new(Fcm::new(settings, clock)?))
            }
            "record" => Ok(Arc::new(Record::new(self.file.as_ref().map(PathBuf::from), clock))),
            other => Err(SettingsError(format!("channel {other:?} is unknown: apns, fcm or record"))),
        }
    }
}

impl Credential {
    #[cfg(feature = "a2")]
    fn open_a2(&self, clock: Arc<dyn Clock>) -> Result<Arc<dyn Channel>, SettingsError> {
        use apns::through_a2::{A2Settings, ApnsA2};
        fn need<'a>(name: &str, value: &'a Option<String>) -> Result<&'a str, SettingsError> {
            value.as_deref().filter(|value| !value.is_empty()).ok_or_else(|| SettingsError(format!("{name} is missing")))
        }
        let settings = A2Settings {
            endpoint: self.endpoint.as_deref(),
            key_file: Path::new(need("key_file", &self.key_file)?),
            key_id: need("key_id", &self.key_id)?,
            team_id: need("team_id", &self.team_id)?,
            topic: need("topic", &self.topic)?,
        };
        Ok(Arc::new(ApnsA2::new(&settings, clock)?))
    }

    #[cfg(not(feature = "a2"))]
    fn open_a2(&self, _clock: Arc<dyn Clock>) -> Result<Arc<dyn Channel>, SettingsError> {
        Err(SettingsError("client \"a2\" was not built in: build ternd with --features a2".into()))
    }
}

/// Replaces each `${NAME}` by the variable's value.
fn expand(text: &str, env: &dyn Fn(&str) -> Option<String>) -> Result<String, SettingsError> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let (name, tail) =
            after.split_once('}').ok_or_else(|| SettingsError(format!("{text:?}: ${{ without its closing brace")))?;
        let value = env(name).ok_or_else(|| SettingsError(format!("{text:?}: the environment variable {name} is not set")))?;
        out.push_str(before);
        out.push_str(&value);
        rest = tail;
    }
    out.push_str(rest);
    Ok(out)
}

/// What was written by one source; `None`: not mentioned.
#[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// The server's address [default: http://127.0.0.1:8640].
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// PEM file with the authority that signed the server's certificate.
    #[arg(long, value_name = "FILE")]
    pub server_ca: Option<PathBuf>,
    /// The bridge's token; better in a file or in TERND_TOKEN.
    #[arg(long, value_name = "TOKEN")]
    pub token: Option<String>,
    /// File that holds the bridge's token [default: bridge.token in the server's data folder].
    #[arg(long, value_name = "FILE")]
    pub token_file: Option<PathBuf>,
    /// Name shown by `tern-server bridge list` [default: ternd].
    #[arg(long, value_name = "NAME")]
    pub name: Option<String>,
    /// Folder of the ledger and the status token.
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where status, health and numbers are shown; `off` for nowhere [default: 127.0.0.1:8641, an agent 127.0.0.1:8642].
    #[arg(long, value_name = "ADDRESS")]
    pub status: Option<String>,
    /// Profile whose person an agent notifies [default: default].
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// Folder of the saved profiles.
    #[arg(long, value_name = "DIR")]
    pub profiles: Option<PathBuf>,
    /// Days that finished pushes stay in the ledger [default: 7].
    #[arg(long, value_name = "DAYS")]
    pub retention_days: Option<u32>,
    /// Mass-invalidation guard: distinct devices looked at [default: 50].
    #[arg(long, value_name = "N")]
    pub guard_sample: Option<usize>,
    /// Mass-invalidation guard: share of refused devices, in percent, above which nothing is deleted [default: 20].
    #[arg(long, value_name = "PERCENT")]
    pub guard_percent: Option<u32>,
    /// What is logged to stderr [default: info].
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// Certificates; in the file only.
    #[arg(skip)]
    pub credential: Vec<Credential>,
}

impl Settings {
    /// What `self` says, and where it is silent, what `below` says.
    pub fn or(self, below: Self) -> Self {
        Self {
            server: self.server.or(below.server),
            server_ca: self.server_ca.or(below.server_ca),
            token: self.token.or(below.token),
            token_file: self.token_file.or(below.token_file),
            name: self.name.or(below.name),
            data: self.data.or(below.data),
            status: self.status.or(below.status),
            profile: self.profile.or(below.profile),
            profiles: self.profiles.or(below.profiles),
            retention_days: self.retention_days.or(below.retention_days),
            guard_sample: self.guard_sample.or(below.guard_sample),
            guard_percent: self.guard_percent.or(below.guard_percent),
            log: self.log.or(below.log),
            credential: if self.credential.is_empty() { below.credential } else { self.credential },
        }
    }

    /// Reads a file's text.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, SettingsError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let place = line.map(|line| format!(" line {line}")).unwrap_or_default();
            let message = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            SettingsError(format!("config file {}{place}: {message}", path.display()))
        })
    }

    /// Reads `TERND_SERVER`, `TERND_TOKEN` and so on.
    pub fn from_env(env: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let text = |name: &str| env(&format!("{ENV_PREFIX}{name}")).filter(|value| !value.is_empty());
        fn number<T: std::str::FromStr>(name: &str, value: Option<String>) -> Result<Option<T>, SettingsError> {
            let bad = |value: &str| SettingsError(format!("environment variable {ENV_PREFIX}{name}: {value:?} is no such number"));
            value.map(|value| value.parse().map_err(|_| bad(&value))).transpose()
        }
        Ok(Self {
            server: text("SERVER"),
            server_ca: text("SERVER_CA").map(PathBuf::from),
            token: text("TOKEN"),
            token_file: text("TOKEN_FILE").map(PathBuf::from),
            name: text("NAME"),
            data: text("DATA").map(PathBuf::from),
            status: text("STATUS"),
            profile: text("PROFILE"),
            profiles: text("PROFILES").map(PathBuf::from),
            retention_days: number("RETENTION_DAYS", text("RETENTION_DAYS"))?,
            guard_sample: number("GUARD_SAMPLE", text("GUARD_SAMPLE"))?,
            guard_percent: number("GUARD_PERCENT", text("GUARD_PERCENT"))?,
            log: text("LOG"),
            credential: Vec::new(),
        })
    }

    /// Flags over environment over file; values of credentials and the token are expanded.
    pub fn layered(flags: Self, file: Option<&Path>, env: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let named = file.map(Path::to_path_buf).or_else(|| env("TERND_CONFIG").map(PathBuf::from));
        let default = || project_dirs().ok().map(|dirs| dirs.config_dir().join(FILE_NAME)).filter(|path| path.exists());
        let from_file = match named.or_else(default) {
            None => Self::default(),
            Some(path) => {
                let text = fs::read_to_string(&path)
                    .map_err(|error| SettingsError(format!("config file {} cannot be read: {error}", path.display())))?;
                Self::from_toml(&text, &path)?
            }
        };
        let mut settings = flags.or(Self::from_env(env)?).or(from_file);
        for credential in &mut settings.credential {
            credential.expand(env)?;
        }
        if let Some(token) = &mut settings.token {
            *token = expand(token, env)?;
        }
        Ok(settings)
    }
}

fn project_dirs() -> Result<directories::ProjectDirs, SettingsError> {
    directories::ProjectDirs::from("", "", "tern")
        .ok_or_else(|| SettingsError("no home folder is known for this user; use --data".into()))
}

/// A folder of tern's data: `server`, `bridge`, `agent` or `client`.
pub(crate) fn data_folder(name: &str) -> Result<PathBuf, SettingsError> {
    Ok(project_dirs()?.data_dir().join(name))
}

/// The mass-invalidation guard (`contract/push-providers.md` section 0.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardConfig {
    /// Distinct devices looked at before it may trip.
    pub sample: usize,
    /// Share of refused devices, in percent, above which it trips.
    pub percent: u32,
}

impl Default for GuardConfig {
    fn default() -> Self {
        Self { sample: 50, percent: 20 }
    }
}

/// What bridge and agent have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Common {
    /// Folder of the ledger and the status token.
    pub data: PathBuf,
    /// Where status, health and numbers are shown; `None`: nowhere.
    pub status: Option<SocketAddr>,
    /// How long finished pushes stay in the ledger, milliseconds.
    pub retention_ms: i64,
    /// The mass-invalidation guard.
    pub guard: GuardConfig,
}

impl Common {
    /// Defaults in a folder, without a status address: for tests and the demo.
    pub fn in_folder(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into(), status: None, retention_ms: 7 * 24 * 3_600_000, guard: GuardConfig::default() }
    }

    fn from_settings(settings: &Settings, folder: &str, status: &str) -> Result<Self, SettingsError> {
        let status = match settings.status.as_deref().unwrap_or(status) {
            "off" => None,
            text => {
                let bad = |_| SettingsError(format!("status {text:?} is no address such as {BRIDGE_STATUS}, and not off"));
                Some(text.parse::<SocketAddr>().map_err(bad)?)
            }
        };
        let guard = GuardConfig::default();
        let days = settings.retention_days.unwrap_or(7);
        let (sample, percent) = (settings.guard_sample.unwrap_or(guard.sample), settings.guard_percent.unwrap_or(guard.percent));
        if !(1..=3650).contains(&days) || !(10..=100_000).contains(&sample) || !(1..=100).contains(&percent) {
            return Err(SettingsError(
                "retention_days must be 1 to 3650, guard_sample 10 to 100000 and guard_percent 1 to 100".into(),
            ));
        }
        Ok(Self {
            data: settings.data.clone().map_or_else(|| data_folder(folder), Ok)?,
            status,
            retention_ms: i64::from(days) * 24 * 3_600_000,
            guard: GuardConfig { sample, percent },
        })
    }
}

/// A bridge beside a server.
#[derive(Clone)]
pub struct BridgeConfig {
    /// Folder, status and guard.
    pub common: Common,
    /// The server's address.
    pub server: String,
    /// PEM file with the authority that signed the server's certificate.
    pub server_ca: Option<PathBuf>,
    /// The bridge's token.
    pub token: String,
    /// Name shown by `tern-server bridge list`.
    pub name: String,
    /// Certificates.
    pub credentials: Vec<Credential>,
}

impl std::fmt::Debug for BridgeConfig {
    /// Leaves the token out: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BridgeConfig").field("server", &self.server).field("name", &self.name).finish_non_exhaustive()
    }
}

impl BridgeConfig {
    /// A bridge in a folder, without a status address: for tests and the demo.
    pub fn new(
        server: impl Into<String>,
        token: impl Into<String>,
        data: impl Into<PathBuf>,
        credentials: Vec<Credential>,
    ) -> Self {
        Self {
            common: Common::in_folder(data),
            server: server.into(),
            server_ca: None,
            token: token.into(),
            name: "ternd".into(),
            credentials,
        }
    }

    /// Checks settings and finds the token.
    pub fn from_settings(settings: Settings) -> Result<Self, SettingsError> {
        let common = Common::from_settings(&settings, "bridge", BRIDGE_STATUS)?;
        let token = match (&settings.token, &settings.token_file) {
            (Some(token), _) => token.clone(),
            (None, Some(path)) => read_token(path)?,
            (None, None) => read_token(&data_folder("server")?.join("bridge.token"))?,
        };
        let mut keys: Vec<_> = settings.credential.iter().map(Credential::key).collect();
        keys.sort();
        if let Some(pair) = keys.windows(2).find(|pair| pair[0] == pair[1]) {
            return Err(SettingsError(format!("credential {} stands twice in the settings", pair[0])));
        }
        Ok(Self {
            common,
            server: settings.server.unwrap_or_else(|| DEFAULT_SERVER.into()),
            server_ca: settings.server_ca,
            token: token.trim().to_owned(),
            name: settings.name.unwrap_or_else(|| "ternd".into()),
            credentials: settings.credential,
        })
    }
}

fn read_token(path: &Path) -> Result<String, SettingsError> {
    let token = fs::read_to_string(path).map_err(|error| {
        let path = path.display();
        SettingsError(format!(
            "the bridge's token cannot be read from {path}: {error}; give --token-file, or start the server first"
        ))
    })?;
    match token.trim() {
        "" => Err(SettingsError(format!("the token file {} is empty", path.display()))),
        token => Ok(token.to_owned()),
    }
}

/// An agent on a person's host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentConfig {
    /// Folder, status and guard.
    pub common: Common,
    /// The saved profile's file.
    pub profile: PathBuf,
}

impl AgentConfig {
    /// Checks settings.
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        use tern_protocol::model::saved_profile::{DEFAULT_PROFILE, PROFILE_FILE};
        let name = settings.profile.as_deref().unwrap_or(DEFAULT_PROFILE);
        if name.is_empty()
            || name.starts_with('.')
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.@".contains(&byte))
        {
            return Err(SettingsError(format!("profile {name:?} is no name of a profile")));
        }
        let profiles = settings.profiles.clone().map_or_else(|| data_folder("client"), Ok)?;
        let common = Common::from_settings(settings, &format!("agent/{name}"), AGENT_STATUS)?;
        Ok(Self { common, profile: profiles.join(name).join(PROFILE_FILE) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn no_env(_: &str) -> Option<String> {
        None
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ternd.toml");
        fs::write(&path, "server = \"http://file:1\"\nname = \"file\"\nlog = \"file\"\n").unwrap();
        let env = |name: &str| match name {
            "TERND_SERVER" => Some("http://env:2".to_owned()),
            "TERND_NAME" => Some("env".to_owned()),
            _ => None,
        };
        let flags = Settings { server: Some("http://flag:3".into()), ..Settings::default() };
        let settings = Settings::layered(flags, Some(&path), &env).unwrap();
        assert_eq!(settings.server.as_deref(), Some("http://flag:3"));
        assert_eq!(settings.name.as_deref(), Some("env"));
        assert_eq!(settings.log.as_deref(), Some("file"));
    }

    #[test]
    fn credentials_name_variables_and_a_missing_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ternd.toml");
        fs::write(&path, "[[credential]]\ncert_id = 1\nchannel = \"apns\"\nkey_file = \"${HOME_OF_KEYS}/a.p8\"\n").unwrap();
        let env = |name: &str| (name == "HOME_OF_KEYS").then(|| "/keys".to_owned());
        let settings = Settings::layered(Settings::default(), Some(&path), &env).unwrap();
        assert_eq!(settings.credential[0].key_file.as_deref(), Some("/keys/a.p8"));
        let error = Settings::layered(Settings::default(), Some(&path), &no_env).unwrap_err();
        assert!(error.to_string().contains("HOME_OF_KEYS is not set"), "{error}");
    }

    #[test]
    fn a_wrong_file_is_one_sentence_with_its_line() {
        let path = Path::new("ternd.toml");
        let error = Settings::from_toml("server = \"x\"\nservr = 1\n", path).unwrap_err().to_string();
        assert!(error.starts_with("config file ternd.toml line 2: unknown field `servr`") && !error.contains('\n'), "{error}");
    }

    #[test]
    fn the_shipped_defaults_can_be_read() {
        let settings = Settings::from_toml(DEFAULT_FILE, Path::new("ternd.toml")).unwrap();
        assert_eq!(settings, Settings::default(), "every line is a comment");
        let uncommented: String = DEFAULT_FILE
            .lines()
            .map(|line| line.strip_prefix("#: ").unwrap_or(line))
            .filter(|line| !line.starts_with('#'))
            .map(|line| format!("{line}\n"))
            .collect();
        let settings = Settings::from_toml(&uncommented, Path::new("ternd.toml")).unwrap();
        assert_eq!(settings.server.as_deref(), Some(DEFAULT_SERVER));
        assert_eq!(settings.status.as_deref(), Some(BRIDGE_STATUS));
        assert_eq!(settings.credential.len(), 3);
    }

    #[test]
    fn a_bad_key_file_is_named_in_one_sentence() {
        let folder = tempfile::tempdir().unwrap();
        let key = folder.path().join("AuthKey.p8");
        fs::write(&key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
        let credential = Credential {
            cert_id: 1,
            channel: "apns".into(),
            key_file: Some(key.display().to_string()),
            key_id: Some("KEYKEYKEY1".into()),
            team_id: Some("TEAMTEAM01".into()),
            topic: Some("com.example.app".into()),
            ..Credential::default()
        };
        let open = |credential: &Credential| {
            let clock = Arc::new(tern_protocol::clock::VirtualClock::new(0));
            credential.open(folder.path(), clock).err().map(|error| error.to_string()).unwrap_or_default()
        };
        let error = open(&credential);
        assert!(error.starts_with("credential */1 (apns): APNs key file") && error.contains("AuthKey.p8"), "{error}");
        assert!(open(&Credential { key_file: None, ..credential.clone() }).ends_with("key_file is missing"));
        assert!(open(&Credential { key_id: Some("short".into()), ..credential.clone() }).contains("10 letters or digits"));
        assert!(
            open(&Credential { client: Some("a3".into()), ..credential.clone() }).contains("client \"a3\" is unknown: tern or a2")
        );
        let through_a2 = open(&Credential { client: Some("a2".into()), ..credential.clone() });
        let expected = if cfg!(feature = "a2") { "APNs key file" } else { "build ternd with --features a2" };
        assert!(through_a2.contains(expected), "{through_a2}");
        assert!(open(&Credential { channel: "pigeon".into(), ..credential.clone() }).contains("\"pigeon\" is unknown"));
        let fcm = Credential { channel: "fcm".into(), service_account: Some("/nowhere.json".into()), ..credential };
        assert!(open(&fcm).contains("FCM service account /nowhere.json"));
    }

    #[test]
    fn two_credentials_for_one_certificate_are_refused() {
        let one = Credential { cert_id: 1, channel: "record".into(), ..Credential::default() };
        let settings = Settings {
            token: Some("t".into()),
            data: Some("/d".into()),
            credential: vec![one.clone(), one],
            ..Settings::default()
        };
        assert!(BridgeConfig::from_settings(settings).unwrap_err().to_string().contains("twice"));
    }
}
