//! Settings: file < environment < flags < nothing else. [`Settings`] is what a person wrote, [`Config`] what it means.

use crate::bus::ROOM_WINDOW_MS;
use clap::Parser;
use serde::Deserialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tern_protocol::model::presence::LoginPolicy;

/// The commented defaults, as shipped in `assets/config/tern-server.toml`.
pub const DEFAULT_FILE: &str = include_str!("../../assets/config/tern-server.toml");
/// Name of the file in the config folder.
const FILE_NAME: &str = "tern-server.toml";
/// Prefix of the environment variables.
const ENV_PREFIX: &str = "TERN_SERVER_";
/// Bytes of the disk that uploads leave to the database: 64 MB.
const MEDIA_RESERVE_BYTES: u64 = 64 * 1024 * 1024;
/// Default port.
const PORT: u16 = 8640;

/// A setting that cannot be used, as one sentence.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(pub String);

macro_rules! settings {
    ($($(#[$meta:meta])* $name:ident: $type:ty = $flag:literal $(($($arg:tt)*))?;)*) => {
        /// What was written by one source (a file, the environment or the flags); `None`: not mentioned.
        #[derive(Clone, Debug, Default, PartialEq, Eq, clap::Args, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Settings {
            $($(#[$meta])* #[arg(long = $flag $(, $($arg)*)?)] pub $name: Option<$type>,)*
        }

        impl Settings {
            const NAMES: &'static [(&'static str, &'static str)] = &[$((stringify!($name), $flag)),*];

            /// What `self` says, and where it is silent, what `below` says.
            pub fn or(self, below: Self) -> Self {
                Self { $($name: self.$name.or(below.$name),)* }
            }
        }
    };
}

settings! {
    /// Address to listen on [default: 127.0.0.1].
    listen: IpAddr = "listen" (value_name = "ADDRESS");
    /// Port; 0 takes any free one [default: 8640].
    port: u16 = "port" (value_name = "PORT");
    /// Second port, with TLS; 0 takes any free one.
    tls_port: u16 = "tls-port" (value_name = "PORT");
    /// Certificate: `auto` (an authority of its own in the data folder) or `CERT.pem,KEY.pem` [default: auto].
    tls: TlsSource = "tls" (value_name = "CERT,KEY|auto");
    /// Further names and addresses in the certificate made by `--tls auto`.
    tls_names: Vec<String> = "tls-names" (value_name = "NAME,NAME", value_delimiter = ',', num_args = 1, action = clap::ArgAction::Set);
    /// Folder of the database.
    data: PathBuf = "data" (value_name = "DIR", global = true);
    /// Temporary data folder that goes when the server ends; switches the control API on.
    ephemeral: bool = "ephemeral" (num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true);
    /// The control API /tern/v1/, behind a token.
    control: bool = "control" (num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true);
    /// Let the control API move the server's clock.
    virtual_clock: bool = "virtual-clock" (num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true);
    /// Answer /metrics and /tern/v1/ to other machines too.
    admin_from_anywhere: bool = "admin-from-anywhere" (num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", hide_possible_values = true);
    /// Threads for connections and requests [default: processors - 1].
    io_threads: usize = "io-threads" (value_name = "N");
    /// Milliseconds a commit waits for company [default: 0].
    commit_delay_ms: u64 = "commit-delay-ms" (value_name = "MS");
    /// Milliseconds for which events of a live room with many people wait for each other, to share a write [default: 100; 0: never].
    room_window_ms: u64 = "room-window-ms" (value_name = "MS");
    /// URL by which clients reach this server.
    public_url: String = "public-url" (value_name = "URL");
    /// Settings of the default application that differ from its defaults, as a JSON object; put in place at each start.
    app_settings: String = "app-settings" (value_name = "JSON");
    /// What is logged to stderr [default: info].
    log: String = "log" (value_name = "FILTER");
}

/// Where the TLS certificate comes from.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum TlsSource {
    /// An authority of its own, kept in the data folder; a fresh leaf at each start.
    Auto,
    /// PEM files.
    Files {
        /// The certificate and its chain.
        cert: PathBuf,
        /// The private key.
        key: PathBuf,
    },
}

impl std::str::FromStr for TlsSource {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(',') {
            None if text == "auto" => Ok(Self::Auto),
            Some((cert, key)) if !cert.is_empty() && !key.is_empty() && !key.contains(',') => {
                Ok(Self::Files { cert: cert.into(), key: key.into() })
            }
            _ => Err("tls must be `auto` or `CERT.pem,KEY.pem`".into()),
        }
    }
}

impl TryFrom<String> for TlsSource {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

/// Lets one setting be read as if it were a flag, so that flags and environment share one parser.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct OneSetting {
    #[command(flatten)]
    settings: Settings,
}

impl Settings {
    /// Reads a config file's text; `path` is named in the sentence about what is wrong.
    pub fn from_toml(text: &str, path: &Path) -> Result<Self, ConfigError> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start.min(text.len())].lines().count().max(1));
            let place = line.map(|line| format!(" line {line}")).unwrap_or_default();
            ConfigError(format!("config file {}{place}: {}", path.display(), one_line(error.message())))
        })
    }

    /// Reads the environment variables `TERN_SERVER_...` through `get`.
    pub fn from_env(get: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut all = Self::default();
        for (name, flag) in Self::NAMES {
            let variable = format!("{ENV_PREFIX}{}", name.to_ascii_uppercase());
            let Some(value) = get(&variable).filter(|value| !value.is_empty()) else { continue };
            let one = OneSetting::try_parse_from([format!("--{flag}={value}")])
                .map_err(|error| ConfigError(format!("environment variable {variable}: {}", clap_sentence(&error))))?;
            all = one.settings.or(all);
        }
        Ok(all)
    }

    /// Flags over environment over file. `file` was named by `--config`, else the one in the config folder is read if it exists.
    pub fn layered(flags: Self, file: Option<&Path>, get_env: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let named = file.map(Path::to_path_buf).or_else(|| get_env("TERN_SERVER_CONFIG").map(PathBuf::from));
        let from_file = match &named {
            Some(path) => read(path)?,
            None => match default_file().filter(|path| path.exists()) {
                Some(path) => read(&path)?,
                None => Self::default(),
            },
        };
        Ok(flags.or(Self::from_env(get_env)?).or(from_file))
    }
}

fn read(path: &Path) -> Result<Settings, ConfigError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| ConfigError(format!("config file {} cannot be read: {error}", path.display())))?;
    Settings::from_toml(&text, path)
}

fn project_dirs() -> Option<directories::ProjectDirs> {
    directories::ProjectDirs::from("", "", "tern")
}

fn default_file() -> Option<PathBuf> {
    project_dirs().map(|dirs| dirs.config_dir().join(FILE_NAME))
}

/// Clap's message without usage and hints: one sentence.
pub(crate) fn clap_sentence(error: &clap::Error) -> String {
    let text = error.to_string();
    let end = ["\n\n  tip:", "\n\nUsage:", "\n\nFor more"].iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    one_line(text[..end].trim_start_matches("error: "))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where the database lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DataFolder {
    /// Kept.
    Path(PathBuf),
    /// A temporary folder that goes when the server ends.
    Ephemeral,
}

/// TLS on a second port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsConfig {
    /// Where that port listens.
    pub address: SocketAddr,
    /// Where the certificate comes from.
    pub source: TlsSource,
    /// Names beside localhost, 127.0.0.1 and ::1 for a made certificate.
    pub names: Vec<String>,
}

/// Checked settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Where the plain port listens.
    pub address: SocketAddr,
    /// The TLS port, if one is offered.
    pub tls: Option<TlsConfig>,
    /// Where the database lives.
    pub data: DataFolder,
    /// The control API is on.
    pub control: bool,
    /// The control API may move the clock.
    pub virtual_clock: bool,
    /// `/metrics` and `/tern/v1/` answer to other machines too.
    pub admin_from_anywhere: bool,
    /// Threads of the I/O runtime; 1 means a single-threaded one.
    pub io_threads: usize,
    /// Milliseconds a commit waits for company.
    pub commit_delay_ms: u64,
    /// Milliseconds for which events of a live room with many people wait for each other; 0: never.
    pub room_window_ms: u64,
    /// URL by which clients reach this server; `None`: the address it listens on.
    pub public_url: Option<String>,
    /// Bytes of the disk that uploads of files leave free.
    pub media_reserve_bytes: u64,
    /// Log filter.
    pub log: String,
    /// Multi-device policy of the application that a new database gets.
    pub login_policy: LoginPolicy,
    /// Settings of the default application (`application::AppSettings`) that differ from what is stored; put in place at each start.
    pub app_settings: serde_json::Map<String, serde_json::Value>,
}

impl Config {
    /// What tests and the demo start from: loopback, any port, a temporary folder, the control API and a movable clock.
    pub fn for_test() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            tls: None,
            data: DataFolder::Ephemeral,
            control: true,
            virtual_clock: true,
            admin_from_anywhere: false,
            io_threads: 1,
            commit_delay_ms: 0,
            room_window_ms: ROOM_WINDOW_MS,
            public_url: None,
            media_reserve_bytes: MEDIA_RESERVE_BYTES,
            log: "info".into(),
            login_policy: LoginPolicy::default(),
            app_settings: serde_json::Map::new(),
        }
    }

    /// Checks what was written and fills the defaults in.
    pub fn from_settings(settings: Settings) -> Result<Self, ConfigError> {
        let error = |text: &str| Err(ConfigError(text.into()));
        let listen = settings.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        let ephemeral = settings.ephemeral.unwrap_or(false);
        let data = match settings.data {
            Some(_) if ephemeral => return error("--ephemeral and --data exclude each other"),
            Some(path) => DataFolder::Path(path),
            None if ephemeral => DataFolder::Ephemeral,
            None => DataFolder::Path(default_data_folder()?),
        };
        let control = settings.control.unwrap_or(ephemeral);
        let virtual_clock = settings.virtual_clock.unwrap_or(false);
        if virtual_clock && !control {
            return error("--virtual-clock needs --control or --ephemeral, or nobody could move the clock");
        }
        if settings.tls_port.is_none() && (settings.tls.is_some() || settings.tls_names.is_some()) {
            return error("tls and tls_names need tls_port");
        }
        let io_threads = match settings.io_threads {
            Some(n) if !(1..=256).contains(&n) => return error("io_threads must be between 1 and 256"),
            Some(n) => n,
            None => std::thread::available_parallelism().map_or(1, |n| n.get().saturating_sub(1)).max(1),
        };
        if settings.commit_delay_ms.is_some_and(|ms| ms > 1_000) {
            return error("commit_delay_ms must be at most 1000");
        }
        if settings.room_window_ms.is_some_and(|ms| ms > 1_000) {
            return error("room_window_ms must be at most 1000");
        }
        let public_url = match settings.public_url {
            Some(url) if !(url.starts_with("http://") || url.starts_with("https://")) || url.contains(char::is_whitespace) => {
                return error("public_url must start with http:// or https://");
            }
            other => other.map(|url| url.trim_end_matches('/').to_owned()),
        };
        let app_settings = match settings.app_settings.as_deref().map(serde_json::from_str) {
            None => serde_json::Map::new(),
            Some(Ok(object)) => object,
            Some(Err(wrong)) => return error(&format!("app_settings is no JSON object: {}", one_line(&wrong.to_string()))),
        };
        let tls = settings.tls_port.map(|port| TlsConfig {
            address: SocketAddr::from((listen, port)),
            source: settings.tls.unwrap_or(TlsSource::Auto),
            names: settings.tls_names.unwrap_or_default(),
        });
        Ok(Self {
            address: SocketAddr::from((listen, settings.port.unwrap_or(PORT))),
            tls,
            data,
            control,
            virtual_clock,
            admin_from_anywhere: settings.admin_from_anywhere.unwrap_or(false),
            io_threads,
            commit_delay_ms: settings.commit_delay_ms.unwrap_or(0),
            room_window_ms: settings.room_window_ms.unwrap_or(ROOM_WINDOW_MS),
            public_url,
            media_reserve_bytes: MEDIA_RESERVE_BYTES,
            log: settings.log.unwrap_or_else(|| "info".into()),
            login_policy: LoginPolicy::default(),
            app_settings,
        })
    }
}

/// The folder that is used when none is named.
pub fn default_data_folder() -> Result<PathBuf, ConfigError> {
    match project_dirs() {
        Some(dirs) => Ok(dirs.data_dir().join("server")),
        None => Err(ConfigError("no home folder is known, so name the data folder with --data".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn no_env(_: &str) -> Option<String> {
        None
    }

    fn flags(arguments: &[&str]) -> Settings {
        OneSetting::try_parse_from(arguments).unwrap().settings
    }

    #[test]
    fn a_flag_beats_the_environment_and_the_environment_beats_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.toml");
        std::fs::write(&path, "port = 1\nio_threads = 1\nlog = \"file\"\n").unwrap();
        let env = |name: &str| match name {
            "TERN_SERVER_PORT" => Some("2".to_owned()),
            "TERN_SERVER_LOG" => Some("env".to_owned()),
            _ => None,
        };
        let merged = Settings::layered(flags(&["--port", "3"]), Some(&path), env).unwrap();
        assert_eq!((merged.port, merged.log.as_deref(), merged.io_threads), (Some(3), Some("env"), Some(1)));
    }

    #[test]
    fn the_file_may_be_named_by_the_environment() {
        let env = |name: &str| (name == "TERN_SERVER_CONFIG").then(|| "/nowhere/at.toml".to_owned());
        let error = Settings::layered(Settings::default(), None, env).unwrap_err();
        assert!(error.0.starts_with("config file /nowhere/at.toml cannot be read"), "{error}");
    }

    #[test]
    fn the_shipped_file_names_every_setting_and_uncommented_it_is_valid() {
        let uncommented: String = DEFAULT_FILE
            .lines()
            .filter_map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.split(" = ").next().is_some_and(|name| !name.contains(' ') && rest.contains(" = ")))
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let settings = Settings::from_toml(&uncommented, Path::new("shipped")).unwrap();
        for (name, _) in Settings::NAMES {
            assert!(uncommented.contains(&format!("{name} = ")), "{name} is not in the shipped file");
        }
        assert_eq!(settings.port, Some(PORT));
    }

    #[rstest]
    #[case("prot = 1", "unknown field `prot`")]
    #[case("port = 70000", "config file x.toml line 1")]
    #[case("\nport = ", "config file x.toml line 2")]
    #[case("tls = \"maybe\"", "tls must be `auto` or `CERT.pem,KEY.pem`")]
    fn a_wrong_file_is_told_in_one_line(#[case] text: &str, #[case] wanted: &str) {
        let error = Settings::from_toml(text, Path::new("x.toml")).unwrap_err();
        assert!(error.0.contains(wanted) && !error.0.contains('\n'), "{error}");
    }

    #[test]
    fn a_wrong_variable_is_named() {
        let env = |name: &str| (name == "TERN_SERVER_PORT").then(|| "many".to_owned());
        let error = Settings::from_env(env).unwrap_err();
        assert!(error.0.starts_with("environment variable TERN_SERVER_PORT: invalid value 'many'"), "{error}");
    }

    #[rstest]
    #[case(&["--ephemeral", "--data", "x"], "exclude each other")]
    #[case(&["--virtual-clock", "--data", "x"], "needs --control")]
    #[case(&["--tls", "auto", "--data", "x"], "need tls_port")]
    #[case(&["--io-threads", "0", "--data", "x"], "io_threads")]
    #[case(&["--public-url", "ftp://x", "--data", "x"], "public_url")]
    fn settings_that_contradict_each_other_are_refused(#[case] arguments: &[&str], #[case] wanted: &str) {
        let error = Config::from_settings(flags(arguments)).unwrap_err();
        assert!(error.0.contains(wanted), "{error}");
    }

    #[test]
    fn silence_means_loopback_port_8640_and_no_control() {
        let settings =
            Settings::layered(Settings { data: Some("d".into()), ..Settings::default() }, Some(Path::new("/dev/null")), no_env);
        let config = Config::from_settings(settings.unwrap()).unwrap();
        assert_eq!(config.address, "127.0.0.1:8640".parse().unwrap());
        assert!(!config.control && config.tls.is_none() && !config.virtual_clock);
    }

    #[test]
    fn an_ephemeral_server_has_the_control_api_unless_it_is_switched_off() {
        assert!(Config::from_settings(flags(&["--ephemeral"])).unwrap().control);
        assert!(!Config::from_settings(flags(&["--ephemeral", "--control=false"])).unwrap().control);
        let tls = Config::from_settings(flags(&["--ephemeral", "--tls-port", "0", "--tls-names", "a,b"])).unwrap().tls.unwrap();
        assert_eq!((tls.source, tls.names), (TlsSource::Auto, vec!["a".to_owned(), "b".to_owned()]));
    }
}
