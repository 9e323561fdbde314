//! Calls about single messages: taking back, deleting, finding, threads, and lists of merged messages.

use super::session::refusal;
use crate::act::{Act, Acted, Named, Wanted};
use crate::event::{Delivered, Event, Refusal};
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::reply::{ReplyEntry, Thread, with_reply, without_reply};
use serde_json::Value;
use serde_json::value::RawValue;
use tern_protocol::ErrorCode;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::api::{command, conversation, message_change, relay};
use tern_protocol::client::{CallError, Session};
use tern_protocol::clock::Clock;
use tern_protocol::event::Event as ServerEvent;
use tokio::sync::mpsc;

/// Messages that one call deletes.
const DELETED_AT_ONCE: usize = 50;
/// Pages of history that looking for messages may read.
const PAGES_LOOKED_AT: usize = 12;
/// Messages of such a page.
const PAGE: u64 = 50;
/// Attempts to change a root message that others change at the same time.
const ATTEMPTS: u32 = 4;

/// Asks the server.
pub(crate) async fn act(session: &Session, act: Act, me: &str, clock: &dyn Clock) -> Acted {
    match act {
        Act::Recall { chat, message, thread } => {
            let result = recall(session, &chat, &message, me).await;
            let mut root = None;
            if let (Ok(()), Some(thread)) = (&result, thread) {
                let change = |root: &WireMessage| without_reply(root.cloud_custom_data.as_deref(), &message.msg_id);
                match change_root(session, &chat, &thread, (&message.msg_id, clock), change).await {
                    Ok(changed) => root = changed.map(Box::new),
                    // The message is gone either way; only the root's count misses it.
                    Err(error) => tracing::info!(%error, "a recalled reply stays in its root's list"),
                }
            }
            Acted::Recalled { chat, place: message.place, result: result.map_err(|error| refusal(&error)), root }
        }
        Act::Delete { chat, places } => {
            let mut result = Ok(());
            for some in places.chunks(DELETED_AT_ONCE) {
                let request = message_change::DeleteMessages { id: chat.to_wire(), places: some.to_vec() };
                result = session.call::<command::DeleteMessages>(&request).await.map(|_| ()).map_err(|error| refusal(&error));
                if result.is_err() {
                    break;
                }
            }
            Acted::Deleted { chat, places, result }
        }
        Act::Find { chat, wanted, page } => {
            let result = find(session, &chat, &wanted).await.map_err(|error| refusal(&error));
            Acted::Found { page, result }
        }
        Act::Relay { key, page } => {
            let answer = session.call::<command::RelayGet>(&relay::RelayKey { json_msg_key: key }).await;
            let list = |list: relay::RelayList| list.msg_list.map_or_else(|| "[]".into(), |list| list.get().to_owned());
            Acted::Relay { page, result: answer.map(list).map_err(|error| refusal(&error)) }
        }
    }
}

/// The answer when there is no session.
pub(crate) fn unanswered(act: Act, refusal: Refusal) -> Acted {
    match act {
        Act::Recall { chat, message, .. } => Acted::Recalled { chat, place: message.place, result: Err(refusal), root: None },
        Act::Delete { chat, places } => Acted::Deleted { chat, places, result: Err(refusal) },
        Act::Find { page, .. } => Acted::Found { page, result: Err(refusal) },
        Act::Relay { page, .. } => Acted::Relay { page, result: Err(refusal) },
    }
}

async fn recall(session: &Session, chat: &ChatId, message: &Named, me: &str) -> Result<(), CallError> {
    match chat {
        ChatId::User(peer) => {
            let to = if message.sender == me { peer.to_string() } else { me.to_owned() };
            let named = message_change::WithdrawnMsg {
                from_account: message.sender.clone(),
                to_account: to,
                msg_seq: message.seq,
                msg_random: message.random,
                msg_time_stamp: message.time_s,
            };
            let request = message_change::MsgWithdraw { msg_info: named, reason: None };
            session.call::<command::MsgWithdraw>(&request).await.map(|_| ())
        }
        ChatId::Group(group) => {
            let request = message_change::GroupMsgRecall {
                msg_seq_list: vec![message_change::MsgSeqItem { msg_seq: message.place }],
                group_id: Some(group.to_string()),
                topic_id: None,
                reason: None,
            };
            let answer = session.call::<command::GroupMsgRecall>(&request).await?;
            match answer.recall_ret_list.first().map_or(0, |result| result.ret_code) {
                0 => Ok(()),
                code => Err(CallError::Refused { code: ErrorCode(code), info: String::new() }),
            }
        }
    }
}

async fn page_around(session: &Session, chat: &ChatId, wanted: &Wanted) -> Result<Vec<WireMessage>, CallError> {
    let mut request = conversation::History { id: chat.to_wire(), limit: PAGE, ..Default::default() };
    match wanted.place {
        Some(place) => request.around = Some(place),
        None => request.around_time = Some(wanted.time_s),
    }
    Ok(session.call::<command::History>(&request).await?.msg_list)
}

/// Those of the messages that the server still has.
async fn find(session: &Session, chat: &ChatId, wanted: &[Wanted]) -> Result<Vec<WireMessage>, CallError> {
    let mut found: Vec<WireMessage> = Vec::new();
    let mut missing: Vec<&Wanted> = wanted.iter().collect();
    for _ in 0..PAGES_LOOKED_AT {
        let Some(next) = missing.pop() else { break };
        for message in page_around(session, chat, next).await? {
            let id = message.msg_id();
            if next.msg_id == id || missing.iter().any(|wanted| wanted.msg_id == id) {
                missing.retain(|wanted| wanted.msg_id != id);
                found.push(message);
            }
        }
    }
    found.sort_by_key(WireMessage::place);
    found.dedup_by_key(|message| message.msg_id());
    Ok(found)
}

/// Adds a sent reply to its root's list. The root as it is afterwards; `None`: it is gone, or knew it already.
async fn join_thread(
    session: &Session,
    chat: &ChatId,
    thread: &Thread,
    entry: &ReplyEntry,
    clock: &dyn Clock,
) -> Result<Option<WireMessage>, CallError> {
    let change = |root: &WireMessage| with_reply(root.cloud_custom_data.as_deref(), entry);
    change_root(session, chat, thread, (&entry.message_id, clock), change).await
}

/// Changes a root's custom data; when somebody else was faster, reads it again and does it anew.
async fn change_root(
    session: &Session,
    chat: &ChatId,
    thread: &Thread,
    (reply_id, clock): (&str, &dyn Clock),
    change: impl Fn(&WireMessage) -> Option<String>,
) -> Result<Option<WireMessage>, CallError> {
    let mut wanted = Wanted { msg_id: thread.root_id.clone(), place: thread.place, time_s: thread.time_s };
    for attempt in 0..ATTEMPTS {
        if attempt > 1 {
            // Those who meet here part again: each waits another while.
            let spread = i64::from(reply_id.bytes().fold(attempt, |sum, byte| sum.wrapping_mul(31) + u32::from(byte)) % 500);
            clock.sleep_until(clock.mono_ms() + 300 * i64::from(attempt) + spread).await;
        }
        let Some(mut root) = find(session, chat, std::slice::from_ref(&wanted)).await?.pop() else { return Ok(None) };
        wanted.place = root.place();
        let Some(custom) = change(&root) else { return Ok(None) };
        let version = root.msg_version.unwrap_or(0);
        let result = match chat {
            ChatId::User(_) => {
                let request = message_change::ModifyC2cMsg {
                    from_account: Some(root.from_account.clone()),
                    to_account: root.to_account.clone(),
                    msg_seq: Some(root.msg_seq),
                    msg_random: Some(root.msg_random),
                    msg_time: Some(root.msg_time_stamp),
                    msg_version: Some(version),
                    cloud_custom_data: Some(custom.clone()),
                    ..Default::default()
                };
                session.call::<command::ModifyC2cMsg>(&request).await
            }
            ChatId::Group(group) => {
                let request = message_change::ModifyGroupMsg {
                    group_id: Some(group.to_string()),
                    msg_seq: Some(root.msg_seq),
                    msg_version: Some(version),
                    cloud_custom_data: Some(custom.clone()),
                    ..Default::default()
                };
                session.call::<command::ModifyGroupMsg>(&request).await
            }
        };
        match result {
            Ok(modified) => {
                root.cloud_custom_data = Some(custom);
                root.msg_version = Some(modified.msg_version);
                return Ok(Some(root));
            }
            Err(CallError::Refused { code: ErrorCode::MESSAGE_MESSAGE_VERSION_CONFLICT, .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(None)
}

/// What must be at the server before a message goes: the list of a merged one, which its element names then.
pub(crate) async fn prepared(session: &Session, mut outgoing: Outgoing) -> Result<Outgoing, CallError> {
    if let Some(list) = outgoing.relay_list.take() {
        let key = put_relay(session, &list).await?;
        let mut body: Value =
            serde_json::from_str(&outgoing.body_json()).map_err(|error| CallError::Malformed(error.to_string()))?;
        if let Some(content) = body.pointer_mut("/0/MsgContent").and_then(Value::as_object_mut) {
            content.insert("JsonMsgKey".into(), Value::String(key));
        }
        outgoing.body = Some(body.to_string());
    }
    Ok(outgoing)
}

/// A reply that is stored joins its thread; the root as it is then is told like any change. An error: the link is lost, so that it is
/// all done again.
pub(crate) async fn after_sending(
    session: &Session,
    outgoing: &Outgoing,
    delivered: &Delivered,
    clock: &dyn Clock,
    events: &mpsc::Sender<Event>,
) -> Result<(), CallError> {
    let (Some((thread, entry)), Some(chat), Some(_)) = (&outgoing.thread, outgoing.chat_id(), delivered.place) else {
        return Ok(());
    };
    match join_thread(session, &chat, thread, entry, clock).await {
        Ok(Some(root)) => {
            let event = if chat.is_group() { ServerEvent::ModifiedGroup(root) } else { ServerEvent::ModifiedC2c(root) };
            // Nobody listens any more when the program ends.
            let _ = events.send(Event::Server(event)).await;
            Ok(())
        }
        Ok(None) => Ok(()),
        Err(error @ (CallError::Refused { .. } | CallError::Malformed(_))) => {
            // The reply is sent; only the root's count misses it.
            tracing::info!(%error, "a reply is not in its root's list");
            Ok(())
        }
        Err(error) => Err(error),
    }
}

/// Stores the list of a merged message; the key for its element.
async fn put_relay(session: &Session, list: &str) -> Result<String, CallError> {
    let list = RawValue::from_string(list.to_owned()).map_err(|error| CallError::Malformed(error.to_string()))?;
    let request = relay::RelayPut { msg_list: Some(list) };
    session.call::<command::RelayPut>(&request).await.map(|answer| answer.json_msg_key)
}
