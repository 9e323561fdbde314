//! A person with one device, over the public client API only.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use tern_protocol::UserId;
use tern_protocol::api::message::{GroupMsgSent, Message, MsgSent};
use tern_protocol::api::{Command, command};
use tern_protocol::client::{CallError, CatchUp, ClientEvent, Identity, ServerAddress, Session, SessionConfig};
use tern_protocol::clock::Clock;
use tern_protocol::event::Event;
use tern_protocol::model::presence::{LoginMode, Platform};
use tokio::sync::mpsc;

use crate::fixture::{text_of, text_to, text_to_group};
use crate::server::Access;
use crate::wait::soon;

/// How long a send keeps trying, on the story's clock.
const PATIENCE_MS: i64 = 600_000;

/// How somebody logs in.
#[derive(Clone, Debug)]
pub struct Device {
    /// What it runs on.
    pub platform: Platform,
    /// Its install; the same install replaces its own link.
    pub install: String,
    /// What for.
    pub mode: LoginMode,
    /// What to read after each login.
    pub catch_up: Option<CatchUp>,
}

impl Device {
    /// An interactive device that reads nothing by itself.
    pub fn new(platform: Platform, install: &str) -> Self {
        Self { platform, install: install.to_owned(), mode: LoginMode::Interactive, catch_up: None }
    }
}

/// A person who is logged in on one device.
pub struct User {
    /// UserID.
    pub name: String,
    /// The connection.
    pub session: Session,
    events: mpsc::Receiver<ClientEvent>,
}

impl User {
    /// Logs in from a terminal.
    pub async fn log_in(access: &Access, name: &str) -> Self {
        Self::log_in_on(access, name, Device::new(Platform::Linux, &format!("{name}-terminal"))).await
    }

    /// Logs in on a device and waits until that worked.
    ///
    /// # Panics
    /// When the login is refused.
    pub async fn log_in_on(access: &Access, name: &str, device: Device) -> Self {
        let user = Self::start(access, name, device);
        soon("a login", user.session.online()).await.unwrap_or_else(|end| panic!("login of {name}: {end}"));
        user
    }

    /// Starts to log in.
    ///
    /// # Panics
    /// When `name` is no UserID.
    pub fn start(access: &Access, name: &str, device: Device) -> Self {
        let identity = Identity::User {
            sdk_app_id: access.sdk_app_id,
            user: UserId::parse(name).unwrap(),
            user_sig: access.user_sig(name),
            platform: device.platform,
            install: device.install,
            mode: device.mode,
        };
        let mut config = SessionConfig::new(ServerAddress::parse(&access.address).unwrap(), identity);
        config.catch_up = device.catch_up;
        let seed = rand::random();
        let clock: Arc<dyn Clock> = Arc::clone(&access.clock);
        let (session, events) = Session::start(config, clock, StdRng::seed_from_u64(seed));
        Self { name: name.to_owned(), session, events }
    }

    /// Writes a text to somebody and waits for the acknowledgement.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn send(&self, to: &str, text: &str) -> MsgSent {
        self.try_send(to, text).await.unwrap_or_else(|error| panic!("{} to {to}: {error}", self.name))
    }

    /// Like [`User::send`], and says what went wrong.
    pub async fn try_send(&self, to: &str, text: &str) -> Result<MsgSent, CallError> {
        let sending = self.session.send_message::<command::SendMsg>(text_to(to, text), PATIENCE_MS);
        soon("the acknowledgement of a message", sending).await
    }

    /// Writes a text to a group and waits for the acknowledgement.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn send_to_group(&self, group: &str, text: &str) -> GroupMsgSent {
        let sending = self.session.send_message::<command::SendGroupMsg>(text_to_group(group, text), PATIENCE_MS);
        soon("the acknowledgement of a message", sending).await.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Calls a command that must work.
    ///
    /// # Panics
    /// When the server refuses it.
    pub async fn call<C: Command>(&self, request: C::Request) -> C::Answer {
        soon(C::NAME, self.session.call::<C>(&request))
            .await
            .unwrap_or_else(|error| panic!("{} calls {}: {error}", self.name, C::NAME))
    }

    /// Calls a command that must be refused; the contract's code.
    ///
    /// # Panics
    /// When it works.
    pub async fn refused<C: Command>(&self, request: C::Request) -> i32 {
        match soon(C::NAME, self.session.call::<C>(&request)).await {
            Err(CallError::Refused { code, .. }) => code.0,
            Err(error) => panic!("{} calls {}: {error}", self.name, C::NAME),
            Ok(_) => panic!("{} was allowed to call {}", self.name, C::NAME),
        }
    }

    /// The next thing that the session tells.
    ///
    /// # Panics
    /// When nothing comes.
    pub async fn next(&mut self) -> ClientEvent {
        soon("an event", self.events.recv()).await.unwrap_or_else(|| panic!("the session of {} is over", self.name))
    }

    /// The next event for which `pick` gives something; others are dropped.
    pub async fn wait_for<T>(&mut self, mut pick: impl FnMut(&ClientEvent) -> Option<T>) -> T {
        loop {
            if let Some(found) = pick(&self.next().await) {
                return found;
            }
        }
    }

    /// The next one-to-one or group message.
    pub async fn next_message(&mut self) -> Message {
        self.wait_for(|event| match event {
            ClientEvent::Event(event) => match &**event {
                Event::C2cMessage(message) | Event::GroupMessage(message) => Some(message.clone()),
                _ => None,
            },
            _ => None,
        })
        .await
    }

    /// The text of the next message.
    pub async fn next_text(&mut self) -> String {
        text_of(&self.next_message().await)
    }

    /// Everything that has come so far.
    pub fn drain(&mut self) -> Vec<ClientEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }

    /// Closes the link as a program does that is closed.
    pub async fn go_offline(self) {
        soon("the end of a session", self.session.close()).await;
    }

    /// Logs out.
    pub async fn log_out(self) {
        soon("a logout", self.session.log_out()).await;
    }
}
