use crate::args::Args;
use crate::probe::{self, Stopwatch};
use crate::report::{Report, per};
use crate::target::Target;

const DEFAULT_CONNECTIONS: usize = 5000;
/// Until the server has written down the last login.
const SETTLE_US: u64 = 2_000_000;

/// People who are logged in and do nothing.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let clock = Stopwatch::start();
    clock.reach(SETTLE_US).await;
    let resting = target.pid().map(probe::rss_of).transpose()?;
    let users: Vec<String> = (0..args.connections.unwrap_or(DEFAULT_CONNECTIONS)).map(|at| format!("idle{at}")).collect();
    let connections = target.log_in_all(&users).await?;
    clock.reach(clock.us() + SETTLE_US).await;
    let full = target.pid().map(probe::rss_of).transpose()?;
    let sleeps_before = target.pid().map(probe::sleeps_of).transpose()?;
    let before = target.read(clock).await?;
    clock.reach(clock.us() + args.seconds * 1_000_000).await;
    let after = target.read(clock).await?;
    let sleeps_after = target.pid().map(probe::sleeps_of).transpose()?;

    let mut report = Report { scenario: "idle", server_rss_bytes: full, ..Report::default() };
    if let (Some(resting), Some(full)) = (resting, full) {
        eprintln!("load: {resting} bytes resident without connections");
        report.bytes_per_connection = per(full.saturating_sub(resting) as f64, connections.len() as u64);
    }
    if let (Some(sleeps_before), Some(sleeps_after)) = (sleeps_before, sleeps_after) {
        report.wakeups_per_s =
            Some(crate::report::round(probe::woken_between(&sleeps_before, &sleeps_after) as f64 / after.seconds_since(&before)));
    }
    report.lost = Some(connections.iter().filter(|conn| conn.is_broken()).count() as u64);
    drop(connections);
    target.finish(&mut report)?;
    report.print()
}
