//! Conversations as a person arranges them.

use crate::effect::{Arrange, Ask, Effect, Setting, StoreOp};
use crate::event::{Answer, Event, LinkEvent, Refusal};
use crate::state::conversation::{ChatId, Receive, mark};
use crate::state::filter::Filter;
use crate::state::fixture::{group_text, lively, text};
use crate::state::modal::Modal;
use crate::state::{Focus, State};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};
use tern_protocol::api::conversation::{Conversation, ConversationId, Synced};
use tern_protocol::api::recent_contact::GroupItem;
use tern_protocol::event::Event as ServerEvent;

fn happen(state: &mut State, event: Event) -> Vec<Effect> {
    let moment = state.now;
    crate::update::update(state, event, moment)
}

fn press(state: &mut State, keys: &str) -> Vec<Effect> {
    let code = |c| match c {
        '\n' => KeyCode::Enter,
        '\x1b' => KeyCode::Esc,
        c => KeyCode::Char(c),
    };
    keys.chars().flat_map(|c| happen(state, Event::Key(KeyEvent::new(code(c), KeyModifiers::NONE)))).collect()
}

fn settings(effects: &[Effect]) -> Vec<(String, Setting)> {
    let ask = |effect: &Effect| match effect {
        Effect::Ask(Ask::Set { chat, setting }) => Some((chat.id().to_owned(), *setting)),
        _ => None,
    };
    effects.iter().filter_map(ask).collect()
}

fn arranged(effects: &[Effect]) -> Vec<Arrange> {
    let ask = |effect: &Effect| match effect {
        Effect::Ask(Ask::Arrange(what)) => Some(what.clone()),
        _ => None,
    };
    effects.iter().filter_map(ask).collect()
}

/// The server agrees to everything that is asked of it.
fn agree(state: &mut State, effects: Vec<Effect>) {
    for effect in effects {
        match effect {
            Effect::Ask(Ask::Set { chat, setting }) => {
                happen(state, Event::Answer(Answer::ConversationSet { chat, setting, result: Ok(()) }));
            }
            Effect::Ask(Ask::Arrange(what)) => {
                happen(state, Event::Answer(Answer::Arranged { what, result: Ok(()) }));
            }
            _ => {}
        }
    }
}

fn names(state: &State) -> Vec<String> {
    state.entries().iter().map(|chat| if chat.is_folded_row() { "(folded)".into() } else { chat.id().to_owned() }).collect()
}

fn choose(state: &mut State, id: ChatId) {
    state.focus = Focus::List;
    state.choose(id);
}

fn rust() -> ChatId {
    ChatId::group("rust")
}

fn screen(state: &State) -> String {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(state.size.0, state.size.1)).unwrap();
    terminal.draw(|frame| crate::view::draw(frame, state)).unwrap();
    terminal.backend().to_string()
}

#[test]
fn a_muted_group_is_folded_behind_one_row_and_comes_back() {
    let mut state = lively();
    choose(&mut state, rust());
    assert!(press(&mut state, "z").is_empty(), "one that rings is not folded");
    let effects = press(&mut state, "m");
    assert_eq!(settings(&effects), [("rust".into(), Setting::Receive(Receive::Silent))]);
    agree(&mut state, effects);
    let effects = press(&mut state, "z");
    agree(&mut state, effects);
    assert_eq!(names(&state), ["li", "bob", "(folded)", "cy"]);
    insta::assert_snapshot!("folded_groups", screen(&state));
    choose(&mut state, ChatId::folded_row());
    press(&mut state, "\n");
    assert_eq!((state.filter, names(&state)), (Filter::Folded, vec!["rust".to_owned()]));
    choose(&mut state, rust());
    let effects = press(&mut state, "z");
    agree(&mut state, effects);
    press(&mut state, "\x1b");
    assert_eq!(names(&state), ["li", "bob", "rust", "cy"]);
}

#[test]
fn the_row_of_folded_groups_can_be_hidden_until_the_next_message_there() {
    let mut state = lively();
    state.conversations.change(&rust(), |row| row.set_mark(mark::FOLDED, true));
    choose(&mut state, ChatId::folded_row());
    press(&mut state, "H");
    assert_eq!(names(&state), ["li", "bob", "cy"]);
    happen(&mut state, Event::Server(ServerEvent::GroupMessage(group_text("li", "rust", 41, 0, "news"))));
    assert_eq!(names(&state), ["li", "(folded)", "bob", "cy"]);
}

#[test]
fn a_hidden_conversation_counts_nothing_and_is_back_with_the_next_message() {
    let mut state = lively();
    choose(&mut state, rust());
    assert_eq!(state.conversations.total_unread(), 3);
    let effects = press(&mut state, "H");
    agree(&mut state, effects);
    assert_eq!((names(&state).len(), state.conversations.total_unread()), (3, 0));
    press(&mut state, "/hidden\n");
    assert_eq!((state.filter, names(&state)), (Filter::Hidden, vec!["rust".to_owned()]));
    press(&mut state, "\x1b");
    let effects = happen(&mut state, Event::Server(ServerEvent::GroupMessage(group_text("li", "rust", 41, 0, "news"))));
    assert_eq!(settings(&effects), [("rust".into(), Setting::Mark { bit: mark::HIDDEN, on: false })], "the server is told");
    assert_eq!(names(&state), ["li", "rust", "bob", "cy"]);
}

#[test]
fn what_is_marked_unread_counts_as_one_until_it_is_opened() {
    let mut state = lively();
    choose(&mut state, ChatId::user("bob"));
    let effects = press(&mut state, "u");
    agree(&mut state, effects);
    assert_eq!(state.conversations.total_unread(), 4);
    assert!(screen(&state).contains(" • "));
    let effects = press(&mut state, "\n");
    assert_eq!(state.conversations.total_unread(), 3);
    assert_eq!(settings(&effects), [("bob".into(), Setting::Mark { bit: mark::UNREAD, on: false })]);
}

#[test]
fn marking_read_reports_and_read_all_is_one_command() {
    let mut state = lively();
    choose(&mut state, rust());
    let effects = press(&mut state, "r");
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Ask(Ask::Read { place: 40, .. }))));
    assert_eq!(state.conversations.get(&rust()).unwrap().unread, 0);
    let effects = press(&mut state, "R");
    assert_eq!(arranged(&effects), [Arrange::ReadAll]);
    assert_eq!(state.conversations.get(&ChatId::user("cy")).unwrap().unread, 0, "muted ones too");
    assert!(arranged(&press(&mut state, "R")).is_empty(), "nothing is left to read");
}

#[test]
fn picked_conversations_are_acted_on_together_and_deleted_after_a_question() {
    let mut state = lively();
    choose(&mut state, ChatId::user("li"));
    press(&mut state, "  ");
    assert_eq!(state.picked.len(), 2);
    assert!(screen(&state).contains("✔"));
    let effects = press(&mut state, "d");
    assert!(effects.is_empty() && matches!(state.modals.last(), Some(Modal::Confirm(_))));
    let effects = press(&mut state, "\n");
    assert_eq!(arranged(&effects), [Arrange::Delete(vec![ChatId::user("li"), ChatId::user("bob")])]);
    let result = Err(Refusal { code: 60000, text: "no".into() });
    let what = arranged(&effects).remove(0);
    happen(&mut state, Event::Answer(Answer::Arranged { what, result }));
    assert_eq!(names(&state).len(), 4, "what the server refuses stays");
    let effects_stored = {
        let what = arranged(&effects).remove(0);
        happen(&mut state, Event::Answer(Answer::Arranged { what, result: Ok(()) }))
    };
    assert!(effects_stored.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::DropBelow { .. }))));
    assert_eq!(names(&state), ["rust", "cy"]);
    happen(&mut state, Event::Server(ServerEvent::C2cMessage(text("bob", "bob", 9, 0, "again"))));
    assert_eq!(state.conversations.get(&ChatId::user("bob")).unwrap().unread, 1, "the next message brings it back");
}

#[test]
fn a_cleared_conversation_stays_where_it_was_without_its_messages() {
    let mut state = lively();
    choose(&mut state, ChatId::user("bob"));
    press(&mut state, "c");
    let effects = press(&mut state, "\n");
    assert_eq!(arranged(&effects), [Arrange::Clear(ChatId::user("bob"))]);
    agree(&mut state, effects);
    let row = state.conversations.get(&ChatId::user("bob")).unwrap();
    assert_eq!((row.last.clone(), row.first_place), (None, 5));
    assert_eq!(names(&state), ["li", "bob", "rust", "cy"]);
}

#[test]
fn a_change_on_another_device_shows_here() {
    let mut state = lively();
    let wire = Conversation {
        id: ConversationId::c2c("bob"),
        last_place: 4,
        read_place: 4,
        first_place: 5,
        top_flag: 1,
        msg_flag: "Discard".into(),
        standard_mark: Some("1".into()),
        contact_group_id: Some(vec![7]),
        ..Conversation::default()
    };
    let effects = happen(&mut state, Event::Server(ServerEvent::Conversation(wire)));
    let row = state.conversations.get(&ChatId::user("bob")).unwrap();
    assert!(row.pinned && row.muted && row.has(mark::STAR) && row.labels == [7] && row.last.is_none());
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::DropBelow { place: 5, .. }))));
    assert!(screen(&state).contains("★ ⚑"));
}

#[test]
fn conversation_groups_are_filters_with_their_unread() {
    let mut state = lively();
    let page = Synced {
        contact_groups: Some(vec![
            GroupItem { group_name: "Work".into(), group_id: 7 },
            GroupItem { group_name: "Home".into(), group_id: 8 },
        ]),
        ..Synced::default()
    };
    let effects = happen(&mut state, Event::Link(LinkEvent::SyncPage(Box::new(page))));
    assert!(effects.iter().any(|effect| matches!(effect, Effect::Store(StoreOp::Labels(labels)) if labels.len() == 2)));
    choose(&mut state, rust());
    press(&mut state, "t");
    let effects = press(&mut state, "\n");
    let put = Arrange::LabelPut { name: "Work".into(), chats: vec![rust()], on: true };
    assert_eq!(arranged(&effects), [put]);
    agree(&mut state, effects);
    insta::assert_snapshot!("conversation_groups", screen(&state));
    press(&mut state, "\x1b[");
    press(&mut state, "[");
    assert_eq!((state.filter, names(&state)), (Filter::Label(7), vec!["rust".to_owned()]));
    insta::assert_snapshot!("filtered_by_a_conversation_group", screen(&state));
    let areas = crate::view::layout::Areas::of(&state);
    let click = MouseEvent {
        kind: MouseEventKind::Down(MouseButton::Left),
        column: areas.filters.x + 1,
        row: areas.filters.y,
        modifiers: KeyModifiers::NONE,
    };
    happen(&mut state, Event::Mouse(click));
    assert_ne!(state.filter, Filter::Label(7), "a click chooses a filter");
}

#[test]
fn a_conversation_group_is_made_renamed_moved_hidden_and_deleted() {
    let mut state = lively();
    choose(&mut state, rust());
    press(&mut state, "t");
    let effects = press(&mut state, "nWork\n");
    assert_eq!(arranged(&effects), [Arrange::LabelNew { name: "Work".into(), chats: vec![rust()] }]);
    agree(&mut state, effects);
    let groups = vec![GroupItem { group_name: "Work".into(), group_id: 7 }, GroupItem { group_name: "Home".into(), group_id: 8 }];
    happen(&mut state, Event::Server(ServerEvent::ConversationGroups(groups)));
    let effects = press(&mut state, "e2\n");
    assert_eq!(arranged(&effects), [Arrange::LabelRename { name: "Work".into(), to: "Work2".into() }]);
    agree(&mut state, effects);
    press(&mut state, "Jh");
    let shown: Vec<(String, bool)> = state.labels.iter().map(|label| (label.name.clone(), label.hidden)).collect();
    assert_eq!(shown, [("Home".to_owned(), false), ("Work2".to_owned(), true)]);
    press(&mut state, "d");
    let effects = press(&mut state, "\n");
    assert_eq!(arranged(&effects), [Arrange::LabelDelete("Work2".into())]);
    agree(&mut state, effects);
    assert_eq!(state.labels.len(), 1);
}

#[test]
fn the_menu_of_a_conversation_offers_what_makes_sense() {
    let mut state = lively();
    choose(&mut state, rust());
    press(&mut state, ".");
    insta::assert_snapshot!("conversation_menu", screen(&state));
    press(&mut state, "M");
    let effects = press(&mut state, "jj\n");
    assert_eq!(settings(&effects), [("rust".into(), Setting::Receive(Receive::Mentions))]);
    agree(&mut state, effects);
    let row = state.conversations.get(&rust()).unwrap();
    assert!(row.muted && row.receive == Receive::Mentions);
}
