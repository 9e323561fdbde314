//! What a member may do himself, so that his client can show it.

use super::{Result, opened};
use crate::service::group::GroupError;
use crate::service::group::permission::Standing;
use crate::service::{Caller, Context, Outcome};
use crate::store::TinyId;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{GroupRow, MemberRow};
use crate::store::permission_group;
use tern_protocol::api::group::GroupName;
use tern_protocol::api::permission_group::{OwnRights, TopicPermission};
use tern_protocol::model::group::Role;
use tern_protocol::model::permission::Permission;

/// `tern_group.own_rights`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GroupName) -> Result<Outcome<OwnRights>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    let Caller::User(person) = &cx.caller else { return Err(GroupError::Forbidden("only a person has rights of its own").into()) };
    let role = if standing == Standing::Inside(Role::Owner) { Role::Owner } else { Role::Member };
    Ok(Outcome::reply(of(tx, &group, person.tiny_id, role)?))
}

/// The same as part of what a member's devices keep of a group; `None` where roles decide.
pub(crate) fn shown(tx: &Tx<'_>, group: &GroupRow, member: &MemberRow) -> std::result::Result<Option<OwnRights>, StoreError> {
    let role = member.role.filter(|_| group.enable_permission);
    role.map(|role| of(tx, group, member.tiny_id, role)).transpose()
}

/// Rights of a member of a community where permission groups decide.
pub(crate) fn of(tx: &Tx<'_>, group: &GroupRow, user: TinyId, role: Role) -> std::result::Result<OwnRights, StoreError> {
    let rows = permission_group::of_member(tx, group.no, user)?;
    let permission_groups = rows.iter().map(|row| row.id.clone()).collect();
    if role == Role::Owner {
        return Ok(OwnRights {
            permission: Permission::GROUP_ALL,
            topic_permission: Permission::TOPIC_ALL,
            topics: Vec::new(),
            permission_groups,
        });
    }
    let sum = rows.iter().map(|row| row.permission).reduce(Permission::or);
    let permission = sum.unwrap_or(Permission(group.default_permission));
    let topic_permission = permission.in_topics();
    let mut topics: Vec<TopicPermission> = Vec::new();
    for (topic_id, bits) in permission_group::topics_of_member(tx, group.no, user)? {
        match topics.last_mut().filter(|last| last.topic_id == topic_id) {
            Some(last) => last.permission = Some(last.permission.unwrap_or_default().or(bits)),
            None => topics.push(TopicPermission { topic_id, permission: Some(topic_permission.or(bits)) }),
        }
    }
    topics.retain(|topic| topic.permission != Some(topic_permission));
    Ok(OwnRights { permission, topic_permission, topics, permission_groups })
}
