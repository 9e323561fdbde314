//! Permission groups of a community, as their pages show them.

/// A permission group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PermissionGroup {
    pub(crate) id: String,
    /// Cleaned.
    pub(crate) name: String,
    /// Rights in the community.
    pub(crate) bits: u64,
    pub(crate) members: u64,
}

/// Somebody who is in a permission group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PermissionMember {
    pub(crate) user: String,
    /// Cleaned; empty: show the UserID.
    pub(crate) name: String,
}
