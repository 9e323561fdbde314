//! Many links at once, and those that do not keep up.

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::wait::eventually;
use tern_tests::world::World;

async fn say(from: &mut Link, to: &str, text: &str) -> Value {
    let random = rand::random::<u32>();
    from.must("openim.sendmsg", json!({"To_Account": to, "MsgRandom": random, "MsgBody": text_body(text)})).await
}

#[tokio::test]
async fn a_reader_that_does_not_keep_up_is_closed_disturbs_nobody_and_catches_up() {
    const MOST: usize = 6_000;
    let world = World::start().await;
    let mut ann = world.link("ann").await;
    let mut page = world.link("bob").await;
    let mut phone = Link::phone(&world.access, "bob", "iPhone").await;
    // The page reads nothing from here on; the phone reads everything, in order, until it hears that the page is gone.
    let filler = "x".repeat(11_000);
    let (mut sent, mut is_closed) = (0, false);
    while !is_closed {
        assert!(sent < MOST, "the server keeps a link that reads nothing");
        let text = format!("{sent} {filler}");
        say(&mut ann, "bob", &text).await;
        sent += 1;
        loop {
            let event = phone.event().await;
            is_closed |= event["TernSession"]["Online"] == 0;
            if let Some(message) = event["C2cMsgArray"].get(0) {
                assert_eq!(message["MsgBody"], text_body(&text));
                break;
            }
        }
    }
    let mut heard = 0;
    while let Some(event) = page.try_event().await {
        heard += usize::from(event["C2cMsgArray"].is_array());
    }
    assert!(heard < sent, "the page was closed although it had got everything");
    // It logs in again, and nothing is missing: the places say so.
    let mut page = world.link("bob").await;
    let pulled = page.must("tern_sync.pull", json!({"Rev": 0, "Limit": 10})).await;
    let row = &pulled["Conversations"][0];
    assert_eq!((&row["Id"]["To_Account"], row["LastPlace"].as_u64()), (&json!("ann"), Some(sent as u64)));
    let id = json!({"Type": 1, "To_Account": "ann"});
    let history = page.must("tern_sync.history", json!({"Id": id, "Limit": 50, "After": heard})).await;
    let first = history["MsgList"][0]["MsgBody"][0]["MsgContent"]["Text"].as_str().unwrap();
    assert!(first.starts_with(&format!("{heard} ")), "after {heard} comes {first:.20}");
}

#[tokio::test]
async fn when_many_links_break_at_once_the_others_go_on_and_everybody_comes_back() {
    const CROWD: usize = 120;
    let world = World::start().await;
    let names: Vec<String> = (0..CROWD).map(|at| format!("crowd{at}")).collect();
    for some in names.chunks(100) {
        world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": some})).await;
    }
    let (mut ann, mut bob) = (world.link("ann").await, world.link("bob").await);
    let mut links = Vec::new();
    for name in &names {
        links.push(world.link(name).await);
    }
    // Sockets that are simply gone, without a word.
    drop(links);
    for at in 0..20 {
        say(&mut ann, "bob", &format!("line {at}")).await;
        let message = bob.event_with("C2cMsgArray").await;
        assert_eq!(message[0]["MsgBody"], text_body(&format!("line {at}")));
    }
    let rest = world.rest();
    eventually("everybody of the crowd to be offline", async || {
        let answer = rest.must("openim/query_online_status", json!({"To_Account": names})).await;
        let list = answer["QueryResult"].as_array().unwrap().clone();
        (list.len() == CROWD && list.iter().all(|item| item["Status"] == "Offline")).then_some(())
    })
    .await;
    for name in &names {
        say(&mut ann, name, "still there?").await;
    }
    for name in names.iter().step_by(10) {
        let mut link = world.link(name).await;
        let pulled = link.must("tern_sync.pull", json!({"Rev": 0, "Limit": 10})).await;
        assert_eq!(pulled["Conversations"][0]["Unread"], 1, "{name}");
    }
}
