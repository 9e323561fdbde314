//! Keys and answers of dialogs and of the login screen.

use super::roster::Submitted;
use super::{choose, conversation, emoji, group, label, media, menu, roster, session, timeline};
use crate::action::Action;
use crate::effect::{Arrange, Effect, LoginRequest, TopicChange};
use crate::state::editor::{Edit, Editor, Lines};
use crate::state::modal::{Confirmed, Ended, Field, Form, FormKind, GroupForm, Modal};
use crate::state::{Screen, State, Tone};
use crate::view::layout::Areas;
use tern_protocol::UserId;

/// Suggestions under a field.
const SUGGESTIONS: usize = 6;

/// Runs an action of the topmost dialog, or of the login screen.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match state.modals.last() {
        Some(Modal::Form(_)) => form_action(state, action, out),
        Some(_) => panel_action(state, action, out),
        None if matches!(state.screen, Screen::Login(_)) => form_action(state, action, out),
        None => {}
    }
}

/// The form that has the keys.
fn top_form(state: &mut State) -> Option<&mut Form> {
    match state.modals.last_mut() {
        Some(Modal::Form(form)) => Some(form),
        Some(_) => None,
        None => match &mut state.screen {
            Screen::Login(form) => Some(form),
            Screen::Main => None,
        },
    }
}

/// Types into the field in focus.
pub(crate) fn type_character(state: &mut State, c: char) {
    if let Some(form) = top_form(state) {
        let focus = form.focus;
        if let Some(field) = form.fields.get_mut(focus).filter(|field| field.choices.is_empty()) {
            field.editor.insert(c);
            form.error = None;
            form.wrong = None;
        }
    }
    suggest(state);
}

/// Edits the field in focus.
pub(crate) fn edit_field(state: &mut State, edit: Edit) {
    if let Some(form) = top_form(state) {
        let focus = form.focus;
        if let Some(field) = form.fields.get_mut(focus).filter(|field| field.choices.is_empty()) {
            field.editor.apply(edit, usize::MAX);
        }
    }
    suggest(state);
}

/// Pastes into the field in focus.
pub(crate) fn paste(form: &mut Form, text: &str) {
    let focus = form.focus;
    if let Some(field) = form.fields.get_mut(focus).filter(|field| field.choices.is_empty()) {
        field.editor.paste(text, Lines::One);
        form.error = None;
    }
}

/// Finds people that the typed user ID may mean.
pub(crate) fn suggest(state: &mut State) {
    let Some(Modal::Form(form)) = state.modals.last() else { return };
    let wanted = match form.kind {
        FormKind::NewChat | FormKind::PermissionMember { .. } | FormKind::Group(GroupForm::RoomAdmin { .. }) => {
            Some(form.value("User ID"))
        }
        FormKind::NewGroup(_) | FormKind::Group(GroupForm::Add { .. }) => super::create::wanted_member(form),
        _ => return,
    };
    let found = wanted.map(|wanted| super::create::people_like(state, wanted, SUGGESTIONS)).unwrap_or_default();
    if let Some(Modal::Form(form)) = state.modals.last_mut() {
        form.suggestions = found;
    }
}

fn form_action(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let login = state.modals.is_empty();
    let Some(form) = top_form(state) else { return };
    let count = form.fields.len();
    let choice = form.fields.get(form.focus).is_some_and(|field| !field.choices.is_empty());
    match action {
        Action::Cancel if login => {}
        Action::Cancel => {
            state.modals.pop();
        }
        Action::FieldNext | Action::FieldPrevious if count == 0 => {}
        Action::FieldNext if count == 1 => complete(form),
        Action::FieldNext if super::create::wanted_member(form).is_some_and(|wanted| !wanted.is_empty()) => {
            if let Some((user, _)) = form.suggestions.first().cloned() {
                super::create::take_member(form, &user);
            } else {
                form.focus = (form.focus + 1) % count;
            }
            suggest(state);
        }
        Action::FieldNext => {
            form.focus = (form.focus + 1) % count;
            suggest(state);
        }
        Action::FieldPrevious => {
            form.focus = (form.focus + count - 1) % count;
            suggest(state);
        }
        Action::ChoiceNext if choice => choose(form, 1),
        Action::ChoicePrevious if choice => choose(form, -1),
        Action::ChoiceNext => edit_field(state, Edit::Right),
        Action::ChoicePrevious => edit_field(state, Edit::Left),
        Action::Confirm if form.busy => {}
        Action::Confirm if form.focus + 1 < count => {
            form.focus += 1;
            suggest(state);
        }
        Action::Confirm => submit(state, out),
        _ => {}
    }
}

/// Takes the first suggestion.
fn complete(form: &mut Form) {
    let Some((user, _)) = form.suggestions.first().cloned() else { return };
    if matches!(form.kind, FormKind::Group(GroupForm::Add { .. })) {
        super::create::take_member(form, &user);
    } else if let Some(field) = form.fields.first_mut() {
        field.editor = Editor::with_text(&user);
    }
}

fn choose(form: &mut Form, step: isize) {
    let focus = form.focus;
    if let Some(field) = form.fields.get_mut(focus) {
        let count = field.choices.len() as isize;
        field.chosen = (field.chosen as isize + step).rem_euclid(count.max(1)) as usize;
    }
}

fn submit(state: &mut State, out: &mut Vec<Effect>) {
    let Some(form) = top_form(state).map(|form| form.clone()) else { return };
    let result = match &form.kind {
        FormKind::Login => log_in(state, &form, out),
        FormKind::Renew => renew(state, &form, out),
        FormKind::NewChat => roster::submit_new_chat(state, form.value("User ID"), out),
        FormKind::NewGroup(kind) => super::create::submit(state, kind, &form, out),
        FormKind::JoinGroup => super::join::submit_id(state, &form, out),
        FormKind::Topic(community) => super::community::submit_topic(state, community, &form, out),
        FormKind::TopicText { topic, label } => super::community::submit_text(state, topic, label, form.value(label), out),
        FormKind::Category { community, name } => {
            super::community::submit_category(state, community, name, form.value("Name"), out)
        }
        FormKind::PermissionGroup { community, id } => {
            super::permission::submit_name(state, community, id.as_ref(), form.value("Name"), out)
        }
        FormKind::PermissionMember { community, id } => {
            super::permission::submit_member(state, community, id, form.value("User ID"), out)
        }
        FormKind::Join(group) => super::join::submit(state, group, &form, out),
        FormKind::Attach => media::submit_attach(state, &form, out),
        FormKind::SaveAs(want) => media::submit_save(state, want, &form, out),
        FormKind::Group(kind) => super::group_form::submit(state, kind, &form, out),
        FormKind::NewLabel => label::submit_new(state, form.value("Name"), out),
        FormKind::RenameLabel(name) => label::submit_rename(state, name, form.value("Name"), out),
        FormKind::Extra(extra) => super::more::submit(state, *extra, &form, out),
        FormKind::NoteEntry(note) => {
            super::ballot::submit_entry(state, &note.0, note.1, form.value("Line"), out).map(|()| Submitted::Done)
        }
        FormKind::Goto => goto(state, form.value("When"), out),
    };
    match result {
        Ok(Submitted::Asked) => {
            if let Some(form) = top_form(state) {
                form.busy = true;
                form.error = None;
                form.wrong = None;
            }
        }
        Ok(Submitted::Done) => {
            state.modals.pop();
            // The conversation was opened beneath the dialog: now it is seen.
            timeline::see_open(state, out);
        }
        Err(text) => {
            if let Some(form) = top_form(state) {
                form.busy = false;
                form.error = Some(text);
            }
        }
    }
}

/// Where to in the open conversation; with an argument at once.
pub(crate) fn ask_goto(state: &mut State, argument: &str, out: &mut Vec<Effect>) {
    if state.open.is_none() {
        state.say(Tone::Neutral, "No conversation is open");
        return;
    }
    let fields = vec![Field::text("When", "2026-11-24, yesterday, 14:02, or #120", argument)];
    let says = "A day, a time, both, or a message's number.";
    state.modals.push(Modal::Form(Form::new(FormKind::Goto, "Go to", says, fields)));
    if !argument.is_empty() {
        super::run(state, Action::Confirm, "", out);
    }
}

/// The dialog is closed first: a jump reads what it shows.
fn goto(state: &mut State, when: &str, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let modal = state.modals.pop();
    super::jump::goto(state, when, out).inspect_err(|_| state.modals.extend(modal.clone()))?;
    state.modals.extend(modal);
    Ok(Submitted::Done)
}

fn log_in(state: &State, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let server = form.value("Server");
    let scheme = ["http://", "https://"].iter().find_map(|scheme| server.strip_prefix(scheme));
    if scheme.is_none_or(|host| host.trim_matches('/').is_empty()) {
        return Err("The server is an address such as http://127.0.0.1:8640".into());
    }
    let sdk_app_id = form.value("SDKAppID").parse().map_err(|_| "The SDKAppID is a number".to_owned())?;
    let user = form.value("User ID");
    UserId::parse(user).map_err(|error| format!("This is no user ID: {error}"))?;
    let secret = form.value("UserSig or key");
    if secret.is_empty() {
        return Err("Without a UserSig (or the key to make one) nobody can log in".into());
    }
    let server = server.trim_end_matches('/').to_owned();
    let same_person = (server.as_str(), sdk_app_id, user) == (&state.me.server, state.me.sdk_app_id, &state.me.user);
    let request = LoginRequest {
        rev: if same_person { state.sync.rev } else { 0 },
        server,
        sdk_app_id,
        user: user.to_owned(),
        secret: secret.to_owned(),
    };
    out.push(Effect::LogIn(request));
    Ok(Submitted::Asked)
}

fn renew(state: &State, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let user_sig = form.value("UserSig");
    if user_sig.is_empty() {
        return Err("A UserSig is needed".into());
    }
    out.push(Effect::LogInAgain { user_sig: Some(user_sig.to_owned()), rev: state.sync.rev });
    Ok(Submitted::Asked)
}

fn panel_action(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    if super::attached::dialog(state, action, out)
        || super::group_page::dialog(state, action, out)
        || super::request::dialog(state, action, out)
    {
        return;
    }
    let page = usize::from(Areas::of(state).screen.height).saturating_sub(8).max(1) as isize;
    let step = match action {
        Action::ItemUp => -1,
        Action::ItemDown => 1,
        Action::ItemPageUp => -page,
        Action::ItemPageDown => page,
        Action::Confirm => return confirm(state, out),
        Action::Cancel if super::search::back(state) => return,
        Action::Cancel => {
            // An ended session keeps its dialog: there is nothing else to do but to choose.
            if matches!(state.modals.last(), Some(Modal::Ended(_))) {
                state.say(Tone::Neutral, "Enter logs in again, Ctrl-Q quits");
            }
            state.modals.pop();
            timeline::see_open(state, out);
            return;
        }
        _ => return,
    };
    let room = crate::view::modal::scroll_room(state);
    if matches!(state.modals.last(), Some(Modal::Page(_))) {
        match action {
            Action::ItemPageUp | Action::ItemPageDown => super::page::scroll(state, step),
            _ => super::page::step(state, step),
        }
        return;
    }
    match state.modals.last_mut() {
        Some(Modal::Help { scroll } | Modal::Info { scroll } | Modal::PanelDetails { scroll }) => {
            *scroll = scroll.saturating_add_signed(step).min(room)
        }
        Some(Modal::Forward(picker)) => picker.chosen = moved(picker.chosen, step, picker.targets.len()),
        Some(Modal::Menu(menu)) => menu.chosen = moved(menu.chosen, step, menu.actions.len()),
        Some(Modal::Emoji(picker)) => picker.chosen = moved(picker.chosen, step, picker.found.len()),
        Some(Modal::Choose(choose)) => choose.chosen = moved(choose.chosen, step, choose.answers.len()),
        Some(Modal::Search(_)) => super::search::step(state, step, out),
        Some(Modal::Ballot(_)) => super::ballot::step(state, step),
        Some(Modal::Labels(page)) => page.chosen = moved(page.chosen, step, state.labels.len()),
        Some(Modal::Listing(listing)) => listing.chosen = moved(listing.chosen, step, listing.rows.len()),
        Some(Modal::Palette(palette)) => palette.chosen = moved(palette.chosen, step, palette.offers.len()),
        _ => {}
    }
}

fn moved(chosen: usize, step: isize, count: usize) -> usize {
    chosen.saturating_add_signed(step).min(count.saturating_sub(1))
}

fn confirm(state: &mut State, out: &mut Vec<Effect>) {
    let is_info = matches!(state.modals.last(), Some(Modal::Info { .. }));
    match state.modals.last() {
        Some(Modal::Palette(_)) => roster::choose_offer(state, out),
        Some(Modal::Emoji(_)) => emoji::confirm(state, out),
        Some(Modal::Choose(_)) => choose::confirm(state, out),
        Some(Modal::Menu(_)) => menu::confirm(state, out),
        Some(Modal::Search(_)) => super::search::confirm(state, out),
        Some(Modal::Labels(_)) => label::run(state, Action::LabelToggle, out),
        Some(Modal::Listing(_)) => super::listing::run(state, Action::Confirm, out),
        Some(Modal::Forward(_)) => super::forward::ask(state),
        Some(Modal::Page(_)) => super::page::confirm(state, out),
        Some(Modal::Ballot(_)) => super::ballot::confirm(state, out),
        Some(Modal::Confirm(confirm)) => {
            let then = confirm.then.clone();
            state.modals.pop();
            match then {
                Confirmed::OpenLink(url) => out.push(Effect::Open(url)),
                Confirmed::LeaveGroup(group) => group::leave(state, group, out),
                Confirmed::Group(ask) => _ = super::group_page::ask(state, ask, out),
                Confirmed::Forward => super::forward::send(state, out),
                Confirmed::DeleteMessages { chat, places } => super::acting::delete(state, chat, places, out),
                Confirmed::DeleteChats(chats) => conversation::arrange(state, Arrange::Delete(chats), out),
                Confirmed::ClearChat(chat) => conversation::arrange(state, Arrange::Clear(chat), out),
                Confirmed::DeleteTopic { community, topic } => {
                    super::community::change_now(state, &community, TopicChange::Destroy { topic }, out);
                }
                Confirmed::DeletePermissionGroup { community, id } => {
                    super::community::change_now(state, &community, TopicChange::PermissionGroupGone { id }, out);
                }
                Confirmed::DeleteLabel(name) => conversation::arrange(state, Arrange::LabelDelete(name), out),
                Confirmed::OpenFile(want) => media::open_program(want, out),
                Confirmed::SendFile(chat, file, pasted) => media::send_pasted(state, &chat, file, &pasted, out),
                Confirmed::LogOut => {
                    out.push(Effect::LogOut);
                    timeline::leave(state, out);
                    state.link = crate::state::Link::Down;
                    let form = session::login_form(&state.me, "You are logged out.");
                    state.screen = Screen::Login(form);
                }
            }
        }
        Some(Modal::Ended(Ended::Kicked { .. })) => {
            state.modals.pop();
            session::reconnect(state, out);
        }
        Some(Modal::Ended(Ended::SigExpired)) => {
            state.modals.pop();
            let field = Field { secret: true, ..Field::text("UserSig", "a new UserSig for the same person", "") };
            let says = format!("A new UserSig for {} is needed.", state.me.user);
            state.modals.push(Modal::Form(Form::new(FormKind::Renew, "Log in again", says, vec![field])));
        }
        Some(Modal::Help { .. } | Modal::Info { .. } | Modal::PanelDetails { .. }) => {
            let copies = state.info.as_ref().filter(|info| is_info && !info.copies.is_empty()).map(|info| info.copies.clone());
            if let Some(text) = copies {
                out.push(Effect::Copy(text));
                state.say(Tone::Good, "Copied");
            }
            state.modals.pop();
            timeline::see_open(state, out);
        }
        // Those have acted before.
        // The pages of groups and requests act by themselves.
        Some(Modal::Group(_) | Modal::Requests(_)) => {}
        Some(Modal::React(_) | Modal::Reactors(_) | Modal::Readers(_) | Modal::Pins(_) | Modal::Form(_) | Modal::Viewer(_))
        | None => {}
    }
}
