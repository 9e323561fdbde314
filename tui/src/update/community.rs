//! The rail of communities and their topics: opening, collapsing, making, changing and ending topics
//! (`contract/uikit-parity.md` 7.1 to 7.4). Menus hold what one's rights allow.

use super::roster::Submitted;
use super::{listing, permission, save, timeline};
use crate::action::{Action, Context};
use crate::effect::{Ask, CommunityAsk, Effect, StoreOp, TopicChange, TopicTexts};
use crate::event::{CommunityAnswer, Refusal};
use crate::state::community::{RailRow, Topic, rail_row};
use crate::state::conversation::{ChatId, Receive};
use crate::state::listing::{Listed, Listing, ListingRow};
use crate::state::menu::Menu;
use crate::state::modal::{Confirm, Confirmed, Field, Form, FormKind, Modal};
use crate::state::rights::{Right, may};
use crate::state::roster::Group;
use crate::state::{Focus, State, Tab, Tone};
use crate::text::clean_line;
use tern_protocol::api::topic::SyncTopic;
use tern_protocol::limits;
use tern_protocol::model::permission::{GroupRight, TopicRight};

/// What an action of the rail is about: the chosen row, or the open topic.
pub(super) fn acted_on(state: &State) -> Option<RailRow> {
    if state.focus == Focus::List && state.tab == Tab::Community {
        let entries = state.entries();
        return entries.get(state.chosen_index(&entries)).map(rail_row);
    }
    let open = state.open.as_ref()?;
    open.community().map(|_| RailRow::Topic(open.id().to_owned()))
}

fn community_of(row: &RailRow) -> Option<String> {
    match row {
        RailRow::Community(community) | RailRow::Category { community, .. } => Some(community.clone()),
        RailRow::Topic(topic) => ChatId::group(topic).community().map(str::to_owned),
    }
}

/// Enter on a row: a topic opens, the others are collapsed or shown.
pub(super) fn open_row(state: &mut State, chat: &ChatId, out: &mut Vec<Effect>) {
    match rail_row(chat) {
        RailRow::Topic(_) => timeline::open(state, chat, out),
        _ => {
            if !state.collapsed.remove(chat) {
                state.collapsed.insert(chat.clone());
            }
        }
    }
}

/// Runs an action of the rail.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    let Some(row) = acted_on(state) else {
        state.say(Tone::Neutral, "Choose a community or a topic first (4 shows them)");
        return;
    };
    let Some(community) = community_of(&row) else { return };
    match (action, row) {
        (Action::TopicNew, row) => {
            let category = if let RailRow::Category { name, .. } = row { name } else { String::new() };
            new_topic(state, &community, argument, &category);
        }
        (Action::TopicDetail, RailRow::Topic(topic)) => open_detail(state, &topic),
        (Action::TopicDelete, RailRow::Topic(topic)) => ask_delete(state, &community, &topic),
        (Action::CategoryRename, RailRow::Category { name, .. }) => {
            let fields = vec![Field::text("Name", "empty: its topics stand alone", &name)];
            let kind = FormKind::Category { community, name };
            state.modals.push(Modal::Form(Form::new(kind, "Category", "A new name for the category.", fields)));
        }
        (Action::PermissionGroups, _) => permission::open(state, &community, out),
        _ => state.say(Tone::Neutral, "That is for another row of the list"),
    }
}

/// The menu of a row.
pub(super) fn open_menu(state: &mut State) {
    if let Some((title, actions)) = offered(state).filter(|(_, actions)| !actions.is_empty()) {
        state.modals.push(Modal::Menu(Menu { title, context: Context::List, actions, chosen: 0 }));
    }
}

/// What the menu of the chosen row offers now, with the row's name.
pub(super) fn offered(state: &State) -> Option<(String, Vec<Action>)> {
    let row = acted_on(state)?;
    let community = community_of(&row)?;
    let makes = state.may_in(&community, GroupRight::ManageTopic);
    let mut actions = Vec::new();
    let title = match &row {
        RailRow::Topic(topic) => {
            actions.extend([Action::ListOpen, Action::TopicDetail, Action::MarkRead, Action::ReceiveMenu]);
            if makes || state.may_in_topic(topic, TopicRight::ManageTopicInfo) {
                actions.push(Action::TopicDelete);
            }
            state.name_of(&ChatId::group(topic)).to_owned()
        }
        RailRow::Category { name, .. } => {
            if makes {
                actions.extend([Action::TopicNew, Action::CategoryRename]);
            }
            name.clone()
        }
        RailRow::Community(id) => {
            if makes {
                actions.push(Action::TopicNew);
            }
            actions.extend([Action::GroupInfo, Action::Members, Action::Invite, Action::PermissionGroups]);
            let group = state.groups.get(id)?;
            if may(group, Right::Leave, "") {
                actions.push(Action::LeaveGroup);
            }
            group.shown_name().to_owned()
        }
    };
    Some((title, actions))
}

/// Opens the form of a new topic.
pub(super) fn new_topic(state: &mut State, community: &str, name: &str, category: &str) {
    if !state.may_in(community, GroupRight::ManageTopic) {
        state.say(Tone::Neutral, "You may not make topics in this community");
        return;
    }
    let fields = vec![
        Field::text("Name", "up to 150 bytes", name),
        Field::text("Category", "where it stands; may be empty", category),
        Field::text("Introduction", "what it is about", ""),
        Field::text("Notice", "what everybody should know", ""),
    ];
    let says = format!("A topic of {}.", state.name_of(&ChatId::group(community)));
    let kind = FormKind::Topic(community.to_owned());
    state.modals.push(Modal::Form(Form { focus: 0, ..Form::new(kind, "New topic", says, fields) }));
}

fn within(label: &str, text: &str, most: usize) -> Result<String, String> {
    match text.len() {
        n if n > most => Err(format!("{label}: {n} bytes are too many, {most} are allowed")),
        _ => Ok(text.to_owned()),
    }
}

/// The form of a new topic was filled in.
pub(super) fn submit_topic(state: &State, community: &str, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let name = within("Name", form.value("Name"), limits::TOPIC_NAME_BYTES)?;
    if name.is_empty() {
        return Err("The topic needs a name".into());
    }
    let what = TopicChange::Create {
        name,
        custom: Topic::custom_under("", form.value("Category")),
        introduction: within("Introduction", form.value("Introduction"), limits::TOPIC_INTRODUCTION_BYTES)?,
        notification: within("Notice", form.value("Notice"), limits::TOPIC_NOTIFICATION_BYTES)?,
    };
    change(state, community, what, out)
}

/// Asks for a change.
pub(super) fn change(state: &State, community: &str, what: TopicChange, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    super::group::ask(state, Ask::Community(CommunityAsk::Change { community: community.to_owned(), what }), out)
}

/// Asks for a change that no form waits for.
pub(super) fn change_now(state: &mut State, community: &str, what: TopicChange, out: &mut Vec<Effect>) {
    if let Err(text) = change(state, community, what, out) {
        state.say(Tone::Bad, text);
    }
}

/// A category gets another name: each of its topics is told so.
pub(super) fn submit_category(
    state: &State,
    community: &str,
    name: &str,
    to: &str,
    out: &mut Vec<Effect>,
) -> Result<Submitted, String> {
    if !state.online() {
        return Err("There is no link to the server now".into());
    }
    for (topic, group) in state.groups.topics_of(community).into_iter().filter(|(topic, _)| topic.category() == name) {
        let custom = Some(Topic::custom_under(&topic.custom, to));
        let what = TopicChange::Modify(TopicTexts { topic: group.id.clone(), custom, ..TopicTexts::default() });
        change(state, community, what, out)?;
    }
    Ok(Submitted::Done)
}

/// What a topic is, to be read and changed.
pub(super) fn open_detail(state: &mut State, topic: &str) {
    let mut list = Listing::new(Listed::Topic(topic.to_owned()), state.name_of(&ChatId::group(topic)), "");
    list.rows = detail_rows(state, topic);
    state.modals.push(Modal::Listing(Box::new(list)));
}

fn detail_rows(state: &State, id: &str) -> Vec<ListingRow> {
    let Some((group, topic)) = state.groups.get(id).and_then(|group| Some((group, group.place.topic.as_ref()?))) else {
        return Vec::new();
    };
    let community = state.name_of(&ChatId::group(&topic.community)).to_owned();
    let row = |id: &str, left: &str, below: String| ListingRow {
        id: id.into(),
        left: left.into(),
        below: if below.is_empty() { "none".into() } else { below },
        ..ListingRow::default()
    };
    let receive = state.conversations.get(&ChatId::group(id)).map_or(Receive::Notify, |row| row.receive);
    let receive = format!("{}{}", says_receive(receive), if topic.inherits { ", as the community" } else { "" });
    let mut rows = vec![
        row("name", "Name", group.name.clone()),
        row("category", "Category", topic.category()),
        row("introduction", "Introduction", topic.introduction.clone()),
        row("notification", "Notice", group.notification.clone()),
        row("type", "Type", format!("public topic of {community}: its members are the community's")),
        ListingRow { on: Some(topic.mute_all), ..row("mute", "Mute all", "only owner and administrators speak".into()) },
        row("receive", "New messages", receive),
        row("id", "ID", id.to_owned()),
    ];
    if state.may_in(&topic.community, GroupRight::ManageTopic) || state.may_in_topic(id, TopicRight::ManageTopicInfo) {
        rows.push(row("delete", "Delete the topic", "with its messages, for everybody".into()));
    }
    rows
}

fn says_receive(receive: Receive) -> &'static str {
    match receive {
        Receive::Notify => "notify",
        Receive::Silent => "silent",
        Receive::Mentions => "silent, except @",
        Receive::Block => "receive nothing",
    }
}

/// Enter on a row of a topic's detail.
pub(super) fn on_detail(state: &mut State, topic: &str, row: &str, out: &mut Vec<Effect>) {
    let chat = ChatId::group(topic);
    let Some(community) = chat.community().map(str::to_owned) else { return };
    let Some((group, facts)) = state.groups.get(topic).and_then(|group| Some((group.clone(), group.place.topic.clone()?))) else {
        return;
    };
    let may = state.may_in(&community, GroupRight::ManageTopic) || state.may_in_topic(topic, TopicRight::ManageTopicInfo);
    let text = match row {
        "name" => Some(("Name", group.name)),
        "category" => Some(("Category", facts.category())),
        "introduction" => Some(("Introduction", facts.introduction)),
        "notification" => Some(("Notice", group.notification)),
        _ => None,
    };
    match (row, text) {
        ("receive", _) => open_receive(state, topic),
        ("id", _) => {
            out.push(Effect::Copy(topic.to_owned()));
            state.say(Tone::Good, "Copied");
        }
        _ if !may => state.say(Tone::Neutral, "You may not change this topic"),
        ("mute", _) => {
            let what = TopicChange::Modify(TopicTexts {
                topic: topic.to_owned(),
                mute_all: Some(!facts.mute_all),
                ..TopicTexts::default()
            });
            change_now(state, &community, what, out);
        }
        ("delete", _) => ask_delete(state, &community, topic),
        (_, Some((label, text))) => {
            let kind = FormKind::TopicText { topic: topic.to_owned(), label };
            let form = Form::new(kind, "Change the topic", "Enter keeps it.", vec![Field::text(label, "", &text)]);
            state.modals.push(Modal::Form(form));
        }
        _ => {}
    }
}

/// A text of a topic was written.
pub(super) fn submit_text(state: &State, topic: &str, label: &str, text: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let chat = ChatId::group(topic);
    let community = chat.community().unwrap_or_default();
    let nothing = TopicTexts { topic: topic.to_owned(), ..TopicTexts::default() };
    let texts = match label {
        "Name" if text.is_empty() => return Err("The topic needs a name".into()),
        "Name" => TopicTexts { name: Some(within(label, text, limits::TOPIC_NAME_BYTES)?), ..nothing },
        "Introduction" => {
            let introduction = Some(within(label, text, limits::TOPIC_INTRODUCTION_BYTES)?);
            TopicTexts { introduction, ..nothing }
        }
        "Notice" => {
            let notification = Some(within(label, text, limits::TOPIC_NOTIFICATION_BYTES)?);
            TopicTexts { notification, ..nothing }
        }
        _ => {
            let facts = state.groups.get(topic).and_then(|group| group.place.topic.as_ref());
            let custom = Some(Topic::custom_under(facts.map_or("", |facts| &facts.custom), text));
            TopicTexts { custom, ..nothing }
        }
    };
    change(state, community, TopicChange::Modify(texts), out)
}

fn ask_delete(state: &mut State, community: &str, topic: &str) {
    let name = state.name_of(&ChatId::group(topic)).to_owned();
    let then = Confirmed::DeleteTopic { community: community.to_owned(), topic: topic.to_owned() };
    let detail = "Its messages go with it, for everybody.".into();
    state.modals.push(Modal::Confirm(Confirm { question: format!("Delete the topic {name}?"), detail, yes: "Delete", then }));
}

/// The receive options of a topic: its own, or the community's.
fn open_receive(state: &mut State, topic: &str) {
    let rows = [("Inherit", "As the community"), ("AcceptAndNotify", "Notify"), ("AcceptNotNotify", "Silent")];
    let more = [("AcceptNotNotifyExceptAt", "Silent, except @"), ("Discard", "Receive nothing (the history has it)")];
    let row = |(id, left): (&str, &str)| ListingRow { id: id.into(), left: left.into(), ..ListingRow::default() };
    let mut list = Listing::new(Listed::TopicReceive(topic.to_owned()), "New messages", "What do new messages of this topic do?");
    list.rows = rows.into_iter().chain(more).map(row).collect();
    state.modals.push(Modal::Listing(Box::new(list)));
}

/// A receive option was chosen.
pub(super) fn set_receive(state: &mut State, topic: &str, word: &str, out: &mut Vec<Effect>) {
    state.modals.pop();
    let chat = ChatId::group(topic);
    let community = chat.community().unwrap_or_default().to_owned();
    change_now(state, &community, TopicChange::Receive { topic: topic.to_owned(), word: word.to_owned() }, out);
}

/// A topic came, changed or went.
pub(super) fn take_topic(state: &mut State, wire: &SyncTopic, out: &mut Vec<Effect>) {
    let id = wire.topic_id.as_str();
    if id.is_empty() {
        return;
    }
    let group = Topic::group_of(wire, state.groups.get(id), state.groups.get(&wire.group_id));
    let chat = ChatId::group(id);
    match group {
        Some(group) => {
            let name = group.name.clone();
            if state.conversations.get(&chat).is_some() {
                state.conversations.change(&chat, |conversation| conversation.name = name);
                save(state, &chat, out);
            }
            keep(state, group, out);
        }
        None => drop_topic(state, id, out),
    }
    for modal in 0..state.modals.len() {
        let rows = match &state.modals[modal] {
            Modal::Listing(list) if list.listed == Listed::Topic(id.to_owned()) => detail_rows(state, id),
            _ => continue,
        };
        if let Modal::Listing(list) = &mut state.modals[modal] {
            list.rows = rows;
            list.busy = false;
        }
    }
}

fn keep(state: &mut State, group: Group, out: &mut Vec<Effect>) {
    state.groups.set(&group.id.clone(), Some(group.clone()));
    out.push(Effect::Store(StoreOp::Group { id: group.id.clone(), group: Some(group) }));
}

fn drop_topic(state: &mut State, id: &str, out: &mut Vec<Effect>) {
    let chat = ChatId::group(id);
    state.groups.set(id, None);
    out.push(Effect::Store(StoreOp::Group { id: id.to_owned(), group: None }));
    if state.open.as_ref() == Some(&chat) {
        super::roster::close_chat(state, out);
        state.say(Tone::Neutral, "This topic is gone");
    }
    if state.conversations.get(&chat).is_some() {
        state.conversations.change(&chat, |conversation| conversation.gone = true);
        save(state, &chat, out);
    }
}

/// A community changed, or one is no member any more: its topics follow.
pub(super) fn community_changed(state: &mut State, community: &str, out: &mut Vec<Effect>) {
    let topics: Vec<Group> = state.groups.topics_of(community).into_iter().map(|(_, group)| group.clone()).collect();
    match state.groups.get(community).map(|group| (group.role.clone(), group.member_num)) {
        Some((role, member_num)) => {
            for topic in topics.into_iter().filter(|topic| topic.role != role || topic.member_num != member_num) {
                keep(state, Group { role: role.clone(), member_num, ..topic }, out);
            }
        }
        None => topics.iter().for_each(|topic| drop_topic(state, &topic.id, out)),
    }
}

/// Shows a community that one has just come into.
pub(super) fn show(state: &mut State, community: &str) {
    state.tab = Tab::Community;
    state.focus = Focus::List;
    state.choose(ChatId::group(community));
}

/// An answer about communities.
pub(super) fn answered(state: &mut State, answer: CommunityAnswer, out: &mut Vec<Effect>) {
    match answer {
        CommunityAnswer::Changed { community, what, says, result } => {
            let form = matches!(state.modals.last(), Some(Modal::Form(form)) if form.busy);
            match result {
                Ok(made) => {
                    if form {
                        state.modals.pop();
                    }
                    if !says.is_empty() {
                        state.say(Tone::Good, says);
                    }
                    if let TopicChange::Destroy { topic } = &what {
                        state
                            .modals
                            .retain(|modal| !matches!(modal, Modal::Listing(list) if list.listed == Listed::Topic(topic.clone())));
                    }
                    if let Some(topic) = made {
                        open_made(state, &community, &topic, &what, out);
                    }
                    permission::changed(state, &community, &what, out);
                    super::session::pull(state, out);
                }
                Err(refusal) => failed(state, &refusal),
            }
        }
        CommunityAnswer::OwnRights { community, result } => {
            if let (Ok(rights), Some(group)) = (result, state.groups.get(&community).cloned()) {
                let mut group = group;
                group.place.set_rights(&rights);
                keep(state, group, out);
            }
        }
        other => permission::answered(state, other),
    }
}

/// A topic that this person has just made opens; the server's own word of it may come later.
fn open_made(state: &mut State, community: &str, topic: &str, what: &TopicChange, out: &mut Vec<Effect>) {
    let TopicChange::Create { name, custom, introduction, notification } = what else { return };
    if state.groups.get(topic).is_none() {
        let wire = SyncTopic {
            topic_id: topic.to_owned(),
            group_id: community.to_owned(),
            topic_name: name.clone(),
            custom_string: Some(custom.clone()),
            introduction: Some(introduction.clone()),
            notification: Some(notification.clone()),
            create_time: Some(state.server_now_s()),
            ..SyncTopic::default()
        };
        take_topic(state, &wire, out);
    }
    state.modals.clear();
    state.tab = Tab::Community;
    state.choose(ChatId::group(topic));
    super::group::enter(state, topic, &clean_line(name), out);
}

/// Why something was not done, where it was asked for.
pub(super) fn failed(state: &mut State, refusal: &Refusal) {
    let says = match refusal.code {
        10007 => "you may not do that here",
        10037 => "the community has as many topics as it may have",
        11000 => "this is not enabled in this community",
        110_003 => "the topic was deleted before",
        110_006 | 110_008 => "this permission group does not exist any more",
        110_012 => "the permission group has as many members as it may have",
        _ => "",
    };
    let text = if says.is_empty() { clean_line(&refusal.text) } else { says.to_owned() };
    if let Some(list) = listing::top(state) {
        list.busy = false;
        list.error = Some(format!("Not done: {text} (code {})", refusal.code));
        return;
    }
    super::group::form_failed(state, &Refusal { text, code: refusal.code });
}

#[cfg(test)]
pub(crate) mod tests;
