//! Which code a request gets that is JSON but not of its command's form (`contract/error-codes.md`).

use crate::ErrorCode;
use serde_json::Value;

/// What a field must be.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    TextList,
    Whole,
    List,
    Object,
    /// A list whose items name accounts by `UserID`.
    Accounts,
}

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Self::Text => value.is_string(),
            Self::TextList => value.as_array().is_some_and(|list| list.iter().all(Value::is_string)),
            Self::Whole => value.is_i64(),
            Self::List => value.is_array(),
            Self::Object => value.is_object(),
            Self::Accounts => {
                let is_named = |item: &Value| item.get("UserID").is_none_or(|name| name.is_string() || name.is_null());
                value.as_array().is_none_or(|list| list.iter().all(is_named))
            }
        }
    }
}

/// Fields whose wrong type has a code of its own: command (or `service.` for all of it), field, what it must be, code.
#[rustfmt::skip]
const FIELDS: &[(&str, &str, Kind, ErrorCode)] = &[
    ("openim.batchsendmsg",        "To_Account",        Kind::List,     ErrorCode(90028)),
    ("openim.batchsendmsg",        "To_Account",        Kind::TextList, ErrorCode(90003)),
    ("openim.query_online_status", "To_Account",        Kind::TextList, ErrorCode(90003)),
    ("openim.querystate",          "To_Account",        Kind::TextList, ErrorCode(90003)),
    ("openim.get_peer_read_time",  "To_Account",        Kind::TextList, ErrorCode(90003)),
    ("openim.get_c2c_unread_msg_num", "Peer_Account",   Kind::TextList, ErrorCode(90003)),
    ("openim.",                    "To_Account",        Kind::Text,     ErrorCode(90003)),
    ("openim.",                    "From_Account",      Kind::Text,     ErrorCode(90008)),
    ("openim.",                    "Operator_Account",  Kind::Text,     ErrorCode(90008)),
    ("openim.",                    "Report_Account",    Kind::Text,     ErrorCode(90008)),
    ("openim.",                    "Peer_Account",      Kind::Text,     ErrorCode(90003)),
    ("openim.",                    "MsgBody",           Kind::List,     ErrorCode(90007)),
    ("openim.",                    "MsgSeq",            Kind::Whole,    ErrorCode(90004)),
    ("openim.",                    "MsgRandom",         Kind::Whole,    ErrorCode(90005)),
    ("openim.",                    "MsgTimeStamp",      Kind::Whole,    ErrorCode(90006)),
    ("openim.",                    "SyncOtherMachine",  Kind::Whole,    ErrorCode(90031)),
    ("openim.importmsg",           "SyncFromOldSystem", Kind::Whole,    ErrorCode(90030)),
    ("openim.",                    "MsgLifeTime",       Kind::Whole,    ErrorCode(90044)),
    ("openim.",                    "OfflinePushInfo",   Kind::Object,   ErrorCode(90043)),
    ("openim.",                    "MsgKey",            Kind::Text,     ErrorCode(90054)),
    ("im_open_login_svc.",         "UserID",            Kind::Text,     ErrorCode(60015)),
    ("im_open_login_svc.",         "Identifier",        Kind::Text,     ErrorCode(60015)),
    ("im_open_login_svc.",         "Accounts",          Kind::TextList, ErrorCode(60015)),
    ("im_open_login_svc.",         "AccountList",       Kind::Accounts, ErrorCode(60015)),
    ("im_open_login_svc.",         "CheckItem",         Kind::Accounts, ErrorCode(60015)),
    ("im_open_login_svc.",         "DeleteItem",        Kind::Accounts, ErrorCode(60015)),
];

/// The general code of a service for a parameter that is wrong.
#[rustfmt::skip]
const SERVICES: &[(&str, ErrorCode)] = &[
    ("im_open_login_svc.",   ErrorCode(70402)),
    ("im_open_status.",      ErrorCode(70402)),
    ("openim.",              ErrorCode(90010)),
    ("group_open_http_svc.", ErrorCode(10004)),
    ("million_group_open_http_svc.", ErrorCode(10004)),
    ("group_open_attr_http_svc.", ErrorCode(10004)),
    ("group_open_avchatroom_http_svc.", ErrorCode(10004)),
    ("tern_group.",          ErrorCode(10004)),
    ("profile.",             ErrorCode(40001)),
    ("sns.",                 ErrorCode(30001)),
    ("recentcontact.",       ErrorCode(50002)),
    ("im_cos_msg.",          ErrorCode(2003)),
    ("open_msg_svc.",        ErrorCode(1002)),
];

/// Code and sentence for a body that is JSON but could not be read as the request of `command`; `detail` is the parser's word.
pub fn of(command: &str, body: &Value, detail: &str) -> (ErrorCode, String) {
    let own_row = |field: &str| FIELDS.iter().any(|row| row.0 == command && row.1 == field);
    for (prefix, field, kind, code) in FIELDS {
        // A row of the command itself replaces the service's.
        let concerns = *prefix == command || (prefix.ends_with('.') && command.starts_with(prefix) && !own_row(field));
        if concerns && body.get(field).is_some_and(|value| !value.is_null() && !kind.fits(value)) {
            return (*code, format!("{field} is of the wrong type"));
        }
    }
    let code = SERVICES.iter().find(|(prefix, _)| command.starts_with(prefix)).map_or(ErrorCode(20001), |(_, code)| *code);
    (code, format!("the request is not of the form of {command}: {detail}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("openim.sendmsg", json!({"MsgBody": {}}), 90007)]
    #[case("openim.sendmsg", json!({"MsgRandom": "7"}), 90005)]
    #[case("openim.sendmsg", json!({"MsgRandom": 9_223_372_036_854_775_808_u64}), 90005)]
    #[case("openim.sendmsg", json!({"To_Account": 5}), 90003)]
    #[case("openim.admin_set_msg_read", json!({"Report_Account": 5}), 90008)]
    #[case("openim.sendmsg", json!({"OfflinePushInfo": []}), 90043)]
    #[case("openim.batchsendmsg", json!({"To_Account": "ann"}), 90028)]
    #[case("openim.batchsendmsg", json!({"To_Account": [1]}), 90003)]
    #[case("im_open_login_svc.account_import", json!({"UserID": 5}), 60015)]
    #[case("im_open_login_svc.account_check", json!({"CheckItem": 5}), 70402)]
    #[case("im_open_login_svc.account_check", json!({"CheckItem": [{"UserID": "ann"}, {"UserID": 5}]}), 60015)]
    #[case("im_open_login_svc.account_check", json!({"CheckItem": ["ann"]}), 70402)]
    #[case("im_open_login_svc.account_delete", json!({"DeleteItem": [{"UserID": 5}]}), 60015)]
    #[case("im_open_login_svc.multiaccount_import", json!({"AccountList": [{"UserID": 5}]}), 60015)]
    #[case("group_open_http_svc.create_group", json!({"Name": 5}), 10004)]
    #[case("profile.portrait_get", json!([]), 40001)]
    #[case("recentcontact.get_list", json!({"TimeStamp": "0"}), 50002)]
    fn a_wrong_type_has_the_code_of_its_field(#[case] command: &str, #[case] body: Value, #[case] code: i32) {
        assert_eq!(of(command, &body, "").0.0, code);
    }

    #[test]
    fn a_list_of_targets_is_right_where_the_command_takes_a_list() {
        let (code, _) = of("openim.batchsendmsg", &json!({"To_Account": ["ann"], "MsgRandom": "x"}), "");
        assert_eq!(code.0, 90005);
    }
}
