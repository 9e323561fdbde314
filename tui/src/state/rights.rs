//! What a person may do in a group, by type and role: what menus and pages offer (`contract/product-requirements.md` 15.2 to 15.6).

use super::roster::Group;
use tern_protocol::model::permission::{GroupRight, Permission};

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
    /// Put others out of a live room for a time.
    Ban,
    /// Change name cards of others.
    NameCards,
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

use Right::{Admins, Ban, Decide, Disband, EditInfo, EditOptions, Invite, Leave, Mute, NameCards, Remove, Transfer};
use Who::{Admin, ByOption, Member, Nobody, NotOwner, Owner};

/// A row per right, a column per type.
#[rustfmt::skip]
const TABLE: &[(Right, /* Work */ Who, /* Public */ Who, /* Meeting */ Who, /* live room */ Who, /* Community */ Who)] = &[
    (EditInfo,    Member, Admin,    Owner,    Owner,    Admin),
    (EditOptions, Owner,  Admin,    Owner,    Owner,    Admin),
    (Invite,      ByOption, ByOption, ByOption, Nobody, ByOption),
    (Decide,      Owner,  Admin,    Admin,    Nobody,   Admin),
    (Remove,      Owner,  Admin,    Admin,    Nobody,   Admin),
    (Mute,        Nobody, Admin,    Admin,    Admin,    Admin),
    (Ban,         Nobody, Nobody,   Nobody,   Admin,    Nobody),
    (NameCards,   Owner,  Admin,    Admin,    Nobody,   Admin),
    (Admins,      Nobody, Owner,    Owner,    Owner,    Owner),
    (Transfer,    Owner,  Owner,    Owner,    Nobody,   Owner),
    (Disband,     Nobody, Owner,    Owner,    Owner,    Owner),
    (Leave,       Member, NotOwner, NotOwner, NotOwner, NotOwner),
];

/// What of a community's permission groups each right is, where they decide and the role of administrator has no effect.
const GOVERNED: &[(Right, GroupRight)] = &[
    (EditInfo, GroupRight::ManageGroupInfo),
    (EditOptions, GroupRight::ManageGroupInfo),
    (Decide, GroupRight::ManageGroupMember),
    (Remove, GroupRight::ManageGroupMember),
    (NameCards, GroupRight::ManageGroupMember),
    (Mute, GroupRight::GroupMuteMember),
];

/// The bits that decide for this person, if they do.
fn bits(group: &Group) -> Option<Permission> {
    let bits = group.place.rights.as_ref().map(|(bits, ..)| Permission(*bits));
    bits.filter(|_| group.role != "Owner")
}

/// Roles by what they may do: the owner before admins before members.
pub(crate) fn rank(role: &str) -> u8 {
    match role {
        "Owner" => 2,
        "Admin" => 1,
        _ => 0,
    }
}

/// Whether the own role in the group allows it, or where permission groups decide their rights; `invite_option` where the group's options are known.
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
    let granted = bits(group);
    if let (Some(bits), Some((_, right))) = (granted, GOVERNED.iter().find(|row| row.0 == right)) {
        return bits.grants(*right);
    }
    let rank = if granted.is_some() { 0 } else { rank(&group.role) };
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
    if bits(group).is_some() { role != "Owner" } else { rank(role) < rank(&group.role) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("Private", "Member", "EditInfo Leave")]
    #[case("Private", "Owner", "EditInfo EditOptions Decide Remove NameCards Transfer Leave")]
    #[case("Public", "Member", "Leave")]
    #[case("Public", "Admin", "EditInfo EditOptions Decide Remove Mute NameCards Leave")]
    #[case("Public", "Owner", "EditInfo EditOptions Decide Remove Mute NameCards Admins Transfer Disband")]
    #[case("ChatRoom", "Admin", "Decide Remove Mute NameCards Leave")]
    #[case("AVChatRoom", "Member", "Leave")]
    #[case("AVChatRoom", "Admin", "Mute Ban Leave")]
    #[case("AVChatRoom", "Owner", "EditInfo EditOptions Mute Ban Admins Disband")]
    #[case("Community", "Member", "Leave")]
    #[case("Community", "Admin", "EditInfo EditOptions Decide Remove Mute NameCards Leave")]
    fn the_table_says_who_may(#[case] kind: &str, #[case] role: &str, #[case] expected: &str) {
        let group = Group { kind: kind.into(), role: role.into(), ..Group::default() };
        let may = |row: &&(Right, Who, Who, Who, Who, Who)| may(&group, row.0, "DisableInvite");
        let said: Vec<String> = TABLE.iter().filter(may).map(|row| format!("{:?}", row.0)).collect();
        assert_eq!(said.join(" "), expected);
    }

    #[test]
    fn the_invite_option_opens_groups_and_roles_bound_whom_one_may_remove() {
        let group = Group { kind: "Public".into(), role: "Admin".into(), ..Group::default() };
        assert!(may(&group, Invite, "NeedPermission") && may(&group, Invite, "FreeAccess"));
        assert!(is_below(&group, "Member") && !is_below(&group, "Admin") && !is_below(&group, "Owner"));
    }

    #[test]
    fn where_permission_groups_decide_their_rights_count_and_the_role_of_administrator_does_not() {
        let mut group = Group { kind: "Community".into(), role: "Admin".into(), ..Group::default() };
        group.place.rights = Some((Permission::of(&[GroupRight::GroupMuteMember]).0, 0, Default::default()));
        assert!(may(&group, Mute, "") && !may(&group, EditInfo, "") && !may(&group, Remove, ""));
        assert!(is_below(&group, "Admin") && !is_below(&group, "Owner"));
        group.role = "Owner".into();
        assert!(may(&group, EditInfo, "") && may(&group, Disband, ""));
    }
}
