//! Where the demo's people log in: one server, one application, UserSigs made here.

use super::DemoError;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::sync::Arc;
use tern_protocol::client::{CatchUp, ClientEvent, Identity, ServerAddress, Session, SessionConfig};
use tern_protocol::clock::{Clock, timeout};
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::model::saved_profile::SavedProfile;
use tern_protocol::{SdkAppId, UserId, usersig};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Life of the UserSigs: longer than anybody runs a demo, counted from the oldest history.
const USER_SIG_SECONDS: u64 = 180 * 86_400;
/// Limit on a login, in milliseconds.
const LOGIN_LIMIT_MS: i64 = 10_000;

/// The running server, as its guests see it.
#[derive(Clone, Debug)]
pub(crate) struct Stage {
    pub(crate) server: ServerAddress,
    pub(crate) sdk_app_id: SdkAppId,
    pub(crate) key: String,
    pub(crate) clock: Arc<dyn Clock>,
}

/// Who logs in, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guest<'a> {
    pub(crate) user: &'a str,
    pub(crate) platform: Platform,
    pub(crate) mode: LoginMode,
    /// What to read first; `None`: nothing.
    pub(crate) catch_up: Option<CatchUp>,
}

impl Stage {
    /// A UserSig of this application.
    pub(crate) fn user_sig(&self, user: &str) -> String {
        usersig::generate(self.sdk_app_id, &self.key, user, USER_SIG_SECONDS, None, self.clock.wall_seconds())
    }

    /// A login of this server, as the client saves one.
    pub(crate) fn profile(&self, user: &str) -> Result<SavedProfile, DemoError> {
        let id = UserId::parse(user).map_err(|error| DemoError::World(format!("{user}: {error}")))?;
        Ok(SavedProfile {
            server: self.server.http_url(),
            sdk_app_id: self.sdk_app_id,
            user_sig: self.user_sig(user),
            user: id,
            install: Uuid::new_v5(&Uuid::NAMESPACE_OID, b"tern demo").to_string(),
            ca_file: None,
        })
    }

    /// Starts a guest's session. Devices of one platform are one install, so a second login replaces the first.
    pub(crate) fn start(&self, guest: Guest<'_>) -> Result<(Session, mpsc::Receiver<ClientEvent>), DemoError> {
        let Guest { user, platform, mode, catch_up } = guest;
        let install = Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{user} {} {}", platform.name(), mode.name()).as_bytes());
        let identity = Identity::User {
            sdk_app_id: self.sdk_app_id,
            user: UserId::parse(user).map_err(|error| DemoError::World(format!("{user}: {error}")))?,
            user_sig: self.user_sig(user),
            platform,
            install: install.to_string(),
            mode,
        };
        let config = SessionConfig { catch_up, ..SessionConfig::new(self.server.clone(), identity) };
        Ok(Session::start(config, Arc::clone(&self.clock), StdRng::from_rng(&mut rand::rng())))
    }

    /// Waits until a session is logged in.
    pub(crate) async fn online(&self, user: &str, session: &Session) -> Result<(), DemoError> {
        match timeout(self.clock.as_ref(), LOGIN_LIMIT_MS, session.online()).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(end)) => Err(DemoError::Login { user: user.to_owned(), reason: end.to_string() }),
            Err(elapsed) => Err(DemoError::Login { user: user.to_owned(), reason: elapsed.to_string() }),
        }
    }
}
