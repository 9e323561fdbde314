//! From a stranger's link to a session: `im_open_status.wslogin` of a person, `tern_push.login` of a bridge.

use super::connection::{Incoming, Over, Read, answer_text, leave, outgoing, read, say_why};
use super::{Links, STRANGER_MS};
use crate::application::Application;
use crate::service::account::{self, AccountError};
use crate::service::group::live_room;
use crate::service::{AreaError as _, Bridge, Caller, Context, Effect, Fault, Person, presence};
use crate::session::{Outgoing, Owner, Session, SessionId};
use crate::store::engine::{StoreError, Tx, Verdict, WriteJob};
use crate::store::{self, GroupNo};
use crate::transport::caller::{Credentials, Good};
use crate::transport::dispatch::{Answer, JobContext};
use crate::transport::ticket::Ticket;
use axum::extract::ws::WebSocket;
use futures_util::StreamExt as _;
use std::net::IpAddr;
use std::sync::Arc;
use tern_protocol::api::account::{LoggedIn, Login};
use tern_protocol::api::push::{PushLoggedIn, PushLogin};
use tern_protocol::api::{Empty, Envelope};
use tern_protocol::frame::{self, Head};
use tern_protocol::limits;
use tern_protocol::model::group::ReceiveOption;
use tern_protocol::model::presence::{LoginMode, NATIVE_SILENCE_MS, Platform};
use tern_protocol::usersig::SigError;
use tern_protocol::{ErrorCode, SdkAppId, UserId, clock};
use tokio::sync::oneshot;

/// Bytes of an installation's name.
const INSTALL_BYTES: usize = 64;

/// Whose link it is.
pub(super) enum Who {
    /// A person's.
    Person {
        /// Its application.
        app: Arc<Application>,
        /// The person.
        person: Arc<Person>,
        /// Number of the ticket that the login answered.
        ticket: u64,
        /// End of the UserSig that the login stands on, Unix seconds.
        sig_expires_at: i64,
    },
    /// A push bridge's.
    Bridge {
        /// An application, for what needs one; a bridge may serve many.
        app: Arc<Application>,
        /// The bridge.
        bridge: Arc<Bridge>,
    },
}

impl Who {
    pub(super) fn app(&self) -> &Arc<Application> {
        match self {
            Self::Person { app, .. } | Self::Bridge { app, .. } => app,
        }
    }

    /// Whether the UserSig has come to its end: only a login with a new one goes on (`contract/client-semantics.md` 1.2).
    pub(super) fn has_expired(&self, now_seconds: i64) -> bool {
        matches!(self, Self::Person { sig_expires_at, .. } if now_seconds > *sig_expires_at)
    }

    pub(super) fn caller(&self) -> Caller {
        match self {
            Self::Person { person, .. } => Caller::User(person.clone()),
            Self::Bridge { bridge, .. } => Caller::Bridge(bridge.clone()),
        }
    }
}

/// A link that is logged in; the answer to its login is the first frame in its queue.
pub(super) struct Identified {
    pub(super) who: Who,
    pub(super) session: Arc<Session>,
    /// Events go out as binary frames, because the login came as one.
    pub(super) binary: bool,
}

/// Waits for a login that is accepted, at most ten seconds. Refused ones are answered, and may be tried again.
pub(super) async fn identify(links: &Arc<Links>, socket: &mut WebSocket, address: IpAddr) -> Option<Identified> {
    let clock = links.clock().clone();
    let waited = clock::timeout(&*clock, STRANGER_MS, wait_for_login(links, socket, address));
    tokio::select! {
        identified = waited => identified.ok().flatten(),
        () = links.server.stop.cancelled() => None,
    }
}

async fn wait_for_login(links: &Arc<Links>, socket: &mut WebSocket, address: IpAddr) -> Option<Identified> {
    loop {
        let incoming = match read(socket.next().await) {
            Read::Frame(incoming) => incoming,
            Read::Alive => continue,
            Read::Closed => return None,
            Read::Broken(error) => {
                say_why(socket, &error).await;
                return None;
            }
        };
        let fault = match try_login(links, &incoming, address).await {
            Ok(identified) => return Some(identified),
            Err(refused) => refused,
        };
        socket.send(outgoing(fault, incoming.binary)).await.ok()?;
    }
}

/// The session, or the text of the answer that refuses it.
async fn try_login(links: &Arc<Links>, incoming: &Incoming, address: IpAddr) -> Result<Identified, axum::extract::ws::Utf8Bytes> {
    let request: frame::Request<'_> = serde_json::from_str(&incoming.text).map_err(|error| {
        let fault = Fault::new(ErrorCode::REST_BAD_JSON, format!("the frame is not {{head, body}}: {error}"));
        answer_text("", 0, &Answer::refused("", &fault).body)
    })?;
    let head = request.head;
    let body = request.body.map_or("{}", |body| body.get());
    let done = match head.servcmd.as_ref() {
        "im_open_status.wslogin" => person(links, &head, body, incoming.binary, address).await,
        "tern_push.login" => bridge(links, &head, body, incoming.binary).await,
        // The product's client takes this for an expired signature, which leads it back to a login.
        "im_open_status.wshello" => Err(Fault::new(ErrorCode::SIG_EXPIRED, "this link is not logged in")),
        // Telemetry comes before the login too.
        name @ ("heartbeat.alive" | "imopenstat.tim_web_report_v2") => {
            return Err(answer_text(name, head.seq, &Envelope::ok().with(&Empty::default()).unwrap_or_default()));
        }
        _ => Err(Fault::new(ErrorCode::SESSION_EXPIRED, "this link is not logged in")),
    };
    done.map_err(|fault| answer_text(&head.servcmd, head.seq, &Answer::refused(&head.servcmd, &fault).body))
}

/// What a person's login says of itself.
struct Claim {
    user_id: UserId,
    platform: Platform,
    mode: LoginMode,
    install: String,
    resumes: Resumes,
}

/// Whose places in live rooms a login takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resumes {
    /// Nobody's: it is a new login.
    Nothing,
    /// Those of a link that broke: it comes with a ticket.
    Broken,
    /// Those of the link that it names.
    Link(SessionId),
}

impl Claim {
    /// `user_id`: whom a ticket names.
    fn read(head: &Head<'_>, user_id: Option<UserId>, body: &str) -> Result<Self, Fault> {
        let login: Login = serde_json::from_str(body)
            .map_err(|error| Fault::new(ErrorCode::ACCOUNT_BAD_PARAMETER, format!("the login's body cannot be read: {error}")))?;
        let bad = |what: String| Fault::new(ErrorCode::ACCOUNT_BAD_PARAMETER, what);
        let parsed = || UserId::parse(head.identifier.as_deref().unwrap_or_default());
        let resumes = match (login.resume, &user_id) {
            (Some(link), _) if link > 0 => Resumes::Link(SessionId(link)),
            (_, Some(_)) => Resumes::Broken,
            (_, None) => Resumes::Nothing,
        };
        let user_id = user_id.map_or_else(parsed, Ok).map_err(|error| bad(format!("identifier: {error}")))?;
        let platform = login.platform.as_deref().filter(|word| !word.is_empty()).map(Platform::parse).transpose();
        let mode = login.mode.as_deref().filter(|word| !word.is_empty()).map(LoginMode::parse).transpose();
        let install = login.install.unwrap_or_default();
        if install.len() > INSTALL_BYTES {
            return Err(bad(format!("TernInstall is longer than {INSTALL_BYTES} bytes")));
        }
        Ok(Self {
            user_id,
            platform: platform.map_err(|error| bad(error.to_string()))?.unwrap_or_default(),
            mode: mode.map_err(|error| bad(error.to_string()))?.unwrap_or_default(),
            install,
            resumes,
        })
    }
}

async fn person(links: &Arc<Links>, head: &Head<'_>, body: &str, binary: bool, address: IpAddr) -> Result<Identified, Fault> {
    let app = application(links, head).await?;
    let (claim, sig) = checked(links, &app, head, body, address)?;
    let (reply, answer) = oneshot::channel();
    let job = LoginJob {
        context: links.server.dispatcher.job_context(app, Caller::Server),
        links: links.clone(),
        id: links.server.sessions.next_id(),
        claim: Some(claim),
        sig,
        servcmd_seq: head.seq,
        binary,
        accepted: None,
        refused: None,
        reply,
    };
    if let Err((reason, job)) = links.server.db.submit(Box::new(job)) {
        job.finish(Err(reason));
    }
    let identified = answer.await.unwrap_or_else(|_| Err(Fault::of(ErrorCode::ACCOUNT_INTERNAL)))?;
    if let Who::Person { person, .. } = &identified.who {
        links.watch.add(identified.session.id, links.clock().mono_ms(), person.platform.silence_ms());
    }
    Ok(identified)
}

/// The application that the head names, if it lets people in.
async fn application(links: &Links, head: &Head<'_>) -> Result<Arc<Application>, Fault> {
    let unknown = |id: u64| Fault::new(ErrorCode::SDK_APP_ID_UNKNOWN, format!("there is no application {id}"));
    let number = head.sdkappid.ok_or_else(|| Fault::of(ErrorCode::REST_SDK_APP_ID_MISSING))?;
    let id = SdkAppId(u32::try_from(number).map_err(|_| unknown(number))?);
    let app = links.server.application(id).await.map_err(|error| {
        tracing::error!(%error, "an application could not be looked up");
        Fault::of(ErrorCode::ACCOUNT_INTERNAL)
    })?;
    let app = app.ok_or_else(|| unknown(number))?;
    match app.settings.disabled {
        true => Err(Fault::of(ErrorCode::REST_APP_DISABLED)),
        false => Ok(app),
    }
}

/// Who it is, by a UserSig or by the ticket of an earlier login. A kick is looked for where the login is written, so that the two
/// cannot miss each other. Inflating and hashing take about as long as waking another thread for them would.
fn checked(links: &Links, app: &Application, head: &Head<'_>, body: &str, address: IpAddr) -> Result<(Claim, Good), Fault> {
    let clock = links.clock();
    let usersig = head.usersig.as_deref().unwrap_or_default();
    if let (true, Some(a2)) = (usersig.is_empty(), head.a2.as_deref().filter(|a2| !a2.is_empty())) {
        let opened = links.tickets.open(app, a2, clock.wall_seconds());
        // Whatever is wrong with it, the client must come with a UserSig.
        let ticket = opened.map_err(|error| Fault::new(ErrorCode::SIG_EXPIRED, error.to_string()))?;
        return Ok((Claim::read(head, Some(ticket.user_id), body)?, ticket.sig));
    }
    let claim = Claim::read(head, None, body)?;
    let credentials = Credentials { user: claim.user_id.as_str(), usersig, address };
    match links.server.credentials.check(app, credentials, clock.wall_seconds(), 0, clock.mono_ms()) {
        Ok(sig) => Ok((claim, sig)),
        Err(error) => Err(Fault::new(error.code(), error.to_string())),
    }
}

/// A login on the writer thread: account, presence and groups in one transaction; the link becomes known after the commit.
struct LoginJob {
    context: JobContext,
    links: Arc<Links>,
    id: SessionId,
    claim: Option<Claim>,
    /// The UserSig that the login stands on.
    sig: Good,
    servcmd_seq: u64,
    binary: bool,
    accepted: Option<Accepted>,
    refused: Option<Fault>,
    reply: oneshot::Sender<Result<Identified, Fault>>,
}

struct Accepted {
    person: Arc<Person>,
    groups: Vec<GroupNo>,
    topics: Vec<(GroupNo, bool)>,
    effects: Vec<Effect>,
    rev: i64,
    custom_status: Option<String>,
    ticket: Ticket,
    now_ms: i64,
    mono_ms: i64,
}

impl LoginJob {
    fn accept(&self, tx: &Tx<'_>, cx: &Context, claim: Claim) -> Result<Accepted, Fault> {
        let explain = |error: &AccountError| match error.store() {
            Some(below) => {
                tracing::error!(error = %below, "a login failed below its rules");
                Fault::of(error.code())
            }
            None => Fault::new(error.code(), error.to_string()),
        };
        let below = |error: StoreError| explain(&AccountError::from(error));
        let account = account::ensure(tx, &cx.app, &claim.user_id, cx.now_seconds()).map_err(|error| explain(&error))?;
        if self.sig.issued_at < account.not_before {
            let kicked = SigError::Invalidated;
            return Err(Fault::new(kicked.code(), kicked.to_string()));
        }
        let ticket = Ticket { user_id: claim.user_id.clone(), sig: self.sig, number: cx.random.u64() };
        let person = Person {
            user_id: claim.user_id,
            tiny_id: account.tiny_id,
            session: self.id,
            platform: claim.platform,
            mode: claim.mode,
            install: claim.install,
        };
        presence::check_room(cx, &person)?;
        let groups = store::conversation::group_numbers_of(tx, account.tiny_id).map_err(below)?;
        let resumed = match claim.resumes {
            Resumes::Nothing => Vec::new(),
            Resumes::Broken => live_room::take_over(cx, account.tiny_id, None, person.session),
            Resumes::Link(earlier) => live_room::take_over(cx, account.tiny_id, Some(earlier), person.session),
        };
        let mut effects = presence::log_in(tx, cx, &person).map_err(below)?;
        effects.extend(resumed);
        let topics = store::topic::options_of(tx, account.tiny_id).map_err(below)?;
        let topics = topics.into_iter().map(|(topic, option)| (topic, option != ReceiveOption::Discard)).collect();
        let standing = store::presence::standing(tx, account.tiny_id).map_err(below)?;
        let custom_status = Some(standing.custom_status).filter(|text| !text.is_empty());
        let (now_ms, mono_ms) = (cx.now_ms, cx.mono_ms);
        Ok(Accepted { person: Arc::new(person), groups, topics, effects, rev: tx.rev(), custom_status, ticket, now_ms, mono_ms })
    }
}

impl WriteJob for LoginJob {
    fn run(&mut self, tx: &Tx<'_>) -> Verdict {
        let Some(claim) = self.claim.take() else { return Verdict::Undo };
        self.context.now();
        match self.accept(tx, self.context.get(), claim) {
            Ok(accepted) => {
                self.accepted = Some(accepted);
                Verdict::Keep
            }
            Err(fault) => {
                self.refused = Some(fault);
                Verdict::Undo
            }
        }
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let this = *self;
        let (committed, accepted) = match (committed, this.accepted) {
            (Ok(()), Some(accepted)) => (true, accepted),
            (Err(error), Some(accepted)) => {
                tracing::error!(%error, "a login was not committed");
                (false, accepted)
            }
            (_, None) => {
                let fault = this.refused.unwrap_or_else(|| Fault::of(ErrorCode::REST_BUSY));
                // The link may have ended.
                let _ = this.reply.send(Err(fault));
                return;
            }
        };
        let Accepted { person, groups, topics, mut effects, rev, custom_status, ticket, now_ms, mono_ms } = accepted;
        if !committed {
            this.context.get().presence.forget(person.tiny_id, person.session);
            // Presence has let go of these links already; they come back by themselves.
            effects.retain(|effect| matches!(effect, Effect::Close { .. }));
            this.context.publish(effects);
            let _ = this.reply.send(Err(Fault::of(ErrorCode::ACCOUNT_INTERNAL)));
            return;
        }
        let answer = LoggedIn {
            tiny_id: person.tiny_id.to_string(),
            a2_key: this.links.tickets.seal(&this.context.get().app, &ticket),
            inst_id: person.session.0,
            hello_interval: limits::HEARTBEAT_SECONDS,
            time_stamp: now_ms.div_euclid(1000),
            time_ms: Some(now_ms),
            rev: Some(rev.cast_unsigned()),
            custom_status,
            recall_seconds: Some(this.context.get().app.settings.recall_seconds),
        };
        let session = Session::new(person.session, Owner::User(person.tiny_id), None, mono_ms);
        let body = Envelope::ok().with(&answer).unwrap_or_default();
        session.send(Outgoing { text: answer_text("im_open_status.wslogin", this.servcmd_seq, &body), binary: Some(this.binary) });
        this.links.server.sessions.add(&session, groups);
        for (topic, hears) in topics {
            this.links.server.sessions.hear_topic_on(&session, topic, Some(hears));
        }
        this.context.publish(effects);
        let app = this.context.get().app.clone();
        let who = Who::Person { app, person, ticket: ticket.number, sig_expires_at: ticket.sig.expires_at };
        let identified = Identified { who, session: session.clone(), binary: this.binary };
        if let Err(Ok(orphan)) = this.reply.send(Ok(identified)) {
            // The link ended while it logged in: the connection is not there to clean up.
            this.links.server.sessions.remove(&session);
            let links = this.links.clone();
            this.links.server.tasks.spawn(async move { leave(&links, &orphan.who, &session, &Over::Broken, None).await });
        }
    }
}

async fn bridge(links: &Arc<Links>, head: &Head<'_>, body: &str, binary: bool) -> Result<Identified, Fault> {
    let login: PushLogin = serde_json::from_str(body)
        .map_err(|error| Fault::new(ErrorCode::MESSAGE_BAD_REQUEST, format!("the login's body cannot be read: {error}")))?;
    let below = |error: StoreError| {
        tracing::error!(%error, "a bridge's login could not be checked");
        Fault::of(ErrorCode::MESSAGE_INTERNAL)
    };
    let hash = ring::digest::digest(&ring::digest::SHA256, login.token.as_bytes());
    let found = links.server.db.read(move |tx| {
        let mut found = None;
        // All rows are compared, each in constant time.
        for row in store::bridge::list(tx)? {
            if is_equal(&row.token_sha256, hash.as_ref()) {
                found = Some(row);
            }
        }
        Ok::<_, StoreError>((found, store::push_outbox::pending(tx)?))
    });
    let (found, pending) = found.await.map_err(below)?;
    let row = found.ok_or_else(|| Fault::new(ErrorCode::SESSION_EXPIRED, "the bridge's token is not known here"))?;
    let app = links.server.applications.all().into_iter().next().ok_or_else(|| Fault::of(ErrorCode::SDK_APP_ID_UNKNOWN))?;
    let clock = links.clock();
    let id = links.server.sessions.next_id();
    let session = Session::new(id, Owner::Bridge, row.apps.clone(), clock.mono_ms());
    let answer = PushLoggedIn { time_ms: clock.wall_ms(), hello_interval: limits::HEARTBEAT_SECONDS, pending };
    let body = Envelope::ok().with(&answer).unwrap_or_default();
    session.send(Outgoing { text: answer_text("tern_push.login", head.seq, &body), binary: Some(binary) });
    links.server.sessions.add(&session, Vec::new());
    links.watch.add(id, clock.mono_ms(), NATIVE_SILENCE_MS);
    tracing::info!(bridge = row.name, "a push bridge logged in");
    let bridge = Arc::new(Bridge { session: id, apps: row.apps });
    Ok(Identified { who: Who::Bridge { app, bridge }, session, binary })
}

fn is_equal(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len() && one.iter().zip(other).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
