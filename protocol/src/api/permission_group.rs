//! Permission groups of communities (`contract/rest-api.md` section 17, `contract/tern-commands.md` section 4).

use super::group::{MemberProfile, NewMember};
use super::wire::wire;
use crate::ErrorCode;
use crate::model::permission::Permission;

wire! {
    /// `group_open_http_svc.create_permission_group`.
    CreatePermissionGroup {}
    ? {
        group_id "GroupId": String,
        /// Starts with `@PMG#_`, not with `@PMG#_@PMG#`; absent: the server makes one.
        permission_group_id "PermissionGroupId": String,
        /// Up to 150 bytes.
        name "PermissionGroupName": String,
        permission "Permission": Permission,
        /// Up to 3,000 bytes.
        custom "CustomString": String,
    }
}

wire! {
    /// Answer of `create_permission_group`.
    PermissionGroupCreated { permission_group_id "PermissionGroupId": String }
}

wire! {
    /// `group_open_http_svc.destroy_permission_group`.
    DestroyPermissionGroup {
        /// Up to 20.
        ids "PermissionGroupIdList": Vec<String>,
    }
    ? { group_id "GroupId": String }
}

wire! {
    /// What became of one permission group.
    PermissionGroupResult { permission_group_id "PermissionGroupId": String, error_code "ErrorCode": ErrorCode, error_info "ErrorInfo": String }
}

wire! {
    /// Answer of `destroy_permission_group`.
    PermissionGroupResults { results "PermissionGroupResultList": Vec<PermissionGroupResult> }
}

wire! {
    /// `group_open_http_svc.modify_permission_group`: absent fields stay.
    ModifyPermissionGroup {}
    ? {
        group_id "GroupId": String,
        permission_group_id "PermissionGroupId": String,
        name "PermissionGroupName": String,
        permission "Permission": Permission,
        custom "CustomString": String,
    }
}

wire! {
    /// `group_open_http_svc.get_permission_group`.
    GetPermissionGroup {}
    ? {
        group_id "GroupId": String,
        /// Absent or empty: all, page by page.
        ids "PermissionGroupIdList": Vec<String>,
        /// Up to 20.
        limit "Limit": i64,
        /// Of the answer before; empty at first.
        next "Next": String,
    }
}

wire! {
    /// A permission group.
    PermissionGroupInfo {
        permission_group_id "PermissionGroupId": String,
        name "PermissionGroupName": String,
        /// Rights in the community.
        permission "Permission": Permission,
        custom "CustomString": String,
        member_num "MemberNum": u64,
        /// Unix seconds.
        create_time "CreateTime": i64,
    }
    ? {
        /// Only where permission groups were asked for by their ID: 0, or why this one could not be read.
        error_code "ErrorCode": ErrorCode,
        error_info "ErrorInfo": String,
    }
}

wire! {
    /// Answer of `get_permission_group`.
    PermissionGroupInfos {
        infos "PermissionGroupInfoList": Vec<PermissionGroupInfo>,
        /// Empty: that was all.
        next "Next": String,
    }
}

wire! {
    /// Rights of a permission group in one topic.
    TopicPermission { topic_id "TopicId": String }
    ? { permission "Permission": Permission }
}

wire! {
    /// `group_open_http_svc.add_topic_permission_group` and `set_topic_permission_group`.
    PutTopicPermission {
        /// Up to 50.
        topics "TopicPermissionList": Vec<TopicPermission>,
    }
    ? { group_id "GroupId": String, permission_group_id "PermissionGroupId": String }
}

wire! {
    /// `group_open_http_svc.delete_topic_permission_group` (up to 50) and `get_topic_permission_group` (absent: all).
    NamedTopicPermission {}
    ? {
        group_id "GroupId": String,
        permission_group_id "PermissionGroupId": String,
        topics "TopicIdList": Vec<String>,
    }
}

wire! {
    /// What became of one topic.
    TopicPermissionResult { topic_id "TopicId": String, error_code "ErrorCode": ErrorCode, error_info "ErrorInfo": String }
    ? {
        /// Only `get_topic_permission_group`.
        permission "Permission": Permission,
    }
}

wire! {
    /// Answer of the four commands about topics.
    TopicPermissionResults { results "TopicPermissionResultList": Vec<TopicPermissionResult> }
}

wire! {
    /// `group_open_http_svc.add_permission_group_member` and `delete_permission_group_member`.
    PermissionGroupMembers {
        /// Up to 100.
        members "MemberList": Vec<NewMember>,
    }
    ? { group_id "GroupId": String, permission_group_id "PermissionGroupId": String }
}

wire! {
    /// `group_open_http_svc.get_permission_group_member_list`.
    GetPermissionGroupMembers {}
    ? {
        group_id "GroupId": String,
        permission_group_id "PermissionGroupId": String,
        /// Up to 50.
        limit "Limit": i64,
        /// Of the answer before; empty at first.
        next "Next": String,
    }
}

wire! {
    /// Answer of `get_permission_group_member_list`.
    PermissionGroupMemberPage {
        members "MemberList": Vec<MemberProfile>,
        /// Empty: that was all.
        next "Next": String,
    }
}

wire! {
    /// What one member may do in a community where permission groups decide: `OwnRights` of a group, answer of `tern_group.own_rights`.
    OwnRights {
        /// In the community.
        permission "Permission": Permission,
        /// In topics that are not in the list.
        topic_permission "TopicPermission": Permission,
        /// Topics where one may do more.
        topics "TopicPermissionList": Vec<TopicPermission>,
        /// The permission groups one is in.
        permission_groups "PermissionGroupIdList": Vec<String>,
    }
}
