//! A live room between two terminals and a backend that floods it.

use crate::tui_screen::Desk;
use serde_json::json;
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
    bob.wait_for("★ ann: gives rose");

    // The owner chooses what bob said, and mutes him.
    ann.wait_for("★ You: gives rose");
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
