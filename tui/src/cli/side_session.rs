//! The login of a shell verb: mode `command`, so that it displaces nobody and does not make the person Online.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use std::path::PathBuf;
use std::sync::Arc;
use tern_protocol::client::{AddressError, ClientEvent, Identity, ServerAddress, Session, SessionConfig, Trust};
use tern_protocol::clock::Clock;
use tern_protocol::model::presence::{LoginMode, Platform};
use tern_protocol::model::saved_profile::SavedProfile;
use tokio::sync::mpsc;
use uuid::Uuid;

/// Starts to log in as the saved person. The install is a new one: the saved one belongs to `tern` itself.
pub(crate) fn start(
    profile: &SavedProfile,
    clock: Arc<dyn Clock>,
    rng: &mut StdRng,
) -> Result<(Session, mpsc::Receiver<ClientEvent>), AddressError> {
    let identity = Identity::User {
        sdk_app_id: profile.sdk_app_id,
        user: profile.user.clone(),
        user_sig: profile.user_sig.clone(),
        platform: Platform::of_this_host(),
        install: Uuid::new_v4().to_string(),
        mode: LoginMode::Command,
    };
    let mut config = SessionConfig::new(ServerAddress::parse(&profile.server)?, identity);
    if let Some(file) = &profile.ca_file {
        config.trust = Trust::CaFile(PathBuf::from(file));
    }
    Ok(Session::start(config, clock, StdRng::from_rng(rng)))
}
