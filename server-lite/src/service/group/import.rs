//! `import_group_member`: members of another system. Nobody is told but their own devices.

use super::member::check_joined_limit;
use super::permission::{self, Action, Who};
use super::{GroupError, existing, member_change, named, shown, unread};
use crate::service::group::member::check_room;
use crate::service::{Context, Effect, Outcome};
use crate::store::conversation::{self, Ends};
use crate::store::engine::Tx;
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::{group_member, message};
use tern_protocol::api::group::{MemberResult, MembersAdded};
use tern_protocol::api::group_member::{ImportGroupMember, ImportedMember};
use tern_protocol::limits;
use tern_protocol::model::group::Role;

/// `Result` of an account.
mod result {
    pub(super) const FAILED: i64 = 0;
    pub(super) const ADDED: i64 = 1;
    pub(super) const ALREADY: i64 = 2;
}

/// `group_open_http_svc.import_group_member`
pub(crate) fn members(tx: &Tx<'_>, cx: &Context, request: ImportGroupMember) -> Result<Outcome<MembersAdded>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    if !permission::storage::kept(group.kind).import {
        return Err(GroupError::Unsupported(group.kind));
    }
    if request.member_list.is_empty() {
        return Err(GroupError::BadParameter("MemberList is missing".into()));
    }
    if request.member_list.len() > limits::ADD_GROUP_MEMBERS {
        return Err(GroupError::TooManyAccounts(limits::ADD_GROUP_MEMBERS));
    }
    let (mut member_list, mut effects) = (Vec::new(), Vec::new());
    for item in request.member_list {
        let result = match import(tx, cx, &mut group, &item) {
            Ok(Some(entered)) => {
                effects.extend(entered);
                result::ADDED
            }
            Ok(None) => result::ALREADY,
            Err(GroupError::Store(error)) => return Err(error.into()),
            Err(_) => result::FAILED,
        };
        member_list.push(MemberResult { member_account: item.member_account, result });
    }
    Ok(Outcome::reply(MembersAdded { member_list }).then_all(effects))
}

/// Brings one in; `None`: it is in already. Nothing is written before everything is checked.
fn import(tx: &Tx<'_>, cx: &Context, group: &mut GroupRow, item: &ImportedMember) -> Result<Option<Vec<Effect>>, GroupError> {
    let account = existing(tx, cx, &item.member_account)?;
    if group::role(tx, group.no, account.tiny_id)?.is_some() {
        return Ok(None);
    }
    let role = match item.role.as_deref() {
        None | Some("" | "Member") => Role::Member,
        Some("Admin") if permission::least(group.kind, Action::AppointAdmins) != Who::Unsupported => Role::Admin,
        Some(other) => return Err(GroupError::BadParameter(format!("Role may not be {:?} here", shown(other)))),
    };
    let now = cx.now_seconds();
    let joined_at = item.join_time.unwrap_or(now);
    if !(group.created_at..=now).contains(&joined_at) {
        return Err(GroupError::BadParameter("JoinTime must lie between the group's creation and now".into()));
    }
    let unread = item.unread_msg_num.unwrap_or(0);
    if unread < 0 {
        return Err(GroupError::BadParameter("UnreadMsgNum may not be negative".into()));
    }
    check_room(group)?;
    check_joined_limit(tx, cx, &account)?;
    let thread = conversation::find(tx, Ends::Group(group.no))?;
    let mut join_pos = 0;
    if let Some(thread) = &thread {
        join_pos = message::last_pos_at(tx, thread.id, thread.last_pos, joined_at)?;
        if unread > 0 {
            // What somebody has not read can be read, so it does not lie before the membership.
            let first = group_member::nth_counted(tx, thread.id, thread.start_pos, account.tiny_id, unread)?;
            join_pos = join_pos.min(first.map_or(thread.start_pos, |first| first - 1));
        }
    }
    let member = MemberRow {
        tiny_id: account.tiny_id,
        role: Some(role),
        joined_at,
        join_seq: join_pos.cast_unsigned(),
        name_card: String::new(),
        receive: permission::storage::receive_option(&cx.app, group.kind),
        muted_until: 0,
        custom: "{}".into(),
        rev: 0,
    };
    group::add_member(tx, group.no, &member)?;
    group.member_num += 1;
    // Who was there to the end and has read it all needs no row of its own.
    if thread.is_some_and(|thread| join_pos < thread.last_pos) {
        unread::put(tx, group, account.tiny_id, unread)?;
    }
    let mut effects = vec![Effect::Joined { group: group.no, member: account.tiny_id }];
    effects.extend(member_change::own_devices(tx, group, account.tiny_id)?);
    Ok(Some(effects))
}
