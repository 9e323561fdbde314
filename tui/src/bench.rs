//! What the benchmarks in `benches/` drive: the client without a terminal and without a network.

use crate::app;
use crate::config::{Config, Flags};
use crate::edge::profile::ProfileFolder;
use crate::edge::store::Store;
use crate::edge::store::search::find;
use crate::effect::Effect;
use crate::event::{Answer, Event, GroupFacts, LinkEvent, RoomAnswer};
use crate::state::pace::Pace;
use crate::state::search::{LocalQuery, Query};
use crate::state::{Now, State};
use crate::update::{update, weight};
use crate::view;
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::path::Path;
use tern_protocol::api::conversation::{Conversation, ConversationId, Synced};
use tern_protocol::api::message::{GroupInfo, Message};
use tern_protocol::event::{Event as ServerEvent, raw};
use tern_protocol::model::message::Element;

/// A client on a profile's database.
#[derive(Debug)]
pub struct Client {
    state: State,
    store: Store,
    terminal: Terminal<TestBackend>,
    now: Now,
    pace: Pace,
}

impl Client {
    /// Opens the profile `p` below `data` as after a start, with its last conversation, at 80 by 24; `now_s` are Unix seconds.
    pub fn open(data: &Path, now_s: i64) -> anyhow::Result<Self> {
        let file = data.join("tern.toml");
        std::fs::write(&file, "")?;
        let flags = Flags { config: Some(file), data: Some(data.to_owned()), ..Flags::default() };
        let config = Config::load(&flags, None)?;
        let folder = ProfileFolder::new(data, "p")?;
        let store = Store::open(&folder.database())?;
        let login = folder.read()?;
        let mut state = app::load(&store, config, login.as_ref(), 1)?;
        let now = Now { wall_ms: now_s * 1000, mono_ms: 1_000 };
        state.now = now;
        app::open_last(&mut state, &store)?;
        let mut client = Self { state, store, terminal: Terminal::new(TestBackend::new(80, 24))?, now, pace: Pace::default() };
        client.happen(Event::Resize(80, 24))?;
        Ok(client)
    }

    /// Handles an event and what it asks of the local database.
    fn happen(&mut self, event: Event) -> anyhow::Result<()> {
        let mut effects = update(&mut self.state, event, self.now);
        while !effects.is_empty() {
            let mut next = Vec::new();
            for effect in effects {
                if let Effect::Store(op) = effect
                    && let Some(answer) = self.store.answer(&op)?
                {
                    next.extend(update(&mut self.state, Event::Local(answer), self.now));
                }
            }
            effects = next;
        }
        Ok(())
    }

    /// A key, and the frame after it.
    pub fn key(&mut self, code: KeyCode) -> anyhow::Result<()> {
        self.happen(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))?;
        self.draw()
    }

    /// Draws a frame.
    pub fn draw(&mut self) -> anyhow::Result<()> {
        let state = &self.state;
        self.terminal.draw(|frame| view::draw(frame, state))?;
        Ok(())
    }

    /// Messages of the open conversation that are in memory.
    pub fn messages_in_memory(&self) -> usize {
        self.state.open_timeline().map_or(0, |timeline| timeline.rows().len())
    }

    /// Conversations with a message that has these words.
    pub fn search(&self, words: &str) -> anyhow::Result<u64> {
        let query = Query { words: words.to_owned(), now_s: self.now.seconds(), ..Query::default() };
        Ok(find(self.store.connection(), &LocalQuery { query, chat: None, offset: 0, limit: 20 })?.total_count)
    }

    /// Takes over what changed while away, and draws the list.
    pub fn catch_up(&mut self, pages: Vec<Synced>) -> anyhow::Result<()> {
        let rev = pages.first().map_or(0, |page| page.rev);
        for page in pages {
            self.happen(Event::Link(LinkEvent::SyncPage(Box::new(page))))?;
        }
        self.happen(Event::Link(LinkEvent::SyncDone { rev }))?;
        self.draw()
    }

    /// Comes into a live room.
    pub fn enter_room(&mut self) -> anyhow::Result<()> {
        let facts = GroupFacts { id: "live".into(), name: "Concert".into(), kind: "AVChatRoom".into(), ..GroupFacts::default() };
        self.happen(Event::Link(LinkEvent::Online { tiny_id: "1".into(), rev: None, me: None }))?;
        self.key(KeyCode::Tab)?;
        self.key(KeyCode::Char('J'))?;
        for c in "live".chars() {
            self.key(KeyCode::Char(c))?;
        }
        self.key(KeyCode::Enter)?;
        self.happen(Event::Answer(Answer::LookedUp { group: "live".into(), result: Ok(facts) }))?;
        self.key(KeyCode::Enter)?;
        self.happen(Event::Answer(Answer::Room(RoomAnswer::Entered { group: "live".into(), result: Ok(()) })))
    }

    /// A second of a live room with so many messages from the `from`th on, each read from its bytes; frames as the program draws them.
    pub fn room_second(&mut self, from: u64, messages: u64) -> anyhow::Result<()> {
        for n in 0..messages {
            let wire = serde_json::to_string(&talk(from + n, self.now.seconds())?)?;
            let event = Event::Server(ServerEvent::GroupMessage(serde_json::from_str(&wire)?));
            self.now.mono_ms += i64::try_from(1_000 / messages.max(1))?;
            self.pace.note(weight(&self.state, &event));
            self.happen(event)?;
            if self.pace.draws(self.now.mono_ms) {
                self.draw()?;
            }
        }
        Ok(())
    }

    /// Lines of the live room in memory, and messages that were not shown.
    pub fn room(&self) -> (usize, u64) {
        self.state.room.as_ref().map_or((0, 0), |room| (room.lines().len(), room.hidden))
    }

    /// Unread messages of all conversations.
    pub fn unread(&self) -> u64 {
        self.state.conversations.total_unread()
    }
}

/// A message that a live room is told.
pub fn talk(n: u64, now_s: i64) -> anyhow::Result<Message> {
    let info = GroupInfo { group_name: "Concert".into(), group_type: "AVChatRoom".into(), ..GroupInfo::default() };
    Ok(Message {
        from_account: format!("user{}", n % 500),
        nick: Some(format!("Person {}", n % 500)),
        to_group_id: Some("live".into()),
        group_info: Some(info),
        msg_seq: n,
        msg_random: n,
        msg_time_stamp: now_s,
        tiny_id: "7".into(),
        msg_body: Some(raw(&[Element::text(
            ["what a song", "louder!", "is this the new one? I have not heard it"][n as usize % 3],
        )])?),
        ..Message::default()
    })
}

/// Pages of the synchronisation: `conversations` with `new` messages each since they were read, the last at `now_s`.
pub fn changes(conversations: u64, new: u64, now_s: i64) -> anyhow::Result<Vec<Synced>> {
    let row = |n: u64| -> anyhow::Result<Conversation> {
        let user = format!("user{n:04}");
        let last = Message {
            from_account: user.clone(),
            to_account: Some("me".into()),
            msg_time_stamp: now_s - i64::try_from(n)?,
            pos: Some(1_000 + new),
            msg_body: Some(raw(&[Element::text("What do you think of it?")])?),
            ..Message::default()
        };
        Ok(Conversation {
            id: ConversationId::c2c(user),
            rev: 9_000 - n,
            unread: new,
            read_place: 1_000,
            last_place: 1_000 + new,
            first_place: 1,
            show_name: format!("Person {n}"),
            last_msg: Some(last),
            ..Conversation::default()
        })
    };
    let rows = (0..conversations).map(row).collect::<anyhow::Result<Vec<_>>>()?;
    let pages = rows.chunks(100).map(|part| Synced { rev: 9_000, conversations: part.to_vec(), ..Synced::default() });
    Ok(pages.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tern_protocol::model::saved_profile::SavedProfile;
    use tern_protocol::{SdkAppId, UserId};

    const NOW_S: i64 = 1_795_528_920;

    fn client(chats: u64, messages: u64) -> (tempfile::TempDir, Client) {
        let data = tempfile::tempdir().unwrap();
        let login = SavedProfile {
            server: "http://127.0.0.1:1".into(),
            sdk_app_id: SdkAppId(1),
            user: UserId::parse("me").unwrap(),
            user_sig: "s".into(),
            install: "i".into(),
            ca_file: None,
        };
        crate::fill_profile(data.path(), "p", &login, chats, messages, NOW_S).unwrap();
        let client = Client::open(data.path(), NOW_S).unwrap();
        (data, client)
    }

    #[test]
    fn memory_does_not_grow_with_what_one_scrolls_through() {
        let (_data, mut client) = client(1, 3_000);
        for _ in 0..150 {
            client.key(KeyCode::PageUp).unwrap();
        }
        assert!(client.messages_in_memory() <= 900, "{}", client.messages_in_memory());
    }

    #[test]
    fn a_list_is_right_after_catching_up_without_any_body_but_the_last() {
        let (_data, mut client) = client(3, 30);
        client.catch_up(changes(500, 100, NOW_S).unwrap()).unwrap();
        // One of them is open: its end is not here, so it is read once that has come.
        assert!(client.unread() >= 499 * 100, "{}", client.unread());
        assert_eq!(client.search("think").unwrap(), 0, "indexed later, while nothing else is to be done");
    }

    #[test]
    fn a_room_of_many_seconds_stays_in_its_bounds() {
        let (_data, mut client) = client(3, 30);
        client.enter_room().unwrap();
        for second in 0..60 {
            client.room_second(1 + second * 200, 200).unwrap();
        }
        let (lines, hidden) = client.room();
        assert_eq!(lines, 500);
        assert!(hidden > 11_000, "{hidden}");
    }
}
