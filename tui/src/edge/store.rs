//! The local database of a profile: conversations, messages by place, what is held, the outbox. One thread writes it.

mod attached;
mod reader;
pub(crate) mod search;
mod window;

pub(crate) use reader::{Names, Reader};

use crate::effect::StoreOp;
use crate::event::{Event, LocalEvent};
use crate::state::composer::Outgoing;
use crate::state::conversation::{ChatId, Conversation};
use crate::state::held::Held;
use crate::state::label::Label;
use crate::state::roster::Group;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use std::path::Path;
use std::thread::JoinHandle;
use tern_protocol::api::message::Message;
use tokio::sync::mpsc;

/// Changes of the tables in the order they came; `PRAGMA user_version` says how many were applied.
const MIGRATIONS: &[&str] = &["
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE chat (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, row TEXT);
CREATE TABLE message (chat INTEGER NOT NULL, place INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (chat, place)) WITHOUT ROWID;
CREATE TABLE held (chat INTEGER NOT NULL, from_place INTEGER NOT NULL, to_place INTEGER NOT NULL, PRIMARY KEY (chat, from_place)) WITHOUT ROWID;
CREATE TABLE outbox (key TEXT PRIMARY KEY, created_ms INTEGER NOT NULL, row TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE person (user TEXT PRIMARY KEY, nick TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE joined (id TEXT PRIMARY KEY, row TEXT NOT NULL) WITHOUT ROWID;
", attached::MIGRATION, "
CREATE TABLE played (id INTEGER PRIMARY KEY);
", search::TABLES];

/// Changes that wait for the writing thread. When it is full (a disk that hangs) the client waits.
const QUEUE: usize = 4096;
/// Changes that share one commit.
const BATCH: usize = 256;

/// Why the local database cannot be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error("the local database {path} was written by a newer tern: use that one, or another --profile")]
    Newer { path: String },
    #[error("the local database {path} is damaged ({detail}): move it away, and tern fetches everything from the server again")]
    Damaged { path: String, detail: String },
    #[error("the local database {path} cannot be opened: {detail}")]
    Closed { path: String, detail: String },
}

/// What the first frame needs.
#[derive(Debug, Default)]
pub(crate) struct Saved {
    pub(crate) conversations: Vec<Conversation>,
    pub(crate) people: Vec<(String, String)>,
    pub(crate) groups: Vec<Group>,
    pub(crate) outbox: Vec<Outgoing>,
    pub(crate) rev: u64,
    pub(crate) tiny_id: String,
    pub(crate) labels: Vec<Label>,
    /// Voice messages that were played.
    pub(crate) played: Vec<u64>,
    pub(crate) emoji_used: Vec<String>,
    /// The conversation that was open last.
    pub(crate) opened: Option<ChatId>,
    /// What the person set: whether own messages ask for receipts; the reactions used last.
    pub(crate) receipts: bool,
    /// Online states are shown.
    pub(crate) presence: bool,
    pub(crate) reactions: Vec<String>,
    /// The theme that was chosen.
    pub(crate) theme: Option<String>,
}

/// The opened database, before its thread runs.
#[derive(Debug)]
pub(crate) struct Store {
    connection: Connection,
}

impl Store {
    /// Opens the database of a profile, makes or updates its tables.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        let failed = |error: rusqlite::Error| match error.sqlite_error_code() {
            Some(rusqlite::ErrorCode::NotADatabase | rusqlite::ErrorCode::DatabaseCorrupt) => {
                StoreError::Damaged { path: shown.clone(), detail: error.to_string() }
            }
            _ => StoreError::Closed { path: shown.clone(), detail: error.to_string() },
        };
        let mut connection = Connection::open(path).map_err(failed)?;
        // The file holds messages: nobody else's business.
        restrict(path);
        connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
        connection.pragma_update(None, "journal_mode", "WAL").map_err(failed)?;
        connection.pragma_update(None, "synchronous", "NORMAL").map_err(failed)?;
        connection.pragma_update(None, "cache_size", -2048).map_err(failed)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        let version = usize::try_from(version).unwrap_or(usize::MAX);
        if version > MIGRATIONS.len() {
            return Err(StoreError::Newer { path: shown });
        }
        if version < MIGRATIONS.len() {
            let transaction = connection.transaction().map_err(failed)?;
            for step in &MIGRATIONS[version..] {
                transaction.execute_batch(step).map_err(failed)?;
            }
            transaction.pragma_update(None, "user_version", MIGRATIONS.len() as i64).map_err(failed)?;
            transaction.commit().map_err(failed)?;
        }
        Ok(Self { connection })
    }

    /// Reads what the first frame needs.
    pub(crate) fn saved(&self) -> Result<Saved, rusqlite::Error> {
        let db = &self.connection;
        let meta = |name: &str| -> Result<Option<String>, rusqlite::Error> {
            db.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| row.get(0)).optional()
        };
        let parse =
            |name: &str| -> Result<u64, rusqlite::Error> { Ok(meta(name)?.and_then(|text| text.parse().ok()).unwrap_or(0)) };
        let mut people = db.prepare("SELECT user, nick FROM person")?;
        let people = people.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let mut played = db.prepare("SELECT id FROM played")?;
        let played = played.query_map([], |row| row.get::<_, i64>(0))?.collect::<Result<Vec<_>, _>>()?;
        Ok(Saved {
            played: played.into_iter().map(|id| id as u64).collect(),
            conversations: rows(db, "SELECT row FROM chat WHERE row IS NOT NULL")?,
            people,
            groups: rows(db, "SELECT row FROM joined")?,
            outbox: rows(db, "SELECT row FROM outbox ORDER BY created_ms")?,
            rev: parse("rev")?,
            tiny_id: meta("tiny_id")?.unwrap_or_default(),
            labels: meta("labels")?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            emoji_used: meta("emoji_used")?.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            opened: meta("opened")?.and_then(|key| ChatId::from_key(&key)),
            presence: meta("presence")?.as_deref() != Some("off"),
            receipts: meta("receipts")?.as_deref() == Some("on"),
            theme: meta("theme")?,
            reactions: meta("reactions")?.map(|text| text.split('\n').map(str::to_owned).collect()).unwrap_or_default(),
        })
    }

    /// A page of one conversation: messages of the newest stretch without holes, below `before`; and all that is held.
    pub(crate) fn page(&self, chat: &ChatId, before: Option<u64>, limit: usize) -> Result<LocalEvent, rusqlite::Error> {
        page(&self.connection, chat, before, limit)
    }

    /// What is attached to messages from one place to another, and the conversation's pins.
    pub(crate) fn attached(&self, chat: &ChatId, from: u64, to: u64) -> Result<LocalEvent, rusqlite::Error> {
        attached::load(&self.connection, chat, from, to)
    }

    /// Writes changes at once, without the thread.
    pub(crate) fn apply_all(&mut self, ops: &[StoreOp]) -> Result<(), rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        for op in ops {
            apply(&transaction, op)?;
        }
        transaction.commit()
    }

    /// Indexes everything that waits.
    pub(crate) fn index_all(&mut self) -> Result<(), rusqlite::Error> {
        while search::index(&mut self.connection)? {}
        Ok(())
    }

    /// To ask the index with.
    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Runs one change and returns what the thread would have told.
    pub(crate) fn answer(&mut self, op: &StoreOp) -> Result<Option<LocalEvent>, rusqlite::Error> {
        let transaction = self.connection.transaction()?;
        let answer = apply(&transaction, op)?;
        transaction.commit()?;
        Ok(answer)
    }

    /// Starts the writing thread; what it has to say goes to `events`.
    pub(crate) fn start(self, events: mpsc::Sender<Event>) -> std::io::Result<StoreHandle> {
        let (ops, queue) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || run(self.connection, queue, &events))?;
        Ok(StoreHandle { ops: Some(ops), thread: Some(thread) })
    }
}

/// Only the owner reads the database and what SQLite puts beside it (it copies the mode).
fn restrict(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    if let Err(error) = std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)) {
        tracing::warn!(%error, "the local database could not be made private");
    }
}

/// Rows kept as JSON; one that a later version wrote differently is skipped.
fn rows<T: serde::de::DeserializeOwned>(db: &Connection, sql: &str) -> Result<Vec<T>, rusqlite::Error> {
    let mut statement = db.prepare(sql)?;
    let texts = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut out = Vec::new();
    for text in texts {
        match serde_json::from_str(&text?) {
            Ok(row) => out.push(row),
            Err(error) => tracing::warn!(%error, "a stored row could not be read"),
        }
    }
    Ok(out)
}

fn chat_number(db: &Connection, chat: &ChatId) -> Result<Option<i64>, rusqlite::Error> {
    db.prepare_cached("SELECT id FROM chat WHERE key = ?1")?.query_row([chat.key()], |row| row.get(0)).optional()
}

fn held(db: &Connection, chat: i64) -> Result<Held, rusqlite::Error> {
    let mut statement = db.prepare_cached("SELECT from_place, to_place FROM held WHERE chat = ?1")?;
    let ranges = statement.query_map([chat], |row| Ok((row.get::<_, i64>(0)? as u64, row.get::<_, i64>(1)? as u64)))?;
    Ok(Held::from_ranges(ranges.collect::<Result<Vec<_>, _>>()?))
}

fn page(db: &Connection, chat: &ChatId, before: Option<u64>, limit: usize) -> Result<LocalEvent, rusqlite::Error> {
    let mut messages = Vec::new();
    let mut ranges = Held::default();
    if let Some(number) = chat_number(db, chat)? {
        ranges = held(db, number)?;
        let from = ranges.newest().map_or(0, |range| range.0);
        let before = before.map_or(i64::MAX, |place| i64::try_from(place).unwrap_or(i64::MAX));
        let mut statement = db.prepare_cached(
            "SELECT row FROM message WHERE chat = ?1 AND place >= ?2 AND place < ?3 ORDER BY place DESC LIMIT ?4",
        )?;
        let texts = statement.query_map(params![number, from as i64, before, limit as i64], |row| row.get::<_, String>(0))?;
        for text in texts {
            match serde_json::from_str::<Message>(&text?) {
                Ok(message) => messages.push(message),
                Err(error) => tracing::warn!(%error, "a stored message could not be read"),
            }
        }
        messages.reverse();
    }
    Ok(LocalEvent::Page { chat: chat.clone(), messages, held: ranges.ranges().to_vec() })
}

/// The way to the writing thread.
#[derive(Debug)]
pub(crate) struct StoreHandle {
    ops: Option<mpsc::Sender<StoreOp>>,
    thread: Option<JoinHandle<()>>,
}

impl StoreHandle {
    /// Hands a change over; waits while the queue is full.
    pub(crate) async fn send(&self, op: StoreOp) {
        if let Some(ops) = &self.ops
            && ops.send(op).await.is_err()
        {
            tracing::error!("the local database's thread is gone");
        }
    }

    /// Waits until everything is written.
    pub(crate) fn close(&mut self) {
        self.ops = None;
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the local database's thread panicked");
        }
    }
}

impl Drop for StoreHandle {
    fn drop(&mut self) {
        self.close();
    }
}

fn run(mut db: Connection, mut queue: mpsc::Receiver<StoreOp>, events: &mpsc::Sender<Event>) {
    let mut batch = Vec::with_capacity(BATCH);
    let mut told = String::new();
    // What is to be written comes first; while there is nothing, messages are indexed.
    let mut behind = true;
    loop {
        while batch.len() < BATCH
            && let Ok(op) = queue.try_recv()
        {
            batch.push(op);
        }
        if batch.is_empty() && behind && !queue.is_closed() {
            behind = search::index(&mut db).unwrap_or_else(|error| {
                tracing::error!(%error, "messages could not be indexed");
                false
            });
            continue;
        }
        if batch.is_empty() && queue.blocking_recv_many(&mut batch, BATCH) == 0 {
            return;
        }
        behind |= batch.iter().any(changes_messages);
        match write(&mut db, &batch, events) {
            Ok(()) => told.clear(),
            Err(error) => {
                tracing::error!(%error, "the local database could not be written");
                // Once per kind of trouble, not once per change.
                let text = format!("The local database could not be written: {error}");
                if text != told {
                    let _ = events.try_send(Event::Local(LocalEvent::Trouble(text.clone())));
                    told = text;
                }
            }
        }
        batch.clear();
    }
}

/// Whether there is something to index afterwards.
fn changes_messages(op: &StoreOp) -> bool {
    !matches!(
        op,
        StoreOp::LoadPage { .. } | StoreOp::LoadWindow { .. } | StoreOp::Conversation(_) | StoreOp::Opened(_) | StoreOp::Rev(_)
    )
}

fn write(db: &mut Connection, batch: &[StoreOp], events: &mpsc::Sender<Event>) -> Result<(), rusqlite::Error> {
    let transaction = db.transaction()?;
    for op in batch {
        if let Some(answer) = apply(&transaction, op)? {
            // Its queue has room for one page per conversation in memory, and no more are asked for.
            if events.try_send(Event::Local(answer)).is_err() {
                tracing::warn!("nobody waits for a page of the local database");
            }
        }
    }
    transaction.commit()
}

fn json<T: serde::Serialize>(row: &T) -> Result<String, rusqlite::Error> {
    serde_json::to_string(row).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

fn apply(db: &Transaction<'_>, op: &StoreOp) -> Result<Option<LocalEvent>, rusqlite::Error> {
    match op {
        StoreOp::Conversation(conversation) => {
            let sql = "INSERT INTO chat (key, row) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET row = excluded.row";
            db.prepare_cached(sql)?.execute(params![conversation.id.key(), json(conversation)?])?;
        }
        StoreOp::Messages { chat, messages, held } => save_messages(db, chat, messages, *held)?,
        StoreOp::Recall { chat, place, revoker, reason } => recall(db, chat, *place, revoker.clone(), reason.clone())?,
        StoreOp::Delete { chat, places } => delete(db, chat, places)?,
        StoreOp::DropBelow { chat, place } => attached::delete_range(db, chat, 0, place.saturating_sub(1))?,
        StoreOp::Labels(labels) => set_meta(db, "labels", &json(labels)?)?,
        StoreOp::DeleteRange { chat, first, last } => attached::delete_range(db, chat, *first, *last)?,
        StoreOp::Changed { chat, messages } => attached::changed(db, chat, messages)?,
        StoreOp::Annotate { chat, place, annotation } => attached::annotate(db, chat, *place, annotation)?,
        StoreOp::Pins { chat, change } => attached::pin(db, chat, change)?,
        StoreOp::LoadAttached { chat, from, to } => return attached::load(db, chat, *from, *to).map(Some),
        StoreOp::Set { name, value } => set_meta(db, name, value)?,
        StoreOp::LoadPage { chat, before, limit } => return page(db, chat, *before, *limit).map(Some),
        StoreOp::LoadWindow { chat, at, limit } => return window::read(db, chat, *at, *limit).map(Some),
        StoreOp::Outgoing(outgoing) => {
            let sql = "INSERT OR REPLACE INTO outbox (key, created_ms, row) VALUES (?1, ?2, ?3)";
            db.prepare_cached(sql)?.execute(params![outgoing.key(), outgoing.created_ms, json(outgoing)?])?;
        }
        StoreOp::OutgoingGone(key) => {
            db.prepare_cached("DELETE FROM outbox WHERE key = ?1")?.execute([key])?;
        }
        StoreOp::Played(id) => {
            db.prepare_cached("INSERT OR IGNORE INTO played (id) VALUES (?1)")?.execute([*id as i64])?;
        }
        StoreOp::Person { user, nick } => {
            let sql = "INSERT INTO person (user, nick) VALUES (?1, ?2) ON CONFLICT (user) DO UPDATE SET nick = excluded.nick WHERE excluded.nick <> ''";
            db.prepare_cached(sql)?.execute([user, nick])?;
        }
        StoreOp::Group { id, group: Some(group) } => {
            db.prepare_cached("INSERT OR REPLACE INTO joined (id, row) VALUES (?1, ?2)")?.execute(params![id, json(group)?])?;
        }
        StoreOp::Group { id, group: None } => {
            db.prepare_cached("DELETE FROM joined WHERE id = ?1")?.execute([id])?;
        }
        StoreOp::Rev(rev) => set_meta(db, "rev", &rev.to_string())?,
        StoreOp::TinyId(tiny_id) => set_meta(db, "tiny_id", tiny_id)?,
        StoreOp::EmojiUsed(list) => set_meta(db, "emoji_used", &json(list)?)?,
        StoreOp::Opened(chat) => set_meta(db, "opened", &chat.as_ref().map(ChatId::key).unwrap_or_default())?,
        StoreOp::Forget => {
            for table in ["meta", "chat", "message", "held", "outbox", "person", "joined", "attached", "pins", "played"] {
                db.execute(&format!("DELETE FROM {table}"), [])?;
            }
            search::clear(db)?;
        }
    }
    Ok(None)
}

fn set_meta(db: &Connection, name: &str, value: &str) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)")?.execute([name, value])?;
    Ok(())
}

fn save_messages(db: &Connection, chat: &ChatId, messages: &[Message], range: Option<(u64, u64)>) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT OR IGNORE INTO chat (key) VALUES (?1)")?.execute([chat.key()])?;
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let mut insert = db.prepare_cached("INSERT OR REPLACE INTO message (chat, place, row) VALUES (?1, ?2, ?3)")?;
    for message in messages {
        if let Some(place) = message.place().filter(|place| *place > 0) {
            insert.execute(params![number, place as i64, json(message)?])?;
        }
    }
    let Some((from, to)) = range else { return Ok(()) };
    let (from, to) = held(db, number)?.add(from, to);
    if from <= to {
        db.prepare_cached("DELETE FROM held WHERE chat = ?1 AND from_place BETWEEN ?2 AND ?3")?.execute(params![
            number,
            from as i64,
            to as i64
        ])?;
        let sql = "INSERT INTO held (chat, from_place, to_place) VALUES (?1, ?2, ?3)";
        db.prepare_cached(sql)?.execute(params![number, from as i64, to as i64])?;
    }
    Ok(())
}

/// The row stays, without what it said.
fn recall(
    db: &Connection,
    chat: &ChatId,
    place: u64,
    revoker: Option<String>,
    reason: Option<String>,
) -> Result<(), rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let mut read = db.prepare_cached("SELECT row FROM message WHERE chat = ?1 AND place = ?2")?;
    let text: Option<String> = read.query_row(params![number, place as i64], |row| row.get(0)).optional()?;
    let Some(mut message) = text.and_then(|text| serde_json::from_str::<Message>(&text).ok()) else { return Ok(()) };
    message.is_place_msg = Some(2);
    message.msg_body = None;
    message.cloud_custom_data = None;
    message.reacted = None;
    message.revoker = revoker;
    message.revoke_reason = reason;
    attached::forget(db, number, place)?;
    let sql = "UPDATE message SET row = ?3 WHERE chat = ?1 AND place = ?2";
    db.prepare_cached(sql)?.execute(params![number, place as i64, json(&message)?])?;
    Ok(())
}

fn delete(db: &Connection, chat: &ChatId, places: &[u64]) -> Result<(), rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let mut statement = db.prepare_cached("DELETE FROM message WHERE chat = ?1 AND place = ?2")?;
    for place in places {
        statement.execute(params![number, *place as i64])?;
        attached::forget(db, number, *place)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::{conversation, group_text, text};

    pub(super) fn applied(ops: Vec<StoreOp>) -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("t.db")).unwrap();
        let (events, _queue) = mpsc::channel(8);
        write(&mut store.connection, &ops, &events).unwrap();
        (folder, store)
    }

    fn messages(chat: &ChatId, places: std::ops::RangeInclusive<u64>) -> StoreOp {
        let held = Some((*places.start(), *places.end()));
        let messages = places.map(|place| text("bob", "bob", place, 0, &format!("m{place}"))).collect();
        StoreOp::Messages { chat: chat.clone(), messages, held }
    }

    fn places(event: LocalEvent) -> (Vec<u64>, Vec<(u64, u64)>) {
        match event {
            LocalEvent::Page { messages, held, .. } => (messages.iter().filter_map(Message::place).collect(), held),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn everything_comes_back_after_a_restart() {
        let bob = ChatId::user("bob");
        let row = conversation(bob.clone(), "Bob", "hi", "bob", 0);
        let outgoing =
            Outgoing { chat: bob.key(), client_time_s: 1, random: 2, text: "later".into(), created_ms: 5, ..Outgoing::default() };
        let group = Group { id: "g".into(), name: "G".into(), ..Group::default() };
        let (folder, store) = applied(vec![
            StoreOp::Conversation(row.clone()),
            StoreOp::Outgoing(outgoing.clone()),
            StoreOp::Person { user: "bob".into(), nick: "Bob".into() },
            StoreOp::Person { user: "bob".into(), nick: String::new() },
            StoreOp::Group { id: "g".into(), group: Some(group.clone()) },
            StoreOp::Rev(77),
            StoreOp::TinyId("144".into()),
            StoreOp::Opened(Some(bob.clone())),
        ]);
        drop(store);
        let saved = Store::open(&folder.path().join("t.db")).unwrap().saved().unwrap();
        assert_eq!((saved.conversations, saved.outbox, saved.groups), (vec![row], vec![outgoing], vec![group]));
        assert_eq!((saved.rev, saved.tiny_id.as_str(), saved.opened), (77, "144", Some(bob)));
        assert_eq!(saved.people, [("bob".to_owned(), "Bob".to_owned())]);
    }

    #[test]
    fn a_page_stays_within_the_newest_stretch() {
        let bob = ChatId::user("bob");
        let (_folder, store) = applied(vec![messages(&bob, 1..=5), messages(&bob, 9..=12)]);
        assert_eq!(places(store.page(&bob, None, 3).unwrap()), (vec![10, 11, 12], vec![(1, 5), (9, 12)]));
        assert_eq!(places(store.page(&bob, Some(10), 3).unwrap()).0, [9]);
        assert_eq!(places(store.page(&ChatId::user("nobody"), None, 3).unwrap()), (vec![], vec![]));
    }

    #[test]
    fn a_filled_gap_joins_its_neighbours() {
        let bob = ChatId::user("bob");
        let (_folder, store) = applied(vec![messages(&bob, 1..=5), messages(&bob, 9..=12), messages(&bob, 6..=8)]);
        assert_eq!(places(store.page(&bob, None, 100).unwrap()), ((1..=12).collect(), vec![(1, 12)]));
    }

    #[test]
    fn groups_are_kept_by_their_numbers() {
        let group = ChatId::group("rust");
        let op =
            StoreOp::Messages { chat: group.clone(), messages: vec![group_text("bob", "rust", 7, 0, "x")], held: Some((7, 7)) };
        let (_folder, store) = applied(vec![op]);
        assert_eq!(places(store.page(&group, None, 5).unwrap()).0, [7]);
    }

    #[test]
    fn a_recalled_message_keeps_its_place_and_not_its_words() {
        let bob = ChatId::user("bob");
        let (_folder, store) = applied(vec![
            messages(&bob, 1..=3),
            StoreOp::Recall { chat: bob.clone(), place: 2, revoker: None, reason: None },
            StoreOp::Delete { chat: bob.clone(), places: vec![3] },
        ]);
        let LocalEvent::Page { messages, .. } = store.page(&bob, None, 5).unwrap() else { panic!() };
        assert_eq!(messages.len(), 2);
        assert!(messages[1].msg_body.is_none() && messages[1].is_place_msg == Some(2));
    }

    #[test]
    fn another_person_starts_with_nothing() {
        let bob = ChatId::user("bob");
        let (_folder, store) = applied(vec![messages(&bob, 1..=5), StoreOp::Rev(5), StoreOp::Forget]);
        assert_eq!(places(store.page(&bob, None, 5).unwrap()), (vec![], vec![]));
        assert_eq!(store.saved().unwrap().rev, 0);
    }

    #[test]
    fn a_newer_or_damaged_database_is_refused_in_a_sentence() {
        let (folder, store) = applied(vec![]);
        store.connection.pragma_update(None, "user_version", 99).unwrap();
        drop(store);
        let path = folder.path().join("t.db");
        assert!(Store::open(&path).unwrap_err().to_string().contains("newer tern"));
        std::fs::write(&path, b"this is no database, but it is long enough to look at".repeat(20)).unwrap();
        let _ = std::fs::remove_file(folder.path().join("t.db-wal"));
        assert!(Store::open(&path).unwrap_err().to_string().contains("damaged"));
    }

    #[test]
    fn the_thread_writes_all_that_was_handed_over_before_it_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.db");
        let (events, mut queue) = mpsc::channel(8);
        let mut handle = Store::open(&path).unwrap().start(events).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let bob = ChatId::user("bob");
        runtime.block_on(async {
            for place in 1..=500 {
                handle.send(messages(&bob, place..=place)).await;
            }
            handle.send(StoreOp::LoadPage { chat: bob.clone(), before: None, limit: 2 }).await;
            let Some(Event::Local(page)) = queue.recv().await else { panic!() };
            assert_eq!(places(page), (vec![499, 500], vec![(1, 500)]));
        });
        handle.close();
        assert_eq!(places(Store::open(&path).unwrap().page(&bob, None, 1).unwrap()).0, [500]);
    }
}
