//! Rows of uploads, files and contents.

use super::TinyId;
use super::engine::{Row, StoreError, Tx, params};
use tern_protocol::SdkAppId;

/// What a file is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A picture.
    Image,
    /// Sound.
    Sound,
    /// Video.
    Video,
    /// Anything.
    File,
}

impl Kind {
    fn number(self) -> i64 {
        match self {
            Self::Image => 1,
            Self::Sound => 2,
            Self::Video => 3,
            Self::File => 4,
        }
    }

    fn read(row: &Row, column: usize) -> Result<Self, StoreError> {
        match row.int(column)? {
            1 => Ok(Self::Image),
            2 => Ok(Self::Sound),
            3 => Ok(Self::Video),
            4 => Ok(Self::File),
            other => Err(StoreError::Corrupt(format!("a file is of kind {other}"))),
        }
    }
}

/// `size_bytes` of an upload that is as long as the one request that brings it.
pub(crate) const SIZE_OF_REQUEST: u64 = 0;

/// An upload that is not finished.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Upload {
    /// Its random name.
    pub(crate) object: String,
    /// The application.
    pub(crate) app: SdkAppId,
    /// Who began it.
    pub(crate) owner: TinyId,
    /// What receivers see.
    pub(crate) name: String,
    /// What it is sent as.
    pub(crate) kind: Kind,
    /// As the client said; empty: it did not.
    pub(crate) content_type: String,
    /// Bytes that it will have.
    pub(crate) size_bytes: u64,
    /// Hexadecimal, as the client said; empty: it did not.
    pub(crate) sha256: String,
    /// Unix seconds after which it is dropped.
    pub(crate) expires_at: i64,
}

/// Which size of a picture a file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SizeType {
    /// The file that was uploaded; all that are no pictures, too.
    Original,
    /// 720 pixels on the shorter side.
    Large,
    /// 198 pixels.
    Thumbnail,
}

impl SizeType {
    /// `Type` of the contract.
    pub(crate) fn number(self) -> i64 {
        match self {
            Self::Original => 1,
            Self::Large => 2,
            Self::Thumbnail => 3,
        }
    }
}

/// A finished file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileRow {
    /// Its random name.
    pub(crate) object: String,
    /// The application.
    pub(crate) app: SdkAppId,
    /// Who uploaded it.
    pub(crate) owner: TinyId,
    /// Object of the original; its own unless it is a smaller size.
    pub(crate) original: String,
    /// Which size it is.
    pub(crate) size_type: SizeType,
    /// What receivers see.
    pub(crate) name: String,
    /// What it was sent as.
    pub(crate) kind: Kind,
    /// MIME type that it is served as.
    pub(crate) content_type: String,
    /// Bytes.
    pub(crate) size_bytes: u64,
    /// Its content.
    pub(crate) sha256: String,
    /// Pixels, upright; 0: not known, or no picture.
    pub(crate) width: u32,
    /// Pixels.
    pub(crate) height: u32,
    /// Unix seconds after which it is gone.
    pub(crate) expires_at: i64,
    /// The backend took it away from everybody.
    pub(crate) is_banned: bool,
}

const UPLOAD: &str = "object, sdk_app_id, owner, name, kind, content_type, size_bytes, sha256, expires_at";

fn read_upload(row: &Row) -> Result<Upload, StoreError> {
    Ok(Upload {
        object: row.text(0)?.to_owned(),
        app: SdkAppId(row.u32(1)?),
        owner: TinyId(row.u64(2)?),
        name: row.text(3)?.to_owned(),
        kind: Kind::read(row, 4)?,
        content_type: row.text(5)?.to_owned(),
        size_bytes: row.u64(6)?,
        sha256: row.text(7)?.to_owned(),
        expires_at: row.int(8)?,
    })
}

const FILE: &str = "object, sdk_app_id, owner, original, size_type, name, kind, content_type, size_bytes, sha256, width, height, \
     expires_at, banned";

fn read_file(row: &Row) -> Result<FileRow, StoreError> {
    Ok(FileRow {
        object: row.text(0)?.to_owned(),
        app: SdkAppId(row.u32(1)?),
        owner: TinyId(row.u64(2)?),
        original: row.text(3)?.to_owned(),
        size_type: match row.int(4)? {
            2 => SizeType::Large,
            3 => SizeType::Thumbnail,
            _ => SizeType::Original,
        },
        name: row.text(5)?.to_owned(),
        kind: Kind::read(row, 6)?,
        content_type: row.text(7)?.to_owned(),
        size_bytes: row.u64(8)?,
        sha256: row.text(9)?.to_owned(),
        width: row.u32(10)?,
        height: row.u32(11)?,
        expires_at: row.int(12)?,
        is_banned: row.bool(13)?,
    })
}

/// Unfinished uploads of a person and of an application.
pub(crate) fn count_uploads(tx: &Tx<'_>, app: SdkAppId, owner: TinyId) -> Result<(i64, i64), StoreError> {
    let row = tx.query_one(
        "SELECT (SELECT COUNT(*) FROM media_upload WHERE owner = ?1), (SELECT COUNT(*) FROM media_upload WHERE sdk_app_id = ?2)",
        params![owner, app.0],
    )?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Writes a new upload.
pub(crate) fn put_upload(tx: &Tx<'_>, upload: &Upload) -> Result<(), StoreError> {
    let Upload { object, app, owner, name, kind, content_type, size_bytes, sha256, expires_at } = upload;
    let sql = format!("INSERT INTO media_upload ({UPLOAD}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)");
    tx.execute(&sql, params![object, app.0, *owner, name, kind.number(), content_type, *size_bytes, sha256, *expires_at])?;
    Ok(())
}

/// An unfinished upload.
pub(crate) fn upload(tx: &Tx<'_>, object: &str) -> Result<Option<Upload>, StoreError> {
    let row = tx.query_one(&format!("SELECT {UPLOAD} FROM media_upload WHERE object = ?1"), params![object])?;
    row.as_ref().map(read_upload).transpose()
}

/// A person's unfinished uploads, the newest last.
pub(crate) fn uploads_of(tx: &Tx<'_>, owner: TinyId) -> Result<Vec<Upload>, StoreError> {
    let rows = tx.query(&format!("SELECT {UPLOAD} FROM media_upload WHERE owner = ?1 ORDER BY expires_at"), params![owner])?;
    rows.iter().map(read_upload).collect()
}

/// Takes an unfinished upload's row away; whether there was one.
pub(crate) fn delete_upload(tx: &Tx<'_>, object: &str) -> Result<bool, StoreError> {
    tx.execute("DELETE FROM media_upload WHERE object = ?1", params![object]).map(|n| n > 0)
}

/// Writes a finished file and counts its content; the bytes that are new on disk by it.
pub(crate) fn put_file(tx: &Tx<'_>, file: &FileRow) -> Result<Option<u64>, StoreError> {
    let sql = format!("INSERT INTO media_file ({FILE}) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)");
    let FileRow { object, app, owner, original, size_type, name, kind, content_type, size_bytes, sha256, .. } = file;
    let FileRow { width, height, expires_at, is_banned, .. } = file;
    tx.execute(
        &sql,
        params![
            object,
            app.0,
            *owner,
            original,
            size_type.number(),
            name,
            kind.number(),
            content_type,
            *size_bytes,
            sha256,
            *width,
            *height,
            *expires_at,
            *is_banned
        ],
    )?;
    let row = tx.query_one(
        "INSERT INTO media_content (sha256, size_bytes, files) VALUES (?1, ?2, 1)
         ON CONFLICT (sha256) DO UPDATE SET files = media_content.files + 1 RETURNING files",
        params![sha256, *size_bytes],
    )?;
    let is_new = row.map(|row| row.int(0)).transpose()? == Some(1);
    Ok(is_new.then_some(*size_bytes))
}

/// A finished file.
pub(crate) fn file(tx: &Tx<'_>, object: &str) -> Result<Option<FileRow>, StoreError> {
    let row = tx.query_one(&format!("SELECT {FILE} FROM media_file WHERE object = ?1"), params![object])?;
    row.as_ref().map(read_file).transpose()
}

/// All sizes of a picture, the original first; of another file the one.
pub(crate) fn sizes_of(tx: &Tx<'_>, original: &str) -> Result<Vec<FileRow>, StoreError> {
    let rows = tx.query(&format!("SELECT {FILE} FROM media_file WHERE original = ?1 ORDER BY size_type"), params![original])?;
    rows.iter().map(read_file).collect()
}

/// Bans all sizes of a file, or allows them.
pub(crate) fn ban(tx: &Tx<'_>, original: &str, is_banned: bool) -> Result<(), StoreError> {
    tx.execute("UPDATE media_file SET banned = ?2 WHERE original = ?1", params![original, is_banned]).map(drop)
}

/// What a batch of expiry took away.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Expired {
    /// Objects of unfinished uploads.
    pub(crate) uploads: Vec<String>,
    /// Finished files, counted.
    pub(crate) files: usize,
    /// Contents that nobody has any more: SHA-256 and bytes.
    pub(crate) contents: Vec<(String, u64)>,
}

/// Takes away up to `limit` uploads and `limit` files whose time (Unix seconds) is over.
pub(crate) fn take_expired(tx: &Tx<'_>, now: i64, limit: i64) -> Result<Expired, StoreError> {
    let mut expired = Expired::default();
    let rows = tx.query(
        "DELETE FROM media_upload WHERE object IN (SELECT object FROM media_upload WHERE expires_at <= ?1 LIMIT ?2) RETURNING object",
        params![now, limit],
    )?;
    expired.uploads = rows.into_iter().map(|mut row| row.take_text(0)).collect::<Result<_, _>>()?;
    let rows = tx.query(
        "DELETE FROM media_file WHERE object IN (SELECT object FROM media_file WHERE expires_at <= ?1 LIMIT ?2) RETURNING sha256",
        params![now, limit],
    )?;
    expired.files = rows.len();
    for row in &rows {
        tx.execute("UPDATE media_content SET files = files - 1 WHERE sha256 = ?1", params![row.text(0)?])?;
    }
    for row in &rows {
        let gone = tx.query_one(
            "DELETE FROM media_content WHERE sha256 = ?1 AND files <= 0 RETURNING sha256, size_bytes",
            params![row.text(0)?],
        )?;
        if let Some(mut gone) = gone {
            let size_bytes = gone.u64(1)?;
            expired.contents.push((gone.take_text(0)?, size_bytes));
        }
    }
    Ok(expired)
}

/// Unix seconds at which the next upload or file expires.
pub(crate) fn next_expiry(tx: &Tx<'_>) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one(
        "SELECT MIN(at) FROM (SELECT MIN(expires_at) AS at FROM media_upload UNION ALL SELECT MIN(expires_at) FROM media_file) AS both",
        &[],
    )?;
    row.map_or(Ok(None), |row| row.opt_int(0))
}

/// Contents, and their bytes.
pub(crate) fn count_contents(tx: &Tx<'_>) -> Result<(i64, i64), StoreError> {
    let row = tx.query_one("SELECT COUNT(*), COALESCE(SUM(size_bytes), 0) FROM media_content", &[])?;
    row.map_or(Ok((0, 0)), |row| Ok((row.int(0)?, row.int(1)?)))
}

/// Those of some names that are contents.
pub(crate) fn known_contents(tx: &Tx<'_>, names: &[String]) -> Result<Vec<String>, StoreError> {
    let mut known = Vec::new();
    for name in names {
        if tx.query_one("SELECT 1 FROM media_content WHERE sha256 = ?1", params![name])?.is_some() {
            known.push(name.clone());
        }
    }
    Ok(known)
}
