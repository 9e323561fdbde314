//! Rows of profile fields. Nick and photo stand in the account's own row, because each message carries them.

use super::TinyId;
use super::account::AccountRow;
use super::engine::{Row, StoreError, Tx, params};
use serde_json::Value;

/// Tag of the nick.
pub(crate) const NICK: &str = "Tag_Profile_IM_Nick";
/// Tag of the photo.
pub(crate) const IMAGE: &str = "Tag_Profile_IM_Image";

/// All fields that are set, by tag.
pub(crate) fn fields(tx: &Tx<'_>, account: &AccountRow) -> Result<Vec<(String, Value)>, StoreError> {
    let mut fields = Vec::new();
    for (tag, text) in [(NICK, &account.nick), (IMAGE, &account.face_url)] {
        if !text.is_empty() {
            fields.push((tag.to_owned(), Value::from(text.as_str())));
        }
    }
    for mut row in tx.query("SELECT tag, value FROM profile_field WHERE tiny_id = ?1 ORDER BY tag", params![account.tiny_id])? {
        let value = serde_json::from_str(row.text(1)?).map_err(|error| StoreError::Corrupt(format!("profile field: {error}")))?;
        fields.push((row.take_text(0)?, value));
    }
    Ok(fields)
}

/// Fields of the people one has a one-to-one conversation with, nick and photo excepted, by tag.
pub(crate) fn fields_of_peers(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<(TinyId, String, Value)>, StoreError> {
    let rows = tx.query(
        "SELECT p.tiny_id, p.tag, p.value FROM conversation AS c JOIN thread AS t ON t.thread_id = c.thread_id
         JOIN profile_field AS p ON p.tiny_id = CASE WHEN t.low = ?1 THEN t.high ELSE t.low END
         WHERE c.owner = ?1 AND t.high > 0 ORDER BY p.tiny_id, p.tag",
        params![owner],
    )?;
    let read = |mut row: Row| {
        let value = serde_json::from_str(row.text(2)?).map_err(|error| StoreError::Corrupt(format!("profile field: {error}")))?;
        Ok((TinyId(row.u64(0)?), row.take_text(1)?, value))
    };
    rows.into_iter().map(read).collect()
}

/// Sets one field; call [`touch`] after the last.
pub(crate) fn set(tx: &Tx<'_>, tiny_id: TinyId, tag: &str, value: &Value) -> Result<(), StoreError> {
    let column = match tag {
        NICK => "UPDATE account SET nick = ?2 WHERE tiny_id = ?1",
        IMAGE => "UPDATE account SET face_url = ?2 WHERE tiny_id = ?1",
        _ => {
            tx.execute(
                "INSERT INTO profile_field (tiny_id, tag, value) VALUES (?1, ?2, ?3)
                 ON CONFLICT (tiny_id, tag) DO UPDATE SET value = excluded.value",
                params![tiny_id, tag, &value.to_string()],
            )?;
            return Ok(());
        }
    };
    tx.execute(column, params![tiny_id, value.as_str().unwrap_or_default()])?;
    Ok(())
}

/// Stamps the profile as changed, so that other devices learn it.
pub(crate) fn touch(tx: &Tx<'_>, tiny_id: TinyId) -> Result<i64, StoreError> {
    let rev = tx.next_rev();
    tx.execute("UPDATE account SET rev = ?2 WHERE tiny_id = ?1", params![tiny_id, rev])?;
    Ok(rev)
}
