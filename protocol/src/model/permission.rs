//! Rights of members of communities with permission groups (`contract/rest-api.md` section 17, `contract/client-semantics.md` section 8).

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A right in a whole community; its number is its bit in `Permission`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupRight {
    /// Change the profile.
    ManageGroupInfo,
    /// Add, remove and edit members, decide applications.
    ManageGroupMember,
    /// Make, change and delete permission groups; set their rights in all topics.
    ManagePermissionGroupInfo,
    /// Put members into permission groups and take them out.
    ManagePermissionGroupMember,
    /// Make, change and delete topics.
    ManageTopic,
    /// Mute members in all topics.
    GroupMuteMember,
    /// Send in the community and in all topics.
    SendGroupMessage,
    /// Mention everybody in all topics.
    GroupAtAll,
    /// Read what was said before one came, in all topics.
    GetGroupHistoryMessage,
    /// Recall what others sent, in all topics.
    RevokeOtherMemberGroupMessage,
    /// Ban members.
    BanMemberGroupMessage,
}

impl GroupRight {
    /// By rising bit.
    pub const ALL: [Self; 11] = [
        Self::ManageGroupInfo,
        Self::ManageGroupMember,
        Self::ManagePermissionGroupInfo,
        Self::ManagePermissionGroupMember,
        Self::ManageTopic,
        Self::GroupMuteMember,
        Self::SendGroupMessage,
        Self::GroupAtAll,
        Self::GetGroupHistoryMessage,
        Self::RevokeOtherMemberGroupMessage,
        Self::BanMemberGroupMessage,
    ];

    /// The number of its bit.
    pub const fn bit(self) -> u32 {
        self as u32
    }
}

/// A right in one topic; its number is its bit in `Permission` of a topic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TopicRight {
    /// Change and delete the topic.
    ManageTopicInfo,
    /// Set the rights of permission groups in this topic.
    ManagePermissionTopicInfo,
    /// Mute members in this topic.
    TopicMuteMember,
    /// Send in this topic.
    SendTopicMessage,
    /// Read what was said before one came.
    GetTopicHistoryMessage,
    /// Recall what others sent.
    RevokeOtherMemberTopicMessage,
    /// Mention everybody.
    TopicAtAll,
}

impl TopicRight {
    /// By rising bit.
    pub const ALL: [Self; 7] = [
        Self::ManageTopicInfo,
        Self::ManagePermissionTopicInfo,
        Self::TopicMuteMember,
        Self::SendTopicMessage,
        Self::GetTopicHistoryMessage,
        Self::RevokeOtherMemberTopicMessage,
        Self::TopicAtAll,
    ];

    /// The number of its bit.
    pub const fn bit(self) -> u32 {
        self as u32
    }
}

/// What a right in the community gives in each of its topics.
#[rustfmt::skip]
pub const IN_TOPICS: &[(GroupRight, TopicRight)] = &[
    (GroupRight::ManageTopic,                   TopicRight::ManageTopicInfo),
    (GroupRight::ManagePermissionGroupInfo,     TopicRight::ManagePermissionTopicInfo),
    (GroupRight::GroupMuteMember,               TopicRight::TopicMuteMember),
    (GroupRight::SendGroupMessage,              TopicRight::SendTopicMessage),
    (GroupRight::GetGroupHistoryMessage,        TopicRight::GetTopicHistoryMessage),
    (GroupRight::RevokeOtherMemberGroupMessage, TopicRight::RevokeOtherMemberTopicMessage),
    (GroupRight::GroupAtAll,                    TopicRight::TopicAtAll),
];

/// `Permission`: 64 bits, 1 grants. Bits without a meaning are kept as they came. Read from a whole number, a negative one (the same
/// bits), or decimal text; written as a number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Permission(pub u64);

impl Permission {
    /// Every right in a community.
    pub const GROUP_ALL: Self = Self((1 << GroupRight::ALL.len()) - 1);
    /// Every right in a topic.
    pub const TOPIC_ALL: Self = Self((1 << TopicRight::ALL.len()) - 1);

    /// These rights in a community.
    pub fn of(rights: &[GroupRight]) -> Self {
        Self(rights.iter().fold(0, |bits, right| bits | 1 << right.bit()))
    }

    /// These rights in a topic.
    pub fn of_topic(rights: &[TopicRight]) -> Self {
        Self(rights.iter().fold(0, |bits, right| bits | 1 << right.bit()))
    }

    /// Whether a right in the community is granted.
    pub const fn grants(self, right: GroupRight) -> bool {
        self.0 >> right.bit() & 1 == 1
    }

    /// Whether a right in the topic is granted.
    pub const fn grants_in_topic(self, right: TopicRight) -> bool {
        self.0 >> right.bit() & 1 == 1
    }

    /// What one or the other grants.
    pub const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What these rights in a community give in each of its topics ([`IN_TOPICS`]).
    pub fn in_topics(self) -> Self {
        let held = IN_TOPICS.iter().filter(|row| self.grants(row.0));
        Self(held.fold(0, |bits, row| bits | 1 << row.1.bit()))
    }
}

impl Serialize for Permission {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u64(self.0)
    }
}

impl<'de> Deserialize<'de> for Permission {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Visitor)
    }
}

struct Visitor;

impl de::Visitor<'_> for Visitor {
    type Value = Permission;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("64 permission bits as a number or as decimal text")
    }

    fn visit_u64<E>(self, bits: u64) -> Result<Permission, E> {
        Ok(Permission(bits))
    }

    fn visit_i64<E>(self, bits: i64) -> Result<Permission, E> {
        Ok(Permission(bits.cast_unsigned()))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Permission, E> {
        let unsigned = text.parse().ok();
        let bits = unsigned.or_else(|| text.parse().ok().map(i64::cast_unsigned));
        bits.map(Permission).ok_or_else(|| E::invalid_value(de::Unexpected::Str(text), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("0", Some(0))]
    #[case("2047", Some(0x7ff))]
    #[case("18446744073709551615", Some(u64::MAX))]
    #[case("-1", Some(u64::MAX))]
    #[case("\"18446744073709551615\"", Some(u64::MAX))]
    #[case("\"-9223372036854775808\"", Some(1 << 63))]
    #[case("18446744073709551616", None)]
    #[case("1.5", None)]
    #[case("\"0x7\"", None)]
    #[case("\"\"", None)]
    #[case("[]", None)]
    fn bits_are_read_from_numbers_and_text(#[case] json: &str, #[case] wanted: Option<u64>) {
        assert_eq!(serde_json::from_str(json).ok(), wanted.map(Permission));
    }

    #[test]
    fn bits_are_written_as_a_number() {
        assert_eq!(serde_json::to_string(&Permission(u64::MAX)).unwrap(), "18446744073709551615");
    }

    #[test]
    fn a_right_in_the_community_reaches_into_each_topic() {
        assert_eq!(Permission::GROUP_ALL.in_topics(), Permission::TOPIC_ALL);
        assert_eq!(Permission(0b0101_0011).in_topics(), Permission(0b0000_1001), "4 gives 0, 6 gives 3; 0 and 1 give nothing");
        assert_eq!(Permission(0b0100).in_topics(), Permission(0b10));
        assert_eq!(Permission(1 << 10 | 1 << 3 | 1 << 40).in_topics(), Permission(0));
    }
}
