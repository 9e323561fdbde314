//! Receipts per message (`contract/client-semantics.md` 5.2): asking for them, telling them, and who has read.

use super::attached::annotate;
use crate::action::Action;
use crate::effect::{Ask, AttachedAsk, Effect, StoreOp};
use crate::event::{ReadersPage, Refusal};
use crate::state::attached::{Annotation, Counts};
use crate::state::conversation::ChatId;
use crate::state::modal::Modal;
use crate::state::readers::Readers;
use crate::state::{State, Tone};
use tern_protocol::api::receipt::Receipt;
use tern_protocol::event::ReceiptNotice;

/// Messages in one request.
const PLACES_MOST: usize = 30;
/// Members of a group in which messages may ask for receipts.
const MEMBERS_MOST: u64 = 200;

/// Whether a message that is sent now asks who has read it.
pub(super) fn asks(state: &State, chat: &ChatId) -> bool {
    let fits = match chat {
        ChatId::User(_) => true,
        ChatId::Group(group) => state.groups.get(group).is_some_and(|group| {
            matches!(group.kind.as_str(), "Private" | "Public" | "ChatRoom") && group.member_num <= MEMBERS_MOST
        }),
    };
    state.receipts && fits
}

/// Receipts of own messages changed.
pub(super) fn changed(state: &mut State, notice: &ReceiptNotice, out: &mut Vec<Effect>) {
    if let Some(chat) = ChatId::from_wire(&notice.id) {
        take(state, &chat, &notice.receipts, out);
    }
}

fn take(state: &mut State, chat: &ChatId, receipts: &[Receipt], out: &mut Vec<Effect>) {
    for receipt in receipts {
        let counts = Counts { read: receipt.read_num, unread: receipt.unread_num };
        annotate(state, chat, receipt.place, Annotation::Receipt(counts), out);
    }
}

/// Asks for the receipts of own messages in sight.
pub(super) fn ask(state: &mut State, chat: &ChatId, shown: &[u64], out: &mut Vec<Effect>) {
    if !state.receipts {
        return;
    }
    let Some(timeline) = state.timeline_mut(chat) else { return };
    let mut places = Vec::new();
    for place in shown.iter().rev() {
        timeline.change(*place, |message| {
            if message.lacks_receipt() && places.len() < PLACES_MOST {
                message.attached.asked.receipt = true;
                places.push(*place);
            }
        });
    }
    if !places.is_empty() {
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Receipts { chat: chat.clone(), places })));
    }
}

/// Receipts as the server has them.
pub(super) fn known(state: &mut State, chat: &ChatId, result: Result<Vec<Receipt>, Refusal>, out: &mut Vec<Effect>) {
    if let Ok(receipts) = result {
        take(state, chat, &receipts, out);
    }
}

/// Tells the senders of messages in sight that they are read, where they want to know.
pub(super) fn tell(state: &mut State, chat: &ChatId, shown: &[u64], out: &mut Vec<Effect>) {
    if !state.in_front || !state.modals.is_empty() {
        return;
    }
    let Some(timeline) = state.timeline_mut(chat) else { return };
    let (mut places, mut keys) = (Vec::new(), Vec::new());
    for place in shown {
        timeline.change(*place, |message| {
            if message.owes_receipt() && places.len() < PLACES_MOST {
                message.attached.asked.seen = true;
                places.push(*place);
                if !chat.is_group() {
                    keys.push(message.c2c_key());
                }
            }
        });
    }
    if !places.is_empty() {
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Seen { chat: chat.clone(), places, keys })));
    }
}

/// The server knows that messages were seen. What it refuses is not told again; what was lost is, after the next login.
pub(super) fn told(state: &mut State, chat: &ChatId, places: &[u64], result: Result<(), Refusal>, out: &mut Vec<Effect>) {
    if result.is_err_and(|refusal| refusal.code == 0) {
        return;
    }
    for place in places {
        annotate(state, chat, *place, Annotation::ReceiptSent(true), out);
    }
}

/// Runs an action about receipts.
pub(super) fn run(state: &mut State, action: Action, out: &mut Vec<Effect>) {
    match action {
        Action::ToggleReceipts => {
            state.receipts = !state.receipts;
            let value = if state.receipts { "on" } else { "off" };
            out.push(Effect::Store(StoreOp::Set { name: "receipts", value: value.into() }));
            let says = if state.receipts {
                "Message read status is on: your messages ask who has read them"
            } else {
                "Message read status is off: your messages do not ask who has read them"
            };
            state.say(Tone::Neutral, says);
        }
        Action::Readers => open_readers(state, out),
        _ => {}
    }
}

fn open_readers(state: &mut State, out: &mut Vec<Effect>) {
    let Some((chat, place)) = super::selected_place(state) else {
        state.say(Tone::Neutral, "Pick a message of yours first (Alt-M)");
        return;
    };
    let Some(row) = state.timeline(&chat).and_then(|timeline| timeline.at(place)) else { return };
    if !row.mine || !row.is_shown_message() || (chat.is_group() && !row.asks_receipt) {
        state.say(Tone::Neutral, "This message did not ask who has read it (/receipts switches that on for the next ones)");
        return;
    }
    let title = row.abstract_line();
    let mut readers = Readers::new(chat.clone(), place, title);
    if let ChatId::Group(group) = &chat {
        if state.online() {
            for read in [true, false] {
                readers.list_mut(read).busy = true;
                let (group, cursor) = (group.to_string(), String::new());
                out.push(Effect::Ask(Ask::Attached(AttachedAsk::Readers { group, place, read, cursor })));
            }
        } else {
            let says = "Who has read it comes from the server; there is no link now";
            [true, false].into_iter().for_each(|read| readers.list_mut(read).error = Some(says.into()));
        }
    }
    state.modals.push(Modal::Readers(readers));
}

/// A page of readers, or of those who have not read.
pub(super) fn readers(state: &mut State, group: &str, place: u64, read: bool, result: Result<ReadersPage, Refusal>) {
    let open = state.modals.iter_mut().rev().find_map(|modal| match modal {
        Modal::Readers(readers) if readers.place == place && readers.chat == ChatId::group(group) => Some(readers),
        _ => None,
    });
    let Some(readers) = open else { return };
    let list = readers.list_mut(read);
    list.busy = false;
    match result {
        Ok(page) => {
            list.users.extend(page.users);
            list.next = page.next;
        }
        Err(refusal) => list.error = Some(refusal.to_string()),
    }
}

/// Near the end of a list the next page is asked for.
pub(super) fn more_readers(state: &mut State, out: &mut Vec<Effect>) {
    let Some(Modal::Readers(readers)) = state.modals.last_mut() else { return };
    let (ChatId::Group(group), place, read) = (readers.chat.clone(), readers.place, readers.read_tab) else { return };
    let chosen = readers.chosen;
    let list = readers.list_mut(read);
    if chosen + 10 >= list.users.len()
        && !list.busy
        && let Some(cursor) = list.next.take()
    {
        list.busy = true;
        out.push(Effect::Ask(Ask::Attached(AttachedAsk::Readers { group: group.to_string(), place, read, cursor })));
    }
}
