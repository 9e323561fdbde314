//! Reactions (`contract/client-semantics.md` 3.8).

use super::history::{Opened, open};
use super::view::Names;
use super::{Context, Family, MessageError, web_reaction};
use crate::service::{Audience, Effect, Outcome};
use crate::store::engine::{StoreError, Tx};
use crate::store::message::{self, Stored, flag};
use crate::store::{TinyId, message_attached as store, message_change};
use tern_protocol::ErrorCode;
use tern_protocol::api::Empty;
use tern_protocol::api::annotation::{MessageReactions, React, ReactionCount, ReactionList, Reactions};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::event::{Event, ReactionNotice};

/// Kinds on one message.
const KINDS_MOST: usize = 10;
/// Users of one kind.
pub(super) const USERS_MOST: i64 = 100;
/// Users named with a kind.
const USERS_SHOWN: i64 = 10;
/// Messages in one `tern_message.reactions`.
const PLACES_MOST: usize = 20;
/// Bytes of a reaction.
const REACTION_BYTES: usize = 64;

pub(super) const ADD: i64 = 1;
pub(super) const REMOVE: i64 = 2;

fn bad(field: &'static str, what: &'static str) -> MessageError {
    MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST }
}

fn shown(tx: &Tx<'_>, opened: &Opened, place: u64) -> Result<Option<Stored>, StoreError> {
    let (Some(thread), Ok(pos)) = (&opened.thread, i64::try_from(place)) else { return Ok(None) };
    let stored = message::at(tx, thread.id, pos)?;
    Ok(stored.filter(|stored| opened.shows(stored) && !stored.has(flag::TIP | flag::RECALLED)))
}

/// A message as its reader sees it, if it can have reactions.
pub(super) fn message(tx: &Tx<'_>, cx: &Context, id: &ConversationId, place: u64) -> Result<Option<Stored>, MessageError> {
    Ok(shown(tx, &open(tx, cx, id)?, place)?)
}

/// `tern_message.react`
pub(crate) fn react(tx: &Tx<'_>, cx: &Context, request: React) -> Result<Outcome<Empty>, MessageError> {
    let person = cx.caller.person().ok_or(MessageError::NotYourself(Family::Client))?;
    let user = person.tiny_id;
    if request.reaction.is_empty() || request.reaction.len() > REACTION_BYTES {
        return Err(bad("Reaction", "must have 1 to 64 bytes"));
    }
    if !cx.app.settings.features.message_extras {
        return Err(MessageError::Refused("reactions are off in this application", ErrorCode::REST_PLAN_REQUIRED));
    }
    let opened = open(tx, cx, &request.id)?;
    let missing = MessageError::Refused("there is no such message", ErrorCode::MESSAGE_MESSAGE_EXTENSION_23004);
    let stored = shown(tx, &opened, request.place)?.ok_or(missing)?;
    let (thread, pos, reaction) = (stored.thread, stored.pos, request.reaction.as_str());
    let kinds = store::reactions(tx, thread, pos)?;
    let kind = kinds.iter().find(|kind| kind.reaction == reaction);
    let mine = store::reacts(tx, thread, pos, reaction, user)?;
    let refused = |what, code| Err(MessageError::Refused(what, code));
    match request.operation {
        ADD if mine => return refused("you react so already", ErrorCode::MESSAGE_REACTION_REPEATED),
        ADD if kind.is_none() && kinds.len() >= KINDS_MOST => {
            return refused("the message has ten kinds of reactions", ErrorCode::MESSAGE_REACTION_KINDS_FULL);
        }
        ADD if kind.is_some_and(|kind| kind.users >= USERS_MOST) => {
            return refused("a hundred users react so", ErrorCode::MESSAGE_REACTION_USERS_FULL);
        }
        ADD => {
            let rev = message_change::attach(tx, &stored, stored.flags | flag::REACTED)?;
            store::react(tx, thread, pos, reaction, user, rev)?;
        }
        REMOVE if kind.is_none() => return refused("nobody reacts so", ErrorCode::MESSAGE_REACTION_UNKNOWN),
        REMOVE if !mine => return refused("you do not react so", ErrorCode::MESSAGE_REACTION_NOT_MINE),
        REMOVE => {
            store::unreact(tx, thread, pos, reaction, user)?;
            let was_last = kinds.len() == 1 && kind.is_some_and(|kind| kind.users == 1);
            let flags = if was_last { stored.flags & !flag::REACTED } else { stored.flags };
            message_change::attach(tx, &stored, flags)?;
        }
        _ => return Err(bad("Operation", "must be 1 or 2")),
    }
    let users = if request.operation == ADD { 1 } else { -1 };
    let count = kind.map_or(0, |kind| kind.users) + users;
    let reaction = counted(tx, &mut Names::new(tx), &stored, reaction, count)?;
    let notice = ReactionNotice {
        id: request.id.clone(),
        place: request.place,
        reaction,
        user: person.user_id.to_string(),
        operation: request.operation,
    };
    let told = tell(cx, &opened, &stored, user, person.user_id.as_str(), notice);
    Ok(Outcome::done().then_all(told))
}

fn counted(tx: &Tx<'_>, names: &mut Names<'_>, stored: &Stored, reaction: &str, count: i64) -> Result<ReactionCount, StoreError> {
    let mut users = Vec::new();
    for user in store::reactors(tx, stored.thread, stored.pos, reaction, USERS_SHOWN)? {
        users.push(names.of(user)?.user_id.clone());
    }
    Ok(ReactionCount { reaction: reaction.to_owned(), count: count.cast_unsigned(), users, mine: 0 })
}

/// Everybody who sees the message; each side of a pair names it by the other.
fn tell(cx: &Context, opened: &Opened, stored: &Stored, user: TinyId, name: &str, notice: ReactionNotice) -> Vec<Effect> {
    let group_id = opened.group.as_ref().map(|group| group.group_id.as_str());
    let web = Event::WebReactions(web_reaction::changed(stored, group_id, notice.reaction.clone()));
    match (&opened.group, opened.peer) {
        (Some(group), _) => {
            let audience = super::few_readers(stored).map_or(Audience::Group(group.no), Audience::Users);
            let tell = |event| Effect::tell_others(audience.clone(), event, &cx.caller);
            vec![tell(Event::Reaction(notice)), tell(web)]
        }
        (None, peer) => {
            let mut effects = Vec::new();
            if let Some(peer) = peer.filter(|peer| *peer != user) {
                let to_peer = ReactionNotice { id: ConversationId::c2c(name), ..notice.clone() };
                effects.extend([Event::Reaction(to_peer), web.clone()].map(|event| Effect::tell(Audience::User(peer), event)));
            }
            let own = [Event::Reaction(notice), web].map(|event| Effect::tell_others(Audience::User(user), event, &cx.caller));
            effects.extend(own);
            effects
        }
    }
}

/// Refuses to look at more messages than one answer is about.
pub(super) fn check_places(count: usize) -> Result<(), MessageError> {
    if count > PLACES_MOST { Err(bad("Places", "names more than 20 messages")) } else { Ok(()) }
}

/// `tern_message.reactions`
pub(crate) fn reactions(tx: &Tx<'_>, cx: &Context, request: Reactions) -> Result<Outcome<ReactionList>, MessageError> {
    check_places(request.places.len())?;
    let opened = open(tx, cx, &request.id)?;
    let mut names = Names::new(tx);
    let mut list = ReactionList::default();
    for place in request.places {
        let Some(stored) = shown(tx, &opened, place)? else { continue };
        let mut message = MessageReactions { place, reactions: Vec::new() };
        for kind in store::reactions(tx, stored.thread, stored.pos)? {
            let mut reaction = counted(tx, &mut names, &stored, &kind.reaction, kind.users)?;
            reaction.mine = i64::from(store::reacts(tx, stored.thread, stored.pos, &kind.reaction, opened.viewer)?);
            message.reactions.push(reaction);
        }
        list.messages.push(message);
    }
    Ok(Outcome::reply(list))
}
