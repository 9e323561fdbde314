//! Files: what is sent and fetched, the cache of a profile, and what other programs do with them.

mod cache;
mod download;
#[cfg(test)]
mod fake;
mod file_kind;
mod http;
mod local;
mod name;
#[cfg(feature = "images")]
mod painter;
mod program;
mod upload;

pub(crate) use http::Http;
pub(crate) use local::inspect;
pub(crate) use upload::{Begun, UploadError, send_file};

use crate::effect::MediaOp;
use crate::event::{Event, MediaEvent};
use crate::state::media::{FileKey, Want};
use crate::state::picture::Graphics;
use cache::Cache;
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use tern_protocol::client::Session;
use tern_protocol::clock::Clock;
use tern_protocol::model::saved_profile::SavedProfile;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;

/// Downloads at once; others wait.
const DOWNLOADS: usize = 4;
/// Progress is told at most this often (milliseconds).
const PROGRESS_MS: i64 = 100;

/// The session as files need it.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) session: Session,
    pub(crate) profile: SavedProfile,
}

/// What a person set for files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct MediaSettings {
    /// The command that plays voice messages; empty: the system's own choice.
    pub(crate) player: String,
    /// Bytes that the cache keeps.
    pub(crate) cache_bytes: u64,
}

/// A file that is being sent, or of which a part is at the server.
#[derive(Debug)]
struct Sending {
    task: JoinHandle<()>,
    begun: Begun,
}

/// Work on files under way.
#[derive(Debug)]
pub(crate) struct MediaEdge {
    cache: Cache,
    settings: MediaSettings,
    events: mpsc::Sender<Event>,
    clock: Arc<dyn Clock>,
    http: Http,
    uploads: HashMap<String, Sending>,
    downloads: HashMap<FileKey, JoinHandle<()>>,
    turns: Arc<Semaphore>,
    graphics: Option<Graphics>,
    #[cfg(feature = "images")]
    painter: Option<painter::Painter>,
}

impl MediaEdge {
    /// Keeps files below `folder`; nothing is made yet.
    pub(crate) fn new(folder: PathBuf, settings: MediaSettings, clock: Arc<dyn Clock>, events: mpsc::Sender<Event>) -> Self {
        Self {
            cache: Cache::new(folder),
            settings,
            events,
            clock,
            http: Http::default(),
            uploads: HashMap::new(),
            downloads: HashMap::new(),
            turns: Arc::new(Semaphore::new(DOWNLOADS)),
            graphics: None,
            #[cfg(feature = "images")]
            painter: None,
        }
    }

    /// Tells what the cache holds, once the oldest files that are too many went.
    pub(crate) fn start(&self) {
        let (cache, most_bytes, events) = (self.cache.clone(), self.settings.cache_bytes, self.events.clone());
        tokio::task::spawn_blocking(move || {
            let held = cache.tidy(most_bytes);
            let _ = events.blocking_send(Event::Media(MediaEvent::Cached(held)));
        });
    }

    /// How pictures are drawn from now on.
    pub(crate) fn set_graphics(&mut self, graphics: Option<Graphics>) {
        self.graphics = graphics;
    }

    /// Begins what an effect asked for; the answer comes as an event.
    pub(crate) fn run(&mut self, op: MediaOp, link: Option<Link>) {
        match op {
            MediaOp::Inspect { chat, typed, from } => self.blocking(move || {
                let result = local::inspect(&typed, None);
                MediaEvent::Inspected { chat, from, result }
            }),
            MediaOp::KeepText { chat, name, text } => {
                let cache = self.cache.clone();
                self.blocking(move || {
                    let result = cache.keep_text(&name, &text).and_then(|path| local::inspect(&path.to_string_lossy(), None));
                    MediaEvent::Inspected { chat, from: crate::effect::AttachFrom::OwnCopy, result }
                });
            }
            MediaOp::Complete { typed } => self.blocking(move || {
                let found = local::complete(&typed);
                MediaEvent::Completed { typed, found }
            }),
            MediaOp::Upload(outgoing) => self.upload(*outgoing, link),
            MediaOp::CancelUpload { key } => {
                if let Some(Sending { task, begun }) = self.uploads.remove(&key) {
                    task.abort();
                    tokio::spawn(begun.abandon());
                }
            }
            MediaOp::DropCopy(path) => self.cache.drop_copy(path),
            MediaOp::Download(want) => self.download(want, link),
            MediaOp::CancelDownload(key) => {
                if let Some(task) = self.downloads.remove(&key) {
                    task.abort();
                }
            }
            MediaOp::Save { want, to } => {
                let cache = self.cache.clone();
                self.blocking(move || match cache.find(want.remote.key) {
                    Some(from) => MediaEvent::Saved(local::save(&from, &to, &want.name)),
                    None => MediaEvent::Missing(want.remote.key),
                });
            }
            MediaOp::Open { want, sure } => self.open(want, sure),
            MediaOp::OpenLocal(path) => self.blocking_or_silent(move || program::open(&path, "").err().map(MediaEvent::NotOpened)),
            MediaOp::Picture { key, source, most_pixels } => self.paint(key, source, most_pixels),
            // The terminal's: it was written by the one who owns it.
            MediaOp::ForgetPictures(_) => {}
        }
    }

    fn blocking(&self, work: impl FnOnce() -> MediaEvent + Send + 'static) {
        self.blocking_or_silent(move || Some(work()));
    }

    fn blocking_or_silent(&self, work: impl FnOnce() -> Option<MediaEvent> + Send + 'static) {
        let events = self.events.clone();
        tokio::task::spawn_blocking(move || {
            if let Some(event) = work() {
                let _ = events.blocking_send(Event::Media(event));
            }
        });
    }

    fn upload(&mut self, outgoing: crate::state::composer::Outgoing, link: Option<Link>) {
        let key = outgoing.key();
        let (http, events, clock) = (self.http.clone(), self.events.clone(), Arc::clone(&self.clock));
        self.uploads.retain(|_, sending| !sending.task.is_finished() || sending.begun.is_there());
        let begun = Begun::default();
        let task = tokio::spawn({
            let (key, begun) = (key.clone(), begun.clone());
            async move {
                let event = match (link, outgoing.file) {
                    (Some(link), Some(file)) => {
                        let told = events.clone();
                        let progress = |done_bytes, total_bytes| {
                            // A full queue means that the screen is busy: the next one says more.
                            let event = MediaEvent::UploadProgress { key: key.clone(), done_bytes, total_bytes };
                            let _ = told.try_send(Event::Media(event));
                        };
                        match send_file(&link, &http, &file, clock, &begun, progress).await {
                            Ok(body) => MediaEvent::Uploaded { key, result: Ok(body) },
                            Err(UploadError::Ended) => MediaEvent::UploadLost { key },
                            Err(error) => MediaEvent::Uploaded { key, result: Err(error.refusal()) },
                        }
                    }
                    _ => MediaEvent::UploadLost { key },
                };
                let _ = events.send(Event::Media(event)).await;
            }
        });
        if let Some(old) = self.uploads.insert(key, Sending { task, begun }) {
            old.task.abort();
        }
    }

    fn download(&mut self, want: Want, link: Option<Link>) {
        let key = want.remote.key;
        let (http, events, clock) = (self.http.clone(), self.events.clone(), Arc::clone(&self.clock));
        let (cache, turns) = (self.cache.clone(), Arc::clone(&self.turns));
        self.downloads.retain(|_, task| !task.is_finished());
        let task = tokio::spawn(async move {
            let Ok(_turn) = turns.acquire_owned().await else { return };
            let told = events.clone();
            let progress = |done_bytes, total_bytes| {
                let _ = told.try_send(Event::Media(MediaEvent::DownloadProgress { key, done_bytes, total_bytes }));
            };
            let result = match &link {
                Some(link) => download::fetch(&want, &link.profile, &http, &cache, clock, progress).await,
                None => Err("nobody is logged in".into()),
            };
            let _ = events.send(Event::Media(MediaEvent::Downloaded { key, result })).await;
        });
        if let Some(old) = self.downloads.insert(key, task) {
            old.abort();
        }
    }

    fn open(&self, want: Want, sure: bool) {
        let cache = self.cache.clone();
        let player = match want.kind {
            crate::state::media::MediaKind::Sound => self.settings.player.clone(),
            _ => String::new(),
        };
        self.blocking_or_silent(move || {
            let Some(path) = cache.find(want.remote.key) else { return Some(MediaEvent::Missing(want.remote.key)) };
            if !sure && program::may_run(&path) {
                return Some(MediaEvent::Program(want));
            }
            program::open(&path, &player).err().map(MediaEvent::NotOpened)
        });
    }

    #[cfg(feature = "images")]
    fn paint(&mut self, key: crate::state::picture::PictureKey, source: crate::view::media::Source, most_pixels: u64) {
        let Some(graphics) = self.graphics else { return };
        let (cache, events) = (self.cache.clone(), self.events.clone());
        let painter = self.painter.get_or_insert_with(|| painter::Painter::start(cache, events));
        painter.paint(painter::Order { key, source, most_pixels, graphics });
    }

    #[cfg(not(feature = "images"))]
    fn paint(&mut self, key: crate::state::picture::PictureKey, _source: crate::view::media::Source, _most_pixels: u64) {
        if self.graphics.is_some() {
            self.blocking(move || MediaEvent::Picture { key, result: Err("pictures are not built in".into()) });
        }
    }

    /// Everything under way ends.
    pub(crate) fn stop(&mut self) {
        for task in self.uploads.values().map(|sending| &sending.task).chain(self.downloads.values()) {
            task.abort();
        }
    }
}

/// Lets a few of many calls through.
#[derive(Debug)]
struct Seldom {
    clock: Arc<dyn Clock>,
    next_ms: i64,
}

impl Seldom {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, next_ms: i64::MIN }
    }

    /// True at most once in `PROGRESS_MS`.
    fn now(&mut self) -> bool {
        let now = self.clock.mono_ms();
        let due = now >= self.next_ms;
        if due {
            self.next_ms = now + PROGRESS_MS;
        }
        due
    }
}

#[cfg(test)]
mod tests;
