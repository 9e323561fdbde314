//! What the rows of a group's page and the menu of a member do.

use super::{ask, go_to, page, with_page};
use crate::action::Action;
use crate::effect::{Effect, GroupAsk, GroupField};
use crate::state::conversation::ChatId;
use crate::state::group_page::{GroupPage, GroupTab, MemberAct, MemberMenu, RowAct, noun};
use crate::state::modal::{Choose, Chosen, Confirm, Confirmed, GroupForm, Member, Modal};
use crate::state::{State, Tone};
use crate::text::counted;
use crate::update::group::ask_leave;
use crate::update::room::KIND;
use crate::update::{community, group_form, permission, run, timeline};
use tern_protocol::limits;

/// For ever, as the contract writes it (seconds).
pub(crate) const FOR_EVER_S: i64 = 0xFFFF_FFFF;

/// How long a mute may last: the word, and seconds.
const MUTE_TIMES: &[(&str, i64)] = &[
    ("10 minutes", 600),
    ("1 hour", 3_600),
    ("12 hours", 43_200),
    ("1 day", 86_400),
    ("7 days", 604_800),
    ("For ever", FOR_EVER_S),
];

/// Does what a row of the page is for.
pub(super) fn act(state: &mut State, page: &GroupPage, act: RowAct, out: &mut Vec<Effect>) {
    let group = page.group.clone();
    match act {
        RowAct::Nothing => {}
        RowAct::Edit(field) => {
            let facts = page.facts.clone().unwrap_or_default();
            let text = match field {
                GroupField::Name => state.groups.get(&group).map_or(String::new(), |group| group.name.clone()),
                GroupField::Introduction => facts.introduction,
                GroupField::Notification => facts.notification,
                _ => facts.face_url,
            };
            group_form::open(state, GroupForm::Edit { group, field }, &text);
        }
        RowAct::EditNameCard => {
            let text = page.facts.as_ref().map_or(String::new(), |facts| facts.name_card.clone());
            let user = state.me.user.clone();
            group_form::open(state, GroupForm::NameCard { group, user }, &text);
        }
        RowAct::Copy(text) => {
            out.push(Effect::Copy(text));
            state.say(Tone::Good, "Copied");
        }
        RowAct::Write => {
            state.modals.pop();
            timeline::open(state, &ChatId::group(&group), out);
        }
        RowAct::Run(Action::Find) => {
            state.modals.pop();
            timeline::open(state, &ChatId::group(&group), out);
            run(state, Action::Find, "", out);
        }
        RowAct::Run(action) => run(state, action, "", out),
        RowAct::Tab(tab) => go_to(state, tab, out),
        RowAct::Pick(pick) => {
            with_page(state, |page| page.pick = Some(pick));
            go_to(state, GroupTab::Members, out);
        }
        RowAct::Ask(what) => {
            ask(state, what, out);
        }
        RowAct::ChooseJoin => choose_option(state, &group, GroupField::Join),
        RowAct::ChooseInvite => choose_option(state, &group, GroupField::Invite),
        RowAct::Member(user) => {
            if let Some(member) = page.admins.iter().find(|member| member.user == user).cloned() {
                open_menu(state, member);
            }
        }
        RowAct::Unmute(user) => {
            ask(state, GroupAsk::Mute { group, user, seconds: 0 }, out);
        }
        RowAct::Unban(user) => {
            ask(state, GroupAsk::Unban { group, user }, out);
        }
        RowAct::RoomAdmin => group_form::open(state, GroupForm::RoomAdmin { group }, ""),
        RowAct::Topic(topic) => community::open_detail(state, &topic),
        RowAct::TopicNew => community::new_topic(state, &group, "", ""),
        RowAct::Permissions => permission::open(state, &group, out),
        RowAct::Leave => ask_leave(state, &group),
        RowAct::Disband => {
            let name = state.name_of(&ChatId::group(&group)).to_owned();
            let question = format!("Disband {name}?");
            let noun = state.groups.get(&group).map_or("group", noun);
            let detail = format!("Everybody is out of the {noun} and nobody can write into it any more. This cannot be undone.");
            question_about(state, question, detail, "Disband", GroupAsk::Disband { group });
        }
    }
}

fn question_about(state: &mut State, question: String, detail: String, yes: &'static str, then: GroupAsk) {
    state.modals.push(Modal::Confirm(Confirm { question, detail, yes, then: Confirmed::Group(then) }));
}

/// Opens the menu of a member.
pub(super) fn open_menu(state: &mut State, member: Member) {
    let Some(page) = page(state) else { return };
    let chosen = page.member_acts(state, &member).first().copied().unwrap_or(MemberAct::CopyId);
    with_page(state, |page| page.menu = Some(MemberMenu { member, chosen }));
}

fn choose_option(state: &mut State, group: &str, field: GroupField) {
    let (title, forbid) = match field {
        GroupField::Join => ("Who may join?", ("Nobody", "DisableApply")),
        _ => ("Whom may members bring in?", ("Nobody", "DisableInvite")),
    };
    let options = [forbid, ("After an administrator's approval", "NeedPermission"), ("Everybody", "FreeAccess")];
    let ask = |text: &str| Chosen::Group(GroupAsk::Change { group: group.to_owned(), field, text: text.to_owned() });
    let answers = options.into_iter().map(|(word, option)| (word.to_owned(), ask(option))).collect();
    state.modals.push(Modal::Choose(Choose { title: title.into(), says: String::new(), answers, chosen: 0 }));
}

/// Does something with a member of the page's group.
pub(super) fn perform(state: &mut State, member: &Member, act: MemberAct, out: &mut Vec<Effect>) {
    let Some(group) = page(state).map(|page| page.group.clone()) else { return };
    let (user, name) = (member.user.clone(), member.shown().to_owned());
    match act {
        MemberAct::Message => {
            state.modals.pop();
            timeline::open(state, &ChatId::user(&user), out);
        }
        MemberAct::Mention => {
            state.modals.pop();
            // It is open already; the focus goes there.
            if let Some(chat) = state.open.clone() {
                timeline::open(state, &chat, out);
            }
            if state.composer.mentions().len() >= limits::GROUP_AT {
                state.say(Tone::Bad, format!("A message mentions {} at most", limits::GROUP_AT));
                return;
            }
            let caret = state.composer.caret();
            state.composer.mention(caret..caret, &format!("@{name} "), &user);
        }
        MemberAct::CopyId => {
            out.push(Effect::Copy(user));
            state.say(Tone::Good, "Copied");
        }
        MemberAct::NameCard => group_form::open(state, GroupForm::NameCard { group, user }, &member.card),
        MemberAct::Appoint | MemberAct::Dismiss => {
            let on = act == MemberAct::Appoint;
            let room = state.groups.get(&group).is_some_and(|group| group.kind == KIND);
            let what = if room { GroupAsk::SetRoomAdmin { group, user, on } } else { GroupAsk::SetAdmin { group, user, on } };
            ask(state, what, out);
        }
        MemberAct::Unmute => _ = ask(state, GroupAsk::Mute { group, user, seconds: 0 }, out),
        MemberAct::Mute => {
            let time = |seconds: i64| Chosen::Group(GroupAsk::Mute { group: group.clone(), user: user.clone(), seconds });
            let mut answers: Vec<_> = MUTE_TIMES.iter().map(|(word, seconds)| ((*word).to_owned(), time(*seconds))).collect();
            answers.push(("Another time …".into(), Chosen::MuteFor { group: group.clone(), user: user.clone() }));
            let title = format!("How long shall {name} be silent?");
            state.modals.push(Modal::Choose(Choose { title, says: String::new(), answers, chosen: 0 }));
        }
        MemberAct::Transfer => {
            let question = format!("Make {name} the owner?");
            let noun = state.groups.get(&group).map_or("group", noun);
            let detail = format!("The {noun} is theirs then, and you become an ordinary member.");
            question_about(state, question, detail, "Transfer", GroupAsk::Transfer { group, user });
        }
        MemberAct::Remove => ask_removal(state, group, vec![user], &name),
    }
}

fn ask_removal(state: &mut State, group: String, users: Vec<String>, name: &str) {
    let question = match users.len() {
        1 => format!("Remove {name}?"),
        n => format!("Remove {}?", counted(n as u64, "member")),
    };
    let detail = "They are told, get no more of what is said there and cannot write there.".into();
    question_about(state, question, detail, "Remove", GroupAsk::Remove { group, users, reason: String::new() });
}

/// Asks whether the picked members, or the chosen one, shall be removed.
pub(super) fn remove(state: &mut State) {
    let Some(page) = page(state).filter(|page| page.tab == GroupTab::Members && page.menu.is_none()).cloned() else { return };
    let removable = |member: &&Member| page.member_acts(state, member).contains(&MemberAct::Remove);
    let picked = page.shown().filter(|member| page.picked.contains(&member.user));
    let members: Vec<Member> = if page.picked.is_empty() {
        page.chosen_member().into_iter().filter(removable).cloned().collect()
    } else {
        picked.filter(removable).cloned().collect()
    };
    match members.first() {
        Some(first) => {
            let name = first.shown().to_owned();
            let group = page.group.clone();
            ask_removal(state, group, members.into_iter().map(|member| member.user).collect(), &name);
        }
        None => state.say(Tone::Neutral, "Only the owner removes administrators, and administrators remove members"),
    }
}
