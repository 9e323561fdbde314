//! Members of groups: roles, mutes, name cards, the owner, who is told of it.

use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::clock::Clock as _;
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const PEOPLE: &[&str] = &["ann", "bob", "cat", "dan", "eve"];

/// A world with a group of ann (owner), bob (admin where the type has such), cat and dan; eve stays outside.
async fn group_of(kind: &str) -> (World, Rest, String) {
    let world = World::start().await;
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": PEOPLE})).await;
    let group = world.group("ann", kind, &["bob", "cat", "dan"]).await;
    if kind != "Work" {
        let admin = json!({"GroupId": group, "Member_Account": "bob", "Role": "Admin"});
        rest.must("group_open_http_svc/modify_group_member_info", admin).await;
    }
    (world, rest, group)
}

fn svc(command: &str) -> String {
    format!("group_open_http_svc.{command}")
}

async fn must(rest: &Rest, command: &str, body: Value) -> Value {
    rest.must(&format!("group_open_http_svc/{command}"), body).await
}

async fn code(rest: &Rest, command: &str, body: Value) -> i64 {
    rest.post(&format!("group_open_http_svc/{command}"), body).await["ErrorCode"].as_i64().unwrap()
}

/// The body of the next tip of a kind.
async fn tip(link: &mut Link, op_type: i64) -> Value {
    loop {
        let tips = link.event_with("GroupTips").await;
        if tips[0]["MsgBody"]["OpType"] == op_type {
            return tips[0]["MsgBody"].clone();
        }
    }
}

/// The body of the next system notice of a kind.
async fn notice(link: &mut Link, report_type: i64) -> Value {
    loop {
        let tips = link.event_with("GroupTips").await;
        if tips[0]["MsgBody"]["ReportType"] == report_type {
            return tips[0]["MsgBody"].clone();
        }
    }
}

async fn member(rest: &Rest, group: &str, name: &str) -> Value {
    let asked = json!({"GroupId": group, "Member_List_Account": [name]});
    must(rest, "get_specified_group_member_info", asked).await["MemberList"][0].clone()
}

#[tokio::test]
async fn an_admin_is_appointed_and_dismissed_and_everybody_learns_it() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut cat, mut dan) = (world.link("ann").await, world.link("cat").await, world.link("dan").await);
    let role = |role: &str| json!({"GroupId": group, "Member_Account": "cat", "Role": role});
    ann.must(&svc("modify_group_member_info"), role("Admin")).await;
    assert_eq!(notice(&mut cat, 9).await["Operator_Account"], "ann");
    assert_eq!(cat.event_with("TernGroup").await[0]["Role"], "Admin");
    let told = tip(&mut dan, 4).await;
    assert_eq!((&told["Operator_Account"], &told["List_Account"]), (&json!("ann"), &json!(["cat"])));
    assert_eq!(member(&rest, &group, "cat").await["Role"], "Admin");
    let roles = must(&rest, "get_role_in_group", json!({"GroupId": group, "User_Account": ["ann", "cat", "eve"]})).await;
    let words: Vec<_> = roles["UserIdList"].as_array().unwrap().iter().map(|item| item["Role"].as_str().unwrap()).collect();
    assert_eq!(words, ["Owner", "Admin", "NotMember"]);

    ann.must(&svc("modify_group_member_info"), role("Member")).await;
    assert_eq!(notice(&mut cat, 10).await["Operator_Account"], "ann");
    assert_eq!(cat.event_with("TernGroup").await[0]["Role"], "Member");
    assert_eq!(tip(&mut dan, 5).await["List_Account"], json!(["cat"]));
    let again = ann.call(&svc("modify_group_member_info"), role("Member")).await;
    assert_eq!(again["ErrorCode"], 0, "nothing changes, nobody is told");

    let mut bob = world.link("bob").await;
    let by_admin = bob.call(&svc("modify_group_member_info"), role("Admin")).await;
    assert_eq!(by_admin["ErrorCode"], 10007, "only the owner appoints");
    let own =
        bob.call(&svc("modify_group_member_info"), json!({"GroupId": group, "Member_Account": "bob", "Role": "Member"})).await;
    assert_eq!(own["ErrorCode"], 10007);
}

#[rstest]
#[case::no_member(json!({"Member_Account": "eve", "Role": "Admin"}), 10004)]
#[case::nobody(json!({"Member_Account": "zed", "Role": "Admin"}), 10019)]
#[case::the_owner(json!({"Member_Account": "ann", "Role": "Member"}), 10004)]
#[case::an_owner(json!({"Member_Account": "cat", "Role": "Owner"}), 10004)]
#[case::a_word(json!({"Member_Account": "cat", "Role": "Boss"}), 10004)]
#[case::option(json!({"Member_Account": "cat", "MsgFlag": "Loud"}), 10004)]
#[case::card_of_51_bytes(json!({"Member_Account": "cat", "NameCard": "x".repeat(51)}), 10004)]
#[case::card_of_51_bytes_in_17_characters(json!({"Member_Account": "cat", "NameCard": "群".repeat(17)}), 10004)]
#[case::card_of_50_bytes(json!({"Member_Account": "cat", "NameCard": "x".repeat(50)}), 0)]
#[case::mute_below_zero(json!({"Member_Account": "cat", "MuteTime": -1}), 10004)]
#[case::mute_beyond(json!({"Member_Account": "cat", "MuteTime": 4_294_967_296_i64}), 10004)]
#[case::mute_as_text(json!({"Member_Account": "cat", "MuteTime": "60"}), 10004)]
#[case::old_name_of_mute(json!({"Member_Account": "cat", "ShutUpTime": 60}), 0)]
#[case::nothing(json!({"Member_Account": "cat"}), 10004)]
#[case::no_name(json!({"NameCard": "x"}), 10004)]
#[case::undeclared_field(json!({"Member_Account": "cat", "AppMemberDefinedData": [{"Key": "k", "Value": "v"}]}), 10004)]
#[tokio::test]
async fn a_member_is_changed_or_the_contracts_code_says_why_not(#[case] more: Value, #[case] wanted: i64) {
    let (_world, rest, group) = group_of("Public").await;
    let mut body = more;
    body["GroupId"] = json!(group);
    assert_eq!(code(&rest, "modify_group_member_info", body).await, wanted);
}

#[tokio::test]
async fn a_work_group_has_no_admins_and_no_mutes() {
    let (_world, rest, group) = group_of("Work").await;
    let change = |more: Value| {
        let mut body = json!({"GroupId": group, "Member_Account": "bob"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    assert_eq!(code(&rest, "modify_group_member_info", change(json!({"Role": "Admin"}))).await, 10007);
    assert_eq!(code(&rest, "modify_group_member_info", change(json!({"MuteTime": 60}))).await, 10007);
    assert_eq!(code(&rest, "modify_group_member_info", change(json!({"NameCard": "Bobby"}))).await, 0);
    let mute = json!({"GroupId": group, "Members_Account": ["bob"], "MuteTime": 60});
    assert_eq!(code(&rest, "forbid_send_msg", mute).await, 10007);
    let muted = must(&rest, "get_group_muted_account", json!({"GroupId": group})).await;
    assert_eq!(muted["MutedAccountList"], json!([]));
}

#[tokio::test]
async fn name_cards_are_set_by_oneself_or_from_above_and_stand_in_messages() {
    let (world, rest, group) = group_of("Public").await;
    let (mut bob, mut cat, mut dan) = (world.link("bob").await, world.link("cat").await, world.link("dan").await);
    let card = |who: &str, card: &str| json!({"GroupId": group, "Member_Account": who, "NameCard": card});
    cat.must(&svc("modify_group_member_info"), card("cat", "Kitty")).await;
    assert_eq!(cat.event_with("TernGroup").await[0]["NameCard"], "Kitty");
    assert_eq!(cat.call(&svc("modify_group_member_info"), card("dan", "x")).await["ErrorCode"], 10007);
    assert_eq!(cat.call(&svc("modify_group_member_info"), card("ann", "x")).await["ErrorCode"], 10007);
    assert_eq!(bob.call(&svc("modify_group_member_info"), card("ann", "x")).await["ErrorCode"], 10007, "not above");
    bob.must(&svc("modify_group_member_info"), card("dan", "Danny")).await;
    assert_eq!(dan.event_with("TernGroup").await[0]["NameCard"], "Danny");
    cat.must(&svc("send_group_msg"), json!({"GroupId": group, "Random": 1, "MsgBody": text_body("hello")})).await;
    let heard = dan.event_with("GroupMsgArray").await;
    assert_eq!(heard[0]["GroupInfo"]["TernNameCard"], "Kitty", "{heard}");
    // Without a name a client means itself.
    cat.must(&svc("modify_group_member_info"), json!({"GroupId": group, "NameCard": ""})).await;
    assert_eq!(member(&rest, &group, "cat").await["NameCard"], "");
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call(&svc("modify_group_member_info"), card("cat", "x")).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn all_members_hear_whose_card_role_or_mute_is_another_now() {
    let (world, rest, group) = group_of("Meeting").await;
    let (mut ann, mut bob, mut dan) = (world.link("ann").await, world.link("bob").await, world.link("dan").await);
    let one = |who: &str, role: &str, card: &str, until: i64| json!({"Member_Account": who, "Role": role, "NameCard": card, "MuteUntil": until});
    let change = |more: Value| {
        let mut body = json!({"GroupId": group, "Member_Account": "cat"});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    ann.must(&svc("modify_group_member_info"), change(json!({"NameCard": "Kitty"}))).await;
    for link in [&mut ann, &mut bob, &mut dan] {
        let told = link.event_with("TernGroupMember").await;
        assert_eq!(told, json!({"GroupId": group, "MemberList": [one("cat", "Member", "Kitty", 0)]}));
    }
    must(&rest, "modify_group_member_info", change(json!({"Role": "Admin", "MuteTime": 60}))).await;
    let until = world.clock.wall_seconds() + 60;
    assert_eq!(dan.event_with("TernGroupMember").await["MemberList"], json!([one("cat", "Admin", "Kitty", until)]), "once for all");
    must(&rest, "forbid_send_msg", json!({"GroupId": group, "Members_Account": ["cat", "dan", "eve"], "MuteTime": 0})).await;
    assert_eq!(dan.event_with("TernGroupMember").await["MemberList"][0], one("cat", "Admin", "Kitty", 0));
    ann.must(&svc("change_group_owner"), json!({"GroupId": group, "NewOwner_Account": "bob"})).await;
    let both = json!([one("ann", "Member", "", 0), one("bob", "Owner", "", 0)]);
    assert_eq!(dan.event_with("TernGroupMember").await["MemberList"], both);
}

#[tokio::test]
async fn a_receive_option_is_ones_own_or_the_backends_to_set() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut cat) = (world.link("ann").await, world.link("cat").await);
    let mut phone = Link::phone(&world.access, "cat", "Android").await;
    let option = |who: &str, word: &str| json!({"GroupId": group, "Member_Account": who, "MsgFlag": word});
    for word in ["AcceptNotNotify", "Discard", "AcceptNotNotifyExceptAt", "AcceptAndNotify"] {
        cat.must(&svc("modify_group_member_info"), option("cat", word)).await;
        assert_eq!(phone.event_with("TernConv").await[0]["MsgFlag"], word);
        assert_eq!(member(&rest, &group, "cat").await["MsgFlag"], word);
    }
    assert_eq!(ann.call(&svc("modify_group_member_info"), option("cat", "Discard")).await["ErrorCode"], 10007);
    must(&rest, "modify_group_member_info", option("cat", "AcceptNotNotify")).await;
    assert_eq!(phone.event_with("TernConv").await[0]["MsgFlag"], "AcceptNotNotify");
}

#[tokio::test]
async fn a_mute_ends_by_the_clock_and_survives_leaving_and_coming_back() {
    let (world, rest, group) = group_of("Public").await;
    let (mut bob, mut cat, mut dan) = (world.link("bob").await, world.link("cat").await, world.link("dan").await);
    let said = |random: u64| json!({"GroupId": group, "Random": random, "MsgBody": text_body("hello")});
    let mute = |who: Value, seconds: i64| json!({"GroupId": group, "Members_Account": who, "MuteTime": seconds});
    bob.must(&svc("forbid_send_msg"), mute(json!(["cat"]), 100)).await;
    let told = tip(&mut dan, 7).await;
    assert_eq!(told["MsgMemberInfo"], json!([{"User_Account": "cat", "ShutupTime": 100}]));
    assert_eq!(cat.call(&svc("send_group_msg"), said(1)).await["ErrorCode"], 10017);
    let profile = member(&rest, &group, "cat").await;
    let until = profile["MuteUntil"].as_i64().unwrap();
    assert_eq!(cat.event_with("TernGroup").await[0]["MuteUntil"], until);
    assert_eq!((&profile["MuteUntil"], &profile["ShutUpUntil"]), (&json!(until), &json!(until)));
    for command in ["get_group_muted_account", "get_group_shutted_uin"] {
        let list = must(&rest, command, json!({"GroupId": group})).await;
        assert_eq!(list["MutedAccountList"], json!([{"Member_Account": "cat", "MutedUntil": until}]), "{command}");
        assert_eq!(list["ShuttedUinList"], json!([{"Member_Account": "cat", "ShuttedUntil": until}]), "{command}");
    }
    cat.must("tern_group.leave", json!({"GroupId": group})).await;
    must(&rest, "add_group_member", json!({"GroupId": group, "MemberList": [{"Member_Account": "cat"}]})).await;
    assert_eq!(cat.call(&svc("send_group_msg"), said(2)).await["ErrorCode"], 10017, "it survives");
    world.advance_seconds(101).await;
    let (mut bob, mut cat) = (world.link("bob").await, world.link("cat").await);
    cat.must(&svc("send_group_msg"), said(3)).await;
    assert_eq!(member(&rest, &group, "cat").await["MuteUntil"], 0);
    let list = bob.must(&svc("get_group_muted_account"), json!({"GroupId": group})).await;
    assert_eq!(list["MutedAccountList"], json!([]));

    // For ever, and lifted; under the old name of the field too.
    must(&rest, "forbid_send_msg", mute(json!(["cat", "dan", "cat"]), 4_294_967_295)).await;
    world.advance_seconds(30 * 24 * 3_600).await;
    let mut dan = world.link("dan").await;
    assert_eq!(dan.call(&svc("send_group_msg"), said(4)).await["ErrorCode"], 10017);
    let list = must(&rest, "get_group_muted_account", json!({"GroupId": group})).await;
    assert_eq!(list["MutedAccountList"][1], json!({"Member_Account": "dan", "MutedUntil": 4_294_967_295_i64}));
    must(&rest, "forbid_send_msg", json!({"GroupId": group, "Members_Account": ["dan"], "ShutUpTime": 0})).await;
    assert!(dan.event_with("TernGroup").await[0]["MuteUntil"].is_null());
    dan.must(&svc("send_group_msg"), said(5)).await;
}

#[tokio::test]
async fn owners_mute_admins_and_admins_only_members() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    let mute = |who: Value| json!({"GroupId": group, "Members_Account": who, "MuteTime": 60});
    for who in ["ann", "bob"] {
        assert_eq!(bob.call(&svc("forbid_send_msg"), mute(json!(["cat", who]))).await["ErrorCode"], 10007, "{who}");
    }
    assert_eq!(cat.call(&svc("forbid_send_msg"), mute(json!(["dan"]))).await["ErrorCode"], 10007);
    ann.must(&svc("forbid_send_msg"), mute(json!(["bob"]))).await;
    let said = json!({"GroupId": group, "Random": 1, "MsgBody": text_body("hello")});
    assert_eq!(bob.call(&svc("send_group_msg"), said).await["ErrorCode"], 10017);
    let list = must(&rest, "get_group_muted_account", json!({"GroupId": group})).await;
    assert_eq!(list["MutedAccountList"].as_array().unwrap().len(), 1, "what was refused changed nothing: {list}");
    let many: Vec<String> = (0..501).map(|at| format!("m{at}")).collect();
    assert_eq!(code(&rest, "forbid_send_msg", mute(json!(many))).await, 10005);
    assert_eq!(code(&rest, "forbid_send_msg", mute(json!(["zed"]))).await, 10019);
    assert_eq!(code(&rest, "forbid_send_msg", mute(json!([]))).await, 10004);
    assert_eq!(code(&rest, "forbid_send_msg", json!({"GroupId": group, "Members_Account": ["cat"]})).await, 10004);
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call(&svc("get_group_muted_account"), json!({"GroupId": group})).await["ErrorCode"], 10007);
}

#[tokio::test]
async fn a_group_is_handed_on_and_its_first_owner_appointed() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut bob, mut dan) = (world.link("ann").await, world.link("bob").await, world.link("dan").await);
    let to = |who: &str| json!({"GroupId": group, "NewOwner_Account": who});
    assert_eq!(bob.call(&svc("change_group_owner"), to("bob")).await["ErrorCode"], 10007);
    assert_eq!(ann.call(&svc("change_group_owner"), to("eve")).await["ErrorCode"], 10004);
    assert_eq!(ann.call(&svc("change_group_owner"), to("zed")).await["ErrorCode"], 10019);
    ann.must(&svc("change_group_owner"), to("bob")).await;
    assert_eq!(tip(&mut dan, 6).await["MsgGroupNewInfo"]["Owner_Account"], "bob");
    assert_eq!(ann.event_with("TernGroup").await[0]["Role"], "Member");
    let place = bob.event_with("TernGroup").await;
    assert_eq!((&place[0]["Role"], &place[0]["Owner_Account"]), (&json!("Owner"), &json!("bob")));
    let info = must(&rest, "get_group_info", json!({"GroupIdList": [group]})).await;
    assert_eq!((&info["GroupInfo"][0]["Owner_Account"], &info["GroupInfo"][0]["InfoSeq"]), (&json!("bob"), &json!(2)));
    assert_eq!(ann.call(&svc("change_group_owner"), to("ann")).await["ErrorCode"], 10007, "it is not hers any more");

    // A group without an owner gets one from the backend.
    let made = must(&rest, "create_group", json!({"Type": "Work", "Name": "n", "MemberList": [{"Member_Account": "cat"}]})).await;
    let first = json!({"GroupId": made["GroupId"], "NewOwner_Account": "cat"});
    must(&rest, "change_group_owner", first).await;
    let roles = must(&rest, "get_role_in_group", json!({"GroupId": made["GroupId"], "User_Account": ["cat"]})).await;
    assert_eq!(roles["UserIdList"][0]["Role"], "Owner");
    let live = must(&rest, "create_group", json!({"Type": "AVChatRoom", "Name": "n", "Owner_Account": "ann"})).await;
    let refused = json!({"GroupId": live["GroupId"], "NewOwner_Account": "cat"});
    assert_eq!(code(&rest, "change_group_owner", refused).await, 10007);
}

#[tokio::test]
async fn the_backend_says_how_much_a_member_has_not_read() {
    let (world, rest, group) = group_of("Public").await;
    let mut cat = world.link("cat").await;
    for random in 1..=5 {
        let said = json!({"GroupId": group, "From_Account": "ann", "Random": random, "MsgBody": text_body("hello")});
        must(&rest, "send_group_msg", said).await;
    }
    let unread = async |link: &mut Link| {
        let pulled = link.must("tern_sync.pull", json!({"Rev": 0, "Limit": 100})).await;
        let found = pulled["Conversations"].as_array().unwrap().iter().find(|row| row["Id"]["GroupId"] == json!(group)).cloned();
        found.unwrap_or_else(|| panic!("{pulled}"))["Unread"].clone()
    };
    for (wanted, found) in [(0, 0), (3, 3), (1, 1), (900, 6), (2, 2)] {
        let set = json!({"GroupId": group, "Member_Account": "cat", "UnreadMsgNum": wanted});
        must(&rest, "set_unread_msg_num", set).await;
        assert_eq!(unread(&mut cat).await, found, "asked for {wanted}");
    }
    cat.must(&svc("msg_read_report"), json!({"GroupId": group, "MsgReadedSeq": 0})).await;
    assert_eq!(unread(&mut cat).await, 0, "reading clears it");
    for (body, wanted) in [
        (json!({"GroupId": group, "Member_Account": "eve", "UnreadMsgNum": 1}), 10004),
        (json!({"GroupId": group, "Member_Account": "zed", "UnreadMsgNum": 1}), 10019),
        (json!({"GroupId": group, "Member_Account": "cat", "UnreadMsgNum": -1}), 10004),
        (json!({"GroupId": group, "Member_Account": "cat"}), 10004),
        (json!({"GroupId": "none", "Member_Account": "cat", "UnreadMsgNum": 1}), 10010),
    ] {
        assert_eq!(code(&rest, "set_unread_msg_num", body.clone()).await, wanted, "{body}");
    }
    let meeting = world.group("ann", "Meeting", &["cat"]).await;
    must(&rest, "set_unread_msg_num", json!({"GroupId": meeting, "Member_Account": "cat", "UnreadMsgNum": 1})).await;
}

#[tokio::test]
async fn members_are_added_and_each_has_its_result() {
    let (world, rest, group) = group_of("Public").await;
    let (mut dan, mut eve) = (world.link("dan").await, world.link("eve").await);
    let list = |names: &[&str]| names.iter().map(|name| json!({"Member_Account": name})).collect::<Vec<_>>();
    let add = |names: &[&str]| json!({"GroupId": group, "MemberList": list(names)});
    let results = |answer: &Value| -> Vec<i64> {
        answer["MemberList"].as_array().unwrap().iter().map(|item| item["Result"].as_i64().unwrap()).collect()
    };
    let answer = must(&rest, "add_group_member", add(&["eve", "cat", "zed", "eve"])).await;
    assert_eq!(results(&answer), [1, 2, 0, 2]);
    assert_eq!(tip(&mut dan, 1).await["List_Account"], json!(["eve"]));
    assert_eq!(notice(&mut eve, 7).await["ReportType"], 7);
    assert_eq!(code(&rest, "add_group_member", add(&["zed"])).await, 10019);
    assert_eq!(code(&rest, "add_group_member", json!({"GroupId": group, "MemberList": []})).await, 10004);
    let many: Vec<_> = (0..301).map(|at| json!({"Member_Account": format!("m{at}")})).collect();
    assert_eq!(code(&rest, "add_group_member", json!({"GroupId": group, "MemberList": many})).await, 10005);
    // A member may not, unless the group's option lets it.
    assert_eq!(dan.call(&svc("add_group_member"), add(&["eve"])).await["ErrorCode"], 0, "in already: nobody is brought in");
    must(&rest, "delete_group_member", json!({"GroupId": group, "MemberToDel_Account": ["eve"], "Silence": 1})).await;
    assert_eq!(dan.call(&svc("add_group_member"), add(&["eve"])).await["ErrorCode"], 10007);
    must(&rest, "modify_group_base_info", json!({"GroupId": group, "MaxMemberNum": 4})).await;
    assert_eq!(code(&rest, "add_group_member", add(&["eve"])).await, 10014);
    let live = must(&rest, "create_group", json!({"Type": "AVChatRoom", "Name": "n"})).await;
    assert_eq!(code(&rest, "add_group_member", json!({"GroupId": live["GroupId"], "MemberList": list(&["eve"])})).await, 10007);
}

#[tokio::test]
async fn members_are_removed_from_above_with_a_reason_and_silently() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut bob, mut cat, mut dan) =
        (world.link("ann").await, world.link("bob").await, world.link("cat").await, world.link("dan").await);
    let remove = |names: &[&str]| json!({"GroupId": group, "MemberToDel_Account": names, "Reason": "rude"});
    for (names, who) in [(["ann"], "the owner"), (["bob"], "oneself")] {
        assert_eq!(bob.call(&svc("delete_group_member"), remove(&names)).await["ErrorCode"], 10007, "{who}");
    }
    assert_eq!(cat.call(&svc("delete_group_member"), remove(&["dan"])).await["ErrorCode"], 10007, "a member");
    assert_eq!(code(&rest, "delete_group_member", remove(&["ann"])).await, 10007, "an owner is not removed, even by the backend");
    bob.must(&svc("delete_group_member"), remove(&["cat", "eve", "zed", "cat"])).await;
    let told = notice(&mut cat, 4).await;
    assert_eq!((&told["Operator_Account"], &told["RemarkInfo"]), (&json!("bob"), &json!("rude")));
    assert_eq!(cat.event_with("TernGroup").await[0]["Gone"], 1);
    let told = tip(&mut dan, 3).await;
    assert_eq!((&told["List_Account"], &told["MemberNum"]), (&json!(["cat"]), &json!(3)));
    // Nobody but the one concerned hears of a silent removal.
    must(&rest, "delete_group_member", json!({"GroupId": group, "MemberToDel_Account": ["bob"], "Silence": 1})).await;
    notice(&mut bob, 4).await;
    ann.must(&svc("modify_group_member_info"), json!({"GroupId": group, "Member_Account": "dan", "Role": "Admin"})).await;
    let next = dan.event_with("GroupTips").await;
    assert_ne!(next[0]["MsgBody"]["OpType"], 3, "{next}");
    let many: Vec<String> = (0..501).map(|at| format!("m{at}")).collect();
    assert_eq!(code(&rest, "delete_group_member", json!({"GroupId": group, "MemberToDel_Account": many})).await, 10005);
    assert_eq!(code(&rest, "delete_group_member", json!({"GroupId": group, "MemberToDel_Account": []})).await, 10004);
    let live = must(&rest, "create_group", json!({"Type": "AVChatRoom", "Name": "n"})).await;
    let body = json!({"GroupId": live["GroupId"], "MemberToDel_Account": ["cat"]});
    assert_eq!(code(&rest, "delete_group_member", body).await, 10004, "which has a code of its own here");
}

#[tokio::test]
async fn an_owner_leaves_a_work_group_alone_and_who_left_hears_no_more() {
    let (world, rest, group) = group_of("Public").await;
    let (mut ann, mut cat) = (world.link("ann").await, world.link("cat").await);
    assert_eq!(ann.call(&svc("quit_group"), json!({"GroupId": group})).await["ErrorCode"], 10009);
    cat.must(&svc("quit_group"), json!({"GroupId": group})).await;
    assert_eq!(tip(&mut ann, 2).await["Operator_Account"], "cat");
    assert_eq!(cat.call(&svc("quit_group"), json!({"GroupId": group})).await["ErrorCode"], 10007);
    let work = world.group("ann", "Work", &["bob"]).await;
    ann.must(&svc("quit_group"), json!({"GroupId": work})).await;
    let info = must(&rest, "get_group_info", json!({"GroupIdList": [work]})).await;
    assert_eq!((&info["GroupInfo"][0]["Owner_Account"], &info["GroupInfo"][0]["MemberNum"]), (&json!(""), &json!(1)));
    let mut bob = world.link("bob").await;
    bob.must(&svc("quit_group"), json!({"GroupId": work})).await;
    let info = must(&rest, "get_group_info", json!({"GroupIdList": [work]})).await;
    assert_eq!(info["GroupInfo"][0]["ErrorCode"], 10010, "the last one to leave ends it");
}

#[tokio::test]
async fn a_members_list_has_pages_filters_and_its_readers() {
    let (world, rest, group) = group_of("Public").await;
    let names = |answer: &Value| -> Vec<String> {
        answer["MemberList"].as_array().unwrap().iter().map(|item| item["Member_Account"].as_str().unwrap().to_owned()).collect()
    };
    let list = async |more: Value| {
        let mut body = json!({"GroupId": group});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        must(&rest, "get_group_member_info", body).await
    };
    let first = list(json!({"Limit": 3, "Offset": 0})).await;
    assert_eq!((names(&first), &first["MemberNum"]), (vec!["ann".into(), "bob".into(), "cat".into()], &json!(4)));
    assert_eq!(names(&list(json!({"Limit": 3, "Offset": 3})).await), ["dan"]);
    assert_eq!(names(&list(json!({"MemberRoleFilter": ["Owner", "Admin"]})).await), ["ann", "bob"]);
    assert_eq!(names(&list(json!({"MemberRoleFilter": ["Member"], "Limit": 1, "Offset": 1})).await), ["dan"]);
    let said = json!({"GroupId": group, "From_Account": "cat", "Random": 1, "MsgBody": text_body("hello")});
    let sent = must(&rest, "send_group_msg", said).await;
    let filter = json!({"MemberInfoFilter": ["LastSendMsgTime", "OnlineStatus"], "Offset": 2, "Limit": 1});
    let one = list(filter).await;
    let wanted = json!([{"Member_Account": "cat", "LastSendMsgTime": sent["MsgTime"], "OnlineStatus": "Offline"}]);
    assert_eq!(one["MemberList"], wanted);
    for (more, wanted) in [
        (json!({"Limit": -1}), 10004),
        (json!({"Offset": -1}), 10004),
        (json!({"MemberRoleFilter": ["Boss"]}), 10004),
        (json!({"Limit": "3"}), 10004),
    ] {
        let mut body = json!({"GroupId": group});
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        assert_eq!(code(&rest, "get_group_member_info", body).await, wanted, "{more}");
    }
    // Of clients, members alone read; nobody learns when others last spoke.
    let (mut dan, mut eve) = (world.link("dan").await, world.link("eve").await);
    let seen = dan.must(&svc("get_group_member_info"), json!({"GroupId": group})).await;
    assert_eq!(names(&seen).len(), 4);
    assert!(seen["MemberList"].as_array().unwrap().iter().all(|member| member["LastSendMsgTime"].is_null()), "{seen}");
    assert_eq!(eve.call(&svc("get_group_member_info"), json!({"GroupId": group})).await["ErrorCode"], 10007);
    let one = json!({"GroupId": group, "Member_List_Account": ["ann", "eve", "zed"]});
    assert_eq!(names(&dan.must(&svc("get_specified_group_member_info"), one.clone()).await), ["ann"]);
    assert_eq!(eve.call(&svc("get_specified_group_member_info"), one).await["ErrorCode"], 10007);
    let many: Vec<String> = (0..501).map(|at| format!("m{at}")).collect();
    let body = json!({"GroupId": group, "Member_List_Account": many[..51]});
    assert_eq!(code(&rest, "get_specified_group_member_info", body).await, 10004);
    assert_eq!(code(&rest, "get_role_in_group", json!({"GroupId": group, "User_Account": many})).await, 10005);
}

#[tokio::test]
async fn a_communitys_members_are_read_by_cursor_and_found_by_name() {
    let world = World::start().await;
    let rest = world.rest();
    let crowd: Vec<String> = (0..250).map(|at| format!("p{at:03}")).collect();
    for part in crowd.chunks(100) {
        rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": part})).await;
    }
    let made = json!({"Type": "Community", "Name": "town", "GroupId": "@TGS#_town", "Owner_Account": "p000"});
    must(&rest, "create_group", made).await;
    let list: Vec<_> = crowd[1..].iter().map(|name| json!({"Member_Account": name})).collect();
    must(&rest, "add_group_member", json!({"GroupId": "@TGS#_town", "Silence": 1, "MemberList": list})).await;
    let mut link = world.link("p007").await;
    let (mut next, mut seen, mut pages) = (String::new(), Vec::new(), Vec::new());
    loop {
        let page = link.must(&svc("get_group_member_info"), json!({"GroupId": "@TGS#_town", "Limit": 200, "Next": next})).await;
        let list = page["MemberList"].as_array().unwrap();
        pages.push(list.len());
        seen.extend(list.iter().map(|member| member["Member_Account"].as_str().unwrap().to_owned()));
        next = page["Next"].as_str().unwrap().to_owned();
        if next.is_empty() {
            break;
        }
    }
    assert_eq!((pages, seen), (vec![100, 100, 50], crowd));
    let bad = link.call(&svc("get_group_member_info"), json!({"GroupId": "@TGS#_town", "Next": "x"})).await;
    assert_eq!(bad["ErrorCode"], 10004);
    let (mut cursor, mut found) = (String::new(), Vec::new());
    loop {
        let ask = json!({"KeywordList": ["P1"], "GroupIdList": ["@TGS#_town"], "Limit": 40, "Cursor": cursor});
        let page = link.must("tern_search.members", ask).await;
        found.extend(page["MemberList"].as_array().unwrap().iter().map(|member| member["UserID"].as_str().unwrap().to_owned()));
        cursor = page["Cursor"].as_str().unwrap_or_default().to_owned();
        if cursor.is_empty() {
            break;
        }
    }
    assert_eq!(found, (100..200).map(|at| format!("p{at}")).collect::<Vec<_>>());
}
