//! TLS by rustls over ring: certificates from files, or from an authority of its own that is kept in the data folder.

use crate::config::{TlsConfig, TlsSource};
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Names that a made certificate always has.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];
/// Days a made leaf is valid: common clients refuse more than 398.
const LEAF_DAYS: u64 = 397;
/// Years the made authority is valid.
const AUTHORITY_YEARS: u64 = 20;
/// File of the authority's certificate, to be trusted by clients.
const AUTHORITY_CERT: &str = "ca.pem";
/// File of the authority's key (mode 0600).
const AUTHORITY_KEY: &str = "ca.key";
const DAY: u64 = 86_400;

/// A certificate that cannot be used, as one sentence.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TlsError {
    /// A file is missing, unreadable or cannot be written.
    #[error("TLS: {path}: {error}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        error: String,
    },
    /// A name given by `--tls-names` cannot stand in a certificate.
    #[error("TLS: {0:?} cannot be a name in a certificate")]
    Name(String),
    /// Making a certificate failed.
    #[error("TLS: no certificate could be made: {0}")]
    Make(#[from] rcgen::Error),
    /// Certificate and key do not fit.
    #[error("TLS: certificate and key cannot be used: {0}")]
    Use(#[from] rustls::Error),
}

/// What the TLS port serves with.
#[derive(Debug)]
pub(crate) struct Tls {
    /// For the acceptor.
    pub(crate) server: Arc<ServerConfig>,
    /// The made authority's certificate, which clients have to trust; `None` with certificates from files.
    pub(crate) authority: Option<PathBuf>,
}

/// Prepares the certificate. `now` is Unix seconds; `folder` keeps the made authority.
pub(crate) fn prepare(config: &TlsConfig, folder: &Path, now: i64) -> Result<Tls, TlsError> {
    let (chain, key, authority) = match &config.source {
        TlsSource::Files { cert, key } => {
            let (chain, key) = from_files(cert, key)?;
            (chain, key, None)
        }
        TlsSource::Auto => {
            let authority = Authority::open(folder, now)?;
            let (chain, key) = authority.leaf(&config.names, now)?;
            (chain, key, Some(authority.path))
        }
    };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    server.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Tls { server: Arc::new(server), authority })
}

type Certified = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn file_error(path: &Path, error: impl std::fmt::Display) -> TlsError {
    TlsError::File { path: path.into(), error: error.to_string() }
}

fn from_files(cert: &Path, key: &Path) -> Result<Certified, TlsError> {
    let pem = |path: &Path| fs::read(path).map_err(|error| file_error(path, error));
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem(cert)?).collect();
    let chain = chain.map_err(|_| file_error(cert, "no PEM certificate"))?;
    if chain.is_empty() {
        return Err(file_error(cert, "no PEM certificate"));
    }
    let key = PrivateKeyDer::from_pem_slice(&pem(key)?).map_err(|_| file_error(key, "no PEM private key"))?;
    Ok((chain, key))
}

/// The made authority: its key and name decide what clients trust, so both stay the same over restarts.
struct Authority {
    path: PathBuf,
    issuer: Issuer<'static, KeyPair>,
    cert: CertificateDer<'static>,
}

impl Authority {
    fn open(folder: &Path, now: i64) -> Result<Self, TlsError> {
        let (path, key_path) = (folder.join(AUTHORITY_CERT), folder.join(AUTHORITY_KEY));
        if !path.exists() || !key_path.exists() {
            let key = KeyPair::generate()?;
            let cert = Self::params(now).self_signed(&key)?;
            write_private(&key_path, &key.serialize_pem())?;
            fs::write(&path, cert.pem()).map_err(|error| file_error(&path, error))?;
        }
        let text = fs::read_to_string(&key_path).map_err(|error| file_error(&key_path, error))?;
        let key = KeyPair::from_pem(&text).map_err(|error| file_error(&key_path, error))?;
        let pem = fs::read(&path).map_err(|error| file_error(&path, error))?;
        let cert = CertificateDer::from_pem_slice(&pem).map_err(|_| file_error(&path, "no PEM certificate"))?;
        Ok(Self { issuer: Issuer::new(Self::params(now), key), path, cert })
    }

    fn params(now: i64) -> CertificateParams {
        let mut params = CertificateParams::default();
        params.distinguished_name = named("tern-server local authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        set_validity(&mut params, now, AUTHORITY_YEARS * 365);
        params
    }

    fn leaf(&self, names: &[String], now: i64) -> Result<Certified, TlsError> {
        let mut all: Vec<String> = LOCAL_NAMES.iter().map(|name| (*name).to_owned()).collect();
        for name in names.iter().map(|name| name.trim()).filter(|name| !name.is_empty()) {
            if !name.is_ascii() || name.contains(char::is_whitespace) {
                return Err(TlsError::Name(name.into()));
            }
            if !all.iter().any(|known| known == name) {
                all.push(name.to_owned());
            }
        }
        let mut params = CertificateParams::new(all)?;
        params.distinguished_name = named("tern-server");
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        set_validity(&mut params, now, LEAF_DAYS);
        let key = KeyPair::generate()?;
        let leaf = params.signed_by(&key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        Ok((vec![leaf.der().clone(), self.cert.clone()], key))
    }
}

fn named(common_name: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::OrganizationName, "tern");
    name.push(DnType::CommonName, common_name);
    name
}

/// Valid from a day ago, for clients whose clock is behind.
fn set_validity(params: &mut CertificateParams, now: i64, days: u64) {
    let start = u64::try_from(now).unwrap_or(0).saturating_sub(DAY);
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(start);
    params.not_after = params.not_before + Duration::from_secs(days * DAY);
}

/// Writes a file that only its owner may read.
pub(crate) fn write_private(path: &Path, text: &str) -> Result<(), TlsError> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(|error| file_error(path, error))?;
    file.write_all(text.as_bytes()).map_err(|error| file_error(path, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::ServerName;
    use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConnection};

    const NOW: i64 = 1_795_000_000;

    fn auto(names: &[&str]) -> TlsConfig {
        let names = names.iter().map(|name| (*name).to_owned()).collect();
        TlsConfig { address: ([127, 0, 0, 1], 0).into(), source: TlsSource::Auto, names }
    }

    /// Runs a handshake in memory; the client trusts `roots` alone and insists on `name`.
    fn handshake(tls: &Tls, roots: &Path, name: &str) -> Result<(), rustls::Error> {
        let mut store = RootCertStore::empty();
        store.add(CertificateDer::from_pem_file(roots).unwrap()).unwrap();
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let client = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
        let client = Arc::new(client.with_root_certificates(store).with_no_client_auth());
        let mut client = ClientConnection::new(client, ServerName::try_from(name.to_owned()).unwrap()).unwrap();
        let mut server = ServerConnection::new(Arc::clone(&tls.server)).unwrap();
        for _ in 0..8 {
            let mut bytes = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut bytes).unwrap();
            }
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                server.read_tls(&mut rest).unwrap();
                server.process_new_packets()?;
            }
            let mut bytes = Vec::new();
            while server.wants_write() {
                server.write_tls(&mut bytes).unwrap();
            }
            let mut rest = bytes.as_slice();
            while !rest.is_empty() {
                client.read_tls(&mut rest).unwrap();
                client.process_new_packets()?;
            }
        }
        assert!(!client.is_handshaking() && !server.is_handshaking());
        Ok(())
    }

    #[test]
    fn a_client_that_trusts_the_kept_authority_accepts_every_start() {
        let folder = tempfile::tempdir().unwrap();
        // rustls judges by the system's time, so the certificate must be of now.
        let now = tern_protocol::clock::Clock::wall_seconds(&tern_protocol::clock::SystemClock::new());
        let first = prepare(&auto(&[]), folder.path(), now).unwrap();
        let trusted = folder.path().join("trusted.pem");
        fs::copy(first.authority.as_ref().unwrap(), &trusted).unwrap();
        let second = prepare(&auto(&["chat.example.org"]), folder.path(), now).unwrap();
        for tls in [&first, &second] {
            for name in ["localhost", "127.0.0.1", "::1"] {
                handshake(tls, &trusted, name).unwrap();
            }
        }
        handshake(&second, &trusted, "chat.example.org").unwrap();
        assert!(handshake(&first, &trusted, "chat.example.org").is_err());
    }

    #[cfg(unix)]
    #[test]
    fn the_authoritys_key_is_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        prepare(&auto(&[]), folder.path(), NOW).unwrap();
        let mode = fs::metadata(folder.path().join(AUTHORITY_KEY)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn files_are_used_and_a_bad_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let made = KeyPair::generate().unwrap();
        let cert = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().self_signed(&made).unwrap();
        let (cert_path, key_path) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        fs::write(&cert_path, cert.pem()).unwrap();
        fs::write(&key_path, "nothing").unwrap();
        let config = TlsConfig { source: TlsSource::Files { cert: cert_path, key: key_path.clone() }, ..auto(&[]) };
        let error = prepare(&config, folder.path(), NOW).unwrap_err().to_string();
        assert!(error.contains("k.pem") && error.contains("no PEM private key"), "{error}");
        fs::write(&key_path, made.serialize_pem()).unwrap();
        assert!(prepare(&config, folder.path(), NOW).unwrap().authority.is_none());
    }

    #[test]
    fn a_name_that_no_certificate_can_hold_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(prepare(&auto(&["a b"]), folder.path(), NOW), Err(TlsError::Name(_))));
    }
}
