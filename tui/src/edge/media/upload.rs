//! Sending a file: `tern_media.begin`, the bytes in pieces, `tern_media.finish`, and the element that names it
//! (`contract/tern-commands.md` section 7). A piece that did not arrive is sent again from where the server is.

use super::http::{Http, plain};
use super::{Link, Seldom};
use crate::event::Refusal;
use crate::state::media::{MediaKind, OutgoingFile};
use reqwest::{StatusCode, header};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tern_protocol::api::{command, media};
use tern_protocol::client::{CallError, End, Session};
use tern_protocol::clock::{self, Clock};
use tern_protocol::hex;
use tern_protocol::model::message::Element;
use tokio::io::{AsyncReadExt, AsyncSeekExt};

/// Bytes of one `PUT`, held in memory.
const PIECE_BYTES: u64 = 512 * 1024;
/// How long one piece may take.
const PIECE_LIMIT: Duration = Duration::from_secs(60);
/// How long the server may take to drop an upload.
const DROP_LIMIT: Duration = Duration::from_secs(10);
/// Attempts without a byte more.
const ATTEMPTS: u32 = 8;
/// Pause after the first failed attempt, doubled up to `PAUSE_MOST_MS` (milliseconds).
const PAUSE_MS: i64 = 500;
const PAUSE_MOST_MS: i64 = 30_000;
/// Times that a dropped upload is begun anew.
const BEGINNINGS: u32 = 3;
/// Where the server is with an upload.
const OFFSET: &str = "upload-offset";
/// What a video shows before it is played: this program cannot look into videos.
const VIDEO_COVER: &[u8] = include_bytes!("../../../assets/video_cover.png");

/// Why a file was not sent.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadError {
    /// The session is over; another one may go on.
    #[error("the session ended")]
    Ended,
    #[error("{0}")]
    File(String),
    #[error("{info}")]
    Refused { code: i32, info: String },
    #[error("the server was not reached: {0}")]
    NotReached(String),
}

impl UploadError {
    /// As the outbox keeps it.
    pub(crate) fn refusal(&self) -> Refusal {
        let code = if let Self::Refused { code, .. } = self { *code } else { 0 };
        Refusal { code, text: self.to_string() }
    }
}

/// Where at the server a part of a file is: what is not wanted any more is dropped there.
#[derive(Clone, Debug, Default)]
pub(crate) struct Begun(Arc<Mutex<Option<(reqwest::Client, String)>>>);

impl Begun {
    fn set(&self, at: Option<(reqwest::Client, String)>) {
        if let Ok(mut held) = self.0.lock() {
            *held = at;
        }
    }

    fn take(&self) -> Option<(reqwest::Client, String)> {
        self.0.lock().ok()?.take()
    }

    /// Whether the server has something.
    pub(crate) fn is_there(&self) -> bool {
        self.0.lock().is_ok_and(|held| held.is_some())
    }

    /// Drops it at the server; what cannot be reached is dropped there after a day.
    pub(crate) async fn abandon(self) {
        if let Some((client, url)) = self.take()
            && let Err(error) = client.delete(&url).timeout(DROP_LIMIT).send().await
        {
            tracing::info!(error = plain(error), "an upload that was stopped stays at the server for a day");
        }
    }
}

/// Brings a file to the server; returns `MsgBody` as JSON.
pub(crate) async fn send_file(
    link: &Link,
    http: &Http,
    file: &OutgoingFile,
    clock: Arc<dyn Clock>,
    begun: &Begun,
    progress: impl Fn(u64, u64),
) -> Result<String, UploadError> {
    let path = file.path.clone();
    let kind = file.kind;
    let (size_bytes, sha256) = tokio::task::spawn_blocking(move || digest(&path, kind.limit_bytes()))
        .await
        .map_err(|error| UploadError::File(error.to_string()))?
        .map_err(|error| UploadError::File(format!("{} cannot be read: {error}", file.path.display())))?;
    if size_bytes != file.size_bytes {
        return Err(UploadError::File(format!("{} has changed since it was chosen", file.path.display())));
    }
    progress(0, size_bytes);
    let source = Bytes::File(&file.path);
    let begin = media::MediaBegin {
        name: file.name.clone(),
        size_bytes,
        kind: kind.wire().to_owned(),
        content_type: content_type(file).to_owned(),
        sha256: Some(sha256),
    };
    let stored = store(link, http, &begin, &source, &clock, begun, &progress).await?;
    let cover = if kind == MediaKind::Video {
        let begin = media::MediaBegin {
            name: "cover.png".into(),
            size_bytes: VIDEO_COVER.len() as u64,
            kind: MediaKind::Image.wire().to_owned(),
            content_type: "image/png".into(),
            sha256: Some(hex(ring::digest::digest(&ring::digest::SHA256, VIDEO_COVER).as_ref())),
        };
        Some(store(link, http, &begin, &Bytes::Memory(VIDEO_COVER), &clock, begun, &|_, _| {}).await?)
    } else {
        None
    };
    let element = element(file, &stored, cover.as_ref());
    serde_json::to_string(&[element]).map_err(|error| UploadError::File(error.to_string()))
}

/// Where bytes come from.
enum Bytes<'a> {
    File(&'a Path),
    Memory(&'static [u8]),
}

impl Bytes<'_> {
    async fn piece(&self, from: u64, bytes: u64) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Memory(all) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX).min(all.len());
                let to = from.saturating_add(usize::try_from(bytes).unwrap_or(usize::MAX)).min(all.len());
                Ok(all[from..to].to_vec())
            }
            Self::File(path) => {
                let mut file = tokio::fs::File::open(path).await?;
                file.seek(std::io::SeekFrom::Start(from)).await?;
                let mut piece = Vec::with_capacity(usize::try_from(bytes).unwrap_or_default());
                file.take(bytes).read_to_end(&mut piece).await?;
                Ok(piece)
            }
        }
    }
}

/// One file: begun, put, finished.
async fn store(
    link: &Link,
    http: &Http,
    begin: &media::MediaBegin,
    bytes: &Bytes<'_>,
    clock: &Arc<dyn Clock>,
    at: &Begun,
    progress: &impl Fn(u64, u64),
) -> Result<media::MediaFile, UploadError> {
    let (client, address) = http.own(&link.profile).await.map_err(UploadError::NotReached)?;
    for _ in 0..BEGINNINGS {
        let begun = call::<command::MediaBegin>(&link.session, begin, clock.as_ref()).await?;
        let url = at_server(&begun.upload_url, &address.http_url());
        at.set(Some((client.clone(), url.clone())));
        match put(&client, &url, bytes, begun.offset, begin.size_bytes, clock, progress).await? {
            Put::Complete => {}
            Put::Gone => continue,
        }
        at.set(None);
        let finish = media::MediaFinish { object: begun.object };
        return call::<command::MediaFinish>(&link.session, &finish, clock.as_ref()).await;
    }
    Err(UploadError::NotReached("it drops what is sent".into()))
}

/// The path of a URL at the address that this client knows the server by.
fn at_server(url: &str, server: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    format!("{server}{path}")
}

/// A command that goes out again while the link comes and goes.
async fn call<C: tern_protocol::api::Command>(
    session: &Session,
    request: &C::Request,
    clock: &dyn Clock,
) -> Result<C::Answer, UploadError> {
    let mut attempts = 0;
    loop {
        session.online().await.map_err(|_| UploadError::Ended)?;
        match session.call::<C>(request).await {
            Ok(answer) => return Ok(answer),
            Err(CallError::Refused { code, info }) => {
                let info = if info.is_empty() { code.text().to_owned() } else { info };
                return Err(UploadError::Refused { code: code.0, info });
            }
            Err(CallError::Ended(End::Refused { code, info })) => return Err(UploadError::Refused { code: code.0, info }),
            Err(CallError::Ended(_)) => return Err(UploadError::Ended),
            Err(CallError::Malformed(text)) => return Err(UploadError::NotReached(text)),
            Err(error) => {
                attempts += 1;
                if attempts >= ATTEMPTS {
                    return Err(UploadError::NotReached(error.to_string()));
                }
                pause(clock, attempts).await;
            }
        }
    }
}

async fn pause(clock: &dyn Clock, attempts: u32) {
    clock::sleep(clock, (PAUSE_MS << attempts.min(10)).min(PAUSE_MOST_MS)).await;
}

/// What became of the bytes.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Put {
    Complete,
    /// The server does not know the upload any more.
    Gone,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Envelope {
    error_code: i32,
    error_info: String,
}

/// Puts the bytes from `offset` on, in pieces.
async fn put(
    client: &reqwest::Client,
    url: &str,
    bytes: &Bytes<'_>,
    mut offset: u64,
    total: u64,
    clock: &Arc<dyn Clock>,
    progress: &impl Fn(u64, u64),
) -> Result<Put, UploadError> {
    let mut seldom = Seldom::new(Arc::clone(clock));
    let mut attempts = 0;
    while offset < total {
        let piece =
            bytes.piece(offset, PIECE_BYTES).await.map_err(|error| UploadError::File(format!("it cannot be read: {error}")))?;
        if piece.is_empty() {
            return Err(UploadError::File("the file became shorter while it was sent".into()));
        }
        let arrived = match put_piece(client, url, offset, piece).await {
            Piece::At(arrived) => arrived.min(total),
            Piece::Gone => return Ok(Put::Gone),
            Piece::Refused(error) => return Err(error),
            Piece::Lost(text) => {
                attempts += 1;
                if attempts >= ATTEMPTS {
                    return Err(UploadError::NotReached(text));
                }
                pause(clock.as_ref(), attempts).await;
                match where_is(client, url).await {
                    Some(Piece::At(arrived)) => arrived.min(total),
                    Some(Piece::Gone) => return Ok(Put::Gone),
                    _ => continue,
                }
            }
        };
        if arrived > offset {
            attempts = 0;
        } else {
            attempts += 1;
            if attempts >= ATTEMPTS {
                return Err(UploadError::NotReached("it takes no bytes".into()));
            }
        }
        offset = arrived;
        if seldom.now() || offset == total {
            progress(offset, total);
        }
    }
    Ok(Put::Complete)
}

/// How a request ended.
enum Piece {
    /// The server has this many bytes.
    At(u64),
    Gone,
    Refused(UploadError),
    /// Trying again may help.
    Lost(String),
}

async fn put_piece(client: &reqwest::Client, url: &str, offset: u64, piece: Vec<u8>) -> Piece {
    let end = offset + piece.len() as u64;
    let request = client
        .put(url)
        .timeout(PIECE_LIMIT)
        .header(OFFSET, offset)
        .header(header::CONTENT_TYPE, "application/octet-stream")
        .body(piece);
    let answer = match request.send().await {
        Ok(answer) => answer,
        Err(error) => return Piece::Lost(plain(error)),
    };
    let status = answer.status();
    let at = offset_of(&answer);
    match status {
        StatusCode::OK | StatusCode::NO_CONTENT | StatusCode::CREATED => Piece::At(at.unwrap_or(end)),
        StatusCode::CONFLICT => at.map_or_else(|| Piece::Lost("the server is elsewhere".into()), Piece::At),
        StatusCode::NOT_FOUND | StatusCode::GONE => Piece::Gone,
        StatusCode::INSUFFICIENT_STORAGE => Piece::Refused(refused(answer).await),
        status if status.is_server_error() || matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS) => {
            Piece::Lost(format!("the server answers {status}"))
        }
        _ => Piece::Refused(refused(answer).await),
    }
}

async fn where_is(client: &reqwest::Client, url: &str) -> Option<Piece> {
    let answer = client.head(url).timeout(PIECE_LIMIT).send().await.ok()?;
    match answer.status() {
        StatusCode::OK | StatusCode::NO_CONTENT => offset_of(&answer).map(Piece::At),
        StatusCode::NOT_FOUND | StatusCode::GONE => Some(Piece::Gone),
        _ => None,
    }
}

fn offset_of(answer: &reqwest::Response) -> Option<u64> {
    answer.headers().get(OFFSET)?.to_str().ok()?.trim().parse().ok()
}

async fn refused(answer: reqwest::Response) -> UploadError {
    let status = answer.status();
    let envelope: Envelope = answer.json().await.unwrap_or_default();
    let info = if envelope.error_info.is_empty() { format!("the server answers {status}") } else { envelope.error_info };
    UploadError::Refused { code: envelope.error_code, info }
}

/// Length and SHA-256 of a file of at most `most` bytes.
fn digest(path: &Path, most: u64) -> std::io::Result<(u64, String)> {
    use std::io::Read;
    let mut file = std::fs::File::open(path)?;
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    let mut buffer = vec![0; 64 * 1024];
    let mut bytes = 0_u64;
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            return Ok((bytes, hex(context.finish().as_ref())));
        }
        bytes += read as u64;
        if bytes > most {
            return Err(std::io::Error::other("it became too large"));
        }
        context.update(&buffer[..read]);
    }
}

/// The MIME type by the name's extension; the server looks at the bytes itself.
fn content_type(file: &OutgoingFile) -> &'static str {
    let extension = file.name.rsplit('.').next().unwrap_or_default().to_ascii_lowercase();
    match (file.kind, extension.as_str()) {
        (MediaKind::Image, "png") => "image/png",
        (MediaKind::Image, "jpg" | "jpeg") => "image/jpeg",
        (MediaKind::Image, "gif") => "image/gif",
        (MediaKind::Image, "webp") => "image/webp",
        (MediaKind::Image, "bmp") => "image/bmp",
        (MediaKind::Sound, "mp3") => "audio/mpeg",
        (MediaKind::Sound, "wav") => "audio/wav",
        (MediaKind::Sound, "ogg" | "opus" | "oga") => "audio/ogg",
        (MediaKind::Sound, "m4a" | "aac") => "audio/mp4",
        (MediaKind::Video, "mp4" | "m4v") => "video/mp4",
        (MediaKind::Video, "mov") => "video/quicktime",
        (MediaKind::Video, "webm") => "video/webm",
        (MediaKind::Video, "mkv") => "video/x-matroska",
        (_, "txt" | "md") => "text/plain",
        (_, "pdf") => "application/pdf",
        _ => "application/octet-stream",
    }
}

/// The element that names a stored file (`contract/rest-api.md` section 2).
fn element(file: &OutgoingFile, stored: &media::MediaFile, cover: Option<&media::MediaFile>) -> Element {
    let mut content = Map::new();
    let mut put = |key: &str, value: Value| {
        content.insert(key.to_owned(), value);
    };
    let text = |text: &str| Value::String(text.to_owned());
    let kind = match file.kind {
        MediaKind::Image => {
            put("UUID", text(&stored.uuid));
            put("ImageFormat", stored.image_format.unwrap_or(255).into());
            let sizes = stored.image_info_array.clone().filter(|sizes| !sizes.is_empty()).unwrap_or_else(|| {
                let size = tern_protocol::model::message::ImageSize {
                    kind: 1,
                    size: i64::try_from(stored.size_bytes).unwrap_or(i64::MAX),
                    width: file.pixels.0.into(),
                    height: file.pixels.1.into(),
                    url: stored.url.clone(),
                };
                (1..=3).map(|kind| tern_protocol::model::message::ImageSize { kind, ..size.clone() }).collect()
            });
            put("ImageInfoArray", serde_json::to_value(sizes).unwrap_or_default());
            "TIMImageElem"
        }
        MediaKind::Sound => {
            put("Url", text(&stored.url));
            put("UUID", text(&stored.uuid));
            put("Size", stored.size_bytes.into());
            put("Second", file.seconds.into());
            put("Download_Flag", 2.into());
            "TIMSoundElem"
        }
        MediaKind::File => {
            put("Url", text(&stored.url));
            put("UUID", text(&stored.uuid));
            put("FileSize", stored.size_bytes.into());
            put("FileName", text(&file.name));
            put("Download_Flag", 2.into());
            "TIMFileElem"
        }
        MediaKind::Video => {
            put("VideoUrl", text(&stored.url));
            put("VideoUUID", text(&stored.uuid));
            put("VideoSize", stored.size_bytes.into());
            put("VideoSecond", file.seconds.into());
            put("VideoFormat", text(&file.name.rsplit('.').next().unwrap_or("mp4").to_ascii_lowercase()));
            put("VideoDownloadFlag", 2.into());
            let cover = cover.cloned().unwrap_or_default();
            let original = cover.image_info_array.as_deref().and_then(|sizes| sizes.iter().find(|size| size.kind == 1));
            let (wide, high) = original.filter(|size| size.width > 0).map_or(VIDEO_COVER_PIXELS, |size| (size.width, size.height));
            put("ThumbUrl", text(&cover.url));
            put("ThumbUUID", text(&cover.uuid));
            put("ThumbSize", cover.size_bytes.into());
            put("ThumbWidth", wide.into());
            put("ThumbHeight", high.into());
            put("ThumbFormat", text("png"));
            put("ThumbDownloadFlag", 2.into());
            "TIMVideoFileElem"
        }
    };
    Element { kind: kind.to_owned(), content }
}

/// Width and height of `VIDEO_COVER`.
const VIDEO_COVER_PIXELS: (i64, i64) = (320, 180);

#[cfg(test)]
mod tests;
