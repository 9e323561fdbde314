//! What the product's Web SDK asks for at login and cannot do without an answer to, although the feature behind it holds nothing:
//! no applications, no communities (`contract/web-frames.md` section 3). Each answer says "none, and that is all".

use super::wire::wire;
use serde_json::Value;

wire! {
    /// Answer of `openim.getmsg`: messages come with their conversations, so nothing is left to fetch.
    UnreadMsgs { msg_list "MsgList": Vec<Value>, cookie "Cookie": String, sync_flag "SyncFlag": i64 }
}
