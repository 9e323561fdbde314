//! Domain rules, an area per file. A command's handler is a plain function
//!
//! ```text
//! fn send(tx: &Tx<'_>, cx: &Context, request: SendMsg) -> Result<Outcome<MsgSent>, MessageError>
//! ```
//!
//! over one transaction, typed by `tern_protocol::api` and named in the table of [`crate::transport::dispatch`]. It reads and writes
//! through `store`, decides by the caller, the application and the time, and returns an [`Outcome`]: the answer, and the [`Effect`]s
//! that the bus carries out after the commit, in their order. A handler sends nothing itself, knows no socket and no SQL text, takes
//! time and randomness from its [`Context`], and may be run again after a lost transaction. An `Err` undoes all it wrote.

pub(crate) mod account;
#[cfg(test)]
pub(crate) mod bench;
pub(crate) mod conversation;
#[cfg(test)]
mod figures;
pub(crate) mod group;
pub(crate) mod history_file;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod online;
pub(crate) mod presence;
pub(crate) mod profile;
pub(crate) mod push_outbox;
pub(crate) mod rate;
pub(crate) mod read;
pub(crate) mod recent_contact;
pub(crate) mod relation;
pub(crate) mod search;
pub(crate) mod sync;
mod sync_page;
pub(crate) mod web_sdk;

use crate::application::Application;
use crate::media::Depot;
use crate::session::{Closing, SessionId, Sessions};
use crate::store::engine::StoreError;
use crate::store::{GroupNo, TinyId};
use parking_lot::Mutex;
use presence::Presence;
use rand::rngs::StdRng;
use rand::{RngCore as _, SeedableRng as _};
use std::borrow::Cow;
use std::sync::Arc;
use tern_protocol::api::{ActionStatus, Callers, Empty};
use tern_protocol::event::Event;
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::{ErrorCode, SdkAppId, UserId};

/// Everything a handler may know besides its request.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The application that the caller belongs to; nothing crosses it.
    pub(crate) app: Arc<Application>,
    /// Who asks.
    pub(crate) caller: Caller,
    /// Wall time in milliseconds, read when the transaction began.
    pub(crate) now_ms: i64,
    /// The clock's `mono_ms` of the same moment.
    pub(crate) mono_ms: i64,
    /// Who is logged in; changed on the writer thread alone, so a handler that writes sees it in commit order.
    pub(crate) presence: Arc<Presence>,
    /// The server's generator.
    pub(crate) random: Random,
    /// Messages per second and group.
    pub(crate) frequency: Arc<message::frequency::Frequency>,
    /// Calls per window of commands with a limit of their own.
    pub(crate) rates: Arc<rate::Rates>,
    /// Who is in which live room.
    pub(crate) rooms: Arc<group::live_room::Rooms>,
    /// Whom events reach, to count those who are connected.
    pub(crate) audience: Arc<Sessions>,
    /// Addresses of files, and how much of an upload is there.
    pub(crate) depot: Arc<Depot>,
}

impl Context {
    /// Wall time in whole seconds, as most fields of the contract carry it.
    pub(crate) fn now_seconds(&self) -> i64 {
        self.now_ms.div_euclid(1000)
    }
}

/// Who asks. Which kinds may call a command stands in `tern_protocol::api::COMMANDS`; the dispatcher has checked it.
#[derive(Clone, Debug)]
pub(crate) enum Caller {
    /// An app admin over REST: may act for anybody of the application.
    Admin(Arc<Admin>),
    /// A person's session over WebSocket: acts for itself only.
    User(Arc<Person>),
    /// A push bridge.
    Bridge(Arc<Bridge>),
    /// The server itself: time passed, a link ended. It calls no commands.
    Server,
}

/// An app admin.
#[derive(Clone, Debug)]
pub(crate) struct Admin {
    /// The `identifier` of the URL.
    pub(crate) user_id: UserId,
}

/// A person's session.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    /// Name.
    pub(crate) user_id: UserId,
    /// Number.
    pub(crate) tiny_id: TinyId,
    /// This link; `InstId` of the login's answer.
    pub(crate) session: SessionId,
    /// What it runs on.
    pub(crate) platform: Platform,
    /// What the login is for.
    pub(crate) mode: LoginMode,
    /// The installation, as the client named it; empty: it did not.
    pub(crate) install: String,
}

/// A push bridge.
#[derive(Clone, Debug)]
pub(crate) struct Bridge {
    /// This link.
    pub(crate) session: SessionId,
    /// Applications it may serve; `None`: all.
    pub(crate) apps: Option<Vec<SdkAppId>>,
}

impl Bridge {
    /// Whether an application is this bridge's business.
    pub(crate) fn serves(&self, app: SdkAppId) -> bool {
        self.apps.as_ref().is_none_or(|apps| apps.contains(&app))
    }
}

impl Caller {
    /// The kind, as the command table knows it.
    pub(crate) fn kind(&self) -> Option<Callers> {
        match self {
            Self::Admin(_) => Some(Callers::ADMIN),
            Self::User(_) => Some(Callers::USER),
            Self::Bridge(_) => Some(Callers::BRIDGE),
            Self::Server => None,
        }
    }

    /// The person behind a session.
    pub(crate) fn person(&self) -> Option<&Arc<Person>> {
        match self {
            Self::User(person) => Some(person),
            Self::Admin(_) | Self::Bridge(_) | Self::Server => None,
        }
    }

    /// Whether an app admin asks.
    pub(crate) fn is_admin(&self) -> bool {
        matches!(self, Self::Admin(_))
    }

    /// Name of the account that asks; a bridge has none.
    pub(crate) fn user_id(&self) -> Option<&UserId> {
        match self {
            Self::Admin(admin) => Some(&admin.user_id),
            Self::User(person) => Some(&person.user_id),
            Self::Bridge(_) | Self::Server => None,
        }
    }

    /// The link that asks, which gets no echo of its own doing.
    pub(crate) fn session(&self) -> Option<SessionId> {
        match self {
            Self::Admin(_) | Self::Server => None,
            Self::User(person) => Some(person.session),
            Self::Bridge(bridge) => Some(bridge.session),
        }
    }
}

/// The server's random generator, passed in so that tests can repeat a run.
#[derive(Clone, Debug)]
pub(crate) struct Random(Arc<Mutex<StdRng>>);

impl Random {
    /// Seeded by the system.
    pub(crate) fn from_system() -> Self {
        Self(Arc::new(Mutex::new(StdRng::from_os_rng())))
    }

    /// The same numbers each time.
    #[cfg(test)]
    pub(crate) fn seeded(seed: u64) -> Self {
        Self(Arc::new(Mutex::new(StdRng::seed_from_u64(seed))))
    }

    /// 32 random bits.
    pub(crate) fn u32(&self) -> u32 {
        self.0.lock().next_u32()
    }

    /// 64 random bits.
    pub(crate) fn u64(&self) -> u64 {
        self.0.lock().next_u64()
    }
}

/// What a handler decided: the answer, and what shall happen after the commit.
#[derive(Debug)]
pub(crate) struct Outcome<R> {
    /// Fields of the answer beside the envelope.
    pub(crate) reply: R,
    /// Set when the envelope is not plain success although what was done stands (a batch that failed in part).
    pub(crate) partial: Option<Partial>,
    /// `ErrorDisplay` is in the envelope, empty, as on profile, relationship and conversation answers.
    pub(crate) error_display: bool,
    /// In their order.
    pub(crate) effects: Vec<Effect>,
}

/// An envelope of a batch that failed in part or whole; what was written is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Partial {
    /// `SomeError` or `FAIL`.
    pub(crate) status: ActionStatus,
    /// The contract's number.
    pub(crate) code: ErrorCode,
    /// One sentence.
    pub(crate) info: String,
}

impl<R> Outcome<R> {
    /// An answer without effects.
    pub(crate) fn reply(reply: R) -> Self {
        Self { reply, partial: None, error_display: false, effects: Vec::new() }
    }

    /// Adds an event for an audience.
    pub(crate) fn tell(self, audience: Audience, event: Event) -> Self {
        self.then(Effect::tell(audience, event))
    }

    /// Adds an effect.
    pub(crate) fn then(mut self, effect: Effect) -> Self {
        self.effects.push(effect);
        self
    }

    /// Adds effects.
    pub(crate) fn then_all(mut self, effects: impl IntoIterator<Item = Effect>) -> Self {
        self.effects.extend(effects);
        self
    }

    /// Marks a batch that failed in part.
    pub(crate) fn partial(mut self, status: ActionStatus, code: ErrorCode, info: impl Into<String>) -> Self {
        self.partial = Some(Partial { status, code, info: info.into() });
        self
    }

    /// Adds `ErrorDisplay` to the envelope.
    pub(crate) fn with_error_display(mut self) -> Self {
        self.error_display = true;
        self
    }
}

impl Outcome<Empty> {
    /// Success, the envelope alone.
    pub(crate) fn done() -> Self {
        Self::reply(Empty::default())
    }
}

/// What happens after the commit. The bus carries effects out in order, on every node that has sessions.
#[derive(Debug)]
pub(crate) enum Effect {
    /// An event for connected sessions.
    Tell {
        /// Who gets it.
        audience: Audience,
        /// Serialised once for all.
        event: Box<Event>,
        /// The session that caused it gets no echo.
        except: Option<SessionId>,
    },
    /// The member's sessions hear the group from now on.
    Joined {
        /// The group.
        group: GroupNo,
        /// The new member.
        member: TinyId,
    },
    /// The member's sessions hear the group no more. Put it after the event that tells the member.
    Left {
        /// The group.
        group: GroupNo,
        /// Who was a member.
        member: TinyId,
    },
    /// The member's sessions hear the group no more, though it is a member: it discards the group's messages.
    Unheard {
        /// The group.
        group: GroupNo,
        /// Who discards.
        member: TinyId,
    },
    /// Whether the member's sessions hear a topic differs from its community from now on, or (`None`) no more.
    HearsTopic {
        /// The topic.
        topic: GroupNo,
        /// Whose option it is.
        member: TinyId,
        /// `Some(false)`: not, whatever the community; `Some(true)`: yes, whatever the community.
        hears: Option<bool>,
    },
    /// One session hears a live room from now on.
    Entered {
        /// The room.
        group: GroupNo,
        /// The session.
        session: SessionId,
    },
    /// One session hears a live room no more.
    Went {
        /// The room.
        group: GroupNo,
        /// The session.
        session: SessionId,
    },
    /// Nobody hears the group any more. Put it after the event that tells the members.
    Dismissed {
        /// The group.
        group: GroupNo,
    },
    /// A session is told of people's states from now on.
    Subscribe {
        /// Which.
        session: SessionId,
        /// Whose states.
        users: Vec<TinyId>,
    },
    /// A session is told of people's states no more.
    Unsubscribe {
        /// Which.
        session: SessionId,
        /// Whose states; `None`: anybody's.
        users: Option<Vec<TinyId>>,
    },
    /// One link ends.
    Close {
        /// Which.
        session: SessionId,
        /// Why.
        why: Closing,
    },
}

impl Effect {
    /// An event for everybody of an audience.
    pub(crate) fn tell(audience: Audience, event: Event) -> Self {
        Self::Tell { audience, event: Box::new(event), except: None }
    }

    /// An event for everybody of an audience but the session that caused it.
    pub(crate) fn tell_others(audience: Audience, event: Event, cause: &Caller) -> Self {
        Self::Tell { audience, event: Box::new(event), except: cause.session() }
    }
}

/// Who gets an event, by number, wherever they are connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// All sessions of a person, of every mode.
    User(TinyId),
    /// All sessions of two different people.
    Pair(TinyId, TinyId),
    /// All sessions of some people.
    Users(Vec<TinyId>),
    /// The connected sessions of a group's members. The whole roster is never walked.
    Group(GroupNo),
    /// The sessions in a live room. What is sent so may come together with other events of the room, and is left out, by its weight,
    /// for a session that reads too slowly.
    Room(GroupNo, Weight),
    /// One session.
    Session(SessionId),
    /// The sessions that are told of a person's state.
    Watchers(TinyId),
    /// The push bridges that serve an application.
    Bridges(SdkAppId),
}

/// What is left out first for a session whose queue is filling.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Messages of priority Lowest.
    Lowest,
    /// Messages of priority Low, and who comes and leaves.
    Low,
    /// Messages of priority Normal.
    Normal,
    /// Messages of priority High.
    High,
}

/// An area's error: one enum per area, each case with its number of the contract and one clear sentence as its text.
pub(crate) trait AreaError: std::error::Error + From<StoreError> + Send + 'static {
    /// The contract's number.
    fn code(&self) -> ErrorCode;

    /// The failure below, if it is one: it is logged once, and the caller gets the code's own text instead of the detail.
    fn store(&self) -> Option<&StoreError>;
}

/// A refusal as callers see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The contract's number.
    pub(crate) code: ErrorCode,
    /// One sentence.
    pub(crate) info: Cow<'static, str>,
}

impl Fault {
    /// A refusal with its sentence.
    pub(crate) fn new(code: ErrorCode, info: impl Into<Cow<'static, str>>) -> Self {
        Self { code, info: info.into() }
    }

    /// A refusal with the contract's own text.
    pub(crate) fn of(code: ErrorCode) -> Self {
        Self::new(code, code.text())
    }
}
