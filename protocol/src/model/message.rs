//! Messages: elements, their check, and the push settings that travel with them (`contract/rest-api.md` section 2).

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

/// One size of a picture.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ImageSize {
    /// 1 original, 2 large, 3 thumbnail.
    #[serde(rename = "Type")]
    pub kind: i64,
    /// Bytes.
    pub size: i64,
    /// Pixels.
    pub width: i64,
    /// Pixels.
    pub height: i64,
    /// Where the file is.
    #[serde(rename = "URL")]
    pub url: String,
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

/// Push settings of one message (`OfflinePushInfo`); every field is optional.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct OfflinePushInfo {
    /// 0 push, 1 none.
    pub push_flag: i64,
    /// Title on both systems.
    pub title: String,
    /// Replaces the elements' text.
    pub desc: String,
    /// JSON text handed to the phone.
    pub ext: String,
    /// Android's own settings.
    pub android_info: AndroidInfo,
    /// Apple's own settings.
    pub apns_info: ApnsInfo,
    /// Fields of other versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `OfflinePushInfo.AndroidInfo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AndroidInfo {
    /// Sound file.
    pub sound: String,
    /// Huawei channel.
    #[serde(rename = "HuaWeiChannelID")]
    pub huawei_channel_id: String,
    /// Xiaomi channel.
    #[serde(rename = "XiaoMiChannelID")]
    pub xiaomi_channel_id: String,
    /// OPPO channel.
    #[serde(rename = "OPPOChannelID")]
    pub oppo_channel_id: String,
    /// FCM channel.
    #[serde(rename = "GoogleChannelID")]
    pub google_channel_id: String,
    /// FCM picture.
    pub google_image: String,
    /// 0 operation, 1 system.
    #[serde(rename = "VIVOClassification")]
    pub vivo_classification: Option<i64>,
    /// `LOW` or `NORMAL`.
    #[serde(rename = "HuaWeiImportance")]
    pub huawei_importance: String,
    /// Huawei category.
    #[serde(rename = "HuaWeiCategory")]
    pub huawei_category: String,
    /// 0 action, 1 intent.
    pub ext_as_huawei_intent_param: i64,
    /// Fields of other versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// `OfflinePushInfo.ApnsInfo`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ApnsInfo {
    /// Sound file.
    pub sound: String,
    /// 0 count in the badge, 1 do not.
    pub badge_mode: i64,
    /// Replaces the title.
    pub title: String,
    /// Second line.
    pub sub_title: String,
    /// Picture URL.
    pub image: String,
    /// 1: the app may change the notification.
    pub mutable_content: i64,
    /// `active`, `critical`, `passive`, `time-sensitive`.
    pub interruption_level: String,
    /// 1: silent.
    pub content_available: i64,
    /// Fields of other versions.
    #[serde(flatten)]
    pub other: Map<String, Value>,
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
    /// An array, or absent.
    MayArray,
}

/// Fields of each element, to be compared with the table of `contract/rest-api.md` section 2.
#[rustfmt::skip]
const ELEMENTS: &[(&str, &[(&str, Rule)])] = &[
    ("TIMTextElem",      &[("Text", Rule::Text)]),
    ("TIMLocationElem",  &[("Desc", Rule::MayText), ("Latitude", Rule::Number), ("Longitude", Rule::Number)]),
    ("TIMFaceElem",      &[("Index", Rule::MayNumber), ("Data", Rule::MayText)]),
    ("TIMCustomElem",    &[("Data", Rule::MayText), ("Desc", Rule::MayText), ("Ext", Rule::MayText), ("Sound", Rule::MayText)]),
    ("TIMSoundElem",     &[("Url", Rule::MayText), ("UUID", Rule::MayText), ("Size", Rule::MayNumber), ("Second", Rule::MayNumber), ("Download_Flag", Rule::Two)]),
    ("TIMImageElem",     &[("UUID", Rule::MayText), ("ImageFormat", Rule::MayNumber), ("ImageInfoArray", Rule::MayArray)]),
    ("TIMFileElem",      &[("Url", Rule::MayText), ("UUID", Rule::MayText), ("FileSize", Rule::MayNumber), ("FileName", Rule::MayText), ("Download_Flag", Rule::Two)]),
    ("TIMVideoFileElem", &[("VideoUrl", Rule::MayText), ("VideoUUID", Rule::MayText), ("VideoSize", Rule::MayNumber), ("VideoSecond", Rule::MayNumber),
                           ("VideoFormat", Rule::MayText), ("VideoDownloadFlag", Rule::Two), ("ThumbUrl", Rule::MayText), ("ThumbUUID", Rule::MayText),
                           ("ThumbSize", Rule::MayNumber), ("ThumbWidth", Rule::MayNumber), ("ThumbHeight", Rule::MayNumber), ("ThumbFormat", Rule::MayText),
                           ("ThumbDownloadFlag", Rule::Two)]),
    ("TIMRelayElem",     &[("Title", Rule::MayText), ("MsgNum", Rule::MayNumber), ("CompatibleText", Rule::MayText), ("AbstractList", Rule::MayArray),
                           ("MsgList", Rule::MayArray), ("JsonMsgKey", Rule::MayText)]),
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
    let fields: Map<String, Value> =
        serde_json::from_str(content).map_err(|_| BodyError::Format(format!("{kind}: MsgContent must be an object")))?;
    for (field, rule) in *rules {
        let value = fields.get(*field);
        let good = match (rule, value) {
            (Rule::Text, Some(Value::String(_))) | (Rule::Number, Some(Value::Number(_))) => true,
            (Rule::Text | Rule::Number, _) => false,
            (_, None) => true,
            (Rule::MayText, Some(value)) => value.is_string(),
            (Rule::MayNumber, Some(value)) => value.is_number(),
            (Rule::Two, Some(value)) => value.as_i64() == Some(2),
            (Rule::MayArray, Some(value)) => value.is_array(),
        };
        if !good {
            return Err(BodyError::Field { kind: kind.into(), field });
        }
    }
    if kind == "TIMCustomElem" && ["Data", "Desc", "Ext"].iter().all(|key| fields.get(*key).is_none_or(|value| value == "")) {
        return Err(BodyError::Field { kind: kind.into(), field: "Data" });
    }
    if kind == "TIMRelayElem" && !fields.contains_key("MsgList") && !fields.contains_key("JsonMsgKey") {
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
    #[case(
        r#"[{"MsgType":"TIMCustomElem","MsgContent":{"Data":"a"}},{"MsgType":"TIMCustomElem","MsgContent":{"Data":"b"}}]"#,
        90010
    )]
    fn each_fault_has_its_code(#[case] text: &str, #[case] code: i32) {
        assert_eq!(check(text).unwrap_err().code(ErrorCode::PACKET_TOO_LONG).0, code, "{text}");
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
}
