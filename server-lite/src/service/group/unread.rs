//! `set_unread_msg_num`: the backend says how much of a group a member has not read.

use super::{GroupError, existing_member, named, required, topic};
use crate::service::recent_contact::tell;
use crate::service::{Context, Effect, Outcome, conversation, push_outbox, sync};
use crate::store::conversation::{self as store, Ends};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::{TinyId, group_member};
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::group_member::SetUnreadMsgNum;
use tern_protocol::event::Event;

/// `group_open_http_svc.set_unread_msg_num`. Types that count nothing: no error, no effect.
pub(crate) fn set(tx: &Tx<'_>, cx: &Context, request: SetUnreadMsgNum) -> Result<Outcome<Empty>, GroupError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    let group = match topic::named(tx, cx, &group, request.topic_id.as_deref())? {
        Some(topic) => topic,
        None => group,
    };
    let name = required("Member_Account", request.member_account.as_deref())?;
    let wanted = request.unread_msg_num.filter(|wanted| *wanted >= 0);
    let wanted = wanted.ok_or_else(|| GroupError::BadParameter("UnreadMsgNum is no number of messages".into()))?;
    if !group.kind.counts_unread() {
        return Ok(Outcome::done());
    }
    let (account, _) = existing_member(tx, cx, &group, name)?;
    let user = account.tiny_id;
    let Some(read_pos) = put(tx, &group, user, wanted)? else { return Ok(Outcome::done()) };
    let changed = sync::group_conversation(tx, &cx.app, group.no, user)?;
    let mut effects: Vec<Effect> = changed.map(|changed| tell(cx, user, Event::Conversation(changed))).into_iter().collect();
    if let Some(thread) = store::find(tx, Ends::Group(group.no))? {
        let id = ConversationId::group(group.group_id);
        effects.extend(push_outbox::cancel_read(tx, cx, user, &account.user_id, &thread, id, read_pos)?);
    }
    Ok(Outcome::done().then_all(effects))
}

/// Moves a member's read position so that `wanted` messages of others stand above it, or as many as there are since it joined.
/// The new position; `None`: nothing was ever said.
pub(super) fn put(tx: &Tx<'_>, group: &GroupRow, user: TinyId, wanted: i64) -> Result<Option<i64>, StoreError> {
    let Some(thread) = store::find(tx, Ends::Group(group.no))? else { return Ok(None) };
    let Some(own) = conversation::own_or_default(tx, &thread, user)? else { return Ok(None) };
    let member = crate::store::group::member(tx, group.no, user)?;
    let joined = member.map_or(Ok(0), |member| conversation::join_pos(tx, group.no, Some(&thread), &member))?;
    let low = joined.max(own.start_pos).max(thread.start_pos);
    let pos = match wanted {
        0 => thread.last_pos,
        _ => group_member::nth_counted(tx, thread.id, low, user, wanted)?.map_or(low, |pos| pos - 1),
    };
    let mut next = conversation::counted_above(tx, &thread, user, &own, pos)?;
    if pos < thread.all_read_pos {
        next.put_below = thread.all_read_pos;
    }
    next.rev = tx.next_rev();
    store::put_own(tx, user, thread.id, &next)?;
    Ok(Some(pos))
}
