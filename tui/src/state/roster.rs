//! People and groups that this person has to do with.

use super::community::{Place, Topic};
use super::conversation::ChatId;
use crate::text::clean_line;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tern_protocol::api::conversation::SyncGroup;

/// Names of people by UserID: of conversations, contacts and members seen.
#[derive(Debug, Default)]
pub(crate) struct People {
    nicks: BTreeMap<String, String>,
}

impl People {
    /// Keeps a name; an empty one only says that the person exists.
    pub(crate) fn learn(&mut self, user: &str, nick: &str) -> bool {
        if user.is_empty() {
            return false;
        }
        let nick = clean_line(nick);
        match self.nicks.get_mut(user) {
            Some(known) if nick.is_empty() || *known == nick => false,
            Some(known) => {
                *known = nick;
                true
            }
            None => {
                self.nicks.insert(user.to_owned(), nick);
                true
            }
        }
    }

    /// A user's nick, where there is one.
    pub(crate) fn nick(&self, user: &str) -> Option<&str> {
        self.nicks.get(user).filter(|nick| !nick.is_empty()).map(String::as_str)
    }

    /// The name to show for a user.
    pub(crate) fn name<'a>(&'a self, user: &'a str) -> &'a str {
        self.nick(user).unwrap_or(user)
    }

    /// Everybody: UserID and nick, which may be empty.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nicks.iter().map(|(user, nick)| (user.as_str(), nick.as_str()))
    }

    /// Forgets everybody.
    pub(crate) fn clear(&mut self) {
        self.nicks.clear();
    }
}

/// A joined group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Group {
    pub(crate) id: String,
    /// Cleaned; empty: show the ID.
    pub(crate) name: String,
    /// Old word: `Private`, `Public`, `ChatRoom`, `AVChatRoom`, `Community`.
    pub(crate) kind: String,
    pub(crate) member_num: u64,
    /// `Owner`, `Admin`, `Member`.
    pub(crate) role: String,
    /// Cleaned announcement.
    pub(crate) notification: String,
    /// What it is as a community or a topic.
    #[serde(default)]
    pub(crate) place: Place,
}

impl Group {
    /// From a synchronised row; `None`: no member any more.
    pub(crate) fn from_wire(wire: &SyncGroup) -> Option<Self> {
        if wire.gone == Some(1) || wire.role.is_empty() {
            return None;
        }
        Some(Self {
            id: wire.group_id.clone(),
            name: clean_line(&wire.name),
            kind: wire.kind.clone(),
            member_num: wire.member_num,
            role: wire.role.clone(),
            notification: wire.notification.as_deref().map(clean_line).unwrap_or_default(),
            place: {
                let (topics, permission_groups) = (wire.support_topic == Some(1), wire.enable_permission == Some(1));
                let mut place = Place { topics, permission_groups, ..Place::default() };
                if let Some(rights) = &wire.own_rights {
                    place.set_rights(rights);
                }
                place
            },
        })
    }

    /// The name to show.
    pub(crate) fn shown_name(&self) -> &str {
        if self.name.is_empty() { &self.id } else { &self.name }
    }

    /// Today's word for the group's type.
    pub(crate) fn kind_word(&self) -> &'static str {
        kind_word(&self.kind)
    }
}

/// Today's word for a group's type.
pub(crate) fn kind_word(kind: &str) -> &'static str {
    GROUP_KINDS.iter().find(|row| row.0 == kind).map_or("Group", |row| row.1)
}

/// Types that a person can create: the word on the wire, today's word, what it is like (`contract/uikit-parity.md` 5.14).
pub(crate) const GROUP_KINDS: &[(&str, &str, &str)] = &[
    ("Private", "Work", "For people who know each other. Members bring others in; nobody can ask to join, and nobody finds it."),
    ("Public", "Public", "Found by its ID. Who wants to join asks; the owner or an administrator decides."),
    ("ChatRoom", "Meeting", "Everybody may come and go, and reads what was said before. Nothing is counted as unread."),
    ("Community", "Community", "Up to 100,000 members who come and go freely, with topics to talk in."),
    ("AVChatRoom", "Live room", "Any number of listeners for as long as it lasts. Nothing of it is kept: no history, no unread."),
];

/// Joined groups by ID.
#[derive(Debug, Default)]
pub(crate) struct Groups {
    all: BTreeMap<String, Group>,
}

impl Groups {
    /// Takes a group in, or out when it says that one is no member.
    pub(crate) fn set(&mut self, id: &str, group: Option<Group>) {
        match group {
            Some(group) => {
                self.all.insert(id.to_owned(), group);
            }
            None => {
                self.all.remove(id);
            }
        }
    }

    /// A group by its ID.
    pub(crate) fn get(&self, id: &str) -> Option<&Group> {
        self.all.get(id)
    }

    /// Communities with topics, by name.
    pub(crate) fn communities(&self) -> Vec<&Group> {
        let mut groups: Vec<&Group> = self.all.values().filter(|group| group.place.topics).collect();
        groups.sort_by_cached_key(|group| (group.shown_name().to_lowercase(), group.id.clone()));
        groups
    }

    /// A community's topics, the oldest first.
    pub(crate) fn topics_of(&self, community: &str) -> Vec<(&Topic, &Group)> {
        let of = |group: &'_ &Group| group.place.topic.as_ref().is_some_and(|topic| topic.community == community);
        let mut topics: Vec<&Group> = self.all.values().filter(of).collect();
        topics.sort_by_key(|group| (group.place.topic.as_ref().map_or(0, |topic| topic.created_s), group.id.clone()));
        topics.into_iter().filter_map(|group| Some((group.place.topic.as_ref()?, group))).collect()
    }

    /// Those that are a chat of their own, by name.
    pub(crate) fn listed(&self) -> Vec<&Group> {
        let chats = |group: &'_ &Group| !group.place.topics && group.place.topic.is_none();
        let mut groups: Vec<&Group> = self.all.values().filter(chats).collect();
        groups.sort_by_cached_key(|group| (group.shown_name().to_lowercase(), group.id.clone()));
        groups
    }

    /// Forgets every group.
    pub(crate) fn clear(&mut self) {
        self.all.clear();
    }
}

/// Contacts by name: everybody but oneself.
pub(crate) fn contacts<'a>(people: &'a People, me: &str) -> Vec<(&'a str, &'a str)> {
    let mut contacts: Vec<(&str, &str)> =
        people.all().filter(|(user, _)| *user != me).map(|(user, _)| (user, people.name(user))).collect();
    contacts.sort_by_cached_key(|(user, name)| (name.to_lowercase(), (*user).to_owned()));
    contacts
}

/// The conversation with each contact, by name.
pub(crate) fn contact_chats(people: &People, me: &str) -> Vec<ChatId> {
    contacts(people, me).into_iter().map(|(user, _)| ChatId::user(user)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_kept_until_a_better_one_comes() {
        let mut people = People::default();
        people.learn("bob", "");
        assert_eq!(people.name("bob"), "bob");
        people.learn("bob", "Bob\u{7}  Brown");
        people.learn("bob", "");
        assert_eq!(people.name("bob"), "Bob Brown");
        people.learn("ann", "");
        people.learn("me", "Me");
        assert_eq!(contacts(&people, "me"), [("ann", "ann"), ("bob", "Bob Brown")]);
    }
}
