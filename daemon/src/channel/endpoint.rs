//! Where a provider is reached, and whom TLS trusts there: every base address can be replaced (a gateway of one's own, a relay).

use super::SettingsError;
use rustls::{ClientConfig, RootCertStore, pki_types::CertificateDer, pki_types::pem::PemObject};
use std::{path::Path, sync::Arc};

/// Scheme, host and port of a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// `https`, or `http` for clear text.
    pub tls: bool,
    /// Name or address.
    pub host: String,
    /// TCP port.
    pub port: u16,
}

impl Endpoint {
    /// Reads `https://host[:port]`; a path is refused.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        let bad = |why: &str| SettingsError(format!("endpoint {text:?}: {why}"));
        let uri: hyper::Uri = text.trim_end_matches('/').parse().map_err(|_| bad("is no address such as https://host:port"))?;
        let tls = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad("must begin with https:// or http://")),
        };
        if uri.path() != "/" || uri.query().is_some() {
            return Err(bad("must have no path"));
        }
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(|| bad("has no host"))?;
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Self { tls, host, port: uri.port_u16().unwrap_or(if tls { 443 } else { 80 }) })
    }

    /// `host:port` as it stands in a URL.
    pub fn authority(&self) -> String {
        if self.host.contains(':') { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }
}

impl std::fmt::Display for Endpoint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}://{}", if self.tls { "https" } else { "http" }, self.authority())
    }
}

/// Reads the certificates of a PEM file.
pub(crate) fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, SettingsError> {
    let bad = |why: String| SettingsError(format!("ca_file {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let list: Vec<_> = CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|error| bad(error.to_string()))?;
    if list.is_empty() { Err(bad("holds no certificate".into())) } else { Ok(list) }
}

/// TLS for HTTP/2: the system's roots and those of `ca_file`.
pub(crate) fn tls_config(ca_file: Option<&Path>) -> Result<Arc<ClientConfig>, SettingsError> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    roots.add_parsable_certificates(system.certs);
    if let Some(path) = ca_file {
        for certificate in read_certificates(path)? {
            roots.add(certificate).map_err(|error| SettingsError(format!("ca_file {}: {error}", path.display())))?;
        }
    }
    if roots.is_empty() {
        return Err(SettingsError("this host has no trusted certificates; install ca-certificates or set ca_file".into()));
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| SettingsError(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(Arc::new(config))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("https://api.push.apple.com", "https://api.push.apple.com:443")]
    #[case("https://127.0.0.1:2197/", "https://127.0.0.1:2197")]
    #[case("http://[::1]:80", "http://[::1]:80")]
    fn addresses_are_read(#[case] text: &str, #[case] shown: &str) {
        assert_eq!(Endpoint::parse(text).unwrap().to_string(), shown);
    }

    #[rstest]
    #[case("api.push.apple.com")]
    #[case("ftp://host")]
    #[case("https://host/path")]
    #[case("https://")]
    #[case("")]
    fn others_are_refused_with_a_sentence(#[case] text: &str) {
        assert!(Endpoint::parse(text).unwrap_err().to_string().starts_with("endpoint "));
    }

    #[test]
    fn a_ca_file_without_a_certificate_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        assert!(read_certificates(&path).unwrap_err().to_string().contains("ca.pem"));
        std::fs::write(&path, "nothing").unwrap();
        assert!(read_certificates(&path).unwrap_err().to_string().ends_with("holds no certificate"));
    }
}
