//! Conversation groups: putting conversations in and out, new ones, names, order.

use super::conversation::arrange;
use super::roster::Submitted;
use super::save;
use crate::action::Action;
use crate::effect::{Arrange, Effect, StoreOp};
use crate::event::Refusal;
use crate::state::conversation::ChatId;
use crate::state::filter::Filter;
use crate::state::label::{self, Label, LabelPage};
use crate::state::modal::{Confirm, Confirmed, Field, Form, FormKind, Modal};
use crate::state::{State, Tone};
use tern_protocol::api::recent_contact::GroupItem;

/// Bytes of a group's name, and how many there may be: the contract's limits.
const NAME_BYTES: usize = 32;
const MOST: usize = 20;

/// Runs an action of the page.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if action == Action::LabelPage {
        state.modals.push(Modal::Labels(LabelPage::default()));
        return;
    }
    let Some(Modal::Labels(page)) = state.modals.last_mut() else { return };
    let chosen = page.chosen;
    let label = state.labels.get(chosen).cloned();
    match (action, label) {
        (Action::LabelNew, _) => {
            let fields = vec![Field::text("Name", "up to 32 bytes", "")];
            let says = "The chosen conversations are put in at once.";
            state.modals.push(Modal::Form(Form::new(FormKind::NewLabel, "New conversation group", says, fields)));
        }
        (Action::LabelToggle, None) => run(state, Action::LabelNew, out),
        (Action::LabelToggle, Some(label)) => {
            let chats = chats(state);
            let inside = |chat: &ChatId| state.conversations.get(chat).is_some_and(|row| row.labels.contains(&label.id));
            let on = !chats.iter().all(inside);
            if !chats.is_empty() {
                arrange(state, Arrange::LabelPut { name: label.name, chats, on }, out);
            }
        }
        (Action::LabelRename, Some(label)) => {
            let fields = vec![Field::text("Name", "up to 32 bytes", &label.shown())];
            let kind = FormKind::RenameLabel(label.name);
            state.modals.push(Modal::Form(Form::new(kind, "Rename the conversation group", "A new name.", fields)));
        }
        (Action::LabelDelete, Some(label)) => {
            let question = format!("Delete the conversation group {}?", label.shown());
            let detail = "Its conversations stay in the list.".into();
            let then = Confirmed::DeleteLabel(label.name);
            state.modals.push(Modal::Confirm(Confirm { question, detail, yes: "Delete", then }));
        }
        (Action::LabelHide, Some(_)) => {
            state.labels[chosen].hidden ^= true;
            changed(state, out);
        }
        (Action::LabelUp | Action::LabelDown, Some(_)) => {
            let to = chosen.saturating_add_signed(if action == Action::LabelUp { -1 } else { 1 });
            if to < state.labels.len() {
                state.labels.swap(chosen, to);
                if let Some(Modal::Labels(page)) = state.modals.last_mut() {
                    page.chosen = to;
                }
                changed(state, out);
            }
        }
        _ => {}
    }
}

/// The conversations that are put in or out.
fn chats(state: &State) -> Vec<ChatId> {
    state.acted_on().into_iter().filter(|chat| !chat.is_folded_row()).collect()
}

fn changed(state: &mut State, out: &mut Vec<Effect>) {
    let known = |filter: Filter| match filter {
        Filter::Label(id) => state.labels.iter().any(|label| label.id == id && !label.hidden),
        _ => true,
    };
    if !known(state.filter) {
        state.filter = Filter::All;
    }
    out.push(Effect::Store(StoreOp::Labels(state.labels.clone())));
}

/// All groups as the server has them.
pub(crate) fn take(state: &mut State, told: &[GroupItem], out: &mut Vec<Effect>) {
    if label::take(&mut state.labels, told) {
        changed(state, out);
    }
}

fn check(state: &State, name: &str) -> Result<(), String> {
    match name {
        "" => Err("A name is needed".into()),
        name if name.len() > NAME_BYTES => Err(format!("A name has up to {NAME_BYTES} bytes, this one {}", name.len())),
        name if state.labels.iter().any(|label| label.name == name) => Err("There is one of that name".into()),
        _ if !state.online() => Err("There is no link to the server now".into()),
        _ => Ok(()),
    }
}

/// The form of a new group was filled in.
pub(super) fn submit_new(state: &mut State, name: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    check(state, name)?;
    if state.labels.len() >= MOST {
        return Err(format!("There are at most {MOST} conversation groups"));
    }
    let chats = chats(state);
    if chats.is_empty() {
        return Err("Choose a conversation for it first".into());
    }
    arrange(state, Arrange::LabelNew { name: name.to_owned(), chats }, out);
    Ok(Submitted::Asked)
}

/// The form of a new name was filled in.
pub(super) fn submit_rename(state: &mut State, name: &str, to: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    check(state, to)?;
    arrange(state, Arrange::LabelRename { name: name.to_owned(), to: to.to_owned() }, out);
    Ok(Submitted::Asked)
}

/// The server did it. Numbers of new groups come with one small pull.
pub(super) fn arranged(state: &mut State, what: &Arrange, out: &mut Vec<Effect>) {
    let form = matches!(state.modals.last(), Some(Modal::Form(form)) if form.busy
        && matches!(form.kind, FormKind::NewLabel | FormKind::RenameLabel(_)));
    if form {
        state.modals.pop();
    }
    match what {
        Arrange::LabelRename { name, to } => {
            if let Some(label) = state.labels.iter_mut().find(|label| label.name == *name) {
                label.name.clone_from(to);
            }
            changed(state, out);
        }
        Arrange::LabelDelete(name) => {
            state.labels.retain(|label| label.name != *name);
            changed(state, out);
        }
        Arrange::LabelPut { name, chats, on } => {
            let Some(Label { id, .. }) = state.labels.iter().find(|label| label.name == *name).cloned() else { return };
            for chat in chats {
                state.conversations.change(chat, |conversation| {
                    conversation.labels.retain(|label| *label != id);
                    if *on {
                        conversation.labels.push(id);
                    }
                });
                save(state, chat, out);
            }
            let word = if *on { "Put into" } else { "Taken out of" };
            state.say(Tone::Good, format!("{word} {}", crate::text::clean_line(name)));
        }
        Arrange::LabelNew { .. } => super::session::pull(state, out),
        _ => {}
    }
}

/// A form that waited for the server can be changed.
pub(super) fn failed(state: &mut State, what: &Arrange, refusal: &Refusal) {
    if matches!(what, Arrange::LabelNew { .. } | Arrange::LabelRename { .. })
        && let Some(Modal::Form(form)) = state.modals.last_mut()
    {
        form.busy = false;
        form.error = Some(refusal.to_string());
    }
}
