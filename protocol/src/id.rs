//! Identifiers: parsed once at the border, then always valid.

use crate::limits;
use serde::{Deserialize, Serialize};

/// Why a text is no identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// No text at all.
    #[error("an identifier may not be empty")]
    Empty,
    /// More bytes than the contract allows.
    #[error("an identifier of {0} bytes is too long")]
    TooLong(usize),
    /// A byte outside 0x20-0x7e.
    #[error("an identifier must be printable ASCII")]
    BadCharacter,
    /// `@TGS#` and the like belong to the server.
    #[error("an identifier may not start with a reserved prefix")]
    ReservedPrefix,
}

fn check(text: &str, max_bytes: usize) -> Result<(), IdError> {
    match text.len() {
        0 => Err(IdError::Empty),
        n if n > max_bytes => Err(IdError::TooLong(n)),
        _ if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) => Err(IdError::BadCharacter),
        _ => Ok(()),
    }
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $max:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Checks length and characters.
            pub fn parse(text: impl Into<String>) -> Result<Self, IdError> {
                let text = text.into();
                check(&text, $max)?;
                Ok(Self(text))
            }

            /// The checked text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;
            fn try_from(text: String) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

identifier!(
    /// An account: 1 to 32 bytes of printable ASCII (`contract/rest-api.md` section 1).
    UserId,
    limits::USER_ID_BYTES
);
identifier!(
    /// A group or a topic: printable ASCII, a topic up to 96 bytes (`contract/rest-api.md` sections 11 and 16).
    GroupId,
    limits::TOPIC_ID_BYTES
);

impl GroupId {
    /// Checks an ID that a caller chose for a new group: at most 48 bytes, `@TGS#` only as `@TGS#_` of a community.
    pub fn parse_custom(text: impl Into<String>, community: bool) -> Result<Self, IdError> {
        let text = text.into();
        check(&text, limits::GROUP_ID_BYTES)?;
        let reserved = match community {
            true => !text.starts_with("@TGS#_") || text.starts_with("@TGS#_@TGS#"),
            false => text.starts_with("@TGS#"),
        };
        if reserved || text.contains(TOPIC_MARK) { Err(IdError::ReservedPrefix) } else { Ok(Self(text)) }
    }

    /// Checks an ID that a caller chose for a new topic: `<community>@TOPIC#_<part>`, at most 96 bytes, the part neither empty nor with
    /// `@TGS#_` or what the server's own begin with (`contract/rest-api.md` section 16).
    pub fn parse_custom_topic(text: impl Into<String>, community: &str) -> Result<Self, IdError> {
        let id = Self::parse(text)?;
        let part = id.0.strip_prefix(community).and_then(|rest| rest.strip_prefix(TOPIC_MARK));
        match part {
            Some("") => Err(IdError::Empty),
            Some(part) if !part.contains("@TGS#_") && !id.0[community.len()..].contains("@TOPIC#_@TOPIC#") => Ok(id),
            _ => Err(IdError::ReservedPrefix),
        }
    }

    /// The community of a topic by the topic's ID; `None`: it is no topic's.
    pub fn community_of(id: &str) -> Option<&str> {
        id.split_once(TOPIC_MARK).map(|(community, _)| community)
    }
}

identifier!(
    /// A permission group of a community: printable ASCII that starts with `@PMG#_` (`contract/rest-api.md` section 17).
    PermissionGroupId,
    limits::PERMISSION_GROUP_ID_BYTES
);

impl PermissionGroupId {
    /// What every one starts with.
    pub const PREFIX: &str = "@PMG#_";
    /// What those made by the server start with.
    pub const MADE_PREFIX: &str = "@PMG#_@PMG#";

    /// Checks an ID that a caller chose for a new permission group.
    pub fn parse_custom(text: impl Into<String>) -> Result<Self, IdError> {
        let id = Self::parse(text)?;
        let reserved = !id.0.starts_with(Self::PREFIX) || id.0.starts_with(Self::MADE_PREFIX);
        match id.0.len() {
            _ if reserved => Err(IdError::ReservedPrefix),
            n if n == Self::PREFIX.len() => Err(IdError::Empty),
            _ => Ok(id),
        }
    }
}

/// What stands between a community's ID and the rest of a topic's ID; no group's ID has it.
pub const TOPIC_MARK: &str = "@TOPIC#_";

/// An application's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SdkAppId(pub u32);

impl std::fmt::Display for SdkAppId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::str::FromStr for SdkAppId {
    type Err = std::num::ParseIntError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

/// `MsgKey` of a one-to-one message: `<MsgSeq>_<MsgRandom>_<MsgTime>` (`contract/rest-api.md` section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct MessageKey {
    /// The sender's number.
    pub seq: u32,
    /// The sender's random number.
    pub random: u32,
    /// Server time in seconds.
    pub time: i64,
}

impl std::fmt::Display for MessageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}_{}", self.seq, self.random, self.time)
    }
}

impl std::str::FromStr for MessageKey {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        if text.len() > limits::MSG_KEY_BYTES {
            return Err(IdError::TooLong(text.len()));
        }
        let mut parts = text.split('_');
        let mut next = || parts.next().and_then(|part| part.parse::<u64>().ok()).ok_or(IdError::BadCharacter);
        let (seq, random, time) = (next()?, next()?, next()?);
        let narrow = |n: u64| u32::try_from(n).map_err(|_| IdError::BadCharacter);
        let key =
            Self { seq: narrow(seq)?, random: narrow(random)?, time: i64::try_from(time).map_err(|_| IdError::BadCharacter)? };
        if parts.next().is_some() { Err(IdError::BadCharacter) } else { Ok(key) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_id_is_up_to_32_bytes_of_printable_ascii() {
        assert!(UserId::parse("a".repeat(32)).is_ok());
        assert_eq!(UserId::parse("a".repeat(33)), Err(IdError::TooLong(33)));
        assert_eq!(UserId::parse(""), Err(IdError::Empty));
        assert_eq!(UserId::parse("安"), Err(IdError::BadCharacter));
        assert!(UserId::parse("@TOA#_x y~").is_ok());
    }

    #[test]
    fn a_custom_group_id_keeps_off_the_servers_prefixes() {
        assert!(GroupId::parse_custom("team", false).is_ok());
        assert_eq!(GroupId::parse_custom("@TGS#1", false), Err(IdError::ReservedPrefix));
        assert!(GroupId::parse_custom("@TGS#_club", true).is_ok());
        assert_eq!(GroupId::parse_custom("@TGS#_@TGS#x", true), Err(IdError::ReservedPrefix));
        assert_eq!(GroupId::parse_custom("g".repeat(49), false), Err(IdError::TooLong(49)));
    }

    #[test]
    fn a_custom_permission_group_id_has_its_prefix_and_not_the_servers() {
        assert!(PermissionGroupId::parse_custom("@PMG#_crew").is_ok());
        assert_eq!(PermissionGroupId::parse_custom("crew"), Err(IdError::ReservedPrefix));
        assert_eq!(PermissionGroupId::parse_custom("@PMG#_@PMG#x"), Err(IdError::ReservedPrefix));
        assert_eq!(PermissionGroupId::parse_custom("@PMG#_"), Err(IdError::Empty));
        assert_eq!(PermissionGroupId::parse_custom("@PMG#_安"), Err(IdError::BadCharacter));
        assert_eq!(PermissionGroupId::parse_custom(format!("@PMG#_{}", "c".repeat(91))), Err(IdError::TooLong(97)));
    }

    #[test]
    fn a_topics_id_begins_with_its_communitys() {
        let community = "@TGS#_club";
        let topic = |part: &str| GroupId::parse_custom_topic(format!("{community}{part}"), community);
        assert!(topic("@TOPIC#_news").is_ok());
        assert_eq!(topic("@TOPIC#_"), Err(IdError::Empty));
        for bad in ["news", "@TOPIC#_@TOPIC#x", "@TOPIC#_a@TGS#_b", "@TOPIC#_a@TOPIC#_@TOPIC#"] {
            assert_eq!(topic(bad), Err(IdError::ReservedPrefix), "{bad}");
        }
        assert_eq!(topic(&format!("@TOPIC#_{}", "n".repeat(79))), Err(IdError::TooLong(97)));
        assert!(topic(&format!("@TOPIC#_{}", "n".repeat(78))).is_ok());
        assert_eq!(GroupId::parse_custom_topic("@TGS#_other@TOPIC#_x", community), Err(IdError::ReservedPrefix));
        assert_eq!(GroupId::community_of("@TGS#_club@TOPIC#_news"), Some(community));
        assert_eq!(GroupId::community_of(community), None);
        assert_eq!(GroupId::parse_custom("@TGS#_club@TOPIC#_x", true), Err(IdError::ReservedPrefix));
    }

    #[test]
    fn a_message_key_reads_back_as_written() {
        let key = MessageKey { seq: 7, random: u32::MAX, time: 1_700_000_000 };
        assert_eq!(key.to_string().parse(), Ok(key));
        for bad in ["", "1_2", "1_2_3_4", "a_2_3", "1_4294967296_3", "-1_2_3"] {
            assert!(bad.parse::<MessageKey>().is_err(), "{bad}");
        }
    }
}
