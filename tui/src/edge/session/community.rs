//! Topics and permission groups of communities (`contract/rest-api.md` sections 16 and 17).

use super::refusal;
use crate::effect::{CommunityAsk, TopicChange};
use crate::event::{CommunityAnswer, Refusal};
use crate::state::permission::{PermissionGroup, PermissionMember};
use crate::text::clean_line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tern_protocol::api::group::{ModifyGroupBaseInfo, NewMember};
use tern_protocol::api::permission_group as wire;
use tern_protocol::api::{command, topic};
use tern_protocol::client::{CallError, Session};
use tern_protocol::model::permission::Permission;

/// Pages that are read at most.
const PAGES: usize = 10;

async fn call<A: DeserializeOwned>(session: &Session, name: &'static str, request: &impl Serialize) -> Result<A, CallError> {
    let malformed = |error: serde_json::Error| CallError::Malformed(error.to_string());
    let answer = session.call_json(name, serde_json::to_string(request).map_err(malformed)?).await?;
    serde_json::from_str(&answer).map_err(malformed)
}

async fn done(session: &Session, name: &'static str, request: &impl Serialize) -> Result<(), CallError> {
    call::<serde_json::Value>(session, name, request).await.map(|_| ())
}

/// Asks the server.
pub(super) async fn answer(session: &Session, ask: CommunityAsk) -> CommunityAnswer {
    match ask {
        CommunityAsk::PermissionGroups { community } => {
            let result = groups(session, &community).await.map_err(|error| refusal(&error));
            CommunityAnswer::PermissionGroups { community, result }
        }
        CommunityAsk::PermissionMembers { community, id } => {
            let result = members(session, &community, &id).await.map_err(|error| refusal(&error));
            CommunityAnswer::PermissionMembers { community, id, result }
        }
        CommunityAsk::TopicRights { community, id } => {
            let result = topic_rights(session, &community, &id).await.map_err(|error| refusal(&error));
            CommunityAnswer::TopicRights { community, id, result }
        }
        CommunityAsk::OwnRights { community } => {
            let request = serde_json::json!({"GroupId": community});
            let result = call(session, "tern_group.own_rights", &request).await.map(Box::new).map_err(|error| refusal(&error));
            CommunityAnswer::OwnRights { community, result }
        }
        CommunityAsk::Change { community, what } => {
            let says = what.says();
            let result = change(session, &community, &what).await.map_err(|error| refusal(&error));
            CommunityAnswer::Changed { community, what, says, result }
        }
    }
}

async fn groups(session: &Session, community: &str) -> Result<Vec<PermissionGroup>, CallError> {
    let (mut list, mut next) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let group_id = Some(community.to_owned());
        let request = wire::GetPermissionGroup { group_id, limit: Some(20), next: Some(next), ..Default::default() };
        let page: wire::PermissionGroupInfos = call(session, "group_open_http_svc.get_permission_group", &request).await?;
        list.extend(page.infos.iter().map(|info| PermissionGroup {
            id: info.permission_group_id.clone(),
            name: clean_line(&info.name),
            bits: info.permission.0,
            members: info.member_num,
        }));
        next = page.next;
        if next.is_empty() {
            break;
        }
    }
    Ok(list)
}

async fn members(session: &Session, community: &str, id: &str) -> Result<Vec<PermissionMember>, CallError> {
    let (mut list, mut next) = (Vec::new(), String::new());
    for _ in 0..PAGES {
        let request = wire::GetPermissionGroupMembers {
            group_id: Some(community.to_owned()),
            permission_group_id: Some(id.to_owned()),
            limit: Some(50),
            next: Some(next),
        };
        let name = "group_open_http_svc.get_permission_group_member_list";
        let page: wire::PermissionGroupMemberPage = call(session, name, &request).await?;
        list.extend(page.members.iter().map(|member| {
            let names = [member.name_card.as_deref(), member.nick.as_deref()];
            let name = names.into_iter().flatten().map(clean_line).find(|name| !name.is_empty()).unwrap_or_default();
            PermissionMember { user: member.member_account.clone().unwrap_or_default(), name }
        }));
        next = page.next;
        if next.is_empty() {
            break;
        }
    }
    Ok(list)
}

async fn topic_rights(session: &Session, community: &str, id: &str) -> Result<Vec<(String, u64)>, CallError> {
    let (group_id, permission_group_id) = (Some(community.to_owned()), Some(id.to_owned()));
    let request = wire::NamedTopicPermission { group_id, permission_group_id, ..Default::default() };
    let answer: wire::TopicPermissionResults = call(session, "group_open_http_svc.get_topic_permission_group", &request).await?;
    let found = answer.results.into_iter().filter(|row| row.error_code.is_ok());
    Ok(found.filter_map(|row| Some((row.topic_id, row.permission?.0))).collect())
}

/// Changes something; the ID of a topic that was made.
async fn change(session: &Session, community: &str, what: &TopicChange) -> Result<Option<String>, CallError> {
    let group_id = Some(community.to_owned());
    let set = |text: &String| Some(text.clone());
    if let TopicChange::Create { name, custom, introduction, notification } = what {
        let request = topic::CreateTopic {
            group_id,
            topic_name: set(name),
            custom_string: set(custom),
            introduction: set(introduction),
            notification: set(notification),
            ..Default::default()
        };
        return session.call::<command::CreateTopic>(&request).await.map(|made| Some(made.topic_id));
    }
    change_known(session, group_id, what).await.map(|()| None)
}

async fn change_known(session: &Session, group_id: Option<String>, what: &TopicChange) -> Result<(), CallError> {
    let set = |text: &String| Some(text.clone());
    match what {
        TopicChange::Modify(texts) => {
            let request = topic::ModifyTopic {
                group_id,
                topic_id: set(&texts.topic),
                topic_name: texts.name.clone(),
                custom_string: texts.custom.clone(),
                introduction: texts.introduction.clone(),
                notification: texts.notification.clone(),
                mute_all_member: texts.mute_all.map(|on| if on { "On" } else { "Off" }.to_owned()),
                ..Default::default()
            };
            session.call::<command::ModifyTopic>(&request).await.map(|_| ())
        }
        TopicChange::Destroy { topic } => {
            let request = topic::DestroyTopic { topic_id_list: vec![topic.clone()], group_id, ..Default::default() };
            let answer = session.call::<command::DestroyTopic>(&request).await?;
            match answer.items.into_iter().find(|item| item.error_code != 0) {
                Some(item) => Err(CallError::Refused { code: tern_protocol::ErrorCode(item.error_code), info: item.error_info }),
                None => Ok(()),
            }
        }
        TopicChange::Receive { topic, word } => {
            let id = tern_protocol::api::conversation::ConversationId::group(topic.as_str());
            done(session, "tern_conversation.set", &serde_json::json!({"Id": id, "MsgFlag": word})).await
        }
        TopicChange::PermissionsOn => {
            let request = ModifyGroupBaseInfo { group_id, enable_permission: Some(1), ..Default::default() };
            session.call::<command::ModifyGroupBaseInfo>(&request).await.map(|_| ())
        }
        other => permission(session, group_id, other).await,
    }
}

async fn permission(session: &Session, group_id: Option<String>, what: &TopicChange) -> Result<(), CallError> {
    match what {
        TopicChange::PermissionGroup { id: None, name, bits } => {
            let (name, permission) = (name.clone(), bits.map(Permission));
            let request = wire::CreatePermissionGroup { group_id, name, permission, ..Default::default() };
            done(session, "group_open_http_svc.create_permission_group", &request).await
        }
        TopicChange::PermissionGroup { id: Some(id), name, bits } => {
            let (name, permission, permission_group_id) = (name.clone(), bits.map(Permission), Some(id.clone()));
            let request = wire::ModifyPermissionGroup { group_id, permission_group_id, name, permission, ..Default::default() };
            done(session, "group_open_http_svc.modify_permission_group", &request).await
        }
        TopicChange::PermissionGroupGone { id } => {
            let request = wire::DestroyPermissionGroup { ids: vec![id.clone()], group_id };
            let answer: wire::PermissionGroupResults =
                call(session, "group_open_http_svc.destroy_permission_group", &request).await?;
            match answer.results.into_iter().find(|item| !item.error_code.is_ok()) {
                Some(item) => Err(CallError::Refused { code: item.error_code, info: item.error_info }),
                None => Ok(()),
            }
        }
        TopicChange::PermissionMember { id, user, on } => {
            let members = vec![NewMember { member_account: user.clone(), ..Default::default() }];
            let request = wire::PermissionGroupMembers { members, group_id, permission_group_id: Some(id.clone()) };
            let name = match on {
                true => "group_open_http_svc.add_permission_group_member",
                false => "group_open_http_svc.delete_permission_group_member",
            };
            done(session, name, &request).await
        }
        TopicChange::TopicRight { id, topic, bits, known } => {
            let permission_group_id = Some(id.clone());
            let answer: wire::TopicPermissionResults = match bits {
                Some(bits) => {
                    let topics = vec![wire::TopicPermission { topic_id: topic.clone(), permission: Some(Permission(*bits)) }];
                    let name = match known {
                        true => "group_open_http_svc.set_topic_permission_group",
                        false => "group_open_http_svc.add_topic_permission_group",
                    };
                    call(session, name, &wire::PutTopicPermission { topics, group_id, permission_group_id }).await?
                }
                None => {
                    let request = wire::NamedTopicPermission { group_id, permission_group_id, topics: Some(vec![topic.clone()]) };
                    call(session, "group_open_http_svc.delete_topic_permission_group", &request).await?
                }
            };
            match answer.results.into_iter().find(|item| !item.error_code.is_ok()) {
                Some(item) => Err(CallError::Refused { code: item.error_code, info: item.error_info }),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Every request has an answer.
pub(super) fn no_session(ask: CommunityAsk, refusal: Refusal) -> CommunityAnswer {
    match ask {
        CommunityAsk::PermissionGroups { community } => CommunityAnswer::PermissionGroups { community, result: Err(refusal) },
        CommunityAsk::PermissionMembers { community, id } => {
            CommunityAnswer::PermissionMembers { community, id, result: Err(refusal) }
        }
        CommunityAsk::TopicRights { community, id } => CommunityAnswer::TopicRights { community, id, result: Err(refusal) },
        CommunityAsk::OwnRights { community } => CommunityAnswer::OwnRights { community, result: Err(refusal) },
        CommunityAsk::Change { community, what } => {
            CommunityAnswer::Changed { community, says: what.says(), what, result: Err(refusal) }
        }
    }
}
