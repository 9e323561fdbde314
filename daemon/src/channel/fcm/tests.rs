use crate::channel::{
    Channel, Delivery,
    outcome::{Answer, Outcome, Reach, Scope},
};
use crate::render::Notification;
use crate::sandbox::{Fault, Sandbox, SandboxConfig};
use futures_util::future::join_all;
use std::{sync::Arc, time::Duration};
use tern_protocol::clock::VirtualClock;

const NOW: i64 = 1_700_000_000_000;

struct Gateway {
    sandbox: Sandbox,
    theirs: VirtualClock,
    ours: VirtualClock,
    channel: Arc<dyn Channel>,
}

async fn gateway(config: SandboxConfig) -> Gateway {
    let (theirs, ours) = (VirtualClock::new(NOW), VirtualClock::new(NOW));
    let sandbox = Sandbox::start(config, Arc::new(theirs.clone())).await.unwrap();
    let channel = sandbox.credentials()[1].open(sandbox.dir(), Arc::new(ours.clone())).unwrap();
    Gateway { sandbox, theirs, ours, channel }
}

fn delivery(push_id: &str, token: &str) -> Delivery {
    let notification = Notification {
        speaker: "Ann (Sailors)".into(),
        body: "hi".into(),
        ext: "{\"a\":1}".into(),
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
    matches!(answer.outcome, Outcome::Accepted { id: Some(_) })
}

#[tokio::test]
async fn a_push_arrives_with_the_contracts_message() {
    let gateway = gateway(SandboxConfig::default()).await;
    let answer = gateway.channel.send(delivery("8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e", "tok:1")).await;
    assert!(accepted(&answer), "{answer:?} {:?}", gateway.sandbox.refusals());
    let got = gateway.sandbox.next_after(0, Duration::from_secs(5)).await.unwrap();
    assert_eq!(
        got.payload,
        serde_json::json!({
            "token": "tok:1",
            "notification": {"title": "Ann (Sailors)", "body": "hi"},
            "data": {"ext": "{\"a\":1}"},
            "android": {
                "priority": "HIGH",
                "ttl": "3600s",
                "notification": {"tag": "8b1a9953-c461-4296-a5b5-0f1a2b3c4d5e", "notification_count": 2}
            }
        })
    );
    assert_eq!(got.shown(), ("Ann (Sailors)", "hi"));
}

#[tokio::test]
async fn many_pushes_share_one_token_exchange() {
    let gateway = gateway(SandboxConfig::default()).await;
    let answers = join_all((0..50).map(|n| gateway.channel.send(delivery(&format!("p{n}"), "tok")))).await;
    assert!(answers.iter().all(accepted), "{:?}", answers.iter().find(|answer| !accepted(answer)));
    assert_eq!(gateway.sandbox.exchanges(), 1);
}

#[tokio::test]
async fn a_token_is_renewed_in_the_background_before_its_end() {
    let gateway = gateway(SandboxConfig::default()).await;
    assert!(accepted(&gateway.channel.send(delivery("a", "tok")).await));
    gateway.ours.advance(3_400_000).await;
    gateway.theirs.advance(3_400_000).await;
    assert!(accepted(&gateway.channel.send(delivery("b", "tok")).await), "the old token still serves");
    let mut tries = 0;
    while gateway.sandbox.exchanges() < 2 && tries < 500 {
        gateway.sandbox.wait_for(u64::MAX, Duration::from_millis(10)).await;
        tries += 1;
    }
    assert_eq!(gateway.sandbox.exchanges(), 2);
    gateway.ours.advance(3_600_000).await;
    gateway.theirs.advance(3_600_000).await;
    assert!(accepted(&gateway.channel.send(delivery("c", "tok")).await), "after the end a push waits for the new one");
    assert_eq!(gateway.sandbox.exchanges(), 3);
}

#[tokio::test]
async fn a_refused_token_is_renewed_once() {
    let gateway = gateway(SandboxConfig { fcm_token_seconds: 60, ..SandboxConfig::default() }).await;
    assert!(accepted(&gateway.channel.send(delivery("a", "tok")).await));
    gateway.theirs.advance(61_000).await;
    let refused = gateway.channel.send(delivery("b", "tok")).await;
    assert_eq!(refused.outcome, Outcome::AuthRefresh, "{}", refused.reason);
    gateway.channel.renew().await.unwrap();
    assert!(accepted(&gateway.channel.send(delivery("b", "tok")).await));
}

#[tokio::test]
async fn a_wrong_clock_is_a_fault_of_the_channel() {
    let gateway = gateway(SandboxConfig::default()).await;
    gateway.ours.advance(7_200_000).await;
    let answer = gateway.channel.send(delivery("a", "tok")).await;
    assert_eq!(answer.outcome, Outcome::ChannelFatal);
    assert!(answer.reason.contains("invalid_grant"), "{}", answer.reason);
}

#[tokio::test]
async fn dead_and_slow_devices_are_told_apart() {
    let gateway = gateway(SandboxConfig::default()).await;
    let dead = gateway.channel.send(delivery("a", "dead:1")).await;
    assert_eq!(dead.outcome, Outcome::TokenInvalid { since_ms: None });
    assert!(dead.reason.starts_with("404 UNREGISTERED"), "{}", dead.reason);
    let slow = gateway.channel.send(delivery("b", "slow:1")).await;
    assert_eq!(slow.outcome, Outcome::Throttled { after_ms: Some(30_000), scope: Scope::Project });
}

#[tokio::test]
async fn bodies_that_are_no_json_and_waits_in_both_forms_are_read() {
    let gateway = gateway(SandboxConfig::default()).await;
    let wait = |text: &str| Fault::Answer { status: 503, reason: "UNAVAILABLE".into(), retry_after: Some(text.into()) };
    gateway.sandbox.fail_next(
        "tok",
        [
            Fault::Raw { status: 502, body: "<html><body>Bad Gateway".into() },
            Fault::Raw { status: 503, body: String::new() },
            wait("9"),
            wait("Tue, 14 Nov 2023 22:13:50 GMT"),
            Fault::answer(403, "SENDER_ID_MISMATCH"),
            Fault::CutAfter,
        ],
    );
    let mut outcomes = Vec::new();
    for _ in 0..6 {
        let answer = gateway.channel.send(delivery("a", "tok")).await;
        outcomes.push((answer.outcome, answer.reach));
    }
    let retry = |after_ms| Outcome::Retry { after_ms };
    assert_eq!(
        outcomes,
        [
            (retry(None), Reach::Answered),
            (retry(None), Reach::Answered),
            (retry(Some(9_000)), Reach::Answered),
            (retry(Some(30_000)), Reach::Answered),
            (Outcome::TokenMismatch, Reach::Answered),
            (retry(None), Reach::Lost),
        ]
    );
}
