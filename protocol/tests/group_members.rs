//! Golden JSON of members, applications and imports: a change here is a change that other programs see.

use serde_json::{Value, json};
use tern_protocol::api::CommandRow;
use tern_protocol::api::group_application::{Application, Applications, HandleApplyJoinGroup, apply_type};
use tern_protocol::api::group_member::{
    ForbidSendMsg, GroupMsgsImported, ImportMsgResult, ModifyGroupMemberInfo, MutedAccount, MutedAccounts, ShuttedUin,
};
use tern_protocol::event::{self, ApplicationHandled, ChangedMember, Event, MembersChange};
use tern_protocol::frame;

fn value(answer: &impl serde::Serialize) -> Value {
    serde_json::to_value(answer).unwrap()
}

#[test]
fn both_generations_of_mutes_are_read_and_written() {
    for name in ["MuteTime", "ShutUpTime", "ShutUpUntil"] {
        let text = format!(r#"{{"GroupId":"g","Members_Account":["bob"],"{name}":60}}"#);
        assert_eq!(serde_json::from_str::<ForbidSendMsg>(&text).unwrap().mute_time, Some(60), "{name}");
        let text = format!(r#"{{"GroupId":"g","Member_Account":"bob","{name}":60,"NameCard":null}}"#);
        let modify: ModifyGroupMemberInfo = serde_json::from_str(&text).unwrap();
        assert_eq!((modify.mute_time, modify.name_card), (Some(60), None), "{name}");
    }
    let muted = MutedAccounts {
        group_id: "g".into(),
        muted_account_list: vec![MutedAccount { member_account: "bob".into(), muted_until: 7 }],
        shutted_uin_list: vec![ShuttedUin { member_account: "bob".into(), shutted_until: 7 }],
    };
    let wanted = json!({"GroupId": "g", "MutedAccountList": [{"Member_Account": "bob", "MutedUntil": 7}],
        "ShuttedUinList": [{"Member_Account": "bob", "ShuttedUntil": 7}]});
    assert_eq!(value(&muted), wanted);
    let names = ["get_group_muted_account", "get_group_shutted_uin", "forbid_send_msg", "change_group_owner", "set_unread_msg_num"];
    assert!(names.iter().all(|name| CommandRow::find(&format!("group_open_http_svc.{name}")).is_some()));
}

#[test]
fn applications() {
    // As the product's Web SDK writes it.
    let text =
        r#"{"GroupId":"g","Applicant_Account":"eve","HandleMsg":"Agree","ApprovalMsg":"welcome","Authentication":"1","MsgKey":1}"#;
    let handle: HandleApplyJoinGroup = serde_json::from_str(text).unwrap();
    assert_eq!((handle.applicant_account.as_deref(), handle.msg_key), (Some("eve"), Some(1)));
    let one = Application {
        group_id: "g".into(),
        group_name: "crew".into(),
        apply_type: apply_type::INVITE,
        from_account: "cat".into(),
        from_nick: "Cat".into(),
        to_account: "eve".into(),
        add_time: 5,
        message: "m".into(),
        handle_status: 2,
        handle_result: 1,
        handled_message: "h".into(),
        authentication: "1".into(),
        msg_key: 1,
        ..Application::default()
    };
    let wanted = json!({"UnreadNum": 0, "Applications": [{"GroupId": "g", "GroupName": "crew", "ApplyType": 2, "From_Account": "cat",
        "FromNick": "Cat", "FromFaceUrl": "", "To_Account": "eve", "AddTime": 5, "Message": "m", "HandleStatus": 2, "HandleResult": 1,
        "HandledMessage": "h", "Authentication": "1", "MsgKey": 1}]});
    assert_eq!(value(&Applications { unread_num: 0, applications: vec![one] }), wanted);
}

#[test]
fn an_application_that_was_handled() {
    let handled = ApplicationHandled {
        group_id: "g".into(),
        apply_type: apply_type::JOIN,
        applicant: "eve".into(),
        handle_result: 1,
        operator: "ann".into(),
        msg_key: 3,
    };
    let item = Event::ApplicationHandled(handled).encode().unwrap();
    let wanted = json!({"Event": 9007, "TernApplication": {"GroupId": "g", "ApplyType": 0, "Applicant_Account": "eve", "HandleResult": 1,
        "Operator_Account": "ann", "MsgKey": 3}});
    assert_eq!(serde_json::from_str::<Value>(&item).unwrap(), wanted);
    let text = frame::event_frame(&[&item]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    let back = event::decode(reply.body).unwrap();
    assert!(matches!(&back[..], [Event::ApplicationHandled(handled)] if handled.applicant == "eve"), "{back:?}");
}

#[test]
fn members_whose_card_role_or_mute_changed() {
    let bob = ChangedMember { account: "bob".into(), role: "Admin".into(), name_card: "Bobby".into(), mute_until: 0 };
    let item = Event::GroupMembers(MembersChange { group_id: "g".into(), members: vec![bob] }).encode().unwrap();
    let wanted = json!({"Event": 9008, "TernGroupMember": {"GroupId": "g",
        "MemberList": [{"Member_Account": "bob", "Role": "Admin", "NameCard": "Bobby", "MuteUntil": 0}]}});
    assert_eq!(serde_json::from_str::<Value>(&item).unwrap(), wanted);
    let text = frame::event_frame(&[&item]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    let back = event::decode(reply.body).unwrap();
    assert!(matches!(&back[..], [Event::GroupMembers(change)] if change.members[0].name_card == "Bobby"), "{back:?}");
}

#[test]
fn imports() {
    let results =
        vec![ImportMsgResult { msg_seq: 1, msg_time: 9, result: 0 }, ImportMsgResult { msg_seq: 0, msg_time: 8, result: 10004 }];
    let wanted =
        json!({"ImportMsgResult": [{"MsgSeq": 1, "MsgTime": 9, "Result": 0}, {"MsgSeq": 0, "MsgTime": 8, "Result": 10004}]});
    assert_eq!(value(&GroupMsgsImported { results }), wanted);
}
