//! Rows of accounts.

use super::TinyId;
use super::engine::{Row, StoreError, Tx, params};
use tern_protocol::SdkAppId;

/// An account that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AccountRow {
    /// Its number.
    pub(crate) tiny_id: TinyId,
    /// Its name.
    pub(crate) user_id: String,
    /// Profile: nick; empty: none.
    pub(crate) nick: String,
    /// Profile: photo URL; empty: none.
    pub(crate) face_url: String,
    /// Unix seconds before which its UserSigs must not have been issued.
    pub(crate) not_before: i64,
    /// Number of the last change of its profile.
    pub(crate) rev: i64,
}

const COLUMNS: &str = "tiny_id, user_id, nick, face_url, not_before, rev";

fn read(mut row: Row) -> Result<AccountRow, StoreError> {
    Ok(AccountRow {
        tiny_id: TinyId(row.u64(0)?),
        user_id: row.take_text(1)?,
        nick: row.take_text(2)?,
        face_url: row.take_text(3)?,
        not_before: row.int(4)?,
        rev: row.int(5)?,
    })
}

/// An account by name.
pub(crate) fn find(tx: &Tx<'_>, app: SdkAppId, user_id: &str) -> Result<Option<AccountRow>, StoreError> {
    let row = tx.query_one(
        "SELECT tiny_id, user_id, nick, face_url, not_before, rev FROM account
         WHERE sdk_app_id = ?1 AND user_id = ?2 AND deleted_at = 0",
        params![app.0, user_id],
    )?;
    row.map(read).transpose()
}

/// An account by number, also a deleted one: stored messages name their senders so.
pub(crate) fn by_number(tx: &Tx<'_>, tiny_id: TinyId) -> Result<Option<AccountRow>, StoreError> {
    let row = tx.query_one(&format!("SELECT {COLUMNS} FROM account WHERE tiny_id = ?1"), params![tiny_id])?;
    row.map(read).transpose()
}

/// Accounts of an application whose names come after one, by name.
pub(crate) fn page(tx: &Tx<'_>, app: SdkAppId, after: &str, limit: u64) -> Result<Vec<AccountRow>, StoreError> {
    let rows = tx.query(
        "SELECT tiny_id, user_id, nick, face_url, not_before, rev FROM account
         WHERE sdk_app_id = ?1 AND user_id > ?2 AND deleted_at = 0 ORDER BY user_id LIMIT ?3",
        params![app.0, after, limit],
    )?;
    rows.into_iter().map(read).collect()
}

/// Makes an account; the name must be free.
pub(crate) fn insert(tx: &Tx<'_>, app: SdkAppId, user_id: &str, now: i64) -> Result<AccountRow, StoreError> {
    let rev = tx.next_rev();
    tx.execute(
        "INSERT INTO account (sdk_app_id, user_id, created_at, rev) VALUES (?1, ?2, ?3, ?4)",
        params![app.0, user_id, now, rev],
    )?;
    // Cheaper than RETURNING, for which SQLite makes a table of its own each time.
    let row = tx.query_one(
        "SELECT tiny_id FROM account WHERE sdk_app_id = ?1 AND user_id = ?2 AND deleted_at = 0",
        params![app.0, user_id],
    )?;
    let tiny_id = TinyId(row.unwrap_or_default().u64(0)?);
    let (nick, face_url) = (String::new(), String::new());
    Ok(AccountRow { tiny_id, user_id: user_id.to_owned(), nick, face_url, not_before: 0, rev })
}

/// How many accounts an application has.
pub(crate) fn count(tx: &Tx<'_>, app: SdkAppId) -> Result<i64, StoreError> {
    let row = tx.query_one("SELECT COUNT(*) FROM account WHERE sdk_app_id = ?1 AND deleted_at = 0", params![app.0])?;
    row.unwrap_or_default().int(0)
}

/// When an account of this name was last deleted, in Unix seconds.
pub(crate) fn last_deleted(tx: &Tx<'_>, app: SdkAppId, user_id: &str) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one(
        "SELECT MAX(deleted_at) FROM account WHERE sdk_app_id = ?1 AND user_id = ?2 AND deleted_at > 0",
        params![app.0, user_id],
    )?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten())
}

/// Deletes an account and its profile; its number stays.
pub(crate) fn delete(tx: &Tx<'_>, tiny_id: TinyId, now: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM profile_field WHERE tiny_id = ?1", params![tiny_id])?;
    tx.execute(
        "UPDATE account SET deleted_at = ?2, nick = '', face_url = '', custom_status = '', rev = ?3 WHERE tiny_id = ?1",
        params![tiny_id, now, tx.next_rev()],
    )?;
    Ok(())
}

/// UserSigs issued before this second are worth nothing from now on.
pub(crate) fn set_not_before(tx: &Tx<'_>, tiny_id: TinyId, not_before: i64) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET not_before = ?2 WHERE tiny_id = ?1", params![tiny_id, not_before])?;
    Ok(())
}

/// Nick and photo of an account: what travels with each message.
pub(crate) fn words(tx: &Tx<'_>, tiny_id: TinyId) -> Result<Option<(String, String)>, StoreError> {
    let row = tx.query_one("SELECT nick, face_url FROM account WHERE tiny_id = ?1", params![tiny_id])?;
    row.map(|mut row| Ok((row.take_text(0)?, row.take_text(1)?))).transpose()
}

/// Application and name of an account by number.
pub(crate) fn name_of(tx: &Tx<'_>, tiny_id: TinyId) -> Result<Option<(SdkAppId, String)>, StoreError> {
    let row = tx.query_one("SELECT sdk_app_id, user_id FROM account WHERE tiny_id = ?1", params![tiny_id])?;
    row.map(|mut row| Ok((SdkAppId(row.u32(0)?), row.take_text(1)?))).transpose()
}

/// People one has a one-to-one conversation with.
pub(crate) fn peers(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<AccountRow>, StoreError> {
    let rows = tx.query(
        "SELECT a.tiny_id, a.user_id, a.nick, a.face_url, a.not_before, a.rev
         FROM conversation AS c JOIN thread AS t ON t.thread_id = c.thread_id
         JOIN account AS a ON a.tiny_id = CASE WHEN t.low = ?1 THEN t.high ELSE t.low END
         WHERE c.owner = ?1 AND t.high > 0",
        params![owner],
    )?;
    rows.into_iter().map(read).collect()
}

/// People one has a one-to-one conversation with whose profile changed after `rev`.
pub(crate) fn peers_changed_since(tx: &Tx<'_>, owner: TinyId, rev: i64) -> Result<Vec<TinyId>, StoreError> {
    let rows = tx.query(
        "SELECT a.tiny_id FROM conversation AS c JOIN thread AS t ON t.thread_id = c.thread_id
         JOIN account AS a ON a.tiny_id = CASE WHEN t.low = ?1 THEN t.high ELSE t.low END
         WHERE c.owner = ?1 AND t.high > 0 AND a.rev > ?2",
        params![owner, rev],
    )?;
    rows.iter().map(|row| row.u64(0).map(TinyId)).collect()
}

/// The two people of a one-to-one message, with what every such message asks about them: one statement instead of four.
#[derive(Clone, Debug)]
pub(crate) struct Meeting {
    /// The receiver.
    pub(crate) to: AccountRow,
    /// The sender's nick.
    pub(crate) nick: String,
    /// The sender's photo.
    pub(crate) face_url: String,
    /// The receiver blocks the sender.
    pub(crate) is_blocked: bool,
    /// A phone of the receiver can and should be pushed to, unless another one is in sight.
    pub(crate) wants_push: bool,
}

/// Looks a sender up by number and a receiver by name; `None`: there is no such receiver.
pub(crate) fn meet(tx: &Tx<'_>, app: SdkAppId, sender: TinyId, to: &str) -> Result<Option<Meeting>, StoreError> {
    let row = tx.query_one(
        "SELECT r.tiny_id, r.user_id, r.nick, r.face_url, r.not_before, r.rev, s.nick, s.face_url,
           CASE WHEN EXISTS (SELECT 1 FROM block AS b WHERE b.owner = r.tiny_id AND b.blocked = s.tiny_id) THEN 1 ELSE 0 END,
           CASE WHEN EXISTS (SELECT 1 FROM device AS d WHERE d.tiny_id = r.tiny_id AND d.token <> ''
             AND (d.state = 2 OR (d.state = 1 AND d.background = 1))) THEN 1 ELSE 0 END
         FROM account AS r JOIN account AS s ON s.tiny_id = ?3
         WHERE r.sdk_app_id = ?1 AND r.user_id = ?2 AND r.deleted_at = 0",
        params![app.0, to, sender],
    )?;
    let meeting = |mut row: Row| {
        Ok(Meeting {
            nick: row.take_text(6)?,
            face_url: row.take_text(7)?,
            is_blocked: row.bool(8)?,
            wants_push: row.bool(9)?,
            to: read(row)?,
        })
    };
    row.map(meeting).transpose()
}

/// How exact the time is at which somebody was there: it is read in days, and a login should not write each time.
const SEEN_STEP_S: i64 = 3_600;

/// Remembers, to the hour, when somebody was there: Unix seconds of a login or of a link's end.
pub(crate) fn seen(tx: &Tx<'_>, user: TinyId, now: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO account_seen (tiny_id, seen_at) VALUES (?1, ?2)
         ON CONFLICT (tiny_id) DO UPDATE SET seen_at = excluded.seen_at WHERE seen_at <= excluded.seen_at - ?3",
        params![user, now, SEEN_STEP_S],
    )?;
    Ok(())
}
