//! Members of groups: their options, mutes, the owner, imports (`contract/rest-api.md` section 12).

use super::group::AppDefined;
use super::message::RawJson;
use super::wire::wire;

wire! {
    /// `group_open_http_svc.modify_group_member_info`: of a member by an app admin, owner or admin, or of oneself.
    ModifyGroupMemberInfo {}
    ? {
        group_id "GroupId": String,
        /// A client may leave it out: itself.
        member_account "Member_Account": String,
        /// `Admin` or `Member`.
        role "Role": String,
        msg_flag "MsgFlag": String,
        /// Up to 50 bytes; empty takes it away.
        name_card "NameCard": String,
        /// Seconds; 0 lifts the mute, 4294967295 is for ever.
        mute_time "MuteTime" | "ShutUpTime" | "ShutUpUntil": i64,
        app_member_defined_data "AppMemberDefinedData": Vec<AppDefined>,
    }
}

wire! {
    /// `group_open_http_svc.forbid_send_msg`.
    ForbidSendMsg { members_account "Members_Account": Vec<String> }
    ? {
        group_id "GroupId": String,
        /// Seconds; 0 lifts the mute, 4294967295 is for ever.
        mute_time "MuteTime" | "ShutUpTime" | "ShutUpUntil": i64,
        topic_id "TopicId": String,
    }
}

wire! {
    /// `group_open_http_svc.get_group_muted_account`, of old `get_group_shutted_uin`.
    GetGroupMutedAccount {}
    ? { group_id "GroupId": String, topic_id "TopicId": String }
}

wire! {
    /// Answer of `get_group_muted_account`, in both generations' words.
    MutedAccounts {
        group_id "GroupId": String,
        muted_account_list "MutedAccountList": Vec<MutedAccount>,
        /// The older spelling of the same.
        shutted_uin_list "ShuttedUinList": Vec<ShuttedUin>,
    }
}

wire! {
    /// Somebody who may not speak.
    MutedAccount {
        member_account "Member_Account": String,
        /// Unix seconds.
        muted_until "MutedUntil": i64,
    }
}

wire! {
    /// The older spelling of [`MutedAccount`].
    ShuttedUin { member_account "Member_Account": String, shutted_until "ShuttedUntil": i64 }
}

wire! {
    /// `group_open_http_svc.change_group_owner`.
    ChangeGroupOwner {}
    ? { group_id "GroupId": String, new_owner_account "NewOwner_Account": String }
}

wire! {
    /// `group_open_http_svc.set_unread_msg_num`.
    SetUnreadMsgNum {}
    ? {
        group_id "GroupId": String,
        member_account "Member_Account": String,
        /// Not above the number of messages.
        unread_msg_num "UnreadMsgNum": i64,
        topic_id "TopicId": String,
    }
}

wire! {
    /// A member of another system.
    ImportedMember { member_account "Member_Account": String }
    ? {
        /// `Admin`, or absent.
        role "Role": String,
        /// Unix seconds, between the group's creation and now.
        join_time "JoinTime": i64,
        /// Not above the number of messages.
        unread_msg_num "UnreadMsgNum": i64,
    }
}

wire! {
    /// `group_open_http_svc.import_group_member`.
    ImportGroupMember { member_list "MemberList": Vec<ImportedMember> }
    ? { group_id "GroupId": String }
}

wire! {
    /// A group message of another system.
    ImportedMessage {}
    ? {
        from_account "From_Account": String,
        /// Unix seconds; ascending, after the group's creation and its last message, not after now.
        send_time "SendTime": i64,
        random "Random": i64,
        msg_body "MsgBody": RawJson,
        cloud_custom_data "CloudCustomData": String,
    }
}

wire! {
    /// `group_open_http_svc.import_group_msg`.
    ImportGroupMsg { msg_list "MsgList": Vec<ImportedMessage> }
    ? {
        group_id "GroupId": String,
        topic_id "TopicId": String,
        /// 1: the conversation moves up on its members' lists.
        recent_contact_flag "RecentContactFlag": i64,
    }
}

wire! {
    /// What became of one message: 0, or the code that says why not.
    ImportMsgResult { msg_seq "MsgSeq": u64, msg_time "MsgTime": i64, result "Result": i32 }
}

wire! {
    /// Answer of `import_group_msg`.
    GroupMsgsImported { results "ImportMsgResult": Vec<ImportMsgResult> }
}
