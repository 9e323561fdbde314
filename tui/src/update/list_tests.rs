//! The list's last line and count: what a recall, a deletion, a quiet message and a reading while away make of them
//! (`contract/client-semantics.md` 2.7, 3.3, 3.5, 6.5).

use super::update;
use crate::effect::{Ask, Effect, Setting};
use crate::event::{Answer, Event};
use crate::state::State;
use crate::state::conversation::{ChatId, Conversation, mark};
use crate::state::fixture::{group_text, lively, text};
use tern_protocol::api::conversation::{Conversation as WireConversation, ConversationId, HistoryPage, Synced};
use tern_protocol::api::message::{GroupInfo, Message as WireMessage};
use tern_protocol::event::{Event as ServerEvent, RecalledC2c};

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    update(state, event, moment)
}

fn live(state: &mut State, message: WireMessage) {
    happen(state, Event::Server(ServerEvent::C2cMessage(message)));
}

fn row(state: &State) -> Conversation {
    state.conversations.get(&ChatId::user("bob")).unwrap().clone()
}

fn line(state: &State) -> String {
    row(state).last.map_or_else(String::new, |last| last.text)
}

fn recall(state: &mut State, from: &str, place: u64) {
    let to = if from == "me" { "bob" } else { "me" };
    let recalled = RecalledC2c {
        from_account: from.into(),
        to_account: to.into(),
        pos: Some(place),
        revoker: Some(from.into()),
        ..RecalledC2c::default()
    };
    happen(state, Event::Server(ServerEvent::RecalledC2c(recalled)));
}

/// Not shown as a conversation's last message, nor counted.
fn quiet(message: WireMessage) -> WireMessage {
    WireMessage { no_last_msg: Some(1), no_unread: Some(1), ..message }
}

fn synced(state: &mut State, conversation: WireConversation) -> Vec<Effect> {
    let page = Synced { rev: 90, complete: 1, conversations: vec![conversation], ..Synced::default() };
    happen(state, Event::Answer(Answer::Pulled { first: true, result: Ok(Box::new(page)) }))
}

fn bob(read_place: u64, last_place: u64, unread: u64, last_msg: Option<WireMessage>) -> WireConversation {
    WireConversation { id: ConversationId::c2c("bob"), read_place, last_place, unread, last_msg, ..WireConversation::default() }
}

#[test]
fn what_was_recalled_or_changed_is_not_shown_though_a_quiet_message_came_after_it() {
    let mut state = lively();
    live(&mut state, text("bob", "me", 5, 9, "a secret"));
    live(&mut state, quiet(text("bob", "me", 6, 8, "signal")));
    assert_eq!((line(&state).as_str(), row(&state).unread), ("a secret", 1));
    let changed = WireMessage { msg_version: Some(1), ..text("bob", "me", 5, 9, "a corrected secret") };
    happen(&mut state, Event::Server(ServerEvent::ModifiedC2c(changed)));
    assert_eq!(line(&state), "a corrected secret");
    recall(&mut state, "bob", 5);
    assert_eq!((line(&state).as_str(), row(&state).unread), ("recalled a message", 0));
}

#[test]
fn a_recall_of_what_one_sent_from_elsewhere_leaves_the_count_of_others_messages() {
    let mut state = lively();
    live(&mut state, text("bob", "me", 5, 9, "one"));
    live(&mut state, text("me", "bob", 6, 8, "mine"));
    live(&mut state, text("bob", "me", 7, 7, "two"));
    assert_eq!(row(&state).unread, 2);
    recall(&mut state, "me", 6);
    assert_eq!((row(&state).unread, line(&state).as_str()), (2, "two"));
}

#[test]
fn when_nothing_is_left_the_line_is_empty_and_the_row_stays_where_it_was() {
    let mut state = lively();
    live(&mut state, text("bob", "me", 5, 9, "the only one"));
    let before = row(&state).moment();
    happen(&mut state, Event::Server(ServerEvent::Conversation(bob(4, 5, 0, None))));
    assert_eq!((line(&state).as_str(), row(&state).moment()), ("", before));
}

#[test]
fn a_page_of_history_whose_newest_message_is_quiet_shows_the_one_before_it() {
    let mut state = lively();
    let messages = vec![text("bob", "me", 5, 9, "shown"), quiet(text("bob", "me", 6, 8, "signal"))];
    let page = HistoryPage { msg_list: messages, from_place: 5, to_place: 6, at_end: 1, ..HistoryPage::default() };
    happen(&mut state, Event::Answer(Answer::History { chat: ChatId::user("bob"), result: Ok(Box::new(page)) }));
    assert_eq!(line(&state), "shown");
}

#[test]
fn groups_of_types_without_a_count_count_nothing() {
    let mut state = lively();
    let meeting = |place| WireMessage {
        group_info: Some(GroupInfo { group_type: "ChatRoom".into(), ..GroupInfo::default() }),
        ..group_text("bob", "meeting", place, 5, "hello")
    };
    happen(&mut state, Event::Server(ServerEvent::GroupMessage(meeting(1))));
    happen(&mut state, Event::Server(ServerEvent::GroupMessage(group_text("bob", "rust", 41, 4, "counts"))));
    let unread = |group| state.conversations.get(&ChatId::group(group)).unwrap().unread;
    assert_eq!((unread("meeting"), unread("rust")), (0, 4));
}

#[test]
fn what_was_read_while_away_is_told_and_the_count_is_asked_for_again() {
    let mut state = lively();
    state.conversations.change(&ChatId::user("bob"), |row| (row.read_place, row.last_place) = (6, 6));
    // The server has not heard of 5 and 6; 7 and 8 came meanwhile.
    let told = synced(&mut state, bob(4, 8, 4, Some(text("bob", "me", 8, 1, "newest"))));
    assert!(told.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Read { place: 6, .. }))), "{told:?}");
    let reported = Answer::ReadReported { chat: ChatId::user("bob"), place: 6, ok: true };
    let asked = happen(&mut state, Event::Answer(reported));
    assert!(asked.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Pull { .. }))), "{asked:?}");
    synced(&mut state, bob(6, 8, 2, Some(text("bob", "me", 8, 1, "newest"))));
    assert_eq!(row(&state).unread, 2);
}

#[test]
fn a_hidden_conversation_is_back_when_something_came_while_away_and_not_for_a_signal() {
    let mut state = lively();
    state.conversations.change(&ChatId::user("bob"), |row| row.set_mark(mark::HIDDEN, true));
    live(&mut state, quiet(text("bob", "me", 5, 9, "signal")));
    assert!(row(&state).has(mark::HIDDEN));
    let hidden = |place, newest| WireConversation {
        standard_mark: Some("1000".into()),
        ..bob(4, place, 0, Some(text("bob", "me", newest, 1, "x")))
    };
    synced(&mut state, hidden(6, 4));
    assert!(row(&state).has(mark::HIDDEN), "nothing that is shown came");
    let told = synced(&mut state, hidden(7, 7));
    assert!(!row(&state).has(mark::HIDDEN));
    let shown = Setting::Mark { bit: mark::HIDDEN, on: false };
    assert!(told.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Set { setting, .. }) if *setting == shown)), "{told:?}");
}
