//! Conversations as one person sees them: read marks, unread counts, lists (`contract/rest-api.md` section 7,
//! `contract/client-semantics.md` sections 5.1 and 6). Unread is arithmetic over places; nothing is written per member and message.

use super::message::view::{self, Names, Where};
use super::message::{Family, MessageError, locate};
use super::recent_contact::{self, paging};
use super::{AreaError, Audience, Caller, Context, Effect, Outcome, Person, push_outbox};
use crate::store::account::{self, AccountRow};
use crate::store::conversation::{self as store, Ends, Listed, ListedGroup, Own, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::MemberRow;
use crate::store::message::{self, Stored, flag};
use crate::store::{GroupNo, TinyId, group, hidden, message_change, topic};
use std::cmp::Reverse;
use tern_protocol::api::Empty;
use tern_protocol::api::conversation::{ConversationId, RecentContactPage, RecentContacts, SessionItem};
use tern_protocol::api::message::{C2cMsgReadedItem, GetPeerReadTime, Message, MsgReadReport, MsgReaded, PeerReadTime};
use tern_protocol::event::{Event, OwnReadC2c, OwnReadGroup, PeerRead};
use tern_protocol::model::group::{GroupKind, ReceiveOption};
use tern_protocol::{ErrorCode, SdkAppId, limits};

/// Messages looked at for the newest one that a person may see, and places in which quiet ones are passed over.
const LAST_LOOKED_AT: i64 = 50;
const LAST_PLACES: i64 = 2_000;

/// Why a list is refused.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConversationError {
    /// A required field is absent.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// No such account.
    #[error("account {0:.40} does not exist")]
    Unknown(String),
    /// A user asks for another's list.
    #[error("a user may read its own conversations only")]
    NotYours,
    /// Nothing was ever written there.
    #[error("there is no such conversation")]
    NoSuch,
    /// A group that the user is not in.
    #[error("only members have the conversation of a group")]
    NoMember,
    /// The limit of pinned conversations.
    #[error("{0} conversations are pinned, which is the most")]
    TooManyPinned(i64),
    /// A conversation's name is none.
    #[error("a conversation is Type 1 with To_Account or Type 2 with ToGroupId")]
    BadId,
    /// A field has no possible value.
    #[error("{0} {1}")]
    Field(&'static str, &'static str),
    /// Too few or too many at once.
    #[error("1 to {0} conversations are allowed in one request")]
    Count(usize),
    /// The limit of marked or grouped conversations.
    #[error("{0} conversations are marked or grouped, which is the most")]
    TooManyMarked(i64),
    /// No such conversation group.
    #[error("there is no conversation group {0:.40}")]
    NoGroup(String),
    /// The limit of conversation groups.
    #[error("{0} conversation groups exist, which is the most")]
    TooManyGroups(usize),
    /// A conversation group's name is too long.
    #[error("the name of a conversation group has at most {0} bytes")]
    GroupName(usize),
    /// The edition has no such feature.
    #[error("conversation groups and standard marks need the edition Premium")]
    TopPlan,
    /// Below the rules.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AreaError for ConversationError {
    fn code(&self) -> ErrorCode {
        match self {
            Self::Missing(_) | Self::NoSuch | Self::BadId | Self::Field(..) => ErrorCode::CONVERSATION_BAD_PARAMETER,
            Self::Count(_) => ErrorCode::CONVERSATION_NUMBER_CONVERSATIONS_EMPTY_ABOVE,
            Self::TooManyMarked(_) => ErrorCode::CONVERSATION_GROUPED_MARKED_CONVERSATIONS_ABOVE,
            Self::NoGroup(_) => ErrorCode::CONVERSATION_CONVERSATION_GROUP_DOES_NOT,
            Self::TooManyGroups(_) => ErrorCode::CONVERSATION_CONVERSATION_GROUPS_ABOVE,
            Self::GroupName(_) => ErrorCode::CONVERSATION_CONVERSATION_GROUP_NAME_ABOVE,
            Self::TopPlan => ErrorCode::CONVERSATION_FEATURE_NEEDS_TOP_PLAN,
            Self::NoMember => ErrorCode::CONVERSATION_GROUP_CONVERSATION_COULD_NOT,
            Self::TooManyPinned(_) => ErrorCode::CONVERSATION_PINNED_CONVERSATIONS_ABOVE,
            Self::Unknown(_) => ErrorCode::CONVERSATION_ACCOUNT_NOT_FOUND,
            Self::NotYours => ErrorCode::CONVERSATION_ADMIN_RIGHTS_NEEDED,
            Self::Store(_) => ErrorCode::CONVERSATION_INTERNAL,
        }
    }

    fn store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// A person's row about a thread as if it had been written; `None`: the person is no member of the group.
pub(crate) fn own_or_default(tx: &Tx<'_>, thread: &Thread, user: TinyId) -> Result<Option<Own>, StoreError> {
    let own = store::own_row(tx, user, thread.id)?;
    match thread.ends {
        Ends::Pair(..) => Ok(Some(own.unwrap_or_default())),
        Ends::Group(no) => {
            let member = group::member(tx, no, user)?.filter(|member| member.role.is_some());
            let Some(member) = member else { return Ok(None) };
            let join_pos = match &own {
                Some(own) if no.is_topic() && own.rev > 0 && own.rev > topic::join_rev(tx, no, user)? => 0,
                _ => join_pos(tx, no, Some(thread), &member)?,
            };
            from_join(tx, thread, user, own, join_pos).map(Some)
        }
    }
}

/// The last place of a group, or of a topic, when a member came.
pub(crate) fn join_pos(tx: &Tx<'_>, no: GroupNo, thread: Option<&Thread>, member: &MemberRow) -> Result<i64, StoreError> {
    match (no.is_topic(), thread) {
        (false, _) => Ok(member.join_seq.cast_signed()),
        (true, None) => Ok(0),
        (true, Some(thread)) => {
            let rev = topic::join_rev(tx, no, member.tiny_id)?;
            message::last_pos_of_rev(tx, thread.id, thread.last_pos, rev)
        }
    }
}

/// What a member has not read begins at the place where it joined, whatever an earlier membership left behind, and above what all have
/// read.
fn from_join(tx: &Tx<'_>, thread: &Thread, user: TinyId, own: Option<Own>, join_pos: i64) -> Result<Own, StoreError> {
    let own = own.unwrap_or_default();
    let floor = own.floor(thread, join_pos);
    match own.read_pos >= floor && own.rev > 0 {
        true => Ok(own),
        false => read_up_to(tx, thread, user, &own, floor),
    }
}

/// The row after reading up to a place. The shorter side of it is counted, so the work over all of a person's reports is bounded by
/// the messages that there are.
pub(super) fn read_up_to(tx: &Tx<'_>, thread: &Thread, user: TinyId, own: &Own, pos: i64) -> Result<Own, StoreError> {
    let is_pair = matches!(thread.ends, Ends::Pair(..));
    let total = thread.counted_for(user);
    let mut next = Own { read_pos: pos, ..own.clone() };
    if pos >= thread.last_pos {
        (next.read_count, next.own_after) = (total, 0);
    } else if pos - own.read_pos <= thread.last_pos - pos && own.rev > 0 && own.read_pos >= thread.start_pos {
        let (all, mine) = message::count_between(tx, thread.id, own.read_pos, pos, user)?;
        next.read_count = own.read_count + if is_pair { all - mine } else { all };
        next.own_after = if is_pair { 0 } else { (own.own_after - mine).max(0) };
    } else {
        return counted_above(tx, thread, user, own, pos);
    }
    Ok(next)
}

/// The row after reading up to a place, from the messages above it alone: what is below may be gone.
pub(super) fn counted_above(tx: &Tx<'_>, thread: &Thread, user: TinyId, own: &Own, pos: i64) -> Result<Own, StoreError> {
    let (all, mine) = match pos >= thread.last_pos {
        true => (0, 0),
        false => message::count_between(tx, thread.id, pos, thread.last_pos, user)?,
    };
    let total = thread.counted_for(user);
    let (read_count, own_after) = match thread.ends {
        Ends::Pair(..) => (total - (all - mine), 0),
        Ends::Group(_) => (total - all, mine),
    };
    Ok(Own { read_pos: pos, read_count, own_after, ..own.clone() })
}

/// Conversations of a person that have messages, one-to-one and groups, in no order.
pub(crate) fn all_of(tx: &Tx<'_>, user: TinyId) -> Result<Vec<Listed>, StoreError> {
    let mut all = store::pairs_of(tx, user, 0)?;
    for listed in store::groups_of(tx, user)? {
        if let Some(thread) = listed.thread.clone() {
            let own = own_of_group(tx, &listed, &thread, user)?;
            all.push(Listed { thread, own });
        }
    }
    Ok(all)
}

/// A member's row as if it had been written.
pub(crate) fn own_of_group(tx: &Tx<'_>, listed: &ListedGroup, thread: &Thread, user: TinyId) -> Result<Own, StoreError> {
    let join_pos = listed.join_pos(tx)?;
    if listed.own.is_none() && join_pos == 0 && thread.all_read_pos == 0 {
        // There from the first message on, and never acted, which the first own message is too: everything counts, nothing is own.
        return Ok(Own::default());
    }
    from_join(tx, thread, user, listed.own.clone(), join_pos)
}

/// Unread messages of a conversation; types of groups that do not count have none, nor has what was recalled, deleted or cleared.
pub(crate) fn unread(tx: &Tx<'_>, thread: &Thread, own: &Own, user: TinyId, kind: Option<GroupKind>) -> Result<i64, StoreError> {
    if kind.is_some_and(|kind| !kind.counts_unread()) {
        return Ok(0);
    }
    // What was cleared, by the person or for everybody, is not unread.
    let gone_pos = own.start_pos.max(thread.start_pos);
    if own.read_pos < gone_pos {
        return unread(tx, thread, &counted_above(tx, thread, user, own, gone_pos)?, user, kind);
    }
    let mut unread = own.unread(thread, user);
    if unread > 0 && thread.recalled_pos > own.read_pos {
        unread -= message_change::recalled_above(tx, thread.id, own.read_pos, user)?;
    }
    if unread > 0 && own.deleted_pos > own.read_pos {
        unread -= hidden::counted_above(tx, user, thread.id, own.read_pos)?;
    }
    // A one-to-one conversation has no more than the offline cache holds.
    let most = if kind.is_none() { limits::C2C_UNREAD } else { i64::MAX };
    Ok(unread.clamp(0, most))
}

/// Unread messages of all conversations whose receive option is to be notified; of one-to-one ones, the newest hundred that have any.
pub(crate) fn unread_total(tx: &Tx<'_>, user: TinyId) -> Result<i64, StoreError> {
    let notify = i64::from(ReceiveOption::AcceptAndNotify.number());
    let mut total = 0;
    let mut pairs = store::pairs_of(tx, user, 0)?;
    pairs.sort_by_key(super::sync_page::newest_first);
    let counted = |listed: &&Listed| listed.own.unread(&listed.thread, user) > 0;
    for listed in pairs.iter().filter(counted).take(limits::C2C_UNREAD_CONVERSATIONS) {
        if listed.own.msg_flag == notify {
            total += unread(tx, &listed.thread, &listed.own, user, None)?;
        }
    }
    for listed in store::groups_of(tx, user)? {
        let kind = GroupKind::from_number(listed.kind);
        if let Some(thread) = listed.thread.as_ref().filter(|_| listed.msg_flag == notify) {
            total += unread(tx, thread, &own_of_group(tx, &listed, thread, user)?, user, kind)?;
        }
    }
    Ok(total)
}

/// The thread that a conversation's name means for a person.
pub(crate) fn thread_of(tx: &Tx<'_>, app: SdkAppId, user: TinyId, id: &ConversationId) -> Result<Option<Thread>, StoreError> {
    let ends = match (&id.to_account, &id.group_id) {
        (Some(peer), None) => account::find(tx, app, peer)?.map(|peer| Ends::Pair(user, peer.tiny_id)),
        (None, Some(group_id)) => group::find(tx, app, group_id)?.map(|group| Ends::Group(group.no)),
        _ => None,
    };
    ends.map(|ends| store::find(tx, ends)).transpose().map(Option::flatten)
}

/// What a report of reading changed.
pub(super) struct Marked {
    pub(super) pos: i64,
    /// Unix seconds of that place.
    time: i64,
    unread: i64,
}

/// Moves a person's read position on; `None`: it was there already.
pub(super) fn mark_read(
    tx: &Tx<'_>,
    thread: &Thread,
    user: TinyId,
    pos: i64,
    kind: Option<GroupKind>,
) -> Result<Option<Marked>, StoreError> {
    let pos = pos.min(thread.last_pos);
    let Some(own) = own_or_default(tx, thread, user)? else { return Ok(None) };
    if pos <= own.read_pos {
        return Ok(None);
    }
    let mut next = read_up_to(tx, thread, user, &own, pos)?;
    next.rev = tx.next_rev();
    store::put_own(tx, user, thread.id, &next)?;
    let time = message::time_at(tx, thread.id, pos)?.unwrap_or_default().div_euclid(1000);
    Ok(Some(Marked { pos, time, unread: unread(tx, thread, &next, user, kind)? }))
}

fn person(cx: &Context) -> Result<&Person, MessageError> {
    match &cx.caller {
        Caller::User(person) => Ok(person),
        Caller::Admin(_) | Caller::Bridge(_) | Caller::Server => Err(MessageError::NotYourself(Family::Client)),
    }
}

/// `openim.msgreaded`
pub(crate) fn msg_readed(tx: &Tx<'_>, cx: &Context, request: MsgReaded) -> Result<Outcome<Empty>, MessageError> {
    let person = person(cx)?;
    let mut outcome = Outcome::done();
    for item in request.c2c_msg_readed.items {
        outcome = outcome.then_all(read_pair(tx, cx, person, &item)?);
    }
    Ok(outcome)
}

fn read_pair(tx: &Tx<'_>, cx: &Context, person: &Person, item: &C2cMsgReadedItem) -> Result<Vec<Effect>, MessageError> {
    let peer = account::find(tx, cx.app.id, &item.to_account)?
        .ok_or_else(|| MessageError::ReceiverUnknown(item.to_account.chars().take(40).collect(), Family::Client))?;
    let Some(thread) = store::find(tx, Ends::Pair(person.tiny_id, peer.tiny_id))? else { return Ok(Vec::new()) };
    let pos = match (item.pos, item.lasted_msg_time) {
        (Some(pos), _) => i64::try_from(pos).unwrap_or(i64::MAX),
        (None, Some(seconds)) if seconds > 0 => message::last_pos_at(tx, thread.id, thread.last_pos, seconds)?,
        // No time means everything.
        (None, _) => thread.last_pos,
    };
    let reader = (person.tiny_id, person.user_id.as_str());
    let Some((own, mut effects)) = mark_pair(tx, cx, reader, &peer, &thread, pos)? else { return Ok(Vec::new()) };
    effects.insert(0, Effect::tell_others(Audience::User(person.tiny_id), Event::OwnReadC2c(own), &cx.caller));
    Ok(effects)
}

/// Somebody has read a one-to-one conversation up to a place: the event for the reader's own sessions, and what the peer and the
/// bridges are told. `None`: it was read already.
pub(super) fn mark_pair(
    tx: &Tx<'_>,
    cx: &Context,
    (reader, name): (TinyId, &str),
    peer: &AccountRow,
    thread: &Thread,
    pos: i64,
) -> Result<Option<(OwnReadC2c, Vec<Effect>)>, StoreError> {
    let Some(marked) = mark_read(tx, thread, reader, pos, None)? else { return Ok(None) };
    let place = Some(marked.pos.cast_unsigned());
    let to_peer = PeerRead { to_account: name.to_owned(), last_read_time: marked.time, pos: place };
    let own = OwnReadC2c {
        from_account: peer.user_id.clone(),
        last_read_time: marked.time,
        pos: place,
        unread: Some(marked.unread.cast_unsigned()),
    };
    let mut effects = Vec::new();
    if peer.tiny_id != reader {
        effects.push(Effect::tell(Audience::User(peer.tiny_id), Event::PeerRead(to_peer)));
    }
    let id = ConversationId::c2c(&peer.user_id);
    effects.extend(push_outbox::cancel_read(tx, cx, reader, name, thread, id, marked.pos)?);
    Ok(Some((own, effects)))
}

/// `openim.get_peer_read_time`; a peer one never wrote with has read nothing: 0.
pub(crate) fn peer_read_time(tx: &Tx<'_>, cx: &Context, request: GetPeerReadTime) -> Result<Outcome<PeerReadTime>, MessageError> {
    const PEERS_MOST: usize = 100;
    let person = person(cx)?;
    if request.to_account.len() > PEERS_MOST {
        return Err(MessageError::TooManyNamed(PEERS_MOST, ErrorCode::MESSAGE_BAD_REQUEST));
    }
    let mut read_time = Vec::with_capacity(request.to_account.len());
    for peer in &request.to_account {
        let pair = account::find(tx, cx.app.id, peer)?.map(|peer| (peer.tiny_id, Ends::Pair(person.tiny_id, peer.tiny_id)));
        let thread =
            pair.map(|(peer, ends)| store::find(tx, ends).map(|thread| thread.map(|thread| (peer, thread)))).transpose()?;
        read_time.push(match thread.flatten() {
            None => 0,
            Some((peer, thread)) => {
                let pos = peer_read_pos(tx, &thread, peer)?;
                message::time_at(tx, thread.id, pos)?.unwrap_or_default().div_euclid(1000)
            }
        });
    }
    Ok(Outcome::reply(PeerReadTime { read_time }))
}

/// Place up to which the other end of a pair has read.
pub(crate) fn peer_read_pos(tx: &Tx<'_>, thread: &Thread, peer: TinyId) -> Result<i64, StoreError> {
    Ok(store::own_row(tx, peer, thread.id)?.map_or(0, |own| own.read_pos))
}

/// `group_open_http_svc.msg_read_report`
pub(crate) fn msg_read_report(tx: &Tx<'_>, cx: &Context, request: MsgReadReport) -> Result<Outcome<Empty>, MessageError> {
    let person = person(cx)?;
    let group = locate::chat(tx, cx, Some(&request.group_id), request.topic_id.as_deref())?;
    if !group.kind.stores_messages() {
        // Nothing is unread where nothing is kept.
        return Ok(Outcome::done());
    }
    if group::role(tx, group.no, person.tiny_id)?.is_none() {
        return Err(MessageError::GroupForbidden("only members may report reading"));
    }
    let Some(thread) = store::find(tx, Ends::Group(group.no))? else { return Ok(Outcome::done()) };
    let pos = match request.msg_readed_seq {
        0 => thread.last_pos,
        seq => i64::try_from(seq).unwrap_or(i64::MAX),
    };
    let Some(marked) = mark_read(tx, &thread, person.tiny_id, pos, Some(group.kind))? else { return Ok(Outcome::done()) };
    let to_own = OwnReadGroup {
        group_id: group.group_id.clone(),
        last_read_msg_seq: marked.pos.cast_unsigned(),
        unread: Some(marked.unread.cast_unsigned()),
    };
    let id = ConversationId::group(group.group_id);
    let cancelled = push_outbox::cancel_read(tx, cx, person.tiny_id, person.user_id.as_str(), &thread, id, marked.pos)?;
    let told = Effect::tell_others(Audience::User(person.tiny_id), Event::OwnReadGroup(to_own), &cx.caller);
    Ok(Outcome::done().then(told).then_all(cancelled))
}

/// The newest message that a person may see and that counts as a conversation's last.
pub(crate) fn last_message(
    tx: &Tx<'_>,
    names: &mut Names<'_>,
    place: Where<'_>,
    thread: &Thread,
    own: &Own,
    user: TinyId,
) -> Result<Option<Message>, StoreError> {
    let low = own.start_pos.max(thread.start_pos) + 1;
    let gone = hidden::between(tx, user, thread.id, own.deleted_pos, low, thread.last_pos)?;
    // Most often it is the very last one.
    let newest = gone.skip_down(thread.last_pos);
    let may_be_it = |stored: &Stored| !stored.has(flag::NO_LAST) && stored.is_for(user) && !gone.has(stored.pos);
    let mut found = message::newest_first(tx, thread.id, low, newest, 1)?.into_iter().find(may_be_it);
    if found.is_none() {
        let high = gone.skip_down(newest - 1);
        let shown = message::newest_shown(tx, thread.id, low.max(high - LAST_PLACES), high, LAST_LOOKED_AT)?;
        found = shown.into_iter().find(may_be_it);
    }
    found.map(|stored| view::message(names, place, &stored)).transpose()
}

/// `recentcontact.get_list`, over REST.
pub(crate) fn get_list(
    tx: &Tx<'_>,
    cx: &Context,
    request: RecentContacts,
) -> Result<Outcome<RecentContactPage>, ConversationError> {
    let from = request.from_account.as_deref().filter(|from| !from.is_empty()).ok_or(ConversationError::Missing("From_Account"))?;
    let user = account::find(tx, cx.app.id, from)?.ok_or_else(|| ConversationError::Unknown(from.to_owned()))?.tiny_id;
    let (listed, mut page) = paging::page(all_of(tx, user)?, &request, kept(cx));
    fill(tx, &mut page, &listed, user, false)?;
    Ok(Outcome::reply(page).with_error_display())
}

/// `recentcontact.page_get`, of a client: all in one page, with unread counts and last messages.
pub(crate) fn page_get(
    tx: &Tx<'_>,
    cx: &Context,
    request: RecentContacts,
) -> Result<Outcome<RecentContactPage>, ConversationError> {
    let Caller::User(person) = &cx.caller else { return Err(ConversationError::NotYours) };
    if request.from_account.as_deref().is_some_and(|from| !from.is_empty() && from != person.user_id.as_str()) {
        return Err(ConversationError::NotYours);
    }
    let mut all = all_of(tx, person.tiny_id)?;
    all.retain(|listed| !listed.own.hidden && listed.thread.last_time > 0);
    all.sort_by_key(|listed| Reverse((listed.own.pinned_ms > 0, listed.thread.last_time, listed.thread.rev)));
    all.truncate(kept(cx));
    let mut page = RecentContactPage { complete_flag: 1, ..RecentContactPage::default() };
    fill(tx, &mut page, &all, person.tiny_id, true)?;
    Ok(Outcome::reply(page).with_error_display())
}

/// The peers of the list's one-to-one conversations that hold something unread, each with the count.
pub(crate) fn unread_pairs(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<Vec<(String, u64)>, StoreError> {
    let (mut names, mut counts) = (Names::new(tx), Vec::new());
    for listed in store::pairs_of(tx, user, 0)?.iter().filter(|listed| !listed.own.hidden) {
        let count = unread(tx, &listed.thread, &listed.own, user, None)?;
        if count > 0 && counts.len() < kept(cx) {
            let peer = names.of(listed.thread.ends.peer_of(user).unwrap_or(user))?;
            counts.push((peer.user_id.clone(), count.cast_unsigned()));
        }
    }
    Ok(counts)
}

/// How many conversations a list holds.
fn kept(cx: &Context) -> usize {
    usize::try_from(cx.app.limits().recent_contacts).unwrap_or(usize::MAX)
}

fn fill(tx: &Tx<'_>, page: &mut RecentContactPage, listed: &[Listed], user: TinyId, full: bool) -> Result<(), StoreError> {
    let mut names = Names::new(tx);
    for listed in listed {
        page.session_item.extend(session_item(tx, &mut names, listed, user, full)?);
    }
    Ok(())
}

fn session_item(
    tx: &Tx<'_>,
    names: &mut Names<'_>,
    listed: &Listed,
    user: TinyId,
    full: bool,
) -> Result<Option<SessionItem>, StoreError> {
    let Listed { thread, own } = listed;
    let mut item = SessionItem { msg_time: thread.last_time, top_flag: i64::from(own.pinned_ms > 0), ..SessionItem::default() };
    let mut kind = None;
    let in_group;
    let place = match thread.ends {
        Ends::Pair(a, b) => {
            item.kind = 1;
            item.recv_option = full.then(|| recent_contact::option::web_number(own.msg_flag));
            item.to_account = Some(names.of(thread.ends.peer_of(user).unwrap_or(user))?.user_id.clone());
            Where::Pair(a, b)
        }
        Ends::Group(no) => {
            let Some(found) = group::by_number(tx, no)? else { return Ok(None) };
            in_group = found;
            item.kind = 2;
            kind = Some(in_group.kind);
            item.group_id = Some(in_group.group_id.clone());
            item.to_group_id = full.then(|| in_group.group_id.clone());
            item.to_contact = full.then(|| in_group.group_id.clone());
            Where::Group(&in_group)
        }
    };
    if full {
        item.top_flags = Some(item.top_flag);
        item.unread_msg_count = Some(unread(tx, thread, own, user, kind)?.cast_unsigned());
        item.last_msg = last_message(tx, names, place, thread, own, user)?;
    }
    Ok(Some(item))
}
