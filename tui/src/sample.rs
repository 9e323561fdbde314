//! A profile with many conversations, to measure with: what `load tui` opens.

use crate::edge::profile::ProfileFolder;
use crate::edge::store::Store;
use crate::effect::StoreOp;
use crate::state::conversation::{ChatId, Conversation, LastLine};
use std::path::Path;
use tern_protocol::api::message::Message;
use tern_protocol::event::raw;
use tern_protocol::model::message::Element;
use tern_protocol::model::saved_profile::SavedProfile;

/// What people say in the sample, over and over.
const LINES: &[&str] = &[
    "Good morning! Did the nightly build go through?",
    "It did, after the second attempt. 日志里还有一个警告，我下午看看。",
    "ok 👍",
    "Here is the plan for tomorrow: first the migration, then the rehearsal, then lunch. Everything else can wait until we know how long the first two take.",
    "See https://example.org/minutes/42 for the minutes.",
    "そうですね、午後三時にしましょう。",
];

/// Writes a saved login and a local database with `chats` conversations and `messages` messages, the last at `now_s` (Unix
/// seconds). The messages are shared out evenly and complete, so that nothing has to be fetched.
pub fn fill_profile(data: &Path, profile: &str, login: &SavedProfile, chats: u64, messages: u64, now_s: i64) -> anyhow::Result<()> {
    let folder = ProfileFolder::new(data, profile)?;
    folder.write(login)?;
    let mut store = Store::open(&folder.database())?;
    let me = login.user.as_str();
    let each = messages.div_euclid(chats.max(1)).max(1);
    for chat in 0..chats {
        let user = format!("user{chat:04}");
        let id = ChatId::user(&user);
        let newest_s = now_s - i64::try_from(chat * 731)?;
        let list = (1..=each)
            .map(|place| line(me, &user, place, newest_s - i64::try_from((each - place) * 97)?))
            .collect::<Result<Vec<_>, _>>()?;
        let text = LINES[usize::try_from(each)? % LINES.len()];
        let row = Conversation {
            name: format!("Person {chat}"),
            last: Some(LastLine { sender: user.clone(), text: text.into(), time_s: newest_s, place: each }),
            unread: u64::from(chat % 7 == 3),
            read_place: each - u64::from(chat % 7 == 3),
            read_reported: each,
            last_place: each,
            first_place: 1,
            pinned: chat % 50 == 9,
            ..Conversation::new(id.clone())
        };
        let ops = [
            StoreOp::Conversation(row),
            StoreOp::Messages { chat: id.clone(), messages: list, held: Some((1, each)) },
            StoreOp::Person { user: user.clone(), nick: format!("Person {chat}") },
        ];
        store.apply_all(&ops)?;
    }
    store.apply_all(&[StoreOp::Opened(Some(ChatId::user("user0000")))])?;
    store.index_all()?;
    Ok(())
}

fn line(me: &str, user: &str, place: u64, time_s: i64) -> anyhow::Result<Message> {
    let mine = place.is_multiple_of(3);
    let (from, to) = if mine { (me, user) } else { (user, me) };
    let text = LINES[usize::try_from(place)? % LINES.len()];
    Ok(Message {
        from_account: from.into(),
        to_account: Some(to.into()),
        msg_seq: place,
        msg_random: place,
        msg_time_stamp: time_s,
        msg_client_time: time_s,
        tiny_id: if mine { "1".into() } else { "2".into() },
        pos: Some(place),
        msg_body: Some(raw(&[Element::text(text)])?),
        ..Message::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tern_protocol::{SdkAppId, UserId};

    #[test]
    fn a_sample_opens_with_its_newest_page() {
        let data = tempfile::tempdir().unwrap();
        let login = SavedProfile {
            server: "http://127.0.0.1:1".into(),
            sdk_app_id: SdkAppId(1),
            user: UserId::parse("me").unwrap(),
            user_sig: "s".into(),
            install: "i".into(),
            ca_file: None,
        };
        fill_profile(data.path(), "p", &login, 20, 1_000, 1_795_528_920).unwrap();
        let folder = ProfileFolder::new(data.path(), "p").unwrap();
        let saved = Store::open(&folder.database()).unwrap().saved().unwrap();
        assert_eq!((saved.conversations.len(), saved.people.len()), (20, 20));
        assert_eq!(saved.conversations.iter().filter(|row| row.last_place == 50).count(), 20);
    }
}
