//! Messages: elements, their check, and the push settings that travel with them (`contract/rest-api.md` section 2).

use crate::api::wire::{null_is_default, wire};
use crate::{ErrorCode, limits};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// One element of a message as it travels: fields that this version does not know stay in `content`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Element {
    /// `TIMTextElem` and the like.
    #[serde(rename = "MsgType")]
    pub kind: String,
    /// The element's fields.
    #[serde(rename = "MsgContent")]
    pub content: Map<String, Value>,
}

impl Element {
    /// A text element.
    pub fn text(text: impl Into<String>) -> Self {
        Self { kind: "TIMTextElem".into(), content: Map::from_iter([("Text".to_owned(), Value::String(text.into()))]) }
    }

    /// The element with typed fields; a missing or mistyped field reads as empty.
    pub fn typed(&self) -> Content {
        let text = |key: &str| self.content.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |key: &str| self.content.get(key).and_then(Value::as_f64).unwrap_or_default();
        let whole = |key: &str| self.content.get(key).and_then(Value::as_i64).unwrap_or_default();
        match self.kind.as_str() {
            "TIMTextElem" => Content::Text { text: text("Text") },
            "TIMLocationElem" => {
                Content::Location { desc: text("Desc"), latitude: number("Latitude"), longitude: number("Longitude") }
            }
            "TIMFaceElem" => Content::Face { index: whole("Index"), data: text("Data") },
            "TIMCustomElem" => Content::Custom { data: text("Data"), desc: text("Desc"), ext: text("Ext"), sound: text("Sound") },
            "TIMSoundElem" => Content::Sound { url: text("Url"), size_bytes: whole("Size"), seconds: whole("Second") },
            "TIMImageElem" => Content::Image { sizes: self.image_sizes() },
            "TIMFileElem" => {
                let name = if self.content.contains_key("FileName") { text("FileName") } else { text("fileName") };
                Content::File { url: text("Url"), name, size_bytes: whole("FileSize") }
            }
            "TIMVideoFileElem" => {
                Content::Video { url: text("VideoUrl"), size_bytes: whole("VideoSize"), seconds: whole("VideoSecond") }
            }
            "TIMRelayElem" => {
                let lines = self.content.get("AbstractList").and_then(Value::as_array).cloned().unwrap_or_default();
                let lines = lines.iter().filter_map(Value::as_str).map(str::to_owned).collect();
                Content::Relay {
                    title: text("Title"),
                    count: whole("MsgNum"),
                    abstracts: lines,
                    compatible_text: text("CompatibleText"),
                }
            }
            _ => Content::Unknown,
        }
    }

    fn image_sizes(&self) -> Vec<ImageSize> {
        let list = self.content.get("ImageInfoArray").cloned().unwrap_or_default();
        serde_json::from_value(list).unwrap_or_default()
    }
}

wire! {
    /// One size of a picture.
    #[derive(PartialEq)]
    ImageSize {
        /// 1 original, 2 large, 3 thumbnail.
        kind "Type": i64,
        /// Bytes.
        size "Size": i64,
        /// Pixels.
        width "Width": i64,
        /// Pixels.
        height "Height": i64,
        /// Where the file is.
        url "URL": String,
    }
}

/// An element with typed fields.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "the fields are the contract's, in snake case")]
pub enum Content {
    Text { text: String },
    Location { desc: String, latitude: f64, longitude: f64 },
    Face { index: i64, data: String },
    Custom { data: String, desc: String, ext: String, sound: String },
    Sound { url: String, size_bytes: i64, seconds: i64 },
    Image { sizes: Vec<ImageSize> },
    File { url: String, name: String, size_bytes: i64 },
    Video { url: String, size_bytes: i64, seconds: i64 },
    Relay { title: String, count: i64, abstracts: Vec<String>, compatible_text: String },
    Unknown,
}

/// A struct of optional fields. Reading: `null` is the default like an absent field, unknown fields are kept.
macro_rules! push_settings {
    ($(#[$meta:meta])* $name:ident { $($(#[$field_meta:meta])* $field:ident $wire:literal: $type:ty),* $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
        #[serde(default)]
        pub struct $name {
            $(
                $(#[$field_meta])*
                #[serde(rename = $wire, deserialize_with = "null_is_default")]
                pub $field: $type,
            )*
            /// Fields of other versions.
            #[serde(flatten)]
            pub other: Map<String, Value>,
        }
    };
}

push_settings! {
    /// Push settings of one message (`OfflinePushInfo`); every field is optional.
    OfflinePushInfo {
        /// 0 push, 1 none.
        push_flag "PushFlag": i64,
        /// Title on both systems.
        title "Title": String,
        /// Replaces the elements' text.
        desc "Desc": String,
        /// JSON text handed to the phone.
        ext "Ext": String,
        /// Android's own settings.
        android_info "AndroidInfo": AndroidInfo,
        /// Apple's own settings.
        apns_info "ApnsInfo": ApnsInfo,
    }
}

push_settings! {
    /// `OfflinePushInfo.AndroidInfo`.
    AndroidInfo {
        /// Sound file.
        sound "Sound": String,
        /// Huawei channel.
        huawei_channel_id "HuaWeiChannelID": String,
        /// Xiaomi channel.
        xiaomi_channel_id "XiaoMiChannelID": String,
        /// OPPO channel.
        oppo_channel_id "OPPOChannelID": String,
        /// FCM channel.
        google_channel_id "GoogleChannelID": String,
        /// FCM picture.
        google_image "GoogleImage": String,
        /// 0 operation, 1 system.
        vivo_classification "VIVOClassification": Option<i64>,
        /// `LOW` or `NORMAL`.
        huawei_importance "HuaWeiImportance": String,
        /// Huawei category.
        huawei_category "HuaWeiCategory": String,
        /// 0 action, 1 intent.
        ext_as_huawei_intent_param "ExtAsHuaweiIntentParam": i64,
    }
}

push_settings! {
    /// `OfflinePushInfo.ApnsInfo`.
    ApnsInfo {
        /// Sound file.
        sound "Sound": String,
        /// 0 count in the badge, 1 do not.
        badge_mode "BadgeMode": i64,
        /// Replaces the title.
        title "Title": String,
        /// Second line.
        sub_title "SubTitle": String,
        /// Picture URL.
        image "Image": String,
        /// 1: the app may change the notification.
        mutable_content "MutableContent": i64,
        /// `active`, `critical`, `passive`, `time-sensitive`.
        interruption_level "InterruptionLevel": String,
        /// 1: silent.
        content_available "ContentAvailable": i64,
    }
}

/// Why a message body was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// `MsgBody` is missing or no array.
    #[error("MsgBody must be an array")]
    NotArray,
    /// An element is no `{MsgType, MsgContent}`, or the array is empty.
    #[error("MsgBody is not in message format: {0}")]
    Format(String),
    /// A field of an element is missing or of the wrong type.
    #[error("{kind}: {field} is missing or of the wrong type")]
    Field {
        /// `MsgType`.
        kind: String,
        /// Field name.
        field: &'static str,
    },
    /// More than one custom element.
    #[error("a message holds at most one TIMCustomElem")]
    TwoCustom,
    /// Above 12 KB.
    #[error("message of {0} bytes is above 12288")]
    TooLong(usize),
}

impl BodyError {
    /// The contract's number for one-to-one messages and REST; groups answer `too_long` themselves.
    pub fn code(&self, too_long: ErrorCode) -> ErrorCode {
        match self {
            Self::NotArray => ErrorCode::MSG_BODY_NOT_ARRAY,
            Self::Format(_) => ErrorCode::MSG_BODY_BAD_FORMAT,
            Self::Field { .. } | Self::TwoCustom => ErrorCode::MSG_BAD_FORMAT,
            Self::TooLong(_) => too_long,
        }
    }
}

#[derive(Deserialize)]
struct RawElement<'a> {
    #[serde(rename = "MsgType", borrow)]
    kind: Cow<'a, str>,
    #[serde(rename = "MsgContent", borrow)]
    content: &'a RawValue,
}

/// Checks a body and its `CloudCustomData` without copying them; the text itself is what is stored and forwarded.
pub fn check_body(body: &RawValue, cloud_custom_data: Option<&str>) -> Result<(), BodyError> {
    let text = body.get();
    if !text.trim_start().starts_with('[') {
        return Err(BodyError::NotArray);
    }
    let bytes = text.len() + cloud_custom_data.map_or(0, str::len);
    if bytes > limits::MESSAGE_BYTES {
        let compact = compact_len(text) + cloud_custom_data.map_or(0, str::len);
        if compact > limits::MESSAGE_BYTES {
            return Err(BodyError::TooLong(compact));
        }
    }
    let elements: Vec<RawElement<'_>> = serde_json::from_str(text).map_err(|error| BodyError::Format(error.to_string()))?;
    if elements.is_empty() {
        return Err(BodyError::Format("no element".into()));
    }
    let mut custom = 0;
    for element in &elements {
        custom += usize::from(element.kind == "TIMCustomElem");
        check_element(&element.kind, element.content.get())?;
    }
    if custom > 1 { Err(BodyError::TwoCustom) } else { Ok(()) }
}

fn compact_len(text: &str) -> usize {
    serde_json::from_str::<Value>(text).map_or(text.len(), |value| value.to_string().len())
}

/// What a field of an element must be.
#[derive(Clone, Copy)]
enum Rule {
    /// Text that must be there.
    Text,
    /// Text that may be absent.
    MayText,
    /// Number that must be there.
    Number,
    /// Number that may be absent (the original's answer to a missing one is not known: X-12).
    MayNumber,
    /// The flag 2, or absent.
    Two,
    /// Texts, or absent.
    MayTexts,
    /// Sizes of a picture, or absent.
    MayImages,
    /// Merged messages, or absent.
    MayMessages,
}

impl Rule {
    /// Whether a field, if it is given at all, is as it must be.
    fn fits(self, value: Option<&Value>) -> bool {
        let Some(value) = value else { return !matches!(self, Self::Text | Self::Number) };
        match self {
            Self::Text | Self::MayText => value.is_string(),
            Self::Number | Self::MayNumber => value.is_number(),
            Self::Two => value.as_i64() == Some(2),
            Self::MayTexts => value.as_array().is_some_and(|texts| texts.iter().all(Value::is_string)),
            Self::MayImages => value.as_array().is_some_and(|images| images.iter().all(is_image)),
            Self::MayMessages => {
                value.as_array().is_some_and(|list| list.len() <= limits::RELAY_MESSAGES && list.iter().all(Value::is_object))
            }
        }
    }
}

fn is_image(entry: &Value) -> bool {
    let numbers = ["Type", "Size", "Width", "Height"].iter().all(|field| Rule::MayNumber.fits(given(entry, field)));
    entry.is_object() && numbers && Rule::MayText.fits(given(entry, "URL"))
}

/// A field that is there; many SDKs write `null` for what they do not set.
fn given<'a>(fields: &'a Value, field: &str) -> Option<&'a Value> {
    fields.get(field).filter(|value| !value.is_null())
}

/// Fields of each element, to be compared with the table of `contract/rest-api.md` section 2.
#[rustfmt::skip]
const ELEMENTS: &[(&str, &[(&str, Rule)])] = &[
    ("TIMTextElem",      &[("Text", Rule::Text)]),
    ("TIMLocationElem",  &[("Desc", Rule::MayText), ("Latitude", Rule::Number), ("Longitude", Rule::Number)]),
    ("TIMFaceElem",      &[("Index", Rule::MayNumber), ("Data", Rule::MayText)]),
    ("TIMCustomElem",    &[("Data", Rule::MayText), ("Desc", Rule::MayText), ("Ext", Rule::MayText), ("Sound", Rule::MayText)]),
    ("TIMSoundElem",     &[("Url", Rule::MayText), ("UUID", Rule::MayText), ("Size", Rule::MayNumber), ("Second", Rule::MayNumber), ("Download_Flag", Rule::Two)]),
    ("TIMImageElem",     &[("UUID", Rule::MayText), ("ImageFormat", Rule::MayNumber), ("ImageInfoArray", Rule::MayImages)]),
    ("TIMFileElem",      &[("Url", Rule::MayText), ("UUID", Rule::MayText), ("FileSize", Rule::MayNumber), ("FileName", Rule::MayText), ("Download_Flag", Rule::Two)]),
    ("TIMVideoFileElem", &[("VideoUrl", Rule::MayText), ("VideoUUID", Rule::MayText), ("VideoSize", Rule::MayNumber), ("VideoSecond", Rule::MayNumber),
                           ("VideoFormat", Rule::MayText), ("VideoDownloadFlag", Rule::Two), ("ThumbUrl", Rule::MayText), ("ThumbUUID", Rule::MayText),
                           ("ThumbSize", Rule::MayNumber), ("ThumbWidth", Rule::MayNumber), ("ThumbHeight", Rule::MayNumber), ("ThumbFormat", Rule::MayText),
                           ("ThumbDownloadFlag", Rule::Two)]),
    ("TIMRelayElem",     &[("Title", Rule::MayText), ("MsgNum", Rule::MayNumber), ("CompatibleText", Rule::MayText), ("AbstractList", Rule::MayTexts),
                           ("MsgList", Rule::MayMessages), ("JsonMsgKey", Rule::MayText)]),
];

#[derive(Deserialize)]
struct TextContent<'a> {
    #[serde(rename = "Text", borrow)]
    _text: Cow<'a, str>,
}

fn check_element(kind: &str, content: &str) -> Result<(), BodyError> {
    if kind == "TIMTextElem" {
        // The common element: no map is built.
        return serde_json::from_str::<TextContent<'_>>(content)
            .map(|_| ())
            .map_err(|_| BodyError::Field { kind: kind.into(), field: "Text" });
    }
    let Some((_, rules)) = ELEMENTS.iter().find(|row| row.0 == kind) else {
        return Err(BodyError::Format(format!("unknown MsgType {kind:?}")));
    };
    let fields: Value = serde_json::from_str(content).unwrap_or_default();
    if !fields.is_object() {
        return Err(BodyError::Format(format!("{kind}: MsgContent must be an object")));
    }
    if let Some((field, _)) = rules.iter().find(|(field, rule)| !rule.fits(given(&fields, field))) {
        return Err(BodyError::Field { kind: kind.into(), field });
    }
    if kind == "TIMCustomElem" && ["Data", "Desc", "Ext"].iter().all(|key| given(&fields, key).is_none_or(|value| value == "")) {
        return Err(BodyError::Field { kind: kind.into(), field: "Data" });
    }
    if kind == "TIMRelayElem" && ["MsgList", "JsonMsgKey"].iter().all(|key| given(&fields, key).is_none()) {
        return Err(BodyError::Field { kind: kind.into(), field: "MsgList" });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    fn check(text: &str) -> Result<(), BodyError> {
        check_body(serde_json::from_str(text).unwrap(), None)
    }

    #[rstest]
    #[case(r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"hi","New":1}}]"#)]
    #[case(r#"[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"here","Latitude":29.3,"Longitude":-116.3}}]"#)]
    #[case(r#"[{"MsgType":"TIMFaceElem","MsgContent":{"Index":1,"Data":"x"}}]"#)]
    #[case(r#"[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"m","Desc":"n","Ext":"url","Sound":"ding.aiff"}}]"#)]
    #[case(r#"[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"m","Desc":null,"Ext":null,"Sound":null}}]"#)]
    #[case(r#"[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageInfoArray":[{"Type":1,"Size":null,"URL":"u"}]}}]"#)]
    #[case(
        r#"[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","UUID":null,"FileSize":null,"FileName":"f","Download_Flag":null}}]"#
    )]
    #[case(r#"[{"MsgType":"TIMSoundElem","MsgContent":{"Url":"u","UUID":"i","Size":62351,"Second":1,"Download_Flag":2}}]"#)]
    #[case(r#"[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageFormat":1,"ImageInfoArray":[{"Type":1,"Size":1,"Width":2,"Height":3,"URL":"u"}]}}]"#)]
    #[case(r#"[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","UUID":"i","FileSize":1,"FileName":"f","Download_Flag":2}}]"#)]
    #[case(r#"[{"MsgType":"TIMVideoFileElem","MsgContent":{"VideoUrl":"u","VideoDownloadFlag":2,"ThumbUrl":"t","ThumbDownloadFlag":2}}]"#)]
    #[case(r#"[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgNum":1,"CompatibleText":"c","AbstractList":["a"],"MsgList":[]}}]"#)]
    #[case(r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":"a"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"b"}}]"#)]
    fn every_element_type_passes_and_reads_back(#[case] text: &str) {
        assert_eq!(check(text), Ok(()));
        let elements: Vec<Element> = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_value(&elements).unwrap(), serde_json::from_str::<Value>(text).unwrap());
        assert!(elements.iter().all(|element| element.typed() != Content::Unknown));
    }

    #[rstest]
    #[case(r#"{}"#, 90007)]
    #[case(r#""text""#, 90007)]
    #[case(r#"[]"#, 90002)]
    #[case(r#"[1]"#, 90002)]
    #[case(r#"[{"MsgType":"TIMTextElem"}]"#, 90002)]
    #[case(r#"[{"MsgType":"TIMPollElem","MsgContent":{}}]"#, 90002)]
    #[case(r#"[{"MsgType":"TIMTextElem","MsgContent":{"Text":5}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMFaceElem","MsgContent":{"Index":"1"}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMFileElem","MsgContent":{"Url":"u","Download_Flag":1}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMCustomElem","MsgContent":{}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMCustomElem","MsgContent":{"Data":null,"Desc":null}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"here","Latitude":null,"Longitude":1}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMRelayElem","MsgContent":{"Title":"t","MsgList":null}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMRelayElem","MsgContent":{"AbstractList":[1],"MsgList":[]}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMRelayElem","MsgContent":{"MsgList":["hi"]}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageInfoArray":[1]}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageInfoArray":[{"Type":1,"Width":"2","URL":"u"}]}}]"#, 90010)]
    #[case(r#"[{"MsgType":"TIMImageElem","MsgContent":{"UUID":"i","ImageInfoArray":[{"Type":1,"URL":5}]}}]"#, 90010)]
    #[case(
        r#"[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"b"}}]"#,
        90010
    )]
    fn each_fault_has_its_code(#[case] text: &str, #[case] code: i32) {
        assert_eq!(check(text).unwrap_err().code(ErrorCode::PACKET_TOO_LONG).0, code, "{text}");
    }

    #[test]
    fn a_merged_message_holds_three_hundred() {
        let merged =
            |n: usize| format!(r#"[{{"MsgType":"TIMRelayElem","MsgContent":{{"MsgList":[{}]}}}}]"#, vec!["{}"; n].join(","));
        assert_eq!(check(&merged(300)), Ok(()));
        assert_eq!(check(&merged(301)), Err(BodyError::Field { kind: "TIMRelayElem".into(), field: "MsgList" }));
    }

    #[test]
    fn a_pictures_sizes_are_read_though_a_number_is_null() {
        let text = r#"{"MsgType":"TIMImageElem","MsgContent":{"ImageInfoArray":[{"Type":1,"Width":null,"URL":"u"}]}}"#;
        let element: Element = serde_json::from_str(text).unwrap();
        let original = ImageSize { kind: 1, url: "u".into(), ..ImageSize::default() };
        assert_eq!(element.typed(), Content::Image { sizes: vec![original] });
    }

    #[test]
    fn twelve_kilobytes_of_compact_json_are_the_limit() {
        let body = |n: usize| format!(r#"[{{"MsgType":"TIMTextElem","MsgContent":{{"Text":"{}"}}}}]"#, "a".repeat(n));
        let room = limits::MESSAGE_BYTES - body(0).len();
        assert_eq!(check(&body(room)), Ok(()));
        assert_eq!(check(&body(room + 1)), Err(BodyError::TooLong(limits::MESSAGE_BYTES + 1)));
        let spaced = body(room).replace("[{", "[         {");
        assert_eq!(check(&spaced), Ok(()), "blanks do not count");
        let raw: &RawValue = serde_json::from_str("[{\"MsgType\":\"TIMTextElem\",\"MsgContent\":{\"Text\":\"\"}}]").unwrap();
        assert!(check_body(raw, Some(&"c".repeat(limits::MESSAGE_BYTES))).is_err(), "CloudCustomData counts");
    }

    #[test]
    fn push_info_keeps_fields_of_other_versions() {
        let text = r#"{"PushFlag":0,"Title":"t","ApnsInfo":{"SubTitle":"s","NewThing":3},"AndroidInfo":{"VIVOCategory":"IM"},"Later":true}"#;
        let info: OfflinePushInfo = serde_json::from_str(text).unwrap();
        assert_eq!(info.apns_info.sub_title, "s");
        let back = serde_json::to_value(&info).unwrap();
        assert_eq!(
            (&back["ApnsInfo"]["NewThing"], &back["AndroidInfo"]["VIVOCategory"], &back["Later"]),
            (&3.into(), &"IM".into(), &true.into())
        );
        assert!(serde_json::from_str::<OfflinePushInfo>(r#"{"PushFlag":"1"}"#).is_err());
    }

    #[test]
    fn null_in_push_info_is_as_if_nothing_was_written() {
        let text = r#"{"PushFlag":null,"Title":"t","Desc":null,"AndroidInfo":{"Sound":null,"VIVOClassification":null},
            "ApnsInfo":{"BadgeMode":null,"Title":null}}"#;
        let info: OfflinePushInfo = serde_json::from_str(text).unwrap();
        assert_eq!(info, OfflinePushInfo { title: "t".into(), ..OfflinePushInfo::default() });
        assert_eq!(
            serde_json::from_str::<OfflinePushInfo>(r#"{"AndroidInfo":null,"ApnsInfo":null}"#).unwrap(),
            OfflinePushInfo::default()
        );
    }
}
