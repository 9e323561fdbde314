//! Live rooms, that is AVChatRoom groups (`contract/rest-api.md` sections 13 and 15, `contract/tern-commands.md` section 10).

use super::message::RawJson;
use super::wire::wire;

wire! {
    /// `group_open_http_svc.get_online_member_num`.
    OnlineMemberNum { online_member_num "OnlineMemberNum": u64 }
}

wire! {
    /// `group_open_avchatroom_http_svc.get_members`.
    GetRoomMembers {}
    ? {
        group_id "GroupId": String,
        /// 0 first, then the earlier answer's `NextTimestamp`.
        timestamp "Timestamp": u64,
        /// Only members with this mark.
        mark "Mark": i64,
    }
}

wire! {
    /// Somebody in a live room.
    RoomMember {
        member_account "Member_Account": String,
        /// Unix seconds.
        join_time "JoinTime": i64,
        nick_name "NickName": String,
        avatar "Avatar": String,
    }
    ? { marks "Marks": Vec<i64> }
}

wire! {
    /// Answer of `get_members`, the newest first.
    RoomMembers {
        member_list "MemberList": Vec<RoomMember>,
        /// 0: the end.
        next_timestamp "NextTimestamp": u64,
    }
}

wire! {
    /// Somebody who is to be marked.
    MarkedMember { member_account "Member_Account": String, marks "Marks": Vec<i64> }
}

wire! {
    /// `group_open_avchatroom_http_svc.modify_user_info`.
    ModifyUserInfo { member_list "MemberList": Vec<MarkedMember> }
    ? {
        group_id "GroupId": String,
        /// 1 sets marks, 2 takes them away.
        command_type "CommandType": i64,
    }
}

wire! {
    /// Answer of `modify_user_info`: those who are inside, with their marks now.
    UserInfoModified { command_type "CommandType": i64, member_list "MemberList": Vec<MarkedMember> }
}

wire! {
    /// `group_open_avchatroom_http_svc.modify_admin`.
    ModifyRoomAdmin { admins "Admin_Account": Vec<String> }
    ? {
        group_id "GroupId": String,
        /// 1 appoints, 2 dismisses.
        command_type "CommandType": i64,
    }
}

wire! {
    /// An admin of a live room.
    RoomAdmin { admin_account "Admin_Account": String, nick_name "NickName": String, avatar "Avatar": String }
}

wire! {
    /// Answer of `get_admin_list`.
    RoomAdmins { list "Admin_List": Vec<RoomAdmin> }
}

wire! {
    /// `group_open_avchatroom_http_svc.check_members`; also its answer: those who are inside.
    CheckRoomMembers { accounts "Member_Account": Vec<String> }
    ? { group_id "GroupId": String }
}

wire! {
    /// `group_open_http_svc.ban_group_member` and `unban_group_member`.
    BanGroupMember { accounts "Members_Account": Vec<String> }
    ? {
        group_id "GroupId": String,
        /// Seconds.
        duration "Duration": i64,
        /// Up to 1,000 bytes.
        description "Description": String,
    }
}

wire! {
    /// `group_open_http_svc.get_group_ban_member`.
    GetGroupBanMember {}
    ? { group_id "GroupId": String, limit "Limit": i64, offset "Offset": i64 }
}

wire! {
    /// Somebody who is banned.
    BannedAccount {
        member_account "Member_Account": String,
        /// Unix seconds.
        banned_until "BannedUntil": i64,
    }
    ? { description "TernDescription": String }
}

wire! {
    /// Answer of `get_group_ban_member`.
    BannedAccounts {
        list "BannedAccountList": Vec<BannedAccount>,
        /// 0: the end.
        next_offset "NextOffset": i64,
    }
}

wire! {
    /// `group_open_http_svc.send_broadcast_msg`.
    SendBroadcastMsg {}
    ? {
        random "Random": i64,
        from_account "From_Account": String,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
    }
}

wire! {
    /// Answer of `send_broadcast_msg`.
    BroadcastSent { msg_seq "MsgSeq": u64 }
    ? { msg_time "MsgTime": i64 }
}
