//! What the operating system says: processor time, memory, context switches, and how long a disk sync takes.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::report::Latencies;
use anyhow::{Context as _, anyhow};

/// What Linux counts processor time in, on every architecture.
const TICKS_PER_SECOND: u64 = 100;

/// User and system time of a process so far, all its threads.
pub(crate) fn cpu_of(pid: u32) -> anyhow::Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).with_context(|| format!("process {pid} is gone"))?;
    // The name in brackets may hold blanks; fields are counted after it.
    let (_, fields) = stat.rsplit_once(')').ok_or_else(|| anyhow!("/proc/{pid}/stat cannot be read"))?;
    let ticks = |at: usize| fields.split_whitespace().nth(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or(0);
    Ok(Duration::from_micros((ticks(11) + ticks(12)) * 1_000_000 / TICKS_PER_SECOND))
}

/// Resident memory of a process.
pub(crate) fn rss_of(pid: u32) -> anyhow::Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).with_context(|| format!("process {pid} is gone"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().unwrap_or(0);
    Ok(kilobytes * 1024)
}

/// How often each thread of a process went to sleep so far: each time it was woken before.
pub(crate) fn sleeps_of(pid: u32) -> anyhow::Result<BTreeMap<OsString, u64>> {
    let mut sleeps = BTreeMap::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let task = task?;
        let status = std::fs::read_to_string(task.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        sleeps.insert(task.file_name(), line.and_then(|text| text.trim().parse::<u64>().ok()).unwrap_or(0));
    }
    Ok(sleeps)
}

/// How often threads were woken between two looks; those that ended in between are not counted.
pub(crate) fn woken_between(before: &BTreeMap<OsString, u64>, after: &BTreeMap<OsString, u64>) -> u64 {
    after.iter().map(|(thread, sleeps)| sleeps.saturating_sub(before.get(thread).copied().unwrap_or(0))).sum()
}

/// As many descriptors as the system allows.
pub(crate) fn raise_descriptor_limit() {
    let mut limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    limit.current = limit.maximum;
    let _ = rustix::process::setrlimit(rustix::process::Resource::Nofile, limit);
}

/// Appends 4 KiB and syncs, again and again for about a second: the cost of durability on this disk at this moment.
pub(crate) fn disk_syncs(folder: &Path, into: &mut Latencies) -> anyhow::Result<()> {
    let path = folder.join("sync-probe");
    let mut file = std::fs::File::create(&path).with_context(|| format!("cannot write to {}", folder.display()))?;
    let total = Stopwatch::start();
    let block = [7_u8; 4096];
    for _ in 0..500 {
        if total.us() > 1_000_000 {
            break;
        }
        file.write_all(&block)?;
        let one = Stopwatch::start();
        file.sync_data()?;
        into.add(one.us());
    }
    drop(file);
    std::fs::remove_file(path)?;
    Ok(())
}

/// Microseconds since its start.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measuring is the purpose of this program")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn us(self) -> u64 {
        u64::try_from(self.0.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    pub(crate) fn ms(self) -> f64 {
        self.us() as f64 / 1000.0
    }

    /// Waits until `us` microseconds have passed since the start.
    #[expect(clippy::disallowed_methods, reason = "this program runs in real time")]
    pub(crate) async fn reach(self, us: u64) {
        let now_us = self.us();
        if us > now_us {
            tokio::time::sleep(Duration::from_micros(us - now_us)).await;
        }
    }
}

impl Stopwatch {
    /// Unix seconds, for UserSigs.
    #[expect(clippy::disallowed_methods, reason = "this program runs in real time")]
    pub(crate) fn wall_seconds() -> u64 {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs())
    }
}
