//! Files behind messages: what they are, which are here, and what is on its way.

use super::State;
use super::conversation::ChatId;
use super::message::{Body, Delivery, Message, Part};
use super::picture::Pictures;
use crate::action::Action;
use crate::text::{self, clean_line};
use serde::{Deserialize, Serialize};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use tern_protocol::model::message::{Content, ImageSize};

/// Downloads whose state is remembered.
const DOWNLOADS: usize = 200;
/// Things to be done with one file that is coming.
const WISHES: usize = 8;
/// Voice messages that are known to be played.
const PLAYED: usize = 10_000;
/// Bytes of a picture or a sound (`contract/rest-api.md` section 2).
const PICTURE_BYTES: u64 = 28 * 1024 * 1024;
/// Bytes of a video or a file.
const FILE_BYTES: u64 = 100 * 1024 * 1024;

/// What a file is to the chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum MediaKind {
    Image,
    Sound,
    Video,
    File,
}

impl MediaKind {
    /// As people read it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Image => "Image",
            Self::Sound => "Voice",
            Self::Video => "Video",
            Self::File => "File",
        }
    }

    /// As `tern_media.begin` names it.
    pub(crate) const fn wire(self) -> &'static str {
        match self {
            Self::Image => "Image",
            Self::Sound => "Sound",
            Self::Video => "Video",
            Self::File => "File",
        }
    }

    /// The most bytes that the server takes.
    pub(crate) const fn limit_bytes(self) -> u64 {
        match self {
            Self::Image | Self::Sound => PICTURE_BYTES,
            Self::Video | Self::File => FILE_BYTES,
        }
    }
}

/// Names a file in the cache: the first half of the SHA-256 of its address.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct FileKey([u8; 16]);

impl FileKey {
    /// Of an address.
    pub(crate) fn of(url: &str) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, url.as_bytes());
        let mut key = [0; 16];
        key.copy_from_slice(&digest.as_ref()[..16]);
        Self(key)
    }

    /// Reads what `Display` wrote.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.len() != 32 || !text.is_ascii() {
            return None;
        }
        let mut key = [0; 16];
        for (at, byte) in key.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).ok()?;
        }
        Some(Self(key))
    }
}

impl std::fmt::Display for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::fmt::Debug for FileKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "FileKey({self})")
    }
}

/// A file at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Remote {
    pub(crate) url: Arc<str>,
    pub(crate) key: FileKey,
}

impl Remote {
    /// `None`: no web address.
    pub(crate) fn new(url: &str) -> Option<Self> {
        let web = ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme));
        let plain = url.len() <= 2048 && url.chars().all(|c| !c.is_control() && c != ' ');
        (web && plain).then(|| Self { url: url.into(), key: FileKey::of(url) })
    }

    /// Path and query, if the address is one of the server's own files. A client reads them at the address it knows the server by,
    /// whatever host stands here (`contract/tern-commands.md` section 7).
    pub(crate) fn own_path(&self, sdk_app_id: u32) -> Option<&str> {
        let rest = self.url.split_once("://")?.1;
        let path = &rest[rest.find('/')?..];
        let plain = !path.contains("..") && !path.contains('\\');
        (plain && path.starts_with(&format!("/media/{sdk_app_id}/"))).then_some(path)
    }

    /// The host, for people.
    pub(crate) fn host(&self) -> &str {
        let rest = self.url.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        authority.rsplit('@').next().unwrap_or_default()
    }
}

/// A file that a message carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Media {
    pub(crate) kind: MediaKind,
    /// Cleaned; may be empty.
    pub(crate) name: String,
    /// 0: not told.
    pub(crate) size_bytes: i64,
    /// 0: not told.
    pub(crate) seconds: i64,
    /// Width and height; 0: not told.
    pub(crate) pixels: (i64, i64),
    /// `None`: the message does not say where it is (old clients).
    pub(crate) file: Option<Remote>,
    /// Of a picture: a size to look at.
    pub(crate) large: Option<Remote>,
    /// Of a picture or video: a small picture.
    pub(crate) thumbnail: Option<Remote>,
    /// Own file that is not sent yet: its outbox row, and where it lies.
    pub(crate) waiting: Option<(Arc<str>, PathBuf)>,
}

impl Media {
    fn new(kind: MediaKind, name: &str, url: &str) -> Self {
        Self {
            kind,
            name: clean_line(if name.is_empty() { file_name(url) } else { name }),
            size_bytes: 0,
            seconds: 0,
            pixels: (0, 0),
            file: Remote::new(url),
            large: None,
            thumbnail: None,
            waiting: None,
        }
    }

    /// Of an element that carries a file.
    pub(crate) fn from_content(content: &Content, thumbnail_url: &str) -> Option<Self> {
        match content {
            Content::Sound { url, size_bytes, seconds } => {
                // A recording has a length, not a name.
                let media = Self { size_bytes: *size_bytes, seconds: *seconds, ..Self::new(MediaKind::Sound, "", url) };
                Some(Self { name: String::new(), ..media })
            }
            Content::Image { sizes } => Some(Self::picture(sizes)),
            Content::File { url, name, size_bytes } => {
                Some(Self { size_bytes: *size_bytes, ..Self::new(MediaKind::File, name, url) })
            }
            Content::Video { url, size_bytes, seconds } => Some(Self {
                size_bytes: *size_bytes,
                seconds: *seconds,
                thumbnail: Remote::new(thumbnail_url),
                ..Self::new(MediaKind::Video, "", url)
            }),
            _ => None,
        }
    }

    fn picture(sizes: &[ImageSize]) -> Self {
        let original = sizes.iter().min_by_key(|size| size.kind);
        let of_kind = |kind: i64| sizes.iter().find(|size| size.kind == kind).and_then(|size| Remote::new(&size.url));
        let media = Self::new(MediaKind::Image, "", original.map_or("", |size| &size.url));
        Self {
            size_bytes: original.map_or(0, |size| size.size),
            pixels: original.filter(|size| size.width > 0 && size.height > 0).map_or((0, 0), |size| (size.width, size.height)),
            large: of_kind(2),
            thumbnail: of_kind(3),
            ..media
        }
    }

    /// Of an own file that waits to be sent.
    pub(crate) fn of_outgoing(key: &str, file: &OutgoingFile) -> Self {
        Self {
            size_bytes: i64::try_from(file.size_bytes).unwrap_or(i64::MAX),
            seconds: file.seconds,
            pixels: (i64::from(file.pixels.0), i64::from(file.pixels.1)),
            waiting: Some((key.into(), file.path.clone())),
            ..Self::new(file.kind, &file.name, "")
        }
    }

    /// A name or a length, for one line.
    pub(crate) fn title(&self) -> String {
        match self.kind {
            MediaKind::Sound if self.name.is_empty() => text::duration(self.seconds),
            _ => self.name.clone(),
        }
    }

    /// Length, pixels and size, as far as they are told.
    pub(crate) fn facts(&self) -> Vec<String> {
        let mut facts = Vec::new();
        if self.seconds > 0 && (self.kind == MediaKind::Video || !self.name.is_empty()) {
            facts.push(text::duration(self.seconds));
        }
        if self.pixels.0 > 0 {
            facts.push(format!("{}×{}", self.pixels.0, self.pixels.1));
        }
        if self.size_bytes > 0 {
            facts.push(text::bytes(self.size_bytes));
        }
        facts
    }

    /// The small picture to show in the conversation: of an own file the file itself is shown.
    pub(crate) fn preview(&self) -> Option<&Remote> {
        match self.kind {
            MediaKind::Image => self.thumbnail.as_ref().or(self.large.as_ref()).or(self.file.as_ref()),
            MediaKind::Video => self.thumbnail.as_ref(),
            MediaKind::Sound | MediaKind::File => None,
        }
    }

    /// The picture to look at.
    pub(crate) fn look(&self) -> Option<&Remote> {
        match self.kind {
            MediaKind::Image => self.large.as_ref().or(self.file.as_ref()).or(self.thumbnail.as_ref()),
            MediaKind::Video => self.thumbnail.as_ref(),
            MediaKind::Sound | MediaKind::File => None,
        }
    }
}

/// The last part of an address, where it names a file.
fn file_name(url: &str) -> &str {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    path.rsplit('/').next().filter(|_| path.contains("://")).unwrap_or_default()
}

/// Where a message's sender was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Cleaned.
    pub(crate) title: String,
    /// Degrees: latitude, longitude.
    latitude: String,
    longitude: String,
}

impl Place {
    /// Degrees that are none become 0.
    pub(crate) fn new(title: &str, latitude: f64, longitude: f64) -> Self {
        let degrees = |value: f64, most: f64| format!("{:.5}", if value.is_finite() { value.clamp(-most, most) } else { 0.0 });
        Self { title: clean_line(title), latitude: degrees(latitude, 90.0), longitude: degrees(longitude, 180.0) }
    }

    /// To read and to copy.
    pub(crate) fn coordinates(&self) -> String {
        format!("{}, {}", self.latitude, self.longitude)
    }

    /// A map with a mark at the place.
    pub(crate) fn map_url(&self) -> String {
        let (lat, lon) = (&self.latitude, &self.longitude);
        format!("https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=16/{lat}/{lon}")
    }
}

/// A file of this computer, looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalFile {
    pub(crate) path: PathBuf,
    /// For receivers: no path, no control characters.
    pub(crate) name: String,
    pub(crate) kind: MediaKind,
    pub(crate) size_bytes: u64,
    pub(crate) seconds: i64,
    pub(crate) pixels: (u32, u32),
}

/// A file that is being sent: part of the outbox's row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OutgoingFile {
    pub(crate) path: PathBuf,
    pub(crate) name: String,
    pub(crate) kind: MediaKind,
    pub(crate) size_bytes: u64,
    #[serde(default)]
    pub(crate) seconds: i64,
    #[serde(default)]
    pub(crate) pixels: (u32, u32),
    /// A copy that tern made: it goes with the row.
    #[serde(default)]
    pub(crate) own_copy: bool,
}

impl From<LocalFile> for OutgoingFile {
    fn from(file: LocalFile) -> Self {
        let LocalFile { path, name, kind, size_bytes, seconds, pixels } = file;
        Self { path, name, kind, size_bytes, seconds, pixels, own_copy: false }
    }
}

/// How far a file has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Transfer {
    Running { done_bytes: u64, total_bytes: u64 },
    Failed(String),
}

/// What is done with a file once it is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// Nothing more; the person asked for it, so it is told when it is here.
    Keep,
    /// It is shown by itself: nothing is told.
    Show,
    Open,
    Save(String),
}

/// A file that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Want {
    pub(crate) remote: Remote,
    /// As others named it.
    pub(crate) name: String,
    pub(crate) kind: MediaKind,
}

#[derive(Debug)]
struct Download {
    transfer: Transfer,
    want: Want,
    then: Vec<Then>,
}

/// All about files.
#[derive(Debug, Default)]
pub(crate) struct MediaState {
    /// Files in the cache.
    pub(crate) here: HashSet<FileKey>,
    downloads: HashMap<FileKey, Download>,
    /// By the outbox row's key: bytes done, bytes in all.
    pub(crate) uploads: HashMap<String, (u64, u64)>,
    /// Voice messages that were played, by `played_key`.
    pub(crate) played: HashSet<u64>,
    pub(crate) pictures: Pictures,
    /// The path that the dialog's suggestions are for.
    pub(crate) completed: Option<String>,
}

impl MediaState {
    /// How a file's download stands.
    pub(crate) fn download(&self, key: FileKey) -> Option<&Transfer> {
        self.downloads.get(&key).map(|download| &download.transfer)
    }

    /// Begins a download, or adds to what is done once it is here. True: it has to be begun.
    pub(crate) fn begin(&mut self, want: &Want, then: Then) -> bool {
        let running = |download: &Download| matches!(download.transfer, Transfer::Running { .. });
        if let Some(download) = self.downloads.get_mut(&want.remote.key).filter(|download| running(download)) {
            if !download.then.contains(&then) && download.then.len() < WISHES {
                download.then.push(then);
            }
            return false;
        }
        if self.downloads.len() >= DOWNLOADS {
            self.downloads.retain(|_, download| running(download));
        }
        let transfer = Transfer::Running { done_bytes: 0, total_bytes: 0 };
        self.downloads.insert(want.remote.key, Download { transfer, want: want.clone(), then: vec![then] });
        true
    }

    /// More of it is here.
    pub(crate) fn progress(&mut self, key: FileKey, done_bytes: u64, total_bytes: u64) {
        if let Some(Download { transfer: transfer @ Transfer::Running { .. }, .. }) = self.downloads.get_mut(&key) {
            *transfer = Transfer::Running { done_bytes, total_bytes };
        }
    }

    /// It ended; what was to be done with it then.
    pub(crate) fn end(&mut self, key: FileKey, result: Result<(), String>) -> Option<(Want, Vec<Then>)> {
        if result.is_ok() {
            self.here.insert(key);
        }
        let download = self.downloads.remove(&key)?;
        if let Err(text) = result {
            let failed = Download { transfer: Transfer::Failed(text), want: download.want.clone(), then: Vec::new() };
            self.downloads.insert(key, failed);
        }
        Some((download.want, download.then))
    }

    /// Forgets a download, as if it had not been asked for.
    pub(crate) fn forget_download(&mut self, key: FileKey) {
        self.downloads.remove(&key);
    }

    /// The voice message was played; false: known.
    pub(crate) fn play(&mut self, msg_id: &str) -> bool {
        self.played.len() < PLAYED && self.played.insert(played_key(msg_id))
    }
}

/// Names a played voice message.
pub(crate) fn played_key(msg_id: &str) -> u64 {
    let FileKey(bytes) = FileKey::of(msg_id);
    u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]]) >> 1
}

/// Whether an action on files can be used on this message now.
pub(crate) fn applies(state: &State, action: Action, message: &Message) -> bool {
    let Body::Parts(parts) = &message.body else { return false };
    let found = parts.iter().find(|part| matches!(part, Part::Media(_) | Part::Place(_)));
    let media = match found {
        Some(Part::Media(media)) => media,
        Some(Part::Place(_)) => return matches!(action, Action::OpenMedia | Action::CopyUrl),
        _ => return false,
    };
    let stored = media.file.as_ref();
    let here = stored.is_some_and(|file| state.media.here.contains(&file.key));
    let coming = |remote: &Remote| matches!(state.media.download(remote.key), Some(Transfer::Running { .. }));
    let waits = media.waiting.is_some();
    match action {
        Action::ViewMedia => {
            let picture = media.look().is_some() || (waits && media.kind == MediaKind::Image);
            picture && state.media.pictures.graphics.is_some()
        }
        Action::OpenMedia => stored.is_some() || waits,
        Action::SaveMedia | Action::CopyUrl => stored.is_some(),
        Action::DownloadMedia => stored.is_some_and(|file| !here && !coming(file)),
        Action::CancelTransfer => stored.is_some_and(coming) || (waits && matches!(message.delivery, Delivery::Waiting { .. })),
        _ => false,
    }
}

/// The page that shows one picture of a conversation as large as the screen allows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) chat: ChatId,
    /// The message that is looked at.
    pub(crate) row: super::timeline::RowKey,
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("http://127.0.0.1:8640/media/1400000001/ab/cat.jpg?e=1&s=2", Some("/media/1400000001/ab/cat.jpg?e=1&s=2"))]
    #[case("https://other.example/media/1400000001/ab/cat.jpg", Some("/media/1400000001/ab/cat.jpg"))]
    #[case("https://other.example/media/1400000002/ab/cat.jpg", None)]
    #[case("https://other.example/media/1400000001/../../v4/x", None)]
    #[case("https://other.example/cat.jpg", None)]
    #[case("https://other.example", None)]
    fn own_files_are_told_from_foreign_ones_by_their_path(#[case] url: &str, #[case] path: Option<&str>) {
        assert_eq!(Remote::new(url).unwrap().own_path(1_400_000_001), path);
    }

    #[test]
    fn what_is_no_web_address_is_nowhere() {
        for url in ["", "file:///etc/passwd", "javascript:x", "http://a b/", "http://a/\u{1b}[2J"] {
            assert!(Remote::new(url).is_none(), "{url:?}");
        }
        assert_eq!(Remote::new("https://user@h.example:7/x").unwrap().host(), "h.example:7");
    }

    #[test]
    fn a_key_is_written_and_read() {
        let key = FileKey::of("http://h/x");
        assert_eq!(FileKey::parse(&key.to_string()), Some(key));
        assert_eq!(FileKey::parse("../../../../etc/passwd0000000000"), None);
    }

    #[test]
    fn wishes_for_one_file_are_one_download() {
        let mut media = MediaState::default();
        let key = FileKey::of("http://h/x");
        let want = Want { remote: Remote::new("http://h/x").unwrap(), name: "x".into(), kind: MediaKind::File };
        assert!(media.begin(&want, Then::Show));
        assert!(!media.begin(&want, Then::Open));
        assert!(!media.begin(&want, Then::Open));
        assert_eq!(media.end(key, Ok(())), Some((want.clone(), vec![Then::Show, Then::Open])));
        assert!(media.here.contains(&key) && media.download(key).is_none());
    }

    #[test]
    fn a_place_has_a_map() {
        let place = Place::new("here\u{7}", 1.5, f64::NAN);
        assert_eq!((place.title.as_str(), place.coordinates().as_str()), ("here", "1.50000, 0.00000"));
        assert!(place.map_url().ends_with("#map=16/1.50000/0.00000"));
    }
}
