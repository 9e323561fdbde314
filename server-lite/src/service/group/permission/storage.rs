//! What is kept, and what a newcomer gets (`contract/product-requirements.md` GRP-044, GRP-062, GRP-068, GRP-069, GRP-080, GRP-082, CON-026).

use super::cell;
use crate::application::Application;
use crate::store::group::GroupRow;
use tern_protocol::model::group::{GroupKind, ReceiveOption};

/// A column of the product's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Newcomers read what was said before, unless group or application say otherwise. AVChatRooms keep nothing.
    pub(crate) history_before_join: bool,
    /// Receive option of a newcomer.
    pub(crate) receive: ReceiveOption,
    /// Only its owner sees it until something is said.
    pub(crate) needs_first_message: bool,
    /// Groups, members and messages may be imported.
    pub(crate) import: bool,
    /// Messages may have read receipts, up to 200 members.
    pub(crate) receipts: bool,
    /// May be taken away when nobody uses it, where the application says so.
    pub(crate) recycled: bool,
    /// Members long offline may be taken out, where the application says so.
    pub(crate) offline_removed: bool,
}

/// The product's table.
pub(crate) const fn kept(kind: GroupKind) -> Kept {
    use ReceiveOption::{AcceptAndNotify, AcceptNotNotify};
    #[rustfmt::skip]
    let row = cell(kind, [
        // history  receive          hidden  import receipts recycled offline removed
        (false,   AcceptAndNotify, true,   true,  true,    true,    true),  // Work
        (false,   AcceptAndNotify, false,  true,  true,    true,    true),  // Public
        (true,    AcceptNotNotify, false,  true,  true,    true,    true),  // Meeting
        (false,   AcceptNotNotify, false,  false, false,   false,   false), // AVChatRoom
        (true,    AcceptAndNotify, false,  true,  false,   true,    false), // Community
    ]);
    Kept {
        history_before_join: row.0,
        receive: row.1,
        needs_first_message: row.2,
        import: row.3,
        receipts: row.4,
        recycled: row.5,
        offline_removed: row.6,
    }
}

/// Whether newcomers read what was said before: as the group says, else the application for the type, else the table.
pub(crate) fn history_before_join(app: &Application, group: &GroupRow) -> bool {
    let configured = || app.settings.groups.of(group.kind).history_before_join;
    let open = group.history_before_join.or_else(configured).unwrap_or(kept(group.kind).history_before_join);
    open && group.kind != GroupKind::AvChatRoom
}

/// The receive option of a new member.
pub(crate) fn receive_option(app: &Application, kind: GroupKind) -> ReceiveOption {
    app.settings.groups.of(kind).receive.unwrap_or(kept(kind).receive)
}

/// Seconds without use after which a group is taken away; `None`: never.
pub(crate) fn recycle_seconds(app: &Application, kind: GroupKind) -> Option<i64> {
    let seconds = i64::from(app.settings.groups.of(kind).recycle_seconds);
    (seconds > 0 && kept(kind).recycled).then_some(seconds)
}

/// Seconds offline after which members are taken out; `None`: never.
pub(crate) fn offline_seconds(app: &Application, kind: GroupKind) -> Option<i64> {
    let days = i64::from(app.settings.groups.of(kind).remove_offline_days);
    (days > 0 && kept(kind).offline_removed).then_some(days * 86_400)
}
