//! Which actions make sense for a message: what a menu offers, and what a key may do.

use super::State;
use super::conversation::ChatId;
use super::message::{Body, Delivery, Message};
use super::relay::{can_forward, record};
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
pub(crate) const MESSAGE_MENU: &[Action] = &[
    Action::React,
    Action::OpenRecord,
    Action::Vote,
    Action::Copy,
    Action::OpenLink,
    Action::CopyLink,
    Action::Forward,
    Action::Mark,
    Action::Quote,
    Action::Reply,
    Action::Replies,
    Action::JumpQuoted,
    Action::Recall,
    Action::ReEdit,
    Action::DeleteMessage,
    Action::PinMessage,
    Action::Readers,
    Action::Reactions,
    Action::ViewMedia,
    Action::OpenMedia,
    Action::SaveMedia,
    Action::DownloadMedia,
    Action::CopyUrl,
    Action::CancelTransfer,
    Action::Resend,
    Action::Discard,
];

/// Whether an action can be used on this message now.
pub(crate) fn applies(state: &State, action: Action, message: &Message) -> bool {
    let failed = matches!(message.delivery, Delivery::Failed { .. });
    let stored = message.place.is_some();
    let said = matches!(message.body, Body::Parts(_));
    let shown = message.is_shown_message();
    match action {
        Action::Copy => !matches!(message.body, Body::Recalled | Body::Unknown),
        Action::OpenLink | Action::CopyLink => !message.links().is_empty(),
        Action::Quote | Action::Reply => said && stored,
        Action::Forward | Action::Mark => can_forward(message),
        Action::Vote => message.ballot().is_some() && in_group(state),
        Action::OpenRecord => record(message).is_some(),
        Action::Replies => message
            .source
            .as_ref()
            .is_some_and(|source| !source.replies.is_empty() || source.reply.as_ref().is_some_and(|reply| reply.root.is_some())),
        Action::JumpQuoted => message.source.as_ref().is_some_and(|source| source.reply.is_some()),
        Action::Recall => said && stored && may_recall(state, message),
        Action::ReEdit => may_re_edit(state, message),
        Action::DeleteMessage => stored,
        Action::Resend | Action::Discard => failed && message.mine,
        Action::React => shown && !is_live_room(state),
        Action::Reactions => shown && !message.attached.reactions.is_empty(),
        Action::Readers => shown && message.mine && (message.asks_receipt || !in_group(state)),
        Action::PinMessage => shown && state.open.as_ref().is_some_and(|chat| crate::update::may_pin(state, chat)),
        Action::ViewMedia
        | Action::OpenMedia
        | Action::SaveMedia
        | Action::DownloadMedia
        | Action::CopyUrl
        | Action::CancelTransfer => super::media::applies(state, action, message),
        _ => false,
    }
}

fn in_group(state: &State) -> bool {
    state.open.as_ref().is_some_and(ChatId::is_group)
}

/// A group that keeps no messages.
fn is_live_room(state: &State) -> bool {
    let Some(ChatId::Group(group)) = &state.open else { return false };
    state.groups.get(group).is_some_and(|group| group.kind == "AVChatRoom")
}

/// What the menu of a message offers now.
pub(crate) fn offered(state: &State, message: &Message) -> Vec<Action> {
    // What is older than the usual window is offered no more; the key asks the server all the same.
    let late = message.mine && state.server_now_s() - message.time_s > state.retracted.window_s;
    let offered = |action: &Action| applies(state, *action, message) && !(late && *action == Action::Recall);
    MESSAGE_MENU.iter().copied().filter(offered).collect()
}

/// Own messages can be taken back for a while, which the server judges; a group's owner and administrators take back any.
fn may_recall(state: &State, message: &Message) -> bool {
    let group = match &state.open {
        Some(ChatId::Group(group)) => state.groups.get(group),
        _ => None,
    };
    let stores = group.is_none_or(|group| group.kind != "AVChatRoom");
    let manages = group.is_some_and(|group| matches!(group.role.as_str(), "Owner" | "Admin"));
    stores && (message.mine || manages)
}

/// An own text that was taken back just now.
pub(crate) fn may_re_edit(state: &State, message: &Message) -> bool {
    let text = |chat: &ChatId| state.retracted.text(chat, message.place?, state.server_now_s());
    message.mine && matches!(message.body, Body::Recalled) && state.open.as_ref().and_then(text).is_some()
}
