//! Reactions as the product's Web SDK asks for them: a message named by its key or place, counts and users in its own words.

use super::view::Names;
use super::{Context, MessageError, locate, reaction};
use crate::service::Outcome;
use crate::store::conversation::{self, Ends};
use crate::store::engine::Tx;
use crate::store::message::Stored;
use crate::store::message_attached as store;
use std::collections::HashMap;
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::annotation::{React, ReactionCount, Reactions};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::web_sdk::{
    MessageReaction, MessageReactionStat, ReactionQuery, ReactionStats, ReactionUsers, WebMessageId, WebReaction, WebReactions,
};

/// Users in one answer of `reaction_iterate`.
const USERS_MOST: u64 = 100;

/// The conversation and place of a message of a pair, as the caller names them; `None`: it is not there.
fn of_pair(
    tx: &Tx<'_>,
    cx: &Context,
    ends: (Option<&str>, Option<&str>),
    msg_key: Option<&str>,
) -> Result<(ConversationId, Option<u64>), MessageError> {
    let (from, to) = locate::ends(tx, cx, ends.0, ends.1)?;
    let key = locate::key(msg_key)?;
    let is_own = cx.caller.person().is_some_and(|person| person.tiny_id == from.tiny_id);
    let stored = match conversation::find(tx, Ends::Pair(from.tiny_id, to.tiny_id))? {
        None => None,
        Some(thread) => locate::by_key(tx, &thread, Some(from.tiny_id), key)?,
    };
    let peer = if is_own { to.user_id } else { from.user_id };
    Ok((ConversationId::c2c(peer), stored.map(|stored| stored.pos.cast_unsigned())))
}

/// The conversation of a group or topic.
fn of_group(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>, topic_id: Option<&str>) -> Result<ConversationId, MessageError> {
    Ok(ConversationId::group(&locate::chat(tx, cx, group_id, topic_id)?.group_id))
}

fn place(tx: &Tx<'_>, cx: &Context, request: &MessageReaction) -> Result<(ConversationId, u64), MessageError> {
    let missing = || MessageError::Refused("there is no such message", ErrorCode::MESSAGE_MESSAGE_EXTENSION_23004);
    if request.group_id.is_some() {
        let id = of_group(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
        return Ok((id, request.msg_seq.ok_or_else(missing)?));
    }
    let ends = (request.from_account.as_deref(), request.to_account.as_deref());
    let (id, place) = of_pair(tx, cx, ends, request.msg_key.as_deref())?;
    Ok((id, place.ok_or_else(missing)?))
}

fn change(tx: &Tx<'_>, cx: &Context, request: &MessageReaction, operation: i64) -> Result<Outcome<Empty>, MessageError> {
    let (id, place) = place(tx, cx, request)?;
    reaction::react(tx, cx, React { id, place, reaction: request.reaction.clone(), operation })
}

/// `openim_msg_ext_http_svc.reaction_add` and `group_reaction_add`
pub(crate) fn add(tx: &Tx<'_>, cx: &Context, request: MessageReaction) -> Result<Outcome<Empty>, MessageError> {
    change(tx, cx, &request, reaction::ADD)
}

/// `openim_msg_ext_http_svc.reaction_del` and `group_reaction_del`
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: MessageReaction) -> Result<Outcome<Empty>, MessageError> {
    change(tx, cx, &request, reaction::REMOVE)
}

/// `openim_msg_ext_http_svc.reaction_multi_stat`
pub(crate) fn stats_of_pair(tx: &Tx<'_>, cx: &Context, request: ReactionQuery) -> Result<Outcome<ReactionStats>, MessageError> {
    let ends = (request.from_account.as_deref(), request.to_account.as_deref());
    let keys = request.msg_keys.unwrap_or_default();
    reaction::check_places(keys.len())?;
    let mut found = HashMap::new();
    let mut conversation = None;
    for key in &keys {
        let (id, place) = of_pair(tx, cx, ends, Some(key))?;
        found.extend(place.map(|place| (place, key.clone())));
        conversation = Some(id);
    }
    let Some(id) = conversation else { return Ok(Outcome::reply(ReactionStats::default())) };
    let places = found.keys().copied().collect();
    stats(tx, cx, Reactions { id, places }, request.count, |place, reactions| MessageReactionStat {
        msg_key: found.get(&place).cloned(),
        reactions,
        ..MessageReactionStat::default()
    })
}

/// `openim_msg_ext_http_svc.group_reaction_multi_stat`
pub(crate) fn stats_of_group(tx: &Tx<'_>, cx: &Context, request: ReactionQuery) -> Result<Outcome<ReactionStats>, MessageError> {
    let id = of_group(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    let places = request.msg_seqs.unwrap_or_default();
    stats(tx, cx, Reactions { id, places }, request.count, |place, reactions| MessageReactionStat {
        msg_seq: Some(place),
        reactions,
        ..MessageReactionStat::default()
    })
}

fn stats(
    tx: &Tx<'_>,
    cx: &Context,
    asked: Reactions,
    users: Option<u64>,
    told: impl Fn(u64, Vec<WebReaction>) -> MessageReactionStat,
) -> Result<Outcome<ReactionStats>, MessageError> {
    let most = users.map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(usize::MAX));
    let list = reaction::reactions(tx, cx, asked)?.reply;
    let web = |mut reaction: ReactionCount| {
        reaction.users.truncate(most);
        WebReaction { mine: Some(reaction.mine), ..web(reaction) }
    };
    let results = list.messages.into_iter().map(|message| told(message.place, message.reactions.into_iter().map(web).collect()));
    Ok(Outcome::reply(ReactionStats { results: results.collect() }))
}

fn web(reaction: ReactionCount) -> WebReaction {
    WebReaction { reaction: reaction.reaction, count: reaction.count, users: reaction.users, mine: None }
}

/// `openim_msg_ext_http_svc.reaction_iterate` and `group_reaction_iterate`: who reacts so, the earliest first.
pub(crate) fn users(tx: &Tx<'_>, cx: &Context, request: MessageReaction) -> Result<Outcome<ReactionUsers>, MessageError> {
    let (id, place) = place(tx, cx, &request)?;
    let from = usize::try_from(request.next_seq.unwrap_or(0)).unwrap_or(usize::MAX);
    let count = request.count.unwrap_or(USERS_MOST).clamp(1, USERS_MOST);
    let Some(stored) = reaction::message(tx, cx, &id, place)? else { return Ok(Outcome::reply(ReactionUsers::default())) };
    let all = store::reactors(tx, stored.thread, stored.pos, &request.reaction, reaction::USERS_MOST)?;
    let mut names = Names::new(tx);
    let mut answer = ReactionUsers::default();
    for user in all.iter().skip(from).take(usize::try_from(count).unwrap_or(usize::MAX)) {
        answer.users.push(names.of(*user)?.user_id.clone());
    }
    let end = from.saturating_add(answer.users.len());
    answer.next_seq = if end < all.len() { end as u64 } else { 0 };
    Ok(Outcome::reply(answer))
}

/// What changed, for the product's Web SDK, which knows a message by the parts of its ID.
pub(super) fn changed(stored: &Stored, group_id: Option<&str>, reaction: ReactionCount) -> WebReactions {
    let id = WebMessageId {
        tiny_id: stored.sender.to_string(),
        msg_client_time: stored.client_time,
        msg_random: stored.random,
        group_id: group_id.map(str::to_owned),
    };
    let (pair, group) = if group_id.is_some() { (None, Some(id)) } else { (Some(id), None) };
    WebReactions { list: vec![web(reaction)], pair, group }
}
