//! Who has read an own message.

use super::conversation::ChatId;

/// The read detail of a message: those who have read it, and those who have not.
#[derive(Clone, Debug)]
pub(crate) struct Readers {
    pub(crate) chat: ChatId,
    pub(crate) place: u64,
    /// The message in one line.
    pub(crate) title: String,
    /// Readers are shown; otherwise the others.
    pub(crate) read_tab: bool,
    pub(crate) chosen: usize,
    read: ReaderList,
    unread: ReaderList,
}

/// One of the two lists.
#[derive(Clone, Debug, Default)]
pub(crate) struct ReaderList {
    pub(crate) users: Vec<String>,
    pub(crate) busy: bool,
    pub(crate) error: Option<String>,
    /// The next page.
    pub(crate) next: Option<String>,
}

impl Readers {
    /// Nothing is known yet.
    pub(crate) fn new(chat: ChatId, place: u64, title: String) -> Self {
        Self { chat, place, title, read_tab: true, chosen: 0, read: ReaderList::default(), unread: ReaderList::default() }
    }

    /// Those who have read it, or the others.
    pub(crate) fn list(&self, read: bool) -> &ReaderList {
        if read { &self.read } else { &self.unread }
    }

    /// The same, to change.
    pub(crate) fn list_mut(&mut self, read: bool) -> &mut ReaderList {
        if read { &mut self.read } else { &mut self.unread }
    }
}
