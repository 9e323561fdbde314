//! Lists over the main screen: what their keys do is decided by what their rows are.

use super::create;
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
        _ => {
            let _ = out;
        }
    }
}
