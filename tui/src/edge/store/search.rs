//! The local full-text index: filled in a second pass while nothing else is to be written, asked by a thread of its own.
//!
//! A row of `words` has the number `chat << 40 | place`: hits come by conversation and place, and counting them reads no message.
//! Besides the words a message has facets: kinds of its elements, its sender, and the hour, day and 32 days it belongs to.

use super::chat_number;
use crate::state::conversation::ChatId;
use crate::state::search::{LocalQuery, Query};
use crate::text::words;
use rusqlite::{Connection, OptionalExtension, Transaction, params};
use serde_json::Value;
use tern_protocol::api::message::Message;
use tern_protocol::api::search::{SearchHit, SearchedMessages};
use tern_protocol::model::message::{Content, Element};

/// Tables of the index, and what puts changed messages on the list of what is to be indexed.
pub(super) const TABLES: &str = "
CREATE TABLE to_index (chat INTEGER NOT NULL, place INTEGER NOT NULL, PRIMARY KEY (chat, place)) WITHOUT ROWID;
INSERT INTO to_index SELECT chat, place FROM message;
CREATE TRIGGER message_added AFTER INSERT ON message BEGIN INSERT OR IGNORE INTO to_index VALUES (new.chat, new.place); END;
CREATE TRIGGER message_changed AFTER UPDATE ON message BEGIN INSERT OR IGNORE INTO to_index VALUES (new.chat, new.place); END;
CREATE TRIGGER message_gone AFTER DELETE ON message BEGIN INSERT OR IGNORE INTO to_index VALUES (old.chat, old.place); END;
CREATE VIRTUAL TABLE words USING fts5(text, facet, content='', contentless_delete=1, tokenize=\"unicode61 categories 'L* N* Co So Sk Mn Mc Me'\");
";

/// Bits of a place in a row's number.
const PLACE_BITS: u32 = 40;
/// Messages that are indexed between two looks at what else is to be done.
const BATCH: usize = 250;
/// Characters of one message that are indexed.
const MOST_CHARACTERS: usize = 4096;
const HOUR_S: i64 = 3_600;
/// Hours of a day, and of the block above it.
const DAY: i64 = 24;
const BLOCK: i64 = 24 * 32;

/// Forgets the index.
pub(super) fn clear(db: &Connection) -> Result<(), rusqlite::Error> {
    db.execute("INSERT INTO words (words) VALUES ('delete-all')", [])?;
    db.execute("DELETE FROM to_index", [])?;
    Ok(())
}

/// Indexes some of what has changed. False: nothing is left.
pub(super) fn index(db: &mut Connection) -> Result<bool, rusqlite::Error> {
    let transaction = db.transaction()?;
    let count = index_some(&transaction)?;
    transaction.commit()?;
    Ok(count == BATCH)
}

fn index_some(db: &Transaction<'_>) -> Result<usize, rusqlite::Error> {
    let mut waiting = db.prepare_cached(
        "SELECT t.chat, t.place, m.row FROM to_index t LEFT JOIN message m ON m.chat = t.chat AND m.place = t.place LIMIT ?1",
    )?;
    let mut remove = db.prepare_cached("DELETE FROM words WHERE rowid = ?1")?;
    let mut add = db.prepare_cached("INSERT INTO words (rowid, text, facet) VALUES (?1, ?2, ?3)")?;
    let mut done = db.prepare_cached("DELETE FROM to_index WHERE chat = ?1 AND place = ?2")?;
    let list = waiting.query_map([BATCH as i64], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let list: Vec<(i64, i64, Option<String>)> = list.collect::<Result<_, _>>()?;
    for (chat, place, row) in &list {
        let number = chat << PLACE_BITS | place;
        remove.execute([number])?;
        if let Some((text, facet)) = row.as_deref().and_then(|row| serde_json::from_str(row).ok()).and_then(|row| entry(&row)) {
            add.execute(params![number, text, facet])?;
        }
        done.execute([chat, place])?;
    }
    Ok(list.len())
}

/// Words and facets of a message; `None`: it is not searched.
fn entry(message: &Message) -> Option<(String, String)> {
    let recalled = message.msg_flag_bits.is_some_and(|bits| bits & 8 != 0);
    if recalled || message.is_place_msg.is_some_and(|place| place != 0) || message.is_system_msg == Some(1) {
        return None;
    }
    let Ok(Value::Array(elements)) = serde_json::from_str(message.msg_body.as_ref()?.get()) else { return None };
    let (mut text, mut facet) = (String::new(), format!("{} ", sender(&message.from_account)));
    for element in elements.into_iter().filter_map(|element| serde_json::from_value::<Element>(element).ok()) {
        facet.push_str(&kind(&element.kind));
        facet.push(' ');
        let said: Vec<String> = match element.typed() {
            Content::Text { text } => vec![text],
            Content::Location { desc, .. } => vec![desc],
            Content::Custom { desc, ext, .. } => vec![desc, ext],
            Content::File { name, .. } => vec![name],
            Content::Relay { title, abstracts, .. } => std::iter::once(title).chain(abstracts).collect(),
            _ => Vec::new(),
        };
        for part in said {
            text.extend(part.chars().take(MOST_CHARACTERS));
            text.push('\n');
        }
    }
    let hour = message.msg_time_stamp.div_euclid(HOUR_S);
    for (letter, size) in [('h', 1), ('d', DAY), ('b', BLOCK)] {
        facet.push_str(&format!("{letter}{} ", hour.div_euclid(size)));
    }
    Some((words::indexed(&text), facet))
}

fn kind(name: &str) -> String {
    format!("k{}", name.to_lowercase().replace(|c: char| !c.is_ascii_alphanumeric(), ""))
}

fn sender(user: &str) -> String {
    format!("f{}", tern_protocol::hex(user.as_bytes()))
}

/// The hours from `from_s` to `to_s`, as few facets as cover them.
fn times(from_s: i64, to_s: i64) -> Vec<String> {
    let (mut hour, last) = (from_s.div_euclid(HOUR_S), to_s.div_euclid(HOUR_S));
    let mut facets = Vec::new();
    while hour <= last {
        let fits = |size: i64| hour.rem_euclid(size) == 0 && hour + size - 1 <= last;
        let (letter, size) = if fits(BLOCK) {
            ('b', BLOCK)
        } else if fits(DAY) {
            ('d', DAY)
        } else {
            ('h', 1)
        };
        facets.push(format!("{letter}{}", hour.div_euclid(size)));
        hour += size;
    }
    facets
}

/// The question in the index's language; `None`: nothing is asked for.
fn question(query: &Query) -> Option<String> {
    let mut parts: Vec<String> = words::question(&query.words).map(|words| format!("{{text}} : ({words})")).into_iter().collect();
    let mut any = |facets: Vec<String>| {
        if !facets.is_empty() {
            parts.push(format!("{{facet}} : ({})", facets.join(" OR ")));
        }
    };
    any(query.senders.iter().map(|user| sender(user)).collect());
    any(query.kinds.iter().map(|name| kind(name)).collect());
    if query.from_s > 0 || query.to_s > 0 {
        // Five years at most: a person who wants everything sets no limit.
        let to_s = if query.to_s > 0 { query.to_s } else { query.now_s };
        any(times(query.from_s.max(to_s - 5 * 366 * 86_400), to_s));
    }
    (!parts.is_empty()).then(|| parts.join(" AND "))
}

/// Finds messages: a page of one conversation's, the newest first; or the conversations that have some.
pub(crate) fn find(db: &Connection, query: &LocalQuery) -> Result<SearchedMessages, rusqlite::Error> {
    let Some(question) = question(&query.query) else { return Ok(SearchedMessages::default()) };
    match &query.chat {
        Some(chat) => in_chat(db, chat, &question, query.offset, query.limit),
        None => everywhere(db, &question, query.offset, query.limit),
    }
}

fn in_chat(
    db: &Connection,
    chat: &ChatId,
    question: &str,
    offset: usize,
    limit: usize,
) -> Result<SearchedMessages, rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(SearchedMessages::default()) };
    let (low, high) = (number << PLACE_BITS, (number + 1) << PLACE_BITS);
    let sql = "SELECT count(*) FROM words WHERE words MATCH ?1 AND rowid >= ?2 AND rowid < ?3";
    let count: i64 = db.prepare_cached(sql)?.query_row(params![question, low, high], |row| row.get(0))?;
    let mut statement = db.prepare_cached(
        "SELECT rowid FROM words WHERE words MATCH ?1 AND rowid >= ?2 AND rowid < ?3 ORDER BY rowid DESC LIMIT ?4 OFFSET ?5",
    )?;
    let numbers = statement.query_map(params![question, low, high, limit as i64, offset as i64], |row| row.get::<_, i64>(0))?;
    let mut message_list = Vec::new();
    for number in numbers {
        message_list.extend(message(db, number?)?);
    }
    let count = count.unsigned_abs();
    let end = (offset + limit) as u64;
    let hit = SearchHit { id: chat.to_wire(), message_count: count, message_list };
    let cursor = (end < count).then(|| end.to_string());
    Ok(SearchedMessages { total_count: count, items: vec![hit], cursor })
}

fn everywhere(db: &Connection, question: &str, offset: usize, limit: usize) -> Result<SearchedMessages, rusqlite::Error> {
    let mut statement =
        db.prepare_cached("SELECT rowid >> 40, count(*), max(rowid) FROM words WHERE words MATCH ?1 GROUP BY rowid >> 40")?;
    let rows = statement.query_map([question], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut found: Vec<(i64, i64, i64, Message)> = Vec::new();
    for row in rows {
        let (chat, count, newest): (i64, i64, i64) = row?;
        if let Some(message) = message(db, newest)? {
            found.push((message.msg_time_stamp, chat, count, message));
        }
    }
    found.sort_by_key(|(time_s, chat, ..)| (-time_s, *chat));
    let total = found.len();
    let mut items = Vec::new();
    let mut key = db.prepare_cached("SELECT key FROM chat WHERE id = ?1")?;
    for (_, chat, count, newest) in found.into_iter().skip(offset).take(limit) {
        let key: Option<String> = key.query_row([chat], |row| row.get(0)).optional()?;
        if let Some(chat) = key.and_then(|key| ChatId::from_key(&key)) {
            items.push(SearchHit { id: chat.to_wire(), message_count: count.unsigned_abs(), message_list: vec![newest] });
        }
    }
    let cursor = (offset + limit < total).then(|| (offset + limit).to_string());
    Ok(SearchedMessages { total_count: total as u64, items, cursor })
}

fn message(db: &Connection, number: i64) -> Result<Option<Message>, rusqlite::Error> {
    let (chat, place) = (number >> PLACE_BITS, number & ((1 << PLACE_BITS) - 1));
    let mut statement = db.prepare_cached("SELECT row FROM message WHERE chat = ?1 AND place = ?2")?;
    let row: Option<String> = statement.query_row([chat, place], |row| row.get(0)).optional()?;
    Ok(row.and_then(|row| serde_json::from_str(&row).ok()))
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::effect::StoreOp;
    use crate::state::fixture::{NOW_S, group_text, text};
    use rstest::rstest;
    use tern_protocol::event::raw;

    fn filled() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("t.db")).unwrap();
        let mut file = text("bob", "bob", 4, 86_400 * 3, "");
        file.msg_body =
            Some(raw(&serde_json::json!([{"MsgType":"TIMFileElem","MsgContent":{"FileName":"Quarterly-report.pdf"}}])).unwrap());
        let bob = vec![
            text("bob", "bob", 1, 86_400 * 60, "The plan for tomorrow: migration first"),
            text("me", "bob", 2, 86_400 * 59, "消息队列很快，真的"),
            text("bob", "bob", 3, 7_200, "planned it 👍"),
            file,
        ];
        let rust = vec![group_text("li", "rust", 9, 60, "a plan of ours"), group_text("li", "rust", 10, 30, "そうですね 午後三時")];
        store
            .apply_all(&[
                StoreOp::Messages { chat: ChatId::user("bob"), messages: bob, held: Some((1, 4)) },
                StoreOp::Messages { chat: ChatId::group("rust"), messages: rust, held: Some((9, 10)) },
            ])
            .unwrap();
        while index(&mut store.connection).unwrap() {}
        (folder, store)
    }

    fn query(words: &str) -> Query {
        Query { words: words.into(), now_s: NOW_S, ..Query::default() }
    }

    fn places(store: &Store, query: Query, chat: Option<ChatId>) -> Vec<(String, u64, Vec<u64>)> {
        let found = find(&store.connection, &LocalQuery { query, chat, offset: 0, limit: 20 }).unwrap();
        let id = |hit: &SearchHit| ChatId::from_wire(&hit.id).unwrap().id().to_owned();
        let places = |hit: &SearchHit| hit.message_list.iter().filter_map(Message::place).collect();
        found.items.iter().map(|hit| (id(hit), hit.message_count, places(hit))).collect()
    }

    #[rstest]
    #[case("plan", &[("rust", 1, 9), ("bob", 2, 3)])]
    #[case("PLAN tomor", &[("bob", 1, 1)])]
    #[case("队列", &[("bob", 1, 2)])]
    #[case("队", &[("bob", 1, 2)])]
    #[case("列队", &[])]
    #[case("午後", &[("rust", 1, 10)])]
    #[case("👍", &[("bob", 1, 3)])]
    #[case("report", &[("bob", 1, 4)])]
    #[case("lan", &[])]
    #[case("AND OR NEAR(", &[])]
    fn words_are_found_by_their_beginnings_and_dense_scripts_by_any_pair(#[case] words: &str, #[case] hits: &[(&str, u64, u64)]) {
        let (_folder, store) = filled();
        let expected: Vec<(String, u64, Vec<u64>)> =
            hits.iter().map(|(chat, count, place)| ((*chat).to_owned(), *count, vec![*place])).collect();
        assert_eq!(places(&store, query(words), None), expected);
    }

    #[test]
    fn filters_narrow_by_sender_kind_and_time() {
        let (_folder, store) = filled();
        let bob = Some(ChatId::user("bob"));
        let of = |query| places(&store, query, bob.clone()).first().map(|hit| hit.2.clone()).unwrap_or_default();
        assert_eq!(of(query("plan")), [3, 1], "the newest first");
        assert_eq!(of(Query { kinds: vec!["TIMFileElem"], ..query("") }), [4]);
        assert_eq!(of(Query { senders: vec!["me".into()], ..query("") }), [2]);
        assert_eq!(of(Query { from_s: NOW_S - 86_400 * 5, ..query("plan") }), [3]);
        assert_eq!(of(Query { from_s: NOW_S - 86_400 * 90, to_s: NOW_S - 86_400 * 30, ..query("") }), [2, 1]);
        assert!(places(&store, query(""), None).is_empty(), "nothing asked, nothing found");
    }

    #[test]
    fn what_is_recalled_deleted_or_changed_is_found_accordingly() {
        let (_folder, mut store) = filled();
        let bob = ChatId::user("bob");
        let changed = vec![text("bob", "bob", 3, 7_200, "better words")];
        store
            .apply_all(&[
                StoreOp::Recall { chat: bob.clone(), place: 1, revoker: None, reason: None },
                StoreOp::Messages { chat: bob.clone(), messages: changed, held: None },
                StoreOp::Delete { chat: bob.clone(), places: vec![4] },
            ])
            .unwrap();
        while index(&mut store.connection).unwrap() {}
        assert!(places(&store, query("plan"), Some(bob.clone())).iter().all(|hit| hit.1 == 0));
        assert!(places(&store, query("report"), None).is_empty());
        assert_eq!(places(&store, query("better"), Some(bob)), [("bob".to_owned(), 1, vec![3])]);
        store.apply_all(&[StoreOp::Forget]).unwrap();
        while index(&mut store.connection).unwrap() {}
        assert!(places(&store, query("words"), None).is_empty(), "another person finds nothing");
    }

    #[test]
    fn a_stretch_of_time_is_a_few_facets_that_cover_each_hour_once() {
        let facets = times(NOW_S - 86_400 * 400, NOW_S);
        assert!(facets.len() < 130, "{}", facets.len());
        let hours: i64 = facets
            .iter()
            .map(|facet| match facet.as_bytes()[0] {
                b'b' => BLOCK,
                b'd' => DAY,
                _ => 1,
            })
            .sum();
        assert_eq!(hours, 400 * 24 + 1);
    }
}
