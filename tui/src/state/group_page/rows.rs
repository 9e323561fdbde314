//! The rows of a group's page, as this person may use them now.

use super::{GroupPage, GroupTab, Pick};
use crate::action::Action;
use crate::effect::{GroupAsk, GroupField};
use crate::state::State;
use crate::state::conversation::{ChatId, Receive};
use crate::state::rights::Right;
use crate::state::roster::Group;
use tern_protocol::model::permission::GroupRight;

/// What a row of the page does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowAct {
    /// Change a text of the group.
    Edit(GroupField),
    EditNameCard,
    Copy(String),
    /// Goes to where one writes.
    Write,
    /// As if its key had been pressed.
    Run(Action),
    Tab(GroupTab),
    Pick(Pick),
    Ask(GroupAsk),
    ChooseJoin,
    ChooseInvite,
    Member(String),
    Unmute(String),
    Unban(String),
    /// Somebody who is named by the ID becomes an administrator of the live room.
    RoomAdmin,
    /// What a topic of the community is.
    Topic(String),
    TopicNew,
    Permissions,
    Leave,
    Disband,
    Nothing,
}

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowTone {
    Heading,
    Note,
    Plain,
    Danger,
}

/// A row of details or management.
#[derive(Clone, Debug)]
pub(crate) struct PageRow {
    pub(crate) label: String,
    pub(crate) value: String,
    pub(crate) act: RowAct,
    pub(crate) tone: RowTone,
}

impl PageRow {
    fn plain(label: &str, value: impl Into<String>, act: RowAct) -> Self {
        Self { label: label.to_owned(), value: value.into(), act, tone: RowTone::Plain }
    }

    fn heading(label: &str) -> Self {
        Self { label: label.to_owned(), value: String::new(), act: RowAct::Nothing, tone: RowTone::Heading }
    }

    /// A line that only says something.
    fn note(text: &str) -> Self {
        Self { label: text.to_owned(), value: String::new(), act: RowAct::Nothing, tone: RowTone::Note }
    }

    fn danger(label: &str, act: RowAct) -> Self {
        Self { label: label.to_owned(), value: String::new(), act, tone: RowTone::Danger }
    }

    /// Lines that are no row to be chosen are stepped over.
    pub(crate) fn is_heading(&self) -> bool {
        matches!(self.tone, RowTone::Heading | RowTone::Note)
    }
}

/// The word for a join or invite option.
pub(crate) fn option_word(option: &str) -> &'static str {
    match option {
        "DisableApply" | "DisableInvite" => "forbidden",
        "NeedPermission" => "after approval",
        "FreeAccess" => "free for all",
        _ => "…",
    }
}

/// The rows of details or management, as this person may use them now.
pub(crate) fn rows(state: &State, page: &GroupPage) -> Vec<PageRow> {
    let Some(group) = state.groups.get(&page.group) else { return Vec::new() };
    match page.tab {
        GroupTab::Details => details(state, page, group),
        GroupTab::Members => Vec::new(),
        GroupTab::Manage => manage(state, page, group),
    }
}

/// What the group is called in a sentence.
pub(crate) fn noun(group: &Group) -> &'static str {
    match group.kind.as_str() {
        "Community" => "community",
        "AVChatRoom" => "live room",
        _ => "group",
    }
}

fn details(state: &State, page: &GroupPage, group: &Group) -> Vec<PageRow> {
    let facts = page.facts.clone().unwrap_or_default();
    let edit = |field: GroupField| if page.may(state, Right::EditInfo) { RowAct::Edit(field) } else { RowAct::Nothing };
    let mut rows = vec![
        PageRow::plain("Name", group.shown_name(), edit(GroupField::Name)),
        PageRow::plain("ID to share", &*page.group, RowAct::Copy(page.group.clone())),
        PageRow::plain("Type", group.kind_word(), RowAct::Nothing),
        PageRow::plain("Your role", group.role.to_lowercase(), RowAct::Nothing),
    ];
    if !facts.owner.is_empty() {
        rows.push(PageRow::plain("Owner", state.people.name(&facts.owner), RowAct::Copy(facts.owner.clone())));
    }
    let notice = if page.facts.is_some() { &facts.notification } else { &group.notification };
    rows.push(PageRow::plain("Notice", notice, edit(GroupField::Notification)));
    rows.push(PageRow::plain("Introduction", facts.introduction, edit(GroupField::Introduction)));
    rows.push(PageRow::plain("Photo", facts.face_url, edit(GroupField::FaceUrl)));
    if group.kind != "AVChatRoom" {
        rows.push(PageRow::plain("Members", preview(page, group), RowAct::Tab(GroupTab::Members)));
        rows.push(PageRow::plain("Your name here", facts.name_card, RowAct::EditNameCard));
    }
    if page.may(state, Right::Decide) {
        let waiting = state.requests_in(&page.group);
        rows.push(PageRow::plain(
            "Requests",
            if waiting == 0 { String::new() } else { format!("{waiting} waiting") },
            RowAct::Run(Action::Requests),
        ));
    }
    match group.kind.as_str() {
        // Nothing of it is kept.
        "AVChatRoom" => {}
        _ if group.place.topics => rows.extend(topics(state, page)),
        _ => rows.extend(conversation(state, page, group)),
    }
    let noun = noun(group);
    if page.may(state, Right::Transfer) {
        rows.push(PageRow::danger(&format!("Transfer the {noun} …"), RowAct::Pick(Pick::Owner)));
    }
    if page.may(state, Right::Leave) {
        rows.push(PageRow::danger(&format!("Leave the {noun} …"), RowAct::Leave));
    }
    if page.may(state, Right::Disband) {
        rows.push(PageRow::danger(&format!("Disband the {noun} …"), RowAct::Disband));
    }
    rows
}

/// What one sets of the group's messages for oneself.
fn conversation(state: &State, page: &GroupPage, group: &Group) -> Vec<PageRow> {
    let mut rows = vec![PageRow::heading("This conversation"), PageRow::plain("Write a message", "", RowAct::Write)];
    if let Some(conversation) = state.conversations.get(&ChatId::group(&page.group)) {
        if group.kind != "ChatRoom" {
            rows.push(PageRow::plain("New messages", receive_word(conversation.receive), RowAct::Run(Action::ReceiveMenu)));
        }
        if conversation.muted || conversation.is_folded() {
            rows.push(PageRow::plain("Folded away", yes(conversation.is_folded()), RowAct::Run(Action::Fold)));
        }
        rows.push(PageRow::plain("Pinned at the top", yes(conversation.pinned), RowAct::Run(Action::Pin)));
    }
    rows.push(PageRow::plain("Search its messages", "", RowAct::Run(Action::Find)));
    rows.push(PageRow::danger("Clear its messages …", RowAct::Run(Action::ClearChat)));
    rows
}

/// A community has topics in the place of messages of its own.
fn topics(state: &State, page: &GroupPage) -> Vec<PageRow> {
    let mut rows = vec![PageRow::heading("Topics")];
    let at_hand = state.topic_at_hand().filter(|topic| topic.community() == Some(&page.group));
    if let Some(topic) = at_hand {
        rows.push(PageRow::plain("This topic", state.name_of(&topic), RowAct::Topic(topic.id().to_owned())));
    }
    if state.may_in(&page.group, GroupRight::ManageTopic) {
        rows.push(PageRow::plain("Make a topic …", "", RowAct::TopicNew));
    }
    rows.push(PageRow::plain("Permission groups …", "", RowAct::Permissions));
    rows
}

/// How many there are, and the first of them.
fn preview(page: &GroupPage, group: &Group) -> String {
    let names: Vec<&str> = page.members.iter().take(5).map(|member| member.shown()).collect();
    let more = if group.member_num as usize > names.len() && !names.is_empty() { ", …" } else { "" };
    format!("{}   {}{more}", group.member_num, names.join(", "))
}

const fn yes(on: bool) -> &'static str {
    if on { "yes" } else { "no" }
}

fn receive_word(receive: Receive) -> &'static str {
    match receive {
        Receive::Notify => "notify",
        Receive::Silent => "silent",
        Receive::Mentions => "silent, except @",
        Receive::Block => "not received",
    }
}

fn manage(state: &State, page: &GroupPage, group: &Group) -> Vec<PageRow> {
    let facts = page.facts.clone().unwrap_or_default();
    let mut rows = Vec::new();
    if page.may(state, Right::EditOptions) {
        let change =
            GroupAsk::Change { group: page.group.clone(), field: GroupField::MuteAll, text: on_off(!facts.mute_all).into() };
        rows.push(PageRow::heading("For everybody"));
        if group.kind != "Private" {
            rows.push(PageRow::plain("Mute everybody", yes(facts.mute_all), RowAct::Ask(change)));
        }
        match group.kind.as_str() {
            "ChatRoom" | "AVChatRoom" | "Community" => {
                rows.push(PageRow::plain("Joining", "free for all, without approval", RowAct::Nothing));
            }
            _ => rows.push(PageRow::plain("Joining", option_word(&facts.join), RowAct::ChooseJoin)),
        }
        if group.kind != "AVChatRoom" {
            rows.push(PageRow::plain("Inviting", option_word(&facts.invite), RowAct::ChooseInvite));
        }
    }
    if page.may(state, Right::Admins) {
        rows.push(PageRow::heading("Administrators"));
        let add = if group.kind == "AVChatRoom" { RowAct::RoomAdmin } else { RowAct::Pick(Pick::Admin) };
        rows.push(PageRow::plain("Add one …", "", add));
        for admin in &page.admins {
            rows.push(PageRow::plain(admin.shown(), "administrator", RowAct::Member(admin.user.clone())));
        }
    }
    if page.may(state, Right::Mute) {
        let room = group.kind == "AVChatRoom";
        rows.push(PageRow::heading(if room { "Muted people" } else { "Muted members" }));
        let listed = until(state, &page.muted, RowAct::Unmute);
        match room {
            true if listed.is_empty() => rows.push(PageRow::note("nobody; m on a line of the room mutes who said it")),
            true => {}
            false => rows.push(PageRow::plain("Mute a member …", "", RowAct::Pick(Pick::Mute))),
        }
        rows.extend(listed);
    }
    if page.may(state, Right::Ban) {
        rows.push(PageRow::heading("Banned people"));
        let listed = until(state, &page.banned, RowAct::Unban);
        if listed.is_empty() {
            rows.push(PageRow::note("nobody; b on a line of the room bans who said it"));
        }
        rows.extend(listed);
    }
    if page.may(state, Right::Transfer) {
        rows.push(PageRow::heading("Ownership"));
        rows.push(PageRow::danger(&format!("Transfer the {} …", noun(group)), RowAct::Pick(Pick::Owner)));
    }
    rows
}

/// Who is kept from something, and for how long yet; Enter lifts it.
fn until(state: &State, list: &[(String, i64)], lift: fn(String) -> RowAct) -> Vec<PageRow> {
    let now_s = state.server_now_s();
    let lasting = list.iter().filter(|(_, until_s)| *until_s > now_s);
    lasting.map(|(user, until_s)| PageRow::plain(state.people.name(user), left(until_s - now_s), lift(user.clone()))).collect()
}

/// `On` or `Off` as the contract writes it.
const fn on_off(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

/// How long something lasts yet.
pub(crate) fn left(seconds: i64) -> String {
    match seconds {
        s if s > 10 * 365 * 86_400 => "for ever".into(),
        s if s >= 2 * 86_400 => format!("{} days left", s / 86_400),
        s if s >= 2 * 3_600 => format!("{} hours left", s / 3_600),
        s if s >= 120 => format!("{} minutes left", s / 60),
        s => format!("{s} seconds left"),
    }
}
