//! What is being written, and what waits to be sent.

use super::conversation::ChatId;
use super::media::{Media, OutgoingFile};
use super::message::{AT_ALL, Body, Delivery, Message, Part, body_from_json, naming};
use super::reply::{ReplyEntry, Source, Thread};
use serde::{Deserialize, Serialize};
use tern_protocol::api::message::GroupAt;
use tern_protocol::limits;
use tern_protocol::model::message::Element;

/// An own message from the moment of sending until the server has it: the outbox's row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Outgoing {
    /// `c2c_<user>` or `group_<group>`.
    pub(crate) chat: String,
    /// `MsgClientTime`: seconds. With the random number it names the message for ever, so a repeat is never a second message.
    pub(crate) client_time_s: i64,
    pub(crate) random: u32,
    pub(crate) text: String,
    /// When the person sent it (milliseconds): 24 hours later it is given up.
    pub(crate) created_ms: i64,
    /// Why it will not be sent by itself any more: the contract's code (0: given up here) and a sentence.
    pub(crate) failed: Option<(i32, String)>,
    /// `MsgBody` as JSON, where the message is more than its text.
    pub(crate) body: Option<String>,
    /// `CloudCustomData`.
    pub(crate) custom: Option<String>,
    /// Whom a group message mentions, in its order: UserIDs, or the word for everybody.
    pub(crate) ats: Vec<String>,
    /// Messages of a merged one that is too large to travel inside its element: they are stored first, and it names them.
    pub(crate) relay_list: Option<String>,
    /// The thread that this reply joins once it is sent, and its entry there.
    pub(crate) thread: Option<(Thread, ReplyEntry)>,
    /// Asks who has read it.
    pub(crate) receipt: bool,
    /// Others may attach key-values to it: a poll, a note.
    pub(crate) extensible: bool,
    /// A file that goes with it; `body` is there once it is at the server.
    pub(crate) file: Option<Box<OutgoingFile>>,
}

/// An own text that was brought back: so many back, and what was being written before.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) back: usize,
    pub(crate) draft: String,
    pub(crate) shown: String,
}

/// Hours after which an unsent message is given up.
pub(crate) const GIVE_UP_HOURS: i64 = 24;

impl Outgoing {
    /// Names the row in the local database.
    pub(crate) fn key(&self) -> String {
        format!("{}-{}", self.client_time_s, self.random)
    }

    /// `<TinyId>-<MsgClientTime>-<MsgRandom>`.
    pub(crate) fn msg_id(&self, tiny_id: &str) -> String {
        format!("{tiny_id}-{}-{}", self.client_time_s, self.random)
    }

    /// The conversation it goes to.
    pub(crate) fn chat_id(&self) -> Option<ChatId> {
        ChatId::from_key(&self.chat)
    }

    /// `MsgBody` as JSON.
    pub(crate) fn body_json(&self) -> String {
        self.body.clone().unwrap_or_else(|| body_json(&self.text))
    }

    /// `GroupAtInfo`; `None`: it mentions nobody.
    pub(crate) fn group_at_info(&self) -> Option<Vec<GroupAt>> {
        let at = |user: &String| match user.as_str() {
            AT_ALL => GroupAt { all_flag: 1, account: None },
            _ => GroupAt { all_flag: 0, account: Some(user.clone()) },
        };
        (!self.ats.is_empty()).then(|| self.ats.iter().map(at).collect())
    }

    /// `MsgSeq` of a one-to-one message: the same at each attempt.
    pub(crate) fn seq(&self) -> u32 {
        u32::try_from(self.client_time_s).unwrap_or(0)
    }

    /// Its file has to go to the server first.
    pub(crate) fn needs_upload(&self) -> bool {
        self.file.is_some() && self.body.is_none()
    }

    fn shown(&self, body: &str) -> Body {
        match &self.file {
            Some(file) => Body::Parts(vec![Part::Media(Box::new(Media::of_outgoing(&self.key(), file)))]),
            None => body_from_json(body),
        }
    }

    /// When it is given up, milliseconds.
    pub(crate) fn given_up_ms(&self) -> i64 {
        self.created_ms.saturating_add(GIVE_UP_HOURS * 3_600_000)
    }

    /// As a row of the timeline.
    pub(crate) fn as_message(&self, me: &str, tiny_id: &str) -> Message {
        let delivery = match &self.failed {
            None => Delivery::Waiting { since_ms: self.created_ms },
            Some((code, text)) => Delivery::Failed { code: *code, text: text.clone() },
        };
        let body = self.body_json();
        Message {
            msg_id: self.msg_id(tiny_id),
            place: None,
            time_s: self.created_ms.div_euclid(1000),
            sender: me.into(),
            sender_name: String::new(),
            mine: true,
            body: naming(self.shown(&body), &self.group_at_info().unwrap_or_default(), me),
            delivery,
            source: Some(Source::new(&body, self.custom.as_deref()).into()),
            asks_receipt: self.receipt,
            ..Message::default()
        }
    }
}

fn body_json(text: &str) -> String {
    // Two strings in a list always serialise.
    serde_json::to_string(&[Element::text(text)]).unwrap_or_default()
}

/// How far a text with its custom data is over the message limit: (its bytes as a message, the limit).
pub(crate) fn over_limit(text: &str, custom: Option<&str>) -> Option<(usize, usize)> {
    let bytes = body_json(text).len() + custom.map_or(0, str::len);
    (bytes > limits::MESSAGE_BYTES).then_some((bytes, limits::MESSAGE_BYTES))
}

/// What a written line asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Written<'a> {
    /// A text to send.
    Text(&'a str),
    /// `/name argument`.
    Command { name: &'a str, argument: &'a str },
    /// Nothing.
    Blank,
}

/// Tells a slash command from a text: `//` starts a text with one slash, and so does a slash in front of a path.
pub(crate) fn read(text: &str) -> Written<'_> {
    let trimmed = text.trim_end();
    if trimmed.trim_start().is_empty() {
        return Written::Blank;
    }
    if let Some(rest) = trimmed.strip_prefix("//") {
        return Written::Text(&trimmed[trimmed.len() - rest.len() - 1..]);
    }
    if let Some(rest) = trimmed.strip_prefix('/') {
        let (name, argument) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if !name.is_empty() && !trimmed.contains('\n') && name.chars().all(|c| c.is_ascii_lowercase() || c == '-') {
            return Written::Command { name, argument: argument.trim() };
        }
    }
    Written::Text(trimmed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("hello ", Written::Text("hello"))]
    #[case(" \n ", Written::Blank)]
    #[case("/join  team ", Written::Command { name: "join", argument: "team" })]
    #[case("/quit", Written::Command { name: "quit", argument: "" })]
    #[case("//quit", Written::Text("/quit"))]
    #[case("/etc/hosts is wrong", Written::Text("/etc/hosts is wrong"))]
    #[case("/", Written::Text("/"))]
    #[case("/help\nme", Written::Text("/help\nme"))]
    fn commands_are_told_from_texts(#[case] text: &str, #[case] written: Written<'_>) {
        assert_eq!(read(text), written);
    }

    #[test]
    fn the_limit_counts_the_message_as_it_travels() {
        let empty = body_json("").len();
        assert_eq!(over_limit(&"a".repeat(12_288 - empty), None), None);
        assert_eq!(over_limit(&"a".repeat(12_289 - empty), None), Some((12_289, 12_288)));
        assert!(over_limit(&"\n".repeat(7_000), None).is_some(), "an escaped character counts as it is written");
    }
}
