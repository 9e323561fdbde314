//! The messages of one person, over a link in mode `push`: notices on this host while `tern` is closed.

use super::Link;
use crate::job::conversation_key;
use crate::pipeline::Pipeline;
use std::{collections::HashMap, collections::HashSet, sync::Arc};
use tern_protocol::{
    api::{
        conversation::{Conversation, ConversationId, SyncGroup},
        message::Message,
        push::{PushDevice, PushJob},
    },
    client::{ClientEvent, End},
    clock::Clock,
    event::Event,
};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The certificate that a desktop stands for in the pipeline.
pub(crate) const DESKTOP_CERT: i64 = 0;
/// A notice that comes later than this is worth nothing.
const NOTICE_SECONDS: i64 = 60;
/// Conversations whose settings are remembered at most.
const CONVERSATIONS: usize = 20_000;

/// What the agent knows of the person. Pure: events in, jobs out.
#[derive(Debug)]
pub(crate) struct Person {
    app: u32,
    user: String,
    conversations: HashMap<String, Settings>,
    group_names: HashMap<String, String>,
    /// Logins at which the person sits now.
    sessions: HashSet<u64>,
}

#[derive(Debug, Default)]
struct Settings {
    msg_flag: String,
    unread: u64,
}

impl Person {
    pub(crate) fn new(app: u32, user: impl Into<String>) -> Self {
        Self { app, user: user.into(), conversations: HashMap::new(), group_names: HashMap::new(), sessions: HashSet::new() }
    }

    /// Whether the person sits at one of the devices.
    pub(crate) fn online(&self) -> bool {
        !self.sessions.is_empty()
    }

    /// The link was made anew: who is online will be told again.
    pub(crate) fn reconnected(&mut self) {
        self.sessions.clear();
    }

    pub(crate) fn learn(&mut self, conversations: &[Conversation], groups: &[SyncGroup]) {
        for conversation in conversations {
            let key = conversation_key(&conversation.id);
            if self.conversations.len() < CONVERSATIONS || self.conversations.contains_key(&key) {
                let settings = Settings { msg_flag: conversation.msg_flag.clone(), unread: conversation.unread };
                self.conversations.insert(key, settings);
            }
        }
        for group in groups {
            if self.group_names.len() < CONVERSATIONS || self.group_names.contains_key(&group.group_id) {
                self.group_names.insert(group.group_id.clone(), group.name.clone());
            }
        }
    }

    /// What an event means: a notice, a withdrawal, or nothing.
    pub(crate) fn on_event(&mut self, event: Event) -> Option<Wish> {
        match event {
            Event::C2cMessage(message) | Event::GroupMessage(message) => self.job(message).map(|job| Wish::Notice(Box::new(job))),
            Event::Conversation(conversation) => {
                self.learn(&[conversation], &[]);
                None
            }
            Event::Group(group) => {
                self.learn(&[], &[group]);
                None
            }
            Event::OwnReadC2c(read) => Some(self.read(ConversationId::c2c(read.from_account), read.unread)),
            Event::OwnReadGroup(read) => Some(self.read(ConversationId::group(read.group_id), read.unread)),
            Event::Session(session) if session.mode == "interactive" => match session.online {
                1 => {
                    self.sessions.insert(session.inst_id);
                    Some(Wish::WithdrawAll)
                }
                _ => {
                    self.sessions.remove(&session.inst_id);
                    None
                }
            },
            _ => None,
        }
    }

    fn read(&mut self, id: ConversationId, unread: Option<u64>) -> Wish {
        let key = conversation_key(&id);
        if let Some(settings) = self.conversations.get_mut(&key) {
            settings.unread = unread.unwrap_or(0);
        }
        Wish::Withdraw(key)
    }

    fn job(&mut self, message: Message) -> Option<PushJob> {
        if message.from_account == self.user || message.is_system_msg == Some(1) || message.online_only == Some(1) {
            return None;
        }
        let conversation = match message.chat_id() {
            Some(group) => ConversationId::group(group.clone()),
            None => ConversationId::c2c(message.from_account.clone()),
        };
        let place = message.place()?;
        let key = conversation_key(&conversation);
        if self.conversations.len() < CONVERSATIONS || self.conversations.contains_key(&key) {
            let settings = self.conversations.entry(key.clone()).or_default();
            settings.unread += u64::from(message.no_unread != Some(1));
        }
        if self.online() {
            return None;
        }
        let group_name = message.chat_id().and_then(|group| self.group_names.get(group)).cloned();
        let at_me = message
            .group_at_info
            .as_ref()
            .is_some_and(|list| list.iter().any(|at| at.all_flag == 1 || at.account.as_deref() == Some(self.user.as_str())));
        let nick = message.nick.clone().filter(|nick| !nick.is_empty()).unwrap_or_else(|| message.from_account.clone());
        Some(PushJob {
            sdk_app_id: self.app,
            to_account: self.user.clone(),
            from_account: message.from_account,
            conversation,
            place,
            msg_seq: message.msg_seq,
            msg_random: message.msg_random,
            msg_time: message.msg_time_stamp,
            expire_time: message.msg_time_stamp.saturating_add(NOTICE_SECONDS),
            msg_flag: self.conversations.get(&key).map(|settings| settings.msg_flag.clone()).unwrap_or_default(),
            unread_total: self.conversations.values().map(|settings| settings.unread).sum(),
            devices: vec![PushDevice {
                install: "desktop".into(),
                cert_id: DESKTOP_CERT,
                token: "desktop".into(),
                ..PushDevice::default()
            }],
            // A screen has room for a name; without a nickname the account says who it is.
            from_nick: Some(nick),
            group_name,
            msg_body: message.msg_body,
            at_me: Some(i64::from(at_me)),
            ..PushJob::default()
        })
    }
}

/// What an event asks of the pipeline.
#[derive(Debug)]
pub(crate) enum Wish {
    /// Show a notice.
    Notice(Box<PushJob>),
    /// What waits in one conversation is not wanted any more.
    Withdraw(String),
    /// The person sits at a device: nothing is wanted.
    WithdrawAll,
}

/// The agent's end of the link.
pub(crate) struct Agent {
    pub(crate) pipeline: Pipeline,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) link: Link,
    pub(crate) person: Person,
}

impl Agent {
    /// Runs until the session is over or `stop`.
    pub(crate) async fn run(mut self, mut events: mpsc::Receiver<ClientEvent>, stop: CancellationToken) -> Result<(), End> {
        self.pipeline.set_gate(true);
        loop {
            let event = tokio::select! {
                () = stop.cancelled() => return Ok(()),
                event = events.recv() => event,
            };
            let now_ms = self.clock.wall_ms();
            match event {
                None => return Err(End::Closed),
                Some(ClientEvent::Connecting { .. }) => self.link.set("connecting", "", now_ms),
                Some(ClientEvent::Online(_)) => {
                    tracing::info!("logged in");
                    self.link.set("online", "", now_ms);
                    self.person.reconnected();
                }
                Some(ClientEvent::Offline { reason, retry_in_ms }) => {
                    tracing::warn!("link lost: {reason}; next attempt in {} s", retry_in_ms / 1000);
                    self.link.set("offline", &reason, now_ms);
                }
                Some(ClientEvent::SyncPage(page)) => self.person.learn(&page.conversations, &page.groups),
                Some(ClientEvent::SyncDone { .. }) => {}
                Some(ClientEvent::SyncFailed { error }) => tracing::warn!("settings of conversations could not be read: {error}"),
                Some(ClientEvent::Event(event)) => {
                    if let Some(wish) = self.person.on_event(*event)
                        && let Err(error) = self.fulfil(wish).await
                    {
                        tracing::error!("{error}");
                    }
                }
                Some(ClientEvent::Ended(end)) => {
                    self.link.set("ended", &end.to_string(), now_ms);
                    return Err(end);
                }
            }
        }
    }

    async fn fulfil(&self, wish: Wish) -> Result<(), crate::ledger::LedgerError> {
        let (app, user) = (self.person.app, self.person.user.as_str());
        match wish {
            Wish::Notice(job) => {
                let taken = self.pipeline.take(&[*job]).await?;
                self.pipeline.release(taken).await
            }
            Wish::Withdraw(conversation) => self.pipeline.withdraw(app, user, Some((conversation, None)), "Read").await.map(|_| ()),
            Wish::WithdrawAll => self.pipeline.withdraw(app, user, None, "Online").await.map(|_| ()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{json, value::to_raw_value};
    use tern_protocol::event::SessionChange;

    fn message(from: &str, pos: u64) -> Message {
        Message {
            from_account: from.into(),
            pos: Some(pos),
            msg_time_stamp: 100,
            msg_body: Some(to_raw_value(&json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}])).unwrap()),
            ..Message::default()
        }
    }

    fn job(person: &mut Person, event: Event) -> Option<PushJob> {
        match person.on_event(event) {
            Some(Wish::Notice(job)) => Some(*job),
            _ => None,
        }
    }

    fn session(inst_id: u64, mode: &str, online: i64) -> Event {
        Event::Session(SessionChange { inst_id, platform: "Linux".into(), mode: mode.into(), online })
    }

    #[test]
    fn a_message_becomes_a_notice_with_the_settings_of_its_conversation() {
        let mut person = Person::new(7, "bob");
        let muted =
            Conversation { id: ConversationId::c2c("eve"), msg_flag: "AcceptNotNotify".into(), unread: 4, ..Default::default() };
        person.learn(&[muted], &[SyncGroup { group_id: "g".into(), name: "Sailors".into(), ..Default::default() }]);
        let from_ann = job(&mut person, Event::C2cMessage(message("ann", 1))).unwrap();
        assert_eq!((from_ann.from_nick.as_deref(), from_ann.msg_flag.as_str(), from_ann.unread_total), (Some("ann"), "", 5));
        assert_eq!((from_ann.sdk_app_id, from_ann.to_account.as_str(), from_ann.expire_time), (7, "bob", 160));
        let from_eve = job(&mut person, Event::C2cMessage(message("eve", 1))).unwrap();
        assert_eq!(from_eve.msg_flag, "AcceptNotNotify");
        let in_group = Message { to_group_id: Some("g".into()), msg_seq: 9, ..message("ann", 1) };
        let in_group = job(&mut person, Event::GroupMessage(in_group)).unwrap();
        assert_eq!((in_group.group_name.as_deref(), in_group.place), (Some("Sailors"), 9));
    }

    #[test]
    fn the_agent_is_silent_while_the_person_sits_at_a_device() {
        let mut person = Person::new(1, "bob");
        assert!(matches!(person.on_event(session(5, "interactive", 1)), Some(Wish::WithdrawAll)));
        assert!(job(&mut person, Event::C2cMessage(message("ann", 1))).is_none());
        assert!(person.on_event(session(6, "command", 1)).is_none(), "a shell verb is nobody sitting there");
        person.on_event(session(5, "interactive", 0));
        person.on_event(session(6, "command", 1));
        assert!(job(&mut person, Event::C2cMessage(message("ann", 2))).is_some());
    }

    #[test]
    fn own_messages_tips_and_fleeting_ones_make_no_notice() {
        let mut person = Person::new(1, "bob");
        assert!(job(&mut person, Event::C2cMessage(message("bob", 1))).is_none());
        assert!(job(&mut person, Event::GroupMessage(Message { is_system_msg: Some(1), ..message("ann", 1) })).is_none());
        assert!(job(&mut person, Event::C2cMessage(Message { online_only: Some(1), ..message("ann", 1) })).is_none());
    }

    #[test]
    fn reading_elsewhere_withdraws_what_waits() {
        let mut person = Person::new(1, "bob");
        job(&mut person, Event::C2cMessage(message("ann", 1))).unwrap();
        let read = tern_protocol::event::OwnReadC2c { from_account: "ann".into(), ..Default::default() };
        assert!(matches!(person.on_event(Event::OwnReadC2c(read)), Some(Wish::Withdraw(key)) if key == "1:ann"));
        let next = job(&mut person, Event::C2cMessage(message("ann", 2))).unwrap();
        assert_eq!(next.unread_total, 1, "what was read counts no more");
    }
}
