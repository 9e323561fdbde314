//! Admins of a live room, appointed by commands of their own.

use super::members::check_accounts;
use super::{check_kind, store};
use crate::service::group::member_change::tell_role;
use crate::service::group::permission::Standing;
use crate::service::group::{GroupError, existing, named, standing};
use crate::service::{Context, Outcome};
use crate::store::account;
use crate::store::engine::Tx;
use tern_protocol::api::Empty;
use tern_protocol::api::group::GroupName;
use tern_protocol::api::live_room::{ModifyRoomAdmin, RoomAdmin, RoomAdmins};
use tern_protocol::limits;
use tern_protocol::model::group::Role;

/// `group_open_avchatroom_http_svc.modify_admin`: all that are named, or none when the room would have too many.
pub(crate) fn modify_admin(tx: &Tx<'_>, cx: &Context, request: ModifyRoomAdmin) -> Result<Outcome<Empty>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check_kind(&group)?;
    if !cx.app.settings.features.live_admins {
        return Err(GroupError::SwitchedOff("admins of live rooms"));
    }
    match standing(tx, cx, &group)? {
        Standing::AppAdmin | Standing::Inside(Role::Owner) => {}
        _ => return Err(GroupError::Forbidden("only the owner appoints admins")),
    }
    let appoints = match request.command_type {
        Some(1) => true,
        Some(2) => false,
        _ => return Err(GroupError::BadParameter("CommandType must be 1 (appoint) or 2 (dismiss)".into())),
    };
    check_accounts(request.admins.len(), limits::ROOM_BATCH, "Admin_Account")?;
    let role = if appoints { Role::Admin } else { Role::Member };
    let mut effects = Vec::new();
    for name in &request.admins {
        let account = existing(tx, cx, name)?;
        let user = account.tiny_id;
        if appoints && group.owner == Some(user) {
            return Err(GroupError::Forbidden("the owner is above admins already"));
        }
        if store::is_admin(tx, group.no, user)? == appoints {
            continue;
        }
        match appoints {
            true => store::add_admin(tx, group.no, user, cx.now_seconds())?,
            false => store::remove_admin(tx, group.no, user)?,
        }
        effects.extend(tell_role(tx, cx, &group, &account, role)?);
    }
    if store::admins(tx, group.no)?.len() > limits::ROOM_ADMINS {
        return Err(GroupError::BadParameter(format!("a live room may have {} admins", limits::ROOM_ADMINS)));
    }
    Ok(Outcome::done().then_all(effects))
}

/// `group_open_avchatroom_http_svc.get_admin_list`
pub(crate) fn admins(tx: &Tx<'_>, cx: &Context, request: GroupName) -> Result<Outcome<RoomAdmins>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    check_kind(&group)?;
    if standing(tx, cx, &group)? == Standing::Outside {
        return Err(GroupError::Forbidden("only those who are inside may ask for its admins"));
    }
    let mut list = Vec::new();
    for user in store::admins(tx, group.no)? {
        if let Some(account) = account::by_number(tx, user)? {
            list.push(RoomAdmin { admin_account: account.user_id, nick_name: account.nick, avatar: account.face_url });
        }
    }
    Ok(Outcome::reply(RoomAdmins { list }))
}
