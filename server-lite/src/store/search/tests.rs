//! The index over a database of its own.

use super::*;
use crate::store::conversation::{self, Advance, Ends};
use crate::store::engine::{Db, Folder};
use crate::store::message::{Extra, NewMessage};
use crate::store::{MIGRATIONS, expiry};
use std::time::Duration;

async fn open(folder: &std::path::Path) -> Db {
    let (db, finisher) = Db::open(Folder::lock(folder).unwrap(), MIGRATIONS, Some(SEARCH)).unwrap();
    tokio::spawn(finisher.run());
    db
}

fn say(tx: &Tx<'_>, text: &str, time_ms: i64) -> Result<(ThreadId, i64), StoreError> {
    let (ann, bob) = (TinyId(1), TinyId(2));
    let step = Advance { sender: ann, time: time_ms / 1000, counts: true, moves_up: true };
    let thread = conversation::advance(tx, Ends::Pair(ann, bob), step)?;
    let body = serde_json::json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]).to_string();
    message::insert(
        tx,
        NewMessage {
            thread: thread.id,
            pos: thread.last_pos,
            sender: ann,
            seq: 1,
            random: 1,
            time_ms,
            client_time: 1,
            flags: 0,
            body: &body,
            custom: None,
            extra: &Extra::default(),
            rev: thread.rev,
        },
    )?;
    Ok((thread.id, thread.last_pos))
}

/// Places that are found, and how many messages the index holds.
async fn found(db: &Db, word: &str) -> (Vec<i64>, i64) {
    let wanted = Wanted {
        scope: Scope::Person(TinyId(2), Vec::new()),
        senders: Vec::new(),
        types: Vec::new(),
        keywords: Keyword::parse(word).into_iter().collect(),
        all_keywords: false,
    };
    let work = move |tx: &Tx<'_>| {
        let found = candidates(tx, &wanted, i64::MAX, false, 100)?;
        let held = tx.query_one("SELECT COUNT(*) FROM search_index_docsize", &[])?.unwrap_or_default().int(0)?;
        Ok::<_, StoreError>((found.into_iter().map(|found| found.stored.pos).collect(), held))
    };
    db.read(work).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "the second pass runs in real time")]
async fn until_found(db: &Db, word: &str, places: &[i64], held: i64) {
    for _ in 0..2_000 {
        if found(db, word).await == (places.to_vec(), held) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{word} is found at {:?} and not at {places:?}, {held}", found(db, word).await);
}

#[tokio::test]
async fn what_expires_leaves_the_index_and_a_number_that_comes_again_is_not_passed_over() {
    let folder = tempfile::tempdir().unwrap();
    let db = open(folder.path()).await;
    let (thread, _) = db.write(|tx| say(tx, "apple old", 1_000)).await.unwrap();
    db.write(|tx| say(tx, "apple newer", 2_000)).await.unwrap();
    until_found(&db, "apple", &[2, 1], 2).await;
    // Everything goes, so the next message gets the number of the newest one before.
    db.write(move |tx| expiry::take(tx, thread, 5_000, 100)).await.unwrap();
    db.write(|tx| say(tx, "apple again", 6_000)).await.unwrap();
    until_found(&db, "apple", &[3], 1).await;
    until_found(&db, "old", &[], 1).await;
    let left = db.read(|tx| tx.query("SELECT 1 FROM message_gone", &[])).await.unwrap();
    assert!(left.len() <= 2);
    db.close().await;
}

#[tokio::test]
async fn an_index_that_is_behind_missing_or_damaged_is_brought_up_to_date_at_start() {
    let folder = tempfile::tempdir().unwrap();
    {
        let (db, finisher) = Db::open(Folder::lock(folder.path()).unwrap(), MIGRATIONS, None).unwrap();
        tokio::spawn(finisher.run());
        db.write(|tx| (0..5).try_for_each(|at| say(tx, &format!("fig {at}"), at * 1_000).map(drop))).await.unwrap();
        db.close().await;
    }
    let db = open(folder.path()).await;
    until_found(&db, "fig", &[5, 4, 3, 2, 1], 5).await;
    db.close().await;
    drop(db);
    std::fs::write(folder.path().join(SEARCH.file), b"this is no database, and was never one").unwrap();
    let db = open(folder.path()).await;
    until_found(&db, "fig", &[5, 4, 3, 2, 1], 5).await;
    db.close().await;
}

/// `cargo test --release -p tern-server-lite figures -- --ignored --nocapture` tells it with the other figures.
#[tokio::test]
#[ignore = "a figure"]
#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
async fn figures_of_the_index_a_message_costs_a_few_microseconds_and_a_search_a_few_milliseconds() {
    const MESSAGES: i64 = 100_000;
    let folder = tempfile::tempdir().unwrap();
    let (db, finisher) = Db::open(Folder::lock(folder.path()).unwrap(), MIGRATIONS, None).unwrap();
    tokio::spawn(finisher.run());
    for from in (0..MESSAGES).step_by(1_000) {
        let some = move |tx: &Tx<'_>| {
            (from..from + 1_000).try_for_each(|at| say(tx, &format!("a line of the usual length, number {at}"), at).map(drop))
        };
        db.write(some).await.unwrap();
    }
    db.close().await;
    drop(db);
    // The steps themselves, without the thread that takes them.
    let start = std::time::Instant::now();
    let db = open(folder.path()).await;
    loop {
        let last = |tx: &Tx<'_>| tx.query_one("SELECT message_id FROM search_state", &[])?.unwrap_or_default().int(0);
        if db.read(last).await.unwrap() == MESSAGES {
            break;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let cost = (start.elapsed() - Duration::from_millis(200)) / u32::try_from(MESSAGES).unwrap();
    println!("indexing: {cost:?} a message");
    for word in ["99", "number", "usual"] {
        let start = std::time::Instant::now();
        let hits = found(&db, word).await.0.len();
        println!("the newest 100 of {MESSAGES} with {word:?}: {:?} ({hits})", start.elapsed());
        assert!(cfg!(debug_assertions) || start.elapsed() < Duration::from_millis(100));
    }
    assert!(cfg!(debug_assertions) || cost < Duration::from_micros(25), "{cost:?}");
    db.close().await;
}
