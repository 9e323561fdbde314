//! For operators and tests: `/healthz`, `/metrics`, and the control API `/tern/v1/` behind its token.

use crate::app::Server;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use std::net::SocketAddr;
use std::sync::Arc;
use tern_protocol::ErrorCode;
use tern_protocol::api::Envelope;

/// The furthest that one call moves the clock: ten years.
const MOST_SECONDS: i64 = 315_360_000;

/// `/healthz`: the server answers and its database reads.
pub(super) async fn health(State(server): State<Arc<Server>>) -> Response {
    let read = server.db.read(|tx| tx.query_one("SELECT 1", &[]).map(drop)).await;
    match read {
        Ok(()) => (StatusCode::OK, "ok\n").into_response(),
        Err(error) => (StatusCode::SERVICE_UNAVAILABLE, format!("{error}\n")).into_response(),
    }
}

/// `/metrics` in Prometheus' text format.
pub(super) async fn metrics(State(server): State<Arc<Server>>, ConnectInfo(peer): ConnectInfo<SocketAddr>) -> Response {
    if !is_near(&server, peer) {
        return StatusCode::FORBIDDEN.into_response();
    }
    match server.metrics.text() {
        Ok(text) => ([(header::CONTENT_TYPE, "application/openmetrics-text; version=1.0.0; charset=utf-8")], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn is_near(server: &Server, peer: SocketAddr) -> bool {
    server.config.admin_from_anywhere || peer.ip().to_canonical().is_loopback()
}

/// Body of `/tern/v1/clock`.
#[derive(Deserialize)]
struct MoveClock {
    #[serde(rename = "AdvanceSeconds")]
    advance_seconds: f64,
}

/// `POST /tern/v1/clock {"AdvanceSeconds":n}`: answered when all that became due is done.
pub(super) async fn move_clock(
    State(server): State<Arc<Server>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(refusal) = refusal(&server, peer, &headers) {
        return refusal;
    }
    let Some(clock) = &server.time.movable else {
        return answer(StatusCode::CONFLICT, &Envelope::fail(ErrorCode(1), "the clock stands only with --virtual-clock"));
    };
    let parsed = serde_json::from_slice::<MoveClock>(&body).ok().map(|wanted| wanted.advance_seconds);
    let Some(seconds) = parsed.filter(|seconds| (0.0..=MOST_SECONDS as f64).contains(seconds)) else {
        let text = "the body must be {\"AdvanceSeconds\":n} with n from 0 to 315360000";
        return answer(StatusCode::BAD_REQUEST, &Envelope::fail(ErrorCode::REST_BAD_JSON, text));
    };
    #[expect(clippy::cast_possible_truncation, reason = "within ten years")]
    let milliseconds = (seconds * 1_000.0).round() as i64;
    clock.advance(milliseconds).await;
    let time = Time { unix_ms: server.clock().wall_ms() };
    match Envelope::ok().with(&time) {
        Ok(text) => json(StatusCode::OK, text),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[derive(serde::Serialize)]
struct Time {
    #[serde(rename = "TimeMs")]
    unix_ms: i64,
}

/// Who may use the control API: a neighbour who knows the token. `Some` is the refusal.
fn refusal(server: &Server, peer: SocketAddr, headers: &HeaderMap) -> Option<Response> {
    let Some(token) = &server.control_token else { return Some(StatusCode::NOT_FOUND.into_response()) };
    if !is_near(server, peer) {
        return Some(StatusCode::FORBIDDEN.into_response());
    }
    let given =
        headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).and_then(|value| value.strip_prefix("Bearer "));
    if given.is_some_and(|given| equal_in_constant_time(given.as_bytes(), token.as_bytes())) {
        return None;
    }
    let envelope =
        Envelope::fail(ErrorCode::REST_ACCOUNT_CHECK_FAILED, "Authorization: Bearer <control token> is missing or wrong");
    Some(answer(StatusCode::UNAUTHORIZED, &envelope))
}

/// Takes the same time wherever two texts of one length differ.
pub(crate) fn equal_in_constant_time(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |differences, (a, b)| differences | (a ^ b)) == 0
}

fn answer(status: StatusCode, envelope: &Envelope) -> Response {
    match serde_json::to_string(envelope) {
        Ok(text) => json(status, text),
        Err(_) => status.into_response(),
    }
}

fn json(status: StatusCode, text: String) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
