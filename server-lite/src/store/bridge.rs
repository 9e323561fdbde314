//! Credentials of push bridges.

use super::engine::{Row, StoreError, Tx, params};
use tern_protocol::SdkAppId;

/// A bridge that may log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BridgeRow {
    /// Its number.
    pub(crate) id: i64,
    /// What people call it.
    pub(crate) name: String,
    /// SHA-256 of its token.
    pub(crate) token_sha256: Vec<u8>,
    /// Applications it may serve; `None`: all.
    pub(crate) apps: Option<Vec<SdkAppId>>,
    /// Unix seconds.
    pub(crate) created_at: i64,
}

fn read(row: &Row) -> Result<BridgeRow, StoreError> {
    let apps = row.opt_text(3)?.map(serde_json::from_str).transpose();
    Ok(BridgeRow {
        id: row.int(0)?,
        name: row.text(1)?.to_owned(),
        token_sha256: row.blob(2)?.to_vec(),
        apps: apps.map_err(|error| StoreError::Corrupt(format!("applications of a bridge: {error}")))?,
        created_at: row.int(4)?,
    })
}

/// All bridges, oldest first. They are few: each was added by hand.
pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<BridgeRow>, StoreError> {
    let rows = tx.query("SELECT bridge_id, name, token_sha256, apps, created_at FROM bridge ORDER BY bridge_id", &[])?;
    rows.iter().map(read).collect()
}

/// Adds a bridge; `false`: the name is taken.
pub(crate) fn add(tx: &Tx<'_>, name: &str, token_sha256: &[u8], apps: Option<&[SdkAppId]>, now: i64) -> Result<bool, StoreError> {
    let apps = apps.map(serde_json::to_string).transpose().map_err(|error| StoreError::Engine(error.to_string()))?;
    let added = tx.execute(
        "INSERT INTO bridge (name, token_sha256, apps, created_at) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (name) DO NOTHING",
        params![name, token_sha256, apps.as_deref(), now],
    )?;
    Ok(added == 1)
}

/// Removes a bridge by name; `false`: there is none.
pub(crate) fn remove(tx: &Tx<'_>, name: &str) -> Result<bool, StoreError> {
    Ok(tx.execute("DELETE FROM bridge WHERE name = ?1", params![name])? == 1)
}
