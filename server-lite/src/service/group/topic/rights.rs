//! Who may make, change and end topics: the one place that asks. Where a community's permission groups decide, they decide here.

use super::super::permission::{Action, Standing, allows};
use super::super::{GroupError, standing};
use crate::service::Context;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use tern_protocol::model::permission::{GroupRight, TopicRight};

/// What somebody wants to do with a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TopicAction {
    /// Make one.
    Create,
    /// Change its profile or mute everybody in it.
    Change,
    /// End it.
    Destroy,
}

/// Refuses who may not act: owner, admins and the app admin may, as they may change the community's profile. `topic` is absent where
/// one is made.
pub(crate) fn check(
    tx: &Tx<'_>,
    cx: &Context,
    community: &GroupRow,
    topic: Option<&GroupRow>,
    action: TopicAction,
) -> Result<(), GroupError> {
    let standing = standing(tx, cx, topic.unwrap_or(community))?;
    let may = match standing {
        Standing::Granted(rights) => {
            let in_topic = (action != TopicAction::Create).then_some(TopicRight::ManageTopicInfo);
            rights.grant(GroupRight::ManageTopic, in_topic)
        }
        _ => allows(community.kind, Action::EditInfo, standing),
    };
    match may {
        true => Ok(()),
        false if matches!(standing, Standing::Granted(_)) => {
            Err(GroupError::Forbidden("none of your permission groups gives this right"))
        }
        false => Err(GroupError::Forbidden("topics are the owner's and the admins' to make, change and end")),
    }
}
