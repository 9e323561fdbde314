//! Conversation groups: a person's own names for sets of conversations. Their order and whether they are shown is local.

use crate::text::clean_line;
use serde::{Deserialize, Serialize};
use tern_protocol::api::recent_contact::GroupItem;

/// A conversation group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Label {
    /// The server's number of it.
    pub(crate) id: i64,
    /// As the server knows it: commands name it.
    pub(crate) name: String,
    /// Not among the list's filters.
    pub(crate) hidden: bool,
}

impl Label {
    /// The name as it may be drawn.
    pub(crate) fn shown(&self) -> String {
        clean_line(&self.name)
    }
}

/// Takes the server's groups over, with the order and the hiding that were set here. True: something changed.
pub(crate) fn take(labels: &mut Vec<Label>, told: &[GroupItem]) -> bool {
    let before = labels.clone();
    labels.retain(|label| told.iter().any(|item| item.group_id == label.id));
    for item in told {
        match labels.iter_mut().find(|label| label.id == item.group_id) {
            Some(label) => label.name.clone_from(&item.group_name),
            None => labels.push(Label { id: item.group_id, name: item.group_name.clone(), hidden: false }),
        }
    }
    before != *labels
}

/// The page on which they are arranged.
#[derive(Clone, Debug, Default)]
pub(crate) struct LabelPage {
    pub(crate) chosen: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(id: i64, name: &str) -> GroupItem {
        GroupItem { group_name: name.into(), group_id: id }
    }

    #[test]
    fn what_the_server_says_wins_but_for_order_and_hiding() {
        let label = |id, name: &str, hidden| Label { id, name: name.into(), hidden };
        let mut labels = vec![label(2, "Work", true), label(1, "Home", false), label(9, "Gone", false)];
        assert!(take(&mut labels, &[item(1, "House"), item(2, "Work"), item(3, "New")]));
        assert_eq!(labels, [label(2, "Work", true), label(1, "House", false), label(3, "New", false)]);
        assert!(!take(&mut labels, &[item(1, "House"), item(2, "Work"), item(3, "New")]));
    }
}
