//! HTTP to Google: the token endpoint and the send endpoint, through one pooled client.

use super::error;
use crate::channel::{SettingsError, endpoint, outcome::Answer, retry_after};
use bytes::Bytes;
use std::{path::Path, time::Duration};

/// The contract asks for at least 10 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
const ANSWER_BYTES: usize = 64 * 1024;

/// A pooled HTTP client with the endpoint's roots.
#[derive(Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
}

/// An answer as it came.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) after_ms: Option<i64>,
    pub(crate) body: Bytes,
}

impl Client {
    pub(crate) fn new(ca_file: Option<&Path>) -> Result<Self, SettingsError> {
        let mut tls = endpoint::tls_config(ca_file)?.as_ref().clone();
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .tcp_nodelay(true)
            .timeout(ANSWER_LIMIT)
            .redirect(reqwest::redirect::Policy::none())
            .user_agent(concat!("ternd/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|error| SettingsError(format!("FCM client: {error}")))?;
        Ok(Self { http })
    }

    /// Exchanges an assertion for a token; the answer's body.
    pub(crate) async fn exchange(&self, token_uri: &str, assertion: &str, now_ms: i64) -> Result<Bytes, Answer> {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        let response = self.run(self.http.post(token_uri).form(&form), now_ms).await?;
        match response.status {
            200 => Ok(response.body),
            status => Err(error::read_token_refusal(status, &response.body, response.after_ms)),
        }
    }

    /// Posts one message.
    pub(crate) async fn send(&self, url: &str, bearer: &str, body: Vec<u8>, now_ms: i64) -> Result<Response, Answer> {
        let request = self.http.post(url).bearer_auth(bearer).header("content-type", "application/json").body(body);
        self.run(request, now_ms).await
    }

    async fn run(&self, request: reqwest::RequestBuilder, now_ms: i64) -> Result<Response, Answer> {
        let mut response = request.send().await.map_err(broken)?;
        let after_ms = retry_after::read_ms(response.headers(), now_ms);
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(broken)? {
            if body.len() + chunk.len() > ANSWER_BYTES {
                break;
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, after_ms, body: body.into() })
    }
}

fn broken(error: reqwest::Error) -> Answer {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    if error.is_connect() { Answer::unreachable(text) } else { Answer::lost(text) }
}
