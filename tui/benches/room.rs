//! A live room: `cargo bench -p tern --bench room`. A sample is one second of the room, so its time is processor time per second.

use divan::Bencher;
use tern::bench::Client;
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId};

const NOW_S: i64 = 1_795_528_920;

fn main() {
    divan::main();
}

fn client() -> (tempfile::TempDir, Client) {
    let data = tempfile::tempdir().expect("a temporary folder");
    let login = SavedProfile {
        server: "http://127.0.0.1:1".into(),
        sdk_app_id: SdkAppId(1),
        user: UserId::parse("me").expect("a user ID"),
        user_sig: "s".into(),
        install: "i".into(),
        ca_file: None,
    };
    tern::fill_profile(data.path(), "p", &login, 200, 2_000, NOW_S).expect("a filled profile");
    let mut client = Client::open(data.path(), NOW_S).expect("a client");
    client.enter_room().expect("a room");
    (data, client)
}

/// Seconds of a room with 40, 200 and 1,000 messages each: parsed, taken in, drawn as often as the program draws.
#[divan::bench(args = [40, 200, 1_000], sample_count = 60, sample_size = 1)]
fn second(bencher: Bencher<'_, '_>, messages: u64) {
    let (_data, mut client) = client();
    let mut at = 1;
    bencher.bench_local(|| {
        client.room_second(at, messages).expect("a second");
        at += messages;
    });
    let (lines, _) = client.room();
    assert!(lines <= 500, "memory is bounded");
}
