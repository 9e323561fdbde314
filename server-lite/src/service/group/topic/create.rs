//! `create_topic` and `import_topic`.

use super::rights::{self, TopicAction};
use super::{Texts, check_texts, community, name_of, sync_topic};
use crate::service::group::tell::{self, Notice};
use crate::service::group::{GroupError, existing, operator, shown};
use crate::service::{Audience, Caller, Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::{self, GroupRow};
use crate::store::topic as store;
use tern_protocol::api::topic::{CreateTopic, ImportTopic, TopicCreated};
use tern_protocol::event::{Event, notice};
use tern_protocol::model::group::{GroupKind, JoinOption};
use tern_protocol::{GroupId, limits};

/// Characters of a made ID after its prefix.
const MADE_ID_LENGTH: usize = 9;
/// Without characters that look alike.
const MADE_ID_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `million_group_open_http_svc.create_topic`
pub(crate) fn create(tx: &Tx<'_>, cx: &Context, request: CreateTopic) -> Result<Outcome<TopicCreated>, GroupError> {
    let (community, creator, topic) = make(tx, cx, &request, cx.now_seconds())?;
    let mut message = tell::notice(cx, &community, notice::TOPIC_CREATED, &creator.user_id, Notice::default());
    message.topic_id = Some(topic.group_id.clone());
    let everybody = Audience::Group(community.no);
    Ok(Outcome::reply(TopicCreated { topic_id: topic.group_id.clone() })
        .then(Effect::tell_others(everybody.clone(), Event::GroupNotice(message), &cx.caller))
        .then(Effect::tell(everybody, Event::Topic(sync_topic(&topic)))))
}

/// `group_open_http_svc.import_topic`: no notice; devices that are connected learn of it all the same.
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: ImportTopic) -> Result<Outcome<TopicCreated>, GroupError> {
    if request.kind.as_deref().is_some_and(|word| !word.is_empty() && GroupKind::parse(word) != Some(GroupKind::Community)) {
        return Err(GroupError::BadParameter("Type must be Community".into()));
    }
    let created_at = match request.create_time {
        None | Some(0) => cx.now_seconds(),
        Some(time) if (1..=cx.now_seconds()).contains(&time) => time,
        Some(_) => return Err(GroupError::BadParameter("CreateTime may not lie ahead".into())),
    };
    let request = CreateTopic {
        group_id: request.group_id,
        topic_name: request.topic_name,
        topic_id: request.topic_id,
        from_account: request.from_account,
        custom_string: request.custom_string,
        face_url: request.face_url,
        notification: request.notification,
        introduction: request.introduction,
    };
    let (community, _, topic) = make(tx, cx, &request, created_at)?;
    let told = Effect::tell(Audience::Group(community.no), Event::Topic(sync_topic(&topic)));
    Ok(Outcome::reply(TopicCreated { topic_id: topic.group_id }).then(told))
}

/// Makes a topic: its community, who made it, itself.
fn make(tx: &Tx<'_>, cx: &Context, request: &CreateTopic, created_at: i64) -> Result<(GroupRow, AccountRow, GroupRow), GroupError> {
    let community = community(tx, cx, request.group_id.as_deref())?;
    rights::check(tx, cx, &community, None, TopicAction::Create)?;
    let name = request.topic_name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| GroupError::BadParameter("TopicName is missing".into()))?;
    check_texts(&Texts {
        name: Some(name),
        introduction: request.introduction.as_deref(),
        notification: request.notification.as_deref(),
        face_url: request.face_url.as_deref(),
        custom: request.custom_string.as_deref(),
    })?;
    let creator = acting(tx, cx, name_of(request.from_account.as_ref())?.as_deref())?;
    let topic_id = topic_id(tx, cx, &community, request.topic_id.as_deref(), &creator)?;
    if store::count(tx, community.no)? >= limits::TOPICS {
        return Err(GroupError::TopicLimit(limits::TOPICS));
    }
    let no = store::next_number(tx, community.no)?.ok_or(GroupError::TopicLimit(limits::TOPICS))?;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let topic = GroupRow {
        no,
        group_id: topic_id,
        kind: GroupKind::Community,
        name: name.to_owned(),
        introduction: text(&request.introduction),
        notification: text(&request.notification),
        face_url: text(&request.face_url),
        owner: Some(creator.tiny_id),
        created_at,
        info_seq: 1,
        last_info_at: cx.now_seconds(),
        member_num: 0,
        max_members: 0,
        join_option: JoinOption::Disabled,
        invite_option: JoinOption::Disabled,
        mute_all: false,
        support_topic: false,
        custom: text(&request.custom_string),
        ..community.clone()
    };
    store::insert(tx, cx.app.id, &topic)?;
    let topic = GroupRow { rev: tx.rev(), ..topic };
    Ok((community, creator, topic))
}

/// Who acts: a session's own person, or over REST whoever is named, or the admin itself.
pub(super) fn acting(tx: &Tx<'_>, cx: &Context, named: Option<&str>) -> Result<AccountRow, GroupError> {
    match (&cx.caller, named) {
        (Caller::User(person), Some(name)) if name != person.user_id.as_str() => {
            Err(GroupError::Forbidden("a user may not act as another account"))
        }
        (Caller::Admin(_), Some(name)) => existing(tx, cx, name),
        _ => operator(tx, cx),
    }
}

fn topic_id(
    tx: &Tx<'_>,
    cx: &Context,
    community: &GroupRow,
    chosen: Option<&str>,
    creator: &AccountRow,
) -> Result<String, GroupError> {
    let Some(chosen) = chosen.filter(|id| !id.is_empty()) else { return made_id(tx, cx, community) };
    let id = GroupId::parse_custom_topic(chosen, &community.group_id).map_err(|_| GroupError::BadId(shown(chosen)))?;
    match group::find(tx, cx.app.id, id.as_str())? {
        None => Ok(id.into()),
        Some(other) if other.owner == Some(creator.tiny_id) => Err(GroupError::IdOwned(id.into())),
        Some(_) => Err(GroupError::IdTaken(id.into())),
    }
}

fn made_id(tx: &Tx<'_>, cx: &Context, community: &GroupRow) -> Result<String, GroupError> {
    loop {
        let mut random = cx.random.u64();
        let mut id = format!("{}@TOPIC#_@TOPIC#", community.group_id);
        for _ in 0..MADE_ID_LENGTH {
            id.push(char::from(MADE_ID_ALPHABET[(random % 32) as usize]));
            random /= 32;
        }
        if group::find(tx, cx.app.id, &id)?.is_none() {
            return Ok(id);
        }
    }
}
