//! What somebody finds who was away.

use serde_json::json;
use tern_protocol::api::command;
use tern_protocol::api::conversation::{Conversation, ConversationId, History};
use tern_protocol::api::message::{C2cMsgReaded, C2cMsgReadedItem, MsgReadReport, MsgReaded};
use tern_protocol::client::{CatchUp, ClientEvent};
use tern_protocol::event::Event;
use tern_protocol::model::presence::Platform;
use tern_tests::fixture::text_of;
use tern_tests::user::{Device, User};
use tern_tests::world::World;

fn terminal(rev: u64, page: u64) -> Device {
    Device { catch_up: Some(CatchUp { rev, page }), ..Device::new(Platform::Linux, "terminal") }
}

/// Reads pages until all are there.
async fn synchronise(user: &mut User) -> (Vec<Conversation>, u64) {
    let mut conversations = Vec::new();
    loop {
        match user.next().await {
            ClientEvent::SyncPage(page) => conversations.extend(page.conversations),
            ClientEvent::SyncDone { rev } => return (conversations, rev),
            ClientEvent::SyncFailed { error } => panic!("{error}"),
            _ => {}
        }
    }
}

#[tokio::test]
async fn after_a_time_away_unread_counts_and_history_are_there() {
    let world = World::start().await;
    let (ann, bob) = world.friends("ann", "bob").await;
    bob.go_offline().await;
    for at in 1..=30 {
        ann.send("bob", &at.to_string()).await;
    }
    let mut bob = User::log_in_on(&world.access, "bob", terminal(0, 10)).await;
    let (conversations, rev) = synchronise(&mut bob).await;
    let [conversation] = &conversations[..] else { panic!("{conversations:?}") };
    assert_eq!((conversation.id.to_account.as_deref(), conversation.unread, conversation.last_place), (Some("ann"), 30, 30));
    assert_eq!(text_of(conversation.last_msg.as_ref().unwrap()), "30");

    let mut texts = Vec::new();
    let mut before = None;
    loop {
        let request = History { id: ConversationId::c2c("ann"), before, limit: 20, ..History::default() };
        let page = bob.call::<command::History>(request).await;
        texts.splice(0..0, page.msg_list.iter().map(text_of));
        if page.at_start == 1 {
            break;
        }
        before = Some(page.from_place);
    }
    assert_eq!(texts, (1..=30).map(|at| at.to_string()).collect::<Vec<_>>());

    // Read on, away again, and only what is new since then is told.
    let read = MsgReaded {
        c2c_msg_readed: C2cMsgReaded {
            items: vec![C2cMsgReadedItem { to_account: "ann".into(), pos: Some(30), ..C2cMsgReadedItem::default() }],
            cookie: None,
        },
    };
    bob.call::<command::MsgReaded>(read).await;
    bob.go_offline().await;
    ann.send("bob", "31").await;
    let mut bob = User::log_in_on(&world.access, "bob", terminal(rev, 10)).await;
    let (conversations, _) = synchronise(&mut bob).await;
    assert_eq!(conversations.iter().map(|conversation| conversation.unread).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn history_goes_both_ways_and_around_a_place() {
    let world = World::start().await;
    let (ann, bob) = world.friends("ann", "bob").await;
    for at in 1..=60 {
        ann.send("bob", &at.to_string()).await;
    }
    let places = async |request: History| -> (Vec<u64>, i64, i64) {
        let page = bob.call::<command::History>(request).await;
        (page.msg_list.iter().filter_map(|message| message.pos).collect(), page.at_start, page.at_end)
    };
    let id = || ConversationId::c2c("ann");
    let newest = places(History { id: id(), limit: 10, ..History::default() }).await;
    assert_eq!(newest, ((51..=60).collect(), 0, 1));
    let older = places(History { id: id(), before: Some(51), limit: 50, ..History::default() }).await;
    assert_eq!(older, ((1..=50).collect(), 1, 0));
    let newer = places(History { id: id(), after: Some(55), limit: 50, ..History::default() }).await;
    assert_eq!(newer, ((56..=60).collect(), 0, 1));
    let around = places(History { id: id(), around: Some(30), limit: 11, ..History::default() }).await;
    assert!(around.0.contains(&30) && around.0.len() == 11 && around.0.is_sorted(), "{around:?}");
}

#[tokio::test]
async fn reading_is_told_to_the_writer_and_to_ones_other_devices() {
    let world = World::start().await;
    let (mut ann, bob) = world.friends("ann", "bob").await;
    let mut page = User::log_in_on(&world.access, "bob", Device::new(Platform::Web, "page")).await;
    ann.send("bob", "one").await;
    ann.send("bob", "two").await;
    let item = C2cMsgReadedItem { to_account: "ann".into(), pos: Some(2), ..C2cMsgReadedItem::default() };
    bob.call::<command::MsgReaded>(MsgReaded { c2c_msg_readed: C2cMsgReaded { items: vec![item], cookie: None } }).await;
    let read = ann
        .wait_for(|event| match event {
            ClientEvent::Event(event) => match &**event {
                Event::PeerRead(read) => Some(read.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;
    assert_eq!((read.to_account.as_str(), read.pos), ("bob", Some(2)));
    let own = page
        .wait_for(|event| match event {
            ClientEvent::Event(event) => match &**event {
                Event::OwnReadC2c(read) => Some(read.clone()),
                _ => None,
            },
            _ => None,
        })
        .await;
    assert_eq!((own.from_account.as_str(), own.unread.unwrap_or(0)), ("ann", 0));
}

#[tokio::test]
async fn a_group_counts_unread_by_its_numbers() {
    let world = World::start().await;
    let (ann, bob) = world.friends("ann", "bob").await;
    let group = world.group("ann", "Public", &["bob"]).await;
    bob.go_offline().await;
    let mut last = 0;
    for at in 1..=3 {
        last = ann.send_to_group(&group, &at.to_string()).await.msg_seq;
    }
    let mut bob = User::log_in_on(&world.access, "bob", terminal(0, 50)).await;
    let (conversations, _) = synchronise(&mut bob).await;
    let unread = |conversations: &[Conversation]| {
        conversations
            .iter()
            .find(|conversation| conversation.id.group_id.as_deref() == Some(&group))
            .map(|conversation| conversation.unread)
    };
    assert!(unread(&conversations) >= Some(3), "{conversations:?}");
    bob.call::<command::MsgReadReport>(MsgReadReport { group_id: group.clone(), msg_readed_seq: last - 1, ..Default::default() })
        .await;
    bob.go_offline().await;
    let mut bob = User::log_in_on(&world.access, "bob", terminal(0, 50)).await;
    let (conversations, _) = synchronise(&mut bob).await;
    assert_eq!(unread(&conversations), Some(1));
    let history = world.rest().must("group_open_http_svc/group_msg_get_simple", json!({"GroupId": group, "ReqMsgNumber": 2})).await;
    let list = history["RspMsgList"].as_array().unwrap();
    assert_eq!(list.iter().map(|message| message["MsgSeq"].as_u64().unwrap()).collect::<Vec<_>>(), [last, last - 1]);
}

#[tokio::test]
async fn many_conversations_come_in_pages_newest_first() {
    let world = World::start().await;
    let ann = world.user("ann").await;
    let peers: Vec<String> = (0..25).map(|at| format!("peer{at}")).collect();
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": peers})).await;
    for peer in &peers {
        ann.send(peer, "hello").await;
    }
    ann.go_offline().await;
    let mut ann = User::log_in_on(&world.access, "ann", terminal(0, 10)).await;
    let (conversations, _) = synchronise(&mut ann).await;
    let names: Vec<_> = conversations.iter().filter_map(|conversation| conversation.id.to_account.clone()).collect();
    assert_eq!(names, peers.into_iter().rev().collect::<Vec<_>>());
    assert!(conversations.iter().all(|conversation| conversation.unread == 0));
}
