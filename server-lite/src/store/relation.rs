//! Friends and block lists.

use super::TinyId;
use super::engine::{Row, StoreError, Tx, params};

/// A friend to write down.
#[derive(Clone, Debug)]
pub(crate) struct NewFriend<'a> {
    /// In whose list.
    pub(crate) owner: TinyId,
    /// Who.
    pub(crate) friend: TinyId,
    /// Unix seconds.
    pub(crate) added_at: i64,
    pub(crate) remark: &'a str,
    pub(crate) source: &'a str,
    pub(crate) wording: &'a str,
    /// JSON list.
    pub(crate) groups: &'a str,
    /// JSON object.
    pub(crate) custom: &'a str,
}

/// Whether `owner` has `friend` in its list.
pub(crate) fn is_friend(tx: &Tx<'_>, owner: TinyId, friend: TinyId) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM friend WHERE owner = ?1 AND friend = ?2", params![owner, friend])?.is_some())
}

/// How many friends somebody has.
pub(crate) fn friends(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM friend WHERE owner = ?1", params![owner])?.map_or(Ok(0), |row| row.int(0))
}

/// The lists of friend groups of all friends of somebody, as JSON.
pub(crate) fn friend_groups(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<String>, StoreError> {
    let rows = tx.query("SELECT DISTINCT groups FROM friend WHERE owner = ?1 AND groups <> '[]'", params![owner])?;
    rows.into_iter().map(|mut row| row.take_text(0)).collect()
}

/// A friend as it is written down.
#[derive(Clone, Debug)]
pub(crate) struct FriendRow {
    /// Name.
    pub(crate) user_id: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
    pub(crate) remark: String,
    pub(crate) source: String,
    pub(crate) wording: String,
    /// JSON list.
    pub(crate) groups: String,
    /// JSON object.
    pub(crate) custom: String,
}

/// A page of somebody's friends, the first first.
pub(crate) fn friend_page(tx: &Tx<'_>, owner: TinyId, skip: u64, limit: u64) -> Result<Vec<FriendRow>, StoreError> {
    let rows = tx.query(
        "SELECT a.user_id, f.added_at, f.remark, f.source, f.wording, f.groups, f.custom
         FROM friend AS f JOIN account AS a ON a.tiny_id = f.friend AND a.deleted_at = 0
         WHERE f.owner = ?1 ORDER BY f.added_at, f.friend LIMIT ?3 OFFSET ?2",
        params![owner, skip, limit],
    )?;
    let read = |mut row: Row| {
        Ok(FriendRow {
            user_id: row.take_text(0)?,
            added_at: row.int(1)?,
            remark: row.take_text(2)?,
            source: row.take_text(3)?,
            wording: row.take_text(4)?,
            groups: row.take_text(5)?,
            custom: row.take_text(6)?,
        })
    };
    rows.into_iter().map(read).collect()
}

/// A number that is another one whenever a friend came, changed or went; 0: there is none.
pub(crate) fn friend_sequence(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    // More than a list may hold: a friend who went leaves no number of a change behind.
    const LIST: i64 = 4_096;
    let row = tx.query_one("SELECT COALESCE(MAX(rev), 0), COUNT(*) FROM friend WHERE owner = ?1", params![owner])?;
    let row = row.unwrap_or_default();
    Ok(row.int(0)? * LIST + row.int(1)?)
}

/// Writes a friend, new or changed.
pub(crate) fn put_friend(tx: &Tx<'_>, new: &NewFriend<'_>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO friend (owner, friend, added_at, remark, source, wording, groups, custom, rev)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)
         ON CONFLICT (owner, friend) DO UPDATE SET added_at = excluded.added_at, remark = excluded.remark, source = excluded.source,
           wording = excluded.wording, groups = excluded.groups, custom = excluded.custom, rev = excluded.rev",
        params![new.owner, new.friend, new.added_at, new.remark, new.source, new.wording, new.groups, new.custom, tx.next_rev()],
    )?;
    Ok(())
}

/// Ends a friendship in one direction; whether there was one.
pub(crate) fn remove_friend(tx: &Tx<'_>, owner: TinyId, friend: TinyId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM friend WHERE owner = ?1 AND friend = ?2", params![owner, friend])? > 0)
}

/// Whether `owner` blocks somebody.
pub(crate) fn blocks(tx: &Tx<'_>, owner: TinyId, blocked: TinyId) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM block WHERE owner = ?1 AND blocked = ?2", params![owner, blocked])?.is_some())
}

/// How many somebody blocks.
pub(crate) fn blocked(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM block WHERE owner = ?1", params![owner])?.map_or(Ok(0), |row| row.int(0))
}

/// Blocks somebody; whether that is new.
pub(crate) fn block(tx: &Tx<'_>, owner: TinyId, blocked: TinyId, now: i64) -> Result<bool, StoreError> {
    let rev = tx.next_rev();
    let made = tx.execute(
        "INSERT INTO block (owner, blocked, added_at, rev) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (owner, blocked) DO NOTHING",
        params![owner, blocked, now, rev],
    )?;
    Ok(made > 0)
}

/// Unblocks somebody; whether it was blocked.
pub(crate) fn unblock(tx: &Tx<'_>, owner: TinyId, blocked: TinyId) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM block WHERE owner = ?1 AND blocked = ?2", params![owner, blocked])? > 0)
}

/// Somebody on a block list.
#[derive(Clone, Debug)]
pub(crate) struct Blocked {
    /// Name.
    pub(crate) user_id: String,
    /// Unix seconds.
    pub(crate) added_at: i64,
}

/// A page of a block list, the first blocked first.
pub(crate) fn block_page(tx: &Tx<'_>, owner: TinyId, skip: i64, limit: i64) -> Result<Vec<Blocked>, StoreError> {
    let rows = tx.query(
        "SELECT a.user_id, b.added_at FROM block AS b JOIN account AS a ON a.tiny_id = b.blocked AND a.deleted_at = 0
         WHERE b.owner = ?1 ORDER BY b.added_at, b.blocked LIMIT ?3 OFFSET ?2",
        params![owner, skip, limit],
    )?;
    rows.into_iter().map(|mut row| Ok(Blocked { user_id: row.take_text(0)?, added_at: row.int(1)? })).collect()
}

/// Number of the last change of a block list that is still there; 0: it is empty.
pub(crate) fn block_rev(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COALESCE(MAX(rev), 0) FROM block WHERE owner = ?1", params![owner])?;
    row.map_or(Ok(0), |row| row.int(0))
}
