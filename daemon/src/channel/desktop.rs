//! Notices on this host's own screen, through the session's notification service.

use super::{
    Channel, Delivery,
    outcome::{Answer, Backoff, Outcome},
};
use futures_util::future::{BoxFuture, FutureExt};
use std::{
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

/// A bus that accepts and never answers would hold the notice for ever.
const LIMIT: Duration = Duration::from_secs(2);

/// Desktop notices. A host without a desktop is told of once, and the pushes count as skipped by the screen, not as faults.
#[derive(Debug, Default)]
pub struct Desktop {
    told: AtomicBool,
}

impl Desktop {
    /// Notices go to the session bus of this process's user.
    pub fn new() -> Self {
        Self::default()
    }

    async fn show(&self, delivery: Delivery) -> Answer {
        let title = delivery.notification.title_or_speaker().to_owned();
        let mut notice = notify_rust::Notification::new();
        notice
            .appname("tern")
            .summary(if title.is_empty() { "tern" } else { &title })
            .body(&plain(&delivery.notification.body))
            .icon("mail-unread");
        #[expect(clippy::disallowed_methods, reason = "a limit on a foreign peer")]
        let shown = tokio::time::timeout(LIMIT, notice.show_async()).await;
        let why = match shown {
            Ok(Ok(_)) => {
                self.told.store(false, Ordering::Relaxed);
                return Answer::new(Outcome::Accepted { id: None }, "");
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("the notification service did not answer within {} s", LIMIT.as_secs()),
        };
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!("no desktop notices on this host: {why}");
        }
        // A notice that comes late is worth nothing.
        Answer::new(Outcome::PayloadRejected, format!("no desktop: {why}"))
    }
}

/// Notification services read markup in the body.
fn plain(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

impl Channel for Desktop {
    fn name(&self) -> &'static str {
        "desktop"
    }

    fn backoff(&self) -> Backoff {
        Backoff::APNS
    }

    fn in_flight(&self) -> usize {
        1
    }

    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer> {
        self.show(delivery).boxed()
    }

    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>> {
        std::future::ready(Ok(())).boxed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_in_a_message_is_shown_as_text() {
        assert_eq!(plain("<b>a & b</b>"), "&lt;b&gt;a &amp; b&lt;/b&gt;");
    }
}
