//! Search (`contract/tern-commands.md` section 8, `contract/client-semantics.md` section 12.2): in what the caller may read, and
//! nothing else. Messages are found by the index, which is at most about a second behind; people, groups and members by their rows.

pub(crate) mod messages;
pub(crate) mod names;
pub(crate) mod web;

use super::message::MessageError;
use super::{AreaError, Caller, Context, Person};
use crate::store::engine::StoreError;
use std::sync::Arc;
use tern_protocol::{ErrorCode, limits};

/// Results of one answer when the caller does not say.
const DEFAULT_LIMIT: u64 = 20;

/// Why a search is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SearchError {
    /// A field has no possible value.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// A list is too long.
    #[error("{0} holds at most {1}")]
    TooMany(&'static str, usize),
    /// The conversation or the group that is named may not be read.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for SearchError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Field(..) | Self::TooMany(..) => ErrorCode::MESSAGE_BAD_REQUEST,
            Self::Message(error) => error.code(),
            Self::Store(_) => ErrorCode::MSG_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            Self::Message(error) => error.store(),
            Self::Field(..) | Self::TooMany(..) => None,
        }
    }
}

/// Who searches: only a person's session does.
fn person(cx: &Context) -> Result<&Arc<Person>, SearchError> {
    match &cx.caller {
        Caller::User(person) => Ok(person),
        Caller::Admin(_) | Caller::Bridge(_) | Caller::Server => Err(SearchError::Field("the caller", "must be a user's session")),
    }
}

fn limit_of(wanted: u64) -> usize {
    let wanted = if wanted == 0 { DEFAULT_LIMIT } else { wanted };
    usize::try_from(wanted).unwrap_or(usize::MAX).min(limits::SEARCH_PAGE)
}

fn check_list(field: &'static str, len: usize, most: usize) -> Result<(), SearchError> {
    if len > most { Err(SearchError::TooMany(field, most)) } else { Ok(()) }
}

fn check_keywords(keywords: &[String]) -> Result<(), SearchError> {
    check_list("KeywordList", keywords.len(), limits::SEARCH_TERMS)?;
    match keywords.iter().any(|keyword| keyword.len() > limits::SEARCH_KEYWORD_BYTES) {
        true => Err(SearchError::Field("KeywordList", "has a keyword of more than 256 bytes")),
        false => Ok(()),
    }
}
