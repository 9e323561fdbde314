//! A bridge between a server's outbox and the gateways: what arrives on phones, and what the server is told.

use crate::config::{BridgeConfig, Credential, GuardConfig};
use crate::run::{Running, start_bridge};
use crate::sandbox::{Fault, Sandbox, SandboxConfig};
use axum::{
    Router,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    response::Response,
    routing::get,
};
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::{collections::BTreeSet, collections::VecDeque, net::SocketAddr, sync::Arc, time::Duration};
use tern_protocol::clock::VirtualClock;
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

const NOW: i64 = 1_700_000_000_000;
const LIMIT: Duration = Duration::from_secs(10);

/// An outbox that says what it is asked, and notes what it is told.
#[derive(Default)]
struct Outbox {
    jobs: VecDeque<Value>,
    acked: Vec<String>,
    reports: Vec<Value>,
    asked: Vec<Value>,
    /// The answer of `tern_push.state` for everything.
    state: Option<String>,
    /// The link ends instead of an answer to this command.
    cut_at: Option<&'static str>,
    logins: u32,
}

#[derive(Clone)]
struct Server {
    outbox: Arc<Mutex<Outbox>>,
    events: broadcast::Sender<String>,
    address: SocketAddr,
}

async fn server() -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let server = Server { outbox: Arc::default(), events: broadcast::channel(64).0, address: listener.local_addr().unwrap() };
    let app = Router::new().route("/ws", get(upgrade)).with_state(server.clone());
    tokio::spawn(axum::serve(listener, app).into_future());
    server
}

async fn upgrade(State(server): State<Server>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(|socket| serve(server, socket))
}

async fn serve(server: Server, mut socket: WebSocket) {
    let mut events = server.events.subscribe();
    loop {
        let frame = tokio::select! {
            Some(Ok(Message::Text(text))) = socket.recv() => match server.answer(&text) {
                Some(answer) => answer,
                None => return,
            },
            Ok(event) = events.recv() => match event.as_str() {
                "end" => return,
                _ => event,
            },
            else => return,
        };
        if socket.send(Message::Text(frame.into())).await.is_err() {
            return;
        }
    }
}

impl Server {
    fn answer(&self, text: &str) -> Option<String> {
        let frame: Value = serde_json::from_str(text).unwrap();
        let (command, body) = (frame["head"]["servcmd"].as_str().unwrap().to_owned(), &frame["body"]);
        let mut outbox = self.outbox.lock();
        if outbox.cut_at.is_some_and(|cut_at| cut_at == command) {
            outbox.cut_at = None;
            return None;
        }
        let strings =
            |value: &Value| value.as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let mut answer = match command.as_str() {
            "tern_push.login" => {
                assert_eq!(body["Token"], "bridge-token");
                outbox.logins += 1;
                json!({"TimeMs": NOW, "HelloInterval": 120, "Pending": outbox.jobs.len()})
            }
            "tern_push.pull" => {
                let max = usize::try_from(body["Max"].as_u64().unwrap()).unwrap().min(outbox.jobs.len());
                json!({"Jobs": outbox.jobs.drain(..max).collect::<Vec<_>>(), "Pending": 0})
            }
            "tern_push.ack" => {
                outbox.acked.extend(strings(&body["JobIds"]));
                json!({})
            }
            "tern_push.report" => {
                outbox.reports.extend(body["Results"].as_array().unwrap().clone());
                json!({})
            }
            "tern_push.state" => {
                let items = body["Items"].as_array().unwrap().clone();
                let state = outbox.state.clone().unwrap_or_else(|| "Push".into());
                let states: Vec<_> = items.iter().map(|_| state.clone()).collect();
                outbox.asked.extend(items);
                json!({ "States": states })
            }
            "tern_push.presence" => json!({"Items": [{"SdkAppId": 1, "To_Account": "bob", "Status": "PushOnline"}]}),
            "heartbeat.alive" => json!({}),
            other => panic!("a bridge may not call {other}"),
        };
        let object = answer.as_object_mut().unwrap();
        object.insert("ActionStatus".into(), "OK".into());
        object.insert("ErrorCode".into(), 0.into());
        object.insert("ErrorInfo".into(), "".into());
        Some(json!({"head": frame["head"], "body": answer}).to_string())
    }

    fn event(&self, event: i64, key: &str, value: Value) {
        let body = json!({"EventArray": [{"Event": event, key: value}]});
        let _ = self.events.send(json!({"head": {"servcmd": "im_open_push.msg_push", "seq": 0}, "body": body}).to_string());
    }

    fn offer(&self, jobs: impl IntoIterator<Item = Value>) {
        self.outbox.lock().jobs.extend(jobs);
        self.event(9010, "TernPushReady", json!({"Pending": 1}));
    }

    fn cancel(&self, reason: &str, extra: Value) {
        let mut cancel = json!({"SdkAppId": 1, "To_Account": "bob", "Reason": reason});
        cancel.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.event(9011, "TernPushCancel", json!([cancel]));
    }

    fn outcomes(&self) -> Vec<String> {
        let outbox = self.outbox.lock();
        outbox.reports.iter().map(|report| report["Outcome"].as_str().unwrap().to_owned()).collect()
    }
}

fn job(n: u64, token: &str) -> Value {
    json!({
        "JobId": format!("job{n}"), "SdkAppId": 1, "To_Account": "bob", "From_Account": "ann", "From_AccountNick": "Ann",
        "Conversation": {"Type": 1, "To_Account": "ann"}, "Place": n, "MsgSeq": n, "MsgRandom": n, "MsgTime": NOW / 1000,
        "ExpireTime": NOW / 1000 + 604_800, "MsgFlag": "AcceptAndNotify", "UnreadTotal": n,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": format!("hi {n}")}}],
        "Devices": [{"Install": token, "Platform": "iPhone", "CertId": 1, "Token": token, "RegisteredAtMs": NOW - 1000, "Status": "PushOnline"}]
    })
}

struct World {
    clock: VirtualClock,
    server: Server,
    sandbox: Sandbox,
    folder: tempfile::TempDir,
    bridge: Option<(Running, CancellationToken)>,
    guard: GuardConfig,
}

async fn world() -> World {
    let clock = VirtualClock::new(NOW);
    let sandbox = Sandbox::start(SandboxConfig::default(), Arc::new(clock.clone())).await.unwrap();
    let server = server().await;
    let folder = tempfile::tempdir().unwrap();
    let mut world = World { clock, server, sandbox, folder, bridge: None, guard: GuardConfig::default() };
    world.start().await;
    world
}

impl World {
    async fn start(&mut self) {
        let server = format!("http://{}", self.server.address);
        let mut config = BridgeConfig::new(server, "bridge-token", self.folder.path(), self.sandbox.credentials());
        config.common.status = Some(SocketAddr::from(([127, 0, 0, 1], 0)));
        config.common.guard = self.guard;
        let stop = CancellationToken::new();
        let running = start_bridge(config, Arc::new(self.clock.clone()), stop.clone()).await.unwrap();
        running.online().await.unwrap();
        self.bridge = Some((running, stop));
    }

    async fn stop(&mut self) {
        let (running, stop) = self.bridge.take().unwrap();
        stop.cancel();
        running.ended().await.unwrap();
    }

    async fn shown(&self, count: u64) -> Vec<String> {
        if !self.sandbox.wait_for(count, LIMIT).await {
            let (came, refused) = (self.sandbox.deliveries().len(), self.sandbox.refusals());
            panic!("only {came} came; {refused:?}; {}", self.status().await);
        }
        self.sandbox.deliveries().iter().map(|pushed| pushed.shown().1.to_owned()).collect()
    }

    async fn status(&self) -> Value {
        serde_json::to_value(self.bridge.as_ref().unwrap().0.status().await).unwrap()
    }

    /// Waits until `fact` holds.
    async fn until(&self, what: &str, mut fact: impl FnMut(&Value) -> bool) -> Value {
        for _ in 0..2_000 {
            let status = self.status().await;
            if fact(&status) {
                return status;
            }
            crate::channel::real_time_limit(Duration::from_millis(5), std::future::pending::<()>()).await;
        }
        panic!("it never came true that {what}: {}", self.status().await);
    }

    async fn reported(&self, count: usize) -> Vec<String> {
        self.until("the server was told", |_| self.server.outbox.lock().reports.len() >= count).await;
        self.server.outcomes()
    }

    /// A push that waits for a second attempt.
    async fn waiting_push(&self) {
        self.sandbox.fail_next("", [Fault::Answer { status: 503, reason: "Shutdown".into(), retry_after: Some("60".into()) }]);
        self.server.offer([job(1, "ab")]);
        self.until("one attempt failed", |_| self.sandbox.refusals().len() == 1).await;
    }
}

#[tokio::test]
async fn a_message_for_somebody_away_arrives_on_the_phone_and_the_server_is_told() {
    let world = world().await;
    world.server.offer([job(1, "ab")]);
    assert_eq!(world.shown(1).await, ["Ann: hi 1"]);
    assert_eq!(world.reported(1).await, ["Accepted"]);
    let report = world.server.outbox.lock().reports[0].clone();
    assert_eq!((&report["To_Account"], &report["Install"], &report["CertId"]), (&"bob".into(), &"ab".into(), &1.into()));
    assert_eq!(report["PushId"], world.sandbox.deliveries()[0].id);
    assert_eq!(world.server.outbox.lock().acked, ["job1"]);
    let status = world.status().await;
    assert_eq!((&status["link"]["state"], &status["people"]), (&"online".into(), &json!({"PushOnline": 1})));
    assert_eq!((&status["queue"], &status["ended"]), (&json!({"Received": 0, "Queued": 0}), &json!({"Sent": {"Accepted": 1}})));
}

#[tokio::test]
async fn a_job_that_comes_twice_is_one_notification() {
    let world = world().await;
    world.server.offer([job(1, "ab")]);
    world.shown(1).await;
    let mut again = job(1, "ab");
    again["JobId"] = "another-lease".into();
    world.server.offer([again, job(2, "ab")]);
    assert_eq!(world.shown(2).await, ["Ann: hi 1", "Ann: hi 2"]);
    world.until("both leases are acknowledged", |_| world.server.outbox.lock().acked.len() == 3).await;
    assert_eq!(world.sandbox.deliveries().len(), 2);
}

#[tokio::test]
async fn a_thousand_jobs_arrive_once_each_and_on_each_phone_in_their_order() {
    let world = world().await;
    let phone = |n: u64| format!("{:02x}", n % 100);
    world.server.offer((1..=1_000).map(|n| job(n, &phone(n))));
    assert_eq!(world.shown(1_000).await.len(), 1_000);
    let pushes = world.sandbox.deliveries();
    for first in 0..100 {
        let shown: Vec<_> = pushes.iter().filter(|push| push.token == phone(first)).map(|push| push.shown().1).collect();
        let sent: Vec<_> = (1..=1_000).filter(|n| n % 100 == first).map(|n| format!("Ann: hi {n}")).collect();
        assert_eq!(shown, sent);
    }
    assert_eq!(world.reported(1_000).await.len(), 1_000);
    assert_eq!(world.sandbox.deliveries().len(), 1_000);
}

#[tokio::test]
async fn a_phones_next_push_waits_for_the_one_before_it_and_other_phones_do_not() {
    let world = world().await;
    world.waiting_push().await;
    world.server.offer([job(2, "ab"), job(3, "cd")]);
    assert_eq!(world.shown(1).await, ["Ann: hi 3"]);
    world.until("both are held", |status| status["queue"]["Queued"] == 2).await;
    world.clock.advance(61_000).await;
    assert_eq!(world.shown(3).await, ["Ann: hi 3", "Ann: hi 1", "Ann: hi 2"]);
}

#[tokio::test]
async fn a_push_behind_one_that_is_withdrawn_goes_out_at_once() {
    let world = world().await;
    world.waiting_push().await;
    world.server.offer([job(2, "ab")]);
    world.until("both are held", |status| status["queue"]["Queued"] == 2).await;
    world.server.cancel("Read", json!({"Conversation": {"Type": 1, "To_Account": "ann"}, "UpToPlace": 1}));
    assert_eq!(world.shown(1).await, ["Ann: hi 2"]);
}

#[tokio::test]
async fn a_provider_that_asks_for_a_minute_gets_it() {
    let world = world().await;
    world.waiting_push().await;
    world.clock.advance(59_000).await;
    assert_eq!(world.sandbox.deliveries(), []);
    world.clock.advance(2_000).await;
    assert_eq!(world.shown(1).await, ["Ann: hi 1"]);
}

#[tokio::test]
async fn a_receiver_who_is_back_or_has_read_gets_no_push() {
    for (reason, extra) in
        [("Online", json!({})), ("Read", json!({"Conversation": {"Type": 1, "To_Account": "ann"}, "UpToPlace": 1}))]
    {
        let world = world().await;
        world.waiting_push().await;
        world.server.cancel(reason, extra);
        let status = world.until("it is withdrawn", |status| status["ended"]["Skipped"][reason] == 1).await;
        assert!(status["did_not_arrive"][0]["reason"].as_str().unwrap().starts_with("the receiver"), "{status}");
        world.clock.advance(600_000).await;
        assert_eq!(world.sandbox.deliveries(), []);
    }
}

#[tokio::test]
async fn a_cancel_of_what_was_read_leaves_newer_messages_and_other_people_alone() {
    let world = world().await;
    let fault = Fault::Answer { status: 503, reason: "Shutdown".into(), retry_after: Some("60".into()) };
    world.sandbox.fail_next("", vec![fault; 3]);
    let mut eves = job(3, "ef");
    eves["To_Account"] = "eve".into();
    world.server.offer([job(1, "ab"), job(2, "cd"), eves]);
    world.until("all wait", |_| world.sandbox.refusals().len() == 3).await;
    world.server.cancel("Read", json!({"Conversation": {"Type": 1, "To_Account": "ann"}, "UpToPlace": 1}));
    world.until("one is withdrawn", |status| status["ended"]["Skipped"]["Read"] == 1).await;
    world.clock.advance(61_000).await;
    let mut shown = world.shown(2).await;
    shown.sort();
    assert_eq!(shown, ["Ann: hi 2", "Ann: hi 3"]);
}

#[tokio::test]
async fn a_restart_in_the_middle_loses_and_repeats_nothing() {
    let mut world = world().await;
    let fault = Fault::Answer { status: 503, reason: "Shutdown".into(), retry_after: Some("60".into()) };
    world.sandbox.fail_next("cd", vec![fault; 20]);
    world.server.offer((1..=40).map(|n| job(n, &format!("{}{n:02}", if n <= 20 { "ab" } else { "cd" }))));
    world.shown(20).await;
    world.until("twenty wait", |_| world.sandbox.refusals().len() == 20).await;
    world.stop().await;
    world.clock.advance(30_000).await;
    world.start().await;
    world.clock.advance(31_000).await;
    let mut shown = world.shown(40).await;
    shown.sort();
    shown.dedup();
    assert_eq!((shown.len(), world.sandbox.deliveries().len()), (40, 40));
    assert_eq!(world.server.outbox.lock().asked.len(), 20, "the server was asked about what was held");
    // A report under way at the end may come twice; the push id says that it is the same.
    world
        .until("all were reported", |_| {
            let outbox = world.server.outbox.lock();
            outbox.reports.iter().map(|report| report["PushId"].to_string()).collect::<BTreeSet<_>>().len() == 40
        })
        .await;
}

#[tokio::test]
async fn after_a_lost_link_the_server_is_asked_before_anything_is_sent() {
    let world = world().await;
    world.waiting_push().await;
    world.server.outbox.lock().state = Some("Read".into());
    let _ = world.server.events.send("end".into());
    world.until("the link is lost", |status| status["link"]["state"] != "online").await;
    world.clock.advance(61_000).await;
    world.until("it is withdrawn", |status| status["ended"]["Skipped"]["Read"] == 1).await;
    assert_eq!(world.server.outbox.lock().asked[0]["Place"], 1);
    world.clock.advance(600_000).await;
    assert_eq!(world.sandbox.deliveries(), []);
}

#[tokio::test]
async fn an_acknowledgement_that_was_lost_is_repeated_and_the_push_goes_out_once() {
    let world = world().await;
    world.server.outbox.lock().cut_at = Some("tern_push.ack");
    world.server.offer([job(1, "ab")]);
    world.until("the link was cut", |_| world.server.outbox.lock().cut_at.is_none()).await;
    assert_eq!(world.sandbox.deliveries(), [], "nobody knows yet whose job it is");
    world.until("it waits for the acknowledgement", |status| status["link"]["state"] == "offline").await;
    world.clock.advance(30_000).await;
    assert_eq!(world.shown(1).await, ["Ann: hi 1"]);
    assert_eq!(world.server.outbox.lock().acked, ["job1"]);
}

#[tokio::test]
async fn what_is_held_goes_out_after_a_minute_without_the_server() {
    let world = world().await;
    world.waiting_push().await;
    world.server.outbox.lock().cut_at = Some("tern_push.login");
    let _ = world.server.events.send("end".into());
    world.until("the link is lost", |status| status["link"]["state"] != "online").await;
    // Each login is cut again for as long as this takes.
    for _ in 0..13 {
        world.server.outbox.lock().cut_at = Some("tern_push.login");
        world.clock.advance(5_000).await;
    }
    assert_eq!(world.shown(1).await, ["Ann: hi 1"]);
}

#[tokio::test]
async fn a_dead_token_is_reported_with_its_moment_and_why_it_did_not_arrive_is_shown() {
    let world = world().await;
    world.server.offer([job(1, "dead01"), job(2, "ab")]);
    world.shown(1).await;
    let outcomes = world.reported(2).await;
    assert!(outcomes.contains(&"TokenInvalid".to_owned()) && outcomes.contains(&"Accepted".into()), "{outcomes:?}");
    let reports = world.server.outbox.lock().reports.clone();
    let dead = reports.iter().find(|report| report["Outcome"] == "TokenInvalid").unwrap();
    assert_eq!((&dead["Token"], &dead["SinceMs"]), (&"dead01".into(), &NOW.into()));
    assert_eq!(world.status().await["did_not_arrive"][0]["reason"], "410 Unregistered");
}

#[tokio::test]
async fn a_slow_device_waits_alone() {
    let world = world().await;
    world.server.offer([job(1, "slow1"), job(2, "ab")]);
    assert_eq!(world.shown(1).await, ["Ann: hi 2"]);
    world.until("it was throttled", |_| world.sandbox.refusals().len() == 1).await;
    world.server.offer([job(3, "slow1"), job(4, "ab")]);
    assert_eq!(world.shown(2).await, ["Ann: hi 2", "Ann: hi 4"]);
    world.until("the slow device's second push waits too", |status| status["queue"]["Queued"] == 2).await;
    assert_eq!(world.sandbox.refusals().len(), 1, "nothing went to it meanwhile");
}

#[tokio::test]
async fn a_mismatched_token_is_held_aside_and_called_dead_only_while_the_channel_works() {
    let world = world().await;
    world.server.offer([job(1, "notatoken")]);
    assert_eq!(world.reported(1).await, ["TokenMismatch"]);
    world.server.offer([job(2, "notatoken")]);
    world.until("the next push to it is skipped", |status| status["ended"]["Skipped"]["Quarantine"] == 1).await;
    world.clock.advance(3_600_000).await;
    assert_eq!(world.server.outcomes(), ["TokenMismatch"], "no other device shows that the channel works");
    world.server.offer([job(3, "ab")]);
    world.shown(1).await;
    world.reported(2).await;
    world.clock.advance(1_200_000).await;
    assert_eq!(world.reported(3).await, ["TokenMismatch", "Accepted", "TokenInvalid"]);
}

#[tokio::test]
async fn a_wrong_environment_deletes_no_token_and_stops_the_channel_until_it_is_put_right() {
    let mut world = world().await;
    world.stop().await;
    world.guard = GuardConfig { sample: 10, percent: 20 };
    world.start().await;
    world.sandbox.fail_next("", vec![Fault::answer(410, "Unregistered"); 500]);
    world.server.offer((1..=60).map(|n| job(n, &format!("{n:04x}"))));
    let status = world.until("the channel stopped", |status| status["channels"][0]["state"] == "stopped").await;
    let why = status["channels"][0]["why"].as_str().unwrap();
    assert!(why.contains("devices were refused") && why.contains("endpoint, topic and key"), "{why}");
    world.until("the rest waits", |status| status["queue"]["Queued"].as_u64() >= Some(50)).await;
    let dead = world.server.outcomes().len();
    assert!(dead < 10, "{dead} tokens were reported dead before the guard could see enough");
    world.sandbox.fail_no_more();
    for _ in 0..6 {
        world.clock.advance(61_000).await;
    }
    world.until("the channel works again", |status| status["channels"][0]["state"] == "ok").await;
    world.shown(50).await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_costs_no_attempt_and_gets_all_when_it_is_back() {
    let mut world = world().await;
    world.stop().await;
    let mut credentials = world.sandbox.credentials();
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    credentials[0].endpoint = Some(format!("https://{address}"));
    let server = format!("http://{}", world.server.address);
    let config = BridgeConfig::new(server, "bridge-token", world.folder.path(), credentials);
    let stop = CancellationToken::new();
    let running = start_bridge(config, Arc::new(world.clock.clone()), stop.clone()).await.unwrap();
    world.server.offer((1..=50).map(|n| job(n, "ab")));
    world.bridge = Some((running, stop));
    let status = world.until("the channel rests", |status| status["channels"][0]["state"] == "paused").await;
    assert!(status["channels"][0]["why"].as_str().unwrap().contains("cannot be reached"), "{status}");
    world.clock.advance(600_000).await;
    assert_eq!(world.status().await["queue"]["Queued"], 50);
    world.stop().await;
    world.start().await;
    world.shown(50).await;
}

#[tokio::test]
async fn devices_of_two_certificates_go_their_own_ways() {
    let world = world().await;
    let mut both = job(1, "ab");
    let mut android = both["Devices"][0].clone();
    android["Install"] = "android".into();
    android["CertId"] = 2.into();
    android["Token"] = "fcm-token".into();
    let mut unknown = android.clone();
    unknown["Install"] = "other".into();
    unknown["CertId"] = 77.into();
    both["Devices"].as_array_mut().unwrap().extend([android, unknown]);
    world.server.offer([both]);
    world.shown(2).await;
    let mut gateways: Vec<_> =
        world.sandbox.deliveries().iter().map(|pushed| (pushed.gateway, pushed.shown().1.to_owned())).collect();
    gateways.sort();
    assert_eq!(gateways, [("apns", "Ann: hi 1".to_owned()), ("fcm", "hi 1".into())]);
    world.until("the third says why", |status| status["ended"]["Skipped"]["NoCertificate"] == 1).await;
}

#[tokio::test]
async fn a_bad_key_file_and_a_folder_in_use_are_one_sentence() {
    let world = world().await;
    let start = |credentials: Vec<Credential>, folder: &std::path::Path| {
        let config = BridgeConfig::new(format!("http://{}", world.server.address), "bridge-token", folder, credentials);
        start_bridge(config, Arc::new(world.clock.clone()), CancellationToken::new())
    };
    let elsewhere = tempfile::tempdir().unwrap();
    let bad = Credential { key_file: Some("/nowhere/key.p8".into()), ..world.sandbox.credentials()[0].clone() };
    let error = start(vec![bad], elsewhere.path()).await.err().unwrap().to_string();
    assert!(error.contains("/nowhere/key.p8") && !error.contains('\n'), "{error}");
    let error = start(vec![], world.folder.path()).await.err().unwrap().to_string();
    assert!(error.contains("in use by another ternd"), "{error}");
}

#[tokio::test]
async fn status_is_behind_a_token_that_only_this_user_can_read() {
    use std::os::unix::fs::PermissionsExt;
    let world = world().await;
    let path = world.folder.path().join("status.json");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let place: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let get = async |path: &str, token: &str| {
        let http = reqwest::Client::builder().tls_certs_only([]).build().unwrap();
        let url = format!("http://{}{path}", place["address"].as_str().unwrap());
        let response = http.get(url).bearer_auth(token).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    let _ = rustls::crypto::ring::default_provider().install_default();
    assert_eq!(get("/healthz", "").await, (200, "ok\n".into()));
    assert_eq!(get("/status", "wrong").await.0, 401);
    let (code, body) = get("/status?user=bob", place["token"].as_str().unwrap()).await;
    assert_eq!((code, serde_json::from_str::<Value>(&body).unwrap()["presence"][0]["To_Account"].clone()), (200, "bob".into()));
    world.server.offer([job(1, "ab")]);
    world.shown(1).await;
    world.until("it is counted", |status| status["ended"]["Sent"]["Accepted"] == 1).await;
    let (_, metrics) = get("/metrics", "").await;
    assert!(metrics.contains("ternd_pushes_ended_total{state=\"Sent\",reason=\"Accepted\"} 1"), "{metrics}");
    assert!(metrics.contains("ternd_link_up 1"), "{metrics}");
}
