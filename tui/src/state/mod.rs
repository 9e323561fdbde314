//! Everything that the screen shows, as plain data, and questions about it. Nothing here reads a clock, a socket or a file.

pub(crate) mod attached;
pub(crate) mod ballot;
pub(crate) mod community;
pub(crate) mod completion;
pub(crate) mod composer;
pub(crate) mod conversation;
pub(crate) mod create;
pub(crate) mod custom;
pub(crate) mod editor;
pub(crate) mod filter;
pub(crate) mod forward;
pub(crate) mod group_page;
pub(crate) mod held;
pub(crate) mod label;
pub(crate) mod listing;
pub(crate) mod live;
pub(crate) mod marks;
pub(crate) mod media;
pub(crate) mod member_list;
pub(crate) mod menu;
pub(crate) mod message;
pub(crate) mod modal;
pub(crate) mod pace;
pub(crate) mod page;
pub(crate) mod permission;
pub(crate) mod picture;
pub(crate) mod pins;
pub(crate) mod reaction;
pub(crate) mod readers;
pub(crate) mod relay;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod retracted;
pub(crate) mod rights;
pub(crate) mod room;
pub(crate) mod roster;
pub(crate) mod search;
pub(crate) mod timeline;
pub(crate) mod tip;

use crate::keymap::Keymap;
use crate::text::clean;
use crate::text::glyph::Glyphs;
use crate::view::theme::Theme;
use completion::Completing;
use composer::{Earlier, Outgoing};
use conversation::{ChatId, Conversation, Conversations};
use editor::Editor;
use filter::Filter;
use jiff::tz::TimeZone;
use label::Label;
use live::Live;
use marks::Marks;
use modal::{Form, Modal};
use rand::SeedableRng;
use rand::rngs::StdRng;
use reply::Answering;
use retracted::Retracted;
use roster::{Groups, People};
use std::collections::{BTreeSet, HashMap, VecDeque};
use timeline::{Scroll, Timeline};

/// Conversations whose messages stay in memory.
const TIMELINES: usize = 6;
/// Entries that the panel keeps.
const PANEL_ENTRIES: usize = 100;

/// The moment of an event: wall time and a clock that never goes back, milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Now {
    pub(crate) wall_ms: i64,
    pub(crate) mono_ms: i64,
}

/// Seconds of the last year that a calendar has.
const LATEST_S: i64 = 253_402_300_799;

/// A server's seconds, since the Unix epoch or as a span: what no calendar has would overflow wherever one reckons with it.
pub(crate) fn sane_s(seconds: i64) -> i64 {
    seconds.clamp(0, LATEST_S)
}

/// A server's count of messages or place of one: as many as no conversation has, and a sum of them still is a number.
pub(crate) fn sane_count(count: u64) -> u64 {
    count.min(1 << 40)
}

impl Now {
    /// Whole seconds since the Unix epoch.
    pub(crate) fn seconds(self) -> i64 {
        self.wall_ms.div_euclid(1000)
    }
}

/// How the link to the server is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// Not asked for.
    #[default]
    Down,
    Connecting,
    /// Logged in; `syncing` until what was missed is here.
    Online {
        syncing: bool,
    },
    /// Lost; tried again by itself.
    Waiting {
        reason: String,
    },
    /// Ended by the server: no reconnecting.
    Ended,
}

/// Who is logged in, where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Me {
    pub(crate) user: String,
    pub(crate) server: String,
    pub(crate) sdk_app_id: u32,
    /// The account's number at the server, once known.
    pub(crate) tiny_id: String,
}

/// What fills the terminal.
#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "there is one of it")]
pub(crate) enum Screen {
    Login(Form),
    Main,
}

/// Which part of the main screen has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Focus {
    #[default]
    List,
    Composer,
    Timeline,
}

/// What the list shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Tab {
    #[default]
    Chats,
    Contacts,
    Groups,
    /// Communities with their topics.
    Community,
}

impl Tab {
    /// In the order of the screen.
    pub(crate) const ALL: [Self; 4] = [Self::Chats, Self::Contacts, Self::Groups, Self::Community];

    /// Its heading.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Chats => "Chats",
            Self::Contacts => "Contacts",
            Self::Groups => "Groups",
            Self::Community => "Topics",
        }
    }

    fn index(self) -> usize {
        self as usize
    }
}

/// A short word at the bottom, gone after a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toast {
    pub(crate) text: String,
    pub(crate) tone: Tone,
    pub(crate) until_ms: i64,
}

/// How a toast is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    Good,
    Neutral,
    Bad,
}

/// Where synchronisation stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sync {
    /// Everything up to this change is in the local database.
    pub(crate) rev: u64,
    /// A pull besides the one after each login is under way; its `Rev` is kept once it is complete.
    pub(crate) pulling: bool,
    pub(crate) pull_rev: u64,
}

/// What the person set.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) theme: Theme,
    /// The settings or a flag name the theme: at the next start it is theirs again.
    pub(crate) theme_named: bool,
    pub(crate) keymap: Keymap,
    pub(crate) zone: TimeZone,
    pub(crate) mouse: bool,
    /// The terminal's bell for messages of other conversations.
    pub(crate) bell: bool,
    /// A desktop notice through the terminal (OSC 9).
    pub(crate) notices: bool,
    pub(crate) text: TextSettings,
    /// Where files are saved unless another place is named.
    pub(crate) save_folder: String,
}

/// How text is written and shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TextSettings {
    /// Emphasis and code of messages look like it.
    pub(crate) markdown: bool,
    /// `:tada:` becomes an emoji while it is typed.
    pub(crate) shortcodes: bool,
    /// Addresses can be clicked on in terminals that know how (OSC 8).
    pub(crate) hyperlinks: bool,
    /// Lines of a paste from which on tern asks what to do with it.
    pub(crate) paste_lines: usize,
    /// What the terminal draws as wide as it is counted.
    pub(crate) glyphs: Glyphs,
}

impl Default for TextSettings {
    fn default() -> Self {
        Self { markdown: true, shortcodes: true, hyperlinks: true, paste_lines: 20, glyphs: Glyphs::default() }
    }
}

/// A page of facts, as lines: the demo's addresses.
#[derive(Clone, Debug, Default)]
pub(crate) struct InfoPage {
    pub(crate) title: String,
    pub(crate) lines: Vec<String>,
    /// What Enter copies; empty: nothing.
    pub(crate) copies: String,
}

/// An entry of the panel: in the demo, a push.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PanelEntry {
    /// Lines of the panel.
    pub(crate) text: String,
    /// Lines of the page behind it.
    pub(crate) details: Vec<String>,
}

/// Entries that somebody else feeds: in the demo, what a phone would have shown.
#[derive(Clone, Debug, Default)]
pub(crate) struct Panel {
    pub(crate) title: String,
    /// Shown while there is no entry.
    pub(crate) empty: String,
    pub(crate) entries: VecDeque<PanelEntry>,
}

impl Panel {
    /// Adds an entry at the end.
    pub(crate) fn push(&mut self, mut entry: PanelEntry) {
        if self.entries.len() == PANEL_ENTRIES {
            self.entries.pop_front();
        }
        entry.text = clean(&entry.text).into_owned();
        for line in &mut entry.details {
            *line = clean(line).into_owned();
        }
        self.entries.push_back(entry);
    }
}

/// All of it.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) now: Now,
    pub(crate) size: (u16, u16),
    /// The terminal's window is in front, as far as it says.
    pub(crate) in_front: bool,
    pub(crate) settings: Settings,
    pub(crate) me: Me,
    pub(crate) link: Link,
    pub(crate) screen: Screen,
    pub(crate) conversations: Conversations,
    pub(crate) people: People,
    pub(crate) groups: Groups,
    /// The live room that one is in.
    pub(crate) room: Option<room::Room>,
    /// Applications to join one's groups, and invitations.
    pub(crate) requests: request::Requests,
    timelines: HashMap<ChatId, Timeline>,
    /// Conversations with a timeline, the most recently opened last.
    recent: Vec<ChatId>,
    pub(crate) open: Option<ChatId>,
    pub(crate) tab: Tab,
    /// Which of the chats are shown.
    pub(crate) filter: Filter,
    /// Conversations that were picked in the list, to act on them together.
    pub(crate) picked: BTreeSet<ChatId>,
    /// Conversation groups, in the order of the filters.
    pub(crate) labels: Vec<Label>,
    /// The row of folded groups was hidden when its newest message was of this moment (seconds).
    pub(crate) folded_row_hidden_s: i64,
    chosen: [Option<ChatId>; 4],
    /// Rows of the rail whose topics are not shown.
    pub(crate) collapsed: BTreeSet<ChatId>,
    /// Permission groups of the community whose page was opened last, and the rights of one of them in topics.
    pub(crate) permission_groups: Option<(String, Vec<permission::PermissionGroup>)>,
    pub(crate) topic_rights: Option<Vec<(String, u64)>>,
    pub(crate) focus: Focus,
    pub(crate) composer: Editor,
    pub(crate) completing: Completing,
    /// Emoji used last, the newest first.
    pub(crate) emoji_used: Vec<String>,
    /// The message that what is written answers.
    pub(crate) answering: Option<Answering>,
    /// An own text that was brought back into the composer.
    pub(crate) earlier: Option<Earlier>,
    /// Messages that were picked to be acted on together.
    pub(crate) marks: Option<Marks>,
    /// Own texts that were taken back in this run.
    pub(crate) retracted: Retracted,
    pub(crate) outbox: Vec<Outgoing>,
    /// Keys of outbox rows that the session works on.
    pub(crate) in_flight: Vec<String>,
    pub(crate) modals: Vec<Modal>,
    pub(crate) toast: Option<Toast>,
    pub(crate) media: media::MediaState,
    pub(crate) sync: Sync,
    pub(crate) live: Live,
    /// What must be added to this host's wall time to get the server's.
    pub(crate) server_offset_ms: i64,
    /// "Message read status": own messages ask who has read them.
    pub(crate) receipts: bool,
    /// Who is online is asked for and shown.
    pub(crate) shows_presence: bool,
    /// What this person says of itself, cleaned.
    pub(crate) own_status: String,
    /// Reactions used last, the newest first.
    pub(crate) reactions_used: Vec<String>,
    pub(crate) panel: Option<Panel>,
    pub(crate) info: Option<InfoPage>,
    /// Until when (mono) a second Ctrl-C quits.
    pub(crate) interrupted_ms: i64,
    pub(crate) quitting: bool,
    /// No bell before this moment (mono): a burst rings once.
    pub(crate) quiet_until_ms: i64,
    pub(crate) rng: StdRng,
}

impl State {
    /// An empty state; `seed` feeds its generator.
    pub(crate) fn new(settings: Settings, me: Me, seed: u64) -> Self {
        Self {
            now: Now::default(),
            size: (80, 24),
            in_front: true,
            settings,
            me,
            link: Link::Down,
            screen: Screen::Main,
            conversations: Conversations::default(),
            people: People::default(),
            groups: Groups::default(),
            room: None,
            requests: request::Requests::default(),
            timelines: HashMap::new(),
            recent: Vec::new(),
            open: None,
            tab: Tab::default(),
            filter: Filter::All,
            picked: BTreeSet::new(),
            labels: Vec::new(),
            folded_row_hidden_s: 0,
            chosen: [None, None, None, None],
            collapsed: BTreeSet::new(),
            permission_groups: None,
            topic_rights: None,
            focus: Focus::default(),
            composer: Editor::default(),
            completing: Completing::default(),
            emoji_used: Vec::new(),
            answering: None,
            earlier: None,
            marks: None,
            retracted: Retracted::default(),
            outbox: Vec::new(),
            in_flight: Vec::new(),
            modals: Vec::new(),
            toast: None,
            media: media::MediaState::default(),
            sync: Sync::default(),
            live: Live::default(),
            server_offset_ms: 0,
            receipts: false,
            shows_presence: true,
            own_status: String::new(),
            reactions_used: Vec::new(),
            panel: None,
            info: None,
            interrupted_ms: i64::MIN,
            quitting: false,
            quiet_until_ms: i64::MIN,
            rng: StdRng::seed_from_u64(seed),
        }
    }

    /// Forgets the conversations of a person who logged out.
    pub(crate) fn forget(&mut self) {
        self.conversations.clear();
        self.people.clear();
        self.groups.clear();
        self.room = None;
        self.requests = request::Requests::default();
        self.timelines.clear();
        self.recent.clear();
        self.open = None;
        self.filter = Filter::All;
        self.picked.clear();
        self.labels.clear();
        self.chosen = [None, None, None, None];
        self.collapsed.clear();
        self.permission_groups = None;
        self.topic_rights = None;
        self.composer = Editor::default();
        self.completing = Completing::default();
        self.answering = None;
        self.marks = None;
        self.retracted.clear();
        self.outbox.clear();
        self.in_flight.clear();
        self.sync = Sync::default();
        self.live.renew();
        self.receipts = false;
        self.shows_presence = true;
        self.own_status.clear();
        self.reactions_used.clear();
        self.focus = Focus::List;
    }

    /// Logged in just now.
    pub(crate) fn online(&self) -> bool {
        matches!(self.link, Link::Online { .. })
    }

    /// The server's time, seconds.
    pub(crate) fn server_now_s(&self) -> i64 {
        (self.now.wall_ms + self.server_offset_ms).div_euclid(1000)
    }

    /// When the mute of this person in the open group ends by itself (server seconds), if there is one.
    pub(crate) fn muted_until_s(&self) -> Option<i64> {
        let chat = self.open.as_ref()?;
        Some(self.live.muted(chat).until_s).filter(|until_s| *until_s > self.server_now_s())
    }

    /// The open conversation.
    pub(crate) fn open_conversation(&self) -> Option<&Conversation> {
        self.open.as_ref().and_then(|chat| self.conversations.get(chat))
    }

    /// The messages of a conversation, when they are in memory.
    pub(crate) fn timeline(&self, chat: &ChatId) -> Option<&Timeline> {
        self.timelines.get(chat)
    }

    /// The same, to change.
    pub(crate) fn timeline_mut(&mut self, chat: &ChatId) -> Option<&mut Timeline> {
        self.timelines.get_mut(chat)
    }

    /// Conversations whose messages are in memory.
    pub(crate) fn timeline_ids(&self) -> Vec<ChatId> {
        self.timelines.keys().cloned().collect()
    }

    /// The open conversation's messages.
    pub(crate) fn open_timeline(&self) -> Option<&Timeline> {
        self.open.as_ref().and_then(|chat| self.timelines.get(chat))
    }

    /// The same, to change.
    pub(crate) fn open_timeline_mut(&mut self) -> Option<&mut Timeline> {
        self.open.as_ref().and_then(|chat| self.timelines.get_mut(chat))
    }

    /// The messages that are looked at: those inside a merged message that is open, or the open conversation's.
    pub(crate) fn looked_timeline(&self) -> Option<&Timeline> {
        let page = self.modals.iter().rev().find_map(|modal| match modal {
            Modal::Page(page) if page.thread.is_none() => Some(&page.timeline),
            _ => None,
        });
        page.or_else(|| self.open_timeline())
    }

    /// Selects one of the messages that are looked at.
    pub(crate) fn select_looked(&mut self, row: timeline::RowKey) {
        let page = self.modals.iter_mut().rev().find_map(|modal| match modal {
            Modal::Page(page) if page.thread.is_none() => Some(&mut page.timeline),
            _ => None,
        });
        match page {
            Some(timeline) => timeline.selected = Some(row),
            None => {
                if let Some(timeline) = self.open_timeline_mut() {
                    timeline.selected = Some(row);
                }
            }
        }
    }

    /// Makes room for a conversation's messages; the one not looked at for longest leaves memory.
    pub(crate) fn make_timeline(&mut self, chat: &ChatId) -> &mut Timeline {
        self.recent.retain(|other| other != chat);
        self.recent.push(chat.clone());
        while self.recent.len() > TIMELINES {
            let oldest = self.recent.remove(0);
            self.timelines.remove(&oldest);
        }
        self.timelines.entry(chat.clone()).or_default()
    }

    /// Lets go of a conversation's messages.
    pub(crate) fn drop_timeline(&mut self, chat: &ChatId) {
        self.recent.retain(|other| other != chat);
        self.timelines.remove(chat);
    }

    /// The person looks at the end of this conversation now: what comes is read.
    pub(crate) fn sees(&self, chat: &ChatId) -> bool {
        self.in_front
            && matches!(self.screen, Screen::Main)
            && self.modals.is_empty()
            && self.open.as_ref() == Some(chat)
            && self.timelines.get(chat).is_some_and(|timeline| timeline.scroll == Scroll::Tail && !timeline.is_detached())
    }

    /// What the list shows under the current tab.
    pub(crate) fn entries(&self) -> Vec<ChatId> {
        match self.tab {
            Tab::Chats => self.chat_entries(),
            Tab::Contacts => roster::contact_chats(&self.people, &self.me.user),
            Tab::Community => self.rail(),
            Tab::Groups => self.groups.listed().into_iter().map(|group| ChatId::group(&group.id)).collect(),
        }
    }

    /// The place of the chosen entry in `entries`.
    pub(crate) fn chosen_index(&self, entries: &[ChatId]) -> usize {
        let chosen = self.chosen[self.tab.index()].as_ref();
        chosen.and_then(|chat| entries.iter().position(|entry| entry == chat)).unwrap_or(0)
    }

    /// Chooses an entry of the current tab.
    pub(crate) fn choose(&mut self, chat: ChatId) {
        self.chosen[self.tab.index()] = Some(chat);
    }

    /// Chooses an entry under the chats.
    pub(crate) fn choose_chat(&mut self, chat: ChatId) {
        self.chosen[Tab::Chats.index()] = Some(chat);
    }

    /// A conversation's name: its own, the group's, the person's, or the ID.
    pub(crate) fn name_of<'a>(&'a self, chat: &'a ChatId) -> &'a str {
        let known = self.conversations.get(chat).map(|conversation| conversation.name.as_str()).filter(|name| !name.is_empty());
        match chat {
            ChatId::User(user) => known.unwrap_or_else(|| self.people.name(user)),
            ChatId::Group(group) => known.or_else(|| self.groups.get(group).map(roster::Group::shown_name)).unwrap_or(group),
        }
    }

    /// The name of a message's sender.
    pub(crate) fn sender_name<'a>(&'a self, message: &'a message::Message) -> &'a str {
        match self.people.nick(&message.sender) {
            _ if message.mine => "You",
            // The nick of today, not that of when it was said.
            Some(nick) if !message.by_card => nick,
            _ if message.sender_name.is_empty() => &message.sender,
            _ => &message.sender_name,
        }
    }

    /// Says something at the bottom for a few seconds.
    pub(crate) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        let seconds = if tone == Tone::Bad { 8 } else { 4 };
        self.toast = Some(Toast { text: text.into(), tone, until_ms: self.now.mono_ms + seconds * 1000 });
    }

    /// When the screen changes by itself, if it does (mono milliseconds): the only timer there is.
    pub(crate) fn wake_at(&self) -> Option<i64> {
        let from_wall = |wall_ms: i64| self.now.mono_ms + (wall_ms - self.now.wall_ms).max(0);
        let toast = self.toast.as_ref().map(|toast| toast.until_ms);
        let waiting = self.outbox.iter().filter(|outgoing| outgoing.failed.is_none());
        let soon = waiting.flat_map(|outgoing| {
            let shown = outgoing.created_ms + WAITING_SHOWN_MS;
            [Some(shown).filter(|shown| *shown > self.now.wall_ms), Some(outgoing.given_up_ms())]
        });
        let typing = self.open.as_ref().and_then(|chat| self.live.typing_until(chat, self.now.mono_ms));
        let muted = self.muted_until_s().map(|until_s| from_wall(until_s * 1000 - self.server_offset_ms));
        let re_edit = self.retracted.next_end_s(self.server_now_s()).map(|end_s| from_wall(end_s * 1000 - self.server_offset_ms));
        let room = crate::update::room_wakes_at(self);
        toast.into_iter().chain(room).chain(typing).chain(muted).chain(re_edit).chain(soon.flatten().map(from_wall)).min()
    }
}

/// A message that is sent within this time shows no mark of waiting (milliseconds).
pub(crate) const WAITING_SHOWN_MS: i64 = 1000;

#[cfg(test)]
pub(crate) mod fixture;
