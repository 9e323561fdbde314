//! Groups: making, reading, changing and ending them, and who is in. Rules stand in [`permission`] as tables.

pub(crate) mod application;
pub(crate) mod attribute;
pub(crate) mod change;
pub(crate) mod counter;
pub(crate) mod create;
pub(crate) mod custom;
mod data;
pub(crate) mod import;
pub(crate) mod live_room;
pub(crate) mod member;
pub(crate) mod member_change;
pub(crate) mod mute;
pub(crate) mod owner;
pub(crate) mod permission;
pub(crate) mod permission_group;
pub(crate) mod read;
pub(crate) mod rights;
pub(crate) mod tell;
#[cfg(test)]
mod tests;
pub(crate) mod topic;
pub(crate) mod unread;
pub(crate) mod upkeep;

use super::account::{self, AccountError};
use super::{AreaError, Caller, Context};
use crate::application::Application;
use crate::store::account::AccountRow;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{GroupRow, MemberRow};
use crate::store::{self, TinyId};
use permission::{Action, Standing, allows};
use tern_protocol::model::group::{GroupKind, Role};
use tern_protocol::{ErrorCode, GroupId, limits};

/// Why a group command is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GroupError {
    /// A field is absent, too long or no possible value.
    #[error("{0}")]
    BadParameter(String),
    /// Too many accounts in one request.
    #[error("at most {0} accounts may stand in one request")]
    TooManyAccounts(usize),
    /// The type does not know the operation.
    #[error("groups of type {} do not support this", .0.name())]
    Unsupported(GroupKind),
    /// The type does not know the removal of members, which has a number of its own.
    #[error("members cannot be removed from groups of type {}", .0.name())]
    NoRemoval(GroupKind),
    /// The role is not enough.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The owner must hand the group on first.
    #[error("the owner may not leave this group; transfer or dismiss it")]
    OwnerMayNotLeave,
    /// No such group, or it is gone.
    #[error("group {0} does not exist")]
    NotFound(String),
    /// No possible group ID.
    #[error("{0:?} cannot be the ID of a group")]
    BadId(String),
    /// The group holds no more.
    #[error("the group is full")]
    Full,
    /// An account in the request does not exist.
    #[error("account {0} does not exist")]
    AccountUnknown(String),
    /// An account in the request is in no such place.
    #[error("account {0} is no member of the group")]
    NotMember(String),
    /// The ID belongs to a group of somebody else.
    #[error("group ID {0} is in use")]
    IdTaken(String),
    /// The ID belongs to a group that the caller owns.
    #[error("group ID {0} is in use, and you own that group")]
    IdOwned(String),
    /// The plan's number of live rooms.
    #[error("the edition of this application allows {0} AVChatRooms")]
    LiveRoomLimit(u32),
    /// The plan's number of groups.
    #[error("the edition of this application allows {0} groups")]
    GroupLimit(u32),
    /// The plan's number of communities.
    #[error("the edition of this application allows {0} communities")]
    CommunityLimit(u32),
    /// The net number of new groups a day.
    #[error("{0} new groups a day are the most")]
    GrowthLimit(i64),
    /// The plan's number of groups per user.
    #[error("account {0} is in as many groups as the edition allows")]
    JoinedLimit(String),
    /// More members than the plan allows.
    #[error("a group of this type may have {0} members at most")]
    MemberLimit(u64),
    /// Communities are off or not in the plan.
    #[error("communities are not enabled for this application")]
    NoCommunities,
    /// The community was made without topics, or they are not in the plan.
    #[error("this community has no topics")]
    NoTopics,
    /// A community holds no more.
    #[error("a community may have {0} topics at most")]
    TopicLimit(usize),
    /// The topic was deleted before.
    #[error("topic {0} is deleted already")]
    TopicGone(String),
    /// There never was such a topic in the community.
    #[error("topic {0} is none of this community's")]
    NoSuchTopic(String),
    /// Somebody was quicker, or the person is in.
    #[error("the request of {0} was already handled")]
    AlreadyHandled(String),
    /// Too many waiting applications.
    #[error("at most {0} applications may wait at once")]
    TooManyApplications(i64),
    /// The answer would be too long.
    #[error("the answer would be longer than 1 MiB; ask for less, or page by page")]
    AnswerTooLong,
    /// Put out of a live room for a time.
    #[error("banned from this room until {0}")]
    Banned(i64),
    /// The plan does not have it.
    #[error("the edition of this application has no {0}")]
    PlanRequired(&'static str),
    /// A switch of the application is off.
    #[error("{0} are not switched on for this application")]
    SwitchedOff(&'static str),
    /// The account that acts cannot be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for GroupError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::BadParameter(_) | Self::NoRemoval(_) | Self::NotMember(_) => ErrorCode::GROUP_BAD_PARAMETER,
            Self::TooManyAccounts(_) => ErrorCode::GROUP_TOO_MANY_ACCOUNTS,
            Self::Unsupported(_) | Self::Forbidden(_) | Self::Banned(_) => ErrorCode::GROUP_PERMISSION_DENIED,
            Self::OwnerMayNotLeave => ErrorCode::GROUP_OWNER_MAY_NOT_LEAVE,
            Self::NotFound(_) => ErrorCode::GROUP_NOT_FOUND,
            Self::BadId(_) => ErrorCode::GROUP_ID_INVALID,
            Self::Full => ErrorCode::GROUP_FULL,
            Self::AccountUnknown(_) => ErrorCode::GROUP_ACCOUNT_NOT_FOUND,
            Self::IdTaken(_) => ErrorCode::GROUP_ID_TAKEN,
            Self::IdOwned(_) => ErrorCode::GROUP_ID_TAKEN_BY_CALLER,
            Self::LiveRoomLimit(_) => ErrorCode::GROUP_AV_CHAT_ROOM_LIMIT,
            Self::GroupLimit(_) | Self::CommunityLimit(_) => ErrorCode::GROUP_COUNT_LIMIT,
            Self::GrowthLimit(_) => ErrorCode::GROUP_RATE_EXCEEDED,
            Self::JoinedLimit(_) => ErrorCode::GROUP_JOINED_LIMIT,
            Self::MemberLimit(_) => ErrorCode::GROUP_MEMBER_LIMIT,
            Self::NoCommunities | Self::NoTopics => ErrorCode::GROUP_COMMUNITY_DISABLED,
            Self::TopicLimit(_) => ErrorCode::GROUP_JOINED_LIMIT,
            Self::TopicGone(_) => ErrorCode::GROUP_TOPIC_ALREADY_DELETED,
            Self::NoSuchTopic(_) => ErrorCode::GROUP_TOPIC_COULD_NOT_BE,
            Self::AlreadyHandled(_) => ErrorCode::GROUP_INVITATION_REQUEST_ALREADY_HANDLED,
            Self::TooManyApplications(_) => ErrorCode::GROUP_RATE_EXCEEDED,
            Self::AnswerTooLong => ErrorCode::GROUP_ANSWER_TOO_LONG,
            Self::PlanRequired(_) => ErrorCode::GROUP_PLAN_REQUIRED,
            Self::SwitchedOff(_) => ErrorCode::GROUP_COMMAND_DISABLED_SDKAPPID,
            Self::Account(error) => error.code(),
            Self::Store(_) => ErrorCode::GROUP_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Account(error) => error.store(),
            _ => None,
        }
    }
}

/// The group that a request names.
fn named(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<GroupRow, GroupError> {
    let text = group_id.filter(|text| !text.is_empty()).ok_or_else(|| GroupError::BadParameter("GroupId is missing".into()))?;
    let id = GroupId::parse(text).map_err(|_| GroupError::BadId(shown(text)))?;
    let found = store::group::find(tx, cx.app.id, id.as_str())?.ok_or_else(|| GroupError::NotFound(id.to_string()))?;
    // A topic is named beside its community, and no command about groups acts on one alone.
    if found.no.is_topic() { Err(GroupError::BadId(id.into())) } else { Ok(found) }
}

/// A stranger chose the text, so it is cut before it stands in a sentence.
fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

/// What the caller is in a group.
fn standing(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<Standing, StoreError> {
    match &cx.caller {
        Caller::Admin(_) => Ok(Standing::AppAdmin),
        Caller::User(person) if group.kind == GroupKind::AvChatRoom => live_room::standing(tx, cx, group, person.tiny_id),
        Caller::User(person) => match store::group::role(tx, group.no, person.tiny_id)? {
            Some(role) => rights::standing(tx, group, person.tiny_id, role),
            None => Ok(Standing::Outside),
        },
        Caller::Bridge(_) | Caller::Server => Ok(Standing::Outside),
    }
}

/// What an account is in a group; of a live room its office, for who else is inside is in memory alone.
fn role_of(tx: &Tx<'_>, group: &GroupRow, user: TinyId) -> Result<Option<Role>, StoreError> {
    match group.kind {
        GroupKind::AvChatRoom => live_room::office(tx, group, user),
        _ => store::group::role(tx, group.no, user),
    }
}

/// Refuses what the matrix does not allow.
fn check(group: &GroupRow, action: Action, standing: Standing) -> Result<(), GroupError> {
    if allows(group.kind, action, standing) {
        return Ok(());
    }
    Err(match permission::least(group.kind, action) {
        permission::Who::Unsupported if action == Action::RemoveMembers => GroupError::NoRemoval(group.kind),
        permission::Who::Unsupported => GroupError::Unsupported(group.kind),
        _ if standing == Standing::Outside => GroupError::Forbidden("only members of the group may do this"),
        _ if matches!(standing, Standing::Granted(_)) => GroupError::Forbidden("none of your permission groups gives this right"),
        _ => GroupError::Forbidden("the role in the group is not enough for this"),
    })
}

/// The account that acts, as tips and notices name it: a session's own, or the admin's, which is made by its first act.
fn operator(tx: &Tx<'_>, cx: &Context) -> Result<AccountRow, GroupError> {
    match &cx.caller {
        Caller::User(person) => existing(tx, cx, person.user_id.as_str()),
        Caller::Admin(admin) => Ok(account::ensure(tx, &cx.app, &admin.user_id, cx.now_seconds())?),
        Caller::Bridge(_) | Caller::Server => Err(GroupError::Forbidden("only people and admins act in groups")),
    }
}

/// An account that must exist.
fn existing(tx: &Tx<'_>, cx: &Context, user_id: &str) -> Result<AccountRow, GroupError> {
    store::account::find(tx, cx.app.id, user_id)?.ok_or_else(|| GroupError::AccountUnknown(shown(user_id)))
}

/// An account that must be a member, with its row.
fn existing_member(tx: &Tx<'_>, cx: &Context, group: &GroupRow, user_id: &str) -> Result<(AccountRow, MemberRow), GroupError> {
    let account = existing(tx, cx, user_id)?;
    let member = store::group::member(tx, group.no, account.tiny_id)?.filter(|member| member.role.is_some());
    let member = member.ok_or_else(|| GroupError::NotMember(shown(user_id)))?;
    Ok((account, member))
}

/// A field that must name something.
fn required<'a>(field: &str, text: Option<&'a str>) -> Result<&'a str, GroupError> {
    text.filter(|text| !text.is_empty()).ok_or_else(|| GroupError::BadParameter(format!("{field} is missing")))
}

/// Members that a group of this type may have; 0: no limit.
fn most_members(app: &Application, kind: GroupKind) -> u64 {
    permission::limits::members(app, kind).most
}

fn text_within(field: &str, text: &str, most: usize) -> Result<(), GroupError> {
    match text.len() > most {
        true => Err(GroupError::BadParameter(format!("{field} is longer than {most} bytes"))),
        false => Ok(()),
    }
}

/// Name, introduction, notice and photo of a request, within the contract's bytes.
fn check_texts(
    name: Option<&str>,
    introduction: Option<&str>,
    notification: Option<&str>,
    face_url: Option<&str>,
) -> Result<(), GroupError> {
    for (field, text, most) in [
        ("Name", name, limits::GROUP_NAME_BYTES),
        ("Introduction", introduction, limits::GROUP_INTRODUCTION_BYTES),
        ("Notification", notification, limits::GROUP_NOTIFICATION_BYTES),
        ("FaceUrl", face_url, limits::GROUP_FACE_URL_BYTES),
    ] {
        text_within(field, text.unwrap_or_default(), most)?;
    }
    Ok(())
}
