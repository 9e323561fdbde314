//! Links of peers that break the rules of WebSocket, or use all of them: each ends alone, with a reason, or is served.

use rstest::rstest;
use serde_json::json;
use tern_tests::link::Link;
use tern_tests::wait::soon;
use tern_tests::world::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const HEARTBEAT: &[u8] = br#"{"head":{"servcmd":"heartbeat.alive","seq":7},"body":{}}"#;
const CONTINUED: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;
const FIN: u8 = 0x80;

/// A frame with this first byte, masked by a key of zeros, which leaves the payload as it is.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![first];
    match payload.len() {
        short @ 0..126 => bytes.push(0x80 | short as u8),
        long => {
            bytes.push(0x80 | 127);
            bytes.extend((long as u64).to_be_bytes());
        }
    }
    bytes.extend([0; 4]);
    bytes.extend(payload);
    bytes
}

/// A link without a library that would keep its rules.
struct Raw(TcpStream);

impl Raw {
    async fn log_in(world: &World, user: &str) -> Self {
        let mut stream = TcpStream::connect(&world.access.address).await.unwrap();
        let upgrade = "GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                       Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\
                       Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n";
        stream.write_all(upgrade.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        let head = String::from_utf8(head).unwrap().to_lowercase();
        assert!(head.starts_with("http/1.1 101") && !head.contains("extensions"), "nothing that inflates: {head}");
        let mut raw = Self(stream);
        let (app, usersig) = (world.access.sdk_app_id.0, world.access.user_sig(user));
        let head = json!({"servcmd": "im_open_status.wslogin", "seq": 1, "sdkappid": app, "identifier": user, "usersig": usersig});
        let login = json!({"head": head, "body": {"State": "Online"}}).to_string();
        raw.send(&frame(FIN | TEXT, login.as_bytes())).await;
        let (first, answer) = raw.next().await.unwrap();
        assert!(first == FIN | TEXT && String::from_utf8_lossy(&answer).contains(r#""ErrorCode":0"#));
        raw
    }

    async fn send(&mut self, bytes: &[u8]) {
        // A server that has seen enough may have closed.
        let _ = self.0.write_all(bytes).await;
    }

    /// First byte and payload of what comes; `None`: the connection ended.
    async fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let read = async {
            let (first, short) = (self.0.read_u8().await.ok()?, self.0.read_u8().await.ok()?);
            let length = match short {
                126 => usize::from(self.0.read_u16().await.ok()?),
                127 => usize::try_from(self.0.read_u64().await.ok()?).ok()?,
                short => usize::from(short),
            };
            let mut payload = vec![0; length];
            self.0.read_exact(&mut payload).await.ok()?;
            Some((first, payload))
        };
        soon("a frame, or the end", read).await
    }

    /// The code with which the server closes.
    async fn close_code(&mut self) -> Option<u16> {
        let (first, payload) = self.next().await?;
        assert_eq!(first, FIN | CLOSE, "{}", String::from_utf8_lossy(&payload));
        payload.first_chunk().map(|code| u16::from_be_bytes(*code))
    }
}

fn unmasked() -> Vec<u8> {
    [&[FIN | TEXT, HEARTBEAT.len() as u8], HEARTBEAT].concat()
}

fn announced(length: u64) -> Vec<u8> {
    [&[FIN | TEXT, 0x80 | 127], &length.to_be_bytes()[..], &[0; 4], b"x"].concat()
}

#[rstest]
#[case::no_mask(unmasked(), 1002)]
#[case::a_compressed_frame(frame(FIN | 0x40 | TEXT, HEARTBEAT), 1002)]
#[case::a_kind_that_is_none(frame(FIN | 3, HEARTBEAT), 1002)]
#[case::a_control_that_is_none(frame(FIN | 11, b""), 1002)]
#[case::a_piece_of_nothing(frame(FIN | CONTINUED, HEARTBEAT), 1002)]
#[case::a_text_within_a_text([frame(TEXT, b"{"), frame(FIN | TEXT, HEARTBEAT)].concat(), 1002)]
#[case::half_a_ping(frame(PING, b"x"), 1002)]
#[case::no_text(frame(FIN | TEXT, b"\xff{}"), 1002)]
#[case::too_long(announced(1 << 62), 1009)]
#[case::too_long_in_pieces([frame(TEXT, &[b'x'; 600_000]), frame(CONTINUED, &[b'x'; 600_000])].concat(), 1009)]
#[case::a_reason_without_end(frame(FIN | CLOSE, b"\x03"), 1002)]
#[case::a_close_code_that_nobody_may_send(frame(FIN | CLOSE, &999_u16.to_be_bytes()), 1002)]
#[case::a_goodbye(frame(FIN | CLOSE, &1000_u16.to_be_bytes()), 1000)]
#[tokio::test]
async fn a_link_that_breaks_the_rules_is_told_so_and_ends_alone(#[case] bytes: Vec<u8>, #[case] code: u16) {
    let world = World::start().await;
    let mut witness = world.link("witness").await;
    let mut eve = Raw::log_in(&world, "eve").await;
    eve.send(&bytes).await;
    assert_eq!(eve.close_code().await, Some(code));
    witness.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn pieces_with_a_ping_between_them_and_bytes_that_are_no_text_are_served() {
    let world = World::start().await;
    let mut eve = Raw::log_in(&world, "eve").await;
    let (front, back) = HEARTBEAT.split_at(9);
    eve.send(
        &[frame(TEXT, front), frame(FIN | PING, b"are you there"), frame(CONTINUED, b""), frame(FIN | CONTINUED, back)].concat(),
    )
    .await;
    assert_eq!(eve.next().await, Some((FIN | PONG, b"are you there".to_vec())));
    let (_, answer) = eve.next().await.unwrap();
    assert!(String::from_utf8_lossy(&answer).starts_with(r#"{"head":{"servcmd":"heartbeat.alive","seq":7}"#));
    eve.send(&frame(FIN | BINARY, b"\xff\xfe")).await;
    let (first, answer) = eve.next().await.unwrap();
    assert!(first == FIN | BINARY && String::from_utf8_lossy(&answer).contains("60003"), "answered in kind");
}

#[tokio::test]
async fn a_list_that_is_longer_than_two_megabytes_arrives_whole() {
    const PEERS: usize = 180;
    let world = World::start().await;
    let rest = world.rest();
    let names: Vec<String> = (0..PEERS).map(|at| format!("peer{at}")).collect();
    for some in names.chunks(100) {
        rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": some})).await;
    }
    let mut bob: Link = world.link("bob").await;
    let long = json!([{"MsgType": "TIMTextElem", "MsgContent": {"Text": "x".repeat(12_000)}}]);
    for name in &names {
        let message = json!({"From_Account": name, "To_Account": "bob", "MsgRandom": 1, "SyncOtherMachine": 2, "MsgBody": long});
        rest.must("openim/sendmsg", message).await;
    }
    let all = bob.must("tern_sync.pull", json!({"Rev": 0, "Limit": 500})).await;
    assert_eq!(all["Conversations"].as_array().unwrap().len(), PEERS);
}
