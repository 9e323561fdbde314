//! A list over the main screen whose rows say what they are, and perhaps can be made, changed, switched and removed.

use crate::action::Action;

/// What the rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// The types of groups, for a new one of this name.
    GroupTypes { name: String },
}

/// A row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListingRow {
    /// Names the row to the server.
    pub(crate) id: String,
    /// What it is, cleaned.
    pub(crate) left: String,
    /// A fact at the right end, cleaned.
    pub(crate) right: String,
    /// More about it in rows of its own, cleaned.
    pub(crate) below: String,
    /// A switch and how it stands.
    pub(crate) on: Option<bool>,
}

/// The list.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    pub(crate) listed: Listed,
    pub(crate) title: String,
    /// What is asked, or what the list is; may be empty.
    pub(crate) says: String,
    pub(crate) rows: Vec<ListingRow>,
    pub(crate) chosen: usize,
    /// The answer is awaited.
    pub(crate) busy: bool,
    pub(crate) error: Option<String>,
}

impl Listing {
    /// A list without rows.
    pub(crate) fn new(listed: Listed, title: impl Into<String>, says: impl Into<String>) -> Self {
        Self { listed, title: title.into(), says: says.into(), rows: Vec::new(), chosen: 0, busy: false, error: None }
    }

    /// Whether an action does anything here.
    pub(crate) fn takes(&self, action: Action) -> bool {
        match self.listed {
            Listed::GroupTypes { .. } => action == Action::Confirm,
        }
    }

    /// The chosen row.
    pub(crate) fn row(&self) -> Option<&ListingRow> {
        self.rows.get(self.chosen)
    }
}
