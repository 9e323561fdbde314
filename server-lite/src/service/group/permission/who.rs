//! Who may do what in which type of group (`contract/product-requirements.md` 15.2 to 15.4).

use crate::service::group::rights::Rights;
use tern_protocol::model::group::{GroupKind, Role};

/// What somebody wants to do in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Change name, introduction, notice or photo.
    EditInfo,
    /// Change join options, member limit, mute-all or custom fields.
    EditOptions,
    /// Read the profile.
    ReadInfo,
    /// Read the list of members.
    ReadMembers,
    /// End the group.
    Dismiss,
    /// Bring others in without anybody being asked, whatever the invite option.
    AddMembers,
    /// Decide applications.
    DecideApplications,
    /// Remove members below one's own role.
    RemoveMembers,
    /// Mute members below one's own role.
    MuteMembers,
    /// Appoint and dismiss admins.
    AppointAdmins,
    /// Hand the group to another member.
    Transfer,
    /// Send messages.
    Send,
    /// Mention everybody.
    AtAll,
    /// Recall what others sent.
    RecallOthers,
}

/// The least that may act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// The type does not know this action, not even for the app admin.
    Unsupported,
    /// Nobody inside: the app admin alone.
    AppAdmin,
    /// The owner.
    Owner,
    /// The owner and admins.
    Admin,
    /// Every member.
    Member,
    /// Everybody, members or not.
    Anybody,
}

use Action::{
    AddMembers, AppointAdmins, AtAll, DecideApplications, Dismiss, EditInfo, EditOptions, MuteMembers, ReadInfo, ReadMembers,
    RecallOthers, RemoveMembers, Send, Transfer,
};
use Who::{Admin, Anybody, AppAdmin, Member, Owner, Unsupported};

/// One row per action, columns as in the contract. An action without a row is refused.
#[rustfmt::skip]
const MATRIX: &[(Action, /* W */ Who, /* P */ Who, /* M */ Who, /* V */ Who, /* C */ Who)] = &[
    (EditInfo,           Member,      Admin,       Owner,       Owner,       Admin),    // GRP-021, GRP-024
    (EditOptions,        Owner,       Admin,       Owner,       Owner,       Admin),    // GRP-021, GRP-024
    (ReadInfo,           Member,      Anybody,     Anybody,     Anybody,     Anybody),  // GRP-030, GOP-005
    (ReadMembers,        Member,      Member,      Member,      Unsupported, Member),   // GRP-022
    (Dismiss,            AppAdmin,    Owner,       Owner,       Owner,       Owner),    // GRP-023
    (AddMembers,         AppAdmin,    AppAdmin,    AppAdmin,    Unsupported, AppAdmin), // GRP-033, GOP-010
    (DecideApplications, Owner,       Admin,       Admin,       Unsupported, Admin),    // GRP-032
    (RemoveMembers,      Owner,       Admin,       Admin,       Unsupported, Admin),    // GRP-042
    (MuteMembers,        Unsupported, Admin,       Admin,       Admin,       Admin),    // GRP-043, X-17
    (AppointAdmins,      Unsupported, Owner,       Owner,       Unsupported, Owner),    // GRP-040, X-17
    (Transfer,           Owner,       Owner,       Owner,       Unsupported, Owner),    // GOP-003
    (Send,               Member,      Member,      Member,      Member,      Member),
    (AtAll,              Member,      Member,      Member,      Unsupported, Member),
    (RecallOthers,       Owner,       Admin,       Admin,       Unsupported, Admin),
];

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The app admin.
    AppAdmin,
    /// A member with a role.
    Inside(Role),
    /// A member, not the owner, of a community where permission groups decide and roles do not.
    Granted(Rights),
    /// No member.
    Outside,
}

/// The cell of the matrix.
pub(crate) fn least(kind: GroupKind, action: Action) -> Who {
    let Some(row) = MATRIX.iter().find(|row| row.0 == action) else { return Unsupported };
    match kind {
        GroupKind::Work => row.1,
        GroupKind::Public => row.2,
        GroupKind::Meeting => row.3,
        GroupKind::AvChatRoom => row.4,
        GroupKind::Community => row.5,
    }
}

/// Whether `standing` may act.
pub(crate) fn allows(kind: GroupKind, action: Action, standing: Standing) -> bool {
    let least = least(kind, action);
    match standing {
        Standing::AppAdmin => least != Unsupported,
        Standing::Granted(rights) => match rights.allow(action) {
            Some(granted) => granted && least != Unsupported,
            None => matches!(least, Anybody | Member),
        },
        Standing::Inside(role) => match least {
            Anybody | Member => true,
            Admin => role >= Role::Admin,
            Owner => role >= Role::Owner,
            AppAdmin | Unsupported => false,
        },
        Standing::Outside => least == Anybody,
    }
}

/// Whether somebody speaks while everybody is muted: by role, or where roles have no effect by the right to mute.
pub(crate) fn above_the_mute(kind: GroupKind, standing: Standing) -> bool {
    match standing {
        Standing::AppAdmin => true,
        Standing::Inside(role) => role >= Role::Admin,
        Standing::Granted(_) => allows(kind, Action::MuteMembers, standing),
        Standing::Outside => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tern_protocol::model::group::GroupKind::{AvChatRoom, Community, Meeting, Public, Work};

    const ADMIN: Standing = Standing::AppAdmin;
    const MEMBER: Standing = Standing::Inside(Role::Member);
    const GROUP_ADMIN: Standing = Standing::Inside(Role::Admin);
    const OWNER: Standing = Standing::Inside(Role::Owner);
    const OUTSIDE: Standing = Standing::Outside;

    #[rstest]
    #[case(Work, EditInfo, MEMBER, true)]
    #[case(Work, EditOptions, MEMBER, false)]
    #[case(Work, EditOptions, OWNER, true)]
    #[case(Public, EditInfo, MEMBER, false)]
    #[case(Public, EditInfo, GROUP_ADMIN, true)]
    #[case(Meeting, EditInfo, GROUP_ADMIN, false)]
    #[case(AvChatRoom, EditInfo, OWNER, true)]
    #[case(Work, ReadInfo, OUTSIDE, false)]
    #[case(Public, ReadInfo, OUTSIDE, true)]
    #[case(Work, Dismiss, OWNER, false)]
    #[case(Work, Dismiss, ADMIN, true)]
    #[case(Public, Dismiss, OWNER, true)]
    #[case(Public, Dismiss, GROUP_ADMIN, false)]
    #[case(Work, RemoveMembers, MEMBER, false)]
    #[case(Community, RemoveMembers, GROUP_ADMIN, true)]
    #[case(AvChatRoom, RemoveMembers, ADMIN, false)]
    #[case(Work, MuteMembers, OWNER, false)]
    #[case(AvChatRoom, AddMembers, ADMIN, false)]
    #[case(Public, AddMembers, OWNER, false)]
    #[case(Public, Send, OUTSIDE, false)]
    #[case(Public, Send, ADMIN, true)]
    #[case(AvChatRoom, AtAll, OWNER, false)]
    fn the_matrix_says(#[case] kind: GroupKind, #[case] action: Action, #[case] standing: Standing, #[case] wanted: bool) {
        assert_eq!(allows(kind, action, standing), wanted);
    }

    #[test]
    fn each_action_has_one_row() {
        for (at, row) in MATRIX.iter().enumerate() {
            assert!(MATRIX[at + 1..].iter().all(|other| other.0 != row.0), "{:?} stands twice", row.0);
        }
        assert_eq!(MATRIX.len(), 14, "a new action needs a row");
    }
}
