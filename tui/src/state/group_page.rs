//! The page of a group: details, members, management. What it offers is computed from the state, so that it follows the role at once.

mod rows;

pub(crate) use rows::{PageRow, RowAct, RowTone, left, noun, rows};

use super::State;
use super::conversation::ChatId;
use super::member_list::MemberList;
use super::modal::Member;
use super::rights::{self, Right};
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
            Self::Owner => "Who shall own it? Enter chooses, Esc goes back",
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
            Self::Remove => "Remove …",
        }
    }
}

/// The menu of one member.
#[derive(Clone, Debug)]
pub(crate) struct MemberMenu {
    pub(crate) member: Member,
    /// What Enter does; it stays chosen for as long as it is offered.
    pub(crate) chosen: MemberAct,
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
    /// Who is kept out of a live room, and until when (server seconds).
    pub(crate) banned: Vec<(String, i64)>,
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
            banned: Vec::new(),
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

    /// A member as the page knows it now.
    pub(crate) fn known(&self, user: &str) -> Option<&Member> {
        let found = self.found.iter().flatten();
        self.members.iter().chain(found).chain(self.admins.iter()).find(|member| member.user == user)
    }

    /// Every place where the page holds a member.
    pub(crate) fn each_mut(&mut self, user: &str) -> impl Iterator<Item = &mut Member> {
        let found = self.found.iter_mut().flatten();
        let menu = self.menu.iter_mut().map(|menu| &mut menu.member);
        self.members.iter_mut().chain(found).chain(self.admins.iter_mut()).chain(menu).filter(move |member| member.user == user)
    }

    /// Somebody is no member any more.
    pub(crate) fn forget(&mut self, user: &str) {
        self.members.remove(user);
        self.admins.retain(|admin| admin.user != user);
        self.found.iter_mut().for_each(|found| found.retain(|member| member.user != user));
        self.muted.retain(|(muted, _)| muted != user);
        self.picked.remove(user);
        self.menu.take_if(|menu| menu.member.user == user);
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
        let manages = [Right::EditOptions, Right::Mute, Right::Ban, Right::Admins, Right::Transfer]
            .iter()
            .any(|right| self.may(state, *right));
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
            MemberAct::Mention => !me && self.is_open(state),
            MemberAct::CopyId => true,
            MemberAct::NameCard => group.kind != "AVChatRoom" && (me || (below && self.may(state, Right::NameCards))),
            MemberAct::Appoint => below && member.role != "Admin" && self.may(state, Right::Admins),
            MemberAct::Dismiss => below && member.role == "Admin" && self.may(state, Right::Admins),
            MemberAct::Mute => below && self.may(state, Right::Mute),
            MemberAct::Unmute => below && self.may(state, Right::Mute) && self.is_muted(state, member),
            MemberAct::Transfer => !me && self.may(state, Right::Transfer),
            MemberAct::Remove => below && self.may(state, Right::Remove),
        }
    }

    /// What is said to the group is on the screen: its chat, or a topic of the community.
    pub(crate) fn is_open(&self, state: &State) -> bool {
        let open = state.open.as_ref();
        open.is_some_and(|chat| *chat == ChatId::group(&self.group) || chat.community() == Some(&self.group))
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
