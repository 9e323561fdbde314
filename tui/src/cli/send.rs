//! `tern send`: one message from a script. Ends with 0 only after the server has it.

use super::side_session;
use crate::edge::media::{Http, Link as MediaLink, UploadError, inspect, send_file};
use crate::state::media::{LocalFile, MediaKind, OutgoingFile};
use clap::Args;
use rand::rngs::StdRng;
use serde_json::value::RawValue;
use std::io::Read;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tern_protocol::api::command;
use tern_protocol::api::message::{GroupMsgSent, RawJson, SendGroupMsg, SendMsg};
use tern_protocol::client::{AddressError, CallError, ClientEvent, End, Session};
use tern_protocol::clock::Clock;
use tern_protocol::model::message::{BodyError, Element, check_body};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{ErrorCode, GroupId, UserId, limits};
use tokio::sync::mpsc;

/// Arguments of `tern send`.
#[derive(Args, Clone, Debug)]
pub(crate) struct SendArgs {
    /// The person to write to.
    #[arg(long, value_name = "USER", conflicts_with = "group", required_unless_present = "group")]
    pub(crate) to: Option<String>,
    /// The group to write to.
    #[arg(long, value_name = "ID")]
    pub(crate) group: Option<String>,
    /// A file to send, instead of a text.
    #[arg(long, value_name = "PATH", conflicts_with = "text")]
    pub(crate) file: Option<String>,
    /// What the file is sent as; without it, its content tells.
    #[arg(long = "as", value_name = "KIND", requires = "file")]
    pub(crate) kind: Option<FileKind>,
    /// The text; without it, or as `-`, standard input is sent.
    pub(crate) text: Option<String>,
    /// Seconds to wait for the server's acknowledgement.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) timeout: u32,
}

/// What a file is sent as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FileKind {
    Image,
    File,
    Sound,
    Video,
}

impl From<FileKind> for MediaKind {
    fn from(kind: FileKind) -> Self {
        match kind {
            FileKind::Image => Self::Image,
            FileKind::File => Self::File,
            FileKind::Sound => Self::Sound,
            FileKind::Video => Self::Video,
        }
    }
}

/// Why nothing was sent, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SendError {
    #[error("{0:?} is no user ID: {1}")]
    User(String, tern_protocol::id::IdError),
    #[error("{0:?} is no group ID: {1}")]
    Group(String, tern_protocol::id::IdError),
    #[error("{0}")]
    File(String),
    #[error("the file is not sent: {0}")]
    Upload(#[from] UploadError),
    #[error("there is nothing to send: give a text, or pipe one in")]
    Empty,
    #[error("standard input cannot be read as text: {0}")]
    Input(std::io::Error),
    #[error("the message is not sent: {0} (code {code})", code = .0.code(ErrorCode::CLIENT_MESSAGE_TOO_LONG).0)]
    Body(BodyError),
    #[error("the saved profile is unusable: {0}")]
    Address(#[from] AddressError),
    #[error("the message is not sent: {info} (code {code})")]
    Refused { code: i32, info: String },
    #[error("the server took the message and dropped it ({0})")]
    Dropped(String),
    #[error("the message is not sent: {0}")]
    Ended(End),
    #[error("no acknowledgement within {seconds} s{last}: the message may or may not have arrived")]
    TimedOut { seconds: u32, last: String },
    #[error("the server was not reached within {seconds} s{last}: nothing was sent")]
    NotReached { seconds: u32, last: String },
    #[error("the message is not sent: {0}")]
    Call(CallError),
}

impl SendError {
    /// 2: what was asked for is wrong; 1: it did not work.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::User(..) | Self::Group(..) | Self::File(_) | Self::Empty | Self::Input(_) | Self::Body(_) => ExitCode::from(2),
            Self::Address(_)
            | Self::Upload(_)
            | Self::Refused { .. }
            | Self::Dropped(_)
            | Self::Ended(_)
            | Self::TimedOut { .. }
            | Self::NotReached { .. }
            | Self::Call(_) => ExitCode::FAILURE,
        }
    }
}

/// What is to be sent to whom, checked.
#[derive(Debug, PartialEq)]
struct Letter {
    to: Recipient,
    what: What,
}

#[derive(Debug, PartialEq)]
enum What {
    Text(String),
    File(LocalFile),
}

#[derive(Debug, PartialEq)]
enum Recipient {
    User(UserId),
    Group(GroupId),
}

impl SendArgs {
    fn letter(&self, input: &mut dyn Read) -> Result<Letter, SendError> {
        let to = match (&self.to, &self.group) {
            (Some(user), _) => Recipient::User(UserId::parse(user.clone()).map_err(|error| SendError::User(user.clone(), error))?),
            (None, group) => {
                let group = group.clone().unwrap_or_default();
                Recipient::Group(GroupId::parse(group.clone()).map_err(|error| SendError::Group(group, error))?)
            }
        };
        if let Some(path) = &self.file {
            let file = inspect(path, self.kind.map(MediaKind::from)).map_err(SendError::File)?;
            return Ok(Letter { to, what: What::File(file) });
        }
        let text = match self.text.as_deref() {
            Some(text) if text != "-" => text.to_owned(),
            _ => read_text(input)?,
        };
        if text.trim().is_empty() { Err(SendError::Empty) } else { Ok(Letter { to, what: What::Text(text) }) }
    }
}

/// All of the input without its last line end; a message cannot be longer than the limit, so reading stops soon after it.
fn read_text(input: &mut dyn Read) -> Result<String, SendError> {
    let mut text = String::new();
    input.take(4 * limits::MESSAGE_BYTES as u64).read_to_string(&mut text).map_err(SendError::Input)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Sends, and returns when the server has acknowledged.
pub(crate) async fn run(
    args: &SendArgs,
    profile: &SavedProfile,
    clock: Arc<dyn Clock>,
    rng: &mut StdRng,
    input: &mut dyn Read,
) -> Result<(), SendError> {
    let letter = args.letter(input)?;
    let unreadable = |error: serde_json::Error| SendError::Call(CallError::Malformed(error.to_string()));
    let ready = match &letter.what {
        What::Text(text) => Some(serde_json::value::to_raw_value(&[Element::text(text)]).map_err(unreadable)?),
        What::File(_) => None,
    };
    if let Some(body) = &ready {
        check_body(body, None).map_err(SendError::Body)?;
    }
    let (session, events) = side_session::start(profile, Arc::clone(&clock), rng)?;
    let watch = tokio::spawn(watch_link(events));
    let patience_ms = i64::from(args.timeout) * 1000;
    let body = match (ready, letter.what) {
        (Some(body), _) => Ok(body),
        (None, What::File(file)) => upload(&session, profile, file, clock, patience_ms).await,
        (None, What::Text(_)) => Err(SendError::Empty),
    };
    let sent = match body {
        Ok(body) => send(&session, letter.to, body, patience_ms).await,
        Err(error) => {
            session.close().await;
            return Err(error);
        }
    };
    session.close().await;
    let link = watch.await.unwrap_or_default();
    match sent {
        Ok(None) => Ok(()),
        Ok(Some(reason)) => Err(SendError::Dropped(reason)),
        Err(error) => Err(explain(error, args.timeout, link)),
    }
}

/// Brings the file to the server; its element as `MsgBody`. The time limit starts anew with each piece that arrives.
async fn upload(
    session: &Session,
    profile: &SavedProfile,
    file: LocalFile,
    clock: Arc<dyn Clock>,
    patience_ms: i64,
) -> Result<RawJson, SendError> {
    let link = MediaLink { session: session.clone(), profile: profile.clone() };
    let last_ms = AtomicI64::new(clock.mono_ms());
    let progress = |_, _| last_ms.store(clock.mono_ms(), Ordering::Relaxed);
    let http = Http::default();
    let file = OutgoingFile::from(file);
    let begun = Default::default();
    let work = send_file(&link, &http, &file, Arc::clone(&clock), &begun, progress);
    let silent = async {
        loop {
            let until = last_ms.load(Ordering::Relaxed).saturating_add(patience_ms);
            if clock.mono_ms() >= until {
                return;
            }
            clock.sleep_until(until).await;
        }
    };
    let body = tokio::select! {
        body = work => body?,
        () = silent => return Err(UploadError::NotReached("it is silent".into()).into()),
    };
    RawValue::from_string(body).map_err(|error| SendError::Call(CallError::Malformed(error.to_string())))
}

/// `Some`: acknowledged, but dropped for this reason.
async fn send(session: &Session, to: Recipient, body: RawJson, patience_ms: i64) -> Result<Option<String>, CallError> {
    match to {
        Recipient::User(user) => {
            let request = SendMsg { to_account: Some(user.into()), msg_body: Some(body), ..SendMsg::default() };
            session.send_message::<command::SendMsg>(request, patience_ms).await.map(|_| None)
        }
        Recipient::Group(group) => {
            let request = SendGroupMsg { group_id: Some(group.into()), msg_body: Some(body), ..SendGroupMsg::default() };
            session.send_message::<command::SendGroupMsg>(request, patience_ms).await.map(drop_reason)
        }
    }
}

/// Why a group's message was dropped: a client is told by the place alone, which every kept message has.
fn drop_reason(answer: GroupMsgSent) -> Option<String> {
    answer.msg_drop_reason.or_else(|| (answer.msg_seq == 0).then(|| "MsgFreqCtrl".to_owned()))
}

/// What became of the link, for the sentence.
#[derive(Debug, Default)]
struct Link {
    was_online: bool,
    last_problem: Option<String>,
}

/// Reads all events: a session whose events are not taken loses its link.
async fn watch_link(mut events: mpsc::Receiver<ClientEvent>) -> Link {
    let mut link = Link::default();
    while let Some(event) = events.recv().await {
        match event {
            ClientEvent::Online(_) => link.was_online = true,
            ClientEvent::Offline { reason, .. } => link.last_problem = Some(reason),
            _ => {}
        }
    }
    link
}

fn explain(error: CallError, seconds: u32, link: Link) -> SendError {
    let last = link.last_problem.map(|reason| format!(" ({reason})")).unwrap_or_default();
    match error {
        CallError::Refused { code, info } | CallError::Ended(End::Refused { code, info }) => {
            SendError::Refused { code: code.0, info }
        }
        CallError::Ended(end) => SendError::Ended(end),
        CallError::TimedOut if !link.was_online => SendError::NotReached { seconds, last },
        CallError::TimedOut | CallError::Lost => SendError::TimedOut { seconds, last },
        other => SendError::Call(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn args(to: Option<&str>, group: Option<&str>, text: Option<&str>) -> SendArgs {
        let own = |text: Option<&str>| text.map(str::to_owned);
        SendArgs { to: own(to), group: own(group), text: own(text), file: None, kind: None, timeout: 30 }
    }

    #[rstest]
    #[case(Some("hi"), "ignored", "hi")]
    #[case(None, "from a pipe\n", "from a pipe")]
    #[case(Some("-"), "one\ntwo\r\n", "one\ntwo")]
    #[case(None, "kept\n\n", "kept\n")]
    fn the_text_is_the_argument_or_the_input(#[case] text: Option<&str>, #[case] input: &str, #[case] sent: &str) {
        let letter = args(Some("bob"), None, text).letter(&mut input.as_bytes()).unwrap();
        assert_eq!(letter, Letter { to: Recipient::User(UserId::parse("bob").unwrap()), what: What::Text(sent.to_owned()) });
    }

    #[rstest]
    #[case(args(Some("bo\u{7}b"), None, Some("x")), "printable ASCII")]
    #[case(args(None, Some(""), Some("x")), "is no group ID")]
    #[case(args(Some("bob"), None, None), "nothing to send")]
    #[case(args(Some("bob"), None, Some("  ")), "nothing to send")]
    fn what_cannot_be_sent_is_told_before_anything_happens(#[case] args: SendArgs, #[case] wanted: &str) {
        let error = args.letter(&mut "".as_bytes()).unwrap_err();
        assert!(error.to_string().contains(wanted), "{error}");
        assert_eq!(error.exit_code(), ExitCode::from(2));
    }

    #[test]
    fn a_message_without_a_place_was_dropped_by_the_group() {
        let answer = |msg_seq, reason: Option<&str>| GroupMsgSent {
            msg_seq,
            msg_drop_reason: reason.map(str::to_owned),
            ..Default::default()
        };
        assert_eq!(drop_reason(answer(7, None)), None);
        assert_eq!(drop_reason(answer(0, None)).as_deref(), Some("MsgFreqCtrl"));
        assert_eq!(drop_reason(answer(0, Some("Other"))).as_deref(), Some("Other"));
    }

    #[test]
    fn a_file_is_looked_at_before_anything_happens() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("notes.txt").display().to_string();
        let file = |kind| SendArgs { file: Some(path.clone()), kind, ..args(Some("bob"), None, None) };
        let error = file(None).letter(&mut "".as_bytes()).unwrap_err();
        assert!(error.to_string().contains("There is no file"), "{error}");
        assert_eq!(error.exit_code(), ExitCode::from(2));
        std::fs::write(&path, "hello").unwrap();
        let kind_of = |kind| match file(kind).letter(&mut "".as_bytes()).unwrap().what {
            What::File(file) => file.kind,
            What::Text(text) => panic!("{text}"),
        };
        assert_eq!(kind_of(None), MediaKind::File);
        assert_eq!(kind_of(Some(FileKind::Sound)), MediaKind::Sound);
    }

    #[test]
    fn a_refusal_names_the_contracts_code() {
        let refused = CallError::Refused { code: ErrorCode::GROUP_NOT_FOUND, info: "no such group".into() };
        let text = explain(refused, 30, Link::default()).to_string();
        assert_eq!(text, format!("the message is not sent: no such group (code {})", ErrorCode::GROUP_NOT_FOUND.0));
    }

    #[test]
    fn a_server_out_of_reach_is_told_from_a_missing_acknowledgement() {
        let link = |was_online| Link { was_online, last_problem: Some("connection refused".into()) };
        let text = |was_online| explain(CallError::TimedOut, 5, link(was_online)).to_string();
        assert_eq!(text(false), "the server was not reached within 5 s (connection refused): nothing was sent");
        assert!(text(true).ends_with("the message may or may not have arrived"));
    }
}
