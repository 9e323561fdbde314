//! Golden JSON of groups: what the backend lists, what members' devices are told.

use serde_json::{Value, json, value::RawValue};
use tern_protocol::api::conversation::SyncGroup;
use tern_protocol::api::group::{AppidGroups, CreateGroup, GetAppidGroupList, GroupItem, ModifyGroupBaseInfo};
use tern_protocol::event::{Event, decode};

#[test]
fn a_changed_profile_is_told_without_what_is_ones_own() {
    let group = SyncGroup {
        group_id: "g".into(),
        kind: "Public".into(),
        name: "crew".into(),
        member_num: 2,
        rev: 7,
        mute_all_member: Some("On".into()),
        apply_join_option: Some("NeedPermission".into()),
        invite_join_option: Some("DisableInvite".into()),
        max_member_num: Some(2000),
        ..SyncGroup::default()
    };
    let item = Event::GroupProfile(group).encode().unwrap();
    let wanted = json!({"Event": 9005, "TernGroupInfo": [{
        "GroupId": "g", "Type": "Public", "Name": "crew", "FaceUrl": "", "MemberNum": 2, "Role": "", "Rev": 7,
        "ApplyJoinOption": "NeedPermission", "InviteJoinOption": "DisableInvite", "MuteAllMember": "On", "MaxMemberNum": 2000,
    }]});
    assert_eq!(serde_json::from_str::<Value>(&item).unwrap(), wanted);
    let body = RawValue::from_string(format!("{{\"EventArray\":[{item}]}}")).unwrap();
    assert!(matches!(&decode(&body).unwrap()[..], [Event::GroupProfile(group)] if group.mute_all_member.as_deref() == Some("On")));
}

#[test]
fn the_list_of_an_applications_groups_has_the_contracts_names() {
    let answer = AppidGroups { total_count: 3, group_id_list: vec![GroupItem { group_id: "g".into() }], next: 9 };
    let wanted = json!({"TotalCount": 3, "GroupIdList": [{"GroupId": "g"}], "Next": 9});
    assert_eq!(serde_json::to_value(answer).unwrap(), wanted);
    for word in ["GroupType", "Type"] {
        let asked: GetAppidGroupList = serde_json::from_value(json!({word: "Public", "Limit": 2})).unwrap();
        assert_eq!((asked.group_type.as_deref(), asked.limit, asked.next), (Some("Public"), Some(2), None));
    }
}

#[test]
fn both_generations_of_names_are_read() {
    for word in ["MuteAllMember", "ShutUpAllMember"] {
        let change: ModifyGroupBaseInfo = serde_json::from_value(json!({word: "On"})).unwrap();
        assert_eq!(change.mute_all_member.as_deref(), Some("On"));
    }
    for word in ["MaxMemberNum", "MaxMemberCount"] {
        let change: ModifyGroupBaseInfo = serde_json::from_value(json!({word: 5})).unwrap();
        let made: CreateGroup = serde_json::from_value(json!({word: 5, "CreateTime": 1})).unwrap();
        assert_eq!((change.max_member_num, made.max_member_count, made.create_time), (Some(5), Some(5), Some(1)));
    }
}
