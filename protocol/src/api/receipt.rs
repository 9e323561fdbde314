//! Read marks by the backend, unread counts, and receipts per message
//! (`contract/rest-api.md` sections 5 and 6, `contract/client-semantics.md` section 5).

use super::message_change::MsgSeqItem;
use super::wire::wire;

wire! {
    /// `openim.admin_set_msg_read`.
    AdminSetMsgRead {}
    ? {
        report_account "Report_Account": String,
        peer_account "Peer_Account": String,
        /// Seconds; everything up to it; default now.
        msg_read_time "MsgReadTime": i64,
    }
}

wire! {
    /// `openim.get_c2c_unread_msg_num`.
    GetC2cUnreadMsgNum {}
    ? { to_account "To_Account": String, peer_account "Peer_Account": Vec<String> }
}

wire! {
    /// Unread messages from one peer.
    PeerUnread { peer_account "Peer_Account": String, num "C2CUnreadMsgNum": u64 }
}

wire! {
    /// A peer that could not be served.
    PeerError { peer_account "Peer_Account": String, error_code "ErrorCode": i32 }
}

wire! {
    /// Answer of `get_c2c_unread_msg_num`.
    C2cUnread {}
    ? {
        all "AllC2CUnreadMsgNum": u64,
        list "C2CUnreadMsgNumList": Vec<PeerUnread>,
        error_list "ErrorList": Vec<PeerError>,
    }
}

wire! {
    /// `openim.read_all_unread_msg`, of clients.
    ReadAll { group_read_info "GroupReadInfo": Vec<GroupReadInfo> }
    ? {
        /// 1: all one-to-one conversations.
        c2c_read_all "C2CReadAllMsg": i64,
        /// 1: all groups.
        group_read_all "TernGroupReadAll": i64,
    }
}

wire! {
    /// A group's read position.
    GroupReadInfo { group_id "GroupId": String, msg_seq "MsgSeq": u64 }
}

wire! {
    /// `openim.c2c_msg_read_receipt`.
    C2cMsgReadReceipt { c2c_msg_info "C2CMsgInfo": Vec<C2cMsgInfo> }
    ? { operator_account "Operator_Account": String, peer_account "Peer_Account": String }
}

wire! {
    /// A one-to-one message by its key, or (clients) by the key's three numbers.
    C2cMsgInfo { from_account "From_Account": String, to_account "To_Account": String, msg_key "MsgKey": String }
    ? { msg_seq "MsgSeq": u32, msg_random "MsgRandom": u32, msg_time "MsgTime": i64 }
}

wire! {
    /// `group_open_http_svc.group_msg_receipt`.
    GroupMsgReceipt { msg_seq_list "MsgSeqList": Vec<MsgSeqItem> }
    ? { group_id "GroupId": String, from_account "From_Account": String }
}

wire! {
    /// `group_open_http_svc.get_group_msg_receipt`.
    GetGroupMsgReceipt { msg_seq_list "MsgSeqList": Vec<MsgSeqItem> }
    ? { group_id "GroupId": String }
}

wire! {
    /// Counts of one message; `Code` 10062: it asked for no receipt.
    ReceiptCount {
        code "Code": i32,
        msg_seq "MsgSeq": u64,
        read_num "ReadNum": u64,
        unread_num "UnreadNum": u64,
    }
}

wire! {
    /// Answer of `get_group_msg_receipt`.
    ReceiptCounts { list "GroupMsgReceiptList": Vec<ReceiptCount> }
}

wire! {
    /// `group_open_http_svc.get_group_msg_receipt_detail`; the product's Web SDK says `Flag` and `Num`.
    GetGroupMsgReceiptDetail {
        msg_seq "MsgSeq": u64,
        /// 0 readers, 1 non-readers.
        filter "Filter" | "Flag": i64,
        cursor "Cursor": String,
        count "Count" | "Num": i64,
    }
    ? { group_id "GroupId": String }
}

wire! {
    /// A reader.
    Reader { account "Read_Account": String }
}

wire! {
    /// A non-reader.
    NonReader { account "Unread_Account": String }
}

wire! {
    /// Answer of `get_group_msg_receipt_detail`.
    ReceiptDetail { cursor "Cursor": String, is_finish "IsFinish": i64, msg_seq "MsgSeq": u64 }
    ? { read_list "ReadList": Vec<Reader>, unread_list "UnreadList": Vec<NonReader> }
}

wire! {
    /// `tern_message.receipts`: state of own messages that asked for receipts; up to 30 places of one conversation.
    Receipts { id "Id": super::conversation::ConversationId, places "Places": Vec<u64> }
}

wire! {
    /// One message's receipt.
    Receipt { place "Place": u64, read_num "ReadNum": u64, unread_num "UnreadNum": u64 }
}

wire! {
    /// Answer of `tern_message.receipts`.
    ReceiptList { receipts "Receipts": Vec<Receipt> }
}
