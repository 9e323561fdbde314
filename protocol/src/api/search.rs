//! Search on the server (`contract/client-semantics.md` section 12, `contract/tern-commands.md` section 8).

use super::conversation::ConversationId;
use super::message::Message;
use super::wire::wire;

wire! {
    /// `tern_search.messages`: in everything that the caller may read.
    SearchMessages {
        /// Up to 5.
        keywords "KeywordList": Vec<String>,
        limit "Limit": u64,
    }
    ? {
        /// `OR` (default) or `AND`.
        match_type "MatchType": String,
        /// Up to 5.
        senders "SenderList": Vec<String>,
        /// `TIMTextElem` and the like.
        types "MessageTypeList": Vec<String>,
        /// Absent: all conversations, grouped.
        id "Id": ConversationId,
        /// Seconds, both ends included.
        min_time "MinTime": i64,
        max_time "MaxTime": i64,
        cursor "Cursor": String,
    }
}

wire! {
    /// Hits of one conversation, newest first. `MessageList` is empty where a search over all conversations found more than one.
    SearchHit { id "Id": ConversationId, message_count "MessageCount": u64, message_list "MessageList": Vec<Message> }
}

wire! {
    /// Answer of `tern_search.messages`.
    SearchedMessages { total_count "TotalCount": u64, items "ItemList": Vec<SearchHit> }
    ? { cursor "Cursor": String }
}

wire! {
    /// `tern_search.users`, `groups`, `members`.
    SearchNames { keywords "KeywordList": Vec<String>, limit "Limit": u64 }
    ? { group_ids "GroupIdList": Vec<String>, cursor "Cursor": String }
}

wire! {
    /// A user found by ID or nick.
    FoundUser { user_id "UserID": String, nick "Nick": String, face_url "FaceUrl": String }
}

wire! {
    /// Answer of `tern_search.users`.
    FoundUsers { users "UserList": Vec<FoundUser> }
    ? { cursor "Cursor": String }
}

wire! {
    /// A group found by ID or name; only groups that one is in, or that may be found by their exact ID.
    FoundGroup { group_id "GroupId": String, kind "Type": String, name "Name": String, face_url "FaceUrl": String, member_num "MemberNum": u64 }
}

wire! {
    /// Answer of `tern_search.groups`.
    FoundGroups { groups "GroupList": Vec<FoundGroup> }
    ? { cursor "Cursor": String }
}

wire! {
    /// A member found by ID, nick or name card.
    FoundMember { group_id "GroupId": String, user_id "UserID": String, nick "Nick": String, name_card "NameCard": String }
}

wire! {
    /// Answer of `tern_search.members`.
    FoundMembers { members "MemberList": Vec<FoundMember> }
    ? { cursor "Cursor": String }
}
