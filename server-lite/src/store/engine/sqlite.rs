//! SQLite below: connections, statements, parameters, errors. The only file that names rusqlite.

use super::{Param, Row, Statements, StoreError, Value};
use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{ErrorCode, OpenFlags};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Prepared statements kept per connection; rusqlite's default of 16 would prepare the hot ones again and again.
const STATEMENTS: usize = 256;

/// How long a statement waits for a subcommand that writes beside the server.
const BUSY_PATIENCE: Duration = Duration::from_secs(10);
/// How long starting the log afresh waits for readers.
const RESTART_PATIENCE: Duration = Duration::from_millis(20);

pub(super) struct Connection {
    raw: rusqlite::Connection,
}

/// What became of an attempt to start the log afresh.
pub(super) struct Checkpointed {
    /// A reader held the log.
    pub(super) blocked: bool,
}

impl Connection {
    fn open(path: &Path, flags: OpenFlags) -> Result<Self, StoreError> {
        let raw = rusqlite::Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX).map_err(store_error)?;
        raw.set_prepared_statement_cache_capacity(STATEMENTS);
        // Checkpoints are nobody's by-product: they run on their own thread. Savepoints never write a file.
        raw.execute_batch(
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA temp_store=MEMORY; PRAGMA foreign_keys=ON;",
        )
        .map_err(store_error)?;
        raw.busy_timeout(BUSY_PATIENCE).map_err(store_error)?;
        // Without it a statement may be compiled anew each time its parameters change, to look for a better plan.
        raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map_err(store_error)?;
        Ok(Self { raw })
    }

    /// For the writer thread and for a subcommand beside a server.
    pub(super) fn open_writer(path: &Path) -> Result<Self, StoreError> {
        let this = Self::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        this.run_script("CREATE TABLE IF NOT EXISTS engine_meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;")?;
        Ok(this)
    }

    /// For a reader thread, which also reads what the second pass has made.
    pub(super) fn open_reader(path: &Path, beside: Option<&Path>) -> Result<Self, StoreError> {
        let this = Self::open(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
        if let Some(beside) = beside {
            this.attach(beside, "second")?;
        }
        this.run_script("PRAGMA query_only=ON;")?;
        Ok(this)
    }

    /// For the second pass: its own file is the one it writes; the database is read beside it.
    pub(super) fn open_second(own: &Path, database: &Path) -> Result<Self, StoreError> {
        let this = Self::open(own, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        // What it makes can be made again: a commit need not reach the disk, it must only be whole.
        this.run_script("PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=2000;")?;
        this.attach(database, "first")?;
        Ok(this)
    }

    fn attach(&self, path: &Path, name: &str) -> Result<(), StoreError> {
        let path = path.to_str().ok_or_else(|| StoreError::Engine("the data folder's path is no text".into()))?;
        let mut statement = self.raw.prepare(&format!("ATTACH DATABASE ?1 AS {name}")).map_err(store_error)?;
        bind(&mut statement, &[Param::Text(path)])?;
        statement.raw_execute().map(|_| ()).map_err(store_error)
    }

    pub(super) fn busy_timeout(&self, limit: Duration) -> Result<(), StoreError> {
        self.raw.busy_timeout(limit).map_err(store_error)
    }

    pub(super) fn run_script(&self, sql: &str) -> Result<(), StoreError> {
        self.raw.execute_batch(sql).map_err(store_error)
    }

    pub(super) fn schema_number(&self) -> Result<i64, StoreError> {
        self.raw.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(store_error)
    }

    pub(super) fn set_schema_number(&self, number: i64) -> Result<(), StoreError> {
        self.run_script(&format!("PRAGMA user_version={number}"))
    }

    pub(super) fn begin_immediate(&self) -> Result<(), StoreError> {
        self.step("BEGIN IMMEDIATE")
    }

    pub(super) fn begin_read(&self) -> Result<(), StoreError> {
        self.step("BEGIN")
    }

    pub(super) fn commit(&self) -> Result<(), StoreError> {
        self.step("COMMIT")
    }

    /// Undoes the whole transaction; nothing is left to do when that fails, because then it is undone already.
    pub(super) fn rollback(&self) {
        if !self.raw.is_autocommit() {
            let _ = self.step("ROLLBACK");
        }
    }

    pub(super) fn savepoint(&self) -> Result<(), StoreError> {
        self.step("SAVEPOINT job")
    }

    pub(super) fn release(&self) -> Result<(), StoreError> {
        self.step("RELEASE job")
    }

    pub(super) fn rollback_to_savepoint(&self) -> Result<(), StoreError> {
        self.step("ROLLBACK TO job")?;
        self.release()
    }

    /// Some errors (a full disk) make SQLite undo the whole transaction by itself.
    pub(super) fn in_transaction(&self) -> bool {
        !self.raw.is_autocommit()
    }

    /// Rows changed since the connection was opened.
    pub(super) fn total_changes(&self) -> u64 {
        self.raw.total_changes()
    }

    fn step(&self, sql: &str) -> Result<(), StoreError> {
        let mut statement = self.raw.prepare_cached(sql).map_err(store_error)?;
        statement.raw_execute().map(|_| ()).map_err(store_error)
    }

    /// Tells `pages` after each commit how long the log is. The pragma `wal_autocheckpoint` must come before: they share one hook.
    pub(super) fn watch_log(&mut self, pages: Arc<AtomicU64>) -> Result<(), StoreError> {
        let hook = move |_: &mut rusqlite::hooks::Wal, count: std::ffi::c_int| {
            pages.store(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
            Ok(())
        };
        self.raw.wal_hook(Some(hook)).map_err(store_error)
    }

    /// Copies log pages into the database file beside a busy writer.
    pub(super) fn checkpoint_passive(&self) -> Result<Checkpointed, StoreError> {
        self.checkpoint("PRAGMA wal_checkpoint(PASSIVE)")
    }

    /// Copies all and lets the next commit write the log from its start. Never TRUNCATE: overwriting is cheaper to sync than extending.
    pub(super) fn checkpoint_restart(&self) -> Result<Checkpointed, StoreError> {
        // Readers are waited for, but the writer's queue is waiting too.
        self.busy_timeout(RESTART_PATIENCE)?;
        let done = self.checkpoint("PRAGMA wal_checkpoint(RESTART)");
        self.busy_timeout(BUSY_PATIENCE)?;
        done
    }

    fn checkpoint(&self, sql: &str) -> Result<Checkpointed, StoreError> {
        let busy = self.raw.query_row(sql, [], |row| row.get::<_, i64>(0)).map_err(store_error)?;
        Ok(Checkpointed { blocked: busy != 0 })
    }
}

impl Statements for Connection {
    fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<usize, StoreError> {
        let mut statement = self.raw.prepare_cached(sql).map_err(store_error)?;
        bind(&mut statement, params)?;
        statement.raw_execute().map_err(store_error)
    }

    fn query(&self, sql: &str, params: &[Param<'_>], each: &mut dyn FnMut(Row) -> bool) -> Result<(), StoreError> {
        let mut statement = self.raw.prepare_cached(sql).map_err(store_error)?;
        bind(&mut statement, params)?;
        let columns = statement.column_count();
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(store_error)? {
            let mut values = Vec::with_capacity(columns);
            for column in 0..columns {
                values.push(match row.get_ref(column).map_err(store_error)? {
                    ValueRef::Null => Value::Null,
                    ValueRef::Integer(n) => Value::Int(n),
                    ValueRef::Real(x) => Value::Real(x),
                    ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
                    ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
                });
            }
            if !each(Row(values)) {
                break;
            }
        }
        Ok(())
    }
}

impl rusqlite::ToSql for Param<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Int(n) => ValueRef::Integer(*n),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Blob(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

fn bind(statement: &mut rusqlite::Statement<'_>, params: &[Param<'_>]) -> Result<(), StoreError> {
    params.iter().zip(1..).try_for_each(|(param, place)| statement.raw_bind_parameter(place, param).map_err(store_error))
}

fn store_error(error: rusqlite::Error) -> StoreError {
    let text = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => StoreError::Full,
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => StoreError::Corrupt(text),
        Some(ErrorCode::ConstraintViolation) => StoreError::Constraint(text),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy,
        _ => StoreError::Engine(text),
    }
}
