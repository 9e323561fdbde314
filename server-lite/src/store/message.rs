//! Stored messages.

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use serde::{Deserialize, Serialize};
use tern_protocol::api::message::{GroupAt, RawJson};

/// Bits of a stored message.
pub(crate) mod flag {
    /// Does not count as unread.
    pub(crate) const NO_UNREAD: i64 = 1;
    /// Is nobody's last message.
    pub(crate) const NO_LAST: i64 = 1 << 1;
    /// The sender wants receipts.
    pub(crate) const RECEIPT: i64 = 1 << 2;
    /// Takes extensions.
    pub(crate) const EXTENSION: i64 = 1 << 3;
    /// A group tip: the body is an object.
    pub(crate) const TIP: i64 = 1 << 4;
    /// Not in the sender's own view (`SyncOtherMachine` 2).
    pub(crate) const NOT_FOR_SENDER: i64 = 1 << 5;
    /// For some members only; they stand in `Extra::targets`.
    pub(crate) const TARGETED: i64 = 1 << 6;
    /// Recalled: the body is not shown.
    pub(crate) const RECALLED: i64 = 1 << 7;
    /// Names somebody, or all, with @.
    pub(crate) const MENTIONS: i64 = 1 << 8;
    /// The priority of a group message, 1 to 4, in three bits.
    pub(crate) const PRIORITY_SHIFT: u32 = 9;
    /// Swallowed by the receiver's block list: only the sender reads it.
    pub(crate) const ONLY_FOR_SENDER: i64 = 1 << 20;
    /// Somebody reacts to it.
    pub(crate) const REACTED: i64 = 1 << 13;
}

/// What few messages have.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Extra {
    /// Who is named with @, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) mentions: Vec<GroupAt>,
    /// Numbers of the members it is for; empty: all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) targets: Vec<TinyId>,
    /// `OfflinePushInfo` as it came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) push_info: Option<RawJson>,
    /// Unix seconds after which nobody is pushed; absent: 7 days after it was sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) expire_time: Option<i64>,
    /// Who recalled it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) revoker: Option<TinyId>,
    /// Why it was recalled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
    /// How often it was modified.
    #[serde(skip_serializing_if = "is_zero")]
    pub(crate) version: i64,
    /// A modification changed what it says, not only what travels with it.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(crate) edited: bool,
    /// Unix seconds at which an imported message was sent, when newer ones were stored before it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) sent_at: Option<i64>,
}

fn is_zero(n: &i64) -> bool {
    *n == 0
}

impl Extra {
    fn is_empty(&self) -> bool {
        self.mentions.is_empty()
            && self.targets.is_empty()
            && self.push_info.is_none()
            && self.expire_time.is_none()
            && self.revoker.is_none()
            && self.reason.is_none()
            && self.version == 0
            && !self.edited
            && self.sent_at.is_none()
    }
}

/// What the column `extra` holds; `None`: nothing.
pub(super) fn extra_text(extra: &Extra) -> Result<Option<String>, StoreError> {
    match extra.is_empty() {
        true => Ok(None),
        false => serde_json::to_string(extra).map(Some).map_err(|error| StoreError::Engine(error.to_string())),
    }
}

/// A message to be stored.
#[derive(Clone, Copy, Debug)]
pub(crate) struct NewMessage<'a> {
    pub(crate) thread: ThreadId,
    pub(crate) pos: i64,
    pub(crate) sender: TinyId,
    pub(crate) seq: u64,
    pub(crate) random: u64,
    pub(crate) time_ms: i64,
    pub(crate) client_time: i64,
    pub(crate) flags: i64,
    pub(crate) body: &'a str,
    pub(crate) custom: Option<&'a str>,
    pub(crate) extra: &'a Extra,
    pub(crate) rev: i64,
}

/// Appends a message at a place that was taken with `conversation::advance`.
pub(crate) fn insert(tx: &Tx<'_>, new: NewMessage<'_>) -> Result<(), StoreError> {
    let extra = extra_text(new.extra)?;
    tx.execute(
        "INSERT INTO message (thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
        params![
            new.thread,
            new.pos,
            new.sender,
            new.seq,
            new.random,
            new.time_ms,
            new.client_time,
            new.flags,
            new.body,
            new.custom,
            extra.as_deref(),
            new.rev
        ],
    )?;
    Ok(())
}

/// A stored message.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) thread: ThreadId,
    pub(crate) pos: i64,
    pub(crate) sender: TinyId,
    pub(crate) seq: u64,
    pub(crate) random: u64,
    pub(crate) time_ms: i64,
    pub(crate) client_time: i64,
    pub(crate) flags: i64,
    pub(crate) body: String,
    pub(crate) custom: Option<String>,
    pub(crate) extra: Extra,
    pub(crate) rev: i64,
    pub(crate) changed_rev: i64,
}

impl Stored {
    /// Whether a bit of [`flag`] is set.
    pub(crate) fn has(&self, bit: i64) -> bool {
        self.flags & bit != 0
    }

    /// Server time in seconds; of an imported message, when it was sent.
    pub(crate) fn time(&self) -> i64 {
        self.extra.sent_at.unwrap_or_else(|| self.time_ms.div_euclid(1000))
    }

    /// Whether a person may read it at all.
    pub(crate) fn is_for(&self, reader: TinyId) -> bool {
        if self.sender == reader {
            return !self.has(flag::NOT_FOR_SENDER);
        }
        !self.has(flag::ONLY_FOR_SENDER) && (!self.has(flag::TARGETED) || self.extra.targets.contains(&reader))
    }
}

pub(super) fn stored(mut row: Row) -> Result<Stored, StoreError> {
    let extra = match row.opt_text(10)? {
        None => Extra::default(),
        Some(text) => serde_json::from_str(text).map_err(|error| StoreError::Corrupt(format!("message extra: {error}")))?,
    };
    Ok(Stored {
        thread: ThreadId(row.int(0)?),
        pos: row.int(1)?,
        sender: TinyId(row.u64(2)?),
        seq: row.u64(3)?,
        random: row.u64(4)?,
        time_ms: row.int(5)?,
        client_time: row.int(6)?,
        flags: row.int(7)?,
        body: row.take_text(8)?,
        custom: row.take_opt_text(9)?,
        extra,
        rev: row.int(11)?,
        changed_rev: row.int(12)?,
    })
}

/// The message of a place.
pub(crate) fn at(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<Option<Stored>, StoreError> {
    let row = tx.query_one(
        "SELECT thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev, changed_rev
         FROM message WHERE thread_id = ?1 AND pos = ?2",
        params![thread, pos],
    )?;
    row.map(stored).transpose()
}

/// Messages of places from `low` up to `high`, the newest first.
pub(crate) fn newest_first(tx: &Tx<'_>, thread: ThreadId, low: i64, high: i64, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = tx.query(
        "SELECT thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev, changed_rev
         FROM message WHERE thread_id = ?1 AND pos >= ?2 AND pos <= ?3 ORDER BY pos DESC LIMIT ?4",
        params![thread, low, high, limit],
    )?;
    rows.into_iter().map(stored).collect()
}

/// Of the messages of places from `low` up to `high` those that may be a conversation's last one, the newest first. A quiet message
/// (`NoLastMsg`) costs a look at its row's head.
pub(crate) fn newest_shown(tx: &Tx<'_>, thread: ThreadId, low: i64, high: i64, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = tx.query(
        "SELECT thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev, changed_rev
         FROM message WHERE thread_id = ?1 AND pos >= ?2 AND pos <= ?3 AND flags & 2 = 0 ORDER BY pos DESC LIMIT ?4",
        params![thread, low, high, limit],
    )?;
    rows.into_iter().map(stored).collect()
}

/// Messages of places from `low` up to `high`, the oldest first.
pub(crate) fn oldest_first(tx: &Tx<'_>, thread: ThreadId, low: i64, high: i64, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = tx.query(
        "SELECT thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev, changed_rev
         FROM message WHERE thread_id = ?1 AND pos >= ?2 AND pos <= ?3 ORDER BY pos LIMIT ?4",
        params![thread, low, high, limit],
    )?;
    rows.into_iter().map(stored).collect()
}

/// Messages of a thread that changed after they were written, by the number of the change.
pub(crate) fn changed_since(tx: &Tx<'_>, thread: ThreadId, rev: i64, limit: i64) -> Result<Vec<Stored>, StoreError> {
    let rows = tx.query(
        "SELECT thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, custom, extra, rev, changed_rev
         FROM message WHERE thread_id = ?1 AND changed_rev > ?2 AND changed_rev > 0 ORDER BY changed_rev LIMIT ?3",
        params![thread, rev, limit],
    )?;
    rows.into_iter().map(stored).collect()
}

/// A message that was stored before under the same sender and random number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Earlier {
    pub(crate) thread: ThreadId,
    pub(crate) pos: i64,
    pub(crate) seq: u64,
    pub(crate) time_ms: i64,
    pub(crate) client_time: i64,
    pub(crate) rev: i64,
}

/// Stored messages of this sender and random number whose client time lies in the same minute as `client_time`.
pub(crate) fn earlier(tx: &Tx<'_>, sender: TinyId, random: u64, client_time: i64) -> Result<Vec<Earlier>, StoreError> {
    let rows = tx.query(
        "SELECT thread_id, pos, seq, time_ms, client_time, rev FROM message
         WHERE client_time / 60 = ?1 AND sender = ?2 AND random = ?3",
        // The same rounding as the engine's division.
        params![client_time / 60, sender, random],
    )?;
    let read = |row: &Row| {
        Ok(Earlier {
            thread: ThreadId(row.int(0)?),
            pos: row.int(1)?,
            seq: row.u64(2)?,
            time_ms: row.int(3)?,
            client_time: row.int(4)?,
            rev: row.int(5)?,
        })
    };
    rows.iter().map(read).collect()
}

/// Server time (milliseconds) of a place.
pub(crate) fn time_at(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one("SELECT time_ms FROM message WHERE thread_id = ?1 AND pos = ?2", params![thread, pos])?;
    row.map(|row| row.int(0)).transpose()
}

/// The highest place whose message was sent up to the end of a second; 0: none. Times never fall along the places.
pub(crate) fn last_pos_at(tx: &Tx<'_>, thread: ThreadId, last_pos: i64, seconds: i64) -> Result<i64, StoreError> {
    let (mut low, mut high) = (0, last_pos);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        // A place without a row has expired: it is older than what is stored.
        let time_ms = time_at(tx, thread, middle)?.unwrap_or(i64::MIN);
        match time_ms.div_euclid(1000) <= seconds {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    Ok(low)
}

/// The highest place whose message was written up to a number of change; 0: none. Those numbers rise along the places.
pub(crate) fn last_pos_of_rev(tx: &Tx<'_>, thread: ThreadId, last_pos: i64, rev: i64) -> Result<i64, StoreError> {
    let (mut low, mut high) = (0, last_pos);
    while low < high {
        let middle = low + (high - low + 1) / 2;
        let row = tx.query_one("SELECT rev FROM message WHERE thread_id = ?1 AND pos = ?2", params![thread, middle])?;
        // A place without a row has expired: it is older than what is stored.
        match row.map(|row| row.int(0)).transpose()?.is_none_or(|found| found <= rev) {
            true => low = middle,
            false => high = middle - 1,
        }
    }
    Ok(low)
}

/// In the places above `low` up to `high`: how many messages count as unread, and how many of those `sender` sent.
pub(crate) fn count_between(tx: &Tx<'_>, thread: ThreadId, low: i64, high: i64, sender: TinyId) -> Result<(i64, i64), StoreError> {
    let row = tx.query_one(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN sender = ?4 THEN 1 ELSE 0 END), 0) FROM message
         WHERE thread_id = ?1 AND pos > ?2 AND pos <= ?3 AND flags & 65 = 0",
        params![thread, low, high, sender],
    )?;
    let row = row.unwrap_or_default();
    Ok((row.int(0)?, row.int(1)?))
}

/// Mentions of the newest messages above a place that mention somebody, with their places; recalled ones mention nobody. An index
/// holds such messages alone, so it costs nothing where there are none.
pub(crate) fn mentions_above(tx: &Tx<'_>, thread: ThreadId, pos: i64, limit: i64) -> Result<Vec<(i64, Vec<GroupAt>)>, StoreError> {
    let rows = tx.query(
        "SELECT pos, extra FROM message WHERE thread_id = ?1 AND pos > ?2 AND flags & 256 <> 0 AND flags & 128 = 0 AND extra IS NOT NULL
         ORDER BY pos DESC LIMIT ?3",
        params![thread, pos, limit],
    )?;
    let read = |row: &Row| {
        let extra: Extra =
            serde_json::from_str(row.text(1)?).map_err(|error| StoreError::Corrupt(format!("message extra: {error}")))?;
        Ok((row.int(0)?, extra.mentions))
    };
    rows.iter().map(read).collect()
}
