//! The offline cache: 250 unread messages in each of the 100 newest one-to-one conversations that have any.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tern_tests::fixture::text_body;
use tern_tests::link::Link;
use tern_tests::world::World;

async fn say(world: &World, from: &str) {
    let random = rand::random::<u32>();
    let body = json!({"From_Account": from, "To_Account": "bob", "MsgRandom": random, "MsgBody": text_body("hello")});
    world.rest().must("openim/sendmsg", body).await;
}

/// Takes in what changed since `rev`, in pages; the new `rev`.
async fn pull(link: &mut Link, rev: &Value, list: &mut BTreeMap<String, u64>) -> Value {
    let (mut before, mut first) = (Value::Null, None);
    loop {
        let page = link.must("tern_sync.pull", json!({"Rev": rev, "Limit": 60, "Before": before})).await;
        first.get_or_insert(page["Rev"].clone());
        for row in page["Conversations"].as_array().unwrap() {
            list.insert(row["Id"]["To_Account"].as_str().unwrap().to_owned(), row["Unread"].as_u64().unwrap());
        }
        if page["Complete"] == 1 {
            return first.unwrap();
        }
        before = page["Before"].clone();
    }
}

fn silent(list: &BTreeMap<String, u64>) -> Vec<&str> {
    list.iter().filter(|(_, unread)| **unread == 0).map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn only_the_hundred_newest_unread_conversations_count_and_changes_tell_who_came_and_went() {
    let world = World::start().await;
    let names: Vec<String> = (0..105).map(|at| format!("peer{at:03}")).collect();
    for some in names.chunks(100) {
        world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": some})).await;
    }
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": ["bob"]})).await;
    for name in &names[..103] {
        say(&world, name).await;
    }
    let mut bob = world.link("bob").await;
    let mut kept = BTreeMap::new();
    let rev = pull(&mut bob, &json!(0), &mut kept).await;
    assert_eq!((kept.len(), silent(&kept)), (103, vec!["peer000", "peer001", "peer002"]));

    // Two new ones push two old ones out, of which nothing else is said.
    say(&world, "peer103").await;
    say(&world, "peer104").await;
    let rev = pull(&mut bob, &rev, &mut kept).await;
    assert_eq!(silent(&kept), ["peer000", "peer001", "peer002", "peer003", "peer004"]);

    // What is read lets old ones in again; a message to one that was out brings it to the top, and pushes the next one out.
    for name in ["peer050", "peer104"] {
        bob.must("openim.msgreaded", json!({"C2CMsgReaded": {"C2CMsgReadedItem": [{"To_Account": name, "TernPos": 1}]}})).await;
    }
    let rev = pull(&mut bob, &rev, &mut kept).await;
    assert_eq!(silent(&kept), ["peer000", "peer001", "peer002", "peer050", "peer104"]);
    say(&world, "peer000").await;
    pull(&mut bob, &rev, &mut kept).await;
    assert_eq!(silent(&kept), ["peer001", "peer002", "peer003", "peer050", "peer104"]);
    let mut fresh = BTreeMap::new();
    pull(&mut bob, &json!(0), &mut fresh).await;
    assert_eq!(kept, fresh);
}
