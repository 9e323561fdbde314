//! Groups as people manage them in real terminals.

use tern_tests::screen::{BIG, SMALL, Screen};

use crate::tui_screen::Desk;

/// A public group of `owner` with members, made by the backend; the owner's terminal shows it.
async fn public_group(desk: &Desk, owner: &mut Screen, members: &[&str]) {
    let rest = desk.access().rest();
    let list: Vec<_> = members.iter().map(|user| serde_json::json!({"Member_Account": user})).collect();
    let body = serde_json::json!({
        "Owner_Account": "ann", "Type": "Public", "GroupId": "sailors", "Name": "Sailors", "MemberList": list,
    });
    rest.must("group_open_http_svc/create_group", body).await;
    owner.wait_for("# Sailors");
    owner.type_text("\u{b}");
    owner.wait_for("a conversation, a person, or a command");
    owner.type_text("Sailors");
    owner.wait_until("the group to be offered", |text| text.matches("Sailors").count() >= 2);
    owner.type_text("\r");
    owner.wait_for("Message Sailors");
}

/// Opens the members' page and the menu of `user`, who is `down` rows below the first.
fn open_menu_of(screen: &mut Screen, user: &str, down: usize) {
    screen.type_text("\u{7}");
    screen.wait_for(user);
    screen.type_text(&"\u{1b}[B".repeat(down));
    screen.type_text("\r");
    screen.wait_for("Copy the user ID");
}

/// Takes the entry of a menu that is `down` rows below the chosen one.
fn choose(screen: &mut Screen, down: usize) {
    screen.type_text(&"\u{1b}[B".repeat(down));
    screen.type_text("\r");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_owner_mutes_a_member_whose_input_then_says_so_and_lets_speak_again() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    public_group(&desk, &mut ann, &["bob"]).await;
    ann.type_text("anybody on board?\r");
    bob.wait_for("anybody on board?");
    bob.type_text("\r");
    bob.wait_for("Message Sailors");

    // Message, mention, ID, name card, administrator, mute.
    open_menu_of(&mut ann, "bob", 1);
    choose(&mut ann, 5);
    ann.wait_for("How long shall bob be silent?");
    choose(&mut ann, 1);
    ann.wait_for("bob is muted");
    bob.wait_for("Nothing can be written: you are muted until");
    bob.type_text("x");
    bob.wait_until("the refusal", |text| text.matches("you are muted until").count() >= 2);

    ann.wait_for("muted, 59 minutes left");
    ann.type_text("\r");
    ann.wait_for("Let speak again");
    choose(&mut ann, 6);
    ann.wait_for("bob may speak again");
    bob.wait_until("the input to be free", |text| text.contains("Message Sailors"));
    bob.type_text("\u{1b}i");
    bob.wait_for("Your role");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_application_stands_above_the_messages_and_is_let_in() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("cy");
    let mut ann = desk.screen("ann", SMALL, &[]);
    public_group(&desk, &mut ann, &[]).await;
    let mut cy = desk.screen("cy", SMALL, &[]);
    cy.type_text("J");
    cy.wait_for("Group ID");
    cy.type_text("sailors\r");
    cy.wait_for("Sailors");
    cy.type_text("I can row\r");
    cy.wait_until("the application to be sent", |text| text.contains("decides") || text.contains("Sent"));

    ann.wait_for("1 group joining request");
    ann.type_text("\u{1b}r");
    ann.wait_for("cy asks to join Sailors");
    ann.wait_for("I can row");
    ann.type_text("\r");
    ann.wait_for("Decline with a reason");
    ann.type_text("\r");
    ann.wait_for("agreed");
    cy.wait_for("You are in Sailors now");
    ann.type_text("\u{1b}");
    ann.wait_until("the banner to go", |text| !text.contains("joining request"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_removed_is_told_the_chat_closes_and_the_history_stays() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", SMALL, &[]), desk.screen("bob", SMALL, &[]));
    public_group(&desk, &mut ann, &["bob"]).await;
    ann.type_text("we sail without you\r");
    bob.wait_for("we sail without");
    bob.type_text("\r");
    bob.wait_for("Message Sailors");
    ann.type_text("\u{7}");
    ann.wait_for("bob");
    ann.type_text("\u{1b}[Bd");
    ann.wait_for("Remove bob?");
    ann.type_text("\r");
    ann.wait_for("bob is out of the group");
    bob.wait_for("removed you from Sailors");
    bob.wait_until("the chat to close", |text| !text.contains("Message Sailors"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_administrators_page_follows_the_role_and_the_notice_reaches_the_members() {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", BIG, &[]), desk.screen("bob", BIG, &[]));
    public_group(&desk, &mut ann, &["bob"]).await;
    ann.type_text("hello\r");
    bob.wait_for("hello");
    bob.type_text("\r");
    bob.wait_for("Message Sailors");
    bob.type_text("\u{1b}i");
    bob.wait_for("Your role");
    bob.wait_until("no management", |text| !text.contains("Manage"));

    open_menu_of(&mut ann, "bob", 1);
    choose(&mut ann, 4);
    ann.wait_for("bob is an administrator now");
    bob.wait_for("Manage");
    bob.type_text("\u{1b}[D");
    bob.wait_for("Muted members");
    // Ann dismisses him: the page he looks at is gone.
    ann.type_text("\r");
    ann.wait_for("Dismiss as administrator");
    choose(&mut ann, 4);
    ann.wait_for("bob is no administrator any more");
    bob.wait_until("management to go", |text| !text.contains("Manage") && text.contains("Your role"));

    // A new notice is seen at once.
    ann.type_text("\u{1b}");
    ann.wait_until("the page to close", |text| !text.contains("Details"));
    ann.type_text("/notice\r");
    ann.wait_for("Your role");
    ann.type_text("\r");
    ann.wait_for("Group notice");
    ann.type_text("Anchors up at nine\r");
    ann.wait_for("The group is changed");
    bob.wait_for("Anchors up at nine");
}
