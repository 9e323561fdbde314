//! What is attached to stored messages: reactions and pins; receipts and key-values have files of their own.

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{StoreError, Tx, params};
use std::collections::HashMap;

/// A message was recalled: nothing is attached to it any more.
pub(crate) fn forget(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM receipt WHERE thread_id = ?1 AND pos = ?2",
        "DELETE FROM reaction WHERE thread_id = ?1 AND pos = ?2",
        "DELETE FROM message_pin WHERE thread_id = ?1 AND pos = ?2",
        "DELETE FROM message_extension WHERE thread_id = ?1 AND pos = ?2",
        "DELETE FROM message_extension_state WHERE thread_id = ?1 AND pos = ?2",
    ] {
        tx.execute(sql, params![thread, pos])?;
    }
    Ok(())
}

/// One kind of reaction of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) reaction: String,
    pub(crate) users: i64,
}

/// Kinds of reactions of a message, the oldest first.
pub(crate) fn reactions(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<Vec<Kind>, StoreError> {
    let rows = tx.query(
        "SELECT reaction, COUNT(*) FROM reaction WHERE thread_id = ?1 AND pos = ?2 GROUP BY reaction ORDER BY MIN(rev)",
        params![thread, pos],
    )?;
    rows.into_iter().map(|mut row| Ok(Kind { users: row.int(1)?, reaction: row.take_text(0)? })).collect()
}

/// Who reacts so, the earliest first.
pub(crate) fn reactors(tx: &Tx<'_>, thread: ThreadId, pos: i64, reaction: &str, limit: i64) -> Result<Vec<TinyId>, StoreError> {
    let rows = tx.query(
        "SELECT reactor FROM reaction WHERE thread_id = ?1 AND pos = ?2 AND reaction = ?3 ORDER BY rev LIMIT ?4",
        params![thread, pos, reaction, limit],
    )?;
    rows.iter().map(|row| row.u64(0).map(TinyId)).collect()
}

/// Whether somebody reacts so.
pub(crate) fn reacts(tx: &Tx<'_>, thread: ThreadId, pos: i64, reaction: &str, user: TinyId) -> Result<bool, StoreError> {
    let sql = "SELECT 1 FROM reaction WHERE thread_id = ?1 AND pos = ?2 AND reaction = ?3 AND reactor = ?4";
    Ok(tx.query_one(sql, params![thread, pos, reaction, user])?.is_some())
}

/// Somebody reacts.
pub(crate) fn react(tx: &Tx<'_>, thread: ThreadId, pos: i64, reaction: &str, user: TinyId, rev: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO reaction (thread_id, pos, reaction, reactor, rev) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![thread, pos, reaction, user, rev],
    )?;
    Ok(())
}

/// Somebody reacts so no more.
pub(crate) fn unreact(tx: &Tx<'_>, thread: ThreadId, pos: i64, reaction: &str, user: TinyId) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM reaction WHERE thread_id = ?1 AND pos = ?2 AND reaction = ?3 AND reactor = ?4",
        params![thread, pos, reaction, user],
    )?;
    Ok(())
}

/// A pin of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PinRow {
    pub(crate) pos: i64,
    pub(crate) pinner: TinyId,
    /// Unix milliseconds.
    pub(crate) pinned_ms: i64,
}

/// Pins whose messages are still stored, the newest pin first.
pub(crate) fn pins(tx: &Tx<'_>, thread: ThreadId) -> Result<Vec<PinRow>, StoreError> {
    let rows = tx.query(
        "SELECT p.pos, p.pinner, p.pinned_ms FROM message_pin AS p
         JOIN message AS m ON m.thread_id = p.thread_id AND m.pos = p.pos
         WHERE p.thread_id = ?1 ORDER BY p.pinned_ms DESC, p.pos DESC",
        params![thread],
    )?;
    rows.iter().map(|row| Ok(PinRow { pos: row.int(0)?, pinner: TinyId(row.u64(1)?), pinned_ms: row.int(2)? })).collect()
}

/// Pins a message.
pub(crate) fn pin(tx: &Tx<'_>, thread: ThreadId, pin: PinRow) -> Result<(), StoreError> {
    // Those whose messages expired make room.
    tx.execute(
        "DELETE FROM message_pin WHERE thread_id = ?1
           AND NOT EXISTS (SELECT 1 FROM message AS m WHERE m.thread_id = message_pin.thread_id AND m.pos = message_pin.pos)",
        params![thread],
    )?;
    tx.execute(
        "INSERT INTO message_pin (thread_id, pos, pinner, pinned_ms) VALUES (?1, ?2, ?3, ?4)",
        params![thread, pin.pos, pin.pinner, pin.pinned_ms],
    )?;
    Ok(())
}

/// Lets a pinned message go; `false`: it was not pinned.
pub(crate) fn unpin(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM message_pin WHERE thread_id = ?1 AND pos = ?2", params![thread, pos])? > 0)
}

/// A group's pinned messages changed.
pub(crate) fn set_pin_rev(tx: &Tx<'_>, thread: ThreadId, rev: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO message_pin_change (thread_id, rev) VALUES (?1, ?2) ON CONFLICT (thread_id) DO UPDATE SET rev = excluded.rev",
        params![thread, rev],
    )?;
    Ok(())
}

/// When the pinned messages of the groups a person is in last changed; absent: never.
pub(crate) fn pin_revs(tx: &Tx<'_>, user: TinyId) -> Result<HashMap<ThreadId, i64>, StoreError> {
    let rows = tx.query(
        "SELECT c.thread_id, c.rev FROM group_member AS m JOIN thread AS t ON t.low = m.group_no AND t.high = 0
         JOIN message_pin_change AS c ON c.thread_id = t.thread_id
         WHERE m.tiny_id = ?1 AND m.role > 0
         UNION ALL
         SELECT c.thread_id, c.rev FROM group_member AS m
         JOIN thread AS t ON t.low BETWEEN -(m.group_no * 1048576 + 1048575) AND -(m.group_no * 1048576 + 1) AND t.high = 0
         JOIN message_pin_change AS c ON c.thread_id = t.thread_id
         WHERE m.tiny_id = ?1 AND m.role > 0",
        params![user],
    )?;
    rows.iter().map(|row| Ok((ThreadId(row.int(0)?), row.int(1)?))).collect()
}
