//! Key-values of messages; each key has a version.

use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};

/// A pair with its version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) key: String,
    pub(crate) value: String,
    pub(crate) seq: i64,
}

fn pair(mut row: Row) -> Result<Pair, StoreError> {
    Ok(Pair { seq: row.int(2)?, value: row.take_text(1)?, key: row.take_text(0)? })
}

/// A pair.
pub(crate) fn get(tx: &Tx<'_>, thread: ThreadId, pos: i64, key: &str) -> Result<Option<Pair>, StoreError> {
    let sql = "SELECT key, value, seq FROM message_extension WHERE thread_id = ?1 AND pos = ?2 AND key = ?3";
    tx.query_one(sql, params![thread, pos, key])?.map(pair).transpose()
}

/// All pairs from a version on, by version and key.
pub(crate) fn from_seq(tx: &Tx<'_>, thread: ThreadId, pos: i64, seq: i64) -> Result<Vec<Pair>, StoreError> {
    let rows = tx.query(
        "SELECT key, value, seq FROM message_extension WHERE thread_id = ?1 AND pos = ?2 AND seq >= ?3 ORDER BY seq, key",
        params![thread, pos, seq],
    )?;
    rows.into_iter().map(pair).collect()
}

/// How many pairs a message has, and the highest version among them.
pub(crate) fn totals(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<(i64, i64), StoreError> {
    let sql = "SELECT COUNT(*), COALESCE(MAX(seq), 0) FROM message_extension WHERE thread_id = ?1 AND pos = ?2";
    let row = tx.query_one(sql, params![thread, pos])?.unwrap_or_default();
    Ok((row.int(0)?, row.int(1)?))
}

/// Writes a pair, new or changed.
pub(crate) fn put(tx: &Tx<'_>, thread: ThreadId, pos: i64, new: &Pair) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO message_extension (thread_id, pos, key, value, seq) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (thread_id, pos, key) DO UPDATE SET value = excluded.value, seq = excluded.seq",
        params![thread, pos, &new.key, &new.value, new.seq],
    )?;
    Ok(())
}

/// Removes a pair.
pub(crate) fn remove(tx: &Tx<'_>, thread: ThreadId, pos: i64, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM message_extension WHERE thread_id = ?1 AND pos = ?2 AND key = ?3", params![thread, pos, key])?;
    Ok(())
}

/// Removes all pairs.
pub(crate) fn clear(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM message_extension WHERE thread_id = ?1 AND pos = ?2", params![thread, pos])?;
    Ok(())
}

/// What is known of a message besides its pairs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct State {
    /// Pairs up to this version were cleared.
    pub(crate) clear_seq: i64,
    /// Unix minutes of the last write.
    pub(crate) minute: i64,
    /// Writes in that minute.
    pub(crate) writes: i64,
}

/// The state of a message.
pub(crate) fn state(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<State, StoreError> {
    let sql = "SELECT clear_seq, minute, writes FROM message_extension_state WHERE thread_id = ?1 AND pos = ?2";
    let row = tx.query_one(sql, params![thread, pos])?;
    row.map_or(Ok(State::default()), |row| Ok(State { clear_seq: row.int(0)?, minute: row.int(1)?, writes: row.int(2)? }))
}

/// Writes the state of a message.
pub(crate) fn put_state(tx: &Tx<'_>, thread: ThreadId, pos: i64, state: State) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO message_extension_state (thread_id, pos, clear_seq, minute, writes) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (thread_id, pos) DO UPDATE SET clear_seq = excluded.clear_seq, minute = excluded.minute, writes = excluded.writes",
        params![thread, pos, state.clear_seq, state.minute, state.writes],
    )?;
    Ok(())
}
