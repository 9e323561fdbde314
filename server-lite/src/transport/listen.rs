//! Accept loops: one connection, one task; HTTP/1.1 and HTTP/2 on either port.

use crate::app::Server;
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;
use tern_protocol::clock::{SystemClock, sleep, timeout};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt as _;

/// How long a peer may take for a request's head, or be silent between requests.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a TLS handshake may take.
const HANDSHAKE_MS: i64 = 10_000;
/// Pause after an accept that failed because the process is out of descriptors.
const ACCEPT_PAUSE_MS: i64 = 50;

/// Serves plain connections until the server is asked to end.
pub(crate) async fn plain(server: Arc<Server>, listener: TcpListener, router: Router) {
    while let Some((stream, peer)) = accept(&server, &listener).await {
        server.tasks.spawn(connection(Arc::clone(&server), TokioIo::new(stream), peer, router.clone()));
    }
}

/// Serves TLS connections until the server is asked to end.
pub(crate) async fn tls(server: Arc<Server>, listener: TcpListener, config: Arc<ServerConfig>, router: Router) {
    let acceptor = TlsAcceptor::from(config);
    while let Some((stream, peer)) = accept(&server, &listener).await {
        let (acceptor, router, server) = (acceptor.clone(), router.clone(), Arc::clone(&server));
        server.tasks.clone().spawn(async move {
            match timeout(&SystemClock::new(), HANDSHAKE_MS, acceptor.accept(stream)).await {
                Ok(Ok(stream)) => connection(server, TokioIo::new(stream), peer, router).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            }
        });
    }
}

async fn accept(server: &Server, listener: &TcpListener) -> Option<(TcpStream, SocketAddr)> {
    loop {
        let accepted = tokio::select! {
            biased;
            () = server.stop.cancelled() => return None,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                // Without it small answers wait for the peer's acknowledgement; a socket that refuses is about to fail anyway.
                let _ = stream.set_nodelay(true);
                return Some((stream, peer));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                sleep(&SystemClock::new(), ACCEPT_PAUSE_MS).await;
            }
        }
    }
}

async fn connection<I>(server: Arc<Server>, io: TokioIo<I>, peer: SocketAddr, router: Router)
where
    I: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = router.map_request(move |request: Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = auto::Builder::new(TokioExecutor::new());
    builder.http1().timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    builder.http2().timer(TokioTimer::new()).max_concurrent_streams(256).keep_alive_interval(HEAD_TIMEOUT);
    let mut served = pin!(builder.serve_connection_with_upgrades(io, TowerToHyperService::new(service)));
    let done = tokio::select! {
        done = served.as_mut() => done,
        () = server.stop.cancelled() => {
            // Answers what is open, takes nothing new.
            served.as_mut().graceful_shutdown();
            served.await
        }
    };
    if let Err(error) = done {
        tracing::trace!(%peer, %error, "connection ended");
    }
}
