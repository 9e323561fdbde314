//! Groups: types, roles and options with their words and numbers (`contract/rest-api.md` section 11, `contract/client-semantics.md` 7.1).

use serde::{Deserialize, Serialize};

/// The five types. Requests may use the old or the new word; answers carry the old one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum GroupKind {
    /// `Private` of old: entered by invitation only.
    #[serde(alias = "Private")]
    Work,
    /// Found by its ID, entered with approval.
    Public,
    /// `ChatRoom` of old: entered freely, earlier messages visible.
    #[serde(alias = "ChatRoom")]
    Meeting,
    /// Live room: entered freely, nothing stored.
    #[serde(alias = "AVChatRoom")]
    AvChatRoom,
    /// Up to 100,000 members, with topics.
    Community,
}

impl GroupKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Work, Self::Public, Self::Meeting, Self::AvChatRoom, Self::Community];

    /// Reads an old or a new word; case matters.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "Work" | "Private" => Self::Work,
            "Public" => Self::Public,
            "Meeting" | "ChatRoom" => Self::Meeting,
            "AVChatRoom" => Self::AvChatRoom,
            "Community" => Self::Community,
            _ => return None,
        })
    }

    /// The word that answers and events carry.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Work => "Private",
            Self::Public => "Public",
            Self::Meeting => "ChatRoom",
            Self::AvChatRoom => "AVChatRoom",
            Self::Community => "Community",
        }
    }

    /// The word of today, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Work => "Work",
            Self::Meeting => "Meeting",
            other => other.wire(),
        }
    }

    /// The number that is stored, 1 to 5.
    pub const fn number(self) -> u8 {
        self as u8 + 1
    }

    /// Reads [`GroupKind::number`].
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| i64::from(kind.number()) == number)
    }

    /// Whether messages are kept; a live room's are not.
    pub const fn stores_messages(self) -> bool {
        !matches!(self, Self::AvChatRoom)
    }

    /// Whether members have an unread count.
    pub const fn counts_unread(self) -> bool {
        matches!(self, Self::Work | Self::Public | Self::Community)
    }
}

/// A member's role, from least to most powerful.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Role {
    /// Ordinary member.
    Member,
    /// Appointed by the owner.
    Admin,
    /// One per group, or nobody.
    Owner,
}

impl Role {
    /// The word on the wire.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::Member => "Member",
            Self::Admin => "Admin",
            Self::Owner => "Owner",
        }
    }

    /// Reads [`Role::wire`].
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner].into_iter().find(|role| role.wire() == word)
    }

    /// The number of the native SDKs: 200, 300, 400.
    pub const fn number(self) -> u16 {
        match self {
            Self::Member => 200,
            Self::Admin => 300,
            Self::Owner => 400,
        }
    }

    /// Reads [`Role::number`].
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Member, Self::Admin, Self::Owner].into_iter().find(|role| i64::from(role.number()) == number)
    }
}

/// What happens to somebody who wants in: `ApplyJoinOption`, and for invitations `InviteJoinOption`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum JoinOption {
    /// Refused: `DisableApply`, `DisableInvite`.
    #[serde(alias = "DisableApply", alias = "DisableInvite")]
    Disabled,
    /// An admin decides: `NeedPermission`.
    NeedPermission,
    /// In at once: `FreeAccess`.
    FreeAccess,
}

impl JoinOption {
    /// The word for applications.
    pub const fn apply_wire(self) -> &'static str {
        match self {
            Self::Disabled => "DisableApply",
            Self::NeedPermission => "NeedPermission",
            Self::FreeAccess => "FreeAccess",
        }
    }

    /// The word for invitations.
    pub const fn invite_wire(self) -> &'static str {
        match self {
            Self::Disabled => "DisableInvite",
            other => other.apply_wire(),
        }
    }

    /// Reads [`JoinOption::apply_wire`].
    pub fn parse_apply(word: &str) -> Option<Self> {
        [Self::Disabled, Self::NeedPermission, Self::FreeAccess].into_iter().find(|option| option.apply_wire() == word)
    }

    /// Reads [`JoinOption::invite_wire`].
    pub fn parse_invite(word: &str) -> Option<Self> {
        [Self::Disabled, Self::NeedPermission, Self::FreeAccess].into_iter().find(|option| option.invite_wire() == word)
    }

    /// The number that is stored and that the native SDKs use: 0, 1, 2.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Reads [`JoinOption::number`].
    pub fn from_number(number: i64) -> Option<Self> {
        [Self::Disabled, Self::NeedPermission, Self::FreeAccess].into_iter().find(|option| i64::from(option.number()) == number)
    }
}

/// A member's `MsgFlag` (`contract/client-semantics.md` 6.6).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ReceiveOption {
    /// Delivered and pushed.
    #[default]
    AcceptAndNotify,
    /// Delivered, not pushed.
    AcceptNotNotify,
    /// Nothing is sent to the client.
    Discard,
    /// Delivered, pushed only for a mention.
    AcceptNotNotifyExceptAt,
}

impl ReceiveOption {
    const ALL: [Self; 4] = [Self::AcceptAndNotify, Self::AcceptNotNotify, Self::Discard, Self::AcceptNotNotifyExceptAt];

    /// The word on the wire.
    pub const fn wire(self) -> &'static str {
        match self {
            Self::AcceptAndNotify => "AcceptAndNotify",
            Self::AcceptNotNotify => "AcceptNotNotify",
            Self::Discard => "Discard",
            Self::AcceptNotNotifyExceptAt => "AcceptNotNotifyExceptAt",
        }
    }

    /// Reads [`ReceiveOption::wire`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|option| option.wire() == word)
    }

    /// The number that is stored, 0 to 3.
    pub const fn number(self) -> u8 {
        self as u8
    }

    /// Reads [`ReceiveOption::number`].
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|option| i64::from(option.number()) == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_generations_of_type_names_are_read_and_the_old_one_is_written() {
        assert_eq!(GroupKind::parse("Work"), GroupKind::parse("Private"));
        assert_eq!(GroupKind::parse("Meeting").map(GroupKind::wire), Some("ChatRoom"));
        assert_eq!(GroupKind::parse("BChatRoom"), None);
    }

    #[test]
    fn what_is_written_reads_back() {
        for kind in GroupKind::ALL {
            assert_eq!(GroupKind::parse(kind.wire()), Some(kind));
            assert_eq!(GroupKind::parse(kind.name()), Some(kind));
            assert_eq!(GroupKind::from_number(i64::from(kind.number())), Some(kind));
        }
        for role in [Role::Member, Role::Admin, Role::Owner] {
            assert_eq!((Role::parse(role.wire()), Role::from_number(i64::from(role.number()))), (Some(role), Some(role)));
        }
        for option in [JoinOption::Disabled, JoinOption::NeedPermission, JoinOption::FreeAccess] {
            assert_eq!(JoinOption::parse_apply(option.apply_wire()), Some(option));
            assert_eq!(JoinOption::parse_invite(option.invite_wire()), Some(option));
            assert_eq!(JoinOption::from_number(i64::from(option.number())), Some(option));
        }
        for option in ReceiveOption::ALL {
            assert_eq!(ReceiveOption::parse(option.wire()), Some(option));
            assert_eq!(ReceiveOption::from_number(i64::from(option.number())), Some(option));
        }
    }
}
