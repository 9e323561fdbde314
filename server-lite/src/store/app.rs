//! Rows of applications.

use super::engine::{Row, StoreError, Tx, params};
use crate::application::{Application, FIRST_SDK_APP_ID};
use tern_protocol::SdkAppId;

const COLUMNS: &str = "sdk_app_id, name, edition, created_at, settings";

fn read(row: &Row) -> Result<Application, StoreError> {
    let broken = |what: String| StoreError::Corrupt(format!("application {}: {what}", row.int(0).unwrap_or_default()));
    Ok(Application {
        id: SdkAppId(row.u32(0)?),
        name: row.text(1)?.to_owned(),
        edition: row.text(2)?.parse().map_err(broken)?,
        created_at: row.int(3)?,
        settings: serde_json::from_str(row.text(4)?).map_err(|error| broken(error.to_string()))?,
    })
}

/// All applications, by number.
pub(crate) fn list(tx: &Tx<'_>) -> Result<Vec<Application>, StoreError> {
    let rows = tx.query(&format!("SELECT {COLUMNS} FROM application ORDER BY sdk_app_id"), &[])?;
    rows.iter().map(read).collect()
}

/// One application.
pub(crate) fn get(tx: &Tx<'_>, id: SdkAppId) -> Result<Option<Application>, StoreError> {
    let row = tx.query_one(&format!("SELECT {COLUMNS} FROM application WHERE sdk_app_id = ?1"), params![id.0])?;
    row.as_ref().map(read).transpose()
}

/// The number that the next application gets.
pub(crate) fn next_id(tx: &Tx<'_>) -> Result<SdkAppId, StoreError> {
    let row = tx.query_one("SELECT MAX(sdk_app_id) FROM application WHERE sdk_app_id >= ?1", params![FIRST_SDK_APP_ID.0])?;
    let highest = row.map(|row| row.opt_int(0)).transpose()?.flatten();
    let next = highest.map_or(i64::from(FIRST_SDK_APP_ID.0), |n| n + 1);
    u32::try_from(next).map(SdkAppId).map_err(|_| StoreError::Constraint("no application number is left".into()))
}

/// Writes a new or changed application.
pub(crate) fn put(tx: &Tx<'_>, app: &Application) -> Result<(), StoreError> {
    let settings = serde_json::to_string(&app.settings).map_err(|error| StoreError::Engine(error.to_string()))?;
    tx.execute(
        "INSERT INTO application (sdk_app_id, name, edition, created_at, settings) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (sdk_app_id) DO UPDATE SET name = excluded.name, edition = excluded.edition, settings = excluded.settings",
        params![app.id.0, &app.name, app.edition.name(), app.created_at, &settings],
    )?;
    Ok(())
}
