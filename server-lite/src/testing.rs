//! For tests: a real server in this process and a plain socket to its front door.

use crate::app::{Ready, start};
use crate::config::{Config, DataFolder};
use serde_json::Value;
use tern_protocol::clock::VirtualClock;
use tern_protocol::usersig::generate;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, DropGuard};

/// The time of the contract's UserSig vectors.
pub(crate) const NOW: i64 = 1_700_000_000;

/// A server under a clock that stands still, and its first application.
pub(crate) struct Front {
    pub(crate) ready: Ready,
    pub(crate) clock: VirtualClock,
    _stop: DropGuard,
}

impl Front {
    pub(crate) async fn open() -> Self {
        Self::over(DataFolder::Ephemeral).await
    }

    pub(crate) async fn over(data: DataFolder) -> Self {
        let clock = VirtualClock::new(NOW * 1000);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let config = Config { data, ..Config::for_test() };
        let running = start(listener, config, clock.clone(), stop.clone()).await.unwrap();
        Self { ready: running.ready, clock, _stop: stop.drop_guard() }
    }

    pub(crate) fn sig(&self, user: &str) -> String {
        generate(self.ready.sdkappid, &self.ready.key, user, 604_800, None, NOW)
    }

    pub(crate) fn query(&self, user: &str, sig: &str) -> String {
        format!("sdkappid={}&identifier={user}&usersig={sig}&random=99&contenttype=json", self.ready.sdkappid)
    }

    /// One request as it stands; head and body of the answer.
    pub(crate) async fn raw(&self, request: &[u8]) -> (String, String) {
        let mut stream = TcpStream::connect(self.ready.address).await.unwrap();
        stream.write_all(request).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let text = String::from_utf8(answer).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        (head.to_owned(), body.to_owned())
    }

    pub(crate) async fn post_with(&self, path: &str, query: &str, headers: &str, body: &str) -> Value {
        let length = body.len();
        let request = format!(
            "POST {path}?{query} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n{body}"
        );
        let (head, body) = self.raw(request.as_bytes()).await;
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        serde_json::from_str(&body).unwrap()
    }

    pub(crate) async fn post(&self, path: &str, query: &str, body: &str) -> i64 {
        self.post_with(path, query, "", body).await["ErrorCode"].as_i64().unwrap()
    }

    pub(crate) async fn call(&self, command: &str, body: Value) -> Value {
        let query = self.query("administrator", &self.sig("administrator"));
        self.post_with(&format!("/v4/{}", command.replace('.', "/")), &query, "", &body.to_string()).await
    }
}
