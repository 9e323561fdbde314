//! Communities and their topics (`contract/client-semantics.md` section 8, `contract/uikit-parity.md` section 7): a topic is a
//! conversation of its own whose members and roles are its community's; the community itself has no chat.

use super::State;
use super::conversation::ChatId;
use super::roster::Group;
use crate::text::clean_line;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tern_protocol::api::permission_group::OwnRights;
use tern_protocol::api::topic::SyncTopic;
use tern_protocol::id::TOPIC_MARK;
use tern_protocol::model::permission::{GroupRight, Permission, TopicRight};

/// What stands between a community's ID and a category's name in the rail's rows; no conversation has such an ID.
const CATEGORY_MARK: &str = "@CATEGORY#_";
/// The key of `CustomString` that holds a topic's category (`contract/tern-commands.md` section 4).
const CATEGORY_KEY: &str = "category";

/// What a group is besides, as a community or as a topic of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Place {
    /// A community with topics: it has no chat of its own.
    pub(crate) topics: bool,
    /// Permission groups decide what members may do.
    pub(crate) permission_groups: bool,
    /// What one may do oneself there: bits in the community, bits in its topics, and those of single topics.
    pub(crate) rights: Option<(u64, u64, BTreeMap<String, u64>)>,
    pub(crate) topic: Option<Topic>,
}

impl Place {
    /// Takes in what one may do.
    pub(crate) fn set_rights(&mut self, rights: &OwnRights) {
        let bits = |permission: Option<Permission>| permission.unwrap_or_default().0;
        let topics = rights.topics.iter().map(|topic| (topic.topic_id.clone(), bits(topic.permission))).collect();
        self.rights = Some((rights.permission.0, rights.topic_permission.0, topics));
    }
}

/// A topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Topic {
    pub(crate) community: String,
    /// Cleaned.
    pub(crate) introduction: String,
    /// `CustomString` as it came: clients of others keep theirs there.
    pub(crate) custom: String,
    /// Only owner and administrators speak.
    pub(crate) mute_all: bool,
    /// End of one's own mute here, Unix seconds; 0: none.
    pub(crate) muted_until_s: i64,
    /// The receive option is the community's.
    pub(crate) inherits: bool,
    pub(crate) created_s: i64,
}

impl Topic {
    /// The topic as a group of the roster; `None`: it is gone. `known` is what was here of it.
    pub(crate) fn group_of(wire: &SyncTopic, known: Option<&Group>, community: Option<&Group>) -> Option<Group> {
        if wire.gone == Some(1) {
            return None;
        }
        let before = known.and_then(|group| group.place.topic.clone()).unwrap_or_default();
        let own = wire.own.as_ref();
        let topic = Self {
            community: wire.group_id.clone(),
            introduction: wire.introduction.as_deref().map(clean_line).unwrap_or_default(),
            custom: wire.custom_string.clone().unwrap_or_default(),
            mute_all: wire.mute_all == Some(1),
            muted_until_s: own.map_or(before.muted_until_s, |own| super::sane_s(own.shut_up_until)),
            inherits: own.map_or(before.inherits, |own| own.inherits == 1),
            created_s: wire.create_time.map_or(before.created_s, super::sane_s),
        };
        Some(Group {
            id: wire.topic_id.clone(),
            name: clean_line(&wire.topic_name),
            kind: "Community".into(),
            member_num: community.map_or(0, |group| group.member_num),
            role: community.map_or_else(|| "Member".into(), |group| group.role.clone()),
            notification: wire.notification.as_deref().map(clean_line).unwrap_or_default(),
            place: Place { topic: Some(topic), ..Place::default() },
        })
    }

    /// The category that it stands under; empty: none.
    pub(crate) fn category(&self) -> String {
        let fields: Value = serde_json::from_str(&self.custom).unwrap_or_default();
        fields.get(CATEGORY_KEY).and_then(Value::as_str).map(clean_line).unwrap_or_default()
    }

    /// `CustomString` with another category; what else stands there stays.
    pub(crate) fn custom_under(custom: &str, category: &str) -> String {
        let mut fields: Map<String, Value> = serde_json::from_str(custom).unwrap_or_default();
        match category.is_empty() {
            true => drop(fields.remove(CATEGORY_KEY)),
            false => drop(fields.insert(CATEGORY_KEY.into(), category.into())),
        }
        if fields.is_empty() { String::new() } else { Value::Object(fields).to_string() }
    }
}

/// A row of the rail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RailRow {
    Community(String),
    Category { community: String, name: String },
    Topic(String),
}

/// What a row's ID stands for.
pub(crate) fn rail_row(chat: &ChatId) -> RailRow {
    let id = chat.id();
    if let Some((community, name)) = id.split_once(CATEGORY_MARK) {
        RailRow::Category { community: community.to_owned(), name: name.to_owned() }
    } else if id.contains(TOPIC_MARK) {
        RailRow::Topic(id.to_owned())
    } else {
        RailRow::Community(id.to_owned())
    }
}

impl ChatId {
    /// The community of a topic's conversation.
    pub(crate) fn community(&self) -> Option<&str> {
        match self {
            Self::Group(id) => id.split_once(TOPIC_MARK).map(|(community, _)| community),
            Self::User(_) => None,
        }
    }
}

fn category_row(community: &str, name: &str) -> ChatId {
    ChatId::group(&format!("{community}{CATEGORY_MARK}{name}"))
}

impl State {
    /// The rail from top to bottom: communities by name, topics without a category, then each category with its topics.
    pub(crate) fn rail(&self) -> Vec<ChatId> {
        let mut rows = Vec::new();
        for community in self.groups.communities() {
            let row = ChatId::group(&community.id);
            let open = !self.collapsed.contains(&row);
            rows.push(row);
            if !open {
                continue;
            }
            let mut under: BTreeMap<String, Vec<ChatId>> = BTreeMap::new();
            for (topic, group) in self.groups.topics_of(&community.id) {
                under.entry(topic.category()).or_default().push(ChatId::group(&group.id));
            }
            for (category, topics) in under {
                if !category.is_empty() {
                    let row = category_row(&community.id, &category);
                    let open = !self.collapsed.contains(&row);
                    rows.push(row);
                    if !open {
                        continue;
                    }
                }
                rows.extend(topics);
            }
        }
        rows
    }

    /// Unread messages of a community's topics, or of one category's; muted ones apart.
    pub(crate) fn rail_unread(&self, row: &RailRow) -> u64 {
        let counted = |topic: &str| self.conversations.get(&ChatId::group(topic)).map_or(0, |row| row.counted());
        match row {
            RailRow::Topic(topic) => counted(topic),
            RailRow::Community(id) => self.groups.topics_of(id).into_iter().map(|(_, group)| counted(&group.id)).sum(),
            RailRow::Category { community, name } => {
                let topics = self.groups.topics_of(community).into_iter();
                topics.filter(|(topic, _)| topic.category() == *name).map(|(_, group)| counted(&group.id)).sum()
            }
        }
    }

    /// Unread messages of all topics.
    pub(crate) fn topics_unread(&self) -> u64 {
        self.groups.communities().into_iter().map(|group| self.rail_unread(&RailRow::Community(group.id.clone()))).sum()
    }

    /// The chat that actions are about: the one that is chosen in the list while that has the keys, else the open one.
    pub(crate) fn chat_at_hand(&self) -> Option<ChatId> {
        let chosen = self.acted_on().into_iter().next().filter(|chat| !chat.is_folded_row());
        chosen.or_else(|| self.open.clone())
    }

    /// The group that actions on groups are about; of a topic or a category it is the community.
    pub(crate) fn group_at_hand(&self) -> Option<String> {
        let chat = self.chat_at_hand().filter(ChatId::is_group)?;
        Some(match rail_row(&chat) {
            RailRow::Community(group) | RailRow::Category { community: group, .. } => group,
            RailRow::Topic(topic) => ChatId::group(&topic).community()?.to_owned(),
        })
    }

    /// The topic that is chosen or open.
    pub(crate) fn topic_at_hand(&self) -> Option<ChatId> {
        self.chat_at_hand().filter(|chat| chat.community().is_some())
    }

    /// Whether one may do something in a community: the owner everything, then permission groups, or else the administrators.
    pub(crate) fn may_in(&self, community: &str, right: GroupRight) -> bool {
        let Some(group) = self.groups.get(community) else { return false };
        match (&group.place.rights, group.role.as_str()) {
            (_, "Owner") => true,
            (Some((bits, _, _)), _) => Permission(*bits).grants(right),
            (None, role) => role == "Admin",
        }
    }

    /// The same of a topic.
    pub(crate) fn may_in_topic(&self, topic: &str, right: TopicRight) -> bool {
        let chat = ChatId::group(topic);
        let Some(group) = chat.community().and_then(|community| self.groups.get(community)) else { return false };
        match (&group.place.rights, group.role.as_str()) {
            (_, "Owner") => true,
            (Some((_, everywhere, here)), _) => Permission(*here.get(topic).unwrap_or(everywhere)).grants_in_topic(right),
            (None, role) => role == "Admin",
        }
    }
}

/// Rights in a community, as people read them.
pub(crate) const GROUP_RIGHTS: &[(GroupRight, &str)] = &[
    (GroupRight::ManageGroupInfo, "change the profile"),
    (GroupRight::ManageGroupMember, "add, remove and edit members"),
    (GroupRight::ManagePermissionGroupInfo, "make and change permission groups"),
    (GroupRight::ManagePermissionGroupMember, "put members into permission groups"),
    (GroupRight::ManageTopic, "make, change and delete topics"),
    (GroupRight::GroupMuteMember, "mute members"),
    (GroupRight::SendGroupMessage, "send messages"),
    (GroupRight::GroupAtAll, "mention everybody"),
    (GroupRight::GetGroupHistoryMessage, "read what was said before joining"),
    (GroupRight::RevokeOtherMemberGroupMessage, "take back others' messages"),
    (GroupRight::BanMemberGroupMessage, "ban members"),
];

/// Rights in one topic.
pub(crate) const TOPIC_RIGHTS: &[(TopicRight, &str)] = &[
    (TopicRight::ManageTopicInfo, "change and delete the topic"),
    (TopicRight::ManagePermissionTopicInfo, "set rights in this topic"),
    (TopicRight::TopicMuteMember, "mute members"),
    (TopicRight::SendTopicMessage, "send messages"),
    (TopicRight::GetTopicHistoryMessage, "read what was said before joining"),
    (TopicRight::RevokeOtherMemberTopicMessage, "take back others' messages"),
    (TopicRight::TopicAtAll, "mention everybody"),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::lively;

    #[test]
    fn a_category_is_set_beside_what_others_keep_there() {
        let custom = Topic::custom_under("{\"colour\":3}", "Help");
        assert_eq!(Topic { custom: custom.clone(), ..Topic::default() }.category(), "Help");
        assert!(custom.contains("\"colour\":3"));
        assert_eq!(Topic::custom_under(&custom, ""), "{\"colour\":3}");
        assert_eq!(Topic::custom_under("no json", ""), "");
        assert_eq!(Topic { custom: "[1]".into(), ..Topic::default() }.category(), "");
    }

    #[test]
    fn rights_follow_the_owner_then_permission_groups_then_the_role() {
        let mut state = lively();
        let id = "@TGS#_rust";
        let mut group = Group { id: id.into(), kind: "Community".into(), role: "Admin".into(), ..Group::default() };
        group.place.topics = true;
        state.groups.set(id, Some(group.clone()));
        assert!(state.may_in(id, GroupRight::ManageTopic));
        group.place.rights = Some((1 << 5, 1 << 3, BTreeMap::from([(format!("{id}@TOPIC#_a"), 1)])));
        state.groups.set(id, Some(group.clone()));
        assert!(!state.may_in(id, GroupRight::ManageTopic) && state.may_in(id, GroupRight::GroupMuteMember));
        assert!(state.may_in_topic("@TGS#_rust@TOPIC#_a", TopicRight::ManageTopicInfo));
        assert!(!state.may_in_topic("@TGS#_rust@TOPIC#_b", TopicRight::ManageTopicInfo));
        group.role = "Owner".into();
        state.groups.set(id, Some(group));
        assert!(
            state.may_in(id, GroupRight::ManageTopic) && state.may_in_topic("@TGS#_rust@TOPIC#_b", TopicRight::ManageTopicInfo)
        );
    }
}
