//! Groups as the backend makes, imports, lists and reads them; Work groups before their first message; custom fields; what time does.

use serde_json::{Value, json};
use tern_protocol::api::message::Message;
use tern_protocol::client::ClientEvent;
use tern_protocol::event::Event;
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::user::User;
use tern_tests::world::World;

const DAY: i64 = 86_400;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn call(world: &World, command: &str, body: Value) -> Value {
    world.rest().post(&format!("group_open_http_svc/{command}"), body).await
}

async fn must(world: &World, command: &str, body: Value) -> Value {
    world.rest().must(&format!("group_open_http_svc/{command}"), body).await
}

async fn info(world: &World, group: &str) -> Value {
    must(world, "get_group_info", json!({"GroupIdList": [group]})).await["GroupInfo"][0].clone()
}

async fn speak(world: &World, group: &str, from: &str) {
    let body = json!({"GroupId": group, "From_Account": from, "Random": rand::random::<u32>(), "MsgBody": text_body("hi")});
    must(world, "send_group_msg", body).await;
}

async fn groups_of(link: &mut Link) -> Vec<String> {
    let synced = link.must("tern_sync.pull", json!({"Rev": 0})).await;
    synced["Groups"].as_array().unwrap().iter().map(|group| group["GroupId"].as_str().unwrap().to_owned()).collect()
}

/// The next group notice of a session.
async fn next_notice(user: &mut User) -> Message {
    user.wait_for(|event| match event {
        ClientEvent::Event(event) => match &**event {
            Event::GroupNotice(notice) => Some(notice.clone()),
            _ => None,
        },
        _ => None,
    })
    .await
}

#[tokio::test]
async fn an_imported_group_has_its_time_and_nobody_is_told() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    let mut ann = world.link("ann").await;
    let body = json!({"Type": "Public", "Name": "old", "GroupId": "old", "Owner_Account": "ann", "CreateTime": 1_400_000_000});
    let made = must(&world, "import_group", body.clone()).await;
    assert_eq!((&made["GroupId"], &made["Type"]), (&json!("old"), &Value::Null));
    let group = info(&world, "old").await;
    assert_eq!((&group["CreateTime"], &group["MemberNum"], &group["NextMsgSeq"]), (&json!(1_400_000_000), &json!(1), &json!(1)));
    assert_eq!(group["MemberList"][0]["JoinTime"], 1_400_000_000);
    // The next thing that ann hears is the text, not the group.
    speak(&world, "old", "administrator").await;
    assert!(ann.event().await.get("GroupMsgArray").is_some());
    assert_eq!(call(&world, "import_group", body.clone()).await["ErrorCode"], 10025);
    for (change, code) in [
        (json!({"Owner_Account": null}), 10021),
        (json!({"GroupId": "new", "CreateTime": 99_999_999_999_i64}), 10004),
        (json!({"GroupId": "new", "Type": "AVChatRoom"}), 10007),
        (json!({"GroupId": "new", "Owner_Account": "nobody"}), 10019),
        (json!({"GroupId": "new", "Name": "x".repeat(31)}), 10004),
    ] {
        let mut other = body.clone();
        for (name, value) in change.as_object().unwrap() {
            other[name] = value.clone();
        }
        assert_eq!(call(&world, "import_group", other).await["ErrorCode"], code, "{change}");
    }
}

#[tokio::test]
async fn all_groups_of_an_application_are_listed_page_by_page() {
    let world = World::start().await;
    for at in 0..5 {
        let kind = if at % 2 == 0 { "Public" } else { "ChatRoom" };
        must(&world, "create_group", json!({"Type": kind, "Name": "g", "GroupId": format!("g{at}")})).await;
    }
    let ids = |page: &Value| -> Vec<String> {
        page["GroupIdList"].as_array().unwrap().iter().map(|item| item["GroupId"].as_str().unwrap().to_owned()).collect()
    };
    let first = must(&world, "get_appid_group_list", json!({"Limit": 2, "Next": 0})).await;
    assert_eq!((ids(&first), &first["TotalCount"]), (vec!["g0".into(), "g1".into()], &json!(5)));
    let second = must(&world, "get_appid_group_list", json!({"Limit": 3, "Next": first["Next"]})).await;
    assert_eq!((ids(&second).len(), &second["Next"]), (3, &json!(0)));
    for word in ["GroupType", "Type"] {
        let some = must(&world, "get_appid_group_list", json!({word: "Meeting"})).await;
        assert_eq!((ids(&some), &some["TotalCount"]), (vec!["g1".into(), "g3".into()], &json!(2)), "{word}");
    }
    for wrong in [json!({"Limit": 10_001}), json!({"Limit": -1}), json!({"Next": -1}), json!({"GroupType": "Club"})] {
        assert_eq!(call(&world, "get_appid_group_list", wrong).await["ErrorCode"], 10004);
    }
}

#[tokio::test]
async fn a_filter_returns_what_it_names_and_a_change_raises_the_sequence() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    must(&world, "create_group", json!({"Type": "Work", "Name": "g", "GroupId": "g", "Owner_Account": "ann"})).await;
    let filter = json!({"GroupBaseInfoFilter": ["InfoSeq", "HistoryMsgBeforeJoin", "LastInfoTime"]});
    let read = async || {
        let asked = json!({"GroupIdList": ["g"], "ResponseFilter": filter});
        must(&world, "get_group_info", asked).await["GroupInfo"][0].clone()
    };
    let before = read().await;
    assert_eq!((&before["InfoSeq"], &before["HistoryMsgBeforeJoin"], before.get("Name")), (&json!(1), &json!("Off"), None));
    world.advance_seconds(10).await;
    must(&world, "modify_group_base_info", json!({"GroupId": "g", "HistoryMsgBeforeJoin": "On"})).await;
    let after = read().await;
    assert_eq!((&after["InfoSeq"], &after["HistoryMsgBeforeJoin"]), (&json!(2), &json!("On")));
    assert_eq!(after["LastInfoTime"].as_i64(), before["LastInfoTime"].as_i64().map(|time| time + 10));
    must(&world, "modify_group_base_info", json!({"GroupId": "g", "HistoryMsgBeforeJoin": "On"})).await;
    assert_eq!(read().await["InfoSeq"], 2, "nothing changed");
    assert_eq!(call(&world, "modify_group_base_info", json!({"GroupId": "g", "EnablePermission": 1})).await["ErrorCode"], 10007);
    assert_eq!(call(&world, "modify_group_base_info", json!({"GroupId": "g"})).await["ErrorCode"], 10004);
}

#[tokio::test]
async fn members_devices_learn_of_options_that_no_tip_tells() {
    let world = World::start().await;
    people(&world, &["ann"]).await;
    let mut bob = world.link("bob").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    must(&world, "modify_group_base_info", json!({"GroupId": group, "MuteAllMember": "On", "ApplyJoinOption": "DisableApply"}))
        .await;
    let profile = bob.event_with("TernGroupInfo").await[0].clone();
    assert_eq!((&profile["GroupId"], &profile["MuteAllMember"]), (&json!(group), &json!("On")));
    assert_eq!((&profile["ApplyJoinOption"], &profile["Role"]), (&json!("DisableApply"), &json!("")));
    let synced = bob.must("tern_sync.pull", json!({"Rev": 0})).await;
    let kept = &synced["Groups"][0];
    let own = [&kept["Role"], &kept["MsgFlag"], &kept["MuteAllMember"], &kept["InviteJoinOption"]];
    assert_eq!(own, ["Member", "AcceptAndNotify", "On", "DisableInvite"]);
}

#[tokio::test]
async fn a_work_group_is_its_owners_alone_until_the_first_message() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Work", &["bob"]).await;
    assert_eq!(groups_of(&mut ann).await, std::slice::from_ref(&group));
    assert!(groups_of(&mut bob).await.is_empty());
    let listed = async |name: &str, all: i64| {
        let body = json!({"Member_Account": name, "WithNoActiveGroups": all});
        must(&world, "get_joined_group_list", body).await["TotalCount"].clone()
    };
    assert_eq!((listed("ann", 0).await, listed("bob", 0).await, listed("bob", 1).await), (json!(1), json!(0), json!(1)));
    // A tip is no message.
    must(&world, "modify_group_base_info", json!({"GroupId": group, "Name": "crew"})).await;
    assert!(groups_of(&mut bob).await.is_empty());
    let rev = bob.must("tern_sync.pull", json!({"Rev": 0})).await["Rev"].clone();
    speak(&world, &group, "ann").await;
    let shown = bob.event_with("TernGroup").await[0].clone();
    assert_eq!((&shown["GroupId"], &shown["Name"], &shown["Role"]), (&json!(group), &json!("crew"), &json!("Member")));
    let changed = bob.must("tern_sync.pull", json!({"Rev": rev})).await;
    assert_eq!(changed["Groups"][0]["GroupId"], json!(group), "{changed}");
    assert_eq!(listed("bob", 0).await, 1);
    let stranger = world.link("cat").await;
    drop(stranger);
    let mut cat = world.link("cat").await;
    let asked = json!({"GroupIdList": [group]});
    let found = cat.must("group_open_http_svc.get_group_info", asked).await;
    assert_eq!(found["GroupInfo"][0]["ErrorCode"], 10007, "a Work group is not found by its ID");
}

#[tokio::test]
async fn the_net_number_of_new_groups_a_day_is_limited_and_an_ended_one_gives_its_place_back() {
    let world = World::with_settings(json!({"groups": {"new_groups_per_day": 3}})).await;
    let make = async |id: &str, kind: &str| {
        call(&world, "create_group", json!({"Type": kind, "Name": "g", "GroupId": id})).await["ErrorCode"].clone()
    };
    for at in 0..3 {
        assert_eq!(make(&format!("g{at}"), "Public").await, 0);
    }
    assert_eq!(make("g3", "Public").await, 10006);
    assert_eq!(make("@TGS#_c", "Community").await, 0, "communities are counted apart");
    must(&world, "destroy_group", json!({"GroupId": "g0"})).await;
    assert_eq!(make("g3", "Public").await, 0);
    assert_eq!(make("g4", "Public").await, 10006);
    world.advance_seconds(DAY).await;
    assert_eq!(make("g4", "Public").await, 0, "another day");
}

#[tokio::test]
async fn a_user_is_in_as_many_groups_as_the_application_says() {
    let world = World::with_settings(json!({"groups": {"groups_per_user": 2}})).await;
    people(&world, &["ann"]).await;
    let make = async |id: &str| {
        let body = json!({"Type": "Public", "Name": "g", "GroupId": id, "Owner_Account": "ann"});
        call(&world, "create_group", body).await["ErrorCode"].clone()
    };
    assert_eq!((make("a").await, make("b").await, make("c").await), (json!(0), json!(0), json!(10037)));
}

fn fields() -> Value {
    json!({"group_fields": [
        {"key": "open", "types": [{"kind": "Public", "read": "anybody", "write": "member"}]},
        {"key": "inner", "types": [{"kind": "Public", "read": "admin", "write": "owner"}]},
        {"key": "title", "of_member": true, "types": [{"kind": "Public", "read": "member", "write": "admin", "own_write": false}]},
        {"key": "mood", "of_member": true, "types": [{"kind": "Public", "read": "member", "write": "admin", "own_write": true}]},
    ]})
}

#[tokio::test]
async fn custom_fields_are_read_and_written_by_their_rights() {
    let world = World::with_settings(fields()).await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let write = |key: &str, value: &str| json!({"GroupId": group, "AppDefinedData": [{"Key": key, "Value": value}]});
    let modify = "group_open_http_svc.modify_group_base_info";
    assert_eq!(bob.call(modify, write("open", "1")).await["ErrorCode"], 0, "members may");
    assert_eq!(bob.call(modify, write("inner", "1")).await["ErrorCode"], 10007, "the owner may");
    assert_eq!(ann.call(modify, write("inner", "2")).await["ErrorCode"], 0);
    assert_eq!(cat.call(modify, write("open", "3")).await["ErrorCode"], 10007);
    assert_eq!(ann.call(modify, write("none", "1")).await["ErrorCode"], 10004, "no such field");
    assert_eq!(ann.call(modify, write("inner", &"x".repeat(513))).await["ErrorCode"], 10004);
    let asked = json!({"GroupIdList": [group]});
    let read = "group_open_http_svc.get_group_info";
    let keys = |answer: &Value| -> Vec<String> {
        let fields = answer["GroupInfo"][0]["AppDefinedData"].as_array().cloned().unwrap_or_default();
        fields.iter().map(|field| field["Key"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(keys(&ann.must(read, asked.clone()).await), ["inner", "open"]);
    assert_eq!(keys(&bob.must(read, asked.clone()).await), ["open"]);
    assert_eq!(keys(&cat.must(read, asked.clone()).await), ["open"]);
    let filter = json!({"GroupIdList": [group], "ResponseFilter": {"AppDefinedDataFilter_Group": ["inner"]}});
    assert_eq!(keys(&must(&world, "get_group_info", filter).await), ["inner"]);
    let list = "group_open_http_svc.get_joined_group_list";
    let joined = |words: &[&str]| json!({"Member_Account": "bob", "ResponseFilter": {"GroupBaseInfoFilter": words}});
    let of_bob = must(&world, "get_joined_group_list", joined(&["AppDefinedData"])).await;
    let wanted = json!([{"Key": "inner", "Value": "2"}, {"Key": "open", "Value": "1"}]);
    assert_eq!(of_bob["GroupIdList"], json!([{"GroupId": group, "AppDefinedData": wanted}]));
    let own = bob.must(list, joined(&["AppDefinedData"])).await;
    assert_eq!(own["GroupIdList"][0]["AppDefinedData"], json!([wanted[1]]), "as his role may read");
    assert_eq!(bob.must(list, joined(&["Type"])).await["GroupIdList"][0]["AppDefinedData"], Value::Null);
    assert_eq!(ann.call(modify, write("inner", "")).await["ErrorCode"], 0);
    assert_eq!(keys(&ann.must(read, asked).await), ["open"], "an empty value removes the key");
    let work = world.group("ann", "Work", &[]).await;
    let other = json!({"GroupId": work, "AppDefinedData": [{"Key": "open", "Value": "1"}]});
    assert_eq!(call(&world, "modify_group_base_info", other).await["ErrorCode"], 10004, "Work groups do not have the field");
}

#[tokio::test]
async fn a_members_fields_have_rights_of_their_own() {
    let world = World::with_settings(fields()).await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let write = |key: &str, value: &str| json!({"GroupId": group, "Member_Account": "bob", "AppMemberDefinedData": [{"Key": key, "Value": value}]});
    let modify = "group_open_http_svc.modify_group_member_info";
    assert_eq!(bob.call(modify, write("mood", "good")).await["ErrorCode"], 0);
    assert_eq!(bob.call(modify, write("title", "chief")).await["ErrorCode"], 10007);
    assert_eq!(ann.call(modify, write("title", "chief")).await["ErrorCode"], 0);
    assert_eq!(ann.call(modify, write("title", &"x".repeat(65))).await["ErrorCode"], 10004);
    let read = async |more: Value| {
        let mut asked = json!({"GroupId": group, "MemberRoleFilter": ["Member"]});
        asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        must(&world, "get_group_member_info", asked).await["MemberList"][0]["AppMemberDefinedData"].clone()
    };
    let (mood, title) = (json!({"Key": "mood", "Value": "good"}), json!({"Key": "title", "Value": "chief"}));
    assert_eq!(read(json!({})).await, json!([mood, title]));
    assert_eq!(read(json!({"MemberInfoFilter": ["AppMemberDefinedData"]})).await, json!([mood, title]));
    assert_eq!(read(json!({"MemberInfoFilter": ["Role"]})).await, Value::Null, "a filter returns what it names");
    let one = json!({"MemberInfoFilter": ["Role"], "AppDefinedDataFilter_GroupMember": ["title"]});
    assert_eq!(read(one).await, json!([title]));
}

#[tokio::test]
async fn a_group_that_nobody_uses_is_taken_away_where_the_application_wants_that() {
    let settings = json!({"groups": {"public": {"recycle_seconds": 7 * DAY}, "live_room": {"recycle_seconds": 60}}});
    let world = World::with_settings(settings).await;
    people(&world, &["ann"]).await;
    let (idle, used) = (world.group("ann", "Public", &[]).await, world.group("ann", "Public", &[]).await);
    let (work, live) = (world.group("ann", "Work", &[]).await, world.group("ann", "AVChatRoom", &[]).await);
    world.advance_seconds(5 * DAY).await;
    speak(&world, &used, "ann").await;
    world.advance_seconds(2 * DAY + 1_200).await;
    let mut ann = world.link("ann").await;
    assert_eq!(info(&world, &idle).await["ErrorCode"], 10010);
    for stays in [&used, &work, &live] {
        assert_eq!(info(&world, stays).await["ErrorCode"], 0);
    }
    assert!(!groups_of(&mut ann).await.contains(&idle));
}

#[tokio::test]
async fn who_is_connected_is_told_that_a_group_was_taken_away() {
    let world = World::with_settings(json!({"groups": {"public": {"recycle_seconds": 60}}})).await;
    people(&world, &["ann"]).await;
    // A session of the client library keeps its link alive.
    let mut ann = world.user("ann").await;
    let group = world.group("ann", "Public", &[]).await;
    world.advance_seconds(30).await;
    assert_eq!(info(&world, &group).await["ErrorCode"], 0);
    world.advance_seconds(1_200).await;
    let notice = next_notice(&mut ann).await;
    // The first notice is that of the creation.
    let of_type = |message: &Message| {
        let body: Value = serde_json::from_str(message.msg_body.as_ref().unwrap().get()).unwrap();
        body["ReportType"].as_i64()
    };
    assert_eq!(of_type(&notice), Some(6));
    let gone = next_notice(&mut ann).await;
    assert_eq!((of_type(&gone), gone.to_group_id.as_deref()), (Some(11), Some(group.as_str())));
    let mut link = world.link("ann").await;
    assert!(groups_of(&mut link).await.is_empty());
}

#[tokio::test]
async fn members_who_were_long_away_are_taken_out_where_the_application_wants_that() {
    let world = World::with_settings(json!({"groups": {"public": {"remove_offline_days": 10}}})).await;
    people(&world, &["ann", "gone"]).await;
    {
        let _once = world.link("often").await;
    }
    let public = world.group("ann", "Public", &["gone", "often"]).await;
    let meeting = world.group("ann", "Meeting", &["gone", "often"]).await;
    world.advance_seconds(9 * DAY).await;
    {
        let _again = world.link("often").await;
    }
    world.advance_seconds(2 * DAY).await;
    let role = async |group: &str, name: &str| {
        let body = json!({"GroupId": group, "User_Account": [name]});
        must(&world, "get_role_in_group", body).await["UserIdList"][0]["Role"].as_str().unwrap().to_owned()
    };
    assert_eq!(role(&public, "gone").await, "NotMember");
    assert_eq!(role(&public, "often").await, "Member", "was there within ten days");
    assert_eq!(role(&public, "ann").await, "Owner", "owners stay");
    assert_eq!(role(&meeting, "gone").await, "Member", "off for this type");
    assert_eq!(info(&world, &public).await["MemberNum"], 2);
}

#[tokio::test]
async fn each_fault_in_making_a_group_has_its_code() {
    let world = World::start().await;
    people(&world, &["ann", "bob"]).await;
    must(&world, "create_group", json!({"Type": "Public", "Name": "g", "GroupId": "taken", "Owner_Account": "ann"})).await;
    let crowd: Vec<Value> = (0..101).map(|at| json!({"Member_Account": format!("u{at}")})).collect();
    for (more, code) in [
        (json!({"Name": "群".repeat(11)}), 10004),
        (json!({"Introduction": "群".repeat(81)}), 10004),
        (json!({"Notification": "群".repeat(101)}), 10004),
        (json!({"FaceUrl": "x".repeat(101)}), 10004),
        (json!({"GroupId": "taken"}), 10025),
        (json!({"GroupId": "taken", "Owner_Account": "bob"}), 10021),
        (json!({"GroupId": "@TGS#mine"}), 10015),
        (json!({"GroupId": "ü"}), 10015),
        (json!({"GroupId": "x".repeat(49)}), 10015),
        (json!({"Type": "BChatRoom"}), 10004),
        (json!({"Type": 5}), 10004),
        (json!({"Owner_Account": "nobody"}), 10019),
        (json!({"MemberList": crowd}), 10005),
        (json!({"MemberList": [{"Member_Account": "nobody"}]}), 10019),
        (json!({"MemberList": "bob"}), 10004),
        (json!({"MaxMemberCount": 6_001}), 10038),
        (json!({"MaxMemberCount": -1}), 10004),
        (json!({"ApplyJoinOption": "Perhaps"}), 10004),
        (json!({"InviteJoinOption": "Perhaps"}), 10004),
        (json!({"AppDefinedData": [{"Key": "k", "Value": "v"}]}), 10004),
    ] {
        let mut body = json!({"Type": "Public", "Name": "g", "Owner_Account": "ann"});
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = call(&world, "create_group", body).await;
        assert_eq!((&answer["ErrorCode"], &answer["ActionStatus"]), (&json!(code), &json!("FAIL")), "{more}: {answer}");
    }
    for command in ["destroy_group", "modify_group_base_info"] {
        assert_eq!(call(&world, command, json!({"GroupId": "none", "Name": "x"})).await["ErrorCode"], 10010);
        assert_eq!(call(&world, command, json!({"GroupId": "x".repeat(200), "Name": "x"})).await["ErrorCode"], 10015);
        assert_eq!(call(&world, command, json!({"Name": "x"})).await["ErrorCode"], 10004);
    }
}
