//! Rows of group attributes and counters.

use super::GroupNo;
use super::engine::{StoreError, Tx, params};

/// An attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Its key.
    pub(crate) key: String,
    /// Its value.
    pub(crate) value: String,
    /// How often it was written.
    pub(crate) seq: u64,
}

/// All attributes of a group, by key.
pub(crate) fn attributes(tx: &Tx<'_>, group: GroupNo) -> Result<Vec<Attribute>, StoreError> {
    let rows = tx.query("SELECT key, value, seq FROM group_attribute WHERE group_no = ?1 ORDER BY key", params![group])?;
    rows.into_iter().map(|mut row| Ok(Attribute { key: row.take_text(0)?, value: row.take_text(1)?, seq: row.u64(2)? })).collect()
}

/// Writes of a group's attributes so far.
pub(crate) fn main_seq(tx: &Tx<'_>, group: GroupNo) -> Result<u64, StoreError> {
    let row = tx.query_one("SELECT main_seq FROM group_attribute_seq WHERE group_no = ?1", params![group])?;
    row.map_or(Ok(0), |row| row.u64(0))
}

/// Notes a write of a group's attributes.
pub(crate) fn set_main_seq(tx: &Tx<'_>, group: GroupNo, main_seq: u64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_attribute_seq (group_no, main_seq) VALUES (?1, ?2)
         ON CONFLICT (group_no) DO UPDATE SET main_seq = excluded.main_seq",
        params![group, main_seq],
    )?;
    Ok(())
}

/// Writes an attribute.
pub(crate) fn put_attribute(tx: &Tx<'_>, group: GroupNo, attribute: &Attribute) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_attribute (group_no, key, value, seq) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (group_no, key) DO UPDATE SET value = excluded.value, seq = excluded.seq",
        params![group, &attribute.key, &attribute.value, attribute.seq],
    )?;
    Ok(())
}

/// Takes an attribute away.
pub(crate) fn delete_attribute(tx: &Tx<'_>, group: GroupNo, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM group_attribute WHERE group_no = ?1 AND key = ?2", params![group, key])?;
    Ok(())
}

/// All counters of a group, by key.
pub(crate) fn counters(tx: &Tx<'_>, group: GroupNo) -> Result<Vec<(String, i64)>, StoreError> {
    let rows = tx.query("SELECT key, value FROM group_counter WHERE group_no = ?1 ORDER BY key", params![group])?;
    rows.into_iter().map(|mut row| Ok((row.take_text(0)?, row.int(1)?))).collect()
}

/// Writes a counter.
pub(crate) fn put_counter(tx: &Tx<'_>, group: GroupNo, key: &str, value: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO group_counter (group_no, key, value) VALUES (?1, ?2, ?3)
         ON CONFLICT (group_no, key) DO UPDATE SET value = excluded.value",
        params![group, key, value],
    )?;
    Ok(())
}

/// Takes a counter away.
pub(crate) fn delete_counter(tx: &Tx<'_>, group: GroupNo, key: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM group_counter WHERE group_no = ?1 AND key = ?2", params![group, key])?;
    Ok(())
}
