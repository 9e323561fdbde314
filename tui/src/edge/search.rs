//! Searching at the server, and the thread that asks the local index.

use super::store::search::find;
use crate::event::{Event, LocalEvent, Refusal};
use crate::state::search::{Found, LocalQuery, PAGE, Query, Section};
use crate::update::CloudQuery;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;
use tern_protocol::api::command;
use tern_protocol::api::search::{SearchMessages, SearchNames};
use tern_protocol::client::{CallError, Session};
use tokio::sync::mpsc;

/// Questions that wait for the thread; the last one alone is answered.
const QUESTIONS: usize = 64;

/// Asks the server.
pub(super) async fn ask(session: &Session, cloud: &CloudQuery) -> Result<Found, CallError> {
    let CloudQuery { section, query, cursor, .. } = cloud;
    let names = || SearchNames { keywords: keywords(query), limit: PAGE as u64, group_ids: None, cursor: cursor.clone() };
    match section {
        Section::People => session.call::<command::SearchUsers>(&names()).await.map(Found::Users),
        Section::Groups => session.call::<command::SearchGroups>(&names()).await.map(Found::Groups),
        Section::Members => session.call::<command::SearchMembers>(&names()).await.map(Found::Members),
        Section::History => session.call::<command::SearchMessages>(&messages(query, None, cursor)).await.map(Found::Messages),
        Section::Chat(chat) => {
            let request = messages(query, Some(chat.to_wire()), cursor);
            session.call::<command::SearchMessages>(&request).await.map(Found::Messages)
        }
    }
}

fn keywords(query: &Query) -> Vec<String> {
    Some(query.words.clone()).filter(|words| !words.is_empty()).into_iter().collect()
}

fn messages(
    query: &Query,
    id: Option<tern_protocol::api::conversation::ConversationId>,
    cursor: &Option<String>,
) -> SearchMessages {
    let list = |list: Vec<String>| Some(list).filter(|list| !list.is_empty());
    SearchMessages {
        keywords: keywords(query),
        limit: PAGE as u64,
        match_type: None,
        senders: list(query.senders.clone()),
        types: list(query.kinds.iter().map(|kind| (*kind).to_owned()).collect()),
        id,
        min_time: Some(query.from_s).filter(|time_s| *time_s > 0),
        max_time: Some(query.to_s).filter(|time_s| *time_s > 0),
        cursor: cursor.clone(),
    }
}

/// The way to the thread that reads the local index, with a connection of its own: a long question delays no message.
#[derive(Debug)]
pub(crate) struct Finder {
    questions: mpsc::Sender<Question>,
}

type Question = (u64, Section, LocalQuery);

impl Finder {
    /// Starts the thread; it ends when this is dropped.
    pub(crate) fn start(path: &Path, events: mpsc::Sender<Event>) -> std::io::Result<Self> {
        let (questions, queue) = mpsc::channel(QUESTIONS);
        let path = path.to_owned();
        std::thread::Builder::new().name("search".into()).spawn(move || run(&path, queue, &events))?;
        Ok(Self { questions })
    }

    /// Asks; a question that comes before the answer displaces this one.
    pub(crate) fn ask(&self, serial: u64, section: Section, query: LocalQuery) {
        if self.questions.try_send((serial, section, query)).is_err() {
            tracing::warn!("the local search does not keep up");
        }
    }
}

fn run(path: &Path, mut queue: mpsc::Receiver<Question>, events: &mpsc::Sender<Event>) {
    let mut db = None;
    while let Some(mut question) = queue.blocking_recv() {
        while let Ok(later) = queue.try_recv() {
            question = later;
        }
        let (serial, section, query) = question;
        let result = opened(&mut db, path).and_then(|db| find(db, &query)).map(Found::Messages);
        let result = result.map_err(|error| Refusal { code: 0, text: format!("the local index cannot be read: {error}") });
        if events.blocking_send(Event::Local(LocalEvent::Found { serial, section, result })).is_err() {
            return;
        }
    }
}

/// The connection, opened with the first question: who never searches has none.
fn opened<'a>(db: &'a mut Option<Connection>, path: &Path) -> Result<&'a Connection, rusqlite::Error> {
    if db.is_none() {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(path, flags)?;
        opened.busy_timeout(std::time::Duration::from_secs(5))?;
        opened.pragma_update(None, "cache_size", -4096)?;
        *db = Some(opened);
    }
    db.as_ref().ok_or(rusqlite::Error::InvalidQuery)
}
