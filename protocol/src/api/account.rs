//! Accounts and login: `im_open_login_svc` over REST, `im_open_status` and `heartbeat` over WebSocket
//! (`contract/rest-api.md` section 3, `contract/web-frames.md` section 3).

use super::wire::wire;

wire! {
    /// `im_open_login_svc.account_import`; also an item of `AccountList`.
    AccountImport { user_id "UserID" | "Identifier": String }
    ? { nick "Nick": String, face_url "FaceUrl": String }
}

wire! {
    /// `im_open_login_svc.multiaccount_import`: names alone, or the newer list with nick and photo.
    MultiaccountImport {}
    ? { accounts "Accounts": Vec<String>, account_list "AccountList": Vec<AccountImport> }
}

wire! {
    /// Answer of `multiaccount_import`.
    MultiaccountImported { fail_accounts "FailAccounts": Vec<String> }
}

wire! {
    /// One account of a list.
    AccountItem { user_id "UserID": String }
}

wire! {
    /// `im_open_login_svc.account_delete`.
    AccountDelete { delete_item "DeleteItem": Vec<AccountItem> }
}

wire! {
    /// `im_open_login_svc.account_check`.
    AccountCheck { check_item "CheckItem": Vec<AccountItem> }
}

wire! {
    /// What became of one account.
    AccountResult {
        user_id "UserID": String,
        result_code "ResultCode": i32,
        result_info "ResultInfo": String,
    }
    ? {
        /// `Imported` or `NotImported`; only `account_check`.
        account_status "AccountStatus": String,
    }
}

wire! {
    /// Answer of `account_delete` and `account_check`.
    AccountResults { result_item "ResultItem": Vec<AccountResult> }
}

wire! {
    /// `im_open_login_svc.kick`.
    Kick { user_id "UserID" | "Identifier": String }
}

wire! {
    /// `im_open_status.wslogin`: the first frame of a person's link; UserID and UserSig are in the head.
    Login {}
    ? {
        /// `Online`.
        state "State": String,
        /// Kind of instance, of the vendor's Web SDK.
        inst_type "InstType": i64,
        /// [`crate::model::presence`] platform word; absent: `Web`.
        platform "TernPlatform": String,
        /// Text that stays the same for an installation: the same install replaces its own old link without a kick.
        install "TernInstall": String,
        /// `interactive` (default), `command` or `push`.
        mode "TernMode": String,
        /// `InstId` of this client's link before, which broke: its places in live rooms go on.
        resume "TernResume": u64,
    }
}

wire! {
    /// Answer of `wslogin`.
    LoggedIn {
        /// The account's number, as text.
        tiny_id "TinyId": String,
        a2_key "A2Key": String,
        inst_id "InstId": u64,
        /// Seconds between two hellos.
        hello_interval "HelloInterval": u64,
        /// Server time, seconds.
        time_stamp "TimeStamp": i64,
    }
    ? {
        /// Server time, milliseconds.
        time_ms "TernTimeMs": i64,
        /// The database's newest change.
        rev "TernRev": u64,
        /// What this person said of itself; absent: nothing.
        custom_status "TernCustomStatus": String,
        /// Seconds in which a sender may recall a message.
        recall_seconds "TernRecallSeconds": i64,
    }
}

wire! {
    /// `im_open_status.wslogout`: ends the link; a phone gets no pushes any more.
    Logout {}
    ? { kind "wslogout_type": i64 }
}

wire! {
    /// `im_open_status.wshello` and `heartbeat.alive`: the link lives. `wshello` may carry the `a2` in its head.
    Hello {}
}
