//! The demo's phones: registered with the server, away, and reached by the sandbox gateways. What they get goes to the panel, and
//! wakes the scripted people whose phone it is.

use super::DemoError;
use super::stage::{Guest, Stage};
use super::world::World;
use futures_util::future::try_join_all;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;
use tern_daemon::sandbox::{Pushed, Sandbox};
use tern_protocol::api::command;
use tern_protocol::api::push::SetToken;
use tern_protocol::client::{CallError, Session};
use tern_protocol::clock::{Clock, sleep};
use tern_protocol::model::presence::{LoginMode, Platform};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Certificates of the sandbox's bridge settings.
const APNS_CERT_ID: i64 = 1;
const FCM_CERT_ID: i64 = 2;
/// Pushes of one message to several phones arrive within this time and are shown as one.
const TOGETHER_MS: i64 = 150;

/// A phone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Device {
    pub(crate) owner: String,
    /// As the panel calls it.
    pub(crate) label: String,
    pub(crate) platform: Platform,
    cert_id: i64,
    token: String,
}

impl Device {
    fn new(owner: &str, label: String, platform: Platform) -> Self {
        let half = |part: u8| Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{owner} {label} {part}").as_bytes()).simple().to_string();
        let (cert_id, token) = match platform {
            Platform::Android => (FCM_CERT_ID, format!("demo-{owner}-{}", half(0))),
            _ => (APNS_CERT_ID, half(0) + &half(1)),
        };
        Self { owner: owner.to_owned(), label, platform, cert_id, token }
    }
}

/// The phones of the demo's user, and of the scripted people who are away.
pub(crate) fn devices(world: &World) -> Vec<Device> {
    let me = world.me.id.as_str();
    let own = [Device::new(me, "iPhone".into(), Platform::IPhone), Device::new(me, "Android".into(), Platform::Android)];
    let away = world.people.iter().filter(|person| person.away).map(|person| {
        let first = person.nick.split(' ').next().unwrap_or(&person.nick);
        Device::new(&person.id, format!("{first}'s {}", person.device.name()), person.device)
    });
    own.into_iter().chain(away).collect()
}

/// Registers a phone's token from a session of that phone.
pub(crate) async fn register(session: &Session, device: &Device) -> Result<(), CallError> {
    let request = SetToken { cert_id: device.cert_id, token: device.token.clone() };
    session.call::<command::SetToken>(&request).await?;
    Ok(())
}

/// Each phone logs in, registers, and is put into a pocket: its link ends without a logout.
pub(crate) async fn put_away(stage: &Stage, devices: &[Device]) -> Result<(), DemoError> {
    try_join_all(devices.iter().map(|device| async move {
        let guest = Guest { user: &device.owner, platform: device.platform, mode: LoginMode::Interactive, catch_up: None };
        let (session, events) = stage.start(guest)?;
        drop(events);
        stage.online(&device.owner, &session).await?;
        let what = format!("the push token of {}", device.label);
        register(&session, device).await.map_err(|error| DemoError::Populate { what, error })?;
        session.close().await;
        Ok::<_, DemoError>(())
    }))
    .await?;
    Ok(())
}

/// A push as a phone shows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    /// Unix milliseconds.
    pub(crate) time_ms: i64,
    /// Phones that got it.
    pub(crate) phones: Vec<String>,
    pub(crate) title: String,
    pub(crate) body: String,
    /// Badge, channel, sound and the like, as `word value`.
    pub(crate) facts: Vec<String>,
    /// What was sent: for which phone over which gateway, and the payload.
    pub(crate) payloads: Vec<(String, Value)>,
}

impl Shown {
    fn new(pushed: &Pushed, label: &str) -> Self {
        let (title, body) = pushed.shown();
        Self {
            time_ms: pushed.time_ms,
            phones: vec![label.to_owned()],
            title: title.to_owned(),
            body: body.to_owned(),
            facts: facts(pushed),
            payloads: vec![(format!("{label}, {}", gateway_name(pushed)), pushed.payload.clone())],
        }
    }

    /// The same message on another phone.
    fn join(&mut self, other: Self) {
        self.phones.extend(other.phones);
        for fact in other.facts {
            if !self.facts.contains(&fact) {
                self.facts.push(fact);
            }
        }
        self.payloads.extend(other.payloads);
        if self.title.is_empty() {
            (self.title, self.body) = (other.title, other.body);
        }
    }

    /// Whether `other` tells of the same message: providers split speaker and text differently.
    fn is_same_message(&self, other: &Self) -> bool {
        let (a, b) = (self.body.as_str(), other.body.as_str());
        a == b || a.ends_with(&format!(": {b}")) || b.ends_with(&format!(": {a}"))
    }

    /// Time of day, as the panel shows it.
    pub(crate) fn clock_text(&self, zone: &TimeZone) -> String {
        let time = Timestamp::from_millisecond(self.time_ms).map(|time| time.to_zoned(zone.clone()));
        time.map(|time| time.strftime("%H:%M:%S").to_string()).unwrap_or_default()
    }
}

fn gateway_name(pushed: &Pushed) -> &'static str {
    if pushed.gateway == "apns" { "APNs" } else { "FCM" }
}

/// What else a phone would do with it.
fn facts(pushed: &Pushed) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let payload = &pushed.payload;
    let named: &[(&str, &Value)] = match pushed.gateway {
        "apns" => {
            let aps = &payload["aps"];
            &[
                ("APNs badge", &aps["badge"]),
                ("subtitle", &aps["alert"]["subtitle"]),
                ("sound", &aps["sound"]),
                ("level", &aps["interruption-level"]),
            ]
        }
        _ => {
            let android = &payload["android"]["notification"];
            &[("FCM channel", &android["channel_id"]), ("sound", &android["sound"]), ("count", &android["notification_count"])]
        }
    };
    let gateway = gateway_name(pushed);
    let found: Vec<String> = named.iter().filter_map(|(name, value)| text(value).map(|value| format!("{name} {value}"))).collect();
    if found.iter().any(|fact| fact.starts_with(gateway)) {
        found
    } else {
        std::iter::once(gateway.to_owned()).chain(found).collect()
    }
}

/// Pushes that arrived together, the same message once.
fn gather(pushed: &[Pushed], devices: &[Device]) -> Vec<Shown> {
    let mut all: Vec<Shown> = Vec::new();
    for push in pushed {
        let label = devices.iter().find(|device| device.token == push.token).map_or(push.token.as_str(), |device| &device.label);
        let shown = Shown::new(push, label);
        match all.iter_mut().find(|other| other.is_same_message(&shown)) {
            Some(same) => same.join(shown),
            None => all.push(shown),
        }
    }
    all
}

/// What the watcher knows of the world.
#[derive(Clone, Debug)]
pub(crate) struct Watched {
    me: String,
    /// As pushes name groups: `(name)` behind the speaker.
    groups: Vec<String>,
}

impl Watched {
    pub(crate) fn new(world: &World) -> Self {
        Self { me: world.me.id.clone(), groups: world.groups.iter().map(|group| format!("({})", group.name)).collect() }
    }

    fn is_of_group(&self, push: &Pushed) -> bool {
        let (title, body) = push.shown();
        self.groups
            .iter()
            .any(|group| title.contains(group) || body.split(": ").next().is_some_and(|speaker| speaker.ends_with(group)))
    }
}

/// Watches the gateways until `stop`: to `panel` what phones show, to `buzzes` whose phone it was.
pub(crate) async fn watch(
    sandbox: Sandbox,
    devices: Vec<Device>,
    watched: Watched,
    clock: std::sync::Arc<dyn Clock>,
    panel: mpsc::Sender<Shown>,
    buzzes: mpsc::Sender<String>,
    stop: CancellationToken,
) {
    let mut taken = sandbox.taken();
    let mut told = *taken.borrow_and_update();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            changed = taken.changed() => if changed.is_err() { return },
        }
        sleep(clock.as_ref(), TOGETHER_MS).await;
        let count = *taken.borrow_and_update();
        let deliveries = sandbox.deliveries();
        let new = usize::try_from(count.saturating_sub(told)).unwrap_or(usize::MAX).min(deliveries.len());
        told = count;
        let new = &deliveries[deliveries.len() - new..];
        let mut own = Vec::new();
        for push in new {
            let owner = devices.iter().find(|device| device.token == push.token).map(|device| &device.owner);
            match owner.filter(|owner| **owner != watched.me) {
                None => own.push(push.clone()),
                // The others do not look at each buzz of a group, and the panel would tell everything twice.
                Some(_) if watched.is_of_group(push) => {}
                Some(owner) => {
                    own.push(push.clone());
                    if buzzes.send(owner.clone()).await.is_err() {
                        return;
                    }
                }
            }
        }
        for shown in gather(&own, &devices) {
            if panel.send(shown).await.is_err() {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn pushed(gateway: &'static str, token: &str, payload: Value) -> Pushed {
        Pushed {
            gateway,
            token: token.to_owned(),
            payload,
            headers: BTreeMap::new(),
            id: String::new(),
            time_ms: 1_795_521_600_000,
        }
    }

    #[test]
    fn the_demos_user_has_two_phones_and_who_is_away_has_one() {
        let devices = devices(&World::load().unwrap());
        let labels: Vec<&str> = devices.iter().map(|device| device.label.as_str()).collect();
        assert_eq!(labels, ["iPhone", "Android", "田中ゆき's iPhone", "Oma's Android"]);
        assert!(devices[0].token.len() == 64 && devices[0].token.bytes().all(|byte| byte.is_ascii_hexdigit()));
        assert_ne!(devices[0].token, devices[2].token);
    }

    #[test]
    fn one_message_on_two_phones_is_one_entry() {
        let devices = devices(&World::load().unwrap());
        let apns = pushed("apns", &devices[0].token, json!({"aps": {"alert": "Mira: hi", "badge": 3, "sound": "default"}}));
        let fcm = pushed(
            "fcm",
            &devices[1].token,
            json!({"notification": {"title": "Mira", "body": "hi"}, "android": {"notification": {"channel_id": "work"}}}),
        );
        let other = pushed("apns", "unknown", json!({"aps": {"alert": {"title": "T", "body": "else"}}}));
        let shown = gather(&[apns, fcm, other], &devices);
        assert_eq!(shown.len(), 2);
        assert_eq!(shown[0].phones, ["iPhone", "Android"]);
        assert_eq!((shown[0].title.as_str(), shown[0].body.as_str()), ("Mira", "hi"));
        assert_eq!(shown[0].facts, ["APNs badge 3", "sound default", "FCM channel work"]);
        assert_eq!(shown[0].payloads.len(), 2);
        assert_eq!((shown[1].phones[0].as_str(), shown[1].facts[0].as_str()), ("unknown", "APNs"));
        assert_eq!(shown[0].clock_text(&TimeZone::UTC).len(), 8);
    }
}
