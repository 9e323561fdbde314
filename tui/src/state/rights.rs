//! What a person may do in a group, by type and role: what menus and pages offer (`contract/product-requirements.md` 15.2 to 15.6).

use super::roster::Group;

/// Something that not everybody may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Change name, introduction, notice, picture.
    EditInfo,
    /// Change how one joins and is invited, and mute everybody.
    EditOptions,
    /// Bring others in.
    Invite,
    /// Decide applications.
    Decide,
    Remove,
    Mute,
    Admins,
    Transfer,
    Disband,
    Leave,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Owner,
    Admin,
    Member,
    /// Members, where the group's invite option lets them.
    ByOption,
    /// Everybody but the owner.
    NotOwner,
}

use Right::{Admins, Decide, Disband, EditInfo, EditOptions, Invite, Leave, Mute, Remove, Transfer};
use Who::{Admin, ByOption, Member, Nobody, NotOwner, Owner};

/// A row per right, a column per type.
#[rustfmt::skip]
const TABLE: &[(Right, /* Work */ Who, /* Public */ Who, /* Meeting */ Who, /* live room */ Who, /* Community */ Who)] = &[
    (EditInfo,    Member, Admin,    Owner,    Owner,    Admin),
    (EditOptions, Owner,  Admin,    Owner,    Owner,    Admin),
    (Invite,      Member, ByOption, ByOption, Nobody,   Member),
    (Decide,      Owner,  Admin,    Admin,    Nobody,   Admin),
    (Remove,      Owner,  Admin,    Admin,    Nobody,   Admin),
    (Mute,        Nobody, Admin,    Admin,    Owner,    Admin),
    (Admins,      Nobody, Owner,    Owner,    Nobody,   Owner),
    (Transfer,    Owner,  Owner,    Owner,    Nobody,   Owner),
    (Disband,     Nobody, Owner,    Owner,    Owner,    Owner),
    (Leave,       Member, NotOwner, NotOwner, NotOwner, NotOwner),
];

/// Roles by what they may do: the owner before admins before members.
pub(crate) fn rank(role: &str) -> u8 {
    match role {
        "Owner" => 2,
        "Admin" => 1,
        _ => 0,
    }
}

/// Whether the group's own role allows it; `invite_option` where the group's options are known.
pub(crate) fn may(group: &Group, right: Right, invite_option: &str) -> bool {
    let Some(row) = TABLE.iter().find(|row| row.0 == right) else { return false };
    let who = match group.kind.as_str() {
        "Private" => row.1,
        "Public" => row.2,
        "ChatRoom" => row.3,
        "AVChatRoom" => row.4,
        "Community" => row.5,
        _ => Nobody,
    };
    let rank = rank(&group.role);
    match who {
        Nobody => false,
        Owner => rank == 2,
        Admin => rank >= 1,
        Member => true,
        ByOption => matches!(invite_option, "NeedPermission" | "FreeAccess"),
        NotOwner => rank < 2,
    }
}

/// Whether somebody of this role may be removed or muted by `group`'s own role.
pub(crate) fn is_below(group: &Group, role: &str) -> bool {
    rank(role) < rank(&group.role)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Private", "Member", "EditInfo EditOptions- Invite Decide- Remove- Mute- Admins- Transfer- Disband- Leave")]
    #[case("Private", "Owner", "EditInfo EditOptions Invite Decide Remove Mute- Admins- Transfer Disband- Leave")]
    #[case("Public", "Member", "EditInfo- EditOptions- Invite- Decide- Remove- Mute- Admins- Transfer- Disband- Leave")]
    #[case("Public", "Admin", "EditInfo EditOptions Invite- Decide Remove Mute Admins- Transfer- Disband- Leave")]
    #[case("Public", "Owner", "EditInfo EditOptions Invite- Decide Remove Mute Admins Transfer Disband Leave-")]
    #[case("ChatRoom", "Admin", "EditInfo- EditOptions- Invite- Decide Remove Mute Admins- Transfer- Disband- Leave")]
    #[case("AVChatRoom", "Owner", "EditInfo EditOptions Invite- Decide- Remove- Mute Admins- Transfer- Disband Leave-")]
    #[case("Community", "Member", "EditInfo- EditOptions- Invite Decide- Remove- Mute- Admins- Transfer- Disband- Leave")]
    fn the_table_says_who_may(#[case] kind: &str, #[case] role: &str, #[case] expected: &str) {
        let group = Group { kind: kind.into(), role: role.into(), ..Group::default() };
        let rights = [EditInfo, EditOptions, Invite, Decide, Remove, Mute, Admins, Transfer, Disband, Leave];
        let said: Vec<String> = rights
            .iter()
            .map(|right| format!("{right:?}{}", if may(&group, *right, "DisableInvite") { "" } else { "-" }))
            .collect();
        assert_eq!(said.join(" "), expected);
    }

    #[test]
    fn the_invite_option_opens_public_groups_and_roles_bound_whom_one_may_remove() {
        let group = Group { kind: "Public".into(), role: "Admin".into(), ..Group::default() };
        assert!(may(&group, Invite, "NeedPermission") && may(&group, Invite, "FreeAccess"));
        assert!(is_below(&group, "Member") && !is_below(&group, "Admin") && !is_below(&group, "Owner"));
    }
}
