//! Settings: flag, then environment, then `tern.toml`, then default. Read and checked once, at the start.

use crate::edge::graphics::PicturesSetting;
use crate::edge::media::MediaSettings;
use crate::keymap::Keymap;
use crate::state::TextSettings;
use crate::view::theme::{Colours, Theme};
use clap::Args;
use directories::ProjectDirs;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use tern_protocol::model::saved_profile::DEFAULT_PROFILE;

/// The commented defaults, as `tern --print-config` writes them.
pub(crate) const COMMENTED_DEFAULTS: &str = include_str!("../../assets/config/tern.toml");

/// Flags that every verb understands; clap reads their environment variables.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Flags {
    /// Saved login to use
    #[arg(long, global = true, env = "TERN_PROFILE", value_name = "NAME")]
    pub(crate) profile: Option<String>,
    /// Folder for logins, messages and logs
    #[arg(long, global = true, env = "TERN_DATA", value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Settings file
    #[arg(long, global = true, env = "TERN_CONFIG", value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Colours: terminal, dark, light, lively, serious, or a theme file
    #[arg(long, global = true, env = "TERN_THEME", value_name = "NAME")]
    pub(crate) theme: Option<String>,
    /// Whether clicks and wheel go to tern
    #[arg(long, global = true, env = "TERN_MOUSE", value_name = "true|false")]
    pub(crate) mouse: Option<bool>,
}

/// Settings as they count.
#[derive(Debug)]
pub(crate) struct Config {
    pub(crate) profile: String,
    pub(crate) data: PathBuf,
    pub(crate) theme: Theme,
    /// A flag or the file names it; otherwise what was chosen with `/theme` counts.
    pub(crate) theme_named: bool,
    pub(crate) keymap: Keymap,
    pub(crate) mouse: bool,
    pub(crate) bell: bool,
    pub(crate) notices: bool,
    pub(crate) text: TextSettings,
    pub(crate) right_to_left: RightToLeft,
    pub(crate) pictures: PicturesSetting,
    pub(crate) media: MediaSettings,
    /// Where files are saved unless another place is named.
    pub(crate) save_folder: String,
}

/// Why the settings cannot be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConfigError {
    #[error("the settings file {path} cannot be read: {source}")]
    Unreadable { path: String, source: std::io::Error },
    #[error("the settings file {path} is wrong: {detail}")]
    Wrong { path: String, detail: String },
    #[error("the theme {name} cannot be used: {detail}")]
    Theme { name: String, detail: String },
    #[error("no folder for data is known here: give one with --data or TERN_DATA")]
    NoFolder,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawFile {
    profile: Option<String>,
    data: Option<PathBuf>,
    ui: RawUi,
    text: RawText,
    media: RawMedia,
    keys: BTreeMap<String, OneOrMany>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawUi {
    theme: Option<String>,
    mouse: Option<bool>,
    bell: Option<bool>,
    notices: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawText {
    markdown: Option<bool>,
    shortcodes: Option<bool>,
    hyperlinks: Option<bool>,
    right_to_left: Option<RightToLeft>,
    paste_lines: Option<usize>,
}

/// Who puts text in order that is read from right to left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RightToLeft {
    /// tern, except in terminals that are known to do it.
    #[default]
    Auto,
    Tern,
    Terminal,
}

impl RawText {
    fn checked(self) -> TextSettings {
        let default = TextSettings::default();
        TextSettings {
            markdown: self.markdown.unwrap_or(default.markdown),
            shortcodes: self.shortcodes.unwrap_or(default.shortcodes),
            hyperlinks: self.hyperlinks.unwrap_or(default.hyperlinks),
            paste_lines: self.paste_lines.unwrap_or(default.paste_lines).max(1),
            glyphs: default.glyphs,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct RawMedia {
    pictures: Option<String>,
    player: Option<String>,
    save_folder: Option<String>,
    cache_mb: Option<u64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

impl OneOrMany {
    fn into_list(self) -> Vec<String> {
        match self {
            Self::One(text) => vec![text],
            Self::Many(texts) => texts,
        }
    }
}

impl Config {
    /// Settings from flags (with their environment), file and defaults. `no_color` is the value of `NO_COLOR`.
    pub(crate) fn load(flags: &Flags, no_color: Option<&std::ffi::OsStr>) -> Result<Self, ConfigError> {
        let folders = ProjectDirs::from("", "", "tern");
        let default_file = folders.as_ref().map(|folders| folders.config_dir().join("tern.toml"));
        let (file, path) = match (&flags.config, default_file) {
            (Some(path), _) => (read(path)?, path.clone()),
            (None, Some(path)) if path.exists() => (read(&path)?, path),
            (None, path) => (RawFile::default(), path.unwrap_or_default()),
        };
        let data = flags.data.clone().or(file.data).or_else(|| folders.map(|folders| folders.data_dir().to_owned()));
        let colours = if no_color.is_some_and(|value| !value.is_empty()) { Colours::No } else { Colours::Yes };
        let named = flags.theme.clone().or(file.ui.theme);
        let theme_named = named.is_some();
        let name = named.unwrap_or_else(|| "terminal".into());
        let keys = file.keys.into_iter().map(|(name, keys)| (name, keys.into_list())).collect();
        let keymap = Keymap::new(&keys).map_err(|detail| ConfigError::Wrong { path: path.display().to_string(), detail })?;
        Ok(Self {
            profile: flags.profile.clone().or(file.profile).unwrap_or_else(|| DEFAULT_PROFILE.into()),
            data: data.ok_or(ConfigError::NoFolder)?,
            theme: theme(&name, colours)?,
            theme_named,
            keymap,
            mouse: flags.mouse.or(file.ui.mouse).unwrap_or(true),
            bell: file.ui.bell.unwrap_or(true),
            notices: file.ui.notices.unwrap_or(true),
            right_to_left: file.text.right_to_left.unwrap_or_default(),
            text: file.text.checked(),
            pictures: pictures(file.media.pictures.as_deref(), &path)?,
            media: MediaSettings {
                player: file.media.player.unwrap_or_default(),
                cache_bytes: file.media.cache_mb.unwrap_or(CACHE_MB).saturating_mul(1024 * 1024),
            },
            save_folder: file.media.save_folder.unwrap_or_else(|| SAVE_FOLDER.into()),
        })
    }
}

fn read(path: &Path) -> Result<RawFile, ConfigError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable { path: shown.clone(), source })?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = line.map(|line| format!("line {line}: ")).unwrap_or_default();
        ConfigError::Wrong { path: shown, detail: format!("{place}{}", error.message()) }
    })
}

/// Megabytes of fetched files that are kept by default.
const CACHE_MB: u64 = 512;
/// Where files are saved by default.
const SAVE_FOLDER: &str = "~/Downloads";

fn pictures(word: Option<&str>, path: &Path) -> Result<PicturesSetting, ConfigError> {
    let Some(word) = word else { return Ok(PicturesSetting::default()) };
    PicturesSetting::parse(word).ok_or_else(|| ConfigError::Wrong {
        path: path.display().to_string(),
        detail: format!("[media] pictures: {word:?} is none of auto, kitty, iterm2, sixel, halfblock, off"),
    })
}

fn theme(name: &str, colours: Colours) -> Result<Theme, ConfigError> {
    if let Some(theme) = Theme::built_in(name, colours) {
        return Ok(theme);
    }
    let wrong = |detail: String| ConfigError::Theme { name: name.to_owned(), detail };
    let known = Theme::names_built_in().collect::<Vec<_>>().join(", ");
    let text = std::fs::read_to_string(name).map_err(|error| wrong(format!("it is none of {known}, and as a file: {error}")))?;
    Theme::parse(&text, colours).map_err(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsStr;

    fn load(text: &str, flags: Flags) -> Result<Config, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("tern.toml");
        std::fs::write(&path, text).unwrap();
        Config::load(&Flags { config: Some(path), data: Some(folder.path().to_owned()), ..flags }, None)
    }

    #[test]
    fn a_flag_wins_over_the_file_and_the_file_over_the_default() {
        let text = "profile = \"work\"\n[ui]\nmouse = false\nbell = false\n";
        let config = load(text, Flags::default()).unwrap();
        assert_eq!((config.profile.as_str(), config.mouse, config.bell, config.notices), ("work", false, false, true));
        let config = load(text, Flags { profile: Some("home".into()), mouse: Some(true), ..Flags::default() }).unwrap();
        assert_eq!((config.profile.as_str(), config.mouse), ("home", true));
    }

    #[test]
    fn the_commented_defaults_are_the_defaults() {
        let uncommented: String = COMMENTED_DEFAULTS
            .lines()
            .filter(|line| !line.starts_with("#data"))
            .map(|line| match line.strip_prefix('#').filter(|rest| !rest.starts_with(' ')) {
                Some(rest) => format!("{rest}\n"),
                None => format!("{line}\n"),
            })
            .collect();
        let (told, silent) = (load(&uncommented, Flags::default()).unwrap(), load("", Flags::default()).unwrap());
        assert_eq!(told.profile, silent.profile);
        assert_eq!((told.mouse, told.bell, told.notices), (silent.mouse, silent.bell, silent.notices));
        assert_eq!((told.text, told.right_to_left), (silent.text, silent.right_to_left));
        assert_eq!((told.pictures, &told.media, &told.save_folder), (silent.pictures, &silent.media, &silent.save_folder));
        for row in 0..crate::action::REGISTRY.len() {
            assert!(told.keymap.keys_of(row).eq(silent.keymap.keys_of(row)));
        }
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, says) in [
            ("[ui]\nthemee = \"x\"", "line 2"),
            ("[keys]\nquitt = \"x\"", "there is no action \"quitt\""),
            ("[keys]\nquit = \"hyper-x\"", "\"hyper-x\" is no key"),
            ("[media]\npictures = \"png\"", "\"png\" is none of auto"),
            ("[ui]\ntheme = \"/nowhere/x.toml\"", "none of terminal, dark, light, lively, serious"),
        ] {
            let error = load(text, Flags::default()).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
    }

    #[test]
    fn no_color_takes_the_colours_out() {
        let flags = Flags { data: Some("/tmp".into()), config: None, ..Flags::default() };
        let plain = Config::load(&flags, Some(OsStr::new("1"))).unwrap();
        assert!(plain.theme.accent.fg.is_none());
        let coloured = Config::load(&flags, Some(OsStr::new(""))).unwrap();
        assert!(coloured.theme.accent.fg.is_some());
    }
}
