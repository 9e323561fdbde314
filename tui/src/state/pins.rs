//! Pinned messages of a group (`contract/client-semantics.md` 3.9).

use super::conversation::ChatId;
use super::message::Message;
use serde::{Deserialize, Serialize};
use tern_protocol::api::annotation::Pin as WirePin;

/// Pinned messages of one group.
const PINS_MOST: usize = 10;

/// One pinned message, in a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub(crate) place: u64,
    pub(crate) sender: String,
    /// Cleaned; empty: show the ID.
    pub(crate) sender_name: String,
    /// The message in one line, cleaned.
    pub(crate) text: String,
    /// UserID of who pinned it, and when (seconds).
    pub(crate) pinner: String,
    pub(crate) time_s: i64,
}

impl Pin {
    /// From an event or the list.
    pub(crate) fn from_wire(wire: &WirePin, me: &str) -> Option<Self> {
        let message = Message::from_wire(&wire.message, me);
        Some(Self {
            place: message.place.filter(|place| *place > 0)?,
            sender: message.sender.to_string(),
            sender_name: message.sender_name.clone(),
            text: crate::text::fit(&message.abstract_line(), 200).into_owned(),
            pinner: wire.pinner.clone(),
            time_s: wire.time,
        })
    }
}

/// The pinned messages of a group, the newest pin first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Pins(Vec<Pin>);

/// The dialog that lists them.
#[derive(Clone, Debug)]
pub(crate) struct PinList {
    pub(crate) chat: ChatId,
    pub(crate) chosen: usize,
}

/// A change of the list, of the one in memory and of the one in the local database alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum PinChange {
    All(Pins),
    Pinned(Pin),
    Unpinned(u64),
    /// The pinned message says something else now.
    Text {
        place: u64,
        text: String,
    },
}

impl Pins {
    /// A list as the server told it.
    pub(crate) fn new(list: Vec<Pin>) -> Self {
        let mut pins = Self(list);
        pins.0.truncate(PINS_MOST);
        pins
    }

    /// The pins, the newest first.
    pub(crate) fn list(&self) -> &[Pin] {
        &self.0
    }

    /// A sender is called otherwise; `old`: only where this was the name.
    pub(crate) fn rename(&mut self, user: &str, old: Option<&str>, name: &str) {
        let named = |pin: &&mut Pin| pin.sender == user && old.is_none_or(|old| pin.sender_name == old);
        self.0.iter_mut().filter(named).for_each(|pin| name.clone_into(&mut pin.sender_name));
    }

    /// Whether a message is pinned.
    pub(crate) fn has(&self, place: u64) -> bool {
        self.0.iter().any(|pin| pin.place == place)
    }

    /// Applies a change.
    pub(crate) fn apply(&mut self, change: &PinChange) {
        match change {
            PinChange::All(pins) => self.clone_from(pins),
            PinChange::Pinned(pin) => {
                self.0.retain(|other| other.place != pin.place);
                self.0.insert(0, pin.clone());
                self.0.truncate(PINS_MOST);
            }
            PinChange::Unpinned(place) => self.0.retain(|pin| pin.place != *place),
            PinChange::Text { place, text } => {
                if let Some(pin) = self.0.iter_mut().find(|pin| pin.place == *place) {
                    pin.text.clone_from(text);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_pin_leads_and_none_is_there_twice() {
        let pin = |place| Pin { place, ..Pin::default() };
        let mut pins = Pins::default();
        for place in [1, 2, 1, 3] {
            pins.apply(&PinChange::Pinned(pin(place)));
        }
        let places = |pins: &Pins| pins.list().iter().map(|pin| pin.place).collect::<Vec<_>>();
        assert_eq!(places(&pins), [3, 1, 2]);
        pins.apply(&PinChange::Text { place: 1, text: "edited".into() });
        assert_eq!(pins.list()[1].text, "edited");
        pins.apply(&PinChange::Unpinned(1));
        assert!(!pins.has(1) && pins.has(2));
        for place in 10..40 {
            pins.apply(&PinChange::Pinned(pin(place)));
        }
        assert_eq!(pins.list().len(), PINS_MOST);
    }
}
