//! What the product's Web SDK needs of the server beyond what a terminal does (`contract/web-frames.md`), frame by frame. The SDK itself
//! is played by `websdk`.

use rstest::rstest;
use serde_json::{Value, json};
use tern_protocol::usersig;
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

async fn log_in(world: &World, user: &str) -> (Link, String) {
    let mut link = Link::open(&world.access.address).await;
    let access = &world.access;
    let answer = link.log_in_with(access.sdk_app_id.0, user, &access.user_sig(user), json!({"State": "Online"})).await;
    let a2 = answer["A2Key"].as_str().unwrap().to_owned();
    (link, a2)
}

async fn come_back(world: &World, a2: &str) -> (Link, Value) {
    let mut link = Link::open(&world.access.address).await;
    let answer = link.come_back(world.access.sdk_app_id.0, a2).await;
    (link, answer)
}

async fn say(world: &World, from: &str, to: &str, text: &str) {
    let body = json!({"From_Account": from, "To_Account": to, "MsgRandom": 1, "MsgBody": text_body(text)});
    world.rest().must("openim/sendmsg", body).await;
}

async fn say_in(link: &mut Link, group: &str, random: u32, more: Value) -> u64 {
    let mut body = json!({"GroupId": group, "Random": random, "MsgBody": text_body("x")});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    link.must("group_open_http_svc.send_group_msg", body).await["MsgSeq"].as_u64().unwrap()
}

#[tokio::test]
async fn after_a_broken_link_the_ticket_of_the_login_is_enough() {
    let world = World::start().await;
    let (ann, a2) = log_in(&world, "ann").await;
    drop(ann);
    let (mut back, answer) = come_back(&world, &a2).await;
    assert_eq!(answer["ErrorCode"], 0, "{answer}");
    say(&world, "administrator", "ann", "here you are").await;
    assert_eq!(back.event_with("C2cMsgArray").await[0]["To_Account"], "ann");
    assert_eq!(come_back(&world, &format!("{a2}A")).await.1["ErrorCode"], 70001, "a ticket that nobody gave");
}

#[tokio::test]
async fn a_ticket_ends_with_a_kick_a_logout_and_its_usersig() {
    let world = World::start().await;
    let (mut ann, a2) = log_in(&world, "ann").await;
    ann.must("im_open_status.wslogout", json!({})).await;
    assert_eq!(come_back(&world, &a2).await.1["ErrorCode"], 70001, "logged out");
    let (ann, a2) = log_in(&world, "ann").await;
    world.rest().must("im_open_login_svc/kick", json!({"UserID": "ann"})).await;
    assert!(ann.is_closed_by_server().await);
    assert_eq!(come_back(&world, &a2).await.1["ErrorCode"], 70001, "kicked");
    let access = &world.access;
    let short = usersig::generate(access.sdk_app_id, &access.key, "bob", 60, None, access.clock.wall_seconds());
    let mut bob = Link::open(&access.address).await;
    let answer = bob.log_in_with(access.sdk_app_id.0, "bob", &short, json!({"State": "Online"})).await;
    let a2 = answer["A2Key"].as_str().unwrap().to_owned();
    drop(bob);
    world.advance_seconds(61).await;
    assert_eq!(come_back(&world, &a2).await.1["ErrorCode"], 70001, "the UserSig is over");
}

#[tokio::test]
async fn who_is_displaced_by_another_login_does_not_come_back_by_itself() {
    let world = World::start().await;
    let phone = |install: &str| json!({"State": "Online", "TernPlatform": "Android", "TernInstall": install});
    let mut old = Link::open(&world.access.address).await;
    let access = &world.access;
    let answer = old.log_in_with(access.sdk_app_id.0, "ann", &access.user_sig("ann"), phone("one")).await;
    let a2 = answer["A2Key"].as_str().unwrap().to_owned();
    let _new = Link::log_in(access, "ann", phone("two")).await;
    assert!(old.is_closed_by_server().await);
    assert_eq!(come_back(&world, &a2).await.1["ErrorCode"], 70001);
}

#[tokio::test]
async fn mentions_are_told_to_those_who_are_meant() {
    let world = World::start().await;
    let (mut ann, mut bob, mut cat) = (world.link("ann").await, world.link("bob").await, world.link("cat").await);
    let group = world.group("ann", "Public", &["bob", "cat"]).await;
    let named = json!({"GroupAtInfo": [{"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}]});
    let seq = say_in(&mut ann, &group, 1, named).await;
    let all = json!({"GroupAtInfo": [{"GroupAtAllFlag": 1}]});
    let seq_of_all = say_in(&mut ann, &group, 2, all).await;
    let mention = |seq, kind| json!({"GroupId": group, "From_Account": "ann", "MsgSeq": seq, "GroupAtType": [kind]});
    let mut heard = Vec::new();
    for link in [&mut bob, &mut cat] {
        heard.push(loop {
            let item = link.event().await;
            if item["Event"] == 12 {
                break item["GroupTips"][0]["MsgBody"].clone();
            }
        });
    }
    assert_eq!(heard, [mention(seq, 1), mention(seq_of_all, 2)]);
}

#[tokio::test]
async fn a_group_receipt_names_the_message_by_the_parts_of_its_id() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_in(&mut ann, &group, 7, json!({"NeedReadReceipt": 1, "MsgClientTime": 1_700_000_000})).await;
    let read = json!({"GroupId": group, "MsgSeqList": [{"MsgSeq": seq}]});
    bob.must("group_open_http_svc.group_msg_receipt", read).await;
    let tip = loop {
        let item = ann.event().await;
        if item["GroupTips"][0]["MsgBody"]["GroupMsgReceiptList"].is_array() {
            break item;
        }
    };
    let receipt = &tip["GroupTips"][0]["MsgBody"]["GroupMsgReceiptList"][0];
    let wanted = json!({"GroupId": group, "MsgSeq": seq, "ReadNum": 1, "UnreadNum": 0, "TinyId": receipt["TinyId"], "MsgClientTime": 1_700_000_000, "MsgRandom": 7});
    assert_eq!((receipt, &tip["Event"]), (&wanted, &json!(5)));
    let detail = json!({"GroupId": group, "MsgSeq": seq, "Flag": 0, "Cursor": "", "Num": 100});
    let readers = ann.must("group_open_http_svc.get_group_msg_receipt_detail", detail).await;
    assert_eq!(readers["ReadList"], json!([{"Read_Account": "bob"}]));
}

#[tokio::test]
async fn who_reads_everything_is_told_what_is_read_now() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_in(&mut ann, &group, 1, json!({})).await;
    say(&world, "ann", "bob", "x").await;
    let unread = bob.must("openim.getmsg", json!({"Cookie": "", "SyncFlag": 0})).await;
    assert_eq!(unread["C2CPairUnreadCount"], json!([{"From_Account": "ann", "UnreadCount": 1}]));
    assert_ne!(unread["Cookie"], "");
    let all = json!({"C2CReadAllMsg": 1, "GroupReadInfo": [{"GroupId": group, "MsgSeq": seq}]});
    bob.must("openim.read_all_unread_msg", all).await;
    assert_eq!(bob.event_with("C2CReadAllMsg").await, 1);
    let tip = bob.event_with("GroupTips").await;
    assert_eq!(tip[0]["MsgBody"]["GroupReadInfoArray"][0], json!({"GroupId": group, "LastReadMsgSeq": seq}));
    let unread = bob.must("openim.getmsg", json!({"Cookie": "", "SyncFlag": 0})).await;
    assert_eq!(unread["C2CPairUnreadCount"], json!([]));
}

#[tokio::test]
async fn a_list_names_groups_and_pins_as_the_sdk_reads_them() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    say_in(&mut ann, &group, 1, json!({})).await;
    let pin = json!({"From_Account": "bob", "OperationType": 1, "RecentContactItem": [{"Type": 2, "ToGroupId": group}]});
    bob.must("recentcontact.top", pin).await;
    let page = bob.must("recentcontact.page_get", json!({"From_Account": "bob"})).await;
    let item = &page["SessionItem"][0];
    assert_eq!((&item["ToAccount"], &item["TopFlags"]), (&json!(group), &json!(1)), "{item}");
    let own = bob.must("group_open_http_svc.get_group_self_member_info", json!({"GroupIdList": [group]})).await;
    assert_eq!((&own["GroupInfo"][0]["GroupId"], &own["GroupInfo"][0]["SelfInfo"]["Role"]), (&json!(group), &json!("Member")));
}

#[tokio::test]
async fn a_group_history_is_finished_with_its_oldest_message() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    for random in 1..=5 {
        say_in(&mut ann, &group, random, json!({})).await;
    }
    let mut pages = Vec::new();
    for from in [5, 2] {
        let asked = json!({"GroupId": group, "ReqMsgNumber": 3, "ReqMsgSeq": from});
        let page = bob.must("group_open_http_svc.group_msg_get", asked).await;
        pages.push((page["RspMsgList"].as_array().unwrap().len(), page["IsFinished"].clone()));
    }
    assert_eq!(pages, [(3, json!(0)), (2, json!(1))]);
}

#[tokio::test]
async fn a_member_sets_its_own_option_of_a_group_and_reads_it_back() {
    let world = World::start().await;
    let (_ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let set = |member: &str, flag: &str| json!({"GroupId": group, "Member_Account": member, "MsgFlag": flag});
    let command = "group_open_http_svc.modify_group_member_info";
    bob.must(command, set("bob", "AcceptNotNotify")).await;
    let asked = json!({"GroupId": group, "Member_List_Account": ["bob", "nobody"], "MemberInfoFilter": ["MsgFlag", "Role"]});
    let got = bob.must("group_open_http_svc.get_specified_group_member_info", asked).await;
    assert_eq!(got["MemberList"], json!([{"Member_Account": "bob", "Role": "Member", "MsgFlag": "AcceptNotNotify"}]));
    assert_eq!(bob.call(command, set("ann", "Discard")).await["ErrorCode"], 10007);
    assert_eq!(bob.call(command, set("bob", "Sometimes")).await["ErrorCode"], 10004);
}

#[tokio::test]
async fn group_messages_are_deleted_for_oneself_by_number() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_in(&mut ann, &group, 1, json!({})).await;
    let kept = say_in(&mut ann, &group, 2, json!({})).await;
    let command = "group_open_http_svc.delete_group_ramble_msg_by_seq";
    bob.must(command, json!({"GroupId": group, "Deleter_Account": "bob", "Seqs": [seq.to_string()]})).await;
    let read = json!({"Id": {"Type": 2, "GroupId": group}, "Limit": 20});
    let places =
        |page: Value| page["MsgList"].as_array().unwrap().iter().map(|m| m["MsgSeq"].as_u64().unwrap()).collect::<Vec<_>>();
    assert_eq!(places(bob.must("tern_sync.history", read.clone()).await), [kept]);
    assert_eq!(places(ann.must("tern_sync.history", read).await), [seq, kept]);
    let of_ann = json!({"GroupId": group, "Deleter_Account": "ann", "Seqs": [kept.to_string()]});
    assert_eq!(bob.call(command, of_ann).await["ErrorCode"], 10007);
    assert_eq!(bob.call(command, json!({"GroupId": group, "Seqs": ["x"]})).await["ErrorCode"], 10004);
}

#[tokio::test]
async fn the_answer_to_a_modification_carries_the_body_and_a_groups_event_its_group() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let seq = say_in(&mut ann, &group, 1, json!({"SendMsgControl": ["NoUnread", "NoLastMsg"]})).await;
    let got = &bob.event_with("GroupMsgArray").await[0];
    assert_eq!(got["MessageControlInfo"], json!({"NoUnread": 1, "NoLastMsg": 1}));
    let change = json!({"GroupId": group, "MsgSeq": seq, "MsgVersion": 0, "MsgBody": text_body("y")});
    let answer = ann.must("openim.modify_group_msg", change).await;
    assert_eq!((&answer["MsgBody"], &answer["MsgVersion"]), (&text_body("y"), &json!(1)));
    assert_eq!(bob.event_with("GroupMsgModNotifys").await[0]["GroupId"], json!(group));
}

#[tokio::test]
async fn a_block_is_told_to_the_session_that_asks_too() {
    let world = World::start().await;
    let (_ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    bob.must("sns.black_list_add", json!({"From_Account": "bob", "To_Account": ["ann"]})).await;
    assert_eq!(bob.event_with("FriendListMod").await[0]["BlackListAdd_Account"], json!(["ann"]));
}

#[tokio::test]
async fn a_backends_notice_reaches_the_members_it_names_and_is_not_kept() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    let command = "group_open_http_svc/send_group_system_notification";
    let notice = |content: &str, to: Value| json!({"GroupId": group, "Content": content, "ToMembers_Account": to});
    world.rest().must(command, notice("for bob", json!(["bob"]))).await;
    world.rest().must(command, notice("for all", json!([]))).await;
    async fn next(link: &mut Link) -> Value {
        loop {
            let tips = link.event_with("GroupTips").await;
            if tips[0]["MsgBody"]["ReportType"] == 255 {
                return tips[0]["MsgBody"]["UserDefinedField"].clone();
            }
        }
    }
    assert_eq!(
        (next(&mut bob).await, next(&mut bob).await, next(&mut ann).await),
        (json!("for bob"), json!("for all"), json!("for all"))
    );
    let history = ann.must("tern_sync.history", json!({"Id": {"Type": 2, "GroupId": group}, "Limit": 20})).await;
    assert_eq!(history["MsgList"], json!([]));
    let many: Vec<_> = (0..501).map(|n| format!("u{n}")).collect();
    for (body, code) in [
        (notice("", json!([])), 10004),
        (notice("x", json!(many)), 10005),
        (json!({"GroupId": "@TGS#none", "Content": "x"}), 10010),
    ] {
        assert_eq!(world.rest().post(command, body).await["ErrorCode"], code);
    }
}

#[rstest]
#[case::no_random("openim/sendmsg", json!({"To_Account": "bob", "MsgBody": text_body("x")}), 90005)]
#[case::random_is_text("openim/sendmsg", json!({"To_Account": "bob", "MsgRandom": "x", "MsgBody": text_body("x")}), 90005)]
#[case::no_receiver("openim/sendmsg", json!({"To_Account": "nobody", "MsgRandom": 1, "MsgBody": text_body("x")}), 90012)]
#[case::life_above_a_week("openim/sendmsg", json!({"To_Account": "bob", "MsgRandom": 1, "MsgLifeTime": 604_801, "MsgBody": text_body("x")}), 90026)]
#[case::batch_above_500("openim/batchsendmsg", json!({"To_Account": (0..501).map(|n| format!("u{n}")).collect::<Vec<_>>(), "MsgRandom": 1, "MsgBody": text_body("x")}), 90011)]
#[case::import_without_kind("openim/importmsg", json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": 1, "MsgTimeStamp": 1, "MsgBody": text_body("x")}), 90030)]
#[case::mentions_above_30("group_open_http_svc/send_group_msg", json!({"GroupId": "G", "Random": 1, "MsgBody": text_body("x"), "GroupAtInfo": vec![json!({"GroupAtAllFlag": 0, "GroupAt_Account": "bob"}); 31]}), 10053)]
#[case::group_unknown("group_open_http_svc/send_group_msg", json!({"GroupId": "@TGS#none", "Random": 1, "MsgBody": text_body("x")}), 10010)]
#[tokio::test]
async fn each_limit_of_sending_has_its_code(#[case] command: &str, #[case] mut body: Value, #[case] code: i64) {
    let world = World::start().await;
    let (_ann, _bob) = (world.link("ann").await, world.link("bob").await);
    if body["GroupId"] == "G" {
        body["GroupId"] = json!(world.group("ann", "Public", &["bob"]).await);
    }
    let answer = world.rest().post(command, body).await;
    assert_eq!(answer["ErrorCode"], code, "{answer}");
}

#[tokio::test]
async fn who_is_muted_with_everybody_may_not_speak() {
    let world = World::start().await;
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let group = world.group("ann", "Public", &["bob"]).await;
    world.rest().must("group_open_http_svc/modify_group_base_info", json!({"GroupId": group, "MuteAllMember": "On"})).await;
    let body = json!({"GroupId": group, "Random": 1, "MsgBody": text_body("x")});
    assert_eq!(bob.call("group_open_http_svc.send_group_msg", body).await["ErrorCode"], 10017);
    say_in(&mut ann, &group, 2, json!({})).await;
}
