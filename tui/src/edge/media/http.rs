//! HTTP for files: the own server with the trust of the session, other hosts with the system's.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tern_protocol::client::{ServerAddress, Trust, tls_config};
use tern_protocol::model::saved_profile::SavedProfile;
use tokio::sync::Mutex;

/// How long a host may take to be reached.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);
/// How long a host may be silent.
const SILENCE_LIMIT: Duration = Duration::from_secs(30);
/// Other hosts send elsewhere this often at most.
const REDIRECTS: usize = 5;

/// Clients, made when they are first needed: a terminal that moves no files has none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Http {
    own: Arc<Mutex<Option<(Kind, reqwest::Client)>>>,
    foreign: Arc<Mutex<Option<reqwest::Client>>>,
}

/// What a client was made for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    /// Without TLS: no certificates are read.
    Plain,
    Tls(Trust),
}

impl Http {
    /// For the own server.
    pub(crate) async fn own(&self, profile: &SavedProfile) -> Result<(reqwest::Client, ServerAddress), String> {
        let address = ServerAddress::parse(&profile.server).map_err(|error| error.to_string())?;
        let trust = profile.ca_file.as_ref().map_or(Trust::System, |file| Trust::CaFile(PathBuf::from(file)));
        let kind = if address.http_url().starts_with("https:") { Kind::Tls(trust) } else { Kind::Plain };
        let mut held = self.own.lock().await;
        if let Some((_, client)) = held.as_ref().filter(|(known, _)| *known == kind) {
            return Ok((client.clone(), address));
        }
        // Elsewhere than the server itself nothing is fetched, and no proxy stands between.
        let client = made(kind.clone(), |builder| builder.redirect(reqwest::redirect::Policy::none()).no_proxy()).await?;
        *held = Some((kind, client.clone()));
        Ok((client, address))
    }

    /// For other hosts, which a person asked for.
    pub(crate) async fn foreign(&self) -> Result<reqwest::Client, String> {
        let mut held = self.foreign.lock().await;
        if let Some(client) = held.as_ref() {
            return Ok(client.clone());
        }
        let policy = reqwest::redirect::Policy::limited(REDIRECTS);
        let client = made(Kind::Tls(Trust::System), |builder| builder.redirect(policy).referer(false)).await?;
        *held = Some(client.clone());
        Ok(client)
    }
}

async fn made(kind: Kind, with: impl FnOnce(reqwest::ClientBuilder) -> reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    let tls = match kind {
        Kind::Plain => {
            let provider = Arc::new(rustls::crypto::ring::default_provider());
            let versions = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
            let builder = versions.map_err(|error| error.to_string())?;
            builder.with_root_certificates(rustls::RootCertStore::empty()).with_no_client_auth()
        }
        // Reading the system's certificates takes a while.
        Kind::Tls(trust) => tokio::task::spawn_blocking(move || tls_config(&trust))
            .await
            .map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())?,
    };
    let builder = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT_LIMIT)
        .read_timeout(SILENCE_LIMIT)
        .user_agent(concat!("tern/", env!("CARGO_PKG_VERSION")));
    with(builder).build().map_err(|error| error.to_string())
}

/// A network error without the address, which holds a signature.
pub(crate) fn plain(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(inner) = cause {
        let more = inner.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        cause = inner.source();
    }
    text
}
