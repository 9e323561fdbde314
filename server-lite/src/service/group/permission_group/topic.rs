//! Rights of permission groups in single topics: each topic of a request has its own code.

use super::{PermissionGroupError, Result, bad, found, item, must, opened, told};
use crate::service::group::permission::Standing;
use crate::service::group::{GroupError, rights, shown, topic};
use crate::service::{Caller, Context, Outcome};
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use crate::store::permission_group::{self, PermissionGroupRow};
use tern_protocol::api::permission_group::{
    NamedTopicPermission, PutTopicPermission, TopicPermission, TopicPermissionResult, TopicPermissionResults,
};
use tern_protocol::event::{PermissionNotice, permission};
use tern_protocol::limits;
use tern_protocol::model::group::Role;
use tern_protocol::model::permission::{GroupRight, TopicRight};

/// One request: where, on what, by whom.
struct Work<'a> {
    tx: &'a Tx<'a>,
    cx: &'a Context,
    group: GroupRow,
    row: PermissionGroupRow,
    standing: Standing,
}

impl<'a> Work<'a> {
    fn open(tx: &'a Tx<'a>, cx: &'a Context, group_id: Option<&str>, id: Option<&str>) -> Result<Self> {
        let (group, standing) = opened(tx, cx, group_id)?;
        let row = found(tx, &group, id)?;
        Ok(Self { tx, cx, group, row, standing })
    }

    /// Refuses a text that names no topic of this community.
    fn check_topic(&self, topic_id: &str) -> Result<GroupRow> {
        let found = topic::of_community(self.tx, self.cx, &self.group, topic_id)?;
        found.ok_or_else(|| PermissionGroupError::TopicInvalid(shown(topic_id)))
    }

    /// Whether the caller may set rights in this topic: by bit 2 of the community or bit 1 of the topic.
    fn check_right(&self, topic_id: &str) -> Result<()> {
        let (Standing::Granted(_), Caller::User(person)) = (self.standing, &self.cx.caller) else {
            return must(self.standing, GroupRight::ManagePermissionGroupInfo, None);
        };
        match topic::of_community(self.tx, self.cx, &self.group, topic_id)? {
            None => must(self.standing, GroupRight::ManagePermissionGroupInfo, None),
            Some(topic) => {
                let standing = rights::standing(self.tx, &topic, person.tiny_id, Role::Member)?;
                must(standing, GroupRight::ManagePermissionGroupInfo, Some(TopicRight::ManagePermissionTopicInfo))
            }
        }
    }

    /// Does something with each topic and tells of those that changed. Who may act on none of them is refused as a whole.
    fn each(
        &self,
        topics: Vec<TopicPermission>,
        op_type: i64,
        act: impl Fn(&Self, &TopicPermission) -> Result<()>,
    ) -> Result<Outcome<TopicPermissionResults>> {
        let mut answer = TopicPermissionResults::default();
        let (mut changed, mut forbidden) = (Vec::new(), 0);
        for topic in topics {
            let done = self.check_right(&topic.topic_id).inspect_err(|error| forbidden += usize::from(is_forbidden(error)));
            let done = item(done.and_then(|()| act(self, &topic)))?;
            let (error_code, error_info) = done.err().unwrap_or_default();
            answer.results.push(TopicPermissionResult {
                topic_id: topic.topic_id.clone(),
                error_code,
                error_info,
                ..TopicPermissionResult::default()
            });
            if error_code.0 == 0 {
                changed.push(topic);
            }
        }
        if forbidden == answer.results.len() {
            must(self.standing, GroupRight::ManagePermissionGroupInfo, None)?;
        }
        let outcome = Outcome::reply(answer);
        if changed.is_empty() {
            return Ok(outcome);
        }
        permission_group::touch_group(self.tx, self.group.no)?;
        let notice = PermissionNotice { topics: Some(changed), ..PermissionNotice::default() };
        Ok(outcome.then(told(self.tx, self.cx, &self.group, op_type, vec![self.row.id.clone()], notice)?))
    }
}

fn is_forbidden(error: &PermissionGroupError) -> bool {
    matches!(error, PermissionGroupError::Group(GroupError::Forbidden(_)))
}

fn check_count(field: &str, count: usize) -> Result<()> {
    let most = limits::PERMISSION_GROUP_TOPICS;
    match count == 0 || count > most {
        true => Err(bad(format!("{field} must name 1 to {most} topics"))),
        false => Ok(()),
    }
}

/// `group_open_http_svc.add_topic_permission_group`
pub(crate) fn add(tx: &Tx<'_>, cx: &Context, request: PutTopicPermission) -> Result<Outcome<TopicPermissionResults>> {
    put(tx, cx, request, permission::TOPICS_ADDED, |topic_id, present| match present {
        true => Err(PermissionGroupError::TopicPresent(topic_id)),
        false => Ok(()),
    })
}

/// `group_open_http_svc.set_topic_permission_group`
pub(crate) fn set(tx: &Tx<'_>, cx: &Context, request: PutTopicPermission) -> Result<Outcome<TopicPermissionResults>> {
    put(tx, cx, request, permission::TOPICS_MODIFIED, |topic_id, present| match present {
        true => Ok(()),
        false => Err(PermissionGroupError::TopicAbsent(topic_id)),
    })
}

fn put(
    tx: &Tx<'_>,
    cx: &Context,
    request: PutTopicPermission,
    op_type: i64,
    check: impl Fn(String, bool) -> Result<()>,
) -> Result<Outcome<TopicPermissionResults>> {
    let work = Work::open(tx, cx, request.group_id.as_deref(), request.permission_group_id.as_deref())?;
    check_count("TopicPermissionList", request.topics.len())?;
    work.each(request.topics, op_type, |work, topic| {
        work.check_topic(&topic.topic_id)?;
        let permission = topic.permission.ok_or_else(|| bad("Permission is missing"))?;
        check(shown(&topic.topic_id), permission_group::topic(work.tx, work.row.no, &topic.topic_id)?.is_some())?;
        Ok(permission_group::put_topic(work.tx, work.row.no, &topic.topic_id, permission)?)
    })
}

/// `group_open_http_svc.delete_topic_permission_group`
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: NamedTopicPermission) -> Result<Outcome<TopicPermissionResults>> {
    let work = Work::open(tx, cx, request.group_id.as_deref(), request.permission_group_id.as_deref())?;
    let named = request.topics.unwrap_or_default();
    check_count("TopicIdList", named.len())?;
    let topics = named.into_iter().map(|topic_id| TopicPermission { topic_id, permission: None }).collect();
    work.each(topics, permission::TOPICS_DELETED, |work, topic| {
        work.check_topic(&topic.topic_id)?;
        match permission_group::delete_topic(work.tx, work.row.no, &topic.topic_id)? {
            true => Ok(()),
            false => Err(PermissionGroupError::TopicGone(shown(&topic.topic_id))),
        }
    })
}

/// `group_open_http_svc.get_topic_permission_group`: every member may read.
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: NamedTopicPermission) -> Result<Outcome<TopicPermissionResults>> {
    let work = Work::open(tx, cx, request.group_id.as_deref(), request.permission_group_id.as_deref())?;
    let named = request.topics.unwrap_or_default();
    let mut results = Vec::new();
    if named.is_empty() {
        for (topic_id, permission) in permission_group::topics(tx, work.row.no)? {
            results.push(TopicPermissionResult { topic_id, permission: Some(permission), ..TopicPermissionResult::default() });
        }
        return Ok(Outcome::reply(TopicPermissionResults { results }));
    }
    check_count("TopicIdList", named.len())?;
    for topic_id in named {
        let read = || {
            work.check_topic(&topic_id)?;
            let found = permission_group::topic(tx, work.row.no, &topic_id)?;
            found.ok_or_else(|| PermissionGroupError::TopicAbsent(shown(&topic_id)))
        };
        results.push(match item(read())? {
            Ok(permission) => TopicPermissionResult { topic_id, permission: Some(permission), ..TopicPermissionResult::default() },
            Err((error_code, error_info)) => {
                TopicPermissionResult { topic_id, error_code, error_info, ..TopicPermissionResult::default() }
            }
        });
    }
    Ok(Outcome::reply(TopicPermissionResults { results }))
}
