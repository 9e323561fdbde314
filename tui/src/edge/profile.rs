//! A profile's folder `<data>/client/<name>/`: the saved login, the local database, the log, and the lock of the one who writes.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use tern_protocol::model::saved_profile::{PROFILE_FILE, SavedProfile};

/// Why a profile cannot be used, as a sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    #[error("{0:?} is no profile name: letters, digits, dots, hyphens and underscores are allowed")]
    Name(String),
    #[error("the profile {name} is open in another tern: quit that one, or use another --profile")]
    InUse { name: String },
    #[error("the saved login {path} cannot be read: {detail}")]
    Unreadable { path: String, detail: String },
    #[error("{path}: {source}")]
    Files { path: String, source: std::io::Error },
}

/// A profile's folder.
#[derive(Clone, Debug)]
pub(crate) struct ProfileFolder {
    path: PathBuf,
    name: String,
}

/// Held by the one `tern` that writes a profile's database; the system lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct ProfileLock {
    _file: File,
}

impl ProfileFolder {
    /// The folder of a profile below `data`; nothing is made yet.
    pub(crate) fn new(data: &Path, name: &str) -> Result<Self, ProfileError> {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.len() > 64 || name.starts_with('.') || !name.chars().all(good) {
            return Err(ProfileError::Name(name.to_owned()));
        }
        Ok(Self { path: data.join("client").join(name), name: name.to_owned() })
    }

    fn files_error(path: &Path) -> impl FnOnce(std::io::Error) -> ProfileError {
        let path = path.display().to_string();
        |source| ProfileError::Files { path, source }
    }

    /// Makes the folder, for its owner alone.
    pub(crate) fn create(&self) -> Result<(), ProfileError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(Self::files_error(&self.path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The local database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("messages.db")
    }

    /// Files that were fetched.
    pub(crate) fn media(&self) -> PathBuf {
        self.path.join("media")
    }

    /// The log.
    pub(crate) fn log(&self) -> PathBuf {
        self.path.join("tern.log")
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The saved login, if there is one.
    pub(crate) fn read(&self) -> Result<Option<SavedProfile>, ProfileError> {
        let path = self.path.join(PROFILE_FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(Self::files_error(&path)(error)),
        };
        let unreadable =
            |error: serde_json::Error| ProfileError::Unreadable { path: path.display().to_string(), detail: error.to_string() };
        serde_json::from_str(&text).map(Some).map_err(unreadable)
    }

    /// Saves a login: written beside the old one and moved over it, mode 0600.
    pub(crate) fn write(&self, profile: &SavedProfile) -> Result<(), ProfileError> {
        self.create()?;
        let path = self.path.join(PROFILE_FILE);
        let new = self.path.join("profile.json.new");
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
            file.set_permissions(std::fs::Permissions::from_mode(0o600))?;
            file.write_all(serde_json::to_string_pretty(profile)?.as_bytes())?;
            file.write_all(b"\n")?;
            file.sync_all()?;
            std::fs::rename(&new, &path)
        };
        write().map_err(Self::files_error(&path))
    }

    /// Takes the lock of the one who writes.
    pub(crate) fn lock(&self) -> Result<ProfileLock, ProfileError> {
        self.create()?;
        let path = self.path.join("lock");
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(&path);
        let file = opened.map_err(Self::files_error(&path))?;
        match rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => Ok(ProfileLock { _file: file }),
            Err(rustix::io::Errno::WOULDBLOCK) => Err(ProfileError::InUse { name: self.name.clone() }),
            Err(error) => Err(Self::files_error(&path)(error.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tern_protocol::{SdkAppId, UserId};

    fn profile() -> SavedProfile {
        SavedProfile {
            server: "http://127.0.0.1:8640".into(),
            sdk_app_id: SdkAppId(1_400_000_001),
            user: UserId::parse("ann").unwrap(),
            user_sig: "secret".into(),
            install: "i".into(),
            ca_file: None,
        }
    }

    #[test]
    fn a_login_is_saved_for_its_owner_alone() {
        let data = tempfile::tempdir().unwrap();
        let folder = ProfileFolder::new(data.path(), "work").unwrap();
        assert!(folder.read().unwrap().is_none());
        folder.write(&profile()).unwrap();
        assert_eq!(folder.read().unwrap(), Some(profile()));
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(data.path().join("client/work/profile.json")), 0o600);
        assert_eq!(mode(data.path().join("client/work")), 0o700);
    }

    #[test]
    fn one_tern_at_a_time_writes_a_profile() {
        let data = tempfile::tempdir().unwrap();
        let folder = ProfileFolder::new(data.path(), "default").unwrap();
        let lock = folder.lock().unwrap();
        assert!(matches!(folder.lock(), Err(ProfileError::InUse { .. })));
        drop(lock);
        assert!(folder.lock().is_ok());
    }

    #[rstest]
    #[case("")]
    #[case("../evil")]
    #[case(".hidden")]
    #[case("a/b")]
    fn a_name_that_is_a_path_is_refused(#[case] name: &str) {
        assert!(matches!(ProfileFolder::new(Path::new("/tmp"), name), Err(ProfileError::Name(_))));
    }
}
