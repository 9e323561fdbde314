//! Jumps and scrolling over a real local database and a server that has all of a conversation.

use super::super::update;
use crate::edge::store::Store;
use crate::effect::{Ask, Effect, Page, StoreOp};
use crate::event::{Answer, Event};
use crate::state::conversation::{ChatId, Conversation};
use crate::state::fixture::{NOW_S, conversation, group_text, now, state};
use crate::state::timeline::{RowKey, Scroll, WindowAt};
use crate::state::{Focus, Link, State};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use proptest::prelude::*;
use rstest::rstest;
use tern_protocol::api::conversation::HistoryPage;
use tern_protocol::api::message::{GroupAt, Message as WireMessage};
use tern_protocol::event::Event as ServerEvent;

fn rust() -> ChatId {
    ChatId::group("rust")
}

/// A message a minute; every seventh place has none.
fn exists(place: u64) -> bool {
    place > 0 && !place.is_multiple_of(7)
}

fn time_s(place: u64) -> i64 {
    NOW_S - 200_000 + place as i64 * 60
}

/// A group of which the server has everything and this host a part.
struct World {
    state: State,
    store: Store,
    last: u64,
    mention: u64,
    asked: usize,
    _folder: tempfile::TempDir,
}

impl World {
    fn new(last: u64, held: &[(u64, u64)], row: Conversation) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("t.db")).unwrap();
        let mut state = state();
        state.conversations.load(vec![Conversation { last_place: last, first_place: 1, ..row }]);
        let mut world = Self { state, store, last, mention: 0, asked: 0, _folder: folder };
        for (from, to) in held {
            let messages = world.messages(*from, *to);
            world.store.answer(&StoreOp::Messages { chat: rust(), messages, held: Some((*from, *to)) }).unwrap();
        }
        world
    }

    fn simple(last: u64, held: &[(u64, u64)]) -> Self {
        Self::new(last, held, conversation(rust(), "Rust study", "x", "li", 0))
    }

    fn message(&self, place: u64) -> WireMessage {
        let mut wire = group_text("li", "rust", place, NOW_S - time_s(place), &format!("message {place}"));
        if place == self.mention {
            wire.group_at_info = Some(vec![GroupAt { all_flag: 0, account: Some("me".into()) }]);
        }
        wire
    }

    fn messages(&self, from: u64, to: u64) -> Vec<WireMessage> {
        (from..=to).filter(|place| exists(*place)).map(|place| self.message(place)).collect()
    }

    /// As the server answers, 20 places at a time.
    fn history(&self, from: u64, to: u64) -> Box<HistoryPage> {
        let (from, to) = (from.max(1), to.min(self.last));
        Box::new(HistoryPage {
            msg_list: self.messages(from, to),
            from_place: from,
            to_place: to,
            at_start: i64::from(from == 1),
            at_end: i64::from(to == self.last),
            peer_read_place: None,
        })
    }

    fn happen(&mut self, event: Event) {
        let mut effects = update(&mut self.state, event, now());
        let mut answers = 0;
        while !effects.is_empty() {
            let mut next = Vec::new();
            for effect in effects {
                let event = match effect {
                    Effect::Store(op) => self.store.answer(&op).unwrap().map(Event::Local),
                    Effect::Ask(Ask::History { chat, page }) => {
                        let page = match page {
                            Page::Newest => self.history(self.last.saturating_sub(19), self.last),
                            Page::Before(place) => self.history(place.saturating_sub(20), place - 1),
                        };
                        Some(Event::Answer(Answer::History { chat, result: Ok(page) }))
                    }
                    Effect::Ask(Ask::Window { chat, at }) => {
                        self.asked += 1;
                        let page = match at {
                            WindowAt::Around(place) => self.history(place.saturating_sub(10), place + 9),
                            WindowAt::AroundTime(at_s) => {
                                let place =
                                    (1..self.last).find(|place| exists(*place) && time_s(*place) >= at_s).unwrap_or(self.last);
                                self.history(place.saturating_sub(10), place + 9)
                            }
                            WindowAt::Before(place) => self.history(place.saturating_sub(20), place - 1),
                            WindowAt::After(place) => self.history(place + 1, place + 20),
                        };
                        Some(Event::Answer(Answer::Window { chat, at, result: Ok(page) }))
                    }
                    _ => None,
                };
                if let Some(event) = event {
                    answers += 1;
                    assert!(answers < 500, "answers lead to requests without end");
                    next.extend(update(&mut self.state, event, now()));
                }
            }
            effects = next;
        }
        self.check();
    }

    fn press(&mut self, code: KeyCode, held: KeyModifiers) {
        self.happen(Event::Key(KeyEvent::new(code, held)));
    }

    fn command(&mut self, text: &str) {
        self.state.focus = Focus::Composer;
        self.state.composer.set(text);
        self.press(KeyCode::Enter, KeyModifiers::NONE);
    }

    fn open(&mut self) {
        self.state.focus = Focus::List;
        self.press(KeyCode::Enter, KeyModifiers::NONE);
    }

    fn places(&self) -> Vec<u64> {
        self.state.open_timeline().unwrap().rows().iter().filter_map(|row| row.place).collect()
    }

    fn in_sight(&self) -> (u64, u64) {
        crate::view::timeline::places_in_sight(&self.state).unwrap()
    }

    /// What is shown has no hole that the server could fill, and stays small.
    fn check(&self) {
        let Some(timeline) = self.state.open_timeline() else { return };
        let places = self.places();
        if let (Some(first), Some(last)) = (places.first(), places.last()) {
            let expected: Vec<u64> = (*first..=*last).filter(|place| exists(*place)).collect();
            assert_eq!(places, expected);
        }
        assert!(places.len() <= 1_000, "{} rows", places.len());
        if timeline.scroll == Scroll::Tail && !places.is_empty() {
            assert!(!timeline.is_detached());
        }
    }

    fn live(&mut self) {
        self.last += 1;
        if !exists(self.last) {
            self.last += 1;
        }
        let message = self.message(self.last);
        self.happen(Event::Server(ServerEvent::GroupMessage(message)));
    }
}

#[rstest]
#[case::it_is_here(&[(1, 1000)], 0)]
#[case::the_server_has_it(&[(990, 1000)], 1)]
fn a_jump_shows_the_message_with_both_sides_and_selects_it(#[case] held: &[(u64, u64)], #[case] asked: usize) {
    let mut world = World::simple(1000, held);
    world.open();
    world.command("/goto #300");
    let (first, last) = world.in_sight();
    assert!(first < 300 && 300 < last, "{first} to {last}");
    let timeline = world.state.open_timeline().unwrap();
    assert_eq!((timeline.selected.clone(), world.state.focus), (Some(RowKey::Place(300)), Focus::Timeline));
    assert!(timeline.is_detached());
    assert!(world.asked >= asked && (asked > 0 || world.asked == 0), "{} requests", world.asked);
}

#[test]
fn one_scrolls_both_ways_from_a_jump_and_arrives_at_the_newest_message() {
    let mut world = World::simple(400, &[(395, 400)]);
    world.open();
    world.command("/goto #200");
    for _ in 0..40 {
        world.press(KeyCode::PageUp, KeyModifiers::NONE);
    }
    assert_eq!(world.in_sight().0, 1);
    assert!(world.state.open_timeline().unwrap().at_start);
    for _ in 0..80 {
        world.press(KeyCode::PageDown, KeyModifiers::NONE);
    }
    let timeline = world.state.open_timeline().unwrap();
    assert_eq!((timeline.scroll.clone(), timeline.is_detached()), (Scroll::Tail, false));
    assert_eq!(world.in_sight().1, 400);
}

#[test]
fn new_messages_do_not_appear_in_an_old_stretch_and_one_key_leads_back() {
    let mut world = World::simple(400, &[(1, 400)]);
    world.open();
    world.command("/goto #100");
    let before = world.in_sight();
    world.live();
    world.live();
    assert_eq!(world.in_sight(), before);
    assert_eq!(world.state.open_timeline().unwrap().below, 2);
    assert_eq!(world.state.conversations.get(&rust()).unwrap().unread, 2, "what is not seen is not read");
    world.press(KeyCode::End, KeyModifiers::ALT);
    assert_eq!(world.in_sight().1, 402);
    assert_eq!(world.state.conversations.get(&rust()).unwrap().unread, 0);
}

#[test]
fn what_one_sends_from_an_old_stretch_is_shown_at_the_end() {
    let mut world = World::simple(400, &[(1, 400)]);
    world.open();
    world.command("/goto #100");
    world.command("hello");
    let timeline = world.state.open_timeline().unwrap();
    assert!(!timeline.is_detached());
    assert_eq!(timeline.rows().last().unwrap().plain_text(), "hello");
}

#[rstest]
#[case("/goto 2026-11-23", "2026-11-23")]
#[case("/goto yesterday 09:30", "2026-11-23T09:30")]
fn a_day_and_a_time_lead_to_the_first_message_from_then_on(#[case] command: &str, #[case] moment: &str) {
    for held in [vec![(1, 4000)], vec![(3990, 4000)]] {
        let mut world = World::simple(4000, &held);
        world.open();
        world.command(command);
        let selected = world.state.open_timeline().unwrap().selected_row().unwrap();
        let wanted = if moment.contains('T') { moment.to_owned() } else { format!("{moment}T00:00") };
        let wanted = wanted.parse::<jiff::civil::DateTime>().unwrap().to_zoned(jiff::tz::TimeZone::UTC).unwrap();
        let at = wanted.timestamp().as_second();
        assert!(selected.time_s >= at && selected.time_s < at + 180, "{} for {at}", selected.time_s);
    }
}

#[test]
fn a_message_is_found_by_its_id() {
    let mut world = World::simple(1000, &[(1, 10), (995, 1000)]);
    world.open();
    let id = world.message(503).msg_id();
    world.command(&format!("/goto {id}"));
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(503)));
}

#[test]
fn a_deleted_message_leads_to_the_next_one_and_says_so() {
    let mut world = World::simple(400, &[(1, 400)]);
    world.open();
    world.command("/goto #140");
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(141)));
    assert!(world.state.toast.as_ref().unwrap().text.contains("not there any more"));
}

#[test]
fn without_a_link_a_part_that_is_not_here_is_said_to_be_missing() {
    let mut world = World::simple(400, &[(300, 400)]);
    world.open();
    world.state.link = Link::Down;
    world.command("/goto #100");
    assert!(world.state.toast.as_ref().unwrap().text.contains("not on this host"));
    assert!(!world.state.open_timeline().unwrap().is_detached());
    world.command("/goto #320");
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(320)));
}

#[test]
fn reading_goes_on_where_it_stopped_however_long_ago() {
    let row = Conversation { unread: 857, read_place: 1000, ..conversation(rust(), "Rust study", "x", "li", 0) };
    let mut world = World::new(2000, &[(1995, 2000)], row);
    world.open();
    world.press(KeyCode::Char('j'), KeyModifiers::ALT);
    assert_eq!(world.in_sight().0, 1000 + 2, "1001 is a place without a message");
    let screen = screen(&world.state);
    assert!(screen.contains(" new "), "{screen}");
}

#[test]
fn a_mention_far_above_is_found_and_the_sign_goes_once_it_was_seen() {
    let row = Conversation { unread: 500, read_place: 1400, at_type: 1, ..conversation(rust(), "Rust study", "x", "li", 0) };
    let mut world = World::new(2000, &[(1995, 2000)], row);
    world.mention = 1500;
    world.open();
    assert!(screen(&world.state).contains("Someone @ you ↑"));
    world.press(KeyCode::Char('a'), KeyModifiers::ALT);
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(1500)));
    assert!(!screen(&world.state).contains("Someone @ you"));
    world.press(KeyCode::Char('a'), KeyModifiers::ALT);
    assert!(world.state.toast.as_ref().unwrap().text.contains("Nobody mentioned you"));
}

#[test]
fn a_mention_that_comes_while_one_reads_above_is_shown() {
    let mut world = World::simple(400, &[(1, 400)]);
    world.mention = 401;
    world.open();
    world.press(KeyCode::PageUp, KeyModifiers::NONE);
    world.live();
    assert!(screen(&world.state).contains("Someone @ you ↓"));
    world.press(KeyCode::Char('a'), KeyModifiers::ALT);
    assert_eq!(world.state.open_timeline().unwrap().selected, Some(RowKey::Place(401)));
}

fn screen(state: &State) -> String {
    let mut terminal = ratatui::Terminal::new(ratatui::backend::TestBackend::new(80, 24)).unwrap();
    terminal.draw(|frame| crate::view::draw(frame, state)).unwrap();
    terminal.backend().to_string()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn whatever_one_does_what_is_shown_is_the_conversation_and_memory_is_bounded(
        steps in proptest::collection::vec((0u8..8, 1u64..3000), 1..25),
        from in 1u64..3000,
    ) {
        let mut world = World::simple(3000, &[(from.min(2990), 3000), (1, from / 2 + 1)]);
        world.open();
        for (step, place) in steps {
            match step {
                0 => world.command(&format!("/goto #{place}")),
                1 | 2 => for _ in 0..place % 25 { world.press(KeyCode::PageUp, KeyModifiers::NONE) },
                3 | 4 => for _ in 0..place % 25 { world.press(KeyCode::PageDown, KeyModifiers::NONE) },
                5 => world.live(),
                6 => world.press(KeyCode::End, KeyModifiers::ALT),
                _ => world.press(KeyCode::Up, KeyModifiers::NONE),
            }
        }
        world.press(KeyCode::End, KeyModifiers::ALT);
        prop_assert_eq!(world.in_sight().1, world.last);
    }
}
