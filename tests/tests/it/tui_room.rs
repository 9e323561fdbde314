//! A live room between two terminals and a backend that floods it.

use crate::tui_screen::Desk;
use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::proxy::Proxy;
use tern_tests::screen::SMALL;

/// Whether a text is in any file below a folder.
fn is_in_files(folder: &std::path::Path, text: &str) -> bool {
    std::fs::read_dir(folder).into_iter().flatten().flatten().any(|entry| {
        let path = entry.path();
        match path.is_dir() {
            true => is_in_files(&path, text),
            false => std::fs::read(&path).is_ok_and(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes())),
        }
    })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_room_is_made_entered_flooded_kept_in_order_and_left_without_a_trace() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    ann.type_text("N");
    ann.wait_for("Which type of group?");
    ann.type_text("\u{1b}[B\u{1b}[B\u{1b}[B\u{1b}[B\r");
    ann.wait_for("New live room");
    // Name, ID, introduction, photo.
    ann.type_text("Concert\rconcert\r\r\r");
    ann.wait_for("Message Concert");
    ann.wait_for("1 online");

    bob.type_text("J");
    bob.wait_for("Join a group");
    bob.type_text("concert\r");
    bob.wait_for("Enter a live room");
    bob.type_text("\r");
    bob.wait_for("Message Concert");
    bob.wait_for("2 online");
    bob.type_text("hello from the floor\r");
    ann.wait_for("bob: hello from the floor");
    ann.type_text("/gift rose\r");
    bob.wait_for("★ ann (owner): gives rose");

    // The owner chooses what bob said, and mutes him.
    ann.wait_for("★ You (owner): gives rose");
    ann.type_text("\u{1b}[A\u{1b}[A");
    ann.wait_for("menu");
    ann.type_text("m");
    ann.wait_for("For how long?");
    ann.type_text("\r");
    ann.wait_for("Muted: bob");
    bob.type_text("may I?\r");
    bob.wait_for("muted");

    // More than anybody reads: some lines pass by, the others are counted where they would stand.
    let rest = desk.access().rest();
    for n in 0..40 {
        let body = json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": format!("flood {n}")}}]);
        rest.must("group_open_http_svc/send_group_msg", json!({"GroupId": "concert", "Random": n, "MsgBody": body})).await;
    }
    ann.wait_for("flood 0");
    ann.wait_for("not shown");

    // Leaving is at once, and nothing of it is in bob's files.
    bob.type_text("\u{15}/leave\r");
    bob.wait_until("the room to be gone", |text| !text.contains("Concert"));
    ann.wait_for("1 online");
    bob.terminate();
    bob.wait_for_end();
    assert!(!is_in_files(std::path::Path::new(&desk.data()).join("bob").as_path(), "hello from the floor"));
    assert!(!is_in_files(std::path::Path::new(&desk.data()), "flood 0"), "nor in anybody's");
}

/// A live room of ann, made by the backend, and ann inside by a plain link.
async fn concert(desk: &Desk) -> Link {
    let mut ann = Link::log_in(desk.access(), "ann", json!({"State": "Online"})).await;
    let body = json!({"Owner_Account": "ann", "Type": "AVChatRoom", "GroupId": "concert", "Name": "Concert"});
    desk.access().rest().must("group_open_http_svc/create_group", body).await;
    ann.must("group_open_http_svc.apply_join_group", json!({"GroupId": "concert"})).await;
    ann
}

/// What the room heard until somebody said this text: numbers of tips.
async fn tips_until(link: &mut Link, text: &str) -> Vec<i64> {
    let mut tips = Vec::new();
    loop {
        let event = link.event().await;
        let said = |event: &Value| event["GroupMsgArray"][0]["MsgBody"] == text_body(text);
        if said(&event) {
            return tips;
        }
        tips.extend(event["GroupTips"].as_array().into_iter().flatten().filter_map(|tip| tip["MsgBody"]["OpType"].as_i64()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broken_link_comes_back_into_the_room_and_nobody_there_notices() {
    let desk = Desk::start();
    let proxy = Proxy::start(&desk.access().address).await;
    desk.log_in_at("eve", &proxy.address);
    let mut ann = concert(&desk).await;
    let mut eve = desk.screen("eve", SMALL, &[]);
    eve.type_text("J");
    eve.wait_for("Join a group");
    eve.type_text("concert\r");
    eve.wait_for("Enter a live room");
    eve.type_text("\r");
    eve.wait_for("2 online");
    eve.type_text("here\r");
    assert_eq!(tips_until(&mut ann, "here").await, [1, 1], "ann's own tip and eve's");

    proxy.go_down();
    eve.wait_for("away");
    proxy.mend();
    eve.wait_until("to be back in", |text| !text.contains("away") && text.contains("live · 2 online"));
    eve.type_text("back\r");
    assert_eq!(tips_until(&mut ann, "back").await, [0_i64; 0], "neither left nor joined anew");
    let welcome = json!({"GroupId": "concert", "Random": 7, "MsgBody": text_body("welcome back")});
    ann.must("group_open_http_svc.send_group_msg", welcome).await;
    eve.wait_for("ann (owner): welcome back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrator_of_a_room_is_appointed_bans_and_the_owner_lifts_the_ban() {
    let desk = Desk::start();
    for user in ["ann", "bob"] {
        desk.log_in(user);
    }
    let mut ann = desk.screen("ann", SMALL, &[]);
    let mut troll = Link::log_in(desk.access(), "troll", json!({"State": "Online"})).await;
    let body = json!({"Owner_Account": "ann", "Type": "AVChatRoom", "GroupId": "concert", "Name": "Concert"});
    desk.access().rest().must("group_open_http_svc/create_group", body).await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    for screen in [&mut ann, &mut bob] {
        screen.type_text("J");
        screen.wait_for("Join a group");
        screen.type_text("concert\r");
        screen.wait_for("Enter a live room");
        screen.type_text("\r");
        screen.wait_for("joined the group");
    }
    bob.type_text("may I help?\r");
    ann.wait_for("bob: may I help?");
    ann.type_text("\u{1b}[A");
    ann.wait_for("menu");
    ann.type_text("A");
    ann.wait_for("bob is an administrator now");
    bob.wait_for("you are admin");

    troll.must("group_open_http_svc.apply_join_group", json!({"GroupId": "concert"})).await;
    let buy = json!({"GroupId": "concert", "Random": 7, "MsgBody": text_body("buy this")});
    troll.must("group_open_http_svc.send_group_msg", buy).await;
    bob.wait_for("troll: buy this");
    bob.type_text("\u{1b}[A");
    bob.wait_for("menu");
    bob.type_text("b");
    bob.wait_for("Ban troll from the room");
    bob.type_text("\r");
    bob.wait_for("Banned from the room: troll");
    let join = "group_open_http_svc.apply_join_group";
    assert_eq!(troll.call(join, json!({"GroupId": "concert"})).await["ErrorCode"], 10007);

    ann.type_text("\u{1b}i");
    ann.wait_for("Your role");
    ann.type_text("\u{1b}[C");
    ann.wait_for("troll");
    ann.type_text("\u{1b}[6~\r");
    ann.wait_for("troll may come in again");
    assert_eq!(troll.call(join, json!({"GroupId": "concert"})).await["JoinedStatus"], "JoinedSuccess");
}
