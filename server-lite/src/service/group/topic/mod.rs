//! Topics of communities (`contract/rest-api.md` section 16, `contract/client-semantics.md` section 8).
//!
//! A topic is a conversation of its own: its messages, sequence, pins, read positions and receive options are its own. Members, roles
//! and audience are its community's, which [`GroupNo::roster`] names without a look-up, so everything that holds for a group's messages
//! holds for a topic's. Requests about messages find a topic through `message::locate::chat`.

pub(crate) mod change;
pub(crate) mod create;
pub(crate) mod read;
pub(crate) mod rights;

use super::permission::{self, Standing};
use super::{GroupError, shown};
use crate::service::message::MessageError;
use crate::service::{Audience, Context, Effect};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::topic as store;
use crate::store::{GroupNo, TinyId};
use serde_json::Value;
use tern_protocol::api::topic::{SyncTopic, SyncTopicSelf};
use tern_protocol::event::Event;
use tern_protocol::model::group::{GroupKind, ReceiveOption};
use tern_protocol::{GroupId, limits};

/// The community that a request names; it must be one that may have topics.
fn community(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<GroupRow, GroupError> {
    let group = super::named(tx, cx, group_id)?;
    if group.kind != GroupKind::Community {
        return Err(GroupError::Unsupported(group.kind));
    }
    match group.support_topic && cx.app.settings.features.community {
        true => Ok(group),
        false => Err(GroupError::NoTopics),
    }
}

/// A topic of a community; `None`: there is none of this ID, or none any more.
pub(crate) fn of_community(
    tx: &Tx<'_>,
    cx: &Context,
    community: &GroupRow,
    topic_id: &str,
) -> Result<Option<GroupRow>, StoreError> {
    let found = group::find(tx, cx.app.id, topic_id)?;
    Ok(found.filter(|topic| topic.no.is_topic() && topic.no.roster() == community.no))
}

/// The topic that a request names by `TopicId` beside its community.
pub(crate) fn required(tx: &Tx<'_>, cx: &Context, community: &GroupRow, topic_id: Option<&str>) -> Result<GroupRow, GroupError> {
    let id = topic_id.filter(|id| !id.is_empty()).ok_or_else(|| GroupError::BadParameter("TopicId is missing".into()))?;
    if GroupId::parse(id).is_err() || GroupId::community_of(id) != Some(&community.group_id) {
        return Err(GroupError::BadId(shown(id)));
    }
    of_community(tx, cx, community, id)?.ok_or_else(|| GroupError::NotFound(shown(id)))
}

/// The topic that a request may name by `TopicId` beside its community; `None`: it means the group itself.
pub(super) fn named(tx: &Tx<'_>, cx: &Context, group: &GroupRow, topic_id: Option<&str>) -> Result<Option<GroupRow>, GroupError> {
    let id = topic_id.filter(|id| !id.is_empty());
    id.map(|id| required(tx, cx, group, Some(id))).transpose()
}

/// `From_Account`, which samples write as a text and tables call a number.
fn name_of(value: Option<&Value>) -> Result<Option<String>, GroupError> {
    match value {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(name)) => Ok(Some(name.clone()).filter(|name| !name.is_empty())),
        Some(Value::Number(number)) if number.is_u64() => Ok(Some(number.to_string())),
        Some(_) => Err(GroupError::BadParameter("From_Account is no account".into())),
    }
}

/// Texts of a request, within their bytes.
fn check_texts(texts: &Texts<'_>) -> Result<(), GroupError> {
    for (field, text, most) in [
        ("TopicName", texts.name, limits::TOPIC_NAME_BYTES),
        ("Introduction", texts.introduction, limits::TOPIC_INTRODUCTION_BYTES),
        ("Notification", texts.notification, limits::TOPIC_NOTIFICATION_BYTES),
        ("FaceUrl", texts.face_url, limits::TOPIC_FACE_URL_BYTES),
        ("CustomString", texts.custom, limits::TOPIC_CUSTOM_BYTES),
    ] {
        super::text_within(field, text.unwrap_or_default(), most)?;
    }
    Ok(())
}

/// Texts of a topic as a request carries them.
#[derive(Clone, Copy, Debug, Default)]
struct Texts<'a> {
    name: Option<&'a str>,
    introduction: Option<&'a str>,
    notification: Option<&'a str>,
    face_url: Option<&'a str>,
    custom: Option<&'a str>,
}

/// What a topic's messages ask for besides what every group's do: nobody is muted in the community, nor the sender in the topic.
pub(crate) fn may_send(
    tx: &Tx<'_>,
    cx: &Context,
    topic: &GroupRow,
    member: Option<&MemberRow>,
    standing: Standing,
) -> Result<(), MessageError> {
    let Some(member) = member.filter(|_| !cx.caller.is_admin()) else { return Ok(()) };
    if store::own_place(tx, topic.no, member.tiny_id)?.muted_until > cx.now_seconds() {
        return Err(MessageError::Muted("the sender is muted in this topic"));
    }
    if !permission::above_the_mute(topic.kind, standing) && store::community_is_muted(tx, topic.no)? {
        return Err(MessageError::Muted("everybody is muted in this community"));
    }
    Ok(())
}

/// A member's receive option: a topic's own, or where none is set its community's; of other groups the member's.
pub(crate) fn receive_option(tx: &Tx<'_>, no: GroupNo, member: &MemberRow) -> Result<ReceiveOption, StoreError> {
    match no.is_topic() {
        false => Ok(member.receive),
        true => Ok(store::own_place(tx, no, member.tiny_id)?.receive.unwrap_or(member.receive)),
    }
}

/// A topic as devices keep it, without anybody's own place in it.
pub(crate) fn sync_topic(topic: &GroupRow) -> SyncTopic {
    let filled = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    SyncTopic {
        topic_id: topic.group_id.clone(),
        group_id: GroupId::community_of(&topic.group_id).unwrap_or_default().to_owned(),
        topic_name: topic.name.clone(),
        face_url: topic.face_url.clone(),
        rev: topic.rev.cast_unsigned(),
        introduction: filled(&topic.introduction),
        notification: filled(&topic.notification),
        custom_string: filled(&topic.custom),
        mute_all: topic.mute_all.then_some(1),
        create_time: Some(topic.created_at),
        ..SyncTopic::default()
    }
}

/// A topic as one member's devices keep it.
pub(crate) fn own_topic(tx: &Tx<'_>, topic: &GroupRow, member: &MemberRow) -> Result<SyncTopic, StoreError> {
    let own = store::own_place(tx, topic.no, member.tiny_id)?;
    let place = SyncTopicSelf {
        msg_flag: own.receive.unwrap_or(member.receive).wire().to_owned(),
        inherits: i64::from(own.receive.is_none()),
        shut_up_until: own.muted_until,
    };
    let rev = topic.rev.max(own.rev).max(member.rev).cast_unsigned();
    Ok(SyncTopic { own: Some(place), rev, ..sync_topic(topic) })
}

/// A topic's last word: it is gone.
pub(crate) fn gone_topic(topic_id: &str, rev: i64) -> SyncTopic {
    SyncTopic {
        topic_id: topic_id.to_owned(),
        group_id: GroupId::community_of(topic_id).unwrap_or_default().to_owned(),
        rev: rev.cast_unsigned(),
        gone: Some(1),
        ..SyncTopic::default()
    }
}

/// The member's own devices learn of its place in a topic.
pub(crate) fn tell_own(tx: &Tx<'_>, topic: &GroupRow, user: TinyId) -> Result<Option<Effect>, StoreError> {
    let Some(member) = group::member(tx, topic.no, user)? else { return Ok(None) };
    Ok(Some(Effect::tell(Audience::User(user), Event::Topic(own_topic(tx, topic, &member)?))))
}
