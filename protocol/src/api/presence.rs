//! Online state of many users (`contract/rest-api.md` section 4).

use super::wire::wire;

wire! {
    /// `openim.query_online_status` and the old `openim.querystate`.
    QueryOnlineStatus { to_account "To_Account": Vec<String> }
    ? { is_need_detail "IsNeedDetail": i64 }
}

wire! {
    /// State of one platform of a user.
    PlatformState { platform "Platform": String, status "Status": String }
}

wire! {
    /// State of a user. `Status` and `State` say the same: samples and old SDKs read the latter.
    UserState {
        to_account "To_Account": String,
        status "Status": String,
        state "State": String,
    }
    ? {
        detail "Detail": Vec<PlatformState>,
        /// As in the event `UserStatusList`: 1 online, 2 offline, 3 logged out or never logged in; of a person's session only.
        number "TernStatus": i64,
        /// What the person says of itself; absent: nothing. Of a person's session only.
        custom_status "TernCustomStatus": String,
    }
}

wire! {
    /// An account that could not be served.
    AccountError { to_account "To_Account": String, error_code "ErrorCode": i32 }
}

wire! {
    /// Answer of both.
    OnlineStatus { query_result "QueryResult": Vec<UserState> }
    ? { error_list "ErrorList": Vec<AccountError> }
}

wire! {
    /// `tern_presence.subscribe` and `tern_presence.unsubscribe`.
    Watch { to_account "To_Account": Vec<String> }
}

wire! {
    /// `im_open_status.ws_set_custom_status`; empty clears.
    SetCustomStatus { custom_status "CustomStatus": String }
}
