//! Receipts of messages that asked for them.

use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use super::{GroupNo, TinyId};

/// Remembers that somebody has read a message; `false`: it was known.
pub(crate) fn add(tx: &Tx<'_>, thread: ThreadId, pos: i64, reader: TinyId, now_ms: i64) -> Result<bool, StoreError> {
    let added = tx.execute(
        "INSERT INTO receipt (thread_id, pos, reader, read_ms) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (thread_id, pos, reader) DO NOTHING",
        params![thread, pos, reader, now_ms],
    )?;
    Ok(added > 0)
}

/// How many have read a message.
pub(crate) fn count(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM receipt WHERE thread_id = ?1 AND pos = ?2", params![thread, pos])?;
    row.unwrap_or_default().int(0)
}

fn reader(row: &Row) -> Result<TinyId, StoreError> {
    row.u64(0).map(TinyId)
}

/// Who has read a message, by number.
pub(crate) fn readers(tx: &Tx<'_>, thread: ThreadId, pos: i64, after: TinyId, limit: i64) -> Result<Vec<TinyId>, StoreError> {
    let rows = tx.query(
        "SELECT reader FROM receipt WHERE thread_id = ?1 AND pos = ?2 AND reader > ?3 ORDER BY reader LIMIT ?4",
        params![thread, pos, after, limit],
    )?;
    rows.iter().map(reader).collect()
}

/// A group message about which members' reading is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) group: GroupNo,
    pub(crate) thread: ThreadId,
    pub(crate) pos: i64,
    pub(crate) sender: TinyId,
}

/// Members who were there when a message was sent and have not read it, by number; its sender is none of them.
pub(crate) fn non_readers(tx: &Tx<'_>, asked: Asked, after: TinyId, limit: i64) -> Result<Vec<TinyId>, StoreError> {
    let rows = tx.query(
        "SELECT m.tiny_id FROM group_member AS m
         WHERE m.group_no = ?1 AND m.tiny_id > ?5 AND m.role > 0 AND m.join_seq < ?3 AND m.tiny_id <> ?4
           AND NOT EXISTS (SELECT 1 FROM receipt AS r WHERE r.thread_id = ?2 AND r.pos = ?3 AND r.reader = m.tiny_id)
         ORDER BY m.tiny_id LIMIT ?6",
        params![asked.group, asked.thread, asked.pos, asked.sender, after, limit],
    )?;
    rows.iter().map(reader).collect()
}
