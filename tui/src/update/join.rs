//! Joining a group by its ID: looked up first, then asked for (`contract/uikit-parity.md` 5.6).

use super::group::{ask, close_form, enter, form_failed};
use super::roster::Submitted;
use super::timeline;
use crate::action::Action;
use crate::effect::{Ask, Effect};
use crate::event::{GroupFacts, Refusal};
use crate::state::conversation::ChatId;
use crate::state::modal::{Field, Form, FormKind, Modal};
use crate::state::roster::{Group, kind_word};
use crate::state::{State, Tone};
use crate::text::{clean_line, counted};
use tern_protocol::GroupId;

/// Verification text of an application, bytes.
const TEXT_BYTES: usize = 300;

/// Asks for the ID; with an argument it is looked up at once.
pub(crate) fn open(state: &mut State, argument: &str, out: &mut Vec<Effect>) {
    let fields = vec![Field::text("Group ID", "such as team or @TGS#2ABC", argument)];
    let form = Form::new(FormKind::JoinGroup, "Join a group", "Ask a member for the group's ID; it must be exact.", fields);
    state.modals.push(Modal::Form(form));
    if !argument.is_empty() {
        super::run(state, Action::Confirm, "", out);
    }
}

/// The ID was typed: a group that one is in opens.
pub(crate) fn submit_id(state: &mut State, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let group = form.value("Group ID");
    GroupId::parse(group).map_err(|error| format!("This is no group ID: {error}"))?;
    if state.groups.get(group).is_some_and(|group| group.place.topics) {
        super::community::show(state, group);
        return Ok(Submitted::Done);
    }
    if state.groups.get(group).is_some() {
        timeline::open(state, &ChatId::group(group), out);
        return Ok(Submitted::Done);
    }
    ask(state, Ask::LookUp { group: group.to_owned() }, out)
}

/// The server knows the group, or does not.
pub(crate) fn looked_up(state: &mut State, group: &str, result: Result<GroupFacts, Refusal>) {
    match result {
        // Nobody finds a Work group (client-semantics 7.3).
        Ok(facts) if facts.kind == "Private" => form_failed(state, &nobody(group)),
        Ok(facts) => {
            if close_form(state) {
                state.modals.push(Modal::Form(preview(&facts)));
            }
        }
        Err(refusal) if matches!(refusal.code, 10007 | 10010 | 10015) => form_failed(state, &nobody(group)),
        Err(refusal) => form_failed(state, &refusal),
    }
}

fn nobody(group: &str) -> Refusal {
    Refusal { code: 0, text: format!("There is no group {group} that can be found") }
}

fn preview(facts: &GroupFacts) -> Form {
    let approval = facts.join_option == "NeedPermission";
    let fields = if approval { vec![Field::text("Message", "for the one who approves it", "")] } else { Vec::new() };
    let says = match facts.join_option.as_str() {
        "DisableApply" => "Nobody can ask to join this group.",
        "NeedPermission" => "The owner or an administrator decides.",
        _ => "Enter joins at once.",
    };
    let title = if facts.kind == "AVChatRoom" { "Enter a live room" } else { "Join this group" };
    let mut form = Form::new(FormKind::Join(Box::new(facts.clone())), title, says, fields);
    let name = if facts.name.is_empty() { &facts.id } else { &facts.name };
    let mut known = kind_word(&facts.kind).to_owned();
    if facts.member_num > 0 {
        known = format!("{known} · {}", counted(facts.member_num, "member"));
    }
    if !facts.owner.is_empty() {
        known = format!("{known} · owner {}", facts.owner);
    }
    form.facts = vec![name.clone(), known, format!("ID {}", facts.id)];
    if !facts.introduction.is_empty() {
        form.facts.push(facts.introduction.clone());
    }
    form
}

/// The group was looked at, and is wanted.
pub(crate) fn submit(state: &mut State, facts: &GroupFacts, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    if facts.kind == super::room::KIND {
        if !state.online() {
            return Err("There is no link to the server now".into());
        }
        let role = if facts.owner == state.me.user { "Owner" } else { "Member" };
        let (id, name, kind) = (facts.id.clone(), facts.name.clone(), facts.kind.clone());
        let group = Group { id, name, kind, role: role.into(), ..Group::default() };
        super::room::enter(state, &group, &facts.owner, out);
        return Ok(Submitted::Done);
    }
    let group = &facts.id;
    let text = form.value("Message");
    if text.len() > TEXT_BYTES {
        return Err(format!("{} bytes are too many, {TEXT_BYTES} are allowed", text.len()));
    }
    ask(state, Ask::JoinGroup { group: group.clone(), text: text.to_owned() }, out)
}

/// The server answered a request to join: with `JoinedStatus`.
pub(crate) fn joined(state: &mut State, group: &str, result: Result<String, Refusal>, out: &mut Vec<Effect>) {
    match result {
        Ok(status) if status == "WaitAdminApproval" => {
            close_form(state);
            state.say(Tone::Good, "Sent: the group's owner or an administrator decides");
        }
        Ok(_) => come_in(state, group, out),
        Err(refusal) if refusal.code == 10013 => come_in(state, group, out),
        Err(refusal) => {
            let says = match refusal.code {
                10007 => "this group does not let anybody in by its ID",
                10014 => "the group is full",
                10010 | 10015 => "the group does not exist",
                10037 => "you are in as many groups as you may be",
                _ => "",
            };
            let text = if says.is_empty() { clean_line(&refusal.text) } else { says.to_owned() };
            form_failed(state, &Refusal { text, ..refusal });
        }
    }
}

/// A community shows its topics, any other group its chat.
fn come_in(state: &mut State, group: &str, out: &mut Vec<Effect>) {
    let topics =
        matches!(state.modals.last(), Some(Modal::Form(form)) if matches!(&form.kind, FormKind::Join(facts) if facts.topics));
    close_form(state);
    if topics {
        super::community::show(state, group);
    } else {
        enter(state, group, "", out);
    }
    super::session::pull(state, out);
}
