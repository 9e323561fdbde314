//! What is wrong is said in one sentence, and does no harm to others.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use rstest::rstest;
use serde_json::{Value, json};
use tern_tests::link::Link;
use tern_tests::rest::{http, send_junk};
use tern_tests::server::ServerProcess;
use tern_tests::world::World;

use crate::PROGRAMS;

/// Runs a program that is expected to refuse; what it said.
pub(crate) fn refused(arguments: &[&str]) -> String {
    let output = run(arguments);
    let said = String::from_utf8_lossy(&output.stderr).trim_end().to_owned();
    assert!(!output.status.success(), "{arguments:?} succeeded");
    assert!(!said.contains("panicked") && !said.contains("RUST_BACKTRACE"), "{said}");
    assert_eq!(said.lines().count(), 1, "more than one sentence: {said}");
    said
}

/// Runs a program to its end.
pub(crate) fn run(arguments: &[&str]) -> Output {
    Command::new(PROGRAMS).args(arguments).stdin(Stdio::null()).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_folder_that_is_in_use_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let _server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let said = refused(&["tern-server", "--port", "0", "--data", text(folder.path())]);
    assert!(said.contains(text(folder.path())), "{said}");
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let folders = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let server = ServerProcess::start(PROGRAMS, folders.0.path(), &["--log", "warn"]);
    let (_, port) = server.access.address.rsplit_once(':').unwrap();
    let said = refused(&["tern-server", "--port", port, "--data", text(folders.1.path())]);
    assert!(said.contains(port), "{said}");
}

#[rstest]
fn a_database_that_cannot_be_used_is_left_alone(#[values("newer", "garbage")] kind: &str) {
    let folder = tempfile::tempdir().unwrap();
    assert!(ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]).terminate().success());
    let database = std::fs::read_dir(folder.path())
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.starts_with(b"SQLite format 3")))
        .expect("a database in the data folder");
    match kind {
        "newer" => {
            let connection = rusqlite::Connection::open(&database).unwrap();
            let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
            connection.pragma_update(None, "user_version", version + 1000).unwrap();
        }
        _ => {
            let mut bytes = std::fs::read(&database).unwrap();
            bytes[..100].fill(0x55);
            std::fs::write(&database, bytes).unwrap();
        }
    }
    let before = std::fs::read(&database).unwrap();
    refused(&["tern-server", "--port", "0", "--data", text(folder.path())]);
    assert!(std::fs::read(&database).unwrap() == before, "the database was touched");
}

#[rstest]
#[case::unknown_key("no_such_setting = 1\n")]
#[case::no_toml("port = = 1\n")]
#[case::wrong_type("port = \"many\"\n")]
fn a_config_file_with_a_fault_is_named(#[case] config: &str) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("tern-server.toml");
    std::fs::write(&file, config).unwrap();
    let said = refused(&["tern-server", "--config", text(&file), "--data", text(folder.path())]);
    assert!(said.contains("tern-server.toml"), "{said}");
}

#[test]
fn a_bridge_with_a_bad_key_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("AuthKey.p8");
    std::fs::write(&key, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n").unwrap();
    let config = folder.path().join("ternd.toml");
    let text_of_config = format!(
        "token = \"x\"\n[[credential]]\ncert_id = 1\nchannel = \"apns\"\nkey_file = {key:?}\nkey_id = \"ABC123DEFG\"\nteam_id = \"DEF123GHIJ\"\ntopic = \"a.b\"\n"
    );
    std::fs::write(&config, text_of_config).unwrap();
    let said = refused(&["ternd", "bridge", "--config", text(&config), "--data", text(folder.path()), "--status", "off"]);
    assert!(said.contains("AuthKey.p8"), "{said}");
}

#[test]
fn a_bridge_with_a_wrong_token_ends_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, &folder.path().join("server"), &["--log", "warn"]);
    let config = folder.path().join("ternd.toml");
    std::fs::write(&config, "[[credential]]\ncert_id = 3\nchannel = \"record\"\n").unwrap();
    let url = format!("http://{}", server.access.address);
    let data = folder.path().join("bridge");
    let said = refused(&[
        "ternd",
        "bridge",
        "--config",
        text(&config),
        "--server",
        &url,
        "--token",
        "wrong",
        "--data",
        text(&data),
        "--status",
        "off",
        "--log",
        "off",
    ]);
    assert!(!said.contains("wrong"), "a token stands in the sentence: {said}");
}

#[tokio::test]
async fn requests_that_are_no_requests_hurt_nobody() {
    let world = World::start().await;
    let address = world.access.address.clone();
    let mut witness = world.link("witness").await;
    for junk in
        ["\r\n\r\n", "GET\r\n\r\n", "POST / HTTP/9.9\r\n\r\n", "\u{0}\u{1}\u{2}", "GET /ws HTTP/1.1\r\nUpgrade: websocket\r\n\r\n"]
    {
        send_junk(&address, junk).await;
    }
    let path = world.rest().path("openim/sendmsg");
    let huge = format!("{{\"x\":\"{}\"}}", "y".repeat(2 * 1024 * 1024));
    if let Ok(answer) = http(&address, "POST", &path, &[], &huge).await {
        let code = serde_json::from_str::<Value>(&answer.body).map(|answer| answer["ErrorCode"].clone());
        assert!(code.is_ok_and(|code| code != 0), "{answer:?}");
    }
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let answer = http(&address, "POST", &path, &[], &deep).await.unwrap();
    assert!(answer.body.contains("\"FAIL\""), "{answer:?}");
    witness.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn a_frame_beyond_the_limit_ends_its_own_link_only() {
    let world = World::start().await;
    let mut witness = world.link("witness").await;
    let mut eve = world.link("eve").await;
    let huge =
        format!(r#"{{"head":{{"servcmd":"openim.sendmsg","seq":2}},"body":{{"x":"{}"}}}}"#, "y".repeat(1024 * 1024 + 512 * 1024));
    eve.send_anyway(&huge).await;
    assert!(eve.is_closed_by_server().await);
    witness.must("heartbeat.alive", json!({})).await;
}

#[tokio::test]
async fn a_user_sig_that_inflates_without_end_is_refused() {
    let world = World::start().await;
    let mut link = Link::open(&world.access.address).await;
    let bomb = tern_tests::fixture::inflating_user_sig();
    assert!(bomb.len() < 4096);
    let answer = link.log_in_with(world.access.sdk_app_id.0, "ann", &bomb, json!({"State": "Online"})).await;
    assert_eq!(answer["ErrorCode"], 70003, "{answer}");
}

#[tokio::test]
async fn guessing_signatures_is_throttled_for_the_guesser() {
    let world = World::start().await;
    let wrong = tern_protocol::usersig::generate(
        world.access.sdk_app_id,
        &"0".repeat(64),
        "ann",
        3600,
        None,
        world.access.clock.wall_seconds(),
    );
    let mut codes = Vec::new();
    for _ in 0..40 {
        let mut link = Link::open(&world.access.address).await;
        let answer = link.log_in_with(world.access.sdk_app_id.0, "ann", &wrong, json!({"State": "Online"})).await;
        codes.push(answer["ErrorCode"].as_i64().unwrap());
    }
    assert_eq!((codes.first(), codes.last()), (Some(&70009), Some(&70050)), "{codes:?}");
    world.advance_seconds(120).await;
    world.user("ann").await;
}
