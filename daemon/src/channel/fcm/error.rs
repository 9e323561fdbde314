//! FCM answers -> outcome: the table of `contract/push-providers.md` section 2.4.

use crate::channel::outcome::{Answer, Outcome, Scope};
use serde::Deserialize;

#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    error: Fault,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Fault {
    message: String,
    status: String,
    details: Vec<Detail>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Detail {
    #[serde(rename = "@type")]
    kind: String,
    #[serde(rename = "errorCode")]
    error_code: String,
    #[serde(rename = "fieldViolations")]
    field_violations: Vec<Violation>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Violation {
    field: String,
}

#[derive(Clone, Copy)]
enum Means {
    Ambiguous,
    Fatal,
    Refresh,
    Mismatch,
    Invalid,
    Rejected,
    Throttled,
    Retry,
}

/// `FcmError.errorCode` per HTTP status; an empty word is every other one, or none. The first row that fits counts.
#[rustfmt::skip]
const ANSWERS: &[(u16, &str, Means)] = &[
    (400, "",                       Means::Ambiguous),
    (401, "THIRD_PARTY_AUTH_ERROR", Means::Fatal),
    (401, "",                       Means::Refresh),
    (403, "SENDER_ID_MISMATCH",     Means::Mismatch),
    (403, "",                       Means::Fatal),
    (404, "UNREGISTERED",           Means::Invalid),
    (404, "",                       Means::Fatal),
    (413, "",                       Means::Rejected),
    (429, "",                       Means::Throttled),
    (500, "",                       Means::Retry),
    (502, "",                       Means::Retry),
    (503, "",                       Means::Retry),
    (504, "",                       Means::Retry),
];

/// Reads an answer that is not 200. The body may be empty or an HTML page of a proxy: then the status decides.
pub(crate) fn read(status: u16, body: &[u8], after_ms: Option<i64>) -> Answer {
    let fault = serde_json::from_slice::<Body>(body).unwrap_or_default().error;
    let fcm = fault.details.iter().find(|detail| detail.kind.ends_with("google.firebase.fcm.v1.FcmError"));
    let code = fcm.map_or("", |detail| detail.error_code.as_str());
    let row = ANSWERS.iter().find(|row| row.0 == status && (row.1.is_empty() || row.1 == code));
    let means = row.map_or(if status >= 500 { Means::Retry } else { Means::Rejected }, |row| row.2);
    let outcome = match means {
        Means::Ambiguous if names_the_token(&fault, fcm.is_some()) => Outcome::TokenInvalid { since_ms: None },
        Means::Ambiguous | Means::Rejected => Outcome::PayloadRejected,
        Means::Fatal => Outcome::ChannelFatal,
        Means::Refresh => Outcome::AuthRefresh,
        Means::Mismatch => Outcome::TokenMismatch,
        Means::Invalid => Outcome::TokenInvalid { since_ms: None },
        Means::Throttled => Outcome::Throttled { after_ms, scope: Scope::Project },
        Means::Retry => Outcome::Retry { after_ms },
    };
    let word = if code.is_empty() { fault.status.as_str() } else { code };
    let reason: String = [status.to_string().as_str(), word, fault.message.as_str()]
        .iter()
        .filter(|part| !part.is_empty())
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    Answer::new(outcome, reason.chars().filter(|char| !char.is_control()).take(200).collect::<String>())
}

/// 400 deletes a token only when FCM itself speaks, of the token, and blames no other field.
fn names_the_token(fault: &Fault, fcm_speaks: bool) -> bool {
    let other_field =
        fault.details.iter().flat_map(|detail| &detail.field_violations).any(|violation| violation.field != "message.token");
    fcm_speaks && !other_field && fault.message.to_ascii_lowercase().contains("registration token is not a valid")
}

/// What the token endpoint's refusal means: `invalid_grant` is a wrong key or a wrong clock.
pub(crate) fn read_token_refusal(status: u16, body: &[u8], after_ms: Option<i64>) -> Answer {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Refusal {
        error: String,
        error_description: String,
    }
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let reason: String = format!("token endpoint: {status} {} {}", refusal.error, refusal.error_description).trim_end().to_owned();
    let outcome = match status {
        429 => Outcome::Throttled { after_ms, scope: Scope::Project },
        500.. => Outcome::Retry { after_ms },
        _ => Outcome::ChannelFatal,
    };
    Answer::new(outcome, reason.chars().filter(|char| !char.is_control()).take(200).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    const FCM: &str = "type.googleapis.com/google.firebase.fcm.v1.FcmError";
    const BAD_REQUEST: &str = "type.googleapis.com/google.rpc.BadRequest";
    const NOT_VALID: &str = "The registration token is not a valid FCM registration token";

    fn body(code: &str) -> Vec<u8> {
        json!({"error": {"message": "m", "status": "S", "details": [{"@type": FCM, "errorCode": code}]}}).to_string().into_bytes()
    }

    #[rstest]
    #[case(400, "INVALID_ARGUMENT", Outcome::PayloadRejected)]
    #[case(401, "THIRD_PARTY_AUTH_ERROR", Outcome::ChannelFatal)]
    #[case(401, "UNAUTHENTICATED", Outcome::AuthRefresh)]
    #[case(403, "SENDER_ID_MISMATCH", Outcome::TokenMismatch)]
    #[case(403, "PERMISSION_DENIED", Outcome::ChannelFatal)]
    #[case(404, "UNREGISTERED", Outcome::TokenInvalid { since_ms: None })]
    #[case(413, "", Outcome::PayloadRejected)]
    #[case(429, "QUOTA_EXCEEDED", Outcome::Throttled { after_ms: Some(5), scope: Scope::Project })]
    #[case(500, "INTERNAL", Outcome::Retry { after_ms: Some(5) })]
    #[case(502, "", Outcome::Retry { after_ms: Some(5) })]
    #[case(503, "UNAVAILABLE", Outcome::Retry { after_ms: Some(5) })]
    #[case(504, "", Outcome::Retry { after_ms: Some(5) })]
    #[case(418, "", Outcome::PayloadRejected)]
    #[case(599, "", Outcome::Retry { after_ms: Some(5) })]
    fn every_answer_has_its_outcome(#[case] status: u16, #[case] code: &str, #[case] outcome: Outcome) {
        assert_eq!(read(status, &body(code), Some(5)).outcome, outcome);
    }

    #[test]
    fn a_404_without_fcm_error_is_a_wrong_project() {
        assert_eq!(read(404, br#"{"error":{"status":"NOT_FOUND"}}"#, None).outcome, Outcome::ChannelFatal);
    }

    #[test]
    fn a_400_deletes_a_token_only_when_the_message_says_so() {
        let fault = |message: &str, details: serde_json::Value| {
            let body = json!({"error": {"status": "INVALID_ARGUMENT", "message": message, "details": details}}).to_string();
            read(400, body.as_bytes(), None).outcome
        };
        let fcm = json!({"@type": FCM, "errorCode": "INVALID_ARGUMENT"});
        let field = |name: &str| json!({"@type": BAD_REQUEST, "fieldViolations": [{"field": name}]});
        assert_eq!(fault(NOT_VALID, json!([fcm])), Outcome::TokenInvalid { since_ms: None });
        assert_eq!(fault(NOT_VALID, json!([fcm, field("message.token")])), Outcome::TokenInvalid { since_ms: None });
        assert_eq!(fault(NOT_VALID, json!([fcm, field("message.data")])), Outcome::PayloadRejected);
        assert_eq!(fault(NOT_VALID, json!([])), Outcome::PayloadRejected, "FcmError is missing");
        assert_eq!(fault("Invalid data", json!([fcm])), Outcome::PayloadRejected);
    }

    #[rstest]
    #[case(503, "", Outcome::Retry { after_ms: None })]
    #[case(502, "<html><body>Bad Gateway</body></html>", Outcome::Retry { after_ms: None })]
    #[case(404, "<html>", Outcome::ChannelFatal)]
    #[case(400, "", Outcome::PayloadRejected)]
    fn an_empty_or_html_body_is_read_by_its_status(#[case] status: u16, #[case] body: &str, #[case] outcome: Outcome) {
        assert_eq!(read(status, body.as_bytes(), None), Answer::new(outcome, status.to_string()));
    }

    #[rstest]
    #[case(400, Outcome::ChannelFatal)]
    #[case(401, Outcome::ChannelFatal)]
    #[case(429, Outcome::Throttled { after_ms: None, scope: Scope::Project })]
    #[case(500, Outcome::Retry { after_ms: None })]
    fn the_token_endpoints_refusals_are_read(#[case] status: u16, #[case] outcome: Outcome) {
        let answer = read_token_refusal(status, br#"{"error":"invalid_grant","error_description":"Invalid JWT"}"#, None);
        assert_eq!(answer, Answer::new(outcome, format!("token endpoint: {status} invalid_grant Invalid JWT")));
    }
}
