//! Files on disk: what is being uploaded, by object; what is finished, by content, each content once.
//!
//! Everything here blocks: it is called from threads that may. Names are made by the server, never by a client.

use super::sniff::HEAD_BYTES;
use ring::digest::{Context, SHA256};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tern_protocol::hex;

const UPLOADS: &str = "up";
const READ_BYTES: usize = 256 * 1024;

/// The folder `media` in the data folder.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    root: PathBuf,
    /// Bytes of the disk that uploads leave free: the database must go on.
    reserve_bytes: u64,
}

/// A finished upload, looked at.
#[derive(Debug)]
pub(crate) struct Inspected {
    /// Bytes.
    pub(crate) size_bytes: u64,
    /// Hexadecimal.
    pub(crate) sha256: String,
    /// The first bytes.
    pub(crate) head: Vec<u8>,
}

impl Files {
    /// The files of a data folder.
    pub(crate) fn of(data: &Path, reserve_bytes: u64) -> Self {
        Self { root: data.join("media"), reserve_bytes }
    }

    /// Makes the folders.
    pub(crate) fn prepare(&self) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(self.root.join(UPLOADS))
    }

    /// Where an unfinished upload lies.
    pub(crate) fn upload_path(&self, object: &str) -> PathBuf {
        self.root.join(UPLOADS).join(object)
    }

    /// Where a content lies.
    pub(crate) fn content_path(&self, sha256: &str) -> PathBuf {
        self.root.join(sha256.get(..2).unwrap_or("00")).join(sha256)
    }

    /// Bytes of an upload that have arrived.
    pub(crate) fn uploaded_bytes(&self, object: &str) -> u64 {
        fs::metadata(self.upload_path(object)).map_or(0, |found| found.len())
    }

    /// Whether the disk takes this many bytes and has its reserve left.
    pub(crate) fn has_room_for(&self, bytes: u64) -> bool {
        // A disk that does not tell is written to until it says that it is full.
        rustix::fs::statvfs(&self.root)
            .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) >= bytes.saturating_add(self.reserve_bytes))
    }

    /// Opens an upload at its end.
    pub(crate) fn append(&self, object: &str) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.upload_path(object))
    }

    /// Reads a whole upload, and makes it durable.
    pub(crate) fn inspect(&self, object: &str) -> io::Result<Inspected> {
        let mut file = File::open(self.upload_path(object))?;
        let (mut hash, mut size_bytes, mut head) = (Context::new(&SHA256), 0, Vec::new());
        let mut buffer = vec![0u8; READ_BYTES];
        loop {
            let read = file.read(&mut buffer)?;
            if read == 0 {
                break;
            }
            let part = buffer.get(..read).unwrap_or_default();
            if size_bytes == 0 {
                head = part.iter().copied().take(HEAD_BYTES).collect();
            }
            hash.update(part);
            size_bytes += read as u64;
        }
        file.sync_all()?;
        Ok(Inspected { size_bytes, sha256: hex(hash.finish().as_ref()), head })
    }

    /// Writes a file that the server made beside the uploads, durably; its SHA-256.
    pub(crate) fn put(&self, object: &str, bytes: &[u8]) -> io::Result<String> {
        let mut file = File::create(self.upload_path(object))?;
        file.write_all(bytes).and_then(|()| file.sync_all())?;
        Ok(hex(ring::digest::digest(&SHA256, bytes).as_ref()))
    }

    /// Moves a finished upload to its place among the contents. `false`: that content was there already.
    pub(crate) fn keep(&self, object: &str, sha256: &str) -> io::Result<bool> {
        let (from, to) = (self.upload_path(object), self.content_path(sha256));
        if to.exists() {
            fs::remove_file(from)?;
            return Ok(false);
        }
        let folder = to.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder)?;
        fs::rename(from, &to)?;
        File::open(folder)?.sync_all()?;
        Ok(true)
    }

    /// Removes an upload.
    pub(crate) fn drop_upload(&self, object: &str) {
        remove(&self.upload_path(object));
    }

    /// Removes a content.
    pub(crate) fn drop_content(&self, sha256: &str) {
        remove(&self.content_path(sha256));
    }

    /// Removes what lies in a folder of contents and is none.
    pub(crate) fn drop_stray(&self, folder: &str, name: &str) {
        remove(&self.root.join(folder).join(name));
    }

    /// Names of all uploads that lie on disk.
    pub(crate) fn uploads(&self) -> Vec<String> {
        names(&self.root.join(UPLOADS))
    }

    /// Folders that hold contents.
    pub(crate) fn content_folders(&self) -> Vec<String> {
        names(&self.root).into_iter().filter(|name| name != UPLOADS).collect()
    }

    /// Contents in such a folder.
    pub(crate) fn contents(&self, folder: &str) -> Vec<String> {
        names(&self.root.join(folder))
    }
}

fn remove(path: &Path) {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            tracing::error!(path = %path.display(), %error, "a file could not be removed");
        }
        _ => {}
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_content_lies_on_disk_once() {
        let data = tempfile::tempdir().unwrap();
        let files = Files::of(data.path(), 0);
        files.prepare().unwrap();
        for object in ["a", "b"] {
            files.append(object).unwrap().write_all(b"same").unwrap();
        }
        let inspected = files.inspect("a").unwrap();
        assert_eq!((inspected.size_bytes, inspected.head.as_slice()), (4, b"same".as_slice()));
        assert!(files.keep("a", &inspected.sha256).unwrap(), "new");
        assert!(!files.keep("b", &files.inspect("b").unwrap().sha256).unwrap(), "known");
        assert!(files.uploads().is_empty());
        assert_eq!(files.content_folders(), [&inspected.sha256[..2]]);
        assert_eq!(files.contents(&inspected.sha256[..2]), [inspected.sha256.as_str()]);
        files.drop_content(&inspected.sha256);
        assert!(files.contents(&inspected.sha256[..2]).is_empty());
    }

    #[test]
    fn a_disk_without_its_reserve_takes_nothing() {
        let data = tempfile::tempdir().unwrap();
        Files::of(data.path(), 0).prepare().unwrap();
        assert!(Files::of(data.path(), 0).has_room_for(1));
        assert!(!Files::of(data.path(), u64::MAX).has_room_for(1));
    }
}
