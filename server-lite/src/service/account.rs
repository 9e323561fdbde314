//! Accounts: import, deletion, check, kick, and the one that a first login makes (`contract/rest-api.md` section 3).

use super::{AreaError, Context, Outcome, group, presence};
use crate::application::Application;
use crate::store::account::{self, AccountRow};
use crate::store::engine::{StoreError, Tx};
use crate::store::{self, profile};
use serde_json::Value;
use std::collections::HashSet;
use tern_protocol::api::Empty;
use tern_protocol::api::account::{
    AccountCheck, AccountDelete, AccountImport, AccountItem, AccountResult, AccountResults, Kick, MultiaccountImport,
    MultiaccountImported,
};
use tern_protocol::limits::{self, Edition};
use tern_protocol::{ErrorCode, UserId};

const SECONDS_PER_DAY: i64 = 86_400;

/// Why an account command is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountError {
    /// A required field is absent.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// No possible UserID.
    #[error("UserID {0:?} must be 1 to 32 bytes of printable ASCII")]
    BadUserId(String),
    /// Nick or photo is too long.
    #[error("{0} is longer than 500 bytes")]
    TooLong(&'static str),
    /// Too many in one request.
    #[error("{found} accounts in one request; at most {most} are allowed")]
    BatchSize {
        /// In the request.
        found: usize,
        /// Allowed.
        most: usize,
    },
    /// The plan's number of accounts is reached.
    #[error("the edition of this application allows {0} accounts")]
    Limit(u32),
    /// Deleted lately.
    #[error("account {0} was deleted less than three months ago")]
    DeletedLately(String),
    /// No such account.
    #[error("account {0} does not exist")]
    Unknown(String),
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for AccountError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing(_) | Self::BadUserId(_) => ErrorCode::ACCOUNT_BAD_PARAMETER,
            Self::TooLong(_) => ErrorCode::PROFILE_VALUE_TOO_LONG,
            Self::BatchSize { .. } => ErrorCode::ACCOUNT_BATCH_SIZE,
            Self::Limit(_) => ErrorCode::ACCOUNT_LIMIT,
            Self::DeletedLately(_) => ErrorCode::ACCOUNT_DELETED_ACCOUNT_MAY_NOT,
            Self::Unknown(_) => ErrorCode::ACCOUNT_NOT_FOUND,
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

fn parse(user_id: String) -> Result<UserId, AccountError> {
    if user_id.is_empty() {
        return Err(AccountError::Missing("UserID"));
    }
    UserId::parse(user_id.clone()).map_err(|_| AccountError::BadUserId(user_id))
}

/// The account of this name, made if it does not exist: a first login, an admin who speaks, or an import.
pub(crate) fn ensure(tx: &Tx<'_>, app: &Application, user_id: &UserId, now: i64) -> Result<AccountRow, AccountError> {
    if let Some(found) = account::find(tx, app.id, user_id.as_str())? {
        return Ok(found);
    }
    // An admin's account comes with the application.
    if app.is_admin(user_id.as_str()) {
        return Ok(account::insert(tx, app.id, user_id.as_str(), now)?);
    }
    if let Some(most) = app.limits().accounts
        && account::count(tx, app.id)? >= i64::from(most)
    {
        return Err(AccountError::Limit(most));
    }
    let wait = i64::from(app.settings.reimport_wait_days) * SECONDS_PER_DAY;
    if app.edition != Edition::Developer
        && wait > 0
        && account::last_deleted(tx, app.id, user_id.as_str())?.is_some_and(|at| now < at + wait)
    {
        return Err(AccountError::DeletedLately(user_id.to_string()));
    }
    Ok(account::insert(tx, app.id, user_id.as_str(), now)?)
}

fn import_one(tx: &Tx<'_>, cx: &Context, request: AccountImport) -> Result<(), AccountError> {
    let user_id = parse(request.user_id)?;
    for (name, text) in [("Nick", &request.nick), ("FaceUrl", &request.face_url)] {
        if text.as_ref().is_some_and(|text| text.len() > limits::PROFILE_VALUE_BYTES) {
            return Err(AccountError::TooLong(name));
        }
    }
    let account = ensure(tx, &cx.app, &user_id, cx.now_seconds())?;
    let mut changed = false;
    for (tag, old, new) in [(profile::NICK, &account.nick, request.nick), (profile::IMAGE, &account.face_url, request.face_url)] {
        if let Some(new) = new.filter(|new| new != old) {
            profile::set(tx, account.tiny_id, tag, &Value::from(new))?;
            changed = true;
        }
    }
    if changed {
        profile::touch(tx, account.tiny_id)?;
    }
    Ok(())
}

/// `im_open_login_svc.account_import`
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: AccountImport) -> Result<Outcome<Empty>, AccountError> {
    import_one(tx, cx, request)?;
    Ok(Outcome::done())
}

/// `im_open_login_svc.multiaccount_import`. Accounts that cannot be made are named; the others stand.
pub(crate) fn import_many(
    tx: &Tx<'_>,
    cx: &Context,
    request: MultiaccountImport,
) -> Result<Outcome<MultiaccountImported>, AccountError> {
    let mut items = request.account_list.unwrap_or_default();
    items.extend(
        request.accounts.unwrap_or_default().into_iter().map(|user_id| AccountImport { user_id, ..AccountImport::default() }),
    );
    check_batch(items.len(), "Accounts")?;
    let total = items.len();
    let mut fail_accounts = Vec::new();
    let mut limit = None;
    for item in items {
        let user_id = item.user_id.clone();
        match import_one(tx, cx, item) {
            Ok(()) => {}
            Err(AccountError::Store(error)) => return Err(error.into()),
            Err(error) => {
                if let AccountError::Limit(most) = error {
                    limit = Some(most);
                }
                fail_accounts.push(user_id);
            }
        }
    }
    match limit {
        Some(most) if fail_accounts.len() == total => Err(AccountError::Limit(most)),
        _ => Ok(Outcome::reply(MultiaccountImported { fail_accounts })),
    }
}

fn check_batch(found: usize, field: &'static str) -> Result<(), AccountError> {
    match found {
        0 => Err(AccountError::Missing(field)),
        n if n > limits::ACCOUNT_BATCH => Err(AccountError::BatchSize { found, most: limits::ACCOUNT_BATCH }),
        _ => Ok(()),
    }
}

/// `im_open_login_svc.account_check`
pub(crate) fn check(tx: &Tx<'_>, cx: &Context, request: AccountCheck) -> Result<Outcome<AccountResults>, AccountError> {
    check_batch(request.check_item.len(), "CheckItem")?;
    let mut result_item = Vec::with_capacity(request.check_item.len());
    for AccountItem { user_id } in request.check_item {
        let exists = account::find(tx, cx.app.id, &user_id)?.is_some();
        let status = if exists { "Imported" } else { "NotImported" };
        result_item.push(AccountResult { account_status: Some(status.into()), ..item_result(user_id, Ok(())) });
    }
    Ok(Outcome::reply(AccountResults { result_item }))
}

fn item_result(user_id: String, result: Result<(), AccountError>) -> AccountResult {
    let (result_code, result_info) = match result {
        Ok(()) => (0, String::new()),
        Err(error) => (error.code().0, error.to_string()),
    };
    AccountResult { user_id, result_code, result_info, account_status: None }
}

/// `im_open_login_svc.account_delete`: the account's profile and memberships go with it, its sessions end, its UserSigs die.
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: AccountDelete) -> Result<Outcome<AccountResults>, AccountError> {
    check_batch(request.delete_item.len(), "DeleteItem")?;
    let mut outcome = Outcome::reply(AccountResults::default());
    let mut seen = HashSet::new();
    for AccountItem { user_id } in request.delete_item {
        if !seen.insert(user_id.clone()) {
            continue;
        }
        let result = match account::find(tx, cx.app.id, &user_id)? {
            None => Err(AccountError::Unknown(user_id.clone())),
            Some(found) => {
                let kicked = presence::kick_all(tx, cx, found.tiny_id, &found.user_id)?;
                let left = group::member::forget_account(tx, cx, found.tiny_id)?;
                account::delete(tx, found.tiny_id, cx.now_seconds())?;
                outcome = outcome.then_all(kicked).then_all(left);
                Ok(())
            }
        };
        outcome.reply.result_item.push(item_result(user_id, result));
    }
    Ok(outcome)
}

/// `im_open_login_svc.kick`: sessions of every mode end. UserSigs of the running second die too: they cannot be told from older ones.
pub(crate) fn kick(tx: &Tx<'_>, cx: &Context, request: Kick) -> Result<Outcome<Empty>, AccountError> {
    let user_id = parse(request.user_id)?;
    let found = account::find(tx, cx.app.id, user_id.as_str())?.ok_or_else(|| AccountError::Unknown(user_id.to_string()))?;
    store::account::set_not_before(tx, found.tiny_id, cx.now_seconds() + 1)?;
    Ok(Outcome::done().then_all(presence::kick_all(tx, cx, found.tiny_id, &found.user_id)?))
}
