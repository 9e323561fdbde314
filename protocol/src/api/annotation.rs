//! What is attached to a stored message: extensions (`contract/rest-api.md` section 6), reactions and pins
//! (`contract/client-semantics.md` 3.8 and 3.9, `contract/tern-commands.md` section 3).

use super::conversation::ConversationId;
use super::message::Message;
use super::wire::wire;

wire! {
    /// A key-value of a message with its version.
    Extension { key "Key": String, value "Value": String, seq "Seq": u64 }
}

wire! {
    /// `openim_msg_ext_http_svc.get_key_values` and `group_get_key_values`.
    GetKeyValues {}
    ? {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_key "MsgKey": String,
        group_id "GroupId": String,
        msg_seq "MsgSeq": u64,
        start_seq "StartSeq": u64,
    }
}

wire! {
    /// Answer of both reads.
    KeyValues {
        extension_list "ExtensionList": Vec<Extension>,
        complete_flag "CompleteFlag": i64,
        latest_seq "LatestSeq": u64,
        clear_seq "ClearSeq": u64,
    }
}

wire! {
    /// `openim_msg_ext_http_svc.set_key_values` and `group_set_key_values`.
    SetKeyValues { extension_list "ExtensionList": Vec<Extension> }
    ? {
        from_account "From_Account": String,
        to_account "To_Account": String,
        msg_key "MsgKey": String,
        group_id "GroupId": String,
        msg_seq "MsgSeq": u64,
        /// 1 set, 2 delete, 3 clear.
        operate_type "OperateType": i64,
    }
}

wire! {
    /// What became of one pair; the extension is as it stands now.
    ExtensionResult { error_code "ErrorCode": i32, extension "Extension": Extension }
}

wire! {
    /// Answer of both writes.
    ExtensionResults { extension_list "ExtensionList": Vec<ExtensionResult> }
}

wire! {
    /// `tern_message.react`: adds (`Operation` 1) or removes (2) one's own reaction.
    React { id "Id": ConversationId, place "Place": u64, reaction "Reaction": String, operation "Operation": i64 }
}

wire! {
    /// One kind of reaction of a message.
    ReactionCount {
        reaction "Reaction": String,
        count "Count": u64,
        /// The first ten, earliest first.
        users "Users": Vec<String>,
        /// 1: one's own is among them.
        mine "Mine": i64,
    }
}

wire! {
    /// `tern_message.reactions`: reactions of up to 20 messages of one conversation.
    Reactions { id "Id": ConversationId, places "Places": Vec<u64> }
}

wire! {
    /// Reactions of one message.
    MessageReactions { place "Place": u64, reactions "Reactions": Vec<ReactionCount> }
}

wire! {
    /// Answer of `tern_message.reactions`.
    ReactionList { messages "Messages": Vec<MessageReactions> }
}

wire! {
    /// `group_open_http_svc.pin_message` and `tern_message.unpin`.
    PinMessage {}
    ? { group_id "GroupId": String, msg_seq "MsgSeq": u64, pinner_account "Pinner_Account": String }
}

wire! {
    /// `tern_message.pins`: pinned messages of a group, newest pin first.
    Pins { group_id "GroupId": String }
}

wire! {
    /// A pinned message.
    Pin { message "Message": Message, pinner "Pinner_Account": String, time "Time": i64 }
}

wire! {
    /// Answer of `tern_message.pins`.
    PinList { pins "Pins": Vec<Pin> }
}
