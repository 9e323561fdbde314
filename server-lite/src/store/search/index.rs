//! How messages come into the index: by their numbers as they are written, again when they change, out when they are gone. How far
//! it came is committed with it, so nothing is left out and nothing comes twice, whenever the server ends.

use super::words;
use crate::store::TinyId;
use crate::store::conversation::ThreadId;
use crate::store::engine::{Progress, Row, StoreError, Tx, params};
use crate::store::message::flag;
use serde::Deserialize;
use std::fmt::Write as _;
use tern_protocol::model::message::{Content, Element};

/// A word is kept by the numbers of its messages alone: neither places in the text nor the text.
pub(super) const TABLES: &str = "
CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = \"ascii tokenchars '#'\"
);
INSERT INTO search_index (search_index, rank) VALUES ('automerge', 8);
CREATE TABLE search_state (
    state_id    INTEGER PRIMARY KEY,
    -- The newest message that is in the index, and the number of the change that wrote it.
    message_id  INTEGER NOT NULL,
    rev         INTEGER NOT NULL,
    -- Changes of messages are followed up to this number.
    changed_rev INTEGER NOT NULL,
    -- What is gone is forgotten up to this one.
    gone_seq    INTEGER NOT NULL
);
INSERT INTO search_state (state_id, message_id, rev, changed_rev, gone_seq) VALUES (1, 0, 0, 0, 0);
";

/// Messages of one kind in one step: some tens of milliseconds.
const STEP: i64 = 2_000;

/// How far the index came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct State {
    message_id: i64,
    rev: i64,
    changed_rev: i64,
    gone_seq: i64,
}

pub(super) fn thread_token(thread: ThreadId) -> String {
    format!("#t{}", thread.0)
}

pub(super) fn person_token(person: TinyId) -> String {
    format!("#p{person}")
}

pub(super) fn sender_token(sender: TinyId) -> String {
    format!("#s{sender}")
}

pub(super) fn type_token(kind: &str) -> String {
    format!("#y{}", kind.to_ascii_lowercase())
}

/// A step of the second pass.
pub(super) fn step(tx: &Tx<'_>) -> Result<Progress, StoreError> {
    let row = tx.query_one("SELECT message_id, rev, changed_rev, gone_seq FROM main.search_state WHERE state_id = 1", &[])?;
    let row = row.ok_or_else(|| StoreError::Corrupt("the index does not say how far it came".into()))?;
    let before = State { message_id: row.int(0)?, rev: row.int(1)?, changed_rev: row.int(2)?, gone_seq: row.int(3)? };
    let mut state = before;
    let more = [forget(tx, &mut state)?, follow_changes(tx, &mut state)?, follow_new(tx, &mut state)?].contains(&true);
    if state != before {
        tx.execute(
            "UPDATE main.search_state SET message_id = ?1, rev = ?2, changed_rev = ?3, gone_seq = ?4 WHERE state_id = 1",
            params![state.message_id, state.rev, state.changed_rev, state.gone_seq],
        )?;
    }
    let settled = tx.query_one("SELECT 1 FROM first.message_gone WHERE seq <= ?1 LIMIT 1", params![state.gone_seq])?;
    Ok(Progress { more, settled: settled.map(|_| state.gone_seq) })
}

/// Forgets in the database what the index has forgotten.
pub(super) fn settle(tx: &Tx<'_>, gone_seq: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM message_gone WHERE seq <= ?1", params![gone_seq])?;
    Ok(())
}

fn is_full(rows: &[Row]) -> bool {
    i64::try_from(rows.len()).unwrap_or(STEP) >= STEP
}

/// Takes out what is gone. Whether there may be more.
fn forget(tx: &Tx<'_>, state: &mut State) -> Result<bool, StoreError> {
    let rows = tx.query(
        "SELECT seq, message_id FROM first.message_gone WHERE seq > ?1 ORDER BY seq LIMIT ?2",
        params![state.gone_seq, STEP],
    )?;
    for row in &rows {
        remove(tx, row.int(1)?)?;
        state.gone_seq = row.int(0)?;
    }
    if !rows.is_empty() {
        // The number of the very newest message comes again when its row is gone; messages lie in the order of their changes.
        let newest = tx.query_one(
            "SELECT message_id FROM first.message WHERE message_id <= ?1 AND rev <= ?2 ORDER BY message_id DESC LIMIT 1",
            params![state.message_id, state.rev],
        )?;
        state.message_id = newest.map_or(Ok(0), |row| row.int(0))?;
    }
    Ok(is_full(&rows))
}

const COLUMNS: &str = "m.message_id, m.thread_id, m.sender, m.flags, m.body, t.low, t.high, m.rev, m.changed_rev
     FROM first.message AS m JOIN first.thread AS t ON t.thread_id = m.thread_id";

/// Messages that are in the index and changed since.
fn follow_changes(tx: &Tx<'_>, state: &mut State) -> Result<bool, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE m.changed_rev > ?1 AND m.changed_rev > 0 ORDER BY m.changed_rev LIMIT ?2");
    let rows = tx.query(&sql, params![state.changed_rev, STEP])?;
    for row in &rows {
        let message_id = row.int(0)?;
        if message_id <= state.message_id {
            remove(tx, message_id)?;
            add(tx, row)?;
        }
        state.changed_rev = row.int(8)?;
    }
    Ok(is_full(&rows))
}

/// Messages that were written since.
fn follow_new(tx: &Tx<'_>, state: &mut State) -> Result<bool, StoreError> {
    let sql = format!("SELECT {COLUMNS} WHERE m.message_id > ?1 ORDER BY m.message_id LIMIT ?2");
    let rows = tx.query(&sql, params![state.message_id, STEP])?;
    for row in &rows {
        add(tx, row)?;
        (state.message_id, state.rev) = (row.int(0)?, row.int(7)?);
    }
    Ok(is_full(&rows))
}

fn remove(tx: &Tx<'_>, message_id: i64) -> Result<(), StoreError> {
    tx.execute("DELETE FROM main.search_index WHERE rowid = ?1", params![message_id])?;
    Ok(())
}

fn add(tx: &Tx<'_>, row: &Row) -> Result<(), StoreError> {
    if row.int(3)? & (flag::RECALLED | flag::TIP) != 0 {
        return Ok(());
    }
    let (low, high) = (row.u64(5)?, row.u64(6)?);
    let mut line = String::with_capacity(160);
    // Writing to a text cannot fail.
    let _ = write!(line, "#t{} #s{}", row.int(1)?, row.u64(2)?);
    if high > 0 {
        let _ = write!(line, " #p{low}");
        if high != low {
            let _ = write!(line, " #p{high}");
        }
    }
    let body = row.text(4)?;
    each_element(body, &mut |kind, texts| {
        let _ = write!(line, " #y{kind}");
        for text in texts {
            words::index(text, &mut line);
        }
    });
    tx.execute("INSERT INTO main.search_index (rowid, words) VALUES (?1, ?2)", params![row.int(0)?, &line])?;
    Ok(())
}

/// What can be found in a message.
pub(super) fn texts(body: &str) -> Vec<String> {
    let mut found = Vec::new();
    each_element(body, &mut |_, texts| found.extend(texts.iter().map(|text| (*text).to_owned())));
    found
}

/// The fields that are searched, of any element.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields {
    #[serde(rename = "Text")]
    text: String,
    #[serde(rename = "Desc")]
    desc: String,
    #[serde(rename = "Ext")]
    ext: String,
    #[serde(rename = "FileName", alias = "fileName")]
    file_name: String,
    #[serde(rename = "Title")]
    title: String,
    #[serde(rename = "AbstractList")]
    abstracts: Vec<String>,
}

#[derive(Deserialize)]
struct Plain {
    #[serde(rename = "MsgType")]
    kind: String,
    #[serde(rename = "MsgContent", default)]
    fields: Fields,
}

/// Hands the type of each element, and what is searched in it, to `each`.
fn each_element(body: &str, each: &mut dyn FnMut(&str, &[&str])) {
    if let Ok(elements) = serde_json::from_str::<Vec<Plain>>(body) {
        for Plain { kind, fields } in &elements {
            let lines = fields.abstracts.iter().map(String::as_str);
            match kind.as_str() {
                "TIMTextElem" => each(kind, &[&fields.text]),
                "TIMLocationElem" => each(kind, &[&fields.desc]),
                "TIMCustomElem" => each(kind, &[&fields.desc, &fields.ext]),
                "TIMFileElem" => each(kind, &[&fields.file_name]),
                "TIMRelayElem" => each(kind, &std::iter::once(fields.title.as_str()).chain(lines).collect::<Vec<_>>()),
                _ => each(kind, &[]),
            }
        }
        return;
    }
    // A field is of another type than the contract's: what can be read is.
    for element in serde_json::from_str::<Vec<Element>>(body).unwrap_or_default() {
        let kind = element.kind.as_str();
        match element.typed() {
            Content::Text { text } => each(kind, &[&text]),
            Content::Location { desc, .. } => each(kind, &[&desc]),
            Content::Custom { desc, ext, .. } => each(kind, &[&desc, &ext]),
            Content::File { name, .. } => each(kind, &[&name]),
            Content::Relay { title, abstracts, .. } => {
                each(kind, &std::iter::once(&title).chain(&abstracts).map(String::as_str).collect::<Vec<_>>());
            }
            Content::Face { .. } | Content::Sound { .. } | Content::Image { .. } | Content::Video { .. } | Content::Unknown => {
                each(kind, &[]);
            }
        }
    }
}
