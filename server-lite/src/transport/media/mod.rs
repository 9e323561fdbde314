//! Files over HTTP: uploads in pieces, downloads by signed address (`contract/tern-commands.md` section 7).

mod download;
mod range;
mod upload;

use crate::app::Server;
use crate::media::{Refusal, complete};
use crate::service::{Caller, Fault};
use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::routing::any;
use std::sync::Arc;
use tern_protocol::api::{Command as _, command, media::MediaFinish};

/// `/media/...`
pub(super) fn router() -> Router<Arc<Server>> {
    Router::new().route("/media/up/{token}", any(upload::handle)).route("/media/{app}/{object}/{name}", any(download::handle))
}

/// Before `tern_media.finish` is answered, the file that it names is settled: the object, if this is that command.
pub(super) fn object_to_settle(command: &str, body: &str) -> Option<String> {
    if command != command::MediaFinish::NAME {
        return None;
    }
    serde_json::from_str::<MediaFinish>(body).ok().map(|finish| finish.object)
}

/// Settles a file for who asks to finish it.
pub(super) async fn settle(server: &Server, object: &str, caller: &Caller) -> Result<(), Fault> {
    let Some(person) = caller.person() else { return Ok(()) };
    complete::settle(server, object, person.tiny_id).await.map_err(|refusal| {
        server.media.numbers.refused(refusal);
        fault(refusal)
    })
}

fn fault(refusal: Refusal) -> Fault {
    Fault::new(refusal.code(), refusal.to_string())
}

/// What scripts of any page may do here: addresses carry their own right, and no cookie is read.
fn allow_any_origin(headers: &mut HeaderMap, methods: &'static str) {
    const EXPOSED: HeaderName = header::ACCESS_CONTROL_EXPOSE_HEADERS;
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(methods));
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Upload-Offset, Content-Type, Range"));
    headers.insert(EXPOSED, HeaderValue::from_static("Upload-Offset, Upload-Length, Content-Range, ETag"));
}
