//! Applications to join one's groups and invitations: the page of them, and deciding.

use super::{group_form, group_page};
use crate::action::Action;
use crate::effect::{Ask, Effect, GroupAsk};
use crate::state::conversation::ChatId;
use crate::state::group_page::left;
use crate::state::modal::{Choose, Chosen, GroupForm, Modal};
use crate::state::request::{Request, RequestPage};
use crate::state::{State, Tone};

/// Asks for all of them.
pub(super) fn ask(state: &State, out: &mut Vec<Effect>) {
    if state.online() {
        out.push(Effect::Ask(Ask::Group(GroupAsk::Requests)));
    }
}

/// Opens the page: of the group whose page is open or whose messages are shown where some wait there, else of all.
pub(super) fn open(state: &mut State, out: &mut Vec<Effect>) {
    let at_hand = match (group_page::page(state), &state.open) {
        (Some(page), _) => Some(page.group.clone()),
        (None, Some(ChatId::Group(group))) => Some(group.to_string()).filter(|group| state.requests_in(group) > 0),
        _ => None,
    };
    state.modals.push(Modal::Requests(RequestPage { group: at_hand, chosen: 0 }));
    ask(state, out);
    if state.requests.unread > 0 && state.online() {
        let time_s = state.server_now_s();
        out.push(Effect::Ask(Ask::Group(GroupAsk::RequestsSeen { time_s })));
    }
    state.requests.unread = 0;
}

/// The chosen one.
fn chosen(state: &State) -> Option<Request> {
    let Some(Modal::Requests(page)) = state.modals.last() else { return None };
    page.rows(&state.requests).get(page.chosen).map(|request| (*request).clone())
}

/// What an action does on the page; false: it does what it always does.
pub(super) fn dialog(state: &mut State, action: Action, out: &mut Vec<Effect>) -> bool {
    let Some(Modal::Requests(page)) = state.modals.last() else { return false };
    let count = page.rows(&state.requests).len();
    let step = match action {
        Action::ItemUp => -1,
        Action::ItemDown => 1,
        Action::ItemPageUp => -10,
        Action::ItemPageDown => 10,
        Action::Confirm => {
            detail(state);
            return true;
        }
        Action::RequestAgree | Action::RemoveItem => {
            match chosen(state).filter(|request| state.decides(request)) {
                Some(request) => decide(state, request, action == Action::RequestAgree, out),
                None => state.say(Tone::Neutral, "There is nothing to decide"),
            }
            return true;
        }
        _ => return false,
    };
    if let Some(Modal::Requests(page)) = state.modals.last_mut() {
        page.chosen = page.chosen.saturating_add_signed(step).min(count.saturating_sub(1));
    }
    true
}

fn decide(state: &mut State, request: Request, agree: bool, out: &mut Vec<Effect>) {
    group_page::ask(state, GroupAsk::Decide { request: Box::new(request), agree, words: String::new() }, out);
}

/// The whole of one, with what can be done.
fn detail(state: &mut State) {
    let Some(request) = chosen(state) else { return };
    let mut says = request.says();
    let ago = left((state.server_now_s() - request.time_s).max(0)).replace(" left", " ago");
    says.push_str(&format!(" ({ago})"));
    if !request.words.is_empty() {
        says.push_str(&format!("\n“{}”", request.words));
    }
    if !request.waits() {
        let by = if request.handled == 2 { "you" } else { "somebody else" };
        let word = if request.agreed { "Agreed" } else { "Declined" };
        says.push_str(&format!("\n{word} by {by}"));
        if !request.answer.is_empty() {
            says.push_str(&format!(": {}", request.answer));
        }
    }
    let mut answers = Vec::new();
    if state.decides(&request) {
        let boxed = || Box::new(request.clone());
        answers.push(("Agree".to_owned(), Chosen::Group(GroupAsk::Decide { request: boxed(), agree: true, words: String::new() })));
        answers
            .push(("Decline".to_owned(), Chosen::Group(GroupAsk::Decide { request: boxed(), agree: false, words: String::new() })));
        answers.push(("Decline with a reason …".to_owned(), Chosen::DeclineWith(boxed())));
    } else {
        answers.push(("Close".to_owned(), Chosen::Nothing));
    }
    state.modals.push(Modal::Choose(Choose { title: request.group_shown().to_owned(), says, answers, chosen: 0 }));
}

/// A reason is wanted.
pub(super) fn decline_with(state: &mut State, request: Box<Request>) {
    group_form::open(state, GroupForm::Decline { request }, "");
}

#[cfg(test)]
mod tests;
