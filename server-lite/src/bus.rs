//! Carries out the effects of committed requests: events to audiences, changes of who hears a group, kicks.
//!
//! One node so far. Nothing above assumes that an audience is connected here: it names people and groups by number.

use crate::service::{Audience, Effect};
use crate::session::{Closing, Outgoing, SessionId, Sessions};
use bytes::Bytes;
use std::sync::Arc;
use tern_protocol::event::{Event, Kickout};
use tern_protocol::frame;

/// The bus of one node.
#[derive(Clone, Debug)]
pub(crate) struct Bus {
    sessions: Arc<Sessions>,
}

impl Bus {
    /// A bus for these sessions.
    pub(crate) fn new(sessions: Arc<Sessions>) -> Self {
        Self { sessions }
    }

    /// Carries out effects in their order. Called after the commit, in commit order; never waits.
    pub(crate) fn publish(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Tell { audience, event, except } => self.tell(&audience, *event, except),
                Effect::Joined { group, member } => self.sessions.join_group(group, member),
                Effect::Left { group, member } => self.sessions.leave_group(group, member),
                Effect::Dismissed { group } => self.sessions.forget_group(group),
                Effect::KickAll { user, kickout } => self.kick_all(user, &kickout),
            }
        }
    }

    fn tell(&self, audience: &Audience, event: Event, except: Option<SessionId>) {
        let Some(frame) = encode(event) else { return };
        match audience {
            Audience::User(user) => self.sessions.send_to_user(*user, except, &frame),
            Audience::Users(users) => users.iter().for_each(|user| self.sessions.send_to_user(*user, except, &frame)),
            Audience::Group(group) => self.sessions.send_to_group(*group, except, &frame),
            Audience::Session(id) => {
                if let Some(session) = self.sessions.session(*id) {
                    session.send(frame);
                }
            }
            Audience::Bridges(app) => self.sessions.send_to_bridges(*app, &frame),
        }
    }

    fn kick_all(&self, user: crate::store::TinyId, kickout: &Kickout) {
        for session in self.sessions.of_user(user) {
            session.close(Closing::Kicked(Box::new(kickout.clone())));
        }
    }
}

/// The whole frame of an event, made once for all who get it.
pub(crate) fn encode(event: Event) -> Option<Outgoing> {
    match event.encode() {
        Ok(item) => Some(Outgoing { text: Bytes::from(frame::event_frame(&[item])), binary: None }),
        Err(error) => {
            tracing::error!(%error, "an event could not be serialised");
            None
        }
    }
}
