//! One message as it is shown: parsed and cleaned once, when it comes in.

use super::attached::Attached;
use super::ballot::Ballot;
use super::custom::Call;
use super::media::{Media, Place};
use super::reply::Source;
use super::sane_s;
use crate::text::rich::{Rich, Who};
use crate::text::{clean, clean_line};
use serde_json::Value;
use std::sync::Arc;
use tern_protocol::api::message::{GroupAt, Message as WireMessage};
use tern_protocol::model::message::{Content, Element};

/// How far an own message has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// Handed to the outbox at this wall time (milliseconds).
    Waiting { since_ms: i64 },
    /// Stored by the server; every message of others is.
    #[default]
    Stored,
    /// Refused for good, with the contract's code (0: given up here) and a sentence.
    Failed { code: i32, text: String },
}

/// A piece of a message, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Lines of text, with what they mean.
    Text(Rich),
    /// Something that a terminal shows by its data: what it is, its name, and a detail.
    Card {
        kind: &'static str,
        title: String,
        detail: String,
    },
    /// A picture, a sound, a video or a file.
    Media(Box<Media>),
    Place(Place),
    /// A poll or a group note.
    Ballot(Box<Ballot>),
    /// A call's signal.
    Call(Box<Call>),
    /// The first lines of forwarded messages.
    Relay {
        title: String,
        lines: Vec<String>,
    },
}

/// What a message says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Body {
    /// What a person sent.
    Parts(Vec<Part>),
    /// What happened in the group.
    Tip(String),
    /// Taken back by its sender or an administrator.
    Recalled,
    /// Made by a version to come.
    #[default]
    Unknown,
}

/// A message of a timeline.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Message {
    /// `<TinyId>-<MsgClientTime>-<MsgRandom>`.
    pub(crate) msg_id: String,
    /// `None`: not stored by the server (yet).
    pub(crate) place: Option<u64>,
    /// Server time, or while it waits the local one; seconds.
    pub(crate) time_s: i64,
    pub(crate) sender: Arc<str>,
    /// Name card or nick, cleaned; empty: show the ID.
    pub(crate) sender_name: String,
    /// That is the name card: a nick does not count beside it.
    pub(crate) by_card: bool,
    pub(crate) mine: bool,
    pub(crate) body: Body,
    pub(crate) delivery: Delivery,
    /// Rises with each modification.
    pub(crate) version: i64,
    /// What it says was changed, as the server knows; answers in its thread are no such change.
    pub(crate) edited: bool,
    /// Names `me` (bit 1) or all (bit 2).
    pub(crate) at_type: i64,
    /// Of a one-to-one message: the sender's number; commands name the message by it, the random number and the time.
    pub(crate) seq: u64,
    pub(crate) random: u64,
    /// What it is made of, and what it answers.
    pub(crate) source: Option<Arc<Source>>,
    /// Number of its last change at the server, as far as it came with the message.
    pub(crate) rev: u64,
    /// Its sender wants to know who has read it.
    pub(crate) asks_receipt: bool,
    /// The server has reactions of it.
    pub(crate) reacted: bool,
    /// Its sender's client shows that somebody is typing.
    pub(crate) shows_typing: bool,
    /// Recalled: who did it (UserID), and why (cleaned).
    pub(crate) revoker: Option<Arc<str>>,
    pub(crate) revoke_reason: String,
    /// What came to it after it was sent.
    pub(crate) attached: Attached,
}

impl Message {
    /// Reads the one shape of events, history and sync.
    pub(crate) fn from_wire(wire: &WireMessage, me: &str) -> Self {
        Self::of_wire(wire, me).worded(me)
    }

    /// A call's row is the caller's, whoever sent the signal, and worded for who reads it; in a group it is a tip
    /// (`contract/client-semantics.md` 14.4).
    fn worded(mut self, me: &str) -> Self {
        let Body::Parts(parts) = &self.body else { return self };
        let [Part::Call(call)] = &parts[..] else { return self };
        let sender = if self.sender_name.is_empty() { clean_line(&self.sender) } else { self.sender_name.clone() };
        if let Some(tip) = call.tip(&sender) {
            self.body = Body::Tip(tip);
            return self;
        }
        let by_me = if call.inviter.is_empty() { self.mine } else { call.inviter == me };
        let part = card(call.kind(), call.outcome(by_me), &[]);
        if by_me != self.mine {
            self.sender = call.inviter.as_str().into();
            self.sender_name.clear();
            self.by_card = false;
            self.mine = by_me;
        }
        self.body = Body::Parts(vec![part]);
        self
    }

    fn of_wire(wire: &WireMessage, me: &str) -> Self {
        let group_name_card = wire.group_info.as_ref().and_then(|info| info.name_card.as_deref()).filter(|name| !name.is_empty());
        let sender_name = group_name_card.or(wire.nick.as_deref()).map(clean_line).unwrap_or_default();
        let ats = wire.group_at_info.as_deref().unwrap_or_default();
        let at_me = ats.iter().any(|at| at.all_flag == 0 && at.account.as_deref() == Some(me));
        let at_all = ats.iter().any(|at| at.all_flag == 1);
        Self {
            msg_id: wire.msg_id(),
            place: wire.place(),
            time_s: sane_s(wire.msg_time_stamp),
            sender: wire.from_account.as_str().into(),
            sender_name,
            by_card: group_name_card.is_some(),
            mine: wire.from_account == me,
            body: naming(body_of(wire), ats, me),
            delivery: Delivery::Stored,
            version: wire.msg_version.unwrap_or(0),
            edited: wire.edited == Some(1),
            at_type: i64::from(at_me) | i64::from(at_all) << 1,
            seq: wire.msg_seq,
            random: wire.msg_random,
            source: source_of(wire).map(Arc::new),
            rev: wire.rev.unwrap_or(0),
            asks_receipt: wire.need_read_receipt == Some(1),
            reacted: wire.reacted == Some(1),
            shows_typing: wire.cloud_custom_data.as_deref().is_some_and(shows_typing),
            revoker: wire.revoker.as_deref().map(Arc::from),
            revoke_reason: wire.revoke_reason.as_deref().map(clean_line).unwrap_or_default(),
            attached: Attached::default(),
        }
    }

    /// `<MsgSeq>_<MsgRandom>_<MsgTimeStamp>`: the key of a one-to-one message.
    pub(crate) fn c2c_key(&self) -> String {
        format!("{}_{}_{}", self.seq, self.random, self.time_s)
    }

    /// A stored message that a person sent and nobody took back.
    pub(crate) fn is_shown_message(&self) -> bool {
        self.place.is_some() && matches!(self.body, Body::Parts(_))
    }

    /// False for a place without a message: deleted, expired, or never stored.
    pub(crate) fn is_there(wire: &WireMessage) -> bool {
        wire.is_place_msg != Some(1)
    }

    /// The message in one line, for the list and for notices.
    pub(crate) fn abstract_line(&self) -> String {
        match &self.body {
            Body::Parts(parts) => parts.iter().map(Part::abstract_line).collect::<Vec<_>>().join(" "),
            Body::Tip(text) => text.clone(),
            Body::Recalled if self.mine => "You recalled a message".into(),
            Body::Recalled => "recalled a message".into(),
            Body::Unknown => UNSUPPORTED.into(),
        }
    }

    /// What its addresses open, in order.
    pub(crate) fn links(&self) -> Vec<Arc<str>> {
        match &self.body {
            Body::Parts(parts) => parts.iter().flat_map(Part::links).cloned().collect(),
            _ => Vec::new(),
        }
    }

    /// The text to copy.
    pub(crate) fn plain_text(&self) -> String {
        match &self.body {
            Body::Parts(parts) => {
                let texts = parts.iter().map(|part| match part {
                    Part::Text(text) => text.to_string(),
                    Part::Place(place) => format!("{} {}", place.title, place.coordinates()).trim().to_owned(),
                    other => other.abstract_line(),
                });
                texts.collect::<Vec<_>>().join("\n")
            }
            _ => self.abstract_line(),
        }
    }
}

impl Part {
    /// What its addresses open, in order.
    pub(crate) fn links(&self) -> &[Arc<str>] {
        match self {
            Self::Text(text) => text.links(),
            _ => &[],
        }
    }

    fn abstract_line(&self) -> String {
        match self {
            Self::Text(text) => clean_line(text.shown()),
            Self::Card { kind, title, .. } if title.is_empty() => format!("[{kind}]"),
            Self::Card { kind, title, .. } => format!("[{kind}] {title}"),
            Self::Media(media) => match media.title() {
                title if title.is_empty() => format!("[{}]", media.kind.word()),
                title => format!("[{}] {title}", media.kind.word()),
            },
            Self::Call(call) => format!("[{}] {}", call.kind(), call.outcome(false)).trim_end().to_owned(),
            Self::Ballot(ballot) => format!("[{}] {}", ballot.word(), ballot.title),
            Self::Place(place) if place.title.is_empty() => "[Location]".into(),
            Self::Place(place) => format!("[Location] {}", place.title),
            Self::Relay { title, .. } if title.is_empty() => "[Chat Record]".into(),
            Self::Relay { title, .. } => format!("[Chat Record] {title}"),
        }
    }
}

/// What a message that a person sent is made of.
fn source_of(wire: &WireMessage) -> Option<Source> {
    let body = wire.msg_body.as_ref().filter(|body| body.get().starts_with('[') && !is_recalled(wire))?;
    Some(Source::new(body.get(), wire.cloud_custom_data.as_deref()))
}

fn is_recalled(wire: &WireMessage) -> bool {
    wire.is_place_msg == Some(2) || wire.msg_flag_bits.is_some_and(|bits| bits & 8 != 0)
}

/// Whether a message only says that somebody types (true), or does not any more (false).
pub(crate) fn typing(wire: &WireMessage) -> Option<bool> {
    let elements: Value = serde_json::from_str(wire.msg_body.as_ref()?.get()).ok()?;
    let data = elements.pointer("/0/MsgContent/Data")?.as_str()?;
    let fields: Value = serde_json::from_str(data).ok()?;
    if fields.get("businessID")?.as_str()? != "user_typing_status" {
        return None;
    }
    let status = fields.get("typingStatus").and_then(|status| status.as_i64().or_else(|| status.as_bool().map(i64::from)));
    let action = fields.get("userAction").and_then(Value::as_i64);
    Some(status.map_or(action == Some(14), |status| status == 1))
}

/// `messageFeature.needTyping` of `CloudCustomData` (`contract/client-semantics.md` 16.1).
fn shows_typing(custom: &str) -> bool {
    let Ok(fields) = serde_json::from_str::<Value>(custom) else { return false };
    fields.pointer("/messageFeature/needTyping").is_some_and(|flag| flag.as_i64() == Some(1) || flag.as_bool() == Some(true))
}

fn body_of(wire: &WireMessage) -> Body {
    if is_recalled(wire) {
        return Body::Recalled;
    }
    let Some(body) = &wire.msg_body else { return Body::Unknown };
    body_from_json(body.get())
}

/// Reads `MsgBody`: an array of elements, or the object of a tip.
pub(crate) fn body_from_json(json: &str) -> Body {
    match serde_json::from_str::<Value>(json) {
        Ok(Value::Array(elements)) => {
            let elements = elements.into_iter().map(serde_json::from_value::<Element>);
            let parts: Vec<Part> =
                elements.flat_map(|element| element.map_or_else(|_| vec![unsupported()], |element| parts_of(&element))).collect();
            if parts.is_empty() { Body::Unknown } else { Body::Parts(parts) }
        }
        Ok(Value::Object(tip)) => Body::Tip(super::tip::sentence(&Value::Object(tip))),
        _ => Body::Unknown,
    }
}

/// The body with its mentions found: the list of the message says whom it names.
pub(crate) fn naming(mut body: Body, ats: &[GroupAt], me: &str) -> Body {
    let named: Vec<Who> = ats.iter().map(|at| who_of(at.all_flag == 1, at.account.as_deref().unwrap_or_default(), me)).collect();
    if let (Body::Parts(parts), false) = (&mut body, named.is_empty()) {
        let first = parts.iter_mut().find_map(|part| match part {
            Part::Text(text) if text.contains(['@', '＠']) => Some(text),
            _ => None,
        });
        if let Some(text) = first {
            *text = Rich::read(text.to_string(), &named);
        }
    }
    body
}

/// Whom an entry of `GroupAtInfo` names.
pub(crate) fn who_of(all: bool, account: &str, me: &str) -> Who {
    match account {
        _ if all || account == AT_ALL => Who::All,
        _ if account == me => Who::Me,
        _ => Who::Other(account.into()),
    }
}

/// Stands for everybody in a list of mentions (`contract/client-semantics.md` 2.8; three s).
pub(crate) const AT_ALL: &str = "__kImSDK_MesssageAtALL__";

pub(super) fn card(kind: &'static str, title: impl AsRef<str>, details: &[String]) -> Part {
    let detail: Vec<&str> = details.iter().map(String::as_str).filter(|detail| !detail.is_empty()).collect();
    Part::Card { kind, title: clean_line(title.as_ref()), detail: detail.join(" · ") }
}

/// Stands for what a later version made (`contract/uikit-parity.md` 2.23).
const UNSUPPORTED: &str = "[This message display is not currently supported]";

fn unsupported() -> Part {
    Part::Text(UNSUPPORTED.to_owned().into())
}

fn parts_of(element: &Element) -> Vec<Part> {
    let content = element.typed();
    let thumbnail_url = element.content.get("ThumbUrl").and_then(Value::as_str).unwrap_or_default();
    if let Some(media) = Media::from_content(&content, thumbnail_url) {
        return vec![Part::Media(Box::new(media))];
    }
    let part = match content {
        Content::Text { text } => Part::Text(clean(&text).into_owned().into()),
        Content::Location { desc, latitude, longitude } => Part::Place(Place::new(&desc, latitude, longitude)),
        Content::Face { index, data } => {
            let name = if data.is_empty() { format!("#{index}") } else { data };
            card("Sticker", name, &[])
        }
        Content::Relay { title, count, abstracts, compatible_text } => {
            let mut lines: Vec<String> = abstracts.iter().take(5).map(|line| clean_line(line)).collect();
            if lines.is_empty() && !compatible_text.is_empty() {
                lines.push(clean_line(&compatible_text));
            }
            if count > 0 {
                lines.push(crate::text::counted(count.unsigned_abs(), "message"));
            }
            Part::Relay { title: clean_line(&title), lines }
        }
        Content::Custom { data, desc, .. } => return super::custom::parts(&data, &desc),
        Content::Unknown | Content::Sound { .. } | Content::Image { .. } | Content::File { .. } | Content::Video { .. } => {
            unsupported()
        }
    };
    vec![part]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn parts(json: &str) -> Vec<Part> {
        match body_from_json(json) {
            Body::Parts(parts) => parts,
            other => panic!("{other:?}"),
        }
    }

    #[rstest]
    #[case(r#"{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi\u001b[31m"}}"#, "hi␛[31m")]
    #[case(r#"{"MsgType":"TIMImageElem","MsgContent":{"UUID":"u","ImageFormat":1,"ImageInfoArray":[{"Type":3,"Size":10,"Width":1,"Height":1,"URL":"http://h/t.jpg"},{"Type":1,"Size":204800,"Width":1280,"Height":720,"URL":"http://h/p/cat.jpg?e=1"}]}}"#, "[Image] cat.jpg")]
    #[case(r#"{"MsgType":"TIMSoundElem","MsgContent":{"UUID":"u","Size":62351,"Second":7}}"#, "[Voice] 0:07")]
    #[case(r#"{"MsgType":"TIMFileElem","MsgContent":{"FileName":"report.pdf","FileSize":5}}"#, "[File] report.pdf")]
    #[case(r#"{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoSecond":61,"VideoSize":1048576}}"#, "[Video]")]
    #[case(r#"{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"here","Latitude":1.5,"Longitude":2.5}}"#, "[Location] here")]
    #[case(r#"{"MsgType":"TIMFaceElem","MsgContent":{"Index":1,"Data":"tt00"}}"#, "[Sticker] tt00")]
    #[case(
        r#"{"MsgType":"TIMRelayElem","MsgContent":{"Title":"Ann's chat","MsgNum":2,"AbstractList":["a: 1"],"MsgList":[]}}"#,
        "[Chat Record] Ann's chat"
    )]
    #[case(r#"{"MsgType":"TIMCustomElem","MsgContent":{"Data":"{\"businessID\":\"text_link\",\"text\":\"Docs\",\"link\":\"http://d\"}"}}"#, "[Link] Docs")]
    #[case(r#"{"MsgType":"TIMCustomElem","MsgContent":{"Data":"not json"}}"#, "[Custom Messages]")]
    #[case(r#"{"MsgType":"TIMNewElem","MsgContent":{}}"#, "[This message display is not currently supported]")]
    #[case(r#"{"MsgType":5}"#, "[This message display is not currently supported]")]
    fn every_element_has_a_line(#[case] element: &str, #[case] line: &str) {
        assert_eq!(parts(&format!("[{element}]"))[0].abstract_line(), line);
    }

    #[test]
    fn a_picture_is_described_by_its_original() {
        let json = r#"[{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[{"Type":1,"Size":204800,"Width":1280,"Height":720,"URL":"http://h/cat.jpg"}]}}]"#;
        let Part::Media(media) = &parts(json)[0] else { panic!() };
        assert_eq!((media.name.as_str(), media.facts().join(" · ").as_str()), ("cat.jpg", "1280×720 · 200 KB"));
    }

    #[test]
    fn several_elements_stay_in_order() {
        let json = r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"look"}},{"MsgType":"TIMFaceElem","MsgContent":{"Index":3}}]"#;
        assert_eq!(parts(json).len(), 2);
        assert_eq!(body_from_json("[]"), Body::Unknown);
        assert_eq!(body_from_json("nonsense"), Body::Unknown);
    }
}
