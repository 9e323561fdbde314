//! Pushes that no bridge has taken over yet, and what bridges ask (`contract/tern-commands.md` section 5).
//!
//! A row is written in the transaction of its message, and only when a phone can and should be pushed to. A bridge leases jobs,
//! commits them to its own ledger and acknowledges them; then they are the bridge's. Whatever makes a push unwanted (the person is
//! back, has read, is gone) deletes the row and is told to the bridges for what they hold already.

mod bridge;
mod job;

pub(crate) use bridge::{ack, presence_page, pull, report, state};

use super::{AreaError, Audience, Context, Effect, Outcome, conversation, presence};
use crate::store::TinyId;
use crate::store::account::{self, AccountRow};
use crate::store::conversation::{Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::message::{self, Stored, flag};
use crate::store::presence::Sight;
use crate::store::push_outbox as store;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::push::{Background, SetToken};
use tern_protocol::event::{Event, PushCancel, PushReady};
use tern_protocol::model::message::OfflinePushInfo;
use tern_protocol::{ErrorCode, SdkAppId, limits};

/// Messages queued for a phone whose link was lost.
const UNHEARD_MOST: usize = 100;

/// Why a push command is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PushError {
    /// Only a phone has a token.
    #[error("only an interactive login of a phone has a device token or a background")]
    NoPhone,
    /// A token is too long.
    #[error("the token is longer than {max} bytes", max = limits::PUSH_TOKEN_BYTES)]
    TokenTooLong,
    /// Not a bridge, or not a person.
    #[error("this command is not for this kind of caller")]
    WrongCaller,
    /// A cursor that this server did not make.
    #[error("the cursor is not one of this server's")]
    BadCursor,
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for PushError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::NoPhone | Self::WrongCaller | Self::BadCursor => ErrorCode::MESSAGE_BAD_REQUEST,
            Self::TokenTooLong => ErrorCode::PUSH_TOKEN_TOO_LONG,
            Self::Store(_) => ErrorCode::MESSAGE_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Whether a message asks not to be pushed.
pub(super) fn is_silent(push_info: Option<&serde_json::value::RawValue>) -> bool {
    let read = |info: &serde_json::value::RawValue| serde_json::from_str::<OfflinePushInfo>(info.get()).ok();
    push_info.and_then(read).is_some_and(|info| info.push_flag == 1)
}

/// Whether a phone of this person can and should be pushed to.
pub(super) fn wants_push(tx: &Tx<'_>, user: TinyId) -> Result<bool, StoreError> {
    store::wants_push(tx, user)
}

/// A one-to-one message was stored: queues a push if its receiver has a phone that wants one (`wants_push`) and none in sight.
pub(super) fn note_c2c(
    tx: &Tx<'_>,
    cx: &Context,
    sender: TinyId,
    to: &AccountRow,
    thread: &Thread,
    life_time: i64,
    wants_push: bool,
) -> Result<Option<Effect>, StoreError> {
    if sender == to.tiny_id || !wants_push || cx.presence.has_phone_in_sight(to.tiny_id) {
        return Ok(None);
    }
    store::add(tx, cx.app.id, thread.id, thread.last_pos, Some(to.tiny_id), cx.now_seconds() + life_time)?;
    ready(tx, cx, cx.app.id)
}

/// A group message was stored: one row for all members, however many.
pub(super) fn note_group(tx: &Tx<'_>, cx: &Context, thread: &Thread) -> Result<Option<Effect>, StoreError> {
    let Ends::Group(no) = thread.ends else { return Ok(None) };
    if !store::group_may_want_push(tx, no)? {
        return Ok(None);
    }
    store::add(tx, cx.app.id, thread.id, thread.last_pos, None, cx.now_seconds() + limits::MSG_LIFE_TIME_SECONDS)?;
    ready(tx, cx, cx.app.id)
}

/// A targeted group message was stored: a row for each of its receivers.
pub(super) fn note_targets(tx: &Tx<'_>, cx: &Context, thread: &Thread, targets: &[TinyId]) -> Result<Option<Effect>, StoreError> {
    let mut any = false;
    for target in targets {
        if !cx.presence.has_phone_in_sight(*target) && store::wants_push(tx, *target)? {
            let expire_time = cx.now_seconds() + limits::MSG_LIFE_TIME_SECONDS;
            store::add(tx, cx.app.id, thread.id, thread.last_pos, Some(*target), expire_time)?;
            any = true;
        }
    }
    if any { ready(tx, cx, cx.app.id) } else { Ok(None) }
}

fn ready(tx: &Tx<'_>, cx: &Context, app: SdkAppId) -> Result<Option<Effect>, StoreError> {
    if !cx.presence.push_ready_once() {
        return Ok(None);
    }
    let pending = store::pending(tx)?;
    Ok(Some(Effect::tell(Audience::Bridges(app), Event::PushReady(PushReady { pending }))))
}

/// What may not have arrived over a link that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unheard {
    /// Everything since it was last heard, in Unix milliseconds.
    SinceMs(i64),
    /// Everything after a number of change.
    AfterRev(i64),
}

impl Unheard {
    fn may_be_in(self, thread: &Thread) -> bool {
        match self {
            Self::SinceMs(ms) => thread.last_time >= ms.div_euclid(1000),
            Self::AfterRev(rev) => thread.rev > rev,
        }
    }

    fn covers(self, stored: &Stored) -> bool {
        match self {
            Self::SinceMs(ms) => stored.time_ms >= ms,
            Self::AfterRev(rev) => stored.rev > rev,
        }
    }
}

/// A phone's link ended: what was sent to its person and may not have arrived is queued.
pub(super) fn note_unheard(tx: &Tx<'_>, cx: &Context, user: TinyId, unheard: Unheard) -> Result<Vec<Effect>, StoreError> {
    if cx.presence.has_phone_in_sight(user) || !store::wants_push(tx, user)? {
        return Ok(Vec::new());
    }
    let Some((app, _)) = account::name_of(tx, user)? else { return Ok(Vec::new()) };
    let mut room = UNHEARD_MOST;
    for listed in conversation::all_of(tx, user)? {
        let (thread, own) = (&listed.thread, &listed.own);
        if !unheard.may_be_in(thread) || thread.last_pos <= own.read_pos || room == 0 {
            continue;
        }
        let low = own.read_pos.max(own.start_pos) + 1;
        let newest = message::newest_first(tx, thread.id, low, thread.last_pos, i64::try_from(room).unwrap_or(0))?;
        for stored in newest.iter().take_while(|stored| unheard.covers(stored)) {
            if stored.sender == user || !is_pushable(stored) || !stored.is_for(user) {
                continue;
            }
            store::add(tx, app, thread.id, stored.pos, Some(user), expire_time(stored))?;
            room -= 1;
        }
    }
    match room < UNHEARD_MOST {
        true => Ok(ready(tx, cx, app)?.into_iter().collect()),
        false => Ok(Vec::new()),
    }
}

fn is_pushable(stored: &Stored) -> bool {
    !stored.has(flag::TIP | flag::RECALLED) && !is_silent(stored.extra.push_info.as_deref())
}

fn expire_time(stored: &Stored) -> i64 {
    stored.extra.expire_time.unwrap_or(stored.time() + limits::MSG_LIFE_TIME_SECONDS)
}

/// Nothing is to be pushed to a person any more: `Online` (a phone's app is in sight) or `Gone`.
pub(super) fn cancel_all(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    user_id: &str,
    reason: &'static str,
) -> Result<Vec<Effect>, StoreError> {
    if !store::has_token(tx, user)? {
        return Ok(Vec::new());
    }
    store::remove_all_of(tx, user)?;
    let cancel =
        PushCancel { sdk_app_id: cx.app.id.0, to_account: user_id.to_string(), reason: reason.to_owned(), ..PushCancel::default() };
    Ok(vec![Effect::tell(Audience::Bridges(cx.app.id), Event::PushCancel(cancel))])
}

/// A person has read a conversation up to a place.
pub(super) fn cancel_read(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    user_id: &str,
    thread: &Thread,
    id: ConversationId,
    pos: i64,
) -> Result<Option<Effect>, StoreError> {
    if !store::has_token(tx, user)? {
        return Ok(None);
    }
    store::remove_read(tx, user, thread.id, pos)?;
    let cancel = PushCancel {
        sdk_app_id: cx.app.id.0,
        to_account: user_id.to_owned(),
        reason: "Read".to_owned(),
        conversation: Some(id),
        up_to_place: Some(pos.cast_unsigned()),
        from_place: None,
    };
    Ok(Some(Effect::tell(Audience::Bridges(cx.app.id), Event::PushCancel(cancel))))
}

/// A message was recalled, or (`receiver` given) is gone for one person.
pub(super) fn cancel_message(
    tx: &Tx<'_>,
    cx: &Context,
    thread: &Thread,
    pos: i64,
    receiver: Option<(TinyId, &str)>,
    id: ConversationId,
) -> Result<Option<Effect>, StoreError> {
    let wanted = match receiver {
        Some((user, _)) => store::has_token(tx, user)?,
        None => match thread.ends {
            Ends::Group(no) => store::group_may_want_push(tx, no)?,
            Ends::Pair(..) => false,
        },
    };
    if !wanted {
        return Ok(None);
    }
    // Rows of a group's members that are expanded already are dropped when they are pulled.
    store::remove_message(tx, receiver.map(|(user, _)| user), thread.id, pos)?;
    let place = Some(pos.cast_unsigned());
    let cancel = PushCancel {
        sdk_app_id: cx.app.id.0,
        to_account: receiver.map_or_else(String::new, |(_, name)| name.to_owned()),
        reason: "Gone".to_owned(),
        conversation: Some(id),
        up_to_place: place,
        from_place: place,
    };
    Ok(Some(Effect::tell(Audience::Bridges(cx.app.id), Event::PushCancel(cancel))))
}

/// `tern_push.set_token`
pub(crate) fn set_token(tx: &Tx<'_>, cx: &Context, request: SetToken) -> Result<Outcome<Empty>, PushError> {
    let person = cx.caller.person().ok_or(PushError::WrongCaller)?;
    if request.token.len() > limits::PUSH_TOKEN_BYTES {
        return Err(PushError::TokenTooLong);
    }
    match presence::set_token(tx, cx, person, request.cert_id, &request.token)? {
        true => Ok(Outcome::done()),
        false => Err(PushError::NoPhone),
    }
}

/// `tern_push.background`
pub(crate) fn background(tx: &Tx<'_>, cx: &Context, request: Background) -> Result<Outcome<Empty>, PushError> {
    let person = cx.caller.person().ok_or(PushError::WrongCaller)?;
    // An app may count what the server does not know, or not count what it does: only the difference stays the same.
    let own_count = i64::try_from(request.unread).unwrap_or(i64::MAX);
    let badge_offset = own_count.saturating_sub(conversation::unread_total(tx, person.tiny_id)?);
    Ok(Outcome::done().then_all(presence::set_sight(tx, cx, person, Sight::Unseen { badge_offset })?))
}

/// `tern_push.foreground`
pub(crate) fn foreground(tx: &Tx<'_>, cx: &Context, _: Empty) -> Result<Outcome<Empty>, PushError> {
    let person = cx.caller.person().ok_or(PushError::WrongCaller)?;
    Ok(Outcome::done().then_all(presence::set_sight(tx, cx, person, Sight::Seen)?))
}

#[cfg(test)]
mod tests {
    use super::bridge::LEASE_MS;
    use super::*;
    use crate::service::Caller;
    use crate::service::bench::Bench;
    use crate::service::message::c2c;
    use crate::service::presence::Ended;
    use serde_json::json;
    use tern_protocol::api::push::PushJob;
    use tern_protocol::model::presence::{LoginMode, Platform};

    async fn send(bench: &Bench, from: &Caller, to: &str, random: u32) {
        let body =
            json!({"To_Account": to, "MsgRandom": random, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
        bench.call(from, c2c::send, body).await.unwrap();
    }

    async fn jobs(bench: &Bench) -> Vec<PushJob> {
        bench.call(&bench.bridge(), pull, json!({"Max": 100})).await.unwrap().reply.jobs
    }

    #[tokio::test]
    async fn a_phone_that_is_away_gets_one_job_with_all_that_a_push_needs() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        send(&bench, &ann, "bob", 1).await;
        bench.close(&bob).await;
        bench.pass_ms(1);
        send(&bench, &ann, "bob", 2).await;
        let [job] = &jobs(&bench).await[..] else { panic!("one job") };
        assert_eq!((job.to_account.as_str(), job.from_account.as_str(), job.msg_random), ("bob", "ann", 2));
        assert_eq!((job.place, job.unread_total, job.conversation.to_account.as_deref()), (2, 2, Some("ann")));
        let device = &job.devices[0];
        assert_eq!((device.cert_id, device.token.as_str(), device.status.as_str()), (7, "token of bob", "PushOnline"));
    }

    #[tokio::test]
    async fn nobody_who_needs_no_push_gets_a_row() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        send(&bench, &ann, "bob", 1).await;
        let (cat, _) = bench.log_in_as("cat", Platform::Android, LoginMode::Interactive, "phone").await;
        bench.close(&cat).await;
        send(&bench, &ann, "cat", 2).await;
        bench.close(&bob).await;
        let silent = json!({"To_Account": "bob", "MsgRandom": 3, "OfflinePushInfo": {"PushFlag": 1},
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x"}}]});
        bench.call(&ann, c2c::send, silent).await.unwrap();
        let pending = bench.run(&Caller::Server, |tx, _| store::pending(tx)).await.unwrap();
        assert_eq!(pending, 0, "a phone in sight, one without a token, a message that wants none");
    }

    #[tokio::test]
    async fn a_lease_ends_after_a_minute_and_an_acknowledged_job_never_comes_again() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        bench.close(&bob).await;
        send(&bench, &ann, "bob", 1).await;
        let first = jobs(&bench).await;
        assert_eq!(first.len(), 1);
        bench.pass_ms(LEASE_MS - 1);
        assert!(jobs(&bench).await.is_empty());
        bench.pass_ms(1);
        let again = jobs(&bench).await;
        assert_eq!(again[0].job_id, first[0].job_id);
        bench.call(&bench.bridge(), ack, json!({"JobIds": [again[0].job_id, "nonsense"]})).await.unwrap();
        bench.pass_ms(LEASE_MS);
        assert!(jobs(&bench).await.is_empty());
    }

    #[tokio::test]
    async fn who_is_back_or_has_read_is_not_pushed_to() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        bench.close(&bob).await;
        send(&bench, &ann, "bob", 1).await;
        let page = bench.log_in_as("bob", Platform::Web, LoginMode::Interactive, "page").await.0;
        assert_eq!(jobs(&bench).await.len(), 1, "the web is no phone");
        let read = json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann"}]}});
        let outcome = bench.call(&page, conversation::msg_readed, read).await.unwrap();
        let cancels = |effects: &[Effect]| {
            let is_cancel =
                |effect: &&Effect| matches!(effect, Effect::Tell { event, .. } if matches!(**event, Event::PushCancel(_)));
            effects.iter().filter(is_cancel).count()
        };
        assert_eq!(cancels(&outcome.effects), 1);
        bench.pass_ms(LEASE_MS);
        assert!(jobs(&bench).await.is_empty());

        send(&bench, &ann, "bob", 2).await;
        let (_, effects) = bench.log_in_as("bob", Platform::IPhone, LoginMode::Interactive, "phone").await;
        assert_eq!(cancels(&effects), 1);
        assert!(jobs(&bench).await.is_empty());
    }

    #[tokio::test]
    async fn what_a_silent_phone_may_have_missed_is_pushed() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        send(&bench, &ann, "bob", 1).await;
        bench.pass_ms(1_000);
        let heard_ms = bench.now_ms();
        bench.pass_ms(1_000);
        send(&bench, &ann, "bob", 2).await;
        bench.pass_ms(400_000);
        bench.end(&bob, Ended::Lost { timed_out: true }, heard_ms).await;
        let randoms: Vec<u64> = jobs(&bench).await.iter().map(|job| job.msg_random).collect();
        assert_eq!(randoms, [2]);
    }

    #[tokio::test]
    async fn a_background_phone_is_pushed_to_although_its_link_lives() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        bench.call(&bob, background, json!({"Unread": 3})).await.unwrap();
        send(&bench, &ann, "bob", 1).await;
        assert_eq!(jobs(&bench).await[0].devices[0].status, "Online");
        bench.call(&bob, foreground, json!({})).await.unwrap();
        send(&bench, &ann, "bob", 2).await;
        bench.pass_ms(LEASE_MS);
        assert!(jobs(&bench).await.is_empty());
    }

    #[tokio::test]
    async fn a_dead_token_is_cleared_unless_it_was_registered_again() {
        let bench = Bench::start();
        let (ann, bob) = (bench.log_in("ann").await, bench.phone("bob").await);
        bench.close(&bob).await;
        let result = |since_ms: i64| {
            json!({"Results": [{"SdkAppId": bench.app.id.0, "To_Account": "bob", "Install": "phone", "CertId": 7,
                "Token": "token of bob", "Outcome": "TokenInvalid", "SinceMs": since_ms}]})
        };
        bench.call(&bench.bridge(), report, result(bench.now_ms() - 1)).await.unwrap();
        send(&bench, &ann, "bob", 1).await;
        assert_eq!(jobs(&bench).await.len(), 1);
        bench.call(&bench.bridge(), report, result(bench.now_ms())).await.unwrap();
        bench.pass_ms(LEASE_MS);
        assert!(jobs(&bench).await.is_empty());
    }
}
