//! Polls and group notes: what their messages say, and what people attached to them (`contract/client-semantics.md` 3.7).
//!
//! Each person has one extension of the message, named by its UserID. In a poll its value is `{"options":[0,2],"time":s}`, in a note
//! `{"text":"...","time":s}`; who started it ends it by [`CLOSED`], which no UserID can be.

use super::message::Body;
use super::message::{Message, Part};
use crate::text::clean_line;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tern_protocol::api::annotation::Extension;

/// Key of the extension that ends a poll or note.
pub(crate) const CLOSED: &str = "§closed";
/// Answers that a poll may offer.
pub(crate) const OPTIONS_MOST: usize = 20;

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    Poll {
        options: Vec<String>,
        multiple: bool,
        anonymous: bool,
    },
    /// Everybody writes a line under it.
    Note {
        details: String,
    },
}

/// A poll or a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ballot {
    pub(crate) title: String,
    pub(crate) asked: Asked,
}

fn switched(fields: &Value, name: &str) -> bool {
    fields.get(name).is_some_and(|flag| flag.as_bool().unwrap_or(false) || flag.as_i64() == Some(1))
}

impl Ballot {
    /// Reads `Data` of a custom element; `None`: it is neither, or a poll without answers.
    pub(crate) fn read(fields: &Value) -> Option<Self> {
        let text = |name: &str| fields.get(name).and_then(Value::as_str).map(clean_line).filter(|text| !text.is_empty());
        let title = text("title").or_else(|| text("content")).unwrap_or_default();
        let asked = match fields.get("businessID")?.as_str()? {
            "group_poll" => {
                let list = fields.get("options")?.as_array()?;
                let option = |value: &Value| value.as_str().or_else(|| value.get("text").and_then(Value::as_str)).map(clean_line);
                let options: Vec<String> = list.iter().filter_map(option).take(OPTIONS_MOST).collect();
                if options.is_empty() {
                    return None;
                }
                Asked::Poll { options, multiple: switched(fields, "multiple"), anonymous: switched(fields, "anonymous") }
            }
            "group_note" => Asked::Note { details: text("details").unwrap_or_default() },
            _ => return None,
        };
        Some(Self { title, asked })
    }

    /// What it is, in a word.
    pub(crate) fn word(&self) -> &'static str {
        match self.asked {
            Asked::Poll { .. } => "Poll",
            Asked::Note { .. } => "Group note",
        }
    }

    /// `Data` of its custom element.
    pub(crate) fn data(&self) -> String {
        let fields = match &self.asked {
            Asked::Poll { options, multiple, anonymous } => serde_json::json!({
                "businessID": "group_poll", "version": 1, "title": self.title, "options": options,
                "multiple": i64::from(*multiple), "anonymous": i64::from(*anonymous),
            }),
            Asked::Note { details } => {
                serde_json::json!({"businessID": "group_note", "version": 1, "title": self.title, "details": details})
            }
        };
        fields.to_string()
    }
}

impl Message {
    /// The poll or note that a stored message is.
    pub(crate) fn ballot(&self) -> Option<&Ballot> {
        match &self.body {
            Body::Parts(parts) if self.place.is_some() => parts.iter().find_map(|part| match part {
                Part::Ballot(ballot) => Some(&**ballot),
                _ => None,
            }),
            _ => None,
        }
    }
}

/// What people attached to one message, as far as the server told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Votes {
    pairs: BTreeMap<String, (String, u64)>,
    /// All of it is here.
    pub(crate) loaded: bool,
    /// Why it is not.
    pub(crate) trouble: Option<String>,
}

/// A line of a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) user: String,
    pub(crate) text: String,
    time_s: i64,
}

impl Votes {
    /// Takes pairs of the list, of an event or of an answer; older versions than what is here change nothing.
    pub(crate) fn take(&mut self, list: Vec<Extension>) {
        for pair in list {
            if self.pairs.get(&pair.key).is_none_or(|(_, seq)| pair.seq >= *seq) {
                self.pairs.insert(pair.key, (pair.value, pair.seq));
            }
        }
    }

    /// Pairs are gone.
    pub(crate) fn remove(&mut self, keys: impl IntoIterator<Item = String>) {
        for key in keys {
            self.pairs.remove(&key);
        }
    }

    /// All pairs are gone.
    pub(crate) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// The version that a change of this key must name.
    pub(crate) fn seq(&self, key: &str) -> u64 {
        self.pairs.get(key).map_or(0, |(_, seq)| *seq)
    }

    /// Nobody may answer any more.
    pub(crate) fn is_closed(&self) -> bool {
        self.pairs.contains_key(CLOSED)
    }

    /// Whether a person answered.
    pub(crate) fn has(&self, user: &str) -> bool {
        self.pairs.contains_key(user)
    }

    fn answers(&self) -> impl Iterator<Item = (&String, Value)> {
        let people = self.pairs.iter().filter(|(key, _)| *key != CLOSED);
        people.map(|(key, (value, _))| (key, serde_json::from_str(value).unwrap_or_else(|_| Value::from(value.as_str()))))
    }

    /// What a person chose.
    pub(crate) fn chosen_by(&self, user: &str) -> BTreeSet<usize> {
        let value = self.answers().find(|(key, _)| *key == user).map(|(_, value)| value);
        value.as_ref().map(choices).unwrap_or_default()
    }

    /// Who chose each of so many answers, and how many people chose anything.
    pub(crate) fn tally(&self, options: usize) -> (Vec<Vec<String>>, usize) {
        let mut by_option = vec![Vec::new(); options];
        let mut people = 0;
        for (user, value) in self.answers() {
            let chosen = choices(&value);
            people += usize::from(chosen.iter().any(|choice| *choice < options));
            for choice in chosen {
                if let Some(users) = by_option.get_mut(choice) {
                    users.push(user.clone());
                }
            }
        }
        (by_option, people)
    }

    /// The lines of a note, the oldest first.
    pub(crate) fn entries(&self) -> Vec<Entry> {
        let entry = |(user, value): (&String, Value)| {
            let text = value.as_str().or_else(|| value.get("text").and_then(Value::as_str)).unwrap_or_default();
            let time_s = value.get("time").and_then(Value::as_i64).unwrap_or(0);
            Entry { user: user.clone(), text: clean_line(text), time_s }
        };
        let mut entries: Vec<Entry> = self.answers().map(entry).filter(|entry| !entry.text.is_empty()).collect();
        entries.sort_by(|a, b| (a.time_s, &a.user).cmp(&(b.time_s, &b.user)));
        entries
    }
}

/// `{"options":[..]}`, a list, or a number alone.
fn choices(value: &Value) -> BTreeSet<usize> {
    let list = value.get("options").unwrap_or(value);
    let number = |value: &Value| value.as_u64().and_then(|number| usize::try_from(number).ok());
    match list {
        Value::Array(list) => list.iter().filter_map(number).collect(),
        one => number(one).into_iter().collect(),
    }
}

/// The page of a poll or note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BallotPage {
    pub(crate) group: String,
    pub(crate) place: u64,
    pub(crate) ballot: Ballot,
    /// One started it oneself.
    pub(crate) mine: bool,
    pub(crate) chosen: usize,
    /// Answers of a poll that are going to be sent.
    pub(crate) picked: BTreeSet<usize>,
    pub(crate) busy: bool,
    pub(crate) error: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pair(key: &str, value: &str, seq: u64) -> Extension {
        Extension { key: key.into(), value: value.into(), seq }
    }

    #[test]
    fn what_is_written_is_read_and_others_forms_too() {
        let poll = Ballot {
            title: "Tea?".into(),
            asked: Asked::Poll { options: vec!["yes".into(), "no".into()], multiple: true, anonymous: false },
        };
        let note = Ballot { title: "Dinner".into(), asked: Asked::Note { details: "who comes".into() } };
        for ballot in [&poll, &note] {
            assert_eq!(Ballot::read(&serde_json::from_str(&ballot.data()).unwrap()).as_ref(), Some(ballot));
        }
        let other = json!({"businessID": "group_poll", "content": "T\u{1b}", "options": [{"text": "a"}, 5], "anonymous": true});
        let read = Ballot::read(&other).unwrap();
        assert_eq!(read.title, "T␛");
        assert_eq!(read.asked, Asked::Poll { options: vec!["a".into()], multiple: false, anonymous: true });
        assert_eq!(Ballot::read(&json!({"businessID": "group_poll", "title": "none"})), None);
    }

    #[test]
    fn votes_are_counted_once_per_person_and_older_versions_change_nothing() {
        let mut votes = Votes::default();
        votes.take(vec![pair("ann", r#"{"options":[0]}"#, 1), pair("bob", "[0,1,9]", 2), pair("cy", "nonsense", 1)]);
        votes.take(vec![pair("bob", "[1]", 1)]);
        let (by_option, people) = votes.tally(2);
        assert_eq!((by_option, people), (vec![vec!["ann".to_owned(), "bob".into()], vec!["bob".into()]], 2));
        votes.take(vec![pair("ann", r#"{"options":[1]}"#, 2), pair(CLOSED, "1", 1)]);
        assert_eq!(votes.tally(2).0[1], ["ann", "bob"]);
        assert!(votes.is_closed() && votes.seq("ann") == 2 && votes.seq("dan") == 0);
        votes.remove(["ann".to_owned()]);
        assert_eq!(votes.tally(2).1, 1);
    }

    #[test]
    fn a_notes_lines_stand_in_their_order() {
        let mut votes = Votes::default();
        votes.take(vec![
            pair("ann", r#"{"text":"me too","time":20}"#, 1),
            pair("bob", r#"{"text":"me","time":10}"#, 1),
            pair("cy", "", 1),
        ]);
        let lines: Vec<_> = votes.entries().into_iter().map(|entry| format!("{}: {}", entry.user, entry.text)).collect();
        assert_eq!(lines, ["bob: me", "ann: me too"]);
    }
}
