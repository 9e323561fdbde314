//! How this terminal draws pictures, by what it says of itself in the environment, and when asked.

use crate::state::picture::{Graphics, Protocol, Said};

/// Pixels of a character where the terminal does not tell: width, height.
const CELL: (u16, u16) = (10, 20);

/// The setting `pictures`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum PicturesSetting {
    /// What the terminal can.
    #[default]
    Auto,
    Kitty,
    Iterm2,
    Sixel,
    HalfBlock,
    Off,
}

impl PicturesSetting {
    /// Reads the setting's word.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "auto" => Self::Auto,
            "kitty" => Self::Kitty,
            "iterm2" => Self::Iterm2,
            "sixel" => Self::Sixel,
            "halfblock" => Self::HalfBlock,
            "off" => Self::Off,
            _ => return None,
        })
    }
}

/// How pictures are drawn; `None`: they are not. `environment` gives a variable's value, `cell` the pixels of a character.
pub(crate) fn detect(
    setting: PicturesSetting,
    environment: impl Fn(&str) -> Option<String>,
    cell: Option<(u16, u16)>,
    said: Said,
) -> Option<Graphics> {
    let value = |name: &str| environment(name).unwrap_or_default();
    let term = value("TERM");
    let bare = matches!(term.as_str(), "" | "dumb" | "linux" | "vt100" | "vt220" | "ansi" | "cons25");
    if cfg!(not(feature = "images")) || setting == PicturesSetting::Off || !value("NO_COLOR").is_empty() {
        return None;
    }
    let direct = term.ends_with("-direct") || matches!(value("COLORTERM").as_str(), "truecolor" | "24bit");
    let found = protocol_of(&value);
    let half = Protocol::HalfBlock { true_colour: direct || found.is_some() };
    let found = found.filter(|found| !(said.old_kitty && *found == Protocol::Kitty));
    let found = found.or((said.sixel && !is_multiplexed(&value)).then_some(Protocol::Sixel));
    let protocol = match setting {
        PicturesSetting::Off => return None,
        PicturesSetting::Kitty => Protocol::Kitty,
        PicturesSetting::Iterm2 => Protocol::Iterm2,
        PicturesSetting::Sixel => Protocol::Sixel,
        PicturesSetting::HalfBlock => half,
        PicturesSetting::Auto if bare => return None,
        // Pixels need to know how large a character is.
        PicturesSetting::Auto => found.filter(|_| cell.is_some()).unwrap_or(half),
    };
    let cell = if matches!(protocol, Protocol::HalfBlock { .. }) { CELL } else { cell.unwrap_or(CELL) };
    Some(Graphics { protocol, cell })
}

/// What the terminal can beyond characters.
fn protocol_of(value: &impl Fn(&str) -> String) -> Option<Protocol> {
    let (term, program) = (value("TERM"), value("TERM_PROGRAM").to_lowercase());
    if is_multiplexed(value) {
        return None;
    }
    let kitty = term.contains("kitty") || term.contains("ghostty") || program == "ghostty";
    let iterm2 = ["iterm", "wezterm", "mintty", "rio", "warpterminal", "tabby"].iter().any(|name| program.contains(name))
        || value("LC_TERMINAL").to_lowercase().contains("iterm")
        || !value("KONSOLE_VERSION").is_empty();
    let sixel = ["foot", "mlterm", "yaft", "contour"].iter().any(|name| term.starts_with(name)) || program == "contour";
    match () {
        () if iterm2 => Some(Protocol::Iterm2),
        () if kitty => Some(Protocol::Kitty),
        () if sixel => Some(Protocol::Sixel),
        () => None,
    }
}

/// A multiplexer in between takes the sequences for its own.
fn is_multiplexed(value: &impl Fn(&str) -> String) -> bool {
    let term = value("TERM");
    ["tmux", "screen"].iter().any(|name| term.starts_with(name)) || !value("TMUX").is_empty() || !value("STY").is_empty()
}

/// Pixels of a character, where the system knows.
pub(crate) fn cell_pixels() -> Option<(u16, u16)> {
    let size = crossterm::terminal::window_size().ok()?;
    let cell = (size.width.checked_div(size.columns)?, size.height.checked_div(size.rows)?);
    (cell.0 > 2 && cell.1 > 2 && cell.0 < 200 && cell.1 < 200).then_some(cell)
}

/// Of the process's own terminal.
pub(crate) fn of_this_terminal(setting: PicturesSetting, said: Said) -> Option<Graphics> {
    detect(setting, |name| std::env::var(name).ok(), cell_pixels(), said)
}

/// Tells kitty that it need not keep these pictures.
pub(crate) fn forget(ids: &[u32]) -> String {
    ids.iter().map(|id| format!("\u{1b}_Gq=2,a=d,d=I,i={id}\u{1b}\\")).collect()
}

#[cfg(all(test, feature = "images"))]
mod tests {
    use super::*;
    use rstest::rstest;

    const HALF: Protocol = Protocol::HalfBlock { true_colour: true };
    const PALETTE: Protocol = Protocol::HalfBlock { true_colour: false };

    #[rstest]
    #[case(&[("TERM", "xterm-kitty")], Some(Protocol::Kitty))]
    #[case(&[("TERM", "xterm-ghostty"), ("TERM_PROGRAM", "ghostty")], Some(Protocol::Kitty))]
    #[case(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "iTerm.app")], Some(Protocol::Iterm2))]
    #[case(&[("TERM", "xterm-256color"), ("TERM_PROGRAM", "WezTerm")], Some(Protocol::Iterm2))]
    #[case(&[("TERM", "foot"), ("COLORTERM", "truecolor")], Some(Protocol::Sixel))]
    #[case(&[("TERM", "tmux-256color"), ("TERM_PROGRAM", "tmux"), ("COLORTERM", "truecolor")], Some(HALF))]
    #[case(&[("TERM", "xterm-kitty"), ("TMUX", "/tmp/x")], Some(PALETTE))]
    #[case(&[("TERM", "xterm-256color"), ("COLORTERM", "truecolor")], Some(HALF))]
    #[case(&[("TERM", "xterm-256color")], Some(PALETTE))]
    #[case(&[("TERM", "linux")], None)]
    #[case(&[("TERM", "dumb")], None)]
    #[case(&[("TERM", "xterm-kitty"), ("NO_COLOR", "1")], None)]
    fn a_terminal_is_drawn_on_as_it_understands(#[case] variables: &[(&str, &str)], #[case] protocol: Option<Protocol>) {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        let found = detect(PicturesSetting::Auto, value, Some((9, 18)), Said::default());
        assert_eq!(found.map(|graphics| graphics.protocol), protocol);
    }

    #[rstest]
    #[case(&[("TERM", "xterm-256color")], Some((9, 18)), Protocol::Sixel)]
    #[case(&[("TERM", "xterm-256color")], None, PALETTE)]
    #[case(&[("TERM", "xterm-kitty")], Some((9, 18)), Protocol::Kitty)]
    #[case(&[("TERM", "tmux-256color"), ("COLORTERM", "truecolor")], Some((9, 18)), HALF)]
    fn a_terminal_that_says_so_gets_sixels(
        #[case] variables: &[(&str, &str)],
        #[case] cell: Option<(u16, u16)>,
        #[case] protocol: Protocol,
    ) {
        let value = |name: &str| variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned());
        assert_eq!(detect(PicturesSetting::Auto, value, cell, Said { sixel: true, old_kitty: false }).unwrap().protocol, protocol);
    }

    #[test]
    fn an_old_kitty_gets_half_blocks() {
        let kitty = |name: &str| (name == "TERM").then(|| "xterm-kitty".to_owned());
        let said = Said { sixel: false, old_kitty: true };
        assert_eq!(detect(PicturesSetting::Auto, kitty, Some((9, 18)), said).unwrap().protocol, HALF);
    }

    #[test]
    fn the_setting_wins_over_what_is_found() {
        let kitty = |name: &str| (name == "TERM").then(|| "xterm-kitty".to_owned());
        assert_eq!(detect(PicturesSetting::Off, kitty, None, Said::default()), None);
        assert_eq!(
            detect(PicturesSetting::Sixel, kitty, None, Said::default()),
            Some(Graphics { protocol: Protocol::Sixel, cell: CELL })
        );
        assert_eq!(
            detect(PicturesSetting::Auto, kitty, None, Said::default()).unwrap().protocol,
            HALF,
            "without the size of a character"
        );
        assert_eq!(PicturesSetting::parse("halfblock"), Some(PicturesSetting::HalfBlock));
        assert_eq!(PicturesSetting::parse("png"), None);
    }

    #[test]
    fn kitty_forgets_by_number() {
        assert_eq!(forget(&[7, 9]), "\u{1b}_Gq=2,a=d,d=I,i=7\u{1b}\\\u{1b}_Gq=2,a=d,d=I,i=9\u{1b}\\");
    }
}
