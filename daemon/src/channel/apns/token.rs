//! The provider token: an ES256 JWT shared by all connections of a key, renewed at 47 minutes and never within 20.

use ring::{rand::SystemRandom, signature::EcdsaKeyPair};
use serde::{Deserialize, Serialize};
use std::{io::Write, os::unix::fs::OpenOptionsExt, path::PathBuf, sync::Arc};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A token older than this is replaced.
const RENEW_SECONDS: i64 = 47 * 60;
/// Apple refuses tokens older than this.
const LIFE_SECONDS: i64 = 60 * 60;
/// Apple refuses a second token within this time.
const LEAST_SECONDS: i64 = 20 * 60;
/// `iat` lies this much in the past, so that a clock a little ahead does no harm.
const BACKDATE_SECONDS: i64 = 5;

/// A signed provider token.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ProviderToken {
    /// Key that signed it.
    key_id: String,
    /// Team it speaks for.
    team_id: String,
    /// When it was signed, seconds.
    pub(crate) signed_at: i64,
    /// The JWT.
    pub(crate) jwt: Arc<str>,
}

/// Signs, keeps and shares the provider token of one key. The time is passed in, seconds since the epoch.
#[derive(Debug)]
pub(crate) struct TokenKeeper {
    key: EcdsaKeyPair,
    key_id: String,
    team_id: String,
    file: Option<PathBuf>,
    current: Option<ProviderToken>,
    previous: Option<ProviderToken>,
    no_signing_until: i64,
}

impl TokenKeeper {
    pub(crate) fn new(key: EcdsaKeyPair, key_id: String, team_id: String, file: Option<PathBuf>) -> Self {
        Self { key, key_id, team_id, file, current: None, previous: None, no_signing_until: 0 }
    }

    /// The token to send with. Another process of the same data folder may have signed it.
    pub(crate) fn token(&mut self, now: i64) -> Result<ProviderToken, String> {
        if let Some(token) = self.current.as_ref().filter(|token| fresh(token, now, RENEW_SECONDS)) {
            return Ok(token.clone());
        }
        if let Some(kept) = self.read_file().filter(|token| fresh(token, now, RENEW_SECONDS)) {
            self.current = Some(kept.clone());
            return Ok(kept);
        }
        if now < self.no_signing_until
            && let Some(token) = self.current.as_ref().filter(|token| fresh(token, now, LIFE_SECONDS))
        {
            return Ok(token.clone());
        }
        self.sign(now)
    }

    /// Replaces a token that the provider called expired; an error says how many seconds to wait first.
    pub(crate) fn renew(&mut self, refused_signed_at: i64, now: i64) -> Result<(), i64> {
        if self.current.as_ref().is_some_and(|token| token.signed_at != refused_signed_at) {
            return Ok(()); // somebody renewed it meanwhile
        }
        let allowed_at = self.no_signing_until.max(self.current.as_ref().map_or(0, |token| token.signed_at + LEAST_SECONDS));
        // A wall clock that went back makes `signed_at` lie in the future: that is no reason to wait.
        if now < allowed_at && allowed_at - now <= LEAST_SECONDS {
            return Err(allowed_at - now);
        }
        self.sign(now).map(|_| ()).map_err(|_| LEAST_SECONDS)
    }

    /// `TooManyProviderTokenUpdates`: back to the previous token while it is good, and no new one for 20 minutes.
    pub(crate) fn too_many_updates(&mut self, now: i64) {
        self.no_signing_until = now + LEAST_SECONDS;
        if let Some(previous) = self.previous.take().filter(|token| fresh(token, now, LIFE_SECONDS)) {
            self.current = Some(previous);
        }
    }

    fn sign(&mut self, now: i64) -> Result<ProviderToken, String> {
        let header = serde_json::json!({"alg": "ES256", "kid": self.key_id}).to_string();
        let claims = serde_json::json!({"iss": self.team_id, "iat": now - BACKDATE_SECONDS}).to_string();
        let mut jwt = format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims));
        let signature = self.key.sign(&SystemRandom::new(), jwt.as_bytes()).map_err(|_| "the key cannot sign".to_owned())?;
        jwt.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.as_ref(), &mut jwt);
        let token =
            ProviderToken { key_id: self.key_id.clone(), team_id: self.team_id.clone(), signed_at: now, jwt: Arc::from(jwt) };
        self.previous = self.current.replace(token.clone());
        self.write_file(&token);
        Ok(token)
    }

    fn read_file(&self) -> Option<ProviderToken> {
        let text = std::fs::read(self.file.as_ref()?).ok()?;
        let token: ProviderToken = serde_json::from_slice(&text).ok()?;
        (token.key_id == self.key_id && token.team_id == self.team_id).then_some(token)
    }

    fn write_file(&self, token: &ProviderToken) {
        let Some(path) = &self.file else { return };
        let fresh_path = path.with_extension("new");
        let written = serde_json::to_vec(token).map_err(std::io::Error::from).and_then(|text| {
            let _ = std::fs::remove_file(&fresh_path);
            let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh_path)?;
            file.write_all(&text)?;
            std::fs::rename(&fresh_path, path)
        });
        if let Err(error) = written {
            tracing::warn!("the provider token could not be kept in {}: {error}", path.display());
        }
    }
}

/// Younger than `seconds`, and not from a future that a clock jump made.
fn fresh(token: &ProviderToken, now: i64, seconds: i64) -> bool {
    (-60..seconds).contains(&(now - token.signed_at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, KeyPair, UnparsedPublicKey};

    const NOW: i64 = 1_700_000_000;

    fn key() -> EcdsaKeyPair {
        let rng = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &rng).unwrap();
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &rng).unwrap()
    }

    fn keeper(file: Option<PathBuf>) -> TokenKeeper {
        TokenKeeper::new(key(), "KEYKEYKEY1".into(), "TEAMTEAM01".into(), file)
    }

    #[test]
    fn the_token_is_a_jwt_whose_signature_verifies() {
        let key = key();
        let public = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key().as_ref().to_vec());
        let mut keeper = TokenKeeper::new(key, "KEYKEYKEY1".into(), "TEAMTEAM01".into(), None);
        let token = keeper.token(NOW).unwrap();
        let parts: Vec<&str> = token.jwt.split('.').collect();
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[0]).unwrap(), br#"{"alg":"ES256","kid":"KEYKEYKEY1"}"#);
        assert_eq!(URL_SAFE_NO_PAD.decode(parts[1]).unwrap(), br#"{"iat":1699999995,"iss":"TEAMTEAM01"}"#);
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        assert_eq!(signature.len(), 64);
        public.verify(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature).unwrap();
    }

    #[test]
    fn one_token_serves_for_47_minutes_and_none_is_signed_within_20() {
        let mut keeper = keeper(None);
        let first = keeper.token(NOW).unwrap();
        assert_eq!(keeper.token(NOW + 46 * 60).unwrap(), first);
        assert_ne!(keeper.token(NOW + 47 * 60).unwrap(), first);
        let second = keeper.token(NOW + 48 * 60).unwrap();
        assert_eq!(keeper.renew(second.signed_at, NOW + 48 * 60), Err(19 * 60), "the provider would refuse a third one");
        assert_eq!(keeper.renew(second.signed_at, NOW + 68 * 60), Ok(()));
        assert_eq!(keeper.renew(second.signed_at, NOW + 68 * 60), Ok(()), "the one in use is newer than the refused one");
    }

    #[test]
    fn a_restart_goes_on_with_the_kept_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("apns.token");
        let first = keeper(Some(file.clone())).token(NOW).unwrap();
        assert_eq!(keeper(Some(file.clone())).token(NOW + 600).unwrap(), first);
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
        let mut other_key = TokenKeeper::new(key(), "OTHERKEY01".into(), "TEAMTEAM01".into(), Some(file.clone()));
        assert_ne!(other_key.token(NOW + 600).unwrap(), first, "a token of another key is not used");
        std::fs::write(&file, "rubbish").unwrap();
        assert!(keeper(Some(file)).token(NOW).is_ok());
    }

    #[test]
    fn too_many_updates_go_back_to_the_previous_token() {
        let mut keeper = keeper(None);
        let first = keeper.token(NOW).unwrap();
        let second = keeper.token(NOW + 47 * 60).unwrap();
        assert_ne!(first, second);
        keeper.too_many_updates(NOW + 47 * 60 + 1);
        assert_eq!(keeper.token(NOW + 47 * 60 + 2).unwrap(), first, "under an hour old");
        assert_ne!(keeper.token(NOW + 61 * 60).unwrap(), first, "over an hour old: it would be refused");
    }

    #[test]
    fn a_clock_that_jumps_does_no_harm() {
        let mut keeper = keeper(None);
        let future = keeper.token(NOW + 10_000_000).unwrap();
        let now = keeper.token(NOW).unwrap();
        assert_ne!(future, now, "a token from the future would be refused");
        assert_eq!(now.signed_at, NOW);
    }
}
