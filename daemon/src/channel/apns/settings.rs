//! What an APNs credential needs, read and checked once.

use crate::channel::{SettingsError, endpoint::Endpoint};
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use std::path::{Path, PathBuf};

/// Apple's production address; `https://api.sandbox.push.apple.com` serves development builds.
pub const PRODUCTION: &str = "https://api.push.apple.com";

/// An APNs credential with token authentication (`contract/push-providers.md` section 1).
#[derive(Debug)]
pub struct ApnsSettings {
    /// Where APNs is.
    pub endpoint: Endpoint,
    /// Trusted beside the system's roots.
    pub ca_file: Option<PathBuf>,
    /// The key that signs provider tokens.
    pub key: EcdsaKeyPair,
    /// 10-character key id.
    pub key_id: String,
    /// 10-character team id.
    pub team_id: String,
    /// Bundle id of the app.
    pub topic: String,
    /// Most connections at once.
    pub connections: usize,
    /// Where the provider token is kept over restarts; `None` keeps it in memory.
    pub token_file: Option<PathBuf>,
}

/// Reads a `.p8` file: a PKCS#8 P-256 private key.
pub fn read_key(path: &Path) -> Result<EcdsaKeyPair, SettingsError> {
    let bad = |why: String| SettingsError(format!("APNs key file {}: {why}", path.display()));
    let pem = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(&pem).map_err(|_| bad("is no PKCS#8 private key in PEM form".into()))?;
    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.secret_pkcs8_der(), &ring::rand::SystemRandom::new())
        .map_err(|error| bad(format!("is no P-256 private key ({error})")))
}

/// Checks the short texts of a credential.
pub fn check_ids(key_id: &str, team_id: &str, topic: &str) -> Result<(), SettingsError> {
    for (name, value) in [("key_id", key_id), ("team_id", team_id)] {
        if value.len() != 10 || !value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return Err(SettingsError(format!("{name} {value:?} must be 10 letters or digits")));
        }
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if topic.is_empty() || !topic.bytes().all(plain) {
        return Err(SettingsError(format!("topic {topic:?} must be the app's bundle id")));
    }
    Ok(())
}
