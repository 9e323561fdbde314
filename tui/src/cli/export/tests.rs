//! Files from a local database, alone.

use super::*;
use crate::edge::store::Store;
use crate::effect::StoreOp;
use crate::state::fixture::{NOW_S, group_text, text};
use rand::SeedableRng;
use rstest::rstest;
use tern_protocol::clock::VirtualClock;
use tern_protocol::{SdkAppId, UserId};

fn profile() -> SavedProfile {
    SavedProfile {
        server: "http://127.0.0.1:1".into(),
        sdk_app_id: SdkAppId(1_400_000_001),
        user: UserId::parse("me").unwrap(),
        user_sig: "s".into(),
        install: "i".into(),
        ca_file: None,
    }
}

fn filled() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.db");
    let mut store = Store::open(&path).unwrap();
    let bob = vec![
        text("bob", "bob", 1, 86_400 * 2, "Hello <b>there</b> & *you*"),
        text("me", "bob", 2, 86_400, "see https://example.org/a?b=1&c=2\n- not a list"),
        text("bob", "bob", 3, 60, "<script>alert(1)</script>"),
    ];
    let tip = serde_json::json!({"OpType":1,"Operator_Account":"bob","List_Account":["bob"]});
    let mut joined = group_text("bob", "rust", 8, 90, "");
    joined.msg_body = Some(tern_protocol::event::raw(&tip).unwrap());
    let rust = vec![joined, group_text("li", "rust", 9, 60, "第四章")];
    store
        .apply_all(&[
            StoreOp::Person { user: "bob".into(), nick: "Bob \"B\" Brown".into() },
            StoreOp::Messages { chat: ChatId::user("bob"), messages: bob, held: Some((1, 3)) },
            StoreOp::Messages { chat: ChatId::group("rust"), messages: rust, held: Some((8, 9)) },
            StoreOp::Messages { chat: ChatId::user("both"), messages: vec![], held: None },
            StoreOp::Messages { chat: ChatId::group("both"), messages: vec![], held: None },
            StoreOp::Recall { chat: ChatId::user("bob"), place: 3, revoker: None, reason: None },
        ])
        .unwrap();
    (folder, path)
}

fn args(conversation: &str, format: Format) -> ExportArgs {
    ExportArgs {
        conversation: conversation.into(),
        format,
        output: None,
        since: None,
        until: None,
        utc: false,
        offline: true,
        timeout: 1,
    }
}

fn export(args: &ExportArgs, database: &Path) -> Result<String, ExportError> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let clock = Arc::new(VirtualClock::new(NOW_S * 1000));
    let mut out = Vec::new();
    runtime.block_on(run(args, database, &profile(), clock, &mut StdRng::seed_from_u64(1), &mut out))?;
    Ok(String::from_utf8(out).unwrap())
}

#[test]
fn json_holds_every_message_from_the_oldest_on() {
    let (_folder, path) = filled();
    let text = export(&args("bob", Format::Json), &path).unwrap();
    let file: serde_json::Value = serde_json::from_str(&text).unwrap();
    let places: Vec<u64> = file["messages"].as_array().unwrap().iter().map(|row| row["place"].as_u64().unwrap()).collect();
    assert_eq!(places, [1, 2, 3]);
    let first = &file["messages"][0];
    assert_eq!((first["from"].as_str(), first["nick"].as_str()), (Some("bob"), Some("Bob \"B\" Brown")));
    assert_eq!(first["body"][0]["MsgContent"]["Text"], "Hello <b>there</b> & *you*");
    assert_eq!(file["messages"][2]["kind"], "recalled");
    assert_eq!(file["name"], "Bob \"B\" Brown");
}

#[test]
fn a_page_of_html_shows_text_as_text_and_loads_nothing() {
    let (_folder, path) = filled();
    let page = export(&args("c2c_bob", Format::Html), &path).unwrap();
    assert!(page.contains("Hello &lt;b&gt;there&lt;/b&gt; &amp; *you*"));
    assert!(page.contains("<a href=\"https://example.org/a?b=1&amp;c=2\""));
    assert!(page.contains("Bob &quot;B&quot; Brown"));
    assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("@import"));
    assert!(page.trim_end().ends_with("</html>"));
}

#[test]
fn markdown_has_days_names_and_tips() {
    let (_folder, path) = filled();
    let bob = export(&args("bob", Format::Md), &path).unwrap();
    assert!(bob.starts_with("# Bob") && bob.matches("\n## ").count() >= 2);
    assert!(bob.contains("\\*you\\*") && bob.contains("> \\- not a list"));
    let rust = export(&args("rust", Format::Md), &path).unwrap();
    assert!(rust.contains("第四章") && rust.contains("joined"), "{rust}");
}

#[test]
fn a_span_of_time_is_cut_out() {
    let (_folder, path) = filled();
    let until = Timestamp::from_second(NOW_S - 80_000).unwrap().to_string();
    let since = Timestamp::from_second(NOW_S - 90_000).unwrap().to_string();
    let args = ExportArgs { since: Some(since), until: Some(until), ..args("bob", Format::Json) };
    let file: serde_json::Value = serde_json::from_str(&export(&args, &path).unwrap()).unwrap();
    let places: Vec<u64> = file["messages"].as_array().unwrap().iter().map(|row| row["place"].as_u64().unwrap()).collect();
    assert_eq!(places, [2]);
}

#[test]
fn a_file_is_its_owners_alone_and_replaces_the_old_one_at_the_end() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, path) = filled();
    let output = folder.path().join("bob.md");
    std::fs::write(&output, "old").unwrap();
    let args = ExportArgs { output: Some(output.clone()), ..args("bob", Format::Md) };
    assert_eq!(export(&args, &path).unwrap(), "");
    assert!(std::fs::read_to_string(&output).unwrap().starts_with("# Bob"));
    assert_eq!(std::fs::metadata(&output).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!folder.path().join("bob.md.part").exists());
    let wrong = ExportArgs { output: Some(folder.path().join("no/such/folder.md")), ..args };
    assert!(export(&wrong, &path).unwrap_err().to_string().contains("cannot be written"));
}

#[rstest]
#[case("both", "may be a person or a group: write c2c_both or group_both")]
#[case("nobody", "there is no conversation nobody here")]
fn what_is_meant_must_be_clear(#[case] name: &str, #[case] says: &str) {
    let (_folder, path) = filled();
    let error = export(&args(name, Format::Json), &path).unwrap_err();
    assert!(error.is_wrong_use() && error.to_string().contains(says), "{error}");
    let wrong = ExportArgs { since: Some("soon".into()), ..args("bob", Format::Json) };
    assert!(export(&wrong, &path).unwrap_err().to_string().contains("is no moment"));
}

#[test]
fn what_is_not_on_this_host_is_asked_of_the_server() {
    assert_eq!(conversation("carol", &[], false).unwrap(), ChatId::user("carol"));
    assert_eq!(conversation("@TGS#1", &[], false).unwrap(), ChatId::group("@TGS#1"));
    assert!(conversation("carol", &[], true).is_err());
}
