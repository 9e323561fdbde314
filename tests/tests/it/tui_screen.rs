//! What people see and type in real terminals.

use std::process::{Command, Output, Stdio};

use rstest::rstest;
use tern_tests::screen::{BIG, SMALL, Screen};
use tern_tests::server::{Access, ServerProcess};
use tern_tests::user::User;

use crate::PROGRAMS;

/// A server and the clients' data folder.
pub(crate) struct Desk {
    server: ServerProcess,
    folder: tempfile::TempDir,
}

impl Desk {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { server: ServerProcess::start(PROGRAMS, &folder.path().join("server"), &["--log", "warn"]), folder }
    }

    pub(crate) fn access(&self) -> &Access {
        &self.server.access
    }

    pub(crate) fn data(&self) -> String {
        self.folder.path().join("client").display().to_string()
    }

    /// A verb of `tern` without a terminal.
    pub(crate) fn tern(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(PROGRAMS);
        command.args(["tern", "--data", &self.data()]).args(arguments).stdin(Stdio::null());
        command.output().unwrap()
    }

    /// `tern login` for a profile of the person's name.
    pub(crate) fn log_in(&self, user: &str) {
        self.log_in_at(user, &self.access().address);
    }

    /// The same over another way to the server (`host:port`).
    pub(crate) fn log_in_at(&self, user: &str, address: &str) {
        let access = self.access();
        let app = access.sdk_app_id.to_string();
        let url = format!("http://{address}");
        let user_sig = access.user_sig(user);
        let output =
            self.tern(&["--profile", user, "login", "--server", &url, "--sdkappid", &app, "--user", user, "--usersig", &user_sig]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// `tern` in a terminal, online.
    pub(crate) fn screen(&self, user: &str, size: (u16, u16), variables: &[(&str, &str)]) -> Screen {
        let screen = Screen::start(PROGRAMS, &["tern", "--data", &self.data(), "--profile", user], variables, size);
        // The full circle: logged in and caught up.
        screen.wait_for(&format!("● {user}@"));
        screen
    }
}

/// The last row that `text` stands in.
fn row_of(screen: &str, text: &str) -> Option<usize> {
    screen.lines().enumerate().filter(|(_, line)| line.contains(text)).last().map(|(at, _)| at)
}

#[rstest]
#[case::small(SMALL)]
#[case::big(BIG)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_terminals_talk(#[case] size: (u16, u16)) {
    let desk = Desk::start();
    desk.log_in("ann");
    desk.log_in("bob");
    let (mut ann, mut bob) = (desk.screen("ann", size, &[]), desk.screen("bob", size, &[]));
    // A new chat by hand, with the other's ID.
    ann.type_text("n");
    ann.wait_for("New chat");
    ann.type_text("bob\r");
    ann.wait_for("Message bob");
    ann.type_text("hello from a terminal\r");
    bob.wait_for("hello from a terminal");
    bob.wait_for("Chats 1");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.type_text("grüße, 你好 👩\u{200d}👩\u{200d}👧\r");
    ann.wait_for("grüße, 你好");
    // Both have read all; the marks of delivery and the order of the lines say the same on both sides.
    bob.wait_until("the unread number to go", |text| !text.contains("Chats 1"));
    for screen in [&ann, &bob] {
        screen.wait_until("both lines in order", |text| {
            row_of(text, "hello from") < row_of(text, "grüße, 你好") && text.contains('✓')
        });
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_word_from_the_shell_displaces_nobody_and_shows_in_the_open_terminal() {
    let desk = Desk::start();
    desk.log_in("bob");
    let mut ann = User::log_in(desk.access(), "ann").await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    ann.send("bob", "are you there?").await;
    bob.wait_for("are you there?");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    let sent = desk.tern(&["--profile", "bob", "send", "--to", "ann", "from the shell"]);
    assert!(sent.status.success(), "{}", String::from_utf8_lossy(&sent.stderr));
    assert_eq!(ann.next_text().await, "from the shell");
    bob.wait_for("from the shell");
    bob.type_text("still here\r");
    assert_eq!(ann.next_text().await, "still here");
    let nobody = desk.tern(&["--profile", "bob", "send", "--to", "nobody-of-that-name", "x"]);
    assert!(!nobody.status.success());
    let sentence = String::from_utf8_lossy(&nobody.stderr).into_owned();
    assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_there_is_shown_again_without_a_server() {
    let desk = Desk::start();
    desk.log_in("bob");
    let ann = User::log_in(desk.access(), "ann").await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    ann.send("bob", "keep this").await;
    bob.wait_for("keep this");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.terminate();
    bob.wait_for_end();
    let Desk { server, folder } = desk;
    assert!(server.terminate().success());
    let data = folder.path().join("client").display().to_string();
    let screen = Screen::start(PROGRAMS, &["tern", "--data", &data, "--profile", "bob"], &[], SMALL);
    screen.wait_for("keep this");
    screen.wait_until("the loss to be told", |text| !text.contains("● bob@"));
}

/// Families, flags and their like: this terminal draws them otherwise than they are counted, and answers no question about it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_border_is_torn_by_what_a_terminal_draws_otherwise() {
    const SIGNS: &str = "❤\u{fe0f}👨\u{200d}👩\u{200d}👧\u{200d}👦👍\u{1f3fd}🇩🇪1\u{fe0f}\u{20e3}🏳\u{fe0f}\u{200d}🌈消שלום ";
    let desk = Desk::start();
    desk.log_in("bob");
    let ann = User::log_in(desk.access(), "ann").await;
    let mut bob = desk.screen("bob", SMALL, &[]);
    for n in 0..6 {
        ann.send("bob", &format!("{}{}", "x".repeat(n), SIGNS.repeat(8))).await;
    }
    ann.send("bob", "and https://example.org/page").await;
    bob.wait_for("example.org");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.type_text(SIGNS);
    bob.wait_until("what is written", |text| text.lines().nth(22).is_some_and(|line| line.contains('消')));
    // Scrolled up and down: what was drawn before leaves nothing behind.
    bob.type_text("\x1b[5~\x1b[5~");
    bob.wait_for("newest");
    bob.type_text("\x1b[6~\x1b[6~");
    bob.wait_until("the newest message", |text| !text.contains("newest"));
    let (columns, lines) = SMALL;
    let size = |n: u16| std::num::NonZeroU16::new(n).unwrap();
    let mut terminal = vt100::Parser::new(size(lines), size(columns), 0);
    terminal.process(&bob.bytes());
    let fence = |row: u16| terminal.screen().cell(row, 26).map(|cell| cell.contents().to_owned()).unwrap_or_default();
    for row in 0..lines - 1 {
        assert!(["│", "┼", "├"].contains(&fence(row).as_str()), "row {row}: {:?}\n{}", fence(row), bob.text());
    }
    let bytes = String::from_utf8_lossy(&bob.bytes()).into_owned();
    assert!(bytes.contains(";https://example.org/page\x1b\\"), "the address can be clicked on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_text_is_written_in_the_persons_editor() {
    let desk = Desk::start();
    desk.log_in("bob");
    let mut ann = User::log_in(desk.access(), "ann").await;
    let mut bob = desk.screen("bob", SMALL, &[("EDITOR", "printf 'from the editor\\n' >>")]);
    ann.send("bob", "write to me").await;
    bob.wait_for("write to me");
    bob.type_text("\r");
    bob.wait_for("Message ann");
    bob.type_text("dear Ann,\x0f");
    bob.wait_for("from the editor");
    bob.type_text(" and on\r");
    assert_eq!(ann.next_text().await, "dear Ann,\nfrom the editor and on");
}

#[test]
fn a_terminal_is_left_as_it_was() {
    let desk = Desk::start();
    desk.log_in("bob");
    let mut screen = desk.screen("bob", SMALL, &[]);
    let entered = modes(&screen.bytes());
    assert!(entered.contains(&(1049, true)) && entered.contains(&(2004, true)), "{entered:?}");
    screen.terminate();
    screen.wait_for_end();
    let all = modes(&screen.bytes());
    for mode in entered.iter().filter(|(_, on)| *on).map(|(mode, _)| *mode).filter(|mode| *mode != 25) {
        let last = all.iter().rev().find(|(number, _)| *number == mode);
        assert_eq!(last, Some(&(mode, false)), "mode {mode} stays on");
    }
    assert_eq!(all.iter().rev().find(|(mode, _)| *mode == 25), Some(&(25, true)), "the cursor stays hidden");
}

/// Private modes that were switched, in order: `ESC [ ? number h` or `l`.
fn modes(bytes: &[u8]) -> Vec<(u32, bool)> {
    let text = String::from_utf8_lossy(bytes);
    let switches = text.split("\u{1b}[?").skip(1).filter_map(|rest| {
        let end = rest.find(|character: char| !character.is_ascii_digit())?;
        let on = match rest.as_bytes().get(end)? {
            b'h' => true,
            b'l' => false,
            _ => return None,
        };
        Some((rest[..end].parse().ok()?, on))
    });
    switches.collect()
}

#[test]
fn no_color_means_none() {
    let desk = Desk::start();
    desk.log_in("bob");
    let screen = desk.screen("bob", SMALL, &[("NO_COLOR", "1")]);
    let text = String::from_utf8_lossy(&screen.bytes()).into_owned();
    let coloured = text.split("\u{1b}[").skip(1).filter_map(|rest| rest.split_once('m')).any(|(codes, _)| {
        let numbers: Vec<u32> = codes.split(';').filter_map(|code| code.parse().ok()).collect();
        let is_sgr = codes.bytes().all(|byte| byte.is_ascii_digit() || byte == b';');
        is_sgr && numbers.iter().any(|code| matches!(code, 30..=38 | 40..=48 | 90..=97 | 100..=107))
    });
    assert!(!coloured, "{text:?}");
}

#[test]
fn a_resized_terminal_is_drawn_anew() {
    let desk = Desk::start();
    desk.log_in("bob");
    let screen = desk.screen("bob", SMALL, &[]);
    screen.resize(BIG);
    screen.wait_until("the status line in the last row of the big screen", |text| {
        text.lines().nth(usize::from(BIG.1) - 1).is_some_and(|line| line.contains("bob@"))
    });
    screen.resize(SMALL);
    screen.wait_until("the status line in the last row of the small screen", |text| {
        text.lines().nth(usize::from(SMALL.1) - 1).is_some_and(|line| line.contains("bob@"))
    });
}

#[test]
fn without_a_terminal_one_sentence_and_status_two() {
    let desk = Desk::start();
    desk.log_in("bob");
    for arguments in [&["--profile", "bob"][..], &["demo"]] {
        let output = desk.tern(arguments);
        let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), sentence.trim_end().lines().count()), (Some(2), 1), "{sentence}");
    }
}

#[test]
fn wrong_credentials_are_refused_in_one_sentence_with_the_code() {
    let desk = Desk::start();
    let app = desk.access().sdk_app_id.to_string();
    let url = format!("http://{}", desk.access().address);
    let wrong_key = "0".repeat(64);
    let output = desk.tern(&["login", "--server", &url, "--sdkappid", &app, "--user", "bob", "--key", &wrong_key]);
    let sentence = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && sentence.contains("70009"), "{sentence}");
    assert_eq!(sentence.trim_end().lines().count(), 1, "{sentence}");
}
