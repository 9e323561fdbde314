//! The server under load: started as a process of its own, or somebody else's.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::Rc;

use anyhow::{Context as _, bail};
use serde::Deserialize;
use tern_protocol::{SdkAppId, usersig};

use crate::args::Args;
use crate::probe::{self, Stopwatch};
use crate::report::{Latencies, Report};
use crate::wire::Conn;
use crate::{http, report};

/// What `--ready-json` prints.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    pub(crate) address: String,
    pub(crate) sdkappid: u32,
    pub(crate) key: String,
    pub(crate) admin: String,
}

pub(crate) struct Target {
    pub(crate) ready: Ready,
    process: Option<Child>,
    folder: tempfile::TempDir,
    start_ms: Option<f64>,
    syncs: Latencies,
}

/// Numbers of the server at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Reading {
    cpu_us: f64,
    own_cpu_us: f64,
    disk_syncs: f64,
    at_us: u64,
}

impl Target {
    /// Starts a server twice, the second time on the database that the first one made, and measures that start.
    pub(crate) async fn start(args: &Args) -> anyhow::Result<Self> {
        probe::raise_descriptor_limit();
        let parent = args.data.clone().unwrap_or_else(default_folder);
        let folder = tempfile::Builder::new().prefix("load-").tempdir_in(&parent);
        let folder = folder.with_context(|| format!("cannot use the folder {}", parent.display()))?;
        let mut syncs = Latencies::default();
        if let (Some(address), Some(sdkappid), Some(key)) = (&args.url, args.sdkappid, &args.key) {
            let address = address.trim_start_matches("http://").trim_end_matches('/').to_owned();
            let ready = Ready { address, sdkappid, key: key.clone(), admin: args.admin.clone() };
            return Ok(Self { ready, process: None, folder, start_ms: None, syncs });
        }
        probe::disk_syncs(folder.path(), &mut syncs)?;
        let data = folder.path().join("server");
        let (mut first, _) = spawn(&data, &args.server_args)?;
        stop(&mut first)?;
        let stopwatch = Stopwatch::start();
        let (process, ready) = spawn(&data, &args.server_args)?;
        Ok(Self { ready, process: Some(process), folder, start_ms: Some(report::round(stopwatch.ms())), syncs })
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.as_ref().map(Child::id)
    }

    /// The run's folder: the server's data is in `server` there.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn user_sig(&self, user: &str) -> String {
        let now = i64::try_from(Stopwatch::wall_seconds()).unwrap_or(0);
        usersig::generate(SdkAppId(self.ready.sdkappid), &self.ready.key, user, 86_400, None, now)
    }

    /// A REST command as the admin.
    pub(crate) async fn rest(&self, command: &str, body: &serde_json::Value) -> anyhow::Result<serde_json::Value> {
        let Ready { address, sdkappid, admin, .. } = &self.ready;
        let user_sig = self.user_sig(admin);
        let path = format!("/v4/{command}?sdkappid={sdkappid}&identifier={admin}&usersig={user_sig}&random=1&contenttype=json");
        http::post(address, &path, body).await
    }

    /// Imports accounts, a hundred at a time.
    pub(crate) async fn import(&self, users: &[String]) -> anyhow::Result<()> {
        for users in users.chunks(100) {
            self.rest("im_open_login_svc/multiaccount_import", &serde_json::json!({ "Accounts": users })).await?;
        }
        Ok(())
    }

    /// Connects and logs in; `body` may name platform and mode.
    pub(crate) async fn log_in(&self, user: &str) -> anyhow::Result<Rc<Conn>> {
        self.log_in_as(user, "Web").await
    }

    pub(crate) async fn log_in_as(&self, user: &str, platform: &str) -> anyhow::Result<Rc<Conn>> {
        let conn = Conn::open(&self.ready.address).await?;
        let answer = conn.ask(&self.login_text(user, platform)).await?;
        if !answer.contains("\"ErrorCode\":0") {
            bail!("the login of {user} was refused: {answer:.300}");
        }
        Ok(conn)
    }

    fn login_text(&self, user: &str, platform: &str) -> String {
        let user_sig = self.user_sig(user);
        let credentials =
            tern_protocol::frame::Credentials { sdk_app_id: self.ready.sdkappid, identifier: user, usersig: &user_sig };
        let body = format!(r#"{{"State":"Online","TernPlatform":"{platform}","TernInstall":"load-{user}"}}"#);
        tern_protocol::frame::login_request("im_open_status.wslogin", 1, &credentials, &body)
    }

    /// Logs in many people, some at a time.
    pub(crate) async fn log_in_all(&self, users: &[String]) -> anyhow::Result<Vec<Rc<Conn>>> {
        let mut connections = Vec::with_capacity(users.len());
        for users in users.chunks(32) {
            connections.extend(futures_util::future::try_join_all(users.iter().map(|user| self.log_in(user))).await?);
        }
        Ok(connections)
    }

    /// Numbers of this moment; `clock` is the run's.
    pub(crate) async fn read(&self, clock: Stopwatch) -> anyhow::Result<Reading> {
        let micros = |duration: std::time::Duration| duration.as_micros() as f64;
        let cpu_us = self.pid().map(probe::cpu_of).transpose()?.map_or(0.0, micros);
        let at_us = clock.us();
        let own_cpu_us = micros(probe::cpu_of(std::process::id())?);
        let disk_syncs = match self.pid() {
            Some(_) => disk_syncs(&http::get(&self.ready.address, "/metrics").await?),
            None => 0.0,
        };
        Ok(Reading { cpu_us, own_cpu_us, disk_syncs, at_us })
    }

    /// Fills in what the server's process tells, and the disk's state after the run, and ends the server.
    pub(crate) fn finish(mut self, report: &mut Report) -> anyhow::Result<()> {
        report.server_start_ms = self.start_ms;
        if let Some(mut process) = self.process.take() {
            report.server_rss_bytes = report.server_rss_bytes.or(Some(probe::rss_of(process.id())?));
            stop(&mut process)?;
            probe::disk_syncs(self.folder.path(), &mut self.syncs)?;
            report.disk_sync_p50_ms = self.syncs.percentile_ms(50);
            report.disk_sync_p99_ms = self.syncs.percentile_ms(99);
        }
        Ok(())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}

impl Reading {
    /// Processor time of the server since `earlier`, in microseconds; 0 for a server that is not ours.
    pub(crate) fn cpu_us_since(&self, earlier: &Self) -> f64 {
        self.cpu_us - earlier.cpu_us
    }

    pub(crate) fn seconds_since(&self, earlier: &Self) -> f64 {
        (self.at_us - earlier.at_us) as f64 / 1e6
    }

    pub(crate) fn disk_syncs_since(&self, earlier: &Self) -> f64 {
        self.disk_syncs - earlier.disk_syncs
    }

    /// How many processors this program used itself.
    pub(crate) fn driver_cores_since(&self, earlier: &Self) -> f64 {
        report::round((self.own_cpu_us - earlier.own_cpu_us) / (self.at_us - earlier.at_us).max(1) as f64)
    }
}

/// Commits and checkpoints that were synced, out of the server's own counters.
fn disk_syncs(metrics: &str) -> f64 {
    let lines = metrics.lines().filter(|line| !line.starts_with('#') && line.contains("disk_syncs"));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

/// A folder on a real disk: the build's, where there is one.
fn default_folder() -> PathBuf {
    let target = PathBuf::from("target");
    if target.is_dir() { target } else { PathBuf::from(".") }
}

/// This program again, as `name`: `tern-server` or `ternd`.
pub(crate) fn program(name: &str) -> anyhow::Result<Command> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg0(name).stdin(Stdio::null());
    Ok(command)
}

fn spawn(data: &Path, more: &[String]) -> anyhow::Result<(Child, Ready)> {
    let mut command = program("tern-server")?;
    command.args(["--port", "0", "--ready-json", "--log", "warn", "--data"]).arg(data).args(more).stdout(Stdio::piped());
    // What is measured is how fast messages go, not how fast they may.
    command.env("TERN_SERVER_APP_SETTINGS", r#"{"group_messages_per_second":0}"#);
    let mut child = command.spawn().context("cannot start tern-server")?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    match serde_json::from_str(&line) {
        Ok(ready) => Ok((child, ready)),
        Err(_) => {
            let _ = child.kill();
            let status = child.wait()?;
            bail!("tern-server did not start ({status}): {line:?}")
        }
    }
}

/// Asks a process to end and waits for it.
pub(crate) fn stop(child: &mut Child) -> anyhow::Result<()> {
    let pid = i32::try_from(child.id()).ok().and_then(rustix::process::Pid::from_raw).context("no process number")?;
    rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
    let status = child.wait()?;
    if !status.success() {
        eprintln!("load: the process ended with {status}");
    }
    Ok(())
}
