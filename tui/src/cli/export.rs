//! `tern export`: the history of one conversation as a file, from the oldest message to the newest.
//!
//! What is on this host is read from the local database, beside a running `tern`; what is missing is fetched from the server
//! in mode `command`. Nothing is written to the local database.

mod write;

use super::side_session;
use crate::edge::store::{Reader, StoreError};
use crate::state::conversation::ChatId;
use crate::state::message::Message;
use crate::state::timeline::WindowAt;
use clap::{Args, ValueEnum};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use rand::rngs::StdRng;
use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tern_protocol::api::command;
use tern_protocol::api::conversation::History;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::client::{AddressError, CallError, ClientEvent, End, Session};
use tern_protocol::clock::{self, Clock};
use tern_protocol::limits;
use tern_protocol::model::saved_profile::SavedProfile;
use write::Writer;

/// Messages that are read from the local database at once.
const LOCAL_PIECE: usize = 500;

/// How the file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// One JSON object with every field
    Json,
    /// Markdown
    Md,
    /// One page that needs nothing else
    Html,
}

/// Arguments of `tern export`.
#[derive(Args, Clone, Debug)]
pub(crate) struct ExportArgs {
    /// `c2c_USER`, `group_ID`, or the bare ID where it means one conversation alone.
    #[arg(value_name = "CONVERSATION")]
    pub(crate) conversation: String,
    /// How the file is written.
    #[arg(long, value_enum)]
    pub(crate) format: Format,
    /// Where to; without it to standard output. A file that is there is replaced once everything is written.
    #[arg(long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// From this moment on: `2026-11-01`, or `2026-11-01T14:00`.
    #[arg(long, value_name = "MOMENT")]
    pub(crate) since: Option<String>,
    /// Up to this moment; a day is included whole.
    #[arg(long, value_name = "MOMENT")]
    pub(crate) until: Option<String>,
    /// Moments in UTC instead of this host's zone, those of --since and --until too.
    #[arg(long)]
    pub(crate) utc: bool,
    /// Only what is on this host.
    #[arg(long)]
    pub(crate) offline: bool,
    /// Seconds to wait for the server.
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=86_400))]
    pub(crate) timeout: u32,
}

/// Why there is no file, in one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExportError {
    #[error("{0:?} is no moment: write 2026-11-01, or 2026-11-01T14:00")]
    Moment(String),
    #[error("{0:?} may be a person or a group: write c2c_{0} or group_{0}")]
    Ambiguous(String),
    #[error("there is no conversation {0} here: write c2c_USER or group_ID")]
    Unknown(String),
    #[error("the saved profile is unusable: {0}")]
    Address(#[from] AddressError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("the local database cannot be read: {0}")]
    Rows(#[from] rusqlite::Error),
    #[error("the server was not reached within {seconds} s{last}; --offline exports what is on this host")]
    NotReached { seconds: u32, last: String },
    #[error("the server did not let {user} in: {end}; --offline exports what is on this host")]
    Ended { user: String, end: End },
    #[error("the history did not come: {0}")]
    Call(#[from] CallError),
    #[error("{path} cannot be written: {source}")]
    Output { path: String, source: std::io::Error },
}

impl ExportError {
    /// What was asked for is wrong.
    pub(crate) fn is_wrong_use(&self) -> bool {
        matches!(self, Self::Moment(_) | Self::Ambiguous(_) | Self::Unknown(_))
    }
}

/// Moments of the export, seconds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Span {
    from_s: Option<i64>,
    to_s: i64,
}

fn span(args: &ExportArgs, zone: &TimeZone) -> Result<Span, ExportError> {
    let at = |moment: DateTime| moment.to_zoned(zone.clone()).map(|moment| moment.timestamp().as_second()).ok();
    let read = |text: &str, end: bool| {
        let wrong = || ExportError::Moment(text.to_owned());
        if let Ok(day) = text.parse::<Date>() {
            let day = if end { day.tomorrow().map_err(|_| wrong())? } else { day };
            return at(day.to_datetime(jiff::civil::Time::midnight())).map(|s| s - i64::from(end)).ok_or_else(wrong);
        }
        if let Ok(moment) = text.parse::<Timestamp>() {
            return Ok(moment.as_second());
        }
        text.parse::<DateTime>().ok().and_then(at).ok_or_else(wrong)
    };
    Ok(Span {
        from_s: args.since.as_deref().map(|text| read(text, false)).transpose()?,
        to_s: args.until.as_deref().map_or(Ok(i64::MAX), |text| read(text, true))?,
    })
}

/// Which conversation is meant. One that is not on this host may be at the server.
fn conversation(name: &str, known: &[ChatId], offline: bool) -> Result<ChatId, ExportError> {
    if let Some(chat) = ChatId::from_key(name).filter(|chat| !chat.id().is_empty()) {
        return Ok(chat);
    }
    let mut meant = known.iter().filter(|chat| chat.id() == name);
    match (meant.next(), meant.next()) {
        (Some(chat), None) => Ok(chat.clone()),
        (Some(_), Some(_)) => Err(ExportError::Ambiguous(name.to_owned())),
        (None, _) if offline => Err(ExportError::Unknown(name.to_owned())),
        // IDs of groups that the server makes begin so, and no person's does.
        (None, _) if name.starts_with("@TGS#") => Ok(ChatId::group(name)),
        (None, _) => Ok(ChatId::user(name)),
    }
}

/// Writes the file.
pub(crate) async fn run(
    args: &ExportArgs,
    database: &Path,
    profile: &SavedProfile,
    clock: Arc<dyn Clock>,
    rng: &mut StdRng,
    stdout: &mut dyn Write,
) -> Result<(), ExportError> {
    let zone = if args.utc { TimeZone::UTC } else { TimeZone::system() };
    let span = span(args, &zone)?;
    let local = if database.exists() { Some(Reader::open(database)?) } else { None };
    let names = match &local {
        Some(reader) => reader.names()?,
        None => Default::default(),
    };
    let chat = conversation(&args.conversation, &names.chats, args.offline)?;
    let link = if args.offline { None } else { Some(connect(args, profile, Arc::clone(&clock), rng).await?) };
    let source = Source { local, link, chat: chat.clone() };
    let shown = args.output.as_ref().map_or("standard output".into(), |path| path.display().to_string());
    let failed = |source: std::io::Error| ExportError::Output { path: shown.clone(), source };
    let part = args.output.as_ref().map(|path| {
        let mut name = path.as_os_str().to_owned();
        name.push(".part");
        PathBuf::from(name)
    });
    let mut file;
    let output: &mut dyn Write = match &part {
        Some(part) => {
            let opened = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(part);
            file = BufWriter::new(opened.map_err(failed)?);
            &mut file
        }
        None => stdout,
    };
    let title = names.title(&chat);
    let mut writer = Writer::new(args.format, output, zone, &chat, title, clock.wall_seconds());
    let told = tell(&source, span, profile.user.as_str(), &names, &mut writer).await;
    if let Some(link) = &source.link {
        link.close().await;
    }
    let done = told.and_then(|()| writer.end().map_err(failed));
    match (&part, &args.output, done) {
        (Some(part), Some(path), Ok(())) => {
            File::open(part).and_then(|file| file.sync_all()).and_then(|()| std::fs::rename(part, path)).map_err(failed)
        }
        (Some(part), _, Err(error)) => {
            let _ = std::fs::remove_file(part);
            Err(error)
        }
        (_, _, done) => done,
    }
}

/// Logs in beside whatever runs.
async fn connect(
    args: &ExportArgs,
    profile: &SavedProfile,
    clock: Arc<dyn Clock>,
    rng: &mut StdRng,
) -> Result<Session, ExportError> {
    let (session, mut events) = side_session::start(profile, Arc::clone(&clock), rng)?;
    let mut last = String::new();
    let online = async {
        while let Some(event) = events.recv().await {
            match event {
                ClientEvent::Online(_) => break,
                ClientEvent::Offline { reason, .. } => last = format!(": {reason}"),
                ClientEvent::Ended(end) => return Err(ExportError::Ended { user: profile.user.to_string(), end }),
                _ => {}
            }
        }
        Ok(())
    };
    let patience_ms = i64::from(args.timeout) * 1000;
    let reached = clock::timeout(clock.as_ref(), patience_ms, online).await;
    match reached {
        Ok(result) => result?,
        Err(_) => {
            session.close().await;
            return Err(ExportError::NotReached { seconds: args.timeout, last });
        }
    }
    // What else is told must be taken, or the session waits.
    tokio::spawn(async move { while events.recv().await.is_some() {} });
    Ok(session)
}

/// Where messages come from.
struct Source {
    local: Option<Reader>,
    link: Option<Session>,
    chat: ChatId,
}

/// A stretch of the conversation that is complete.
struct Piece {
    messages: Vec<WireMessage>,
    to: u64,
    at_end: bool,
}

impl Source {
    /// The place below the first message from a time on.
    async fn below(&self, time_s: i64) -> Result<u64, ExportError> {
        if let Some(reader) = &self.local
            && let Some((messages, _)) = reader.window(&self.chat, WindowAt::AroundTime(time_s), 2)?
            && let Some(place) = messages.iter().find(|message| message.msg_time_stamp >= time_s).and_then(WireMessage::place)
        {
            return Ok(place - 1);
        }
        let Some(link) = &self.link else { return Ok(0) };
        let request = History { id: self.chat.to_wire(), limit: 2, around_time: Some(time_s), ..History::default() };
        let page = link.call::<command::History>(&request).await?;
        let first = page.msg_list.iter().find(|message| message.msg_time_stamp >= time_s).and_then(WireMessage::place);
        Ok(first.unwrap_or(page.to_place.saturating_add(1)).saturating_sub(1))
    }

    /// What comes after a place: from this host where it is here, else from the server. `None`: nothing.
    async fn after(&self, place: u64) -> Result<Option<Piece>, ExportError> {
        let window = |place: u64| match &self.local {
            Some(reader) => reader.window(&self.chat, WindowAt::After(place), LOCAL_PIECE),
            None => Ok(None),
        };
        if let Some((messages, (_, to))) = window(place)? {
            return Ok(Some(Piece { messages, to, at_end: false }));
        }
        let next_here = match &self.local {
            Some(reader) => reader.held(&self.chat)?.into_iter().map(|range| range.0).filter(|from| *from > place).min(),
            None => None,
        };
        if let Some(link) = &self.link {
            let limit = limits::HISTORY_PAGE as u64;
            let request = History { id: self.chat.to_wire(), limit, after: Some(place), ..History::default() };
            let page = link.call::<command::History>(&request).await?;
            // What the server has forgotten may still be here.
            let first = page.msg_list.first().and_then(WireMessage::place).unwrap_or(u64::MAX);
            if next_here.is_none_or(|here| first < here) {
                let at_end = page.at_end == 1 && next_here.is_none();
                return Ok(Some(Piece { messages: page.msg_list, to: page.to_place, at_end }));
            }
        }
        let Some(here) = next_here else { return Ok(None) };
        Ok(window(here - 1)?.map(|(messages, (_, to))| Piece { messages, to, at_end: false }))
    }
}

async fn tell(
    source: &Source,
    span: Span,
    me: &str,
    names: &crate::edge::store::Names,
    writer: &mut Writer<'_>,
) -> Result<(), ExportError> {
    let failed = |source: std::io::Error| ExportError::Output { path: "the output".into(), source };
    let mut place = match span.from_s {
        Some(from_s) => source.below(from_s).await?,
        None => 0,
    };
    // Nothing is written of a conversation that is nowhere.
    let mut next = source.after(place).await?;
    writer.begin().map_err(failed)?;
    while let Some(piece) = next {
        for wire in &piece.messages {
            let in_span = wire.msg_time_stamp >= span.from_s.unwrap_or(i64::MIN) && wire.msg_time_stamp <= span.to_s;
            // A page may begin before what was asked for.
            if !in_span || !Message::is_there(wire) || wire.place().is_none_or(|at| at <= place) {
                continue;
            }
            let message = Message::from_wire(wire, me);
            let name = if message.sender_name.is_empty() { names.person(&message.sender) } else { message.sender_name.clone() };
            writer.message(wire, &message, &name).map_err(failed)?;
        }
        let beyond = piece.messages.last().is_some_and(|wire| wire.msg_time_stamp > span.to_s);
        if piece.at_end || beyond || piece.to <= place {
            break;
        }
        place = piece.to;
        next = source.after(place).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests;
