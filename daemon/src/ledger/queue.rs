//! All SQL of the ledger.

use super::Tx;
use super::stats::Stats;
use crate::job::{Fate, NewPush, State};
use crate::render::Notification;
use rusqlite::{Connection, params};
use serde::Serialize;
use std::{collections::BTreeMap, collections::BTreeSet, collections::HashSet, ops::RangeInclusive, sync::Arc};

/// Rows looked at by one step of cleaning: the thread has other work.
const CLEAN_ROWS: i64 = 2_000;

/// What an insert did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Inserted {
    /// Rows of this insert; empty when nothing was new.
    pub(crate) rows: RangeInclusive<i64>,
    /// Lanes that have something new.
    pub(crate) lanes: BTreeSet<Arc<str>>,
}

/// A push that is due.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Row {
    pub(crate) id: i64,
    pub(crate) push_id: String,
    pub(crate) app: u32,
    pub(crate) user: String,
    pub(crate) install: String,
    pub(crate) cert_id: i64,
    pub(crate) token: String,
    pub(crate) registered_at_ms: i64,
    pub(crate) notification: Arc<Notification>,
    pub(crate) attempts: u32,
    pub(crate) received_at_ms: i64,
    pub(crate) expires_at_ms: i64,
}

/// What the bridge holds, as `tern_push.state` asks for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) id: i64,
    pub(crate) app: u32,
    pub(crate) user: String,
    pub(crate) conversation: String,
    pub(crate) place: u64,
}

/// What becomes of a row that was sent.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Finish {
    /// It came to an end; the server is told.
    End {
        id: i64,
        state: State,
        /// Label of counters: an outcome's name, or `Expired`.
        word: &'static str,
        reason: String,
        provider_id: String,
        attempts: u32,
        /// A `tern_push.report` result as JSON.
        result: String,
        /// The token is held aside, with the result that would call it dead.
        quarantine: Option<Quarantined>,
    },
    /// It waits again.
    Again { id: i64, due_at_ms: i64, attempts: u32, reason: String },
}

/// A token held aside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Quarantined {
    pub(crate) lane: Arc<str>,
    pub(crate) token: String,
    pub(crate) registered_at_ms: i64,
    pub(crate) since_ms: i64,
    /// A `tern_push.report` result that calls the token dead, as JSON.
    pub(crate) result: String,
}

/// How a quarantine ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The server is told that the token is dead.
    Dead,
    /// It was not the token's fault.
    LetGo,
}

/// A push that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Trouble {
    pub(crate) sdk_app_id: u32,
    pub(crate) user: String,
    pub(crate) cert_id: i64,
    pub(crate) state: State,
    pub(crate) reason: String,
    pub(crate) attempts: u32,
    pub(crate) time_ms: i64,
}

pub(super) fn insert(tx: &mut Tx<'_>, pushes: &[NewPush], now_ms: i64) -> rusqlite::Result<Inserted> {
    let mut statement = tx.conn.prepare_cached(
        "INSERT INTO push (push_id, job_id, app, user, conversation, place, install, cert_id, token, registered_at_ms, lane,
                           notification, state, reason, received_at_ms, due_at_ms, expires_at_ms, done_at_ms, behind)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?15, ?16, ?17,
                 ?13 = 0 AND EXISTS (SELECT 1 FROM push INDEXED BY push_line
                                     WHERE lane = ?11 AND token = ?9 AND state < 2 AND attempts < 5))
         ON CONFLICT (push_id) DO NOTHING",
    )?;
    let mut inserted = Inserted { rows: RangeInclusive::new(1, 0), lanes: BTreeSet::new() };
    for push in pushes {
        let (state, reason, notification, word, done) = match &push.fate {
            Fate::Send(notification) => {
                let text = serde_json::to_string(&**notification).unwrap_or_default();
                (State::Received, "", text, "", 0)
            }
            Fate::Skip(word, why) => (State::Skipped, why.as_str(), String::new(), *word, now_ms),
        };
        let changed = statement.execute(params![
            push.push_id,
            push.job_id,
            push.app,
            push.user,
            push.conversation,
            i64::try_from(push.place).unwrap_or(i64::MAX),
            push.install,
            push.cert_id,
            push.token,
            push.registered_at_ms,
            &*push.lane,
            notification,
            state.number(),
            reason,
            now_ms,
            push.expires_at_ms,
            done,
        ])?;
        if changed == 0 {
            continue;
        }
        let id = tx.conn.last_insert_rowid();
        let first = if inserted.rows.is_empty() { id } else { *inserted.rows.start() };
        inserted.rows = first..=id;
        tx.changes.enter(state, word);
        if state == State::Received {
            inserted.lanes.insert(push.lane.clone());
        }
    }
    Ok(inserted)
}

pub(super) fn acknowledge(tx: &mut Tx<'_>, rows: &RangeInclusive<i64>) -> rusqlite::Result<()> {
    let sql = "UPDATE push SET state = 1 WHERE id BETWEEN ?1 AND ?2 AND state = 0";
    let changed = tx.conn.prepare_cached(sql)?.execute([rows.start(), rows.end()])?;
    tx.changes.leave(State::Received, changed as i64);
    (0..changed).for_each(|_| tx.changes.enter(State::Queued, ""));
    Ok(())
}

pub(super) fn unacknowledged(tx: &mut Tx<'_>, limit: usize) -> rusqlite::Result<(Vec<String>, RangeInclusive<i64>)> {
    // The partial index on held rows is small: it holds what waits.
    let mut statement = tx
        .conn
        .prepare_cached("SELECT id, job_id FROM push INDEXED BY push_held WHERE state = 0 AND state < 2 ORDER BY id LIMIT ?1")?;
    let rows: Vec<(i64, String)> =
        statement.query_map([limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?;
    let range = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) => first.0..=last.0,
        _ => RangeInclusive::new(1, 0),
    };
    let jobs: BTreeSet<String> = rows.into_iter().map(|(_, job)| job).collect();
    Ok((jobs.into_iter().collect(), range))
}

pub(super) fn due(
    tx: &mut Tx<'_>,
    lane: &str,
    now_ms: i64,
    limit: usize,
    in_hand: &HashSet<i64>,
) -> rusqlite::Result<(Vec<Row>, Option<i64>)> {
    // The index alone answers this; rows in hand are due as well and cost no more than a look.
    let mut ids = tx.conn.prepare_cached(
        "SELECT id FROM push WHERE lane = ?1 AND state = 1 AND behind = 0 AND due_at_ms <= ?2 ORDER BY due_at_ms, id LIMIT ?3",
    )?;
    let found = ids.query_map(params![lane, now_ms, (limit + in_hand.len()) as i64], |row| row.get(0))?;
    let found: Vec<i64> = found.collect::<rusqlite::Result<_>>()?;
    let mut one = tx.conn.prepare_cached(
        "SELECT id, push_id, app, user, install, cert_id, token, registered_at_ms, notification, attempts, received_at_ms, expires_at_ms
         FROM push WHERE id = ?1",
    )?;
    let wanted = found.into_iter().filter(|id| !in_hand.contains(id)).take(limit);
    let rows = wanted.map(|id| one.query_row([id], read_row)).collect::<rusqlite::Result<Vec<_>>>()?;
    let sql = "SELECT min(due_at_ms) FROM push WHERE lane = ?1 AND state = 1 AND behind = 0 AND due_at_ms > ?2";
    let next = tx.conn.prepare_cached(sql)?.query_row(params![lane, now_ms], |row| row.get(0))?;
    Ok((rows, next))
}

fn read_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    let notification: &str = row.get_ref(8)?.as_str()?;
    Ok(Row {
        id: row.get(0)?,
        push_id: row.get(1)?,
        app: row.get(2)?,
        user: row.get(3)?,
        install: row.get(4)?,
        cert_id: row.get(5)?,
        token: row.get(6)?,
        registered_at_ms: row.get(7)?,
        notification: Arc::new(serde_json::from_str(notification).unwrap_or_default()),
        attempts: row.get(9)?,
        received_at_ms: row.get(10)?,
        expires_at_ms: row.get(11)?,
    })
}

pub(super) fn finish(tx: &mut Tx<'_>, results: &[Finish], now_ms: i64) -> rusqlite::Result<()> {
    forget_told(tx)?;
    let mut end = tx.conn.prepare_cached(
        "UPDATE push SET state = ?2, reason = ?3, provider_id = ?4, attempts = ?5, done_at_ms = ?6 WHERE id = ?1 AND state = 1",
    )?;
    let mut again =
        tx.conn.prepare_cached("UPDATE push SET due_at_ms = ?2, attempts = ?3, reason = ?4 WHERE id = ?1 AND state = 1")?;
    let mut report = tx.conn.prepare_cached("INSERT INTO report (result) VALUES (?1)")?;
    for result in results {
        match result {
            Finish::Again { id, due_at_ms, attempts, reason } => {
                again.execute(params![id, due_at_ms, attempts, reason])?;
            }
            Finish::End { id, state, word, reason, provider_id, attempts, result, quarantine } => {
                let changed = end.execute(params![id, state.number(), reason, provider_id, attempts, now_ms])?;
                // A push that was withdrawn while under way stays Skipped; what the provider said of the token counts all the same.
                if changed > 0 {
                    tx.changes.leave(State::Queued, 1);
                    tx.changes.enter(*state, word);
                }
                if !result.is_empty() {
                    report.execute([result])?;
                }
                if let Some(held) = quarantine {
                    hold(tx.conn, held)?;
                }
            }
        }
    }
    Ok(())
}

fn hold(conn: &Connection, held: &Quarantined) -> rusqlite::Result<()> {
    conn.prepare_cached(
        "INSERT INTO quarantine (lane, token, registered_at_ms, since_ms, result) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (lane, token) DO UPDATE SET registered_at_ms = excluded.registered_at_ms, result = excluded.result",
    )?
    .execute(params![&*held.lane, held.token, held.registered_at_ms, held.since_ms, held.result])?;
    Ok(())
}

/// What is withdrawn of a receiver: a conversation, all of it or some places.
pub(crate) type Scope = (String, Option<RangeInclusive<u64>>);

pub(super) fn withdraw(
    tx: &mut Tx<'_>,
    app: u32,
    user: &str,
    scope: Option<Scope>,
    word: &'static str,
    now_ms: i64,
) -> rusqlite::Result<usize> {
    let (conversation, places) = scope.map_or((None, None), |(conversation, places)| (Some(conversation), places));
    let places = places.unwrap_or(0..=u64::MAX);
    let narrow = |place: u64| i64::try_from(place).unwrap_or(i64::MAX);
    let mut statement = tx.conn.prepare_cached(match user.is_empty() {
        // A recalled group message: rare, and only what waits is looked at.
        true => {
            "SELECT id FROM push WHERE app = ?1 AND ?2 = '' AND state < 2 AND (?3 IS NULL OR conversation = ?3)
             AND place >= ?4 AND place <= ?5"
        }
        false => {
            "SELECT id FROM push WHERE app = ?1 AND user = ?2 AND state < 2 AND (?3 IS NULL OR conversation = ?3)
             AND place >= ?4 AND place <= ?5"
        }
    })?;
    let rows =
        statement.query_map(params![app, user, conversation, narrow(*places.start()), narrow(*places.end())], |row| row.get(0))?;
    let rows: Vec<(i64, &'static str)> = rows.map(|id| Ok((id?, word))).collect::<rusqlite::Result<_>>()?;
    withdraw_rows(tx, &rows, now_ms)?;
    Ok(rows.len())
}

pub(super) fn withdraw_rows(tx: &mut Tx<'_>, rows: &[(i64, &'static str)], now_ms: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE push SET state = 3, reason = ?2, done_at_ms = ?3 WHERE id = ?1 AND state = ?4";
    let mut statement = tx.conn.prepare_cached(sql)?;
    for (id, word) in rows {
        for state in [State::Received, State::Queued] {
            let changed = statement.execute(params![id, withdrawn(word), now_ms, state.number()])?;
            if changed > 0 {
                tx.changes.leave(state, 1);
                tx.changes.enter(State::Skipped, word);
            }
        }
    }
    Ok(())
}

/// Why a push was withdrawn, for people.
fn withdrawn(word: &str) -> &'static str {
    match word {
        "Online" => "the receiver came back online first",
        "Read" => "the receiver read the message first",
        _ => "the message was withdrawn first",
    }
}

/// The page after a row, by receiver.
pub(super) fn held(tx: &mut Tx<'_>, after: Option<Held>, limit: usize) -> rusqlite::Result<Vec<Held>> {
    let after = after.unwrap_or_default();
    let mut statement = tx.conn.prepare_cached(
        "SELECT id, app, user, conversation, place FROM push INDEXED BY push_held
         WHERE state < 2 AND (app, user, id) > (?1, ?2, ?3) ORDER BY app, user, id LIMIT ?4",
    )?;
    let rows = statement.query_map(params![after.app, after.user, after.id, limit as i64], |row| {
        Ok(Held {
            id: row.get(0)?,
            app: row.get(1)?,
            user: row.get(2)?,
            conversation: row.get(3)?,
            place: row.get::<_, i64>(4)?.try_into().unwrap_or(0),
        })
    })?;
    rows.collect()
}

pub(super) fn reports(tx: &mut Tx<'_>, limit: usize) -> rusqlite::Result<Vec<(i64, String)>> {
    let mut statement = tx.conn.prepare_cached("SELECT id, result FROM report WHERE id > ?1 ORDER BY id LIMIT ?2")?;
    let rows = statement.query_map(params![tx.told, limit as i64], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Deletes what the server was told. It goes with other work: alone it would cost a commit. The last one stays until the end, so
/// that no number is given out twice.
fn forget_told(tx: &mut Tx<'_>) -> rusqlite::Result<()> {
    if tx.told > 0 {
        tx.conn.prepare_cached("DELETE FROM report WHERE id < ?1")?.execute([tx.told])?;
    }
    Ok(())
}

/// The last work of all: deletes everything that the server was told.
pub(super) fn forget_all_told(conn: &Connection, told: i64) -> rusqlite::Result<()> {
    conn.execute("DELETE FROM report WHERE id <= ?1", [told]).map(|_| ())
}

pub(super) fn quarantine(tx: &mut Tx<'_>) -> rusqlite::Result<Vec<Quarantined>> {
    let mut statement = tx.conn.prepare_cached("SELECT lane, token, registered_at_ms, since_ms, result FROM quarantine")?;
    let rows = statement.query_map([], |row| {
        Ok(Quarantined {
            lane: Arc::from(row.get::<_, String>(0)?),
            token: row.get(1)?,
            registered_at_ms: row.get(2)?,
            since_ms: row.get(3)?,
            result: row.get(4)?,
        })
    })?;
    rows.collect()
}

pub(super) fn release(tx: &mut Tx<'_>, lane: &str, tokens: &[String], ended: Ended) -> rusqlite::Result<()> {
    for token in tokens {
        if ended == Ended::Dead {
            let sql = "INSERT INTO report (result) SELECT result FROM quarantine WHERE lane = ?1 AND token = ?2";
            tx.conn.prepare_cached(sql)?.execute([lane, token])?;
        }
        tx.conn.prepare_cached("DELETE FROM quarantine WHERE lane = ?1 AND token = ?2")?.execute([lane, token])?;
    }
    Ok(())
}

pub(super) fn trouble(tx: &mut Tx<'_>, user: Option<&str>, limit: usize) -> rusqlite::Result<Vec<Trouble>> {
    let mut statement = tx.conn.prepare_cached(
        "SELECT app, user, cert_id, state, reason, attempts, done_at_ms FROM push INDEXED BY push_trouble
         WHERE state > 2 AND (?1 IS NULL OR user = ?1) ORDER BY id DESC LIMIT ?2",
    )?;
    let rows = statement.query_map(params![user, limit as i64], |row| {
        Ok(Trouble {
            sdk_app_id: row.get(0)?,
            user: row.get(1)?,
            cert_id: row.get(2)?,
            state: State::from_number(row.get(3)?),
            reason: row.get(4)?,
            attempts: row.get(5)?,
            time_ms: row.get(6)?,
        })
    })?;
    rows.collect()
}

pub(super) fn clean(tx: &mut Tx<'_>, now_ms: i64, before_ms: i64) -> rusqlite::Result<bool> {
    let sql = "UPDATE push SET state = 4, reason = 'too old: ' || reason, done_at_ms = ?1
               WHERE id IN (SELECT id FROM push INDEXED BY push_held WHERE state < 2 AND expires_at_ms <= ?1 LIMIT ?2) RETURNING state";
    for from in [State::Received, State::Queued] {
        let sql = sql.replace("WHERE state < 2 AND", &format!("WHERE state < 2 AND state = {} AND", from.number()));
        let ended = tx.conn.prepare_cached(&sql)?.query_map([now_ms, CLEAN_ROWS], |_| Ok(()))?.count();
        tx.changes.leave(from, ended as i64);
        (0..ended).for_each(|_| tx.changes.enter(State::Failed, "Expired"));
    }
    let forgotten = tx
        .conn
        .prepare_cached(
            "DELETE FROM push WHERE id IN (SELECT id FROM push ORDER BY id LIMIT ?2) AND state >= 2 AND done_at_ms < ?1",
        )?
        .execute([before_ms, CLEAN_ROWS])?;
    if forgotten > 0 {
        // Each step gives one page back.
        let mut vacuum = tx.conn.prepare(&format!("PRAGMA incremental_vacuum({CLEAN_ROWS})"))?;
        let mut pages = vacuum.query([])?;
        while pages.next()?.is_some() {}
    }
    Ok(forgotten as i64 >= CLEAN_ROWS / 2)
}

pub(super) fn shift(tx: &mut Tx<'_>, lane: &str, by_ms: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE push INDEXED BY push_held SET due_at_ms = due_at_ms + ?2 WHERE state < 2 AND state = 1 AND lane = ?1";
    tx.conn.prepare_cached(sql)?.execute(params![lane, by_ms])?;
    Ok(())
}

pub(super) fn limit_waits(tx: &mut Tx<'_>, latest_ms: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE push INDEXED BY push_held SET due_at_ms = ?1 WHERE state < 2 AND state = 1 AND due_at_ms > ?1";
    tx.conn.prepare_cached(sql)?.execute([latest_ms])?;
    Ok(())
}

pub(super) fn load_stats(conn: &Connection, stats: &Stats) -> rusqlite::Result<()> {
    let count = |state: State| {
        let sql = "SELECT count(*) FROM push INDEXED BY push_held WHERE state < 2 AND state = ?1";
        conn.query_row(sql, [state.number()], |row| row.get::<_, i64>(0))
    };
    let waiting = [count(State::Received)?, count(State::Queued)?];
    let mut totals = BTreeMap::new();
    let mut statement = conn.prepare("SELECT state, word, total FROM tally")?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?;
    for row in rows {
        let (state, word, total) = row?;
        totals.insert((State::from_number(state), word), total.try_into().unwrap_or(0));
    }
    stats.load(waiting, totals);
    Ok(())
}

pub(super) fn save_tally(tx: &Tx<'_>) -> rusqlite::Result<()> {
    for ((state, word), count) in &tx.changes.totals {
        tx.conn
            .prepare_cached(
                "INSERT INTO tally (state, word, total) VALUES (?1, ?2, ?3) ON CONFLICT (state, word) DO UPDATE SET total = total + ?3",
            )?
            .execute(params![state.number(), word, *count as i64])?;
    }
    Ok(())
}
