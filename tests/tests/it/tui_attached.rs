//! What happens to messages after they were sent, as people see it in real terminals.

use tern_tests::screen::SMALL;

use crate::tui_screen::Desk;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reaction_and_a_typing_peer_show_on_the_other_side() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    ann.type_text("n");
    ann.wait_for("New chat");
    ann.type_text("bob\r");
    ann.wait_for("Message bob");
    ann.type_text("shall we sail on Monday?\r");
    bob.wait_for("shall we sail");
    bob.type_text("\r");
    bob.wait_for("Message ann");

    // Ann has just written, so she sees that bob types, until he has stopped.
    bob.type_text("let me");
    ann.wait_for("typing …");
    bob.type_text(" see\r");
    ann.wait_for("let me see");
    ann.wait_until("the word to go with the message", |text| !text.contains("typing …"));

    // Up to the messages, up to ann's, react with the first of the bar.
    bob.type_text("\u{1b}[A");
    bob.wait_for("▌");
    bob.type_text("k+");
    bob.wait_for("a number, or the name of any emoji");
    bob.type_text("1");
    bob.wait_for("👍 You");
    ann.wait_for("👍 bob");

    // It is there again after a new start.
    bob.terminate();
    bob.wait_for_end();
    let mut bob = desk.screen("bob", SMALL, &[]);
    bob.wait_for("👍 You");
    bob.type_text("\u{1b}[A");
    bob.wait_for("▌");
    bob.type_text("k+1");
    ann.wait_until("the reaction to be taken back", |text| !text.contains('👍'));
    bob.terminate();
    bob.wait_for_end();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readers_pins_and_a_recall_show_to_a_group() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    ann.type_text("N");
    ann.wait_for("New group");
    // A Public group: name, ID, members, introduction, photo, how one joins.
    ann.type_text("\u{1b}[B\r");
    ann.wait_for("Found by its ID. Who");
    ann.type_text("Sailors\r\rbob\r\r\r\r");
    ann.wait_for("Message Sailors");
    ann.type_text("/receipts\r");
    ann.wait_for("Message read status is on");
    ann.type_text("who is coming?\r");
    bob.wait_for("Sailors");
    ann.wait_for("unread");

    bob.type_text("\r");
    bob.wait_for("Message Sailors");
    ann.wait_for("all read");
    // The detail names the reader.
    ann.type_text("\u{1b}[A");
    ann.wait_for("▌");
    ann.type_text("I");
    ann.wait_for("Read 1");
    ann.type_text("\u{1b}");
    ann.wait_until("the dialog to close", |text| !text.contains("Read 1"));

    ann.type_text("P");
    ann.wait_for("⚑ You: who is coming?");
    bob.wait_for("⚑ ann: who is coming?");
    ann.type_text("u");
    ann.wait_for("You recalled a message");
    bob.wait_for("ann recalled a message");
    for screen in [&ann, &bob] {
        screen.wait_until("the banner to go", |text| !text.contains("⚑ "));
    }
}
