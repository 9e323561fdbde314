//! The world of the demo: people, groups and what they said, from `assets/demo/`, checked once when it is read.

use super::script::{Line, Mark, Scene, Script, When, parse_chat, parse_scenes};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use tern_protocol::GroupId;
use tern_protocol::model::presence::Platform;

const WORLD: &str = include_str!("../../../assets/demo/world.toml");
const LIFE: &str = include_str!("../../../assets/demo/life.txt");
const LIVE: &str = include_str!("../../../assets/demo/live.txt");

/// The type of groups whose talk nobody keeps.
const LIVE_ROOM: &str = "AVChatRoom";
/// The type of groups whose talk is in topics.
const COMMUNITY: &str = "Community";

/// History by chat: the ID of a person (one-to-one with the demo's user) or of a group or topic.
#[rustfmt::skip]
const CHATS: &[(&str, &str)] = &[
    ("jonas",         include_str!("../../../assets/demo/chat/jonas.txt")),
    ("lin",           include_str!("../../../assets/demo/chat/lin.txt")),
    ("lunch",         include_str!("../../../assets/demo/chat/lunch.txt")),
    ("mira",          include_str!("../../../assets/demo/chat/mira.txt")),
    ("oma",           include_str!("../../../assets/demo/chat/oma.txt")),
    ("photo-club",    include_str!("../../../assets/demo/chat/photo-club.txt")),
    ("releases",      include_str!("../../../assets/demo/chat/releases.txt")),
    ("rust-study",    include_str!("../../../assets/demo/chat/rust-study.txt")),
    ("tidewater",     include_str!("../../../assets/demo/chat/tidewater.txt")),
    ("tomas",         include_str!("../../../assets/demo/chat/tomas.txt")),
    ("trail-friends", include_str!("../../../assets/demo/chat/trail-friends.txt")),
    ("yuki",          include_str!("../../../assets/demo/chat/yuki.txt")),
    ("@TGS#_tideland@TOPIC#_help",       include_str!("../../../assets/demo/chat/topic-help.txt")),
    ("@TGS#_tideland@TOPIC#_sightings",  include_str!("../../../assets/demo/chat/topic-sightings.txt")),
    ("@TGS#_tideland@TOPIC#_timetables", include_str!("../../../assets/demo/chat/topic-timetables.txt")),
    ("@TGS#_tideland@TOPIC#_welcome",    include_str!("../../../assets/demo/chat/topic-welcome.txt")),
];

/// Time between two messages of one chat that stand in the same minute.
const SUCCESSIVE_MS: i64 = 4_000;

/// The person at the keyboard.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Me {
    pub(crate) id: String,
    pub(crate) nick: String,
    pub(crate) signature: String,
}

/// Somebody who is scripted.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) nick: String,
    pub(crate) signature: String,
    /// What they are logged in with, or their phone.
    #[serde(deserialize_with = "platform")]
    pub(crate) device: Platform,
    /// Only their phone knows them; a push wakes them up.
    #[serde(default)]
    pub(crate) away: bool,
}

/// A group of the world.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) id: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) name: String,
    pub(crate) introduction: String,
    pub(crate) notification: String,
    pub(crate) owner: String,
    /// Without the owner.
    pub(crate) members: Vec<String>,
    /// Among the members.
    #[serde(default)]
    pub(crate) admins: Vec<String>,
    /// How one gets in, where it is not the type's own way.
    pub(crate) join: Option<String>,
    /// What the demo's user has set for it.
    #[serde(default)]
    pub(crate) pinned: bool,
    #[serde(default)]
    pub(crate) starred: bool,
    #[serde(default)]
    pub(crate) folded: bool,
    pub(crate) receive: Option<String>,
    /// Who waits to be let in.
    #[serde(default)]
    pub(crate) application: Vec<Application>,
    /// Of a community.
    #[serde(default)]
    pub(crate) topic: Vec<Topic>,
}

impl Group {
    /// Its talk is in its topics.
    pub(crate) fn is_community(&self) -> bool {
        self.kind == COMMUNITY
    }

    /// Nothing of it is kept.
    pub(crate) fn is_live(&self) -> bool {
        self.kind == LIVE_ROOM
    }
}

/// A request to join.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Application {
    pub(crate) who: String,
    pub(crate) text: String,
}

/// A topic of a community.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Topic {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) introduction: String,
    #[serde(default)]
    pub(crate) category: String,
}

/// A conversation group of the demo's user.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Label {
    pub(crate) name: String,
    pub(crate) chats: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorldFile {
    me: Me,
    person: Vec<Person>,
    group: Vec<Group>,
    label: Vec<Label>,
}

/// Everything that is there when the demo starts.
#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) me: Me,
    pub(crate) people: Vec<Person>,
    pub(crate) groups: Vec<Group>,
    pub(crate) labels: Vec<Label>,
    /// History by chat.
    pub(crate) chats: BTreeMap<String, Script>,
    /// What happens by itself.
    pub(crate) scenes: Vec<Scene>,
    /// What is said in live rooms while somebody looks on.
    pub(crate) live: Vec<Scene>,
}

/// The assets contradict themselves; a test keeps the shipped ones from it.
#[derive(Debug, thiserror::Error)]
#[error("the demo's world cannot be read: {0}")]
pub(crate) struct WorldError(pub(crate) String);

fn platform<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Platform, D::Error> {
    let name = String::deserialize(deserializer)?;
    Platform::parse(&name).map_err(|_| serde::de::Error::custom(format!("unknown device {name}")))
}

/// A message with its moment.
#[derive(Clone, Debug)]
pub(crate) struct Said<'a> {
    /// Unix milliseconds.
    pub(crate) wall_ms: i64,
    pub(crate) chat: &'a str,
    pub(crate) line: &'a Line,
}

impl World {
    /// The shipped world.
    pub(crate) fn load() -> Result<Self, WorldError> {
        let file: WorldFile = toml::from_str(WORLD).map_err(|error| WorldError(error.to_string()))?;
        let mut chats = BTreeMap::new();
        for (id, text) in CHATS {
            let script = parse_chat(text).map_err(|error| WorldError(format!("chat/{id}.txt {error}")))?;
            chats.insert((*id).to_owned(), script);
        }
        let scenes = parse_scenes(LIFE).map_err(|error| WorldError(format!("life.txt {error}")))?;
        let live = parse_scenes(LIVE).map_err(|error| WorldError(format!("live.txt {error}")))?;
        let world = Self { me: file.me, people: file.person, groups: file.group, labels: file.label, chats, scenes, live };
        world.check()?;
        Ok(world)
    }

    /// Everybody who speaks must be there, and a member where they speak.
    fn check(&self) -> Result<(), WorldError> {
        let known: BTreeSet<&str> = self.people.iter().map(|person| person.id.as_str()).chain([self.me.id.as_str()]).collect();
        for group in &self.groups {
            let applying = group.application.iter().map(|application| application.who.as_str());
            if let Some(stranger) = self.members(group).chain(applying).find(|id| !known.contains(id)) {
                return Err(WorldError(format!("{stranger} of group {} is nobody", group.id)));
            }
            if let Some(outside) = group.admins.iter().find(|id| !group.members.contains(id)) {
                return Err(WorldError(format!("{outside} of group {} is no member", group.id)));
            }
        }
        let told = self.chats.iter().map(|(id, script)| (id, &script.lines));
        let scenes = self.scenes.iter().chain(&self.live);
        for (chat, lines) in told.chain(scenes.map(|scene| (&scene.chat, &scene.lines))) {
            if self.group(chat).is_none() && self.person(chat).is_none() {
                return Err(WorldError(format!("{chat} is neither a person nor a group")));
            }
            if let Some(line) = lines.iter().find(|line| !self.may_speak(chat, &line.who)) {
                return Err(WorldError(format!("{} cannot speak in {chat}", line.who)));
            }
            for (at, line) in lines.iter().enumerate() {
                let bystanders = line.marks.iter().flat_map(|mark| match mark {
                    Mark::Pin { who } => std::slice::from_ref(who),
                    Mark::React { who, .. } | Mark::Vote { who, .. } => who.as_slice(),
                    Mark::Recall => &[],
                });
                if let Some(who) = bystanders.into_iter().find(|who| !self.may_speak(chat, who)) {
                    return Err(WorldError(format!("{who} is not in {chat}")));
                }
                if line.answers.is_some_and(|answers| answers.back == 0 || answers.back > at) {
                    return Err(WorldError(format!("a line of {} in {chat} answers none", line.who)));
                }
            }
        }
        Ok(())
    }

    fn may_speak(&self, chat: &str, who: &str) -> bool {
        match self.group(chat) {
            Some(group) => self.members(group).any(|member| member == who),
            None => who == chat || who == self.me.id,
        }
    }

    /// Owner first.
    pub(crate) fn members<'a>(&self, group: &'a Group) -> impl Iterator<Item = &'a str> + use<'a> {
        std::iter::once(group.owner.as_str()).chain(group.members.iter().map(String::as_str))
    }

    /// A group by its ID; of a topic's ID, its community.
    pub(crate) fn group(&self, id: &str) -> Option<&Group> {
        let id = GroupId::community_of(id).unwrap_or(id);
        self.groups.iter().find(|group| group.id == id)
    }

    /// A scripted person by their ID.
    pub(crate) fn person(&self, id: &str) -> Option<&Person> {
        self.people.iter().find(|person| person.id == id)
    }

    /// All history by rising time, ending before `now_ms`.
    pub(crate) fn history(&self, now_ms: i64, zone: &TimeZone) -> Vec<Said<'_>> {
        let mut all: Vec<Said<'_>> = Vec::new();
        for (chat, script) in &self.chats {
            let mut last_ms = i64::MIN;
            for line in &script.lines {
                let wall_ms = moment(line.when, now_ms, zone).max(last_ms.saturating_add(SUCCESSIVE_MS));
                last_ms = wall_ms;
                all.push(Said { wall_ms, chat, line });
            }
        }
        all.sort_by_key(|said| said.wall_ms);
        all
    }
}

fn moment(when: When, now_ms: i64, zone: &TimeZone) -> i64 {
    match when {
        When::Ago { minutes } => now_ms - minutes * 60_000,
        When::After { seconds } => now_ms + seconds * 1_000,
        When::Day { days_ago, minute } => {
            day_moment(days_ago, minute, now_ms, zone).unwrap_or_else(|| now_ms - days_ago * 86_400_000 + (minute - 720) * 60_000)
        }
    }
}

/// Absent only at the ends of the calendar.
fn day_moment(days_ago: i64, minute: i64, now_ms: i64, zone: &TimeZone) -> Option<i64> {
    let today = Timestamp::from_millisecond(now_ms).ok()?.to_zoned(zone.clone()).date();
    let day = today.checked_sub(days_ago.days()).ok()?;
    let (hour, minute) = (i8::try_from(minute / 60).ok()?, i8::try_from(minute % 60).ok()?);
    let zoned = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
    Some(zoned.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use super::super::script::Body;
    use super::*;
    use tern_protocol::model::message::check_body;
    use tern_protocol::{UserId, limits};

    const NOON_MS: i64 = 1_795_521_600_000;

    #[test]
    fn the_shipped_world_fits_the_contract() {
        let world = World::load().unwrap();
        for (id, nick) in world.people.iter().map(|person| (&person.id, &person.nick)).chain([(&world.me.id, &world.me.nick)]) {
            UserId::parse(id.clone()).unwrap();
            assert!(nick.len() <= 500, "{nick}");
        }
        for group in &world.groups {
            GroupId::parse_custom(group.id.clone(), group.is_community()).unwrap();
            for topic in &group.topic {
                GroupId::parse_custom_topic(topic.id.clone(), &group.id).unwrap();
            }
            assert!(group.name.len() <= limits::GROUP_NAME_BYTES, "{}", group.name);
            assert!(
                group.introduction.len() <= limits::GROUP_INTRODUCTION_BYTES
                    && group.notification.len() <= limits::GROUP_NOTIFICATION_BYTES
            );
        }
        for (chat, script) in &world.chats {
            for line in &script.lines {
                if let Body::Elements(elements) = &line.body {
                    let body = serde_json::value::to_raw_value(elements).unwrap();
                    check_body(&body, None).unwrap_or_else(|error| panic!("{chat}: {error}"));
                }
            }
        }
    }

    #[test]
    fn the_world_shows_every_kind_of_message_and_what_comes_to_one() {
        let world = World::load().unwrap();
        let lines = || world.chats.values().flat_map(|script| &script.lines);
        let kinds: BTreeSet<&str> = lines()
            .map(|line| match &line.body {
                Body::Elements(elements) => elements[0].kind.as_str(),
                Body::File(name) => name.rsplit_once('.').unwrap().1,
            })
            .collect();
        for kind in ["TIMCustomElem", "TIMFaceElem", "TIMLocationElem", "TIMRelayElem", "TIMTextElem", "csv", "jpg", "mp3", "mp4"] {
            assert!(kinds.contains(kind), "{kind} of {kinds:?}");
        }
        assert!(lines().any(|line| line.body.business() == "group_poll"));
        assert!(lines().any(|line| line.answers.is_some_and(|answers| answers.thread)));
        assert!(lines().any(|line| line.answers.is_some_and(|answers| !answers.thread)));
        for wanted in ["Pin", "React", "Vote", "Recall"] {
            assert!(lines().flat_map(|line| &line.marks).any(|mark| format!("{mark:?}").starts_with(wanted)), "{wanted}");
        }
        assert!(world.chats.values().any(|script| script.read == script.lines.len()));
        assert!(world.chats.values().filter(|script| script.read < script.lines.len()).count() >= 5);
        assert!(world.groups.iter().any(|group| group.pinned) && world.groups.iter().any(|group| group.folded));
        let types: BTreeSet<&str> = world.groups.iter().map(|group| group.kind.as_str()).collect();
        assert_eq!(types, BTreeSet::from(["AVChatRoom", "Community", "Meeting", "Public", "Work"]));
        let own = |group: &&Group| group.owner == world.me.id && !group.application.is_empty();
        assert!(world.groups.iter().any(|group| own(&group)), "somebody waits at a group of the demo's user");
        assert!(world.groups.iter().any(|group| group.admins.contains(&world.me.id)));
    }

    #[test]
    fn each_live_room_has_its_talk_and_gifts() {
        let world = World::load().unwrap();
        for room in world.groups.iter().filter(|group| group.is_live()) {
            let scene = world.live.iter().find(|scene| scene.chat == room.id).unwrap();
            assert!(scene.lines.iter().any(|line| line.body.business() == "gift"));
            assert!(scene.lines.iter().all(|line| !matches!(line.when, When::After { seconds: 0 })), "a moderate rate");
            assert!(scene.lines.iter().all(|line| world.person(&line.who).is_some_and(|person| !person.away)));
        }
        assert_eq!(world.live.len(), 1);
    }

    #[test]
    fn history_rises_over_days_and_ends_before_the_start_at_any_hour_and_place() {
        let world = World::load().unwrap();
        for zone in ["UTC", "Asia/Shanghai", "America/Los_Angeles"].map(|name| TimeZone::get(name).unwrap_or(TimeZone::UTC)) {
            for hour in [0, 7, 16, 23] {
                let now_ms = NOON_MS + hour * 3_600_000;
                let history = world.history(now_ms, &zone);
                assert!(history.is_sorted_by_key(|said| said.wall_ms));
                assert!(history.last().unwrap().wall_ms < now_ms);
                let first = history.first().unwrap().wall_ms;
                assert!((now_ms - 8 * 86_400_000..now_ms - 4 * 86_400_000).contains(&first));
                let mut last = BTreeMap::new();
                for said in &history {
                    let before = last.insert(said.chat, said.wall_ms).unwrap_or(0);
                    assert!(said.wall_ms >= before + SUCCESSIVE_MS);
                }
            }
        }
    }
}
