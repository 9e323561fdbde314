//! Fills an empty server with the world: everybody says what they said, at the time they said it, because the server's clock is
//! set to it. Nothing is written past the server, so the history is what real clients would have left.

use super::DemoError;
use super::clock::ShiftedClock;
use super::stage::{Guest, Stage};
use super::world::{Said, World};
use futures_util::future::{join_all, try_join_all};
use jiff::tz::TimeZone;
use serde_json::json;
use std::collections::BTreeMap;
use tern_protocol::api::command;
use tern_protocol::api::conversation::{ConversationId, SetTop};
use tern_protocol::api::group::{CreateGroup, NewMember};
use tern_protocol::api::message::{C2cMsgReaded, C2cMsgReadedItem, GroupAt, MsgReadReport, MsgReaded, SendGroupMsg, SendMsg};
use tern_protocol::api::profile::{PortraitSet, ProfileItem};
use tern_protocol::client::{CallError, Session};
use tern_protocol::clock::Clock as _;
use tern_protocol::model::message::Content;
use tern_protocol::model::presence::{LoginMode, Platform};

/// How long one message may take, in milliseconds.
const PATIENCE_MS: i64 = 10_000;
/// Messages of different chats that lie this close together share a moment, and so a commit.
const MOMENT_MS: i64 = 120_000;
/// A group is made this long before its first message.
const BEFORE_FIRST_MS: i64 = 600_000;

/// How far each chat has come: the place after each line, or 0 where a line has none.
type Places = BTreeMap<String, Vec<u64>>;

/// Writes the history; the clock is back in the present at the end.
pub(crate) async fn populate(world: &World, stage: &Stage, clock: &ShiftedClock, zone: &TimeZone) -> Result<(), DemoError> {
    let history = world.history(clock.wall_ms(), zone);
    let Some(first) = history.first() else { return Ok(()) };
    clock.set_wall_ms(first.wall_ms - 2 * BEFORE_FIRST_MS);
    let written = write(world, stage, clock, &history).await;
    clock.catch_up();
    let (sessions, places) = written?;
    mark_read(world, &sessions, &places).await?;
    pin(world, &sessions).await?;
    join_all(sessions.values().map(Session::close)).await;
    Ok(())
}

async fn write<'a>(
    world: &'a World,
    stage: &Stage,
    clock: &ShiftedClock,
    history: &[Said<'a>],
) -> Result<(BTreeMap<&'a str, Session>, Places), DemoError> {
    let sessions = log_in(world, stage).await?;
    try_join_all(profiles(world).map(|(user, nick, signature)| set_profile(&sessions, user, nick, signature))).await?;
    make_groups(world, &sessions, clock, history).await?;
    let mut places: Places = world.chats.keys().map(|chat| (chat.clone(), Vec::new())).collect();
    let mut rest = history;
    while let Some(first) = rest.first() {
        let together = moment(rest);
        clock.set_wall_ms(first.wall_ms);
        let sent = try_join_all(rest[..together].iter().map(|said| say(world, &sessions, said))).await?;
        for (said, place) in rest[..together].iter().zip(sent) {
            if let Some(chat) = places.get_mut(said.chat) {
                chat.push(place);
            }
        }
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
async fn log_in<'a>(world: &'a World, stage: &Stage) -> Result<BTreeMap<&'a str, Session>, DemoError> {
    let mut sessions = BTreeMap::new();
    for (user, ..) in profiles(world) {
        let guest = Guest { user, platform: Platform::of_this_host(), mode: LoginMode::Command, catch_up: None };
        sessions.insert(user, stage.start(guest)?.0);
    }
    try_join_all(sessions.iter().map(|(user, session)| stage.online(user, session))).await?;
    Ok(sessions)
}

fn session<'a>(sessions: &'a BTreeMap<&str, Session>, user: &str) -> Result<&'a Session, DemoError> {
    sessions.get(user).ok_or_else(|| DemoError::World(format!("{user} is nobody")))
}

fn failed(what: &str) -> impl FnOnce(CallError) -> DemoError + use<> {
    let what = what.to_owned();
    move |error| DemoError::Populate { what, error }
}

async fn set_profile(sessions: &BTreeMap<&str, Session>, user: &str, nick: &str, signature: &str) -> Result<(), DemoError> {
    let item = |tag: &str, value: &str| ProfileItem { tag: tag.to_owned(), value: json!(value) };
    let request = PortraitSet {
        profile_item: vec![item("Tag_Profile_IM_Nick", nick), item("Tag_Profile_IM_SelfSignature", signature)],
        ..PortraitSet::default()
    };
    session(sessions, user)?.call::<command::PortraitSet>(&request).await.map_err(failed(&format!("the profile of {user}")))?;
    Ok(())
}

async fn make_groups(
    world: &World,
    sessions: &BTreeMap<&str, Session>,
    clock: &ShiftedClock,
    history: &[Said<'_>],
) -> Result<(), DemoError> {
    for group in &world.groups {
        let own = |text: &str| Some(text.to_owned());
        let members = group.members.iter().map(|id| NewMember { member_account: id.clone(), ..NewMember::default() }).collect();
        let request = CreateGroup {
            owner_account: own(&group.owner),
            kind: own(&group.kind),
            group_id: own(&group.id),
            name: own(&group.name),
            introduction: own(&group.introduction),
            notification: own(&group.notification),
            apply_join_option: own("FreeAccess").filter(|_| group.kind == "Public"),
            member_list: Some(members),
            ..CreateGroup::default()
        };
        if let Some(first) = history.iter().find(|said| said.chat == group.id) {
            clock.set_wall_ms(first.wall_ms - BEFORE_FIRST_MS);
        }
        let owner = session(sessions, &group.owner)?;
        owner.call::<command::CreateGroup>(&request).await.map_err(failed(&format!("the group {}", group.id)))?;
    }
    Ok(())
}

/// Says one line; its place in the conversation.
async fn say(world: &World, sessions: &BTreeMap<&str, Session>, said: &Said<'_>) -> Result<u64, DemoError> {
    let who = said.line.who.as_str();
    let fail = || failed(&format!("a message of {who} in {}", said.chat));
    let body = serde_json::value::to_raw_value(&said.line.body).map_err(|error| DemoError::World(error.to_string()))?;
    let session = session(sessions, who)?;
    if world.group(said.chat).is_some() {
        let request = SendGroupMsg {
            group_id: Some(said.chat.to_owned()),
            msg_body: Some(body),
            group_at_info: mentions(world, said),
            ..SendGroupMsg::default()
        };
        let answer = session.send_message::<command::SendGroupMsg>(request, PATIENCE_MS).await.map_err(fail())?;
        return Ok(answer.msg_seq);
    }
    let to = if who == said.chat { world.me.id.as_str() } else { said.chat };
    let request = SendMsg { to_account: Some(to.to_owned()), msg_body: Some(body), ..SendMsg::default() };
    let answer = session.send_message::<command::SendMsg>(request, PATIENCE_MS).await.map_err(fail())?;
    Ok(answer.pos.unwrap_or(0))
}

/// `@Sam` and the like in a text.
fn mentions(world: &World, said: &Said<'_>) -> Option<Vec<GroupAt>> {
    let Some(Content::Text { text }) = said.line.body.first().map(|element| element.typed()) else { return None };
    let named = profiles(world).filter(|(id, nick, _)| {
        let first = nick.split(' ').next().unwrap_or(nick);
        [id, nick, first].iter().any(|name| text.to_lowercase().contains(&format!("@{}", name.to_lowercase())))
    });
    let list: Vec<GroupAt> = named.map(|(id, ..)| GroupAt { all_flag: 0, account: Some(id.to_owned()) }).collect();
    (!list.is_empty()).then_some(list)
}

/// The demo's user has read up to each script's mark; the others have read everything.
async fn mark_read(world: &World, sessions: &BTreeMap<&str, Session>, places: &Places) -> Result<(), DemoError> {
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

/// What the demo's user has pinned.
async fn pin(world: &World, sessions: &BTreeMap<&str, Session>) -> Result<(), DemoError> {
    let me = session(sessions, &world.me.id)?;
    for group in world.groups.iter().filter(|group| group.pinned) {
        let request = SetTop { id: ConversationId::group(&group.id), top_flag: 1 };
        me.call::<command::ConversationTop>(&request).await.map_err(failed("a pinned chat"))?;
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
        let at: Vec<Vec<GroupAt>> = history.iter().filter_map(|said| mentions(&world, said)).collect();
        assert!(at.iter().flatten().any(|one| one.account.as_deref() == Some("sam")));
    }
}
