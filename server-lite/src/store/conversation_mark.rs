//! Marks, custom data and groups of conversations: rows of those persons only who use them.

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{Row, StoreError, Tx, params};
use std::collections::HashMap;

/// What a person attached to a conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Marks {
    /// 64 bits.
    pub(crate) standard: u64,
    /// Custom data; empty: none.
    pub(crate) custom: String,
    /// Numbers of the conversation groups it is in, rising.
    pub(crate) groups: Vec<i64>,
    /// Unix seconds of the last change.
    pub(crate) changed_at: i64,
}

impl Marks {
    /// Whether nothing is attached.
    pub(crate) fn is_empty(&self) -> bool {
        self.standard == 0 && self.custom.is_empty() && self.groups.is_empty()
    }
}

fn put_mark(all: &mut HashMap<ThreadId, Marks>, row: &mut Row) -> Result<(), StoreError> {
    let marks = all.entry(ThreadId(row.int(0)?)).or_default();
    (marks.standard, marks.custom, marks.changed_at) = (row.int(1)?.cast_unsigned(), row.take_text(2)?, row.int(3)?);
    Ok(())
}

fn put_group(all: &mut HashMap<ThreadId, Marks>, row: &Row) -> Result<(), StoreError> {
    let marks = all.entry(ThreadId(row.int(0)?)).or_default();
    marks.groups.push(row.int(1)?);
    marks.changed_at = marks.changed_at.max(row.int(2)?);
    Ok(())
}

/// Everything that a person attached, by conversation: at most 1,000 marked and 1,000 grouped ones.
pub(crate) fn all(tx: &Tx<'_>, owner: TinyId) -> Result<HashMap<ThreadId, Marks>, StoreError> {
    let mut all = HashMap::new();
    let sql = "SELECT thread_id, standard, custom, changed_at FROM conversation_mark WHERE owner = ?1";
    for mut row in tx.query(sql, params![owner])? {
        put_mark(&mut all, &mut row)?;
    }
    let sql = "SELECT thread_id, group_id, changed_at FROM conversation_group_member WHERE owner = ?1 ORDER BY thread_id, group_id";
    for row in tx.query(sql, params![owner])? {
        put_group(&mut all, &row)?;
    }
    Ok(all)
}

/// What a person attached to one conversation.
pub(crate) fn of(tx: &Tx<'_>, owner: TinyId, thread: ThreadId) -> Result<Marks, StoreError> {
    let mut all = HashMap::new();
    let sql = "SELECT thread_id, standard, custom, changed_at FROM conversation_mark WHERE owner = ?1 AND thread_id = ?2";
    for mut row in tx.query(sql, params![owner, thread])? {
        put_mark(&mut all, &mut row)?;
    }
    let sql = "SELECT thread_id, group_id, changed_at FROM conversation_group_member WHERE owner = ?1 AND thread_id = ?2 ORDER BY group_id";
    for row in tx.query(sql, params![owner, thread])? {
        put_group(&mut all, &row)?;
    }
    Ok(all.remove(&thread).unwrap_or_default())
}

/// How many conversations a person has marked.
pub(crate) fn marked(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    count(tx, "SELECT COUNT(*) FROM conversation_mark WHERE owner = ?1", owner)
}

/// How many different conversations of a person are in conversation groups.
pub(crate) fn grouped(tx: &Tx<'_>, owner: TinyId) -> Result<i64, StoreError> {
    count(tx, "SELECT COUNT(DISTINCT thread_id) FROM conversation_group_member WHERE owner = ?1", owner)
}

fn count(tx: &Tx<'_>, sql: &str, owner: TinyId) -> Result<i64, StoreError> {
    tx.query_one(sql, params![owner])?.map_or(Ok(0), |row| row.int(0))
}

/// Writes the marks and the custom data of a conversation; nothing of both: the row goes.
pub(crate) fn put(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, marks: &Marks) -> Result<(), StoreError> {
    if marks.standard == 0 && marks.custom.is_empty() {
        tx.execute("DELETE FROM conversation_mark WHERE owner = ?1 AND thread_id = ?2", params![owner, thread])?;
        return Ok(());
    }
    tx.execute(
        "INSERT INTO conversation_mark (owner, thread_id, standard, custom, changed_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (owner, thread_id) DO UPDATE SET standard = excluded.standard, custom = excluded.custom,
           changed_at = excluded.changed_at",
        params![owner, thread, marks.standard.cast_signed(), &marks.custom, marks.changed_at],
    )?;
    Ok(())
}

/// A conversation group of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    /// Its number, per person from 1.
    pub(crate) id: i64,
    /// Its name.
    pub(crate) name: String,
}

/// All conversation groups of a person, by number.
pub(crate) fn groups(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<Group>, StoreError> {
    let rows = tx.query("SELECT group_id, name FROM conversation_group WHERE owner = ?1 ORDER BY group_id", params![owner])?;
    rows.into_iter().map(|mut row| Ok(Group { id: row.int(0)?, name: row.take_text(1)? })).collect()
}

/// Makes a conversation group; its number was never used before.
pub(crate) fn add_group(tx: &Tx<'_>, owner: TinyId, name: &str) -> Result<i64, StoreError> {
    let row = tx.query_one(
        "INSERT INTO conversation_group_last (owner, group_id) VALUES (?1, 1)
         ON CONFLICT (owner) DO UPDATE SET group_id = conversation_group_last.group_id + 1 RETURNING group_id",
        params![owner],
    )?;
    let id = row.unwrap_or_default().int(0)?;
    tx.execute("INSERT INTO conversation_group (owner, group_id, name) VALUES (?1, ?2, ?3)", params![owner, id, name])?;
    Ok(id)
}

/// Gives a conversation group another name.
pub(crate) fn rename_group(tx: &Tx<'_>, owner: TinyId, id: i64, name: &str) -> Result<(), StoreError> {
    tx.execute("UPDATE conversation_group SET name = ?3 WHERE owner = ?1 AND group_id = ?2", params![owner, id, name])?;
    Ok(())
}

/// Removes a conversation group and who is in it.
pub(crate) fn remove_group(tx: &Tx<'_>, owner: TinyId, id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM conversation_group WHERE owner = ?1 AND group_id = ?2", params![owner, id])?;
    tx.execute("DELETE FROM conversation_group_member WHERE owner = ?1 AND group_id = ?2", params![owner, id])?;
    Ok(())
}

/// Puts a conversation into a group; a repeat changes nothing.
pub(crate) fn add_to_group(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, id: i64, now: i64) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO conversation_group_member (owner, thread_id, group_id, changed_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (owner, thread_id, group_id) DO NOTHING",
        params![owner, thread, id, now],
    )?;
    Ok(())
}

/// Takes a conversation out of a group.
pub(crate) fn remove_from_group(tx: &Tx<'_>, owner: TinyId, thread: ThreadId, id: i64) -> Result<(), StoreError> {
    tx.execute(
        "DELETE FROM conversation_group_member WHERE owner = ?1 AND thread_id = ?2 AND group_id = ?3",
        params![owner, thread, id],
    )?;
    Ok(())
}
