//! What is attached to stored messages: receipts, reactions, pins.

use super::conversation::ThreadId;
use super::engine::{StoreError, Tx, params};

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
