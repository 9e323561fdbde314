//! The registry of actions: keys, palette, slash commands, mouse, status line and help all read this one table.

use crate::state::editor::Edit;

/// What a person can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Action {
    // everywhere
    Palette,
    Help,
    NextChat,
    PreviousChat,
    NextUnread,
    ScrollUp,
    ScrollDown,
    ScrollTop,
    ScrollBottom,
    ScrollUnread,
    ScrollMention,
    Goto,
    Search,
    Find,
    SearchWhere,
    Redraw,
    Suspend,
    Quit,
    Interrupt,
    NewChat,
    NewGroup,
    JoinGroup,
    GroupInfo,
    GroupNotice,
    Members,
    Invite,
    MemberFind,
    MemberPick,
    MemberMention,
    Requests,
    RequestAgree,
    LeaveGroup,
    CloseChat,
    Pin,
    Mute,
    Reconnect,
    LogOut,
    Info,
    PanelDetails,
    ToggleMouse,
    // list
    ListUp,
    ListDown,
    ListPageUp,
    ListPageDown,
    ListFirst,
    ListLast,
    ListOpen,
    ChatMenu,
    FilterNext,
    FilterPrevious,
    ShowHidden,
    Pick,
    MarkRead,
    MarkUnread,
    ReadAll,
    Star,
    Fold,
    Hide,
    DeleteChat,
    ClearChat,
    ReceiveMenu,
    ReceiveNotify,
    ReceiveSilent,
    ReceiveMentions,
    ReceiveBlock,
    LabelPage,
    LabelToggle,
    LabelNew,
    LabelRename,
    LabelDelete,
    LabelHide,
    LabelUp,
    LabelDown,
    TabNext,
    TabPrevious,
    TabChats,
    TabContacts,
    TabGroups,
    TabCommunity,
    TopicNew,
    TopicDetail,
    TopicDelete,
    CategoryRename,
    PermissionGroups,
    FocusChat,
    // composer
    Send,
    EditOutside,
    Emoji,
    OfferUp,
    OfferDown,
    OfferTake,
    OfferClose,
    FocusList,
    SelectMessages,
    WrittenEarlier,
    WrittenLater,
    Edit(Edit),
    // links
    OpenLink,
    CopyLink,
    // timeline
    MessageUp,
    MessageDown,
    MessageFirst,
    MessageLast,
    Copy,
    Resend,
    Discard,
    Quote,
    Reply,
    CancelAnswer,
    JumpQuoted,
    Recall,
    ReEdit,
    DeleteMessage,
    Forward,
    Mark,
    OpenRecord,
    Replies,
    // picked messages
    ForwardEach,
    ForwardCombined,
    DeleteMarked,
    StopMarking,
    // whom to forward to
    MarkTarget,
    NewTarget,
    React,
    Reactions,
    Readers,
    PinMessage,
    Pins,
    ToggleReceipts,
    ToggleOnline,
    Theme,
    Colour,
    CustomStatus,
    // besides text and files
    More,
    SendPlace,
    SendLink,
    NewPoll,
    NewNote,
    Evaluate,
    SendCard,
    Vote,
    BallotPick,
    BallotClose,
    BackToComposer,
    MessageMenu,
    // lists with rows of their own kind
    ListingNew,
    ListingEdit,
    ListingToggle,
    // a live room
    Like,
    Gift,
    RoomMention,
    RoomMute,
    RoomUnmute,
    RoomBan,
    RoomAdmin,
    // files
    Attach,
    SendAsFile,
    OpenMedia,
    ViewMedia,
    SaveMedia,
    DownloadMedia,
    CopyUrl,
    CancelTransfer,
    ViewerNext,
    ViewerPrevious,
    // dialogs
    Cancel,
    Confirm,
    FieldNext,
    FieldPrevious,
    ItemUp,
    ItemDown,
    ItemPageUp,
    ItemPageDown,
    ChoiceNext,
    ChoicePrevious,
    RemoveItem,
}

impl Action {
    /// Whether there is anything to show: the demo's pages are nowhere else.
    pub(crate) fn is_there(self, has_info: bool, has_panel: bool) -> bool {
        match self {
            Self::Info => has_info,
            Self::PanelDetails => has_panel,
            _ => true,
        }
    }
}

/// Where keys mean what they mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Context {
    /// In the whole main screen, where the focused part has no other use for the key.
    Everywhere,
    List,
    /// People and emoji that are offered above what is written.
    Offers,
    Composer,
    /// Writing an answer to a message.
    Answering,
    Timeline,
    /// On a line of a live room.
    Room,
    /// While messages are picked.
    Marking,
    /// Choosing whom to forward to.
    Picker,
    /// Writing in a thread.
    Thread,
    /// Any text that is edited: the composer and the fields of dialogs.
    Text,
    /// A dialog with fields, and the login screen.
    Form,
    /// The search page.
    Search,
    /// The page of conversation groups.
    Labels,
    /// The page of a group.
    Group,
    /// Applications and invitations.
    Requests,
    /// A dialog with pages, before what all lists have.
    Tabs,
    /// The list of pinned messages.
    Pinned,
    /// A poll or a group note.
    Ballot,
    /// A list whose rows can be made and changed.
    Listing,
    /// A dialog with a list, help and questions.
    Panel,
    /// One picture on the whole screen.
    Viewer,
}

impl Context {
    /// Heading in the help.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::List => "In the list",
            Self::Offers => "In the offers while writing",
            Self::Composer => "Writing",
            Self::Answering => "Writing an answer",
            Self::Timeline => "On a message",
            Self::Room => "On a line of a live room",
            Self::Marking => "With picked messages",
            Self::Picker => "Forwarding",
            Self::Thread => "In a thread",
            Self::Text => "Editing text",
            Self::Form => "In a dialog",
            Self::Search => "Searching",
            Self::Labels => "In the list of conversation groups",
            Self::Group => "On the page of a group",
            Self::Requests => "In the list of requests",
            Self::Tabs => "In a list with pages",
            Self::Pinned => "In the list of pinned messages",
            Self::Ballot => "In a poll or note",
            Self::Listing => "In a list that can be changed",
            Self::Panel => "In a list or question",
            Self::Viewer => "Looking at a picture",
        }
    }
}

/// One row of the registry.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) action: Action,
    pub(crate) context: Context,
    /// For `tern.toml`, the palette and slash commands; one name per action.
    pub(crate) name: &'static str,
    /// What it does, for help and palette.
    pub(crate) says: &'static str,
    /// Keys by default; the first is the one that help and the status line show.
    pub(crate) keys: &'static [&'static str],
    /// Word in the status line; empty: never there.
    pub(crate) hint: &'static str,
    /// What may follow the slash command; empty: nothing.
    pub(crate) argument: &'static str,
    /// Offered by palette and slash commands.
    pub(crate) listed: bool,
}

const fn row(
    context: Context,
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    says: &'static str,
) -> Row {
    Row { action, context, name, says, keys, hint, argument: "", listed: false }
}

/// A row that palette and slash commands offer too.
const fn command(
    context: Context,
    action: Action,
    name: &'static str,
    keys: &'static [&'static str],
    hint: &'static str,
    says: &'static str,
) -> Row {
    Row { action, context, name, says, keys, hint, argument: "", listed: true }
}

/// A command that takes an argument.
const fn with(argument: &'static str, row: Row) -> Row {
    Row { argument, ..row }
}

/// Every action, in the order of the help.
#[rustfmt::skip]
pub(crate) const REGISTRY: &[Row] = {
    use Action::*;
    use Context::*;
    &[
        row(List, ListOpen,          "open",             &["enter"],                      "open",      "Open the selected conversation"),
        row(List, ListUp,            "list-up",          &["up", "k"],                    "",          "Up"),
        row(List, ListDown,          "list-down",        &["down", "j"],                  "",          "Down"),
        row(List, ListPageUp,        "list-page-up",     &["pageup"],                     "",          "A page up"),
        row(List, ListPageDown,      "list-page-down",   &["pagedown"],                   "",          "A page down"),
        row(List, ListFirst,         "list-first",       &["home", "g"],                  "",          "First"),
        row(List, ListLast,          "list-last",        &["end", "G"],                   "",          "Last"),
        row(List, TabNext,           "tab-next",         &["right", "l"],                 "",          "Next tab: Chats, Contacts, Groups"),
        row(List, TabPrevious,       "tab-previous",     &["left", "h"],                  "",          "Previous tab"),
        row(List, ChatMenu,          "chat-menu",        &["."],                           "menu",      "What can be done with the conversation"),
        row(List, FilterNext,        "filter-next",      &["]", "f"],                      "",          "Next filter: all, unread, @, groups, people, ★, conversation groups"),
        row(List, FilterPrevious,    "filter-previous",  &["[", "F"],                      "",          "Previous filter"),
        row(List, Pick,              "pick",             &["space"],                       "",          "Pick conversations, to act on them together"),
        command(List, MarkRead,      "read",             &["r"],                           "",          "Mark as read"),
        command(List, MarkUnread,    "mark-unread",      &["u"],                           "",          "Mark as unread"),
        command(List, ReadAll,       "read-all",         &["R"],                           "",          "Mark everything as read"),
        command(List, Star,          "star",             &["s"],                           "",          "Mark with a star, or take it away"),
        command(List, Fold,          "fold",             &["z"],                           "",          "Fold a muted group away, or bring it back"),
        command(List, Hide,          "hide",             &["H"],                           "",          "Hide until the next message, or bring back"),
        command(List, ShowHidden,    "hidden",           &[],                              "",          "Show hidden conversations"),
        command(List, ReceiveMenu,   "notifications",    &["M"],                           "",          "Choose what new messages do"),
        row(List, ReceiveNotify,     "notify",           &[],                              "",          "Notify"),
        row(List, ReceiveSilent,     "silent",           &[],                              "",          "Silent: only counted here"),
        row(List, ReceiveMentions,   "mentions-only",    &[],                              "",          "Silent, except @"),
        row(List, ReceiveBlock,      "block-messages",   &[],                              "",          "Receive nothing (the history has it)"),
        command(List, LabelPage,        "labels",           &["t"],                           "",          "Conversation groups: put in, take out, arrange"),
        command(List, ClearChat,     "clear",            &["c"],                           "",          "Clear the messages, keep the conversation"),
        command(List, DeleteChat,    "delete-chat",      &["d", "delete"],                 "",          "Delete the conversation with its messages"),
        row(List, FocusChat,         "back-to-chat",     &["esc", "tab", "i"],            "",          "Back to the open conversation"),
        command(List, TabChats,      "chats",            &["1"],                          "",          "Show chats"),
        command(List, TabContacts,   "contacts",         &["2"],                          "",          "Show contacts"),
        command(List, TabGroups,     "groups",           &["3"],                          "",          "Show groups"),
        command(List, TabCommunity,  "communities",      &["4"],                          "",          "Show communities and their topics"),
        with("NAME", command(List, TopicNew, "topic",    &["T"],                          "",          "Make a topic in the community")),
        command(List, TopicDetail,   "topic-info",       &["I"],                          "",          "What the topic is, to be changed"),
        row(List, TopicDelete,       "delete-topic",     &[],                             "",          "Delete the topic, for everybody"),
        row(List, CategoryRename,    "rename-category",  &[],                             "",          "Give the category another name"),
        command(List, PermissionGroups, "permissions",   &[],                             "",          "Permission groups of the community"),
        with("USER", command(List, NewChat,   "chat",    &["n"],                          "new chat",  "Start a chat with a person")),
        with("NAME", command(List, NewGroup,  "new-group",&["N"],                          "new group", "Create a group")),
        with("ID",   command(List, JoinGroup, "join",    &["J"],                          "join",      "Join a group by its ID")),

        row(Answering, CancelAnswer, "cancel-answer",    &["esc"],                        "no quote",  "Let go of the message that is answered"),
        row(Offers, OfferUp,         "offer-up",         &["up", "ctrl-p"],               "",          "Offer above"),
        row(Offers, OfferDown,       "offer-down",       &["down", "ctrl-n"],             "",          "Offer below"),
        row(Offers, OfferTake,       "offer-take",       &["enter", "tab"],               "take",      "Take the offer into the text"),
        row(Offers, OfferClose,      "offer-close",      &["esc"],                        "close",     "Close the offers"),
        row(Composer, Send,          "send",             &["enter"],                      "send",      "Send"),
        row(Composer, Edit(self::Edit::Newline), "newline", &["alt-enter", "ctrl-j", "shift-enter"], "new line", "New line"),
        row(Composer, FocusList,     "to-list",          &["esc", "tab"],                 "list",      "To the list"),
        command(Composer, Emoji,     "emoji",            &["alt-e"],                      "",          "Find an emoji"),
        command(Composer, EditOutside, "editor",         &["ctrl-o"],                     "",          "Write in the editor of $VISUAL or $EDITOR"),
        row(Composer, WrittenEarlier, "written-earlier", &["ctrl-up"],                    "",          "Bring back what you wrote before"),
        row(Composer, WrittenLater,  "written-later",    &["ctrl-down"],                  "",          "And what you wrote after that"),
        row(Composer, SelectMessages, "select-messages", &["alt-m", "shift-up"],          "messages",  "Pick a message (also Up in the first row)"),

        row(Timeline, MessageUp,     "message-up",       &["up", "k"],                    "",          "Previous message"),
        row(Timeline, MessageDown,   "message-down",     &["down", "j"],                  "",          "Next message"),
        row(Timeline, MessageFirst,  "message-first",    &["home", "g"],                  "",          "First message in memory"),
        row(Timeline, MessageLast,   "message-last",     &["end", "G"],                   "",          "Last message"),
        row(Timeline, MessageMenu,   "message-menu",     &["enter", "."],                 "menu",      "What can be done with the message"),
        row(Timeline, Copy,          "copy",             &["y", "c"],                     "copy",      "Copy the text"),
        row(Timeline, OpenLink,      "open-link",        &["l"],                          "",          "Open an address of the message"),
        row(Timeline, CopyLink,      "copy-link",        &["L"],                          "",          "Copy an address of the message"),
        row(Timeline, Forward,       "forward",          &["f"],                          "",          "Forward the message"),
        row(Timeline, Mark,          "mark",             &["space"],                      "",          "Pick the message, to act on several"),
        row(Timeline, OpenRecord,    "open-record",      &["m"],                          "",          "Show the messages inside"),
        row(Timeline, Quote,         "quote",            &["q"],                          "quote",     "Quote the message"),
        row(Timeline, Reply,         "reply",            &["a"],                          "reply",     "Reply in the message's thread"),
        row(Timeline, Replies,       "replies",          &["A"],                          "",          "Show the replies"),
        row(Timeline, JumpQuoted,    "quoted",           &["Q"],                          "",          "Go to the message that is quoted"),
        row(Timeline, Recall,        "recall",           &["u"],                          "",          "Take the message back"),
        row(Timeline, ReEdit,        "re-edit",          &["e"],                          "",          "Write the text that was taken back anew"),
        row(Timeline, DeleteMessage, "delete-message",   &["x"],                          "",          "Delete the message on your devices"),
        row(Timeline, Resend,        "resend",           &["r"],                          "resend",    "Send a failed message again"),
        row(Timeline, Discard,       "discard",          &["d", "delete"],                "discard",   "Throw a failed message away"),
        with("EMOJI", command(Timeline, React, "react", &["+"],                      "react",     "React with an emoji, or take it back")),
        command(Timeline, Vote,      "vote",             &["b"],                          "vote",      "Vote in the poll, or write into the note"),
        row(Timeline, Reactions,     "reactions",        &["w"],                          "",          "Who reacted"),
        row(Timeline, Readers,       "readers",          &["I"],                          "",          "Who has read it"),
        row(Timeline, PinMessage,    "pin-message",      &["P"],                          "",          "Pin the message for the group, or let it go"),
        row(Timeline, BackToComposer, "back-to-composer", &["esc", "tab", "i"],           "write",     "Back to writing"),
        row(Room, MessageUp,         "line-up",          &["up", "k"],                    "",          "Previous line"),
        row(Room, MessageDown,       "line-down",        &["down", "j"],                  "",          "Next line"),
        row(Room, MessageMenu,       "line-menu",        &["enter", "."],                 "menu",      "What can be done with the line"),
        row(Room, Copy,              "line-copy",        &["y", "c"],                     "copy",      "Copy the text"),
        row(Room, RoomMention,       "mention-sender",         &["@"],                          "mention",   "Mention who said it"),
        row(Room, RoomMute,          "mute-sender",      &["m"],                          "",          "Mute who said it (owner, administrators)"),
        row(Room, RoomUnmute,        "unmute-sender",    &["M"],                          "",          "Let who said it speak again"),
        row(Room, RoomBan,           "ban-sender",       &["b"],                          "",          "Ban who said it from the room"),
        row(Room, RoomAdmin,         "admin-sender",     &["A"],                          "",          "Make who said it an administrator, or dismiss"),
        row(Room, BackToComposer,    "back-to-room",     &["esc", "tab", "i"],            "write",     "Back to writing, and to the newest"),
        command(Room, Like,          "like",             &["l"],                          "",          "Send a like into the live room"),
        with("NAME", command(Room, Gift, "gift",         &[],                             "",          "Give a gift, seen before other messages")),
        row(Marking, ForwardEach,    "forward-each",     &["f"],                          "forward",   "Forward them one by one (30 at most)"),
        row(Marking, ForwardCombined, "forward-combined", &["c"],                         "combine",   "Forward them combined into one message"),
        row(Marking, DeleteMarked,   "delete-marked",    &["x", "delete"],                "delete",    "Delete them on your devices"),
        row(Marking, StopMarking,    "stop-marking",     &["esc"],                        "cancel",    "Let go of all"),

        row(Picker, MarkTarget,      "mark-target",      &["tab"],                        "mark",      "Mark the chat, to forward to several"),
        row(Picker, NewTarget,       "forward-new-group", &["alt-n"],                    "new group", "Create a group to forward to"),

        row(Thread, Confirm,         "send-reply",       &["enter"],                      "send",      "Send the reply; with nothing written, go to the message"),

        command(Timeline, ViewMedia,     "view",         &["v"],                          "view",      "Show the picture on the whole screen"),
        command(Timeline, OpenMedia,     "open-file",    &["o"],                          "open",      "Open the file, play the voice message, show the place on a map"),
        command(Timeline, SaveMedia,     "save",         &["s"],                          "save",      "Save the file under a name"),
        command(Timeline, DownloadMedia, "download",     &["D"],                          "",          "Fetch the file"),
        command(Timeline, CopyUrl,       "copy-url",     &["U"],                          "",          "Copy the file's address, or the place's coordinates"),
        command(Timeline, CancelTransfer, "cancel-transfer", &["X"],                      "",          "Stop sending or fetching the file"),

        command(Everywhere, Palette,     "palette",      &["ctrl-k", ":", "/"],           "go to",     "Go to a conversation or find a command"),
        command(Everywhere, Help,        "help",         &["f1", "?"],                    "help",      "This help"),
        command(Everywhere, NextChat,    "next",         &["ctrl-n", "alt-down"],         "",          "Open the next conversation"),
        command(Everywhere, PreviousChat, "previous",    &["ctrl-p", "alt-up"],           "",          "Open the previous conversation"),
        command(Everywhere, NextUnread,  "unread",       &["alt-u"],                      "",          "Open the next unread conversation"),
        row(Everywhere, ScrollUp,        "scroll-up",    &["pageup"],                     "",          "Scroll to older messages"),
        row(Everywhere, ScrollDown,      "scroll-down",  &["pagedown"],                   "",          "Scroll to newer messages"),
        row(Everywhere, ScrollTop,       "scroll-top",   &["alt-home"],                   "",          "Scroll to the oldest message in memory"),
        command(Everywhere, ScrollBottom, "bottom",      &["alt-end"],                    "",          "Scroll to the newest message"),
        command(Everywhere, ScrollUnread, "first-new",    &["alt-j"],                      "",          "Scroll to the first message that was new at opening"),
        command(Everywhere, ScrollMention, "mention",    &["alt-a"],                      "",          "Show the next message that mentions you"),
        with("DAY|TIME", command(Everywhere, Goto, "goto", &["alt-g"],                    "",          "Go to a day, a time or a numbered message of this conversation")),
        with("WORDS", command(Everywhere, Action::Search, "search", &["alt-s"],           "",          "Search messages, contacts and groups")),
        with("WORDS", command(Everywhere, Find, "find",    &["ctrl-f", "alt-/"],           "",          "Search in this conversation")),
        command(Everywhere, GroupInfo,   "group",        &["alt-i"],                      "",          "Details of this group"),
        command(Everywhere, GroupNotice, "notice",       &[],                             "",          "Notice of this group"),
        command(Everywhere, Action::Requests, "requests", &["alt-r"],                     "",          "Requests to join groups, and invitations"),
        command(Everywhere, Members,     "members",      &["ctrl-g"],                     "",          "Members of this group"),
        with("USER", command(Everywhere, Invite, "invite", &[],                           "",          "Invite somebody to this group")),
        command(Everywhere, Pins,        "pins",         &["alt-p"],                      "",          "Pinned messages of this group"),
        command(Everywhere, ToggleReceipts, "receipts",  &[],                             "",          "Ask who has read one's messages, or do not"),
        with("COLOUR", command(Everywhere, Colour, "color", &[],                          "",          "Give this conversation a colour: red, green, yellow, blue, magenta, cyan; nothing takes it away")),
        with("NAME", command(Everywhere, Theme, "theme",   &[],                             "",          "Choose the colours: terminal, dark, light, lively, serious")),
        command(Everywhere, ToggleOnline, "online",      &[],                             "",          "Show who is online, or do not"),
        with("TEXT", command(Everywhere, CustomStatus, "status", &[],                     "",          "Say something of yourself to those who see you online; nothing: clear it")),
        command(Everywhere, LeaveGroup,  "leave",        &[],                             "",          "Leave this group"),
        command(List, Pin,               "pin",          &["p"],                          "",          "Pin the conversation at the top, or let it go"),
        command(List, Mute,              "mute",         &["m"],                          "",          "Mute the conversation, or let it ring again"),
        with("PATH", command(Composer, Attach, "attach", &["alt-o"],                      "",          "Send a picture, sound, video or file")),
        command(Composer, More,          "more",         &["alt-v"],                      "",          "Send a place, a link, a poll, a note or a card"),
        with("TITLE", command(Composer, SendPlace, "location", &[],                       "",          "Send a place")),
        with("TEXT", command(Composer, SendLink, "link",    &[],                          "",          "Send a link with a text")),
        with("QUESTION", command(Composer, NewPoll, "poll", &[],                          "",          "Start a poll in this group")),
        with("TITLE", command(Composer, NewNote, "note",    &[],                          "",          "Start a note that everybody in this group writes into")),
        with("SCORE", command(Composer, Evaluate, "evaluate", &[],                        "",          "Send an evaluation, 1 to 5")),
        with("USER", command(Composer, SendCard, "contact-card", &[],                     "",          "Send somebody's contact card")),
        command(Composer, SendAsFile,    "send-as-file", &["alt-t"],                      "",          "Send what is written as a text file"),
        command(Everywhere, CloseChat,   "close",        &["alt-x"],                      "",          "Close the open conversation"),
        command(Everywhere, Info,        "info",         &["f2"],                         "info",      "Addresses of this demo"),
        command(Everywhere, PanelDetails, "pushes",      &["f3"],                         "pushes",    "What is behind the panel, as JSON"),
        command(Everywhere, Reconnect,   "reconnect",    &[],                             "",          "Connect now"),
        command(Everywhere, ToggleMouse, "mouse",        &[],                             "",          "Mouse to tern, or to the terminal (to mark text)"),
        command(Everywhere, LogOut,      "logout",       &[],                             "",          "Log out and forget the UserSig"),
        command(Everywhere, Redraw,      "redraw",       &["ctrl-l"],                     "",          "Draw the screen anew"),
        command(Everywhere, Suspend,     "suspend",      &["ctrl-z"],                     "",          "Suspend; fg brings tern back"),
        command(Everywhere, Quit,        "quit",         &["ctrl-q"],                     "quit",      "Quit"),
        row(Everywhere, Interrupt,       "interrupt",    &["ctrl-c"],                     "",          "Clear what is written; twice: quit"),

        row(Text, Edit(self::Edit::Left),              "left",               &["left", "ctrl-b"],               "", "Left"),
        row(Text, Edit(self::Edit::Right),             "right",              &["right", "ctrl-f"],              "", "Right"),
        row(Text, Edit(self::Edit::WordLeft),          "word-left",          &["ctrl-left", "alt-b", "alt-left"], "", "A word left"),
        row(Text, Edit(self::Edit::WordRight),         "word-right",         &["ctrl-right", "alt-f", "alt-right"], "", "A word right"),
        row(Text, Edit(self::Edit::LineStart),         "line-start",         &["home", "ctrl-a"],               "", "Start of the line"),
        row(Text, Edit(self::Edit::LineEnd),           "line-end",           &["end", "ctrl-e"],                "", "End of the line"),
        row(Text, Edit(self::Edit::Up),                "up",                 &["up"],                           "", "A row up"),
        row(Text, Edit(self::Edit::Down),              "down",               &["down"],                         "", "A row down"),
        row(Text, Edit(self::Edit::TextStart),         "text-start",         &["ctrl-home"],                    "", "Start of the text"),
        row(Text, Edit(self::Edit::TextEnd),           "text-end",           &["ctrl-end"],                     "", "End of the text"),
        row(Text, Edit(self::Edit::Backspace),         "backspace",          &["backspace", "ctrl-h"],          "", "Delete to the left"),
        row(Text, Edit(self::Edit::Delete),            "delete",             &["delete", "ctrl-d"],             "", "Delete to the right"),
        row(Text, Edit(self::Edit::DeleteWordLeft),    "delete-word-left",   &["ctrl-w", "alt-backspace"],      "", "Delete a word to the left"),
        row(Text, Edit(self::Edit::DeleteWordRight),   "delete-word-right",  &["alt-d", "ctrl-delete"],         "", "Delete a word to the right"),
        row(Text, Edit(self::Edit::DeleteToLineStart), "delete-line-left",   &["ctrl-u"],                       "", "Delete to the line's start"),
        row(Text, Edit(self::Edit::DeleteToLineEnd),   "delete-line-right",  &["alt-k"],                        "", "Delete to the line's end"),
        row(Text, Edit(self::Edit::PutBack),           "put-back",           &["ctrl-y"],                       "", "Put back what was deleted"),
        row(Text, Edit(self::Edit::Undo),              "undo",               &["ctrl-_", "ctrl-7", "ctrl-/"],   "", "Undo"),

        row(Form, Confirm,           "confirm",          &["enter"],                      "ok",        "Next field; in the last one: do it"),
        row(Form, FieldNext,         "field-next",       &["tab", "down"],                "next",      "Next field, or complete"),
        row(Form, FieldPrevious,     "field-previous",   &["backtab", "up"],              "",          "Previous field"),
        row(Form, ChoiceNext,        "choice-next",      &["right"],                      "",          "Next choice"),
        row(Form, ChoicePrevious,    "choice-previous",  &["left"],                       "",          "Previous choice"),
        row(Form, Cancel,            "cancel",           &["esc"],                        "cancel",    "Cancel"),

        row(Context::Search, SearchWhere, "search-where",  &["tab"],                       "here or server", "Search here, or at the server"),

        row(Labels, LabelToggle,     "label-toggle",     &["enter", "space"],              "in or out", "Put the conversation in, or take it out"),
        row(Labels, LabelNew,        "label-new",        &["n"],                           "new",       "New conversation group"),
        row(Labels, LabelRename,     "label-rename",     &["e"],                           "rename",    "Change its name"),
        row(Labels, LabelDelete,     "label-delete",     &["d", "delete"],                 "delete",    "Delete it (not its conversations)"),
        row(Labels, LabelHide,       "label-hide",       &["h"],                           "hide",      "Hide it from the filters, or show it"),
        row(Labels, LabelUp,         "label-up",         &["K", "shift-up"],               "",          "Further to the front"),
        row(Labels, LabelDown,       "label-down",       &["J", "shift-down"],             "",          "Further to the back"),

        row(Context::Group, Members,    "show-members",   &["ctrl-g"],                      "",          "All members"),
        row(Context::Group, Invite,     "add-members",    &["a"],                           "add",       "Add members"),
        row(Context::Group, RemoveItem, "remove-members", &["d", "delete"],                 "remove",    "Remove the picked members, or the chosen one"),
        row(Context::Group, MemberFind, "find-member",    &["/", "f"],                      "find",      "Find a member"),
        row(Context::Group, MemberPick, "pick-member",    &["space"],                       "pick",      "Pick members, to remove them together"),
        row(Context::Group, MemberMention, "mention-member", &["@"],                        "",          "Mention the member"),

        row(Context::Requests, RequestAgree, "agree",     &["a", "y"],                      "agree",     "Let them in"),
        row(Context::Requests, RemoveItem, "decline",     &["d", "n"],                      "decline",   "Do not let them in"),

        row(Tabs, ChoiceNext,        "page-next",        &["right", "l"],                 "next",      "Next page"),
        row(Tabs, ChoicePrevious,    "page-previous",    &["left", "h"],                  "",          "Previous page"),
        row(Pinned, RemoveItem,      "unpin-message",    &["d", "delete"],                "unpin",     "Let the chosen message go"),
        row(Listing, ListingNew,     "item-new",         &["n"],                          "new",       "Make a new one"),
        row(Listing, ListingEdit,    "item-edit",        &["e"],                          "edit",      "Change it"),
        row(Listing, ListingToggle,  "item-toggle",      &["space"],                      "on or off", "Switch it on or off"),
        row(Listing, RemoveItem,     "item-remove",      &["d", "delete"],                "remove",    "Remove it"),
        row(Ballot, BallotPick,      "ballot-pick",      &["space"],                      "pick",      "Pick an answer, or let it go"),
        row(Ballot, BallotClose,     "ballot-close",     &["c"],                          "end it",    "End the poll or note that one started"),
        row(Panel, ItemUp,           "item-up",          &["up", "ctrl-p"],               "",          "Up"),
        row(Panel, ItemDown,         "item-down",        &["down", "ctrl-n", "tab"],      "",          "Down"),
        row(Panel, ItemPageUp,       "item-page-up",     &["pageup"],                     "",          "A page up"),
        row(Panel, ItemPageDown,     "item-page-down",   &["pagedown"],                   "",          "A page down"),
        row(Panel, Confirm,          "choose",           &["enter"],                      "choose",    "Choose"),
        row(Panel, Cancel,           "close-panel",      &["esc"],                        "close",     "Close"),

        row(Viewer, ViewerNext,      "viewer-next",      &["right", "down", "l", "j", "space"], "next", "Next picture of the conversation"),
        row(Viewer, ViewerPrevious,  "viewer-previous",  &["left", "up", "h", "k"],       "previous",  "Previous picture of the conversation"),
        row(Viewer, DownloadMedia,   "viewer-fetch",     &["enter"],                      "",          "Fetch the picture, if it is not here"),
        row(Viewer, SaveMedia,       "viewer-save",      &["s"],                          "save",      "Save the picture under another name"),
        row(Viewer, OpenMedia,       "viewer-open",      &["o"],                          "open",      "Open the picture with the system's program"),
        row(Viewer, Cancel,          "viewer-close",     &["esc", "q", "v"],              "close",     "Close"),
    ]
};

/// The row of a slash command.
pub(crate) fn by_name(name: &str) -> Option<&'static Row> {
    REGISTRY.iter().find(|row| row.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeSet, HashSet};

    #[test]
    fn every_action_has_one_name_and_says_what_it_does() {
        let names: BTreeSet<&str> = REGISTRY.iter().map(|row| row.name).collect();
        assert_eq!(names.len(), REGISTRY.len());
        assert!(REGISTRY.iter().all(|row| !row.says.is_empty()));
    }

    #[test]
    fn a_key_means_one_thing_in_its_context() {
        let mut seen = HashSet::new();
        for row in REGISTRY {
            for key in row.keys {
                assert!(seen.insert((row.context, *key)), "{key} twice in {:?}", row.context);
            }
        }
    }
}
