//! The data folder: one server each, told by a lock that ends with the process.

use super::StoreError;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

const DATABASE: &str = "tern.db";
const LOCK: &str = "lock";

/// Why a database cannot be opened: one sentence for the person who starts the server.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    /// Another server has it.
    #[error("the data folder {0} is in use by another tern-server")]
    InUse(PathBuf),
    /// Written by a later version.
    #[error("the database has schema {found}, but this program knows {known} at most: use a newer tern-server")]
    NewerSchema {
        /// Number of the last step in the database.
        found: i64,
        /// Number of the last step this program knows.
        known: i64,
    },
    /// The folder cannot be made or read.
    #[error("the data folder {0} cannot be used: {1}")]
    Folder(PathBuf, std::io::Error),
    /// The file is no database, is damaged, or the disk is full.
    #[error("the database {0} cannot be opened: {1}")]
    Database(PathBuf, StoreError),
    /// A thread could not be started.
    #[error("a database thread cannot be started: {0}")]
    Thread(std::io::Error),
}

impl From<StoreError> for OpenError {
    fn from(error: StoreError) -> Self {
        Self::Database(PathBuf::from(DATABASE), error)
    }
}

/// A locked data folder. The lock ends when this is dropped.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
    /// Removed with everything in it when the database closes.
    _temporary: Option<tempfile::TempDir>,
}

impl Folder {
    /// Makes the folder if need be and locks it.
    pub(crate) fn lock(path: &Path) -> Result<Self, OpenError> {
        Self::locked(path.to_owned(), None)
    }

    /// A folder of its own in the system's temporary folder; gone when the database closes.
    pub(crate) fn ephemeral() -> Result<Self, OpenError> {
        let made = tempfile::Builder::new().prefix("tern-server-").tempdir();
        let temporary = made.map_err(|error| OpenError::Folder(std::env::temp_dir(), error))?;
        Self::locked(temporary.path().to_owned(), Some(temporary))
    }

    fn locked(path: PathBuf, temporary: Option<tempfile::TempDir>) -> Result<Self, OpenError> {
        prepare(&path)?;
        let lock_path = path.join(LOCK);
        let lock = File::options().create(true).truncate(false).write(true).open(lock_path);
        let lock = lock.map_err(|error| OpenError::Folder(path.clone(), error))?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path, _lock: lock, _temporary: temporary }),
            Err(TryLockError::WouldBlock) => Err(OpenError::InUse(path)),
            Err(TryLockError::Error(error)) => Err(OpenError::Folder(path, error)),
        }
    }

    /// The folder itself.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Where the database file lies.
    pub(crate) fn database_path(&self) -> PathBuf {
        self.path.join(DATABASE)
    }
}

/// Makes a data folder that only its owner can enter; the path of the database in it.
pub(super) fn prepare(folder: &Path) -> Result<PathBuf, OpenError> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| OpenError::Folder(folder.to_owned(), error))?;
    Ok(folder.join(DATABASE))
}
