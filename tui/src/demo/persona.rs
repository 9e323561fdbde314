//! How the demo's people talk: rules from `assets/demo/people.toml`, as data. Who says what is chosen here, when is
//! [`super::director`]'s.

use super::script::{Body, parse_body};
use super::world::WorldError;
use rand::Rng;
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, VecDeque};
use tern_protocol::model::message::OfflinePushInfo;

const PEOPLE: &str = include_str!("../../../assets/demo/people.toml");
/// Words in a message that a `short` rule still takes.
const SHORT_WORDS: usize = 5;
/// Answers that are not given again while others are left.
const REMEMBERED: usize = 24;

/// What an answer sets off beside itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Act {
    /// Somebody else writes with push settings.
    Push,
    /// The Release Bot does what it waited for.
    Release,
}

/// What somebody answers.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Reply {
    /// One or more messages.
    pub(crate) messages: Vec<Body>,
    /// And then.
    pub(crate) act: Option<Act>,
}

/// A message with push settings.
#[derive(Clone, Debug)]
pub(crate) struct PushLine {
    pub(crate) from: String,
    pub(crate) body: Body,
    pub(crate) offline_push_info: Box<RawValue>,
}

/// What the Release Bot says, `after_s` seconds after it was set off.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct ReleaseLine {
    pub(crate) after_s: i64,
    pub(crate) body: Body,
}

/// Everybody's manners, and what was said lately.
#[derive(Clone, Debug)]
pub(crate) struct Cast {
    anybody: Manners,
    people: BTreeMap<String, Manners>,
    /// What `Act::Push` chooses from.
    pub(crate) pushes: Vec<PushLine>,
    /// What `Act::Release` says.
    pub(crate) release: Vec<ReleaseLine>,
    recent: VecDeque<String>,
}

#[derive(Clone, Debug, Default)]
struct Manners {
    rules: Vec<Rule>,
    question: Vec<Vec<Body>>,
    otherwise: Vec<Vec<Body>>,
}

#[derive(Clone, Debug)]
struct Rule {
    words: Vec<String>,
    short: bool,
    chats: Vec<String>,
    say: Vec<Vec<Body>>,
    act: Option<Act>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PeopleFile {
    anybody: MannersFile,
    person: Vec<PersonFile>,
    push: Vec<PushFile>,
    release: Vec<ReleaseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MannersFile {
    #[serde(default)]
    rule: Vec<RuleFile>,
    question: Vec<Say>,
    otherwise: Vec<Say>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    id: String,
    #[serde(default)]
    rule: Vec<RuleFile>,
    question: Vec<Say>,
    otherwise: Vec<Say>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    words: Vec<String>,
    #[serde(default)]
    short: bool,
    #[serde(default)]
    chats: Vec<String>,
    say: Vec<Say>,
    act: Option<Act>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Say {
    One(String),
    Several(Vec<String>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PushFile {
    from: String,
    text: String,
    offline_push_info: OfflinePushInfo,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseFile {
    after_s: i64,
    text: String,
}

impl Cast {
    /// The shipped people.
    pub(crate) fn load() -> Result<Self, WorldError> {
        let fail = |problem: String| WorldError(format!("people.toml: {problem}"));
        let file: PeopleFile = toml::from_str(PEOPLE).map_err(|error| fail(error.to_string()))?;
        let anybody = manners(file.anybody).map_err(fail)?;
        let mut people = BTreeMap::new();
        for person in file.person {
            let own = MannersFile { rule: person.rule, question: person.question, otherwise: person.otherwise };
            people.insert(person.id, manners(own).map_err(fail)?);
        }
        let pushes = file.push.into_iter().map(push_line).collect::<Result<_, _>>().map_err(fail)?;
        let release = file
            .release
            .into_iter()
            .map(|line| parse_body(&line.text).map(|body| ReleaseLine { after_s: line.after_s, body }))
            .collect::<Result<_, _>>()
            .map_err(fail)?;
        Ok(Self { anybody, people, pushes, release, recent: VecDeque::new() })
    }

    /// Whether one of this person's own rules takes the message: they are the one to answer it in a group.
    pub(crate) fn is_concerned(&self, who: &str, chat: &str, text: &str) -> bool {
        let text = text.to_lowercase();
        self.people.get(who).is_some_and(|own| own.rules.iter().any(|rule| rule.takes(chat, &text)))
    }

    /// What `who` answers to `text` in `chat` (a group, or their own ID when one-to-one).
    pub(crate) fn reply(&mut self, who: &str, chat: &str, text: &str, rng: &mut impl Rng) -> Reply {
        let lower = text.to_lowercase();
        let own = self.people.get(who);
        let rules = own.into_iter().flat_map(|own| &own.rules).chain(&self.anybody.rules);
        let (say, act) = match rules.into_iter().find(|rule| rule.takes(chat, &lower)) {
            Some(rule) => (&rule.say, rule.act),
            None => {
                let own = own.unwrap_or(&self.anybody);
                (if lower.trim_end().ends_with(['?', '？']) { &own.question } else { &own.otherwise }, None)
            }
        };
        let fresh: Vec<&Vec<Body>> = say.iter().filter(|messages| !self.recent.contains(&key(messages))).collect();
        let choice = match fresh.as_slice() {
            [] => say[rng.random_range(0..say.len())].clone(),
            fresh => fresh[rng.random_range(0..fresh.len())].clone(),
        };
        self.recent.push_back(key(&choice));
        if self.recent.len() > REMEMBERED {
            self.recent.pop_front();
        }
        Reply { messages: choice, act }
    }

    #[cfg(test)]
    pub(super) fn people(&self) -> impl Iterator<Item = &str> {
        self.people.keys().map(String::as_str)
    }
}

fn key(messages: &[Body]) -> String {
    messages.first().map(|body| format!("{body:?}")).unwrap_or_default()
}

fn manners(file: MannersFile) -> Result<Manners, String> {
    let rules = file.rule.into_iter().map(rule).collect::<Result<_, _>>()?;
    Ok(Manners { rules, question: alternatives(file.question)?, otherwise: alternatives(file.otherwise)? })
}

fn rule(file: RuleFile) -> Result<Rule, String> {
    let words = file.words.iter().map(|word| word.to_lowercase()).collect();
    Ok(Rule { words, short: file.short, chats: file.chats, say: alternatives(file.say)?, act: file.act })
}

/// Never empty, so that there is always something to choose.
fn alternatives(file: Vec<Say>) -> Result<Vec<Vec<Body>>, String> {
    let all: Vec<Vec<Body>> = file
        .into_iter()
        .map(|say| match say {
            Say::One(text) => Ok(vec![parse_body(&text)?]),
            Say::Several(texts) => texts.iter().map(|text| parse_body(text)).collect(),
        })
        .collect::<Result<_, String>>()?;
    if all.is_empty() { Err("somebody has nothing to say".to_owned()) } else { Ok(all) }
}

fn push_line(file: PushFile) -> Result<PushLine, String> {
    let offline_push_info = serde_json::value::to_raw_value(&file.offline_push_info).map_err(|error| error.to_string())?;
    Ok(PushLine { from: file.from, body: parse_body(&file.text)?, offline_push_info })
}

impl Rule {
    fn takes(&self, chat: &str, lower: &str) -> bool {
        (self.chats.is_empty() || self.chats.iter().any(|one| one == chat))
            && (!self.short || lower.split_whitespace().count() <= SHORT_WORDS)
            && self.words.iter().any(|word| contains_word(lower, word))
    }
}

/// Whether `word` stands in `text`: short ones as a whole, longer ones also with an ending, other scripts anywhere.
pub(crate) fn contains_word(text: &str, word: &str) -> bool {
    if !word.is_ascii() {
        return text.contains(word);
    }
    let letter = |c: char| c.is_alphanumeric();
    text.match_indices(word).any(|(at, found)| {
        let starts = !text[..at].chars().next_back().is_some_and(letter);
        let ends = word.len() > 3 || !text[at + found.len()..].chars().next().is_some_and(letter);
        starts && ends
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::world::World;
    use rand::SeedableRng as _;
    use rand::rngs::StdRng;
    use rstest::rstest;
    use tern_protocol::model::message::{Content, check_body};

    fn texts(reply: &Reply) -> Vec<String> {
        let text = |body: &Body| match body {
            Body::File(name) => name.clone(),
            Body::Elements(elements) => match elements[0].typed() {
                Content::Text { text } => text,
                _ => elements[0].kind.clone(),
            },
        };
        reply.messages.iter().map(text).collect()
    }

    #[test]
    fn everybody_in_the_world_has_manners_and_every_answer_fits_the_contract() {
        let (world, cast) = (World::load().unwrap(), Cast::load().unwrap());
        let mut there: Vec<&str> = world.people.iter().map(|person| person.id.as_str()).collect();
        there.sort_unstable();
        assert_eq!(cast.people().collect::<Vec<_>>(), there);
        let manners = cast.people.values().chain([&cast.anybody]);
        let said = manners.flat_map(|own| own.rules.iter().flat_map(|rule| &rule.say).chain(&own.question).chain(&own.otherwise));
        for body in said.flatten().chain(cast.pushes.iter().map(|push| &push.body)) {
            if let Body::Elements(elements) = body {
                check_body(&serde_json::value::to_raw_value(elements).unwrap(), None).unwrap();
            }
        }
        for push in &cast.pushes {
            assert!(world.person(&push.from).is_some_and(|person| !person.away));
        }
        for chat in cast.people.values().flat_map(|own| &own.rules).flat_map(|rule| &rule.chats) {
            assert!(world.group(chat).is_some() || world.person(chat).is_some(), "{chat}");
        }
    }

    #[rstest]
    #[case("mira", "tidewater", "Go!", Some(Act::Release))]
    #[case("mira", "trail-friends", "Go!", None)]
    #[case("mira", "tidewater", "where did you go last summer, with the children and the boat", None)]
    #[case("lin", "lin", "can you push something to my phone", Some(Act::Push))]
    #[case("oma", "oma", "推送", Some(Act::Push))]
    #[case("oma", "oma", "she pushed", Some(Act::Push))]
    #[case("oma", "oma", "hello", None)]
    fn words_set_things_off(#[case] who: &str, #[case] chat: &str, #[case] text: &str, #[case] act: Option<Act>) {
        let reply = Cast::load().unwrap().reply(who, chat, text, &mut StdRng::seed_from_u64(1));
        assert_eq!(reply.act, act);
        assert!(texts(&reply).iter().all(|said| said != text));
    }

    #[test]
    fn a_picture_is_answered_by_a_picture() {
        let reply = Cast::load().unwrap().reply("priya", "priya", "Do you have pictures?", &mut StdRng::seed_from_u64(3));
        assert!(texts(&reply).iter().any(|said| said.ends_with(".jpg")));
    }

    #[test]
    fn nobody_repeats_themselves_while_something_else_is_left() {
        let (mut cast, mut rng) = (Cast::load().unwrap(), StdRng::seed_from_u64(7));
        let said: std::collections::BTreeSet<Vec<String>> =
            (0..5).map(|_| texts(&cast.reply("jonas", "jonas", "well then", &mut rng))).collect();
        assert_eq!(said.len(), 5);
    }

    #[rstest]
    #[case("this", "hi", false)]
    #[case("oh hi there", "hi", true)]
    #[case("two pictures", "picture", true)]
    #[case("depicture", "picture", false)]
    #[case("在哪里", "在哪", true)]
    fn words_are_found_as_words(#[case] text: &str, #[case] word: &str, #[case] found: bool) {
        assert_eq!(contains_word(text, word), found);
    }
}
