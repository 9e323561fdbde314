//! Acting on conversations: pin, delete, mark, group (`contract/rest-api.md` section 7, `contract/web-frames.md` section 4,
//! `contract/client-semantics.md` section 6).

use super::conversation::ConversationId;
use super::wire::wire;

wire! {
    /// `recentcontact.delete`, over REST.
    DeleteConversation {}
    ? {
        from_account "From_Account": String,
        kind "Type" | "type": i64,
        to_account "To_Account": String,
        group_id "ToGroupid" | "ToGroupId" | "GroupId": String,
        /// 1: the user's history goes too.
        clear_ramble "ClearRamble": i64,
    }
}

wire! {
    /// `recentcontact.batch_delete`, of clients; up to 100.
    BatchDelete { contact_item "ContactItem": Vec<ConversationId> }
    ? { from_account "From_Account": String, clear_ramble "ClearRamble": i64 }
}

wire! {
    /// Answer of `batch_delete`; each names its conversation itself, as the product's Web SDK reads it.
    BatchDeleted { result_item "ResultItem": Vec<DeletedContact> }
}

wire! {
    /// What became of one deletion.
    DeletedContact { kind "Type": i64, result_code "ResultCode": i32, result_info "ResultInfo": String }
    ? { to_account "To_Account": String, group_id "ToGroupId": String }
}

wire! {
    /// `recentcontact.clear_msg`, of clients: clears the history of a conversation for oneself; the conversation stays on the list.
    ClearMsg {}
    ? {
        from_account "From_Account": String,
        kind "Type": i64,
        to_account "To_Account": String,
        group_id "ToGroupId" | "ToGroupid" | "GroupId": String,
    }
}

wire! {
    /// `recentcontact.top`, of clients: `OperationType` 1 pins, 2 unpins.
    Top { recent_contact_item "RecentContactItem": Vec<ConversationId> }
    ? { from_account "From_Account": String, operation_type "OperationType": i64 }
}

wire! {
    /// One mark to set or clear. The first 32 bits are reserved: 0 favourite, 1 unread, 2 collapsed, 3 hidden.
    MarkItem { contact_item "ContactItem": ConversationId }
    ? {
        /// 1 standard marks, 2 custom mark, 3 both.
        opt_type "OptType": i64,
        clear_mark "ClearMark": Vec<i64>,
        set_mark "SetMark": Vec<i64>,
        /// Up to 256 bytes.
        custom_mark "CustomMark": String,
    }
}

wire! {
    /// `recentcontact.mark_contact`; up to 100.
    MarkContact { mark_item "MarkItem": Vec<MarkItem> }
    ? { from_account "From_Account": String }
}

wire! {
    /// A conversation as these answers name it.
    NamedContact { kind "Type": i64 }
    ? { to_account "To_Account": String, group_id "ToGroupId": String }
}

impl From<ConversationId> for NamedContact {
    fn from(ConversationId { kind, to_account, group_id }: ConversationId) -> Self {
        Self { kind, to_account, group_id }
    }
}

wire! {
    /// What became of one conversation.
    ContactResult { contact_item "ContactItem": NamedContact, result_code "ResultCode": i32, result_info "ResultInfo": String }
    ? { opt_type "OptType": i64, contact_opt_type "ContactOptType": i64 }
}

wire! {
    /// Answer of `mark_contact`.
    MarkResults { result_item "ResultItem": Vec<ContactResult> }
}

wire! {
    /// A conversation group to make.
    GroupContactItem { group_name "GroupName": String, contact_item "ContactItem": Vec<ConversationId> }
}

wire! {
    /// `recentcontact.create_contact_group`.
    CreateContactGroup { group_contact_item "GroupContactItem": Vec<GroupContactItem> }
    ? { from_account "From_Account": String }
}

wire! {
    /// Name and number of a conversation group.
    GroupItem { group_name "GroupName": String, group_id "GroupId": i64 }
}

wire! {
    /// What became of a new conversation group.
    GroupResultItem { group_item "GroupItem": GroupItem, result_item "ResultItem": Vec<ContactResult> }
}

wire! {
    /// Answer of `create_contact_group`.
    ContactGroupsCreated { group_result_item "GroupResultItem": Vec<GroupResultItem> }
}

wire! {
    /// `recentcontact.del_contact_group`.
    DelContactGroup { group_name "GroupName": Vec<String> }
    ? { from_account "From_Account": String }
}

wire! {
    /// Answer of `del_contact_group`.
    ContactGroupsDeleted { group_item "GroupItem": Vec<GroupItem> }
}

wire! {
    /// One member change: 1 add, 2 remove.
    ContactUpdateItem { contact_opt_type "ContactOptType": i64, contact_item "ContactItem": ConversationId }
}

wire! {
    /// What to change of a conversation group: 1 its name, 2 its members.
    UpdateGroup {
        update_group_type "UpdateGroupType": i64,
        old_group_name "OldGroupName": String,
        contact_update_item "ContactUpdateItem": Vec<ContactUpdateItem>,
    }
    ? { new_group_name "NewGroupName": String }
}

wire! {
    /// `recentcontact.update_contact_group`.
    UpdateContactGroup { update_type "UpdateType": i64, update_group "UpdateGroup": UpdateGroup }
    ? { from_account "From_Account": String }
}

wire! {
    /// Result of an update.
    UpdateGroupResult {
        update_group_type "UpdateGroupType": i64,
        group_name "GroupName": String,
        group_id "GroupId": i64,
        old_group_name "OldGroupName": String,
        contact_result_item "ContactResultItem": Vec<ContactResult>,
    }
}

wire! {
    /// Answer of `update_contact_group`.
    ContactGroupUpdated { update_type "UpdateType": i64, update_group_result "UpdateGroupResult": UpdateGroupResult }
}

wire! {
    /// `recentcontact.get_contact_group`.
    GetContactGroup { start_index "StartIndex": i64 }
    ? { from_account "From_Account": String }
}

wire! {
    /// Marks and groups of one conversation.
    ContactMarks {
        kind "Type": i64,
        /// The bits as text, the lowest last.
        standard_mark "StandardMark": String,
        custom_mark "CustomMark": String,
        contact_group_id "ContactGroupId": Vec<i64>,
        /// Seconds of the last change.
        timestamp "Timestamp": i64,
    }
    ? { to_account "To_Account": String, to_group_id "ToGroupId": String }
}

wire! {
    /// Answer of `get_contact_group`.
    ContactGroups {
        contact_item "ContactItem": Vec<ContactMarks>,
        group_item "GroupItem": Vec<GroupItem>,
        complete_flag "CompleteFlag": i64,
        next_start_index "NextStartIndex": i64,
    }
}

wire! {
    /// `recentcontact.search_contact_group`; up to 300.
    SearchContactGroup { contact_item "ContactItem": Vec<ConversationId> }
    ? { from_account "From_Account": String }
}

wire! {
    /// Answer of `search_contact_group`.
    ContactGroupHits { contact_result_item "ContactResultItem": Vec<ContactMarks>, group_item "GroupItem": Vec<GroupItem> }
}

wire! {
    /// `tern_conversation.set`: receive option of a conversation, of one's own.
    SetConversation { id "Id": ConversationId }
    ? {
        /// `AcceptAndNotify`, `AcceptNotNotify`, `Discard`, `AcceptNotNotifyExceptAt`.
        msg_flag "MsgFlag": String,
    }
}

wire! {
    /// `openim.get_c2c_peer_mute_notifications`, of the product's Web SDK.
    GetPeerMute { peer_account "Peer_Account": Vec<String> }
    ? { to_account "To_Account": String }
}

wire! {
    /// Receive option of one peer: 0 notify, 1 discard, 2 do not notify, 3 only mentions.
    PeerMute {
        peer_account "Peer_Account": String,
        mute "Mute_Notifications": i64,
        /// The same once more, where the product's Web SDK reads it.
        mute_flag "MuteFlag": i64,
    }
}

wire! {
    /// Answer of `get_c2c_peer_mute_notifications`; our own form, the product's is not known.
    PeerMutes { list "MuteNotificationsList": Vec<PeerMute> }
}

wire! {
    /// `openim.set_c2c_peer_mute_notifications`; the option is a number of [`PeerMute`] or a word of `MsgFlag`.
    SetPeerMute { peer_account "Peer_Account": Vec<String>, mute "Mute_Notifications": serde_json::Value }
    ? { to_account "To_Account": String }
}
