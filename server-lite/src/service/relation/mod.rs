//! Friends and block lists, as far as they decide who may write to whom (`contract/rest-api.md` section 9,
//! `contract/client-semantics.md` section 9.4).

pub(crate) mod block;
pub(crate) mod friend;
pub(crate) mod gate;
pub(crate) mod list;

use super::{AreaError, Caller, Context};
use crate::store::TinyId;
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use tern_protocol::api::relation::{RelationResult, RelationResults};
use tern_protocol::{ErrorCode, limits};

/// Why a command about relations is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RelationError {
    /// A required field is absent.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A field has no possible value.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// Too many at once.
    #[error("at most {max} accounts are allowed in one request", max = limits::RELATION_BATCH)]
    Batch,
    /// No such account.
    #[error("account {0:.40} does not exist")]
    Unknown(String),
    /// A user acts for another.
    #[error("a user may change its own lists only")]
    NotYours,
    /// Own friend list is full.
    #[error("the friend list holds at most {max}", max = limits::FRIENDS)]
    FriendsFull,
    /// Too many friend groups.
    #[error("at most {max} friend groups are allowed", max = limits::FRIEND_GROUPS)]
    FriendGroupsFull,
    /// Own block list is full.
    #[error("the block list holds at most {max}", max = limits::BLOCK_LIST)]
    BlockListFull,
    /// The entry is there already, or is one's own.
    #[error("{0}")]
    State(&'static str),
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for RelationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing(_) | Self::Field(..) | Self::Batch | Self::State(_) => ErrorCode::RELATION_INVALID_PARAMETER,
            Self::Unknown(_) => ErrorCode::RELATION_ACCOUNT_NOT_IMPORTED,
            Self::NotYours => ErrorCode::RELATION_ADMIN_RIGHTS_NEEDED,
            Self::FriendsFull => ErrorCode::RELATION_OWN_FRIEND_LIST_FULL,
            Self::FriendGroupsFull => ErrorCode::RELATION_FRIEND_GROUP_COUNT_FULL,
            Self::BlockListFull => ErrorCode::RELATION_BLOCK_LIST_FULL,
            Self::Store(_) => ErrorCode::RELATION_INTERNAL_ERROR,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Whose lists a command is about: a session's own, or whom an app admin names.
fn owner(tx: &Tx<'_>, cx: &Context, from: Option<&str>) -> Result<(TinyId, String), RelationError> {
    let from = from.filter(|from| !from.is_empty());
    match &cx.caller {
        Caller::User(person) => match from {
            Some(from) if from != person.user_id.as_str() => Err(RelationError::NotYours),
            _ => Ok((person.tiny_id, person.user_id.to_string())),
        },
        Caller::Admin(_) => {
            let from = from.ok_or(RelationError::Missing("From_Account"))?;
            let row = find(tx, cx, from)?;
            Ok((row.tiny_id, row.user_id))
        }
        Caller::Bridge(_) | Caller::Server => Err(RelationError::NotYours),
    }
}

fn find(tx: &Tx<'_>, cx: &Context, name: &str) -> Result<AccountRow, RelationError> {
    account::find(tx, cx.app.id, name)?.ok_or_else(|| RelationError::Unknown(name.to_owned()))
}

fn check_batch(found: usize, field: &'static str) -> Result<(), RelationError> {
    match found {
        0 => Err(RelationError::Missing(field)),
        n if n > limits::RELATION_BATCH => Err(RelationError::Batch),
        _ => Ok(()),
    }
}

/// Writes down what became of one person; a failure below is everybody's.
fn settle<T>(answer: &mut RelationResults, name: String, done: Result<T, RelationError>) -> Result<Option<T>, RelationError> {
    let (done, result_code, result_info) = match done {
        Ok(done) => (Some(done), 0, String::new()),
        Err(error @ RelationError::Store(_)) => return Err(error),
        Err(error) => (None, error.code().0, error.to_string()),
    };
    if done.is_none() {
        answer.fail_account.get_or_insert_default().push(name.clone());
    }
    answer.result_item.push(RelationResult { to_account: name, result_code, result_info });
    Ok(done)
}
