//! Joining, inviting and leaving (`contract/client-semantics.md` 7.1, X-16, X-18, X-27, X-28).

use super::cell;
use crate::application::Application;
use tern_protocol::model::group::{GroupKind, JoinOption};

/// Join and invite options of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Default of `ApplyJoinOption`.
    pub(crate) join: JoinOption,
    /// Whether it can be given when the group is made.
    pub(crate) join_at_creation: bool,
    /// Whether it can be changed later.
    pub(crate) join_modifiable: bool,
    /// Default of `InviteJoinOption`: `Disabled` leaves inviting to the app admin.
    pub(crate) invite: JoinOption,
    /// Whether it can be chosen at all.
    pub(crate) invite_choosable: bool,
}

/// The product's table.
pub(crate) const fn options(kind: GroupKind) -> Options {
    use JoinOption::{Disabled, FreeAccess, NeedPermission};
    #[rustfmt::skip]
    let row = cell(kind, [
        //  join            at creation  later  invite      choosable
        (Disabled,       true,        true,  FreeAccess, true),  // Work
        (NeedPermission, true,        true,  Disabled,   true),  // Public
        (FreeAccess,     true,        true,  Disabled,   true),  // Meeting
        (FreeAccess,     false,       false, Disabled,   false), // AVChatRoom
        (FreeAccess,     true,        false, FreeAccess, true),  // Community
    ]);
    Options { join: row.0, join_at_creation: row.1, join_modifiable: row.2, invite: row.3, invite_choosable: row.4 }
}

/// The invite option of a new group that says nothing: the application's for the type, or the table's.
pub(crate) fn invite_default(app: &Application, kind: GroupKind) -> JoinOption {
    let rules = options(kind);
    app.settings.groups.of(kind).invite.filter(|_| rules.invite_choosable).unwrap_or(rules.invite)
}

/// Whether the owner may simply leave; the group is ownerless then (GRP-041).
pub(crate) const fn owner_may_leave(kind: GroupKind) -> bool {
    //            W     P      M      V      C
    cell(kind, [true, false, false, false, false])
}
