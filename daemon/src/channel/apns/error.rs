//! APNs answers -> outcome: the table of `contract/push-providers.md` section 1.6.

use crate::channel::outcome::{Answer, Outcome, Scope};
use serde::Deserialize;

/// What the channel itself does after an answer, beside its outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    /// Nothing.
    Nothing,
    /// The connection takes no more requests.
    NewConnection,
    /// The payload is made smaller and sent once more.
    Shrink,
    /// The previous provider token is used, and none signed for 20 minutes.
    PreviousToken,
}

#[derive(Clone, Copy)]
enum Means {
    Rejected,
    Mismatch,
    Fatal,
    Retry,
    Refresh,
    Invalid,
    DeviceThrottle,
}

#[rustfmt::skip]
const ANSWERS: &[(u16, &str, Means, After)] = &[
    (400, "BadCollapseId",               Means::Rejected,       After::Nothing),
    (400, "BadExpirationDate",           Means::Rejected,       After::Nothing),
    (400, "BadMessageId",                Means::Rejected,       After::Nothing),
    (400, "BadPriority",                 Means::Rejected,       After::Nothing),
    (400, "DuplicateHeaders",            Means::Rejected,       After::Nothing),
    (400, "InvalidPushType",             Means::Rejected,       After::Nothing),
    (400, "PayloadEmpty",                Means::Rejected,       After::Nothing),
    (400, "BadDeviceToken",              Means::Mismatch,       After::Nothing),
    (400, "DeviceTokenNotForTopic",      Means::Mismatch,       After::Nothing),
    (400, "BadTopic",                    Means::Fatal,          After::Nothing),
    (400, "MissingTopic",                Means::Fatal,          After::Nothing),
    (400, "TopicDisallowed",             Means::Fatal,          After::Nothing),
    (400, "MissingDeviceToken",          Means::Rejected,       After::Nothing),
    (400, "IdleTimeout",                 Means::Retry,          After::NewConnection),
    (403, "ExpiredProviderToken",        Means::Refresh,        After::Nothing),
    (403, "InvalidProviderToken",        Means::Fatal,          After::Nothing),
    (403, "MissingProviderToken",        Means::Fatal,          After::Nothing),
    (403, "BadEnvironmentKeyIdInToken",  Means::Fatal,          After::Nothing),
    (403, "BadCertificate",              Means::Fatal,          After::Nothing),
    (403, "BadCertificateEnvironment",   Means::Fatal,          After::Nothing),
    (403, "Forbidden",                   Means::Fatal,          After::Nothing),
    (403, "UnrelatedKeyIdInToken",       Means::Retry,          After::NewConnection),
    (404, "BadPath",                     Means::Fatal,          After::Nothing),
    (405, "MethodNotAllowed",            Means::Fatal,          After::Nothing),
    (410, "Unregistered",                Means::Invalid,        After::Nothing),
    (410, "ExpiredToken",                Means::Invalid,        After::Nothing),
    (413, "PayloadTooLarge",             Means::Rejected,       After::Shrink),
    (429, "TooManyProviderTokenUpdates", Means::Retry,          After::PreviousToken),
    (429, "TooManyRequests",             Means::DeviceThrottle, After::Nothing),
    (500, "InternalServerError",         Means::Retry,          After::Nothing),
    (503, "ServiceUnavailable",          Means::Retry,          After::NewConnection),
    (503, "Shutdown",                    Means::Retry,          After::NewConnection),
];

/// An unknown reason is kept as text and read by its status.
fn by_status(status: u16) -> (Means, After) {
    match status {
        413 => (Means::Rejected, After::Shrink),
        400 => (Means::Rejected, After::Nothing),
        403..=405 => (Means::Fatal, After::Nothing),
        410 => (Means::Invalid, After::Nothing),
        429 | 500.. => (Means::Retry, After::Nothing),
        _ => (Means::Rejected, After::Nothing),
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    reason: String,
    timestamp: Option<i64>,
}

/// Reads an answer that is not 200. `after_ms` is the provider's `Retry-After`, if any.
pub(crate) fn read(status: u16, body: &[u8], after_ms: Option<i64>) -> (Answer, After) {
    let body: Body = serde_json::from_slice(body).unwrap_or_default();
    let row = ANSWERS.iter().find(|row| row.0 == status && row.1 == body.reason);
    let (means, after) = row.map_or_else(|| by_status(status), |row| (row.2, row.3));
    let outcome = match means {
        Means::Rejected => Outcome::PayloadRejected,
        Means::Mismatch => Outcome::TokenMismatch,
        Means::Fatal => Outcome::ChannelFatal,
        Means::Retry => Outcome::Retry { after_ms },
        Means::Refresh => Outcome::AuthRefresh,
        Means::Invalid => Outcome::TokenInvalid { since_ms: body.timestamp },
        Means::DeviceThrottle => Outcome::Throttled { after_ms, scope: Scope::Device },
    };
    let reason = if body.reason.is_empty() { format!("{status}") } else { format!("{status} {}", clip(&body.reason)) };
    (Answer::new(outcome, reason), after)
}

/// The words a GOAWAY carried: they stand, escaped, in the library's error text.
pub(crate) fn goaway_reason(text: &str) -> Option<&'static str> {
    ANSWERS.iter().map(|row| row.1).find(|reason| text.contains(reason))
}

fn clip(text: &str) -> String {
    text.chars().filter(|char| !char.is_control()).take(100).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    const RETRY: Outcome = Outcome::Retry { after_ms: None };

    #[rstest]
    #[case(400, "BadCollapseId", Outcome::PayloadRejected)]
    #[case(400, "BadExpirationDate", Outcome::PayloadRejected)]
    #[case(400, "BadMessageId", Outcome::PayloadRejected)]
    #[case(400, "BadPriority", Outcome::PayloadRejected)]
    #[case(400, "DuplicateHeaders", Outcome::PayloadRejected)]
    #[case(400, "InvalidPushType", Outcome::PayloadRejected)]
    #[case(400, "PayloadEmpty", Outcome::PayloadRejected)]
    #[case(400, "BadDeviceToken", Outcome::TokenMismatch)]
    #[case(400, "DeviceTokenNotForTopic", Outcome::TokenMismatch)]
    #[case(400, "BadTopic", Outcome::ChannelFatal)]
    #[case(400, "MissingTopic", Outcome::ChannelFatal)]
    #[case(400, "TopicDisallowed", Outcome::ChannelFatal)]
    #[case(400, "MissingDeviceToken", Outcome::PayloadRejected)]
    #[case(400, "IdleTimeout", RETRY)]
    #[case(403, "ExpiredProviderToken", Outcome::AuthRefresh)]
    #[case(403, "InvalidProviderToken", Outcome::ChannelFatal)]
    #[case(403, "MissingProviderToken", Outcome::ChannelFatal)]
    #[case(403, "BadEnvironmentKeyIdInToken", Outcome::ChannelFatal)]
    #[case(403, "BadCertificate", Outcome::ChannelFatal)]
    #[case(403, "BadCertificateEnvironment", Outcome::ChannelFatal)]
    #[case(403, "Forbidden", Outcome::ChannelFatal)]
    #[case(403, "UnrelatedKeyIdInToken", RETRY)]
    #[case(404, "BadPath", Outcome::ChannelFatal)]
    #[case(405, "MethodNotAllowed", Outcome::ChannelFatal)]
    #[case(410, "Unregistered", Outcome::TokenInvalid { since_ms: Some(1_700_000_000_000) })]
    #[case(410, "ExpiredToken", Outcome::TokenInvalid { since_ms: Some(1_700_000_000_000) })]
    #[case(413, "PayloadTooLarge", Outcome::PayloadRejected)]
    #[case(429, "TooManyProviderTokenUpdates", RETRY)]
    #[case(429, "TooManyRequests", Outcome::Throttled { after_ms: None, scope: Scope::Device })]
    #[case(500, "InternalServerError", RETRY)]
    #[case(503, "ServiceUnavailable", RETRY)]
    #[case(503, "Shutdown", RETRY)]
    #[case(400, "SomethingNew", Outcome::PayloadRejected)]
    #[case(403, "SomethingNew", Outcome::ChannelFatal)]
    #[case(404, "SomethingNew", Outcome::ChannelFatal)]
    #[case(410, "SomethingNew", Outcome::TokenInvalid { since_ms: Some(1_700_000_000_000) })]
    #[case(429, "SomethingNew", RETRY)]
    #[case(502, "SomethingNew", RETRY)]
    fn every_answer_has_its_outcome(#[case] status: u16, #[case] reason: &str, #[case] outcome: Outcome) {
        let body = format!(r#"{{"reason":"{reason}","timestamp":1700000000000}}"#);
        let (answer, _) = read(status, body.as_bytes(), None);
        assert_eq!(answer, Answer::new(outcome, format!("{status} {reason}")));
    }

    #[test]
    fn a_body_that_is_no_json_is_read_by_its_status() {
        assert_eq!(read(502, b"<html>", Some(9)).0, Answer::new(Outcome::Retry { after_ms: Some(9) }, "502"));
        assert_eq!(read(410, b"", None).0.outcome, Outcome::TokenInvalid { since_ms: None });
    }

    #[test]
    fn a_shutdown_asks_for_a_new_connection_and_a_large_payload_for_a_smaller_one() {
        let after = |status, reason: &str| read(status, format!(r#"{{"reason":"{reason}"}}"#).as_bytes(), None).1;
        assert_eq!(after(503, "Shutdown"), After::NewConnection);
        assert_eq!(after(400, "IdleTimeout"), After::NewConnection);
        assert_eq!(after(413, "PayloadTooLarge"), After::Shrink);
        assert_eq!(after(429, "TooManyProviderTokenUpdates"), After::PreviousToken);
        assert_eq!(after(500, "InternalServerError"), After::Nothing);
    }

    #[test]
    fn the_reason_of_a_goaway_is_found_in_its_debug_data() {
        assert_eq!(goaway_reason(r#"connection error received: no error (b"{\"reason\":\"Shutdown\"}")"#), Some("Shutdown"));
        assert_eq!(goaway_reason("connection error received: no error"), None);
    }
}
