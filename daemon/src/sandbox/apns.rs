//! The APNs gateway: HTTP/2 over TLS, as strict as Apple's.

use super::http::{self, Answer, Link};
use super::{Fault, Pushed, Shared, control, jwt};
use bytes::Bytes;
use hyper::{HeaderMap, Method, Request, body::Incoming, header::HeaderValue, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use ring::signature::ECDSA_P256_SHA256_FIXED;
use serde_json::{Value, json};
use std::{collections::BTreeMap, pin::pin, sync::Arc, sync::atomic::Ordering, time::Duration};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const PAYLOAD_BYTES: usize = 4096;
const VOIP_PAYLOAD_BYTES: usize = 5120;
const TOKEN_LIFE_SECONDS: i64 = 3600;
const TOKEN_UPDATE_SECONDS: i64 = 20 * 60;
/// A clock this much ahead of ours is forgiven.
const SKEW_SECONDS: i64 = 60;

/// Push types and what their topic ends with.
#[rustfmt::skip]
const PUSH_TYPES: &[(&str, &str)] = &[
    ("alert", ""), ("background", ""), ("voip", ".voip"), ("complication", ".complication"),
    ("fileprovider", ".pushkit.fileprovider"), ("location", ".location-query"),
    ("liveactivity", ".push-type.liveactivity"), ("pushtotalk", ".voip-ptt"),
    ("widgets", ".push-type.widgets"), ("controls", ".push-type.controls"),
];

/// The provider tokens seen, for the 20-minute rule: the last two, each with the moment of its first use in seconds.
#[derive(Default)]
pub(super) struct SeenTokens(Mutex<Vec<(String, i64)>>);

impl SeenTokens {
    /// Whether this token may be used: the newest, the one before it, or a new one 20 minutes after the newest.
    fn allow(&self, token: &str, now: i64) -> bool {
        let mut seen = self.0.lock();
        if seen.iter().any(|(known, _)| known == token) {
            return true;
        }
        if seen.last().is_some_and(|(_, first_used)| now - first_used < TOKEN_UPDATE_SECONDS) {
            return false;
        }
        seen.push((token.to_owned(), now));
        if seen.len() > 2 {
            seen.remove(0);
        }
        true
    }
}

pub(super) async fn serve(
    listener: TcpListener,
    mut tls: rustls::ServerConfig,
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(tls));
    http::accept(listener, tasks, stop, move |stream, link| connection(stream, link, tls.clone(), shared.clone())).await;
}

async fn connection(stream: TcpStream, link: Arc<Link>, tls: TlsAcceptor, shared: Arc<Shared>) {
    let mut first = [0; 1];
    // A TLS handshake begins with 22, the HTTP/2 preface of a client in clear text with `P`.
    let clear = matches!(stream.peek(&mut first).await, Ok(1) if first[0] == b'P');
    if clear {
        serve_http2(stream, link, shared).await;
    } else if let Ok(stream) = tls.accept(stream).await {
        serve_http2(stream, link, shared).await;
    }
}

async fn serve_http2(
    stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    link: Arc<Link>,
    shared: Arc<Shared>,
) {
    let end = link.end.clone();
    let streams = shared.config.streams;
    let service = service_fn(move |request| {
        let (link, shared) = (link.clone(), shared.clone());
        async move { Ok::<_, std::convert::Infallible>(handle(request, &link, &shared).await) }
    });
    let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
    builder.max_concurrent_streams(streams);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = end.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn handle(request: Request<Incoming>, link: &Link, shared: &Shared) -> Answer {
    let under_way = link.open.fetch_add(1, Ordering::Relaxed) + 1;
    if under_way > 1 && !link.proven.load(Ordering::Relaxed) {
        shared.rude("apns: a second stream before the first valid token was answered".into());
    }
    let answer = judge(request, link, shared).await;
    link.open.fetch_sub(1, Ordering::Relaxed);
    answer
}

async fn judge(request: Request<Incoming>, link: &Link, shared: &Shared) -> Answer {
    let (method, path, headers) = (request.method().clone(), request.uri().path().to_owned(), request.headers().clone());
    if path.starts_with("/sandbox/") {
        let body = http::body(request).await.unwrap_or_default();
        return control::answer(shared, &method, &path, &body);
    }
    let token = path.strip_prefix("/3/device/").map(str::to_owned);
    let fault = token.as_deref().and_then(|token| shared.faults.take(token));
    if fault == Some(Fault::CutBefore) {
        link.cut.cancel();
        return std::future::pending().await;
    }
    let id = headers.get("apns-id").and_then(|id| id.to_str().ok()).map(str::to_ascii_lowercase);
    let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
    let verdict = match http::body(request).await {
        None => Err((413, "PayloadTooLarge", None)),
        Some(body) => check(&method, token.as_deref(), &headers, &body, link, shared),
    };
    let mut answer = match (verdict, &fault) {
        (Err((status, reason, timestamp)), _) => refuse(shared, token.as_deref(), status, reason, timestamp),
        (Ok(_), Some(Fault::Answer { status, reason, retry_after })) => {
            let timestamp = (*status == 410).then(|| shared.clock.wall_ms());
            let mut answer = refuse(shared, token.as_deref(), *status, reason, timestamp);
            if let Some(value) = retry_after.as_ref().and_then(|text| HeaderValue::from_str(text).ok()) {
                answer.headers_mut().insert("retry-after", value);
            }
            answer
        }
        (Ok(_), Some(Fault::Raw { status, body })) => {
            shared.refuse("apns", token.as_deref().unwrap_or_default(), *status, body);
            http::answer(*status, "text/html", body.clone())
        }
        (Ok(payload), fault) => {
            let kept = headers.iter().filter(|(name, _)| name.as_str().starts_with("apns-"));
            let kept: BTreeMap<_, _> =
                kept.map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned())).collect();
            let token = token.unwrap_or_default();
            shared.push(Pushed { gateway: "apns", token, payload, headers: kept, id: id.clone(), time_ms: shared.clock.wall_ms() });
            match fault {
                Some(Fault::GoAway) => link.end.cancel(),
                Some(Fault::CutAfter) => {
                    link.cut.cancel();
                    return std::future::pending().await;
                }
                Some(Fault::Slow { ms }) => slow(*ms).await,
                _ => {}
            }
            http::answer(200, "application/json", Bytes::new())
        }
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        answer.headers_mut().insert("apns-id", value);
    }
    answer
}

#[expect(clippy::disallowed_methods, reason = "a slow peer is slow in real time")]
async fn slow(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

type Refusal = (u16, &'static str, Option<i64>);

fn refuse(shared: &Shared, token: Option<&str>, status: u16, reason: &str, timestamp: Option<i64>) -> Answer {
    shared.refuse("apns", token.unwrap_or_default(), status, reason);
    match timestamp {
        None => http::json(status, &json!({"reason": reason})),
        Some(timestamp) => http::json(status, &json!({"reason": reason, "timestamp": timestamp})),
    }
}

/// Checks in Apple's order: the request, the provider token, the headers, the device, the payload.
fn check(
    method: &Method,
    token: Option<&str>,
    headers: &HeaderMap,
    body: &Bytes,
    link: &Link,
    shared: &Shared,
) -> Result<Value, Refusal> {
    let refused = |status, reason| Err((status, reason, None));
    if method != Method::POST {
        return refused(405, "MethodNotAllowed");
    }
    let Some(token) = token else { return refused(404, "BadPath") };
    check_provider_token(headers, link, shared)?;
    link.proven.store(true, Ordering::Relaxed);
    check_headers(headers, shared)?;
    match token {
        "" => return refused(400, "MissingDeviceToken"),
        _ if token.starts_with("slow") => return refused(429, "TooManyRequests"),
        _ if !token.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)) => {
            return refused(400, "BadDeviceToken");
        }
        _ if token.starts_with("dead") => return Err((410, "Unregistered", Some(shared.clock.wall_ms()))),
        _ => {}
    }
    check_payload(text(headers, "apns-push-type"), body)
}

fn check_provider_token(headers: &HeaderMap, link: &Link, shared: &Shared) -> Result<(), Refusal> {
    let refused = |status, reason| Err((status, reason, None));
    let Some(bearer) = text(headers, "authorization").strip_prefix("bearer ") else { return refused(403, "MissingProviderToken") };
    let Ok(read) = jwt::read(bearer, "ES256", &ECDSA_P256_SHA256_FIXED, &shared.keys.apns_public) else {
        return refused(403, "InvalidProviderToken");
    };
    let now = shared.clock.wall_seconds();
    let apns = &shared.keys.apns;
    if read.kid != apns.key_id || read.claims.iss != apns.team_id || read.claims.iat > now + SKEW_SECONDS {
        return refused(403, "InvalidProviderToken");
    }
    if now - read.claims.iat > TOKEN_LIFE_SECONDS {
        return refused(403, "ExpiredProviderToken");
    }
    let first_key = link.key_id.lock().get_or_insert_with(|| read.kid.clone()).clone();
    if first_key != read.kid {
        return refused(403, "UnrelatedKeyIdInToken");
    }
    if !shared.apns_tokens.allow(bearer, now) {
        return refused(429, "TooManyProviderTokenUpdates");
    }
    Ok(())
}

fn check_headers(headers: &HeaderMap, shared: &Shared) -> Result<(), Refusal> {
    let refused = |reason| Err((400, reason, None));
    let single = ["apns-topic", "apns-push-type", "apns-priority", "apns-expiration", "apns-collapse-id", "apns-id"];
    if single.iter().any(|name| headers.get_all(*name).iter().count() > 1) {
        return refused("DuplicateHeaders");
    }
    if let Some(id) = headers.get("apns-id").map(|id| id.to_str().unwrap_or_default())
        && (id.len() != 36 || uuid::Uuid::parse_str(id).is_err())
    {
        return refused("BadMessageId");
    }
    let topic = text(headers, "apns-topic");
    if topic.is_empty() {
        return refused("MissingTopic");
    }
    let push_type = text(headers, "apns-push-type");
    let Some((_, suffix)) = PUSH_TYPES.iter().find(|row| row.0 == push_type) else { return refused("InvalidPushType") };
    if !shared.config.topics.iter().any(|bundle| topic.strip_suffix(suffix) == Some(bundle)) {
        return refused("TopicDisallowed");
    }
    match (text(headers, "apns-priority"), push_type) {
        ("5" | "1", _) => {}
        ("10" | "", kind) if kind != "background" => {}
        _ => return refused("BadPriority"),
    }
    if !text(headers, "apns-expiration").parse::<i64>().is_ok_and(|seconds| seconds >= 0) {
        return refused("BadExpirationDate");
    }
    if text(headers, "apns-collapse-id").len() > 64 {
        return refused("BadCollapseId");
    }
    Ok(())
}

fn check_payload(push_type: &str, body: &Bytes) -> Result<Value, Refusal> {
    let refused = |status, reason| Err((status, reason, None));
    let limit = if push_type == "voip" { VOIP_PAYLOAD_BYTES } else { PAYLOAD_BYTES };
    if body.len() > limit {
        return refused(413, "PayloadTooLarge");
    }
    let Ok(payload) = serde_json::from_slice::<Value>(body) else { return refused(400, "PayloadEmpty") };
    let Some(aps) = payload.get("aps").and_then(Value::as_object) else { return refused(400, "PayloadEmpty") };
    let shows = ["alert", "badge", "sound"].iter().any(|key| aps.contains_key(*key));
    let silent = aps.get("content-available") == Some(&json!(1));
    let fits = match push_type {
        "alert" => shows,
        "background" => silent && !shows,
        _ => true,
    };
    if fits { Ok(payload) } else { refused(400, "InvalidPushType") }
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
