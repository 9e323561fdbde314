//! Coming into a room and leaving it, by command, by the end of a link, and by time.

use super::rooms::{DueNow, Entered};
use super::tips::Coming;
use crate::service::group::member::BY_APPLICATION;
use crate::service::group::permission::{self, Change, Tip};
use crate::service::group::{GroupError, operator, tell};
use crate::service::{Audience, Caller, Context, Effect, Outcome, Person, Weight};
use crate::session::SessionId;
use crate::store::account::AccountRow;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::live_room as store;
use crate::store::{self as all, GroupNo, TinyId};
use std::sync::Arc;
use tern_protocol::api::Empty;
use tern_protocol::api::group::JoinApplied;
use tern_protocol::event::{Event, GroupTip, tip};
use tern_protocol::limits;

fn person(cx: &Context) -> Result<&Arc<Person>, GroupError> {
    match &cx.caller {
        Caller::User(person) => Ok(person),
        _ => Err(GroupError::Forbidden("only people come into live rooms")),
    }
}

/// `apply_join_group` of a live room: the session that asks comes in.
pub(in crate::service::group) fn join(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<Outcome<JoinApplied>, GroupError> {
    let person = person(cx)?;
    let account = operator(tx, cx)?;
    if let Some(until) = store::banned_until(tx, group.no, account.tiny_id, cx.now_seconds())? {
        return Err(GroupError::Banned(until));
    }
    let most = cx.app.limits().groups_per_user;
    if cx.rooms.places_of(person.tiny_id, person.session) >= usize::try_from(most).unwrap_or(usize::MAX) {
        return Err(GroupError::JoinedLimit(account.user_id));
    }
    let entered = cx.rooms.enter(cx.app.id, group.no, person.tiny_id, person.session, cx.now_ms);
    let word = if entered == Entered::Already { "AlreadyInGroup" } else { "JoinedSuccess" };
    // Also of one who is inside: what did not reach it after a commit that failed is made up for.
    let hears = Effect::Entered { group: group.no, session: person.session };
    let mut outcome = Outcome::reply(JoinApplied { joined_status: word.into(), huge_group_flag: Some(1) }).then(hears);
    if entered == Entered::New {
        outcome = outcome.then_all(tell_coming(tx, cx, group, &account, Coming::Joins)?);
    }
    if entered != Entered::Already {
        let keep = usize::try_from(cx.app.settings.live_room_history.min(limits::ROOM_HISTORY)).unwrap_or(0);
        let audience = Audience::Session(person.session);
        let earlier = cx.rooms.recent(group.no, keep).into_iter().map(Event::GroupMessage);
        outcome = outcome.then_all(earlier.map(|event| Effect::tell(audience.clone(), event)));
    }
    Ok(outcome)
}

/// `quit_group` of a live room: the session that asks leaves.
pub(in crate::service::group) fn quit(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<Outcome<Empty>, GroupError> {
    let person = person(cx)?;
    let account = operator(tx, cx)?;
    let gone = cx.rooms.quit(group.no, person.tiny_id, person.session, cx.mono_ms);
    let gone = gone.ok_or(GroupError::Forbidden("you are not in this room"))?;
    let outcome = Outcome::done().then(Effect::Went { group: group.no, session: person.session });
    match gone {
        true => Ok(outcome.then_all(tell_coming(tx, cx, group, &account, Coming::Leaves)?)),
        false => Ok(outcome),
    }
}

/// Tells a room that somebody came or left; nothing when there are too many at a time, or the tip is off.
fn tell_coming(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    account: &AccountRow,
    coming: Coming,
) -> Result<Option<Effect>, GroupError> {
    let most = cx.app.settings.live_room_tips_per_second;
    if !cx.rooms.may_tell(group.no, account.tiny_id, coming, most, cx.mono_ms) {
        return Ok(None);
    }
    coming_tip(tx, cx, group, std::slice::from_ref(account), coming)
}

fn coming_tip(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    accounts: &[AccountRow],
    coming: Coming,
) -> Result<Option<Effect>, GroupError> {
    let Some(first) = accounts.first() else { return Ok(None) };
    if permission::tip(&cx.app, group.kind, Change::Members) == Tip::Off {
        return Ok(None);
    }
    let (op_type, join_type) = match coming {
        Coming::Joins => (tip::JOIN, Some(BY_APPLICATION)),
        Coming::Leaves => (tip::QUIT, None),
    };
    let body = GroupTip { join_type, ..tell::about(op_type, accounts, cx.rooms.count(group.no)) };
    let told = tell::tip(tx, cx, group, first, Change::Members, body)?;
    Ok(told.map(|effect| light(effect, group.no)))
}

/// Makes an effect for a room one that may be left out for a session with a full queue.
fn light(effect: Effect, group: GroupNo) -> Effect {
    match effect {
        Effect::Tell { event, except, .. } => Effect::Tell { audience: Audience::Room(group, Weight::Low), event, except },
        other => other,
    }
}

/// A session's link ended. `held`: it broke, and may come back.
pub(crate) fn link_ended(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    session: SessionId,
    held: bool,
) -> Result<Vec<Effect>, StoreError> {
    let held_ms = held.then(|| i64::from(cx.app.settings.live_room_resume_seconds) * 1_000);
    let groups = cx.rooms.link_ended(user, session, held_ms, cx.mono_ms);
    let mut effects = Vec::new();
    for no in groups {
        effects.extend(tell_gone(tx, cx, no, user)?);
    }
    Ok(effects)
}

fn tell_gone(tx: &Tx<'_>, cx: &Context, no: GroupNo, user: TinyId) -> Result<Option<Effect>, StoreError> {
    let (Some(group), Some(account)) = (group::by_number(tx, no)?, all::account::by_number(tx, user)?) else { return Ok(None) };
    below(tell_coming(tx, cx, &group, &account, Coming::Leaves))
}

/// Nothing but the store can fail where nobody asked.
fn below<T>(result: Result<Option<T>, GroupError>) -> Result<Option<T>, StoreError> {
    match result {
        Err(GroupError::Store(error)) => Err(error),
        Err(error) => {
            tracing::error!(%error, "a room could not be told");
            Ok(None)
        }
        Ok(done) => Ok(done),
    }
}

/// A login takes over the places of an earlier link of the same client: of the one that it names, or of one that broke.
pub(crate) fn take_over(cx: &Context, user: TinyId, earlier: Option<SessionId>, session: SessionId) -> Vec<Effect> {
    let groups = cx.rooms.take_over(user, earlier, session);
    groups.into_iter().map(|group| Effect::Entered { group, session }).collect()
}

/// What time does in an application's rooms: tips that were held back, places that nobody came back to, bans that are over.
pub(crate) fn tick(tx: &Tx<'_>, cx: &Context) -> Result<Vec<Effect>, StoreError> {
    let DueNow { tips, gone } = cx.rooms.take_due(cx.app.id, cx.mono_ms);
    store::end_bans(tx, cx.now_seconds())?;
    let mut effects = Vec::new();
    for (no, user) in gone {
        effects.extend(tell_gone(tx, cx, no, user)?);
    }
    for (no, crowd) in tips {
        let Some(group) = group::by_number(tx, no)? else { continue };
        for (users, coming) in [(crowd.joined, Coming::Joins), (crowd.left, Coming::Leaves)] {
            let mut accounts = Vec::with_capacity(users.len());
            for user in users {
                accounts.extend(all::account::by_number(tx, user)?);
            }
            effects.extend(below(coming_tip(tx, cx, &group, &accounts, coming))?);
        }
    }
    Ok(effects)
}
