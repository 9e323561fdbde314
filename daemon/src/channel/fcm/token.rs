//! The access token: an RS256 assertion exchanged once an hour, with one exchange under way at a time.

use super::client::Client;
use super::settings::ServiceAccount;
use crate::channel::outcome::{Answer, Outcome};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use parking_lot::Mutex;
use ring::{rand::SystemRandom, signature::RSA_PKCS1_SHA256};
use serde::Deserialize;
use std::sync::Arc;
use tern_protocol::clock::Clock;

const SCOPE: &str = "https://www.googleapis.com/auth/firebase.messaging";
const ASSERTION_SECONDS: i64 = 3600;
/// A token is replaced this long before its end, while the old one still serves.
const EARLY_MS: i64 = 5 * 60 * 1000;

#[derive(Clone, Debug)]
struct AccessToken {
    bearer: Arc<str>,
    /// Moments of the monotonic clock: a wall clock that jumps changes nothing.
    ends_at_ms: i64,
    early_at_ms: i64,
}

/// Gets and shares the access token of one service account.
pub(crate) struct TokenKeeper {
    account: ServiceAccount,
    client: Client,
    clock: Arc<dyn Clock>,
    current: Mutex<Option<AccessToken>>,
    exchange: tokio::sync::Mutex<()>,
}

#[derive(Deserialize)]
struct Granted {
    access_token: String,
    #[serde(default = "hour")]
    expires_in: i64,
}

fn hour() -> i64 {
    3600
}

impl TokenKeeper {
    pub(crate) fn new(account: ServiceAccount, client: Client, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { account, client, clock, current: Mutex::new(None), exchange: tokio::sync::Mutex::new(()) })
    }

    pub(crate) fn project_id(&self) -> &str {
        &self.account.project_id
    }

    /// A token that is good now. Near its end somebody fetches the next in the background.
    pub(crate) async fn bearer(self: &Arc<Self>) -> Result<Arc<str>, Answer> {
        if let Some(token) = self.good() {
            if self.clock.mono_ms() >= token.early_at_ms
                && let Ok(turn) = self.exchange.try_lock()
            {
                drop(turn);
                let keeper = self.clone();
                tokio::spawn(async move {
                    if let Err(answer) = keeper.fetch_after(&token.bearer).await {
                        tracing::warn!("FCM access token could not be renewed early: {}", answer.reason);
                    }
                });
            }
            return Ok(self.good().map_or_else(|| Arc::from(""), |token| token.bearer));
        }
        self.fetch_after("").await
    }

    /// Forgets a token that the provider refused, and gets another.
    pub(crate) async fn renew(self: &Arc<Self>, refused: &str) -> Result<(), Answer> {
        self.fetch_after(refused).await.map(|_| ())
    }

    /// Exchanges, unless somebody else did meanwhile: then theirs serves.
    async fn fetch_after(&self, old: &str) -> Result<Arc<str>, Answer> {
        let _turn = self.exchange.lock().await;
        if let Some(token) = self.good().filter(|token| &*token.bearer != old) {
            return Ok(token.bearer);
        }
        let assertion = self.assertion()?;
        let body = self.client.exchange(&self.account.token_uri, &assertion, self.clock.wall_ms()).await?;
        let granted: Granted = serde_json::from_slice(&body)
            .map_err(|_| Answer::new(Outcome::Retry { after_ms: None }, "the token endpoint's answer holds no token"))?;
        let now = self.clock.mono_ms();
        let life_ms = granted.expires_in.clamp(1, 24 * 3600) * 1000;
        let token = AccessToken {
            bearer: Arc::from(granted.access_token),
            ends_at_ms: now + life_ms,
            early_at_ms: now + life_ms - EARLY_MS.min(life_ms / 2),
        };
        let bearer = token.bearer.clone();
        *self.current.lock() = Some(token);
        Ok(bearer)
    }

    fn good(&self) -> Option<AccessToken> {
        self.current.lock().clone().filter(|token| self.clock.mono_ms() < token.ends_at_ms)
    }

    fn assertion(&self) -> Result<String, Answer> {
        let now = self.clock.wall_seconds();
        let mut header = serde_json::json!({"alg": "RS256", "typ": "JWT"});
        if !self.account.private_key_id.is_empty() {
            header["kid"] = self.account.private_key_id.as_str().into();
        }
        let claims = serde_json::json!({
            "iss": self.account.client_email,
            "scope": SCOPE,
            "aud": self.account.token_uri,
            "iat": now,
            "exp": now + ASSERTION_SECONDS,
        });
        let encode = |value: serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let mut jwt = format!("{}.{}", encode(header), encode(claims));
        let key = &self.account.private_key;
        let mut signature = vec![0; key.public().modulus_len()];
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), jwt.as_bytes(), &mut signature)
            .map_err(|_| Answer::new(Outcome::ChannelFatal, "the service account's key cannot sign"))?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature, &mut jwt);
        Ok(jwt)
    }
}
