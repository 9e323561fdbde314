//! Messages that were picked to be acted on together (`contract/uikit-parity.md` 3.2).

use super::message::Message;
use super::relay::can_forward;
use std::collections::BTreeMap;
use tern_protocol::limits;

/// Messages that can be forwarded one by one; more are only combined.
pub(crate) const ONE_BY_ONE: usize = 30;

/// The picked messages by place. They stay as they were picked, also when they leave memory.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks(BTreeMap<u64, Message>);

impl Marks {
    /// Picks a message or lets it go. `Err`: why it cannot be picked.
    pub(crate) fn toggle(&mut self, message: &Message) -> Result<(), &'static str> {
        let place = message.place.ok_or("A message that was not sent cannot be selected")?;
        if self.0.remove(&place).is_some() {
            return Ok(());
        }
        if !can_forward(message) {
            return Err("Only messages that somebody wrote can be selected");
        }
        if self.0.len() >= limits::RELAY_MESSAGES {
            return Err("300 messages are selected: no more can be");
        }
        self.0.insert(place, message.clone());
        Ok(())
    }

    /// Whether the message at this place is picked.
    pub(crate) fn has(&self, place: u64) -> bool {
        self.0.contains_key(&place)
    }

    /// How many are picked.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The messages, the oldest first.
    pub(crate) fn messages(&self) -> impl Iterator<Item = &Message> {
        self.0.values()
    }
}
