//! HTTP/2 to APNs: several connections, one stream until the first good answer, and GOAWAY taken as Apple means it.

use crate::channel::{SettingsError, endpoint, real_time_limit};
use crate::channel::{apns::error::goaway_reason, endpoint::Endpoint};
use bytes::Bytes;
use futures_util::future::{FutureExt, poll_fn};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http2::{self, SendRequest};
use hyper_util::rt::{TokioExecutor, TokioIo};
use parking_lot::Mutex;
use rustls::pki_types::ServerName;
use std::{
    error::Error as _,
    path::Path,
    sync::Arc,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    time::Duration,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    sync::Semaphore,
};

/// Streams used on one connection at most, whatever the server allows.
pub(crate) const STREAMS: usize = 100;
/// An answer's body is a reason and a time.
const ANSWER_BYTES: usize = 8 * 1024;
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
const ANSWER_LIMIT: Duration = Duration::from_secs(20);
/// Connections tried for one request whose streams the server did not take.
const TRIES: usize = 3;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum LinkError {
    /// No connection could be made; the request did not leave.
    #[error("{0}")]
    Unreachable(String),
    /// The connection broke under way; the request may have been taken.
    #[error("{0}")]
    Lost(String),
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Bytes,
    link: Arc<Link>,
}

/// One connection. Its streams are permits: one until the server has seen a valid token, then as many as it allows.
#[derive(Debug)]
struct Link {
    sender: SendRequest<Full<Bytes>>,
    /// What the server allows at the moment.
    allowed_streams: Arc<AtomicUsize>,
    /// Provider token it was opened for: requests with another one go elsewhere (section 1.3).
    token_signed_at: i64,
    streams: Semaphore,
    opened_up: AtomicBool,
    retired: AtomicBool,
    waiting: AtomicUsize,
}

impl Link {
    fn usable(&self, token_signed_at: i64) -> bool {
        self.token_signed_at == token_signed_at && !self.retired.load(Ordering::Relaxed) && !self.sender.is_closed()
    }

    fn open_up(&self) {
        if !self.opened_up.swap(true, Ordering::Relaxed) {
            let allowed = self.allowed_streams.load(Ordering::Relaxed).min(STREAMS);
            self.streams.add_permits(allowed.saturating_sub(1));
        }
    }
}

/// Connections to one endpoint.
pub(crate) struct Client {
    endpoint: Endpoint,
    tls: Option<tokio_rustls::TlsConnector>,
    links: Mutex<Vec<Arc<Link>>>,
    /// One connection is opened at a time: a provider may take a storm of them for an attack.
    opening: tokio::sync::Mutex<()>,
    /// How many attempts to open one failed, and why the last did.
    failed: Mutex<(u64, String)>,
    most_links: usize,
}

impl Client {
    pub(crate) fn new(endpoint: Endpoint, ca_file: Option<&Path>, most_links: usize) -> Result<Self, SettingsError> {
        let tls = endpoint.tls.then(|| endpoint::tls_config(ca_file)).transpose()?.map(tokio_rustls::TlsConnector::from);
        Ok(Self {
            endpoint,
            tls,
            links: Mutex::new(Vec::new()),
            opening: tokio::sync::Mutex::new(()),
            failed: Mutex::default(),
            most_links: most_links.max(1),
        })
    }

    /// Sends one request. A request that the server surely did not process goes out again on another connection.
    pub(crate) async fn send(&self, request: hyper::Request<Full<Bytes>>, token_signed_at: i64) -> Result<Response, LinkError> {
        let mut request = request;
        let mut last = String::new();
        for _ in 0..TRIES {
            let link = self.link(token_signed_at).await?;
            let spare = request.clone();
            match self.exchange(&link, request).await {
                Ok(response) => return Ok(response),
                Err(Broken::NotProcessed(why)) => {
                    self.retire(&link);
                    last = why;
                    request = spare;
                }
                Err(Broken::Lost(why)) => {
                    self.retire(&link);
                    return Err(LinkError::Lost(why));
                }
            }
        }
        Err(LinkError::Unreachable(last))
    }

    /// The server has taken this request's token: the connection may be used fully.
    pub(crate) fn proven(&self, response: &Response) {
        response.link.open_up();
    }

    /// Nothing more goes over the connection of this answer.
    pub(crate) fn leave(&self, response: &Response) {
        self.retire(&response.link);
    }

    fn retire(&self, link: &Arc<Link>) {
        link.retired.store(true, Ordering::Relaxed);
        self.links.lock().retain(|other| !Arc::ptr_eq(other, link));
        link.streams.close();
    }

    /// A connection with a free stream; else a new one while more are allowed; else the one with the shortest queue.
    async fn link(&self, token_signed_at: i64) -> Result<Arc<Link>, LinkError> {
        if let Some(link) = self.free(token_signed_at) {
            return Ok(link);
        }
        let failures = self.failed.lock().0;
        let _turn = self.opening.lock().await;
        if let Some(link) = self.free(token_signed_at) {
            return Ok(link);
        }
        // Whoever waited while another's attempt failed shares that failure: a hundred waits in a row help nobody.
        let failed = self.failed.lock().clone();
        if failed.0 != failures {
            return Err(LinkError::Unreachable(failed.1));
        }
        let link = Arc::new(self.open(token_signed_at).await.inspect_err(|error| {
            let mut failed = self.failed.lock();
            *failed = (failed.0 + 1, error.to_string());
        })?);
        self.links.lock().push(link.clone());
        Ok(link)
    }

    fn free(&self, token_signed_at: i64) -> Option<Arc<Link>> {
        let mut links = self.links.lock();
        links.retain(|link| link.usable(token_signed_at));
        let load = |link: &Arc<Link>| (link.streams.available_permits() == 0, link.waiting.load(Ordering::Relaxed));
        let best = links.iter().min_by_key(|link| load(link))?;
        let busy = best.streams.available_permits() == 0;
        (!busy || links.len() >= self.most_links).then(|| best.clone())
    }

    async fn exchange(&self, link: &Arc<Link>, request: hyper::Request<Full<Bytes>>) -> Result<Response, Broken> {
        link.waiting.fetch_add(1, Ordering::Relaxed);
        let permit = link.streams.acquire().await;
        link.waiting.fetch_sub(1, Ordering::Relaxed);
        let Ok(_permit) = permit else { return Err(Broken::NotProcessed("the connection was closed".into())) };
        let mut sender = link.sender.clone();
        let answer = async {
            let response = sender.try_send_request(request).await.map_err(|mut error| match error.take_message() {
                Some(_) => Broken::NotProcessed(chain(error.error())),
                None => broken(error.error()),
            })?;
            let (parts, body) = response.into_parts();
            let body = Limited::new(body, ANSWER_BYTES).collect().await.map_err(|error| Broken::Lost(error.to_string()))?;
            Ok(Response { status: parts.status.as_u16(), headers: parts.headers, body: body.to_bytes(), link: link.clone() })
        };
        real_time_limit(ANSWER_LIMIT, answer)
            .await
            .unwrap_or_else(|| Err(Broken::Lost(format!("no answer within {} s", ANSWER_LIMIT.as_secs()))))
    }

    async fn open(&self, token_signed_at: i64) -> Result<Link, LinkError> {
        let unreachable = |why: String| LinkError::Unreachable(format!("{} cannot be reached: {why}", self.endpoint));
        let opened = real_time_limit(CONNECT_LIMIT, async {
            let stream = TcpStream::connect((self.endpoint.host.as_str(), self.endpoint.port)).await.map_err(|e| e.to_string())?;
            stream.set_nodelay(true).map_err(|e| e.to_string())?;
            match &self.tls {
                None => handshake(stream).await,
                Some(tls) => {
                    let name = ServerName::try_from(self.endpoint.host.clone()).map_err(|e| e.to_string())?;
                    handshake(tls.connect(name, stream).await.map_err(|e| e.to_string())?).await
                }
            }
        });
        let (sender, allowed_streams) = match opened.await {
            Some(opened) => opened.map_err(unreachable)?,
            None => return Err(unreachable(format!("no connection within {} s", CONNECT_LIMIT.as_secs()))),
        };
        Ok(Link {
            sender,
            allowed_streams,
            token_signed_at,
            streams: Semaphore::new(1),
            opened_up: AtomicBool::new(false),
            retired: AtomicBool::new(false),
            waiting: AtomicUsize::new(0),
        })
    }
}

type Handshake = (SendRequest<Full<Bytes>>, Arc<AtomicUsize>);

async fn handshake(io: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<Handshake, String> {
    let builder = http2::Builder::new(TokioExecutor::new());
    let (sender, mut connection) = builder.handshake(TokioIo::new(io)).await.map_err(|error| chain(&error))?;
    let allowed = Arc::new(AtomicUsize::new(connection.current_max_send_streams()));
    let seen = allowed.clone();
    tokio::spawn(async move {
        let ended = poll_fn(|cx| {
            let polled = connection.poll_unpin(cx);
            seen.store(connection.current_max_send_streams(), Ordering::Relaxed);
            polled
        });
        if let Err(error) = ended.await {
            tracing::debug!("APNs connection ended: {}", chain(&error));
        }
    });
    Ok((sender, allowed))
}

#[derive(Debug)]
enum Broken {
    NotProcessed(String),
    Lost(String),
}

/// Whether the server may have taken a request. Streams above a GOAWAY's last id and refused streams were not processed.
fn broken(error: &hyper::Error) -> Broken {
    let why = chain(error);
    let mut source = error.source();
    while let Some(cause) = source {
        if let Some(h2) = cause.downcast_ref::<h2::Error>() {
            let refused = h2.is_reset() && h2.is_remote() && h2.reason() == Some(h2::Reason::REFUSED_STREAM);
            if refused || (h2.is_go_away() && h2.is_remote()) {
                return Broken::NotProcessed(goaway_reason(&why).map_or(why.clone(), str::to_owned));
            }
        }
        source = cause.source();
    }
    if error.is_canceled() { Broken::NotProcessed(why) } else { Broken::Lost(why) }
}

fn chain(error: &hyper::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
