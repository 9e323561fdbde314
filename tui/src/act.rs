//! What is asked of the server about single messages, and what it answers.

use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::message::Message;
use crate::state::reply::Thread;
use tern_protocol::api::message::Message as WireMessage;

/// A request about stored messages; each is answered by an [`Acted`].
#[derive(Debug)]
pub(crate) enum Act {
    /// Take a message back.
    Recall { chat: ChatId, message: Named, thread: Option<Thread> },
    /// Delete messages for oneself.
    Delete { chat: ChatId, places: Vec<u64> },
    /// Find the messages of a thread that are not in memory, for the page with this number.
    Find { chat: ChatId, wanted: Vec<Wanted>, page: u64 },
    /// The list of a merged message, for the page with this number.
    Relay { key: String, page: u64 },
}

/// An answer to an [`Act`].
#[derive(Debug)]
pub(crate) enum Acted {
    /// With the root of the thread that a reply stood in, as it is without it.
    Recalled {
        chat: ChatId,
        place: u64,
        result: Result<(), Refusal>,
        root: Option<Box<WireMessage>>,
    },
    Deleted {
        chat: ChatId,
        places: Vec<u64>,
        result: Result<(), Refusal>,
    },
    Found {
        page: u64,
        result: Result<Vec<WireMessage>, Refusal>,
    },
    Relay {
        page: u64,
        result: Result<String, Refusal>,
    },
}

/// A stored message as commands name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) msg_id: String,
    pub(crate) place: u64,
    pub(crate) sender: String,
    pub(crate) seq: u64,
    pub(crate) random: u64,
    /// Seconds.
    pub(crate) time_s: i64,
}

impl Named {
    /// `None`: it is not stored.
    pub(crate) fn of(message: &Message) -> Option<Self> {
        Some(Self {
            msg_id: message.msg_id.clone(),
            place: message.place?,
            sender: message.sender.to_string(),
            seq: message.seq,
            random: message.random,
            time_s: message.time_s,
        })
    }
}

/// A message to be found by its ID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) msg_id: String,
    /// Its place, where that is known.
    pub(crate) place: Option<u64>,
    /// About when it was sent, seconds.
    pub(crate) time_s: i64,
}
