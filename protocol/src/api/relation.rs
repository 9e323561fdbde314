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
    /// Answer of `black_list_get`; the misspelled sequence is the contract's, and some SDKs read it spelled rightly.
    BlackList {
        black_list_item "BlackListItem": Vec<BlackListItem>,
        /// 0: the end.
        start_index "StartIndex": i64,
        sequence "CurruentSequence": i64,
        same_sequence "CurrentSequence": i64,
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

wire! {
    /// `sns.friend_get`: a page of somebody's friends.
    FriendGet { start_index "StartIndex": u64 }
    ? {
        from_account "From_Account": String,
        /// From the answer before: while it is the same, what the product defines of friends is left out.
        standard_sequence "StandardSequence": i64,
        /// The same for custom fields.
        custom_sequence "CustomSequence": i64,
    }
}

wire! {
    /// A friend and what one wrote down about it.
    Friend { to_account "To_Account": String, value_item "ValueItem": Vec<super::profile::ProfileItem> }
}

wire! {
    /// Answer of `sns.friend_get`.
    Friends {
        user_data_item "UserDataItem": Vec<Friend>,
        standard_sequence "StandardSequence": i64,
        custom_sequence "CustomSequence": i64,
        friend_num "FriendNum": i64,
        /// 1: the end.
        complete_flag "CompleteFlag": i64,
        next_start_index "NextStartIndex": u64,
    }
}

wire! {
    /// `sns.group_get`: somebody's friend groups.
    FriendGroupGet {}
    ? {
        from_account "From_Account": String,
        /// `Need_Friend_Type_Yes`: who is in them too.
        need_friend "NeedFriend": String,
        /// Absent: all.
        group_name "GroupName": Vec<String>,
    }
}

wire! {
    /// A friend group.
    FriendGroup { group_name "GroupName": String, friend_number "FriendNumber": i64 }
    ? { to_account "To_Account": Vec<String> }
}

wire! {
    /// Answer of `sns.group_get`.
    FriendGroups { result_item "ResultItem": Vec<FriendGroup>, current_sequence "CurrentSequence": i64 }
}
