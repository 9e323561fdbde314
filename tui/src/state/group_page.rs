//! The page of a group: details, members, management. What it offers is computed from the state, so that it follows the role at once.

use super::State;
use super::conversation::ChatId;
use super::member_list::MemberList;
use super::modal::Member;
use super::rights::{self, Right};
use super::roster::Group;
use crate::action::Action;
use crate::effect::{GroupAsk, GroupField};
use std::collections::BTreeSet;

/// A part of the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum GroupTab {
    #[default]
    Details,
    Members,
    Manage,
}

/// What the server says of the group besides what is synchronised.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct GroupFacts {
    pub(crate) introduction: String,
    pub(crate) notification: String,
    pub(crate) face_url: String,
    pub(crate) owner: String,
    /// Unix seconds.
    pub(crate) created_s: i64,
    pub(crate) most_members: u64,
    /// `DisableApply`, `NeedPermission`, `FreeAccess`.
    pub(crate) join: String,
    /// `DisableInvite`, `NeedPermission`, `FreeAccess`.
    pub(crate) invite: String,
    pub(crate) mute_all: bool,
    /// One's own name card.
    pub(crate) name_card: String,
}

/// For what a member is being chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pick {
    Admin,
    Mute,
    Owner,
}

impl Pick {
    /// The line above the list.
    pub(crate) const fn says(self) -> &'static str {
        match self {
            Self::Admin => "Whom to make an administrator? Enter chooses, Esc goes back",
            Self::Mute => "Whom to mute? Enter chooses, Esc goes back",
            Self::Owner => "Who shall own the group? Enter chooses, Esc goes back",
        }
    }

    const fn act(self) -> MemberAct {
        match self {
            Self::Admin => MemberAct::Appoint,
            Self::Mute => MemberAct::Mute,
            Self::Owner => MemberAct::Transfer,
        }
    }
}

/// What can be done with a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MemberAct {
    Message,
    Mention,
    CopyId,
    NameCard,
    Appoint,
    Dismiss,
    Mute,
    Unmute,
    Transfer,
    Remove,
}

impl MemberAct {
    /// In the order of the menu.
    const ALL: [Self; 10] = [
        Self::Message,
        Self::Mention,
        Self::CopyId,
        Self::NameCard,
        Self::Appoint,
        Self::Dismiss,
        Self::Mute,
        Self::Unmute,
        Self::Transfer,
        Self::Remove,
    ];

    /// Its word in the menu.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Message => "Send a message",
            Self::Mention => "Mention",
            Self::CopyId => "Copy the user ID",
            Self::NameCard => "Change the name card",
            Self::Appoint => "Make an administrator",
            Self::Dismiss => "Dismiss as administrator",
            Self::Mute => "Mute …",
            Self::Unmute => "Let speak again",
            Self::Transfer => "Make the owner …",
            Self::Remove => "Remove from the group …",
        }
    }
}

/// The menu of one member.
#[derive(Clone, Debug)]
pub(crate) struct MemberMenu {
    pub(crate) member: Member,
    pub(crate) chosen: usize,
}

/// The page.
#[derive(Clone, Debug)]
pub(crate) struct GroupPage {
    pub(crate) group: String,
    pub(crate) tab: GroupTab,
    pub(crate) chosen: usize,
    /// The row that was chosen when the page was last settled: its tab, place and label.
    pub(crate) held: Option<(GroupTab, usize, String)>,
    pub(crate) facts: Option<GroupFacts>,
    pub(crate) error: Option<String>,
    pub(crate) members: MemberList,
    /// What is looked for among the members, and who was found.
    pub(crate) query: String,
    pub(crate) found: Option<Vec<Member>>,
    pub(crate) pick: Option<Pick>,
    /// Members that were picked, to act on them together.
    pub(crate) picked: BTreeSet<String>,
    pub(crate) menu: Option<MemberMenu>,
    pub(crate) admins: Vec<Member>,
    /// Who may not speak, and until when (server seconds).
    pub(crate) muted: Vec<(String, i64)>,
    /// What became of each of several people, and whether that is good.
    pub(crate) results: Vec<(String, bool)>,
}

impl GroupPage {
    /// Nothing is read yet.
    pub(crate) fn new(group: &str, tab: GroupTab) -> Self {
        Self {
            group: group.to_owned(),
            tab,
            chosen: 0,
            held: None,
            facts: None,
            error: None,
            members: MemberList::start(),
            query: String::new(),
            found: None,
            pick: None,
            picked: BTreeSet::new(),
            menu: None,
            admins: Vec::new(),
            muted: Vec::new(),
            results: Vec::new(),
        }
    }

    /// The members that are shown: those found, or all.
    pub(crate) fn shown(&self) -> Box<dyn Iterator<Item = &Member> + '_> {
        match &self.found {
            Some(found) => Box::new(found.iter()),
            None => Box::new(self.members.iter()),
        }
    }

    /// The chosen member.
    pub(crate) fn chosen_member(&self) -> Option<&Member> {
        self.shown().nth(self.chosen)
    }

    fn invite_option(&self) -> &str {
        self.facts.as_ref().map_or("", |facts| facts.invite.as_str())
    }

    /// Whether this person may do it in the page's group now.
    pub(crate) fn may(&self, state: &State, right: Right) -> bool {
        state.groups.get(&self.group).is_some_and(|group| rights::may(group, right, self.invite_option()))
    }

    /// The parts that this person sees now.
    pub(crate) fn tabs(&self, state: &State) -> Vec<GroupTab> {
        let manages = [Right::EditOptions, Right::Mute, Right::Admins, Right::Transfer].iter().any(|right| self.may(state, *right));
        let kind = state.groups.get(&self.group).map_or("", |group| group.kind.as_str());
        let mut tabs = vec![GroupTab::Details];
        if kind != "AVChatRoom" {
            tabs.push(GroupTab::Members);
        }
        if manages {
            tabs.push(GroupTab::Manage);
        }
        tabs
    }

    /// What the menu of a member offers now.
    pub(crate) fn member_acts(&self, state: &State, member: &Member) -> Vec<MemberAct> {
        MemberAct::ALL.into_iter().filter(|act| self.member_may(state, member, *act)).collect()
    }

    fn member_may(&self, state: &State, member: &Member, act: MemberAct) -> bool {
        let Some(group) = state.groups.get(&self.group) else { return act == MemberAct::CopyId };
        let me = member.user == state.me.user;
        let below = rights::is_below(group, &member.role) && !me;
        match act {
            MemberAct::Message => !me,
            MemberAct::Mention => !me && state.open == Some(ChatId::group(&self.group)),
            MemberAct::CopyId => true,
            MemberAct::NameCard => me || (below && rights::rank(&group.role) > 0),
            MemberAct::Appoint => below && member.role != "Admin" && self.may(state, Right::Admins),
            MemberAct::Dismiss => below && member.role == "Admin" && self.may(state, Right::Admins),
            MemberAct::Mute => below && self.may(state, Right::Mute),
            MemberAct::Unmute => below && self.may(state, Right::Mute) && self.is_muted(state, member),
            MemberAct::Transfer => !me && self.may(state, Right::Transfer),
            MemberAct::Remove => below && self.may(state, Right::Remove),
        }
    }

    fn is_muted(&self, state: &State, member: &Member) -> bool {
        let listed = self.muted.iter().find(|(user, _)| *user == member.user).map_or(0, |(_, until_s)| *until_s);
        listed.max(member.muted_until_s) > state.server_now_s()
    }

    /// What Enter does with a member while one is being chosen.
    pub(crate) fn pick_act(&self, state: &State, member: &Member) -> Option<MemberAct> {
        let act = self.pick?.act();
        self.member_may(state, member, act).then_some(act)
    }
}

/// What a row of the page does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum RowAct {
    /// Change a text of the group.
    Edit(GroupField),
    EditNameCard,
    Copy(String),
    /// As if its key had been pressed.
    Run(Action),
    Tab(GroupTab),
    Pick(Pick),
    Ask(GroupAsk),
    ChooseJoin,
    ChooseInvite,
    Member(String),
    Unmute(String),
    Leave,
    Disband,
    Nothing,
}

/// How a row looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RowTone {
    Heading,
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

    fn danger(label: &str, act: RowAct) -> Self {
        Self { label: label.to_owned(), value: String::new(), act, tone: RowTone::Danger }
    }

    /// Rows without use for Enter are stepped over.
    pub(crate) fn is_heading(&self) -> bool {
        self.tone == RowTone::Heading
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

fn details(state: &State, page: &GroupPage, group: &Group) -> Vec<PageRow> {
    let facts = page.facts.clone().unwrap_or_default();
    let edit = |field: GroupField| if page.may(state, Right::EditInfo) { RowAct::Edit(field) } else { RowAct::Nothing };
    let chat = ChatId::group(&page.group);
    let mut rows = vec![
        PageRow::plain("Name", group.shown_name(), edit(GroupField::Name)),
        PageRow::plain("Group ID", &*page.group, RowAct::Copy(page.group.clone())),
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
        let waiting = state.requests.waiting_in(&page.group);
        rows.push(PageRow::plain(
            "Requests",
            if waiting == 0 { String::new() } else { format!("{waiting} waiting") },
            RowAct::Run(Action::Requests),
        ));
    }
    rows.push(PageRow::heading("This conversation"));
    if let Some(conversation) = state.conversations.get(&chat) {
        if group.kind != "ChatRoom" && group.kind != "AVChatRoom" {
            rows.push(PageRow::plain("New messages", receive_word(conversation.receive), RowAct::Run(Action::ReceiveMenu)));
        }
        if conversation.muted || conversation.is_folded() {
            rows.push(PageRow::plain("Folded away", yes(conversation.is_folded()), RowAct::Run(Action::Fold)));
        }
        rows.push(PageRow::plain("Pinned at the top", yes(conversation.pinned), RowAct::Run(Action::Pin)));
    }
    rows.push(PageRow::plain("Search its messages", "", RowAct::Run(Action::Find)));
    rows.push(PageRow::danger("Clear its messages …", RowAct::Run(Action::ClearChat)));
    if page.may(state, Right::Transfer) {
        rows.push(PageRow::danger("Transfer the group …", RowAct::Pick(Pick::Owner)));
    }
    if page.may(state, Right::Leave) {
        rows.push(PageRow::danger("Leave the group …", RowAct::Leave));
    }
    if page.may(state, Right::Disband) {
        rows.push(PageRow::danger("Disband the group …", RowAct::Disband));
    }
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

fn receive_word(receive: super::conversation::Receive) -> &'static str {
    use super::conversation::Receive;
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
        rows.push(PageRow::heading("The group"));
        if group.kind != "Private" {
            rows.push(PageRow::plain("Mute everybody", yes(facts.mute_all), RowAct::Ask(change)));
        }
        match group.kind.as_str() {
            "ChatRoom" => rows.push(PageRow::plain("Joining", "free for all, without approval", RowAct::Nothing)),
            "AVChatRoom" => rows.push(PageRow::plain("Joining", "free for all", RowAct::Nothing)),
            _ => rows.push(PageRow::plain("Joining", option_word(&facts.join), RowAct::ChooseJoin)),
        }
        if group.kind != "AVChatRoom" {
            rows.push(PageRow::plain("Inviting", option_word(&facts.invite), RowAct::ChooseInvite));
        }
    }
    if page.may(state, Right::Admins) {
        rows.push(PageRow::heading("Administrators"));
        rows.push(PageRow::plain("Add one …", "", RowAct::Pick(Pick::Admin)));
        for admin in &page.admins {
            rows.push(PageRow::plain(admin.shown(), "administrator", RowAct::Member(admin.user.clone())));
        }
    }
    if page.may(state, Right::Mute) && group.kind != "AVChatRoom" {
        rows.push(PageRow::heading("Muted members"));
        rows.push(PageRow::plain("Mute a member …", "", RowAct::Pick(Pick::Mute)));
        let now_s = state.server_now_s();
        for (user, until_s) in page.muted.iter().filter(|(_, until_s)| *until_s > now_s) {
            rows.push(PageRow::plain(state.people.name(user), left(until_s - now_s), RowAct::Unmute(user.clone())));
        }
    }
    if page.may(state, Right::Transfer) {
        rows.push(PageRow::heading("Ownership"));
        rows.push(PageRow::danger("Transfer the group …", RowAct::Pick(Pick::Owner)));
    }
    rows
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
