//! The matrix of groups as data: one table per question, laid out like the product's own, columns Work, Public, Meeting, AVChatRoom,
//! Community (`contract/product-requirements.md` 15).
//!
//! | question | table |
//! | --- | --- |
//! | how many members, groups, groups per user | [`limits`] |
//! | who may do what | [`who`] |
//! | joining, inviting, leaving | [`mod@options`] |
//! | what is kept and counted, what a newcomer gets | [`storage`] |
//! | which tips are sent and stored | [`notices`] |
//!
//! Whether messages are stored and counted at all stands in `GroupKind` of the protocol, which clients share.

pub(crate) mod limits;
pub(crate) mod notices;
pub(crate) mod options;
pub(crate) mod storage;
pub(crate) mod who;

pub(crate) use notices::{Change, Tip, tip};
pub(crate) use options::{options, owner_may_leave};
pub(crate) use who::{Action, Standing, Who, above_the_mute, allows, least};

use tern_protocol::model::group::GroupKind;

/// The cell of a row: Work, Public, Meeting, AVChatRoom, Community.
const fn cell<T: Copy>(kind: GroupKind, row: [T; 5]) -> T {
    match kind {
        GroupKind::Work => row[0],
        GroupKind::Public => row[1],
        GroupKind::Meeting => row[2],
        GroupKind::AvChatRoom => row[3],
        GroupKind::Community => row[4],
    }
}
