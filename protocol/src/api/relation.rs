//! Friends and block lists, as far as the rules of sending need them (`contract/rest-api.md` section 9).

use super::wire::wire;

wire! {
    /// What became of one person of a list.
    RelationResult { to_account "To_Account": String, result_code "ResultCode": i32, result_info "ResultInfo": String }
}

wire! {
    /// Answer of the commands that change a list.
    RelationResults { result_item "ResultItem": Vec<RelationResult> }
    ? {
        /// Who failed; only if somebody did.
        fail_account "Fail_Account": Vec<String>,
    }
}

wire! {
    /// `sns.friend_import`: friends of one person, one way.
    FriendImport { add_friend_item "AddFriendItem": Vec<FriendItem> }
    ? { from_account "From_Account": String }
}

wire! {
    /// A friend to import.
    FriendItem { to_account "To_Account": String }
    ? {
        add_source "AddSource": String,
        remark "Remark": String,
        remark_time "RemarkTime": i64,
        group_name "GroupName": Vec<String>,
        add_wording "AddWording": String,
        /// Seconds; absent: now.
        add_time "AddTime": i64,
        custom_item "CustomItem": Vec<FriendCustomItem>,
    }
}

wire! {
    /// A custom field of a friend: `Tag_SNS_Custom_<key>`.
    FriendCustomItem { tag "Tag": String, value "Value": String }
}

wire! {
    /// `sns.black_list_add` and `sns.black_list_delete`.
    BlackListChange { to_account "To_Account": Vec<String> }
    ? { from_account "From_Account": String }
}

wire! {
    /// `sns.black_list_get`.
    BlackListGet { start_index "StartIndex": i64, max_limited "MaxLimited": i64, last_sequence "LastSequence": i64 }
    ? { from_account "From_Account": String }
}

wire! {
    /// Who is blocked, and since when (seconds).
    BlackListItem { to_account "To_Account": String, add_time "AddBlackTimeStamp": i64 }
}

wire! {
    /// Answer of `black_list_get`; the misspelled sequence is the contract's.
    BlackList {
        black_list_item "BlackListItem": Vec<BlackListItem>,
        /// 0: the end.
        start_index "StartIndex": i64,
        sequence "CurruentSequence" | "CurrentSequence": i64,
    }
}

wire! {
    /// `sns.black_list_check`: `BlackCheckResult_Type_Single` or `BlackCheckResult_Type_Both`.
    BlackListCheck { to_account "To_Account": Vec<String>, check_type "CheckType": String }
    ? { from_account "From_Account": String }
}

wire! {
    /// Who blocks whom.
    BlackListCheckItem {
        to_account "To_Account": String,
        /// `BlackCheckResult_Type_NO`, `_AWithB` (blocked by the asker), `_BWithA`, `_BothWay`.
        relation "Relation": String,
        result_code "ResultCode": i32,
        result_info "ResultInfo": String,
    }
}

wire! {
    /// Answer of `black_list_check`.
    BlackListChecked { items "BlackListCheckItem": Vec<BlackListCheckItem> }
    ? { fail_account "Fail_Account": Vec<String> }
}
