//! A message that had to be sent twice is there once.

use serde_json::json;
use tern_tests::fixture::text_of;
use tern_tests::proxy::Proxy;
use tern_tests::server::Access;
use tern_tests::user::User;
use tern_tests::wait::{eventually, soon};
use tern_tests::world::World;

#[tokio::test]
async fn a_repeat_under_the_same_id_gets_the_first_answer() {
    let world = World::start().await;
    let mut bob = world.user("bob").await;
    let mut ann = world.link("ann").await;
    let now = world.access.clock.wall_seconds();
    let message = |random: u64| json!({"To_Account": "bob", "MsgRandom": random, "MsgClientTime": now, "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": random.to_string()}}]});
    let first = ann.must("openim.sendmsg", message(1)).await;
    world.advance_seconds(3_600).await;
    let mut ann = world.link("ann").await;
    let repeat = ann.must("openim.sendmsg", message(1)).await;
    for field in ["MsgId", "MsgKey", "MsgTime", "MsgSeq"] {
        assert_eq!(first[field], repeat[field], "{field}");
    }
    ann.must("openim.sendmsg", message(2)).await;
    assert_eq!((bob.next_text().await, bob.next_text().await), ("1".into(), "2".into()));
}

#[tokio::test]
async fn an_acknowledgement_that_is_lost_on_the_way_makes_no_second_message() {
    let world = World::start().await;
    let mut bob = world.user("bob").await;
    let proxy = Proxy::start(&world.access.address).await;
    let access = Access { address: proxy.address.clone(), ..world.access.clone() };
    let ann = User::log_in(&access, "ann").await;
    ann.send("bob", "0").await;
    proxy.swallow_answers();
    let sending: Vec<_> = (1..=5)
        .map(|at| {
            let session = ann.session.clone();
            let message = tern_tests::fixture::text_to("bob", &at.to_string());
            tokio::spawn(async move { session.send_message::<tern_protocol::api::command::SendMsg>(message, 600_000).await })
        })
        .collect();
    // The server has stored all of them; the writer knows of none.
    for at in 0..=5 {
        assert_eq!(bob.next_text().await, at.to_string());
    }
    proxy.cut();
    eventually("the loss of the link", async || {
        matches!(ann.session.status(), tern_protocol::client::Status::Offline).then_some(())
    })
    .await;
    world.advance_seconds(2).await;
    for send in sending {
        soon("an acknowledgement", send).await.unwrap().unwrap();
    }
    ann.send("bob", "end").await;
    assert_eq!(text_of(&bob.next_message().await), "end");
    let history = world.rest().must("openim/admin_getroammsg", json!({"Operator_Account": "ann", "Peer_Account": "bob", "MaxCnt": 100, "MinTime": 0, "MaxTime": world.access.clock.wall_seconds() + 10})).await;
    assert_eq!(history["MsgCnt"], 7, "{history}");
}
