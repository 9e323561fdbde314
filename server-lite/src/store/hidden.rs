//! What one person deleted for itself, as ranges of places.

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};

/// Places from `first` up to `last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Range {
    pub(crate) first: i64,
    pub(crate) last: i64,
    /// Number of the last deletion in it.
    pub(crate) rev: i64,
}

/// Ranges by rising place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hidden(Vec<Range>);

impl Hidden {
    /// Whether a place was deleted.
    pub(crate) fn has(&self, pos: i64) -> bool {
        let at = self.0.partition_point(|range| range.last < pos);
        self.0.get(at).is_some_and(|range| range.first <= pos)
    }

    /// The highest place up to this one that was not deleted.
    pub(crate) fn skip_down(&self, pos: i64) -> i64 {
        let at = self.0.partition_point(|range| range.last < pos);
        self.0.get(at).filter(|range| range.first <= pos).map_or(pos, |range| range.first - 1)
    }
}

fn range(row: &Row) -> Result<Range, StoreError> {
    Ok(Range { first: row.int(0)?, last: row.int(1)?, rev: row.int(2)? })
}

/// What was deleted between two places. `deleted_pos` is the person's own (`conversation::Own`): with 0 nothing is looked up.
pub(crate) fn between(
    tx: &Tx<'_>,
    owner: TinyId,
    thread: ThreadId,
    deleted_pos: i64,
    low: i64,
    high: i64,
) -> Result<Hidden, StoreError> {
    if deleted_pos < low || deleted_pos == 0 {
        return Ok(Hidden::default());
    }
    let rows = tx.query(
        "SELECT first_pos, last_pos, rev FROM message_hidden
         WHERE owner = ?1 AND thread_id = ?2 AND first_pos <= ?4 AND last_pos >= ?3 ORDER BY first_pos",
        params![owner, thread, low, high],
    )?;
    Ok(Hidden(rows.iter().map(range).collect::<Result<_, _>>()?))
}

/// Ranges with a deletion after `rev`, in the order of the deletions.
pub(crate) fn since(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, rev: i64) -> Result<Vec<Range>, StoreError> {
    let rows = tx.query(
        "SELECT first_pos, last_pos, rev FROM message_hidden WHERE owner = ?1 AND thread_id = ?2 AND rev > ?3 ORDER BY rev",
        params![owner, thread, rev],
    )?;
    rows.iter().map(range).collect()
}

/// Deletes a place. A range that ends beside it grows.
pub(crate) fn add(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, pos: i64, rev: i64) -> Result<(), StoreError> {
    let rows = tx.query(
        "SELECT first_pos, last_pos, rev FROM message_hidden
         WHERE owner = ?1 AND thread_id = ?2 AND first_pos <= ?3 + 1 AND last_pos >= ?3 - 1",
        params![owner, thread, pos],
    )?;
    let mut new = Range { first: pos, last: pos, rev };
    for row in &rows {
        let near = range(row)?;
        (new.first, new.last) = (new.first.min(near.first), new.last.max(near.last));
        tx.execute(
            "DELETE FROM message_hidden WHERE owner = ?1 AND thread_id = ?2 AND first_pos = ?3",
            params![owner, thread, near.first],
        )?;
    }
    tx.execute(
        "INSERT INTO message_hidden (owner, thread_id, first_pos, last_pos, rev) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![owner, thread, new.first, new.last, new.rev],
    )?;
    Ok(())
}

/// Forgets ranges that end at a place or before: nobody can read there any more.
pub(crate) fn forget_up_to(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, pos: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM message_hidden WHERE owner = ?1 AND thread_id = ?2 AND last_pos <= ?3", params![owner, thread, pos])?;
    Ok(())
}

/// Deleted messages of others above a place that count as unread and were not recalled.
pub(crate) fn counted_above(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, pos: i64) -> Result<i64, StoreError> {
    let row = tx.query_one(
        "SELECT COUNT(*) FROM message_hidden AS h
         JOIN message AS m ON m.thread_id = h.thread_id AND m.pos >= h.first_pos AND m.pos <= h.last_pos
         WHERE h.owner = ?1 AND h.thread_id = ?2 AND h.last_pos > ?3 AND m.pos > ?3 AND m.flags & 193 = 0 AND m.sender <> ?1",
        params![owner, thread, pos],
    )?;
    row.unwrap_or_default().int(0)
}
