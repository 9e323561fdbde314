//! Attributes of groups: a small map that all members see (`contract/rest-api.md` section 14, `contract/client-semantics.md` 7.8).

use super::data::{self, DataError};
use super::{named, operator, shown};
use crate::service::rate::Counted;
use crate::service::{Audience, Context, Effect, Outcome};
use crate::store::engine::{StoreError, Tx};
use crate::store::group::GroupRow;
use crate::store::group_data::{self as store, Attribute};
use std::collections::BTreeMap;
use tern_protocol::api::group_data::{AttributesWritten, ChangeGroupAttr, GroupAttrName, GroupAttribute, GroupAttributes};
use tern_protocol::event::{Event, GroupAttrNotice};
use tern_protocol::limits;
use tern_protocol::model::group::GroupKind;

/// `group_open_attr_http_svc.get_group_attr`
pub(crate) fn get(tx: &Tx<'_>, cx: &Context, request: GroupAttrName) -> Result<Outcome<GroupAttributes>, DataError> {
    let group = named(tx, cx, request.group_id.as_deref())?;
    data::check_inside(tx, cx, &group)?;
    let attributes = store::attributes(tx, group.no)?;
    let answer = match cx.caller.is_admin() {
        true => GroupAttributes { attributes: attributes.into_iter().map(plain).collect(), main_seq: None },
        false => GroupAttributes { attributes: wire(&attributes), main_seq: Some(store::main_seq(tx, group.no)?) },
    };
    Ok(Outcome::reply(answer))
}

/// `group_open_http_svc.modify_group_attr`: writes some attributes, others stay.
pub(crate) fn modify(tx: &Tx<'_>, cx: &Context, request: ChangeGroupAttr) -> Result<Outcome<AttributesWritten>, DataError> {
    let mut write = Write::begin(tx, cx, request.group_id.as_deref())?;
    let given = given(request.attributes)?;
    write.check_race(request.main_seq, &given)?;
    for attribute in given {
        write.put(attribute);
    }
    write.finish()
}

/// `group_open_http_svc.set_group_attr`: these and no others.
pub(crate) fn set(tx: &Tx<'_>, cx: &Context, request: ChangeGroupAttr) -> Result<Outcome<AttributesWritten>, DataError> {
    let mut write = Write::begin(tx, cx, request.group_id.as_deref())?;
    let given = given(request.attributes)?;
    write.check_race(request.main_seq, &[])?;
    write.now.retain(|key, _| given.iter().any(|attribute| attribute.key == *key));
    for attribute in given {
        write.put(attribute);
    }
    write.finish()
}

/// `group_open_http_svc.clear_group_attr`
pub(crate) fn clear(tx: &Tx<'_>, cx: &Context, request: GroupAttrName) -> Result<Outcome<AttributesWritten>, DataError> {
    let mut write = Write::begin(tx, cx, request.group_id.as_deref())?;
    if write.group.kind == GroupKind::Community {
        return Err(DataError::Unsupported(write.group.kind));
    }
    write.check_race(request.main_seq, &[])?;
    write.now.clear();
    write.finish()
}

/// `group_open_http_svc.delete_group_attr`: all that are named, or none when one of them does not exist.
pub(crate) fn delete(tx: &Tx<'_>, cx: &Context, request: ChangeGroupAttr) -> Result<Outcome<AttributesWritten>, DataError> {
    let mut write = Write::begin(tx, cx, request.group_id.as_deref())?;
    let given = given(request.attributes)?;
    write.check_race(request.main_seq, &given)?;
    for attribute in given {
        if write.now.remove(&attribute.key).is_none() {
            return Err(DataError::NoAttribute(shown(&attribute.key)));
        }
    }
    write.finish()
}

/// The attributes of a request, each key once: of a repeated one the last.
fn given(list: Vec<GroupAttribute>) -> Result<Vec<GroupAttribute>, DataError> {
    if list.is_empty() {
        return Err(DataError::bad("GroupAttr is missing"));
    }
    let mut each: BTreeMap<String, GroupAttribute> = BTreeMap::new();
    for attribute in list {
        match attribute.key.len() {
            0 => return Err(DataError::bad("key is missing")),
            length if length > limits::GROUP_ATTRIBUTE_KEY_BYTES => return Err(DataError::AttributeKeyTooLong),
            _ => {}
        }
        if attribute.value.len() > limits::GROUP_ATTRIBUTE_VALUE_BYTES {
            return Err(DataError::AttributeValueTooLong);
        }
        each.insert(attribute.key.clone(), attribute);
    }
    Ok(each.into_values().collect())
}

/// An attribute as backends read it.
fn plain(attribute: Attribute) -> GroupAttribute {
    GroupAttribute { key: attribute.key, value: attribute.value, seq: None }
}

/// Attributes as clients read them, who say with their writes what they saw.
fn wire(attributes: &[Attribute]) -> Vec<GroupAttribute> {
    attributes
        .iter()
        .map(|attribute| GroupAttribute { key: attribute.key.clone(), value: attribute.value.clone(), seq: Some(attribute.seq) })
        .collect()
}

/// What a write answers: a client learns what stands now.
fn written(cx: &Context, main_seq: u64, attributes: Vec<GroupAttribute>) -> AttributesWritten {
    match cx.caller.is_admin() {
        true => AttributesWritten::default(),
        false => AttributesWritten { main_seq: Some(main_seq), attributes: Some(attributes) },
    }
}

/// A write of a group's attributes: what stood there, and what shall.
struct Write<'a> {
    tx: &'a Tx<'a>,
    cx: &'a Context,
    group: GroupRow,
    main_seq: u64,
    before: BTreeMap<String, Attribute>,
    now: BTreeMap<String, Attribute>,
}

impl<'a> Write<'a> {
    fn begin(tx: &'a Tx<'a>, cx: &'a Context, group_id: Option<&str>) -> Result<Self, DataError> {
        let group = named(tx, cx, group_id)?;
        data::check_inside(tx, cx, &group)?;
        let before: BTreeMap<_, _> =
            store::attributes(tx, group.no)?.into_iter().map(|attribute| (attribute.key.clone(), attribute)).collect();
        let main_seq = store::main_seq(tx, group.no)?;
        Ok(Self { tx, cx, group, main_seq, now: before.clone(), before })
    }

    /// A client says what it saw last: the group's main sequence, or that of the attributes it writes. Whoever says nothing overwrites.
    fn check_race(&self, main_seq: Option<u64>, given: &[GroupAttribute]) -> Result<(), DataError> {
        let stale = |attribute: &GroupAttribute| {
            let known = self.before.get(&attribute.key).map_or(0, |known| known.seq);
            attribute.seq.is_some_and(|seen| seen != known)
        };
        // Who saw the newest state of the group saw that of each attribute too, whatever numbers stand beside them.
        let is_stale = match main_seq {
            Some(seen) => seen != self.main_seq,
            None => given.iter().any(stale),
        };
        if is_stale { Err(DataError::AttributeRace) } else { Ok(()) }
    }

    fn put(&mut self, given: GroupAttribute) {
        let seq = self.before.get(&given.key).map_or(0, |known| known.seq) + 1;
        self.now.insert(given.key.clone(), Attribute { key: given.key, value: given.value, seq });
    }

    fn check_limits(&self) -> Result<(), DataError> {
        if self.now.len() > limits::GROUP_ATTRIBUTES {
            return Err(DataError::TooManyAttributes);
        }
        let bytes: usize = self.now.values().map(|attribute| attribute.value.len()).sum();
        if bytes > limits::GROUP_ATTRIBUTES_BYTES {
            return Err(DataError::AttributesTooLong);
        }
        let Context { rates, mono_ms, .. } = self.cx;
        if !rates.admit(Counted::AttributeWrites, self.group.no.0, limits::GROUP_ATTRIBUTE_WRITES, 1_000, *mono_ms) {
            return Err(DataError::TooManyAttributeWrites);
        }
        Ok(())
    }

    fn finish(self) -> Result<Outcome<AttributesWritten>, DataError> {
        self.check_limits()?;
        if self.now == self.before {
            let attributes = wire(&self.now.into_values().collect::<Vec<_>>());
            return Ok(Outcome::reply(written(self.cx, self.main_seq, attributes)));
        }
        self.store()?;
        let operator = operator(self.tx, self.cx)?;
        let main_seq = self.main_seq + 1;
        let attributes = wire(&self.now.into_values().collect::<Vec<_>>());
        let notice =
            GroupAttrNotice { group_id: self.group.group_id, main_seq, attributes: attributes.clone(), operator: operator.user_id };
        let told = Effect::tell_others(Audience::Group(self.group.no), Event::GroupAttributes(notice), &self.cx.caller);
        Ok(Outcome::reply(written(self.cx, main_seq, attributes)).then(told))
    }

    fn store(&self) -> Result<(), StoreError> {
        for key in self.before.keys().filter(|key| !self.now.contains_key(*key)) {
            store::delete_attribute(self.tx, self.group.no, key)?;
        }
        for (key, attribute) in &self.now {
            if self.before.get(key) != Some(attribute) {
                store::put_attribute(self.tx, self.group.no, attribute)?;
            }
        }
        store::set_main_seq(self.tx, self.group.no, self.main_seq + 1)
    }
}
