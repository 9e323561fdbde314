//! `send_broadcast_msg`: one message to every live room of an application.

use super::{Family, MessageError, check, view};
use crate::service::group::live_room;
use crate::service::rate::Counted;
use crate::service::{Audience, Context, Effect, Outcome, Weight};
use crate::store::GroupNo;
use crate::store::engine::Tx;
use crate::store::group;
use tern_protocol::ErrorCode;
use tern_protocol::api::live_room::{BroadcastSent, SendBroadcastMsg};
use tern_protocol::api::message::Message;
use tern_protocol::event::Event;
use tern_protocol::limits;

/// Broadcasts are numbered as if they had a room of their own.
const BROADCASTS: GroupNo = GroupNo(0);

/// `group_open_http_svc.send_broadcast_msg`: who is in several rooms gets it in each.
pub(crate) fn send(tx: &Tx<'_>, cx: &Context, request: SendBroadcastMsg) -> Result<Outcome<BroadcastSent>, MessageError> {
    live_room::check_feature(cx, cx.app.settings.features.live_broadcast, "broadcasts to live rooms")?;
    let from = super::sender(tx, cx, request.from_account.as_deref(), Family::Group)?;
    let random = check::random(request.random, "Random", ErrorCode::GROUP_BAD_PARAMETER)?;
    let body = check::body(request.msg_body, request.cloud_custom_data.as_deref(), Family::Group)?;
    if let Some((seq, time_ms)) = cx.rooms.repeated(BROADCASTS, from.tiny_id, random, cx.now_ms) {
        return Ok(Outcome::reply(BroadcastSent { msg_seq: seq, msg_time: Some(time_ms.div_euclid(1_000)) }));
    }
    let most = cx.app.settings.live_broadcasts_per_second.clamp(1, limits::BROADCASTS_PER_SECOND);
    if !cx.rates.admit(Counted::Broadcasts, u64::from(cx.app.id.0), most, 1_000, cx.mono_ms) {
        return Err(MessageError::Refused("too many broadcasts in this second", ErrorCode::GROUP_MESSAGE_RATE_EXCEEDED));
    }
    let msg_seq = live_room::next_seq(tx, cx, BROADCASTS)?;
    let mut message = Message {
        from_account: from.user_id.clone(),
        msg_seq,
        msg_random: random,
        msg_time_stamp: cx.now_seconds(),
        msg_client_time: cx.now_seconds(),
        tiny_id: from.tiny_id.to_string(),
        msg_body: Some(body),
        cloud_custom_data: request.cloud_custom_data.filter(|text| !text.is_empty()),
        nick: view::filled(&from.nick),
        head_url: view::filled(&from.face_url),
        msg_priority: Some(1),
        online_only: Some(1),
        broadcast: Some(1),
        ..Message::default()
    };
    cx.rooms.remember(BROADCASTS, from.tiny_id, &message, 0, cx.now_ms);
    let mut outcome = Outcome::reply(BroadcastSent { msg_seq, msg_time: Some(cx.now_seconds()) });
    for no in cx.rooms.in_use(cx.app.id) {
        let Some(room) = group::by_number(tx, no)? else { continue };
        message.to_group_id = Some(room.group_id.clone());
        message.msg_seq = live_room::next_seq(tx, cx, no)?;
        message.group_info = Some(view::group_info(&room, &message));
        let told = Effect::tell(Audience::Room(no, Weight::High), Event::GroupMessage(message.clone()));
        outcome = outcome.then(told);
    }
    Ok(outcome)
}
