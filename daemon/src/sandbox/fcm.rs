//! The FCM gateway: token endpoint and send endpoint, as strict as Google's.

use super::files::PROJECT;
use super::http::{self, Answer, Link};
use super::{Fault, Pushed, Shared, control, jwt};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bytes::Bytes;
use hyper::{HeaderMap, Method, Request, body::Incoming, header::HeaderValue, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use parking_lot::Mutex;
use ring::{
    rand::{SecureRandom, SystemRandom},
    signature::RSA_PKCS1_2048_8192_SHA256,
};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    collections::VecDeque,
    pin::pin,
    sync::Arc,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

const PAYLOAD_BYTES: usize = 4096;
const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const FCM_ERROR: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";
/// Access tokens remembered at most.
const TOKENS: usize = 100;

/// Access tokens given out, with their end in seconds.
#[derive(Default)]
pub(super) struct Tokens {
    list: Mutex<VecDeque<(String, i64)>>,
    given: AtomicU64,
}

impl Tokens {
    pub(super) fn given(&self) -> u64 {
        self.given.load(Ordering::Relaxed)
    }

    fn give(&self, ends_at: i64) -> Option<String> {
        let mut bytes = [0; 24];
        SystemRandom::new().fill(&mut bytes).ok()?;
        let token = format!("sandbox.{}", URL_SAFE_NO_PAD.encode(bytes));
        self.given.fetch_add(1, Ordering::Relaxed);
        let mut given = self.list.lock();
        if given.len() == TOKENS {
            given.pop_front();
        }
        given.push_back((token.clone(), ends_at));
        Some(token)
    }

    fn good(&self, token: &str, now: i64) -> bool {
        self.list.lock().iter().any(|(given, ends_at)| given == token && now < *ends_at)
    }
}

pub(super) async fn serve(
    listener: TcpListener,
    mut tls: rustls::ServerConfig,
    shared: Arc<Shared>,
    tasks: TaskTracker,
    stop: CancellationToken,
) {
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let tls = TlsAcceptor::from(Arc::new(tls));
    http::accept(listener, tasks, stop, move |stream, link| connection(stream, link, tls.clone(), shared.clone())).await;
}

async fn connection(stream: TcpStream, link: Arc<Link>, tls: TlsAcceptor, shared: Arc<Shared>) {
    let Ok(stream) = tls.accept(stream).await else { return };
    let end = link.end.clone();
    let service = service_fn(move |request| {
        let (link, shared) = (link.clone(), shared.clone());
        async move { Ok::<_, std::convert::Infallible>(handle(request, &link, &shared).await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new());
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    tokio::select! {
        _ = connection.as_mut() => return,
        () = end.cancelled() => connection.as_mut().graceful_shutdown(),
    }
    let _ = connection.await;
}

async fn handle(request: Request<Incoming>, link: &Link, shared: &Shared) -> Answer {
    let (method, path, headers) = (request.method().clone(), request.uri().path().to_owned(), request.headers().clone());
    let body = http::body(request).await.unwrap_or_default();
    if path.starts_with("/sandbox/") {
        return control::answer(shared, &method, &path, &body);
    }
    if (&method, path.as_str()) == (&Method::POST, "/token") {
        return match grant(&body, shared) {
            Ok(answer) => answer,
            Err(why) => {
                shared.refuse("fcm", "", 400, why);
                http::json(400, &json!({"error": "invalid_grant", "error_description": why}))
            }
        };
    }
    let device = device(&body);
    let fault = shared.faults.take(&device);
    if fault == Some(Fault::CutBefore) {
        link.cut.cancel();
        return std::future::pending().await;
    }
    match (check(&method, &path, &headers, &body, shared), fault) {
        (Err(refusal), _) => refusal.answer(shared, &device),
        (Ok(_), Some(Fault::Answer { status, reason, retry_after })) => {
            let mut answer = Refusal::fcm(status, &reason, "on demand").answer(shared, &device);
            if let Some(value) = retry_after.and_then(|text| HeaderValue::from_str(&text).ok()) {
                answer.headers_mut().insert("retry-after", value);
            }
            answer
        }
        (Ok(_), Some(Fault::Raw { status, body })) => {
            shared.refuse("fcm", &device, status, &body);
            http::answer(status, "text/html", body)
        }
        (Ok(None), _) => http::json(200, &json!({"name": format!("projects/{PROJECT}/messages/fake_message_id")})),
        (Ok(Some(payload)), fault) => {
            let id = format!("projects/{PROJECT}/messages/{}", uuid::Uuid::new_v4().simple());
            let pushed = Pushed {
                gateway: "fcm",
                token: device,
                payload,
                headers: BTreeMap::new(),
                id: id.clone(),
                time_ms: shared.clock.wall_ms(),
            };
            shared.push(pushed);
            match fault {
                Some(Fault::GoAway) => link.end.cancel(),
                Some(Fault::CutAfter) => {
                    link.cut.cancel();
                    return std::future::pending().await;
                }
                Some(Fault::Slow { ms }) => slow(ms).await,
                _ => {}
            }
            http::json(200, &json!({"name": id}))
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a slow peer is slow in real time")]
async fn slow(ms: u64) {
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

fn device(body: &Bytes) -> String {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    body["message"]["token"].as_str().unwrap_or_default().to_owned()
}

/// Exchanges an assertion for a token, or says what is wrong with it.
fn grant(body: &Bytes, shared: &Shared) -> Result<Answer, &'static str> {
    let form = form(body);
    if form.get("grant_type").map(String::as_str) != Some(GRANT) {
        return Err("grant_type is wrong");
    }
    let assertion = form.get("assertion").ok_or("no assertion")?;
    let read = jwt::read(assertion, "RS256", &RSA_PKCS1_2048_8192_SHA256, &shared.keys.fcm_public)?;
    let (claims, now) = (read.claims, shared.clock.wall_seconds());
    if read.kid != shared.keys.fcm_key_id || claims.iss != shared.keys.fcm_email {
        return Err("unknown account or key");
    }
    if claims.scope != SCOPE || claims.aud != shared.keys.token_uri {
        return Err("wrong scope or aud");
    }
    if claims.iat > now + 300 || claims.exp <= now || claims.exp - claims.iat > 3600 {
        return Err("iat or exp is not within the hour");
    }
    let seconds = shared.config.fcm_token_seconds;
    let token = shared.fcm.give(now + seconds).ok_or("no randomness")?;
    Ok(http::json(200, &json!({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})))
}

fn form(body: &Bytes) -> BTreeMap<String, String> {
    let text = String::from_utf8_lossy(body);
    let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
    pairs.map(|(key, value)| (decode(key), decode(value))).collect()
}

fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let hex = tail.get(..2).and_then(|hex| std::str::from_utf8(hex).ok()).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        rest = match (first, hex) {
            (b'%', Some(byte)) => {
                bytes.push(byte);
                &tail[2..]
            }
            (b'+', _) => {
                bytes.push(b' ');
                tail
            }
            (other, _) => {
                bytes.push(*other);
                tail
            }
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

struct Refusal {
    status: u16,
    code: String,
    message: String,
    details: Vec<Value>,
    retry_after: Option<&'static str>,
}

impl Refusal {
    /// With the entry that FCM itself adds.
    fn fcm(status: u16, code: &str, message: &str) -> Self {
        let details = vec![json!({"@type": FCM_ERROR, "errorCode": code})];
        Self { status, code: code.into(), message: message.into(), details, retry_after: None }
    }

    fn plain(status: u16, code: &str, message: &str) -> Self {
        Self { details: Vec::new(), ..Self::fcm(status, code, message) }
    }

    fn field(field: &str, message: &str) -> Self {
        let violation = json!({"@type": BAD_REQUEST, "fieldViolations": [{"field": field, "description": message}]});
        let mut refusal = Self::fcm(400, "INVALID_ARGUMENT", message);
        refusal.details.push(violation);
        refusal
    }

    fn answer(self, shared: &Shared, device: &str) -> Answer {
        shared.refuse("fcm", device, self.status, &self.code);
        let body = json!({"error": {"code": self.status, "message": self.message, "status": self.code, "details": self.details}});
        let mut answer = http::json(self.status, &body);
        if let Some(seconds) = self.retry_after {
            answer.headers_mut().insert("retry-after", HeaderValue::from_static(seconds));
        }
        answer
    }
}

/// The message to deliver; `None` for a dry run.
fn check(method: &Method, path: &str, headers: &HeaderMap, body: &Bytes, shared: &Shared) -> Result<Option<Value>, Refusal> {
    if method != Method::POST || path != format!("/v1/projects/{PROJECT}/messages:send") {
        return Err(Refusal::plain(404, "NOT_FOUND", "Requested entity was not found."));
    }
    let bearer = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let good = bearer.strip_prefix("Bearer ").is_some_and(|token| shared.fcm.good(token, shared.clock.wall_seconds()));
    if !good {
        return Err(Refusal::plain(401, "UNAUTHENTICATED", "Request had invalid authentication credentials."));
    }
    let request: Value =
        serde_json::from_slice(body).map_err(|_| Refusal::plain(400, "INVALID_ARGUMENT", "Invalid JSON payload."))?;
    known("", &request, &["validate_only", "message"])?;
    let message = &request["message"];
    check_message(message)?;
    let token = message["token"].as_str().unwrap_or_default();
    if token.starts_with("slow") {
        let refusal = Refusal::fcm(429, "QUOTA_EXCEEDED", "Message rate exceeded quota.");
        return Err(Refusal { retry_after: Some("30"), ..refusal });
    }
    if token.starts_with("dead") {
        return Err(Refusal::fcm(404, "UNREGISTERED", "Requested entity was not found."));
    }
    Ok((request["validate_only"] != true).then(|| message.clone()))
}

#[rustfmt::skip]
const NOTIFICATION: &[&str] = &["title", "body", "image"];
#[rustfmt::skip]
const ANDROID: &[&str] = &["collapse_key", "priority", "ttl", "restricted_package_name", "direct_boot_ok", "data", "fcm_options", "notification"];
#[rustfmt::skip]
const ANDROID_NOTIFICATION: &[&str] = &[
    "title", "body", "icon", "color", "sound", "tag", "click_action", "body_loc_key", "body_loc_args", "title_loc_key", "title_loc_args",
    "channel_id", "ticker", "sticky", "event_time", "local_only", "notification_priority", "default_sound", "default_vibrate_timings",
    "visibility", "notification_count", "image",
];

fn check_message(message: &Value) -> Result<(), Refusal> {
    known(
        "message",
        message,
        &["token", "topic", "condition", "notification", "data", "android", "apns", "webpush", "fcm_options"],
    )?;
    let targets = ["token", "topic", "condition"].iter().filter(|key| message.get(**key).is_some()).count();
    if targets != 1 {
        return Err(Refusal::field("message", "Exactly one of token, topic or condition is needed."));
    }
    if message.get("token").is_some_and(|token| token.as_str().is_none_or(str::is_empty)) {
        return Err(Refusal::fcm(400, "INVALID_ARGUMENT", "The registration token is not a valid FCM registration token"));
    }
    let texts = |path: &str, value: &Value, keys: &[&str]| -> Result<(), Refusal> {
        known(path, value, keys)?;
        let wrong = keys.iter().take(3).find(|key| value.get(**key).is_some_and(|text| !text.is_string()));
        wrong.map_or(Ok(()), |key| Err(Refusal::field(&format!("{path}.{key}"), "Must be a string.")))
    };
    let mut bytes = 0;
    if let Some(notification) = message.get("notification") {
        texts("message.notification", notification, NOTIFICATION)?;
        bytes += size(notification);
    }
    if let Some(data) = message.get("data") {
        check_data(data)?;
        bytes += size(data);
    }
    if let Some(android) = message.get("android") {
        known("message.android", android, ANDROID)?;
        check_android(android)?;
    }
    if bytes > PAYLOAD_BYTES {
        return Err(Refusal::field("message", "The message is too big."));
    }
    Ok(())
}

fn check_android(android: &Value) -> Result<(), Refusal> {
    if android.get("priority").is_some_and(|priority| !matches!(priority.as_str(), Some("NORMAL" | "HIGH"))) {
        return Err(Refusal::field("message.android.priority", "Must be NORMAL or HIGH."));
    }
    if let Some(ttl) = android.get("ttl") {
        let seconds = ttl.as_str().and_then(|ttl| ttl.strip_suffix('s')).and_then(|seconds| seconds.parse::<f64>().ok());
        if !seconds.is_some_and(|seconds| (0.0..=2_419_200.0).contains(&seconds)) {
            return Err(Refusal::field("message.android.ttl", "Must be between 0s and 2419200s."));
        }
    }
    if let Some(notification) = android.get("notification") {
        known("message.android.notification", notification, ANDROID_NOTIFICATION)?;
        if notification.get("notification_count").is_some_and(|count| !count.is_u64()) {
            return Err(Refusal::field("message.android.notification.notification_count", "Must be a number."));
        }
    }
    Ok(())
}

fn check_data(data: &Value) -> Result<(), Refusal> {
    let Some(data) = data.as_object() else { return Err(Refusal::field("message.data", "Must be an object.")) };
    for (key, value) in data {
        if matches!(key.as_str(), "from" | "message_type") || key.starts_with("google") || key.starts_with("gcm") {
            return Err(Refusal::field("message.data", "Invalid data payload key."));
        }
        if !value.is_string() {
            return Err(Refusal::field(&format!("message.data[{key}]"), "Must be a string."));
        }
    }
    Ok(())
}

/// Refuses what is no object, and unknown fields.
fn known(path: &str, value: &Value, keys: &[&str]) -> Result<(), Refusal> {
    let Some(object) = value.as_object() else { return Err(Refusal::field(path, "Must be an object.")) };
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        None => Ok(()),
        Some(key) => Err(Refusal::field(path, &format!("Unknown name \"{key}\": Cannot find field."))),
    }
}

/// Bytes of keys plus values.
fn size(value: &Value) -> usize {
    let fields = value.as_object().into_iter().flatten();
    fields.map(|(key, value)| key.len() + value.as_str().map_or(0, str::len)).sum()
}
