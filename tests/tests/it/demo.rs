//! `tern demo` in a real terminal: the README's first command.

use crate::PROGRAMS;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use tern_protocol::SdkAppId;
use tern_protocol::clock::{Clock as _, SystemClock};
use tern_tests::rest::Rest;
use tern_tests::screen::{BIG, SMALL, Screen};

const ENTER: &str = "\r";
const ESCAPE: &str = "\u{1b}";
const CTRL_K: &str = "\u{b}";
const CTRL_Q: &str = "\u{11}";
const ALT_R: &str = "\u{1b}r";
const F2: &str = "\u{1b}OQ";
const F3: &str = "\u{1b}OR";

/// A demo on a screen, with a home folder of its own.
struct Demo {
    screen: Screen,
    home: tempfile::TempDir,
}

impl Demo {
    fn start(size: (u16, u16), arguments: &[&str]) -> Self {
        let home = tempfile::tempdir().unwrap();
        let info = home.path().join("info.json").display().to_string();
        let path = home.path().display().to_string();
        let arguments = [&["tern", "demo", "--info", &info], arguments].concat();
        let variables = [("HOME", path.as_str()), ("XDG_CONFIG_HOME", path.as_str()), ("TMPDIR", path.as_str()), ("NO_COLOR", "1")];
        let screen = Screen::start(PROGRAMS, &arguments, &variables, size);
        screen.wait_for("Tidewater team");
        Self { screen, home }
    }

    fn info(&self) -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(self.home.path().join("info.json")).unwrap()).unwrap()
    }

    fn folder(&self) -> PathBuf {
        PathBuf::from(self.info()["folder"].as_str().unwrap())
    }

    /// REST as a developer finds it on the page.
    fn rest(&self) -> Rest {
        let info = self.info();
        let text = |key: &str| info[key].as_str().unwrap().to_owned();
        let app = SdkAppId(u32::try_from(info["sdkappid"].as_u64().unwrap()).unwrap());
        let address = text("address").trim_start_matches("http://").to_owned();
        Rest::new(&address, app, &text("key"), &text("admin"), SystemClock::new().wall_seconds())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_writes_is_answered_sees_a_backends_message_and_leaves_nothing_behind() {
    let mut demo = Demo::start(SMALL, &[]);
    let folder = demo.folder();
    assert!(folder.starts_with(demo.home.path()) && folder.exists());
    demo.screen.wait_for("Phones");

    demo.screen.type_text(ENTER);
    demo.screen.wait_for("Message Tidewater team");
    demo.screen.type_text("Go!");
    demo.screen.type_text(ENTER);
    demo.screen.wait_until("an answer of Mira", |screen| screen.contains("That's the go!") || screen.contains("it's official"));
    demo.screen.wait_for("iPhone");

    let body = serde_json::json!({"From_Account": "oma", "To_Account": "sam", "MsgRandom": 7,
        "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": "by plain HTTP"}}]});
    demo.rest().must("openim/sendmsg", body).await;
    demo.screen.wait_for("Oma Ilse");
    demo.screen.wait_for("by plain HTTP");

    demo.screen.type_text(CTRL_Q);
    assert_eq!(demo.screen.wait_for_end(), 0);
    assert!(!folder.exists());
}

#[test]
fn a_wide_terminal_shows_panel_pages_and_json_and_sigterm_ends_it_cleanly() {
    let mut demo = Demo::start(BIG, &[]);
    let folder = demo.folder();
    demo.screen.wait_for("Trail friends");
    demo.screen.type_text(F2);
    demo.screen.wait_for("SDKAppID");
    demo.screen.wait_for("post.sh");
    demo.screen.type_text(ESCAPE);
    demo.screen.wait_until("the page closed", |screen| !screen.contains("post.sh"));

    demo.screen.type_text(ENTER);
    demo.screen.wait_for("Message Tidewater team");
    demo.screen.type_text("Mira, please send a push");
    demo.screen.type_text(ENTER);
    demo.screen.wait_until("a push with settings of its own", |screen| {
        ["Tidewater support", "Tomás pokes you", "Mira is waiting for your go"].iter().any(|text| screen.contains(text))
    });
    demo.screen.type_text(F3);
    demo.screen.wait_for("\"aps\"");

    demo.screen.terminate();
    assert_eq!(demo.screen.wait_for_end(), 0);
    assert!(!folder.exists());
}

/// Goes to a conversation by its name.
fn go_to(screen: &mut Screen, name: &str) {
    screen.type_text(CTRL_K);
    screen.wait_for("Go to");
    screen.type_text(name);
    screen.wait_until("the conversation among what is found", |text| text.matches(name).count() >= 2);
    screen.type_text(ENTER);
}

#[test]
fn five_minutes_show_requests_topics_a_live_room_and_what_comes_to_messages() {
    let mut demo = Demo::start(BIG, &[]);
    let screen = &mut demo.screen;
    screen.wait_for("Minimized Groups");

    go_to(screen, "photo club");
    screen.wait_for("Message Ferry photo club");
    for wanted in ["Subject of the month?", "seal-on-the-ramp.jpg", "2 group joining requests", "As if it knew"] {
        screen.wait_for(wanted);
    }
    screen.type_text(ALT_R);
    screen.wait_for("four hundred pictures of queues");
    screen.wait_for("もちの写真もいいですか");
    screen.type_text(ESCAPE);
    screen.wait_until("the page to close", |text| !text.contains("four hundred pictures"));

    screen.type_text(ESCAPE);
    screen.wait_for(". menu");
    screen.type_text("4");
    for wanted in ["▾ Tideland", "▾ On the water", "# sightings", "▾ Ashore"] {
        screen.wait_for(wanted);
    }
    go_to(screen, "sightings");
    screen.wait_for("is it the same seal as last week?");
    screen.wait_for("he did not have a ticket");

    screen.type_text(ESCAPE);
    screen.wait_for(". menu");
    screen.type_text("J");
    screen.wait_for("Join a group");
    screen.type_text("ferry-cam\r");
    screen.wait_for("Enter a live room");
    screen.type_text(ENTER);
    screen.wait_for("Message Ferry cam");
    screen.wait_for("Camera is on, wind is on");
    screen.wait_for("★ Tomás Rivera: gives a warm scarf");
    screen.type_text(CTRL_Q);
    assert_eq!(screen.wait_for_end(), 0);
}

#[test]
fn what_is_kept_is_there_the_next_time() {
    let kept = tempfile::tempdir().unwrap();
    let folder = kept.path().join("demo").display().to_string();
    for round in 0..2 {
        let mut demo = Demo::start(SMALL, &["--keep", &folder]);
        demo.screen.type_text(ENTER);
        demo.screen.wait_for("Message Tidewater team");
        if round == 0 {
            demo.screen.type_text("This stays");
            demo.screen.type_text(ENTER);
        }
        demo.screen.wait_for("This stays");
        demo.screen.type_text(CTRL_Q);
        assert_eq!(demo.screen.wait_for_end(), 0);
    }
    std::fs::remove_file(kept.path().join("demo/demo.json")).unwrap();
    let mut screen = Screen::start(PROGRAMS, &["tern", "demo", "--keep", &folder], &[], SMALL);
    screen.wait_for("holds something else");
    assert_eq!(screen.wait_for_end(), 2);
}

#[test]
fn without_a_terminal_it_says_so_in_one_sentence_and_ends_with_2() {
    let output = Command::new(PROGRAMS).args(["tern", "demo"]).stdin(Stdio::null()).output().unwrap();
    let says = String::from_utf8(output.stderr).unwrap();
    assert_eq!((output.status.code(), says.as_str()), (Some(2), "tern: tern demo needs a terminal: start it in one\n"));
    assert!(output.stdout.is_empty());
}
