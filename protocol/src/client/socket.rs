//! The one place that makes WebSockets for clients: buffers, limits, TLS.

use std::path::PathBuf;
use std::sync::Arc;

use rustls::pki_types::{CertificateDer, pem::PemObject};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::http::Uri;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream};

/// Read buffer of every WebSocket: allocated at once and cleared before every read, so the default of 128 KiB costs 17 times the
/// memory and six times the processor.
pub const READ_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes gathered before they are written.
pub const WRITE_BUFFER_BYTES: usize = 4 * 1024;
/// Bytes that may wait for a slow peer.
pub const MAX_WRITE_BUFFER_BYTES: usize = 2 * 1024 * 1024;
/// The longest answer a client takes: a page of history holds 50 messages of 12 KB.
pub const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A client's WebSocket.
pub type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Buffers and limits of every WebSocket of the project's clients.
pub fn websocket_config() -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .write_buffer_size(WRITE_BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(Some(MAX_ANSWER_BYTES))
        .max_frame_size(Some(MAX_ANSWER_BYTES))
}

/// Where a server is: `http://host:port` or `https://host:port` (`ws`, `wss` and a bare `host:port` mean the same).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ServerAddress {
    secure: bool,
    /// As it stands in URLs: IPv6 in brackets.
    host: String,
    port: u16,
}

/// Why a text is no server's address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no server address: write http://host:port or https://host:port")]
pub struct AddressError {
    text: String,
}

impl ServerAddress {
    /// Reads an address; a path is ignored.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        let wrong = || AddressError { text: text.chars().take(200).collect() };
        let (secure, rest) = match text.trim().split_once("://") {
            None => (false, text.trim()),
            Some(("http" | "ws", rest)) => (false, rest),
            Some(("https" | "wss", rest)) => (true, rest),
            Some(_) => return Err(wrong()),
        };
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let uri: Uri = format!("http://{authority}/").parse().map_err(|_| wrong())?;
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let port = match (authority.strip_prefix(host), uri.port_u16()) {
            (Some(""), None) => {
                if secure {
                    443
                } else {
                    80
                }
            }
            (Some(_), Some(port)) if port > 0 => port,
            _ => return Err(wrong()),
        };
        Ok(Self { secure, host: host.to_owned(), port })
    }

    /// `http://host:port` or `https://host:port`.
    pub fn http_url(&self) -> String {
        format!("{}://{}:{}", if self.secure { "https" } else { "http" }, self.host, self.port)
    }

    fn socket_url(&self) -> String {
        format!("{}://{}:{}/ws", if self.secure { "wss" } else { "ws" }, self.host, self.port)
    }

    fn bare_host(&self) -> &str {
        self.host.trim_start_matches('[').trim_end_matches(']')
    }
}

impl std::fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.http_url())
    }
}

/// Whom a client believes to be the server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Whom the system trusts.
    #[default]
    System,
    /// Whom the certificates of this PEM file signed, and nobody else.
    CaFile(PathBuf),
}

/// Why no link came about, in words for a person.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// TCP.
    #[error("cannot reach {address}: {source}")]
    Unreachable {
        /// The server.
        address: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// TLS or HTTP upgrade.
    #[error("{address} does not answer as a tern-server: {detail}")]
    Refused {
        /// The server.
        address: String,
        /// What went wrong.
        detail: String,
    },
    /// The file of [`Trust::CaFile`].
    #[error("cannot use the CA file {path}: {detail}")]
    CaFile {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// A host without CA certificates.
    #[error("this system has no CA certificates, so https cannot be checked; name a CA file")]
    NoRoots,
}

/// TLS settings of a client.
pub fn tls_config(trust: &Trust) -> Result<rustls::ClientConfig, ConnectError> {
    let mut roots = rustls::RootCertStore::empty();
    match trust {
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
            if roots.is_empty() {
                return Err(ConnectError::NoRoots);
            }
        }
        Trust::CaFile(path) => {
            let wrong = |detail: String| ConnectError::CaFile { path: path.display().to_string(), detail };
            let certificates = CertificateDer::pem_file_iter(path).map_err(|error| wrong(error.to_string()))?;
            for certificate in certificates {
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(wrong("it holds no certificate".to_owned()));
            }
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = versions.map_err(|error| ConnectError::Refused { address: String::new(), detail: error.to_string() })?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Opens a link to `/ws`. Every WebSocket client of the project is made here.
pub async fn connect(address: &ServerAddress, trust: &Trust) -> Result<Socket, ConnectError> {
    let tcp = TcpStream::connect((address.bare_host(), address.port));
    let tcp = tcp.await.map_err(|source| ConnectError::Unreachable { address: address.http_url(), source })?;
    // Small frames that wait for an acknowledgement would otherwise be held back by the system.
    let _ = tcp.set_nodelay(true);
    let connector = if address.secure { Connector::Rustls(Arc::new(tls_config(trust)?)) } else { Connector::Plain };
    let upgrade =
        tokio_tungstenite::client_async_tls_with_config(address.socket_url(), tcp, Some(websocket_config()), Some(connector));
    match upgrade.await {
        Ok((socket, _)) => Ok(socket),
        Err(error) => Err(ConnectError::Refused { address: address.http_url(), detail: upgrade_detail(&error) }),
    }
}

fn upgrade_detail(error: &tungstenite::Error) -> String {
    match error {
        tungstenite::Error::Http(response) => format!("HTTP status {}", response.status()),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::{ConnectError, ServerAddress, Trust, tls_config};

    #[rstest]
    #[case("http://127.0.0.1:8640", "ws://127.0.0.1:8640/ws")]
    #[case("127.0.0.1:8640", "ws://127.0.0.1:8640/ws")]
    #[case(" https://chat.example/some/path ", "wss://chat.example:443/ws")]
    #[case("ws://[::1]:9", "ws://[::1]:9/ws")]
    fn an_address_leads_to_the_socket(#[case] text: &str, #[case] url: &str) {
        let address = ServerAddress::parse(text).unwrap();
        assert_eq!(address.socket_url(), url);
        assert_eq!(ServerAddress::parse(&address.to_string()).unwrap(), address);
    }

    #[rstest]
    #[case("")]
    #[case("http://")]
    #[case("ftp://x")]
    #[case("http://a:99999")]
    #[case("http://a:0")]
    #[case("http://a:")]
    #[case("http://user@a:1")]
    #[case("http://a b")]
    fn what_is_no_address_is_named_in_one_sentence(#[case] text: &str) {
        let sentence = ServerAddress::parse(text).unwrap_err().to_string();
        assert!(sentence.contains("is no server address"), "{sentence}");
    }

    #[test]
    fn a_ca_file_that_is_missing_or_empty_is_named() {
        let missing = tls_config(&Trust::CaFile("/no/such/ca.pem".into())).unwrap_err();
        assert!(matches!(&missing, ConnectError::CaFile { path, .. } if path == "/no/such/ca.pem"), "{missing}");
    }
}
