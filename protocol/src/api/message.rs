//! One-to-one and group messages: sending, history, read marks
//! (`contract/rest-api.md` sections 5 and 13, `contract/web-frames.md` sections 2 and 4).

use super::wire::wire;
use serde_json::value::RawValue;

/// JSON that is checked but kept and passed on as it was written.
pub type RawJson = Box<RawValue>;

wire! {
    /// Group of a message as clients are told it; `From_...` fields repeat the sender's.
    GroupInfo {
        group_name "GroupName": String,
        /// Old word: `Private`, `Public`, `ChatRoom`, `AVChatRoom`, `Community`.
        group_type "GroupType": String,
    }
    ? {
        from_nick "From_AccountNick": String,
        from_head_url "From_AccountHeadurl": String,
        /// The sender's name card in this group.
        name_card "TernNameCard": String,
        to_account "To_Account": String,
        /// Here the product's Web SDK reads where a message stands: without it nothing of a live room, or of a group that it does not
        /// know yet, is shown.
        group_id "GroupId": String,
        /// The same of a topic, together with `CommunityType` 2.
        topic_id "TopicId": String,
        community_type "CommunityType": i64,
    }
}

wire! {
    /// One mention of `GroupAtInfo`.
    GroupAt {
        /// 1 all, 0 one.
        all_flag "GroupAtAllFlag": i64,
    }
    ? { account "GroupAt_Account": String }
}

wire! {
    /// What a message does not do to a conversation.
    ControlInfo {}
    ? { no_unread "NoUnread": i64, no_last_msg "NoLastMsg": i64 }
}

impl ControlInfo {
    /// Absent where a message does both.
    pub fn of(no_unread: Option<i64>, no_last_msg: Option<i64>) -> Option<Self> {
        (no_unread.is_some() || no_last_msg.is_some()).then_some(Self { no_unread, no_last_msg })
    }
}

wire! {
    /// A stored or live message: the one shape of events, history and sync (`contract/web-frames.md` 2.1 to 2.4).
    /// `MsgBody` is an array of elements; of a group tip or notice it is an object.
    Message {
        from_account "From_Account": String,
        /// C2C: the sender's number. Group: the server's, from 1 without holes, which is the message's place.
        msg_seq "MsgSeq": u64,
        msg_random "MsgRandom": u64,
        /// Server time, seconds.
        msg_time_stamp "MsgTimeStamp": i64,
        /// The sender's time, seconds; second part of the message ID.
        msg_client_time "MsgClientTime": i64,
        /// The sender's number; first part of the message ID.
        tiny_id "TinyId": String,
    }
    ? {
        msg_body "MsgBody": RawJson,
        to_account "To_Account": String,
        to_group_id "ToGroupId": String,
        /// Of a community's topic; `ToGroupId` is the community then.
        topic_id "TopicId": String,
        /// The same once more in modified group messages, where the product's Web SDK reads it.
        group_id "GroupId": String,
        cloud_custom_data "CloudCustomData": String,
        nick "From_AccountNick": String,
        head_url "From_AccountHeadurl": String,
        group_info "GroupInfo": GroupInfo,
        /// C2C: `<MsgSeq>_<MsgRandom>_<MsgTimeStamp>`.
        msg_key "MsgKey": String,
        /// Group: 1 high, 2 normal, 3 low, 4 lowest; only live.
        msg_priority "MsgPriority": i64,
        /// Group: the sender's number.
        client_seq "ClientSeq": u64,
        group_at_info "GroupAtInfo": Vec<GroupAt>,
        no_unread "NoUnread": i64,
        no_last_msg "NoLastMsg": i64,
        /// The same once more, where the product's Web SDK reads it.
        control_info "MessageControlInfo": ControlInfo,
        need_read_receipt "IsNeedReadReceipt": i64,
        support_message_extension "SupportMessageExtension": i64,
        /// 1 when neither stored nor counted.
        online_only "OnlineOnlyFlag": i64,
        /// 8: recalled.
        msg_flag_bits "MsgFlagBits": i64,
        /// 1 deleted, expired or never stored; 2 recalled.
        is_place_msg "IsPlaceMsg": i64,
        /// 1: a group tip; `MsgBody` is an object.
        is_system_msg "IsSystemMsg": i64,
        /// 1: the receiver has read it.
        is_peer_read "IsPeerRead": i64,
        /// Rises with each modification.
        msg_version "MsgVersion": i64,
        notice_seq "NoticeSeq": u64,
        /// C2C: place in the conversation, from 1. In groups the place is `MsgSeq`.
        pos "TernPos": u64,
        /// Number of the last change of this message.
        rev "TernRev": u64,
        /// Recalled: who did it.
        revoker "TernRevoker": String,
        revoke_reason "TernRevokeReason": String,
        /// 1: has reactions, to be read with `tern_message.reactions`.
        reacted "TernReacted": i64,
        /// 1: went to every live room of the application.
        broadcast "TernBroadcast": i64,
        /// 1: what it says was modified, not only what travels with it.
        edited "TernEdited": i64,
    }
}

impl Message {
    /// Place in its conversation: `TernPos` one-to-one, `MsgSeq` in groups. `None`: not stored.
    pub fn place(&self) -> Option<u64> {
        if self.online_only == Some(1) {
            return None;
        }
        let place = if self.to_group_id.is_some() { Some(self.msg_seq) } else { self.pos };
        // So many messages no conversation has; whoever reckons with places need not fear the end of the numbers.
        place.filter(|place| *place < 1 << 40)
    }

    /// The group or topic whose conversation it belongs to; `None`: it is one-to-one.
    pub fn chat_id(&self) -> Option<&String> {
        self.topic_id.as_ref().or(self.to_group_id.as_ref())
    }

    /// `<TinyId>-<MsgClientTime>-<MsgRandom>`: the same on every device.
    pub fn msg_id(&self) -> String {
        format!("{}-{}-{}", self.tiny_id, self.msg_client_time, self.msg_random)
    }
}

wire! {
    /// `openim.sendmsg`, of an app admin over REST and of a user over WebSocket.
    SendMsg {}
    ? {
        /// 1 also to the sender's devices and roaming, 2 neither, absent: roaming only (REST).
        sync_other_machine "SyncOtherMachine": i64,
        from_account "From_Account": String,
        to_account "To_Account": String,
        online_only_flag "OnlineOnlyFlag": i64,
        /// Seconds; 0: online only.
        msg_life_time "MsgLifeTime": i64,
        msg_seq "MsgSeq": i64,
        msg_random "MsgRandom": i64,
        msg_time_stamp "MsgTimeStamp": i64,
        /// Client sends only: seconds; with `MsgRandom` it makes the message ID, under which a resend is answered like the first.
        msg_client_time "MsgClientTime": i64,
        forbid_callback_control "ForbidCallbackControl": Vec<String>,
        /// `NoUnread`, `NoLastMsg`, `WithMuteNotifications`.
        send_msg_control "SendMsgControl": Vec<String>,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
        support_message_extension "SupportMessageExtension": i64,
        is_need_read_receipt "IsNeedReadReceipt": i64,
        offline_push_info "OfflinePushInfo": RawJson,
    }
}

wire! {
    /// Answer of `sendmsg`.
    MsgSent {
        msg_time "MsgTime": i64,
        msg_key "MsgKey": String,
        /// `<TinyId>-<MsgClientTime>-<MsgRandom>`.
        msg_id "MsgId": String,
        msg_seq "MsgSeq": u64,
    }
    ? {
        /// Place in the conversation; absent: not stored.
        pos "TernPos": u64,
        rev "TernRev": u64,
    }
}

wire! {
    /// `openim.batchsendmsg`.
    BatchSendMsg { to_account "To_Account": Vec<String> }
    ? {
        sync_other_machine "SyncOtherMachine": i64,
        from_account "From_Account": String,
        msg_life_time "MsgLifeTime": i64,
        msg_seq "MsgSeq": i64,
        msg_random "MsgRandom": i64,
        msg_time_stamp "MsgTimeStamp": i64,
        send_msg_control "SendMsgControl": Vec<String>,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
        is_need_read_receipt "IsNeedReadReceipt": i64,
        offline_push_info "OfflinePushInfo": RawJson,
    }
}

wire! {
    /// Answer of `batchsendmsg`.
    BatchSent { msg_key "MsgKey": String }
    ? { error_list "ErrorList": Vec<super::presence::AccountError> }
}

wire! {
    /// `openim.admin_getroammsg`.
    AdminGetRoamMsg {}
    ? {
        operator_account "Operator_Account" | "From_Account": String,
        peer_account "Peer_Account" | "To_Account": String,
        max_cnt "MaxCnt": i64,
        min_time "MinTime": i64,
        max_time "MaxTime": i64,
        last_msg_key "LastMsgKey": String,
    }
}

wire! {
    /// `openim.getroammsg`: history of a client's own conversation, a page back from (or on from) `LastMsgTime` and `MsgKey`; its
    /// messages by rising time.
    GetRoamMsg {}
    ? {
        peer_account "Peer_Account": String,
        max_cnt "MaxCnt": i64,
        last_msg_time "LastMsgTime": i64,
        msg_key "MsgKey": String,
        with_recalled_msg "WithRecalledMsg": i64,
        /// 0 or absent: older; 1: newer.
        get_direction "GetDirection": i64,
    }
}

wire! {
    /// Answer of both roaming reads.
    RoamMsgs {
        /// 1 all read, 0 more.
        complete "Complete": i64,
        msg_cnt "MsgCnt": i64,
        last_msg_time "LastMsgTime": i64,
        last_msg_key "LastMsgKey": String,
        msg_list "MsgList": Vec<Message>,
    }
    ? {
        /// `LastMsgKey` once more; only `getroammsg`.
        msg_key "MsgKey": String,
        /// Seconds up to which the peer has read; only `getroammsg`.
        peer_read_time "PeerReadTime": i64,
    }
}

wire! {
    /// `openim.msgreaded`: own read position of one-to-one conversations.
    MsgReaded { c2c_msg_readed "C2CMsgReaded": C2cMsgReaded }
}

wire! {
    /// Body of `msgreaded`.
    C2cMsgReaded { items "C2CMsgReadedItem": Vec<C2cMsgReadedItem> }
    ? { cookie "Cookie": String }
}

wire! {
    /// Everything of one peer up to a server time is read.
    C2cMsgReadedItem { to_account "To_Account": String }
    ? {
        /// Seconds.
        lasted_msg_time "LastedMsgTime": i64,
        receipt "Receipt": i64,
        /// Place up to which it is read; exact where a second holds several messages.
        pos "TernPos": u64,
    }
}

wire! {
    /// `openim.get_peer_read_time`.
    GetPeerReadTime { to_account "To_Account": Vec<String> }
}

wire! {
    /// Seconds up to which each peer has read, in the order asked for.
    PeerReadTime { read_time "ReadTime": Vec<i64> }
}

wire! {
    /// `group_open_http_svc.send_group_msg`.
    SendGroupMsg {}
    ? {
        group_id "GroupId": String,
        random "Random": i64,
        /// `High`, `Normal`, `Low`, `Lowest`; clients also send the numbers 1 to 4.
        msg_priority "MsgPriority": serde_json::Value,
        from_account "From_Account": String,
        msg_body "MsgBody": RawJson,
        online_only_flag "OnlineOnlyFlag" | "MsgOnlineOnlyFlag": i64,
        send_msg_control "SendMsgControl": Vec<String>,
        forbid_callback_control "ForbidCallbackControl": Vec<String>,
        offline_push_info "OfflinePushInfo": RawJson,
        cloud_custom_data "CloudCustomData": String,
        support_message_extension "SupportMessageExtension": i64,
        need_read_receipt "NeedReadReceipt": i64,
        to_account "To_Account": Vec<String>,
        group_at_info "GroupAtInfo": Vec<GroupAt>,
        topic_id "TopicId": String,
        client_seq "ClientSeq": u64,
        /// As in [`SendMsg`].
        msg_client_time "MsgClientTime": i64,
    }
}

wire! {
    /// Answer of `send_group_msg`.
    GroupMsgSent {
        msg_time "MsgTime": i64,
        /// 0: not stored.
        msg_seq "MsgSeq": u64,
    }
    ? {
        /// `MsgFreqCtrl`: over the group's rate, neither delivered nor stored.
        msg_drop_reason "MsgDropReason": String,
        msg_id "MsgId": String,
        rev "TernRev": u64,
    }
}

wire! {
    /// `group_open_http_svc.group_msg_get_simple` (REST) and `group_msg_get` (clients).
    GroupMsgGet {}
    ? {
        group_id "GroupId": String,
        req_msg_number "ReqMsgNumber": i64,
        /// Highest wanted; absent: the newest.
        req_msg_seq "ReqMsgSeq": i64,
        with_recalled_msg "WithRecalledMsg": i64,
        topic_id "TopicId": String,
    }
}

wire! {
    /// Answer of both group reads, newest first.
    GroupMsgs {
        group_id "GroupId": String,
        /// 1 all, 0 cut by size or count, 2 cut and the rest is expired.
        is_finished "IsFinished": i64,
        rsp_msg_list "RspMsgList": Vec<Message>,
    }
}

wire! {
    /// `group_open_http_svc.msg_read_report`: own read position of a group.
    MsgReadReport { group_id "GroupId": String, msg_readed_seq "MsgReadedSeq": u64 }
    ? { topic_id "TopicId": String }
}
