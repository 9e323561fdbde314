//! What is older than an application keeps it: found on a reader, taken away by the writer in small batches.

use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use tern_protocol::SdkAppId;

/// What goes with a thread's messages up to a place.
const ATTACHED: &[&str] = &[
    "DELETE FROM receipt WHERE thread_id = ?1 AND pos <= ?2",
    "DELETE FROM reaction WHERE thread_id = ?1 AND pos <= ?2",
    "DELETE FROM message_pin WHERE thread_id = ?1 AND pos <= ?2",
    "DELETE FROM message_extension WHERE thread_id = ?1 AND pos <= ?2",
    "DELETE FROM message_extension_state WHERE thread_id = ?1 AND pos <= ?2",
];

/// A thread whose oldest message may have expired.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Oldest {
    /// The thread.
    pub(crate) thread: ThreadId,
    /// Whose it is.
    pub(crate) app: SdkAppId,
    /// Unix milliseconds of its oldest stored message.
    pub(crate) time_ms: i64,
}

/// The oldest stored message of each of the threads after one, by number; `None` for a thread that holds none.
pub(crate) fn oldest_after(tx: &Tx<'_>, after: ThreadId, limit: i64) -> Result<Vec<(ThreadId, Option<Oldest>)>, StoreError> {
    let rows = tx.query(
        "SELECT t.thread_id,
                (SELECT m.time_ms FROM message AS m WHERE m.thread_id = t.thread_id ORDER BY m.pos LIMIT 1),
                CASE WHEN t.high = 0 THEN (SELECT g.sdk_app_id FROM chat_group AS g WHERE g.group_no = t.low)
                     ELSE (SELECT a.sdk_app_id FROM account AS a WHERE a.tiny_id = t.low) END
         FROM thread AS t WHERE t.thread_id > ?1 ORDER BY t.thread_id LIMIT ?2",
        params![after, limit],
    )?;
    let read = |row: &Row| {
        let thread = ThreadId(row.int(0)?);
        let oldest = match (row.opt_int(1)?, row.opt_int(2)?) {
            (Some(time_ms), Some(_)) => Some(Oldest { thread, app: SdkAppId(row.u32(2)?), time_ms }),
            _ => None,
        };
        Ok((thread, oldest))
    };
    rows.iter().map(read).collect()
}

/// What a batch took away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Taken {
    /// Messages.
    pub(crate) messages: usize,
    /// Nothing is left in the thread.
    pub(crate) is_empty: bool,
}

/// Takes away up to `limit` of a thread's oldest messages that were sent before a moment (Unix milliseconds), and moves its first
/// place. `None`: there were none.
pub(crate) fn take(tx: &Tx<'_>, thread: ThreadId, before_ms: i64, limit: i64) -> Result<Option<Taken>, StoreError> {
    let Some(row) = super::conversation::by_id(tx, thread)? else { return Ok(None) };
    let rows = tx.query("SELECT pos, time_ms FROM message WHERE thread_id = ?1 ORDER BY pos LIMIT ?2", params![thread, limit])?;
    let mut last = None;
    for found in &rows {
        if found.int(1)? >= before_ms {
            break;
        }
        last = Some(found.int(0)?);
    }
    let Some(last) = last else { return Ok(None) };
    let messages = tx.execute("DELETE FROM message WHERE thread_id = ?1 AND pos <= ?2", params![thread, last])?;
    for attached in ATTACHED {
        tx.execute(attached, params![thread, last])?;
    }
    let is_empty = last >= row.last_pos;
    tx.execute(
        "UPDATE thread SET start_pos = ?2, last_time = CASE WHEN ?3 = 1 THEN 0 ELSE last_time END, rev = ?4 WHERE thread_id = ?1",
        params![thread, last.max(row.start_pos), is_empty, tx.next_rev()],
    )?;
    Ok(Some(Taken { messages, is_empty }))
}

/// Takes away up to `limit` lists of merged messages of an application that nobody put or sent since a moment (Unix seconds).
pub(crate) fn take_relays(tx: &Tx<'_>, app: SdkAppId, before: i64, limit: i64) -> Result<usize, StoreError> {
    tx.execute(
        "DELETE FROM relay WHERE relay_key IN (SELECT relay_key FROM relay WHERE sdk_app_id = ?1 AND used_at < ?2 LIMIT ?3)",
        params![app.0, before, limit],
    )
}
