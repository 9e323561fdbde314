//! Calls about groups: profile, members, management, applications.

use super::members;
use crate::effect::{GroupAsk, GroupField};
use crate::event::GroupTold;
use crate::state::request::Request;
use crate::state::sane_s;
use crate::update::MEMBERS_PAGE;
use tern_protocol::ErrorCode;
use tern_protocol::api::group_application::{ApplicationsRead, HandleApplyJoinGroup};
use tern_protocol::api::group_member::{ChangeGroupOwner, ForbidSendMsg, GetGroupMutedAccount, ModifyGroupMemberInfo};
use tern_protocol::api::search::SearchNames;
use tern_protocol::api::{Empty, command, group, live_room};
use tern_protocol::client::{CallError, Session};

/// Members that a search shows.
const FOUND: u64 = 100;
/// Pages of banned people that are read at most.
const BANNED_PAGES: usize = 10;
/// Fields of the group that the page shows.
const FACTS: &[&str] = &[
    "Type",
    "Name",
    "Introduction",
    "Notification",
    "FaceUrl",
    "Owner_Account",
    "CreateTime",
    "MemberNum",
    "MaxMemberNum",
    "ApplyJoinOption",
    "InviteJoinOption",
    "MuteAllMember",
];
/// Fields of a member that the list shows.
const MEMBER: &[&str] = &["Role", "NameCard", "MuteUntil", "OnlineStatus"];

/// Asks the server.
pub(super) async fn answer(session: &Session, ask: &GroupAsk, me: &str) -> Result<GroupTold, CallError> {
    match ask {
        GroupAsk::Facts { group } => facts(session, group).await,
        GroupAsk::Members { group, from } => {
            members(session, group, from, owned(MEMBER)).await.map(|page| GroupTold::Members(Box::new(page)))
        }
        GroupAsk::Admins { group } => admins(session, group).await,
        GroupAsk::FindMembers { group, words } => {
            let request =
                SearchNames { keywords: vec![words.clone()], limit: FOUND, group_ids: Some(vec![group.clone()]), cursor: None };
            session.call::<command::SearchMembers>(&request).await.map(GroupTold::Found)
        }
        GroupAsk::Muted { group } => muted(session, group).await,
        GroupAsk::RoomAdmins { group } => {
            let request = group::GroupName { group_id: Some(group.clone()) };
            let name = |admin: live_room::RoomAdmin| (admin.admin_account, admin.nick_name);
            let answer = session.call::<command::GetRoomAdminList>(&request).await?;
            Ok(GroupTold::RoomAdmins(answer.list.into_iter().map(name).collect()))
        }
        GroupAsk::Banned { group } => banned(session, group).await,
        GroupAsk::Unban { group, user } => {
            let request =
                live_room::BanGroupMember { accounts: vec![user.clone()], group_id: Some(group.clone()), ..Default::default() };
            session.call::<command::UnbanGroupMember>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::SetRoomAdmin { group, user, on } => {
            let command_type = Some(if *on { 1 } else { 2 });
            let request = live_room::ModifyRoomAdmin { admins: vec![user.clone()], group_id: Some(group.clone()), command_type };
            session.call::<command::ModifyRoomAdmin>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Change { group, field, text } => {
            session.call::<command::ModifyGroupBaseInfo>(&change(group, *field, text.clone())).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Add { group, users } => {
            let member = |user: &String| group::NewMember { member_account: user.clone(), ..Default::default() };
            let member_list = users.iter().map(member).collect();
            let request = group::AddGroupMember { member_list, group_id: Some(group.clone()), silence: None };
            session.call::<command::AddGroupMember>(&request).await.map(|added| GroupTold::Added(added.member_list))
        }
        GroupAsk::Remove { group, users, reason } => {
            let request = group::DeleteGroupMember {
                member_to_del_account: users.clone(),
                group_id: Some(group.clone()),
                silence: None,
                reason: Some(reason.clone()).filter(|reason| !reason.is_empty()),
            };
            session.call::<command::DeleteGroupMember>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::SetAdmin { group, user, on } => {
            let role = if *on { "Admin" } else { "Member" };
            member_info(session, group, user, |request| request.role = Some(role.into())).await
        }
        GroupAsk::NameCard { group, user, text } => {
            member_info(session, group, user, |request| request.name_card = Some(text.clone())).await
        }
        GroupAsk::Mute { group, user, seconds } => {
            let request = ForbidSendMsg {
                members_account: vec![user.clone()],
                group_id: Some(group.clone()),
                mute_time: Some(*seconds),
                topic_id: None,
            };
            session.call::<command::ForbidSendMsg>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Transfer { group, user } => {
            let request = ChangeGroupOwner { group_id: Some(group.clone()), new_owner_account: Some(user.clone()) };
            session.call::<command::ChangeGroupOwner>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Disband { group } => {
            let request = group::GroupName { group_id: Some(group.clone()) };
            session.call::<command::DestroyGroup>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Requests => {
            session.call::<command::Applications>(&Empty {}).await.map(|list| GroupTold::Requests(Box::new(list)))
        }
        GroupAsk::RequestsSeen { time_s } => {
            let request = ApplicationsRead { time: *time_s };
            session.call::<command::ApplicationsRead>(&request).await.map(|_| GroupTold::Done)
        }
        GroupAsk::Decide { request, agree, words } => decide(session, request, *agree, words).await,
    }
    .inspect_err(|error| tracing::info!(%error, %me, "about a group"))
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

async fn facts(session: &Session, group: &str) -> Result<GroupTold, CallError> {
    let request = group::GetGroupInfo {
        group_id_list: vec![group.to_owned()],
        response_filter: Some(group::ResponseFilter {
            group_base_info_filter: Some(owned(FACTS)),
            self_info_filter: Some(owned(&["Role", "NameCard"])),
            ..Default::default()
        }),
    };
    let answer = session.call::<command::GetGroupSelfInfo>(&request).await?;
    let refused = |code: i32, info: String| CallError::Refused { code: ErrorCode(code), info };
    match answer.group_info.into_iter().next() {
        Some(profile) => match profile.error_code.filter(|code| *code != 0) {
            Some(code) => Err(refused(code, profile.error_info.clone().unwrap_or_default())),
            None => Ok(GroupTold::Facts(Box::new(profile))),
        },
        None => Err(refused(ErrorCode::GROUP_NOT_FOUND.0, "there is no such group".into())),
    }
}

async fn admins(session: &Session, group: &str) -> Result<GroupTold, CallError> {
    let request = group::GetGroupMemberInfo {
        group_id: Some(group.to_owned()),
        limit: Some(MEMBERS_PAGE),
        offset: Some(0),
        member_info_filter: Some(owned(MEMBER)),
        member_role_filter: Some(vec!["Admin".into()]),
        ..Default::default()
    };
    session.call::<command::GetGroupMemberInfo>(&request).await.map(|page| GroupTold::Members(Box::new(page)))
}

async fn muted(session: &Session, group: &str) -> Result<GroupTold, CallError> {
    let request = GetGroupMutedAccount { group_id: Some(group.to_owned()), topic_id: None };
    let answer = session.call::<command::GetGroupMutedAccount>(&request).await?;
    let until = |muted: tern_protocol::api::group_member::MutedAccount| (muted.member_account, sane_s(muted.muted_until));
    Ok(GroupTold::Muted(answer.muted_account_list.into_iter().map(until).collect()))
}

async fn banned(session: &Session, group: &str) -> Result<GroupTold, CallError> {
    let (mut list, mut offset) = (Vec::new(), 0);
    for _ in 0..BANNED_PAGES {
        let request = live_room::GetGroupBanMember { group_id: Some(group.to_owned()), offset: Some(offset), ..Default::default() };
        let page = session.call::<command::GetGroupBanMember>(&request).await?;
        list.extend(page.list.into_iter().map(|banned| (banned.member_account, sane_s(banned.banned_until))));
        offset = page.next_offset;
        if offset == 0 {
            break;
        }
    }
    Ok(GroupTold::Banned(list))
}

fn change(group: &str, field: GroupField, text: String) -> group::ModifyGroupBaseInfo {
    let mut request = group::ModifyGroupBaseInfo { group_id: Some(group.to_owned()), ..Default::default() };
    let slot = match field {
        GroupField::Name => &mut request.name,
        GroupField::Introduction => &mut request.introduction,
        GroupField::Notification => &mut request.notification,
        GroupField::FaceUrl => &mut request.face_url,
        GroupField::Join => &mut request.apply_join_option,
        GroupField::Invite => &mut request.invite_join_option,
        GroupField::MuteAll => &mut request.mute_all_member,
    };
    *slot = Some(text);
    request
}

async fn member_info(
    session: &Session,
    group: &str,
    user: &str,
    set: impl FnOnce(&mut ModifyGroupMemberInfo),
) -> Result<GroupTold, CallError> {
    let mut request =
        ModifyGroupMemberInfo { group_id: Some(group.to_owned()), member_account: Some(user.to_owned()), ..Default::default() };
    set(&mut request);
    session.call::<command::ModifyGroupMemberInfo>(&request).await.map(|_| GroupTold::Done)
}

async fn decide(session: &Session, request: &Request, agree: bool, words: &str) -> Result<GroupTold, CallError> {
    let request = HandleApplyJoinGroup {
        group_id: Some(request.group.clone()),
        applicant_account: Some(request.applicant().to_owned()),
        handle_msg: Some(if agree { "Agree" } else { "Reject" }.into()),
        approval_msg: Some(words.to_owned()).filter(|words| !words.is_empty()),
        authentication: Some(request.authentication.clone()).filter(|text| !text.is_empty()),
        msg_key: Some(request.msg_key).filter(|key| *key != 0),
        user_defined_field: None,
    };
    session.call::<command::HandleApplyJoinGroup>(&request).await.map(|_| GroupTold::Done)
}
