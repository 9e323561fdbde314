//! Receive options: whether messages of a conversation are delivered, notified and counted (`contract/client-semantics.md` 6.6).

use super::{made, tell};
use crate::service::conversation::ConversationError;
use crate::service::message::{Family, MessageError};
use crate::service::{Caller, Context, Effect, Outcome, sync};
use crate::store::conversation::{self as store, Ends};
use crate::store::engine::{StoreError, Tx};
use crate::store::{GroupNo, TinyId, account, group, topic};
use serde_json::Value;
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::recent_contact::{GetPeerMute, PeerMute, PeerMutes, SetConversation, SetPeerMute};
use tern_protocol::event::Event;
use tern_protocol::model::group::ReceiveOption;

/// `MsgFlag` by which a topic takes its community's option again.
const INHERIT: &str = "Inherit";
/// Peers in one call.
const PEERS_MOST: usize = 30;

/// `tern_conversation.set`
pub(crate) fn set(tx: &Tx<'_>, cx: &Context, request: SetConversation) -> Result<Outcome<Empty>, ConversationError> {
    let Caller::User(person) = &cx.caller else { return Err(ConversationError::NotYours) };
    let Some(word) = request.msg_flag else { return Ok(Outcome::done()) };
    let ends = super::ends(tx, cx, person.tiny_id, &request.id)?;
    if let Ends::Group(no) = ends
        && no.is_topic()
    {
        let option = match word.as_str() {
            INHERIT => None,
            word => Some(ReceiveOption::parse(word).ok_or(ConversationError::Field("MsgFlag", "is no receive option"))?),
        };
        return Ok(Outcome::done().then_all(set_topic(tx, cx, person.tiny_id, no, option)?));
    }
    let option = ReceiveOption::parse(&word).ok_or(ConversationError::Field("MsgFlag", "is no receive option"))?;
    Ok(Outcome::done().then_all(set_option(tx, cx, person.tiny_id, ends, option)?))
}

fn set_option(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    ends: Ends,
    option: ReceiveOption,
) -> Result<Vec<Effect>, ConversationError> {
    let number = i64::from(option.number());
    match ends {
        Ends::Pair(..) => {
            let mut target = made(tx, user, ends)?;
            if target.own.msg_flag == number {
                return Ok(Vec::new());
            }
            target.own.msg_flag = number;
            target.write(tx, user)?;
            store::set_has_options(tx, target.thread.id)?;
            Ok(target.told(tx, cx, user)?.into_iter().collect())
        }
        Ends::Group(no) if no.is_topic() => set_topic(tx, cx, user, no, Some(option)),
        Ends::Group(no) => {
            if group::role(tx, no, user)?.is_none() {
                return Err(ConversationError::NoMember);
            }
            Ok(set_group_option(tx, cx, no, user, option)?)
        }
    }
}

/// A topic's option of its own, or (`None`) its community's again.
fn set_topic(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    no: GroupNo,
    option: Option<ReceiveOption>,
) -> Result<Vec<Effect>, ConversationError> {
    if topic::own_place(tx, no, user)?.receive == option {
        return Ok(Vec::new());
    }
    topic::set_receive(tx, no, user, option)?;
    let mut effects: Vec<Effect> = Vec::new();
    effects.extend(sync::group_conversation(tx, &cx.app, no, user)?.map(|changed| tell(cx, user, Event::Conversation(changed))));
    if let Some(found) = group::by_number(tx, no)? {
        effects.extend(crate::service::group::topic::tell_own(tx, &found, user)?);
    }
    let hears = option.map(|option| option != ReceiveOption::Discard);
    effects.push(Effect::HearsTopic { topic: no, member: user, hears });
    Ok(effects)
}

/// A member's receive option of a group.
pub(crate) fn set_group_option(
    tx: &Tx<'_>,
    cx: &Context,
    group: GroupNo,
    user: TinyId,
    option: ReceiveOption,
) -> Result<Vec<Effect>, StoreError> {
    let Some(member) = group::member(tx, group, user)?.filter(|member| member.receive != option) else { return Ok(Vec::new()) };
    group::set_receive(tx, group, user, option)?;
    let told = sync::group_conversation(tx, &cx.app, group, user)?.map(|changed| tell(cx, user, Event::Conversation(changed)));
    let mut effects: Vec<Effect> = told.into_iter().collect();
    // Who discards a group's messages does not hear it any more; histories still have them.
    if option == ReceiveOption::Discard {
        effects.push(Effect::Unheard { group, member: user });
    } else if member.receive == ReceiveOption::Discard {
        effects.push(Effect::Joined { group, member: user });
    }
    Ok(effects)
}

fn peers(tx: &Tx<'_>, cx: &Context, names: &[String]) -> Result<Vec<TinyId>, MessageError> {
    if names.len() > PEERS_MOST {
        return Err(MessageError::TooManyNamed(PEERS_MOST, ErrorCode::MESSAGE_BAD_REQUEST));
    }
    let find = |name: &String| {
        let found = account::find(tx, cx.app.id, name)?;
        found.map(|peer| peer.tiny_id).ok_or_else(|| MessageError::ReceiverUnknown(name.chars().take(40).collect(), Family::Client))
    };
    names.iter().map(find).collect()
}

/// `openim.set_c2c_peer_mute_notifications`
pub(crate) fn set_peer_mute(tx: &Tx<'_>, cx: &Context, request: SetPeerMute) -> Result<Outcome<Empty>, MessageError> {
    let Caller::User(person) = &cx.caller else { return Err(MessageError::NotYourself(Family::Client)) };
    let option = match &request.mute {
        Value::String(word) => ReceiveOption::parse(word),
        number => number.as_i64().and_then(of_web_number),
    };
    let option = option.ok_or(MessageError::Field {
        field: "Mute_Notifications",
        what: "is no receive option",
        code: ErrorCode::MESSAGE_BAD_REQUEST,
    })?;
    let mut outcome = Outcome::done();
    for peer in peers(tx, cx, &request.peer_account)? {
        let changed = set_option(tx, cx, person.tiny_id, Ends::Pair(person.tiny_id, peer), option);
        outcome = outcome.then_all(changed.map_err(|error| match error {
            ConversationError::Store(error) => MessageError::Store(error),
            _ => MessageError::NotYourself(Family::Client),
        })?);
    }
    Ok(outcome)
}

/// `openim.get_c2c_peer_mute_notifications`
pub(crate) fn peer_mutes(tx: &Tx<'_>, cx: &Context, request: GetPeerMute) -> Result<Outcome<PeerMutes>, MessageError> {
    let Caller::User(person) = &cx.caller else { return Err(MessageError::NotYourself(Family::Client)) };
    let peers = peers(tx, cx, &request.peer_account)?;
    let mut list = Vec::with_capacity(peers.len());
    for (name, peer) in request.peer_account.into_iter().zip(peers) {
        let thread = store::find(tx, Ends::Pair(person.tiny_id, peer))?;
        let own = thread.map(|thread| store::own_row(tx, person.tiny_id, thread.id)).transpose()?.flatten();
        let mute = web_number(own.map_or(0, |own| own.msg_flag));
        list.push(PeerMute { peer_account: name, mute, mute_flag: mute });
    }
    Ok(Outcome::reply(PeerMutes { list }))
}

/// The numbers of the product's Web SDK are not those that are stored.
const WEB_NUMBERS: [ReceiveOption; 4] = [
    ReceiveOption::AcceptAndNotify,
    ReceiveOption::Discard,
    ReceiveOption::AcceptNotNotify,
    ReceiveOption::AcceptNotNotifyExceptAt,
];

fn of_web_number(number: i64) -> Option<ReceiveOption> {
    usize::try_from(number).ok().and_then(|at| WEB_NUMBERS.get(at).copied())
}

/// The number that the SDK knows an option by.
pub(crate) fn web_number(stored: i64) -> i64 {
    let option = ReceiveOption::from_number(stored).unwrap_or_default();
    WEB_NUMBERS.iter().zip(0..).find(|(known, _)| **known == option).map_or(0, |(_, number)| number)
}
