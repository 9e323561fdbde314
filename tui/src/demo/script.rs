//! The screenplay of `assets/demo/chat/*.txt`, `life.txt` and `live.txt`: who said what, when, in lines a person can edit.
//!
//! `@ -6` opens a day (six days ago), `@ now` minutes before the start, `@ scene <chat>` a scene with seconds between its lines.
//! A line is `TIME who: text`, indented lines go on with it, and a text that starts with `/file`, `/poll`, ... is that message;
//! `/quote N text` and `/reply N text` answer the message N above. Below a line stands what came to it: `= pin WHO`,
//! `= react EMOJI WHO ...`, `= vote N WHO ...`, `= recall`; and `= read`: so far the demo's user has read.

use super::media;
use crate::state::ballot::{Asked, Ballot};
use serde_json::{Map, Value, json};
use tern_protocol::model::message::Element;

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

/// What a message is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Body {
    Elements(Vec<Element>),
    /// One of the demo's own files, by its name.
    File(String),
}

impl Body {
    /// The kind of a custom message; empty: it is none.
    pub(crate) fn business(&self) -> String {
        let Self::Elements(elements) = self else { return String::new() };
        let data = elements.first().and_then(|element| element.content.get("Data")?.as_str());
        let fields: Value = data.and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
        fields.get("businessID").and_then(Value::as_str).unwrap_or_default().to_owned()
    }
}

/// The earlier message that one answers: so many lines above.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Answers {
    pub(crate) back: usize,
    /// In its thread; otherwise it is quoted.
    pub(crate) thread: bool,
}

/// What came to a message after it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    Pin { who: String },
    React { emoji: String, who: Vec<String> },
    Vote { option: usize, who: Vec<String> },
    Recall,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Line {
    /// When.
    pub(crate) when: When,
    /// Who, an ID of the world.
    pub(crate) who: String,
    /// What.
    pub(crate) body: Body,
    pub(crate) answers: Option<Answers>,
    pub(crate) marks: Vec<Mark>,
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
        Item::Mark(mark) => script.lines.iter_mut().last().into_iter().for_each(|line| line.marks.push(mark.clone())),
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
        Item::Mark(_) | Item::Read => {}
    })?;
    Ok(scenes)
}

enum Item {
    Line(Line),
    Scene(String),
    Mark(Mark),
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
        } else if let Some(mark) = raw.strip_prefix("= ") {
            match mark {
                "read" => take(Item::Read),
                mark => {
                    take(Item::Mark(parse_mark(mark).ok_or_else(|| fail("a mark is `= pin`, `= react`, `= vote`, `= recall`"))?))
                }
            }
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
    let (answers, text) = answers(&open.text);
    let body = parse_body(text).map_err(|problem| ScriptError { line: open.line, problem })?;
    Ok(Line { when: open.when, who: open.who, body, answers, marks: Vec::new() })
}

/// `/quote 2 text` and `/reply 2 text`.
fn answers(text: &str) -> (Option<Answers>, &str) {
    let found = ["/quote ", "/reply "].iter().find_map(|word| {
        let (back, rest) = text.strip_prefix(word)?.split_once(' ')?;
        Some((Answers { back: back.parse().ok()?, thread: *word == "/reply " }, rest))
    });
    found.map_or((None, text), |(answers, rest)| (Some(answers), rest))
}

fn parse_mark(text: &str) -> Option<Mark> {
    let mut words = text.split(' ').map(str::to_owned);
    let mark = match words.next()?.as_str() {
        "pin" => Mark::Pin { who: words.next()? },
        "react" => Mark::React { emoji: words.next()?, who: words.by_ref().collect() },
        "vote" => Mark::Vote { option: words.next()?.parse().ok()?, who: words.by_ref().collect() },
        "recall" => Mark::Recall,
        _ => return None,
    };
    words.next().is_none().then_some(mark)
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

/// Reads a text, or a message such as `/file NAME`.
pub(crate) fn parse_body(text: &str) -> Result<Body, String> {
    let command = text.strip_prefix('/').and_then(|text| text.split_once(' '));
    let Some((kind, rest)) = command.filter(|(kind, _)| !kind.is_empty()) else {
        return Ok(Body::Elements(vec![Element::text(text)]));
    };
    let words: Vec<&str> = rest.split(' ').collect();
    let element = match (kind, words.as_slice()) {
        ("file", [name]) if media::is_there(name) => return Ok(Body::File((*name).to_owned())),
        ("location", [place, ..]) => location(place, rest[place.len()..].trim_start()),
        ("face", [index, data]) => {
            index.parse::<i64>().ok().map(|index| element("TIMFaceElem", json!({"Index": index, "Data": data})))
        }
        ("custom", _) => rest.rsplit_once(" | ").map(|(data, desc)| custom(data, desc)),
        ("merged", _) => merged(rest),
        ("poll", _) => poll(rest),
        ("gift", _) => {
            let data = json!({"businessID": "gift", "version": 1, "name": rest});
            Some(custom(&data.to_string(), &format!("gives {rest}")))
        }
        _ => None,
    };
    element.map(|element| Body::Elements(vec![element])).ok_or_else(|| format!("`/{kind}` cannot be read"))
}

fn element(kind: &str, content: Value) -> Element {
    let content = if let Value::Object(content) = content { content } else { Map::new() };
    Element { kind: kind.to_owned(), content }
}

fn custom(data: &str, desc: &str) -> Element {
    element("TIMCustomElem", json!({"Data": data, "Desc": desc, "Ext": "", "Sound": ""}))
}

/// `Title | answer | answer`.
fn poll(text: &str) -> Option<Element> {
    let mut parts = text.split(" | ").map(str::to_owned);
    let title = parts.next()?;
    let asked = Asked::Poll { options: parts.collect(), multiple: false, anonymous: false };
    let ballot = Ballot { title, asked };
    Some(custom(&ballot.data(), &format!("[{}] {}", ballot.word(), ballot.title)))
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
        assert_eq!(script.lines[0].body, Body::Elements(vec![Element::text("one\ntwo\n  three")]));
        assert_eq!(script.lines[1].when, When::Ago { minutes: 5 });
        let Body::Elements(face) = &script.lines[1].body else { panic!() };
        assert_eq!(face[0].typed(), Content::Face { index: 4, data: "tt08".into() });
    }

    #[test]
    fn a_line_answers_another_and_what_came_to_it_stands_below() {
        let text = "@ -1\n09:00 ann: who?\n= react 👍 bob cy\n= pin ann\n09:01 bob: /reply 1 me\n= recall\n09:02 cy: /quote 2 /x\n";
        let lines = parse_chat(text).unwrap().lines;
        let react = Mark::React { emoji: "👍".into(), who: vec!["bob".into(), "cy".into()] };
        assert_eq!(lines[0].marks, [react, Mark::Pin { who: "ann".into() }]);
        assert_eq!((lines[1].answers, &lines[1].marks[..]), (Some(Answers { back: 1, thread: true }), &[Mark::Recall][..]));
        assert_eq!(lines[2].answers, Some(Answers { back: 2, thread: false }));
        assert_eq!(lines[2].body, Body::Elements(vec![Element::text("/x")]));
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
    #[case("/poll Tea? | yes | no", "TIMCustomElem")]
    #[case("/gift a rose", "TIMCustomElem")]
    #[case("/location 47.4,-11.0 A hut", "TIMLocationElem")]
    #[case("/face 4 tt08@2x", "TIMFaceElem")]
    #[case("/custom {\"a\": 1} | [Link] a", "TIMCustomElem")]
    #[case("/merged Retro | Ann: a | Bob: b", "TIMRelayElem")]
    #[case("/ is no element", "TIMTextElem")]
    #[case("plain", "TIMTextElem")]
    fn each_kind_of_element_can_be_written_and_the_server_takes_it(#[case] text: &str, #[case] kind: &str) {
        let body = parse_body(text).unwrap_or_else(|problem| panic!("{problem}"));
        let Body::Elements(body) = body else { panic!("{body:?}") };
        assert_eq!(body[0].kind, kind);
        check_body(&serde_json::value::to_raw_value(&body).unwrap(), None).unwrap();
    }

    #[rstest]
    #[case("09:30 ann: too early")]
    #[case("@ -1\n25:00 ann: x")]
    #[case("@ -1\n-5 ann: x")]
    #[case("@ tomorrow")]
    #[case("@ now\n-1 ann")]
    #[case("@ now\n-1 ann: /file nowhere.png")]
    #[case("@ now\n-1 ann: x\n= react")]
    #[case("@ now\n-1 ann: x\n= pin ann bob")]
    #[case("@ now\n-1 ann: /nothing at all")]
    fn a_wrong_line_is_named(#[case] text: &str) {
        let error = parse_chat(text).unwrap_err().to_string();
        assert!(error.starts_with(&format!("line {}: ", text.lines().count())), "{error}");
    }
}
