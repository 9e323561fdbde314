//! The push text of each element and of who speaks (`contract/push-providers.md` section 9, APN-001 to APN-006).

use super::Nothing;
use tern_protocol::model::message::{Content, Element};

/// What stands in for an element that has no text of its own. The last five are our choice: the product names none.
const LOCATION: &str = "[Location]";
const FACE: &str = "[Face]";
const IMAGE: &str = "[Image]";
const SOUND: &str = "[Voice]";
const VIDEO: &str = "[Video]";
const FILE: &str = "[File]";
const RELAY: &str = "[Chat History]";

/// The texts of all elements, in order, with nothing between.
pub(super) fn joined(elements: &[Element]) -> Result<String, Nothing> {
    let text: String = elements.iter().map(one).collect();
    let single_custom = matches!(elements, [only] if only.kind == "TIMCustomElem");
    if text.is_empty() && single_custom { Err(Nothing::CustomWithoutDesc) } else { Ok(text) }
}

fn one(element: &Element) -> String {
    match element.typed() {
        Content::Text { text } => text,
        Content::Custom { desc, .. } => desc,
        Content::Location { .. } => LOCATION.into(),
        Content::Face { .. } => FACE.into(),
        Content::Image { .. } => IMAGE.into(),
        Content::Sound { .. } => SOUND.into(),
        Content::Video { .. } => VIDEO.into(),
        Content::File { .. } => FILE.into(),
        Content::Relay { .. } => RELAY.into(),
        Content::Unknown => String::new(),
    }
}

/// One template for who speaks; the text follows after `: `.
pub(super) fn speaker(nick: &str, group_name: Option<&str>) -> String {
    match (nick, group_name) {
        (nick, None) => nick.to_owned(),
        ("", Some(group)) => format!("({group})"),
        (nick, Some(group)) => format!("{nick} ({group})"),
    }
}

/// The sound of an alert: `default` unless the sender chose another, none for `push.no_sound`.
pub(super) fn sound(chosen: &str) -> String {
    match chosen {
        "" => "default".into(),
        "push.no_sound" => String::new(),
        other => other.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    #[rstest]
    #[case("TIMTextElem", json!({"Text": "hi"}), "hi")]
    #[case("TIMLocationElem", json!({"Desc": "sea", "Latitude": 1.0, "Longitude": 2.0}), "[Location]")]
    #[case("TIMFaceElem", json!({"Index": 1}), "[Face]")]
    #[case("TIMCustomElem", json!({"Desc": "gift"}), "gift")]
    #[case("TIMImageElem", json!({}), "[Image]")]
    #[case("TIMSoundElem", json!({}), "[Voice]")]
    #[case("TIMVideoFileElem", json!({}), "[Video]")]
    #[case("TIMFileElem", json!({}), "[File]")]
    #[case("TIMRelayElem", json!({}), "[Chat History]")]
    fn each_element_has_its_text(#[case] kind: &str, #[case] content: serde_json::Value, #[case] text: &str) {
        let element: Element = serde_json::from_value(json!({"MsgType": kind, "MsgContent": content})).unwrap();
        assert_eq!(joined(&[element]), Ok(text.into()));
    }

    #[test]
    fn texts_are_joined_in_order_with_nothing_between() {
        let face: Element = serde_json::from_value(json!({"MsgType": "TIMFaceElem", "MsgContent": {"Index": 1}})).unwrap();
        assert_eq!(joined(&[Element::text("a"), face, Element::text("b")]), Ok("a[Face]b".into()));
    }

    #[rstest]
    #[case("", "default")]
    #[case("default", "default")]
    #[case("push.no_sound", "")]
    #[case("ding.caf", "ding.caf")]
    fn a_sound_is_the_senders_or_the_default(#[case] chosen: &str, #[case] sound_name: &str) {
        assert_eq!(sound(chosen), sound_name);
    }
}
