//! `change_group_owner`: a group is handed on, or gets its first owner.

use super::permission::{Action, Change};
use super::{GroupError, check, existing_member, member_change, named, operator, required, standing, tell};
use crate::service::{Context, Outcome};
use crate::store::engine::Tx;
use crate::store::{account, group, group_member};
use tern_protocol::api::Empty;
use tern_protocol::api::group_member::ChangeGroupOwner;
use tern_protocol::event::{GroupTip, TipGroupInfo, tip};
use tern_protocol::model::group::Role;

/// `group_open_http_svc.change_group_owner`. The former owner stays as a member.
pub(crate) fn change(tx: &Tx<'_>, cx: &Context, request: ChangeGroupOwner) -> Result<Outcome<Empty>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    let name = required("NewOwner_Account", request.new_owner_account.as_deref())?;
    check(&group, Action::Transfer, standing(tx, cx, &group)?)?;
    let (new, _) = existing_member(tx, cx, &group, name)?;
    if group.owner == Some(new.tiny_id) {
        return Ok(Outcome::done());
    }
    let former = group.owner.replace(new.tiny_id);
    if let Some(former) = former
        && group::role(tx, group.no, former)?.is_some()
    {
        group_member::set_role(tx, group.no, former, Role::Member)?;
    }
    group_member::set_role(tx, group.no, new.tiny_id, Role::Owner)?;
    group::update(tx, &mut group, cx.now_seconds())?;
    let new_info = TipGroupInfo { owner: Some(new.user_id.clone()), ..TipGroupInfo::default() };
    let body = GroupTip { op_type: tip::GROUP_INFO, new_info: Some(new_info), ..GroupTip::default() };
    let mut outcome = Outcome::done()
        .then_all(tell::tip(tx, cx, &group, &operator(tx, cx)?, Change::Info, body)?)
        .then(tell::profile_changed(tx, cx, &group)?);
    let former = former.map(|former| account::by_number(tx, former)).transpose()?.flatten();
    let both: Vec<_> = former.into_iter().chain([new]).collect();
    for account in &both {
        outcome = outcome.then_all(member_change::own_devices(tx, &group, account.tiny_id)?);
    }
    Ok(outcome.then_all(tell::members_changed(tx, cx, &group, &both)?))
}
