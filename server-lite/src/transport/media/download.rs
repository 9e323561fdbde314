//! `GET` and `HEAD` of a file's signed address.

use super::allow_any_origin;
use super::range::{Part, part};
use crate::app::Server;
use crate::media::link::{FileLink, encode, is_object};
use crate::media::{blocking, sniff};
use crate::store::media::{self as store, FileRow};
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tern_protocol::clock::timeout;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

const METHODS: &str = "GET, HEAD";
/// Bytes that are read from disk at once.
const PIECE_BYTES: usize = 128 * 1024;
/// Milliseconds that a reader may take for a piece.
const READER_MS: i64 = 60_000;
/// Nothing of a file runs, loads or sends anything, whatever it is taken for.
const CLOSED_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// Answers a file's address.
pub(super) async fn handle(
    State(server): State<Arc<Server>>,
    Path((app, object, name)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
    request: Request,
) -> Response {
    let mut response = match *request.method() {
        Method::GET | Method::HEAD => {
            let is_head = request.method() == Method::HEAD;
            match find(&server, &app, &object, &name, query.as_deref().unwrap_or("")).await {
                Ok(file) => answer(&server, file, request.headers(), is_head).await,
                Err(refusal) => refusal,
            }
        }
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, METHODS)]).into_response(),
    };
    let headers = response.headers_mut();
    allow_any_origin(headers, METHODS);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CLOSED_POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

/// A file whose address is right and whose time is not over.
async fn find(server: &Server, app: &str, object: &str, name: &str, query: &str) -> Result<FileRow, Response> {
    let refuse = |status: StatusCode, text: &'static str| (status, [(header::CACHE_CONTROL, "no-store")], text).into_response();
    let parameter = |wanted: &str| query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == wanted);
    let expires_at = parameter("e").and_then(|(_, value)| value.parse::<i64>().ok());
    let signature = parameter("s").map(|(_, value)| value);
    let link = |app, expires_at| FileLink { app, object, name, expires_at };
    let (Ok(app), Some(expires_at), Some(signature)) = (app.parse::<SdkAppId>(), expires_at, signature) else {
        return Err(refuse(StatusCode::FORBIDDEN, "the address of a file is signed; this one is not\n"));
    };
    if !is_object(object) || !server.media.depot.links.is_file(&link(app, expires_at), signature) {
        return Err(refuse(StatusCode::FORBIDDEN, "the signature of this address is wrong\n"));
    }
    let now = server.clock().wall_seconds();
    if expires_at <= now {
        return Err(refuse(StatusCode::FORBIDDEN, "the time of this address is over\n"));
    }
    let asked = object.to_owned();
    match server.db.read(move |tx| store::file(tx, &asked)).await {
        Ok(Some(file)) if file.app == app && file.expires_at > now => match file.is_banned {
            true => Err(refuse(StatusCode::FORBIDDEN, "this file is blocked\n")),
            false => Ok(file),
        },
        Ok(_) => Err(refuse(StatusCode::NOT_FOUND, "there is no such file any more\n")),
        Err(error) => {
            tracing::error!(%error, "a file could not be looked up");
            Err(refuse(StatusCode::SERVICE_UNAVAILABLE, "the server has too much to do\n"))
        }
    }
}

async fn answer(server: &Arc<Server>, file: FileRow, asked: &HeaderMap, is_head: bool) -> Response {
    let tag = format!("\"{}\"", file.object);
    let mut headers = HeaderMap::new();
    describe(&mut headers, &file, &tag, server.clock().wall_seconds());
    if none_match(asked, &tag) {
        return (StatusCode::NOT_MODIFIED, headers).into_response();
    }
    let text = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok());
    // A part is of use only to who has the rest of this very file.
    let is_same = text(header::IF_RANGE).is_none_or(|known| known.trim() == tag);
    let range = text(header::RANGE).filter(|_| is_same && !is_head);
    let (status, from, length) = match part(range, file.size_bytes) {
        Part::Whole => (StatusCode::OK, 0, file.size_bytes),
        Part::Some { from, length } => {
            put(&mut headers, header::CONTENT_RANGE, &format!("bytes {from}-{}/{}", from + length - 1, file.size_bytes));
            (StatusCode::PARTIAL_CONTENT, from, length)
        }
        Part::Outside => {
            put(&mut headers, header::CONTENT_RANGE, &format!("bytes */{}", file.size_bytes));
            return (StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response();
        }
    };
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    if is_head {
        return (status, headers).into_response();
    }
    let Ok(permit) = Arc::clone(&server.media.downloads).try_acquire_owned() else {
        let retry = [(header::RETRY_AFTER, "1"), (header::CACHE_CONTROL, "no-store")];
        return (StatusCode::SERVICE_UNAVAILABLE, retry, "too many downloads at once\n").into_response();
    };
    let path = server.media.depot.files.content_path(&file.sha256);
    let opened = blocking(move || {
        let mut opened = File::open(path)?;
        opened.seek(SeekFrom::Start(from))?;
        Ok(opened)
    });
    match opened.await {
        Ok(opened) => {
            server.media.numbers.downloads.inc();
            (status, headers, body(server, opened, length, permit)).into_response()
        }
        Err(error) => {
            tracing::error!(object = file.object, %error, "a file's content could not be opened");
            StatusCode::NOT_FOUND.into_response()
        }
    }
}

fn describe(headers: &mut HeaderMap, file: &FileRow, tag: &str, now: i64) {
    put(headers, header::CONTENT_TYPE, &file.content_type);
    put(headers, header::ETAG, tag);
    headers.insert(header::ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    let seconds = (file.expires_at - now).max(0);
    put(headers, header::CACHE_CONTROL, &format!("private, max-age={seconds}, immutable"));
    let manner = if sniff::is_safe_picture(&file.content_type) { "inline" } else { "attachment" };
    put(headers, header::CONTENT_DISPOSITION, &format!("{manner}; filename*=UTF-8''{}", encode(&file.name)));
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
}

/// All values are ASCII by their making; one that were not would be left out.
fn put(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

fn none_match(asked: &HeaderMap, tag: &str) -> bool {
    let listed =
        asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','));
    listed.map(str::trim).any(|known| known == "*" || known.trim_start_matches("W/") == tag)
}

/// A part of a file as it is read; the place among the downloads is given back with the last piece, or when the reader stalls.
fn body(server: &Arc<Server>, file: File, length: u64, permit: OwnedSemaphorePermit) -> Body {
    let (pieces, taken) = mpsc::channel::<io::Result<Bytes>>(1);
    let reader = Arc::clone(server);
    reader.media.numbers.downloads_open.inc();
    server.tasks.spawn(async move {
        let (mut file, mut left) = (file, length);
        while left > 0 {
            let wanted = usize::try_from(left).unwrap_or(PIECE_BYTES).min(PIECE_BYTES);
            let read = blocking(move || {
                let mut piece = vec![0u8; wanted];
                file.read_exact(&mut piece)?;
                Ok((file, Bytes::from(piece)))
            });
            let piece = match read.await {
                Ok((same, piece)) => {
                    file = same;
                    left -= piece.len() as u64;
                    reader.media.numbers.sent_bytes.inc_by(piece.len() as u64);
                    Ok(piece)
                }
                Err(error) => {
                    tracing::error!(%error, "a file could not be read");
                    // The body ends short of its length: the client sees that it is cut off.
                    let _ = pieces.send(Err(error)).await;
                    break;
                }
            };
            let sent = tokio::select! {
                sent = timeout(&**reader.clock(), READER_MS, pieces.send(piece)) => sent.is_ok_and(|sent| sent.is_ok()),
                () = reader.stop.cancelled() => false,
            };
            if !sent {
                // Nobody takes it any more, or too slowly; a channel that just ends would look like the end of the file.
                let _ = pieces.try_send(Err(io::Error::from(io::ErrorKind::TimedOut)));
                break;
            }
        }
        reader.media.numbers.downloads_open.dec();
        drop(permit);
    });
    Body::from_stream(stream::unfold(taken, |mut taken| async move { taken.recv().await.map(|piece| (piece, taken)) }))
}
