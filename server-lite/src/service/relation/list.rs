//! `sns.friend_get` and `sns.group_get`: friends as they were written down.

use super::{RelationError, owner};
use crate::service::{Context, Outcome};
use crate::store::engine::{StoreError, Tx};
use crate::store::relation::{self as store, FriendRow};
use serde_json::{Map, Value};
use std::collections::BTreeMap;
use tern_protocol::api::profile::ProfileItem;
use tern_protocol::api::relation::{Friend, FriendGet, FriendGroup, FriendGroupGet, FriendGroups, Friends};

/// Friends in one answer.
const PAGE: u64 = 100;

fn corrupt(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(format!("friend: {error}"))
}

fn groups_of(row: &FriendRow) -> Result<Vec<String>, StoreError> {
    serde_json::from_str(&row.groups).map_err(corrupt)
}

/// `sns.friend_get`, in the order in which they became friends.
pub(crate) fn friends(tx: &Tx<'_>, cx: &Context, request: FriendGet) -> Result<Outcome<Friends>, RelationError> {
    let (user, _) = owner(tx, cx, request.from_account.as_deref())?;
    let sequence = store::friend_sequence(tx, user)?;
    let is_known = |known: Option<i64>| known.is_some_and(|known| known > 0 && known == sequence);
    let (knows_standard, knows_custom) = (is_known(request.standard_sequence), is_known(request.custom_sequence));
    let start = request.start_index.min(i64::MAX as u64);
    let mut rows = store::friend_page(tx, user, start, PAGE + 1)?;
    let more = rows.len() as u64 > PAGE;
    rows.truncate(PAGE as usize);
    let mut answer = Friends {
        standard_sequence: sequence,
        custom_sequence: sequence,
        friend_num: store::friends(tx, user)?,
        complete_flag: i64::from(!more),
        next_start_index: if more { start + PAGE } else { 0 },
        ..Friends::default()
    };
    for row in rows {
        let mut value_item = Vec::new();
        let mut push = |tag: &str, value: Value| value_item.push(ProfileItem { tag: tag.to_owned(), value });
        if !knows_standard {
            push("Tag_SNS_IM_AddTime", Value::from(row.added_at));
            let texts = [
                ("Tag_SNS_IM_Remark", &row.remark),
                ("Tag_SNS_IM_AddSource", &row.source),
                ("Tag_SNS_IM_AddWording", &row.wording),
            ];
            for (tag, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
                push(tag, Value::from(text.as_str()));
            }
            let groups = groups_of(&row)?;
            if !groups.is_empty() {
                push("Tag_SNS_IM_Group", Value::from(groups));
            }
        }
        if !knows_custom {
            for (tag, value) in serde_json::from_str::<Map<String, Value>>(&row.custom).map_err(corrupt)? {
                push(&tag, value);
            }
        }
        answer.user_data_item.push(Friend { to_account: row.user_id, value_item });
    }
    Ok(Outcome::reply(answer))
}

/// `sns.group_get`, by name.
pub(crate) fn groups(tx: &Tx<'_>, cx: &Context, request: FriendGroupGet) -> Result<Outcome<FriendGroups>, RelationError> {
    let (user, _) = owner(tx, cx, request.from_account.as_deref())?;
    let with_friends = match request.need_friend.as_deref().unwrap_or("Need_Friend_Type_No") {
        "Need_Friend_Type_Yes" => true,
        "Need_Friend_Type_No" | "" => false,
        _ => return Err(RelationError::Field("NeedFriend", "must be Need_Friend_Type_Yes or Need_Friend_Type_No")),
    };
    let wanted = request.group_name.filter(|names| !names.is_empty());
    let mut members: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for row in store::friend_page(tx, user, 0, i64::MAX as u64)? {
        for name in groups_of(&row)? {
            if wanted.as_ref().is_none_or(|wanted| wanted.contains(&name)) {
                members.entry(name).or_default().push(row.user_id.clone());
            }
        }
    }
    let item = |(group_name, members): (String, Vec<String>)| FriendGroup {
        group_name,
        friend_number: i64::try_from(members.len()).unwrap_or(i64::MAX),
        to_account: with_friends.then_some(members),
    };
    let current_sequence = store::friend_sequence(tx, user)?;
    Ok(Outcome::reply(FriendGroups { result_item: members.into_iter().map(item).collect(), current_sequence }))
}
