//! Attributes and counters of groups (`contract/rest-api.md` section 14). Attributes spell their keys in lower case, counters do not.

use super::wire::wire;

wire! {
    /// An attribute.
    GroupAttribute {
        /// Up to 32 bytes.
        key "key": String,
        /// Up to 4,000 bytes.
        value "value": String,
    }
    ? {
        /// How often this attribute was written: answers to clients and events have it; of a client, the number that it saw last.
        seq "seq": u64,
    }
}

wire! {
    /// `group_open_http_svc.modify_group_attr` (writes some), `set_group_attr` (replaces all) and `delete_group_attr` (values are ignored).
    ChangeGroupAttr { attributes "GroupAttr": Vec<GroupAttribute> }
    ? {
        group_id "GroupId": String,
        /// Of clients: the main sequence that was seen last. An older one than the group's is refused (10056).
        main_seq "AttrMainSeq": u64,
        /// Of the product's Web SDK; not used.
        control "AttrControl": serde_json::Value,
    }
}

wire! {
    /// `group_open_attr_http_svc.get_group_attr` and `group_open_http_svc.clear_group_attr`.
    GroupAttrName {}
    ? { group_id "GroupId": String, group_type "GroupType": String, main_seq "AttrMainSeq": u64 }
}

wire! {
    /// Answer of `get_group_attr`.
    GroupAttributes { attributes "GroupAttrAry": Vec<GroupAttribute> }
    ? {
        /// To clients: rises with each write of the group's attributes; 0: there was none.
        main_seq "AttrMainSeq": u64,
    }
}

wire! {
    /// Answer of a write of attributes; over REST it says nothing.
    AttributesWritten {}
    ? {
        /// The main sequence after it.
        main_seq "AttrMainSeq": u64,
        /// All attributes after it; the product's Web SDK refuses an answer without them.
        attributes "GroupAttrAry": Vec<GroupAttribute>,
    }
}

wire! {
    /// A counter.
    GroupCounter {
        /// Up to 128 bytes.
        key "Key": String,
        value "Value": i64,
    }
}

wire! {
    /// `group_open_http_svc.get_group_counter` and `delete_group_counter`.
    GroupCounterKeys {}
    ? {
        group_id "GroupId": String,
        /// Absent: all.
        keys "GroupCounterKeys": Vec<String>,
    }
}

wire! {
    /// `group_open_http_svc.update_group_counter`.
    UpdateGroupCounter { counters "GroupCounter": Vec<GroupCounter> }
    ? {
        group_id "GroupId": String,
        /// `Set`, `Increase` or `Decrease`.
        mode "Mode": String,
    }
}

wire! {
    /// Answer of `get_group_counter` (those that exist) and `update_group_counter` (the new values).
    GroupCounters { counters "GroupCounter": Vec<GroupCounter> }
}
