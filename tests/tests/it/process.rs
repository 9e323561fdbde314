//! Programs as an operator meets them: signals, certificates, the shell.

use std::process::{Command, Stdio};
use std::sync::Arc;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};
use tern_protocol::client::{Identity, ServerAddress, Session, SessionConfig, Trust};
use tern_protocol::clock::SystemClock;
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::{SdkAppId, UserId, usersig};
use tern_tests::link::Link;
use tern_tests::server::ServerProcess;
use tern_tests::user::User;
use tern_tests::wait::{eventually, soon};

use crate::PROGRAMS;
use crate::bad_input::{refused, run};

#[tokio::test]
async fn a_graceful_end_keeps_what_was_said_and_is_quick() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let ann = User::log_in(&server.access, "ann").await;
    ann.send("ann", "to myself").await;
    drop(ann);
    assert!(tokio::task::spawn_blocking(move || server.terminate()).await.unwrap().success());
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let now = server.access.clock.wall_seconds();
    let history = json!({"Operator_Account": "ann", "Peer_Account": "ann", "MaxCnt": 10, "MinTime": 0, "MaxTime": now + 10});
    let answer = server.access.rest().must("openim/admin_getroammsg", history).await;
    assert_eq!(answer["MsgCnt"], 1, "{answer}");
}

#[tokio::test]
async fn https_with_the_servers_own_authority_is_believed_by_those_who_have_its_file_only() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(PROGRAMS);
    command.args(["tern-server", "--port", "0", "--tls-port", "0", "--tls", "auto", "--ready-json", "--log", "warn", "--data"]);
    let mut child = command.arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(child.stdout.take().unwrap()), &mut line).unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let address = format!("https://{}", ready["tls_address"].as_str().unwrap());
    let app = SdkAppId(ready["sdkappid"].as_u64().unwrap().try_into().unwrap());
    let clock = Arc::new(SystemClock::new());
    let now = tern_protocol::clock::Clock::wall_seconds(&*clock);
    let user_sig = usersig::generate(app, ready["key"].as_str().unwrap(), "ann", 3600, None, now);
    let start = |trust: Trust| {
        let identity = Identity::User {
            sdk_app_id: app,
            user: UserId::parse("ann").unwrap(),
            user_sig: user_sig.clone(),
            platform: Platform::Linux,
            install: "i".into(),
            mode: LoginMode::Interactive,
        };
        let config = SessionConfig { trust, ..SessionConfig::new(ServerAddress::parse(&address).unwrap(), identity) };
        Session::start(config, clock.clone(), StdRng::seed_from_u64(1))
    };
    let (session, _events) = start(Trust::CaFile(ready["tls_ca"].as_str().unwrap().into()));
    soon("a login over TLS", session.online()).await.unwrap();
    session.close().await;
    let (stranger, mut events) = start(Trust::System);
    let reason = soon("a refusal", async {
        loop {
            if let Some(tern_protocol::client::ClientEvent::Offline { reason, .. }) = events.recv().await {
                return reason;
            }
        }
    })
    .await;
    assert!(reason.to_lowercase().contains("certificate"), "{reason}");
    drop(stranger);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn a_user_sig_from_the_shell_logs_in_and_is_judged_by_code() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let data = folder.path().to_str().unwrap();
    let tool = |arguments: &[&str]| {
        Command::new(PROGRAMS).arg("tern-server").args(arguments).args(["--data", data]).stdin(Stdio::null()).output().unwrap()
    };
    let made = tool(&["usersig", "gen", "--user", "ann"]);
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let user_sig = String::from_utf8(made.stdout).unwrap();
    assert_eq!(user_sig.lines().count(), 1);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut link = tern_tests::link::Link::open(&server.access.address).await;
        let answer = link.log_in_with(server.access.sdk_app_id.0, "ann", user_sig.trim(), json!({"State": "Online"})).await;
        assert_eq!(answer["ErrorCode"], 0, "{answer}");
    });
    let wrong = tool(&["usersig", "verify", "--user", "bob", user_sig.trim()]);
    let said = format!("{}{}", String::from_utf8_lossy(&wrong.stdout), String::from_utf8_lossy(&wrong.stderr));
    assert!(!wrong.status.success() && said.contains("70013"), "{said}");
}

#[tokio::test]
async fn settings_are_changed_by_command_beside_a_running_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = ServerProcess::start(PROGRAMS, folder.path(), &["--log", "warn"]);
    let app = server.access.sdk_app_id.to_string();
    let set =
        |settings: &str| run(&["tern-server", "--data", folder.path().to_str().unwrap(), "app", "set", &app, settings, "--json"]);
    let ann = tokio::sync::Mutex::new(Link::log_in(&server.access, "ann", json!({"State": "Online"})).await);
    server.access.rest().must("im_open_login_svc/account_import", json!({"UserID": "bob"})).await;
    let send = async || {
        let body = json!({"To_Account": "bob", "MsgRandom": rand::random::<u32>(), "MsgClientTime": 1,
            "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "hi"}}]});
        ann.lock().await.call("openim.sendmsg", body).await["ErrorCode"].clone()
    };
    assert_eq!(send().await, 0);
    let done = set(r#"{"features":{"friends_only":true},"media_days":3}"#);
    assert!(done.status.success(), "{done:?}");
    let shown: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&shown["media_days"], &shown["features"]["friends_only"], &shown["recall_seconds"]),
        (&json!(3), &json!(true), &json!(120))
    );
    assert!(shown.get("keys").is_none(), "keys are not shown");
    eventually("the link that was open already to follow", async || (send().await == 20009).then_some(())).await;
    assert!(
        refused(&["tern-server", "--data", folder.path().to_str().unwrap(), "app", "set", &app, r#"{"days":3}"#]).contains("days")
    );
    assert!(
        refused(&["tern-server", "--data", folder.path().to_str().unwrap(), "app", "set", "7", "{}"]).contains("no application 7")
    );
}
