//! Long histories: `cargo bench -p tern --bench history`. `TERN_BENCH_MESSAGES` makes the searched history smaller.

use crossterm::event::KeyCode;
use divan::Bencher;
use std::sync::OnceLock;
use tern::bench::{Client, changes};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

const NOW_S: i64 = 1_795_528_920;

fn main() {
    divan::main();
}

fn filled(chats: u64, messages: u64) -> tempfile::TempDir {
    let data = tempfile::tempdir().expect("a temporary folder");
    let login = SavedProfile {
        server: "http://127.0.0.1:1".into(),
        sdk_app_id: SdkAppId(1),
        user: UserId::parse("me").expect("a user ID"),
        user_sig: "s".into(),
        install: "i".into(),
        ca_file: None,
    };
    tern::fill_profile(data.path(), "p", &login, chats, messages, NOW_S).expect("a filled profile");
    data
}

/// A page further up and its frame, in a conversation of 100,000 messages.
#[divan::bench(sample_count = 200, sample_size = 1)]
fn scroll_a_page(bencher: Bencher<'_, '_>) {
    let data = filled(1, 100_000);
    let mut client = Client::open(data.path(), NOW_S).expect("a client");
    bencher.bench_local(|| client.key(KeyCode::PageUp));
    assert!(client.messages_in_memory() < 1_000);
}

static SEARCHED: OnceLock<tempfile::TempDir> = OnceLock::new();

/// The first results of a question to 1,000,000 messages in 200 conversations.
#[divan::bench(args = ["migration", "ok", "日志", "午", "plan tomor", "minutes 42"], sample_count = 20, sample_size = 1)]
fn search(bencher: Bencher<'_, '_>, words: &str) {
    let messages = std::env::var("TERN_BENCH_MESSAGES").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let data = SEARCHED.get_or_init(|| filled(200, messages));
    let client = Client::open(data.path(), NOW_S).expect("a client");
    bencher.bench_local(|| client.search(words));
}

/// 500 conversations with 50,000 new messages after a day away, until the list is drawn.
#[divan::bench(sample_count = 10, sample_size = 1)]
fn catch_up(bencher: Bencher<'_, '_>) {
    let data = filled(500, 5_000);
    bencher
        .with_inputs(|| (Client::open(data.path(), NOW_S).expect("a client"), changes(500, 100, NOW_S).expect("changes")))
        .bench_local_values(|(mut client, pages)| client.catch_up(pages));
}
