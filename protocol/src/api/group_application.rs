//! Applications for membership and invitations that wait (`contract/client-semantics.md` 7.3, `contract/tern-commands.md` section 4).

use super::wire::wire;

wire! {
    /// `group_open_http_svc.handle_apply_join_group`, of clients: an owner or admin decides an application or invitation, or an
    /// invitee its own.
    HandleApplyJoinGroup {}
    ? {
        group_id "GroupId": String,
        /// Who wants in or is invited.
        applicant_account "Applicant_Account": String,
        /// `Agree` or `Reject`.
        handle_msg "HandleMsg": String,
        /// Words for the applicant.
        approval_msg "ApprovalMsg": String,
        /// As it stood in the notice.
        authentication "Authentication": String,
        /// As it stood in the notice.
        msg_key "MsgKey": u64,
        user_defined_field "UserDefinedField": String,
    }
}

wire! {
    /// Answer of `tern_group.applications`, newest first.
    Applications {
        /// Those that wait and came after what was read.
        unread_num "UnreadNum": u64,
        applications "Applications": Vec<Application>,
    }
}

wire! {
    /// An application or invitation.
    Application {
        group_id "GroupId": String,
        group_name "GroupName": String,
        /// [`apply_type`] numbers.
        apply_type "ApplyType": i64,
        from_account "From_Account": String,
        from_nick "FromNick": String,
        from_face_url "FromFaceUrl": String,
        /// The invitee; of an application empty.
        to_account "To_Account": String,
        /// Unix seconds.
        add_time "AddTime": i64,
        message "Message": String,
        /// 0 nobody yet, 1 by somebody else, 2 by oneself.
        handle_status "HandleStatus": i64,
        /// 0 refused, 1 agreed.
        handle_result "HandleResult": i64,
        handled_message "HandledMessage": String,
        authentication "Authentication": String,
        msg_key "MsgKey": u64,
    }
}

/// `ApplyType` of an [`Application`].
pub mod apply_type {
    /// Somebody wants in; owner and admins decide.
    pub const JOIN: i64 = 0;
    /// Somebody is invited; the invitee decides.
    pub const INVITED: i64 = 1;
    /// Somebody is invited; owner and admins decide.
    pub const INVITE: i64 = 2;
}

wire! {
    /// `tern_group.applications_read`: everything up to this time was seen.
    ApplicationsRead {
        /// Unix seconds; 0: now.
        time "Time": i64,
    }
}
