//! Groups that nobody uses, and members who were not there for long.

use super::engine::{StoreError, Tx, params};
use super::{GroupNo, TinyId};
use tern_protocol::SdkAppId;
use tern_protocol::model::group::{GroupKind, Role};

/// Of a community the topics' messages count as well (their numbers: [`GroupNo::topics`]).
const NO_TOPIC: &str = "NOT EXISTS (SELECT 1 FROM thread AS o WHERE g.kind = 5 AND o.high = 0 AND o.last_time > ?1
    AND o.low BETWEEN -(g.group_no * 1048576 + 1048575) AND -(g.group_no * 1048576 + 1))";

/// Groups of a type without message and without change of profile since a time (Unix seconds), after a number.
pub(crate) fn idle(
    tx: &Tx<'_>,
    app: SdkAppId,
    kind: GroupKind,
    since: i64,
    after: GroupNo,
    limit: i64,
) -> Result<Vec<GroupNo>, StoreError> {
    let sql = format!(
        "SELECT g.group_no FROM chat_group AS g LEFT JOIN thread AS t ON t.low = g.group_no AND t.high = 0
         WHERE g.last_info_at <= ?1 AND COALESCE(t.last_time, 0) <= ?1
           AND g.sdk_app_id = ?2 AND g.kind = ?3 AND g.dismissed_at = 0 AND g.group_no > ?4 AND {NO_TOPIC}
         ORDER BY g.group_no LIMIT ?5"
    );
    let rows = tx.query(&sql, params![since, app.0, i64::from(kind.number()), after, limit])?;
    rows.iter().map(|row| Ok(GroupNo(row.u64(0)?))).collect()
}

/// Whether a group still is what [`idle`] found.
pub(crate) fn is_idle(tx: &Tx<'_>, group: GroupNo, since: i64) -> Result<bool, StoreError> {
    let sql = format!(
        "SELECT 1 FROM chat_group AS g LEFT JOIN thread AS t ON t.low = g.group_no AND t.high = 0
         WHERE g.last_info_at <= ?1 AND COALESCE(t.last_time, 0) <= ?1 AND g.group_no = ?2 AND g.dismissed_at = 0 AND {NO_TOPIC}"
    );
    Ok(tx.query_one(&sql, params![since, group])?.is_some())
}

/// Members (never owners) of groups of a type who joined before a time (Unix seconds) and were last there before it, after a member.
pub(crate) fn absent(
    tx: &Tx<'_>,
    app: SdkAppId,
    kind: GroupKind,
    since: i64,
    after: (GroupNo, TinyId),
    limit: i64,
) -> Result<Vec<(GroupNo, TinyId)>, StoreError> {
    let rows = tx.query(
        "SELECT m.group_no, m.tiny_id FROM group_member AS m
         JOIN chat_group AS g ON g.group_no = m.group_no AND g.sdk_app_id = ?1 AND g.kind = ?2 AND g.dismissed_at = 0
         LEFT JOIN account_seen AS s ON s.tiny_id = m.tiny_id
         WHERE (m.group_no, m.tiny_id) > (?3, ?4) AND m.role > 0 AND m.role < ?5 AND m.joined_at <= ?6 AND COALESCE(s.seen_at, 0) <= ?6
         ORDER BY m.group_no, m.tiny_id LIMIT ?7",
        params![app.0, i64::from(kind.number()), after.0, after.1, i64::from(Role::Owner.number()), since, limit],
    )?;
    rows.iter().map(|row| Ok((GroupNo(row.u64(0)?), TinyId(row.u64(1)?)))).collect()
}
