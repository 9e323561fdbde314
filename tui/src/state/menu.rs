//! Which actions make sense for a message: what a menu offers, and what a key may do.

use super::State;
use super::message::{Body, Delivery, Message};
use crate::action::{Action, Context};

/// A popup of actions, each with its key.
#[derive(Clone, Debug)]
pub(crate) struct Menu {
    /// What the actions are about, in a few words.
    pub(crate) title: String,
    /// Where the actions' keys mean what they mean; the popup stands beside the thing selected there.
    pub(crate) context: Context,
    pub(crate) actions: Vec<Action>,
    pub(crate) chosen: usize,
}

/// What the menu of a message may hold, in the order of `contract/uikit-parity.md` 3.1.
pub(crate) const MESSAGE_MENU: &[Action] = &[Action::Copy, Action::Quote, Action::Resend, Action::Discard];

/// Whether an action can be used on this message now.
pub(crate) fn applies(_state: &State, action: Action, message: &Message) -> bool {
    let failed = matches!(message.delivery, Delivery::Failed { .. });
    let said = matches!(message.body, Body::Parts(_));
    match action {
        Action::Copy => !matches!(message.body, Body::Recalled | Body::Unknown),
        Action::Quote => said && !failed,
        Action::Resend | Action::Discard => failed && message.mine,
        _ => false,
    }
}

/// What the menu of a message offers now.
pub(crate) fn offered(state: &State, message: &Message) -> Vec<Action> {
    MESSAGE_MENU.iter().copied().filter(|action| applies(state, *action, message)).collect()
}
