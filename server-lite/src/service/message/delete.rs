//! Deleting for oneself, and clearing (`contract/client-semantics.md` 3.5): nobody else notices.

use super::history::open;
use super::{Caller, Context, Family, MessageError, locate};
use crate::service::{Audience, Effect, Outcome, conversation, push_outbox, sync};
use crate::store::conversation::{self as threads, Ends, Own, Thread};
use crate::store::engine::Tx;
use crate::store::{TinyId, hidden, message, message_change};
use std::collections::BTreeSet;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::message_change::{ClearGroupMsg, ClearHistory, DeleteC2cMsg, DeleteGroupMsgs, DeleteMessages};
use tern_protocol::api::recent_contact::ClearMsg;
use tern_protocol::event::{DeletedMessages, Event};
use tern_protocol::{ErrorCode, MessageKey};

/// Keys in one request over REST.
const REST_KEYS: usize = 30;
/// Messages in one request of a client.
const CLIENT_MESSAGES: usize = 50;
/// Rows that are freed at once when a group is cleared.
const CLEARED_ROWS: i64 = 1_000;

/// Whose view changes.
struct Owner {
    tiny_id: TinyId,
    user_id: String,
}

/// `openim.delete_c2c_msg_ramble`
pub(crate) fn c2c(tx: &Tx<'_>, cx: &Context, request: DeleteC2cMsg) -> Result<Outcome<Empty>, MessageError> {
    let most = if cx.caller.is_admin() { REST_KEYS } else { CLIENT_MESSAGES };
    let code = if cx.caller.is_admin() { ErrorCode::MSG_BAD_FORMAT } else { ErrorCode::MESSAGE_BAD_REQUEST };
    let refuse = |what| MessageError::Field { field: "MsgKeyList", what, code };
    match request.msg_key_list.len() {
        0 => return Err(refuse("is empty")),
        n if n > most => return Err(refuse("names too many messages")),
        _ => {}
    }
    let keys: Vec<MessageKey> =
        request.msg_key_list.iter().map(|text| locate::key(Some(text.as_str()))).collect::<Result<_, _>>()?;
    let operator = request.operator_account.or(request.from_account);
    let peer = request.peer_account.or(request.to_account);
    let (owner, peer) = match &cx.caller {
        Caller::User(person) => {
            let operator = operator.filter(|name| !name.is_empty()).unwrap_or_else(|| person.user_id.to_string());
            let ends = locate::ends(tx, cx, Some(&operator), peer.as_deref())?;
            if ends.0.tiny_id != person.tiny_id {
                return Err(MessageError::NotYourself(Family::Client));
            }
            ends
        }
        _ => (
            locate::named(tx, cx, operator.as_deref(), "Operator_Account", ErrorCode::FROM_ACCOUNT_INVALID)?,
            locate::named(tx, cx, peer.as_deref(), "Peer_Account", ErrorCode::TO_ACCOUNT_INVALID)?,
        ),
    };
    let Some(thread) = threads::find(tx, Ends::Pair(owner.tiny_id, peer.tiny_id))? else { return Ok(Outcome::done()) };
    let mut places = BTreeSet::new();
    for key in keys {
        places.extend(locate::by_key(tx, &thread, None, key)?.map(|stored| stored.pos));
    }
    let id = ConversationId::c2c(peer.user_id);
    let owner = Owner { tiny_id: owner.tiny_id, user_id: owner.user_id };
    hide(tx, cx, &owner, &thread, id, &places).map(|effects| Outcome::done().then_all(effects))
}

/// `tern_message.delete`
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: DeleteMessages) -> Result<Outcome<Empty>, MessageError> {
    let refuse = |what| MessageError::Field { field: "Places", what, code: ErrorCode::MESSAGE_BAD_REQUEST };
    match request.places.len() {
        0 => return Err(refuse("is empty")),
        n if n > CLIENT_MESSAGES => return Err(refuse("names more than 50 messages")),
        _ => {}
    }
    let opened = open(tx, cx, &request.id)?;
    keeps_messages(&opened)?;
    let Some(thread) = &opened.thread else { return Ok(Outcome::done()) };
    let mut places = BTreeSet::new();
    for place in request.places {
        let Ok(pos) = i64::try_from(place) else { continue };
        // What is not there, or gone already, is no mistake: the client's wish is fulfilled.
        places.extend(message::at(tx, thread.id, pos)?.filter(|stored| opened.shows(stored)).map(|stored| stored.pos));
    }
    hide(tx, cx, &person(cx)?, thread, request.id, &places).map(|effects| Outcome::done().then_all(effects))
}

/// `group_open_http_svc.delete_group_ramble_msg_by_seq`
pub(crate) fn group(tx: &Tx<'_>, cx: &Context, request: DeleteGroupMsgs) -> Result<Outcome<Empty>, MessageError> {
    let refuse = |what| MessageError::Field { field: "Seqs", what, code: ErrorCode::GROUP_BAD_PARAMETER };
    let is_own = |name: &String| cx.caller.person().is_some_and(|person| person.user_id.as_str() == name);
    if request.deleter_account.as_ref().is_some_and(|name| !name.is_empty() && !is_own(name)) {
        return Err(MessageError::NotYourself(Family::Group));
    }
    let places = request.seqs.unwrap_or_default().iter().map(|seq| seq.parse()).collect::<Result<Vec<u64>, _>>();
    let places = places.map_err(|_| refuse("must hold numbers"))?;
    delete(tx, cx, DeleteMessages { id: ConversationId::group(request.group_id), places })
}

fn keeps_messages(opened: &super::history::Opened) -> Result<(), MessageError> {
    match opened.group.as_ref().is_some_and(|group| !group.kind.stores_messages()) {
        true => Err(MessageError::Refused("groups of this type keep no messages", ErrorCode::GROUP_AVCHATROOM_BCHATROOM_DO_NOT)),
        false => Ok(()),
    }
}

fn person(cx: &Context) -> Result<Owner, MessageError> {
    let person = cx.caller.person().ok_or(MessageError::NotYourself(Family::Client))?;
    Ok(Owner { tiny_id: person.tiny_id, user_id: person.user_id.to_string() })
}

fn hide(
    tx: &Tx<'_>,
    cx: &Context,
    owner: &Owner,
    thread: &Thread,
    id: ConversationId,
    places: &BTreeSet<i64>,
) -> Result<Vec<Effect>, MessageError> {
    let user = owner.tiny_id;
    let forbidden = MessageError::GroupForbidden("only members have the conversation of a group");
    let own = conversation::own_or_default(tx, thread, user)?.ok_or(forbidden)?;
    let Some(highest) = places.last() else { return Ok(Vec::new()) };
    let rev = tx.next_rev();
    for pos in places {
        hidden::add(tx, user, thread.id, *pos, rev)?;
    }
    let own = Own { deleted_pos: own.deleted_pos.max(*highest), rev, ..own };
    threads::put_own(tx, user, thread.id, &own)?;
    let deleted = DeletedMessages { id: id.clone(), places: places.iter().map(|pos| pos.cast_unsigned()).collect() };
    let mut effects = vec![Effect::tell_others(Audience::User(user), Event::Deleted(deleted), &cx.caller)];
    effects.extend(tell_conversation(tx, cx, thread, &own, user)?);
    for pos in places.iter().filter(|pos| **pos > own.read_pos) {
        effects.extend(push_outbox::cancel_message(tx, cx, thread, *pos, Some((user, &owner.user_id)), id.clone())?);
    }
    Ok(effects)
}

/// Own other sessions see the new last message and count.
fn tell_conversation(tx: &Tx<'_>, cx: &Context, thread: &Thread, own: &Own, user: TinyId) -> Result<Option<Effect>, MessageError> {
    let changed = sync::conversation_of(tx, &cx.app, thread, own, user)?;
    Ok(changed.map(|changed| Effect::tell_others(Audience::User(user), Event::Conversation(changed), &cx.caller)))
}

/// `tern_message.clear`
pub(crate) fn clear(tx: &Tx<'_>, cx: &Context, request: ClearHistory) -> Result<Outcome<Empty>, MessageError> {
    let opened = open(tx, cx, &request.id)?;
    keeps_messages(&opened)?;
    let Some(thread) = &opened.thread else { return Ok(Outcome::done()) };
    let owner = person(cx)?;
    let own = conversation::own_or_default(tx, thread, owner.tiny_id)?.unwrap_or_default();
    // The read position stays: the peer does not learn that messages were read which were not.
    let own = Own { start_pos: thread.last_pos, deleted_pos: 0, rev: tx.next_rev(), ..own };
    threads::put_own(tx, owner.tiny_id, thread.id, &own)?;
    hidden::forget_up_to(tx, owner.tiny_id, thread.id, thread.last_pos)?;
    let told = tell_conversation(tx, cx, thread, &own, owner.tiny_id)?;
    let cancelled = push_outbox::cancel_read(tx, cx, owner.tiny_id, &owner.user_id, thread, request.id, thread.last_pos)?;
    Ok(Outcome::done().then_all(told).then_all(cancelled))
}

/// `recentcontact.clear_msg`: [`clear`] as the product's Web SDK asks for it.
pub(crate) fn clear_msg(tx: &Tx<'_>, cx: &Context, request: ClearMsg) -> Result<Outcome<Empty>, MessageError> {
    if request
        .from_account
        .is_some_and(|from| !from.is_empty() && from != person(cx).map(|owner| owner.user_id).unwrap_or_default())
    {
        return Err(MessageError::NotYourself(Family::Client));
    }
    let kind = request.kind.unwrap_or_default();
    let id = ConversationId {
        kind,
        to_account: request.to_account.filter(|_| kind == 1),
        group_id: request.group_id.filter(|_| kind == 2),
    };
    clear(tx, cx, ClearHistory { id })
}

/// `group_open_http_svc.clear_group_msg`: for everybody. Nobody is told; devices learn when they synchronise.
pub(crate) fn clear_group(tx: &Tx<'_>, cx: &Context, request: ClearGroupMsg) -> Result<Outcome<Empty>, MessageError> {
    let group = locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    if !group.kind.stores_messages() {
        return Err(MessageError::Refused("groups of this type keep no messages", ErrorCode::GROUP_AVCHATROOM_BCHATROOM_DO_NOT));
    }
    let Some(thread) = threads::find(tx, Ends::Group(group.no))? else { return Ok(Outcome::done()) };
    let up_to = request.msg_seq.map_or(thread.last_pos, |seq| i64::try_from(seq).unwrap_or(i64::MAX).min(thread.last_pos));
    if up_to > thread.start_pos {
        message_change::clear_up_to(tx, thread.id, up_to, CLEARED_ROWS)?;
    }
    Ok(Outcome::done())
}
