//! Conversations as the list shows them (`contract/client-semantics.md` section 6).

use super::editor::Mention;
use super::reply::Answering;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::Arc;
use tern_protocol::api::conversation::ConversationId;

/// Which conversation: the other person, or the group.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) enum ChatId {
    User(Arc<str>),
    Group(Arc<str>),
}

impl ChatId {
    /// The one-to-one conversation with `user`.
    pub(crate) fn user(user: &str) -> Self {
        Self::User(user.into())
    }

    /// A group's conversation.
    pub(crate) fn group(group: &str) -> Self {
        Self::Group(group.into())
    }

    /// UserID or group ID.
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::User(id) | Self::Group(id) => id,
        }
    }

    /// True for a group.
    pub(crate) fn is_group(&self) -> bool {
        matches!(self, Self::Group(_))
    }

    /// The list's row behind which folded groups are: no conversation has this ID.
    pub(crate) fn folded_row() -> Self {
        Self::group("")
    }

    /// See `folded_row`.
    pub(crate) fn is_folded_row(&self) -> bool {
        self.is_group() && self.id().is_empty()
    }

    /// `c2c_<user>` or `group_<group>`, as the product writes it.
    pub(crate) fn key(&self) -> String {
        match self {
            Self::User(id) => format!("c2c_{id}"),
            Self::Group(id) => format!("group_{id}"),
        }
    }

    /// Reads a key by its prefix only: the rest may hold anything.
    pub(crate) fn from_key(key: &str) -> Option<Self> {
        if let Some(id) = key.strip_prefix("c2c_") { Some(Self::user(id)) } else { key.strip_prefix("group_").map(Self::group) }
    }

    /// As commands name it.
    pub(crate) fn to_wire(&self) -> ConversationId {
        match self {
            Self::User(id) => ConversationId::c2c(id.as_ref()),
            Self::Group(id) => ConversationId::group(id.as_ref()),
        }
    }

    /// From a command's answer; `None` for kinds of other versions.
    pub(crate) fn from_wire(id: &ConversationId) -> Option<Self> {
        match (id.kind, &id.to_account, &id.group_id) {
            (1, Some(user), _) if !user.is_empty() => Some(Self::user(user)),
            (2, _, Some(group)) if !group.is_empty() => Some(Self::group(group)),
            _ => None,
        }
    }
}

impl From<ChatId> for String {
    fn from(id: ChatId) -> Self {
        id.key()
    }
}

impl TryFrom<String> for ChatId {
    type Error = &'static str;
    fn try_from(key: String) -> Result<Self, Self::Error> {
        Self::from_key(&key).ok_or("no conversation key")
    }
}

/// The newest message in one line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LastLine {
    /// Who: the UserID; empty for a line that nobody says (a tip).
    pub(crate) sender: String,
    /// What, cleaned.
    pub(crate) text: String,
    /// Server time, seconds.
    pub(crate) time_s: i64,
    /// Its place; 0: the server has not stored it.
    #[serde(default)]
    pub(crate) place: u64,
}

/// Bits of a conversation's marks (`contract/tern-commands.md` section 2).
pub(crate) mod mark {
    pub(crate) const STAR: u8 = 0;
    pub(crate) const UNREAD: u8 = 1;
    pub(crate) const FOLDED: u8 = 2;
    pub(crate) const HIDDEN: u8 = 3;
}

/// What new messages of a conversation do (`contract/client-semantics.md` 6.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Receive {
    #[default]
    Notify,
    Silent,
    /// Silent but for mentions.
    Mentions,
    /// They do not come; histories have them.
    Block,
}

impl Receive {
    /// The contract's word.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Notify => "AcceptAndNotify",
            Self::Silent => "AcceptNotNotify",
            Self::Mentions => "AcceptNotNotifyExceptAt",
            Self::Block => "Discard",
        }
    }

    /// Reads the contract's word; of other versions' words, the quiet one.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "" | "AcceptAndNotify" => Self::Notify,
            "Discard" => Self::Block,
            "AcceptNotNotifyExceptAt" | "NotReceiveMsgExceptAt" => Self::Mentions,
            _ => Self::Silent,
        }
    }
}

/// One row of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Conversation {
    pub(crate) id: ChatId,
    /// Cleaned; empty: show the ID.
    pub(crate) name: String,
    pub(crate) last: Option<LastLine>,
    pub(crate) unread: u64,
    /// Up to where this person has read, here and as the server was told.
    pub(crate) read_place: u64,
    pub(crate) read_reported: u64,
    /// Newest place, as far as known.
    pub(crate) last_place: u64,
    /// Oldest place that can still be read.
    pub(crate) first_place: u64,
    /// C2C: up to where the peer has read; the time comes with live receipts.
    pub(crate) peer_read_place: u64,
    pub(crate) peer_read_time_s: i64,
    pub(crate) pinned: bool,
    /// Counts and shows, but makes no noise.
    pub(crate) muted: bool,
    /// What `muted` is in full.
    #[serde(default)]
    pub(crate) receive: Receive,
    /// Marks as bits.
    #[serde(default)]
    pub(crate) marks: u64,
    /// Numbers of the conversation groups it is in.
    #[serde(default)]
    pub(crate) labels: Vec<i64>,
    /// Mentions above the read position: bit 1 me, bit 2 all.
    pub(crate) at_type: i64,
    /// Not in the list (deleted, left, dismissed); comes back with the next message.
    pub(crate) gone: bool,
    /// Text not sent yet.
    pub(crate) draft: String,
    /// Whom it names.
    #[serde(default)]
    pub(crate) draft_mentions: Vec<Mention>,
    /// When it was last changed (seconds); 0: there is none.
    #[serde(default)]
    pub(crate) draft_s: i64,
    /// The message that the draft answers.
    #[serde(default)]
    pub(crate) draft_answers: Option<Answering>,
    /// Seconds; orders the list where there is no last message.
    pub(crate) active_s: i64,
    /// The colour that one gave it, by its word; empty: none. Kept on this host alone.
    #[serde(default)]
    pub(crate) colour: String,
    /// Messages that are here may have changed since this number of change; 0: none has.
    #[serde(default)]
    pub(crate) changes_from: u64,
}

impl Conversation {
    /// A conversation that nothing is known about yet.
    pub(crate) fn new(id: ChatId) -> Self {
        Self {
            id,
            name: String::new(),
            last: None,
            unread: 0,
            read_place: 0,
            read_reported: 0,
            last_place: 0,
            first_place: 0,
            peer_read_place: 0,
            peer_read_time_s: 0,
            pinned: false,
            muted: false,
            receive: Receive::Notify,
            marks: 0,
            labels: Vec::new(),
            at_type: 0,
            gone: false,
            draft: String::new(),
            draft_mentions: Vec::new(),
            draft_s: 0,
            draft_answers: None,
            active_s: 0,
            colour: String::new(),
            changes_from: 0,
        }
    }

    /// Whether a mark is set.
    pub(crate) fn has(&self, bit: u8) -> bool {
        self.marks >> bit & 1 == 1
    }

    /// Sets or clears a mark.
    pub(crate) fn set_mark(&mut self, bit: u8, on: bool) {
        self.marks = self.marks & !(1 << bit) | u64::from(on) << bit;
    }

    /// A group behind the row of folded ones.
    pub(crate) fn is_folded(&self) -> bool {
        self.id.is_group() && self.has(mark::FOLDED)
    }

    /// Has unread messages, or was marked so.
    pub(crate) fn is_unread(&self) -> bool {
        self.unread > 0 || self.has(mark::UNREAD)
    }

    /// What it adds to a number of unread messages: nothing while muted, one when it is only marked unread.
    pub(crate) fn counted(&self) -> u64 {
        if self.muted { 0 } else { self.unread.max(u64::from(self.has(mark::UNREAD))) }
    }

    /// Sets the receive option.
    pub(crate) fn set_receive(&mut self, receive: Receive) {
        self.receive = receive;
        self.muted = receive != Receive::Notify;
    }

    /// What the list is ordered by, seconds.
    pub(crate) fn moment(&self) -> i64 {
        self.active_s.max(self.draft_s).max(self.last.as_ref().map_or(0, |last| last.time_s))
    }
}

/// All conversations, and their order in the list.
#[derive(Debug, Default)]
pub(crate) struct Conversations {
    all: HashMap<ChatId, Conversation>,
    order: Vec<ChatId>,
    /// Many changes come: the order is made at their end.
    batch: bool,
    /// How often the order was made.
    ordered: u64,
}

impl Conversations {
    /// A conversation by its ID.
    pub(crate) fn get(&self, id: &ChatId) -> Option<&Conversation> {
        self.all.get(id)
    }

    /// Changes a conversation, which is made when it is new. The list is put in order afterwards.
    pub(crate) fn change<R>(&mut self, id: &ChatId, change: impl FnOnce(&mut Conversation) -> R) -> R {
        let conversation = self.all.entry(id.clone()).or_insert_with(|| Conversation::new(id.clone()));
        let before = (conversation.pinned, conversation.moment(), conversation.gone);
        let known = self.order.contains(id);
        let answer = change(conversation);
        if before != (conversation.pinned, conversation.moment(), conversation.gone) || known == conversation.gone {
            self.sort();
        }
        answer
    }

    /// Takes many at once, with one ordering.
    pub(crate) fn load(&mut self, conversations: Vec<Conversation>) {
        for conversation in conversations {
            self.all.insert(conversation.id.clone(), conversation);
        }
        self.sort();
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Runs many changes with one ordering at the end.
    pub(crate) fn together(&mut self, on: bool) {
        self.batch = on;
        if !on {
            self.sort();
        }
    }

    fn sort(&mut self) {
        if self.batch {
            return;
        }
        let mut shown: Vec<&Conversation> = self.all.values().filter(|conversation| !conversation.gone).collect();
        shown.sort_by(|a, b| (b.pinned, b.moment()).cmp(&(a.pinned, a.moment())).then_with(|| a.id.cmp(&b.id)));
        self.ordered += 1;
        self.order = shown.into_iter().map(|conversation| conversation.id.clone()).collect();
    }

    /// How often the order was made: when it is as before, so is the order.
    pub(crate) fn ordered(&self) -> u64 {
        self.ordered
    }

    /// In the list's order: pinned first, then by the newest message.
    pub(crate) fn listed(&self) -> impl ExactSizeIterator<Item = &Conversation> {
        self.order.iter().map(|id| &self.all[id])
    }

    /// Every conversation, listed or not.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Conversation> {
        self.all.values()
    }

    /// Unread messages of all conversations that are neither muted nor hidden.
    pub(crate) fn total_unread(&self) -> u64 {
        let counts = |row: &&Conversation| !row.has(mark::HIDDEN) && row.id.community().is_none();
        self.listed().filter(counts).map(Conversation::counted).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(id: &str, time_s: i64) -> Conversation {
        let last = Some(LastLine { sender: id.into(), text: "x".into(), time_s, place: 0 });
        Conversation { last, ..Conversation::new(ChatId::user(id)) }
    }

    fn order(conversations: &Conversations) -> Vec<&str> {
        conversations.listed().map(|conversation| conversation.id.id()).collect()
    }

    #[test]
    fn pinned_ones_lead_then_the_newest() {
        let mut conversations = Conversations::default();
        conversations.load(vec![at("ann", 1), at("bob", 3), Conversation { pinned: true, ..at("cy", 2) }]);
        assert_eq!(order(&conversations), ["cy", "bob", "ann"]);
        conversations.change(&ChatId::user("ann"), |conversation| conversation.active_s = 9);
        assert_eq!(order(&conversations), ["cy", "ann", "bob"]);
        conversations.change(&ChatId::user("cy"), |conversation| conversation.gone = true);
        assert_eq!(order(&conversations), ["ann", "bob"]);
        conversations.change(&ChatId::user("dan"), |_| ());
        assert_eq!(order(&conversations), ["ann", "bob", "dan"], "a new one is listed");
    }

    #[test]
    fn muted_conversations_do_not_count() {
        let mut conversations = Conversations::default();
        conversations
            .load(vec![Conversation { unread: 2, ..at("ann", 1) }, Conversation { unread: 5, muted: true, ..at("bob", 3) }]);
        assert_eq!(conversations.total_unread(), 2);
    }

    #[test]
    fn a_key_is_read_by_its_prefix_only() {
        for id in [ChatId::user("group_x"), ChatId::group("@TGS#_a_b"), ChatId::user("c2c_")] {
            assert_eq!(ChatId::from_key(&id.key()), Some(id));
        }
        assert_eq!(ChatId::from_key("GROUPx"), None);
    }
}
