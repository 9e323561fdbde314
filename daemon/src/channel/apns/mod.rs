//! Apple's push service over HTTP/2 with token authentication (`contract/push-providers.md` section 1).

mod client;
mod error;
mod payload;
pub mod settings;
#[cfg(test)]
mod tests;
#[cfg(feature = "a2")]
pub mod through_a2;
mod token;

pub use settings::ApnsSettings;

use super::outcome::{Answer, Backoff, Outcome};
use super::{Channel, Delivery, SettingsError};
use crate::{channel::retry_after, render::limits::Limits};
use bytes::Bytes;
use client::{Client, LinkError, STREAMS};
use error::After;
use futures_util::future::{BoxFuture, FutureExt};
use http_body_util::Full;
use hyper::header::{self, HeaderMap, HeaderValue};
use parking_lot::Mutex;
use std::sync::Arc;
use tern_protocol::clock::Clock;
use token::{ProviderToken, TokenKeeper};

/// One APNs credential: its connections and its provider token.
pub struct Apns {
    client: Client,
    token: Mutex<TokenKeeper>,
    /// `signed_at` of the token that the last expired answer was about.
    refused: Mutex<i64>,
    base: String,
    topic: HeaderValue,
    clock: Arc<dyn Clock>,
    in_flight: usize,
}

impl Apns {
    /// Opens nothing yet: the first push does.
    pub fn new(settings: ApnsSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let topic = HeaderValue::from_str(&settings.topic)
            .map_err(|_| SettingsError(format!("topic {:?} must be the app's bundle id", settings.topic)))?;
        let scheme = if settings.endpoint.tls { "https" } else { "http" };
        Ok(Self {
            base: format!("{scheme}://{}/3/device/", settings.endpoint.authority()),
            client: Client::new(settings.endpoint, settings.ca_file.as_deref(), settings.connections)?,
            token: Mutex::new(TokenKeeper::new(settings.key, settings.key_id, settings.team_id, settings.token_file)),
            refused: Mutex::new(0),
            topic,
            clock,
            in_flight: settings.connections.max(1) * STREAMS,
        })
    }

    async fn push(&self, delivery: Delivery) -> Answer {
        let mut limit_bytes = Limits::APNS.payload_bytes;
        loop {
            let token = match self.token.lock().token(self.clock.wall_seconds()) {
                Ok(token) => token,
                Err(why) => return Answer::new(Outcome::ChannelFatal, why),
            };
            let Some(body) = payload::payload(&delivery.notification, limit_bytes) else {
                return Answer::new(Outcome::PayloadRejected, "the payload cannot be brought under 4096 bytes");
            };
            let request = match self.request(&delivery, &token, body) {
                Ok(request) => request,
                Err(why) => return Answer::new(Outcome::TokenMismatch, why),
            };
            let response = match self.client.send(request, token.signed_at).await {
                Ok(response) => response,
                Err(LinkError::Unreachable(why)) => return Answer::unreachable(why),
                Err(LinkError::Lost(why)) => return Answer::lost(why),
            };
            if matches!(response.status, 200 | 400 | 410 | 413) {
                self.client.proven(&response); // whatever is wrong, it is not the provider token
            }
            if response.status == 200 {
                return Answer::new(Outcome::Accepted { id: apns_id(&response.headers) }, "");
            }
            let after_ms = retry_after::read_ms(&response.headers, self.clock.wall_ms());
            let (answer, after) = error::read(response.status, &response.body, after_ms);
            match after {
                After::Nothing => {}
                After::NewConnection => self.client.leave(&response),
                After::PreviousToken => self.token.lock().too_many_updates(self.clock.wall_seconds()),
                // A provider that counts otherwise than we do: shrink once, in good measure.
                After::Shrink if limit_bytes == Limits::APNS.payload_bytes => {
                    limit_bytes = limit_bytes * 3 / 4;
                    continue;
                }
                After::Shrink => {}
            }
            if answer.outcome == Outcome::AuthRefresh {
                *self.refused.lock() = token.signed_at;
            }
            return answer;
        }
    }

    fn request(&self, delivery: &Delivery, token: &ProviderToken, body: Vec<u8>) -> Result<hyper::Request<Full<Bytes>>, String> {
        let device = device(&delivery.token)?;
        let uuid = delivery.uuid().hyphenated().to_string();
        debug_assert!(uuid.len() <= payload::COLLAPSE_ID_BYTES);
        let value = |text: String| HeaderValue::try_from(text).map_err(|error| error.to_string());
        let mut authorization = value(format!("bearer {}", token.jwt))?;
        authorization.set_sensitive(true);
        let mut request = hyper::Request::post(format!("{}{device}", self.base))
            .version(hyper::Version::HTTP_2)
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| error.to_string())?;
        let headers = request.headers_mut();
        headers.reserve(8);
        headers.insert(header::AUTHORIZATION, authorization);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("apns-topic", self.topic.clone());
        headers.insert("apns-push-type", HeaderValue::from_static("alert"));
        headers.insert("apns-priority", HeaderValue::from_static("10"));
        headers.insert("apns-expiration", HeaderValue::from(delivery.expires_at_ms.div_euclid(1000)));
        let uuid = value(uuid)?;
        headers.insert("apns-id", uuid.clone());
        // Sent twice, shown once: an attempt whose answer was lost is replaced on the phone.
        headers.insert("apns-collapse-id", uuid);
        Ok(request)
    }
}

/// A device token as it stands in the path.
fn device(token: &str) -> Result<String, String> {
    let device = token.to_ascii_lowercase();
    if device.is_empty() || !device.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err("the device token is not hexadecimal".into());
    }
    Ok(device)
}

fn apns_id(headers: &HeaderMap) -> Option<String> {
    headers.get("apns-id").and_then(|id| id.to_str().ok()).map(str::to_owned)
}

impl Channel for Apns {
    fn name(&self) -> &'static str {
        "apns"
    }

    fn backoff(&self) -> Backoff {
        Backoff::APNS
    }

    fn in_flight(&self) -> usize {
        self.in_flight
    }

    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer> {
        self.push(delivery).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>> {
        let refused = *self.refused.lock();
        let renewed = self.token.lock().renew(refused, self.clock.wall_seconds());
        let answer = renewed.map_err(|seconds| {
            let reason = format!("the provider token was called expired, and a new one may be signed in {seconds} s only");
            Answer::new(Outcome::Retry { after_ms: Some(seconds.saturating_mul(1000)) }, reason)
        });
        std::future::ready(answer).boxed()
    }
}
