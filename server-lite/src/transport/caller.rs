//! Credentials: judges UserSigs for both transports, remembers good ones, slows guessers down.

use crate::application::Application;
use parking_lot::Mutex;
use ring::digest;
use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use tern_protocol::usersig::{self, SigError};
use tern_protocol::{ErrorCode, SdkAppId};

/// Failures of one account from one address within [`WINDOW_MS`] before the contract's 70050.
const FAILURES_PER_ACCOUNT: u32 = 20;
/// Failures of all accounts from one address within the window.
const FAILURES_PER_ADDRESS: u32 = 600;
/// How long failures are counted, and how long a guesser waits: about a minute.
const WINDOW_MS: i64 = 60_000;
/// Rows of the throttle's map and of each half of the cache.
const MAX_ROWS: usize = 8_192;

/// Why credentials were refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CredentialError {
    /// The UserSig is not good.
    #[error(transparent)]
    Sig(#[from] SigError),
    /// Too many failures lately.
    #[error("too many failed UserSig checks for this account; retry after a minute")]
    Throttled,
}

impl CredentialError {
    /// The contract's number.
    pub(crate) fn code(&self) -> ErrorCode {
        match self {
            Self::Sig(error) => error.code(),
            Self::Throttled => ErrorCode::SIG_THROTTLED,
        }
    }
}

/// What a caller says of itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Credentials<'a> {
    /// UserID.
    pub(crate) user: &'a str,
    /// UserSig as it came, percent-decoding done.
    pub(crate) usersig: &'a str,
    /// Where the caller is.
    pub(crate) address: IpAddr,
}

/// Checks UserSigs: one per server, shared by both transports.
#[derive(Debug, Default)]
pub(crate) struct SigChecker {
    good: Mutex<Generations<[u8; 32], Good>>,
    failures: Mutex<Failures>,
}

/// A UserSig that verified: its remaining checks are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Good {
    /// Unix seconds.
    pub(crate) issued_at: i64,
    /// Unix seconds.
    pub(crate) expires_at: i64,
}

impl SigChecker {
    /// Judges `credentials` in the contract's order (`contract/usersig.md`). `now` and `not_before` (of the last kick) are Unix
    /// seconds, `mono_ms` is the clock's. A UserSig that verified lately costs one hash; its lifetime and the kick are checked always.
    pub(crate) fn check(
        &self,
        app: &Application,
        credentials: Credentials<'_>,
        now: i64,
        not_before: i64,
        mono_ms: i64,
    ) -> Result<Good, CredentialError> {
        let fingerprint = fingerprint(app, credentials);
        let known = self.good.lock().get(&fingerprint);
        if let Some(good) = known {
            return good.still_valid(now, not_before).map(|()| good).map_err(CredentialError::from);
        }
        let account = (app.id, credentials.user.to_owned(), credentials.address);
        if self.failures.lock().are_too_many(&account, mono_ms) {
            return Err(CredentialError::Throttled);
        }
        let mut verdict = Err(SigError::NoPublicKey);
        for key in app.verify_keys() {
            verdict = usersig::verify(credentials.usersig, app.id, credentials.user, &key, now, not_before);
            if !matches!(verdict, Err(SigError::WrongKey | SigError::NoPublicKey)) {
                break;
            }
        }
        match verdict {
            Ok(verified) => {
                let expires_at = verified.issued_at.saturating_add(verified.expire_seconds);
                let good = Good { issued_at: verified.issued_at, expires_at };
                self.good.lock().insert(fingerprint, good);
                Ok(good)
            }
            Err(error) => {
                if is_a_guess(&error) {
                    self.failures.lock().count(account, mono_ms);
                }
                Err(error.into())
            }
        }
    }
}

impl Good {
    fn still_valid(self, now: i64, not_before: i64) -> Result<(), SigError> {
        if now > self.expires_at {
            return Err(SigError::Expired { expired_at: self.expires_at });
        }
        if self.issued_at < not_before { Err(SigError::Invalidated) } else { Ok(()) }
    }
}

/// An honest client with an old or missing UserSig is no guesser.
fn is_a_guess(error: &SigError) -> bool {
    match error {
        SigError::Empty | SigError::Expired { .. } | SigError::Invalidated => false,
        SigError::Malformed(_)
        | SigError::OtherApp { .. }
        | SigError::OtherUser { .. }
        | SigError::WrongKey
        | SigError::NoPublicKey => true,
    }
}

/// Covers the keys too, so that a changed key forgets what the old one verified.
fn fingerprint(app: &Application, credentials: Credentials<'_>) -> [u8; 32] {
    let mut hash = digest::Context::new(&digest::SHA256);
    let keys = &app.settings.keys;
    hash.update(&app.id.0.to_be_bytes());
    for part in
        keys.secret.iter().map(String::as_str).chain(keys.public_pem.as_deref()).chain([credentials.user, credentials.usersig])
    {
        hash.update(&(part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut out = [0; 32];
    out.copy_from_slice(hash.finish().as_ref());
    out
}

/// A bounded map in two halves: what was used lately survives, the rest goes when a half is full.
#[derive(Debug)]
pub(crate) struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Copy + Eq + Hash, V: Copy> Generations<K, V> {
    /// What is kept under a key.
    pub(crate) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(value) = self.young.get(key) {
            return Some(*value);
        }
        let value = self.old.remove(key)?;
        self.insert(*key, value);
        Some(value)
    }

    /// Keeps a value.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= MAX_ROWS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

type Account = (SdkAppId, String, IpAddr);

#[derive(Clone, Copy, Debug)]
struct Window {
    since_ms: i64,
    failures: u32,
}

/// Counts failures; strangers cannot make it grow beyond [`MAX_ROWS`] per map.
#[derive(Debug, Default)]
struct Failures {
    accounts: HashMap<Account, Window>,
    addresses: HashMap<IpAddr, Window>,
}

impl Failures {
    fn are_too_many(&self, account: &Account, mono_ms: i64) -> bool {
        let over =
            |window: Option<&Window>, most: u32| window.is_some_and(|w| w.failures >= most && mono_ms - w.since_ms < WINDOW_MS);
        over(self.accounts.get(account), FAILURES_PER_ACCOUNT) || over(self.addresses.get(&account.2), FAILURES_PER_ADDRESS)
    }

    fn count(&mut self, account: Account, mono_ms: i64) {
        count_in(&mut self.addresses, account.2, mono_ms);
        count_in(&mut self.accounts, account, mono_ms);
    }
}

fn count_in<K: Eq + Hash>(map: &mut HashMap<K, Window>, key: K, mono_ms: i64) {
    if map.len() >= MAX_ROWS && !map.contains_key(&key) {
        map.retain(|_, window| mono_ms - window.since_ms < WINDOW_MS);
        if map.len() >= MAX_ROWS {
            // A flood of names: forgetting all counts is better than growing or than refusing everybody.
            map.clear();
        }
    }
    let window = map.entry(key).or_insert(Window { since_ms: mono_ms, failures: 0 });
    if mono_ms - window.since_ms >= WINDOW_MS {
        *window = Window { since_ms: mono_ms, failures: 0 };
    }
    window.failures += 1;
    if window.failures == FAILURES_PER_ACCOUNT {
        window.since_ms = mono_ms;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{AppKeys, AppSettings};
    use rstest::rstest;
    use tern_protocol::limits::Edition;
    use tern_protocol::usersig::generate;

    const KEY: &str = "5bd2850fff3ecb11d7c805251c51ee463a25727bddc2385f3fa8bfee1bb93b5e";
    const APP: SdkAppId = SdkAppId(1_400_000_001);
    const NOW: i64 = 1_700_000_000;

    fn app(secret: &[&str]) -> Application {
        let keys = AppKeys { secret: secret.iter().map(|key| (*key).to_owned()).collect(), public_pem: None };
        let settings = AppSettings { keys, ..AppSettings::default() };
        Application { id: APP, name: "x".into(), edition: Edition::Premium, created_at: 0, settings }
    }

    fn from<'a>(user: &'a str, usersig: &'a str) -> Credentials<'a> {
        Credentials { user, usersig, address: IpAddr::from([127, 0, 0, 1]) }
    }

    #[rstest]
    #[case::good(KEY, "ann", NOW, 0, 0)]
    #[case::expired(KEY, "ann", NOW + 61, 0, 70001)]
    #[case::kicked(KEY, "ann", NOW, NOW + 1, 70001)]
    #[case::other_user(KEY, "bob", NOW, 0, 70013)]
    #[case::other_key("another", "ann", NOW, 0, 70009)]
    fn a_remembered_usersig_is_judged_like_a_new_one(
        #[case] key: &str,
        #[case] user: &str,
        #[case] now: i64,
        #[case] not_before: i64,
        #[case] wanted: i32,
    ) {
        let checker = SigChecker::default();
        let sig = generate(APP, KEY, "ann", 60, None, NOW);
        let code =
            |now, not_before| checker.check(&app(&[key]), from(user, &sig), now, not_before, 0).map_or_else(|e| e.code().0, |_| 0);
        if wanted == 0 || wanted == 70001 {
            assert_eq!(code(NOW, 0), 0, "remembered");
        }
        assert_eq!(code(now, not_before), wanted);
    }

    #[test]
    fn an_older_key_still_verifies_and_a_removed_one_does_not() {
        let checker = SigChecker::default();
        let sig = generate(APP, KEY, "ann", 60, None, NOW);
        assert!(checker.check(&app(&["newer", KEY]), from("ann", &sig), NOW, 0, 0).is_ok());
        assert_eq!(checker.check(&app(&["newer"]), from("ann", &sig), NOW, 0, 0), Err(SigError::WrongKey.into()));
    }

    #[test]
    fn a_guesser_waits_a_minute_and_others_do_not() {
        let checker = SigChecker::default();
        let good = generate(APP, KEY, "ann", 60, None, NOW);
        let bad = generate(APP, "guess", "ann", 60, None, NOW);
        let elsewhere = Credentials { address: IpAddr::from([10, 0, 0, 1]), ..from("ann", &good) };
        for _ in 0..FAILURES_PER_ACCOUNT {
            assert_eq!(checker.check(&app(&[KEY]), from("ann", &bad), NOW, 0, 0), Err(SigError::WrongKey.into()));
        }
        assert_eq!(checker.check(&app(&[KEY]), from("ann", &bad), NOW, 0, 1), Err(CredentialError::Throttled));
        assert_eq!(checker.check(&app(&[KEY]), from("ann", &good), NOW, 0, 1), Err(CredentialError::Throttled));
        assert!(checker.check(&app(&[KEY]), elsewhere, NOW, 0, 1).is_ok());
        assert!(checker.check(&app(&[KEY]), from("ann", &good), NOW, 0, 2).is_ok(), "known to be good");
        let other = generate(APP, KEY, "ann", 59, None, NOW);
        assert!(checker.check(&app(&[KEY]), from("ann", &other), NOW, 0, WINDOW_MS + 1).is_ok());
    }

    #[test]
    fn expired_usersigs_of_an_honest_client_do_not_lock_it_out() {
        let checker = SigChecker::default();
        let old = generate(APP, KEY, "ann", 60, None, NOW - 100);
        for _ in 0..FAILURES_PER_ACCOUNT * 2 {
            assert_eq!(checker.check(&app(&[KEY]), from("ann", &old), NOW, 0, 0).unwrap_err().code(), ErrorCode::SIG_EXPIRED);
        }
    }

    #[test]
    fn strangers_cannot_make_the_maps_grow() {
        let mut failures = Failures::default();
        let mut good = Generations::default();
        for n in 0..(3 * MAX_ROWS as u32) {
            failures.count((APP, n.to_string(), IpAddr::from(n.to_be_bytes())), 0);
            good.insert(n, n);
        }
        assert!(failures.accounts.len() <= MAX_ROWS && failures.addresses.len() <= MAX_ROWS);
        assert!(good.young.len() + good.old.len() <= 2 * MAX_ROWS);
    }
}
