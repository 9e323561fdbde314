use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::args::Args;
use crate::probe::Stopwatch;
use crate::report::{Latencies, Report, per, round};
use crate::target::Target;

const DEFAULT_LOGINS: usize = 2000;
/// Logins at a time: fewer than the unauthenticated links that the server allows an address.
const AT_A_TIME: usize = 16;

/// People who connect and log in for the first time, each on a link of their own, and stay.
pub(crate) async fn run(args: &Args) -> anyhow::Result<()> {
    let target = Target::start(args).await?;
    let count = args.connections.unwrap_or(DEFAULT_LOGINS);
    let clock = Stopwatch::start();
    // The first logins fill caches.
    let early: Vec<String> = (0..64).map(|at| format!("early{at}")).collect();
    let mut connections = target.log_in_all(&early).await?;
    let before = target.read(clock).await?;
    let users = (0..count).map(|at| format!("login{at}"));
    let target_ref = &target;
    let logins = stream::iter(users).map(|user| async move {
        let stopwatch = Stopwatch::start();
        let conn = target_ref.log_in(&user).await?;
        anyhow::Ok((conn, stopwatch.us()))
    });
    let done: Vec<_> = logins.buffer_unordered(AT_A_TIME).try_collect().await?;
    let after = target.read(clock).await?;

    let mut latencies = Latencies::default();
    for (conn, us) in done {
        latencies.add(us);
        connections.push(conn);
    }
    let mut report = Report {
        scenario: "login",
        rate_per_s: Some(round(count as f64 / after.seconds_since(&before))),
        p50_ms: latencies.percentile_ms(50),
        p99_ms: latencies.percentile_ms(99),
        driver_cpu_cores: Some(after.driver_cores_since(&before)),
        ..Report::default()
    };
    if target.pid().is_some() {
        report.server_cpu_us_per_login = per(after.cpu_us_since(&before), count as u64);
    }
    drop(connections);
    target.finish(&mut report)?;
    report.print()
}
