//! Coming into groups: making one, looking at one.

use crate::event::GroupFacts;
use crate::state::create::NewGroup;
use crate::text::clean_line;
use tern_protocol::ErrorCode;
use tern_protocol::api::{command, group};
use tern_protocol::client::{CallError, Session};

/// Makes a group; its ID.
pub(super) async fn create(session: &Session, new: &NewGroup, me: String) -> Result<String, CallError> {
    let set = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
    let member = |user: &String| group::NewMember { member_account: user.clone(), ..Default::default() };
    let request = group::CreateGroup {
        owner_account: Some(me),
        kind: Some(new.kind.clone()),
        group_id: new.id.clone(),
        name: Some(new.name.clone()),
        introduction: set(&new.introduction),
        face_url: set(&new.face_url),
        apply_join_option: new.join_option.clone(),
        member_list: (!new.members.is_empty()).then(|| new.members.iter().map(member).collect()),
        support_topic: new.topics.then_some(1),
        ..Default::default()
    };
    Ok(session.call::<command::CreateGroup>(&request).await?.group_id)
}

/// What a group shows to those who are not in it.
pub(super) async fn look_up(session: &Session, group: &str) -> Result<GroupFacts, CallError> {
    let request = group::GetGroupInfo { group_id_list: vec![group.to_owned()], response_filter: None };
    let answer = session.call::<command::GetGroupInfo>(&request).await?;
    let Some(profile) = answer.group_info.into_iter().next() else {
        return Err(CallError::Refused { code: ErrorCode::GROUP_NOT_FOUND, info: String::new() });
    };
    match profile.error_code {
        None | Some(0) => {}
        Some(code) => {
            return Err(CallError::Refused { code: ErrorCode(code), info: profile.error_info.unwrap_or_default() });
        }
    }
    let line = |text: Option<String>| text.as_deref().map(clean_line).unwrap_or_default();
    Ok(GroupFacts {
        id: profile.group_id,
        name: line(profile.name),
        kind: profile.kind.unwrap_or_default(),
        owner: line(profile.owner_account),
        member_num: profile.member_num.unwrap_or(0),
        introduction: line(profile.introduction),
        join_option: profile.apply_join_option.unwrap_or_default(),
        topics: profile.support_topic == Some(1),
    })
}
