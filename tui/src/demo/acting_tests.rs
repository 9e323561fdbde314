//! What acting on messages does at a real server: threads, taking back, deleting, merged messages.

use super::Options;
use super::show::Show;
use super::stage::{Guest, Stage};
use crate::act::{Act, Acted, Named, Wanted};
use crate::edge::acting::act;
use crate::edge::session::deliver;
use crate::event::{Answer, Event};
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::message::Message;
use crate::state::relay::{Inside, To, merged, record};
use crate::state::reply::{Answering, ReplyEntry, custom_data};
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::client::{ServerAddress, Session};
use tern_protocol::clock::{Clock, SystemClock};
use tern_protocol::event::Event as ServerEvent;
use tern_protocol::model::presence::{LoginMode, Platform};
use tokio::sync::mpsc;

struct Person {
    user: &'static str,
    session: Session,
    clock: Arc<dyn Clock>,
    told: mpsc::Sender<Event>,
    heard: mpsc::Receiver<Event>,
    next_random: u32,
}

impl Person {
    async fn log_in(stage: &Stage, user: &'static str) -> Self {
        let guest = Guest { user, platform: Platform::Linux, mode: LoginMode::Command, catch_up: None };
        let (session, mut events) = stage.start(guest).unwrap();
        tokio::spawn(async move { while events.recv().await.is_some() {} });
        stage.online(user, &session).await.unwrap();
        let (told, heard) = mpsc::channel(64);
        Self { user, session, clock: Arc::clone(&stage.clock), told, heard, next_random: 1 }
    }

    /// Sends as the outbox does; the place.
    async fn send(&mut self, chat: &ChatId, content: Outgoing) -> u64 {
        self.next_random += 1;
        let outgoing = Outgoing {
            chat: chat.key(),
            client_time_s: if content.client_time_s > 0 { content.client_time_s } else { self.clock.wall_seconds() },
            random: self.next_random,
            created_ms: self.clock.wall_ms(),
            ..content
        };
        match deliver(&self.session, outgoing, self.clock.as_ref(), &self.told).await {
            Answer::Delivered { result: Ok(delivered), .. } => delivered.place.unwrap(),
            other => panic!("{other:?}"),
        }
    }

    async fn say(&mut self, chat: &ChatId, text: &str) -> Message {
        let custom = custom_data(!chat.is_group(), None);
        let place = self.send(chat, Outgoing { text: text.into(), custom, ..Outgoing::default() }).await;
        self.at(chat, place).await.unwrap()
    }

    async fn act(&self, request: Act) -> Acted {
        act(&self.session, request, self.user, self.clock.as_ref()).await
    }

    /// The message at a place as the server has it.
    async fn wire(&self, chat: &ChatId, place: u64) -> Option<WireMessage> {
        use tern_protocol::api::{command, conversation::History};
        let request = History { id: chat.to_wire(), limit: 5, around: Some(place), ..History::default() };
        let page = self.session.call::<command::History>(&request).await.unwrap();
        page.msg_list.into_iter().find(|wire| wire.place() == Some(place))
    }

    async fn at(&self, chat: &ChatId, place: u64) -> Option<Message> {
        self.wire(chat, place).await.map(|wire| Message::from_wire(&wire, self.user))
    }

    async fn reply(&mut self, chat: &ChatId, root: &Message, text: &str) -> u64 {
        let answering = Answering::reply(root, "Sam");
        let custom = custom_data(!chat.is_group(), Some(&answering.to));
        let tiny_id = self.session.online().await.unwrap().tiny_id;
        let client_time_s = self.clock.wall_seconds();
        let message_id = format!("{tiny_id}-{client_time_s}-{}", self.next_random + 1);
        let entry = ReplyEntry { message_id, text: text.into(), sender: self.user.into() };
        let thread = answering.thread.map(|thread| (thread, entry));
        self.send(chat, Outgoing { text: text.into(), client_time_s, custom, thread, ..Outgoing::default() }).await
    }
}

fn replies(message: &Message) -> Vec<String> {
    message.source.as_ref().unwrap().replies.iter().map(|entry| entry.text.clone()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn threads_recall_deletion_and_merged_messages_work_at_a_real_server() {
    let show = Show::start(&Options::default()).await.unwrap();
    let stage = Stage {
        server: ServerAddress::parse(&show.info.address).unwrap(),
        sdk_app_id: SdkAppId(show.info.sdkappid),
        key: show.info.key.clone(),
        clock: Arc::new(SystemClock::new()),
    };
    let mut jonas = Person::log_in(&stage, "jonas").await;
    let mut yuki = Person::log_in(&stage, "yuki").await;
    let (with_yuki, with_jonas) = (ChatId::user("yuki"), ChatId::user("jonas"));

    // Both reply at the same time: the root lists both, each once, whoever was faster.
    let root = jonas.say(&with_yuki, "who comes to the station?").await;
    let of_yuki = yuki.at(&with_jonas, root.place.unwrap()).await.unwrap();
    let (mine, hers) = tokio::join!(jonas.reply(&with_yuki, &root, "I do"), yuki.reply(&with_jonas, &of_yuki, "me too"));
    let mut listed = replies(&jonas.at(&with_yuki, root.place.unwrap()).await.unwrap());
    listed.sort();
    assert_eq!(listed, ["I do", "me too"]);
    assert!(
        matches!(jonas.heard.recv().await, Some(Event::Server(ServerEvent::ModifiedC2c(_)))),
        "one's own screen is told as well"
    );
    let custom = jonas.wire(&with_yuki, root.place.unwrap()).await.unwrap().cloud_custom_data.unwrap();
    assert!(custom.contains("needTyping"), "what else the root carried stays: {custom}");

    // A reply that is sent again after a lost answer is there once.
    let again = jonas.at(&with_yuki, mine).await.unwrap();
    assert!(again.source.as_ref().unwrap().reply.as_ref().unwrap().root.as_deref() == Some(root.msg_id.as_str()));

    // A recalled message is gone for both.
    let reply = jonas.at(&with_yuki, mine).await.unwrap();
    let thread = Answering::reply(&reply, "Jonas").thread;
    let recalled = jonas.act(Act::Recall { chat: with_yuki.clone(), message: Named::of(&reply).unwrap(), thread }).await;
    let Acted::Recalled { result: Ok(()), root: Some(left), .. } = recalled else { panic!("{recalled:?}") };
    assert_eq!(replies(&Message::from_wire(&left, "jonas")), ["me too"], "a recalled reply leaves its thread");
    assert!(yuki.at(&with_jonas, mine).await.unwrap().source.is_none());
    let theirs = jonas.at(&with_yuki, hers).await.unwrap();
    let refused = jonas.act(Act::Recall { chat: with_yuki.clone(), message: Named::of(&theirs).unwrap(), thread: None }).await;
    assert!(matches!(refused, Acted::Recalled { result: Err(_), .. }), "{refused:?}");

    // Deleting is for oneself alone.
    let deleted = jonas.act(Act::Delete { chat: with_yuki.clone(), places: vec![hers] }).await;
    assert!(matches!(deleted, Acted::Deleted { result: Ok(()), .. }), "{deleted:?}");
    assert!(jonas.wire(&with_yuki, hers).await.is_none_or(|wire| !Message::is_there(&wire)));
    assert!(yuki.at(&with_jonas, hers).await.is_some());

    // A message that is nowhere here is found by its ID.
    let wanted = Wanted { msg_id: root.msg_id.clone(), place: None, time_s: root.time_s };
    let found = yuki.act(Act::Find { chat: with_jonas.clone(), wanted: vec![wanted], page: 1 }).await;
    assert!(matches!(found, Acted::Found { result: Ok(found), .. } if found.len() == 1));

    // A merged message above the limit is stored first, read back by its key, and one inside another opens in turn.
    let mut said = Vec::new();
    for n in 0..10 {
        said.push((jonas.say(&with_yuki, &format!("{n} {}", "long ".repeat(400))).await, "Jonas".to_owned()));
    }
    let to = To::Pair { me: "jonas", peer: "yuki" };
    let copy = merged(&said, "Chat History of Jonas and Yuki", &to).unwrap();
    assert!(copy.relay_list.is_some());
    let outgoing = Outgoing { body: Some(copy.body), relay_list: copy.relay_list, ..Outgoing::default() };
    let outer = jonas.send(&with_yuki, outgoing).await;
    let card = yuki.at(&with_jonas, outer).await.unwrap();
    let Some(Inside::Key(key)) = record(&card).map(|record| record.inside) else { panic!("{card:?}") };
    let Acted::Relay { result: Ok(list), page: 7 } = yuki.act(Act::Relay { key, page: 7 }).await else { panic!() };
    let inside = crate::state::relay::messages(&list, "yuki");
    assert_eq!((inside.len(), inside[0].sender_name.as_str()), (10, "Jonas"));
    let nested = merged(&[(card, "Jonas".into())], "Deeper", &to).unwrap();
    let place = yuki.send(&with_jonas, Outgoing { body: Some(nested.body), ..Outgoing::default() }).await;
    let Some(Inside::Here(list)) = record(&jonas.at(&with_yuki, place).await.unwrap()).map(|record| record.inside) else {
        panic!()
    };
    let deeper = crate::state::relay::messages(&list, "jonas");
    assert!(matches!(record(&deeper[0]).unwrap().inside, Inside::Key(_)));

    for person in [jonas, yuki] {
        person.session.close().await;
    }
    show.end().await;
}
