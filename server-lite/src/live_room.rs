//! What time does in live rooms: tips that were held back are sent, places that nobody came back to are given up, bans end.

use crate::app::Server;
use crate::service::Caller;
use crate::service::group::live_room;
use crate::transport::dispatch::Task;
use std::sync::Arc;
use tern_protocol::clock;

/// Milliseconds before a pass that failed is made again.
const RETRY_MS: i64 = 1_000;

/// Works until the server ends.
pub(crate) async fn run(server: Arc<Server>) {
    let clock = server.clock().clone();
    let rooms = Arc::clone(server.dispatcher.rooms());
    loop {
        let first = rooms.next_due();
        let wait = async {
            match first {
                Some(at_ms) => clock.sleep_until(at_ms).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = rooms.due_earlier() => continue,
            () = server.stop.cancelled() => return,
        }
        for id in rooms.apps_due(clock.mono_ms()) {
            let Some(app) = server.applications.get(id) else { continue };
            let task = Task { app, caller: Caller::Server, work: Box::new(live_room::tick), hold: Some(clock.hold()) };
            if let Err(error) = server.dispatcher.run(task).await {
                tracing::error!(%error, "what was due in live rooms could not be done");
                clock::sleep(&*clock, RETRY_MS).await;
            }
        }
    }
}
