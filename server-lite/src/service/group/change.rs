//! `modify_group_base_info` and `destroy_group`.

use super::custom::{self, Whose};
use super::permission::{self, Action, Change, Standing};
use super::tell::{self, Notice};
use super::{GroupError, check, check_texts, existing, member, most_members, named, operator, standing};
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
    check_rights(&group, standing, &request)?;
    let before = group.clone();
    let info = set_info(&mut group, &request)?;
    set_options(cx, &mut group, &request)?;
    set_large(&mut group, &request)?;
    if let Some(fields) = &request.app_defined_data {
        group.custom = custom::write(&cx.app, group.kind, standing, Whose::Group, &group.custom, fields)?;
    }
    if group == before {
        return Ok(Outcome::done());
    }
    store::group::update(tx, &mut group, cx.now_seconds())?;
    let operator = match request.from_account.as_deref().filter(|name| !name.is_empty()) {
        Some(name) if cx.caller.is_admin() => existing(tx, cx, name)?,
        _ => operator(tx, cx)?,
    };
    let change = kind_of(&before, &group, info.is_some());
    let body = GroupTip { op_type: tip::GROUP_INFO, new_info: Some(news(&before, &group, &request, info)), ..GroupTip::default() };
    let told = tell::tip(tx, cx, &group, &operator, change, body)?;
    Ok(Outcome::done().then_all(told).then(tell::profile_changed(tx, cx, &group)?))
}

/// Texts and options are of the matrix; custom fields have rights of their own.
fn check_rights(group: &GroupRow, standing: Standing, request: &ModifyGroupBaseInfo) -> Result<(), GroupError> {
    let texts = [&request.name, &request.introduction, &request.notification, &request.face_url];
    let words = [&request.apply_join_option, &request.invite_join_option, &request.mute_all_member, &request.history_before_join];
    let numbers = [request.max_member_num, request.enable_permission, request.support_topic];
    let wants_info = texts.iter().any(|text| text.is_some());
    let wants_options = words.iter().any(|word| word.is_some())
        || numbers.iter().any(|number| number.is_some())
        || request.default_permission.is_some();
    if wants_info {
        check(group, Action::EditInfo, standing)?;
    }
    if wants_options {
        check(group, Action::EditOptions, standing)?;
    }
    if !wants_info && !wants_options && request.app_defined_data.is_none() {
        return Err(GroupError::BadParameter("nothing to change is named".into()));
    }
    Ok(())
}

/// Which row of the notice table a change follows: the first of texts, rights and fields, options.
fn kind_of(before: &GroupRow, now: &GroupRow, texts: bool) -> Change {
    let fields = |group: &GroupRow| (group.custom.clone(), group.enable_permission, group.default_permission);
    match texts {
        true => Change::Info,
        false if fields(before) != fields(now) => Change::Fields,
        false => Change::Options,
    }
}

/// What a tip says that changed.
fn news(before: &GroupRow, now: &GroupRow, request: &ModifyGroupBaseInfo, texts: Option<TipGroupInfo>) -> TipGroupInfo {
    let app_defined = request.app_defined_data.clone().filter(|_| now.custom != before.custom);
    TipGroupInfo {
        apply_join_option: (now.join_option != before.join_option).then(|| now.join_option.apply_wire().into()),
        invite_join_option: (now.invite_option != before.invite_option).then(|| now.invite_option.invite_wire().into()),
        shutup_all: (now.mute_all != before.mute_all).then(|| on_off(now.mute_all).into()),
        app_defined,
        enable_permission: (now.enable_permission != before.enable_permission).then_some(i64::from(now.enable_permission)),
        default_permission: (now.default_permission != before.default_permission).then_some(now.default_permission),
        ..texts.unwrap_or_default()
    }
}

/// What only some types have: history from before joining (Work, Public, Meeting), topics and permission groups (communities).
fn set_large(group: &mut GroupRow, request: &ModifyGroupBaseInfo) -> Result<(), GroupError> {
    let community = group.kind == GroupKind::Community;
    let flag = |field: &str, value: i64| match value {
        0 | 1 => Ok(value == 1),
        _ => Err(GroupError::BadParameter(format!("{field} must be 0 or 1"))),
    };
    if let Some(word) = request.history_before_join.as_deref() {
        if !matches!(group.kind, GroupKind::Work | GroupKind::Public | GroupKind::Meeting) {
            return Err(GroupError::Unsupported(group.kind));
        }
        group.history_before_join = match word {
            "On" => Some(true),
            "Off" => Some(false),
            _ => return Err(GroupError::BadParameter("HistoryMsgBeforeJoin must be On or Off".into())),
        };
    }
    if let Some(value) = request.support_topic {
        match flag("SupportTopic", value)? {
            _ if !community => return Err(GroupError::Unsupported(group.kind)),
            false if group.support_topic => {
                return Err(GroupError::BadParameter("a community with topics keeps them".into()));
            }
            on => group.support_topic = on,
        }
    }
    let topics = community && group.support_topic;
    if let Some(value) = request.enable_permission {
        let on = flag("EnablePermission", value)?;
        if on && !topics {
            return Err(GroupError::Unsupported(group.kind));
        }
        group.enable_permission = on;
    }
    if let Some(bits) = request.default_permission {
        if !topics {
            return Err(GroupError::Unsupported(group.kind));
        }
        group.default_permission = bits.0;
    }
    Ok(())
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
