//! After sending: recall, modification, deletion, import
//! (`contract/rest-api.md` sections 5 and 13, `contract/web-frames.md` section 4, `contract/client-semantics.md` section 3).

use super::conversation::ConversationId;
use super::message::RawJson;
use super::wire::wire;

wire! {
    /// `openim.admin_msgwithdraw`: recall without time limit.
    AdminMsgWithdraw {}
    ? { from_account "From_Account": String, to_account "To_Account": String, msg_key "MsgKey": String }
}

wire! {
    /// `openim.msgwithdraw`: a client recalls its own one-to-one message.
    MsgWithdraw { msg_info "MsgInfo": WithdrawnMsg }
    ? { reason "TernRevokeReason": String }
}

wire! {
    /// The message that `msgwithdraw` names.
    WithdrawnMsg {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_seq "MsgSeq": u64,
        msg_random "MsgRandom": u64,
        msg_time_stamp "MsgTimeStamp": i64,
    }
}

wire! {
    /// A group message by its place.
    MsgSeqItem { msg_seq "MsgSeq": u64 }
}

wire! {
    /// `group_open_http_svc.group_msg_recall`: up to 10 messages.
    GroupMsgRecall { msg_seq_list "MsgSeqList": Vec<MsgSeqItem> }
    ? { group_id "GroupId": String, topic_id "TopicId": String, reason "Reason": String }
}

wire! {
    /// What became of one recall.
    RecallResult { msg_seq "MsgSeq": u64, ret_code "RetCode": i32 }
}

wire! {
    /// Answer of `group_msg_recall`; `Results` repeats the list for one old SDK.
    RecallResults { recall_ret_list "RecallRetList": Vec<RecallResult>, results "Results": Vec<RecallResult> }
}

wire! {
    /// `group_open_http_svc.delete_group_msg_by_sender`: recalls one sender's messages among the last 1,000, silently.
    DeleteGroupMsgBySender {}
    ? { group_id "GroupId": String, sender_account "Sender_Account": String, topic_id "TopicId": String }
}

wire! {
    /// `group_open_http_svc.clear_group_msg`: clears up to and including a place; absent: everything.
    ClearGroupMsg {}
    ? { group_id "GroupId": String, msg_seq "MsgSeq": u64, topic_id "TopicId": String }
}

wire! {
    /// `openim.modify_c2c_msg`. REST names the message by `MsgKey`; clients by `MsgSeq`, `MsgRandom`, `MsgTime` and the `MsgVersion` that they
    /// know: another one is a conflict (20027).
    ModifyC2cMsg {}
    ? {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_key "MsgKey": String,
        msg_seq "MsgSeq": u64,
        msg_random "MsgRandom": u64,
        msg_time "MsgTime": i64,
        msg_version "MsgVersion": i64,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
    }
}

wire! {
    /// `openim.modify_group_msg`.
    ModifyGroupMsg {}
    ? {
        group_id "GroupId": String,
        msg_seq "MsgSeq": u64,
        msg_version "MsgVersion": i64,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
        topic_id "TopicId": String,
    }
}

wire! {
    /// Answer of both modifications; on a conflict the message as it stands. The product's Web SDK fails without `MsgBody`.
    MsgModified { msg_version "MsgVersion": i64 }
    ? {
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
        message "TernMessage": super::message::Message,
    }
}

wire! {
    /// `openim.delete_c2c_msg_ramble`: deletes for one side only, up to 30 (REST) or 50 (clients).
    DeleteC2cMsg { msg_key_list "MsgKeyList": Vec<String> }
    ? {
        /// REST: whose copy.
        operator_account "Operator_Account": String,
        peer_account "Peer_Account": String,
        /// Clients: themselves, and the peer.
        from_account "From_Account": String,
        to_account "To_Account": String,
    }
}

wire! {
    /// `tern_message.delete`: deletes stored messages of any conversation for oneself, up to 50.
    DeleteMessages { id "Id": ConversationId, places "Places": Vec<u64> }
}

wire! {
    /// `group_open_http_svc.delete_group_ramble_msg_by_seq`, of the product's Web SDK: deletes group messages for oneself, up to 50.
    DeleteGroupMsgs { group_id "GroupId": String }
    ? {
        deleter_account "Deleter_Account": String,
        /// Places, as text.
        seqs "Seqs": Vec<String>,
    }
}

wire! {
    /// `tern_message.clear`: clears the history of a conversation for oneself.
    ClearHistory { id "Id": ConversationId }
}

wire! {
    /// `openim.importmsg`.
    ImportMsg {}
    ? {
        /// 5, of older SDKs 1: live, counts as unread and is delivered; 2: history, read, not delivered.
        sync_from_old_system "SyncFromOldSystem": i64,
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_seq "MsgSeq": i64,
        msg_random "MsgRandom": i64,
        msg_time_stamp "MsgTimeStamp": i64,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
    }
}
