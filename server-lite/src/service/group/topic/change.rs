//! `modify_topic` and `destroy_topic`.

use super::create::acting;
use super::rights::{self, TopicAction};
use super::{Texts, check_texts, community, gone_topic, name_of, of_community, required, sync_topic};
use crate::service::group::change::on_off;
use crate::service::group::permission::Change;
use crate::service::group::tell::{self, Notice};
use crate::service::group::{GroupError, shown};
use crate::service::{AreaError, Audience, Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::{self, GroupRow};
use crate::store::topic as store;
use tern_protocol::api::Empty;
use tern_protocol::api::topic::{DestroyResult, DestroyTopic, ModifyTopic, TopicsDestroyed};
use tern_protocol::event::{Event, GroupTip, TipGroupInfo, notice, tip};
use tern_protocol::{ErrorCode, limits};

/// `million_group_open_http_svc.modify_topic`
pub(crate) fn modify(tx: &Tx<'_>, cx: &Context, request: ModifyTopic) -> Result<Outcome<Empty>, GroupError> {
    let community = community(tx, cx, request.group_id.as_deref())?;
    let mut topic = required(tx, cx, &community, request.topic_id.as_deref())?;
    rights::check(tx, cx, &community, Some(&topic), TopicAction::Change)?;
    let operator = acting(tx, cx, name_of(request.from_account.as_ref())?.as_deref())?;
    let before = topic.clone();
    let info = apply(&mut topic, request)?;
    if topic == before {
        return Ok(Outcome::done());
    }
    group::update(tx, &mut topic, cx.now_seconds())?;
    let mute_all = (topic.mute_all != before.mute_all).then(|| on_off(topic.mute_all).to_owned());
    let change = if info.is_some() { Change::Info } else { Change::Options };
    // A change of the CustomString alone is told by the event only.
    let tells = info.is_some() || mute_all.is_some();
    let new_info = TipGroupInfo { shutup_all: mute_all, ..info.unwrap_or_default() };
    let body = GroupTip { op_type: tip::TOPIC_INFO, new_info: Some(new_info), ..GroupTip::default() };
    let told = if tells { tell::tip(tx, cx, &topic, &operator, change, body)? } else { None };
    Ok(Outcome::done().tell(Audience::Group(community.no), Event::Topic(sync_topic(&topic))).then_all(told))
}

/// Puts a request's fields into the topic; answers which of its texts really changed.
fn apply(topic: &mut GroupRow, request: ModifyTopic) -> Result<Option<TipGroupInfo>, GroupError> {
    // A name cannot be empty, and clients that fill every field send "" for "not set".
    let name = request.topic_name.filter(|name| !name.is_empty());
    check_texts(&Texts {
        name: name.as_deref(),
        introduction: request.introduction.as_deref(),
        notification: request.notification.as_deref(),
        face_url: request.face_url.as_deref(),
        custom: request.custom_string.as_deref(),
    })?;
    match request.mute_all_member.as_deref() {
        None | Some("") => {}
        Some("On") => topic.mute_all = true,
        Some("Off") => topic.mute_all = false,
        Some(_) => return Err(GroupError::BadParameter("MuteAllMember must be On or Off".into())),
    }
    if let Some(custom) = request.custom_string {
        topic.custom = custom;
    }
    let replace = |slot: &mut String, new: Option<String>| {
        let new = new.filter(|new| new != slot)?;
        slot.clone_from(&new);
        Some(new)
    };
    let changed = TipGroupInfo {
        group_name: replace(&mut topic.name, name),
        introduction: replace(&mut topic.introduction, request.introduction),
        notification: replace(&mut topic.notification, request.notification),
        group_face_url: replace(&mut topic.face_url, request.face_url),
        ..TipGroupInfo::default()
    };
    let texts = [&changed.group_name, &changed.introduction, &changed.notification, &changed.group_face_url];
    let any = texts.iter().any(|text| text.is_some());
    Ok(any.then_some(changed))
}

/// `million_group_open_http_svc.destroy_topic`: each topic has its own result.
pub(crate) fn destroy(tx: &Tx<'_>, cx: &Context, request: DestroyTopic) -> Result<Outcome<TopicsDestroyed>, GroupError> {
    let community = community(tx, cx, request.group_id.as_deref())?;
    match request.topic_id_list.len() {
        0 => return Err(GroupError::BadParameter("TopicIdList is missing".into())),
        n if n > limits::TOPICS => {
            return Err(GroupError::BadParameter(format!("TopicIdList names more than {} topics", limits::TOPICS)));
        }
        _ => {}
    }
    let operator = acting(tx, cx, name_of(request.from_account.as_ref())?.as_deref())?;
    let (mut items, mut effects, mut refusals) = (Vec::new(), Vec::new(), 0);
    for topic_id in request.topic_id_list {
        let (code, info) = match end(tx, cx, &community, &topic_id, &operator) {
            Ok(told) => {
                effects.extend(told);
                (ErrorCode::OK, String::new())
            }
            Err(GroupError::Store(error)) => return Err(error.into()),
            Err(error) => {
                refusals += usize::from(matches!(error, GroupError::Forbidden(_)));
                (error.code(), error.to_string())
            }
        };
        items.push(DestroyResult { topic_id, error_code: code.0, error_info: info });
    }
    if refusals == items.len() {
        return Err(GroupError::Forbidden("topics are the owner's and the admins' to make, change and end"));
    }
    Ok(Outcome::reply(TopicsDestroyed { items }).then_all(effects))
}

/// Ends one topic. Its messages expire as others do; nobody finds them any more.
fn end(tx: &Tx<'_>, cx: &Context, community: &GroupRow, topic_id: &str, operator: &AccountRow) -> Result<Vec<Effect>, GroupError> {
    let Some(topic) = of_community(tx, cx, community, topic_id)? else {
        rights::check(tx, cx, community, None, TopicAction::Destroy)?;
        return Err(match store::is_gone(tx, community.no, topic_id)? {
            true => GroupError::TopicGone(shown(topic_id)),
            false => GroupError::NoSuchTopic(shown(topic_id)),
        });
    };
    rights::check(tx, cx, community, Some(&topic), TopicAction::Destroy)?;
    group::dismiss(tx, topic.no, cx.now_seconds())?;
    crate::store::permission_group::forget_topic(tx, community.no, &topic.group_id)?;
    let mut message = tell::notice(cx, community, notice::TOPIC_DELETED, &operator.user_id, Notice::default());
    message.topic_id = Some(topic.group_id.clone());
    let everybody = Audience::Group(community.no);
    Ok(vec![
        Effect::tell_others(everybody.clone(), Event::GroupNotice(message), &cx.caller),
        Effect::tell(everybody, Event::Topic(gone_topic(&topic.group_id, tx.rev()))),
        Effect::Dismissed { group: topic.no },
    ])
}
