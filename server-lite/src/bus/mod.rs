//! Carries out the effects of committed requests: events to audiences, changes of who hears a group, kicks.
//!
//! One node so far. Nothing above assumes that an audience is connected here: it names people and groups by number.

mod room;

pub(crate) use room::WINDOW_MS as ROOM_WINDOW_MS;

use crate::service::{Audience, Effect};
use crate::session::{Outgoing, Session, SessionId, Sessions};
use room::{Item, Pipes};
use std::sync::Arc;
use tern_protocol::event::Event;
use tern_protocol::frame;

/// The bus of one node.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    sessions: Arc<Sessions>,
    rooms: Arc<Pipes>,
}

impl Bus {
    /// A bus for these sessions. `room_window_ms`: for how long the events of a large live room wait for each other.
    pub(crate) fn new(sessions: Arc<Sessions>, room_window_ms: u64) -> Self {
        let rooms = Arc::new(Pipes::new(Arc::clone(&sessions), room_window_ms));
        Self { sessions, rooms }
    }

    /// The sessions that it reaches.
    pub(crate) fn sessions(&self) -> &Arc<Sessions> {
        &self.sessions
    }

    /// Carries out effects in their order. Called after the commit, in commit order; never waits.
    pub(crate) fn publish(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Tell { audience, event, except } => self.tell(&audience, event, except),
                Effect::Joined { group, member } => self.sessions.join_group(group, member),
                Effect::Left { group, member } => self.sessions.quit_group(group, member),
                Effect::Unheard { group, member } => self.sessions.leave_group(group, member),
                Effect::HearsTopic { topic, member, hears } => self.sessions.hear_topic(topic, member, hears),
                Effect::Entered { group, session } => self.sessions.enter_room(group, session),
                Effect::Went { group, session } => self.sessions.leave_room(group, session),
                Effect::Dismissed { group } => self.sessions.forget_group(group),
                Effect::Subscribe { session, users } => self.sessions.subscribe(session, &users),
                Effect::Unsubscribe { session, users } => self.sessions.unsubscribe(session, users.as_deref()),
                Effect::Close { session, why } => {
                    if let Some(session) = self.sessions.session(session) {
                        session.close(why);
                    }
                }
            }
        }
    }

    fn tell(&self, audience: &Audience, event: Box<Event>, except: Option<SessionId>) {
        if let Audience::Room(group, weight) = audience {
            match event.encode() {
                Ok(text) => self.rooms.send(*group, Item { text, weight: *weight, except }),
                Err(error) => tracing::error!(%error, "an event could not be serialised"),
            }
            return;
        }
        let mut frame = Lazy::Event(event);
        let mut send = |session: &Session| {
            if let Some(frame) = frame.get() {
                session.send(frame);
            }
        };
        match audience {
            Audience::User(user) => self.sessions.each_of_user(*user, except, send),
            Audience::Pair(one, other) => {
                self.sessions.each_of_user(*one, except, &mut send);
                self.sessions.each_of_user(*other, except, send);
            }
            Audience::Users(users) => users.iter().for_each(|user| self.sessions.each_of_user(*user, except, &mut send)),
            Audience::Group(group) => {
                self.rooms.flush(*group);
                self.sessions.each_of_group(*group, except, send);
            }
            // Went another way above.
            Audience::Room(..) => {}
            Audience::Session(id) => self.sessions.session(*id).iter().for_each(|session| send(session)),
            Audience::Watchers(user) => self.sessions.each_watcher(*user, send),
            Audience::Bridges(app) => self.sessions.each_bridge(*app, send),
        }
    }
}

/// The frame of an event, made when the first session needs it, once for all.
enum Lazy {
    Event(Box<Event>),
    Frame(Outgoing),
    Broken,
}

impl Lazy {
    fn get(&mut self) -> Option<Outgoing> {
        if matches!(self, Self::Event(_)) {
            let Self::Event(event) = std::mem::replace(self, Self::Broken) else { return None };
            match encode(*event) {
                Ok(frame) => *self = Self::Frame(frame),
                Err(error) => tracing::error!(%error, "an event could not be serialised"),
            }
        }
        match self {
            Self::Frame(frame) => Some(frame.clone()),
            Self::Event(_) | Self::Broken => None,
        }
    }
}

/// The whole frame of an event.
pub(crate) fn encode(event: Event) -> Result<Outgoing, serde_json::Error> {
    let item = event.encode()?;
    Ok(Outgoing { text: frame::event_frame(&[item]).into(), binary: None })
}
