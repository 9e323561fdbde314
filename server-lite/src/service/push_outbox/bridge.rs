//! What bridges ask: jobs on leases, their end, and an overview of people.

use super::job::JobMaker;
use super::{PushError, is_pushable};
use crate::service::{Bridge, Caller, Context, Outcome, conversation, presence};
use crate::store::conversation::Ends;
use crate::store::engine::{StoreError, Tx};
use crate::store::{TinyId, account, message, presence as devices, push_outbox as store};
use tern_protocol::SdkAppId;
use tern_protocol::api::Empty;
use tern_protocol::api::push::{
    PushAck, PushJobs, PushPresence, PushPresenceItem, PushPresencePage, PushPull, PushReport, PushStateItem, PushStateQuery,
    PushStates,
};

/// Milliseconds for which a bridge holds a job that it has not acknowledged.
pub(super) const LEASE_MS: i64 = 60_000;
/// Jobs in one pull.
const PULL_MOST: u64 = 500;
/// Members of a group looked at per message and pull.
const EXPAND_PAGE: i64 = 2_000;
/// Group messages looked at per pull.
const EXPAND_MESSAGES: i64 = 100;
/// People in one page of the overview.
const PRESENCE_PAGE: u64 = 1_000;

fn bridge(cx: &Context) -> Result<&Bridge, PushError> {
    match &cx.caller {
        Caller::Bridge(bridge) => Ok(bridge),
        Caller::Admin(_) | Caller::User(_) | Caller::Server => Err(PushError::WrongCaller),
    }
}

/// `tern_push.pull`
pub(crate) fn pull(tx: &Tx<'_>, cx: &Context, request: PushPull) -> Result<Outcome<PushJobs>, PushError> {
    let bridge = bridge(cx)?;
    let most = usize::try_from(request.max.clamp(1, PULL_MOST)).unwrap_or(1);
    // From now on a new job is told again: this pull may not see it.
    cx.presence.push_pulled();
    expand(tx, cx, bridge)?;
    let mut jobs = Vec::new();
    let mut maker = JobMaker::new(tx, cx);
    let mut after = 0;
    while jobs.len() < most {
        let page = store::free_jobs(tx, cx.now_ms, after, 256)?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for row in page {
            if jobs.len() >= most || !bridge.serves(row.app) {
                continue;
            }
            match maker.job(&row)? {
                Some(job) => {
                    store::lease(tx, row.id, cx.now_ms + LEASE_MS)?;
                    jobs.push(job);
                }
                None => store::remove(tx, row.id)?,
            }
        }
    }
    let pending = store::pending(tx)?;
    Ok(Outcome::reply(PushJobs { jobs, pending }))
}

/// Turns group rows into rows of those members who have a phone that wants pushes, a page of members each.
fn expand(tx: &Tx<'_>, cx: &Context, bridge: &Bridge) -> Result<(), StoreError> {
    for row in store::unexpanded(tx, 0, EXPAND_MESSAGES)? {
        if !bridge.serves(row.app) {
            continue;
        }
        let thread = crate::store::conversation::by_id(tx, row.thread)?;
        let stored = message::at(tx, row.thread, row.pos)?;
        let (Some(Ends::Group(no)), Some(stored)) = (thread.map(|thread| thread.ends), stored) else {
            store::remove(tx, row.id)?;
            continue;
        };
        let page = store::members_after(tx, no, row.expanded, EXPAND_PAGE)?;
        for member in page.iter().filter(|member| member.wants_push) {
            let user = member.tiny_id;
            if user != stored.sender && stored.is_for(user) && !cx.presence.has_phone_in_sight(user) {
                store::add(tx, row.app, row.thread, row.pos, Some(user), row.expire_time)?;
            }
        }
        match page.last() {
            Some(last) if i64::try_from(page.len()).unwrap_or(0) >= EXPAND_PAGE => store::set_expanded(tx, row.id, last.tiny_id)?,
            _ => store::remove(tx, row.id)?,
        }
    }
    Ok(())
}

fn job_id(text: &str) -> Option<i64> {
    text.parse().ok()
}

/// `tern_push.ack`: the jobs are the bridge's own now.
pub(crate) fn ack(tx: &Tx<'_>, cx: &Context, request: PushAck) -> Result<Outcome<Empty>, PushError> {
    let bridge = bridge(cx)?;
    for id in request.job_ids.iter().filter_map(|text| job_id(text)) {
        if store::app_of(tx, id)?.is_some_and(|app| bridge.serves(app)) {
            store::remove(tx, id)?;
        }
    }
    Ok(Outcome::done())
}

/// `tern_push.report`: a dead token is cleared unless it was registered again since.
pub(crate) fn report(tx: &Tx<'_>, cx: &Context, request: PushReport) -> Result<Outcome<Empty>, PushError> {
    let bridge = bridge(cx)?;
    for result in request.results {
        let app = SdkAppId(result.sdk_app_id);
        if result.outcome != "TokenInvalid" || !bridge.serves(app) {
            continue;
        }
        if let Some(account) = account::find(tx, app, &result.to_account)? {
            let since_ms = result.since_ms.unwrap_or(cx.now_ms);
            devices::clear_dead_token(tx, account.tiny_id, &result.install, &result.token, since_ms)?;
        }
    }
    Ok(Outcome::done())
}

/// `tern_push.state`: what became of pushes that a bridge still holds.
pub(crate) fn state(tx: &Tx<'_>, cx: &Context, request: PushStateQuery) -> Result<Outcome<PushStates>, PushError> {
    let bridge = bridge(cx)?;
    let states =
        request.items.iter().map(|item| Ok(state_of(tx, cx, bridge, item)?.to_owned())).collect::<Result<_, StoreError>>()?;
    Ok(Outcome::reply(PushStates { states }))
}

fn state_of(tx: &Tx<'_>, cx: &Context, bridge: &Bridge, item: &PushStateItem) -> Result<&'static str, StoreError> {
    let app = SdkAppId(item.sdk_app_id);
    if !bridge.serves(app) {
        return Ok("Gone");
    }
    let Some(user) = account::find(tx, app, &item.to_account)? else { return Ok("Gone") };
    if cx.presence.has_phone_in_sight(user.tiny_id) {
        return Ok("Online");
    }
    if !store::wants_push(tx, user.tiny_id)? {
        return Ok("Gone");
    }
    let thread = conversation::thread_of(tx, app, user.tiny_id, &item.conversation)?;
    let Some(thread) = thread else { return Ok("Gone") };
    let own = conversation::own_or_default(tx, &thread, user.tiny_id)?;
    Ok(match own {
        None => "Gone",
        Some(own) if own.read_pos.cast_unsigned() >= item.place => "Read",
        Some(_) => match message::at(tx, thread.id, i64::try_from(item.place).unwrap_or(i64::MAX))? {
            Some(stored) if is_pushable(&stored) => "Push",
            _ => "Gone",
        },
    })
}

/// `tern_push.presence`: pages through everybody who has a live login or a phone on record.
pub(crate) fn presence_page(tx: &Tx<'_>, cx: &Context, request: PushPresence) -> Result<Outcome<PushPresencePage>, PushError> {
    let bridge = bridge(cx)?;
    let limit = if request.limit == 0 { PRESENCE_PAGE } else { request.limit.min(PRESENCE_PAGE) };
    let most = usize::try_from(limit).unwrap_or(1);
    let after = match request.cursor.as_deref() {
        None | Some("") => 0,
        Some(cursor) => cursor.parse().map_err(|_| PushError::BadCursor)?,
    };
    let after = TinyId(after);
    let mut people = devices::people_after(tx, after, i64::try_from(most).unwrap_or(1))?;
    people.extend(cx.presence.people_after(after, most));
    people.sort_unstable();
    people.dedup();
    let more = people.len() > most;
    people.truncate(most);
    let mut page = PushPresencePage { items: Vec::new(), cursor: None };
    for user in &people {
        if let Some((app, user_id)) = account::name_of(tx, *user)?
            && bridge.serves(app)
        {
            let (status, _) = presence::status(tx, cx, *user)?;
            page.items.push(PushPresenceItem { sdk_app_id: app.0, to_account: user_id, status: status.as_str().to_owned() });
        }
    }
    if more || people.len() == most {
        page.cursor = people.last().map(|user| user.to_string());
    }
    Ok(Outcome::reply(page))
}
