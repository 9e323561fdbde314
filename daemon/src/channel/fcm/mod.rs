//! Google's push service, FCM HTTP v1 (`contract/push-providers.md` section 2).

mod client;
mod error;
mod payload;
pub mod settings;
#[cfg(test)]
mod tests;
mod token;

pub use settings::FcmSettings;

use super::outcome::{Answer, Backoff, Outcome};
use super::{Channel, Delivery, SettingsError};
use client::Client;
use futures_util::future::{BoxFuture, FutureExt};
use parking_lot::Mutex;
use serde::Deserialize;
use std::sync::Arc;
use tern_protocol::clock::Clock;
use token::TokenKeeper;

/// Pushes under way at once: one HTTP/2 connection's streams.
const IN_FLIGHT: usize = 100;

/// One FCM credential.
pub struct Fcm {
    client: Client,
    token: Arc<TokenKeeper>,
    /// The bearer that the last `AuthRefresh` was about.
    refused: Mutex<Arc<str>>,
    url: String,
    clock: Arc<dyn Clock>,
}

impl Fcm {
    /// Opens nothing yet: the first push does.
    pub fn new(settings: FcmSettings, clock: Arc<dyn Clock>) -> Result<Self, SettingsError> {
        let client = Client::new(settings.ca_file.as_deref())?;
        let token = TokenKeeper::new(settings.account, client.clone(), clock.clone());
        let url = format!("{}/v1/projects/{}/messages:send", settings.endpoint, token.project_id());
        Ok(Self { client, token, refused: Mutex::new(Arc::from("")), url, clock })
    }

    async fn push(&self, delivery: Delivery) -> Result<Answer, Answer> {
        let bearer = self.token.bearer().await?;
        let tag = delivery.uuid().hyphenated().to_string();
        let now_ms = self.clock.wall_ms();
        let seconds_left = (delivery.expires_at_ms - now_ms).div_euclid(1000);
        let Some(body) = payload::payload(&delivery.notification, &delivery.token, &tag, seconds_left) else {
            return Ok(Answer::new(Outcome::PayloadRejected, "the message cannot be brought under 4096 bytes"));
        };
        let response = self.client.send(&self.url, &bearer, body, now_ms).await?;
        if response.status == 200 {
            #[derive(Default, Deserialize)]
            #[serde(default)]
            struct Sent {
                name: Option<String>,
            }
            let sent: Sent = serde_json::from_slice(&response.body).unwrap_or_default();
            return Ok(Answer::new(Outcome::Accepted { id: sent.name }, ""));
        }
        let answer = error::read(response.status, &response.body, response.after_ms);
        if answer.outcome == Outcome::AuthRefresh {
            *self.refused.lock() = bearer;
        }
        Ok(answer)
    }
}

impl Channel for Fcm {
    fn name(&self) -> &'static str {
        "fcm"
    }

    fn backoff(&self) -> Backoff {
        Backoff::FCM
    }

    fn in_flight(&self) -> usize {
        IN_FLIGHT
    }

    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer> {
        self.push(delivery).map(|answer| answer.unwrap_or_else(|answer| answer)).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>> {
        async {
            let refused = self.refused.lock().clone();
            self.token.renew(&refused).await
        }
        .boxed()
    }
}
