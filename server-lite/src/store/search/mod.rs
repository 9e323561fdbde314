//! The index of messages: made in a second pass beside the database, asked by readers. All that only one engine understands is here
//! (its table, its query language) and in [`index`]; [`words`] says what is found by what.

pub(crate) mod index;
pub(crate) mod words;

#[cfg(test)]
mod tests;

use super::TinyId;
use super::conversation::ThreadId;
use super::engine::{SecondPass, StoreError, Tx, params};
use super::message::{self, Stored};
use std::fmt::Write as _;
use words::Keyword;

/// The pass that makes the index.
pub(crate) const SEARCH: SecondPass =
    SecondPass { file: "search.db", version: 1, tables: index::TABLES, step: index::step, settle: index::settle };

/// Where is searched.
#[derive(Clone, Debug)]
pub(crate) enum Scope {
    /// In one conversation.
    Thread(ThreadId),
    /// In all one-to-one conversations of a person, and in these groups.
    Person(TinyId, Vec<ThreadId>),
}

/// What is searched for.
#[derive(Clone, Debug)]
pub(crate) struct Wanted {
    /// Where.
    pub(crate) scope: Scope,
    /// By one of these; empty: by anybody.
    pub(crate) senders: Vec<TinyId>,
    /// With an element of one of these types (`TIMTextElem`); empty: any.
    pub(crate) types: Vec<String>,
    /// Empty: any text.
    pub(crate) keywords: Vec<Keyword>,
    /// Every keyword, not one of them.
    pub(crate) all_keywords: bool,
}

impl Wanted {
    /// Whether the index alone cannot tell a hit from a near miss: the text must be looked at.
    pub(crate) fn needs_text(&self) -> bool {
        self.keywords.iter().any(Keyword::needs_text)
    }

    /// Whether a message that the index answered is a hit.
    pub(crate) fn matches(&self, stored: &Stored) -> bool {
        if !self.needs_text() {
            return true;
        }
        let texts = index::texts(&stored.body);
        let found = |keyword: &Keyword| keyword.matches(&texts);
        if self.all_keywords { self.keywords.iter().all(found) } else { self.keywords.iter().any(found) }
    }

    /// In the query language of the index.
    fn query(&self) -> String {
        let mut query = String::new();
        match &self.scope {
            Scope::Thread(thread) => either(&mut query, [index::thread_token(*thread)]),
            Scope::Person(person, groups) => {
                let groups = groups.iter().map(|thread| index::thread_token(*thread));
                either(&mut query, std::iter::once(index::person_token(*person)).chain(groups));
            }
        }
        for list in [
            self.senders.iter().map(|sender| index::sender_token(*sender)).collect::<Vec<_>>(),
            self.types.iter().map(|kind| index::type_token(kind)).collect(),
        ] {
            if !list.is_empty() {
                query.push_str(" AND ");
                either(&mut query, list);
            }
        }
        if !self.keywords.is_empty() {
            query.push_str(" AND (");
            for (at, keyword) in self.keywords.iter().enumerate() {
                if at > 0 {
                    query.push_str(if self.all_keywords { " AND " } else { " OR " });
                }
                all(&mut query, keyword);
            }
            query.push(')');
        }
        query
    }
}

fn either(query: &mut String, tokens: impl IntoIterator<Item = String>) {
    query.push('(');
    for (at, token) in tokens.into_iter().enumerate() {
        // Tokens hold no quotation mark. Writing to a text cannot fail.
        let _ = write!(query, "{}\"{token}\"", if at > 0 { " OR " } else { "" });
    }
    query.push(')');
}

fn all(query: &mut String, keyword: &Keyword) {
    query.push('(');
    for (at, token) in keyword.tokens().iter().enumerate() {
        let (and, star) = (if at > 0 { " AND " } else { "" }, if token.is_prefix { " *" } else { "" });
        let _ = write!(query, "{and}\"{}\"{star}", token.text);
    }
    query.push(')');
}

/// A message that the index knows under what was searched for.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    /// Its number; newer messages have higher ones.
    pub(crate) message_id: i64,
    /// The message. Its body is empty unless it was asked for, its `custom` always.
    pub(crate) stored: Stored,
}

/// Candidates with numbers below one, the newest first. Who may read them is not looked at.
pub(crate) fn candidates(
    tx: &Tx<'_>,
    wanted: &Wanted,
    below: i64,
    with_body: bool,
    limit: i64,
) -> Result<Vec<Candidate>, StoreError> {
    let rows = tx.query(
        "SELECT m.thread_id, m.pos, m.sender, m.seq, m.random, m.time_ms, m.client_time, m.flags,
                CASE WHEN ?3 = 1 THEN m.body ELSE '' END, NULL, m.extra, m.rev, m.changed_rev, m.message_id
         FROM search_index CROSS JOIN message AS m ON m.message_id = search_index.rowid
         WHERE search_index MATCH ?1 AND search_index.rowid < ?2 ORDER BY search_index.rowid DESC LIMIT ?4",
        params![&wanted.query(), below, with_body, limit],
    )?;
    rows.into_iter().map(|row| Ok(Candidate { message_id: row.int(13)?, stored: message::stored(row)? })).collect()
}

/// The number of the oldest message of a conversation at a place or above.
pub(crate) fn number_at(tx: &Tx<'_>, thread: ThreadId, pos: i64) -> Result<Option<i64>, StoreError> {
    let row = tx.query_one(
        "SELECT message_id FROM message WHERE thread_id = ?1 AND pos >= ?2 ORDER BY pos LIMIT 1",
        params![thread, pos],
    )?;
    row.map(|row| row.int(0)).transpose()
}
