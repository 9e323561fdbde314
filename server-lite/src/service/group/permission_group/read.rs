//! `get_permission_group`: every member may read.

use super::{Result, bad, found, info, item, opened};
use crate::service::{Context, Outcome};
use crate::store::engine::Tx;
use crate::store::permission_group;
use tern_protocol::ErrorCode;
use tern_protocol::api::permission_group::{GetPermissionGroup, PermissionGroupInfo, PermissionGroupInfos};

/// Permission groups in one answer.
const PAGE: u64 = 20;

/// `group_open_http_svc.get_permission_group`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GetPermissionGroup) -> Result<Outcome<PermissionGroupInfos>> {
    let (group, _) = opened(tx, cx, request.group_id.as_deref())?;
    let ids = request.ids.unwrap_or_default();
    if !ids.is_empty() {
        if ids.len() as u64 > PAGE {
            return Err(bad(format!("PermissionGroupIdList names more than {PAGE} permission groups")));
        }
        let mut infos = Vec::with_capacity(ids.len());
        for id in ids {
            infos.push(match item(found(tx, &group, Some(&id)))? {
                Ok(row) => PermissionGroupInfo { error_code: Some(ErrorCode::OK), error_info: Some(String::new()), ..info(&row) },
                Err((code, text)) => PermissionGroupInfo {
                    permission_group_id: id,
                    error_code: Some(code),
                    error_info: Some(text),
                    ..PermissionGroupInfo::default()
                },
            });
        }
        return Ok(Outcome::reply(PermissionGroupInfos { infos, next: String::new() }));
    }
    let limit = page_size(request.limit, PAGE)?;
    let rows = permission_group::page(tx, group.no, place(request.next.as_deref())?, limit + 1)?;
    let more = rows.len() as u64 > limit;
    let rows = &rows[..rows.len().min(limit as usize)];
    let next = rows.last().filter(|_| more).map(|row| row.no.to_string()).unwrap_or_default();
    Ok(Outcome::reply(PermissionGroupInfos { infos: rows.iter().map(info).collect(), next }))
}

/// `Limit` of a request: absent or 0 is as many as there may be.
pub(super) fn page_size(limit: Option<i64>, most: u64) -> Result<u64> {
    match u64::try_from(limit.unwrap_or(0)) {
        Ok(0) => Ok(most),
        Ok(limit) => Ok(limit.min(most)),
        Err(_) => Err(bad("Limit may not be negative")),
    }
}

/// `Next` of a request: the number after which the page begins.
pub(super) fn place(next: Option<&str>) -> Result<i64> {
    match next.filter(|next| !next.is_empty()) {
        None => Ok(0),
        Some(next) => {
            let place = next.parse().ok().filter(|place| *place >= 0);
            place.ok_or_else(|| bad("Next is of no earlier answer"))
        }
    }
}
