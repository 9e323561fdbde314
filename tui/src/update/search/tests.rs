//! The search page as a person uses it, over a real index.

use crate::edge::store::Store;
use crate::edge::store::search::find;
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::{Answer, Event, LocalEvent, Refusal};
use crate::state::conversation::ChatId;
use crate::state::fixture::{group_text, lively, text};
use crate::state::modal::Modal;
use crate::state::search::{Found, Row, Search, Section};
use crate::state::timeline::RowKey;
use crate::state::{Focus, State};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::search::{FoundGroup, FoundGroups, FoundUser, FoundUsers, SearchHit, SearchedMessages};

struct World {
    state: State,
    store: Store,
    asked: Vec<Ask>,
    _folder: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("t.db")).unwrap();
        let mut messages: Vec<_> = (1..=60).map(|n| text("bob", "bob", n, 9_000 - n as i64, &format!("plan number {n}"))).collect();
        messages.push(text("me", "bob", 61, 100, "nothing of the kind"));
        let rust = vec![group_text(
            "li",
            "rust",
            40,
            50,
            "has anyone tried the new plan? I think it could become a very long evening for all of us",
        )];
        store
            .apply_all(&[
                StoreOp::Messages { chat: ChatId::user("bob"), messages, held: Some((1, 61)) },
                StoreOp::Messages { chat: ChatId::group("rust"), messages: rust, held: Some((40, 40)) },
            ])
            .unwrap();
        store.index_all().unwrap();
        let mut state = lively();
        state.focus = Focus::List;
        Self { state, store, asked: Vec::new(), _folder: folder }
    }

    fn happen(&mut self, event: Event) {
        let moment = self.state.now;
        let mut effects = crate::update::update(&mut self.state, event, moment);
        while !effects.is_empty() {
            let mut next = Vec::new();
            for effect in effects {
                let event = match effect {
                    Effect::Find { serial, section, query } => {
                        let result = Ok(Found::Messages(find(self.store.connection(), &query).unwrap()));
                        Some(Event::Local(LocalEvent::Found { serial, section, result }))
                    }
                    Effect::Store(op) => self.store.answer(&op).unwrap().map(Event::Local),
                    Effect::Ask(ask) => {
                        self.asked.push(ask);
                        None
                    }
                    _ => None,
                };
                if let Some(event) = event {
                    next.extend(crate::update::update(&mut self.state, event, moment));
                }
            }
            effects = next;
        }
    }

    fn key(&mut self, code: KeyCode, held: KeyModifiers) {
        self.happen(Event::Key(KeyEvent::new(code, held)));
    }

    fn typed(&mut self, text: &str) {
        for c in text.chars() {
            self.key(if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }, KeyModifiers::NONE);
        }
    }

    fn page(&self) -> &Search {
        match self.state.modals.last() {
            Some(Modal::Search(search)) => search,
            other => panic!("{other:?}"),
        }
    }

    fn screen(&self) -> String {
        let (width, height) = self.state.size;
        let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(width, height)).unwrap();
        terminal.draw(|frame| crate::view::draw(frame, &self.state)).unwrap();
        terminal.backend().to_string()
    }

    /// Answers what the server was asked for.
    fn answer(&mut self, of: impl Fn(&Section) -> Result<Found, Refusal>) {
        for ask in std::mem::take(&mut self.asked) {
            if let Ask::Search(query) = ask {
                let result = of(&query.section);
                self.happen(Event::Answer(Answer::Searched { query, result }));
            }
        }
    }
}

#[test]
fn contacts_groups_and_history_are_found_while_one_types() {
    let mut world = World::new();
    world.key(KeyCode::Char('s'), KeyModifiers::ALT);
    world.typed("b");
    assert!(world.page().people.total > 0);
    world.key(KeyCode::Backspace, KeyModifiers::NONE);
    world.typed("plan");
    insta::assert_snapshot!("search", world.screen());
    world.state.size = (160, 40);
    insta::assert_snapshot!("search_wide", world.screen());
}

#[test]
fn the_only_hit_of_a_conversation_opens_it_at_the_message() {
    let mut world = World::new();
    world.key(KeyCode::Char('s'), KeyModifiers::ALT);
    world.typed("plan\n");
    assert!(world.state.modals.is_empty());
    assert_eq!(world.state.open, Some(ChatId::group("rust")));
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(40)));
}

#[test]
fn several_hits_are_listed_newest_first_in_pages_and_esc_goes_back_level_by_level() {
    let mut world = World::new();
    world.key(KeyCode::Char('s'), KeyModifiers::ALT);
    world.typed("plan");
    world.key(KeyCode::Down, KeyModifiers::NONE);
    world.typed("\n");
    assert_eq!((world.page().messages.list.len(), world.page().messages.total), (20, 60));
    for _ in 0..60 {
        world.key(KeyCode::Down, KeyModifiers::NONE);
    }
    assert_eq!(world.page().messages.list.len(), 60);
    insta::assert_snapshot!("hits_of_a_conversation", world.screen());
    world.key(KeyCode::Esc, KeyModifiers::NONE);
    assert!(world.page().levels.is_empty());
    world.key(KeyCode::Esc, KeyModifiers::NONE);
    assert!(world.state.modals.is_empty());
}

#[test]
fn a_search_in_the_open_conversation_leads_to_the_message() {
    let mut world = World::new();
    world.state.choose(ChatId::user("bob"));
    world.typed("\n/find number 7\n");
    assert_eq!(world.page().only, Some(ChatId::user("bob")));
    assert_eq!(world.page().messages.total, 1);
    world.typed("\n");
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(7)));
    assert_eq!(world.state.focus, Focus::Timeline);
}

#[test]
fn filters_apply_and_a_wrong_one_is_named() {
    let mut world = World::new();
    world.key(KeyCode::Char('s'), KeyModifiers::ALT);
    world.typed("from:me type:text kind");
    assert_eq!(world.page().history.total, 1);
    world.typed(" type:poem");
    assert!(world.screen().contains("type:poem is no filter"));
    for _ in 0..40 {
        world.key(KeyCode::Backspace, KeyModifiers::NONE);
    }
    world.typed("zzz");
    assert!(world.screen().contains("No conversations, contacts, or messages found"));
}

#[test]
fn the_server_is_asked_when_enter_says_so_and_late_answers_are_dropped() {
    let mut world = World::new();
    world.key(KeyCode::Char('s'), KeyModifiers::ALT);
    world.key(KeyCode::Tab, KeyModifiers::NONE);
    world.typed("plan");
    assert!(world.asked.is_empty(), "not with every key");
    assert!(world.screen().contains("Enter searches at the server"));
    world.typed("\n");
    assert_eq!(world.asked.len(), 4);
    world.typed("s");
    world.answer(|_| Err(Refusal { code: 60020, text: "off".into() }));
    assert!(world.page().error.is_none(), "what was asked before is not of interest any more");
    world.typed("\n");
    world.answer(|section| {
        Ok(match section {
            Section::People => Found::Users(FoundUsers {
                users: vec![FoundUser { user_id: "zoe".into(), nick: "Zoe\u{1b}[31m Plans".into(), face_url: String::new() }],
                cursor: None,
            }),
            Section::Groups => Found::Groups(FoundGroups {
                groups: vec![FoundGroup {
                    group_id: "plans".into(),
                    name: "Plans".into(),
                    kind: "Public".into(),
                    ..FoundGroup::default()
                }],
                cursor: Some("1".into()),
            }),
            Section::History => Found::Messages(SearchedMessages {
                total_count: 1,
                items: vec![SearchHit { id: ConversationId::c2c("bob"), message_count: 7, message_list: vec![] }],
                cursor: None,
            }),
            _ => Found::Members(Default::default()),
        })
    });
    let screen = world.screen();
    assert!(screen.contains("Zoe") && screen.contains("# Plans") && screen.contains("7 message(s)"), "{screen}");
    assert!(!screen.contains('\u{1b}'));
    world.key(KeyCode::Down, KeyModifiers::NONE);
    assert!(matches!(&world.page().rows()[world.page().chosen], Row::Hit(_)));
    world.typed("\n");
    assert!(matches!(world.state.modals.last(), Some(Modal::Form(_))), "a group of others is asked for admission");
}
