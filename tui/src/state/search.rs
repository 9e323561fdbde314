//! The search page: what is typed, what was found here or at the server (`contract/client-semantics.md` section 12).

use super::conversation::ChatId;
use super::editor::Editor;
use super::{State, message::Message, roster};
use crate::text::clean_line;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use tern_protocol::api::message::Message as WireMessage;
use tern_protocol::api::search::{FoundGroups, FoundMembers, FoundUsers, SearchedMessages};

/// Rows of a section on the first page, and of a page of it.
pub(crate) const FEW: usize = 3;
pub(crate) const PAGE: usize = 20;

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) words: String,
    /// UserIDs; empty: anybody.
    pub(crate) senders: Vec<String>,
    /// Kinds of elements; empty: any.
    pub(crate) kinds: Vec<&'static str>,
    /// Server times, seconds, both included; 0: no limit.
    pub(crate) from_s: i64,
    pub(crate) to_s: i64,
    /// The moment of the question.
    pub(crate) now_s: i64,
    /// A filter that could not be read.
    pub(crate) wrong: Option<String>,
}

/// A question to the local index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalQuery {
    pub(crate) query: Query,
    pub(crate) chat: Option<ChatId>,
    pub(crate) offset: usize,
    pub(crate) limit: usize,
}

/// A part of what can be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    People,
    Groups,
    /// Members of groups; at the server alone.
    Members,
    /// Conversations with messages.
    History,
    /// Messages of one conversation.
    Chat(ChatId),
}

/// What a source found.
#[derive(Debug)]
pub(crate) enum Found {
    Messages(SearchedMessages),
    Users(FoundUsers),
    Groups(FoundGroups),
    Members(FoundMembers),
}

/// Something that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Hit {
    Person { user: String, name: String, why: String },
    Group { group: String, name: String, why: String },
    Chat { chat: ChatId, name: String, count: u64, text: String, place: Option<u64>, time_s: i64 },
    Message { chat: ChatId, place: u64, sender: String, text: String, time_s: i64 },
}

/// A row of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Row {
    Heading(&'static str),
    Hit(Hit),
    /// The rest of a section.
    More(Section),
}

/// Hits of a section.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hits {
    pub(crate) list: Vec<Hit>,
    /// Where the next page starts; `None`: this is all.
    pub(crate) next: Option<String>,
    pub(crate) total: u64,
}

/// The page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    pub(crate) editor: Editor,
    /// What was typed for the hits that are shown.
    pub(crate) asked: String,
    pub(crate) query: Query,
    /// At the server instead of here.
    pub(crate) cloud: bool,
    /// Looked at alone: the last one is shown, leaving goes back to the one before.
    pub(crate) levels: Vec<Section>,
    /// The search was opened for this conversation alone.
    pub(crate) only: Option<ChatId>,
    pub(crate) people: Hits,
    pub(crate) groups: Hits,
    pub(crate) members: Hits,
    pub(crate) history: Hits,
    pub(crate) messages: Hits,
    pub(crate) chosen: usize,
    /// Answers that are awaited; answers to earlier questions are dropped.
    pub(crate) awaited: usize,
    pub(crate) serial: u64,
    pub(crate) error: Option<String>,
}

impl Search {
    /// Hits of a section.
    pub(crate) fn hits(&mut self, section: &Section) -> &mut Hits {
        match section {
            Section::People => &mut self.people,
            Section::Groups => &mut self.groups,
            Section::Members => &mut self.members,
            Section::History => &mut self.history,
            Section::Chat(_) => &mut self.messages,
        }
    }

    /// What is shown.
    pub(crate) fn rows(&self) -> Vec<Row> {
        let all = |hits: &Hits, section: Section| {
            let more = hits.next.as_ref().map(|_| Row::More(section));
            hits.list.iter().cloned().map(Row::Hit).chain(more).collect()
        };
        match self.levels.last() {
            Some(Section::People) => all(&self.people, Section::People),
            Some(Section::Groups) => all(&self.groups, Section::Groups),
            Some(Section::Members) => all(&self.members, Section::Members),
            Some(Section::History) => all(&self.history, Section::History),
            Some(Section::Chat(chat)) => all(&self.messages, Section::Chat(chat.clone())),
            None => {
                let sections = [
                    ("Contacts", &self.people, Section::People),
                    ("Group Chats", &self.groups, Section::Groups),
                    ("Group Members", &self.members, Section::Members),
                    ("Chat History", &self.history, Section::History),
                ];
                let mut rows = Vec::new();
                for (heading, hits, section) in sections.into_iter().filter(|(_, hits, _)| !hits.list.is_empty()) {
                    rows.push(Row::Heading(heading));
                    rows.extend(hits.list.iter().take(FEW).cloned().map(Row::Hit));
                    if hits.list.len() > FEW || hits.next.is_some() {
                        rows.push(Row::More(section));
                    }
                }
                rows
            }
        }
    }
}

/// Words for kinds of messages.
const KINDS: &[(&str, &str)] = &[
    ("text", "TIMTextElem"),
    ("image", "TIMImageElem"),
    ("picture", "TIMImageElem"),
    ("voice", "TIMSoundElem"),
    ("sound", "TIMSoundElem"),
    ("video", "TIMVideoFileElem"),
    ("file", "TIMFileElem"),
    ("location", "TIMLocationElem"),
    ("merged", "TIMRelayElem"),
    ("custom", "TIMCustomElem"),
];

/// Reads what is typed: words, and `from:`, `type:`, `after:`, `before:`, `on:`.
pub(crate) fn read(state: &State, typed: &str) -> Query {
    let mut query = Query { now_s: state.now.seconds(), ..Query::default() };
    let mut words: Vec<&str> = Vec::new();
    for word in typed.split_whitespace() {
        let ok = match word.split_once(':') {
            Some((_, "")) => true,
            Some(("from", who)) => {
                query.senders.extend(people(state, who));
                !query.senders.is_empty()
            }
            Some(("type", kind)) => {
                let found = KINDS.iter().find(|(name, _)| *name == kind.to_lowercase());
                query.kinds.extend(found.map(|(_, kind)| *kind));
                found.is_some()
            }
            Some((side @ ("after" | "before" | "on"), day)) => match day.parse::<Date>() {
                Ok(day) => {
                    let zone = &state.settings.zone;
                    if side != "before" {
                        query.from_s = start_of(day, zone);
                    }
                    if side != "after" {
                        let next = if side == "on" { day.tomorrow().unwrap_or(day) } else { day };
                        query.to_s = (start_of(next, zone) - 1).max(1);
                    }
                    true
                }
                Err(_) => false,
            },
            _ => {
                words.push(word);
                true
            }
        };
        if !ok {
            query.wrong = Some(word.to_owned());
        }
    }
    query.words = words.join(" ");
    query
}

fn start_of(day: Date, zone: &TimeZone) -> i64 {
    day.to_zoned(zone.clone()).map_or(0, |moment| moment.timestamp().as_second())
}

/// The people that a name may mean, as many as a question may name.
fn people(state: &State, who: &str) -> Vec<String> {
    let wanted = who.to_lowercase();
    if wanted == "me" {
        return vec![state.me.user.clone()];
    }
    let fits = |(user, nick): &(&str, &str)| user.to_lowercase() == wanted || nick.to_lowercase().contains(&wanted);
    let mut found: Vec<String> = state.people.all().filter(fits).map(|(user, _)| user.to_owned()).collect();
    found.sort_by_key(|user| user.to_lowercase() != wanted);
    found.truncate(5);
    if found.is_empty() { vec![who.to_owned()] } else { found }
}

/// People who are known here.
pub(crate) fn contacts(state: &State, words: &str) -> Vec<Hit> {
    let wanted = words.to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let people = roster::contacts(&state.people, &state.me.user).into_iter();
    people
        .filter(|(user, name)| user.to_lowercase().contains(&wanted) || name.to_lowercase().contains(&wanted))
        .map(|(user, name)| Hit::Person { user: user.to_owned(), name: name.to_owned(), why: user.to_owned() })
        .collect()
}

/// Groups that are known here, by name or ID.
pub(crate) fn groups(state: &State, words: &str) -> Vec<Hit> {
    let wanted = words.to_lowercase();
    if wanted.is_empty() {
        return Vec::new();
    }
    let fits = |group: &&roster::Group| group.name.to_lowercase().contains(&wanted) || group.id.to_lowercase().contains(&wanted);
    let hit = |group: &roster::Group| {
        let by_name = group.name.to_lowercase().contains(&wanted);
        let why = if by_name { String::new() } else { format!("Contains group ID: {}", group.id) };
        Hit::Group { group: group.id.clone(), name: group.shown_name().to_owned(), why }
    };
    state.groups.listed().into_iter().filter(fits).map(hit).collect()
}

/// A message as a hit.
pub(crate) fn message_hit(state: &State, chat: &ChatId, wire: &WireMessage) -> Option<Hit> {
    let message = Message::from_wire(wire, &state.me.user);
    let sender = state.sender_name(&message).to_owned();
    Some(Hit::Message { chat: chat.clone(), place: message.place?, sender, text: message.abstract_line(), time_s: message.time_s })
}

/// Hits of an answer.
pub(crate) fn taken(state: &State, section: &Section, found: Found) -> Hits {
    match (found, section) {
        (Found::Messages(found), Section::Chat(chat)) => {
            let messages = found.items.iter().flat_map(|item| &item.message_list);
            let list = messages.filter_map(|wire| message_hit(state, chat, wire)).collect();
            Hits { list, next: found.cursor, total: found.total_count }
        }
        (Found::Messages(found), _) => {
            let hit = |item: &tern_protocol::api::search::SearchHit| {
                let chat = ChatId::from_wire(&item.id)?;
                let name = state.name_of(&chat).to_owned();
                let alone = item.message_list.first().filter(|_| item.message_count == 1);
                let (text, place, time_s) = match alone.and_then(|wire| message_hit(state, &chat, wire)) {
                    Some(Hit::Message { sender, text, place, time_s, .. }) => (format!("{sender}: {text}"), Some(place), time_s),
                    _ => (String::new(), None, item.message_list.first().map_or(0, |wire| wire.msg_time_stamp)),
                };
                Some(Hit::Chat { chat, name, count: item.message_count, text, place, time_s })
            };
            Hits { list: found.items.iter().filter_map(hit).collect(), next: found.cursor, total: found.total_count }
        }
        (Found::Users(found), _) => {
            let hit = |user: tern_protocol::api::search::FoundUser| {
                let nick = clean_line(&user.nick);
                let name = if nick.is_empty() { user.user_id.clone() } else { nick };
                Hit::Person { why: user.user_id.clone(), user: user.user_id, name }
            };
            page(found.users.into_iter().map(hit).collect(), found.cursor)
        }
        (Found::Groups(found), _) => {
            let hit = |group: tern_protocol::api::search::FoundGroup| {
                let name = clean_line(&group.name);
                Hit::Group {
                    name: if name.is_empty() { group.group_id.clone() } else { name },
                    why: group.group_id.clone(),
                    group: group.group_id,
                }
            };
            page(found.groups.into_iter().map(hit).collect(), found.cursor)
        }
        (Found::Members(found), _) => {
            let hit = |member: tern_protocol::api::search::FoundMember| {
                let card = clean_line(if member.name_card.is_empty() { &member.nick } else { &member.name_card });
                let who = if card.is_empty() { member.user_id.clone() } else { card };
                let group = ChatId::group(&member.group_id);
                Hit::Group {
                    name: state.name_of(&group).to_owned(),
                    why: format!("Contains group members: {who}"),
                    group: member.group_id,
                }
            };
            page(found.members.into_iter().map(hit).collect(), found.cursor)
        }
    }
}

fn page(list: Vec<Hit>, next: Option<String>) -> Hits {
    Hits { total: list.len() as u64, list, next }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::lively;

    #[test]
    fn filters_are_read_from_what_is_typed() {
        let state = lively();
        let query = read(&state, "plan from:bob type:file after:2026-11-01 before:2026-11-24 B");
        assert_eq!(query.words, "plan B");
        assert_eq!((query.senders, query.kinds), (vec!["bob".to_owned()], vec!["TIMFileElem"]));
        assert_eq!(query.to_s - query.from_s, 23 * 86_400 - 1);
        assert_eq!(read(&state, "from:小龙").senders, ["li"]);
        assert_eq!(read(&state, "from:me").senders, ["me"]);
        let on = read(&state, "on:2026-11-24");
        assert_eq!(on.to_s - on.from_s, 86_399);
        assert_eq!(read(&state, "type:poem").wrong.as_deref(), Some("type:poem"));
        assert_eq!(read(&state, "http://x").words, "http://x");
    }
}
