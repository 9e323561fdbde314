//! What the product's Web SDK asks for at login and cannot do without an answer to, although the feature behind it holds nothing:
//! no applications, no communities (`contract/web-frames.md` section 3); and events that only this SDK reads, because it has them in a
//! form of its own.

use super::wire::wire;
use serde_json::Value;

wire! {
    /// Answer of `openim.getmsg`: messages come with their conversations, so there is none here, but how many are unread.
    UnreadMsgs {
        msg_list "MsgList": Vec<Value>,
        /// Not empty: else the SDK reads nothing of the answer.
        cookie "Cookie": String,
        sync_flag "SyncFlag": i64,
        unread "C2CPairUnreadCount": Vec<PairUnread>,
    }
}

wire! {
    /// Unread messages from one peer.
    PairUnread { from_account "From_Account": String, count "UnreadCount": u64 }
}

wire! {
    /// Body of an event 12: one was mentioned in a group message.
    GroupMention {
        group_id "GroupId": String,
        from_account "From_Account": String,
        msg_seq "MsgSeq": u64,
        /// 1 oneself, 2 all; the product's Web SDK stops counting mentions when it is missing.
        at_type "GroupAtType": Vec<i64>,
    }
}

wire! {
    /// Body of an event 5 that tells a sender who has read.
    GroupReceipts { list "GroupMsgReceiptList": Vec<GroupReceipt> }
}

wire! {
    /// Receipt of one group message, named by its place and by the parts of its ID.
    GroupReceipt {
        group_id "GroupId": String,
        msg_seq "MsgSeq": u64,
        read_num "ReadNum": u64,
        unread_num "UnreadNum": u64,
        tiny_id "TinyId": String,
        msg_client_time "MsgClientTime": i64,
        msg_random "MsgRandom": u64,
    }
}
