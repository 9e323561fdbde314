//! What came to stored messages after they were sent, and the pinned messages of groups.

use super::{chat_number, json};
use crate::event::LocalEvent;
use crate::state::attached::{Annotation, Attached};
use crate::state::conversation::ChatId;
use crate::state::pins::{PinChange, Pins};
use rusqlite::{Connection, OptionalExtension, params};
use serde::de::DeserializeOwned;
use tern_protocol::api::message::Message;

/// Tables of this file.
pub(super) const MIGRATION: &str = "
CREATE TABLE attached (chat INTEGER NOT NULL, place INTEGER NOT NULL, row TEXT NOT NULL, PRIMARY KEY (chat, place)) WITHOUT ROWID;
CREATE TABLE pins (chat INTEGER PRIMARY KEY, row TEXT NOT NULL);
";

/// A row kept as JSON; one that a later version wrote differently counts as none.
fn parsed<T: DeserializeOwned>(text: Option<String>) -> Option<T> {
    text.and_then(|text| match serde_json::from_str(&text) {
        Ok(row) => Some(row),
        Err(error) => {
            tracing::warn!(%error, "a stored row could not be read");
            None
        }
    })
}

/// Changes what is attached to a message that is here.
pub(super) fn annotate(db: &Connection, chat: &ChatId, place: u64, annotation: &Annotation) -> Result<(), rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let key = params![number, place as i64];
    if !db.prepare_cached("SELECT 1 FROM message WHERE chat = ?1 AND place = ?2")?.exists(key)? {
        return Ok(());
    }
    let mut read = db.prepare_cached("SELECT row FROM attached WHERE chat = ?1 AND place = ?2")?;
    let text: Option<String> = read.query_row(key, |row| row.get(0)).optional()?;
    let mut attached: Attached = parsed(text).unwrap_or_default();
    attached.apply(annotation);
    if attached.is_empty() {
        return forget(db, number, place);
    }
    let sql = "INSERT OR REPLACE INTO attached (chat, place, row) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![number, place as i64, json(&attached)?])?;
    Ok(())
}

/// Takes away what is attached to a message.
pub(super) fn forget(db: &Connection, number: i64, place: u64) -> Result<(), rusqlite::Error> {
    db.prepare_cached("DELETE FROM attached WHERE chat = ?1 AND place = ?2")?.execute(params![number, place as i64])?;
    Ok(())
}

/// What is attached to messages from one place to another, and the pins of the conversation.
pub(super) fn load(db: &Connection, chat: &ChatId, from: u64, to: u64) -> Result<LocalEvent, rusqlite::Error> {
    let mut rows = Vec::new();
    let mut pins = Pins::default();
    if let Some(number) = chat_number(db, chat)? {
        let mut read = db.prepare_cached("SELECT place, row FROM attached WHERE chat = ?1 AND place BETWEEN ?2 AND ?3")?;
        let found = read.query_map(params![number, as_place(from), as_place(to)], |row| {
            Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?))
        })?;
        for row in found {
            let (place, text) = row?;
            if let Some(attached) = parsed::<Attached>(Some(text)) {
                rows.push((place, attached));
            }
        }
        pins = pins_of(db, number)?;
    }
    Ok(LocalEvent::Attached { chat: chat.clone(), rows, pins })
}

fn as_place(place: u64) -> i64 {
    i64::try_from(place).unwrap_or(i64::MAX)
}

fn pins_of(db: &Connection, number: i64) -> Result<Pins, rusqlite::Error> {
    let mut read = db.prepare_cached("SELECT row FROM pins WHERE chat = ?1")?;
    let text: Option<String> = read.query_row([number], |row| row.get(0)).optional()?;
    Ok(parsed(text).unwrap_or_default())
}

/// Changes the pins of a group.
pub(super) fn pin(db: &Connection, chat: &ChatId, change: &PinChange) -> Result<(), rusqlite::Error> {
    db.prepare_cached("INSERT OR IGNORE INTO chat (key) VALUES (?1)")?.execute([chat.key()])?;
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let mut pins = pins_of(db, number)?;
    pins.apply(change);
    if pins.list().is_empty() {
        db.prepare_cached("DELETE FROM pins WHERE chat = ?1")?.execute([number])?;
        return Ok(());
    }
    let sql = "INSERT OR REPLACE INTO pins (chat, row) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![number, json(&pins)?])?;
    Ok(())
}

/// Messages that changed, where they are here.
pub(super) fn changed(db: &Connection, chat: &ChatId, messages: &[Message]) -> Result<(), rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    let mut update = db.prepare_cached("UPDATE message SET row = ?3 WHERE chat = ?1 AND place = ?2")?;
    for message in messages {
        if let Some(place) = message.place() {
            update.execute(params![number, as_place(place), json(message)?])?;
        }
    }
    Ok(())
}

/// Messages between two places go, both included.
pub(super) fn delete_range(db: &Connection, chat: &ChatId, first: u64, last: u64) -> Result<(), rusqlite::Error> {
    let Some(number) = chat_number(db, chat)? else { return Ok(()) };
    for table in ["message", "attached"] {
        let sql = format!("DELETE FROM {table} WHERE chat = ?1 AND place BETWEEN ?2 AND ?3");
        db.prepare_cached(&sql)?.execute(params![number, as_place(first), as_place(last)])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::tests::applied;
    use super::*;
    use crate::effect::StoreOp;
    use crate::state::attached::{Counts, Reaction};
    use crate::state::fixture::group_text;
    use crate::state::pins::Pin;

    fn rust() -> ChatId {
        ChatId::group("rust")
    }

    fn messages() -> StoreOp {
        let messages = (1..=5).map(|place| group_text("bob", "rust", place, 0, &format!("m{place}"))).collect();
        StoreOp::Messages { chat: rust(), messages, held: Some((1, 5)) }
    }

    fn annotation(place: u64, annotation: Annotation) -> StoreOp {
        StoreOp::Annotate { chat: rust(), place, annotation }
    }

    fn like(count: u64) -> Annotation {
        let change = Reaction { kind: "👍".into(), count, users: vec!["bob".into()], mine: false };
        Annotation::Reaction { change, by_me: Some(true) }
    }

    fn loaded(store: &super::super::Store) -> (Vec<(u64, Attached)>, Pins) {
        match store.attached(&rust(), 0, u64::MAX).unwrap() {
            LocalEvent::Attached { rows, pins, .. } => (rows, pins),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_came_to_a_message_is_there_after_a_restart() {
        let (folder, store) = applied(vec![
            messages(),
            annotation(2, like(3)),
            annotation(2, Annotation::Receipt(Counts { read: 1, unread: 2 })),
            annotation(3, Annotation::ReceiptSent(true)),
            annotation(9, like(1)),
            annotation(4, like(1)),
            annotation(4, like(0)),
            StoreOp::Pins { chat: rust(), change: PinChange::Pinned(Pin { place: 2, text: "m2".into(), ..Pin::default() }) },
        ]);
        drop(store);
        let (rows, pins) = loaded(&super::super::Store::open(&folder.path().join("t.db")).unwrap());
        assert_eq!(
            rows.iter().map(|row| row.0).collect::<Vec<_>>(),
            [2, 3],
            "a message that is not here, or has nothing, has no row"
        );
        let like = &rows[0].1.reactions[0];
        assert_eq!((like.kind.as_str(), like.count, like.mine), ("👍", 3, true));
        assert_eq!(rows[0].1.receipt, Some(Counts { read: 1, unread: 2 }));
        assert!(rows[1].1.receipt_sent);
        assert!(pins.has(2));
    }

    #[test]
    fn a_recalled_or_deleted_message_keeps_nothing() {
        let recall = StoreOp::Recall { chat: rust(), place: 1, revoker: Some("ann".into()), reason: None };
        let (_folder, store) = applied(vec![
            messages(),
            annotation(1, like(1)),
            annotation(2, like(1)),
            annotation(3, like(1)),
            recall,
            StoreOp::Delete { chat: rust(), places: vec![2] },
            StoreOp::DeleteRange { chat: rust(), first: 3, last: 4 },
        ]);
        assert!(loaded(&store).0.is_empty());
        let LocalEvent::Page { messages, .. } = store.page(&rust(), None, 9).unwrap() else { panic!() };
        assert_eq!(messages.iter().filter_map(Message::place).collect::<Vec<_>>(), [1, 5]);
        assert_eq!(messages[0].revoker.as_deref(), Some("ann"));
    }

    #[test]
    fn a_change_reaches_only_messages_that_are_here() {
        let change = StoreOp::Changed {
            chat: rust(),
            messages: vec![group_text("bob", "rust", 2, 0, "edited"), group_text("bob", "rust", 7, 0, "far")],
        };
        let (_folder, store) = applied(vec![messages(), change]);
        let LocalEvent::Page { messages, .. } = store.page(&rust(), None, 9).unwrap() else { panic!() };
        assert_eq!(messages.len(), 5);
        assert!(messages[1].msg_body.as_ref().unwrap().get().contains("edited"));
    }
}
