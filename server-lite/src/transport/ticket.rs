//! Tickets: what a login answers as `A2Key`. The product's Web SDK logs in with it, and with nothing else, on a new link after a
//! broken one (`contract/web-frames.md` section 3).
//!
//! A ticket says whose it is and from which UserSig it came, and is sealed with a key that the application's own keys give: nothing is
//! stored for it, and it outlives a restart. It ends with its UserSig, with a kick, and with the session that was forced off or logged out.

use super::caller::{Generations, Good};
use crate::application::Application;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use ring::hmac;
use tern_protocol::UserId;
use tern_protocol::usersig::SigError;

/// Bytes of a ticket that are worth looking at.
const TICKET_BYTES: usize = 512;

/// What a ticket says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ticket {
    /// Whose it is.
    pub(crate) user_id: UserId,
    /// Of the UserSig that it came from.
    pub(crate) sig: Good,
    /// Its own number, by which it is revoked.
    pub(crate) number: u64,
}

/// Seals and opens tickets: one per server.
pub(crate) struct Tickets {
    /// For applications without a secret key of their own.
    fallback: hmac::Key,
    revoked: Mutex<Generations<u64, ()>>,
}

impl Tickets {
    /// `seed` is random.
    pub(crate) fn new(seed: &[u8]) -> Self {
        Self { fallback: hmac::Key::new(hmac::HMAC_SHA256, seed), revoked: Mutex::default() }
    }

    /// The text for the client.
    pub(crate) fn seal(&self, app: &Application, ticket: &Ticket) -> String {
        let Ticket { user_id, sig, number } = ticket;
        let said = format!("{}.{}.{number:x}.{}", sig.issued_at, sig.expires_at, URL_SAFE_NO_PAD.encode(user_id.as_str()));
        let key = app.settings.keys.secret.first().map(|secret| sealing_key(secret));
        let tag = hmac::sign(key.as_ref().unwrap_or(&self.fallback), &sealed(app, &said));
        format!("{said}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()))
    }

    /// Reads what a client shows. The caller looks for a kick since it was made.
    pub(crate) fn open(&self, app: &Application, text: &str, now: i64) -> Result<Ticket, SigError> {
        const MALFORMED: SigError = SigError::Malformed("the A2Key is none of this server's");
        let (said, tag) = text.rsplit_once('.').filter(|_| text.len() <= TICKET_BYTES).ok_or(MALFORMED)?;
        let tag = URL_SAFE_NO_PAD.decode(tag).map_err(|_| MALFORMED)?;
        let message = sealed(app, said);
        let is_ours = match app.settings.keys.secret.as_slice() {
            [] => hmac::verify(&self.fallback, &message, &tag).is_ok(),
            secrets => secrets.iter().any(|secret| hmac::verify(&sealing_key(secret), &message, &tag).is_ok()),
        };
        if !is_ours {
            return Err(MALFORMED);
        }
        let ticket = read(said).ok_or(MALFORMED)?;
        if now > ticket.sig.expires_at {
            return Err(SigError::Expired { expired_at: ticket.sig.expires_at });
        }
        match self.revoked.lock().get(&ticket.number) {
            Some(()) => Err(SigError::Invalidated),
            None => Ok(ticket),
        }
    }

    /// A session's ticket is not taken any more.
    pub(crate) fn revoke(&self, number: u64) {
        self.revoked.lock().insert(number, ());
    }
}

fn sealing_key(secret: &str) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes())
}

/// What the seal covers; the first words keep it apart from everything else that the key signs.
fn sealed(app: &Application, said: &str) -> Vec<u8> {
    format!("tern login ticket\n{}\n{said}", app.id).into_bytes()
}

fn read(said: &str) -> Option<Ticket> {
    let mut parts = said.split('.');
    let sig = Good { issued_at: parts.next()?.parse().ok()?, expires_at: parts.next()?.parse().ok()? };
    let number = u64::from_str_radix(parts.next()?, 16).ok()?;
    let user_id = String::from_utf8(URL_SAFE_NO_PAD.decode(parts.next()?).ok()?).ok()?;
    Some(Ticket { user_id: UserId::parse(user_id).ok()?, sig, number })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::application::{AppKeys, AppSettings};
    use tern_protocol::SdkAppId;
    use tern_protocol::limits::Edition;

    const NOW: i64 = 1_700_000_000;

    fn app(id: u32, secret: &[&str]) -> Application {
        let keys = AppKeys { secret: secret.iter().map(|key| (*key).to_owned()).collect(), public_pem: None };
        let settings = AppSettings { keys, ..AppSettings::default() };
        Application { id: SdkAppId(id), name: "x".into(), edition: Edition::Premium, created_at: 0, settings }
    }

    fn ticket(number: u64) -> Ticket {
        let sig = Good { issued_at: NOW - 5, expires_at: NOW + 60 };
        Ticket { user_id: UserId::parse("ann: 100%").unwrap(), sig, number }
    }

    #[test]
    fn a_ticket_says_whose_it_is_until_its_usersig_ends() {
        let tickets = Tickets::new(b"seed");
        for keys in [&["key"][..], &[]] {
            let text = tickets.seal(&app(1, keys), &ticket(7));
            assert_eq!(tickets.open(&app(1, keys), &text, NOW), Ok(ticket(7)));
            assert_eq!(tickets.open(&app(1, keys), &text, NOW + 61), Err(SigError::Expired { expired_at: NOW + 60 }));
        }
    }

    #[test]
    fn a_ticket_outlives_a_new_key_and_a_restart_but_not_the_end_of_its_key() {
        let text = Tickets::new(b"one").seal(&app(1, &["old"]), &ticket(7));
        let later = Tickets::new(b"two");
        assert_eq!(later.open(&app(1, &["new", "old"]), &text, NOW), Ok(ticket(7)));
        assert!(later.open(&app(1, &["new"]), &text, NOW).is_err());
    }

    #[test]
    fn nobody_makes_changes_or_moves_a_ticket() {
        let tickets = Tickets::new(b"seed");
        let text = tickets.seal(&app(1, &["key"]), &ticket(7));
        assert!(tickets.open(&app(2, &["key"]), &text, NOW).is_err(), "another application");
        for at in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(tickets.open(&app(1, &["key"]), &changed, NOW).is_err(), "{changed}");
        }
        for junk in ["", ".", "....", &"x.".repeat(400)] {
            assert!(tickets.open(&app(1, &["key"]), junk, NOW).is_err());
        }
    }

    #[test]
    fn a_revoked_ticket_is_not_taken_and_others_are() {
        let tickets = Tickets::new(b"seed");
        let app = app(1, &["key"]);
        let texts = [7, 8].map(|number| tickets.seal(&app, &ticket(number)));
        tickets.revoke(7);
        assert_eq!(tickets.open(&app, &texts[0], NOW), Err(SigError::Invalidated));
        assert_eq!(tickets.open(&app, &texts[1], NOW), Ok(ticket(8)));
    }
}
