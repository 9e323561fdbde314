//! Times of what must stay quick however much is stored, on one database thread:
//!
//! ```text
//! cargo test --release -p tern-server-lite figures -- --ignored --nocapture
//! ```
//!
//! Optimised, a figure above its budget fails; unoptimised it is told alone.

use super::bench::Bench;
use super::bench::Told;
use super::message::{c2c, group as group_messages, history};
use super::{Caller, Context, account, group, sync};
use crate::store::conversation::{self as threads, Advance, Ends};
use crate::store::engine::{StoreError, Tx, params};
use crate::store::message::{self, Extra, NewMessage};
use serde_json::json;
use std::time::{Duration, Instant};
use tern_protocol::api::conversation::{ConversationId, History, SyncPull};
use tern_protocol::api::message::{SendGroupMsg, SendMsg};

const ROUNDS: u32 = 50;

#[expect(clippy::disallowed_methods, reason = "a stopwatch")]
fn stopwatch() -> Instant {
    Instant::now()
}

/// The mean time of a piece of work that only reads, and of writing its answer down.
async fn mean<A: serde::Serialize>(
    bench: &Bench,
    caller: &Caller,
    work: impl Fn(&Tx<'_>, &Context) -> Result<A, Told> + Send + 'static,
) -> Duration {
    let timed = bench.run(caller, move |tx, cx| {
        // The first time fills the caches.
        work(tx, cx)?;
        let start = stopwatch();
        for _ in 0..ROUNDS {
            let answer = work(tx, cx)?;
            serde_json::to_string(&answer).map_err(|error| error.to_string())?;
        }
        Ok::<_, Told>(start.elapsed() / ROUNDS)
    });
    timed.await.unwrap()
}

fn tell(what: &str, took: Duration, budget: Duration) {
    println!("{what}: {took:?} (budget {budget:?})");
    assert!(cfg!(debug_assertions) || took <= budget, "{what} took {took:?}");
}

fn body(text: &str) -> serde_json::Value {
    json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}])
}

/// Fills a conversation of the caller with `count` messages in one statement.
fn fill(tx: &Tx<'_>, cx: &Context, peer: &str, count: i64) -> Result<(), Told> {
    let me = cx.caller.person().unwrap().tiny_id;
    let peer = account::ensure(tx, &cx.app, &tern_protocol::UserId::parse(peer).unwrap(), 1).map_err(|error| error.to_string())?;
    let step = Advance { sender: peer.tiny_id, time: cx.now_seconds(), counts: true, moves_up: true };
    let thread = threads::advance(tx, Ends::Pair(me, peer.tiny_id), step)?;
    let (text, extra) = (body("a line of the usual length, more or less").to_string(), Extra::default());
    let first = NewMessage {
        thread: thread.id,
        pos: 1,
        sender: peer.tiny_id,
        seq: 1,
        random: 1,
        time_ms: cx.now_ms,
        client_time: 1,
        flags: 0,
        body: &text,
        custom: None,
        extra: &extra,
        rev: thread.rev,
    };
    message::insert(tx, first)?;
    tx.execute(
        "WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)
         INSERT INTO message (thread_id, pos, sender, seq, random, time_ms, client_time, flags, body, rev)
         SELECT m.thread_id, n.i, m.sender, n.i, n.i, m.time_ms + n.i * 10, m.client_time, 0, m.body, m.rev
         FROM n, message AS m WHERE m.thread_id = ?1 AND m.pos = 1",
        params![thread.id, count],
    )?;
    tx.execute(
        "UPDATE thread SET last_pos = ?2, counted_low = ?2, counted_high = ?2 WHERE thread_id = ?1",
        params![thread.id, count],
    )?;
    Ok(())
}

#[tokio::test]
#[ignore = "a figure: see the top of the file"]
async fn a_page_of_history_of_a_million_messages_takes_a_millisecond_at_most() {
    const MESSAGES: i64 = 1_000_000;
    let bench = Bench::unfollowed();
    let me = bench.log_in("me").await;
    bench.run(&me, |tx, cx| fill(tx, cx, "peer", MESSAGES)).await.unwrap();
    let budget = Duration::from_millis(1);
    let pages: [(&str, History); 4] = [
        ("newest", History::default()),
        ("in the middle, backwards", History { before: Some(500_000), ..History::default() }),
        ("around a place", History { around: Some(300_000), ..History::default() }),
        ("around a time", History { around_time: Some(super::bench::START_MS / 1_000 + 5_000), ..History::default() }),
    ];
    for (what, page) in pages {
        let took = mean(&bench, &me, move |tx, cx| {
            let request = History { id: ConversationId::c2c("peer"), limit: 20, ..page.clone() };
            history::history(tx, cx, request).map(|outcome| outcome.reply).map_err(|error| Told::from(error.to_string()))
        });
        tell(&format!("page of 20 of {MESSAGES} messages, {what}"), took.await, budget);
    }
}

/// 300 one-to-one conversations and 200 groups with 20 messages each, most of them unread.
fn befriend(tx: &Tx<'_>, cx: &Context) -> Result<(), Told> {
    let told = |error: &dyn std::fmt::Display| Told::from(error.to_string());
    let raw = |text: &str| serde_json::value::to_raw_value(&body(text)).ok();
    for at in 0..300_i64 {
        let peer = format!("peer{at}");
        account::ensure(tx, &cx.app, &tern_protocol::UserId::parse(peer.as_str()).unwrap(), 1).map_err(|error| told(&error))?;
        tx.execute(
            "UPDATE account SET nick = ?2, face_url = ?3 WHERE user_id = ?1",
            params![&peer, "A Nick", "https://h.test/f.png"],
        )?;
        for line in 0..20 {
            let request = SendMsg {
                from_account: Some(peer.clone()),
                to_account: Some("me".into()),
                msg_random: Some(at * 100 + line),
                msg_body: raw("a line of the usual length, more or less"),
                ..SendMsg::default()
            };
            c2c::send(tx, cx, request).map_err(|error| told(&error))?;
        }
    }
    for at in 0..200_i64 {
        let group_id = format!("group{at}");
        let create = json!({"GroupId": group_id, "Owner_Account": "peer1", "Type": "Public", "Name": "A group",
            "MemberList": [{"Member_Account": "me"}]});
        let create = serde_json::from_value(create).map_err(|error| told(&error))?;
        group::create::create(tx, cx, create).map_err(|error| told(&error))?;
        for line in 0..20 {
            let request = SendGroupMsg {
                group_id: Some(group_id.clone()),
                from_account: Some("peer1".into()),
                random: Some(at * 100 + line),
                msg_body: raw("a line of the usual length, more or less"),
                ..SendGroupMsg::default()
            };
            group_messages::send(tx, cx, request).map_err(|error| told(&error))?;
        }
    }
    Ok(())
}

#[tokio::test]
#[ignore = "a figure: see the top of the file"]
async fn unread_and_list_of_five_hundred_conversations_take_ten_milliseconds_at_most() {
    let bench = Bench::unfollowed();
    let me = bench.log_in("me").await;
    bench.run(&bench.admin(), befriend).await.unwrap();
    let pull = |tx: &Tx<'_>, cx: &Context| {
        let request = SyncPull { rev: 0, limit: 500, before: None };
        let page = sync::pull(tx, cx, request).map_err(|error| Told::from(error.to_string()))?.reply;
        // All groups, and of the people the hundred newest.
        let unread = page.conversations.iter().filter(|conversation| conversation.unread >= 20).count();
        match (page.conversations.len(), unread) {
            (500, 300) => Ok(page),
            other => Err(Told::from(format!("conversations, and those with unread messages: {other:?}"))),
        }
    };
    let took = mean(&bench, &me, pull).await;
    tell("unread and list of 500 conversations at login", took, Duration::from_millis(10));
    let total = |tx: &Tx<'_>, cx: &Context| {
        let me = cx.caller.person().map(|person| person.tiny_id).ok_or_else(|| Told::from("nobody".to_owned()))?;
        super::conversation::unread_total(tx, me).map_err(|error: StoreError| Told::from(error.to_string()))
    };
    tell("unread total of 500 conversations", mean(&bench, &me, total).await, Duration::from_millis(10));
}

/// A community of `count` members, of whom one is its owner and two are admins.
fn settle(tx: &Tx<'_>, cx: &Context, count: i64) -> Result<(), Told> {
    let told = |error: &dyn std::fmt::Display| Told::from(error.to_string());
    let create = json!({"GroupId": "@TGS#_town", "Owner_Account": "me", "Type": "Community", "Name": "A town"});
    let create = serde_json::from_value(create).map_err(|error| told(&error))?;
    group::create::create(tx, cx, create).map_err(|error| told(&error))?;
    tx.execute(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
         INSERT INTO account (sdk_app_id, user_id, nick, created_at, rev)
         SELECT a.sdk_app_id, 'member' || n.i, 'Nick ' || n.i, 1, 1 FROM n, account a WHERE a.user_id = 'me'",
        params![count - 1],
    )?;
    tx.execute(
        "INSERT INTO group_member (group_no, tiny_id, role, joined_at, join_seq, rev)
         SELECT g.group_no, a.tiny_id, CASE WHEN a.user_id IN ('member77', 'member90000') THEN 300 ELSE 200 END, 1, 0, 1
         FROM chat_group g, account a WHERE g.group_id = '@TGS#_town' AND a.user_id <> 'me'",
        params![],
    )?;
    tx.execute("UPDATE chat_group SET member_num = ?1 WHERE group_id = '@TGS#_town'", params![count])?;
    Ok(())
}

#[tokio::test]
#[ignore = "a figure: see the top of the file"]
async fn a_page_of_a_hundred_of_a_hundred_thousand_members_takes_two_milliseconds_at_most() {
    const MEMBERS: i64 = 100_000;
    let bench = Bench::unfollowed();
    let me = bench.log_in("me").await;
    bench.run(&me, |tx, cx| settle(tx, cx, MEMBERS)).await.unwrap();
    let budget = Duration::from_millis(2);
    let pages = [
        ("first", json!({"Limit": 100})),
        ("in the middle", json!({"Limit": 100, "Next": "50000"})),
        ("last", json!({"Limit": 100, "Next": "99900"})),
        ("owner and admins", json!({"Limit": 100, "MemberRoleFilter": ["Owner", "Admin"]})),
    ];
    for (what, page) in pages {
        let took = mean(&bench, &me, move |tx, cx| {
            let mut request = page.clone();
            request["GroupId"] = json!("@TGS#_town");
            let request = serde_json::from_value(request).map_err(|error| Told::from(error.to_string()))?;
            let answer = group::read::members(tx, cx, request).map_err(|error| Told::from(error.to_string()))?.reply;
            match answer.member_list.len() {
                1..=100 => Ok(answer),
                other => Err(Told::from(format!("{other} members"))),
            }
        });
        tell(&format!("page of 100 of {MEMBERS} members, {what}"), took.await, budget);
    }
}
