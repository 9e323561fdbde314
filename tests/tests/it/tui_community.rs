//! A community with topics between two terminals.

use crate::tui_screen::Desk;
use serde_json::json;
use tern_tests::screen::{BIG, SMALL};

const DOWN: &str = "\u{1b}[B";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_gets_topics_that_are_read_written_renamed_and_deleted() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", BIG, &[]));
    ann.type_text("N");
    ann.wait_for("Which type of group?");
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}\r"));
    ann.wait_for("A Community group of your own");
    // Name, ID, members, introduction, photo, with topics.
    ann.type_text("Rust Berlin\r@TGS#_rust\r\r\r\r\r");
    ann.wait_for("▾ Rust Berlin");
    ann.type_text("T");
    ann.wait_for("New topic");
    // Name, category, introduction, notice.
    ann.type_text("help\rLearning\rask here\r\r");
    // It opens; ann has seen it and closes it.
    ann.wait_for("Message help");
    ann.wait_for("▾ Learning");
    ann.type_text("\u{1b}x");
    ann.wait_until("the topic to close", |text| !text.contains("Message help"));

    bob.type_text("J");
    bob.wait_for("Join a group");
    bob.type_text("@TGS#_rust\r");
    bob.wait_for("Join this group");
    bob.type_text("\r");
    bob.wait_for("# help");
    bob.type_text(&format!("{DOWN}{DOWN}\r"));
    bob.wait_for("Message help");
    bob.type_text("who can help?\r");
    // The topic counts in the rail, and not among the chats.
    ann.wait_until("the unread topic", |text| text.contains("Topics 1") && !text.contains("Chat 1"));
    ann.type_text("\r");
    ann.wait_for("who can help?");
    ann.type_text("I can\r");
    bob.wait_for("I can");
    ann.wait_until("everything to be read", |text| !text.contains("Topics 1"));

    // The owner gives it another name on its page; bob sees it at once.
    ann.type_text("\u{1b}");
    ann.wait_for("open");
    ann.type_text("I");
    ann.wait_for("Mute all");
    ann.type_text("\r");
    ann.wait_for("Change the topic");
    ann.type_text(" desk\r");
    bob.wait_for("# help desk");
    // Everybody is muted there.
    ann.wait_until("the form to close", |text| !text.contains("Change the topic"));
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}{DOWN}{DOWN} "));
    bob.wait_for("everybody is muted");
    ann.wait_for("[x] Mute all");
    ann.type_text("\u{1b}");
    ann.wait_until("the page to close", |text| !text.contains("Mute all"));

    // A member's menu does not delete, the owner's does.
    bob.type_text("\u{1b}");
    // Together with the next key it would be another one.
    bob.wait_for("menu");
    bob.type_text(".");
    bob.wait_for("Mark as read");
    assert!(!bob.text().contains("Delete the topic"));
    bob.type_text("\u{1b}");
    ann.type_text(".");
    ann.wait_for("Delete the topic, for everybody");
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}{DOWN}\r"));
    ann.wait_for("Delete the topic help desk?");
    ann.type_text("\r");
    for screen in [&ann, &bob] {
        screen.wait_until("the topic to be gone", |text| !text.contains("# help desk"));
    }
    bob.wait_for("▾ Rust Berlin");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_community_is_managed_on_its_own_page() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let rest = desk.access().rest();
    let body = json!({
        "Owner_Account": "ann", "Type": "Community", "GroupId": "@TGS#_rust", "Name": "Rust Berlin", "SupportTopic": 1,
        "MemberList": [{"Member_Account": "bob"}],
    });
    rest.must("group_open_http_svc/create_group", body).await;
    rest.must("million_group_open_http_svc/create_topic", json!({"GroupId": "@TGS#_rust", "TopicName": "help"})).await;
    let (mut ann, mut bob) = (desk.screen("ann", BIG, &[]), desk.screen("bob", BIG, &[]));
    bob.type_text("4");
    bob.wait_for("# help");
    bob.type_text(&format!("{DOWN}\r"));
    bob.wait_for("Message help");

    // From the rail: another notice, which bob's open page has at once.
    ann.type_text("4");
    ann.wait_for("▾ Rust Berlin");
    bob.type_text("\u{1b}i");
    bob.wait_for("Leave the community");
    bob.wait_for("This topic");
    ann.type_text("\u{1b}i");
    ann.wait_for("Disband the community");
    // The last row of the facts that comes; the steps below count rows.
    ann.wait_for("Owner ");
    ann.type_text(&format!("{DOWN}\r"));
    ann.wait_for("Copied");
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}{DOWN}\r"));
    ann.wait_for("Group notice");
    ann.type_text("Meetup on Friday\r");
    ann.wait_for("The community is changed");
    bob.wait_for("Meetup on Friday");

    // A member is muted: his topic takes nothing, and says until when.
    bob.type_text("\u{1b}");
    bob.wait_until("the page to close", |text| !text.contains("Your role"));
    ann.type_text("\u{7}");
    ann.wait_for("● bob");
    ann.type_text(&format!("{DOWN}\r"));
    ann.wait_for("Mute …");
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}{DOWN}\r"));
    ann.wait_for("How long shall bob be silent?");
    ann.type_text("\r");
    ann.wait_for("bob is muted");
    bob.wait_for("you are muted until");

    // The community changes hands, and with it what both pages offer.
    bob.type_text("\u{1b}i");
    bob.wait_for("Leave the community");
    ann.type_text("\r");
    ann.wait_for("Make the owner");
    ann.type_text(&format!("{DOWN}{DOWN}{DOWN}{DOWN}{DOWN}{DOWN}\r"));
    ann.wait_for("Make bob the owner?");
    ann.type_text("\r");
    ann.wait_for("belongs to bob now");
    bob.wait_for("Disband the community");
    ann.type_text("\u{1b}[D");
    ann.wait_for("Leave the community");

    // The end of it takes its topics along.
    bob.type_text(&"\u{1b}[6~".repeat(2));
    bob.type_text("\r");
    bob.wait_for("Disband Rust Berlin?");
    bob.type_text("\r");
    for screen in [&ann, &bob] {
        screen.wait_until("the community to be gone", |text| !text.contains("# help") && !text.contains("▾ Rust Berlin"));
    }
}
