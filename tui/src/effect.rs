//! All that can be asked of the edge.

use crate::act::Act;
use crate::state::attached::Annotation;
use crate::state::composer::Outgoing;
use crate::state::conversation::{ChatId, Conversation, Receive};
use crate::state::create::NewGroup;
use crate::state::label::Label;
use crate::state::media::{FileKey, Want};
use crate::state::modal::MembersPage;
use crate::state::picture::PictureKey;
use crate::state::pins::PinChange;
use crate::state::request::Request;
use crate::state::roster::Group;
use crate::state::search::{LocalQuery, Section};
use crate::state::timeline::WindowAt;
use crate::text::glyph::Glyphs;
use crate::update::{CloudQuery, Order};
use crate::view::media::Source;
use std::path::PathBuf;
use tern_protocol::api::message::Message;

/// Something to do outside.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Log in with what the form holds, and keep it as the profile.
    LogIn(LoginRequest),
    /// Log in again with a new UserSig for the same person, or with the saved one.
    LogInAgain {
        user_sig: Option<String>,
        rev: u64,
    },
    /// End the session and forget the UserSig.
    LogOut,
    Ask(Ask),
    Media(MediaOp),
    Store(StoreOp),
    /// Asks the local index.
    Find {
        serial: u64,
        section: Section,
        query: LocalQuery,
    },
    Bell,
    /// A desktop notice through the terminal.
    Notice {
        title: String,
        text: String,
    },
    /// To the terminal's clipboard.
    Copy(String),
    Title(String),
    Mouse(bool),
    /// An address, with the program that the system has for it.
    Open(String),
    Redraw,
    Suspend,
    /// Let the person change a text in the editor of `$VISUAL` or `$EDITOR`; `Edited` brings it back.
    EditOutside(String),
    /// Remember what this terminal can draw.
    KeepGlyphs(Glyphs),
}

/// What the login screen was filled with.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct LoginRequest {
    pub(crate) server: String,
    pub(crate) sdk_app_id: u32,
    pub(crate) user: String,
    /// A UserSig, or an application's key to make one.
    pub(crate) secret: String,
    /// What is here of this person's conversations: the change number to catch up from.
    pub(crate) rev: u64,
}

impl std::fmt::Debug for LoginRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LoginRequest({} at {})", self.user, self.server)
    }
}

/// Requests to the server; each is answered by an `Answer`.
#[derive(Debug)]
pub(crate) enum Ask {
    Pull {
        rev: u64,
        before: Option<u64>,
    },
    History {
        chat: ChatId,
        page: Page,
    },
    /// A piece of a conversation's history, for a jump or an older stretch.
    Window {
        chat: ChatId,
        at: WindowAt,
    },
    Deliver(Outgoing),
    /// About single messages.
    Act(Act),
    Read {
        chat: ChatId,
        place: u64,
        time_s: i64,
    },
    Set {
        chat: ChatId,
        setting: Setting,
    },
    Arrange(Arrange),
    Search(CloudQuery),
    FindPerson {
        user: String,
    },
    CreateGroup(Box<NewGroup>),
    /// What a group shows to those who are not in it.
    LookUp {
        group: String,
    },
    JoinGroup {
        group: String,
        text: String,
    },
    LeaveGroup {
        group: String,
    },
    Group(GroupAsk),
    Attached(AttachedAsk),
    Room(RoomAsk),
    Community(CommunityAsk),
    /// Members to be offered while one writes.
    Mentionable {
        group: String,
        from: MembersPage,
    },
}

/// A text of a group that can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GroupField {
    Name,
    Introduction,
    Notification,
    FaceUrl,
    /// `ApplyJoinOption`.
    Join,
    /// `InviteJoinOption`.
    Invite,
    /// `On` or `Off`.
    MuteAll,
}

/// Requests about groups and their members; each is answered by `Answer::Group`, which repeats it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupAsk {
    /// Profile and options, and one's own name card.
    Facts {
        group: String,
    },
    Members {
        group: String,
        from: MembersPage,
    },
    Admins {
        group: String,
    },
    FindMembers {
        group: String,
        words: String,
    },
    Muted {
        group: String,
    },
    /// Administrators of a live room.
    RoomAdmins {
        group: String,
    },
    /// Who is kept out of a live room.
    Banned {
        group: String,
    },
    Unban {
        group: String,
        user: String,
    },
    SetRoomAdmin {
        group: String,
        user: String,
        on: bool,
    },
    Change {
        group: String,
        field: GroupField,
        text: String,
    },
    Add {
        group: String,
        users: Vec<String>,
    },
    Remove {
        group: String,
        users: Vec<String>,
        reason: String,
    },
    SetAdmin {
        group: String,
        user: String,
        on: bool,
    },
    NameCard {
        group: String,
        user: String,
        text: String,
    },
    /// 0 seconds: may speak again.
    Mute {
        group: String,
        user: String,
        seconds: i64,
    },
    Transfer {
        group: String,
        user: String,
    },
    Disband {
        group: String,
    },
    /// Applications and invitations of all groups.
    Requests,
    /// All of them up to this time (server seconds) were seen.
    RequestsSeen {
        time_s: i64,
    },
    Decide {
        request: Box<Request>,
        agree: bool,
        words: String,
    },
}

/// Requests about what comes to messages after they were sent; each is answered by an `AttachedAnswer`.
#[derive(Debug)]
pub(crate) enum AttachedAsk {
    /// Messages of a conversation that changed since a number of change.
    Changes {
        chat: ChatId,
        rev: u64,
    },
    Reactions {
        chat: ChatId,
        places: Vec<u64>,
    },
    React {
        chat: ChatId,
        place: u64,
        kind: String,
        add: bool,
    },
    /// How many have read own messages.
    Receipts {
        chat: ChatId,
        places: Vec<u64>,
    },
    /// Messages of others were seen: places, and for one-to-one messages their keys.
    Seen {
        chat: ChatId,
        places: Vec<u64>,
        keys: Vec<String>,
    },
    /// Who has read a group message (or has not), a page.
    Readers {
        group: String,
        place: u64,
        read: bool,
        cursor: String,
    },
    Pins {
        group: String,
    },
    PinMessage {
        group: String,
        place: u64,
        on: bool,
    },
    /// Whether oneself, or everybody, is muted in a group.
    Muted {
        group: String,
    },
    /// What is attached to a group message.
    Extensions {
        group: String,
        place: u64,
    },
    /// Attaches a key-value to a group message, whose version is known, or takes it back.
    SetExtension {
        group: String,
        place: u64,
        key: String,
        value: Option<String>,
        seq: u64,
    },
    /// People whose states are wanted from now on.
    Watch {
        users: Vec<String>,
    },
    WatchNobody,
    /// What one says of oneself; empty: nothing.
    CustomStatus {
        text: String,
    },
    /// Tells the other side that one types, or not any more.
    Typing {
        user: String,
        on: bool,
        random: u32,
    },
}

/// Requests about the live room; each is answered by a `RoomAnswer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RoomAsk {
    Enter {
        group: String,
    },
    Leave {
        group: String,
    },
    /// How many people are in it.
    Count {
        group: String,
    },
    /// `MsgBody` as JSON; `key` names the line until it is there.
    Say {
        group: String,
        key: String,
        body: String,
        high: bool,
        ats: Vec<String>,
        random: u32,
        client_time_s: i64,
    },
    /// Mutes or bans somebody; 0 seconds unmute.
    Keep {
        group: String,
        order: Order,
        user: String,
        seconds: i64,
    },
}

/// Requests about communities; each is answered by a `CommunityAnswer`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CommunityAsk {
    PermissionGroups {
        community: String,
    },
    PermissionMembers {
        community: String,
        id: String,
    },
    /// The rights of a permission group in single topics.
    TopicRights {
        community: String,
        id: String,
    },
    OwnRights {
        community: String,
    },
    Change {
        community: String,
        what: TopicChange,
    },
}

/// A change of a community's topics or permission groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TopicChange {
    Create {
        name: String,
        custom: String,
        introduction: String,
        notification: String,
    },
    Modify(TopicTexts),
    Destroy {
        topic: String,
    },
    /// The receive option of a topic, in the contract's word, or `Inherit`.
    Receive {
        topic: String,
        word: String,
    },
    /// Permission groups decide from now on.
    PermissionsOn,
    /// Makes one, or changes what is not `None`.
    PermissionGroup {
        id: Option<String>,
        name: Option<String>,
        bits: Option<u64>,
    },
    PermissionGroupGone {
        id: String,
    },
    PermissionMember {
        id: String,
        user: String,
        on: bool,
    },
    /// Rights in one topic; `None`: none of its own. `known`: it had some.
    TopicRight {
        id: String,
        topic: String,
        bits: Option<u64>,
        known: bool,
    },
}

/// What of a topic is changed; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TopicTexts {
    pub(crate) topic: String,
    pub(crate) name: Option<String>,
    pub(crate) custom: Option<String>,
    pub(crate) introduction: Option<String>,
    pub(crate) notification: Option<String>,
    pub(crate) mute_all: Option<bool>,
}

impl TopicChange {
    /// What is said once it is done.
    pub(crate) fn says(&self) -> &'static str {
        match self {
            Self::Create { .. } => "The topic is there",
            Self::Destroy { .. } => "The topic is gone",
            Self::PermissionGroup { id: None, .. } => "The permission group is there",
            Self::PermissionGroupGone { .. } => "The permission group is gone",
            Self::PermissionsOn => "Permission groups decide from now on",
            _ => "",
        }
    }
}

/// What a person sets of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    Pinned(bool),
    Receive(Receive),
    /// A mark by its bit.
    Mark {
        bit: u8,
        on: bool,
    },
}

/// What a person does with conversations and their groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Arrange {
    /// Off the list, with all that was said.
    Delete(Vec<ChatId>),
    /// Everything that was said goes, the conversation stays.
    Clear(ChatId),
    ReadAll,
    LabelNew {
        name: String,
        chats: Vec<ChatId>,
    },
    LabelRename {
        name: String,
        to: String,
    },
    LabelDelete(String),
    /// Into the group, or out of it.
    LabelPut {
        name: String,
        chats: Vec<ChatId>,
        on: bool,
    },
}

/// Which messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Newest,
    /// Below this place.
    Before(u64),
}

/// How a path came to be attached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AttachFrom {
    Dialog,
    Command,
    /// A pasted text that may be one: nothing is said if it is not.
    Paste(String),
    /// tern wrote the file itself.
    OwnCopy,
}

/// Work on files; each is answered by a `MediaEvent`.
#[derive(Debug)]
pub(crate) enum MediaOp {
    /// Look at a path of this computer, to send it.
    Inspect {
        chat: ChatId,
        typed: String,
        from: AttachFrom,
    },
    /// Write a text into a file of tern's own, to send it.
    KeepText {
        chat: ChatId,
        name: String,
        text: String,
    },
    /// What a path that is being typed may mean.
    Complete {
        typed: String,
    },
    Upload(Box<Outgoing>),
    CancelUpload {
        key: String,
    },
    /// A file that tern wrote itself is not needed any more.
    DropCopy(PathBuf),
    Download(Want),
    CancelDownload(FileKey),
    /// Copy a file of the cache to a path that a person typed.
    Save {
        want: Want,
        to: String,
    },
    /// Open a file of the cache; a program only after a yes.
    Open {
        want: Want,
        sure: bool,
    },
    /// Open an own file.
    OpenLocal(PathBuf),
    Picture {
        key: PictureKey,
        source: Source,
        most_pixels: u64,
    },
    /// The terminal need not keep these pictures any more.
    ForgetPictures(Vec<u32>),
}

/// Changes of the local database, in order.
#[derive(Debug)]
pub(crate) enum StoreOp {
    Conversation(Conversation),
    /// Messages of one conversation; everything readable in `held` is here then.
    Messages {
        chat: ChatId,
        messages: Vec<Message>,
        held: Option<(u64, u64)>,
    },
    /// A message was taken back.
    Recall {
        chat: ChatId,
        place: u64,
        revoker: Option<String>,
        reason: Option<String>,
    },
    /// Messages that changed; written where they are here.
    Changed {
        chat: ChatId,
        messages: Vec<Message>,
    },
    /// Messages go, from one place to another.
    DeleteRange {
        chat: ChatId,
        first: u64,
        last: u64,
    },
    /// What is attached to a message changed.
    Annotate {
        chat: ChatId,
        place: u64,
        annotation: Annotation,
    },
    /// A group's pinned messages changed.
    Pins {
        chat: ChatId,
        change: PinChange,
    },
    /// Read what is attached to messages from one place to another.
    LoadAttached {
        chat: ChatId,
        from: u64,
        to: u64,
    },
    /// What a person set, by its name.
    Set {
        name: &'static str,
        value: String,
    },
    /// Messages go.
    Delete {
        chat: ChatId,
        places: Vec<u64>,
    },
    /// Read a page: the newest, or what is below a place.
    LoadPage {
        chat: ChatId,
        before: Option<u64>,
        limit: usize,
    },
    /// All messages below a place go.
    DropBelow {
        chat: ChatId,
        place: u64,
    },
    /// The conversation groups, in their order.
    Labels(Vec<Label>),
    /// Read a piece of a conversation, where it is here without holes.
    LoadWindow {
        chat: ChatId,
        at: WindowAt,
        limit: usize,
    },
    Outgoing(Outgoing),
    OutgoingGone(String),
    /// A voice message was played, by `played_key`.
    Played(u64),
    Person {
        user: String,
        nick: String,
    },
    Group {
        id: String,
        group: Option<Group>,
    },
    Rev(u64),
    TinyId(String),
    Opened(Option<ChatId>),
    /// Emoji used last, the newest first.
    EmojiUsed(Vec<String>),
    /// Everything goes: another person logs in.
    Forget,
}
