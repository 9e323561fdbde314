//! Conversations: the contract's lists and tern's synchronisation
//! (`contract/rest-api.md` section 7, `contract/tern-commands.md` section 2).

use super::message::Message;
use super::profile::UserProfile;
use super::wire::wire;

wire! {
    /// Names a conversation: `Type` 1 with `To_Account`, or 2 with `GroupId`.
    ConversationId {
        kind "Type": i64,
    }
    ? {
        to_account "To_Account": String,
        group_id "GroupId" | "ToGroupId" | "ToGroupid": String,
    }
}

impl ConversationId {
    /// The one-to-one conversation with a user.
    pub fn c2c(user: impl Into<String>) -> Self {
        Self { kind: 1, to_account: Some(user.into()), group_id: None }
    }

    /// A group's conversation.
    pub fn group(group: impl Into<String>) -> Self {
        Self { kind: 2, to_account: None, group_id: Some(group.into()) }
    }
}

wire! {
    /// `recentcontact.get_list` (REST) and `recentcontact.page_get` (clients).
    RecentContacts {}
    ? {
        from_account "From_Account": String,
        time_stamp "TimeStamp": i64,
        start_index "StartIndex": i64,
        top_time_stamp "TopTimeStamp": i64,
        top_start_index "TopStartIndex": i64,
        assist_flags "AssistFlags": i64,
        msg_assist_flags "MsgAssistFlags": i64,
        order_type "OrderType": i64,
    }
}

wire! {
    /// One conversation of [`RecentContactPage`]. `page_get` adds the last message and the unread count.
    SessionItem {
        kind "Type": i64,
        /// Seconds.
        msg_time "MsgTime": i64,
        top_flag "TopFlag": i64,
    }
    ? {
        to_account "To_Account": String,
        group_id "GroupId": String,
        to_group_id "ToGroupId": String,
        /// The group once more, where the product's Web SDK reads it; only `page_get`.
        to_contact "ToAccount": String,
        /// Receive option of a one-to-one conversation: 0 notify, 1 discard, 2 do not notify, 3 only mentions; only `page_get`.
        recv_option "MsgRecvOption": i64,
        /// `TopFlag` once more; only `page_get`.
        top_flags "TopFlags": i64,
        unread_msg_count "UnreadMsgCount": u64,
        last_msg "LastMsg": Message,
    }
}

wire! {
    /// Answer of both lists; the paging values go into the next request.
    RecentContactPage {
        session_item "SessionItem": Vec<SessionItem>,
        /// 1: the end.
        complete_flag "CompleteFlag": i64,
        time_stamp "TimeStamp": i64,
        start_index "StartIndex": i64,
        top_time_stamp "TopTimeStamp": i64,
        top_start_index "TopStartIndex": i64,
    }
}

wire! {
    /// `tern_conversation.top`: pins a conversation of one's own, or lets it go.
    SetTop {
        id "Id": ConversationId,
        /// 1 pinned, 0 not.
        top_flag "TopFlag": i64,
    }
}

wire! {
    /// `tern_sync.pull`: what changed since `Rev`, newest first. `Rev` 0 gives all.
    SyncPull { rev "Rev": u64, limit "Limit": u64 }
    ? {
        /// From the answer before, for the next page.
        before "Before": u64,
    }
}

wire! {
    /// Answer of `tern_sync.pull`.
    Synced {
        /// To be asked from next time, once `Complete` is 1. Of the first page: later pages repeat it.
        rev "Rev": u64,
        /// 1: nothing older has changed.
        complete "Complete": i64,
        conversations "Conversations": Vec<Conversation>,
        groups "Groups": Vec<SyncGroup>,
        /// Profiles of the people in these conversations, and one's own.
        contacts "Contacts": Vec<UserProfile>,
    }
    ? {
        before "Before": u64,
        /// Topics of the communities one is in.
        topics "Topics": Vec<super::topic::SyncTopic>,
        /// All conversation groups of the user, with each first page. Absent there: none.
        contact_groups "ContactGroups": Vec<super::recent_contact::GroupItem>,
    }
}

wire! {
    /// A conversation as one user sees it.
    Conversation {
        id "Id": ConversationId,
        rev "Rev": u64,
        unread "Unread": u64,
        /// Own read position.
        read_place "ReadPlace": u64,
        /// Newest place.
        last_place "LastPlace": u64,
        /// Oldest place that can still be read.
        first_place "FirstPlace": u64,
        /// 1: pinned.
        top_flag "TopFlag": i64,
        /// `AcceptAndNotify`, `AcceptNotNotify`, `Discard`, `AcceptNotNotifyExceptAt`.
        msg_flag "MsgFlag": String,
        /// Name to show: nick or group name; empty: show the ID.
        show_name "ShowName": String,
        face_url "FaceUrl": String,
    }
    ? {
        last_msg "LastMsg": Message,
        /// C2C: place up to which the peer has read.
        peer_read_place "PeerReadPlace": u64,
        /// Groups: 1 @me, 2 @all, 3 both, above the read position.
        at_type "AtType": i64,
        /// 1: removed from the list (deleted, or the group was left or dismissed).
        gone "Gone": i64,
        /// Marks as bits in text, the lowest last: bit 0 favourite, 1 unread, 2 collapsed, 3 hidden, 32 to 63 free. Absent: none.
        standard_mark "StandardMark": String,
        /// Custom data, up to 256 bytes. Absent: none.
        custom_mark "CustomMark": String,
        /// Conversation groups it is in, numbers of [`Synced::contact_groups`]; a number that is not there any more means nothing.
        contact_group_id "ContactGroupId": Vec<i64>,
    }
}

wire! {
    /// A group as one member sees it.
    SyncGroup {
        group_id "GroupId": String,
        /// Old word, as in [`super::message::GroupInfo`].
        kind "Type": String,
        name "Name": String,
        face_url "FaceUrl": String,
        member_num "MemberNum": u64,
        /// Own role: `Owner`, `Admin`, `Member`; empty when no member any more.
        role "Role": String,
        rev "Rev": u64,
    }
    ? {
        introduction "Introduction": String,
        notification "Notification": String,
        owner "Owner_Account": String,
        name_card "NameCard": String,
        /// Number of the last change of the pinned messages, which `tern_message.pins` tells; absent: none was ever pinned.
        pin_rev "PinRev": u64,
        /// What one may do oneself; absent: roles decide, or (in events) as it was.
        own_rights "OwnRights": super::permission_group::OwnRights,
        /// 1: left, removed or dismissed.
        gone "Gone": i64,
        apply_join_option "ApplyJoinOption": String,
        invite_join_option "InviteJoinOption": String,
        /// `On` or `Off`: only owner and admins speak.
        mute_all_member "MuteAllMember": String,
        /// Members at most; 0: no limit.
        max_member_num "MaxMemberNum": u64,
        /// Communities: 1 with topics.
        support_topic "SupportTopic": i64,
        /// Communities: 1 permission groups decide rights.
        enable_permission "EnablePermission": i64,
        /// Communities: bits of members who are in no permission group.
        default_permission "DefaultPermission": u64,
        /// End of one's own mute in Unix seconds; absent: none.
        mute_until "MuteUntil": i64,
        /// Own receive option.
        msg_flag "MsgFlag": String,
    }
}

wire! {
    /// `tern_sync.history`: stored messages of one conversation. Exactly one of `Before`, `After`, `Around`, `AroundTime`;
    /// none: the newest.
    History { id "Id": ConversationId, limit "Limit": u64 }
    ? {
        /// Places below this one.
        before "Before": u64,
        /// Places above this one.
        after "After": u64,
        /// This place, with both sides.
        around "Around": u64,
        /// The first place at or after this server time (seconds), with both sides.
        around_time "AroundTime": i64,
    }
}

wire! {
    /// Answer of `tern_sync.history`: by rising place. A place in between that is absent cannot be read (deleted, targeted, expired).
    HistoryPage {
        msg_list "MsgList": Vec<Message>,
        /// Lowest place this answer speaks of: everything from here to `ToPlace` that exists is in the list.
        from_place "FromPlace": u64,
        to_place "ToPlace": u64,
        /// 1: nothing older can be read.
        at_start "AtStart": i64,
        /// 1: nothing newer exists.
        at_end "AtEnd": i64,
    }
    ? { peer_read_place "PeerReadPlace": u64 }
}

wire! {
    /// `tern_sync.messages`: which stored messages of a conversation changed (recalled, modified, deleted) since `Rev`.
    ChangedMessages { id "Id": ConversationId, rev "Rev": u64, limit "Limit": u64 }
}

wire! {
    /// Answer of `tern_sync.messages`.
    ChangedMessageList {
        msg_list "MsgList": Vec<Message>,
        rev "Rev": u64,
        /// 1: all.
        complete "Complete": i64,
    }
    ? {
        /// Ranges of places that this person deleted for itself since.
        deleted "Deleted": Vec<PlaceRange>,
    }
}

wire! {
    /// Places from `First` up to `Last`.
    PlaceRange { first "First": u64, last "Last": u64 }
}
