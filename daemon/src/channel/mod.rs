//! The ways out of the daemon: one trait, and one answer vocabulary for all of them.

pub mod apns;
pub mod desktop;
pub mod endpoint;
pub mod fcm;
pub mod outcome;
pub mod record;
mod retry_after;

use crate::render::Notification;
use futures_util::future::BoxFuture;
use outcome::{Answer, Backoff};
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// One push to one device, as a channel gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// The push's id: the same on each attempt.
    pub push_id: String,
    /// Who gets it.
    pub user_id: String,
    /// The device's token.
    pub token: String,
    /// What is shown.
    pub notification: Arc<Notification>,
    /// When it is worth nothing any more, wall clock milliseconds.
    pub expires_at_ms: i64,
}

impl Delivery {
    /// A UUID made from the push's id: what providers know it by, the same on each attempt.
    pub fn uuid(&self) -> Uuid {
        Uuid::parse_str(&self.push_id).unwrap_or_else(|_| Uuid::new_v5(&Uuid::NAMESPACE_OID, self.push_id.as_bytes()))
    }
}

/// A way to a phone or a screen. Sends one push and says what the provider's answer means; policy is not its business.
pub trait Channel: Send + Sync + 'static {
    /// `apns`, `fcm`, ...
    fn name(&self) -> &'static str;

    /// Delays between attempts.
    fn backoff(&self) -> Backoff;

    /// How many pushes may be under way at once.
    fn in_flight(&self) -> usize;

    /// Hands one push to the provider.
    fn send(&self, delivery: Delivery) -> BoxFuture<'_, Answer>;

    /// Gets a new short-lived credential after `AuthRefresh`; an error says why there is none.
    fn renew(&self) -> BoxFuture<'_, Result<(), Answer>>;
}

/// Why a channel could not be made from its settings: one sentence that names the file or value.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct SettingsError(pub String);

/// A peer on the network answers in real time, whatever the program's clock says.
#[expect(clippy::disallowed_methods, reason = "a limit on a foreign peer")]
pub(crate) async fn real_time_limit<T>(limit: Duration, work: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(limit, work).await.ok()
}
