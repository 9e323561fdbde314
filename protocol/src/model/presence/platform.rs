use serde::{Deserialize, Serialize};

use super::{NATIVE_SILENCE_MS, WEB_SILENCE_MS};

/// What a client runs on; its name in `TernPlatform` of a login and in device lists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum Platform {
    /// Android phone or tablet.
    Android,
    /// iPhone.
    IPhone,
    /// iPad.
    IPad,
    /// Windows.
    Windows,
    /// macOS.
    Mac,
    /// Linux and other Unix: of one class with Windows and Mac.
    Linux,
    /// A browser, and every client that does not say what it is.
    #[default]
    Web,
    /// A mini program: a Web instance everywhere but in lists.
    MiniProgram,
}

/// One row per platform: name in lists, `Platform` over REST (`contract/rest-api.md` section 4), `KickedDevice` of the
/// state webhook (`contract/webhooks.md` section 3), whether it stays reachable by push without a link, silence until it is lost.
#[rustfmt::skip]
const TABLE: &[(Platform, &str, &str, &str, bool, i64)] = &[
    (Platform::Android,     "Android",     "Android", "Android", true,  NATIVE_SILENCE_MS),
    (Platform::IPhone,      "iPhone",      "iPhone",  "iOS",     true,  NATIVE_SILENCE_MS),
    (Platform::IPad,        "iPad",        "iPad",    "iPad",    true,  NATIVE_SILENCE_MS),
    (Platform::Windows,     "Windows",     "PC",      "Windows", false, NATIVE_SILENCE_MS),
    (Platform::Mac,         "Mac",         "Mac",     "Mac",     false, NATIVE_SILENCE_MS),
    (Platform::Linux,       "Linux",       "PC",      "Linux",   false, NATIVE_SILENCE_MS),
    (Platform::Web,         "Web",         "Web",     "Web",     false, WEB_SILENCE_MS),
    (Platform::MiniProgram, "MiniProgram", "Web",     "Web",     false, WEB_SILENCE_MS),
];

impl Platform {
    /// Every platform.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, &'static str, bool, i64) {
        // The rows stand in the order of the variants; a test compares them.
        &TABLE[self as usize]
    }

    /// Reads [`Platform::name`], whatever its capitals.
    pub fn parse(text: &str) -> Result<Self, UnknownPlatform> {
        TABLE
            .iter()
            .find(|row| row.1.eq_ignore_ascii_case(text))
            .map(|row| row.0)
            .ok_or_else(|| UnknownPlatform(text.chars().take(32).collect()))
    }

    /// Name in `TernPlatform` and in device lists.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    /// `Platform` of `query_online_status`.
    pub fn rest_name(self) -> &'static str {
        self.row().2
    }

    /// `KickedDevice[].Platform` of the state webhook.
    pub fn webhook_name(self) -> &'static str {
        self.row().3
    }

    /// Whether a device of this kind is reachable by push once its link is gone.
    pub fn stays_push_online(self) -> bool {
        self.row().4
    }

    /// Silence after which a link counts as lost, in milliseconds.
    pub fn silence_ms(self) -> i64 {
        self.row().5
    }

    /// The platform this program was built for.
    pub const fn of_this_host() -> Self {
        if cfg!(target_os = "windows") {
            Self::Windows
        } else if cfg!(target_os = "macos") {
            Self::Mac
        } else {
            Self::Linux
        }
    }
}

impl std::fmt::Display for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl From<Platform> for &'static str {
    fn from(platform: Platform) -> Self {
        platform.name()
    }
}

impl TryFrom<String> for Platform {
    type Error = UnknownPlatform;
    fn try_from(text: String) -> Result<Self, UnknownPlatform> {
        Self::parse(&text)
    }
}

/// A platform name that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown platform {0:?}")]
pub struct UnknownPlatform(String);

/// What a login is for (`TernMode`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "&'static str")]
pub enum LoginMode {
    /// A person sits there: counts for presence and for the multi-device policy.
    #[default]
    Interactive,
    /// One command of a shell: counts for neither.
    Command,
    /// Waits for messages to show notifications: displaces nobody, and shows the person as PushOnline while its link lives.
    Push,
}

impl LoginMode {
    const ALL: [Self; 3] = [Self::Interactive, Self::Command, Self::Push];

    /// The word of `TernMode`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Interactive => "interactive",
            Self::Command => "command",
            Self::Push => "push",
        }
    }

    /// Reads [`LoginMode::name`].
    pub fn parse(text: &str) -> Result<Self, UnknownLoginMode> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or_else(|| UnknownLoginMode(text.chars().take(32).collect()))
    }
}

impl From<LoginMode> for &'static str {
    fn from(mode: LoginMode) -> Self {
        mode.name()
    }
}

impl TryFrom<String> for LoginMode {
    type Error = UnknownLoginMode;
    fn try_from(text: String) -> Result<Self, UnknownLoginMode> {
        Self::parse(&text)
    }
}

/// A mode that is none of ours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown login mode {0:?}: interactive, command and push are known")]
pub struct UnknownLoginMode(String);

#[cfg(test)]
mod tests {
    use super::{LoginMode, Platform, TABLE};

    #[test]
    fn the_table_stands_in_the_order_of_the_platforms_and_names_come_back() {
        for (at, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, at);
            assert_eq!(Platform::parse(row.0.name()), Ok(row.0));
            assert_eq!(serde_json::to_string(&row.0).unwrap(), format!("{:?}", row.1));
        }
        assert_eq!(Platform::parse("linux"), Ok(Platform::Linux));
        assert_eq!(Platform::parse("Toaster").unwrap_err().to_string(), "unknown platform \"Toaster\"");
    }

    #[test]
    fn only_phones_and_tablets_stay_reachable_by_push() {
        let staying: Vec<_> = Platform::all().filter(|platform| platform.stays_push_online()).collect();
        assert_eq!(staying, [Platform::Android, Platform::IPhone, Platform::IPad]);
    }

    #[test]
    fn rest_knows_six_names() {
        let mut names: Vec<_> = Platform::all().map(Platform::rest_name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names, ["Android", "Mac", "PC", "Web", "iPad", "iPhone"]);
    }

    #[test]
    fn a_mode_is_read_back_and_a_wrong_one_is_named() {
        for mode in LoginMode::ALL {
            assert_eq!(serde_json::from_str::<LoginMode>(&serde_json::to_string(&mode).unwrap()).unwrap(), mode);
        }
        assert!(LoginMode::parse("Interactive").unwrap_err().to_string().contains("\"Interactive\""));
    }
}
