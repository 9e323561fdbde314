//! Bans: one who is banned is put out of a live room and cannot come back before the end.

use super::members::check_accounts;
use super::{check_feature, check_kind, office, store};
use crate::service::group::permission::{Change, Standing, Tip, tip as tip_of};
use crate::service::group::tell::{self, Notice};
use crate::service::group::{GroupError, existing, named, operator, standing, text_within};
use crate::service::{Audience, Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use std::collections::HashSet;
use tern_protocol::api::Empty;
use tern_protocol::api::live_room::{BanGroupMember, BannedAccount, BannedAccounts, GetGroupBanMember};
use tern_protocol::event::{Event, GroupTip, TipMemberInfo, notice, tip};
use tern_protocol::limits;
use tern_protocol::model::group::Role;

/// The room of a command about bans, if the caller may ban there; and what it is there.
fn room(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<(GroupRow, Standing), GroupError> {
    let group = named(tx, cx, group_id)?;
    check_kind(&group)?;
    check_feature(cx, cx.app.settings.features.live_ban, "bans in live rooms")?;
    match standing(tx, cx, &group)? {
        standing @ (Standing::AppAdmin | Standing::Inside(Role::Owner | Role::Admin)) => Ok((group, standing)),
        _ => Err(GroupError::Forbidden("only the owner and admins of the room ban")),
    }
}

fn accounts(tx: &Tx<'_>, cx: &Context, names: &[String]) -> Result<Vec<AccountRow>, GroupError> {
    check_accounts(names.len(), limits::BAN_BATCH, "Members_Account")?;
    let mut seen = HashSet::new();
    let mut accounts = Vec::with_capacity(names.len());
    for name in names {
        let account = existing(tx, cx, name)?;
        if seen.insert(account.tiny_id) {
            accounts.push(account);
        }
    }
    Ok(accounts)
}

/// `group_open_http_svc.ban_group_member`: also of people who are not inside.
pub(crate) fn ban(tx: &Tx<'_>, cx: &Context, request: BanGroupMember) -> Result<Outcome<Empty>, GroupError> {
    let (group, standing) = room(tx, cx, request.group_id.as_deref())?;
    let accounts = accounts(tx, cx, &request.accounts)?;
    let duration = request.duration.filter(|seconds| (1..=i64::from(u32::MAX)).contains(seconds));
    let duration = duration.ok_or_else(|| GroupError::BadParameter("Duration must be a number of seconds above 0".into()))?;
    let description = request.description.unwrap_or_default();
    text_within("Description", &description, limits::BAN_DESCRIPTION_BYTES)?;
    for account in &accounts {
        let role = office(tx, &group, account.tiny_id)?.unwrap_or(Role::Member);
        if role == Role::Owner || matches!(standing, Standing::Inside(own) if own <= role) {
            return Err(GroupError::Forbidden("only people below one's own role can be banned"));
        }
    }
    let operator = operator(tx, cx)?;
    let mut effects = Vec::new();
    for account in &accounts {
        store::ban(tx, group.no, account.tiny_id, cx.now_seconds() + duration, &description)?;
    }
    for account in &accounts {
        let told = tell::notice(cx, &group, notice::BANNED, &operator.user_id, Notice { remark: &description, request: None });
        effects.push(Effect::tell(Audience::User(account.tiny_id), Event::GroupNotice(told)));
        let sessions = cx.rooms.put_out(group.no, account.tiny_id).unwrap_or_default();
        effects.extend(sessions.into_iter().map(|session| Effect::Went { group: group.no, session }));
    }
    Ok(Outcome::done().then_all(effects).then_all(tell_room(tx, cx, &group, &operator, &accounts, Some(duration))?))
}

/// `group_open_http_svc.unban_group_member`: who is not banned is skipped.
pub(crate) fn unban(tx: &Tx<'_>, cx: &Context, request: BanGroupMember) -> Result<Outcome<Empty>, GroupError> {
    let (group, _) = room(tx, cx, request.group_id.as_deref())?;
    let mut free = Vec::new();
    for account in accounts(tx, cx, &request.accounts)? {
        if store::unban(tx, group.no, account.tiny_id)? {
            free.push(account);
        }
    }
    if free.is_empty() {
        return Ok(Outcome::done());
    }
    let operator = operator(tx, cx)?;
    Ok(Outcome::done().then_all(tell_room(tx, cx, &group, &operator, &free, None)?))
}

/// The tip of a ban, with its seconds, or of its end.
fn tell_room(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    operator: &AccountRow,
    accounts: &[AccountRow],
    duration: Option<i64>,
) -> Result<Option<Effect>, GroupError> {
    if tip_of(&cx.app, group.kind, Change::Members) == Tip::Off {
        return Ok(None);
    }
    let op_type = if duration.is_some() { tip::BAN } else { tip::UNBAN };
    let info = |account: &AccountRow| TipMemberInfo { account: account.user_id.clone(), shutup_time: duration.unwrap_or(0) };
    let body = GroupTip {
        member_info: Some(accounts.iter().map(info).collect()),
        ..tell::about(op_type, accounts, cx.rooms.count(group.no))
    };
    tell::tip(tx, cx, group, operator, Change::Members, body)
}

/// `group_open_http_svc.get_group_ban_member`
pub(crate) fn banned(tx: &Tx<'_>, cx: &Context, request: GetGroupBanMember) -> Result<Outcome<BannedAccounts>, GroupError> {
    let (group, _) = room(tx, cx, request.group_id.as_deref())?;
    let limit = match request.limit {
        None | Some(0) => limits::BAN_PAGE,
        Some(limit) if (1..=limits::BAN_PAGE).contains(&limit) => limit,
        Some(_) => return Err(GroupError::BadParameter(format!("Limit may be 1 to {}", limits::BAN_PAGE))),
    };
    let offset = request.offset.unwrap_or(0);
    if offset < 0 {
        return Err(GroupError::BadParameter("Offset may not be negative".into()));
    }
    let mut page = store::bans(tx, group.no, cx.now_seconds(), offset, limit + 1)?;
    let has_more = i64::try_from(page.len()).unwrap_or(0) > limit;
    page.truncate(usize::try_from(limit).unwrap_or(0));
    let list = page
        .into_iter()
        .map(|ban| BannedAccount {
            member_account: ban.user_id,
            banned_until: ban.until,
            description: (!ban.description.is_empty()).then_some(ban.description),
        })
        .collect();
    Ok(Outcome::reply(BannedAccounts { list, next_offset: if has_more { offset + limit } else { 0 } }))
}
