//! Who says what, when: pure. What was heard goes in, what is due comes out; the caller keeps the time and the sessions.

use super::persona::{Act, Cast, contains_word};
use super::script::{Body, Line, When};
use super::world::World;
use rand::Rng;
use rand::rngs::StdRng;
use rand::seq::SliceRandom as _;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, BTreeSet};
use tern_protocol::model::message::Content;

/// The first scene of life that goes on by itself, and the space between scenes.
const FIRST_SCENE_MS: std::ops::Range<i64> = 22_000..30_000;
const NEXT_SCENE_MS: std::ops::Range<i64> = 75_000..170_000;
/// A scene waits until nobody was answered for so long.
const QUIET_MS: i64 = 12_000;
/// How long it takes to look, and to type a character.
const LOOK_MS: std::ops::Range<i64> = 500..1_300;
const MS_PER_CHARACTER: i64 = 28;
const TYPING_MS: std::ops::Range<i64> = 700..4_500;
/// After the answer that announced it.
const PUSH_AFTER_MS: i64 = 2_500;
/// A group that was quiet for so long is always answered, a busy one now and then.
const GROUP_QUIET_MS: i64 = 30_000;
const GROUP_ANSWER_SHARE: f64 = 0.6;
/// Groups whose members were learned by listening.
const LEARNED_GROUPS: usize = 64;
/// People who look into a live room that are told apart.
const LIVE_AUDIENCE: usize = 256;
/// What a live room's talk may come later than written, so that it sounds like people.
const LIVE_LATE_MS: std::ops::Range<i64> = 0..900;

/// Where something is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Chat {
    /// Between a scripted person and an account of the outside.
    C2c { person: String, peer: String },
    /// In a group.
    Group(String),
}

/// Something that a scripted person does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Marks everything up to the message that was heard as read.
    Read,
    /// Writes.
    Say { body: Body, offline_push_info: Option<Box<RawValue>> },
}

/// Whether an account of the outside looks into a live room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    On,
    Away,
}

/// The talk of a live room: it goes on while somebody looks on, and stands still otherwise.
#[derive(Debug)]
struct Live {
    room: String,
    lines: Vec<Line>,
    next: usize,
    due_ms: i64,
    audience: BTreeSet<String>,
}

impl Live {
    fn due_ms(&self) -> Option<i64> {
        (!self.audience.is_empty() && !self.lines.is_empty()).then_some(self.due_ms)
    }
}

/// A deed that is due.
#[derive(Clone, Debug)]
pub(crate) struct Cue {
    pub(crate) who: String,
    pub(crate) chat: Chat,
    pub(crate) deed: Deed,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cause {
    /// An answer, which a newer message in the same chat replaces.
    Answer,
    /// Goes its way whatever is said.
    Act,
}

#[derive(Debug)]
struct Planned {
    due_ms: i64,
    cause: Cause,
    cue: Cue,
}

/// Keeps what is planned.
#[derive(Debug)]
pub(crate) struct Director {
    world: World,
    cast: Cast,
    rng: StdRng,
    /// By rising time.
    planned: Vec<Planned>,
    /// Scenes to come, the next one last.
    scenes: Vec<usize>,
    next_scene_ms: i64,
    live: Vec<Live>,
    /// When an account of the outside last spoke, anywhere and by group.
    last_heard_ms: i64,
    group_heard_ms: BTreeMap<String, i64>,
    /// Scripted people in groups that are not of the world.
    learned: BTreeMap<String, Vec<String>>,
    released: bool,
    next_push: usize,
}

impl Director {
    /// Starts at `now_ms` with scenes in an order of their own.
    pub(crate) fn new(world: World, cast: Cast, mut rng: StdRng, now_ms: i64) -> Self {
        let mut scenes: Vec<usize> = (0..world.scenes.len()).collect();
        scenes.shuffle(&mut rng);
        let next_scene_ms = now_ms + rng.random_range(FIRST_SCENE_MS);
        let talk = world.live.iter().map(|scene| (scene.chat.clone(), scene.lines.clone()));
        let live = talk.map(|(room, lines)| Live { room, lines, next: 0, due_ms: now_ms, audience: BTreeSet::new() }).collect();
        Self {
            world,
            cast,
            rng,
            planned: Vec::new(),
            scenes,
            next_scene_ms,
            live,
            last_heard_ms: i64::MIN / 2,
            group_heard_ms: BTreeMap::new(),
            learned: BTreeMap::new(),
            released: false,
            next_push: 0,
        }
    }

    /// `person` received something of `from` in a group that the world does not know.
    pub(crate) fn learn_member(&mut self, group: &str, person: &str) {
        if self.world.group(group).is_some() || (self.learned.len() >= LEARNED_GROUPS && !self.learned.contains_key(group)) {
            return;
        }
        let members = self.learned.entry(group.to_owned()).or_default();
        if !members.iter().any(|member| member == person) {
            members.push(person.to_owned());
        }
    }

    /// An account of the outside comes into a live room, or goes.
    pub(crate) fn watched(&mut self, room: &str, user: &str, look: Look, now_ms: i64) {
        let Some(live) = self.live.iter_mut().find(|live| live.room == room) else { return };
        match look {
            Look::Away => drop(live.audience.remove(user)),
            Look::On => {
                if live.audience.is_empty() {
                    live.due_ms = now_ms + self.rng.random_range(LIVE_LATE_MS);
                }
                if live.audience.len() < LIVE_AUDIENCE {
                    live.audience.insert(user.to_owned());
                }
            }
        }
    }

    /// An account of the outside wrote; answers replace those that were still to come in this chat.
    pub(crate) fn heard(&mut self, chat: &Chat, from: &str, text: &str, now_ms: i64) {
        self.last_heard_ms = now_ms;
        let Some(who) = self.who_answers(chat, text, now_ms) else { return };
        self.planned.retain(|planned| planned.cause != Cause::Answer || planned.cue.chat != *chat);
        let chat_name = match chat {
            Chat::C2c { person, .. } => person.as_str(),
            Chat::Group(group) => group.as_str(),
        };
        let reply = self.cast.reply(&who, chat_name, text, &mut self.rng);
        let mut due_ms = now_ms + self.rng.random_range(LOOK_MS);
        self.plan(due_ms, Cause::Answer, &who, chat, Deed::Read);
        for body in reply.messages {
            due_ms += typing_ms(&body);
            self.plan(due_ms, Cause::Answer, &who, chat, Deed::Say { body, offline_push_info: None });
        }
        match reply.act {
            Some(Act::Push) => self.plan_push(&who, from, due_ms + PUSH_AFTER_MS),
            Some(Act::Release) => self.plan_release(due_ms),
            None => {}
        }
    }

    fn who_answers(&mut self, chat: &Chat, text: &str, now_ms: i64) -> Option<String> {
        let group = match chat {
            Chat::C2c { person, .. } => return Some(person.clone()),
            Chat::Group(group) => group,
        };
        let before_ms = self.group_heard_ms.get(group).copied().unwrap_or(i64::MIN / 2);
        if self.group_heard_ms.len() < LEARNED_GROUPS || self.group_heard_ms.contains_key(group) {
            self.group_heard_ms.insert(group.clone(), now_ms);
        }
        let members: Vec<String> = match self.world.group(group) {
            Some(known) => self.world.members(known).map(str::to_owned).collect(),
            None => self.learned.get(group).cloned().unwrap_or_default(),
        };
        let there: Vec<&String> = members.iter().filter(|id| self.world.person(id).is_some_and(|person| !person.away)).collect();
        let named: Vec<&String> = there.iter().copied().filter(|id| self.is_named(id, text)).collect();
        let concerned: Vec<&String> = there.iter().copied().filter(|id| self.cast.is_concerned(id, group, text)).collect();
        let talkers: Vec<&String> = there.iter().copied().filter(|id| *id != "relbot").collect();
        if let [first, ..] = named.as_slice() {
            return Some((*first).clone());
        }
        let quiet = now_ms - before_ms > GROUP_QUIET_MS;
        let choose_from = if concerned.is_empty() { &talkers } else { &concerned };
        if choose_from.is_empty() || (concerned.is_empty() && !quiet && !self.rng.random_bool(GROUP_ANSWER_SHARE)) {
            return None;
        }
        Some(choose_from[self.rng.random_range(0..choose_from.len())].clone())
    }

    /// Whether a message calls a person by ID, nick or first name.
    fn is_named(&self, id: &str, text: &str) -> bool {
        let Some(person) = self.world.person(id) else { return false };
        let text = text.to_lowercase();
        let nick = person.nick.to_lowercase();
        let first = nick.split(' ').next().unwrap_or_default();
        [id, nick.as_str(), first].iter().any(|name| !name.is_empty() && contains_word(&text, name))
    }

    fn plan(&mut self, due_ms: i64, cause: Cause, who: &str, chat: &Chat, deed: Deed) {
        let cue = Cue { who: who.to_owned(), chat: chat.clone(), deed };
        let at = self.planned.partition_point(|planned| planned.due_ms <= due_ms);
        self.planned.insert(at, Planned { due_ms, cause, cue });
    }

    fn plan_push(&mut self, asked: &str, to: &str, due_ms: i64) {
        let others: Vec<_> = self.cast.pushes.iter().filter(|push| push.from != asked).cloned().collect();
        if others.is_empty() {
            return;
        }
        let push = others[self.next_push % others.len()].clone();
        self.next_push += 1;
        let chat = Chat::C2c { person: push.from.clone(), peer: to.to_owned() };
        self.plan(
            due_ms,
            Cause::Act,
            &push.from,
            &chat,
            Deed::Say { body: push.body, offline_push_info: Some(push.offline_push_info) },
        );
    }

    fn plan_release(&mut self, after_ms: i64) {
        if std::mem::replace(&mut self.released, true) {
            return;
        }
        for line in self.cast.release.clone() {
            let chat = Chat::Group("releases".to_owned());
            let deed = Deed::Say { body: line.body, offline_push_info: None };
            self.plan(after_ms + line.after_s * 1_000, Cause::Act, "relbot", &chat, deed);
        }
    }

    /// When something is next to be done; `None`: nothing more happens by itself.
    pub(crate) fn due_ms(&self) -> Option<i64> {
        let scene_ms = (!self.scenes.is_empty()).then_some(self.next_scene_ms);
        let live_ms = self.live.iter().filter_map(Live::due_ms).min();
        self.planned.first().map(|planned| planned.due_ms).into_iter().chain(scene_ms).chain(live_ms).min()
    }

    /// Takes what is due.
    pub(crate) fn take_due(&mut self, now_ms: i64) -> Vec<Cue> {
        if !self.scenes.is_empty() && self.next_scene_ms <= now_ms {
            self.start_scene(now_ms);
        }
        let due = self.planned.partition_point(|planned| planned.due_ms <= now_ms);
        let mut cues: Vec<Cue> = self.planned.drain(..due).map(|planned| planned.cue).collect();
        cues.extend(self.take_live(now_ms));
        cues
    }

    fn take_live(&mut self, now_ms: i64) -> Vec<Cue> {
        let mut cues = Vec::new();
        for live in self.live.iter_mut().filter(|live| live.due_ms().is_some_and(|due_ms| due_ms <= now_ms)) {
            let Some(line) = live.lines.get(live.next) else { continue };
            let deed = Deed::Say { body: line.body.clone(), offline_push_info: None };
            cues.push(Cue { who: line.who.clone(), chat: Chat::Group(live.room.clone()), deed });
            live.next = (live.next + 1) % live.lines.len();
            live.due_ms = now_ms + seconds_before(&live.lines[live.next]) * 1_000 + self.rng.random_range(LIVE_LATE_MS);
        }
        cues
    }

    fn start_scene(&mut self, now_ms: i64) {
        if now_ms - self.last_heard_ms < QUIET_MS || !self.planned.is_empty() {
            self.next_scene_ms = now_ms + QUIET_MS;
            return;
        }
        let Some(scene) = self.scenes.pop().and_then(|at| self.world.scenes.get(at)).cloned() else { return };
        let mut due_ms = now_ms;
        for line in scene.lines {
            due_ms += seconds_before(&line) * 1_000;
            let chat = match self.world.group(&scene.chat) {
                Some(_) => Chat::Group(scene.chat.clone()),
                None => Chat::C2c { person: line.who.clone(), peer: self.world.me.id.clone() },
            };
            self.plan(due_ms, Cause::Act, &line.who, &chat, Deed::Say { body: line.body, offline_push_info: None });
        }
        self.next_scene_ms = due_ms + self.rng.random_range(NEXT_SCENE_MS);
    }
}

/// Seconds between a line of a scene and the one before.
fn seconds_before(line: &Line) -> i64 {
    if let When::After { seconds } = line.when { seconds } else { 0 }
}

fn typing_ms(body: &Body) -> i64 {
    let Body::Elements(elements) = body else { return TYPING_MS.start };
    let characters: usize = elements
        .iter()
        .map(|element| match element.typed() {
            Content::Text { text } => text.chars().count(),
            _ => 40,
        })
        .sum();
    (i64::try_from(characters).unwrap_or(i64::MAX).saturating_mul(MS_PER_CHARACTER)).clamp(TYPING_MS.start, TYPING_MS.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng as _;

    fn director() -> Director {
        Director::new(World::load().unwrap(), Cast::load().unwrap(), StdRng::seed_from_u64(5), 0)
    }

    fn with(person: &str) -> Chat {
        Chat::C2c { person: person.to_owned(), peer: "sam".to_owned() }
    }

    /// Everything that happens until `end_ms`, with its time.
    fn run(director: &mut Director, end_ms: i64) -> Vec<(i64, Cue)> {
        let mut all = Vec::new();
        while let Some(now_ms) = director.due_ms().filter(|due| *due <= end_ms) {
            all.extend(director.take_due(now_ms).into_iter().map(|cue| (now_ms, cue)));
        }
        all
    }

    fn says(cues: &[(i64, Cue)]) -> Vec<&Cue> {
        cues.iter().map(|(_, cue)| cue).filter(|cue| matches!(cue.deed, Deed::Say { .. })).collect()
    }

    #[test]
    fn a_person_reads_and_then_answers_after_a_natural_while() {
        let mut director = director();
        director.heard(&with("jonas"), "sam", "what do you think of it", 1_000);
        let cues = run(&mut director, 15_000);
        assert!(matches!(cues[0].1.deed, Deed::Read) && matches!(cues[1].1.deed, Deed::Say { .. }));
        assert_eq!((cues[1].1.who.as_str(), &cues[1].1.chat), ("jonas", &with("jonas")));
        assert!((1_500..2_400).contains(&cues[0].0) && (2_000..8_000).contains(&cues[1].0), "{} {}", cues[0].0, cues[1].0);
    }

    #[test]
    fn two_messages_in_a_row_get_one_answer() {
        let mut director = director();
        director.heard(&with("jonas"), "sam", "one more thing", 1_000);
        director.heard(&with("jonas"), "sam", "it is about nothing", 1_400);
        let cues = run(&mut director, 20_000);
        assert_eq!(says(&cues).len(), 1);
    }

    #[test]
    fn in_a_group_the_one_who_is_named_answers() {
        for (text, who) in
            [("@Jonas Lindqvist what do you say", "jonas"), ("hey lin", "lin"), ("林晓 在吗", "lin"), ("Priya?", "priya")]
        {
            let mut director = director();
            director.heard(&Chat::Group("tidewater".into()), "sam", text, 0);
            let cues = run(&mut director, 12_000);
            assert!(!says(&cues).is_empty() && says(&cues).iter().all(|cue| cue.who == who), "{text}");
        }
    }

    #[test]
    fn a_flood_in_a_group_is_answered_now_and_then_by_one_at_a_time() {
        let mut director = director();
        let mut answers = 0;
        for at in 0..40 {
            director.heard(&Chat::Group("trail-friends".into()), "sam", "la la la", at * 6_000);
            answers += says(&run(&mut director, at * 6_000 + 5_999)).len();
        }
        assert!((10..40).contains(&answers), "{answers}");
    }

    #[test]
    fn the_go_makes_the_release_bot_ship_once() {
        let mut director = director();
        for now_ms in [0, 20_000] {
            director.heard(&Chat::Group("tidewater".into()), "sam", "Go! 🚀", now_ms);
        }
        let cues = run(&mut director, 60_000);
        assert_eq!(says(&cues).iter().filter(|cue| cue.who == "relbot" && cue.chat == Chat::Group("releases".into())).count(), 2);
    }

    #[test]
    fn asked_for_a_push_somebody_else_writes_with_push_settings() {
        let mut director = director();
        director.heard(&with("mira"), "sam", "send a push", 0);
        let cues = run(&mut director, 20_000);
        let pushes: Vec<&Cue> =
            says(&cues).into_iter().filter(|cue| matches!(&cue.deed, Deed::Say { offline_push_info: Some(_), .. })).collect();
        assert_eq!(pushes.len(), 1);
        assert_ne!(pushes[0].who, "mira");
    }

    #[test]
    fn life_goes_on_rarely_and_then_stops() {
        let mut director = director();
        let cues = run(&mut director, 3_600_000);
        let scenes = World::load().unwrap().scenes;
        assert_eq!(says(&cues).len(), scenes.iter().map(|scene| scene.lines.len()).sum::<usize>());
        assert!(cues[0].0 >= FIRST_SCENE_MS.start);
        assert_eq!(director.due_ms(), None);
    }

    #[test]
    fn a_scene_waits_while_somebody_is_talking() {
        let mut director = director();
        for at in 0..10 {
            director.heard(&with("lin"), "sam", "and another thing", at * 5_000);
            let cues = run(&mut director, at * 5_000 + 4_999);
            assert!(says(&cues).iter().all(|cue| cue.who == "lin"));
        }
    }

    #[test]
    fn a_live_room_talks_while_somebody_looks_on() {
        let mut director = director();
        director.watched("ferry-cam", "sam", Look::On, 1_000);
        let cues = run(&mut director, 21_000);
        let room = Chat::Group("ferry-cam".into());
        assert!((8..=20).contains(&cues.len()) && cues.iter().all(|(_, cue)| cue.chat == room), "{cues:?}");
        director.watched("ferry-cam", "sam", Look::Away, 21_000);
        assert!(run(&mut director, 3_600_000).iter().all(|(_, cue)| cue.chat != room));
        director.watched("ferry-cam", "sam", Look::On, 3_600_000);
        assert!(run(&mut director, 3_605_000).iter().any(|(_, cue)| cue.chat == room), "where it stood still");
        director.watched("tidewater", "sam", Look::On, 0);
    }

    #[test]
    fn a_new_group_is_answered_by_those_who_were_seen_in_it() {
        let mut director = director();
        director.learn_member("@TGS#1", "priya");
        director.heard(&Chat::Group("@TGS#1".into()), "sam", "welcome", 0);
        assert!(says(&run(&mut director, 10_000)).iter().all(|cue| cue.who == "priya"));
        director.heard(&Chat::Group("@TGS#2".into()), "sam", "nobody here", 11_000);
        assert!(run(&mut director, 18_000).is_empty());
    }
}
