use std::sync::Arc;

use rand::RngCore;
use rand::rngs::StdRng;
use serde_json::value::RawValue;
use tokio::sync::{mpsc, oneshot, watch};

use super::driver::{self, Command, Leaving};
use super::pending::OnLoss;
use super::{CallError, ClientEvent, End, OnlineInfo, SessionConfig};
use crate::api::{self, Envelope, command, message};
use crate::clock::Clock;

/// Commands that wait for the driver: it takes them at once, so a full queue means a driver that is busy writing.
const COMMANDS: usize = 64;
/// Events that wait for the owner, besides those that the driver keeps.
const EVENTS: usize = 64;

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// No link; another attempt follows.
    Offline,
    /// Connecting or logging in.
    Connecting,
    /// Logged in.
    Online(OnlineInfo),
    /// Over.
    Ended(End),
}

/// A handle on a connection; clones share it. The connection is closed when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Session {
    commands: mpsc::Sender<Command>,
    status: watch::Receiver<Status>,
    clock: Arc<dyn Clock>,
    call_limit_ms: i64,
    rng: Arc<std::sync::Mutex<StdRng>>,
}

/// A message that may be sent again without being there twice.
pub trait SendCommand: api::Command {
    /// Fills in what makes the message unique where the caller left it out: `MsgRandom` and `MsgClientTime` (seconds).
    fn make_unique(request: &mut Self::Request, random: u32, client_seconds: i64);
}

impl SendCommand for command::SendMsg {
    fn make_unique(request: &mut message::SendMsg, random: u32, client_seconds: i64) {
        request.msg_random.get_or_insert(i64::from(random));
        request.msg_client_time.get_or_insert(client_seconds);
    }
}

impl SendCommand for command::SendGroupMsg {
    fn make_unique(request: &mut message::SendGroupMsg, random: u32, client_seconds: i64) {
        request.random.get_or_insert(i64::from(random));
        request.msg_client_time.get_or_insert(client_seconds);
    }
}

impl Session {
    /// Starts to connect, in a task of its own on the current tokio runtime. An owner who needs no events drops the receiver;
    /// one who keeps it must read it: a session whose events are not taken loses its link.
    pub fn start(config: SessionConfig, clock: Arc<dyn Clock>, mut rng: StdRng) -> (Self, mpsc::Receiver<ClientEvent>) {
        let (commands, command_queue) = mpsc::channel(COMMANDS);
        let (events, event_queue) = mpsc::channel(EVENTS);
        let (status_sender, status) = watch::channel(Status::Offline);
        let call_limit_ms = config.call_limit_ms;
        let own_rng = {
            use rand::SeedableRng;
            StdRng::seed_from_u64(rng.next_u64())
        };
        let session =
            Self { commands, status, clock: Arc::clone(&clock), call_limit_ms, rng: Arc::new(std::sync::Mutex::new(own_rng)) };
        tokio::spawn(driver::run(config, clock, rng, command_queue, events, status_sender));
        (session, event_queue)
    }

    /// How it stands now.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until it is logged in, or over. The caller sets the limit.
    pub async fn online(&self) -> Result<OnlineInfo, End> {
        let mut status = self.status.clone();
        loop {
            match &*status.borrow_and_update() {
                Status::Online(info) => return Ok(info.clone()),
                Status::Ended(end) => return Err(end.clone()),
                Status::Offline | Status::Connecting => {}
            }
            if status.changed().await.is_err() {
                return Err(self.end());
            }
        }
    }

    /// Waits until it is over.
    pub async fn ended(&self) -> End {
        let mut status = self.status.clone();
        let end = status.wait_for(|status| matches!(status, Status::Ended(_))).await;
        match end.as_deref() {
            Ok(Status::Ended(end)) => end.clone(),
            _ => End::Closed,
        }
    }

    /// The server's wall time in milliseconds, by the last login.
    pub fn server_wall_ms(&self) -> i64 {
        let offset_ms = match &*self.status.borrow() {
            Status::Online(info) => info.server_offset_ms,
            Status::Offline | Status::Connecting | Status::Ended(_) => 0,
        };
        self.clock.wall_ms() + offset_ms
    }

    /// Calls a command and waits for its answer, at most [`SessionConfig::call_limit_ms`]. Without a link it fails at once; if the
    /// link is lost meanwhile it fails with [`CallError::Lost`].
    pub async fn call<C: api::Command>(&self, request: &C::Request) -> Result<C::Answer, CallError> {
        let body = serde_json::to_string(request).map_err(|error| CallError::Malformed(error.to_string()))?;
        let answer = self.raw(C::NAME, body, OnLoss::Fail, self.call_limit_ms).await?;
        read_answer(&answer)
    }

    /// Like [`Session::call`], for any command, with bodies as JSON text; the answer is the whole body with its envelope.
    pub async fn call_json(&self, servcmd: &'static str, body: String) -> Result<String, CallError> {
        let answer = self.raw(servcmd, body, OnLoss::Fail, self.call_limit_ms).await?;
        check(&answer)?;
        Ok(answer)
    }

    /// Sends a message and waits until the server has stored it: through losses of the link, sent again each time under the same
    /// `MsgId`, for at most `patience_ms`. Messages that wait for a link go out in the order of their calls.
    pub async fn send_message<C: SendCommand>(&self, mut request: C::Request, patience_ms: i64) -> Result<C::Answer, CallError> {
        let random = self.rng.lock().unwrap_or_else(std::sync::PoisonError::into_inner).next_u32();
        C::make_unique(&mut request, random, self.server_wall_ms().div_euclid(1000));
        let body = serde_json::to_string(&request).map_err(|error| CallError::Malformed(error.to_string()))?;
        let answer = self.raw(C::NAME, body, OnLoss::Resend, patience_ms).await?;
        read_answer(&answer)
    }

    /// Ends the link after open calls were answered (at most 5 s). A phone stays reachable by push.
    pub async fn close(&self) {
        self.leave(Leaving::Close).await;
    }

    /// Logs out, then ends the link: a phone gets no pushes any more.
    pub async fn log_out(&self) {
        self.leave(Leaving::LogOut).await;
    }

    async fn leave(&self, leaving: Leaving) {
        if self.commands.send(Command::Leave(leaving)).await.is_ok() {
            self.ended().await;
        }
    }

    async fn raw(&self, servcmd: &'static str, body: String, on_loss: OnLoss, patience_ms: i64) -> Result<String, CallError> {
        let (reply, answer) = oneshot::channel();
        let give_up_at_ms = self.clock.mono_ms().saturating_add(patience_ms);
        let command = Command::Call { servcmd, body, on_loss, give_up_at_ms, reply };
        self.commands.send(command).await.map_err(|_| CallError::Ended(self.end()))?;
        answer.await.unwrap_or_else(|_| Err(CallError::Ended(self.end())))
    }

    fn end(&self) -> End {
        match &*self.status.borrow() {
            Status::Ended(end) => end.clone(),
            Status::Offline | Status::Connecting | Status::Online(_) => End::Closed,
        }
    }
}

fn check(answer: &str) -> Result<(), CallError> {
    let envelope: Envelope = serde_json::from_str(answer).map_err(|error| CallError::Malformed(error.to_string()))?;
    if envelope.error_code.0 == 0 {
        Ok(())
    } else {
        Err(CallError::Refused { code: envelope.error_code, info: envelope.error_info })
    }
}

fn read_answer<T: serde::de::DeserializeOwned>(answer: &str) -> Result<T, CallError> {
    check(answer)?;
    serde_json::from_str(answer).map_err(|error| CallError::Malformed(error.to_string()))
}

/// The envelope of an answer's body, as far as the driver needs it.
pub(super) fn envelope_of(body: &RawValue) -> Option<Envelope> {
    serde_json::from_str(body.get()).ok()
}
