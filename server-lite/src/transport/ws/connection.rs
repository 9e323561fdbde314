//! One link: frames in, answers and events out, until it ends.

use super::login::{self, Identified, Who};
use super::{Done, Links, Stranger};
use crate::bus;
use crate::service::presence::{self, Ended};
use crate::service::{Caller, Context, Fault, Person};
use crate::session::{Closing, Outgoing, Session};
use crate::store::engine::Tx;
use crate::transport::dispatch::{Answer, Task};
use crate::transport::media;
use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket, close_code};
use futures_util::{SinkExt as _, StreamExt as _};
use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use tern_protocol::ErrorCode;
use tern_protocol::api::{Empty, Envelope};
use tern_protocol::clock::Hold;
use tern_protocol::event::Event;
use tern_protocol::frame;

/// Requests of one link that may be under way; more are read when answers have gone out.
const IN_FLIGHT: u32 = 64;

/// A frame of a client.
pub(super) struct Incoming {
    pub(super) text: Utf8Bytes,
    pub(super) binary: bool,
}

/// How a link's reading half goes on.
pub(super) enum Read {
    /// A frame with text.
    Frame(Incoming),
    /// A ping or pong: a sign of life.
    Alive,
    /// The client closed it.
    Closed,
    /// It broke, or the client broke the rules of WebSocket.
    Broken(axum::Error),
}

/// Reads what comes next.
pub(super) fn read(message: Option<Result<Message, axum::Error>>) -> Read {
    match message {
        Some(Ok(Message::Text(text))) => Read::Frame(Incoming { text, binary: false }),
        Some(Ok(Message::Binary(bytes))) => match Utf8Bytes::try_from(bytes) {
            Ok(text) => Read::Frame(Incoming { text, binary: true }),
            Err(_) => Read::Frame(Incoming { text: Utf8Bytes::from_static(""), binary: true }),
        },
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Read::Alive,
        Some(Ok(Message::Close(_))) | None => Read::Closed,
        Some(Err(error)) => Read::Broken(error),
    }
}

/// Text in the kind that the other side speaks.
pub(super) fn outgoing(text: Utf8Bytes, binary: bool) -> Message {
    if binary { Message::Binary(text.into()) } else { Message::Text(text) }
}

/// The text of an answer's frame.
pub(super) fn answer_text(servcmd: &str, seq: u64, body: &str) -> Utf8Bytes {
    frame::answer(servcmd, seq, body).into()
}

/// Runs a link until it ends.
pub(super) async fn run(links: Arc<Links>, mut socket: WebSocket, stranger: Stranger) {
    let address = stranger.address;
    let mut stranger = Some(stranger);
    loop {
        // Boxed: a login needs more room than a session, and is over soon.
        let identified = Box::pin(login::identify(&links, &mut socket, address)).await;
        let Some(identified) = identified else { return };
        stranger.take();
        let again = serve(&links, &mut socket, identified).await;
        if !again {
            return;
        }
    }
}

/// A session's frames in and out. `true`: it logged out, the link may log in again.
async fn serve(links: &Arc<Links>, socket: &mut WebSocket, identified: Identified) -> bool {
    let Identified { who, session, binary } = identified;
    let ended = exchange(links, socket, &who, &session, binary).await;
    links.server.sessions.remove(&session);
    if let (Who::Person { ticket, .. }, Over::Told(Closing::Kicked(_) | Closing::LoggedOut)) = (&who, &ended) {
        links.tickets.revoke(*ticket);
    }
    let hold = session.take_hold();
    leave(links, &who, &session, &ended, hold).await;
    match &ended {
        Over::Told(why) => {
            finish(socket, session.take_rest(), binary, why).await;
            matches!(why, Closing::LoggedOut)
        }
        Over::Closed => {
            // The answer to the client's close frame is queued; it goes out with a flush.
            let _ = now_or_soon(socket.flush()).await;
            false
        }
        Over::Broken => false,
    }
}

/// How a session ended.
pub(super) enum Over {
    /// The server's doing.
    Told(Closing),
    /// The client closed it.
    Closed,
    /// It broke.
    Broken,
}

async fn exchange(links: &Arc<Links>, socket: &mut WebSocket, who: &Who, session: &Arc<Session>, binary: bool) -> Over {
    let clock = links.clock();
    loop {
        tokio::select! {
            biased;
            outgoing = session.outgoing() => match outgoing {
                Err(why) => return Over::Told(why),
                // A socket that takes nothing must not keep the link from being closed.
                Ok(frames) => tokio::select! {
                    biased;
                    written = write(socket, frames, binary) => if written.is_err() { return Over::Broken },
                    why = session.closed() => return Over::Told(why),
                },
            },
            message = socket.next(), if session.in_flight() < IN_FLIGHT => {
                let read = read(message);
                match read {
                    Read::Frame(incoming) => {
                        session.heard(clock.mono_ms());
                        on_frame(links, who, session, &incoming);
                    }
                    Read::Alive => {
                        session.heard(clock.mono_ms());
                        if who.has_expired(clock.wall_seconds()) {
                            session.close(Closing::SigExpired);
                        }
                    }
                    Read::Closed => return Over::Closed,
                    Read::Broken(error) => {
                        say_why(socket, &error).await;
                        return Over::Broken;
                    }
                }
            }
        }
    }
}

async fn write(socket: &mut WebSocket, frames: VecDeque<Outgoing>, binary: bool) -> Result<(), axum::Error> {
    for frame in frames {
        let binary = frame.binary.unwrap_or(binary);
        socket.feed(outgoing(frame.text, binary)).await?;
    }
    socket.flush().await
}

fn on_frame(links: &Arc<Links>, who: &Who, session: &Arc<Session>, incoming: &Incoming) {
    let binary = Some(incoming.binary);
    let request: frame::Request<'_> = match serde_json::from_str(&incoming.text) {
        Ok(request) => request,
        Err(error) => {
            let fault = Fault::new(ErrorCode::REST_BAD_JSON, format!("the frame is not {{head, body}}: {error}"));
            let text = answer_text("", 0, &Answer::refused("", &fault).body);
            return session.send(Outgoing { text, binary });
        }
    };
    let (name, seq) = (request.head.servcmd.as_ref(), request.head.seq);
    let body = request.body.map_or("{}", |body| body.get());
    let refuse =
        |fault: &Fault| session.send(Outgoing { text: answer_text(name, seq, &Answer::refused(name, fault).body), binary });
    match name {
        // Who leaves may.
        "im_open_status.wslogout" => log_out(links, who, session, seq, incoming.binary),
        _ if who.has_expired(links.clock().wall_seconds()) => {
            refuse(&Fault::new(ErrorCode::SIG_EXPIRED, "the UserSig has expired since the login"));
            session.close(Closing::SigExpired);
        }
        "heartbeat.alive" | "im_open_status.wshello" => {
            let body = Envelope::ok().with(&Empty::default()).unwrap_or_default();
            session.send(Outgoing { text: answer_text(name, seq, &body), binary });
        }
        "im_open_status.wslogin" | "tern_push.login" => {
            refuse(&Fault::new(ErrorCode::MESSAGE_BAD_REQUEST, "this link is logged in already"));
        }
        // Settings may have changed since the login.
        _ => match links.server.dispatcher.prepare(name, &links.server.current(who.app()), who.caller(), body.as_bytes()) {
            Err(fault) => refuse(&fault),
            Ok(prepared) => {
                session.request_begins();
                let (session, row) = (session.clone(), prepared.name());
                // The client knows the answer by the name that it used.
                let name = if name == row { Cow::Borrowed(row) } else { Cow::Owned(name.to_owned()) };
                let deliver =
                    move |answer: Answer| session.answer(Outgoing { text: answer_text(&name, seq, &answer.body), binary });
                match media::object_to_settle(row, body) {
                    None => links.server.dispatcher.submit(prepared, deliver),
                    Some(object) => {
                        let (server, caller) = (links.server.clone(), who.caller());
                        links.server.tasks.spawn(async move {
                            match media::settle(&server, &object, &caller).await {
                                Ok(()) => server.dispatcher.submit(prepared, deliver),
                                Err(fault) => deliver(Answer::refused(row, &fault)),
                            }
                        });
                    }
                }
            }
        },
    }
}

/// The answer goes out after the logout is durable; then the link ends.
fn log_out(links: &Arc<Links>, who: &Who, session: &Arc<Session>, seq: u64, binary: bool) {
    let body = Envelope::ok().with(&Empty::default()).unwrap_or_default();
    let text = answer_text("im_open_status.wslogout", seq, &body);
    let session = session.clone();
    let bye = move |_| {
        session.send(Outgoing { text, binary: Some(binary) });
        session.close(Closing::LoggedOut);
    };
    match who {
        Who::Bridge { .. } => bye(Ok(())),
        Who::Person { app, person, .. } => {
            let task = leaving(app, person, Ended::LoggedOut, links.clock().wall_ms(), None);
            links.server.dispatcher.submit_task(task, bye);
        }
    }
}

/// Tells presence that a session ended, unless presence did it.
pub(super) async fn leave(links: &Arc<Links>, who: &Who, session: &Session, over: &Over, hold: Option<Hold>) {
    let Who::Person { app, person, .. } = who else { return };
    let ended = match over {
        // The session was taken off the map before: what is answered from now on does not reach it.
        Over::Closed => Ended::Closed { answered_rev: links.server.db.answered_rev() },
        Over::Broken => Ended::Lost { timed_out: false },
        Over::Told(Closing::Silent) => Ended::Lost { timed_out: true },
        Over::Told(Closing::SlowReader | Closing::SigExpired | Closing::ServerEnds) => Ended::Lost { timed_out: false },
        Over::Told(Closing::Kicked(_)) => Ended::Kicked,
        Over::Told(Closing::Replaced | Closing::LoggedOut) => return,
    };
    let clock = links.clock();
    let silent_ms = clock.mono_ms() - session.heard_mono_ms();
    // However much the database has to do: a person who is not told off would be online for ever.
    links.server.dispatcher.queue_task(leaving(app, person, ended, clock.wall_ms() - silent_ms, hold)).await;
}

fn leaving(
    app: &Arc<crate::application::Application>,
    person: &Arc<Person>,
    ended: Ended,
    heard_ms: i64,
    hold: Option<Hold>,
) -> Task<'static> {
    let caller = Caller::User(person.clone());
    let person = person.clone();
    let work = move |tx: &Tx<'_>, cx: &Context| -> Done { presence::log_out(tx, cx, &person, ended, heard_ms) };
    Task { app: app.clone(), caller, work: Box::new(work), hold }
}

/// Tells a client that broke the rules of WebSocket, or sent too much, why its link ends.
pub(super) async fn say_why(socket: &mut WebSocket, error: &axum::Error) {
    // The kinds of errors are not shown through axum; their texts are.
    let text = error.to_string();
    let (code, reason) = match text.contains("too long") || text.contains("too big") {
        true => (close_code::SIZE, "a frame may hold at most 1 MiB"),
        false => (close_code::PROTOCOL, "the frame does not follow the WebSocket protocol"),
    };
    // A link that is simply gone takes nothing, and need not.
    let _ = now_or_soon(socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() })))).await;
}

/// Sends what is queued and why the link ends; a client that takes nothing is not waited for.
async fn finish(socket: &mut WebSocket, mut frames: VecDeque<Outgoing>, binary: bool, why: &Closing) {
    let (code, reason) = match why {
        // Nothing more can be sent to it.
        Closing::SlowReader | Closing::Silent => return,
        Closing::Kicked(_) => (close_code::POLICY, "kicked"),
        Closing::Replaced => (close_code::NORMAL, "replaced by a newer link of the same installation"),
        Closing::LoggedOut => (close_code::NORMAL, "logged out"),
        Closing::SigExpired => (close_code::POLICY, "the UserSig has expired"),
        Closing::ServerEnds => (close_code::AWAY, "the server ends"),
    };
    if let Closing::Kicked(kickout) = why
        && let Ok(frame) = bus::encode(Event::Kickout((**kickout).clone()))
    {
        frames.push_back(frame);
    }
    let bye = async {
        write(socket, frames, binary).await?;
        if !matches!(why, Closing::LoggedOut) {
            socket.send(Message::Close(Some(CloseFrame { code, reason: reason.into() }))).await?;
        }
        Ok::<_, axum::Error>(())
    };
    // The client may be gone, or take nothing; either way this is the end.
    let _ = now_or_soon(bye).await;
}

/// Gives a write that could be done at once some turns, and gives up on one that cannot: no clock is needed to see a full socket.
async fn now_or_soon<T>(work: impl Future<Output = T>) -> Option<T> {
    const TURNS: usize = 64;
    tokio::select! {
        biased;
        done = work => Some(done),
        () = async { for _ in 0..TURNS { tokio::task::yield_now().await } } => None,
    }
}
