//! Receipts per message (`contract/client-semantics.md` 5.2): who asked for them learns who has read. They change no unread count.

use super::history::{Opened, open};
use super::{Caller, Context, Family, MessageError, locate};
use crate::service::group::permission::storage::kept;
use crate::service::{Audience, Effect, Outcome};
use crate::store::conversation::{self, Ends, ThreadId};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::message::{self, Stored, flag};
use crate::store::receipt::{self as store, Asked};
use crate::store::{TinyId, account};
use std::collections::BTreeMap;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::message_change::MsgSeqItem;
use tern_protocol::api::receipt::{
    C2cMsgReadReceipt, GetGroupMsgReceipt, GetGroupMsgReceiptDetail, GroupMsgReceipt, NonReader, Reader, Receipt, ReceiptCount,
    ReceiptCounts, ReceiptDetail, ReceiptList, Receipts,
};
use tern_protocol::api::web_sdk::{GroupReceipt, GroupReceipts};
use tern_protocol::event::{Event, ReceiptNotice};
use tern_protocol::{ErrorCode, MessageKey};

/// Members of a group in which messages may ask for receipts.
const MEMBERS_MOST: u64 = 200;
/// Messages in one request.
const MESSAGES_MOST: usize = 50;
/// Places in one `tern_message.receipts`.
const PLACES_MOST: usize = 30;
/// Names in one page of a detail.
const PAGE_MOST: i64 = 200;

fn bad(field: &'static str, what: &'static str) -> MessageError {
    MessageError::Field { field, what, code: ErrorCode::GROUP_BAD_PARAMETER }
}

/// Refuses groups whose messages have no receipts.
pub(super) fn check_group(cx: &Context, group: &GroupRow) -> Result<(), MessageError> {
    if !kept(group.kind).receipts {
        return Err(MessageError::GroupForbidden("messages of groups of this type have no receipts"));
    }
    if !cx.app.settings.features.group_read_receipt {
        return Err(MessageError::Refused("receipts are off in this application", ErrorCode::GROUP_PLAN_REQUIRED));
    }
    match group.member_num > MEMBERS_MOST {
        true => Err(MessageError::Refused("the group is too large for receipts", ErrorCode::GROUP_GROUP_TOO_BIG_READ)),
        false => Ok(()),
    }
}

/// `openim.c2c_msg_read_receipt`
pub(crate) fn c2c(tx: &Tx<'_>, cx: &Context, request: C2cMsgReadReceipt) -> Result<Outcome<Empty>, MessageError> {
    let code = if cx.caller.is_admin() { ErrorCode::MSG_BAD_FORMAT } else { ErrorCode::MESSAGE_BAD_REQUEST };
    let refuse = |what| MessageError::Field { field: "C2CMsgInfo", what, code };
    match request.c2c_msg_info.len() {
        0 => return Err(refuse("is empty")),
        n if n > MESSAGES_MOST => return Err(refuse("names more than 50 messages")),
        _ => {}
    }
    let operator = match &cx.caller {
        Caller::User(person) => {
            let own = person.user_id.as_str();
            if request.operator_account.as_deref().is_some_and(|name| !name.is_empty() && name != own) {
                return Err(MessageError::NotYourself(Family::Client));
            }
            Some(own)
        }
        _ => request.operator_account.as_deref(),
    };
    let reader = locate::named(tx, cx, operator, "Operator_Account", ErrorCode::FROM_ACCOUNT_INVALID)?;
    let peer = locate::named(tx, cx, request.peer_account.as_deref(), "Peer_Account", ErrorCode::TO_ACCOUNT_INVALID)?;
    let Some(thread) = conversation::find(tx, Ends::Pair(reader.tiny_id, peer.tiny_id))? else { return Ok(Outcome::done()) };
    let mut receipts = Vec::new();
    for info in request.c2c_msg_info {
        let key = match (info.msg_key.as_str(), info.msg_seq, info.msg_random, info.msg_time) {
            ("", Some(seq), Some(random), Some(time)) => MessageKey { seq, random, time },
            (key, ..) => locate::key(Some(key))?,
        };
        let Some(stored) = locate::by_key(tx, &thread, Some(peer.tiny_id), key)? else { continue };
        if asks(&stored) && stored.sender != reader.tiny_id && store::add(tx, thread.id, stored.pos, reader.tiny_id, cx.now_ms)? {
            receipts.push(Receipt { place: stored.pos.cast_unsigned(), read_num: 1, unread_num: 0 });
        }
    }
    if receipts.is_empty() {
        return Ok(Outcome::done());
    }
    let notice = ReceiptNotice { id: ConversationId::c2c(reader.user_id), receipts };
    Ok(Outcome::done().tell(Audience::User(peer.tiny_id), Event::Receipt(notice)))
}

fn asks(stored: &Stored) -> bool {
    stored.has(flag::RECEIPT) && !stored.has(flag::RECALLED)
}

fn in_range(list: &[MsgSeqItem]) -> Result<(), MessageError> {
    match list.len() {
        0 => Err(bad("MsgSeqList", "is empty")),
        n if n > MESSAGES_MOST => Err(bad("MsgSeqList", "names more than 50 messages")),
        _ => Ok(()),
    }
}

/// Whether a member could read a message when it was sent.
fn was_there(member: &MemberRow, stored: &Stored) -> bool {
    member.role.is_some() && member.join_seq.cast_signed() < stored.pos && stored.is_for(member.tiny_id)
}

/// `group_open_http_svc.group_msg_receipt`
pub(crate) fn group_receipt(tx: &Tx<'_>, cx: &Context, request: GroupMsgReceipt) -> Result<Outcome<Empty>, MessageError> {
    let group = locate::group(tx, cx, request.group_id.as_deref())?;
    in_range(&request.msg_seq_list)?;
    check_group(cx, &group)?;
    let name = match &cx.caller {
        Caller::User(person) => {
            let own = person.user_id.as_str();
            if request.from_account.as_deref().is_some_and(|name| !name.is_empty() && name != own) {
                return Err(MessageError::NotYourself(Family::Group));
            }
            Some(own)
        }
        _ => request.from_account.as_deref(),
    };
    let name = name.filter(|name| !name.is_empty()).ok_or_else(|| bad("From_Account", "is missing"))?;
    let reader = account::find(tx, cx.app.id, name)?;
    let reader = reader.ok_or_else(|| MessageError::SenderUnknown(super::shown(name), Family::Group))?.tiny_id;
    let member = group::member(tx, group.no, reader)?.filter(|member| member.role.is_some());
    let member = member.ok_or(MessageError::GroupForbidden("only members send receipts"))?;
    let none = || MessageError::Refused("none of these messages asks for a receipt", ErrorCode::GROUP_NO_SUCH_READ_RECEIPT);
    let thread = conversation::find(tx, Ends::Group(group.no))?.ok_or_else(none)?;
    let mut of_senders: BTreeMap<TinyId, (Vec<Receipt>, GroupReceipts)> = BTreeMap::new();
    let mut any = false;
    for item in request.msg_seq_list {
        let Some(stored) = stored_at(tx, thread.id, item.msg_seq)? else { continue };
        if !asks(&stored) || stored.sender == reader || !was_there(&member, &stored) {
            continue;
        }
        any = true;
        if store::add(tx, thread.id, stored.pos, reader, cx.now_ms)? {
            let receipt = counts(tx, &group, &stored)?;
            let (receipts, web) = of_senders.entry(stored.sender).or_default();
            web.list.push(GroupReceipt {
                group_id: group.group_id.clone(),
                msg_seq: receipt.place,
                read_num: receipt.read_num,
                unread_num: receipt.unread_num,
                tiny_id: stored.sender.to_string(),
                msg_client_time: stored.client_time,
                msg_random: stored.random,
            });
            receipts.push(receipt);
        }
    }
    if !any {
        return Err(none());
    }
    let tell = |(sender, (receipts, web))| {
        let notice = ReceiptNotice { id: ConversationId::group(&group.group_id), receipts };
        [Event::Receipt(notice), Event::GroupReceipts(web)].map(|event| Effect::tell(Audience::User(sender), event))
    };
    Ok(Outcome::done().then_all(of_senders.into_iter().flat_map(tell)))
}

fn stored_at(tx: &Tx<'_>, thread: ThreadId, place: u64) -> Result<Option<Stored>, StoreError> {
    i64::try_from(place).map_or(Ok(None), |pos| message::at(tx, thread, pos))
}

fn asked(group: &GroupRow, stored: &Stored) -> Asked {
    Asked { group: group.no, thread: stored.thread, pos: stored.pos, sender: stored.sender }
}

/// Who of a group can have read a message but did not; of a targeted one only its targets.
fn non_readers(tx: &Tx<'_>, group: &GroupRow, stored: &Stored, after: TinyId, limit: i64) -> Result<Vec<TinyId>, StoreError> {
    let all = store::non_readers(tx, asked(group, stored), after, limit)?;
    Ok(all.into_iter().filter(|member| stored.is_for(*member)).collect())
}

fn counts(tx: &Tx<'_>, group: &GroupRow, stored: &Stored) -> Result<Receipt, StoreError> {
    let most = i64::try_from(MEMBERS_MOST).unwrap_or(i64::MAX);
    let unread = non_readers(tx, group, stored, TinyId(0), most)?.len();
    let read = store::count(tx, stored.thread, stored.pos)?;
    Ok(Receipt { place: stored.pos.cast_unsigned(), read_num: read.cast_unsigned(), unread_num: unread as u64 })
}

/// The message if its receipts may be asked for: of clients by its sender only.
fn askable(tx: &Tx<'_>, cx: &Context, thread: Option<ThreadId>, place: u64) -> Result<Option<Stored>, StoreError> {
    let Some(thread) = thread else { return Ok(None) };
    let own = cx.caller.person().map(|person| person.tiny_id);
    let stored = stored_at(tx, thread, place)?;
    Ok(stored.filter(|stored| asks(stored) && own.is_none_or(|own| own == stored.sender)))
}

fn group_to_ask(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>) -> Result<(GroupRow, Option<ThreadId>), MessageError> {
    let group = locate::group(tx, cx, group_id)?;
    if let Caller::User(person) = &cx.caller
        && group::role(tx, group.no, person.tiny_id)?.is_none()
    {
        return Err(MessageError::GroupForbidden("only members ask for receipts"));
    }
    check_group(cx, &group)?;
    let thread = conversation::find(tx, Ends::Group(group.no))?.map(|thread| thread.id);
    Ok((group, thread))
}

/// `group_open_http_svc.get_group_msg_receipt`
pub(crate) fn group_counts(tx: &Tx<'_>, cx: &Context, request: GetGroupMsgReceipt) -> Result<Outcome<ReceiptCounts>, MessageError> {
    let (group, thread) = group_to_ask(tx, cx, request.group_id.as_deref())?;
    in_range(&request.msg_seq_list)?;
    let mut list = Vec::with_capacity(request.msg_seq_list.len());
    for item in request.msg_seq_list {
        let msg_seq = item.msg_seq;
        list.push(match askable(tx, cx, thread, msg_seq)? {
            None => ReceiptCount { code: ErrorCode::GROUP_NO_SUCH_READ_RECEIPT.0, msg_seq, ..ReceiptCount::default() },
            Some(stored) => {
                let Receipt { read_num, unread_num, .. } = counts(tx, &group, &stored)?;
                ReceiptCount { code: 0, msg_seq, read_num, unread_num }
            }
        });
    }
    Ok(Outcome::reply(ReceiptCounts { list }))
}

/// `group_open_http_svc.get_group_msg_receipt_detail`
pub(crate) fn group_detail(
    tx: &Tx<'_>,
    cx: &Context,
    request: GetGroupMsgReceiptDetail,
) -> Result<Outcome<ReceiptDetail>, MessageError> {
    let (group, thread) = group_to_ask(tx, cx, request.group_id.as_deref())?;
    if !(1..=PAGE_MOST).contains(&request.count) {
        return Err(bad("Count", "must be from 1 to 200"));
    }
    let after = match request.cursor.as_str() {
        "" => TinyId(0),
        cursor => TinyId(cursor.parse().map_err(|_| bad("Cursor", "is none of this server's"))?),
    };
    let none = MessageError::Refused("the message has no receipts", ErrorCode::GROUP_NO_SUCH_READ_RECEIPT);
    let stored = askable(tx, cx, thread, request.msg_seq)?.ok_or(none)?;
    let page = match request.filter {
        0 => store::readers(tx, stored.thread, stored.pos, after, request.count)?,
        1 => non_readers(tx, &group, &stored, after, i64::MAX)?.into_iter().take(request.count.unsigned_abs() as usize).collect(),
        _ => return Err(bad("Filter", "must be 0 or 1")),
    };
    let is_finish = i64::from((page.len() as u64) < request.count.unsigned_abs());
    let cursor = page.last().map_or_else(|| request.cursor.clone(), TinyId::to_string);
    let mut names = super::view::Names::new(tx);
    let mut accounts = Vec::with_capacity(page.len());
    for reader in page {
        accounts.push(names.of(reader)?.user_id.clone());
    }
    let mut detail = ReceiptDetail { cursor, is_finish, msg_seq: request.msg_seq, ..ReceiptDetail::default() };
    match request.filter {
        0 => detail.read_list = Some(accounts.into_iter().map(|account| Reader { account }).collect()),
        _ => detail.unread_list = Some(accounts.into_iter().map(|account| NonReader { account }).collect()),
    }
    Ok(Outcome::reply(detail))
}

/// `tern_message.receipts`
pub(crate) fn receipts(tx: &Tx<'_>, cx: &Context, request: Receipts) -> Result<Outcome<ReceiptList>, MessageError> {
    if request.places.len() > PLACES_MOST {
        let (field, what) = ("Places", "names more than 30 messages");
        return Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST });
    }
    let Opened { thread, group, .. } = open(tx, cx, &request.id)?;
    if let Some(group) = &group {
        check_group(cx, group)?;
    }
    let mut list = ReceiptList::default();
    for place in request.places {
        let Some(stored) = askable(tx, cx, thread.as_ref().map(|thread| thread.id), place)? else { continue };
        list.receipts.push(match &group {
            Some(group) => counts(tx, group, &stored)?,
            None => {
                let read_num = store::count(tx, stored.thread, stored.pos)?.cast_unsigned();
                Receipt { place, read_num, unread_num: 1_u64.saturating_sub(read_num) }
            }
        });
    }
    Ok(Outcome::reply(list))
}
