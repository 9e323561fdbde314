//! Colours and emphasis: a theme file, or nothing but emphasis where colour is not wanted.

use ratatui::style::{Color, Modifier, Style};
use std::collections::BTreeMap;

/// Themes that come with the program.
const BUILT_IN: &[(&str, &str)] = &[
    ("terminal", include_str!("../../../assets/theme/terminal.toml")),
    ("dark", include_str!("../../../assets/theme/dark.toml")),
    ("light", include_str!("../../../assets/theme/light.toml")),
    ("lively", include_str!("../../../assets/theme/lively.toml")),
    ("serious", include_str!("../../../assets/theme/serious.toml")),
];

macro_rules! theme {
    ($($(#[$doc:meta])* $field:ident),* $(,)?) => {
        /// A style for each thing that is drawn.
        #[derive(Clone, Debug, Default)]
        pub(crate) struct Theme {
            $($(#[$doc])* pub(crate) $field: Style,)*
            /// Names of people, one each by their ID.
            pub(crate) names: Vec<Style>,
            /// Colour is wanted.
            colours: bool,
        }

        impl Theme {
            fn slot(&mut self, name: &str) -> Option<&mut Style> {
                match name {
                    $(stringify!($field) => Some(&mut self.$field),)*
                    _ => None,
                }
            }

            fn each(&mut self, change: impl Fn(&mut Style)) {
                $(change(&mut self.$field);)*
                self.names.iter_mut().for_each(change);
            }
        }
    };
}

theme! {
    text, dim, accent, title, selected, marker, border, border_focus, unread, badge, badge_muted, badge_mention,
    own_name, link, mention, mention_me, code, quote, card, day, divider, tip, mark, mark_read, good, warn, bad, key, placeholder,
    chip, chip_own,
}

/// Whether colour is wanted (`NO_COLOR`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colours {
    Yes,
    No,
}

impl Theme {
    /// A theme that comes with the program, by name.
    pub(crate) fn built_in(name: &str, colours: Colours) -> Option<Self> {
        let text = BUILT_IN.iter().find(|row| row.0 == name)?.1;
        Self::parse(text, colours).ok()
    }

    /// Another theme of the program, with colour only where this one has it.
    pub(crate) fn other(&self, name: &str) -> Option<Self> {
        Self::built_in(name, if self.colours { Colours::Yes } else { Colours::No })
    }

    /// The names of the themes that come with the program.
    pub(crate) fn names_built_in() -> impl Iterator<Item = &'static str> {
        BUILT_IN.iter().map(|row| row.0)
    }

    /// Reads a theme file; what it does not name is plain.
    pub(crate) fn parse(text: &str, colours: Colours) -> Result<Self, String> {
        let table: BTreeMap<String, toml::Value> = toml::from_str(text).map_err(|error| error.message().to_owned())?;
        let mut theme = Self::default();
        for (name, value) in &table {
            match (name.as_str(), value) {
                ("names", toml::Value::Array(list)) => {
                    let texts = list.iter().map(|entry| entry.as_str().ok_or("names: a style is a text"));
                    theme.names = texts.map(|text| style(text?)).collect::<Result<_, String>>()?;
                }
                (_, toml::Value::String(text)) => {
                    let parsed = style(text).map_err(|error| format!("{name}: {error}"))?;
                    *theme.slot(name).ok_or_else(|| format!("there is no style {name:?}"))? = parsed;
                }
                _ => return Err(format!("{name}: a style is a text")),
            }
        }
        theme.colours = colours == Colours::Yes;
        if colours == Colours::No {
            theme.strip();
        }
        Ok(theme)
    }

    /// Takes the colours out; what a coloured ground set apart is reversed instead.
    fn strip(&mut self) {
        self.each(|style| {
            if style.bg.is_some() {
                *style = style.add_modifier(Modifier::REVERSED);
            }
            style.fg = None;
            style.bg = None;
        });
        for set_apart in [&mut self.divider, &mut self.bad, &mut self.border_focus, &mut self.marker] {
            *set_apart = set_apart.add_modifier(Modifier::BOLD);
        }
    }

    /// A style in the colour that a conversation was given; where colour is not wanted, in bold.
    pub(crate) fn of_chat(&self, style: Style, word: &str) -> Style {
        match CHAT_COLOURS.iter().find(|(known, _)| *known == word) {
            Some((_, colour)) if self.colours => style.fg(*colour),
            Some(_) => style.add_modifier(Modifier::BOLD),
            None => style,
        }
    }

    /// The style of a person's name: always the same for one person.
    pub(crate) fn name(&self, user: &str) -> Style {
        let hash = user.bytes().fold(5381_u32, |hash, byte| hash.wrapping_mul(33) ^ u32::from(byte));
        match self.names.len() {
            0 => self.title,
            n => self.names[hash as usize % n],
        }
    }
}

/// Colours that a conversation can have, by their words.
const CHAT_COLOURS: &[(&str, Color)] = &[
    ("red", Color::Red),
    ("green", Color::Green),
    ("yellow", Color::Yellow),
    ("blue", Color::Blue),
    ("magenta", Color::Magenta),
    ("cyan", Color::Cyan),
];

/// The words of the colours that a conversation can have.
pub(crate) fn chat_colours() -> impl Iterator<Item = &'static str> {
    CHAT_COLOURS.iter().map(|(word, _)| *word)
}

fn style(text: &str) -> Result<Style, String> {
    let mut style = Style::new();
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        let modifier = match word {
            "bold" => Some(Modifier::BOLD),
            "dim" => Some(Modifier::DIM),
            "italic" => Some(Modifier::ITALIC),
            "underlined" => Some(Modifier::UNDERLINED),
            "reversed" => Some(Modifier::REVERSED),
            _ => None,
        };
        style = match (word, modifier) {
            (_, Some(modifier)) => style.add_modifier(modifier),
            ("on", None) => style.bg(colour(words.next().unwrap_or_default())?),
            (word, None) => style.fg(colour(word)?),
        };
    }
    Ok(style)
}

fn colour(word: &str) -> Result<Color, String> {
    word.parse().map_err(|_| format!("{word:?} is no colour"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_theme_of_the_program_can_be_read_and_is_complete() {
        for (name, text) in BUILT_IN {
            let theme = Theme::parse(text, Colours::Yes).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(!theme.names.is_empty());
            let count = toml::from_str::<BTreeMap<String, toml::Value>>(text).unwrap().len();
            assert_eq!(count, 32, "{name}: a style is missing");
        }
    }

    #[test]
    fn without_colour_emphasis_is_left() {
        let theme = Theme::built_in("terminal", Colours::No).unwrap();
        assert!(theme.badge.fg.is_none() && theme.badge.bg.is_none());
        assert!(theme.badge.add_modifier.contains(Modifier::REVERSED));
        assert!(theme.names.iter().all(|style| style.fg.is_none()));
    }

    #[test]
    fn a_wrong_style_is_named() {
        assert_eq!(Theme::parse("text = \"purplish\"", Colours::Yes).unwrap_err(), "text: \"purplish\" is no colour");
        assert_eq!(Theme::parse("texxt = \"\"", Colours::Yes).unwrap_err(), "there is no style \"texxt\"");
    }
}
