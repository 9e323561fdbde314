//! A database with an application, people and a time of its own: what tests of the rules run over.

use super::group::live_room::Rooms;
use super::presence::{self, Ended, Presence};
use super::{Admin, AreaError, Bridge, Caller, Context, Effect, Outcome, Person, Random, account};
use crate::application::{AppSettings, Application, Features};
use crate::media::Depot;
use crate::media::files::Files;
use crate::media::link::Links;
use crate::session::SessionId;
use crate::store::MIGRATIONS;
use crate::store::engine::{Db, Folder, SecondPass, StoreError, Tx};
use crate::store::search::SEARCH;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use tern_protocol::limits::Edition;
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::{SdkAppId, UserId};

/// Unix milliseconds at which every bench begins.
pub(crate) const START_MS: i64 = 1_700_000_000_000;

pub(crate) struct Bench {
    db: Db,
    pub(crate) app: Arc<Application>,
    presence: Arc<Presence>,
    rooms: Arc<Rooms>,
    random: Random,
    now_ms: AtomicI64,
    next_session: AtomicU64,
    depot: Arc<Depot>,
}

impl Bench {
    pub(crate) fn start() -> Self {
        Self::with(AppSettings { features: Features::all_paid(), ..AppSettings::default() })
    }

    /// Without an index of messages: nothing runs beside what is measured.
    pub(crate) fn unfollowed() -> Self {
        Self::over(AppSettings { features: Features::all_paid(), group_messages_per_second: 0, ..AppSettings::default() }, None)
    }

    pub(crate) fn with(settings: AppSettings) -> Self {
        Self::over(settings, Some(SEARCH))
    }

    fn over(settings: AppSettings, second: Option<SecondPass>) -> Self {
        let (db, finisher) = Db::open(Folder::ephemeral().unwrap(), MIGRATIONS, second).unwrap();
        tokio::spawn(finisher.run());
        let app = Application { id: SdkAppId(1_400_000_001), name: "x".into(), edition: Edition::Premium, created_at: 0, settings };
        Self {
            db,
            app: Arc::new(app),
            presence: Arc::default(),
            rooms: Arc::default(),
            random: Random::seeded(1),
            now_ms: AtomicI64::new(START_MS),
            next_session: AtomicU64::new(0),
            // No byte is ever uploaded here.
            depot: Arc::new(Depot {
                links: Links::new("http://h".into(), b"key"),
                files: Files::of(std::path::Path::new("/nowhere"), 0),
            }),
        }
    }

    pub(crate) fn pass_ms(&self, ms: i64) {
        self.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    pub(crate) fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    /// Runs something in a transaction, as the dispatcher does.
    pub(crate) async fn run<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        caller: &Caller,
        work: impl FnOnce(&Tx<'_>, &Context) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let now_ms = self.now_ms();
        let cx = Context {
            app: self.app.clone(),
            caller: caller.clone(),
            now_ms,
            mono_ms: now_ms - START_MS,
            presence: self.presence.clone(),
            random: self.random.clone(),
            frequency: Arc::default(),
            rates: Arc::default(),
            rooms: self.rooms.clone(),
            audience: Arc::default(),
            depot: self.depot.clone(),
        };
        self.db.write(move |tx| work(tx, &cx)).await
    }

    /// Calls a command with a body as it comes over the wire.
    pub(crate) async fn call<R, A, E>(
        &self,
        caller: &Caller,
        handler: fn(&Tx<'_>, &Context, R) -> Result<Outcome<A>, E>,
        body: serde_json::Value,
    ) -> Result<Outcome<A>, E>
    where
        R: serde::de::DeserializeOwned + Send + 'static,
        A: Send + 'static,
        E: AreaError,
    {
        let request: R = serde_json::from_str(&body.to_string()).unwrap();
        self.run(caller, move |tx, cx| handler(tx, cx, request)).await
    }

    pub(crate) fn admin(&self) -> Caller {
        Caller::Admin(Arc::new(Admin { user_id: UserId::parse("administrator").unwrap() }))
    }

    pub(crate) fn bridge(&self) -> Caller {
        Caller::Bridge(Arc::new(Bridge { session: SessionId(u64::MAX), apps: None }))
    }

    /// Logs somebody in; what the login causes comes back too.
    pub(crate) async fn log_in_as(&self, name: &str, platform: Platform, mode: LoginMode, install: &str) -> (Caller, Vec<Effect>) {
        let session = SessionId(self.next_session.fetch_add(1, Ordering::Relaxed) + 1);
        let (user_id, install) = (UserId::parse(name).unwrap(), install.to_owned());
        let done = self.run(&Caller::Server, move |tx, cx| {
            let account = account::ensure(tx, &cx.app, &user_id, cx.now_seconds()).map_err(|error| error.to_string())?;
            let person = Person { user_id, tiny_id: account.tiny_id, session, platform, mode, install };
            presence::check_room(cx, &person).map_err(|fault| fault.info.into_owned())?;
            let effects = presence::log_in(tx, cx, &person).map_err(|error| error.to_string())?;
            Ok::<_, Told>((Caller::User(Arc::new(person)), effects))
        });
        done.await.unwrap()
    }

    /// Logs somebody in at a computer.
    pub(crate) async fn log_in(&self, name: &str) -> Caller {
        self.log_in_as(name, Platform::Linux, LoginMode::Interactive, name).await.0
    }

    /// Logs somebody in on a phone that has a token.
    pub(crate) async fn phone(&self, name: &str) -> Caller {
        let (phone, _) = self.log_in_as(name, Platform::IPhone, LoginMode::Interactive, "phone").await;
        let token = serde_json::json!({"CertId": 7, "Token": format!("token of {name}")});
        self.call(&phone, super::push_outbox::set_token, token).await.unwrap();
        phone
    }

    /// Ends a link.
    pub(crate) async fn end(&self, caller: &Caller, ended: Ended, heard_ms: i64) -> Vec<Effect> {
        let person = caller.person().unwrap().clone();
        self.run(caller, move |tx, cx| presence::log_out(tx, cx, &person, ended, heard_ms)).await.unwrap()
    }

    /// A phone's link is closed now.
    pub(crate) async fn close(&self, caller: &Caller) -> Vec<Effect> {
        let answered_rev = self.db.answered_rev();
        self.end(caller, Ended::Closed { answered_rev }, self.now_ms()).await
    }
}

/// A sentence, of whatever went wrong.
#[derive(Debug)]
pub(crate) struct Told(#[expect(dead_code, reason = "shown by Debug")] String);

impl From<String> for Told {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl From<StoreError> for Told {
    fn from(error: StoreError) -> Self {
        Self(error.to_string())
    }
}
