//! Counters of groups: numbers that all members see, changed without reading them first (`contract/rest-api.md` section 14).

use super::data::{self, DataError};
use super::{named, operator, tell};
use crate::service::rate::Counted;
use crate::service::{Audience, Caller, Context, Effect, Outcome};
use crate::store::engine::Tx;
use crate::store::group::GroupRow;
use crate::store::group_data as store;
use std::collections::BTreeMap;
use tern_protocol::api::Empty;
use tern_protocol::api::group_data::{GroupCounter, GroupCounterKeys, GroupCounters, UpdateGroupCounter};
use tern_protocol::event::{CounterTipBody, Event, GroupCounterNotice};
use tern_protocol::limits::{self, Edition};
use tern_protocol::model::group::GroupKind;

/// `group_open_http_svc.get_group_counter`: those that exist, of the named ones or of all.
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GroupCounterKeys) -> Result<Outcome<GroupCounters>, DataError> {
    let group = open(tx, cx, request.group_id.as_deref(), Counted::CounterReads)?;
    let wanted = keys(request.keys)?;
    let counters = store::counters(tx, group.no)?.into_iter();
    let counters = counters
        .filter(|(key, _)| wanted.as_ref().is_none_or(|wanted| wanted.contains(key)))
        .map(|(key, value)| GroupCounter { key, value })
        .collect();
    Ok(Outcome::reply(GroupCounters { counters }))
}

/// `group_open_http_svc.update_group_counter`: all of the request, or nothing. A value that would leave the 64 bits is refused.
pub(crate) fn update(tx: &Tx<'_>, cx: &Context, request: UpdateGroupCounter) -> Result<Outcome<GroupCounters>, DataError> {
    let group = open(tx, cx, request.group_id.as_deref(), Counted::CounterWrites)?;
    if request.counters.is_empty() {
        return Err(DataError::bad("GroupCounter is missing"));
    }
    let step: fn(i64, i64) -> Option<i64> = match request.mode.as_deref() {
        Some("Set") => |_, value| Some(value),
        Some("Increase") => i64::checked_add,
        Some("Decrease") => i64::checked_sub,
        _ => return Err(DataError::bad("Mode must be Set, Increase or Decrease")),
    };
    let mut all: BTreeMap<_, _> = store::counters(tx, group.no)?.into_iter().collect();
    let mut written: Vec<String> = Vec::new();
    for GroupCounter { key, value } in request.counters {
        check_key(&key)?;
        let old = all.get(&key).copied().unwrap_or(0);
        all.insert(key.clone(), step(old, value).ok_or(DataError::CounterOverflow)?);
        if !written.contains(&key) {
            written.push(key);
        }
    }
    if all.len() > limits::GROUP_COUNTERS {
        return Err(DataError::TooManyCounters);
    }
    let counters: Vec<_> = written
        .into_iter()
        .map(|key| {
            let value = all.get(&key).copied().unwrap_or(0);
            GroupCounter { key, value }
        })
        .collect();
    for counter in &counters {
        store::put_counter(tx, group.no, &counter.key, counter.value)?;
    }
    let told = tell(tx, cx, &group, counters.clone(), None)?;
    Ok(Outcome::reply(GroupCounters { counters }).then_all(told))
}

/// `group_open_http_svc.delete_group_counter`: the named ones that exist, or all.
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: GroupCounterKeys) -> Result<Outcome<Empty>, DataError> {
    let group = open(tx, cx, request.group_id.as_deref(), Counted::CounterWrites)?;
    let wanted = keys(request.keys)?;
    let mut gone = Vec::new();
    for (key, _) in store::counters(tx, group.no)? {
        if wanted.as_ref().is_none_or(|wanted| wanted.contains(&key)) {
            store::delete_counter(tx, group.no, &key)?;
            gone.push(key);
        }
    }
    match gone.is_empty() {
        true => Ok(Outcome::done()),
        false => Ok(Outcome::done().then_all(tell(tx, cx, &group, Vec::new(), Some(gone))?)),
    }
}

/// The group, if it and the plan have counters and the caller has not asked too often.
fn open(tx: &Tx<'_>, cx: &Context, group_id: Option<&str>, counted: Counted) -> Result<GroupRow, DataError> {
    let group = named(tx, cx, group_id)?;
    if group.kind == GroupKind::Community {
        return Err(DataError::Unsupported(group.kind));
    }
    if cx.app.edition == Edition::Developer {
        return Err(DataError::PlanRequired("counters"));
    }
    data::check_inside(tx, cx, &group)?;
    if let Caller::User(person) = &cx.caller {
        let (most, window_ms) = (limits::GROUP_COUNTER_CALLS, limits::GROUP_COUNTER_WINDOW_MS);
        if !cx.rates.admit(counted, person.tiny_id.0, most, window_ms, cx.mono_ms) {
            return Err(DataError::TooManyCounterCalls);
        }
    }
    Ok(group)
}

fn check_key(key: &str) -> Result<(), DataError> {
    match key.len() {
        0 => Err(DataError::bad("Key is missing")),
        length if length > limits::GROUP_COUNTER_KEY_BYTES => Err(DataError::bad("Key is longer than 128 bytes")),
        _ => Ok(()),
    }
}

fn keys(named: Option<Vec<String>>) -> Result<Option<Vec<String>>, DataError> {
    let Some(named) = named.filter(|named| !named.is_empty()) else { return Ok(None) };
    if named.len() > limits::GROUP_COUNTERS {
        return Err(DataError::TooManyCounters);
    }
    named.iter().try_for_each(|key| check_key(key))?;
    Ok(Some(named))
}

/// Members hear of new values; the product's Web SDK in a form of its own.
fn tell(
    tx: &Tx<'_>,
    cx: &Context,
    group: &GroupRow,
    counters: Vec<GroupCounter>,
    deleted: Option<Vec<String>>,
) -> Result<Vec<Effect>, DataError> {
    let operator = operator(tx, cx)?.user_id;
    let audience = Audience::Group(group.no);
    let mut effects = Vec::new();
    if !counters.is_empty() {
        let body = CounterTipBody { operator: operator.clone(), counters: counters.clone() };
        let message = tell::passing(cx, group, &operator, &body);
        effects.push(Effect::tell_others(audience.clone(), Event::CounterTip(message), &cx.caller));
    }
    let notice = GroupCounterNotice { group_id: group.group_id.clone(), counters, operator, deleted };
    effects.push(Effect::tell_others(audience, Event::GroupCounters(notice), &cx.caller));
    Ok(effects)
}
