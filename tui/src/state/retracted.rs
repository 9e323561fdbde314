//! Own texts that were taken back: they can be written anew while the window lasts (`contract/client-semantics.md` 3.3).

use super::conversation::ChatId;
use std::collections::VecDeque;
use tern_protocol::limits;

/// Texts that are kept.
const KEPT: usize = 20;

/// A text that was taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Text {
    chat: ChatId,
    place: u64,
    /// When it was sent, server seconds.
    time_s: i64,
    text: String,
}

/// The texts of this run, the newest last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Retracted {
    texts: VecDeque<Text>,
    /// Seconds in which a message may be taken back and written anew, as the server says.
    pub(crate) window_s: i64,
}

impl Default for Retracted {
    fn default() -> Self {
        Self { texts: VecDeque::new(), window_s: limits::RECALL_SECONDS }
    }
}

impl Retracted {
    /// Keeps a text.
    pub(crate) fn keep(&mut self, chat: &ChatId, place: u64, time_s: i64, text: String) {
        if self.texts.len() == KEPT {
            self.texts.pop_front();
        }
        self.texts.push_back(Text { chat: chat.clone(), place, time_s, text });
    }

    /// Forgets all texts.
    pub(crate) fn clear(&mut self) {
        self.texts.clear();
    }

    /// The text of a place, while it may be written anew.
    pub(crate) fn text(&self, chat: &ChatId, place: u64, server_now_s: i64) -> Option<&str> {
        let found = self.texts.iter().rev().find(|text| text.place == place && text.chat == *chat)?;
        (server_now_s - found.time_s <= self.window_s).then_some(found.text.as_str())
    }

    /// The server second at which the next text can be written anew no more.
    pub(crate) fn next_end_s(&self, server_now_s: i64) -> Option<i64> {
        let ends = self.texts.iter().map(|text| text.time_s + self.window_s + 1);
        ends.filter(|end| *end > server_now_s).min()
    }
}
