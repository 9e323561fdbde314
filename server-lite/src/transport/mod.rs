//! Bytes to typed requests and back: REST, WebSocket, control, TLS.

pub(crate) mod caller;
mod control;
pub(crate) mod dispatch;
pub(crate) mod listen;
mod rest;
pub(crate) mod tls;

use crate::app::Server;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Everything that one port answers. What has no route of its own is REST or unknown, which REST answers as the contract wants.
pub(crate) fn router(server: Arc<Server>) -> Router {
    Router::new()
        .route("/healthz", get(control::health))
        .route("/metrics", get(control::metrics))
        .route("/tern/v1/clock", post(control::move_clock))
        .fallback(rest::handle)
        .with_state(server)
}
