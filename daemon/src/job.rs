//! A push on its way: one message for one device, and the states it passes through.

use crate::render::Notification;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tern_protocol::api::{conversation::ConversationId, push::PushJob};
use uuid::Uuid;

/// Where a push is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) enum State {
    /// In the ledger; the server does not know it yet.
    Received,
    /// Waits for its moment or its answer.
    Queued,
    /// The provider took it.
    Sent,
    /// Policy or the receiver's return stopped it.
    Skipped,
    /// Given up.
    Failed,
}

impl State {
    /// The number in the ledger.
    pub(crate) const fn number(self) -> i64 {
        self as i64
    }

    /// Reads the number in the ledger; an unknown one counts as given up.
    pub(crate) const fn from_number(number: i64) -> Self {
        match number {
            0 => Self::Received,
            1 => Self::Queued,
            2 => Self::Sent,
            3 => Self::Skipped,
            _ => Self::Failed,
        }
    }

    /// The word in status and metrics.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Received => "Received",
            Self::Queued => "Queued",
            Self::Sent => "Sent",
            Self::Skipped => "Skipped",
            Self::Failed => "Failed",
        }
    }
}

/// What policy decided about a push.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    /// It goes out.
    Send(Arc<Notification>),
    /// It does not: the rule's word, and why.
    Skip(&'static str, String),
}

/// A push as it enters the ledger.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct NewPush {
    pub(crate) push_id: String,
    pub(crate) job_id: String,
    pub(crate) app: u32,
    pub(crate) user: String,
    pub(crate) conversation: String,
    pub(crate) place: u64,
    pub(crate) install: String,
    pub(crate) cert_id: i64,
    pub(crate) token: String,
    pub(crate) registered_at_ms: i64,
    pub(crate) lane: Arc<str>,
    pub(crate) expires_at_ms: i64,
    pub(crate) fate: Fate,
}

/// The id of a push: the same whichever bridge makes it, so that a job that comes twice is one row and one notification.
pub(crate) fn push_id(job: &PushJob, install: &str) -> String {
    let conversation = conversation_key(&job.conversation);
    let name = format!(
        "{}\n{}\n{conversation}\n{}\n{}\n{}\n{install}",
        job.sdk_app_id, job.to_account, job.place, job.msg_random, job.msg_time
    );
    Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes()).hyphenated().to_string()
}

/// A conversation as one text: `1:<user>` or `2:<group>`.
pub(crate) fn conversation_key(id: &ConversationId) -> String {
    let name = id.group_id.as_deref().or(id.to_account.as_deref()).unwrap_or_default();
    format!("{}:{name}", id.kind)
}

/// Reads [`conversation_key`] back.
pub(crate) fn conversation_id(key: &str) -> ConversationId {
    match key.split_once(':') {
        Some(("2", group)) => ConversationId::group(group),
        Some((_, user)) => ConversationId::c2c(user),
        None => ConversationId::c2c(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job() -> PushJob {
        PushJob {
            sdk_app_id: 1,
            to_account: "bob".into(),
            conversation: ConversationId::c2c("ann"),
            place: 7,
            msg_random: 9,
            ..PushJob::default()
        }
    }

    #[test]
    fn a_push_has_the_same_id_whenever_its_job_comes_and_another_per_device_and_message() {
        let again = PushJob { job_id: "another lease".into(), ..job() };
        assert_eq!(push_id(&job(), "phone"), push_id(&again, "phone"));
        assert_ne!(push_id(&job(), "phone"), push_id(&job(), "tablet"));
        assert_ne!(push_id(&job(), "phone"), push_id(&PushJob { place: 8, ..job() }, "phone"));
        assert_ne!(push_id(&job(), "phone"), push_id(&PushJob { sdk_app_id: 2, ..job() }, "phone"));
    }

    #[test]
    fn conversations_read_back() {
        for id in [ConversationId::c2c("a:b"), ConversationId::group("@TGS#1:2")] {
            let key = conversation_key(&id);
            assert_eq!(conversation_key(&conversation_id(&key)), key);
        }
    }
}
