//! The demo's people at work: their sessions hear, the [`Director`] decides, and what is due is said. Those who are away have only
//! a phone; a push wakes them, they open the chat, answer, and put the phone away again.

use super::DemoError;
use super::director::{Chat, Cue, Deed, Director, Look};
use super::media::Files;
use super::populate::{failed, report_read};
use super::script::Body;
use super::stage::{Guest, Stage};
use super::world::{Group, Person, World};
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use std::collections::{BTreeMap, VecDeque};
use std::future::pending;
use tern_protocol::api::command;
use tern_protocol::api::group::ApplyJoinGroup;
use tern_protocol::api::message::{Message, SendGroupMsg, SendMsg};
use tern_protocol::client::{CatchUp, ClientEvent, Session};
use tern_protocol::event::{Event, GroupTip, tip};
use tern_protocol::model::message::{Content, Element};
use tern_protocol::model::presence::LoginMode;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Time from the buzz of a phone until its owner looks.
const WAKE_MS: i64 = 3_500;
/// A phone is put away when nothing was heard for so long.
const AWAY_AGAIN_MS: i64 = 40_000;
/// How long a message may take, in milliseconds.
const PATIENCE_MS: i64 = 30_000;
/// Group messages that several members report; remembered to be heard once.
const REMEMBERED: usize = 256;
/// Events of all sessions that wait; a session whose events are not taken waits itself.
const EVENTS: usize = 256;

/// What the people are told.
type Heard = (String, ClientEvent);

/// Everybody who is scripted.
pub(crate) struct People {
    world: World,
    stage: Stage,
    files: Files,
    director: Director,
    sessions: BTreeMap<String, Session>,
    events: mpsc::Receiver<Heard>,
    event_sender: mpsc::Sender<Heard>,
    /// When those whose phone buzzed look at it.
    waking: BTreeMap<String, i64>,
    /// When those who are awake put the phone away.
    leaving: BTreeMap<String, i64>,
    /// Place of the last message heard, by person and chat, for read marks.
    places: BTreeMap<(String, Chat), u64>,
    seen: VecDeque<(String, u64)>,
    tasks: TaskTracker,
}

impl People {
    /// Logs in everybody who is not away; those of live rooms go in.
    pub(crate) async fn start(world: World, stage: Stage, files: Files, director: Director) -> Result<Self, DemoError> {
        let (event_sender, events) = mpsc::channel(EVENTS);
        let mut people = Self {
            stage,
            files,
            director,
            sessions: BTreeMap::new(),
            events,
            event_sender,
            waking: BTreeMap::new(),
            leaving: BTreeMap::new(),
            places: BTreeMap::new(),
            seen: VecDeque::new(),
            tasks: TaskTracker::new(),
            world,
        };
        for person in people.world.people.clone().iter().filter(|person| !person.away) {
            people.log_in(person, None)?;
        }
        for (user, session) in &people.sessions {
            people.stage.online(user, session).await?;
        }
        people.enter_rooms().await;
        Ok(people)
    }

    async fn enter_rooms(&self) {
        let rooms = self.world.groups.iter().filter(|group| group.is_live());
        for (group, who) in rooms.flat_map(|group| self.world.members(group).map(move |who| (group, who))) {
            if let Some(session) = self.sessions.get(who) {
                let request = ApplyJoinGroup { group_id: Some(group.id.clone()), ..ApplyJoinGroup::default() };
                log_failure(session.call::<command::ApplyJoinGroup>(&request).await.map(|_| ()));
            }
        }
    }

    fn log_in(&mut self, person: &Person, catch_up: Option<CatchUp>) -> Result<(), DemoError> {
        let guest = Guest { user: &person.id, platform: person.device, mode: LoginMode::Interactive, catch_up };
        let (session, mut events) = self.stage.start(guest)?;
        let (id, sender) = (person.id.clone(), self.event_sender.clone());
        self.tasks.spawn(async move {
            while let Some(event) = events.recv().await {
                if sender.send((id.clone(), event)).await.is_err() {
                    return;
                }
            }
        });
        self.sessions.insert(person.id.clone(), session);
        Ok(())
    }

    /// Lives until `stop`; `buzzes` names people whose phone got a push.
    pub(crate) async fn run(mut self, mut buzzes: mpsc::Receiver<String>, stop: CancellationToken) {
        loop {
            let due_ms = self.due_ms();
            let clock = self.stage.clock.clone();
            let due = async {
                match due_ms {
                    Some(due_ms) => clock.sleep_until(due_ms).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                () = stop.cancelled() => break,
                Some((who, event)) = self.events.recv() => self.hear(&who, event),
                Some(who) = buzzes.recv() => self.buzz(who),
                () = due => self.act().await,
            }
        }
        self.leave().await;
    }

    fn now_ms(&self) -> i64 {
        self.stage.clock.mono_ms()
    }

    fn due_ms(&self) -> Option<i64> {
        let phones = self.waking.values().chain(self.leaving.values()).copied();
        phones.chain(self.director.due_ms()).min()
    }

    fn buzz(&mut self, who: String) {
        if !self.sessions.contains_key(&who) {
            let at_ms = self.now_ms() + WAKE_MS;
            self.waking.entry(who).or_insert(at_ms);
        }
    }

    fn hear(&mut self, who: &str, event: ClientEvent) {
        match event {
            ClientEvent::Event(event) => match *event {
                Event::C2cMessage(message) | Event::GroupMessage(message) => self.hear_message(who, &message),
                Event::GroupTip(message) => self.see(&message),
                _ => {}
            },
            ClientEvent::SyncPage(page) => {
                let unread =
                    page.conversations.into_iter().filter(|conversation| conversation.unread > 0 && conversation.id.kind == 1);
                for message in unread.filter_map(|conversation| conversation.last_msg) {
                    self.hear_message(who, &message);
                }
            }
            ClientEvent::Ended(_) => {
                self.sessions.remove(who);
                self.leaving.remove(who);
            }
            _ => {}
        }
    }

    fn hear_message(&mut self, who: &str, message: &Message) {
        let from = message.from_account.as_str();
        let outside = from != who && self.world.person(from).is_none();
        let chat = match &message.to_group_id {
            Some(group) => {
                self.director.learn_member(group, who);
                Chat::Group(group.clone())
            }
            None => Chat::C2c { person: who.to_owned(), peer: from.to_owned() },
        };
        if let (true, Some(place)) = (outside, message.place()) {
            self.places.insert((who.to_owned(), chat.clone()), place);
        }
        let now_ms = self.now_ms();
        if let Some(leaving) = self.leaving.get_mut(who) {
            *leaving = now_ms + AWAY_AGAIN_MS;
        }
        // What is not stored is a sign such as "typing", not something said.
        if !outside || message.place().is_none() || !self.is_first_to_hear(message) {
            return;
        }
        let text = text_of(message);
        self.director.heard(&chat, from, &text, now_ms);
    }

    /// Who comes into a live room and goes.
    fn see(&mut self, tip: &Message) {
        let Some(room) = tip.to_group_id.as_deref().filter(|room| self.world.group(room).is_some_and(Group::is_live)) else {
            return;
        };
        let told = tip.msg_body.as_ref().and_then(|body| serde_json::from_str::<GroupTip>(body.get()).ok());
        let Some(told) = told else { return };
        let look = match told.op_type {
            tip::JOIN => Look::On,
            tip::QUIT | tip::KICKED | tip::BAN => Look::Away,
            _ => return,
        };
        let now_ms = self.now_ms();
        for user in told.accounts.iter().flatten().filter(|user| self.world.person(user).is_none()) {
            self.director.watched(room, user, look, now_ms);
        }
    }

    fn is_first_to_hear(&mut self, message: &Message) -> bool {
        let Some(group) = &message.to_group_id else { return true };
        let key = (group.clone(), message.msg_seq);
        if self.seen.contains(&key) {
            return false;
        }
        if self.seen.len() == REMEMBERED {
            self.seen.pop_front();
        }
        self.seen.push_back(key);
        true
    }

    async fn act(&mut self) {
        let now_ms = self.now_ms();
        for who in take_due(&mut self.waking, now_ms) {
            if let Some(person) = self.world.person(&who).cloned()
                && self.log_in(&person, Some(CatchUp::default())).is_ok()
            {
                self.leaving.insert(who, now_ms + AWAY_AGAIN_MS);
            }
        }
        for who in take_due(&mut self.leaving, now_ms) {
            // The link ends without a logout, so the phone stays reachable by push.
            if let Some(session) = self.sessions.remove(&who) {
                session.close().await;
            }
        }
        for cue in self.director.take_due(now_ms) {
            self.perform(cue);
        }
    }

    fn perform(&mut self, cue: Cue) {
        let Some(session) = self.sessions.get(&cue.who).cloned() else { return };
        match cue.deed {
            Deed::Read => {
                let Some(place) = self.places.get(&(cue.who, cue.chat.clone())).copied() else { return };
                self.tasks.spawn(async move {
                    let (is_group, chat) = match &cue.chat {
                        Chat::C2c { peer, .. } => (false, peer),
                        Chat::Group(group) => (true, group),
                    };
                    log_failure(report_read(&session, is_group, chat, place).await);
                });
            }
            Deed::Say { body, offline_push_info } => {
                let files = self.files.clone();
                self.tasks.spawn(async move {
                    let said = say(&session, &files, &cue.who, cue.chat, &body, offline_push_info).await;
                    log_failure(said);
                });
            }
        }
    }

    async fn leave(mut self) {
        self.events.close();
        for session in self.sessions.values() {
            session.close().await;
        }
        self.sessions.clear();
        drop(self.event_sender);
        self.tasks.close();
        self.tasks.wait().await;
    }
}

/// Sends a message; a gift goes before others.
async fn say(
    session: &Session,
    files: &Files,
    who: &str,
    chat: Chat,
    body: &Body,
    offline_push_info: Option<Box<RawValue>>,
) -> Result<(), DemoError> {
    let msg_body = match body {
        Body::File(name) => files.send(session, who, name).await?,
        Body::Elements(elements) => to_raw_value(elements).map_err(|error| DemoError::World(error.to_string()))?,
    };
    let msg_body = Some(msg_body);
    let sent = match chat {
        Chat::C2c { peer, .. } => {
            let request = SendMsg { to_account: Some(peer), msg_body, offline_push_info, ..SendMsg::default() };
            session.send_message::<command::SendMsg>(request, PATIENCE_MS).await.map(|_| ())
        }
        Chat::Group(group) => {
            let msg_priority = (body.business() == "gift").then(|| Value::from("High"));
            let request =
                SendGroupMsg { group_id: Some(group), msg_body, offline_push_info, msg_priority, ..SendGroupMsg::default() };
            session.send_message::<command::SendGroupMsg>(request, PATIENCE_MS).await.map(|_| ())
        }
    };
    sent.map_err(failed(&format!("a message of {who}")))
}

fn take_due(map: &mut BTreeMap<String, i64>, now_ms: i64) -> Vec<String> {
    let due: Vec<String> = map.iter().filter(|(_, at_ms)| **at_ms <= now_ms).map(|(who, _)| who.clone()).collect();
    for who in &due {
        map.remove(who);
    }
    due
}

/// The person at the keyboard may have dismissed the group or blocked somebody: the demo goes on.
fn log_failure<E: std::fmt::Display>(result: Result<(), E>) {
    if let Err(error) = result {
        tracing::debug!(%error, "somebody of the demo could not do what they wanted");
    }
}

fn text_of(message: &Message) -> String {
    let elements: Vec<Element> =
        message.msg_body.as_ref().and_then(|body| serde_json::from_str(body.get()).ok()).unwrap_or_default();
    let texts = elements.iter().filter_map(|element| match element.typed() {
        Content::Text { text } => Some(text),
        _ => None,
    });
    texts.collect::<Vec<_>>().join(" ")
}
