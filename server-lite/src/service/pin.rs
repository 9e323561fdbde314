//! `tern_conversation.top`: pinned conversations (`contract/client-semantics.md` section 6.7).

use super::conversation::{ConversationError, own_or_default, thread_of};
use super::{Audience, Caller, Context, Effect, Outcome, sync};
use crate::store::conversation::{self as store, Own};
use crate::store::engine::Tx;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::SetTop;
use tern_protocol::event::Event;

/// Conversations that a person may pin (51012).
const PINNED_MOST: i64 = 50;

/// Pins a conversation of the caller's, or lets it go. A repeat changes nothing.
pub(crate) fn top(tx: &Tx<'_>, cx: &Context, request: SetTop) -> Result<Outcome<Empty>, ConversationError> {
    let Caller::User(person) = &cx.caller else { return Err(ConversationError::NotYours) };
    let user = person.tiny_id;
    let thread = thread_of(tx, cx.app.id, user, &request.id)?.ok_or(ConversationError::NoSuch)?;
    let own = own_or_default(tx, &thread, user)?.ok_or(ConversationError::NoMember)?;
    let pin = request.top_flag == 1;
    if pin == (own.pinned_ms > 0) {
        return Ok(Outcome::done());
    }
    if pin && store::pinned(tx, user)? >= PINNED_MOST {
        return Err(ConversationError::TooManyPinned(PINNED_MOST));
    }
    let next = Own { pinned_ms: if pin { cx.now_ms.max(1) } else { 0 }, hidden: own.hidden && !pin, rev: tx.next_rev(), ..own };
    store::put_own(tx, user, thread.id, &next)?;
    let changed = sync::conversation_of(tx, &thread, &next, user)?;
    let told = changed.map(|changed| Effect::tell_others(Audience::User(user), Event::Conversation(changed), &cx.caller));
    Ok(Outcome::done().then_all(told))
}
