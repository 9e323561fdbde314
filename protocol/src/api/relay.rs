//! Merged messages that are too large to travel inside their element (`contract/rest-api.md` section 2, `TIMRelayElem`).

use super::message::RawJson;
use super::wire::wire;

wire! {
    /// `tern_message.relay_put`: stores the list of a merged message, up to 300 messages.
    RelayPut {}
    ? {
        /// Array of {`From_Account`, `To_Account` or `GroupId`, `MsgSeq`, `MsgRandom`, `MsgTimeStamp`, `MsgBody`, `CloudCustomData`}.
        msg_list "MsgList": RawJson,
    }
}

wire! {
    /// The key by which a `TIMRelayElem` names the list.
    RelayKey { json_msg_key "JsonMsgKey": String }
}

wire! {
    /// Answer of `tern_message.relay_get`: the list as it was put.
    RelayList {}
    ? { msg_list "MsgList": RawJson }
}
