//! Which tips are sent and stored (`contract/product-requirements.md` GRP-063 to GRP-067).

use super::cell;
use crate::application::{Application, TipUse};
use tern_protocol::model::group::GroupKind;

/// What a tip is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// Members came, were removed or left.
    Members,
    /// Name, introduction, notice, photo or owner.
    Info,
    /// Mute-all or join options.
    Options,
    /// A member's mute or appointment.
    Standing,
    /// Custom fields of the group, and whether permission groups decide.
    Fields,
}

/// What becomes of a tip.
pub(crate) type Tip = TipUse;

/// The product's table.
pub(crate) const fn table(kind: GroupKind, change: Change) -> Tip {
    use TipUse::{Off, Sent, Stored};
    #[rustfmt::skip]
    let row = match change {
        //                    W       P       M       V     C
        Change::Members =>  [Stored, Stored, Off,    Sent, Stored], // GRP-063
        Change::Info =>     [Stored, Stored, Stored, Sent, Stored], // GRP-064
        Change::Options =>  [Off,    Off,    Off,    Off,  Off],    // GRP-065
        Change::Standing => [Stored, Stored, Off,    Off,  Stored], // GRP-066
        Change::Fields =>   [Sent,   Sent,   Sent,   Sent, Sent],   // contract/client-semantics.md 7.6: not stored
    };
    cell(kind, row)
}

/// What becomes of a tip: as the application says for the type, else as the table does. Of AVChatRooms only the last row can be set,
/// and nothing of them is stored (GRP-067).
pub(crate) fn tip(app: &Application, kind: GroupKind, change: Change) -> Tip {
    let settings = app.settings.groups.of(kind);
    let set = match change {
        Change::Members => settings.member_change,
        Change::Info => settings.profile_change,
        Change::Options => settings.option_change,
        Change::Standing => settings.member_profile_change,
        Change::Fields => None,
    };
    let live = kind == GroupKind::AvChatRoom;
    match set.filter(|_| !live || change == Change::Standing).unwrap_or(table(kind, change)) {
        TipUse::Stored if live => TipUse::Sent,
        decided => decided,
    }
}
