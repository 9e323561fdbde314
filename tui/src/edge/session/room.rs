//! Live rooms (`contract/rest-api.md` sections 12, 13 and 15).

use super::refusal;
use crate::effect::RoomAsk;
use crate::event::{Delivered, Refusal, RoomAnswer};
use crate::update::Order;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use tern_protocol::ErrorCode;
use tern_protocol::api::{command, group, message};
use tern_protocol::client::{CallError, Session};

/// Asks the server.
pub(super) async fn answer(session: &Session, ask: RoomAsk) -> RoomAnswer {
    match ask {
        RoomAsk::Enter { group } => {
            let request = group::ApplyJoinGroup { group_id: Some(group.clone()), ..Default::default() };
            let result = session.call::<command::ApplyJoinGroup>(&request).await;
            let result = result.map(|_| ()).or_else(|error| match error {
                // Still in, by another device.
                CallError::Refused { code: ErrorCode::GROUP_ALREADY_MEMBER, .. } => Ok(()),
                error => Err(refusal(&error)),
            });
            RoomAnswer::Entered { group, result }
        }
        RoomAsk::Leave { group } => {
            leave(session, group).await;
            RoomAnswer::Left
        }
        RoomAsk::Count { group } => {
            let body = json!({"GroupId": group}).to_string();
            let result = session.call_json("group_open_http_svc.get_online_member_num", body).await;
            RoomAnswer::Counted { result: result.map_err(|error| refusal(&error)).and_then(|text| counted(&text)), group }
        }
        RoomAsk::Say { group, key, body, high, ats, random, client_time_s } => {
            let outgoing = crate::state::composer::Outgoing { ats, ..Default::default() };
            let request = message::SendGroupMsg {
                group_id: Some(group.clone()),
                random: Some(i64::from(random)),
                msg_client_time: Some(client_time_s),
                msg_priority: Some(Value::from(if high { "High" } else { "Normal" })),
                msg_body: RawValue::from_string(body).ok(),
                group_at_info: outgoing.group_at_info(),
                ..Default::default()
            };
            let sent = session.call::<command::SendGroupMsg>(&request).await.and_then(super::group_delivery);
            let result: Result<Delivered, Refusal> = sent.map_err(|error| refusal(&error));
            RoomAnswer::Said { group, key, result }
        }
        RoomAsk::Keep { group, order, user, seconds } => {
            let (command, body, says) = match order {
                Order::Mute => (
                    "group_open_http_svc.forbid_send_msg",
                    json!({"GroupId": group, "Members_Account": [user], "MuteTime": seconds}),
                    if seconds == 0 { "May speak again" } else { "Muted" },
                ),
                Order::Ban => (
                    "group_open_http_svc.ban_group_member",
                    json!({"GroupId": group, "Members_Account": [user], "Duration": seconds}),
                    "Banned from the room",
                ),
            };
            let result = session.call_json(command, body.to_string()).await;
            RoomAnswer::Kept { says: format!("{says}: {user}"), result: result.map(|_| ()).map_err(|error| refusal(&error)) }
        }
    }
}

/// Goes out of a room; nobody waits for what became of it.
pub(super) async fn leave(session: &Session, group: String) {
    let request = group::GroupName { group_id: Some(group) };
    if let Err(error) = session.call::<command::QuitGroup>(&request).await {
        tracing::info!(%error, "a live room was not left in order");
    }
}

fn counted(text: &str) -> Result<u64, Refusal> {
    let answer: Value = serde_json::from_str(text).unwrap_or_default();
    let number = answer.get("OnlineMemberNum").and_then(Value::as_u64);
    number.ok_or_else(|| Refusal { code: 0, text: "the number of people did not come".into() })
}
