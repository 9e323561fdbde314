//! Keys to actions: the registry's defaults, changed by `[keys]` of `tern.toml`.

use crate::action::{Action, Context, REGISTRY};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use std::collections::{BTreeMap, HashMap};

/// A key with what is held down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Key {
    code: KeyCode,
    held: KeyModifiers,
}

impl Key {
    /// Of a terminal's event. Shift is part of a character, so only other keys keep it.
    pub(crate) fn of(event: KeyEvent) -> Self {
        let mut held = event.modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        let code = match event.code {
            KeyCode::BackTab => {
                held -= KeyModifiers::SHIFT;
                KeyCode::BackTab
            }
            KeyCode::Char(c) if held.contains(KeyModifiers::CONTROL) => {
                held -= KeyModifiers::SHIFT;
                KeyCode::Char(c.to_ascii_lowercase())
            }
            KeyCode::Char(c) => {
                held -= KeyModifiers::SHIFT;
                KeyCode::Char(c)
            }
            code => code,
        };
        Self { code, held }
    }

    /// Reads `ctrl-k`, `alt-enter`, `f1`, `?`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut held = KeyModifiers::NONE;
        let mut rest = text;
        for (prefix, modifier) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT), ("shift-", KeyModifiers::SHIFT)] {
            if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
                held |= modifier;
                rest = after;
            }
        }
        let code = match rest {
            "enter" => KeyCode::Enter,
            "esc" => KeyCode::Esc,
            "tab" => KeyCode::Tab,
            "backtab" => KeyCode::BackTab,
            "up" => KeyCode::Up,
            "down" => KeyCode::Down,
            "left" => KeyCode::Left,
            "right" => KeyCode::Right,
            "home" => KeyCode::Home,
            "end" => KeyCode::End,
            "pageup" => KeyCode::PageUp,
            "pagedown" => KeyCode::PageDown,
            "backspace" => KeyCode::Backspace,
            "delete" => KeyCode::Delete,
            "space" => KeyCode::Char(' '),
            _ => {
                let mut chars = rest.chars();
                match (chars.next(), chars.next()) {
                    (Some(c), None) => KeyCode::Char(c),
                    (Some('f'), Some(_)) => KeyCode::F(rest[1..].parse().ok().filter(|n| (1..=24).contains(n))?),
                    _ => return None,
                }
            }
        };
        Some(Self { code, held })
    }
}

/// A key as a person reads it: `Ctrl-K`, `Alt-Enter`, `PgUp`.
pub(crate) fn shown(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    for (prefix, word) in [("ctrl-", "Ctrl-"), ("alt-", "Alt-"), ("shift-", "Shift-")] {
        if let Some(after) = rest.strip_prefix(prefix).filter(|after| !after.is_empty()) {
            out.push_str(word);
            rest = after;
        }
    }
    let held = !out.is_empty();
    match rest {
        "pageup" => out.push_str("PgUp"),
        "pagedown" => out.push_str("PgDn"),
        "backtab" => out.push_str("Shift-Tab"),
        one if one.chars().count() == 1 && held => out.push_str(&one.to_uppercase()),
        one if one.chars().count() == 1 => out.push_str(one),
        other => {
            let mut chars = other.chars();
            out.extend(chars.next().map(|c| c.to_ascii_uppercase()));
            out.push_str(chars.as_str());
        }
    }
    out
}

/// Which key does what, where.
#[derive(Debug)]
pub(crate) struct Keymap {
    keys: HashMap<(Context, Key), Action>,
    /// The keys of each row of the registry, as text.
    texts: Vec<Vec<String>>,
}

impl Keymap {
    /// The defaults with a person's changes: action name to keys, which replace the action's own.
    pub(crate) fn new(changes: &BTreeMap<String, Vec<String>>) -> Result<Self, String> {
        if let Some(name) = changes.keys().find(|name| crate::action::by_name(name).is_none()) {
            return Err(format!("[keys]: there is no action {name:?}"));
        }
        let mut keymap = Self { keys: HashMap::new(), texts: Vec::with_capacity(REGISTRY.len()) };
        let changed = |row: &crate::action::Row| changes.contains_key(row.name);
        for row in REGISTRY {
            let texts = match changes.get(row.name) {
                Some(texts) => texts.clone(),
                None => row.keys.iter().map(|key| (*key).to_owned()).collect(),
            };
            for text in &texts {
                let key = Key::parse(text).ok_or_else(|| format!("[keys] {}: {text:?} is no key", row.name))?;
                // A key that a person chose wins over a default.
                if changed(row) || !keymap.keys.contains_key(&(row.context, key)) {
                    keymap.keys.insert((row.context, key), row.action);
                }
            }
            keymap.texts.push(texts);
        }
        Ok(keymap)
    }

    /// What a key does in the first of the contexts that knows it.
    pub(crate) fn find(&self, contexts: &[Context], key: Key) -> Option<Action> {
        contexts.iter().find_map(|context| self.keys.get(&(*context, key)).copied())
    }

    /// The keys of a row of the registry, as a person reads them.
    pub(crate) fn keys_of(&self, row: usize) -> impl Iterator<Item = String> + '_ {
        self.texts.get(row).into_iter().flatten().map(|text| shown(text))
    }
}

/// The character that a key types, if it types one.
pub(crate) fn typed(event: KeyEvent) -> Option<char> {
    match event.code {
        KeyCode::Char(c) if !event.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) => Some(c),
        // Some keyboards type with AltGr, which arrives as both.
        KeyCode::Char(c) if event.modifiers.contains(KeyModifiers::CONTROL | KeyModifiers::ALT) && !c.is_ascii_alphanumeric() => {
            Some(c)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn event(code: KeyCode, held: KeyModifiers) -> KeyEvent {
        KeyEvent::new(code, held)
    }

    #[test]
    fn every_default_key_can_be_read_and_found() {
        let keymap = Keymap::new(&BTreeMap::new()).unwrap();
        for row in REGISTRY {
            for text in row.keys {
                let key = Key::parse(text).unwrap_or_else(|| panic!("{text}"));
                assert_eq!(keymap.find(&[row.context], key), Some(row.action), "{text}");
            }
        }
    }

    #[rstest]
    #[case("ctrl-k", KeyCode::Char('k'), KeyModifiers::CONTROL, "Ctrl-K")]
    #[case("alt-enter", KeyCode::Enter, KeyModifiers::ALT, "Alt-Enter")]
    #[case("G", KeyCode::Char('G'), KeyModifiers::SHIFT, "G")]
    #[case("backtab", KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab")]
    #[case("f1", KeyCode::F(1), KeyModifiers::NONE, "F1")]
    #[case("pageup", KeyCode::PageUp, KeyModifiers::NONE, "PgUp")]
    #[case("ctrl-_", KeyCode::Char('_'), KeyModifiers::CONTROL, "Ctrl-_")]
    fn keys_are_read_as_terminals_send_them(
        #[case] text: &str,
        #[case] code: KeyCode,
        #[case] held: KeyModifiers,
        #[case] says: &str,
    ) {
        assert_eq!(Key::parse(text), Some(Key::of(event(code, held))));
        assert_eq!(shown(text), says);
    }

    #[test]
    fn a_persons_key_replaces_the_default_and_wins() {
        let changes = BTreeMap::from([("quit".to_owned(), vec!["ctrl-k".to_owned()])]);
        let keymap = Keymap::new(&changes).unwrap();
        assert_eq!(keymap.find(&[Context::Everywhere], Key::parse("ctrl-k").unwrap()), Some(Action::Quit));
        assert_eq!(keymap.find(&[Context::Everywhere], Key::parse("ctrl-q").unwrap()), None);
        for (name, key) in [("quitt", "x"), ("quit", "hyper-x")] {
            assert!(Keymap::new(&BTreeMap::from([(name.to_owned(), vec![key.to_owned()])])).is_err());
        }
    }

    #[test]
    fn only_plain_characters_type() {
        assert_eq!(typed(event(KeyCode::Char('é'), KeyModifiers::NONE)), Some('é'));
        assert_eq!(typed(event(KeyCode::Char('A'), KeyModifiers::SHIFT)), Some('A'));
        assert_eq!(typed(event(KeyCode::Char('a'), KeyModifiers::ALT)), None);
        assert_eq!(typed(event(KeyCode::Char('@'), KeyModifiers::CONTROL | KeyModifiers::ALT)), Some('@'));
    }
}
