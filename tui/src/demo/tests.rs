//! The whole demo but for the screen.

use super::show::Show;
use super::stage::{Guest, Stage};
use super::{Options, phones::Shown};
use std::sync::Arc;
use tern_protocol::SdkAppId;
use tern_protocol::api::command;
use tern_protocol::api::conversation::Conversation;
use tern_protocol::api::message::{Message, SendMsg};
use tern_protocol::client::{CatchUp, ClientEvent, ServerAddress, Session};
use tern_protocol::clock::{Clock as _, SystemClock, timeout};
use tern_protocol::event::Event;
use tern_protocol::model::message::Element;
use tern_protocol::model::presence::{LoginMode, Platform};
use tokio::sync::mpsc;

/// Real milliseconds for anything that a person of the demo does.
const LIMIT_MS: i64 = 20_000;

struct Sam {
    session: Session,
    events: mpsc::Receiver<ClientEvent>,
}

impl Sam {
    fn log_in(show: &Show) -> Self {
        let stage = Stage {
            server: ServerAddress::parse(&show.info.address).unwrap(),
            sdk_app_id: SdkAppId(show.info.sdkappid),
            key: show.info.key.clone(),
            clock: Arc::new(SystemClock::new()),
        };
        let (mode, catch_up) = (LoginMode::Interactive, Some(CatchUp::default()));
        let (session, events) = stage.start(Guest { user: "sam", platform: Platform::Linux, mode, catch_up }).unwrap();
        Self { session, events }
    }

    async fn conversations(&mut self) -> Vec<Conversation> {
        let mut all = Vec::new();
        loop {
            match limit(self.events.recv()).await.expect("events") {
                ClientEvent::SyncPage(page) => all.extend(page.conversations),
                ClientEvent::SyncDone { .. } => return all,
                ClientEvent::Ended(end) => panic!("{end}"),
                _ => {}
            }
        }
    }

    async fn write(&self, to: &str, text: &str) {
        let body = serde_json::value::to_raw_value(&[Element::text(text)]).unwrap();
        let request = SendMsg { to_account: Some(to.into()), msg_body: Some(body), ..SendMsg::default() };
        self.session.send_message::<command::SendMsg>(request, LIMIT_MS).await.unwrap();
    }

    async fn next_message_of(&mut self, from: &str) -> Message {
        loop {
            if let ClientEvent::Event(event) = limit(self.events.recv()).await.expect("events")
                && let Event::C2cMessage(message) | Event::GroupMessage(message) = *event
                && message.from_account == from
            {
                return message;
            }
        }
    }
}

async fn limit<T>(work: impl Future<Output = T>) -> T {
    timeout(&SystemClock::new(), LIMIT_MS, work).await.expect("it takes too long")
}

async fn next_push(show: &mut Show, wanted: impl Fn(&Shown) -> bool) -> Shown {
    loop {
        let shown = limit(show.pushes.recv()).await.expect("pushes");
        if wanted(&shown) {
            return shown;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_world_is_there_people_answer_phones_buzz_and_nothing_is_left() {
    let started_ms = SystemClock::new().wall_ms();
    let mut show = Show::start(&Options::default()).await.unwrap();
    let folder = show.info.folder.clone();
    let mut sam = Sam::log_in(&show);

    let conversations = sam.conversations().await;
    let named = |name: &str| conversations.iter().find(|one| one.show_name == name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(conversations.len(), show.world.chats.len());
    assert_eq!((named("Tidewater team").unread, named("Tidewater team").top_flag), (8, 1));
    assert_eq!((named("Mira Novak").unread, named("Jonas Lindqvist").unread), (2, 0));
    let times: Vec<i64> =
        conversations.iter().filter_map(|one| one.last_msg.as_ref()).map(|last| last.msg_time_stamp * 1000).collect();
    assert!(times.iter().all(|time| *time < started_ms) && times.iter().any(|time| *time < started_ms - 12 * 3_600_000));

    sam.write("mira", "Please send a push").await;
    assert!(sam.next_message_of("mira").await.place().is_some());
    let both = next_push(&mut show, |shown| shown.phones.len() == 2).await;
    // The gateways answer when they answer.
    let mut phones = both.phones.clone();
    phones.sort();
    assert_eq!(phones, ["Android", "iPhone"]);

    sam.write("yuki", "Are you awake?").await;
    let hers = next_push(&mut show, |shown| shown.phones[0].contains("ゆき")).await;
    assert!(hers.body.contains("Are you awake?"), "{hers:?}");
    assert_eq!(sam.next_message_of("yuki").await.to_account.as_deref(), Some("sam"));

    sam.session.close().await;
    limit(show.end()).await;
    assert!(!folder.exists());
}
