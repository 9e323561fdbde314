//! Pure: state and event to effects. This file routes; the areas act.

mod acting;
mod attached;
mod ballot;
mod change;
mod choose;
mod community;
mod completion;
mod composer;
mod conversation;
mod create;
mod earlier;
mod emoji;
mod forward;
mod group;
mod group_form;
mod group_news;
mod group_page;
mod group_told;
mod join;
mod jump;
mod key;
mod label;
mod listing;
mod media;
mod menu;
mod modal;
mod more;
mod mouse;
mod mute;
mod outside;
mod page;
mod paste;
mod permission;
mod pin;
mod presence;
mod reaction;
mod receipt;
mod request;
mod room;
mod roster;
mod says;
mod search;
mod session;
mod theme;
mod timeline;
mod typing;

use crate::action::Action;
use crate::effect::{Effect, StoreOp};
use crate::event::{Answer, Event, LocalEvent};
use crate::state::modal::Modal;
use crate::state::pace::Weight;
use crate::state::{Now, State, Tone};

pub(crate) use attached::restore_attached;
#[cfg(test)]
pub(crate) use community::tests as community_tests;
pub(crate) use create::MEMBERS;
pub(crate) use group::MEMBERS_PAGE;
pub(crate) use key::contexts;
pub(crate) use media::{before_draw, look_want};
pub(crate) use mute::says as mute_says;
pub(crate) use pin::may_pin;
#[cfg(test)]
pub(crate) use room::tests as room_tests;
pub(crate) use room::{Order, wake_at as room_wakes_at};
pub(crate) use search::CloudQuery;
pub(crate) use session::{ended_text, login_form};
pub(crate) use timeline::{LOCAL_PAGE, restore};
#[cfg(test)]
pub(crate) use {composer::send, group_page::tests::opened as group_page_fixture, timeline::open as open_chat};

/// Applies an event and says what is to be done outside.
pub(crate) fn update(state: &mut State, event: Event, now: Now) -> Vec<Effect> {
    let mut out = Vec::new();
    state.now = now;
    if state.toast.as_ref().is_some_and(|toast| toast.until_ms <= now.mono_ms) {
        state.toast = None;
    }
    if room::is_talk(state, &event) {
        room::talk(state, event, &mut out);
        return out;
    }
    composer::give_up(state, &mut out);
    let unread = state.conversations.total_unread();
    let written = matches!(event, Event::Key(_) | Event::Paste(_)).then(|| typing::before(state)).flatten();
    match event {
        Event::Key(key) => key::press(state, key, &mut out),
        Event::Paste(text) => paste::take(state, &text, &mut out),
        Event::Mouse(mouse) => mouse::act(state, mouse, &mut out),
        Event::Resize(width, height) => {
            state.size = (width, height);
            timeline::settle(state, &mut out);
        }
        Event::Front(front) => {
            state.in_front = front;
            timeline::see_open(state, &mut out);
        }
        // Pictures are looked at where the terminal is.
        Event::Measured { glyphs, .. } => {
            state.settings.text.glyphs = glyphs;
            out.push(Effect::KeepGlyphs(glyphs));
        }
        Event::Link(event) => session::link(state, event, &mut out),
        Event::Server(event) => session::server(state, event, &mut out),
        Event::Answer(answer) => answered(state, answer, &mut out),
        Event::Local(LocalEvent::Page { chat, messages, held }) => timeline::local_page(state, &chat, &messages, held, &mut out),
        Event::Local(LocalEvent::Window { chat, at, messages, range }) => {
            jump::local_window(state, &chat, at, &messages, range, &mut out);
        }
        Event::Local(LocalEvent::Attached { chat, rows, pins }) => attached::loaded(state, &chat, rows, pins),
        Event::Local(LocalEvent::Found { serial, section, result }) => search::found(state, serial, section, result),
        Event::Local(LocalEvent::Trouble(text)) => state.say(Tone::Bad, text),
        Event::Media(event) => media::told(state, event, &mut out),
        Event::Local(LocalEvent::Edited(result)) => outside::edited(state, result),
        Event::Panel(entry) => {
            if let Some(panel) = &mut state.panel {
                panel.push(entry);
            }
        }
        Event::Woke => {}
        Event::Terminate => state.quitting = true,
    }
    if let Some(timeline) = state.open_timeline_mut() {
        timeline.keep_at_end();
    }
    page::refresh(state);
    menu::refresh(state);
    group_page::settle(state);
    media::complete_path(state, &mut out);
    if state.quitting {
        keep_draft(state, &mut out);
        room::leave(state, &mut out);
    }
    room::settle(state, &mut out);
    attached::settle(state, &mut out);
    typing::settle(state, written.as_ref(), &mut out);
    if unread != state.conversations.total_unread() {
        out.push(Effect::Title(title(state)));
    }
    out
}

/// What an event that is about to be handled means to the screen.
pub(crate) fn weight(state: &State, event: &Event) -> Weight {
    if !room::is_talk(state, event) {
        Weight::Urgent
    } else if state.open_room().is_some() {
        Weight::Passing
    } else {
        Weight::Unseen
    }
}

/// The terminal window's title.
pub(crate) fn title(state: &State) -> String {
    match state.conversations.total_unread() {
        0 => "tern".into(),
        unread => format!("({unread}) tern"),
    }
}

fn answered(state: &mut State, answer: Answer, out: &mut Vec<Effect>) {
    match answer {
        Answer::Pulled { first, result } => session::pulled(state, first, result, out),
        Answer::History { chat, result } => timeline::history(state, &chat, result, out),
        Answer::Searched { query, result } => search::found(state, query.serial, query.section, result),
        Answer::Window { chat, at, result } => jump::server_window(state, &chat, at, result, out),
        Answer::Delivered { key, result } => composer::delivered(state, &key, result, out),
        Answer::Acted(acted) => acting::answered(state, acted, out),
        Answer::DeliveryLost { key } => composer::delivery_lost(state, &key, out),
        Answer::ReadReported { chat, place, ok } => timeline::read_reported(state, &chat, place, ok, out),
        Answer::PersonFound { user, result } => roster::person_found(state, &user, result, out),
        Answer::GroupCreated { group, result } => create::created(state, &group, result, out),
        Answer::LookedUp { group, result } => join::looked_up(state, &group, result),
        Answer::GroupJoined { group, result } => join::joined(state, &group, result, out),
        Answer::GroupLeft { group, result } => group::left(state, &group, result, out),
        Answer::Arranged { what, result } => conversation::arranged(state, what, result, out),
        Answer::ConversationSet { chat, setting, result } => conversation::set_answered(state, &chat, setting, result, out),
        Answer::Mentionable { group, from, result } => completion::members(state, &group, from, result, out),
        Answer::Group { ask, result } => group_told::answered(state, ask, result, out),
        Answer::Attached(answer) => attached::answered(state, answer, out),
        Answer::Community(answer) => community::answered(state, answer, out),
        Answer::Room(answer) => room::answered(state, answer, out),
    }
}

/// Runs an action, by whatever way it was asked for.
pub(crate) fn run(state: &mut State, action: Action, argument: &str, out: &mut Vec<Effect>) {
    if room::run(state, action, argument, out) {
        return;
    }
    match action {
        Action::Quit => state.quitting = true,
        Action::Interrupt => key::interrupt(state),
        Action::Suspend => {
            media::forget_pictures(state, out);
            out.push(Effect::Suspend);
        }
        Action::Redraw => {
            media::forget_pictures(state, out);
            out.push(Effect::Redraw);
        }
        Action::Help => state.modals.push(Modal::Help { scroll: 0 }),
        Action::Info if state.info.is_some() => state.modals.push(Modal::Info { scroll: 0 }),
        Action::Info => state.say(Tone::Neutral, "There is no info page: it belongs to tern demo"),
        Action::PanelDetails if state.panel.is_some() => state.modals.push(Modal::PanelDetails { scroll: 0 }),
        Action::PanelDetails => state.say(Tone::Neutral, "There is no panel: it belongs to tern demo"),
        Action::Palette => roster::open_palette(state),
        Action::Reconnect => session::reconnect(state, out),
        Action::LogOut => session::ask_log_out(state),
        Action::ToggleMouse => {
            state.settings.mouse = !state.settings.mouse;
            out.push(Effect::Mouse(state.settings.mouse));
            let text =
                if state.settings.mouse { "Mouse: clicks and wheel go to tern" } else { "Mouse: the terminal's own, to mark text" };
            state.say(Tone::Neutral, text);
        }
        Action::NewChat
        | Action::ListUp
        | Action::ListDown
        | Action::ListPageUp
        | Action::ListPageDown
        | Action::ListFirst
        | Action::ListLast
        | Action::ListOpen
        | Action::TabNext
        | Action::TabPrevious
        | Action::TabChats
        | Action::TabContacts
        | Action::TabGroups
        | Action::TabCommunity
        | Action::FocusChat
        | Action::FocusList
        | Action::NextChat
        | Action::PreviousChat
        | Action::NextUnread
        | Action::CloseChat => roster::run(state, action, argument, out),
        Action::Pin
        | Action::Mute
        | Action::ChatMenu
        | Action::FilterNext
        | Action::FilterPrevious
        | Action::ShowHidden
        | Action::Pick
        | Action::MarkRead
        | Action::MarkUnread
        | Action::ReadAll
        | Action::Star
        | Action::Fold
        | Action::Hide
        | Action::DeleteChat
        | Action::ClearChat
        | Action::ReceiveMenu
        | Action::ReceiveNotify
        | Action::ReceiveSilent
        | Action::ReceiveMentions
        | Action::ReceiveBlock => conversation::run(state, action, out),
        Action::LabelPage
        | Action::LabelToggle
        | Action::LabelNew
        | Action::LabelRename
        | Action::LabelDelete
        | Action::LabelHide
        | Action::LabelUp
        | Action::LabelDown => label::run(state, action, out),
        Action::TopicNew | Action::TopicDetail | Action::TopicDelete | Action::CategoryRename | Action::PermissionGroups => {
            community::run(state, action, argument, out);
        }
        // Of a live room alone, which takes them above.
        Action::Like
        | Action::Gift
        | Action::RoomMention
        | Action::RoomMute
        | Action::RoomUnmute
        | Action::RoomBan
        | Action::RoomAdmin => {}
        Action::NewGroup | Action::JoinGroup | Action::LeaveGroup => group::run(state, action, argument, out),
        Action::GroupInfo
        | Action::Members
        | Action::Invite
        | Action::GroupNotice
        | Action::MemberFind
        | Action::MemberPick
        | Action::MemberMention => group_page::run(state, action, argument, out),
        Action::Requests => request::open(state, out),
        Action::ListingNew | Action::ListingEdit | Action::ListingToggle => listing::run(state, action, out),
        Action::RemoveItem if matches!(state.modals.last(), Some(Modal::Listing(_))) => listing::run(state, action, out),
        Action::Search | Action::Find | Action::SearchWhere => search::run(state, action, argument, out),
        Action::Goto => modal::ask_goto(state, argument, out),
        Action::OpenRecord | Action::Replies => page::open(state, action, out),
        Action::Forward
        | Action::Mark
        | Action::ForwardEach
        | Action::ForwardCombined
        | Action::DeleteMarked
        | Action::StopMarking
        | Action::MarkTarget
        | Action::NewTarget => forward::run(state, action, out),
        Action::Quote
        | Action::Reply
        | Action::CancelAnswer
        | Action::JumpQuoted
        | Action::Recall
        | Action::ReEdit
        | Action::DeleteMessage => acting::run(state, action, out),
        Action::Send | Action::Resend | Action::Discard | Action::Edit(_) => composer::run(state, action, out),
        Action::React | Action::Reactions => reaction::run(state, action, argument, out),
        Action::Vote | Action::BallotPick | Action::BallotClose => ballot::run(state, action, out),
        Action::More
        | Action::SendPlace
        | Action::SendLink
        | Action::NewPoll
        | Action::NewNote
        | Action::Evaluate
        | Action::SendCard => more::run(state, action, argument),
        Action::Theme => theme::choose(state, argument, out),
        Action::Colour => conversation::colour(state, argument, out),
        Action::ToggleOnline | Action::CustomStatus => presence::run(state, action, argument, out),
        Action::Readers | Action::ToggleReceipts => receipt::run(state, action, out),
        Action::PinMessage | Action::Pins => pin::run(state, action, out),
        Action::ScrollUp
        | Action::ScrollDown
        | Action::ScrollTop
        | Action::ScrollBottom
        | Action::ScrollUnread
        | Action::ScrollMention
        | Action::SelectMessages
        | Action::MessageUp
        | Action::MessageDown
        | Action::MessageFirst
        | Action::MessageLast
        | Action::Copy
        | Action::BackToComposer => timeline::run(state, action, out),
        Action::OfferUp | Action::OfferDown | Action::OfferTake | Action::OfferClose => completion::run(state, action, out),
        Action::Emoji => emoji::open(state, argument, out),
        Action::EditOutside => outside::edit(state, out),
        Action::WrittenEarlier | Action::WrittenLater => earlier::run(state, action),
        Action::OpenLink | Action::CopyLink => choose::links(state, action, out),
        Action::MessageMenu => menu::open_message(state),
        Action::Attach
        | Action::SendAsFile
        | Action::OpenMedia
        | Action::ViewMedia
        | Action::SaveMedia
        | Action::DownloadMedia
        | Action::CopyUrl
        | Action::CancelTransfer
        | Action::ViewerNext
        | Action::ViewerPrevious => media::run(state, action, argument, out),
        Action::Cancel
        | Action::Confirm
        | Action::FieldNext
        | Action::FieldPrevious
        | Action::ItemUp
        | Action::ItemDown
        | Action::ItemPageUp
        | Action::ItemPageDown
        | Action::ChoiceNext
        | Action::ChoicePrevious
        | Action::RequestAgree
        | Action::RemoveItem => modal::run(state, action, out),
    }
}

/// The stored message that is selected in the open conversation.
fn selected_place(state: &State) -> Option<(crate::state::conversation::ChatId, u64)> {
    let place = state.open_timeline()?.selected_row()?.place?;
    Some((state.open.clone()?, place))
}

/// Saves a conversation's row.
fn save(state: &State, chat: &crate::state::conversation::ChatId, out: &mut Vec<Effect>) {
    // Nothing of a live room is kept.
    if let Some(conversation) = state.conversations.get(chat).filter(|_| state.room_of(chat).is_none()) {
        out.push(Effect::Store(StoreOp::Conversation(conversation.clone())));
    }
}

/// Keeps what is written in the open conversation.
fn keep_draft(state: &mut State, out: &mut Vec<Effect>) {
    let Some(chat) = state.open.clone().filter(|chat| state.room_of(chat).is_none()) else { return };
    let blank = state.composer.is_blank();
    let text = if blank { String::new() } else { state.composer.text().to_owned() };
    let mentions = if blank { Vec::new() } else { state.composer.mentions().to_vec() };
    let answers = state.answering.clone();
    let known = state.conversations.get(&chat);
    let known = known.map(|known| (known.draft.as_str(), known.draft_answers.as_ref(), known.draft_mentions.as_slice()));
    if known.unwrap_or_default() != (text.as_str(), answers.as_ref(), mentions.as_slice()) {
        let draft_s = if text.is_empty() && answers.is_none() { 0 } else { state.now.seconds() };
        state.conversations.change(&chat, |conversation| {
            conversation.draft = text;
            conversation.draft_answers = answers;
            conversation.draft_mentions = mentions;
            conversation.draft_s = draft_s;
        });
        save(state, &chat, out);
    }
}

#[cfg(test)]
mod behaviour_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod list_tests;
#[cfg(test)]
mod tests;
