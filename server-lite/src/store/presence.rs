//! Rows of phones, which stay reachable by push when their link is gone.

use super::TinyId;
use super::engine::{Row, StoreError, Tx, params};
use tern_protocol::model::presence::Platform;

/// How a phone can be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DeviceState {
    /// Logged out, displaced, or away too long.
    Gone = 0,
    /// Over its link.
    Linked = 1,
    /// By push alone.
    Away = 2,
}

/// A phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DeviceRow {
    /// Whose.
    pub(crate) tiny_id: TinyId,
    /// The installation.
    pub(crate) install: String,
    /// What it is.
    pub(crate) platform: Platform,
    /// How it can be reached.
    pub(crate) state: DeviceState,
    /// `InstId` of its last login.
    pub(crate) session: u64,
    /// Unix milliseconds at which it was last heard.
    pub(crate) heard_ms: i64,
    /// The app is out of sight.
    pub(crate) background: bool,
    /// Certificate of its token.
    pub(crate) cert_id: i64,
    /// Where pushes go; empty: nowhere.
    pub(crate) token: String,
    /// Unix milliseconds at which the token was registered.
    pub(crate) registered_ms: i64,
    /// Added to the unread total for the number on the app's icon.
    pub(crate) badge_offset: i64,
}

/// Whether a phone's app is seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sight {
    /// It is: no pushes.
    Seen,
    /// It is not, although its link may live.
    Unseen {
        /// Added to the unread total for the number on its icon.
        badge_offset: i64,
    },
}

impl DeviceRow {
    /// Whether a push may reach it: it has a token, and its app is not in sight.
    pub(crate) fn wants_push(&self) -> bool {
        !self.token.is_empty()
            && match self.state {
                DeviceState::Gone => false,
                DeviceState::Linked => self.background,
                DeviceState::Away => true,
            }
    }
}

fn device(mut row: Row) -> Result<DeviceRow, StoreError> {
    let broken = |what: String| StoreError::Corrupt(format!("device: {what}"));
    Ok(DeviceRow {
        tiny_id: TinyId(row.u64(0)?),
        install: row.take_text(1)?,
        platform: Platform::parse(row.text(2)?).map_err(|error| broken(error.to_string()))?,
        state: match row.int(3)? {
            0 => DeviceState::Gone,
            1 => DeviceState::Linked,
            2 => DeviceState::Away,
            n => return Err(broken(format!("state {n}"))),
        },
        session: row.u64(4)?,
        heard_ms: row.int(5)?,
        background: row.bool(6)?,
        cert_id: row.int(7)?,
        token: row.take_text(8)?,
        registered_ms: row.int(9)?,
        badge_offset: row.int(10)?,
    })
}

/// All phones of a person, also those that nothing reaches.
pub(crate) fn devices(tx: &Tx<'_>, tiny_id: TinyId) -> Result<Vec<DeviceRow>, StoreError> {
    let rows = tx.query(
        "SELECT tiny_id, install, platform, state, session, heard_ms, background, cert_id, token, registered_ms, badge_offset
         FROM device
         WHERE tiny_id = ?1",
        params![tiny_id],
    )?;
    rows.into_iter().map(device).collect()
}

/// A phone logs in: its row is made, or keeps its token and is linked again.
pub(crate) fn link(
    tx: &Tx<'_>,
    tiny_id: TinyId,
    install: &str,
    platform: Platform,
    session: u64,
    now_ms: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO device (tiny_id, install, platform, state, session, heard_ms) VALUES (?1, ?2, ?3, 1, ?4, ?5)
         ON CONFLICT (tiny_id, install) DO UPDATE SET platform = excluded.platform, state = 1, session = excluded.session,
           heard_ms = excluded.heard_ms, background = 0, badge_offset = 0",
        params![tiny_id, install, platform.name(), session, now_ms],
    )?;
    Ok(())
}

/// A phone's link ended.
pub(crate) fn set_state(tx: &Tx<'_>, tiny_id: TinyId, install: &str, state: DeviceState, heard_ms: i64) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE device SET state = ?3, heard_ms = ?4, background = 0 WHERE tiny_id = ?1 AND install = ?2",
        params![tiny_id, install, state as i64, heard_ms],
    )?;
    Ok(())
}

/// A phone logged out: its token ends too.
pub(crate) fn forget(tx: &Tx<'_>, tiny_id: TinyId, install: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM device WHERE tiny_id = ?1 AND install = ?2", params![tiny_id, install])?;
    Ok(())
}

/// Where a phone's pushes go; an empty token: nowhere.
pub(crate) fn set_token(
    tx: &Tx<'_>,
    tiny_id: TinyId,
    install: &str,
    cert_id: i64,
    token: &str,
    now_ms: i64,
) -> Result<usize, StoreError> {
    // A token names one app on one phone: whoever had it before has it no more.
    if !token.is_empty() {
        tx.execute(
            "UPDATE device SET token = '' WHERE token = ?1 AND token <> '' AND cert_id = ?2 AND NOT (tiny_id = ?3 AND install = ?4)",
            params![token, cert_id, tiny_id, install],
        )?;
    }
    tx.execute(
        "UPDATE device SET cert_id = ?3, token = ?4, registered_ms = ?5 WHERE tiny_id = ?1 AND install = ?2",
        params![tiny_id, install, cert_id, token, now_ms],
    )
}

/// A provider says that a token is dead. One that was registered again since stays.
pub(crate) fn clear_dead_token(
    tx: &Tx<'_>,
    tiny_id: TinyId,
    install: &str,
    token: &str,
    registered_until_ms: i64,
) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE device SET token = '' WHERE tiny_id = ?1 AND install = ?2 AND token = ?3 AND registered_ms <= ?4",
        params![tiny_id, install, token, registered_until_ms],
    )?;
    Ok(())
}

/// The app of a phone went out of sight, or came back.
pub(crate) fn set_sight(tx: &Tx<'_>, tiny_id: TinyId, install: &str, sight: Sight) -> Result<(), StoreError> {
    let (background, badge_offset) = match sight {
        Sight::Seen => (false, 0),
        Sight::Unseen { badge_offset } => (true, badge_offset),
    };
    tx.execute(
        "UPDATE device SET background = ?3, badge_offset = ?4 WHERE tiny_id = ?1 AND install = ?2",
        params![tiny_id, install, background, badge_offset],
    )?;
    Ok(())
}

/// Phones that are linked by their row: at start no link has survived.
pub(crate) fn linked(tx: &Tx<'_>) -> Result<Vec<DeviceRow>, StoreError> {
    let rows = tx.query(
        "SELECT tiny_id, install, platform, state, session, heard_ms, background, cert_id, token, registered_ms, badge_offset
         FROM device
         WHERE state = 1",
        &[],
    )?;
    rows.into_iter().map(device).collect()
}

/// Phones that have been away since a moment or longer, at most `limit`.
pub(crate) fn away_since(tx: &Tx<'_>, heard_until_ms: i64, limit: i64) -> Result<Vec<DeviceRow>, StoreError> {
    let rows = tx.query(
        "SELECT tiny_id, install, platform, state, session, heard_ms, background, cert_id, token, registered_ms, badge_offset
         FROM device
         WHERE state = 2 AND heard_ms <= ?1 ORDER BY heard_ms LIMIT ?2",
        params![heard_until_ms, limit],
    )?;
    rows.into_iter().map(device).collect()
}

/// When the phone that has been away longest was last heard.
pub(crate) fn oldest_away(tx: &Tx<'_>) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one("SELECT MIN(heard_ms) FROM device WHERE state = 2", &[])?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten())
}

/// A page of people who have a phone on record, by number, for the bridges' overview.
pub(crate) fn people_after(tx: &Tx<'_>, after: TinyId, limit: i64) -> Result<Vec<TinyId>, StoreError> {
    let rows =
        tx.query("SELECT DISTINCT tiny_id FROM device WHERE tiny_id > ?1 ORDER BY tiny_id LIMIT ?2", params![after, limit])?;
    rows.iter().map(|row| row.u64(0).map(TinyId)).collect()
}

/// What others see of a person beside its links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// What it says of itself; empty: nothing.
    pub(crate) custom_status: String,
    /// It logged out, or never logged in.
    pub(crate) logged_out: bool,
}

/// How a person stands.
pub(crate) fn standing(tx: &Tx<'_>, user: TinyId) -> Result<Standing, StoreError> {
    let row = tx.query_one("SELECT custom_status, logged_out FROM account WHERE tiny_id = ?1", params![user])?;
    let mut row = row.unwrap_or_default();
    Ok(Standing { custom_status: row.take_text(0)?, logged_out: row.bool(1)? })
}

/// Keeps what a person says of itself.
pub(crate) fn set_custom_status(tx: &Tx<'_>, user: TinyId, text: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET custom_status = ?2 WHERE tiny_id = ?1", params![user, text])?;
    Ok(())
}

/// Keeps that a person logged out, or did not.
pub(crate) fn set_logged_out(tx: &Tx<'_>, user: TinyId, logged_out: bool) -> Result<(), StoreError> {
    tx.execute("UPDATE account SET logged_out = ?2 WHERE tiny_id = ?1", params![user, logged_out])?;
    Ok(())
}
