//! Group messages and tips (`contract/rest-api.md` section 13): one row each, however many members.

use super::view::{self, Where};
use super::{Context, Family, MessageError, Sender, check, mention, relay, room};
use crate::service::group::permission::{self, Action, Standing};
use crate::service::group::{rights, tell, topic};
use crate::service::{Audience, Effect, Outcome, push_outbox};
use crate::store::conversation::{self, Advance, Ends, Thread};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::{self, GroupRow, MemberRow};
use crate::store::message::{self, Earlier, Extra, NewMessage, flag};
use crate::store::{TinyId, account};
use serde_json::Value;
use tern_protocol::api::message::{ControlInfo, GroupMsgSent, Message, RawJson, SendGroupMsg};
use tern_protocol::event::{self, Event, GroupTip};
use tern_protocol::model::group::GroupKind;
use tern_protocol::{ErrorCode, limits};

/// `MsgPriority` by its number less one.
const PRIORITIES: [&str; 4] = ["High", "Normal", "Low", "Lowest"];

/// A group message whose fields are checked.
pub(super) struct Draft {
    pub(super) random: u64,
    pub(super) client_seq: u64,
    pub(super) client_time: Option<i64>,
    body: RawJson,
    custom: Option<String>,
    flags: i64,
    pub(super) priority: i64,
    extra: Extra,
    online_only: bool,
}

fn refuse(field: &'static str, what: &'static str) -> MessageError {
    MessageError::Field { field, what, code: ErrorCode::GROUP_BAD_PARAMETER }
}

/// `group_open_http_svc.send_group_msg`
pub(crate) fn send(tx: &Tx<'_>, cx: &Context, request: SendGroupMsg) -> Result<Outcome<GroupMsgSent>, MessageError> {
    let group = super::locate::chat(tx, cx, request.group_id.as_deref(), request.topic_id.as_deref())?;
    let from = super::sender(tx, cx, request.from_account.as_deref(), Family::Group)?;
    let member = group::member(tx, group.no, from.tiny_id)?;
    let standing = standing(tx, cx, &group, member.as_ref())?;
    if group.kind == GroupKind::AvChatRoom {
        room::check(&request)?;
        room::may_send(tx, cx, &group, member.as_ref())?;
        let draft = draft(tx, cx, &group, standing, request)?;
        return room::deliver(tx, cx, &group, &from, member.as_ref(), &draft);
    }
    may_send(cx, &group, member.as_ref(), standing)?;
    if group.no.is_topic() {
        topic::may_send(tx, cx, &group, member.as_ref(), standing)?;
    }
    let draft = draft(tx, cx, &group, standing, request)?;
    deliver(tx, cx, &group, &from, member.as_ref(), &draft)
}

/// What the sender is in the group.
fn standing(tx: &Tx<'_>, cx: &Context, group: &GroupRow, member: Option<&MemberRow>) -> Result<Standing, StoreError> {
    if cx.caller.is_admin() {
        return Ok(Standing::AppAdmin);
    }
    match member.and_then(|member| Some((member, member.role?))) {
        Some((member, role)) => rights::standing(tx, group, member.tiny_id, role),
        None => Ok(Standing::Outside),
    }
}

/// An app admin's messages pass; a member may be muted, alone or with everybody.
fn may_send(cx: &Context, group: &GroupRow, member: Option<&MemberRow>, standing: Standing) -> Result<(), MessageError> {
    if standing == Standing::AppAdmin {
        return Ok(());
    }
    if !permission::allows(group.kind, Action::Send, standing) {
        return Err(MessageError::GroupForbidden(match standing {
            Standing::Granted(_) => "none of your permission groups gives the right to send",
            _ => "only members may send to this group",
        }));
    }
    if member.is_some_and(|member| member.muted_until > cx.now_seconds()) {
        return Err(MessageError::Muted("the sender is muted in this group"));
    }
    match group.mute_all && !permission::above_the_mute(group.kind, standing) {
        true => Err(MessageError::Muted("everybody is muted in this group")),
        false => Ok(()),
    }
}

fn draft(tx: &Tx<'_>, cx: &Context, group: &GroupRow, standing: Standing, request: SendGroupMsg) -> Result<Draft, MessageError> {
    let stores = group.kind.stores_messages();
    let online_only = request.online_only_flag == Some(1);
    let mut flags = check::control(request.send_msg_control.as_deref());
    if online_only && flags != 0 {
        return Err(refuse("SendMsgControl", "does not go with OnlineOnlyFlag 1"));
    }
    flags |= wanted_receipts(cx, group, request.need_read_receipt, online_only)?
        | check::option(request.support_message_extension, flag::EXTENSION);
    let mentions = mention::check(group, standing, request.group_at_info.unwrap_or_default())?;
    let targets = targets(tx, cx, group, request.to_account.unwrap_or_default())?;
    if !mentions.is_empty() {
        if !targets.is_empty() {
            return Err(refuse("GroupAtInfo", "does not go with To_Account"));
        }
        flags |= flag::MENTIONS;
    }
    if !targets.is_empty() {
        flags |= flag::TARGETED;
    }
    check::push_info(request.offline_push_info.as_deref(), ErrorCode::GROUP_BAD_PARAMETER)?;
    let priority = priority(request.msg_priority.as_ref())?;
    Ok(Draft {
        random: check::random(request.random, "Random", ErrorCode::GROUP_BAD_PARAMETER)?,
        client_seq: request.client_seq.unwrap_or(0),
        client_time: check::client_time(cx, request.msg_client_time),
        body: check::body(request.msg_body, request.cloud_custom_data.as_deref(), Family::Group)?,
        custom: request.cloud_custom_data.filter(|text| !text.is_empty()),
        flags: flags | (priority << flag::PRIORITY_SHIFT),
        priority,
        extra: Extra { mentions, targets, push_info: request.offline_push_info, ..Extra::default() },
        // A live room keeps nothing, so there is nothing to leave out.
        online_only: online_only && stores,
    })
}

/// Types without receipts, and applications that have them off, do as if none had been asked for.
fn wanted_receipts(cx: &Context, group: &GroupRow, wanted: Option<i64>, online_only: bool) -> Result<i64, MessageError> {
    if wanted != Some(1) {
        return Ok(0);
    }
    if online_only {
        let what = "online-only messages have no receipts";
        return Err(MessageError::Refused(what, ErrorCode::GROUP_ONLINE_ONLY_MESSAGES_HAVE));
    }
    match super::receipt::check_group(cx, group) {
        Ok(()) => Ok(flag::RECEIPT),
        Err(refused @ MessageError::Refused(_, ErrorCode::GROUP_GROUP_TOO_BIG_READ)) => Err(refused),
        Err(_) => Ok(0),
    }
}

fn priority(value: Option<&Value>) -> Result<i64, MessageError> {
    let by_name = |name: &str| PRIORITIES.iter().position(|word| *word == name).and_then(|at| i64::try_from(at + 1).ok());
    let found = match value {
        None | Some(Value::Null) => Some(2),
        Some(Value::String(name)) if name.is_empty() => Some(2),
        Some(Value::String(name)) => by_name(name),
        Some(value) => value.as_i64().filter(|number| (1..=4).contains(number)),
    };
    found.ok_or_else(|| refuse("MsgPriority", "must be High, Normal, Low or Lowest"))
}

fn targets(tx: &Tx<'_>, cx: &Context, group: &GroupRow, names: Vec<String>) -> Result<Vec<TinyId>, MessageError> {
    use tern_protocol::model::group::GroupKind::{Meeting, Public, Work};
    if names.is_empty() {
        return Ok(Vec::new());
    }
    if names.len() > limits::GROUP_TARGETS {
        return Err(MessageError::TooManyNamed(limits::GROUP_TARGETS, ErrorCode::GROUP_BAD_PARAMETER));
    }
    if !matches!(group.kind, Work | Public | Meeting) {
        return Err(MessageError::GroupForbidden("groups of this type know no targeted messages"));
    }
    let mut targets = Vec::with_capacity(names.len());
    for name in names {
        let target = account::find(tx, cx.app.id, &name)?
            .ok_or_else(|| MessageError::ReceiverUnknown(super::shown(&name), Family::Group))?
            .tiny_id;
        if group::role(tx, group.no, target)?.is_none() {
            return Err(refuse("To_Account", "names somebody who is no member"));
        }
        if !targets.contains(&target) {
            targets.push(target);
        }
    }
    Ok(targets)
}

fn deliver(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    from: &Sender,
    member: Option<&MemberRow>,
    draft: &Draft,
) -> Result<Outcome<GroupMsgSent>, MessageError> {
    let stores = group.kind.stores_messages() && !draft.online_only;
    if stores && let Some(earlier) = repeated(tx, cx, group, from, draft)? {
        return Ok(Outcome::reply(answer(from, draft, &earlier, true)));
    }
    let client_time = draft.client_time.unwrap_or_else(|| cx.now_seconds());
    if !cx.frequency.admit(group.no, draft.priority, cx.app.settings.group_messages_per_second, cx.now_ms) {
        return Ok(Outcome::reply(dropped(cx, from, draft, client_time)));
    }
    let mut placed =
        Earlier { thread: conversation::ThreadId(0), pos: 0, seq: draft.client_seq, time_ms: cx.now_ms, client_time, rev: 0 };
    let mut outcome_effects = Vec::new();
    if !draft.online_only {
        let thread = advance(tx, cx, group, from.tiny_id, draft.flags)?;
        if thread.has_hidden && draft.flags & flag::NO_LAST == 0 {
            bring_back(tx, &thread, from.tiny_id, &draft.extra.targets)?;
        }
        placed = Earlier { thread: thread.id, pos: thread.last_pos, rev: thread.rev, ..placed };
        if stores {
            if !group.active {
                outcome_effects.push(tell::first_message(tx, group)?);
            }
            relay::keep_alive(tx, cx, &draft.body)?;
            insert(tx, from.tiny_id, draft.flags, draft.random, &placed, draft.body.get(), draft.custom.as_deref(), &draft.extra)?;
            if !push_outbox::is_silent(draft.extra.push_info.as_deref()) {
                let noted = match draft.extra.targets.is_empty() {
                    true => push_outbox::note_group(tx, cx, &thread)?,
                    false => push_outbox::note_targets(tx, cx, &thread, &draft.extra.targets)?,
                };
                outcome_effects.extend(noted);
            }
        }
    }
    let message = message_event(group, from, member, draft, &placed, stores);
    let audience = match draft.extra.targets.is_empty() {
        true => Audience::Group(group.no),
        false => {
            let mut users = vec![from.tiny_id];
            for target in &draft.extra.targets {
                if *target != from.tiny_id && mention::hears(tx, group, *target)? {
                    users.push(*target);
                }
            }
            Audience::Users(users)
        }
    };
    let mentioned = if stores { mention::told(tx, cx, group, from, &draft.extra, &placed, &audience)? } else { Vec::new() };
    let told = Effect::tell_others(audience, Event::GroupMessage(message), &cx.caller);
    Ok(Outcome::reply(answer(from, draft, &placed, stores)).then(told).then_all(mentioned).then_all(outcome_effects))
}

/// The first answer, if this message was stored before: of a client's message for as long as it is stored; otherwise for five minutes
/// under the same sender and `Random`.
fn repeated(tx: &Tx<'_>, cx: &Context, group: &GroupRow, from: &Sender, draft: &Draft) -> Result<Option<Earlier>, MessageError> {
    let found = match draft.client_time {
        Some(client_time) => {
            let mut found = message::earlier(tx, from.tiny_id, draft.random, client_time)?;
            found.retain(|earlier| earlier.client_time == client_time);
            found
        }
        None => {
            let now = cx.now_seconds();
            let window = limits::GROUP_DUPLICATE_WINDOW_MS;
            let mut found = Vec::new();
            for minute in 0..=window / 60_000 {
                found.extend(message::earlier(tx, from.tiny_id, draft.random, now - minute * 60)?);
            }
            found.retain(|earlier| cx.now_ms - earlier.time_ms < window);
            found
        }
    };
    if found.is_empty() {
        return Ok(None);
    }
    let thread = conversation::find(tx, Ends::Group(group.no))?;
    Ok(thread.and_then(|thread| found.into_iter().find(|earlier| earlier.thread == thread.id)))
}

/// Puts the conversation back on the lists of those who get the message.
fn bring_back(tx: &Tx<'_>, thread: &Thread, sender: TinyId, targets: &[TinyId]) -> Result<(), StoreError> {
    if targets.is_empty() {
        return conversation::bring_back_all(tx, thread.id, thread.rev);
    }
    conversation::bring_back(tx, thread.id, targets, thread.rev)?;
    conversation::bring_back(tx, thread.id, &[sender], thread.rev)
}

fn advance(tx: &Tx<'_>, cx: &Context, group: &GroupRow, sender: TinyId, flags: i64) -> Result<Thread, StoreError> {
    let counts = flags & (flag::NO_UNREAD | flag::TARGETED) == 0;
    let step = Advance { sender, time: cx.now_seconds(), counts, moves_up: flags & flag::NO_LAST == 0 };
    let thread = conversation::advance(tx, Ends::Group(group.no), step)?;
    if counts && group.kind.counts_unread() && conversation::count_own(tx, sender, thread.id)? == 0 {
        open_for_sender(tx, group, &thread, sender)?;
    }
    Ok(thread)
}

/// A member's first own message: from now on its own messages are counted apart.
fn open_for_sender(tx: &Tx<'_>, group: &GroupRow, thread: &Thread, sender: TinyId) -> Result<(), StoreError> {
    // Nobody needs the count of one who is no member (an app admin may speak from outside).
    if group::role(tx, group.no, sender)?.is_none() {
        return Ok(());
    }
    if let Some(mut own) = crate::service::conversation::own_or_default(tx, thread, sender)? {
        // The message that was just counted is not in the table yet.
        own.own_after += 1;
        own.read_count -= i64::from(own.read_pos < thread.last_pos && own.rev == 0);
        own.rev = thread.rev;
        conversation::put_own(tx, sender, thread.id, &own)?;
    }
    Ok(())
}

#[expect(clippy::too_many_arguments, reason = "columns of one row")]
fn insert(
    tx: &Tx<'_>,
    sender: TinyId,
    flags: i64,
    random: u64,
    placed: &Earlier,
    body: &str,
    custom: Option<&str>,
    extra: &Extra,
) -> Result<(), StoreError> {
    message::insert(
        tx,
        NewMessage {
            thread: placed.thread,
            pos: placed.pos,
            sender,
            seq: placed.seq,
            random,
            time_ms: placed.time_ms,
            client_time: placed.client_time,
            flags,
            body,
            custom,
            extra,
            rev: placed.rev,
        },
    )
}

/// The answer to a message above the group's frequency: success, and for a backend the reason why nobody gets it.
pub(super) fn dropped(cx: &Context, from: &Sender, draft: &Draft, client_time: i64) -> GroupMsgSent {
    GroupMsgSent {
        msg_time: cx.now_seconds(),
        msg_drop_reason: cx.caller.is_admin().then(|| "MsgFreqCtrl".to_owned()),
        msg_id: Some(view::msg_id(from.tiny_id, client_time, draft.random)),
        ..GroupMsgSent::default()
    }
}

pub(super) fn answer(from: &Sender, draft: &Draft, placed: &Earlier, stored: bool) -> GroupMsgSent {
    GroupMsgSent {
        msg_time: placed.time_ms.div_euclid(1000),
        msg_seq: placed.pos.cast_unsigned(),
        msg_drop_reason: None,
        msg_id: Some(view::msg_id(from.tiny_id, placed.client_time, draft.random)),
        rev: stored.then_some(placed.rev.cast_unsigned()),
    }
}

pub(super) fn message_event(
    group: &GroupRow,
    from: &Sender,
    member: Option<&MemberRow>,
    draft: &Draft,
    placed: &Earlier,
    stored: bool,
) -> Message {
    let bit = |bit: i64| (draft.flags & bit != 0).then_some(1);
    let (group_id, topic_id) = view::wire_group(group);
    let mut message = Message {
        from_account: from.user_id.clone(),
        to_group_id: Some(group_id),
        topic_id,
        msg_seq: placed.pos.cast_unsigned(),
        msg_random: draft.random,
        msg_time_stamp: placed.time_ms.div_euclid(1000),
        msg_client_time: placed.client_time,
        tiny_id: from.tiny_id.to_string(),
        msg_body: Some(draft.body.clone()),
        cloud_custom_data: draft.custom.clone(),
        nick: view::filled(&from.nick),
        head_url: view::filled(&from.face_url),
        msg_priority: Some(draft.priority),
        client_seq: (draft.client_seq > 0).then_some(draft.client_seq),
        group_at_info: (!draft.extra.mentions.is_empty()).then(|| draft.extra.mentions.clone()),
        no_unread: bit(flag::NO_UNREAD | flag::TARGETED),
        no_last_msg: bit(flag::NO_LAST),
        control_info: ControlInfo::of(bit(flag::NO_UNREAD | flag::TARGETED), bit(flag::NO_LAST)),
        need_read_receipt: bit(flag::RECEIPT),
        support_message_extension: bit(flag::EXTENSION),
        online_only: (!stored).then_some(1),
        rev: stored.then_some(placed.rev.cast_unsigned()),
        ..Message::default()
    };
    message.group_info = Some(view::group_info(group, &message));
    if let Some(info) = &mut message.group_info {
        info.name_card = member.and_then(|member| view::filled(&member.name_card));
    }
    message
}

/// How a tip is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keep {
    /// With a `MsgSeq` of its own; it counts as unread like a message.
    Stored,
    /// Only who is connected gets it.
    Sent,
}

/// A group tip: `operator` did what `tip` says. Returns the effect that tells the connected members; put it before an
/// [`Effect::Left`] of somebody who shall still hear it, and after an [`Effect::Joined`] of somebody who shall.
pub(crate) fn append_tip(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    operator: TinyId,
    tip: &GroupTip,
    keep: Keep,
) -> Result<Effect, StoreError> {
    let body = event::raw(tip).map_err(|error| StoreError::Engine(error.to_string()))?;
    let mut names = view::Names::new(tx);
    let random = u64::from(cx.random.u32());
    let mut stored = message::Stored {
        thread: conversation::ThreadId(0),
        pos: 0,
        sender: operator,
        seq: 0,
        random,
        time_ms: cx.now_ms,
        client_time: cx.now_seconds(),
        flags: flag::TIP,
        body: body.get().to_owned(),
        custom: None,
        extra: Extra::default(),
        rev: 0,
        changed_rev: 0,
    };
    if keep == Keep::Stored && group.kind.stores_messages() {
        let thread = advance(tx, cx, group, operator, flag::TIP)?;
        if thread.has_hidden {
            conversation::bring_back_all(tx, thread.id, thread.rev)?;
        }
        (stored.thread, stored.pos, stored.rev) = (thread.id, thread.last_pos, thread.rev);
        let placed = Earlier {
            thread: thread.id,
            pos: thread.last_pos,
            seq: 0,
            time_ms: stored.time_ms,
            client_time: stored.client_time,
            rev: thread.rev,
        };
        insert(tx, operator, flag::TIP, random, &placed, body.get(), None, &stored.extra)?;
    }
    let mut message = view::message(&mut names, Where::Group(group), &stored)?;
    if stored.pos == 0 {
        message.online_only = Some(1);
        message.rev = None;
        if !group.kind.stores_messages() {
            // Clients tell two tips of a live room apart by it; a room's own numbers are its messages'.
            message.msg_seq = random;
        }
    }
    Ok(Effect::tell(Audience::Group(group.no), Event::GroupTip(message)))
}
