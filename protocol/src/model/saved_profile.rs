//! A person's saved login on this host: written by `tern login`, read by `tern`, its shell verbs and `ternd agent`.

use crate::{SdkAppId, UserId};
use serde::{Deserialize, Serialize};

/// Name of the file that holds a [`SavedProfile`] as JSON, mode 0600, in `<data>/client/<profile>/`.
pub const PROFILE_FILE: &str = "profile.json";
/// The profile that is used unless `--profile` names another.
pub const DEFAULT_PROFILE: &str = "default";

/// Where a person logs in, as whom, and from which install.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedProfile {
    /// The server's address as `http://host:port` or `https://host:port`; the WebSocket is at its `/ws`.
    pub server: String,
    /// The application.
    pub sdk_app_id: SdkAppId,
    /// The person.
    pub user: UserId,
    /// The UserSig that logged in last.
    pub user_sig: String,
    /// This install's identity, a UUID: the same install replaces its own old link without a kick.
    pub install: String,
    /// A PEM file with the CA that signed the server's certificate, when the system does not know it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ca_file: Option<String>,
}

impl std::fmt::Debug for SavedProfile {
    /// Leaves the UserSig out: it must not reach a log.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SavedProfile")
            .field("server", &self.server)
            .field("sdk_app_id", &self.sdk_app_id)
            .field("user", &self.user)
            .field("install", &self.install)
            .field("ca_file", &self.ca_file)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_saved_profile_reads_back_and_does_not_print_its_user_sig() {
        let profile = SavedProfile {
            server: "http://127.0.0.1:8640".into(),
            sdk_app_id: SdkAppId(1_400_000_001),
            user: UserId::parse("ann").unwrap(),
            user_sig: "secret".into(),
            install: "i".into(),
            ca_file: None,
        };
        let text = serde_json::to_string(&profile).unwrap();
        assert_eq!(serde_json::from_str::<SavedProfile>(&text).unwrap(), profile);
        assert!(!format!("{profile:?}").contains("secret"));
    }
}
