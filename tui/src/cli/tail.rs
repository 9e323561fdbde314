//! `tern tail`: messages as they come, a line each, for scripts; as JSON also what happens to them afterwards.
//!
//! It starts with what is new from now on. After a lost link it reads what was missed, so no message is left out and none is
//! told twice: the place of the last one told is kept per conversation.

use super::side_session;
use super::tail_event::TailEvent;
use crate::state::message::typing;
use clap::Args;
use rand::rngs::StdRng;
use serde::Serialize;
use std::collections::HashMap;
use std::io::Write;
use std::sync::Arc;
use tern_protocol::api::command;
use tern_protocol::api::conversation::{ChangedMessages, ConversationId, History, SyncPull};
use tern_protocol::api::message::{Message, RawJson};
use tern_protocol::client::{AddressError, CallError, ClientEvent, End, Session};
use tern_protocol::clock::Clock;
use tern_protocol::event::Event;
use tern_protocol::model::message::{Content, Element};
use tern_protocol::model::saved_profile::SavedProfile;
use tokio_util::sync::CancellationToken;

/// Conversations per page of the synchronisation, and messages per page of history: the server's maxima.
const SYNC_PAGE: u64 = 500;
const HISTORY_PAGE: u64 = 50;

/// Arguments of `tern tail`.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct TailArgs {
    /// One JSON object per line instead of text; also recalls, changes, reads, reactions, receipts, pins and typing.
    #[arg(long)]
    pub(crate) json: bool,
    /// Only this conversation: `c2c_USER`, `group_ID`, or the bare ID.
    #[arg(long, value_name = "ID")]
    pub(crate) conversation: Option<String>,
}

/// Why it ended otherwise than by request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TailError {
    #[error("the saved profile is unusable: {0}")]
    Address(#[from] AddressError),
    #[error("no more messages: {0}")]
    Ended(End),
    #[error("messages cannot be written: {0}")]
    Output(std::io::Error),
}

/// A line of `--json`.
#[derive(Debug, Serialize)]
struct Line<'a> {
    conversation: &'a str,
    from: &'a str,
    nick: &'a str,
    /// Server time, Unix seconds.
    time: i64,
    /// The message's ID, the same on every device.
    id: String,
    /// Place in the conversation; absent when the message is not stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<u64>,
    /// The elements as text.
    text: String,
    body: &'a Option<RawJson>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cloud_custom_data: &'a Option<String>,
}

/// Writes messages until `stop`, the end of the output, or the end of the login.
pub(crate) async fn run(
    args: &TailArgs,
    profile: &SavedProfile,
    clock: Arc<dyn Clock>,
    rng: &mut StdRng,
    output: &mut dyn Write,
    stop: CancellationToken,
) -> Result<(), TailError> {
    let (session, mut events) = side_session::start(profile, clock, rng)?;
    let mut tail = Tail { args, me: profile.user.as_str(), output, told: HashMap::new(), rev: 0, started: false };
    let end = loop {
        let event = tokio::select! {
            () = stop.cancelled() => break Ok(()),
            event = events.recv() => event,
        };
        let told = match event {
            None => break Ok(()),
            Some(ClientEvent::Ended(end)) => break Err(TailError::Ended(end)),
            Some(ClientEvent::Online(_)) => tail.catch_up(&session).await,
            Some(ClientEvent::Event(event)) => tail.event(*event),
            Some(_) => Ok(()),
        };
        if let Err(error) = told {
            // The reader of a pipe went away: nobody is left to complain to.
            break if error.kind() == std::io::ErrorKind::BrokenPipe { Ok(()) } else { Err(TailError::Output(error)) };
        }
    };
    session.close().await;
    end
}

struct Tail<'a> {
    args: &'a TailArgs,
    me: &'a str,
    output: &'a mut dyn Write,
    /// Place of the last message told, by conversation; as many as the person has conversations.
    told: HashMap<String, u64>,
    /// Everything up to this change is in `told`.
    rev: u64,
    started: bool,
}

impl Tail<'_> {
    fn event(&mut self, event: Event) -> std::io::Result<()> {
        match event {
            Event::C2cMessage(message) if typing(&message).is_some() => {
                let on = typing(&message).unwrap_or_default();
                self.told(&TailEvent::typing(conversation_of(&message, self.me), &message.from_account, on))
            }
            Event::C2cMessage(message) | Event::GroupMessage(message) => self.message(&message),
            other => TailEvent::of(other, self.me).iter().try_for_each(|event| self.told(event)),
        }
    }

    /// Writes what happened to messages; scripts that read text are told of messages alone.
    fn told(&mut self, event: &TailEvent) -> std::io::Result<()> {
        if !self.args.json || !self.wanted(&event.conversation) {
            return Ok(());
        }
        writeln!(self.output, "{}", serde_json::to_string(event)?)?;
        self.output.flush()
    }

    /// After the first login only notes where each conversation ends; after others tells what was missed. What the server
    /// refuses is tried again after the next login.
    async fn catch_up(&mut self, session: &Session) -> std::io::Result<()> {
        let Ok((changed, rev)) = pull(session, self.rev).await else { return Ok(()) };
        for (id, last_place) in changed {
            let Some(name) = conversation_name(&id) else { continue };
            if self.started && self.args.json && self.wanted(&name) {
                let Ok(missed) = changes(session, &id, self.rev).await else { return Ok(()) };
                missed.iter().filter_map(|message| TailEvent::missed(message, self.me)).try_for_each(|event| self.told(&event))?;
            }
            if self.started && self.wanted(&name) {
                let mut after = self.told.get(&name).copied().unwrap_or(0);
                while after < last_place {
                    let Ok((messages, reached)) = history(session, &id, after).await else { return Ok(()) };
                    messages.iter().try_for_each(|message| self.message(message))?;
                    if reached <= after {
                        break;
                    }
                    after = reached;
                }
            }
            let told = self.told.entry(name).or_insert(0);
            *told = last_place.max(*told);
        }
        (self.rev, self.started) = (rev, true);
        Ok(())
    }

    fn wanted(&self, conversation: &str) -> bool {
        self.args
            .conversation
            .as_deref()
            .is_none_or(|wanted| conversation == wanted || conversation.split_once('_').is_some_and(|(_, bare)| bare == wanted))
    }

    fn message(&mut self, message: &Message) -> std::io::Result<()> {
        let conversation = conversation_of(message, self.me);
        let place = message.place();
        if let Some(place) = place {
            let told = self.told.entry(conversation.clone()).or_insert(0);
            if place <= *told {
                return Ok(());
            }
            *told = place;
        }
        if !self.wanted(&conversation) || message.is_place_msg.is_some_and(|place| place != 0) || message.is_system_msg == Some(1) {
            return Ok(());
        }
        let nick = message.nick.as_deref().or(message.group_info.as_ref().and_then(|info| info.from_nick.as_deref()));
        let line = Line {
            conversation: &conversation,
            from: &message.from_account,
            nick: nick.unwrap_or_default(),
            time: message.msg_time_stamp,
            id: message.msg_id(),
            place,
            text: abstract_of(message),
            body: &message.msg_body,
            cloud_custom_data: &message.cloud_custom_data,
        };
        self.write(&line)
    }

    fn write(&mut self, line: &Line<'_>) -> std::io::Result<()> {
        let text = if self.args.json {
            serde_json::to_string(line)?
        } else {
            let name = if line.nick.is_empty() { line.from } else { line.nick };
            without_control(&format!("{} {name}: {}", line.conversation, line.text))
        };
        writeln!(self.output, "{text}")?;
        self.output.flush()
    }
}

/// All conversations that changed since `rev`, with their last places.
async fn pull(session: &Session, rev: u64) -> Result<(Vec<(ConversationId, u64)>, u64), CallError> {
    let mut request = SyncPull { rev, limit: SYNC_PAGE, before: None };
    let (mut changed, mut newest) = (Vec::new(), None);
    loop {
        let page = session.call::<command::SyncPull>(&request).await?;
        let newest = *newest.get_or_insert(page.rev);
        changed.extend(page.conversations.into_iter().map(|conversation| (conversation.id, conversation.last_place)));
        match page.before {
            Some(before) if page.complete != 1 && request.before.is_none_or(|asked| before < asked) => {
                request.before = Some(before)
            }
            _ => return Ok((changed, newest)),
        }
    }
}

/// Messages of a conversation that were recalled or modified since `rev`.
async fn changes(session: &Session, id: &ConversationId, rev: u64) -> Result<Vec<Message>, CallError> {
    let mut request = ChangedMessages { id: id.clone(), rev, limit: HISTORY_PAGE };
    let mut changed = Vec::new();
    loop {
        let page = session.call::<command::ChangedMessages>(&request).await?;
        changed.extend(page.msg_list);
        if page.complete == 1 || page.rev <= request.rev {
            return Ok(changed);
        }
        request.rev = page.rev;
    }
}

async fn history(session: &Session, id: &ConversationId, after: u64) -> Result<(Vec<Message>, u64), CallError> {
    let request = History { id: id.clone(), limit: HISTORY_PAGE, after: Some(after), ..History::default() };
    let page = session.call::<command::History>(&request).await?;
    Ok((page.msg_list, page.to_place))
}

pub(super) fn conversation_name(id: &ConversationId) -> Option<String> {
    match (&id.to_account, &id.group_id) {
        (Some(user), _) => Some(format!("c2c_{user}")),
        (None, Some(group)) => Some(format!("group_{group}")),
        (None, None) => None,
    }
}

/// As client-semantics section 6.1 writes it; the other side of a one-to-one message is whoever is not `me`.
pub(super) fn conversation_of(message: &Message, me: &str) -> String {
    match (message.chat_id(), &message.to_account) {
        (Some(group), _) => format!("group_{group}"),
        (None, Some(to)) if message.from_account == me => format!("c2c_{to}"),
        (None, _) => format!("c2c_{}", message.from_account),
    }
}

pub(super) fn abstract_of(message: &Message) -> String {
    let elements: Vec<Element> =
        message.msg_body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok()).unwrap_or_default();
    let text = |element: &Element| match element.typed() {
        Content::Text { text } => text,
        Content::Location { desc, .. } => format!("[Location] {desc}"),
        Content::Face { .. } => "[Animated Sticker]".to_owned(),
        Content::Custom { desc, .. } if !desc.is_empty() => desc,
        Content::Custom { .. } => "[Custom Messages]".to_owned(),
        Content::Sound { seconds, .. } => format!("[Voice] {seconds} s"),
        Content::Image { .. } => "[Image]".to_owned(),
        Content::File { name, .. } => format!("[File] {name}"),
        Content::Video { seconds, .. } => format!("[Video] {seconds} s"),
        Content::Relay { title, .. } => format!("[Chat Record] {title}"),
        Content::Unknown => format!("[{}]", element.kind),
    };
    elements.iter().map(text).collect::<Vec<_>>().join(" ")
}

/// Line ends as spaces, other control characters not at all: a message must not steer the terminal.
fn without_control(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { ' ' } else { c }).filter(|c| !c.is_control()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn tail<'a>(args: &'a TailArgs, output: &'a mut Vec<u8>) -> Tail<'a> {
        Tail { args, me: "me", output, told: HashMap::new(), rev: 0, started: true }
    }

    fn from_ann(pos: u64, text: &str) -> Message {
        let body = serde_json::value::to_raw_value(&[Element::text(text)]).unwrap();
        Message {
            from_account: "ann".into(),
            to_account: Some("me".into()),
            msg_time_stamp: 1_700_000_000,
            msg_client_time: 1_700_000_000,
            msg_random: 7,
            tiny_id: "12".into(),
            pos: Some(pos),
            msg_body: Some(body),
            ..Message::default()
        }
    }

    #[test]
    fn a_message_is_one_json_line_and_is_told_once() {
        let args = TailArgs { json: true, conversation: None };
        let mut output = Vec::new();
        let mut tail = tail(&args, &mut output);
        for message in [from_ann(1, "one\ntwo"), from_ann(1, "one\ntwo"), from_ann(2, "b")] {
            tail.message(&message).unwrap();
        }
        let text = String::from_utf8(output).unwrap();
        let lines: Vec<serde_json::Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        assert_eq!(
            (&lines[0]["conversation"], &lines[0]["text"], &lines[0]["place"]),
            (&"c2c_ann".into(), &"one\ntwo".into(), &1.into())
        );
        assert_eq!(lines[0]["id"], "12-1700000000-7");
        assert_eq!(lines[0]["body"][0]["MsgType"], "TIMTextElem");
    }

    #[test]
    fn plain_lines_hold_no_control_characters() {
        let args = TailArgs::default();
        let mut output = Vec::new();
        tail(&args, &mut output).message(&from_ann(1, "a\u{1b}[2Jb\nc")).unwrap();
        assert_eq!(String::from_utf8(output).unwrap(), "c2c_ann ann: a[2Jb c\n");
    }

    #[rstest]
    #[case("c2c_ann", true)]
    #[case("ann", true)]
    #[case("group_ann", false)]
    #[case("bob", false)]
    fn one_conversation_can_be_chosen(#[case] wanted: &str, #[case] told: bool) {
        let args = TailArgs { json: false, conversation: Some(wanted.into()) };
        let mut output = Vec::new();
        tail(&args, &mut output).message(&from_ann(1, "x")).unwrap();
        assert_eq!(!output.is_empty(), told);
    }

    #[test]
    fn own_messages_belong_to_the_peers_conversation() {
        let message = Message { from_account: "me".into(), to_account: Some("bob".into()), ..Message::default() };
        assert_eq!(conversation_of(&message, "me"), "c2c_bob");
        let message = Message { to_group_id: Some("team".into()), ..message };
        assert_eq!(conversation_of(&message, "me"), "group_team");
    }
}
