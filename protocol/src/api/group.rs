//! Groups and members (`contract/rest-api.md` sections 11 and 12, `contract/tern-commands.md` section 4).

use super::wire::wire;
use crate::model::permission::Permission;

wire! {
    /// A custom field; binary values travel as they are.
    AppDefined { key "Key": String, value "Value": String }
}

wire! {
    /// A first member.
    NewMember { member_account "Member_Account": String }
    ? { role "Role": String, app_member_defined_data "AppMemberDefinedData": Vec<AppDefined> }
}

wire! {
    /// `group_open_http_svc.create_group`.
    CreateGroup {}
    ? {
        owner_account "Owner_Account": String,
        kind "Type": String,
        group_id "GroupId": String,
        name "Name": String,
        introduction "Introduction": String,
        notification "Notification": String,
        face_url "FaceUrl": String,
        max_member_count "MaxMemberCount" | "MaxMemberNum": i64,
        apply_join_option "ApplyJoinOption": String,
        invite_join_option "InviteJoinOption": String,
        member_list "MemberList": Vec<NewMember>,
        app_defined_data "AppDefinedData": Vec<AppDefined>,
        support_topic "SupportTopic": i64,
        enable_permission "EnablePermission": i64,
        default_permission "DefaultPermission": Permission,
        /// Of `import_group` alone: Unix seconds, by default now.
        create_time "CreateTime": i64,
    }
}

wire! {
    /// `group_open_http_svc.get_appid_group_list`.
    GetAppidGroupList {}
    ? {
        /// At most and by default 10,000.
        limit "Limit": i64,
        /// 0 first, then from the answer before.
        next "Next": i64,
        group_type "GroupType" | "Type": String,
    }
}

wire! {
    /// A group of a list, by its name alone.
    GroupItem { group_id "GroupId": String }
}

wire! {
    /// Answer of `get_appid_group_list`.
    AppidGroups {
        /// Of the type that was asked for.
        total_count "TotalCount": u64,
        group_id_list "GroupIdList": Vec<GroupItem>,
        /// 0: the end.
        next "Next": u64,
    }
}

wire! {
    /// Answer of `create_group`.
    GroupCreated { group_id "GroupId": String }
    ? { kind "Type": String, huge_group_flag "HugeGroupFlag": i64 }
}

wire! {
    /// A command that names a group and nothing else: `destroy_group`, `tern_group.leave`.
    GroupName {}
    ? { group_id "GroupId": String }
}

wire! {
    /// `group_open_http_svc.add_group_member`: by an app admin, or an invitation by a member.
    AddGroupMember { member_list "MemberList": Vec<NewMember> }
    ? { group_id "GroupId": String, silence "Silence": i64 }
}

wire! {
    /// What became of one account: 0 failed, 1 added, 2 already in, 3 waits for approval.
    MemberResult { member_account "Member_Account": String, result "Result": i64 }
}

wire! {
    /// Answer of `add_group_member`.
    MembersAdded { member_list "MemberList": Vec<MemberResult> }
}

wire! {
    /// `group_open_http_svc.delete_group_member`.
    DeleteGroupMember { member_to_del_account "MemberToDel_Account": Vec<String> }
    ? { group_id "GroupId": String, silence "Silence": i64, reason "Reason": String }
}

wire! {
    /// `group_open_http_svc.apply_join_group`, of clients.
    ApplyJoinGroup {}
    ? { group_id "GroupId": String, apply_msg "ApplyMsg": String, web_push_flag "WebPushFlag": i64 }
}

wire! {
    /// Answer of `apply_join_group`.
    JoinApplied {
        /// `JoinedSuccess`, `WaitAdminApproval` or `AlreadyInGroup`.
        joined_status "JoinedStatus": String,
    }
    ? {
        /// 1: a live room; the product's Web SDK takes itself for inside only then.
        huge_group_flag "HugeGroupFlag": i64,
    }
}

wire! {
    /// Which fields an answer holds; absent: all that the command gives by default.
    ResponseFilter {}
    ? {
        group_base_info_filter "GroupBaseInfoFilter": Vec<String>,
        member_info_filter "MemberInfoFilter": Vec<String>,
        self_info_filter "SelfInfoFilter": Vec<String>,
        app_defined_data_filter_group "AppDefinedDataFilter_Group": Vec<String>,
        app_defined_data_filter_group_member "AppDefinedDataFilter_GroupMember": Vec<String>,
    }
}

wire! {
    /// `group_open_http_svc.get_group_info`.
    GetGroupInfo { group_id_list "GroupIdList": Vec<String> }
    ? { response_filter "ResponseFilter": ResponseFilter }
}

wire! {
    /// Profile of a group; a filter leaves out what it does not name.
    GroupProfile {
        group_id "GroupId": String,
    }
    ? {
        /// `get_group_info` alone: 0, or why this group could not be read.
        error_code "ErrorCode": i32,
        error_info "ErrorInfo": String,
        kind "Type": String,
        name "Name": String,
        appid "Appid": u64,
        introduction "Introduction": String,
        notification "Notification": String,
        face_url "FaceUrl": String,
        owner_account "Owner_Account": String,
        create_time "CreateTime": i64,
        info_seq "InfoSeq": u64,
        last_info_time "LastInfoTime": i64,
        last_msg_time "LastMsgTime": i64,
        next_msg_seq "NextMsgSeq": u64,
        member_num "MemberNum": u64,
        max_member_num "MaxMemberNum": u64,
        apply_join_option "ApplyJoinOption": String,
        invite_join_option "InviteJoinOption": String,
        /// `On` or `Off`.
        mute_all_member "MuteAllMember": String,
        /// The older spelling of the same.
        shut_up_all_member "ShutUpAllMember": String,
        support_topic "SupportTopic": i64,
        enable_permission "EnablePermission": i64,
        default_permission "DefaultPermission": u64,
        /// `On` or `Off`; only where a filter names it.
        history_before_join "HistoryMsgBeforeJoin": String,
        app_defined_data "AppDefinedData": Vec<AppDefined>,
        member_list "MemberList": Vec<MemberProfile>,
        /// Only `get_joined_group_list`.
        self_info "SelfInfo": MemberProfile,
    }
}

wire! {
    /// Answer of `get_group_info`. The outer code is 0 even when single groups fail.
    GroupInfos { group_info "GroupInfo": Vec<GroupProfile> }
}

wire! {
    /// Profile of a member.
    MemberProfile {}
    ? {
        member_account "Member_Account": String,
        /// `Owner`, `Admin`, `Member`.
        role "Role": String,
        join_time "JoinTime": i64,
        /// Own read position.
        msg_seq "MsgSeq": u64,
        msg_flag "MsgFlag": String,
        last_send_msg_time "LastSendMsgTime": i64,
        name_card "NameCard": String,
        /// 0, or end of the mute in Unix seconds.
        mute_until "MuteUntil": i64,
        /// The older spelling of the same.
        shut_up_until "ShutUpUntil": i64,
        online_status "OnlineStatus": String,
        app_member_defined_data "AppMemberDefinedData": Vec<AppDefined>,
        /// For clients: nick of the profile.
        nick "TernNick": String,
    }
}

wire! {
    /// `group_open_http_svc.get_group_member_info`.
    GetGroupMemberInfo {}
    ? {
        group_id "GroupId": String,
        limit "Limit": i64,
        offset "Offset": i64,
        next "Next": String,
        member_info_filter "MemberInfoFilter": Vec<String>,
        member_role_filter "MemberRoleFilter": Vec<String>,
        app_defined_data_filter_group_member "AppDefinedDataFilter_GroupMember": Vec<String>,
    }
}

wire! {
    /// `group_open_http_svc.get_specified_group_member_info`.
    GetSpecifiedMembers {}
    ? {
        group_id "GroupId": String,
        /// Up to 50.
        member_list "Member_List_Account": Vec<String>,
        member_info_filter "MemberInfoFilter": Vec<String>,
        member_role_filter "MemberRoleFilter": Vec<String>,
        app_defined_data_filter_group_member "AppDefinedDataFilter_GroupMember": Vec<String>,
    }
}

wire! {
    /// Answer of `get_specified_group_member_info`; who is no member is left out.
    SpecifiedMembers { group_id "GroupId": String, member_list "MemberList": Vec<MemberProfile> }
}

wire! {
    /// `group_open_http_svc.send_group_system_notification`.
    SendGroupNotification {}
    ? {
        group_id "GroupId": String,
        content "Content": String,
        /// Up to 500; empty or absent: all.
        to_members "ToMembers_Account": Vec<String>,
        topic_id "TopicId": String,
    }
}

wire! {
    /// Answer of `get_group_member_info`.
    GroupMembers { member_num "MemberNum": u64, member_list "MemberList": Vec<MemberProfile> }
    ? {
        /// Communities: for the next page; empty: the end.
        next "Next": String,
    }
}

wire! {
    /// `group_open_http_svc.get_joined_group_list`.
    GetJoinedGroupList {}
    ? {
        member_account "Member_Account": String,
        with_huge_groups "WithHugeGroups": i64,
        with_no_active_groups "WithNoActiveGroups": i64,
        limit "Limit": i64,
        offset "Offset": i64,
        group_type "GroupType" | "Type": String,
        support_topic "SupportTopic": i64,
        response_filter "ResponseFilter": ResponseFilter,
    }
}

wire! {
    /// Answer of `get_joined_group_list`.
    JoinedGroups { total_count "TotalCount": u64, group_id_list "GroupIdList": Vec<GroupProfile> }
}

wire! {
    /// Answer of `get_group_self_member_info`.
    OwnPlaces { group_info "GroupInfo": Vec<GroupProfile> }
}

wire! {
    /// `group_open_http_svc.get_role_in_group`.
    GetRoleInGroup { user_account "User_Account": Vec<String> }
    ? { group_id "GroupId": String }
}

wire! {
    /// Role of one account; `NotMember` when it is none.
    MemberRole { member_account "Member_Account": String, role "Role": String }
}

wire! {
    /// Answer of `get_role_in_group`.
    MemberRoles { user_id_list "UserIdList": Vec<MemberRole> }
}

wire! {
    /// `group_open_http_svc.modify_group_base_info`.
    ModifyGroupBaseInfo {}
    ? {
        group_id "GroupId": String,
        name "Name": String,
        introduction "Introduction": String,
        notification "Notification": String,
        face_url "FaceUrl": String,
        max_member_num "MaxMemberNum" | "MaxMemberCount": i64,
        apply_join_option "ApplyJoinOption": String,
        invite_join_option "InviteJoinOption": String,
        mute_all_member "MuteAllMember" | "ShutUpAllMember": String,
        app_defined_data "AppDefinedData": Vec<AppDefined>,
        from_account "From_Account": String,
        /// 1 gives a community topics.
        support_topic "SupportTopic": i64,
        enable_permission "EnablePermission": i64,
        default_permission "DefaultPermission": Permission,
        /// `On` or `Off`: whether newcomers read what was said before.
        history_before_join "HistoryMsgBeforeJoin": String,
    }
}
