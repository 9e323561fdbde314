//! Permission groups of communities (`contract/rest-api.md` section 17): made, read, changed and ended, who is in them, and their rights
//! in single topics. What rights mean for other commands stands in [`super::rights`].

pub(crate) mod change;
pub(crate) mod member;
pub(crate) mod own;
pub(crate) mod read;
pub(crate) mod topic;

use super::permission::Standing;
use super::{GroupError, named, operator, rights, shown};
use crate::service::{AreaError, Audience, Context, Effect};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::permission_group::{self, PermissionGroupRow};
use tern_protocol::api::permission_group::PermissionGroupInfo;
use tern_protocol::event::{Event, PermissionNotice};
use tern_protocol::model::group::GroupKind;
use tern_protocol::model::permission::{GroupRight, TopicRight};
use tern_protocol::{ErrorCode, PermissionGroupId};

/// Why a command about permission groups is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PermissionGroupError {
    /// Roles decide in this community.
    #[error("permission groups are not enabled in this community (EnablePermission is 0)")]
    Off,
    /// There is no such permission group, or no longer.
    #[error("there is no permission group {0:?}")]
    Missing(String),
    /// The ID belongs to another permission group of the community.
    #[error("permission group ID {0} is in use")]
    IdTaken(PermissionGroupId),
    /// As many as a community may have.
    #[error("a community may have {0} permission groups")]
    TooMany(usize),
    /// As many members as a permission group may have.
    #[error("a permission group may have {0} members")]
    TooManyMembers(u32),
    /// No topic of this community.
    #[error("{0:?} is no topic of this community")]
    TopicInvalid(String),
    /// To be added, but it is there.
    #[error("the permission group has rights in topic {0:?} already")]
    TopicPresent(String),
    /// To be changed or read, but it is not there.
    #[error("the permission group has no rights of its own in topic {0:?}")]
    TopicAbsent(String),
    /// To be deleted, but it is not there.
    #[error("the rights of the permission group in topic {0:?} are gone already")]
    TopicGone(String),
    /// As for all groups.
    #[error(transparent)]
    Group(#[from] GroupError),
}

impl From<StoreError> for PermissionGroupError {
    fn from(error: StoreError) -> Self {
        Self::Group(error.into())
    }
}

impl AreaError for PermissionGroupError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Off => ErrorCode::GROUP_COMMUNITY_DISABLED,
            Self::Missing(_) => ErrorCode::GROUP_PERMISSION_GROUP_MISSING_DELETED,
            Self::IdTaken(_) => ErrorCode::GROUP_ID_TAKEN,
            Self::TooMany(_) => ErrorCode::GROUP_JOINED_LIMIT,
            Self::TooManyMembers(_) => ErrorCode::GROUP_PERMISSION_GROUP_HAS_TOO,
            Self::TopicInvalid(_) => ErrorCode::GROUP_TOPIC_ID_INVALID,
            Self::TopicPresent(_) => ErrorCode::GROUP_TOPIC_ALREADY_PRESENT_PERMISSION,
            Self::TopicAbsent(_) => ErrorCode::GROUP_TOPIC_NOT_PRESENT_PERMISSION,
            Self::TopicGone(_) => ErrorCode::GROUP_TOPIC_PERMISSION_ALREADY_DELETED,
            Self::Group(error) => error.code(),
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Group(error) => error.store(),
            _ => None,
        }
    }
}

type Result<T> = std::result::Result<T, PermissionGroupError>;

/// The community that a request names, where permission groups decide, and what the caller is there.
fn opened(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<(GroupRow, Standing)> {
    let group = named(tx, cx, group_id)?;
    if group.kind != GroupKind::Community {
        return Err(GroupError::Unsupported(group.kind).into());
    }
    if !cx.app.settings.features.community {
        return Err(GroupError::NoCommunities.into());
    }
    let standing = super::standing(tx, cx, &group)?;
    if standing == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this").into());
    }
    match group.enable_permission {
        true => Ok((group, standing)),
        false => Err(PermissionGroupError::Off),
    }
}

/// Refuses who does not have a right.
fn must(standing: Standing, right: GroupRight, in_topic: Option<TopicRight>) -> Result<()> {
    match rights::holds(standing, right, in_topic) {
        true => Ok(()),
        false => Err(GroupError::Forbidden("none of your permission groups gives this right").into()),
    }
}

fn bad(text: impl Into<String>) -> PermissionGroupError {
    GroupError::BadParameter(text.into()).into()
}

/// The permission group that a request names.
fn found(tx: &Tx<'_>, group: &GroupRow, id: Option<&str>) -> Result<PermissionGroupRow> {
    let id = id.filter(|id| !id.is_empty()).ok_or_else(|| bad("PermissionGroupId is missing"))?;
    permission_group::find(tx, group.no, id)?.ok_or_else(|| PermissionGroupError::Missing(shown(id)))
}

/// What became of one item: its code and sentence. A failure of the database is one of the whole request.
fn item<T>(result: Result<T>) -> Result<std::result::Result<T, (ErrorCode, String)>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if error.store().is_some() => Err(error),
        Err(error) => Ok(Err((error.code(), error.to_string()))),
    }
}

fn info(row: &PermissionGroupRow) -> PermissionGroupInfo {
    PermissionGroupInfo {
        permission_group_id: row.id.clone(),
        name: row.name.clone(),
        permission: row.permission,
        custom: row.custom.clone(),
        member_num: row.member_num,
        create_time: row.created_at,
        ..PermissionGroupInfo::default()
    }
}

/// Members who are connected hear what changed.
fn told(tx: &Tx<'_>, cx: &Context, group: &GroupRow, op_type: i64, ids: Vec<String>, notice: PermissionNotice) -> Result<Effect> {
    let operator = operator(tx, cx)?.user_id;
    let notice = PermissionNotice { group_id: group.group_id.clone(), op_type, operator, ids, ..notice };
    Ok(Effect::tell_others(Audience::Group(group.no), Event::Permission(notice), &cx.caller))
}
