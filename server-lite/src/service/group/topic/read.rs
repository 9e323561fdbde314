//! `get_topic`, and the communities with topics that somebody is in.

use super::create::acting;
use super::{community, name_of, of_community};
use crate::service::group::change::on_off;
use crate::service::group::permission::Standing;
use crate::service::group::{GroupError, existing, read, standing};
use crate::service::{AreaError, Context, Outcome, conversation};
use crate::store::TinyId;
use crate::store::conversation::{self as threads, Ends};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::topic as store;
use tern_protocol::api::group::{GetJoinedGroupList, JoinedGroups};
use tern_protocol::api::topic::{GetTopic, TopicAndSelf, TopicInfo, TopicSelfInfo, Topics};
use tern_protocol::{ErrorCode, limits};

/// `million_group_open_http_svc.get_topic`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GetTopic) -> Result<Outcome<Topics>, GroupError> {
    let community = community(tx, cx, request.group_id.as_deref())?;
    if standing(tx, cx, &community)? == Standing::Outside {
        return Err(GroupError::Forbidden("only members read a community's topics"));
    }
    let named = name_of(request.from_account.as_ref())?;
    let viewer = match (&named, cx.caller.is_admin()) {
        (None, true) => return Err(GroupError::BadParameter("From_Account is missing".into())),
        (Some(name), true) => existing(tx, cx, name)?,
        (named, false) => acting(tx, cx, named.as_deref())?,
    }
    .tiny_id;
    let fields = Fields(request.response_filter.as_deref());
    let mut list = Vec::new();
    match request.topic_id_list.filter(|ids| !ids.is_empty()) {
        None => {
            for topic in store::all(tx, community.no)? {
                list.push(item(tx, &topic, viewer, fields)?);
            }
        }
        Some(ids) if ids.len() > limits::TOPICS => {
            return Err(GroupError::BadParameter(format!("TopicIdList names more than {} topics", limits::TOPICS)));
        }
        Some(ids) => {
            for id in ids {
                list.push(match of_community(tx, cx, &community, &id)? {
                    Some(topic) => item(tx, &topic, viewer, fields)?,
                    None => missing(tx, &community, id)?,
                });
            }
        }
    }
    let answer = Topics { list };
    read::refuse_long(&answer)?;
    Ok(Outcome::reply(answer))
}

fn missing(tx: &Tx<'_>, community: &GroupRow, topic_id: String) -> Result<TopicAndSelf, StoreError> {
    let error = match store::is_gone(tx, community.no, &topic_id)? {
        true => GroupError::TopicGone(super::shown(&topic_id)),
        false => GroupError::NotFound(super::shown(&topic_id)),
    };
    Ok(TopicAndSelf {
        error_code: error.code().0,
        error_info: error.to_string(),
        topic_info: Some(TopicInfo { topic_id, ..TopicInfo::default() }),
        self_info: None,
    })
}

/// Which fields an answer holds: without a filter all, with one what it names.
#[derive(Clone, Copy)]
struct Fields<'a>(Option<&'a [String]>);

impl Fields<'_> {
    fn pick<T>(self, name: &str, value: T) -> Option<T> {
        let wanted = self.0.is_none_or(|names| names.is_empty() || names.iter().any(|word| word == name));
        wanted.then_some(value)
    }
}

fn item(tx: &Tx<'_>, topic: &GroupRow, viewer: TinyId, fields: Fields<'_>) -> Result<TopicAndSelf, StoreError> {
    let (last_seq, last_time) = read::last_message(tx, topic.no)?;
    let community = tern_protocol::GroupId::community_of(&topic.group_id).unwrap_or_default().to_owned();
    let info = TopicInfo {
        topic_id: topic.group_id.clone(),
        group_id: fields.pick("GroupID", community.clone()).or_else(|| fields.pick("GroupId", community)),
        topic_name: fields.pick("TopicName", topic.name.clone()),
        face_url: fields.pick("FaceUrl", topic.face_url.clone()),
        notification: fields.pick("Notification", topic.notification.clone()),
        introduction: fields.pick("Introduction", topic.introduction.clone()),
        next_msg_seq: fields.pick("NextMsgSeq", last_seq + 1),
        create_time: fields.pick("CreateTime", topic.created_at),
        last_msg_time: fields.pick("LastMsgTime", last_time),
        mute_all_member: fields.pick("MuteAllMember", on_off(topic.mute_all).to_owned()),
        custom_string: fields.pick("CustomString", topic.custom.clone()),
    };
    Ok(TopicAndSelf {
        error_code: ErrorCode::OK.0,
        error_info: String::new(),
        topic_info: Some(info),
        self_info: self_info(tx, topic, viewer, fields)?,
    })
}

/// The viewer's own place; `None`: no member.
fn self_info(tx: &Tx<'_>, topic: &GroupRow, viewer: TinyId, fields: Fields<'_>) -> Result<Option<TopicSelfInfo>, StoreError> {
    let member = group::member(tx, topic.no, viewer)?.filter(|member| member.role.is_some());
    let Some(member) = member else { return Ok(None) };
    let own = store::own_place(tx, topic.no, viewer)?;
    let read_pos = match threads::find(tx, Ends::Group(topic.no))? {
        Some(thread) => conversation::own_or_default(tx, &thread, viewer)?.map_or(0, |own| own.read_pos),
        None => 0,
    };
    Ok(Some(TopicSelfInfo {
        shut_up_time: fields.pick("ShutUpTime", own.muted_until),
        msg_seq: fields.pick("MsgSeq", read_pos.cast_unsigned()),
        msg_flag: fields.pick("MsgFlag", own.receive.unwrap_or(member.receive).wire().to_owned()),
    }))
}

/// `million_group_open_http_svc.get_joined_group_list`: a client's communities with topics.
pub(crate) fn joined(tx: &Tx<'_>, cx: &Context, request: GetJoinedGroupList) -> Result<Outcome<JoinedGroups>, GroupError> {
    let request = GetJoinedGroupList { group_type: Some("Community".to_owned()), support_topic: Some(1), ..request };
    read::joined(tx, cx, request)
}
