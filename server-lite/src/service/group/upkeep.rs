//! What time does to groups where the application wants it (`contract/product-requirements.md` GRP-044, GRP-082): those that nobody uses
//! are taken away, members who were not there for long are taken out.

use super::member;
use super::permission::{self, Change};
use super::tell::{self, Notice};
use super::{GroupError, account};
use crate::service::{Audience, Context, Effect, presence};
use crate::store;
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow};
use crate::store::{GroupNo, TinyId};
use tern_protocol::UserId;
use tern_protocol::event::{Event, notice, tip};
use tern_protocol::model::presence::Status;

/// Takes a group away that still has had neither message nor change of profile since `since` (Unix seconds).
pub(crate) fn recycle(tx: &Tx<'_>, cx: &Context, no: GroupNo, since: i64) -> Result<Vec<Effect>, StoreError> {
    let Some(group) = group::by_number(tx, no)? else { return Ok(Vec::new()) };
    if !store::group_upkeep::is_idle(tx, no, since)? {
        return Ok(Vec::new());
    }
    group::dismiss(tx, no, cx.now_seconds())?;
    let message = tell::notice(cx, &group, notice::RECYCLED, cx.app.first_admin(), Notice::default());
    let owner = member::owner_name(tx, &group)?;
    let gone = tell::sync_group(&group, owner.as_deref(), None, "");
    Ok(vec![
        Effect::tell(Audience::Group(no), Event::GroupNotice(message)),
        Effect::tell(Audience::Group(no), Event::Group(gone)),
        Effect::Dismissed { group: no },
    ])
}

/// Takes members of one group out who were not there for long, unless they are there now.
pub(crate) fn remove_absent(tx: &Tx<'_>, cx: &Context, no: GroupNo, users: &[TinyId]) -> Result<Vec<Effect>, GroupError> {
    let Some(mut group) = group::by_number(tx, no)? else { return Ok(Vec::new()) };
    let mut accounts = Vec::new();
    for user in users {
        let is_there = presence::status(tx, cx, *user)?.0 == Status::Online;
        if !is_there && let Some(account) = store::account::by_number(tx, *user)? {
            accounts.push(account);
        }
    }
    if accounts.is_empty() {
        return Ok(Vec::new());
    }
    let admin = UserId::parse(cx.app.first_admin()).map_err(|_| GroupError::Forbidden("the application has no admin"))?;
    let admin = account::ensure(tx, &cx.app, &admin, cx.now_seconds())?;
    // Who is there stays, and hears of nothing.
    let gone: Vec<TinyId> = accounts.iter().map(|account| account.tiny_id).collect();
    let mut effects = farewell(cx, &group, &admin.user_id, &gone);
    for account in &accounts {
        effects.extend(member::exit(tx, cx, &mut group, account.tiny_id)?);
    }
    if group.member_num > 0 && permission::tip(&cx.app, group.kind, Change::Members) != permission::Tip::Off {
        let body = tell::about(tip::KICKED, &accounts, group.member_num);
        effects.extend(tell::tip(tx, cx, &group, &admin, Change::Members, body)?);
    }
    Ok(effects)
}

fn farewell(cx: &Context, group: &GroupRow, admin: &str, users: &[TinyId]) -> Vec<Effect> {
    let kicked = tell::notice(cx, group, notice::KICKED, admin, Notice::default());
    let own = tell::sync_group(group, None, None, "");
    vec![
        Effect::tell(Audience::Users(users.to_vec()), Event::GroupNotice(kicked)),
        Effect::tell(Audience::Users(users.to_vec()), Event::Group(own)),
    ]
}
