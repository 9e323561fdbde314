//! Groups over the front door: the contract's words, limits and codes.

use crate::application::{AppKeys, AppSettings, Application, FIRST_SDK_APP_ID};
use crate::config::DataFolder;
use crate::store::engine::{Beside, StoreError, params};
use crate::store::{self, MIGRATIONS};
use crate::testing::Front;
use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::clock::Clock as _;
use tern_protocol::limits::Edition;

const SERVICE: &str = "group_open_http_svc";

async fn front() -> Front {
    let front = Front::open().await;
    let many = json!({"Accounts": ["ann", "bob", "cy", "dan"]});
    assert_eq!(front.call("im_open_login_svc.multiaccount_import", many).await["ErrorCode"], 0);
    front
}

async fn call(front: &Front, command: &str, body: Value) -> Value {
    front.call(&format!("{SERVICE}.{command}"), body).await
}

async fn make(front: &Front, kind: &str, more: Value) -> Value {
    let mut body = json!({"Type": kind, "Name": "team", "Owner_Account": "ann", "GroupId": "g"});
    for (name, value) in more.as_object().unwrap() {
        body[name] = value.clone();
    }
    call(front, "create_group", body).await
}

#[rstest]
#[case::plain(json!({}), 0)]
#[case::no_type(json!({"Type": null}), 10004)]
#[case::unknown_type(json!({"Type": "BChatRoom"}), 10004)]
#[case::no_name(json!({"Name": ""}), 10004)]
#[case::name_of_30_bytes(json!({"Name": "x".repeat(30)}), 0)]
#[case::name_of_31_bytes(json!({"Name": "x".repeat(31)}), 10004)]
#[case::name_of_31_bytes_in_11_characters(json!({"Name": "群".repeat(10) + "x"}), 10004)]
#[case::introduction(json!({"Introduction": "x".repeat(241)}), 10004)]
#[case::notification(json!({"Notification": "x".repeat(301)}), 10004)]
#[case::photo(json!({"FaceUrl": "x".repeat(101)}), 10004)]
#[case::join_option(json!({"ApplyJoinOption": "Maybe"}), 10004)]
#[case::reserved_id(json!({"GroupId": "@TGS#1"}), 10015)]
#[case::long_id(json!({"GroupId": "g".repeat(49)}), 10015)]
#[case::unknown_owner(json!({"Owner_Account": "zed"}), 10019)]
#[case::unknown_member(json!({"MemberList": [{"Member_Account": "zed"}]}), 10019)]
#[case::member_as_owner(json!({"MemberList": [{"Member_Account": "bob", "Role": "Owner"}]}), 10004)]
#[case::admin(json!({"MemberList": [{"Member_Account": "bob", "Role": "Admin"}]}), 0)]
#[case::too_many(json!({"MemberList": vec![json!({"Member_Account": "bob"}); 101]}), 10005)]
#[case::more_than_the_plan(json!({"MaxMemberCount": 6001}), 10038)]
#[case::community_id(json!({"Type": "Community"}), 10015)]
#[case::undeclared_field(json!({"AppDefinedData": [{"Key": "k", "Value": "v"}]}), 10004)]
#[tokio::test]
async fn a_group_is_made_or_the_contracts_code_says_why_not(#[case] more: Value, #[case] code: i64) {
    assert_eq!(make(&front().await, "Public", more).await["ErrorCode"], code);
}

#[tokio::test]
async fn a_work_group_has_no_admins_and_a_live_room_no_first_members() {
    let front = front().await;
    let admin = json!({"MemberList": [{"Member_Account": "bob", "Role": "Admin"}]});
    assert_eq!(make(&front, "Private", admin).await["ErrorCode"], 10007);
    let member = json!({"MemberList": [{"Member_Account": "bob"}]});
    assert_eq!(make(&front, "AVChatRoom", member).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn made_ids_have_the_systems_prefix_and_a_taken_id_has_its_code() {
    let front = front().await;
    let made = make(&front, "Public", json!({"GroupId": null})).await;
    assert!(made["GroupId"].as_str().unwrap().starts_with("@TGS#"), "{made}");
    let community = make(&front, "Community", json!({"GroupId": null})).await;
    assert!(community["GroupId"].as_str().unwrap().starts_with("@TGS#_@TGS#"), "{community}");
    assert_eq!((&community["Type"], &community["HugeGroupFlag"]), (&json!("Community"), &json!(0)));
    assert_eq!(make(&front, "Public", json!({})).await["ErrorCode"], 0);
    assert_eq!(make(&front, "Public", json!({})).await["ErrorCode"], 10025, "the same owner");
    assert_eq!(make(&front, "Public", json!({"Owner_Account": "bob"})).await["ErrorCode"], 10021);
}

#[rstest]
#[case("Work", "Private", "DisableApply", "FreeAccess")]
#[case("Private", "Private", "DisableApply", "FreeAccess")]
#[case("Public", "Public", "NeedPermission", "DisableInvite")]
#[case("Meeting", "ChatRoom", "FreeAccess", "DisableInvite")]
#[case("ChatRoom", "ChatRoom", "FreeAccess", "DisableInvite")]
#[case("AVChatRoom", "AVChatRoom", "FreeAccess", "DisableInvite")]
#[tokio::test]
async fn both_names_of_a_type_are_taken_and_the_old_one_is_answered(
    #[case] asked: &str,
    #[case] told: &str,
    #[case] join: &str,
    #[case] invite: &str,
) {
    let front = front().await;
    assert_eq!(make(&front, asked, json!({})).await["ErrorCode"], 0);
    let info = call(&front, "get_group_info", json!({"GroupIdList": ["g"]})).await;
    let group = &info["GroupInfo"][0];
    let found = [&group["Type"], &group["ApplyJoinOption"], &group["InviteJoinOption"]];
    assert_eq!(found, [told, join, invite]);
}

#[tokio::test]
async fn information_is_filtered_and_single_groups_may_fail() {
    let front = front().await;
    make(&front, "Public", json!({"MemberList": [{"Member_Account": "bob"}], "Introduction": "we"})).await;
    let all = call(&front, "get_group_info", json!({"GroupIdList": ["g", "none"]})).await;
    assert_eq!(all["ErrorCode"], 0);
    let group = &all["GroupInfo"][0];
    let expected = json!({"Owner_Account": "ann", "MemberNum": 2, "NextMsgSeq": 1, "MaxMemberNum": 2000, "MuteAllMember": "Off"});
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&group[name], value, "{name}");
    }
    assert_eq!(group["MemberList"].as_array().unwrap().len(), 2);
    assert_eq!((&group["MemberList"][0]["Role"], &group["MemberList"][1]["MsgFlag"]), (&json!("Owner"), &json!("AcceptAndNotify")));
    assert_eq!(all["GroupInfo"][1]["ErrorCode"], 10010);
    let filter = json!({"GroupBaseInfoFilter": ["Name"], "MemberInfoFilter": ["Account", "Role"]});
    let some = call(&front, "get_group_info", json!({"GroupIdList": ["g"], "ResponseFilter": filter})).await;
    let member = json!([{"Member_Account": "ann", "Role": "Owner"}, {"Member_Account": "bob", "Role": "Member"}]);
    let wanted = json!({"GroupId": "g", "ErrorCode": 0, "ErrorInfo": "", "Name": "team", "MemberList": member});
    assert_eq!(some["GroupInfo"][0], wanted);
}

#[tokio::test]
async fn members_are_added_with_a_result_each() {
    let front = front().await;
    make(&front, "Public", json!({"MaxMemberCount": 3})).await;
    let add = |names: &[&str]| {
        let list: Vec<_> = names.iter().map(|name| json!({"Member_Account": name})).collect();
        json!({"GroupId": "g", "MemberList": list})
    };
    let added = call(&front, "add_group_member", add(&["ann", "bob", "zed", "cy", "dan"])).await;
    let results: Vec<i64> = added["MemberList"].as_array().unwrap().iter().map(|item| item["Result"].as_i64().unwrap()).collect();
    assert_eq!(results, [2, 1, 0, 1, 0], "in, added, unknown, added, no room");
    assert_eq!(call(&front, "add_group_member", add(&["dan"])).await["ErrorCode"], 10014);
    assert_eq!(call(&front, "add_group_member", add(&["zed"])).await["ErrorCode"], 10019);
    assert_eq!(call(&front, "add_group_member", add(&["bob"; 301])).await["ErrorCode"], 10005);
    assert_eq!(
        call(&front, "add_group_member", json!({"GroupId": "none", "MemberList": [{"Member_Account": "bob"}]})).await["ErrorCode"],
        10010
    );
    let info = call(&front, "get_group_info", json!({"GroupIdList": ["g"]})).await;
    assert_eq!(
        (&info["GroupInfo"][0]["MemberNum"], &info["GroupInfo"][0]["NextMsgSeq"]),
        (&json!(3), &json!(2)),
        "one tip was stored"
    );
}

#[tokio::test]
async fn members_are_removed_but_never_the_owner() {
    let front = front().await;
    make(&front, "Public", json!({"MemberList": [{"Member_Account": "bob"}, {"Member_Account": "cy"}]})).await;
    let remove = |name: &str| json!({"GroupId": "g", "MemberToDel_Account": [name]});
    assert_eq!(call(&front, "delete_group_member", remove("bob")).await["ErrorCode"], 0);
    assert_eq!(call(&front, "delete_group_member", remove("dan")).await["ErrorCode"], 0, "who is no member is skipped");
    assert_eq!(call(&front, "delete_group_member", remove("ann")).await["ErrorCode"], 10007);
    let roles = json!({"GroupId": "g", "User_Account": ["ann", "bob", "cy", "zed"]});
    let roles = call(&front, "get_role_in_group", roles).await;
    let roles: Vec<&str> = roles["UserIdList"].as_array().unwrap().iter().map(|item| item["Role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["Owner", "NotMember", "Member", "NotMember"]);
    assert_eq!(make(&front, "AVChatRoom", json!({"GroupId": "v"})).await["ErrorCode"], 0);
    let live = json!({"GroupId": "v", "MemberToDel_Account": ["ann"]});
    assert_eq!(call(&front, "delete_group_member", live).await["ErrorCode"], 10004);
}

#[tokio::test]
async fn a_page_of_members_is_cut_and_filtered() {
    let front = front().await;
    let members =
        json!({"MemberList": [{"Member_Account": "bob", "Role": "Admin"}, {"Member_Account": "cy"}, {"Member_Account": "dan"}]});
    make(&front, "Public", members).await;
    let page = json!({"GroupId": "g", "Limit": 2, "Offset": 1, "MemberInfoFilter": ["Role"]});
    let page = call(&front, "get_group_member_info", page).await;
    let wanted = json!([{"Member_Account": "bob", "Role": "Admin"}, {"Member_Account": "cy", "Role": "Member"}]);
    assert_eq!((&page["MemberNum"], &page["MemberList"]), (&json!(4), &wanted));
    let admins = json!({"GroupId": "g", "MemberRoleFilter": ["Owner", "Admin"]});
    let admins = call(&front, "get_group_member_info", admins).await;
    assert_eq!(admins["MemberList"].as_array().unwrap().len(), 2);
    assert_eq!(call(&front, "get_group_member_info", json!({"GroupId": "g", "Limit": -1})).await["ErrorCode"], 10004);
}

#[tokio::test]
async fn the_groups_of_a_user_are_listed_by_type_and_with_the_asked_fields() {
    let front = front().await;
    make(&front, "Public", json!({})).await;
    make(&front, "Meeting", json!({"GroupId": "m"})).await;
    make(&front, "Work", json!({"GroupId": "w", "MemberList": [{"Member_Account": "bob"}]})).await;
    let all = call(&front, "get_joined_group_list", json!({"Member_Account": "ann"})).await;
    assert_eq!(all["TotalCount"], 3);
    assert_eq!(all["GroupIdList"][0], json!({"GroupId": "w"}));
    let quiet = json!({"Member_Account": "bob"});
    assert_eq!(call(&front, "get_joined_group_list", quiet).await["TotalCount"], 0, "a Work group nobody spoke in");
    let quiet = json!({"Member_Account": "bob", "WithNoActiveGroups": 1});
    assert_eq!(call(&front, "get_joined_group_list", quiet).await["TotalCount"], 1);
    let filter = json!({"GroupBaseInfoFilter": ["Type", "Name"], "SelfInfoFilter": ["Role", "MsgFlag"]});
    let meeting = json!({"Member_Account": "ann", "GroupType": "Meeting", "ResponseFilter": filter});
    let meeting = call(&front, "get_joined_group_list", meeting).await;
    let item = &meeting["GroupIdList"][0];
    assert_eq!((&item["Type"], &item["SelfInfo"]), (&json!("ChatRoom"), &json!({"Role": "Owner", "MsgFlag": "AcceptNotNotify"})));
    assert_eq!(call(&front, "get_joined_group_list", json!({"Member_Account": "zed"})).await["ErrorCode"], 10019);
}

#[tokio::test]
async fn a_changed_group_says_so_and_a_dismissed_one_is_gone() {
    let front = front().await;
    make(&front, "Public", json!({})).await;
    let change = json!({"GroupId": "g", "Name": "crew", "Notification": "hi", "ShutUpAllMember": "On", "MaxMemberNum": 5});
    assert_eq!(call(&front, "modify_group_base_info", change).await["ErrorCode"], 0);
    let info = call(&front, "get_group_info", json!({"GroupIdList": ["g"]})).await;
    let group = &info["GroupInfo"][0];
    assert_eq!((&group["Name"], &group["MuteAllMember"], &group["MaxMemberNum"]), (&json!("crew"), &json!("On"), &json!(5)));
    assert_eq!((&group["InfoSeq"], &group["NextMsgSeq"]), (&json!(2), &json!(2)), "one change, one tip");
    let long = json!({"GroupId": "g", "Name": "x".repeat(31)});
    assert_eq!(call(&front, "modify_group_base_info", long).await["ErrorCode"], 10004);
    assert_eq!(call(&front, "destroy_group", json!({"GroupId": "g"})).await["ErrorCode"], 0);
    assert_eq!(call(&front, "destroy_group", json!({"GroupId": "g"})).await["ErrorCode"], 10010);
    assert_eq!(make(&front, "Public", json!({})).await["ErrorCode"], 0, "the ID is free again");
}

#[tokio::test]
async fn an_account_that_is_deleted_leaves_its_groups() {
    let front = front().await;
    make(&front, "Public", json!({"MemberList": [{"Member_Account": "bob"}]})).await;
    call(&front, "create_group", json!({"Type": "Public", "Name": "alone", "Owner_Account": "ann", "GroupId": "alone"})).await;
    front.call("im_open_login_svc.account_delete", json!({"DeleteItem": [{"UserID": "ann"}]})).await;
    let info = call(&front, "get_group_info", json!({"GroupIdList": ["g", "alone"]})).await;
    assert_eq!((&info["GroupInfo"][0]["Owner_Account"], &info["GroupInfo"][0]["MemberNum"]), (&json!(""), &json!(1)));
    assert_eq!(info["GroupInfo"][1]["ErrorCode"], 10010, "its last member is gone");
}

#[tokio::test]
async fn a_developer_application_meets_its_plan() {
    let folder = tempfile::tempdir().unwrap();
    let secret = vec!["0123456789abcdef".to_owned()];
    let settings = AppSettings { keys: AppKeys { secret, public_pem: None }, ..AppSettings::default() };
    let app = Application { id: FIRST_SDK_APP_ID, name: "x".into(), edition: Edition::Developer, created_at: 0, settings };
    Beside::open(folder.path(), MIGRATIONS).unwrap().write(|tx| store::app::put(tx, &app)).unwrap();
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    let names: Vec<String> = (0..100).map(|n| format!("u{n}")).collect();
    assert_eq!(front.call("im_open_login_svc.multiaccount_import", json!({"Accounts": names})).await["FailAccounts"], json!([]));
    assert_eq!(front.call("im_open_login_svc.account_import", json!({"UserID": "one more"})).await["ErrorCode"], 70398);
    assert_eq!(make(&front, "Community", json!({"GroupId": null, "Owner_Account": null})).await["ErrorCode"], 11000);
    let crowd: Vec<_> = names.iter().take(21).map(|name| json!({"Member_Account": name})).collect();
    let crowd = json!({"Owner_Account": null, "MemberList": crowd});
    assert_eq!(make(&front, "Public", crowd).await["ErrorCode"], 10038, "21 members");
    for at in 0..100 {
        let kind = if at < 10 { "AVChatRoom" } else { "Public" };
        let made = make(&front, kind, json!({"GroupId": format!("g{at}"), "Owner_Account": null})).await;
        assert_eq!(made["ErrorCode"], 0, "{at}");
        if at == 9 {
            assert_eq!(make(&front, kind, json!({"Owner_Account": null})).await["ErrorCode"], 10036, "the 11th live room");
        }
    }
    assert_eq!(make(&front, "Public", json!({"Owner_Account": null})).await["ErrorCode"], 10058);
    call(&front, "destroy_group", json!({"GroupId": "g50"})).await;
    assert_eq!(make(&front, "Public", json!({"Owner_Account": null})).await["ErrorCode"], 0, "a dismissed group frees its place");
}

#[tokio::test]
async fn an_import_is_read_by_all_without_a_row_for_each() {
    let folder = tempfile::tempdir().unwrap();
    let front = Front::over(DataFolder::Path(folder.path().into())).await;
    let names = ["ann", "bob", "cy", "dan"];
    front.call("im_open_login_svc.multiaccount_import", json!({"Accounts": names})).await;
    let members = names[1..].iter().map(|name| json!({"Member_Account": name})).collect::<Vec<_>>();
    make(&front, "Public", json!({"MemberList": members})).await;
    let text = json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": "old"}}]);
    let list = json!([{"From_Account": "ann", "SendTime": front.clock.wall_seconds(), "Random": 1, "MsgBody": text}]);
    let imported = call(&front, "import_group_msg", json!({"GroupId": "g", "MsgList": list})).await;
    assert_eq!(imported["ImportMsgResult"][0]["Result"], 0, "{imported}");
    let count = "SELECT COUNT(*) FROM conversation";
    let rows = Beside::open(folder.path(), MIGRATIONS).unwrap();
    let rows: Result<i64, StoreError> = rows.write(|tx| tx.query_one(count, params![])?.unwrap_or_default().int(0));
    assert_eq!(rows.unwrap(), 0);
}

#[tokio::test]
async fn the_state_of_accounts_nobody_logged_in_to_is_offline() {
    let front = front().await;
    let states = front.call("openim.query_online_status", json!({"To_Account": ["ann", "zed"], "IsNeedDetail": 1})).await;
    assert_eq!(states["QueryResult"], json!([{"To_Account": "ann", "Status": "Offline", "State": "Offline", "Detail": []}]));
    assert_eq!(states["ErrorList"], json!([{"To_Account": "zed", "ErrorCode": 70107}]));
    assert_eq!(front.call("openim.querystate", json!({"To_Account": ["zed"]})).await["ErrorCode"], 70107);
    assert_eq!(front.call("openim.querystate", json!({"To_Account": vec!["ann"; 501]})).await["ErrorCode"], 90011);
}
