//! The files of a profile that were fetched: `media/<key>/<name>`, a folder per address.

use super::name;
use crate::state::media::FileKey;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What is not finished, below the cache's folder.
const PART: &str = ".part";
/// Texts that go out as files.
const OUTGOING: &str = "outgoing";

/// A folder of files.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    fn make(folder: &Path) -> std::io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder)
    }

    fn home_of(&self, key: FileKey) -> PathBuf {
        self.folder.join(key.to_string())
    }

    /// The file of an address, if it is here.
    pub(crate) fn find(&self, key: FileKey) -> Option<PathBuf> {
        let entries = std::fs::read_dir(self.home_of(key)).ok()?;
        entries.flatten().map(|entry| entry.path()).find(|path| path.is_file())
    }

    /// Opens what is there of an unfinished file, at its end; returns its length.
    pub(crate) fn open_part(&self, key: FileKey) -> std::io::Result<(File, u64)> {
        Self::make(&self.folder)?;
        let file = OpenOptions::new().append(true).create(true).mode(0o600).open(self.part(key))?;
        let bytes = file.metadata()?.len();
        Ok((file, bytes))
    }

    fn part(&self, key: FileKey) -> PathBuf {
        self.folder.join(format!("{key}{PART}"))
    }

    /// The unfinished file is none that can be continued.
    pub(crate) fn drop_part(&self, key: FileKey) {
        let _ = std::fs::remove_file(self.part(key));
    }

    /// The file is complete: it gets its name.
    pub(crate) fn finish(&self, key: FileKey, given_name: &str, otherwise: &str) -> std::io::Result<PathBuf> {
        let home = self.home_of(key);
        Self::make(&home)?;
        let path = home.join(name::safe(given_name, otherwise));
        File::open(self.part(key))?.sync_all()?;
        std::fs::rename(self.part(key), &path)?;
        Ok(path)
    }

    /// Writes a text into a file of its own, to be sent.
    pub(crate) fn keep_text(&self, given_name: &str, text: &str) -> Result<PathBuf, String> {
        let folder = self.folder.join(OUTGOING);
        let write = || -> std::io::Result<PathBuf> {
            Self::make(&folder)?;
            let (mut file, path) = name::make_new(&folder, &name::safe(given_name, "text.txt"))?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(path)
        };
        write().map_err(|error| format!("the text cannot be kept as a file: {error}"))
    }

    /// Removes a file that `keep_text` wrote, and no other.
    pub(crate) fn drop_copy(&self, path: PathBuf) {
        if path.parent() == Some(&self.folder.join(OUTGOING)) {
            let _ = std::fs::remove_file(path);
        }
    }

    /// What is here, after the files that were not touched for longest went until the rest has at most `most_bytes`.
    pub(crate) fn tidy(&self, most_bytes: u64) -> Vec<FileKey> {
        let mut held: Vec<(SystemTime, u64, FileKey)> = Vec::new();
        let Ok(entries) = std::fs::read_dir(&self.folder) else { return Vec::new() };
        for entry in entries.flatten() {
            let name = entry.file_name();
            let Some(key) = name.to_str().and_then(FileKey::parse) else { continue };
            match self.find(key).and_then(|path| path.metadata().ok()) {
                Some(data) => held.push((data.modified().unwrap_or(SystemTime::UNIX_EPOCH), data.len(), key)),
                None => {
                    let _ = std::fs::remove_dir(entry.path());
                }
            }
        }
        held.sort_by_key(|row| std::cmp::Reverse(row.0));
        let mut bytes = 0_u64;
        let mut kept = Vec::with_capacity(held.len());
        for (_, size, key) in held {
            bytes = bytes.saturating_add(size);
            if bytes <= most_bytes {
                kept.push(key);
            } else if let Err(error) = std::fs::remove_dir_all(self.home_of(key)) {
                tracing::warn!(%error, "an old file could not be removed");
            }
        }
        kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cached(cache: &Cache, url: &str, name: &str, bytes: usize) -> PathBuf {
        let key = FileKey::of(url);
        cache.open_part(key).unwrap().0.write_all(&vec![7; bytes]).unwrap();
        cache.finish(key, name, "file").unwrap()
    }

    #[test]
    fn a_malicious_name_cannot_leave_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("media"));
        for (n, name) in ["../../../evil.sh", "/etc/cron.d/evil", "..", ".", "a/../../b", "\u{0}x\n", ""].iter().enumerate() {
            let url = format!("http://h/{n}");
            let path = cached(&cache, &url, name, 3);
            assert_eq!(path.parent(), Some(cache.home_of(FileKey::of(&url)).as_path()), "{name:?}");
            assert_eq!(cache.find(FileKey::of(&url)), Some(path));
        }
        let outside: Vec<_> = std::fs::read_dir(folder.path()).unwrap().flatten().map(|entry| entry.file_name()).collect();
        assert_eq!(outside, ["media"]);
    }

    #[test]
    fn the_oldest_files_leave_a_full_cache() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().to_owned());
        let old = cached(&cache, "http://h/old", "a", 600);
        File::options().write(true).open(&old).unwrap().set_modified(SystemTime::UNIX_EPOCH).unwrap();
        cached(&cache, "http://h/new", "b", 600);
        assert_eq!(cache.tidy(1000), [FileKey::of("http://h/new")]);
        assert!(cache.find(FileKey::of("http://h/old")).is_none() && !old.exists());
        assert_eq!(Cache::new(folder.path().join("nowhere")).tidy(1), []);
    }

    #[test]
    fn only_terns_own_copies_are_removed() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("media"));
        let mine = folder.path().join("mine.txt");
        std::fs::write(&mine, "x").unwrap();
        let copy = cache.keep_text("notes.txt", "long").unwrap();
        assert_eq!(std::fs::read_to_string(&copy).unwrap(), "long");
        cache.drop_copy(mine.clone());
        cache.drop_copy(copy.clone());
        assert!(mine.exists() && !copy.exists());
    }
}
