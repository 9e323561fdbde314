//! The same push through the crate `a2` (cargo feature `a2`), for those who prefer it: Apple's two hosts only, one connection, and a
//! TLS stack of its own. What an answer means is read from the one table (`error.rs`).

use super::error::After;
use super::{error, payload, settings};
use crate::channel::outcome::{Answer, Backoff, Outcome};
use crate::channel::{Channel, Delivery, SettingsError};
use crate::render::limits::Limits;
use a2::request::payload::PayloadLike;
use a2::{CollapseId, NotificationOptions, Priority, PushType};
use futures_util::future::{BoxFuture, FutureExt};
use parking_lot::Mutex;
use serde_json::value::RawValue;
use std::{path::Path, sync::Arc};
use tern_protocol::clock::Clock;

/// Apple's two addresses; development builds have two names for one.
const HOSTS: &[(&str, a2::Endpoint)] = &[
    (settings::PRODUCTION, a2::Endpoint::Production),
    ("https://api.sandbox.push.apple.com", a2::Endpoint::Sandbox),
    ("https://api.development.push.apple.com", a2::Endpoint::Sandbox),
];
/// Requests under way at once over the one connection.
const IN_FLIGHT: usize = 200;
/// Apple refuses a second token within this time.
const LEAST_SECONDS: i64 = 20 * 60;

/// What a credential with `client = "a2"` needs.
#[derive(Debug)]
pub struct A2Settings<'a> {
    /// One of Apple's addresses; absent: production.
    pub endpoint: Option<&'a str>,
    /// The `.p8` file.
    pub key_file: &'a Path,
    /// 10-character key id.
    pub key_id: &'a str,
    /// 10-character team id.
    pub team_id: &'a str,
    /// Bundle id of the app.
    pub topic: &'a str,
}

/// One APNs credential behind `a2`.
pub struct ApnsA2 {
    client: Mutex<a2::Client>,
    /// Makes a client with a new provider token: `a2` renews its own after 55 minutes only.
    make: Box<dyn Fn() -> Result<a2::Client, String> + Send + Sync>,
    /// When a client was made, seconds.
    made_at: Mutex<i64>,
    topic: String,
    clock: Arc<dyn Clock>,
}

impl ApnsA2 {
    /// Reads and checks the key; the first push opens the connection.
    pub fn new(settings: &A2Settings<'_>, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let address = settings.endpoint.unwrap_or(settings::PRODUCTION);
        let host = HOSTS.iter().find(|host| host.0 == address.trim_end_matches('/'));
        let (_, endpoint) = host.ok_or_else(|| {
            SettingsError(format!("endpoint {address:?} cannot be reached by client \"a2\": it knows Apple's own hosts only"))
        })?;
        settings::check_ids(settings.key_id, settings.team_id, settings.topic)?;
        // Its own reader first: its sentences name the file.
        settings::read_key(settings.key_file)?;
        let pem = std::fs::read(settings.key_file)
            .map_err(|error| SettingsError(format!("APNs key file {}: {error}", settings.key_file.display())))?;
        let (key_id, team_id, endpoint) = (settings.key_id.to_owned(), settings.team_id.to_owned(), endpoint.clone());
        let make = Box::new(move || {
            let config = a2::ClientConfig::new(endpoint.clone());
            a2::Client::token(pem.as_slice(), key_id.as_str(), team_id.as_str(), config).map_err(|error| error.to_string())
        });
        let client = make().map_err(|why| SettingsError(format!("APNs key file {}: {why}", settings.key_file.display())))?;
        let made_at = Mutex::new(clock.wall_seconds());
        Ok(Self { client: Mutex::new(client), make, made_at, topic: settings.topic.to_owned(), clock })
    }

    async fn push(&self, delivery: Delivery) -> Answer {
        let mut limit_bytes = Limits::APNS.payload_bytes;
        let uuid = delivery.uuid().hyphenated().to_string();
        loop {
            let push = match self.payload(&delivery, &uuid, limit_bytes) {
                Ok(push) => push,
                Err(answer) => return answer,
            };
            let client = self.client.lock().clone();
            let (answer, after) = match client.send(push).await {
                Ok(response) => (Answer::new(Outcome::Accepted { id: response.apns_id }, ""), After::Nothing),
                Err(error) => read(error),
            };
            if after == After::Shrink && limit_bytes == Limits::APNS.payload_bytes {
                limit_bytes = limit_bytes * 3 / 4;
                continue;
            }
            return answer;
        }
    }

    fn payload<'a>(&'a self, delivery: &Delivery, uuid: &'a str, limit_bytes: usize) -> Result<Push<'a>, Answer> {
        let token = super::device(&delivery.token).map_err(|why| Answer::new(Outcome::TokenMismatch, why))?;
        let body = payload::payload(&delivery.notification, limit_bytes)
            .and_then(|body| String::from_utf8(body).ok())
            .and_then(|body| RawValue::from_string(body).ok())
            .ok_or_else(|| Answer::new(Outcome::PayloadRejected, "the payload cannot be brought under 4096 bytes"))?;
        let options = NotificationOptions {
            apns_id: Some(uuid),
            apns_push_type: Some(PushType::Alert),
            apns_expiration: Some(delivery.expires_at_ms.div_euclid(1000).try_into().unwrap_or(0)),
            apns_priority: Some(Priority::High),
            apns_topic: Some(&self.topic),
            // Sent twice, shown once: an attempt whose answer was lost is replaced on the phone.
            apns_collapse_id: CollapseId::new(uuid).ok(),
        };
        Ok(Push { body, token, options })
    }

    fn renew_now(&self) -> Result<(), Answer> {
        let now = self.clock.wall_seconds();
        let mut made_at = self.made_at.lock();
        let wait = *made_at + LEAST_SECONDS - now;
        if wait > 0 {
            let reason = format!("the provider token was called expired, and a new one may be signed in {wait} s only");
            return Err(Answer::new(Outcome::Retry { after_ms: Some(wait * 1000) }, reason));
        }
        *self.client.lock() = (self.make)().map_err(|why| Answer::new(Outcome::ChannelFatal, why))?;
        *made_at = now;
        Ok(())
    }
}

/// What `a2` gets: our payload as it is, and the headers.
#[derive(serde::Serialize)]
#[serde(transparent)]
struct Push<'a> {
    body: Box<RawValue>,
    #[serde(skip)]
    token: String,
    #[serde(skip)]
    options: NotificationOptions<'a>,
}

/// Its sender writes what it sends into the log: no word of a message, no token.
impl std::fmt::Debug for Push<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Push({} bytes)", self.body.get().len())
    }
}

impl PayloadLike for Push<'_> {
    fn get_device_token(&self) -> &str {
        &self.token
    }

    fn get_options(&self) -> &NotificationOptions<'_> {
        &self.options
    }
}

impl Channel for ApnsA2 {
    fn name(&self) -> &'static str {
        "apns"
    }

    fn backoff(&self) -> Backoff {
        Backoff::APNS
    }

    fn in_flight(&self) -> usize {
        IN_FLIGHT
    }

    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer> {
        self.push(delivery).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>> {
        std::future::ready(self.renew_now()).boxed()
    }
}

/// An error of `a2` in the daemon's words.
fn read(error: a2::Error) -> (Answer, After) {
    let lost = |why: String| (Answer::lost(why), After::Nothing);
    match error {
        a2::Error::ResponseError(response) => {
            // The names of its reasons are Apple's own. One that it does not know is lost, and read by its status.
            let body = response.error.map_or(
                serde_json::Value::Null,
                |body| serde_json::json!({ "reason": format!("{:?}", body.reason), "timestamp": body.timestamp }),
            );
            error::read(response.code, body.to_string().as_bytes(), None)
        }
        a2::Error::ClientError(error) if error.is_connect() => (Answer::unreachable(chain(&error)), After::Nothing),
        a2::Error::ClientError(error) => lost(chain(&error)),
        a2::Error::ConnectionError(error) => lost(chain(&error)),
        a2::Error::RequestTimeout(seconds) => lost(format!("no answer within {seconds} s")),
        a2::Error::SignerError(error) => (Answer::new(Outcome::ChannelFatal, error.to_string()), After::Nothing),
        other => (Answer::new(Outcome::PayloadRejected, other.to_string()), After::Nothing),
    }
}

/// An error with its causes, for people.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Notification;
    use a2::{ErrorBody, ErrorReason};
    use std::io::Write;
    use tern_protocol::clock::VirtualClock;

    fn key_file() -> tempfile::NamedTempFile {
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(key.serialize_pem().as_bytes()).unwrap();
        file
    }

    fn channel(endpoint: Option<&str>, key_file: &Path, clock: Arc<VirtualClock>) -> Result<ApnsA2, SettingsError> {
        let settings = A2Settings { endpoint, key_file, key_id: "KEYKEYKEY1", team_id: "TEAMTEAM01", topic: "com.example.app" };
        ApnsA2::new(&settings, clock)
    }

    fn delivery(token: &str) -> Delivery {
        Delivery {
            push_id: "01890a5d-ac96-774b-bcce-b302099a8057".into(),
            user_id: "ann".into(),
            token: token.into(),
            notification: Arc::new(Notification { speaker: "Bob".into(), body: "hi".into(), ..Notification::default() }),
            expires_at_ms: 1_700_000_000_500,
        }
    }

    #[tokio::test]
    async fn it_is_given_the_same_payload_and_headers_as_our_own_client() {
        let file = key_file();
        let channel = channel(None, file.path(), Arc::new(VirtualClock::new(0))).unwrap();
        let delivery = delivery("ABCD01");
        let uuid = delivery.uuid().hyphenated().to_string();
        let push = channel.payload(&delivery, &uuid, 4096).unwrap();
        assert_eq!(push.to_json_string().unwrap().as_bytes(), payload::payload(&delivery.notification, 4096).unwrap());
        assert_eq!(push.get_device_token(), "abcd01");
        let options = push.get_options();
        assert_eq!((options.apns_id, options.apns_topic), (Some(delivery.push_id.as_str()), Some("com.example.app")));
        assert_eq!(options.apns_collapse_id.as_ref().map(|id| id.value), Some(delivery.push_id.as_str()));
        assert_eq!(options.apns_expiration, Some(1_700_000_000));
        assert_eq!(format!("{push:?}"), "Push(27 bytes)", "nothing of a message reaches a log");
        let foreign = channel.payload(&self::delivery("no/token"), &uuid, 4096).unwrap_err();
        assert_eq!(foreign.outcome, Outcome::TokenMismatch);
    }

    #[tokio::test]
    async fn only_apples_hosts_are_taken_and_a_bad_key_is_named() {
        let file = key_file();
        let clock = Arc::new(VirtualClock::new(0));
        assert!(channel(Some("https://api.sandbox.push.apple.com"), file.path(), clock.clone()).is_ok());
        let error = channel(Some("https://127.0.0.1:2197"), file.path(), clock.clone()).err().unwrap().to_string();
        assert!(error.contains("127.0.0.1:2197") && error.contains("Apple's own hosts only"), "{error}");
        let error = channel(None, Path::new("/nowhere.p8"), clock).err().unwrap().to_string();
        assert!(error.starts_with("APNs key file /nowhere.p8"), "{error}");
    }

    #[tokio::test]
    async fn a_new_provider_token_is_signed_once_in_twenty_minutes_at_most() {
        let file = key_file();
        let clock = Arc::new(VirtualClock::new(1_000_000));
        let channel = channel(None, file.path(), clock.clone()).unwrap();
        let answer = channel.renew().await.unwrap_err();
        assert_eq!(answer.outcome, Outcome::Retry { after_ms: Some(1_200_000) });
        clock.advance(1_200_000).await;
        assert_eq!(channel.renew().await, Ok(()));
    }

    #[test]
    fn its_errors_mean_what_the_table_says() {
        let refused = |code, error| a2::Error::ResponseError(a2::Response { error, apns_id: None, code });
        let gone = ErrorBody { reason: ErrorReason::Unregistered, timestamp: Some(9) };
        assert_eq!(
            read(refused(410, Some(gone))),
            (Answer::new(Outcome::TokenInvalid { since_ms: Some(9) }, "410 Unregistered"), After::Nothing)
        );
        let large = ErrorBody { reason: ErrorReason::PayloadTooLarge, timestamp: None };
        assert_eq!(read(refused(413, Some(large))).1, After::Shrink);
        let expired = ErrorBody { reason: ErrorReason::ExpiredProviderToken, timestamp: None };
        assert_eq!(read(refused(403, Some(expired))).0.outcome, Outcome::AuthRefresh);
        assert_eq!(read(refused(503, None)).0, Answer::new(Outcome::Retry { after_ms: None }, "503"));
        assert_eq!(read(a2::Error::RequestTimeout(20)).0, Answer::lost("no answer within 20 s"));
    }
}
