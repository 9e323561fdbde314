use super::*;
use crate::job::{Fate, State};
use crate::render::Notification;
use tern_protocol::clock::VirtualClock;

const NOW: i64 = 1_700_000_000_000;

struct World {
    clock: VirtualClock,
    folder: tempfile::TempDir,
    ledger: Ledger,
}

fn world() -> World {
    let clock = VirtualClock::new(NOW);
    let folder = tempfile::tempdir().unwrap();
    let ledger = Ledger::open(folder.path(), Arc::new(clock.clone())).unwrap();
    World { clock, folder, ledger }
}

impl World {
    /// Ends the ledger's thread and opens the folder again: what a restart finds.
    async fn restart(self) -> Self {
        let World { clock, folder, ledger } = self;
        drop(ledger);
        loop {
            match Ledger::open(folder.path(), Arc::new(clock.clone())) {
                Ok(ledger) => return World { clock, folder, ledger },
                Err(error) => assert!(error.to_string().contains("in use"), "{error}"),
            }
            tokio::task::yield_now().await;
        }
    }

    async fn due(&self, limit: usize) -> Vec<String> {
        let (rows, _) = self.ledger.due("*/1".into(), limit, HashSet::new()).await.unwrap();
        rows.into_iter().map(|row| row.push_id).collect()
    }

    async fn queue(&self, pushes: Vec<NewPush>) -> std::ops::RangeInclusive<i64> {
        let inserted = self.ledger.insert(pushes).await.unwrap();
        self.ledger.acknowledge(inserted.rows.clone(), || ()).await.unwrap();
        inserted.rows
    }

    fn counts(&self) -> (u64, u64, Vec<String>) {
        let stats = self.ledger.stats();
        let totals = stats.totals().into_iter().map(|((state, word), count)| format!("{} {word} {count}", state.name()));
        (stats.waiting(State::Received), stats.waiting(State::Queued), totals.collect())
    }
}

fn push(push_id: &str) -> NewPush {
    NewPush {
        push_id: push_id.into(),
        job_id: format!("job-{push_id}"),
        app: 1,
        user: "bob".into(),
        conversation: "1:ann".into(),
        place: 5,
        install: "phone".into(),
        cert_id: 1,
        token: format!("token of {push_id}"),
        registered_at_ms: 3,
        lane: "*/1".into(),
        expires_at_ms: NOW + 3_600_000,
        fate: Fate::Send(Arc::new(Notification { body: push_id.into(), ..Notification::default() })),
    }
}

fn end(id: i64, state: State, word: &'static str) -> Finish {
    Finish::End {
        id,
        state,
        word,
        reason: String::new(),
        provider_id: String::new(),
        attempts: 1,
        result: format!("{{\"of\":{id}}}"),
        quarantine: None,
    }
}

#[tokio::test]
async fn a_job_that_comes_twice_is_one_row() {
    let world = world();
    world.queue(vec![push("a"), push("b")]).await;
    let again = world.ledger.insert(vec![push("b"), push("c")]).await.unwrap();
    assert_eq!(again.rows, 3..=3);
    let nothing_new = world.ledger.insert(vec![push("a")]).await.unwrap();
    assert!(nothing_new.rows.is_empty() && nothing_new.lanes.is_empty());
    assert_eq!(world.counts(), (1, 2, vec![]));
}

#[tokio::test]
async fn a_push_is_due_only_when_the_server_knows_it_is_ours() {
    let world = world();
    let inserted = world.ledger.insert(vec![push("a")]).await.unwrap();
    assert_eq!(world.due(10).await, [""; 0]);
    world.ledger.acknowledge(inserted.rows, || ()).await.unwrap();
    assert_eq!(world.due(10).await, ["a"]);
}

#[tokio::test]
async fn a_restart_finds_what_waited_and_what_the_server_may_not_know() {
    let world = world();
    world.queue(vec![push("a")]).await;
    world.ledger.insert(vec![push("b"), NewPush { job_id: "job-a".into(), ..push("c") }]).await.unwrap();
    let world = world.restart().await;
    assert_eq!(world.due(10).await, ["a"]);
    let (jobs, rows) = world.ledger.unacknowledged(100).await.unwrap();
    assert_eq!(jobs, ["job-a", "job-b"]);
    world.ledger.acknowledge(rows, || ()).await.unwrap();
    assert_eq!(world.due(10).await, ["a", "b", "c"]);
    assert_eq!(world.counts(), (0, 3, vec![]));
}

#[tokio::test]
async fn what_is_in_hand_is_not_handed_out_again() {
    let world = world();
    world.queue((0..10).map(|n| push(&format!("p{n}"))).collect()).await;
    let (rows, _) = world.ledger.due("*/1".into(), 4, HashSet::from([1, 2, 3])).await.unwrap();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), [4, 5, 6, 7]);
    assert_eq!(rows[0].notification.body, "p3");
}

#[tokio::test]
async fn a_push_that_waits_comes_back_at_its_moment() {
    let world = world();
    world.queue(vec![push("a")]).await;
    let again = Finish::Again { id: 1, due_at_ms: NOW + 5_000, attempts: 1, reason: "500".into() };
    world.ledger.finish(Arc::new(vec![again])).await.unwrap();
    let (rows, next) = world.ledger.due("*/1".into(), 9, HashSet::new()).await.unwrap();
    assert_eq!((rows.len(), next), (0, Some(NOW + 5_000)));
    world.clock.advance(5_000).await;
    let (rows, _) = world.ledger.due("*/1".into(), 9, HashSet::new()).await.unwrap();
    assert_eq!((rows[0].push_id.as_str(), rows[0].attempts), ("a", 1));
}

/// A push to the same device as others of this kind.
fn to_one(push_id: &str) -> NewPush {
    NewPush { token: "one".into(), ..push(push_id) }
}

fn again(id: i64, due_at_ms: i64, attempts: u32) -> Finish {
    Finish::Again { id, due_at_ms, attempts, reason: "500".into() }
}

#[tokio::test]
async fn a_devices_pushes_are_due_one_after_the_other_however_each_ends() {
    let world = world();
    let read = NewPush { place: 4, ..to_one("read") };
    let old = NewPush { expires_at_ms: NOW + 2_000, ..to_one("old") };
    world.queue(vec![to_one("sent"), read, to_one("failed"), old, to_one("last"), push("other")]).await;
    assert_eq!(world.due(9).await, ["sent", "other"]);
    world.ledger.finish(Arc::new(vec![again(1, NOW + 1_000, 1)])).await.unwrap();
    assert_eq!(world.due(9).await, ["other"], "put off, it is still the first");
    world.ledger.finish(Arc::new(vec![end(1, State::Sent, "Accepted")])).await.unwrap();
    assert_eq!(world.due(9).await, ["read", "other"]);
    let up_to_four = Some(("1:ann".to_owned(), Some(0..=4)));
    assert_eq!(world.ledger.withdraw(1, "bob".into(), up_to_four, "Read").await.unwrap(), 1);
    assert_eq!(world.due(9).await, ["failed", "other"]);
    world.ledger.finish(Arc::new(vec![end(3, State::Failed, "PayloadRejected")])).await.unwrap();
    let world = world.restart().await;
    assert_eq!(world.due(9).await, ["old", "other"]);
    world.clock.advance(2_000).await;
    assert!(!world.ledger.clean(NOW).await.unwrap());
    assert_eq!(world.due(9).await, ["last", "other"]);
    world.queue(vec![to_one("later")]).await;
    world.ledger.finish(Arc::new(vec![end(5, State::Sent, "Accepted")])).await.unwrap();
    assert_eq!(world.due(9).await, ["other", "later"]);
    world.ledger.finish(Arc::new(vec![end(7, State::Sent, "Accepted")])).await.unwrap();
    world.queue(vec![to_one("alone")]).await;
    assert_eq!(world.due(9).await, ["other", "alone"]);
}

#[tokio::test]
async fn a_push_that_was_refused_five_times_holds_up_nobody() {
    let world = world();
    world.queue(vec![to_one("refused"), to_one("second"), to_one("third")]).await;
    world.ledger.finish(Arc::new(vec![again(1, NOW, 4)])).await.unwrap();
    assert_eq!(world.due(9).await, ["refused"]);
    world.ledger.finish(Arc::new(vec![again(1, NOW, 5)])).await.unwrap();
    assert_eq!(world.due(9).await, ["refused", "second"]);
    world.ledger.finish(Arc::new(vec![again(1, NOW, 6)])).await.unwrap();
    world.ledger.finish(Arc::new(vec![end(1, State::Failed, "Retry")])).await.unwrap();
    assert_eq!(world.due(9).await, ["second"], "the third waits for the second alone");
}

#[tokio::test]
async fn what_waits_in_a_file_of_an_earlier_version_stands_in_line_too() {
    let folder = tempfile::tempdir().unwrap();
    let conn = Connection::open(folder.path().join("ledger.sqlite3")).unwrap();
    conn.execute_batch(MIGRATIONS[0]).unwrap();
    for (push_id, state, token) in [("ended", 2, "one"), ("a", 1, "one"), ("b", 1, "two"), ("c", 0, "one"), ("d", 1, "one")] {
        conn.execute(
            "INSERT INTO push (push_id, job_id, app, user, conversation, place, install, cert_id, token, registered_at_ms, lane,
               notification, state, reason, received_at_ms, due_at_ms, expires_at_ms)
             VALUES (?1, ?1, 1, 'bob', '1:ann', 1, '', 1, ?3, 1, '*/1', '{}', ?2, '', ?4, ?4, ?4 + 5000)",
            rusqlite::params![push_id, state, token, NOW],
        )
        .unwrap();
    }
    conn.pragma_update(None, "user_version", 1).unwrap();
    drop(conn);
    let clock = VirtualClock::new(NOW);
    let ledger = Ledger::open(folder.path(), Arc::new(clock.clone())).unwrap();
    let world = World { clock, folder, ledger };
    assert_eq!(world.due(9).await, ["a", "b"]);
    let ends = vec![end(2, State::Sent, "Accepted"), end(3, State::Sent, "Accepted")];
    world.ledger.finish(Arc::new(ends)).await.unwrap();
    assert_eq!(world.due(9).await, [""; 0], "the server does not know the next one yet");
    world.ledger.acknowledge(4..=4, || ()).await.unwrap();
    assert_eq!(world.due(9).await, ["c"]);
}

#[tokio::test]
async fn ends_are_counted_and_reported_once_and_survive_a_restart() {
    let world = world();
    world.queue(vec![push("a"), push("b")]).await;
    let skipped = NewPush { fate: Fate::Skip("NoToken", "why".into()), ..push("c") };
    world.ledger.insert(vec![skipped]).await.unwrap();
    let ends = vec![end(1, State::Sent, "Accepted"), end(2, State::Failed, "TokenInvalid")];
    world.ledger.finish(Arc::new(ends)).await.unwrap();
    let expected = vec!["Sent Accepted 1".to_owned(), "Skipped NoToken 1".into(), "Failed TokenInvalid 1".into()];
    assert_eq!(world.counts(), (0, 0, expected.clone()));
    let world = world.restart().await;
    assert_eq!(world.counts(), (0, 0, expected));
    let reports = world.ledger.reports(1).await.unwrap();
    assert_eq!(reports, [(1, "{\"of\":1}".to_owned())]);
    world.ledger.reported(1);
    assert_eq!(world.ledger.reports(9).await.unwrap(), [(2, "{\"of\":2}".to_owned())]);
    let trouble = world.ledger.trouble(Some("bob".into()), 9).await.unwrap();
    assert_eq!(
        trouble.iter().map(|row| (row.state, row.reason.as_str())).collect::<Vec<_>>(),
        [(State::Skipped, "why"), (State::Failed, "")]
    );
    assert_eq!(world.ledger.trouble(Some("eve".into()), 9).await.unwrap(), []);
}

#[tokio::test]
async fn a_report_that_was_told_is_told_no_more_and_none_is_missed() {
    let world = world();
    let rows = world.queue((0..6).map(|n| push(&format!("p{n}"))).collect()).await;
    for id in rows {
        world.ledger.finish(Arc::new(vec![end(id, State::Sent, "Accepted")])).await.unwrap();
        let reports = world.ledger.reports(9).await.unwrap();
        assert_eq!(reports.iter().map(|report| report.1.as_str()).collect::<Vec<_>>(), [format!("{{\"of\":{id}}}")]);
        world.ledger.reported(reports[0].0);
    }
    let world = world.restart().await;
    assert_eq!(world.ledger.reports(9).await.unwrap(), []);
}

#[tokio::test]
async fn a_receiver_who_is_back_gets_nothing_and_one_who_read_gets_the_rest() {
    let world = world();
    let other = NewPush { user: "eve".into(), ..push("e") };
    let newer = NewPush { place: 6, ..push("b") };
    let elsewhere = NewPush { conversation: "2:g".into(), ..push("c") };
    world.queue(vec![push("a"), newer, elsewhere, other]).await;
    let read = Some(("1:ann".to_owned(), Some(0..=5)));
    assert_eq!(world.ledger.withdraw(1, "bob".into(), read, "Read").await.unwrap(), 1);
    assert_eq!(world.due(9).await, ["b", "c", "e"]);
    let nothing = Some(("1:ann".to_owned(), Some(7..=7)));
    assert_eq!(world.ledger.withdraw(1, String::new(), nothing, "Gone").await.unwrap(), 0, "another place of everybody's");
    assert_eq!(world.ledger.withdraw(1, "bob".into(), None, "Online").await.unwrap(), 2);
    assert_eq!(world.due(9).await, ["e"]);
    assert_eq!(world.ledger.withdraw(2, "eve".into(), None, "Online").await.unwrap(), 0, "another application's eve");
    world.ledger.finish(Arc::new(vec![end(2, State::Sent, "Accepted")])).await.unwrap();
    assert_eq!(world.counts(), (0, 1, vec!["Skipped Online 2".into(), "Skipped Read 1".into()]), "withdrawn stays withdrawn");
}

#[tokio::test]
async fn what_is_held_is_paged_through_completely() {
    let world = world();
    let pushes = (0..25).map(|n| NewPush { user: format!("u{}", n % 7), app: 1 + n % 2, ..push(&format!("p{n}")) }).collect();
    world.queue(pushes).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = world.ledger.held(after, 4).await.unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.clone());
        seen.extend(page.into_iter().map(|held| held.id));
    }
    seen.sort();
    assert_eq!(seen, (1..=25).collect::<Vec<_>>());
}

#[tokio::test]
async fn old_pushes_end_and_finished_ones_are_forgotten_so_that_the_file_stays_small() {
    let world = world();
    world.queue((0..5_000).map(|n| push(&format!("p{n}"))).collect()).await;
    let ends = (1..=4_999).map(|id| end(id, State::Sent, "Accepted")).collect();
    world.ledger.finish(Arc::new(ends)).await.unwrap();
    world.clock.advance(3_600_000).await;
    let pages = async || {
        world.ledger.run(Care::Read, |tx| tx.conn.query_row("PRAGMA page_count", [], |row| row.get::<_, i64>(0))).await.unwrap()
    };
    let before = pages().await;
    while world.ledger.clean(NOW + 1).await.unwrap() {}
    let after = pages().await;
    assert!(after * 4 < before, "the file shrinks: {before} pages, then {after}");
    assert_eq!(world.counts(), (0, 0, vec!["Sent Accepted 4999".into(), "Failed Expired 1".into()]));
    let left = world
        .ledger
        .run(Care::Durable, |tx| tx.conn.query_row("SELECT count(*) FROM push", [], |row| row.get::<_, i64>(0)))
        .await
        .unwrap();
    assert_eq!(left, 1, "the one that ended just now stays for its days");
}

#[tokio::test]
async fn quarantined_tokens_are_told_to_the_server_only_when_they_are_called_dead() {
    let world = world();
    world.queue(vec![push("a"), push("b")]).await;
    let aside = |token: &str| {
        Some(Quarantined {
            lane: "*/1".into(),
            token: token.into(),
            registered_at_ms: 3,
            since_ms: NOW,
            result: format!("\"{token} is dead\""),
        })
    };
    let mut ends = vec![end(1, State::Failed, "TokenMismatch"), end(2, State::Failed, "TokenMismatch")];
    for (finish, token) in ends.iter_mut().zip(["x", "y"]) {
        let Finish::End { quarantine, .. } = finish else { unreachable!() };
        *quarantine = aside(token);
    }
    world.ledger.finish(Arc::new(ends)).await.unwrap();
    world.ledger.reported(2);
    let world = world.restart().await;
    assert_eq!(world.ledger.quarantine().await.unwrap().len(), 2);
    world.ledger.release("*/1".into(), vec!["x".into()], Ended::Dead).await.unwrap();
    world.ledger.release("*/1".into(), vec!["y".into()], Ended::LetGo).await.unwrap();
    let reports = world.ledger.reports(9).await.unwrap();
    assert_eq!(reports.iter().map(|report| report.1.as_str()).collect::<Vec<_>>(), ["\"x is dead\""]);
    assert_eq!(world.ledger.quarantine().await.unwrap(), []);
}

#[tokio::test]
async fn a_clock_that_jumps_moves_what_waits() {
    let world = world();
    world.queue(vec![push("a")]).await;
    let again = Finish::Again { id: 1, due_at_ms: NOW + 5_000, attempts: 1, reason: String::new() };
    world.ledger.finish(Arc::new(vec![again.clone()])).await.unwrap();
    world.clock.set_wall_ms(NOW - 10_000_000);
    world.ledger.shift("*/1".into(), -10_000_000).await.unwrap();
    world.clock.advance(5_000).await;
    assert_eq!(world.due(9).await, ["a"]);
    world.ledger.finish(Arc::new(vec![again])).await.unwrap();
    world.ledger.limit_waits(1_000).await.unwrap();
    world.clock.advance(1_000).await;
    assert_eq!(world.due(9).await, ["a"], "after a start nothing waits for a moment of another clock");
}

#[tokio::test]
async fn a_folder_in_use_and_a_newer_schema_are_one_sentence() {
    let world = world();
    let error = Ledger::open(world.folder.path(), Arc::new(world.clock.clone())).err().unwrap();
    assert!(error.to_string().ends_with("is in use by another ternd"), "{error}");
    world.ledger.run(Care::Durable, |tx| tx.conn.execute_batch("PRAGMA user_version = 99")).await.unwrap();
    let World { clock, folder, ledger } = world;
    drop(ledger);
    let error = loop {
        let error = Ledger::open(folder.path(), Arc::new(clock.clone())).err().unwrap().to_string();
        if !error.contains("in use") {
            break error;
        }
        tokio::task::yield_now().await;
    };
    assert!(error.contains("has schema 99, made by a newer ternd; this one knows 2"), "{error}");
}

#[tokio::test]
async fn a_failed_commit_changes_nothing_and_says_so() {
    let world = world();
    let error = world.ledger.run(Care::Durable, |tx| tx.conn.execute_batch("INSERT INTO nowhere VALUES (1)")).await.unwrap_err();
    assert!(error.to_string().starts_with("ledger: no such table"), "{error}");
    world.queue(vec![push("a")]).await;
    assert_eq!(world.due(9).await, ["a"]);
}
