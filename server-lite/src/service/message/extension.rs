//! Key-values that people and the backend attach to a message (`contract/rest-api.md` section 6, `contract/client-semantics.md` 3.7).

use super::{Caller, Context, MessageError, locate};
use crate::service::{Audience, Effect, Outcome};
use crate::store::account::AccountRow;
use crate::store::conversation::{self, Ends};
use crate::store::engine::{StoreError, Tx};
use crate::store::extension::{self as store, Pair, State};
use crate::store::group::{self, GroupRow};
use crate::store::message::{self, Stored, flag};
use crate::store::message_change;
use tern_protocol::ErrorCode;
use tern_protocol::api::annotation::{Extension, ExtensionResult, ExtensionResults, GetKeyValues, KeyValues, SetKeyValues};
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::event::{Event, ExtensionNotice};

/// Pairs of one message.
const PAIRS_MOST: i64 = 300;
/// Pairs in one write.
const WRITE_MOST: usize = 20;
/// Writes of one message in a minute.
const WRITES_A_MINUTE: i64 = 200;
/// Pairs in one answer; those of the last version are never parted.
const PAGE: usize = 200;
/// Bytes of a key.
const KEY_BYTES: usize = 100;
/// Bytes of a value.
const VALUE_BYTES: usize = 1_000;

const SET: i64 = 1;
const DELETE: i64 = 2;
const CLEAR: i64 = 3;

/// Where the message stands.
enum Place {
    Pair(AccountRow, AccountRow),
    Group(GroupRow),
}

/// A message that takes extensions.
struct Target {
    place: Place,
    stored: Stored,
}

fn bad(field: &'static str, what: &'static str) -> MessageError {
    MessageError::Field { field, what, code: ErrorCode::MESSAGE_BAD_REQUEST }
}

fn taking(place: Place, stored: Option<Stored>) -> Result<Target, MessageError> {
    let missing = MessageError::Refused("there is no such message", ErrorCode::MESSAGE_MESSAGE_EXTENSION_23004);
    let stored = stored.filter(|stored| !stored.has(flag::RECALLED)).ok_or(missing)?;
    match stored.has(flag::EXTENSION) {
        true => Ok(Target { place, stored }),
        false => Err(MessageError::Refused("the message takes no extensions", ErrorCode::MESSAGE_MESSAGE_WAS_NOT_SENT)),
    }
}

fn of_pair(tx: &Tx<'_>, cx: &Context, from: Option<&str>, to: Option<&str>, msg_key: Option<&str>) -> Result<Target, MessageError> {
    let (from, to) = locate::ends(tx, cx, from, to)?;
    let key = locate::key(msg_key)?;
    let stored = match conversation::find(tx, Ends::Pair(from.tiny_id, to.tiny_id))? {
        None => None,
        Some(thread) => locate::by_key(tx, &thread, Some(from.tiny_id), key)?,
    };
    taking(Place::Pair(from, to), stored)
}

fn of_group(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>, seq: Option<u64>) -> Result<Target, MessageError> {
    let group = locate::group(tx, cx, group_id)?;
    if !group.kind.stores_messages() {
        return Err(MessageError::GroupForbidden("messages of groups of this type take no extensions"));
    }
    let reader = cx.caller.person().map(|person| person.tiny_id);
    if let Some(reader) = reader
        && group::role(tx, group.no, reader)?.is_none()
    {
        return Err(MessageError::GroupForbidden("only members see the extensions of messages"));
    }
    let pos = seq.and_then(|seq| i64::try_from(seq).ok());
    let stored = match (conversation::find(tx, Ends::Group(group.no))?, pos) {
        (Some(thread), Some(pos)) => message::at(tx, thread.id, pos)?,
        _ => None,
    };
    let stored = stored.filter(|stored| reader.is_none_or(|reader| stored.is_for(reader)));
    taking(Place::Group(group), stored)
}

/// `openim_msg_ext_http_svc.get_key_values`
pub(crate) fn get_of_pair(tx: &Tx<'_>, cx: &Context, request: GetKeyValues) -> Result<Outcome<KeyValues>, MessageError> {
    let GetKeyValues { from_account, to_account, msg_key, .. } = &request;
    let target = of_pair(tx, cx, from_account.as_deref(), to_account.as_deref(), msg_key.as_deref())?;
    read(tx, &target, request.start_seq).map(Outcome::reply).map_err(MessageError::from)
}

/// `openim_msg_ext_http_svc.group_get_key_values`
pub(crate) fn get_of_group(tx: &Tx<'_>, cx: &Context, request: GetKeyValues) -> Result<Outcome<KeyValues>, MessageError> {
    let target = of_group(tx, cx, request.group_id.as_deref(), request.msg_seq)?;
    read(tx, &target, request.start_seq).map(Outcome::reply).map_err(MessageError::from)
}

fn read(tx: &Tx<'_>, target: &Target, start_seq: Option<u64>) -> Result<KeyValues, StoreError> {
    let (thread, pos) = (target.stored.thread, target.stored.pos);
    let start = start_seq.map_or(0, |seq| i64::try_from(seq).unwrap_or(i64::MAX));
    let mut pairs = store::from_seq(tx, thread, pos, start)?;
    let all = pairs.len();
    if all > PAGE {
        // The next page begins at the next version.
        let last = pairs[PAGE - 1].seq;
        pairs.truncate(pairs.partition_point(|pair| pair.seq <= last));
    }
    let clear_seq = store::state(tx, thread, pos)?.clear_seq;
    let (_, highest) = store::totals(tx, thread, pos)?;
    Ok(KeyValues {
        complete_flag: i64::from(pairs.len() == all),
        extension_list: pairs.into_iter().map(wire).collect(),
        latest_seq: highest.max(clear_seq).cast_unsigned(),
        clear_seq: clear_seq.cast_unsigned(),
    })
}

fn wire(pair: Pair) -> Extension {
    Extension { key: pair.key, value: pair.value, seq: pair.seq.cast_unsigned() }
}

/// `openim_msg_ext_http_svc.set_key_values`
pub(crate) fn set_of_pair(tx: &Tx<'_>, cx: &Context, request: SetKeyValues) -> Result<Outcome<ExtensionResults>, MessageError> {
    let SetKeyValues { from_account, to_account, msg_key, .. } = &request;
    let target = of_pair(tx, cx, from_account.as_deref(), to_account.as_deref(), msg_key.as_deref())?;
    write(tx, cx, &target, request.operate_type, request.extension_list)
}

/// `openim_msg_ext_http_svc.group_set_key_values`
pub(crate) fn set_of_group(tx: &Tx<'_>, cx: &Context, request: SetKeyValues) -> Result<Outcome<ExtensionResults>, MessageError> {
    let target = of_group(tx, cx, request.group_id.as_deref(), request.msg_seq)?;
    write(tx, cx, &target, request.operate_type, request.extension_list)
}

fn write(
    tx: &Tx<'_>,
    cx: &Context,
    target: &Target,
    operation: Option<i64>,
    list: Vec<Extension>,
) -> Result<Outcome<ExtensionResults>, MessageError> {
    let operation = match operation {
        Some(DELETE) if list.is_empty() => CLEAR,
        Some(operation @ (SET | DELETE | CLEAR)) => operation,
        _ => return Err(bad("OperateType", "must be 1, 2 or 3")),
    };
    if operation == SET && list.is_empty() {
        return Err(bad("ExtensionList", "is empty"));
    }
    if list.len() > WRITE_MOST {
        return Err(bad("ExtensionList", "names more than 20 keys"));
    }
    for item in &list {
        if item.key.is_empty() || item.key.len() > KEY_BYTES {
            return Err(bad("Key", "must have 1 to 100 bytes"));
        }
        if item.value.len() > VALUE_BYTES {
            return Err(bad("Value", "is longer than 1000 bytes"));
        }
    }
    let (thread, pos) = (target.stored.thread, target.stored.pos);
    let state = within_rate(cx, store::state(tx, thread, pos)?)?;
    let mut results = Vec::with_capacity(list.len());
    let mut changed = Vec::new();
    let mut clear_seq = state.clear_seq;
    if operation == CLEAR {
        clear_seq = clear_seq.max(store::totals(tx, thread, pos)?.1);
        store::clear(tx, thread, pos)?;
    } else {
        for item in list {
            let result = write_one(tx, cx, &target.stored, operation, clear_seq, item)?;
            if result.error_code == 0 {
                changed.push(result.extension.clone());
            }
            results.push(result);
        }
    }
    store::put_state(tx, thread, pos, State { clear_seq, ..state })?;
    let mut outcome = Outcome::reply(ExtensionResults { extension_list: results });
    if operation == CLEAR || !changed.is_empty() {
        message_change::attach(tx, &target.stored, target.stored.flags)?;
        outcome = outcome.then_all(tell(cx, target, operation, changed));
    }
    Ok(outcome)
}

/// Counts a write of this minute.
fn within_rate(cx: &Context, state: State) -> Result<State, MessageError> {
    let minute = cx.now_seconds().div_euclid(60);
    let writes = if state.minute == minute { state.writes } else { 0 };
    if writes >= WRITES_A_MINUTE {
        let what = "the extensions of this message were written 200 times in this minute";
        return Err(MessageError::Refused(what, ErrorCode::MESSAGE_MESSAGE_EXTENSION_23003));
    }
    Ok(State { minute, writes: writes + 1, ..state })
}

fn write_one(
    tx: &Tx<'_>,
    cx: &Context,
    stored: &Stored,
    operation: i64,
    clear_seq: i64,
    item: Extension,
) -> Result<ExtensionResult, StoreError> {
    let (thread, pos) = (stored.thread, stored.pos);
    let found = store::get(tx, thread, pos, &item.key)?;
    let known = found.as_ref().map_or(0, |pair| pair.seq);
    let is = |code: ErrorCode, extension: Extension| Ok(ExtensionResult { error_code: code.0, extension });
    let nothing = Extension { key: item.key.clone(), ..Extension::default() };
    if operation == DELETE && found.is_none() {
        return is(ErrorCode::MESSAGE_MESSAGE_EXTENSION_23004, nothing);
    }
    if !cx.caller.is_admin() && item.seq != known.cast_unsigned() {
        return is(ErrorCode::MESSAGE_MESSAGE_EXTENSION, found.map_or(nothing, wire));
    }
    if operation == DELETE {
        store::remove(tx, thread, pos, &item.key)?;
        return is(ErrorCode::OK, Extension { seq: known.cast_unsigned(), ..nothing });
    }
    if found.is_none() && store::totals(tx, thread, pos)?.0 >= PAIRS_MOST {
        return is(ErrorCode::MESSAGE_BAD_REQUEST, nothing);
    }
    let pair = Pair { key: item.key, value: item.value, seq: known.max(clear_seq) + 1 };
    store::put(tx, thread, pos, &pair)?;
    is(ErrorCode::OK, wire(pair))
}

/// Everybody who sees the message; each side of a pair names it by the other.
fn tell(cx: &Context, target: &Target, operate_type: i64, extensions: Vec<Extension>) -> Vec<Effect> {
    let operator = match &cx.caller {
        Caller::Admin(admin) => admin.user_id.to_string(),
        caller => caller.user_id().map(ToString::to_string).unwrap_or_default(),
    };
    let notice = |id| {
        let place = target.stored.pos.cast_unsigned();
        Event::Extension(ExtensionNotice { id, place, operate_type, extensions: extensions.clone(), operator: operator.clone() })
    };
    match &target.place {
        Place::Group(group) => {
            let audience = super::few_readers(&target.stored).map_or(Audience::Group(group.no), Audience::Users);
            vec![Effect::tell_others(audience, notice(ConversationId::group(&group.group_id)), &cx.caller)]
        }
        Place::Pair(from, to) => {
            let side = |own: &AccountRow, other: &AccountRow| {
                Effect::tell_others(Audience::User(own.tiny_id), notice(ConversationId::c2c(&other.user_id)), &cx.caller)
            };
            match from.tiny_id == to.tiny_id {
                true => vec![side(from, to)],
                false => vec![side(from, to), side(to, from)],
            }
        }
    }
}
