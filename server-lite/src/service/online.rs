//! Online state of many users, of the backend (`contract/rest-api.md` section 4).

use super::{AreaError, Context, Outcome, presence};
use crate::store::account;
use crate::store::engine::{StoreError, Tx};
use tern_protocol::api::presence::{AccountError, OnlineStatus, PlatformState, QueryOnlineStatus, UserState};
use tern_protocol::{ErrorCode, limits};

/// Why a query is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OnlineError {
    /// Nobody is asked for.
    #[error("To_Account is missing")]
    NoTarget,
    /// Too many are.
    #[error("To_Account names more than {} accounts", limits::STATUS_QUERY_BATCH)]
    TooMany,
    /// None of them exists.
    #[error("none of these accounts exists")]
    Unknown,
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for OnlineError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoTarget => ErrorCode::TO_ACCOUNT_INVALID,
            Self::TooMany => ErrorCode::TOO_MANY_TARGETS,
            Self::Unknown => ErrorCode::ACCOUNT_NOT_FOUND,
            Self::Store(_) => ErrorCode::ACCOUNT_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// `openim.query_online_status`: accounts that do not exist stand in `ErrorList`.
pub(crate) fn query(tx: &Tx<'_>, cx: &Context, request: QueryOnlineStatus) -> Result<Outcome<OnlineStatus>, OnlineError> {
    match request.to_account.len() {
        0 => return Err(OnlineError::NoTarget),
        n if n > limits::STATUS_QUERY_BATCH => return Err(OnlineError::TooMany),
        _ => {}
    }
    let detailed = request.is_need_detail == Some(1);
    let mut answer = OnlineStatus::default();
    for to_account in request.to_account {
        let Some(account) = account::find(tx, cx.app.id, &to_account)? else {
            let error_code = ErrorCode::ACCOUNT_NOT_FOUND.0;
            answer.error_list.get_or_insert_default().push(AccountError { to_account, error_code });
            continue;
        };
        let (status, platforms) = presence::status(tx, cx, account.tiny_id)?;
        let detail =
            platforms.into_iter().map(|(platform, status)| PlatformState { platform: platform.into(), status: status.to_string() });
        answer.query_result.push(UserState {
            to_account,
            status: status.to_string(),
            state: status.to_string(),
            detail: detailed.then(|| detail.collect()),
        });
    }
    Ok(Outcome::reply(answer))
}

/// `openim.querystate`, the older name: alike, but 70107 when no account exists.
pub(crate) fn query_state(tx: &Tx<'_>, cx: &Context, request: QueryOnlineStatus) -> Result<Outcome<OnlineStatus>, OnlineError> {
    let outcome = query(tx, cx, request)?;
    if outcome.reply.query_result.is_empty() { Err(OnlineError::Unknown) } else { Ok(outcome) }
}
