//! What a member may do in a community where permission groups decide (`contract/rest-api.md` section 17,
//! `contract/client-semantics.md` section 8): the role of admin has no effect then, the owner and the app admin may everything.

use super::permission::storage::history_before_join;
use super::permission::{Action, Standing};
use crate::application::Application;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::{TinyId, permission_group};
use tern_protocol::model::group::Role;
use tern_protocol::model::permission::{GroupRight, Permission, TopicRight};

/// Which right of the community an action needs, and which of a topic where it happens in one. What has no row here is as for every
/// ordinary member.
#[rustfmt::skip]
const GOVERNED: &[(Action, GroupRight, Option<TopicRight>)] = &[
    (Action::EditInfo,           GroupRight::ManageGroupInfo,               None),
    (Action::EditOptions,        GroupRight::ManageGroupInfo,               None),
    (Action::AddMembers,         GroupRight::ManageGroupMember,             None),
    (Action::DecideApplications, GroupRight::ManageGroupMember,             None),
    (Action::RemoveMembers,      GroupRight::ManageGroupMember,             None),
    (Action::MuteMembers,        GroupRight::GroupMuteMember,               Some(TopicRight::TopicMuteMember)),
    (Action::Send,               GroupRight::SendGroupMessage,              Some(TopicRight::SendTopicMessage)),
    (Action::AtAll,              GroupRight::GroupAtAll,                    Some(TopicRight::TopicAtAll)),
    (Action::RecallOthers,       GroupRight::RevokeOtherMemberGroupMessage, Some(TopicRight::RevokeOtherMemberTopicMessage)),
];

/// Rights of one member, together from all his permission groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    community: Permission,
    /// In the topic that is asked about.
    topic: Option<Permission>,
}

impl Rights {
    /// Whether these grant an action; `None`: no right governs it.
    pub(super) fn allow(self, action: Action) -> Option<bool> {
        let row = GOVERNED.iter().find(|row| row.0 == action)?;
        Some(self.grant(row.1, row.2))
    }

    /// Whether these grant a right: in the topic if it is asked about and has such a right, else in the community.
    pub(crate) fn grant(self, right: GroupRight, in_topic: Option<TopicRight>) -> bool {
        match (self.topic, in_topic) {
            (Some(topic), Some(right)) => topic.grants_in_topic(right),
            _ => self.community.grants(right),
        }
    }
}

/// What a member of a role is in a group, or in a topic. One look into the database where permission groups decide, none where roles
/// do.
pub(crate) fn standing(tx: &Tx<'_>, group: &GroupRow, user: TinyId, role: Role) -> Result<Standing, StoreError> {
    if !group.enable_permission || role == Role::Owner {
        return Ok(Standing::Inside(role));
    }
    let topic = group.no.is_topic().then_some(group.group_id.as_str());
    let granted = permission_group::granted(tx, group.no.roster(), user, topic)?;
    let (community, in_topic) = granted.unwrap_or((Permission(group.default_permission), Permission(0)));
    let topic = topic.map(|_| in_topic.or(community.in_topics()));
    Ok(Standing::Granted(Rights { community, topic }))
}

/// Whether somebody has a right that only permission groups give: the owner and the app admin have all of them.
pub(crate) fn holds(standing: Standing, right: GroupRight, in_topic: Option<TopicRight>) -> bool {
    match standing {
        Standing::AppAdmin | Standing::Inside(Role::Owner) => true,
        Standing::Granted(rights) => rights.grant(right, in_topic),
        Standing::Inside(_) | Standing::Outside => false,
    }
}

/// Whether a member reads what was said before he came: by his right where permission groups decide, else as the group's options say.
pub(crate) fn reads_earlier(
    tx: &Tx<'_>,
    app: &Application,
    group: &GroupRow,
    user: TinyId,
    role: Option<Role>,
) -> Result<bool, StoreError> {
    match role.filter(|_| group.enable_permission) {
        None => Ok(history_before_join(app, group)),
        Some(role) => {
            let standing = standing(tx, group, user, role)?;
            Ok(holds(standing, GroupRight::GetGroupHistoryMessage, Some(TopicRight::GetTopicHistoryMessage)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_right_in_a_topic_decides_in_that_topic_alone() {
        let none = Permission(0);
        let send = Permission::of_topic(&[TopicRight::SendTopicMessage]);
        let in_topic = Rights { community: none, topic: Some(send) };
        assert_eq!(in_topic.allow(Action::Send), Some(true));
        assert_eq!(in_topic.allow(Action::AtAll), Some(false));
        let in_community = Rights { community: none, topic: None };
        assert_eq!(in_community.allow(Action::Send), Some(false));
        assert_eq!(in_community.allow(Action::ReadInfo), None);
    }

    #[test]
    fn each_action_has_one_row() {
        for (at, row) in GOVERNED.iter().enumerate() {
            assert!(GOVERNED[at + 1..].iter().all(|other| other.0 != row.0), "{:?} stands twice", row.0);
        }
    }
}
