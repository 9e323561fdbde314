//! Answers that the product's Web SDK waits for at login (`contract/web-frames.md` section 3). What most speak of does
//! not exist here: an empty list that is complete, without which the SDK asks again for ever or fails.

use super::{AreaError, Context, Outcome, conversation};
use crate::store::engine::{StoreError, Tx};
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::web_sdk::{PairUnread, PurchaseBits, UnreadMsgs};

/// `SyncFlag`: everything was fetched.
const SYNC_DONE: i64 = 2;

/// Nothing can go wrong but the database.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub(crate) struct WebSdkError(#[from] StoreError);

impl AreaError for WebSdkError {
    fn code(&self) -> ErrorCode {
        ErrorCode::MSG_INTERNAL
    }

    fn store(&self) -> Option<&StoreError> {
        Some(&self.0)
    }
}

type Answer<T> = Result<Outcome<T>, WebSdkError>;

/// Commands whose answer is the envelope alone.
pub(crate) fn nothing(_: &Tx<'_>, _: &Context, _: Empty) -> Answer<Empty> {
    Ok(Outcome::done())
}

/// `im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2`: everything may be asked for; what the application does not have, its command refuses.
pub(crate) fn purchase_bits(_: &Tx<'_>, _: &Context, _: Empty) -> Answer<PurchaseBits> {
    const BITS: usize = 64;
    Ok(Outcome::reply(PurchaseBits { bits: "1".repeat(BITS) }))
}

/// `openim.getmsg`: unread counts of the one-to-one conversations on the list.
pub(crate) fn unread_msgs(tx: &Tx<'_>, cx: &Context, _: Empty) -> Answer<UnreadMsgs> {
    let unread = match cx.caller.person() {
        Some(person) => conversation::unread_pairs(tx, cx, person.tiny_id)?,
        None => Vec::new(),
    };
    let unread = unread.into_iter().map(|(from_account, count)| PairUnread { from_account, count }).collect();
    Ok(Outcome::reply(UnreadMsgs { sync_flag: SYNC_DONE, cookie: tx.rev().to_string(), unread, ..UnreadMsgs::default() }))
}
