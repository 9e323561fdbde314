//! CA, certificates and keys of the gateways, kept in their folder, and the settings of a bridge that uses them.

use super::SandboxError;
use crate::{channel::SettingsError, config::Credential};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose};
use ring::signature::{EcdsaKeyPair, KeyPair as _, RsaKeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject};
use std::{fs, io, io::Write, net::SocketAddr, os::unix::fs::OpenOptionsExt, path::Path, path::PathBuf, sync::Arc};

/// Project of the service account.
pub(super) const PROJECT: &str = "tern-sandbox";
const CLIENT_EMAIL: &str = "push@tern-sandbox.iam.gserviceaccount.com";
const PRIVATE_KEY_ID: &str = "tern-sandbox-key-1";
/// Everybody knows this key: it speaks for nobody but the sandbox's own service account. (The library in use cannot make RSA keys.)
const SERVICE_ACCOUNT_KEY: &str = include_str!("service_account.pem");

/// Key id and team id of the sandbox's APNs key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApnsAccount {
    /// 10 characters.
    pub key_id: &'static str,
    /// 10 characters.
    pub team_id: &'static str,
}

/// What the gateways check against and present.
pub(super) struct Keys {
    pub(super) apns: ApnsAccount,
    /// Uncompressed point of the APNs key.
    pub(super) apns_public: Vec<u8>,
    /// PKCS#1 public key of the service account.
    pub(super) fcm_public: Vec<u8>,
    pub(super) fcm_email: &'static str,
    pub(super) fcm_key_id: &'static str,
    pub(super) token_uri: String,
    chain: Vec<CertificateDer<'static>>,
    private: PrivatePkcs8KeyDer<'static>,
}

impl Keys {
    /// Finds the files of the folder, or makes them.
    pub(super) fn open(dir: &Path, fcm: SocketAddr) -> Result<Self, SandboxError> {
        fs::create_dir_all(dir)?;
        if !dir.join("server.key").exists() {
            make_certificates(dir)?;
        }
        if !dir.join("apns.p8").exists() {
            write(&dir.join("apns.p8"), &KeyPair::generate().map_err(keys)?.serialize_pem())?;
        }
        let token_uri = format!("https://{fcm}/token");
        write(&dir.join("service-account.json"), &service_account(&token_uri))?;
        let apns_key = crate::channel::apns::settings::read_key(&dir.join("apns.p8"))?;
        let fcm_key = PrivatePkcs8KeyDer::from_pem_slice(SERVICE_ACCOUNT_KEY.as_bytes()).map_err(keys)?;
        let fcm_key = RsaKeyPair::from_pkcs8(fcm_key.secret_pkcs8_der()).map_err(keys)?;
        let pem = |name: &str| fs::read(dir.join(name));
        let chain = CertificateDer::pem_slice_iter(&pem("server.pem")?).collect::<Result<Vec<_>, _>>().map_err(keys)?;
        let private = PrivatePkcs8KeyDer::from_pem_slice(&pem("server.key")?).map_err(keys)?;
        Ok(Self {
            apns: ApnsAccount { key_id: "SANDBOXKEY", team_id: "SANDBOXTEA" },
            apns_public: public_key(&apns_key),
            fcm_public: fcm_key.public_key().as_ref().to_vec(),
            fcm_email: CLIENT_EMAIL,
            fcm_key_id: PRIVATE_KEY_ID,
            token_uri,
            chain,
            private,
        })
    }

    /// TLS of both gateways; each sets its own ALPN.
    pub(super) fn tls_config(&self) -> Result<rustls::ServerConfig, SandboxError> {
        rustls::ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(keys)?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), PrivateKeyDer::Pkcs8(self.private.clone_key()))
            .map_err(keys)
    }
}

fn public_key(key: &EcdsaKeyPair) -> Vec<u8> {
    key.public_key().as_ref().to_vec()
}

fn make_certificates(dir: &Path) -> Result<(), SandboxError> {
    let mut ca = CertificateParams::new(Vec::new()).map_err(keys)?;
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
    ca.distinguished_name.push(DnType::CommonName, "tern sandbox CA");
    let ca = CertifiedIssuer::self_signed(ca, KeyPair::generate().map_err(keys)?).map_err(keys)?;
    let names = ["localhost", "127.0.0.1", "::1"].map(str::to_owned);
    let mut leaf = CertificateParams::new(names).map_err(keys)?;
    leaf.distinguished_name.push(DnType::CommonName, "tern sandbox");
    let leaf_key = KeyPair::generate().map_err(keys)?;
    let leaf = leaf.signed_by(&leaf_key, &ca).map_err(keys)?;
    write(&dir.join("ca.pem"), &ca.pem())?;
    write(&dir.join("server.pem"), &leaf.pem())?;
    write(&dir.join("server.key"), &leaf_key.serialize_pem())?;
    Ok(())
}

fn service_account(token_uri: &str) -> String {
    let account = serde_json::json!({
        "type": "service_account",
        "project_id": PROJECT,
        "private_key_id": PRIVATE_KEY_ID,
        "private_key": SERVICE_ACCOUNT_KEY,
        "client_email": CLIENT_EMAIL,
        "token_uri": token_uri,
    });
    format!("{account:#}\n")
}

/// Certificate 1 is APNs, 2 is FCM; both for every application.
pub(super) fn credentials(dir: &Path, apns_url: &str, fcm_url: &str, topic: &str, apns: &ApnsAccount) -> Vec<Credential> {
    let path = |name: &str| Some(dir.join(name).display().to_string());
    vec![
        Credential {
            cert_id: 1,
            channel: "apns".into(),
            endpoint: Some(apns_url.into()),
            ca_file: path("ca.pem"),
            key_file: path("apns.p8"),
            key_id: Some(apns.key_id.into()),
            team_id: Some(apns.team_id.into()),
            topic: Some(topic.into()),
            ..Credential::default()
        },
        Credential {
            cert_id: 2,
            channel: "fcm".into(),
            endpoint: Some(fcm_url.into()),
            ca_file: path("ca.pem"),
            service_account: path("service-account.json"),
            ..Credential::default()
        },
    ]
}

/// The settings of a bridge that pushes here.
pub(super) fn write_config(dir: &Path, credentials: &[Credential]) -> io::Result<PathBuf> {
    #[derive(serde::Serialize)]
    struct File<'a> {
        credential: &'a [Credential],
    }
    let text = toml::to_string(&File { credential: credentials }).map_err(io::Error::other)?;
    let path = dir.join("ternd.toml");
    write(&path, &format!("# Pushes go to the gateways of `ternd sandbox`: ternd bridge --config {}\n\n{text}", path.display()))?;
    Ok(path)
}

fn write(path: &Path, text: &str) -> io::Result<()> {
    let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
    let mut file = fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path).map_err(named)?;
    file.write_all(text.as_bytes()).map_err(named)
}

fn keys(error: impl std::fmt::Display) -> SandboxError {
    SandboxError::Keys(error.to_string())
}

impl From<SandboxError> for SettingsError {
    fn from(error: SandboxError) -> Self {
        Self(error.to_string())
    }
}
