//! Live rooms (AVChatRoom): entered and left freely, without stored members or messages (`contract/rest-api.md` section 15,
//! `contract/client-semantics.md` 7.3 and 7.8).

mod admin;
mod ban;
mod enter;
mod members;
mod rooms;
mod tips;

pub(crate) use admin::{admins, modify_admin};
pub(crate) use ban::{ban, banned, unban};
pub(super) use enter::{join, quit};
pub(crate) use enter::{link_ended, take_over, tick};
pub(crate) use members::{check_members, list, modify_user_info, online_member_num};
pub(super) use members::{for_client, joined, own_place};
pub(crate) use rooms::Rooms;

use super::GroupError;
use super::permission::Standing;
use crate::service::{Caller, Context};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::{GroupNo, TinyId, live_room as store};
use rooms::{RESERVE_EVERY, Reserved};
use tern_protocol::limits::Edition;
use tern_protocol::model::group::{GroupKind, Role};

/// Numbers of messages that are reserved at a time.
const RESERVED_BLOCK: u64 = 1_024;

/// What somebody is in a room. Owner and admins have their rights whether they are inside or not; to speak and to hear one must be.
pub(super) fn standing(tx: &Tx<'_>, cx: &Context, group: &GroupRow, user: TinyId) -> Result<Standing, StoreError> {
    Ok(match office(tx, group, user)? {
        Some(role) => Standing::Inside(role),
        None if is_inside(cx, group.no) => Standing::Inside(Role::Member),
        None => Standing::Outside,
    })
}

/// Owner or admin of a room.
pub(super) fn office(tx: &Tx<'_>, group: &GroupRow, user: TinyId) -> Result<Option<Role>, StoreError> {
    if group.owner == Some(user) {
        return Ok(Some(Role::Owner));
    }
    Ok(store::is_admin(tx, group.no, user)?.then_some(Role::Admin))
}

/// The role of one who is inside by the session that asks.
pub(crate) fn role_of_caller(tx: &Tx<'_>, cx: &Context, group: &GroupRow) -> Result<Option<Role>, StoreError> {
    match &cx.caller {
        Caller::User(person) if is_inside(cx, group.no) => Ok(Some(office(tx, group, person.tiny_id)?.unwrap_or(Role::Member))),
        _ => Ok(None),
    }
}

/// Whether the session that asks is in a room.
pub(crate) fn is_inside(cx: &Context, group: GroupNo) -> bool {
    matches!(&cx.caller, Caller::User(person) if cx.rooms.has_session(group, person.tiny_id, person.session))
}

/// When a person came (Unix seconds); 0: not inside.
pub(super) fn joined_at(cx: &Context, group: GroupNo, user: TinyId) -> i64 {
    cx.rooms.joined_at(group, user).unwrap_or(0)
}

/// The next `MsgSeq` of a room.
pub(crate) fn next_seq(tx: &Tx<'_>, cx: &Context, group: GroupNo) -> Result<u64, StoreError> {
    let app = cx.app.id;
    cx.rooms.next_seq(app, group, cx.now_seconds(), |known: Option<Reserved>| {
        let stored = store::reserved(tx, app, group)?;
        // After a start the rest of the block before is left out.
        let next = known.map_or(stored, |known| known.next);
        let mut below = stored;
        if below < next + 2 * RESERVE_EVERY {
            below = next + RESERVED_BLOCK;
            store::reserve(tx, app, group, below)?;
        }
        Ok(Reserved { next, below })
    })
}

/// `MsgSeq` and time (Unix seconds) of a room's last message, as its profile says them; the time is not stored.
pub(crate) fn last_message(tx: &Tx<'_>, cx: &Context, group: GroupNo) -> Result<(u64, i64), StoreError> {
    let (next, time) = match cx.rooms.newest(group) {
        Some(newest) => newest,
        None => (store::reserved(tx, cx.app.id, group)?, 0),
    };
    Ok((next.saturating_sub(1), time))
}

/// Refuses other types than live rooms.
fn check_kind(group: &GroupRow) -> Result<(), GroupError> {
    match group.kind {
        GroupKind::AvChatRoom => Ok(()),
        kind => Err(GroupError::Unsupported(kind)),
    }
}

/// Refuses what the plan or a switch of the application leaves out.
pub(crate) fn check_feature(cx: &Context, is_on: bool, what: &'static str) -> Result<(), GroupError> {
    match (cx.app.edition, is_on) {
        (Edition::Developer | Edition::Standard, _) => Err(GroupError::PlanRequired(what)),
        (Edition::Premium, false) => Err(GroupError::SwitchedOff(what)),
        (Edition::Premium, true) => Ok(()),
    }
}
