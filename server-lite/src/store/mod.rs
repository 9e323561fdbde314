//! All SQL, an area per file, through the engine's narrow `Tx`. Rules live in `service`.

pub(crate) mod account;
pub(crate) mod app;
pub(crate) mod bridge;
pub(crate) mod conversation;
pub(crate) mod conversation_mark;
pub(crate) mod engine;
pub(crate) mod expiry;
pub(crate) mod extension;
pub(crate) mod group;
pub(crate) mod group_application;
pub(crate) mod group_data;
pub(crate) mod group_member;
pub(crate) mod group_upkeep;
pub(crate) mod hidden;
pub(crate) mod history_file;
pub(crate) mod live_room;
pub(crate) mod media;
pub(crate) mod message;
pub(crate) mod message_attached;
pub(crate) mod message_change;
pub(crate) mod permission_group;
pub(crate) mod presence;
pub(crate) mod profile;
pub(crate) mod push_outbox;
pub(crate) mod receipt;
pub(crate) mod relation;
pub(crate) mod relay;
pub(crate) mod search;
pub(crate) mod topic;

use engine::{Migration, Param};
use serde::{Deserialize, Serialize};

/// The steps that bring a database up to date, a file each; never edited after a release.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { number: 1, sql: include_str!("../../migrations/sqlite/0001_account.sql") },
    Migration { number: 2, sql: include_str!("../../migrations/sqlite/0002_profile.sql") },
    Migration { number: 3, sql: include_str!("../../migrations/sqlite/0003_group.sql") },
    Migration { number: 4, sql: include_str!("../../migrations/sqlite/0004_message.sql") },
    Migration { number: 5, sql: include_str!("../../migrations/sqlite/0005_presence.sql") },
    Migration { number: 6, sql: include_str!("../../migrations/sqlite/0006_push_outbox.sql") },
    Migration { number: 20, sql: include_str!("../../migrations/sqlite/0020_message_change.sql") },
    Migration { number: 21, sql: include_str!("../../migrations/sqlite/0021_message_attached.sql") },
    Migration { number: 30, sql: include_str!("../../migrations/sqlite/0030_conversation.sql") },
    Migration { number: 31, sql: include_str!("../../migrations/sqlite/0031_relation.sql") },
    Migration { number: 32, sql: include_str!("../../migrations/sqlite/0032_relay.sql") },
    Migration { number: 40, sql: include_str!("../../migrations/sqlite/0040_badge.sql") },
    Migration { number: 41, sql: include_str!("../../migrations/sqlite/0041_search.sql") },
    Migration { number: 50, sql: include_str!("../../migrations/sqlite/0050_media.sql") },
    Migration { number: 51, sql: include_str!("../../migrations/sqlite/0051_history_file.sql") },
    Migration { number: 52, sql: include_str!("../../migrations/sqlite/0052_mention.sql") },
    Migration { number: 53, sql: include_str!("../../migrations/sqlite/0053_pin_change.sql") },
    Migration { number: 60, sql: include_str!("../../migrations/sqlite/0060_group_options.sql") },
    Migration { number: 61, sql: include_str!("../../migrations/sqlite/0061_group_upkeep.sql") },
    Migration { number: 65, sql: include_str!("../../migrations/sqlite/0065_group_member.sql") },
    Migration { number: 66, sql: include_str!("../../migrations/sqlite/0066_group_request.sql") },
    Migration { number: 70, sql: include_str!("../../migrations/sqlite/0070_group_data.sql") },
    Migration { number: 71, sql: include_str!("../../migrations/sqlite/0071_live_room.sql") },
    Migration { number: 75, sql: include_str!("../../migrations/sqlite/0075_topic.sql") },
    Migration { number: 80, sql: include_str!("../../migrations/sqlite/0080_permission_group.sql") },
    Migration { number: 85, sql: include_str!("../../migrations/sqlite/0085_user_status.sql") },
    Migration { number: 86, sql: include_str!("../../migrations/sqlite/0086_all_read.sql") },
];

/// An account's number: made by the server, the same for the account's whole life, unique over all applications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct TinyId(pub(crate) u64);

impl From<TinyId> for Param<'_> {
    fn from(id: TinyId) -> Self {
        Param::from(id.0)
    }
}

impl std::fmt::Display for TinyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// A group's number: made by the server, unique over all applications; a dismissed group's number never comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct GroupNo(pub(crate) u64);

/// A topic's number, read as signed, is below 0: its community's number in the upper bits, which topic in the lower ones. So nobody has
/// to look up whose members a topic has.
impl GroupNo {
    const TOPIC_BITS: u32 = 20;

    /// Whether it is a topic's.
    pub(crate) const fn is_topic(self) -> bool {
        self.0.cast_signed() < 0
    }

    /// The group whose members, roles and audience hold here: a topic's community, of others the group itself.
    pub(crate) const fn roster(self) -> Self {
        match self.0.cast_signed() {
            topic if topic < 0 => Self((-topic >> Self::TOPIC_BITS).cast_unsigned()),
            _ => self,
        }
    }

    /// The lowest and the highest number that a community's topics can have; the first topic has the highest.
    pub(crate) const fn topics(self) -> (i64, i64) {
        let base = self.0.cast_signed() << Self::TOPIC_BITS;
        (-(base + (1 << Self::TOPIC_BITS) - 1), -(base + 1))
    }
}

impl From<GroupNo> for Param<'_> {
    fn from(no: GroupNo) -> Self {
        Param::from(no.0)
    }
}

#[cfg(test)]
mod tests {
    use super::GroupNo;

    #[test]
    fn a_topics_number_holds_its_communitys() {
        let community = GroupNo(7);
        assert!(!community.is_topic() && community.roster() == community);
        let (low, high) = community.topics();
        for number in [low, high, high - 5] {
            let topic = GroupNo(number.cast_unsigned());
            assert!(topic.is_topic() && topic.roster() == community, "{number}");
        }
        assert!(GroupNo(6).topics().0 > high && GroupNo(8).topics().1 < low, "ranges do not meet");
    }
}
