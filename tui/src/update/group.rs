//! Groups: members, inviting, leaving.

use super::roster::{Submitted, save_named};
use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::modal::{Confirm, Confirmed, Member, MembersPage, Modal};
use crate::state::rights::{Right, may};
use crate::state::roster::People;
use crate::state::{State, Tone};
use crate::text::clean_line;
use tern_protocol::api::group::{GroupMembers, MemberProfile};

/// Members of one page.
pub(crate) const MEMBERS_PAGE: i64 = 100;

/// Runs an action on groups.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::NewGroup => super::create::open_types(state, argument),
        Action::JoinGroup => super::join::open(state, argument, out),
        Action::LeaveGroup => with_open_group(state, ask_leave),
        _ => {}
    }
}

fn with_open_group(state: &mut State, act: impl FnOnce(&mut State, &str)) {
    match state.group_at_hand() {
        Some(group) => act(state, &group),
        None => state.say(Tone::Neutral, "Open a group first"),
    }
}

/// Leaving is asked for once more.
pub(super) fn ask_leave(state: &mut State, group: &str) {
    let name = state.name_of(&ChatId::group(group)).to_owned();
    let owns = state.groups.get(group).is_some_and(|group| group.role == "Owner");
    if state.groups.get(group).is_some_and(|group| !may(group, Right::Leave, "")) {
        state.say(Tone::Neutral, format!("The owner does not leave {name}: transfer or disband it first (Alt-I)"));
        return;
    }
    let owner = if owns { " The group has no owner then." } else { "" };
    let confirm = Confirm {
        question: format!("Leave {name}?"),
        detail: format!("You get no more of its messages; what is here stays readable.{owner}"),
        yes: "Leave",
        then: Confirmed::LeaveGroup(group.to_owned()),
    };
    state.modals.push(Modal::Confirm(confirm));
}

/// A yes to leaving.
pub(crate) fn leave(state: &mut State, group: String, out: &mut Vec<Effect>) {
    if let Err(text) = ask(state, Ask::LeaveGroup { group }, out) {
        state.say(Tone::Bad, text);
    }
}

/// Asks the server, where there is a link.
pub(super) fn ask(state: &State, ask: Ask, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    if !state.online() {
        return Err("There is no link to the server now".into());
    }
    out.push(Effect::Ask(ask));
    Ok(Submitted::Asked)
}

/// The form on top stays open and says why.
pub(crate) fn form_failed(state: &mut State, refusal: &Refusal) {
    match state.modals.last_mut() {
        Some(Modal::Form(form)) if form.busy => {
            form.busy = false;
            form.error = Some(clean_line(&refusal.to_string()));
        }
        _ => state.say(Tone::Bad, clean_line(&refusal.to_string())),
    }
}

/// Closes the form that waits for an answer, if it is on top.
pub(super) fn close_form(state: &mut State) -> bool {
    let waiting = matches!(state.modals.last(), Some(Modal::Form(form)) if form.busy);
    if waiting {
        state.modals.pop();
    }
    waiting
}

/// Opens a group that one has just come into.
pub(super) fn enter(state: &mut State, group: &str, name: &str, out: &mut Vec<Effect>) {
    let chat = ChatId::group(group);
    let now_s = state.now.seconds();
    state.conversations.change(&chat, |conversation| {
        conversation.active_s = now_s;
        conversation.gone = false;
    });
    save_named(state, &chat, name, out);
    timeline::open(state, &chat, out);
}

/// The server let one leave, or did not.
pub(crate) fn left(state: &mut State, group: &str, result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    match result {
        Ok(()) => {
            let chat = ChatId::group(group);
            let name = state.name_of(&chat).to_owned();
            super::group_news::out_of(state, group, out);
            state.conversations.change(&chat, |conversation| conversation.gone = true);
            super::save(state, &chat, out);
            state.say(Tone::Good, format!("You left {name}"));
        }
        Err(refusal) => state.say(Tone::Bad, format!("Still in the group: {refusal}")),
    }
}

/// Members of a page, and where the next one starts; `known` came before.
pub(super) fn read_page(people: &People, page: &GroupMembers, known: usize) -> (Vec<Member>, Option<MembersPage>) {
    let read = |member: &MemberProfile| {
        let user = member.member_account.clone().unwrap_or_default();
        let names = [member.name_card.as_deref(), member.nick.as_deref()];
        let name = names.into_iter().flatten().map(clean_line).find(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| people.name(&user).to_owned());
        Member {
            name,
            card: member.name_card.as_deref().map(clean_line).unwrap_or_default(),
            role: member.role.clone().unwrap_or_default(),
            online: member.online_status.as_deref() == Some("Online"),
            muted_until_s: crate::state::sane_s(member.mute_until.unwrap_or(0)),
            user,
        }
    };
    let list: Vec<Member> = page.member_list.iter().map(read).collect();
    let all = known + list.len();
    let next = match &page.next {
        Some(next) if !next.is_empty() => Some(MembersPage::Cursor(next.clone())),
        Some(_) => None,
        None if list.len() as i64 >= MEMBERS_PAGE && (all as u64) < page.member_num => Some(MembersPage::Offset(all as i64)),
        None => None,
    };
    (list, next)
}
