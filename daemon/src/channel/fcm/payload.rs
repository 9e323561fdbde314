//! Notification -> FCM message (`contract/push-providers.md` sections 2.2 and 9).

use crate::render::{
    Notification,
    limits::{Limits, Parts, fit},
};
use serde::Serialize;
use std::collections::BTreeMap;

/// `ttl` at most: 28 days.
const TTL_SECONDS: i64 = 2_419_200;

#[derive(Serialize)]
struct Request<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    token: &'a str,
    notification: Shown<'a>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    data: BTreeMap<&'static str, &'a str>,
    android: Android<'a>,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    title: &'a str,
    body: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    image: &'a str,
}

#[derive(Serialize)]
struct Android<'a> {
    priority: &'static str,
    ttl: String,
    notification: AndroidShown<'a>,
}

#[derive(Serialize)]
struct AndroidShown<'a> {
    #[serde(skip_serializing_if = "str::is_empty")]
    channel_id: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    sound: &'a str,
    tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    notification_count: Option<u64>,
}

/// The request body; `None`: it cannot be brought under 4096 bytes.
///
/// `tag` replaces a notification that was sent twice. A collapse key would not do: FCM keeps four of them per device, and a phone
/// that comes back would see four messages of forty.
pub(crate) fn payload(notification: &Notification, token: &str, tag: &str, seconds_left: i64) -> Option<Vec<u8>> {
    let parts = Parts {
        title: notification.title_or_speaker().to_owned(),
        body: notification.body.clone(),
        ext: notification.ext.clone(),
        ..Parts::default()
    };
    let ttl = format!("{}s", seconds_left.clamp(0, TTL_SECONDS));
    fit(parts, Limits::FCM.payload_bytes + token.len(), |parts| {
        let mut data = BTreeMap::new();
        if !parts.ext.is_empty() {
            data.insert("ext", parts.ext.as_str());
        }
        if parts.truncated {
            data.insert("truncated", "1");
        }
        let message = Message {
            token,
            notification: Shown { title: &parts.title, body: &parts.body, image: &notification.android_image },
            data,
            android: Android {
                priority: "HIGH",
                ttl: ttl.clone(),
                notification: AndroidShown {
                    channel_id: &notification.google_channel_id,
                    sound: &notification.android_sound,
                    tag,
                    notification_count: notification.badge,
                },
            },
        };
        // Plain structs of texts and numbers always encode.
        serde_json::to_vec(&Request { message }).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(notification: &Notification) -> String {
        String::from_utf8(payload(notification, "tok", "id", 3_600).unwrap()).unwrap()
    }

    #[test]
    fn the_message_has_the_contracts_form() {
        let plain = Notification { speaker: "Ann".into(), body: "hi".into(), badge: Some(3), ..Notification::default() };
        assert_eq!(
            shown(&plain),
            concat!(
                r#"{"message":{"token":"tok","notification":{"title":"Ann","body":"hi"},"#,
                r#""android":{"priority":"HIGH","ttl":"3600s","notification":{"tag":"id","notification_count":3}}}}"#
            )
        );
    }

    #[test]
    fn settings_of_the_sender_reach_the_phone() {
        let full = Notification {
            title: "Title".into(),
            speaker: "Ann".into(),
            body: "hi".into(),
            ext: "{\"a\":1}".into(),
            android_sound: "ding".into(),
            android_image: "https://x/y.png".into(),
            google_channel_id: "news".into(),
            badge: None,
            ..Notification::default()
        };
        assert_eq!(
            shown(&full),
            concat!(
                r#"{"message":{"token":"tok","notification":{"title":"Title","body":"hi","image":"https://x/y.png"},"#,
                r#""data":{"ext":"{\"a\":1}"},"android":{"priority":"HIGH","ttl":"3600s","#,
                r#""notification":{"channel_id":"news","sound":"ding","tag":"id"}}}}"#
            )
        );
    }

    #[test]
    fn a_long_text_is_cut_and_every_data_value_is_a_string() {
        let long = Notification { body: "部署".repeat(4_000), ext: "e".repeat(5_000), ..Notification::default() };
        let value: serde_json::Value = serde_json::from_str(&shown(&long)).unwrap();
        assert_eq!(value["message"]["data"], serde_json::json!({"truncated": "1"}));
        assert!(value["message"]["notification"]["body"].as_str().unwrap().ends_with('…'));
        assert!(value.to_string().len() <= 4_099);
    }

    #[test]
    fn a_ttl_stays_within_28_days() {
        for (left, ttl) in [(-5, "0s"), (10_000_000, "2419200s")] {
            let body = payload(&Notification { body: "x".into(), ..Notification::default() }, "t", "i", left).unwrap();
            let value: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(value["message"]["android"]["ttl"], ttl);
        }
    }
}
