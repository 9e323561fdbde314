//! Dialogs over the main screen, and the login screen's form.

use super::ballot::BallotPage;
use super::conversation::ChatId;
use super::editor::Editor;
use super::forward::Picker;
use super::group_page::GroupPage;
use super::label::LabelPage;
use super::listing::Listing;
use super::media::{LocalFile, Viewer, Want};
use super::menu::Menu;
use super::page::Page;
use super::pins::PinList;
use super::reaction::{React, Reactors};
use super::readers::Readers;
use super::request::{Request, RequestPage};
use super::search::Search;
use crate::action::Action;
use crate::effect::{GroupAsk, GroupField};
use crate::event::GroupFacts;
use crate::update::Order;

/// A dialog; the topmost has the keys.
#[derive(Clone, Debug)]
pub(crate) enum Modal {
    Help {
        scroll: usize,
    },
    Palette(Palette),
    Form(Form),
    /// A group: details, members, management.
    Group(Box<GroupPage>),
    /// Applications and invitations.
    Requests(RequestPage),
    Confirm(Confirm),
    Search(Box<Search>),
    /// Conversation groups.
    Labels(LabelPage),
    /// Actions on what is selected.
    Menu(Menu),
    /// Rows to choose from, with what they say.
    Listing(Box<Listing>),
    /// Any emoji, by its name.
    Emoji(EmojiPicker),
    /// One of a few things.
    Choose(Choose),
    /// Whom to forward to.
    Forward(Box<Picker>),
    /// Messages inside a merged one, or a thread.
    Page(Box<Page>),
    /// A picture on the whole screen.
    Viewer(Viewer),
    /// Addresses of the demo.
    Info {
        scroll: usize,
    },
    /// What is behind the panel's entries, the newest first.
    PanelDetails {
        scroll: usize,
    },
    /// Chooses a reaction.
    React(React),
    /// Who reacted to a message.
    Reactors(Reactors),
    /// Who has read a message.
    Readers(Readers),
    /// Pinned messages of a group.
    Pins(PinList),
    /// A poll or a group note.
    Ballot(Box<BallotPage>),
    /// This session was ended by the server.
    Ended(Ended),
}

/// Why the server ended the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// Another login, or the backend.
    Kicked {
        kick_type: i64,
        platform: String,
    },
    SigExpired,
}

/// A question with yes or no.
#[derive(Clone, Debug)]
pub(crate) struct Confirm {
    pub(crate) question: String,
    pub(crate) detail: String,
    /// The word on the button.
    pub(crate) yes: &'static str,
    pub(crate) then: Confirmed,
}

/// What a yes does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Confirmed {
    LeaveGroup(String),
    /// Something about a group.
    Group(GroupAsk),
    LogOut,
    DeleteChats(Vec<ChatId>),
    ClearChat(ChatId),
    DeleteLabel(String),
    DeleteTopic {
        community: String,
        topic: String,
    },
    DeletePermissionGroup {
        community: String,
        id: String,
    },
    DeleteMessages {
        chat: ChatId,
        places: Vec<u64>,
    },
    OpenLink(String),
    /// What the page under the question holds.
    Forward,
    /// Open a file that is a program.
    OpenFile(Want),
    /// Send a file whose path was pasted: the pasted text.
    SendFile(ChatId, LocalFile, String),
}

/// Emoji by name; those used last come first.
#[derive(Clone, Debug, Default)]
pub(crate) struct EmojiPicker {
    pub(crate) editor: Editor,
    pub(crate) found: Vec<&'static emojis::Emoji>,
    pub(crate) chosen: usize,
}

/// A question with several answers.
#[derive(Clone, Debug)]
pub(crate) struct Choose {
    pub(crate) title: String,
    /// What is asked, cleaned; may be empty.
    pub(crate) says: String,
    /// The answers, each with what it does.
    pub(crate) answers: Vec<(String, Chosen)>,
    pub(crate) chosen: usize,
}

/// What an answer does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    OpenLink(String),
    CopyLink(String),
    /// What to do with a large paste.
    PasteAsText(String),
    PasteToEditor(String),
    PasteAsFile(String),
    /// Mute or ban somebody in the live room.
    KeepOrder {
        order: Order,
        user: String,
        seconds: i64,
    },
    /// Something about a group.
    Group(GroupAsk),
    /// A member is muted for a time that is typed.
    MuteFor {
        group: String,
        user: String,
    },
    DeclineWith(Box<Request>),
    /// A theme of the program.
    Theme(&'static str),
    Nothing,
}

/// What is sent besides text and files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Extra {
    Place,
    Link,
    Poll,
    Note,
    Evaluation,
    /// A person to get to know.
    Card,
}

/// What a form is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FormKind {
    Login,
    /// A new UserSig for the same person.
    Renew,
    NewChat,
    /// A group of this type, in the old word.
    NewGroup(&'static str),
    /// Which group is looked for.
    JoinGroup,
    /// This group was found.
    Join(Box<GroupFacts>),
    /// A new topic of this community.
    Topic(String),
    /// A text of a topic, by the label of its field.
    TopicText {
        topic: String,
        label: &'static str,
    },
    /// A new name for a category.
    Category {
        community: String,
        name: String,
    },
    /// The name of a permission group; `None`: a new one.
    PermissionGroup {
        community: String,
        id: Option<String>,
    },
    /// Somebody for a permission group.
    PermissionMember {
        community: String,
        id: String,
    },
    Group(GroupForm),
    Goto,
    NewLabel,
    /// A new name for the conversation group of this name.
    RenameLabel(String),
    /// Something to send that is neither text nor file.
    Extra(Extra),
    /// One's line of a group note.
    NoteEntry(Box<(String, u64)>),
    /// The path of a file to send.
    Attach,
    /// Where to put a file.
    SaveAs(Want),
}

/// Forms about groups and members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum GroupForm {
    Edit {
        group: String,
        field: GroupField,
    },
    NameCard {
        group: String,
        user: String,
    },
    Add {
        group: String,
    },
    Find {
        group: String,
    },
    MuteTime {
        group: String,
        user: String,
    },
    Decline {
        request: Box<Request>,
    },
    /// Somebody who becomes an administrator of a live room.
    RoomAdmin {
        group: String,
    },
}

/// A field of a form.
#[derive(Clone, Debug, Default)]
pub(crate) struct Field {
    pub(crate) label: &'static str,
    /// Shown while the field is empty.
    pub(crate) placeholder: &'static str,
    pub(crate) editor: Editor,
    /// Shown as dots.
    pub(crate) secret: bool,
    /// What the text may have, shown while it is typed; 0: no limit.
    pub(crate) limit_bytes: usize,
    /// A choice instead of text: value, word, explanation.
    pub(crate) choices: &'static [(&'static str, &'static str, &'static str)],
    pub(crate) chosen: usize,
}

impl Field {
    /// An empty text field.
    pub(crate) fn text(label: &'static str, placeholder: &'static str, text: &str) -> Self {
        Self { label, placeholder, editor: Editor::with_text(text), ..Self::default() }
    }

    /// The text without blanks around it, or the chosen value.
    pub(crate) fn value(&self) -> &str {
        match self.choices.get(self.chosen) {
            Some((value, _, _)) => value,
            None => self.editor.text().trim(),
        }
    }
}

/// A dialog with fields.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    pub(crate) kind: FormKind,
    pub(crate) title: &'static str,
    /// A line that says what is wanted.
    pub(crate) says: String,
    /// What is known of what the form is about, cleaned, a line each.
    pub(crate) facts: Vec<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) focus: usize,
    /// What was wrong, with the contract's code where there is one.
    pub(crate) error: Option<String>,
    /// The field that was wrong.
    pub(crate) wrong: Option<usize>,
    /// The answer is awaited.
    pub(crate) busy: bool,
    /// People that what is typed may mean: UserID and name.
    pub(crate) suggestions: Vec<(String, String)>,
}

impl Form {
    /// A form with its first field in focus.
    pub(crate) fn new(kind: FormKind, title: &'static str, says: impl Into<String>, fields: Vec<Field>) -> Self {
        let focus = fields.iter().position(|field| field.choices.is_empty() && field.editor.is_blank()).unwrap_or(0);
        let (says, facts) = (says.into(), Vec::new());
        Self { kind, title, says, facts, fields, focus, error: None, wrong: None, busy: false, suggestions: Vec::new() }
    }

    /// Tab takes what is suggested for the field in focus.
    pub(crate) fn completes(&self) -> bool {
        let typed = self.fields.get(self.focus).map_or("", |field| field.editor.text());
        let typing = typed.rsplit([',', ' ', ';']).next().is_some_and(|last| !last.is_empty());
        !self.suggestions.is_empty() && !self.busy && (self.fields.len() == 1 || typing)
    }

    /// Value of the field with this label.
    pub(crate) fn value(&self, label: &str) -> &str {
        self.fields.iter().find(|field| field.label == label).map_or("", Field::value)
    }

    /// The field with this label is wrong: it gets the focus and says so.
    pub(crate) fn fault(&mut self, label: &str) {
        if let Some(at) = self.fields.iter().position(|field| field.label == label) {
            self.wrong = Some(at);
            self.focus = at;
        }
    }
}

/// One offer of the palette.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Offer {
    Chat {
        chat: ChatId,
        name: String,
        unread: u64,
    },
    /// A row of the action registry.
    Action(Action),
}

/// Go to a conversation, or find a command.
#[derive(Clone, Debug, Default)]
pub(crate) struct Palette {
    pub(crate) editor: Editor,
    pub(crate) offers: Vec<Offer>,
    pub(crate) chosen: usize,
}

/// One member of a group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) user: String,
    /// Name card or nick, cleaned; empty: show the UserID.
    pub(crate) name: String,
    /// Name card, cleaned; empty: none.
    pub(crate) card: String,
    /// `Owner`, `Admin`, `Member`; empty: not known.
    pub(crate) role: String,
    pub(crate) online: bool,
    /// End of the mute, server seconds.
    pub(crate) muted_until_s: i64,
}

impl Member {
    /// The name to show.
    pub(crate) fn shown(&self) -> &str {
        if self.name.is_empty() { &self.user } else { &self.name }
    }
}

/// Where the next page of members starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum MembersPage {
    Offset(i64),
    /// Communities page by a cursor.
    Cursor(String),
}
