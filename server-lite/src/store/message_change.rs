//! Changes of messages after they were written. Each carries a new number, so that synchronisation tells of it.

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{StoreError, Tx, params};
use super::message::{self, Extra, Stored, flag};

/// A conversation changed otherwise than by a new message.
pub(crate) fn touch_thread(tx: &Tx<'_>, thread: ThreadId, rev: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE thread SET rev = ?2 WHERE thread_id = ?1", params![thread, rev])?;
    Ok(())
}

/// Takes a message back: its content is gone, its place stays. Answers the number of the change.
pub(crate) fn recall(tx: &Tx<'_>, stored: &Stored, by: TinyId, reason: Option<&str>) -> Result<i64, StoreError> {
    let rev = tx.next_rev();
    let extra = Extra {
        revoker: Some(by),
        reason: reason.map(str::to_owned),
        sent_at: stored.extra.sent_at,
        targets: stored.extra.targets.clone(),
        ..Extra::default()
    };
    tx.execute(
        "UPDATE message SET flags = flags | ?3, body = '[]', custom = NULL, extra = ?4, changed_rev = ?5 WHERE thread_id = ?1 AND pos = ?2",
        params![stored.thread, stored.pos, flag::RECALLED, message::extra_text(&extra)?.as_deref(), rev],
    )?;
    tx.execute(
        "UPDATE thread SET rev = ?2, recalled_pos = CASE WHEN recalled_pos < ?3 THEN ?3 ELSE recalled_pos END WHERE thread_id = ?1",
        params![stored.thread, rev, stored.pos],
    )?;
    Ok(rev)
}

/// Writes new content of a message. Answers the number of the change.
pub(crate) fn modify(
    tx: &Tx<'_>,
    thread: ThreadId,
    pos: i64,
    body: &str,
    custom: Option<&str>,
    extra: &Extra,
) -> Result<i64, StoreError> {
    let rev = tx.next_rev();
    tx.execute(
        "UPDATE message SET body = ?3, custom = ?4, extra = ?5, changed_rev = ?6 WHERE thread_id = ?1 AND pos = ?2",
        params![thread, pos, body, custom, message::extra_text(extra)?.as_deref(), rev],
    )?;
    touch_thread(tx, thread, rev)?;
    Ok(rev)
}

/// Something attached to a message changed; `flags` replace the old ones. Answers the number of the change.
pub(crate) fn attach(tx: &Tx<'_>, stored: &Stored, flags: i64) -> Result<i64, StoreError> {
    let rev = tx.next_rev();
    tx.execute(
        "UPDATE message SET flags = ?3, changed_rev = ?4 WHERE thread_id = ?1 AND pos = ?2",
        params![stored.thread, stored.pos, flags, rev],
    )?;
    touch_thread(tx, stored.thread, rev)?;
    Ok(rev)
}

/// Recalled messages of others above a place that had counted as unread.
pub(crate) fn recalled_above(tx: &Tx<'_>, thread: ThreadId, pos: i64, reader: TinyId) -> Result<i64, StoreError> {
    let row = tx.query_one(
        "SELECT COUNT(*) FROM message WHERE thread_id = ?1 AND pos > ?2 AND flags & 128 <> 0 AND flags & 65 = 0 AND sender <> ?3",
        params![thread, pos, reader],
    )?;
    row.unwrap_or_default().int(0)
}

/// Everything up to a place is gone for everybody. At most `limit` rows are freed at once; what is left cannot be read any more.
pub(crate) fn clear_up_to(tx: &Tx<'_>, thread: ThreadId, pos: i64, limit: i64) -> Result<(), StoreError> {
    let rev = tx.next_rev();
    tx.execute("UPDATE thread SET start_pos = ?2, rev = ?3 WHERE thread_id = ?1 AND start_pos < ?2", params![thread, pos, rev])?;
    tx.execute(
        "DELETE FROM message WHERE message_id IN
           (SELECT message_id FROM message WHERE thread_id = ?1 AND pos <= ?2 ORDER BY pos DESC LIMIT ?3)",
        params![thread, pos, limit],
    )?;
    Ok(())
}
