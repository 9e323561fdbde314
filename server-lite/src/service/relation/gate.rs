//! Whether a client's one-to-one message may reach its receiver.

use crate::service::Context;
use crate::store::TinyId;
use crate::store::engine::{StoreError, Tx};
use crate::store::relation as store;
use tern_protocol::ErrorCode;

/// What becomes of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    /// It is delivered.
    Delivered,
    /// The sender sees success; the receiver never learns of it.
    Swallowed,
    /// It is refused with a number.
    Refused(ErrorCode),
}

/// Who has whom in a friend list, where only friends may write: both must.
#[rustfmt::skip]
const FRIENDS: &[(bool, bool, Option<ErrorCode>)] = &[
    // the sender has the receiver, the receiver has the sender
    (true,  true,  None),
    (true,  false, Some(ErrorCode::MESSAGE_SENDER_NOT_RECIPIENT_S)),
    (false, true,  Some(ErrorCode::MESSAGE_RECIPIENT_NOT_SENDER_S)),
    (false, false, Some(ErrorCode::MESSAGE_NOT_FRIENDS_FRIENDSHIP_CHECK)),
];

/// Decides by the block list of the receiver (`is_blocked`), then by both friend lists where the application wants that.
pub(crate) fn passage(
    tx: &Tx<'_>,
    cx: &Context,
    sender: TinyId,
    receiver: TinyId,
    is_blocked: bool,
) -> Result<Passage, StoreError> {
    if sender == receiver {
        return Ok(Passage::Delivered);
    }
    let features = &cx.app.settings.features;
    if is_blocked {
        return Ok(match features.tell_blocked {
            true => Passage::Refused(ErrorCode::MESSAGE_SENDER_RECIPIENT_S_BLOCK),
            false => Passage::Swallowed,
        });
    }
    if !features.friends_only {
        return Ok(Passage::Delivered);
    }
    let lists = (store::is_friend(tx, sender, receiver)?, store::is_friend(tx, receiver, sender)?);
    let row = FRIENDS.iter().find(|row| (row.0, row.1) == lists);
    Ok(row.and_then(|row| row.2).map_or(Passage::Delivered, Passage::Refused))
}
