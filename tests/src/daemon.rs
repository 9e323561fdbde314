//! The push bridge under test, in this process.

use std::path::Path;
use std::sync::Arc;

use tern_daemon::sandbox::{Sandbox, SandboxConfig};
use tern_daemon::{BridgeConfig, Credential, Running, start_bridge};
use tern_protocol::clock::{Clock, VirtualClock};
use tokio_util::sync::CancellationToken;

use crate::gateway::Gateway;
use crate::server::Access;
use crate::wait::soon;

/// A bridge with a ledger of its own; dropping it stops it.
pub struct TestBridge {
    running: Option<Running>,
    stop: CancellationToken,
}

impl TestBridge {
    /// Starts a bridge beside a server and waits until it is logged in. The same `folder` gives it the ledger of an earlier one.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start(access: &Access, folder: &Path, credentials: Vec<Credential>) -> Self {
        let config = BridgeConfig::new(format!("http://{}", access.address), access.bridge.as_str(), folder, credentials);
        let stop = CancellationToken::new();
        let running = start_bridge(config, Arc::clone(&access.clock), stop.clone()).await.unwrap();
        soon("the bridge's login", running.online()).await.unwrap();
        Self { running: Some(running), stop }
    }

    /// The running bridge.
    ///
    /// # Panics
    /// Never: it is there until [`TestBridge::end`].
    pub fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// Ends it in good order.
    ///
    /// # Panics
    /// When it ends badly.
    pub async fn end(mut self) {
        self.stop.cancel();
        if let Some(running) = self.running.take() {
            soon("the end of the bridge", running.ended()).await.unwrap();
        }
    }
}

impl Drop for TestBridge {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

/// Starts both gateways.
///
/// # Panics
/// When they do not start.
pub async fn start_gateways(clock: VirtualClock) -> Gateway {
    let clock: Arc<dyn Clock> = Arc::new(clock);
    Gateway::new(Sandbox::start(SandboxConfig::default(), clock).await.unwrap())
}
