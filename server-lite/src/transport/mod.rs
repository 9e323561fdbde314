//! Bytes to typed requests and back: REST, WebSocket, files, control, TLS.

pub(crate) mod caller;
mod control;
mod discard;
pub(crate) mod dispatch;
mod history;
pub(crate) mod listen;
mod media;
mod rest;
#[cfg(test)]
mod rest_tests;
pub(crate) mod ticket;
pub(crate) mod tls;
pub(crate) mod ws;

use crate::app::Server;
use axum::Router;
use axum::routing::{get, post};
use std::sync::Arc;

/// Everything that one port answers. What has no route of its own is REST or unknown, which REST answers as the contract wants.
pub(crate) fn router(server: Arc<Server>, links: Arc<ws::Links>) -> Router {
    Router::new()
        .route("/healthz", get(control::health))
        .route("/metrics", get(control::metrics))
        .route("/history/{app}/{name}", get(history::download))
        .route("/tern/v1/clock", post(control::move_clock))
        .merge(media::router())
        .fallback(rest::handle)
        .with_state(server)
        .merge(ws::router(links))
}
