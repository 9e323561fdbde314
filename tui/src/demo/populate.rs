//! Fills an empty server with the world: everybody says what they said, at the time they said it, because the server's clock is
//! set to it. Nothing is written past the server, so the history is what real clients would have left.

use super::clock::ShiftedClock;
use super::media::Files;
use super::script::{Answers, Body};
use super::stage::{Guest, Stage};
use super::world::{Said, World};
use super::{DemoError, groups, marks};
use crate::edge::arrange;
use crate::edge::session::deliver;
use crate::effect::{Arrange, Setting};
use crate::event::{Answer, Delivered};
use crate::state::composer::Outgoing;
use crate::state::conversation::{ChatId, Receive, mark};
use crate::state::message::Message;
use crate::state::reply::{Answering, ReplyEntry, custom_data};
use futures_util::future::{join_all, try_join_all};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use tern_protocol::api::command;
use tern_protocol::api::conversation::History;
use tern_protocol::api::message::{C2cMsgReaded, C2cMsgReadedItem, MsgReadReport, MsgReaded};
use tern_protocol::api::profile::{PortraitSet, ProfileItem};
use tern_protocol::client::{CallError, Session};
use tern_protocol::clock::{Clock as _, timeout};
use tern_protocol::model::message::{Content, Element};
use tern_protocol::model::presence::{LoginMode, Platform};
use tokio::sync::mpsc;

/// How long one message may take, in milliseconds.
const PATIENCE_MS: i64 = 10_000;
/// Messages of different chats that lie this close together share a moment, and so a commit.
const MOMENT_MS: i64 = 120_000;
/// A group is made this long before its first message.
pub(super) const BEFORE_FIRST_MS: i64 = 600_000;

/// How far each chat has come: the place after each line, or 0 where a line has none.
type Places = BTreeMap<String, Vec<u64>>;

/// Writes the history; the clock is back in the present at the end.
pub(crate) async fn populate(
    world: &World,
    stage: &Stage,
    files: &Files,
    clock: &ShiftedClock,
    zone: &TimeZone,
) -> Result<(), DemoError> {
    let history = world.history(clock.wall_ms(), zone);
    let Some(first) = history.first() else { return Ok(()) };
    clock.set_wall_ms(first.wall_ms - 2 * BEFORE_FIRST_MS);
    let written = write(world, stage, files, clock, &history).await;
    clock.catch_up();
    let (sessions, places) = written?;
    mark_read(world, &sessions, &places).await?;
    groups::apply(world, &sessions).await?;
    arrange_own(world, &sessions).await?;
    join_all(sessions.values().map(Session::close)).await;
    Ok(())
}

/// People who are logged in while the world is made.
pub(super) type Sessions<'a> = BTreeMap<&'a str, Session>;

async fn write<'a>(
    world: &'a World,
    stage: &Stage,
    files: &Files,
    clock: &ShiftedClock,
    history: &[Said<'a>],
) -> Result<(Sessions<'a>, Places), DemoError> {
    let sessions = log_in(world, stage).await?;
    try_join_all(profiles(world).map(|(user, nick, signature)| set_profile(&sessions, user, nick, signature))).await?;
    groups::make(world, &sessions, clock, history).await?;
    let mut places: Places = world.chats.keys().map(|chat| (chat.clone(), Vec::new())).collect();
    let writer = Writer { world, sessions: &sessions, files, clock };
    let (mut rest, mut random) = (history, 0);
    while let Some(first) = rest.first() {
        let together = moment(rest);
        clock.set_wall_ms(first.wall_ms);
        let sent = rest[..together].iter().zip(random + 1..).map(|(said, random)| writer.say(said, &places, random));
        let sent = try_join_all(sent).await?;
        for (said, place) in rest[..together].iter().zip(sent) {
            if let Some(chat) = places.get_mut(said.chat) {
                chat.push(place);
            }
            marks::make(world, &sessions, said, place, clock).await?;
        }
        random += u32::try_from(together).unwrap_or(u32::MAX);
        rest = &rest[together..];
    }
    Ok((sessions, places))
}

/// How many of the next messages can be sent at once: of different chats, close together.
fn moment(rest: &[Said<'_>]) -> usize {
    let together = rest.iter().enumerate().take_while(|(at, said)| {
        said.wall_ms - rest[0].wall_ms < MOMENT_MS && rest[..*at].iter().all(|before| before.chat != said.chat)
    });
    together.count().max(1)
}

fn profiles(world: &World) -> impl Iterator<Item = (&str, &str, &str)> {
    let people = world.people.iter().map(|person| (person.id.as_str(), person.nick.as_str(), person.signature.as_str()));
    people.chain([(world.me.id.as_str(), world.me.nick.as_str(), world.me.signature.as_str())])
}

/// Side logins: they displace nobody and make nobody Online.
async fn log_in<'a>(world: &'a World, stage: &Stage) -> Result<Sessions<'a>, DemoError> {
    let mut sessions = BTreeMap::new();
    for (user, ..) in profiles(world) {
        let guest = Guest { user, platform: Platform::of_this_host(), mode: LoginMode::Command, catch_up: None };
        sessions.insert(user, stage.start(guest)?.0);
    }
    try_join_all(sessions.iter().map(|(user, session)| stage.online(user, session))).await?;
    Ok(sessions)
}

pub(super) fn session<'a>(sessions: &'a Sessions<'_>, user: &str) -> Result<&'a Session, DemoError> {
    sessions.get(user).ok_or_else(|| DemoError::World(format!("{user} is nobody")))
}

pub(super) fn failed(what: &str) -> impl FnOnce(CallError) -> DemoError + use<> {
    let what = what.to_owned();
    move |error| DemoError::Populate { what, error }
}

async fn set_profile(sessions: &Sessions<'_>, user: &str, nick: &str, signature: &str) -> Result<(), DemoError> {
    let item = |tag: &str, value: &str| ProfileItem { tag: tag.to_owned(), value: json!(value) };
    let request = PortraitSet {
        profile_item: vec![item("Tag_Profile_IM_Nick", nick), item("Tag_Profile_IM_SelfSignature", signature)],
        ..PortraitSet::default()
    };
    session(sessions, user)?.call::<command::PortraitSet>(&request).await.map_err(failed(&format!("the profile of {user}")))?;
    Ok(())
}

/// The conversation of a line as `user` names it.
fn chat_of(world: &World, said: &Said<'_>, user: &str) -> ChatId {
    match world.group(said.chat) {
        Some(_) => ChatId::group(said.chat),
        None if user == said.chat => ChatId::user(&world.me.id),
        None => ChatId::user(said.chat),
    }
}

/// A message as the server has it, with its sender's own eyes.
pub(super) async fn stored(session: &Session, chat: &ChatId, place: u64, user: &str) -> Result<Option<Message>, CallError> {
    let request = History { id: chat.to_wire(), limit: 1, around: Some(place), ..History::default() };
    let page = session.call::<command::History>(&request).await?;
    let wire = page.msg_list.into_iter().find(|wire| wire.place() == Some(place));
    Ok(wire.map(|wire| Message::from_wire(&wire, user)))
}

/// Says lines as the client sends messages.
struct Writer<'a> {
    world: &'a World,
    sessions: &'a Sessions<'a>,
    files: &'a Files,
    clock: &'a ShiftedClock,
}

impl Writer<'_> {
    /// Says one line; its place in the conversation.
    async fn say(&self, said: &Said<'_>, places: &Places, random: u32) -> Result<u64, DemoError> {
        let who = said.line.who.as_str();
        let session = session(self.sessions, who)?;
        let chat = chat_of(self.world, said, who);
        let body = match &said.line.body {
            Body::File(name) => self.files.send(session, who, name).await?.get().to_owned(),
            Body::Elements(elements) => serde_json::to_string(elements).map_err(|error| DemoError::World(error.to_string()))?,
        };
        let mut outgoing = Outgoing {
            chat: chat.key(),
            client_time_s: self.clock.wall_seconds(),
            random,
            created_ms: self.clock.wall_ms(),
            body: Some(body),
            custom: custom_data(!chat.is_group(), None),
            ats: if chat.is_group() { mentions(self.world, said) } else { Vec::new() },
            extensible: said.line.body.business() == "group_poll",
            ..Outgoing::default()
        };
        if let Some(answers) = said.line.answers {
            self.answer(&mut outgoing, said, answers, places).await?;
        }
        // What others are told on the way is nobody's business here.
        let (events, _) = mpsc::channel(1);
        let sent = timeout(self.clock, PATIENCE_MS, deliver(session, outgoing, self.clock, &events)).await;
        match sent {
            Ok(Answer::Delivered { result: Ok(Delivered { place, .. }), .. }) => Ok(place.unwrap_or(0)),
            Ok(other) => Err(DemoError::World(format!("a message of {who} in {}: {other:?}", said.chat))),
            Err(error) => Err(DemoError::World(format!("a message of {who} in {}: {error}", said.chat))),
        }
    }

    /// Quotes an earlier line, or joins its thread.
    async fn answer(&self, outgoing: &mut Outgoing, said: &Said<'_>, answers: Answers, places: &Places) -> Result<(), DemoError> {
        let who = said.line.who.as_str();
        let (session, chat) = (session(self.sessions, who)?, chat_of(self.world, said, who));
        let places = places.get(said.chat).map(Vec::as_slice).unwrap_or_default();
        let place = places.len().checked_sub(answers.back).and_then(|at| places.get(at).copied()).unwrap_or(0);
        let found = stored(session, &chat, place, who).await.map_err(failed("a message that is answered"))?;
        let Some(message) = found else { return Err(DemoError::World(format!("{who} answers nothing in {}", said.chat))) };
        let name = profiles(self.world).find(|(id, ..)| *id == message.sender.as_ref()).map_or("", |(_, nick, _)| nick);
        let answering = if answers.thread { Answering::reply(&message, name) } else { Answering::quote(&message, name) };
        outgoing.custom = custom_data(!chat.is_group(), Some(&answering.to));
        if let Some(thread) = answering.thread {
            let login = session.online().await.map_err(|end| failed("a login")(CallError::Ended(end)))?;
            let text = match &said.line.body {
                Body::Elements(elements) => match elements.first().map(Element::typed) {
                    Some(Content::Text { text }) => text,
                    _ => String::new(),
                },
                Body::File(_) => String::new(),
            };
            let entry = ReplyEntry { message_id: outgoing.msg_id(&login.tiny_id.to_string()), text, sender: who.to_owned() };
            outgoing.thread = Some((thread, entry));
        }
        Ok(())
    }
}

/// Whom `@Sam` and the like in a text names.
fn mentions(world: &World, said: &Said<'_>) -> Vec<String> {
    let Body::Elements(elements) = &said.line.body else { return Vec::new() };
    let Some(Content::Text { text }) = elements.first().map(Element::typed) else { return Vec::new() };
    let named = profiles(world).filter(|(id, nick, _)| {
        let first = nick.split(' ').next().unwrap_or(nick);
        [id, nick, first].iter().any(|name| text.to_lowercase().contains(&format!("@{}", name.to_lowercase())))
    });
    named.map(|(id, ..)| id.to_owned()).collect()
}

/// The demo's user has read up to each script's mark; the others have read everything.
async fn mark_read(world: &World, sessions: &Sessions<'_>, places: &Places) -> Result<(), DemoError> {
    let mut marks = Vec::new();
    for (chat, script) in &world.chats {
        let own = script.read.checked_sub(1).and_then(|last| places.get(chat)?.get(last).copied());
        let all = places.get(chat).and_then(|places| places.last().copied());
        let members: Vec<&str> = match world.group(chat) {
            Some(group) => world.members(group).collect(),
            None => vec![chat, &world.me.id],
        };
        for member in members {
            let place = if member == world.me.id { own } else { all };
            if let Some(place) = place.filter(|place| *place > 0) {
                let peer = if member == chat { &world.me.id } else { chat };
                marks.push(report_read(session(sessions, member)?, world.group(chat).is_some(), peer, place));
            }
        }
    }
    try_join_all(marks).await.map_err(failed("a read mark"))?;
    Ok(())
}

/// What the demo's user has set for its conversations.
async fn arrange_own(world: &World, sessions: &Sessions<'_>) -> Result<(), DemoError> {
    let me = session(sessions, &world.me.id)?;
    let mut settings = Vec::new();
    for group in &world.groups {
        let mark = |bit| Setting::Mark { bit, on: true };
        let receive = group.receive.as_deref().map(|word| Setting::Receive(Receive::from_word(word)));
        let marks = [(group.starred, mark(mark::STAR)), (group.folded, mark(mark::FOLDED)), (group.pinned, Setting::Pinned(true))];
        let wanted = marks.into_iter().filter(|(on, _)| *on).map(|(_, setting)| setting).chain(receive);
        settings.extend(wanted.map(|setting| (ChatId::group(&group.id), setting)));
    }
    try_join_all(settings.iter().map(|(chat, setting)| arrange::set(me, chat, *setting)))
        .await
        .map_err(failed("a setting of a conversation"))?;
    for label in &world.labels {
        let chats =
            label.chats.iter().map(|chat| if world.group(chat).is_some() { ChatId::group(chat) } else { ChatId::user(chat) });
        let what = Arrange::LabelNew { name: label.name.clone(), chats: chats.collect() };
        arrange::arrange(me, &what).await.map_err(failed("a group of conversations"))?;
    }
    Ok(())
}

/// Reports a read position; `chat` is the group or the peer.
pub(crate) async fn report_read(session: &Session, is_group: bool, chat: &str, place: u64) -> Result<(), CallError> {
    if is_group {
        let request = MsgReadReport { group_id: chat.to_owned(), msg_readed_seq: place, ..Default::default() };
        session.call::<command::MsgReadReport>(&request).await?;
    } else {
        let item = C2cMsgReadedItem { to_account: chat.to_owned(), pos: Some(place), ..C2cMsgReadedItem::default() };
        let request = MsgReaded { c2c_msg_readed: C2cMsgReaded { items: vec![item], cookie: None } };
        session.call::<command::MsgReaded>(&request).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_of_one_chat_never_share_a_moment() {
        let world = World::load().unwrap();
        let history = world.history(1_795_521_600_000, &TimeZone::UTC);
        let mut rest = history.as_slice();
        let mut moments = 0;
        while !rest.is_empty() {
            let together = moment(rest);
            let chats: std::collections::BTreeSet<&str> = rest[..together].iter().map(|said| said.chat).collect();
            assert_eq!(chats.len(), together);
            rest = &rest[together..];
            moments += 1;
        }
        assert!(moments <= history.len());
    }

    #[test]
    fn mentions_name_accounts() {
        let world = World::load().unwrap();
        let history = world.history(1_795_521_600_000, &TimeZone::UTC);
        assert!(history.iter().flat_map(|said| mentions(&world, said)).any(|account| account == "sam"));
    }
}
