//! What the product's Web SDK asks for in a form of its own (`contract/web-frames.md` sections 3 and 4), and events that only this SDK
//! reads. What they are about is a matter of the area's own commands.

use super::message::Message;
use super::presence::AccountError;
use super::search::{FoundGroup, FoundUser};
use super::wire::wire;
use serde_json::Value;

/// Names under which the product's clients ask for what stands in the table under another one.
const ALIASES: &[(&str, &str)] = &[
    ("group_open_http_svc.unpin_message", "tern_message.unpin"),
    ("im_long_msg.save_relay_json_msg", "tern_message.relay_put"),
    ("im_long_msg.get_relay_json_msg", "tern_message.relay_get"),
];
/// The service of communities, whose commands are those of groups.
const COMMUNITIES: &str = "million_group_open_http_svc.";

/// The command that a client means by a name without a row.
pub fn meant_by(name: &str) -> Option<String> {
    let found = ALIASES.iter().find(|(alias, _)| *alias == name).map(|(_, meant)| (*meant).to_owned());
    found.or_else(|| Some(format!("group_open_http_svc.{}", name.strip_prefix(COMMUNITIES)?)))
}

wire! {
    /// Answer of `im_sdk_config_mgr.fetch_imsdk_purchase_bitsv2`: which paid features the SDK may ask for.
    PurchaseBits {
        /// A `1` for each that it may; the lowest bit last.
        bits "purchase_bits": String,
    }
}

wire! {
    /// `im_open_status.ws_get_user_status`, `ws_status_subscribe` and their answer.
    WebUserStates {
        users "UserStatusList": Vec<WebUserState>,
        error_list "ErrorList": Vec<AccountError>,
    }
}

wire! {
    /// 1 online, 2 offline, 3 not logged in.
    WebUserState { to_account "To_Account": String, status "Status": i64, custom_status "CustomStatus": String }
}

wire! {
    /// `group_open_http_svc.get_pendency`, and the same of the service of communities.
    GetPendency {}
    ? { start_time "StartTime": i64, limit "Limit": i64, handle_account "Handle_Account": String }
}

wire! {
    /// Its answer.
    PendencyPage {
        list "PendencyList": Vec<Pendency>,
        /// 0: that was all. Without it the SDK asks for ever.
        next_start_time "NextStartTime": i64,
    }
}

wire! {
    /// An application or invitation that waits for whoever asks.
    Pendency {
        from_account "From_Account": String,
        from_nick "FromUserNickName": String,
        to_account "To_Account": String,
        group_id "GroupId": String,
        group_name "GroupName": String,
        authentication "Authentication": String,
        /// `MsgKey` of the notice.
        msg_time "MsgTime": u64,
        /// [`super::group_application::apply_type`] numbers.
        pendency_type "PendencyType": i64,
        note "Note": String,
        /// 0: it waits. The SDK shows no others.
        handled "Handled": i64,
    }
}

wire! {
    /// `openim_msg_ext_http_svc.reaction_add`, `reaction_del`, `reaction_iterate`, and `group_` with each: one message by its key or its
    /// place.
    MessageReaction { reaction "Reaction": String }
    ? {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_key "MsgKey": String,
        group_id "GroupId": String,
        topic_id "TopicId": String,
        msg_seq "MsgSeq": u64,
        next_seq "NextSeq": u64,
        count "Count": u64,
    }
}

wire! {
    /// `openim_msg_ext_http_svc.reaction_multi_stat` and `group_reaction_multi_stat`.
    ReactionQuery {}
    ? {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_keys "MsgKeyList": Vec<String>,
        group_id "GroupId": String,
        topic_id "TopicId": String,
        msg_seqs "MsgSeqList": Vec<u64>,
        /// Users that are named with each reaction.
        count "Count": u64,
    }
}

wire! {
    /// Their answer.
    ReactionStats { results "ResultList": Vec<MessageReactionStat> }
}

wire! {
    /// Reactions of one message.
    MessageReactionStat { reactions "ReactionList": Vec<WebReaction> }
    ? { msg_key "MsgKey": String, msg_seq "MsgSeq": u64 }
}

wire! {
    /// One reaction with those who react so.
    WebReaction { reaction "Reaction": String, count "Count": u64, users "List_Account": Vec<String> }
    ? { mine "ReactedByMyself": i64 }
}

wire! {
    /// Answer of `reaction_iterate`; `NextSeq` 0: that was all.
    ReactionUsers { users "List_Account": Vec<String>, next_seq "NextSeq": u64 }
}

wire! {
    /// Entry of an event 27: reactions of a message that changed.
    WebReactions { list "ReactionList": Vec<WebReaction> }
    ? { pair "C2CMsgInfo": WebMessageId, group "GroupMsgInfo": WebMessageId }
}

wire! {
    /// The parts of a message's ID.
    WebMessageId { tiny_id "TinyId": String, msg_client_time "MsgClientTime": i64, msg_random "MsgRandom": u64 }
    ? { group_id "GroupId": String }
}

wire! {
    /// `im_cos_msg.pre_sig`: where a file goes that the SDK sends, and where it will be.
    PreSig {
        /// 1 picture, 2 video, 3 sound, 255 file.
        file_type "file_type": i64,
        file_name "file_name": String,
    }
}

wire! {
    /// Its answer: one `PUT` of the whole file to the first address; the second is its own from then on.
    PreSigned { upload_url "upload_url": String, download_url "download_url": String }
}

wire! {
    /// `group_open_http_svc.get_pinned_messages` has the body of `tern_message.pins`; its answer.
    PinnedMessages { list "PinnedMsgList": Vec<Message> }
}

wire! {
    /// `message_search.query`.
    WebSearchMessages { keywords "KeywordList": Vec<String> }
    ? {
        /// `or`, `and`.
        match_type "MatchType": String,
        peer "PeerAccount": String,
        group_id "GroupID": String,
        count "Count": u64,
        cursor "Cursor": String,
        senders "SendUserIDList": Vec<String>,
        types "MsgTypeList": Vec<String>,
        start_time "StartTime": i64,
        end_time "EndTime": i64,
    }
}

wire! {
    /// Its answer.
    WebSearchedMessages { total_count "TotalCount": u64, cursor "Cursor": String, results "SearchResult": Vec<WebSearchHit> }
}

wire! {
    /// Hits of one conversation; where there are several, the SDK shows none of them.
    WebSearchHit { message_count "MessageCount": u64, messages "MsgList": Vec<Message> }
    ? { user_id "UserID": String, group_id "GroupId": String }
}

wire! {
    /// `user_search.query`, `group_search.query`, `group_member_search.query`.
    WebSearchNames { keywords "Keywords": Vec<String> }
    ? { group_ids "GroupIdList": Vec<String>, count "Count": u64, cursor "Cursor": String }
}

wire! {
    /// Answer of `user_search.query`.
    WebFoundUsers { cursor "Cursor": String, total_count "TotalCount": u64, users "UserList": Vec<FoundUser> }
}

wire! {
    /// Answer of `group_search.query`.
    WebFoundGroups { cursor "Cursor": String, total_count "TotalCount": u64, groups "GroupList": Vec<FoundGroup> }
}

wire! {
    /// Answer of `group_member_search.query`.
    WebFoundMembers { cursor "Cursor": String, total_count "TotalCount": u64, members "GroupMemberList": Vec<WebFoundMember> }
}

wire! {
    /// A member found.
    WebFoundMember {
        group_id "GroupId": String,
        group_name "GroupName": String,
        user_id "UserID": String,
        nick "NickName": String,
        name_card "NameCard": String,
    }
}

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
