//! What the product's Web SDK asks for at login and cannot do without an answer to, although the feature behind it holds nothing:
//! no friends, no applications, no communities (`contract/web-frames.md` section 3). Each answer says "none, and that is all".

use super::wire::wire;
use serde_json::Value;

wire! {
    /// Answer of `sns.friend_get`.
    Friends {
        user_data_item "UserDataItem": Vec<Value>,
        standard_sequence "StandardSequence": i64,
        custom_sequence "CustomSequence": i64,
        friend_num "FriendNum": i64,
        complete_flag "CompleteFlag": i64,
        next_start_index "NextStartIndex": i64,
    }
}

wire! {
    /// Answer of `sns.group_get`.
    FriendGroups { result_item "ResultItem": Vec<Value>, current_sequence "CurrentSequence": i64 }
}

wire! {
    /// Answer of `openim.getmsg`: messages come with their conversations, so nothing is left to fetch.
    UnreadMsgs { msg_list "MsgList": Vec<Value>, cookie "Cookie": String, sync_flag "SyncFlag": i64 }
}
