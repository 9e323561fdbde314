//! Read marks of several conversations at once, and what the backend asks and does about them (`contract/rest-api.md` section 5,
//! `contract/client-semantics.md` 5.1).

use super::conversation::{mark_pair, mark_read, unread};
use super::message::{Family, MessageError, locate};
use super::{Audience, Context, Effect, Outcome, push_outbox};
use crate::store::conversation::{self as store, Ends};
use crate::store::engine::Tx;
use crate::store::{account, group, message};
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::receipt::{AdminSetMsgRead, C2cUnread, GetC2cUnreadMsgNum, GroupReadInfo, PeerError, PeerUnread, ReadAll};
use tern_protocol::event::{Event, OwnReadGroup, ReadAllNotice};

/// Peers in one `get_c2c_unread_msg_num`.
const PEERS_MOST: usize = 10;
/// Groups in one `read_all_unread_msg`.
const GROUPS_MOST: usize = 500;

/// `openim.admin_set_msg_read`
pub(crate) fn admin_set_msg_read(tx: &Tx<'_>, cx: &Context, request: AdminSetMsgRead) -> Result<Outcome<Empty>, MessageError> {
    let find = |name: Option<&str>, field, code| locate::named(tx, cx, name, field, code);
    let reader = find(request.report_account.as_deref(), "Report_Account", ErrorCode::FROM_ACCOUNT_INVALID)?;
    let peer = find(request.peer_account.as_deref(), "Peer_Account", ErrorCode::TO_ACCOUNT_INVALID)?;
    let Some(thread) = store::find(tx, Ends::Pair(reader.tiny_id, peer.tiny_id))? else { return Ok(Outcome::done()) };
    let pos = match request.msg_read_time {
        Some(seconds) if seconds > 0 => message::last_pos_at(tx, thread.id, thread.last_pos, seconds)?,
        _ => thread.last_pos,
    };
    let Some((own, effects)) = mark_pair(tx, cx, (reader.tiny_id, &reader.user_id), &peer, &thread, pos)? else {
        return Ok(Outcome::done());
    };
    Ok(Outcome::done().tell(Audience::User(reader.tiny_id), Event::OwnReadC2c(own)).then_all(effects))
}

/// `openim.get_c2c_unread_msg_num`
pub(crate) fn c2c_unread(tx: &Tx<'_>, cx: &Context, request: GetC2cUnreadMsgNum) -> Result<Outcome<C2cUnread>, MessageError> {
    let user = locate::named(tx, cx, request.to_account.as_deref(), "To_Account", ErrorCode::FROM_ACCOUNT_INVALID)?.tiny_id;
    let Some(peers) = request.peer_account.filter(|peers| !peers.is_empty()) else {
        let mut all = 0;
        for listed in store::pairs_of(tx, user, 0)? {
            all += unread(tx, &listed.thread, &listed.own, user, None)?;
        }
        return Ok(Outcome::reply(C2cUnread { all: Some(all.cast_unsigned()), ..C2cUnread::default() }));
    };
    if peers.len() > PEERS_MOST {
        let (field, what) = ("Peer_Account", "names more than 10 accounts");
        return Err(MessageError::Field { field, what, code: ErrorCode::MSG_BAD_FORMAT });
    }
    let (mut list, mut errors) = (Vec::new(), Vec::new());
    for name in peers {
        let Some(peer) = account::find(tx, cx.app.id, &name)? else {
            errors.push(PeerError { peer_account: name, error_code: ErrorCode::ACCOUNT_NOT_FOUND.0 });
            continue;
        };
        let num = match store::find(tx, Ends::Pair(user, peer.tiny_id))? {
            None => 0,
            Some(thread) => {
                let own = store::own_row(tx, user, thread.id)?.unwrap_or_default();
                unread(tx, &thread, &own, user, None)?
            }
        };
        list.push(PeerUnread { peer_account: name, num: num.cast_unsigned() });
    }
    let error_list = (!errors.is_empty()).then_some(errors);
    Ok(Outcome::reply(C2cUnread { list: Some(list), error_list, ..C2cUnread::default() }))
}

/// `openim.read_all_unread_msg`
pub(crate) fn read_all(tx: &Tx<'_>, cx: &Context, request: ReadAll) -> Result<Outcome<Empty>, MessageError> {
    let person = cx.caller.person().ok_or(MessageError::NotYourself(Family::Client))?;
    let user = person.tiny_id;
    let reader = (user, person.user_id.as_str());
    if request.group_read_info.len() > GROUPS_MOST {
        let (field, what) = ("GroupReadInfo", "names more than 500 groups");
        return Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST });
    }
    let mut notice = ReadAllNotice::default();
    let mut effects = Vec::new();
    if request.c2c_read_all == Some(1) {
        notice.c2c_read_all = 1;
        for listed in store::pairs_of(tx, user, 0)? {
            let peer = listed.thread.ends.peer_of(user).unwrap_or(user);
            let Some(peer) = account::by_number(tx, peer)? else { continue };
            if let Some((_, told)) = mark_pair(tx, cx, reader, &peer, &listed.thread, listed.thread.last_pos)? {
                effects.extend(told);
            }
        }
    }
    let mut groups = Vec::new();
    if request.group_read_all == Some(1) {
        for listed in store::groups_of(tx, user)? {
            let found = group::by_number(tx, listed.group)?;
            groups.extend(found.zip(listed.thread).map(|(group, thread)| (group, thread.last_pos, thread)));
        }
    } else {
        for item in request.group_read_info {
            let found = group::find(tx, cx.app.id, &item.group_id)?;
            let group = found.ok_or_else(|| MessageError::GroupUnknown(item.group_id.chars().take(96).collect()))?;
            if group::role(tx, group.no, user)?.is_none() {
                return Err(MessageError::GroupForbidden("only members may report reading"));
            }
            let Some(thread) = store::find(tx, Ends::Group(group.no))? else { continue };
            let pos = if item.msg_seq == 0 { thread.last_pos } else { i64::try_from(item.msg_seq).unwrap_or(i64::MAX) };
            groups.push((group, pos, thread));
        }
    }
    for (group, pos, thread) in groups {
        let Some(marked) = mark_read(tx, &thread, user, pos, Some(group.kind))? else { continue };
        let id = ConversationId::group(&group.group_id);
        effects.extend(push_outbox::cancel_read(tx, cx, user, reader.1, &thread, id, marked.pos)?);
        notice.group_read_info.push(GroupReadInfo { group_id: group.group_id, msg_seq: marked.pos.cast_unsigned() });
    }
    if notice.c2c_read_all == 1 || !notice.group_read_info.is_empty() {
        // The product's Web SDK counts down by the events, its own request included; groups only by the notice of each.
        let group =
            |read: &GroupReadInfo| OwnReadGroup { group_id: read.group_id.clone(), last_read_msg_seq: read.msg_seq, unread: None };
        let groups: Vec<OwnReadGroup> = notice.group_read_info.iter().map(group).collect();
        effects.insert(0, Effect::tell(Audience::User(user), Event::ReadAll(notice)));
        if let Some(session) = cx.caller.session() {
            let tell = |read| Effect::tell(Audience::Session(session), Event::OwnReadGroup(read));
            effects.extend(groups.into_iter().map(tell));
        }
    }
    Ok(Outcome::done().then_all(effects))
}
