//! Push: device tokens of phones, and jobs for bridges (`tern_push`, `contract/tern-commands.md` section 5).

use super::conversation::ConversationId;
use super::message::RawJson;
use super::wire::wire;

wire! {
    /// `tern_push.set_token`: a phone's session registers where its pushes go. An empty token clears it.
    SetToken {
        /// Certificate of the bridge's configuration.
        cert_id "CertId": i64,
        token "Token": String,
    }
}

wire! {
    /// `tern_push.background`: the app is out of sight; pushes go out although the link lives.
    Background {
        /// The app's own count: its icon shows this and one more per message from now on.
        unread "Unread": u64,
    }
}

wire! {
    /// `tern_push.login`: the first frame of a bridge.
    PushLogin { token "Token": String }
    ? {
        /// Shown by `bridge list`.
        name "Name": String,
    }
}

wire! {
    /// Answer of `tern_push.login`.
    PushLoggedIn {
        /// Server time, milliseconds.
        time_ms "TimeMs": i64,
        /// Seconds between two `heartbeat.alive`.
        hello_interval "HelloInterval": u64,
        /// Jobs that wait.
        pending "Pending": u64,
    }
}

wire! {
    /// `tern_push.pull`: leases jobs for 60 s.
    PushPull { max "Max": u64 }
}

wire! {
    /// Answer of `tern_push.pull`.
    PushJobs { jobs "Jobs": Vec<PushJob>, pending "Pending": u64 }
}

wire! {
    /// One receiver of one message, with all that policy and rendering need.
    PushJob {
        /// Lease; named by `tern_push.ack`.
        job_id "JobId": String,
        sdk_app_id "SdkAppId": u32,
        to_account "To_Account": String,
        from_account "From_Account": String,
        /// The receiver's conversation.
        conversation "Conversation": ConversationId,
        /// Place of the message in it.
        place "Place": u64,
        msg_seq "MsgSeq": u64,
        msg_random "MsgRandom": u64,
        /// Server time, seconds.
        msg_time "MsgTime": i64,
        /// Server time after which nobody wants it any more, seconds.
        expire_time "ExpireTime": i64,
        /// The receiver's option for the conversation, as in member profiles.
        msg_flag "MsgFlag": String,
        /// Unread messages of all the receiver's conversations, this one counted.
        unread_total "UnreadTotal": u64,
        devices "Devices": Vec<PushDevice>,
    }
    ? {
        from_nick "From_AccountNick": String,
        group_name "GroupName": String,
        msg_body "MsgBody": RawJson,
        offline_push_info "OfflinePushInfo": RawJson,
        cloud_custom_data "CloudCustomData": String,
        /// 1 when the message names the receiver or everybody.
        at_me "AtMe": i64,
    }
}

wire! {
    /// A device of the receiver that is away and can be pushed to.
    PushDevice {
        /// The installation.
        install "Install": String,
        platform "Platform": String,
        cert_id "CertId": i64,
        token "Token": String,
        /// Server time, milliseconds.
        registered_at_ms "RegisteredAtMs": i64,
        /// `Online` (in the background), `PushOnline` or `Offline`.
        status "Status": String,
    }
    ? {
        /// Number for the app's icon, where the app told its own count in `tern_push.background`; absent: the unread total.
        badge "Badge": u64,
    }
}

wire! {
    /// `tern_push.ack`: these jobs are in the bridge's own ledger now.
    PushAck { job_ids "JobIds": Vec<String> }
}

wire! {
    /// `tern_push.report`.
    PushReport { results "Results": Vec<PushResult> }
}

wire! {
    /// What became of a push to one device.
    PushResult {
        push_id "PushId": String,
        sdk_app_id "SdkAppId": u32,
        to_account "To_Account": String,
        install "Install": String,
        cert_id "CertId": i64,
        token "Token": String,
        /// Outcome of `contract/push-providers.md` section 0; `TokenInvalid` clears the token unless it was registered after `SinceMs`.
        outcome "Outcome": String,
        detail "Detail": String,
        time_ms "TimeMs": i64,
    }
    ? {
        since_ms "SinceMs": i64,
    }
}

wire! {
    /// `tern_push.state`: asked after a lost link, for what the bridge still holds.
    PushStateQuery { items "Items": Vec<PushStateItem> }
}

wire! {
    /// A held push.
    PushStateItem {
        sdk_app_id "SdkAppId": u32,
        to_account "To_Account": String,
        conversation "Conversation": ConversationId,
        place "Place": u64,
    }
}

wire! {
    /// Answer of `tern_push.state`, in the order asked for: `Push` (still wanted), `Online`, `Read` or `Gone`.
    PushStates { states "States": Vec<String> }
}

wire! {
    /// `tern_push.presence`: pages through everybody.
    PushPresence { limit "Limit": u64 }
    ? { cursor "Cursor": String }
}

wire! {
    /// One person's state.
    PushPresenceItem { sdk_app_id "SdkAppId": u32, to_account "To_Account": String, status "Status": String }
}

wire! {
    /// Answer of `tern_push.presence`; `Cursor` absent: the end.
    PushPresencePage { items "Items": Vec<PushPresenceItem> }
    ? { cursor "Cursor": String }
}
