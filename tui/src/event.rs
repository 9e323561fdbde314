//! All that can happen to the client.

use crate::act::Acted;
use crate::effect::{Arrange, AttachFrom, GroupAsk, Setting, TopicChange};
use crate::state::Me;
use crate::state::PanelEntry;
use crate::state::attached::Attached;
use crate::state::conversation::ChatId;
use crate::state::create::NewGroup;
use crate::state::media::{FileKey, LocalFile, Want};
use crate::state::modal::MembersPage;
use crate::state::permission::{PermissionGroup, PermissionMember};
use crate::state::picture::{Graphics, Picture, PictureKey, Said};
use crate::state::pins::Pins;
use crate::state::search::{Found, Section};
use crate::state::timeline::WindowAt;
use crate::text::glyph::Glyphs;
use crate::update::CloudQuery;
use crossterm::event::{KeyEvent, MouseEvent};
use tern_protocol::api;
use tern_protocol::event::Event as ServerEvent;

/// Something that happened.
#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "events are handled one at a time and not kept")]
pub(crate) enum Event {
    Key(KeyEvent),
    Paste(String),
    Mouse(MouseEvent),
    Resize(u16, u16),
    /// The terminal's window came to the front, or left it.
    Front(bool),
    /// The terminal said what it can draw.
    Measured {
        glyphs: Glyphs,
        said: Said,
    },
    Link(LinkEvent),
    Server(ServerEvent),
    Answer(Answer),
    Local(LocalEvent),
    Media(MediaEvent),
    /// An entry for the panel.
    Panel(PanelEntry),
    /// The moment that `State::wake_at` asked for.
    Woke,
    /// The process is asked to end.
    Terminate,
}

/// News of the link to the server.
#[derive(Debug)]
pub(crate) enum LinkEvent {
    Connecting,
    /// What the login told: what must be added to this host's wall time to get the server's, how long messages may be recalled,
    /// and what this person said of itself.
    Server {
        offset_ms: i64,
        recall_s: Option<i64>,
        custom_status: String,
    },
    /// Logged in: the server's number of this account, its newest change, and after a login by hand who that is.
    Online {
        tiny_id: String,
        rev: Option<u64>,
        me: Option<Me>,
    },
    /// A page of what changed while away, all of it, or no page.
    SyncPage(Box<api::conversation::Synced>),
    SyncDone {
        rev: u64,
    },
    SyncFailed {
        reason: String,
    },
    /// Lost, or not reached; the session tries again.
    Lost {
        reason: String,
    },
    /// The server refused the login for good.
    Refused(Refusal),
    /// Ended: do not come back by yourself.
    Kicked {
        kick_type: i64,
        platform: String,
    },
    SigExpired,
}

/// Why a request failed, as a person is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The contract's code; 0: the server was not reached.
    pub(crate) code: i32,
    pub(crate) text: String,
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.code {
            0 => f.write_str(&self.text),
            code => write!(f, "{} (code {code})", self.text),
        }
    }
}

/// Answers to what effects asked the server for.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A page of `tern_sync.pull` that was asked for besides the one after each login.
    Pulled {
        first: bool,
        result: Result<Box<api::conversation::Synced>, Refusal>,
    },
    History {
        chat: ChatId,
        result: Result<Box<api::conversation::HistoryPage>, Refusal>,
    },
    Window {
        chat: ChatId,
        at: WindowAt,
        result: Result<Box<api::conversation::HistoryPage>, Refusal>,
    },
    /// The server has the message, or will not take it.
    Delivered {
        key: String,
        result: Result<Delivered, Refusal>,
    },
    /// About single messages.
    Acted(Acted),
    /// The link was lost before the answer: the outbox tries again.
    DeliveryLost {
        key: String,
    },
    ReadReported {
        chat: ChatId,
        place: u64,
        ok: bool,
    },
    ConversationSet {
        chat: ChatId,
        setting: Setting,
        result: Result<(), Refusal>,
    },
    Searched {
        query: CloudQuery,
        result: Result<Found, Refusal>,
    },
    Arranged {
        what: Arrange,
        result: Result<(), Refusal>,
    },
    PersonFound {
        user: String,
        result: Result<Option<String>, Refusal>,
    },
    /// With the new group's ID.
    GroupCreated {
        group: Box<NewGroup>,
        result: Result<String, Refusal>,
    },
    /// What a group shows to those who are not in it.
    LookedUp {
        group: String,
        result: Result<GroupFacts, Refusal>,
    },
    GroupJoined {
        group: String,
        result: Result<String, Refusal>,
    },
    GroupLeft {
        group: String,
        result: Result<(), Refusal>,
    },
    /// Members to be offered while one writes.
    Mentionable {
        group: String,
        from: MembersPage,
        result: Result<Box<api::group::GroupMembers>, Refusal>,
    },
    /// What was asked about a group, and what the server says.
    Group {
        ask: GroupAsk,
        result: Result<GroupTold, Refusal>,
    },
    Attached(AttachedAnswer),
    Room(RoomAnswer),
    Community(CommunityAnswer),
}

/// Answers to requests about the live room.
#[derive(Debug)]
pub(crate) enum RoomAnswer {
    Entered {
        group: String,
        result: Result<(), Refusal>,
    },
    /// Nobody waits for what became of it.
    Left,
    Counted {
        group: String,
        result: Result<u64, Refusal>,
    },
    Said {
        group: String,
        key: String,
        result: Result<Delivered, Refusal>,
    },
    /// Somebody was muted or banned: what to say.
    Kept {
        says: String,
        result: Result<(), Refusal>,
    },
}

/// Answers to requests about communities.
#[derive(Debug)]
pub(crate) enum CommunityAnswer {
    PermissionGroups {
        community: String,
        result: Result<Vec<PermissionGroup>, Refusal>,
    },
    PermissionMembers {
        community: String,
        id: String,
        result: Result<Vec<PermissionMember>, Refusal>,
    },
    /// Topics with rights of their own, and the bits.
    TopicRights {
        community: String,
        id: String,
        result: Result<Vec<(String, u64)>, Refusal>,
    },
    OwnRights {
        community: String,
        result: Result<Box<api::permission_group::OwnRights>, Refusal>,
    },
    Changed {
        community: String,
        what: TopicChange,
        says: &'static str,
        /// The ID of what was made, where that can be opened.
        result: Result<Option<String>, Refusal>,
    },
}

/// What the server says about a group.
#[derive(Debug)]
pub(crate) enum GroupTold {
    Done,
    Facts(Box<api::group::GroupProfile>),
    Members(Box<api::group::GroupMembers>),
    Found(api::search::FoundMembers),
    /// Who may not speak, and until when (server seconds).
    Muted(Vec<(String, i64)>),
    /// Who is kept out of a live room, and until when (server seconds).
    Banned(Vec<(String, i64)>),
    /// Administrators of a live room: UserID and nick.
    RoomAdmins(Vec<(String, String)>),
    /// What became of each: 0 not added, 1 added, 2 a member already, 3 waits for approval, 4 in too many groups.
    Added(Vec<api::group::MemberResult>),
    Requests(Box<api::group_application::Applications>),
}

/// Answers to requests about what comes to messages after they were sent.
#[derive(Debug)]
pub(crate) enum AttachedAnswer {
    Changes {
        chat: ChatId,
        result: Result<Box<api::conversation::ChangedMessageList>, Refusal>,
    },
    Reactions {
        chat: ChatId,
        places: Vec<u64>,
        result: Result<api::annotation::ReactionList, Refusal>,
    },
    Reacted {
        chat: ChatId,
        place: u64,
        kind: String,
        add: bool,
        result: Result<(), Refusal>,
    },
    Receipts {
        chat: ChatId,
        result: Result<Vec<api::receipt::Receipt>, Refusal>,
    },
    Seen {
        chat: ChatId,
        places: Vec<u64>,
        result: Result<(), Refusal>,
    },
    Readers {
        group: String,
        place: u64,
        read: bool,
        result: Result<ReadersPage, Refusal>,
    },
    Pins {
        group: String,
        result: Result<Vec<api::annotation::Pin>, Refusal>,
    },
    MessagePinned {
        group: String,
        place: u64,
        on: bool,
        result: Result<(), Refusal>,
    },
    Muted {
        group: String,
        result: Result<Muted, Refusal>,
    },
    /// Nobody waits for what became of it.
    TypingTold,
    Extensions {
        group: String,
        place: u64,
        result: Result<Vec<api::annotation::Extension>, Refusal>,
    },
    /// The key-value as it stands now; `removed`: it was taken back.
    ExtensionSet {
        group: String,
        place: u64,
        removed: bool,
        result: Result<api::annotation::Extension, Refusal>,
    },
    /// States of these people are told from now on.
    Watched {
        users: Vec<String>,
        result: Result<api::presence::OnlineStatus, Refusal>,
    },
    CustomStatusSet {
        text: String,
        result: Result<(), Refusal>,
    },
}

/// What a group shows to those who are not in it, cleaned.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupFacts {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Old word.
    pub(crate) kind: String,
    pub(crate) owner: String,
    pub(crate) member_num: u64,
    pub(crate) introduction: String,
    /// `ApplyJoinOption`.
    pub(crate) join_option: String,
    /// A community with topics.
    pub(crate) topics: bool,
}

/// A page of those who have read a message, or have not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ReadersPage {
    pub(crate) users: Vec<String>,
    /// For the next page; `None`: the end.
    pub(crate) next: Option<String>,
}

/// How far one may write in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Muted {
    /// End of one's own mute, Unix seconds; 0: none.
    pub(crate) until_s: i64,
    /// Everybody but owner and administrators.
    pub(crate) all: bool,
}

/// What the server said of a stored message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delivered {
    /// Server time, seconds.
    pub(crate) time_s: i64,
    /// Place in the conversation; `None`: not stored.
    pub(crate) place: Option<u64>,
}

/// News of files and pictures.
#[derive(Debug)]
pub(crate) enum MediaEvent {
    /// How pictures are drawn here; `None`: not at all.
    Graphics(Option<Graphics>),
    /// What the cache holds.
    Cached(Vec<FileKey>),
    /// A path of this computer was looked at.
    Inspected {
        chat: ChatId,
        from: AttachFrom,
        result: Result<LocalFile, String>,
    },
    /// Files that a path which is being typed may mean: what to put there, and the name.
    Completed {
        typed: String,
        found: Vec<(String, String)>,
    },
    UploadProgress {
        key: String,
        done_bytes: u64,
        total_bytes: u64,
    },
    /// The server has the file: `MsgBody` as JSON.
    Uploaded {
        key: String,
        result: Result<String, Refusal>,
    },
    /// The session ended meanwhile: the next one goes on.
    UploadLost {
        key: String,
    },
    DownloadProgress {
        key: FileKey,
        done_bytes: u64,
        total_bytes: u64,
    },
    Downloaded {
        key: FileKey,
        result: Result<(), String>,
    },
    /// Something of the cache was not there any more.
    Missing(FileKey),
    Saved(Result<String, String>),
    /// It could not be opened.
    NotOpened(String),
    /// Opening it would run it.
    Program(Want),
    Picture {
        key: PictureKey,
        result: Result<Picture, String>,
    },
}

/// What the local database answered.
#[derive(Debug)]
pub(crate) enum LocalEvent {
    /// A page of one conversation, and the places that are here.
    Page { chat: ChatId, messages: Vec<api::message::Message>, held: Vec<(u64, u64)> },
    /// A piece of one conversation, and from where to where it is complete; `None`: it is not here without holes.
    Window { chat: ChatId, at: WindowAt, messages: Vec<api::message::Message>, range: Option<(u64, u64)> },
    /// What is attached to messages, and the conversation's pins.
    Attached { chat: ChatId, rows: Vec<(u64, Attached)>, pins: Pins },
    /// What the local index has.
    Found { serial: u64, section: Section, result: Result<Found, Refusal> },
    /// It cannot be written any more: what is typed may be lost.
    Trouble(String),
    /// What came back from the editor outside.
    Edited(Result<String, String>),
}
