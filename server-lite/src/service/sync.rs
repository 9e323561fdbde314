//! `tern_sync.pull`: what changed for a person since a number of change (`contract/tern-commands.md` section 2).

use super::conversation::{self, ConversationError};
use super::group::{permission_group, rights, tell, topic};
use super::message::view::{Names, Where};
use super::sync_page::{Beside, Counted};
use super::{Caller, Context, Outcome, recent_contact};
use crate::application::Application;
use crate::store::conversation::{self as store, Ends, GoneGroup, Listed, ListedGroup, Own, Thread};
use crate::store::conversation_mark::{self, Marks};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::{GroupNo, TinyId, account, hidden};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use tern_protocol::api::conversation::{Conversation, ConversationId, SyncGroup, SyncPull, Synced};
use tern_protocol::api::topic::SyncTopic;
use tern_protocol::model::group::ReceiveOption;

/// Rows of one page.
const PAGE_MOST: u64 = 500;

/// A row that changed, before its details are looked up.
enum Changed {
    Pair(Listed),
    Group(Box<ListedGroup>),
    /// A community with topics, which is no conversation.
    Community(Box<ListedGroup>),
    Gone(GoneGroup),
}

/// Number of the last change of a group's conversation.
fn rev_of_group(listed: &ListedGroup) -> i64 {
    let thread = listed.thread.as_ref().map_or(0, |thread| thread.rev);
    let own = listed.own.as_ref().map_or(0, |own| own.rev);
    listed.rev.max(thread).max(own)
}

impl Changed {
    fn rev(&self) -> i64 {
        match self {
            Self::Pair(listed) => listed.thread.rev.max(listed.own.rev),
            Self::Group(listed) => rev_of_group(listed),
            Self::Community(listed) => listed.rev,
            Self::Gone(gone) => gone.rev,
        }
    }
}

/// `tern_sync.pull`
pub(crate) fn pull(tx: &Tx<'_>, cx: &Context, request: SyncPull) -> Result<Outcome<Synced>, ConversationError> {
    let Caller::User(person) = &cx.caller else { return Err(ConversationError::NotYours) };
    let user = person.tiny_id;
    let since = i64::try_from(request.rev).unwrap_or(i64::MAX);
    let before = request.before.map_or(i64::MAX, |before| i64::try_from(before).unwrap_or(i64::MAX));
    let limit = if request.limit == 0 { PAGE_MOST } else { request.limit.min(PAGE_MOST) };
    let limit = usize::try_from(limit).unwrap_or(1);

    let pairs = store::pairs_of(tx, user, 0)?;
    let counted = Counted::of(&pairs, user);
    // Others' conversations moved these over the end of what is counted, or back; their own rows did not change.
    let moved = if since > 0 && before == i64::MAX { counted.moved_since(since) } else { BTreeSet::new() };
    let (told, moved): (Vec<_>, Vec<_>) =
        pairs.into_iter().partition(|listed| listed.thread.rev.max(listed.own.rev) > since || !moved.contains(&listed.thread.id));
    let mut changed: Vec<Changed> = told.into_iter().map(Changed::Pair).collect();
    changed.extend(store::groups_of(tx, user)?.into_iter().map(|listed| Changed::Group(Box::new(listed))));
    changed.extend(store::communities_of(tx, user)?.into_iter().map(|listed| Changed::Community(Box::new(listed))));
    // Who asks for everything has nothing that could be gone.
    if since > 0 {
        changed.extend(store::groups_gone_since(tx, user, since)?.into_iter().map(Changed::Gone));
    }
    changed.retain(|row| row.rev() > since && row.rev() < before);
    changed.sort_by_key(|row| Reverse(row.rev()));
    let complete = changed.len() <= limit;
    changed.truncate(limit);
    let last_rev = changed.last().map(Changed::rev);
    changed.extend(moved.into_iter().map(Changed::Pair));

    let mut page = Synced {
        rev: tx.rev().cast_unsigned(),
        complete: i64::from(complete),
        before: last_rev.filter(|_| !complete).map(i64::cast_unsigned),
        ..Synced::default()
    };
    let mut people = BTreeSet::new();
    let mut topics = Vec::new();
    let mut names = Names::new(tx);
    let marks = conversation_mark::all(tx, user)?;
    let beside = Beside::load(tx, &mut names, user, changed.len())?;
    for row in &changed {
        match row {
            Changed::Pair(listed) => {
                let peer = listed.thread.ends.peer_of(user).unwrap_or(user);
                people.insert(peer);
                let mut conversation = pair(tx, &mut names, listed, user, peer, beside.peer_read(listed.thread.id))?;
                if !counted.has(listed.thread.id) {
                    conversation.unread = 0;
                }
                page.conversations.push(marked(conversation, marks.get(&listed.thread.id)));
            }
            Changed::Group(listed) => {
                if let Some((conversation, in_group)) = in_group(tx, &cx.app, &mut names, listed, user, &beside)? {
                    let marks = listed.thread.as_ref().and_then(|thread| marks.get(&thread.id));
                    page.conversations.push(marked(conversation, marks));
                    match in_group {
                        Kept::Group(group) => page.groups.push(*group),
                        Kept::Topic(topic) => topics.push(*topic),
                    }
                }
            }
            Changed::Community(listed) => {
                if let Some((found, member)) = beside.group(tx, listed.group, user)? {
                    page.groups.push(sync_group(tx, &mut names, &found, member.as_deref())?);
                }
            }
            Changed::Gone(gone) => {
                if let Some(group_id) = group::id_of(tx, gone.group)? {
                    page.conversations.push(gone_conversation(&group_id, gone.rev));
                    if gone.group.is_topic() {
                        topics.push(topic::gone_topic(&group_id, gone.rev));
                        continue;
                    }
                    page.groups.push(SyncGroup { group_id, rev: gone.rev.cast_unsigned(), gone: Some(1), ..SyncGroup::default() });
                }
            }
        }
    }
    page.topics = (!topics.is_empty()).then_some(topics);
    // Profiles change on their own; one's own comes with each first page.
    if before == i64::MAX {
        page.contact_groups = Some(recent_contact::group::items(tx, user)?).filter(|groups| !groups.is_empty());
        people.insert(user);
        people.extend(changed_peers(tx, user, since)?);
    }
    for id in people {
        if let Some(contact) = beside.contact(tx, &mut names, id)? {
            page.contacts.push(contact);
        }
    }
    Ok(Outcome::reply(page))
}

/// Peers whose profile changed although their conversation did not.
fn changed_peers(tx: &Tx<'_>, user: TinyId, since: i64) -> Result<Vec<TinyId>, StoreError> {
    match since {
        0 => Ok(Vec::new()),
        _ => account::peers_changed_since(tx, user, since),
    }
}

fn gone_conversation(group_id: &str, rev: i64) -> Conversation {
    Conversation { id: ConversationId::group(group_id), rev: rev.cast_unsigned(), gone: Some(1), ..Conversation::default() }
}

fn flag_word(number: i64) -> String {
    ReceiveOption::from_number(number).unwrap_or_default().wire().to_owned()
}

/// A conversation with what its person attached to it.
fn marked(conversation: Conversation, marks: Option<&Marks>) -> Conversation {
    let Some(marks) = marks else { return conversation };
    Conversation {
        standard_mark: super::message::view::filled(&recent_contact::mark::bit_text(marks.standard)),
        custom_mark: super::message::view::filled(&marks.custom),
        contact_group_id: (!marks.groups.is_empty()).then(|| marks.groups.clone()),
        ..conversation
    }
}

/// What both kinds of conversations have.
fn base(id: ConversationId, thread: &Thread, own: &Own) -> Conversation {
    Conversation {
        id,
        read_place: own.read_pos.cast_unsigned(),
        last_place: thread.last_pos.cast_unsigned(),
        first_place: (own.start_pos.max(thread.start_pos) + 1).cast_unsigned(),
        top_flag: i64::from(own.pinned_ms > 0),
        gone: own.hidden.then_some(1),
        ..Conversation::default()
    }
}

/// One conversation as [`pull`] tells it; `None`: the person is no member of the group.
pub(crate) fn conversation_of(
    tx: &Tx<'_>,
    app: &Application,
    thread: &Thread,
    own: &Own,
    user: TinyId,
) -> Result<Option<Conversation>, StoreError> {
    match thread.ends {
        Ends::Pair(..) => {
            let listed = Listed { thread: thread.clone(), own: own.clone() };
            let peer = thread.ends.peer_of(user).unwrap_or(user);
            let found = pair(tx, &mut Names::new(tx), &listed, user, peer, None)?;
            Ok(Some(marked(found, Some(&conversation_mark::of(tx, user, thread.id)?))))
        }
        Ends::Group(group) => group_conversation(tx, app, group, user),
    }
}

/// A group's conversation as [`pull`] tells it, also one that nothing was said in; `None`: the person is no member.
pub(crate) fn group_conversation(
    tx: &Tx<'_>,
    app: &Application,
    group: GroupNo,
    user: TinyId,
) -> Result<Option<Conversation>, StoreError> {
    let Some(listed) = store::group_of(tx, user, group)? else { return Ok(None) };
    let mut names = Names::new(tx);
    let beside = Beside::load(tx, &mut names, user, 1)?;
    let Some((found, _)) = in_group(tx, app, &mut names, &listed, user, &beside)? else { return Ok(None) };
    let marks = listed.thread.as_ref().map(|thread| conversation_mark::of(tx, user, thread.id)).transpose()?;
    Ok(Some(marked(found, marks.as_ref())))
}

fn pair(
    tx: &Tx<'_>,
    names: &mut Names<'_>,
    listed: &Listed,
    user: TinyId,
    peer: TinyId,
    peer_read: Option<i64>,
) -> Result<Conversation, StoreError> {
    let Listed { thread, own } = listed;
    let words = names.of(peer)?.clone();
    let place = match thread.ends {
        Ends::Pair(a, b) => Where::Pair(a, b),
        Ends::Group(_) => Where::Pair(user, peer),
    };
    // A conversation goes with its last message, unless it is pinned.
    let is_over = thread.last_pos > 0 && thread.start_pos >= thread.last_pos && own.pinned_ms == 0;
    Ok(Conversation {
        rev: thread.rev.max(own.rev).cast_unsigned(),
        unread: conversation::unread(tx, thread, own, user, None)?.cast_unsigned(),
        msg_flag: flag_word(own.msg_flag),
        show_name: words.nick,
        face_url: words.face_url,
        last_msg: conversation::last_message(tx, names, place, thread, own, user)?,
        peer_read_place: Some(peer_read.map_or_else(|| conversation::peer_read_pos(tx, thread, peer), Ok)?.cast_unsigned()),
        gone: (own.hidden || is_over).then_some(1),
        ..base(ConversationId::c2c(words.user_id), thread, own)
    })
}

fn in_group(
    tx: &Tx<'_>,
    app: &Application,
    names: &mut Names<'_>,
    listed: &ListedGroup,
    user: TinyId,
    beside: &Beside,
) -> Result<Option<(Conversation, Kept)>, StoreError> {
    let Some((found, member)) = beside.group(tx, listed.group, user)? else { return Ok(None) };
    let (found, member) = (&*found, member.as_deref());
    let id = ConversationId::group(&found.group_id);
    let mut conversation = match &listed.thread {
        None => Conversation { id, first_place: 1, ..Conversation::default() },
        Some(thread) => {
            let own = conversation::own_of_group(tx, listed, thread, user)?;
            let open = rights::reads_earlier(tx, app, found, user, member.and_then(|member| member.role))?;
            let hidden = if open { 0 } else { listed.join_pos(tx)? };
            let own = Own { start_pos: own.start_pos.max(hidden), ..own };
            let unread = conversation::unread(tx, thread, &own, user, Some(found.kind))?;
            Conversation {
                unread: unread.cast_unsigned(),
                last_msg: conversation::last_message(tx, names, Where::Group(found), thread, &own, user)?,
                at_type: mentions(tx, names, thread, &own, user, unread)?,
                ..base(id, thread, &own)
            }
        }
    };
    conversation.rev = rev_of_group(listed).cast_unsigned();
    conversation.msg_flag = flag_word(listed.msg_flag);
    conversation.show_name.clone_from(&found.name);
    conversation.face_url.clone_from(&found.face_url);
    let pin_rev = listed.thread.as_ref().and_then(|thread| beside.pin_rev(thread.id));
    if let (true, Some(member)) = (found.no.is_topic(), member) {
        let topic = SyncTopic { pin_rev, ..topic::own_topic(tx, found, member)? };
        return Ok(Some((conversation, Kept::Topic(Box::new(topic)))));
    }
    let in_group = sync_group(tx, names, found, member)?;
    Ok(Some((conversation, Kept::Group(Box::new(SyncGroup { pin_rev, ..in_group })))))
}

/// What devices keep beside a conversation.
enum Kept {
    Group(Box<SyncGroup>),
    Topic(Box<SyncTopic>),
}

/// Whether unread messages name the person (1), all (2) or both (3); the newest that name anybody are looked at.
fn mentions(
    tx: &Tx<'_>,
    names: &mut Names<'_>,
    thread: &Thread,
    own: &Own,
    user: TinyId,
    unread: i64,
) -> Result<Option<i64>, StoreError> {
    const LOOKED_AT: i64 = 100;
    if unread == 0 {
        return Ok(None);
    }
    let me = names.of(user)?.user_id.clone();
    let mut found = 0;
    let low = own.read_pos.max(thread.start_pos).max(own.start_pos);
    let gone = hidden::between(tx, user, thread.id, own.deleted_pos, low, thread.last_pos)?;
    for (pos, mentions) in crate::store::message::mentions_above(tx, thread.id, low, LOOKED_AT)? {
        for at in mentions.into_iter().filter(|_| !gone.has(pos)) {
            found |= match (at.all_flag, at.account.as_deref()) {
                (1, _) => 2,
                (_, Some(account)) if account == me => 1,
                _ => 0,
            };
        }
    }
    Ok((found > 0).then_some(found))
}

/// A group as one member sees it.
fn sync_group(tx: &Tx<'_>, names: &mut Names<'_>, found: &GroupRow, member: Option<&MemberRow>) -> Result<SyncGroup, StoreError> {
    let owner = found.owner.map(|owner| names.of(owner).map(|words| words.user_id.clone())).transpose()?;
    Ok(match member {
        Some(member) => SyncGroup {
            own_rights: permission_group::own::shown(tx, found, member)?,
            ..tell::for_member(found, owner.as_deref(), member)
        },
        None => tell::sync_group(found, owner.as_deref(), None, ""),
    })
}
