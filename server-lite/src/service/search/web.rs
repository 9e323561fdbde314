//! The four searches as the product's Web SDK asks for them.

use super::{SearchError, messages, names};
use crate::service::{Context, Outcome};
use crate::store::engine::Tx;
use crate::store::group;
use std::collections::HashMap;
use tern_protocol::api::conversation::ConversationId;
use tern_protocol::api::search::{FoundMember, SearchHit, SearchMessages, SearchNames};
use tern_protocol::api::web_sdk::{
    WebFoundGroups, WebFoundMember, WebFoundMembers, WebFoundUsers, WebSearchHit, WebSearchMessages, WebSearchNames,
    WebSearchedMessages,
};

/// `message_search.query`
pub(crate) fn messages(tx: &Tx<'_>, cx: &Context, request: WebSearchMessages) -> Result<Outcome<WebSearchedMessages>, SearchError> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let peer = filled(request.peer).map(ConversationId::c2c);
    let asked = SearchMessages {
        keywords: request.keywords,
        limit: request.count.unwrap_or(0),
        match_type: request.match_type.map(|word| word.to_ascii_uppercase()),
        senders: request.senders,
        types: request.types,
        id: peer.or_else(|| filled(request.group_id).map(|group| ConversationId::group(&group))),
        min_time: request.start_time,
        max_time: request.end_time,
        cursor: request.cursor,
    };
    let found = messages::search(tx, cx, asked)?.reply;
    let hit = |hit: SearchHit| WebSearchHit {
        message_count: hit.message_count,
        messages: hit.message_list,
        user_id: hit.id.to_account,
        group_id: hit.id.group_id,
    };
    let results = found.items.into_iter().map(hit).collect();
    Ok(Outcome::reply(WebSearchedMessages { total_count: found.total_count, cursor: found.cursor.unwrap_or_default(), results }))
}

fn asked(request: WebSearchNames) -> SearchNames {
    let WebSearchNames { keywords, group_ids, count, cursor } = request;
    SearchNames { keywords, limit: count.unwrap_or(0), group_ids, cursor }
}

/// `user_search.query`
pub(crate) fn users(tx: &Tx<'_>, cx: &Context, request: WebSearchNames) -> Result<Outcome<WebFoundUsers>, SearchError> {
    let found = names::users(tx, cx, asked(request))?.reply;
    let total_count = found.users.len() as u64;
    Ok(Outcome::reply(WebFoundUsers { cursor: found.cursor.unwrap_or_default(), total_count, users: found.users }))
}

/// `group_search.query`
pub(crate) fn groups(tx: &Tx<'_>, cx: &Context, request: WebSearchNames) -> Result<Outcome<WebFoundGroups>, SearchError> {
    let found = names::groups(tx, cx, asked(request))?.reply;
    let total_count = found.groups.len() as u64;
    Ok(Outcome::reply(WebFoundGroups { cursor: found.cursor.unwrap_or_default(), total_count, groups: found.groups }))
}

/// `group_member_search.query`
pub(crate) fn members(tx: &Tx<'_>, cx: &Context, request: WebSearchNames) -> Result<Outcome<WebFoundMembers>, SearchError> {
    let found = names::members(tx, cx, asked(request))?.reply;
    let mut group_names: HashMap<String, String> = HashMap::new();
    let mut members = Vec::with_capacity(found.members.len());
    for member in found.members {
        let FoundMember { group_id, user_id, nick, name_card } = member;
        let group_name = match group_names.get(&group_id) {
            Some(name) => name.clone(),
            None => {
                let name = group::find(tx, cx.app.id, &group_id)?.map(|row| row.name).unwrap_or_default();
                group_names.insert(group_id.clone(), name.clone());
                name
            }
        };
        members.push(WebFoundMember { group_id, group_name, user_id, nick, name_card });
    }
    let total_count = members.len() as u64;
    Ok(Outcome::reply(WebFoundMembers { cursor: found.cursor.unwrap_or_default(), total_count, members }))
}
