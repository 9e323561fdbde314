//! Lists of merged messages.

use super::engine::{StoreError, Tx, params};
use tern_protocol::SdkAppId;

/// Writes a list under a new key.
pub(crate) fn put(tx: &Tx<'_>, app: SdkAppId, key: &str, now: i64, inner_keys: &str, list: &str) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO relay (relay_key, sdk_app_id, used_at, inner_keys, list) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![key, app.0, now, inner_keys, list],
    )?;
    Ok(())
}

/// A list by its key.
pub(crate) fn get(tx: &Tx<'_>, app: SdkAppId, key: &str) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT list FROM relay WHERE relay_key = ?1 AND sdk_app_id = ?2", params![key, app.0])?;
    row.map(|mut row| row.take_text(0)).transpose()
}

/// A list was sent: it lives as long as the message. The keys that its own messages name (JSON), if it lived less long before.
pub(crate) fn touch(tx: &Tx<'_>, app: SdkAppId, key: &str, now: i64) -> Result<Option<String>, StoreError> {
    let row = tx.query_one(
        "UPDATE relay SET used_at = ?3 WHERE relay_key = ?1 AND sdk_app_id = ?2 AND used_at < ?3 RETURNING inner_keys",
        params![key, app.0, now],
    )?;
    row.map(|mut row| row.take_text(0)).transpose()
}
