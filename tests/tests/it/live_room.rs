//! Live rooms (AVChatRoom): who is inside, what they hear, and what their owner, admins and the backend may do.

use crate::PROGRAMS;
use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::server::ServerProcess;
use tern_tests::wait::eventually;
use tern_tests::world::World;

const JOIN: &str = "group_open_http_svc.apply_join_group";
const QUIT: &str = "group_open_http_svc.quit_group";
const SEND: &str = "group_open_http_svc.send_group_msg";
const ROOM: &str = "group_open_avchatroom_http_svc";

/// A live room of ann, whose account is made.
async fn room(world: &World) -> String {
    people(world, &["ann"]).await;
    world.group("ann", "AVChatRoom", &[]).await
}

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn online(world: &World, room: &str) -> u64 {
    let answer = world.rest().must("group_open_http_svc/get_online_member_num", json!({"GroupId": room})).await;
    answer["OnlineMemberNum"].as_u64().unwrap()
}

async fn inside(world: &World, room: &str, names: &[&str]) -> Value {
    let answer = world.rest().must(&format!("{ROOM}/check_members"), json!({"GroupId": room, "Member_Account": names})).await;
    answer["Member_Account"].clone()
}

async fn join(link: &mut Link, room: &str) -> Value {
    link.must(JOIN, json!({"GroupId": room, "ApplyMsg": ""})).await["JoinedStatus"].clone()
}

fn text(room: &str, random: u32, text: &str) -> Value {
    json!({"GroupId": room, "Random": random, "MsgBody": text_body(text)})
}

/// The next tip: `OpType`, names, `MemberNum`.
async fn tip(link: &mut Link) -> (i64, Vec<String>, u64) {
    let tips = link.event_with("GroupTips").await;
    // Clients tell two tips apart by it.
    assert_ne!(tips[0]["MsgSeq"], 0);
    let body = &tips[0]["MsgBody"];
    let names = body["List_Account"].as_array().into_iter().flatten().map(|name| name.as_str().unwrap().to_owned()).collect();
    (body["OpType"].as_i64().unwrap_or(0), names, body["MemberNum"].as_u64().unwrap_or(0))
}

#[tokio::test]
async fn a_place_is_a_sessions_and_a_person_counts_once() {
    let world = World::start().await;
    let room = room(&world).await;
    assert_eq!(online(&world, &room).await, 0, "the owner is not inside before he joins");
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let mut phone = Link::phone(&world.access, "bob", "Android").await;
    assert_eq!(ann.call(SEND, text(&room, 1, "outside")).await["ErrorCode"], 10007);
    assert_eq!(join(&mut ann, &room).await, "JoinedSuccess");
    assert_eq!(tip(&mut ann).await, (1, vec!["ann".into()], 1));
    assert_eq!(join(&mut bob, &room).await, "JoinedSuccess");
    assert_eq!(tip(&mut ann).await, (1, vec!["bob".into()], 2));
    assert_eq!(join(&mut bob, &room).await, "AlreadyInGroup");
    assert_eq!(phone.call(SEND, text(&room, 2, "by another session")).await["ErrorCode"], 10007);
    assert_eq!(join(&mut phone, &room).await, "JoinedSuccess");
    assert_eq!(online(&world, &room).await, 2, "two people, three sessions");

    let sent = ann.must(SEND, text(&room, 3, "hello")).await;
    assert_eq!(sent["MsgSeq"], 1);
    for link in [&mut bob, &mut phone] {
        let got = link.event_with("GroupMsgArray").await;
        assert_eq!((&got[0]["MsgSeq"], &got[0]["ToGroupId"], &got[0]["MsgBody"]), (&json!(1), &json!(room), &text_body("hello")));
    }
    assert_eq!(ann.must(SEND, text(&room, 3, "hello")).await["MsgSeq"], 1, "a repeat gets the first answer");
    let info = world.rest().must("group_open_http_svc/get_group_info", json!({"GroupIdList": [room]})).await;
    assert_eq!((&info["GroupInfo"][0]["MemberNum"], &info["GroupInfo"][0]["NextMsgSeq"]), (&json!(2), &json!(2)));
    assert_eq!(info["GroupInfo"][0]["LastMsgTime"], sent["MsgTime"], "kept nowhere, and yet known");
    assert_eq!(
        world.rest().post("group_open_http_svc/group_msg_get_simple", json!({"GroupId": room, "ReqMsgNumber": 5})).await["ErrorCode"],
        10044
    );

    let joined = async |with: i64| {
        let ask = json!({"Member_Account": "bob", "WithHugeGroups": with});
        world.rest().must("group_open_http_svc/get_joined_group_list", ask).await["TotalCount"].clone()
    };
    assert_eq!((joined(0).await, joined(1).await), (json!(0), json!(1)));
    bob.must(QUIT, json!({"GroupId": room})).await;
    assert_eq!(online(&world, &room).await, 2, "bob's phone is inside");
    phone.must(QUIT, json!({"GroupId": room})).await;
    assert_eq!(tip(&mut ann).await, (2, vec!["bob".into()], 1));
    assert_eq!(inside(&world, &room, &["ann", "bob", "nobody"]).await, json!(["ann"]));
    assert_eq!(phone.call(QUIT, json!({"GroupId": room})).await["ErrorCode"], 10007);
    ann.must(QUIT, json!({"GroupId": room})).await;
    assert_eq!(online(&world, &room).await, 0, "the owner may leave, and the room stays");
    world.rest().must("group_open_http_svc/destroy_group", json!({"GroupId": room})).await;
    assert_eq!(ann.call(JOIN, json!({"GroupId": room})).await["ErrorCode"], 10010);
}

#[tokio::test]
async fn a_relogin_is_outside_and_a_broken_link_may_come_back_for_half_a_minute() {
    let world = World::start().await;
    let room = room(&world).await;
    let mut ann = world.link("ann").await;
    join(&mut ann, &room).await;
    let mut bob = world.link("bob").await;
    join(&mut bob, &room).await;
    bob.must("im_open_status.wslogout", json!({})).await;
    eventually("bob's place is gone", async || (online(&world, &room).await == 1).then_some(())).await;
    let mut bob = world.link("bob").await;
    assert_eq!(bob.call(SEND, text(&room, 1, "x")).await["ErrorCode"], 10007);

    // A link that breaks, and the same client again with what its login answered.
    let mut eve = Link::open(&world.access.address).await;
    let login = eve.log_in_with(world.access.sdk_app_id.0, "eve", &world.access.user_sig("eve"), json!({"State": "Online"})).await;
    join(&mut eve, &room).await;
    drop(eve);
    let status = async || {
        world.rest().must("openim/query_online_status", json!({"To_Account": ["eve"]})).await["QueryResult"][0]["Status"].clone()
    };
    eventually("the link's end", async || (status().await == "Offline").then_some(())).await;
    assert_eq!(online(&world, &room).await, 2, "the place is kept");
    let mut eve = Link::open(&world.access.address).await;
    let back = eve.come_back(world.access.sdk_app_id.0, login["A2Key"].as_str().unwrap()).await;
    assert_eq!(back["ErrorCode"], 0, "{back}");
    ann.must(SEND, text(&room, 2, "still there?")).await;
    assert_eq!(eve.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("still there?"));
    eve.must(SEND, text(&room, 3, "yes")).await;

    // By name of the link, as `tern` does.
    drop(eve);
    eventually("the link's end", async || (status().await == "Offline").then_some(())).await;
    let resume = json!({"State": "Online", "TernResume": back["InstId"]});
    let mut eve = Link::log_in(&world.access, "eve", resume).await;
    eve.must(SEND, text(&room, 4, "again")).await;
    drop(eve);
    eventually("the link's end", async || (status().await == "Offline").then_some(())).await;
    world.advance_seconds(30).await;
    assert_eq!(inside(&world, &room, &["ann", "eve"]).await, json!(["ann"]));
    let mut late = Link::log_in(&world.access, "eve", json!({"State": "Online"})).await;
    assert_eq!(late.call(SEND, text(&room, 5, "x")).await["ErrorCode"], 10007);
    let mut ends = (0, Vec::new(), 0);
    while ends.0 != 2 || ends.1 != ["eve"] {
        ends = tip(&mut ann).await;
    }
    assert_eq!(ends.2, 1);
}

#[tokio::test]
async fn many_who_come_at_once_share_a_tip() {
    let world = World::start().await;
    let room = room(&world).await;
    let mut ann = world.link("ann").await;
    join(&mut ann, &room).await;
    tip(&mut ann).await;
    let mut crowd = Vec::new();
    for at in 0..25 {
        let mut link = world.link(&format!("fan{at}")).await;
        join(&mut link, &room).await;
        crowd.push(link);
    }
    for at in 0..9 {
        assert_eq!(tip(&mut ann).await.1, [format!("fan{at}")], "ann's own was the first of ten");
    }
    world.advance_seconds(1).await;
    let (kind, names, count) = tip(&mut ann).await;
    assert_eq!((kind, names.len(), count), (1, 16, 26));
    assert_eq!((names[0].as_str(), names[15].as_str()), ("fan9", "fan24"));
    // And they leave: fan3's tip is told at once or with the others, never twice.
    world.advance_seconds(2).await;
    for link in &mut crowd {
        link.must(QUIT, json!({"GroupId": room})).await;
    }
    world.advance_seconds(1).await;
    let mut left = Vec::new();
    while left.len() < 25 {
        let (kind, names, _) = tip(&mut ann).await;
        assert_eq!(kind, 2);
        left.extend(names);
    }
    left.sort();
    left.dedup();
    assert_eq!((left.len(), online(&world, &room).await), (25, 1));
}

#[tokio::test]
async fn the_newest_members_are_listed_page_by_page_with_their_marks() {
    let world = World::start().await;
    let rest = world.rest();
    let room = room(&world).await;
    let (mut bob, mut cat, mut dan) = (world.link("bob").await, world.link("cat").await, world.link("dan").await);
    for link in [&mut bob, &mut cat, &mut dan] {
        join(link, &room).await;
        world.advance_seconds(1).await;
    }
    let names = |answer: &Value| -> Vec<String> {
        answer["MemberList"].as_array().unwrap().iter().map(|one| one["Member_Account"].as_str().unwrap().to_owned()).collect()
    };
    let list =
        async |mark: i64| rest.must(&format!("{ROOM}/get_members"), json!({"GroupId": room, "Timestamp": 0, "Mark": mark})).await;
    let all = list(0).await;
    assert_eq!((names(&all), &all["NextTimestamp"]), (vec!["dan".into(), "cat".into(), "bob".into()], &json!(0)));
    let marked = async |command: i64, who: &str, marks: &[i64]| {
        let ask = json!({"GroupId": room, "CommandType": command, "MemberList": [{"Member_Account": who, "Marks": marks}]});
        rest.post(&format!("{ROOM}/modify_user_info"), ask).await
    };
    let answer = marked(1, "cat", &[1_000, 1_001]).await;
    assert_eq!((&answer["CommandType"], &answer["MemberList"][0]["Marks"]), (&json!(1), &json!([1_000, 1_001])));
    people(&world, &["away"]).await;
    assert_eq!(marked(1, "away", &[1_000]).await["MemberList"], json!([]), "who is not inside is left out");
    assert_eq!(names(&list(1_001).await), ["cat"]);
    marked(2, "cat", &[1_001]).await;
    assert_eq!(names(&list(1_001).await), Vec::<String>::new());
    marked(1, "dan", &[600]).await;
    assert_eq!(names(&list(0).await), ["cat", "bob"], "hidden");
    for at in 0..10 {
        let wanted = if at < 8 { 0 } else { 10004 };
        assert_eq!(marked(1, "bob", &[2_000 + at]).await["ErrorCode"], wanted, "mark {at}: ten kinds in a room");
    }
    for (marks, code) in [(vec![999], 10004), (vec![], 10004), (vec![1_000], 0)] {
        assert_eq!(marked(1, "cat", &marks).await["ErrorCode"], code, "{marks:?}");
    }
    assert_eq!(marked(3, "cat", &[1_000]).await["ErrorCode"], 10004);
    assert_eq!(
        bob.call(
            &format!("{ROOM}.modify_user_info"),
            json!({"GroupId": room, "CommandType": 1, "MemberList": [{"Member_Account": "cat", "Marks": [1_000]}]})
        )
        .await["ErrorCode"],
        10007
    );

    // Clients who are inside see the list too, and nobody else.
    let seen = bob.must("group_open_http_svc.get_group_member_info", json!({"GroupId": room, "Limit": 1, "Offset": 1})).await;
    assert_eq!((names(&seen), &seen["MemberNum"]), (vec!["bob".into()], &json!(3)));
    let mut eve = world.link("eve").await;
    assert_eq!(eve.call("group_open_http_svc.get_group_member_info", json!({"GroupId": room})).await["ErrorCode"], 10007);
    // One who is marked to be kept stays without a link, for three days.
    marked(2, "bob", &[2_000]).await;
    assert_eq!(marked(1, "bob", &[500]).await["ErrorCode"], 0);
    bob.must("im_open_status.wslogout", json!({})).await;
    drop(cat);
    // The half minute of a broken link begins when the server sees that it broke.
    let cat_is_gone = async || {
        world.advance_seconds(10).await;
        (inside(&world, &room, &["bob", "cat"]).await == json!(["bob"])).then_some(())
    };
    eventually("cat's end", cat_is_gone).await;
    world.advance_seconds(3 * 86_400).await;
    assert_eq!(inside(&world, &room, &["bob"]).await, json!([]));
}

#[tokio::test]
async fn without_the_switch_thirty_are_listed_and_clients_see_none() {
    let world = World::with_settings(json!({"features": {"live_member_list": false}})).await;
    let room = room(&world).await;
    let mut links = Vec::new();
    for at in 0..32 {
        let mut link = world.link(&format!("fan{at}")).await;
        join(&mut link, &room).await;
        links.push(link);
    }
    let all = world.rest().must(&format!("{ROOM}/get_members"), json!({"GroupId": room, "Timestamp": 0})).await;
    assert_eq!(all["MemberList"].as_array().unwrap().len(), 30);
    assert_eq!(links[0].call("group_open_http_svc.get_group_member_info", json!({"GroupId": room})).await["ErrorCode"], 10007);
    assert_eq!(online(&world, &room).await, 32);
}

#[tokio::test]
async fn owner_and_admins_mute_and_a_muted_one_is_heard_no_more() {
    let world = World::start().await;
    let rest = world.rest();
    let room = room(&world).await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    for link in [&mut ann, &mut bob, &mut cat] {
        join(link, &room).await;
    }
    let mute = |who: &str, seconds: i64| json!({"GroupId": room, "Members_Account": [who], "MuteTime": seconds});
    let command = "group_open_http_svc.forbid_send_msg";
    assert_eq!(bob.call(command, mute("cat", 60)).await["ErrorCode"], 10007, "an ordinary member");
    let admin = |command: i64, names: &[&str]| json!({"GroupId": room, "CommandType": command, "Admin_Account": names});
    ann.must(&format!("{ROOM}.modify_admin"), admin(1, &["bob"])).await;
    let listed = rest.must(&format!("{ROOM}/get_admin_list"), json!({"GroupId": room})).await;
    assert_eq!(listed["Admin_List"][0]["Admin_Account"], "bob");
    bob.must(command, mute("cat", 50)).await;
    assert_eq!(bob.call(command, mute("ann", 60)).await["ErrorCode"], 10007, "not above oneself");
    assert_eq!(cat.call(SEND, text(&room, 1, "x")).await["ErrorCode"], 10017);
    cat.must(QUIT, json!({"GroupId": room})).await;
    join(&mut cat, &room).await;
    assert_eq!(cat.call(SEND, text(&room, 2, "x")).await["ErrorCode"], 10017, "survives leaving");
    world.advance_seconds(50).await;
    cat.must(SEND, text(&room, 3, "x")).await;

    ann.must("group_open_http_svc.modify_group_base_info", json!({"GroupId": room, "MuteAllMember": "On"})).await;
    assert_eq!(cat.call(SEND, text(&room, 4, "x")).await["ErrorCode"], 10017);
    bob.must(SEND, text(&room, 5, "an admin speaks")).await;
    ann.must(SEND, text(&room, 6, "the owner speaks")).await;
    people(&world, &["a1", "a2", "a3", "a4", "a5"]).await;
    let five = rest.post(&format!("{ROOM}/modify_admin"), admin(1, &["a1", "a2", "a3", "a4", "a5"])).await;
    assert_eq!(five["ErrorCode"], 10004, "six are too many");
    assert_eq!(bob.call(&format!("{ROOM}.modify_admin"), admin(1, &["cat"])).await["ErrorCode"], 10007);
    rest.must(&format!("{ROOM}/modify_admin"), admin(2, &["bob"])).await;
    assert_eq!(bob.call(SEND, text(&room, 7, "x")).await["ErrorCode"], 10017);
}

#[tokio::test]
async fn a_banned_one_is_put_out_and_cannot_come_back_before_the_end() {
    let world = World::start().await;
    let rest = world.rest();
    let room = room(&world).await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    join(&mut ann, &room).await;
    join(&mut bob, &room).await;
    people(&world, &["cat"]).await;
    let ban = json!({"GroupId": room, "Members_Account": ["bob", "cat"], "Duration": 50, "Description": "too loud"});
    rest.must("group_open_http_svc/ban_group_member", ban).await;
    let notice = loop {
        let tips = bob.event_with("GroupTips").await;
        if tips[0]["MsgBody"]["ReportType"] == 21 {
            break tips[0]["MsgBody"].clone();
        }
    };
    assert_eq!(notice["RemarkInfo"], "too loud");
    let mut told = tip(&mut ann).await;
    while told.0 == 1 {
        told = tip(&mut ann).await;
    }
    assert_eq!(told, (10, vec!["bob".into(), "cat".into()], 1));
    assert_eq!(bob.call(SEND, text(&room, 1, "x")).await["ErrorCode"], 10007);
    assert_eq!(bob.call(JOIN, json!({"GroupId": room})).await["ErrorCode"], 10007);
    let listed = async |limit: i64, offset: i64| {
        rest.must("group_open_http_svc/get_group_ban_member", json!({"GroupId": room, "Limit": limit, "Offset": offset})).await
    };
    let first = listed(1, 0).await;
    assert_eq!((&first["BannedAccountList"][0]["Member_Account"], &first["NextOffset"]), (&json!("bob"), &json!(1)));
    let until = first["BannedAccountList"][0]["BannedUntil"].as_i64().unwrap();
    assert_eq!(until, world.access.clock.wall_seconds() + 50);
    let second = listed(1, 1).await;
    assert_eq!((&second["BannedAccountList"][0]["Member_Account"], &second["NextOffset"]), (&json!("cat"), &json!(0)));
    rest.must("group_open_http_svc/unban_group_member", json!({"GroupId": room, "Members_Account": ["cat"]})).await;
    assert_eq!(tip(&mut ann).await, (11, vec!["cat".into()], 1));
    world.advance_seconds(49).await;
    assert_eq!(bob.call(JOIN, json!({"GroupId": room})).await["ErrorCode"], 10007);
    world.advance_seconds(1).await;
    assert_eq!(listed(100, 0).await["BannedAccountList"], json!([]));
    assert_eq!(join(&mut bob, &room).await, "JoinedSuccess");

    let with = |accounts: Value, duration: i64, description: String| json!({"GroupId": room, "Members_Account": accounts, "Duration": duration, "Description": description});
    let code = async |body: Value| rest.post("group_open_http_svc/ban_group_member", body).await["ErrorCode"].clone();
    let many: Vec<String> = (0..21).map(|at| format!("m{at}")).collect();
    assert_eq!(code(with(json!(many), 60, String::new())).await, 10005);
    assert_eq!(code(with(json!(["nobody"]), 60, String::new())).await, 10019);
    assert_eq!(code(with(json!(["bob"]), 0, String::new())).await, 10004);
    assert_eq!(code(with(json!(["bob"]), 60, "é".repeat(501))).await, 10004, "1,002 bytes");
    assert_eq!(code(with(json!([]), 60, String::new())).await, 10004);
    assert_eq!(code(with(json!(["ann"]), 60, String::new())).await, 10007, "the owner");
    let own = with(json!(["ann"]), 60, String::new());
    assert_eq!(bob.call("group_open_http_svc.ban_group_member", own).await["ErrorCode"], 10007);
    let group = world.group("ann", "Public", &[]).await;
    assert_eq!(
        rest.post("group_open_http_svc/get_group_ban_member", json!({"GroupId": group, "Offset": 0})).await["ErrorCode"],
        10007
    );
}

#[tokio::test]
async fn a_broadcast_reaches_every_room_once_a_second() {
    let world = World::start().await;
    let rest = world.rest();
    let (one, other) = (room(&world).await, world.group("ann", "AVChatRoom", &[]).await);
    let (mut bob, mut cat, mut dan) = (world.link("bob").await, world.link("cat").await, world.link("dan").await);
    join(&mut bob, &one).await;
    join(&mut cat, &other).await;
    let send = |random: i64| json!({"Random": random, "From_Account": "ann", "MsgBody": text_body("to all")});
    let sent = rest.must("group_open_http_svc/send_broadcast_msg", send(1)).await;
    assert_eq!(sent["MsgSeq"], 1);
    for (link, room) in [(&mut bob, &one), (&mut cat, &other)] {
        let got = link.event_with("GroupMsgArray").await;
        assert_eq!(
            (&got[0]["ToGroupId"], &got[0]["TernBroadcast"], &got[0]["From_Account"]),
            (&json!(room), &json!(1), &json!("ann"))
        );
    }
    assert_eq!(rest.must("group_open_http_svc/send_broadcast_msg", send(1)).await["MsgSeq"], 1, "a repeat is not sent again");
    assert_eq!(rest.post("group_open_http_svc/send_broadcast_msg", send(2)).await["ErrorCode"], 10023);
    world.advance_seconds(1).await;
    assert_eq!(rest.must("group_open_http_svc/send_broadcast_msg", send(2)).await["MsgSeq"], 2);
    assert_eq!(bob.event_with("GroupMsgArray").await[0]["MsgRandom"], 2, "the repeat did not come");
    world.advance_seconds(1).await;
    assert_eq!(rest.post("group_open_http_svc/send_broadcast_msg", json!({"MsgBody": text_body("x")})).await["ErrorCode"], 10004);
    assert_eq!(dan.call("group_open_http_svc.send_broadcast_msg", send(3)).await["ErrorCode"], 60010, "the backend's alone");
}

#[tokio::test]
async fn switches_and_plans_close_what_is_paid() {
    let off = json!({"features": {"live_broadcast": false, "live_ban": false, "live_admins": false}});
    let world = World::with_settings(off).await;
    let rest = world.rest();
    let room = room(&world).await;
    let code = async |command: &str, body: Value| rest.post(command, body).await["ErrorCode"].clone();
    assert_eq!(code("group_open_http_svc/send_broadcast_msg", json!({"Random": 1, "MsgBody": text_body("x")})).await, 10026);
    let ban = json!({"GroupId": room, "Members_Account": ["ann"], "Duration": 1});
    assert_eq!(code("group_open_http_svc/ban_group_member", ban).await, 10026);
    let admin = json!({"GroupId": room, "CommandType": 1, "Admin_Account": ["ann"]});
    assert_eq!(code(&format!("{ROOM}/modify_admin"), admin).await, 10026);
}

#[tokio::test]
async fn newcomers_are_given_the_last_messages_where_the_application_wants_that() {
    let world = World::with_settings(json!({"live_room_history": 2})).await;
    let room = room(&world).await;
    let mut ann = world.link("ann").await;
    join(&mut ann, &room).await;
    for at in 1..=3 {
        ann.must(SEND, text(&room, at, &format!("text {at}"))).await;
    }
    let mut bob = world.link("bob").await;
    join(&mut bob, &room).await;
    let mut seen = Vec::new();
    for _ in 0..2 {
        let got = bob.event_with("GroupMsgArray").await;
        seen.push((got[0]["MsgSeq"].as_u64().unwrap(), got[0]["MsgBody"].clone()));
    }
    assert_eq!(seen, [(2, text_body("text 2")), (3, text_body("text 3"))]);
}

#[tokio::test]
async fn a_rooms_rules_have_their_codes() {
    let world = World::start().await;
    let rest = world.rest();
    let room = room(&world).await;
    let mut ann = world.link("ann").await;
    join(&mut ann, &room).await;
    let code =
        async |command: &str, body: Value| rest.post(&format!("group_open_http_svc/{command}"), body).await["ErrorCode"].clone();
    let mut online_only = text(&room, 1, "x");
    online_only["OnlineOnlyFlag"] = json!(1);
    assert_eq!(code("send_group_msg", online_only).await, 10007);
    let mut to_all = text(&room, 2, "x");
    to_all["GroupAtInfo"] = json!([{"GroupAtAllFlag": 1}]);
    assert_eq!(code("send_group_msg", to_all).await, 10007);
    let mut targeted = text(&room, 3, "x");
    targeted["To_Account"] = json!(["ann"]);
    assert_eq!(code("send_group_msg", targeted).await, 10007);
    assert_eq!(code("add_group_member", json!({"GroupId": room, "MemberList": [{"Member_Account": "ann"}]})).await, 10007);
    assert_eq!(code("delete_group_member", json!({"GroupId": room, "MemberToDel_Account": ["ann"]})).await, 10004);
    assert_eq!(code("get_group_member_info", json!({"GroupId": room})).await, 10007);
    assert_eq!(code("get_online_member_num", json!({"GroupId": "@TGS#none"})).await, 10010);
    let public = world.group("ann", "Public", &[]).await;
    assert_eq!(rest.post(&format!("{ROOM}/get_members"), json!({"GroupId": public, "Timestamp": 0})).await["ErrorCode"], 10007);
    assert_eq!(rest.post(&format!("{ROOM}/get_members"), json!({"GroupId": room, "Timestamp": "x"})).await["ErrorCode"], 10004);
    let many: Vec<String> = (0..501).map(|at| format!("m{at}")).collect();
    assert_eq!(
        rest.post(&format!("{ROOM}/check_members"), json!({"GroupId": room, "Member_Account": many})).await["ErrorCode"],
        10005
    );
    // Any type has a number of connected members.
    let count = rest.must("group_open_http_svc/get_online_member_num", json!({"GroupId": public})).await;
    assert_eq!(count["OnlineMemberNum"], 1);
    // The backend may speak in a member's name, who need not be inside.
    let mut by_backend = text(&room, 4, "from the backend");
    by_backend["From_Account"] = json!("ann");
    rest.must("group_open_http_svc/send_group_msg", by_backend).await;
    assert_eq!(ann.event_with("GroupMsgArray").await[0]["MsgBody"], text_body("from the backend"));
}

#[tokio::test]
async fn numbers_of_messages_never_go_back_when_the_server_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &[]);
    let rest = server.access.rest();
    rest.must("im_open_login_svc/account_import", json!({"UserID": "ann"})).await;
    let made =
        rest.must("group_open_http_svc/create_group", json!({"Owner_Account": "ann", "Type": "AVChatRoom", "Name": "live"})).await;
    let room = made["GroupId"].as_str().unwrap().to_owned();
    let mut last = 0;
    for at in 0..300 {
        let sent = rest.must("group_open_http_svc/send_group_msg", text(&room, at, "x")).await;
        last = sent["MsgSeq"].as_u64().unwrap().max(last);
    }
    assert!(last >= 40, "what the frequency allows went out, without a hole: {last}");
    server.kill();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &[]);
    let next = server.access.rest().must("group_open_http_svc/send_group_msg", text(&room, 1_000, "x")).await;
    assert!(next["MsgSeq"].as_u64().unwrap() > last, "{next}");
}
