//! Acting on one's conversations: delete, pin, receive option (here), marks and groups (`contract/rest-api.md` section 7,
//! `contract/client-semantics.md` sections 6.3 to 6.7).
//!
//! Every change writes the person's own row with a new number of change and is told to the person's other sessions: as the product
//! tells it where that is known (`contract/web-frames.md` 2.12), and as the whole conversation.

pub(crate) mod group;
pub(crate) mod mark;
pub(crate) mod option;
pub(crate) mod paging;

use super::conversation::{self, ConversationError};
use super::{Audience, Caller, Context, Effect, Outcome, push_outbox, sync};
use crate::store::account;
use crate::store::conversation::{self as store, Ends, Own, Thread};
use crate::store::engine::Tx;
use crate::store::{TinyId, group as groups};
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::{ConversationId, SetTop};
use tern_protocol::api::recent_contact::{BatchDelete, BatchDeleted, DeleteConversation, DeletedContact, Top};
use tern_protocol::event::{Event, RecentContactList, RecentContactMod, recent_contact};
use tern_protocol::limits;

/// Whose conversations are acted on.
#[derive(Clone, Debug)]
pub(super) struct Owner {
    pub(super) tiny_id: TinyId,
    pub(super) user_id: String,
}

/// A session's own person, or whoever an app admin names.
pub(super) fn owner(tx: &Tx<'_>, cx: &Context, from: Option<&str>) -> Result<Owner, ConversationError> {
    let from = from.filter(|from| !from.is_empty());
    match &cx.caller {
        Caller::User(person) => match from {
            Some(from) if from != person.user_id.as_str() => Err(ConversationError::NotYours),
            _ => Ok(Owner { tiny_id: person.tiny_id, user_id: person.user_id.to_string() }),
        },
        Caller::Admin(_) => {
            let from = from.ok_or(ConversationError::Missing("From_Account"))?;
            let found = account::find(tx, cx.app.id, from)?.ok_or_else(|| ConversationError::Unknown(from.to_owned()))?;
            Ok(Owner { tiny_id: found.tiny_id, user_id: found.user_id })
        }
        Caller::Bridge(_) | Caller::Server => Err(ConversationError::NotYours),
    }
}

/// What a conversation's name means for a person; a group must have the person as a member.
pub(super) fn ends(tx: &Tx<'_>, cx: &Context, user: TinyId, id: &ConversationId) -> Result<Ends, ConversationError> {
    match (id.kind, &id.to_account, &id.group_id) {
        (1, Some(peer), _) if !peer.is_empty() => {
            let found = account::find(tx, cx.app.id, peer)?.ok_or_else(|| ConversationError::Unknown(peer.clone()))?;
            Ok(Ends::Pair(user, found.tiny_id))
        }
        (2, _, Some(group_id)) if !group_id.is_empty() => {
            let found = groups::find(tx, cx.app.id, group_id)?.ok_or(ConversationError::NoMember)?;
            groups::role(tx, found.no, user)?.ok_or(ConversationError::NoMember)?;
            Ok(Ends::Group(found.no))
        }
        _ => Err(ConversationError::BadId),
    }
}

/// A conversation with the person's row, as it is to be changed.
pub(super) struct Target {
    pub(super) thread: Thread,
    pub(super) own: Own,
}

/// A conversation that exists, with the person's row as if it had been written.
pub(super) fn existing(tx: &Tx<'_>, user: TinyId, ends: Ends) -> Result<Option<Target>, ConversationError> {
    let Some(thread) = store::find(tx, ends)? else { return Ok(None) };
    let own = conversation::own_or_default(tx, &thread, user)?.ok_or(ConversationError::NoMember)?;
    Ok(Some(Target { thread, own }))
}

/// A conversation that may be new: it is made off the list, where the first message brings it.
pub(super) fn made(tx: &Tx<'_>, user: TinyId, ends: Ends) -> Result<Target, ConversationError> {
    if let Some(target) = existing(tx, user, ends)? {
        return Ok(target);
    }
    let thread = store::ensure(tx, ends)?;
    let own = conversation::own_or_default(tx, &thread, user)?.ok_or(ConversationError::NoMember)?;
    let is_pair = matches!(ends, Ends::Pair(..));
    if is_pair {
        store::set_has_hidden(tx, thread.id)?;
    }
    Ok(Target { own: Own { hidden: is_pair, ..own }, thread })
}

impl Target {
    /// Writes the person's row with a new number of change.
    pub(super) fn write(&mut self, tx: &Tx<'_>, user: TinyId) -> Result<(), ConversationError> {
        self.own.rev = tx.next_rev();
        store::put_own(tx, user, self.thread.id, &self.own)?;
        Ok(())
    }

    /// The conversation as the person's other sessions are told.
    pub(super) fn told(&self, tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Option<Effect>, ConversationError> {
        let changed = sync::conversation_of(tx, &cx.app, &self.thread, &self.own, user)?;
        Ok(changed.map(|changed| tell(cx, user, Event::Conversation(changed))))
    }
}

/// To the person's sessions but the one that asks.
pub(super) fn tell(cx: &Context, user: TinyId, event: Event) -> Effect {
    Effect::tell_others(Audience::User(user), event, &cx.caller)
}

/// Takes a conversation off the list; unread starts again at the next message, and with `with_history` so does what can be read.
fn remove(
    tx: &Tx<'_>,
    cx: &Context,
    owner: &Owner,
    id: &ConversationId,
    with_history: bool,
) -> Result<Vec<Effect>, ConversationError> {
    let user = owner.tiny_id;
    let ends = match ends(tx, cx, user, id) {
        // What is gone already needs no deletion.
        Err(ConversationError::NoMember) => return Ok(Vec::new()),
        other => other?,
    };
    let Some(mut target) = existing(tx, user, ends)? else { return Ok(Vec::new()) };
    let last_pos = target.thread.last_pos;
    target.own = Own {
        hidden: true,
        pinned_ms: 0,
        start_pos: if with_history { last_pos.max(target.own.start_pos) } else { target.own.start_pos },
        ..conversation::read_up_to(tx, &target.thread, user, &target.own, last_pos)?
    };
    target.write(tx, user)?;
    store::set_has_hidden(tx, target.thread.id)?;
    let mut effects = Vec::new();
    if cx.app.settings.features.sync_conversation_delete {
        let list = RecentContactList { list: vec![id.into()] };
        let change = RecentContactMod { push_type: recent_contact::DELETED, deleted: Some(list), ..RecentContactMod::default() };
        effects.push(tell(cx, user, Event::RecentContact(change)));
        effects.extend(target.told(tx, cx, user)?);
    }
    effects.extend(push_outbox::cancel_read(tx, cx, user, &owner.user_id, &target.thread, id.clone(), last_pos)?);
    Ok(effects)
}

/// `recentcontact.delete`
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: DeleteConversation) -> Result<Outcome<Empty>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let kind = request.kind.ok_or(ConversationError::Missing("Type"))?;
    let id = ConversationId {
        kind,
        to_account: request.to_account.filter(|_| kind == 1),
        group_id: request.group_id.filter(|_| kind == 2),
    };
    let effects = remove(tx, cx, &owner, &id, request.clear_ramble == Some(1))?;
    Ok(Outcome::done().then_all(effects))
}

/// `recentcontact.batch_delete`
pub(crate) fn batch_delete(tx: &Tx<'_>, cx: &Context, request: BatchDelete) -> Result<Outcome<BatchDeleted>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    check_count(request.contact_item.len())?;
    let (mut answer, mut effects) = (BatchDeleted::default(), Vec::new());
    for id in request.contact_item {
        effects.extend(remove(tx, cx, &owner, &id, request.clear_ramble == Some(1))?);
        let ConversationId { kind, to_account, group_id } = id;
        answer.result_item.push(DeletedContact { kind, to_account, group_id, ..DeletedContact::default() });
    }
    Ok(Outcome::reply(answer).then_all(effects))
}

/// At least one conversation, at most a hundred (51006).
pub(super) fn check_count(found: usize) -> Result<(), ConversationError> {
    match (1..=limits::CONVERSATION_BATCH).contains(&found) {
        true => Ok(()),
        false => Err(ConversationError::Count(limits::CONVERSATION_BATCH)),
    }
}

/// Pins or unpins; `None`: it was so already.
fn set_pin(tx: &Tx<'_>, cx: &Context, user: TinyId, mut target: Target, pin: bool) -> Result<Option<Target>, ConversationError> {
    if pin == (target.own.pinned_ms > 0) {
        return Ok(None);
    }
    if pin && store::pinned(tx, user)? >= limits::PINNED_CONVERSATIONS {
        return Err(ConversationError::TooManyPinned(limits::PINNED_CONVERSATIONS));
    }
    target.own.pinned_ms = if pin { cx.now_ms.max(1) } else { 0 };
    // What is pinned stands on the list.
    target.own.hidden &= !pin;
    target.write(tx, user)?;
    Ok(Some(target))
}

fn pin_told(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    id: &ConversationId,
    target: &Target,
) -> Result<Vec<Effect>, ConversationError> {
    let push_type = if target.own.pinned_ms > 0 { recent_contact::PINNED } else { recent_contact::UNPINNED };
    let top = Some(RecentContactList { list: vec![id.into()] });
    let change = RecentContactMod { push_type, top, ..RecentContactMod::default() };
    let mut effects = vec![tell(cx, user, Event::RecentContact(change))];
    effects.extend(target.told(tx, cx, user)?);
    Ok(effects)
}

/// `recentcontact.top`: a conversation that nothing was said in yet may be pinned too.
pub(crate) fn top(tx: &Tx<'_>, cx: &Context, request: Top) -> Result<Outcome<Empty>, ConversationError> {
    let owner = owner(tx, cx, request.from_account.as_deref())?;
    let user = owner.tiny_id;
    check_count(request.recent_contact_item.len())?;
    let pin = match request.operation_type {
        Some(1) => true,
        Some(2) => false,
        _ => return Err(ConversationError::Field("OperationType", "must be 1 or 2")),
    };
    let mut outcome = Outcome::done();
    for id in &request.recent_contact_item {
        let ends = ends(tx, cx, user, id)?;
        let target = if pin { Some(made(tx, user, ends)?) } else { existing(tx, user, ends)? };
        if let Some(target) = target
            && let Some(target) = set_pin(tx, cx, user, target, pin)?
        {
            outcome = outcome.then_all(pin_told(tx, cx, user, id, &target)?);
        }
    }
    Ok(outcome)
}

/// `tern_conversation.top`: one conversation that exists.
pub(crate) fn set_top(tx: &Tx<'_>, cx: &Context, request: SetTop) -> Result<Outcome<Empty>, ConversationError> {
    let Caller::User(person) = &cx.caller else { return Err(ConversationError::NotYours) };
    let user = person.tiny_id;
    let ends = ends(tx, cx, user, &request.id)?;
    let target = existing(tx, user, ends)?.ok_or(ConversationError::NoSuch)?;
    let Some(target) = set_pin(tx, cx, user, target, request.top_flag == 1)? else { return Ok(Outcome::done()) };
    Ok(Outcome::done().then_all(pin_told(tx, cx, user, &request.id, &target)?))
}
