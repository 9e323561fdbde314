//! Choosing whom to forward to (`contract/uikit-parity.md` 3.3).

use super::conversation::ChatId;
use super::editor::Editor;
use super::relay::Copy;

/// Where a target comes from: the sections of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    Recent,
    Contact,
    Group,
    /// Somebody whose UserID was typed.
    New,
}

impl Section {
    /// Its word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Recent => "recent",
            Self::Contact => "contact",
            Self::Group => "group",
            Self::New => "new chat",
        }
    }
}

/// Somebody, or a group, to forward to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) chat: ChatId,
    pub(crate) name: String,
    pub(crate) section: Section,
}

/// The page: type to find, mark several, confirm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picker {
    /// What is forwarded, in words.
    pub(crate) what: String,
    pub(crate) copies: Vec<Copy>,
    pub(crate) editor: Editor,
    pub(crate) targets: Vec<Target>,
    pub(crate) chosen: usize,
    /// In the order they were marked.
    pub(crate) marked: Vec<Target>,
}

impl Picker {
    /// Whom it goes to: the marked ones, or the chosen one alone.
    pub(crate) fn receivers(&self) -> Vec<Target> {
        match self.marked.is_empty() {
            true => self.targets.get(self.chosen).cloned().into_iter().collect(),
            false => self.marked.clone(),
        }
    }
}
