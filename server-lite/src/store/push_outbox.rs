//! Rows of pushes that no bridge has taken over yet.

use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use super::{GroupNo, TinyId};
use tern_protocol::SdkAppId;

/// A push to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OutboxRow {
    /// Its number, which is the job's.
    pub(crate) id: i64,
    /// Whose application.
    pub(crate) app: SdkAppId,
    /// Conversation of the message.
    pub(crate) thread: ThreadId,
    /// Place of the message.
    pub(crate) pos: i64,
    /// Who gets it; `None`: the members of the group, not yet expanded.
    pub(crate) receiver: Option<TinyId>,
    /// Members up to this number are expanded.
    pub(crate) expanded: TinyId,
    /// Unix seconds after which nobody wants it.
    pub(crate) expire_time: i64,
}

fn read(row: &Row) -> Result<OutboxRow, StoreError> {
    Ok(OutboxRow {
        id: row.int(0)?,
        app: SdkAppId(row.u32(1)?),
        thread: ThreadId(row.int(2)?),
        pos: row.int(3)?,
        receiver: Some(row.u64(4)?).filter(|receiver| *receiver > 0).map(TinyId),
        expanded: TinyId(row.u64(5)?),
        expire_time: row.int(6)?,
    })
}

/// Adds a push; one that is there already stays as it is. `receiver` `None`: all members of the group.
pub(crate) fn add(
    tx: &Tx<'_>,
    app: SdkAppId,
    thread: ThreadId,
    pos: i64,
    receiver: Option<TinyId>,
    expire_time: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO push_outbox (sdk_app_id, thread_id, pos, receiver, expire_time) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (receiver, thread_id, pos) DO NOTHING",
        params![app.0, thread, pos, receiver.map_or(0, |receiver| receiver.0), expire_time],
    )?;
    Ok(())
}

/// Jobs that no bridge holds, the oldest first.
pub(crate) fn free_jobs(tx: &Tx<'_>, now_ms: i64, after: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    let rows = tx.query(
        "SELECT outbox_id, sdk_app_id, thread_id, pos, receiver, expanded, expire_time FROM push_outbox
         WHERE outbox_id > ?1 AND receiver > 0 AND leased_ms <= ?2 ORDER BY outbox_id LIMIT ?3",
        params![after, now_ms, limit],
    )?;
    rows.iter().map(read).collect()
}

/// Group messages whose members are not all expanded, the oldest first.
pub(crate) fn unexpanded(tx: &Tx<'_>, after: i64, limit: i64) -> Result<Vec<OutboxRow>, StoreError> {
    let rows = tx.query(
        "SELECT outbox_id, sdk_app_id, thread_id, pos, receiver, expanded, expire_time FROM push_outbox
         WHERE receiver = 0 AND outbox_id > ?1 ORDER BY outbox_id LIMIT ?2",
        params![after, limit],
    )?;
    rows.iter().map(read).collect()
}

/// Members up to this number are expanded now.
pub(crate) fn set_expanded(tx: &Tx<'_>, id: i64, upto: TinyId) -> Result<(), StoreError> {
    tx.execute("UPDATE push_outbox SET expanded = ?2 WHERE outbox_id = ?1", params![id, upto])?;
    Ok(())
}

/// A bridge holds a job until then.
pub(crate) fn lease(tx: &Tx<'_>, id: i64, until_ms: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE push_outbox SET leased_ms = ?2 WHERE outbox_id = ?1", params![id, until_ms])?;
    Ok(())
}

/// A job is done with: taken over, or not wanted.
pub(crate) fn remove(tx: &Tx<'_>, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM push_outbox WHERE outbox_id = ?1", params![id])?;
    Ok(())
}

/// The application of a job.
pub(crate) fn app_of(tx: &Tx<'_>, id: i64) -> Result<Option<SdkAppId>, StoreError> {
    let row = tx.query_one("SELECT sdk_app_id FROM push_outbox WHERE outbox_id = ?1", params![id])?;
    row.map(|row| row.u32(0).map(SdkAppId)).transpose()
}

/// Nothing is to be pushed to a person any more.
pub(crate) fn remove_all_of(tx: &Tx<'_>, receiver: TinyId) -> Result<(), StoreError> {
    tx.execute("DELETE FROM push_outbox WHERE receiver = ?1 AND receiver > 0", params![receiver])?;
    Ok(())
}

/// A person has read a conversation up to a place.
pub(crate) fn remove_read(tx: &Tx<'_>, receiver: TinyId, thread: ThreadId, pos: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM push_outbox WHERE receiver = ?1 AND thread_id = ?2 AND pos <= ?3 AND receiver > 0",
        params![receiver, thread, pos],
    )?;
    Ok(())
}

/// A message is not to be pushed to a person, or (`None`) to the members of its group, any more.
pub(crate) fn remove_message(tx: &Tx<'_>, receiver: Option<TinyId>, thread: ThreadId, pos: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM push_outbox WHERE receiver = ?1 AND thread_id = ?2 AND pos = ?3",
        params![receiver.map_or(0, |receiver| receiver.0), thread, pos],
    )?;
    Ok(())
}

/// Jobs that wait, group messages counted once.
pub(crate) fn pending(tx: &Tx<'_>) -> Result<u64, StoreError> {
    tx.query_one("SELECT COUNT(*) FROM push_outbox", &[])?.unwrap_or_default().u64(0)
}

/// Whether a phone of this person can and should be pushed to.
pub(crate) fn wants_push(tx: &Tx<'_>, user: TinyId) -> Result<bool, StoreError> {
    let row = tx.query_one(
        "SELECT 1 FROM device WHERE tiny_id = ?1 AND token <> '' AND (state = 2 OR (state = 1 AND background = 1)) LIMIT 1",
        params![user],
    )?;
    Ok(row.is_some())
}

/// Whether any phone of this person has a token at all.
pub(crate) fn has_token(tx: &Tx<'_>, user: TinyId) -> Result<bool, StoreError> {
    Ok(tx.query_one("SELECT 1 FROM device WHERE tiny_id = ?1 AND token <> '' LIMIT 1", params![user])?.is_some())
}

/// Whether a group message may need a push: no phone at all is told cheaply, and so is none among the members of a small group; a large
/// group gets the benefit of the doubt, and nobody looks at its members before a bridge does.
pub(crate) fn group_may_want_push(tx: &Tx<'_>, group: GroupNo) -> Result<bool, StoreError> {
    const LOOKED_AT: i64 = 200;
    if tx.query_one("SELECT 1 FROM device WHERE token <> '' LIMIT 1", &[])?.is_none() {
        return Ok(false);
    }
    let members = tx.query_one("SELECT member_num FROM chat_group WHERE group_no = ?1", params![group.roster()])?;
    if members.map_or(Ok(0), |row| row.int(0))? >= LOOKED_AT {
        return Ok(true);
    }
    let row = tx.query_one(
        "SELECT 1 FROM group_member AS m WHERE m.group_no = ?1 AND m.role > 0
            AND EXISTS (SELECT 1 FROM device AS d WHERE d.tiny_id = m.tiny_id AND d.token <> '') LIMIT 1",
        params![group.roster()],
    )?;
    Ok(row.is_some())
}

/// A member of a page that is being expanded.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Candidate {
    /// Who.
    pub(crate) tiny_id: TinyId,
    /// Has a phone that wants pushes.
    pub(crate) wants_push: bool,
}

/// Members after a number, with whether they have a phone that wants pushes.
pub(crate) fn members_after(tx: &Tx<'_>, group: GroupNo, after: TinyId, limit: i64) -> Result<Vec<Candidate>, StoreError> {
    let rows = tx.query(
        "SELECT m.tiny_id, CASE WHEN EXISTS (SELECT 1 FROM device AS d WHERE d.tiny_id = m.tiny_id AND d.token <> ''
             AND (d.state = 2 OR (d.state = 1 AND d.background = 1))) THEN 1 ELSE 0 END
         FROM group_member AS m WHERE m.group_no = ?1 AND m.tiny_id > ?2 AND m.role > 0 ORDER BY m.tiny_id LIMIT ?3",
        params![group.roster(), after, limit],
    )?;
    rows.iter().map(|row| Ok(Candidate { tiny_id: TinyId(row.u64(0)?), wants_push: row.bool(1)? })).collect()
}
