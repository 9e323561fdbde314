//! The screenplay of `assets/demo/chat/*.txt` and `life.txt`: who said what, when, in lines a person can edit.
//!
//! `@ -6` opens a day (six days ago), `@ now` minutes before the start, `@ scene <chat>` a scene with seconds between its lines;
//! `= read` is how far the demo's user has read. A line is `TIME who: text`, indented lines go on with it, and a text that starts
//! with `/image`, `/file`, ... is that element.

use serde_json::{Map, Value, json};
use tern_protocol::model::message::Element;
use uuid::Uuid;

/// Where the pictures and files of the demo would be.
const MEDIA_URL: &str = "https://example.com/tidewater/";
/// Space name of the media's UUIDs: the same file has the same one each time.
const MEDIA_SPACE: Uuid = Uuid::NAMESPACE_URL;

/// When a line was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// Local time on a day of the past.
    Day { days_ago: i64, minute: i64 },
    /// Minutes before the start.
    Ago { minutes: i64 },
    /// Seconds after the line before.
    After { seconds: i64 },
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// When.
    pub(crate) when: When,
    /// Who, an ID of the world.
    pub(crate) who: String,
    /// What.
    pub(crate) body: Vec<Element>,
}

/// The messages of one chat.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Script {
    /// By rising time.
    pub(crate) lines: Vec<Line>,
    /// How many of them the demo's user has read.
    pub(crate) read: usize,
}

/// A few lines that happen by themselves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Scene {
    /// Person (who writes to the demo's user) or group.
    pub(crate) chat: String,
    /// What is said.
    pub(crate) lines: Vec<Line>,
}

/// A line that cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub(crate) struct ScriptError {
    line: usize,
    problem: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    None,
    Day(i64),
    Now,
    Scene,
}

/// A message whose text is still being collected.
struct Open {
    line: usize,
    when: When,
    who: String,
    text: String,
}

/// Reads the history of one chat.
pub(crate) fn parse_chat(text: &str) -> Result<Script, ScriptError> {
    let mut script = Script::default();
    read(text, |item| match item {
        Item::Line(line) => script.lines.push(line),
        Item::Read => script.read = script.lines.len(),
        Item::Scene(_) => {}
    })?;
    Ok(script)
}

/// Reads the scenes that happen by themselves.
pub(crate) fn parse_scenes(text: &str) -> Result<Vec<Scene>, ScriptError> {
    let mut scenes: Vec<Scene> = Vec::new();
    read(text, |item| match item {
        Item::Scene(chat) => scenes.push(Scene { chat, lines: Vec::new() }),
        Item::Line(line) => {
            if let Some(scene) = scenes.last_mut() {
                scene.lines.push(line);
            }
        }
        Item::Read => {}
    })?;
    Ok(scenes)
}

enum Item {
    Line(Line),
    Scene(String),
    Read,
}

fn read(text: &str, mut take: impl FnMut(Item)) -> Result<(), ScriptError> {
    let mut section = Section::None;
    let mut open: Option<Open> = None;
    for (at, raw) in text.lines().enumerate() {
        let fail = |problem: &str| ScriptError { line: at + 1, problem: problem.to_owned() };
        if let Some(more) = raw.strip_prefix("    ") {
            let open = open.as_mut().ok_or_else(|| fail("nothing to go on with"))?;
            open.text.push('\n');
            open.text.push_str(more);
            continue;
        }
        if let Some(done) = open.take() {
            take(Item::Line(finish(done)?));
        }
        if raw.is_empty() || raw.starts_with('#') {
            continue;
        }
        if let Some(name) = raw.strip_prefix("@ ") {
            section = match name.split_once(' ') {
                Some(("scene", chat)) => {
                    take(Item::Scene(chat.to_owned()));
                    Section::Scene
                }
                None if name == "now" => Section::Now,
                None => {
                    let days = name.strip_prefix('-').and_then(|days| days.parse().ok());
                    Section::Day(days.ok_or_else(|| fail("a section is `@ -DAYS`, `@ now` or `@ scene CHAT`"))?)
                }
                Some(_) => return Err(fail("a section is `@ -DAYS`, `@ now` or `@ scene CHAT`")),
            };
        } else if raw == "= read" {
            take(Item::Read);
        } else {
            let (time, rest) = raw.split_once(' ').ok_or_else(|| fail("a line is `TIME who: text`"))?;
            let (who, text) = rest.split_once(": ").ok_or_else(|| fail("a line is `TIME who: text`"))?;
            let when = parse_when(section, time).ok_or_else(|| fail("the time does not fit its section"))?;
            open = Some(Open { line: at + 1, when, who: who.to_owned(), text: text.to_owned() });
        }
    }
    if let Some(done) = open {
        take(Item::Line(finish(done)?));
    }
    Ok(())
}

fn finish(open: Open) -> Result<Line, ScriptError> {
    let body = parse_body(&open.text).map_err(|problem| ScriptError { line: open.line, problem })?;
    Ok(Line { when: open.when, who: open.who, body })
}

fn parse_when(section: Section, text: &str) -> Option<When> {
    match section {
        Section::Day(days_ago) => {
            let (hour, minute) = text.split_once(':')?;
            let (hour, minute): (i64, i64) = (hour.parse().ok()?, minute.parse().ok()?);
            ((0..24).contains(&hour) && (0..60).contains(&minute)).then_some(When::Day { days_ago, minute: hour * 60 + minute })
        }
        Section::Now => text.strip_prefix('-')?.parse().ok().map(|minutes| When::Ago { minutes }),
        Section::Scene => text.strip_prefix('+')?.parse().ok().map(|seconds| When::After { seconds }),
        Section::None => None,
    }
}

/// Reads a text, or an element such as `/image name.jpg 1200x800 340k`.
pub(crate) fn parse_body(text: &str) -> Result<Vec<Element>, String> {
    let command = text.strip_prefix('/').and_then(|text| text.split_once(' '));
    let Some((kind, rest)) = command.filter(|(kind, _)| !kind.is_empty()) else {
        return Ok(vec![Element::text(text)]);
    };
    let words: Vec<&str> = rest.split(' ').collect();
    let element = match (kind, words.as_slice()) {
        ("image", [name, pixels, size]) => image(name, pixels, size),
        ("file", [name, size]) => file(name, size),
        ("voice", [seconds, size]) => voice(seconds, size),
        ("video", [name, seconds, size]) => video(name, seconds, size),
        ("location", [place, ..]) => location(place, rest[place.len()..].trim_start()),
        ("face", [index, data]) => {
            index.parse::<i64>().ok().map(|index| element("TIMFaceElem", json!({"Index": index, "Data": data})))
        }
        ("custom", _) => rest
            .rsplit_once(" | ")
            .map(|(data, desc)| element("TIMCustomElem", json!({"Data": data, "Desc": desc, "Ext": "", "Sound": ""}))),
        ("merged", _) => merged(rest),
        _ => None,
    };
    element.map(|element| vec![element]).ok_or_else(|| format!("`/{kind}` cannot be read"))
}

fn element(kind: &str, content: Value) -> Element {
    let content = if let Value::Object(content) = content { content } else { Map::new() };
    Element { kind: kind.to_owned(), content }
}

fn uuid(name: &str) -> String {
    Uuid::new_v5(&MEDIA_SPACE, name.as_bytes()).simple().to_string()
}

fn url(name: &str) -> String {
    format!("{MEDIA_URL}{name}")
}

/// `340k` or `3.4M` as bytes.
fn bytes(text: &str) -> Option<u64> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let factor = match unit {
        "k" => 1_000.0,
        "M" => 1_000_000.0,
        _ => return None,
    };
    let number: f64 = number.parse().ok()?;
    (0.0..1_000_000.0).contains(&number).then_some((number * factor) as u64)
}

fn seconds(text: &str) -> Option<u64> {
    text.strip_suffix('s')?.parse().ok()
}

fn image(name: &str, pixels: &str, size: &str) -> Option<Element> {
    let (width, height) = pixels.split_once('x')?;
    let (width, height): (u64, u64) = (width.parse().ok()?, height.parse().ok()?);
    let size = bytes(size)?;
    let format = match name.rsplit_once('.')?.1 {
        "jpg" => 1,
        "gif" => 2,
        "png" => 3,
        _ => 255,
    };
    let sizes: Vec<Value> = [(1, 1), (2, 2), (3, 8)]
        .into_iter()
        .map(|(kind, part)| {
            json!({"Type": kind, "Size": size / (part * part), "Width": width / part, "Height": height / part, "URL": url(name)})
        })
        .collect();
    Some(element("TIMImageElem", json!({"UUID": uuid(name), "ImageFormat": format, "ImageInfoArray": sizes})))
}

fn file(name: &str, size: &str) -> Option<Element> {
    let content = json!({"Url": url(name), "UUID": uuid(name), "FileSize": bytes(size)?, "FileName": name, "Download_Flag": 2});
    Some(element("TIMFileElem", content))
}

fn voice(length: &str, size: &str) -> Option<Element> {
    let name = format!("voice-{length}-{size}.m4a");
    let content =
        json!({"Url": url(&name), "UUID": uuid(&name), "Size": bytes(size)?, "Second": seconds(length)?, "Download_Flag": 2});
    Some(element("TIMSoundElem", content))
}

fn video(name: &str, length: &str, size: &str) -> Option<Element> {
    let thumb = format!("{name}.jpg");
    let content = json!({
        "VideoUrl": url(name), "VideoUUID": uuid(name), "VideoSize": bytes(size)?, "VideoSecond": seconds(length)?,
        "VideoFormat": "mp4", "VideoDownloadFlag": 2, "ThumbUrl": url(&thumb), "ThumbUUID": uuid(&thumb), "ThumbSize": 18_000,
        "ThumbWidth": 640, "ThumbHeight": 360, "ThumbFormat": "JPG", "ThumbDownloadFlag": 2,
    });
    Some(element("TIMVideoFileElem", content))
}

fn location(place: &str, desc: &str) -> Option<Element> {
    let (latitude, longitude) = place.split_once(',')?;
    let (latitude, longitude): (f64, f64) = (latitude.parse().ok()?, longitude.parse().ok()?);
    Some(element("TIMLocationElem", json!({"Desc": desc, "Latitude": latitude, "Longitude": longitude})))
}

/// `Title | Name: text | Name: text`: a merged message that carries what it shows.
fn merged(text: &str) -> Option<Element> {
    let mut parts = text.split(" | ");
    let title = parts.next()?;
    let lines: Vec<&str> = parts.collect();
    let list: Vec<Value> = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let (who, text) = line.split_once(": ").unwrap_or(("", line));
            json!({
                "From_Account": who, "MsgSeq": at + 1, "MsgRandom": at + 1, "MsgTimeStamp": 1,
                "MsgBody": [{"MsgType": "TIMTextElem", "MsgContent": {"Text": text}}],
            })
        })
        .collect();
    let compatible = "[Chat Record] Update to see the merged messages";
    let content =
        json!({"Title": title, "MsgNum": lines.len(), "CompatibleText": compatible, "AbstractList": lines, "MsgList": list});
    (!lines.is_empty()).then(|| element("TIMRelayElem", content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use tern_protocol::model::message::{Content, check_body};

    #[test]
    fn a_chat_reads_as_days_minutes_and_a_read_mark() {
        let script =
            parse_chat("# note\n@ -2\n09:30 ann: one\n    two\n\n      three\n= read\n@ now\n-5 me: /face 4 tt08\n").unwrap_err();
        assert_eq!(script.to_string(), "line 6: nothing to go on with");
        let script = parse_chat("@ -2\n09:30 ann: one\n    two\n      three\n= read\n@ now\n-5 me: /face 4 tt08\n").unwrap();
        assert_eq!(script.read, 1);
        assert_eq!(script.lines[0].when, When::Day { days_ago: 2, minute: 570 });
        assert_eq!(script.lines[0].body, [Element::text("one\ntwo\n  three")]);
        assert_eq!(script.lines[1].when, When::Ago { minutes: 5 });
        assert_eq!(script.lines[1].body[0].typed(), Content::Face { index: 4, data: "tt08".into() });
    }

    #[test]
    fn scenes_have_seconds_between_their_lines() {
        let scenes = parse_scenes("@ scene team\n+0 ann: a\n+6 bob: b\n@ scene ann\n+0 ann: c\n").unwrap();
        assert_eq!(
            scenes.iter().map(|scene| (scene.chat.as_str(), scene.lines.len())).collect::<Vec<_>>(),
            [("team", 2), ("ann", 1)]
        );
        assert_eq!(scenes[0].lines[1].when, When::After { seconds: 6 });
    }

    #[rstest]
    #[case("/image a.jpg 400x300 34k", "TIMImageElem")]
    #[case("/file a.pdf 1.2M", "TIMFileElem")]
    #[case("/voice 14s 28k", "TIMSoundElem")]
    #[case("/video a.mp4 14s 5.1M", "TIMVideoFileElem")]
    #[case("/location 47.4,-11.0 A hut", "TIMLocationElem")]
    #[case("/face 4 tt08@2x", "TIMFaceElem")]
    #[case("/custom {\"a\": 1} | [Link] a", "TIMCustomElem")]
    #[case("/merged Retro | Ann: a | Bob: b", "TIMRelayElem")]
    #[case("/ is no element", "TIMTextElem")]
    #[case("plain", "TIMTextElem")]
    fn each_kind_of_element_can_be_written_and_the_server_takes_it(#[case] text: &str, #[case] kind: &str) {
        let body = parse_body(text).unwrap_or_else(|problem| panic!("{problem}"));
        assert_eq!(body[0].kind, kind);
        check_body(&serde_json::value::to_raw_value(&body).unwrap(), None).unwrap();
    }

    #[rstest]
    #[case("09:30 ann: too early")]
    #[case("@ -1\n25:00 ann: x")]
    #[case("@ -1\n-5 ann: x")]
    #[case("@ tomorrow")]
    #[case("@ now\n-1 ann")]
    #[case("@ now\n-1 ann: /image a 3x4 1k")]
    #[case("@ now\n-1 ann: /nothing at all")]
    fn a_wrong_line_is_named(#[case] text: &str) {
        let error = parse_chat(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("line {}: ", text.lines().count())), "{error}");
    }
}
