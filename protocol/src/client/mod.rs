//! [`Session`]: the one connection that `tern`, `ternd` and the tests share (feature `client`).
//!
//! It connects, logs in, keeps the link alive (a heartbeat every [`HEARTBEAT_MS`](crate::model::presence::HEARTBEAT_MS) is the only
//! thing that wakes it while nothing happens), reconnects with growing, spread delays, sends again under the same `MsgId` what may
//! have been lost, and reads what changed meanwhile. Being kicked and an expired UserSig are ends that do not reconnect.
//!
//! ```text
//! Session (handle) ──commands──► driver ◄──inputs/actions──► machine (pure)
//!        ▲                         │ ├── pending   calls by number
//!        └──answers────────────────┤ ├── catch_up  pages of tern_sync.pull
//!   ClientEvent ◄──events──────────┘ └── socket    bytes
//! ```
//!
//! **Nothing is missed.** Events are delivered in the order of the link; one that is not taken in time ends the link instead of
//! being dropped; and after each login the pages of [`ClientEvent::SyncPage`] name everything that changed since the last
//! complete synchronisation. A receiver therefore applies pages and events alike, by place, whichever comes first.

mod backoff;
mod catch_up;
mod driver;
mod machine;
mod pending;
mod session;
pub mod socket;
#[cfg(test)]
mod tests;

pub use backoff::Backoff;
pub use catch_up::CatchUp;
pub use session::{SendCommand, Session, Status};
pub use socket::{AddressError, ConnectError, ServerAddress, Trust, tls_config};

use crate::api::conversation::Synced;
use crate::event::Event;
use crate::model::presence::{KickType, LoginMode, Platform};
use crate::{ErrorCode, SdkAppId, UserId};

/// Who logs in.
#[derive(Clone)]
pub enum Identity {
    /// A person, by UserSig.
    User {
        /// The application.
        sdk_app_id: SdkAppId,
        /// The person.
        user: UserId,
        /// The signature.
        user_sig: String,
        /// What this client runs on.
        platform: Platform,
        /// This install's identity: the same install replaces its own old link without a kick.
        install: String,
        /// What the login is for.
        mode: LoginMode,
    },
    /// A push bridge, by token.
    Bridge {
        /// The token.
        token: String,
        /// Shown by `tern-server bridge list`.
        name: String,
    },
}

impl std::fmt::Debug for Identity {
    /// Leaves the secret out: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User { sdk_app_id, user, mode, .. } => write!(f, "{user} of {sdk_app_id} ({})", mode.name()),
            Self::Bridge { name, .. } => write!(f, "bridge {name:?}"),
        }
    }
}

/// What a [`Session`] is told at its start.
#[derive(Clone, Debug)]
pub struct SessionConfig {
    /// Where to.
    pub server: ServerAddress,
    /// Whom to believe, over https.
    pub trust: Trust,
    /// Who logs in.
    pub identity: Identity,
    /// What to read after each login; `None` for clients that keep no conversations.
    pub catch_up: Option<CatchUp>,
    /// Delays between attempts.
    pub backoff: Backoff,
    /// How long a call waits for its answer, in milliseconds.
    pub call_limit_ms: i64,
}

impl SessionConfig {
    /// Settings with the usual delays and no catch-up.
    pub fn new(server: ServerAddress, identity: Identity) -> Self {
        Self { server, trust: Trust::System, identity, catch_up: None, backoff: Backoff::default(), call_limit_ms: 15_000 }
    }
}

/// What a login told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OnlineInfo {
    /// The account's number, first part of message IDs; empty for a bridge.
    pub tiny_id: String,
    /// This login's number.
    pub inst_id: u64,
    /// What must be added to this host's wall time to get the server's, in milliseconds.
    pub server_offset_ms: i64,
    /// The server's newest change number, when it told it.
    pub rev: Option<u64>,
    /// Whether this session was online before.
    pub resumed: bool,
    /// Push jobs that wait; bridges only.
    pub pending_pushes: u64,
    /// What this person said of itself, when the server told it.
    pub custom_status: String,
    /// How long a sender may recall a message, in seconds, when the server told it.
    pub recall_seconds: Option<i64>,
}

/// What a session tells its owner, in order.
#[derive(Clone, Debug)]
pub enum ClientEvent {
    /// It tries to connect.
    Connecting {
        /// 0 for the first attempt after a start or a good link.
        attempt: u32,
    },
    /// It is logged in; events follow, and pages if [`SessionConfig::catch_up`] is set.
    Online(OnlineInfo),
    /// The link is gone or did not come about.
    Offline {
        /// In words for a person.
        reason: String,
        /// When the next attempt follows.
        retry_in_ms: i64,
    },
    /// What changed since the last complete synchronisation, newest first.
    SyncPage(Box<Synced>),
    /// All pages were told: from now on `rev` may be kept as [`CatchUp::rev`].
    SyncDone {
        /// Change number.
        rev: u64,
    },
    /// The server refused a page; the next login tries again.
    SyncFailed {
        /// Why.
        error: CallError,
    },
    /// Something happened on the server.
    Event(Box<Event>),
    /// The session is over and does nothing any more; a new one needs a person's wish or a new UserSig.
    Ended(End),
}

impl PartialEq for ClientEvent {
    /// Of events and pages only the kind is compared: it serves the tests of the state machine, which tells neither.
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Connecting { attempt: a }, Self::Connecting { attempt: b }) => a == b,
            (Self::Online(a), Self::Online(b)) => a == b,
            (Self::Offline { reason: a, retry_in_ms: b }, Self::Offline { reason: c, retry_in_ms: d }) => (a, b) == (c, d),
            (Self::SyncDone { rev: a }, Self::SyncDone { rev: b }) => a == b,
            (Self::SyncFailed { error: a }, Self::SyncFailed { error: b }) => a == b,
            (Self::Ended(a), Self::Ended(b)) => a == b,
            (a, b) => std::mem::discriminant(a) == std::mem::discriminant(b),
        }
    }
}

/// How a session was forced off (`contract/client-semantics.md` section 1.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kick {
    /// Why; `None` when the server gave a reason of another version.
    pub kick_type: Option<KickType>,
    /// Platform of the login that displaced this one; empty when the backend did it.
    pub platform: String,
}

/// Why a session is over.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum End {
    /// Its owner closed it.
    #[error("the session was closed")]
    Closed,
    /// The server forced it off.
    #[error("{}", kick_sentence(.0))]
    Kicked(Kick),
    /// The UserSig is no longer valid: log in with a new one.
    #[error("the UserSig has expired: log in with a new one")]
    SigExpired,
    /// The credentials were refused.
    #[error("login refused ({}): {info}", code.0)]
    Refused {
        /// The contract's code.
        code: ErrorCode,
        /// The server's words.
        info: String,
    },
}

fn kick_sentence(kick: &Kick) -> String {
    match kick.kick_type {
        Some(KickType::RestApi) => "this login was ended by the server's administrator".to_owned(),
        Some(KickType::MultipleAccount) => "the same account logged in on another device of this kind".to_owned(),
        Some(KickType::MultipleDevice) => format!("the same account logged in on another device ({})", kick.platform),
        None => "the server ended this login".to_owned(),
    }
}

/// Why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// There is no link; nothing was sent.
    #[error("not connected")]
    Offline,
    /// The link was lost before the answer came: whether it was done is unknown.
    #[error("the connection was lost before the server answered")]
    Lost,
    /// No answer came in time: whether it was done is unknown.
    #[error("the server did not answer in time")]
    TimedOut,
    /// Too many calls are open.
    #[error("too many calls are open")]
    Busy,
    /// The server said no.
    #[error("{info} ({})", code.0)]
    Refused {
        /// The contract's code.
        code: ErrorCode,
        /// The server's words.
        info: String,
    },
    /// The server answered in a form that this version does not know, or the request cannot be written down.
    #[error("the answer cannot be read: {0}")]
    Malformed(String),
    /// The session is over.
    #[error(transparent)]
    Ended(#[from] End),
}

impl CallError {
    /// The contract's code, when the server gave one.
    pub fn code(&self) -> Option<ErrorCode> {
        match self {
            Self::Refused { code, .. } => Some(*code),
            _ => None,
        }
    }
}
