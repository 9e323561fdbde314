//! Profiles as tag and value (`contract/rest-api.md` section 8, `contract/web-frames.md` section 3).

use super::wire::wire;
use serde_json::Value;

wire! {
    /// One field. `Value` is text or a number by its tag.
    ProfileItem { tag "Tag": String, value "Value": Value }
}

wire! {
    /// `profile.portrait_set`.
    PortraitSet { profile_item "ProfileItem": Vec<ProfileItem> }
    ? { from_account "From_Account": String }
}

wire! {
    /// `profile.portrait_get`.
    PortraitGet { to_account "To_Account": Vec<String>, tag_list "TagList": Vec<String> }
    ? { from_account "From_Account": String }
}

wire! {
    /// Profile of one user.
    UserProfile {
        to_account "To_Account": String,
        profile_item "ProfileItem": Vec<ProfileItem>,
        result_code "ResultCode": i32,
        result_info "ResultInfo": String,
    }
}

wire! {
    /// Answer of both reads.
    Portraits { user_profile_item "UserProfileItem": Vec<UserProfile> }
    ? {
        /// Only when some failed.
        fail_account "Fail_Account": Vec<String>,
    }
}

wire! {
    /// One user of `portrait_get_all`.
    PortraitGetAllItem { to_account "To_Account": String }
    ? { standard_sequence "StandardSequence": i64, custom_sequence "CustomSequence": i64 }
}

wire! {
    /// `profile.portrait_get_all`: every field, of clients.
    PortraitGetAll { user_item "UserItem": Vec<PortraitGetAllItem> }
    ? { from_account "From_Account": String }
}
