//! Muting members (`contract/client-semantics.md` 7.5): `forbid_send_msg`, `get_group_muted_account`. A mute ends by the clock and
//! survives leaving and coming back.

use super::permission::{Action, Change, Standing};
use super::{GroupError, check, existing, member_change, named, operator, standing, tell, topic};
use crate::service::{Context, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::{TinyId, group_member, topic as topics};
use std::collections::HashSet;
use tern_protocol::api::Empty;
use tern_protocol::api::group_member::{ForbidSendMsg, GetGroupMutedAccount, MutedAccount, MutedAccounts, ShuttedUin};
use tern_protocol::event::{GroupTip, TipMemberInfo, tip};
use tern_protocol::model::group::Role;

/// Accounts in one `forbid_send_msg`.
const ACCOUNTS: usize = 500;
/// The longest mute; it never ends. Also the end that is told then.
const FOR_EVER: i64 = u32::MAX as i64;
/// Muted accounts that fit one answer.
const LISTED: i64 = 10_000;

/// Refuses what is no number of seconds.
pub(super) fn check_seconds(seconds: i64) -> Result<(), GroupError> {
    match (0..=FOR_EVER).contains(&seconds) {
        true => Ok(()),
        false => Err(GroupError::BadParameter("MuteTime is no number of seconds from 0 to 4294967295".into())),
    }
}

/// `group_open_http_svc.forbid_send_msg`
pub(crate) fn forbid(tx: &Tx<'_>, cx: &Context, request: ForbidSendMsg) -> Result<Outcome<Empty>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    let topic = topic::named(tx, cx, &group, request.topic_id.as_deref())?;
    if request.members_account.is_empty() {
        return Err(GroupError::BadParameter("Members_Account is missing".into()));
    }
    if request.members_account.len() > ACCOUNTS {
        return Err(GroupError::TooManyAccounts(ACCOUNTS));
    }
    let seconds = request.mute_time.ok_or_else(|| GroupError::BadParameter("MuteTime is missing".into()))?;
    check_seconds(seconds)?;
    let standing = standing(tx, cx, topic.as_ref().unwrap_or(&group))?;
    check(&group, Action::MuteMembers, standing)?;
    let mut seen = HashSet::new();
    let mut accounts = Vec::new();
    for name in &request.members_account {
        let account = existing(tx, cx, name)?;
        let role = super::role_of(tx, &group, account.tiny_id)?;
        let too_high = match standing {
            Standing::Inside(own) => role >= Some(own),
            Standing::Granted(_) => role == Some(Role::Owner),
            Standing::AppAdmin | Standing::Outside => false,
        };
        if too_high {
            return Err(GroupError::Forbidden("only members below one's own role can be muted"));
        }
        if seen.insert(account.tiny_id) {
            accounts.push(account);
        }
    }
    let told = set(tx, cx, topic.as_ref().unwrap_or(&group), &accounts, seconds)?;
    // A mute in a topic stands in no list of members.
    let shown = match topic.is_none() && !told.is_empty() {
        true => tell::members_changed(tx, cx, &group, &accounts)?,
        false => None,
    };
    Ok(Outcome::done().then_all(told).then_all(shown))
}

/// Until when somebody is muted in a group, or in a topic alone.
fn muted_until(tx: &Tx<'_>, group: &GroupRow, user: TinyId) -> Result<i64, StoreError> {
    match group.no.is_topic() {
        true => Ok(topics::own_place(tx, group.no, user)?.muted_until),
        false => Ok(group::member(tx, group.no, user)?.map_or(0, |member| member.muted_until)),
    }
}

/// Mutes accounts in a group or a topic, or lifts their mutes, and tells all members and the devices of those concerned.
pub(super) fn set(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    accounts: &[AccountRow],
    seconds: i64,
) -> Result<Vec<Effect>, GroupError> {
    let now = cx.now_seconds();
    let until = if seconds == 0 { 0 } else { now.saturating_add(seconds).min(FOR_EVER) };
    let (mut changed, mut own) = (Vec::new(), Vec::new());
    for account in accounts {
        let before = muted_until(tx, group, account.tiny_id)?;
        if until == 0 && before <= now {
            continue;
        }
        changed.push(account.clone());
        if group.no.is_topic() {
            topics::set_muted(tx, group.no, account.tiny_id, until)?;
            own.extend(topic::tell_own(tx, group, account.tiny_id)?);
        } else {
            group_member::set_mute(tx, group.no, account.tiny_id, until)?;
            own.extend(member_change::own_devices(tx, group, account.tiny_id)?);
        }
    }
    if changed.is_empty() {
        return Ok(Vec::new());
    }
    let muted = changed.iter().map(|account| TipMemberInfo { account: account.user_id.clone(), shutup_time: seconds }).collect();
    let body = GroupTip { member_info: Some(muted), ..tell::about(tip::MEMBER_INFO, &changed, group.member_num) };
    let mut effects: Vec<_> = tell::tip(tx, cx, group, &operator(tx, cx)?, Change::Standing, body)?.into_iter().collect();
    effects.extend(own);
    Ok(effects)
}

/// `group_open_http_svc.get_group_muted_account`, and under its old name.
pub(crate) fn list(tx: &Tx<'_>, cx: &Context, request: GetGroupMutedAccount) -> Result<Outcome<MutedAccounts>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    let topic = topic::named(tx, cx, &group, request.topic_id.as_deref())?;
    if standing(tx, cx, &group)? == Standing::Outside {
        return Err(GroupError::Forbidden("only members of the group may do this"));
    }
    let muted = match &topic {
        Some(topic) => topics::muted(tx, topic.no, cx.now_seconds(), LISTED + 1)?,
        None => group_member::muted(tx, group.no, cx.now_seconds(), LISTED + 1)?,
    };
    if muted.len() as i64 > LISTED {
        return Err(GroupError::AnswerTooLong);
    }
    let old = |(name, until): &(String, i64)| ShuttedUin { member_account: name.clone(), shutted_until: *until };
    let shutted_uin_list = muted.iter().map(old).collect();
    let new = |(member_account, muted_until)| MutedAccount { member_account, muted_until };
    let muted_account_list = muted.into_iter().map(new).collect();
    Ok(Outcome::reply(MutedAccounts { group_id: group.group_id, muted_account_list, shutted_uin_list }))
}
