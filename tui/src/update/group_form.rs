//! Forms about groups and members.

use super::group_page::{self, FOR_EVER_S};
use super::roster::Submitted;
use crate::effect::{Ask, Effect, GroupAsk, GroupField};
use crate::state::conversation::ChatId;
use crate::state::modal::{Field, Form, FormKind, GroupForm, Modal};
use crate::state::rights::Right;
use crate::state::{State, Tone};
use tern_protocol::{UserId, limits};

/// People in one request.
const ADDED_AT_ONCE: usize = 100;

fn limit(form: &GroupForm) -> usize {
    match form {
        GroupForm::Edit { field: GroupField::Name, .. } => limits::GROUP_NAME_BYTES,
        GroupForm::Edit { field: GroupField::Introduction, .. } => limits::GROUP_INTRODUCTION_BYTES,
        GroupForm::Edit { field: GroupField::Notification, .. } => limits::GROUP_NOTIFICATION_BYTES,
        GroupForm::Edit { .. } => limits::GROUP_FACE_URL_BYTES,
        GroupForm::NameCard { .. } => limits::NAME_CARD_BYTES,
        _ => 0,
    }
}

/// Title, what is wanted, the field's label and its hint.
const fn words(form: &GroupForm) -> (&'static str, &'static str, &'static str, &'static str) {
    match form {
        GroupForm::Edit { field: GroupField::Name, .. } => ("Group name", "Everybody sees it.", "Name", "the group's name"),
        GroupForm::Edit { field: GroupField::Introduction, .. } => {
            ("Introduction", "What the group is about.", "Text", "empty: none")
        }
        GroupForm::Edit { field: GroupField::Notification, .. } => {
            ("Group notice", "It stands above the messages.", "Text", "empty: no notice")
        }
        GroupForm::Edit { .. } => ("Group photo", "The address of a picture.", "Address", "https://…"),
        GroupForm::NameCard { .. } => {
            ("Name in this group", "Letters, digits, _ and Chinese characters.", "Name", "empty: the usual one")
        }
        GroupForm::Add { .. } => ("Add members", "Several with commas between.", super::MEMBERS, "whom to bring in: user IDs"),
        GroupForm::Find { .. } => ("Find a member", "By ID, nick or name card.", "Words", "who is looked for"),
        GroupForm::MuteTime { .. } => ("Mute for how long?", "Minutes, or with a letter: 90m, 2h, 3d.", "Time", "2h"),
        GroupForm::RoomAdmin { .. } => ("New administrator", "Keeps order in the live room with you.", "User ID", "such as ann"),
        GroupForm::Decline { .. } => ("Decline", "They see what you write.", "Reason", "may stay empty"),
    }
}

/// Opens a form with a text in its field.
pub(super) fn open(state: &mut State, form: GroupForm, text: &str) {
    let (title, says, label, placeholder) = words(&form);
    let field = Field { limit_bytes: limit(&form), ..Field::text(label, placeholder, text) };
    state.modals.push(Modal::Form(Form::new(FormKind::Group(form), title, says, vec![field])));
    super::modal::suggest(state);
}

/// Opens the form that brings others in; with an argument at once.
pub(super) fn open_add(state: &mut State, argument: &str, out: &mut Vec<Effect>) {
    let Some(page) = group_page::page(state) else { return };
    let group = page.group.clone();
    // Where the options are not known yet, the server decides.
    if page.facts.is_some() && !page.may(state, Right::Invite) {
        state.say(Tone::Neutral, "Members bring nobody in here: the inviting method forbids it");
        return;
    }
    open(state, GroupForm::Add { group }, argument);
    if !argument.is_empty() {
        super::run(state, crate::action::Action::Confirm, "", out);
    }
}

/// A form was filled in.
pub(super) fn submit(state: &mut State, kind: &GroupForm, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let text = form.fields.first().map_or("", Field::value).to_owned();
    let most = limit(kind);
    if most > 0 && text.len() > most {
        return Err(format!("{} bytes, {most} are allowed", text.len()));
    }
    let ask = match kind.clone() {
        GroupForm::Edit { field: GroupField::Name, .. } if text.is_empty() => return Err("The group needs a name".into()),
        GroupForm::Edit { group, field } => GroupAsk::Change { group, field, text },
        GroupForm::NameCard { .. } if !text.chars().all(in_name) => {
            return Err("Only letters, digits, _ and Chinese characters".into());
        }
        GroupForm::NameCard { group, user } => GroupAsk::NameCard { group, user, text },
        GroupForm::Add { group } => GroupAsk::Add { group, users: users(&text)? },
        GroupForm::Find { .. } if text.is_empty() => return Err("What is looked for?".into()),
        GroupForm::Find { group } => GroupAsk::FindMembers { group, words: text },
        GroupForm::MuteTime { group, user } => GroupAsk::Mute { group, user, seconds: seconds(&text)? },
        GroupForm::RoomAdmin { group } => {
            UserId::parse(text.as_str()).map_err(|error| format!("This is no user ID: {error}"))?;
            GroupAsk::SetRoomAdmin { group, user: text, on: true }
        }
        GroupForm::Decline { request } => GroupAsk::Decide { request, agree: false, words: text },
    };
    if !state.online() {
        return Err("There is no link to the server now".into());
    }
    out.push(Effect::Ask(Ask::Group(ask)));
    Ok(Submitted::Asked)
}

fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn users(text: &str) -> Result<Vec<String>, String> {
    let mut users: Vec<String> = Vec::new();
    for user in text.split([',', ' ', ';']).filter(|user| !user.is_empty()) {
        UserId::parse(user).map_err(|error| format!("{user:?} is no user ID: {error}"))?;
        if !users.iter().any(|known| known == user) {
            users.push(user.to_owned());
        }
    }
    match users.len() {
        0 => Err("Who shall join?".into()),
        n if n > ADDED_AT_ONCE => Err(format!("At most {ADDED_AT_ONCE} at once")),
        _ => Ok(users),
    }
}

/// Seconds of a typed time: minutes, or with a letter.
fn seconds(text: &str) -> Result<i64, String> {
    let wrong = || "A time such as 45, 90m, 2h or 3d".to_owned();
    let (number, unit) = match text.chars().last() {
        Some(c) if c.is_ascii_alphabetic() => (&text[..text.len() - 1], c.to_ascii_lowercase()),
        Some(_) => (text, 'm'),
        None => return Err(wrong()),
    };
    let unit_s = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let number: i64 = number.trim().parse().map_err(|_| wrong())?;
    let seconds = number.checked_mul(unit_s).filter(|seconds| *seconds > 0).ok_or_else(wrong)?;
    Ok(seconds.min(FOR_EVER_S))
}

/// A form of groups that waited for its answer is done.
pub(super) fn close(state: &mut State) -> bool {
    let waiting = matches!(state.modals.last(), Some(Modal::Form(form)) if form.busy && matches!(form.kind, FormKind::Group(_)));
    if waiting {
        state.modals.pop();
    }
    waiting
}

/// A refusal, in the form that waits or at the bottom.
pub(super) fn refused(state: &mut State, text: String) {
    match state.modals.last_mut() {
        Some(Modal::Form(form)) if form.busy && matches!(form.kind, FormKind::Group(_)) => {
            form.busy = false;
            form.error = Some(text);
        }
        _ => state.say(Tone::Bad, text),
    }
}

/// The group's name for a sentence.
pub(super) fn name(state: &State, group: &str) -> String {
    state.name_of(&ChatId::group(group)).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("45", Ok(2_700))]
    #[case("90m", Ok(5_400))]
    #[case("2H", Ok(7_200))]
    #[case("3d", Ok(259_200))]
    #[case("99999999d", Ok(FOR_EVER_S))]
    #[case("0", Err(()))]
    #[case("-5", Err(()))]
    #[case("soon", Err(()))]
    #[case("é", Err(()))]
    #[case("", Err(()))]
    fn a_typed_time_is_read(#[case] text: &str, #[case] expected: Result<i64, ()>) {
        assert_eq!(seconds(text).map_err(|_| ()), expected);
    }

    #[test]
    fn ids_are_read_one_by_one_and_each_once() {
        assert_eq!(users("ann, bob;ann cy").unwrap(), ["ann", "bob", "cy"]);
        assert!(users(" , ").is_err());
        assert!(users(&"x".repeat(40)).is_err(), "too long for an ID");
    }
}
