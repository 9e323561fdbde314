//! Notification -> APNs payload and headers (`contract/push-providers.md` sections 1.2, 1.5 and 9).

use crate::render::{
    Notification,
    limits::{Parts, fit},
};
use serde::Serialize;

/// Bytes of `apns-collapse-id` at most.
pub(crate) const COLLAPSE_ID_BYTES: usize = 64;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Payload<'a> {
    aps: Aps<'a>,
    #[serde(skip_serializing_if = "str::is_empty")]
    ext: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    image: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<u8>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Aps<'a> {
    alert: Alert<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    badge: Option<u64>,
    #[serde(skip_serializing_if = "str::is_empty")]
    sound: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mutable_content: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    content_available: Option<u8>,
    #[serde(skip_serializing_if = "str::is_empty")]
    interruption_level: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Alert<'a> {
    Text(&'a str),
    Lines {
        #[serde(skip_serializing_if = "str::is_empty")]
        title: &'a str,
        #[serde(skip_serializing_if = "str::is_empty")]
        subtitle: &'a str,
        body: &'a str,
    },
}

/// The payload in at most `limit_bytes`; `None`: it cannot be brought under the limit.
///
/// Without a title of its own the alert is one text, `speaker: text`; with one it has lines, and the title stands in the speaker's place.
pub(crate) fn payload(notification: &Notification, limit_bytes: usize) -> Option<Vec<u8>> {
    let title = if notification.apns_title.is_empty() { &notification.title } else { &notification.apns_title };
    let lines = !title.is_empty() || !notification.subtitle.is_empty();
    let parts = match lines {
        true => Parts {
            title: if title.is_empty() { notification.speaker.clone() } else { title.clone() },
            subtitle: notification.subtitle.clone(),
            body: notification.body.clone(),
            ext: notification.ext.clone(),
            truncated: false,
        },
        false if notification.speaker.is_empty() => {
            Parts { body: notification.body.clone(), ext: notification.ext.clone(), ..Parts::default() }
        }
        false => Parts {
            body: format!("{}: {}", notification.speaker, notification.body),
            ext: notification.ext.clone(),
            ..Parts::default()
        },
    };
    fit(parts, limit_bytes, |parts| encode(notification, parts, lines))
}

fn encode(notification: &Notification, parts: &Parts, lines: bool) -> Vec<u8> {
    let alert = match lines {
        true => Alert::Lines { title: &parts.title, subtitle: &parts.subtitle, body: &parts.body },
        false => Alert::Text(&parts.body),
    };
    let aps = Aps {
        alert,
        badge: notification.badge,
        sound: &notification.apns_sound,
        mutable_content: notification.mutable_content.then_some(1),
        content_available: notification.content_available.then_some(1),
        interruption_level: &notification.interruption_level,
    };
    let payload = Payload { aps, ext: &parts.ext, image: &notification.apns_image, truncated: parts.truncated.then_some(1) };
    // Plain structs of texts and numbers always encode.
    serde_json::to_vec(&payload).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::limits::Limits;
    use rstest::rstest;

    fn notification() -> Notification {
        Notification {
            speaker: "Ann".into(),
            body: "hi".into(),
            apns_sound: "default".into(),
            badge: Some(3),
            ..Notification::default()
        }
    }

    fn shown(notification: &Notification) -> String {
        String::from_utf8(payload(notification, Limits::APNS.payload_bytes).unwrap()).unwrap()
    }

    #[rstest]
    #[case("Ann", r#"{"aps":{"alert":"Ann: hi","badge":3,"sound":"default"}}"#)]
    #[case("", r#"{"aps":{"alert":"hi","badge":3,"sound":"default"}}"#)]
    #[case("Ann (Sailors)", r#"{"aps":{"alert":"Ann (Sailors): hi","badge":3,"sound":"default"}}"#)]
    #[case("(Sailors)", r#"{"aps":{"alert":"(Sailors): hi","badge":3,"sound":"default"}}"#)]
    fn the_alert_has_the_contracts_form(#[case] speaker: &str, #[case] json: &str) {
        assert_eq!(shown(&Notification { speaker: speaker.into(), ..notification() }), json);
    }

    #[test]
    fn settings_of_the_sender_reach_the_phone() {
        let full = Notification {
            title: "Title".into(),
            apns_title: "Apple's title".into(),
            subtitle: "Second".into(),
            ext: "{\"a\":1}".into(),
            apns_sound: "ding.caf".into(),
            badge: None,
            apns_image: "https://x/y.png".into(),
            mutable_content: true,
            content_available: true,
            interruption_level: "time-sensitive".into(),
            ..notification()
        };
        assert_eq!(
            shown(&full),
            concat!(
                r#"{"aps":{"alert":{"title":"Apple's title","subtitle":"Second","body":"hi"},"sound":"ding.caf","#,
                r#""mutable-content":1,"content-available":1,"interruption-level":"time-sensitive"},"#,
                r#""ext":"{\"a\":1}","image":"https://x/y.png"}"#
            )
        );
        let title_only = Notification { title: "Title".into(), ..notification() };
        assert_eq!(shown(&title_only), r#"{"aps":{"alert":{"title":"Title","body":"hi"},"badge":3,"sound":"default"}}"#);
        let silent = Notification { apns_sound: String::new(), badge: Some(0), ..notification() };
        assert_eq!(shown(&silent), r#"{"aps":{"alert":"Ann: hi","badge":0}}"#, "0 clears the badge");
    }

    #[test]
    fn a_long_text_is_cut_to_4096_bytes_and_ext_is_kept() {
        let long = Notification { body: "消息🙂".repeat(3_000), ext: "{\"k\":2}".into(), ..notification() };
        let text = shown(&long);
        assert!((4090..=4096).contains(&text.len()), "{}", text.len());
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value["ext"], "{\"k\":2}");
        assert!(value["aps"]["alert"].as_str().unwrap().ends_with('…'));
    }

    #[test]
    fn what_cannot_fit_is_no_payload() {
        let image = Notification { apns_image: "x".repeat(5_000), ..notification() };
        assert_eq!(payload(&image, 4096), None);
    }
}
