//! `sns.black_list_*`.

use super::{RelationError, check_batch, find, owner, settle};
use crate::service::{Audience, Context, Effect, Outcome};
use crate::store::TinyId;
use crate::store::engine::Tx;
use crate::store::relation as store;
use tern_protocol::api::relation::{
    BlackList, BlackListChange, BlackListCheck, BlackListCheckItem, BlackListChecked, BlackListGet, BlackListItem, RelationResults,
};
use tern_protocol::event::{self, Event};
use tern_protocol::limits;

/// Entries in one page of a block list.
const PAGE_MOST: i64 = 100;

/// `sns.black_list_add`: blocking ends a friendship in both directions.
pub(crate) fn add(tx: &Tx<'_>, cx: &Context, request: BlackListChange) -> Result<Outcome<RelationResults>, RelationError> {
    let (user, user_id) = owner(tx, cx, request.from_account.as_deref())?;
    check_batch(request.to_account.len(), "To_Account")?;
    let mut answer = RelationResults::default();
    let mut added = Vec::new();
    for name in request.to_account {
        if settle(&mut answer, name.clone(), add_one(tx, cx, user, &user_id, &name))?.is_some() {
            added.push(name);
        }
    }
    let told = told(user, event::BlockListChange { added, removed: Vec::new() });
    Ok(Outcome::reply(answer).then_all(told))
}

fn add_one(tx: &Tx<'_>, cx: &Context, user: TinyId, user_id: &str, name: &str) -> Result<(), RelationError> {
    if name == user_id {
        return Err(RelationError::State("nobody can block itself"));
    }
    let peer = find(tx, cx, name)?.tiny_id;
    if store::blocks(tx, user, peer)? {
        return Err(RelationError::State("the account is blocked already"));
    }
    if store::blocked(tx, user)? >= limits::BLOCK_LIST {
        return Err(RelationError::BlockListFull);
    }
    store::block(tx, user, peer, cx.now_seconds())?;
    store::remove_friend(tx, user, peer)?;
    store::remove_friend(tx, peer, user)?;
    Ok(())
}

/// `sns.black_list_delete`
pub(crate) fn remove(tx: &Tx<'_>, cx: &Context, request: BlackListChange) -> Result<Outcome<RelationResults>, RelationError> {
    let (user, _) = owner(tx, cx, request.from_account.as_deref())?;
    check_batch(request.to_account.len(), "To_Account")?;
    let mut answer = RelationResults::default();
    let mut removed = Vec::new();
    for name in request.to_account {
        let done = match find(tx, cx, &name) {
            Err(error) => Err(error),
            Ok(peer) => match store::unblock(tx, user, peer.tiny_id)? {
                true => Ok(()),
                false => Err(RelationError::State("the account is not blocked")),
            },
        };
        if settle(&mut answer, name.clone(), done)?.is_some() {
            removed.push(name);
        }
    }
    let told = told(user, event::BlockListChange { added: Vec::new(), removed });
    Ok(Outcome::reply(answer).then_all(told))
}

/// All sessions of the person: the product's Web SDK lists whom it blocked from this event. Whom it concerns learns nothing.
fn told(user: TinyId, change: event::BlockListChange) -> Option<Effect> {
    let is_change = !change.added.is_empty() || !change.removed.is_empty();
    is_change.then(|| Effect::tell(Audience::User(user), Event::BlockList(change)))
}

/// `sns.black_list_get`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: BlackListGet) -> Result<Outcome<BlackList>, RelationError> {
    let (user, _) = owner(tx, cx, request.from_account.as_deref())?;
    if request.start_index < 0 {
        return Err(RelationError::Field("StartIndex", "may not be negative"));
    }
    let limit = match request.max_limited {
        // Clients need not say.
        0 if cx.caller.person().is_some() => PAGE_MOST,
        n if n > 0 => n.min(PAGE_MOST),
        _ => return Err(RelationError::Field("MaxLimited", "must be above 0")),
    };
    let mut page = store::block_page(tx, user, request.start_index, limit + 1)?;
    let more = page.len() > usize::try_from(limit).unwrap_or(usize::MAX);
    page.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let sequence = store::block_rev(tx, user)?;
    let item = |blocked: store::Blocked| BlackListItem { to_account: blocked.user_id, add_time: blocked.added_at };
    Ok(Outcome::reply(BlackList {
        black_list_item: page.into_iter().map(item).collect(),
        start_index: if more { request.start_index + limit } else { 0 },
        sequence,
        same_sequence: sequence,
    }))
}

/// `sns.black_list_check`
pub(crate) fn check(tx: &Tx<'_>, cx: &Context, request: BlackListCheck) -> Result<Outcome<BlackListChecked>, RelationError> {
    let (user, _) = owner(tx, cx, request.from_account.as_deref())?;
    check_batch(request.to_account.len(), "To_Account")?;
    let both = match request.check_type.as_str() {
        "BlackCheckResult_Type_Both" => true,
        "BlackCheckResult_Type_Single" => false,
        _ => return Err(RelationError::Field("CheckType", "must be BlackCheckResult_Type_Single or BlackCheckResult_Type_Both")),
    };
    let mut answer = BlackListChecked::default();
    for name in request.to_account {
        let mut item = BlackListCheckItem { to_account: name.clone(), ..BlackListCheckItem::default() };
        match find(tx, cx, &name) {
            Err(error @ RelationError::Store(_)) => return Err(error),
            Err(error) => {
                item.result_code = crate::service::AreaError::code(&error).0;
                item.result_info = error.to_string();
                answer.fail_account.get_or_insert_default().push(name);
            }
            Ok(peer) => {
                let mine = store::blocks(tx, user, peer.tiny_id)?;
                let theirs = both && store::blocks(tx, peer.tiny_id, user)?;
                let word = match (mine, theirs) {
                    (false, false) => "NO",
                    (true, false) => "AWithB",
                    (false, true) => "BWithA",
                    (true, true) => "BothWay",
                };
                item.relation = format!("BlackCheckResult_Type_{word}");
            }
        }
        answer.items.push(item);
    }
    Ok(Outcome::reply(answer))
}
