//! Rows of permission groups, of who is in them and of their rights in single topics.

use super::engine::{Row, StoreError, Tx, params};
use super::group::{NamedMember, read_named};
use super::{GroupNo, TinyId};
use tern_protocol::model::permission::Permission;

/// A permission group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PermissionGroupRow {
    /// Its number; 0: not written yet.
    pub(crate) no: i64,
    /// Its name on the wire.
    pub(crate) id: String,
    /// What people call it.
    pub(crate) name: String,
    /// Rights in the community.
    pub(crate) permission: Permission,
    /// The integrator's own text.
    pub(crate) custom: String,
    /// Members now.
    pub(crate) member_num: u64,
    /// Unix seconds.
    pub(crate) created_at: i64,
}

const COLUMNS: &str = "p.permission_no, p.permission_group_id, p.name, p.permission, p.custom, p.member_num, p.created_at";

fn read(mut row: Row) -> Result<PermissionGroupRow, StoreError> {
    Ok(PermissionGroupRow {
        no: row.int(0)?,
        id: row.take_text(1)?,
        name: row.take_text(2)?,
        permission: bits(&row, 3)?,
        custom: row.take_text(4)?,
        member_num: row.u64(5)?,
        created_at: row.int(6)?,
    })
}

fn bits(row: &Row, column: usize) -> Result<Permission, StoreError> {
    Ok(Permission(row.int(column)?.cast_unsigned()))
}

/// A permission group by its ID.
pub(crate) fn find(tx: &Tx<'_>, group: GroupNo, id: &str) -> Result<Option<PermissionGroupRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM permission_group p WHERE p.group_no = ?1 AND p.permission_group_id = ?2");
    tx.query_one(&sql, params![group, id])?.map(read).transpose()
}

/// Permission groups after a number, the oldest first.
pub(crate) fn page(tx: &Tx<'_>, group: GroupNo, after: i64, limit: u64) -> Result<Vec<PermissionGroupRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM permission_group p WHERE p.group_no = ?1 AND p.permission_no > ?2 ORDER BY p.permission_no LIMIT ?3"
    );
    tx.query(&sql, params![group, after, limit])?.into_iter().map(read).collect()
}

/// How many permission groups a community has.
pub(crate) fn count(tx: &Tx<'_>, group: GroupNo) -> Result<u64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM permission_group WHERE group_no = ?1", params![group])?.unwrap_or_default().u64(0)
}

/// Writes a new permission group down.
pub(crate) fn insert(tx: &Tx<'_>, group: GroupNo, row: &PermissionGroupRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO permission_group (group_no, permission_group_id, name, permission, custom, created_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![group, &row.id, &row.name, row.permission.0.cast_signed(), &row.custom, row.created_at],
    )?;
    Ok(())
}

/// Writes name, rights and custom text back.
pub(crate) fn update(tx: &Tx<'_>, row: &PermissionGroupRow) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE permission_group SET name = ?2, permission = ?3, custom = ?4 WHERE permission_no = ?1",
        params![row.no, &row.name, row.permission.0.cast_signed(), &row.custom],
    )?;
    Ok(())
}

/// Ends a permission group: nobody is in it any more and its rights in topics are gone.
pub(crate) fn delete(tx: &Tx<'_>, no: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM permission_group_topic WHERE permission_no = ?1", params![no])?;
    tx.execute("DELETE FROM permission_group_member WHERE permission_no = ?1", params![no])?;
    tx.execute("DELETE FROM permission_group WHERE permission_no = ?1", params![no])?;
    Ok(())
}

/// Ends all permission groups of a community.
pub(crate) fn forget_group(tx: &Tx<'_>, group: GroupNo) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM permission_group_topic WHERE permission_no IN (SELECT permission_no FROM permission_group WHERE group_no = ?1)",
        params![group],
    )?;
    tx.execute("DELETE FROM permission_group_member WHERE group_no = ?1", params![group])?;
    tx.execute("DELETE FROM permission_group WHERE group_no = ?1", params![group])?;
    Ok(())
}

/// The rights that the permission groups of a member give together: in the community, and in a topic what is set for it. `None`: he is
/// in none.
pub(crate) fn granted(
    tx: &Tx<'_>,
    group: GroupNo,
    user: TinyId,
    topic: Option<&str>,
) -> Result<Option<(Permission, Permission)>, StoreError> {
    let rows = match topic {
        None => tx.query(
            "SELECT p.permission, 0 FROM permission_group_member m JOIN permission_group p ON p.permission_no = m.permission_no
             WHERE m.group_no = ?1 AND m.tiny_id = ?2",
            params![group, user],
        )?,
        Some(topic) => tx.query(
            "SELECT p.permission, COALESCE(t.permission, 0) FROM permission_group_member m
             JOIN permission_group p ON p.permission_no = m.permission_no
             LEFT JOIN permission_group_topic t ON t.permission_no = m.permission_no AND t.topic_id = ?3
             WHERE m.group_no = ?1 AND m.tiny_id = ?2",
            params![group, user, topic],
        )?,
    };
    let mut sum: Option<(Permission, Permission)> = None;
    for row in &rows {
        let (of_group, of_topic) = sum.unwrap_or_default();
        sum = Some((of_group.or(bits(row, 0)?), of_topic.or(bits(row, 1)?)));
    }
    Ok(sum)
}

/// The permission groups of a member, the oldest first.
pub(crate) fn of_member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<Vec<PermissionGroupRow>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM permission_group_member m JOIN permission_group p ON p.permission_no = m.permission_no
         WHERE m.group_no = ?1 AND m.tiny_id = ?2 ORDER BY p.permission_no"
    );
    tx.query(&sql, params![group, user])?.into_iter().map(read).collect()
}

/// Topics with the rights that a member's permission groups have in them, one row per topic and permission group, by topic.
pub(crate) fn topics_of_member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<Vec<(String, Permission)>, StoreError> {
    let rows = tx.query(
        "SELECT t.topic_id, t.permission FROM permission_group_member m
         JOIN permission_group_topic t ON t.permission_no = m.permission_no
         WHERE m.group_no = ?1 AND m.tiny_id = ?2 ORDER BY t.topic_id",
        params![group, user],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, bits(&row, 1)?))).collect()
}

/// Rights of a permission group in topics, by topic.
pub(crate) fn topics(tx: &Tx<'_>, no: i64) -> Result<Vec<(String, Permission)>, StoreError> {
    let rows = tx
        .query("SELECT topic_id, permission FROM permission_group_topic WHERE permission_no = ?1 ORDER BY topic_id", params![no])?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, bits(&row, 1)?))).collect()
}

/// Rights of a permission group in one topic; `None`: none are set.
pub(crate) fn topic(tx: &Tx<'_>, no: i64, topic_id: &str) -> Result<Option<Permission>, StoreError> {
    let sql = "SELECT permission FROM permission_group_topic WHERE permission_no = ?1 AND topic_id = ?2";
    tx.query_one(sql, params![no, topic_id])?.map(|row| bits(&row, 0)).transpose()
}

/// Sets rights of a permission group in a topic.
pub(crate) fn put_topic(tx: &Tx<'_>, no: i64, topic_id: &str, permission: Permission) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO permission_group_topic (permission_no, topic_id, permission) VALUES (?1, ?2, ?3)
         ON CONFLICT (permission_no, topic_id) DO UPDATE SET permission = excluded.permission",
        params![no, topic_id, permission.0.cast_signed()],
    )?;
    Ok(())
}

/// Takes the rights in a topic from a permission group; whether there were any.
pub(crate) fn delete_topic(tx: &Tx<'_>, no: i64, topic_id: &str) -> Result<bool, StoreError> {
    let sql = "DELETE FROM permission_group_topic WHERE permission_no = ?1 AND topic_id = ?2";
    Ok(tx.execute(sql, params![no, topic_id])? > 0)
}

/// A topic ended: no permission group has rights in it any more.
pub(crate) fn forget_topic(tx: &Tx<'_>, group: GroupNo, topic_id: &str) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM permission_group_topic
         WHERE permission_no IN (SELECT permission_no FROM permission_group WHERE group_no = ?1) AND topic_id = ?2",
        params![group, topic_id],
    )?;
    Ok(())
}

/// Whether somebody is in a permission group.
pub(crate) fn has_member(tx: &Tx<'_>, group: GroupNo, no: i64, user: TinyId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM permission_group_member WHERE group_no = ?1 AND tiny_id = ?2 AND permission_no = ?3";
    Ok(tx.query_one(sql, params![group, user, no])?.is_some())
}

/// Puts a member into a permission group; whether he was not in it before.
pub(crate) fn add_member(tx: &Tx<'_>, group: GroupNo, no: i64, user: TinyId) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO permission_group_member (group_no, tiny_id, permission_no) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
        params![group, user, no],
    )?;
    count_on(tx, no, i64::from(added > 0))?;
    Ok(added > 0)
}

/// Takes a member out of a permission group; whether he was in it.
pub(crate) fn remove_member(tx: &Tx<'_>, group: GroupNo, no: i64, user: TinyId) -> Result<bool, StoreError> {
    let removed = tx.execute(
        "DELETE FROM permission_group_member WHERE group_no = ?1 AND tiny_id = ?2 AND permission_no = ?3",
        params![group, user, no],
    )?;
    count_on(tx, no, -i64::from(removed > 0))?;
    Ok(removed > 0)
}

fn count_on(tx: &Tx<'_>, no: i64, by: i64) -> Result<(), StoreError> {
    if by != 0 {
        tx.execute("UPDATE permission_group SET member_num = member_num + ?2 WHERE permission_no = ?1", params![no, by])?;
    }
    Ok(())
}

/// Takes somebody out of all permission groups of a community.
pub(crate) fn forget_member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE permission_group SET member_num = member_num - 1 WHERE permission_no IN
            (SELECT permission_no FROM permission_group_member WHERE group_no = ?1 AND tiny_id = ?2)",
        params![group, user],
    )?;
    tx.execute("DELETE FROM permission_group_member WHERE group_no = ?1 AND tiny_id = ?2", params![group, user])?;
    Ok(())
}

/// Members of a permission group after a number, by number.
pub(crate) fn members(tx: &Tx<'_>, group: GroupNo, no: i64, after: TinyId, limit: u64) -> Result<Vec<NamedMember>, StoreError> {
    let rows = tx.query(
        "SELECT m.tiny_id, m.role, m.joined_at, m.join_seq, m.name_card, m.msg_flag, m.muted_until, m.custom, m.rev,
            a.user_id, a.nick, a.face_url
         FROM permission_group_member p JOIN group_member m ON m.group_no = ?1 AND m.tiny_id = p.tiny_id
         JOIN account a ON a.tiny_id = p.tiny_id
         WHERE p.permission_no = ?2 AND p.tiny_id > ?3 ORDER BY p.tiny_id LIMIT ?4",
        params![group, no, after, limit],
    )?;
    rows.into_iter().map(read_named).collect()
}

/// Members' devices shall look at the community again: rights changed that are no part of its profile.
pub(crate) fn touch_group(tx: &Tx<'_>, group: GroupNo) -> Result<(), StoreError> {
    tx.execute("UPDATE chat_group SET rev = ?2 WHERE group_no = ?1", params![group, tx.next_rev()])?;
    Ok(())
}

/// One member's devices shall look at the community again.
pub(crate) fn touch_member(tx: &Tx<'_>, group: GroupNo, user: TinyId) -> Result<(), StoreError> {
    tx.execute("UPDATE group_member SET rev = ?3 WHERE group_no = ?1 AND tiny_id = ?2", params![group, user, tx.next_rev()])?;
    Ok(())
}
