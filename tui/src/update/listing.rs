//! Lists over the main screen: what their keys do is decided by what their rows are.

use super::{community, create, permission};
use crate::action::Action;
use crate::effect::Effect;
use crate::state::State;
use crate::state::listing::{Listed, Listing};
use crate::state::modal::Modal;

/// The topmost list.
pub(super) fn top(state: &mut State) -> Option<&mut Listing> {
    match state.modals.last_mut() {
        Some(Modal::Listing(listing)) => Some(listing),
        _ => None,
    }
}

/// Runs an action of the topmost list.
pub(crate) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    let Some(listing) = top(state) else { return };
    let (listed, row) = (listing.listed.clone(), listing.row().cloned());
    match (listed, action, row) {
        (Listed::GroupTypes { name }, Action::Confirm, Some(row)) => {
            state.modals.pop();
            create::open_form(state, &row.id, &name);
        }
        (Listed::Topic(topic), Action::Confirm | Action::ListingToggle, Some(row)) => {
            community::on_detail(state, &topic, &row.id, out)
        }
        (Listed::TopicReceive(topic), Action::Confirm, Some(row)) => community::set_receive(state, &topic, &row.id, out),
        (listed, action, row) => permission::run(state, listed, action, row, out),
    }
}
