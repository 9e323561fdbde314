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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Retracted(VecDeque<Text>);

impl Retracted {
    /// Keeps a text.
    pub(crate) fn keep(&mut self, chat: &ChatId, place: u64, time_s: i64, text: String) {
        if self.0.len() == KEPT {
            self.0.pop_front();
        }
        self.0.push_back(Text { chat: chat.clone(), place, time_s, text });
    }

    /// The text of a place, while it may be written anew.
    pub(crate) fn text(&self, chat: &ChatId, place: u64, server_now_s: i64) -> Option<&str> {
        let found = self.0.iter().rev().find(|text| text.place == place && text.chat == *chat)?;
        (server_now_s - found.time_s <= limits::RECALL_SECONDS).then_some(found.text.as_str())
    }
}
