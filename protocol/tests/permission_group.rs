//! Golden JSON of permission groups (`contract/rest-api.md` section 17, `contract/tern-commands.md` sections 4 and 6).

use serde_json::{Value, json};
use tern_protocol::ErrorCode;
use tern_protocol::api::permission_group::{
    CreatePermissionGroup, GetPermissionGroup, NamedTopicPermission, OwnRights, PermissionGroupInfo, PermissionGroupInfos,
    PermissionGroupMembers, PermissionGroupResult, PermissionGroupResults, PutTopicPermission, TopicPermission,
    TopicPermissionResult, TopicPermissionResults,
};
use tern_protocol::event::{Event, PermissionNotice, permission};
use tern_protocol::frame;
use tern_protocol::model::permission::Permission;

fn written(value: &impl serde::Serialize) -> Value {
    serde_json::to_value(value).unwrap()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).unwrap()
}

#[test]
fn requests_read_the_contracts_fields() {
    let made: CreatePermissionGroup = read(json!({"GroupId": "@TGS#_a", "PermissionGroupId": "@PMG#_crew",
        "PermissionGroupName": "crew", "Permission": 123, "CustomString": "c"}));
    assert_eq!(made.permission_group_id.as_deref(), Some("@PMG#_crew"));
    assert_eq!((made.permission, made.custom.as_deref()), (Some(Permission(123)), Some("c")));
    let all: CreatePermissionGroup = read(json!({"Permission": "18446744073709551615"}));
    assert_eq!(all.permission, Some(Permission(u64::MAX)));
    let page: GetPermissionGroup = read(json!({"GroupId": "@TGS#_a", "Limit": 10, "Next": "", "PermissionGroupIdList": null}));
    assert_eq!((page.limit, page.next.as_deref(), page.ids), (Some(10), Some(""), None));
    let put: PutTopicPermission = read(json!({"TopicPermissionList": [{"TopicId": "t", "Permission": -1}, {"TopicId": "u"}]}));
    assert_eq!((put.topics[0].permission, put.topics[1].permission), (Some(Permission(u64::MAX)), None));
    let named: NamedTopicPermission = read(json!({"PermissionGroupId": "p", "TopicIdList": ["t"]}));
    assert_eq!(named.topics.unwrap(), ["t"]);
    let members: PermissionGroupMembers = read(json!({"MemberList": [{"Member_Account": "ann"}]}));
    assert_eq!(members.members[0].member_account, "ann");
}

fn crew() -> PermissionGroupInfo {
    PermissionGroupInfo {
        permission_group_id: "@PMG#_crew".into(),
        name: "crew".into(),
        permission: Permission(1 << 63 | 64),
        custom: "c".into(),
        member_num: 2,
        create_time: 1_700_000_000,
        ..PermissionGroupInfo::default()
    }
}

#[test]
fn answers_carry_the_contracts_fields() {
    let info = json!({"PermissionGroupId": "@PMG#_crew", "PermissionGroupName": "crew", "Permission": 9_223_372_036_854_775_872_u64,
        "CustomString": "c", "MemberNum": 2, "CreateTime": 1_700_000_000});
    let page = PermissionGroupInfos { infos: vec![crew()], next: "7".into() };
    assert_eq!(written(&page), json!({"PermissionGroupInfoList": [info], "Next": "7"}));
    let result =
        PermissionGroupResult { permission_group_id: "p".into(), error_code: ErrorCode(110_006), error_info: "gone".into() };
    assert_eq!(
        written(&PermissionGroupResults { results: vec![result] }),
        json!({"PermissionGroupResultList": [{"PermissionGroupId": "p", "ErrorCode": 110_006, "ErrorInfo": "gone"}]})
    );
    let topic = TopicPermissionResult { topic_id: "t".into(), permission: Some(Permission(9)), ..TopicPermissionResult::default() };
    assert_eq!(
        written(&TopicPermissionResults { results: vec![topic] }),
        json!({"TopicPermissionResultList": [{"TopicId": "t", "ErrorCode": 0, "ErrorInfo": "", "Permission": 9}]})
    );
    let own = OwnRights {
        permission: Permission(64),
        topic_permission: Permission(8),
        topics: vec![TopicPermission { topic_id: "t".into(), permission: Some(Permission(9)) }],
        permission_groups: vec!["@PMG#_crew".into()],
    };
    assert_eq!(
        written(&own),
        json!({"Permission": 64, "TopicPermission": 8, "TopicPermissionList": [{"TopicId": "t", "Permission": 9}],
            "PermissionGroupIdList": ["@PMG#_crew"]})
    );
}

/// Encodes, compares with the golden text, reads back and encodes again.
fn golden(event: PermissionNotice, wanted: Value) {
    let item = Event::Permission(event).encode().unwrap();
    assert_eq!(serde_json::from_str::<Value>(&item).unwrap(), wanted);
    let text = frame::event_frame(&[&item]);
    let reply: frame::Reply<'_> = serde_json::from_str(&text).unwrap();
    let back = tern_protocol::event::decode(reply.body).unwrap().remove(0);
    assert!(matches!(back, Event::Permission(_)));
    assert_eq!(serde_json::from_str::<Value>(&back.encode().unwrap()).unwrap(), wanted, "reads back the same");
}

#[test]
fn events_of_permission_groups() {
    let of = |op_type| PermissionNotice {
        group_id: "@TGS#_a".into(),
        op_type,
        operator: "ann".into(),
        ids: vec!["@PMG#_crew".into()],
        ..PermissionNotice::default()
    };
    let base = |op_type: i64| json!({"GroupId": "@TGS#_a", "OpType": op_type, "Operator_Account": "ann", "PermissionGroupIdList": ["@PMG#_crew"]});
    let with = |op_type: i64, field: &str, value: Value| {
        let mut body = base(op_type);
        body[field] = value;
        json!({"Event": 9030, "TernPermission": body})
    };
    golden(
        PermissionNotice { infos: Some(vec![crew()]), ..of(permission::CREATED) },
        with(1, "PermissionGroupInfoList", json!([written(&crew())])),
    );
    golden(of(permission::DELETED), json!({"Event": 9030, "TernPermission": base(2)}));
    golden(
        PermissionNotice { infos: Some(vec![crew()]), ..of(permission::CHANGED) },
        with(3, "PermissionGroupInfoList", json!([written(&crew())])),
    );
    for op_type in [permission::MEMBERS_ADDED, permission::MEMBERS_REMOVED] {
        let members = Some(vec!["bob".to_owned()]);
        golden(PermissionNotice { members, ..of(op_type) }, with(op_type, "MemberList_Account", json!(["bob"])));
    }
    for op_type in [permission::TOPICS_ADDED, permission::TOPICS_MODIFIED] {
        let topics = Some(vec![TopicPermission { topic_id: "t".into(), permission: Some(Permission(8)) }]);
        golden(
            PermissionNotice { topics, ..of(op_type) },
            with(op_type, "TopicPermissionList", json!([{"TopicId": "t", "Permission": 8}])),
        );
    }
    let topics = Some(vec![TopicPermission { topic_id: "t".into(), permission: None }]);
    golden(
        PermissionNotice { topics, ..of(permission::TOPICS_DELETED) },
        with(7, "TopicPermissionList", json!([{"TopicId": "t"}])),
    );
}
