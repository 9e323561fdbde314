//! The local database as another process reads it, beside the `tern` that writes it.

use super::{MIGRATIONS, StoreError, chat_number, held, rows, window};
use crate::event::LocalEvent;
use crate::state::conversation::{ChatId, Conversation};
use crate::state::roster::Group;
use crate::state::timeline::WindowAt;
use rusqlite::{Connection, OpenFlags};
use std::collections::HashMap;
use std::path::Path;
use tern_protocol::api::message::Message;

/// Messages of a piece by rising place, and from where to where they are complete.
type Piece = (Vec<Message>, (u64, u64));

/// A database that is only read.
#[derive(Debug)]
pub(crate) struct Reader {
    connection: Connection,
}

/// Names in the database.
#[derive(Debug, Default)]
pub(crate) struct Names {
    /// Conversations with messages or a row.
    pub(crate) chats: Vec<ChatId>,
    people: HashMap<String, String>,
    titles: HashMap<ChatId, String>,
}

impl Names {
    /// The name to show for a person.
    pub(crate) fn person(&self, user: &str) -> String {
        self.people.get(user).filter(|nick| !nick.is_empty()).map_or_else(|| user.to_owned(), String::clone)
    }

    /// The name to show for a conversation.
    pub(crate) fn title(&self, chat: &ChatId) -> String {
        match (self.titles.get(chat).filter(|title| !title.is_empty()), chat) {
            (Some(title), _) => title.clone(),
            (None, ChatId::User(user)) => self.person(user),
            (None, ChatId::Group(group)) => group.to_string(),
        }
    }
}

impl Reader {
    /// Opens a database that is there.
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let shown = path.display().to_string();
        let failed = |error: rusqlite::Error| StoreError::Closed { path: shown.clone(), detail: error.to_string() };
        // Reading a database in this mode needs its file of shared memory, which a read-only connection cannot make.
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags).map_err(failed)?;
        connection.busy_timeout(std::time::Duration::from_secs(5)).map_err(failed)?;
        connection.pragma_update(None, "query_only", true).map_err(failed)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(failed)?;
        if usize::try_from(version).is_ok_and(|version| version > MIGRATIONS.len()) {
            return Err(StoreError::Newer { path: shown });
        }
        Ok(Self { connection })
    }

    /// Names of conversations and people.
    pub(crate) fn names(&self) -> Result<Names, rusqlite::Error> {
        let db = &self.connection;
        let mut keys = db.prepare("SELECT key FROM chat")?;
        let keys: Vec<String> = keys.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
        let mut people = db.prepare("SELECT user, nick FROM person")?;
        let people = people.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let conversations: Vec<Conversation> = rows(db, "SELECT row FROM chat WHERE row IS NOT NULL")?;
        let groups: Vec<Group> = rows(db, "SELECT row FROM joined")?;
        let mut titles: HashMap<ChatId, String> = groups.into_iter().map(|group| (ChatId::group(&group.id), group.name)).collect();
        titles.extend(conversations.into_iter().filter(|row| !row.name.is_empty()).map(|row| (row.id, row.name)));
        Ok(Names { chats: keys.iter().filter_map(|key| ChatId::from_key(key)).collect(), people, titles })
    }

    /// A piece of a conversation; `None`: it is not here without holes.
    pub(crate) fn window(&self, chat: &ChatId, at: WindowAt, limit: usize) -> Result<Option<Piece>, rusqlite::Error> {
        match window::read(&self.connection, chat, at, limit)? {
            LocalEvent::Window { messages, range, .. } => Ok(range.map(|range| (messages, range))),
            _ => Ok(None),
        }
    }

    /// What is here of a conversation without holes.
    pub(crate) fn held(&self, chat: &ChatId) -> Result<Vec<(u64, u64)>, rusqlite::Error> {
        match chat_number(&self.connection, chat)? {
            Some(number) => Ok(held(&self.connection, number)?.ranges().to_vec()),
            None => Ok(Vec::new()),
        }
    }
}
