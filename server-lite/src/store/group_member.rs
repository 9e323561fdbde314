//! What changes of a member's row: role, name card, mute, custom fields.

use super::engine::{StoreError, Tx, params};
use super::{GroupNo, TinyId};
use tern_protocol::model::group::Role;

/// A member's role.
pub(crate) fn set_role(tx: &Tx<'_>, group: GroupNo, user: TinyId, role: Role) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE group_member SET role = ?3, rev = ?4 WHERE group_no = ?1 AND tiny_id = ?2",
        params![group, user, i64::from(role.number()), tx.next_rev()],
    )?;
    Ok(())
}

/// A member's name in the group; empty: none.
pub(crate) fn set_name_card(tx: &Tx<'_>, group: GroupNo, user: TinyId, name_card: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE group_member SET name_card = ?3, rev = ?4 WHERE group_no = ?1 AND tiny_id = ?2",
        params![group, user, name_card, tx.next_rev()],
    )?;
    Ok(())
}

/// A member's custom fields, a JSON object.
pub(crate) fn set_custom(tx: &Tx<'_>, group: GroupNo, user: TinyId, custom: &str) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE group_member SET custom = ?3, rev = ?4 WHERE group_no = ?1 AND tiny_id = ?2",
        params![group, user, custom, tx.next_rev()],
    )?;
    Ok(())
}

/// Until when (Unix seconds; 0: not at all) somebody may not speak. Of one who is no member it is kept for a later membership: the row
/// is that of one who left, and no device hears of it.
pub(crate) fn set_mute(tx: &Tx<'_>, group: GroupNo, user: TinyId, until: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_member (group_no, tiny_id, role, joined_at, join_seq, muted_until, rev) VALUES (?1, ?2, 0, 0, 0, ?3, 0)
         ON CONFLICT (group_no, tiny_id) DO UPDATE SET muted_until = excluded.muted_until,
            rev = CASE WHEN role > 0 THEN ?4 ELSE rev END",
        params![group, user, until, tx.next_rev()],
    )?;
    Ok(())
}

/// Who may not speak now, members or not: name and end (Unix seconds), by number.
pub(crate) fn muted(tx: &Tx<'_>, group: GroupNo, now: i64, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT a.user_id, m.muted_until FROM group_member m JOIN account a ON a.tiny_id = m.tiny_id
         WHERE m.group_no = ?1 AND m.muted_until > ?2 AND m.muted_until > 0 ORDER BY m.tiny_id LIMIT ?3",
        params![group, now, limit],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, row.int(1)?))).collect()
}

/// The place of the `count`th newest message above `low` that counts as unread for somebody; `None`: there are not so many.
pub(crate) fn nth_counted(
    tx: &Tx<'_>,
    thread: super::conversation::ThreadId,
    low: i64,
    user: TinyId,
    count: i64,
) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one(
        "SELECT pos FROM message WHERE thread_id = ?1 AND pos > ?2 AND sender <> ?3 AND flags & 193 = 0
         ORDER BY pos DESC LIMIT 1 OFFSET ?4",
        params![thread, low, user, (count - 1).max(0)],
    )?;
    row.map(|row| row.int(0)).transpose()
}
