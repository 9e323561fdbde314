//! One task per session: it owns the socket, the machine and the calls, and waits for whatever comes first.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rand::rngs::StdRng;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_tungstenite::tungstenite::{self, Message};

use super::catch_up::{CatchUp, Request, Step};
use super::machine::{Action, Input, Machine, State};
use super::pending::{Call, OnLoss, Pending, Waiter};
use super::session::envelope_of;
use super::socket::{self, ConnectError, Socket};
use super::{CallError, ClientEvent, End, Identity, Kick, OnlineInfo, SessionConfig, Status};
use crate::ErrorCode;
use crate::api::account::{LoggedIn, Login};
use crate::api::conversation::Synced;
use crate::api::push::{PushLoggedIn, PushLogin};
use crate::api::{Command as _, command};
use crate::clock::{Clock, Hold, Sleep, timeout};
use crate::event::{self, Event};
use crate::frame;
use crate::model::presence::{HEARTBEAT_MS, KickType};

/// Calls on the wire at a time: fewer than the server takes of one link, so that neither side ever waits for the other to read.
const IN_FLIGHT: usize = 32;
/// Calls that may be open.
const MAX_PENDING: usize = 1024;
/// Events kept for an owner who is busy; more ends the link, and the next login's synchronisation tells them.
const MAX_EVENTS: usize = 1024;
/// The next page is asked for when the owner has taken all but so many events.
const FEW_EVENTS: usize = 8;
/// Limit on writing to the socket.
const WRITE_LIMIT_MS: i64 = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leaving {
    Close,
    LogOut,
}

#[derive(Debug)]
pub(super) enum Command {
    Call {
        servcmd: &'static str,
        body: String,
        on_loss: OnLoss,
        give_up_at_ms: i64,
        reply: oneshot::Sender<Result<String, CallError>>,
    },
    Leave(Leaving),
}

type Connecting = Pin<Box<dyn Future<Output = Result<Box<Socket>, ConnectError>> + Send>>;

struct Driver {
    config: SessionConfig,
    clock: Arc<dyn Clock>,
    rng: StdRng,
    machine: Machine,
    pending: Pending,
    connecting: Option<Connecting>,
    link: Option<Box<Socket>>,
    /// Written before everything that waits in `pending`.
    urgent: Vec<String>,
    /// `None` once the owner dropped the receiver.
    events: Option<mpsc::Sender<ClientEvent>>,
    outbox: VecDeque<ClientEvent>,
    status: watch::Sender<Status>,
    was_online: bool,
    catch_up: Option<CatchUp>,
    /// The page that was asked for, or is to be asked for next.
    asked_page: Option<Request>,
    next_page: Option<Request>,
    commands_open: bool,
    leaving: Option<Leaving>,
    login_sent_wall_ms: i64,
    /// `InstId` of the last login, by which the next one takes over its places in live rooms; 0: there was none.
    last_link: u64,
    /// Kept while the server's answer decides what time does next.
    hold: Option<Hold>,
}

/// What the driver woke up for.
enum Wake {
    Command(Option<Command>),
    Frame(Option<Result<Message, tungstenite::Error>>),
    Connected(Result<Box<Socket>, ConnectError>),
    EventTaken,
    NobodyListens,
    Time,
}

pub(super) async fn run(
    config: SessionConfig,
    clock: Arc<dyn Clock>,
    rng: StdRng,
    mut commands: mpsc::Receiver<Command>,
    events: mpsc::Sender<ClientEvent>,
    status: watch::Sender<Status>,
) {
    let mut driver = Driver {
        machine: Machine::new(config.backoff, clock.mono_ms()),
        catch_up: config.catch_up,
        config,
        clock,
        rng,
        pending: Pending::default(),
        connecting: None,
        link: None,
        urgent: Vec::new(),
        events: Some(events),
        outbox: VecDeque::new(),
        status,
        was_online: false,
        asked_page: None,
        next_page: None,
        commands_open: true,
        leaving: None,
        login_sent_wall_ms: 0,
        last_link: 0,
        hold: None,
    };
    driver.step(Input::Time);
    let mut timer: Option<(i64, Sleep)> = None;
    while driver.machine.state() != State::Ended || !driver.outbox.is_empty() {
        driver.write().await;
        let due = driver.due();
        if timer.as_ref().map(|(at_ms, _)| *at_ms) != due {
            timer = due.map(|at_ms| (at_ms, driver.clock.sleep_until(at_ms)));
        }
        match driver.wait(&mut commands, timer.as_mut().map(|(_, sleep)| sleep)).await {
            Wake::Command(command) => {
                driver.command(command);
                // Those that came together are written together.
                while let Ok(command) = commands.try_recv() {
                    driver.command(Some(command));
                }
            }
            Wake::Frame(frame) => driver.frame(frame),
            Wake::Connected(Ok(socket)) => {
                driver.connecting = None;
                driver.link = Some(socket);
                driver.step(Input::Linked);
            }
            Wake::Connected(Err(error)) => {
                driver.connecting = None;
                driver.step(Input::LinkLost(error.to_string()));
            }
            Wake::EventTaken => driver.ask_next_page(),
            Wake::NobodyListens => {
                driver.events = None;
                driver.outbox.clear();
                driver.ask_next_page();
            }
            Wake::Time => {
                timer = None;
                driver.time();
            }
        }
        driver.finish_draining();
    }
}

impl Driver {
    fn due(&self) -> Option<i64> {
        [self.machine.due(), self.pending.due()].into_iter().flatten().min()
    }

    async fn wait(&mut self, commands: &mut mpsc::Receiver<Command>, timer: Option<&mut Sleep>) -> Wake {
        let Self { link, connecting, events, outbox, commands_open, .. } = self;
        tokio::select! {
            command = commands.recv(), if *commands_open => Wake::Command(command),
            frame = async { link.as_mut()?.next().await }, if link.is_some() => Wake::Frame(frame),
            Some(result) = async { Some(connecting.as_mut()?.await) }, if connecting.is_some() => Wake::Connected(result),
            permit = reserve(events.as_ref()), if !outbox.is_empty() => {
                match (permit, outbox.pop_front()) {
                    (Some(permit), Some(event)) => {
                        permit.send(event);
                        Wake::EventTaken
                    }
                    _ => Wake::NobodyListens,
                }
            }
            Some(()) = async { timer?.await; Some(()) } => Wake::Time,
            // Nothing of all that is possible any more: only at the end.
            else => Wake::Time,
        }
    }

    fn step(&mut self, input: Input) {
        for action in self.machine.step(input, self.clock.mono_ms(), &mut self.rng) {
            self.act(action);
        }
        self.hold = match (self.machine.is_waiting(), self.hold.take()) {
            (false, _) => None,
            (true, hold) => Some(hold.unwrap_or_else(|| self.clock.hold())),
        };
    }

    fn act(&mut self, action: Action) {
        match action {
            Action::Connect => {
                let (server, trust) = (self.config.server.clone(), self.config.trust.clone());
                self.connecting = Some(Box::pin(async move { socket::connect(&server, &trust).await.map(Box::new) }));
                self.status.send_replace(Status::Connecting);
            }
            Action::LogIn => self.log_in(),
            Action::Beat => self.urgent_call(command::Alive::NAME, "{}".to_owned(), Waiter::Heartbeat),
            Action::Drain => {}
            Action::Unlink => self.unlink(),
            Action::Tell(event) => {
                if matches!(event, ClientEvent::Offline { .. }) {
                    self.status.send_replace(Status::Offline);
                }
                self.tell(event);
            }
            Action::Finish(end) => {
                for call in self.pending.take_all() {
                    answer(call, Err(CallError::Ended(end.clone())));
                }
                self.status.send_replace(Status::Ended(end.clone()));
                self.tell(ClientEvent::Ended(end));
            }
        }
    }

    fn log_in(&mut self) {
        let body = match &self.config.identity {
            Identity::User { platform, install, mode, .. } => serde_json::to_string(&Login {
                state: Some("Online".to_owned()),
                inst_type: None,
                platform: Some(platform.name().to_owned()),
                install: Some(install.clone()),
                mode: Some(mode.name().to_owned()),
                resume: (self.last_link > 0).then_some(self.last_link),
            }),
            Identity::Bridge { token, name } => {
                serde_json::to_string(&PushLogin { token: token.clone(), name: Some(name.clone()) })
            }
        };
        // Structs of texts always serialise.
        let body = body.unwrap_or_default();
        self.login_sent_wall_ms = self.clock.wall_ms();
        let call = |servcmd| Call {
            servcmd,
            body: String::new(),
            waiter: Waiter::Login,
            on_loss: OnLoss::Fail,
            // The machine's own limit comes first.
            give_up_at_ms: i64::MAX,
        };
        let text = match &self.config.identity {
            Identity::User { sdk_app_id, user, user_sig, .. } => {
                let seq = self.pending.add_sent(call(command::Login::NAME));
                let credentials =
                    frame::Credentials { sdk_app_id: sdk_app_id.0, identifier: user.as_str(), usersig: user_sig.as_str() };
                frame::login_request(command::Login::NAME, seq, &credentials, &body)
            }
            Identity::Bridge { .. } => {
                let seq = self.pending.add_sent(call(command::PushLogin::NAME));
                frame::request(command::PushLogin::NAME, seq, &body)
            }
        };
        self.urgent.push(text);
    }

    fn urgent_call(&mut self, servcmd: &'static str, body: String, waiter: Waiter) {
        let text_body = body.clone();
        let seq = self.pending.add_sent(Call { servcmd, body, waiter, on_loss: OnLoss::Fail, give_up_at_ms: i64::MAX });
        self.urgent.push(frame::request(servcmd, seq, &text_body));
    }

    fn unlink(&mut self) {
        self.connecting = None;
        self.link = None;
        self.urgent.clear();
        (self.asked_page, self.next_page) = (None, None);
        for call in self.pending.link_lost() {
            answer(call, Err(CallError::Lost));
        }
    }

    fn tell(&mut self, event: ClientEvent) {
        if self.events.is_some() {
            self.outbox.push_back(event);
        }
    }

    fn command(&mut self, command: Option<Command>) {
        match command {
            Some(Command::Call { servcmd, body, on_loss, give_up_at_ms, reply }) => {
                let refusal = match (self.machine.state(), on_loss) {
                    (State::Online(_), _) | (State::Offline { .. } | State::Connecting { .. }, OnLoss::Resend) => {
                        (self.pending.len() >= MAX_PENDING).then_some(CallError::Busy)
                    }
                    (State::Offline { .. } | State::Connecting { .. }, OnLoss::Fail) => Some(CallError::Offline),
                    (State::Draining { .. } | State::Ended, _) => Some(CallError::Ended(End::Closed)),
                };
                match refusal {
                    // A caller who went away needs no answer.
                    Some(error) => drop(reply.send(Err(error))),
                    None => self.pending.add(Call { servcmd, body, waiter: Waiter::Caller(reply), on_loss, give_up_at_ms }),
                }
            }
            Some(Command::Leave(leaving)) => self.leave(leaving),
            // The last handle was dropped.
            None => {
                self.commands_open = false;
                self.leave(Leaving::Close);
            }
        }
    }

    fn leave(&mut self, leaving: Leaving) {
        self.leaving = Some(leaving);
        self.step(Input::Close);
    }

    /// While leaving: once all calls are answered says goodbye, then closes.
    fn finish_draining(&mut self) {
        if !matches!(self.machine.state(), State::Draining { .. }) || !self.pending.is_empty() {
            return;
        }
        match self.leaving.replace(Leaving::Close) {
            Some(Leaving::LogOut) => self.urgent_call(command::Logout::NAME, "{}".to_owned(), Waiter::Logout),
            _ => self.step(Input::Drained),
        }
    }

    fn time(&mut self) {
        for call in self.pending.take_overdue(self.clock.mono_ms()) {
            answer(call, Err(CallError::TimedOut));
        }
        self.step(Input::Time);
    }

    /// Writes what may go out now.
    async fn write(&mut self) {
        let ready = matches!(self.machine.state(), State::Online(_) | State::Draining { .. });
        let mut texts = std::mem::take(&mut self.urgent);
        while ready && self.pending.has_unsent() && self.pending.in_flight() < IN_FLIGHT {
            if let Some((seq, call)) = self.pending.next_unsent() {
                texts.push(frame::request(call.servcmd, seq, &call.body));
            }
        }
        let Some(link) = self.link.as_mut().filter(|_| !texts.is_empty()) else { return };
        let writing = async {
            for text in texts {
                link.feed(Message::text(text)).await?;
            }
            link.flush().await
        };
        match timeout(&*self.clock, WRITE_LIMIT_MS, writing).await {
            Ok(Ok(())) => self.step(Input::Sent),
            Ok(Err(error)) => self.step(Input::LinkLost(format!("the connection broke: {error}"))),
            Err(_) => self.step(Input::LinkLost("the server takes nothing any more".to_owned())),
        }
    }

    fn frame(&mut self, frame: Option<Result<Message, tungstenite::Error>>) {
        let text = match frame {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Binary(bytes))) => match String::from_utf8(bytes.into()) {
                Ok(text) => text.into(),
                Err(_) => return self.step(Input::LinkLost("the server sent what is no text".to_owned())),
            },
            // The library answers pings; a pong shows that the link lives.
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return self.step(Input::Heard),
            Some(Ok(Message::Close(reason))) => {
                let reason = reason.map(|close| close.reason.to_string()).filter(|reason| !reason.is_empty());
                let reason = reason.map_or_else(
                    || "the server closed the connection".to_owned(),
                    |reason| format!("the server closed the connection: {reason}"),
                );
                return self.step(Input::LinkLost(reason));
            }
            Some(Err(error)) => return self.step(Input::LinkLost(format!("the connection broke: {error}"))),
            None => return self.step(Input::LinkLost("the connection ended".to_owned())),
        };
        self.step(Input::Heard);
        match serde_json::from_str::<frame::Reply<'_>>(&text) {
            Ok(reply) if event::is_event(&reply.head) => self.events(reply.body),
            Ok(reply) => self.answer(reply.head.seq, reply.body),
            Err(_) => self.step(Input::LinkLost("the server sent what is no frame".to_owned())),
        }
    }

    fn events(&mut self, body: &RawValue) {
        let events = match event::decode(body) {
            Ok(events) => events,
            Err(error) => {
                tracing::warn!(%error, "an event frame cannot be read");
                return;
            }
        };
        for event in events {
            match event {
                Event::Kickout(kickout) => {
                    let kick_type = KickType::try_from(kickout.kick_type).ok();
                    return self.step(Input::Kicked(Kick { kick_type, platform: kickout.platform }));
                }
                event => self.tell(ClientEvent::Event(Box::new(event))),
            }
        }
        if self.outbox.len() > MAX_EVENTS {
            self.step(Input::LinkLost("events were not taken in time".to_owned()));
        }
    }

    fn answer(&mut self, seq: u64, body: &RawValue) {
        let Some(call) = self.pending.take(seq) else { return };
        let code = envelope_of(body).map(|envelope| envelope.error_code);
        let is_person = matches!(self.config.identity, Identity::User { .. });
        if is_person && code == Some(ErrorCode::SIG_EXPIRED) {
            answer(call, Err(CallError::Ended(End::SigExpired)));
            return self.step(Input::SigExpired);
        }
        match call.waiter {
            Waiter::Caller(_) => answer(call, Ok(body.get().to_owned())),
            Waiter::Login => self.login_answer(body),
            Waiter::SyncPage => self.page(body),
            Waiter::Heartbeat | Waiter::Logout => {}
        }
    }

    fn login_answer(&mut self, body: &RawValue) {
        let Some(envelope) = envelope_of(body) else {
            return self.step(Input::LinkLost("the answer to the login cannot be read".to_owned()));
        };
        if envelope.error_code.0 != 0 {
            return self.step(Input::LoginRefused { code: envelope.error_code, info: envelope.error_info });
        }
        let now_wall_ms = self.clock.wall_ms();
        // The server wrote its time somewhere between the request and the answer.
        let middle_ms = self.login_sent_wall_ms + (now_wall_ms - self.login_sent_wall_ms) / 2;
        let (info, hello_seconds) = match &self.config.identity {
            Identity::User { .. } => match serde_json::from_str::<LoggedIn>(body.get()) {
                Ok(login) => {
                    let server_ms = login.time_ms.unwrap_or(login.time_stamp.saturating_mul(1000));
                    let info = OnlineInfo {
                        tiny_id: login.tiny_id,
                        inst_id: login.inst_id,
                        server_offset_ms: server_ms.saturating_sub(middle_ms),
                        rev: login.rev,
                        resumed: self.was_online,
                        pending_pushes: 0,
                        custom_status: login.custom_status.unwrap_or_default(),
                        recall_seconds: login.recall_seconds,
                    };
                    (info, login.hello_interval)
                }
                Err(error) => return self.step(Input::LinkLost(format!("the answer to the login cannot be read: {error}"))),
            },
            Identity::Bridge { .. } => match serde_json::from_str::<PushLoggedIn>(body.get()) {
                Ok(login) => {
                    let info = OnlineInfo {
                        server_offset_ms: login.time_ms.saturating_sub(middle_ms),
                        resumed: self.was_online,
                        pending_pushes: login.pending,
                        ..OnlineInfo::default()
                    };
                    (info, login.hello_interval)
                }
                Err(error) => return self.step(Input::LinkLost(format!("the answer to the login cannot be read: {error}"))),
            },
        };
        self.step(Input::LoggedIn { heartbeat_ms: heartbeat_ms(hello_seconds) });
        self.was_online = true;
        self.last_link = info.inst_id;
        self.status.send_replace(Status::Online(info.clone()));
        self.tell(ClientEvent::Online(info));
        self.next_page = self.catch_up.map(CatchUp::first);
        self.ask_next_page();
    }

    /// Asks for the next page once the owner has taken the last one.
    fn ask_next_page(&mut self) {
        if self.outbox.len() > FEW_EVENTS || !matches!(self.machine.state(), State::Online(_)) {
            return;
        }
        let Some(request) = self.next_page.take() else { return };
        let Ok(body) = request.to_json() else { return };
        self.asked_page = Some(request);
        self.pending.add(Call {
            servcmd: command::SyncPull::NAME,
            body,
            waiter: Waiter::SyncPage,
            on_loss: OnLoss::Fail,
            give_up_at_ms: i64::MAX,
        });
    }

    fn page(&mut self, body: &RawValue) {
        let (Some(asked), Some(catch_up)) = (self.asked_page.take(), self.catch_up.as_mut()) else { return };
        let refusal = envelope_of(body).filter(|envelope| envelope.error_code.0 != 0);
        let page = match (refusal, serde_json::from_str::<Synced>(body.get())) {
            (Some(envelope), _) => Err(CallError::Refused { code: envelope.error_code, info: envelope.error_info }),
            (None, Ok(page)) => match catch_up.after(asked, &page) {
                Ok(step) => Ok((page, step)),
                Err(sentence) => Err(CallError::Malformed(sentence.to_owned())),
            },
            (None, Err(error)) => Err(CallError::Malformed(error.to_string())),
        };
        match page {
            Ok((page, step)) => {
                self.tell(ClientEvent::SyncPage(Box::new(page)));
                match step {
                    Step::Ask(request) => self.next_page = Some(request),
                    Step::Done { rev } => self.tell(ClientEvent::SyncDone { rev }),
                }
                self.ask_next_page();
            }
            Err(error) => self.tell(ClientEvent::SyncFailed { error }),
        }
    }
}

/// What the server asks for, within reason: it would lose a link that is silent for 400 s.
fn heartbeat_ms(hello_seconds: u64) -> i64 {
    match i64::try_from(hello_seconds).unwrap_or(0).saturating_mul(1000) {
        0 => HEARTBEAT_MS,
        wanted_ms => wanted_ms.clamp(10_000, 2 * HEARTBEAT_MS),
    }
}

/// Room for one event; `None` when nobody will ever take it.
async fn reserve(events: Option<&mpsc::Sender<ClientEvent>>) -> Option<mpsc::Permit<'_, ClientEvent>> {
    events?.reserve().await.ok()
}

/// A caller who went away needs no answer.
fn answer(call: Call, result: Result<String, CallError>) {
    if let Waiter::Caller(reply) = call.waiter {
        let _ = reply.send(result);
    }
}
