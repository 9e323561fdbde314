//! What an FCM credential needs: a service-account file, read and checked once.

use crate::channel::{SettingsError, endpoint::Endpoint};
use ring::signature::RsaKeyPair;
use rustls::pki_types::{PrivatePkcs8KeyDer, pem::PemObject};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Google's address.
pub const PRODUCTION: &str = "https://fcm.googleapis.com";

/// An FCM credential (`contract/push-providers.md` section 2).
#[derive(Debug)]
pub struct FcmSettings {
    /// Where FCM is.
    pub endpoint: Endpoint,
    /// Trusted beside the system's roots.
    pub ca_file: Option<PathBuf>,
    /// Who speaks.
    pub account: ServiceAccount,
}

/// A service-account file.
#[derive(Debug)]
pub struct ServiceAccount {
    /// Project of the messages.
    pub project_id: String,
    /// `iss` of the assertion.
    pub client_email: String,
    /// `kid` of the assertion.
    pub private_key_id: String,
    /// Signs the assertion.
    pub private_key: RsaKeyPair,
    /// Where the assertion is exchanged for a token.
    pub token_uri: String,
}

#[derive(Deserialize)]
struct File {
    project_id: String,
    client_email: String,
    #[serde(default)]
    private_key_id: String,
    private_key: String,
    #[serde(default = "google_token_uri")]
    token_uri: String,
}

fn google_token_uri() -> String {
    "https://oauth2.googleapis.com/token".into()
}

/// Reads a service-account file.
pub fn read_account(path: &Path) -> Result<ServiceAccount, SettingsError> {
    let bad = |why: String| SettingsError(format!("FCM service account {}: {why}", path.display()));
    let text = std::fs::read(path).map_err(|error| bad(error.to_string()))?;
    // The parser's own words could quote the key.
    let file: File = serde_json::from_slice(&text).map_err(|error| {
        bad(format!("is no service-account JSON with project_id, client_email and private_key (line {})", error.line()))
    })?;
    let der = PrivatePkcs8KeyDer::from_pem_slice(file.private_key.as_bytes())
        .map_err(|_| bad("private_key is no PKCS#8 private key in PEM form".into()))?;
    let private_key =
        RsaKeyPair::from_pkcs8(der.secret_pkcs8_der()).map_err(|error| bad(format!("private_key is no RSA key ({error})")))?;
    if file.project_id.is_empty() || !file.project_id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte)) {
        return Err(bad(format!("project_id {:?} is none", file.project_id)));
    }
    match file.token_uri.parse::<hyper::Uri>() {
        Ok(uri) if matches!(uri.scheme_str(), Some("https" | "http")) && uri.host().is_some() => {}
        _ => return Err(bad(format!("token_uri {:?} is no address", file.token_uri))),
    }
    Ok(ServiceAccount {
        project_id: file.project_id,
        client_email: file.client_email,
        private_key_id: file.private_key_id,
        private_key,
        token_uri: file.token_uri,
    })
}
