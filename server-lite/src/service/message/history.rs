//! Reading stored messages: the contract's roaming reads and `tern_sync.history`.

use super::view::{self, Names, Where};
use super::{Caller, Context, Family, MessageError};
use crate::service::group::rights;
use crate::service::{Outcome, conversation};
use crate::store::conversation::{self as threads, Ends, Own, Thread, ThreadId};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{GroupRow, MemberRow};
use crate::store::message::{self, Stored, flag};
use crate::store::{TinyId, account, group, hidden};
use tern_protocol::api::conversation::{ChangedMessageList, ChangedMessages, ConversationId, History, HistoryPage, PlaceRange};
use tern_protocol::api::message::{AdminGetRoamMsg, GetRoamMsg, GroupMsgGet, GroupMsgs, Message, RoamMsgs};
use tern_protocol::{ErrorCode, MessageKey, limits};

/// Bytes of messages in one answer over REST (`admin_getroammsg`).
const REST_ANSWER_BYTES: usize = 13 * 1024;
/// Messages in one answer over REST.
const REST_MOST: i64 = 100;
/// Messages of a group in one answer over REST.
const REST_GROUP_MOST: i64 = 20;
/// Messages in one answer when a client does not say.
const DEFAULT_LIMIT: i64 = 20;
/// Messages in one answer to a client.
const CLIENT_MOST: i64 = limits::HISTORY_PAGE as i64;
/// Messages in one page of a group for a client; the product's Web SDK asks for one more than it shows, to see whether there is more.
const GROUP_CLIENT_MOST: i64 = 50;

/// Where a roaming read begins and ends.
struct Range<'a> {
    limit: i64,
    min_time: i64,
    max_time: Option<i64>,
    after_key: Option<&'a str>,
    bytes_most: usize,
    newer: bool,
    with_recalled: bool,
}

/// `openim.admin_getroammsg`: the conversation as one side sees it.
pub(crate) fn admin_roam(tx: &Tx<'_>, cx: &Context, request: AdminGetRoamMsg) -> Result<Outcome<RoamMsgs>, MessageError> {
    let find = |name: Option<&str>, field: &'static str, code: ErrorCode| -> Result<account::AccountRow, MessageError> {
        let name = name.filter(|name| !name.is_empty()).ok_or(MessageError::Field { field, what: "is missing", code })?;
        account::find(tx, cx.app.id, name)?.ok_or(MessageError::Field { field, what: "names no account", code })
    };
    let operator = find(request.operator_account.as_deref(), "Operator_Account", ErrorCode::FROM_ACCOUNT_INVALID)?;
    let peer = find(request.peer_account.as_deref(), "Peer_Account", ErrorCode::TO_ACCOUNT_INVALID)?;
    let range = Range {
        limit: limit_of(request.max_cnt, REST_MOST)?,
        min_time: request.min_time.unwrap_or(0),
        max_time: request.max_time,
        after_key: request.last_msg_key.as_deref().filter(|key| !key.is_empty()),
        bytes_most: REST_ANSWER_BYTES,
        newer: false,
        with_recalled: true,
    };
    roam(tx, operator.tiny_id, peer.tiny_id, &range).map(Outcome::reply)
}

/// `openim.getroammsg`: a client's own conversation.
pub(crate) fn roam_own(tx: &Tx<'_>, cx: &Context, request: GetRoamMsg) -> Result<Outcome<RoamMsgs>, MessageError> {
    let Caller::User(person) = &cx.caller else { return Err(MessageError::NotYourself(Family::Client)) };
    let name = request.peer_account.as_deref().unwrap_or_default();
    let peer =
        account::find(tx, cx.app.id, name)?.ok_or_else(|| MessageError::ReceiverUnknown(super::shown(name), Family::Client))?;
    let range = Range {
        limit: limit_of(request.max_cnt, CLIENT_MOST)?,
        min_time: 0,
        max_time: request.last_msg_time.filter(|seconds| *seconds > 0),
        after_key: request.msg_key.as_deref().filter(|key| !key.is_empty()),
        bytes_most: usize::MAX,
        newer: request.get_direction == Some(1),
        with_recalled: request.with_recalled_msg == Some(1),
    };
    let mut answer = roam(tx, person.tiny_id, peer.tiny_id, &range)?;
    if let Some(thread) = threads::find(tx, Ends::Pair(person.tiny_id, peer.tiny_id))? {
        let pos = conversation::peer_read_pos(tx, &thread, peer.tiny_id)?;
        answer.peer_read_time = Some(message::time_at(tx, thread.id, pos)?.unwrap_or_default().div_euclid(1000));
    }
    if !range.newer {
        answer.msg_list.reverse();
    }
    answer.msg_key = Some(answer.last_msg_key.clone());
    Ok(Outcome::reply(answer))
}

fn limit_of(wanted: Option<i64>, most: i64) -> Result<i64, MessageError> {
    match wanted {
        None => Ok(DEFAULT_LIMIT.min(most)),
        Some(n) if n > 0 => Ok(n.min(most)),
        Some(_) => Err(MessageError::Field { field: "MaxCnt", what: "must be above 0", code: ErrorCode::MSG_BAD_FORMAT }),
    }
}

fn roam(tx: &Tx<'_>, viewer: TinyId, peer: TinyId, range: &Range<'_>) -> Result<RoamMsgs, MessageError> {
    let mut answer = RoamMsgs { complete: 1, ..RoamMsgs::default() };
    let Some(thread) = threads::find(tx, Ends::Pair(viewer, peer))? else { return Ok(answer) };
    let own = threads::own_row(tx, viewer, thread.id)?.unwrap_or_default();
    let peer_read = conversation::peer_read_pos(tx, &thread, peer)?;
    let low = own.start_pos.max(thread.start_pos) + 1;
    let gone = hidden::between(tx, viewer, thread.id, own.deleted_pos, low, thread.last_pos)?;
    let mut names = Names::new(tx);
    let mut bytes = 0;
    let mut pos = begin(tx, &thread, range)?;
    loop {
        let page = match range.newer {
            false => message::newest_first(tx, thread.id, low, pos, range.limit + 1)?,
            true => message::oldest_first(tx, thread.id, pos.max(low), thread.last_pos, range.limit + 1)?,
        };
        let Some(last) = page.last().map(|stored| stored.pos) else { return Ok(answer) };
        for stored in &page {
            // Places follow the time of storing; an imported message may say an older one.
            if stored.time_ms.div_euclid(1000) < range.min_time {
                return Ok(answer);
            }
            let recalled = stored.has(flag::RECALLED) && !range.with_recalled;
            if !stored.is_for(viewer) || recalled || gone.has(stored.pos) || stored.time() < range.min_time {
                continue;
            }
            bytes += stored.body.len() + stored.custom.as_ref().map_or(0, String::len);
            if answer.msg_cnt >= range.limit || (bytes > range.bytes_most && answer.msg_cnt > 0) {
                answer.complete = 0;
                return Ok(answer);
            }
            let mut message = view::message(&mut names, Where::Pair(viewer, peer), stored)?;
            let reader_pos = if stored.sender == viewer { peer_read } else { own.read_pos };
            message.is_peer_read = Some(i64::from(stored.pos <= reader_pos));
            answer.last_msg_time = stored.time();
            answer.last_msg_key = view::c2c_key(stored);
            answer.msg_cnt += 1;
            answer.msg_list.push(message);
        }
        pos = if range.newer { last + 1 } else { last - 1 };
    }
}

/// The first place to look at: the newest of `max_time`, or what comes next after the message that the last page ended with.
fn begin(tx: &Tx<'_>, thread: &Thread, range: &Range<'_>) -> Result<i64, MessageError> {
    let key: Option<MessageKey> = match range.after_key.map(str::parse) {
        None => None,
        Some(Ok(key)) => Some(key),
        Some(Err(_)) => {
            let code = ErrorCode::MSG_KEY_INVALID;
            return Err(MessageError::Field { field: "MsgKey", what: "is none of this service's", code });
        }
    };
    let newest = match key.map(|key| key.time).or(range.max_time) {
        None => thread.last_pos,
        Some(seconds) => message::last_pos_at(tx, thread.id, thread.last_pos, seconds)?,
    };
    let Some(key) = key else {
        // Going on to newer ones without a key: everything after that second.
        return Ok(if range.newer { newest + 1 } else { newest });
    };
    let oldest = message::last_pos_at(tx, thread.id, newest, key.time - 1)?;
    let named = |stored: &Stored| stored.seq == u64::from(key.seq) && stored.random == u64::from(key.random);
    let mut high = newest;
    while high > oldest {
        let page = message::newest_first(tx, thread.id, oldest + 1, high, 100)?;
        if let Some(found) = page.iter().find(|stored| named(stored)) {
            return Ok(if range.newer { found.pos + 1 } else { found.pos - 1 });
        }
        let Some(last) = page.last() else { break };
        high = last.pos - 1;
    }
    // The named message is gone: what is older, or newer, than its second.
    Ok(if range.newer { newest + 1 } else { oldest })
}

/// A group whose messages the caller may read, with the first place it may not.
struct Readable {
    group: GroupRow,
    /// `None`: an app admin, who sees everything.
    viewer: Option<TinyId>,
    hidden_up_to: i64,
}

fn readable(tx: &Tx<'_>, cx: &Context, group_id: &str, topic_id: Option<&str>) -> Result<Readable, MessageError> {
    let group = super::locate::chat(tx, cx, Some(group_id), topic_id)?;
    let Caller::User(person) = &cx.caller else { return Ok(Readable { group, viewer: None, hidden_up_to: 0 }) };
    if !group.kind.stores_messages() {
        return Err(MessageError::NoHistory);
    }
    let member = group::member(tx, group.no, person.tiny_id)?.filter(|member| member.role.is_some());
    let Some(member) = member else { return Err(MessageError::GroupForbidden("only members may read a group's messages")) };
    let hidden_up_to = hidden_from(tx, cx, &group, &member)?;
    Ok(Readable { group, viewer: Some(person.tiny_id), hidden_up_to })
}

/// The last place that a member may not read because it is older than the membership.
fn hidden_from(tx: &Tx<'_>, cx: &Context, group: &GroupRow, member: &MemberRow) -> Result<i64, StoreError> {
    let thread = match group.no.is_topic() {
        true => threads::find(tx, Ends::Group(group.no))?,
        false => None,
    };
    match rights::reads_earlier(tx, &cx.app, group, member.tiny_id, member.role)? {
        true => Ok(0),
        false => conversation::join_pos(tx, group.no, thread.as_ref(), member),
    }
}

/// `group_open_http_svc.group_msg_get_simple` and `group_msg_get`: newest first; what cannot be read is a bare place.
pub(crate) fn group_msg_get(tx: &Tx<'_>, cx: &Context, request: GroupMsgGet) -> Result<Outcome<GroupMsgs>, MessageError> {
    let refuse = |field, what| MessageError::Field { field, what, code: ErrorCode::GROUP_BAD_PARAMETER };
    let group_id = request.group_id.as_deref().filter(|id| !id.is_empty()).ok_or_else(|| refuse("GroupId", "is missing"))?;
    let Readable { group, viewer, hidden_up_to } = readable(tx, cx, group_id, request.topic_id.as_deref())?;
    if !group.kind.stores_messages() {
        return Err(MessageError::NoHistory);
    }
    let most = if viewer.is_some() { GROUP_CLIENT_MOST } else { REST_GROUP_MOST };
    let wanted = match request.req_msg_number {
        Some(n) if n > 0 => n,
        None if viewer.is_some() => DEFAULT_LIMIT,
        _ => return Err(refuse("ReqMsgNumber", "must be above 0")),
    };
    let mut answer =
        GroupMsgs { group_id: view::wire_group(&group).0, is_finished: i64::from(wanted <= most), rsp_msg_list: Vec::new() };
    let Some(thread) = threads::find(tx, Ends::Group(group.no))? else { return Ok(Outcome::reply(answer)) };
    let own = viewer.map(|viewer| threads::own_row(tx, viewer, thread.id)).transpose()?.flatten().unwrap_or_default();
    let hidden_up_to = hidden_up_to.max(own.start_pos).max(thread.start_pos);
    let gone = match viewer {
        None => hidden::Hidden::default(),
        Some(viewer) => hidden::between(tx, viewer, thread.id, own.deleted_pos, hidden_up_to, thread.last_pos)?,
    };
    let high = request.req_msg_seq.map_or(thread.last_pos, |seq| seq.min(thread.last_pos));
    if thread.start_pos > 0 && high <= thread.start_pos {
        answer.is_finished = 2;
    }
    let mut names = Names::new(tx);
    let mut bytes = 0;
    let mut oldest = high + 1;
    for stored in message::newest_first(tx, thread.id, hidden_up_to + 1, high, wanted.min(most))? {
        oldest = stored.pos;
        let visible = viewer.is_none_or(|viewer| stored.is_for(viewer)) && !gone.has(stored.pos);
        let message = match visible {
            true => view::message(&mut names, Where::Group(&group), &stored)?,
            false => placeholder(&group, &stored),
        };
        bytes += message.msg_body.as_ref().map_or(0, |body| body.get().len());
        if viewer.is_none() && bytes > REST_ANSWER_BYTES && !answer.rsp_msg_list.is_empty() {
            answer.is_finished = 0;
            break;
        }
        answer.rsp_msg_list.push(message);
    }
    // A client asks on until the beginning.
    if viewer.is_some() && answer.is_finished != 2 {
        answer.is_finished = i64::from(answer.rsp_msg_list.is_empty() || oldest <= hidden_up_to + 1);
    }
    Ok(Outcome::reply(answer))
}

fn placeholder(group: &GroupRow, stored: &Stored) -> Message {
    Message {
        to_group_id: Some(view::wire_group(group).0),
        topic_id: view::wire_group(group).1,
        msg_seq: stored.pos.cast_unsigned(),
        msg_time_stamp: stored.time(),
        is_place_msg: Some(1),
        ..Message::default()
    }
}

/// A conversation that a person reads.
pub(crate) struct Opened {
    pub(crate) thread: Option<Thread>,
    pub(super) viewer: TinyId,
    /// Places up to this one cannot be read.
    hidden_up_to: i64,
    /// What the viewer deleted.
    gone: hidden::Hidden,
    pub(crate) peer: Option<TinyId>,
    pub(crate) group: Option<GroupRow>,
}

impl Opened {
    /// Whether the viewer may see a stored message.
    pub(crate) fn shows(&self, stored: &Stored) -> bool {
        stored.pos > self.hidden_up_to && stored.is_for(self.viewer) && !self.gone.has(stored.pos)
    }

    /// Where its messages stand.
    pub(crate) fn place(&self) -> Where<'_> {
        match (&self.group, self.peer) {
            (Some(group), _) => Where::Group(group),
            (None, peer) => Where::Pair(self.viewer, peer.unwrap_or(self.viewer)),
        }
    }
}

/// The conversation that a client names, if it may read it.
pub(crate) fn open(tx: &Tx<'_>, cx: &Context, id: &ConversationId) -> Result<Opened, MessageError> {
    let Caller::User(person) = &cx.caller else { return Err(MessageError::NotYourself(Family::Client)) };
    let viewer = person.tiny_id;
    let (ends, hidden_up_to, peer, group) = match (id.kind, &id.to_account, &id.group_id) {
        (1, Some(name), None) => {
            let peer = account::find(tx, cx.app.id, name)?
                .ok_or_else(|| MessageError::ReceiverUnknown(super::shown(name), Family::Client))?;
            (Ends::Pair(viewer, peer.tiny_id), 0, Some(peer.tiny_id), None)
        }
        (2, None, Some(group_id)) => {
            let Readable { group, hidden_up_to, .. } = readable(tx, cx, group_id, None)?;
            (Ends::Group(group.no), hidden_up_to, None, Some(group))
        }
        _ => {
            let (field, what) = ("Id", "must be Type 1 with To_Account or Type 2 with GroupId");
            return Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST });
        }
    };
    let thread = threads::find(tx, ends)?;
    Ok(opened(tx, viewer, thread, hidden_up_to, peer, group)?)
}

/// A thread as a person reads it; `None`: it may not.
pub(crate) fn open_thread(tx: &Tx<'_>, cx: &Context, viewer: TinyId, thread: ThreadId) -> Result<Option<Opened>, StoreError> {
    let Some(thread) = threads::by_id(tx, thread)? else { return Ok(None) };
    match thread.ends {
        Ends::Pair(low, high) if low == viewer || high == viewer => {
            let peer = thread.ends.peer_of(viewer);
            opened(tx, viewer, Some(thread), 0, peer, None).map(Some)
        }
        Ends::Pair(..) => Ok(None),
        Ends::Group(no) => {
            let Some(group) = group::by_number(tx, no)? else { return Ok(None) };
            let member = group::member(tx, no, viewer)?.filter(|member| member.role.is_some());
            let Some(member) = member else { return Ok(None) };
            let hidden_up_to = hidden_from(tx, cx, &group, &member)?;
            opened(tx, viewer, Some(thread), hidden_up_to, None, Some(group)).map(Some)
        }
    }
}

fn opened(
    tx: &Tx<'_>,
    viewer: TinyId,
    thread: Option<Thread>,
    hidden_up_to: i64,
    peer: Option<TinyId>,
    group: Option<GroupRow>,
) -> Result<Opened, StoreError> {
    let own = match &thread {
        None => Own::default(),
        Some(thread) => threads::own_row(tx, viewer, thread.id)?.unwrap_or_default(),
    };
    let (start_pos, last_pos) = thread.as_ref().map_or((0, 0), |thread| (thread.start_pos, thread.last_pos));
    let hidden_up_to = hidden_up_to.max(own.start_pos).max(start_pos);
    let gone = match &thread {
        None => hidden::Hidden::default(),
        Some(thread) => hidden::between(tx, viewer, thread.id, own.deleted_pos, hidden_up_to, last_pos)?,
    };
    Ok(Opened { thread, viewer, hidden_up_to, gone, peer, group })
}

/// `tern_sync.history`: by rising place.
pub(crate) fn history(tx: &Tx<'_>, cx: &Context, request: History) -> Result<Outcome<HistoryPage>, MessageError> {
    let opened = open(tx, cx, &request.id)?;
    let limit =
        if request.limit == 0 { DEFAULT_LIMIT } else { i64::try_from(request.limit).unwrap_or(CLIENT_MOST).min(CLIENT_MOST) };
    let Some(thread) = &opened.thread else {
        return Ok(Outcome::reply(HistoryPage { from_place: 1, at_start: 1, at_end: 1, ..HistoryPage::default() }));
    };
    let place = |place: u64| i64::try_from(place).unwrap_or(i64::MAX - 1);
    let (first, last) = (opened.hidden_up_to + 1, thread.last_pos);
    let chosen =
        [request.before, request.after, request.around].iter().flatten().count() + usize::from(request.around_time.is_some());
    if chosen > 1 {
        let (field, what) = ("History", "takes one of Before, After, Around and AroundTime");
        return Err(MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST });
    }
    let (stored, from, to) = match (request.before, request.after, request.around, request.around_time) {
        (_, Some(after), ..) => newer(tx, thread, place(after).saturating_add(1).max(first), limit)?,
        (_, _, Some(around), _) => around_place(tx, thread, first, place(around), limit)?,
        (_, _, _, Some(seconds)) => {
            let target = message::last_pos_at(tx, thread.id, last, seconds.saturating_sub(1))? + 1;
            around_place(tx, thread, first, target, limit)?
        }
        (before, ..) => older(tx, thread, first, before.map_or(last, |before| (place(before) - 1).min(last)), limit)?,
    };
    let mut names = Names::new(tx);
    let mut page = HistoryPage {
        from_place: from.cast_unsigned(),
        to_place: to.cast_unsigned(),
        at_start: i64::from(from <= first),
        at_end: i64::from(to >= last),
        ..HistoryPage::default()
    };
    for stored in stored.iter().filter(|stored| opened.shows(stored)) {
        page.msg_list.push(view::message(&mut names, opened.place(), stored)?);
    }
    if let Some(peer) = opened.peer {
        page.peer_read_place = Some(conversation::peer_read_pos(tx, thread, peer)?.cast_unsigned());
    }
    Ok(Outcome::reply(page))
}

type Slice = (Vec<Stored>, i64, i64);

/// Places up to `high`, as many as `limit`, by rising place, with the range that they speak of.
fn older(tx: &Tx<'_>, thread: &Thread, first: i64, high: i64, limit: i64) -> Result<Slice, MessageError> {
    let mut stored = message::newest_first(tx, thread.id, first, high, limit)?;
    stored.reverse();
    let full = i64::try_from(stored.len()).unwrap_or(0) >= limit;
    let from = stored.first().filter(|_| full).map_or(first, |oldest| oldest.pos);
    Ok((stored, from, high.max(first - 1)))
}

/// Places from `low` on, as many as `limit`.
fn newer(tx: &Tx<'_>, thread: &Thread, low: i64, limit: i64) -> Result<Slice, MessageError> {
    let stored = message::oldest_first(tx, thread.id, low, thread.last_pos, limit)?;
    let full = i64::try_from(stored.len()).unwrap_or(0) >= limit;
    let to = stored.last().filter(|_| full).map_or(thread.last_pos, |newest| newest.pos);
    Ok((stored, low, to.max(low - 1)))
}

/// A place with both sides.
fn around_place(tx: &Tx<'_>, thread: &Thread, first: i64, target: i64, limit: i64) -> Result<Slice, MessageError> {
    let target = target.clamp(first, thread.last_pos.max(first));
    let before = limit / 2;
    let (mut stored, from, _) = match before {
        0 => (Vec::new(), target, target),
        _ => older(tx, thread, first, target - 1, before)?,
    };
    let (rest, _, to) = newer(tx, thread, target, (limit - before).max(1))?;
    stored.extend(rest);
    Ok((stored, from, to))
}

/// `tern_sync.messages`: messages whose state changed after they were written.
pub(crate) fn changed(tx: &Tx<'_>, cx: &Context, request: ChangedMessages) -> Result<Outcome<ChangedMessageList>, MessageError> {
    let opened = open(tx, cx, &request.id)?;
    let limit = if request.limit == 0 { CLIENT_MOST } else { i64::try_from(request.limit).unwrap_or(CLIENT_MOST).min(CLIENT_MOST) };
    let now = tx.rev().cast_unsigned();
    let mut answer = ChangedMessageList { rev: now, complete: 1, ..ChangedMessageList::default() };
    let Some(thread) = &opened.thread else { return Ok(Outcome::reply(answer)) };
    let since = i64::try_from(request.rev).unwrap_or(i64::MAX);
    let rows = message::changed_since(tx, thread.id, since, limit)?;
    if i64::try_from(rows.len()).unwrap_or(0) >= limit {
        answer.complete = 0;
        answer.rev = rows.last().map_or(now, |row| row.changed_rev.cast_unsigned());
    }
    // What comes after the last message of a page comes with the next.
    let deleted = hidden::since(tx, opened.viewer, thread.id, since)?;
    let place = |pos: i64| pos.cast_unsigned();
    let deleted: Vec<_> = deleted
        .into_iter()
        .filter(|range| range.rev.cast_unsigned() <= answer.rev)
        .map(|range| PlaceRange { first: place(range.first), last: place(range.last) })
        .collect();
    answer.deleted = (!deleted.is_empty()).then_some(deleted);
    let mut names = Names::new(tx);
    for stored in rows.iter().filter(|stored| opened.shows(stored)) {
        answer.msg_list.push(view::message(&mut names, opened.place(), stored)?);
    }
    Ok(Outcome::reply(answer))
}
