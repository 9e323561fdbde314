//! The WebSocket envelope `{"head":{...},"body":{...}}` (`contract/web-frames.md` section 1).

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt::Write as _;

/// `servcmd` of every frame that the server sends unasked.
pub const PUSH_COMMAND: &str = "im_open_push.msg_push";

/// Head of a request. Only the first frame carries credentials; heads of other clients may hold much more, which is ignored.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Head<'a> {
    /// `service.command`.
    #[serde(borrow)]
    pub servcmd: Cow<'a, str>,
    /// Handed back with the answer.
    pub seq: u64,
    /// Application, as a number or as digits.
    #[serde(deserialize_with = "number_or_digits")]
    pub sdkappid: Option<u64>,
    /// UserID, at login.
    #[serde(borrow)]
    pub identifier: Option<Cow<'a, str>>,
    /// UserSig, at login.
    #[serde(borrow)]
    pub usersig: Option<Cow<'a, str>>,
    /// What the login answered as `A2Key`.
    #[serde(borrow)]
    pub a2: Option<Cow<'a, str>>,
}

fn number_or_digits<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either<'a> {
        Number(u64),
        Digits(#[serde(borrow)] Cow<'a, str>),
        Nothing(()),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(number) => Ok(Some(number)),
        Either::Digits(text) if text.is_empty() => Ok(None),
        Either::Digits(text) => text.parse().map(Some).map_err(|_| D::Error::custom("sdkappid is no number")),
        Either::Nothing(()) => Ok(None),
    }
}

/// A frame of a client; the body is parsed by the command.
#[derive(Debug, Deserialize)]
pub struct Request<'a> {
    /// Which command, which answer.
    #[serde(borrow)]
    pub head: Head<'a>,
    /// The command's fields; absent means none.
    #[serde(borrow, default)]
    pub body: Option<&'a RawValue>,
}

/// A frame of the server: an answer, or events when `head.servcmd` is [`PUSH_COMMAND`].
#[derive(Debug, Deserialize)]
pub struct Reply<'a> {
    /// The request's command and number.
    #[serde(borrow)]
    pub head: ReplyHead<'a>,
    /// Envelope and fields.
    #[serde(borrow)]
    pub body: &'a RawValue,
}

/// Head of a server's frame.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct ReplyHead<'a> {
    /// The request's command.
    #[serde(borrow)]
    pub servcmd: Cow<'a, str>,
    /// The request's number.
    pub seq: u64,
}

/// Credentials of the first frame of a person's link.
#[derive(Clone, Debug)]
pub struct Credentials<'a> {
    /// Application.
    pub sdk_app_id: u32,
    /// UserID.
    pub identifier: &'a str,
    /// UserSig.
    pub usersig: &'a str,
}

/// Text of a request; `body` is compact JSON of an object.
pub fn request(servcmd: &str, seq: u64, body: &str) -> String {
    answer(servcmd, seq, body)
}

/// Text of a login: the only request whose head carries credentials.
pub fn login_request(servcmd: &str, seq: u64, credentials: &Credentials<'_>, body: &str) -> String {
    #[derive(Serialize)]
    struct LoginHead<'a> {
        servcmd: &'a str,
        seq: u64,
        sdkappid: u32,
        identifier: &'a str,
        usersig: &'a str,
    }
    let head = LoginHead {
        servcmd,
        seq,
        sdkappid: credentials.sdk_app_id,
        identifier: credentials.identifier,
        usersig: credentials.usersig,
    };
    // A struct of texts and numbers always serialises.
    format!("{{\"head\":{},\"body\":{body}}}", serde_json::to_string(&head).unwrap_or_default())
}

/// Text of an answer; `body` is the JSON of [`crate::api::Envelope`].
pub fn answer(servcmd: &str, seq: u64, body: &str) -> String {
    let mut text = String::with_capacity(body.len() + servcmd.len() + 40);
    text.push_str("{\"head\":{\"servcmd\":");
    push_json_text(&mut text, servcmd);
    let _ = write!(text, ",\"seq\":{seq}}},\"body\":{body}}}");
    text
}

/// Text of an event frame; each item is `{"Event":n,KEY:...}`.
pub fn event_frame(items: &[impl AsRef<str>]) -> String {
    let room: usize = items.iter().map(|item| item.as_ref().len() + 1).sum();
    let mut text = String::with_capacity(room + 90);
    text.push_str("{\"head\":{\"servcmd\":\"im_open_push.msg_push\",\"seq\":0},\"body\":{\"EventArray\":[");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(item.as_ref());
    }
    text.push_str("]}}");
    text
}

/// A peer chose the command's name, so it is escaped; names of commands hold nothing to escape and are copied.
fn push_json_text(into: &mut String, text: &str) {
    if text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\') {
        into.push('"');
        into.push_str(text);
        into.push('"');
    } else {
        into.push_str(&serde_json::to_string(text).unwrap_or_else(|_| "\"\"".into()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_takes_the_application_as_number_or_digits() {
        for text in [r#"{"servcmd":"a.b","seq":1,"sdkappid":1400000001}"#, r#"{"servcmd":"a.b","seq":1,"sdkappid":"1400000001"}"#] {
            let head: Head<'_> = serde_json::from_str(text).unwrap();
            assert_eq!((head.sdkappid, head.seq), (Some(1_400_000_001), 1));
        }
        assert!(serde_json::from_str::<Head<'_>>(r#"{"sdkappid":"x"}"#).is_err());
        assert_eq!(serde_json::from_str::<Head<'_>>(r#"{"seq":2,"cs":9}"#).unwrap().seq, 2);
    }

    #[test]
    fn an_answer_escapes_a_hostile_command_name() {
        let text = answer("a\"b", 3, "{}");
        let reply: Reply<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!((reply.head.servcmd.as_ref(), reply.head.seq), ("a\"b", 3));
    }

    #[test]
    fn events_share_one_frame() {
        let text = event_frame(&[r#"{"Event":9}"#, r#"{"Event":3}"#]);
        assert_eq!(text, r#"{"head":{"servcmd":"im_open_push.msg_push","seq":0},"body":{"EventArray":[{"Event":9},{"Event":3}]}}"#);
    }
}
