//! What happens when all bytes of an upload are there: they are hashed, looked at, a picture gets its smaller sizes, and everything
//! becomes a file under one commit. Whatever is refused leaves nothing behind.

use super::files::Inspected;
use super::picture::{Sizes, Smaller};
use super::sniff::{self, Content, Format};
use super::{Media, Refusal, blocking, new_object};
use crate::app::Server;
use crate::store::TinyId;
use crate::store::engine::StoreError;
use crate::store::media::{self as store, FileRow, Kind, SizeType, Upload};

pub(crate) const DAY_SECONDS: i64 = 86_400;

/// What is known of an object.
#[derive(Debug)]
pub(crate) enum State {
    /// Nothing, or its time is over.
    Unknown,
    /// Bytes are missing, or were not checked yet.
    Open(Upload),
    /// It is a file of this many bytes.
    Finished(u64),
}

/// Looks an object up.
pub(crate) async fn state(server: &Server, object: &str) -> Result<State, StoreError> {
    let (object, now) = (object.to_owned(), server.clock().wall_seconds());
    server
        .db
        .read(move |tx| {
            if let Some(upload) = store::upload(tx, &object)?.filter(|upload| upload.expires_at > now) {
                return Ok(State::Open(upload));
            }
            let file = store::file(tx, &object)?.filter(|file| file.expires_at > now);
            Ok(file.map_or(State::Unknown, |file| State::Finished(file.size_bytes)))
        })
        .await
}

/// Before `tern_media.finish` is answered: an upload whose bytes are all there, but whose last request broke off before they were
/// checked, is checked now; one that is being checked is waited for.
pub(crate) async fn settle(server: &Server, object: &str, owner: TinyId) -> Result<(), Refusal> {
    let is_whole = |upload: &Upload| {
        upload.size_bytes != store::SIZE_OF_REQUEST && server.media.depot.files.uploaded_bytes(&upload.object) == upload.size_bytes
    };
    match state(server, object).await? {
        State::Open(upload) if upload.owner == owner && is_whole(&upload) => {}
        _ => return Ok(()),
    }
    let place = server.media.active.enter(object, owner).ok_or(Refusal::Busy)?;
    let _turn = place.turn().await.ok_or(Refusal::Displaced)?;
    match state(server, object).await? {
        State::Open(upload) if is_whole(&upload) => complete(server, upload).await,
        _ => Ok(()),
    }
}

/// Takes an upload away with everything that has come of it.
pub(crate) async fn drop_upload(server: &Server, object: &str) {
    let (name, files, on_disk) = (object.to_owned(), server.media.depot.files.clone(), object.to_owned());
    if let Err(error) = server.db.write(move |tx| store::delete_upload(tx, &name)).await {
        tracing::error!(%error, "a dropped upload's row stays until it expires");
    }
    // A failure is logged there.
    let _ = blocking(move || {
        files.drop_upload(&on_disk);
        Ok(())
    })
    .await;
}

/// Makes a file of an upload whose bytes are all there. The caller has the upload's turn.
pub(crate) async fn complete(server: &Server, upload: Upload) -> Result<(), Refusal> {
    let object = upload.object.clone();
    let done = check_and_keep(server, upload).await;
    if done.as_ref().is_err_and(|refusal| refusal.drops()) {
        drop_upload(server, &object).await;
    }
    done
}

async fn check_and_keep(server: &Server, upload: Upload) -> Result<(), Refusal> {
    let media = &server.media;
    let (files, object) = (media.depot.files.clone(), upload.object.clone());
    let inspected = {
        let _check = media.checks.acquire().await.map_err(|_| Refusal::Busy)?;
        blocking(move || files.inspect(&object)).await?
    };
    if inspected.size_bytes != upload.size_bytes {
        return Err(Refusal::Internal);
    }
    let content_type = judge(&upload, &inspected)?;
    let (width, height, smaller) = match sniff::content(&inspected.head) {
        Content::Picture(format) if upload.kind == Kind::Image => pictures(media, &upload, format).await,
        _ => (0, 0, Vec::new()),
    };
    let days = server.application(upload.app).await?.map_or(tern_protocol::limits::MEDIA_DAYS, |app| app.settings.media_days);
    let original = FileRow {
        object: upload.object.clone(),
        app: upload.app,
        owner: upload.owner,
        original: upload.object.clone(),
        size_type: SizeType::Original,
        name: upload.name,
        kind: upload.kind,
        content_type,
        size_bytes: inspected.size_bytes,
        sha256: inspected.sha256,
        width,
        height,
        expires_at: server.clock().wall_seconds() + i64::from(days.max(1)) * DAY_SECONDS,
        is_banned: false,
    };
    let mut all = vec![original];
    for (size_type, made) in smaller {
        all.push(put_smaller(media, &all[0], size_type, made).await?);
    }
    keep(server, all).await
}

/// MIME type that a file is served as; refuses what is not of its kind.
fn judge(upload: &Upload, inspected: &Inspected) -> Result<String, Refusal> {
    if !upload.sha256.is_empty() && upload.sha256 != inspected.sha256 {
        return Err(Refusal::WrongHash);
    }
    let said = upload.content_type.as_str();
    match (sniff::content(&inspected.head), upload.kind) {
        (Content::Picture(format), Kind::Image | Kind::File) => Ok(format.content_type().into()),
        (Content::Picture(format), Kind::Sound | Kind::Video) => Err(Refusal::WrongKind(format.content_type())),
        (Content::Unknown | Content::Other(_), Kind::Image) => Err(Refusal::WrongKind("no picture")),
        (Content::Other(found), Kind::Sound | Kind::Video) => Err(Refusal::WrongKind(found)),
        // What is said to be a picture and is none, and what nothing is said of, is just bytes.
        (Content::Other(found), Kind::File) if said.is_empty() || said.starts_with("image/") => Ok(found.into()),
        _ if said.is_empty() || said.starts_with("image/") => Ok("application/octet-stream".into()),
        _ => Ok(said.into()),
    }
}

async fn pictures(media: &Media, upload: &Upload, format: Format) -> (u32, u32, Vec<(SizeType, Smaller)>) {
    let Sizes { width, height, large, thumbnail } = media.pool.sizes(media.depot.files.upload_path(&upload.object), format).await;
    media.numbers.picture(thumbnail.is_some());
    let large = large.map(|made| (SizeType::Large, made));
    let thumbnail = thumbnail.map(|made| (SizeType::Thumbnail, made));
    (width, height, large.into_iter().chain(thumbnail).collect())
}

/// Writes a smaller size to disk beside the uploads.
async fn put_smaller(media: &Media, original: &FileRow, size_type: SizeType, made: Smaller) -> Result<FileRow, Refusal> {
    let object = new_object(&media.random);
    let (files, name) = (media.depot.files.clone(), object.clone());
    let Smaller { width, height, content_type, bytes } = made;
    let size_bytes = bytes.len() as u64;
    let sha256 = blocking(move || files.put(&name, &bytes).inspect_err(|_| files.drop_upload(&name))).await?;
    let ending = if content_type == "image/png" { "png" } else { "jpg" };
    let word = if size_type == SizeType::Large { "large" } else { "thumbnail" };
    Ok(FileRow {
        object,
        size_type,
        name: format!("{word}.{ending}"),
        content_type: content_type.into(),
        size_bytes,
        sha256,
        width,
        height,
        ..original.clone()
    })
}

/// Moves the contents to their places and commits their rows; either both are there afterwards, or neither.
async fn keep(server: &Server, all: Vec<FileRow>) -> Result<(), Refusal> {
    let media = &server.media;
    let _contents = media.contents.lock().await;
    let (files, rows) = (media.depot.files.clone(), all.clone());
    let moved = blocking(move || {
        let mut moved = Vec::new();
        for row in &rows {
            match files.keep(&row.object, &row.sha256) {
                Ok(true) => moved.push(row.sha256.clone()),
                Ok(false) => {}
                Err(error) => {
                    moved.iter().for_each(|sha256| files.drop_content(sha256));
                    rows.iter().for_each(|row| files.drop_upload(&row.object));
                    return Err(error);
                }
            }
        }
        Ok(moved)
    })
    .await?;
    let committed = server
        .db
        .write(move |tx| {
            let Some(original) = all.first() else { return Ok(None) };
            // Its time may have been over meanwhile, or it was dropped.
            if !store::delete_upload(tx, &original.object)? {
                return Ok(None);
            }
            let new = all.iter().map(|file| store::put_file(tx, file)).collect::<Result<Vec<_>, StoreError>>()?;
            Ok::<_, StoreError>(Some(new.into_iter().flatten().collect::<Vec<_>>()))
        })
        .await;
    match committed {
        Ok(Some(new_bytes)) => {
            media.numbers.uploads.inc();
            media.numbers.contents.inc_by(i64::try_from(new_bytes.len()).unwrap_or(0));
            media.numbers.content_bytes.inc_by(i64::try_from(new_bytes.iter().sum::<u64>()).unwrap_or(0));
            Ok(())
        }
        other => {
            let files = media.depot.files.clone();
            // A failure is logged there.
            let _ = blocking(move || {
                moved.iter().for_each(|sha256| files.drop_content(sha256));
                Ok(())
            })
            .await;
            other.map_err(Refusal::from).and(Err(Refusal::Unknown))
        }
    }
}
