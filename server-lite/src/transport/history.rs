//! `GET /history/<SdkAppId>/<name>?e=..&s=..`: files that `open_msg_svc.get_history` named. The address is the permission.

use crate::app::Server;
use crate::service::history_file::{is_signed, key_of_name};
use crate::store::history_file as store;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tokio_util::io::ReaderStream;

/// Signature and end of an address.
#[derive(Deserialize)]
pub(super) struct Signed {
    #[serde(default)]
    e: i64,
    #[serde(default)]
    s: String,
}

/// Answers with the file.
pub(super) async fn download(
    State(server): State<Arc<Server>>,
    Path((app, name)): Path<(String, String)>,
    Query(signed): Query<Signed>,
) -> Response {
    let refuse = |status: StatusCode, why: &'static str| (status, why).into_response();
    let key = app.parse::<SdkAppId>().ok().and_then(|app| key_of_name(app, &name));
    let Some(key) = key else { return refuse(StatusCode::NOT_FOUND, "there is no such file\n") };
    let row = match server.db.read(move |tx| store::get(tx, key)).await {
        // What is not there and what one may not read look alike.
        Ok(row) => row.filter(|row| row.gzip_size > 0 && is_signed(row, signed.e, &signed.s)),
        Err(error) => {
            tracing::error!(%error, "an hour's messages could not be looked up");
            return refuse(StatusCode::INTERNAL_SERVER_ERROR, "the file cannot be read\n");
        }
    };
    let Some(row) = row else { return refuse(StatusCode::FORBIDDEN, "the address is not signed by this server\n") };
    if server.clock().wall_seconds() >= signed.e {
        return refuse(StatusCode::FORBIDDEN, "the address has expired\n");
    }
    let file = match tokio::fs::File::open(server.history_files.path(key)).await {
        Ok(file) => file,
        Err(error) => {
            tracing::error!(%error, file = name, "an hour's messages could not be opened");
            return refuse(StatusCode::NOT_FOUND, "the file is gone\n");
        }
    };
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/gzip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(row.gzip_size));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
