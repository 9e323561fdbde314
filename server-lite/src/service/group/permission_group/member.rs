//! Who is in a permission group: `add_permission_group_member`, `delete_permission_group_member`, `get_permission_group_member_list`.

use super::read::{page_size, place};
use super::{PermissionGroupError, Result, bad, found, must, opened, told};
use crate::service::group::GroupError;
use crate::service::{Context, Outcome};
use crate::store::account::{self, AccountRow};
use crate::store::engine::Tx;
use crate::store::group::{GroupRow, NamedMember};
use crate::store::permission_group::{self, PermissionGroupRow};
use crate::store::{TinyId, group as groups};
use tern_protocol::api::Empty;
use tern_protocol::api::group::{MemberProfile, MemberResult, MembersAdded, NewMember};
use tern_protocol::api::permission_group::{GetPermissionGroupMembers, PermissionGroupMemberPage, PermissionGroupMembers};
use tern_protocol::event::{PermissionNotice, permission};
use tern_protocol::limits;
use tern_protocol::model::group::Role;
use tern_protocol::model::permission::GroupRight;

/// `Result` of an account that was to be added, as in `add_group_member`.
mod result {
    pub(super) const FAILED: i64 = 0;
    pub(super) const ADDED: i64 = 1;
    pub(super) const ALREADY: i64 = 2;
}

fn check_list(members: &[NewMember]) -> Result<()> {
    match members.len() {
        0 => Err(bad("MemberList is missing")),
        n if n > limits::PERMISSION_GROUP_BATCH => Err(GroupError::TooManyAccounts(limits::PERMISSION_GROUP_BATCH).into()),
        _ => Ok(()),
    }
}

/// The community's member of that name.
fn member(tx: &Tx<'_>, cx: &Context, group: &GroupRow, name: &str) -> Result<Option<AccountRow>> {
    let Some(account) = account::find(tx, cx.app.id, name)? else { return Ok(None) };
    Ok(groups::role(tx, group.no, account.tiny_id)?.map(|_| account))
}

/// `group_open_http_svc.add_permission_group_member`: who is no member of the community fails alone.
pub(crate) fn add(tx: &Tx<'_>, cx: &Context, request: PermissionGroupMembers) -> Result<Outcome<MembersAdded>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    must(standing, GroupRight::ManagePermissionGroupMember, None)?;
    let row = found(tx, &group, request.permission_group_id.as_deref())?;
    check_list(&request.members)?;
    let mut room = u64::from(limits::PERMISSION_GROUP_MEMBERS).saturating_sub(row.member_num);
    let (mut results, mut added) = (Vec::with_capacity(request.members.len()), Vec::new());
    for NewMember { member_account, .. } in request.members {
        let result = match member(tx, cx, &group, &member_account)? {
            None => result::FAILED,
            Some(account) if room == 0 => match permission_group::has_member(tx, group.no, row.no, account.tiny_id)? {
                true => result::ALREADY,
                false => result::FAILED,
            },
            Some(account) if permission_group::add_member(tx, group.no, row.no, account.tiny_id)? => {
                room -= 1;
                added.push(account);
                result::ADDED
            }
            Some(_) => result::ALREADY,
        };
        results.push(MemberResult { member_account, result });
    }
    if room == 0 && results.iter().all(|item| item.result == result::FAILED) {
        return Err(PermissionGroupError::TooManyMembers(limits::PERMISSION_GROUP_MEMBERS));
    }
    let outcome = Outcome::reply(MembersAdded { member_list: results });
    changed(tx, cx, &group, &row, permission::MEMBERS_ADDED, &added, outcome)
}

/// `group_open_http_svc.delete_permission_group_member`: who is not in it is skipped.
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: PermissionGroupMembers) -> Result<Outcome<Empty>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    must(standing, GroupRight::ManagePermissionGroupMember, None)?;
    let row = found(tx, &group, request.permission_group_id.as_deref())?;
    check_list(&request.members)?;
    let mut removed = Vec::new();
    for item in &request.members {
        if let Some(account) = account::find(tx, cx.app.id, &item.member_account)?
            && permission_group::remove_member(tx, group.no, row.no, account.tiny_id)?
        {
            removed.push(account);
        }
    }
    changed(tx, cx, &group, &row, permission::MEMBERS_REMOVED, &removed, Outcome::done())
}

fn changed<R>(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    row: &PermissionGroupRow,
    op_type: i64,
    accounts: &[AccountRow],
    outcome: Outcome<R>,
) -> Result<Outcome<R>> {
    if accounts.is_empty() {
        return Ok(outcome);
    }
    for account in accounts {
        permission_group::touch_member(tx, group.no, account.tiny_id)?;
    }
    let members = accounts.iter().map(|account| account.user_id.clone()).collect();
    let notice = PermissionNotice { members: Some(members), ..PermissionNotice::default() };
    Ok(outcome.then(told(tx, cx, group, op_type, vec![row.id.clone()], notice)?))
}

/// `group_open_http_svc.get_permission_group_member_list`: every member may read.
pub(crate) fn list(tx: &Tx<'_>, cx: &Context, request: GetPermissionGroupMembers) -> Result<Outcome<PermissionGroupMemberPage>> {
    let (group, _) = opened(tx, cx, request.group_id.as_deref())?;
    let row = found(tx, &group, request.permission_group_id.as_deref())?;
    let limit = page_size(request.limit, limits::PERMISSION_GROUP_MEMBER_PAGE as u64)?;
    let after = TinyId(place(request.next.as_deref())?.cast_unsigned());
    let rows = permission_group::members(tx, group.no, row.no, after, limit + 1)?;
    let more = rows.len() as u64 > limit;
    let rows = &rows[..rows.len().min(limit as usize)];
    let next = rows.last().filter(|_| more).map(|row| row.member.tiny_id.to_string()).unwrap_or_default();
    let members = rows.iter().map(|row| profile(cx, row)).collect();
    Ok(Outcome::reply(PermissionGroupMemberPage { members, next }))
}

fn profile(cx: &Context, row: &NamedMember) -> MemberProfile {
    let NamedMember { member, user_id, nick, .. } = row;
    let muted_until = if member.muted_until > cx.now_seconds() { member.muted_until } else { 0 };
    MemberProfile {
        member_account: Some(user_id.clone()),
        role: Some(member.role.map_or("", Role::wire).to_owned()),
        join_time: Some(member.joined_at),
        msg_flag: Some(member.receive.wire().to_owned()),
        name_card: Some(member.name_card.clone()),
        mute_until: Some(muted_until),
        nick: (!nick.is_empty() && !cx.caller.is_admin()).then(|| nick.clone()),
        ..MemberProfile::default()
    }
}
