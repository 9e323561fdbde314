//! A plain HTTP client that does what an integrator's backend does: no library, no header that is not needed.

use anyhow::{Context as _, bail};
use serde_json::Value;
use tern_protocol::{SdkAppId, usersig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Sends requests as an admin of an application.
#[derive(Clone, Debug)]
pub struct Rest {
    /// `host:port` of the server.
    pub address: String,
    /// The application.
    pub sdk_app_id: SdkAppId,
    /// `identifier` of the URL.
    pub identifier: String,
    /// `usersig` of the URL.
    pub user_sig: String,
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Status of the first line.
    pub status: u16,
    /// Header lines.
    pub head: String,
    /// Everything after them.
    pub body: String,
}

impl Rest {
    /// Signs for `identifier` with the application's key.
    pub fn new(address: &str, sdk_app_id: SdkAppId, key: &str, identifier: &str, now_seconds: i64) -> Self {
        let user_sig = usersig::generate(sdk_app_id, key, identifier, 180 * 86_400, None, now_seconds);
        Self { address: address.to_owned(), sdk_app_id, identifier: identifier.to_owned(), user_sig }
    }

    /// `/v4/<command>` with the query that every SDK sends.
    pub fn path(&self, command: &str) -> String {
        let Self { sdk_app_id, identifier, user_sig, .. } = self;
        format!("/v4/{command}?sdkappid={sdk_app_id}&identifier={identifier}&usersig={user_sig}&random=99999999&contenttype=json")
    }

    /// Posts to a command (`service/command`); the answer's JSON, whatever its code.
    ///
    /// # Panics
    /// When the server answers no JSON: the story is over then.
    pub async fn post(&self, command: &str, body: Value) -> Value {
        let answer = http(&self.address, "POST", &self.path(command), &[], &body.to_string()).await.unwrap();
        assert_eq!(answer.status, 200, "{command}: {answer:?}");
        serde_json::from_str(&answer.body).unwrap_or_else(|error| panic!("{command} answered no JSON ({error}): {answer:?}"))
    }

    /// Like [`Rest::post`], and the code must be 0.
    ///
    /// # Panics
    /// When the command is refused.
    pub async fn must(&self, command: &str, body: Value) -> Value {
        let answer = self.post(command, body).await;
        assert_eq!(answer["ErrorCode"], 0, "{command}: {answer}");
        assert_eq!(answer["ActionStatus"], "OK", "{command}: {answer}");
        answer
    }
}

/// One request on a connection of its own. `headers` are whole lines.
pub async fn http(address: &str, method: &str, path: &str, headers: &[&str], body: &str) -> anyhow::Result<HttpAnswer> {
    let mut head = format!("{method} {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n");
    for line in headers {
        head.push_str(line);
        head.push_str("\r\n");
    }
    if method != "GET" {
        head.push_str(&format!("Content-Length: {}\r\n", body.len()));
    }
    raw_http(address, &format!("{head}\r\n{body}")).await
}

/// Sends what need not be a request, ends the sending side and waits for the server's end.
pub async fn send_junk(address: &str, junk: &str) {
    let Ok(mut stream) = TcpStream::connect(address).await else { return };
    let _ = stream.write_all(junk.as_bytes()).await;
    let _ = stream.shutdown().await;
    let _ = stream.read_to_end(&mut Vec::new()).await;
}

async fn raw_http(address: &str, text: &str) -> anyhow::Result<HttpAnswer> {
    let mut stream = TcpStream::connect(address).await.with_context(|| format!("cannot reach {address}"))?;
    // A server that refuses early may close before all was written.
    let _ = stream.write_all(text.as_bytes()).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer).await;
    let answer = String::from_utf8_lossy(&answer);
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        bail!("{address} answered no HTTP ({read:?}): {answer:.200}");
    };
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status line")?;
    let is_chunked = head.to_ascii_lowercase().contains("transfer-encoding: chunked");
    let body = if is_chunked { unchunk(body) } else { body.to_owned() };
    Ok(HttpAnswer { status, head: head.to_owned(), body })
}

fn unchunk(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((size, rest)) = body.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap_or(0);
        let Some(chunk) = rest.get(..size).filter(|_| size > 0) else { break };
        whole.push_str(chunk);
        body = rest[size..].trim_start_matches("\r\n");
    }
    whole
}
