//! What came to a message after it was sent: reactions and receipts (`contract/client-semantics.md` 3.8 and 5.2).

use super::message::Message;
use crate::text::{clean_line, emoji, fit};
use serde::{Deserialize, Serialize};
use tern_protocol::api::annotation::ReactionCount;

/// Kinds of reactions on one message.
const REACTION_KINDS: usize = 10;
/// Users that are named with a kind.
const USERS_SHOWN: usize = 10;

/// One kind of reaction of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Reaction {
    /// As the server knows it; cleaned where it is shown.
    pub(crate) kind: String,
    pub(crate) count: u64,
    /// The first ten, earliest first.
    pub(crate) users: Vec<String>,
    pub(crate) mine: bool,
}

impl Reaction {
    /// From a command's answer, which fills `Mine`.
    pub(crate) fn from_wire(wire: &ReactionCount) -> Self {
        Self { kind: wire.reaction.clone(), count: wire.count, users: wire.users.clone(), mine: wire.mine == 1 }
    }
}

/// How many have read an own message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Counts {
    pub(crate) read: u64,
    pub(crate) unread: u64,
}

/// What the local database keeps beside a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Attached {
    /// The oldest kind first.
    pub(crate) reactions: Vec<Reaction>,
    /// The reactions are those of this number of change.
    pub(crate) reactions_rev: u64,
    /// Own message that asked for receipts: who has read it, as last told.
    pub(crate) receipt: Option<Counts>,
    /// Message of another: its sender was told that it is read.
    pub(crate) receipt_sent: bool,
    /// Asked for in this run, so that it is not asked for again.
    #[serde(skip)]
    pub(crate) asked: Asked,
}

/// A change of what is attached: of the row in memory and of the one in the local database alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Annotation {
    /// One kind as it is now; `by_me`: whether it is one's own now, where that changed.
    Reaction {
        change: Reaction,
        by_me: Option<bool>,
    },
    /// All kinds, as they were at this number of change.
    Reactions {
        list: Vec<Reaction>,
        rev: u64,
    },
    Receipt(Counts),
    ReceiptSent(bool),
}

/// What is being asked of the server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked {
    pub(crate) reactions: bool,
    pub(crate) receipt: bool,
    /// Its sender is being told that it is read.
    pub(crate) seen: bool,
}

impl Attached {
    /// Nothing that is worth a row of the local database.
    pub(crate) fn is_empty(&self) -> bool {
        self.reactions.is_empty() && self.receipt.is_none() && !self.receipt_sent
    }

    /// Applies a change.
    pub(crate) fn apply(&mut self, annotation: &Annotation) {
        match annotation {
            Annotation::Reaction { change, by_me } => self.react(change, *by_me),
            Annotation::Reactions { list, rev } => {
                self.reactions.clone_from(list);
                self.reactions.truncate(REACTION_KINDS);
                self.reactions_rev = (*rev).max(1);
            }
            Annotation::Receipt(counts) => self.receipt = Some(*counts),
            Annotation::ReceiptSent(sent) => self.receipt_sent = *sent,
        }
    }

    /// Takes the changed kind of an event, or of one's own doing: its whole count, and who did it.
    fn react(&mut self, change: &Reaction, by_me: Option<bool>) {
        let at = self.reactions.iter().position(|reaction| reaction.kind == change.kind);
        match (at, change.count) {
            (Some(at), 0) => {
                self.reactions.remove(at);
            }
            (Some(at), _) => {
                let mine = by_me.unwrap_or(self.reactions[at].mine);
                self.reactions[at] = Reaction { mine, ..change.clone() };
            }
            (None, 0) => {}
            (None, _) if self.reactions.len() >= REACTION_KINDS => {}
            (None, _) => self.reactions.push(Reaction { mine: by_me.unwrap_or(false), ..change.clone() }),
        }
    }

    /// How one's own reaction changes when it is set or taken back.
    pub(crate) fn toggled(&self, kind: &str, me: &str) -> Reaction {
        let known = self.reactions.iter().find(|reaction| reaction.kind == kind);
        let mine = !known.is_some_and(|reaction| reaction.mine);
        let mut users: Vec<String> = known.map(|reaction| reaction.users.clone()).unwrap_or_default();
        users.retain(|user| user != me);
        let before = known.map_or(0, |reaction| reaction.count);
        let count = if mine { before + 1 } else { before.saturating_sub(1) };
        if mine && users.len() < USERS_SHOWN {
            users.push(me.to_owned());
        }
        Reaction { kind: kind.to_owned(), count, users, mine }
    }
}

impl Message {
    /// Takes over what was attached to the row that this one replaces; reactions that changed since are read anew.
    pub(crate) fn keep_attached(&mut self, attached: Attached, known_rev: u64) {
        self.attached = attached;
        if self.rev > known_rev && !self.reacted {
            self.attached.reactions.clear();
        }
        self.attached.asked.reactions &= self.rev <= known_rev;
        // The new row may come from the local database, which knows less than was told live.
        self.rev = self.rev.max(known_rev);
    }

    /// The server has reactions, or changes of them, that are not here.
    pub(crate) fn lacks_reactions(&self) -> bool {
        let is_old = self.attached.reactions_rev < self.rev.max(1);
        self.reacted && is_old && self.is_shown_message() && !self.attached.asked.reactions
    }

    /// An own message whose readers are not known yet.
    pub(crate) fn lacks_receipt(&self) -> bool {
        self.mine && self.asks_receipt && self.is_shown_message() && !self.attached.asked.receipt
    }

    /// A message of another whose sender waits to hear that it is read.
    pub(crate) fn owes_receipt(&self) -> bool {
        !self.mine && self.asks_receipt && self.is_shown_message() && !self.attached.receipt_sent && !self.attached.asked.seen
    }
}

/// A reaction as it is shown: what a terminal may draw, short. The product's kits name theirs by their codes.
pub(crate) fn shown_kind(kind: &str) -> String {
    let inner = kind.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(kind);
    match emoji::of_kit(inner) {
        Some(sign) => sign.to_owned(),
        None => fit(&clean_line(inner.strip_prefix("TUIEmoji_").unwrap_or(inner)), 16).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, count: u64, users: &[&str]) -> Reaction {
        let users = users.iter().map(|user| (*user).to_owned()).collect();
        Reaction { kind: kind.into(), count, users, mine: false }
    }

    #[test]
    fn an_event_changes_one_kind_and_a_count_of_zero_takes_it_away() {
        let mut attached = Attached::default();
        attached.react(&told("👍", 1, &["ann"]), None);
        attached.react(&told("🎉", 2, &["ann", "me"]), Some(true));
        attached.react(&told("👍", 2, &["ann", "bob"]), None);
        let shown: Vec<_> = attached.reactions.iter().map(|one| (one.kind.as_str(), one.count, one.mine)).collect();
        assert_eq!(shown, [("👍", 2, false), ("🎉", 2, true)]);
        attached.react(&told("🎉", 1, &["ann"]), Some(false));
        attached.react(&told("👍", 0, &[]), None);
        assert_eq!(attached.reactions, [Reaction { kind: "🎉".into(), count: 1, users: vec!["ann".into()], mine: false }]);
    }

    #[test]
    fn one_sets_and_takes_back_ones_own_reaction() {
        let mut attached = Attached::default();
        let change = attached.toggled("👍", "me");
        attached.react(&change, Some(change.mine));
        assert!(attached.reactions[0].mine && attached.reactions[0].count == 1);
        let change = attached.toggled("👍", "me");
        attached.react(&change, Some(change.mine));
        assert!(attached.reactions.is_empty());
    }

    #[test]
    fn the_kinds_of_a_message_are_bounded() {
        let mut attached = Attached::default();
        for n in 0..50 {
            attached.react(&told(&n.to_string(), 1, &["ann"]), None);
        }
        assert_eq!(attached.reactions.len(), REACTION_KINDS);
    }

    #[test]
    fn kit_codes_and_hostile_kinds_are_shown_as_signs() {
        assert_eq!(shown_kind("[TUIEmoji_Like]"), "👍");
        assert_eq!(shown_kind("TUIEmoji_Like"), "👍");
        assert_eq!(shown_kind("👍"), "👍");
        assert_eq!(shown_kind("\u{1b}[2Jx"), "␛[2Jx");
        assert!(crate::text::width(&shown_kind(&"long".repeat(20))) <= 16);
    }
}
