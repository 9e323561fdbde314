//! An hour's messages as a file.

use std::io::Read as _;

use serde_json::{Value, json};
use tern_server_lite::config::{Config, DataFolder};
use tern_tests::fixture::text_body;
use tern_tests::server::TestServer;
use tern_tests::world::World;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

const HOUR: i64 = 3_600;

async fn people(world: &World, names: &[&str]) {
    world.rest().must("im_open_login_svc/multiaccount_import", json!({"Accounts": names})).await;
}

async fn say(world: &World, from: &str, to: &str, text: &str) -> Value {
    let random = rand::random::<u32>();
    let body = json!({"From_Account": from, "To_Account": to, "MsgRandom": random, "MsgBody": text_body(text)});
    world.rest().must("openim/sendmsg", body).await
}

/// `YYYYMMDDHH` of a moment.
fn hour_of(seconds: i64) -> String {
    let moment = jiff::Timestamp::from_second(seconds).unwrap();
    moment.strftime("%Y%m%d%H").to_string()
}

/// Status and body of what is at an address.
async fn download(url: &str) -> (u16, Vec<u8>) {
    let (address, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    (head[9..12].parse().unwrap(), bytes[end + 4..].to_vec())
}

fn unpacked(bytes: &[u8]) -> String {
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes).read_to_string(&mut text).unwrap();
    text
}

async fn ask(world: &World, kind: &str, hour: &str) -> Value {
    world.rest().post("open_msg_svc/get_history", json!({"ChatType": kind, "MsgTime": hour})).await
}

#[tokio::test]
async fn an_hours_messages_are_downloaded_as_one_json_object_with_a_message_per_line() {
    let world = World::start().await;
    people(&world, &["ann", "bob", "cid"]).await;
    let group = world.group("ann", "Public", &["bob"]).await;
    // Away from the end of an hour.
    let into = world.access.clock.wall_seconds() % HOUR;
    world.advance_seconds(HOUR - into + 60).await;
    let start = world.access.clock.wall_seconds() - 60;
    for at in 0..450 {
        say(&world, "ann", "bob", &format!("line {at}")).await;
    }
    let sent = say(&world, "cid", "ann", "with \"quotes\" and 漢字").await;
    let recalled = say(&world, "cid", "ann", "taken back").await;
    world
        .rest()
        .must("openim/admin_msgwithdraw", json!({"From_Account": "cid", "To_Account": "ann", "MsgKey": recalled["MsgKey"]}))
        .await;
    let body = json!({"From_Account": "bob", "GroupId": group, "Random": 77, "MsgBody": text_body("to all")});
    let in_group = world.rest().must("group_open_http_svc/send_group_msg", body).await;
    let hour = hour_of(start);
    assert_eq!(ask(&world, "C2C", &hour).await["ErrorCode"], 1004, "the hour is not over");
    world.advance_seconds(HOUR).await;
    say(&world, "ann", "bob", "in the next hour").await;
    world.advance_seconds(600).await;

    let answer = ask(&world, "C2C", &hour).await;
    assert_eq!((&answer["ErrorCode"], answer["File"].as_array().map(Vec::len)), (&json!(0), Some(1)), "{answer}");
    let file = &answer["File"][0];
    let (status, bytes) = download(file["URL"].as_str().unwrap()).await;
    let text = unpacked(&bytes);
    assert_eq!(
        (status, file["GzipSize"].as_u64(), file["FileSize"].as_u64()),
        (200, Some(bytes.len() as u64), Some(text.len() as u64))
    );
    assert!(file["FileMD5"].as_str().unwrap().len() == 32 && file["GzipMD5"] != file["FileMD5"]);
    let day = jiff::Timestamp::from_second(start + HOUR + 7 * 24 * HOUR).unwrap();
    assert_eq!(file["ExpireTime"], day.strftime("%Y-%m-%d %H:%M:%S").to_string());
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], format!(r#"{{"SdkAppId":{},"ChatType":"C2C","MsgTime":"{hour}","MsgList":["#, world.access.sdk_app_id));
    assert_eq!((lines.len(), lines.last().copied()), (453, Some("]}")));
    let whole: Value = serde_json::from_str(&text).unwrap();
    let list = whole["MsgList"].as_array().unwrap();
    let last = list.iter().find(|message| message["From_Account"] == "cid").unwrap();
    assert_eq!((&last["To_Account"], &last["MsgTimestamp"]), (&json!("ann"), &sent["MsgTime"]));
    assert_eq!(last["MsgBody"], text_body("with \"quotes\" and 漢字"));
    assert!(last["MsgSeq"].is_u64() && last["MsgRandom"].is_u64());
    assert!(!text.contains("next hour") && !text.contains("taken back") && !text.contains("to all"));

    let answer = ask(&world, "Group", &hour).await;
    let whole: Value = serde_json::from_str(&unpacked(&download(answer["File"][0]["URL"].as_str().unwrap()).await.1)).unwrap();
    let list = whole["MsgList"].as_array().unwrap();
    let line = &list[0];
    assert_eq!((list.len(), &line["GroupId"], &line["MsgSeq"]), (1, &json!(group), &in_group["MsgSeq"]));
    assert_eq!((&line["From_Account"], &line["MsgRandom"], &line["To_Account"]), (&json!("bob"), &json!(77), &Value::Null));
}

#[tokio::test]
async fn an_address_is_good_until_the_file_expires_and_nobody_can_make_one() {
    let world = World::start().await;
    people(&world, &["ann", "bob"]).await;
    let start = world.access.clock.wall_seconds() / HOUR * HOUR;
    say(&world, "ann", "bob", "hello").await;
    world.advance_seconds(2 * HOUR).await;
    let url = ask(&world, "C2C", &hour_of(start)).await["File"][0]["URL"].as_str().unwrap().to_owned();
    assert_eq!(ask(&world, "C2C", &hour_of(start)).await["File"][0]["URL"], url, "made once");
    assert_eq!(download(&url).await.0, 200);
    let (path, signature) = url.rsplit_once("&s=").unwrap();
    let other = if signature.starts_with('0') { "1" } else { "0" };
    let forged = [
        format!("{path}&s={other}{}", &signature[1..]),
        format!("{path}&s="),
        path.to_owned(),
        url.replace("?e=", "?e=9"),
        url.replace("C2C_", "Group_"),
        url.replace("/history/14", "/history/15"),
    ];
    for forged in forged {
        assert_eq!(download(&forged).await.0, 403, "{forged}");
    }
    for odd in ["..%2F..%2Ftern.db", "C2C_.gz", "x"] {
        let (base, _) = url.split_once("/history/").unwrap();
        assert_eq!(download(&format!("{base}/history/{}/{odd}?e=1&s=00", world.access.sdk_app_id)).await.0, 404, "{odd}");
    }
    world.advance_seconds(8 * 24 * HOUR).await;
    assert_eq!(download(&url).await.0, 403);
    assert_eq!(ask(&world, "C2C", &hour_of(start)).await["ErrorCode"], 1005);
}

#[tokio::test]
async fn files_outlive_the_server_and_go_when_they_expire() {
    let folder = tempfile::tempdir().unwrap();
    let clock = tern_protocol::clock::VirtualClock::starting_now();
    let config = || Config { data: DataFolder::Path(folder.path().to_owned()), ..Config::for_test() };
    let server = TestServer::start_with(config(), clock.clone()).await;
    let rest = server.access.rest();
    rest.must("im_open_login_svc/multiaccount_import", json!({"Accounts": ["ann", "bob"]})).await;
    let start = server.access.clock.wall_seconds() / HOUR * HOUR;
    rest.must("openim/sendmsg", json!({"From_Account": "ann", "To_Account": "bob", "MsgRandom": 1, "MsgBody": text_body("hi")}))
        .await;
    clock.advance(2 * HOUR * 1000).await;
    let wanted = json!({"ChatType": "C2C", "MsgTime": hour_of(start)});
    let before = rest.must("open_msg_svc/get_history", wanted.clone()).await;
    let name = folder.path().join("history").join(server.access.sdk_app_id.to_string()).join(format!("C2C_{}.gz", hour_of(start)));
    assert!(name.exists());
    drop(server);
    let server = tern_tests::wait::eventually("the folder to be free", async || {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = tokio_util::sync::CancellationToken::new();
        let running = tern_server_lite::app::start(listener, config(), clock.clone(), stop.clone()).await.ok()?;
        Some((running, stop.drop_guard()))
    })
    .await;
    let mut rest = rest;
    rest.address = server.0.ready.address.to_string();
    let after = rest.must("open_msg_svc/get_history", wanted).await;
    assert_eq!(after["File"][0]["FileMD5"], before["File"][0]["FileMD5"]);
    let url = after["File"][0]["URL"].as_str().unwrap();
    assert!(url.contains(&rest.address), "the address follows the server's: {url}");
    assert_eq!(download(url).await.0, 200);
    clock.advance(9 * 24 * HOUR * 1000).await;
    tern_tests::wait::eventually("the file to go", async || (!name.exists()).then_some(())).await;
}

#[tokio::test]
async fn an_hour_that_cannot_be_is_refused_by_its_code() {
    let world = World::start().await;
    let now = world.access.clock.wall_seconds();
    let cases = [
        ("C2C", hour_of(now), 1004),
        ("C2C", hour_of(now + 24 * HOUR), 1004),
        ("C2C", hour_of(now - 3 * HOUR), 1004),
        ("Group", hour_of(now - 9 * 24 * HOUR), 1005),
        ("c2c", hour_of(now), 1002),
        ("", hour_of(now), 1002),
        ("C2C", "2023022901".to_owned(), 1002),
        ("C2C", "yesterday".to_owned(), 1002),
    ];
    for (kind, hour, code) in cases {
        assert_eq!(ask(&world, kind, &hour).await["ErrorCode"], code, "{kind} {hour}");
    }
    let refused = world.rest().post("open_msg_svc/get_history", json!({"ChatType": 1, "MsgTime": []})).await;
    assert_eq!(refused["ErrorCode"], 1002, "{refused}");
}
