//! `PUT`, `HEAD` and `DELETE` of an upload's address.
//!
//! Bytes go from the socket to the disk in the pieces in which they come. A request runs in a task of its own: one whose connection
//! breaks still ends in order, and what it had is kept for the next.

use super::allow_any_origin;
use crate::app::Server;
use crate::media::complete::{self, State as Object};
use crate::media::{Refusal, blocking};
use crate::service::media::most_bytes;
use crate::store::media::{SIZE_OF_REQUEST, Upload};
use crate::transport::discard::discard;
use axum::body::{Body, BodyDataStream, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use std::sync::Arc;
use tern_protocol::api::Envelope;
use tern_protocol::api::media::MediaReceived;
use tern_protocol::clock::timeout;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

const OFFSET: HeaderName = HeaderName::from_static("upload-offset");
const LENGTH: HeaderName = HeaderName::from_static("upload-length");
const METHODS: &str = "PUT, HEAD, DELETE";
/// Milliseconds in which [`PROGRESS_BYTES`] must come.
const PROGRESS_MS: i64 = 30_000;
/// Bytes that count as progress.
const PROGRESS_BYTES: usize = 16 * 1024;
/// Real milliseconds for what a refused client goes on sending.
const DISCARD_MS: i64 = 5_000;

/// How far an upload is.
#[derive(Clone, Copy, Debug)]
struct Received {
    offset: u64,
    is_complete: bool,
}

/// Answers everything below `/media/up/`.
pub(super) async fn handle(State(server): State<Arc<Server>>, Path(token): Path<String>, request: Request) -> Response {
    let mut response = match request.method().clone() {
        Method::PUT => put(server, token, request).await,
        Method::HEAD => head(&server, &token).await,
        Method::DELETE => delete(&server, &token).await,
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, METHODS)]).into_response(),
    };
    allow_any_origin(response.headers_mut(), METHODS);
    response
}

async fn put(server: Arc<Server>, token: String, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (reply, answer) = oneshot::channel();
    let task_server = Arc::clone(&server);
    server.tasks.spawn(async move {
        let announced = HttpBody::size_hint(&body).lower();
        let mut stream = body.into_data_stream();
        let taken = take(&task_server, &token, &parts.headers, announced, &mut stream).await;
        if taken.is_err() {
            tokio::select! {
                () = discard(&mut stream, DISCARD_MS) => {}
                () = task_server.stop.cancelled() => {}
            }
        }
        // The client may have gone.
        let _ = reply.send(taken);
    });
    respond(&server, answer.await.unwrap_or(Err(Refusal::Internal)))
}

/// Takes a request's bytes in, and makes a file of the upload when they were the last.
async fn take(
    server: &Server,
    token: &str,
    headers: &HeaderMap,
    announced: u64,
    stream: &mut BodyDataStream,
) -> Result<Received, Refusal> {
    let depot = &server.media.depot;
    let object = depot.links.uploaded_object(token).ok_or(Refusal::Unknown)?;
    let offset = offset(headers)?;
    let owner = match complete::state(server, object).await? {
        Object::Open(upload) => upload.owner,
        Object::Finished(size_bytes) => return finished(offset, size_bytes),
        Object::Unknown => return Err(Refusal::Unknown),
    };
    let place = server.media.active.enter(object, owner).ok_or(Refusal::Busy)?;
    server.media.numbers.open(&server.media.active);
    let done = async {
        let _turn = place.turn().await.ok_or(Refusal::Displaced)?;
        // The request before may have been the last one.
        let mut upload = match complete::state(server, object).await? {
            Object::Open(upload) => upload,
            Object::Finished(size_bytes) => return finished(offset, size_bytes),
            Object::Unknown => return Err(Refusal::Unknown),
        };
        if upload.size_bytes == SIZE_OF_REQUEST {
            let sized = sized(&upload, announced);
            if sized == Err(Refusal::TooLong) {
                complete::drop_upload(server, object).await;
            }
            upload.size_bytes = sized?;
            // What a request before brought that broke off cannot be gone on with.
            depot.files.drop_upload(object);
        }
        let here = depot.files.uploaded_bytes(object);
        if offset != here {
            return Err(Refusal::Elsewhere(here));
        }
        let poured = pour(server, &upload, here, announced, stream, &place.displaced).await;
        if poured == Err(Refusal::TooLong) {
            complete::drop_upload(server, object).await;
        }
        let offset = poured?;
        let is_complete = offset == upload.size_bytes;
        if is_complete {
            complete::complete(server, upload).await?;
        }
        Ok(Received { offset, is_complete })
    }
    .await;
    drop(place);
    server.media.numbers.open(&server.media.active);
    done
}

/// The size of an upload that its request says.
fn sized(upload: &Upload, announced: u64) -> Result<u64, Refusal> {
    match announced {
        0 => Err(Refusal::NoLength),
        bytes if bytes > most_bytes(upload.kind) => Err(Refusal::TooLong),
        bytes => Ok(bytes),
    }
}

fn offset(headers: &HeaderMap) -> Result<u64, Refusal> {
    let Some(value) = headers.get(OFFSET) else { return Ok(0) };
    let digits = value.to_str().ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    digits.and_then(|text| text.parse().ok()).ok_or(Refusal::BadOffset)
}

fn finished(offset: u64, size_bytes: u64) -> Result<Received, Refusal> {
    match offset == size_bytes {
        true => Ok(Received { offset, is_complete: true }),
        false => Err(Refusal::Elsewhere(size_bytes)),
    }
}

/// Bytes to disk until the request ends, or something does not fit; how many are there afterwards.
async fn pour(
    server: &Server,
    upload: &Upload,
    here: u64,
    announced: u64,
    stream: &mut BodyDataStream,
    displaced: &CancellationToken,
) -> Result<u64, Refusal> {
    let mut left = upload.size_bytes.saturating_sub(here);
    if announced > left {
        return Err(Refusal::TooLong);
    }
    let (files, object) = (server.media.depot.files.clone(), upload.object.clone());
    let file = blocking(move || if files.has_room_for(left) { files.append(&object).map(Some) } else { Ok(None) }).await?;
    let mut file = tokio::fs::File::from_std(file.ok_or(Refusal::Full)?);
    let clock = server.clock().clone();
    let mut progress = 0;
    let mut due = clock.mono_ms() + PROGRESS_MS;
    let ended = loop {
        let next = tokio::select! {
            biased;
            () = displaced.cancelled() => break Err(Refusal::Displaced),
            () = server.stop.cancelled() => break Err(Refusal::Busy),
            next = timeout(&*clock, due - clock.mono_ms(), stream.next()) => next,
        };
        let bytes = match next {
            Err(_) => break Err(Refusal::TooSlow),
            // Its end, or the connection's: what has come is good.
            Ok(None | Some(Err(_))) => break Ok(()),
            Ok(Some(Ok(bytes))) => bytes,
        };
        let Some(rest) = left.checked_sub(bytes.len() as u64) else { break Err(Refusal::TooLong) };
        if let Err(error) = file.write_all(&bytes).await {
            break Err(Refusal::from(error));
        }
        left = rest;
        server.media.numbers.received_bytes.inc_by(bytes.len() as u64);
        progress += bytes.len();
        if progress >= PROGRESS_BYTES {
            (progress, due) = (0, clock.mono_ms() + PROGRESS_MS);
        }
    };
    // Only now is all of it in the file.
    let ended = match file.flush().await {
        Ok(()) => ended,
        Err(error) => ended.and(Err(Refusal::from(error))),
    };
    if ended == Err(Refusal::Full) {
        // What cannot be finished must not keep the disk full.
        let _ = file.set_len(0).await;
    }
    ended.map(|()| upload.size_bytes - left)
}

async fn head(server: &Server, token: &str) -> Response {
    let found = async {
        let object = server.media.depot.links.uploaded_object(token).ok_or(Refusal::Unknown)?;
        match complete::state(server, object).await? {
            Object::Open(upload) => Ok((server.media.depot.files.uploaded_bytes(object), upload.size_bytes)),
            Object::Finished(size_bytes) => Ok((size_bytes, size_bytes)),
            Object::Unknown => Err(Refusal::Unknown),
        }
    };
    match found.await {
        Ok((offset, length)) => {
            let headers = [(OFFSET, HeaderValue::from(offset)), (LENGTH, HeaderValue::from(length))];
            (StatusCode::OK, headers, [(header::CACHE_CONTROL, "no-store")]).into_response()
        }
        Err(refusal) => refusal.status().into_response(),
    }
}

async fn delete(server: &Server, token: &str) -> Response {
    let dropped = async {
        let object = server.media.depot.links.uploaded_object(token).ok_or(Refusal::Unknown)?;
        match complete::state(server, object).await? {
            Object::Open(upload) => {
                let place = server.media.active.enter(object, upload.owner).ok_or(Refusal::Busy)?;
                let _turn = place.turn().await.ok_or(Refusal::Displaced)?;
                complete::drop_upload(server, object).await;
                Ok(Received { offset: 0, is_complete: false })
            }
            // A finished file may be in a message already; it goes with its time.
            Object::Finished(size_bytes) => Err(Refusal::Elsewhere(size_bytes)),
            Object::Unknown => Err(Refusal::Unknown),
        }
    };
    respond(server, dropped.await)
}

fn respond(server: &Server, done: Result<Received, Refusal>) -> Response {
    let (status, envelope, received) = match done {
        Ok(received) => (StatusCode::OK, Envelope::ok(), received),
        Err(refusal) => {
            server.media.numbers.refused(refusal);
            let offset = if let Refusal::Elsewhere(offset) = refusal { offset } else { 0 };
            (refusal.status(), Envelope::fail(refusal.code(), refusal.to_string()), Received { offset, is_complete: false })
        }
    };
    let body = MediaReceived { offset: received.offset, complete: i64::from(received.is_complete) };
    let Ok(text) = envelope.with(&body) else { return StatusCode::INTERNAL_SERVER_ERROR.into_response() };
    let mut response = (status, [(header::CONTENT_TYPE, "application/json")], Body::from(text)).into_response();
    let is_known = matches!(done, Ok(_) | Err(Refusal::Elsewhere(_)));
    if is_known {
        response.headers_mut().insert(OFFSET, HeaderValue::from(received.offset));
    }
    if done.is_err_and(|refusal| refusal == Refusal::Busy) {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
