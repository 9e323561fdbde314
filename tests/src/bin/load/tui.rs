use std::path::Path;

use anyhow::Context as _;
use tern_protocol::model::saved_profile::{DEFAULT_PROFILE, SavedProfile};
use tern_protocol::{SdkAppId, UserId};
use tern_tests::screen::{SMALL, Screen};

use crate::args::Args;
use crate::probe::{self, Stopwatch};
use crate::report::{Latencies, Report, round};
use crate::target::Target;

const CHATS: u64 = 200;
const MESSAGES: u64 = 100_000;
/// Starts whose median counts.
const STARTS: usize = 7;
const KEYS: usize = 200;
/// Until the client has caught up and drawn it.
const SETTLE_US: u64 = 3_000_000;
/// Between two keys: nobody types faster.
const KEY_PAUSE_US: u64 = 20_000;

/// The terminal client on a local database with many chats, connected to a server.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let data = target.folder().join("client");
    let login = SavedProfile {
        server: format!("http://{}", target.ready.address),
        sdk_app_id: SdkAppId(target.ready.sdkappid),
        user: UserId::parse("me")?,
        user_sig: target.user_sig("me"),
        install: "load".to_owned(),
        ca_file: None,
    };
    let now_seconds = i64::try_from(Stopwatch::wall_seconds())?;
    tern::fill_profile(&data, DEFAULT_PROFILE, &login, CHATS, MESSAGES, now_seconds)?;
    // A link by the program's name: this executable is `tern` when it is called so.
    let program = target.folder().join("tern");
    std::os::unix::fs::symlink(std::env::current_exe()?, &program)?;

    let mut starts = Latencies::default();
    for _ in 0..STARTS {
        let (screen, us) = start(&program, &data)?;
        starts.add(us);
        screen.terminate();
        let mut screen = screen;
        screen.wait_for_end();
    }
    let (mut screen, _) = start(&program, &data)?;
    let pid = screen.pid().context("tern has no process number")?;
    let clock = Stopwatch::start();
    clock.reach(SETTLE_US).await;
    let (sleeps, cpu, from_us) = (probe::sleeps_of(pid)?, probe::cpu_of(pid)?, clock.us());
    clock.reach(from_us + args.seconds * 1_000_000).await;
    let seconds = (clock.us() - from_us) as f64 / 1e6;
    let wakeups_per_s = round(probe::woken_between(&sleeps, &probe::sleeps_of(pid)?) as f64 / seconds);
    eprintln!("load: {:?} of processor time in {seconds:.0} s without an event", probe::cpu_of(pid)? - cpu);
    let client_rss_bytes = probe::rss_of(pid)?;
    let mut keys = key_latencies(&mut screen, clock).await;
    screen.terminate();
    screen.wait_for_end();

    let mut report = Report {
        scenario: "tui",
        first_frame_ms: starts.percentile_ms(50),
        key_to_frame_p99_ms: keys.percentile_ms(99),
        client_rss_bytes: Some(client_rss_bytes),
        wakeups_per_s: Some(wakeups_per_s),
        ..Report::default()
    };
    target.finish(&mut report)?;
    report.print()
}

/// Starts the client; how long it took until the screen was full of chats.
fn start(program: &Path, data: &Path) -> anyhow::Result<(Screen, u64)> {
    let program = program.to_str().context("the folder's name is no text")?;
    let data = data.to_str().context("the folder's name is no text")?;
    let stopwatch = Stopwatch::start();
    let screen = Screen::start(program, &["--data", data], &[("COLORTERM", "truecolor")], SMALL);
    screen.wait_until("a list of chats", |text| text.matches("Person ").count() >= 8);
    Ok((screen, stopwatch.us()))
}

/// Types into the composer; how long each letter took to the screen.
async fn key_latencies(screen: &mut Screen, clock: Stopwatch) -> Latencies {
    const LETTERS: &[char] = &['q', 'z', 'x', 'j'];
    let mut latencies = Latencies::default();
    for letter in LETTERS.iter().cycle().take(KEYS) {
        let before = screen.text().matches(*letter).count();
        let stopwatch = Stopwatch::start();
        screen.type_text(&letter.to_string());
        screen.wait_until("the typed letter", |text| text.matches(*letter).count() > before);
        latencies.add(stopwatch.us());
        clock.reach(clock.us() + KEY_PAUSE_US).await;
    }
    latencies
}
