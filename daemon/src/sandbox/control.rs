//! `/sandbox/...` on both gateways: what was delivered, and faults, for those who run the gateways in a process of their own.

use super::{Fault, Shared, http};
use bytes::Bytes;
use hyper::Method;
use serde::Deserialize;

#[derive(Deserialize)]
struct Wish {
    #[serde(default)]
    prefix: String,
    faults: Vec<Fault>,
}

/// `GET /sandbox/deliveries`, `GET /sandbox/refusals`, `POST /sandbox/faults {"prefix":"","faults":["GoAway",...]}`.
pub(super) fn answer(shared: &Shared, method: &Method, path: &str, body: &Bytes) -> http::Answer {
    let list = |value: serde_json::Result<serde_json::Value>| http::json(200, &value.unwrap_or_default());
    match (method, path) {
        (&Method::GET, "/sandbox/deliveries") => list(serde_json::to_value(&*shared.pushed.lock())),
        (&Method::GET, "/sandbox/refusals") => list(serde_json::to_value(&*shared.refused.lock())),
        (&Method::POST, "/sandbox/faults") => match serde_json::from_slice::<Wish>(body) {
            Ok(wish) => {
                shared.faults.add(&wish.prefix, wish.faults);
                http::json(200, &serde_json::json!({}))
            }
            Err(error) => http::json(400, &serde_json::json!({"error": error.to_string()})),
        },
        _ => http::json(404, &serde_json::json!({"error": "deliveries, refusals or faults"})),
    }
}
