//! Topics: rows of [`super::group`] under numbers of their own, and what a member has of a topic alone.

use super::engine::{StoreError, Tx, params};
use super::group::{self, GroupRow};
use super::{GroupNo, TinyId};
use tern_protocol::SdkAppId;
use tern_protocol::model::group::ReceiveOption;

/// The number for a community's next topic; `None`: it had as many as there are numbers.
pub(crate) fn next_number(tx: &Tx<'_>, community: GroupNo) -> Result<Option<GroupNo>, StoreError> {
    let (low, high) = community.topics();
    let row = tx.query_one("SELECT MIN(group_no) FROM chat_group WHERE group_no BETWEEN ?1 AND ?2", params![low, high])?;
    let newest = row.map(|row| row.opt_int(0)).transpose()?.flatten();
    Ok(match newest {
        Some(number) if number <= low => None,
        Some(number) => Some(GroupNo((number - 1).cast_unsigned())),
        None => Some(GroupNo(high.cast_unsigned())),
    })
}

/// Makes a topic from a row that holds its number.
pub(crate) fn insert(tx: &Tx<'_>, app: SdkAppId, topic: &GroupRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO chat_group (group_no, sdk_app_id, group_id, kind, name, introduction, notification, face_url, owner, created_at,
            last_info_at, max_members, join_option, invite_option, custom, rev, enable_permission, default_permission)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 0, 0, 0, ?12, ?13, ?14, ?15)",
        params![
            topic.no,
            app.0,
            &topic.group_id,
            i64::from(topic.kind.number()),
            &topic.name,
            &topic.introduction,
            &topic.notification,
            &topic.face_url,
            topic.owner,
            topic.created_at,
            topic.last_info_at,
            &topic.custom,
            tx.next_rev(),
            topic.enable_permission,
            topic.default_permission.cast_signed()
        ],
    )?;
    Ok(())
}

/// How many topics a community has.
pub(crate) fn count(tx: &Tx<'_>, community: GroupNo) -> Result<usize, StoreError> {
    let (low, high) = community.topics();
    let row =
        tx.query_one("SELECT COUNT(*) FROM chat_group WHERE group_no BETWEEN ?1 AND ?2 AND dismissed_at = 0", params![low, high])?;
    row.unwrap_or_default().int(0).map(|count| usize::try_from(count).unwrap_or(0))
}

/// All topics of a community, the oldest first.
pub(crate) fn all(tx: &Tx<'_>, community: GroupNo) -> Result<Vec<GroupRow>, StoreError> {
    let (low, high) = community.topics();
    group::between(tx, low, high)
}

/// Whether there ever was a topic of this ID that is gone.
pub(crate) fn is_gone(tx: &Tx<'_>, community: GroupNo, topic_id: &str) -> Result<bool, StoreError> {
    let (low, high) = community.topics();
    let sql = "SELECT 1 FROM chat_group WHERE group_no BETWEEN ?1 AND ?2 AND group_id = ?3 AND dismissed_at > 0 LIMIT 1";
    Ok(tx.query_one(sql, params![low, high, topic_id])?.is_some())
}

/// Whether permission groups decide, and the default bits, are the community's: its topics hold copies, so that a message looks at one
/// row alone.
pub(crate) fn copy_permission(tx: &Tx<'_>, community: &GroupRow) -> Result<(), StoreError> {
    let (low, high) = community.no.topics();
    tx.execute(
        "UPDATE chat_group SET enable_permission = ?3, default_permission = ?4 WHERE group_no BETWEEN ?1 AND ?2
            AND (enable_permission <> ?3 OR default_permission <> ?4)",
        params![low, high, community.enable_permission, community.default_permission.cast_signed()],
    )?;
    Ok(())
}

/// A community ended: its topics end with it.
pub(crate) fn dismiss_all(tx: &Tx<'_>, community: GroupNo, now: i64) -> Result<(), StoreError> {
    let (low, high) = community.topics();
    tx.execute(
        "UPDATE chat_group SET dismissed_at = ?3, rev = ?4 WHERE group_no BETWEEN ?1 AND ?2 AND dismissed_at = 0",
        params![low, high, now.max(1), tx.next_rev()],
    )?;
    Ok(())
}

/// What a member has of a topic alone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct OwnPlace {
    /// `None`: the community's option holds.
    pub(crate) receive: Option<ReceiveOption>,
    /// Unix seconds; 0: not muted in this topic.
    pub(crate) muted_until: i64,
    /// Number of the last change.
    pub(crate) rev: i64,
}

/// What a member has of a topic alone; nothing where there is no row.
pub(crate) fn own_place(tx: &Tx<'_>, topic: GroupNo, user: TinyId) -> Result<OwnPlace, StoreError> {
    let row = tx.query_one(
        "SELECT msg_flag, muted_until, rev FROM topic_member WHERE topic_no = ?1 AND tiny_id = ?2",
        params![topic, user],
    )?;
    let Some(row) = row else { return Ok(OwnPlace::default()) };
    let receive = row.opt_int(0)?.and_then(ReceiveOption::from_number);
    Ok(OwnPlace { receive, muted_until: row.int(1)?, rev: row.int(2)? })
}

/// Sets or (`None`) forgets a member's receive option in a topic.
pub(crate) fn set_receive(tx: &Tx<'_>, topic: GroupNo, user: TinyId, receive: Option<ReceiveOption>) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO topic_member (topic_no, tiny_id, msg_flag, rev) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (topic_no, tiny_id) DO UPDATE SET msg_flag = excluded.msg_flag, rev = excluded.rev",
        params![topic, user, receive.map(|receive| i64::from(receive.number())), tx.next_rev()],
    )?;
    Ok(())
}

/// A member left: its options in a community's topics go as the community's does; mutes stay.
pub(super) fn forget_options(tx: &Tx<'_>, community: GroupNo, user: TinyId) -> Result<(), StoreError> {
    let (low, high) = community.topics();
    tx.execute(
        "UPDATE topic_member SET msg_flag = NULL WHERE tiny_id = ?1 AND topic_no BETWEEN ?2 AND ?3 AND msg_flag IS NOT NULL",
        params![user, low, high],
    )?;
    Ok(())
}

/// Mutes a member in a topic until then; 0: no more.
pub(crate) fn set_muted(tx: &Tx<'_>, topic: GroupNo, user: TinyId, until: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO topic_member (topic_no, tiny_id, muted_until, rev) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (topic_no, tiny_id) DO UPDATE SET muted_until = excluded.muted_until, rev = excluded.rev",
        params![topic, user, until, tx.next_rev()],
    )?;
    Ok(())
}

/// Who is muted in a topic after a time, with the end of each mute.
pub(crate) fn muted(tx: &Tx<'_>, topic: GroupNo, after: i64, limit: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query(
        "SELECT a.user_id, m.muted_until FROM topic_member m JOIN account a ON a.tiny_id = m.tiny_id
         WHERE m.topic_no = ?1 AND m.muted_until > ?2 ORDER BY m.tiny_id LIMIT ?3",
        params![topic, after, limit],
    )?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, row.int(1)?))).collect()
}

/// The topics in which a person's option is its own, with the option.
pub(crate) fn options_of(tx: &Tx<'_>, user: TinyId) -> Result<Vec<(GroupNo, ReceiveOption)>, StoreError> {
    let rows =
        tx.query("SELECT topic_no, msg_flag FROM topic_member WHERE tiny_id = ?1 AND msg_flag IS NOT NULL", params![user])?;
    let read = |row: &super::engine::Row| Ok((GroupNo(row.u64(0)?), ReceiveOption::from_number(row.int(1)?).unwrap_or_default()));
    rows.iter().map(read).collect()
}

/// Number of the change with which a member came into a topic's community.
pub(crate) fn join_rev(tx: &Tx<'_>, topic: GroupNo, user: TinyId) -> Result<i64, StoreError> {
    let sql = "SELECT join_rev FROM group_member WHERE group_no = ?1 AND tiny_id = ?2";
    tx.query_one(sql, params![topic.roster(), user])?.map_or(Ok(0), |row| row.int(0))
}

/// Whether everybody is muted in a community.
pub(crate) fn community_is_muted(tx: &Tx<'_>, topic: GroupNo) -> Result<bool, StoreError> {
    let row = tx.query_one("SELECT mute_all FROM chat_group WHERE group_no = ?1", params![topic.roster()])?;
    row.map_or(Ok(false), |row| row.bool(0))
}
