use super::*;
use std::sync::atomic::AtomicUsize;

const TABLE: Migration = Migration { number: 1, sql: "CREATE TABLE word (id INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);" };

async fn open() -> Db {
    let (db, finisher) = Db::open(Folder::ephemeral().unwrap(), &[TABLE], None).unwrap();
    tokio::spawn(finisher.run());
    db
}

fn add(tx: &Tx<'_>, word: &str) -> Result<i64, StoreError> {
    let row = tx.query_one("INSERT INTO word (text) VALUES (?1) RETURNING id", params![word])?;
    row.map_or(Err(StoreError::ReadOnly), |row| row.int(0))
}

async fn words(db: &Db) -> Vec<String> {
    db.read(|tx| {
        let rows = tx.query("SELECT text FROM word ORDER BY id", &[])?;
        rows.into_iter().map(|mut row| row.take_text(0)).collect::<Result<Vec<_>, StoreError>>()
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn what_was_answered_is_read_back() {
    let db = open().await;
    assert_eq!(db.write(|tx| add(tx, "one")).await, Ok(1));
    assert_eq!(words(&db).await, ["one"]);
}

/// Holds the writer until it is let go, so that what is queued behind it becomes one batch.
struct Gate(std::sync::mpsc::Receiver<()>);

impl WriteJob for Gate {
    fn run(&mut self, _: &Tx<'_>) -> Verdict {
        let _ = self.0.recv();
        Verdict::Keep
    }
    fn finish(self: Box<Self>, _: Result<(), StoreError>) {}
}

fn hold_the_writer(db: &Db) -> std::sync::mpsc::Sender<()> {
    let (go, gate) = std::sync::mpsc::channel();
    db.submit(Box::new(Gate(gate))).map_err(|(error, _)| error).unwrap();
    go
}

#[tokio::test]
async fn jobs_that_wait_share_one_commit_and_a_bad_one_is_undone_alone() {
    let db = open().await;
    let go = hold_the_writer(&db);
    let good = tokio::spawn({
        let db = db.clone();
        async move { db.write(|tx| add(tx, "good")).await }
    });
    tokio::task::yield_now().await;
    let bad = tokio::spawn({
        let db = db.clone();
        async move {
            db.write(|tx| {
                add(tx, "undone")?;
                add(tx, "good")
            })
            .await
        }
    });
    tokio::task::yield_now().await;
    let panicked = tokio::spawn({
        let db = db.clone();
        async move {
            db.write::<(), StoreError>(|tx| {
                add(tx, "also undone")?;
                panic!("a fault of the rules")
            })
            .await
        }
    });
    tokio::task::yield_now().await;
    let last = tokio::spawn({
        let db = db.clone();
        async move { db.write(|tx| add(tx, "last")).await }
    });
    tokio::task::yield_now().await;
    let commits_before = db.counters().commits.load(Ordering::Relaxed);
    go.send(()).unwrap();
    assert!(good.await.unwrap().is_ok());
    assert!(matches!(bad.await.unwrap(), Err(StoreError::Constraint(_))));
    assert_eq!(panicked.await.unwrap(), Err(StoreError::Panicked));
    assert!(last.await.unwrap().is_ok());
    assert_eq!(words(&db).await, ["good", "last"]);
    // The gate was a batch of its own and wrote the first block of change numbers at most.
    assert!(db.counters().commits.load(Ordering::Relaxed) - commits_before <= 2);
}

#[tokio::test]
async fn a_batch_of_one_that_fails_writes_nothing() {
    let db = open().await;
    db.write(|tx| add(tx, "kept")).await.unwrap();
    let failed: Result<(), StoreError> = db
        .write(|tx| {
            add(tx, "undone")?;
            Err(StoreError::Closed)
        })
        .await;
    assert_eq!(failed, Err(StoreError::Closed));
    assert_eq!(words(&db).await, ["kept"]);
}

#[tokio::test]
async fn answers_come_in_commit_order() {
    struct Numbered(usize, Arc<AtomicUsize>, mpsc::UnboundedSender<(usize, usize)>);
    impl WriteJob for Numbered {
        fn run(&mut self, _: &Tx<'_>) -> Verdict {
            Verdict::Keep
        }
        fn finish(self: Box<Self>, _: Result<(), StoreError>) {
            let _ = self.2.send((self.0, self.1.fetch_add(1, Ordering::Relaxed)));
        }
    }
    let db = open().await;
    let (told, mut order) = mpsc::unbounded_channel();
    let count = Arc::new(AtomicUsize::new(0));
    for n in 0..1_000 {
        db.submit(Box::new(Numbered(n, count.clone(), told.clone()))).map_err(|(error, _)| error).unwrap();
    }
    for _ in 0..1_000 {
        let (queued, answered) = order.recv().await.unwrap();
        assert_eq!(queued, answered);
    }
}

#[tokio::test]
async fn reading_may_not_write() {
    let db = open().await;
    assert_eq!(db.read(|tx| tx.execute("DELETE FROM word", &[])).await, Err(StoreError::ReadOnly));
    let sneaked = db.read(|tx| tx.query("DELETE FROM word RETURNING id", &[])).await;
    assert!(matches!(sneaked, Err(StoreError::Engine(_))), "{sneaked:?}");
}

#[tokio::test]
async fn a_full_queue_is_told_and_not_waited_for() {
    let db = open().await;
    let go = hold_the_writer(&db);
    struct Nothing;
    impl WriteJob for Nothing {
        fn run(&mut self, _: &Tx<'_>) -> Verdict {
            Verdict::Keep
        }
        fn finish(self: Box<Self>, _: Result<(), StoreError>) {}
    }
    let refused = (0..2 * WRITE_QUEUE).find_map(|_| db.submit(Box::new(Nothing)).err());
    assert!(matches!(refused, Some((StoreError::Busy, _))));
    go.send(()).unwrap();
}

#[tokio::test]
async fn numbers_of_change_rise_over_restarts() {
    let keep = tempfile::tempdir().unwrap();
    let mut last = 0;
    for _ in 0..3 {
        let (db, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None).unwrap();
        let finished = tokio::spawn(finisher.run());
        let first = db.write(|tx| Ok::<_, StoreError>(tx.next_rev())).await.unwrap();
        assert!(first > last, "{first} after {last}");
        last = db.write(|tx| tx.execute("DELETE FROM word", &[]).map(|_| tx.next_rev())).await.unwrap();
        db.close().await;
        finished.await.unwrap();
    }
}

#[tokio::test]
async fn a_folder_has_one_server_and_is_free_after_close() {
    let keep = tempfile::tempdir().unwrap();
    let (db, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None).unwrap();
    tokio::spawn(finisher.run());
    assert!(matches!(Folder::lock(keep.path()), Err(OpenError::InUse(_))));
    db.write(|tx| add(tx, "kept")).await.unwrap();
    db.close().await;
    let (again, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None).unwrap();
    tokio::spawn(finisher.run());
    assert_eq!(words(&again).await, ["kept"]);
}

#[tokio::test]
async fn a_database_of_a_later_version_is_refused_in_one_sentence() {
    let keep = tempfile::tempdir().unwrap();
    let later = Migration { number: 9, sql: "CREATE TABLE later (id INTEGER);" };
    let (db, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE, later], None).unwrap();
    tokio::spawn(finisher.run());
    db.close().await;
    let Err(refused) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None) else { panic!("it was opened") };
    assert!(refused.to_string().contains("schema 9"), "{refused}");
}

#[tokio::test]
async fn a_step_that_fails_leaves_the_database_as_it_was() {
    let keep = tempfile::tempdir().unwrap();
    let wrong = Migration { number: 2, sql: "CREATE TABLE half (id INTEGER); CREATE TABLE word (id INTEGER);" };
    assert!(Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE, wrong], None).is_err());
    let (db, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None).unwrap();
    tokio::spawn(finisher.run());
    assert!(words(&db).await.is_empty());
}

#[tokio::test]
async fn a_subcommand_reads_and_writes_beside_a_server() {
    let keep = tempfile::tempdir().unwrap();
    let (db, finisher) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None).unwrap();
    tokio::spawn(finisher.run());
    db.write(|tx| add(tx, "by the server")).await.unwrap();
    let beside = Beside::open(keep.path(), &[TABLE]).unwrap();
    beside.write(|tx| add(tx, "beside")).unwrap();
    assert_eq!(words(&db).await, ["by the server", "beside"]);
}

#[tokio::test]
async fn a_damaged_file_is_refused_in_one_sentence() {
    let keep = tempfile::tempdir().unwrap();
    std::fs::write(keep.path().join("tern.db"), vec![7_u8; 8_192]).unwrap();
    let Err(refused) = Db::open(Folder::lock(keep.path()).unwrap(), &[TABLE], None) else { panic!("it was opened") };
    assert!(refused.to_string().contains("cannot be opened"), "{refused}");
}

#[tokio::test]
async fn the_log_stays_bounded_under_a_long_stream_of_writes() {
    let db = open().await;
    for n in 0..60 {
        db.write(move |tx| {
            for k in 0..20 {
                tx.execute("INSERT INTO word (text) VALUES (?1)", params![&format!("{n} {k} {}", "x".repeat(20_000))])?;
            }
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
    }
    let counters = db.counters();
    assert!(counters.checkpoints.load(Ordering::Relaxed) > 0);
    assert!(counters.log_restarts.load(Ordering::Relaxed) > 0);
    assert!(counters.log_pages.load(Ordering::Relaxed) < 9_000);
}
