//! Messages: sending, reading, and the one shape in which clients see them (`contract/rest-api.md` sections 2, 5 and 13).

pub(crate) mod broadcast;
pub(crate) mod c2c;
mod check;
pub(crate) mod delete;
pub(crate) mod extension;
pub(crate) mod frequency;
pub(crate) mod group;
pub(crate) mod group_pin;
pub(crate) mod history;
pub(crate) mod import;
pub(crate) mod import_group;
pub(crate) mod locate;
mod mention;
pub(crate) mod modify;
pub(crate) mod reaction;
pub(crate) mod recall;
pub(crate) mod receipt;
pub(crate) mod relay;
mod room;
pub(crate) mod view;
pub(crate) mod web_reaction;

#[cfg(test)]
mod tests;

use super::account::AccountError;
use super::group::GroupError;
use super::{AreaError, Caller, Context};
use crate::store::TinyId;
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use crate::store::message::Stored;
use tern_protocol::model::message::BodyError;
use tern_protocol::{ErrorCode, UserId};

/// Which family of numbers a refusal takes: one-to-one commands and group commands share few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    /// `openim`, over REST: 90xxx.
    Rest,
    /// `openim`, of a client: 20xxx where the contract has one.
    Client,
    /// `group_open_http_svc`: 10xxx.
    Group,
}

impl Family {
    /// The family of a one-to-one command by its caller.
    fn of(caller: &Caller) -> Self {
        if caller.is_admin() { Self::Rest } else { Self::Client }
    }
}

/// Why a message command is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MessageError {
    /// A required field is absent or out of range.
    #[error("{field} {what}")]
    Field {
        /// Name on the wire.
        field: &'static str,
        /// What is wrong with it.
        what: &'static str,
        /// The contract's number for this field.
        code: ErrorCode,
    },
    /// The body is no message.
    #[error("{error}")]
    Body {
        /// What is wrong with it.
        error: BodyError,
        /// Whose numbers.
        family: Family,
    },
    /// No such sender.
    #[error("account {0} (From_Account) does not exist")]
    SenderUnknown(String, Family),
    /// No such receiver.
    #[error("account {0} (To_Account) does not exist")]
    ReceiverUnknown(String, Family),
    /// A user names somebody else as itself.
    #[error("a user may not act as another account")]
    NotYourself(Family),
    /// The receiver's block list or the friend lists forbid it.
    #[error("{}", .0.text())]
    NoPassage(ErrorCode),
    /// No such group, or it is gone.
    #[error("group {0} does not exist")]
    GroupUnknown(String),
    /// The group's rules forbid it.
    #[error("{0}")]
    GroupForbidden(&'static str),
    /// The sender, or everybody, may not speak.
    #[error("{0}")]
    Muted(&'static str),
    /// A mention or target list is too long.
    #[error("at most {0} accounts may be named")]
    TooManyNamed(usize, ErrorCode),
    /// A rule with a number of its own.
    #[error("{0}")]
    Refused(&'static str, ErrorCode),
    /// The group keeps no messages.
    #[error("groups of this type keep no messages")]
    NoHistory,
    /// A first message of an admin would make its account, which cannot be made.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// A rule of groups.
    #[error(transparent)]
    Group(#[from] GroupError),
    /// Below the rules.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for MessageError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl AreaError for MessageError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field { code, .. } | Self::TooManyNamed(_, code) | Self::Refused(_, code) | Self::NoPassage(code) => *code,
            Self::Body { error, family } => match family {
                Family::Rest => error.code(ErrorCode::PACKET_TOO_LONG),
                Family::Client => error.code(ErrorCode::CONTENT_TOO_LONG),
                Family::Group => match error {
                    BodyError::TooLong(_) => ErrorCode::CONTENT_TOO_LONG,
                    _ => ErrorCode::GROUP_BAD_PARAMETER,
                },
            },
            Self::SenderUnknown(_, Family::Rest) => ErrorCode::FROM_ACCOUNT_INVALID,
            Self::ReceiverUnknown(_, Family::Rest) => ErrorCode::TO_ACCOUNT_NOT_REGISTERED,
            Self::SenderUnknown(_, Family::Client) | Self::ReceiverUnknown(_, Family::Client) => {
                ErrorCode::MESSAGE_ACCOUNT_NOT_FOUND
            }
            Self::SenderUnknown(_, Family::Group) | Self::ReceiverUnknown(_, Family::Group) => ErrorCode::GROUP_ACCOUNT_NOT_FOUND,
            Self::NotYourself(Family::Group) | Self::GroupForbidden(_) => ErrorCode::GROUP_PERMISSION_DENIED,
            Self::NotYourself(_) => ErrorCode::MSG_ADMIN_REQUIRED,
            Self::GroupUnknown(_) => ErrorCode::GROUP_NOT_FOUND,
            Self::Muted(_) => ErrorCode::GROUP_SENDER_MUTED,
            Self::NoHistory => ErrorCode::GROUP_GROUP_TYPE_HAS_NO,
            Self::Account(error) => error.code(),
            Self::Group(error) => error.code(),
            Self::Store(_) => ErrorCode::MSG_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Account(error) => error.store(),
            Self::Group(error) => error.store(),
            _ => None,
        }
    }
}

/// Who a message is from, with the words that travel with it.
#[derive(Clone)]
pub(crate) struct Sender {
    pub(crate) tiny_id: TinyId,
    pub(crate) user_id: String,
    pub(crate) nick: String,
    pub(crate) face_url: String,
}

impl From<AccountRow> for Sender {
    fn from(row: AccountRow) -> Self {
        Self { tiny_id: row.tiny_id, user_id: row.user_id, nick: row.nick, face_url: row.face_url }
    }
}

/// The sender: a session's own person, whoever an admin names, or the admin itself, whose account its first message makes.
fn sender(tx: &Tx<'_>, cx: &Context, from: Option<&str>, family: Family) -> Result<Sender, MessageError> {
    let from = from.filter(|from| !from.is_empty());
    match &cx.caller {
        Caller::User(person) => {
            if from.is_some_and(|from| from != person.user_id.as_str()) {
                return Err(MessageError::NotYourself(family));
            }
            let (nick, face_url) = account::words(tx, person.tiny_id)?.unwrap_or_default();
            Ok(Sender { tiny_id: person.tiny_id, user_id: person.user_id.as_str().to_owned(), nick, face_url })
        }
        Caller::Admin(admin) => match from {
            Some(from) if from != admin.user_id.as_str() => {
                let found = account::find(tx, cx.app.id, from)?;
                found.map(Sender::from).ok_or_else(|| MessageError::SenderUnknown(shown(from), family))
            }
            _ => Ok(super::account::ensure(tx, &cx.app, &admin.user_id, cx.now_seconds())?.into()),
        },
        Caller::Bridge(_) | Caller::Server => Err(MessageError::NotYourself(family)),
    }
}

/// Who may see a message that is not for the whole group: its targets and its sender.
fn few_readers(stored: &Stored) -> Option<Vec<TinyId>> {
    if stored.extra.targets.is_empty() {
        return None;
    }
    let mut readers = stored.extra.targets.clone();
    if !readers.contains(&stored.sender) {
        readers.push(stored.sender);
    }
    Some(readers)
}

/// A name as it stands in a sentence: a stranger chose it, so it is cut.
fn shown(name: &str) -> String {
    UserId::parse(name).map_or_else(|_| format!("{:?}", name.chars().take(40).collect::<String>()), |id| id.to_string())
}
