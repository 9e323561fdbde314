//! One table `service.command` → handler for both transports.
//!
//! A row of [`table`] joins a command of `tern_protocol::api` (its name, who may call it, its request and answer types) with the plain function of
//! `service` that does it, and says whether that function writes. To add a command: write the function, add the row.
//!
//! Either transport gives the bytes of a body to [`Dispatcher::prepare`], which finds the row, checks the caller and the size and
//! parses; then to [`Dispatcher::call`] (REST, waits) or [`Dispatcher::submit`] (WebSocket, pipelined). The function runs on a database
//! thread; after the commit the answer is made, its effects go to the bus, and the caller is answered, in commit order.

mod table;

use crate::application::Application;
use crate::bus::Bus;
use crate::media::Depot;
use crate::service::group::live_room::Rooms;
use crate::service::message::frequency::Frequency;
use crate::service::presence::Presence;
use crate::service::rate::Rates;
use crate::service::{AreaError, Caller, Context, Effect, Fault, Outcome, Random};
use crate::store::engine::{Db, StoreError, Tx, Verdict, WriteJob};
use parking_lot::Mutex;
use std::collections::HashMap;
use std::sync::Arc;
use tern_protocol::api::{Callers, Command, CommandRow, Envelope, fault, web_sdk, with_one_name_each};
use tern_protocol::clock::{Clock, Hold};
use tern_protocol::{ErrorCode, SdkAppId, limits};
use tokio::sync::oneshot;

/// A handler: see [`crate::service`].
type Handler<C, E> = fn(&Tx<'_>, &Context, <C as Command>::Request) -> Result<Outcome<<C as Command>::Answer>, E>;

/// Where a handler runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// On a reader thread, over a snapshot.
    Read,
    /// On the writer thread, under a commit.
    Write,
}

struct Row {
    command: &'static CommandRow,
    access: Access,
    parse: Box<dyn Parse>,
}

#[derive(Default)]
struct Table {
    rows: HashMap<&'static str, Row>,
}

impl Table {
    /// A command whose function writes: `table.write::<command::SendMsg, _>(message::send)`.
    fn write<C: Command, E: AreaError>(&mut self, handler: Handler<C, E>) {
        self.row::<C, E>(Access::Write, handler);
    }

    /// A command whose function only reads.
    fn read<C: Command, E: AreaError>(&mut self, handler: Handler<C, E>) {
        self.row::<C, E>(Access::Read, handler);
    }

    fn row<C: Command, E: AreaError>(&mut self, access: Access, handler: Handler<C, E>) {
        // A command of the protocol always has its row there; the macro that makes the type makes the row.
        if let Some(command) = CommandRow::find(C::NAME) {
            self.rows.insert(C::NAME, Row { command, access, parse: Box::new(Typed::<C, E> { handler }) });
        }
    }
}

/// Parses a body into a call of one command.
trait Parse: Send + Sync {
    fn parse(&self, body: &[u8]) -> Result<Box<dyn Call>, Fault>;
}

/// A parsed request: runs on a database thread, is answered afterwards.
trait Call: Send {
    fn run(&mut self, tx: &Tx<'_>, cx: &Context) -> Verdict;
    fn answer(self: Box<Self>, committed: Result<(), StoreError>) -> Answer;
}

/// What goes back, and what happens besides.
#[derive(Debug)]
pub(crate) struct Answer {
    /// JSON of the body: the envelope, then the command's fields.
    pub(crate) body: String,
    /// The number in the envelope, for metrics.
    pub(crate) code: ErrorCode,
    effects: Vec<Effect>,
}

/// Services whose answers carry `ErrorDisplay`, refusals too (`contract/rest-api.md` section 1).
fn has_error_display(command: &str) -> bool {
    ["profile.", "sns.", "recentcontact."].iter().any(|service| command.starts_with(service))
}

impl Answer {
    /// The envelope of a refusal of a command, or of what names none.
    pub(crate) fn refused(command: &str, fault: &Fault) -> Self {
        let mut envelope = Envelope::fail(fault.code, fault.info.as_ref());
        if has_error_display(command) {
            envelope.error_display = Some(String::new());
        }
        let body = envelope.with(&tern_protocol::api::Empty::default()).unwrap_or_else(|_| String::from("{}"));
        Self { body, code: fault.code, effects: Vec::new() }
    }
}

struct Typed<C: Command, E: AreaError> {
    handler: Handler<C, E>,
}

struct TypedCall<C: Command, E: AreaError> {
    handler: Handler<C, E>,
    request: Option<C::Request>,
    result: Option<Result<Outcome<C::Answer>, E>>,
}

impl<C: Command, E: AreaError> Parse for Typed<C, E> {
    fn parse(&self, body: &[u8]) -> Result<Box<dyn Call>, Fault> {
        let request = parse_body::<C>(body)?;
        Ok(Box::new(TypedCall::<C, E> { handler: self.handler, request: Some(request), result: None }))
    }
}

fn parse_body<C: Command>(body: &[u8]) -> Result<C::Request, Fault> {
    // A JSON array would be read as a struct by the order of its fields.
    let is_object = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{');
    let detail = match serde_json::from_slice(body) {
        Ok(request) if is_object => return Ok(request),
        Ok(_) => "not an object".to_owned(),
        Err(error) => error.to_string(),
    };
    match serde_json::from_slice::<serde_json::Value>(body) {
        Ok(value) => {
            // Who knows several generations of SDKs may write a field under each of its names.
            if let Some(one_name) = with_one_name_each::<C::Request>(&value) {
                return parse_body::<C>(one_name.to_string().as_bytes());
            }
            let (code, info) = fault::of(C::NAME, &value, &detail);
            Err(Fault::new(code, info))
        }
        Err(error) => Err(Fault::new(ErrorCode::REST_BAD_JSON, format!("the body is not valid JSON: {error}"))),
    }
}

impl<C: Command, E: AreaError> Call for TypedCall<C, E> {
    fn run(&mut self, tx: &Tx<'_>, cx: &Context) -> Verdict {
        let Some(request) = self.request.take() else { return Verdict::Undo };
        let result = (self.handler)(tx, cx, request);
        let verdict = if result.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.result = Some(result);
        verdict
    }

    fn answer(self: Box<Self>, committed: Result<(), StoreError>) -> Answer {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(StoreError::Panicked.into()),
            (Err(_), Some(Err(own))) => Err(own),
            (Err(error), _) => Err(error.into()),
        };
        match result {
            Ok(outcome) => answer(C::NAME, outcome),
            Err(error) => Answer::refused(C::NAME, &explain(C::NAME, &error)),
        }
    }
}

fn answer<R: serde::Serialize>(command: &'static str, outcome: Outcome<R>) -> Answer {
    let mut envelope = match outcome.partial {
        None => Envelope::ok(),
        Some(partial) => Envelope { action_status: partial.status, ..Envelope::fail(partial.code, partial.info) },
    };
    if outcome.error_display || has_error_display(command) {
        envelope.error_display = Some(String::new());
    }
    match envelope.with(&outcome.reply) {
        Ok(body) => Answer { body, code: envelope.error_code, effects: outcome.effects },
        Err(error) => {
            tracing::error!(command, %error, "an answer could not be serialised");
            Answer { effects: outcome.effects, ..Answer::refused(command, &Fault::of(ErrorCode::MSG_INTERNAL)) }
        }
    }
}

/// A failure below is logged here, once; its detail is not sent.
fn explain<E: AreaError>(command: &'static str, error: &E) -> Fault {
    match error.store() {
        Some(StoreError::Busy) => Fault::of(ErrorCode::REST_BUSY),
        Some(below) => {
            tracing::error!(command, error = %below, "a request failed below its rules");
            let code = error.code();
            match below {
                StoreError::Full => Fault::new(code, "the server's disk is full; nothing was stored"),
                _ => Fault::of(code),
            }
        }
        None => Fault::new(error.code(), error.to_string()),
    }
}

/// A request that was found, allowed and parsed.
pub(crate) struct Prepared {
    name: &'static str,
    access: Access,
    app: Arc<Application>,
    caller: Caller,
    call: Box<dyn Call>,
}

impl Prepared {
    /// The command's name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

/// What a [`Task`] does in its transaction.
pub(crate) type Work<'a> = Box<dyn FnOnce(&Tx<'_>, &Context) -> Result<Vec<Effect>, StoreError> + Send + 'a>;

/// Something that happens besides commands: a link ended, time passed. Its effects go the way of a command's.
pub(crate) struct Task<'a> {
    /// The application that it concerns.
    pub(crate) app: Arc<Application>,
    /// Who caused it.
    pub(crate) caller: Caller,
    /// What is done.
    pub(crate) work: Work<'a>,
    /// Keeps a moved clock waiting until the task is done.
    pub(crate) hold: Option<Hold>,
}

/// What both transports call: the table with all it needs.
pub(crate) struct Dispatcher {
    table: Table,
    db: Db,
    shared: Arc<Shared>,
    rates: Mutex<HashMap<(SdkAppId, &'static str), Window>>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    presence: Arc<Presence>,
    random: Random,
    bus: Bus,
    frequency: Arc<Frequency>,
    rates: Arc<Rates>,
    rooms: Arc<Rooms>,
    depot: Arc<Depot>,
}

/// A handler's context on its way to the writer, and the bus for what it causes.
pub(crate) struct JobContext {
    context: Context,
    shared: Arc<Shared>,
}

impl JobContext {
    /// Reads the clock: to be called when the transaction begins.
    pub(crate) fn now(&mut self) {
        self.context.now_ms = self.shared.clock.wall_ms();
        self.context.mono_ms = self.shared.clock.mono_ms();
    }

    /// The context itself.
    pub(crate) fn get(&self) -> &Context {
        &self.context
    }

    /// Carries out effects, after the commit.
    pub(crate) fn publish(&self, effects: Vec<Effect>) {
        self.shared.bus.publish(effects);
    }
}

#[derive(Clone, Copy)]
struct Window {
    second: i64,
    calls: u32,
}

impl Dispatcher {
    /// A dispatcher over a database.
    pub(crate) fn new(db: Db, bus: Bus, clock: Arc<dyn Clock>, random: Random, depot: Arc<Depot>) -> Self {
        let shared = Arc::new(Shared {
            clock,
            presence: Arc::default(),
            random,
            bus,
            frequency: Arc::default(),
            rates: Arc::default(),
            rooms: Arc::default(),
            depot,
        });
        let mut table = Table::default();
        table::fill(&mut table);
        Self { table, db, shared, rates: Mutex::default() }
    }

    /// Who is logged in.
    pub(crate) fn presence(&self) -> &Arc<Presence> {
        &self.shared.presence
    }

    /// Who is in which live room.
    pub(crate) fn rooms(&self) -> &Arc<Rooms> {
        &self.shared.rooms
    }

    /// A context for a job of the caller's own.
    pub(crate) fn job_context(&self, app: Arc<Application>, caller: Caller) -> JobContext {
        let shared = self.shared.clone();
        let context = Context {
            app,
            caller,
            now_ms: 0,
            mono_ms: 0,
            presence: shared.presence.clone(),
            random: shared.random.clone(),
            frequency: shared.frequency.clone(),
            rates: shared.rates.clone(),
            rooms: shared.rooms.clone(),
            audience: shared.bus.sessions().clone(),
            depot: shared.depot.clone(),
        };
        JobContext { context, shared }
    }

    /// Runs a task and waits until it is durable.
    pub(crate) async fn run(&self, task: Task<'static>) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.submit_task(task, move |done| drop(reply.send(done)));
        answer.await.unwrap_or(Err(StoreError::Closed))
    }

    /// Queues a task that must not be lost, and waits for a place in the queue: for callers that are bounded by themselves.
    pub(crate) async fn queue_task(&self, task: Task<'static>) {
        if let Err(job) = self.db.submit_waiting(Box::new(self.task_job(task, |_| {}))).await {
            job.finish(Err(StoreError::Closed));
        }
    }

    /// Queues a task; `then` is called after the commit, before its effects are carried out. Never waits.
    pub(crate) fn submit_task(&self, task: Task<'static>, then: impl FnOnce(Result<(), StoreError>) + Send + 'static) {
        if let Err((reason, job)) = self.db.submit(Box::new(self.task_job(task, then))) {
            job.finish(Err(reason));
        }
    }

    fn task_job(&self, task: Task<'static>, then: impl FnOnce(Result<(), StoreError>) + Send + 'static) -> TaskJob {
        let Task { app, caller, work, hold } = task;
        let context = self.job_context(app, caller);
        TaskJob { context, work: Some(work), result: None, then: Box::new(then), _hold: hold }
    }

    /// The name of a command that has a row here, as the row has it. Case does not matter: a public SDK writes `Profile` for `profile`.
    pub(crate) fn find(&self, name: &str) -> Option<&'static str> {
        let rows = &self.table.rows;
        let exact = rows.get_key_value(name).map(|(name, _)| *name);
        exact.or_else(|| rows.keys().copied().find(|row| row.eq_ignore_ascii_case(name)))
    }

    /// Finds the row, checks the caller, the size and (over REST, where the application wants it) the rate, and parses.
    pub(crate) fn prepare(&self, name: &str, app: &Arc<Application>, caller: Caller, body: &[u8]) -> Result<Prepared, Fault> {
        let Some(row) = self.row(name, &caller) else {
            return Err(Fault::new(ErrorCode::REST_NOT_FOUND, format!("there is no command {name:.100}")));
        };
        if !caller.kind().is_some_and(|kind| row.command.callers.has(kind)) {
            return Err(match caller.is_admin() {
                true => Fault::new(ErrorCode::REST_NOT_FOUND, format!("{name} is a command of clients")),
                false => Fault::new(ErrorCode::REST_ADMIN_REQUIRED, format!("{name} may only be called by an app admin")),
            });
        }
        if body.len() > limits::REQUEST_BYTES {
            return Err(Fault::new(ErrorCode::REST_BAD_REQUEST_LINE, "the body is longer than 1 MiB"));
        }
        if app.settings.rate_limits && row.command.callers.has(Callers::ADMIN) && caller.is_admin() {
            self.count_call(app.id, row.command)?;
        }
        let call = row.parse.parse(body)?;
        Ok(Prepared { name: row.command.name, access: row.access, app: app.clone(), caller, call })
    }

    /// The row of a command; clients of the product know some under other names.
    fn row(&self, name: &str, caller: &Caller) -> Option<&Row> {
        let row = self.table.rows.get(name);
        if row.is_some() || !matches!(caller, Caller::User(_)) {
            return row;
        }
        self.table.rows.get(web_sdk::meant_by(name)?.as_str())
    }

    fn count_call(&self, app: SdkAppId, command: &'static CommandRow) -> Result<(), Fault> {
        let second = self.shared.clock.mono_ms().div_euclid(1000);
        let mut rates = self.rates.lock();
        let window = rates.entry((app, command.name)).or_insert(Window { second, calls: 0 });
        if window.second != second {
            *window = Window { second, calls: 0 };
        }
        window.calls += 1;
        match window.calls > command.calls_per_second {
            true => Err(Fault::of(ErrorCode::REST_RATE_EXCEEDED)),
            false => Ok(()),
        }
    }

    /// Runs a request and waits for its answer: for REST.
    pub(crate) async fn call(&self, prepared: Prepared) -> Answer {
        let (name, (reply, answer)) = (prepared.name, oneshot::channel());
        // The caller may have gone.
        self.submit(prepared, move |answer| drop(reply.send(answer)));
        answer.await.unwrap_or_else(|_| Answer::refused(name, &Fault::of(ErrorCode::MSG_INTERNAL)))
    }

    /// Queues a request; `deliver` gets its answer after the commit, in commit order among writes. Never waits.
    pub(crate) fn submit(&self, prepared: Prepared, deliver: impl FnOnce(Answer) + Send + 'static) {
        let Prepared { name, access, app, caller, call } = prepared;
        let context = self.job_context(app, caller);
        let job = Job { name, call, context, deliver: Box::new(deliver) };
        match access {
            Access::Write => {
                if let Err((reason, job)) = self.db.submit(Box::new(job)) {
                    job.finish(Err(reason));
                }
            }
            Access::Read => {
                let mut job = Box::new(job);
                let read = self.db.submit_read(Box::new(move |tx| {
                    let done = tx.map(|tx| job.run(tx)).map(drop);
                    job.finish(done);
                }));
                if let Err((reason, read)) = read {
                    read(Err(reason));
                }
            }
        }
    }
}

struct Job {
    name: &'static str,
    call: Box<dyn Call>,
    context: JobContext,
    deliver: Box<dyn FnOnce(Answer) + Send>,
}

impl WriteJob for Job {
    fn run(&mut self, tx: &Tx<'_>) -> Verdict {
        self.context.now();
        self.call.run(tx, self.context.get())
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let mut answer = self.call.answer(committed);
        let effects = std::mem::take(&mut answer.effects);
        if answer.code != ErrorCode::OK {
            tracing::debug!(command = self.name, code = answer.code.0, "refused");
        }
        (self.deliver)(answer);
        self.context.publish(effects);
    }
}

struct TaskJob {
    context: JobContext,
    work: Option<Work<'static>>,
    result: Option<Result<Vec<Effect>, StoreError>>,
    then: Box<dyn FnOnce(Result<(), StoreError>) + Send>,
    _hold: Option<Hold>,
}

impl WriteJob for TaskJob {
    fn run(&mut self, tx: &Tx<'_>) -> Verdict {
        let Some(work) = self.work.take() else { return Verdict::Undo };
        self.context.now();
        let result = work(tx, self.context.get());
        let verdict = if result.is_ok() { Verdict::Keep } else { Verdict::Undo };
        self.result = Some(result);
        verdict
    }

    fn finish(self: Box<Self>, committed: Result<(), StoreError>) {
        let this = *self;
        let result = committed.and(this.result.unwrap_or(Err(StoreError::Panicked)));
        if let Err(error) = &result {
            tracing::error!(%error, "what had to be written was not");
        }
        let (done, effects) = match result {
            Ok(effects) => (Ok(()), effects),
            Err(error) => (Err(error), Vec::new()),
        };
        (this.then)(done);
        this.context.publish(effects);
    }
}
