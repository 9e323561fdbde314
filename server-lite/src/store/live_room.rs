//! What of live rooms is stored: numbers reserved for messages, admins, bans. Who is inside is in memory alone.

use super::engine::{StoreError, Tx, params};
use super::{GroupNo, TinyId};
use tern_protocol::SdkAppId;

/// The number from which none was used; 1: none ever was.
pub(crate) fn reserved(tx: &Tx<'_>, app: SdkAppId, group: GroupNo) -> Result<u64, StoreError> {
    let row = tx.query_one("SELECT reserved FROM room_seq WHERE sdk_app_id = ?1 AND group_no = ?2", params![app.0, group])?;
    row.map_or(Ok(1), |row| row.u64(0))
}

/// Reserves numbers below this one.
pub(crate) fn reserve(tx: &Tx<'_>, app: SdkAppId, group: GroupNo, below: u64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO room_seq (sdk_app_id, group_no, reserved) VALUES (?1, ?2, ?3)
         ON CONFLICT (sdk_app_id, group_no) DO UPDATE SET reserved = excluded.reserved",
        params![app.0, group, below],
    )?;
    Ok(())
}

/// Admins of a room, in the order of their appointment.
pub(crate) fn admins(tx: &Tx<'_>, group: GroupNo) -> Result<Vec<TinyId>, StoreError> {
    let rows = tx.query("SELECT tiny_id FROM room_admin WHERE group_no = ?1 ORDER BY since, tiny_id", params![group])?;
    rows.iter().map(|row| Ok(TinyId(row.u64(0)?))).collect()
}

/// Whether somebody is a room's admin.
pub(crate) fn is_admin(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM room_admin WHERE group_no = ?1 AND tiny_id = ?2", params![group, user])?.is_some())
}

/// Appoints an admin.
pub(crate) fn add_admin(tx: &Tx<'_>, group: GroupNo, user: TinyId, now: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO room_admin (group_no, tiny_id, since) VALUES (?1, ?2, ?3) ON CONFLICT (group_no, tiny_id) DO NOTHING",
        params![group, user, now],
    )?;
    Ok(())
}

/// Dismisses an admin.
pub(crate) fn remove_admin(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM room_admin WHERE group_no = ?1 AND tiny_id = ?2", params![group, user])?;
    Ok(())
}

/// A ban.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ban {
    /// Who.
    pub(crate) user: TinyId,
    /// UserID.
    pub(crate) user_id: String,
    /// Unix seconds.
    pub(crate) until: i64,
    /// Why.
    pub(crate) description: String,
}

/// Until when (Unix seconds) somebody is banned; `None`: not now.
pub(crate) fn banned_until(tx: &Tx<'_>, group: GroupNo, user: TinyId, now: i64) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one(
        "SELECT banned_until FROM room_ban WHERE group_no = ?1 AND tiny_id = ?2 AND banned_until > ?3",
        params![group, user, now],
    )?;
    row.map(|row| row.int(0)).transpose()
}

/// Bans, or bans anew.
pub(crate) fn ban(tx: &Tx<'_>, group: GroupNo, user: TinyId, until: i64, description: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO room_ban (group_no, tiny_id, banned_until, description) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_no, tiny_id) DO UPDATE SET banned_until = excluded.banned_until, description = excluded.description",
        params![group, user, until, description],
    )?;
    Ok(())
}

/// Ends a ban; `false`: there was none.
pub(crate) fn unban(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM room_ban WHERE group_no = ?1 AND tiny_id = ?2", params![group, user])? > 0)
}

/// A page of bans that hold now.
pub(crate) fn bans(tx: &Tx<'_>, group: GroupNo, now: i64, offset: i64, limit: i64) -> Result<Vec<Ban>, StoreError> {
    let rows = tx.query(
        "SELECT b.tiny_id, a.user_id, b.banned_until, b.description FROM room_ban b JOIN account a ON a.tiny_id = b.tiny_id
         WHERE b.group_no = ?1 AND b.banned_until > ?2 ORDER BY b.tiny_id LIMIT ?3 OFFSET ?4",
        params![group, now, limit, offset],
    )?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Ban { user: TinyId(row.u64(0)?), user_id: row.take_text(1)?, until: row.int(2)?, description: row.take_text(3)? })
        })
        .collect()
}

/// Takes away bans that are over.
pub(crate) fn end_bans(tx: &Tx<'_>, now: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM room_ban WHERE banned_until <= ?1", params![now])?;
    Ok(())
}

/// Takes away what is stored of a room that ended; its numbers stay used.
pub(crate) fn forget(tx: &Tx<'_>, group: GroupNo) -> Result<(), StoreError> {
    tx.execute("DELETE FROM room_admin WHERE group_no = ?1", params![group])?;
    tx.execute("DELETE FROM room_ban WHERE group_no = ?1", params![group])?;
    Ok(())
}
