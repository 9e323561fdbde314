//! Topics of communities (`contract/rest-api.md` section 16, `contract/tern-commands.md` section 4).

use super::wire::wire;
use serde_json::Value;

wire! {
    /// `million_group_open_http_svc.create_topic`.
    CreateTopic {}
    ? {
        group_id "GroupId": String,
        topic_name "TopicName": String,
        topic_id "TopicId": String,
        /// Who made it; a text, or (by the table's type) a number.
        from_account "From_Account": Value,
        custom_string "CustomString": String,
        face_url "FaceUrl": String,
        notification "Notification": String,
        introduction "Introduction": String,
    }
}

wire! {
    /// `group_open_http_svc.import_topic`.
    ImportTopic {}
    ? {
        group_id "GroupId": String,
        topic_name "TopicName": String,
        topic_id "TopicId": String,
        /// `Community`.
        kind "Type": String,
        from_account "From_Account": Value,
        custom_string "CustomString": String,
        face_url "FaceUrl": String,
        notification "Notification": String,
        introduction "Introduction": String,
        /// Seconds; default now.
        create_time "CreateTime": i64,
    }
}

wire! {
    /// Answer of both.
    TopicCreated { topic_id "TopicId": String }
}

wire! {
    /// `million_group_open_http_svc.destroy_topic`.
    DestroyTopic { topic_id_list "TopicIdList": Vec<String> }
    ? { group_id "GroupId": String, from_account "From_Account": Value }
}

wire! {
    /// What became of one topic.
    DestroyResult { topic_id "TopicId": String, error_code "ErrorCode": i32, error_info "ErrorInfo": String }
}

wire! {
    /// Answer of `destroy_topic`.
    TopicsDestroyed { items "DestroyResultItem": Vec<DestroyResult> }
}

wire! {
    /// `million_group_open_http_svc.modify_topic`.
    ModifyTopic {}
    ? {
        group_id "GroupId": String,
        topic_id "TopicId": String,
        topic_name "TopicName": String,
        from_account "From_Account": Value,
        custom_string "CustomString": String,
        face_url "FaceUrl": String,
        notification "Notification": String,
        introduction "Introduction": String,
        /// `On` or `Off`.
        mute_all_member "MuteAllMember" | "ShutUpAllMember": String,
    }
}

wire! {
    /// `million_group_open_http_svc.get_topic`.
    GetTopic {}
    ? {
        group_id "GroupId": String,
        /// Whose view.
        from_account "From_Account": Value,
        /// Absent: all.
        topic_id_list "TopicIdList": Vec<String>,
        /// Names of fields; absent: all.
        response_filter "ResponseFilter": Vec<String>,
    }
}

wire! {
    /// Profile of a topic.
    TopicInfo { topic_id "TopicId": String }
    ? {
        group_id "GroupID": String,
        topic_name "TopicName": String,
        face_url "FaceUrl": String,
        notification "Notification": String,
        introduction "Introduction": String,
        next_msg_seq "NextMsgSeq": u64,
        create_time "CreateTime": i64,
        last_msg_time "LastMsgTime": i64,
        /// `On` or `Off`.
        mute_all_member "MuteAllMember": String,
        custom_string "CustomString": String,
    }
}

wire! {
    /// A member's own place in a topic.
    TopicSelfInfo {}
    ? {
        /// 0, or end of the mute in Unix seconds.
        shut_up_time "ShutUpTime": i64,
        /// Own read position.
        msg_seq "MsgSeq": u64,
        msg_flag "MsgFlag": String,
    }
}

wire! {
    /// One topic of the answer, or why it could not be read.
    TopicAndSelf { error_code "ErrorCode": i32, error_info "ErrorInfo": String }
    ? { topic_info "TopicInfo": TopicInfo, self_info "SelfInfo": TopicSelfInfo }
}

wire! {
    /// Answer of `get_topic`.
    Topics { list "TopicAndSelfInfo": Vec<TopicAndSelf> }
}

wire! {
    /// A topic as the devices of a community's members keep it.
    SyncTopic {
        topic_id "TopicId": String,
        /// The community.
        group_id "GroupId": String,
        topic_name "TopicName": String,
        face_url "FaceUrl": String,
        rev "Rev": u64,
    }
    ? {
        introduction "Introduction": String,
        notification "Notification": String,
        custom_string "CustomString": String,
        /// 1: only owner and admins may speak in it.
        mute_all "MuteAll": i64,
        /// Seconds.
        create_time "CreateTime": i64,
        /// Told to one person alone; absent in events for everybody: as it was.
        own "SelfInfo": SyncTopicSelf,
        /// Number of the last change of its pinned messages, as of groups.
        pin_rev "PinRev": u64,
        /// 1: it is gone.
        gone "Gone": i64,
    }
}

wire! {
    /// One person's place in a topic.
    SyncTopicSelf {
        /// The receive option that holds.
        msg_flag "MsgFlag": String,
        /// 1: that is the community's, none is set for this topic.
        inherits "Inherits": i64,
        /// 0, or end of the mute in this topic in Unix seconds.
        shut_up_until "ShutUpUntil": i64,
    }
}
