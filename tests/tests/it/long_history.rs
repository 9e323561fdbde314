//! A long conversation: jumps, searches and exports over the real programs.

use serde_json::Value;
use tern_protocol::api::command;
use tern_protocol::api::search::SearchMessages;
use tern_tests::screen::SMALL;
use tern_tests::user::User;
use tern_tests::wait::eventually;

use crate::tui_screen::Desk;

/// Messages that were said before `tern` starts.
const SAID: u64 = 130;

async fn said(desk: &Desk) {
    desk.log_in("bob");
    let ann = User::log_in(desk.access(), "ann").await;
    for n in 1..=SAID {
        let fruit = if n == 7 { "pineapple" } else { "apple" };
        ann.send("bob", &format!("message {n} {fruit}")).await;
    }
}

/// The server's index follows what was said a moment later.
async fn indexed(desk: &Desk, word: &str) {
    let ann = User::log_in(desk.access(), "ann").await;
    let (ann, word) = (&ann, &word.to_owned());
    eventually("the server's index to follow", || async move {
        let request = SearchMessages { keywords: vec![word.clone()], limit: 1, ..SearchMessages::default() };
        (ann.call::<command::SearchMessages>(request).await.total_count > 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_jumps_far_back_and_returns_to_the_newest_message() {
    let desk = Desk::start();
    said(&desk).await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    bob.wait_for("message 130 apple");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.type_text("/goto #3\r");
    bob.wait_until("the message and what was said around it", |text| {
        text.contains("message 3 apple") && text.contains("message 9 apple") && text.contains("newest ↓")
    });
    bob.type_text("\x1b[1;3F");
    bob.wait_until("the newest message", |text| text.contains("message 130 apple") && !text.contains("newest ↓"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_from_long_ago_is_found_at_the_server_and_then_here() {
    let desk = Desk::start();
    said(&desk).await;
    indexed(&desk, "pineapple").await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    bob.wait_for("message 130 apple");
    bob.type_text("\x1bspineapple");
    bob.wait_for("No conversations, contacts, or messages found");
    bob.type_text("\t\r");
    bob.wait_for("message 7 pineapple");
    bob.type_text("\r");
    bob.wait_until("the chat at the message", |text| text.contains("message 7 pineapple") && text.contains("message 8 apple"));
    // What was fetched for it is indexed here now.
    bob.type_text("\x1bspineapple");
    bob.wait_until("the local hit", |text| text.contains("messages in 1 conversation"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_export_is_complete_beside_a_running_client() {
    let desk = Desk::start();
    said(&desk).await;
    let bob = desk.screen("bob", SMALL, &[]);
    bob.wait_for("message 130 apple");
    let output = desk.tern(&["--profile", "bob", "export", "ann", "--format", "json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let file: Value = serde_json::from_slice(&output.stdout).unwrap();
    let texts: Vec<&str> = file["messages"].as_array().unwrap().iter().map(|row| row["text"].as_str().unwrap()).collect();
    let expected: Vec<String> = (1..=SAID).map(|n| format!("message {n} {}", if n == 7 { "pineapple" } else { "apple" })).collect();
    assert_eq!(texts, expected);
    let page = format!("{}/ann.html", desk.data());
    let output = desk.tern(&["--profile", "bob", "export", "c2c_ann", "--format", "html", "--output", &page]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read_to_string(&page).unwrap().matches("<article").count() as u64, SAID);
    let wrong = desk.tern(&["--profile", "bob", "export", "nobody-at-all", "--format", "md"]);
    let says = String::from_utf8_lossy(&wrong.stderr);
    assert!(wrong.status.code() == Some(1) && wrong.stdout.is_empty() && says.contains("nobody-at-all"), "{says}");
    // The person at the terminal noticed nothing.
    assert!(bob.text().contains("● bob@"));
}
