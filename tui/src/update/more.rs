//! What can be sent besides text and files (`contract/uikit-parity.md` 3.5): the panel, and a form for each.

use super::roster::Submitted;
use super::{ballot, composer, mute};
use crate::action::{Action, Context};
use crate::effect::Effect;
use crate::state::ballot::{Asked, Ballot, OPTIONS_MOST};
use crate::state::composer::Outgoing;
use crate::state::conversation::ChatId;
use crate::state::menu::Menu;
use crate::state::modal::{Extra, Field, Form, FormKind, Modal};
use crate::state::reply::custom_data;
use crate::state::{State, Tone};
use tern_protocol::UserId;

/// What the panel offers: camera, microphone and calls are not for a terminal.
const PANEL: &[Action] =
    &[Action::Attach, Action::SendPlace, Action::SendLink, Action::NewPoll, Action::NewNote, Action::Evaluate, Action::SendCard];

const CHOICE: &[(&str, &str, &str)] =
    &[("one", "one answer", "everybody chooses one"), ("several", "several answers", "everybody may choose several")];
const NAMES: &[(&str, &str, &str)] =
    &[("shown", "with names", "everybody sees who chose what"), ("hidden", "anonymous", "only numbers are shown")];

fn extra_of(action: Action) -> Option<Extra> {
    Some(match action {
        Action::SendPlace => Extra::Place,
        Action::SendLink => Extra::Link,
        Action::NewPoll => Extra::Poll,
        Action::NewNote => Extra::Note,
        Action::Evaluate => Extra::Evaluation,
        Action::SendCard => Extra::Card,
        _ => return None,
    })
}

/// Runs an action of the panel, or opens it.
pub(super) fn run(state: &mut State, action: Action, argument: &str) {
    let Some(chat) = state.open.clone() else {
        return state.say(Tone::Neutral, "Open a conversation first: it is sent to somebody");
    };
    if let Some(says) = mute::says(state, &chat) {
        return state.say(Tone::Bad, format!("Not sent: {says}"));
    }
    let Some(extra) = extra_of(action) else {
        let offered = |action: &&Action| chat.is_group() || !matches!(action, Action::NewPoll | Action::NewNote);
        let actions = PANEL.iter().filter(offered).copied().collect();
        let menu = Menu { title: "Send".into(), context: Context::Composer, actions, chosen: 0 };
        return state.modals.push(Modal::Menu(menu));
    };
    let live = matches!(&chat, ChatId::Group(group) if state.groups.get(group).is_some_and(|group| group.kind == "AVChatRoom"));
    if matches!(extra, Extra::Poll | Extra::Note) && (live || !chat.is_group()) {
        return state.say(Tone::Neutral, "Polls and notes are for groups that keep their messages");
    }
    let form = form(state, extra, &chat, argument.trim());
    state.modals.push(Modal::Form(form));
}

fn form(state: &State, extra: Extra, chat: &ChatId, first: &str) -> Form {
    let choice = |label, choices| Field { label, choices, ..Field::default() };
    let (title, says, fields) = match extra {
        Extra::Place => (
            "Send a place",
            "A title, and degrees such as 48.8584 and 2.2945.",
            vec![
                Field::text("Title", "what is there", first),
                Field::text("Latitude", "-90 to 90", ""),
                Field::text("Longitude", "-180 to 180", ""),
            ],
        ),
        Extra::Link => (
            "Send a link",
            "A text, and where it leads.",
            vec![Field::text("Text", "what is shown", first), Field::text("Address", "https://…", "")],
        ),
        Extra::Poll => (
            "New poll",
            "A question, and answers with ; between them.",
            vec![
                Field::text("Question", "what is asked", first),
                Field::text("Answers", "tea; coffee; water", ""),
                choice("Choice", CHOICE),
                choice("Names", NAMES),
            ],
        ),
        Extra::Note => (
            "New group note",
            "Everybody of the group can write a line under it.",
            vec![Field::text("Title", "who brings what", first), Field::text("Details", "may be empty", "")],
        ),
        Extra::Evaluation => (
            "Evaluate",
            "How it was, from 1 to 5.",
            vec![Field::text("Score", "1 to 5", first), Field::text("Comment", "may be empty", "")],
        ),
        Extra::Card => ("Send a contact card", "Whom the others should know.", vec![Field::text("User ID", "such as bob", first)]),
    };
    let says = format!("{says} To {}.", state.name_of(chat));
    Form::new(FormKind::Extra(extra), title, says, fields)
}

/// One custom element as JSON of a `MsgBody`.
pub(super) fn custom_body(data: &str, desc: &str) -> String {
    serde_json::json!([{"MsgType": "TIMCustomElem", "MsgContent": {"Data": data, "Desc": desc, "Ext": ""}}]).to_string()
}

/// Sends what a form was filled with.
pub(super) fn submit(state: &mut State, extra: Extra, form: &Form, out: &mut Vec<Effect>) -> Result<Submitted, String> {
    let chat = state.open.clone().ok_or("No conversation is open")?;
    let needed = |label: &str, what: &str| match form.value(label) {
        "" => Err(format!("{what} is needed")),
        text => Ok(text.to_owned()),
    };
    let body = match extra {
        Extra::Place => {
            let degrees = |label: &str, most: f64| {
                let value = form.value(label).replace(',', ".").parse::<f64>().ok().filter(|value| value.abs() <= most);
                value.ok_or(format!("{label} is a number from -{most} to {most}"))
            };
            let content = serde_json::json!({
                "Desc": needed("Title", "A title")?, "Latitude": degrees("Latitude", 90.0)?, "Longitude": degrees("Longitude", 180.0)?,
            });
            serde_json::json!([{"MsgType": "TIMLocationElem", "MsgContent": content}]).to_string()
        }
        Extra::Link => {
            let (text, link) = (needed("Text", "A text")?, needed("Address", "An address")?);
            if !["http://", "https://"].iter().any(|scheme| link.starts_with(scheme)) {
                return Err("The address begins with https:// or http://".into());
            }
            let data = serde_json::json!({"businessID": "text_link", "text": text, "link": link});
            custom_body(&data.to_string(), &text)
        }
        Extra::Evaluation => {
            let score = form.value("Score").parse::<u8>().ok().filter(|score| (1..=5).contains(score));
            let score = score.ok_or("The score is a number from 1 to 5")?;
            let data =
                serde_json::json!({"businessID": "evaluation", "version": 1, "score": score, "comment": form.value("Comment")});
            custom_body(&data.to_string(), &format!("{score} of 5"))
        }
        Extra::Card => {
            let user = UserId::parse(form.value("User ID")).map_err(|error| format!("This is no user ID: {error}"))?;
            let name = state.people.name(user.as_str()).to_owned();
            let data = serde_json::json!({"businessID": "user_card", "version": 1, "userID": user.as_str(), "nick": name});
            custom_body(&data.to_string(), &name)
        }
        Extra::Poll => {
            let options: Vec<String> =
                form.value("Answers").split(';').map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect();
            if !(2..=OPTIONS_MOST).contains(&options.len()) {
                return Err(format!("A poll has 2 to {OPTIONS_MOST} answers, with ; between them"));
            }
            let (multiple, anonymous) = (form.value("Choice") == "several", form.value("Names") == "hidden");
            let asked = Asked::Poll { options, multiple, anonymous };
            ballot::post(state, &chat, &Ballot { title: needed("Question", "A question")?, asked }, out);
            return Ok(Submitted::Done);
        }
        Extra::Note => {
            let asked = Asked::Note { details: form.value("Details").to_owned() };
            ballot::post(state, &chat, &Ballot { title: needed("Title", "A title")?, asked }, out);
            return Ok(Submitted::Done);
        }
    };
    let custom = custom_data(!chat.is_group(), None);
    composer::post(state, &chat, Outgoing { body: Some(body), custom, ..Outgoing::default() }, out);
    Ok(Submitted::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::fixture::lively;

    fn opened(chat: ChatId) -> State {
        let mut state = lively();
        crate::update::open_chat(&mut state, &chat, &mut Vec::new());
        state
    }

    /// Fills the fields in order and submits.
    fn fill(state: &mut State, action: Action, values: &[&str]) -> Result<String, String> {
        run(state, action, "");
        let Some(Modal::Form(mut form)) = state.modals.pop() else { panic!("no form") };
        for (field, value) in form.fields.iter_mut().zip(values) {
            match field.choices.iter().position(|(choice, ..)| choice == value) {
                Some(at) => field.chosen = at,
                None => field.editor = crate::state::editor::Editor::with_text(value),
            }
        }
        let FormKind::Extra(extra) = form.kind else { panic!("another form") };
        submit(state, extra, &form, &mut Vec::new())?;
        Ok(state.outbox.last().unwrap().body_json())
    }

    #[test]
    fn each_kind_goes_out_as_the_kits_write_it() {
        let mut state = opened(ChatId::user("bob"));
        let place = fill(&mut state, Action::SendPlace, &["Tower", "48.8584", "2,2945"]).unwrap();
        assert_eq!(
            serde_json::from_str::<serde_json::Value>(&place).unwrap(),
            serde_json::json!([{"MsgType":"TIMLocationElem","MsgContent":{"Desc":"Tower","Latitude":48.8584,"Longitude":2.2945}}])
        );
        let link = fill(&mut state, Action::SendLink, &["Docs", "https://d.example"]).unwrap();
        assert!(link.contains(r#"\"businessID\":\"text_link\""#) && link.contains(r#"\"link\":\"https://d.example\""#), "{link}");
        let score = fill(&mut state, Action::Evaluate, &["4", "quick"]).unwrap();
        assert!(score.contains(r#"\"businessID\":\"evaluation\""#) && score.contains(r#"\"score\":4"#), "{score}");
        let card = fill(&mut state, Action::SendCard, &["cy"]).unwrap();
        assert!(card.contains(r#"\"userID\":\"cy\""#), "{card}");
    }

    #[test]
    fn what_is_wrong_is_said_and_nothing_goes_out() {
        let mut state = opened(ChatId::user("bob"));
        for (action, values) in [
            (Action::SendPlace, &["Tower", "91", "2"][..]),
            (Action::SendLink, &["Docs", "file:///etc/passwd"][..]),
            (Action::Evaluate, &["6", ""][..]),
            (Action::SendCard, &["ä"][..]),
        ] {
            assert!(fill(&mut state, action, values).is_err(), "{action:?}");
        }
        run(&mut state, Action::NewPoll, "");
        assert!(state.modals.is_empty(), "a poll is for groups");
        assert!(state.outbox.is_empty());
    }

    #[test]
    fn a_poll_and_a_note_go_to_a_group_and_take_answers() {
        let mut state = opened(ChatId::group("rust"));
        let poll = fill(&mut state, Action::NewPoll, &["Tea?", "yes; no;", "several", "hidden"]).unwrap();
        assert!(poll.contains(r#"\"options\":[\"yes\",\"no\"]"#) && poll.contains(r#"\"anonymous\":1"#), "{poll}");
        assert!(state.outbox.last().unwrap().extensible);
        assert!(fill(&mut state, Action::NewPoll, &["Tea?", "yes", "one", "shown"]).is_err());
        let note = fill(&mut state, Action::NewNote, &["Dinner", ""]).unwrap();
        assert!(note.contains("group_note") && state.outbox.last().unwrap().extensible);
        run(&mut state, Action::More, "");
        assert!(matches!(state.modals.last(), Some(Modal::Menu(menu)) if menu.actions.contains(&Action::NewNote)));
    }
}
