//! What a page of `tern_sync.pull` needs besides its rows: looked up at once where the page is long, row by row where it is short; and
//! which one-to-one conversations count their unread messages.

use super::message::view::{Names, Words};
use crate::store::conversation::{self as store, Listed, ThreadId};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::message_attached;
use crate::store::{GroupNo, TinyId, account, profile};
use serde_json::Value;
use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap, HashSet};
use tern_protocol::api::profile::{ProfileItem, UserProfile};
use tern_protocol::limits;

/// Rows from which on everything is looked up at once.
const LONG_PAGE: usize = 20;

/// What stands beside the rows of a page.
pub(super) struct Beside {
    user: TinyId,
    /// `None`: row by row.
    all: Option<All>,
    pin_revs: HashMap<ThreadId, i64>,
}

struct All {
    groups: HashMap<GroupNo, (GroupRow, MemberRow)>,
    peer_reads: HashMap<ThreadId, i64>,
    fields: HashMap<TinyId, Vec<(String, Value)>>,
}

/// A group with a member's own row, where there is one.
type Found<'a> = (Cow<'a, GroupRow>, Option<Cow<'a, MemberRow>>);

impl Beside {
    /// For a page of so many rows. The peers' words go to `names`.
    pub(super) fn load(tx: &Tx<'_>, names: &mut Names<'_>, user: TinyId, rows: usize) -> Result<Self, StoreError> {
        let pin_revs = message_attached::pin_revs(tx, user)?;
        if rows < LONG_PAGE {
            return Ok(Self { user, all: None, pin_revs });
        }
        for row in account::peers(tx, user)? {
            names.learn(row.tiny_id, Words { user_id: row.user_id, nick: row.nick, face_url: row.face_url });
        }
        let mut fields: HashMap<TinyId, Vec<(String, Value)>> = HashMap::new();
        for (peer, tag, value) in profile::fields_of_peers(tx, user)? {
            fields.entry(peer).or_default().push((tag, value));
        }
        let groups = group::of_user(tx, user)?.into_iter().map(|(row, own)| (row.no, (row, own))).collect();
        let peer_reads = store::peer_reads(tx, user)?;
        Ok(Self { user, all: Some(All { groups, peer_reads, fields }), pin_revs })
    }

    /// Place up to which the peer of a pair has read; `None`: it was not looked up.
    pub(super) fn peer_read(&self, thread: ThreadId) -> Option<i64> {
        self.all.as_ref().map(|all| all.peer_reads.get(&thread).copied().unwrap_or(0))
    }

    /// Number of the last change of a group's pinned messages.
    pub(super) fn pin_rev(&self, thread: ThreadId) -> Option<u64> {
        self.pin_revs.get(&thread).map(|rev| rev.cast_unsigned())
    }

    /// A group that the person is in.
    pub(super) fn group(&self, tx: &Tx<'_>, no: GroupNo, user: TinyId) -> Result<Option<Found<'_>>, StoreError> {
        if let Some(all) = &self.all {
            if no.is_topic() {
                let Some(found) = group::by_number(tx, no)? else { return Ok(None) };
                let member = all.groups.get(&no.roster()).map(|(_, member)| Cow::Borrowed(member));
                return Ok(Some((Cow::Owned(found), member)));
            }
            let found = all.groups.get(&no);
            return Ok(found.map(|(group, member)| (Cow::Borrowed(group), Some(Cow::Borrowed(member)))));
        }
        let Some(found) = group::by_number(tx, no)? else { return Ok(None) };
        let member = group::member(tx, no, user)?;
        Ok(Some((Cow::Owned(found), member.map(Cow::Owned))))
    }

    /// The profile of somebody; `None`: there never was such an account.
    pub(super) fn contact(&self, tx: &Tx<'_>, names: &mut Names<'_>, id: TinyId) -> Result<Option<UserProfile>, StoreError> {
        let (to_account, fields) = match &self.all {
            Some(all) if id != self.user => {
                let words = names.of(id)?;
                let own = [(profile::NICK, &words.nick), (profile::IMAGE, &words.face_url)];
                let own = own.into_iter().filter(|(_, text)| !text.is_empty());
                let mut fields: Vec<_> = own.map(|(tag, text)| (tag.to_owned(), Value::from(text.as_str()))).collect();
                fields.extend(all.fields.get(&id).cloned().unwrap_or_default());
                (words.user_id.clone(), fields)
            }
            _ => match account::by_number(tx, id)? {
                Some(row) => (row.user_id.clone(), profile::fields(tx, &row)?),
                None => return Ok(None),
            },
        };
        let profile_item = fields.into_iter().map(|(tag, value)| ProfileItem { tag, value }).collect();
        Ok(Some(UserProfile { to_account, profile_item, ..UserProfile::default() }))
    }
}

/// Which one-to-one conversations count their unread messages: the newest that have any, as many as the offline cache holds.
pub(super) struct Counted {
    /// Those with unread messages, newest first: number, last change of the thread.
    ranked: Vec<(ThreadId, i64)>,
    beyond: HashSet<ThreadId>,
    /// Last changes of the person's own rows.
    own_revs: Vec<i64>,
}

impl Counted {
    /// Of all one-to-one conversations of a person.
    pub(super) fn of(pairs: &[Listed], user: TinyId) -> Self {
        let mut unread: Vec<&Listed> = pairs.iter().filter(|listed| listed.own.unread(&listed.thread, user) > 0).collect();
        unread.sort_by_key(|listed| newest_first(listed));
        let ranked: Vec<_> = unread.iter().map(|listed| (listed.thread.id, listed.thread.rev)).collect();
        let beyond = ranked.iter().skip(limits::C2C_UNREAD_CONVERSATIONS).map(|(thread, _)| *thread).collect();
        Self { ranked, beyond, own_revs: pairs.iter().map(|listed| listed.own.rev).collect() }
    }

    /// Whether a conversation counts.
    pub(super) fn has(&self, thread: ThreadId) -> bool {
        !self.beyond.contains(&thread)
    }

    /// Conversations that may have come to be counted since a change, or ceased to, because of others: each message in a newer one
    /// pushes one out, each that was read lets one in.
    pub(super) fn moved_since(&self, since: i64) -> BTreeSet<ThreadId> {
        const MOST: usize = limits::C2C_UNREAD_CONVERSATIONS;
        if self.ranked.len() < MOST {
            // What is read may have been one of more before; then all that are left count again.
            let read = self.own_revs.iter().filter(|rev| **rev > since).count();
            let could_be_more = self.ranked.len() + read > MOST;
            return self.ranked.iter().filter(|_| could_be_more).map(|(thread, _)| *thread).collect();
        }
        let pushed = self.ranked.iter().take(MOST).filter(|(_, rev)| *rev > since).count();
        let read = self.own_revs.iter().filter(|rev| **rev > since).count();
        let from = MOST.saturating_sub(read);
        let to = (MOST + pushed).min(self.ranked.len());
        self.ranked[from..to].iter().map(|(thread, _)| *thread).collect()
    }
}

/// The order in which one-to-one conversations count their unread messages.
pub(super) fn newest_first(listed: &Listed) -> Reverse<(i64, i64)> {
    Reverse((listed.thread.last_time, listed.thread.rev))
}
