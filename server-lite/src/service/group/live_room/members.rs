//! Who is inside: the newest, their number, their marks.

use super::rooms::{Listed, MarkFault};
use super::{check_kind, is_inside, office};
use crate::service::group::permission::Standing;
use crate::service::group::permission::storage::receive_option;
use crate::service::group::{GroupError, existing, named, standing};
use crate::service::{Context, Outcome};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::{GroupNo, TinyId, account};
use tern_protocol::api::group::{GetGroupMemberInfo, GroupMembers, GroupName, MemberProfile};
use tern_protocol::api::live_room::{
    CheckRoomMembers, GetRoomMembers, MarkedMember, ModifyUserInfo, OnlineMemberNum, RoomMember, RoomMembers, UserInfoModified,
};
use tern_protocol::limits;
use tern_protocol::model::group::{GroupKind, Role};

/// `group_open_http_svc.get_online_member_num`: people who are inside; of other types, members who are connected.
pub(crate) fn online_member_num(tx: &Tx<'_>, cx: &Context, request: GroupName) -> Result<Outcome<OnlineMemberNum>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    if standing(tx, cx, &group)? == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this"));
    }
    let online_member_num = match group.kind {
        GroupKind::AvChatRoom => cx.rooms.told_count(group.no, cx.mono_ms, || cx.rooms.count(group.no)),
        _ => cx.audience.people_of_group(group.no) as u64,
    };
    Ok(Outcome::reply(OnlineMemberNum { online_member_num }))
}

/// Of how many newest members the list tells.
fn newest(cx: &Context) -> usize {
    if cx.app.settings.features.live_member_list { limits::ROOM_MEMBERS } else { limits::ROOM_MEMBERS_FREE }
}

/// `group_open_avchatroom_http_svc.get_members`: a page of the newest members.
pub(crate) fn list(tx: &Tx<'_>, cx: &Context, request: GetRoomMembers) -> Result<Outcome<RoomMembers>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check_kind(&group)?;
    check_reader(tx, cx, &group)?;
    let mark = request.mark.filter(|mark| *mark != 0);
    let before = request.timestamp.unwrap_or(0);
    let page = cx.rooms.list(group.no, mark, before, newest(cx), limits::ROOM_MEMBER_PAGE + 1);
    let mut member_list = Vec::with_capacity(page.len().min(limits::ROOM_MEMBER_PAGE));
    for listed in page.iter().take(limits::ROOM_MEMBER_PAGE) {
        let Some(account) = account::by_number(tx, listed.user)? else { continue };
        member_list.push(RoomMember {
            member_account: account.user_id,
            join_time: listed.joined_at,
            nick_name: account.nick,
            avatar: account.face_url,
            marks: (!listed.marks.is_empty()).then(|| listed.marks.clone()),
        });
    }
    let last = page.get(limits::ROOM_MEMBER_PAGE - 1).filter(|_| page.len() > limits::ROOM_MEMBER_PAGE);
    Ok(Outcome::reply(RoomMembers { member_list, next_timestamp: last.map_or(0, |last| last.stamp) }))
}

/// The backend; a client if the application lets clients see the list, and it is inside.
fn check_reader(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<(), GroupError> {
    if cx.caller.is_admin() {
        return Ok(());
    }
    if !cx.app.settings.features.live_member_list {
        return Err(GroupError::Forbidden("the list of members is not switched on for this application"));
    }
    let _ = tx;
    match is_inside(cx, group.no) {
        true => Ok(()),
        false => Err(GroupError::Forbidden("only those who are inside see the list of members")),
    }
}

/// `get_group_member_info` of a live room, of a client: the newest members with their roles.
pub(in crate::service::group) fn for_client(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    request: &GetGroupMemberInfo,
) -> Result<Outcome<GroupMembers>, GroupError> {
    check_reader(tx, cx, group)?;
    let number = |value: Option<i64>| usize::try_from(value.unwrap_or(0)).ok();
    let bad = |field: &str| GroupError::BadParameter(format!("{field} may not be negative"));
    let limit = number(request.limit).ok_or_else(|| bad("Limit"))?;
    let limit = if limit == 0 { limits::ROOM_MEMBERS } else { limit.min(limits::ROOM_MEMBERS) };
    let offset = number(request.offset).ok_or_else(|| bad("Offset"))?;
    let mut member_list = Vec::new();
    for listed in cx.rooms.list(group.no, None, 0, newest(cx), usize::MAX).into_iter().skip(offset).take(limit) {
        let wanted = request.member_role_filter.as_ref().filter(|roles| !roles.is_empty());
        let profile = profile(tx, group, &listed)?;
        member_list.extend(
            profile.filter(|profile| wanted.is_none_or(|roles| profile.role.as_ref().is_some_and(|role| roles.contains(role)))),
        );
    }
    Ok(Outcome::reply(GroupMembers { member_num: cx.rooms.count(group.no), member_list, next: None }))
}

fn profile(tx: &Tx<'_>, group: &GroupRow, listed: &Listed) -> Result<Option<MemberProfile>, StoreError> {
    let Some(account) = account::by_number(tx, listed.user)? else { return Ok(None) };
    let role = office(tx, group, listed.user)?.unwrap_or(Role::Member);
    let muted = group::member(tx, group.no, listed.user)?.map_or(0, |member| member.muted_until);
    Ok(Some(MemberProfile {
        member_account: Some(account.user_id),
        role: Some(role.wire().to_owned()),
        join_time: Some(listed.joined_at),
        name_card: Some(String::new()),
        mute_until: Some(muted),
        shut_up_until: Some(muted),
        nick: (!account.nick.is_empty()).then_some(account.nick),
        ..MemberProfile::default()
    }))
}

/// A client's own place in a room that it is in.
pub(in crate::service::group) fn own_place(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    user: TinyId,
) -> Result<Option<MemberProfile>, StoreError> {
    let Some(joined_at) = cx.rooms.joined_at(group.no, user) else { return Ok(None) };
    let listed = Listed { user, joined_at, marks: Vec::new(), stamp: 0 };
    let receive = receive_option(&cx.app, group.kind).wire().to_owned();
    Ok(profile(tx, group, &listed)?.map(|profile| MemberProfile { msg_flag: Some(receive), msg_seq: Some(0), ..profile }))
}

/// The rooms that an account is in.
pub(in crate::service::group) fn joined(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Vec<GroupRow>, StoreError> {
    let mut rows = Vec::new();
    for no in cx.rooms.of_user(user) {
        rows.extend(group::by_number(tx, no)?);
    }
    Ok(rows)
}

/// `group_open_avchatroom_http_svc.check_members`: which of some accounts are inside.
pub(crate) fn check_members(tx: &Tx<'_>, cx: &Context, request: CheckRoomMembers) -> Result<Outcome<CheckRoomMembers>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check_kind(&group)?;
    check_accounts(request.accounts.len(), limits::ROOM_BATCH, "Member_Account")?;
    if !cx.caller.is_admin() && !is_inside(cx, group.no) {
        return Err(GroupError::Forbidden("only those who are inside may ask who else is"));
    }
    let mut accounts = Vec::new();
    for name in request.accounts {
        let found = account::find(tx, cx.app.id, &name)?;
        if found.is_some_and(|account| cx.rooms.is_inside(group.no, account.tiny_id)) {
            accounts.push(name);
        }
    }
    Ok(Outcome::reply(CheckRoomMembers { accounts, group_id: None }))
}

/// A list of accounts of a request.
pub(super) fn check_accounts(given: usize, most: usize, field: &str) -> Result<(), GroupError> {
    match given {
        0 => Err(GroupError::BadParameter(format!("{field} is missing"))),
        n if n > most => Err(GroupError::TooManyAccounts(most)),
        _ => Ok(()),
    }
}

/// `group_open_avchatroom_http_svc.modify_user_info`: marks of people who are inside; of others nothing is done and nothing answered.
pub(crate) fn modify_user_info(
    tx: &Tx<'_>,
    cx: &Context,
    request: ModifyUserInfo,
) -> Result<Outcome<UserInfoModified>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check_kind(&group)?;
    check_marker(tx, cx, &group)?;
    let command_type = request.command_type.unwrap_or(0);
    let set = match command_type {
        1 => true,
        2 => false,
        _ => return Err(GroupError::BadParameter("CommandType must be 1 (set) or 2 (delete)".into())),
    };
    check_accounts(request.member_list.len(), limits::ROOM_BATCH, "MemberList")?;
    for item in &request.member_list {
        check_marks(&item.marks)?;
        existing(tx, cx, &item.member_account)?;
    }
    let mut member_list = Vec::new();
    for item in request.member_list {
        let user = existing(tx, cx, &item.member_account)?.tiny_id;
        member_list.extend(mark(cx, group.no, user, item, set)?);
    }
    Ok(Outcome::reply(UserInfoModified { command_type, member_list }))
}

fn mark(cx: &Context, group: GroupNo, user: TinyId, item: MarkedMember, set: bool) -> Result<Option<MarkedMember>, GroupError> {
    let marks = cx.rooms.mark(group, user, &item.marks, set).map_err(|fault| match fault {
        MarkFault::Kinds => GroupError::BadParameter(format!("a room may have {} kinds of marks", limits::ROOM_MARKS)),
        MarkFault::Members => GroupError::BadParameter(format!("a mark may be on {} members", limits::ROOM_MARKED)),
    })?;
    if !set && item.marks.contains(&limits::ROOM_MARK_KEPT) {
        cx.rooms.let_go(group, user);
    }
    Ok(marks.map(|marks| MarkedMember { marks, ..item }))
}

/// The backend and the owner.
fn check_marker(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<(), GroupError> {
    match standing(tx, cx, group)? {
        Standing::AppAdmin | Standing::Inside(Role::Owner) => Ok(()),
        _ => Err(GroupError::Forbidden("only the owner marks members")),
    }
}

fn check_marks(marks: &[i64]) -> Result<(), GroupError> {
    let possible = |mark: &i64| {
        (limits::ROOM_MARK_LEAST..=i64::from(u32::MAX)).contains(mark)
            || [limits::ROOM_MARK_KEPT, limits::ROOM_MARK_HIDDEN].contains(mark)
    };
    match marks.is_empty() || marks.len() > limits::ROOM_MARKS || !marks.iter().all(possible) {
        true => Err(GroupError::BadParameter("Marks must be 1 to 10 numbers from 1000 up, or 500, or 600".into())),
        false => Ok(()),
    }
}
