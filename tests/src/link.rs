//! A bare WebSocket link: says only what a story tells it to say, so it can be silent, rude or of another version.

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tern_protocol::client::socket::{self, Socket};
use tern_protocol::client::{ServerAddress, Trust};
use tokio_tungstenite::tungstenite::Message;

use crate::server::Access;
use crate::wait::soon;

/// A link; unread events are kept in order.
pub struct Link {
    socket: Socket,
    last_seq: u64,
    events: VecDeque<Value>,
}

impl Link {
    /// Connects and says nothing.
    ///
    /// # Panics
    /// When the server cannot be reached.
    pub async fn open(address: &str) -> Self {
        let address = ServerAddress::parse(address).unwrap();
        let socket = soon("a connection", socket::connect(&address, &Trust::System)).await.unwrap();
        Self { socket, last_seq: 0, events: VecDeque::new() }
    }

    /// Connects and logs in; `body` is what `wslogin` carries.
    ///
    /// # Panics
    /// When the login is refused.
    pub async fn log_in(access: &Access, user: &str, body: Value) -> Self {
        let mut link = Self::open(&access.address).await;
        let answer = link.log_in_with(access.sdk_app_id.0, user, &access.user_sig(user), body).await;
        assert_eq!(answer["ErrorCode"], 0, "login of {user}: {answer}");
        link
    }

    /// A phone's login.
    pub async fn phone(access: &Access, user: &str, platform: &str) -> Self {
        let body = json!({"State": "Online", "TernPlatform": platform, "TernInstall": format!("{user}-{platform}")});
        Self::log_in(access, user, body).await
    }

    /// Sends `wslogin` with any credentials; the answer's body.
    pub async fn log_in_with(&mut self, sdk_app_id: u32, user: &str, user_sig: &str, body: Value) -> Value {
        self.last_seq += 1;
        let head = json!({
            "servcmd": "im_open_status.wslogin", "seq": self.last_seq, "sdkappid": sdk_app_id, "identifier": user, "usersig": user_sig,
        });
        self.send(&json!({"head": head, "body": body}).to_string()).await;
        self.answer(self.last_seq).await
    }

    /// Logs in with the `A2Key` of an earlier login, as the product's Web SDK does after a broken link; the answer's body.
    pub async fn come_back(&mut self, sdk_app_id: u32, a2: &str) -> Value {
        self.last_seq += 1;
        let head =
            json!({"servcmd": "im_open_status.wslogin", "seq": self.last_seq, "sdkappid": sdk_app_id, "tinyid": "1", "a2": a2});
        self.send(&json!({"head": head, "body": {"State": "Online"}}).to_string()).await;
        self.answer(self.last_seq).await
    }

    /// Sends text as it is.
    ///
    /// # Panics
    /// When the link is broken.
    pub async fn send(&mut self, text: &str) {
        self.socket.send(Message::text(text)).await.unwrap();
    }

    /// Sends text of which the server may have had enough before its end.
    pub async fn send_anyway(&mut self, text: &str) {
        let _ = self.socket.send(Message::text(text)).await;
    }

    /// Sends a binary frame.
    ///
    /// # Panics
    /// When the link is broken.
    pub async fn send_binary(&mut self, bytes: Vec<u8>) {
        self.socket.send(Message::binary(bytes)).await.unwrap();
    }

    /// Calls a command; the answer's body, whatever its code.
    pub async fn call(&mut self, servcmd: &str, body: Value) -> Value {
        self.last_seq += 1;
        self.send(&json!({"head": {"servcmd": servcmd, "seq": self.last_seq}, "body": body}).to_string()).await;
        self.answer(self.last_seq).await
    }

    /// Like [`Link::call`], and the code must be 0.
    ///
    /// # Panics
    /// When the command is refused.
    pub async fn must(&mut self, servcmd: &str, body: Value) -> Value {
        let answer = self.call(servcmd, body).await;
        assert_eq!(answer["ErrorCode"], 0, "{servcmd}: {answer}");
        answer
    }

    /// The next frame of any kind that carries data; `None` when the server closed the link.
    pub async fn next(&mut self) -> Option<Message> {
        loop {
            match soon("a frame", self.socket.next()).await {
                Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => return Some(message),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return None,
                Some(Ok(_)) => {}
            }
        }
    }

    async fn next_frame(&mut self) -> Option<Value> {
        let message = self.next().await?;
        Some(serde_json::from_slice(&message.into_data()).unwrap())
    }

    async fn answer(&mut self, seq: u64) -> Value {
        loop {
            let frame = self.next_frame().await.unwrap_or_else(|| panic!("the server closed the link before it answered"));
            if frame["head"]["servcmd"] == "im_open_push.msg_push" {
                self.keep(&frame);
            } else if frame["head"]["seq"] == seq {
                return frame["body"].clone();
            }
        }
    }

    fn keep(&mut self, frame: &Value) {
        let items = frame["body"]["EventArray"].as_array().cloned().unwrap_or_default();
        self.events.extend(items);
    }

    /// The next event's item, `{"Event":n,KEY:..}`.
    ///
    /// # Panics
    /// When the link ends or nothing comes.
    pub async fn event(&mut self) -> Value {
        self.try_event().await.unwrap_or_else(|| panic!("the link ended"))
    }

    /// The next event's item; `None` when the server closed the link.
    pub async fn try_event(&mut self) -> Option<Value> {
        loop {
            if let Some(item) = self.events.pop_front() {
                return Some(item);
            }
            let frame = self.next_frame().await?;
            self.keep(&frame);
        }
    }

    /// The next event that has `key`; others are dropped.
    pub async fn event_with(&mut self, key: &str) -> Value {
        loop {
            let item = self.event().await;
            if let Some(found) = item.get(key) {
                return found.clone();
            }
        }
    }

    /// Whether the server ends the link.
    pub async fn is_closed_by_server(mut self) -> bool {
        while self.next().await.is_some() {}
        true
    }
}
