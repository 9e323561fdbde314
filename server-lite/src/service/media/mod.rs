//! Files: who may upload what, what a finished one looks like in an element, and the backend's `im_cos_msg`
//! (`contract/tern-commands.md` section 7, `contract/rest-api.md` section 21). The bytes travel over HTTP: `transport::media`.

use super::{AreaError, Context, Outcome};
use crate::media::complete;
use crate::media::link::{FileLink, parse_file};
use crate::media::new_object;
use crate::media::sniff::Format;
use crate::store::TinyId;
use crate::store::engine::{StoreError, Tx};
use crate::store::media::{self as store, FileRow, Kind, SizeType, Upload};
use tern_protocol::api::Empty;
use tern_protocol::api::media::{
    CosObject, GetCosSig, MediaBegin, MediaBegun, MediaFile, MediaFinish, PreSigUrl, PreSigUrls, RawUrl,
};
use tern_protocol::api::web_sdk::{PreSig, PreSigned};
use tern_protocol::model::message::ImageSize;
use tern_protocol::{ErrorCode, limits};

/// Unfinished uploads of an application.
const UPLOADS_OF_APP: i64 = 2_000;
/// Seconds after which an unfinished upload may give way to a new one.
const FORGOTTEN_SECONDS: i64 = 3_600;
/// Bytes of a MIME type.
const CONTENT_TYPE_BYTES: usize = 127;

/// Why a command about files is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MediaError {
    /// A field is absent or malformed.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// Nothing to upload.
    #[error("Size must be at least 1: an empty file cannot be sent")]
    Empty,
    /// Above the contract's limit.
    #[error("a file of this Kind may have at most {0} bytes")]
    TooLarge(u64),
    /// Too much is unfinished.
    #[error("{0} uploads are unfinished; finish or drop one first")]
    TooMany(i64),
    /// No such upload of this caller.
    #[error("there is no such upload, or it was dropped")]
    Unknown,
    /// Bytes are missing.
    #[error("the upload is not complete: PUT the bytes that are missing first")]
    Incomplete,
    /// Only people upload.
    #[error("only a user may upload files")]
    NobodyThere,
    /// More URLs than one request may hold.
    #[error("RawURLs may hold at most 100 URLs")]
    TooManyUrls,
    /// The URL names no file of the application.
    #[error("RawURL names no file of this application")]
    NoFile,
    /// Below the rules.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for MediaError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl AreaError for MediaError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field(..) => ErrorCode::MESSAGE_BAD_REQUEST,
            Self::Empty => ErrorCode::CLIENT_FILE_MISSING_7006,
            Self::TooLarge(_) => ErrorCode::CLIENT_FILE_MISSING_7005,
            Self::TooMany(_) => ErrorCode::CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED,
            Self::Unknown => ErrorCode::CLIENT_FILE_MISSING,
            Self::Incomplete => ErrorCode::CLIENT_UPLOAD_IMAGE_PROCESSING_REFUSED_4003,
            Self::NobodyThere => ErrorCode::MSG_ADMIN_REQUIRED,
            Self::TooManyUrls | Self::NoFile => ErrorCode::DOWNLOAD_PARAMETER_INVALID,
            Self::Store(_) => ErrorCode::MSG_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// `tern_media.begin`
pub(crate) fn begin(tx: &Tx<'_>, cx: &Context, request: MediaBegin) -> Result<Outcome<MediaBegun>, MediaError> {
    let owner = cx.caller.person().ok_or(MediaError::NobodyThere)?.tiny_id;
    let kind = kind(&request.kind)?;
    check_name(&request.name)?;
    let content_type = content_type(&request.content_type)?;
    let sha256 = sha256(request.sha256.as_deref())?;
    match (request.size_bytes, most_bytes(kind)) {
        (0, _) => return Err(MediaError::Empty),
        (size, most) if size > most => return Err(MediaError::TooLarge(most)),
        _ => {}
    }
    let now = cx.now_seconds();
    let wanted = |known: &Upload| {
        (known.app, known.kind, known.size_bytes, &known.sha256, &known.name)
            == (cx.app.id, kind, request.size_bytes, &sha256, &request.name)
    };
    let known = match sha256.is_empty() {
        true => None,
        false => store::uploads_of(tx, owner)?.into_iter().find(|known| known.expires_at > now && wanted(known)),
    };
    let upload = match known {
        Some(known) => known,
        None => {
            make_room(tx, cx, owner)?;
            let upload = Upload {
                object: new_object(&cx.random),
                app: cx.app.id,
                owner,
                name: request.name,
                kind,
                content_type,
                size_bytes: request.size_bytes,
                sha256,
                expires_at: now + limits::UPLOAD_SECONDS,
            };
            store::put_upload(tx, &upload)?;
            upload
        }
    };
    Ok(Outcome::reply(MediaBegun {
        upload_url: cx.depot.links.upload(&upload.object),
        offset: cx.depot.files.uploaded_bytes(&upload.object),
        object: upload.object,
        expire_time: upload.expires_at,
    }))
}

/// `im_cos_msg.pre_sig`: an upload whose size its one request says, and the address that the file will have.
pub(crate) fn pre_sig(tx: &Tx<'_>, cx: &Context, request: PreSig) -> Result<Outcome<PreSigned>, MediaError> {
    let owner = cx.caller.person().ok_or(MediaError::NobodyThere)?.tiny_id;
    let kind = match request.file_type {
        1 => Kind::Image,
        2 => Kind::Video,
        3 => Kind::Sound,
        255 => Kind::File,
        _ => return Err(MediaError::Field("file_type", "must be 1, 2, 3 or 255")),
    };
    check_name(&request.file_name)?;
    make_room(tx, cx, owner)?;
    let upload = Upload {
        object: new_object(&cx.random),
        app: cx.app.id,
        owner,
        name: request.file_name,
        kind,
        content_type: String::new(),
        size_bytes: store::SIZE_OF_REQUEST,
        sha256: String::new(),
        expires_at: cx.now_seconds() + limits::UPLOAD_SECONDS,
    };
    store::put_upload(tx, &upload)?;
    // The file itself, which is finished later, lives a little longer.
    let expires_at = cx.now_seconds() + i64::from(cx.app.settings.media_days.max(1)) * complete::DAY_SECONDS;
    let download_url = cx.depot.links.file(&FileLink { app: cx.app.id, object: &upload.object, name: &upload.name, expires_at });
    Ok(Outcome::reply(PreSigned { upload_url: cx.depot.links.upload(&upload.object), download_url }))
}

/// A person who has too many unfinished uploads may have forgotten one: the oldest gives way if it was begun long ago.
fn make_room(tx: &Tx<'_>, cx: &Context, owner: TinyId) -> Result<(), MediaError> {
    let (own, all) = store::count_uploads(tx, cx.app.id, owner)?;
    if all >= UPLOADS_OF_APP {
        return Err(MediaError::TooMany(all));
    }
    if own < limits::UPLOADS {
        return Ok(());
    }
    let is_old = |upload: &Upload| upload.expires_at - limits::UPLOAD_SECONDS + FORGOTTEN_SECONDS <= cx.now_seconds();
    let oldest = store::uploads_of(tx, owner)?.into_iter().next().filter(is_old).ok_or(MediaError::TooMany(own))?;
    store::delete_upload(tx, &oldest.object)?;
    cx.depot.files.drop_upload(&oldest.object);
    Ok(())
}

/// Bytes that a file of a kind may have.
pub(crate) fn most_bytes(kind: Kind) -> u64 {
    match kind {
        Kind::Image | Kind::Sound => limits::PICTURE_BYTES,
        Kind::Video | Kind::File => limits::FILE_BYTES,
    }
}

fn kind(word: &str) -> Result<Kind, MediaError> {
    match word {
        "Image" => Ok(Kind::Image),
        "Sound" => Ok(Kind::Sound),
        "Video" => Ok(Kind::Video),
        "File" => Ok(Kind::File),
        _ => Err(MediaError::Field("Kind", "must be Image, Sound, Video or File")),
    }
}

/// A name that is a name everywhere: in a URL, in a header, on a disk.
fn check_name(name: &str) -> Result<(), MediaError> {
    if name.trim().is_empty() || name.len() > limits::FILE_NAME_BYTES {
        return Err(MediaError::Field("Name", "must have 1 to 255 bytes"));
    }
    if matches!(name, "." | "..") || name.chars().any(|c| matches!(c, '/' | '\\') || c.is_control()) {
        return Err(MediaError::Field("Name", "must be a name without a path and without control characters"));
    }
    Ok(())
}

/// `type/subtype` in lower case, without parameters.
fn content_type(text: &str) -> Result<String, MediaError> {
    let text = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    let is_word = |word: &str| {
        !word.is_empty()
            && word.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'+' | b'-' | b'_' | b'!' | b'#' | b'&' | b'^'))
    };
    let is_good = text.split_once('/').is_some_and(|(one, two)| is_word(one) && is_word(two)) && text.len() <= CONTENT_TYPE_BYTES;
    match text.is_empty() || is_good {
        true => Ok(text),
        false => Err(MediaError::Field("ContentType", "must be a MIME type such as image/png")),
    }
}

fn sha256(text: Option<&str>) -> Result<String, MediaError> {
    let text = text.unwrap_or("").to_ascii_lowercase();
    match text.is_empty() || (text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())) {
        true => Ok(text),
        false => Err(MediaError::Field("Sha256", "must be 64 hexadecimal digits")),
    }
}

/// `tern_media.finish`
pub(crate) fn finish(tx: &Tx<'_>, cx: &Context, request: MediaFinish) -> Result<Outcome<MediaFile>, MediaError> {
    let owner = cx.caller.person().ok_or(MediaError::NobodyThere)?.tiny_id;
    let sizes = store::sizes_of(tx, &request.object)?;
    let now = cx.now_seconds();
    let is_own = |file: &&FileRow| file.owner == owner && file.expires_at > now;
    let Some(original) = sizes.iter().find(|file| file.size_type == SizeType::Original).filter(is_own) else {
        let unfinished = store::upload(tx, &request.object)?.filter(|upload| upload.owner == owner);
        return Err(if unfinished.is_some() { MediaError::Incomplete } else { MediaError::Unknown });
    };
    let is_picture = original.kind == Kind::Image;
    Ok(Outcome::reply(MediaFile {
        uuid: original.object.clone(),
        url: url(cx, original, original.expires_at),
        size_bytes: original.size_bytes,
        expire_time: original.expires_at,
        image_format: is_picture.then(|| Format::wire_number(&original.content_type)),
        image_info_array: is_picture.then(|| image_info(cx, original, &sizes)),
    }))
}

/// Always three entries; where there is no smaller size, the next larger one serves.
fn image_info(cx: &Context, original: &FileRow, sizes: &[FileRow]) -> Vec<ImageSize> {
    let mut serving = original;
    [SizeType::Original, SizeType::Large, SizeType::Thumbnail]
        .map(|wanted| {
            serving = sizes.iter().find(|file| file.size_type == wanted).unwrap_or(serving);
            ImageSize {
                kind: wanted.number(),
                size: i64::try_from(serving.size_bytes).unwrap_or(i64::MAX),
                width: i64::from(serving.width),
                height: i64::from(serving.height),
                url: url(cx, serving, serving.expires_at),
            }
        })
        .into()
}

fn url(cx: &Context, file: &FileRow, expires_at: i64) -> String {
    cx.depot.links.file(&FileLink { app: file.app, object: &file.object, name: &file.name, expires_at })
}

/// The file that a URL names, if it is the application's and its time is not over.
fn find(tx: &Tx<'_>, cx: &Context, raw_url: &str) -> Result<Option<FileRow>, MediaError> {
    let Some((app, object)) = parse_file(raw_url) else { return Ok(None) };
    if app != cx.app.id {
        return Ok(None);
    }
    Ok(store::file(tx, object)?.filter(|file| file.app == cx.app.id && file.expires_at > cx.now_seconds()))
}

/// `im_cos_msg.get_cos_sig`
pub(crate) fn get_cos_sig(tx: &Tx<'_>, cx: &Context, request: GetCosSig) -> Result<Outcome<PreSigUrls>, MediaError> {
    match request.raw_urls.len() {
        0 => return Err(MediaError::NoFile),
        n if n > limits::RAW_URL_BATCH => return Err(MediaError::TooManyUrls),
        _ => {}
    }
    let signed = request.raw_urls.into_iter().map(|raw| sign(tx, cx, raw)).collect::<Result<_, _>>()?;
    Ok(Outcome::reply(PreSigUrls { pre_sig_urls: signed }))
}

fn sign(tx: &Tx<'_>, cx: &Context, raw: RawUrl) -> Result<PreSigUrl, MediaError> {
    let item = PreSigUrl { resource_id: raw.resource_id, ..PreSigUrl::default() };
    let status = |status: i64, desc: &str| PreSigUrl { status, desc: desc.into(), ..item.clone() };
    Ok(match find(tx, cx, &raw.raw_url)? {
        Some(file) if file.is_banned => status(1, "the file is blocked"),
        Some(file) => {
            let until = (cx.now_seconds() + limits::PRE_SIGNED_SECONDS).min(file.expires_at);
            PreSigUrl { pre_sig_url: url(cx, &file, until), ..status(0, "OK") }
        }
        // A file's row goes with it; its path still tells whose it was. A URL of another application never was this one's.
        None if parse_file(&raw.raw_url).is_some_and(|(app, _)| app == cx.app.id) => status(2, "the file is not there any more"),
        None => {
            PreSigUrl { code: ErrorCode::DOWNLOAD_PARAMETER_INVALID.0, ..status(2, "RawURL names no file of this application") }
        }
    })
}

/// `im_cos_msg.forbid_illegal_object`
pub(crate) fn forbid(tx: &Tx<'_>, cx: &Context, request: CosObject) -> Result<Outcome<Empty>, MediaError> {
    ban(tx, cx, &request.raw_url, true)
}

/// `im_cos_msg.allow_banned_object`
pub(crate) fn allow(tx: &Tx<'_>, cx: &Context, request: CosObject) -> Result<Outcome<Empty>, MediaError> {
    ban(tx, cx, &request.raw_url, false)
}

/// A picture is one thing, whatever its size.
fn ban(tx: &Tx<'_>, cx: &Context, raw_url: &str, is_banned: bool) -> Result<Outcome<Empty>, MediaError> {
    let file = find(tx, cx, raw_url)?.ok_or(MediaError::NoFile)?;
    store::ban(tx, &file.original, is_banned)?;
    Ok(Outcome::done())
}

#[cfg(test)]
mod tests;
