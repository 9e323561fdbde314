//! Groups: members, inviting, leaving.

use super::roster::{Submitted, save_named};
use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::modal::{Confirm, Confirmed, Field, Form, FormKind, Member, Members, MembersPage, Modal};
use crate::state::roster::People;
use crate::state::{State, Tone};
use crate::text::clean_line;
use tern_protocol::UserId;
use tern_protocol::api::group::{GroupMembers, MemberProfile};

/// Members of one page.
pub(crate) const MEMBERS_PAGE: i64 = 100;

/// Runs an action on groups.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    match action {
        Action::NewGroup => super::create::open_types(state, argument),
        Action::JoinGroup => super::join::open(state, argument, out),
        Action::Members => with_open_group(state, |state, group| open_members(state, group, out)),
        Action::Invite => with_open_group(state, |state, group| {
            let fields = vec![Field::text("User ID", "whom to invite", argument)];
            let says = format!("Who shall join {}?", state.name_of(&ChatId::group(group)));
            state.modals.push(Modal::Form(Form::new(FormKind::Invite(group.to_owned()), "Invite", says, fields)));
            super::modal::suggest(state);
        }),
        Action::LeaveGroup => with_open_group(state, |state, group| {
            let name = state.name_of(&ChatId::group(group)).to_owned();
            let confirm = Confirm {
                question: format!("Leave {name}?"),
                detail: "You get no more of its messages; what is here stays readable.".into(),
                yes: "Leave",
                then: Confirmed::LeaveGroup(group.to_owned()),
            };
            state.modals.push(Modal::Confirm(confirm));
        }),
        _ => {}
    }
}

fn with_open_group(state: &mut State, act: impl FnOnce(&mut State, &str)) {
    match super::community::group_acted_on(state) {
        Some(group) => act(state, &group),
        _ => state.say(Tone::Neutral, "Open a group first"),
    }
}

fn open_members(state: &mut State, group: &str, out: &mut Vec<Effect>) {
    let title = state.name_of(&ChatId::group(group)).to_owned();
    let total = state.groups.get(group).map_or(0, |group| group.member_num);
    let error = (!state.online()).then(|| "The members come from the server; there is no link now".to_owned());
    let members =
        Members { group: group.to_owned(), title, total, list: Vec::new(), chosen: 0, next: None, busy: error.is_none(), error };
    if members.busy {
        out.push(Effect::Ask(Ask::Members { group: group.to_owned(), from: MembersPage::Offset(0) }));
    }
    state.modals.push(Modal::Members(members));
}

/// The invitation was filled in.
pub(crate) fn submit_invite(state: &mut State, group: &str, user: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    UserId::parse(user).map_err(|error| format!("This is no user ID: {error}"))?;
    ask(state, Ask::Invite { group: group.to_owned(), user: user.to_owned() }, out)
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
            state.groups.set(group, None);
            out.push(Effect::Store(StoreOp::Group { id: group.to_owned(), group: None }));
            super::community::community_changed(state, group, out);
            if state.open.as_ref() == Some(&chat) {
                super::roster::close_chat(state, out);
            }
            state.conversations.change(&chat, |conversation| conversation.gone = true);
            super::save(state, &chat, out);
            state.say(Tone::Good, format!("You left {name}"));
        }
        Err(refusal) => state.say(Tone::Bad, format!("Still in the group: {refusal}")),
    }
}

/// What became of an invitation: `Result` of the contract.
pub(crate) fn invited(state: &mut State, group: &str, user: &str, result: Result<i64, Refusal>, out: &mut Vec<Effect>) {
    match result {
        Ok(outcome) => {
            close_form(state);
            let (tone, text) = match outcome {
                1 => (Tone::Good, format!("{user} is in the group now")),
                2 => (Tone::Neutral, format!("{user} is in the group already")),
                3 => (Tone::Good, format!("{user} was asked; the group decides")),
                _ => (Tone::Bad, format!("{user} could not be added")),
            };
            state.say(tone, text);
            super::session::pull(state, out);
            let shown = matches!(state.modals.last(), Some(Modal::Members(members)) if members.group == group);
            if shown {
                state.modals.pop();
                open_members(state, group, out);
            }
        }
        Err(refusal) => form_failed(state, &refusal),
    }
}

/// A page of members.
pub(crate) fn members(state: &mut State, group: &str, first: bool, result: Result<Box<GroupMembers>, Refusal>) {
    let people = &state.people;
    let Some(Modal::Members(dialog)) =
        state.modals.iter_mut().rev().find(|modal| matches!(modal, Modal::Members(members) if members.group == group))
    else {
        return;
    };
    dialog.busy = false;
    match result {
        Ok(page) => {
            if first {
                dialog.list.clear();
            }
            dialog.total = dialog.total.max(page.member_num);
            let (members, next) = read_page(people, &page, dialog.list.len());
            dialog.list.extend(members);
            dialog.next = next;
        }
        Err(refusal) => dialog.error = Some(clean_line(&refusal.to_string())),
    }
}

/// Members of a page, and where the next one starts; `known` came before.
pub(super) fn read_page(people: &People, page: &GroupMembers, known: usize) -> (Vec<Member>, Option<MembersPage>) {
    let read = |member: &MemberProfile| {
        let user = member.member_account.clone().unwrap_or_default();
        let names = [member.name_card.as_deref(), member.nick.as_deref()];
        let name = names.into_iter().flatten().map(clean_line).find(|name| !name.is_empty());
        let name = name.unwrap_or_else(|| people.name(&user).to_owned());
        Member { name, role: member.role.clone().unwrap_or_default(), user }
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
