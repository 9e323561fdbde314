//! `sns.friend_import`.

use super::{RelationError, check_batch, find, owner, settle};
use crate::service::{Context, Outcome};
use crate::store::TinyId;
use crate::store::engine::{StoreError, Tx};
use crate::store::relation::{self as store, NewFriend};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tern_protocol::api::relation::{FriendImport, FriendItem, RelationResults};
use tern_protocol::limits;

/// Bytes of a remark.
const REMARK_BYTES: usize = 96;
/// Bytes of a friend group's name.
const GROUP_NAME_BYTES: usize = 30;
/// Bytes of the words of a request.
const WORDING_BYTES: usize = 256;
/// What a source begins with, and bytes after it.
const SOURCE: (&str, usize) = ("AddSource_Type_", 8);
/// What a custom field begins with, bytes after it, and bytes of its value.
const CUSTOM: (&str, usize, usize) = ("Tag_SNS_Custom_", 8, 500);
/// Custom fields of a friend.
const CUSTOM_MOST: usize = 20;

/// `sns.friend_import`: each has its own result.
pub(crate) fn import(tx: &Tx<'_>, cx: &Context, request: FriendImport) -> Result<Outcome<RelationResults>, RelationError> {
    let (user, user_id) = owner(tx, cx, request.from_account.as_deref())?;
    check_batch(request.add_friend_item.len(), "AddFriendItem")?;
    let mut groups = BTreeSet::new();
    for text in store::friend_groups(tx, user)? {
        groups.extend(serde_json::from_str::<Vec<String>>(&text).unwrap_or_default());
    }
    let mut answer = RelationResults::default();
    for item in request.add_friend_item {
        let done = import_one(tx, cx, user, &user_id, &mut groups, &item);
        settle(&mut answer, item.to_account, done)?;
    }
    Ok(Outcome::reply(answer))
}

fn import_one(
    tx: &Tx<'_>,
    cx: &Context,
    user: TinyId,
    user_id: &str,
    groups: &mut BTreeSet<String>,
    item: &FriendItem,
) -> Result<(), RelationError> {
    if item.to_account == user_id {
        return Err(RelationError::State("nobody can be its own friend"));
    }
    let custom = check(item)?;
    let peer = find(tx, cx, &item.to_account)?;
    if !store::is_friend(tx, user, peer.tiny_id)? && store::friends(tx, user)? >= limits::FRIENDS {
        return Err(RelationError::FriendsFull);
    }
    let named = item.group_name.clone().unwrap_or_default();
    let all = groups.iter().chain(&named).collect::<BTreeSet<_>>().len();
    if all > limits::FRIEND_GROUPS {
        return Err(RelationError::FriendGroupsFull);
    }
    let json = |value: serde_json::Result<String>| value.map_err(|error| StoreError::Engine(error.to_string()));
    store::put_friend(
        tx,
        &NewFriend {
            owner: user,
            friend: peer.tiny_id,
            added_at: item.add_time.filter(|seconds| *seconds > 0).unwrap_or(cx.now_seconds()),
            remark: item.remark.as_deref().unwrap_or_default(),
            source: item.add_source.as_deref().unwrap_or_default(),
            wording: item.add_wording.as_deref().unwrap_or_default(),
            groups: &json(serde_json::to_string(&named))?,
            custom: &json(serde_json::to_string(&custom))?,
        },
    )?;
    groups.extend(named);
    Ok(())
}

/// Checks the texts of an item; its custom fields.
fn check(item: &FriendItem) -> Result<Map<String, Value>, RelationError> {
    let field = |what: &'static str, why: &'static str| Err(RelationError::Field(what, why));
    let Some(source) = item.add_source.as_deref().filter(|source| !source.is_empty()) else {
        return Err(RelationError::Missing("AddSource"));
    };
    if !source.strip_prefix(SOURCE.0).is_some_and(|rest| (1..=SOURCE.1).contains(&rest.len())) {
        return field("AddSource", "must be AddSource_Type_ and up to 8 letters");
    }
    let too_long = |text: &Option<String>, most: usize| text.as_ref().is_some_and(|text| text.len() > most);
    if too_long(&item.remark, REMARK_BYTES) {
        return field("Remark", "is longer than 96 bytes");
    }
    if too_long(&item.add_wording, WORDING_BYTES) {
        return field("AddWording", "is longer than 256 bytes");
    }
    if item.group_name.iter().flatten().any(|name| name.is_empty() || name.len() > GROUP_NAME_BYTES) {
        return field("GroupName", "must have 1 to 30 bytes");
    }
    let mut custom = Map::new();
    for entry in item.custom_item.iter().flatten() {
        let known = entry.tag.strip_prefix(CUSTOM.0).is_some_and(|key| (1..=CUSTOM.1).contains(&key.len()));
        if !known || entry.value.len() > CUSTOM.2 || custom.len() >= CUSTOM_MOST {
            return field("CustomItem", "holds up to 20 fields Tag_SNS_Custom_ and up to 8 letters, of up to 500 bytes");
        }
        custom.insert(entry.tag.clone(), Value::from(entry.value.clone()));
    }
    Ok(custom)
}
