//! Online state of many users: asked for by the backend (`contract/rest-api.md` section 4) and by people, who may be told of its
//! changes too and say something of themselves (`contract/client-semantics.md` 10.2).

use super::{AreaError, Audience, Context, Effect, Outcome, presence};
use crate::store::engine::{StoreError, Tx};
use crate::store::{TinyId, account, presence as store};
use tern_protocol::api::Empty;
use tern_protocol::api::presence::{
    AccountError, OnlineStatus, PlatformState, QueryOnlineStatus, SetCustomStatus, UserState, Watch,
};
use tern_protocol::api::web_sdk::{WebUserState, WebUserStates};
use tern_protocol::event::{Event, UserStatus};
use tern_protocol::{ErrorCode, limits};

/// Why a query is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OnlineError {
    /// Nobody is asked for.
    #[error("To_Account is missing")]
    NoTarget,
    /// Too many are.
    #[error("To_Account names more than {0} accounts")]
    TooMany(usize),
    /// The application has the feature off.
    #[error("the application does not show online states to its users")]
    Off,
    /// Only a person's session may.
    #[error("only a person's session can do this")]
    NoPerson,
    /// What a person says of itself is too long.
    #[error("CustomStatus is longer than {} bytes", limits::CUSTOM_STATUS_BYTES)]
    TooLong,
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
            Self::TooMany(_) => ErrorCode::TOO_MANY_TARGETS,
            Self::Off => ErrorCode::ACCOUNT_USER_STATUS_QUERY_SUBSCRIPTION,
            Self::NoPerson | Self::TooLong => ErrorCode::MESSAGE_BAD_REQUEST,
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

/// Refuses a person where the application shows no states; the backend always sees them.
fn check_shown(cx: &Context) -> Result<(), OnlineError> {
    match cx.caller.is_admin() || cx.app.settings.features.user_status {
        true => Ok(()),
        false => Err(OnlineError::Off),
    }
}

fn check_length(names: &[String], most: usize) -> Result<(), OnlineError> {
    match names.len() {
        0 => Err(OnlineError::NoTarget),
        n if n > most => Err(OnlineError::TooMany(most)),
        _ => Ok(()),
    }
}

/// `openim.query_online_status`: accounts that do not exist stand in `ErrorList`.
pub(crate) fn query(tx: &Tx<'_>, cx: &Context, request: QueryOnlineStatus) -> Result<Outcome<OnlineStatus>, OnlineError> {
    check_shown(cx)?;
    check_length(&request.to_account, limits::STATUS_QUERY_BATCH)?;
    let detailed = request.is_need_detail == Some(1);
    Ok(Outcome::reply(look(tx, cx, request.to_account, detailed)?.0))
}

/// How people are, and the numbers of those who exist.
fn look(tx: &Tx<'_>, cx: &Context, names: Vec<String>, detailed: bool) -> Result<(OnlineStatus, Vec<TinyId>), StoreError> {
    let (mut answer, mut found) = (OnlineStatus::default(), Vec::new());
    for to_account in names {
        let Some(account) = account::find(tx, cx.app.id, &to_account)? else {
            let error_code = ErrorCode::ACCOUNT_NOT_FOUND.0;
            answer.error_list.get_or_insert_default().push(AccountError { to_account, error_code });
            continue;
        };
        found.push(account.tiny_id);
        let (status, platforms) = presence::status(tx, cx, account.tiny_id)?;
        let detail =
            platforms.into_iter().map(|(platform, status)| PlatformState { platform: platform.into(), status: status.to_string() });
        let mut state = UserState {
            to_account,
            status: status.to_string(),
            state: status.to_string(),
            detail: detailed.then(|| detail.collect()),
            ..UserState::default()
        };
        if !cx.caller.is_admin() {
            let standing = store::standing(tx, account.tiny_id)?;
            state.number = Some(presence::number(status, standing.logged_out));
            state.custom_status = Some(standing.custom_status).filter(|text| !text.is_empty());
        }
        answer.query_result.push(state);
    }
    Ok((answer, found))
}

/// `tern_presence.subscribe`: how people are, and from now on each change. Oneself is left out: of one's own sessions one hears anyway.
/// On the writer thread, so that no change falls between the answer and the first event.
pub(crate) fn subscribe(tx: &Tx<'_>, cx: &Context, request: Watch) -> Result<Outcome<OnlineStatus>, OnlineError> {
    check_shown(cx)?;
    check_length(&request.to_account, limits::STATUS_SUBSCRIBE_BATCH)?;
    let person = cx.caller.person().ok_or(OnlineError::NoPerson)?;
    let others = request.to_account.into_iter().filter(|name| name != person.user_id.as_str()).collect();
    let (answer, users) = look(tx, cx, others, false)?;
    Ok(Outcome::reply(answer).then(Effect::Subscribe { session: person.session, users }))
}

/// `im_open_status.ws_get_user_status`, as the product's Web SDK asks.
pub(crate) fn web_states(tx: &Tx<'_>, cx: &Context, request: Watch) -> Result<Outcome<WebUserStates>, OnlineError> {
    check_shown(cx)?;
    check_length(&request.to_account, limits::STATUS_QUERY_BATCH)?;
    Ok(Outcome::reply(web(look(tx, cx, request.to_account, false)?.0)))
}

/// `im_open_status.ws_status_subscribe`
pub(crate) fn web_subscribe(tx: &Tx<'_>, cx: &Context, request: Watch) -> Result<Outcome<WebUserStates>, OnlineError> {
    let Outcome { reply, effects, .. } = subscribe(tx, cx, request)?;
    Ok(Outcome::reply(web(reply)).then_all(effects))
}

fn web(status: OnlineStatus) -> WebUserStates {
    let state = |state: UserState| WebUserState {
        to_account: state.to_account,
        status: state.number.unwrap_or_default(),
        custom_status: state.custom_status.unwrap_or_default(),
    };
    let users = status.query_result.into_iter().map(state).collect();
    WebUserStates { users, error_list: status.error_list.unwrap_or_default() }
}

/// `tern_presence.unsubscribe`: of these people, or of everybody when none is named.
pub(crate) fn unsubscribe(tx: &Tx<'_>, cx: &Context, request: Watch) -> Result<Outcome<Empty>, OnlineError> {
    check_shown(cx)?;
    let person = cx.caller.person().ok_or(OnlineError::NoPerson)?;
    if request.to_account.is_empty() {
        return Ok(Outcome::done().then(Effect::Unsubscribe { session: person.session, users: None }));
    }
    check_length(&request.to_account, limits::STATUS_SUBSCRIBE_BATCH)?;
    let mut users = Vec::new();
    for name in &request.to_account {
        users.extend(account::find(tx, cx.app.id, name)?.map(|account| account.tiny_id));
    }
    Ok(Outcome::done().then(Effect::Unsubscribe { session: person.session, users: Some(users) }))
}

/// `im_open_status.ws_set_custom_status`: kept until it is cleared; watchers and one's own other sessions are told.
pub(crate) fn set_custom_status(tx: &Tx<'_>, cx: &Context, request: SetCustomStatus) -> Result<Outcome<Empty>, OnlineError> {
    let person = cx.caller.person().ok_or(OnlineError::NoPerson)?;
    if request.custom_status.len() > limits::CUSTOM_STATUS_BYTES {
        return Err(OnlineError::TooLong);
    }
    let standing = store::standing(tx, person.tiny_id)?;
    if standing.custom_status == request.custom_status {
        return Ok(Outcome::done());
    }
    store::set_custom_status(tx, person.tiny_id, &request.custom_status)?;
    let (status, _) = presence::status(tx, cx, person.tiny_id)?;
    let event = Event::UserStatus(UserStatus {
        to_account: person.user_id.to_string(),
        status: presence::number(status, standing.logged_out),
        custom_status: Some(request.custom_status),
    });
    let own = Effect::tell_others(Audience::User(person.tiny_id), event.clone(), &cx.caller);
    Ok(Outcome::done().tell(Audience::Watchers(person.tiny_id), event).then(own))
}

/// `openim.querystate`, the older name: alike, but 70107 when no account exists.
pub(crate) fn query_state(tx: &Tx<'_>, cx: &Context, request: QueryOnlineStatus) -> Result<Outcome<OnlineStatus>, OnlineError> {
    let outcome = query(tx, cx, request)?;
    if outcome.reply.query_result.is_empty() { Err(OnlineError::Unknown) } else { Ok(outcome) }
}
