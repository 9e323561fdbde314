//! `modify_group_base_info` and `destroy_group`.

use super::permission::{self, Action, Change};
use super::tell::{self, Notice};
use super::{GroupError, check, check_texts, existing, member, merge_custom, most_members, named, operator, standing};
use crate::service::{Audience, Context, Effect, Outcome};
use crate::store;
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use tern_protocol::api::Empty;
use tern_protocol::api::group::{GroupName, ModifyGroupBaseInfo};
use tern_protocol::event::{Event, GroupTip, TipGroupInfo, notice, tip};
use tern_protocol::model::group::{GroupKind, JoinOption};

/// `group_open_http_svc.modify_group_base_info`
pub(crate) fn modify(tx: &Tx<'_>, cx: &Context, request: ModifyGroupBaseInfo) -> Result<Outcome<Empty>, GroupError> {
    let mut group = named(tx, cx, request.group_id.as_deref())?;
    let standing = standing(tx, cx, &group)?;
    let wants_info =
        [&request.name, &request.introduction, &request.notification, &request.face_url].iter().any(|text| text.is_some());
    let wants_options = request.max_member_num.is_some()
        || request.app_defined_data.is_some()
        || [&request.apply_join_option, &request.invite_join_option, &request.mute_all_member].iter().any(|text| text.is_some());
    if wants_info {
        check(&group, Action::EditInfo, standing)?;
    }
    if wants_options {
        check(&group, Action::EditOptions, standing)?;
    }
    if !wants_info && !wants_options {
        return Err(GroupError::BadParameter("nothing to change is named".into()));
    }
    let before = group.clone();
    let info = set_info(&mut group, &request)?;
    set_options(cx, &mut group, &request)?;
    if group == before {
        return Ok(Outcome::done());
    }
    store::group::update(tx, &mut group, cx.now_seconds())?;
    let operator = match request.from_account.as_deref().filter(|name| !name.is_empty()) {
        Some(name) if cx.caller.is_admin() => existing(tx, cx, name)?,
        _ => operator(tx, cx)?,
    };
    let change = if info.is_some() { Change::Info } else { Change::Options };
    let new_info = TipGroupInfo {
        apply_join_option: (group.join_option != before.join_option).then(|| group.join_option.apply_wire().into()),
        shutup_all: (group.mute_all != before.mute_all).then(|| on_off(group.mute_all).into()),
        ..info.unwrap_or_default()
    };
    let body = GroupTip { op_type: tip::GROUP_INFO, new_info: Some(new_info), ..GroupTip::default() };
    let told = tell::tip(tx, cx, &group, &operator, change, body)?;
    Ok(Outcome::done().then_all(told).then(tell::profile_changed(tx, cx, &group)?))
}

/// `On` or `Off`.
pub(crate) fn on_off(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

/// Changes the texts; answers what really changed.
fn set_info(group: &mut GroupRow, request: &ModifyGroupBaseInfo) -> Result<Option<TipGroupInfo>, GroupError> {
    // A name cannot be empty, and clients that fill every field send "" for "not set".
    let name = request.name.clone().filter(|name| !name.is_empty());
    let (introduction, notification, face_url) =
        (request.introduction.clone(), request.notification.clone(), request.face_url.clone());
    check_texts(name.as_deref(), introduction.as_deref(), notification.as_deref(), face_url.as_deref())?;
    let replace = |slot: &mut String, new: Option<String>| {
        let new = new.filter(|new| new != slot)?;
        slot.clone_from(&new);
        Some(new)
    };
    let changed = TipGroupInfo {
        group_name: replace(&mut group.name, name),
        introduction: replace(&mut group.introduction, introduction),
        notification: replace(&mut group.notification, notification),
        group_face_url: replace(&mut group.face_url, face_url),
        ..TipGroupInfo::default()
    };
    let any = [&changed.group_name, &changed.introduction, &changed.notification, &changed.group_face_url]
        .iter()
        .any(|text| text.is_some());
    Ok(any.then_some(changed))
}

fn set_options(cx: &Context, group: &mut GroupRow, request: &ModifyGroupBaseInfo) -> Result<(), GroupError> {
    let bad = |field: &str| GroupError::BadParameter(format!("{field} is no known word"));
    let rules = permission::options(group.kind);
    if let Some(word) = request.apply_join_option.as_deref() {
        let wanted = JoinOption::parse_apply(word).ok_or_else(|| bad("ApplyJoinOption"))?;
        if wanted != group.join_option && !rules.join_modifiable {
            return Err(GroupError::Unsupported(group.kind));
        }
        group.join_option = wanted;
    }
    if let Some(word) = request.invite_join_option.as_deref() {
        let wanted = JoinOption::parse_invite(word).ok_or_else(|| bad("InviteJoinOption"))?;
        if wanted != group.invite_option && !rules.invite_choosable {
            return Err(GroupError::Unsupported(group.kind));
        }
        group.invite_option = wanted;
    }
    match request.mute_all_member.as_deref() {
        None => {}
        Some("On") => group.mute_all = true,
        Some("Off") => group.mute_all = false,
        Some(_) => return Err(bad("MuteAllMember")),
    }
    if let Some(wanted) = request.max_member_num {
        let most = most_members(&cx.app, group.kind);
        match u64::try_from(wanted) {
            Ok(_) if most == 0 => return Err(GroupError::Unsupported(group.kind)),
            Ok(wanted) if wanted > most => return Err(GroupError::MemberLimit(most)),
            Ok(wanted) if wanted > 0 => group.max_members = wanted,
            _ => return Err(GroupError::BadParameter("MaxMemberNum must be at least 1".into())),
        }
    }
    if let Some(fields) = &request.app_defined_data {
        group.custom = merge_custom(&cx.app, &group.custom, fields, false)?;
    }
    Ok(())
}

/// `group_open_http_svc.destroy_group`: all members are told, nobody hears the group afterwards.
pub(crate) fn destroy(tx: &Tx<'_>, cx: &Context, request: GroupName) -> Result<Outcome<Empty>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check(&group, Action::Dismiss, standing(tx, cx, &group)?)?;
    store::group::dismiss(tx, group.no, cx.now_seconds())?;
    if group.kind == GroupKind::AvChatRoom {
        store::live_room::forget(tx, group.no)?;
        cx.rooms.forget(group.no);
    }
    let operator = operator(tx, cx)?;
    let owner = member::owner_name(tx, &group)?;
    let message = tell::notice(cx, &group, notice::DISMISSED, &operator.user_id, Notice::default());
    let gone = tell::sync_group(&group, owner.as_deref(), None, "");
    let everybody = Audience::Group(group.no);
    Ok(Outcome::done()
        .then(Effect::tell_others(everybody.clone(), Event::GroupNotice(message), &cx.caller))
        .then(Effect::tell_others(everybody, Event::Group(gone), &cx.caller))
        .then(Effect::Dismissed { group: group.no }))
}
