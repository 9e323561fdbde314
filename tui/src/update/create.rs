//! Making a group: its type, then what it is called and who is in it (`contract/uikit-parity.md` 5.13 and 5.14).

use super::group::{ask, close_form, enter, form_failed};
use super::roster::Submitted;
use super::{composer, roster};
use crate::effect::{Ask, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::create::{NewGroup, fault_of, rule_of};
use crate::state::listing::{Listed, Listing, ListingRow};
use crate::state::modal::{Field, Form, FormKind, Modal};
use crate::state::roster::{GROUP_KINDS, Group};
use crate::state::{State, Tone};
use crate::text::clean_line;
use tern_protocol::{GroupId, UserId, limits};

/// The label of the field that names members.
pub(crate) const MEMBERS: &str = "Members";

/// How one gets in: value, word, explanation.
const JOINING: &[(&str, &str, &str)] = &[
    ("NeedPermission", "Approval", "the owner or an administrator decides"),
    ("FreeAccess", "Free", "everybody who has the ID"),
    ("DisableApply", "Closed", "nobody can ask"),
];
/// The same where everybody may come in by default.
const JOINING_FREELY: &[(&str, &str, &str)] = &[
    ("FreeAccess", "Free", "everybody who has the ID"),
    ("NeedPermission", "Approval", "the owner or an administrator decides"),
    ("DisableApply", "Closed", "nobody can ask"),
];
/// Whether a community has topics.
const TOPICS: &[(&str, &str, &str)] =
    &[("1", "Topics", "several conversations inside, by topic"), ("0", "One chat", "everybody in one conversation")];

/// Asks which type the new group is of.
pub(crate) fn open_types(state: &mut State, name: &str) {
    let rows = GROUP_KINDS.iter().map(|(kind, word, says)| ListingRow {
        id: (*kind).to_owned(),
        left: (*word).to_owned(),
        below: (*says).to_owned(),
        ..ListingRow::default()
    });
    let listing = Listing {
        rows: rows.collect(),
        ..Listing::new(Listed::GroupTypes { name: name.to_owned() }, "New group", "Which type of group?")
    };
    state.modals.push(Modal::Listing(Box::new(listing)));
}

/// The form of a new group of this type.
pub(crate) fn open_form(state: &mut State, kind: &str, name: &str) {
    let Some((kind, word, says)) = GROUP_KINDS.iter().find(|row| row.0 == kind) else { return };
    let choice = |label, choices| Field { choices, ..Field::text(label, "", "") };
    let id = if *kind == "Community" { "@TGS#_name, or empty to get one made" } else { "leave empty to get one made" };
    let mut fields = vec![Field::text("Name", "up to 30 bytes", name), Field::text("Group ID", id, "")];
    if *kind != "AVChatRoom" {
        fields.push(Field::text(MEMBERS, "user IDs, with commas", ""));
    }
    fields.push(Field::text("Introduction", "what it is about, up to 240 bytes", ""));
    fields.push(Field::text("Photo", "an address, up to 100 bytes", ""));
    match *kind {
        "Public" => fields.push(choice("Joining", JOINING)),
        "ChatRoom" => fields.push(choice("Joining", JOINING_FREELY)),
        "Community" => fields.push(choice("Inside", TOPICS)),
        _ => {}
    }
    let title = if *kind == "AVChatRoom" { "New live room" } else { "New group" };
    let mut form = Form::new(FormKind::NewGroup(kind), title, format!("A {word} group of your own."), fields);
    form.facts = vec![(*says).to_owned()];
    form.focus = 0;
    state.modals.push(Modal::Form(form));
    super::modal::suggest(state);
}

/// What was wrong, and the field that it is about.
type Fault = (&'static str, String);

/// The form was filled in.
pub(crate) fn submit(state: &mut State, kind: &'static str, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let group = read(kind, form).map_err(|(label, text)| {
        if let Some(Modal::Form(form)) = state.modals.last_mut() {
            form.fault(label);
        }
        text
    })?;
    ask(state, Ask::CreateGroup(Box::new(group)), out)
}

fn read(kind: &str, form: &Form) -> Result<NewGroup, Fault> {
    let within = |label: &'static str, most: usize| {
        let text = form.value(label);
        if text.len() > most {
            return Err((
                label,
                format!("{} bytes are too many, {most} are allowed (other scripts take several a letter)", text.len()),
            ));
        }
        Ok(text.to_owned())
    };
    let name = within("Name", limits::GROUP_NAME_BYTES)?;
    if name.is_empty() {
        return Err(("Name", "The group needs a name".into()));
    }
    let id = Some(form.value("Group ID")).filter(|id| !id.is_empty());
    if let Some(id) = id {
        GroupId::parse_custom(id, kind == "Community").map_err(|error| ("Group ID", format!("{error}. {}", rule_of(kind))))?;
    }
    let members: Vec<String> =
        form.value(MEMBERS).split([',', ' ', ';']).filter(|user| !user.is_empty()).map(str::to_owned).collect();
    for user in &members {
        UserId::parse(user.as_str()).map_err(|error| (MEMBERS, format!("{user:?} is no user ID: {error}")))?;
    }
    if members.len() > limits::CREATE_GROUP_MEMBERS {
        return Err((MEMBERS, format!("At most {} members at first", limits::CREATE_GROUP_MEMBERS)));
    }
    let set = |label| Some(form.value(label)).filter(|value| !value.is_empty()).map(str::to_owned);
    Ok(NewGroup {
        kind: kind.to_owned(),
        id: id.map(str::to_owned),
        members,
        introduction: within("Introduction", limits::GROUP_INTRODUCTION_BYTES)?,
        face_url: within("Photo", limits::GROUP_FACE_URL_BYTES)?,
        join_option: set("Joining"),
        topics: form.value("Inside") == "1",
        name,
    })
}

/// Finds people for the member that is being typed.
pub(super) fn wanted_member(form: &Form) -> Option<&str> {
    let field = form.fields.get(form.focus).filter(|field| field.label == MEMBERS)?;
    Some(field.editor.text().rsplit([',', ' ', ';']).next().unwrap_or_default())
}

/// Takes a person in the place of what is being typed, ready for the next one.
pub(super) fn take_member(form: &mut Form, user: &str) {
    let focus = form.focus;
    let Some(field) = form.fields.get_mut(focus) else { return };
    let text = field.editor.text();
    let kept = text.rfind([',', ' ', ';']).map_or(0, |at| at + 1);
    let joint = if kept > 0 && !text[..kept].ends_with(' ') { " " } else { "" };
    let text = format!("{}{joint}{user}, ", &text[..kept]);
    field.editor.set(&text);
}

/// The server made the group, or refused.
pub(crate) fn created(state: &mut State, group: &NewGroup, result: Result<String, Refusal>, out: &mut Vec<Effect>) {
    match result {
        Ok(id) => made(state, group, &id, out),
        // The ID is one's own group already: the kits count that as success.
        Err(Refusal { code: 10025, .. }) if group.id.is_some() => {
            let id = group.id.clone().unwrap_or_default();
            close_form(state);
            enter(state, &id, &group.name, out);
            state.say(Tone::Neutral, "This group is yours already");
        }
        Err(refusal) => {
            if let (Some(label), Some(Modal::Form(form))) = (fault_of(refusal.code), state.modals.last_mut())
                && matches!(form.kind, FormKind::NewGroup(_))
            {
                form.fault(label);
            }
            let text = crate::state::create::refused(&refusal);
            form_failed(state, &Refusal { text, ..refusal });
        }
    }
}

fn made(state: &mut State, new: &NewGroup, id: &str, out: &mut Vec<Effect>) {
    if new.kind == super::room::KIND {
        close_form(state);
        let (name, kind) = (clean_line(&new.name), new.kind.clone());
        let group = Group { id: id.to_owned(), name, role: "Owner".into(), kind, ..Group::default() };
        let owner = state.me.user.clone();
        super::room::enter(state, &group, &owner, out);
        state.say(Tone::Good, format!("Created; others enter by the ID {id}"));
        return;
    }
    if new.topics {
        close_form(state);
        let (name, kind) = (clean_line(&new.name), new.kind.clone());
        let mut group = Group { id: id.to_owned(), name, role: "Owner".into(), kind, ..Group::default() };
        group.place.topics = true;
        state.groups.set(id, Some(group.clone()));
        out.push(Effect::Store(StoreOp::Group { id: id.to_owned(), group: Some(group) }));
        super::community::show(state, id);
        state.say(Tone::Good, format!("Created; T makes topics, others join by the ID {id}"));
        super::session::pull(state, out);
        return;
    }
    if state.groups.get(id).is_none() {
        let (name, kind) = (clean_line(&new.name), new.kind.clone());
        let group = Group { id: id.to_owned(), name, role: "Owner".into(), kind, ..Group::default() };
        state.groups.set(id, Some(group.clone()));
        out.push(Effect::Store(StoreOp::Group { id: id.to_owned(), group: Some(group) }));
    }
    let chat = ChatId::group(id);
    // Made while choosing whom to forward to, it is one of them.
    if close_form(state) && !super::forward::mark_new_group(state, id, &new.name) {
        enter(state, id, &new.name, out);
    }
    composer::post(state, &chat, greeting(state, new), out);
    state.say(Tone::Good, format!("Created; others join by the ID {id}"));
    super::session::pull(state, out);
}

/// What the kits send into a new group: it shows who made it, and a Work group begins with it
/// (`contract/client-semantics.md` 7.2).
fn greeting(state: &State, new: &NewGroup) -> Outgoing {
    let data = serde_json::json!({
        "businessID": "group_create",
        "version": 4,
        "opUser": state.people.name(&state.me.user),
        "content": "Create Group",
        "cmd": i32::from(new.kind == "Community"),
    });
    let content = serde_json::json!({"Data": data.to_string(), "Desc": "", "Ext": ""});
    let body = serde_json::json!([{"MsgType": "TIMCustomElem", "MsgContent": content}]);
    Outgoing { body: Some(body.to_string()), ..Outgoing::default() }
}

/// People that a text may mean.
pub(super) fn people_like(state: &State, wanted: &str, most: usize) -> Vec<(String, String)> {
    let wanted = wanted.to_lowercase();
    let mut found: Vec<(i64, (String, String))> = crate::state::roster::contacts(&state.people, &state.me.user)
        .into_iter()
        .filter_map(|(user, name)| {
            let score = roster::score(&wanted, user).max(roster::score(&wanted, name))?;
            Some((score, (user.to_owned(), name.to_owned())))
        })
        .collect();
    found.sort_by_key(|(score, _)| -score);
    found.into_iter().take(most).map(|(_, person)| person).collect()
}

#[cfg(test)]
mod tests;
