//! A session against a server of a few lines, under the virtual clock.

use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rand::SeedableRng;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

use super::{CallError, CatchUp, ClientEvent, End, Identity, ServerAddress, Session, SessionConfig, Status};
use crate::api::message::{SendGroupMsg, SendMsg};
use crate::api::{Empty, command};
use crate::clock::{Clock, VirtualClock};
use crate::event::Event;
use crate::model::presence::{KickType, LoginMode, Platform};
use crate::{SdkAppId, UserId};

struct Server {
    listener: TcpListener,
}

struct Link(WebSocketStream<TcpStream>);

impl Server {
    async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.unwrap() }
    }

    fn config(&self) -> SessionConfig {
        let identity = Identity::User {
            sdk_app_id: SdkAppId(1_400_000_001),
            user: UserId::parse("ann").unwrap(),
            user_sig: "sig".into(),
            platform: Platform::Linux,
            install: "install".into(),
            mode: LoginMode::Interactive,
        };
        let address = self.listener.local_addr().unwrap().to_string();
        SessionConfig::new(ServerAddress::parse(&address).unwrap(), identity)
    }

    async fn accept(&self) -> Link {
        let (tcp, _) = self.listener.accept().await.unwrap();
        Link(tokio_tungstenite::accept_async(tcp).await.unwrap())
    }

    /// Takes a connection and lets its login in.
    async fn accept_login(&self) -> Link {
        let mut link = self.accept().await;
        let login = link.next().await;
        assert_eq!(login["head"]["servcmd"], "im_open_status.wslogin");
        assert_eq!((&login["head"]["identifier"], &login["head"]["usersig"]), (&json!("ann"), &json!("sig")));
        link.answer(&login, json!({"TinyId": "77", "InstId": 5, "HelloInterval": 120, "TimeStamp": 2000, "TernTimeMs": 2_000_500}))
            .await;
        link
    }
}

impl Link {
    async fn next(&mut self) -> Value {
        loop {
            match self.0.next().await.expect("a frame").unwrap() {
                Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                Message::Ping(_) | Message::Pong(_) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    async fn answer(&mut self, request: &Value, mut fields: Value) {
        let object = fields.as_object_mut().unwrap();
        let code = object.get("ErrorCode").and_then(Value::as_i64).unwrap_or(0);
        object.insert("ErrorCode".into(), code.into());
        object.insert("ActionStatus".into(), if code == 0 { "OK" } else { "FAIL" }.into());
        object.entry("ErrorInfo").or_insert("".into());
        let head = json!({"servcmd": request["head"]["servcmd"], "seq": request["head"]["seq"]});
        self.send(json!({"head": head, "body": fields})).await;
    }

    async fn event(&mut self, item: Value) {
        self.send(json!({"head": {"servcmd": "im_open_push.msg_push", "seq": 0}, "body": {"EventArray": [item]}})).await;
    }

    async fn send(&mut self, frame: Value) {
        self.0.send(Message::text(frame.to_string())).await.unwrap();
    }
}

fn start(config: SessionConfig) -> (Session, mpsc::Receiver<ClientEvent>, VirtualClock) {
    let clock = VirtualClock::new(1_000_000);
    let (session, events) = Session::start(config, Arc::new(clock.clone()), StdRng::seed_from_u64(3));
    (session, events, clock)
}

async fn next_end(events: &mut mpsc::Receiver<ClientEvent>) -> End {
    loop {
        if let ClientEvent::Ended(end) = events.recv().await.expect("an end") {
            return end;
        }
    }
}

fn text_message(text: &str) -> SendMsg {
    let body = json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}]);
    SendMsg {
        to_account: Some("bob".into()),
        msg_body: Some(serde_json::value::to_raw_value(&body).unwrap()),
        ..SendMsg::default()
    }
}

#[tokio::test]
async fn a_login_tells_number_and_the_distance_to_the_servers_time() {
    let server = Server::start().await;
    let (session, mut events, clock) = start(server.config());
    let _link = server.accept_login().await;
    let info = session.online().await.unwrap();
    assert_eq!((info.tiny_id.as_str(), info.inst_id, info.resumed), ("77", 5, false));
    assert_eq!(session.server_wall_ms(), 2_000_500);
    clock.advance(1_000).await;
    assert_eq!(session.server_wall_ms(), 2_001_500);
    assert!(matches!(events.recv().await, Some(ClientEvent::Connecting { attempt: 0 })));
    assert!(matches!(events.recv().await, Some(ClientEvent::Online(_))));
}

#[tokio::test]
async fn calls_are_answered_by_number_whatever_the_order() {
    let server = Server::start().await;
    let (session, _events, _clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    let empty = Empty {};
    let (calls, ()) = tokio::join!(
        async { tokio::join!(session.call::<command::Foreground>(&empty), session.call_json("a.b", "{}".into())) },
        async {
            let (first, second) = (link.next().await, link.next().await);
            link.answer(&second, json!({"ErrorCode": 10010, "ErrorInfo": "group does not exist"})).await;
            link.answer(&first, json!({"More": 1})).await;
        }
    );
    assert!(calls.0.is_ok());
    let refusal = calls.1.unwrap_err();
    assert_eq!(refusal.to_string(), "group does not exist (10010)");
    assert_eq!(refusal.code().unwrap().0, 10010);
}

#[tokio::test]
async fn messages_that_were_not_acknowledged_are_sent_again_under_the_same_id_and_in_order() {
    let server = Server::start().await;
    let (session, mut events, clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    let first = tokio::spawn({
        let session = session.clone();
        async move { session.send_message::<command::SendMsg>(text_message("one"), 60_000).await }
    });
    let sent = link.next().await;
    drop(link);
    // While there is no link the second one waits its turn.
    while session.status() != Status::Offline {
        tokio::task::yield_now().await;
    }
    let second = tokio::spawn({
        let session = session.clone();
        async move { session.send_message::<command::SendGroupMsg>(SendGroupMsg::default(), 60_000).await }
    });
    assert_eq!(session.call::<command::Foreground>(&Empty {}).await.unwrap_err(), CallError::Offline);
    let (mut link, ()) = tokio::join!(server.accept_login(), clock.advance(1_000));
    let again = link.next().await;
    assert_eq!(sent["body"], again["body"]);
    assert_eq!(sent["body"]["MsgClientTime"], 2000);
    assert!(sent["body"]["MsgRandom"].is_u64());
    link.answer(&again, json!({"MsgTime": 3, "MsgKey": "k", "MsgId": "i", "MsgSeq": 4})).await;
    let group = link.next().await;
    assert_eq!(group["head"]["servcmd"], "group_open_http_svc.send_group_msg");
    link.answer(&group, json!({"MsgTime": 3, "MsgSeq": 9})).await;
    assert_eq!(first.await.unwrap().unwrap().msg_seq, 4);
    assert_eq!(second.await.unwrap().unwrap().msg_seq, 9);
    let kinds: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
    let resumed = kinds.iter().any(|event| matches!(event, ClientEvent::Online(info) if info.resumed));
    assert!(resumed && kinds.iter().any(|event| matches!(event, ClientEvent::Offline { .. })), "{kinds:?}");
}

#[tokio::test]
async fn a_message_is_given_up_when_the_patience_is_over() {
    let server = Server::start().await;
    let (session, _events, clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    let sending = tokio::spawn({
        let session = session.clone();
        async move { session.send_message::<command::SendMsg>(text_message("one"), 3_000).await }
    });
    link.next().await;
    clock.advance(3_000).await;
    assert_eq!(sending.await.unwrap().unwrap_err(), CallError::TimedOut);
}

#[tokio::test]
async fn the_heartbeat_goes_every_two_minutes_and_a_dumb_server_is_left() {
    let server = Server::start().await;
    let (session, mut events, clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    for _ in 0..3 {
        tokio::join!(clock.advance(120_000), async {
            let beat = link.next().await;
            assert_eq!(beat["head"]["servcmd"], "heartbeat.alive");
            link.answer(&beat, json!({})).await;
        });
    }
    assert!(matches!(session.status(), Status::Online(_)));
    tokio::join!(clock.advance(120_000), async {
        link.next().await;
        // Something else than the answer shows life as well.
        link.event(json!({"Event": 9999, "TernNews": {}})).await;
    });
    clock.advance(20_000).await;
    assert!(matches!(session.status(), Status::Online(_)));
    // From here on silence: the limit in real time of a clock that waits for an answer is what this test takes.
    clock.advance(110_000).await;
    let reasons: Vec<_> = std::iter::from_fn(|| events.try_recv().ok())
        .filter_map(|event| if let ClientEvent::Offline { reason, .. } = event { Some(reason) } else { None })
        .collect();
    assert_eq!(reasons, ["the server does not answer any more"]);
}

#[tokio::test]
async fn a_kick_ends_the_session_with_its_type() {
    let server = Server::start().await;
    let (session, mut events, clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    link.event(json!({"Event": 9000, "TernKickout": {"KickType": 2, "Platform": "iPhone", "InstId": 8}})).await;
    let End::Kicked(kick) = next_end(&mut events).await else { panic!() };
    assert_eq!((kick.kick_type, kick.platform.as_str()), (Some(KickType::MultipleDevice), "iPhone"));
    assert_eq!(
        session.call::<command::Foreground>(&Empty {}).await.unwrap_err().to_string(),
        "the same account logged in on another device (iPhone)"
    );
    clock.advance(600_000).await;
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test]
async fn an_expired_user_sig_is_an_end_of_its_own() {
    let server = Server::start().await;
    let (session, mut events, _clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    let (call, ()) = tokio::join!(session.call::<command::Foreground>(&Empty {}), async {
        let request = link.next().await;
        link.answer(&request, json!({"ErrorCode": 70001})).await;
    });
    assert_eq!(call.unwrap_err(), CallError::Ended(End::SigExpired));
    assert_eq!(next_end(&mut events).await, End::SigExpired);
}

#[tokio::test]
async fn wrong_credentials_end_the_session_and_a_busy_server_is_tried_again() {
    for (code, ends) in [(70009, true), (60018, false)] {
        let server = Server::start().await;
        let (session, _events, _clock) = start(server.config());
        let mut link = server.accept().await;
        let login = link.next().await;
        link.answer(&login, json!({"ErrorCode": code, "ErrorInfo": "no"})).await;
        let mut status = session.status();
        while matches!(status, Status::Connecting) {
            tokio::task::yield_now().await;
            status = session.status();
        }
        assert_eq!(matches!(status, Status::Ended(End::Refused { .. })), ends, "{code}: {status:?}");
    }
}

#[tokio::test]
async fn after_a_login_pages_tell_what_changed_and_events_come_in_order() {
    let server = Server::start().await;
    let config = SessionConfig { catch_up: Some(CatchUp { rev: 10, page: 2 }), ..server.config() };
    let (session, mut events, _clock) = start(config);
    let mut link = server.accept_login().await;
    let first = link.next().await;
    assert_eq!(first["body"], json!({"Rev": 10, "Limit": 2}));
    link.event(json!({"Event": 9, "C2cMsgArray": [{"From_Account": "bob", "MsgSeq": 1}]})).await;
    link.answer(&first, json!({"Rev": 50, "Complete": 0, "Before": 40})).await;
    let second = link.next().await;
    assert_eq!(second["body"], json!({"Rev": 10, "Limit": 2, "Before": 40}));
    link.answer(&second, json!({"Rev": 50, "Complete": 1})).await;
    let mut seen = vec![];
    loop {
        match events.recv().await.unwrap() {
            ClientEvent::Event(event) => {
                let Event::C2cMessage(message) = *event else { panic!() };
                seen.push(format!("message {}", message.msg_seq));
            }
            ClientEvent::SyncPage(page) => seen.push(format!("page {}", page.rev)),
            ClientEvent::SyncDone { rev } => {
                assert_eq!(rev, 50);
                break;
            }
            _ => {}
        }
    }
    assert_eq!(seen, ["message 1", "page 50", "page 50"]);
    session.close().await;
}

#[tokio::test]
async fn an_owner_who_takes_no_events_loses_the_link_and_not_an_event() {
    let server = Server::start().await;
    let (session, mut events, _clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    for seq in 1..=1_200 {
        let frame = json!({"head": {"servcmd": "im_open_push.msg_push", "seq": 0}, "body": {"EventArray": [{"Event": 9, "C2cMsgArray": [{"From_Account": "bob", "MsgSeq": seq}]}]}});
        if link.0.send(Message::text(frame.to_string())).await.is_err() {
            break;
        }
    }
    while session.status() != Status::Offline {
        tokio::task::yield_now().await;
    }
    let mut last = 0;
    loop {
        match events.recv().await.unwrap() {
            ClientEvent::Event(event) => {
                let Event::C2cMessage(message) = *event else { panic!() };
                assert_eq!(message.msg_seq, last + 1);
                last = message.msg_seq;
            }
            ClientEvent::Offline { reason, .. } => {
                assert_eq!(reason, "events were not taken in time");
                break;
            }
            _ => {}
        }
    }
    assert!(last > 1_000);
}

#[tokio::test]
async fn logging_out_says_goodbye_after_open_calls_were_answered() {
    let server = Server::start().await;
    let (session, events, _clock) = start(server.config());
    drop(events);
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    let sending = tokio::spawn({
        let session = session.clone();
        async move { session.send_message::<command::SendMsg>(text_message("last words"), 60_000).await }
    });
    let sent = link.next().await;
    let ((), ()) = tokio::join!(session.log_out(), async {
        while !matches!(session.call_json("a.b", "{}".into()).await, Err(CallError::Ended(_))) {}
        link.answer(&sent, json!({"MsgSeq": 1})).await;
        let goodbye = link.next().await;
        assert_eq!(goodbye["head"]["servcmd"], "im_open_status.wslogout");
        link.answer(&goodbye, json!({})).await;
    });
    assert!(sending.await.unwrap().is_ok());
    assert_eq!(session.status(), Status::Ended(End::Closed));
}

#[tokio::test]
async fn dropping_the_last_handle_closes_the_link_and_leaves_no_timer() {
    let server = Server::start().await;
    let (session, events, clock) = start(server.config());
    let mut link = server.accept_login().await;
    session.online().await.unwrap();
    drop((session, events));
    assert!(matches!(link.0.next().await, None | Some(Err(_)) | Some(Ok(Message::Close(_)))));
    clock.settle().await;
    assert_eq!(clock.sleepers(), 0);
    assert!(clock.wall_ms() > 0);
}
