//! What both gateways need of HTTP: TLS accepted, connections that can be ended or cut, small answers.

use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{Request, Response, body::Incoming, header::HeaderValue};
use std::{sync::Arc, sync::atomic::AtomicBool, sync::atomic::AtomicUsize};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub(super) type Answer = Response<Full<Bytes>>;

/// One connection, as its requests see it.
#[derive(Default)]
pub(super) struct Link {
    /// The server says GOAWAY.
    pub(super) end: CancellationToken,
    /// The socket is dropped.
    pub(super) cut: CancellationToken,
    /// Requests under way.
    pub(super) open: AtomicUsize,
    /// A valid token was seen.
    pub(super) proven: AtomicBool,
    /// Key of the first request.
    pub(super) key_id: parking_lot::Mutex<Option<String>>,
}

/// Accepts until `stop`; each connection is a task of `tasks`.
pub(super) async fn accept<F, Fut>(listener: TcpListener, tasks: TaskTracker, stop: CancellationToken, connection: F)
where
    F: Fn(TcpStream, Arc<Link>) -> Fut,
    Fut: Future<Output = ()> + Send + 'static,
{
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        let Ok((stream, _)) = accepted else {
            tokio::task::yield_now().await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let link = Arc::new(Link::default());
        let (cut, stop) = (link.cut.clone(), stop.clone());
        let work = connection(stream, link);
        tasks.spawn(async move {
            tokio::select! {
                () = work => {}
                () = cut.cancelled() => {}
                () = stop.cancelled() => {}
            }
        });
    }
}

/// Reads a body of at most 64 KiB.
pub(super) async fn body(request: Request<Incoming>) -> Option<Bytes> {
    let body = Limited::new(request.into_body(), super::BODY_BYTES).collect().await.ok()?;
    Some(body.to_bytes())
}

/// An answer with a body.
pub(super) fn answer(status: u16, content_type: &'static str, body: impl Into<Bytes>) -> Answer {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", HeaderValue::from_static(content_type));
    response
}

/// A JSON answer.
pub(super) fn json(status: u16, value: &serde_json::Value) -> Answer {
    answer(status, "application/json", value.to_string())
}
