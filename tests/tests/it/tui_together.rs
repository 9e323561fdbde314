//! What several people, and several devices of one person, see of each other in real terminals: who is online, polls and notes, and
//! that what one does elsewhere shows here.

use serde_json::json;
use tern_tests::link::Link;
use tern_tests::rest::Rest;
use tern_tests::screen::SMALL;

use crate::tui_screen::Desk;

async fn group_of(rest: &Rest, owner: &str, member: &str) -> String {
    let body = json!({"Owner_Account": owner, "Type": "Public", "Name": "Sailors", "MemberList": [{"Member_Account": member}]});
    rest.must("group_open_http_svc/create_group", body).await["GroupId"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_title_says_whether_the_other_is_online_and_what_it_says_of_itself() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let mut ann = desk.screen("ann", SMALL, &[]);
    ann.type_text("n");
    ann.wait_for("New chat");
    ann.type_text("bob\r");
    ann.wait_for("Message bob");
    ann.type_text("are you there?\r");
    // Nobody has been seen of bob yet.
    ann.wait_for("bob  logged out");
    let mut bob = desk.screen("bob", SMALL, &[]);
    ann.wait_until("bob to be online", |text| text.contains("bob  online"));
    bob.wait_for("are you there?");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.type_text("/status at the harbour\r");
    bob.wait_for("Your status: at the harbour");
    ann.wait_for("“at the harbour”");
    bob.terminate();
    bob.wait_for_end();
    ann.wait_until("bob to be away", |text| text.contains("bob  offline"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_poll_is_started_answered_and_ended_and_a_note_filled() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let rest = desk.access().rest();
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    let group = group_of(&rest, "ann", "bob").await;
    let hello = json!({"GroupId": group, "From_Account": "ann", "Random": 1,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "welcome"}}]});
    rest.must("group_open_http_svc/send_group_msg", hello).await;
    for screen in [&mut ann, &mut bob] {
        screen.wait_for("welcome");
        screen.type_text("\r");
        screen.wait_for("Message Sailors");
    }
    ann.type_text("/poll Sail on Monday?\r");
    ann.wait_for("New poll");
    ann.type_text("yes; no\r");
    ann.wait_for("one answer");
    ann.type_text("\r\r");
    ann.wait_for("Poll  Sail on Monday?");
    bob.wait_for("Poll  Sail on Monday?");
    bob.wait_for("0 voted");

    // Up to the message, into the poll, the second answer.
    bob.type_text("\u{1b}[A");
    bob.wait_for("▌");
    bob.type_text("b");
    bob.wait_for("Enter votes");
    bob.type_text("\u{1b}[B\r");
    bob.wait_for("Your answer counts");
    ann.wait_for("1 voted");
    ann.wait_until("bob's vote with its bar", |text| text.lines().any(|line| line.contains("no") && line.contains("█ 1 · 100 %")));

    // Who started it ends it; then nobody answers.
    ann.type_text("\u{1b}[A");
    ann.wait_for("▌");
    ann.type_text("b");
    ann.wait_for("c ends it");
    ann.type_text("c");
    ann.wait_for("nobody can answer any more");
    bob.wait_for("closed");
    bob.type_text("\u{1b}\u{1b}");

    let note = json!({"businessID": "group_note", "version": 1, "title": "Who brings what", "details": ""}).to_string();
    let body = json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": note, "Desc": "", "Ext": ""}}]);
    let send = json!({"GroupId": group, "From_Account": "ann", "Random": 2, "MsgBody": body, "SupportMessageExtension": 1});
    rest.must("group_open_http_svc/send_group_msg", send).await;
    ann.type_text("\u{1b}\u{1b}");
    bob.wait_for("Group note  Who brings what");
    // Nothing is written before it is known what is there.
    bob.wait_for("0 lines");
    bob.type_text("\u{1b}[A");
    bob.wait_for("▌");
    bob.type_text("Gb");
    bob.wait_for("Enter writes your line");
    bob.type_text("\r");
    bob.wait_for("Your line");
    bob.type_text("bread\r");
    ann.wait_for("1. bob: bread");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_does_on_another_device_shows_here() {
    let desk = Desk::start();
    desk.log_in("bob");
    let rest = desk.access().rest();
    for from in ["ann", "cy"] {
        rest.must("im_open_login_svc/account_import", json!({"UserID": from})).await;
        let body = json!({"From_Account": from, "To_Account": "bob", "MsgRandom": 1,
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": format!("hello of {from}")}}]});
        rest.must("openim/sendmsg", body).await;
    }
    let bob = desk.screen("bob", SMALL, &[]);
    bob.wait_for("Chats 2");
    let mut web = Link::log_in(desk.access(), "bob", json!({"State": "Online"})).await;

    // Reading there takes the number away here; one's own message there shows as one's own here.
    web.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": "ann", "TernPos": 1}]}})).await;
    bob.wait_for("Chats 1");
    let body = json!({"To_Account": "ann", "MsgRandom": 7, "MsgSeq": 7, "MsgClientTime": 1_700_000_000,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "from the page"}}]});
    web.must("openim.sendmsg", body).await;
    bob.wait_for("You: from the page");

    // A pin, a mark.
    let cy = json!({"Type": 1, "To_Account": "cy"});
    web.must("recentcontact.top", json!({"From_Account": "bob", "OperationType": 1, "RecentContactItem": [cy]})).await;
    bob.wait_until("the pin", |text| text.lines().any(|line| line.contains("⚑ cy")));
    let mark = json!({"From_Account": "bob", "MarkItem": [{"OptType": 1, "ContactItem": {"Type": 1, "To_Account": "ann"}, "SetMark": [0]}]});
    web.must("recentcontact.mark_contact", mark).await;
    bob.wait_until("the star", |text| text.lines().any(|line| line.contains("★ ann")));

    // A deletion is told where the application wants that: here it does not, so the row stays.
    web.must("recentcontact.batch_delete", json!({"From_Account": "bob", "ContactItem": [{"Type": 1, "To_Account": "cy"}]})).await;
    let body = json!({"To_Account": "ann", "MsgRandom": 8, "MsgSeq": 8, "MsgClientTime": 1_700_000_001,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "one more"}}]});
    web.must("openim.sendmsg", body).await;
    bob.wait_for("You: one more");
    assert!(bob.text().contains("cy"), "{}", bob.text());
}
