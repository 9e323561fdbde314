//! `create_permission_group`, `modify_permission_group` and `destroy_permission_group`.

use super::{PermissionGroupError, Result, bad, found, info, item, must, opened, told};
use crate::service::group::text_within;
use crate::service::{Context, Outcome};
use crate::store::GroupNo;
use crate::store::engine::Tx;
use crate::store::permission_group::{self, PermissionGroupRow};
use tern_protocol::api::Empty;
use tern_protocol::api::permission_group::{
    CreatePermissionGroup, DestroyPermissionGroup, ModifyPermissionGroup, PermissionGroupCreated, PermissionGroupResult,
    PermissionGroupResults,
};
use tern_protocol::event::{PermissionNotice, permission};
use tern_protocol::model::permission::GroupRight;
use tern_protocol::{PermissionGroupId, limits};

/// Permission groups in one `destroy_permission_group`.
const DESTROYED: usize = 20;
/// Characters of a made ID after its prefix.
const MADE_ID_LENGTH: usize = 9;
/// Without characters that look alike.
const MADE_ID_ALPHABET: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// `group_open_http_svc.create_permission_group`
pub(crate) fn create(tx: &Tx<'_>, cx: &Context, request: CreatePermissionGroup) -> Result<Outcome<PermissionGroupCreated>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    must(standing, GroupRight::ManagePermissionGroupInfo, None)?;
    let name = request.name.filter(|name| !name.is_empty()).ok_or_else(|| bad("PermissionGroupName is missing"))?;
    let custom = request.custom.unwrap_or_default();
    check_texts(&name, &custom)?;
    let id = match request.permission_group_id.filter(|id| !id.is_empty()) {
        Some(chosen) => custom_id(tx, group.no, chosen)?,
        None => made_id(tx, cx, group.no)?,
    };
    if permission_group::count(tx, group.no)? >= limits::PERMISSION_GROUPS as u64 {
        return Err(PermissionGroupError::TooMany(limits::PERMISSION_GROUPS));
    }
    let permission = request.permission.unwrap_or_default();
    let row = PermissionGroupRow { no: 0, id, name, permission, custom, member_num: 0, created_at: cx.now_seconds() };
    permission_group::insert(tx, group.no, &row)?;
    permission_group::touch_group(tx, group.no)?;
    let notice = PermissionNotice { infos: Some(vec![info(&row)]), ..PermissionNotice::default() };
    let told = told(tx, cx, &group, permission::CREATED, vec![row.id.clone()], notice)?;
    Ok(Outcome::reply(PermissionGroupCreated { permission_group_id: row.id }).then(told))
}

fn check_texts(name: &str, custom: &str) -> Result<()> {
    text_within("PermissionGroupName", name, limits::PERMISSION_GROUP_NAME_BYTES)?;
    text_within("CustomString", custom, limits::PERMISSION_GROUP_CUSTOM_BYTES)?;
    Ok(())
}

fn custom_id(tx: &Tx<'_>, group: GroupNo, chosen: String) -> Result<String> {
    let id = PermissionGroupId::parse_custom(chosen).map_err(|error| bad(format!("PermissionGroupId: {error}")))?;
    match permission_group::find(tx, group, id.as_str())? {
        None => Ok(id.into()),
        Some(_) => Err(PermissionGroupError::IdTaken(id)),
    }
}

fn made_id(tx: &Tx<'_>, cx: &Context, group: GroupNo) -> Result<String> {
    loop {
        let mut random = cx.random.u64();
        let mut id = String::from(PermissionGroupId::MADE_PREFIX);
        for _ in 0..MADE_ID_LENGTH {
            id.push(char::from(MADE_ID_ALPHABET[(random % 32) as usize]));
            random /= 32;
        }
        // 2^45 names: a second round is a curiosity.
        if permission_group::find(tx, group, &id)?.is_none() {
            return Ok(id);
        }
    }
}

/// `group_open_http_svc.modify_permission_group`
pub(crate) fn modify(tx: &Tx<'_>, cx: &Context, request: ModifyPermissionGroup) -> Result<Outcome<Empty>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    must(standing, GroupRight::ManagePermissionGroupInfo, None)?;
    let before = found(tx, &group, request.permission_group_id.as_deref())?;
    let now = PermissionGroupRow {
        // A name cannot be empty, and clients that fill every field send "" for "not set".
        name: request.name.filter(|name| !name.is_empty()).unwrap_or_else(|| before.name.clone()),
        permission: request.permission.unwrap_or(before.permission),
        custom: request.custom.unwrap_or_else(|| before.custom.clone()),
        ..before.clone()
    };
    check_texts(&now.name, &now.custom)?;
    if now == before {
        return Ok(Outcome::done());
    }
    permission_group::update(tx, &now)?;
    permission_group::touch_group(tx, group.no)?;
    let notice = PermissionNotice { infos: Some(vec![info(&now)]), ..PermissionNotice::default() };
    Ok(Outcome::done().then(told(tx, cx, &group, permission::CHANGED, vec![now.id], notice)?))
}

/// `group_open_http_svc.destroy_permission_group`: each has its own code.
pub(crate) fn destroy(tx: &Tx<'_>, cx: &Context, request: DestroyPermissionGroup) -> Result<Outcome<PermissionGroupResults>> {
    let (group, standing) = opened(tx, cx, request.group_id.as_deref())?;
    must(standing, GroupRight::ManagePermissionGroupInfo, None)?;
    if request.ids.is_empty() || request.ids.len() > DESTROYED {
        return Err(bad(format!("PermissionGroupIdList must name 1 to {DESTROYED} permission groups")));
    }
    let mut results = Vec::with_capacity(request.ids.len());
    let mut gone = Vec::new();
    for id in request.ids {
        let (error_code, error_info) = match item(found(tx, &group, Some(&id)))? {
            Err(refused) => refused,
            Ok(row) => {
                permission_group::delete(tx, row.no)?;
                gone.push(row.id);
                Default::default()
            }
        };
        results.push(PermissionGroupResult { permission_group_id: id, error_code, error_info });
    }
    let mut outcome = Outcome::reply(PermissionGroupResults { results });
    if !gone.is_empty() {
        permission_group::touch_group(tx, group.no)?;
        outcome = outcome.then(told(tx, cx, &group, permission::DELETED, gone, PermissionNotice::default())?);
    }
    Ok(outcome)
}
