//! Which conversations the list shows: all, or those of a kind; folded groups behind one row, hidden ones not at all
//! (`contract/client-semantics.md` 6.7, `contract/uikit-parity.md` 1.5 to 1.7).

use super::State;
use super::conversation::{ChatId, Conversation, mark};

/// A tab of the chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Filter {
    #[default]
    All,
    Unread,
    Mentions,
    Groups,
    People,
    Starred,
    /// A conversation group, by its number.
    Label(i64),
    /// Groups that were folded away.
    Folded,
    /// Hidden ones, to bring them back.
    Hidden,
}

impl Filter {
    /// Whether it shows a conversation.
    pub(crate) fn shows(self, conversation: &Conversation) -> bool {
        // Topics stand in the rail of communities.
        if conversation.id.community().is_some() {
            return false;
        }
        let hidden = conversation.has(mark::HIDDEN);
        match self {
            Self::Hidden => hidden,
            _ if hidden => false,
            Self::Folded => conversation.is_folded(),
            Self::All => !conversation.is_folded(),
            Self::Unread => conversation.is_unread(),
            Self::Mentions => conversation.at_type != 0,
            Self::Groups => conversation.id.is_group() && !conversation.is_folded(),
            Self::People => !conversation.id.is_group(),
            Self::Starred => conversation.has(mark::STAR),
            Self::Label(id) => conversation.labels.contains(&id),
        }
    }
}

impl State {
    /// The filters that can be chosen now, in their order.
    pub(crate) fn filters(&self) -> Vec<Filter> {
        let mut filters = vec![Filter::All, Filter::Unread, Filter::Mentions, Filter::Groups, Filter::People];
        if self.conversations.listed().any(|conversation| Filter::Starred.shows(conversation)) {
            filters.push(Filter::Starred);
        }
        filters.extend(self.labels.iter().filter(|label| !label.hidden).map(|label| Filter::Label(label.id)));
        if !filters.contains(&self.filter) {
            filters.push(self.filter);
        }
        filters
    }

    /// The heading of a filter.
    pub(crate) fn filter_name(&self, filter: Filter) -> String {
        match filter {
            Filter::All => "All".into(),
            Filter::Unread => "Unread".into(),
            Filter::Mentions => "@".into(),
            Filter::Groups => "Groups".into(),
            Filter::People => "People".into(),
            Filter::Starred => "★".into(),
            Filter::Label(id) => {
                self.labels.iter().find(|label| label.id == id).map_or_else(String::new, super::label::Label::shown)
            }
            Filter::Folded => "Minimized".into(),
            Filter::Hidden => "Hidden".into(),
        }
    }

    /// Unread messages under a filter, muted conversations apart.
    pub(crate) fn filter_unread(&self, filter: Filter) -> u64 {
        self.conversations.listed().filter(|conversation| filter.shows(conversation)).map(Conversation::counted).sum()
    }

    /// The filters have a row of their own once one is used or a conversation group exists.
    pub(crate) fn shows_filters(&self) -> bool {
        self.tab == super::Tab::Chats && (self.filter != Filter::All || self.labels.iter().any(|label| !label.hidden))
    }

    /// The newest folded conversation.
    pub(crate) fn newest_folded(&self) -> Option<&Conversation> {
        self.conversations.listed().filter(|row| Filter::Folded.shows(row)).max_by_key(|row| row.moment())
    }

    /// What the chats show: the filter's conversations, and the row of the folded ones where it belongs by its newest.
    pub(super) fn chat_entries(&self) -> Vec<ChatId> {
        let rows: Vec<&Conversation> = self.conversations.listed().filter(|row| self.filter.shows(row)).collect();
        let mut entries: Vec<ChatId> = rows.iter().map(|row| row.id.clone()).collect();
        if self.filter == Filter::All
            && let Some(folded) = self.newest_folded().filter(|row| row.moment() > self.folded_row_hidden_s)
        {
            let at = rows.iter().position(|row| !row.pinned && row.moment() < folded.moment()).unwrap_or(rows.len());
            entries.insert(at, ChatId::folded_row());
        }
        entries
    }

    /// The conversations that an action of the list is about: the picked ones, else the chosen one; elsewhere the open one.
    pub(crate) fn acted_on(&self) -> Vec<ChatId> {
        if self.focus != super::Focus::List {
            return self.open.iter().cloned().collect();
        }
        if self.tab == super::Tab::Chats && !self.picked.is_empty() {
            return self.entries().into_iter().filter(|chat| self.picked.contains(chat)).collect();
        }
        let entries = self.entries();
        entries.get(self.chosen_index(&entries)).cloned().into_iter().collect()
    }
}
