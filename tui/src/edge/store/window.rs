//! Pieces of a conversation, as far as they are here without holes.

use super::{chat_number, held};
use crate::event::LocalEvent;
use crate::state::conversation::ChatId;
use crate::state::timeline::WindowAt;
use rusqlite::{Connection, OptionalExtension, params};
use tern_protocol::api::message::Message;

const BELOW: &str = "SELECT row FROM message WHERE chat = ?1 AND place >= ?2 AND place < ?3 ORDER BY place DESC LIMIT ?4";
const FROM: &str = "SELECT row FROM message WHERE chat = ?1 AND place >= ?2 AND place <= ?3 ORDER BY place LIMIT ?4";

/// Reads a piece of at most `limit` messages.
pub(super) fn read(db: &Connection, chat: &ChatId, at: WindowAt, limit: usize) -> Result<LocalEvent, rusqlite::Error> {
    let found = match chat_number(db, chat)? {
        Some(number) => piece(db, number, at, limit)?,
        None => None,
    };
    let (messages, range) = found.map_or_else(Default::default, |(messages, range)| (messages, Some(range)));
    Ok(LocalEvent::Window { chat: chat.clone(), at, messages, range })
}

type Piece = (Vec<Message>, (u64, u64));

fn piece(db: &Connection, chat: i64, at: WindowAt, limit: usize) -> Result<Option<Piece>, rusqlite::Error> {
    let held = held(db, chat)?;
    let range_of = |place: u64| held.around(place);
    Ok(match at {
        WindowAt::Around(place) => match range_of(place) {
            Some(range) => Some(around(db, chat, place, range, limit)?),
            None => None,
        },
        WindowAt::AroundTime(time_s) => {
            for range in held.ranges() {
                if let Some(place) = at_time(db, chat, *range, time_s)? {
                    return Ok(Some(around(db, chat, place, *range, limit)?));
                }
            }
            None
        }
        WindowAt::Before(place) => match place.checked_sub(1).and_then(range_of) {
            Some(range) => {
                let (mut messages, lowest) = rows(db, BELOW, chat, (range.0, place), limit)?;
                messages.reverse();
                Some((messages, (lowest.unwrap_or(range.0), place - 1)))
            }
            None => None,
        },
        WindowAt::After(place) => match range_of(place.saturating_add(1)) {
            Some(range) => {
                let (messages, highest) = rows(db, FROM, chat, (place + 1, range.1), limit)?;
                Some((messages, (place + 1, highest.unwrap_or(range.1))))
            }
            None => None,
        },
    })
}

fn around(db: &Connection, chat: i64, place: u64, range: (u64, u64), limit: usize) -> Result<Piece, rusqlite::Error> {
    let half = (limit / 2).max(1);
    let (mut messages, lowest) = rows(db, BELOW, chat, (range.0, place), half)?;
    let (above, highest) = rows(db, FROM, chat, (place, range.1), half)?;
    messages.reverse();
    messages.extend(above);
    Ok((messages, (lowest.unwrap_or(range.0), highest.unwrap_or(range.1))))
}

/// Messages in the statement's order, and the place of the last one where there may be more behind it.
fn rows(
    db: &Connection,
    sql: &str,
    chat: i64,
    places: (u64, u64),
    limit: usize,
) -> Result<(Vec<Message>, Option<u64>), rusqlite::Error> {
    let mut statement = db.prepare_cached(sql)?;
    let (from, to) = (number(places.0), number(places.1));
    let texts = statement.query_map(params![chat, from, to, limit as i64], |row| row.get::<_, String>(0))?;
    let mut messages = Vec::new();
    let mut count = 0;
    for text in texts {
        count += 1;
        match serde_json::from_str::<Message>(&text?) {
            Ok(message) => messages.push(message),
            Err(error) => tracing::warn!(%error, "a stored message could not be read"),
        }
    }
    let end = messages.last().and_then(Message::place).filter(|_| count == limit);
    Ok((messages, end))
}

fn number(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

/// The place of the first message of a range at or after a time; `None`: the time is outside of what the range tells.
fn at_time(db: &Connection, chat: i64, range: (u64, u64), time_s: i64) -> Result<Option<u64>, rusqlite::Error> {
    let Some((_, first_s)) = from_place(db, chat, range.0, range.1)? else { return Ok(None) };
    if time_s < first_s {
        return Ok(None);
    }
    let (mut low, mut high) = range;
    let mut found = None;
    // Times rise with places; a place without a message looks like the next one that has.
    while low <= high {
        let middle = low + (high - low) / 2;
        match from_place(db, chat, middle, range.1)? {
            Some((place, at_s)) if at_s < time_s => low = place + 1,
            Some((place, _)) => {
                found = Some(place);
                let Some(below) = middle.checked_sub(1) else { break };
                high = below;
            }
            None => {
                let Some(below) = middle.checked_sub(1) else { break };
                high = below;
            }
        }
    }
    Ok(found)
}

/// The first message of a range from a place on: its place and time.
fn from_place(db: &Connection, chat: i64, place: u64, last: u64) -> Result<Option<(u64, i64)>, rusqlite::Error> {
    let mut statement = db.prepare_cached(
        "SELECT place, json_extract(row, '$.MsgTimeStamp') FROM message WHERE chat = ?1 AND place >= ?2 AND place <= ?3 ORDER BY place LIMIT 1",
    )?;
    statement
        .query_row(params![chat, number(place), number(last)], |row| {
            Ok((row.get::<_, i64>(0)?.unsigned_abs(), row.get::<_, Option<i64>>(1)?.unwrap_or(0)))
        })
        .optional()
}

#[cfg(test)]
mod tests {
    use super::super::Store;
    use super::*;
    use crate::effect::StoreOp;
    use crate::state::fixture::{NOW_S, text};
    use rstest::rstest;

    /// Places 1 to 100 without 50, and 200 to 220; a message each minute.
    fn filled() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let mut store = Store::open(&folder.path().join("t.db")).unwrap();
        let stretch = |places: std::ops::RangeInclusive<u64>| {
            let held = Some((*places.start(), *places.end()));
            let messages = places
                .filter(|place| *place != 50)
                .map(|place| text("bob", "bob", place, (1_000 - place as i64) * 60, &format!("m{place}")))
                .collect();
            StoreOp::Messages { chat: ChatId::user("bob"), messages, held }
        };
        store.apply_all(&[stretch(1..=100), stretch(200..=220)]).unwrap();
        (folder, store)
    }

    #[rstest]
    #[case(WindowAt::Around(30), Some((25, 34)), 10)]
    #[case(WindowAt::Around(50), Some((45, 55)), 10)]
    #[case(WindowAt::Around(2), Some((1, 6)), 6)]
    #[case(WindowAt::Around(150), None, 0)]
    #[case(WindowAt::Before(20), Some((10, 19)), 10)]
    #[case(WindowAt::Before(200), None, 0)]
    #[case(WindowAt::After(95), Some((96, 100)), 5)]
    #[case(WindowAt::After(100), None, 0)]
    #[case(WindowAt::After(199), Some((200, 209)), 10)]
    #[case(WindowAt::AroundTime(NOW_S - (1_000 - 30) * 60 - 5), Some((25, 34)), 10)]
    #[case(WindowAt::AroundTime(NOW_S - (1_000 - 210) * 60), Some((205, 214)), 10)]
    #[case(WindowAt::AroundTime(NOW_S - 2_000 * 60), None, 0)]
    fn a_piece_is_complete_between_its_ends(#[case] at: WindowAt, #[case] range: Option<(u64, u64)>, #[case] count: usize) {
        let (_folder, store) = filled();
        let LocalEvent::Window { messages, range: told, .. } = read(&store.connection, &ChatId::user("bob"), at, 10).unwrap()
        else {
            panic!()
        };
        assert_eq!((told, messages.len()), (range, count));
        let places: Vec<u64> = messages.iter().filter_map(Message::place).collect();
        assert!(places.is_sorted());
    }
}
