//! Who may make, change and end topics: the one place that asks. Where a community's permission groups decide, they decide here.

use super::super::permission::{Action, allows};
use super::super::{GroupError, standing};
use crate::service::Context;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;

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
    _topic: Option<&GroupRow>,
    _action: TopicAction,
) -> Result<(), GroupError> {
    match allows(community.kind, Action::EditInfo, standing(tx, cx, community)?) {
        true => Ok(()),
        false => Err(GroupError::Forbidden("topics are the owner's and the admins' to make, change and end")),
    }
}
