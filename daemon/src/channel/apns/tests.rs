use crate::channel::{
    Channel, Delivery,
    outcome::{Answer, Outcome, Reach, Scope},
};
use crate::config::Credential;
use crate::render::Notification;
use crate::sandbox::{Fault, Sandbox, SandboxConfig};
use futures_util::future::join_all;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tern_protocol::clock::{Clock, VirtualClock};

const NOW: i64 = 1_700_000_000_000;

struct Gateway {
    sandbox: Sandbox,
    /// The gateway's clock and the daemon's: two, as in life.
    theirs: VirtualClock,
    ours: VirtualClock,
    folder: tempfile::TempDir,
    channel: Arc<dyn Channel>,
}

async fn gateway(config: SandboxConfig) -> Gateway {
    let (theirs, ours) = (VirtualClock::new(NOW), VirtualClock::new(NOW));
    let sandbox = Sandbox::start(config, Arc::new(theirs.clone())).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let channel = sandbox.credentials()[0].open(folder.path(), Arc::new(ours.clone())).unwrap();
    Gateway { sandbox, theirs, ours, folder, channel }
}

fn delivery(push_id: &str, token: &str) -> Delivery {
    let notification = Notification {
        speaker: "Ann".into(),
        body: format!("hi {push_id}"),
        apns_sound: "default".into(),
        badge: Some(2),
        ..Notification::default()
    };
    Delivery {
        push_id: push_id.into(),
        user_id: "bob".into(),
        token: token.into(),
        notification: Arc::new(notification),
        expires_at_ms: NOW + 3_600_000,
    }
}

fn accepted(answer: &Answer) -> bool {
    matches!(answer.outcome, Outcome::Accepted { .. })
}

#[tokio::test]
async fn a_push_arrives_with_the_contracts_headers_and_payload() {
    let gateway = gateway(SandboxConfig::default()).await;
    let push = delivery("8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e", "AB12");
    let answer = gateway.channel.send(push).await;
    assert_eq!(answer.outcome, Outcome::Accepted { id: Some("8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e".into()) });
    let got = gateway.sandbox.next_after(0, Duration::from_secs(5)).await.unwrap();
    assert_eq!(got.token, "ab12", "hexadecimal in lower case");
    assert_eq!(
        got.payload,
        serde_json::json!({"aps": {"alert": "Ann: hi 8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e", "badge": 2, "sound": "default"}})
    );
    let headers: Vec<_> = got.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(
        headers,
        [
            ("apns-collapse-id", "8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e"),
            ("apns-expiration", "1700003600"),
            ("apns-id", "8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e"),
            ("apns-priority", "10"),
            ("apns-push-type", "alert"),
            ("apns-topic", "dev.tern.demo"),
        ]
    );
}

#[tokio::test]
async fn a_flood_goes_over_one_stream_until_the_first_answer_and_arrives_once() {
    let gateway = gateway(SandboxConfig { streams: 20, ..SandboxConfig::default() }).await;
    let pushes = (0..300).map(|n| gateway.channel.send(delivery(&format!("p{n}"), "ab")));
    assert!(join_all(pushes).await.iter().all(accepted));
    let ids: BTreeSet<_> = gateway.sandbox.deliveries().into_iter().map(|pushed| pushed.id).collect();
    assert_eq!((ids.len(), gateway.sandbox.deliveries().len()), (300, 300));
    assert_eq!(gateway.sandbox.rudeness(), [""; 0]);
}

#[tokio::test]
async fn a_goaway_in_mid_load_loses_and_repeats_nothing() {
    let gateway = gateway(SandboxConfig::default()).await;
    gateway.sandbox.fail_next("ab", std::iter::repeat_n(Fault::GoAway, 4));
    for round in 0..4 {
        let pushes = (0..100).map(|n| gateway.channel.send(delivery(&format!("p{round}-{n}"), "ab")));
        let answers = join_all(pushes).await;
        assert!(answers.iter().all(accepted), "{:?}", answers.iter().find(|answer| !accepted(answer)));
    }
    let ids: BTreeSet<_> = gateway.sandbox.deliveries().into_iter().map(|pushed| pushed.id).collect();
    assert_eq!((ids.len(), gateway.sandbox.deliveries().len()), (400, 400));
}

#[tokio::test]
async fn dead_and_slow_devices_are_told_apart() {
    let gateway = gateway(SandboxConfig::default()).await;
    let dead = gateway.channel.send(delivery("a", "dead01")).await;
    assert_eq!(dead, Answer::new(Outcome::TokenInvalid { since_ms: Some(NOW) }, "410 Unregistered"));
    let slow = gateway.channel.send(delivery("b", "slow01")).await;
    assert_eq!(slow.outcome, Outcome::Throttled { after_ms: None, scope: Scope::Device });
    let malformed = gateway.channel.send(delivery("c", "xyz")).await;
    assert_eq!(malformed, Answer::new(Outcome::TokenMismatch, "400 BadDeviceToken"));
    let odd = gateway.channel.send(delivery("d", "../up")).await;
    assert_eq!(odd.outcome, Outcome::TokenMismatch, "such a token cannot even be put into a path");
}

#[tokio::test]
async fn a_connection_cut_under_way_is_told_apart_from_one_that_cannot_be_made() {
    let gateway = gateway(SandboxConfig::default()).await;
    gateway.sandbox.fail_next("", [Fault::CutBefore, Fault::CutAfter]);
    for push in ["a", "b"] {
        let answer = gateway.channel.send(delivery(push, "ab")).await;
        assert_eq!((answer.outcome, answer.reach), (Outcome::Retry { after_ms: None }, Reach::Lost));
    }
    assert!(accepted(&gateway.channel.send(delivery("b", "ab")).await), "the next push opens a new connection");
    let ids: Vec<_> = gateway.sandbox.deliveries().into_iter().map(|pushed| pushed.id).collect();
    assert_eq!((ids.len(), &ids[0]), (2, &ids[1]), "the repeat has the same id, and the phone shows it once");
    gateway.sandbox.stop().await;
    let answer = gateway.channel.send(delivery("c", "ab")).await;
    assert_eq!((answer.outcome, answer.reach), (Outcome::Retry { after_ms: None }, Reach::Unreachable), "{}", answer.reason);
}

#[tokio::test]
async fn an_expired_provider_token_is_renewed_but_not_within_20_minutes() {
    let gateway = gateway(SandboxConfig::default()).await;
    assert!(accepted(&gateway.channel.send(delivery("a", "ab")).await));
    gateway.theirs.advance(3_700_000).await;
    let expired = gateway.channel.send(delivery("b", "ab")).await;
    assert_eq!(expired, Answer::new(Outcome::AuthRefresh, "403 ExpiredProviderToken"));
    let too_early = gateway.channel.renew().await.unwrap_err();
    assert_eq!(too_early.outcome, Outcome::Retry { after_ms: Some(1_200_000) }, "{}", too_early.reason);
    gateway.ours.advance(3_700_000).await;
    assert!(accepted(&gateway.channel.send(delivery("b", "ab")).await), "47 minutes are over: a new token is signed");
    gateway.theirs.advance(3_700_000).await;
    gateway.ours.advance(1_300_000).await;
    assert_eq!(gateway.channel.send(delivery("c", "ab")).await.outcome, Outcome::AuthRefresh);
    assert!(gateway.channel.renew().await.is_ok(), "20 minutes are over");
}

#[tokio::test]
async fn a_restart_uses_the_kept_provider_token() {
    let gateway = gateway(SandboxConfig::default()).await;
    assert!(accepted(&gateway.channel.send(delivery("a", "ab")).await));
    gateway.ours.advance(60_000).await;
    gateway.theirs.advance(60_000).await;
    let restarted = gateway.sandbox.credentials()[0].open(gateway.folder.path(), Arc::new(gateway.ours.clone())).unwrap();
    assert!(accepted(&restarted.send(delivery("b", "ab")).await), "a second token would be refused for 20 minutes");
    let elsewhere = tempfile::tempdir().unwrap();
    let stranger = gateway.sandbox.credentials()[0].open(elsewhere.path(), Arc::new(gateway.ours.clone())).unwrap();
    let answer = stranger.send(delivery("c", "ab")).await;
    assert_eq!(answer.reason, "429 TooManyProviderTokenUpdates");
}

#[tokio::test]
async fn a_payload_that_is_called_too_large_is_shrunk_once() {
    let gateway = gateway(SandboxConfig::default()).await;
    let long = |push_id| Delivery {
        notification: Arc::new(Notification { body: "x".repeat(6_000), ..Notification::default() }),
        ..delivery(push_id, "ab")
    };
    gateway.sandbox.fail_next("", [Fault::answer(413, "PayloadTooLarge")]);
    assert!(accepted(&gateway.channel.send(long("a")).await));
    let sent = gateway.sandbox.deliveries()[0].payload.to_string().len();
    assert!((3_060..=3_072).contains(&sent), "{sent}");
    gateway.sandbox.fail_next("", [Fault::answer(413, "PayloadTooLarge"), Fault::answer(413, "PayloadTooLarge")]);
    assert_eq!(gateway.channel.send(long("b")).await.outcome, Outcome::PayloadRejected);
}

#[tokio::test]
async fn answers_on_demand_reach_the_outcome_table() {
    let gateway = gateway(SandboxConfig::default()).await;
    let shutdown = Fault::Answer { status: 503, reason: "Shutdown".into(), retry_after: Some("7".into()) };
    gateway
        .sandbox
        .fail_next("", [shutdown, Fault::answer(403, "InvalidProviderToken"), Fault::Raw { status: 502, body: "<html>".into() }]);
    assert_eq!(gateway.channel.send(delivery("a", "ab")).await.outcome, Outcome::Retry { after_ms: Some(7_000) });
    assert_eq!(gateway.channel.send(delivery("a", "ab")).await.outcome, Outcome::ChannelFatal);
    assert_eq!(gateway.channel.send(delivery("a", "ab")).await.outcome, Outcome::Retry { after_ms: None });
}

#[tokio::test]
async fn a_wrong_topic_and_a_foreign_key_are_refused_by_the_gateway() {
    let gateway = gateway(SandboxConfig::default()).await;
    let open = |credential: Credential| {
        let folder = tempfile::tempdir().unwrap();
        credential.open(folder.path(), Arc::new(gateway.ours.clone())).unwrap()
    };
    let good = gateway.sandbox.credentials()[0].clone();
    let answer = open(Credential { topic: Some("com.other".into()), ..good.clone() }).send(delivery("a", "ab")).await;
    assert_eq!(answer, Answer::new(Outcome::ChannelFatal, "400 TopicDisallowed"));
    let other = Sandbox::start(SandboxConfig::default(), Arc::new(gateway.theirs.clone())).await.unwrap();
    let foreign_key = other.credentials()[0].key_file.clone();
    let answer = open(Credential { key_file: foreign_key, ..good.clone() }).send(delivery("a", "ab")).await;
    assert_eq!(answer, Answer::new(Outcome::ChannelFatal, "403 InvalidProviderToken"));
    let untrusted = Credential { ca_file: other.credentials()[0].ca_file.clone(), ..good };
    let answer = open(untrusted).send(delivery("a", "ab")).await;
    assert_eq!(answer.reach, Reach::Unreachable, "a certificate of another authority is not trusted");
}

#[tokio::test]
async fn clear_text_with_prior_knowledge_works_for_doubles_without_tls() {
    let gateway = gateway(SandboxConfig::default()).await;
    let mut credential = gateway.sandbox.credentials()[0].clone();
    credential.endpoint = credential.endpoint.map(|url| url.replace("https", "http"));
    let folder = tempfile::tempdir().unwrap();
    let channel = credential.open(folder.path(), Arc::new(gateway.ours.clone())).unwrap();
    assert!(accepted(&channel.send(delivery("a", "ab")).await));
    assert!(gateway.ours.wall_ms() == NOW);
}
