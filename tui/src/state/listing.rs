//! A list over the main screen whose rows say what they are, and perhaps can be made, changed, switched and removed.

use crate::action::Action;

/// What the rows are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listed {
    /// The types of groups, for a new one of this name.
    GroupTypes {
        name: String,
    },
    /// What a topic is, by its ID.
    Topic(String),
    /// The receive options of a topic.
    TopicReceive(String),
    /// The permission groups of a community.
    PermissionGroups(String),
    /// The rights of a permission group.
    PermissionGroup {
        community: String,
        id: String,
    },
    PermissionMembers {
        community: String,
        id: String,
    },
    /// The topics where a permission group may have rights of its own.
    PermissionTopics {
        community: String,
        id: String,
    },
    /// The rights of a permission group in one topic.
    TopicRights {
        community: String,
        id: String,
        topic: String,
    },
}

impl Listed {
    /// The community whose permission groups the rows are about.
    pub(crate) fn community(&self) -> Option<&str> {
        match self {
            Self::GroupTypes { .. } | Self::Topic(_) | Self::TopicReceive(_) => None,
            Self::PermissionGroups(community)
            | Self::PermissionGroup { community, .. }
            | Self::PermissionMembers { community, .. }
            | Self::PermissionTopics { community, .. }
            | Self::TopicRights { community, .. } => Some(community),
        }
    }
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
            Listed::GroupTypes { .. } | Listed::TopicReceive(_) => action == Action::Confirm,
            Listed::Topic(_) | Listed::PermissionGroup { .. } | Listed::TopicRights { .. } => {
                matches!(action, Action::Confirm | Action::ListingToggle)
            }
            Listed::PermissionGroups(_) => action != Action::ListingToggle,
            Listed::PermissionMembers { .. } => matches!(action, Action::ListingNew | Action::RemoveItem),
            Listed::PermissionTopics { .. } => matches!(action, Action::Confirm | Action::RemoveItem),
        }
    }

    /// The chosen row.
    pub(crate) fn row(&self) -> Option<&ListingRow> {
        self.rows.get(self.chosen)
    }
}
