//! What is known only while there is a link, and is learnt anew with each login.

use super::ballot::Votes;
use super::conversation::ChatId;
use super::timeline::Scroll;
use crate::event::Muted;
use std::collections::{HashMap, HashSet, VecDeque};
use tern_protocol::limits;

/// People and conversations that are kept track of at once.
const KEPT: usize = 1000;

/// How the other side of a conversation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Online,
    /// Was online; a phone may still ring.
    Offline,
    LoggedOut,
}

/// What decides which messages are in sight, and whether the person sees them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Looked {
    pub(crate) chat: ChatId,
    pub(crate) scroll: Scroll,
    /// Oldest and newest place in memory.
    pub(crate) places: (Option<u64>, Option<u64>),
    pub(crate) size: (u16, u16),
    pub(crate) seen: bool,
    pub(crate) receipts: bool,
}

/// Facts of this login.
#[derive(Debug, Default)]
pub(crate) struct Live {
    presence: HashMap<String, Presence>,
    /// What people say of themselves, cleaned; who says nothing is not here.
    custom_status: HashMap<String, String>,
    /// People whose states are told; the oldest first, as the server keeps them.
    watched: VecDeque<String>,
    /// What the list looked like when people were last subscribed to: how often it was ordered, and what was open.
    pub(crate) presence_looked: Option<(u64, Option<ChatId>)>,
    /// What people attached to polls and notes, by group and place.
    votes: HashMap<(ChatId, u64), Votes>,
    /// The application shows no states.
    pub(crate) presence_off: bool,
    muted: HashMap<ChatId, Muted>,
    /// Peers that type, and until when that is shown (mono milliseconds).
    typing: HashMap<ChatId, i64>,
    /// Whom this client told that one types, and when (mono milliseconds).
    pub(crate) told_typing: Option<(ChatId, i64)>,
    /// Conversations whose pins and mutes were asked for.
    asked: HashSet<ChatId>,
    /// What was in sight when its messages were last looked through for what they lack.
    pub(crate) looked: Option<Looked>,
    /// Conversations whose changed messages are being read, and those where that failed.
    pub(crate) changing: Vec<ChatId>,
    pub(crate) failed: HashSet<ChatId>,
}

impl Live {
    /// A new login knows nothing.
    pub(crate) fn renew(&mut self) {
        *self = Self::default();
    }

    /// Keeps how a person is; what is above the bound is not kept.
    pub(crate) fn set_presence(&mut self, user: &str, presence: Presence) {
        if self.presence.len() < KEPT || self.presence.contains_key(user) {
            self.presence.insert(user.to_owned(), presence);
        }
    }

    /// Keeps what a person says of itself.
    pub(crate) fn set_custom_status(&mut self, user: &str, text: String) {
        if text.is_empty() {
            self.custom_status.remove(user);
        } else if self.custom_status.len() < KEPT || self.custom_status.contains_key(user) {
            self.custom_status.insert(user.to_owned(), text);
        }
    }

    /// What a person says of itself; empty: nothing, as far as is known.
    pub(crate) fn custom_status(&self, user: &str) -> &str {
        self.custom_status.get(user).map_or("", String::as_str)
    }

    /// A person is subscribed to; of who is subscribed to no more, nothing is known.
    pub(crate) fn watch(&mut self, user: &str) {
        self.watched.push_back(user.to_owned());
        if self.watched.len() > limits::STATUS_SUBSCRIPTIONS
            && let Some(oldest) = self.watched.pop_front()
        {
            self.presence.remove(&oldest);
            self.custom_status.remove(&oldest);
        }
    }

    /// Whether a person is subscribed to.
    pub(crate) fn watches(&self, user: &str) -> bool {
        self.watched.iter().any(|watched| watched == user)
    }

    /// Nobody is subscribed to any more.
    pub(crate) fn forget_presence(&mut self) {
        self.presence.clear();
        self.custom_status.clear();
        self.watched.clear();
        self.presence_looked = None;
    }

    /// What people attached to a poll or note, where it was asked for.
    pub(crate) fn votes(&self, chat: &ChatId, place: u64) -> Option<&Votes> {
        self.votes.get(&(chat.clone(), place))
    }

    /// The same, to change.
    pub(crate) fn votes_mut(&mut self, chat: &ChatId, place: u64) -> Option<&mut Votes> {
        self.votes.get_mut(&(chat.clone(), place))
    }

    /// What people attached to it was not asked for yet.
    pub(crate) fn lacks_votes(&self, chat: &ChatId, place: u64) -> bool {
        self.votes.len() < KEPT && !self.votes.contains_key(&(chat.clone(), place))
    }

    /// True the first time for a poll or note: then it is asked for.
    pub(crate) fn ask_votes(&mut self, chat: &ChatId, place: u64) -> bool {
        let asks = self.lacks_votes(chat, place);
        if asks {
            self.votes.insert((chat.clone(), place), Votes::default());
        }
        asks
    }

    /// How a person is, where that was told.
    pub(crate) fn presence(&self, user: &str) -> Option<Presence> {
        self.presence.get(user).copied()
    }

    /// Keeps how far one may write in a group.
    pub(crate) fn set_muted(&mut self, chat: &ChatId, muted: Muted) {
        if self.muted.len() < KEPT || self.muted.contains_key(chat) {
            self.muted.insert(chat.clone(), muted);
        }
    }

    /// How far one may write in a group, where that was told.
    pub(crate) fn muted(&self, chat: &ChatId) -> Muted {
        self.muted.get(chat).copied().unwrap_or_default()
    }

    /// A peer types until then; expired ones go.
    pub(crate) fn set_typing(&mut self, chat: &ChatId, until_ms: i64, now_ms: i64) {
        self.typing.retain(|_, until| *until > now_ms);
        if self.typing.len() < KEPT {
            self.typing.insert(chat.clone(), until_ms);
        }
    }

    /// A peer does not type any more.
    pub(crate) fn stop_typing(&mut self, chat: &ChatId) {
        self.typing.remove(chat);
    }

    /// Until when a peer is shown as typing, if it is now (mono milliseconds).
    pub(crate) fn typing_until(&self, chat: &ChatId, now_ms: i64) -> Option<i64> {
        self.typing.get(chat).copied().filter(|until| *until > now_ms)
    }

    /// True the first time that it is called for a conversation in this login.
    pub(crate) fn ask_once(&mut self, chat: &ChatId) -> bool {
        self.asked.len() < KEPT && self.asked.insert(chat.clone())
    }

    /// Lets [`Live::ask_once`] be true once more: something may have changed.
    pub(crate) fn ask_again(&mut self, chat: &ChatId) {
        self.asked.remove(chat);
    }
}
