//! WebSocket links of people and bridges: `/ws`, and `/binfo` as the product's Web SDK calls it.
//!
//! A link begins as a stranger's ([`login`]), becomes a session ([`connection`]), and may become a stranger's again after a logout.
//! [`watch`] ends links that nothing is heard of.

mod connection;
mod login;
mod watch;

use crate::app::Server;
use crate::application::random_hex_64;
use crate::service::{Caller, Context, Effect, presence};
use crate::store::engine::{StoreError, Tx};
use crate::transport::dispatch::Task;
use crate::transport::ticket::Tickets;
use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{ConnectInfo, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::any;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tern_protocol::clock::Clock;
use tern_protocol::limits;

/// Bytes of a link's read and write buffers. The library's default of 128 KiB is zero-filled before every read: it costs seventeen
/// times the memory and six times the CPU per delivery.
const BUFFER_BYTES: usize = 2 * 1024;
/// Bytes that may wait for a socket that does not take them; also the longest frame: a list of 500 conversations, each with a last
/// message of 12 KB.
const UNSENT_BYTES_MOST: usize = 8 * 1024 * 1024;
/// Links of one address that have not logged in.
const STRANGERS_PER_ADDRESS: u32 = 64;
/// Links of all addresses that have not logged in.
const STRANGERS: u32 = 4_096;
/// Milliseconds in which a link must log in.
const STRANGER_MS: i64 = 10_000;

/// All links of this node.
pub(crate) struct Links {
    server: Arc<Server>,
    strangers: Mutex<Strangers>,
    watch: watch::Watch,
    tickets: Tickets,
}

/// The two addresses of the one endpoint.
pub(crate) fn router(links: Arc<Links>) -> Router {
    Router::new().route("/ws", any(upgrade)).route("/binfo", any(upgrade)).route("/info", any(upgrade)).with_state(links)
}

async fn upgrade(
    State(links): State<Arc<Links>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    match upgrade {
        Ok(upgrade) => links.upgrade(upgrade, peer.ip()),
        Err(_) => (StatusCode::UPGRADE_REQUIRED, "this address speaks WebSocket").into_response(),
    }
}

impl Links {
    /// Starts the tasks that links need. Phones whose links did not survive the last run count as away from now on.
    pub(crate) async fn start(server: Arc<Server>) -> Result<Arc<Self>, StoreError> {
        if let Some(app) = server.applications.all().into_iter().next() {
            let recover = |tx: &Tx<'_>, cx: &Context| presence::recover(tx, cx).map(|()| Vec::new());
            server.dispatcher.run(Task { app, caller: Caller::Server, work: Box::new(recover), hold: None }).await?;
        }
        let seed = random_hex_64().map_err(|_| StoreError::Engine("the system gives no random numbers".into()))?;
        let tickets = Tickets::new(seed.as_bytes());
        let links = Arc::new(Self { server, strangers: Mutex::default(), watch: watch::Watch::default(), tickets });
        links.server.tasks.spawn(watch::run(links.clone()));
        links.server.tasks.spawn(watch::expire_phones(links.clone()));
        Ok(links)
    }

    fn clock(&self) -> &Arc<dyn Clock> {
        self.server.clock()
    }

    /// Answers an upgrade; the link then runs in a task of its own.
    pub(crate) fn upgrade(self: &Arc<Self>, upgrade: WebSocketUpgrade, address: IpAddr) -> Response {
        let Some(stranger) = self.admit(address) else {
            return (StatusCode::SERVICE_UNAVAILABLE, "too many links of this address have not logged in").into_response();
        };
        let links = self.clone();
        upgrade
            .read_buffer_size(BUFFER_BYTES)
            .write_buffer_size(BUFFER_BYTES)
            .max_write_buffer_size(UNSENT_BYTES_MOST)
            .max_message_size(limits::FRAME_BYTES)
            .max_frame_size(limits::FRAME_BYTES)
            .on_upgrade(move |socket| {
                let tracked = links.server.tasks.token();
                async move {
                    connection::run(links, socket, stranger).await;
                    drop(tracked);
                }
            })
    }

    fn admit(self: &Arc<Self>, address: IpAddr) -> Option<Stranger> {
        let mut strangers = self.strangers.lock();
        if strangers.all >= STRANGERS || strangers.by_address.get(&address).is_some_and(|n| *n >= STRANGERS_PER_ADDRESS) {
            return None;
        }
        strangers.all += 1;
        *strangers.by_address.entry(address).or_default() += 1;
        Some(Stranger { links: self.clone(), address })
    }
}

/// Links that have not logged in, counted; addresses without any are not kept.
#[derive(Default)]
struct Strangers {
    all: u32,
    by_address: HashMap<IpAddr, u32>,
}

/// A place among the strangers, given back when the link logs in or ends.
struct Stranger {
    links: Arc<Links>,
    address: IpAddr,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let mut strangers = self.links.strangers.lock();
        strangers.all = strangers.all.saturating_sub(1);
        if let Some(count) = strangers.by_address.get_mut(&self.address) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                strangers.by_address.remove(&self.address);
            }
        }
    }
}

/// What a task did: its effects are carried out after the commit.
type Done = Result<Vec<Effect>, StoreError>;
