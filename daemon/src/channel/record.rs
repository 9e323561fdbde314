//! A channel that sends nothing and keeps what it would have sent: for trying a setup out.

use super::{
    Channel, Delivery,
    outcome::{Answer, Backoff, Outcome},
};
use futures_util::future::{BoxFuture, FutureExt};
use parking_lot::Mutex;
use std::{collections::VecDeque, io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, sync::Arc};
use tern_protocol::clock::Clock;

/// Pushes kept in memory at most; older ones go.
const KEPT: usize = 1_000;

/// Keeps the last pushes in memory, and appends each to a file of JSON lines when there is one.
pub struct Record {
    kept: Mutex<VecDeque<Delivery>>,
    file: Option<PathBuf>,
    clock: Arc<dyn Clock>,
}

impl Record {
    /// A channel that records.
    pub fn new(file: Option<PathBuf>, clock: Arc<dyn Clock>) -> Self {
        Self { kept: Mutex::default(), file, clock }
    }

    /// The last pushes, oldest first.
    pub fn kept(&self) -> Vec<Delivery> {
        self.kept.lock().iter().cloned().collect()
    }

    fn record(&self, delivery: Delivery) -> Answer {
        let line = serde_json::json!({
            "time_ms": self.clock.wall_ms(),
            "push_id": delivery.push_id,
            "user": delivery.user_id,
            "token": delivery.token,
            "notification": *delivery.notification,
        });
        let id = delivery.push_id.clone();
        {
            let mut kept = self.kept.lock();
            if kept.len() == KEPT {
                kept.pop_front();
            }
            kept.push_back(delivery);
        }
        if let Some(path) = &self.file {
            let opened = std::fs::OpenOptions::new().append(true).create(true).mode(0o600).open(path);
            if let Err(error) = opened.and_then(|mut file| writeln!(file, "{line}")) {
                return Answer::unreachable(format!("record file {}: {error}", path.display()));
            }
        }
        Answer::new(Outcome::Accepted { id: Some(id) }, "")
    }
}

impl Channel for Record {
    fn name(&self) -> &'static str {
        "record"
    }

    fn backoff(&self) -> Backoff {
        Backoff::APNS
    }

    fn in_flight(&self) -> usize {
        1
    }

    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer> {
        std::future::ready(self.record(delivery)).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>> {
        std::future::ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::Notification;
    use tern_protocol::clock::VirtualClock;

    #[tokio::test]
    async fn what_would_have_been_sent_is_kept_and_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pushes.jsonl");
        let channel = Record::new(Some(path.clone()), Arc::new(VirtualClock::new(5)));
        let notification = Arc::new(Notification { body: "hi".into(), ..Notification::default() });
        let delivery = Delivery { push_id: "p".into(), user_id: "bob".into(), token: "t".into(), notification, expires_at_ms: 9 };
        let answer = channel.send(delivery.clone()).await;
        assert_eq!(answer.outcome, Outcome::Accepted { id: Some("p".into()) });
        assert_eq!(channel.kept(), [delivery]);
        let line: serde_json::Value = serde_json::from_str(std::fs::read_to_string(path).unwrap().trim()).unwrap();
        assert_eq!((&line["user"], &line["notification"]["body"]), (&"bob".into(), &"hi".into()));
    }
}
