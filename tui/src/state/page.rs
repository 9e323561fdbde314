//! Pages of messages over the conversation: what is inside a merged message, and a message with its replies.

use super::conversation::ChatId;
use super::editor::Editor;
use super::message::{Body, Message, Part};
use super::reply::ReplyEntry;
use super::timeline::{RowKey, Timeline};
use crate::text::rich::Rich;

/// Replies that a page keeps besides those in memory.
const FETCHED: usize = 300;

/// A page; several lie on each other when merged messages hold merged ones.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    /// Which page an answer is for.
    pub(crate) number: u64,
    pub(crate) title: String,
    /// The conversation behind it, for names and marks.
    pub(crate) chat: ChatId,
    pub(crate) timeline: Timeline,
    /// Something is being fetched.
    pub(crate) busy: bool,
    pub(crate) trouble: Option<String>,
    /// A thread has where one writes; what is inside a merged message is only read.
    pub(crate) thread: Option<ThreadPage>,
}

/// A root message and the replies to it.
#[derive(Clone, Debug, Default)]
pub(crate) struct ThreadPage {
    pub(crate) root_id: String,
    pub(crate) editor: Editor,
    /// Messages of the thread that are not in the conversation's memory.
    fetched: Vec<Message>,
}

impl ThreadPage {
    /// A thread by its root.
    pub(crate) fn new(root_id: String) -> Self {
        Self { root_id, ..Self::default() }
    }

    /// Takes in what was fetched.
    pub(crate) fn take(&mut self, messages: Vec<Message>) {
        let room = FETCHED.saturating_sub(self.fetched.len());
        self.fetched.extend(messages.into_iter().take(room));
    }

    fn known<'a>(&'a self, rows: &'a [Message], id: &str) -> Option<&'a Message> {
        rows.iter().rfind(|row| row.msg_id == id).or_else(|| self.fetched.iter().find(|row| row.msg_id == id))
    }

    /// The root, where it is known.
    pub(crate) fn root<'a>(&'a self, rows: &'a [Message]) -> Option<&'a Message> {
        self.known(rows, &self.root_id)
    }

    fn entries<'a>(&'a self, rows: &'a [Message]) -> &'a [ReplyEntry] {
        self.root(rows).and_then(|root| root.source.as_ref()).map_or(&[], |source| &source.replies)
    }

    /// IDs of the thread's messages that are nowhere here.
    pub(crate) fn missing(&self, rows: &[Message]) -> Vec<String> {
        let ids = std::iter::once(self.root_id.as_str()).chain(self.entries(rows).iter().map(|entry| entry.message_id.as_str()));
        ids.filter(|id| self.known(rows, id).is_none()).map(str::to_owned).collect()
    }

    /// All of it by time, given what the conversation has in memory; replies that cannot be found keep the line that the root has of them.
    pub(crate) fn messages(&self, rows: &[Message]) -> Vec<Message> {
        let in_thread = |row: &&Message| {
            let root = row.source.as_ref().and_then(|source| source.reply.as_ref()).and_then(|reply| reply.root.as_deref());
            root == Some(&self.root_id) || row.msg_id == self.root_id
        };
        let mut messages: Vec<Message> = rows.iter().filter(in_thread).cloned().collect();
        for message in &self.fetched {
            if !messages.iter().any(|known| known.msg_id == message.msg_id) {
                messages.push(message.clone());
            }
        }
        for entry in self.entries(rows) {
            // A recalled reply is no part of the thread any more; its row is there without its root.
            if !messages.iter().any(|known| known.msg_id == entry.message_id) && self.known(rows, &entry.message_id).is_none() {
                messages.push(placeholder(entry));
            }
        }
        messages.sort_by_key(|message| (message.place.is_none(), message.place, message.time_s));
        messages
    }
}

fn placeholder(entry: &ReplyEntry) -> Message {
    Message {
        msg_id: entry.message_id.clone(),
        time_s: super::reply::sent_at(&entry.message_id).unwrap_or(0),
        sender: entry.sender.as_str().into(),
        body: Body::Parts(vec![Part::Text(Rich::read(entry.text.clone(), &[]))]),
        ..Message::default()
    }
}

impl Page {
    /// Shows these messages; what was selected stays selected.
    pub(crate) fn show(&mut self, messages: Vec<Message>) {
        let last = self.timeline.rows().len().saturating_sub(1);
        let at_end = self.timeline.selected.as_ref().is_none_or(|key| self.timeline.index(key) == Some(last));
        let mut timeline = Timeline::default();
        timeline.loaded = true;
        timeline.scroll = self.timeline.scroll.clone();
        for message in messages {
            timeline.insert(message);
        }
        let kept = self.timeline.selected.take().filter(|key| timeline.index(key).is_some());
        let new_last = timeline.rows().len().checked_sub(1).and_then(|last| timeline.key(last));
        timeline.selected = if self.thread.is_some() && at_end { new_last } else { kept.or_else(|| timeline.key(0)) };
        self.timeline = timeline;
    }

    /// The selected message.
    pub(crate) fn selected(&self) -> Option<&Message> {
        self.timeline.selected_row()
    }

    /// Moves the selection.
    pub(crate) fn step(&mut self, step: isize) {
        let last = self.timeline.rows().len().saturating_sub(1);
        let now = self.timeline.selected.as_ref().and_then(|key: &RowKey| self.timeline.index(key)).unwrap_or(last);
        self.timeline.selected = self.timeline.key(now.saturating_add_signed(step).min(last));
    }
}
