//! A message -> what a phone shows: title, text, badge, sound and what the app gets (`contract/push-providers.md` section 9).

mod badge;
pub(crate) mod limits;
mod text;

use serde::{Deserialize, Serialize};
use tern_protocol::model::message::{Content, Element, OfflinePushInfo};

/// What a phone shows, before any provider's form and limits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Notification {
    /// `OfflinePushInfo.Title`, or empty.
    pub title: String,
    /// Title for Apple alone.
    pub apns_title: String,
    /// Second line on Apple's phones.
    pub subtitle: String,
    /// Who speaks: `nick`, `nick (group)`, `(group)` or empty.
    pub speaker: String,
    /// The text.
    pub body: String,
    /// JSON text for the app.
    pub ext: String,
    /// Sound on Apple's phones; empty: none.
    pub apns_sound: String,
    /// Sound on Android; empty: the channel's own.
    pub android_sound: String,
    /// The receiver's unread total, or nothing when it is not to be touched.
    pub badge: Option<u64>,
    /// Picture for Apple's phones.
    pub apns_image: String,
    /// Picture for Android.
    pub android_image: String,
    /// Apple: the app may change the notification.
    pub mutable_content: bool,
    /// Apple: the app is woken as well.
    pub content_available: bool,
    /// Apple: `passive`, `active`, `time-sensitive`, `critical` or empty.
    pub interruption_level: String,
    /// FCM notification channel.
    pub google_channel_id: String,
}

/// What rendering needs of a message.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The sender's nickname; empty when there is none.
    pub nick: &'a str,
    /// The group's name, for a message to a group.
    pub group_name: Option<&'a str>,
    /// The message.
    pub elements: &'a [Element],
    /// Its push settings.
    pub push_info: Option<&'a OfflinePushInfo>,
    /// Unread messages of all the receiver's conversations, this one counted.
    pub unread_total: u64,
}

/// Why a message has no notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nothing {
    /// `OfflinePushInfo.PushFlag` is 1.
    #[error("PushFlag is 1")]
    PushFlag,
    /// A single custom element, and neither `Desc`.
    #[error("a single custom element without Desc")]
    CustomWithoutDesc,
    /// No text at all.
    #[error("the message has no text to show")]
    Empty,
}

impl Nothing {
    /// Label of counters.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::PushFlag => "PushFlag",
            Self::CustomWithoutDesc => "CustomWithoutDesc",
            Self::Empty => "NothingToShow",
        }
    }
}

/// Makes the notification of a message, or says why there is none.
pub fn render(incoming: Incoming<'_>) -> Result<Notification, Nothing> {
    let nothing_set = OfflinePushInfo::default();
    let info = incoming.push_info.unwrap_or(&nothing_set);
    if info.push_flag == 1 {
        return Err(Nothing::PushFlag);
    }
    let body = if info.desc.is_empty() { text::joined(incoming.elements)? } else { info.desc.clone() };
    if body.is_empty() {
        return Err(Nothing::Empty);
    }
    // Without OfflinePushInfo the custom element's own push fields count, with it they do not (OPI-004).
    let (custom_ext, custom_sound) = match incoming.push_info {
        Some(_) => Default::default(),
        None => incoming.elements.iter().find_map(custom_fields).unwrap_or_default(),
    };
    let or = |first: &str, second: &str| if first.is_empty() { second.to_owned() } else { first.to_owned() };
    let apple = &info.apns_info;
    let android = &info.android_info;
    Ok(Notification {
        title: info.title.clone(),
        apns_title: apple.title.clone(),
        subtitle: apple.sub_title.clone(),
        speaker: text::speaker(incoming.nick, incoming.group_name),
        body,
        ext: or(&info.ext, &custom_ext),
        apns_sound: text::sound(&or(&apple.sound, &custom_sound)),
        android_sound: or(&android.sound, &custom_sound),
        badge: badge::number(apple.badge_mode, incoming.unread_total),
        apns_image: apple.image.clone(),
        android_image: android.google_image.clone(),
        mutable_content: apple.mutable_content == 1 || !apple.image.is_empty(),
        content_available: apple.content_available == 1,
        interruption_level: apple.interruption_level.clone(),
        google_channel_id: android.google_channel_id.clone(),
    })
}

fn custom_fields(element: &Element) -> Option<(String, String)> {
    match element.typed() {
        Content::Custom { ext, sound, .. } => Some((ext, sound)),
        _ => None,
    }
}

impl Notification {
    /// The title of those who show one beside the text: the sender's settings, else who speaks.
    pub fn title_or_speaker(&self) -> &str {
        if self.title.is_empty() { &self.speaker } else { &self.title }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn elements(value: serde_json::Value) -> Vec<Element> {
        serde_json::from_value(value).unwrap()
    }

    fn incoming(elements: &[Element]) -> Incoming<'_> {
        Incoming { nick: "Ann", group_name: None, elements, push_info: None, unread_total: 3 }
    }

    fn custom(content: serde_json::Value) -> Vec<Element> {
        elements(json!([{"MsgType": "TIMCustomElem", "MsgContent": content}]))
    }

    #[rstest]
    #[case("Ann", None, "Ann")]
    #[case("", None, "")]
    #[case("Ann", Some("Sailors"), "Ann (Sailors)")]
    #[case("", Some("Sailors"), "(Sailors)")]
    fn the_speaker_has_the_four_forms_of_the_contract(#[case] nick: &str, #[case] group_name: Option<&str>, #[case] speaker: &str) {
        let text = [Element::text("hi")];
        assert_eq!(render(Incoming { nick, group_name, ..incoming(&text) }).unwrap().speaker, speaker);
    }

    #[test]
    fn a_single_custom_element_without_desc_is_not_pushed() {
        let silent = custom(json!({"Data": "x", "Ext": "e"}));
        assert_eq!(render(incoming(&silent)), Err(Nothing::CustomWithoutDesc));
        let info = OfflinePushInfo { desc: "A call".into(), ..Default::default() };
        assert_eq!(render(Incoming { push_info: Some(&info), ..incoming(&silent) }).unwrap().body, "A call");
        assert_eq!(render(incoming(&custom(json!({"Data": "x", "Desc": "gift"})))).unwrap().body, "gift");
    }

    #[test]
    fn with_push_info_the_custom_elements_ext_and_sound_are_ignored_and_its_desc_still_serves() {
        let message = custom(json!({"Data": "x", "Desc": "gift", "Ext": "{\"a\":1}", "Sound": "coin.caf"}));
        let alone = render(incoming(&message)).unwrap();
        assert_eq!(
            (alone.ext.as_str(), alone.apns_sound.as_str(), alone.android_sound.as_str()),
            ("{\"a\":1}", "coin.caf", "coin.caf")
        );
        let info = OfflinePushInfo::default();
        let with_info = render(Incoming { push_info: Some(&info), ..incoming(&message) }).unwrap();
        assert_eq!((with_info.body.as_str(), with_info.ext.as_str(), with_info.apns_sound.as_str()), ("gift", "", "default"));
    }

    #[test]
    fn push_flag_1_and_an_empty_text_are_no_push() {
        let text = [Element::text("hi")];
        let info = OfflinePushInfo { push_flag: 1, ..Default::default() };
        assert_eq!(render(Incoming { push_info: Some(&info), ..incoming(&text) }), Err(Nothing::PushFlag));
        assert_eq!(render(incoming(&[Element::text("")])), Err(Nothing::Empty));
    }

    #[test]
    fn badge_mode_1_leaves_the_badge_alone() {
        let text = [Element::text("hi")];
        assert_eq!(render(incoming(&text)).unwrap().badge, Some(3));
        let info: OfflinePushInfo = serde_json::from_value(json!({"ApnsInfo": {"BadgeMode": 1}})).unwrap();
        assert_eq!(render(Incoming { push_info: Some(&info), ..incoming(&text) }).unwrap().badge, None);
    }
}
