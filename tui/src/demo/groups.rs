//! Makes the world's groups with their topics, and lets people ask to be let in.

use super::DemoError;
use super::clock::ShiftedClock;
use super::populate::{BEFORE_FIRST_MS, Sessions, failed, session};
use super::world::{Group, Said, World};
use crate::state::community::Topic;
use futures_util::future::try_join_all;
use tern_protocol::GroupId;
use tern_protocol::api::command;
use tern_protocol::api::group::{ApplyJoinGroup, CreateGroup, NewMember};
use tern_protocol::api::topic::CreateTopic;

/// Each group a while before its first message.
pub(super) async fn make(
    world: &World,
    sessions: &Sessions<'_>,
    clock: &ShiftedClock,
    history: &[Said<'_>],
) -> Result<(), DemoError> {
    for group in &world.groups {
        let is_in = |said: &&Said<'_>| GroupId::community_of(said.chat).unwrap_or(said.chat) == group.id;
        if let Some(first) = history.iter().find(is_in) {
            clock.set_wall_ms(first.wall_ms - BEFORE_FIRST_MS);
        }
        make_one(sessions, group).await?;
    }
    Ok(())
}

async fn make_one(sessions: &Sessions<'_>, group: &Group) -> Result<(), DemoError> {
    let own = |text: &str| Some(text.to_owned());
    let role = |id: &String| group.admins.contains(id).then(|| "Admin".to_owned());
    let member = |id: &String| NewMember { member_account: id.clone(), role: role(id), ..NewMember::default() };
    let request = CreateGroup {
        owner_account: own(&group.owner),
        kind: own(&group.kind),
        group_id: own(&group.id),
        name: own(&group.name),
        introduction: own(&group.introduction),
        notification: own(&group.notification),
        apply_join_option: group.join.clone().or_else(|| own("FreeAccess").filter(|_| group.kind == "Public")),
        // Into a live room everybody comes by itself.
        member_list: (!group.is_live()).then(|| group.members.iter().map(member).collect()),
        support_topic: group.is_community().then_some(1),
        ..CreateGroup::default()
    };
    let owner = session(sessions, &group.owner)?;
    owner.call::<command::CreateGroup>(&request).await.map_err(failed(&format!("the group {}", group.id)))?;
    for topic in &group.topic {
        let request = CreateTopic {
            group_id: own(&group.id),
            topic_id: own(&topic.id),
            topic_name: own(&topic.name),
            introduction: own(&topic.introduction),
            custom_string: Some(Topic::custom_under("", &topic.category)),
            ..CreateTopic::default()
        };
        owner.call::<command::CreateTopic>(&request).await.map_err(failed(&format!("the topic {}", topic.id)))?;
    }
    Ok(())
}

/// Those who want in ask now.
pub(super) async fn apply(world: &World, sessions: &Sessions<'_>) -> Result<(), DemoError> {
    let wanted = world.groups.iter().flat_map(|group| group.application.iter().map(move |application| (group, application)));
    let asked = wanted.map(async |(group, application)| {
        let (group_id, apply_msg) = (Some(group.id.clone()), Some(application.text.clone()));
        let request = ApplyJoinGroup { group_id, apply_msg, ..ApplyJoinGroup::default() };
        let applied = session(sessions, &application.who)?.call::<command::ApplyJoinGroup>(&request).await;
        applied.map_err(failed(&format!("the application of {}", application.who)))
    });
    try_join_all(asked).await.map(|_| ())
}
