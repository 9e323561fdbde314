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
    ? { detail "Detail": Vec<PlatformState> }
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
