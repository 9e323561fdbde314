//! Who can be reached how: applies the pure machine of `tern_protocol::model::presence` to logins, links that end, and time.
//!
//! Links that live are in memory ([`Presence`]), phones also have a row, which outlives their link and the server. Both change only
//! on the writer thread, so every write sees them in commit order.

use super::group::live_room;
use super::push_outbox::{self, Unheard};
use super::{Audience, Context, Effect, Fault, Person};
use crate::session::{Closing, SessionId};
use crate::store::TinyId;
use crate::store::engine::{StoreError, Tx};
use crate::store::presence::{self as store, DeviceRow, DeviceState, Sight};
use parking_lot::Mutex;
use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use tern_protocol::event::{Event, Kickout, SessionChange, UserStatus};
use tern_protocol::limits;
use tern_protocol::model::presence::{
    Connection, Device, Input, KickType, Login, LoginMode, Moment, PUSH_ONLINE_MS, Person as Machine, Platform, PushLinks, Status,
    displaced,
};
use tern_protocol::{ErrorCode, SdkAppId};
use tokio::sync::Notify;

/// Where the keys of phones that are away begin in the machine; below are the numbers of links.
const AWAY_KEYS: u64 = 1 << 63;

/// Links that are logged in.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    people: Mutex<HashMap<TinyId, Vec<Link>>>,
    push_ready_told: AtomicBool,
    phone_left: Notify,
}

/// A live login.
#[derive(Clone, Debug)]
struct Link {
    session: SessionId,
    platform: Platform,
    mode: LoginMode,
    install: String,
    /// The app of this phone is out of sight.
    background: bool,
}

impl Presence {
    /// Whether a phone's app is in sight: then nothing is pushed to its person.
    pub(crate) fn has_phone_in_sight(&self, user: TinyId) -> bool {
        let people = self.people.lock();
        people.get(&user).is_some_and(|links| links.iter().any(Link::is_phone_in_sight))
    }

    /// Forgets a link whose login was not committed.
    pub(crate) fn forget(&self, user: TinyId, session: SessionId) {
        self.take(user, session);
    }

    /// Says once that jobs wait, until [`Presence::push_pulled`].
    pub(crate) fn push_ready_once(&self) -> bool {
        !self.push_ready_told.swap(true, Ordering::Relaxed)
    }

    /// A bridge pulled: the next job is told again.
    pub(crate) fn push_pulled(&self) {
        self.push_ready_told.store(false, Ordering::Relaxed);
    }

    /// Waits until a phone that was linked is away.
    pub(crate) async fn phone_left(&self) {
        self.phone_left.notified().await;
    }

    fn links(&self, user: TinyId) -> Vec<Link> {
        self.people.lock().get(&user).cloned().unwrap_or_default()
    }

    fn add(&self, user: TinyId, link: Link) {
        let mut people = self.people.lock();
        let links = people.entry(user).or_default();
        // Most people have one link: room for four would be wasted on each.
        links.reserve_exact(1);
        links.push(link);
    }

    fn take(&self, user: TinyId, session: SessionId) -> Option<Link> {
        let mut people = self.people.lock();
        let links = people.get_mut(&user)?;
        let place = links.iter().position(|link| link.session == session)?;
        let link = links.swap_remove(place);
        if links.is_empty() {
            people.remove(&user);
        }
        Some(link)
    }

    fn set_background(&self, user: TinyId, session: SessionId, background: bool) -> bool {
        let mut people = self.people.lock();
        let link = people.get_mut(&user).and_then(|links| links.iter_mut().find(|link| link.session == session));
        link.map(|link| link.background = background).is_some()
    }

    /// A page of people with a live link, by number.
    pub(crate) fn people_after(&self, after: TinyId, limit: usize) -> Vec<TinyId> {
        let people = self.people.lock();
        let mut page: Vec<TinyId> = people.keys().copied().filter(|user| *user > after).collect();
        page.sort_unstable();
        page.truncate(limit);
        page
    }
}

impl Link {
    fn is_phone_in_sight(&self) -> bool {
        self.mode == LoginMode::Interactive && self.platform.stays_push_online() && !self.background
    }

    /// Key of its row; an installation without a name is one per platform.
    fn row_key(&self) -> Option<&str> {
        row_key(self.platform, self.mode, &self.install)
    }
}

fn row_key(platform: Platform, mode: LoginMode, install: &str) -> Option<&str> {
    let keeps_row = mode == LoginMode::Interactive && platform.stays_push_online();
    keeps_row.then_some(if install.is_empty() { platform.name() } else { install })
}

/// A person's devices as the machine sees them, and the rows behind the keys of those that are away.
struct Devices {
    machine: Machine<u64>,
    links: Vec<Link>,
    away: BTreeMap<u64, DeviceRow>,
}

impl Devices {
    fn load(tx: &Tx<'_>, cx: &Context, user: TinyId, now: Moment) -> Result<Self, StoreError> {
        let mut machine = Machine::new(PushLinks::Shown);
        let links = cx.presence.links(user);
        for link in &links {
            let device = Device::restored(link.platform, link.mode, Connection::Linked { heard: now });
            machine.restore(link.session.0, device);
        }
        let mut away = BTreeMap::new();
        for (key, row) in (AWAY_KEYS..).zip(store::devices(tx, user)?) {
            if row.state == DeviceState::Away && now.wall_ms - row.heard_ms < PUSH_ONLINE_MS {
                let connection = Connection::Away { heard_wall_ms: row.heard_ms };
                machine.restore(key, Device::restored(row.platform, LoginMode::Interactive, connection));
                away.insert(key, row);
            }
        }
        Ok(Self { machine, links, away })
    }
}

fn moment(cx: &Context) -> Moment {
    Moment { mono_ms: cx.mono_ms, wall_ms: cx.now_ms }
}

/// Why a login is refused.
pub(crate) fn check_room(cx: &Context, person: &Person) -> Result<(), Fault> {
    let commands = cx.presence.links(person.tiny_id).iter().filter(|link| link.mode == LoginMode::Command).count();
    if person.mode == LoginMode::Command && commands >= limits::COMMAND_SESSIONS {
        let info = format!("{} commands of this account are logged in already", limits::COMMAND_SESSIONS);
        return Err(Fault::new(ErrorCode::ACCOUNT_LOGIN_RATE_LIMITED_SECURITY, info));
    }
    Ok(())
}

/// A person logs in: older links of the same installation end, the policy displaces others, a phone's row is linked.
pub(crate) fn log_in(tx: &Tx<'_>, cx: &Context, person: &Person) -> Result<Vec<Effect>, StoreError> {
    let user = person.tiny_id;
    let now = moment(cx);
    crate::store::account::seen(tx, user, cx.now_seconds())?;
    let mut devices = Devices::load(tx, cx, user, now)?;
    let before = devices.machine.status();
    let mut effects = Vec::new();
    let key = row_key(person.platform, person.mode, &person.install);

    let replaces = |link: &Link| person.mode != LoginMode::Command && link.mode == person.mode && link.install == person.install;
    for link in devices.links.iter().filter(|link| !person.install.is_empty() && replaces(link)) {
        devices.machine.apply(link.session.0, Input::LogOut, now);
        cx.presence.take(user, link.session);
        effects.push(Effect::Close { session: link.session, why: Closing::Replaced });
        effects.extend(live_room::link_ended(tx, cx, user, link.session, false)?);
        effects.push(session_change(user, link, false));
    }
    let own_row = devices.away.iter().find(|(_, row)| Some(row.install.as_str()) == key).map(|(key, _)| *key);
    if let Some(own_row) = own_row {
        devices.machine.apply(own_row, Input::LogOut, now);
        devices.away.remove(&own_row);
    }
    if person.mode == LoginMode::Interactive {
        displace(tx, cx, person, &mut devices, &mut effects)?;
    }

    if let Some(install) = key {
        store::link(tx, user, install, person.platform, person.session.0, cx.now_ms)?;
    }
    devices.machine.log_in(person.session.0, person.platform, person.mode, now);
    let link = Link {
        session: person.session,
        platform: person.platform,
        mode: person.mode,
        install: person.install.clone(),
        background: false,
    };
    effects.push(Effect::Tell {
        audience: Audience::User(user),
        event: Box::new(Event::Session(change(&link, true))),
        except: Some(person.session),
    });
    if person.mode == LoginMode::Push {
        // An agent is silent while the person sits somewhere: it must know of those who came before it.
        let told = |other: &Link| Effect::tell(Audience::Session(person.session), Event::Session(change(other, true)));
        effects.extend(cx.presence.links(user).iter().map(told));
    }
    let in_sight = link.is_phone_in_sight();
    cx.presence.add(user, link);
    if person.mode == LoginMode::Interactive && store::standing(tx, user)?.logged_out {
        store::set_logged_out(tx, user, false)?;
    }
    effects.extend(tell_status(cx, person, before, devices.machine.status(), OFFLINE));
    if in_sight {
        effects.extend(push_outbox::cancel_all(tx, cx, user, person.user_id.as_str(), "Online")?);
    }
    Ok(effects)
}

/// The policy's table decides who goes; phones that are away count as logged in.
fn displace(
    tx: &Tx<'_>,
    cx: &Context,
    person: &Person,
    devices: &mut Devices,
    effects: &mut Vec<Effect>,
) -> Result<(), StoreError> {
    let now = moment(cx);
    let others: Vec<Login<u64>> = devices
        .machine
        .devices()
        .filter(|(_, device)| device.mode() == LoginMode::Interactive)
        .map(|(key, device)| {
            let order = devices.away.get(&key).map_or(key, |row| row.session);
            Login { key, platform: device.platform(), order }
        })
        .collect();
    let settings = &cx.app.settings;
    for (key, kick) in displaced(settings.login_policy, settings.instances, &others, person.platform) {
        devices.machine.apply(key, Input::Kicked, now);
        if let Some(row) = devices.away.remove(&key) {
            store::set_state(tx, person.tiny_id, &row.install, DeviceState::Gone, row.heard_ms)?;
            continue;
        }
        if let Some(link) = cx.presence.take(person.tiny_id, SessionId(key)) {
            if let Some(install) = link.row_key() {
                store::set_state(tx, person.tiny_id, install, DeviceState::Gone, cx.now_ms)?;
            }
            let kickout = kickout(kick, person);
            effects.push(Effect::Close { session: link.session, why: Closing::Kicked(Box::new(kickout)) });
            effects.extend(live_room::link_ended(tx, cx, person.tiny_id, link.session, false)?);
            effects.push(session_change(person.tiny_id, &link, false));
        }
    }
    Ok(())
}

fn kickout(kick: KickType, by: &Person) -> Kickout {
    Kickout { kick_type: kick.number(), platform: by.platform.name().to_owned(), inst_id: by.session.0 }
}

/// How a link ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It was closed properly; what was carried out up to this number of change was handed to it before.
    Closed {
        /// See `Db::answered_rev`.
        answered_rev: i64,
    },
    /// It broke, or went silent: nothing sent after it was last heard is known to have arrived.
    Lost {
        /// The silence was too long.
        timed_out: bool,
    },
    /// The person logged out.
    LoggedOut,
    /// The backend forced it off.
    Kicked,
}

/// A person's link ended. `heard_ms`: Unix milliseconds at which it was last heard. A link that is known no more changes nothing:
/// it was displaced or replaced.
pub(crate) fn log_out(tx: &Tx<'_>, cx: &Context, person: &Person, ended: Ended, heard_ms: i64) -> Result<Vec<Effect>, StoreError> {
    crate::store::account::seen(tx, person.tiny_id, heard_ms.div_euclid(1000))?;
    let user = person.tiny_id;
    let now = moment(cx);
    let mut devices = Devices::load(tx, cx, user, now)?;
    let before = devices.machine.status();
    let Some(link) = cx.presence.take(user, person.session) else { return Ok(Vec::new()) };
    let input = match ended {
        Ended::Closed { .. } | Ended::Lost { .. } => Input::LinkClosed,
        Ended::LoggedOut => Input::LogOut,
        Ended::Kicked => Input::Kicked,
    };
    devices.machine.apply(link.session.0, input, now);
    let mut effects = Vec::new();
    if let Some(install) = link.row_key() {
        let unheard = match ended {
            Ended::Closed { answered_rev } => Some(Unheard::AfterRev(answered_rev)),
            Ended::Lost { .. } => Some(Unheard::SinceMs(heard_ms)),
            Ended::LoggedOut | Ended::Kicked => None,
        };
        match unheard {
            Some(unheard) => {
                store::set_state(tx, user, install, DeviceState::Away, heard_ms)?;
                cx.presence.phone_left.notify_one();
                effects.extend(push_outbox::note_unheard(tx, cx, user, unheard)?);
            }
            None if ended == Ended::LoggedOut => store::forget(tx, user, install)?,
            None => store::set_state(tx, user, install, DeviceState::Gone, heard_ms)?,
        }
    }
    effects.extend(live_room::link_ended(tx, cx, user, link.session, matches!(ended, Ended::Lost { .. }))?);
    effects.push(session_change(user, &link, false));
    let after = devices.machine.status();
    let logs_out = ended == Ended::LoggedOut && link.mode == LoginMode::Interactive && after == Status::Offline;
    if logs_out {
        store::set_logged_out(tx, user, true)?;
    }
    effects.extend(tell_status(cx, person, before, after, if logs_out { LOGGED_OUT } else { OFFLINE }));
    Ok(effects)
}

/// The backend forces a person off: phones that are away too.
pub(crate) fn kick_all(tx: &Tx<'_>, cx: &Context, user: TinyId, user_id: &str) -> Result<Vec<Effect>, StoreError> {
    let now = moment(cx);
    let devices = Devices::load(tx, cx, user, now)?;
    let before = devices.machine.status();
    let kickout = Kickout { kick_type: KickType::RestApi.number(), platform: String::new(), inst_id: 0 };
    let mut effects = Vec::new();
    for link in devices.links {
        cx.presence.take(user, link.session);
        effects.push(Effect::Close { session: link.session, why: Closing::Kicked(Box::new(kickout.clone())) });
        effects.extend(live_room::link_ended(tx, cx, user, link.session, false)?);
    }
    for row in store::devices(tx, user)? {
        store::set_state(tx, user, &row.install, DeviceState::Gone, row.heard_ms)?;
    }
    if before != Status::Offline {
        effects.push(status_for_bridges(cx.app.id, user_id, Status::Offline));
    }
    if before == Status::Online {
        effects.push(status_for_watchers(user, user_id, OFFLINE));
    }
    effects.extend(push_outbox::cancel_all(tx, cx, user, user_id, "Gone")?);
    Ok(effects)
}

/// The app of a phone went out of sight or came back.
pub(crate) fn set_sight(tx: &Tx<'_>, cx: &Context, person: &Person, sight: Sight) -> Result<Vec<Effect>, StoreError> {
    let Some(install) = row_key(person.platform, person.mode, &person.install) else { return Ok(Vec::new()) };
    let background = sight != Sight::Seen;
    store::set_sight(tx, person.tiny_id, install, sight)?;
    let known = cx.presence.set_background(person.tiny_id, person.session, background);
    match known && !background {
        true => push_outbox::cancel_all(tx, cx, person.tiny_id, person.user_id.as_str(), "Online"),
        false => Ok(Vec::new()),
    }
}

/// Registers where a phone's pushes go. Sessions of other devices have no token: `false`.
pub(crate) fn set_token(tx: &Tx<'_>, cx: &Context, person: &Person, cert_id: i64, token: &str) -> Result<bool, StoreError> {
    let Some(install) = row_key(person.platform, person.mode, &person.install) else { return Ok(false) };
    store::set_token(tx, person.tiny_id, install, cert_id, token, cx.now_ms)?;
    Ok(true)
}

/// At start: no link has survived. What was sent to phones after they were last heard is queued for push.
pub(crate) fn recover(tx: &Tx<'_>, cx: &Context) -> Result<(), StoreError> {
    for row in store::linked(tx)? {
        store::set_state(tx, row.tiny_id, &row.install, DeviceState::Away, row.heard_ms)?;
        push_outbox::note_unheard(tx, cx, row.tiny_id, Unheard::SinceMs(row.heard_ms))?;
    }
    Ok(())
}

/// Phones that have been away for 7 days are reachable no more; as many as one transaction should handle.
pub(crate) fn expire(tx: &Tx<'_>, cx: &Context) -> Result<Vec<Effect>, StoreError> {
    const AT_ONCE: i64 = 1_000;
    let mut effects = Vec::new();
    for row in store::away_since(tx, cx.now_ms - PUSH_ONLINE_MS, AT_ONCE)? {
        let before = Status::PushOnline;
        store::set_state(tx, row.tiny_id, &row.install, DeviceState::Gone, row.heard_ms)?;
        let after = Devices::load(tx, cx, row.tiny_id, moment(cx))?.machine.status();
        if after < before
            && let Some((app, user_id)) = crate::store::account::name_of(tx, row.tiny_id)?
        {
            effects.push(status_for_bridges(app, &user_id, after));
        }
    }
    Ok(effects)
}

/// `Status` of the event `UserStatusList`.
const ONLINE: i64 = 1;
/// Was online; a phone may still ring.
const OFFLINE: i64 = 2;
/// Logged out, or never logged in.
const LOGGED_OUT: i64 = 3;

/// Tells bridges of a change, and who watches when it concerns them; `away`: the number of a person who is not online.
fn tell_status(cx: &Context, person: &Person, before: Status, after: Status, away: i64) -> Vec<Effect> {
    if before == after {
        return Vec::new();
    }
    let mut effects = vec![status_for_bridges(cx.app.id, person.user_id.as_str(), after)];
    if before == Status::Online || after == Status::Online {
        let number = if after == Status::Online { ONLINE } else { away };
        effects.push(status_for_watchers(person.tiny_id, person.user_id.as_str(), number));
    }
    effects
}

fn status_for_watchers(user: TinyId, user_id: &str, status: i64) -> Effect {
    let event = UserStatus { to_account: user_id.to_owned(), status, custom_status: None };
    Effect::tell(Audience::Watchers(user), Event::UserStatus(event))
}

/// The number that clients know a state by.
pub(crate) fn number(status: Status, logged_out: bool) -> i64 {
    match (status, logged_out) {
        (Status::Online, _) => ONLINE,
        // A phone that still rings did not log out.
        (Status::PushOnline, _) | (_, false) => OFFLINE,
        (Status::Offline, true) => LOGGED_OUT,
    }
}

fn status_for_bridges(app: SdkAppId, user_id: &str, status: Status) -> Effect {
    use tern_protocol::api::push::PushPresenceItem;
    let item = PushPresenceItem { sdk_app_id: app.0, to_account: user_id.to_owned(), status: status.as_str().to_owned() };
    Effect::tell(Audience::Bridges(app), Event::PushPresence(item))
}

fn session_change(user: TinyId, link: &Link, online: bool) -> Effect {
    Effect::tell(Audience::User(user), Event::Session(change(link, online)))
}

fn change(link: &Link, online: bool) -> SessionChange {
    SessionChange {
        inst_id: link.session.0,
        platform: link.platform.name().to_owned(),
        mode: link.mode.name().to_owned(),
        online: i64::from(online),
    }
}

/// A person's state, and that of each platform that is not offline, as REST names them.
pub(crate) fn status(tx: &Tx<'_>, cx: &Context, user: TinyId) -> Result<(Status, BTreeMap<&'static str, Status>), StoreError> {
    let devices = Devices::load(tx, cx, user, moment(cx))?;
    Ok((devices.machine.status(), devices.machine.by_platform()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::service::Caller;
    use crate::service::bench::Bench;
    use tern_protocol::model::presence::Platform::{Android, Linux, Web, Windows};

    fn kicked(effects: &[Effect]) -> Vec<(u64, i64)> {
        let kick = |effect: &Effect| match effect {
            Effect::Close { session, why: Closing::Kicked(kickout) } => Some((session.0, kickout.kick_type)),
            _ => None,
        };
        effects.iter().filter_map(kick).collect()
    }

    fn replaced(effects: &[Effect]) -> usize {
        effects.iter().filter(|effect| matches!(effect, Effect::Close { why: Closing::Replaced, .. })).count()
    }

    fn session(caller: &Caller) -> u64 {
        caller.session().unwrap().0
    }

    async fn status_of(bench: &Bench, caller: &Caller) -> Status {
        let user = caller.person().unwrap().tiny_id;
        bench.run(&Caller::Server, move |tx, cx| status(tx, cx, user)).await.unwrap().0
    }

    #[tokio::test]
    async fn a_login_of_the_same_class_kicks_the_earliest_and_the_web_stays() {
        let bench = Bench::start();
        let (home, _) = bench.log_in_as("ann", Linux, LoginMode::Interactive, "home").await;
        let (_page, effects) = bench.log_in_as("ann", Web, LoginMode::Interactive, "page").await;
        assert_eq!(kicked(&effects), []);
        let (office, effects) = bench.log_in_as("ann", Linux, LoginMode::Interactive, "office").await;
        assert_eq!(kicked(&effects), [(session(&home), 1)]);
        let (_phone, effects) = bench.log_in_as("ann", Android, LoginMode::Interactive, "phone").await;
        assert_eq!(kicked(&effects), [(session(&office), 2)]);
    }

    #[tokio::test]
    async fn the_same_install_replaces_its_link_and_commands_and_agents_displace_nobody() {
        let bench = Bench::start();
        let (_old, _) = bench.log_in_as("ann", Linux, LoginMode::Interactive, "home").await;
        let (new, effects) = bench.log_in_as("ann", Linux, LoginMode::Interactive, "home").await;
        assert_eq!((kicked(&effects).len(), replaced(&effects)), (0, 1));
        for mode in [LoginMode::Command, LoginMode::Command, LoginMode::Push] {
            let (_side, effects) = bench.log_in_as("ann", Linux, mode, "home").await;
            assert_eq!((kicked(&effects).len(), replaced(&effects)), (0, 0), "{mode:?}");
        }
        bench.close(&new).await;
        assert_eq!(status_of(&bench, &new).await, Status::PushOnline, "the agent's link lives");
    }

    #[tokio::test]
    async fn a_ninth_command_is_refused() {
        let bench = Bench::start();
        for _ in 0..limits::COMMAND_SESSIONS {
            bench.log_in_as("ann", Linux, LoginMode::Command, "home").await;
        }
        let (other, _) = bench.log_in_as("ann", Linux, LoginMode::Interactive, "home").await;
        let ninth = Person { mode: LoginMode::Command, ..(**other.person().unwrap()).clone() };
        let refused = bench.run(&other, move |_, cx| Ok::<_, StoreError>(check_room(cx, &ninth))).await.unwrap();
        assert_eq!(refused.unwrap_err().code, ErrorCode::ACCOUNT_LOGIN_RATE_LIMITED_SECURITY);
    }

    #[tokio::test]
    async fn a_phone_is_reachable_by_push_until_seven_days_after_it_was_heard() {
        let bench = Bench::start();
        let phone = bench.phone("ann").await;
        assert_eq!(status_of(&bench, &phone).await, Status::Online);
        bench.close(&phone).await;
        assert_eq!(status_of(&bench, &phone).await, Status::PushOnline);
        bench.pass_ms(PUSH_ONLINE_MS - 1);
        assert!(bench.run(&Caller::Server, expire).await.unwrap().is_empty());
        assert_eq!(status_of(&bench, &phone).await, Status::PushOnline);
        bench.pass_ms(1);
        assert_eq!(bench.run(&Caller::Server, expire).await.unwrap().len(), 1, "bridges are told");
        assert_eq!(status_of(&bench, &phone).await, Status::Offline);
    }

    #[tokio::test]
    async fn a_computer_that_logs_in_displaces_a_phone_that_is_away() {
        let bench = Bench::start();
        let phone = bench.phone("ann").await;
        bench.close(&phone).await;
        let (computer, _) = bench.log_in_as("ann", Windows, LoginMode::Interactive, "home").await;
        bench.close(&computer).await;
        assert_eq!(status_of(&bench, &phone).await, Status::Offline);
    }

    #[tokio::test]
    async fn a_logout_and_a_kick_leave_a_phone_offline_and_a_restart_leaves_it_away() {
        let bench = Bench::start();
        let phone = bench.phone("ann").await;
        bench.end(&phone, Ended::LoggedOut, bench.now_ms()).await;
        assert_eq!(status_of(&bench, &phone).await, Status::Offline);

        let bob = bench.phone("bob").await;
        let user = bob.person().unwrap().tiny_id;
        // The server ended without hearing of it.
        let link = SessionId(session(&bob));
        bench
            .run(&bob, move |_, cx| {
                cx.presence.forget(user, link);
                Ok::<_, StoreError>(())
            })
            .await
            .unwrap();
        bench.run(&Caller::Server, recover).await.unwrap();
        let status = bench.run(&Caller::Server, move |tx, cx| status(tx, cx, user)).await.unwrap();
        assert_eq!((status.0, status.1.get("iPhone")), (Status::PushOnline, Some(&Status::PushOnline)));
        bench.run(&Caller::Server, move |tx, cx| kick_all(tx, cx, user, "bob")).await.unwrap();
        assert_eq!(bench.run(&Caller::Server, move |tx, cx| super::status(tx, cx, user)).await.unwrap().0, Status::Offline);
    }
}
