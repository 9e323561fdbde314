//! Requests about what comes to messages after they were sent.

use super::refusal;
use crate::effect::AttachedAsk;
use crate::event::{AttachedAnswer, Muted, ReadersPage, Refusal};
use crate::state::conversation::ChatId;
use crate::state::sane_s;
use serde_json::value::RawValue;
use tern_protocol::ErrorCode;
use tern_protocol::api::message_change::MsgSeqItem;
use tern_protocol::api::{annotation, command, conversation, group, message, presence, receipt};
use tern_protocol::client::{CallError, Session};

/// Changed messages in one page.
const CHANGES_PAGE: u64 = 50;
/// Pages of a message's key-values: it holds 300, an answer about 200.
const EXTENSION_PAGES: usize = 4;
/// Attempts to set a key-value that others set at the same time.
const EXTENSION_ATTEMPTS: u32 = 4;
/// Names in one page of readers.
const READERS_PAGE: i64 = 100;

/// Asks the server.
pub(super) async fn answer(session: &Session, ask: AttachedAsk, me: String) -> AttachedAnswer {
    match ask {
        AttachedAsk::Changes { chat, rev } => {
            let request = conversation::ChangedMessages { id: chat.to_wire(), rev, limit: CHANGES_PAGE };
            let result = session.call::<command::ChangedMessages>(&request).await;
            AttachedAnswer::Changes { chat, result: told(result.map(Box::new)) }
        }
        AttachedAsk::Reactions { chat, places } => {
            let request = annotation::Reactions { id: chat.to_wire(), places: places.clone() };
            let result = session.call::<command::Reactions>(&request).await;
            AttachedAnswer::Reactions { chat, places, result: told(result) }
        }
        AttachedAsk::React { chat, place, kind, add } => {
            let operation = if add { 1 } else { 2 };
            let request = annotation::React { id: chat.to_wire(), place, reaction: kind.clone(), operation };
            let result = session.call::<command::React>(&request).await;
            AttachedAnswer::Reacted { chat, place, kind, add, result: told(result.map(|_| ())) }
        }
        AttachedAsk::Receipts { chat, places } => {
            let request = receipt::Receipts { id: chat.to_wire(), places };
            let result = session.call::<command::Receipts>(&request).await;
            AttachedAnswer::Receipts { chat, result: told(result.map(|answer| answer.receipts)) }
        }
        AttachedAsk::Seen { chat, places, keys } => {
            let result = told(seen(session, &chat, &places, keys, me).await);
            AttachedAnswer::Seen { chat, places, result }
        }
        AttachedAsk::Readers { group, place, read, cursor } => {
            let request = receipt::GetGroupMsgReceiptDetail {
                msg_seq: place,
                filter: i64::from(!read),
                cursor,
                count: READERS_PAGE,
                group_id: Some(group.clone()),
            };
            let result = session.call::<command::GetGroupMsgReceiptDetail>(&request).await;
            AttachedAnswer::Readers { group, place, read, result: told(result.map(readers)) }
        }
        AttachedAsk::Pins { group } => {
            let result = session.call::<command::Pins>(&annotation::Pins { group_id: group.clone() }).await;
            AttachedAnswer::Pins { group, result: told(result.map(|list| list.pins)) }
        }
        AttachedAsk::PinMessage { group, place, on } => {
            let request = annotation::PinMessage { group_id: Some(group.clone()), msg_seq: Some(place), pinner_account: None };
            let result = if on {
                session.call::<command::PinMessage>(&request).await
            } else {
                session.call::<command::UnpinMessage>(&request).await
            };
            AttachedAnswer::MessagePinned { group, place, on, result: told(result.map(|_| ())) }
        }
        AttachedAsk::Muted { group } => {
            let result = told(muted(session, &group).await);
            AttachedAnswer::Muted { group, result }
        }
        AttachedAsk::Extensions { group, place } => {
            let result = told(extensions(session, &group, place).await);
            AttachedAnswer::Extensions { group, place, result }
        }
        AttachedAsk::SetExtension { group, place, key, value, seq } => {
            let removed = value.is_none();
            let pair = annotation::Extension { key, value: value.unwrap_or_default(), seq };
            let result = told(set_extension(session, &group, place, removed, pair).await);
            AttachedAnswer::ExtensionSet { group, place, removed, result }
        }
        AttachedAsk::Watch { users } => {
            let request = presence::Watch { to_account: users.clone() };
            let result = session.call::<command::SubscribeStatus>(&request).await;
            AttachedAnswer::Watched { users, result: told(result) }
        }
        AttachedAsk::WatchNobody => {
            // What still comes is not shown.
            let _ = session.call::<command::UnsubscribeStatus>(&presence::Watch::default()).await;
            AttachedAnswer::TypingTold
        }
        AttachedAsk::CustomStatus { text } => {
            let request = presence::SetCustomStatus { custom_status: text.clone() };
            let result = session.call::<command::SetCustomStatus>(&request).await;
            AttachedAnswer::CustomStatusSet { text, result: told(result.map(|_| ())) }
        }
        AttachedAsk::Typing { user, on, random } => {
            // Lost with the link or refused: the other side sees nothing, which is what it sees without it.
            if let Err(error) = typing(session, user, on, random).await {
                tracing::debug!(%error, "typing was not told");
            }
            AttachedAnswer::TypingTold
        }
    }
}

/// Every request has an answer also when there is no link.
pub(super) fn no_session(ask: AttachedAsk, refusal: Refusal) -> AttachedAnswer {
    match ask {
        AttachedAsk::Changes { chat, .. } => AttachedAnswer::Changes { chat, result: Err(refusal) },
        AttachedAsk::Reactions { chat, places } => AttachedAnswer::Reactions { chat, places, result: Err(refusal) },
        AttachedAsk::React { chat, place, kind, add } => AttachedAnswer::Reacted { chat, place, kind, add, result: Err(refusal) },
        AttachedAsk::Receipts { chat, .. } => AttachedAnswer::Receipts { chat, result: Err(refusal) },
        AttachedAsk::Seen { chat, places, .. } => AttachedAnswer::Seen { chat, places, result: Err(refusal) },
        AttachedAsk::Readers { group, place, read, .. } => AttachedAnswer::Readers { group, place, read, result: Err(refusal) },
        AttachedAsk::Pins { group } => AttachedAnswer::Pins { group, result: Err(refusal) },
        AttachedAsk::PinMessage { group, place, on } => AttachedAnswer::MessagePinned { group, place, on, result: Err(refusal) },
        AttachedAsk::Muted { group } => AttachedAnswer::Muted { group, result: Err(refusal) },
        AttachedAsk::Extensions { group, place } => AttachedAnswer::Extensions { group, place, result: Err(refusal) },
        AttachedAsk::SetExtension { group, place, value, .. } => {
            AttachedAnswer::ExtensionSet { group, place, removed: value.is_none(), result: Err(refusal) }
        }
        AttachedAsk::Watch { users } => AttachedAnswer::Watched { users, result: Err(refusal) },
        AttachedAsk::CustomStatus { text } => AttachedAnswer::CustomStatusSet { text, result: Err(refusal) },
        AttachedAsk::Typing { .. } | AttachedAsk::WatchNobody => AttachedAnswer::TypingTold,
    }
}

fn told<T>(result: Result<T, CallError>) -> Result<T, Refusal> {
    result.map_err(|error| refusal(&error))
}

async fn seen(session: &Session, chat: &ChatId, places: &[u64], keys: Vec<String>, me: String) -> Result<(), CallError> {
    match chat {
        ChatId::User(user) => {
            let info = |msg_key| receipt::C2cMsgInfo {
                from_account: user.to_string(),
                to_account: me.clone(),
                msg_key,
                ..Default::default()
            };
            let request = receipt::C2cMsgReadReceipt {
                c2c_msg_info: keys.into_iter().map(info).collect(),
                operator_account: Some(me.clone()),
                peer_account: Some(user.to_string()),
            };
            session.call::<command::C2cMsgReadReceipt>(&request).await.map(|_| ())
        }
        ChatId::Group(group) => {
            let request = receipt::GroupMsgReceipt {
                msg_seq_list: places.iter().map(|place| MsgSeqItem { msg_seq: *place }).collect(),
                group_id: Some(group.to_string()),
                from_account: Some(me),
            };
            session.call::<command::GroupMsgReceipt>(&request).await.map(|_| ())
        }
    }
}

/// All key-values of a group message.
async fn extensions(session: &Session, group: &str, place: u64) -> Result<Vec<annotation::Extension>, CallError> {
    let mut all: Vec<annotation::Extension> = Vec::new();
    let mut start_seq = None;
    for _ in 0..EXTENSION_PAGES {
        let request =
            annotation::GetKeyValues { group_id: Some(group.to_owned()), msg_seq: Some(place), start_seq, ..Default::default() };
        let page = session.call::<command::GroupGetKeyValues>(&request).await?;
        start_seq = page.extension_list.last().map(|pair| pair.seq + 1);
        all.extend(page.extension_list);
        if page.complete_flag == 1 || start_seq.is_none() {
            break;
        }
    }
    Ok(all)
}

/// Sets or removes a key-value; when another version stands there, once more with that.
async fn set_extension(
    session: &Session,
    group: &str,
    place: u64,
    removed: bool,
    mut pair: annotation::Extension,
) -> Result<annotation::Extension, CallError> {
    let mut attempts = EXTENSION_ATTEMPTS;
    loop {
        let request = annotation::SetKeyValues {
            extension_list: vec![pair.clone()],
            group_id: Some(group.to_owned()),
            msg_seq: Some(place),
            operate_type: Some(if removed { 2 } else { 1 }),
            ..Default::default()
        };
        let answer = session.call::<command::GroupSetKeyValues>(&request).await?;
        let Some(result) = answer.extension_list.into_iter().next() else {
            return Err(CallError::Malformed("the answer names no extension".into()));
        };
        attempts -= 1;
        match ErrorCode(result.error_code) {
            ErrorCode::OK => return Ok(result.extension),
            // Gone already: that was wanted.
            ErrorCode::MESSAGE_MESSAGE_EXTENSION_23004 if removed => return Ok(result.extension),
            ErrorCode::MESSAGE_MESSAGE_EXTENSION if attempts > 0 => pair.seq = result.extension.seq,
            code => return Err(CallError::Refused { code, info: code.text().to_owned() }),
        }
    }
}

fn readers(detail: receipt::ReceiptDetail) -> ReadersPage {
    let read = detail.read_list.into_iter().flatten().map(|reader| reader.account);
    let unread = detail.unread_list.into_iter().flatten().map(|reader| reader.account);
    ReadersPage { users: read.chain(unread).collect(), next: (detail.is_finish != 1).then_some(detail.cursor) }
}

async fn muted(session: &Session, group: &str) -> Result<Muted, CallError> {
    let filter = |name: &str| Some(vec![name.to_owned()]);
    let request = group::GetGroupInfo {
        group_id_list: vec![group.to_owned()],
        response_filter: Some(group::ResponseFilter {
            group_base_info_filter: filter("MuteAllMember"),
            self_info_filter: filter("MuteUntil"),
            ..Default::default()
        }),
    };
    let answer = session.call::<command::GetGroupSelfInfo>(&request).await?;
    let Some(found) = answer.group_info.into_iter().next() else { return Ok(Muted::default()) };
    Ok(Muted {
        until_s: sane_s(found.self_info.and_then(|own| own.mute_until.or(own.shut_up_until)).unwrap_or(0)),
        all: found.mute_all_member.or(found.shut_up_all_member).as_deref() == Some("On"),
    })
}

/// The product's kits know a typing person by this online-only message (`contract/client-semantics.md` 2.10).
async fn typing(session: &Session, user: String, on: bool, random: u32) -> Result<(), CallError> {
    let (status, action, param) = if on { (1, 14, "EIMAMSG_InputStatus_Ing") } else { (0, 0, "EIMAMSG_InputStatus_End") };
    let data = serde_json::json!({
        "businessID": "user_typing_status", "typingStatus": status, "version": 1, "userAction": action, "actionParam": param,
    });
    let body = serde_json::json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": data.to_string(), "Desc": "", "Ext": ""}}]);
    let request = message::SendMsg {
        to_account: Some(user),
        msg_life_time: Some(0),
        msg_random: Some(i64::from(random)),
        msg_body: RawValue::from_string(body.to_string()).ok(),
        ..Default::default()
    };
    session.call::<command::SendMsg>(&request).await.map(|_| ())
}
