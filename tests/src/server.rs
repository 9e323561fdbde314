//! The server under test: in this process to move its clock, as a process of its own to kill it.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use tern_protocol::clock::{Clock, SystemClock, VirtualClock};
use tern_protocol::{SdkAppId, usersig};
use tern_server_lite::app::{self, Ready};
use tern_server_lite::config::Config;
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::rest::Rest;
use crate::wait::eventually_blocking;

/// How to reach a server and sign for its default application.
#[derive(Clone, Debug)]
pub struct Access {
    /// `host:port`.
    pub address: String,
    /// Default application.
    pub sdk_app_id: SdkAppId,
    /// Its key.
    pub key: String,
    /// Its admin.
    pub admin: String,
    /// Token of the first bridge.
    pub bridge: String,
    /// Token of the control API; empty when it is off.
    pub control: String,
    /// The clock that the story lives by.
    pub clock: Arc<dyn Clock>,
}

impl Access {
    /// A UserSig for somebody, valid for half a year.
    pub fn user_sig(&self, user: &str) -> String {
        usersig::generate(self.sdk_app_id, &self.key, user, 180 * 86_400, None, self.clock.wall_seconds())
    }

    /// REST as the application's admin.
    pub fn rest(&self) -> Rest {
        Rest::new(&self.address, self.sdk_app_id, &self.key, &self.admin, self.clock.wall_seconds())
    }
}

impl Access {
    fn new(ready: Ready, clock: Arc<dyn Clock>) -> Self {
        Self {
            address: ready.address.to_string(),
            sdk_app_id: ready.sdkappid,
            key: ready.key,
            admin: ready.admin,
            bridge: ready.bridge,
            control: ready.control.unwrap_or_default(),
            clock,
        }
    }
}

/// A server in this process, with a database of its own. Dropping it stops it.
pub struct TestServer {
    /// How to reach it.
    pub access: Access,
    /// Where its database is.
    pub data: PathBuf,
    _stop: DropGuard,
}

impl TestServer {
    /// Starts on any free port with a temporary database.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(clock: VirtualClock) -> Self {
        Self::start_with(Config::for_test(), clock).await
    }

    /// Starts with these settings on any free port.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(config: Config, clock: VirtualClock) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stop = CancellationToken::new();
        let running = app::start(listener, config, clock.clone(), stop.clone()).await.unwrap();
        let data = running.ready.data.clone();
        Self { access: Access::new(running.ready, Arc::new(clock)), data, _stop: stop.drop_guard() }
    }
}

/// `tern-server` as a process. Dropping it kills it.
pub struct ServerProcess {
    child: Child,
    /// How to reach it.
    pub access: Access,
}

impl ServerProcess {
    /// Starts the program `programs` as `tern-server` on a data folder and waits until it listens.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(programs: &str, data: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(programs);
        command.arg("tern-server").args(["--port", "0", "--ready-json", "--data"]).arg(data).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::inherit());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready: Ready =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("tern-server is not ready ({error}): {line:?}"));
        let access = Access::new(ready, Arc::new(SystemClock::new()));
        Self { child, access }
    }

    /// Number of the process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// kill -9.
    ///
    /// # Panics
    /// When there is no such process.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; how it ended.
    ///
    /// # Panics
    /// When it does not end.
    pub fn terminate(mut self) -> ExitStatus {
        let pid = rustix::process::Pid::from_raw(i32::try_from(self.child.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        eventually_blocking("the end of tern-server", || self.child.try_wait().unwrap())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
