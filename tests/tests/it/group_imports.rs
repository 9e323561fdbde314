//! Groups, members and messages of another system, brought over by the backend.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::world::World;

const PEOPLE: &[&str] = &["ann", "bob", "cat", "dan"];

async fn must(rest: &Rest, command: &str, body: Value) -> Value {
    rest.must(&format!("group_open_http_svc/{command}"), body).await
}

async fn code(rest: &Rest, command: &str, body: Value) -> i64 {
    rest.post(&format!("group_open_http_svc/{command}"), body).await["ErrorCode"].as_i64().unwrap()
}

fn results(answer: &Value, list: &str) -> Vec<i64> {
    answer[list].as_array().unwrap().iter().map(|item| item["Result"].as_i64().unwrap()).collect()
}

/// A group of ann that was made a thousand seconds ago, and that time.
async fn imported(world: &World) -> (Rest, i64) {
    let rest = world.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": PEOPLE})).await;
    let now = world.access.clock.wall_seconds();
    let group = json!({"GroupId": "g", "Type": "Public", "Name": "crew", "Owner_Account": "ann", "CreateTime": now - 1_000});
    must(&rest, "import_group", group).await;
    (rest, now - 1_000)
}

fn line(from: &str, time: i64, text: &str) -> Value {
    json!({"From_Account": from, "SendTime": time, "Random": time, "MsgBody": text_body(text)})
}

async fn row(link: &mut Link) -> Value {
    let pulled = link.must("tern_sync.pull", json!({"Rev": 0, "Limit": 100})).await;
    pulled["Conversations"].as_array().unwrap().iter().find(|row| row["Id"]["GroupId"] == "g").cloned().unwrap_or(Value::Null)
}

#[tokio::test]
async fn messages_come_in_their_order_and_those_out_of_it_are_named() {
    let world = World::start().await;
    let (rest, made) = imported(&world).await;
    let now = made + 1_000;
    let list = json!([
        line("bob", made - 1, "before the group"),
        line("bob", made + 10, "first"),
        line("ann", made + 10, "within the same second"),
        line("bob", made + 5, "not ascending"),
        line("bob", made + 20, &"x".repeat(13_000)),
        line("zed", made + 25, "of nobody"),
        {"From_Account": "bob", "SendTime": made + 26},
        line("cat", made + 30, "last"),
        line("cat", now + 5_000, "of tomorrow"),
    ]);
    let answer = must(&rest, "import_group_msg", json!({"GroupId": "g", "MsgList": list})).await;
    assert_eq!(results(&answer, "ImportMsgResult"), [10004, 0, 0, 10004, 80002, 10019, 10004, 0, 10004]);
    let first = &answer["ImportMsgResult"][1];
    assert_eq!((&first["MsgSeq"], &first["MsgTime"]), (&json!(1), &json!(made + 10)));
    let got = must(&rest, "group_msg_get_simple", json!({"GroupId": "g", "ReqMsgNumber": 20})).await;
    let texts: Vec<_> =
        got["RspMsgList"].as_array().unwrap().iter().map(|message| message["MsgBody"][0]["MsgContent"]["Text"].clone()).collect();
    assert_eq!(texts, ["last", "within the same second", "first"]);
    assert_eq!(got["RspMsgList"][0]["MsgTimeStamp"], made + 30);
    // What comes later must be later than all that is there.
    let later = json!([line("ann", made + 29, "too early"), line("ann", made + 40, "after it")]);
    let answer = must(&rest, "import_group_msg", json!({"GroupId": "g", "MsgList": later})).await;
    assert_eq!(results(&answer, "ImportMsgResult"), [10004, 0]);
    let info = must(&rest, "get_group_info", json!({"GroupIdList": ["g"]})).await;
    assert_eq!(info["GroupInfo"][0]["NextMsgSeq"], 5);

    let many: Vec<_> = (0..21).map(|at| line("ann", made + 50 + at, "x")).collect();
    for (body, wanted) in [
        (json!({"GroupId": "g", "MsgList": many}), 10004),
        (json!({"GroupId": "g", "MsgList": []}), 10004),
        (json!({"GroupId": "none", "MsgList": [line("ann", made + 60, "x")]}), 10010),
        (json!({"MsgList": [line("ann", made + 60, "x")]}), 10004),
        (json!({"GroupId": "g", "MsgList": [line("ann", made + 60, &"x".repeat(13_000))]}), 10020),
        (json!({"GroupId": "g", "TopicId": "g@TOPIC#_x", "MsgList": [line("ann", made + 60, "x")]}), 10010),
    ] {
        assert_eq!(code(&rest, "import_group_msg", body.clone()).await, wanted, "{body}");
    }
    let live = must(&rest, "create_group", json!({"Type": "AVChatRoom", "Name": "n"})).await;
    let body = json!({"GroupId": live["GroupId"], "MsgList": [line("ann", now, "x")]});
    assert_eq!(code(&rest, "import_group_msg", body).await, 10007);
}

#[tokio::test]
async fn an_import_is_read_by_everybody_and_moves_the_conversation_only_if_asked() {
    let world = World::start().await;
    let (rest, made) = imported(&world).await;
    must(&rest, "add_group_member", json!({"GroupId": "g", "Silence": 1, "MemberList": [{"Member_Account": "bob"}]})).await;
    let mut bob = world.link("bob").await;
    let send = json!({"GroupId": "g", "From_Account": "ann", "Random": 1, "MsgBody": text_body("of today")});
    must(&rest, "send_group_msg", send).await;
    assert_eq!(row(&mut bob).await["Unread"], 1);
    world.advance_seconds(30).await;
    let now = made + 1_030;
    must(&rest, "import_group_msg", json!({"GroupId": "g", "MsgList": [line("ann", now - 5, "brought over")]})).await;
    let seen = row(&mut bob).await;
    assert_eq!((&seen["Unread"], &seen["LastPlace"], &seen["ReadPlace"]), (&json!(0), &json!(2), &json!(2)));
    must(&rest, "set_unread_msg_num", json!({"GroupId": "g", "Member_Account": "bob", "UnreadMsgNum": 2})).await;
    assert_eq!(row(&mut bob).await["Unread"], 2, "what was brought over may be set unread");
    let time = async || {
        let info = must(&rest, "get_group_info", json!({"GroupIdList": ["g"]})).await;
        info["GroupInfo"][0]["LastMsgTime"].as_i64().unwrap()
    };
    assert!(time().await < now - 5, "the conversation was not moved");
    let body = json!({"GroupId": "g", "RecentContactFlag": 1, "MsgList": [line("ann", now - 3, "and this")]});
    must(&rest, "import_group_msg", body).await;
    assert_eq!(time().await, now - 3);
    assert_eq!(row(&mut bob).await["Unread"], 0);

    // Both wrote before and after an import: each counts what the other said since, and nothing twice.
    let write = async |from: &str, random: i64| {
        let body = json!({"GroupId": "g", "From_Account": from, "Random": random, "MsgBody": text_body("and we")});
        must(&rest, "send_group_msg", body).await["MsgSeq"].as_i64().unwrap()
    };
    write("bob", 2).await;
    write("ann", 3).await;
    world.advance_seconds(30).await;
    let body = json!({"GroupId": "g", "MsgList": [line("ann", now + 5, "the last of it")]});
    let last = must(&rest, "import_group_msg", body).await["ImportMsgResult"][0]["MsgSeq"].clone();
    let members = must(&rest, "get_group_member_info", json!({"GroupId": "g", "MemberInfoFilter": ["MsgSeq"]})).await;
    assert!(members["MemberList"].as_array().unwrap().iter().all(|member| member["MsgSeq"] == last), "{members}");
    write("bob", 4).await;
    write("ann", 5).await;
    write("ann", 6).await;
    let mut ann = world.link("ann").await;
    assert_eq!((&row(&mut bob).await["Unread"], &row(&mut ann).await["Unread"]), (&json!(2), &json!(1)));
    let read = json!({"GroupId": "g", "MsgReadedSeq": last.as_i64().unwrap() + 2});
    bob.must("group_open_http_svc.msg_read_report", read).await;
    assert_eq!(row(&mut bob).await["Unread"], 1);
}

#[tokio::test]
async fn members_come_with_their_time_role_and_unread_count() {
    let world = World::start().await;
    let (rest, made) = imported(&world).await;
    let lines: Vec<_> = (0..5).map(|at| line("ann", made + 10 + at, "old")).collect();
    must(&rest, "import_group_msg", json!({"GroupId": "g", "MsgList": lines})).await;
    let now = made + 1_000;
    let list = json!([
        {"Member_Account": "bob", "Role": "Admin", "JoinTime": made + 1, "UnreadMsgNum": 3},
        {"Member_Account": "cat", "UnreadMsgNum": 99},
        {"Member_Account": "bob"},
        {"Member_Account": "zed"},
        {"Member_Account": "dan", "JoinTime": made - 1},
        {"Member_Account": "dan", "JoinTime": now + 5_000},
        {"Member_Account": "dan", "Role": "Owner"},
        {"Member_Account": "dan", "UnreadMsgNum": -1},
        {"Member_Account": "dan", "JoinTime": made + 12},
        {"Member_Account": "ann"},
    ]);
    let mut bob = world.link("bob").await;
    let answer = must(&rest, "import_group_member", json!({"GroupId": "g", "MemberList": list})).await;
    assert_eq!(results(&answer, "MemberList"), [1, 1, 2, 0, 0, 0, 0, 0, 1, 2]);
    let members = must(&rest, "get_group_member_info", json!({"GroupId": "g", "Limit": 10, "Offset": 0})).await;
    assert_eq!(members["MemberNum"], 4);
    let of_bob = members["MemberList"].as_array().unwrap().iter().find(|member| member["Member_Account"] == "bob").unwrap();
    assert_eq!((&of_bob["Role"], &of_bob["JoinTime"]), (&json!("Admin"), &json!(made + 1)));
    assert_eq!(bob.event_with("TernGroup").await[0]["Role"], "Admin", "a device that is connected hears the group from now on");
    assert_eq!(row(&mut bob).await["Unread"], 3);
    assert_eq!(row(&mut world.link("cat").await).await["Unread"], 5, "not more than there are");
    assert_eq!(row(&mut world.link("dan").await).await["Unread"], 0);
    let got = must(&rest, "group_msg_get_simple", json!({"GroupId": "g", "ReqMsgNumber": 20})).await;
    assert_eq!(got["RspMsgList"].as_array().unwrap().len(), 5, "nobody was told by a tip");

    let many: Vec<_> = (0..301).map(|at| json!({"Member_Account": format!("m{at}")})).collect();
    assert_eq!(code(&rest, "import_group_member", json!({"GroupId": "g", "MemberList": many})).await, 10005);
    assert_eq!(code(&rest, "import_group_member", json!({"GroupId": "g", "MemberList": []})).await, 10004);
    assert_eq!(
        code(&rest, "import_group_member", json!({"GroupId": "none", "MemberList": [{"Member_Account": "bob"}]})).await,
        10010
    );
    let live = must(&rest, "create_group", json!({"Type": "AVChatRoom", "Name": "n"})).await;
    let body = json!({"GroupId": live["GroupId"], "MemberList": [{"Member_Account": "bob"}]});
    assert_eq!(code(&rest, "import_group_member", body).await, 10007);
    must(&rest, "modify_group_base_info", json!({"GroupId": "g", "MaxMemberNum": 4})).await;
    rest.must("im_open_login_svc/account_import", json!({"UserID": "eve"})).await;
    let full = must(&rest, "import_group_member", json!({"GroupId": "g", "MemberList": [{"Member_Account": "eve"}]})).await;
    assert_eq!(results(&full, "MemberList"), [0], "it is full");
}
