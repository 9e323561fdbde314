//! Who wants into a group, who is invited, and who must agree.

use serde_json::{Value, json};
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const PEOPLE: &[&str] = &["ann", "bob", "cat", "dan", "eve"];

/// A Public group of ann (owner), bob (admin) and cat; dan and eve are outside.
async fn group_in(world: &World, more: Value) -> (Rest, String) {
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": PEOPLE})).await;
    let mut made = json!({"Owner_Account": "ann", "Type": "Public", "Name": "crew",
        "MemberList": [{"Member_Account": "bob", "Role": "Admin"}, {"Member_Account": "cat"}]});
    made.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let group = rest.must("group_open_http_svc/create_group", made).await["GroupId"].as_str().unwrap().to_owned();
    (rest, group)
}

const APPLY: &str = "group_open_http_svc.apply_join_group";
const HANDLE: &str = "group_open_http_svc.handle_apply_join_group";
const INVITE: &str = "group_open_http_svc.add_group_member";

/// The next system notice of a kind: its body.
async fn notice(link: &mut Link, report_type: i64) -> Value {
    loop {
        let tips = link.event_with("GroupTips").await;
        if tips[0]["MsgBody"]["ReportType"] == report_type {
            return tips[0]["MsgBody"].clone();
        }
    }
}

async fn applications(link: &mut Link) -> Value {
    link.must("tern_group.applications", json!({})).await
}

fn decide(group: &str, who: &str, word: &str) -> Value {
    json!({"GroupId": group, "Applicant_Account": who, "HandleMsg": word, "ApprovalMsg": "because"})
}

async fn role(rest: &Rest, group: &str, who: &str) -> String {
    let roles = rest.must("group_open_http_svc/get_role_in_group", json!({"GroupId": group, "User_Account": [who]})).await;
    roles["UserIdList"][0]["Role"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn an_application_waits_until_owner_or_admin_agrees() {
    let world = World::start().await;
    let (rest, group) = group_in(&world, json!({})).await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    let mut dan = world.link("dan").await;
    let applied = dan.must(APPLY, json!({"GroupId": group, "ApplyMsg": "let me in"})).await;
    assert_eq!(applied["JoinedStatus"], "WaitAdminApproval");
    for link in [&mut ann, &mut bob] {
        let told = notice(link, 1).await;
        assert_eq!((&told["Operator_Account"], &told["RemarkInfo"]), (&json!("dan"), &json!("let me in")));
        assert!(told["MsgKey"].as_u64().unwrap() > 0 && told["Authentication"].is_string());
    }
    let list = applications(&mut bob).await;
    assert_eq!(list["UnreadNum"], 1);
    let one = &list["Applications"][0];
    let wanted = json!({"GroupId": group, "GroupName": "crew", "ApplyType": 0, "From_Account": "dan", "To_Account": "",
        "Message": "let me in", "HandleStatus": 0});
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&one[name], value, "{name}: {one}");
    }
    bob.must("tern_group.applications_read", json!({"Time": one["AddTime"]})).await;
    assert_eq!(applications(&mut bob).await["UnreadNum"], 0);
    assert_eq!(applications(&mut ann).await["UnreadNum"], 1, "each has seen what it has seen");
    assert_eq!(applications(&mut cat).await["Applications"], json!([]), "members decide nothing");
    assert_eq!(cat.call(HANDLE, decide(&group, "dan", "Agree")).await["ErrorCode"], 10007);
    assert_eq!(role(&rest, &group, "dan").await, "NotMember");

    bob.must(HANDLE, decide(&group, "dan", "Agree")).await;
    let told = notice(&mut dan, 2).await;
    assert_eq!((&told["Operator_Account"], &told["RemarkInfo"]), (&json!("bob"), &json!("because")));
    assert_eq!(dan.event_with("TernGroup").await[0]["Role"], "Member");
    let tip = loop {
        let tips = cat.event_with("GroupTips").await;
        if tips[0]["MsgBody"]["OpType"] == 1 {
            break tips[0]["MsgBody"].clone();
        }
    };
    assert_eq!((&tip["List_Account"], &tip["MemberNum"], &tip["GroupJoinType"]), (&json!(["dan"]), &json!(4), &json!(1)));
    let handled = ann.event_with("TernApplication").await;
    let wanted = json!({"GroupId": group, "ApplyType": 0, "Applicant_Account": "dan", "HandleResult": 1, "Operator_Account": "bob",
        "MsgKey": one["MsgKey"]});
    assert_eq!(handled, wanted);
    assert_eq!(role(&rest, &group, "dan").await, "Member");
    assert_eq!(ann.call(HANDLE, decide(&group, "dan", "Reject")).await["ErrorCode"], 10024, "handled twice");
    let seen_by = |list: Value| (list["Applications"][0]["HandleStatus"].clone(), list["Applications"][0]["HandleResult"].clone());
    assert_eq!(seen_by(applications(&mut ann).await), (json!(1), json!(1)));
    let of_bob = applications(&mut bob).await;
    assert_eq!(of_bob["Applications"][0]["HandledMessage"], "because");
    assert_eq!(seen_by(of_bob), (json!(2), json!(1)));
    assert_eq!(dan.must(APPLY, json!({"GroupId": group})).await["JoinedStatus"], "AlreadyInGroup");
    world.advance_seconds(7 * 24 * 3_600 + 1).await;
    assert_eq!(applications(&mut world.link("bob").await).await["Applications"], json!([]), "it is over a week old");
}

#[tokio::test]
async fn an_application_is_refused_and_may_be_made_again() {
    let world = World::start().await;
    let (rest, group) = group_in(&world, json!({})).await;
    let (mut ann, mut dan) = (world.link("ann").await, world.link("dan").await);
    dan.must(APPLY, json!({"GroupId": group})).await;
    ann.must(HANDLE, decide(&group, "dan", "Reject")).await;
    assert_eq!(notice(&mut dan, 3).await["RemarkInfo"], "because");
    assert_eq!(role(&rest, &group, "dan").await, "NotMember");
    assert_eq!(ann.call(HANDLE, decide(&group, "dan", "Agree")).await["ErrorCode"], 10024);
    dan.must(APPLY, json!({"GroupId": group, "ApplyMsg": "once more"})).await;
    dan.must(APPLY, json!({"GroupId": group, "ApplyMsg": "please"})).await;
    let list = applications(&mut ann).await;
    let states: Vec<_> =
        list["Applications"].as_array().unwrap().iter().map(|item| (&item["Message"], &item["HandleStatus"])).collect();
    assert_eq!(states, [(&json!("please"), &json!(0)), (&json!(""), &json!(2))], "a repeat replaces the words");
    // Added by somebody who decides, the person waits no more.
    let mut bob = world.link("bob").await;
    bob.must(INVITE, json!({"GroupId": group, "MemberList": [{"Member_Account": "dan"}]})).await;
    assert_eq!(ann.event_with("TernApplication").await["Operator_Account"], "bob");
    assert_eq!(ann.call(HANDLE, decide(&group, "dan", "Agree")).await["ErrorCode"], 10024);
    assert!(applications(&mut ann).await["Applications"].as_array().unwrap().iter().all(|item| item["HandleStatus"] == 2));
}

#[tokio::test]
async fn what_cannot_be_decided_has_its_code() {
    let world = World::start().await;
    let (rest, group) = group_in(&world, json!({"MaxMemberCount": 3})).await;
    let (mut ann, mut dan) = (world.link("ann").await, world.link("dan").await);
    let set = |most: i64| json!({"GroupId": group, "MaxMemberNum": most});
    rest.must("group_open_http_svc/modify_group_base_info", set(4)).await;
    dan.must(APPLY, json!({"GroupId": group})).await;
    rest.must("group_open_http_svc/modify_group_base_info", set(3)).await;
    for (body, code) in [
        (decide(&group, "dan", "Agree"), 10014),
        (decide(&group, "dan", "Maybe"), 10004),
        (decide(&group, "eve", "Agree"), 10004),
        (decide(&group, "zed", "Agree"), 10019),
        (decide("none", "dan", "Agree"), 10010),
        (json!({"GroupId": group, "HandleMsg": "Agree"}), 10004),
        (json!({"GroupId": group, "Applicant_Account": "dan", "HandleMsg": "Agree", "ApprovalMsg": "x".repeat(301)}), 10004),
    ] {
        assert_eq!(ann.call(HANDLE, body.clone()).await["ErrorCode"], code, "{body}");
    }
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call(APPLY, json!({"GroupId": group})).await["ErrorCode"], 10014, "full");
    assert_eq!(eve.call(APPLY, json!({"GroupId": group, "ApplyMsg": "x".repeat(301)})).await["ErrorCode"], 10004);
    rest.must("group_open_http_svc/modify_group_base_info", set(4)).await;
    ann.must(HANDLE, decide(&group, "dan", "Agree")).await;
    let closed = json!({"GroupId": group, "ApplyJoinOption": "DisableApply", "MaxMemberNum": 9});
    rest.must("group_open_http_svc/modify_group_base_info", closed).await;
    assert_eq!(eve.call(APPLY, json!({"GroupId": group})).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn fifty_applications_of_one_person_wait_at_most() {
    let world = World::start().await;
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": PEOPLE})).await;
    let (mut ann, mut dan) = (world.link("ann").await, world.link("dan").await);
    for at in 0..=50 {
        let made = json!({"Owner_Account": "ann", "Type": "Public", "Name": "crew", "GroupId": format!("g{at}")});
        rest.must("group_open_http_svc/create_group", made).await;
    }
    for at in 0..50 {
        dan.must(APPLY, json!({"GroupId": format!("g{at}")})).await;
    }
    assert_eq!(dan.call(APPLY, json!({"GroupId": "g50"})).await["ErrorCode"], 10006);
    dan.must(APPLY, json!({"GroupId": "g7", "ApplyMsg": "a repeat is none more"})).await;
    assert_eq!(applications(&mut ann).await["Applications"].as_array().unwrap().len(), 50);
    ann.must(HANDLE, decide("g3", "dan", "Reject")).await;
    dan.must(APPLY, json!({"GroupId": "g50"})).await;
    rest.must("group_open_http_svc/destroy_group", json!({"GroupId": "g50"})).await;
    assert!(applications(&mut ann).await["Applications"].as_array().unwrap().iter().all(|item| item["GroupId"] != "g50"));
}

#[tokio::test]
async fn a_group_keeps_its_newest_fifty_applications() {
    let world = World::start().await;
    let (rest, group) = group_in(&world, json!({})).await;
    let crowd: Vec<String> = (0..51).map(|at| format!("p{at}")).collect();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": crowd})).await;
    for name in &crowd {
        world.link(name).await.must(APPLY, json!({"GroupId": group})).await;
    }
    let mut ann = world.link("ann").await;
    let list = applications(&mut ann).await;
    let names: Vec<_> =
        list["Applications"].as_array().unwrap().iter().map(|item| item["From_Account"].as_str().unwrap()).collect();
    assert_eq!((names.len(), names[0], names[49]), (50, "p50", "p1"));
}

#[tokio::test]
async fn an_invitation_waits_for_owner_or_admin_where_the_group_wants_that() {
    let world = World::start().await;
    let (rest, group) = group_in(&world, json!({"InviteJoinOption": "NeedPermission"})).await;
    let (mut ann, mut cat, mut dan) = (world.link("ann").await, world.link("cat").await, world.link("dan").await);
    let invite = |who: &[&str]| {
        let list: Vec<_> = who.iter().map(|who| json!({"Member_Account": who})).collect();
        json!({"GroupId": group, "MemberList": list})
    };
    let results = |answer: Value| -> Vec<i64> {
        answer["MemberList"].as_array().unwrap().iter().map(|item| item["Result"].as_i64().unwrap()).collect()
    };
    assert_eq!(results(cat.must(INVITE, invite(&["dan", "ann", "zed"])).await), [3, 2, 0]);
    assert_eq!(notice(&mut ann, 1).await["Operator_Account"], "dan");
    let list = applications(&mut ann).await;
    let one = &list["Applications"][0];
    assert_eq!((&one["ApplyType"], &one["From_Account"], &one["To_Account"]), (&json!(2), &json!("cat"), &json!("dan")));
    assert_eq!(applications(&mut dan).await["Applications"], json!([]), "the invitee is not asked");
    assert_eq!(dan.call(HANDLE, decide(&group, "dan", "Agree")).await["ErrorCode"], 10004);
    ann.must(HANDLE, decide(&group, "dan", "Agree")).await;
    assert_eq!(notice(&mut dan, 7).await["Operator_Account"], "cat", "the inviter");
    assert_eq!(role(&rest, &group, "dan").await, "Member");
    assert_eq!(results(ann.must(INVITE, invite(&["eve"])).await), [1], "who decides needs nobody's word");
}

#[tokio::test]
async fn an_invitee_is_asked_where_the_application_wants_that() {
    let world = World::with_settings(json!({"features": {"invite_consent": true}})).await;
    let (rest, group) = group_in(&world, json!({"InviteJoinOption": "FreeAccess"})).await;
    let (mut ann, mut cat, mut dan) = (world.link("ann").await, world.link("cat").await, world.link("dan").await);
    let mut eve = world.link("eve").await;
    let both = json!({"GroupId": group, "MemberList": [{"Member_Account": "dan"}, {"Member_Account": "eve"}]});
    let answer = cat.must(INVITE, both).await;
    assert_eq!((&answer["MemberList"][0]["Result"], &answer["MemberList"][1]["Result"]), (&json!(3), &json!(3)));
    assert_eq!(notice(&mut dan, 12).await["Operator_Account"], "cat");
    let list = applications(&mut dan).await;
    let one = &list["Applications"][0];
    assert_eq!((&list["UnreadNum"], &one["ApplyType"], &one["To_Account"]), (&json!(1), &json!(1), &json!("dan")));
    assert_eq!(applications(&mut ann).await["Applications"], json!([]), "nobody else decides it");
    assert_eq!(ann.call(HANDLE, decide(&group, "dan", "Agree")).await["ErrorCode"], 10004);
    dan.must(HANDLE, decide(&group, "dan", "Agree")).await;
    assert_eq!(notice(&mut cat, 13).await["Operator_Account"], "dan");
    assert_eq!(role(&rest, &group, "dan").await, "Member");
    eve.must(HANDLE, decide(&group, "eve", "Reject")).await;
    let told = notice(&mut cat, 14).await;
    assert_eq!((&told["Operator_Account"], &told["RemarkInfo"]), (&json!("eve"), &json!("because")));
    assert_eq!(role(&rest, &group, "eve").await, "NotMember");
    assert_eq!(eve.call(HANDLE, decide(&group, "eve", "Agree")).await["ErrorCode"], 10024);

    // Where the group also wants the word of owner or admins, theirs comes after the invitee's.
    let option = json!({"GroupId": group, "InviteJoinOption": "NeedPermission"});
    rest.must("group_open_http_svc/modify_group_base_info", option).await;
    cat.must(INVITE, json!({"GroupId": group, "MemberList": [{"Member_Account": "eve"}]})).await;
    eve.must(HANDLE, decide(&group, "eve", "Agree")).await;
    assert_eq!(role(&rest, &group, "eve").await, "NotMember");
    assert_eq!(applications(&mut ann).await["Applications"][0]["ApplyType"], 2);
    ann.must(HANDLE, decide(&group, "eve", "Agree")).await;
    assert_eq!(role(&rest, &group, "eve").await, "Member");
    // A backend asks nobody.
    rest.must("group_open_http_svc/delete_group_member", json!({"GroupId": group, "MemberToDel_Account": ["eve"]})).await;
    let added = rest
        .must("group_open_http_svc/add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "eve"}]}))
        .await;
    assert_eq!(added["MemberList"][0]["Result"], 1);
}
