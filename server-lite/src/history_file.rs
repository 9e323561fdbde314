//! Makes the files of an hour's messages that `open_msg_svc.get_history` names, one at a time and only those that somebody asks for,
//! and takes them away when they have expired. Messages are read in small pages and written as they come.

use crate::app::Server;
use crate::application::{Application, random_hex_64};
use crate::service::history_file::{self as service, END, file_name, head};
use crate::store::conversation::ThreadId;
use crate::store::engine::StoreError;
use crate::store::history_file::{self as store, FileKey, FileRow};
use flate2::Compression;
use flate2::write::GzEncoder;
use md5::{Digest as _, Md5};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tern_protocol::api::history_file::GetHistory;
use tern_protocol::clock::{SystemClock, timeout};
use tern_protocol::{SdkAppId, hex};
use tokio::sync::{Mutex, OwnedMutexGuard};

/// Folder of the files in the data folder.
const FOLDER: &str = "history";
/// Real milliseconds that a caller waits for a file; then it hears that the file is not made yet.
const PATIENCE_MS: i64 = 5_000;
/// Threads looked at in one read.
const THREADS: i64 = 500;
/// Messages in one read.
const MESSAGES: i64 = 200;

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the file could not be written: {0}")]
    Io(#[from] io::Error),
}

/// Where the files are.
#[derive(Debug)]
pub(crate) struct HistoryFiles {
    folder: PathBuf,
    /// What addresses begin with.
    base: String,
    /// Held by whoever makes a file.
    turn: Arc<Mutex<()>>,
}

impl HistoryFiles {
    /// Of a data folder and what this server is called by.
    pub(crate) fn new(data: &Path, base: String) -> Self {
        Self { folder: data.join(FOLDER), base: base.trim_end_matches('/').to_owned(), turn: Arc::default() }
    }

    /// Where a file lies.
    pub(crate) fn path(&self, key: FileKey) -> PathBuf {
        self.folder_of(key.app).join(file_name(key))
    }

    fn folder_of(&self, app: SdkAppId) -> PathBuf {
        self.folder.join(app.to_string())
    }
}

/// Sees to it that the file a request means is there, if that is soon done. What is wrong with the request is for its handler to say.
pub(crate) async fn prepare(server: &Arc<Server>, app: &Arc<Application>, body: &[u8]) {
    let Ok(request) = serde_json::from_slice::<GetHistory>(body) else { return };
    let Ok(key) = service::key_of(app.id, &request, server.clock().wall_seconds()) else { return };
    if is_made(server, key).await {
        return;
    }
    // Whether it was made in time, the handler finds out.
    let _ = timeout(&SystemClock::new(), PATIENCE_MS, async {
        let turn = Arc::clone(&server.history_files.turn).lock_owned().await;
        if !is_made(server, key).await {
            // Goes on when this caller has gone.
            let _ = server.tasks.spawn(make_and_tell(Arc::clone(server), key, turn)).await;
        }
    })
    .await;
}

/// Whether a file is made; its address follows the server's.
async fn is_made(server: &Server, key: FileKey) -> bool {
    let files = &server.history_files;
    match server.db.read(move |tx| store::get(tx, key)).await {
        Ok(Some(row)) if row.base == files.base => true,
        Ok(Some(row)) => {
            let row = FileRow { base: files.base.clone(), ..row };
            if let Err(error) = server.db.write(move |tx| store::put(tx, &row)).await {
                tracing::error!(%error, "the address of a file could not be written down");
            }
            true
        }
        // The handler will meet the same error, and say so.
        Ok(None) | Err(_) => false,
    }
}

async fn make_and_tell(server: Arc<Server>, key: FileKey, _turn: OwnedMutexGuard<()>) {
    let path = server.history_files.path(key);
    let part = path.with_extension("part");
    let made = tokio::select! {
        made = make(&server, key, &path, &part) => made,
        () = server.stop.cancelled() => Err(MakeError::Store(StoreError::Closed)),
    };
    if let Err(error) = made {
        let _ = tokio::fs::remove_file(&part).await;
        if !matches!(error, MakeError::Store(StoreError::Closed)) {
            tracing::error!(%error, file = %path.display(), "an hour's messages could not be made a file");
        }
    }
}

async fn make(server: &Server, key: FileKey, path: &Path, part: &Path) -> Result<(), MakeError> {
    let folder = server.history_files.folder_of(key.app);
    let start = part.to_owned();
    let mut output = blocking(move || {
        std::fs::create_dir_all(folder)?;
        Output::start(&start, &head(key))
    })
    .await?;
    let mut after = ThreadId(0);
    loop {
        let (last, found) = server.db.read(move |tx| store::places_after(tx, key, after, THREADS)).await?;
        for places in found {
            let mut next = Some(places);
            while let Some(places) = next {
                let (lines, rest) = server.db.read(move |tx| service::lines(tx, places, MESSAGES)).await?;
                next = rest;
                output = blocking(move || output.lines(&lines)).await?;
            }
        }
        match last {
            Some(last) => after = last,
            None => break,
        }
    }
    let secret = random_hex_64().map_err(|_| io::Error::other("the system gives no random numbers"))?;
    let mut row = FileRow {
        key,
        base: server.history_files.base.clone(),
        file_size: 0,
        file_md5: String::new(),
        gzip_size: 0,
        gzip_md5: String::new(),
        secret: secret.into_bytes(),
        expire_time: service::expire_time(key.hour),
    };
    let (part, path) = (part.to_owned(), path.to_owned());
    match output.is_empty {
        true => blocking(move || std::fs::remove_file(part)).await?,
        false => {
            let (plain, packed) = blocking(move || {
                let sums = output.finish()?;
                std::fs::rename(part, path)?;
                Ok(sums)
            })
            .await?;
            (row.file_size, row.file_md5, row.gzip_size, row.gzip_md5) = (plain.bytes, plain.md5, packed.bytes, packed.md5);
        }
    }
    server.db.write(move |tx| store::put(tx, &row)).await?;
    Ok(())
}

/// Takes away files that have expired.
pub(crate) async fn take_expired(server: &Server) -> Result<(), StoreError> {
    let now = server.clock().wall_seconds();
    for key in server.db.write(move |tx| store::take_expired(tx, now)).await? {
        // Of an hour without messages there is none.
        let _ = tokio::fs::remove_file(server.history_files.path(key)).await;
    }
    Ok(())
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> io::Result<T> + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| Err(io::Error::other(error)))
}

/// Length and sum of what went through.
struct Sum {
    bytes: u64,
    md5: String,
}

/// Passes bytes on and sums them up.
struct Summing<W> {
    inner: W,
    bytes: u64,
    md5: Md5,
}

impl<W: Write> Summing<W> {
    fn new(inner: W) -> Self {
        Self { inner, bytes: 0, md5: Md5::new() }
    }

    fn end(self) -> (W, Sum) {
        (self.inner, Sum { bytes: self.bytes, md5: hex(&self.md5.finalize()) })
    }
}

impl<W: Write> Write for Summing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.md5.update(&bytes[..written]);
        self.bytes += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A file that is being written.
struct Output {
    writer: Summing<GzEncoder<Summing<BufWriter<File>>>>,
    is_empty: bool,
}

impl Output {
    fn start(path: &Path, head: &str) -> io::Result<Self> {
        let packed = Summing::new(BufWriter::new(File::create(path)?));
        let mut writer = Summing::new(GzEncoder::new(packed, Compression::fast()));
        writer.write_all(head.as_bytes())?;
        Ok(Self { writer, is_empty: true })
    }

    fn lines(mut self, lines: &[String]) -> io::Result<Self> {
        for line in lines {
            self.writer.write_all(if self.is_empty { b"\n" } else { b",\n" })?;
            self.writer.write_all(line.as_bytes())?;
            self.is_empty = false;
        }
        Ok(self)
    }

    /// Sums of what was written, unpacked and packed.
    fn finish(mut self) -> io::Result<(Sum, Sum)> {
        writeln!(self.writer)?;
        self.writer.write_all(END.as_bytes())?;
        let (encoder, plain) = self.writer.end();
        let (buffer, packed) = encoder.finish()?.end();
        buffer.into_inner().map_err(|error| io::Error::other(error.to_string()))?.sync_all()?;
        Ok((plain, packed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_went_through_has_the_sum_of_the_rfc() {
        let mut summing = Summing::new(Vec::new());
        summing.write_all(b"ab").unwrap();
        summing.write_all(b"c").unwrap();
        let (through, sum) = summing.end();
        assert_eq!((through.as_slice(), sum.bytes, sum.md5.as_str()), (&b"abc"[..], 3, "900150983cd24fb0d6963f7d28e17f72"));
    }
}
