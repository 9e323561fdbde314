//! Files of an hour's messages, and which messages are in them.

use super::conversation::{self, Ends, ThreadId};
use super::engine::{Row, StoreError, Tx, params};
use super::message;
use tern_protocol::SdkAppId;

/// Which file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct FileKey {
    /// The application.
    pub(crate) app: SdkAppId,
    /// Of groups, not of one-to-one conversations.
    pub(crate) of_groups: bool,
    /// Unix seconds at which the hour begins.
    pub(crate) hour: i64,
}

/// A file that was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Which.
    pub(crate) key: FileKey,
    /// What its address begins with.
    pub(crate) base: String,
    /// Bytes when unpacked.
    pub(crate) file_size: u64,
    /// In hexadecimal.
    pub(crate) file_md5: String,
    /// Bytes; 0: the hour has no message, and there is no file.
    pub(crate) gzip_size: u64,
    /// In hexadecimal.
    pub(crate) gzip_md5: String,
    /// Signs its address.
    pub(crate) secret: Vec<u8>,
    /// Unix seconds.
    pub(crate) expire_time: i64,
}

const COLUMNS: &str = "sdk_app_id, of_groups, hour, base, file_size, file_md5, gzip_size, gzip_md5, secret, expire_time";

fn read(mut row: Row) -> Result<FileRow, StoreError> {
    Ok(FileRow {
        key: FileKey { app: SdkAppId(row.u32(0)?), of_groups: row.bool(1)?, hour: row.int(2)? },
        base: row.take_text(3)?,
        file_size: row.u64(4)?,
        file_md5: row.take_text(5)?,
        gzip_size: row.u64(6)?,
        gzip_md5: row.take_text(7)?,
        secret: row.blob(8)?.to_vec(),
        expire_time: row.int(9)?,
    })
}

/// A file that was made.
pub(crate) fn get(tx: &Tx<'_>, key: FileKey) -> Result<Option<FileRow>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM history_file WHERE sdk_app_id = ?1 AND of_groups = ?2 AND hour = ?3");
    tx.query_one(&sql, params![key.app.0, key.of_groups, key.hour])?.map(read).transpose()
}

/// Writes a file down, new or with another address.
pub(crate) fn put(tx: &Tx<'_>, row: &FileRow) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO history_file (sdk_app_id, of_groups, hour, base, file_size, file_md5, gzip_size, gzip_md5, secret, expire_time)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
         ON CONFLICT (sdk_app_id, of_groups, hour) DO UPDATE SET base = excluded.base",
        params![
            row.key.app.0,
            row.key.of_groups,
            row.key.hour,
            &row.base,
            row.file_size,
            &row.file_md5,
            row.gzip_size,
            &row.gzip_md5,
            &row.secret[..],
            row.expire_time
        ],
    )?;
    Ok(())
}

/// Takes away rows that expired up to a second; which they were.
pub(crate) fn take_expired(tx: &Tx<'_>, now: i64) -> Result<Vec<FileKey>, StoreError> {
    let rows = tx.query(&format!("DELETE FROM history_file WHERE expire_time <= ?1 RETURNING {COLUMNS}"), params![now])?;
    rows.into_iter().map(|row| read(row).map(|row| row.key)).collect()
}

/// Places of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Places {
    /// The thread.
    pub(crate) thread: ThreadId,
    /// What it joins.
    pub(crate) ends: Ends,
    /// The first.
    pub(crate) low: i64,
    /// The last.
    pub(crate) high: i64,
}

/// A page of the threads of an application's kind: how far it came (`None`: to the end), and where messages of the hour are.
pub(crate) fn places_after(
    tx: &Tx<'_>,
    key: FileKey,
    after: ThreadId,
    limit: i64,
) -> Result<(Option<ThreadId>, Vec<Places>), StoreError> {
    let (start_ms, end_ms) = (key.hour * 1_000, (key.hour + 3_600) * 1_000);
    let rows = tx.query(
        "SELECT t.thread_id,
                (SELECT m.time_ms FROM message AS m WHERE m.thread_id = t.thread_id ORDER BY m.pos LIMIT 1),
                (SELECT m.time_ms FROM message AS m WHERE m.thread_id = t.thread_id ORDER BY m.pos DESC LIMIT 1),
                CASE WHEN t.high = 0 THEN (SELECT g.sdk_app_id FROM chat_group AS g WHERE g.group_no = t.low)
                     ELSE (SELECT a.sdk_app_id FROM account AS a WHERE a.tiny_id = t.low) END,
                CASE WHEN t.high = 0 THEN 1 ELSE 0 END
         FROM thread AS t WHERE t.thread_id > ?1 ORDER BY t.thread_id LIMIT ?2",
        params![after, limit],
    )?;
    let last = rows.last().map(|row| row.int(0).map(ThreadId)).transpose()?;
    let mut found = Vec::new();
    for row in &rows {
        let is_of_it = row.opt_int(3)? == Some(i64::from(key.app.0)) && row.bool(4)? == key.of_groups;
        let (Some(oldest), Some(newest), true) = (row.opt_int(1)?, row.opt_int(2)?, is_of_it) else { continue };
        if oldest >= end_ms || newest < start_ms {
            continue;
        }
        let Some(thread) = conversation::by_id(tx, ThreadId(row.int(0)?))? else { continue };
        let low = message::last_pos_at(tx, thread.id, thread.last_pos, key.hour - 1)?.max(thread.start_pos) + 1;
        let high = message::last_pos_at(tx, thread.id, thread.last_pos, key.hour + 3_599)?;
        if low <= high {
            found.push(Places { thread: thread.id, ends: thread.ends, low, high });
        }
    }
    Ok((last, found))
}
