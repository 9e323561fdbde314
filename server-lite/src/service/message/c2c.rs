//! One-to-one messages: `openim.sendmsg` and `openim.batchsendmsg`.

use super::{Caller, Context, Family, MessageError, Sender, check, relay, view};
use crate::service::relation::gate::{self, Passage};
use crate::service::{Audience, Effect, Outcome, push_outbox};
use crate::store::account::{self, AccountRow, Meeting};
use crate::store::conversation::{self, Advance, Ends, Own, Thread};
use crate::store::engine::Tx;
use crate::store::message::{self, Earlier, Extra, NewMessage, flag};
use tern_protocol::api::ActionStatus;
use tern_protocol::api::message::{BatchSendMsg, BatchSent, ControlInfo, Message, MsgSent, RawJson, SendMsg};
use tern_protocol::api::presence::AccountError;
use tern_protocol::event::Event;
use tern_protocol::model::group::ReceiveOption;
use tern_protocol::{ErrorCode, MessageKey, limits};

/// Where the sender's own copy goes (`SyncOtherMachine`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum OwnCopy {
    /// To the sender's devices and into the sender's history.
    DevicesAndHistory,
    /// Into the history alone.
    History,
    /// Nowhere.
    Nowhere,
}

/// A message whose fields are checked, before its receiver is known.
#[derive(Clone)]
struct Draft {
    seq: Option<u64>,
    random: u64,
    /// The client's own, which makes the message ID.
    client_time: Option<i64>,
    body: RawJson,
    custom: Option<String>,
    flags: i64,
    extra: Extra,
    own_copy: OwnCopy,
    /// Only connected sessions get it; nothing is stored.
    online_only: bool,
    /// The receiver blocks the sender, who is not told: only the sender has the message.
    swallowed: bool,
    /// Seconds for which a push is worth while.
    life_time: i64,
}

/// `openim.sendmsg`
pub(crate) fn send(tx: &Tx<'_>, cx: &Context, request: SendMsg) -> Result<Outcome<MsgSent>, MessageError> {
    let family = Family::of(&cx.caller);
    let life_time = check::life_time(request.msg_life_time)?;
    let mut draft = Draft {
        seq: check::number(request.msg_seq, "MsgSeq", ErrorCode::MSG_SEQ_INVALID)?,
        random: check::random(request.msg_random, "MsgRandom", ErrorCode::MSG_RANDOM_INVALID)?,
        client_time: check::client_time(cx, request.msg_client_time),
        body: check::body(request.msg_body, request.cloud_custom_data.as_deref(), family)?,
        custom: request.cloud_custom_data.filter(|text| !text.is_empty()),
        flags: check::control(request.send_msg_control.as_deref())
            | check::option(request.is_need_read_receipt, flag::RECEIPT)
            | check::option(request.support_message_extension, flag::EXTENSION),
        extra: extra(request.offline_push_info)?,
        own_copy: own_copy(cx, request.sync_other_machine),
        online_only: request.online_only_flag == Some(1) || life_time == 0,
        swallowed: false,
        life_time,
    };
    let to = request.to_account.filter(|to| !to.is_empty()).ok_or(MessageError::Field {
        field: "To_Account",
        what: "is missing",
        code: ErrorCode::TO_ACCOUNT_INVALID,
    })?;
    let parties = parties(tx, cx, request.from_account.as_deref(), &to, family)?;
    // An app admin's messages pass.
    if family == Family::Client {
        match gate::passage(tx, cx, parties.from.tiny_id, parties.to.tiny_id, parties.is_blocked)? {
            Passage::Delivered => {}
            Passage::Swallowed => draft.swallowed = true,
            Passage::Refused(code) => return Err(MessageError::NoPassage(code)),
        }
    }
    deliver(tx, cx, parties, draft)
}

/// The two ends of a message.
struct Parties {
    from: Sender,
    to: AccountRow,
    /// The receiver blocks the sender; not asked for an app admin's message.
    is_blocked: bool,
    /// A phone of the receiver wants pushes.
    wants_push: bool,
}

fn parties(tx: &Tx<'_>, cx: &Context, from: Option<&str>, to: &str, family: Family) -> Result<Parties, MessageError> {
    let unknown = || MessageError::ReceiverUnknown(super::shown(to), family);
    if let Caller::User(person) = &cx.caller
        && from.is_none_or(|from| from.is_empty() || from == person.user_id.as_str())
    {
        let meeting = account::meet(tx, cx.app.id, person.tiny_id, to)?.ok_or_else(unknown)?;
        let Meeting { to, nick, face_url, is_blocked, wants_push } = meeting;
        let from = Sender { tiny_id: person.tiny_id, user_id: person.user_id.as_str().to_owned(), nick, face_url };
        return Ok(Parties { from, to, is_blocked, wants_push });
    }
    let from = super::sender(tx, cx, from, family)?;
    let to = account::find(tx, cx.app.id, to)?.ok_or_else(unknown)?;
    let wants_push = push_outbox::wants_push(tx, to.tiny_id)?;
    Ok(Parties { from, to, is_blocked: false, wants_push })
}

fn own_copy(cx: &Context, sync_other_machine: Option<i64>) -> OwnCopy {
    match sync_other_machine {
        Some(2) => OwnCopy::Nowhere,
        Some(1) => OwnCopy::DevicesAndHistory,
        // A client's own devices always follow.
        _ if cx.caller.person().is_some() => OwnCopy::DevicesAndHistory,
        _ => OwnCopy::History,
    }
}

fn extra(push_info: Option<RawJson>) -> Result<Extra, MessageError> {
    check::push_info(push_info.as_deref(), ErrorCode::OFFLINE_PUSH_INFO_INVALID)?;
    Ok(Extra { push_info, ..Extra::default() })
}

/// `openim.batchsendmsg`: the same message to many; who cannot get it is listed.
pub(crate) fn batch_send(tx: &Tx<'_>, cx: &Context, request: BatchSendMsg) -> Result<Outcome<BatchSent>, MessageError> {
    let family = Family::Rest;
    let refuse = |what, code| MessageError::Field { field: "To_Account", what, code };
    match request.to_account.len() {
        0 => return Err(refuse("is empty", ErrorCode::BATCH_TO_ACCOUNT_EMPTY)),
        n if n > limits::BATCH_SEND_TARGETS => return Err(refuse("names more than 500 accounts", ErrorCode::TOO_MANY_TARGETS)),
        _ => {}
    }
    let life_time = check::life_time(request.msg_life_time)?;
    let mut draft = Draft {
        seq: check::number(request.msg_seq, "MsgSeq", ErrorCode::MSG_SEQ_INVALID)?,
        random: check::random(request.msg_random, "MsgRandom", ErrorCode::MSG_RANDOM_INVALID)?,
        client_time: None,
        body: check::body(request.msg_body, request.cloud_custom_data.as_deref(), family)?,
        custom: request.cloud_custom_data.filter(|text| !text.is_empty()),
        flags: check::control(request.send_msg_control.as_deref()) | check::option(request.is_need_read_receipt, flag::RECEIPT),
        extra: extra(request.offline_push_info)?,
        own_copy: own_copy(cx, request.sync_other_machine),
        online_only: life_time == 0,
        swallowed: false,
        life_time,
    };
    // One key for all.
    draft.seq.get_or_insert_with(|| u64::from(cx.random.u32()));
    let from = super::sender(tx, cx, request.from_account.as_deref(), family)?;
    let mut outcome = Outcome::reply(BatchSent::default());
    let mut errors = Vec::new();
    let total = request.to_account.len();
    for to in request.to_account {
        let Some(receiver) = account::find(tx, cx.app.id, &to)? else {
            errors.push(AccountError { to_account: to, error_code: ErrorCode::ACCOUNT_NOT_FOUND.0 });
            continue;
        };
        let wants_push = push_outbox::wants_push(tx, receiver.tiny_id)?;
        let parties = Parties { from: from.clone(), to: receiver, is_blocked: false, wants_push };
        let sent = deliver(tx, cx, parties, draft.clone())?;
        outcome.reply.msg_key = sent.reply.msg_key;
        outcome.effects.extend(sent.effects);
    }
    let failed = errors.len();
    if failed == 0 {
        return Ok(outcome);
    }
    outcome.reply.error_list = Some(errors);
    // Who got the message makes it no failure: SDKs would throw away the list.
    let (status, code, info) = match failed == total {
        true => (ActionStatus::Fail, ErrorCode::TO_ACCOUNT_NOT_REGISTERED, "no account got the message"),
        false => (ActionStatus::SomeError, ErrorCode::OK, "some accounts did not get the message"),
    };
    Ok(outcome.partial(status, code, info))
}

fn deliver(tx: &Tx<'_>, cx: &Context, parties: Parties, draft: Draft) -> Result<Outcome<MsgSent>, MessageError> {
    let Parties { from, to, wants_push, .. } = parties;
    let ends = Ends::Pair(from.tiny_id, to.tiny_id);
    let client_time = draft.client_time.unwrap_or_else(|| cx.now_seconds());
    if !draft.online_only
        && let Some(earlier) = repeated(tx, &from, ends, &draft, client_time)?
    {
        return Ok(Outcome::reply(answer(&from, &draft, &earlier)));
    }
    let seq = draft.seq.unwrap_or_else(|| u64::from(cx.random.u32()));
    let time_ms = cx.now_ms;
    let mut placed = Earlier { thread: conversation::ThreadId(0), pos: 0, seq, time_ms, client_time, rev: 0 };
    let mut effects = Vec::new();
    let reception = if draft.online_only {
        reception(tx, conversation::find(tx, ends)?.as_ref(), &to)?
    } else {
        let thread = store(tx, cx, &from, &to, &draft, &mut placed)?;
        let reception = reception(tx, Some(&thread), &to)?;
        let is_wanted = reception == ReceiveOption::AcceptAndNotify && !draft.swallowed;
        if is_wanted && !push_outbox::is_silent(draft.extra.push_info.as_deref()) {
            effects.extend(push_outbox::note_c2c(tx, cx, from.tiny_id, &to, &thread, draft.life_time, wants_push)?);
        }
        reception
    };
    let own_devices = draft.own_copy == OwnCopy::DevicesAndHistory;
    let is_heard = !draft.swallowed && reception != ReceiveOption::Discard;
    let audience = match (own_devices, is_heard) {
        (true, true) if from.tiny_id != to.tiny_id => Audience::Pair(from.tiny_id, to.tiny_id),
        (_, true) => Audience::User(to.tiny_id),
        (true, false) => Audience::User(from.tiny_id),
        (false, false) => {
            return Ok(Outcome::reply(answer(&from, &draft, &placed)));
        }
    };
    let reply = answer(&from, &draft, &placed);
    let event = Event::C2cMessage(event(from, to, draft, &placed, reply.msg_key.clone()));
    let mut outcome = Outcome::reply(reply).then(Effect::tell_others(audience, event, &cx.caller));
    outcome.effects.append(&mut effects);
    Ok(outcome)
}

/// How the receiver wants the messages of a conversation; most have no option of their own, which the thread knows.
fn reception(tx: &Tx<'_>, thread: Option<&Thread>, to: &AccountRow) -> Result<ReceiveOption, MessageError> {
    let Some(thread) = thread.filter(|thread| thread.has_options) else { return Ok(ReceiveOption::default()) };
    let own = conversation::own_row(tx, to.tiny_id, thread.id)?;
    Ok(own.and_then(|own| ReceiveOption::from_number(own.msg_flag)).unwrap_or_default())
}

/// The first answer, if this message was stored before: of a client's message for as long as it is stored, over REST within the same
/// second under the same numbers.
fn repeated(tx: &Tx<'_>, from: &Sender, ends: Ends, draft: &Draft, client_time: i64) -> Result<Option<Earlier>, MessageError> {
    let found = message::earlier(tx, from.tiny_id, draft.random, client_time)?;
    if found.is_empty() {
        return Ok(None);
    }
    let Some(thread) = conversation::find(tx, ends)? else { return Ok(None) };
    let same = |earlier: &Earlier| {
        earlier.thread == thread.id
            && earlier.client_time == client_time
            && (draft.client_time.is_some() || Some(earlier.seq) == draft.seq)
    };
    Ok(found.into_iter().find(same))
}

fn store(
    tx: &Tx<'_>,
    cx: &Context,
    from: &Sender,
    to: &AccountRow,
    draft: &Draft,
    placed: &mut Earlier,
) -> Result<Thread, MessageError> {
    let mut flags = draft.flags;
    if draft.own_copy == OwnCopy::Nowhere {
        flags |= flag::NOT_FOR_SENDER;
    }
    if draft.swallowed {
        flags |= flag::ONLY_FOR_SENDER | flag::NO_UNREAD;
    }
    let step = Advance {
        sender: from.tiny_id,
        time: cx.now_seconds(),
        counts: flags & flag::NO_UNREAD == 0,
        moves_up: flags & flag::NO_LAST == 0 && !draft.swallowed,
    };
    let thread = conversation::advance(tx, Ends::Pair(from.tiny_id, to.tiny_id), step)?;
    if thread.last_pos == 1 {
        if draft.swallowed {
            keep_off_the_list(tx, to, &thread)?;
        }
        conversation::open(tx, to.tiny_id, thread.id, thread.rev)?;
        conversation::open(tx, from.tiny_id, thread.id, thread.rev)?;
    }
    if thread.has_hidden && step.moves_up {
        conversation::bring_back(tx, thread.id, &[from.tiny_id, to.tiny_id], thread.rev)?;
    }
    relay::keep_alive(tx, cx, &draft.body)?;
    *placed = Earlier { thread: thread.id, pos: thread.last_pos, rev: thread.rev, ..*placed };
    message::insert(
        tx,
        NewMessage {
            thread: thread.id,
            pos: thread.last_pos,
            sender: from.tiny_id,
            seq: placed.seq,
            random: draft.random,
            time_ms: placed.time_ms,
            client_time: placed.client_time,
            flags,
            body: draft.body.get(),
            custom: draft.custom.as_deref(),
            extra: &draft.extra,
            rev: thread.rev,
        },
    )?;
    Ok(thread)
}

/// Who blocks the sender of a first message does not see the conversation until something arrives there.
fn keep_off_the_list(tx: &Tx<'_>, to: &AccountRow, thread: &Thread) -> Result<(), MessageError> {
    let own = conversation::own_row(tx, to.tiny_id, thread.id)?;
    if own.is_none() {
        let own = Own { hidden: true, rev: thread.rev, ..Own::default() };
        conversation::put_own(tx, to.tiny_id, thread.id, &own)?;
        conversation::set_has_hidden(tx, thread.id)?;
    }
    Ok(())
}

fn key(draft: &Draft, placed: &Earlier) -> String {
    let narrow = |n: u64| u32::try_from(n).unwrap_or_default();
    let time = placed.time_ms.div_euclid(1000);
    MessageKey { seq: narrow(placed.seq), random: narrow(draft.random), time }.to_string()
}

fn answer(from: &Sender, draft: &Draft, placed: &Earlier) -> MsgSent {
    let stored = placed.pos > 0;
    MsgSent {
        msg_time: placed.time_ms.div_euclid(1000),
        msg_key: key(draft, placed),
        msg_id: view::msg_id(from.tiny_id, placed.client_time, draft.random),
        msg_seq: placed.seq,
        pos: stored.then_some(placed.pos.cast_unsigned()),
        rev: stored.then_some(placed.rev.cast_unsigned()),
    }
}

fn event(from: Sender, to: AccountRow, draft: Draft, placed: &Earlier, msg_key: String) -> Message {
    let stored = placed.pos > 0;
    let bit = |bit: i64| (draft.flags & bit != 0).then_some(1);
    Message {
        from_account: from.user_id,
        to_account: Some(to.user_id),
        msg_seq: placed.seq,
        msg_random: draft.random,
        msg_time_stamp: placed.time_ms.div_euclid(1000),
        msg_client_time: placed.client_time,
        tiny_id: from.tiny_id.to_string(),
        msg_body: Some(draft.body),
        cloud_custom_data: draft.custom,
        nick: Some(from.nick).filter(|nick| !nick.is_empty()),
        head_url: Some(from.face_url).filter(|url| !url.is_empty()),
        msg_key: Some(msg_key),
        no_unread: bit(flag::NO_UNREAD),
        no_last_msg: bit(flag::NO_LAST),
        control_info: ControlInfo::of(bit(flag::NO_UNREAD), bit(flag::NO_LAST)),
        need_read_receipt: bit(flag::RECEIPT),
        support_message_extension: bit(flag::EXTENSION),
        online_only: (!stored).then_some(1),
        pos: stored.then_some(placed.pos.cast_unsigned()),
        rev: stored.then_some(placed.rev.cast_unsigned()),
        ..Message::default()
    }
}
